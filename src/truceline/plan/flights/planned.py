"""From a task to a plan that people can fly: sorties with their legs, drones and crews, what stays unmet and why."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from truceline.base.frames import apart_m
from truceline.base.units import US_PER_S
from truceline.model.plan import FlightPlan, Leg, Sortie, Unmet
from truceline.plan.flights.columns import Columns, Shape, base_number, columns_of, path_of
from truceline.plan.flights.greedy import greedy, programme_of
from truceline.plan.flights.needs import requirements_of, what_more
from truceline.plan.flights.solve import Answer, best
from truceline.plan.flights.task import HOUR_US, Bools, Floats, Ints, Means, Task, grounds, reach_m

MET_RATIO = 1 - 1e-9
ELSEWHERE = "drones and crews that could see them are needed elsewhere: more of them would help"
ESTIMATE_RATIO = 0.1  # of the time, for what more would be needed
NEIGHBOURS = 2  # bases whose sorties are chosen anew together


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """A sortie before it has a drone: the shape at a launch time. `sortie_id`: of the same one in a plan before."""

    shape: Shape
    launch_us: int
    sortie_id: str = ""


def plan_flights(task: Task, *, seconds: int) -> FlightPlan:
    """The sorties that meet the most of what is owed, weighted, with the bound that no plan can pass.

    A window that is seen in part counts in part in the objective, and as unmet in `met` and `weight_ratio`. The bound
    holds among sorties as they are considered (`columns.py`): it says nothing of launches between the slots.

    Args:
        task: legs, windows, means and chances.
        seconds: how long the solver may compute, beside some for the columns. The same task gives the same plan, unless
            the time was up before the gap was small; then it depends on the machine.

    Raises: MissingSolverError.
    """
    columns = columns_of(task)
    programme = programme_of(task, columns)
    rest_s = ESTIMATE_RATIO * seconds
    answer = best(programme, greedy(programme), parts=parts_of(task, columns), seconds_s=seconds - rest_s)
    plan = told(task, named(task, _chosen(columns, answer.flown)), answer, columns)
    return replace(plan, remarks=plan.remarks + what_more(task, (columns, programme), answer, seconds_s=rest_s))


def draft_flights(task: Task) -> tuple[Sortie, ...]:
    """Sorties taken one by one, each the best that is left: good, fast, and not proven anything. Needs no solver."""
    columns = columns_of(task)
    return named(task, _chosen(columns, greedy(programme_of(task, columns))))


def _chosen(columns: Columns, flown: Ints) -> list[Flown]:
    """The columns that are flown, as often as they are."""
    chosen = np.repeat(np.arange(len(columns)), flown)
    return [Flown(shape=columns.shapes[columns.shape[at]], launch_us=int(columns.launch_us[at])) for at in chosen]


def parts_of(task: Task, columns: Columns) -> list[Bools]:
    """Columns of neighbouring bases, from west to east, each set half over the next."""
    fleet_of = np.array([shape.fleet for shape in columns.shapes], np.int64)[columns.shape]
    bases = {base.name: base for base in reversed(task.means.bases)}
    names = sorted(
        {fleet.base for fleet in task.means.fleets}, key=lambda name: (bases[name].lon_deg, bases[name].lat_deg)
    )
    rank = np.array([names.index(fleet.base) for fleet in task.means.fleets], np.int64)
    if len(names) <= NEIGHBOURS or not len(columns):
        return []
    starts = range(0, len(names) - NEIGHBOURS // 2, NEIGHBOURS // 2)
    parts = [(rank[fleet_of] >= start) & (rank[fleet_of] < start + NEIGHBOURS) for start in starts]
    return [part for part in parts if part.any()]


def named(
    task: Task, flown: Iterable[Flown], kept: tuple[Sortie, ...] = (), *, used: Iterable[str] = ()
) -> tuple[Sortie, ...]:
    """Sorties with ids, drones and crews: always the lowest number that is free. Those kept stay as they are.

    As many as are out at once never exceed what there is, so a free number is always found (an interval graph).
    `used`: ids that were given before; none is given again for another sortie.
    """
    sorties, given = list(kept), {*used, *(sortie.sortie_id for sortie in kept)}
    count = 0
    for each in sorted(flown, key=lambda one: (one.launch_us, one.shape.fleet, int(one.shape.legs[0]))):
        name = each.sortie_id
        while not name or (name in given and name != each.sortie_id):
            count += 1
            name = f"s{count}"
        given.add(name)
        sorties.append(_manned(task, each, name, sorties))
    return tuple(sorted(sorties, key=lambda sortie: (sortie.launch_us, sortie.fleet, sortie.drone)))


def _manned(task: Task, each: Flown, name: str, sorties: list[Sortie]) -> Sortie:
    """One sortie with the lowest drone and crew that are free beside others, which were launched no later."""
    fleet = task.means.fleets[each.shape.fleet]
    land_us = each.launch_us + each.shape.land_us
    ready_us = fleet.turnaround_min * 60 * US_PER_S
    drones = {lost.drone for lost in task.means.lost if lost.fleet == fleet.name}
    drones |= {e.drone for e in sorties if e.fleet == fleet.name and _meet(e, each, land_us, ready_us)}
    crews = {e.crew for e in sorties if e.base == fleet.base and _meet(e, each, land_us, 0)}
    return Sortie(
        sortie_id=name,
        fleet=fleet.name,
        base=fleet.base,
        launch_us=each.launch_us,
        land_us=land_us,
        legs=legs_of(task, each),
        path_deg=path_of(task, each.shape),
        drone=next(number for number in range(1, len(drones) + 2) if number not in drones),
        crew=next(number for number in range(1, len(crews) + 2) if number not in crews),
    )


def _meet(other: Sortie, each: Flown, land_us: int, ready_us: int) -> bool:
    """Whether two sorties keep the same drone (`ready_us` after landing) or crew at one time."""
    return other.launch_us < land_us + ready_us and each.launch_us < other.land_us + ready_us


def legs_of(task: Task, each: Flown) -> tuple[Leg, ...]:
    """The legs of a sortie with their times; both ends belong to them."""
    shape = each.shape
    return tuple(
        Leg(
            stretch_id=task.legs.stretch_id[leg],
            offset_m=int(task.legs.offset_m[leg]),
            from_us=each.launch_us + begun,
            until_us=each.launch_us + done,
        )
        for leg, begun, done in zip(shape.legs.tolist(), shape.from_us.tolist(), shape.until_us.tolist(), strict=True)
    )


def seen_by(task: Task, sorties: Iterable[Sortie]) -> Floats:
    """For each demand what sorties see of it, as a share of its need; above 1: more than is needed."""
    demands, means = task.demands, task.means
    order = np.argsort(demands.leg, kind="stable")
    starts = np.searchsorted(demands.leg[order], np.arange(len(task.legs) + 1))
    number = {fleet.name: at for at, fleet in enumerate(means.fleets)}
    seen = np.zeros(len(demands))
    for sortie in sorties:
        fleet = means.fleets[number[sortie.fleet]]
        jams = [c for c in means.closings if c.spell.kind == "interference" and not grounds(c, fleet)]
        for leg in sortie.legs:
            at = task.legs.row_of[leg.stretch_id, leg.offset_m]
            rows = order[starts[at] : starts[at + 1]]
            rows = rows[(demands.from_us[rows] <= leg.from_us) & (leg.until_us <= demands.until_us[rows])]
            hour = ((leg.from_us + leg.until_us) // 2 - means.from_us) // HOUR_US
            hour = min(hour, task.chance_ratio.shape[2] - 1)
            chance = float(task.chance_ratio[number[sortie.fleet], at, hour])
            for jam in jams:
                if jam.legs[at] and leg.from_us < jam.until_us and leg.until_us > jam.from_us:
                    chance *= fleet.interference_permille / 1_000
                    break
            seen[rows] += np.log1p(-min(chance, 0.9999)) / np.log1p(-demands.need_ratio[rows])
    return seen


def told(task: Task, sorties: tuple[Sortie, ...], answer: Answer, columns: Columns) -> FlightPlan:
    """The plan as people read it: counted anew from the sorties themselves."""
    seen = seen_by(task, sorties)
    met = seen >= MET_RATIO
    weight = float(task.demands.weight.sum())
    return FlightPlan(
        from_us=task.means.from_us,
        until_us=task.means.until_us,
        sorties=sorties,
        windows=len(met),
        met=int(met.sum()),
        weight_ratio=float(task.demands.weight[met].sum()) / weight if weight > 0 else 1.0,
        objective_ratio=answer.objective_ratio,
        bound_ratio=answer.bound_ratio,
        gap_ratio=answer.gap_ratio,
        seconds_s=answer.seconds_s,
        unmet=unmet_of(task, columns, met, seen),
        requirements=requirements_of(task, sorties),
        remarks=task.means.remarks,
    )


def unmet_of(task: Task, columns: Columns, met: Bools, seen: Floats) -> tuple[Unmet, ...]:
    """Windows that are not met, duty by duty, with the reasons in words."""
    column = np.repeat(np.arange(len(columns)), np.diff(columns.cover_start))
    often = columns.capacity[columns.drone_row][column]
    could = seen + np.bincount(columns.cover_demand, columns.cover_ratio * often, len(met))
    duties = np.array(task.demands.duty)
    found = []
    for duty in dict.fromkeys(task.demands.duty):
        own = np.flatnonzero((duties == duty) & ~met)
        if not len(own):
            continue
        never = own[could[own] < MET_RATIO]
        reasons = Counter(
            why_never(task, demand, columns.earliest_us, possible=bool(could[demand] > 0)) for demand in never.tolist()
        )
        if len(own) > len(never):
            reasons[ELSEWHERE] = len(own) - len(never)
        words = [f"{count} of {len(own)}: {why}" for why, count in reasons.most_common()]
        found.append(Unmet(duty=duty, windows=len(own), never=len(never), why="; ".join(words)))
    return tuple(found)


def why_never(task: Task, demand: int, earliest_us: int, *, possible: bool) -> str:
    """Why no sorties together can meet one window: the first of the reasons that holds for all fleets.

    `earliest_us`: before it nothing more is launched; `possible`: something of it can be seen.
    """
    means, leg = task.means, int(task.demands.leg[demand])
    from_us = max(int(task.demands.from_us[demand]), earliest_us)
    until_us = min(int(task.demands.until_us[demand]), means.until_us)
    if not means.fleets:
        return "there are no drones: some at the bases would help"
    if until_us <= from_us:
        return "its window is past, or lies outside the hours that are planned"
    fleets = range(len(means.fleets))
    near = [at for at in fleets if _round_trip_m(task, leg, at) <= reach_m(means.fleets[at])]
    if not near:
        return "it is too far from every base: a base nearer by, or drones of longer endurance, would help"
    hours = [(at_us - means.from_us) // HOUR_US for at_us in (from_us, until_us)]
    able = [at for at in near if task.chance_ratio[at, leg, hours[0] : hours[1] + 1].max(initial=0.0) > 0]
    if not able:
        return "no sensor that can be brought there sees anything in that light and haze: other sensors would help"
    if not any(_open(means, leg, at, (from_us, until_us)) for at in able):
        return _closed_words(means, leg, able[0], (from_us, until_us))
    if possible:
        return (
            "all sorties that can be there in time see too little of it: less interference, better sensors would help"
        )
    return "no drone that may start can be there in time: base hours, crews, closures, or too short a window"


def _round_trip_m(task: Task, leg: int, fleet: int) -> float:
    """From a fleet's base over one leg and back."""
    base = task.means.bases[base_number(task, task.means.fleets[fleet])]
    home, ends = np.array([base.lon_deg, base.lat_deg]), task.legs.ends_deg[leg]
    return float(apart_m(home, ends[:2]) + task.legs.length_m[leg] + apart_m(home, ends[2:]))


