import itertools
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.flights.small import (
    FLEET,
    HOUR_US,
    START_US,
    day,
    every,
    legs_of,
    settings_of,
    site_of,
    spell,
    task_of,
)

from truceline.model.plan import FlightPlan, Shift, Spell
from truceline.plan.flights import Task, check_plan, plan_flights
from truceline.plan.flights.columns import columns_of
from truceline.plan.flights.greedy import Programme, greedy, load, programme_of, worth
from truceline.plan.flights.needs import most_at_once
from truceline.plan.flights.solve import best

SECONDS = 2


def planned(task: Task) -> FlightPlan:
    plan = plan_flights(task, seconds=SECONDS)
    assert check_plan(task, plan) == ()
    assert plan.bound_ratio <= plan.objective_ratio + 1e-9
    return plan


def test_enough_drones_meet_every_window_and_the_gap_is_small() -> None:
    plan = planned(day(drones=4))
    assert plan.met == plan.windows == 160
    assert plan.weight_ratio == 1.0
    assert plan.gap_ratio <= 0.01
    assert plan.unmet == ()


def test_the_same_task_gives_the_same_plan() -> None:
    one, other = planned(day()), planned(day())
    assert one.sorties == other.sorties
    assert one.unmet == other.unmet


def test_too_few_drones_leave_windows_unmet_and_the_plan_says_how_many_more_would_do() -> None:
    task = day(drones=1)
    short = replace(task, demands=every(task.legs, 12, each_h=1))
    plan = planned(short)
    assert plan.met < plan.windows
    assert [each.never for each in plan.unmet] != [sum(each.windows for each in plan.unmet)]
    assert any("drones more" in remark for remark in plan.remarks)


