"""When each level of bulletin is due, and of which period it speaks. Plain arithmetic: the caller brings the time.

A FLASH speaks of what became known in one minute, TL-1 of one hour and TL-2 of six, both counted in UTC, RVB of the
time between two local cut-offs (23 or 25 hours on the days when clocks change), FIN of the events of one case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from truceline.base.errors import OutOfRangeError
from truceline.base.time import from_us, to_us, zone_of
from truceline.base.units import US_PER_S
from truceline.model.bulletin import BulletinItem, CaseLine, Level, Period

_MINUTE_US = 60 * US_PER_S
_EVERY_US: dict[Level, int] = {"FLASH": _MINUTE_US, "TL-1": 60 * _MINUTE_US, "TL-2": 360 * _MINUTE_US}
FLASH_WITHIN_US = 5 * _MINUTE_US  # of the moment at which an event became known
_AFTER_US: dict[Level, int] = {  # after the end of its period, an issue is late
    "FLASH": FLASH_WITHIN_US - _MINUTE_US,
    "TL-1": 5 * _MINUTE_US,
    "TL-2": 15 * _MINUTE_US,
    "RVB": 24 * 60 * _MINUTE_US,
    "FIN": 24 * 60 * _MINUTE_US,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The mission's zone, and the local time at which its day is cut off."""

    zone: str
    cut_off_hour: int = 0
    cut_off_minute: int = 0


def period_of(level: Level, *, clock: Clock, at_us: int) -> Period:
    """The period of a level that holds the instant `at_us`; of a FLASH: the minute in which something became known.

    Raises: OutOfRangeError: a FIN has no clock (`final_period`), or the cut-off is no time of day.
    """
    if level in _EVERY_US:
        every_us = _EVERY_US[level]
        begin_us = at_us // every_us * every_us
        before_us = begin_us if level == "FLASH" else begin_us - every_us
        return Period(before_us=before_us, from_us=begin_us, until_us=begin_us + every_us)
    if level == "FIN":
        raise OutOfRangeError("a final bulletin keeps no clock.", subject="FIN", remedy="Ask final_period for a case.")
    day = from_us(at_us).astimezone(zone_of(clock.zone)).date()
    # Four days on each side of the local day: more than any zone has ever shifted by.
    around = sorted({_cut_off_us(day + timedelta(days=days), clock) for days in range(-4, 5)})
    after = next(at for at, cut_off_us in enumerate(around) if cut_off_us > at_us)
    return Period(before_us=around[after - 2], from_us=around[after - 1], until_us=around[after])


def next_due(level: Level, *, clock: Clock, last_us: int) -> int:
    """The first instant after `last_us` at which a period of this level ends: then its bulletin is to be made."""
    return period_of(level, clock=clock, at_us=last_us).until_us


def periods(level: Level, *, clock: Clock, after_us: int, until_us: int) -> tuple[Period, ...]:
    """The periods that end in (after_us, until_us], in order: after a standstill, those that were missed.

    Limits: a FLASH is made when something became known, not minute by minute: ask `period_of` for it.
    """
    found, at_us = [], after_us
    while (period := period_of(level, clock=clock, at_us=at_us)).until_us <= until_us:
        found.append(period)
        at_us = period.until_us
    return tuple(found)


def latest_us(level: Level, period: Period) -> int:
    """The moment after which a bulletin of this period is late, and says so."""
    return period.until_us + _AFTER_US[level]


def final_due_us(case: CaseLine, parties: Iterable[str]) -> int | None:
    """When a case's FIN is due: when all parties have replied, or their time for it has passed, or it ended.

    A case that ended still waits for replies, as long as the mandate gives time for them. None: not yet known.
    """
    first = {name: min((reply.at_us for reply in case.replies if reply.party == name), default=0) for name in parties}
    if first and all(first.values()):
        heard_us = max(first.values())
        return min(heard_us, case.replies_due_us) if case.replies_due_us else max(heard_us, case.ended_us)
    return case.replies_due_us or case.ended_us or None


def final_period(items: Sequence[BulletinItem] | Sequence[tuple[int, int]]) -> Period:
    """The time of a case's events, from whole minute to whole minute; there is no comparator.

    Args: items: BulletinItems, or (earliest_us, latest_us) pairs; at least one.
    """
    spans = [(item.earliest_us, item.latest_us) if isinstance(item, BulletinItem) else item for item in items]
    if not spans:
        raise OutOfRangeError(
            "none of its events is released: 0 of them have a time.", subject="FIN", remedy="Release its events first."
        )
    begin_us = min(first for first, _ in spans) // _MINUTE_US * _MINUTE_US
    end_us = (max(last for _, last in spans) // _MINUTE_US + 1) * _MINUTE_US
    return Period(before_us=begin_us, from_us=begin_us, until_us=end_us)


def _cut_off_us(day: date, clock: Clock) -> int:
    """The instant of a day's cut-off: the first where a local time occurs twice; an hour on where it does not occur."""
    try:
        at = time(clock.cut_off_hour, clock.cut_off_minute)
    except ValueError as error:
        raise OutOfRangeError(
            f"{clock.cut_off_hour}:{clock.cut_off_minute:02d}: {error}.",
            subject="cut-off",
            remedy="Write 0:00 to 23:59.",
        ) from None
    return to_us(datetime.combine(day, at, tzinfo=zone_of(clock.zone)))
