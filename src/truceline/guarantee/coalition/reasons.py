"""Why something is not possible: the smallest set of rules that exclude it together.

Sets to hit: whatever excludes a goal must name at least one of the rules that any course towards the goal breaks. A
small set that hits all known ones is tried; if a course keeps it, the rules which that course breaks are one more set
to hit; if none does, it is a smaller reason. Where nothing smaller hits them all, the one at hand is the smallest.
Source: Ignatiev, Previti, Liffiton, Marques-Silva, "Smallest MUS Extraction with Minimal Hitting Set
    Dualization", 2015.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from truceline.guarantee.coalition.notes import notes_of
from truceline.guarantee.coalition.problem import NO_LIMIT_GIVEN, Ground, Limit, Question, amount, settled
from truceline.guarantee.coalition.rules import NEVER, Meets, Rule, Uses, rules_of, statements_of, undoubled
from truceline.guarantee.coalition.solver import Budget, Found, Programme, hitting, outcome_of
from truceline.model.feasibility import Reasons
from truceline.model.option import Goal
from truceline.model.scenario import Outcome, Scenario

GAP_RATIO = 0.5  # a course need not break as few rules as can be: any set to hit is a true one
Keys = frozenset[str]


def reasons(ground: Ground, scenario: Scenario, *, goal: Goal, limit: Limit = NO_LIMIT_GIVEN) -> Reasons:
    """Whether a goal is possible; if not, the smallest set of reasons, each with its words and statements.

    Of several equally small sets one is given. A goal without wants asks whether what is taken as given is consistent.

    Raises: InputError: as `problem.settled`. MissingSolverError.
    """
    question = settled(ground, scenario, goals=[goal])
    rules = rules_of(question, goals=[goal], critical=goal.critical)
    asking = Asking(question, undoubled(rules), goal)
    answer = asking.answer(frozenset(asking.rules), Budget(limit))
    return replace(answer, notes=notes_of(question, rules))


class Asking:
    """One goal, asked under one set of rules after the other; what is learned of one is used for the next.

    Args:
        question: ground and scenario.
        rules: every rule that any of the sets may name.
        goal: what is asked for.
    """

    def __init__(self, question: Question, rules: Sequence[Rule], goal: Goal) -> None:
        self.programme = Programme(question, rules)
        self.question, self.rules, self.goal = question, {rule.key: rule for rule in rules}, goal
        self.courses: list[Keys] = []  # towards the goal: the rules that each keeps
        self.cores: list[Keys] = []  # sets of rules that exclude it

    def answer(self, keys: Keys, budget: Budget) -> Reasons:
        """The outcome under these rules and, where it is impossible, why."""
        outcome = self.outcome(keys, budget)
        core, at_least = self._core(keys, budget) if outcome == "impossible" else (Keys(), 0)
        found = tuple(rule.reason for key, rule in self.rules.items() if key in core)
        return Reasons(
            goal=self.goal.name,
            outcome=outcome,
            reasons=found,
            smallest=outcome == "impossible" and at_least >= len(core),
            at_least=at_least,
            statements=statements_of(found),
        )

    def outcome(self, keys: Keys, budget: Budget) -> Outcome:
        """Whether the goal is possible under these rules."""
        if any(keys <= course for course in self.courses):
            return "possible"
        if any(core <= keys for core in self.cores):
            return "impossible"
        return outcome_of(self.course(keys, self.rules.keys() - keys, budget))

    def settle(self, sets: Sequence[Keys], budget: Budget) -> None:
        """Learn the outcome under each of these sets of rules, with as few runs as can be."""
        shared = frozenset.intersection(*sets) if sets else Keys()
        for keys in sets:
            known = any(core <= keys for core in self.cores)
            if not known and self.outcome(keys, budget) == "impossible":
                self.shrunk(keys, keys - shared, budget)

    def course(self, keys: Keys, others: Iterable[str], budget: Budget) -> Found:
        """A course towards the goal that keeps these rules, and many of the others."""
        free = sorted(others)
        self._ask(keys, free)
        self.programme.minimise([(self.programme.switches[each], -1) for each in free])
        now = self.programme.run(budget, gap_ratio=GAP_RATIO)
        if now.any:
            self.courses.append(now.held)
        return now

    def shrunk(self, keys: Keys, some: Iterable[str], budget: Budget) -> Keys:
        """Of a set that excludes the goal a part that does: of `some`, all left out that can be, in their order."""
        waiting = [sorted(some)]
        while waiting:
            chunk = waiting.pop()
            self._ask(keys - set(chunk), ())
            if self.programme.run(budget).status == "none":
                keys -= set(chunk)
            elif len(chunk) > 1:
                half = len(chunk) // 2
                waiting += [chunk[half:], chunk[:half]]
        self.cores.append(keys)
        return keys

    def _ask(self, keys: Iterable[str], others: Sequence[str]) -> None:
        """The goal, with these rules on, the others as the solver likes, and all the rest off."""
        self.programme.reset()
        self.programme.switch(self.programme.switches, False)
        self.programme.switch(keys, True)
        self.programme.switch(others, None)
        self.programme.want(self.goal.wants)

    def _core(self, keys: Keys, budget: Budget) -> tuple[Keys, int]:
        """The smallest set that excludes the goal, and what no such set can be smaller than: its size, if proven.

        First all requirements are kept, and the smallest set of other rules is found that excludes them together. No
        set that excludes the goal has fewer other rules, nor, where the rest is consistent, no requirement at all.
        """
        required = frozenset(key for key in keys if isinstance(self.rules[key].then, Meets))
        others, at_least = _Search(self, keys, required, budget).smallest(self._known(keys))
        if not required:
            return others, at_least
        core = self.shrunk(others | required, required, budget)
        at_least += self.outcome(keys - required, budget) == "possible"
        if at_least >= len(core):
            return core, len(core)
        core, found = _Search(self, keys, Keys(), budget).smallest([core, *self._known(keys)], at_least)
        return core, max(at_least, found)

    def _known(self, keys: Keys) -> list[Keys]:
        """Sets of these rules that are known to exclude the goal: found before, or by adding up amounts."""
        found = [core for core in self.cores if core <= keys]
        if self.goal.critical:
            found += [each for each in self._too_little(keys) if each <= keys]
        return found

    def _too_little(self, keys: Keys) -> Iterator[Keys]:
        """For each requirement the fewest pledges kept out that leave too little, where that is so."""
        out = {
            rule.when.pledge_id: key
            for key, rule in self.rules.items()
            if key in keys and isinstance(rule.when, Uses) and rule.then == NEVER
        }
        for each in self.question.ground.option.requirements:
            offered = [(amount(one, each), one.pledge_id) for one in self.question.ground.pledges]
            left, core = sum(much for much, _ in offered), [f"requirement:{each.requirement_id}"]
            for much, pledge_id in sorted((one for one in offered if one[1] in out), reverse=True):
                if left >= each.low:
                    left -= much
                    core.append(out[pledge_id])
            if left < each.low:
                yield frozenset(core)


class _Search:
    """For the smallest part of some rules that, together with those kept in any case, excludes the goal."""

    def __init__(self, asking: Asking, keys: Keys, kept: Keys, budget: Budget) -> None:
        self.asking, self.keys, self.kept, self.budget = asking, keys - kept, kept, budget

    def smallest(self, known: Sequence[Keys], at_least: int = 0) -> tuple[Keys, int]:
        """The smallest found, and what no such set can be smaller than."""
        best = min((core - self.kept for core in known), key=_order, default=self.keys)
        best = self._shrunk(best)
        while at_least < len(best):
            most = (at_least + len(best) - 1) // 2
            trial = hitting(self._to_hit(), most=most, budget=self.budget)
            if trial.status == "none":
                at_least = most + 1
                continue
            now = (
                self.asking.course(trial.held | self.kept, self.keys - trial.held, self.budget) if trial.any else trial
            )
            if now.status == "none":
                best = self._shrunk(trial.held)
            elif not now.any:
                break
        return best, at_least

    def _to_hit(self) -> list[Keys]:
        """What each course breaks of the rules."""
        return [self.keys - course for course in self.asking.courses if self.kept <= course]

    def _shrunk(self, part: Keys) -> Keys:
        return self.asking.shrunk(part | self.kept, part, self.budget) - self.kept


def _order(core: Keys) -> tuple[int, list[str]]:
    return len(core), sorted(core)
