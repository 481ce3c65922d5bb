"""From statements to what they suggest: propositions, and who holds which stance on them, first-hand or alleged.

Statements about the same giver and the same strand of a guarantee (troops, monitoring, …) are about one proposition,
whatever words they use; a statement that names no strand is taken to go on about the last one in its document.
Everything here is a suggestion: a person confirms it, and only then it counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from truceline.guarantee.ledger import new_id
from truceline.guarantee.standing import wording as w
from truceline.guarantee.standing.actors import NOBODY, gazetteer, group_id
from truceline.model.actor import Actor
from truceline.model.position import Action, Position, Proposition
from truceline.model.statement import OWN_STANCES, Rule, Statement

# Kinds of guarantee, the more particular before the more general: a statement belongs to the first it names.
STRANDS: dict[str, re.Pattern[str]] = {
    strand: re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for strand, words in {
        "air_defence": r"air[- ]defen[cs]e|air shield|sky shield|no-fly|air policing|anti-aircraft|missile defen[cs]e",
        "defence_industry": r"defen[cs]e industr|joint production|arms production|arms industr|armaments industr",
        "intelligence": r"intelligence[- ]sharing|intelligence\b|satellite (?:imag|data)|early warning",
        "sanctions": r"sanction|embargo|frozen assets",
        "accession": r"accession|membership\b|candidate status|join(?:ing)? (?:the )?(?:EU\b|NATO|European Union)",
        "training": r"train(?:ing|s|ed)?\b|train the\b|instructors?|trainers?",
        "logistics": r"air transport|airlift|logistic|transport\b|airfield|refuel|field hospital|medical|engineers?\b|"
        "medevac|"
        r"ferr(?:y|ies)|demining|mine clearance",
        "weapons": r"weapons?\b|arms deliver|missiles?\b|tanks?\b|artillery|ammunition|fighter jets|armoured cars|"
        "munitions",
        "monitoring": r"monitor|observ(?:er|ation)|verif(?:y|ication)|surveillance|drones?\b|cameras?|patrol aircraft|"
        "inspect",
        "troops": r"troops?\b|soldiers?|peace[- ]?keep|forces?\b|battalions?|brigades?|boots on the ground|military "
        "personnel|"
        r"contingents?|combat units|helmets?|uniformed|military police|company of|reserve of|the reserve\b",
        "economy": r"econom|reconstruction|loans?\b|funding|financ|money\b|(?:million|billion) |trade\b|crowns?\b|"
        "euros?\b",
        "protection": r"article 5|security guarantees?|mutual defen[cs]e|collective defen[cs]e|protections?\b",
    }.items()
}
STRAND_WORDS = {
    "air_defence": "air defence",
    "defence_industry": "help for a defence industry",
    "intelligence": "intelligence",
    "sanctions": "sanctions",
    "accession": "accession",
    "training": "training",
    "logistics": "transport and logistics",
    "weapons": "weapons",
    "monitoring": "monitoring",
    "troops": "troops",
    "economy": "economic support",
    "protection": "a promise of protection",
    "": "a contribution",
}
_ACTIONS: tuple[tuple[Action, re.Pattern[str]], ...] = (
    ("participate", re.compile(r"\b(?:discussions?|talks|negotiat\w+|at the table)\b", re.IGNORECASE)),
    ("host", re.compile(r"\bhost(?:s|ed|ing)?\b|\b(?:use of|using) (?:\w+ ){0,3}airfield", re.IGNORECASE)),
    (
        "finance",
        re.compile(r"\b(?:financ\w+|fund(?:s|ed|ing)?|pay(?:s|ing)?|paid|(?:million|billion) )", re.IGNORECASE),
    ),
)
_VERB: dict[Action, str] = {
    "participate": "takes part in talks on",
    "host": "hosts",
    "finance": "pays for",
    "contribute": "contributes",
}
_TERMS = re.compile(w.CONDITION.pattern + r"|\bwithout\b", re.IGNORECASE)
_END = re.compile(r"[.;\n]|$")
# 28 of the 33 positions that the invented articles suggest have the right holder and stance: docs/ledger.md.
_RULE = Rule(name="stance by wording", right_permille=848)


def strand_of(words: str) -> str:
    """The kind of guarantee that words tell of; "" where they name none."""
    return next((strand for strand, pattern in STRANDS.items() if pattern.search(words)), "")


def propositions_suggested(
    statements: Iterable[Statement], known: Mapping[str, Actor] = NOBODY
) -> tuple[Proposition, ...]:
    """What the statements' stances are about, each once, by id. Args: known: for the names in its words."""
    found = {each.proposition_id: each for _, each in _told(statements, known)}
    return tuple(found[key] for key in sorted(found))


