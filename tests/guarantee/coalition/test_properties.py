"""What must hold whatever is asked: order, more and firmer pledges, limits."""

import sys
from dataclasses import replace

import pytest
from benchmarks.coalitions import LARGE, instance
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.guarantee.coalition.drawn import asked, goals, pledges

from truceline.base.canonical import canonical_bytes, plain
from truceline.base.errors import InputError
from truceline.guarantee.coalition import (
    THRESHOLDS,
    Ground,
    Limit,
    MissingSolverError,
    coverage,
    minimal_coalitions,
    reasons,
    smallest_defection,
    veto_players,
    worlds,
)
from truceline.model.feasibility import Coverage
from truceline.model.option import Goal
from truceline.model.pledge import LADDER
from truceline.model.scenario import Scenario

MET = Goal(name="all critical", wants=(), critical=True)


def everything(ground: Ground, scenario: Scenario, goal: Goal) -> tuple:
    return (
        coverage(ground, scenario, thresholds=[scenario.threshold]),
        minimal_coalitions(ground, scenario),
        veto_players(ground, scenario),
        smallest_defection(ground, scenario),
        reasons(ground, scenario, goal=goal),
        worlds(ground, replace(scenario, readings=()), goals=[goal]),
    )


def figures(found: Coverage) -> tuple[bool, int, int]:
    return found.status != "impossible", found.critical_met, found.met


def at(ground: Ground, scenario: Scenario) -> tuple[bool, int, int]:
    (found,) = coverage(ground, scenario, thresholds=[scenario.threshold])
    return figures(found)


@budget(25)
@given(asked(), goals(), st.randoms(use_true_random=False))
def test_the_order_in_which_anything_is_given_changes_nothing(drawn, goal, chance) -> None:
    ground, scenario = drawn

    def mixed(things: tuple) -> tuple:
        return tuple(chance.sample(things, len(things)))

    other = Ground(
        actors=mixed(ground.actors),
        pledges=mixed(ground.pledges),
        conditions=mixed(ground.conditions),
        caveats=mixed(ground.caveats),
        option=replace(ground.option, requirements=mixed(ground.option.requirements)),
    )
    shuffled = replace(scenario, facts=mixed(scenario.facts), readings=mixed(scenario.readings))
    assert everything(other, shuffled, goal) == everything(ground, scenario, goal)


@budget(10)
@given(asked(), goals())
def test_every_result_can_be_written_down_and_is_the_same_again(drawn, goal) -> None:
    ground, scenario = drawn
    written = canonical_bytes(plain(everything(ground, scenario, goal)))
    assert canonical_bytes(plain(everything(ground, scenario, goal))) == written


@budget(60)
@given(asked(), pledges(9))
def test_one_pledge_more_never_lowers_what_is_met(drawn, more) -> None:
    ground, scenario = drawn
    assert at(replace(ground, pledges=(*ground.pledges, more)), scenario) >= at(ground, scenario)


@budget(60)
@given(asked(), pledges(9), st.sampled_from(["refused", "withdrawn"]))
def test_a_refused_pledge_never_counts(drawn, more, status) -> None:
    ground, scenario = drawn
    refused = replace(more, status=status)
    assert at(replace(ground, pledges=(*ground.pledges, refused)), scenario) == at(ground, scenario)


@budget(30)
@given(asked())
def test_a_higher_threshold_never_adds(drawn) -> None:
    ground, scenario = drawn
    found = coverage(ground, scenario)
    assert [each.threshold for each in found] == list(THRESHOLDS[::-1])
    assert [figures(each) for each in found] == sorted(figures(each) for each in found)
    for each in found:
        weak = {one.pledge_id for one in ground.pledges if LADDER.index(one.status) < LADDER.index(each.threshold)}
        assert not weak & set(each.pledges)


@pytest.fixture(scope="module")
def large() -> tuple[Ground, Scenario]:
    return instance(LARGE)


def test_a_large_question_stops_at_its_limit_and_shows_how_far_it_came(large) -> None:
    few = Limit(effort_s=1, listed=5)
    (found,) = coverage(*large, thresholds=["ready"], limit=few)
    assert found.status in ("optimal", "bound")
    assert all(
        each.bound >= each.found if each.measure in ("critical met", "met") else each.bound <= each.found
        for each in found.bounds
    )
    assert found.status == "optimal" or found.bounds[-1].found != found.bounds[-1].bound
    coalitions = minimal_coalitions(*large, limit=few)
    assert not coalitions.complete
    assert coalitions.at_least > 0


def test_a_limit_of_nothing_decides_nothing(large) -> None:
    none = Limit(effort_s=0)
    assert {each.status for each in coverage(*large, limit=none)} == {"not_decided"}
    assert not minimal_coalitions(*large, limit=none).complete
    assert veto_players(*large, limit=none).outcome == "not_decided"
    assert smallest_defection(*large, limit=none).outcome == "not_decided"
    assert reasons(*large, goal=MET, limit=none).outcome == "not_decided"
    assert worlds(*large, goals=[MET], limit=none).undecided == 1


def test_a_limit_on_the_list_is_said_with_what_others_have_at_least() -> None:
    ground, scenario = instance(seed=8)
    found = minimal_coalitions(ground, replace(scenario, threshold="considering"), limit=Limit(listed=2))
    assert len(found.coalitions) == 2
    assert not found.complete
    assert found.at_least >= max(map(len, found.coalitions))


def test_too_many_worlds_are_refused_with_what_to_pick() -> None:
    ground, scenario = instance(LARGE, ambiguous=13)
    with pytest.raises(InputError, match="13 conditions with several readings make 8,192 worlds, at most 4,096"):
        worlds(ground, scenario, goals=[MET])


def test_without_the_solver_it_says_what_to_install(monkeypatch) -> None:
    ground, scenario = instance()
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(MissingSolverError, match=r"pip install 'truceline\[coalition\]'"):
        coverage(ground, scenario)
