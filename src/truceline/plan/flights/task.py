"""What is to be seen, and what there is to see it with: settings become instants, and nothing is dropped in silence.

A closure that cannot be read stops the planning, for no flight may lean on a guess. A fleet, base or shift that cannot
be used is left out and named, and the rest is planned.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from truceline.base.errors import OutOfRangeError, UnknownNameError, UnreadableError
from truceline.base.time import from_us as instant_of
from truceline.base.time import interval_us, to_us, zone_of
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.model.plan import Base, Fleet, PlanSettings, Shift, Spell

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

HOUR_US = S_PER_UNIT["h"] * US_PER_S
RESERVE_RATIO = 0.1  # of the endurance, kept for wind and a second approach


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """Pieces that can be overflown, row by row. Legs of one `ribbon` with consecutive `order` join end to end.

    A place to be inspected is a ribbon of one leg.
    """

    stretch_id: tuple[str, ...]
    feature: tuple[str, ...]  # line or zone
    from_m: Ints  # along the line; of a place: 0 and 0
    until_m: Ints
    ribbon: Ints  # a lane: one line at one offset
    order: Ints  # within the ribbon
    offset_m: Ints  # of the lane beside the line, left positive
    ends_deg: Floats  # rows x 4: lon, lat where it begins, lon, lat where it ends
    length_m: Floats
    row_of: dict[tuple[str, int], int] = field(init=False, repr=False, compare=False)  # by stretch and offset

    def __post_init__(self) -> None:
        """Numbers the rows, once."""
        keys = zip(self.stretch_id, self.offset_m.tolist(), strict=True)
        object.__setattr__(self, "row_of", {key: row for row, key in enumerate(keys)})

    def __len__(self) -> int:
        return len(self.stretch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """Windows in which a leg is to be seen, row by row; a pass counts if all of it lies inside the window."""

    leg: Ints
    from_us: Ints
    until_us: Ints  # the window's last instant
    weight: Floats
    need_ratio: Floats  # chance of seeing, all sorties together, from which on the window counts as met; below 1
    duty: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.duty)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Crews at a base from one instant to another; those of shifts that overlap add up."""

    base: str
    crews: int
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A spell with instants (the last excluded) and the legs it lies over; `everywhere`: over bases and ways too.

    `told_us`: when it became known, if after the plan was made: who was launched before comes home all the same.
    """

    spell: Spell
    from_us: int
    until_us: int
    legs: Bools
    everywhere: bool = False
    told_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A drone that is gone, with the sortie it was on."""

    fleet: str
    drone: int  # its number within the fleet, from 1
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the plan may use, with instants. `fleets` is the first axis of `Task.chance_ratio`."""

    from_us: int
    until_us: int
    announce_us: int
    bases: tuple[Base, ...]
    fleets: tuple[Fleet, ...]
    on_duty: tuple[OnDuty, ...]
    closings: tuple[Closing, ...]
    remarks: tuple[str, ...]
    lost: tuple[Lost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One planning problem.

    `chance_ratio`: fleets x legs x hours since `means.from_us`, in [0, 1]: chance that one pass sees what is looked for
    in the light, haze and by the sensor there is. Closures, limits of wind and visibility and interference are applied
    by the planner and must not be in it.
    """

    means: Means
    legs: Legs
    demands: Demands
    chance_ratio: Floats
    slot_us: int = HOUR_US  # drones start at its multiples, counted from `means.from_us`

    @property
    def slots(self) -> int:
        """Number of launch times."""
        return -(-(self.means.until_us - self.means.from_us) // self.slot_us)


def means_of(settings: PlanSettings, *, zone: str, from_us: int, legs: Legs) -> Means:
    """Settings as instants, with a remark for whatever could not be used.

    Args:
        settings: the mission's `[plan]`.
        zone: of its local times.
        from_us: when the plan begins.
        legs: rows that spells may lie over.

    Raises: InputError for a spell or time that cannot be read: a closure is never guessed.
    """
    if settings.hours < 1:
        raise OutOfRangeError(f"{settings.hours} hours.", subject="plan.hours", remedy="Write 1 or more.")
    until_us = from_us + settings.hours * HOUR_US
    fleets, remarks = _usable_fleets(settings)
    shifts, more = _usable_shifts(settings)
    duty = [each for shift in shifts for each in _on_duty(shift, from_us, until_us, zone=zone)]
    stated = {shift.base for shift in settings.shifts}
    for base in settings.bases:
        if base.name not in stated:
            crews = sum(fleet.number for fleet in fleets if fleet.base == base.name)
            duty.append(OnDuty(base=base.name, crews=crews, from_us=from_us, until_us=until_us))
    return Means(
        from_us=from_us,
        until_us=until_us,
        announce_us=duration_us(settings.announce, subject="plan.announce"),
        bases=settings.bases,
        fleets=fleets,
        on_duty=tuple(duty),
        closings=tuple(closing_of(spell, zone=zone, legs=legs, bases=settings.bases) for spell in settings.spells),
        remarks=remarks + more,
    )


def duration_us(text: str, *, subject: str) -> int:
    """`2h`, `30min`, `15d` in microseconds; nothing is 0. Raises UnreadableError."""
    if not text:
        return 0
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :]
    if not number.strip().isdecimal() or unit not in S_PER_UNIT:
        raise UnreadableError(f"{text!r} is no duration.", subject=subject, remedy="Write 30min, 2h or 15d.")
    return int(number) * S_PER_UNIT[unit] * US_PER_S


