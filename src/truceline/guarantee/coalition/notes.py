"""What a reader of a result has to know about the input: circles, what is not so since nobody states it, lost names.

A circle is where something holds only if another does, and that in the end only if the first does. It is allowed and
read as "all of these or none"; it is told, for nothing outside it supports it. Where `any` or `at_least` leaves another
way out, they may hold each other up, and that is told too. What the scenario settles is in no circle.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from truceline.guarantee.coalition.problem import (
    Question,
    always_applies,
    expressions_in,
    leaves,
    settles,
)
from truceline.guarantee.coalition.rules import NEVER, Rule, Uses, offer_words, ruled_out
from truceline.model.condition import Expression, expression_words
from truceline.model.feasibility import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """`after` is needed for `before`; forced: without any other way. `rule`: on whose word; None: by nature."""

    before: Expression
    after: Expression
    forced: bool
    rule: Rule | None = None


def notes_of(question: Question, rules: tuple[Rule, ...]) -> tuple[Note, ...]:
    """Everything of note, in a fixed order."""
    return (
        *circles(question, rules),
        *_not_so(rules),
        *_unknown(question),
        *_unasked(question, rules),
        *_amounts(question),
        *_empty(question),
    )


def circles(question: Question, rules: tuple[Rule, ...]) -> tuple[Note, ...]:
    """One note for each knot of things that hold only through each other: one circle in it, short, not all of them."""
    edges = _edges(question, rules)
    forced = _knots([edge for edge in edges if edge.forced])
    notes = [_circle(knot, "all of these or none") for knot in forced]
    told = [{edge.before for edge in knot} for knot in forced]
    for knot in _knots(edges):
        nodes = {edge.before for edge in knot}
        if not any(nodes & each for each in told):
            notes.append(_circle(knot, "these may hold each other up, where nothing else does"))
    return tuple(notes)


def _edges(question: Question, rules: tuple[Rule, ...]) -> list[_Edge]:
    """What needs what, as far as the scenario leaves it open."""
    out = ruled_out(rules)
    usable = [each for each in question.ground.pledges if each.pledge_id not in out]
    pledges = {each.pledge_id: each for each in usable}
    gives = {each.pledge_id: _gift(each.actor_id, each.capability) for each in usable}
    many: dict[Expression, int] = defaultdict(int)
    of_actor: dict[str, set[Expression]] = defaultdict(set)
    for each in usable:
        many[gives[each.pledge_id]] += 1
        of_actor[each.actor_id].add(gives[each.pledge_id])
    found = []
    for rule in rules:
        if isinstance(rule.when, Uses):
            if rule.when.pledge_id in pledges and isinstance(rule.then, Expression):
                before = gives[rule.when.pledge_id]
                found += [
                    _Edge(before=before, after=after, forced=sure and many[before] == 1, rule=rule)
                    for after, sure in _needs(rule.then, wanted=True)
                ]
        elif isinstance(rule.when, Expression) and isinstance(rule.then, Expression):
            found += _of_rule(rule)
    for actor_id, gifts in sorted(of_actor.items()):
        joins = Expression(op="joins", name=actor_id)
        for gift in sorted(gifts, key=repr):
            found.append(_Edge(before=gift, after=joins, forced=True))
            found.append(_Edge(before=joins, after=gift, forced=len(gifts) == 1))
    return [edge for edge in found if settles(question, edge.before) is settles(question, edge.after) is None]


def _of_rule(rule: Rule) -> Iterator[_Edge]:
    """What `when` needs for its own sake: the things in `then`, or the absence of what excludes it."""
    assert isinstance(rule.when, Expression)
    assert isinstance(rule.then, Expression)
    parts = rule.when.parts if rule.when.op == "all" else (rule.when,)
    things = [each for each in parts if each.op in ("joins", "fact", "pledged")]
    if rule.then == NEVER:  # of `a and not b never`: a needs b
        for before in things:
            for other in parts:
                if other is not before:
                    yield from (
                        _Edge(before=before, after=after, forced=sure and len(parts) == 2, rule=rule)
                        for after, sure in _needs(other, wanted=False)
                    )
        return
    for before in things:
        for after, sure in _needs(rule.then, wanted=True):
            yield _Edge(before=before, after=after, forced=sure and len(parts) == 1, rule=rule)


def _needs(expression: Expression, *, wanted: bool) -> Iterator[tuple[Expression, bool]]:
    """What has to hold for an expression to be as wanted, and whether without any other way."""
    if expression.op == "not":
        yield from _needs(expression.parts[0], wanted=not wanted)
    elif expression.op in ("joins", "fact", "pledged"):
        if wanted:
            yield expression, True
    else:
        count = len(expression.parts)
        needed = {"all": count, "any": 1}.get(expression.op, expression.number)
        every = needed >= count if wanted else needed <= 1
        for part in expression.parts:
            yield from ((each, sure and every) for each, sure in _needs(part, wanted=wanted))


def _gift(actor_id: str, capability: str) -> Expression:
    return Expression(op="pledged", name=actor_id, capability=capability)


def _knots(edges: Iterable[_Edge]) -> list[list[_Edge]]:
    """The edges inside each strongly connected part that somebody's words, not nature alone, hold together."""
    after: dict[Expression, list[_Edge]] = defaultdict(list)
    for edge in edges:
        after[edge.before].append(edge)
    part = _parts({node: [edge.after for edge in out] for node, out in after.items()})
    inside: dict[int, list[_Edge]] = defaultdict(list)
    for out in after.values():
        for edge in out:
            if part[edge.before] == part[edge.after] and edge.before != edge.after:
                inside[part[edge.before]].append(edge)
    return [knot for _, knot in sorted(inside.items()) if any(edge.rule for edge in knot)]


