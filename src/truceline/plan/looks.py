"""Who looked at which spot, and when: views laid over spots, cut at hours and at dusk, with the chance of each look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.frames import WGS84_A_M
from truceline.model.spot import Signature, Spots
from truceline.plan.light import lit, normals, sun_direction
from truceline.plan.seeing import (
    Conditions,
    Pairs,
    chances,
    conditions_of,
    dark_blind,
    numbers_of,
    sharpness_m,
    words_of,
)
from truceline.plan.sweep import HOUR_MS, Glances

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

WIDEST_M = {"satellite": 1_000_000.0, "radar": 1_000_000.0}  # across one view; more runs over the horizon
WIDEST_OTHER_M = 100_000.0  # the horizon of an eye 200 m high lies at 50 km
MOST_CORNERS = 128
WIDE = ("satellite", "radar", "acoustic", "heard")  # one of these may see two grounds at once
APART_M = 5_000.0  # two cameras of one drone may look at grounds so far from each other. To be doubted.
LEAST_CHANCE_RATIO = 0.001  # of one look; less counts as none
CELL_M = 2_000.0  # of the grid over spots
MOST_CELLS = 2_000_000
CANDIDATES = 1 << 20  # that are looked at together: what a few arrays of them need stays below 100 MB
NAMED = 3  # views that a remark names
_M_PER_DEG = float(np.radians(WGS84_A_M))


class Sight(Protocol):
    """What stands between: tells for pairs of an eye and a place on the ground whether the one sees the other."""

    def sees(
        self, lon_deg: Numbers, lat_deg: Numbers, above_ground_m: Numbers, to_lon_deg: Numbers, to_lat_deg: Numbers
    ) -> Mask:
        """True where nothing stands between; all of shape (m,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """Rings with the same number of corners."""

    view: Indices  # (n,) rows of the views
    lon_deg: Numbers  # (n, corners), from the meridian `Grounds.meridian_deg`
    lat_deg: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The n views that can be used: their grounds, times and conditions. Longitudes count from `meridian_deg`."""

    conditions: Conditions
    sensor: Indices  # (n,) which sensor
    from_ms: Indices  # (n,)
    until_ms: Indices  # (n,)
    box_deg: Numbers  # (4, n): west, south, east, north
    middle_m: Numbers  # (n,) from the sensor to the middle of its ground; NaN: its place is not stated
    azimuth_deg: Numbers
    width_deg: Numbers
    rings: tuple[Outlines, ...]
    discs: Indices  # rows of the views that have no ring
    meridian_deg: float
    remarks: tuple[str, ...]


# --- views to grounds -------------------------------------------------------------------------------------


def grounds_of(views: pa.Table, *, meridian_deg: float) -> Grounds:
    """Reads VIEWS; what cannot be used is left out and named in `remarks`.

    Args:
        views: VIEWS in any order.
        meridian_deg: the middle of what is watched; no view reaches half around the earth from it.

    Limits: edges are straight in longitude and latitude: over 100 km at 50 degrees 230 m beside a geodesic. A sensor
        that is at two places at once is believed in neither: so an added view can take another's worth away.
    """
    table = views.combine_chunks()
    conditions = conditions_of(table)
    lost_us = numbers_of(table, "lost_at_us")
    from_us, until_us = numbers_of(table, "earliest_at_us"), numbers_of(table, "latest_at_us")
    with np.errstate(invalid="ignore"):
        until_us = np.where(lost_us < until_us, lost_us, until_us)
    rings, corners = _rings(table, meridian_deg)
    box_deg, middle_deg = _boxes(conditions, rings, meridian_deg)
    widest_m = np.full(len(corners), WIDEST_OTHER_M)
    for means, most_m in WIDEST_M.items():
        widest_m[conditions.by(means)] = most_m
    crossed = np.zeros(len(corners), dtype=bool)
    for ring in rings:
        crossed[ring.view] = _crosses_itself(ring)
    with np.errstate(invalid="ignore"):
        faults = (
            (np.isnan(from_us + until_us) | (until_us < from_us), "without a time, or lost before it"),
            (corners > MOST_CORNERS, f"with an outline of more than {MOST_CORNERS} corners"),
            (np.isnan(box_deg).any(axis=0), "without an outline, or without a place and a range"),
            (_across_m(box_deg) > widest_m, "whose ground runs over the horizon"),
            (crossed, "whose outline crosses itself"),
        )
    out = np.zeros(len(corners), dtype=bool)
    remarks = []
    for wrong, words in faults:
        remarks += _remark(table, wrong & ~out, words)
        out |= wrong
    sensor, named = _sensors(table)
    span_ms = np.stack([np.nan_to_num(from_us), np.nan_to_num(until_us)]).astype(np.int64) // 1_000
    torn = ~out & named & ~conditions.by(*WIDE)
    torn[torn] = in_two_places(sensor[torn], span_ms[:, torn], box_deg[:, torn])
    remarks += _remark(table, torn, "of a sensor that would have been at two places at once")
    out |= torn
    remarks += _remark(table, (words_of(table, "disturbed") != "") & ~out, "whose place is not sure")
    return Grounds(
        conditions=conditions,
        sensor=sensor,
        from_ms=span_ms[0],
        until_ms=span_ms[1],
        box_deg=np.where(out | (conditions.fair_ratio <= 0), np.nan, box_deg),
        middle_m=_middles_m(conditions, middle_deg, meridian_deg),
        azimuth_deg=numbers_of(table, "azimuth_deg"),
        width_deg=numbers_of(table, "width_deg"),
        rings=rings,
        discs=np.flatnonzero(corners == 0),
        meridian_deg=meridian_deg,
        remarks=tuple(remarks),
    )


def _remark(views: pa.Table, rows: Mask, words: str) -> list[str]:
    """`12 views left out, whose outline crosses itself: a, b, c …`; nothing of none."""
    found = np.flatnonzero(rows)
    if not found.size:
        return []
    names = sorted(str(name) for name in views["view_id"].take(pa.array(found)).to_pylist())
    more = " …" if len(names) > NAMED else ""
    count = "1 view" if len(names) == 1 else f"{len(names):,} views"
    return [f"{count} left out, {words}: {', '.join(names[:NAMED])}{more}"]


def _sensors(views: pa.Table) -> tuple[Indices, Mask]:
    """Number of each view's sensor, and whether it has a name; nameless views of one source and means are one."""
    names, sources = words_of(views, "sensor"), words_of(views, "source_id")
    means = words_of(views, "means")
    named = np.asarray(names != "", dtype=bool)
    keys = [(name,) if name else ("", source, by) for name, source, by in zip(names, sources, means, strict=True)]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([numbers[key] for key in keys], dtype=np.int64), named


def _east_deg(lon_deg: Numbers, meridian_deg: float) -> Numbers:
    """Longitude from a meridian, -180 to 180."""
    return np.asarray((lon_deg - meridian_deg + 540.0) % 360.0 - 180.0)


def _rings(views: pa.Table, meridian_deg: float) -> tuple[tuple[Outlines, ...], Indices]:
    """The rings, by their number of corners, and that number for each view; 0: it has none."""
    column = views["ring_deg"].combine_chunks()
    lengths = np.nan_to_num(column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)).astype(np.int64)
    flat = np.asarray(column.flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
    begins = np.cumsum(lengths) - lengths
    corners = lengths // 2
    some = np.flatnonzero(corners > 1)
    last = begins[some] + 2 * corners[some] - 2
    closed = (flat[begins[some]] == flat[last]) & (flat[begins[some] + 1] == flat[last + 1])
    corners[some] -= closed
    rings = []
    for count in np.unique(corners[corners > 0]):
        rows = np.flatnonzero((corners == count) & (count <= MOST_CORNERS))
        points = flat[begins[rows, None] + np.arange(2 * count)].reshape(len(rows), count, 2)
        even = (lengths[rows, None] % 2 == 0) & (count >= 3)
        rings.append(
            Outlines(
                view=rows,
                lon_deg=np.where(even, _east_deg(points[..., 0], meridian_deg), np.nan),
                lat_deg=np.where(even, points[..., 1], np.nan),
            )
        )
    return tuple(rings), corners


@np.errstate(invalid="ignore", divide="ignore")  # NaN: not stated
def _boxes(conditions: Conditions, rings: tuple[Outlines, ...], meridian_deg: float) -> tuple[Numbers, Numbers]:
    """West, south, east, north of each ground, and its middle (2, n) where it has a ring; NaN: it has no ground."""
    lon_deg, lat_deg = _east_deg(conditions.lon_deg, meridian_deg), conditions.lat_deg
    range_m = np.where(conditions.range_m > 0, conditions.range_m, np.nan)
    up_deg = range_m / _M_PER_DEG * 1.01  # a degree of latitude is up to 0.7 % shorter than one of the equator
    side_deg = up_deg / np.maximum(np.cos(np.radians(np.abs(lat_deg) + up_deg)), 1e-3)
    box_deg = np.stack([lon_deg - side_deg, lat_deg - up_deg, lon_deg + side_deg, lat_deg + up_deg])
    middle_deg = np.full((2, len(lon_deg)), np.nan)
    for ring in rings:
        box_deg[:, ring.view] = [
            ring.lon_deg.min(axis=1),
            ring.lat_deg.min(axis=1),
            ring.lon_deg.max(axis=1),
            ring.lat_deg.max(axis=1),
        ]
        middle_deg[:, ring.view] = ring.lon_deg.mean(axis=1), ring.lat_deg.mean(axis=1)
    return box_deg, middle_deg


def _across_m(box_deg: Numbers) -> Numbers:
    """The longer side of each box."""
    cosine = np.cos(np.radians((box_deg[1] + box_deg[3]) / 2))
    return np.asarray(_M_PER_DEG * np.maximum((box_deg[2] - box_deg[0]) * cosine, box_deg[3] - box_deg[1]))


def _middles_m(conditions: Conditions, middle_deg: Numbers, meridian_deg: float) -> Numbers:
    """From the sensor to the middle of its ring; of a disc or sector, half its range."""
    lon_deg = _east_deg(conditions.lon_deg, meridian_deg)
    east_m, north_m = offsets_m(lon_deg, conditions.lat_deg, middle_deg[0], middle_deg[1])
    return np.where(np.isnan(middle_deg[0]), conditions.range_m / 2, np.hypot(east_m, north_m))


def offsets_m(lon_deg: Numbers, lat_deg: Numbers, to_lon_deg: Numbers, to_lat_deg: Numbers) -> tuple[Numbers, Numbers]:
    """How far east and north the second places lie, metres, in a plane of their middle latitude.

    Limits: within 0.7 % up to 100 km. Never for a verdict: it is for how well something was seen.
    """
    east_deg = (to_lon_deg - lon_deg + 540.0) % 360.0 - 180.0
    east_m = east_deg * _M_PER_DEG * np.cos(np.radians((lat_deg + to_lat_deg) / 2))
    return np.asarray(east_m), np.asarray((to_lat_deg - lat_deg) * _M_PER_DEG)


def _crosses_itself(ring: Outlines) -> Mask:
    """Whether two edges of it that are not neighbours cross, shape (n,)."""
    corners = ring.lon_deg.shape[1]
    found = np.zeros(len(ring.view), dtype=bool)
    ends = [(j, (j + 1) % corners) for j in range(corners)]
    for one in range(corners):
        for other in range(one + 2, corners - (one == 0)):
            (a, b), (c, d) = ends[one], ends[other]
            apart = (_turn(ring, a, b, c) * _turn(ring, a, b, d) < 0) & (
                _turn(ring, c, d, a) * _turn(ring, c, d, b) < 0
            )
            found |= apart
    return found


def _turn(ring: Outlines, a: int, b: int, c: int) -> Numbers:
    """On which side of the edge from a to b the corner c lies, by sign."""
    x, y = ring.lon_deg, ring.lat_deg
    return np.asarray(np.sign((x[:, b] - x[:, a]) * (y[:, c] - y[:, a]) - (y[:, b] - y[:, a]) * (x[:, c] - x[:, a])))


# --- a sensor in two places -------------------------------------------------------------------------------


def in_two_places(sensor: Indices, span_ms: Indices, box_deg: Numbers) -> Mask:
    """Whether a view overlaps in time with another of its sensor whose ground is farther off than `APART_M`.

    Both of the two are meant. Views that only touch in time (the one ends when the next begins) do not overlap.

    Args:
        sensor: shape (n,).
        span_ms: (2, n), first and last moment.
        box_deg: (4, n), west, south, east, north.
    """
    count = len(sensor)
    order = np.lexsort((span_ms[1], span_ms[0], sensor))
    at_ms, number = span_ms[:, order], sensor[order]
    width = int(at_ms[1].max() - at_ms[0].min() + 2) if count else 1
    starts = number * width + at_ms[0] - (at_ms[0].min() if count else 0)
    ends = starts + at_ms[1] - at_ms[0]
    latest = np.maximum.accumulate(ends) if count else ends
    meets = np.flatnonzero((starts[1:] < latest[:-1]) | (starts[1:] == starts[:-1]))
    if not meets.size:
        return np.zeros(count, dtype=bool)
    after = np.maximum(np.searchsorted(starts, ends, "left"), np.searchsorted(starts, starts, "right"))
    boxes = box_deg[:, order]
    gap_deg = np.array([APART_M / _M_PER_DEG / max(0.05, _least_cosine(boxes)), APART_M / _M_PER_DEG])
    found = np.zeros(count, dtype=bool)
    for low, high, gap in ((0, 2, gap_deg[0]), (1, 3, gap_deg[1])):
        found |= _farthest(boxes[low], after) > boxes[high] + gap
        found |= _farthest(-boxes[high], after) > -boxes[low] + gap
    flagged = np.zeros(count, dtype=bool)
    flagged[order] = found
    return flagged


def _least_cosine(box_deg: Numbers) -> float:
    return float(np.cos(np.radians(np.abs(box_deg[[1, 3]]).max())))


def _farthest(value_deg: Numbers, after: Indices) -> Numbers:
    """For each row the most of `value_deg` over itself and all rows that it meets, shape (n,).

    Row i meets the rows from i + 1 up to `after[i]`, and is met by each row before it that meets it. Tables of powers
    of two answer the one, and hand the other down: n log n, however many rows meet.
    """
    count = len(after)
    rows = np.arange(count)
    length = np.maximum(after - rows, 1)
    level = np.frexp(length.astype(np.float64))[1] - 1  # the greatest power of two that fits
    tables = [value_deg]
    for power in range(int(level.max())):
        step = 1 << power
        tables.append(np.maximum(tables[-1][:-step], tables[-1][step:]) if len(tables[-1]) > step else tables[-1][:0])
    forward = np.empty(count)
    handed = [np.full(len(table), -np.inf) for table in tables]
    for power in range(int(level.max()) + 1):
        mine = rows[level == power]
        second = mine + length[mine] - (1 << power)
        forward[mine] = np.maximum(tables[power][mine], tables[power][second])
        np.maximum.at(handed[power], mine, value_deg[mine])
        np.maximum.at(handed[power], second, value_deg[mine])
    for power in range(int(level.max()), 0, -1):
        step, reach = 1 << (power - 1), len(handed[power])
        lower = handed[power - 1]
        lower[:reach] = np.maximum(lower[:reach], handed[power])
        lower[step : step + reach] = np.maximum(lower[step : step + reach], handed[power])
    return np.asarray(np.maximum(forward, handed[0]))


# --- pairs of a view and a spot ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Spots in cells of about 2 km: those of neighbouring cells of one row lie side by side in `order`."""

    order: Indices
    begins: Indices  # (rows * columns + 1,) where each cell begins in `order`
    shape: tuple[int, int]
    west_deg: float
    south_deg: float
    step_deg: tuple[float, float]  # east, north

    def strips(self, box_deg: Numbers) -> Iterator[tuple[Indices, Indices, Indices]]:
        """For boxes (4, n): which box, and where in `order` a row of its cells begins and ends; in blocks."""
        rows, columns = self.shape
        with np.errstate(invalid="ignore"):
            left, right = ((box_deg[side] - self.west_deg) / self.step_deg[0] for side in (0, 2))
            low, high = ((box_deg[side] - self.south_deg) / self.step_deg[1] for side in (1, 3))
            meets = np.flatnonzero((right >= 0) & (left < columns) & (high >= 0) & (low < rows))
        left, right = (np.clip(each[meets], 0, columns - 1).astype(np.int64) for each in (left, right))
        low, high = (np.clip(each[meets], 0, rows - 1).astype(np.int64) for each in (low, high))
        for part in blocks(high - low + 1, most=CANDIDATES):
            box, step = spread(high[part] - low[part] + 1)
            cell = (low[part][box] + step) * columns
            first, last = self.begins[cell + left[part][box]], self.begins[cell + right[part][box] + 1]
            full = last > first
            yield meets[part][box[full]], first[full], last[full]


def grid_of(lon_deg: Numbers, lat_deg: Numbers) -> Grid:
    """Lays a grid over places; larger cells where 2 km would make too many."""
    south_deg, west_deg = float(lat_deg.min()), float(lon_deg.min())
    north = CELL_M / _M_PER_DEG
    east = north / max(0.05, float(np.cos(np.radians(np.abs(lat_deg).max()))))
    while True:
        columns = int((lon_deg.max() - west_deg) / east) + 1
        rows = int((lat_deg.max() - south_deg) / north) + 1
        if rows * columns <= MOST_CELLS:
            break
        east, north = east * 2, north * 2
    cell = ((lat_deg - south_deg) / north).astype(np.int64) * columns + ((lon_deg - west_deg) / east).astype(np.int64)
    begins = np.zeros(rows * columns + 1, dtype=np.int64)
    begins[1:] = np.cumsum(np.bincount(cell, minlength=rows * columns))
    return Grid(
        order=np.argsort(cell, kind="stable"),
        begins=begins,
        shape=(rows, columns),
        west_deg=west_deg,
        south_deg=south_deg,
        step_deg=(east, north),
    )


def blocks(sizes: Indices, *, most: int) -> Iterator[slice]:
    """Rows in blocks whose sizes come to at most `most`, or which are one row."""
    ends = np.cumsum(sizes)
    begin = 0
    while begin < len(sizes):
        before = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + most, "right")))
        yield slice(begin, end)
        begin = end


