"""Second opinions: every course there is, one by one, straight from the nouns; and the same rules put to z3."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import z3

from truceline.guarantee.coalition import Ground
from truceline.model.condition import Condition, Expression, Reading
from truceline.model.option import Goal
from truceline.model.pledge import LADDER, Pledge
from truceline.model.scenario import Scenario

SHARES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Course:
    """Who takes part with what, which open facts are so, and which requirements that meets."""

    joins: frozenset[str]
    uses: frozenset[str]
    facts: frozenset[str]
    met: frozenset[str]
    critical_met: int
    shortfall: int


def courses(ground: Ground, scenario: Scenario, *, goal: Goal | None = None, optimistic: bool = False) -> list[Course]:
    """Every consistent course; with a goal, those that reach it. No capability may be asked for twice."""
    usable = [pledge for pledge in ground.pledges if not bars(ground, scenario, pledge)]
    open_facts = [each for each in ground.option.open_facts if each not in scenario.facts]
    found = []
    for uses in subsets(usable):
        for so in subsets(open_facts):
            course = made(ground, uses, frozenset(so) | set(scenario.facts), optimistic)
            if consistent(ground, scenario, uses, course) and (goal is None or reached(ground, scenario, goal, course)):
                found.append(course)
    return found


def subsets(things) -> Iterator[tuple]:
    return itertools.chain.from_iterable(itertools.combinations(things, size) for size in range(len(things) + 1))


def bars(ground: Ground, scenario: Scenario, pledge: Pledge) -> bool:
    weak = LADDER.index(pledge.status) < max(2, LADDER.index(scenario.threshold))
    old = any(each.supersedes == pledge.pledge_id for each in ground.pledges)
    barred = any(
        (each.pledge_id == pledge.pledge_id or (not each.pledge_id and each.actor_id == pledge.actor_id))
        and (pledge.capability in each.excludes or ground.option.option_id in each.excludes)
        for each in ground.caveats
    )
    return weak or old or barred or pledge.actor_id not in ground.actors


def much(pledge: Pledge, requirement, optimistic: bool) -> int:
    if pledge.capability != requirement.capability or "" != pledge.unit != requirement.unit != "":
        return 0
    low = pledge.low or 0
    return max(low, pledge.high or 0) if optimistic else low


def made(ground: Ground, uses: tuple[Pledge, ...], facts: frozenset[str], optimistic: bool) -> Course:
    met, shortfall = set(), 0
    for each in ground.option.requirements:
        given = [(one.actor_id, much(one, each, optimistic)) for one in uses]
        by = sum(amount for _, amount in given)
        shortfall += max(0, each.low - by) * (SHARES // each.low) if each.low else 0
        if by >= each.low and len({actor for actor, amount in given if amount}) >= each.min_providers:
            met.add(each.requirement_id)
    return Course(
        joins=frozenset(one.actor_id for one in uses),
        uses=frozenset(one.pledge_id for one in uses),
        facts=facts,
        met=frozenset(met),
        critical_met=sum(each.requirement_id in met for each in ground.option.requirements if each.critical),
        shortfall=shortfall,
    )


def holds(expression: Expression, course: Course, given: set[tuple[str, str]], scenario: Scenario) -> bool:
    parts = [holds(each, course, given, scenario) for each in expression.parts]
    return {
        "joins": expression.name in course.joins,
        "fact": expression.name in course.facts,
        "mandate": expression.name in scenario.mandates,
        "pledged": (expression.name, expression.capability) in given,
        "at_least": sum(parts) >= expression.number,
        "all": all(parts),
        "any": any(parts),
        "not": not all(parts),
        "true": True,
    }[expression.op]


def picked(condition: Condition, scenario: Scenario) -> Reading | None:
    labels = dict(scenario.readings)
    left = [each for each in condition.readings if labels.get(condition.condition_id, each.label) == each.label]
    assert len(left) <= 1
    return left[0] if left else None


def bare(condition: Condition) -> bool:
    first = not condition.readings or (len(condition.readings) == 1 and condition.readings[0].then is None)
    return first and condition.kind in ("vetoes", "consent_needed")


def consistent(ground: Ground, scenario: Scenario, uses: tuple[Pledge, ...], course: Course) -> bool:
    given = {(one.actor_id, one.capability) for one in uses}

    def so(expression: Expression) -> bool:
        return holds(expression, course, given, scenario)

    if not all(one.condition is None or so(one.condition) for one in uses):
        return False
    if not all(so(each.then) for each in ground.option.structure if so(each.when)):
        return False
    for condition in ground.conditions:
        reading = picked(condition, scenario)
        then = True if bare(condition) else (None if reading is None or reading.then is None else so(reading.then))
        if then is None or not so(condition.of):
            continue
        if condition.kind in ("only_if", "requires") and not then:
            return False
        if condition.kind in ("never_if", "vetoes") and then:
            return False
        if condition.kind == "consent_needed" and then and f"consent_{condition.holder_id}" not in course.facts:
            return False
    return True


def reached(ground: Ground, scenario: Scenario, goal: Goal, course: Course) -> bool:
    given = {(each.actor_id, each.capability) for each in ground.pledges if each.pledge_id in course.uses}
    wanted = all(holds(each, course, given, scenario) for each in goal.wants)
    critical = sum(each.critical for each in ground.option.requirements)
    return wanted and (not goal.critical or course.critical_met == critical)


# --- z3 ---------------------------------------------------------------------------------------------------


class Put:
    """The rules as z3 has them, by the keys that reasons have; `excludes`: whether some of them exclude the goal."""

    def __init__(self, ground: Ground, scenario: Scenario, goal: Goal) -> None:
        self.ground, self.scenario = ground, scenario
        self.uses = {each.pledge_id: z3.Bool(f"uses {each.pledge_id}") for each in ground.pledges}
        self.rules: dict[str, z3.BoolRef] = {}
        self.named: set[tuple[str, str, str]] = set()
        for pledge in ground.pledges:
            self._pledge(pledge)
        for condition in ground.conditions:
            self._condition(condition)
        for each in ground.option.structure:
            self.rules[f"structure:{each.words}"] = z3.Implies(self.of(each.when), self.of(each.then))
        for actor in ground.actors:
            own = [self.uses[each.pledge_id] for each in ground.pledges if each.actor_id == actor]
            self.rules[f"brings:{actor}"] = z3.Implies(z3.Bool(f"joins {actor}"), z3.Or(own))
        wants = [self.of(each) for each in goal.wants]
        self._given()
        if goal.critical:
            self._required()
        self.hard = [*wants, *(z3.Implies(uses, self._joins(key)) for key, uses in self.uses.items())]
        self.solver = z3.Solver()
        self.solver.add(self.hard)
        self.on = {key: z3.Bool(f"on {key}") for key in self.rules}
        self.solver.add([z3.Implies(self.on[key], rule) for key, rule in self.rules.items()])

    def excludes(self, keys) -> bool:
        return self.solver.check([self.on[each] for each in keys]) == z3.unsat

    def _joins(self, pledge_id: str) -> z3.BoolRef:
        return z3.Bool("joins " + next(each.actor_id for each in self.ground.pledges if each.pledge_id == pledge_id))

    def of(self, expression: Expression) -> z3.BoolRef:
        parts = [self.of(each) for each in expression.parts]
        name, capability = expression.name, expression.capability
        self.named.add((expression.op, name, capability))
        if expression.op == "pledged":
            own = [
                self.uses[each.pledge_id]
                for each in self.ground.pledges
                if (each.actor_id, each.capability) == (name, capability)
            ]
            return z3.Or(own) if own else z3.Bool(f"pledged {name} {capability}")
        if expression.op in ("joins", "fact", "mandate"):
            return z3.Bool(f"{expression.op} {name}")
        if expression.op == "at_least":
            return z3.Sum([z3.If(each, 1, 0) for each in parts] + [z3.IntVal(0)]) >= expression.number
        return {"all": z3.And(parts), "any": z3.Or(parts), "not": z3.Not(z3.And(parts)), "true": z3.BoolVal(True)}[
            expression.op
        ]

    def _pledge(self, pledge: Pledge) -> None:
        uses, rank = self.uses[pledge.pledge_id], LADDER.index(self.scenario.threshold)
        if LADDER.index(pledge.status) < max(2, rank):
            self.rules[f"status:{pledge.pledge_id}"] = z3.Not(uses)
        if any(each.supersedes == pledge.pledge_id for each in self.ground.pledges):
            self.rules[f"superseded:{pledge.pledge_id}"] = z3.Not(uses)
        if pledge.condition is not None:
            self.rules[f"offer:{pledge.pledge_id}"] = z3.Implies(uses, self.of(pledge.condition))
        for each in self.ground.caveats:
            held = each.pledge_id == pledge.pledge_id if each.pledge_id else each.actor_id == pledge.actor_id
            if held and set(each.excludes) & {pledge.capability, self.ground.option.option_id}:
                self.rules[f"caveat:{each.caveat_id}:{pledge.pledge_id}"] = z3.Not(uses)

    def _condition(self, condition: Condition) -> None:
        reading, of = picked(condition, self.scenario), self.of(condition.of)
        key = f"condition:{condition.condition_id}"
        if reading is not None and len(condition.readings) > 1:
            key += f":{reading.label}"
        if bare(condition):
            then = z3.BoolVal(True)
        elif reading is None or reading.then is None:
            return
        else:
            then = self.of(reading.then)
        if condition.kind in ("only_if", "requires"):
            self.rules[key] = z3.Implies(of, then)
        elif condition.kind in ("never_if", "vetoes"):
            self.rules[key] = z3.Not(z3.And(of, then))
        else:
            consent = self.of(Expression(op="fact", name=f"consent_{condition.holder_id}"))
            self.rules[key] = z3.Implies(z3.And(of, then), consent)

    def _given(self) -> None:
        """Closed world, unknown names and pledges that nobody made."""
        stated = {"fact": self.scenario.facts, "mandate": self.scenario.mandates}
        joining = {(each.actor_id, "") for each in self.ground.pledges}
        for op, name, capability in self.named | {("joins", *each) for each in joining}:
            if op in stated and (name in stated[op] or op == "mandate" or name not in self.ground.option.open_facts):
                self.rules[f"{op}:{name}"] = z3.Bool(f"{op} {name}") == (name in stated[op])
            if op == "joins" and name not in self.ground.actors:
                self.rules[f"unknown:{name}"] = z3.Not(z3.Bool(f"joins {name}"))
            pledged = {(each.actor_id, each.capability) for each in self.ground.pledges}
            if op == "pledged" and (name, capability) not in pledged:
                self.rules[f"unoffered:{name}:{capability}"] = z3.Not(z3.Bool(f"pledged {name} {capability}"))

    def _required(self) -> None:
        for each in self.ground.option.requirements:
            if each.critical:
                given = [(one, much(one, each, False)) for one in self.ground.pledges]
                by = z3.Sum([z3.If(self.uses[one.pledge_id], amount, 0) for one, amount in given] + [z3.IntVal(0)])
                actors = sorted({one.actor_id for one, amount in given if amount})
                provided = [
                    z3.Or([self.uses[one.pledge_id] for one, amount in given if amount and one.actor_id == actor])
                    for actor in actors
                ]
                enough = z3.Sum([z3.If(one, 1, 0) for one in provided] + [z3.IntVal(0)]) >= each.min_providers
                self.rules[f"requirement:{each.requirement_id}"] = z3.And(by >= each.low, enough)
