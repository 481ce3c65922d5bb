"""How far places are from a line or from a zone's edge, on which side, and how sure that is.

`signed_distance` and `zone_membership` are the two functions behind which a faster kernel may come.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.base.frames import EARTH_M
from truceline.base.units import MM_PER_M, SIGMA_95
from truceline.locate.edges import Edges, Indices
from truceline.locate.geodesic import Degrees, Metres, forward, inverse, to_plane
from truceline.locate.geometry import EXTENT_MOST_M, Geometry, Track, candidates, is_inside, stretch

KERNEL_MM = 10  # decision 0008: the kernel's own error and the rounding, as promised
FAR_M = 5_000_000.0  # decision 0008: farther than this the kernel promises only
FAR_KERNEL_MM = 50_000_000  # and no limit of any agreement is near
_CHUNK = 2_048
_ITERATIONS_MOST = 12
_STILL_M = 1e-5  # along the edge; the distance errs by this on the line itself, by far less beside it
_DIRECTED_M = 1e-4  # nearer than this a direction to the foot is noise, and the edge's normal serves

Millimetres = npt.NDArray[np.int64]
Sides = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Shape (n,) each, in the order of the places asked about.

    `side` of a line: +1 left, -1 right, walking from its first point; of an area or zone: +1 inside, -1
    outside; 0: not sure at 95 %.
    """

    distance_mm: Millimetres  # never negative; 0 inside an area that serves as a line
    bound_mm: Millimetres  # half-width of the 95 % interval of the distance
    azimuth_deg: Degrees  # at the place, towards the nearest foot, clockwise from true north
    side: Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feet:
    """Nearest feet on one track, shape (n,)."""

    distance_m: Metres
    azimuth_deg: Degrees
    is_corner: npt.NDArray[np.bool_]  # the foot is a vertex or a single point
    side: Sides  # +1 left, -1 right, errors and ends left out
    free_end_m: Metres  # from the foot to the nearest free end, never more than the truth; inf: none


def signed_distance(
    lon_deg: Degrees, lat_deg: Degrees, geometry: Geometry, *, cov_m2: npt.NDArray[np.float64], error_m: float
) -> Distances:
    """How far each place is from a line or baseline, and on which side of it.

    The least of the distances to lines, points and area counts; the side is always that of the line.

    Args:
        lon_deg, lat_deg: shape (n,), finite, degrees, WGS 84.
        geometry: of kind `line`.
        cov_m2: shape (n, 3): one-sigma covariance east-east, east-north, north-north at the place, square
            metres.
        error_m: how far the line may be wrong across its course, 95 %, metres.

    Returns: distances, bounds, azimuths and sides.
    Limits: bounds are of first order: they take the line as straight over the extent of the error (decision
        0005). Beyond 5,000 km the distance is given as good to 50 km. Side 0: within the bound of the line,
        beyond a free end or not sure to be short of it, or a baseline of points only.
    Source: decisions 0005 and 0008.
    """
    nothing = np.zeros(len(lon_deg), dtype=np.int8)
    near: Distances | None = None
    if geometry.points is not None:
        feet = _nearest(lon_deg, lat_deg, geometry.points, geometry)
        near = _with_bounds(feet, nothing, cov_m2=cov_m2, error_m=error_m)
    if geometry.track is None:
        assert near is not None, "a geometry has edges or points"
        return near
    feet = _nearest(lon_deg, lat_deg, geometry.track, geometry)
    if geometry.area is None:
        line = _with_bounds(feet, feet.side, cov_m2=cov_m2, error_m=error_m)
    else:
        inside = is_inside(geometry, lon_deg, lat_deg)
        line = _to_area(_with_bounds(feet, _in_or_out(inside), cov_m2=cov_m2, error_m=error_m), inside)
    return line if near is None else _least(line, near)


def zone_membership(
    lon_deg: Degrees, lat_deg: Degrees, geometry: Geometry, *, cov_m2: npt.NDArray[np.float64], error_m: float
) -> Distances:
    """How far each place is from a zone's edge, and whether it is inside.

    Args: as `signed_distance`, with a geometry of polygons.
    Returns: distances to the nearest edge, holes included; side +1 inside, -1 outside, 0 within the bound
        of the edge.
    Limits, Source: as `signed_distance`.
    """
    assert geometry.track is not None, "an area has edges"
    feet = _nearest(lon_deg, lat_deg, geometry.track, geometry)
    side = _in_or_out(is_inside(geometry, lon_deg, lat_deg))
    return _with_bounds(feet, side, cov_m2=cov_m2, error_m=error_m)


