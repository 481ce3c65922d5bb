"""Random responses with their actors, and a second opinion on them, written on its own and without speed.

`random_mandate(seed)` has one response R with few steps: votes, vetoes, bodies in bodies, roles, counts, results. The
second opinion plays: it tries every choice of everybody, course by course, and knows nothing of families or order.
"""

import random
from collections.abc import Callable, Iterator
from itertools import combinations

from truceline.model import mandate as m

HEADER = m.Header(title="T", in_force_s=0)
ENDS: tuple[m.EndKind, ...] = ("remedied", "answered", "unfounded", "impasse", "handed_over")
SELF, LOOKS = ("withdraws", "repairs", "informs", "replies"), ("visits", "decides")
MANY = 30_000  # courses that the second opinion plays before it gives a protocol up
Position = tuple[str, tuple[tuple[str, int], ...], bool | None]


class TooManyError(Exception):
    """More courses than a second opinion can play."""


def random_mandate(seed: int, *, most_steps: int = 5, tidy: bool = False) -> m.Mandate:
    """Two or three parties, a few bodies and one response. `tidy`: everything is said, and nothing goes round."""
    chance = random.Random(seed)
    parties, bodies = _actors(chance)
    names = [each.name for each in (*parties, *bodies)]
    response = _response(chance, names, most_steps, tidy=tidy)
    attribution = None
    if tidy or chance.random() < 0.75:
        panel = m.Panel(votes=2, seats=3, within_s=chance.randint(0, 12))
        other = m.Panel(votes=2, seats=chance.choice((2, 3)), within_s=chance.randint(0, 12))
        attribution = m.Attribution(
            body=chance.choice(bodies).name,
            panel=panel,
            thresholds=chance.choice(((), (m.Threshold(classes=("B",), panel=other),))),
        )
    addressed = tuple(chance.sample([party.name for party in parties], chance.randint(1, len(parties))))
    clause = m.Clause(
        name="C", cites="1", modality="prohibited", parties=addressed, acts=("fire",), breach_class="B", response="R"
    )
    return m.Mandate(
        name="t",
        header=HEADER,
        parties=parties,
        bodies=bodies,
        clauses=(clause,) if chance.random() < 0.9 else (),
        attribution=attribution,
        responses=(response,),
    )


