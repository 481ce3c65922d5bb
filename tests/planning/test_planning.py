"""From a mission's duties and drones to flights, what they would see, what parties are told, and posts instead."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from truceline.base.time import interval_us
from truceline.locate import features_of
from truceline.mandate import parse_mandates
from truceline.model.account import PUBLIC, Recipient
from truceline.model.mission import CoverageSettings, Mission, ReportSettings
from truceline.model.plan import Base, Comparison, Fleet, PlanSettings, Price, Revisit, Spell
from truceline.model.release import ReleaseRule, Terms
from truceline.plan import covered
from truceline.plan.flights import check_plan, plan_flights
from truceline.planning import compare_posts, flights_of, flyable, lanes_of, views_of_sorties, with_unseeable
from truceline.release import release
from truceline.watching import scene_of

TEXT = b"""
mandate "T" in force 2026-09-01T00:00
zone UTC
coverage >= 0.70
party A "A"
party B "B"
body M "M" monitors 2 by uav_image site_visit
line contact "geo/contact.geojson" left A right B
zone depot "geo/depot.geojson"
weapons TANKS = tank
clause NEAR cites "1" prohibited A B present TANKS within 2km of contact
clause FAR cites "1" prohibited A B present TANKS within 10km of contact
watch NEAR_6H cites "2" every 6h for NEAR by uav_image
watch DEPOT_15D cites "2" every 15d in depot by site_visit
"""
LINE = [[-25.0, 31.0], [-24.7, 31.05], [-24.4, 31.0]]
DEPOT = [[[-24.6, 31.3], [-24.5, 31.3], [-24.5, 31.35], [-24.6, 31.3]]]
MIDNIGHT_US = interval_us("2026-10-02", zone="UTC")[0]
HOUR_US = 3_600_000_000


def drawn(kind: str, coordinates: object) -> bytes:
    return json.dumps(
        {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}}
    ).encode()


MANDATES = parse_mandates({"m.truce": TEXT})
FEATURES = features_of(
    MANDATES, {"geo/contact.geojson": drawn("LineString", LINE), "geo/depot.geojson": drawn("Polygon", DEPOT)}
)
BASES = (Base(name="West", lon_deg=-24.9, lat_deg=31.1), Base(name="East", lon_deg=-24.5, lat_deg=30.9))
FLEET = Fleet(
    name="W", base="West", number=2, endurance_min=300, speed_kmh=100.0, swath_m=4_000.0, resolution_mm=80, thermal=True
)
SETTINGS = PlanSettings(
    from_at="2026-10-02 00:00",
    announce="2h",
    bases=BASES,
    fleets=(FLEET, replace(FLEET, name="E", base="East")),
    compare=Comparison(
        drones=(0, 2, 4),
        posts=(0, 6),
        drone_day=Price(low_amount=1.0, high_amount=2.0),
        post_day=Price(low_amount=10.0, high_amount=20.0),
    ),
)
MISSION = Mission(
    name="T",
    mandates=("m.truce",),
    zone="UTC",
    extent_deg=(-26.0, 30.0, -24.0, 32.0),
    report=ReportSettings(from_date="2026-10-01", until_date="2026-10-02"),
    sources=(),
    feeds=(),
    coverage=CoverageSettings(stretch_m=4_000),
    plan=SETTINGS,
)


def planned(settings: PlanSettings = SETTINGS):
    found = flyable(replace(MISSION, plan=settings), MANDATES, FEATURES, from_us=MIDNIGHT_US)
    return found, plan_flights(found.task, seconds=5)


@pytest.fixture(scope="module")
def flown():
    return planned()


def test_lanes_see_all_ground_once_band_by_band():
    scene = scene_of(MANDATES, FEATURES, settings=MISSION.coverage, until_s=MIDNIGHT_US // 1_000_000)
    lanes = lanes_of(scene, {"contact": (2_000, 10_000)}, swath_m=4_000.0, stretch_m=4_000)
    assert [(lane.offset_m, lane.side) for lane in lanes] == [
        (0, 0),
        (4_000, 1),
        (-4_000, -1),
        (8_000, 1),
        (-8_000, -1),
    ]
    for side in (1, -1):
        edges = sorted((lane.near_m, lane.far_m) for lane in lanes if lane.side in (0, side))
        assert [far for _, far in edges[:-1]] == [near for near, _ in edges[1:]], "no ground between two lanes"
        assert (edges[0][0], edges[-1][1]) == (0, 10_000)


def test_the_plan_meets_the_mandate_s_windows_and_holds(flown):
    found, plan = flown
    assert {duty.name for duty in found.duties} == {"NEAR_6H"}
    assert plan.windows == len(found.task.demands) == 4 * found.scene.stretches.num_rows - 4, "four windows a stretch"
    assert plan.met == plan.windows
    assert check_plan(found.task, plan) == ()
    assert 0 <= plan.bound_ratio <= plan.objective_ratio


def test_a_duty_for_people_on_the_ground_is_named_and_left_to_them(flown):
    assert any("DEPOT_15D" in words and "site_visit" in words for words in flown[0].remarks)


def test_where_no_duty_is_for_drones_nothing_is_flown_and_it_is_said():
    text = b"\n".join(line for line in TEXT.splitlines() if not line.startswith(b"watch NEAR_6H"))
    found = flyable(MISSION, parse_mandates({"m.truce": text}), FEATURES, from_us=MIDNIGHT_US)
    plan = plan_flights(found.task, seconds=5)
    assert (len(found.task.legs), plan.sorties, plan.unmet) == (0, (), ())
    assert [words.split()[0] for words in found.remarks] == ["DEPOT_15D"]
    assert check_plan(found.task, plan) == ()


def test_what_is_planned_is_what_would_be_seen(flown):
    """The planner's own arithmetic against the coverage of the views that its sorties would make."""
    found, plan = flown
    views = views_of_sorties(plan.sorties, found.task, found.scene, visibility_m=SETTINGS.visibility_m)
    needs = [duty.need for duty in found.duties]
    span_us = min(each.from_us for each in needs), max(each.until_us for each in needs)
    seen = covered(views, spots=found.scene.spots, needs=needs, span_us=span_us)
    last_hours = [MIDNIGHT_US + 6 * window * HOUR_US - HOUR_US for window in range(4)]
    for window in last_hours:
        over = (seen.runs.from_us <= window) & (seen.runs.until_us > window)
        weights = seen.runs.weight_m2[over]
        share = float((seen.runs.share_ratio[over] * weights).sum() / weights.sum())
        assert share >= 0.75, f"stood from {window} on for six hours and was seen with {share:.2f}"


