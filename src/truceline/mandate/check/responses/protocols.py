"""What a response leaves undefined, cannot end, or lets somebody prevent: `protocol_remarks`.

UNDEFINED, UNREACHABLE, UNATTRIBUTED, NO-QUORUM and ENDLESS are worked out here; who can prevent an answer in
`blocking.py`, how long it takes in `deadlines.py`; what a step means in `terms/protocol.py`.

All of it is exact, over every position that steps and counts make; a response with more than
`terms.protocol.MOST_POSITIONS` of them is refused. A schedule begins at the opening of a case and can be replayed with
`terms.protocol.follow`; that of UNDEFINED ends where the text does not say what follows, that of ENDLESS where it was
before.
"""

from collections.abc import Iterator

from truceline.mandate.check.responses.blocking import blocking_remarks
from truceline.mandate.check.responses.deadlines import Walk, deadline_remarks, walk_to
from truceline.model import mandate as m
from truceline.model.remark import Move, Remark
from truceline.terms.protocol import (
    DONE,
    EXHAUSTED,
    LATE,
    NOT_ATTRIBUTED,
    REFUSED,
    Unfolded,
    course,
    found_by,
    move_words,
    protocol_of,
    unfold,
)

SELF_REPORTED = ("withdraws", "repairs", "suspends")  # acts that nobody else sees done unless somebody looks


def protocol_remarks(mandate: m.Mandate) -> Iterator[Remark]:
    """Everything about every response, in no particular order. Raises: MandateError: a response too large to check."""
    for response in mandate.responses:
        unfolded = unfold(protocol_of(mandate, response))
        yield from _undefined(unfolded)
        yield from _unattributed(unfolded)
        yield from _unreachable(mandate, unfolded)
        yield from _endless(unfolded)
        yield from deadline_remarks(mandate, unfolded)
        yield from blocking_remarks(mandate, unfolded)
    yield from _quorums(mandate)


def _undefined(unfolded: Unfolded) -> Iterator[Remark]:
    protocol = unfolded.protocol
    for step in protocol.response.steps:
        subject = f"response {protocol.response.name}, step {step.name}"
        needed = (*found_by(step), REFUSED, *((LATE,) if step.within_s is not None else ()))
        missing = [result for result in needed if not step.exit(result)]
        if step.most is not None and not step.exit(EXHAUSTED):
            missing.append(EXHAUSTED)
        if missing:
            one = "that result" if len(missing) == 1 else "each of these results"
            yield Remark(
                code="UNDEFINED",
                line=step.line,
                subject=subject,
                words=f"{protocol.response.name}.{step.name}: the text does not say what follows when the step ends "
                f"{' or '.join(each.replace('_', ' ') for each in missing)}.",
                suggestion=f"Name a step or an end for {one}: {' '.join(f'{each} NEXT' for each in missing)}.",
                schedule=_first(unfolded, [step.name], tuple(missing)),
            )
        if step.actor == m.VIOLATOR and step.action in SELF_REPORTED and not step.confirmer:
            yield Remark(
                code="UNDEFINED",
                line=step.line,
                subject=subject,
                words=f"{protocol.response.name}.{step.name}: nobody confirms what the violator reports of itself.",
                suggestion="Name who does: confirmed by BODY.",
                schedule=_first(unfolded, [step.name], (DONE,)),
            )


def _unattributed(unfolded: Unfolded) -> Iterator[Remark]:
    protocol = unfolded.protocol
    waiting = [step.name for step in protocol.response.steps if step.name in protocol.waits]
    reached = {case.place for case in unfolded.cases}
    waiting = [name for name in waiting if name in reached]
    if waiting and not protocol.response.unattributed:
        yield Remark(
            code="UNATTRIBUTED",
            line=protocol.response.line,
            subject=f"response {protocol.response.name}",
            words=f"{protocol.response.name} needs violator or victim in {', '.join(waiting)}, and does not say what "
            "follows when nothing is attributed.",
            suggestion="Name a step or an end after the deadline: not_attributed NEXT.",
            schedule=_first(unfolded, waiting, (NOT_ATTRIBUTED,)),
        )


def _unreachable(mandate: m.Mandate, unfolded: Unfolded) -> Iterator[Remark]:
    response = unfolded.protocol.response
    reached = {case.place for case in unfolded.cases}
    places: list[tuple[str, m.Step | m.End]] = [
        *(("step", step) for step in response.steps),
        *(("end", end) for end in response.ends),
    ]
    for kind, place in places:
        if place.name not in reached:
            yield Remark(
                code="UNREACHABLE",
                line=place.line,
                subject=f"response {response.name}, {kind} {place.name}",
                words=f"{response.name}.{place.name}: no course of events leads to this {kind}.",
                suggestion="Let an exit of another step lead to it, or take it away.",
            )
    if all(clause.response != response.name for clause in mandate.clauses):
        yield Remark(
            code="UNREACHABLE",
            line=response.line,
            subject=f"response {response.name}",
            words=f"{response.name}: no breach of any clause leads to this response.",
            suggestion=f"Write breach NAME respond {response.name} in a clause, or take the response away.",
        )


