"""What each part of a question means, one small ground for each."""

from dataclasses import replace

import pytest
from tests.guarantee.coalition.seed import all_of, any_of, fact, joins, no

from truceline.base.errors import InputError, UnknownNameError
from truceline.guarantee.coalition import (
    Ground,
    coverage,
    minimal_coalitions,
    reasons,
    smallest_defection,
    veto_players,
    worlds,
)
from truceline.guarantee.coalition.problem import settled
from truceline.model.condition import Condition, Expression, Reading
from truceline.model.option import Goal, MissionOption, Requirement, Structure
from truceline.model.pledge import Caveat, Pledge
from truceline.model.scenario import Scenario

MET = Goal(name="all that is critical", wants=(), critical=True)
UN = Expression(op="mandate", name="UN")
CLINIC = Requirement(requirement_id="R1", capability="clinic", low=3, high=5, unit="units", critical=True)
SCENARIO = Scenario(scenario_id="S", name="a scenario", option_id="O")


def pledge(pledge_id: str, actor_id: str, low: int | None = 3, **other) -> Pledge:
    given = {
        "strand": "s",
        "capability": "clinic",
        "status": "committed",
        "unit": "units",
        "statements": (f"st-{pledge_id}",),
    }
    return Pledge(pledge_id=pledge_id, actor_id=actor_id, low=low, **(given | other))


def condition(kind: str, of: Expression, *thens: Expression | None, holder: str = "ALD") -> Condition:
    readings = tuple(Reading(label=f"reading {at}", words="", then=then) for at, then in enumerate(thens, 1))
    return Condition(condition_id="C1", holder_id=holder, kind=kind, of=of, readings=readings, statements=("st-C1",))


def ground(*pledges: Pledge, conditions=(), caveats=(), requirements=(CLINIC,), **other) -> Ground:
    option = MissionOption(option_id="O", name="an option", source="a paper", requirements=requirements, **other)
    return Ground(actors=("ALD", "BOR", "CYR"), pledges=pledges, conditions=conditions, caveats=caveats, option=option)


def best(asked: Ground, scenario: Scenario = SCENARIO):
    (found,) = coverage(asked, scenario, thresholds=[scenario.threshold])
    return found


def why(asked: Ground, scenario: Scenario = SCENARIO, goal: Goal = MET) -> list[str]:
    return [each.key for each in reasons(asked, scenario, goal=goal).reasons]


# --- pledges ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "threshold", "counts"),
    [
        ("committed", "committed", True),
        ("delivered", "committed", True),
        ("ready", "committed", False),
        ("ready", "ready", True),
        ("mooted", "mooted", True),
        ("refused", "mooted", False),
        ("withdrawn", "refused", False),
    ],
)
def test_a_pledge_counts_from_the_threshold_on_and_a_refused_one_never(status, threshold, counts) -> None:
    asked = ground(pledge("P1", "ALD", status=status))
    scenario = replace(SCENARIO, threshold=threshold)
    assert bool(minimal_coalitions(asked, scenario).coalitions) is counts
    assert why(asked, scenario) == ([] if counts else ["requirement:R1", "status:P1"][::-1])


def test_a_quantity_that_nobody_stated_counts_as_nothing_and_still_brings_its_actor() -> None:
    asked = ground(pledge("P1", "ALD", None), conditions=(condition("only_if", joins("BOR"), joins("ALD")),))
    assert best(asked).critical_met == 0
    assert reasons(asked, SCENARIO, goal=Goal(name="ALD", wants=(joins("ALD"),))).outcome == "possible"
    assert "counts as nothing" in next(each.words for each in best(asked).notes if each.kind == "amount")


def test_the_high_figure_is_a_second_one_beside_the_low() -> None:
    found = best(ground(pledge("P1", "ALD", 1, high=4)))
    assert (found.critical_met, found.critical_met_optimistic) == (0, 1)
    assert (found.requirements[0].by, found.requirements[0].short, found.requirements[0].by_optimistic) == (1, 2, 4)


