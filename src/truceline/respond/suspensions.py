"""Suspensions: clauses that cease to bind a party for a while, once so much has happened and the decider agreed.

For each suspension of the text and each party there is one chart: in force; proposed, once enough events have been
attributed; decided, by the votes of whoever decides; suspended; and in force again at an instant that the text gives.
The proposal writes down what it counted, and when that happened: it stays what it was when events are corrected later.

A proposal lifts nothing, and no decision reaches back: only what was decided becomes an entry of the register that
`judge` reads, from the decision on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from truceline.base.errors import (
    InputError,
    LateError,
    NotAwaitedError,
    OutOfRangeError,
    RepeatedError,
    UnknownNameError,
)
from truceline.base.time import stamp
from truceline.base.units import US_PER_S, duration_words
from truceline.model import mandate as m
from truceline.model.case import EventKind
from truceline.model.entry import Entry, entry_about, impossible, told_by
from truceline.respond.book import CaseBook
from truceline.respond.procedure import Procedure
from truceline.respond.state import CaseState, Said
from truceline.respond.step import refuse_again, refuse_same_person
from truceline.respond.voices import AGAINST, NO, YES, Voice, statements, voice_of

SuspensionEventKind = Literal[
    "proposed",  # enough events of the class were attributed: `counted`
    "voted",  # the decider's voice, or a member's: `yes` or `no`; words hold a dissent
    "objected",  # somebody with a right of veto in it
    "restored",  # its time ended at `due_at_us`: the clauses hold again
]
Chart = Literal["in force", "proposed", "suspended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEvent:
    """An event that a proposal counts, and when it happened as far as was known then."""

    event_id: str
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionEvent:
    """One thing said or done about one suspension for one party."""

    kind: SuspensionEventKind
    at_us: int
    author: str
    actor: str = ""
    result: str = ""
    words: str = ""
    due_at_us: int = 0
    mandate_sha256: str = ""  # proposed: under which version of which mandate
    counted: tuple[CountedEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One proposal and what became of it."""

    mandate_sha256: str
    counted: tuple[CountedEvent, ...]
    proposed_at_us: int
    said: tuple[Said, ...] = ()
    decided_at_us: int = 0  # 0: not yet
    granted: bool = False
    ends_at_us: int = 0  # granted: the clauses hold again from then on
    restored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionState:
    """One suspension for one party: every round so far, the latest last."""

    subject: str  # `BENEFITS:BETA`
    rounds: tuple[Round, ...] = ()
    last_at_us: int = 0

    @property
    def name(self) -> str:
        """The suspension, as the mandate names it."""
        return self.subject.partition(":")[0]

    @property
    def party(self) -> str:
        """For whom the clauses are lifted."""
        return self.subject.partition(":")[2]

    @property
    def stands(self) -> Chart:
        """Where its chart stands."""
        last = self.rounds[-1] if self.rounds else None
        if last is None or last.restored or (last.decided_at_us and not last.granted):
            return "in force"
        return "suspended" if last.decided_at_us else "proposed"

    @property
    def counted(self) -> frozenset[str]:
        """Events that some proposal has counted."""
        return frozenset(each.event_id for part in self.rounds for each in part.counted)


