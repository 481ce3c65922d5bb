"""Under which circumstances somebody takes part, or lets others: an expression with named readings."""

from dataclasses import dataclass
from typing import Literal

Operator = Literal[
    "joins",  # `name` takes part
    "fact",  # `name` is so: a scenario says it; what nobody says is not so
    "mandate",  # there is a mandate of `name`
    "pledged",  # `name` provides `capability`
    "at_least",  # `number` of the `parts` hold
    "all",
    "any",
    "not",
    "true",
]
ConditionKind = Literal["only_if", "never_if", "requires", "vetoes", "consent_needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A condition as a tree: `{"op": "all", "parts": [{"op": "joins", "name": "FRA"}, …]}`."""

    op: Operator
    name: str = ""
    capability: str = ""
    number: int = 0
    parts: tuple["Expression", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read an ambiguous sentence, and what follows; `then` of None: nothing follows from it."""

    label: str
    words: str
    then: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What one actor's words make something depend on.

    `of` is what depends: `joins` of an actor, or a fact such as `agreement`. only_if and requires: it holds only if
    the reading does. never_if and vetoes: not if the reading holds; a veto without expression: never. consent_needed:
    only with the fact `consent_<holder>`. One reading: the sentence is clear.
    """

    condition_id: str
    holder_id: str
    kind: ConditionKind
    of: Expression
    readings: tuple[Reading, ...]
    statements: tuple[str, ...] = ()
    source: str = ""  # where no statement in the ledger tells of it
