"""Where rays meet the ground: a surface of one height above the ellipsoid, or a terrain model.

Only the first meeting counts. A ray that meets nothing says why: `Hits.outcome`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.base.frames import WGS84_A_M
from truceline.locate.camera.ground.ellipsoid import WGS84_B_M, dot, height_of, north_east_down, to_geodetic
from truceline.model.terrain import Terrain

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]

MET, SKY, OFF_MODEL, BELOW = 0, 1, 2, 3
OUTCOMES = (
    "meets the ground",
    "looks into the sky",
    "leaves the terrain model before it meets the ground",
    "starts below the ground",
)
LEAST_SINE = 1e-6  # a flatter ray touches the ground over kilometres: it meets it nowhere in particular
FARTHEST_M = 300_000.0  # the horizon of a vehicle 7 km up
STEP_RATIO = 0.9  # of a cell: no step crosses two lines of one kind
BLOCK = 16  # steps along a ray that are looked at together
HALVINGS = 28  # 50 m to 0.2 µm


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What n rays are cut with: their own heights, or one model for all of them."""

    height_m: Numbers  # (n,), above the ellipsoid; not looked at where there is a model
    terrain: Terrain | None = None

    @property
    def name(self) -> str:
        """What footprints call it."""
        return self.terrain.name if self.terrain else "flat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Where n rays met the ground; NaN throughout for those that did not."""

    outcome: Codes  # (n,): MET, or an index of OUTCOMES
    reach: Numbers  # (n,): so many lengths of its direction from the camera
    point: Numbers  # (3, n), ECEF
    lon_deg: Numbers
    lat_deg: Numbers
    hae_m: Numbers

    @property
    def met(self) -> Mask:
        """The rays that met the ground."""
        return np.asarray(self.outcome == MET)


def cast(ground: Ground, origin: Numbers, direction: Numbers) -> Hits:
    """The first place on the ground that each ray meets.

    Args:
        ground: for n rays.
        origin, direction: shape (3, n), ECEF, metres; directions of any length but 0.

    Limits: no refraction: 0.13 of the Earth's curvature, 7 m of height at 30 km, is left out.
    """
    if ground.terrain is None:
        outcome, reach = _flat(ground.height_m, origin, direction)
    else:
        outcome, reach = _march(ground.terrain, origin, direction)
    reach = np.where(outcome == MET, reach, np.nan)
    point = origin + reach * direction
    lon_deg, lat_deg, hae_m = to_geodetic(point)
    return Hits(outcome=outcome, reach=reach, point=point, lon_deg=lon_deg, lat_deg=lat_deg, hae_m=hae_m)


def normals(ground: Ground, hits: Hits) -> tuple[Numbers, Numbers]:
    """At each hit: the axes north, east, down there (3, 3, n), and the ground's own upward normal (3, n), ECEF."""
    local = north_east_down(hits.lon_deg, hits.lat_deg)
    if ground.terrain is None:
        return local, -local[2]
    to_east, to_north = ground.terrain.slopes(hits.lon_deg, hits.lat_deg)
    return local, -local[2] - to_east * local[1] - to_north * local[0]


def _flat(height_m: Numbers, origin: Numbers, direction: Numbers) -> tuple[Codes, Numbers]:
    """Rays against the surface of constant height: the ellipsoid made larger by it, then one step of Newton's."""
    enter, leave = shell(height_m, origin, direction)
    with np.errstate(invalid="ignore"):
        # between the two it is inside: one that starts there is below the ground
        outcome = np.where(np.isnan(enter) | (leave <= 0), SKY, np.where(enter < 0, BELOW, MET)).astype(np.int8)
    hae_m, up = height_of(origin + enter * direction)
    sinking = -dot(direction, up)
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = enter + (hae_m - height_m) / sinking
        flat = (outcome == MET) & ~(sinking > LEAST_SINE * np.sqrt(dot(direction, direction)))
    outcome[flat] = SKY
    outcome[~np.isfinite(height_m)] = OFF_MODEL
    return outcome, reach


def shell(height_m: Numbers, origin: Numbers, direction: Numbers) -> tuple[Numbers, Numbers]:
    """Where lines enter and leave the ellipsoid made larger by a height, in lengths of their direction; NaN: never.

    Limits: that ellipsoid is up to 2 cm off the surface of constant height at 3 km.
    """
    scale = np.stack([1 / (WGS84_A_M + height_m)] * 2 + [1 / (WGS84_B_M + height_m)])
    at, towards = origin * scale, direction * scale
    square, half, rest = dot(towards, towards), dot(at, towards), dot(at, at) - 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(half**2 - square * rest)
        # the form that does not subtract what is nearly equal
        sooner = np.where(half < 0, rest / (root - half), -(half + root) / square)
        later = np.where(half < 0, (root - half) / square, -rest / (half + root))
    return sooner, later


# --- along a ray over a terrain model ---------------------------------------------------------------------