def spread(counts: Indices) -> tuple[Indices, Indices]:
    """Each row as often as its count says, and which time it is: (2, 1) gives (0, 0, 1) and (0, 1, 0)."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


def candidates(grounds: Grounds, spots: Spots) -> int:
    """How many pairs of a view and a spot share a row of cells: what the work over them will be."""
    grid = grid_of(_east_deg(spots.lon_deg, grounds.meridian_deg), spots.lat_deg)
    return sum(int((last - first).sum()) for _, first, last in grid.strips(grounds.box_deg))


def pairs_of(grounds: Grounds, spots: Spots) -> Iterator[Pairs]:
    """Every view with every spot inside its ground, in blocks."""
    lon_deg, lat_deg = _east_deg(spots.lon_deg, grounds.meridian_deg), spots.lat_deg
    grid = grid_of(lon_deg, lat_deg)
    for ring in grounds.rings:
        for row, spot in _near(grid, grounds.box_deg[:, ring.view], (lon_deg, lat_deg)):
            inside = _in_ring(ring, row, lon_deg[spot], lat_deg[spot])
            yield _ranged(grounds, ring.view[row[inside]], spot[inside], (lon_deg, lat_deg))
    for row, spot in _near(grid, grounds.box_deg[:, grounds.discs], (lon_deg, lat_deg)):
        pairs = _ranged(grounds, grounds.discs[row], spot, (lon_deg, lat_deg))
        yield _picked(pairs, _in_sector(grounds, pairs, (lon_deg[spot], lat_deg[spot])))


def _near(grid: Grid, box_deg: Numbers, places: tuple[Numbers, Numbers]) -> Iterator[tuple[Indices, Indices]]:
    """Every box (4, n) with every place inside it, in blocks: rows of the one and of the other."""
    lon_deg, lat_deg = places
    for box, first, last in grid.strips(box_deg):
        for part in blocks(last - first, most=CANDIDATES):
            strip, step = spread(last[part] - first[part])
            row, spot = box[part][strip], grid.order[first[part][strip] + step]
            near = (lon_deg[spot] >= box_deg[0, row]) & (lon_deg[spot] <= box_deg[2, row])
            near &= (lat_deg[spot] >= box_deg[1, row]) & (lat_deg[spot] <= box_deg[3, row])
            yield row[near], spot[near]


def _picked(pairs: Pairs, kept: Mask) -> Pairs:
    return Pairs(
        view=pairs.view[kept], spot=pairs.spot[kept], range_m=pairs.range_m[kept], middle_m=pairs.middle_m[kept]
    )


def _ranged(grounds: Grounds, view: Indices, spot: Indices, places: tuple[Numbers, Numbers]) -> Pairs:
    """Pairs with their distances from the sensor."""
    lon_deg = _east_deg(grounds.conditions.lon_deg[view], grounds.meridian_deg)
    east_m, north_m = offsets_m(lon_deg, grounds.conditions.lat_deg[view], places[0][spot], places[1][spot])
    return Pairs(view=view, spot=spot, range_m=np.hypot(east_m, north_m), middle_m=grounds.middle_m[view])


@np.errstate(divide="ignore", invalid="ignore")  # a level edge is never asked where it crosses
def _in_ring(ring: Outlines, row: Indices, lon_deg: Numbers, lat_deg: Numbers) -> Mask:
    """Whether places lie inside the rings of these rows: how often a ray to the east crosses an edge."""
    inside = np.zeros(len(row), dtype=bool)
    corners = ring.lon_deg.shape[1]
    for at in range(corners):
        x, y = ring.lon_deg[row, at], ring.lat_deg[row, at]
        end_x, end_y = ring.lon_deg[row, (at + 1) % corners], ring.lat_deg[row, (at + 1) % corners]
        spans = (y > lat_deg) != (end_y > lat_deg)
        inside ^= spans & (lon_deg < x + (lat_deg - y) * (end_x - x) / (end_y - y))
    return inside


@np.errstate(invalid="ignore")  # NaN: all around
def _in_sector(grounds: Grounds, pairs: Pairs, places: tuple[Numbers, Numbers]) -> Mask:
    """Whether places lie within range and, where a sector is stated, within it."""
    view = pairs.view
    lon_deg = _east_deg(grounds.conditions.lon_deg[view], grounds.meridian_deg)
    east_m, north_m = offsets_m(lon_deg, grounds.conditions.lat_deg[view], *places)
    off_deg = (np.degrees(np.arctan2(east_m, north_m)) - grounds.azimuth_deg[view] + 540.0) % 360.0 - 180.0
    outside = np.abs(off_deg) > grounds.width_deg[view] / 2
    return np.asarray((pairs.range_m <= grounds.conditions.range_m[view]) & ~outside)


# --- pairs to looks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """m looks of one view at one spot within one hour by the clock, by spot, sensor, hour and beginning.

    `lit_from_ms` to `lit_until_ms` is the part of it in which a view by daylight saw; the latter is before the former
    where there is none.
    """

    spot: Indices
    turn: Indices  # the same spot, sensor and hour
    from_ms: Indices
    until_ms: Indices
    lit_from_ms: Indices
    lit_until_ms: Indices
    chance_ratio: npt.NDArray[np.float32]  # (signatures, m), of what stands in daylight

    def glances(self, row: int, signature: Signature) -> Glances:
        """The looks as one signature needs them: what glows is seen in the dark."""
        begins = self.from_ms if signature.glows else self.lit_from_ms
        ends = self.until_ms if signature.glows else self.lit_until_ms
        seen = (self.chance_ratio[row] > 0) & (ends >= begins)
        return Glances(
            spot=self.spot[seen],
            turn=self.turn[seen],
            from_ms=begins[seen],
            until_ms=ends[seen],
            chance_ratio=self.chance_ratio[row, seen].astype(np.float64),
        )


def looks_of(
    grounds: Grounds, *, spots: Spots, signatures: Sequence[Signature], span_ms: tuple[int, int], sight: Sight | None
) -> Looks:
    """Every look of any view at any spot in a span of time.

    Args:
        span_ms: what lies outside it is cut off.
        sight: None: nothing stands between.

    Limits: terrain is asked where the sensor's place is stated; not for satellites, sound and radar. A sensor whose
        height is not stated stands low: 2 m, an aircraft 100 m.
    """
    parts = [
        _chanced(grounds, pairs, spots, signatures=signatures, sight=sight)
        for pairs in pairs_of(_within(grounds, span_ms), spots)
    ]
    view = np.concatenate([np.empty(0, dtype=np.int64), *(pairs.view for pairs, _ in parts)])
    spot = np.concatenate([np.empty(0, dtype=np.int64), *(pairs.spot for pairs, _ in parts)])
    chance = np.concatenate([np.empty((len(signatures), 0), dtype=np.float32), *(found for _, found in parts)], axis=1)
    return _cut(grounds, (view, spot, chance), spots, span_ms)


def _within(grounds: Grounds, span_ms: tuple[int, int]) -> Grounds:
    """Views that lie outside the span have no ground."""
    outside = (grounds.until_ms < span_ms[0]) | (grounds.from_ms >= span_ms[1])
    return replace(grounds, box_deg=np.where(outside, np.nan, grounds.box_deg))


def _chanced(
    grounds: Grounds, pairs: Pairs, spots: Spots, *, signatures: Sequence[Signature], sight: Sight | None
) -> tuple[Pairs, npt.NDArray[np.float32]]:
    """Those of the pairs that can see anything, and the chance of each by signature, shape (k, m)."""
    sharp_m = sharpness_m(grounds.conditions, pairs)
    found = np.empty((len(signatures), len(pairs.view)), dtype=np.float32)
    for row, signature in enumerate(signatures):
        found[row] = chances(grounds.conditions, signature, pairs=pairs, sharp_m=sharp_m)
    kept: Mask = np.asarray((found >= LEAST_CHANCE_RATIO).any(axis=0))
    if sight is not None:
        kept[kept] = _open(grounds, _picked(pairs, kept), spots, sight)
    return _picked(pairs, kept), np.where(found >= LEAST_CHANCE_RATIO, found, 0)[:, kept]


def _open(grounds: Grounds, pairs: Pairs, spots: Spots, sight: Sight) -> Mask:
    """Whether terrain leaves each pair in sight."""
    conditions, view = grounds.conditions, pairs.view
    asked = ~np.isnan(pairs.range_m) & ~conditions.by("satellite", "radar")[view]
    asked &= ~conditions.in_spectrum("sound")[view]
    found = np.ones(len(view), dtype=bool)
    view, spot = view[asked], pairs.spot[asked]
    if view.size:
        place = conditions.lon_deg[view], conditions.lat_deg[view], conditions.height_m[view]
        found[asked] = sight.sees(*place, spots.lon_deg[spot], spots.lat_deg[spot])
    return found


def _cut(
    grounds: Grounds, found: tuple[Indices, Indices, npt.NDArray[np.float32]], spots: Spots, span_ms: tuple[int, int]
) -> Looks:
    """Pairs to looks: cut at every full hour and at dusk and dawn, numbered by turn, and sorted."""
    view, spot, chance = found
    begins, ends = np.maximum(grounds.from_ms, span_ms[0]), np.minimum(grounds.until_ms, span_ms[1])
    first = begins // HOUR_MS
    count = np.maximum((ends - (ends > begins)) // HOUR_MS - first + 1, 0)
    count[np.isnan(grounds.box_deg[0])] = 0
    piece_view, step = spread(count)
    hour = first[piece_view] + step
    from_ms, until_ms = np.maximum(begins[piece_view], hour * HOUR_MS), ends[piece_view]
    until_ms = np.minimum(until_ms, (hour + 1) * HOUR_MS)
    suns = sun_direction(from_ms * 1_000), sun_direction(until_ms * 1_000)
    pair, step = spread(count[view])
    piece = (np.cumsum(count) - count)[view][pair] + step
    spot = spot[pair]
    lit_from, lit_until = from_ms[piece], until_ms[piece]
    by_day = np.flatnonzero(dark_blind(grounds.conditions)[view[pair]])
    up = normals(spots.lon_deg, spots.lat_deg)[spot[by_day]]
    lit_from[by_day], lit_until[by_day] = lit(
        (lit_from[by_day], lit_until[by_day]),
        [np.einsum("ij,ij->i", up, sun[piece[by_day]]) for sun in suns],
    )
    sensors = int(grounds.sensor.max(initial=0)) + 1
    hours = hour - hour.min(initial=2**40)
    key = (spot * sensors + grounds.sensor[view[pair]]) * (hours.max(initial=0) + 1) + hours[piece]
    order = np.lexsort((from_ms[piece], key))
    key = key[order]
    turn = np.cumsum(np.concatenate([[0], key[1:] != key[:-1]])) if key.size else key
    piece = piece[order]
    return Looks(
        spot=spot[order],
        turn=turn,
        from_ms=from_ms[piece],
        until_ms=until_ms[piece],
        lit_from_ms=lit_from[order],
        lit_until_ms=lit_until[order],
        chance_ratio=chance[:, pair[order]],
    )
