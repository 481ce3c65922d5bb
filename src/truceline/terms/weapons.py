"""What a weapons class of a mandate covers, for a weapon of which system, class or calibre may be unknown."""

from dataclasses import dataclass
from typing import NamedTuple

from truceline.base.units import UNBOUNDED
from truceline.model.catalogue import BY_SLUG
from truceline.model.mandate import Mandate, Weapons
from truceline.model.vocabulary import WEAPON_CLASSES, leaves_of


class Held(NamedTuple):
    """Whether something holds for every value the facts may have, and for at least one. `surely` implies `possibly`."""

    surely: bool
    possibly: bool


class WeaponFact(NamedTuple):
    """A weapon as reported. Empty: unknown. A calibre nobody stated is anything."""

    system: str
    weapon_class: str
    calibre_lo_mm: int = 0
    calibre_hi_mm: int = UNBOUNDED


@dataclass(frozen=True, slots=True, kw_only=True)
class WeaponTerm:
    """A weapons class with every name in it followed down to leaf classes and systems."""

    leaves: frozenset[str] = frozenset()
    systems: frozenset[str] = frozenset()
    parts: tuple["WeaponTerm", ...] = ()
    excepted: tuple["WeaponTerm", ...] = ()
    disputed: tuple["WeaponTerm", ...] = ()
    calibre_lo_mm: int = 0
    calibre_hi_mm: int = UNBOUNDED


ANY_WEAPON = WeaponTerm(leaves=leaves_of(""))


def weapon_term(names: tuple[str, ...], mandate: Mandate) -> WeaponTerm:
    """The union of the named classes, groups, systems and weapons items of `mandate`; of no names, any weapon."""
    if not names:
        return ANY_WEAPON
    declared = {item.name: item for item in mandate.weapons}
    return WeaponTerm(
        leaves=frozenset(leaf for name in names if name in WEAPON_CLASSES for leaf in leaves_of(name)),
        systems=frozenset(name for name in names if name not in WEAPON_CLASSES and name not in declared),
        parts=tuple(_declared(declared[name], mandate) for name in names if name in declared),
    )


def _declared(item: Weapons, mandate: Mandate) -> WeaponTerm:
    return WeaponTerm(
        parts=(weapon_term(item.members, mandate),),
        excepted=(weapon_term(item.excepted, mandate),) if item.excepted else (),
        disputed=(weapon_term(item.disputed, mandate),) if item.disputed else (),
        calibre_lo_mm=item.calibre_lo_mm or 0,
        calibre_hi_mm=UNBOUNDED if item.calibre_hi_mm is None else item.calibre_hi_mm,
    )


def weapon_held(term: WeaponTerm, fact: WeaponFact) -> Held:
    """Whether a weapon so reported belongs to the class.

    Exceptions enter dually; a disputed member is possibly, and never surely, in it (decision 0009).
    """
    possible = leaves_of(fact.weapon_class)
    parts = [weapon_held(part, fact) for part in term.parts]
    surely = possible <= term.leaves or fact.system in term.systems or any(part.surely for part in parts)
    possibly = (
        bool(possible & term.leaves)
        or fact.system in term.systems
        or (not fact.system and any(_system_may_be(system, possible) for system in term.systems))
        or any(part.possibly for part in parts)
    )
    disputed = [weapon_held(part, fact) for part in term.disputed]
    excepted = [weapon_held(part, fact) for part in term.excepted]
    fits_surely = term.calibre_lo_mm <= fact.calibre_lo_mm and fact.calibre_hi_mm <= term.calibre_hi_mm
    fits_possibly = term.calibre_lo_mm <= fact.calibre_hi_mm and fact.calibre_lo_mm <= term.calibre_hi_mm
    return Held(
        surely and fits_surely and not any(part.possibly for part in (*excepted, *disputed)),
        (possibly or any(part.possibly for part in disputed))
        and fits_possibly
        and not any(part.surely for part in excepted),
    )


def weapon_disputed(term: WeaponTerm, fact: WeaponFact) -> bool:
    """Whether the weapon surely is one of which it is disputed that the class covers it."""
    here = any(weapon_held(part, fact).surely for part in term.disputed)
    return here or any(weapon_disputed(part, fact) for part in term.parts)


def _system_may_be(system: str, possible: frozenset[str]) -> bool:
    known = BY_SLUG.get(system)
    return known is None or known.weapon_class in possible