def _parts(after: dict[Expression, list[Expression]]) -> dict[Expression, int]:
    """The strongly connected part of each node (Kosaraju: by order of leaving, then backwards)."""
    before: dict[Expression, list[Expression]] = defaultdict(list)
    for node, out in after.items():
        for each in out:
            before[each].append(node)
    nodes = list(dict.fromkeys([*after, *before]))
    left = _left(nodes, after)
    part: dict[Expression, int] = {}
    for number, node in enumerate(reversed(left)):
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if each not in part:
                part[each] = number
                waiting += [one for one in before[each] if one not in part]
    return part


def _left(nodes: list[Expression], after: dict[Expression, list[Expression]]) -> list[Expression]:
    """The nodes in the order in which a walk in depth leaves them."""
    seen: set[Expression] = set()
    left: list[Expression] = []
    for start in nodes:
        waiting = [] if start in seen else [(start, iter(after.get(start, ())))]
        seen.add(start)
        while waiting:
            node, rest = waiting[-1]
            following = next((each for each in rest if each not in seen), None)
            if following is None:
                left.append(node)
                waiting.pop()
            else:
                seen.add(following)
                waiting.append((following, iter(after.get(following, ()))))
    return left


def _circle(knot: list[_Edge], read_as: str) -> Note:
    """The shortest way round through the first thing that somebody's words make depend."""
    after: dict[Expression, list[_Edge]] = defaultdict(list)
    for edge in knot:
        after[edge.before].append(edge)
    round_ = _way(after, next(edge for edge in knot if edge.rule))
    reasons = [edge.rule.reason for edge in round_ if edge.rule]
    nodes = [edge.before for edge in round_] + [round_[0].before]
    words = " -> ".join(expression_words(each) for each in nodes)
    return Note(
        kind="circle",
        words=f"circular: {words}; read as: {read_as}",
        about=tuple(dict.fromkeys(each.key for each in reasons)),
        statements=tuple(sorted({one for each in reasons for one in each.statements})),
    )


def _way(after: dict[Expression, list[_Edge]], first: _Edge) -> list[_Edge]:
    """The shortest way from an edge back to where it begins, the edge included."""
    came: dict[Expression, _Edge] = {first.after: first}
    waiting = deque([first.after])
    while first.before not in came:
        node = waiting.popleft()
        for edge in after[node]:
            if edge.after not in came:
                came[edge.after] = edge
                waiting.append(edge.after)
    way = [came[first.before]]
    while way[-1] is not first:
        way.append(came[way[-1].before])
    return way[::-1]


