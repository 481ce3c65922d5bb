"""The words by which a stance, a denial, a demand, a condition is told: patterns over small letters, one for each.

A pattern reads the cue and the content together ("expressed readiness | to contribute …"), apostrophes straight.
The order in which they are asked is `stance.py`'s.
Limits: English; a paraphrase that none of them holds is left to a person, never guessed.
"""

import re

Pattern = re.Pattern[str]


def _verbs(verbs: str) -> frozenset[str]:
    return frozenset(verbs.split(", "))


def _any(*parts: str) -> Pattern:
    return re.compile("|".join(f"(?:{part})" for part in parts))


_NOT = r"(?:not|never|no longer|n't|cannot|neither)"
_MODAL = r"(?:would|will|could|can|does|do|did|shall|should|may|is going to|are going to|was going to)"
_ADVERB = (
    r"(?:\s+(?:\w+ly|also|never|ever|yet|then|even|just|in any case|under any circumstances|at this stage|currently))*"
)
_MILITARY = (
    r"(?:troops?|forces?|soldiers?|"
    r"peacekeep\w+|contingents?|battalions?|brigades?|boots|monitors|observers|police|personnel)"
)
# What one gives or does oneself, in any of its endings.
GIVE = (
    r"(?:contribut\w+|send(?:s|ing)?|sent|deploy\w*|provid\w+|suppl(?:y|ies|ied|ying)|deliver\w*|join\w*|tak(?:e|es|"
    r"ing) part|"
    r"participat\w+|host\w*|train(?:s|ed|ing)?\b|station\w*|dispatch\w*|lead(?:s|ing)?\b|financ\w+|fund(?:s|ed|ing)?\b|"
    r"monitor(?:s|ed|ing)?\b|guarantee(?:s|d|ing)?\b|donat\w+|equip\w*|transfer\w*|protect\w*|defend\w*|patrol\w*|"
    r"command\w*|"
    r"lend\w*|shar(?:e|es|ing)\b|escort\w*|put(?:ting)? (?:\w+ ){0,3}boots|mak(?:e|ing) (?:\w+ ){1,6}available|help\w*|"
    r"commit(?:ting)? (?:\w+ ){0,3}"
    + _MILITARY
    + r"|offer(?:ing)?\b|assign\w*|second(?:ing)? |pay(?:s|ing)?\b|paid\b|build\w*|"
    r"repair\w*|expand\w*|extend\w*|clear(?:ing)? mines|demin\w+|be part of|being part of|support(?:ing)? (?:such )?a "
    r"mission|"
    r"mediat\w+|evacuat\w+|airlift\w*|transport\w*)"
)
_ALLOW = (
    rf"(?:support|accept|allow|tolerate|permit|agree to(?! {GIVE})|consent to|recogni[sz]e|welcome|back|endorse|"
    rf"approve|stand for|"
    r"put up with)"
)
_REPORT = (
    r"(?:(?:news|press|media) (?:reports?|stor(?:y|ies)|articles?)|reports?|claims?|allegations?|rumou?rs?|"
    r"speculations?|"
    r"suggestions?|insinuations?|assertions?|stor(?:y|ies)|articles?|accusations?)"
)