@dataclass(slots=True)
class SuspensionBook:
    """Every suspension that was ever proposed, by subject, and the versions of mandates they are decided under."""

    procedures: dict[str, Procedure] = field(default_factory=dict)  # by SHA-256 of the mandate
    suspensions: dict[str, SuspensionState] = field(default_factory=dict)

    def state(self, subject: str) -> SuspensionState:
        """A suspension for a party; one without rounds where nothing was proposed yet."""
        return self.suspensions.get(subject) or SuspensionState(subject=subject)

    def refuse(self, subject: str, event: SuspensionEvent) -> None:
        """Raise where the event cannot be (DecisionError, UnknownNameError, OutOfRangeError); the book stays."""
        self._after(subject, event)

    def apply(self, entry: Entry) -> None:
        """Take in one entry of kind `suspension`. Raises: IntegrityError: it cannot have been accepted."""
        event = told_by(entry, SuspensionEvent)
        try:
            self.suspensions[entry.subject] = self._after(entry.subject, event)
        except InputError as error:
            raise impossible(entry, str(error)) from None

    def due(self, now_us: int) -> Iterator[tuple[str, SuspensionEvent]]:
        """The suspensions whose time has ended by now, earliest first, as events that are to be recorded."""
        ended = [(ends_at_us, subject) for ends_at_us, subject in self._running() if ends_at_us <= now_us]
        for ends_at_us, subject in sorted(ended):
            yield subject, SuspensionEvent(kind="restored", at_us=ends_at_us, author="", due_at_us=ends_at_us)

    def next_due_us(self) -> int | None:
        """When the next suspension ends; None where none runs."""
        return min((ends_at_us for ends_at_us, _ in self._running()), default=None)

    def awaited(self, subject: str) -> tuple[str, ...]:
        """Whose votes a proposal waits for; nobody where none is open."""
        state = self.state(subject)
        if state.stands != "proposed":
            return ()
        last = state.rounds[-1]
        voted = {each.actor for each in last.said if each.kind == "voted"}
        return tuple(actor for actor in self._decider(state, last).leaves() if actor not in voted)

    def _running(self) -> Iterator[tuple[int, str]]:
        for subject, state in self.suspensions.items():
            if state.stands == "suspended":
                yield state.rounds[-1].ends_at_us, subject

    def _after(self, subject: str, event: SuspensionEvent) -> SuspensionState:
        state = self.state(subject)
        if event.at_us < state.last_at_us and event.kind != "restored":
            raise OutOfRangeError(
                f"this happened at {stamp(event.at_us)}, and it has gone on to {stamp(state.last_at_us)}.",
                subject=subject,
                remedy="State what happens now.",
            )
        if event.kind == "proposed":
            after = replace(state, rounds=(*state.rounds, self._proposed(state, event)))
        else:
            last = self._restored(state, event) if event.kind == "restored" else self._voted(state, event)
            after = replace(state, rounds=(*state.rounds[:-1], last))
        return replace(after, last_at_us=max(state.last_at_us, event.at_us))

    def _proposed(self, state: SuspensionState, event: SuspensionEvent) -> Round:
        """A new round, where enough happened, something new among it, and somebody can decide on it."""
        suspension = self._suspension(state, event.mandate_sha256)
        if state.stands != "in force":
            raise RepeatedError(
                f"it is {state.stands} already.", subject=state.subject, remedy="Wait until that has ended."
            )
        if not suspension.decider:
            raise NotAwaitedError(
                "the text does not say who decides on it: nothing can be decided.",
                subject=state.subject,
                remedy="Ask the mandate's owner to say `decided by`.",
            )
        _refuse_guard(state, event, suspension)
        return Round(mandate_sha256=event.mandate_sha256, counted=event.counted, proposed_at_us=event.at_us)

    def _voted(self, state: SuspensionState, event: SuspensionEvent) -> Round:
        """One voice of the decider; with enough of them the suspension is decided."""
        if state.stands != "proposed":
            error, problem = (
                (LateError, "it is decided.") if state.rounds else (NotAwaitedError, "nothing is proposed.")
            )
            raise error(problem, subject=state.subject, remedy="Propose it once something new has happened.")
        last = state.rounds[-1]
        voice = self._decider(state, last)
        kind: EventKind = "objected" if event.kind == "objected" else "voted"
        said = Said(kind=kind, actor=event.actor, result=event.result, author=event.author)
        refuse_again(last.said, said, state.subject)
        _refuse_voice(state, said, voice)
        refuse_same_person(last.said, said, state.subject)
        now = replace(last, said=(*last.said, said))
        result = voice.says("voted", statements(now.said))
        if result is None:
            return now
        if result != YES:
            return replace(now, decided_at_us=event.at_us)
        ends_at_us = event.at_us + self._suspension(state, last.mandate_sha256).restored_after_s * US_PER_S
        return replace(now, decided_at_us=event.at_us, granted=True, ends_at_us=ends_at_us)

    def _restored(self, state: SuspensionState, event: SuspensionEvent) -> Round:
        last = state.rounds[-1] if state.stands == "suspended" else None
        if last is None or not last.ends_at_us == event.due_at_us == event.at_us:
            raise NotAwaitedError(
                f"no such time runs: due {stamp(event.due_at_us)}.",
                subject=state.subject,
                remedy="Work the timers out again.",
            )
        return replace(last, restored=True)

    def _decider(self, state: SuspensionState, last: Round) -> Voice:
        decider = self._suspension(state, last.mandate_sha256).decider
        return voice_of(self.procedures[last.mandate_sha256], decider)

    def _suspension(self, state: SuspensionState, sha256: str) -> m.Suspension:
        procedure = self.procedures.get(sha256)
        for each in procedure.mandate.suspensions if procedure else ():
            if each.name == state.name and procedure and state.party in parties_of(each, procedure):
                return each
        raise UnknownNameError(
            f"no mandate with SHA-256 {sha256[:16]} has it."
            if procedure
            else f"no mandate {sha256[:16]} is kept here.",
            subject=state.subject,
            remedy="Name a suspension of the mandate and a party that it can lift clauses for.",
        )


def parties_of(suspension: m.Suspension, procedure: Procedure) -> tuple[str, ...]:
    """For whom it can lift its clauses: the party it names, or whoever may come to have the role."""
    return procedure.parties if suspension.party in m.ROLES else (suspension.party,)


