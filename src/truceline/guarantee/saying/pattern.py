"""Who said what without a parser: verbs of saying by their forms, speakers by what stands beside them.

What the core install has. It finds less than the rules over a parsed text, and nothing inside anybody's words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from truceline.guarantee.saying.lexicon import (
    BELIEF,
    DENIABLE,
    GENERIC_NOUNS,
    LIGHT_VERBS,
    NOUN_CUES,
    TAKES,
    UNNAMED_NOUNS,
    UNSAID,
    WITH,
    takes,
    words_in,
)
from truceline.guarantee.saying.quotes import Cue, Quotation, attributed, in_quotation, quotations, without_quoted
from truceline.guarantee.saying.rules.labels import labelled
from truceline.guarantee.saying.sayings import Found, Place, Saying, shared, trimmed

_IRREGULAR = {
    "say": ("said", "said"), "tell": ("told", "told"), "write": ("wrote", "written"), "speak": ("spoke", "spoken"),
    "know": ("knew", "known"), "think": ("thought", "thought"), "swear": ("swore", "sworn"), "make": ("made", "made"),
    "set": ("set", "set"), "lay": ("laid", "laid"), "forecast": ("forecast", "forecast"), "go": ("went", "gone"),
    "find": ("found", "found"), "hold": ("held", "held"), "see": ("saw", "seen"), "give": ("gave", "given"),
    "turn": ("turned", "turned"), "read": ("read", "read"), "spell": ("spelled", "spelled"),
}  # fmt: skip
_DOUBLED = words_in("admit commit quip plan dub permit beg")
_BELONGS = r"(?:has|have|had|is|was|were|are|been|being|not|n’t|also|later|then|only|did|does|do|now|again|[a-z]+ly)"
_MODAL = words_in("will would may might could should can must to cannot")
_ANY_SENTENCE = re.compile(r"[^\n]+?(?:[.!?][”\"’)]?(?=\s+[“\"‘A-Z]|\s*(?:\n|\Z))|(?=\n|\Z))")
_ABBREVIATED = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Gen|Col|St|Sept|Oct|Nov|Dec|Jan|Feb|Aug|No)|\b[A-Z])\.$")
_NOUNISH = words_in(
    """the a an its his her their our this that these those one two three four some many several most both other others
    senior unnamed all more few local he she it they who"""
)
_OPENS_CLAUSE = words_in(
    """the a an its his her their our this that these those it he she they we there no any each every some many if
    whether such what when all nothing more most neither both only"""
)
_UNTIL_TRAILER = re.compile(r",?\s+(?:while\s+)?(?:also\s+)?(?:[a-z]+ly\s+)?(?P<verb>[a-z]+ing)\b")
_CITING = re.compile(r",?\s+(?:citing|quoting)\s+(?P<who>[^.;\n]+?)(?=[.;\n]|, (?:who|which)|$)")
_TIME = r"(?:\s+(?:on|in|late|early|last|this|earlier|yesterday|today|at|after|during|before|to)\b[^,.;\n]{0,70})?"
_TOLD = r"(?:\s+[\w’'-]+){1,5}?"
_NO_NOUN = words_in(
    """that which said if when what has have had is was were are will would could been being to told whether citing
    quoting asked"""
)
_NO_THING = words_in(
    """to by in on at as it this that is was has have had will would and or but from with for of up out into over about
    what nor"""
)
_AND_LOWER = re.compile(r"\band (?!the |its |their )[a-z]")
_ARTICLES = words_in("the a an its his her their our this that any no such of to for")
_FIRST_WORD = re.compile(r"\s*[“\"]?\s*([\w’'-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A verb of saying in a sentence: where it stands, its auxiliaries with it, and the noun phrase before it."""

    sentence: Place
    cue: Place
    verb: str
    form: str  # "past", "present", "ing"
    speaker: Place | None
    passive: bool
    negated: bool


def _forms() -> dict[str, tuple[str, str]]:
    """Every form of a verb of saying: its lemma and what form it is."""
    found: dict[str, tuple[str, str]] = {}
    for lemma in {name.split()[0] for name in (*TAKES, *WITH, *LIGHT_VERBS)}:
        stem = lemma[:-1] if lemma.endswith("e") else lemma
        if lemma in _DOUBLED:
            stem += lemma[-1]
        soft = lemma.endswith("y") and lemma[-2] not in "aeiou"
        past, participle = _IRREGULAR.get(lemma, ((lemma[:-1] + "ied" if soft else stem + "ed"),) * 2)
        third = lemma[:-1] + "ies" if soft else lemma + ("es" if lemma.endswith(("s", "sh", "ch", "o")) else "s")
        named = {past: "past", participle: "past", third: "present", stem + "ing": "ing", lemma: "present"}
        found |= {form: (lemma, name) for form, name in named.items() if form not in found}
    return found


