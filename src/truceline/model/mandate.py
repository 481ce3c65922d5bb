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
Action = Literal[
    "informs",
    "visits",
    "requests",
    "replies",
    "withdraws",
    "repairs",
    "convenes",
    "decides",
    "suspends",
    "refers",
    "publishes",
]
Result = Literal["done", "substantiated", "not_substantiated", "inconclusive", "refused", "late", "exhausted"]
EndKind = Literal["remedied", "answered", "unfounded", "impasse", "handed_over"]
BASELINE = "baseline"  # in a place: the addressee's own baseline
VIOLATOR, VICTIM = "violator", "victim"
ROLES = (VIOLATOR, VICTIM)  # who they are is bound by attribution, case by case
RESULTS = ("substantiated", "not_substantiated", "inconclusive")  # of a visit or a decision
ANSWERED = ("remedied", "answered", "unfounded")  # ends in which the matter was answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `from_s`, inclusive, until `until_s`, exclusive; None: open at that end.

    `from_entry` and `until_entry` keep the words of a relative date (`11d`: entry into force + 11 days), whose
    instant the seconds hold already.
    """

    from_s: int | None = None
    until_s: int | None = None
    from_entry: str = ""
    until_entry: str = ""


ALWAYS = Period()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What holds for the whole mandate. `precision` is the least error that counts, whatever a source claims."""

    title: str
    in_force_s: int
    text: str = ""  # file with the signed text
    text_sha256: str = ""  # of that file when the encoding was signed off; empty: nobody signed it off
    days: Days = "calendar"
    zone: str = "UTC"
    precision_s: int = 0
    precision_m: int = 0
    edges: Edges = "geodesic"
    coverage_permille: int | None = None  # share that must have been seen before an absence may be stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is bound, from when, and the line it measures from. `unbound` says why a named party is not bound; `under`
    names who decides for it.
    """

    name: str
    title: str
    baseline: str = ""
    period: Period = ALWAYS
    unbound: str = ""
    under: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organ that the mandate names, or somebody who acts in it.

    A body with members acts when `quorum` of them agree (None: not said, read as all of them) and nobody in `veto`
    objects. `sources` is how many independent sources a monitor has (None: not said), `means` how it observes,
    `teams` how many visits it can carry out at once. One that `guarantees` undertook that the agreement is kept.
    """

    name: str
    title: str
    monitors: bool = False
    sources: int | None = None
    means: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    quorum: int | None = None
    veto: tuple[str, ...] = ()
    under: str = ""
    teams: int | None = None
    guarantees: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A later drawing of a line or zone, from its own date on."""

    path: str
    from_s: int
    from_entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line on the ground; `left` and `right` name whose side is whose, walking from its first point. `later` are
    drawings that replace it, in the order of their dates.
    """

    name: str
    path: str
    left: str = ""
    right: str = ""
    error_m: int = 0  # 95 %, across the line
    period: Period = ALWAYS
    later: tuple[Version, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area on the ground. `verifier` makes it a storage site: the body that inventories what stands there."""

    name: str
    path: str
    error_m: int = 0
    verifier: str = ""
    period: Period = ALWAYS
    later: tuple[Version, ...] = ()
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
    """An entry in `register` takes the act out of the clause, if `decider` granted it.

    `lead_s`: the entry must have reached `to` that long before the act. Where `site` is named instead of a register,
    standing in that storage site takes it out.
    """

    register: str = ""
    decider: str = ""
    lead_s: int = 0
    to: str = ""
    site: str = ""


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
    by_entry: str = ""  # its words, where it is counted from entry into force
    gate: str = ""  # the clause holds only while this gate is open
    exemptions: tuple[Exemption, ...] = ()
    overrides: tuple[str, ...] = ()
    breach_class: str = ""
    standard: str = ""
    response: str = ""
    no_response: str = ""  # what the text says instead of a response
    outcomes: tuple[FurtherOutcome, ...] = ()
    unverified: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A duty to look: the ground of `clauses`, or the place `feature` itself, is seen at least once every `every_s`, by
    one of `means` (empty: by whichever).
    """

    name: str
    cites: str
    every_s: int
    clauses: tuple[str, ...] = ()
    feature: str = ""  # a zone or a storage site; empty: the ground of the clauses
    means: tuple[str, ...] = ()
    period: Period = ALWAYS
    unverified: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Something that must have been verified before the clauses that wait for it hold."""

    name: str
    words: str
    verifier: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What the text claims to rule completely: every such act must meet a clause. No parties: all who are bound."""

    name: str
    parties: tuple[str, ...]
    acts: tuple[str, ...]
    weapons: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    period: Period = ALWAYS
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`votes` of `seats` panellists, within `within_s` of the case's opening."""

    votes: int
    seats: int
    within_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Another panel for some breach classes."""

    classes: tuple[str, ...]
    panel: Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who decides whose act it was. Where the panel does not agree in time: not attributed."""

    body: str
    cites: str = ""
    panel: Panel
    thresholds: tuple[Threshold, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Where a case goes from a step, by the step's result."""

    result: Result
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One duty of a response: `actor` does `action` towards `towards`, within `within_s` (None: the text does not say
    by when), needing at least `takes_s`.

    It needs the consent of each in `consent`, `votes` of `voters` where voters are named, and no objection from
    anybody in `veto`; `confirmer` must confirm what an actor reports of itself. From the `most`-th arrival on the next
    one leaves by the exit `exhausted` (None: no such bound).
    """

    name: str
    actor: str
    action: Action
    towards: tuple[str, ...] = ()
    words: str = ""
    within_s: int | None = None
    takes_s: int = 0
    consent: tuple[str, ...] = ()
    votes: int | None = None
    voters: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()
    confirmer: str = ""
    most: int | None = None
    exits: tuple[Exit, ...] = ()
    line: int = field(default=0, compare=False)

    def exit(self, result: str) -> str:
        """Where `result` leads; empty: the text does not say."""
        return next((each.to for each in self.exits if each.result == result), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a case ends. `holder`, `within_s` (None: not said) and `consent` are stated where it is handed over to
    somebody outside.
    """

    name: str
    kind: EndKind
    words: str = ""
    holder: str = ""
    within_s: int | None = None
    consent: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What follows from a breach: a timed graph that begins at its first step.

    `unattributed`: the step or end that a case goes to when a step needs the violator or the victim and nothing was
    attributed in time; empty: the text does not say.
    """

    name: str
    cites: str = ""
    unverified: bool = False  # not every step or period of it was seen in a source
    deadline_s: int | None = None  # None: the text does not say by when it must have ended
    unattributed: str = ""
    steps: tuple[Step, ...] = ()
    ends: tuple[End, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Lifts `clauses` for a party or role once so many `findings` of a class fell within `window_s` and `decider`
    agreed; they hold again after `restored_after_s`.
    """

    name: str
    cites: str = ""
    clauses: tuple[str, ...]
    party: str
    findings: int
    breach_class: str
    window_s: int
    decider: str = ""
    restored_after_s: int
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
    gates: tuple[Gate, ...] = ()
    domains: tuple[Domain, ...] = ()
    clauses: tuple[Clause, ...] = ()
    watches: tuple[Watch, ...] = ()
    attribution: Attribution | None = None
    responses: tuple[Response, ...] = ()
    suspensions: tuple[Suspension, ...] = ()

    @property
    def features(self) -> tuple["Line | Zone", ...]:
        """Everything on the ground that the mandate names."""
        return (*self.lines, *self.zones)


Named = (
    Party
    | Body
    | Line
    | Zone
    | Weapons
    | Objects
    | Standard
    | Dispute
    | Gate
    | Domain
    | Clause
    | Watch
    | Response
    | Suspension
)
