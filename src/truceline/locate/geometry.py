"""A line or a zone on the ground, read from a file, checked, and made ready for searching.

The only file that imports shapely. Shapely sees metres in the azimuthal equidistant plane of the geometry,
never degrees.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from truceline.base.canonical import sha256_hex
from truceline.base.errors import OutOfRangeError, UnreadableError
from truceline.base.frames import WGS84_A_M, WGS84_F
from truceline.locate.edges import Edges, Indices, Pieces, densified, edges_of, edges_of_points, pieces_of
from truceline.locate.geodesic import Degrees, Metres, from_plane, to_plane
from truceline.locate.geojson import Path, Position, Shapes, parse_geojson

FeatureKind = Literal["line", "zone"]
EdgeKind = Literal["geodesic", "planar_lonlat"]

EXTENT_MOST_M = 2_000_000.0  # decision 0008: from the centre
LENGTH_MOST_M = 100_000_000.0  # keeps memory bounded: 200,000 pieces
PRUNED_WITHIN_M = 9_000_000.0  # decision 0008: the proof holds to 9,985 km; beyond, every edge is measured
SLACK_M = 1.0  # decision 0008: covers the bend of a 500 m piece in the plane (2 mm) and rounding
_B_M = WGS84_A_M * (1 - WGS84_F)
_SPOT = re.compile(r"\[(\S+) (\S+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Edges that can be searched: pieces of at most 500 m as straight lines in the plane of the geometry."""

    edges: Edges
    pieces: Pieces
    centre_deg: Position  # of the plane
    east_m: Metres  # (p, 2): both ends of each piece
    north_m: Metres
    free_m: Metres  # (f, 2): east and north of the free ends
    tree: shapely.STRtree


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """One version of a line or zone. Two are equal when their bytes, kind and edges are.

    A line is lines, or points, or an area (polygons), or points beside either: a baseline is as near as its
    nearest part.
    """

    sha256: str
    kind: FeatureKind
    edge_kind: EdgeKind
    shapes: Shapes = field(compare=False, repr=False)  # vertices as the file gives them
    centre_deg: Position = field(compare=False)
    reach_m: float = field(compare=False)  # from the centre to the farthest vertex
    track: Track | None = field(compare=False, repr=False)  # lines or rings; None: points only
    points: Track | None = field(compare=False, repr=False)
    area: shapely.MultiPolygon | None = field(compare=False, repr=False)  # in the plane


def read_geometry(content: bytes, *, name: str, kind: FeatureKind, edge_kind: EdgeKind) -> Geometry:
    """A line's or zone's file as a geometry.

    Args:
        content: bytes of a GeoJSON file, WGS 84 degrees.
        name: what to call it in an error.
        kind: a `line` may hold lines, points, or polygons that stand for an area; a `zone` polygons only.
        edge_kind: how two vertices are joined: the shortest way, or straight in degrees as on a flat map.

    Raises: UnreadableError, OutOfRangeError, each with what to mend.
    Limits: within 2,000 km of its centre (the middle of its degrees); no edge across the antimeridian; no
        vertex beyond 85 degrees of latitude; lines must not cross themselves, polygons not overlap.
    Source: decision 0008.
    """
    shapes = parse_geojson(content, name=name)
    _refuse_wrong_types(shapes, name=name, kind=kind)
    paths = shapes.lines or tuple(ring for polygon in shapes.polygons for ring in polygon)
    centre_deg = _centre((*paths, shapes.points))
    reach_m = _reach_m((*paths, shapes.points), centre_deg, name=name)
    edges = _edges(paths, name) if paths else None
    if edges is not None and edge_kind == "planar_lonlat":
        paths = tuple(densified(path) for path in paths)
        reach_m = _reach_m((*paths, shapes.points), centre_deg, name=name)
        edges = edges_of(paths, name=name)
    track = _track(edges, centre_deg) if edges is not None else None
    area = None
    if track is not None and shapes.polygons:
        area = _area(track, paths, shapes, name=name, centre_deg=centre_deg)
    elif track is not None:
        _refuse_crossing(track, paths, name=name)
    return Geometry(
        sha256=sha256_hex(content),
        kind=kind,
        edge_kind=edge_kind,
        shapes=shapes,
        centre_deg=centre_deg,
        reach_m=reach_m,
        track=track,
        points=_track(edges_of_points(shapes.points), centre_deg) if shapes.points else None,
        area=area,
    )


