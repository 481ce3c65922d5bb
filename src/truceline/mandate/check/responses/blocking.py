"""Who can prevent every answer: BLOCK, BLOCKERS and INCONCLUSIVE.

A coalition prevents every answer if it can choose, step by step, so that a case never ends remedied, answered or
unfounded, though everybody else acts, consents, confirms, attributes and objects to nothing, in time. It can have a
step refused or late where it contains one of the step's stopping coalitions, choose the result where it can act in the
step by itself, and keep the act from being attributed. What a visit or a decision of others finds is a fact, and may
be the worst. Where facts alone prevent every answer, that is said (INCONCLUSIVE) and the question is put again
with nothing inconclusive, then with everything substantiated.

For each position the family of smallest coalitions is worked out, exact up to three actors: at an answer nobody, at
any other end everybody; at a step, for each result, whoever can bring it about and go on from where it leads. The
greatest solution is taken, so that going round for ever, and a place where the text says nothing, prevent an answer.
Limits: a coalition is of named actors; two that act as one count as two unless one is declared under the other. Where
positions times settings are more than `MOST_JUDGED`, nothing is worked out, and that is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from truceline.base.errors import MandateError
from truceline.mandate.check.responses.deadlines import Walk, is_answer, span, walk_to
from truceline.model import mandate as m
from truceline.model.remark import Move, Remark
from truceline.terms.actors import BY_ITSELF, LARGEST, NOBODY, Actors, Family, both_of, either
from truceline.terms.protocol import (
    ATTRIBUTED,
    LATE,
    MOST_POSITIONS,
    NOT_ATTRIBUTED,
    REFUSED,
    UNDEFINED,
    Protocol,
    Unfolded,
    Way,
    course,
    protocol_of,
    roles_in,
    unfold,
)

Attributing = Literal["by its body", "always", "never"]
LISTED = 6  # coalitions in one remark
MOST_JUDGED = 50_000  # positions times settings of one response: a few seconds
FACTS = {
    m.RESULTS: "",
    m.RESULTS[:2]: ", where nothing is left inconclusive",
    m.RESULTS[:1]: ", where everything is substantiated",
}
NOUNS = {
    "informs": "notice",
    "visits": "visit",
    "requests": "request",
    "replies": "reply",
    "withdraws": "withdrawal",
    "repairs": "repair",
    "convenes": "meeting",
    "decides": "decision",
    "suspends": "suspension",
    "refers": "referral",
    "publishes": "publication",
}
_NUMBERS = {1: "one", 2: "two", 3: "three"}
VERBS = {"replies": "reply", "publishes": "publish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Under which a response is judged: who is violator and victim, and whether an act is attributed."""

    violator: str = ""
    victim: str = ""
    attributing: Attributing = "by its body"

    @property
    def roles(self) -> dict[str, str]:
        """The roles that somebody has."""
        return {role: name for role, name in zip(m.ROLES, (self.violator, self.victim), strict=True) if name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blockers:
    """A smallest coalition that can prevent every answer; empty: no course leads to one.

    `of_parties`: it holds only parties and those who decide for a party. `facts`: what visits and decisions may find.
    """

    setting: Setting
    coalition: tuple[str, ...]
    of_parties: bool
    facts: tuple[str, ...] = m.RESULTS


def blockers(mandate: m.Mandate, response: m.Response) -> tuple[Blockers, ...]:
    """Every smallest coalition, up to three actors, for each assignment of roles.

    Raises: MandateError: as `unfold` does, or more than `MOST_JUDGED`.
    """
    unfolded = unfold(protocol_of(mandate, response))
    found = []
    for setting in _few_enough(unfolded, settings(mandate, unfolded.protocol)):
        game = _games(mandate, unfolded, setting)[-1]
        found += [
            Blockers(
                setting=setting,
                coalition=game.actors.members(coalition),
                of_parties=game.actors.of_parties(coalition),
                facts=game.facts,
            )
            for coalition in game.blocking[0]
        ]
    return tuple(found)


def settings(mandate: m.Mandate, protocol: Protocol) -> tuple[Setting, ...]:
    """Every assignment of the roles that the response needs; where nobody attributes, also that nothing ever is.

    Violator is each bound party that a clause leading here addresses (none leads here: each bound party), victim each
    other bound party.
    """
    response = protocol.response
    needed = {role for step in response.steps for role in roles_in(step)}
    bound = [party.name for party in mandate.parties if not party.unbound]
    leading = [clause for clause in mandate.clauses if clause.response == response.name]
    addressed = [name for name in bound if not leading or any(name in clause.parties for clause in leading)]
    pairs = [(violator, victim) for violator in addressed for victim in bound if violator != victim]
    if m.VICTIM not in needed or not pairs:
        pairs = [(violator, "") for violator in addressed]
    if m.VIOLATOR not in needed:
        pairs = [("", victim) for _, victim in pairs]
    always: Attributing = "by its body" if protocol.body or not needed else "always"
    found = [Setting(violator=one, victim=other, attributing=always) for one, other in pairs] or [
        Setting(attributing=always)
    ]
    never = [Setting(attributing="never")] if always == "always" and response.unattributed else []
    return tuple(dict.fromkeys((*found, *never)))


def blocking_remarks(mandate: m.Mandate, unfolded: Unfolded) -> Iterator[Remark]:
    """BLOCK, BLOCKERS and INCONCLUSIVE of one response; what holds in several settings alike is said once."""
    response = unfolded.protocol.response
    try:
        every = _few_enough(unfolded, settings(mandate, unfolded.protocol))
    except MandateError as error:
        yield Remark(
            code="BLOCK",
            line=response.line,
            subject=f"response {response.name}",
            words=f"{response.name}: who can prevent every answer could not be worked out: {error.problem}",
            suggestion=error.remedy,
        )
        return
    alike: dict[tuple[str, str, str, str], list[tuple[Setting, tuple[Move, ...]]]] = {}
    for setting in every:
        for code, said, suggestion, schedule, where in _judged(mandate, unfolded, setting):
            alike.setdefault((code, said, suggestion, where), []).append((setting, schedule))
    for (code, said, suggestion, where), those in alike.items():
        yield Remark(
            code=code,
            line=response.line,
            subject=f"response {response.name}",
            words=f"{response.name}{_settings_words([setting for setting, _ in those], every)}{where}: {said}.",
            suggestion=suggestion,
            schedule=those[0][1],
        )


def _few_enough(unfolded: Unfolded, every: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """The settings, if their games can all be played. Raises: MandateError: more than `MOST_JUDGED`."""
    positions = len(unfolded.cases)
    if positions * len(every) > MOST_JUDGED:
        raise MandateError(
            f"{positions:,} positions for each of {len(every)} ways to say who is violator and victim are more than "
            f"{MOST_JUDGED:,} together.",
            subject=f"response {unfolded.protocol.response.name}",
            remedy="Let fewer steps be entered several times, or give parties responses of their own.",
        )
    return every


class _Judgement(NamedTuple):
    code: str
    said: str
    suggestion: str
    schedule: tuple[Move, ...]
    where: str


def _judged(mandate: m.Mandate, unfolded: Unfolded, setting: Setting) -> Iterator[_Judgement]:
    *stuck, game = _games(mandate, unfolded, setting)
    if game.blocking[0] == BY_ITSELF:
        yield from _hopeless(game, setting)
        return
    unanswered: dict[str, _Judgement] = {}  # by what is said; where it holds for fewer facts too, that is said
    for each in stuck:
        told = _Told(each, 0)
        unanswered[told.words] = _Judgement(
            "INCONCLUSIVE",
            f"no answer is reached, though everybody does their part in time: {told.words}",
            "Let these results lead to a step or an end that answers the matter.",
            told.schedule,
            FACTS[each.facts],
        )
    yield from unanswered.values()
    others = []
    if not game.blocking[0]:
        yield _Judgement(
            "BLOCKERS",
            f"no coalition of up to {_NUMBERS[LARGEST]} can prevent every answer; larger ones were not looked for",
            "Nothing to mend if that suits the purpose.",
            (),
            FACTS[game.facts],
        )
    for coalition in game.blocking[0]:
        if game.actors.of_parties(coalition):
            told = _Told(game, coalition)
            yield _Judgement("BLOCK", told.can_prevent, told.suggestion, told.schedule, FACTS[game.facts])
        else:
            others.append(coalition)
    if others:
        yield _listed_blockers(game, others)


def _hopeless(game: "_Game", setting: Setting) -> Iterator[_Judgement]:
    """No coalition is needed. Where nothing is attributed, it is said only if that is why."""
    told = _Told(game, 0)
    if setting.attributing != "never":
        yield _Judgement(
            "BLOCK",
            f"no answer is reached, though everybody does their part in time: {told.words}",
            told.suggestion,
            told.schedule,
            FACTS[game.facts] if any(move.result in m.RESULTS for move in told.schedule) else "",
        )
    elif any(move.result == NOT_ATTRIBUTED for move in told.schedule):
        yield _Judgement(
            "UNATTRIBUTED",
            f"the mandate names nobody who attributes, and no answer is reached then: {told.words}",
            "Write attribution BODY panel 2 of 3 within 24h, or let not_attributed lead to an answer.",
            told.schedule,
            "",
        )


def _listed_blockers(game: "_Game", coalitions: list[int]) -> _Judgement:
    told = _Told(game, coalitions[0])
    named = [" with ".join(game.actors.members(coalition)) for coalition in coalitions[:LISTED]]
    more = f"; and {len(coalitions) - LISTED} more" if len(coalitions) > LISTED else ""
    each = f"each of these can prevent every answer: {'; '.join(named)}{more}. The first: {told.words}"
    said = each if len(coalitions) > 1 else told.can_prevent
    return _Judgement("BLOCKERS", said, told.suggestion, told.schedule, FACTS[game.facts])


class _Game:
    """One response in one setting: `blocking` has, for each position, who can prevent every answer from there on."""

    def __init__(self, unfolded: Unfolded, actors: Actors, attributing: Attributing, facts: tuple[str, ...]) -> None:
        self.unfolded, self.actors, self.facts = unfolded, actors, facts
        self.protocol = unfolded.protocol
        stopping = {step.name: actors.stopping_step(step) for step in self.protocol.response.steps}
        self.powers = {step.name: self._powers(step, stopping[step.name]) for step in self.protocol.response.steps}
        self.attribution: Family = NOBODY if attributing == "always" else BY_ITSELF
        if attributing == "by its body" and self.protocol.body:
            self.attribution = actors.stopping_panel(self.protocol.body, self.protocol.panels)
        self.attributed: Family = NOBODY if attributing == "never" else BY_ITSELF
        self.blocking = self._solved()

    def _powers(self, step: m.Step, stopping: Family) -> dict[str, Family]:
        """Result -> who can bring it about; what is not named comes about by itself."""
        late = BY_ITSELF if step.within_s is not None and step.takes_s > step.within_s else stopping
        found = self.protocol.found[step.name]
        decided = (
            {result: BY_ITSELF if result in self.facts else self.actors.acting_step(step) for result in found}
            if found == m.RESULTS and self.facts != m.RESULTS
            else {}
        )
        return {REFUSED: stopping, LATE: late} | decided

    def power(self, number: int, way: Way) -> Family:
        """Who can have the case at this position take that way."""
        case = self.unfolded.cases[number]
        if way.result == ATTRIBUTED:
            return self.attributed
        if way.result == NOT_ATTRIBUTED:
            return self.attribution if case.attributed is None else BY_ITSELF
        return self.powers[case.place].get(way.result, BY_ITSELF)

    def _solved(self) -> list[Family]:
        blocking = [
            NOBODY if is_answer(self.unfolded, number) else BY_ITSELF for number in range(len(self.unfolded.cases))
        ]
        changed = True
        while changed:
            changed = False
            for number in self.unfolded.order:
                if onward := self.unfolded.ways[number]:
                    family = self._onward(number, onward, blocking)
                    changed |= family != blocking[number]
                    blocking[number] = family
            changed &= self.unfolded.cyclic
        return blocking

    def _onward(self, number: int, onward: tuple[Way, ...], blocking: list[Family]) -> Family:
        by_power: dict[Family, list[Family]] = {}
        for way in onward:
            if blocking[way.to]:
                by_power.setdefault(self.power(number, way), []).append(blocking[way.to])
        return either(
            both_of(power, families[0] if len(families) == 1 else either(families))
            for power, families in by_power.items()
        )

    def course_of(self, coalition: int) -> tuple[Walk, bool]:
        """A course on which the coalition prevents every answer, and whether it ends (or goes round).

        It needs as few facts as may be, the most adverse rather than others, then as few steps.
        """

        def can(family: Family) -> bool:
            return any(not part & ~coalition for part in family)

        def cost(number: int, way: Way) -> int | None:
            power = self.power(number, way)
            if not can(power) or not can(self.blocking[way.to]):
                return None
            if power != BY_ITSELF or way.result not in m.RESULTS:
                return 1
            return 1 + MOST_POSITIONS * (1 if way.result == self.facts[-1] else 2)

        walk = walk_to(self.unfolded, lambda number: not self.unfolded.ways[number], cost)
        if walk is not None:
            return walk, True
        walk, met, number = [], set(), 0
        while number not in met:
            met.add(number)
            open_ways = [(costs, way) for way in self.unfolded.ways[number] if (costs := cost(number, way)) is not None]
            way = min(open_ways, key=lambda each: each[0])[1]
            walk.append((number, way))
            number = way.to
        return walk, False


def _games(mandate: m.Mandate, unfolded: Unfolded, setting: Setting) -> list[_Game]:
    """Judged with all facts possible, then with fewer, until facts alone no longer prevent every answer."""
    games: list[_Game] = []
    actors = Actors(mandate, setting.roles)
    branching = any(found == m.RESULTS for found in unfolded.protocol.found.values())
    for facts in FACTS if branching else (m.RESULTS,):
        games.append(_Game(unfolded, actors, setting.attributing, facts))
        if games[-1].blocking[0] != BY_ITSELF:
            break
    return games


class _Told:
    """A coalition's course in words: what it does, what is found, how the matter stands in the end."""

    def __init__(self, game: _Game, coalition: int) -> None:
        self.game, self.actors, self.coalition = game, game.actors, coalition
        self.names = game.actors.members(coalition)
        self.suggestion = "Let a course lead to an end that is remedied, answered or unfounded."
        walk, ends = game.course_of(coalition)
        moves = course(game.protocol, [way.result for _, way in walk])
        told, schedule = [], []
        for (number, way), move in zip(walk, moves, strict=True):
            words, who = self._way(number, way)
            told.append(words)
            schedule.append(replace(move, who=who) if who else move)
        self.schedule = tuple(schedule)
        said = "; ".join(dict.fromkeys(words for words in told if words))
        self.words = "; ".join(part for part in (said, self._ending(walk, ends)) if part)

    @property
    def can_prevent(self) -> str:
        """`AFC alone can prevent every answer: it refuses …`"""
        alone = "alone" if len(self.names) == 1 else "together"
        return f"{_listed(self.names)} {alone} can prevent every answer: {self.words}"

    def _way(self, number: int, way: Way) -> tuple[str, str]:
        """What to say of one way, and whose doing it is; nothing where others do their part."""
        case = self.game.unfolded.cases[number]
        step = self.game.protocol.steps[case.place]
        mine = self.game.power(number, way) != BY_ITSELF
        if way.result in (REFUSED, LATE):
            if mine:
                return self._stopped(step, in_time=way.result == REFUSED)
            return f"the {NOUNS[step.action]} [{step.name}] can never be done in time", ""
        if way.result == NOT_ATTRIBUTED:
            if not mine:
                return "nothing is attributed", ""
            self.suggestion = "Let not_attributed lead to a step that does not need the act to be attributed."
            body, names = self.game.protocol.body, self._among(self.game.attribution)
            one = self.actors.decider(body) in names
            return (
                f"{self._subject(names)} does not attribute [{step.name}]"
                if one
                else f"{body} cannot attribute without {self._object(names)} [{step.name}]"
            ), _listed(names)
        if way.result in m.RESULTS:
            noun, found = f"the {NOUNS[step.action]} [{step.name}]", way.result.replace("_", " ")
            if not mine:
                return f"{noun} ends {found}", ""
            self.suggestion = f"Let {way.result} of step {step.name} lead to a step that others can carry out."
            names = self._among(self.actors.acting_step(step))
            return f"{self._subject(names)} {self._verb(names, 'ends', 'end')} {noun} as {found}", _listed(names)
        return "", ""

    def _stopped(self, step: m.Step, *, in_time: bool) -> tuple[str, str]:
        """How the coalition keeps a step from being carried out: the first way it has."""
        at, noun = f"[{step.name}]", NOUNS[step.action]
        on = f"let refused and late of step {step.name} lead to a step that"
        if names := self._among(self.actors.stopping_actor(step)):
            words = self._actor_words(step, names, in_time=in_time)
            fewer = names != (self.actors.decider(step.actor),) and (
                step.votes is not None or len(self.actors.stopping(step.actor)) > 1
            )
            start = f"Let fewer agree to step {step.name}, or l" if fewer else "L"
            self.suggestion = f"{start}{on[1:]} others can carry out."
            return f"{words} {at}", _listed(names)
        for name in step.consent:
            if names := self._among(self.actors.stopping(name)):
                self.suggestion = f"Take consent {name} out of step {step.name}, or {on} needs no such consent."
                verb = self._verb(names, "refuses", "refuse") if in_time else self._verb(names, "delays", "delay")
                one = self.actors.decider(name) in names
                who = (
                    f"{self._subject(names)} {verb} consent"
                    if one
                    else (f"{name} cannot consent without {self._object(names)}")
                )
                return f"{who} to the {noun} {at}", _listed(names)
        for name in step.veto:
            if names := self._among(self.actors.acting(name)):
                self.suggestion = f"Take veto {name} out of step {step.name}, or {on} nobody can veto."
                return f"{self._subject(names)} {self._verb(names, 'objects', 'object')} to the {noun} {at}", _listed(
                    names
                )
        names = self._among(self.actors.stopping(step.confirmer))
        self.suggestion = f"Let somebody else confirm step {step.name}, or {on} needs no such confirmation."
        if self.actors.decider(step.confirmer) in names:
            return f"{self._subject(names)} {self._verb(names, 'does', 'do')} not confirm the {noun} {at}", _listed(
                names
            )
        return f"{step.confirmer} cannot confirm the {noun} without {self._object(names)} {at}", _listed(names)

    def _actor_words(self, step: m.Step, names: tuple[str, ...], *, in_time: bool) -> str:
        verb = VERBS.get(step.action, step.action[:-1])
        decider = self.actors.decider(step.actor)
        if names == (decider,) and (step.votes is None or not self.actors.has_members(step.actor)):
            does = f"refuses to {verb}" if in_time else f"does not {verb} in time"
            bound = self.actors.bound(step.actor)
            return f"{self._subject(names)}{'' if bound == decider else f', which decides for {bound},'} {does}"
        body = self.actors.bodies.get(decider)
        if body and any(self._among(self.actors.acting(name)) == names for name in body.veto):
            return f"{self._subject(names)} {self._verb(names, 'objects', 'object')} in {body.name}"
        seated = step.voters if step.votes is not None else (body.members if body else ())
        inside = {self.actors.bound(each) for each in seated}
        member = ""
        if set(names) <= inside:
            member = ", of which it is a member," if len(names) == 1 else ", of which they are members,"
            if step.votes is not None:
                vote = "vote" if len(names) == 1 else "votes"
                return f"{step.actor} cannot {verb} without the {vote} of {_listed(names)}"
        return f"{step.actor}{member} cannot {verb} {'' if in_time else 'in time '}without {self._object(names)}"

    def _ending(self, walk: Walk, ends: bool) -> str:
        place = self.game.unfolded.cases[walk[-1][1].to].place
        if not ends:
            return f"the matter then comes back to [{place}], without end"
        if place == UNDEFINED:
            number, way = walk[-1]
            at = f" of step {self.game.unfolded.cases[number].place}" if way.result != NOT_ATTRIBUTED else ""
            self.suggestion = f"Name a step or an end for {way.result}{at}."
            return "the text does not say what follows then"
        end = self.game.protocol.ends[place]
        said = f": {end.words}" if end.words else ""
        if not end.holder:
            return f"the matter then ends in impasse{said}"
        consent = f", with the consent of {_listed(end.consent)}" if end.consent else ""
        clock = "" if end.within_s is None else f", within {span(end.within_s)}"
        return f"the matter is then handed over to {end.holder}{clock}{consent}{said}"

    def _among(self, family: Family) -> tuple[str, ...]:
        """The names of the first part of a family that the coalition contains."""
        part = next((part for part in family if not part & ~self.coalition), 0)
        return self.actors.members(part)

    def _subject(self, names: tuple[str, ...]) -> str:
        return "it" if names == self.names and len(names) == 1 else _listed(names)

    def _object(self, names: tuple[str, ...]) -> str:
        return self._subject(names)

    @staticmethod
    def _verb(names: tuple[str, ...], one: str, several: str) -> str:
        return one if len(names) == 1 else several


def _settings_words(those: list[Setting], every: tuple[Setting, ...]) -> str:
    """`, violator AFC`; `, whoever is violator` where it holds for all."""
    decided = [each for each in every if each.attributing != "never"]
    named = [each for each in those if each.roles]
    never = ", while nothing is attributed" if any(each.attributing == "never" for each in those) else ""
    if not named:
        return never
    roles = " and ".join(named[0].roles)
    if len(named) > 1 and len(named) == len(decided):
        return f", whoever is {roles}"
    several = " or ".join(", ".join(f"{role} {name}" for role, name in each.roles.items()) for each in named)
    return f", {several}"


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
