"""Who says, told beside the verb: "according to", "as the minister said", "quoted as saying", "in his view"."""

from dataclasses import replace

from truceline.guarantee.saying.lexicon import CLAIMS_PLURAL, NOUN_CUES, is_of_saying, names_media, takes, words_in
from truceline.guarantee.saying.parser import Token, Tree
from truceline.guarantee.saying.quotes import Quotation
from truceline.guarantee.saying.rules.clauses import Use, clauses, complement_of, saying_of
from truceline.guarantee.saying.rules.walks import agent_of, citing, extent, noun_phrase, verb_of
from truceline.guarantee.saying.sayings import Place, Saying, length, shared, trimmed

_PASS_ON = words_in("quote cite report carry publish release distribute broadcast air relay print")
_VIEWS = words_in("words view opinion eyes estimation telling judgment judgement reading assessment")
_POSITIONS = words_in(
    """position view message argument line answer claim demand condition promise assessment stance point warning
    contention belief concern fear hope offer proposal reply response verdict"""
)
_SURE = words_in(
    """adamant confident convinced certain sure hopeful sceptical skeptical doubtful clear explicit aware afraid"""
)
_BESIDE = 40  # characters from "in her words" to the quotation
_INTRODUCE = ("interview", "statement", "comment", "comments", "remark", "remarks", "briefing", "letter", "report")


def according(tree: Tree, found: tuple[Quotation, ...]) -> list[Saying]:
    """ "According to X, Y" and "Y, according to X"."""
    sayings = []
    for token in tree.tokens[:-1]:
        to = tree.tokens[token.index + 1]
        if token.lower != "according" or to.lower != "to":
            continue
        source = _source(tree, token, to)
        if source is None:
            continue
        content = _beside(tree, token, source, found)
        if content[1] - content[0] < 8:
            continue
        sayings.append(
            Saying(
                rule="according-to",
                content=(content,),
                cue=(token.start, to.end),
                verb="according to",
                speaker=noun_phrase(tree, source),
                through=passed_on_by(tree, source),
            )
        )
    return sayings


def _source(tree: Tree, token: Token, to: Token) -> Token | None:
    nouns = [kid for word in (to, token) for kid in tree.kids(word, "pobj", "dobj", "pcomp")]
    return nouns[0] if nouns else None


def _beside(tree: Tree, token: Token, source: Token, found: tuple[Quotation, ...]) -> Place:
    """The sentence on the other side; a quotation that opens in it is taken whole."""
    sentence = tree.sentence(token)
    last = max(word.end for word in tree.below(source))
    opens = token.index - sentence[0].index <= 3
    start, end = (last, sentence[-1].end) if opens else (sentence[0].start, token.start)
    speeches = [each for each in found if each.speech and start <= each.place[0] < end]
    if opens and speeches and not tree.text[start : speeches[0].place[0]].strip(" ,:"):
        return speeches[0].words
    if not opens and speeches and start >= speeches[0].place[0]:
        return speeches[0].words
    return trimmed(tree.text, (start, end))


def passed_on_by(tree: Tree, source: Token) -> tuple[Place, ...]:
    """ "Guo Jiakun, quoted by local media": the media."""
    verbs = [token for token in tree.below(source) if token.dep in ("acl", "relcl") and token.lemma in _PASS_ON]
    agents = [agent_of(tree, verb) for verb in verbs]
    return tuple(noun_phrase(tree, agent) for agent in agents if agent)


