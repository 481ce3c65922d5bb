"""When: a row's times to one closed interval of instants, never narrower than what the source wrote."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from truceline.base.errors import NaiveTimeError, UnreadableError
from truceline.base.time import interval_us
from truceline.base.units import US_PER_S
from truceline.observe.fields import REMEMBERED
from truceline.observe.reasons import refusal, shown

DAY_US = 86_400 * US_PER_S
OpenEnd = Literal["as written", "its day", "refused"]

_YEARLESS = re.compile(r"--\d\d?(?:-\d\d?)?")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)[T ].*?\s*(Z|UTC|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?\s*(Z|UTC|[+-]\d\d:?\d\d)?")


def period_us(
    cells: Mapping[str, str], *, zone: str | None, now_us: int | None, open_end: OpenEnd = "as written"
) -> tuple[int, int]:
    """The closed interval, microseconds UTC, in which the row's happening lies.

    `begins` and `ends` are moments, each as wide as written; `date` with `from_time` and `to_time` is one
    local day or a part of it (a missing from_time is the day's first moment, a missing to_time its last).

    Args:
        cells: the row's cells by field.
        zone: of times without their own; None refuses such times.
        now_us: a moment that begins more than a day later is refused; None: plans may lie ahead.
        open_end: what an empty `ends` means: the moment `begins` as it is written; until the end of its local
            day, or of its month; or a refusal, unless `begins` is a whole day or month.

    Raises: InputError.
    """
    if cells.get("date") is not None:
        return _part_of_day(cells, zone=zone, now_us=now_us)
    begins, ends = cells.get("begins", ""), cells.get("ends", "")
    if not begins:
        raise refusal("not-stated", "no time is stated.", subject="begins")
    first_us, last_us = moment_us(begins, zone=zone, now_us=now_us, subject="begins")
    if not ends:
        return first_us, _open_end_us(begins, last_us, zone=zone, open_end=open_end)
    end_us = moment_us(ends, zone=zone, now_us=now_us, subject="ends")[1]
    return _in_order(first_us, end_us, f"{shown(begins)} to {shown(ends)}", subject="ends")


def _part_of_day(cells: Mapping[str, str], *, zone: str | None, now_us: int | None) -> tuple[int, int]:
    day, from_time, to_time = (cells.get(name, "") for name in ("date", "from_time", "to_time"))
    if not day:
        raise refusal("not-stated", "no date is stated.", subject="date")
    first_us, last_us = moment_us(day, zone=zone, now_us=now_us, subject="date")
    if from_time:
        first_us = moment_us(f"{day} {from_time}", zone=zone, now_us=now_us, subject="from_time")[0]
    if to_time:
        last_us = moment_us(f"{day} {to_time}", zone=zone, now_us=now_us, subject="to_time")[1]
    return _in_order(first_us, last_us, f"{shown(from_time)} to {shown(to_time)} on {shown(day)}", subject="to_time")


def _in_order(first_us: int, last_us: int, words: str, *, subject: str) -> tuple[int, int]:
    if last_us < first_us:
        raise refusal("ends-before-begins", f"{words}.", subject=subject)
    return first_us, last_us


def _open_end_us(begins: str, last_us: int, *, zone: str | None, open_end: OpenEnd) -> int:
    if open_end == "refused" and not _DATE.fullmatch(begins):
        raise refusal("no-end-stated", f"begins at {shown(begins)} and has no end.", subject="ends")
    day = _DAY.fullmatch(begins)
    if open_end == "its day" and day:
        return moment_us(f"{day[1]}{day[2] or ''}", zone=zone, now_us=None, subject="ends")[1]
    return last_us


def moment_us(text: str, *, zone: str | None, now_us: int | None, subject: str) -> tuple[int, int]:
    """What a date or time can mean, closed, microseconds UTC: a month, a day, a minute, as wide as written.

    Raises: InputError: naive, unreadable, without a year, before 1900, or beginning more than a day after
    `now_us`.
    """
    if _YEARLESS.fullmatch(text):
        raise refusal("date-without-year", f"{shown(text)} has no year.", subject=subject)
    if text[:4].isdecimal() and int(text[:4]) < 1900:
        raise refusal("time-before-1900", f"{shown(text)}.", subject=subject)
    try:
        first_us, last_us = _interval_us(text, zone)
    except NaiveTimeError as error:
        raise refusal("naive-time", error.problem, subject=subject) from None
    except UnreadableError as error:
        raise refusal("unreadable-time", error.problem, subject=subject, remedy=error.remedy) from None
    except (ValueError, OverflowError) as error:  # an offset of a day or more; the last day of 9999
        raise refusal("unreadable-time", f"{shown(text)}: {error}.", subject=subject) from None
    if now_us is not None and first_us > now_us + DAY_US:
        raise refusal("time-in-the-future", f"{shown(text)} has not come yet.", subject=subject)
    return first_us, last_us


def _interval_us(text: str, zone: str | None) -> tuple[int, int]:
    """`base.time.interval_us`; on a day of 24 hours a clock time is counted from the remembered midnight."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        first_us, last_us = _remembered_us(clock[1], zone)
        if last_us - first_us + 1 == DAY_US:
            second = int(clock[2]) * 3_600 + int(clock[3]) * 60 + int(clock[4] or 0)
            wide_us = US_PER_S if clock[4] else 60 * US_PER_S
            return first_us + second * US_PER_S, first_us + second * US_PER_S + wide_us - 1
    return _remembered_us(text, zone)


@lru_cache(maxsize=REMEMBERED)
def _remembered_us(text: str, zone: str | None) -> tuple[int, int]:
    return interval_us(text, zone=zone)