def proposals(
    book: SuspensionBook, cases: CaseBook, happened_us: Mapping[str, int], *, procedure: Procedure, at_us: int
) -> Iterator[tuple[str, SuspensionEvent]]:
    """What is to be proposed now: every suspension of a mandate whose count was reached by something new.

    Args:
        happened_us: event -> when it happened, at the earliest; one that is missing does not count.
        procedure: the version of the mandate that holds now. Cases of its earlier versions count too.
    """
    for suspension in procedure.mandate.suspensions:
        for party in parties_of(suspension, procedure):
            state = book.state(f"{suspension.name}:{party}")
            if not suspension.decider or state.stands != "in force":
                continue
            found = sorted(
                (happened_us[event_id], event_id)
                for event_id in _events(suspension, party, cases, procedure.mandate.name)
                if event_id in happened_us
            )
            counted = _reached(suspension, [CountedEvent(event_id=name, at_us=at) for at, name in found], state.counted)
            if counted:
                event = SuspensionEvent(
                    kind="proposed", at_us=at_us, author="", mandate_sha256=procedure.sha256, counted=counted
                )
                yield state.subject, event


def suspension_entry(subject: str, event: SuspensionEvent, *, known_at_us: int) -> Entry:
    """The entry of an event of a suspension."""
    return entry_about("suspension", subject, event, known_at_us=known_at_us)


def notices_of(book: SuspensionBook) -> list[dict[str, object]]:
    """Rows of NOTICES: what was decided, as the register that `judge` reads. What is only proposed lifts nothing."""
    rows = []
    for state in book.suspensions.values():
        for number, each in enumerate(state.rounds, start=1):
            if each.decided_at_us:
                decider = book.procedures[each.mandate_sha256].mandate.suspensions
                rows.append(
                    {
                        "notice_id": f"{state.subject}:{number}",
                        "source_id": "",
                        "register": state.name,
                        "party": state.party,
                        "act": "",
                        "zone": "",
                        "weapon_class": "",
                        "earliest_at_us": each.decided_at_us,
                        "latest_at_us": each.ends_at_us - 1 if each.granted else None,
                        "status": "granted" if each.granted else "refused",
                        "decided_by": next(one.decider for one in decider if one.name == state.name),
                        "given_earliest_at_us": None,
                        "given_latest_at_us": None,
                        "given_to": "",
                        "raw_sha256": "",
                        "raw_at": "",
                    }
                )
    return rows


def _events(suspension: m.Suspension, party: str, cases: CaseBook, mandate: str) -> frozenset[str]:
    """The distinct events that count for this party: attributed, and the finding still stands."""
    return frozenset(
        event_id
        for case in cases.cases.values()
        if (case.opening.mandate, case.opening.breach_class) == (mandate, suspension.breach_class)
        and _concerns(suspension, party, case)
        and not case.superseded
        and case.ended != "unfounded"
        for event_id in case.opening.event_ids
    )


def _concerns(suspension: m.Suspension, party: str, case: CaseState) -> bool:
    """Whether the case was attributed so that the party has the role; a named party is freed by others' acts only."""
    if suspension.party == m.VICTIM:
        return case.victim == party
    if suspension.party == m.VIOLATOR:
        return case.violator == party
    return bool(case.violator) and case.violator != party


def _reached(suspension: m.Suspension, events: list[CountedEvent], known: frozenset[str]) -> tuple[CountedEvent, ...]:
    """The first window with enough events and a new one among them; `events` in order of time. Empty: there is none."""
    for last in events:
        since_us = last.at_us - suspension.window_s * US_PER_S
        window = tuple(each for each in events if since_us < each.at_us <= last.at_us)
        if len(window) >= suspension.findings and not {each.event_id for each in window} <= known:
            return window
    return ()


def _refuse_guard(state: SuspensionState, event: SuspensionEvent, suspension: m.Suspension) -> None:
    names = {each.event_id for each in event.counted}
    times_us = [each.at_us for each in event.counted]
    term = duration_words(suspension.window_s)
    if len(names) < suspension.findings or max(times_us) - min(times_us) >= suspension.window_s * US_PER_S:
        problem = f"{len(names)} events are stated, and it takes {suspension.findings} within {term}."
    elif names <= state.counted:
        problem = "every event stated was counted for an earlier proposal."
    elif max(times_us) > event.at_us:
        problem = "it states an event that has not happened yet."
    else:
        return
    raise NotAwaitedError(
        problem, subject=state.subject, remedy="Propose it once enough has happened, and something new."
    )


def _refuse_voice(state: SuspensionState, said: Said, voice: Voice) -> None:
    """Raise where nobody asked this of this actor."""
    wanted: dict[tuple[str, str], tuple[str, ...]] = {("voted", leaf): (YES, NO) for leaf in voice.leaves()}
    for holder in voice.holders():
        wanted |= {("objected", leaf): (AGAINST,) for leaf in holder.leaves()}
    if said.result not in wanted.get((said.kind, said.actor), ()):
        others = "; ".join(f"{actor} {kind} ({' or '.join(results)})" for (kind, actor), results in wanted.items())
        raise NotAwaitedError(
            f"{said.actor or 'nobody'} {said.kind} {said.result} is not awaited.",
            subject=state.subject,
            remedy=f"Awaited: {others}.",
        )
