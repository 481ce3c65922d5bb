"""What terrain hides: the ground that one eye sees all around it, and single lines of sight.

A line of sight runs from an eye above the ground to a place on the ground. Refraction bends it and the earth falls away
under it. Only differences of height count, so that it does not matter what heights are measured from.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from truceline.base.errors import OutOfRangeError, TooLargeError
from truceline.base.frames import EARTH_M, WGS84_A_M, WGS84_F
from truceline.model.terrain import Terrain

Numbers = npt.NDArray[np.float64]
Heights = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

REFRACTION_RATIO = 0.13  # of light by day, after Gauss (Yoeli 1985, Cartographica 22, 88-103)
FALL = (1 - REFRACTION_RATIO) / (2 * EARTH_M)  # metres that the ground falls away, over the square of the distance
MOST_CELLS = 3_000  # from the eye to the edge of what is looked at
KEPT_CELLS = 700  # up to here the geometry of rays is kept for the next sensor: 20 MB
TOUCH_M = 0.001  # a line so little below the ground still touches it: heights have no more digits
CHUNK = 60_000  # heights along lines of sight that are held at once

_E2_RATIO = WGS84_F * (2 - WGS84_F)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """A sensor that looks all around: WGS 84 degrees, its height above the ground under it, and how far it sees."""

    lon_deg: float
    lat_deg: float
    above_ground_m: float
    range_m: float


# --- all around one eye -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What one eye sees in the part of a model that lies within its range."""

    rows: slice
    columns: slice
    seen: Flags


def viewshed(terrain: Terrain, eye: Eye, *, target_m: float = 0.0) -> Flags:
    """Which cells of a terrain model an eye sees.

    Args:
        eye: stands in the model. It looks from the middle of its cell, at its own height.
        target_m: height above the ground of what is to be seen.

    Returns:
        shape (rows, columns) of the model. A cell that is not known is not seen, nor is what lies behind it: what is
        not known counts as hiding. Its own cell is seen.

    Raises:
        OutOfRangeError: the eye is outside the model, or where no height is known.
        TooLargeError: more than 3,000 cells from the eye to its range.

    Limits: rays run to each cell at the rim of a square around the eye, and the ground under them is bilinear. A nearer
        cell is judged by the ray nearest to it, half a cell off at most.
    Source: Franklin and Ray, Higher isn't necessarily better (1994), R2; curvature and refraction as Yoeli (1985).
    """
    found = _all_around(terrain, eye, target_m)
    out = np.zeros(terrain.heights_m.shape, dtype=np.bool_)
    out[found.rows, found.columns] = found.seen
    return out


def _all_around(terrain: Terrain, eye: Eye, target_m: float) -> _Round:
    """The square around the eye, as high as it looks from there, and what of it is seen."""
    row, column, eye_hae_m = _standing(terrain, eye)
    per_lon_m, per_lat_m = _metres_per_degree(np.array([eye.lat_deg]))
    north_m, east_m = float(per_lat_m[0]) * terrain.step_lat_deg, float(per_lon_m[0]) * terrain.step_lon_deg
    size = terrain.heights_m.shape
    farthest = max(row, column, size[0] - 1 - row, size[1] - 1 - column)
    reach = min(farthest, int(np.ceil(eye.range_m / min(north_m, east_m))))
    if reach > MOST_CELLS:
        raise TooLargeError(
            f"{reach:,} cells from a sensor to its range; {MOST_CELLS:,} are looked at.",
            subject=f"terrain {terrain.name}",
            remedy="Thin the model, or state a shorter range.",
        )
    rows = slice(max(0, row - reach), min(size[0], row + reach + 1))
    columns = slice(max(0, column - reach), min(size[1], column + reach + 1))
    inner = np.s_[
        rows.start - row + reach : rows.stop - row + reach,
        columns.start - column + reach : columns.stop - column + reach,
    ]
    squares_m = np.full((2, 2 * reach + 1, 2 * reach + 1), np.nan, dtype=np.float32)  # as it lies, and turned
    away = np.arange(-reach, reach + 1)
    north_m2, east_m2 = ((away * north_m) ** 2)[:, None], ((away * east_m) ** 2)[None, :]
    np.subtract(terrain.heights_m[rows, columns], np.float32(eye_hae_m), out=squares_m[0][inner])
    squares_m[1] = squares_m[0].T
    seen = _along_rays(squares_m, target_m, (north_m, east_m))[inner]
    seen &= (north_m2 + east_m2 <= eye.range_m**2)[inner]
    return _Round(rows=rows, columns=columns, seen=seen)


