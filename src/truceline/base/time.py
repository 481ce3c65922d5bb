"""Instants and intervals: nothing is sharper than its source, and nothing is naive.

An instant is int64 microseconds UTC. What a source wrote ("2025-03-10", "2025-03-10 19:00") is an interval of
instants, closed at both ends, as wide as its precision. `judge/` works on whole seconds (decision 0005).
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from truceline.base.errors import NaiveTimeError, UnreadableError
from truceline.base.units import US_PER_S

_WORKING_A_WEEK = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,6}))?)?)?)?\s*(?P<offset>Z|UTC|[+-]\d\d:?\d\d)?"
)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)")


def zone_of(name: str) -> ZoneInfo | timezone:
    """The zone called `name`: an IANA name, `UTC`, or a fixed offset such as `+03:00`.

    Raises: UnreadableError, with the form expected.
    """
    fixed = _OFFSET.fullmatch(name)
    if fixed and int(fixed["hours"]) < 24 and int(fixed["minutes"]) < 60:
        minutes = int(fixed["hours"]) * 60 + int(fixed["minutes"])
        return timezone(timedelta(minutes=-minutes if fixed["sign"] == "-" else minutes))
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnreadableError(
            f"{name!r} is no time zone known here.",
            subject="zone",
            remedy="Write an IANA name (Europe/Kyiv), UTC, or an offset (+03:00).",
        ) from None


def to_us(instant: datetime) -> int:
    """An aware instant as whole microseconds UTC. Raises NaiveTimeError."""
    if instant.utcoffset() is None:
        raise NaiveTimeError(
            f"{instant.isoformat()} has no zone.", subject="time", remedy="State the source's time zone."
        )
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_us(instant_us: int) -> datetime:
    """Microseconds UTC as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant_us)


def stamp(instant_us: int) -> str:
    """`2025-04-19T15:00:00Z`; the fraction only where there is one."""
    instant = from_us(instant_us)
    return instant.strftime("%Y-%m-%dT%H:%M:%S") + (f".{instant.microsecond:06d}" if instant.microsecond else "") + "Z"


def interval_us(text: str, *, zone: str | None, subject: str = "time") -> tuple[int, int]:
    """The instants that `text` can mean, closed, in microseconds UTC.

    A month is the whole month, a date the whole day (23 or 25 hours on a night of change), a minute the whole minute.
    Limits: a local time that occurs twice gives the interval of both; one that never occurs is refused.

    Args:
        text: ISO 8601 `YYYY-MM`, `YYYY-MM-DD`, `… hh:mm[:ss[.ffffff]]`, `T` or space, with or without offset.
        zone: the source's zone, used where `text` has no offset; None refuses such a text.
        subject: what to call the value in an error.

    Raises: UnreadableError, NaiveTimeError.
    """
    parts = _STAMP.fullmatch(text.strip())
    if parts is None:
        raise UnreadableError(
            f"{text!r} is not a date or time.",
            subject=subject,
            remedy="Write 2025-03-10 or 2025-03-10 19:00.",
        )
    if parts["offset"] is None and zone is None:
        raise NaiveTimeError(
            f"{text!r} has no zone, and none is declared for it.",
            subject=subject,
            remedy="Declare the source's zone in the feed's mapping (zone = \"Europe/Kyiv\").",
        )
    offset = parts["offset"]
    where = UTC if offset in ("Z", "UTC") else zone_of(offset or zone or "UTC")
    try:
        first, after = _local_span(parts)
        return _span_us(first, after, where, subject=subject, text=text)
    except (ValueError, OverflowError) as error:
        raise UnreadableError(f"{text!r}: {error}.", subject=subject, remedy="Check day and hour.") from None


def _local_span(parts: re.Match[str]) -> tuple[datetime, datetime]:
    """First local moment of the stated unit, and the first after it."""
    year, month = int(parts["year"]), int(parts["month"])
    if parts["day"] is None:
        following = date(year + month // 12, month % 12 + 1, 1)
        return datetime(year, month, 1), datetime(following.year, following.month, 1)  # noqa: DTZ001 - zone is added by the caller
    day = int(parts["day"])
    if parts["hour"] is None:
        first = datetime(year, month, day)  # noqa: DTZ001 - as above
        return first, first + timedelta(days=1)
    fraction = (parts["fraction"] or "").ljust(6, "0")
    first = datetime(  # noqa: DTZ001 - as above
        year, month, day, int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0), int(fraction)
    )
    if parts["second"] is None:
        return first, first + timedelta(minutes=1)
    digits = len(parts["fraction"] or "")
    return first, first + timedelta(microseconds=10 ** (6 - digits))


def _span_us(
    first: datetime, after: datetime, where: ZoneInfo | timezone, *, subject: str, text: str
) -> tuple[int, int]:
    """Local half-open span to closed microseconds, the earlier of two folds first, the later last."""
    begin = first.replace(tzinfo=where, fold=0)
    last = (after - timedelta(microseconds=1)).replace(tzinfo=where, fold=1)
    if from_us(to_us(begin)).astimezone(where).replace(tzinfo=None) != first and (after - first) < timedelta(days=1):
        raise UnreadableError(
            f"{text!r} does not occur in {where}: clocks went forward over it.",
            subject=subject,
            remedy="Write the time with its offset.",
        )
    begin_us, last_us = to_us(begin), to_us(last)
    if (after - first) >= timedelta(days=1):  # whole days meet at local midnight; folds inside a day change nothing
        last_us = to_us(after.replace(tzinfo=where, fold=0)) - 1
    return begin_us, max(begin_us, last_us)


def seconds_of(instant_us: int) -> int:
    """The whole second that holds the instant (decision 0005: intervals widen outward to whole seconds)."""
    return instant_us // US_PER_S


def local_words(instant_s: int, zone: str) -> str:
    """`19 Apr 2025 18:00` in `zone`: for people; never parsed again."""
    local = from_us(instant_s * US_PER_S).astimezone(zone_of(zone))
    return local.strftime("%-d %b %Y %H:%M:%S" if local.second else "%-d %b %Y %H:%M")


def local_days(first_us: int, until_us: int, zone: str) -> list[tuple[date, int]]:
    """Each local day that the half-open period touches, with the instant at which it begins."""
    day, days = from_us(first_us).astimezone(zone_of(zone)).date(), []
    while (begin_us := interval_us(str(day), zone=zone)[0]) < until_us:
        days.append((day, begin_us))
        day += timedelta(days=1)
    return days


def days_later_s(instant_s: int, days: int, *, zone: str, working: bool) -> int:
    """The same local hour so many days later; working days are Monday to Friday, holidays are not known.

    Limits: an hour that a change of clocks leaves out counts as the hour after it. Raises: UnreadableError past the
    last year there is.
    """
    where = zone_of(zone)
    local = from_us(instant_s * US_PER_S).astimezone(where)
    try:
        if working and days:
            friday = local - timedelta(days=max(0, local.weekday() - _WORKING_A_WEEK + 1))
            weeks, rest = divmod(days, _WORKING_A_WEEK)
            later = friday + timedelta(weeks=weeks)
            while rest:
                later += timedelta(days=1)
                rest -= later.weekday() < _WORKING_A_WEEK
        else:
            later = local + timedelta(days=days)
    except OverflowError:
        raise UnreadableError(
            f"{days} days lead out of the calendar.", subject="date", remedy="Write a smaller number."
        ) from None
    return to_us(later) // US_PER_S
