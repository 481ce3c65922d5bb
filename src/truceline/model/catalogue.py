"""Weapon systems by name, with the leaf class and calibre that a mandate's limits need.

Public, widely printed figures.

A reader maps what a source wrote ("2S1 Gvozdika", "T-64/T-72") to a slug; a mandate names slugs. A mission may
bring its own list for systems that are not here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WeaponSystem:
    """One system. `calibre_mm` 0: a calibre says nothing about it."""

    slug: str
    weapon_class: str
    calibre_mm: int
    aliases: tuple[str, ...] = ()


def _s(slug: str, weapon_class: str, calibre_mm: int, *aliases: str) -> WeaponSystem:
    return WeaponSystem(slug=slug, weapon_class=weapon_class, calibre_mm=calibre_mm, aliases=aliases)


SYSTEMS: tuple[WeaponSystem, ...] = (
    _s("gvozdika", "howitzer", 122, "2S1", "2S1 Gvozdika"),
    _s("akatsiya", "howitzer", 152, "2S3", "2S3 Akatsiya"),
    _s("giatsint_s", "gun", 152, "2S5", "2S5 Giatsint-S"),
    _s("msta_s", "howitzer", 152, "2S19", "2S19 Msta-S"),
    _s("giatsint_b", "gun", 152, "2A36", "2A36 Giatsint-B"),
    _s("msta_b", "howitzer", 152, "2A65", "2A65 Msta-B"),
    _s("d_30", "howitzer", 122, "D-30"),
    _s("d_20", "howitzer", 152, "D-20"),
    _s("rapira", "anti_tank_gun", 100, "MT-12", "MT-12 Rapira"),
    _s("nona", "mortar", 120, "2S9", "2S9 Nona"),
    _s("sani", "mortar", 120, "2B11", "2B11 Sani"),
    _s("podnos", "mortar", 82, "2B14", "2B14 Podnos"),
    _s("grad", "mlrs", 122, "BM-21", "BM-21 Grad"),
    _s("tornado_g", "mlrs", 122, "Tornado-G"),
    _s("uragan", "mlrs_heavy", 220, "BM-27", "BM-27 Uragan"),
    _s("smerch", "mlrs_heavy", 300, "BM-30", "BM-30 Smerch"),
    _s("tornado_s", "mlrs_heavy", 300, "Tornado-S"),
    _s("tochka", "tactical_missile", 650, "9K79", "Tochka"),
    _s("tochka_u", "tactical_missile", 650, "9K79-1", "Tochka-U"),
    _s("t_55", "tank", 100, "T-55"),
    _s("t_62", "tank", 115, "T-62"),
    _s("t_64", "tank", 125, "T-64"),
    _s("t_72", "tank", 125, "T-72"),
    _s("t_80", "tank", 125, "T-80"),
    _s("t_90", "tank", 125, "T-90"),
    _s("osa", "air_defence", 0, "9K33", "9K33 Osa"),
    _s("strela_10", "air_defence", 0, "9K35", "9K35 Strela-10"),
    _s("zu_23", "air_defence", 23, "ZU-23", "ZU-23-2"),
    _s("shahed", "strike_drone", 0, "Shahed-136/131", "Shahed-136", "Shahed-131"),
    _s("orlan_10", "recon_drone", 0, "Orlan-10"),
    _s("lancet", "short_range_strike_drone", 0, "Lancet"),
    _s("kalibr", "cruise_missile", 0, "Kalibr"),
    _s("iskander_m", "ballistic_missile", 0, "Iskander-M"),
    _s("iskander_k", "cruise_missile", 0, "Iskander-K"),
    _s("oniks", "anti_ship_missile", 0, "P-800 Oniks"),
)

BY_SLUG = {system.slug: system for system in SYSTEMS}
BY_ALIAS = {alias.casefold(): system for system in SYSTEMS for alias in (system.slug, *system.aliases)}
