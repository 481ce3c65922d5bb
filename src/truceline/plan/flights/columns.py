"""Every sortie that could be flown, as one column: what it sees, and which drones and crews it takes for how long.

A sortie flies from its base to the beginning of a run of legs, along them, and back; or there along one lane and back
along the next. Of runs that begin alike and keep drone and crew for the same slots only the longest is a column: it
sees all that the others see. What is closed, too far or without a crew is no column at all, so no solver can choose it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from truceline.base.frames import apart_m
from truceline.base.units import M_PER_KM, US_PER_S
from truceline.model.plan import Base, Fleet
from truceline.plan.flights.task import (
    Bools,
    Closing,
    Floats,
    Ints,
    Task,
    crews_at,
    drones_at,
    grounds,
    reach_m,
)

PIECES = 4  # runs begin and end at pieces of this share of a fleet's reach
AMPLE = 1_000_000  # crews, where there are as many as drones: no limit of their own
NEAREST = 3  # bases from which a run is begun
SUREST_RATIO = 0.9999  # a chance of seeing of 1 would count for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A sortie without its hour: legs as flown, and microseconds since launch."""

    fleet: int
    legs: Ints
    forward: Bools  # flown from the leg's first end to its second
    from_us: Ints
    until_us: Ints
    land_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Sorties that can be flown, row by row; `cover_*`: what each adds to which demand, as a share of its need.

    Rows of `capacity`: fleets x slots, then bases x slots; a drone is out from launch until it is ready again, a crew
    until landing. A column takes rows `drone_row` … + `drone_slots` and `crew_row` … + `crew_slots`.
    """

    shapes: tuple[Shape, ...]
    shape: Ints
    slot: Ints
    launch_us: Ints
    drone_row: Ints
    drone_slots: Ints
    crew_row: Ints
    crew_slots: Ints
    cover_start: Ints  # columns + 1
    cover_demand: Ints
    cover_ratio: Floats
    capacity: Ints
    earliest_us: int

    def __len__(self) -> int:
        return len(self.shape)


def columns_of(task: Task, *, earliest_us: int | None = None) -> Columns:
    """All columns of a task, in an order that depends on the task alone; none launches before `earliest_us`.

    Limits: one ribbon, or two lanes of one line, in one sortie; a run is begun from the three nearest bases that have
    drones; ways between base and run are checked against what is closed everywhere, not against closed stretches.
    """
    table = _Table(task, task.means.from_us if earliest_us is None else earliest_us)
    for number, fleet in enumerate(task.means.fleets):
        for family in _families(task, number, fleet):
            table.add_longest(family)
    return table.columns()


class _Table:
    """Columns as they are found: parts of arrays, joined at the end."""

    def __init__(self, task: Task, earliest_us: int) -> None:
        self.task, self.earliest_us = task, earliest_us
        self.base_of = [base_number(task, fleet) for fleet in task.means.fleets]
        self.launch_us = task.means.from_us + task.slot_us * np.arange(task.slots, dtype=np.int64)
        self.crews = np.array([_crews(task, base.name) for base in task.means.bases]).reshape(-1, task.slots)
        drones = [drones_at(task.means, fleet, self.launch_us) for fleet in task.means.fleets]
        self.drones = np.array(drones, np.int64).reshape(-1, task.slots)
        order = np.argsort(task.demands.leg, kind="stable")
        self.demand_order = order
        self.demand_start = np.searchsorted(task.demands.leg[order], np.arange(len(task.legs) + 1))
        self.shapes: list[Shape] = []
        self.rows: list[Ints] = []  # shape, slot, drone slots, crew slots
        self.covers: list[tuple[Ints, Ints, Floats]] = []  # column, demand, share
        self.count = 0

    def add_longest(self, family: list[Shape]) -> None:
        """Shapes that begin alike, the longest first: each at the slots where no longer one takes the same time."""
        taken: dict[tuple[int, int], Bools] = {}
        for shape in family:
            fleet = self.task.means.fleets[shape.fleet]
            crew_slots = max(1, -(-shape.land_us // self.task.slot_us))
            ready_us = shape.land_us + fleet.turnaround_min * 60 * US_PER_S
            kind = (max(1, -(-ready_us // self.task.slot_us)), crew_slots)
            free = ~taken.get(kind, np.zeros(self.task.slots, bool))
            can = self._can(shape, crew_slots) & free
            if can.any():
                can[can] = self._add(shape, np.flatnonzero(can), kind)
                taken[kind] = can | ~free

    def _can(self, shape: Shape, crew_slots: int) -> Bools:
        """At which slots a shape may be launched."""
        task, base = self.task, self.base_of[shape.fleet]
        fleet = task.means.fleets[shape.fleet]
        land_us = self.launch_us + shape.land_us
        can = (land_us <= task.means.until_us) & (self.drones[shape.fleet] > 0) & (self.launch_us >= self.earliest_us)
        manned = np.append(self.crews[base] > 0, np.zeros(crew_slots, bool))
        for later in range(crew_slots):
            can &= manned[later : later + task.slots]
        for closing in task.means.closings:
            if closing.spell.kind == "base" and closing.spell.base == fleet.base:
                can &= ~(_inside(self.launch_us, closing) | _inside(land_us, closing))
            elif grounds(closing, fleet):
                if closing.everywhere:
                    can &= ~((self.launch_us < closing.until_us) & (land_us > closing.from_us))
                can &= ~self._over(shape, closing, self.launch_us).any(axis=1)
        return np.asarray(can, np.bool_)

    def _over(self, shape: Shape, closing: Closing, launch_us: Ints) -> Bools:
        """Launches x legs: whether a leg is flown while and where something lies over it."""
        over = np.zeros((len(launch_us), len(shape.legs)), np.bool_)
        if closing.legs[shape.legs].any():
            over |= closing.legs[shape.legs]
            over &= launch_us[:, None] + shape.from_us < closing.until_us
            over &= launch_us[:, None] + shape.until_us > closing.from_us
        return over

    def _add(self, shape: Shape, slots: Ints, kind: tuple[int, int]) -> Bools:
        """A row for each slot at which something is seen; which those are."""
        column, demand, ratio = self._seen(shape, self.launch_us[slots])
        useful = np.bincount(column, minlength=len(slots)) > 0
        number = np.cumsum(useful) - 1 + self.count
        self.covers.append((number[column], demand, ratio))
        rows = np.empty((int(useful.sum()), 4), np.int64)
        rows[:] = (len(self.shapes), 0, *kind)
        rows[:, 1] = slots[useful]
        self.rows.append(rows)
        self.shapes.append(shape)
        self.count += len(rows)
        return useful

    def _seen(self, shape: Shape, launch_us: Ints) -> tuple[Ints, Ints, Floats]:
        """What launches add to demands: launch, demand, share of its need."""
        task, demands = self.task, self.task.demands
        first, after = self.demand_start[shape.legs], self.demand_start[shape.legs + 1]
        passing = np.repeat(np.arange(len(shape.legs)), after - first)
        within = np.arange(len(passing)) - np.repeat(np.cumsum(after - first) - (after - first), after - first)
        demand = self.demand_order[first[passing] + within]
        from_us = launch_us[:, None] + shape.from_us[passing]
        until_us = launch_us[:, None] + shape.until_us[passing]
        inside = (from_us >= demands.from_us[demand]) & (until_us <= demands.until_us[demand])
        launch, which = np.nonzero(inside)
        leg, number = passing[which], demand[which]
        middle_us = (from_us[launch, which] + until_us[launch, which]) // 2 - task.means.from_us
        hour = np.minimum(middle_us // 3_600 // US_PER_S, task.chance_ratio.shape[2] - 1)
        chance = task.chance_ratio[shape.fleet, shape.legs[leg], hour] * self._left(shape, launch_us)[launch, leg]
        share = np.log1p(-np.minimum(chance, SUREST_RATIO)) / np.log1p(-demands.need_ratio[number])
        seen = share > 0
        return launch[seen], number[seen], share[seen]

    def _left(self, shape: Shape, launch_us: Ints) -> Floats:
        """Launches x legs: what interference leaves of the chance of seeing."""
        fleet = self.task.means.fleets[shape.fleet]
        left_ratio = np.ones((len(launch_us), len(shape.legs)))
        for closing in self.task.means.closings:
            if closing.spell.kind == "interference" and not grounds(closing, fleet):
                left_ratio[self._over(shape, closing, launch_us)] = fleet.interference_permille / 1_000
        return left_ratio

    def columns(self) -> Columns:
        """All found, as arrays."""
        slots, fleets = self.task.slots, len(self.task.means.fleets)
        rows = np.concatenate([np.empty((0, 4), np.int64), *self.rows])
        fleet = np.array([shape.fleet for shape in self.shapes], np.int64)[rows[:, 0]]
        base = np.array(self.base_of, np.int64)[fleet]
        column, demand, ratio = (
            np.concatenate([np.empty(0, kind), *(cover[at] for cover in self.covers)])
            for at, kind in enumerate((np.int64, np.int64, np.float64))
        )
        crews = np.zeros((len(self.task.means.bases), slots), np.int64)
        np.add.at(crews, np.array(self.base_of, np.int64), self.drones)
        crews = np.where(self.crews >= crews, AMPLE, self.crews)
        count = len(self.task.demands)
        keys, back = np.unique(column * max(count, 1) + demand, return_inverse=True)  # two passes of one sortie add up
        return Columns(
            shapes=tuple(self.shapes),
            shape=rows[:, 0],
            slot=rows[:, 1],
            launch_us=self.launch_us[rows[:, 1]],
            drone_row=fleet * slots + rows[:, 1],
            drone_slots=np.minimum(rows[:, 2], slots - rows[:, 1]),
            crew_row=(fleets + base) * slots + rows[:, 1],
            crew_slots=np.minimum(rows[:, 3], slots - rows[:, 1]),
            cover_start=np.searchsorted(keys // max(count, 1), np.arange(len(rows) + 1)),
            cover_demand=keys % max(count, 1),
            cover_ratio=np.minimum(1.0, np.bincount(back, ratio, len(keys))),
            capacity=np.concatenate([self.drones.ravel(), crews.ravel()]),
            earliest_us=self.earliest_us,
        )


def base_number(task: Task, fleet: Fleet) -> int:
    """Number of a fleet's base; the first of its name."""
    return [base.name for base in task.means.bases].index(fleet.base)