def _endless(unfolded: Unfolded) -> Iterator[Remark]:
    """One remark for each part of the response in which a case can go round for ever."""
    protocol = unfolded.protocol
    said: set[frozenset[str]] = set()
    for part in _rounds(unfolded):
        places = frozenset(unfolded.cases[number].place for number in part)
        if places in said:
            continue
        said.add(places)
        walk, back = _lasso(unfolded, part)
        schedule = course(protocol, [way.result for _, way in walk])
        words = " -> ".join(move_words(protocol, move) for move in schedule)
        yield Remark(
            code="ENDLESS",
            line=protocol.steps[back].line,
            subject=f"response {protocol.response.name}, step {back}",
            words=f"{protocol.response.name}: {words} -> back to [{back}]; nothing ends this.",
            suggestion=f"Bound one step of the round: at most 2 times exhausted NEXT, say in step {back}.",
            schedule=schedule,
        )


def _rounds(unfolded: Unfolded) -> list[set[int]]:
    """The sets of positions that lead to one another: strongly connected, by depth first search both ways."""
    if not unfolded.cyclic:
        return []
    backward: list[list[int]] = [[] for _ in unfolded.cases]
    for number, onward in enumerate(unfolded.ways):
        for way in onward:
            backward[way.to].append(number)
    taken: set[int] = set()
    found = []
    for number in reversed(unfolded.order):
        if number in taken:
            continue
        part, waiting = {number}, [number]
        while waiting:
            for before in backward[waiting.pop()]:
                if before not in taken and before not in part:
                    part.add(before)
                    waiting.append(before)
        taken |= part
        if len(part) > 1 or any(way.to == number for way in unfolded.ways[number]):
            found.append(part)
    return found


def _lasso(unfolded: Unfolded, part: set[int]) -> tuple[Walk, str]:
    """The shortest way into a round and once about it, and the step it comes back to."""
    walk = [] if 0 in part else walk_to(unfolded, lambda number: number in part)
    assert walk is not None
    back = walk[-1][1].to if walk else 0
    about = walk_to(unfolded, lambda number: number == back, lambda _, way: 1 if way.to in part else None, start=back)
    assert about is not None
    return walk + about, unfolded.cases[back].place


def _first(unfolded: Unfolded, steps: list[str], results: tuple[str, ...]) -> tuple[Move, ...]:
    """The shortest course on which one of the steps ends with one of the results; empty: there is none."""
    ends = {
        number: way.result
        for number, onward in enumerate(unfolded.ways)
        for way in onward
        if unfolded.cases[number].place in steps and way.result in results
    }
    walk: Walk | None = [] if 0 in ends else walk_to(unfolded, lambda number: number in ends)
    if walk is None:
        return ()
    last = walk[-1][1].to if walk else 0
    return course(unfolded.protocol, [*(way.result for _, way in walk), ends[last]])


def _quorums(mandate: m.Mandate) -> Iterator[Remark]:
    """NO-QUORUM, once for each body: the steps in which how many of its members must agree matters, and is not said."""
    silent = {body.name: body for body in mandate.bodies if len(body.members) > 1 and body.quorum is None}
    used: dict[str, list[str]] = {}
    members = {body.name: body.members for body in mandate.bodies}
    for response in mandate.responses if silent else ():
        for step in response.steps:
            acting = (
                *((step.actor,) if step.votes is None else step.voters),
                *step.consent,
                *step.veto,
                step.confirmer,
            )
            for name in _inside(members, acting):
                if name in silent:
                    used.setdefault(name, []).append(f"{response.name}.{step.name}")
    for name, steps in used.items():
        count = len(silent[name].members)
        yield Remark(
            code="NO-QUORUM",
            line=silent[name].line,
            subject=f"body {name}",
            words=f"{name} has {count} members, and the text does not say how many of them must agree; all are needed "
            f"as it stands ({', '.join(dict.fromkeys(steps))}).",
            suggestion=f"Write quorum {count // 2 + 1} or quorum all, or name the votes in the step.",
        )


def _inside(members: dict[str, tuple[str, ...]], names: tuple[str, ...]) -> list[str]:
    """The names, and those of every body within them."""
    found = [name for name in dict.fromkeys(names) if name]
    for name in found:
        found += [each for each in members.get(name, ()) if each not in found]
    return found