FORMS = _forms()
_PARTICLES = frozenset(name.split()[1] for name in TAKES if " " in name)
_CUE = re.compile(
    rf"\b(?P<help>(?:{_BELONGS}\s+){{0,4}})(?P<verb>{'|'.join(sorted(FORMS, key=len, reverse=True))})"
    rf"(?:\s+(?P<particle>{'|'.join(sorted(_PARTICLES))}))?\b"
)


def found_in(text: str) -> Found:
    """What simple patterns find in a text."""
    found = quotations(text)
    uses = [use for sentence in _sentences(text, found) for use in _uses(text, sentence, found)]
    sayings = list(_according(text, found))
    for use in uses:
        sayings += _said_by(text, use)
    cues = [
        Cue(place=use.cue, speaker=use.speaker, verb=use.verb, negated=use.negated)
        for use in uses
        if use.speaker and not use.passive and (use.form != "ing")
    ]
    cues += [
        Cue(place=each.cue, speaker=each.speaker, verb=each.verb)
        for each in sayings
        if each.cue and each.rule == "according-to"
    ]
    quoted = attributed(text, found, sorted(cues, key=lambda cue: cue.place))
    sayings = without_quoted(text, sayings, quoted) + quoted + list(labelled(text))
    return Found(
        sayings=tuple(sorted(_once(sayings), key=lambda saying: (saying.place, saying.extent))),
        subjects=tuple(use.speaker for use in uses if use.speaker),
    )


def _once(sayings: list[Saying]) -> Iterator[Saying]:
    """Of those with one cue the first: rules stand in the order in which they are trusted."""
    seen: list[Saying] = []
    for saying in sayings:
        if not any(saying.cue == other.cue and shared(saying.content, other.content) for other in seen):
            seen.append(saying)
            yield saying


def _sentences(text: str, found: tuple[Quotation, ...]) -> Iterator[Place]:
    """Sentences; a mark inside a quotation ends none."""
    start = 0
    for match in _ANY_SENTENCE.finditer(text):
        start = start or match.start()
        if "\n" in text[start : match.start()]:
            start = match.start()
        inside = any(each.place[0] < match.end() - 1 < each.place[1] - 1 for each in found)
        if inside or _ABBREVIATED.search(text, start, match.end()):
            continue
        yield start + len(text[start : match.end()]) - len(text[start : match.end()].lstrip()), match.end()
        start = match.end()


def _uses(text: str, sentence: Place, found: tuple[Quotation, ...]) -> Iterator[Use]:
    for match in _CUE.finditer(text, *sentence):
        lemma, form = FORMS[match["verb"]]
        verb = f"{lemma} {match['particle']}" if match["particle"] else lemma
        verb = verb if verb in TAKES else lemma
        helping = match["help"].split()
        before = text[sentence[0] : match.start()].split()
        last = before[-1].lower() if before else ""
        if in_quotation(match.span("verb"), found) or last in _MODAL or (not helping and last in _ARTICLES):
            continue
        passive = form == "past" and bool({"is", "was", "were", "are", "been", "being"} & set(helping))
        end = match.end() if verb != lemma else match.end("verb")
        start = match.start() if match["help"].strip() and "ly" not in helping[0][-2:] else match.start("verb")
        yield Use(
            sentence=sentence,
            cue=(start, end),
            verb=verb,
            form=form,
            speaker=_before(text, (sentence[0], match.start())),
            passive=passive,
            negated="not" in helping or "n’t" in helping or (bool(before) and before[-1].lower() == "not"),
        )


def _before(text: str, zone: Place) -> Place | None:
    """The noun phrase that ends where a verb begins; None where there is none."""
    chunk = text[slice(*zone)].rstrip()
    if not chunk:
        return None
    parts = [part for part in re.split(r"(?<=[,;:—–”\"])\s+", chunk) if part]
    if chunk.endswith(","):  # "Vell, a former general, said"
        part = parts[0] if len(parts) <= 3 else parts[-2]
        start = zone[0] + chunk.index(part)
        return _if_noun(text, (start, start + len(part.rstrip(","))))
    start = zone[0] + chunk.rindex(parts[-1])
    return _if_noun(text, (start, zone[0] + len(chunk)))


