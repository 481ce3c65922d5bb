"""The exact share: how likely an act that begins at some moment of an hour is seen by any of the looks at its spot.

Whole numbers throughout, so that the order of looks cannot change a bit of the result, and a further look cannot
lower it by rounding.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

HOUR_MS = 3_600_000
MOST_CHANCE_RATIO = 1.0 - 1e-10  # surer than this counts as this, and is a share of 1: no logarithm of nothing
_LOG_UNIT = 2.0**32  # of the logarithm of missing; 20,000 sure looks at once are 2^61
_SHARE_UNIT = 2.0**30  # of a share; times the milliseconds of an hour it is below 2^53, so that doubles add it exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class Glances:
    """m times in which something looks at a spot; shape (m,) each. Those of one turn are one draw at most."""

    spot: Indices
    turn: Indices  # the same sensor, spot and hour by the clock
    from_ms: Indices  # UTC
    until_ms: Indices  # not before `from_ms`
    chance_ratio: Numbers  # that it sees what shows itself meanwhile


def shares(glances: Glances, *, stays_ms: int, from_ms: int, shape: tuple[int, int]) -> Numbers:
    """Probability that an act is seen, by spot and hour of its beginning.

    An act that begins at t and shows itself for `stays_ms` can be seen by each glance [a, b] with a - stays <= t <= b.
    Of one turn, the best of those is one draw; turns are independent. The share is the mean of 1 - product(1 - chance)
    over all moments t of the hour.

    Args:
        from_ms: beginning of the first hour, UTC.
        shape: how many spots and hours.

    Returns: `shape`; each from 0 to 1, in steps of 2^-30 of an hour's milliseconds.
    Limits: whether a second look sees what a first one missed is taken as chance. What hid from the first (under a
        net, behind a wall) hides from the next: the share is then too high.
    """
    spots, hours = shape
    spot, begins, ends, weight = _draws(glances, stays_ms)
    length = hours * HOUR_MS
    begins, ends = np.maximum(begins - from_ms, 0), np.minimum(ends - from_ms, length)
    kept = (begins < ends) & (weight > 0)
    spot, begins, ends, weight = spot[kept], begins[kept], ends[kept], weight[kept]
    if not spot.size:
        return np.zeros(shape)
    marks = np.concatenate([spot * (length + 1) + begins, spot * (length + 1) + ends])
    order = np.argsort(marks)
    level = np.cumsum(np.concatenate([weight, -weight])[order])[:-1]
    marks = marks[order]
    seen = np.flatnonzero((level > 0) & (marks[1:] > marks[:-1]))
    at, start = np.divmod(marks[seen], length + 1)
    end = start + marks[seen + 1] - marks[seen]
    value = np.rint(-np.expm1(-level[seen] / _LOG_UNIT) * _SHARE_UNIT)
    first = start // HOUR_MS
    count = (end - 1) // HOUR_MS - first + 1
    row = np.repeat(np.arange(len(seen)), count)
    hour = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    lasts = np.minimum(end[row], (hour + 1) * HOUR_MS) - np.maximum(start[row], hour * HOUR_MS)
    total = np.bincount(at[row] * hours + hour, weights=value[row] * lasts, minlength=spots * hours)
    return np.asarray(total.reshape(shape) / (_SHARE_UNIT * HOUR_MS))


def _draws(glances: Glances, stays_ms: int) -> tuple[Indices, Indices, Indices, Indices]:
    """Spot, first and last moment of beginning, and logarithm of missing, of each draw.

    A turn is one draw for an act, with the best of the glances that can see it, begun when it was. So the times of a
    turn are cut where its best chance changes.
    """
    some = (glances.chance_ratio > 0) & (glances.until_ms > glances.from_ms - stays_ms)
    spot, turn, ends = glances.spot[some], glances.turn[some], glances.until_ms[some]
    begins = glances.from_ms[some] - stays_ms
    best = np.minimum(glances.chance_ratio[some], MOST_CHANCE_RATIO)
    weight = np.rint(-np.log1p(-best) * _LOG_UNIT).astype(np.int64)
    if not spot.size:
        return spot, begins, ends, weight
    earliest = begins.min()
    beside = turn * (ends.max() - earliest + 1) - earliest  # turns behind one another on one axis
    first, last = begins + beside, ends + beside
    if (np.diff(first) < 0).any():
        order = np.argsort(first, kind="stable")
        first, last, beside, weight, spot = first[order], last[order], beside[order], weight[order], spot[order]
    fresh = np.concatenate([[True], first[1:] > np.maximum.accumulate(last)[:-1]])
    chain = np.cumsum(fresh) - 1
    heads = np.flatnonzero(fresh)
    least, most = np.minimum.reduceat(weight, heads), np.maximum.reduceat(weight, heads)
    mixed = (least < most)[chain]
    whole = heads[least == most]
    joined = np.maximum.reduceat(last, heads)[least == most]
    piece, at_ms, until_ms, level = _envelope(first[mixed], last[mixed], weight[mixed])
    row = np.concatenate([whole, np.flatnonzero(mixed)[piece]])
    shift = beside[row]
    return (
        spot[row],
        np.concatenate([first[whole], at_ms]) - shift,
        np.concatenate([joined, until_ms]) - shift,
        np.concatenate([weight[whole], level]),
    )


def _envelope(first: Indices, last: Indices, weight: Indices) -> tuple[Indices, Indices, Indices, Indices]:
    """The greatest weight over each moment, as pieces: a glance over each, its begin, its end, and that weight.

    Each glance covers a run of pieces; runs are entered as two overlapping runs of a power of two, and handed down from
    the longest to single pieces.

    Args:
        first, last: of glances, sorted by `first`, on one axis; shape (n,).
    """
    if not first.size:
        return first, first, last, weight
    marks = np.sort(np.concatenate([first, last]))
    marks = marks[np.concatenate([[True], marks[1:] > marks[:-1]])]
    low = np.searchsorted(marks, first)
    length = np.searchsorted(marks, last) - low
    power = np.frexp(length.astype(np.float64))[1] - 1  # the greatest power of two in the run
    level = np.zeros(len(marks), np.int64)
    for each in range(int(power.max()), -1, -1):
        half = 1 << each
        if each < int(power.max()):
            handed = level.copy()
            handed[half:] = np.maximum(handed[half:], level[:-half])
            level = handed
        mine = power == each
        np.maximum.at(level, low[mine], weight[mine])
        np.maximum.at(level, low[mine] + length[mine] - half, weight[mine])
    covered = np.flatnonzero(level[:-1] > 0)
    over = np.searchsorted(first, marks[covered], side="right") - 1
    return over, marks[covered], marks[covered + 1], level[covered]
