"""Everything that binds, one rule each: what it says to the solver, in which words, and on whose statement.

A rule is `when` only if `then`. Each can be left out, which is how reasons are found; what can never be left out is
arithmetic: that amounts add up, and that a pledge is given only by one who takes part.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from truceline.guarantee.coalition.problem import (
    Question,
    always_applies,
    amount,
    consent_of,
    leaves,
    reaches,
)
from truceline.model.condition import Condition, Expression, Reading, expression_words
from truceline.model.feasibility import Origin, Reason
from truceline.model.option import Goal, Requirement
from truceline.model.pledge import Caveat, Pledge
from truceline.model.scenario import Scenario

TRUE = Expression(op="true")
NEVER = Expression(op="not", parts=(TRUE,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """That a pledge is used."""

    pledge_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brings:
    """That an actor brings something: at least one of its pledges is used."""

    actor_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meets:
    """That a requirement is met."""

    requirement_id: str


Formula = Expression | Uses | Brings | Meets


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`when` only if `then`, and why."""

    reason: Reason
    when: Formula
    then: Formula

    @property
    def key(self) -> str:
        """What it is called, in results too."""
        return self.reason.key


def rules_of(question: Question, *, goals: Sequence[Goal] = (), critical: bool = False) -> tuple[Rule, ...]:
    """Every rule of a question; of conditions with several readings left open, one rule for each reading.

    Args:
        question: as `problem.posed` gives it.
        goals: what will be asked, so that the names in it are known.
        critical: whether each critical requirement is to be met.
    """
    made = [
        *_of_pledges(question),
        *_of_caveats(question),
        *(rule for each in question.ground.conditions for rule in _of_condition(question, each)),
        *_of_structure(question),
        *_of_joining(question),
    ]
    named = [formula for rule in made for formula in (rule.when, rule.then) if isinstance(formula, Expression)]
    named += [expression for goal in goals for expression in goal.wants]
    made += [*_of_scenario(question.scenario, question.ground.option.open_facts, named), *_of_unknown(question, named)]
    if critical:
        made += [_of_requirement(question, each) for each in question.ground.option.requirements if each.critical]
    return tuple(made)


def key_of(condition: Condition, reading: Reading | None) -> str:
    """What the rule of a condition under one reading is called."""
    if reading is None or len(condition.readings) == 1:
        return f"condition:{condition.condition_id}"
    return f"condition:{condition.condition_id}:{reading.label}"


def ruled_out(rules: Iterable[Rule]) -> frozenset[str]:
    """The pledges that no coalition can use: too weak, refused, superseded, kept out by a caveat."""
    return frozenset(rule.when.pledge_id for rule in rules if isinstance(rule.when, Uses) and rule.then == NEVER)


