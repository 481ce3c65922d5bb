"""What can be met at best, threshold by threshold, and what is missing."""

from collections.abc import Sequence
from dataclasses import replace

from truceline.guarantee.coalition.notes import notes_of
from truceline.guarantee.coalition.problem import (
    NO_LIMIT_GIVEN,
    THRESHOLDS,
    Ground,
    Limit,
    Question,
    amount,
    reaches,
    settled,
    settles,
)
from truceline.guarantee.coalition.rules import ruled_out, rules_of, statements_of
from truceline.guarantee.coalition.solver import MEASURES, Budget, Found, Programme
from truceline.model.feasibility import Bound, Coverage, Measure, Met
from truceline.model.option import Requirement
from truceline.model.pledge import LADDER, Pledge, PledgeStatus
from truceline.model.scenario import Scenario

UPWARDS: tuple[Measure, ...] = ("critical met", "met")
AT_ONCE = 20  # members decided in one run by their place in the alphabet: weights stay below 2^20


def coverage(
    ground: Ground,
    scenario: Scenario,
    *,
    thresholds: Sequence[PledgeStatus] = THRESHOLDS,
    limit: Limit = NO_LIMIT_GIVEN,
) -> tuple[Coverage, ...]:
    """The best coverage for each threshold, the firmest first, whatever threshold the scenario names.

    Args:
        ground: what is confirmed.
        scenario: what is taken as given.
        thresholds: a pledge counts from this status on.
        limit: for each threshold, and again for its optimistic figure.

    Returns: one for each threshold. Where a weaker one lets no further pledge count, it is the same but for its name.
    Raises: InputError: as `problem.settled`. MissingSolverError.
    Limits: which of a coalition's pledges are used is not itself part of what is best: as many as can be.
    """
    wanted = sorted(set(thresholds), key=LADDER.index, reverse=True)
    weakest = replace(scenario, threshold=THRESHOLDS[0])
    question = settled(ground, weakest)
    rules = rules_of(question)
    stated, optimistic = Programme(question, rules), Programme(question, rules, optimistic=True)
    stated.measure()
    optimistic.measure()
    found: list[Coverage] = []
    counted: frozenset[str] = frozenset()
    for threshold in wanted:
        at = settled(ground, replace(scenario, threshold=threshold))
        idle = frozenset(each.pledge_id for each in at.ground.pledges if not reaches(each, threshold))
        counts = frozenset(each.pledge_id for each in at.ground.pledges) - idle
        notes = notes_of(at, rules_of(at))
        if found and counts == counted:
            found.append(replace(found[-1], threshold=threshold, notes=notes))
            continue
        counted = counts
        best = _best(at, stated, idle, Budget(limit))
        critical_met, met = _optimistic(optimistic, idle, Budget(limit))
        found.append(replace(best, critical_met_optimistic=critical_met, met_optimistic=met, notes=notes))
    return tuple(found)


def _best(question: Question, programme: Programme, idle: frozenset[str], budget: Budget) -> Coverage:
    """Measure after measure; each is held at its best while the next is sought."""
    programme.reset()
    programme.leave_unused(sorted(idle))
    found, bounds = _measured(programme, MEASURES, budget)
    proven = len(bounds) == len(MEASURES) and all(each.found == each.bound for each in bounds)
    if proven:
        found, proven = _alphabetical(programme, found, budget)
    if found.any and not budget.spent:
        found = _fullest(programme, found, budget)
    scenario = question.scenario
    if not found.any:
        return Coverage(threshold=scenario.threshold, status="impossible" if found.status == "none" else "not_decided")
    out = ruled_out(rules_of(question))
    usable = [each for each in question.ground.pledges if each.pledge_id not in out and _thinkable(question, each)]
    requirements = tuple(_met(question, each, found, usable) for each in question.ground.option.requirements)
    used = [each for each in question.ground.pledges if each.pledge_id in found.uses]
    return Coverage(
        threshold=scenario.threshold,
        status="optimal" if proven else "bound",
        coalition=tuple(sorted(found.joins)),
        pledges=tuple(each.pledge_id for each in used),
        requirements=requirements,
        critical_met=sum(each.met for each in requirements if each.critical),
        critical_total=sum(each.critical for each in requirements),
        met=sum(each.met for each in requirements),
        total=len(requirements),
        bounds=tuple(bounds),
        statements=statements_of(used),
    )