def _inside(at_us: Ints, closing: Closing) -> Bools:
    return np.asarray((closing.from_us <= at_us) & (at_us < closing.until_us))


def _crews(task: Task, base: str) -> Ints:
    """The fewest crews on duty at a base in each slot."""
    edges = {task.means.from_us + slot * task.slot_us for slot in range(task.slots)}
    for duty in task.means.on_duty:
        edges |= {at_us for at_us in (duty.from_us, duty.until_us) if task.means.from_us < at_us < task.means.until_us}
    at_us = np.array(sorted(edges), np.int64)
    fewest = np.full(task.slots, np.iinfo(np.int64).max)
    np.minimum.at(fewest, (at_us - task.means.from_us) // task.slot_us, crews_at(task.means, base, at_us))
    return fewest


# --- shapes ---------------------------------------------------------------------------------------------------


def _families(task: Task, number: int, fleet: Fleet) -> Iterator[list[Shape]]:
    """Shapes of one fleet; those of one list begin alike, the longest first."""
    base = task.means.bases[base_number(task, fleet)]
    near = _near(task, base)
    piece_m = reach_m(fleet) / PIECES
    owed = _owed(task)
    for chain in chains(task):
        cuts = _cuts(task, chain, owed, piece_m)
        beside = _beside(task, chain)
        for cut in cuts:
            for forward in (True, False):
                way = chain[cut:] if forward else chain[:cut][::-1]
                if not len(way) or not near[way[0]]:
                    continue
                marks = [abs(end - cut) for end in cuts if (end > cut) == forward and end != cut]
                ends = _ends(task, fleet, base, (way, forward), marks)
                found = [_shape(task, number, base, (way[:end], np.full(end, forward))) for end in ends]
                yield [shape for shape in found if shape is not None]
                for end in ends if beside else []:
                    yield _there_and_back(task, number, base, (way[:end], forward), beside)


def _ends(task: Task, fleet: Fleet, base: Base, way: tuple[Ints, bool], marks: list[int]) -> list[int]:
    """After how many legs a run may end, the longest first: at marks, and before a leg that takes another slot."""
    legs, forward = way
    ends = task.legs.ends_deg[legs] if forward else task.legs.ends_deg[legs][:, [2, 3, 0, 1]]
    home = np.array([base.lon_deg, base.lat_deg])
    total_m = apart_m(home, ends[0, :2]) + np.cumsum(task.legs.length_m[legs]) + apart_m(home, ends[:, 2:])
    us_per_m = 3_600 * US_PER_S / (fleet.speed_kmh * M_PER_KM)
    slots = np.ceil(total_m * us_per_m / task.slot_us)
    ready = np.ceil((total_m * us_per_m + fleet.turnaround_min * 60 * US_PER_S) / task.slot_us)
    reached = np.flatnonzero(total_m <= reach_m(fleet))
    longest = {(slots[at], ready[at]): int(at) + 1 for at in reached}
    return sorted(set(longest.values()) | {mark for mark in marks if total_m[mark - 1] <= reach_m(fleet)}, reverse=True)


def chains(task: Task) -> list[Ints]:
    """Legs that join end to end, in their order, ribbon by ribbon."""
    order = np.lexsort((task.legs.order, task.legs.ribbon))
    apart = np.diff(task.legs.ribbon[order]) != 0
    apart |= np.diff(task.legs.order[order]) != 1
    return [chain for chain in np.split(order, np.flatnonzero(apart) + 1) if len(chain)]


def _cuts(task: Task, chain: Ints, owed: list[bytes], piece_m: float) -> list[int]:
    """Where runs may begin and end: where something is closed, where what is owed changes, and at shares of a piece."""
    along_m = np.concatenate([[0.0], np.cumsum(task.legs.length_m[chain])])
    edges = [0]
    for at in range(1, len(chain)):
        changes = owed[chain[at]] != owed[chain[at - 1]]
        if changes and along_m[at] - along_m[edges[-1]] > piece_m / 2 and along_m[-1] - along_m[at] > piece_m / 2:
            edges.append(at)
    shut = np.array([closing.legs[chain] for closing in _grounding(task)]).reshape(-1, len(chain))
    cuts = {0, len(chain), *(np.flatnonzero((shut[:, 1:] != shut[:, :-1]).any(axis=0)) + 1).tolist()}
    for first, last in pairwise([*edges, len(chain)]):
        pieces = max(1, round((along_m[last] - along_m[first]) / piece_m)) if piece_m > 0 else 1
        cuts |= {
            int(np.abs(along_m - at_m).argmin()) for at_m in np.linspace(along_m[first], along_m[last], pieces + 1)
        }
    return sorted(cuts)


def _grounding(task: Task) -> list[Closing]:
    """What keeps any fleet from some legs."""
    return [c for c in task.means.closings if any(grounds(c, fleet) for fleet in task.means.fleets)]


def _owed(task: Task) -> list[bytes]:
    """For each leg what is owed there, as bytes that are equal for equal windows and weights."""
    demands = task.demands
    what = np.column_stack([demands.from_us, demands.until_us, demands.weight.view(np.int64)])
    order = np.lexsort((demands.weight, demands.until_us, demands.from_us, demands.leg))
    starts = np.searchsorted(demands.leg[order], np.arange(len(task.legs) + 1))
    return [what[order[first:after]].tobytes() for first, after in pairwise(starts.tolist())]


def _near(task: Task, base: Base) -> Bools:
    """Legs that have a base among their nearest ones with drones."""
    manned = {fleet.base for fleet in task.means.fleets}
    rivals = [each for each in {each.name: each for each in reversed(task.means.bases)}.values() if each.name in manned]
    middle = (task.legs.ends_deg[:, :2] + task.legs.ends_deg[:, 2:]) / 2
    away_m = np.array([apart_m(np.array([each.lon_deg, each.lat_deg]), middle) for each in rivals])
    own_m = apart_m(np.array([base.lon_deg, base.lat_deg]), middle)
    return np.asarray((away_m < own_m).sum(axis=0) < NEAREST)


def _beside(task: Task, chain: Ints) -> dict[int, int]:
    """Of the next lane to the left or right of the same line: leg by order; none if there is none."""
    legs = task.legs
    first = chain[0]
    same = np.array([feature == legs.feature[first] for feature in legs.feature], bool)
    others = np.flatnonzero(same & (legs.offset_m != legs.offset_m[first]))
    if not len(others):
        return {}
    off_m = np.abs(legs.offset_m[others] - legs.offset_m[first])
    lane = legs.ribbon[others[off_m.argmin()]]
    return {int(legs.order[leg]): int(leg) for leg in np.flatnonzero(same & (legs.ribbon == lane))}


def _there_and_back(task: Task, number: int, base: Base, way: tuple[Ints, bool], beside: dict[int, int]) -> list[Shape]:
    """A run, and back along the lane beside it."""
    run, forward = way
    back = np.array([beside[int(at)] for at in task.legs.order[run][::-1] if int(at) in beside], np.int64)
    ways = np.concatenate([np.full(len(run), forward), np.full(len(back), not forward)])
    shape = _shape(task, number, base, (np.concatenate([run, back]), ways)) if len(back) else None
    return [] if shape is None else [shape]


def _shape(task: Task, number: int, base: Base, way: tuple[Ints, Bools]) -> Shape | None:
    """Times along a way; None if it is farther than a drone reaches."""
    legs, forward = way
    fleet = task.means.fleets[number]
    ends = np.where(forward[:, None], task.legs.ends_deg[legs], task.legs.ends_deg[legs][:, [2, 3, 0, 1]])
    home = np.array([[base.lon_deg, base.lat_deg]])
    between_m = apart_m(np.concatenate([home, ends[:, 2:]]), np.concatenate([ends[:, :2], home]))
    after_m = np.cumsum(between_m[:-1] + task.legs.length_m[legs])
    total_m = float(after_m[-1] + between_m[-1])
    if total_m > reach_m(fleet):
        return None
    us_per_m = 3_600 * US_PER_S / (fleet.speed_kmh * M_PER_KM)
    return Shape(
        fleet=number,
        legs=legs,
        forward=forward,
        from_us=np.round((after_m - task.legs.length_m[legs]) * us_per_m).astype(np.int64),
        until_us=np.round(after_m * us_per_m).astype(np.int64),
        land_us=int(np.ceil(total_m * us_per_m)),
    )


def path_of(task: Task, shape: Shape) -> tuple[float, ...]:
    """lon, lat from the base along the legs and back."""
    base = task.means.bases[base_number(task, task.means.fleets[shape.fleet])]
    path = [base.lon_deg, base.lat_deg]
    for leg, forward in zip(shape.legs.tolist(), shape.forward.tolist(), strict=True):
        first, second = task.legs.ends_deg[leg, :2].tolist(), task.legs.ends_deg[leg, 2:].tolist()
        path += first + second if forward else second + first
    points = list(zip(path[::2], path[1::2], strict=True))
    kept = points[:1] + [after for before, after in pairwise(points) if after != before]
    return tuple(number for point in [*kept, points[0]] for number in point)
