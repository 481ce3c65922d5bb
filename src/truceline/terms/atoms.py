"""Three values and the atoms that a clause is a conjunction of.

A fact is an interval or a set. *Surely*: for every value it may have; *possibly*: for at least one (decision 0005).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from truceline.base.units import UNBOUNDED
from truceline.terms.weapons import Held, WeaponFact, WeaponTerm, weapon_held


class Span(NamedTuple):
    """A closed interval of whole numbers that holds the true value."""

    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class Between:
    """`lo <= column <= hi`; None: open at that end. Columns are named in `rules.py`."""

    column: str
    lo: int | None = None
    hi: int | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """`column` is one of `names`; the empty string, an unknown fact, may be any of them."""

    column: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfWeapons:
    """The weapon belongs to `term`; `names` are what the mandate calls it."""

    column: str
    names: tuple[str, ...]
    term: WeaponTerm


Atom = Between | Among | OfWeapons
Fact = Span | WeaponFact | str  # what an atom looks at


def between_held(atom: Between, fact: Span) -> Held:
    """Surely where the whole span fits, possibly where any of it does."""
    lo = -UNBOUNDED if atom.lo is None else atom.lo
    hi = UNBOUNDED if atom.hi is None else atom.hi
    return Held(lo <= fact.lo and fact.hi <= hi, lo <= fact.hi and fact.lo <= hi)


def among_held(atom: Among, fact: str) -> Held:
    """An unknown fact is possibly, never surely, among the names."""
    return Held(fact in atom.names, not fact or fact in atom.names)


def both(parts: Iterable[Held]) -> Held:
    """Conjunction, plane by plane."""
    surely = possibly = True
    for part in parts:
        surely, possibly = surely and part.surely, possibly and part.possibly
    return Held(surely, possibly)


def none_of(body: Held, without: Iterable[Held]) -> Held:
    """`body` minus exemptions and overriders, which enter dually: S = B_s and no X_p; P = B_p and no X_s."""
    exempt = list(without)
    return Held(
        body.surely and not any(each.possibly for each in exempt),
        body.possibly and not any(each.surely for each in exempt),
    )


def atom_held(atom: Atom, fact: Fact) -> Held:
    """One atom against one fact, by the scalar semantics."""
    if isinstance(atom, Between):
        assert isinstance(fact, Span)
        return between_held(atom, fact)
    if isinstance(atom, OfWeapons):
        assert isinstance(fact, WeaponFact)
        return weapon_held(atom.term, fact)
    assert isinstance(fact, str)
    return among_held(atom, fact)