def _if_noun(text: str, place: Place) -> Place | None:
    """A place, where it reads as a noun phrase of at most eleven words."""
    start, end = trimmed(text, place)
    words = text[start:end].split()
    while words and words[0].lower() in ("but", "and", "however", "meanwhile", "while", "on", "later", "subsequently"):
        start += len(words[0]) + 1
        words = words[1:]
    if (
        not words
        or len(words) > 11
        or any(word.lower() in _NO_NOUN for word in words)
        or _AND_LOWER.search(text, start, end)
    ):
        return None
    nouns = UNNAMED_NOUNS | GENERIC_NOUNS
    known = words[0].lower() in _NOUNISH or words[0][:1].isupper() or words[-1].lower() in nouns
    return (start, end) if known else None


def _said_by(text: str, use: Use) -> list[Saying]:
    """What a verb introduces, by the first pattern that fits."""
    for pattern in (_after, _before_it, _by_whom):
        saying = pattern(text, use)
        if saying:
            return [saying]
    return []


def _saying(text: str, use: Use, rule: str, content: Place, speaker: Place | None) -> Saying | None:
    content = trimmed(text, content)
    if speaker is None or content[1] - content[0] < 3:
        return None
    trails = len(text[: use.cue[0]].rstrip(", ")) if use.form == "ing" else -1
    return Saying(
        rule=f"pattern-{rule}",
        content=(content,),
        cue=use.cue,
        verb=use.verb,
        speaker=speaker,
        negated=use.negated,
        belief=use.verb in BELIEF,
        trailing=trails,
    )


def _after(text: str, use: Use) -> Saying | None:
    """ "Lavrov said that …", "Vell ruled out …ing", ", adding that …"."""
    rest = text[use.cue[1] : use.sentence[1]]
    rule, skipped = _rule_after(rest, use)
    if not rule or (use.negated and use.verb not in DENIABLE):
        return None
    speaker = use.speaker
    if use.form == "ing":
        if (
            text[: use.cue[0]].rstrip()[-1:] not in (",", "–", "—")
            and "while not" not in text[use.cue[0] - 12 : use.cue[1]]
        ):
            return None
        speaker = _first_speaker(text, use)
    content = (use.cue[1] + skipped, use.sentence[1])
    for match in _UNTIL_TRAILER.finditer(text, *content):
        if match["verb"] in FORMS and (match[0].startswith(",") or " while " in match[0]):
            content = (content[0], match.start())
            break
    return None if use.passive else _saying(text, use, rule, content, speaker)


def _first_speaker(text: str, use: Use) -> Place | None:
    """Of a trailing participle: whoever the sentence's first verb of saying has."""
    first = _CUE.search(text, *use.sentence)
    if first is None or first.start("verb") >= use.cue[0] - 1:
        return None
    found = _before(text, (use.sentence[0], first.start()))
    inverted = re.compile(r"\s+((?:[\w’'-]+ ?){1,9})").match(text, first.end()) if found is None else None
    return found or (_if_noun(text, inverted.span(1)) if inverted else None)


def _rule_after(rest: str, use: Use) -> tuple[str, int]:
    """Which pattern what follows a verb fits, and where the words begin; "" for none."""
    first = _FIRST_WORD.match(rest)
    word = first[1] if first else ""
    addressed = re.match(r"\s+(?:[\w’'-]+\s+){0,7}?(?=that\s)", rest) if takes(use.verb, "clause") else None
    if addressed:
        return "clause", addressed.end() + 5
    return _rule_for(rest, use, (word, first.end(1), first.start(1)) if first else ("", 0, 0))


def _rule_for(rest: str, use: Use, first: tuple[str, int, int]) -> tuple[str, int]:
    """As `_rule_after`, for what is no clause with "that". Args: first: the first word, its end and its start."""
    verb, (word, end, start) = use.verb, first
    noun = re.match(rf"\s+(?:\w+\s+)?(?:{'|'.join(sorted(NOUN_CUES))})\s+(?:that\s+|over\s+|about\s+)?", rest)
    if verb in LIGHT_VERBS and noun:
        return "noun-cue", noun.end()
    if word == "to" and takes(verb, "to") and (rest.split()[1:2] or [""])[0] not in UNSAID:
        return "infinitive", start
    asked = re.match(r"\s+(?=[\w’' -]{2,60}\sto\s)", rest) if takes(verb, "asking") else None
    if asked and word not in ("to", "that"):
        return "asking", asked.end()
    if word.endswith("ing") and takes(verb, "ing"):
        return "gerund", 0
    return _rule_for_things(use, word, end)


