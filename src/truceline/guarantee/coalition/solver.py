"""The one door to CP-SAT: rules as a programme of whole numbers, built once and asked many times.

Each rule hangs on a switch, so that one programme answers with any of the rules left out. One worker, a seed, and a
limit in the solver's own steps instead of seconds: the same question gives the same answer on any machine.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from truceline.base.errors import UnavailableError
from truceline.guarantee.coalition.problem import Limit, Question, amount
from truceline.guarantee.coalition.rules import NEVER, TRUE, Brings, Formula, Meets, Rule, Uses
from truceline.model.condition import Expression
from truceline.model.feasibility import Measure
from truceline.model.option import Requirement
from truceline.model.scenario import Outcome

if TYPE_CHECKING:
    from ortools.sat.python import cp_model
    from ortools.sat.python.cp_model_helper import Literal as Variable

SHARES = 1_000_000  # a gap is counted in millionths of its requirement
ROUNDING_RATIO = 1e-6  # bounds of whole numbers come as floats
LEAST_EFFORT_S = 0.01  # of one run, whatever the solver counts: building and reading it takes that
MEASURES: tuple[Measure, ...] = ("critical met", "met", "shortfall", "members")
Status = Literal["best", "found", "none", "unknown"]  # found: not proven to be the best; none: proven impossible


class MissingSolverError(UnavailableError):
    """Coalitions are worked out with CP-SAT, and it is not installed."""

    code = "unavailable.coalition-solver"


class Budget:
    """What is left of a limit; every run takes its part."""

    def __init__(self, limit: Limit) -> None:
        self.left_s, self.seed = float(limit.effort_s), limit.seed

    @property
    def spent(self) -> bool:
        """Whether nothing is left to try anything with."""
        return self.left_s < LEAST_EFFORT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One answer. `value` and `bound` of what was minimised; `bound` holds too where nothing was found."""

    status: Status
    value: int = 0
    bound: int = 0
    joins: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()  # keys of the rules that were on in it
    met: frozenset[str] = frozenset()
    short: tuple[tuple[str, int], ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is an answer, best or not."""
        return self.status in ("best", "found")


class Programme:
    """A question as variables and constraints. Between `reset` and `run`, what is asked of it can be changed.

    Args:
        question: ground and scenario.
        rules: of `rules_of`; each can be switched off.
        optimistic: whether pledges count at their `high`.

    Raises: MissingSolverError.
    """

    def __init__(self, question: Question, rules: Sequence[Rule], *, optimistic: bool = False) -> None:
        self._cp = _library()
        self.model: cp_model.CpModel = self._cp.CpModel()
        self.question, self.optimistic = question, optimistic
        self._known: dict[Formula, Variable] = {}
        self._changed: dict[int, list[int]] = {}
        self._excluded = False  # two things are asked that exclude each other
        self.ok: dict[str, cp_model.IntVar] = {}
        self.short: dict[str, cp_model.IntVar] = {}
        self.measures: dict[Measure, cp_model.IntVar] = {}
        self.joins = {each: self.model.new_bool_var("") for each in question.ground.actors}
        self.uses = {each.pledge_id: self.model.new_bool_var("") for each in question.ground.pledges}
        for name, joins in self.joins.items():
            self._known[Expression(op="joins", name=name)] = joins
        for pledge in question.ground.pledges:
            self._known[Uses(pledge_id=pledge.pledge_id)] = self.uses[pledge.pledge_id]
            joins_too = self.literal(Expression(op="joins", name=pledge.actor_id))
            self.model.add_implication(self.uses[pledge.pledge_id], joins_too)
        self.switches = {rule.key: self.model.new_bool_var("") for rule in rules}
        assert len(self.switches) == len(rules), "two rules of one key"
        for rule in rules:
            self._bind(rule)

    # --- what is asked ------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Every rule on, everybody free, nothing minimised."""
        for index, bounds in self._changed.items():
            self._set(index, bounds)
        self._changed.clear()
        self._excluded = False
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        self.switch(self.switches, True)

    def switch(self, keys: Iterable[str], on: bool | None) -> None:
        """These rules on, off, or (None) as the solver likes."""
        for key in keys:
            self._set(self.switches[key].index, [int(on is True), int(on is not False)])

    def want(self, expressions: Iterable[Expression]) -> None:
        """That these hold."""
        for each in expressions:
            self.narrow(self.literal(each), 1, 1)

    def leave_out(self, actors: Iterable[str]) -> None:
        """That these take no part."""
        for each in actors:
            self.narrow(self.joins[each], 0, 0)

    def leave_unused(self, pledges: Iterable[str]) -> None:
        """That these pledges are not used."""
        for each in pledges:
            self.narrow(self.uses[each], 0, 0)

    def narrow(self, variable: "Variable", low: int, high: int) -> None:
        """A variable, or its negation, within these bounds besides those it has, until the next reset."""
        index = variable.index
        if index < 0:
            index, low, high = -1 - index, 1 - high, 1 - low
        before = list(self.model.proto.variables[index].domain)
        self._changed.setdefault(index, before)
        low, high = max(low, before[0]), min(high, before[-1])
        if low > high:
            self._excluded = True
        else:
            self._set(index, [low, high])

    def minimise(self, terms: Sequence[tuple["Variable", int]]) -> None:
        """The sum of these, each times its weight, as small as possible."""
        variables, weights = [each for each, _ in terms], [weight for _, weight in terms]
        self.model.minimize(self._cp.LinearExpr.weighted_sum(variables, weights))

    def count(self) -> "cp_model.IntVar":
        """How many take part, as a variable."""
        if "members" not in self.measures:
            self._total("members", [(each, 1) for each in self.joins.values()], len(self.joins))
        return self.measures["members"]

    def forbid(self, actors: Collection[str]) -> None:
        """For good: that all of these take part."""
        self.model.add_bool_or([self.joins[each].negated() for each in sorted(actors)])

    def run(self, budget: Budget, *, gap_ratio: float = 0.0) -> Found:
        """Solve it as it now stands. `gap_ratio`: how far from the best an answer may be to be called so."""
        if self._excluded:
            return Found(status="none")
        status, response = _solved(self._cp, self.model, budget, gap_ratio)
        bound = math.ceil(response.best_objective_bound - ROUNDING_RATIO) if response else 0
        if status in ("none", "unknown"):
            return Found(status=status, bound=bound)
        values = list(response.solution)

        def on(named: dict[str, "cp_model.IntVar"]) -> frozenset[str]:
            return frozenset(each for each, variable in named.items() if values[variable.index])

        return Found(
            status=status,
            value=round(response.objective_value),
            bound=bound,
            joins=on(self.joins),
            uses=on(self.uses),
            held=on(self.switches),
            met=on(self.ok),
            short=tuple((each, values[variable.index]) for each, variable in self.short.items()),
        )

    # --- how it is built ----------------------------------------------------------------------------------

    def literal(self, formula: Formula) -> "Variable":
        """The variable, or its negation, that is 1 exactly where the formula holds (`Meets`: only where it holds)."""
        if formula not in self._known:
            self._known[formula] = self._made(formula)
        return self._known[formula]

    def measure(self) -> None:
        """Variables for everything that coverage is judged by."""
        requirements = self.question.ground.option.requirements
        for each in requirements:
            self.literal(Meets(requirement_id=each.requirement_id))
        critical = [self.ok[each.requirement_id] for each in requirements if each.critical]
        gaps = [(self.short[each.requirement_id], SHARES // each.low) for each in requirements if each.low > 0]
        self._total("critical met", [(each, 1) for each in critical], len(critical))
        self._total("met", [(each, 1) for each in self.ok.values()], len(self.ok))
        self._total("shortfall", gaps, SHARES * len(requirements))
        self.count()

    def _total(self, name: Measure, terms: Sequence[tuple["cp_model.IntVar", int]], most: int) -> None:
        """A variable that is the sum of these, each times its weight."""
        variables, weights = [each for each, _ in terms], [weight for _, weight in terms]
        total = self._cp.LinearExpr.weighted_sum(variables, weights) if terms else 0
        self.measures[name] = self.model.new_int_var(0, most, "")
        self.model.add(self.measures[name] == total)

    def _set(self, index: int, bounds: Sequence[int]) -> None:
        domain = self.model.proto.variables[index].domain
        domain.clear()
        domain.extend(bounds)

    def _bind(self, rule: Rule) -> None:
        clause = [self.switches[rule.key].negated()]
        if rule.when != TRUE:
            clause.append(self.literal(rule.when).negated())
        if isinstance(rule.then, Brings):
            brought = [each for each in self.question.ground.pledges if each.actor_id == rule.then.actor_id]
            clause += [self.uses[each.pledge_id] for each in brought]
        elif rule.then != NEVER:
            clause.append(self.literal(rule.then))
        self.model.add_bool_or(clause)

    def _made(self, formula: Formula) -> "Variable":
        if isinstance(formula, Meets):
            requirements = self.question.ground.option.requirements
            capability = next(each.capability for each in requirements if each.requirement_id == formula.requirement_id)
            self._require([each for each in requirements if each.capability == capability])
            return self.ok[formula.requirement_id]
        assert isinstance(formula, Expression), "what an actor brings stands only at the end of a rule"
        match formula.op:
            case "true":
                return self.model.new_constant(1)
            case "not":
                return self.literal(formula.parts[0]).negated()
            case "pledged":
                given = [
                    self.uses[each.pledge_id]
                    for each in self.question.ground.pledges
                    if (each.actor_id, each.capability) == (formula.name, formula.capability)
                ]
                return self._counted(given, 1) if given else self.model.new_bool_var("")
            case "joins" | "fact" | "mandate":
                return self.model.new_bool_var("")
        parts = [self.literal(each) for each in formula.parts]
        return self._counted(parts, {"all": len(parts), "any": 1}.get(formula.op, formula.number))

    def _counted(self, parts: Sequence["Variable"], number: int) -> "Variable":
        """1 exactly where at least `number` of the parts are 1."""
        if number <= 0 or number > len(parts):
            return self.model.new_constant(int(number <= 0))
        if len(parts) == 1:
            return parts[0]
        whole = self.model.new_bool_var("")
        if number in (1, len(parts)):
            every = number == len(parts)
            ends = [each.negated() for each in parts] if every else list(parts)
            self.model.add_bool_or([*ends, whole if every else whole.negated()])
            for each in parts:
                self.model.add_implication(*((whole, each) if every else (each, whole)))
        else:
            total = self._cp.LinearExpr.sum(list(parts))
            self.model.add(total >= number).only_enforce_if(whole)
            self.model.add(total < number).only_enforce_if(whole.negated())
        return whole

    def _require(self, requirements: Sequence[Requirement]) -> None:
        """All requirements of one capability: what counts for one of them counts for no other."""
        shares: dict[str, list[cp_model.IntVar]] = {}
        for each in requirements:
            given = {}
            for pledge in self.question.ground.pledges:
                much = amount(pledge, each, optimistic=self.optimistic)
                if much and len(requirements) == 1:
                    given[pledge.pledge_id] = (self.uses[pledge.pledge_id], much)
                elif much:
                    share = self.model.new_int_var(0, much, "")
                    shares.setdefault(pledge.pledge_id, []).append(share)
                    given[pledge.pledge_id] = (share, 1)
            self._meet(each, given)
        for pledge in self.question.ground.pledges:
            if pledge.pledge_id in shares:
                much = max(amount(pledge, each, optimistic=self.optimistic) for each in requirements)
                total = self._cp.LinearExpr.sum(shares[pledge.pledge_id])
                self.model.add(total <= much * self.uses[pledge.pledge_id])

    def _meet(self, requirement: Requirement, given: dict[str, tuple["cp_model.IntVar", int]]) -> None:
        """`ok` only where enough is given by enough; `short`: what is missing, or more."""
        ok = self.model.new_bool_var("")
        short = self.model.new_int_var(0, max(0, requirement.low), "")
        self.ok[requirement.requirement_id], self.short[requirement.requirement_id] = ok, short
        self._known[Meets(requirement_id=requirement.requirement_id)] = ok
        variables, weights = [each for each, _ in given.values()], [weight for _, weight in given.values()]
        total = self._cp.LinearExpr.weighted_sum(variables, weights) if given else 0
        if requirement.low > 0:
            self.model.add(total + short >= requirement.low)
            self.model.add(short == 0).only_enforce_if(ok)
        if requirement.min_providers > int(requirement.low > 0):
            providers = []
            for actor_id in sorted({each.actor_id for each in self.question.ground.pledges}):
                own = [
                    given[each.pledge_id][0]
                    for each in self.question.ground.pledges
                    if each.actor_id == actor_id and each.pledge_id in given
                ]
                if own:
                    provides = self.model.new_bool_var("")
                    self.model.add(self._cp.LinearExpr.sum(own) >= provides)
                    providers.append(provides)
            enough = self._cp.LinearExpr.sum(providers) if providers else 0
            self.model.add(enough >= requirement.min_providers * ok)


def outcome_of(found: Found) -> Outcome:
    """Whether what was asked is possible, by whether there was an answer."""
    if found.any:
        return "possible"
    return "impossible" if found.status == "none" else "not_decided"


def smallest_hitting(
    families: Sequence[frozenset[str]], *, budget: Budget, barred: Sequence[frozenset[str]] = ()
) -> Found:
    """The smallest set that has something of each family and does not contain any barred one; names in `held`.

    `bound`: no such set can be smaller.
    """
    cp = _library()
    model, names = _to_hit(cp, families)
    for each in barred:
        model.add_bool_or([names[one].negated() for one in sorted(each)])
    model.minimize(cp.LinearExpr.sum(list(names.values())))
    status, response = _solved(cp, model, budget)
    if status in ("none", "unknown"):
        return Found(status=status)
    held = frozenset(each for each in names if response.solution[names[each].index])
    bound = math.ceil(response.best_objective_bound - ROUNDING_RATIO)
    return Found(status=status, value=len(held), bound=bound, held=held)


def hitting(families: Sequence[frozenset[str]], *, most: int, budget: Budget) -> Found:
    """Some set of at most so many names, in `held`, that has something of each family; `none` if there is none."""
    cp = _library()
    model, names = _to_hit(cp, families)
    model.add(cp.LinearExpr.sum(list(names.values())) <= most)
    status, response = _solved(cp, model, budget)
    if status not in ("best", "found"):
        return Found(status=status)
    return Found(status=status, held=frozenset(each for each in names if response.solution[names[each].index]))


def _to_hit(
    cp: ModuleType, families: Sequence[frozenset[str]]
) -> tuple["cp_model.CpModel", dict[str, "cp_model.IntVar"]]:
    """A model in which something of each family is chosen, and its variables by name."""
    model = cp.CpModel()
    names = {each: model.new_bool_var("") for each in sorted({one for family in families for one in family})}
    for family in families:
        model.add_bool_or([names[each] for each in sorted(family)])
    return model, names


def _solved(cp: ModuleType, model: "cp_model.CpModel", budget: Budget, gap_ratio: float = 0.0) -> tuple[Status, Any]:
    """One run: its status, and the response if there was one."""
    if budget.spent:
        return "unknown", None
    solver = cp.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = budget.seed
    solver.parameters.max_deterministic_time = budget.left_s
    solver.parameters.relative_gap_limit = gap_ratio
    solver.parameters.cp_model_probing_level = 0  # both cost more here than they save
    solver.parameters.symmetry_level = 0
    status = solver.solve(model)
    budget.left_s -= max(LEAST_EFFORT_S, solver.response_proto.deterministic_time)
    assert status != cp.MODEL_INVALID, model.validate()
    named: dict[int, Status] = {cp.OPTIMAL: "best", cp.FEASIBLE: "found", cp.INFEASIBLE: "none"}
    return named.get(status, "unknown"), solver.response_proto


def solver_name() -> tuple[str, str]:
    """What answers, and its version: to be kept with what it answered. Raises: MissingSolverError."""
    _library()
    return "OR-Tools CP-SAT", version("ortools")


def _library() -> ModuleType:
    """OR-Tools, imported when it is first needed."""
    try:
        from ortools.sat.python import cp_model
    except ImportError as missing:
        raise MissingSolverError(
            "it is not installed.",
            subject="OR-Tools",
            remedy="Install Truceline with the extra “coalition”: pip install 'truceline[coalition]'.",
        ) from missing
    return cp_model
