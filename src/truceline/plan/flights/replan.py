"""The plan after something changed: what is flown or in the air stays, the rest is chosen anew, from what it was on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from truceline.base.errors import OutOfRangeError, UnknownNameError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.plan import Fleet, FlightPlan, Sortie
from truceline.plan.flights.columns import AMPLE, Columns, columns_of
from truceline.plan.flights.greedy import greedy, programme_of
from truceline.plan.flights.planned import Flown, named, parts_of, seen_by, told
from truceline.plan.flights.solve import best
from truceline.plan.flights.task import Closing, Demands, Floats, Ints, Legs, Lost, Task, drones_at, grounds, legs_under


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened: drones lost, consent denied or conditions worse, and what a new case asks to be looked at."""

    lost: tuple[Lost, ...] = ()
    closings: tuple[Closing, ...] = ()
    legs: Legs | None = None  # new ones; their ribbons are their own
    chance_ratio: Floats | None = None  # fleets x new legs x hours
    demands: Demands | None = None  # `leg` counts through the old legs, then the new ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """The plan anew, and how it differs; `task` is the changed one, for the next time."""

    task: Task
    plan: FlightPlan
    kept: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]  # dropped and added over the same ground from the same base


def replan(task: Task, plan: FlightPlan, change: Change, *, now_us: int, seconds: int = 6) -> Replanned:
    """The best rest of a plan after a change.

    Sorties launched before `now_us` stay; those the parties were told of already stay or fall away and are never moved.
    Objective, bound and gap are those of what can still be decided.

    Raises: InputError for a drone that there is not, or demands on legs that there are not; MissingSolverError.
    """
    task = changed(task, change, now_us=now_us)
    earliest_us = now_us + task.means.announce_us
    kept, remarks = _stay(task, plan, now_us=now_us, earliest_us=earliest_us)
    columns = columns_of(task, earliest_us=earliest_us)
    taken = _taken(task, columns, kept)
    programme = programme_of(task, columns, held_ratio=seen_by(task, kept), taken=taken)
    before = {sortie.sortie_id for sortie in kept}
    old = [sortie for sortie in plan.sorties if sortie.sortie_id not in before and sortie.launch_us >= earliest_us]
    at = _found(task, columns, old)
    start = np.zeros(len(columns), np.int64)
    free = programme.capacity.copy()
    for sortie in old:
        if (column := at.get(sortie.sortie_id, -1)) >= 0:
            uses = programme.use[programme.use_start[column] : programme.use_start[column + 1]]
            if (free[uses] > 0).all():
                start[column] += 1
                free[uses] -= 1
    answer = best(
        programme, greedy(programme, start), parts=parts_of(task, columns), seconds_s=float(seconds), anew=False
    )
    ids: dict[int, list[str]] = {}
    for sortie in old:
        ids.setdefault(at.get(sortie.sortie_id, -1), []).append(sortie.sortie_id)
    flown = [
        Flown(
            shape=columns.shapes[columns.shape[column]],
            launch_us=int(columns.launch_us[column]),
            sortie_id=ids[column].pop(0) if ids.get(column) else "",
        )
        for column in np.repeat(np.arange(len(columns)), answer.flown).tolist()
    ]
    sorties = named(task, flown, kept, used={sortie.sortie_id for sortie in plan.sorties})
    new = told(task, sorties, answer, columns)
    new = replace(new, remarks=new.remarks + remarks)
    return _compared(task, plan, new)


def changed(task: Task, change: Change, *, now_us: int) -> Task:
    """A task with a change in it, known from `now_us` on. Raises InputError for what cannot be."""
    number = {fleet.name: fleet.number for fleet in task.means.fleets}
    for lost in change.lost:
        if lost.fleet not in number:
            raise UnknownNameError(
                f"no fleet is called {lost.fleet!r}.", subject="drone lost", remedy="Name a fleet of the plan."
            )
        if not 1 <= lost.drone <= number[lost.fleet] or lost.drone in {
            each.drone for each in task.means.lost if each.fleet == lost.fleet
        }:
            raise OutOfRangeError(
                f"{lost.fleet} has no drone {lost.drone} to lose.",
                subject="drone lost",
                remedy="Take its number from the plan.",
            )
    legs = task.legs if change.legs is None else _joined_legs(task.legs, change.legs)
    added = len(legs) - len(task.legs)
    closings = (*task.means.closings, *(replace(closing, told_us=now_us) for closing in change.closings))
    closings = tuple(_over_all(closing, legs) for closing in closings)
    chance = task.chance_ratio
    if added:
        if change.chance_ratio is None:
            raise OutOfRangeError("no chance is given.", subject="new legs", remedy="Give fleets x new legs x hours.")
        chance = np.concatenate([chance, change.chance_ratio], axis=1)
    demands = task.demands if change.demands is None else _joined_demands(task.demands, change.demands)
    if len(demands) and int(demands.leg.max()) >= len(legs):
        raise OutOfRangeError(
            f"leg {int(demands.leg.max())} of {len(legs)}.",
            subject="new demand",
            remedy="Count from 0 through all legs.",
        )
    means = replace(task.means, lost=task.means.lost + change.lost, closings=closings)
    return replace(task, means=means, legs=legs, demands=demands, chance_ratio=chance)


