"""Who is needed: the smallest coalitions, those without whom nothing works, and whose leaving breaks it.

All three are about the critical requirements, at the scenario's threshold. A coalition is who takes part, no more and
no less: one in which somebody stays away because another came is another coalition.
"""

from collections.abc import Collection

from truceline.guarantee.coalition.notes import notes_of
from truceline.guarantee.coalition.problem import NO_LIMIT_GIVEN, Ground, Limit, settled
from truceline.guarantee.coalition.rules import Rule, ruled_out, rules_of, statements_of
from truceline.guarantee.coalition.solver import Budget, Found, Programme, outcome_of, smallest_hitting
from truceline.model.feasibility import Coalitions, Defection, Note, Vetoes
from truceline.model.scenario import Scenario

GAP_RATIO = 1.0  # any coalition that works will do where one is only to show that it does


def minimal_coalitions(ground: Ground, scenario: Scenario, *, limit: Limit = NO_LIMIT_GIVEN) -> Coalitions:
    """Every coalition that meets all critical requirements while no part of it alone does.

    Each is proven: it is a smallest one among those that contain none found before, so no part of it works alone.

    Raises: InputError: as `problem.settled`. MissingSolverError.
    """
    programme, rules, notes = _programme(ground, scenario)
    budget, found = Budget(limit), list[frozenset[str]]()
    complete, at_least = False, 0
    while not complete and len(found) < limit.listed:
        now = _smallest(programme, (), budget)
        complete = now.status == "none" or (now.status == "best" and not now.joins)
        at_least = max(at_least, now.bound)
        if now.status == "best":
            found.append(now.joins)
            found += _others(programme, now.joins, budget, limit.listed - len(found))
        elif not complete:
            break
    members, out = {each for coalition in found for each in coalition}, ruled_out(rules)
    pledges = programme.question.ground.pledges
    return Coalitions(
        coalitions=tuple(sorted((tuple(sorted(each)) for each in found), key=lambda each: (len(each), each))),
        complete=complete,
        at_least=0 if complete else at_least,
        statements=statements_of(each for each in pledges if each.actor_id in members and each.pledge_id not in out),
        notes=notes,
    )


def _others(programme: Programme, first: frozenset[str], budget: Budget, most: int) -> list[frozenset[str]]:
    """The coalitions as small as `first` beside it, none smaller being left; all found are forbidden from then on."""
    found = [first]
    while found[-1] and len(found) <= most:
        programme.forbid(found[-1])
        programme.reset()
        programme.narrow(programme.count(), 0, len(first))
        now = programme.run(budget)
        if not now.any:
            break
        found.append(now.joins)
    return found[1:]


def veto_players(ground: Ground, scenario: Scenario, *, limit: Limit = NO_LIMIT_GIVEN) -> Vetoes:
    """Those without whom the critical requirements cannot all be met.

    Only members of every coalition found so far are tried, each in a run that either finds one without it or proves
    that there is none.

    Raises: InputError: as `problem.settled`. MissingSolverError.
    """
    programme, _, notes = _programme(ground, scenario)
    budget, players, undecided = Budget(limit), list[str](), list[str]()
    now = _smallest(programme, (), budget, gap_ratio=GAP_RATIO)
    if not now.any:
        return Vetoes(outcome=outcome_of(now), notes=notes)
    candidates = sorted(now.joins)
    while candidates:
        actor_id = candidates.pop(0)
        now = _smallest(programme, (actor_id,), budget, gap_ratio=GAP_RATIO)
        if now.any:
            candidates = [each for each in candidates if each in now.joins]
        else:
            (players if now.status == "none" else undecided).append(actor_id)
    return Vetoes(outcome="possible", players=tuple(players), undecided=tuple(undecided), notes=notes)


def smallest_defection(
    ground: Ground, scenario: Scenario, *, staying: tuple[str, ...] = (), limit: Limit = NO_LIMIT_GIVEN
) -> Defection:
    """The smallest sets whose leaving makes it impossible to meet all critical requirements, all of that size.

    Whoever leaves must leave a gap in every coalition: the smallest set that touches all coalitions found so far is
    tried, and each coalition that works without it is added, until none does.

    Args:
        ground: what is confirmed.
        scenario: what is taken as given.
        staying: who is taken to stay: with those whose leaving alone breaks it, what else would.
        limit: when to stop.

    Raises: InputError: as `problem.settled`. MissingSolverError.
    """
    programme, _, notes = _programme(ground, scenario)
    budget = Budget(limit)
    now = _smallest(programme, (), budget, gap_ratio=GAP_RATIO)
    if not now.any:
        return Defection(outcome=outcome_of(now), complete=now.status == "none", notes=notes)
    leaving, coalitions = list[frozenset[str]](), [now.joins - set(staying)]
    size, at_least, complete = None, 1, False
    while all(coalitions) and len(leaving) < limit.listed:
        trial = smallest_hitting(coalitions, barred=leaving, budget=budget)
        at_least = max(at_least, trial.bound) if size is None else at_least
        complete = trial.status == "none" or (size is not None and trial.bound > size)
        if complete or trial.status != "best":
            break
        now = _smallest(programme, trial.held, budget, gap_ratio=GAP_RATIO)
        if now.any:
            coalitions.append(now.joins - set(staying))
        elif now.status == "none":
            leaving.append(trial.held)
            size = at_least = len(trial.held)
        else:
            break
    return Defection(
        outcome="possible",
        size=size,
        sets=tuple(sorted(tuple(sorted(each)) for each in leaving)),
        complete=complete or not all(coalitions),
        at_least=at_least,
        notes=notes,
    )


def _programme(ground: Ground, scenario: Scenario) -> tuple[Programme, tuple[Rule, ...], tuple[Note, ...]]:
    question = settled(ground, scenario)
    rules = rules_of(question, critical=True)
    return Programme(question, rules), rules, notes_of(question, rules)


def _smallest(programme: Programme, without: Collection[str], budget: Budget, *, gap_ratio: float = 0.0) -> Found:
    """A coalition without these, as small as can be, or with `gap_ratio` nearly so: the smaller, the more it tells."""
    programme.reset()
    programme.leave_out(sorted(without))
    programme.minimise([(programme.count(), 1)])
    return programme.run(budget, gap_ratio=gap_ratio)