def _measured(programme: Programme, measures: Sequence[Measure], budget: Budget) -> tuple[Found, list[Bound]]:
    """The best answer by these measures in turn, as far as the budget reaches, and a bound for each that was asked."""
    found, bounds = Found(status="unknown"), []
    for measure in measures:
        variable, sign = programme.measures[measure], -1 if measure in UPWARDS else 1
        programme.minimise([(variable, sign)])
        now = programme.run(budget)
        if not now.any:
            if not found.any:
                return now, []
            break
        found = now
        bounds.append(Bound(measure=measure, found=sign * now.value, bound=sign * now.bound))
        if now.status != "best":
            break
        programme.narrow(variable, sign * now.value, sign * now.value)
    return found, bounds


def _alphabetical(programme: Programme, found: Found, budget: Budget) -> tuple[Found, bool]:
    """Of equally good coalitions the one with earlier names, and whether that is proven."""
    actors = sorted(programme.joins)
    for first in range(0, len(actors), AT_ONCE):
        some = actors[first : first + AT_ONCE]
        programme.minimise([(programme.joins[each], -(1 << (AT_ONCE - at))) for at, each in enumerate(some)])
        now = programme.run(budget)
        if now.status != "best":
            return (now if now.any else found), False
        found = now
        for each in some:
            programme.narrow(programme.joins[each], int(each in found.joins), int(each in found.joins))
    return found, True


def _fullest(programme: Programme, found: Found, budget: Budget) -> Found:
    """The same coalition and the same requirements, with as many of its pledges as can be used."""
    for each, joins in programme.joins.items():
        programme.narrow(joins, int(each in found.joins), int(each in found.joins))
    for each, ok in programme.ok.items():
        programme.narrow(ok, int(each in found.met), 1)
    programme.minimise([(each, -1) for each in programme.uses.values()])
    now = programme.run(budget)
    return now if now.any else found


def _optimistic(programme: Programme, idle: frozenset[str], budget: Budget) -> tuple[int, int] | tuple[None, None]:
    """How many critical requirements, and how many at all, could be met at the pledges' `high`."""
    programme.reset()
    programme.leave_unused(sorted(idle))
    _, bounds = _measured(programme, UPWARDS, budget)
    if len(bounds) < len(UPWARDS) or any(each.found != each.bound for each in bounds):
        return None, None
    return bounds[0].found, bounds[1].found


def _met(question: Question, requirement: Requirement, found: Found, usable: Sequence[Pledge]) -> Met:
    """One requirement under what was found; `usable`: what threshold, caveats, facts and mandates allow."""
    used = [each for each in question.ground.pledges if each.pledge_id in found.uses]
    short = dict(found.short)[requirement.requirement_id]
    shared = sum(each.capability == requirement.capability for each in question.ground.option.requirements) > 1
    by = sum(amount(each, requirement) for each in used)
    offers: dict[str, int] = {}
    for each in usable:
        if much := amount(each, requirement):
            offers[each.actor_id] = offers.get(each.actor_id, 0) + much
    low, need = max(0, requirement.low), requirement.min_providers
    total = sum(offers.values())
    indispensable = [actor_id for actor_id, much in offers.items() if total - much < low or len(offers) - 1 < need]
    return Met(
        requirement_id=requirement.requirement_id,
        capability=requirement.capability,
        unit=requirement.unit,
        critical=requirement.critical,
        met=requirement.requirement_id in found.met,
        by=low - short if shared else by,
        of=low,
        short=short if shared else max(0, low - by),
        by_optimistic=sum(amount(each, requirement, optimistic=True) for each in used),
        providers=tuple(sorted({each.actor_id for each in used if amount(each, requirement)})),
        providers_of=need,
        offered_by=tuple(sorted(offers)),
        single_provider=next(iter(offers)) if len(offers) == 1 else "",
        indispensable=tuple(sorted(indispensable)) if total >= low and len(offers) >= need else (),
    )


def _thinkable(question: Question, pledge: Pledge) -> bool:
    known = pledge.actor_id in question.ground.actors
    return known and (pledge.condition is None or settles(question, pledge.condition) is not False)
