"""Everything one run of the pipeline makes: what `report` prints, `record` keeps and `cli` shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

import pyarrow as pa

from truceline.model.casualty import CASUALTIES
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE, OWED, STRETCHES, UNVERIFIED, WATCHED
from truceline.model.damage import DAMAGE
from truceline.model.finding import WindowCount
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.mandate import Mandate
from truceline.model.mission import Mission
from truceline.model.notice import NOTICES
from truceline.model.observation import OBSERVATIONS
from truceline.model.reel import Screened
from truceline.model.remark import Remark
from truceline.model.view import VIEWS

HELD: dict[str, pa.Schema] = {  # what a feed may hold -> its table
    "observations": OBSERVATIONS,
    "claims": CLAIMS,
    "notices": NOTICES,
    "impediments": IMPEDIMENTS,
    "coverage": COVERAGE,
    "views": VIEWS,
    "casualties": CASUALTIES,
    "damage": DAMAGE,
}


_JUDGED = " judged"


def name_as_judged(table: str, owner: str) -> str:
    """What the record calls the part of a table that one owner's findings were made of.

    Certificates are sealed on the roots of such tables. They are kept where a part is not the whole: an event was
    rejected, or a party sent something in confidence, which is judged by itself.

    Args: owner: a party; empty: the mission.
    """
    return f"{table}{_JUDGED} {owner}".rstrip()


def part_as_judged(name: str) -> tuple[str, str | None]:
    """Of which table and whose part the record calls so; None: the name is of a whole table."""
    table, judged, owner = name.partition(_JUDGED)
    return table, owner.strip() if judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCount:
    """What became of one feed with its live files. `rows + rejects + repeated == read`, or the report is refused."""

    feed: str
    holds: str
    source: str
    sha256: str
    read: int
    rows: int
    rejects: int
    confidential_rejects: int = 0  # of `rejects`: those of files that came from a party's liaison
    repeated: int = 0  # rows of live files that an earlier file of the feed holds already


def summed(counts: Iterable[FeedCount]) -> tuple[FeedCount, ...]:
    """One count for each feed, in the order in which they come first."""
    by_feed: dict[str, FeedCount] = {}
    for more in counts:
        so_far = by_feed.get(more.feed)
        by_feed[more.feed] = more if so_far is None else _grown(so_far, more)
    return tuple(by_feed.values())


def _grown(feed: FeedCount, more: FeedCount) -> FeedCount:
    return replace(
        feed,
        read=feed.read + more.read,
        rows=feed.rows + more.rows,
        rejects=feed.rejects + more.rejects,
        confidential_rejects=feed.confidential_rejects + more.confidential_rejects,
        repeated=feed.repeated + more.repeated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was judged under one mandate."""

    mandate: Mandate
    mandate_sha256: str  # of its canonical JSON
    text_sha256: str  # of the .truce bytes
    remarks: tuple[Remark, ...]
    findings: pa.Table  # FINDINGS
    assessments: pa.Table  # ASSESSMENTS
    windows: tuple[WindowCount, ...]
    certificates: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What could have been seen: where and when, what of it was owed, and what could not be verified."""

    stretches: pa.Table = field(default_factory=STRETCHES.empty_table)
    watched: pa.Table = field(default_factory=WATCHED.empty_table)
    owed: pa.Table = field(default_factory=OWED.empty_table)
    unverified: pa.Table = field(default_factory=UNVERIFIED.empty_table)
    remarks: tuple[str, ...] = ()  # which views do not count, and why

    def tables(self) -> dict[str, pa.Table]:
        """By the names they have in the record."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "remarks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """One run, whole. `known_at_us`: everything the mission knew by then is in it, and nothing later."""

    mission: Mission
    known_at_us: int
    feeds: tuple[FeedCount, ...]
    observations: pa.Table
    events: pa.Table
    placings: pa.Table
    claims: pa.Table
    notices: pa.Table
    impediments: pa.Table
    coverage: pa.Table
    rejects: pa.Table
    judged: tuple[Judged, ...]
    geometry: dict[str, bytes]  # files of the mission's geo folder by path, for maps
    casualties: pa.Table = field(default_factory=CASUALTIES.empty_table)
    damage: pa.Table = field(default_factory=DAMAGE.empty_table)
    views: pa.Table = field(default_factory=VIEWS.empty_table)
    watch: Watch = field(default_factory=Watch)
    footage: Screened = field(default_factory=Screened)
    as_judged: dict[str, pa.Table] = field(default_factory=dict)  # by `name_as_judged`: none where the whole was judged
