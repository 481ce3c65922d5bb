"""The edges of a line or zone as arrays: where each begins, which way and how far it runs, what follows."""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.base.errors import UnreadableError
from truceline.base.frames import WGS84_A_M, WGS84_F
from truceline.locate.geodesic import Degrees, Metres, forward, inverse
from truceline.locate.geojson import Path, Position

Indices = npt.NDArray[np.int64]

PIECE_M = 500.0  # decision 0008: longest piece in planar work
CHORD_MM = 5.0  # decision 0008: how far a short geodesic may leave an edge that is straight in degrees
EDGE_LEAST_M = 0.001
_B_M = WGS84_A_M * (1 - WGS84_F)
_RADIUS_MOST_M = WGS84_A_M**2 / _B_M  # largest and smallest radius of curvature of the ellipsoid
_RADIUS_LEAST_M = _B_M**2 / WGS84_A_M


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Geodesic edges, shape (m,) each. A point of the file is an edge of length 0.

    `previous` and `following` are the neighbours on the same path, -1 where there is none: a free end.
    """

    lon_deg: Degrees
    lat_deg: Degrees
    end_lon_deg: Degrees
    end_lat_deg: Degrees
    azimuth_deg: Degrees  # at the beginning, along the edge
    end_azimuth_deg: Degrees  # at the end, still along the edge
    length_m: Metres
    previous: Indices
    following: Indices


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Edges cut to at most 500 m, shape (p,) each, in the order of the edges."""

    edge: Indices
    from_m: Metres  # along the edge
    length_m: Metres
    lon_deg: Degrees  # where the piece begins, and where it ends
    lat_deg: Degrees
    end_lon_deg: Degrees
    end_lat_deg: Degrees


def densified(path: Path) -> Path:
    """A path straight in degrees, with vertices added so that short geodesics stay within 5 mm of it.

    Vertices come at most 500 m apart, closer towards the poles. Source: decision 0008.
    """
    return (path[0], *(point for one, other in itertools.pairwise(path) for point in _between(one, other)))


def _between(one: Position, other: Position) -> list[Position]:
    """Vertices after `one` up to and including `other`, evenly spaced in degrees."""
    least_lat_deg = 0.0 if one[1] * other[1] <= 0 else min(abs(one[1]), abs(other[1]))
    most_lat_deg = max(abs(one[1]), abs(other[1]))
    east_m = math.radians(other[0] - one[0]) * math.cos(math.radians(least_lat_deg)) * _RADIUS_MOST_M
    north_m = math.radians(other[1] - one[1]) * _RADIUS_MOST_M
    bend_per_m = 1.1 * math.tan(math.radians(most_lat_deg)) / _RADIUS_LEAST_M  # decision 0008: at most 1.089
    spacing_m = min(PIECE_M, math.sqrt(8 * CHORD_MM / 1000 / bend_per_m)) if bend_per_m > 0 else PIECE_M
    count = max(1, math.ceil(math.hypot(east_m, north_m) / spacing_m))
    inner = [
        (one[0] + (other[0] - one[0]) * step / count, one[1] + (other[1] - one[1]) * step / count)
        for step in range(1, count)
    ]
    return [*inner, other]


def edges_of(paths: Sequence[Path], *, name: str) -> Edges:
    """The edges of all paths, in order, linked where one goes on into another.

    Args:
        paths: each at least two positions (longitude, latitude, degrees, WGS 84); a closed path repeats its
            first.
        name: what to call the file in an error.

    Raises: UnreadableError: two vertices in a row are the same (closer than 1 mm).
    Limits: where more than two paths meet, or two run against each other, nothing is linked: their ends
        count as free.
    """
    begin = np.array([position for path in paths for position in path[:-1]], dtype=np.float64)
    end = np.array([position for path in paths for position in path[1:]], dtype=np.float64)
    azimuth_deg, back_deg, length_m = inverse(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])
    if (short := np.flatnonzero(length_m < EDGE_LEAST_M)).size:
        at = tuple(float(value) for value in begin[short[0]])
        raise UnreadableError(
            f"two vertices in a row are the same place, at {at}.",
            subject=name,
            remedy="Delete the repeated vertex: an edge of no length has no direction.",
        )
    previous, following = _links(paths)
    return Edges(
        lon_deg=begin[:, 0],
        lat_deg=begin[:, 1],
        end_lon_deg=end[:, 0],
        end_lat_deg=end[:, 1],
        azimuth_deg=azimuth_deg,
        end_azimuth_deg=back_deg + 180.0,
        length_m=length_m,
        previous=previous,
        following=following,
    )


def edges_of_points(points: Sequence[Position]) -> Edges:
    """Single places as edges of length 0, without neighbours."""
    at = np.array(points, dtype=np.float64).reshape(-1, 2)
    nothing, none = np.zeros(len(at)), np.full(len(at), -1, dtype=np.int64)
    return Edges(
        lon_deg=at[:, 0],
        lat_deg=at[:, 1],
        end_lon_deg=at[:, 0],
        end_lat_deg=at[:, 1],
        azimuth_deg=nothing,
        end_azimuth_deg=nothing,
        length_m=nothing,
        previous=none,
        following=none,
    )


def _links(paths: Sequence[Path]) -> tuple[Indices, Indices]:
    """Neighbours along each path, round a closed one, and across two where just one ends and one begins."""
    first = np.cumsum([0, *(len(path) - 1 for path in paths)], dtype=np.int64)
    previous, following = np.arange(-1, first[-1] - 1), np.arange(1, first[-1] + 1)
    previous[first[:-1]], following[first[1:] - 1] = -1, -1
    begins: dict[Position, list[int]] = defaultdict(list)
    ends: dict[Position, list[int]] = defaultdict(list)
    for number, path in enumerate(paths):
        begin, end = int(first[number]), int(first[number + 1]) - 1
        if path[0] == path[-1]:
            previous[begin], following[end] = end, begin
        else:
            begins[path[0]].append(begin)
            ends[path[-1]].append(end)
    for place, after in begins.items():
        before = ends[place]
        if len(after) == 1 and len(before) == 1:
            previous[after[0]], following[before[0]] = before[0], after[0]
    return previous, following


def pieces_of(edges: Edges) -> Pieces:
    """Every edge cut evenly into pieces of at most 500 m, for planar work; of length 0: one piece.

    Vertices of the file are kept to the last bit, so that what touches there touches in the plane.
    """
    count = np.maximum(1, np.ceil(edges.length_m / PIECE_M)).astype(np.int64)
    edge = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    length_m = (edges.length_m / count)[edge]
    lon_deg, lat_deg, _ = forward(edges.lon_deg[edge], edges.lat_deg[edge], edges.azimuth_deg[edge], step * length_m)
    lon_deg[step == 0], lat_deg[step == 0] = edges.lon_deg, edges.lat_deg
    end_lon_deg, end_lat_deg = np.roll(lon_deg, -1), np.roll(lat_deg, -1)
    is_last = np.diff(edge, append=len(count)) > 0
    end_lon_deg[is_last], end_lat_deg[is_last] = edges.end_lon_deg, edges.end_lat_deg
    return Pieces(
        edge=edge,
        from_m=step * length_m,
        length_m=length_m,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        end_lon_deg=end_lon_deg,
        end_lat_deg=end_lat_deg,
    )