class _Fan(NamedTuple):
    """Where the rays of one quarter cross one ring, in cells across it."""

    before: npt.NDArray[np.intp]  # shape (rays,)
    after: npt.NDArray[np.intp]  # the same where a ray goes through the middle of a cell
    share: Heights  # of the way from one to the other
    nearest: npt.NDArray[np.intp]  # shape (cells of the ring,): the ray nearest to each


def _fan(reach: int, ring: int) -> _Fan:
    at = np.arange(-reach, reach + 1) * (ring / reach) + ring
    before = np.floor(at).astype(np.intp)
    share = (at - before).astype(np.float32)
    nearest = np.rint(np.arange(-ring, ring + 1) * (reach / ring)).astype(np.intp) + reach
    return _Fan(before=before, after=before + (share > 0), share=share, nearest=nearest)


@lru_cache(maxsize=1)
def _fans(reach: int) -> tuple[_Fan, ...]:
    """Those of all rings: sensors of one kind see equally far, and they cost a third of a viewshed."""
    return tuple(_fan(reach, ring) for ring in range(1, reach + 1))


def _along_rays(squares_m: Heights, target_m: float, cell_m: tuple[float, float]) -> Flags:
    """Goes outwards ring by ring and keeps, along each ray, the steepest ground so far.

    Slopes are over whole rings, not metres: along one ray that is the same order. From one ring to the next the ground
    falls away by a little more, which is as if what was steepest had risen. NaN stays NaN along a ray and compares as
    false, so that nothing behind a hole is seen.

    Args:
        squares_m: heights over the eye, shape (2, n, n), n odd, the eye in the middle: as they lie, and turned over.
        cell_m: how long a cell is to the north, and to the east.
    """
    side = squares_m.shape[1]
    reach = side // 2
    seen = np.zeros(squares_m.shape, dtype=np.bool_)
    across2 = (np.arange(-reach, reach + 1) / max(reach, 1)) ** 2
    onward_m2, sideways_m2 = np.array(cell_m) ** 2, np.array(cell_m[::-1]) ** 2
    fall = (FALL * (onward_m2[:, None] + sideways_m2[:, None] * across2)).astype(np.float32)[:, None, :]
    steepest = np.full((2, 2, side), -np.inf, dtype=np.float32)  # square, before or behind the eye, ray
    left, right = np.empty_like(steepest), np.empty_like(steepest)
    fans = _fans(reach) if reach <= KEPT_CELLS else (_fan(reach, ring) for ring in range(1, reach + 1))
    for ring, fan in enumerate(fans, 1):
        both, across = np.s_[reach - ring : reach + ring + 1 : 2 * ring], np.s_[reach - ring : reach + ring + 1]
        slopes = squares_m[:, both, across] * np.float32(1 / ring)
        steepest += fall
        shown = slopes + np.float32(target_m / ring)
        seen[:, both, across] = shown >= steepest.take(fan.nearest, axis=2, mode="clip")
        slopes.take(fan.before, axis=2, out=left, mode="clip")
        slopes.take(fan.after, axis=2, out=right, mode="clip")
        right -= left
        right *= fan.share
        left += right
        np.maximum(steepest, left, out=steepest)
    seen[0, reach, reach] = True
    return np.asarray(seen[0] | seen[1].T)