def undoubled(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The same without what only repeats another: further reasons against a pledge that one alone keeps out."""
    first: dict[str, str] = {}
    for rule in rules:
        if isinstance(rule.when, Uses) and rule.then == NEVER:
            first.setdefault(rule.when.pledge_id, rule.key)
    return tuple(
        rule
        for rule in rules
        if not isinstance(rule.when, Uses) or first.get(rule.when.pledge_id, rule.key) == rule.key
    )


def statements_of(reasons: Iterable[Reason | Pledge]) -> tuple[str, ...]:
    """The statements behind these, each once, in order of their ids."""
    return tuple(sorted({statement for each in reasons for statement in each.statements}))


def _of_pledges(question: Question) -> Iterator[Rule]:
    scenario, replaced = question.scenario, {each.supersedes: each for each in question.ground.pledges}
    replaced.pop("", None)
    for pledge in question.ground.pledges:
        uses, named = Uses(pledge_id=pledge.pledge_id), offer_words(pledge)
        if not reaches(pledge, scenario.threshold):
            words = f"{named}: {pledge.status.replace('_', ' ')}"
            if pledge.status not in ("refused", "withdrawn"):
                words += f"; counted is what is {scenario.threshold.replace('_', ' ')} or firmer"
            yield _rule(f"status:{pledge.pledge_id}", words, pledge, when=uses)
        if pledge.pledge_id in replaced:
            later = replaced[pledge.pledge_id]
            words = f"{named}: superseded by {later.pledge_id}, {later.status.replace('_', ' ')}"
            yield _rule(f"superseded:{pledge.pledge_id}", words, later, when=uses)
        if pledge.condition is not None:
            words = f"{named}, only if {expression_words(pledge.condition)}"
            yield _rule(f"offer:{pledge.pledge_id}", words, pledge, when=uses, then=pledge.condition)


def _of_caveats(question: Question) -> Iterator[Rule]:
    option_id = question.ground.option.option_id
    for caveat in question.ground.caveats:
        for pledge in question.ground.pledges:
            held = caveat.pledge_id == pledge.pledge_id if caveat.pledge_id else caveat.actor_id == pledge.actor_id
            if held and {pledge.capability, option_id} & set(caveat.excludes):
                words = f"{offer_words(pledge)}: kept out by “{caveat.text}”"
                key = f"caveat:{caveat.caveat_id}:{pledge.pledge_id}"
                yield _rule(key, words, caveat, when=Uses(pledge_id=pledge.pledge_id))


def _of_condition(question: Question, condition: Condition) -> Iterator[Rule]:
    readings: Sequence[Reading | None] = question.readings_of(condition)
    if not condition.readings and always_applies(condition):
        readings = (None,)
    for reading in readings:
        made = _bound(condition, reading)
        if made is not None:
            when, then = made
            words = condition_words(condition, reading)
            yield _rule(key_of(condition, reading), words, condition, when=when, then=then)


def _bound(condition: Condition, reading: Reading | None) -> tuple[Expression, Expression] | None:
    """What a condition binds under a reading; None: nothing."""
    read = TRUE if always_applies(condition) else (reading.then if reading else None)
    if read is None:
        return None
    if condition.kind in ("only_if", "requires"):
        return condition.of, read
    when = condition.of if read == TRUE else Expression(op="all", parts=(condition.of, read))
    if condition.kind == "consent_needed":
        return when, Expression(op="fact", name=consent_of(condition.holder_id))
    return when, NEVER


def _of_structure(question: Question) -> Iterator[Rule]:
    seen: Counter[str] = Counter()
    for each in question.ground.option.structure:
        seen[each.words] += 1
        again = f"#{seen[each.words]}" if seen[each.words] > 1 else ""
        reason = Reason(key=f"structure:{each.words}{again}", origin="structure", words=each.words)
        yield Rule(reason=reason, when=each.when, then=each.then)


def _of_joining(question: Question) -> Iterator[Rule]:
    offering = {each.actor_id for each in question.ground.pledges}
    for actor_id in question.ground.actors:
        words = f"{actor_id} takes part only with something that it brings"
        words += "" if actor_id in offering else "; no pledge of its is recorded"
        reason = Reason(key=f"brings:{actor_id}", origin="structure", words=words)
        yield Rule(reason=reason, when=Expression(op="joins", name=actor_id), then=Brings(actor_id=actor_id))


def _of_scenario(scenario: Scenario, open_facts: Sequence[str], named: Sequence[Expression]) -> Iterator[Rule]:
    """One rule for each fact and mandate that anything depends on and that is not open."""
    for expression in sorted(leaves(named, "fact", "mandate"), key=lambda each: (each.op, each.name)):
        stated = scenario.facts if expression.op == "fact" else scenario.mandates
        noun = f"a mandate of {expression.name}" if expression.op == "mandate" else f"“{expression.name}”"
        if expression.name in stated:
            words, when, then = f"the scenario states {noun}", TRUE, expression
        elif expression.op == "fact" and expression.name in open_facts:
            continue
        else:
            words, when, then = f"the scenario does not state {noun}, so it is not so", expression, NEVER
        reason = Reason(key=f"{expression.op}:{expression.name}", origin="scenario", words=words)
        yield Rule(reason=reason, when=when, then=then)


def _of_unknown(question: Question, named: Sequence[Expression]) -> Iterator[Rule]:
    """That somebody who is not among the actors takes no part, and that nobody gives what no pledge tells of."""
    actors = set(question.ground.actors)
    others = {each.name for each in leaves(named, "joins")} | {each.actor_id for each in question.ground.pledges}
    for name in sorted(others - actors):
        reason = Reason(key=f"unknown:{name}", origin="scenario", words=f"{name} is not among the actors asked about")
        yield Rule(reason=reason, when=Expression(op="joins", name=name), then=NEVER)
    offered = {(each.actor_id, each.capability) for each in question.ground.pledges}
    asked = {(each.name, each.capability) for each in leaves(named, "pledged")}
    for name, capability in sorted(asked - offered):
        words = f"no pledge of {capability} by {name} is recorded"
        reason = Reason(key=f"unoffered:{name}:{capability}", origin="scenario", words=words)
        yield Rule(reason=reason, when=Expression(op="pledged", name=name, capability=capability), then=NEVER)


def _of_requirement(question: Question, requirement: Requirement) -> Rule:
    offered = [each for each in question.ground.pledges if each.capability == requirement.capability]
    total = sum(amount(each, requirement) for each in offered)
    words = f"{requirement.capability}: {_counted(requirement.low, requirement.unit)} required"
    if requirement.min_providers > 1:
        words += f" from at least {requirement.min_providers} providers"
    words += f"; all pledges together, whatever their status, come to {total}"
    source = requirement.source or question.ground.option.source
    reason = Reason(key=f"requirement:{requirement.requirement_id}", origin="source", words=words, source=source)
    return Rule(reason=reason, when=TRUE, then=Meets(requirement_id=requirement.requirement_id))


def _rule(key: str, words: str, said: Pledge | Caveat | Condition, *, when: Formula, then: Formula = NEVER) -> Rule:
    source = "" if isinstance(said, Caveat) else said.source
    origin: Origin = "statement" if said.statements else "source"
    reason = Reason(key=key, origin=origin, words=words, statements=said.statements, source=source)
    return Rule(reason=reason, when=when, then=then)


# --- words ------------------------------------------------------------------------------------------------


def offer_words(pledge: Pledge) -> str:
    """Who offers what, and how much: "FRA, INF, 3 to 5 bns"."""
    if pledge.low is None:
        much = "amount not stated"
    elif pledge.high is None or pledge.high <= pledge.low:
        much = _counted(pledge.low, pledge.unit)
    else:
        much = f"{pledge.low} to {_counted(pledge.high, pledge.unit)}"
    return f"{pledge.actor_id}, {pledge.capability}, {much}"


def condition_words(condition: Condition, reading: Reading | None) -> str:
    """One actor's words under one reading, as a sentence: as it was declared, or else as the expression has it."""
    several = f" (read as “{reading.label}”)" if reading is not None and len(condition.readings) > 1 else ""
    if reading is not None and reading.words:
        return f"{condition.holder_id}: {reading.words}{several}"
    of, holder = expression_words(condition.of), condition.holder_id
    then = reading.then if reading and not always_applies(condition) else None
    where = f" where {expression_words(then)}" if then and then != TRUE else ""
    if condition.kind == "only_if":
        words = f"{holder}: {of} only if {expression_words(then) if then else ''}"
    elif condition.kind == "requires":
        words = f"{holder} requires for {of}: {expression_words(then) if then else ''}"
    elif condition.kind == "never_if":
        words = f"{holder}: not both {of} and {expression_words(then) if then else ''}"
    elif condition.kind == "vetoes":
        words = f"{holder} does not accept: {of}{where}"
    else:
        words = f"{of} only with the consent of {holder}{where}"
    return f"{words}{several}"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}".strip()
