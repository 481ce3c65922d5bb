"""A party's claims beside what the record holds: how many events surely, and how many possibly, are what is claimed.

A claim never becomes an event. A difference shows neither side of it to be wrong; how much could be seen stands
beside each, and where that is little the difference says little.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.model.batch import table
from truceline.model.bulletin import FOOTINGS, Footing, Language
from truceline.model.claim import RECONCILIATIONS
from truceline.model.coverage import seen_permille
from truceline.report.bulletins.phrases import figure, said
from truceline.report.totals import Row

_Mask = npt.NDArray[np.bool_]
_READ = ["event_id", "status", "earliest_at_us", "latest_at_us", "parties", "act", "count_lo", "count_hi"]


def reconciliations(
    claims: pa.Table, events: pa.Table, *, coverage: pa.Table, footings: Mapping[str, Footing]
) -> pa.Table:
    """One row for each claim.

    An event surely is what is claimed if it is reported of the accused alone, is of the claimed act, lies wholly in
    the claimed time and happened at least once. It possibly is where nothing known speaks against it: a party, act or
    time that is unknown, on either side, excludes nothing. A record of having looked and seen none is never one.

    Args:
        claims: CLAIMS; events: EVENTS; both as released to whoever will read the result.
        coverage: COVERAGE, for the share of the claimed time that was seen.
        footings: event -> on what it rests.

    Returns: RECONCILIATIONS, in the order of the claims.
    Limits: a claim counts what its claimant counts; events and items in them are both given, neither is converted.
    """
    held = _Held.of(events if claims.num_rows else events.slice(0, 0), footings)
    seen = coverage.to_pylist()
    return table([_row(claim, held, seen) for claim in claims.to_pylist()], RECONCILIATIONS)


def claim_words(row: Row, language: Language) -> str:
    """`112 claimed; 3 recorded, up to 5 possible; items in them: 3 to 9; coverage 20 %: the difference says little`.

    Args: row: of RECONCILIATIONS, or a BulletinClaim's fields.
    """
    share = row["coverage_permille"]
    seen = (
        said(language, "claim.unknown")
        if share is None
        else said(language, "claim.little" if share < 1_000 else "claim.full", {"share": share // 10})
    )
    return said(
        language,
        "claim.words",
        {
            "claimed": span_words(language, row["claimed_lo"], row["claimed_hi"]),
            "surely": figure(language, row["surely"]),
            "possibly": figure(language, row["possibly"]),
            "items": span_words(language, row["items_lo"], row["items_hi"]),
            "seen": seen,
        },
    )


def span_words(language: Language, low: int | None, high: int | None) -> str:
    """`3`, `3 to 5`, `3 or more`, `not stated`."""
    if low is None and high is None:
        return said(language, "number.unknown")
    low = low or 0
    if high is None:
        return said(language, "number.from", {"lo": figure(language, low)})
    if low == high:
        return figure(language, low)
    return said(language, "number.range", {"lo": figure(language, low), "hi": figure(language, high)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """The events as columns; null times reach from the beginning to the end of time."""

    earliest_us: npt.NDArray[np.int64]
    latest_us: npt.NDArray[np.int64]
    parties: tuple[frozenset[str], ...]
    acts: npt.NDArray[np.str_]
    low: npt.NDArray[np.int64]  # an unknown number is one or more
    high: npt.NDArray[np.int64]  # -1: no upper bound
    footings: tuple[str, ...]

    @staticmethod
    def of(events: pa.Table, footings: Mapping[str, Footing]) -> "_Held":
        rows = [row for row in events.select(_READ).to_pylist() if row["status"] != "rejected"]
        ends = np.iinfo(np.int64)
        first = [ends.min if row["earliest_at_us"] is None else row["earliest_at_us"] for row in rows]
        last = [ends.max if row["latest_at_us"] is None else row["latest_at_us"] for row in rows]
        return _Held(
            earliest_us=np.array(first, np.int64),
            latest_us=np.array(last, np.int64),
            parties=tuple(frozenset(row["parties"] or ()) for row in rows),
            acts=np.array([row["act"] or "" for row in rows], np.str_),
            low=np.array([1 if row["count_lo"] is None else row["count_lo"] for row in rows], np.int64),
            high=np.array([-1 if row["count_hi"] is None else row["count_hi"] for row in rows], np.int64),
            footings=tuple(footings.get(row["event_id"], Footing()).kind for row in rows),
        )

    def matching(self, claim: Row) -> tuple[_Mask, _Mask]:
        """Which events surely, and which possibly, are what is claimed."""
        accused, act = claim["accused"] or "", claim["act"] or ""
        alone = np.array([bool(accused) and each == {accused} for each in self.parties], bool)
        among = np.array([not accused or not each or accused in each for each in self.parties], bool)
        first, last = claim["earliest_at_us"], claim["latest_at_us"]
        inside, touching = np.ones(len(alone), bool), np.ones(len(alone), bool)
        inside &= False if first is None else self.earliest_us >= first
        inside &= False if last is None else self.latest_us <= last
        touching &= True if first is None else self.latest_us >= first
        touching &= True if last is None else self.earliest_us <= last
        same, unlike = (self.acts == act) | (act == ""), (self.acts != act) & (self.acts != "") & (act != "")
        surely = alone & inside & same & (self.low >= 1)
        return surely, among & touching & ~unlike & (self.high != 0)


def _row(claim: Row, held: _Held, coverage: Sequence[Row]) -> Row:
    surely, possibly = held.matching(claim)
    rests_on = Counter(kind for kind, one in zip(held.footings, possibly, strict=True) if one)
    first, last = claim["earliest_at_us"], claim["latest_at_us"]
    dated = first is not None and last is not None
    row: Row = {
        "claim_id": claim["claim_id"],
        "claimant": claim["claimant"] or "",
        "accused": claim["accused"] or "",
        "act": claim["act"] or "",
        "earliest_at_us": first,
        "latest_at_us": last,
        "claimed_lo": claim["count_lo"],
        "claimed_hi": claim["count_hi"],
        "surely": int(surely.sum()),
        "possibly": int(possibly.sum()),
        "items_lo": int(held.low[surely].sum()),
        "items_hi": None if (held.high[possibly] < 0).any() else int(held.high[possibly].sum()),
        **{kind: rests_on[kind] for kind in FOOTINGS},
        "coverage_permille": seen_permille(coverage, "", first, last + 1) if dated else None,
    }
    return row | {"words": claim_words(row, "en")}