def closing_of(spell: Spell, *, zone: str, legs: Legs, bases: tuple[Base, ...]) -> Closing:
    """One spell as instants and legs. Raises InputError: what is closed must be known."""
    subject = f"plan.spells: {spell.kind} from {spell.begins}"
    from_us = interval_us(spell.begins, zone=zone, subject=subject)[0]
    until_us = interval_us(spell.ends, zone=zone, subject=subject)[0]
    if until_us <= from_us:
        raise OutOfRangeError(f"it ends at {spell.ends}, before it begins.", subject=subject, remedy="Mend its times.")
    if spell.kind == "base":
        if spell.base not in {base.name for base in bases}:
            raise UnknownNameError(
                f"no base is called {spell.base!r}.", subject=subject, remedy="Name a base of [[plan.bases]]."
            )
        return Closing(spell=spell, from_us=from_us, until_us=until_us, legs=legs_under(spell, legs))
    if spell.line and spell.line not in legs.feature:
        known = ", ".join(sorted(set(legs.feature))) or "none"
        raise UnknownNameError(
            f"no line or zone is called {spell.line!r}.", subject=subject, remedy=f"Name one of: {known}."
        )
    low_m, high_m = _ends_m(spell)
    if high_m < low_m:
        raise OutOfRangeError(
            f"kilometre {spell.from_km} to {spell.until_km} is no stretch.",
            subject=subject,
            remedy="Write the smaller kilometre first.",
        )
    over = legs_under(spell, legs)
    return Closing(spell=spell, from_us=from_us, until_us=until_us, legs=over, everywhere=not spell.line)


def legs_under(spell: Spell, legs: Legs) -> Bools:
    """Which legs a spell lies over: all where it names no line, none where it closes a base."""
    if spell.kind == "base" or not spell.line:
        return np.full(len(legs), spell.kind != "base")
    low_m, high_m = _ends_m(spell)
    own = np.array([feature == spell.line for feature in legs.feature], bool)
    return np.asarray(own & ((legs.until_m > low_m) & (legs.from_m < high_m) | (legs.until_m == legs.from_m)))


def _ends_m(spell: Spell) -> tuple[float, float]:
    """From where to where along its line a spell lies; without end where it does not say."""
    low_m = -np.inf if spell.from_km is None else spell.from_km * M_PER_KM
    return low_m, np.inf if spell.until_km is None else spell.until_km * M_PER_KM


def grounds(closing: Closing, fleet: Fleet) -> bool:
    """Whether drones of a fleet may not be where and when this lies."""
    spell = closing.spell
    if spell.kind == "weather":
        windy = spell.wind_kmh is not None and spell.wind_kmh > fleet.wind_limit_kmh
        return windy or (spell.visibility_m is not None and spell.visibility_m < fleet.visibility_limit_m)
    return spell.kind == "airspace" or (spell.kind == "interference" and fleet.interference == "stays")


def reach_m(fleet: Fleet) -> float:
    """How far a drone flies in one sortie, with the reserve kept."""
    return fleet.speed_kmh * M_PER_KM * fleet.endurance_min / 60 * (1 - RESERVE_RATIO)


