"""GeoJSON to raw rows: one for each feature, its properties and its point or polygon (RFC 7946)."""

import json
from collections.abc import Iterator

from truceline.base.errors import InputError
from truceline.model.mission import Feed
from truceline.observe.objects import TWICE, document_of, members
from truceline.observe.raw import RawRow, decoded, need_columns, plain
from truceline.observe.reasons import refusal, shown, shown_value

GEOMETRY_LON, GEOMETRY_LAT = "@lon", "@lat"  # a point's place, beside the properties
GEOMETRY_RING = "@ring"  # a polygon's, where the rows can have one
_GEOMETRY = (GEOMETRY_LON, GEOMETRY_LAT, GEOMETRY_RING)
_DECODER = json.JSONDecoder(object_pairs_hook=members)


def geojson_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each feature once, in its order. Raises InputError for a fault of the whole file; other geometry than a
    point, or a polygon where a ring is wanted, is a fault of its feature. A property counts as a column if any feature
    has it.
    """
    collection = document_of(decoded(content, feed.encoding), _DECODER)
    features = collection.get("features") if isinstance(collection, dict) else None
    if (
        not isinstance(collection, dict)
        or collection.get("type") != "FeatureCollection"
        or not isinstance(features, list)
    ):
        raise refusal("not-a-feature-collection", "no FeatureCollection with a list of features.", subject="file")
    crs = json.dumps(collection.get("crs"))
    if crs != "null" and not any(name in crs for name in ("CRS84", "EPSG::4326", "EPSG:4326")):
        raise refusal("not-wgs84", f"declares the reference system {shown(crs)}.", subject="file")
    present = [name for feature in features if isinstance(feature, dict) for name in _properties(feature)]
    if features:
        need_columns([*dict.fromkeys(present), *_GEOMETRY], wanted)
    for number, feature in enumerate(features, start=1):
        try:
            yield f"feature {number}", _feature_texts(feature, wanted)
        except InputError as fault:
            yield f"feature {number}", fault


def _properties(feature: dict[str, object]) -> dict[str, object]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _feature_texts(feature: object, wanted: tuple[str, ...]) -> dict[str, str]:
    """One feature's wanted properties, and its geometry. A feature without a geometry has no place."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise refusal("not-a-feature", f"{shown_value(feature)} is no Feature.", subject="feature")
    properties = _properties(feature)
    if TWICE in feature or TWICE in properties:
        raise refusal("duplicate-column", "names one of its members twice.", subject="feature")
    texts = {name: plain(properties.get(name)) for name in wanted if name not in _GEOMETRY}
    geometry = feature.get("geometry")
    if geometry is None:
        return texts
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "Polygon" and GEOMETRY_RING in wanted:
        return texts | {GEOMETRY_RING: _ring_of(coordinates)}
    if kind != "Point":
        raise refusal("geometry-not-a-point", f"the geometry is {shown(str(kind))}.", subject="feature")
    lon, lat = _position_of(coordinates)
    return texts | {GEOMETRY_LON: lon, GEOMETRY_LAT: lat}


def _ring_of(coordinates: object) -> str:
    """A polygon's ring as a feed of another format would write it."""
    rings = coordinates if isinstance(coordinates, list) else []
    if len(rings) != 1 or not isinstance(rings[0], list):
        raise refusal("unreadable-ring", f"a polygon of {len(rings)} rings, not of one.", subject="ring")
    return ", ".join(" ".join(_position_of(position)) for position in rings[0])


def _position_of(position: object) -> tuple[str, str]:
    if not isinstance(position, list) or len(position) < 2:
        raise refusal("geometry-not-a-point", f"{shown_value(position)} is no position.", subject="feature")
    return plain(position[0]), plain(position[1])