def test_views_of_a_sortie_follow_it_in_time_and_place(flown):
    found, plan = flown
    sortie = plan.sorties[0]
    views = views_of_sorties([sortie], found.task, found.scene, visibility_m=10_000.0).to_pylist()
    assert views[0]["earliest_at_us"] == sortie.legs[0].from_us
    assert all(one["latest_at_us"] < other["earliest_at_us"] + HOUR_US for one, other in itertools.pairwise(views))
    path = np.array(sortie.path_deg).reshape(-1, 2)
    first = np.array([views[0]["lon_deg"], views[0]["lat_deg"]])
    entry, leaving = path[1], path[-2]
    assert np.hypot(*(first - entry)) < np.hypot(*(first - leaving)), "its first view lies where it comes in"


def test_parties_are_told_hours_and_tens_of_kilometres_and_nothing_else(flown):
    found, plan = flown
    told = flights_of(plan, legs=found.task.legs, announce_us=2 * HOUR_US)
    rules = (ReleaseRule(to="parties", kind="flight"),)
    for_a = release(told, kind="flight", to=Recipient(kind="party", party="A"), rules=rules, terms=Terms())
    for_b = release(told, kind="flight", to=Recipient(kind="party", party="B"), rules=rules, terms=Terms())
    assert for_a.equals(for_b), "both are told the same"
    assert for_a.num_rows == told.num_rows > 0
    launched = {sortie.launch_us for sortie in plan.sorties}
    for row in for_a.to_pylist():
        assert row["earliest_at_us"] % HOUR_US == 0
        assert (row["latest_at_us"] + 1) % HOUR_US == 0
        assert row["from_km"] % 10 == row["until_km"] % 10 == 0
        assert row["visible_from_us"] - 1 + 2 * HOUR_US in launched
        words = " ".join(str(value) for value in row.values())
        assert not any(name in words for name in ("West", "East", "W ", "E "))
    nobody = release(told, kind="flight", to=Recipient(kind="party", party="A"), rules=(), terms=Terms())
    public = release(told, kind="flight", to=PUBLIC, rules=(ReleaseRule(to="public", kind="flight"),), terms=Terms())
    assert nobody.num_rows == public.num_rows == 0


