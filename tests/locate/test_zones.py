"""Zones and areas: inside, outside, holes, edges."""

from collections.abc import Callable

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from truceline.locate import Distances, Geometry

Ask = Callable[..., Distances]
Draw = Callable[..., Geometry]

OUTER = [[36.0, 47.0], [38.0, 47.0], [38.0, 49.0], [36.0, 49.0], [36.0, 47.0]]
HOLE = [[36.8, 47.8], [36.8, 48.2], [37.2, 48.2], [37.2, 47.8], [36.8, 47.8]]


@pytest.mark.parametrize("edge_kind", ["geodesic", "planar_lonlat"])
def test_a_hole_is_outside_and_its_rim_is_an_edge(edge_kind: str, draw: Draw, ask: Ask) -> None:
    zone = draw("zone", ("Polygon", [OUTER, HOLE]), edge_kind=edge_kind)
    found = ask(zone, [(36.4, 48.0), (37.0, 48.0), (35.5, 48.0), (36.81, 48.0)])
    assert found.side.tolist() == [1, -1, -1, -1]
    to_rim_mm = Geodesic.WGS84.Inverse(48.0, 36.81, 48.0, 36.8)["s12"] * 1000
    assert abs(found.distance_mm[3] - to_rim_mm) <= 10


def test_a_zone_may_have_several_parts(draw: Draw, ask: Ask) -> None:
    east = [[lon + 3, lat] for lon, lat in OUTER]
    zone = draw("zone", ("MultiPolygon", [[OUTER], [east]]))
    assert ask(zone, [(37.0, 48.0), (40.0, 48.0), (38.5, 48.0)]).side.tolist() == [1, 1, -1]


def test_zones_that_touch_at_a_vertex_lose_no_side(draw: Draw, ask: Ask) -> None:
    east = [[lon - 2, lat - 2] for lon, lat in OUTER]
    zone = draw("zone", ("Polygon", [OUTER]), ("Polygon", [east]))
    assert ask(zone, [(36.1, 47.1), (35.9, 46.9), (36.1, 46.9)]).side.tolist() == [1, 1, -1]


def test_near_the_edge_by_less_than_the_error_membership_is_undetermined(draw: Draw, ask: Ask) -> None:
    zone = draw("zone", ("Polygon", [OUTER]))
    found = ask(zone, [(36.01, 48.0), (36.1, 48.0), (35.99, 48.0)], cov_m2=(25e4, 0, 25e4))
    assert found.side.tolist() == [0, 1, 0]


def test_an_edge_bends_as_stated(draw: Draw, ask: Ask) -> None:
    """The shortest way from 36 to 38 east passes north of the middle of the 49th parallel."""
    between = [(37.0, 49.002)]
    assert ask(draw("zone", ("Polygon", [OUTER])), between).side.tolist() == [1]
    planar = draw("zone", ("Polygon", [OUTER]), edge_kind="planar_lonlat")
    assert ask(planar, between).side.tolist() == [-1]


def test_membership_agrees_with_the_side_of_the_nearest_edge(draw: Draw, ask: Ask) -> None:
    """Two ways to the same answer: even-odd in the plane, and left of a ring walked counter-clockwise."""
    chance = np.random.default_rng(4)
    angles = np.sort(chance.uniform(0, 2 * np.pi, 30))
    reach = chance.uniform(0.3, 1.0, 30)
    ring = np.stack([37 + 2 * reach * np.cos(angles), 48 + reach * np.sin(angles)], axis=1).tolist()
    ring.append(ring[0])
    places = np.stack([chance.uniform(34, 40, 1000), chance.uniform(46.5, 49.5, 1000)], axis=1)
    by_zone = ask(draw("zone", ("Polygon", [ring])), places)
    by_line = ask(draw("line", ("LineString", ring)), places)
    assert (by_zone.side == by_line.side).all()
    assert (by_zone.distance_mm == by_line.distance_mm).all()


def test_inside_an_area_that_serves_as_a_line_the_distance_is_nothing(draw: Draw, ask: Ask) -> None:
    area = draw("line", ("Polygon", [OUTER]))
    found = ask(area, [(37.0, 48.0), (36.01, 48.0), (35.0, 48.0)], cov_m2=(25e4, 0, 25e4))
    edge = ask(
        draw("zone", ("Polygon", [OUTER])),
        [(37.0, 48.0), (36.01, 48.0), (35.0, 48.0)],
        cov_m2=(25e4, 0, 25e4),
    )
    assert found.distance_mm.tolist() == [0, 0, edge.distance_mm[2]]
    assert found.side.tolist() == [1, 0, -1]
    assert found.bound_mm[0] == 10, "deep inside it is surely no distance at all"
    assert found.bound_mm[1] == edge.bound_mm[1] - edge.distance_mm[1], "as far out as it may be"
