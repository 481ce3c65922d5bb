"""Weapon systems by name, with the leaf class and calibre that a mandate's limits need.

Widely printed figures, not verified; a mission may bring its own.

A reader maps what a source wrote ("2S1 Gvozdika", "T-64/T-72") to a slug; a mandate names slugs. The list itself is
`catalogue.csv`: slug, class, calibre_mm, range_m, names (separated by `;`, the one to print first).
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class WeaponSystem:
    """One system. `calibre_mm` 0: a calibre says nothing about it; whole millimetres, rounded down. `range_m` is the
    greatest that is widely printed, 0: not stated; no verdict rests on it.
    """

    slug: str
    weapon_class: str
    calibre_mm: int
    aliases: tuple[str, ...] = ()
    range_m: int = 0


@cache
def systems() -> tuple[WeaponSystem, ...]:
    """Every system of the list, in its order."""
    content = resources.files("truceline.model").joinpath("catalogue.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in content.splitlines() if not line.startswith("#"))
    return tuple(
        WeaponSystem(
            slug=row["slug"],
            weapon_class=row["class"],
            calibre_mm=int(row["calibre_mm"]),
            aliases=tuple(row["names"].split(";")),
            range_m=int(row["range_m"]),
        )
        for row in rows
    )


SYSTEMS = systems()
BY_SLUG = {system.slug: system for system in SYSTEMS}
BY_ALIAS = {alias.casefold(): system for system in SYSTEMS for alias in (system.slug, *system.aliases)}
