"""What is told about the input beside every result."""

from dataclasses import replace

from tests.guarantee.coalition.seed import any_of, fact, joins, no
from tests.guarantee.coalition.test_semantics import SCENARIO, condition, ground, pledge

from truceline.guarantee.coalition import minimal_coalitions
from truceline.guarantee.coalition.notes import notes_of
from truceline.guarantee.coalition.problem import posed
from truceline.guarantee.coalition.rules import rules_of
from truceline.model.condition import Expression


def circles(asked, scenario=SCENARIO) -> list[str]:
    question = posed(asked, scenario)
    return [each.words for each in notes_of(question, rules_of(question)) if each.kind == "circle"]


def only_if(number: int, who: Expression, then: Expression):
    return replace(condition("only_if", who, then), condition_id=f"C{number}", statements=(f"st-C{number}",))


def test_a_circle_of_two_reads_as_both_or_neither() -> None:
    asked = ground(
        pledge("P1", "ALD"),
        pledge("P2", "BOR"),
        conditions=(only_if(1, joins("ALD"), joins("BOR")), only_if(2, joins("BOR"), joins("ALD"))),
    )
    assert circles(asked) == [
        "circular: ALD takes part -> BOR takes part -> ALD takes part; read as: all of these or none"
    ]


def test_a_circle_through_what_two_provide_is_found_where_neither_brings_anything_else() -> None:
    of_bor = Expression(op="pledged", name="BOR", capability="road")
    asked = ground(
        pledge("P1", "ALD", condition=of_bor), pledge("P2", "BOR", 1, capability="road", condition=joins("ALD"))
    )
    (told,) = circles(asked)
    assert "all of these or none" in told
    assert "ALD provides clinic" in told
    assert minimal_coalitions(asked, SCENARIO).coalitions == (("ALD", "BOR"),)
    more = replace(asked, pledges=(*asked.pledges, pledge("P3", "ALD", 1, capability="radio")))
    (told,) = circles(more)
    assert "may hold each other up, where nothing else does" in told


def test_what_is_offered_a_second_time_without_a_condition_is_no_forced_circle() -> None:
    conditions = (only_if(1, joins("BOR"), Expression(op="pledged", name="ALD", capability="clinic")),)
    asked = ground(pledge("P1", "ALD", condition=joins("BOR")), pledge("P2", "BOR"), conditions=conditions)
    assert "all of these or none" in circles(asked)[0]
    (told,) = circles(replace(asked, pledges=(*asked.pledges, pledge("P3", "ALD", 1))))
    assert "where nothing else does" in told


def test_facts_that_only_hold_each_other_up_are_told_unless_the_scenario_settles_them() -> None:
    conditions = (only_if(1, fact("calm"), fact("talks")), only_if(2, fact("talks"), fact("calm")))
    asked = ground(conditions=conditions, open_facts=("calm", "talks"))
    assert circles(asked) == ["circular: “calm” -> “talks” -> “calm”; read as: all of these or none"]
    assert circles(asked, replace(SCENARIO, facts=("calm",))) == []
    assert circles(ground(conditions=conditions, open_facts=("calm",))) == []


def test_a_way_out_makes_it_a_circle_that_may_be() -> None:
    conditions = (only_if(1, joins("ALD"), any_of(joins("BOR"), joins("CYR"))), only_if(2, joins("BOR"), joins("ALD")))
    asked = ground(pledge("P1", "ALD"), pledge("P2", "BOR"), pledge("P3", "CYR"), conditions=conditions)
    assert circles(asked) == [
        (
            "circular: ALD takes part -> BOR takes part -> ALD takes part; "
            "read as: these may hold each other up, where nothing else does"
        )
    ]


def test_never_without_the_other_is_only_with_it() -> None:
    conditions = (
        replace(condition("never_if", joins("ALD"), no(joins("BOR"))), condition_id="C1"),
        only_if(2, joins("BOR"), joins("ALD")),
    )
    asked = ground(pledge("P1", "ALD"), pledge("P2", "BOR"), conditions=conditions)
    assert len(circles(asked)) == 1
    apart = (replace(conditions[0], readings=condition("never_if", joins("ALD"), joins("BOR")).readings), conditions[1])
    assert circles(replace(asked, conditions=apart)) == []


def test_an_actor_and_its_only_pledge_are_no_circle() -> None:
    assert circles(ground(pledge("P1", "ALD"), pledge("P2", "BOR", condition=joins("ALD")))) == []


def test_what_is_taken_as_not_so_is_listed_and_what_nothing_depends_on_too() -> None:
    asked = ground(pledge("P1", "ALD", condition=fact("parliament")))
    found = minimal_coalitions(asked, replace(SCENARIO, facts=("parlament",), mandates=("UN",)))
    told = {each.kind: each.about for each in found.notes}
    assert told == {"not_so": ("fact:parliament",), "unasked": ("fact:parlament", "mandate:UN")}


def test_a_long_chain_of_conditions_is_no_trouble() -> None:
    number = 2_000
    conditions = tuple(only_if(at, fact(f"f{at}"), fact(f"f{(at + 1) % number}")) for at in range(number))
    asked = ground(conditions=conditions, open_facts=tuple(f"f{at}" for at in range(number)))
    assert len(circles(asked)) == 1
