"""What is asked: a mission's shape, what is confirmed about who would take part with what, and what is taken as given.

How it is read:

- Closed world. A fact or mandate that the scenario does not state is not so, unless it is one of the option's
  `open_facts`, which may be either.
- A pledge counts from `scenario.threshold` on the ladder; refused and withdrawn ones never do, nor does one that
  another supersedes. Its condition must hold. A caveat keeps it out where `excludes` names its capability or option.
- `low` is what counts; a quantity that nobody stated counts as nothing, but lets its actor take part. `high` gives the
  optimistic second figure. Units are never converted: a pledge in another unit than the requirement counts as nothing.
  A requirement asks for its `low`. What counts for one requirement counts for no other.
- Who takes part brings at least one pledge that counts. A pledge may be left unused, so more of them never make less
  possible, and a higher threshold never makes more possible.
- only_if, requires: `of` holds only if the reading does; a reading without expression: nothing follows. never_if: not
  both. vetoes, consent_needed: where the reading holds, `of` does not, or only with the fact `consent_<holder>`; a veto
  or a need for consent with at most one reading, and that one without expression, always applies.
- Something is possible if there is one course in which everything holds at once. Two that each join only if the other
  does may therefore join together; such circles are told in the notes, for nothing outside supports them.
- A name that is not among the actors takes no part, and the notes tell where it stands. Its words still bind.
- The order in which anything is given never matters; where two answers are equally good, names earlier in the alphabet
  win.

Limits: quantities of one capability are added up whatever their quality; dates (`since`, `renew_by`), readiness, money
and bases are not looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from truceline.base.errors import InputError, UnknownNameError
from truceline.model.condition import Condition, Expression, Operator, Reading
from truceline.model.option import Goal, MissionOption, Requirement
from truceline.model.pledge import LADDER, Caveat, Pledge, PledgeStatus
from truceline.model.scenario import Scenario

DEEPEST = 32  # of expressions inside expressions
THRESHOLDS: tuple[PledgeStatus, ...] = LADDER[2:]  # refused and withdrawn never count


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Everything that people have confirmed and that bears on one mission option. Suggestions never come in here."""

    actors: tuple[str, ...]
    pledges: tuple[Pledge, ...]
    conditions: tuple[Condition, ...]
    caveats: tuple[Caveat, ...]
    option: MissionOption


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """When to stop, whatever the machine: a run that stops shows the bound it has.

    `effort_s` is counted in the solver's own steps, about one to three seconds each, so that the same input gives the
    same result on every machine. `listed`: how many coalitions or sets of leavers are listed at most.
    """

    effort_s: int = 5
    listed: int = 1000
    seed: int = 0


NO_LIMIT_GIVEN = Limit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A ground and a scenario that fit together, checked and in one order, whatever order they came in."""

    ground: Ground
    scenario: Scenario

    def readings_of(self, condition: Condition) -> tuple[Reading, ...]:
        """The readings that the scenario leaves open: one, where it picks one."""
        label = dict(self.scenario.readings).get(condition.condition_id)
        return tuple(each for each in condition.readings if label in (None, each.label))

    @property
    def unsettled(self) -> tuple[Condition, ...]:
        """The conditions of which the scenario picks no reading, though there are several."""
        return tuple(each for each in self.ground.conditions if len(self.readings_of(each)) > 1)

    def counts(self, pledge: Pledge) -> bool:
        """Whether its status reaches the scenario's threshold."""
        return reaches(pledge, self.scenario.threshold)


def posed(ground: Ground, scenario: Scenario, *, goals: Sequence[Goal] = ()) -> Question:
    """Ground and scenario, checked and put into one order.

    Raises: InputError: an id given twice, a scenario of another option, a pick that contradicts another, a `not` of
        several parts, an expression nested deeper than 32. UnknownNameError: a pick of a reading that is not there.
    """
    if scenario.option_id != ground.option.option_id:
        raise InputError(
            f"it is about option {scenario.option_id}, not {ground.option.option_id}.",
            subject=f"scenario {scenario.scenario_id}",
            remedy="Ask it of its own option.",
        )
    _once("pledge", [each.pledge_id for each in ground.pledges])
    _once("condition", [each.condition_id for each in ground.conditions])
    _once("caveat", [each.caveat_id for each in ground.caveats])
    _once("requirement", [each.requirement_id for each in ground.option.requirements])
    for condition in ground.conditions:
        _once(f"condition {condition.condition_id}: reading", [each.label for each in condition.readings])
    for subject, expression in expressions_in(ground, goals):
        _check(expression, subject, 1)
    question = Question(ground=_ordered(ground), scenario=_ordered_scenario(scenario))
    _check_picks(question)
    return question


