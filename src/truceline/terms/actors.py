"""Who decides for whom, and which coalitions can keep somebody from acting, or act in its place.

An actor is a party, a body, or a role. One that names no members decides for itself; one that stands `under` another
is decided for by it, and by whoever stands at the top in the end. A body with members acts when its quorum of them
agrees (not said: all of them) and nobody in its `veto` objects; members that are bodies are looked into in turn. A
body that is met again inside itself counts as one that decides for itself.

A step needs its actor, each of `consent`, nobody of `veto` objecting, and the confirmer. Where it names voters, so many
of them are needed too. If the actor is a body with members, their votes replace the count of its own members, and its
own veto holders keep their right; any other actor (a party, a role, a body without members) is needed besides them.

A coalition is an int, one bit for each actor that decides for itself. A family is a tuple of coalitions, none of which
contains another: the smallest that can do something; whoever contains one of them can do it too. `(0,)`: it happens
by itself; `()`: nobody can. Families are exact for coalitions of up to `LARGEST` actors and hold no larger ones.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, combinations

from truceline.model import mandate as m

LARGEST = 3  # actors in a coalition: more would hardly be read, and could hardly be counted
Family = tuple[int, ...]
BY_ITSELF: Family = (0,)
NOBODY: Family = ()


class Actors:
    """The actors of one mandate. `names` are those that decide for themselves, in the order of their bits.

    `roles` says who violator and victim are; one that it leaves out is an actor of its own.
    """

    def __init__(self, mandate: m.Mandate, roles: dict[str, str] | None = None) -> None:
        self.parties = tuple(party.name for party in mandate.parties)
        self.bodies = {body.name: body for body in mandate.bodies}
        self.roles = roles or {}
        everyone: tuple[m.Party | m.Body, ...] = (*mandate.parties, *mandate.bodies)
        self.under = {each.name: each.under for each in everyone if each.under}
        self.names = tuple(dict.fromkeys((*self.parties, *self.bodies, *m.ROLES)))
        self._bits = {name: 1 << number for number, name in enumerate(self.names)}
        self._stopping: dict[str, Family] = {}
        self._acting: dict[str, Family] = {}
        partisan = {*self.parties, *(self._decider(name, ()) for name in self.parties)}
        self._partisan = sum(self._bits[name] for name in partisan if not self._ruled(name))

    def bound(self, name: str) -> str:
        """Who a role is here; any other name is itself."""
        return self.roles.get(name, name)

    def decider(self, name: str) -> str:
        """Who decides for `name`: itself, or who stands above it; a body with members decides by its own rule."""
        return self._decider(self.bound(name), ())

    def has_members(self, name: str) -> bool:
        """Whether it is a body that names members: votes in a step replace theirs."""
        return self._ruled(self.bound(name))

    def members(self, coalition: int) -> tuple[str, ...]:
        """The names in a coalition."""
        return tuple(name for name, bit in self._bits.items() if coalition & bit)

    def of_parties(self, coalition: int) -> bool:
        """Whether it consists only of parties, and of those who decide for a party."""
        return not coalition & ~self._partisan

    def stopping(self, name: str) -> Family:
        """The smallest coalitions that can keep `name` from acting, or from agreeing."""
        name = self.bound(name)
        if name not in self._stopping:
            self._stopping[name] = self._of(name, (), stops=True)
        return self._stopping[name]

    def acting(self, name: str) -> Family:
        """The smallest coalitions that can act, agree or object as `name`, while nobody else objects."""
        name = self.bound(name)
        if name not in self._acting:
            self._acting[name] = self._of(name, (), stops=False)
        return self._acting[name]

    def stopping_step(self, step: m.Step) -> Family:
        """The smallest coalitions that can have a step refused, or late."""
        return either(
            (
                self.stopping_actor(step),
                *(self.stopping(name) for name in step.consent),
                self.vetoing(step.veto),
                self.stopping(step.confirmer) if step.confirmer else NOBODY,
            )
        )

    def stopping_actor(self, step: m.Step) -> Family:
        """Those who can keep the step's actor, or so many of its voters, from acting."""
        if step.votes is None:
            return self.stopping(step.actor)
        voters = dict.fromkeys(step.voters)
        count = so_many([self.stopping(name) for name in voters], len(voters) - step.votes + 1)
        if not self.has_members(step.actor):
            return either((count, self.stopping(step.actor)))
        return either((count, self.vetoing(self.bodies[self.bound(step.actor)].veto)))

    def acting_step(self, step: m.Step) -> Family:
        """The smallest coalitions that can say what a visit or a decision found, while the others go along with it.

        A confirmer outside them confirms only what is so.
        """
        if step.votes is None:
            actor = self.acting(step.actor)
        else:
            actor = so_many([self.acting(name) for name in dict.fromkeys(step.voters)], step.votes)
            if not self.has_members(step.actor):
                actor = both_of(actor, self.acting(step.actor))
        return both_of(actor, self.acting(step.confirmer)) if step.confirmer else actor

    def stopping_panel(self, name: str, panels: Iterable[m.Panel]) -> Family:
        """The smallest coalitions that can keep a body from attributing. Its members are the panel where there are as
        many of them as seats; otherwise the body acts by its own rule.
        """
        body = self.bodies[name]
        if not body.members or any(panel.seats != len(body.members) for panel in panels):
            return self.stopping(name)
        each = [self.stopping(member) for member in body.members]
        counts = [so_many(each, panel.seats - panel.votes + 1) for panel in panels]
        return either((*counts, self.vetoing(body.veto)))

    def vetoing(self, names: Iterable[str]) -> Family:
        """The smallest coalitions that can object as one of `names`."""
        return either(self.acting(name) for name in names)

    def _ruled(self, name: str) -> bool:
        return name in self.bodies and bool(self.bodies[name].members)

    def _decider(self, name: str, met: tuple[str, ...]) -> str:
        above = "" if self._ruled(name) else self.under.get(name, "")
        return name if not above or above in met else self._decider(above, (*met, name))

    def _of(self, name: str, met: tuple[str, ...], *, stops: bool) -> Family:
        """By the rule of whoever decides for `name`; `met` are the bodies this was asked for."""
        decider = self._decider(name, ())
        if not self._ruled(decider) or decider in met:
            return (self._bits[name if decider in met else decider],)
        body = self.bodies[decider]
        inside = (*met, decider)
        quorum = len(body.members) if body.quorum is None else body.quorum
        needed = len(body.members) - quorum + 1 if stops else quorum
        agreed = so_many([self._of(each, inside, stops=stops) for each in body.members], needed)
        if not stops:
            return agreed
        return either((agreed, *(self._of(each, inside, stops=False) for each in body.veto)))


