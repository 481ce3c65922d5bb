from dataclasses import replace

import numpy as np
import pytest
from tests.plan.flights.small import FLEET, HOUR_US, START_US, day, legs_of, settings_of, spell

from truceline.base.errors import InputError
from truceline.model.plan import Base, PlanSettings, Shift, Spell
from truceline.plan.flights import Means, check_plan, means_of, plan_flights
from truceline.plan.flights.task import crews_at, drones_at


def means(settings: PlanSettings, zone: str = "UTC") -> Means:
    return means_of(settings, zone=zone, from_us=START_US, legs=legs_of(10))


def test_a_drone_in_two_places_stays_at_the_first_and_is_named() -> None:
    found = means(settings_of(FLEET, replace(FLEET, base="base 1")))
    assert [fleet.base for fleet in found.fleets] == ["base 0"]
    assert any("no drone is in two places" in remark for remark in found.remarks)


def test_a_base_without_drones_and_a_fleet_without_a_base_are_named_and_the_rest_flies() -> None:
    settings = settings_of(FLEET)
    empty = Base(name="lonely", lon_deg=-36.0, lat_deg=48.0)
    settings = replace(
        settings, bases=(*settings.bases, empty), fleets=(FLEET, replace(FLEET, name="lost", base="nowhere"))
    )
    said = " / ".join(means(settings).remarks)
    assert "base lonely has no drones" in said
    assert "fleet lost: its base 'nowhere'" in said
    assert [fleet.name for fleet in means(settings).fleets] == ["fleet 0"]


def test_overlapping_shifts_are_named_and_their_crews_add_up() -> None:
    shifts = (
        Shift(base="base 0", crews=2, from_hour=22, until_hour=6),
        Shift(base="base 0", crews=1, from_hour=5, until_hour=12),
    )
    found = means(settings_of(FLEET, shifts=shifts))
    assert any("overlaps 22 to 6" in remark for remark in found.remarks)
    hours = START_US + HOUR_US * np.array([0, 5, 6, 11])
    assert crews_at(found, "base 0", hours).tolist() == [2, 3, 1, 1]


def test_shifts_that_only_touch_are_no_overlap() -> None:
    shifts = tuple(
        Shift(base="base 0", crews=1, from_hour=at, until_hour=until) for at, until in ((22, 6), (6, 14), (14, 22))
    )
    assert means(settings_of(FLEET, shifts=shifts)).remarks == ()


def test_a_shift_is_by_the_clock_of_the_place() -> None:
    found = means(settings_of(FLEET, shifts=(Shift(base="base 0", crews=1, from_hour=6, until_hour=8),)), "+03:00")
    assert crews_at(found, "base 0", START_US + HOUR_US * np.array([2, 3, 4, 5])).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (spell("airspace", "06:00", "05:00"), "before it begins"),
        (replace(spell("airspace", "06:00", "07:00"), line="elsewhere"), "no line or zone is called 'elsewhere'"),
        (Spell(kind="base", begins="2026-10-01 06:00", ends="2026-10-01 07:00", base="nowhere"), "no base is called"),
        (replace(spell("weather", "06:00", "07:00"), from_km=5.0, until_km=2.0), "is no stretch"),
        (replace(spell("weather", "06:00", "07:00"), begins="soon"), "is not a date"),
    ],
)
def test_a_closure_that_cannot_be_read_stops_the_planning(bad: Spell, words: str) -> None:
    with pytest.raises(InputError, match=words):
        means(settings_of(FLEET, spells=(bad,)))


def test_a_closure_of_some_kilometres_lies_over_those_legs_alone() -> None:
    found = means(settings_of(FLEET, spells=(replace(spell("airspace", "06:00", "07:00"), from_km=4.0, until_km=9.0),)))
    assert np.flatnonzero(found.closings[0].legs).tolist() == [2, 3, 4]


def test_a_plan_without_anything_to_fly_or_to_see_is_empty_and_says_why() -> None:
    settings = settings_of(replace(FLEET, number=0))
    legs = legs_of(10)
    task = day()
    task = replace(
        task,
        legs=legs,
        means=means_of(settings, zone="UTC", from_us=START_US, legs=legs),
        chance_ratio=np.ones((0, 10, 12)),
    )
    some = task.demands.leg < 10
    demands = replace(
        task.demands,
        leg=task.demands.leg[some],
        from_us=task.demands.from_us[some],
        until_us=task.demands.until_us[some],
        weight=task.demands.weight[some],
        need_ratio=task.demands.need_ratio[some],
        duty=("watch",) * int(some.sum()),
    )
    plan = plan_flights(replace(task, demands=demands), seconds=2)
    assert (plan.sorties, plan.met, plan.unmet[0].never) == ((), 0, plan.windows)
    assert "there are no drones" in plan.unmet[0].why
    none = replace(
        demands,
        leg=demands.leg[:0],
        from_us=demands.from_us[:0],
        until_us=demands.until_us[:0],
        weight=demands.weight[:0],
        need_ratio=demands.need_ratio[:0],
        duty=(),
    )
    plan = plan_flights(replace(day(), demands=none), seconds=2)
    assert (plan.sorties, plan.windows, plan.unmet) == ((), 0, ())
    assert check_plan(replace(day(), demands=none), plan) == ()


def test_losses_are_expected_in_whole_drones() -> None:
    found = means(settings_of(replace(FLEET, number=10, loss_permille=50)))
    hours = START_US + HOUR_US * np.array([0, 4, 6, 12])  # a full cycle takes 2 h 45 min: 0.5 drones each
    assert drones_at(found, found.fleets[0], hours).tolist() == [10, 10, 9, 8]
