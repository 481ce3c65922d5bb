"""Flights that are planned: what a mission flies with, what keeps it on the ground, and the sorties that follow.

Settings are a mission's `[plan]`; times in them are local to the mission's zone. A plan serves observation alone.
"""

from dataclasses import dataclass
from typing import Literal

SpellKind = Literal["airspace", "base", "weather", "interference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Where drones start from. `area_of`: in whose area it lies; `closed` by a spell of kind `base`."""

    name: str
    lon_deg: float
    lat_deg: float
    area_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Drones of one kind at one base. What is not stated is the least favourable of what is usual."""

    name: str
    base: str
    number: int
    endurance_min: int
    speed_kmh: float
    altitude_m: float = 1_000.0  # above the ground it looks at
    swath_m: float = 2_000.0  # of ground seen across the way
    resolution_mm: int = 200  # of ground in one pixel
    thermal: bool = False  # sees at night
    turnaround_min: int = 30
    wind_limit_kmh: float = 40.0
    visibility_limit_m: float = 3_000.0  # below it stays on the ground
    interference: Literal["stays", "flies"] = "stays"  # what it does where satellite navigation is disturbed
    interference_permille: int = 300  # chance of seeing that is left there, if it flies
    loss_permille: int = 5  # sorties of a thousand that do not come back


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Crews on duty at a base, by local hours; `until_hour` may lie after midnight: 22 to 6."""

    base: str
    crews: int  # sorties that they can have in the air at once
    from_hour: int
    until_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time in which something is closed or disturbed. Without a line: everywhere; without kilometres: all of it."""

    kind: SpellKind
    begins: str  # local, "2026-10-01 06:00"
    ends: str
    line: str = ""
    from_km: float | None = None
    until_km: float | None = None
    base: str = ""  # of kind `base`
    party: str = ""  # who closed it
    reason: str = ""
    visibility_m: float | None = None  # of kind `weather`
    wind_kmh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """A duty that the mission sets itself, beside those of the mandate's own `watch`."""

    name: str
    clauses: tuple[str, ...]
    every: str  # "4h", "15d"
    weight: int = 1  # of its windows beside those of the mandate's duties, which weigh 1
    line: str = ""
    from_km: float | None = None
    until_km: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one of something costs a day, as the user enters it: from, to, in the user's currency."""

    low_amount: float
    high_amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Drones against posts: which numbers are tried, and what the user assumes of people and costs."""

    drones: tuple[int, ...] = (0, 10, 20, 40, 80)
    posts: tuple[int, ...] = (0, 40, 80, 160)
    people_per_post: int = 8
    people_per_drone: int = 3  # at its base, not at the line
    patrols_per_post: int = 2  # a day
    patrol_km: float = 10.0  # along the line, out and back
    post_range_m: float = 3_000.0
    currency: str = ""
    drone_day: Price | None = None
    post_day: Price | None = None
    interference_permille: int = 750  # share of flights disturbed in the case so named


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """A mission's `[plan]`."""

    from_at: str = ""  # local; empty: the first day after the report's period
    hours: int = 24
    need_permille: int = 800  # chance of seeing, from which on a window counts as met
    visibility_m: float = 10_000.0  # meteorological, where no spell says otherwise
    announce: str = ""  # how long before launch parties are told: "2h"; empty: they are not told
    seconds: int = 60  # how long the solver may look
    bases: tuple[Base, ...] = ()
    fleets: tuple[Fleet, ...] = ()
    shifts: tuple[Shift, ...] = ()  # of a base without any: crews for all its drones, at all hours
    spells: tuple[Spell, ...] = ()
    revisits: tuple[Revisit, ...] = ()
    compare: Comparison = Comparison()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One stretch of a sortie: from when to when it is overhead, and how far beside the line it flies."""

    stretch_id: str
    offset_m: int  # of the middle of its swath, left of the line positive
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """One flight, from launch to landing."""

    sortie_id: str
    fleet: str
    base: str
    launch_us: int
    land_us: int
    legs: tuple[Leg, ...]
    path_deg: tuple[float, ...]  # lon, lat: base, along the legs, base
    drone: int = 0  # its number within the fleet, from 1
    crew: int = 0  # desk at the base from which it is flown, from 1; who goes off duty hands it over


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """Windows of one duty that no sortie of the plan meets; `never`: that no sortie at all could meet."""

    duty: str
    windows: int
    never: int
    why: str  # in words, with what would help


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the plan needs that somebody must give; the ledger makes a requirement of it, to be met by pledges."""

    what: Literal["drones", "crews", "analysts", "bases", "patrols"]
    number: int
    where: str  # base; empty: anywhere
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPlan:
    """The sorties, and how good they are proven to be.

    `objective` is the weight of what stays unseen in windows, one that is half seen counting half, with the small
    cost of flying; no plan of such sorties can be below `bound`; `gap_ratio` is (objective - bound) / objective. `met`
    and `weight_ratio` count a window only where it is met whole.
    """

    from_us: int
    until_us: int
    sorties: tuple[Sortie, ...]
    windows: int
    met: int
    weight_ratio: float  # weighted share of windows that are met
    objective_ratio: float
    bound_ratio: float
    gap_ratio: float
    seconds_s: float
    unmet: tuple[Unmet, ...]
    requirements: tuple[Need, ...]
    remarks: tuple[str, ...]  # what of the settings could not be used, and why
