"""A mission: a user's workspace, as its `truceline.toml` declares it.

Unknown keys are refused when it is read.
"""

from dataclasses import dataclass, field
from typing import Literal

from truceline.model.area import Area
from truceline.model.cot import CotIn, CotOut
from truceline.model.footage import Camera
from truceline.model.plan import PlanSettings
from truceline.model.release import ReleaseRule
from truceline.model.source import Source

Holds = Literal["observations", "claims", "notices", "impediments", "coverage", "views", "casualties", "damage"]
Format = Literal["csv", "parquet", "geojson", "json", "arrow", "odk", "footage", "cot", "fires"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One file of rows, and the small mapping that says what its columns mean.

    `columns` is ours = theirs; `constants` gives one value to every row; `values` translates single words of one of our
    fields. Which fields exist for each kind of row is listed at the top of the reader (`observe/`).
    """

    name: str
    path: str
    format: Format
    holds: Holds
    source: str  # id of the source, unless a `source` column names one for each row
    columns: dict[str, str] = field(default_factory=dict)  # none where the format is `footage`
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    zone: str | None = None  # of times without one; None refuses such times
    encoding: str = "utf-8"
    delimiter: str = ","
    catalogue: str = ""  # CSV of weapon systems (system,class,calibre_mm) that rows name
    licence: str = ""
    camera: Camera = field(default_factory=Camera)  # of footage: how wrong its poses may be
    terrain: str = ""  # of footage: a GeoTIFF of heights in the mission; empty: flat at the height that the file states
    ground_msl_m: float | None = None  # of footage: height of flat ground, where neither terrain nor the file says it
    terrain_datum: Literal["", "msl", "hae"] = ""  # of heights in it; empty: as the file itself says
    sealed_for: str = ""  # person or compartment under whose key its bytes are kept; empty: kept as they are
    keep_days: int = 0  # how long its bytes may be kept after they came in; 0: without end
    beside: tuple[str, ...] = ()  # of footage: CSVs of sightings and control points that belong to it


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Which period the report covers; the comparator is the equal period before it."""

    from_date: str  # local dates in the mission's zone
    until_date: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageSettings:
    """How finely coverage is counted, and the terrain that hides."""

    stretch_m: int = 2_000  # length of the pieces of a line
    points: int = 32  # spots that stand for one stretch and side of the first band; farther bands have fewer
    terrain: str = ""  # a GeoTIFF of heights in the mission; empty: nothing hides
    terrain_datum: Literal["", "msl", "hae"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """How `truceline serve` runs. Nothing goes out that is not named here: no mail server, no mail."""

    store: str = ""  # empty: the embedded store; else postgresql://user@host/database
    acts_for: tuple[str, ...] = ()  # bodies of the mandate that the mission itself acts for
    opens: Literal["confirmed", "automatic"] = "confirmed"  # when a finding of breach opens a case
    mail_host: str = ""
    mail_port: int = 25
    mail_tls: Literal["none", "starttls", "tls"] = "starttls"
    mail_user: str = ""  # its password comes from the environment: TRUCELINE_MAIL_PASSWORD
    mail_from: str = ""
    webhook_hosts: tuple[str, ...] = ()  # the only hosts that a webhook may name
    watch: str = ""  # folder inside the mission that is watched for new files; empty: none
    cot: bool = False  # coarse, late spots as Cursor on Target
    cot_in: tuple[CotIn, ...] = ()  # from where events of it are taken
    cot_out: tuple[CotOut, ...] = ()  # where such spots go by themselves
    cot_opex: Literal["", "operation", "exercise", "simulation"] = ""  # said of every spot
    oidc_issuer: str = ""
    oidc_client: str = ""
    cut_off_hour: int = 0  # local hour at which the day of the reviewed bulletin ends
    clock_jump_s: int = 60  # a jump of the clock by more than this holds the timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where messages for an actor of the mandate go."""

    actor: str
    mail: tuple[str, ...] = ()
    webhook: str = ""
    file: str = ""  # folder inside the mission


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody who cosigns checkpoints after having checked that the log only grew."""

    name: str
    key: str  # as it gave it: name+id+base64
    url: str = ""  # its service; empty: requests and answers travel as files


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A field node whose captures this mission takes."""

    name: str
    key: str  # of its own log, as it gave it


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepSettings:
    """How the record is kept and proven to others. Nothing goes out that is not named here."""

    origin: str = ""  # the log's name in checkpoints; empty: `truceline/` and the mission's name
    keys: str = "keys"  # folder of private keys: in the mission, or an absolute path on another disk
    checkpoint_s: int = 60  # while serving, what is new is signed so often
    timestamps: str = ""  # an RFC 3161 authority's address; empty: none is asked
    timestamps_ca: str = ""  # PEM file in the mission: whom its tokens must lead to
    fixity_h: int = 24  # while serving, all content is read again so often; 0: never
    witnesses: tuple[Witness, ...] = ()
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """The whole declaration. `extent` is west, south, east, north in degrees: a place outside it is refused."""

    name: str
    mandates: tuple[str, ...]
    zone: str
    extent_deg: tuple[float, float, float, float]
    report: ReportSettings
    sources: tuple[Source, ...]
    feeds: tuple[Feed, ...]
    places: str = ""  # GeoJSON of named points, for map labels only
    rulings: dict[str, str] = field(default_factory=dict)  # a source's own ruling (remark) -> breach or no_breach
    ruling_notes: dict[str, str] = field(default_factory=dict)  # happening -> why ours and theirs differ
    notes: str = ""  # printed on the first page of the report: what this mission is not
    release: tuple[ReleaseRule, ...] = ()  # without a rule nothing leaves the mission
    areas: tuple[Area, ...] = ()
    contacts: tuple[Contact, ...] = ()
    serve: ServeSettings = ServeSettings()
    coverage: CoverageSettings = CoverageSettings()
    plan: PlanSettings = field(default_factory=PlanSettings)
    keep: KeepSettings = KeepSettings()
    associate: Literal["stated", "near"] = "stated"  # what makes one event of several reports: decision 0021