def quoted_as_saying(use: Use) -> Saying | None:
    """ "Tass quoted the minister as saying …", "she was quoted by Tass as saying …": her words, through Tass."""
    tree, verb = use.tree, use.verb
    if not takes(use.name, "quoting"):
        return None
    for words in [token for token in tree.below(verb) if token.tag == "VBG" and is_of_saying(token.lemma)]:
        before = tree.tokens[words.index - 1]
        if before.lower != "as":
            continue
        quoted = tree.kids(verb, "nsubjpass") or tree.kids(verb, "dobj")
        if not quoted:
            return None
        by = agent_of(tree, verb) if quoted[0].dep == "nsubjpass" else use.subject
        inner = Use(tree=tree, verb=words, name=words.lemma, subject=quoted[0])
        for saying in clauses(inner):
            return replace(saying, rule="quoted-as-saying", through=(noun_phrase(tree, by),) if by else ())
    return None


def as_told(tree: Tree) -> list[Saying]:
    """ "X, as the minister said, Y" and "as X put it": the rest of the sentence."""
    sayings = []
    for token in tree.tokens:
        if token.lower != "as" or token.dep not in ("mark", "prep", "advmod"):
            continue
        verb = tree.head(token)
        put = verb.lemma == "put" and [kid.lower for kid in tree.kids(verb, "dobj")] == ["it"]
        if (
            verb.pos != "VERB"
            or not (put or takes(verb_of(tree, verb), "clause"))
            or verb.dep != "advcl"
            or tree.kids(verb, "ccomp")
        ):
            continue
        subjects = tree.kids(verb, "nsubj")
        own = {word.index for word in tree.below(verb)}
        rest = [word for word in tree.sentence(verb) if word.index not in own]
        if subjects and rest and (put or not tree.kids(verb, "dobj")):
            use = Use(tree=tree, verb=verb, name=verb_of(tree, verb), subject=subjects[0])
            sayings.append(saying_of(use, "as-told", (use.place(rest),)))
    return sayings


def leaning_on(use: Use) -> Place | None:
    """ "reported, citing sources in Brussels": the sources. They are those of the outermost verb of saying."""
    for cites in citing(use.tree, use.verb):
        above = [each for each in use.tree.above(cites) if each.pos == "VERB" and is_of_saying(each.lemma)]
        told = use.tree.kids(cites, "dobj", "pobj")
        if told and above and above[-1].index == use.verb.index:
            return noun_phrase(use.tree, told[0])
    return None


def told_to(use: Use) -> tuple[Place, ...]:
    """The media to whom somebody spoke: "told Reuters", "said in an interview with Welt"."""
    found: list[Token] = []
    for kid in use.tree.kids(use.verb, "dobj", "dative", "iobj", "npadvmod", "nsubj"):
        if kid.index > use.verb.index and kid is not use.subject and use.verb.lemma in ("tell", "inform", "assure"):
            found.append(kid)
    for prep in use.tree.kids(use.verb, "prep", "dative"):
        found += use.tree.kids(prep, "pobj") if prep.lower in ("to", "on") else []
        for noun in use.tree.kids(prep, "pobj"):
            if noun.lemma in _INTRODUCE or noun.lower in _INTRODUCE:
                found += [
                    each
                    for inner in use.tree.kids(noun, "prep")
                    if inner.lower in ("with", "to", "for", "by")
                    for each in use.tree.kids(inner, "pobj")
                ]
    return tuple(noun_phrase(use.tree, each) for each in found)


def in_words(tree: Tree, found: tuple[Quotation, ...]) -> list[Saying]:
    """ "in her words, “…”", "in the view of Moscow, …": the quotation beside it, or the rest of the sentence."""
    sayings = []
    for token in tree.tokens:
        into = tree.head(token)
        if token.lower not in _VIEWS or into.lower != "in" or token.dep != "pobj":
            continue
        owners = tree.kids(token, "poss") + [each for of in tree.kids(token, "prep") for each in tree.kids(of, "pobj")]
        beside = [each for each in found if 0 <= each.place[0] - token.end <= _BESIDE]
        own = {word.index for word in tree.below(into)}
        rest = [word for word in tree.sentence(token) if word.index not in own]
        if owners and (rest or beside):
            quoted = bool(beside) and token.lower == "words"
            sayings.append(
                Saying(
                    rule="in-words",
                    content=(beside[0].words if quoted else trimmed(tree.text, extent(rest)),),
                    cue=(into.start, token.end),
                    verb="say",
                    speaker=noun_phrase(tree, owners[0]),
                    direct=False,
                )
            )
    return sayings