def test_a_pledge_in_another_unit_is_not_converted() -> None:
    found = best(ground(pledge("P1", "ALD", 300, unit="persons")))
    assert found.critical_met == 0
    assert "unit" in {each.kind for each in found.notes}


def test_a_superseded_pledge_does_not_count_beside_the_later_one() -> None:
    asked = ground(pledge("P1", "ALD", 3), pledge("P2", "ALD", 2, supersedes="P1"))
    assert best(asked).requirements[0].short == 1
    assert why(asked) == ["superseded:P1", "requirement:R1"]


def test_a_pledge_counts_only_where_its_condition_holds() -> None:
    asked = ground(pledge("P1", "ALD", condition=all_of(UN, fact("parliament"))))
    assert why(asked) in (
        ["offer:P1", "mandate:UN", "requirement:R1"],
        ["offer:P1", "fact:parliament", "requirement:R1"],
    )
    given = replace(SCENARIO, mandates=("UN",), facts=("parliament",))
    assert best(asked, given).critical_met == 1


@pytest.mark.parametrize("excluded", ["clinic", "O"])
@pytest.mark.parametrize("of", [{"pledge_id": "P1"}, {"actor_id": "ALD"}])
def test_a_caveat_keeps_a_pledge_out_of_a_capability_or_an_option(excluded, of) -> None:
    caveat = Caveat(caveat_id="K1", kind="task", text="not there", excludes=(excluded,), statements=("st-K1",), **of)
    asked = ground(pledge("P1", "ALD"), caveats=(caveat,))
    found = reasons(asked, SCENARIO, goal=MET)
    assert [each.key for each in found.reasons] == ["caveat:K1:P1", "requirement:R1"]
    assert found.statements == ("st-K1",)
    elsewhere = replace(caveat, excludes=("elsewhere",))
    assert best(ground(pledge("P1", "ALD"), caveats=(elsewhere,))).critical_met == 1


# --- who takes part ---------------------------------------------------------------------------------------


def test_nobody_takes_part_with_empty_hands() -> None:
    asked = ground(pledge("P1", "ALD"), conditions=(condition("only_if", joins("ALD"), joins("BOR")),))
    assert why(asked) == ["condition:C1", "brings:BOR", "requirement:R1"]
    assert minimal_coalitions(asked, SCENARIO).coalitions == ()
    both = ground(pledge("P1", "ALD"), pledge("P2", "BOR", None), conditions=asked.conditions)
    assert minimal_coalitions(both, SCENARIO).coalitions == (("ALD", "BOR"),)


def test_two_that_join_only_with_each_other_may_join_together_and_the_circle_is_told() -> None:
    conditions = (
        condition("only_if", joins("ALD"), joins("BOR")),
        replace(condition("only_if", joins("BOR"), joins("ALD"), holder="BOR"), condition_id="C2"),
    )
    found = minimal_coalitions(ground(pledge("P1", "ALD"), pledge("P2", "BOR", 1), conditions=conditions), SCENARIO)
    assert found.coalitions == (("ALD", "BOR"),)
    assert [each.about for each in found.notes if each.kind == "circle"] == [("condition:C1", "condition:C2")]


def test_never_if_keeps_two_apart_so_more_can_be_less() -> None:
    asked = ground(
        pledge("P1", "ALD"), pledge("P2", "BOR"), conditions=(condition("never_if", joins("ALD"), joins("BOR")),)
    )
    assert minimal_coalitions(asked, SCENARIO).coalitions == (("ALD",), ("BOR",))
    together = Goal(name="both", wants=(joins("ALD"), joins("BOR")))
    assert why(asked, goal=together) == ["condition:C1"]


