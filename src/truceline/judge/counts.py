"""Limits on numbers: flows over a sliding window, and stocks from dated inventories (decision 9 of the design).

A flow `N per D` counts over (t - D, t], ties included. A row surely lies in the window that ends at t while t is in
[its latest, its earliest + D), and possibly while t is in [its earliest, its latest + D): so both counts are sums
of intervals of t, and their runs above N are found in one sweep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from truceline.base.units import UNBOUNDED

Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows that may count. `weight_lo` is 0 for a row that only possibly matches. All arrays (n,), whole seconds."""

    earliest_s: Int64s
    latest_s: Int64s
    weight_lo: Int64s
    weight_hi: Int64s


@dataclass(frozen=True, slots=True)
class Run:
    """One maximal stretch of time in which the count is above the limit, with the rows that make it up."""

    surely: bool
    first_s: int
    last_s: int
    rows: tuple[int, ...]
    least: int  # greatest lower count within the run
    most: int  # greatest upper count within the run, UNBOUNDED where a row has no upper bound


def flow_runs(counted: Counted, *, most: int, window_s: int, grain_s: int = 0) -> list[Run]:
    """Maximal runs above `most`: those surely above, then those only possibly above that touch none of them.

    `grain_s` widens what is possibly in a window: a time known to the second may lie anywhere within it, so two
    seconds 24 hours apart may hold moments that are less.
    """
    begins, ends = counted.earliest_s, counted.latest_s + window_s + grain_s
    sure = _runs(counted.latest_s, counted.earliest_s + window_s, counted.weight_lo, most)
    maybe = _runs(begins, ends, counted.weight_hi, most)
    found = []
    for runs, surely in ((sure, True), (maybe, False)):
        for first_s, end_s, peak in runs:
            if not surely and any(first_s < other_end and other_first < end_s for other_first, other_end, _ in sure):
                continue
            inside = np.flatnonzero((begins < end_s) & (ends > first_s) & (counted.weight_hi > 0))
            least = (
                peak
                if surely
                else _peak(counted.latest_s, counted.earliest_s + window_s, counted.weight_lo, (first_s, end_s))
            )
            upper = _peak(begins, ends, counted.weight_hi, (first_s, end_s))
            found.append(Run(surely, first_s, end_s - 1, tuple(int(row) for row in inside), least, upper))
    return sorted(found, key=lambda run: (run.first_s, run.last_s))


def stock_runs(counted: Counted, inventories: Sequence[str], *, most: int) -> list[Run]:
    """Inventories above `most`, neighbours in time joined into one run.

    Each inventory is one dated count of distinct items: its rows add up; rows of different inventories never do,
    for they
    may be the same items. A row without an inventory is one of its own.
    """
    by_inventory: dict[tuple[str, int], list[int]] = {}
    for row, name in enumerate(inventories):
        by_inventory.setdefault((name, -1 if name else row), []).append(row)
    stocks = []
    for rows in by_inventory.values():
        least = int(sum(int(counted.weight_lo[row]) for row in rows))
        upper = min(UNBOUNDED, sum(int(counted.weight_hi[row]) for row in rows))
        first_s = min(int(counted.earliest_s[row]) for row in rows)
        last_s = max(int(counted.latest_s[row]) for row in rows)
        stocks.append(Run(least > most, first_s, last_s, tuple(rows), least, upper))
    stocks.sort(key=lambda run: (run.first_s, run.last_s, run.rows))
    return list(_joined(stocks, most))


def _joined(stocks: Sequence[Run], most: int) -> Iterator[Run]:
    open_run: Run | None = None
    for stock in stocks:
        above = stock.most > most
        if open_run and above and open_run.surely == stock.surely:
            open_run = Run(
                stock.surely,
                open_run.first_s,
                max(open_run.last_s, stock.last_s),
                (*open_run.rows, *stock.rows),
                max(open_run.least, stock.least),
                max(open_run.most, stock.most),
            )
            continue
        if open_run:
            yield open_run
        open_run = stock if above else None
    if open_run:
        yield open_run


def _runs(begins: Int64s, ends: Int64s, weights: Int64s, most: int) -> list[tuple[int, int, int]]:
    """(first, end, peak) of each maximal stretch of t on which the weights of [begin, end) around t exceed `most`."""
    use = (ends > begins) & (weights > 0)
    times, levels = _levels(begins[use], ends[use], weights[use])
    runs: list[tuple[int, int, int]] = []
    for index in np.flatnonzero(levels > most):
        first, end = int(times[index]), int(times[index + 1])
        if runs and runs[-1][1] == first:
            runs[-1] = (runs[-1][0], end, max(runs[-1][2], int(levels[index])))
        else:
            runs.append((first, end, int(levels[index])))
    return runs


def _peak(begins: Int64s, ends: Int64s, weights: Int64s, within: tuple[int, int]) -> int:
    """Greatest summed weight anywhere in [first, end)."""
    use = (ends > begins) & (weights > 0) & (begins < within[1]) & (ends > within[0])
    _, levels = _levels(np.maximum(begins[use], within[0]), np.minimum(ends[use], within[1]), weights[use])
    return int(levels.max(initial=0))


def _levels(begins: Int64s, ends: Int64s, weights: Int64s) -> tuple[Int64s, Int64s]:
    """Times at which the summed weight changes, and its level from each of them on. Sums stop at UNBOUNDED."""
    capped = np.minimum(weights, UNBOUNDED // max(1, len(weights)))
    moments = np.concatenate([begins, ends])
    steps = np.concatenate([capped, -capped])
    times, index = np.unique(moments, return_inverse=True)
    change = np.zeros(len(times), np.int64)
    np.add.at(change, index, steps)
    return times, np.cumsum(change)
