"""Checks a plan with its own, plain arithmetic: it shares nothing with the code that made the plan but the task."""

import math
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import TypeAlias

from truceline.base.frames import EARTH_M
from truceline.model.plan import Fleet, FlightPlan, Leg, Sortie
from truceline.plan.flights.task import Closing, Task

Rows: TypeAlias = dict[tuple[str, int], int]  # leg by stretch and offset

SLACK_US = 1_000_000  # roundings of times along a way
SLACK_M = 50.0


def check_plan(task: Task, plan: FlightPlan) -> tuple[str, ...]:
    """What is wrong with a plan, in words; nothing if it can be flown as it stands and counts what it says."""
    known = {fleet.name: fleet for fleet in task.means.fleets}
    strange = [f"{each.sortie_id}: no fleet {each.fleet}" for each in plan.sorties if each.fleet not in known]
    if strange:
        return tuple(strange)
    pairs = zip(task.legs.stretch_id, task.legs.offset_m.tolist(), strict=True)
    rows = {pair: row for row, pair in enumerate(pairs)}
    astray = [
        f"{each.sortie_id}: flies over {leg.stretch_id}, which is not in the task"
        for each in plan.sorties
        for leg in each.legs
        if (leg.stretch_id, leg.offset_m) not in rows
    ]
    if astray:
        return tuple(astray)
    found: list[str] = []
    for sortie in plan.sorties:
        found += [f"{sortie.sortie_id}: {what}" for what in _alone(task, sortie, known[sortie.fleet], rows)]
    found += _together(task, plan, known)
    found += _counted(task, plan, known, rows)
    ids = [sortie.sortie_id for sortie in plan.sorties]
    return (*found, *(["two sorties have one id"] if len(set(ids)) < len(ids) else []))


def _alone(task: Task, sortie: Sortie, fleet: Fleet, rows: Rows) -> Iterator[str]:
    """What is wrong with one sortie by itself."""
    means = task.means
    if sortie.base != fleet.base:
        yield f"starts at {sortie.base}, its fleet stands at {fleet.base}"
    if not means.from_us <= sortie.launch_us < sortie.land_us <= means.until_us:
        yield "does not lie within the hours of the plan"
    if not 1 <= sortie.drone <= fleet.number:
        yield f"drone {sortie.drone} of {fleet.number}"
    lost = _lost_at(task, sortie)
    if lost is not None and lost < sortie.land_us:
        yield f"is flown with drone {sortie.drone}, which is lost"
    yield from _way(task, sortie, fleet, rows)
    for closing in means.closings:
        yield from _closed(task, sortie, closing, rows)


def _way(task: Task, sortie: Sortie, fleet: Fleet, rows: Rows) -> Iterator[str]:
    """Whether the way can be flown in the time, with a tenth of the endurance left."""
    points = list(zip(sortie.path_deg[::2], sortie.path_deg[1::2], strict=True))
    length_m = sum(_apart_m(one, other) for one, other in pairwise(points))
    mps = fleet.speed_kmh / 3.6
    reserve_s = fleet.endurance_min * 60 * 0.9
    if length_m / mps > reserve_s + 1:
        yield f"{length_m / 1_000:.0f} km are more than the endurance allows"
    took_s = (sortie.land_us - sortie.launch_us) / 1e6
    if took_s > reserve_s + 1:
        yield f"{took_s / 60:.0f} min in the air are more than the endurance allows"
    home = next((each.lon_deg, each.lat_deg) for each in task.means.bases if each.name == sortie.base)
    if not points or points[0] != home or points[-1] != home:
        yield "does not begin and end at its base"
    if _lost_at(task, sortie) is None and took_s + 1 < length_m / mps:
        yield "lands before it can be back"
    before_us, here = sortie.launch_us, [home]
    for leg in sortie.legs:
        row = _row(rows, leg)
        ends = [tuple(task.legs.ends_deg[row, :2].tolist()), tuple(task.legs.ends_deg[row, 2:].tolist())]
        if any(min(_apart_m(end, point) for point in points) > SLACK_M for end in ends):
            yield f"its path does not pass {leg.stretch_id}"
        if abs((leg.until_us - leg.from_us) / 1e6 * mps - float(task.legs.length_m[row])) > SLACK_M:
            yield f"{leg.stretch_id} is not flown at the fleet's speed"
        nearest_m = min(_apart_m(one, other) for one in here for other in ends)
        if leg.from_us - before_us + SLACK_US < nearest_m / mps * 1e6:
            yield f"cannot be at {leg.stretch_id} so soon"
        before_us, here = leg.until_us, ends
    if before_us > sortie.land_us:
        yield "is over a leg after landing"


def _closed(task: Task, sortie: Sortie, closing: Closing, rows: Rows) -> Iterator[str]:
    """Whether the sortie is where it must not be."""
    spell, fleet = closing.spell, next(each for each in task.means.fleets if each.name == sortie.fleet)
    begins, ends = closing.from_us, closing.until_us
    aloft = closing.told_us is not None and sortie.launch_us < closing.told_us  # comes home all the same
    if spell.kind == "base":
        lost = _lost_at(task, sortie) == sortie.land_us
        for what, at_us in (("launches", sortie.launch_us), ("lands", sortie.land_us)):
            if spell.base == sortie.base and begins <= at_us < ends and not ((lost or aloft) and what == "lands"):
                yield f"{what} while its base is closed"
        return
    bad = {
        "airspace": True,
        "interference": fleet.interference == "stays",
        "weather": (spell.wind_kmh or 0) > fleet.wind_limit_kmh
        or (spell.visibility_m is not None and spell.visibility_m < fleet.visibility_limit_m),
    }[spell.kind]
    if not bad:
        return
    if not spell.line and sortie.launch_us < ends and sortie.land_us > begins and not aloft:
        yield f"is in the air during {spell.kind} everywhere"
    for leg in sortie.legs:
        if closing.legs[_row(rows, leg)] and leg.from_us < ends and leg.until_us > begins:
            yield f"is over {leg.stretch_id} during {spell.kind}"


