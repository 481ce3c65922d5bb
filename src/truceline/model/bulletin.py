"""A bulletin: what was known of a period at a cut-off, at one of five levels, and what changed since the issue before.

It holds codes and figures, no sentences: `report/bulletins/` writes the same bulletin in each language. No coordinate
in it can be finer than a hundredth of a degree.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

Level = Literal[
    "FLASH",  # within 5 minutes, automatic, never attributed
    "TL-1",  # each hour, automatic: late sensors, first association
    "TL-2",  # every 6 hours, automatic: all feeds
    "RVB",  # reviewed violation bulletin, each day at the local cut-off: the daily report
    "FIN",  # after the parties' replies, with replies and dissent
]
LEVELS: tuple[Level, ...] = get_args(Level)
AUTOMATIC: tuple[Level, ...] = ("FLASH", "TL-1", "TL-2")
Language = Literal["en", "uk"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

BULLETINS = pa.schema(
    [
        ("bulletin_id", pa.string()),
        ("level", pa.string()),
        ("issue", pa.int64()),
        ("at_us", pa.int64()),  # when it was made
        ("from_us", pa.int64()),
        ("until_us", pa.int64()),  # open
        ("language", pa.string()),
        ("sha256", pa.string()),  # of its page (HTML) in that language
        ("supersedes", pa.string()),  # bulletin_id; empty: none
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Half-open, in microseconds UTC; the comparator is [before_us, from_us), empty where there is none."""

    before_us: int
    from_us: int
    until_us: int

    def holds(self, earliest_us: int, latest_us: int) -> bool:
        """Whether a closed time touches the period."""
        return earliest_us < self.until_us and latest_us >= self.from_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """On what an event rests at best. `parties`: whose own record, where it is `record`."""

    kind: Literal["own", "record", "media", "unstated"] = "unstated"
    parties: tuple[str, ...] = ()


FOOTINGS = ("own", "record", "media", "unstated")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinItem:
    """One event as it is released. `also`: ids of events that were merged into it."""

    event_id: str
    also: tuple[str, ...]
    status: str
    earliest_us: int
    latest_us: int
    act: str
    weapon_class: str
    object_kind: str
    count_lo: int | None
    count_hi: int | None
    place_name: str
    lon_cdeg: int | None  # hundredths of a degree, WGS 84
    lat_cdeg: int | None
    error_m: int | None  # radius that holds 95 %; None: not stated
    footing: Footing
    reported_of: tuple[str, ...]  # as sources reported it: never an attribution; empty in a FLASH
    disagreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinFinding:
    """A finding, conditional on its addressee."""

    finding_id: str
    mandate: str
    clause: str
    addressee: str
    reading: str
    event_ids: tuple[str, ...]
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One summand of a total. `name` is a code, or `party:NAME`."""

    name: str
    value: int
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One figure with its comparator and coverage; None: there is no comparator, or coverage is not known."""

    key: str
    value: int
    before: int | None
    coverage_permille: int | None
    before_coverage_permille: int | None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What kept the mission from seeing, and what could therefore not be verified."""

    impediment_id: str
    kind: str
    area_of: str
    place_name: str
    earliest_us: int
    latest_us: int
    reason_given: str
    announced: str
    not_verified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinClaim:
    """A party's claim beside what the record holds; see RECONCILIATIONS."""

    claim_id: str
    claimant: str
    accused: str
    act: str
    category: str  # the claimant's own word: printed as a quote
    earliest_us: int | None
    latest_us: int | None
    claimed_lo: int | None
    claimed_hi: int | None
    surely: int  # events recorded that surely are of that party, act and time
    possibly: int
    items_lo: int
    items_hi: int | None
    own: int  # of the possible ones, by what they rest on
    record: int
    media: int
    unstated: int
    coverage_permille: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a party said about a case: printed word for word, as a quote."""

    party: str
    at_us: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissent:
    """Who did not agree with a decision, and why: printed word for word, as a quote."""

    actor: str
    at_us: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """Where a response of the mandate stands. `step` is the mandate's own wording and is not translated."""

    case_id: str
    event_ids: tuple[str, ...]
    step: str
    due_us: int = 0  # 0: the text does not say by when
    ended: str = ""  # remedied, answered, unfounded, impasse, handed_over; empty: under way
    ended_us: int = 0
    replies_due_us: int = 0  # 0: the text gives the parties no time for replies
    replies: tuple[Reply, ...] = ()
    dissents: tuple[Dissent, ...] = ()


ChangeKind = Literal[
    "appeared",
    "rejected",  # a person decided that it did not happen, or is no event
    "merged",  # into the event `now`
    "outside",  # its corrected time lies outside the period
    "withdrawn",  # no longer listed, for another reason
    "corrected",  # a column, `was` -> `now`
    "raised",  # status, verdict: moved up or down a ladder
    "lowered",
]
ChangeOf = Literal["event", "finding", "total", "restriction", "claim", "case"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference from the superseded issue; `was` and `now` are codes or figures as text."""

    of: ChangeOf
    subject: str
    kind: ChangeKind
    column: str = ""
    was: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One issue. Its id follows from level, period, what it is about, and the number of the issue."""

    bulletin_id: str
    level: Level
    issue: int
    about: str  # a case, in a FIN; else empty
    period: Period
    cut_off_us: int  # what was known by then is in it, and nothing later
    made_at_us: int
    zone: str
    parties: tuple[tuple[str, str], ...]  # name and title, as the mandate declares them
    items: tuple[BulletinItem, ...]
    findings: tuple[BulletinFinding, ...]
    totals: tuple[Total, ...]
    restrictions: tuple[Restriction, ...]
    claims: tuple[BulletinClaim, ...]
    cases: tuple[CaseLine, ...]
    supersedes: str
    changes: tuple[Change, ...]
    attachments: tuple[tuple[str, str], ...]  # file name and sha-256