def _in_or_out(inside: npt.NDArray[np.bool_]) -> Sides:
    return np.where(inside, 1, -1).astype(np.int8)


def _least(line: Distances, points: Distances) -> Distances:
    """The nearer of line and points; the side stays the line's."""
    nearer = points.distance_mm < line.distance_mm
    return Distances(
        distance_mm=np.where(nearer, points.distance_mm, line.distance_mm),
        bound_mm=np.where(nearer, points.bound_mm, line.bound_mm),
        azimuth_deg=np.where(nearer, points.azimuth_deg, line.azimuth_deg),
        side=line.side,
    )


def _to_area(edge: Distances, inside: npt.NDArray[np.bool_]) -> Distances:
    """Distances to an area from those to its edge: 0 inside, and the less unsure the deeper."""
    rest_mm = np.maximum(edge.bound_mm - edge.distance_mm, KERNEL_MM)
    return Distances(
        distance_mm=np.where(inside, 0, edge.distance_mm),
        bound_mm=np.where(inside, rest_mm, edge.bound_mm),
        azimuth_deg=edge.azimuth_deg,
        side=edge.side,
    )


def _with_bounds(feet: _Feet, side: Sides, *, cov_m2: npt.NDArray[np.float64], error_m: float) -> Distances:
    """Rounds to millimetres and widens outward (decision 0005)."""
    across_m, along_m = _widths_m(feet, cov_m2)
    kernel_mm = np.where(feet.distance_m > FAR_M, FAR_KERNEL_MM, KERNEL_MM)
    bound_mm = np.ceil(np.hypot(across_m, error_m) * MM_PER_M).astype(np.int64) + kernel_mm
    distance_mm = np.rint(feet.distance_m * MM_PER_M).astype(np.int64)
    unsure = (distance_mm <= bound_mm) | (feet.free_end_m <= along_m + KERNEL_MM / MM_PER_M)
    return Distances(
        distance_mm=distance_mm,
        bound_mm=bound_mm,
        azimuth_deg=np.mod(feet.azimuth_deg, 360.0),
        side=np.where(unsure, 0, side).astype(np.int8),
    )


def _widths_m(feet: _Feet, cov_m2: npt.NDArray[np.float64]) -> tuple[Metres, Metres]:
    """Half-widths of the place's 95 % interval towards the foot and square to it, metres, shape (n,).

    At a corner that is nearer than the error is wide, no one direction serves: the widest counts (decision
    0005).
    """
    ee, en, nn = cov_m2[:, 0], cov_m2[:, 1], cov_m2[:, 2]
    azimuth_rad = np.radians(feet.azimuth_deg)
    sin, cos = np.sin(azimuth_rad), np.cos(azimuth_rad)
    across_m = SIGMA_95 * np.sqrt(np.maximum(ee * sin**2 + 2 * en * sin * cos + nn * cos**2, 0.0))
    along_m = SIGMA_95 * np.sqrt(np.maximum(ee * cos**2 - 2 * en * sin * cos + nn * sin**2, 0.0))
    widest_m = SIGMA_95 * np.sqrt(np.maximum((ee + nn) / 2 + np.hypot((ee - nn) / 2, en), 0.0))
    return np.where(feet.is_corner & (along_m >= feet.distance_m), widest_m, across_m), along_m


def _nearest(lon_deg: Degrees, lat_deg: Degrees, track: Track, geometry: Geometry) -> _Feet:
    """Nearest feet, chunk by chunk, so that memory does not grow with the number of places."""
    parts = [
        _nearest_chunk(lon_deg[at : at + _CHUNK], lat_deg[at : at + _CHUNK], track, geometry)
        for at in range(0, max(len(lon_deg), 1), _CHUNK)
    ]
    return _Feet(
        distance_m=np.concatenate([part.distance_m for part in parts]),
        azimuth_deg=np.concatenate([part.azimuth_deg for part in parts]),
        is_corner=np.concatenate([part.is_corner for part in parts]),
        side=np.concatenate([part.side for part in parts]),
        free_end_m=np.concatenate([part.free_end_m for part in parts]),
    )


def _nearest_chunk(lon_deg: Degrees, lat_deg: Degrees, track: Track, geometry: Geometry) -> _Feet:
    assert bool(np.all(np.isfinite(lon_deg) & np.isfinite(lat_deg))), "only placed subjects have a distance"
    east_m, north_m = to_plane(lon_deg, lat_deg, centre_deg=geometry.centre_deg)
    point, edge, start_m = candidates(track, east_m, north_m, reach_m=geometry.reach_m)
    along_m, apart_m = _measure(track.edges, edge, start_m, lon_deg[point], lat_deg[point])
    order = np.lexsort((edge, apart_m, point))
    best = order[np.diff(point[order], prepend=-1) > 0]
    assert len(best) == len(lon_deg), "every place has a nearest edge"
    return _feet(track, edge[best], along_m[best], lon_deg, lat_deg)


