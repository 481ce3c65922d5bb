"""On which readings of which sentences it hangs: every combination of readings, goal by goal."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from truceline.base.errors import InputError
from truceline.guarantee.coalition.notes import notes_of
from truceline.guarantee.coalition.problem import NO_LIMIT_GIVEN, Ground, Limit, Question, posed
from truceline.guarantee.coalition.reasons import Asking, Keys
from truceline.guarantee.coalition.rules import key_of, rules_of, undoubled
from truceline.guarantee.coalition.solver import Budget
from truceline.model.condition import Reading
from truceline.model.feasibility import Hinge, Reasons, World, Worlds
from truceline.model.option import Goal
from truceline.model.scenario import Outcome, Scenario

MOST_WORLDS = 4096


def worlds(ground: Ground, scenario: Scenario, *, goals: Sequence[Goal], limit: Limit = NO_LIMIT_GIVEN) -> Worlds:
    """Whether each goal is possible in each combination of readings that the scenario leaves open.

    Args:
        ground: what is confirmed.
        scenario: what is taken as given; conditions of which it picks a reading are read so in every world.
        goals: what is asked of each world.
        limit: for everything together; outcomes come first, then reasons.

    Raises: InputError: as `problem.posed`, or more than 4,096 worlds. MissingSolverError.
    """
    question = posed(ground, scenario, goals=goals)
    chosen = _combinations(question)
    budget, found = Budget(limit), list[list[Reasons]]()
    asked = []
    for goal in goals:
        rules = undoubled(rules_of(question, goals=goals, critical=goal.critical))
        asking = Asking(question, rules, goal)
        asked.append((asking, _keys_of_worlds(question, asking, chosen)))
    for asking, sets in asked:
        asking.settle(sets, budget)
    for asking, sets in asked:
        found.append([asking.answer(keys, budget) for keys in sets])
    outcomes = [[each.outcome for each in answers] for answers in found]
    labels = [tuple((condition_id, reading.label) for condition_id, reading in world) for world in chosen]
    return Worlds(
        worlds=tuple(
            World(readings=each, outcomes=tuple(answers[number] for answers in found))
            for number, each in enumerate(labels)
        ),
        possible=tuple((goal.name, each.count("possible")) for goal, each in zip(goals, outcomes, strict=True)),
        hinges=tuple(
            hinge
            for goal, each in zip(goals, outcomes, strict=True)
            for hinge in _hinges(question, goal, dict(zip(labels, each, strict=True)))
        ),
        undecided=sum(each.count("not_decided") for each in outcomes),
        notes=notes_of(question, rules_of(question, goals=goals, critical=True)),
    )


def _combinations(question: Question) -> list[tuple[tuple[str, Reading], ...]]:
    """Every way to read the conditions that can be read several ways."""
    unsettled = question.unsettled
    number = math.prod(len(question.readings_of(each)) for each in unsettled)
    if number > MOST_WORLDS:
        raise InputError(
            f"{len(unsettled)} conditions with several readings make {number:,} worlds, at most {MOST_WORLDS:,}.",
            subject=f"scenario {question.scenario.scenario_id}",
            remedy=f"Pick a reading of some of them: {', '.join(each.condition_id for each in unsettled)}.",
        )
    each_way = [[(one.condition_id, reading) for reading in question.readings_of(one)] for one in unsettled]
    return list(itertools.product(*each_way))


def _keys_of_worlds(
    question: Question, asking: Asking, chosen: Sequence[tuple[tuple[str, Reading], ...]]
) -> list[Keys]:
    """The rules that hold in each world."""
    conditions = {each.condition_id: each for each in question.unsettled}
    open_keys = {key_of(each, reading) for each in conditions.values() for reading in each.readings}
    shared = asking.rules.keys() - open_keys
    picked = [{key_of(conditions[each], reading) for each, reading in world} for world in chosen]
    return [frozenset(shared | (keys & asking.rules.keys())) for keys in picked]


def _hinges(question: Question, goal: Goal, outcomes: dict[tuple[tuple[str, str], ...], Outcome]) -> Iterator[Hinge]:
    """The conditions of which another reading makes another outcome somewhere."""
    for at, condition in enumerate(question.unsettled):
        groups = defaultdict[tuple[tuple[str, str], ...], list[Outcome]](list)
        for readings, outcome in outcomes.items():
            groups[readings[:at] + readings[at + 1 :]].append(outcome)
        pairs = sum(each.count("possible") * each.count("impossible") for each in groups.values())
        if pairs:
            yield Hinge(
                goal=goal.name, condition_id=condition.condition_id, statements=condition.statements, pairs=pairs
            )
