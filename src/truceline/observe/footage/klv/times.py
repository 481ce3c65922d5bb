"""When a metadata sample was taken, in UTC.

The time stamp of ST 0601 (item 2) counts microseconds since 1970. Its meaning changed under its name. Early revisions
say Unix time: UTC without leap seconds. ST 0603 from 2014 on says MISP time: TAI less 8.000082 s, which runs ahead of
UTC by every leap second since 1970, 29 s since 2017. Nothing in the stamp tells which, and many recorders still write
their system clock. Item 136 was added to settle it: seconds to add to the stamp to get UTC. So:

- item 136 at or below zero: added. The stamp is UTC then.
- item 136 above zero cannot be meant as the standard has it, for UTC never runs ahead of MISP time: not added, flagged
  "leap-seconds-sign", the uncertainty as large as itself.
- no item 136, item 65 (revision) up to 7: the stamp is Unix time.
- no item 136, later or no revision: taken as Unix time, flagged "leap-seconds-unstated"; the uncertainty is half of the
  29 s by which it may be too late. All samples of a file share it: differences between them are good.

Item 137 corrects the clock after the flight, and is added. How good the recorder's clock was, no item says.

Source: MISB ST 0601.17, items 2, 65, 136, 137; MISB ST 0603.5.
"""

from truceline.base.units import US_PER_S

UNIX_REVISION_MAX = 7
LEAP_S = 29  # MISP time less UTC since January 2017; less before
_FIRST_US = 631_152_000 * US_PER_S  # 1990: a clock that was never set shows 1970 or 1980
_LAST_US = 4_102_444_800 * US_PER_S  # 2100


def stamp_us(stated_us: int, flags: set[str], words: list[str]) -> int | None:
    """A stated time, or None and a flag where no clock that was set can show it."""
    if _FIRST_US <= stated_us < _LAST_US:
        return stated_us
    flags.add("time-out-of-range")
    words.append(f"time stamp {stated_us:,} µs lies before 1990 or after 2100")
    return None


def utc_of(
    stated_us: int, revision: int | None, leap_s: int | None, flags: set[str], words: list[str]
) -> tuple[int | None, int | None]:
    """A time stamp of ST 0601 as UTC, and one sigma of what its scale leaves open (None: nothing), microseconds.

    Args:
        stated_us: item 2, with item 137 added.
        revision: item 65 of the same packet, or the last the stream stated.
        leap_s: item 136, likewise.
    """
    if leap_s is not None and leap_s > 0:
        flags.add("leap-seconds-sign")
        words.append(f"item 136: {leap_s} s cannot be added to get UTC")
        return stamp_us(stated_us, flags, words), min(leap_s, _LAST_US // US_PER_S) * US_PER_S
    if leap_s is not None:
        return stamp_us(stated_us + leap_s * US_PER_S, flags, words), None
    if revision is not None and revision <= UNIX_REVISION_MAX:
        return stamp_us(stated_us, flags, words), None
    flags.add("leap-seconds-unstated")
    return stamp_us(stated_us, flags, words), LEAP_S * US_PER_S // 2