def settled(ground: Ground, scenario: Scenario, *, goals: Sequence[Goal] = ()) -> Question:
    """As `posed`, with one reading of each condition; those of which nothing asked can depend are left out.

    Raises: InputError: as `posed`, or a condition with several readings of which the scenario picks none.
    """
    question = posed(ground, scenario, goals=goals)
    idle = idle_conditions(question, goals)
    if idle:
        kept = tuple(each for each in question.ground.conditions if each not in idle)
        question = replace(question, ground=replace(question.ground, conditions=kept))
    if question.unsettled:
        named = "; ".join(
            f"{each.condition_id}: {', '.join(f'“{one.label}”' for one in each.readings)}"
            for each in question.unsettled
        )
        raise InputError(
            f"it picks no reading where there are several: {named}.",
            subject=f"scenario {scenario.scenario_id}",
            remedy="Pick one of each, or ask for the worlds.",
        )
    return question


def idle_conditions(question: Question, goals: Sequence[Goal] = ()) -> tuple[Condition, ...]:
    """The conditions without a picked reading that cannot matter: what depends on them is open, and nothing needs it.

    Whatever they say, a course in which that fact is not so keeps to them.
    """
    ground, option = question.ground, question.ground.option
    open_facts = set(option.open_facts) - set(question.scenario.facts)
    needed = {name for goal in goals for want in goal.wants for name in _needed(want)}
    needed |= {name for each in ground.pledges if each.condition for name in _needed(each.condition)}
    for each in option.structure:
        needed |= {*_needed(each.then), *_needed(each.when, so=False)}
    for condition in ground.conditions:
        needed |= set(_needed(condition.of, so=False))
        needed |= {consent_of(condition.holder_id)} if condition.kind == "consent_needed" else set()
        positive = condition.kind in ("only_if", "requires")
        for reading in condition.readings:
            needed |= set(_needed(reading.then, so=positive)) if reading.then else set()
    return tuple(
        each
        for each in question.unsettled
        if each.of.op == "fact" and each.of.name in open_facts and each.of.name not in needed
    )


def _needed(expression: Expression, *, so: bool = True) -> Iterator[str]:
    """The facts that may have to be so for an expression to hold (`so`), or for it not to."""
    if expression.op == "fact" and so:
        yield expression.name
    for part in expression.parts:
        yield from _needed(part, so=so != (expression.op == "not"))


def reaches(pledge: Pledge, threshold: PledgeStatus) -> bool:
    """Whether a pledge is as firm as that; refused and withdrawn ones never are."""
    return LADDER.index(pledge.status) >= max(LADDER.index(threshold), LADDER.index(THRESHOLDS[0]))


def amount(pledge: Pledge, requirement: Requirement, *, optimistic: bool = False) -> int:
    """How much of a requirement a pledge is, in the requirement's unit; 0 if the unit or capability is another."""
    units = {pledge.unit, requirement.unit} - {""}
    if pledge.capability != requirement.capability or len(units) > 1:
        return 0
    low = max(0, pledge.low or 0)
    return max(low, pledge.high or 0) if optimistic else low


def consent_of(holder_id: str) -> str:
    """The fact that somebody consents."""
    return f"consent_{holder_id}"


def always_applies(condition: Condition) -> bool:
    """Whether it is a veto, or a need for consent, without any circumstance."""
    bare = not condition.readings or (len(condition.readings) == 1 and condition.readings[0].then is None)
    return condition.kind in ("vetoes", "consent_needed") and bare