# --- moves ------------------------------------------------------------------------------------------------
DENIAL_VERBS = _verbs("deny, refute, rebut, disavow, contradict, dispute, denial")
REJECTING_VERBS = _verbs("reject, dismiss, denounce, decry, rubbish, condemn, rejection")
OF_REPORTS = re.compile(
    rf"^(?:\W|\b(?:as|all|any|such|these|those|the|that|recent|latest|earlier|media|press|news|foreign|western|as|of|"
    rf"by|in|"
    rf"false|groundless|baseless|unfounded|inaccurate|pure|mere|\w+'s|[\w-]+)\b)*?\b{_REPORT}\b"
)
UNTRUE = _any(
    r"(?:do(?:es)?|did) not correspond",
    r"\b(?:is|are|was|were|as|simply|completely|totally|entirely|absolutely|be) (?:\w+ )?(?:not true|untrue|false|"
    r"inaccurate|"
    r"fabricat\w+|groundless|baseless|unfounded|incorrect|fake|fiction|nonsense|misleading|a hoax|invented|without "
    r"foundation)\b",
    r"\b(?:not true|untrue|no truth|no basis|no foundation|nothing to do with reality|fake news|pure (?:fiction|"
    r"invention|"
    r"speculation)|is fiction|have no grounds|made up)\b",
    rf"\b{_REPORT} (?:as )?(?:\w+ )?(?:inaccurate|false|untrue|baseless|groundless|unfounded|nonsense|fabricat\w+|"
    rf"incorrect|fake|"
    r"misleading|disinformation|fiction)\b",
    r"^(?:as )?(?:inaccurate|false|untrue|baseless|groundless|unfounded|nonsense|fabricated|incorrect)\b",
)
# No plan is neither a stance nor its opposite: something alleged is denied.
NO_PLAN = _any(
    r"\b(?:has|have|had|there (?:is|are|were|was)|with) no (?:\w+ )?(?:plans?|intentions?|decision|discussions?|talks|"
    r"such plans?)\b",
    rf"\b(?:is|are|was|were|has|have|had)\s*{_NOT}{_ADVERB} (?:been )?(?:considering|planning|discussing|weighing|"
    rf"mulling|exploring|"
    r"discussed|considered|planned|asking|offered|offering|agreed|promised|expressed|made any)\b",
    r"\b(?:had|has|have) never (?:offered|agreed|promised|said|proposed|expressed|discussed|considered|planned)\b",
    r"\bno (?:such )?(?:decision|offer|request|agreement|promise|talks) (?:has|have|had|was|were) (?:been )?\w+",
)
PROPOSING_VERBS = _verbs("propose, suggest, float, recommend, advise, put forward, advocate, proposal")
PROPOSAL = _any(
    r"\b(?:put forward|floated|tabled|presented|unveiled) (?:a|the|an|his|her|its|their) (?:\w+ )*?(?:plan|proposal|"
    r"idea)\b",
)
OPEN = _any(
    r"\bstill (?:requir|need)\w*\b",
    r"\b(?:remain(?:s|ed)?|is|are|was|were) (?:still |yet |largely |completely )?(?:unclear|undecided|unresolved|open|"
    r"to be (?:defined|determined|"
    r"decided|agreed|clarified|worked out|negotiated|settled|seen)|an open question|uncertain|under discussion)\b",
    r"\b(?:no|not yet a?) (?:final )?(?:decision|agreement|deal) (?:has been|was|is|had been) (?:\w+ )?(?:taken|made|"
    r"reached|yet)",
    r"\b(?:has|have|had) (?:not|yet to) (?:yet )?(?:decided?|been (?:decided|defined|agreed|determined)|be (?:decided|"
    r"defined|agreed|"
    r"determined)|made (?:a|any) decision|taken (?:a|any) decision)\b",
    r"\b(?:too early|premature) to\b",
    r"\breserv(?:e|es|ed|ing) (?:its|his|her|their|our) (?:position|judge?ment|answer)\b",
    r"\bremain(?:s|ed)? to be \w+",
    r"\bremains? to be (?:seen|decided|determined|defined|agreed|settled)\b",
    r"\b(?:details|questions?|issues?|modalities) (?:\w+ ){0,4}(?:remain|still|yet)\b",
)