def _together(task: Task, plan: FlightPlan, known: dict[str, Fleet]) -> Iterator[str]:
    """Drones and crews in two places, and more of them than there are."""
    for one, other in combinations(plan.sorties, 2):
        first, second = sorted((one, other), key=lambda each: each.launch_us)
        ready_us = known[first.fleet].turnaround_min * 60_000_000
        if one.fleet == other.fleet and one.drone == other.drone and second.launch_us < first.land_us + ready_us:
            yield f"drone {one.drone} of {one.fleet} is in two places: {first.sortie_id} and {second.sortie_id}"
        if one.base == other.base and one.crew == other.crew and second.launch_us < first.land_us:
            yield f"crew {one.crew} of {one.base} flies {first.sortie_id} and {second.sortie_id} at once"
    for sortie in plan.sorties:
        fleet, at_us = known[sortie.fleet], sortie.launch_us
        ready_us = fleet.turnaround_min * 60_000_000
        out = [e for e in plan.sorties if e.fleet == fleet.name and e.launch_us <= at_us < e.land_us + ready_us]
        out = [e for e in out if (lost := _lost_at(task, e)) is None or lost > at_us]
        if len(out) > _left(task, fleet, at_us):
            yield f"{sortie.sortie_id}: more drones of {fleet.name} are out than are left"
    for base in {sortie.base for sortie in plan.sorties}:
        duties = [duty for duty in task.means.on_duty if duty.base == base]
        own = [sortie for sortie in plan.sorties if sortie.base == base]
        moments = {each.launch_us for each in own} | {duty.until_us for duty in duties} | {d.from_us for d in duties}
        for at_us in sorted(moments):
            crews = sum(duty.crews for duty in duties if duty.from_us <= at_us < duty.until_us)
            flying = [each.sortie_id for each in own if each.launch_us <= at_us < each.land_us]
            if len(flying) > crews:
                yield f"{base}: {len(flying)} sorties in the air and {crews} crews on duty ({', '.join(flying)})"


def _counted(task: Task, plan: FlightPlan, known: dict[str, Fleet], rows: Rows) -> Iterator[str]:
    """Whether as many windows are met as the plan says."""
    demands = task.demands
    missed: dict[int, list[int]] = {}
    for number, leg in enumerate(demands.leg.tolist()):
        missed.setdefault(leg, []).append(number)
    unseen = [1.0] * len(demands)  # chance that no pass saw
    order = [fleet.name for fleet in task.means.fleets]
    for sortie in plan.sorties:
        for leg in sortie.legs:
            row = _row(rows, leg)
            hour = int(((leg.from_us + leg.until_us) // 2 - task.means.from_us) // 3_600_000_000)
            hour = min(hour, task.chance_ratio.shape[2] - 1)
            chance = float(task.chance_ratio[order.index(sortie.fleet), row, hour])
            chance *= _undisturbed(task, known[sortie.fleet], leg, row)
            for number in missed.get(row, []):
                if demands.from_us[number] <= leg.from_us and leg.until_us <= demands.until_us[number]:
                    unseen[number] *= 1 - min(chance, 0.9999)
    met = [1 - none >= need - 1e-9 for none, need in zip(unseen, demands.need_ratio.tolist(), strict=True)]
    if sum(met) != plan.met or len(met) != plan.windows:
        yield f"says {plan.met} of {plan.windows} windows are met; {sum(met)} of {len(met)} are"
    weight = sum(demands.weight.tolist())
    share = sum(each for each, yes in zip(demands.weight.tolist(), met, strict=True) if yes) / weight if weight else 1.0
    if abs(share - plan.weight_ratio) > 1e-6:
        yield f"says {plan.weight_ratio:.4f} of the weight is met; {share:.4f} is"


def _undisturbed(task: Task, fleet: Fleet, leg: Leg, row: int) -> float:
    """What interference leaves of a chance."""
    for closing in task.means.closings:
        over = closing.legs[row] and leg.from_us < closing.until_us and leg.until_us > closing.from_us
        if closing.spell.kind == "interference" and over:
            return fleet.interference_permille / 1_000
    return 1.0


def _left(task: Task, fleet: Fleet, at_us: int) -> int:
    """Drones counted on at an instant: less those lost, and in whole drones those expected to be."""
    cycle_s = fleet.endurance_min * 60 * 0.9 + fleet.turnaround_min * 60
    expected = math.floor(fleet.number * fleet.loss_permille / 1_000 * (at_us - task.means.from_us) / 1e6 / cycle_s)
    gone = [lost for lost in task.means.lost if lost.fleet == fleet.name and lost.at_us <= at_us]
    return max(0, fleet.number - expected - len(gone))


def _lost_at(task: Task, sortie: Sortie) -> int | None:
    """When the drone of a sortie is lost."""
    return next(
        (lost.at_us for lost in task.means.lost if (lost.fleet, lost.drone) == (sortie.fleet, sortie.drone)), None
    )


def _row(rows: Rows, leg: Leg) -> int:
    return rows[leg.stretch_id, leg.offset_m]


def _apart_m(one_deg: tuple[float, ...], other_deg: tuple[float, ...]) -> float:
    """Great-circle distance by the law of cosines in its form for small angles."""
    lon, lat, far_lon, far_lat = map(math.radians, (*one_deg, *other_deg))
    half = math.sin((far_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(far_lat) * math.sin((far_lon - lon) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, half)))
