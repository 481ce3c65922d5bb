"""What a geometry file may not be, and what the person is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, OutOfRangeError, UnreadableError
from truceline.locate import Geometry, read_geometry

Draw = Callable[..., Geometry]

SQUARE = [[36, 47], [38, 47], [38, 49], [36, 49], [36, 47]]

REFUSED: list[tuple[str, str, str, Any, type[InputError], str]] = [
    ("nothing drawn", "line", "LineString", [], UnreadableError, "no coordinates"),
    ("one vertex", "line", "LineString", [[37, 48]], UnreadableError, "1 positions, not 2"),
    ("a curve", "line", "Circle", [37, 48], UnreadableError, "'Circle'"),
    ("a line as a zone", "zone", "LineString", [[37, 48], [38, 48]], UnreadableError, "lines or points"),
    ("latitude 95", "line", "LineString", [[37, 48], [38, 95]], OutOfRangeError, "vertex 2"),
    ("a pole", "line", "LineString", [[37, 48], [38, 89]], OutOfRangeError, "not between -85 and 85"),
    ("longitude 181", "line", "LineString", [[181, 48], [38, 48]], OutOfRangeError, "longitude 181"),
    ("a word", "line", "LineString", [[37, 48], ["38", 48]], UnreadableError, "no number"),
    ("a truth value", "line", "LineString", [[37, 48], [True, 48]], UnreadableError, "no number"),
    ("not a number", "line", "LineString", [[37, 48], [float("nan"), 48]], OutOfRangeError, "nan"),
    ("infinite", "line", "LineString", [[37, 48], [float("inf"), 48]], OutOfRangeError, "inf"),
    ("a pair without end", "line", "LineString", [[37, 48], [38]], UnreadableError, "no position"),
    ("an open ring", "zone", "Polygon", [[*SQUARE[:-1], [36, 47.1]]], UnreadableError, "Close it"),
    (
        "a bow tie",
        "zone",
        "Polygon",
        [[[36, 47], [38, 49], [38, 47], [36, 49], [36, 47]]],
        UnreadableError,
        "(37.0",
    ),
    ("twice the same", "line", "LineString", [[37, 48], [38, 48], [38, 48]], UnreadableError, "same place"),
    ("a loop", "line", "LineString", [[36, 48], [38, 48], [38, 49], [37, 47]], UnreadableError, "crosses"),
    ("the date line", "line", "LineString", [[179, 48], [-179, 48]], OutOfRangeError, "antimeridian"),
    ("too long", "line", "LineString", [[0, 48], [60, 48]], OutOfRangeError, "2000 km"),
    ("overlapping parts", "zone", "MultiPolygon", [[SQUARE], [SQUARE]], UnreadableError, "cannot be"),
]


@pytest.mark.parametrize(
    ("kind", "type_", "coordinates", "error", "words"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
def test_a_geometry_that_cannot_be_is_refused_with_what_to_mend(
    kind: str, type_: str, coordinates: Any, error: type[InputError], words: str, draw: Draw
) -> None:
    with pytest.raises(error) as refused:
        draw(kind, (type_, coordinates))
    assert words in str(refused.value)
    assert "test.geojson" in refused.value.subject
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1, 2]",
        b"{}",
        b"[" * 100_000,
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null}]}',
    ],
)
def test_bytes_that_are_no_geojson_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_geometry(content, name="x", kind="line", edge_kind="geodesic")


def test_another_reference_system_is_refused_and_wgs84_by_name_is_not() -> None:
    file: dict[str, Any] = {"type": "LineString", "coordinates": [[37, 48], [38, 48]]}
    file["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28406"}}
    with pytest.raises(UnreadableError, match="reference system"):
        read_geometry(json.dumps(file).encode(), name="x", kind="line", edge_kind="geodesic")
    file["crs"]["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"
    read_geometry(json.dumps(file).encode(), name="x", kind="line", edge_kind="geodesic")


def test_the_spot_of_a_crossing_is_named_in_degrees(draw: Draw) -> None:
    with pytest.raises(UnreadableError, match=r"near \(37\.(48|50)"):
        draw("line", ("LineString", [[36, 48], [38, 48], [38, 49], [37, 47]]))


def test_lines_and_areas_are_not_mixed(draw: Draw) -> None:
    with pytest.raises(UnreadableError, match="mixes"):
        draw("line", ("Polygon", [SQUARE]), ("LineString", [[40, 47], [41, 48]]))


def test_a_geometry_is_known_by_the_hash_of_its_bytes() -> None:
    content = json.dumps({"type": "Point", "coordinates": [37, 48, 120.5]}).encode()
    one, other = (read_geometry(content, name=name, kind="line", edge_kind="geodesic") for name in ("a", "b"))
    assert one == other
    assert one.sha256 == sha256_hex(content)
    assert one.shapes.points == ((37.0, 48.0),), "the altitude is dropped"
