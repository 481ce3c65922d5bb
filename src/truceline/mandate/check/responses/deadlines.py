"""How long a response can take: DEADLINE, WORST-CASE, and CAPACITY where teams are counted.

Longest and shortest courses are exact. The steps of a case follow one another, every bound is closed and a whole
number, and when a step ends depends on nothing but its own beginning: at_s + a constant, or the end of attribution's
term if that is later. Both only grow with at_s. So the latest moment at which a position can be reached is the latest
over the ways that lead into it, each begun at its own latest, and likewise the earliest; and each such moment is one
that a schedule reaches to the second. A network of limits between steps would find nothing more, for no limit joins
two steps that do not follow one another.
Limits: teams are compared for cases that reach a step at one moment; longer queues, and teams that several steps
share, are not worked through.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence

from truceline.base.units import S_PER_UNIT
from truceline.model import mandate as m
from truceline.model.remark import Move, Remark
from truceline.terms.protocol import (
    ATTRIBUTED,
    NEVER_S,
    Case,
    Protocol,
    Unfolded,
    Way,
    course,
    leads_to,
    moves,
    protocol_of,
    unfold,
)

Walk = list[tuple[int, Way]]
"""Ways taken one after the other, each with the number of the case it leaves."""


def worst_case_s(mandate: m.Mandate, response: m.Response) -> int | None:
    """How long a case can take at the longest, in seconds; None: there is no bound. Raises as `unfold` does."""
    found = longest(unfold(protocol_of(mandate, response)))
    return found[-1].at_s if found else None


def longest(unfolded: Unfolded) -> tuple[Move, ...] | None:
    """The schedule that takes longest until nothing more can happen; None: there is no bound."""
    if unfolded.cyclic:
        return None
    reached = [-1] * len(unfolded.cases)
    before: list[tuple[int, Way] | None] = [None] * len(unfolded.cases)
    reached[0] = 0
    for number in reversed(unfolded.order):
        case = _since(unfolded.cases[number], reached[number])
        for window, way in zip(moves(unfolded.protocol, case), unfolded.ways[number], strict=True):
            if window.until_s > reached[way.to]:
                reached[way.to], before[way.to] = window.until_s, (number, way)
    last = max((n for n, onward in enumerate(unfolded.ways) if not onward), key=lambda number: reached[number])
    if reached[last] >= NEVER_S:
        return None
    return course(unfolded.protocol, _results(_back(before, last)), slowly=True)


def quickest(unfolded: Unfolded) -> tuple[Move, ...] | None:
    """The schedule that reaches an answer soonest; None: none does."""
    best: dict[int, int] = {0: 0}
    before: list[tuple[int, Way] | None] = [None] * len(unfolded.cases)
    waiting, done = [(0, 0)], set()
    while waiting:
        at_s, number = heapq.heappop(waiting)
        if number in done:
            continue
        done.add(number)
        case = _since(unfolded.cases[number], at_s)
        if is_answer(unfolded, number):
            return course(unfolded.protocol, _results(_back(before, number)))
        for window, way in zip(moves(unfolded.protocol, case), unfolded.ways[number], strict=True):
            if window.from_s < best.get(way.to, window.from_s + 1):
                best[way.to], before[way.to] = window.from_s, (number, way)
                heapq.heappush(waiting, (window.from_s, way.to))
    return None


def is_answer(unfolded: Unfolded, number: int) -> bool:
    """Whether a case that stands there was answered."""
    end = unfolded.protocol.ends.get(unfolded.cases[number].place)
    return end is not None and end.kind in m.ANSWERED


def walk_to(
    unfolded: Unfolded,
    wanted: Callable[[int], bool],
    cost: Callable[[int, Way], int | None] | None = None,
    start: int = 0,
) -> Walk | None:
    """The cheapest ways from a position to one that is wanted, at least one; None: there are none.

    `cost` of a way is a whole number above 0, None where it may not be taken; without it all cost the same.
    """
    before: dict[int, tuple[int, Way]] = {}
    spent: dict[int, int] = {}
    waiting = [(0, 0, start)]  # spent so far; in which order it was met, so that earlier ways win ties; position
    met, done = 0, set()
    while waiting:
        so_far, _, number = heapq.heappop(waiting)
        if number in spent and wanted(number):
            walk = [before[number]]
            while walk[-1][0] != start:
                walk.append(before[walk[-1][0]])
            return walk[::-1]
        if number in done:
            continue
        done.add(number)
        for way in unfolded.ways[number]:
            costs = 1 if cost is None else cost(number, way)
            if costs is not None and so_far + costs < spent.get(way.to, so_far + costs + 1):
                spent[way.to], before[way.to] = so_far + costs, (number, way)
                met += 1
                heapq.heappush(waiting, (so_far + costs, met, way.to))
    return None


def deadline_remarks(mandate: m.Mandate, unfolded: Unfolded) -> Iterator[Remark]:
    """DEADLINE, WORST-CASE and CAPACITY of one response."""
    response = unfolded.protocol.response
    for step in response.steps:
        if step.within_s is not None and step.takes_s > step.within_s:
            yield Remark(
                code="DEADLINE",
                line=step.line,
                subject=f"response {response.name}, step {step.name}",
                words=f"{response.name}.{step.name} takes at least {span(step.takes_s)} and is due within "
                f"{span(step.within_s)}: it can never be done in time.",
                suggestion=f"Write within {written(step.takes_s)} or more, or a smaller takes.",
            )
    yield from _no_term(response)
    slowest, soonest = longest(unfolded), quickest(unfolded)
    yield from _too_long(unfolded.protocol, slowest, soonest)
    yield _worst_case(unfolded.protocol, slowest, soonest)
    yield from _capacity(mandate, response)


def _no_term(response: m.Response) -> Iterator[Remark]:
    """What the text sets no time for: one remark for a response."""
    steps = [step.name for step in response.steps if step.within_s is None]
    ended = "by when it must have ended" if response.deadline_s is None else ""
    done = f"by when {', '.join(steps)} must be done, so that a case can stay there for ever" if steps else ""
    if unsaid := ", nor ".join(filter(None, (ended, done))):
        each = "State a time for each: within 24h, and what follows where it is late."
        yield Remark(
            code="NO-TERM",
            line=response.line,
            subject=f"response {response.name}",
            words=f"{response.name}: the text does not say {unsaid}.",
            suggestion=each if steps else "State it: deadline 96h.",
        )


def _too_long(
    protocol: Protocol, slowest: tuple[Move, ...] | None, soonest: tuple[Move, ...] | None
) -> Iterator[Remark]:
    response, subject = protocol.response, f"response {protocol.response.name}"
    if response.deadline_s is None:
        return
    limit = span(response.deadline_s)
    if soonest and soonest[-1].at_s > response.deadline_s:
        took_s = soonest[-1].at_s
        yield Remark(
            code="DEADLINE",
            line=response.line,
            subject=subject,
            words=f"{response.name} must end within {limit}; even if everybody acts at once, the soonest answer comes "
            f"after {span(took_s)}: {_places(protocol, soonest)}.",
            suggestion=f"Write deadline {written(took_s)} or more, or let steps take less.",
            schedule=soonest,
        )
    elif slowest and slowest[-1].at_s > response.deadline_s:
        took_s = slowest[-1].at_s
        yield Remark(
            code="DEADLINE",
            line=response.line,
            subject=subject,
            words=f"{response.name} must end within {limit}, and with every step in its own time it can still last "
            f"{span(took_s)}: {_places(protocol, slowest)}.",
            suggestion=f"Write deadline {written(took_s)}, or shorten steps on this course.",
            schedule=slowest,
        )


def _worst_case(protocol: Protocol, slowest: tuple[Move, ...] | None, soonest: tuple[Move, ...] | None) -> Remark:
    name = protocol.response.name
    if slowest is None:
        lasts = f"There is no bound on how long {name} can last"
    else:
        lasts = f"{name} lasts at most {span(slowest[-1].at_s)} ({_places(protocol, slowest)})"
    answer = (
        f"the soonest answer comes after {span(soonest[-1].at_s)} ({_places(protocol, soonest)})."
        if soonest
        else "no course of it leads to an answer."
    )
    return Remark(
        code="WORST-CASE",
        line=protocol.response.line,
        subject=f"response {name}",
        words=f"{lasts}; {answer}",
        suggestion="Nothing to mend if both suit the purpose.",
        schedule=slowest or (),
    )


def _capacity(mandate: m.Mandate, response: m.Response) -> Iterator[Remark]:
    teams = {body.name: body.teams or 0 for body in mandate.bodies}
    for step in response.steps:
        count = teams.get(step.actor, 0)
        if count and step.within_s is not None and 0 < step.takes_s <= step.within_s:
            each = step.within_s // step.takes_s
            plural = "team" if count == 1 else "teams"
            yield Remark(
                code="CAPACITY",
                line=step.line,
                subject=f"response {response.name}, step {step.name}",
                words=f"{response.name}.{step.name}: {step.actor} has {count} {plural}, and each can do "
                f"{each} in {span(step.within_s)}: from {first_too_many(count, each)} cases at one moment on, not all "
                f"can be done in time.",
                suggestion="Name more teams, a longer term, or what follows where late is nobody's doing.",
            )


def first_too_many(teams: int, each: int) -> int:
    """The least number of cases, all reaching a step at one moment, of which one will be late.

    `each` is how many one team can do in the step's time.
    """
    return teams * each + 1


def span(seconds: int) -> str:
    """`302 h`, `90 min`: hours where they are whole, so that spans compare at sight."""
    unit = next(unit for unit in ("h", "min", "s") if seconds % S_PER_UNIT[unit] == 0)
    return f"{seconds // S_PER_UNIT[unit]} {unit}"


def written(seconds: int) -> str:
    """The same as the mandate language writes it."""
    return span(seconds).replace(" ", "")


def _places(protocol: Protocol, schedule: Sequence[Move]) -> str:
    """`tell > ack > visit > close`."""
    names = [move.step for move in schedule if move.result != ATTRIBUTED]
    last = schedule[-1]
    to = leads_to(protocol, last.step, last.result)
    return " > ".join((*names, to or "(not said)"))


def _since(case: Case, at_s: int) -> Case:
    return Case(place=case.place, at_s=at_s, arrivals=case.arrivals, attributed=case.attributed)


def _back(before: Sequence[tuple[int, Way] | None], number: int) -> Walk:
    walk: Walk = []
    while step := before[number]:
        walk.append(step)
        number = step[0]
    return walk[::-1]


def _results(walk: Walk) -> list[str]:
    return [way.result for _, way in walk]
