"""A good plan at once: always the sortie that adds the most for the time it takes, until none adds anything."""

import heapq
from dataclasses import dataclass

import numpy as np

from truceline.plan.flights.columns import Columns
from truceline.plan.flights.task import Floats, Ints, Task

COST_RATIO = 0.2  # of the least weight: what a sortie must at least add


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The problem in numbers: choose how often each column is flown.

    The least of `cost` x flown + `weight` x what is missing, where missing is 1 less what is seen, at least 0, and no
    row of `capacity` is exceeded. Windows with the same columns are one row with their weights summed; those that no
    column sees are left out.
    """

    cost: Floats
    weight: Floats
    start: Ints  # columns + 1, into `row` and `ratio`
    row: Ints
    ratio: Floats
    use_start: Ints  # columns + 1, into `use`
    use: Ints
    capacity: Ints


def programme_of(
    task: Task, columns: Columns, *, held_ratio: Floats | None = None, taken: Ints | None = None
) -> Programme:
    """The problem of a task, beside sorties that stay as they are.

    `held_ratio`: what those see of each demand already; `taken`: what they take of each row of capacity.
    """
    count = len(task.demands)
    held = np.zeros(count) if held_ratio is None else held_ratio
    column = np.repeat(np.arange(len(columns)), np.diff(columns.cover_start))
    held = np.clip(held, 0.0, 1.0)
    left = 1 - held[columns.cover_demand]
    keep = left > 1e-9
    demand, column = columns.cover_demand[keep], column[keep]
    ratio = np.minimum(1.0, columns.cover_ratio[keep] / left[keep])
    row_of, weight = _merged(demand, column, ratio, task.demands.weight * (1 - held))
    keys, first = np.unique(column * max(count, 1) + row_of[demand], return_index=True)
    lengths = columns.drone_slots + columns.crew_slots
    use_start = np.concatenate([[0], np.cumsum(lengths)])
    within = np.arange(use_start[-1]) - np.repeat(use_start[:-1], lengths)
    drone_slots = np.repeat(columns.drone_slots, lengths)
    drone_row, crew_row = np.repeat(columns.drone_row, lengths), np.repeat(columns.crew_row, lengths)
    positive = task.demands.weight[task.demands.weight > 0]
    return Programme(
        cost=np.full(len(columns), COST_RATIO * (positive.min() if len(positive) else 1.0)),
        weight=weight,
        start=np.searchsorted(keys // max(count, 1), np.arange(len(columns) + 1)),
        row=keys % max(count, 1),
        ratio=ratio[first],
        use_start=use_start,
        use=np.where(within < drone_slots, drone_row + within, crew_row + within - drone_slots),
        capacity=np.maximum(0, columns.capacity - (0 if taken is None else taken)),
    )


def _merged(demand: Ints, column: Ints, ratio: Floats, weight: Floats) -> tuple[Ints, Floats]:
    """Row of each demand, and the rows' weights: demands that the same columns see equally are one row."""
    order = np.lexsort((column, demand))
    starts = np.flatnonzero(np.diff(demand[order], prepend=-1))
    rows: dict[bytes, int] = {}
    row_of = np.zeros(len(weight), np.int64)
    for part in np.split(order, starts[1:]) if len(order) else []:
        what = column[part].tobytes() + np.round(ratio[part], 9).tobytes()
        row_of[demand[part[0]]] = rows.setdefault(what, len(rows))
    seen = demand[order[starts]] if len(order) else np.empty(0, np.int64)
    return row_of, np.asarray(np.bincount(row_of[seen], weight[seen], len(rows)), np.float64)


def worth(programme: Programme, flown: Ints) -> float:
    """What a choice costs: the objective that is to be least."""
    missing = np.maximum(0.0, 1 - seen_ratio(programme, flown))
    return float(programme.weight @ missing + programme.cost @ flown)


def seen_ratio(programme: Programme, flown: Ints) -> Floats:
    """How much of each row's need a choice sees; above 1: more than is needed."""
    often = np.repeat(flown, np.diff(programme.start))
    return np.asarray(np.bincount(programme.row, programme.ratio * often, len(programme.weight)))


def load(programme: Programme, flown: Ints) -> Ints:
    """How much of each row of `capacity` a choice takes."""
    often = np.repeat(flown, np.diff(programme.use_start))
    return np.asarray(np.bincount(programme.use, often, len(programme.capacity)).astype(np.int64))


def greedy(programme: Programme, flown: Ints | None = None) -> Ints:
    """How often each column is flown, beginning with a choice that keeps the capacities.

    A column can only add less as more is flown, so a column whose worth was just computed and still leads is the best.
    """
    count = len(programme.cost)
    flown = np.zeros(count, np.int64) if flown is None else flown.copy()
    missing = np.maximum(0.0, 1 - seen_ratio(programme, flown))
    free = programme.capacity - load(programme, flown)
    hold = np.maximum(1, np.diff(programme.use_start))

    def gain_of(column: int) -> float:
        part = slice(programme.start[column], programme.start[column + 1])
        rows = programme.row[part]
        added = np.minimum(programme.ratio[part], missing[rows]) @ programme.weight[rows]
        return float(added - programme.cost[column]) / int(hold[column])

    every = np.minimum(programme.ratio, missing[programme.row]) * programme.weight[programme.row]
    column_of = np.repeat(np.arange(count), np.diff(programme.start))
    gains = (np.bincount(column_of, every, count) - programme.cost) / hold
    heap = [(-gain, column) for column, gain in enumerate(gains.tolist()) if gain > 0]
    heapq.heapify(heap)
    while heap:
        _, column = heapq.heappop(heap)
        uses = programme.use[programme.use_start[column] : programme.use_start[column + 1]]
        if (free[uses] < 1).any():
            continue  # what is full stays full
        gain = gain_of(column)
        if gain <= 1e-9:
            continue
        if heap and -heap[0][0] > gain + 1e-12:
            heapq.heappush(heap, (-gain, column))
            continue
        part = slice(programme.start[column], programme.start[column + 1])
        flown[column] += 1
        missing[programme.row[part]] = np.maximum(0.0, missing[programme.row[part]] - programme.ratio[part])
        free[uses] -= 1
        heapq.heappush(heap, (-gain_of(column), column))
    return flown
