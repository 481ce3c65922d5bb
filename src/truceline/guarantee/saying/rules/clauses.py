"""A verb of saying and what hangs on it: a clause, "to …", "…ing", a thing, a thing and what it is called."""

from collections.abc import Callable
from dataclasses import dataclass

from truceline.guarantee.saying.lexicon import (
    BELIEF,
    CLAIMS_PLURAL,
    DENIABLE,
    IMPUTED,
    LIGHT_VERBS,
    NOUN_CUES,
    OFFERS,
    TAKING_BACK,
    UNSAID,
    WITH,
    is_of_saying,
    takes,
    words_in,
)
from truceline.guarantee.saying.parser import Token, Tree
from truceline.guarantee.saying.rules.walks import (
    ASKED,
    agent_of,
    called_by,
    citing,
    cue_of,
    extent,
    is_negated,
    is_unreal,
    noun_phrase,
    reporter_of,
    subject_of,
    trailing_at,
    verb_of,
)
from truceline.guarantee.saying.sayings import OPENING, Place, Saying, trimmed

_CONNECTIVES = words_in("but and however so yet also still moreover nevertheless meanwhile that then only")
_OF_SOMEBODY = words_in("accuse blame credit praise thank criticize criticise")
_LONGEST = 300  # words and marks of a sentence
_ASIDE_WORDS = 16
_CONDITIONS = ("if ", "unless ", "provided ", "providing ", "only if", "as long", "so long", "on condition", "once ")
_PERSONAL = words_in(
    """it this that them him her these those so nothing something anything everything which what whom"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A verb of saying where it is used: its tree, itself, its name in the lexicon, who is its subject."""

    tree: Tree
    verb: Token
    name: str
    subject: Token | None

    def place(self, tokens: list[Token]) -> Place:
        """From the first to the last of some words, without what hangs loose."""
        return trimmed(self.tree.text, extent(tokens))


Words = tuple[str, list[tuple[Place, ...]]] | None  # the rule, and the content of each statement


def uses_of(tree: Tree) -> list[Use]:
    """Every verb of saying in a text, with who says; none of a sentence too long to have been parsed well."""
    found = []
    for token in tree.tokens:
        first, last = tree.sentences[token.sentence]
        if token.pos not in ("VERB", "AUX") or last - first > _LONGEST:
            continue
        name = verb_of(tree, token)
        if not (is_of_saying(name) or name in IMPUTED or name in LIGHT_VERBS) or is_unreal(tree, token):
            continue
        trails = trailing_at(tree, token) >= 0
        subject = (reporter_of(tree, token) if trails else None) or subject_of(tree, token)
        found.append(Use(tree=tree, verb=token, name=name, subject=_named_so(tree, subject)))
    return found


def _named_so(tree: Tree, subject: Token | None) -> Token | None:
    """Of "what officials termed a coalition" as a subject: the coalition."""
    if subject is None or subject.pos not in ("VERB", "AUX"):
        return subject
    return called_by(tree, subject) or subject


def clauses(use: Use) -> list[Saying]:
    """What the verb introduces by the first rule that fits; []: nothing, or by nobody.

    "said that A and that B" are two; so is what two verbs have in common.
    """
    for rule in _RULES:
        words = rule(use)
        if words is None:
            continue
        if is_negated(use.tree, use.verb) and use.name not in DENIABLE:
            return []
        name, pieces = words
        kept = [tuple(place for place in content if place[1] - place[0] >= 3) for content in pieces]
        if name != "parenthesis" and len(kept) == 1:
            kept = [_with_condition(use, kept[0])]
        return [saying_of(use, name, content) for content in kept if content and use.subject is not None]
    return []


def _with_condition(use: Use, content: tuple[Place, ...]) -> tuple[Place, ...]:
    """What is said with the condition that hangs on the verb: "offered to go, provided that both ask"."""
    for kid in use.tree.kids(use.verb, "advcl", "prep"):
        words = use.tree.below(kid)
        opens = " ".join(word.lower for word in words[:2])
        between = use.tree.text[content[-1][1] : words[0].start] if content else "x"
        if opens.startswith(_CONDITIONS) and between.strip() in ("", ","):
            return (*content[:-1], (content[-1][0], use.place(words)[1]))
    return content


def saying_of(use: Use, rule: str, content: tuple[Place, ...]) -> Saying:
    """What a rule found, with its cue and its speaker."""
    return Saying(
        rule=rule,
        content=content,
        cue=cue_of(use.tree, use.verb),
        verb=use.name,
        speaker=noun_phrase(use.tree, use.subject) if use.subject else None,
        negated=is_negated(use.tree, use.verb),
        belief=use.name in BELIEF,
        trailing=trailing_at(use.tree, use.verb),
    )


def _clause(use: Use) -> Words:
    if not (takes(use.name, "clause") or use.name in IMPUTED):
        return None
    told = [kid for kid in use.tree.kids(use.verb, "ccomp") if _is_clause(use.tree, kid)]
    evident = [kid for kid in told if kid.lower in ("clear", "plain", "known")]
    clear = [inner for kid in evident for inner in use.tree.kids(kid, "ccomp", "advcl") if inner.index > kid.index]
    for kid in clear or sorted(told, key=lambda kid: kid.index < use.verb.index):
        if not _is_apart(use, kid):
            return "clause", [_around(use, words) for words in _that_and_that(use.tree, kid)]
    return None


def _aside(use: Use) -> Words:
    """ "X, she said" and "X, she said on Monday, Y": the sentence around who says it."""
    if not (takes(use.name, "clause") or takes(use.name, "aside")) or use.subject is None:
        return None
    tree, sentence = use.tree, use.tree.sentence(use.verb)
    first = min(use.verb.index, tree_index(tree, noun_phrase(tree, use.subject)[0]))
    last = max(use.verb.index, use.subject.index)
    while last + 1 <= sentence[-1].index and tree.tokens[last + 1].text not in (",", ";", ".", "?", "!", "—", "–"):
        last += 1
    before = [token for token in sentence if token.index < first]
    words = tree.tokens[first : last + 1]
    if not before or before[-1].text != "," or len(words) > _ASIDE_WORDS or not _is_aside(use, last):
        return None
    after = [token for token in sentence if token.index > last + 1]
    before = _without_connective(before[:-1])
    if before and (before[0].tag in ("VBN", "VBG") or before[0].lemma in ASKED):
        return None
    if any(_is_finite(tree, token) for token in before):
        return "parenthesis", [(use.place(before),)]
    if before and any(_is_finite(tree, token) for token in after):
        return "parenthesis", [(use.place(before), use.place(after))]
    return None


def tree_index(tree: Tree, start: int) -> int:
    """The word that begins at a character."""
    return next(token.index for token in tree.tokens if token.start == start)


def _is_aside(use: Use, last: int) -> bool:
    """Whether nothing that is said follows the verb before the next comma."""
    if use.verb.tag not in ("VBD", "VBZ", "VBP", "VBN", "VBG"):
        return False
    after = [kid for kid in use.tree.kids(use.verb) if use.verb.index < kid.index <= last]
    barred = ("ccomp", "xcomp", "mark", "attr", "acomp")
    told = ("dobj",) if use.verb.lemma != "tell" else ()
    words = use.tree.tokens[use.verb.index + 1 : last + 1]
    return not any(kid.dep in barred + told for kid in after) and not any(_is_finite(use.tree, word) for word in words)


def _is_finite(tree: Tree, token: Token) -> bool:
    """Whether a word is the finite verb of a main clause."""
    if token.tag not in ("VBZ", "VBP", "VBD", "MD"):
        return False
    return not any(each.dep in ("relcl", "advcl", "acl") for each in [token, *tree.above(token)])


def _is_apart(use: Use, clause: Token) -> bool:
    """Whether a clause before the verb is a sentence of its own: a colon or a semicolon stands between."""
    between = use.tree.tokens[min(clause.index, use.verb.index) : max(clause.index, use.verb.index)]
    marks = (":", ";") if clause.index < use.verb.index else ()
    quoted = any(token.text == ":" and use.tree.tokens[token.index + 1].text in OPENING for token in between)
    return (
        quoted
        or any(token.text in marks for token in between)
        or use.tree.below(clause)[0].lower in ("which", "whose", "whom")
    )


def _that_and_that(tree: Tree, clause: Token) -> list[list[Token]]:
    """A clause; two of them, where the second begins with a "that" of its own, or with "with" and has its own verb."""
    first = tree.kids(clause, "mark")[:1]
    others = [kid for kid in tree.kids(clause, "conj") if any(mark.lower == "that" for mark in tree.kids(kid, "mark"))]
    beside = _absolute(tree, clause)
    if beside is not None:
        inner = [token for token in tree.below(beside) if token.index != beside.index]
        return [tree.below(clause, frozenset({beside.index})), inner]
    if not others or (first and first[0].lower != "that"):
        return [tree.below(clause)]
    cut = frozenset(other.index for other in others)
    begins = [tree.below(other)[0].index for other in others]
    joints = {kid.index for kid in tree.kids(clause, "cc", "punct") if any(0 < at - kid.index <= 2 for at in begins)}
    return [tree.below(clause, cut | joints), *(tree.below(other) for other in others)]


def _absolute(tree: Tree, clause: Token) -> Token | None:
    """The "with" of ", with protocols still requiring definition"; None where there is none."""
    for kid in tree.kids(clause, "prep"):
        words = tree.below(kid)
        parted = kid.lower == "with" and tree.tokens[kid.index - 1].text == "," and kid.index > clause.index
        verbs = [token for token in words if token.tag == "VBG" and token.dep in ("acl", "pcomp", "ccomp", "amod")]
        if parted and any(tree.kids(token, "dobj", "prep", "advmod") for token in verbs):
            return kid
    return None


def _is_clause(tree: Tree, token: Token) -> bool:
    """Whether words form a clause with a subject, or a question."""
    kids = tree.kids(token)
    return any(
        kid.dep in ("nsubj", "nsubjpass", "csubj", "expl", "mark", "aux") or kid.tag.startswith("W") for kid in kids
    )


def _around(use: Use, words: list[Token]) -> tuple[Place, ...]:
    """A clause; in two pieces where who says it stands in its middle ("X, he said, Y")."""
    own = {use.verb.index} | {
        token.index for kid in use.tree.kids(use.verb) if kid.dep not in ("ccomp",) for token in use.tree.below(kid)
    }
    own |= {token.index for cites in citing(use.tree, use.verb) for token in use.tree.below(cites)}
    words = _without_connective([token for token in words if token.index not in own])
    left = [token for token in words if token.index < use.verb.index]
    right = [token for token in words if token.index > use.verb.index]
    pieces = [use.place(piece) for piece in (left, right) if any(token.pos != "PUNCT" for token in piece)]
    return tuple(pieces)


def _without_connective(words: list[Token]) -> list[Token]:
    """A clause without the "but", "however", "that" at its head."""
    first = 0
    while first < len(words) and (words[first].pos in ("PUNCT", "SPACE") or _joins(words, first)):
        first += 1
    return words[first:]


def _joins(words: list[Token], first: int) -> bool:
    word = words[first]
    if word.lower not in _CONNECTIVES:
        return False
    if word.lower == "only":
        return first + 1 < len(words) and words[first + 1].lower == "that"
    return word.dep in ("cc", "mark", "advmod", "preconj") or (word.lower == "that" and word.tag in ("IN", "WDT"))


def _to(use: Use) -> Words:
    if not takes(use.name, "to"):
        return None
    for kid in use.tree.kids(use.verb, "xcomp", "ccomp", "advcl"):
        if kid.lemma in UNSAID or kid.index < use.verb.index:
            continue
        if kid.tag == "VB" and any(aux.lower == "to" for aux in use.tree.kids(kid, "aux")):
            return "infinitive", [(use.place(use.tree.below(kid)),)]
    return None


def _ing(use: Use) -> Words:
    if not takes(use.name, "ing"):
        return None
    for kid in use.tree.kids(use.verb, "xcomp", "ccomp", "dobj", "pcomp", "advcl"):
        near = use.tree.below(kid)[0].index <= use.verb.index + 2
        having = any(aux.tag == "VBG" for aux in use.tree.kids(kid, "aux"))
        if kid.index > use.verb.index and (kid.tag == "VBG" or having) and (near or kid.dep != "advcl"):
            return "gerund", [(use.place(use.tree.below(kid)),)]
    return None


def _asking(use: Use) -> Words:
    """ "urged Russia to accept": from "Russia" on."""
    if not takes(use.name, "asking"):
        return None
    for kid in use.tree.kids(use.verb, "xcomp", "ccomp", "advcl"):
        if not any(aux.lower == "to" for aux in use.tree.kids(kid, "aux")):
            continue
        asked = use.tree.kids(use.verb, "dobj", "dative")
        asked += [
            each
            for on in use.tree.kids(use.verb, "prep")
            if on.lower in ("on", "upon")
            for each in use.tree.kids(on, "pobj")
        ]
        if not asked and not use.tree.kids(kid, "nsubj", "nsubjpass"):
            continue
        words = use.tree.below(kid) + [
            token for each in asked if each.index < kid.index for token in use.tree.below(each)
        ]
        return "asking", [(use.place(words),)]
    return None


def _naming(use: Use) -> Words:
    """ "called such claims inaccurate": the claims and what they are called."""
    if not takes(use.name, "naming"):
        return None
    things = use.tree.kids(use.verb, "dobj", "nsubjpass")
    called = [
        kid for kid in use.tree.kids(use.verb, "oprd", "ccomp", "xcomp", "attr", "acomp") if kid.index > use.verb.index
    ]
    called += [kid for kid in use.tree.kids(use.verb, "prep") if kid.lower == "as"]
    if things and not called:
        tail = [token for token in use.tree.below(things[0]) if token.index > things[0].index]
        named = things[0].index > use.verb.index and any(token.dep == "amod" for token in tail)
        return ("naming", [(use.place(use.tree.below(things[0])),)]) if named and use.verb.lemma == "call" else None
    if called and called[0].dep == "oprd" and not things and len(use.tree.below(called[0])) > 1:
        return "naming", [(use.place(use.tree.below(called[0])),)]
    if called and not things:
        things = use.tree.kids(called[0], "nsubj", "dobj") if called[0].dep == "ccomp" else []
    if (
        not called
        or not (things or called[0].dep == "ccomp")
        or (things and things[0].tag == "WP" and called[0].dep != "oprd")
    ):
        return None
    if things and things[0].tag == "WP":
        return "naming", [(use.place(use.tree.below(called[0])),)]
    words = [token for each in [*things[:1], called[0]] for token in use.tree.below(each)]
    if things and things[0].dep == "nsubjpass":
        return "naming", [(use.place(use.tree.below(called[0])),)]
    return "naming", [(use.place(words),)]


def _noun_cue(use: Use) -> Words:
    """ "expressed readiness to contribute": what they are ready for."""
    if use.verb.lemma not in LIGHT_VERBS:
        return None
    for noun in use.tree.kids(use.verb, "dobj"):
        if noun.lemma in NOUN_CUES or noun.lower in NOUN_CUES:
            told = complement_of(use.tree, noun)
            if told:
                return "noun-cue", [(use.place(told),)]
    return None


def complement_of(tree: Tree, noun: Token) -> list[Token]:
    """What a noun of saying or feeling is about: "to …", "that …", "over …"; [] where it is not told."""
    for kid in tree.kids(noun, "acl", "ccomp", "relcl", "prep", "xcomp"):
        if kid.index < noun.index or (kid.dep == "relcl" and not _is_that_clause(tree, kid)):
            continue
        if kid.dep == "prep" and kid.lower == "of" and noun.lower not in CLAIMS_PLURAL and not tree.kids(kid, "pcomp"):
            continue
        if kid.dep == "prep" and kid.lower in ("of", "for", "over", "about", "to", "against", "at", "in", "with", "on"):
            inner = [token for token in tree.below(kid) if token.index != kid.index]
            return inner if len(inner) > 1 or noun.lower in CLAIMS_PLURAL else []
        if kid.dep != "prep":
            return _without_connective(tree.below(kid))
    return []


def _is_that_clause(tree: Tree, clause: Token) -> bool:
    helping = tree.kids(clause, "mark", "aux")
    return any(kid.lower in ("that", "to") for kid in helping)


def _object(use: Use) -> Words:
    if not (takes(use.name, "object") or use.name in TAKING_BACK) or agent_of(use.tree, use.verb):
        return None
    for thing in use.tree.kids(use.verb, "dobj"):
        if use.name in TAKING_BACK and thing.lemma not in OFFERS:
            continue
        words = _without_verbs(use.tree, thing)
        noun = thing.pos in ("NOUN", "PROPN", "NUM", "SYM") or thing.tag == "CD"
        if len(words) > 1 and noun and thing.lower not in _PERSONAL and thing.index > use.verb.index:
            return "object", [(use.place(words),)]
    return None


def _without_verbs(tree: Tree, thing: Token) -> list[Token]:
    """A thing without the clause that the parser hung on it by an "and"."""
    if thing.pos == "VERB":
        return tree.below(thing)
    verbs = [
        kid.index for kid in tree.below(thing) if kid.dep == "conj" and kid.pos in ("VERB", "AUX") and kid.tag != "VBG"
    ]
    heads = {tree.tokens[index].head for index in verbs}
    joints = {kid.index for head in heads for kid in tree.kids(tree.tokens[head], "cc") if kid.index < max(verbs)}
    return tree.below(thing, frozenset(verbs) | joints)


def _preposition(use: Use) -> Words:
    for prep in use.tree.kids(use.verb, "prep", "agent"):
        if prep.lower not in WITH.get(use.verb.lemma, ()):
            continue
        if use.verb.lemma in _OF_SOMEBODY and use.tree.kids(use.verb, "dobj"):
            whom = use.tree.below(use.tree.kids(use.verb, "dobj")[0])
            return "preposition", [(use.place(whom + use.tree.below(prep)),)]
        told = [token for kid in use.tree.kids(prep, "pobj", "pcomp") for token in _without_verbs(use.tree, kid)]
        noun = bool(told) and told[0].pos == "NOUN" and told[0].lower not in _PERSONAL
        if len(told) > 1 or noun:
            return "preposition", [(use.place(told),)]
    return None


def _passive(use: Use) -> Words:
    """ "X was dismissed by experts": X."""
    if not takes(use.name, "object") or not agent_of(use.tree, use.verb):
        return None
    verb: Token = use.verb
    while not use.tree.kids(verb, "nsubjpass") and verb.dep == "conj":
        verb = use.tree.head(verb)
    for kid in use.tree.kids(use.verb, "xcomp"):
        return "passive", [(use.place(use.tree.below(kid)),)]
    for thing in use.tree.kids(verb, "nsubjpass"):
        if thing.lower not in _PERSONAL:
            return "passive", [(use.place(_before(use.tree.below(thing), verb)),)]
    return None


def _before(words: list[Token], verb: Token) -> list[Token]:
    return [token for token in words if token.index < verb.index] or words


_RULES: tuple[Callable[[Use], Words], ...] = (
    _aside,
    _clause,
    _asking,
    _naming,
    _to,
    _ing,
    _noun_cue,
    _object,
    _passive,
    _preposition,
)
