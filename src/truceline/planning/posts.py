"""Drones against posts: the same ground watched by so many drones, so many posts with patrols, and mixes of both."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import sha256_hex
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.locate import Feature
from truceline.locate.stretches import beside, courses_of
from truceline.model.batch import table
from truceline.model.mandate import Mandate
from truceline.model.mission import Mission
from truceline.model.plan import Comparison, Fleet, Sortie, Spell
from truceline.model.spot import Need
from truceline.model.tradeoff import ClauseSeen, Mix, Tradeoff
from truceline.model.view import VIEWS
from truceline.plan import Duty, clause_shares, covered, owed, reach_of, watched
from truceline.plan.flights import Task, draft_flights
from truceline.plan.flights.task import Closing, grounds
from truceline.plan.seeing import CYCLES_KNOWN, EYE_RAD, PERSON_M, VEHICLE_M
from truceline.planning.flown import views_of_sorties
from truceline.planning.problem import Flyable, flyable, in_daylight
from truceline.watching import Scene, needs_of, within

HOUR_US = S_PER_UNIT["h"] * US_PER_S
DAY_US = 24 * HOUR_US
BAD_VISIBILITY_M = 2_000.0
COARSE_POINTS = 8  # of each stretch, side and first band: mixes are compared, no absence rests on it
POST_EYE_M = 5.0  # of whoever looks from a post, above the ground
POST_EAR_M = 15_000.0  # as far as a post listens; how much it hears there is in `plan/seeing.py`
BESIDE_M = 500.0  # posts stand beside the line, on alternate sides
PATROL_PIECE_M = 2_000.0
PATROL_RANGE_M = 1_000.0
PATROL_KMH = 6.0  # on foot, or by car with stops
FIRST_PATROL_HOUR = 8
Progress = Callable[[str], None]
Sorties = tuple[Sortie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    mission: Mission
    flyable: Flyable
    needs: tuple[Need, ...]
    duties: tuple[Duty, ...]  # of which a view by any of its clause's means counts
    lit: np.ndarray  # (hours,): see `_lit`

    @property
    def scene(self) -> Scene:
        return self.flyable.scene

    @property
    def task(self) -> Task:
        return self.flyable.task

    @property
    def span_us(self) -> tuple[int, int]:
        return self.task.means.from_us, self.task.means.until_us


def compare_posts(
    mission: Mission, mandates: Sequence[Mandate], drawn: Sequence[Feature], *, from_us: int, progress: Progress
) -> Tradeoff:
    """Every mix of the numbers in `[plan.compare]`, with the share of clause-hours that it would observe.

    Args: from_us: as in `flyable`.

    Raises: InputError: as `flyable`.
    Limits: expected shares by the laws of `plan/seeing.py`, on one day; flights of a mix are good, not proven
        best. What is not drawn is not counted, and a post sees no better than one pair of eyes.
    """
    coarse = replace(mission, coverage=replace(mission.coverage, points=COARSE_POINTS))
    flown = flyable(coarse, mandates, drawn, from_us=from_us)
    span_us = flown.task.means.from_us, flown.task.means.until_us
    hours_us = np.arange(*span_us, HOUR_US)
    needs = within(needs_of(flown.scene, mandates), span_us)
    asked = _Asked(
        mission=coarse,
        flyable=flown,
        needs=needs,
        duties=tuple(_by_any_means(flown.duties, needs)),
        lit=_lit(flown, hours_us),
    )
    wanted = mission.plan.compare
    posts = {number: _views_of_posts(asked, number) for number in wanted.posts}
    mixes, clauses = [], []
    for drones in wanted.drones:
        progress(f"{drones} drones")
        flights = _flights(asked, drones)
        flying = _views_of_drones(asked, flights)
        for number, standing in posts.items():
            views = {condition: pa.concat_tables([flying[condition], standing[condition]]) for condition in flying}
            by_clause = _observed(asked, views)
            met = {condition: _met(asked, seen) for condition, seen in views.items()}
            mixes.append(_mix(wanted, drones, number, _Outcome(len(flights["clear"]), by_clause, met)))
            clauses += [
                ClauseSeen(clause=clause, drones=drones, posts=number, observed_permille=seen)
                for clause, seen in by_clause.items()
            ]
    return Tradeoff(
        title="; ".join(mandate.header.title for mandate in mandates),
        mission=mission.name,
        line_m=round(sum(course.length_m for course in courses_of(tuple(flown.scene.features.values())).values())),
        currency=wanted.currency,
        interference_permille=wanted.interference_permille,
        mixes=tuple(mixes),
        clauses=tuple(clauses),
        assumptions=tuple(_assumptions(asked, wanted)),
    )


def _lit(flown: Flyable, hours_us: np.ndarray) -> np.ndarray:
    """Whether the sun lights most of the legs, or of the ground where nothing is flown, shape (hours,)."""
    legs, spots = flown.task.legs, flown.scene.spots
    places_deg = legs.ends_deg[:, :2] if len(legs) else np.column_stack([spots.lon_deg, spots.lat_deg])
    return np.asarray(in_daylight(places_deg, hours_us).mean(axis=0) >= 0.5)


# --- drones ------------------------------


def _flights(asked: _Asked, drones: int) -> dict[str, Sorties]:
    """Sorties of so many drones, by weather."""
    means = replace(asked.task.means, fleets=_scaled(asked.task.means.fleets, drones))
    weather = Spell(kind="weather", begins="", ends="", visibility_m=BAD_VISIBILITY_M, reason="bad weather")
    everywhere = Closing(
        spell=weather,
        from_us=asked.span_us[0],
        until_us=asked.span_us[1],
        legs=np.ones(len(asked.task.legs), np.bool_),
        everywhere=True,
    )
    foul = replace(means, closings=(*means.closings, everywhere))
    flies = drones and any(not grounds(everywhere, fleet) for fleet in means.fleets)
    return {
        "clear": draft_flights(replace(asked.task, means=means)) if drones else (),
        "bad_weather": draft_flights(replace(asked.task, means=foul)) if flies else (),
    }


def _scaled(fleets: Sequence[Fleet], drones: int) -> tuple[Fleet, ...]:
    """The fleets with so many drones in all, in the proportions that they have: largest remainders first."""
    total = sum(fleet.number for fleet in fleets)
    exact = [fleet.number * drones / total if total else 0.0 for fleet in fleets]
    numbers = [int(each) for each in exact]
    rest = sorted(range(len(fleets)), key=lambda at: (numbers[at] - exact[at], at))
    for at in rest[: drones - sum(numbers)] if fleets else []:
        numbers[at] += 1
    return tuple(replace(fleet, number=number) for fleet, number in zip(fleets, numbers, strict=True))


def _disturbed(asked: _Asked, sorties: Sorties, share_permille: int) -> pa.Table:
    """VIEWS of sorties of which so many in a thousand are disturbed: which ones, their ids decide."""
    order = sorted(sorties, key=lambda sortie: sha256_hex(sortie.sortie_id.encode()))
    hit = {sortie.sortie_id for sortie in order[: round(len(order) * share_permille / 1_000)]}
    fleets = {fleet.name: fleet for fleet in asked.task.means.fleets}
    visibility_m = asked.mission.plan.visibility_m
    calm = [sortie for sortie in sorties if sortie.sortie_id not in hit]
    parts = [views_of_sorties(calm, asked.task, asked.scene, visibility_m=visibility_m)]
    for fleet in fleets.values():
        flying = [each for each in sorties if each.sortie_id in hit and each.fleet == fleet.name]
        if fleet.interference == "flies" and flying:
            views = views_of_sorties(flying, asked.task, asked.scene, visibility_m=visibility_m)
            parts.append(_with(views, "health_permille", fleet.interference_permille))
    return pa.concat_tables(parts)


# --- posts and patrols ------------------------------


def _posts(asked: _Asked, number: int, wanted: Comparison) -> pa.Table:
    """VIEWS of so many posts, evenly along all lines, that look and listen day and night, and of their patrols."""
    courses = courses_of(tuple(asked.scene.features.values()))
    total_m = sum(course.length_m for course in courses.values())
    rows: list[dict[str, object]] = []
    if not total_m:
        return VIEWS.empty_table()
    for at in range(number):
        along_m = total_m * (at + 0.5) / number
        for course in courses.values():
            if along_m < course.length_m:
                side = 1.0 if at % 2 else -1.0
                place = beside(course, np.array([along_m]), np.array([side * BESIDE_M]))[0]
                rows += _standing(at, (float(place[0]), float(place[1])), asked.span_us, wanted)
                ahead_m = along_m + np.arange(0.0, wanted.patrol_km * M_PER_KM / 2, PATROL_PIECE_M) + PATROL_RANGE_M
                way = beside(course, np.minimum(ahead_m, course.length_m), np.zeros(len(ahead_m)))
                rows += _walking(at, way, asked.span_us, wanted)
                break
            along_m -= course.length_m
    return table(rows, VIEWS)


def _standing(
    at: int, place: tuple[float, float], span_us: tuple[int, int], wanted: Comparison
) -> Iterator[dict[str, object]]:
    for means, spectrum, range_m in (("seen", "visible", wanted.post_range_m), ("heard", "sound", POST_EAR_M)):
        yield _person(f"post {at} {means}", place, span_us) | {
            "means": means,
            "spectrum": spectrum,
            "above_ground_m": POST_EYE_M,
            "range_m": range_m,
        }


def _walking(at: int, way: np.ndarray, span_us: tuple[int, int], wanted: Comparison) -> Iterator[dict[str, object]]:
    """A patrol walks out along `way`, shape (pieces, 2), and back, as often a day as is wanted."""
    piece_us = round(PATROL_PIECE_M / M_PER_KM / PATROL_KMH * HOUR_US)
    for patrol in range(wanted.patrols_per_post):
        begun_us = span_us[0] + (FIRST_PATROL_HOUR + 4 * patrol) * HOUR_US
        for number, place in enumerate([*way, *way[::-1]]):
            first_us = begun_us + number * piece_us
            if first_us + piece_us <= span_us[1]:
                spot = float(place[0]), float(place[1])
                yield _person(f"patrol {at} {patrol}", spot, (first_us, first_us + piece_us)) | {
                    "means": "patrol",
                    "spectrum": "visible",
                    "above_ground_m": 2.0,
                    "range_m": PATROL_RANGE_M,
                }


def _person(sensor: str, place: tuple[float, float], span_us: tuple[int, int]) -> dict[str, object]:
    return {
        "view_id": f"{sensor} {span_us[0]}",
        "source_id": "plan",
        "sensor": sensor,
        "earliest_at_us": span_us[0],
        "latest_at_us": span_us[1] - 1,
        "ring_deg": [],
        "lon_deg": place[0],
        "lat_deg": place[1],
        "disturbed": "",
        "announced": "",
        "raw_sha256": "",
        "raw_at": "planned",
    }


# --- what is seen ------------------------------


class _Outcome(NamedTuple):
    """Sorties of a mix, and what it sees."""

    sorties: int
    by_clause: Mapping[str, Mapping[str, int]]
    met: Mapping[str, int]


def _views_of_drones(asked: _Asked, flights: Mapping[str, Sorties]) -> dict[str, pa.Table]:
    """Views of flights in clear air, in bad weather, and with some of them disturbed."""
    clear_m = asked.mission.plan.visibility_m
    share = asked.mission.plan.compare.interference_permille
    return {
        "clear": _views(asked, flights["clear"], clear_m),
        "bad_weather": _views(asked, flights["bad_weather"], BAD_VISIBILITY_M),
        "interference": _disturbed(asked, flights["clear"], share),
    }


def _views_of_posts(asked: _Asked, number: int) -> dict[str, pa.Table]:
    """Views of so many posts in each of these conditions; nothing disturbs them."""
    plan = asked.mission.plan
    standing = _posts(asked, number, plan.compare)
    clear, foul = (_in_air(standing, visibility_m) for visibility_m in (plan.visibility_m, BAD_VISIBILITY_M))
    return {"clear": clear, "bad_weather": foul, "interference": clear}


def _by_any_means(duties: Sequence[Duty], needs: Sequence[Need]) -> Iterator[Duty]:
    """The duties, met by whatever can see what their clause forbids."""
    means = {(need.mandate, need.clause): need.signature.means for need in needs}
    for duty in duties:
        signature = duty.need.signature
        anyhow = replace(signature, means=means.get((duty.mandate, duty.clause), signature.means))
        yield replace(duty, need=replace(duty.need, signature=anyhow))


def _met(asked: _Asked, views: pa.Table) -> int:
    """Share of the duties' windows that the views meet, by whichever means, permille, rounded down."""
    if not asked.duties:
        return 0
    needs = [duty.need for duty in asked.duties]
    found = covered(views, spots=asked.scene.spots, needs=needs, span_us=reach_of(asked.duties))
    horizon = replace(asked.flyable.horizon, known_at_us=max(need.until_us for need in needs) + DAY_US)
    rows = owed(asked.duties, horizon=horizon, watched=watched(found, stretch_ids=asked.scene.ids))
    ended = rows.filter(pc.less_equal(rows["latest_at_us"], asked.span_us[1]))
    met = pc.sum(pc.equal(ended["state"], "met")).as_py() or 0
    return int(met * 1_000 // ended.num_rows) if ended.num_rows else 0


def _observed(asked: _Asked, views: Mapping[str, pa.Table]) -> dict[str, dict[str, int]]:
    """Share of each clause's ground and hours that is observed, by condition."""
    by_day, foul, jammed = (_hours(asked, views[name]) for name in ("clear", "bad_weather", "interference"))
    return {
        clause: {
            "day": _mean(shares[asked.lit]),
            "night": _mean(shares[~asked.lit]),
            "bad_weather": _mean(foul[clause]),
            "interference": _mean(jammed[clause]),
        }
        for clause, shares in by_day.items()
    }


def _views(asked: _Asked, sorties: Sorties, visibility_m: float) -> pa.Table:
    return views_of_sorties(sorties, asked.task, asked.scene, visibility_m=visibility_m)


def _in_air(views: pa.Table, visibility_m: float) -> pa.Table:
    """The same views in air of that visibility."""
    return _with(views, "visibility_m", visibility_m)


def _with(views: pa.Table, name: str, value: object) -> pa.Table:
    """The same views with one value throughout a column."""
    at = VIEWS.get_field_index(name)
    return views.set_column(at, VIEWS.field(at), pa.array([value] * views.num_rows, VIEWS.field(at).type))


def _hours(asked: _Asked, views: pa.Table) -> dict[str, np.ndarray]:
    """Share of each clause's ground in each hour, permille; of clauses that are called alike, the lesser."""
    marks_us = [*range(asked.span_us[0], asked.span_us[1], HOUR_US), asked.span_us[1]]
    found = covered(views, spots=asked.scene.spots, needs=asked.needs, span_us=asked.span_us)
    seen: dict[str, np.ndarray] = {}
    for number, need in enumerate(found.needs):
        shares = clause_shares(found, need=number, marks_us=marks_us)
        hourly = np.array([0 if share is None else share for share in shares], float)
        seen[need.clause] = np.minimum(seen.get(need.clause, hourly), hourly)
    return seen


def _mean(permille: np.ndarray) -> int:
    """Rounded down: never more than was seen. 0 of no hour."""
    return int(permille.mean()) if permille.size else 0


def _mix(wanted: Comparison, drones: int, posts: int, seen: _Outcome) -> Mix:
    prices = [(wanted.drone_day, drones), (wanted.post_day, posts)]
    known = all(price is not None or not number for price, number in prices)
    low = sum(price.low_amount * number for price, number in prices if price is not None)
    high = sum(price.high_amount * number for price, number in prices if price is not None)
    stated = known and any(price is not None for price, _ in prices)
    conditions = next(iter(seen.by_clause.values()), {})
    return Mix(
        drones=drones,
        posts=posts,
        patrols_a_day=posts * wanted.patrols_per_post,
        people_at_line=posts * wanted.people_per_post,
        people_elsewhere=drones * wanted.people_per_drone,
        sorties_a_day=seen.sorties,
        cost_low_amount=low if stated else None,
        cost_high_amount=high if stated else None,
        observed_permille={
            each: int(np.mean([shares[each] for shares in seen.by_clause.values()])) for each in conditions
        },
        duties_permille=seen.met,
    )


def _known_m(size_m: float) -> float:
    """Distance at which bare eyes recognise half of all things of a size, in clear air."""
    return size_m / (2 * CYCLES_KNOWN * EYE_RAD)


def _assumptions(asked: _Asked, wanted: Comparison) -> Iterator[str]:
    settings, fleets = asked.mission.plan, asked.task.means.fleets
    best = min((fleet.resolution_mm for fleet in fleets), default=0)
    yield (
        f"One day of {settings.hours} hours; visibility {settings.visibility_m / M_PER_KM:.0f} km, in bad weather "
        f"{BAD_VISIBILITY_M / M_PER_KM:.0f} km. Night is when the sun stands more than 6 degrees below the horizon."
    )
    if fleets:
        yield (
            f"Drones as in the mission's plan: {len({fleet.base for fleet in fleets})} bases, down to {best} mm of "
            "ground in a pixel; more or fewer in the same proportions. They fly what the duties to look ask for and no "
            "more; flights are planned well, not proven best."
        )
    yield (
        f"A post: people who look {wanted.post_range_m / M_PER_KM:.0f} km around and listen, day and night, without "
        f"field glasses or night sight; {wanted.people_per_post} people for each, {wanted.patrols_per_post} patrols a "
        f"day of {wanted.patrol_km:.0f} km from {FIRST_PATROL_HOUR}:00 on. Posts stand evenly along the line."
    )
    yield (
        f"With bare eyes half of all vehicles are recognised at {_known_m(VEHICLE_M) / M_PER_KM:.1f} km and half of "
        f"all people at {_known_m(PERSON_M) / M_PER_KM:.1f} km: a post alone seldom meets a duty for a whole stretch."
    )
    yield f"{wanted.people_per_drone} people for each drone, at its base and not at the line."
    yield (
        f"With interference: {wanted.interference_permille / 10:.0f} % of flights; such a drone stays on the ground, "
        "or flies and keeps the chance of seeing that the settings leave it."
    )
    yield (
        "A clause-hour is observed as far as an act that the clause forbids, done at any place of its ground in that "
        "hour, would be seen and recognised. Clauses count alike; those that hold everywhere are left out."
    )
    for words in asked.flyable.remarks:
        yield words + "."