def test_a_notice_widens_the_kilometres_to_whole_tens_outward(flown):
    found, plan = flown
    one = replace(plan, sorties=(replace(plan.sorties[0], legs=plan.sorties[0].legs[:1]),))
    leg = one.sorties[0].legs[0]
    mine = np.arange(len(found.task.legs)) == found.task.legs.row_of[leg.stretch_id, leg.offset_m]
    from_m, until_m = (np.where(mine, end_m, 0) for end_m in (13_400, 27_100))
    legs = replace(found.task.legs, from_m=from_m, until_m=until_m)
    (told,) = flights_of(one, legs=legs, announce_us=0).to_pylist()
    assert (told["from_km"], told["until_km"]) == (10, 30)


def test_closed_airspace_is_not_flown_and_the_window_is_named():
    closed = Spell(
        kind="airspace",
        begins="2026-10-02 00:00",
        ends="2026-10-03 00:00",
        line="contact",
        from_km=0,
        until_km=8,
        party="A",
    )
    _found, plan = planned(replace(SETTINGS, spells=(closed,)))
    over = {leg.stretch_id for sortie in plan.sorties for leg in sortie.legs}
    assert not over & {"contact 0", "contact 1"}
    assert plan.unmet[0].never > 0
    assert "A" in plan.unmet[0].why


def test_the_mission_s_own_revisits_are_planned_too():
    own = Revisit(name="OWN", clauses=("FAR",), every="12h", line="contact", from_km=0, until_km=20, weight=2)
    found, _plan = planned(replace(SETTINGS, revisits=(own,)))
    assert {duty.name for duty in found.duties} == {"NEAR_6H", "OWN"}
    assert set(np.unique(found.task.legs.offset_m)) == {-8_000, -4_000, 0, 4_000, 8_000}
    assert "OWN" in found.task.demands.duty


def test_drones_that_see_too_coarsely_meet_nothing_and_it_is_said():
    blind = tuple(replace(fleet, resolution_mm=3_000) for fleet in SETTINGS.fleets)
    _, plan = planned(replace(SETTINGS, fleets=blind))
    assert plan.met == 0
    assert sum(each.windows for each in plan.unmet) == plan.windows


@pytest.fixture(scope="module")
def tradeoff():
    return compare_posts(MISSION, MANDATES, FEATURES, from_us=MIDNIGHT_US, progress=lambda words: None)


def test_more_drones_or_more_posts_never_see_less(tradeoff):
    by = {(mix.drones, mix.posts): mix for mix in tradeoff.mixes}
    assert set(by) == {(drones, posts) for drones in (0, 2, 4) for posts in (0, 6)}
    assert not any(by[0, 0].observed_permille.values())
    for condition in ("day", "night", "bad_weather", "interference"):
        for drones in (0, 2, 4):
            assert by[drones, 6].observed_permille[condition] >= by[drones, 0].observed_permille[condition]
        shares = [by[drones, 0].observed_permille[condition] for drones in (0, 2, 4)]
        assert shares == sorted(shares)
    assert by[2, 0].observed_permille["day"] > 0


