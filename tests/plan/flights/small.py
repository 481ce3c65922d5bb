"""A short front in the open ocean, for tests: legs of 2 km, bases 10 km behind it."""

from dataclasses import replace

import numpy as np

from truceline.model.plan import Base, Fleet, PlanSettings, Shift, Spell
from truceline.plan.flights import Demands, Legs, Task, means_of

START_US = 1_790_812_800_000_000  # 2026-10-01 00:00 UTC
HOUR_US = 3_600_000_000
LAT_DEG, LON_DEG, DEG_M = 48.0, -36.0, 111_195.0


def point_deg(east_km: float, north_km: float) -> tuple[float, float]:
    return LON_DEG + east_km * 1_000 / (DEG_M * np.cos(np.radians(LAT_DEG))), LAT_DEG + north_km * 1_000 / DEG_M


def legs_of(count: int, *, lanes: int = 1) -> Legs:
    number = np.tile(np.arange(count, dtype=np.int64), lanes)
    lane = np.repeat(np.arange(lanes, dtype=np.int64), count)
    ends = [
        (*point_deg(2.0 * at, 3.0 * side), *point_deg(2.0 * at + 2, 3.0 * side))
        for at, side in zip(number.tolist(), lane.tolist(), strict=True)
    ]
    return Legs(
        stretch_id=tuple(f"front {at}" for at in number),
        feature=("front",) * (count * lanes),
        from_m=number * 2_000,
        until_m=(number + 1) * 2_000,
        ribbon=lane,
        order=number,
        offset_m=lane * 3_000,
        ends_deg=np.array(ends),
        length_m=np.full(count * lanes, 2_000.0),
    )


def site_of(east_km: float, north_km: float) -> Legs:
    return Legs(
        stretch_id=("site",),
        feature=("site",),
        from_m=np.zeros(1, np.int64),
        until_m=np.zeros(1, np.int64),
        ribbon=np.zeros(1, np.int64),
        order=np.zeros(1, np.int64),
        offset_m=np.zeros(1, np.int64),
        ends_deg=np.array([[*point_deg(east_km, north_km), *point_deg(east_km + 1, north_km)]]),
        length_m=np.array([1_000.0]),
    )


def every(legs: Legs, hours: int, *, each_h: int, duty: str = "watch", need: float = 0.8) -> Demands:
    """One window after another for every leg."""
    pairs = [(leg, hour) for leg in range(len(legs)) for hour in range(0, hours, each_h)]
    leg, hour = np.array(pairs, np.int64).reshape(-1, 2).T
    return Demands(
        leg=leg,
        from_us=START_US + hour * HOUR_US,
        until_us=START_US + np.minimum(hour + each_h, hours) * HOUR_US - 1,
        weight=np.ones(len(leg)),
        need_ratio=np.full(len(leg), need),
        duty=(duty,) * len(leg),
    )


FLEET = Fleet(name="fleet 0", base="base 0", number=2, endurance_min=150, speed_kmh=80.0, loss_permille=0)


def settings_of(*fleets: Fleet, spells: tuple[Spell, ...] = (), shifts: tuple[Shift, ...] = ()) -> PlanSettings:
    places = [point_deg(east, -10.0) for east in (15.0, 65.0, 115.0)]
    bases = tuple(Base(name=f"base {at}", lon_deg=lon, lat_deg=lat) for at, (lon, lat) in enumerate(places))
    used = tuple(base for base in bases if base.name in {fleet.base for fleet in fleets})
    return PlanSettings(hours=12, bases=used or bases[:1], fleets=fleets, spells=spells, shifts=shifts)


def task_of(settings: PlanSettings, legs: Legs, demands: Demands, *, chance: float = 0.85) -> Task:
    means = means_of(settings, zone="UTC", from_us=START_US, legs=legs)
    hours = settings.hours
    return Task(
        means=means,
        legs=legs,
        demands=demands,
        chance_ratio=np.full((len(means.fleets), len(legs), hours), chance),
    )


def day(*, drones: int = 2, spells: tuple[Spell, ...] = (), shifts: tuple[Shift, ...] = (), lanes: int = 1) -> Task:
    """40 legs, three bases, a window every three hours."""
    legs = legs_of(40, lanes=lanes)
    fleets = [replace(FLEET, name=f"fleet {at}", base=f"base {at}", number=drones) for at in range(3)]
    settings = settings_of(*fleets, spells=spells, shifts=shifts)
    return task_of(settings, legs, every(legs, 12, each_h=3))


def spell(kind: str, begins: str, ends: str, **_: str) -> Spell:
    return Spell(kind=kind, begins=f"2026-10-01 {begins}", ends=f"2026-10-01 {ends}", line="front", party="North")
