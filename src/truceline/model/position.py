"""What can be held (proposition), who holds what about it (position), and how statements bear on each other."""

from dataclasses import dataclass
from typing import Literal

from truceline.model.document import NOT_STATED, Dated
from truceline.model.statement import BY_HAND, Rule, Stance

Action = Literal["contribute", "participate", "accept", "host", "guarantee", "supply", "deploy", "monitor", "finance"]
# The gravest first: in this order they wait for a reader.
RelationKind = Literal[
    "denies",
    "contradicts",
    "tension",  # they sit ill together; a person decides whether they contradict
    "incompatible_demand",
    "hedge_drift",  # the same words told again with less doubt, or more
    "opposes",
    "updates",
    "restates",
    "corroborates",
    "elaborates",
    "continues",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposition:
    """Something that somebody may do or want: "China takes part in a peacekeeping mission"."""

    proposition_id: str
    text: str
    action: Action
    subject_id: str = ""  # who would do it; empty: open
    object: str = ""
    strand: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """That `holder_id` takes this stance, as one statement tells it.

    `first_hand`: the holder says so itself, or somebody who acts for it; else `alleged_by` does.
    """

    position_id: str
    statement_id: str
    proposition_id: str
    holder_id: str
    stance: Stance
    first_hand: bool
    alleged_by: str = ""
    terms: str = ""  # conditions, in the words of the statement
    since: Dated = NOT_STATED
    until: Dated = NOT_STATED
    found: Rule = BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How one statement bears on another, or on a report that nobody has seen."""

    relation_id: str
    from_id: str  # a statement
    to_id: str  # a statement or an unseen report
    kind: RelationKind
    why: str = ""  # in words
    found: Rule = BY_HAND
