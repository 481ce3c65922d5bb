"""Reads the bytes of a GeoJSON file into bare positions. Knows nothing of lines of contact or ellipsoids.

Properties are ignored: how far a line may be wrong is stated by the mandate, not by the file.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from truceline.base.errors import OutOfRangeError, UnreadableError

Position = tuple[float, float]  # longitude, latitude, degrees, WGS 84
Path = tuple[Position, ...]

LATITUDE_MOST_DEG = 85.0  # nearer to a pole degrees of longitude lose their meaning
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """All that one file draws, in its order. A polygon is its outer ring, then its holes, all closed."""

    lines: tuple[Path, ...]
    polygons: tuple[tuple[Path, ...], ...]
    points: tuple[Position, ...]


def parse_geojson(content: bytes, *, name: str) -> Shapes:
    """What the file draws.

    Args:
        content: the file's bytes: a FeatureCollection, a Feature or a bare geometry in WGS 84 degrees.
        name: what to call the file in an error.

    Raises: UnreadableError (no GeoJSON, empty, another datum, a type that is no place, an open ring);
        OutOfRangeError (not a number, out of range, an edge across the antimeridian).
    Limits: altitudes are dropped; GeometryCollection is refused.
    Source: RFC 7946.
    """
    root = _loaded(content, name)
    _refuse_other_datum(root, name)
    lines: list[Path] = []
    polygons: list[tuple[Path, ...]] = []
    points: list[Position] = []
    for geometry, subject in _geometries(root, name):
        for kind, coordinates in _singles(geometry, subject):
            if kind == "Point":
                points.append(_position(coordinates, subject))
            elif kind == "LineString":
                lines.append(_path(coordinates, subject, least=2))
            else:
                polygons.append(_rings(coordinates, subject))
    if not (lines or polygons or points):
        _refuse("it draws nothing.", name, "Put at least one line, polygon or point into the file.")
    return Shapes(lines=tuple(lines), polygons=tuple(polygons), points=tuple(points))


def _refuse(problem: str, subject: str, remedy: str) -> NoReturn:
    raise UnreadableError(problem, subject=subject, remedy=remedy)


def _loaded(content: bytes, name: str) -> dict[str, object]:
    try:
        root = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(
            f"it is no JSON: {error}.", subject=name, remedy="Export the line or zone as GeoJSON, UTF-8."
        ) from None
    if not isinstance(root, dict):
        _refuse(
            "it is JSON but no GeoJSON object.",
            name,
            "Export the line or zone as a GeoJSON FeatureCollection.",
        )
    return root


def _refuse_other_datum(root: dict[str, object], name: str) -> None:
    """RFC 7946, 4: WGS 84 only; older files may name another reference system in `crs`."""
    stated = root.get("crs")
    if stated is not None and not any(known in json.dumps(stated) for known in _WGS84_NAMES):
        _refuse(
            f"its coordinates are in another reference system: {json.dumps(stated)[:120]}.",
            name,
            "Convert the file to WGS 84 longitude and latitude (EPSG:4326).",
        )


def _geometries(root: dict[str, object], name: str) -> Iterator[tuple[dict[str, object], str]]:
    """Each geometry with its name for messages; features count from 1."""
    if root.get("type") != "FeatureCollection":
        yield _object(root.get("geometry") if root.get("type") == "Feature" else root, name), name
        return
    features = root.get("features")
    if not isinstance(features, list):
        _refuse("it is a FeatureCollection without a list of features.", name, "Export it again.")
    for number, feature in enumerate(features, start=1):
        subject = f"{name}, feature {number}"
        yield _object(_object(feature, subject).get("geometry"), subject), subject


def _object(value: object, subject: str) -> dict[str, object]:
    if not isinstance(value, dict):
        _refuse("it has no geometry.", subject, "Draw the feature or delete it.")
    return value


def _singles(geometry: dict[str, object], subject: str) -> Iterator[tuple[str, object]]:
    """A geometry as its single parts: a MultiPolygon as Polygons, and so on."""
    kind = str(geometry.get("type"))
    if kind.removeprefix("Multi") not in ("Point", "LineString", "Polygon"):
        _refuse(
            f"{kind!r} draws no line, zone or point.",
            subject,
            "Use (Multi)LineString, (Multi)Polygon or (Multi)Point.",
        )
    coordinates = geometry.get("coordinates")
    parts = _list(coordinates, subject) if kind.startswith("Multi") else [coordinates]
    for part in parts:
        yield kind.removeprefix("Multi"), part


def _list(value: object, subject: str) -> list[object]:
    if not isinstance(value, list) or not value:
        _refuse("it has no coordinates.", subject, "Draw the feature or delete it.")
    return value


def _rings(coordinates: object, subject: str) -> tuple[Path, ...]:
    rings = []
    for number, part in enumerate(_list(coordinates, subject), start=1):
        ring = _path(part, f"{subject}, ring {number}", least=4)
        if ring[0] != ring[-1]:
            _refuse(
                f"the ring begins at {ring[0]} and ends at {ring[-1]}.",
                f"{subject}, ring {number}",
                "Close it: repeat the first position at the end.",
            )
        rings.append(ring)
    return tuple(rings)


def _path(coordinates: object, subject: str, *, least: int) -> Path:
    found = _list(coordinates, subject)
    path = tuple(_position(value, f"{subject}, vertex {number}") for number, value in enumerate(found, start=1))
    if len(path) < least:
        _refuse(f"it has {len(path)} positions, not {least} or more.", subject, "Complete it or delete it.")
    for number, (one, other) in enumerate(itertools.pairwise(path), start=1):
        if abs(one[0] - other[0]) > 180.0:
            raise OutOfRangeError(
                f"the edge from {one} to {other} crosses the antimeridian.",
                subject=f"{subject}, vertex {number}",
                remedy="Such lines are not supported: cut it at longitude 180 and use the part that matters.",
            )
    return path


def _position(value: object, subject: str) -> Position:
    if not isinstance(value, list) or len(value) < 2:
        _refuse(f"{value!r} is no position.", subject, "Write [longitude, latitude].")
    lon_deg, lat_deg = value[0], value[1]
    for number, most_deg, name in ((lon_deg, 180.0, "longitude"), (lat_deg, LATITUDE_MOST_DEG, "latitude")):
        if isinstance(number, bool) or not isinstance(number, int | float):
            _refuse(f"the {name} {number!r} is no number.", subject, "Write [longitude, latitude].")
        if not -most_deg <= number <= most_deg:
            raise OutOfRangeError(
                f"the {name} {number} is not between -{most_deg:.0f} and {most_deg:.0f} degrees.",
                subject=subject,
                remedy="Write [longitude, latitude] in WGS 84 degrees; a swapped pair is the usual cause.",
            )
    return float(lon_deg), float(lat_deg)
