from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.plan.flights.small import HOUR_US, START_US, day, every, site_of, spell

from truceline.base.errors import InputError
from truceline.model.plan import FlightPlan
from truceline.plan.flights import Change, Lost, Replanned, Task, check_plan, closing_of, plan_flights, replan

NOW_US = START_US + 4 * HOUR_US + HOUR_US // 6


@pytest.fixture(scope="module")
def task() -> Task:
    return day()


@pytest.fixture(scope="module")
def plan(task: Task) -> FlightPlan:
    return plan_flights(task, seconds=5)


def after(task: Task, plan: FlightPlan, change: Change, now_us: int = NOW_US) -> Replanned:
    new = replan(task, plan, change, now_us=now_us, seconds=2)
    assert check_plan(new.task, new.plan) == ()
    names = [sortie.sortie_id for sortie in new.plan.sorties]
    assert sorted([*new.kept, *new.added]) == sorted(names)
    assert not {*new.added} & {sortie.sortie_id for sortie in plan.sorties}
    flown = {sortie.sortie_id: sortie for sortie in plan.sorties if sortie.launch_us < now_us}
    for sortie in new.plan.sorties:
        if sortie.sortie_id in flown:
            assert sortie.launch_us == flown[sortie.sortie_id].launch_us
        else:
            assert sortie.launch_us >= now_us
    assert flown.keys() <= set(names)
    return new


def test_without_a_change_the_plan_stays(task: Task, plan: FlightPlan) -> None:
    new = after(task, plan, Change())
    assert new.dropped == new.added == ()
    assert new.plan.met == plan.met


def test_a_lost_drone_flies_no_more_and_its_sortie_ends_there(task: Task, plan: FlightPlan) -> None:
    aloft = next(each for each in plan.sorties if each.launch_us < NOW_US < each.land_us)
    new = after(task, plan, Change(lost=(Lost(fleet=aloft.fleet, drone=aloft.drone, at_us=NOW_US),)))
    own = [each for each in new.plan.sorties if (each.fleet, each.drone) == (aloft.fleet, aloft.drone)]
    assert all(each.launch_us < NOW_US for each in own)
    assert all(leg.until_us <= NOW_US for each in own for leg in each.legs)
    assert any(f"sortie {aloft.sortie_id} was lost" in remark for remark in new.plan.remarks)


def test_a_denied_consent_empties_that_airspace_and_whoever_is_aloft_is_told(task: Task, plan: FlightPlan) -> None:
    shut = replace(spell("airspace", "04:10", "12:00"), from_km=0.0, until_km=40.0)
    closing = closing_of(shut, zone="UTC", legs=task.legs, bases=task.means.bases)
    new = after(task, plan, Change(closings=(closing,)))
    closed = {f"front {at}" for at in range(20)}
    late = [leg for each in new.plan.sorties for leg in each.legs if leg.until_us > NOW_US]
    assert not [leg for leg in late if leg.stretch_id in closed]
    assert new.dropped
    assert "airspace closed by North" in new.plan.unmet[0].why


def test_a_new_case_is_flown_to(task: Task, plan: FlightPlan) -> None:
    site = site_of(30.0, 5.0)
    asked = replace(every(site, 12, each_h=12, duty="case 7"), leg=np.array([len(task.legs)]), weight=np.array([50.0]))
    change = Change(legs=site, demands=asked, chance_ratio=np.full((3, 1, 12), 0.85))
    new = after(task, plan, change)
    assert "site" in {leg.stretch_id for each in new.plan.sorties for leg in each.legs}
    assert "case 7" not in {each.duty for each in new.plan.unmet}
    again = after(new.task, new.plan, Change(), now_us=NOW_US + HOUR_US)
    assert again.plan.met == new.plan.met


def test_what_the_parties_were_told_of_is_not_moved(task: Task, plan: FlightPlan) -> None:
    told = replace(task, means=replace(task.means, announce_us=2 * HOUR_US))
    aloft = next(each for each in plan.sorties if each.launch_us < NOW_US < each.land_us)
    new = after(told, plan, Change(lost=(Lost(fleet=aloft.fleet, drone=aloft.drone, at_us=NOW_US),)))
    before = {sortie.sortie_id for sortie in plan.sorties}
    soon = [each for each in new.plan.sorties if NOW_US <= each.launch_us < NOW_US + 2 * HOUR_US]
    assert {each.sortie_id for each in soon} <= before


def test_who_is_in_the_air_is_not_sent_out_again() -> None:
    scarce = day(drones=1)
    scarce = replace(scarce, demands=every(scarce.legs, 12, each_h=1))
    plan = plan_flights(scarce, seconds=1)
    more = every(scarce.legs, 12, each_h=2, duty="case 8")
    new = after(scarce, plan, Change(demands=replace(more, weight=9 * more.weight)))
    for fleet in ("fleet 0", "fleet 1", "fleet 2"):
        own = sorted(each.launch_us for each in new.plan.sorties if each.fleet == fleet)
        assert all(later - earlier >= HOUR_US for earlier, later in pairwise(own))


@pytest.mark.parametrize("lost", [("nobody", 1), ("fleet 0", 7)])
def test_a_drone_that_there_is_not_cannot_be_lost(task: Task, plan: FlightPlan, lost: tuple[str, int]) -> None:
    with pytest.raises(InputError):
        after(task, plan, Change(lost=(Lost(fleet=lost[0], drone=lost[1], at_us=NOW_US),)))