def _refuse_wrong_types(shapes: Shapes, *, name: str, kind: FeatureKind) -> None:
    if kind == "zone" and (shapes.lines or shapes.points or not shapes.polygons):
        raise UnreadableError(
            "a zone holds lines or points.",
            subject=name,
            remedy="Draw the zone as Polygon or MultiPolygon only.",
        )
    if shapes.lines and shapes.polygons:
        raise UnreadableError(
            "it mixes lines and polygons, so that nobody can say which side is left.",
            subject=name,
            remedy="Keep the line, or the area, and put the other into its own file.",
        )


def _centre(paths: Sequence[Path]) -> Position:
    """The middle of the degrees."""
    at = np.array([position for path in paths for position in path], dtype=np.float64)
    middle = (at.min(axis=0) + at.max(axis=0)) / 2
    return float(middle[0]), float(middle[1])


def _reach_m(paths: Sequence[Path], centre_deg: Position, *, name: str) -> float:
    """How far the farthest vertex is from the centre, metres. Raises OutOfRangeError beyond 2,000 km."""
    at = np.array([position for path in paths for position in path], dtype=np.float64)
    distance_m = np.hypot(*to_plane(at[:, 0], at[:, 1], centre_deg=centre_deg))
    if (reach_m := float(distance_m.max())) > EXTENT_MOST_M:
        raise OutOfRangeError(
            f"it reaches {reach_m / 1000:.0f} km from its centre, more than {EXTENT_MOST_M / 1000:.0f} km.",
            subject=name,
            remedy="Cut it into shorter lines or zones; a point far away by mistake is the usual cause.",
        )
    return reach_m


def _edges(paths: Sequence[Path], name: str) -> Edges:
    """The edges as the file gives them. Raises UnreadableError; OutOfRangeError above 100,000 km."""
    edges = edges_of(paths, name=name)
    if (total_m := float(edges.length_m.sum())) > LENGTH_MOST_M:
        raise OutOfRangeError(
            f"its edges add up to {total_m / 1000:.0f} km, more than {LENGTH_MOST_M / 1000:.0f} km.",
            subject=name,
            remedy="Vertices in the wrong order are the usual cause.",
        )
    return edges


def _track(edges: Edges, centre_deg: Position) -> Track:
    pieces = pieces_of(edges)
    east_m, north_m = to_plane(pieces.lon_deg, pieces.lat_deg, centre_deg=centre_deg)
    end_east_m, end_north_m = to_plane(pieces.end_lon_deg, pieces.end_lat_deg, centre_deg=centre_deg)
    ends = np.stack([np.stack([east_m, north_m], axis=1), np.stack([end_east_m, end_north_m], axis=1)], axis=1)
    is_first, is_last = (
        np.diff(pieces.edge, prepend=-1) > 0,
        np.diff(pieces.edge, append=len(edges.length_m)) > 0,
    )
    free_m = np.concatenate(
        [ends[is_first][edges.previous < 0][:, 0], ends[is_last][edges.following < 0][:, 1]], axis=0
    )
    return Track(
        edges=edges,
        pieces=pieces,
        centre_deg=centre_deg,
        east_m=ends[:, :, 0],
        north_m=ends[:, :, 1],
        free_m=free_m,
        tree=shapely.STRtree(shapely.linestrings(ends)),
    )


def _drawn(track: Track, paths: Sequence[Path]) -> list[npt.NDArray[np.float64]]:
    """Each path in the plane, (vertices, 2), one vertex at most every 500 m."""
    edge_count = [len(path) - 1 for path in paths]
    path_of_piece = np.repeat(np.arange(len(paths)), edge_count)[track.pieces.edge]
    drawn = []
    for number in range(len(paths)):
        mine = np.flatnonzero(path_of_piece == number)
        begin = np.stack([track.east_m[mine, 0], track.north_m[mine, 0]], axis=1)
        drawn.append(np.concatenate([begin, [[track.east_m[mine[-1], 1], track.north_m[mine[-1], 1]]]]))
    return drawn


def _refuse_crossing(track: Track, paths: Sequence[Path], *, name: str) -> None:
    if shapely.is_simple(shapely.MultiLineString(_drawn(track, paths))):
        return
    crossing, _ = track.tree.query(track.tree.geometries, predicate="crosses")
    lon_deg, lat_deg = track.pieces.lon_deg, track.pieces.lat_deg
    spot = f", first near ({lon_deg[crossing[0]]:.5f}, {lat_deg[crossing[0]]:.5f})" if crossing.size else ""
    raise UnreadableError(
        f"the line crosses or touches itself{spot}, so that nobody can say which side is left.",
        subject=name,
        remedy="Remove the loop, or cut the line where it meets itself.",
    )