def settles(question: Question, expression: Expression) -> bool | None:
    """What facts and mandates alone say of an expression; None: it depends on who takes part."""
    scenario, parts = question.scenario, [settles(question, each) for each in expression.parts]
    match expression.op:
        case "fact":
            return expression.name in scenario.facts or (None if expression.name in _open(question) else False)
        case "mandate":
            return expression.name in scenario.mandates
        case "joins" | "pledged":
            return None if expression.name in question.ground.actors else False
        case "not":
            return None if parts[0] is None else not parts[0]
        case "true":
            return True
    needed = {"all": len(parts), "any": 1}.get(expression.op, expression.number)
    surely, possibly = parts.count(True), len(parts) - parts.count(False)
    return True if surely >= needed else (None if possibly >= needed else False)


def leaves(expressions: Iterable[Expression], *operators: Operator) -> tuple[Expression, ...]:
    """The parts with one of these operators, however deep, each once and in order."""
    found: dict[Expression, None] = {}
    for each in expressions:
        if each.op in operators:
            found[each] = None
        found |= dict.fromkeys(leaves(each.parts, *operators))
    return tuple(found)


def expressions_in(ground: Ground, goals: Sequence[Goal] = ()) -> list[tuple[str, Expression]]:
    """Every expression and whose it is: "pledge P1", "condition C1", …"""
    of_pledges = [(f"pledge {each.pledge_id}", each.condition) for each in ground.pledges if each.condition]
    of_conditions = [
        (f"condition {each.condition_id}", expression)
        for each in ground.conditions
        for expression in (each.of, *(one.then for one in each.readings if one.then))
    ]
    of_structure = [
        (f"structure “{each.words}”", expression)
        for each in ground.option.structure
        for expression in (each.when, each.then)
    ]
    of_goals = [(f"goal “{each.name}”", expression) for each in goals for expression in each.wants]
    return [*of_pledges, *of_conditions, *of_structure, *of_goals]


def _open(question: Question) -> tuple[str, ...]:
    return question.ground.option.open_facts


def _once(noun: str, ids: Sequence[str]) -> None:
    """Refuse an id that stands twice."""
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise InputError("it stands twice.", subject=f"{noun} {twice[0]}", remedy="Give each its own.")


def _check(expression: Expression, subject: str, depth: int) -> None:
    """Refuse what has no meaning, before anything recurses into it."""
    if depth > DEEPEST:
        raise InputError(f"its condition is nested deeper than {DEEPEST}.", subject=subject, remedy="Split it.")
    if expression.op == "not" and len(expression.parts) != 1:
        raise InputError(
            f"a “not” has one part, not {len(expression.parts)}.", subject=subject, remedy="Join them with all or any."
        )
    for part in expression.parts:
        _check(part, subject, depth + 1)


def _check_picks(question: Question) -> None:
    conditions = {each.condition_id: each for each in question.ground.conditions}
    picks = question.scenario.readings
    _once(f"scenario {question.scenario.scenario_id}: reading of", [condition_id for condition_id, _ in picks])
    for condition_id, label in picks:
        condition = conditions.get(condition_id)
        labels = [each.label for each in condition.readings] if condition else []
        if label not in labels:
            known = f"its readings are {', '.join(labels) or 'none'}" if condition else "there is no such condition"
            raise UnknownNameError(
                f"“{label}” is picked of {condition_id}; {known}.",
                subject=f"scenario {question.scenario.scenario_id}",
                remedy="Pick one of its readings, or none.",
            )


def _ordered(ground: Ground) -> Ground:
    option = ground.option
    return Ground(
        actors=tuple(sorted(set(ground.actors))),
        pledges=tuple(sorted(ground.pledges, key=lambda each: each.pledge_id)),
        conditions=tuple(sorted(ground.conditions, key=lambda each: each.condition_id)),
        caveats=tuple(sorted(ground.caveats, key=lambda each: each.caveat_id)),
        option=replace(
            option,
            requirements=tuple(sorted(option.requirements, key=lambda each: each.requirement_id)),
            structure=tuple(sorted(option.structure, key=repr)),
            open_facts=tuple(sorted(set(option.open_facts))),
        ),
    )


def _ordered_scenario(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        facts=tuple(sorted(set(scenario.facts))),
        mandates=tuple(sorted(set(scenario.mandates))),
        readings=tuple(sorted(set(scenario.readings))),
    )
