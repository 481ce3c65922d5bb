"""Who is needed, and why not, on a synthetic instance: `python -m benchmarks.coalitions`.

40 actors, 25 requirements (12 critical), 160 pledges (35 with a condition), 14 conditions of actors, all invented:
actors are A01 to A40, capabilities C00 to C24. z3 is asked for a reason too, in the same process, for as small a set as
it makes of it. Then 123 actors, 50 requirements and 942 pledges, which stops at its limit with a bound.
"""

import argparse
import os
import platform
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from truceline.guarantee.coalition import (  # noqa: E402
    Ground,
    Limit,
    coverage,
    minimal_coalitions,
    reasons,
    smallest_defection,
    veto_players,
    worlds,
)
from truceline.model.condition import Condition, Expression, Reading  # noqa: E402
from truceline.model.option import Goal, MissionOption, Requirement  # noqa: E402
from truceline.model.pledge import Pledge, PledgeStatus  # noqa: E402
from truceline.model.scenario import Scenario  # noqa: E402

SPREAD = (0.15, 0.35)  # of a requirement, for one pledge: about all that is offered is needed
STATUSES: tuple[PledgeStatus, ...] = ("committed", "ready", "considering")


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    actors: int = 40
    requirements: int = 25
    critical: int = 12
    pledges: int = 160
    conditional: int = 35
    conditions: int = 14


STANDARD = Size()
LARGE = Size(actors=123, requirements=50, critical=24, pledges=942, conditional=200, conditions=42)


def joins(name: str) -> Expression:
    return Expression(op="joins", name=name)


