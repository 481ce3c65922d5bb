"""How a response runs: one case, step by step. The object that is checked here is the object that runs.

A case enters the first step 0 seconds after it was opened. A step that is entered at `at_s` ends with one result:
    done, or substantiated, not_substantiated, inconclusive   from at_s + takes_s to at_s + within_s; never if it takes
                longer than it may; a step that names one of the last three among its exits has these instead of done
    refused     from at_s to at_s + within_s: its actor, whose consent, vote or confirmation it needs, or who objects
    late        at at_s + within_s exactly; where the text does not say by when, never, and the case can stay for ever:
                that counts as late at `NEVER_S`, with nothing said to follow
    exhausted   at at_s, and nothing else can happen: at the arrival after the `most`-th
Every bound is closed. The exit of that name says where the case goes; without one the case stands where the text does
not say what follows (`UNDEFINED`), and stays there.

Who can bring each of them about: `actors.py`.

Violator and victim are roles. `informs violator` reaches every addressee and needs nothing; a step in which a role
acts, consents, votes, objects or confirms waits until attribution says who that is:
    attributed       from at_s to the end of attribution's own term, counted from the opening of the case; then the
                     step's time begins to run
    not_attributed   at the end of that term (or at at_s, if that is later): the case goes where the response says it
                     goes then. Once said it stays so: every later step of the kind is left at once.
Attribution's term is the longest of the breach classes that lead to the response; it is over at once where the mandate
names nobody to attribute. Attribution may also come while a case stands elsewhere, and is then remembered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from truceline.base.errors import MandateError, OutOfRangeError, UnknownNameError
from truceline.model import mandate as m
from truceline.model.remark import Move

DONE, REFUSED, LATE, EXHAUSTED = "done", "refused", "late", "exhausted"
ATTRIBUTED, NOT_ATTRIBUTED = "attributed", "not_attributed"
UNDEFINED = ""  # stands for the place of a case when the text does not say what follows
NEVER_S = 10**15  # later than anything
MOST_POSITIONS = 20_000  # steps times counts: unfolded in about a second; who can block has its own limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A response with what its mandate says of attribution: `attribution_s` is by when, after a case is opened."""

    response: m.Response
    attribution_s: int
    body: str = ""  # who attributes; empty: nobody is named
    panels: tuple[m.Panel, ...] = ()  # of the breach classes that lead here
    steps: dict[str, m.Step] = field(compare=False, repr=False)
    ends: dict[str, m.End] = field(compare=False, repr=False)
    exits: dict[str, dict[str, str]] = field(compare=False, repr=False)  # step -> result -> where to
    found: dict[str, tuple[str, ...]] = field(compare=False, repr=False)  # step -> what it may end with if carried out
    waits: frozenset[str] = field(compare=False, repr=False)  # steps in which a role acts
    counted: dict[str, int] = field(compare=False, repr=False)  # step that may be entered so often -> place in arrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Where a case stands: at a step or an end, or at `UNDEFINED`, since `at_s` seconds after it was opened.

    `arrivals` counts the entries into each step that may be entered so often only, up to one above what it may;
    `attributed` is None until it is decided whether violator and victim are known.
    """

    place: str
    at_s: int
    arrivals: tuple[int, ...] = ()
    attributed: bool | None = None


class Window(NamedTuple):
    """A result that a step may have, and when: in seconds after the case was opened, both ends included."""

    result: str
    from_s: int
    until_s: int


class Way(NamedTuple):
    """A result, and the number of the case it leads to."""

    result: str
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolded:
    """Every position a case can be in, times left out (`at_s` is 0); the first is where it begins.

    `order` has every position after those it leads to, as far as there is such an order; `cyclic`: there is none.
    """

    protocol: Protocol
    cases: tuple[Case, ...]
    ways: tuple[tuple[Way, ...], ...]
    order: tuple[int, ...]
    cyclic: bool


def protocol_of(mandate: m.Mandate, response: m.Response) -> Protocol:
    """A response as it runs under its mandate."""
    attribution = mandate.attribution
    panels: tuple[m.Panel, ...] = ()
    if attribution:
        special = {name: part.panel for part in attribution.thresholds for name in part.classes}
        classes = [clause.breach_class for clause in mandate.clauses if clause.response == response.name]
        panels = tuple(dict.fromkeys(special.get(name, attribution.panel) for name in classes)) or (attribution.panel,)
    return Protocol(
        response=response,
        attribution_s=max((panel.within_s for panel in panels), default=0),
        body=attribution.body if attribution else "",
        panels=panels,
        steps={step.name: step for step in response.steps},
        ends={end.name: end for end in response.ends},
        exits={step.name: {each.result: each.to for each in step.exits} for step in response.steps},
        found={step.name: found_by(step) for step in response.steps},
        waits=frozenset(step.name for step in response.steps if roles_in(step)),
        counted={step.name: place for place, step in enumerate(s for s in response.steps if s.most is not None)},
    )


def found_by(step: m.Step) -> tuple[str, ...]:
    """What a step ends with when it is carried out: done, or one of the three results it branches on."""
    return m.RESULTS if any(step.exit(result) for result in m.RESULTS) else (DONE,)


def roles_in(step: m.Step) -> tuple[str, ...]:
    """The roles that a step cannot do without; `towards` needs none."""
    needed = (step.actor, *step.consent, *step.voters, *step.veto, step.confirmer)
    return tuple(role for role in m.ROLES if role in needed)


def opened(protocol: Protocol) -> Case:
    """A case at the moment it is opened."""
    return _arrived(
        protocol, protocol.response.steps[0].name, Case(place="", at_s=0, arrivals=(0,) * len(protocol.counted))
    )


def runs_out(protocol: Protocol, case: Case) -> Window | None:
    """What happens to a case if nobody acts, and when; None at an end and where the text does not say what follows."""
    step, at_s = protocol.steps.get(case.place), case.at_s
    if step is None:
        return None
    if step.most is not None and case.arrivals[protocol.counted[step.name]] > step.most:
        return Window(EXHAUSTED, at_s, at_s)
    if case.attributed is not True and step.name in protocol.waits:
        until_s = at_s if case.attributed is False else max(at_s, protocol.attribution_s)
        return Window(NOT_ATTRIBUTED, until_s, until_s)
    due_s = NEVER_S if step.within_s is None else at_s + step.within_s
    return Window(LATE, due_s, due_s)


def moves(protocol: Protocol, case: Case) -> tuple[Window, ...]:
    """What may happen next to a case, and when; nothing at an end and where the text does not say what follows."""
    last, at_s = runs_out(protocol, case), case.at_s
    if last is None:
        return ()
    if last.result != LATE:
        waiting = last.result == NOT_ATTRIBUTED and case.attributed is None
        return (Window(ATTRIBUTED, at_s, last.until_s), last) if waiting else (last,)
    step, due_s = protocol.steps[case.place], last.until_s
    given = (Window(REFUSED, at_s, due_s), last)
    if step.within_s is not None and step.takes_s > step.within_s:
        return given
    from_s = at_s + step.takes_s
    return (*[Window(result, from_s, due_s) for result in protocol.found[step.name]], *given)


def advance(protocol: Protocol, case: Case, move: Move) -> Case:
    """The case after something happened.

    Raises: UnknownNameError: not the step it stands at, or no result of it. OutOfRangeError: not at that time.
    """
    subject = f"response {protocol.response.name}"
    if move.step != case.place or case.place not in protocol.steps:
        raise UnknownNameError(
            f"the case stands at {case.place or 'no step that the text names'}, not at step {move.step}.",
            subject=subject,
            remedy="State what happened at the step the case stands at.",
        )
    possible = {window.result: window for window in moves(protocol, case)}
    elsewhere = case.attributed is None and ATTRIBUTED not in possible
    if elsewhere and move.result == ATTRIBUTED and case.at_s <= move.at_s <= protocol.attribution_s:
        return replace(case, attributed=True)
    window = possible.get(move.result)
    if window is None:
        raise UnknownNameError(
            f"step {move.step} cannot end {move.result} here.",
            subject=subject,
            remedy=f"It can end {' or '.join(possible)}.",
        )
    if not window.from_s <= move.at_s <= window.until_s:
        raise OutOfRangeError(
            f"step {move.step} cannot end {move.result} {move.at_s} s after the opening.",
            subject=subject,
            remedy=f"Between {window.from_s} s and {window.until_s} s it can.",
        )
    return _after(protocol, case, move.result, move.at_s)


def leads_to(protocol: Protocol, step: str, result: str) -> str:
    """The step or end that a step's result leads to; `UNDEFINED` where the text does not say."""
    if result == ATTRIBUTED:
        return step
    return protocol.response.unattributed if result == NOT_ATTRIBUTED else protocol.exits[step].get(result, UNDEFINED)