def _not_so(rules: tuple[Rule, ...]) -> Iterator[Note]:
    names = tuple(
        rule.key
        for rule in rules
        if rule.reason.origin == "scenario" and rule.then == NEVER and rule.key.startswith(("fact:", "mandate:"))
    )
    if names:
        listed = ", ".join(names)
        yield Note(kind="not_so", words=f"not stated, and so taken as not so: {listed}", about=names)


def _unasked(question: Question, rules: tuple[Rule, ...]) -> Iterator[Note]:
    known = {rule.key for rule in rules}
    scenario = question.scenario
    stated = [*(f"fact:{each}" for each in scenario.facts), *(f"mandate:{each}" for each in scenario.mandates)]
    names = tuple(each for each in stated if each not in known)
    if names:
        yield Note(kind="unasked", words=f"stated, but nothing depends on it: {', '.join(names)}", about=names)


def _unknown(question: Question) -> Iterator[Note]:
    """Names and ids that lead nowhere."""
    ground, actors = question.ground, set(question.ground.actors)
    for pledge in ground.pledges:
        if pledge.actor_id not in actors:
            words = f"{offer_words(pledge)}: {pledge.actor_id} is not among the actors, so this does not count"
            yield Note(kind="unknown", words=words, about=(pledge.pledge_id,), statements=pledge.statements)
    for subject, expression in expressions_in(ground):
        for name in sorted({each.name for each in leaves([expression], "joins", "pledged")} - actors):
            words = f"{subject} names {name}, who is not among the actors and so takes no part"
            yield Note(kind="unknown", words=words, about=(subject.partition(" ")[2],))
    for condition in ground.conditions:
        if condition.holder_id not in actors:
            words = f"condition {condition.condition_id} is {condition.holder_id}'s, who is not among the actors"
            yield Note(
                kind="unknown",
                words=f"{words}; its words still bind",
                about=(condition.condition_id,),
                statements=condition.statements,
            )
    pledges = {each.pledge_id for each in ground.pledges}
    for caveat in ground.caveats:
        led = caveat.pledge_id in pledges if caveat.pledge_id else caveat.actor_id in actors
        if not led:
            words = f"caveat {caveat.caveat_id} is of {caveat.pledge_id or caveat.actor_id or 'nobody'}, not known here"
            yield Note(kind="unknown", words=words, about=(caveat.caveat_id,), statements=caveat.statements)


def _amounts(question: Question) -> Iterator[Note]:
    """Pledges that count as nothing, and requirements that share what they ask for."""
    requirements = question.ground.option.requirements
    units: dict[str, set[str]] = defaultdict(set)
    sharing: dict[str, list[str]] = defaultdict(list)
    for each in requirements:
        units[each.capability].add(each.unit)
        sharing[each.capability].append(each.requirement_id)
    for pledge in question.ground.pledges:
        asked = units.get(pledge.capability)
        if asked is None or not question.counts(pledge):
            continue
        if pledge.low is None:
            words = f"{offer_words(pledge)}: counts as nothing"
            yield Note(kind="amount", words=words, about=(pledge.pledge_id,), statements=pledge.statements)
        elif pledge.unit and not asked & {pledge.unit, ""}:
            words = f"{offer_words(pledge)}: required is {', '.join(sorted(asked))}, so it counts as nothing"
            yield Note(kind="unit", words=words, about=(pledge.pledge_id,), statements=pledge.statements)
    for capability, ids in sorted(sharing.items()):
        if len(ids) > 1:
            words = f"{', '.join(ids)} all ask for {capability}: what counts for one counts for no other"
            yield Note(kind="shared", words=words, about=tuple(ids))


def _empty(question: Question) -> Iterator[Note]:
    for condition in question.ground.conditions:
        bare = not any(each.then for each in condition.readings)
        if bare and not always_applies(condition):
            words = f"condition {condition.condition_id}: nothing follows from any of its readings"
            yield Note(kind="empty", words=words, about=(condition.condition_id,), statements=condition.statements)