def instance(size: Size = STANDARD, *, seed: int = 6, ambiguous: int = 0) -> tuple[Ground, Scenario]:
    """A made-up ground and a scenario in which about everything that is critical can just be met."""
    chance = random.Random(seed)
    actors = [f"A{number:02d}" for number in range(1, size.actors + 1)]
    needs = [chance.choice((2, 4, 6, 12, 24)) for _ in range(size.requirements)]
    requirements = tuple(
        Requirement(
            requirement_id=f"R{at:02d}",
            capability=f"C{at:02d}",
            low=low,
            high=low * 2,
            unit="units",
            critical=at < size.critical,
            min_providers=1 if low < 4 else 2,
            source="invented",
        )
        for at, low in enumerate(needs)
    )
    pledges = []
    for number in range(size.pledges):
        at = number % size.requirements
        conditional = (
            number % (size.pledges // size.conditional) == 0
            and number // (size.pledges // size.conditional) < size.conditional
        )
        low = max(1, round(needs[at] * chance.uniform(*SPREAD)))
        actor_id = actors[number % size.actors] if number < size.actors else chance.choice(actors)
        pledges.append(
            Pledge(
                pledge_id=f"P{number:03d}",
                actor_id=actor_id,
                strand="invented",
                capability=f"C{at:02d}",
                status="conditional" if conditional else chance.choices(STATUSES, (0.5, 0.3, 0.2))[0],
                low=low,
                high=low + chance.randint(0, low),
                unit="units",
                condition=circumstance(chance, actors, size) if conditional else None,
                statements=(f"S{number:03d}",),
            )
        )
    ground = Ground(
        actors=tuple(actors),
        pledges=tuple(pledges),
        conditions=conditions(chance, actors, size, ambiguous),
        caveats=(),
        option=MissionOption(option_id="O1", name="invented", source="invented", requirements=requirements),
    )
    facts = tuple(f"parliament_{each}" for each in actors[:-3])
    scenario = Scenario(
        scenario_id="S1",
        name="invented",
        option_id="O1",
        facts=(*facts, "backstop"),
        mandates=("UN",),
        threshold="ready",
    )
    return ground, scenario


def circumstance(chance: random.Random, actors: list[str], size: Size) -> Expression:
    """One of the circumstances that states name."""
    some = chance.sample(actors, 3)
    return chance.choice(
        (
            joins(some[0]),
            Expression(op="mandate", name="UN"),
            Expression(op="all", parts=(joins(some[0]), joins(some[1]))),
            Expression(op="fact", name=f"parliament_{some[2]}"),
            Expression(op="at_least", number=8, parts=tuple(joins(each) for each in actors[: size.actors // 2])),
            Expression(op="pledged", name=some[0], capability=f"C{chance.randrange(size.requirements):02d}"),
            Expression(op="any", parts=(joins(some[0]), Expression(op="fact", name="backstop"))),
        )
    )


def conditions(chance: random.Random, actors: list[str], size: Size, ambiguous: int) -> tuple[Condition, ...]:
    """What actors make their own part depend on; the first `ambiguous` ones can be read two ways."""
    made = []
    for number in range(size.conditions):
        holder, other, third = chance.sample(actors, 3)
        kind = ("only_if", "never_if")[number % 3 == 2]
        then = Expression(op="any", parts=(joins(other), joins(third))) if kind == "only_if" else joins(other)
        readings = (Reading(label="strict", words="as it stands", then=then),)
        readings += (Reading(label="loose", words="a remark"),) if number < ambiguous else ()
        made.append(
            Condition(
                condition_id=f"K{number:02d}",
                holder_id=holder,
                kind=kind,
                of=joins(holder),
                readings=readings,
                statements=(f"T{number:02d}",),
            )
        )
    return tuple(made)


CRITICAL = Goal(name="every critical requirement met", wants=(), critical=True)
FIRM = "committed"  # at this threshold the standard instance fails


def timed(run: Callable[[], object]) -> tuple[float, object]:
    """Seconds by the clock, the best of three, and what it gave."""
    times_s, given = [], None
    for _ in range(3):
        begun_s = time.perf_counter()
        given = run()
        times_s.append(time.perf_counter() - begun_s)
    return min(times_s), given


def standard() -> list[tuple[str, float, str, float | None]]:
    """What was asked, how long it took, what came of it, and how long it may take."""
    ground, scenario = instance()
    lines: list[tuple[str, float, str, float | None]] = []
    took_s, found = timed(lambda: coverage(ground, scenario))
    met = ", ".join(f"{each.threshold} {each.met}/{each.critical_met}" for each in found)
    proven = sum(each.status == "optimal" for each in found)
    lines.append(("coverage, 8 thresholds, low and high", took_s, f"{proven} proven; met/critical: {met}", None))
    took_s, found = timed(lambda: minimal_coalitions(ground, scenario))
    complete = "all" if found.complete else "NOT all"
    sizes = f"{len(found.coalitions[0])} to {len(found.coalitions[-1])} members"
    lines.append(("all minimal coalitions", took_s, f"{len(found.coalitions)}, {complete}, {sizes}", 2.0))
    assert found.complete
    took_s, found = timed(lambda: veto_players(ground, scenario))
    lines.append(("veto players", took_s, f"{len(found.players)} of {len(ground.actors)}", 1.0))
    staying = found.players
    took_s, found = timed(lambda: smallest_defection(ground, scenario, staying=staying))
    lines.append(("smallest defection of the others", took_s, f"{len(found.sets)} sets of {found.size}", None))
    firm = replace(scenario, threshold=FIRM)
    took_s, found = timed(lambda: reasons(ground, firm, goal=CRITICAL))
    assert found.smallest
    lines.append(("why not, from committed on", took_s, f"{len(found.reasons)} reasons, proven smallest", None))
    lines.append(by_z3(ground, firm))
    ground, scenario = instance(ambiguous=5)
    goals = [CRITICAL, *(against(each) for each in ground.conditions[:5])]
    took_s, found = timed(lambda: worlds(ground, scenario, goals=goals))
    count = len(found.worlds)
    possible = ", ".join(str(number) for _, number in found.possible)
    said = f"{count} worlds, {len(goals)} goals, possible in {possible}; {len(found.hinges)} hinges"
    lines.append(("worlds, each", took_s / count, said, 0.1))
    return lines


def against(condition: Condition) -> Goal:
    """That somebody takes part though its words, read strictly, speak against it."""
    then = condition.readings[0].then
    assert then is not None
    turned = then if condition.kind == "never_if" else Expression(op="not", parts=(then,))
    return Goal(name=condition.condition_id, wants=(condition.of, turned))


def by_z3(ground: Ground, scenario: Scenario) -> tuple[str, float, str, float | None]:
    """The same question to z3: a set of which no part excludes the goal, not the smallest."""
    import z3
    from tests.guarantee.coalition.brute import Put

    def ask() -> int:
        put = Put(ground, scenario, CRITICAL)
        put.solver.set("core.minimize", True)
        assert put.solver.check(list(put.on.values())) == z3.unsat
        return len(put.solver.unsat_core())

    took_s, size = timed(ask)
    return "why not: z3, a set that cannot be made smaller by leaving one out", took_s, f"{size} reasons", None


def large(limit: Limit) -> list[str]:
    """What is known of the large instance when the limit is reached."""
    ground, scenario = instance(LARGE)
    said = []
    begun_s = time.perf_counter()
    (found,) = coverage(ground, scenario, thresholds=["ready"], limit=limit)
    bounds = "; ".join(f"{each.measure} {each.found} (bound {each.bound})" for each in found.bounds)
    said.append(f"coverage: {time.perf_counter() - begun_s:.1f} s, {found.status}: {bounds}")
    begun_s = time.perf_counter()
    coalitions = minimal_coalitions(ground, scenario, limit=limit)
    least = f"{len(coalitions.coalitions)} found, complete: {coalitions.complete}, others have at least"
    said.append(f"minimal coalitions: {time.perf_counter() - begun_s:.1f} s, {least} {coalitions.at_least} members")
    begun_s = time.perf_counter()
    vetoes = veto_players(ground, scenario, limit=limit)
    said.append(
        f"veto players: {time.perf_counter() - begun_s:.1f} s, {vetoes.outcome}, {len(vetoes.players)} known, "
        f"{len(vetoes.undecided)} undecided"
    )
    return said


def main() -> int:
    """Print what was measured; 1 if something took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coalitions")
    parser.add_argument("--effort", type=int, default=10, help="the solver's own seconds, for the large instance")
    given = parser.parse_args()
    busy = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{platform.machine()}, {os.cpu_count()} cores, {busy}, Python {platform.python_version()}; best of three\n")
    lines = standard()
    for what, took_s, found, limit_s in lines:
        limit = "" if limit_s is None else f"limit {limit_s:g} s"
        print(f"| {what} | {took_s:.3f} s | {limit} | {found} |")
    print("\n123 actors, 50 requirements, 942 pledges:", *large(Limit(effort_s=given.effort)), sep="\n  ")
    return int(any(limit_s is not None and took_s > limit_s for _, took_s, _, limit_s in lines))


if __name__ == "__main__":
    raise SystemExit(main())
