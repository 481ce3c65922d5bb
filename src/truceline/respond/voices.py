"""Who is asked for what at a step, and what the statements made so far amount to.

The rule of each name is `terms/actors.py`'s: one without members speaks for itself or through whoever decides for it; a
body speaks through its members' quorum, and nobody with a right of veto may object. Where a step counts votes, they
stand in for the members of its actor; an actor without members is needed besides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from truceline.model import mandate as m
from truceline.model.case import EventKind
from truceline.respond.procedure import Procedure
from truceline.respond.state import CaseState, Said, waits_for_attribution
from truceline.terms.actors import Actors
from truceline.terms.protocol import REFUSED, found_by

YES, NO, AGAINST = "yes", "no", "against"
_NEGATIVE = (NO, AGAINST, REFUSED)
_Statements = Mapping[tuple[EventKind, str], str]


class Asked(NamedTuple):
    """One statement that is awaited from one actor. An objection is never needed, only possible."""

    kind: EventKind
    actor: str
    results: tuple[str, ...]

    @property
    def needed(self) -> bool:
        """Whether the step waits for it."""
        return self.kind != "objected"


@dataclass(frozen=True, slots=True)
class Voice:
    """One name with the rule it speaks by. Without members: one actor's own word."""

    name: str
    needed: int = 1
    members: tuple["Voice", ...] = ()
    veto: tuple["Voice", ...] = ()

    def leaves(self) -> tuple[str, ...]:
        """The actors that speak for it in the end, each once."""
        if not self.members:
            return (self.name,)
        return tuple(dict.fromkeys(leaf for member in self.members for leaf in member.leaves()))

    def holders(self) -> Iterator["Voice"]:
        """Who has a right of veto in it, or in a body inside it."""
        yield from self.veto
        for member in self.members:
            yield from member.holders()

    def says(self, kind: EventKind, said: _Statements) -> str | None:
        """A result, AGAINST, or None while it has said neither."""
        if not self.members:
            result = said.get((kind, self.name))
            return AGAINST if result in _NEGATIVE else result
        if any(holder.objects(said) for holder in self.veto):
            return AGAINST
        return _counted([member.says(kind, said) for member in self.members], self.needed)

    def objects(self, said: _Statements) -> bool:
        """Whether it uses a right of veto."""
        if not self.members:
            return ("objected", self.name) in said
        return sum(member.objects(said) for member in self.members) >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What one step needs to hear, worked out once for its mandate and for a binding of the roles."""

    consent: tuple[Voice, ...]
    veto: tuple[Voice, ...]  # that the step itself names
    alone: Voice | None  # the actor, or whoever decides for it, where its own word is needed
    votes: Voice | None  # whose votes count, as if they were members of one body
    confirmer: Voice | None
    found: tuple[str, ...]
    at_first: tuple[Asked, ...] = ()  # what is asked before anybody has spoken

    def acting(self, said: _Statements) -> str | None:
        """What its actor did: a result, AGAINST, or None."""
        stated = [each for each in self._stated(said) if each != ""]
        if AGAINST in stated or (len({each for each in stated if each}) > 1):
            return AGAINST
        return None if None in stated else stated[0]

    def outcome(self, said: _Statements) -> str | None:
        """The result of the step; None while there is none."""
        parts = [voice.says("consented", said) for voice in self.consent]
        acting = self.acting(said)
        parts += [acting, self.confirmer.says("confirmed", said) if self.confirmer else YES]
        if AGAINST in parts or any(holder.objects(said) for holder in self.veto):
            return REFUSED
        return None if None in parts else acting

    def asked(self, said: _Statements) -> Iterator[Asked]:
        """All that the step can hear now, said or not, in the order in which it happens."""
        for voice in self.consent:
            yield from _each("consented", voice, (YES, NO))
        for voice in self.holders():
            yield from _each("objected", voice, (AGAINST,))
        if self.acting(said) is None:
            yield from self._asked_to_act(said)
        elif self.confirmer:
            yield from _each("confirmed", self.confirmer, (YES, NO))

    def holders(self) -> Iterator[Voice]:
        """Everybody who may object: named by the step, or by a body that it needs."""
        yield from self.veto
        for voice in (*self.consent, self.votes, self.alone, self.confirmer):
            if voice:
                yield from voice.holders()

    def _asked_to_act(self, said: _Statements) -> Iterator[Asked]:
        """Votes and acts, until there are enough of them: a later one could only turn what was decided."""
        results = tuple(each for each in self._stated(said) if each) or self.found
        if self.votes:
            yield from _each("voted", self.votes, (*results, AGAINST))
        if self.alone:
            agreed = all(voice.says("consented", said) == YES for voice in self.consent)
            yield from _each("acted", self.alone, (*(results if agreed else ()), REFUSED))

    def _stated(self, said: _Statements) -> tuple[str | None, str | None]:
        """What the actor itself and what the votes say; empty where the step does without one of them."""
        alone = self.alone.says("acted", said) if self.alone else ""
        return alone, self.votes.says("voted", said) if self.votes else ""


def asked(state: CaseState) -> tuple[Asked, ...]:
    """Every statement that may be made now at the step the case stands at; nothing at an end, or before attribution."""
    if state.stands.place not in state.protocol.steps or waits_for_attribution(state):
        return ()
    voices = voices_of(state)
    if not state.said:
        return voices.at_first
    said = statements(state.said)
    if voices.outcome(said) is not None:
        return ()
    return tuple(dict.fromkeys(each for each in voices.asked(said) if each[:2] not in said))


def outcome(state: CaseState, said: Iterable[Said]) -> str | None:
    """The result that these statements amount to at the step the case stands at; None while they amount to none."""
    return voices_of(state).outcome(statements(said))


def voice_of(procedure: Procedure, name: str) -> Voice:
    """A name with the rule it speaks by, outside any case: roles are nobody."""
    return _voice(procedure.actors("", ""), procedure.bodies, name)


def voices_of(state: CaseState) -> Voices:
    """What the step that the case stands at needs to hear."""
    procedure, roles = state.procedure, (state.violator, state.victim)
    key = (state.opening.response, state.stands.place, *roles)
    if key not in procedure.voices:
        procedure.voices[key] = _made(procedure, state.protocol.steps[state.stands.place], procedure.actors(*roles))
    found = procedure.voices[key]
    assert isinstance(found, Voices)
    return found


def speakers(state: CaseState, name: str) -> tuple[str, ...]:
    """The actors that speak for `name` in the end: itself, who decides for it, or its members, each once."""
    procedure, roles = state.procedure, (state.violator, state.victim)
    key = (name, *roles)
    if key not in procedure.speakers:
        procedure.speakers[key] = _voice(procedure.actors(*roles), procedure.bodies, name).leaves()
    return procedure.speakers[key]


def authors_of(said: Iterable[Said], *kinds: EventKind) -> frozenset[str]:
    """Who made statements of these kinds."""
    return frozenset(each.author for each in said if each.kind in kinds)


def statements(said: Iterable[Said]) -> dict[tuple[EventKind, str], str]:
    """The result of each statement, by its kind and actor."""
    return {(each.kind, each.actor): each.result for each in said}


def _made(procedure: Procedure, step: m.Step, actors: Actors) -> Voices:
    bodies = procedure.bodies

    def voice(name: str) -> Voice:
        return _voice(actors, bodies, name)

    ruled = actors.has_members(step.actor)
    actor = voice(step.actor)
    votes = actor if ruled else None
    if step.votes is not None:
        voters = tuple(voice(name) for name in dict.fromkeys(step.voters))
        votes = Voice(step.actor, step.votes, voters, actor.veto if ruled else ())
    made = Voices(
        consent=tuple(voice(name) for name in step.consent),
        veto=tuple(voice(name) for name in step.veto),
        alone=None if ruled else actor,
        votes=votes,
        confirmer=voice(step.confirmer) if step.confirmer else None,
        found=found_by(step),
    )
    return replace(made, at_first=tuple(dict.fromkeys(made.asked({}))))


def _voice(actors: Actors, bodies: Mapping[str, m.Body], name: str, met: tuple[str, ...] = ()) -> Voice:
    """A name with its rule; a body that is met again inside itself counts as one that decides for itself."""
    decider = actors.decider(name)
    if decider in met:
        return Voice(actors.bound(name))
    if not actors.has_members(decider):
        return Voice(decider)
    body, inside = bodies[decider], (*met, decider)
    return Voice(
        decider,
        len(body.members) if body.quorum is None else body.quorum,
        tuple(_voice(actors, bodies, each, inside) for each in body.members),
        tuple(_voice(actors, bodies, each, inside) for each in body.veto),
    )


def _each(kind: EventKind, voice: Voice, results: tuple[str, ...]) -> Iterator[Asked]:
    for leaf in voice.leaves():
        yield Asked(kind, leaf, results)


def _counted(values: list[str | None], needed: int) -> str | None:
    """The result that so many agree on; AGAINST once none can reach it any more; else None."""
    counts: dict[str, int] = {}
    undecided = 0
    for value in values:
        if value is None:
            undecided += 1
        elif value != AGAINST:
            counts[value] = counts.get(value, 0) + 1
    best = max(counts, key=lambda value: counts[value], default="")
    if counts.get(best, 0) >= needed:
        return best
    return AGAINST if counts.get(best, 0) + undecided < needed else None
