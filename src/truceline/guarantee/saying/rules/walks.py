"""Ways through a parsed sentence: whose verb it is, how far a noun phrase goes, which words the cue is."""

from truceline.guarantee.saying.lexicon import TAKES, UNSAID_AFTER, is_of_saying, takes, words_in
from truceline.guarantee.saying.parser import Token, Tree
from truceline.guarantee.saying.sayings import CLOSING, OPENING, Place

SUBJECTS = ("nsubj", "csubj")
_NEAR = ("aux", "auxpass", "neg", "prt", "advmod")
_OF_A_NAME = ("of", "in", "for", "at", "from", "with", "on", "to", "close", "familiar")
ASKED = words_in("ask tell remind inform press question warn challenge urge")
_DEEPEST = 6  # how far a subject is looked for


def extent(tokens: list[Token]) -> Place:
    """From the first to the last character of some words."""
    return min(token.start for token in tokens), max(token.end for token in tokens)


def verb_of(tree: Tree, token: Token) -> str:
    """A verb's lemma, with its particle ("rule out") or what completes it ("make clear")."""
    for kid in tree.kids(token):
        if kid.dep == "prt":
            return f"{token.lemma} {kid.lower}"
        if token.lemma == "make" and kid.lower in ("clear", "plain") and kid.index > token.index:
            return f"make {kid.lower}"
        if kid.dep in ("ccomp", "oprd", "acomp") and kid.lower == "clear" and token.lemma == "make":
            return "make clear"
    following = tree.tokens[token.index + 1] if token.index + 1 < len(tree.tokens) else token
    return f"{token.lemma} {following.lower}" if f"{token.lemma} {following.lower}" in TAKES else token.lemma


def cue_of(tree: Tree, verb: Token) -> Place:
    """The verb with its auxiliaries, its negation and its particle, as far as they stand beside it."""
    kids = tree.kids(verb, *_NEAR)
    first = last = verb.index
    helping = {kid.index for kid in kids if kid.dep in ("aux", "auxpass", "neg")}
    start = min([index for index in helping if 0 < verb.index - index <= 4], default=first)
    if all(index in {kid.index for kid in kids} for index in range(start, first)):
        first = start
    for kid in kids:
        if kid.index == last + 1 and (kid.dep == "prt" or verb_of(tree, verb) == f"{verb.lemma} {kid.lower}"):
            last = kid.index
    return tree.tokens[first].start, tree.tokens[last].end


def is_negated(tree: Tree, verb: Token) -> bool:
    """Whether the verb itself is denied."""
    return bool(tree.kids(verb, "neg"))


def noun_phrase(tree: Tree, head: Token) -> Place:
    """A noun with what makes its name: not its relative clause, nor what stands in apposition after a comma."""
    held = _words_of_the_name(tree, head)
    first = last = head.index
    while first - 1 in held:
        first -= 1
    while last + 1 in held:
        last += 1
    while tree.tokens[last].dep == "case":
        last -= 1
    return _with_whole_quotations(tree.text, (tree.tokens[first].start, tree.tokens[last].end))


def _words_of_the_name(tree: Tree, head: Token) -> set[int]:
    held = {head.index}
    for kid in tree.kids(head):
        if _is_of_the_name(tree, kid, head):
            held |= _words_of_the_name(tree, kid)
    return held


def _is_of_the_name(tree: Tree, kid: Token, head: Token) -> bool:
    if kid.dep in ("relcl", "advcl", "punct", "parataxis", "dep", "acl"):
        listed = kid.text == "," and any(other.index > kid.index for other in tree.kids(head, "conj"))
        return kid.dep == "punct" and (listed or kid.text in OPENING + CLOSING + "-–")
    after_comma = kid.index > 0 and any(
        token.text == "," for token in tree.tokens[head.index + 1 : tree.below(kid)[0].index]
    )
    if kid.dep == "prep":
        return kid.lower in _OF_A_NAME or kid.index < head.index or tree.tokens[kid.index - 1].lower == "such"
    if kid.dep == "appos":
        return not after_comma
    return not after_comma or kid.dep in ("cc", "conj")


def _with_whole_quotations(text: str, place: Place) -> Place:
    start, end = place
    inside = text[start:end]
    if inside.count("“") > inside.count("”") and text[end : end + 1] == "”":
        end += 1
    elif inside.count("”") > inside.count("“"):
        end = start + inside.rindex("”")
    return start, end


def subject_of(tree: Tree, verb: Token, depth: int = 0) -> Token | None:
    """Who does what the verb says; None where nobody is told."""
    told = agent_of(tree, verb) or _own_subject(tree, verb)
    if told is not None or depth > _DEEPEST or tree.kids(verb, *SUBJECTS, "expl", "nsubjpass", "auxpass"):
        return told
    head = tree.head(verb)
    if verb.dep == "conj" and (thing := called_by(tree, head)):
        return thing
    if verb.dep == "conj" and head.pos in ("VERB", "AUX"):
        return None if tree.kids(head, "auxpass") and not tree.kids(verb, "aux") else subject_of(tree, head, depth + 1)
    if verb.dep == "acl":
        return head if verb.tag != "VBN" or head.index == verb.index - 1 else None
    return head if verb.dep == "relcl" else _through_the_head(tree, verb, depth)