def _standing(terrain: Terrain, eye: Eye) -> tuple[int, int, float]:
    """Row and column of the cell that an eye stands in, and the eye's height above the ellipsoid."""
    lon_deg, lat_deg = np.array([eye.lon_deg]), np.array([eye.lat_deg])
    ground_m = float(terrain.heights(lon_deg, lat_deg)[0])
    if not np.isfinite(ground_m):
        raise OutOfRangeError(
            f"a sensor at {eye.lat_deg:.4f}, {eye.lon_deg:.4f} is outside it, or where it has a hole.",
            subject=f"terrain {terrain.name}",
            remedy="Give a model that holds the sensor, or count its view without terrain.",
        )
    down, along = terrain.cells(lon_deg, lat_deg)
    return int(np.rint(down[0])), int(np.rint(along[0])), ground_m + eye.above_ground_m


# --- single lines of sight --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """n lines, each from an eye to a place on the ground, in rows and columns of the model; all of shape (n,)."""

    down: Numbers
    along: Numbers
    to_down: Numbers
    to_along: Numbers
    above_ground_m: Numbers
    length_m: Numbers

    def of(self, rows: npt.NDArray[np.int64]) -> "_Lines":
        """Only these, in this order."""
        return _Lines(
            down=self.down[rows],
            along=self.along[rows],
            to_down=self.to_down[rows],
            to_along=self.to_along[rows],
            above_ground_m=self.above_ground_m[rows],
            length_m=self.length_m[rows],
        )


