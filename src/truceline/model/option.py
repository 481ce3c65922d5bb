"""What a mission would take: its requirements, what holds for it by its nature, and the goals asked about."""

from dataclasses import dataclass

from truceline.model.condition import Expression
from truceline.model.document import NOT_STATED, Dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """So much of one capability, from at least so many providers. Critical: without it the mission cannot start."""

    requirement_id: str
    capability: str
    low: int
    high: int
    unit: str = ""
    critical: bool = False
    min_providers: int = 1
    sustain_months: int = 0
    by: Dated = NOT_STATED
    where: str = ""  # base; empty: anywhere
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What holds by the nature of the thing, said by nobody: `when` only if `then`."""

    words: str
    when: Expression
    then: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Something to be asked whether it is possible: all of these at once."""

    name: str
    wants: tuple[Expression, ...]
    critical: bool = False  # and all critical requirements met


@dataclass(frozen=True, slots=True, kw_only=True)
class MissionOption:
    """One shape that a mission could take. `open_facts`: what is neither so nor not so until a scenario says; all other
    facts that a scenario leaves out are not so.
    """

    option_id: str
    name: str
    source: str
    requirements: tuple[Requirement, ...] = ()
    structure: tuple[Structure, ...] = ()
    goals: tuple[Goal, ...] = ()
    open_facts: tuple[str, ...] = ()
