"""Coverage achieved: how likely what a clause forbids would have been seen, by stretch, side and hour."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.units import US_PER_S
from truceline.model.coverage import OBSERVED_PERMILLE, STATES, UNSEEN_PERMILLE, WATCHED
from truceline.model.spot import Need, Spots
from truceline.plan.looks import Grounds, Sight, candidates, grounds_of, looks_of
from truceline.plan.sweep import HOUR_MS, shares

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

HOUR_US = HOUR_MS * 1_000
MOST_PAIRS = 3_000_000  # candidate pairs that are held at once: with what follows from them below 1 GB
MOST_HOURS = 4_000_000  # spots times hours that are held at once, for each signature
_ROUNDING_RATIO = 1e-12  # a sum of doubles that should be whole may fall short by this


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """r runs of hours with one share, by need, stretch, side and time; shape (r,) each."""

    need: Indices  # row of `Covered.needs`
    stretch: Indices  # row of STRETCHES
    side: Indices
    from_us: Indices  # whole hours UTC
    until_us: Indices  # not in it
    share_ratio: Numbers
    weight_m2: Numbers  # ground of the need on this side of this stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What was covered of what the needs ask, in a span of whole hours."""

    needs: tuple[Need, ...]
    span_us: tuple[int, int]
    runs: Runs
    remarks: tuple[str, ...]  # views that could not be used, and why


