"""From what a mandate names on the ground to what can be measured against; how far parties' baselines lie apart."""

from collections.abc import Mapping

import numpy as np

from truceline.base.errors import MandateNameError, UnreadableError
from truceline.base.units import MM_PER_M
from truceline.locate.distance import signed_distance
from truceline.locate.edges import PIECE_M, pieces_of
from truceline.locate.geometry import FeatureKind, read_geometry
from truceline.locate.place import Feature
from truceline.model.mandate import Line, Mandate, Zone
from truceline.model.remark import Apart
from truceline.terms.rules import drawings_of


def features_of(mandates: tuple[Mandate, ...], geometry: Mapping[str, bytes]) -> tuple[Feature, ...]:
    """Every drawing of every line and zone of every mandate, once; one name means one thing throughout a mission.

    A later drawing is a feature of its own, called as `terms.rules.drawings_of` says (`contact@2`): subjects are placed
    against each, and whoever judges takes the one in force.

    Args:
        mandates: their lines and zones name files and state errors.
        geometry: the mission's GeoJSON files, bytes by path.

    Raises: MandateNameError: one name, two meanings. UnreadableError, OutOfRangeError: a file is missing or cannot be
        a line or zone.
    """
    declared: dict[str, tuple[Line | Zone, str]] = {}
    features = []
    for mandate in mandates:
        for item in mandate.features:
            edges = mandate.header.edges
            known, known_edges = declared.setdefault(item.name, (item, edges))
            if _meaning(known, known_edges) != _meaning(item, edges):
                here, there = (
                    f"{_words(each)} with {kind} edges" if edges != known_edges else _words(each)
                    for each, kind in ((item, edges), (known, known_edges))
                )
                raise MandateNameError(
                    f"{item.name!r} is {here} here and {there} in another mandate of this mission.",
                    subject=f"{mandate.name}, line {item.line}",
                    remedy="Give one of them another name"
                    + (", or both mandates the same edges." if edges != known_edges else "."),
                )
            if known is item:
                features += _drawn(item, mandate, geometry)
    return tuple(features)


def _drawn(item: Line | Zone, mandate: Mandate, geometry: Mapping[str, bytes]) -> list[Feature]:
    """One feature for each drawing of a line or zone."""
    kind: FeatureKind = "line" if isinstance(item, Line) else "zone"
    features = []
    for drawing in drawings_of(item):
        if drawing.path not in geometry:
            raise UnreadableError(
                f"{drawing.path} is not in the mission folder.",
                subject=f"{mandate.name}, line {item.line}",
                remedy="Put the GeoJSON file there, or mend the path.",
            )
        shape = read_geometry(geometry[drawing.path], name=drawing.path, kind=kind, edge_kind=mandate.header.edges)
        features.append(Feature(name=drawing.feature, kind=kind, geometry=shape, error_m=float(item.error_m)))
    return features


def _meaning(item: Line | Zone, edges: str) -> tuple[object, ...]:
    return type(item), item.error_m, drawings_of(item), edges


def _words(item: Line | Zone) -> str:
    return ", then ".join([item.path, *(each.path for each in item.later)])


def divergences_of(mandate: Mandate, geometry: Mapping[str, bytes]) -> dict[tuple[str, str], tuple[Apart, ...]]:
    """How far the baselines of any two parties lie apart, by the names of both lines; only lines that are drawn.

    Of a line that is drawn anew later, the first drawing counts.

    Args:
        geometry: GeoJSON files, bytes by path.

    Raises: UnreadableError, OutOfRangeError: a file that is there and is no line.
    """
    wanted = {party.baseline for party in mandate.parties if party.baseline}
    lines = [line for line in mandate.lines if line.name in wanted and line.path in geometry]
    if len(lines) < 2:
        return {}
    drawn = [_feature(line, mandate, geometry) for line in lines]
    return {(one.name, other.name): divergence(one, other) for one in drawn for other in drawn if one is not other}


def _feature(line: Line, mandate: Mandate, geometry: Mapping[str, bytes]) -> Feature:
    shape = read_geometry(geometry[line.path], name=line.path, kind="line", edge_kind=mandate.header.edges)
    return Feature(name=line.name, kind="line", geometry=shape, error_m=float(line.error_m))


def divergence(one: Feature, other: Feature) -> tuple[Apart, ...]:
    """Where `other` lies farthest to the left of `one`, and farthest to the right of it; neither where they agree.

    Args:
        one, other: `one` has a course (points alone have no side, and give nothing); points of `other` count too.

    Returns: at most one place for each side, where the distance exceeds what both lines' errors explain.
    Limits: `other` is looked at every 500 m, so a place between may lie up to 250 m farther off; `bound_m` holds
        that, the kernel's error and both lines' own.
    """
    if one.geometry.track is None:
        return ()
    tracks = [track for track in (other.geometry.track, other.geometry.points) if track is not None]
    pieces = [pieces_of(track.edges) for track in tracks]
    lon_deg = np.concatenate([part for each in pieces for part in (each.lon_deg, each.end_lon_deg)])
    lat_deg = np.concatenate([part for each in pieces for part in (each.lat_deg, each.end_lat_deg)])
    still = np.zeros((len(lon_deg), 3))
    found = signed_distance(lon_deg, lat_deg, one.geometry, cov_m2=still, error_m=one.error_m)
    bound_mm = found.bound_mm + round((other.error_m + PIECE_M / 2) * MM_PER_M)
    places = []
    for side in (1, -1):
        beyond = np.where((found.side == side) & (found.distance_mm > bound_mm), found.distance_mm, -1)
        if beyond.size and beyond.max() > 0:
            at = int(beyond.argmax())
            places.append(
                Apart(
                    lon_mdeg=round(float(lon_deg[at]) * 1_000),
                    lat_mdeg=round(float(lat_deg[at]) * 1_000),
                    side=side,
                    distance_m=int(beyond[at]) // MM_PER_M,
                    bound_m=-(-int(bound_mm[at]) // MM_PER_M),
                )
            )
    return tuple(places)
