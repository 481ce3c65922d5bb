"""What was agreed: the mandate language's own nouns.

Made by `mandate.parse`, printed back by `mandate.print`.

Whole numbers only: seconds UTC, metres, millimetres of calibre, per-mille. Lines of the text ride along for
messages and do not count when two mandates are compared.
"""

from dataclasses import dataclass, field
from typing import Literal

Modality = Literal["prohibited", "limited", "required", "allowed"]
PlaceKind = Literal["in", "outside", "within", "beyond", "across"]
Days = Literal["calendar", "working"]
Edges = Literal["geodesic", "planar_lonlat"]
Unit = Literal["events", "items"]
BASELINE = "baseline"  # in a place: the addressee's own baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `from_s`, inclusive, until `until_s`, exclusive; None: open at that end."""

    from_s: int | None = None
    until_s: int | None = None


ALWAYS = Period()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What holds for the whole mandate. `precision` is the least error that counts, whatever a source claims."""

    title: str
    in_force_s: int
    text: str = ""  # file with the signed text
    days: Days = "calendar"
    zone: str = "UTC"
    precision_s: int = 0
    precision_m: int = 0
    edges: Edges = "geodesic"
    coverage_permille: int | None = None  # share that must have been seen before an absence may be stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is bound, from when, and the line it measures from. `unbound` says why a named party is not bound."""

    name: str
    title: str
    baseline: str = ""
    period: Period = ALWAYS
    unbound: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organ that the mandate names."""

    name: str
    title: str
    monitors: bool = False
    members: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line on the ground; `left` and `right` name whose side is whose, walking from its first point."""

    name: str
    path: str
    left: str = ""
    right: str = ""
    error_m: int = 0  # 95 %, across the line
    period: Period = ALWAYS
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area on the ground."""

    name: str
    path: str
    error_m: int = 0
    period: Period = ALWAYS
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weapons:
    """A weapons class of the mandate: classes, groups, systems or other such classes, by calibre.

    `disputed` names members of which it is disputed whether they are covered: they are possibly, never surely, in it.
    """

    name: str
    members: tuple[str, ...]
    excepted: tuple[str, ...] = ()
    calibre_lo_mm: int | None = None
    calibre_hi_mm: int | None = None
    disputed: tuple[str, ...] = ()
    positions: str = ""  # who says what about the disputed members
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """A class of things that may be hit."""

    name: str
    members: tuple[str, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """An evidence standard: `groups` independent sources, each confident enough, at least one by the listed means.

    `counting` lists what may count beside the mission's own sources: `media`, `admissions` (a party's record
    against its
    own interest).
    """

    name: str
    groups: int
    confidence_permille: int = 0
    means: tuple[str, ...] = ()
    counting: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a disputed matter."""

    name: str
    words: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A matter that the text leaves open, or that the parties read differently, with its named readings."""

    name: str
    words: str
    readings: tuple[Reading, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a clause holds: `in`/`outside` a zone, `within`/`beyond` a distance of a line, `across` a line."""

    kind: PlaceKind
    feature: str  # a line, a zone, or BASELINE
    distance_m: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """An entry in `register` takes the act out of the clause, if `decider` granted it."""

    register: str
    decider: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` events (flow) or items (flow or stock). `window_s` None: at once, from dated inventories."""

    most: int
    unit: Unit
    window_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherOutcome:
    """A named result beside breach: same parties, act, weapons and time; its own place and exemptions."""

    name: str
    words: str
    places: tuple[Place, ...] = ()
    exemptions: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Modality x parties x act x weapons x object x place x validity, minus exemptions. Order of clauses means
    nothing.
    """

    name: str
    cites: str
    modality: Modality
    parties: tuple[str, ...]
    acts: tuple[str, ...]
    weapons: tuple[str, ...] = ()  # empty: any
    objects: tuple[str, ...] = ()  # empty: any
    limit: Limit | None = None
    places: tuple[Place, ...] = ()
    period: Period = ALWAYS
    during: str = ""  # a dispute that gives the period, one reading at a time
    by_s: int | None = None  # deadline of a required act
    exemptions: tuple[Exemption, ...] = ()
    overrides: tuple[str, ...] = ()
    breach_class: str = ""
    standard: str = ""
    no_response: str = ""  # what the text says instead of a response
    outcomes: tuple[FurtherOutcome, ...] = ()
    unverified: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A whole mandate. `name` is the stem of its file; items keep the order in which they were written."""

    name: str
    header: Header
    parties: tuple[Party, ...] = ()
    bodies: tuple[Body, ...] = ()
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    weapons: tuple[Weapons, ...] = ()
    objects: tuple[Objects, ...] = ()
    standards: tuple[Standard, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    clauses: tuple[Clause, ...] = ()

    @property
    def features(self) -> tuple["Line | Zone", ...]:
        """Everything on the ground that the mandate names."""
        return (*self.lines, *self.zones)


Named = Party | Body | Line | Zone | Weapons | Objects | Standard | Dispute | Clause