def _actors(chance: random.Random) -> tuple[tuple[m.Party, ...], tuple[m.Body, ...]]:
    parties = [m.Party(name=f"P{n}", title="p", unbound="" if chance.random() < 0.9 else "no") for n in range(3)]
    parties = parties[: chance.choice((2, 3, 3))]
    plain = [m.Body(name=f"B{n}", title="b", under=_maybe(chance, 0.2, "P0")) for n in range(2)]
    if chance.random() < 0.3:
        parties[1] = m.Party(name="P1", title="p", under=chance.choice(("B1", "J0")))
    bodies = list(plain)
    for number in range(2):
        members = tuple(chance.sample([each.name for each in (*parties, *bodies)], chance.randint(1, 4)))
        bodies.append(
            m.Body(
                name=f"J{number}",
                title="j",
                members=members,
                quorum=chance.choice((None, 1, len(members), (len(members) + 1) // 2)),
                veto=tuple(chance.sample(members, 1)) if chance.random() < 0.25 else (),
            )
        )
    return tuple(parties), tuple(bodies)


def _maybe(chance: random.Random, share: float, name: str) -> str:
    return name if chance.random() < share else ""


def _response(chance: random.Random, names: list[str], most_steps: int, *, tidy: bool) -> m.Response:
    count = chance.randint(2, most_steps)
    kinds = [kind for kind, share in zip(ENDS, (0.9, 0.3, 0.4, 0.9, 0.3), strict=True) if chance.random() < share]
    ends = tuple(_end(f"e{n}", kind) for n, kind in enumerate(kinds or ENDS))
    good = [end.name for end in ends if end.kind in m.ANSWERED]
    bad = [end.name for end in ends if end.kind not in m.ANSWERED]
    steps_named = [f"s{n}" for n in range(count)]

    def to(number: int, result: str = "") -> str:
        well = result in ("done", "substantiated", "not_substantiated")
        onward = [*steps_named[number + 1 :], *((good if well else bad) or good or bad)]
        return chance.choice(onward if tidy or chance.random() < 0.85 else [*steps_named, *good, *bad])

    steps = tuple(_step(chance, number, [*names, *m.ROLES], to, tidy=tidy) for number in range(count))
    stated = to(count - 1) if tidy or chance.random() < 0.8 else ""
    return m.Response(name="R", deadline_s=chance.randint(5, 60), unattributed=stated, steps=steps, ends=ends)


def _end(name: str, kind: m.EndKind) -> m.End:
    held = {"holder": "B0", "within_s": 5, "consent": ("P0",)} if kind == "handed_over" else {}
    return m.End(name=name, kind=kind, **held)


def _step(chance: random.Random, number: int, names: list[str], to: Callable[..., str], *, tidy: bool) -> m.Step:
    looks = chance.random() < 0.5
    branching = looks and chance.random() < 0.7
    within_s = chance.randint(1, 9)
    most = chance.choice((1, 2)) if chance.random() < 0.3 else None
    results = [*(m.RESULTS if branching else ("done",)), "refused", "late", *(["exhausted"] if most else ())]
    exits = tuple(m.Exit(result=result, to=to(number, result)) for result in results if tidy or chance.random() < 0.96)
    voters = tuple(chance.sample(names, chance.randint(1, 4))) if chance.random() < 0.25 else ()
    return m.Step(
        name=f"s{number}",
        actor=chance.choice((*names, "violator")),
        action=chance.choice(LOOKS if looks else SELF),
        towards=("violator",),
        within_s=within_s,
        takes_s=chance.randint(0, within_s + (not tidy and chance.random() < 0.1)),
        consent=tuple(chance.sample(names, 1)) if chance.random() < 0.25 else (),
        votes=chance.randint(1, len(voters)) if voters else None,
        voters=voters,
        veto=tuple(chance.sample(names, 1)) if chance.random() < 0.15 else (),
        confirmer=chance.choice(("B0", "B1", "J0", "J1")) if chance.random() < 0.2 else "",
        most=most,
        exits=exits,
    )


class Plays:
    """Everything that can happen to a case of one response, one course after the other."""

    def __init__(self, mandate: m.Mandate) -> None:
        (self.response,) = mandate.responses
        self.mandate = mandate
        self.steps = {step.name: step for step in self.response.steps}
        self.ends = {end.name: end for end in self.response.ends}
        self.term_s = 0
        if mandate.attribution:
            for_class = {name: part.panel for part in mandate.attribution.thresholds for name in part.classes}
            chosen = for_class.get("B", mandate.attribution.panel) if mandate.clauses else mandate.attribution.panel
            self.panel, self.term_s = chosen, chosen.within_s

    def start(self) -> Position:
        return self.enter(self.response.steps[0].name, {}, None)

    def enter(self, place: str, counts: dict[str, int], attributed: bool | None) -> Position:
        """A place after one more arrival; counts above what is allowed are all alike."""
        counts = dict(counts)
        if place in self.steps and (most := self.steps[place].most):
            counts[place] = min(counts.get(place, 0) + 1, most + 1)
        return place, tuple(sorted(counts.items())), attributed

    def needs_role(self, step: m.Step) -> bool:
        return bool({"violator", "victim"} & {step.actor, *step.consent, *step.voters, *step.veto, step.confirmer})

    def onward(self, position: Position) -> Iterator[tuple[str, Position, Callable[[int], tuple[int, int]]]]:
        """Each result, where it leads, and the first and last moment of it as a function of the arrival."""
        place, counted, attributed = position
        if place not in self.steps:
            return
        step, counts = self.steps[place], dict(counted)
        if step.most is not None and counts[place] > step.most:
            yield "exhausted", self.enter(step.exit("exhausted"), counts, attributed), lambda at: (at, at)
            return
        if self.needs_role(step) and attributed is not True:
            term_s = self.term_s if attributed is None else 0
            if attributed is None:
                yield "attributed", (place, counted, True), lambda at: (at, max(at, term_s))
            then = self.enter(self.response.unattributed, counts, False)
            yield "not_attributed", then, lambda at: (max(at, term_s), max(at, term_s))
            return
        told = [each.result for each in step.exits if each.result in m.RESULTS]
        if step.takes_s <= step.within_s:
            for result in m.RESULTS if told else ("done",):
                after = self.enter(step.exit(result), counts, attributed)
                yield result, after, lambda at: (at + step.takes_s, at + step.within_s)
        yield "refused", self.enter(step.exit("refused"), counts, attributed), lambda at: (at, at + step.within_s)
        yield "late", self.enter(step.exit("late"), counts, attributed), lambda at: (at + step.within_s,) * 2

    def longest_s(self) -> int | None:
        """The longest of all courses, each played to its end; None: one goes round."""
        played = 0

        def play(position: Position, at_s: int, path: frozenset[Position]) -> int | None:
            nonlocal played
            played += 1
            if played > MANY:
                raise TooManyError
            if position in path:
                return None
            longest_s = at_s
            for _, after, window in self.onward(position):
                took_s = play(after, window(at_s)[1], path | {position})
                if took_s is None:
                    return None
                longest_s = max(longest_s, took_s)
            return longest_s

        return play(self.start(), 0, frozenset())

    def reached(self) -> set[Position]:
        found, waiting = {self.start()}, [self.start()]
        while waiting:
            for _, after, _ in self.onward(waiting.pop()):
                if after not in found:
                    found.add(after)
                    waiting.append(after)
        return found

    def prevented(self, table: "Table", facts: tuple[str, ...], attributing: str) -> bool:
        """Whether the coalition at the table has a way to play without an answer ever coming."""
        played = 0

        def play(position: Position, path: frozenset[Position]) -> bool:
            nonlocal played
            played += 1
            if played > MANY:
                raise TooManyError
            place = position[0]
            if position in path:
                return True
            if place not in self.steps:
                return place not in self.ends or self.ends[place].kind not in ("remedied", "answered", "unfounded")
            return any(
                play(after, path | {position})
                for result, after, _ in self.onward(position)
                if self.possible(table, position, result, facts, attributing)
            )

        return play(self.start(), frozenset())

    def possible(
        self, table: "Table", position: Position, result: str, facts: tuple[str, ...], attributing: str
    ) -> bool:
        """Whether the coalition, or facts, can bring this result about."""
        step = self.steps[position[0]]
        if result == "exhausted" or (result == "late" and step.takes_s > step.within_s):
            return True
        if result == "attributed":
            return attributing != "never"
        if result == "not_attributed":
            if position[2] is False or attributing == "never":
                return True
            return attributing == "by its body" and table.stops_panel(self.mandate, self.panel)
        if result in ("refused", "late"):
            return not table.carried(step)
        return result == "done" or result in facts or table.decided(step)


class Table:
    """Everybody votes on everything: those in `coalition` no, the others yes."""

    def __init__(self, mandate: m.Mandate, roles: dict[str, str], coalition: frozenset[str]) -> None:
        self.bodies = {body.name: body for body in mandate.bodies}
        self.above = {each.name: each.under for each in (*mandate.parties, *mandate.bodies)}
        self.roles, self.coalition = roles, coalition

    def top(self, name: str) -> str:
        while self.above.get(name) and not (name in self.bodies and self.bodies[name].members):
            name = self.above[name]
        return name

    def says(self, name: str, met: tuple[str, ...] = (), *, joined: bool) -> bool:
        """Whether somebody is with the coalition (`joined`), or with the others."""
        name = self.roles.get(name, name)
        top = self.top(name)
        body = self.bodies.get(top)
        if body is None or not body.members or top in met:
            return ((name if top in met else top) in self.coalition) == joined
        count = sum(self.says(each, (*met, top), joined=joined) for each in body.members)
        enough = count >= (len(body.members) if body.quorum is None else body.quorum)
        objecting = not joined and any(self.says(each, (*met, top), joined=True) for each in body.veto)
        return enough and not objecting

    def votes(self, step: m.Step, *, joined: bool) -> bool:
        """The votes that a step names stand for the members of its actor; an actor without members has its own say."""
        if step.votes is None:
            return self.says(step.actor, joined=joined)
        enough = sum(self.says(each, joined=joined) for each in set(step.voters)) >= step.votes
        body = self.bodies.get(self.roles.get(step.actor, step.actor))
        if body is None or not body.members:
            return enough and self.says(step.actor, joined=joined)
        objecting = not joined and any(self.says(each, joined=True) for each in body.veto)
        return enough and not objecting

    def carried(self, step: m.Step) -> bool:
        """Whether the step is done though the coalition is against it."""
        return (
            self.votes(step, joined=False)
            and all(self.says(each, joined=False) for each in step.consent)
            and not any(self.says(each, joined=True) for each in step.veto)
            and (not step.confirmer or self.says(step.confirmer, joined=False))
        )

    def decided(self, step: m.Step) -> bool:
        """Whether the coalition can do the step alone, and confirm it."""
        return self.votes(step, joined=True) and (not step.confirmer or self.says(step.confirmer, joined=True))

    def stops_panel(self, mandate: m.Mandate, panel: m.Panel) -> bool:
        body = self.bodies[mandate.attribution.body]
        if not body.members or len(body.members) != panel.seats:
            return not self.says(body.name, joined=False)
        agreed = sum(self.says(each, joined=False) for each in body.members) >= panel.votes
        return not agreed or any(self.says(each, joined=True) for each in body.veto)


def smallest_coalitions(
    plays: Plays, roles: dict[str, str], facts: tuple[str, ...], attributing: str
) -> set[frozenset[str]]:
    """Of all coalitions of up to three actors, the smallest that prevent every answer."""
    mandate = plays.mandate
    table = Table(mandate, roles, frozenset())
    everybody = (*(each.name for each in (*mandate.parties, *mandate.bodies)), *m.ROLES)
    alone = [
        name
        for name in everybody
        if table.top(name) == name and not (name in table.bodies and table.bodies[name].members)
    ]
    alone += [name for name in everybody if table.top(name) != name and table.top(name) not in alone]
    found: set[frozenset[str]] = set()
    for size in range(4):
        for names in combinations(alone, size):
            coalition = frozenset(names)
            if not any(smaller <= coalition for smaller in found) and plays.prevented(
                Table(mandate, roles, coalition), facts, attributing
            ):
                found.add(coalition)
    return found