@dataclass(frozen=True, slots=True)
class Shadows:
    """Answers which lines of sight a terrain model leaves free.

    A hole inside the model hides, and hides what is behind it. Beyond the model nothing hides: of the ground there the
    mission has said nothing, as if it had no model; it counts as high as where the line enters the model. `within`
    says which lines that concerns, for a remark. Unknown cells that reach to the model's edge in a straight line lie
    beyond it: a model that was turned into degrees has such wedges.
    """

    terrain: Terrain
    target_m: float = 0.0  # height above the ground of what is to be seen
    standing: tuple[Eye, ...] = ()  # sensors that never move: each one's viewshed is made once and answers for it
    _wedges: Flags | None = field(init=False, repr=False)  # between four cells of which one lies beyond; None: nowhere
    _kept: dict[Eye, _Round] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Looks for the model's real edge, once."""
        cells = _beyond(self.terrain.heights_m)
        between = cells[:-1, :-1] | cells[1:, :-1] | cells[:-1, 1:] | cells[1:, 1:] if cells.any() else None
        object.__setattr__(self, "_wedges", between)

    def sees(
        self, lon_deg: Numbers, lat_deg: Numbers, above_ground_m: Numbers, to_lon_deg: Numbers, to_lat_deg: Numbers
    ) -> Flags:
        """Which of n lines of sight are free; one that merely touches the ground is.

        An answer does not depend on what else is asked with it, and lines that are asked for twice are walked once.

        Args:
            lon_deg, lat_deg: of the eyes, shape (n,), WGS 84; not known (NaN): nothing is seen from there.
            above_ground_m: height of each eye above the ground under it.
            to_lon_deg, to_lat_deg: of the places.

        Limits: heights are taken half a cell apart. Lines are straight in degrees: at 60 degrees of latitude one
            of 50 km to the east lies up to 85 m beside the geodesic. From a sensor of `standing` a place within its
            range is as visible as the middle of its cell.
        """
        asked = np.stack([lon_deg, lat_deg, above_ground_m, to_lon_deg, to_lat_deg]).astype(np.float64)
        order = np.lexsort(asked)
        new = np.ones(len(order), dtype=np.bool_)
        new[1:] = (asked[:, order[1:]] != asked[:, order[:-1]]).any(axis=0)
        once = asked[:, order[new]]
        found = self._walked(once)
        for eye in self.standing:
            rows = np.flatnonzero((once[0] == eye.lon_deg) & (once[1] == eye.lat_deg) & (once[2] == eye.above_ground_m))
            if len(rows):
                self._looked_up(eye, once[3:], rows, found)
        free = np.zeros(len(order), dtype=np.bool_)
        free[order] = found[np.cumsum(new) - 1]
        return free

    def within(self, lon_deg: Numbers, lat_deg: Numbers) -> Flags:
        """Which places lie in the model, shape (n,), its holes included; shadow is not known at the others."""
        return ~self._outside(*self.terrain.cells(lon_deg, lat_deg))

    def _outside(self, down: Numbers, along: Numbers) -> Flags:
        rows, columns = self.terrain.heights_m.shape
        with np.errstate(invalid="ignore"):
            outside = ~((down >= 0) & (down <= rows - 1) & (along >= 0) & (along <= columns - 1))
        if self._wedges is not None:
            row, column = _corner(down, rows), _corner(along, columns)
            outside |= self._wedges[row, column]
        return np.asarray(outside)

    def _walked(self, asked: Numbers) -> Flags:
        """Line by line; `asked` has shape (5, n), as `sees` takes them."""
        down, along = self.terrain.cells(asked[0], asked[1])
        to_down, to_along = self.terrain.cells(asked[3], asked[4])
        per_lon_m, per_lat_m = _metres_per_degree((asked[1] + asked[4]) / 2)
        length_m = np.hypot((asked[3] - asked[0]) * per_lon_m, (asked[4] - asked[1]) * per_lat_m)
        lines = _Lines(
            down=down, along=along, to_down=to_down, to_along=to_along, above_ground_m=asked[2], length_m=length_m
        )
        free = np.zeros(len(length_m), dtype=np.bool_)
        told = np.flatnonzero(np.isfinite(length_m) & np.isfinite(asked[2]))
        longest = np.maximum(np.abs(to_down - down), np.abs(to_along - along))[told]
        for chunk in _chunks((2 * longest).astype(np.int64) + 3):
            free[told[chunk]] = self._free(lines.of(told[chunk]))
        return free

    def _free(self, lines: _Lines) -> Flags:
        """Whether no ground along each line stands above it: n lines as arrays of (n, most heights along one)."""
        share, between = _shares(lines)
        down = lines.down[:, None] + share * (lines.to_down - lines.down)[:, None]
        along = lines.along[:, None] + share * (lines.to_along - lines.along)[:, None]
        outside = self._outside(down, along)
        ground_m = _ground_m(self.terrain.heights_m, down, along)
        row = np.arange(len(share))
        first, last = np.argmin(outside, axis=1), share.shape[1] - 1 - np.argmin(outside[:, ::-1], axis=1)
        eye_m, end_m = ground_m[row, first] + lines.above_ground_m, ground_m[row, last] + self.target_m
        ray_m = eye_m[:, None] + share * (end_m - eye_m)[:, None]
        ray_m -= (FALL * lines.length_m**2)[:, None] * (share * (1 - share))
        with np.errstate(invalid="ignore"):
            hidden = (between & ~outside & ~(ground_m <= ray_m + TOUCH_M)).any(axis=1)
        known = np.isfinite(eye_m) & np.isfinite(end_m)
        return np.asarray(outside.all(axis=1) | (known & ~hidden))

    def _looked_up(self, eye: Eye, to_deg: Numbers, rows: npt.NDArray[np.int64], found: Flags) -> None:
        """Puts the viewshed's answers in place, for places within its square that lie in the model."""
        if not np.isfinite(self.terrain.heights(np.array([eye.lon_deg]), np.array([eye.lat_deg]))[0]):
            return
        if eye not in self._kept:
            self._kept[eye] = _all_around(self.terrain, eye, self.target_m)
        around = self._kept[eye]
        down, along = self.terrain.cells(to_deg[0, rows], to_deg[1, rows])
        per_lon_m, per_lat_m = _metres_per_degree((eye.lat_deg + to_deg[1, rows]) / 2)
        far_m = np.hypot((to_deg[0, rows] - eye.lon_deg) * per_lon_m, (to_deg[1, rows] - eye.lat_deg) * per_lat_m)
        with np.errstate(invalid="ignore"):
            near = (far_m <= eye.range_m) & ~self._outside(down, along)
        row = np.rint(down[near]).astype(np.int64) - around.rows.start
        column = np.rint(along[near]).astype(np.int64) - around.columns.start
        row, column = (np.clip(row, 0, around.seen.shape[0] - 1), np.clip(column, 0, around.seen.shape[1] - 1))
        found[rows[near]] = around.seen[row, column]


