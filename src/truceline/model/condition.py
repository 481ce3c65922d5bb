"""Under which circumstances somebody takes part, or lets others: an expression with named readings."""

from collections.abc import Sequence
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


LISTED = 12  # names in one sentence


def expression_words(expression: Expression) -> str:
    """A condition in English."""
    name, parts = expression.name, expression.parts
    match expression.op:
        case "joins":
            return f"{name} takes part"
        case "fact":
            return f"“{name}”"
        case "mandate":
            return f"there is a mandate of {name}"
        case "pledged":
            return f"{name} provides {expression.capability}"
        case "not":
            return f"not ({expression_words(parts[0])})"
        case "true":
            return "in any case"
        case "at_least":
            return f"at least {expression.number} of ({_listed(parts, '; ')})"
    return _listed(parts, " and " if expression.op == "all" else " or ")


def _listed(parts: Sequence[Expression], between: str) -> str:
    words = [
        f"({expression_words(each)})" if each.op in ("all", "any") and between != "; " else expression_words(each)
        for each in parts[:LISTED]
    ]
    words += [f"{len(parts) - LISTED} more"] if len(parts) > LISTED else []
    return between.join(words) or "nothing in particular"