def owned_nouns(tree: Tree) -> list[Saying]:
    """ "Lavrov's demands for Chinese participation": what a noun of saying is about, and whose it is."""
    sayings = []
    for noun in tree.tokens:
        if noun.pos != "NOUN" or not (noun.lower in NOUN_CUES or noun.lower in CLAIMS_PLURAL):
            continue
        owners = [kid for kid in tree.kids(noun, "poss") if kid.pos in ("PROPN", "NOUN")]
        told = complement_of(tree, noun)
        if owners and len(told) > 1:
            sayings.append(_owned(tree, noun, owners[0], told))
    return sayings


def copulas(tree: Tree) -> list[Saying]:
    """ "Russia's position is that …", "the minister was adamant that …": whose position, and what it is."""
    sayings = []
    for verb in tree.tokens:
        if verb.lemma != "be" or verb.pos not in ("AUX", "VERB"):
            continue
        subjects = tree.kids(verb, "nsubj")
        clauses_ = [
            kid for kid in tree.kids(verb, "ccomp") if any(mark.lower == "that" for mark in tree.kids(kid, "mark"))
        ]
        owners = [kid for noun in subjects if noun.lower in _POSITIONS for kid in tree.kids(noun, "poss")]
        if owners and clauses_:
            sayings.append(
                replace(_owned(tree, verb, owners[0], _told(tree, clauses_[0])), rule="copula", belief=False)
            )
        for adjective in tree.kids(verb, "acomp"):
            sure = [kid for kid in tree.kids(adjective, "ccomp") + clauses_ if kid.index > adjective.index]
            if subjects and sure and adjective.lower in _SURE:
                found = _owned(tree, adjective, subjects[0], _told(tree, sure[0]))
                sayings.append(replace(found, rule="copula", cue=(verb.start, adjective.end)))
    return sayings


def _told(tree: Tree, clause: Token) -> list[Token]:
    return [token for token in tree.below(clause) if not (token.dep == "mark" and token.lower == "that")]


def _owned(tree: Tree, noun: Token, owner: Token, told: list[Token]) -> Saying:
    return Saying(
        rule="owned-noun",
        content=(trimmed(tree.text, extent(told)),),
        cue=(noun.start, noun.end),
        verb=noun.lemma,
        speaker=noun_phrase(tree, owner),
        belief=True,
        clause=any(token.tag in ("VBZ", "VBP", "VBD", "MD", "TO") or token.dep == "nsubj" for token in told),
    )


def passed_on(sayings: list[Saying], text: str) -> list[Saying]:
    """ "Lavrov said X, according to Tass": Lavrov's words, through Tass; no words of Tass."""
    kept: list[Saying] = []
    through: dict[int, Place] = {}
    for saying in sayings:
        if saying.rule != "according-to" or saying.speaker is None or not names_media(text[slice(*saying.speaker)]):
            continue
        start, end = saying.extent
        for number, other in enumerate(sayings):
            if other.rule == "according-to" or other.cue is None or other.speaker is None:
                continue
            opens = min(other.speaker[0], other.extent[0], other.cue[0])
            same = shared(saying.content, other.content) > 0.8 * max(length(saying.content), length(other.content))
            if same or (start <= opens <= start + 40 and end - 12 <= max(other.extent[1], other.cue[1]) <= end + 2):
                through[number] = saying.speaker
                through[sayings.index(saying)] = saying.speaker
                break
    for number, saying in enumerate(sayings):
        if number in through and saying.rule == "according-to":
            continue
        added = (through[number],) if number in through and through[number] != saying.speaker else ()
        kept.append(replace(saying, through=(*saying.through, *added)))
    return kept
