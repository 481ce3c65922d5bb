"""Three sentences that can be read two ways: what is possible in each of eight worlds, and which sentences decide."""

import itertools
import time
from dataclasses import replace

import pytest
from tests.guarantee.coalition.seed import AMBIGUOUS, GOALS, GROUND, SCENARIO

from truceline.base.errors import InputError
from truceline.guarantee.coalition import coverage, minimal_coalitions, reasons, worlds
from truceline.model.feasibility import World


@pytest.fixture(scope="module")
def found():
    return worlds(GROUND, SCENARIO, goals=GOALS)


def said(world: World) -> set[str]:
    return {label for _, label in world.readings}


def test_there_are_eight_worlds_and_each_goal_is_possible_in_as_many_as_the_sentences_allow(found) -> None:
    assert len(found.worlds) == 8
    assert dict(found.possible) == {
        "agreement": 6,
        "agreement and coalition force": 3,
        "agreement and drone monitoring": 6,
    }
    assert found.undecided == 0


def test_an_agreement_fails_exactly_where_one_requires_china_and_the_other_keeps_it_out_of_the_talks(found) -> None:
    for world in found.worlds:
        clash = {"Chinese participation required", "not even in the talks"} <= said(world)
        assert world.outcomes[0].outcome == ("impossible" if clash else "possible")
        assert world.outcomes[2].outcome == world.outcomes[0].outcome
        if clash:
            assert world.outcomes[0].statements == ("A2-06", "A2-09")
            assert [each.origin for each in world.outcomes[0].reasons].count("structure") == 1
            assert len(world.outcomes[0].reasons) == 3


def test_a_force_fails_wherever_the_march_sentence_still_holds(found) -> None:
    for world in found.worlds:
        answer = world.outcomes[1]
        if "still holds in August" in said(world):
            assert answer.outcome == "impossible"
            assert answer.statements == ("A1-03",)  # the shortest way to say it, whatever else stands in the way
            assert len(answer.reasons) == 2
        assert answer.outcome == "possible" or answer.smallest


def test_each_goal_hangs_on_the_sentences_whose_reading_changes_its_outcome(found) -> None:
    hinges = {(each.goal, each.statements[0]): each.pairs for each in found.hinges}
    assert hinges == {
        ("agreement", "A2-06"): 2,
        ("agreement", "A2-09"): 2,
        ("agreement and coalition force", "A1-03"): 3,
        ("agreement and coalition force", "A2-06"): 1,
        ("agreement and coalition force", "A2-09"): 1,
        ("agreement and drone monitoring", "A2-06"): 2,
        ("agreement and drone monitoring", "A2-09"): 2,
    }


def test_without_a_coalition_that_is_ready_there_is_no_force_in_any_world() -> None:
    firmer = replace(SCENARIO, threshold="committed")
    found = worlds(GROUND, firmer, goals=GOALS[1:2])
    assert found.possible == (("agreement and coalition force", 0),)
    picks = tuple((condition_id, label) for condition_id, label in found.worlds[-1].readings)
    why = reasons(GROUND, replace(firmer, readings=picks), goal=GOALS[1])
    assert why.statements == ("A2-14", "A2-16")
    assert {each.origin for each in why.reasons} == {"statement", "structure"}


def test_a_world_asked_alone_gives_what_all_together_give(found) -> None:
    for world in found.worlds:
        scenario = replace(SCENARIO, readings=world.readings)
        for goal, answer in zip(GOALS, world.outcomes, strict=True):
            alone = reasons(GROUND, scenario, goal=goal)
            assert (alone.outcome, alone.smallest) == (answer.outcome, answer.smallest)
            assert len(alone.reasons) == len(answer.reasons)


def test_one_reading_picked_leaves_four_worlds(found) -> None:
    picked = replace(SCENARIO, readings=((AMBIGUOUS[0], "no longer holds"),))
    four = worlds(GROUND, picked, goals=GOALS)
    assert len(four.worlds) == 4
    assert dict(four.possible)["agreement and coalition force"] == 3


@pytest.mark.parametrize("ask", [coverage, minimal_coalitions, lambda g, s: reasons(g, s, goal=GOALS[0])])
def test_asked_once_a_sentence_with_two_readings_must_be_picked(ask) -> None:
    words = "A2-06 requires RUS accepts: “Chinese participation required”, “Chinese participation optional”"
    with pytest.raises(InputError, match=words) as refused:
        ask(GROUND, SCENARIO)
    assert "A1-03" not in str(refused.value)  # nothing asked here needs a force


def test_a_sentence_about_a_force_must_be_picked_where_a_force_is_asked_for() -> None:
    with pytest.raises(InputError, match="A1-03 vetoes force: “still holds in August”, “no longer holds”"):
        reasons(GROUND, SCENARIO, goal=GOALS[1])


def test_the_order_of_everything_given_changes_nothing(found) -> None:
    for conditions in itertools.islice(itertools.permutations(GROUND.conditions), 0, 720, 240):
        other = replace(GROUND, conditions=conditions, actors=GROUND.actors[::-1])
        assert worlds(other, SCENARIO, goals=GOALS) == found


def test_a_world_is_answered_in_less_than_a_tenth_of_a_second() -> None:
    begun_s = time.process_time()
    worlds(GROUND, SCENARIO, goals=GOALS)
    assert (time.process_time() - begun_s) / 8 < 0.1