def _own_subject(tree: Tree, verb: Token) -> Token | None:
    """The subject that hangs on the verb itself, of several the nearest."""
    own = [kid for kid in tree.kids(verb, *SUBJECTS, "nsubjpass") if kid.dep != "expl"]
    if own:
        nearest = min(own, key=lambda kid: abs(kid.index - verb.index))
        return _stands_for(tree, nearest, verb) if nearest.dep != "nsubjpass" else None
    return None


def _through_the_head(tree: Tree, verb: Token, depth: int) -> Token | None:
    """The subject that a verb without tense shares with the verb it hangs on."""
    head = tree.head(verb)
    if verb.dep == "pcomp":
        head = tree.head(head)
    if verb.dep == "xcomp" and tree.kids(head, "nsubjpass"):
        return tree.kids(head, "nsubjpass")[0]
    if verb.dep in ("advcl", "xcomp", "ccomp", "pcomp", "dep") and (verb.tag in ("VBG", "VB") or verb.dep == "xcomp"):
        return subject_of(tree, head, depth + 1) if head.pos in ("VERB", "AUX") and head is not verb else None
    return None


def called_by(tree: Tree, verb: Token) -> Token | None:
    """Of "what officials termed a coalition" the coalition; None where the verb calls nothing so."""
    free = any(kid.lower == "what" and kid.index < verb.index for kid in tree.below(verb))
    if not free or not takes(verb.lemma, "naming"):
        return None
    nouns = [kid for kid in tree.kids(verb, "oprd", "dobj", "ccomp", "attr") if kid.pos in ("NOUN", "PROPN")]
    return nouns[-1] if nouns else None


def agent_of(tree: Tree, verb: Token) -> Token | None:
    """By whom, of a verb in the passive."""
    for by in tree.kids(verb, "agent", "prep"):
        if by.lower == "by" and verb.tag == "VBN" and (by.dep == "agent" or tree.kids(verb, "auxpass")):
            whom = tree.kids(by, "pobj")
            return whom[0] if whom else None
    return None


def _stands_for(tree: Tree, subject: Token, verb: Token) -> Token | None:
    """The noun that a relative pronoun stands for."""
    if subject.tag in ("WP", "WDT") and verb.dep == "relcl":
        return tree.head(verb)
    return None if subject.lower in ("there", "which", "what", "that", "this") else subject


def citing(tree: Tree, verb: Token) -> list[Token]:
    """The "citing", "quoting" that hang below a verb."""
    deps = ("xcomp", "advcl", "prep", "acl", "dep", "conj")
    return [
        token
        for token in tree.below(verb)
        if token.tag == "VBG" and token.lemma in ("cite", "quote") and token.dep in deps
    ]


def trailing_at(tree: Tree, verb: Token) -> int:
    """Where the text before a trailing participle ends (", stating that …", "while not ruling out …"); -1: no such.

    Its subject is that of the verb that reports, not of what is reported.
    """
    if (
        verb.tag != "VBG"
        or tree.kids(verb, *SUBJECTS, "aux")
        or verb.dep not in ("advcl", "acl", "dep", "conj", "xcomp")
    ):
        return -1
    first = min(
        [kid.index for kid in tree.kids(verb, "advmod", "neg", "mark", "cc") if kid.index < verb.index] + [verb.index]
    )
    while first > 0 and tree.tokens[first - 1].lower in ("while", "and", "but", "also", "not"):
        first -= 1
    begins = tree.tokens[first]
    before = tree.tokens[first - 1] if first > tree.sentences[verb.sentence][0] else None
    if before is None:
        return -1
    if (
        before.text in (",", "–", "—")
        or begins.lower == "while"
        or (before.text in CLOSING and tree.text[before.start - 1] == ",")
    ):
        return before.start if before.text == "," else before.end
    return -1


def reporter_of(tree: Tree, verb: Token) -> Token | None:
    """Of a trailing participle: the subject of the outermost verb of saying before it."""
    best = None
    for above in tree.above(verb):
        if above.index < verb.index and above.pos == "VERB" and is_of_saying(verb_of(tree, above)):
            best = above
    if best is None:
        tops = list(tree.above(verb))
        best = tops[-1] if tops and tops[-1].pos in ("VERB", "AUX") and tops[-1].index < verb.index else None
    return subject_of(tree, best) if best else None


def _is_asked(tree: Tree, verb: Token) -> bool:
    """Whether somebody else asked or told: "Asked whether …, he", "Sorrel, told that …, answered"."""
    before = tree.tokens[verb.index - 1] if verb.index > tree.sentences[verb.sentence][0] else None
    if any(kid.index != verb.index - 2 for kid in tree.kids(verb, *SUBJECTS)):
        return False
    opens = before is None or before.text in (",", "“", '"', "when", "When")
    return verb.lemma in ASKED and verb.tag in ("VBN", "VBD") and opens and not agent_of(tree, verb)


def is_unreal(tree: Tree, verb: Token) -> bool:
    """Whether the verb tells of words that are only possible, awaited or asked for: "may announce", "if it agrees"."""
    helping = {kid.lower for kid in tree.kids(verb, "aux")}
    if _is_asked(tree, verb):
        return True
    if helping & {"will", "would", "may", "might", "could", "should", "can", "must", "'ll", "’ll"}:
        return True
    if {kid.lower for kid in tree.kids(verb, "mark")} & {"if", "unless", "whether", "until"}:
        return True
    if "to" in helping:
        head = tree.head(verb)
        return head.tag not in ("VBD", "VBZ", "VBG", "VBN", "VBP") or head.lemma in UNSAID_AFTER
    return verb.tag == "VB" and not helping  # an imperative