def _measure(edges: Edges, edge: Indices, start_m: Metres, lon_deg: Degrees, lat_deg: Degrees) -> tuple[Metres, Metres]:
    """Nearest position along each edge to its place, and the distance there, by Newton's steps.

    Each step takes the sphere's right triangle for the rest of the way: tan(step) = tan(distance)
    cos(angle); the error shrinks by the square, and by the flattening (1/298) where the distance is large.

    Args: edge, start_m, lon_deg, lat_deg: shape (k,): one edge and one place a pair; metres along the edge;
        degrees.
    Returns: metres along the edge, within it, and metres of distance, shape (k,).
    Source: S. Baselga, J. C. Martinez-Llario, Intersection and point-to-line solutions for geodesics on the
        ellipsoid, Stud. Geophys. Geod. 62 (2018); decision 0008.
    """
    length_m = edges.length_m[edge]
    along_m, apart_m = np.clip(start_m, 0.0, length_m), np.empty(len(edge))
    open_ = np.arange(len(edge))
    for _ in range(_ITERATIONS_MOST):
        of, at_m = edge[open_], along_m[open_]
        foot = forward(edges.lon_deg[of], edges.lat_deg[of], edges.azimuth_deg[of], at_m)
        towards_deg, _, apart_m[open_] = inverse(foot[0], foot[1], lon_deg[open_], lat_deg[open_])
        turn = apart_m[open_] / EARTH_M  # the sphere only steers the iteration
        step_m = EARTH_M * np.arctan2(np.sin(turn) * np.cos(np.radians(towards_deg - foot[2])), np.cos(turn))
        next_m = np.clip(at_m + step_m, 0.0, length_m[open_])
        moving = np.abs(next_m - at_m) > _STILL_M
        open_ = open_[moving]
        along_m[open_] = next_m[moving]
        if not open_.size:
            break
    return along_m, apart_m


def _feet(track: Track, edge: Indices, along_m: Metres, lon_deg: Degrees, lat_deg: Degrees) -> _Feet:
    """Distance, direction and side of each place towards its one nearest edge. Shapes (n,)."""
    edges = track.edges
    foot_lon_deg, foot_lat_deg, course_deg = forward(
        edges.lon_deg[edge], edges.lat_deg[edge], edges.azimuth_deg[edge], along_m
    )
    towards_deg, azimuth_deg, distance_m = inverse(foot_lon_deg, foot_lat_deg, lon_deg, lat_deg)
    at_begin, at_end = along_m <= _STILL_M, along_m >= edges.length_m[edge] - _STILL_M
    before, after = edges.previous[edge], edges.following[edge]
    ahead_deg = np.where(at_end & (after >= 0), edges.azimuth_deg[after], course_deg)
    back_deg = np.where(at_begin & (before >= 0), edges.end_azimuth_deg[before], course_deg) + 180.0
    return _Feet(
        distance_m=distance_m,
        azimuth_deg=np.where(distance_m < _DIRECTED_M, course_deg + 90.0, azimuth_deg),
        is_corner=at_begin | at_end,
        side=_side(ahead_deg, back_deg, towards_deg),
        free_end_m=_to_free_end_m(track, foot_lon_deg, foot_lat_deg),
    )


def _side(ahead_deg: Degrees, back_deg: Degrees, towards_deg: Degrees) -> Sides:
    """+1 left, -1 right, as if no line ended. Shapes (n,): directions at the foot, clockwise from true north.

    Left is what one sweeps turning counter-clockwise from the way ahead to the way back: at a vertex the
    two ways belong to two edges, so that sharp bends come out right.
    """
    is_left = np.mod(ahead_deg - towards_deg, 360.0) < np.mod(ahead_deg - back_deg, 360.0)
    return np.where(is_left, 1, -1).astype(np.int8)


def _to_free_end_m(track: Track, lon_deg: Degrees, lat_deg: Degrees) -> Metres:
    """From each foot to the nearest free end, straight, metres, never too long; infinite where none is."""
    if not len(track.free_m):
        return np.full(len(lon_deg), np.inf)
    east_m, north_m = to_plane(lon_deg, lat_deg, centre_deg=track.centre_deg)
    apart_m = np.hypot(east_m[:, None] - track.free_m[:, 0], north_m[:, None] - track.free_m[:, 1])
    return np.asarray(apart_m.min(axis=1) / stretch(np.array([EXTENT_MOST_M]))[0])
