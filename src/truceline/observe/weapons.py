"""Which weapon a row speaks of: its words to a system, a class and a calibre.

The feed's own catalogue is asked first, then `model/catalogue.py`. "T-64/T-72" and "T-64 or T-72" name parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from truceline.base.errors import InputError
from truceline.model.catalogue import BY_ALIAS, WeaponSystem
from truceline.model.mission import Feed
from truceline.model.vocabulary import WEAPON_CLASSES, leaves_of
from truceline.observe.fields import calibre_mm, nearest, word
from truceline.observe.reasons import refusal, shown
from truceline.observe.tables import raw_rows

_PARTS = re.compile(r"\s*/\s*|\s+or\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedWeapon:
    """What a row says about the weapon. Empty or None: unknown. `unlisted` is the source's word for a system
    not known here.
    """

    system: str
    weapon_class: str
    calibre_lo_mm: int | None
    calibre_hi_mm: int | None
    unlisted: str = ""


def parse_catalogue(content: bytes, *, subject: str) -> dict[str, WeaponSystem]:
    """A mission's own list of systems, by casefolded name.

    A slug is that of `model/catalogue.py` where the name is known there, so that a mandate names one thing by
    one word; else the source's own word in small letters with underscores.

    Args:
        content: CSV, UTF-8, columns `system`, `class`, `calibre_mm` (empty: a calibre says nothing); others
            are ignored.
        subject: what to call the file in an error.

    Raises: InputError: the first row that cannot be read; a catalogue is mended, not read in part.
    """
    feed = Feed(name=subject, path="", format="csv", holds="observations", source="", columns={})
    systems: dict[str, WeaponSystem] = {}
    for at, values in raw_rows(content, feed=feed, wanted=("system", "class", "calibre_mm")):
        try:
            name, system = _catalogued(values, taken=systems)
        except InputError as error:
            raise type(error)(error.problem, subject=f"{subject}, {at}", remedy=error.remedy) from None
        systems[name.casefold()] = system
    return systems


def _catalogued(
    values: Mapping[str, str] | InputError, *, taken: Mapping[str, WeaponSystem]
) -> tuple[str, WeaponSystem]:
    """One row of a catalogue: the source's name, and the system."""
    if isinstance(values, InputError):
        raise values
    name, class_word, calibre = (values[column].strip() for column in ("system", "class", "calibre_mm"))
    if not name or name.casefold() in taken:
        raise refusal("duplicate-system", f"{shown(name)} is empty or named twice.", subject="system")
    lo_mm, hi_mm = calibre_mm(calibre)
    if lo_mm != hi_mm:
        raise refusal("unreadable-calibre", f"{shown(calibre)} is not one whole number.", subject="calibre_mm")
    known = BY_ALIAS.get(name.casefold())
    return name, WeaponSystem(
        slug=known.slug if known else re.sub(r"\W+", "_", name.casefold()).strip("_"),
        weapon_class=word(class_word, WEAPON_CLASSES, subject="class"),
        calibre_mm=lo_mm or 0,
    )


def weapon(cells: Mapping[str, str], catalogue: Mapping[str, WeaponSystem]) -> StatedWeapon:
    """The weapon that a row's `system`, `class` and `calibre` name together.

    A known system gives class and calibre; a row that states others is refused. Parts that share a class give
    that class and the calibres from the least to the greatest, with no system. An unknown system is kept as a
    remark if the row states a class (`unknown` is a statement), and is refused if not.

    Raises: InputError.
    """
    name, stated = cells.get("system", ""), cells.get("class", "")
    stated_class = word(stated, WEAPON_CLASSES, subject="class")
    lo_mm, hi_mm = calibre_mm(cells.get("calibre", ""))
    if name.casefold() in ("", "unknown"):
        return StatedWeapon(system="", weapon_class=stated_class, calibre_lo_mm=lo_mm, calibre_hi_mm=hi_mm)
    known = _looked_up(name, catalogue)
    if known is None:
        if not stated:
            hint = nearest(name.casefold(), (*catalogue, *BY_ALIAS))
            raise refusal("unknown-system", f"{shown(name)} is in no catalogue{hint}.", subject="system")
        return StatedWeapon(
            system="", weapon_class=stated_class, calibre_lo_mm=lo_mm, calibre_hi_mm=hi_mm, unlisted=name
        )
    if not leaves_of(stated_class) & leaves_of(known.weapon_class):
        problem = f"the row says {stated_class}, but {shown(name)} is of class {known.weapon_class}."
        raise refusal("class-contradicts-system", problem, subject="class")
    return _with_calibre(known, stated_class, lo_mm, hi_mm, name=name)


def _with_calibre(
    known: StatedWeapon, stated_class: str, lo_mm: int | None, hi_mm: int | None, *, name: str
) -> StatedWeapon:
    """The known system; what the catalogue leaves open is taken from the row."""
    weapon_class = known.weapon_class or stated_class
    if known.calibre_lo_mm is None or known.calibre_hi_mm is None:
        return StatedWeapon(system=known.system, weapon_class=weapon_class, calibre_lo_mm=lo_mm, calibre_hi_mm=hi_mm)
    if lo_mm is not None and hi_mm is not None and not (lo_mm <= known.calibre_hi_mm and known.calibre_lo_mm <= hi_mm):
        problem = f"the row says {lo_mm} to {hi_mm} mm, but {shown(name)} has {known.calibre_lo_mm} mm."
        raise refusal("calibre-contradicts-system", problem, subject="calibre")
    return StatedWeapon(
        system=known.system,
        weapon_class=weapon_class,
        calibre_lo_mm=known.calibre_lo_mm,
        calibre_hi_mm=known.calibre_hi_mm,
    )


def _looked_up(name: str, catalogue: Mapping[str, WeaponSystem]) -> StatedWeapon | None:
    """The system called `name`, or what all its named parts have in common; None: not known."""
    names = (name,) if _found(name, catalogue) else tuple(_PARTS.split(name))
    found = [_found(part, catalogue) for part in names]
    systems = [system for system in found if system]
    if len(systems) != len(found) or len({system.weapon_class for system in systems}) != 1:
        return None
    calibres_mm = [system.calibre_mm for system in systems]
    return StatedWeapon(
        system=systems[0].slug if len(systems) == 1 else "",
        weapon_class=systems[0].weapon_class,
        calibre_lo_mm=min(calibres_mm) if all(calibres_mm) else None,
        calibre_hi_mm=max(calibres_mm) if all(calibres_mm) else None,
    )


def _found(name: str, catalogue: Mapping[str, WeaponSystem]) -> WeaponSystem | None:
    return catalogue.get(name.casefold()) or BY_ALIAS.get(name.casefold())