def _march(terrain: Terrain, origin: Numbers, direction: Numbers) -> tuple[Codes, Numbers]:
    """From where a ray comes down to the model's highest point, along its grid, until it is under the ground."""
    count = origin.shape[1]
    outcome, reach = np.full(count, SKY, dtype=np.int8), np.full(count, np.nan)
    begin, end, step = _stretch(terrain, origin, direction)
    alive = np.flatnonzero(np.isfinite(begin) & (end > 0))
    upper, lower = begin.copy(), np.full(count, np.nan)
    at = begin.copy()
    while alive.size:
        places = _looks(terrain, origin[:, alive], direction[:, alive], (at[alive], step[alive]))
        above = _above(terrain, origin[:, alive], direction[:, alive], places)
        ended = ~(above > 0) & (places <= end[alive] + step[alive])  # under the ground, or where the model says nothing
        looks = len(places)
        first = np.where(ended.any(axis=0), ended.argmax(axis=0), looks)
        found, columns = first < looks, np.arange(len(alive))
        before = np.where(first > 0, places[np.maximum(first - 1, 0), columns], upper[alive])
        upper[alive] = np.where(found, before, places[-1])
        rows, value = alive[found], above[first[found], columns[found]]
        outcome[rows] = np.where(np.isnan(value), OFF_MODEL, MET)
        lower[rows] = places[first[found], columns[found]]
        outcome[rows[(value <= 0) & (lower[rows] <= begin[rows])]] = BELOW  # under the ground at the first look
        at[alive] += BLOCK * step[alive]
        alive = alive[~found & (at[alive] <= end[alive])]
    met = np.flatnonzero(outcome == MET)
    reach[met] = _between(terrain, origin[:, met], direction[:, met], (upper[met], lower[met]))
    return outcome, reach


def _looks(terrain: Terrain, origin: Numbers, direction: Numbers, run: tuple[Numbers, Numbers]) -> Numbers:
    """Where to look at the ground on BLOCK steps of each ray: at each step, and where it crosses a line of the grid.

    Between two lines the ground is smooth, and a crest lies on a line: a step alone could pass over it.

    Args:
        run: where the steps begin, and how long one is.

    Returns: shape (3 · BLOCK, n), in the order of the ray.
    """
    begin, step = run
    ends = begin + step * np.arange(BLOCK + 1)[:, None]
    points = (origin[:, None, :] + ends * direction[:, None, :]).reshape(3, -1)
    lon_deg, lat_deg, _ = to_geodetic(points)
    crossings = []
    for cells in terrain.cells(lon_deg, lat_deg):
        at = cells.reshape(ends.shape)
        low, high = np.minimum(at[:-1], at[1:]), np.maximum(at[:-1], at[1:])
        line = np.floor(high)
        with np.errstate(invalid="ignore", divide="ignore"):
            part = (line - at[:-1]) / (at[1:] - at[:-1])
        crossings.append(np.where((line > low) & (line < high), part, 0.5))
    parts = np.sort(np.stack([np.zeros_like(crossings[0]), *crossings], axis=1), axis=1)
    return np.asarray((ends[:-1, None] + parts * step).reshape(-1, len(begin)))


def _stretch(terrain: Terrain, origin: Numbers, direction: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Where on each ray ground may be: from, to, and how far between two looks, in lengths of the direction."""
    full = np.ones(origin.shape[1])
    highest, over = shell(full * (terrain.highest_m + 1.0), origin, direction)
    deepest, _ = shell(full * (terrain.lowest_m - 1.0), origin, direction)
    length = np.sqrt(dot(direction, direction))
    begin = np.fmax(highest, 0.0)
    begin[np.isnan(highest)] = np.nan
    with np.errstate(invalid="ignore"):  # one that rises leaves at the top
        end = np.fmin(np.where(deepest > 0, deepest, over), begin + FARTHEST_M / length)
    down = -dot(direction / length, height_of(origin + begin * direction)[1])
    level = np.sqrt(np.clip(1.0 - down**2, 0.05**2, None))  # straight down, one look in twenty cells is enough
    return begin, end, STEP_RATIO * terrain.cell_m / level / length


def _above(terrain: Terrain, origin: Numbers, direction: Numbers, places: Numbers) -> Numbers:
    """How high rays are above the ground, metres, at `places` (k, n) along them."""
    points = (origin[:, None, :] + places * direction[:, None, :]).reshape(3, -1)
    lon_deg, lat_deg, hae_m = to_geodetic(points)
    return np.asarray(hae_m - terrain.heights(lon_deg, lat_deg)).reshape(places.shape)


def _between(terrain: Terrain, origin: Numbers, direction: Numbers, ends: tuple[Numbers, Numbers]) -> Numbers:
    """The crossing between a place above the ground and one below it, by halving."""
    upper, lower = ends
    for _ in range(HALVINGS):
        middle = (upper + lower) / 2
        above = _above(terrain, origin, direction, middle[None, :])[0] > 0
        upper, lower = np.where(above, middle, upper), np.where(above, lower, middle)
    return (upper + lower) / 2
