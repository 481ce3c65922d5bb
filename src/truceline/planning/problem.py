"""What there is to see, from which legs, and how well each fleet sees it: one planning problem."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from truceline.base.time import interval_us
from truceline.base.units import S_PER_UNIT, US_PER_S
from truceline.locate import Feature
from truceline.model.batch import table
from truceline.model.mandate import Mandate
from truceline.model.mission import Mission
from truceline.model.plan import Fleet, FlightPlan, Unmet
from truceline.model.spot import Signature
from truceline.model.view import VIEWS
from truceline.plan import Duty, Horizon, Windows, demands_of
from truceline.plan.flights import Demands, Legs, Means, Task, means_of
from truceline.plan.light import DARK_DEG, normals, sun_direction
from truceline.plan.seeing import Pairs, chances, conditions_of, sharpness_m
from truceline.planning.lanes import Lane, lanes_of, legs_of
from truceline.watching import Scene, duties_in, needs_of, scene_of

Numbers = npt.NDArray[np.float64]
HOUR_US = S_PER_UNIT["h"] * US_PER_S
MEANS = "uav_image"
ACROSS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # of half a swath, from its middle
MOST_NEED_RATIO = 0.999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Flyable:
    """A mission's planning problem, and the ground it is about."""

    task: Task
    scene: Scene
    duties: tuple[Duty, ...]  # those that drones can meet
    horizon: Horizon
    unseeable: tuple[Unmet, ...]  # windows that are in no demand: no drone makes out what is looked for there
    remarks: tuple[str, ...]  # duties that flights do not meet, and why