@pytest.mark.parametrize(
    ("kind", "thens", "facts", "possible"),
    [
        ("vetoes", (), (), False),
        ("vetoes", (None,), (), False),
        ("vetoes", (fact("shelling"),), (), True),
        ("vetoes", (fact("shelling"),), ("shelling",), False),
        ("consent_needed", (), (), False),
        ("consent_needed", (None,), ("consent_ALD",), True),
        ("consent_needed", (fact("shelling"),), (), True),
        ("consent_needed", (fact("shelling"),), ("shelling",), False),
        ("only_if", (fact("truce"),), (), False),
        ("requires", (fact("truce"),), ("truce",), True),
        ("requires", (None,), (), True),
        ("never_if", (fact("shelling"),), ("shelling",), False),
        ("never_if", (no(fact("truce")),), (), False),
    ],
)
def test_each_kind_of_condition_binds_what_it_is_about(kind, thens, facts, possible) -> None:
    asked = ground(pledge("P1", "BOR"), conditions=(condition(kind, joins("BOR"), *thens),))
    found = reasons(asked, replace(SCENARIO, facts=facts), goal=MET)
    assert found.outcome == ("possible" if possible else "impossible")
    assert possible or "st-C1" in found.statements


def test_of_two_readings_one_may_say_nothing() -> None:
    asked = ground(pledge("P1", "BOR"), conditions=(condition("vetoes", joins("BOR"), Expression(op="true"), None),))
    found = worlds(asked, SCENARIO, goals=[MET])
    assert [each.outcomes[0].outcome for each in found.worlds] == ["impossible", "possible"]
    assert found.hinges[0].statements == ("st-C1",)


# --- what is so -------------------------------------------------------------------------------------------


def test_what_nobody_states_is_not_so_and_what_is_open_may_be() -> None:
    goal = Goal(name="quiet", wants=(fact("quiet"),))
    assert why(ground(), goal=goal) == ["fact:quiet"]
    assert reasons(ground(open_facts=("quiet",)), SCENARIO, goal=goal).outcome == "possible"
    assert reasons(ground(), replace(SCENARIO, facts=("quiet",)), goal=goal).outcome == "possible"
    noisy = Goal(name="noisy", wants=(no(fact("quiet")),))
    assert why(ground(open_facts=("quiet",)), replace(SCENARIO, facts=("quiet",)), noisy) == ["fact:quiet"]


def test_a_mandate_is_there_only_if_the_scenario_says_so_whatever_is_open() -> None:
    goal = Goal(name="mandate", wants=(UN,))
    assert why(ground(open_facts=("UN",)), goal=goal) == ["mandate:UN"]


def test_a_name_that_is_not_among_the_actors_takes_no_part_and_is_told() -> None:
    asked = ground(
        pledge("P1", "ALD"), pledge("P2", "GONE"), conditions=(condition("only_if", joins("ALD"), joins("GONE")),)
    )
    found = reasons(asked, SCENARIO, goal=MET)
    assert [each.key for each in found.reasons] == ["condition:C1", "unknown:GONE", "requirement:R1"]
    assert [each.about for each in found.notes if each.kind == "unknown"] == [("P2",), ("C1",)]


def test_a_pledge_that_nobody_made_is_a_reason() -> None:
    given = Expression(op="pledged", name="BOR", capability="airlift")
    asked = ground(pledge("P1", "ALD", condition=given))
    assert why(asked) == ["offer:P1", "unoffered:BOR:airlift", "requirement:R1"]


@pytest.mark.parametrize(("stated", "possible"), [(("a",), True), (("a", "b"), False), (("a", "b", "c"), False)])
def test_not_two_of_three_is_at_most_one(stated, possible) -> None:
    two = Expression(op="at_least", number=2, parts=(fact("a"), fact("b"), fact("c")))
    goal = Goal(name="at most one", wants=(no(two),))
    found = reasons(ground(), replace(SCENARIO, facts=stated), goal=goal)
    assert found.outcome == ("possible" if possible else "impossible")
    assert len(found.reasons) == (0 if possible else 2)


def test_what_holds_by_nature_is_called_structure() -> None:
    rule = Structure(words="no clinic without a road", when=joins("ALD"), then=fact("road"))
    found = reasons(ground(pledge("P1", "ALD"), structure=(rule,)), SCENARIO, goal=MET)
    assert [(each.key, each.origin) for each in found.reasons] == [
        ("structure:no clinic without a road", "structure"),
        ("fact:road", "scenario"),
        ("requirement:R1", "source"),
    ]


# --- requirements -----------------------------------------------------------------------------------------