def drones_at(means: Means, fleet: Fleet, at_us: Ints) -> Ints:
    """Drones of a fleet that are counted on at each instant: its number, less those lost and those expected to be.

    Losses are expected as if each drone flew full sorties without a pause, and only whole drones are taken off: so what
    is expected depends on no plan, and errs by less than one drone towards having more.
    """
    cycle_us = (fleet.endurance_min * (1 - RESERVE_RATIO) + fleet.turnaround_min) * 60 * US_PER_S
    expected = np.floor(fleet.number * fleet.loss_permille / 1_000 * (at_us - means.from_us) / cycle_us)
    gone = sum((at_us >= lost.at_us).astype(np.int64) for lost in means.lost if lost.fleet == fleet.name)
    return np.asarray(np.maximum(0, fleet.number - expected - gone), np.int64)


def crews_at(means: Means, base: str, at_us: Ints) -> Ints:
    """Crews on duty at a base at each instant."""
    crews = np.zeros(at_us.shape, np.int64)
    for duty in means.on_duty:
        if duty.base == base:
            crews += duty.crews * ((duty.from_us <= at_us) & (at_us < duty.until_us))
    return crews


def _usable_fleets(settings: PlanSettings) -> tuple[tuple[Fleet, ...], tuple[str, ...]]:
    """Fleets that can fly, and why others cannot."""
    bases = Counter(base.name for base in settings.bases)
    remarks = [f"base {name} is stated {count} times: the first counts" for name, count in bases.items() if count > 1]
    usable: dict[str, Fleet] = {}
    for fleet in settings.fleets:
        why = _why_unusable(fleet, usable, set(bases))
        remarks += [f"fleet {fleet.name}: {why}"] if why else []
        if not why:
            usable[fleet.name] = fleet
    manned = {fleet.base for fleet in usable.values()}
    remarks += [f"base {name} has no drones: nothing starts there" for name in bases if name not in manned]
    return tuple(usable.values()), tuple(remarks)


def _why_unusable(fleet: Fleet, before: dict[str, Fleet], bases: set[str]) -> str:
    """Why a fleet is left out; empty if it is not."""
    if fleet.name in before:
        where = before[fleet.name].base
        return f"is stated at {where} and again at {fleet.base}: no drone is in two places; it stays at {where}"
    if fleet.base not in bases:
        return f"its base {fleet.base!r} is not among the bases: left out"
    if fleet.number < 1:
        return f"{fleet.number} drones: left out"
    numbers = (fleet.speed_kmh > 0, fleet.endurance_min > 0, fleet.turnaround_min >= 0)
    if not all(numbers) or not 0 <= fleet.loss_permille <= 1_000 or not 0 <= fleet.interference_permille <= 1_000:
        return "its speed, endurance, turnaround or a share cannot be: left out"
    return ""


def _usable_shifts(settings: PlanSettings) -> tuple[list[Shift], tuple[str, ...]]:
    """Shifts that can be, and remarks on those that cannot or that overlap (their crews add up)."""
    bases = {base.name for base in settings.bases}
    usable: list[Shift] = []
    remarks = []
    for shift in settings.shifts:
        name = f"shift {shift.from_hour} to {shift.until_hour} at {shift.base}"
        if shift.base not in bases:
            remarks.append(f"{name}: no such base: left out")
        elif shift.crews < 0 or not (0 <= shift.from_hour <= 24 and 0 <= shift.until_hour <= 24):
            remarks.append(f"{name} with {shift.crews} crews cannot be: left out")
        else:
            for other in usable:
                if other.base == shift.base and _hours(other) & _hours(shift):
                    remarks.append(f"{name} overlaps {other.from_hour} to {other.until_hour}: their crews add up")
            usable.append(shift)
    return usable, tuple(remarks)


def _hours(shift: Shift) -> set[int]:
    """The local hours of a shift; 6 to 6 is the whole day."""
    length = (shift.until_hour - shift.from_hour) % 24 or 24
    return {(shift.from_hour + hour) % 24 for hour in range(length)}


def _on_duty(shift: Shift, from_us: int, until_us: int, *, zone: str) -> list[OnDuty]:
    """The shift on each local day that the plan touches; a day with a change of clocks has its own length."""
    where = zone_of(zone)
    day = instant_of(from_us).astimezone(where).date() - timedelta(days=1)
    length = (shift.until_hour - shift.from_hour) % 24 or 24
    found: list[OnDuty] = []
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=where)
        begins_us = to_us(midnight + timedelta(hours=shift.from_hour))
        ends_us = to_us(midnight + timedelta(hours=shift.from_hour + length))
        if begins_us >= until_us:
            return found
        if ends_us > from_us:
            found.append(OnDuty(base=shift.base, crews=shift.crews, from_us=begins_us, until_us=ends_us))
        day += timedelta(days=1)