def follow(protocol: Protocol, schedule: Sequence[Move]) -> Case:
    """Where a case stands after a course of events. Raises as `advance` does."""
    case = opened(protocol)
    for move in schedule:
        case = advance(protocol, case, move)
    return case


def course(protocol: Protocol, results: Sequence[str], *, slowly: bool = False) -> tuple[Move, ...]:
    """A schedule in which steps end with these results in turn, each as soon as it may, or as late."""
    case, schedule = opened(protocol), []
    for result in results:
        window = next(each for each in moves(protocol, case) if each.result == result)
        at_s = window.until_s if slowly else window.from_s
        who = "" if result == EXHAUSTED else protocol.steps[case.place].actor
        if result in (ATTRIBUTED, NOT_ATTRIBUTED):
            who = protocol.body
        schedule.append(Move(step=case.place, result=result, at_s=at_s, who=who))
        case = _after(protocol, case, result, at_s)
    return tuple(schedule)


def unfold(protocol: Protocol) -> Unfolded:
    """Every position that some course of events leads to, and what leads from each to which.

    Raises: MandateError: more than `MOST_POSITIONS`.
    """
    start = opened(protocol)
    numbers, cases, ways = {start: 0}, [start], []
    for case in cases:  # grows while it is walked
        onward = []
        for window in moves(protocol, case):
            to = _after(protocol, case, window.result, 0)
            if to not in numbers:
                numbers[to] = len(cases)
                cases.append(to)
            onward.append(Way(window.result, numbers[to]))
        ways.append(tuple(onward))
        if len(cases) > MOST_POSITIONS:
            raise MandateError(
                f"its steps and counts make more than {MOST_POSITIONS} positions: too many to check.",
                subject=f"response {protocol.response.name}, line {protocol.response.line}",
                remedy="Let fewer steps be entered several times, or fewer times.",
            )
    order, cyclic = _ordered(ways)
    return Unfolded(protocol=protocol, cases=tuple(cases), ways=tuple(ways), order=order, cyclic=cyclic)


