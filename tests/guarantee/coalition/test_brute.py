"""Every answer agrees with trying all courses one by one, and every reason with z3."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import event, given
from tests.conftest import budget
from tests.guarantee.coalition.brute import Course, Put, courses
from tests.guarantee.coalition.drawn import ACTORS, asked, close, conditions, goals
from tests.guarantee.coalition.seed import fact

from truceline.base.errors import InputError
from truceline.guarantee.coalition import (
    Ground,
    coverage,
    minimal_coalitions,
    reasons,
    smallest_defection,
    veto_players,
    worlds,
)
from truceline.model.condition import Reading
from truceline.model.option import Goal
from truceline.model.scenario import Scenario

MET = Goal(name="all critical", wants=(), critical=True)


def worth(course: Course) -> tuple:
    """The smaller, the better."""
    alphabetical = tuple(each not in course.joins for each in ACTORS)
    return -course.critical_met, -len(course.met), course.shortfall, len(course.joins), alphabetical


@budget(150)
@given(asked())
def test_coverage_is_the_best_of_all_courses(drawn) -> None:
    ground, scenario = drawn
    (found,) = coverage(ground, scenario, thresholds=[scenario.threshold])
    every = courses(ground, scenario)
    if not every:
        assert found.status == "impossible"
        return
    best = min(every, key=worth)
    assert found.status == "optimal"
    assert set(found.coalition) == best.joins
    assert (found.critical_met, found.met) == (best.critical_met, len(best.met))
    assert [each.found for each in found.bounds] == [best.critical_met, len(best.met), best.shortfall, len(best.joins)]
    assert any(
        set(found.pledges) == each.uses and {one.requirement_id for one in found.requirements if one.met} == each.met
        for each in every
        if worth(each) == worth(best)
    )
    hopeful = courses(ground, scenario, optimistic=True)
    figures = max((each.critical_met, len(each.met)) for each in hopeful)
    assert (found.critical_met_optimistic, found.met_optimistic) == figures


@budget(150)
@given(asked())
def test_who_is_needed_is_what_trying_all_courses_finds(drawn) -> None:
    check_who_is_needed(*drawn)


@pytest.mark.parametrize("number", range(60))
def test_where_nearly_all_are_needed_each_answer_is_what_trying_all_courses_finds(number) -> None:
    check_who_is_needed(*close(number))
    check_reasons(*close(number), MET)


def check_who_is_needed(ground: Ground, scenario: Scenario) -> None:
    working = {each.joins for each in courses(ground, scenario, goal=MET)}
    smallest = {each for each in working if not any(other < each for other in working)}
    found = minimal_coalitions(ground, scenario)
    assert found.complete
    assert {frozenset(each) for each in found.coalitions} == smallest
    vetoes, defection = veto_players(ground, scenario), smallest_defection(ground, scenario)
    if not working:
        assert vetoes.outcome == defection.outcome == "impossible"
        return
    assert set(vetoes.players) == frozenset.intersection(*working)
    for staying in ((), tuple(vetoes.players)):
        defection = smallest_defection(ground, scenario, staying=staying)
        others = [each for each in ACTORS if each not in staying]
        breaking = [
            set(leaving)
            for size in range(len(others) + 1)
            for leaving in itertools.combinations(others, size)
            if all(set(leaving) & each for each in working)
        ]
        least = min(map(len, breaking), default=None)
        assert defection.complete
        assert defection.size == least
        assert [set(each) for each in defection.sets] == [each for each in breaking if len(each) == least]


@budget(100)
@given(asked(), goals())
def test_reasons_exclude_the_goal_none_can_go_and_no_smaller_set_does(drawn, goal) -> None:
    check_reasons(*drawn, goal)


def check_reasons(ground: Ground, scenario: Scenario, goal: Goal) -> None:
    found = reasons(ground, scenario, goal=goal)
    possible = bool(courses(ground, scenario, goal=goal))
    assert found.outcome == ("possible" if possible else "impossible")
    if possible:
        assert not found.reasons
        return
    put = Put(ground, scenario, goal)
    keys = [each.key for each in found.reasons]
    assert put.excludes(keys)
    assert not any(put.excludes([one for one in keys if one != each]) for each in keys)
    assert found.smallest
    for size in range(min(len(keys), 4)):  # one fewer of four others is 2,000 questions already
        for fewer in itertools.combinations(sorted(put.rules), size):
            assert not put.excludes(fewer), f"{fewer} are enough"


@budget(60)
@given(asked(settled=False), goals())
def test_worlds_are_what_each_reading_gives_alone(drawn, goal) -> None:
    ground, scenario = drawn
    found = worlds(ground, scenario, goals=[goal])
    outcomes = {}
    for world in found.worlds:
        picked = replace(scenario, readings=world.readings)
        possible = bool(courses(ground, picked, goal=goal))
        (answer,) = world.outcomes
        assert answer.outcome == ("possible" if possible else "impossible")
        assert len(answer.reasons) == len(reasons(ground, picked, goal=goal).reasons)
        outcomes[world.readings] = answer.outcome
    assert found.possible == (("drawn", list(outcomes.values()).count("possible")),)
    turning = {
        next(one for one, other in zip(left, right, strict=True) if one != other)[0]
        for left, right in itertools.combinations(outcomes, 2)
        if sum(one != other for one, other in zip(left, right, strict=True)) == 1 and outcomes[left] != outcomes[right]
    }
    assert {each.condition_id for each in found.hinges} == turning


@budget(100)
@given(asked(settled=False), conditions(7))
def test_a_reading_that_need_not_be_picked_changes_nothing(drawn, more) -> None:
    ground, scenario = drawn
    more = replace(more, of=fact("open"), readings=(*more.readings[:1], Reading(label="empty", words="")))
    ground = replace(ground, conditions=(*ground.conditions, more))
    try:
        found = coverage(ground, scenario, thresholds=[scenario.threshold])
    except InputError:
        return
    for world in worlds(ground, scenario, goals=[]).worlds:
        picked = coverage(ground, replace(scenario, readings=world.readings), thresholds=[scenario.threshold])
        assert [replace(each, notes=()) for each in picked] == [replace(each, notes=()) for each in found]
        event(f"{len(world.readings)} not picked")
