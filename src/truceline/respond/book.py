"""All cases of a mission, rebuilt from the record: where each stands, what runs out when, what is to be sent.

The book holds nothing that the record does not: applying the same entries again gives the same book.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import msgspec

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import InputError, IntegrityError, UnknownNameError
from truceline.base.time import stamp
from truceline.model.case import CaseEvent, Effect, Opening
from truceline.model.entry import Entry
from truceline.respond.effects import effects_of
from truceline.respond.procedure import Procedure
from truceline.respond.state import CaseState, timer_of
from truceline.respond.step import stepped
from truceline.terms.protocol import LATE

SETTLED = ("delivered", "given_up")  # states of a message after which nothing more is sent
_DEFAULTS = {each.name: each.default for each in fields(CaseEvent)}


@dataclass(slots=True)
class CaseBook:
    """Cases by id, the versions of mandates they are pinned to, their timers, and messages not yet settled."""

    procedures: dict[str, Procedure] = field(default_factory=dict)  # by SHA-256 of the mandate
    cases: dict[str, CaseState] = field(default_factory=dict)
    pending: dict[str, Effect] = field(default_factory=dict)  # by key: asked for, not delivered and not given up
    of_event: dict[str, tuple[str, ...]] = field(default_factory=dict)  # event -> cases about it
    _timers: list[tuple[int, str, str, int]] = field(
        default_factory=list
    )  # fires, case, place, since

    def case(self, case_id: str) -> CaseState:
        """Raises: UnknownNameError."""
        if case_id not in self.cases:
            raise UnknownNameError(
                f"there is no case {case_id[:80]!r}.", subject="case", remedy="See the list of cases."
            )
        return self.cases[case_id]

    def refuse(self, case_id: str, event: CaseEvent) -> None:
        """Raise what `step` raises where the event cannot be; the book stays as it is."""
        stepped(self.cases.get(case_id), event, self.procedures, case_id=case_id)

    def apply(self, entry: Entry, *, settled: bool = False) -> None:
        """Take in one entry of kind `case` or `effect`; `settled`: whatever it asked to be sent has been dealt with.

        Raises: IntegrityError: the record holds an event that cannot have been accepted.
        """
        if entry.kind == "effect":
            if entry.detail["state"] in SETTLED:
                self.pending.pop(entry.subject, None)
            return
        event, before = event_of(entry), self.cases.get(entry.subject)
        try:
            after = stepped(before, event, self.procedures, case_id=entry.subject)
        except InputError as error:
            raise IntegrityError(
                f"its entry of {entry.known_at} is no event that this case can have had: {error}.",
                subject=entry.subject,
                remedy="Stop, keep the disk, and verify the record.",
            ) from None
        self._take(before, after)
        if not settled:
            self.pending.update((effect.key, effect) for effect in effects_of(before, after, event))

    def due(self, now_us: int) -> Iterator[tuple[str, CaseEvent]]:
        """The timers that have run out by now, earliest first, as events that are to be recorded; one a case at most.

        A case that runs on into another timer that is over too shows it once the first is applied.
        """
        while (fires_at_us := self.next_due_us()) is not None and fires_at_us <= now_us:
            case_id = heapq.heappop(self._timers)[1]
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
        """When the next timer fires; None where none runs."""
        while self._timers:
            fires_at_us, case_id, place, since_s = self._timers[0]
            stands = self.cases[case_id].stands
            if (stands.place, stands.at_s) == (place, since_s) and timer_of(self.cases[case_id]) is not None:
                return fires_at_us
            heapq.heappop(self._timers)
        return None

    def wind(self, case_id: str) -> None:
        """Set the timer of a case again, where its event could not be recorded."""
        state = self.cases[case_id]
        timer = timer_of(state)
        if timer is not None:
            heapq.heappush(self._timers, (timer.fires_at_us, case_id, state.stands.place, state.stands.at_s))

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
    """The entry of an event: what stands at its default is left out; the author is the entry's."""
    detail = {
        each: value
        for each in _DEFAULTS
        if each not in ("author", "hashes", "opening") and (value := getattr(event, each)) != _DEFAULTS[each]
    }
    if event.opening is not None:
        detail["opening"] = {each.name: _plain(getattr(event.opening, each.name)) for each in fields(Opening)}
    return Entry(
        kind="case",
        subject=case_id,
        author=event.author,
        known_at=stamp(known_at_us),
        hashes=event.hashes,
        detail=detail,
    )


def event_of(entry: Entry) -> CaseEvent:
    """The event that an entry of kind `case` tells of. Raises: IntegrityError."""
    try:
        return msgspec.convert({**entry.detail, "author": entry.author, "hashes": entry.hashes}, CaseEvent)
    except msgspec.ValidationError as error:
        raise IntegrityError(
            f"its entry of {entry.known_at} is no event of a case: {error}.",
            subject=entry.subject,
            remedy="Stop, keep the disk, and verify the record.",
        ) from None


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