def move_words(protocol: Protocol, move: Move) -> str:
    """`violator does not reply in time [ack]`."""
    step = protocol.steps[move.step]
    verb = {"replies": "reply", "publishes": "publish"}.get(step.action, step.action[:-1])
    deed = " ".join((step.action, *([" and ".join(step.towards)] if step.towards else ())))
    said = {
        DONE: f"{step.actor} {deed}",
        REFUSED: f"{step.actor} does not {verb}: refused",
        LATE: f"{step.actor} does not {verb} in time",
        EXHAUSTED: f"{step.name} was entered {step.most} times already",
        ATTRIBUTED: "the act is attributed",
        NOT_ATTRIBUTED: "nothing is attributed",
    }
    words = said.get(move.result) or f"{step.actor} {deed}: {move.result.replace('_', ' ')}"
    return f"{words} [{step.name}]"


def _after(protocol: Protocol, case: Case, result: str, at_s: int) -> Case:
    """The case when the step it stands at ends so at that moment; both are possible."""
    if result == ATTRIBUTED:
        return Case(place=case.place, at_s=at_s, arrivals=case.arrivals, attributed=True)
    attributed = False if result == NOT_ATTRIBUTED else case.attributed
    place = leads_to(protocol, case.place, result)
    return _arrived(protocol, place, Case(place="", at_s=at_s, arrivals=case.arrivals, attributed=attributed))


def _arrived(protocol: Protocol, place: str, case: Case) -> Case:
    """The case at its new place, the arrival counted."""
    arrivals, number = case.arrivals, protocol.counted.get(place)
    if number is not None:
        most = protocol.steps[place].most or 0
        arrivals = (*arrivals[:number], min(arrivals[number], most) + 1, *arrivals[number + 1 :])
    return Case(place=place, at_s=case.at_s, arrivals=arrivals, attributed=case.attributed)


def _ordered(ways: Sequence[tuple[Way, ...]]) -> tuple[tuple[int, ...], bool]:
    """Positions after those they lead to (depth first, without recursion), and whether some leads back to itself."""
    order: list[int] = []
    cyclic = False
    state = bytearray(len(ways))  # 0 not met, 1 on the path, 2 done
    path = [(0, iter(ways[0]))]
    state[0] = 1
    while path:
        number, onward = path[-1]
        way = next(onward, None)
        if way is None:
            state[number] = 2
            order.append(number)
            path.pop()
        elif state[way.to] == 0:
            state[way.to] = 1
            path.append((way.to, iter(ways[way.to])))
        else:
            cyclic |= state[way.to] == 1
    return tuple(order), cyclic
