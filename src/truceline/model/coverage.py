"""How much of what a clause needs to see was seen, where and when; what was owed; what could not be verified.

Absent: not known, and then no absence can be stated.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from truceline.base.units import US_PER_S

COVERAGE = pa.schema(
    [
        ("coverage_id", pa.string()),
        ("source_id", pa.string()),
        ("clause", pa.string()),  # empty: every clause
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("share_permille", pa.int64()),  # observed share of place and time
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)

STATES = ("observed", "partly", "not_observed")
OBSERVED_PERMILLE = 700  # where the mandate states no share of its own
UNSEEN_PERMILLE = 50  # less than this is called not observed

STRETCHES = pa.schema(  # pieces of a line, and zones, for which coverage is counted
    [
        ("stretch_id", pa.string()),  # "contact 412"; of a zone: its name
        ("feature", pa.string()),  # line or zone of the mandates
        ("number", pa.int64()),  # along the line, from 0
        ("from_m", pa.int64()),  # along the line; of a zone: 0 and 0
        ("until_m", pa.int64()),
        ("path_deg", pa.list_(pa.float64())),  # lon, lat along it; of a zone: around it
    ]
)

WATCHED = pa.schema(  # clause x stretch x side x time; equal neighbours in time are one row
    [
        ("mandate", pa.string()),
        ("clause", pa.string()),
        ("stretch_id", pa.string()),
        ("side", pa.int64()),  # 1: left of the line, -1: right, 0: a zone
        ("earliest_at_us", pa.int64()),  # whole hours
        ("latest_at_us", pa.int64()),  # last microsecond of the last hour
        ("share_permille", pa.int64()),  # probability that what the clause forbids, done here and then, was seen
        ("state", pa.string()),  # STATES
    ]
)

OWED_KINDS = ("revisit", "inspection", "visit")
OWED_STATES = ("met", "missed", "open")  # open: its window has not ended at the moment of knowledge

OWED = pa.schema(  # what the mandate obliges the mission to look at, window by window
    [
        ("owed_id", pa.string()),
        ("mandate", pa.string()),
        ("duty", pa.string()),  # name of the `watch`, or of the response's step
        ("kind", pa.string()),  # OWED_KINDS
        ("clause", pa.string()),  # whose ground and signature; empty: the place itself
        ("stretch_id", pa.string()),
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("share_permille", pa.int64()),  # what was seen in the window; null: not known
        ("state", pa.string()),  # OWED_STATES
    ]
)

UNVERIFIED = pa.schema(  # what an impediment kept anybody from verifying: worked out, never reported
    [
        ("impediment_id", pa.string()),
        ("mandate", pa.string()),
        ("clause", pa.string()),
        ("feature", pa.string()),
        ("from_m", pa.int64()),  # along the line, joined over neighbouring stretches
        ("until_m", pa.int64()),
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("share_permille", pa.int64()),  # what others saw of it all the same
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A step of action `visits` at which a case stands, or stood. `due_us`: its last second begins then (`respond`)."""

    mandate: str
    case_id: str
    step: str
    clause: str
    place: str  # id of the stretch; empty: not known
    from_us: int
    due_us: int
    done_us: int | None  # None: not done


def seen_permille(coverage: Iterable[Mapping[str, object]], clause: str, from_us: int, until_us: int) -> int | None:
    """The least share over a period where, at each moment, the best that any row states counts.

    None: at some moment no row states anything. So a further row never lowers the share, and none that is taken
    away raises it.

    Args:
        coverage: rows of COVERAGE; those of other clauses are passed over.
        from_us, until_us: the period; `until_us` is not in it.

    Limits: between the last moment of a row and the first of the next up to a second may lie, as whole seconds do.
    """
    spans = sorted(
        (int(str(row["earliest_at_us"])), int(str(row["latest_at_us"])) + US_PER_S, int(str(row["share_permille"])))
        for row in coverage
        if row["clause"] in ("", clause)
    )
    best: list[tuple[int, int]] = []  # (-share, end) of the rows that have begun
    least: int | None = None
    at_us, following = from_us, 0
    while at_us < until_us:
        while following < len(spans) and spans[following][0] <= at_us:
            _first_us, end_us, share = spans[following]
            heapq.heappush(best, (-share, end_us))
            following += 1
        while best and best[0][1] <= at_us:
            heapq.heappop(best)
        if not best:
            return None
        least = -best[0][0] if least is None else min(least, -best[0][0])
        begins_us = spans[following][0] if following < len(spans) else until_us
        at_us = min(best[0][1], begins_us)
    return least
