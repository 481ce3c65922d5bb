"""All cases of a mission, rebuilt from the record: where each stands, what runs out when, what is to be sent.

The book holds nothing that the record does not: applying the same entries again gives the same book.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import InputError, MandateError, UnknownNameError
from truceline.model.case import CaseEvent, Effect, Opening
from truceline.model.entry import Entry, entry_about, impossible, told_by
from truceline.respond.effects import effects_of
from truceline.respond.procedure import Procedure
from truceline.respond.state import CaseState, timer_of
from truceline.respond.step import stepped
from truceline.terms.protocol import LATE

SETTLED = ("delivered", "given_up")  # states of a message after which nothing more is sent


@dataclass(slots=True)
class CaseBook:
    """Cases by id, the versions of mandates they are pinned to, their timers, and messages not yet settled."""

    procedures: dict[str, Procedure] = field(default_factory=dict)  # by SHA-256 of the mandate
    cases: dict[str, CaseState] = field(default_factory=dict)
    pending: dict[str, Effect] = field(default_factory=dict)  # by key: asked for, not delivered and not given up
    of_event: dict[str, tuple[str, ...]] = field(default_factory=dict)  # event -> cases about it
    _wound: dict[str, int] = field(default_factory=dict)  # case -> when its timer fires
    _timers: list[tuple[int, str]] = field(default_factory=list)  # the same as a heap; below its top some run no more

    def case(self, case_id: str) -> CaseState:
        """Raises: UnknownNameError."""
        if case_id not in self.cases:
            raise UnknownNameError(
                f"there is no case {case_id[:80]!r}.", subject="case", remedy="See the list of cases."
            )
        return self.cases[case_id]

    def after(self, case_id: str, event: CaseEvent) -> CaseState:
        """What an event would make of a case; the book stays as it is. Raises: as `step`."""
        return stepped(self.cases.get(case_id), event, self.procedures, case_id=case_id)

    def apply(self, entry: Entry, *, settled: bool = False) -> tuple[Effect, ...]:
        """Take in one entry of kind `case` or `effect`, and return the messages it asks for.

        `settled`: they have all been dealt with, and are not worked out again.

        Raises: IntegrityError: the record holds an event that cannot have been accepted.
        """
        if entry.kind == "effect":
            if entry.detail["state"] in SETTLED:
                self.pending.pop(entry.subject, None)
            return ()
        event, before = event_of(entry), self.cases.get(entry.subject)
        try:
            after = stepped(before, event, self.procedures, case_id=entry.subject)
        except (InputError, MandateError) as error:
            raise impossible(entry, str(error)) from None
        self._take(before, after)
        effects = () if settled else effects_of(before, after, event)
        self.pending.update((effect.key, effect) for effect in effects)
        return effects

    def due(self, now_us: int) -> Iterator[tuple[str, CaseEvent]]:
        """The timers that have run out by now, earliest first, as events that are to be recorded; one a case at most.

        A case that runs on into another timer that is over too shows it once the first is applied.
        """
        while (fires_at_us := self.next_due_us()) is not None and fires_at_us <= now_us:
            case_id = self._timers[0][1]
            del self._wound[case_id]
            self._pass_over()
            timer = timer_of(self.cases[case_id])
            assert timer is not None, "a timer that stands is its case's"
            yield (
                case_id,
                CaseEvent(
                    kind="late" if timer.result == LATE else "unattributed",
                    at_us=timer.due_at_us,
                    author="",
                    step=timer.step,
                    due_at_us=timer.due_at_us,
                ),
            )

    def next_due_us(self) -> int | None:
        """When the next timer fires; None where none runs. Changes nothing: readers ask beside the writer."""
        first = self._timers[:1]  # a copy: between two looks at the heap the writer may empty it
        return first[0][0] if first else None

    def wind(self, case_id: str) -> None:
        """Set the timer of a case: as it stands now, and again where the event of its end could not be recorded."""
        timer = timer_of(self.cases[case_id])
        if timer is None:
            self._wound.pop(case_id, None)
        elif self._wound.get(case_id) != timer.fires_at_us:
            self._wound[case_id] = timer.fires_at_us
            heapq.heappush(self._timers, (timer.fires_at_us, case_id))
        self._pass_over()

    def _pass_over(self) -> None:
        """Timers that run no more leave the top of the heap."""
        while self._timers and self._wound.get(self._timers[0][1]) != self._timers[0][0]:
            heapq.heappop(self._timers)

    def _take(self, before: CaseState | None, after: CaseState) -> None:
        self.cases[after.case_id] = after
        if before is None:
            for event_id in after.opening.event_ids:
                self.of_event[event_id] = (*self.of_event.get(event_id, ()), after.case_id)
        if before is None or before.stands is not after.stands:
            self.wind(after.case_id)


def case_id_of(opening: Opening) -> str:
    """`case-` and 12 digits of a hash: the same events under the same clause and reading are one case."""
    named = [opening.mandate, opening.clause, opening.reading, sorted(opening.event_ids)]
    return f"case-{sha256_hex(canonical_bytes(named))[:12]}"


def entry_of(case_id: str, event: CaseEvent, *, known_at_us: int) -> Entry:
    """The entry of an event of a case."""
    return entry_about("case", case_id, event, known_at_us=known_at_us)


def event_of(entry: Entry) -> CaseEvent:
    """The event that an entry of kind `case` tells of. Raises: IntegrityError."""
    return told_by(entry, CaseEvent)