def test_what_is_flown_is_what_the_plan_requires() -> None:
    plan = planned(day())
    drones = {each.where: each.number for each in plan.requirements if each.what == "drones"}
    assert drones == {
        base: most_at_once((e.launch_us, e.land_us + HOUR_US // 2) for e in plan.sorties if e.base == base)
        for base in {sortie.base for sortie in plan.sorties}
    }
    assert {each.what for each in plan.requirements} == {"drones", "crews", "analysts", "bases"}


def test_nothing_flies_where_the_airspace_is_closed_and_the_party_that_closed_it_is_named() -> None:
    shut = replace(spell("airspace", "00:00", "12:00"), from_km=0.0, until_km=20.0)
    plan = planned(day(spells=(shut,)))
    flown = {leg.stretch_id for sortie in plan.sorties for leg in sortie.legs}
    assert not flown & {f"front {at}" for at in range(10)}
    assert flown >= {f"front {at}" for at in range(10, 40)}
    (unmet,) = plan.unmet
    assert unmet.never == 40
    assert "airspace closed by North" in unmet.why


def test_a_leg_beyond_every_drones_reach_is_named_as_too_far() -> None:
    legs = site_of(400.0, 0.0)
    plan = planned(task_of(settings_of(FLEET), legs, every(legs, 12, each_h=12)))
    assert plan.sorties == ()
    assert plan.unmet[0].never == 1
    assert "too far" in plan.unmet[0].why


def test_where_no_sensor_sees_that_is_the_reason() -> None:
    legs = legs_of(5)
    plan = planned(task_of(settings_of(FLEET), legs, every(legs, 12, each_h=12), chance=0.0))
    assert "no sensor" in plan.unmet[0].why


def test_one_look_at_little_chance_does_not_meet_a_window_but_many_do() -> None:
    legs = legs_of(5)
    plan = planned(task_of(settings_of(FLEET), legs, every(legs, 12, each_h=12), chance=0.3))
    assert plan.met == 5
    assert len(plan.sorties) >= 5  # 1 - 0.7 ** 5 = 0.83


def test_drones_that_stay_where_navigation_is_disturbed_are_not_sent_and_others_see_less() -> None:
    legs = legs_of(5)
    demands = every(legs, 12, each_h=12)
    jam = spell("interference", "00:00", "12:00")
    stays = planned(task_of(settings_of(FLEET, spells=(jam,)), legs, demands))
    assert stays.sorties == ()
    assert "interference" in stays.unmet[0].why
    flies = planned(task_of(settings_of(replace(FLEET, interference="flies"), spells=(jam,)), legs, demands))
    assert flies.met == 5
    assert len(flies.sorties) >= 6


@pytest.mark.parametrize(("limit", "flown"), [(30.0, False), (60.0, True)])
def test_wind_grounds_a_fleet_only_above_its_limit(limit: float, flown: bool) -> None:
    legs = legs_of(5)
    gale = replace(spell("weather", "00:00", "12:00"), wind_kmh=50.0, line="")
    fleet = replace(FLEET, wind_limit_kmh=limit)
    plan = planned(task_of(settings_of(fleet, spells=(gale,)), legs, every(legs, 12, each_h=12)))
    assert bool(plan.sorties) == flown


def test_nothing_starts_or_lands_while_its_base_is_closed() -> None:
    shut = Spell(kind="base", begins="2026-10-01 03:00", ends="2026-10-01 06:00", base="base 0")
    plan = planned(day(spells=(shut,)))
    own = [sortie for sortie in plan.sorties if sortie.base == "base 0"]
    assert own
    for sortie in own:
        for at_us in (sortie.launch_us, sortie.land_us):
            assert not START_US + 3 * HOUR_US <= at_us < START_US + 6 * HOUR_US


def test_nothing_flies_without_a_crew_on_duty_and_one_crew_flies_one_sortie_at_a_time() -> None:
    legs = legs_of(30)
    shift = Shift(base="base 0", crews=1, from_hour=6, until_hour=12)
    manned = every(legs, 12, each_h=1)
    plan = planned(task_of(settings_of(replace(FLEET, number=3), shifts=(shift,)), legs, manned))
    assert all(sortie.launch_us >= START_US + 6 * HOUR_US for sortie in plan.sorties)
    assert most_at_once((sortie.launch_us, sortie.land_us) for sortie in plan.sorties) == 1
    assert 180 <= plan.unmet[0].never < 360
    assert "crews" in plan.unmet[0].why
    freely = planned(task_of(settings_of(replace(FLEET, number=3)), legs, manned))
    assert most_at_once((sortie.launch_us, sortie.land_us) for sortie in freely.sorties) > 1


def test_a_sortie_flies_out_along_one_lane_and_home_along_the_next() -> None:
    plan = planned(day(lanes=2))
    assert any(len({leg.offset_m for leg in sortie.legs}) == 2 for sortie in plan.sorties)
    assert plan.met == plan.windows == 320


def test_losses_that_must_be_expected_take_drones_away_towards_evening() -> None:
    task = day(drones=2)
    frail = tuple(replace(fleet, loss_permille=200) for fleet in task.means.fleets)
    hard = replace(task, means=replace(task.means, fleets=frail), demands=every(task.legs, 12, each_h=1))
    plan = planned(hard)
    late = [sortie for sortie in plan.sorties if sortie.launch_us > START_US + 8 * HOUR_US]
    early = [sortie for sortie in plan.sorties if sortie.launch_us < START_US + 4 * HOUR_US]
    assert len(late) < len(early)


def test_the_checker_notices_a_drone_in_two_places_and_a_window_that_is_not_met() -> None:
    task = day()
    plan = planned(task)
    first, second = plan.sorties[0], next(e for e in plan.sorties[1:] if e.fleet == plan.sorties[0].fleet)
    twice = replace(second, drone=first.drone, launch_us=first.launch_us, land_us=first.land_us)
    others = tuple(each for each in plan.sorties if each is not second)
    said = " ".join(check_plan(task, replace(plan, sorties=(*others, twice))))
    assert "two places" in said
    assert "windows are met" in " ".join(check_plan(task, replace(plan, sorties=plan.sorties[1:])))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"land_us": START_US + HOUR_US // 100}, "lands before it can be back"),
        ({"base": "base 2"}, "its fleet stands at"),
        ({"drone": 9}, "drone 9 of 2"),
        ({"launch_us": START_US - HOUR_US}, "hours of the plan"),
        ({"path_deg": (0.0, 0.0, 1.0, 1.0)}, "begin and end at its base"),
    ],
)
def test_the_checker_notices_a_sortie_that_cannot_be(fault: dict[str, object], words: str) -> None:
    task = day()
    plan = planned(task)
    first = next(sortie for sortie in plan.sorties if sortie.base == "base 0")
    others = tuple(each for each in plan.sorties if each is not first)
    said = check_plan(task, replace(plan, sorties=(*others, replace(first, **fault))))  # type: ignore[arg-type]
    assert any(words in complaint for complaint in said), said