def _shares(lines: _Lines) -> tuple[Numbers, Flags]:
    """How far along each line heights are taken, from 0 to 1, and which of these are between its ends; both (n, most).

    Wherever a line comes to the middle of a row (or column, if it runs more across those), and half-way between: no
    ridge falls through, and the way back is walked over the same places.
    """
    by_row = np.abs(lines.to_down - lines.down) >= np.abs(lines.to_along - lines.along)
    begins, ends = np.where(by_row, lines.down, lines.along), np.where(by_row, lines.to_down, lines.to_along)
    back = np.where(ends < begins, -1.0, 1.0)
    first, last = np.floor(2 * begins * back) + 1, np.ceil(2 * ends * back) - 1
    count = np.maximum(last - first + 1, 0).astype(np.int64)
    step = np.arange(count.max() + 2)[None, :] - 1
    between = (step >= 0) & (step < count[:, None])
    way = np.where(ends == begins, 1.0, (ends - begins) * back)
    share = ((first[:, None] + step) / 2 - (begins * back)[:, None]) / way[:, None]
    return np.where(between, share, step >= 0), between


def _corner(cells: Numbers, count: int) -> npt.NDArray[np.int64]:
    """The cell before each place along one side of the model, so that one more follows it."""
    return np.asarray(np.clip(np.nan_to_num(cells), 0, count - 2).astype(np.int64))


def _ground_m(heights_m: Heights, down: Numbers, along: Numbers) -> Numbers:
    """Bilinear heights at places in rows and columns of the model; what they are outside it does not matter."""
    rows, columns = heights_m.shape
    row, column = _corner(down, rows), _corner(along, columns)
    below, right = down - row, along - column
    at, flat = row * columns + column, heights_m.ravel()
    upper, lower = flat.take(at), flat.take(at + columns)
    upper = upper + (flat.take(at + 1) - upper) * right
    lower = lower + (flat.take(at + columns + 1) - lower) * right
    return np.asarray(upper + (lower - upper) * below)


def _beyond(heights_m: Heights) -> Flags:
    """Unknown cells that reach to the model's edge in a straight line, along their row or column."""
    unknown = np.isnan(heights_m)
    if not unknown.any():
        return unknown
    found = np.zeros_like(unknown)
    for turn in range(4):
        turned = np.rot90(unknown, turn)
        found |= np.rot90(np.logical_and.accumulate(turned, axis=0), -turn)
    return found


def _chunks(sizes: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Row numbers in groups of alike sizes that are held at once."""
    order = np.argsort(sizes, kind="stable")
    group = np.cumsum(sizes[order]) // CHUNK
    for part in np.split(order, np.flatnonzero(np.diff(group)) + 1):
        if len(part):
            yield part


def _metres_per_degree(lat_deg: Numbers) -> tuple[Numbers, Numbers]:
    """Metres to the east in a degree of longitude, and to the north in one of latitude, on the ellipsoid."""
    lat_rad = np.radians(lat_deg)
    root = np.sqrt(1 - _E2_RATIO * np.sin(lat_rad) ** 2)
    prime_m, meridian_m = WGS84_A_M / root, WGS84_A_M * (1 - _E2_RATIO) / root**3
    return np.radians(prime_m * np.cos(lat_rad)), np.radians(meridian_m)