def test_the_duties_are_met_by_the_drones_that_were_planned_for_them_and_by_few_posts_hardly(tradeoff):
    by = {(mix.drones, mix.posts): mix.duties_permille for mix in tradeoff.mixes}
    assert by[0, 0] == {"clear": 0, "bad_weather": 0, "interference": 0}
    assert by[4, 0]["clear"] >= 950
    assert by[4, 0]["bad_weather"] == 0
    assert by[4, 0]["interference"] < by[4, 0]["clear"]
    assert by[0, 6]["clear"] < 100, (
        "eyes without glasses know a vehicle at 1.3 km, and each stretch has 2 km on both sides"
    )
    assert by[4, 6]["interference"] >= by[4, 0]["interference"]


def test_each_condition_does_what_it_says(tradeoff):
    by = {(mix.drones, mix.posts): mix.observed_permille for mix in tradeoff.mixes}
    assert by[0, 6]["night"] < by[0, 6]["day"], "eyes without light see nothing that does not glow"
    assert by[4, 0]["interference"] < by[4, 0]["day"], "drones that stay on the ground when disturbed"
    assert by[4, 0]["bad_weather"] == 0, "visibility of 2 km is below the drones' limit of 3 km"
    assert by[0, 6]["interference"] >= by[0, 6]["night"], "posts need no satellite navigation"


def test_posts_are_compared_by_day_and_night_where_nothing_is_flown():
    compare = Comparison(drones=(0, 2), posts=(6,))
    mission = replace(MISSION, plan=replace(SETTINGS, compare=compare))
    text = b"\n".join(line for line in TEXT.splitlines() if not line.startswith(b"watch NEAR_6H"))
    none, two = compare_posts(
        mission, parse_mandates({"m.truce": text}), FEATURES, from_us=MIDNIGHT_US, progress=lambda _: None
    ).mixes
    assert none.observed_permille == two.observed_permille
    assert none.observed_permille["day"] > none.observed_permille["night"] > 0
    assert (two.sorties_a_day, two.duties_permille["clear"]) == (0, 0)


def test_people_and_costs_are_the_user_s_figures(tradeoff):
    mix = next(each for each in tradeoff.mixes if (each.drones, each.posts) == (4, 6))
    assert (mix.people_at_line, mix.people_elsewhere, mix.patrols_a_day) == (48, 12, 12)
    assert (mix.cost_low_amount, mix.cost_high_amount) == (64.0, 128.0)
    assert any("60 mm" in words or "80 mm" in words for words in tradeoff.assumptions)


def test_the_plan_is_the_same_for_the_same_mission(flown):
    found, plan = flown
    again = planned()[1]
    assert [each.launch_us for each in again.sorties] == [each.launch_us for each in plan.sorties]
    assert (
        pc.sum(views_of_sorties(plan.sorties, found.task, found.scene, visibility_m=1e4)["earliest_at_us"]) is not None
    )


def test_what_no_drone_makes_out_is_named_beside_what_they_can_see():
    """Tanks are seen from there and people are not: their windows are unmet, and no flight could meet them."""
    people = TEXT.replace(
        b"clause FAR", b'clause MEN cites "1" prohibited A B present PEOPLE within 2km of contact\nclause FAR'
    )
    people = people.replace(b"weapons TANKS", b"weapons PEOPLE = personnel\nweapons TANKS")
    people = people.replace(b"watch DEPOT", b'watch MEN_6H cites "2" every 6h for MEN by uav_image\nwatch DEPOT')
    coarse = tuple(replace(fleet, resolution_mm=350) for fleet in SETTINGS.fleets)
    mission = replace(MISSION, plan=replace(SETTINGS, fleets=coarse, need_permille=700))
    found = flyable(mission, parse_mandates({"m.truce": people}), FEATURES, from_us=MIDNIGHT_US)
    (lost,) = found.unseeable
    assert (lost.duty, lost.windows, lost.never) == ("MEN_6H", lost.windows, lost.windows)
    assert set(found.task.demands.duty) == {"NEAR_6H"}
    best = plan_flights(found.task, seconds=5)
    plan = with_unseeable(best, found.unseeable)
    assert plan.windows == best.windows + lost.windows
    assert plan.met == best.met
    assert "0.5 m" in next(each.why for each in plan.unmet if each.duty == "MEN_6H")
    assert plan.bound_ratio == pytest.approx(best.bound_ratio + lost.windows)