def test_enough_from_one_is_too_little_where_two_providers_are_asked() -> None:
    twice = replace(CLINIC, min_providers=2)
    asked = ground(pledge("P1", "ALD"), pledge("P2", "BOR", 1), requirements=(twice,))
    assert minimal_coalitions(asked, SCENARIO).coalitions == (("ALD", "BOR"),)
    alone = best(ground(pledge("P1", "ALD", 9), requirements=(twice,)))
    assert (alone.critical_met, alone.requirements[0].short) == (0, 0)
    assert why(ground(pledge("P1", "ALD", 9), requirements=(twice,))) == ["requirement:R1"]


def test_what_counts_for_one_requirement_counts_for_no_other() -> None:
    two = (replace(CLINIC, low=2), replace(CLINIC, requirement_id="R2", low=2, where="another base"))
    found = best(ground(pledge("P1", "ALD", 3), requirements=two))
    assert (found.critical_met, sum(each.short for each in found.requirements)) == (1, 1)
    assert best(ground(pledge("P1", "ALD", 4), requirements=two)).critical_met == 2
    assert "shared" in {each.kind for each in found.notes}
    assert reasons(ground(pledge("P1", "ALD", 4), requirements=two), SCENARIO, goal=MET).outcome == "possible"


def test_critical_requirements_come_before_any_number_of_others() -> None:
    others = tuple(Requirement(requirement_id=f"R{at}", capability=f"c{at}", low=1, high=1) for at in range(2, 5))
    asked = ground(
        pledge("P1", "ALD"),
        *(pledge(f"P{at}", "BOR", 1, capability=f"c{at}", unit="") for at in range(2, 5)),
        conditions=(condition("never_if", joins("ALD"), joins("BOR")),),
        requirements=(CLINIC, *others),
    )
    assert best(asked).coalition == ("ALD",)


def test_coverage_names_gaps_single_providers_and_who_cannot_be_missed() -> None:
    asked = ground(
        pledge("P1", "ALD", 2),
        pledge("P2", "BOR", 1),
        pledge("P3", "CYR", 1, capability="road"),
        pledge("P4", "CYR", 4, capability="radio", condition=fact("never said")),
        requirements=(
            CLINIC,
            Requirement(requirement_id="R2", capability="road", low=4, high=4),
            Requirement(requirement_id="R3", capability="radio", low=4, high=4),
        ),
    )
    clinic, road, radio = best(asked).requirements
    assert (clinic.met, clinic.single_provider, clinic.indispensable) == (True, "", ("ALD", "BOR"))
    assert (road.met, road.short, road.of, road.single_provider) == (False, 3, 4, "CYR")
    assert (radio.offered_by, radio.short) == ((), 4)


def test_of_equally_good_coalitions_the_one_with_earlier_names_is_given() -> None:
    assert best(ground(pledge("P2", "ALD"), pledge("P1", "BOR"))).coalition == ("ALD",)


def test_where_two_providers_are_asked_neither_of_two_can_be_missed() -> None:
    twice = replace(CLINIC, min_providers=2)
    found = best(ground(pledge("P1", "ALD", 9), pledge("P2", "BOR", 9), requirements=(twice,)))
    assert found.requirements[0].indispensable == ("ALD", "BOR")


def test_of_a_coalition_as_many_pledges_are_used_as_can_be() -> None:
    found = best(ground(pledge("P1", "ALD", 3), pledge("P2", "ALD", 1), pledge("P3", "BOR", 1)))
    assert (found.coalition, found.pledges, found.requirements[0].by) == (("ALD",), ("P1", "P2"), 4)


# --- who is needed ----------------------------------------------------------------------------------------


def test_those_without_whom_nothing_works_are_named_and_what_breaks_it_if_they_stay() -> None:
    asked = ground(pledge("P1", "ALD", 2), pledge("P2", "BOR", 1), pledge("P3", "CYR", 1))
    assert minimal_coalitions(asked, SCENARIO).coalitions == (("ALD", "BOR"), ("ALD", "CYR"))
    assert veto_players(asked, SCENARIO).players == ("ALD",)
    assert smallest_defection(asked, SCENARIO).sets == (("ALD",),)
    assert smallest_defection(asked, SCENARIO, staying=("ALD",)).sets == (("BOR", "CYR"),)