def flyable(mission: Mission, mandates: Sequence[Mandate], drawn: Sequence[Feature], *, from_us: int) -> Flyable:
    """What there is to see in the time of the plan, from where, and with what.

    Args: from_us: when the plan begins, where `[plan]` does not say.

    Raises: InputError: a time, a spell or a duty of `[plan]` that cannot be read.
    Limits: ground farther from a line than its first band is flown in legs of ten stretches, in it of as many as a
        swath is long. Where several duties ask for the same ground, a pass counts by what is easiest to see there; a
        duty for less asks for more passes.
    """
    settings = mission.plan
    swath_m = max((fleet.swath_m for fleet in settings.fleets), default=2_000.0)
    begin_us = (
        interval_us(settings.from_at, zone=mission.zone, subject="plan.from_at")[0] if settings.from_at else from_us
    )
    horizon = Horizon(
        from_us=begin_us,
        until_us=begin_us + settings.hours * HOUR_US,
        known_at_us=begin_us,
        need_permille=settings.need_permille,
    )
    scene = scene_of(mandates, drawn, settings=mission.coverage, until_s=begin_us // US_PER_S + 1)
    needs = needs_of(scene, mandates)
    all_duties = duties_in(scene, mandates, needs=needs, horizon=horizon, revisits=settings.revisits)
    duties = tuple(duty for duty in all_duties if MEANS in duty.need.signature.means)
    lanes = lanes_of(scene, _reaches(duties, scene), swath_m=swath_m, stretch_m=mission.coverage.stretch_m)
    over = _over(lanes, duties, scene)
    wanted = np.flatnonzero(over.any(axis=0))
    lanes, over = tuple(lanes[at] for at in wanted), over[:, wanted]
    legs = legs_of(scene, lanes)
    means = means_of(settings, zone=mission.zone, from_us=begin_us, legs=legs)
    seen = {
        duty.need.signature: pass_chances(means.fleets, duty.need.signature, visibility_m=settings.visibility_m)
        for duty in duties
    }
    easiest = tuple(
        _easiest([duty for duty, on in zip(duties, over[:, row], strict=True) if on], seen) for row in range(len(lanes))
    )
    windows = demands_of(duties, horizon=horizon, spots=scene.spots, stretches=scene.stretches)
    ground = _Ground(legs=legs, scene=scene, over=over)
    demands, unseeable = _demands(ground, windows, duties, _passes(duties, easiest, seen))
    chance = _chance(legs, lanes, means, tuple(seen[signature] for signature in easiest))
    return Flyable(
        task=Task(means=means, legs=legs, demands=demands, chance_ratio=chance),
        scene=scene,
        duties=duties,
        horizon=horizon,
        unseeable=unseeable,
        remarks=tuple(_by_others(duty) for duty in all_duties if duty not in duties),
    )


def _reaches(duties: Sequence[Duty], scene: Scene) -> dict[str, list[int]]:
    """By line, how far from it the ground of each duty reaches, metres, rising, in whole hundreds."""
    of_spot = scene.spot_features
    found: dict[str, set[int]] = {}
    for duty in duties:
        for feature in np.unique(of_spot[duty.need.at].astype(str)).tolist():
            far_m = float(scene.spots.distance_m[duty.need.at & (of_spot == feature)].max())
            if far_m > 0:
                found.setdefault(feature, set()).add(math.ceil(far_m / 100) * 100)
    return {feature: sorted(distances) for feature, distances in found.items()}


def _over(lanes: Sequence[Lane], duties: Sequence[Duty], scene: Scene) -> npt.NDArray[np.bool_]:
    """Whether some of each duty's ground lies under each lane, shape (duties, lanes)."""
    spots, of_spot = scene.spots, scene.spot_features
    over = np.zeros((len(duties), len(lanes)), np.bool_)
    for at, lane in enumerate(lanes):
        under = (of_spot == lane.feature) & (spots.distance_m > lane.near_m) & (spots.distance_m <= lane.far_m)
        under &= (spots.side == lane.side) | (lane.side == 0)
        over[:, at] = [(duty.need.at & under).any() for duty in duties]
    return over


def _easiest(duties: Sequence[Duty], seen: Mapping[Signature, Numbers]) -> Signature:
    """What is seen best of the duties over one lane: by it a pass counts."""
    return max(
        (duty.need.signature for duty in duties),
        key=lambda signature: (float(seen[signature].max(initial=0.0)), signature.name),
    )


def _passes(duties: Sequence[Duty], easiest: Sequence[Signature], seen: Mapping[Signature, Numbers]) -> Numbers:
    """How many passes a duty asks for where one would do for what is seen best, shape (duties, lanes)."""

    def strength(signature: Signature) -> float:
        best_ratio = min(MOST_NEED_RATIO, float(seen[signature].max(initial=0.0)))
        return max(1e-9, -math.log1p(-best_ratio))

    found = [strength(lane) / strength(duty.need.signature) for duty in duties for lane in easiest]
    return np.array(found).reshape(len(duties), len(easiest))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    legs: Legs
    scene: Scene
    over: npt.NDArray[np.bool_]  # (duties, lanes): whether some of a duty's ground lies under a lane


def _demands(
    ground: _Ground, windows: Windows, duties: Sequence[Duty], passes: Numbers
) -> tuple[Demands, tuple[Unmet, ...]]:
    """Windows of stretches as windows of the legs over them; those of one leg, duty and time are one. And those that
    ask for more passes than could be made, because no drone of the mission makes out what is looked for.

    What is flown in a window's last hour would count for it in part only (`plan/owed.py`), so nothing is planned there.
    """
    legs, rows = ground.legs, ground.scene.stretches
    first_m, until_m = (rows[name].to_numpy() for name in ("from_m", "until_m"))
    feature = np.array(rows["feature"].to_pylist(), dtype=object)
    made: dict[tuple[int, int, int, int], float] = {}
    of_feature = np.array(legs.feature, dtype=object)
    for stretch in np.unique(windows.stretch):
        on_it = (
            (of_feature == feature[stretch]) & (legs.from_m <= first_m[stretch]) & (legs.until_m >= until_m[stretch])
        )
        for window in np.flatnonzero(windows.stretch == stretch):
            duty = int(windows.duty[window])
            flown = np.flatnonzero(on_it & ground.over[duty][legs.ribbon])
            for leg in flown:
                key = int(leg), duty, int(windows.from_us[window]), int(windows.until_us[window])
                made[key] = made.get(key, 0.0) + float(windows.weight[window]) / len(flown)
    keys = np.array(list(made), np.int64).reshape(-1, 4)
    wanted = np.array([duties[duty].need_permille / 1_000 for duty in keys[:, 1]])
    asked = 1.0 - (1.0 - wanted) ** passes[keys[:, 1], legs.ribbon[keys[:, 0]]]
    hopeless = asked > MOST_NEED_RATIO
    unseeable = tuple(
        Unmet(
            duty=duties[at].name,
            windows=int(lost.sum()),
            never=int(lost.sum()),
            why=(
                f"no drone makes out {duties[at].need.signature.size_m:g} m from where it flies: finer pixels or a "
                "lower flight would help"
            ),
        )
        for at in range(len(duties))
        if (lost := hopeless & (keys[:, 1] == at)).any()
    )
    weights = np.array(list(made.values()))[~hopeless]
    keys, asked = keys[~hopeless], asked[~hopeless]
    demands = Demands(
        leg=keys[:, 0],
        from_us=keys[:, 2],
        until_us=np.where(keys[:, 3] - keys[:, 2] > HOUR_US, keys[:, 3] - HOUR_US, keys[:, 3]) - 1,
        weight=weights,
        need_ratio=asked,
        duty=tuple(duties[duty].name for duty in keys[:, 1]),
    )
    return demands, unseeable


def with_unseeable(plan: FlightPlan, unseeable: Sequence[Unmet]) -> FlightPlan:
    """The plan with the windows that were in no demand, each of weight 1, as unmet ones that no flight could meet."""
    more = sum(each.windows for each in unseeable)
    if not more:
        return plan
    of_duty = {each.duty: each for each in plan.unmet}
    for each in unseeable:
        known = of_duty.get(each.duty)
        of_duty[each.duty] = (
            each
            if known is None
            else Unmet(
                duty=each.duty,
                windows=known.windows + each.windows,
                never=known.never + each.never,
                why=f"{known.why}; {each.why}",
            )
        )
    objective, bound = plan.objective_ratio + more, plan.bound_ratio + more
    return replace(
        plan,
        windows=plan.windows + more,
        weight_ratio=plan.weight_ratio * plan.windows / (plan.windows + more),
        objective_ratio=objective,
        bound_ratio=bound,
        gap_ratio=(objective - bound) / objective if objective else 0.0,
        unmet=tuple(of_duty.values()),
    )


def _chance(legs: Legs, lanes: Sequence[Lane], means: Means, best: Sequence[Numbers]) -> Numbers:
    """Chance that one pass sees what is looked for, shape (fleets, legs, hours): by light, sensor and width of view.

    Args: best: by lane, the chance by day of each fleet.
    """
    hours_us = np.arange(means.from_us, means.until_us, HOUR_US)
    lit = in_daylight(legs.ends_deg[:, :2], hours_us)
    chance = np.zeros((len(means.fleets), len(legs), len(hours_us)))
    for number, fleet in enumerate(means.fleets):
        by_lane = [
            seen[number] * min(1.0, fleet.swath_m / lane.width_m) for seen, lane in zip(best, lanes, strict=True)
        ]
        chance[number] = np.array(by_lane)[legs.ribbon][:, None] * (lit | fleet.thermal)
    return chance


def _by_others(duty: Duty) -> str:
    means = ", ".join(duty.need.signature.means) or "nothing that can see it"
    return (
        f"{duty.name} {duty.clause}".strip() + f" is for people on the ground or other means ({means}), not for drones"
    )


# --- what a drone sees from there ------------------------------


def pass_chances(fleets: Sequence[Fleet], signature: Signature, *, visibility_m: float) -> Numbers:
    """Chance that a drone of each fleet, flying past, sees what shows the signature by day, shape (fleets,).

    The mean over its swath: at the edges it looks from farther away.
    """
    rows: list[dict[str, object]] = [
        {
            "sensor": fleet.name,
            "means": "uav_image",
            "spectrum": "thermal" if fleet.thermal else "visible",
            "lon_deg": 0.0,
            "lat_deg": 0.0,
            "above_ground_m": fleet.altitude_m,
            "resolution_mm": fleet.resolution_mm,
            "visibility_m": visibility_m,
            "disturbed": "",
        }
        for fleet in fleets
    ]
    conditions = conditions_of(table(rows, VIEWS))
    number = np.repeat(np.arange(len(fleets)), len(ACROSS))
    half_m = np.array([fleet.swath_m / 2 for fleet in fleets])
    beside_m = np.tile(ACROSS, len(fleets)) * half_m[number]
    across = Pairs(view=number, spot=number, range_m=beside_m, middle_m=np.zeros(len(number)))
    seen = chances(conditions, signature, pairs=across, sharp_m=sharpness_m(conditions, across))
    return np.asarray(seen.reshape(len(fleets), len(ACROSS)).mean(axis=1))


def in_daylight(places_deg: Numbers, hours_us: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether the sun lights each place in the middle of each hour, shape (places, hours): not below -6 degrees.

    Args: places_deg: lon, lat, shape (places, 2).
    """
    up = normals(places_deg[:, 0], places_deg[:, 1]) @ sun_direction(hours_us + HOUR_US // 2).T
    return np.asarray(up >= np.sin(np.radians(DARK_DEG)))