def _rule_for_things(use: Use, word: str, end: int) -> tuple[str, int]:
    """As `_rule_after`, for things, and for clauses without "that"."""
    verb = use.verb
    if takes(verb, "naming") and (use.form == "ing" or word.lower() in _ARTICLES):
        return "naming", 0
    if takes(verb, "clause") and (word.lower() in _OPENS_CLAUSE or word[:1].isupper()) and not takes(verb, "object"):
        return "clause", 0
    if word in WITH.get(verb, ()):
        return "preposition", end
    if takes(verb, "object") and word and word.lower() not in _NO_THING and not word.endswith("ing"):
        return "object", 0
    return "", 0


def _before_it(text: str, use: Use) -> Saying | None:
    """ "…, the paper wrote", "…, said Lavrov", and who they cite."""
    if use.form == "ing" or use.passive or not (takes(use.verb, "clause") or takes(use.verb, "aside")):
        return None
    told = _TOLD if use.verb == "tell" else ""
    end = re.compile(rf"{told}{_TIME}\s*(?=[.;,]|$)").match(text, use.cue[1], use.sentence[1])
    if use.speaker and (end or _CITING.match(text, use.cue[1])):
        start = use.speaker[0]
        speaker: Place | None = use.speaker
    else:
        inverted = re.compile(r"\s+((?:[\w’'-]+ ?){1,9})(?=[.,;]|$)").match(text, use.cue[1], use.sentence[1])
        speaker = _if_noun(text, inverted.span(1)) if inverted else None
        start = use.cue[0]
    lead = text[use.sentence[0] : start].rstrip()
    if speaker is None or not lead.endswith(",") or len(lead.split()) < 3:
        return None
    begins = re.match(r"(?:But|And|However,|Yet|So)\s+", lead)
    saying = _saying(text, use, "parenthesis", (use.sentence[0] + (begins.end() if begins else 0), start), speaker)
    cited = _CITING.match(text, use.cue[1])
    return replace(saying, cited=trimmed(text, cited.span("who"))) if saying and cited else saying


def _by_whom(text: str, use: Use) -> Saying | None:
    """ "X was dismissed by experts": X."""
    if not use.passive or not takes(use.verb, "object"):
        return None
    opens = re.compile(r"(?P<thing>[^,\n]+?)\s+(?:has|have|had|is|was|were)\s").match(text, *use.sentence)
    thing = use.speaker or (opens.span("thing") if opens and opens.end() <= use.cue[1] else None)
    by = re.compile(r"\s+by\s+((?:[\w’'-]+ ?){1,8})(?=[.,;]|$)").match(text, use.cue[1], use.sentence[1])
    return _saying(text, use, "passive", thing, by.span(1)) if by and thing else None


def _according(text: str, found: tuple[Quotation, ...]) -> Iterator[Saying]:
    """ "According to X, Y" and "Y, according to X"."""
    for match in re.finditer(r"\b[Aa]ccording to\s+", text):
        line = text.rfind("\n", 0, match.start()) + 1, (text + "\n").index("\n", match.start())
        ended = [m.end() for m in re.finditer(r"[.!?][”\"]?\s+(?=[“\"A-Z])", text[line[0] : match.start()])]
        opens = line[0] + (ended[-1] if ended else 0)
        who = re.compile(r"[^,.;\n]{2,90}").match(text, match.end())
        beside = re.compile(r",\s+(?:who|which|quoted|cited)\b[^,.;\n]*").match(text, who.end()) if who else None
        if who is None:
            continue
        if match.start() - opens <= 3:
            start = beside.end() if beside else who.end()
            stop = re.compile(r"[.!?](?=\s|$)").search(text, start, line[1])
            content = (start, stop.end() if stop else line[1])
            speech = [each for each in found if each.speech and content[0] <= each.place[0] < content[1]]
            content = speech[0].words if speech else content
        else:
            content = (opens, match.start())
        content = trimmed(text, content) if content[1] > content[0] else content
        if content[1] - content[0] >= 8:
            yield Saying(
                rule="according-to",
                content=(content,),
                cue=(match.start(), match.end() - 1),
                verb="according to",
                speaker=trimmed(text, who.span()),
            )