def _area(
    track: Track, paths: Sequence[Path], shapes: Shapes, *, name: str, centre_deg: Position
) -> shapely.MultiPolygon:
    drawn = iter(_drawn(track, paths))
    polygons = []
    for polygon in shapes.polygons:
        rings = [np.concatenate([ring[:-1], ring[:1]]) for ring in (next(drawn) for _ in polygon)]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    area = shapely.MultiPolygon(polygons)
    if not shapely.is_valid(area):
        raise UnreadableError(
            f"the polygon cannot be: {_reason(area, centre_deg)}.",
            subject=name,
            remedy="Redraw it there: rings must not cross themselves, overlap or share an edge.",
        )
    shapely.prepare(area)
    return area


def _reason(area: shapely.MultiPolygon, centre_deg: Position) -> str:
    """GEOS' own reason, its spot turned back into degrees."""
    reason = shapely.is_valid_reason(area)
    spot = _SPOT.search(reason)
    if spot is None:
        return str(reason)
    lon_deg, lat_deg = from_plane(np.array([float(spot[1])]), np.array([float(spot[2])]), centre_deg=centre_deg)
    return f"{reason[: spot.start()].lower()} at ({lon_deg[0]:.6f}, {lat_deg[0]:.6f})"


def stretch(radius_m: Metres) -> npt.NDArray[np.float64]:
    """How many times too long the plane is at most within `radius_m` of its centre (decision 0008)."""
    turn = np.maximum(radius_m, 1.0) / _B_M
    return np.asarray(turn / np.sin(turn))


def candidates(track: Track, east_m: Metres, north_m: Metres, *, reach_m: float) -> tuple[Indices, Indices, Metres]:
    """Every edge that can be nearest to a point: sure to hold the nearest, mostly one or two a point.

    Args:
        track: what to search.
        east_m, north_m: shape (n,), metres in the plane of the geometry.
        reach_m: how far the geometry extends from its centre.

    Returns: point, edge, shape (k,), each pair once; and where on the edge to begin to look, metres along
        it.
    Limits: the farther a point is from the centre, the more pairs; beyond 9,000 km all edges.
    Source: decision 0008 has the proof.
    """
    spots = shapely.points(east_m, north_m)
    (asked, _), plane_m = track.tree.query_nearest(spots, return_distance=True, all_matches=False)
    nearest_m = np.empty(len(east_m))
    nearest_m[asked] = plane_m
    radius_m = np.maximum(np.hypot(east_m, north_m), reach_m)
    near = radius_m <= PRUNED_WITHIN_M
    within_m = np.where(near, stretch(np.where(near, radius_m, 1.0)) * nearest_m + SLACK_M, 1e9)
    point, piece = track.tree.query(spots, predicate="dwithin", distance=within_m)
    along_m, apart_m = _on_pieces(track, piece, east_m[point], north_m[point])
    edge = track.pieces.edge[piece]
    order = np.lexsort((apart_m, edge, point))
    point, edge, along_m = point[order], edge[order], along_m[order]
    kept = np.ones(len(point), dtype=bool)
    kept[1:] = (np.diff(point) != 0) | (np.diff(edge) != 0)
    return point[kept], edge[kept], along_m[kept]


def _on_pieces(track: Track, piece: Indices, east_m: Metres, north_m: Metres) -> tuple[Metres, Metres]:
    """Foot on each straight piece of the plane: metres along the edge, and how far it is."""
    run_e_m = track.east_m[piece, 1] - track.east_m[piece, 0]
    run_n_m = track.north_m[piece, 1] - track.north_m[piece, 0]
    to_e_m, to_n_m = east_m - track.east_m[piece, 0], north_m - track.north_m[piece, 0]
    square_m2 = np.maximum(run_e_m**2 + run_n_m**2, 1e-12)
    share = np.clip((to_e_m * run_e_m + to_n_m * run_n_m) / square_m2, 0.0, 1.0)
    apart_m = np.hypot(to_e_m - share * run_e_m, to_n_m - share * run_n_m)
    return track.pieces.from_m[piece] + share * track.pieces.length_m[piece], apart_m


def is_inside(geometry: Geometry, lon_deg: Degrees, lat_deg: Degrees) -> npt.NDArray[np.bool_]:
    """Whether each place lies in the area. Shape (n,), degrees. Limits: may err within 2 mm of an edge."""
    assert geometry.area is not None, "only an area has an inside"
    east_m, north_m = to_plane(lon_deg, lat_deg, centre_deg=geometry.centre_deg)
    return np.asarray(shapely.contains_xy(geometry.area, east_m, north_m))