# --- one's own contribution -------------------------------------------------------------------------------
NOT_RULED_OUT = _any(
    rf"{_NOT}{_ADVERB}(?: \w+)?(?: \w+)? (?:rul(?:e|es|ed|ing) (?:\w+ ){{0,6}}out|exclud(?:e|es|ed|ing)|out of the "
    rf"question)",
    r"\b(?:no|nothing|none of (?:it|this)|without) (?:\w+ ){0,4}(?:ruled|ruling|rule[sd]?) out\b",
    r"\bon the table\b",
    r"\b(?:keep|kept|keeping|leave|left|leaving|leaves) (?:\w+ ){0,4}(?:open|the door)\b",
    r"\bdoor (?:is|was|remains?) (?:still )?open\b",
    r"\brefus\w+ to (?:rule|exclude)\b",
)
RULED_OUT = _any(r"\brul(?:e|es|ed|ing) (?:\w+ ){0,3}out\b", r"\bout of the question\b", r"\bruled out\b")
WITHDRAWN = _any(
    r"\b(?:withdr(?:ew|aw(?:s|n|ing)?)|rescind\w*|retract\w*|tak(?:e|es|ing|en) back|took back|revok\w+|cancel\w*|"
    r"drop(?:s|ped|ping)?|"
    r"pull(?:s|ed|ing)? (?:back|out of|its|their|his|her)|walk\w* back|back(?:s|ed|ing)? (?:away|out)) "
    r"(?:\w+ ){0,5}(?:offer|pledge|promise|commitment|proposal|readiness|contribution|support|plans?|participation|"
    r"from|of)\b",
    rf"\bno longer (?:\w+ )?(?:ready|willing|prepared|able|offer\w*|plan\w*|intend\w*|consider\w*|available|{GIVE})",
    r"\b(?:offer|pledge|promise|commitment) (?:no longer stands|is off the table|has been withdrawn|was withdrawn|is "
    r"withdrawn)\b",
)
REFUSING_VERBS = _verbs("refuse, decline, refusal")
WILL_NOT_GIVE = _any(
    rf"\b{_MODAL}\s?{_NOT}{_ADVERB} (?:be |have |agree to |want to |plan to |intend to |wish to |consider )?(?:\w+ly "
    rf")?{GIVE}",
    rf"\b(?:won't|will never|would never|cannot|can't|wouldn't|refus\w+ to|declin\w+ to) (?:\w+ly )?(?:be )?{GIVE}",
    rf"\b(?:is|are|was|were)\s*{_NOT}{_ADVERB} (?:ready|willing|prepared|in a position|able|going|interested|"
    rf"available)\b",
    rf"\bunwilling to {GIVE}",
    rf"\b(?:is|are|was|were) {_NOT} (?:{GIVE})",
    rf"\bno (?:\w+ )?{_MILITARY} (?:will|would) (?:be )?(?:sent|deployed|go|take part|join)\b",
    rf"\b(?:will|would) {_NOT} be (?:any |a )?(?:\w+ )?{_MILITARY}\b",
    r"\bthere (?:will|would) be no (?:\w+ )*(?:troops|forces|soldiers|boots|peacekeepers|participation|contribution)\b",
)
CONDITION = _any(
    r"\bonly (?:if|when|after|once|with|under|on condition|in the event|in case|from|as part of|within|following)\b",
    r"\bunless\b",
    r"\b(?:provided|providing) (?:that|there|the|it|a)\b",
    r"\bon (?:the )?condition\b",
    r"\b(?:as|so) long as\b",
    r"\b(?:subject|conditional|contingent) (?:to|on|upon)\b",
    r"\bdepend(?:s|ed|ing|ent)? (?:\w+ )?(?:on|upon)\b",
    r"\bnot (?:\w+ ){0,8}(?:without|until|before)\b",
    r"(?<!ask )(?<!asking )(?<!asks )(?<!asked )(?<!partners )(?<!see )(?<!know )(?<!wonder )(?<!as )(?<!even )\bif\b",
    r"\b(?:once|in the event of|in case of|in the case of) (?:a|an|the|there|both|it|all|that|parliament|its)\b",
    r"\b(?:with|under|given|following|after) (?:a|an|the|its|clear|explicit) (?:\w+ ){0,3}(?:mandate|approval|consent|"
    r"authori[sz]ation|vote|invitation)\b",
    r"\bwithout (?:a|an|the|any) (?:\w+ ){0,4}(?:mandate|approval|consent|backstop|guarantee|invitation|ceasefire)\b",
    r"\b(?:would|will) (?:\w+ ){0,3}(?:require|need) (?:a|an|the) (?:\w+ ){0,3}(?:mandate|approval|vote|consent|"
    r"invitation|request|decision)\b",
)
READY = _any(
    r"\b(?:readiness|willingness)\b",
    r"\b(?:ready|willing|prepared|standing by|inclined|keen|happy|in a position) to\b",
    r"\bstands? ready\b",
    r"\b(?:is|are|was|were|be) (?:\w+ly )?(?:ready|willing|prepared)\b",
    rf"\bopen to (?:\w+ ){{0,2}}{GIVE}",
    r"\boffer(?:s|ed|ing)? to\b",
    rf"\b(?:can|could|would be able to) (?:\w+ly )?(?:{GIVE}) (?:\w+ )?(?:up to|at least|about|some|around)?\s*\d",
    r"\bexpress\w* (?:an? )?interest in\b",
)
OFFERING_VERBS = _verbs("offer, volunteer, readiness, willingness, offer to")
COMMITTING_VERBS = _verbs("pledge, promise, vow, commit, undertake, guarantee, swear, commitment, assurance")
COMMITTED = _any(
    rf"\b(?:will|shall|is going to|are going to|'ll)(?: \w+ly| also| soon| now| then| therefore)* (?:be )?(?:{GIVE})",
    r"\b(?:pledg(?:ed?|es|ing)|promis(?:ed?|es|ing)|vow(?:s|ed|ing)?|commit(?:s|ted|ting)?|undertook|undertakes?) "
    r"(?:to|itself|themselves|that|\d)\b",
    r"\b(?:has|have|had|was|were|is|are)? ?(?:decided|resolved|committed|agreed|approved|authori[sz]ed|signed off) "
    r"(?:to|on) "
    rf"(?:{GIVE})",
    r"\b(?:reach(?:ed|es)?|struck|concluded|come to) (?:an? )?(?:\w+ )?(?:agreement|deal|understanding) on\b",
    r"\b(?:is|are) (?:already |now |currently )?(?:sending|deploying|delivering|supplying|providing|contributing|"
    r"training)\b",
    r"\bapproved (?:the |a |its |their )?(?:sending|deployment|dispatch|delivery|participation|contribution)\b",
)
# "said it would send": in words told again, what was "will".
WOULD_GIVE = _any(rf"\bwould(?: \w+ly| also| instead| soon| now| then| therefore)* (?:be )?(?:{GIVE})")
DELIVERED = _any(
    r"\b(?:has|have|had) (?:already |now )?(?:sent|deployed|delivered|supplied|provided|allocated|earmarked|set aside|"
    r"ordered|joined|committed)\b",
)
CONSIDERING_VERBS = _verbs("consider, weigh, mull, explore, discuss, debate, study, examine")
CONSIDERING = _any(
    r"\b(?:considers?|considering|considered|weigh(?:s|ing|ed)?|mull(?:s|ing|ed)?|explor(?:e|es|ing|ed)|discuss(?:es|"
    r"ing|ed)?|"
    r"stud(?:y|ies|ying|ied)|examin(?:e|es|ing)|looking (?:at|into)|looks (?:at|into)|asking|contemplat\w+|thinking "
    r"(?:about|of)|"
    r"toying with|evaluating|assessing|debating|reviewing|sounding out|asked its partners)\b",
    r"\bhas(?:n't| not) (?:yet )?(?:decided|made up)\b",
    r"\bunder consideration\b",
    rf"\b(?:plans?|planning|intends?|intention|aims?|hopes?|wants?) (?:to|of) (?:\w+ly )?{GIVE}",
)
MIGHT_GIVE = _any(
    rf"\b(?:may|might|could) (?:\w+ly |also |yet |even |then )?(?:be (?:ready|willing|prepared) to |{GIVE})",
)