def _over_all(closing: Closing, legs: Legs) -> Closing:
    """A closing over legs that came later too."""
    later = legs_under(closing.spell, legs)[len(closing.legs) :]
    return replace(closing, legs=np.concatenate([closing.legs, later]))


def _joined_legs(one: Legs, other: Legs) -> Legs:
    return Legs(
        stretch_id=one.stretch_id + other.stretch_id,
        feature=one.feature + other.feature,
        from_m=np.concatenate([one.from_m, other.from_m]),
        until_m=np.concatenate([one.until_m, other.until_m]),
        ribbon=np.concatenate([one.ribbon, other.ribbon + 1 + max(one.ribbon, default=-1)]),
        order=np.concatenate([one.order, other.order]),
        offset_m=np.concatenate([one.offset_m, other.offset_m]),
        ends_deg=np.concatenate([one.ends_deg, other.ends_deg]),
        length_m=np.concatenate([one.length_m, other.length_m]),
    )


def _joined_demands(one: Demands, other: Demands) -> Demands:
    return Demands(
        leg=np.concatenate([one.leg, other.leg]),
        from_us=np.concatenate([one.from_us, other.from_us]),
        until_us=np.concatenate([one.until_us, other.until_us]),
        weight=np.concatenate([one.weight, other.weight]),
        need_ratio=np.concatenate([one.need_ratio, other.need_ratio]),
        duty=one.duty + other.duty,
    )


def _stay(task: Task, plan: FlightPlan, *, now_us: int, earliest_us: int) -> tuple[tuple[Sortie, ...], tuple[str, ...]]:
    """Sorties that are no longer decided anew, without legs that they no longer fly; and what there is to say."""
    fleets = {fleet.name: fleet for fleet in task.means.fleets}
    kept: list[Sortie] = []
    remarks = []
    for sortie in sorted(plan.sorties, key=lambda each: each.launch_us):
        if sortie.launch_us >= earliest_us and sortie.launch_us >= now_us:
            continue
        fleet = fleets[sortie.fleet]
        if sortie.launch_us < now_us:
            cut, why = _still_flown(task, sortie, fleet, now_us)
            kept.append(cut)
            remarks += [why] if why else []
        elif _allowed(task, sortie, fleet) and (drone := _free_drone(task, sortie, fleet, kept)):
            kept.append(replace(sortie, drone=drone))
        else:
            remarks.append(f"sortie {sortie.sortie_id} was announced and falls away: tell the parties")
    return tuple(kept), tuple(remarks)


def _still_flown(task: Task, sortie: Sortie, fleet: Fleet, now_us: int) -> tuple[Sortie, str]:
    """A sortie that was launched, with the legs that it flew or will; and a remark if those are fewer than planned."""
    for lost in task.means.lost:
        same = (lost.fleet, lost.drone) == (sortie.fleet, sortie.drone)
        if same and sortie.launch_us < lost.at_us < sortie.land_us:
            flown = tuple(leg for leg in sortie.legs if leg.until_us <= lost.at_us)
            return replace(sortie, legs=flown, land_us=lost.at_us), f"sortie {sortie.sortie_id} was lost on its way"
    rows = task.legs.row_of
    shut = [
        (leg, closing)
        for leg in sortie.legs
        for closing in task.means.closings
        if closing.legs[rows[leg.stretch_id, leg.offset_m]]
        and grounds(closing, fleet)
        and leg.from_us < closing.until_us
        and leg.until_us > max(closing.from_us, now_us)
    ]
    base_shut = [
        closing
        for closing in task.means.closings
        if closing.spell.kind == "base"
        and closing.spell.base == sortie.base
        and closing.from_us <= sortie.land_us < closing.until_us
        and sortie.land_us > now_us
    ]
    why = f"sortie {sortie.sortie_id} is in the air, and its base is closed when it comes back" if base_shut else ""
    if not shut:
        return sortie, why
    closed = {leg.from_us for leg, _ in shut}
    name, where = sortie.sortie_id, shut[0][0].stretch_id
    clear = f"sortie {name} is in the air and must stay clear of {where} from {stamp(min(closed))} on"
    legs = tuple(leg for leg in sortie.legs if leg.from_us not in closed)
    return replace(sortie, legs=legs), "; ".join(part for part in (clear, why) if part)


