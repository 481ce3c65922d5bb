"""Where a case stands, and what has been said at the step it stands at."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from truceline.base.units import US_PER_S
from truceline.model.case import EventKind, Opening
from truceline.model.coverage import Visit
from truceline.respond.procedure import Procedure
from truceline.terms.protocol import (
    DONE,
    EXHAUSTED,
    NEVER_S,
    UNDEFINED,
    Case,
    Protocol,
    moves,
    runs_out,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement at the present step."""

    kind: EventKind
    actor: str
    result: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One panellist on whose act it was; an empty violator: it cannot be attributed."""

    author: str
    violator: str
    victim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request for clarification. It has a due time and stops no clock."""

    number: int
    to: str
    words: str
    due_at_us: int
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """One case as its events have left it. Times inside `stands` are whole seconds after `opened_at_us`."""

    case_id: str
    opening: Opening
    opened_at_us: int
    stands: Case
    last_at_us: int
    count: int = 1  # events so far
    came_by: str = ""  # the result by which it came to where it stands
    said: tuple[Said, ...] = ()
    votes: tuple[Vote, ...] = ()
    violator: str = ""
    victim: str = ""
    questions: tuple[Question, ...] = ()
    replied: tuple[str, ...] = ()  # actors that replied or reported of themselves, in order
    told_at_us: int = 0  # when the addressees were first informed of it; 0: not yet
    superseded: bool = False  # the finding no longer stands as it did when the case was opened
    procedure: Procedure = field(compare=False, repr=False)

    @property
    def protocol(self) -> Protocol:
        """The protocol it runs under: of the mandate's version that it is pinned to."""
        return self.procedure.protocols[self.opening.response]

    @property
    def ended(self) -> str:
        """How it ended: `remedied`, `answered`, `unfounded`, `impasse`, `handed_over`; empty while it is open."""
        end = self.protocol.ends.get(self.stands.place)
        return end.kind if end else ""

    @property
    def undefined(self) -> bool:
        """Whether it stands where the text does not say what follows."""
        return self.stands.place == UNDEFINED

    def at_us(self, at_s: int) -> int:
        """The instant so many seconds after the opening; 0 for never."""
        return 0 if at_s >= NEVER_S else self.opened_at_us + at_s * US_PER_S

    def at_s(self, at_us: int) -> int:
        """Whole seconds from the opening to an instant."""
        return (at_us - self.opened_at_us) // US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """What will have happened if nobody acts: `result` (late, or not attributed) at `due_at_us`, closed."""

    step: str
    result: str
    due_at_us: int

    @property
    def fires_at_us(self) -> int:
        """The first instant at which the time has passed: an act within the last second still counts."""
        return self.due_at_us + US_PER_S


def timer_of(state: CaseState) -> Timer | None:
    """The one timer of a case, worked out from where it stands; None at an end, where the text sets no time, and where
    the text leads a case that nobody was found responsible for round in a circle.
    """
    if state.stands.attributed is False and waits_for_attribution(state):
        return None
    last = runs_out(state.protocol, state.stands)
    if last is None or last.result == EXHAUSTED or last.until_s >= NEVER_S:
        return None
    return Timer(step=state.stands.place, result=last.result, due_at_us=state.at_us(last.until_s))


def visits_of(cases: Iterable[CaseState]) -> tuple[Visit, ...]:
    """The visits that open cases wait for, each from when its step was reached until it is due.

    Limits: where a visit goes the case does not say; what was visited already is in its history.
    """
    found = []
    for state in cases:
        step, timer = state.protocol.steps.get(state.stands.place), timer_of(state)
        if step is None or step.action != "visits" or timer is None:
            continue
        found.append(
            Visit(
                mandate=state.opening.mandate,
                case_id=state.case_id,
                step=step.name,
                clause=state.opening.clause,
                place="",
                from_us=state.at_us(state.stands.at_s),
                due_us=timer.due_at_us,
                done_us=None,
            )
        )
    return tuple(found)


def waits_for_attribution(state: CaseState) -> bool:
    """Whether its step needs the violator or the victim, and nobody has said who that is."""
    return state.stands.attributed is not True and state.stands.place in state.protocol.waits


def earliest_done_us(state: CaseState) -> int:
    """When the present step can be done at the soonest; 0 where it cannot be done at all."""
    for window in moves(state.protocol, state.stands):
        if window.result in (DONE, *state.protocol.found.get(state.stands.place, ())):
            return state.at_us(window.from_s)
    return 0