# --- what others should do, or not ------------------------------------------------------------------------
WILL_NOT_ALLOW = _any(
    rf"\b{_MODAL}\s?{_NOT}{_ADVERB} (?:be (?:able|ready|willing|prepared) to )?{_ALLOW}",
    rf"\b(?:won't|will never|would never|cannot|can't|wouldn't|unable to|refus\w+ to|not ready to|not prepared to|not "
    rf"willing to) (?:ever )?{_ALLOW}",
    r"\b(?:is|are|was|were|remain\w*) (?:\w+ly )?(?:opposed to|against)\b",
    r"\b(?:is|are|was|were|would be|will be|remains?) (?:\w+ly |completely )?(?:unacceptable|inadmissible|"
    r"intolerable)\b",
    r"\b(?:oppos(?:e|es|ed|ing)|reject(?:s|ed|ing)?|object(?:s|ed|ing)? to|veto(?:es|ed|ing)?|block(?:s|ed|ing)?|"
    r"resist(?:s|ed|ing)?)\b",
    r"\b(?:legitimate|military) targets?\b",
    r"\bno (?:place|room|role) for\b",
    r"\bstrictly against\b|\bopposition to\b|\bobjections? to\b",
    r"\b(?:must|should|can|may) not (?:\w+ )?(?:be|have|become|include|participate|take part|join|serve|enter)\b",
    r"\b(?:must|should|can|may) (?:never|under no circumstances)\b",
    rf"\bno (?:nato|foreign|western|european) {_MILITARY}\b",
)
OPPOSING_VERBS = _verbs(
    "oppose, reject, object, dismiss, veto, block, condemn, denounce, protest, opposition, objection, rule out"
)
REQUIRES = _any(
    r"\b(?:must|needs? to|ha(?:s|ve|d) to|is to|are to)\b",
    r"\b(?:need|needs|requires?|required|necessary|essential|indispensable|vital|imperative)\b",
    r"\b(?:condition|conditions) for\b",
)
# A demand that no readiness in the same words takes back.
REQUIRES_ABOVE_ALL = _any(
    r"\b(?:demand(?:s|ed|ing)?|insist(?:s|ed|ing)?) (?:that|on|upon)\b",
    r"\b(?:precondition|prerequisite|red line|non-negotiable|sine qua non)\b",
    r"\b(?:needs?|wants?|accepts?|expects?|requires?|demands?) .{0,60}\bonly (?:from|with|by) "
    r"(?:those|countries|states|the|a)\b",
    r"\bwithout .{0,90}\b(?:impossible|utopia\w*|unthinkable|meaningless|unacceptable|pointless|not possible|"
    r"worthless|out of the question|road to nowhere|cannot be|can be no|will be no)\b",
    r"^\W*(?:no|there (?:can|will|would|could) be no|any|nothing) .{0,120}\bwithout\b",
    r"\b(?:impossible|unthinkable|meaningless|pointless|unacceptable|hostile|illegitimate) (?:unless|without|until)\b",
    r"\bany (?:\w+ ){1,6}(?:must|has to|needs to|should)\b",
)
REQUIRING_VERBS = _verbs("demand, insist, require, demands, insistence")
ACCEPTS = _any(
    r"\b(?:would|will|could|can|is (?:ready|willing|prepared) to|ready to|agree[sd]? to|are ready to|prepared to|"
    r"willing to) (?:\w+ly )?"
    r"(?:accept|allow|tolerate|permit|consent|receive|admit|endorse|approve)\b",
    r"\b(?:accept(?:s|ed)?|welcom(?:e|es|ed|ing)|grateful for|endors(?:e|es|ed|ing)|in favou?r of|no objections?|"
    r"consent(?:s|ed)? to|has agreed|have agreed)\b",
    r"\b(?:support|supports|supported|backs|backed|approves) (?:the|a|an|such|any|this|that|his|her|its|their|\w+'s|"
    r"\w+ing|efforts?|plans?)\b",
    r"\b(?:does|do|did|would|will) not (?:object|oppose|mind|stand in the way)\b",
    r"\bopen to\b|\bagreed (?:to|on|with|that)\b|\bagree[sd]? (?:to|with)\b",
)
ACCEPTING_VERBS = _verbs("accept, welcome, support, endorse, back, approve, agree, praise, hail, support for")
REQUESTING_VERBS = _verbs(
    "ask, request, urge, call, call for, call on, call upon, appeal, invite, press, plead, mention, beg, push, seek, "
    "encourage, want, expect"
)
REPORTING_VERBS = _verbs("report, announce, confirm, inform, disclose, reveal, publish, cite")
ASSESSING_VERBS = _verbs(
    "call, believe, think, fear, doubt, suspect, argue, dismiss, warn, condemn, describe, brand, denounce, criticize, "
    "criticise, hail, praise, regret, deplore, consider, assume, reckon, expect, hope, predict, claim, play, brush, "
    "accuse, understand, know, see, view, regard, label, term, underestimate, complain, caution, worry, wonder, write"
)
VALUING = _any(
    r"\b(?:would|could|might|may|should|must|seems?|appears?)\b",
    r"\b(?:important|dangerous|good|bad|better|worse|right|wrong|crucial|delicate|serious|impossible|difficult|easy|"
    r"historic|welcome|"
    r"understand\w*|knows?|because|mistake|risk|threat|success|failure|shame|consistent|clear|another matter|hasty)\b",
    r"[“\"‘']",
)
NO_ANSWER = re.compile(
    r"^\W*(?:to )?(?:comment|say|answer|elaborate|speculate|respond|discuss|confirm|be drawn|specify|name|give "
    r"details|reveal)\b"
)
IDIOM = re.compile(r"^\W*no [\w ]{2,30}, no [\w ]{2,30}\W*$")
HOPES = _any(
    r"\bhop(?:e|es|ed|ing) (?:that )?(?:[\w.'-]+ ){1,4}(?:will|would|can|could)\b",
    r"\b(?:want|wants|wanted|would like) (?:[\w.'-]+ ){1,4}to\b",
)
# What is only in somebody's mind, said of another.
IMPUTED = re.compile(
    r"^\W*(?:the |its |his |her |their )?(?:[\w.]+[ -]){0,4}?(?:understands?|understood|knows?|knew|believes?|"
    r"believed|thinks?|thought|"
    r"fears?|feared|wants?|wanted|reali[sz]e[sd]?|feels?|felt|hopes?|hoped)\b"
)
OBLIGED = re.compile(r"^\W*(?:must|should|ought to|needs? to|ha[sd] to|have to|may not|cannot be allowed)\b")
# Not the month, which small letters hide.
_MAY = r"(?<!in )(?<!since )(?<!of )(?<!until )(?<!last )(?<!this )(?<!next )(?<!\d )may(?! \d)"
MODAL_ONLY = re.compile(rf"\b(?:could|might|{_MAY})\b")
DONE = re.compile(r"\b(?:has|have|had) (?:already |now )?\w+(?:ed|ent|t|n)\b")
CLAUSE = re.compile(r"\b(?:is|are|was|were|will|would|has|have|had|could|can)\b")
OWN_SUBJECT = re.compile(
    r"^\W*(?:that |however,? |now |today |\w+ day,? )?(?:it|we|they|he|she|i|our|their|his|her|its|the (?:country|"
    r"government|ministry|"
    r"kingdom|republic|alliance|bloc|union|organi[sz]ation|cabinet|kremlin))\b"
)
OTHERS_SUBJECT = re.compile(
    r"^\W*(?:that |about |around |at least |more than )?(?:[\w-]+ ){0,4}?(?:countries|nations|states|allies|partners|"
    r"members|others|"
    r"capitals|governments|europeans|the west|the other side|both sides|the sides|the parties)\b(?!')"
)
OF_THOSE = re.compile(r"\b(?:that|who|which|those|countries|states|partners|nations|allies)(?: \w+)?\W*$")
CALLED_TO_GIVE = re.compile(
    rf"^\W*(?:[\w'-]+ ){{0,3}}?(?:calls?|requests?|demands?|pressure|appeals?|invitations?|proposals?|plans?|"
    rf"suggestions?) to {GIVE}"
)
OWN_ACT = re.compile(
    rf"^\W*(?:to |the (?:sending|deployment) of |an? |its own |their own |his country's |its |their |our )?(?:be "
    rf")?(?:{GIVE}|own |participation in|contribution to|"
    r"(?:\w+ )?(?:participation|contribution|involvement)\b)"
)
HEDGES = re.compile(
    rf"\b(?:could|{_MAY}|might|possibly|possible|perhaps|maybe|probably|likely|unlikely|reportedly|allegedly|"
    rf"apparently|seemingly|supposedly|"
    r"potential|potentially|presumably|usually|generally|often|mostly|mainly|largely|roughly|seems?|appears?|in "
    r"principle|up to|"
    r"if necessary|eventually|at some point|sometimes|almost|some|many)\b"
)
# Between a state's name and a person's: "Chinese Foreign Ministry spokesman "
TITLE = re.compile(
    r"(?:[A-ZÀ-Ý][\w.'’-]*|foreign|prime|defen[cs]e|interior|deputy|vice|special|chief|general|former|acting|minister|"
    r"ministry|president|"
    r"spokes\w+|envoy|ambassador|secretary|representative|government|leader|premier|chancellor|head|of|the|for|and|to|"
    r"policy|national|"
    r"security|state|adviser|negotiator|commissioner|permanent|high|top|presidential|government's|army|military|staff|"
    r"council|"
    r"first|senior|\s)+",
)
