"""All rules over one parsed text, and which of them wins where two find the same."""

from dataclasses import replace

from truceline.guarantee.saying.lexicon import takes
from truceline.guarantee.saying.parser import Tree
from truceline.guarantee.saying.quotes import Cue, Quotation, attributed, in_quotation, quotations, without_quoted
from truceline.guarantee.saying.rules.adjuncts import (
    according,
    as_told,
    copulas,
    in_words,
    leaning_on,
    owned_nouns,
    passed_on,
    passed_on_by,
    quoted_as_saying,
    told_to,
)
from truceline.guarantee.saying.rules.clauses import Use, clauses, uses_of
from truceline.guarantee.saying.rules.labels import labelled
from truceline.guarantee.saying.rules.mending import mended
from truceline.guarantee.saying.rules.walks import cue_of, is_negated, noun_phrase, subject_of
from truceline.guarantee.saying.sayings import Found, Place, Saying


def found_in(tree: Tree) -> Found:
    """What the rules find in a text."""
    tree = mended(tree)
    found = quotations(tree.text)
    uses = uses_of(tree)
    sayings = according(tree, found) + as_told(tree) + owned_nouns(tree) + in_words(tree, found) + copulas(tree)
    quoting: set[int] = set()
    for use in uses:
        passed = quoted_as_saying(use)
        if passed:
            sayings.append(passed)
            quoting.add(use.verb.index)
            quoting.update(token.index for token in tree.tokens if passed.cue and token.start == passed.cue[0])
    for use in uses:
        if use.verb.index not in quoting and not takes(use.name, "quoting"):
            sayings += [_with_mouths(use, saying) for saying in clauses(use)]
    quoted = attributed(tree.text, found, _cues(tree, uses, sayings, found))
    sayings = without_quoted(tree.text, sayings, quoted) + quoted + list(labelled(tree.text))
    sayings = passed_on(sayings, tree.text)
    return Found(
        sayings=tuple(sorted(sayings, key=lambda saying: (saying.place, saying.extent))),
        names=tree.names,
        subjects=_subjects(tree, found),
    )


def _with_mouths(use: Use, saying: Saying) -> Saying:
    through = passed_on_by(use.tree, use.subject) if use.subject else ()
    return replace(saying, cited=leaning_on(use), told=told_to(use), through=through)


def _cues(tree: Tree, uses: list[Use], sayings: list[Saying], found: tuple[Quotation, ...]) -> list[Cue]:
    """The cues that quotations may belong to: outside quotation marks, with a speaker; any other verb is weak."""
    cues = [
        Cue(
            place=cue_of(tree, use.verb),
            speaker=noun_phrase(tree, use.subject),
            verb=use.name,
            negated=is_negated(tree, use.verb),
            told=told_to(use),
        )
        for use in uses
        if use.subject is not None and not takes(use.name, "quoting")
    ]
    cues += [
        Cue(place=saying.cue, speaker=saying.speaker, verb=saying.verb, through=saying.through)
        for saying in sayings
        if saying.rule == "according-to" and saying.cue
    ]
    known = {cue.place for cue in cues}
    for token in tree.tokens:
        subject = subject_of(tree, token) if token.pos == "VERB" and token.dep == "ROOT" else None
        if subject is not None and cue_of(tree, token) not in known:
            cues.append(Cue(place=cue_of(tree, token), speaker=noun_phrase(tree, subject), verb=token.lemma, weak=True))
    return sorted((cue for cue in cues if not in_quotation(cue.place, found)), key=lambda cue: cue.place)


def _subjects(tree: Tree, found: tuple[Quotation, ...]) -> tuple[Place, ...]:
    """Who does something, outside quotation marks."""
    heads = [token for token in tree.tokens if token.dep in ("nsubj", "nsubjpass") and token.pos in ("NOUN", "PROPN")]
    places = [noun_phrase(tree, head) for head in heads]
    return tuple(place for place in places if not in_quotation(place, found))
