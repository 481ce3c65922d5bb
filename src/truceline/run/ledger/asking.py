"""Questions to a ledger about what can work: what goes in, what is kept of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from truceline.base.canonical import canonical_bytes, plain, sha256_hex
from truceline.base.errors import InputError, UnknownNameError
from truceline.guarantee.coalition import (
    Ground,
    Limit,
    coverage,
    minimal_coalitions,
    reasons,
    smallest_defection,
    solver_name,
    veto_players,
)
from truceline.guarantee.coalition import worlds as worlds_of
from truceline.guarantee.ledger import Ledger, new_id
from truceline.guarantee.standing import gazetteer
from truceline.model.actor import Actor
from truceline.model.condition import Condition
from truceline.model.feasibility import Coalitions, Coverage, Defection, Reasons, Vetoes, Worlds
from truceline.model.option import Goal, MissionOption
from truceline.model.pledge import Caveat, Pledge
from truceline.model.scenario import Analysis, Scenario
from truceline.run.ledger.adding import CODE
from truceline.run.ledger.book import Kept, enter, kept

LIMIT = Limit()
ALL_MET = Goal(name="every critical requirement met", wants=(), critical=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked about: the ground, under which scenario, and which statements only one person has read."""

    ground: Ground
    scenario: Scenario
    ledger: Ledger
    input_sha256: str
    one_reader: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What is met and why not, under one scenario."""

    asked: Asked
    coverage: tuple[Coverage, ...]
    coalitions: Coalitions
    vetoes: Vetoes
    defection: Defection
    why_not: Reasons


def asked_in(book: Kept, scenario: str) -> Asked:
    """The ground of a scenario: what people confirmed, nothing else.

    Args: scenario: its id; empty: the first that was declared.

    Raises: UnknownNameError: no such scenario, or none at all; its option is not there.
    """
    ledger = book.ledger
    declared = {each.scenario_id: each for each in ledger.standing(Scenario)}
    chosen = declared.get(scenario) if scenario else next(iter(declared.values()), None)
    if chosen is None:
        raise UnknownNameError(
            f"there is no scenario {scenario!r}." if scenario else "no scenario is declared.",
            subject="ledger",
            remedy=f"Known: {', '.join(declared)}."
            if declared
            else "Declare options and scenarios in a .toml file and add it.",
        )
    options = {each.option_id: each for each in ledger.standing(MissionOption)}
    if chosen.option_id not in options:
        raise UnknownNameError(
            f"its option {chosen.option_id!r} is not there.",
            subject=f"scenario {chosen.scenario_id}",
            remedy=f"Declare it. Known: {', '.join(options) or 'none'}.",
        )
    ground = ground_of(ledger, options[chosen.option_id])
    resting: tuple[Pledge | Condition | Caveat, ...] = (*ground.pledges, *ground.conditions, *ground.caveats)
    told = {row_id for row in resting for row_id in row.statements}
    return Asked(
        ground=ground,
        scenario=chosen,
        ledger=ledger,
        input_sha256=sha256_hex(
            canonical_bytes(
                plain((ground.actors, ground.pledges, ground.conditions, ground.caveats, ground.option, chosen))
            )
        ),
        one_reader=ledger.one_reader(sorted(told)),
    )


def ground_of(ledger: Ledger, option: MissionOption) -> Ground:
    """What stands in a ledger and bears on an option."""
    pledges, conditions = ledger.standing(Pledge), ledger.standing(Condition)
    listed = gazetteer()
    named = {row.actor_id for row in pledges} | {row.holder_id for row in conditions}
    own = {actor.actor_id: actor for actor in ledger.standing(Actor)}
    actors = {each for each in named if each in listed and each not in own}
    actors |= {actor_id for actor_id, actor in own.items() if not actor.deleted}
    return Ground(
        actors=tuple(sorted(actors)),
        pledges=pledges,
        conditions=conditions,
        caveats=ledger.standing(Caveat),
        option=option,
    )


def worlds_in(folder: Path, *, scenario: str, now_us: int) -> tuple[Asked, Worlds]:
    """Every reading of every ambiguous sentence, goal by goal; the answer is kept in the record.

    Raises: as `asked_in`; InputError: the option has no goals; what the solver refuses.
    """
    with kept(folder, writing=True) as book:
        asked = asked_in(book, scenario)
        if not asked.ground.option.goals:
            raise InputError(
                "it names no goal to ask about.",
                subject=f"option {asked.ground.option.option_id}",
                remedy="Add [[options.goals]] with name and wants.",
            )
        found = worlds_of_asked(asked)
        told = {row_id for world in found.worlds for each in world.outcomes for row_id in each.statements}
        _keep(book, asked, found, sorted(told), now_us)
        return asked, found


def worlds_of_asked(asked: Asked) -> Worlds:
    """The same without a record."""
    return worlds_of(asked.ground, asked.scenario, goals=asked.ground.option.goals, limit=LIMIT)


def gaps_in(folder: Path, *, scenario: str, now_us: int) -> Gaps:
    """What is met, by whom, who is indispensable, and why not; kept in the record. Raises: as `asked_in`."""
    with kept(folder, writing=True) as book:
        asked = asked_in(book, scenario)
        found = gaps_of(asked)
        told = {row_id for each in found.coverage for row_id in each.statements} | set(found.why_not.statements)
        answer = (found.coverage, found.coalitions, found.vetoes, found.defection, found.why_not)
        _keep(book, asked, answer, sorted(told), now_us)
        return found


def gaps_of(asked: Asked) -> Gaps:
    """The same without a record."""
    ground, scenario = asked.ground, asked.scenario
    return Gaps(
        asked=asked,
        coverage=coverage(ground, scenario, limit=LIMIT),
        coalitions=minimal_coalitions(ground, scenario, limit=LIMIT),
        vetoes=veto_players(ground, scenario, limit=LIMIT),
        defection=smallest_defection(ground, scenario, limit=LIMIT),
        why_not=reasons(ground, scenario, goal=ALL_MET, limit=LIMIT),
    )


def _keep(book: Kept, asked: Asked, answer: object, told: Sequence[str], now_us: int) -> None:
    """An analysis as a row: the same question about the same ground is the same row."""
    name, version = solver_name()
    kind = "worlds" if isinstance(answer, Worlds) else "gaps"
    run = Analysis(
        analysis_id=new_id("analysis", kind, asked.scenario.scenario_id, asked.input_sha256),
        kind=kind,
        scenario_id=asked.scenario.scenario_id,
        input_sha256=asked.input_sha256,
        solver=name,
        version=version,
        seed=LIMIT.seed,
        limit_s=LIMIT.effort_s,
        result=canonical_bytes(plain(answer)).decode(),
        statements=tuple(told),
        one_reader=book.ledger.one_reader(told),
    )
    enter(book, (run,), author=CODE, now_us=now_us)