def covered(
    views: pa.Table,
    *,
    spots: Spots,
    needs: Sequence[Need],
    span_us: tuple[int, int],
    sight: Sight | None = None,
) -> Covered:
    """The probability that what each clause forbids, done there and then, was seen: by stretch, side and hour.

    It is the mean over the hour's moments of beginning and over the ground, by weight, of 1 - product(1 - chance) over
    the draws that the act meets while it shows itself. One sensor has one draw in each hour by the clock.

    Args:
        views: VIEWS in any order, of any time: an act that stays is also seen after the span.
        spots: n places that stand for the ground.
        needs: each with its ground among the spots, and the time in which it binds.
        span_us: from and until, UTC, `until` not in it; widened outward to whole hours.
        sight: what terrain hides; None: nothing.

    Returns: a share for each hour in which a need binds, if only in a part of it.
    Limits: a further view never lowers a share, but for one that has its sensor at two places at once; worse
        conditions never raise it. All draws are independent: what hides well from all of them alike is seen less than
        the share says. Acts in the open; the share says nothing of what is done under a roof.
    """
    from_us, until_us = span_us[0] // HOUR_US * HOUR_US, -(-span_us[1] // HOUR_US) * HOUR_US
    span_ms = from_us // 1_000, until_us // 1_000
    meridian_deg = float((spots.lon_deg.min() + spots.lon_deg.max()) / 2) if len(spots) else 0.0
    grounds = grounds_of(views, meridian_deg=meridian_deg)
    found = []
    if needs and len(spots) and until_us > from_us:
        for rows in _parts(grounds, spots, (until_us - from_us) // HOUR_US):
            mine = [replace(need, at=need.at[rows]) for need in needs]
            found += _part(grounds, spots.of(rows), needs=mine, span_ms=span_ms, sight=sight)
    return Covered(needs=tuple(needs), span_us=(from_us, until_us), runs=_sorted(found), remarks=grounds.remarks)


def _cells(spots: Spots) -> Indices:
    """One number for each side of each stretch, in their order, shape (n,)."""
    return np.asarray(spots.stretch * 3 + spots.side + 1)


def _parts(grounds: Grounds, spots: Spots, hours: int) -> Iterator[Indices]:
    """Spots in parts that fit into memory, stretch by stretch: no side of a stretch is in two parts."""
    order = np.argsort(_cells(spots), kind="stable")
    pairs = candidates(grounds, spots)
    count = -(-max(pairs * MOST_HOURS, len(spots) * hours * MOST_PAIRS) // (MOST_PAIRS * MOST_HOURS))
    cell = _cells(spots)[order]
    begins = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    cuts = np.unique(np.searchsorted(begins, np.arange(1, count) * len(spots) // max(count, 1)))
    edges = np.concatenate([[0], begins[cuts[cuts < len(begins)]], [len(spots)]])
    for begin, end in itertools.pairwise(edges):
        if end > begin:
            yield order[begin:end]


def _part(
    grounds: Grounds, spots: Spots, *, needs: Sequence[Need], span_ms: tuple[int, int], sight: Sight | None
) -> list[Runs]:
    """The runs of each need over spots that are sorted by cell. Needs of one signature share one sweep."""
    signatures = sorted({need.signature for need in needs if need.at.any()}, key=repr)
    if not signatures:
        return []
    stays_ms = 1_000 * max(signature.stays_s for signature in signatures)
    looks = looks_of(
        grounds, spots=spots, signatures=signatures, span_ms=(span_ms[0], span_ms[1] + stays_ms), sight=sight
    )
    shape = len(spots), (span_ms[1] - span_ms[0]) // HOUR_MS
    found = []
    for row, signature in enumerate(signatures):
        share = shares(
            looks.glances(row, signature), stays_ms=1_000 * signature.stays_s, from_ms=span_ms[0], shape=shape
        )
        for number, need in enumerate(needs):
            if need.signature == signature and need.at.any():
                found.append(_runs(number, need, spots, share=share, from_us=span_ms[0] * 1_000))
    return found


def _runs(number: int, need: Need, spots: Spots, *, share: Numbers, from_us: int) -> Runs:
    """Means over each side of each stretch, for the hours in which the need binds; equal neighbours are one run."""
    first = max(0, (need.from_us - from_us) // HOUR_US)
    last = min(share.shape[1], -(-(need.until_us - from_us) // HOUR_US))
    rows = np.flatnonzero(need.at)
    cell = _cells(spots)[rows]
    begins = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    weight_m2 = np.add.reduceat(spots.weight_m2[rows], begins)
    seen_m2 = np.add.reduceat(share[rows, first:last] * spots.weight_m2[rows, None], begins, axis=0)
    mean = np.divide(seen_m2, weight_m2[:, None], out=np.zeros_like(seen_m2), where=weight_m2[:, None] > 0)
    fresh = np.ones(mean.shape, dtype=bool)
    fresh[:, 1:] = mean[:, 1:] != mean[:, :-1]
    at, hour = np.nonzero(fresh)
    until = np.where(np.append(at[1:] == at[:-1], False), np.append(hour[1:], 0), mean.shape[1])
    return Runs(
        need=np.full(len(at), number),
        stretch=spots.stretch[rows[begins[at]]],
        side=spots.side[rows[begins[at]]],
        from_us=from_us + (first + hour) * HOUR_US,
        until_us=from_us + (first + until) * HOUR_US,
        share_ratio=mean[at, hour],
        weight_m2=weight_m2[at],
    )


def _sorted(found: Sequence[Runs]) -> Runs:
    """All runs by need, stretch, side and time; left before right."""
    whole = {
        name: np.concatenate([np.empty(0, dtype=kind), *(getattr(each, name) for each in found)])
        for name, kind in (
            ("need", np.int64),
            ("stretch", np.int64),
            ("side", np.int64),
            ("from_us", np.int64),
            ("until_us", np.int64),
            ("share_ratio", np.float64),
            ("weight_m2", np.float64),
        )
    }
    order = np.lexsort((whole["from_us"], -whole["side"], whole["stretch"], whole["need"]))
    return Runs(**{name: column[order] for name, column in whole.items()})


def watched(found: Covered, *, stretch_ids: Sequence[str], observed_permille: Sequence[int] = ()) -> pa.Table:
    """Coverage as WATCHED, by need, stretch, side and time; neighbours in time with one share and state are one row.

    Args:
        stretch_ids: by row of STRETCHES.
        observed_permille: from which share on each need counts as observed; none: 700 for all (model/coverage.py).

    Returns: WATCHED; shares are rounded down.
    """
    runs = found.runs
    least = np.array(list(observed_permille) or [OBSERVED_PERMILLE] * len(found.needs), dtype=np.int64)
    assert len(least) == len(found.needs), "one share for each need"
    permille = np.floor((runs.share_ratio + _ROUNDING_RATIO) * 1_000).astype(np.int64)
    state = np.where(permille >= least[runs.need], 0, np.where(permille >= UNSEEN_PERMILLE, 1, 2))
    fresh = np.ones(len(permille), dtype=bool)
    key = np.stack([runs.need, runs.stretch, runs.side, permille])
    fresh[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0) | (runs.from_us[1:] != runs.until_us[:-1])
    begins = np.flatnonzero(fresh)
    ends = np.append(begins[1:] - 1, len(permille) - 1)[: len(begins)]
    need = runs.need[begins]
    columns = {
        "mandate": _words([each.mandate for each in found.needs], need),
        "clause": _words([each.clause for each in found.needs], need),
        "stretch_id": _words(stretch_ids, runs.stretch[begins]),
        "side": pa.array(runs.side[begins]),
        "earliest_at_us": pa.array(runs.from_us[begins]),
        "latest_at_us": pa.array(runs.until_us[ends] - 1),
        "share_permille": pa.array(permille[begins]),
        "state": _words(STATES, state[begins]),
    }
    return pa.table([columns[name] for name in WATCHED.names], schema=WATCHED)


def _words(words: Sequence[str], rows: Indices) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), pa.array(words, pa.string())).cast(pa.string())


def clause_shares(found: Covered, *, need: int, marks_us: Sequence[int]) -> list[int | None]:
    """The share of one clause's whole ground and time in each period between two marks, permille, rounded down.

    Args:
        need: row of `found.needs`.
        marks_us: ascending, UTC; local midnights give days. An hour that a mark cuts counts for both its parts alike.

    Returns: one for each period; None: the need does not bind in it, or not all of it lies within the span.
    """
    runs, asked = found.runs, found.needs[need]
    mine = runs.need == need
    begins, ends = (np.clip(each[mine], asked.from_us, asked.until_us) for each in (runs.from_us, runs.until_us))
    share, weight = runs.share_ratio[mine], runs.weight_m2[mine]
    answers: list[int | None] = []
    for first_us, last_us in itertools.pairwise(marks_us):
        lasts_s = np.maximum(np.minimum(ends, last_us) - np.maximum(begins, first_us), 0) / US_PER_S
        whole = float((weight * lasts_s).sum())
        within = found.span_us[0] <= max(first_us, asked.from_us) and min(last_us, asked.until_us) <= found.span_us[1]
        seen = float((weight * lasts_s * share).sum())
        answers.append(int((seen / whole + _ROUNDING_RATIO) * 1_000) if whole > 0 and within else None)
    return answers