def smallest(coalitions: Iterable[int]) -> Family:
    """Those that contain no other, at most `LARGEST` actors each, in order of size."""
    ones: set[int] = set()
    twos: set[int] = set()
    threes: set[int] = set()
    for coalition in coalitions:
        others = coalition & (coalition - 1)  # without its lowest actor
        last = others & (others - 1)
        if not coalition:
            return BY_ITSELF
        if not others:
            ones.add(coalition)
        elif not last:
            twos.add(coalition)
        elif not last & (last - 1):
            threes.add(coalition)
    alone = sum(ones)
    if alone:
        twos = {two for two in twos if not two & alone}
        threes = {three for three in threes if not three & alone}
    if twos and threes:
        threes = {three for three in threes if twos.isdisjoint(_pairs_in(three))}
    return (*sorted(ones), *sorted(twos), *sorted(threes))


def either(families: Iterable[Family]) -> Family:
    """Who can do one thing or another."""
    some = [family for family in families if family]
    return smallest(chain.from_iterable(some)) if len(some) > 1 else some[0] if some else NOBODY


def both_of(one: Family, other: Family) -> Family:
    """Who can do one thing and the other."""
    if one == BY_ITSELF or not other:
        return other
    if other == BY_ITSELF or not one:
        return one
    return smallest(mine | theirs for mine in one for theirs in other)


def so_many(families: Sequence[Family], needed: int) -> Family:
    """Who can do at least `needed` of several things."""
    if needed <= 0:
        return BY_ITSELF
    single = [family[0] for family in families if len(family) == 1 and family[0].bit_count() == 1]
    if len(set(single)) == len(families):
        alone = [sum(some) for some in combinations(single, needed)] if needed <= LARGEST else ()
        return tuple(sorted(alone))
    counted: list[Family] = [BY_ITSELF, *(NOBODY for _ in range(needed))]
    for family in families:
        for count in range(needed, 0, -1):
            counted[count] = either((counted[count], both_of(counted[count - 1], family)))
    return counted[needed]


def _pairs_in(three: int) -> tuple[int, int, int]:
    low = three & -three
    rest = three ^ low
    middle = rest & -rest
    return low | middle, three ^ middle, rest