def _open(means: Means, leg: int, fleet: int, window_us: tuple[int, int]) -> bool:
    """Whether a fleet may be over a leg at any time in a window."""
    at_us, until_us = window_us
    shut = sorted(
        (closing.from_us, closing.until_us)
        for closing in means.closings
        if closing.legs[leg] and grounds(closing, means.fleets[fleet])
    )
    for from_us, after_us in shut:
        if from_us <= at_us:
            at_us = max(at_us, after_us)
    return at_us < until_us


def _closed_words(means: Means, leg: int, fleet: int, window_us: tuple[int, int]) -> str:
    """What keeps a fleet from a leg all through a window."""
    words = dict.fromkeys(
        " ".join(part for part in (_CLOSED[c.spell.kind], f"by {c.spell.party}" if c.spell.party else "") if part)
        + (f" ({c.spell.reason})" if c.spell.reason else "")
        for c in means.closings
        if c.legs[leg] and grounds(c, means.fleets[fleet]) and c.from_us < window_us[1] and c.until_us > window_us[0]
    )
    return " and ".join(words) + " all the time: consent or better conditions would help"


_CLOSED = {
    "airspace": "airspace closed",
    "weather": "weather beyond the drones' limits",
    "interference": "interference that the drones stay away from",
    "base": "base closed",
}