def positions_suggested(statements: Iterable[Statement], known: Mapping[str, Actor] = NOBODY) -> tuple[Position, ...]:
    """Who, as the statements tell it, holds which stance on what; by id, whatever order they came in.

    A statement without a stance, or whose stance is nobody's, and one that stands inside another suggests none.
    """
    made = [_position(statement, proposition) for statement, proposition in _told(statements, known)]
    return tuple(sorted(made, key=lambda position: position.position_id))


def _place(statement: Statement) -> tuple[str, int, str]:
    return statement.document_id, statement.content[0].start if statement.content else 0, statement.statement_id


def _told(statements: Iterable[Statement], known: Mapping[str, Actor]) -> list[tuple[Statement, Proposition]]:
    """Each statement that tells a stance of somebody, with what the stance is about; in the order of the texts."""
    told = []
    document, going_on = "", ""
    for statement in sorted(statements, key=_place):
        if statement.document_id != document:
            document, going_on = statement.document_id, ""
        going_on = strand_of(statement.words) or going_on
        if statement.stance and statement.holder_id and not statement.parent_id and statement.move != "denies":
            told.append((statement, _proposition(statement, going_on, known)))
    return told


def _proposition(statement: Statement, strand: str, known: Mapping[str, Actor]) -> Proposition:
    subject = _giver(statement)
    action: Action = next((action for action, pattern in _ACTIONS if pattern.search(statement.words)), "contribute")
    return Proposition(
        proposition_id=new_id("proposition", subject, action, "", strand),
        text=f"{_name(subject, known)} {_VERB.get(action, 'contributes')} {STRAND_WORDS[strand]}",
        action=action,
        subject_id=subject,
        strand=strand,
    )


def _giver(statement: Statement) -> str:
    """Who would give or do it: the holder, of a stance about its own; else the one other actor named; else open."""
    if statement.stance in OWN_STANCES:
        return statement.holder_id
    others = [actor_id for actor_id in statement.about if actor_id != statement.holder_id]
    return others[0] if len(others) == 1 else ""


def _name(actor_id: str, known: Mapping[str, Actor]) -> str:
    actor = known.get(actor_id) or gazetteer().get(actor_id)
    return actor.name if actor else actor_id or "Somebody"


def _position(statement: Statement, proposition: Proposition) -> Position:
    assert statement.stance, "only a statement with a stance tells a position"
    first_hand = _is_first_hand(statement)
    told = (statement.statement_id, proposition.proposition_id, statement.holder_id, statement.stance)
    return Position(
        position_id=new_id("position", *told),
        statement_id=statement.statement_id,
        proposition_id=proposition.proposition_id,
        holder_id=statement.holder_id,
        stance=statement.stance,
        first_hand=first_hand,
        alleged_by="" if first_hand else _alleger(statement),
        terms=_terms(statement),
        since=statement.said,
        found=_RULE,
    )


def _is_first_hand(statement: Statement) -> bool:
    """Whether the holder says so itself, and no unnamed mouth says it did."""
    itself = statement.holder_id in (statement.speaks_for, statement.speaker_id)
    itself = itself or statement.holder_id == group_id(statement.speaker)
    return itself and all(link.named for link in statement.chain)


def _alleger(statement: Statement) -> str:
    """Who says so of the holder: the actor, else the name, else the last named mouth of the chain."""
    if statement.holder_id not in (statement.speaks_for, statement.speaker_id):
        return statement.speaks_for or statement.speaker_id or statement.speaker
    named: Sequence[str] = [link.name for link in statement.chain if link.named]
    return named[-1] if named else statement.speaker


def _terms(statement: Statement) -> str:
    """The condition in the words of the statement; "" where none is told there."""
    if statement.stance not in ("conditional", "requires"):
        return ""
    words = statement.words
    found = _TERMS.search(words)
    return words[found.start() : _END.search(words, found.end()).start()].strip() if found else ""  # type: ignore[union-attr]