def _allowed(task: Task, sortie: Sortie, fleet: Fleet) -> bool:
    """Whether an announced sortie may still be flown as it is."""
    rows = task.legs.row_of
    for closing in task.means.closings:
        begins, ends = closing.from_us, closing.until_us
        if closing.spell.kind == "base" and closing.spell.base == sortie.base:
            if begins <= sortie.launch_us < ends or begins <= sortie.land_us < ends:
                return False
        elif grounds(closing, fleet):
            over = [e for e in sortie.legs if closing.legs[rows[e.stretch_id, e.offset_m]]]
            if any(leg.from_us < ends and leg.until_us > begins for leg in over):
                return False
            if closing.everywhere and sortie.launch_us < ends and sortie.land_us > begins:
                return False
    return True


def _free_drone(task: Task, sortie: Sortie, fleet: Fleet, kept: list[Sortie]) -> int:
    """A drone for an announced sortie, its own if it is there; 0 if there is none."""
    ready_us = fleet.turnaround_min * 60 * US_PER_S
    out = {e.drone for e in kept if e.fleet == fleet.name and e.land_us + ready_us > sortie.launch_us}
    gone = {lost.drone for lost in task.means.lost if lost.fleet == fleet.name}
    left = int(drones_at(task.means, fleet, np.array([sortie.launch_us], np.int64))[0])
    if len(out - gone) >= left:
        return 0
    numbers = [sortie.drone, *range(1, fleet.number + 1)]
    return next((number for number in numbers if number not in out | gone), 0)


def _taken(task: Task, columns: Columns, kept: Iterable[Sortie]) -> Ints:
    """What sorties that stay take of each row of capacity."""
    slots, fleets = task.slots, task.means.fleets
    number = {fleet.name: at for at, fleet in enumerate(fleets)}
    base_at = {base.name: at for at, base in reversed(list(enumerate(task.means.bases)))}
    taken = np.zeros(len(columns.capacity), np.int64)
    for sortie in kept:
        at = number[sortie.fleet]
        lost = any((e.fleet, e.drone) == (sortie.fleet, sortie.drone) for e in task.means.lost)
        ready_us = sortie.land_us + (0 if lost else fleets[at].turnaround_min * 60 * US_PER_S)
        for row, until_us in ((at, ready_us), (len(fleets) + base_at[sortie.base], sortie.land_us)):
            first = (sortie.launch_us - task.means.from_us) // task.slot_us
            after = min(slots, -(-(until_us - task.means.from_us) // task.slot_us))
            taken[row * slots + first : row * slots + after] += 1
    return np.where(columns.capacity >= AMPLE, 0, taken)


def _found(task: Task, columns: Columns, old: Iterable[Sortie]) -> dict[str, int]:
    """The column that is the same flight as each sortie, if there is one."""
    key = {
        (task.means.fleets[shape.fleet].name, shape.land_us, _ground(task, shape.legs)): at
        for at, shape in enumerate(columns.shapes)
    }
    at_time = {
        (int(shape), int(at_us)): at
        for at, (shape, at_us) in enumerate(zip(columns.shape, columns.launch_us, strict=True))
    }
    found = {}
    for sortie in old:
        ground = tuple((leg.stretch_id, leg.offset_m) for leg in sortie.legs)
        shape = key.get((sortie.fleet, sortie.land_us - sortie.launch_us, ground), -1)
        if (shape, sortie.launch_us) in at_time:
            found[sortie.sortie_id] = at_time[shape, sortie.launch_us]
    return found


def _ground(task: Task, legs: Ints) -> tuple[tuple[str, int], ...]:
    return tuple((task.legs.stretch_id[leg], int(task.legs.offset_m[leg])) for leg in legs.tolist())


def _compared(task: Task, old: FlightPlan, new: FlightPlan) -> Replanned:
    """What stayed, what is new, what fell away, and which of these are one flight at another time."""
    before = {sortie.sortie_id: sortie for sortie in old.sorties}
    after = {sortie.sortie_id: sortie for sortie in new.sorties}
    added = [name for name in after if name not in before]
    dropped = [name for name in before if name not in after]
    moved = []
    free = list(added)
    for name in dropped:
        ground = {leg.stretch_id for leg in before[name].legs}
        for other in free:
            shared = len(ground & {leg.stretch_id for leg in after[other].legs})
            if after[other].base == before[name].base and 2 * shared >= max(1, len(ground)):
                moved.append((name, other))
                free.remove(other)
                break
    return Replanned(
        task=task,
        plan=new,
        kept=tuple(name for name in after if name in before),
        added=tuple(added),
        dropped=tuple(dropped),
        moved=tuple(moved),
    )