@given(st.integers(0, 10**6))
@settings(max_examples=60 if os.environ.get("TRUCELINE_LONG") else 8, deadline=None)
def test_any_small_day_gives_a_plan_that_the_checker_accepts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spells = []
    for kind in rng.choice(["airspace", "interference", "weather", "base"], rng.integers(0, 4)):
        hour, from_km = int(rng.integers(0, 10)), float(rng.integers(0, 60))
        begins, ends = f"2026-10-01 {hour:02d}:30", f"2026-10-01 {hour + 2:02d}:10"
        where = {"base": "base 1"} if kind == "base" else {"line": "front"}
        span = {} if kind == "base" else {"from_km": from_km, "until_km": from_km + 20}
        wind = {"wind_kmh": 60.0} if kind == "weather" else {}
        spells.append(Spell(kind=kind, begins=begins, ends=ends, **where, **span, **wind))
    first = int(rng.integers(0, 12))
    shifts = (Shift(base="base 0", crews=int(rng.integers(0, 3)), from_hour=first, until_hour=first + 8),)
    task = day(drones=int(rng.integers(1, 4)), spells=tuple(spells), shifts=shifts)
    fleets = tuple(
        replace(fleet, loss_permille=int(rng.integers(0, 60)), interference=str(rng.choice(["stays", "flies"])))
        for fleet in task.means.fleets
    )
    chance = rng.uniform(0.2, 0.95, task.chance_ratio.shape)
    task = replace(task, means=replace(task.means, fleets=fleets), chance_ratio=chance)
    plan = plan_flights(task, seconds=1)
    assert check_plan(task, plan) == ()
    assert plan.bound_ratio <= plan.objective_ratio + 1e-9
    assert sum(each.windows for each in plan.unmet) == plan.windows - plan.met


@given(st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_the_best_choice_is_the_best_of_all_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, rows = int(rng.integers(1, 7)), int(rng.integers(1, 8))
    seen = [np.flatnonzero(rng.random(rows) < 0.5) for _ in range(columns)]
    programme = Programme(
        cost=np.full(columns, 0.2),
        weight=rng.integers(1, 5, rows).astype(float),
        start=np.concatenate([[0], np.cumsum([len(each) for each in seen])]).astype(np.int64),
        row=np.concatenate(seen).astype(np.int64),
        ratio=rng.choice([0.3, 0.6, 1.0], sum(len(each) for each in seen)),
        use_start=np.arange(columns + 1, dtype=np.int64),
        use=rng.integers(0, 2, columns).astype(np.int64),
        capacity=np.array([2, 1], np.int64),
    )
    parts = [rng.random(columns) < 0.5 for _ in range(3)]
    answer = best(programme, greedy(programme), parts=parts, seconds_s=5.0)
    hurried = best(programme, np.zeros(columns, np.int64), parts=parts, seconds_s=0.0)
    costs = [
        worth(programme, np.array(flown))
        for flown in itertools.product(range(3), repeat=columns)
        if (load(programme, np.array(flown)) <= programme.capacity).all()
    ]
    assert answer.objective_ratio <= min(costs) * 1.005 + 1e-6
    assert answer.bound_ratio <= min(costs) + 1e-6
    assert hurried.bound_ratio <= min(costs) + 1e-6


def test_merged_windows_cost_what_each_of_them_would() -> None:
    task = day()
    columns = columns_of(task)
    programme = programme_of(task, columns)
    assert len(programme.weight) < len(task.demands)
    flown = greedy(programme)
    column = np.repeat(flown, np.diff(columns.cover_start))
    seen = np.bincount(columns.cover_demand, columns.cover_ratio * column, len(task.demands))
    apart = task.demands.weight @ np.maximum(0, 1 - seen) + programme.cost @ flown
    assert worth(programme, flown) == pytest.approx(apart)
