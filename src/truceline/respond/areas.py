"""Areas of responsibility: which team watches where, since when, and on whose consent another one waits.

A team that withdraws leaves its area nobody's until another takes it over. Where the mission declares whose consent
that needs, nothing moves before all of them agreed; an area that waits is named, with those it waits for.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from truceline.base.errors import (
    ContradictionError,
    InputError,
    NotAllowedError,
    NotAwaitedError,
    OutOfRangeError,
    RepeatedError,
    UnknownNameError,
)
from truceline.base.time import stamp
from truceline.model.area import Area
from truceline.model.entry import Entry, entry_about, impossible, told_by
from truceline.respond.state import Said
from truceline.respond.step import refuse_again, refuse_same_person
from truceline.respond.voices import NO, YES

AreaEventKind = Literal[
    "assigned",  # to `team`, where nobody's consent is needed
    "withdrawn",  # its team leaves
    "proposed",  # to assign it to `team`, with the consent of each in `consent`
    "consented",  # `actor` was asked: `yes` or `no`
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaEvent:
    """One thing said or done about one area."""

    kind: AreaEventKind
    at_us: int
    author: str
    team: str = ""
    consent: tuple[str, ...] = ()  # proposed: as the mission declared it then
    actor: str = ""
    result: str = ""
    words: str = ""


class Tenure(NamedTuple):
    """Who is responsible from an instant on; an empty team: nobody."""

    team: str
    from_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment:
    """A proposal that waits for consent, or was refused it."""

    team: str
    consent: tuple[str, ...]
    said: tuple[Said, ...] = ()

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Whose consent is missing: not asked back yet, or refused."""
        agreed = {each.actor for each in self.said if each.result == YES}
        return tuple(name for name in self.consent if name not in agreed)

    @property
    def refused(self) -> bool:
        """Whether somebody said no: then it can come to nothing any more."""
        return any(each.result == NO for each in self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaState:
    """One area: everybody who was responsible for it, the latest last, and what is proposed."""

    name: str
    tenures: tuple[Tenure, ...]  # the first is from 0: as the mission declared it
    proposed: Reassignment | None = None
    last_at_us: int = 0

    @property
    def team(self) -> str:
        """Who is responsible now; empty: nobody."""
        return self.tenures[-1].team


class Blocked(NamedTuple):
    """An area that cannot pass on to `team`, and those without whose consent it cannot."""

    area: str
    team: str
    waits_for: tuple[str, ...]


@dataclass(slots=True)
class AreaBook:
    """The areas that the mission declares, and where each stands."""

    areas: dict[str, Area] = field(default_factory=dict)
    states: dict[str, AreaState] = field(default_factory=dict)

    def state(self, name: str) -> AreaState:
        """Where an area stands; as the mission declared it where nothing happened."""
        declared = self.areas.get(name)
        tenure = Tenure(declared.team if declared else "", 0)
        return self.states.get(name) or AreaState(name=name, tenures=(tenure,))

    def refuse(self, name: str, event: AreaEvent) -> None:
        """Raise where the event cannot be: DecisionError, UnknownNameError, OutOfRangeError; the book stays as it is.

        What the mission declares counts here and not in `apply`: a declaration may change between two starts.
        """
        area = self.areas.get(name)
        if area is None:
            raise UnknownNameError(
                f"the mission declares no area {name[:80]!r}.",
                subject="area",
                remedy=f"It declares {', '.join(self.areas) or 'none'}.",
            )
        if event.kind == "assigned" and area.consent:
            raise NotAllowedError(
                f"it passes on with the consent of {' and '.join(area.consent)}.",
                subject=f"area {name}",
                remedy="Propose it, and ask them.",
            )
        if event.kind == "proposed" and (not area.consent or event.consent != area.consent):
            raise NotAwaitedError(
                f"its consent is declared as that of {' and '.join(area.consent) or 'nobody'}.",
                subject=f"area {name}",
                remedy="Propose it so." if area.consent else "Assign it.",
            )
        _refuse_team(self.state(name), event)
        _after(self.state(name), event)

    def apply(self, entry: Entry) -> None:
        """Take in one entry of kind `area`. Raises: IntegrityError: it cannot have been accepted."""
        event = told_by(entry, AreaEvent)
        try:
            self.states[entry.subject] = _after(self.state(entry.subject), event)
        except InputError as error:
            raise impossible(entry, str(error)) from None

    def uncovered(self) -> tuple[str, ...]:
        """The declared areas that are nobody's."""
        return tuple(name for name in self.areas if not self.state(name).team)

    def blocked(self) -> tuple[Blocked, ...]:
        """The areas that cannot pass on, and on whose consent that hangs."""
        states = (self.state(name) for name in dict.fromkeys((*self.areas, *self.states)))
        return tuple(
            Blocked(state.name, state.proposed.team, state.proposed.waits_for) for state in states if state.proposed
        )


def area_entry(name: str, event: AreaEvent, *, known_at_us: int) -> Entry:
    """The entry of an event of an area."""
    return entry_about("area", name, event, known_at_us=known_at_us)


def _after(state: AreaState, event: AreaEvent) -> AreaState:
    if event.at_us < state.last_at_us:
        raise OutOfRangeError(
            f"this happened at {stamp(event.at_us)}, and it has gone on to {stamp(state.last_at_us)}.",
            subject=f"area {state.name}",
            remedy="State what happens now.",
        )
    after = {"withdrawn": _withdrawn, "consented": _consented}.get(event.kind, _given)(state, event)
    return replace(after, last_at_us=event.at_us)


def _given(state: AreaState, event: AreaEvent) -> AreaState:
    """assigned, proposed: not beside an open proposal."""
    standing = state.proposed
    if standing and not standing.refused:
        kind = RepeatedError if standing.team == event.team else ContradictionError
        raise kind(
            f"it is proposed for {standing.team}, and waits for {' and '.join(standing.waits_for)}.",
            subject=f"area {state.name}",
            remedy="Wait for their answer.",
        )
    if event.kind == "proposed":
        return replace(state, proposed=Reassignment(team=event.team, consent=event.consent))
    return _passed_on(state, event.team, event.at_us)


def _refuse_team(state: AreaState, event: AreaEvent) -> None:
    """Raise where it would pass on to the team it has, or where a team leaves that is not there."""
    subject = f"area {state.name}"
    if event.kind in ("assigned", "proposed") and event.team in ("", state.team):
        problem = f"{event.team} is responsible for it already." if event.team else "no team is named."
        raise RepeatedError(problem, subject=subject, remedy="Name another team.")
    if event.kind == "withdrawn" and not state.team:
        raise RepeatedError("it is nobody's already.", subject=subject, remedy="Assign it.")
    if event.kind == "withdrawn" and event.team not in ("", state.team):
        raise NotAwaitedError(
            f"{event.team} is not responsible for it, {state.team} is.",
            subject=subject,
            remedy="Name the team that leaves, or none.",
        )


def _withdrawn(state: AreaState, event: AreaEvent) -> AreaState:
    return replace(state, tenures=(*state.tenures, Tenure("", event.at_us)))


def _consented(state: AreaState, event: AreaEvent) -> AreaState:
    """One answer; with the last yes the area passes on."""
    subject, standing = f"area {state.name}", state.proposed
    if standing is None:
        raise NotAwaitedError("nothing is proposed.", subject=subject, remedy="Propose a team first.")
    said = Said(kind="consented", actor=event.actor, result=event.result, author=event.author)
    refuse_again(standing.said, said, subject)
    if standing.refused or event.actor not in standing.consent or event.result not in (YES, NO):
        raise NotAwaitedError(
            f"{event.actor or 'nobody'} consented {event.result} is not awaited.",
            subject=subject,
            remedy="Propose it again: it was refused."
            if standing.refused
            else f"Awaited: {' and '.join(standing.waits_for)} (yes or no).",
        )
    refuse_same_person(standing.said, said, subject)
    after = replace(standing, said=(*standing.said, said))
    if after.waits_for:
        return replace(state, proposed=after)
    return _passed_on(state, after.team, event.at_us)


def _passed_on(state: AreaState, team: str, at_us: int) -> AreaState:
    return replace(state, tenures=(*state.tenures, Tenure(team, at_us)), proposed=None)
