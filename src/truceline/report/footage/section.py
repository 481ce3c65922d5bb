"""Words, tables and figures about footage. Every frame is counted once, by how far its numbers agree."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.units import US_PER_S
from truceline.model.footage import STANDINGS
from truceline.model.products import Products
from truceline.report.totals import Basis, Row, Table, cells, columns, totalled

PICTURE_US = 2 * US_PER_S  # outlines drawn: one picture every two seconds
MOST_OUTLINES = 60
MOST_REASONS = 12

_STANDING_WORDS = {
    "stated": "agree within their stated errors",
    "widened": "disagree: their places are widened by what makes them agree",
    "withheld": "disagree beyond that, or show no ground: nothing is placed by them",
    "position": "say where the drone was and not where it looked",
}
_METHOD_WORDS = {
    "vmti": "by the drone's own software",
    "motion": "by motion in the pictures",
    "flash": "by a flash in the pictures",
    "detector": "by a detector",
    "person": "by a person",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A picture of one thing seen, with its provenance in it."""

    observation_id: str
    png: bytes
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the pictures of one source showed of the ground."""

    source: str
    outlines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]  # standing and corners, longitude and latitude
    seen: tuple[Row, ...]  # OBSERVATIONS rows


def views_of(products: Products) -> tuple[View, ...]:
    """One for each source of footage that showed any ground."""
    made = []
    observations = products.observations
    for source, frames in _by_source(products):
        outlines = _outlines(_footprints_of(products, frames))
        files = frames["raw_sha256"].combine_chunks()
        mine = pc.and_(
            pc.equal(observations["source_id"], source), pc.is_in(observations["raw_sha256"], value_set=files)
        )
        seen = observations.filter(mine).to_pylist()
        if outlines or seen:
            made.append(View(source=source, outlines=outlines, seen=tuple(seen)))
    return tuple(made)


def _by_source(products: Products) -> list[tuple[str, pa.Table]]:
    """FRAMES of each source, however many feeds and live files they came in: each frame is in one of them."""
    frames = products.footage.frames
    return [
        (source, frames.filter(pc.equal(frames["source_id"], source)))
        for source in pc.unique(frames["source_id"]).to_pylist()
    ]


def _footprints_of(products: Products, frames: pa.Table) -> pa.Table:
    footprints = products.footage.footprints
    return footprints.filter(pc.is_in(footprints["frame_id"], value_set=frames["frame_id"].combine_chunks()))


def _outlines(footprints: pa.Table) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    kept: list[tuple[str, tuple[tuple[float, float], ...]]] = []
    last_us: int | None = None
    for row in footprints.select(["at_us", "corners_deg", "standing"]).to_pylist():
        corners, at_us = row["corners_deg"], row["at_us"]
        if not corners or (last_us is not None and at_us is not None and abs(at_us - last_us) < PICTURE_US):
            continue
        kept.append((row["standing"], tuple(zip(corners[0::2], corners[1::2], strict=True))))
        last_us = at_us
    every = max(1, -(-len(kept) // MOST_OUTLINES))
    return tuple(kept[::every])


def footage_words(basis: Basis) -> tuple[str, ...]:
    """What was looked at, in sentences."""
    standings = Counter(basis.products.footage.footprints["standing"].to_pylist())
    frames = sum(standings.values())
    words = [f"{frames:,} frames of footage were read. A frame is one statement of where camera and drone were."]
    words += [f"{standings[name]:,} {_STANDING_WORDS[name]}." for name in STANDINGS if standings[name]]
    methods = Counter(basis.products.footage.sightings["method"].to_pylist())
    seen = ", ".join(f"{count:,} {_METHOD_WORDS[name]}" for name, count in methods.most_common())
    words.append(f"Things seen in single pictures: {seen or 'none'}. What a machine saw is automatic until reviewed.")
    words.append("Where the drone itself flew is not shown: it is the mission's own position.")
    return tuple(words)


def footage_tables(basis: Basis) -> tuple[Table, ...]:
    """How the frames of each source stand, with their residuals; why frames were widened or withheld."""
    return _standings_table(basis), _reasons_table(basis)


def _standings_table(basis: Basis) -> Table:
    rows = []
    whole = Counter(basis.products.footage.footprints["standing"].to_pylist())
    for source, frames in _by_source(basis.products):
        footprints = _footprints_of(basis.products, frames)
        standings = Counter(footprints["standing"].to_pylist())
        spans = footprints["at_us"].drop_null()
        when = "not stated"
        if len(spans):
            ends = pc.min_max(spans).as_py()
            when = f"{basis.scope.moment(ends['min'])} to {basis.scope.moment(ends['max'])}"
        counts = (standings[name] for name in STANDINGS)
        rows.append(cells(source, when, *counts, footprints.num_rows, _residual(footprints)))
    return totalled(
        Table(
            key="footage",
            caption="Footage, and how far its own numbers agree",
            columns=columns(
                "Source:3", "Time of its samples:5", "Agree#", "Widened#", "Withheld#", "Drone only#", "Frames#",
                "Middle of the picture, ours against the stated:5",
            ),
            rows=tuple(rows),
            coverage=basis.seen(),
            nothing="No footage.",
        ),
        *(whole[name] for name in STANDINGS),
        sum(whole.values()),
    )  # fmt: skip


def _residual(footprints: pa.Table) -> str:
    values = pc.abs(footprints["centre_residual_m"].drop_null())
    if not len(values):
        return "nothing stated to compare with"
    median_m, most_m = pc.quantile(values, q=[0.5, 1.0]).to_pylist()
    return f"median {_metres(median_m)}, at most {_metres(most_m)}"


def _metres(length_m: float) -> str:
    if length_m >= 1000:
        return f"{length_m / 1000:,.1f} km"
    return f"{length_m:.0f} m" if length_m >= 10 else f"{length_m:.2g} m"


def _reasons_table(basis: Basis) -> Table:
    counted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in basis.products.footage.footprints.select(["standing", "reason"]).to_pylist():
        if row["reason"]:
            counted[row["standing"], row["reason"].partition(":")[0]].append(row["reason"])
    most = sorted(counted.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_REASONS]
    return Table(
        key="footage_reasons",
        caption="Why frames were widened or withheld",
        columns=columns("What became of them:2", "Frames#", "The first of them says:8"),
        rows=tuple(cells(standing, len(reasons), reasons[0]) for (standing, _), reasons in most),
        coverage=basis.seen(),
        nothing="None was.",
    )