def test_where_nobody_is_needed_nobody_can_break_it() -> None:
    nothing = ground(requirements=())
    assert minimal_coalitions(nothing, SCENARIO).coalitions == ((),)
    assert veto_players(nothing, SCENARIO).players == ()
    found = smallest_defection(nothing, SCENARIO)
    assert (found.size, found.sets, found.complete) == (None, (), True)


def test_what_is_taken_as_given_may_contradict_itself() -> None:
    asked = ground(conditions=(condition("vetoes", fact("force"), None),))
    given = replace(SCENARIO, facts=("force",))
    assert best(asked, given).status == "impossible"
    assert why(asked, given, Goal(name="anything", wants=())) == ["condition:C1", "fact:force"]
    assert veto_players(asked, given).outcome == "impossible"


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "scenario", "words"),
    [
        (ground(), replace(SCENARIO, option_id="other"), "it is about option other, not O"),
        (ground(pledge("P1", "ALD"), pledge("P1", "BOR")), SCENARIO, "pledge P1: it stands twice"),
        (
            ground(conditions=(condition("only_if", joins("ALD"), Expression(op="not")),)),
            SCENARIO,
            "condition C1: a “not” has one part, not 0",
        ),
        (ground(), replace(SCENARIO, readings=(("C1", "x"), ("C1", "y"))), "reading of C1: it stands twice"),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(asked, scenario, words) -> None:
    with pytest.raises(InputError, match=words):
        minimal_coalitions(asked, scenario)


def test_a_reading_that_is_not_there_cannot_be_picked() -> None:
    asked = ground(conditions=(condition("only_if", joins("ALD"), UN, None),))
    with pytest.raises(UnknownNameError, match="its readings are reading 1, reading 2"):
        reasons(asked, replace(SCENARIO, readings=(("C1", "reading 3"),)), goal=MET)
    with pytest.raises(UnknownNameError, match="there is no such condition"):
        reasons(asked, replace(SCENARIO, readings=(("C9", "reading 3"),)), goal=MET)


def test_a_consent_that_is_needed_is_no_idle_matter() -> None:
    consent = replace(condition("consent_needed", joins("BOR"), None), condition_id="C2")
    unclear = condition("only_if", fact("consent_ALD"), fact("truce"), None)
    asked = ground(pledge("P1", "BOR"), conditions=(unclear, consent), open_facts=("consent_ALD",))
    with pytest.raises(InputError, match="C1: “reading 1”, “reading 2”"):
        minimal_coalitions(asked, SCENARIO)


def test_a_condition_nested_without_end_is_refused() -> None:
    deep = UN
    for _ in range(40):
        deep = any_of(deep)
    with pytest.raises(InputError, match="nested deeper than 32"):
        minimal_coalitions(ground(pledge("P1", "ALD", condition=deep)), SCENARIO)


def test_an_ambiguous_sentence_that_nothing_asked_depends_on_needs_no_pick() -> None:
    ambiguous = condition("requires", fact("agreement"), fact("talks"), None)
    asked = ground(conditions=(ambiguous,), requirements=(), open_facts=("agreement", "talks"))
    assert settled(asked, SCENARIO).ground.conditions == ()
    wanted = Goal(name="agreement", wants=(fact("agreement"),))
    closed = replace(asked, option=replace(asked.option, open_facts=()))
    bound = replace(asked, pledges=(pledge("P1", "ALD", condition=fact("agreement")),))
    unless = replace(condition("never_if", joins("ALD"), no(fact("agreement"))), condition_id="C2")
    wished = replace(asked, conditions=(ambiguous, unless))
    given = replace(SCENARIO, facts=("agreement",))
    for ask, scenario, goals in (
        (asked, SCENARIO, [wanted]),
        (asked, given, []),
        (closed, SCENARIO, []),
        (bound, SCENARIO, []),
        (wished, SCENARIO, []),
    ):
        with pytest.raises(InputError, match="picks no reading"):
            settled(ask, scenario, goals=goals)
