"""Distances against GeographicLib: every edge searched by golden section, with no code of ours."""

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from truceline.locate import Distances, Geometry, read_geometry, signed_distance
from truceline.locate.distance import FAR_KERNEL_MM, KERNEL_MM

Ask = Callable[..., Distances]
Draw = Callable[..., Geometry]

WGS84 = Geodesic.WGS84
GOLDEN = (math.sqrt(5) - 1) / 2
KERNEL_M = 0.001  # promised: 10 mm with rounding; found: far below
REAL_LINE = Path(__file__).parents[2].parent / "shared/data/control/line_of_contact_pre2022.geojson"


def least_m(path: list[tuple[float, float]], lon_deg: float, lat_deg: float) -> float:
    """Least distance from a place to a path of geodesics: every edge that can be nearest is searched."""
    to_m = [WGS84.Inverse(lat, lon, lat_deg, lon_deg)["s12"] for lon, lat in path]
    best_m = min(to_m)
    for at, (one, other) in enumerate(itertools.pairwise(path)):
        length_m = WGS84.Inverse(one[1], one[0], other[1], other[0])["s12"]
        if min(to_m[at], to_m[at + 1]) - length_m <= best_m:
            best_m = min(best_m, edge_m(one, other, lon_deg, lat_deg))
    return best_m


def edge_m(one: tuple[float, float], other: tuple[float, float], lon_deg: float, lat_deg: float) -> float:
    line = WGS84.InverseLine(one[1], one[0], other[1], other[0])

    def at(along_m: float) -> float:
        foot = line.Position(along_m)
        return float(WGS84.Inverse(foot["lat2"], foot["lon2"], lat_deg, lon_deg)["s12"])

    low, high = 0.0, line.s13
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = at(left), at(right)
    while high - low > 1e-4:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = at(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = at(right)
    return min(at_left, at_right, at(0.0), at(line.s13))


def random_path(chance: np.random.Generator, edges: int) -> list[tuple[float, float]]:
    """A path within 80 degrees of latitude; edges of 10 m to 300 km that bend by up to 50 degrees."""
    while True:
        lat_deg, lon_deg, course_deg = (
            chance.uniform(-80, 80),
            chance.uniform(-150, 150),
            chance.uniform(0, 360),
        )
        path = [(lon_deg, lat_deg)]
        for _ in range(edges):
            end = WGS84.Direct(lat_deg, lon_deg, course_deg, 10 ** chance.uniform(1, math.log10(300_000)))
            lat_deg, lon_deg, course_deg = end["lat2"], end["lon2"], course_deg + chance.uniform(-50, 50)
            path.append((lon_deg, lat_deg))
        if max(abs(lat) for _, lat in path) <= 80 and max(abs(lon) for lon, _ in path) < 170:
            return path


def place_near(chance: np.random.Generator, path: list[tuple[float, float]], most_m: float) -> tuple[float, float]:
    edge = int(chance.integers(len(path) - 1))
    line = WGS84.InverseLine(path[edge][1], path[edge][0], path[edge + 1][1], path[edge + 1][0])
    foot = line.Position(chance.uniform() * line.s13)
    place = WGS84.Direct(foot["lat2"], foot["lon2"], chance.uniform(0, 360), most_m * chance.uniform() ** 3)
    return place["lon2"], place["lat2"]


@pytest.mark.parametrize("most_m", [1_000.0, 300_000.0, 4_500_000.0])
def test_distances_agree_with_geographiclib(most_m: float, draw: Draw, ask: Ask) -> None:
    chance = np.random.default_rng(int(most_m))
    worst_mm = 0.0
    for _ in range(40):
        path = random_path(chance, edges=3)
        place = place_near(chance, path, most_m)
        found = ask(draw("line", ("LineString", path)), [place])
        worst_mm = max(worst_mm, abs(found.distance_mm[0] - least_m(path, *place) * 1000))
    assert worst_mm <= 0.5 + 1000 * KERNEL_M, f"worst error {worst_mm} mm, rounding included"
    assert worst_mm <= KERNEL_MM


def test_azimuths_point_to_the_nearest_foot(draw: Draw, ask: Ask) -> None:
    chance = np.random.default_rng(5)
    for _ in range(30):
        path = random_path(chance, edges=2)
        lon_deg, lat_deg = place_near(chance, path, 50_000.0)
        found = ask(draw("line", ("LineString", path)), [(lon_deg, lat_deg)])
        foot = WGS84.Direct(lat_deg, lon_deg, found.azimuth_deg[0], found.distance_mm[0] / 1000)
        assert least_m(path, foot["lon2"], foot["lat2"]) < 0.01


def test_the_search_never_misses_the_nearest_of_many_edges(draw: Draw, ask: Ask) -> None:
    """A circle of 1,400 km: all edges are almost equally far, and the plane is stretched most."""
    ring = [WGS84.Direct(48.0, 37.0, angle, 1_400_000.0) for angle in np.linspace(0, 350, 36)]
    path = [(float(end["lon2"]), float(end["lat2"])) for end in ring]
    geometry = draw("line", ("LineString", path))
    chance = np.random.default_rng(3)
    places = [WGS84.Direct(48.0, 37.0, chance.uniform(0, 360), chance.uniform(0, 3e6)) for _ in range(8)]
    at = [(place["lon2"], place["lat2"]) for place in places]
    found = ask(geometry, at)
    for place, distance_mm in zip(at, found.distance_mm, strict=True):
        assert abs(distance_mm - least_m(path, *place) * 1000) <= KERNEL_MM


def test_an_edge_that_only_seems_farther_in_the_plane_is_found(draw: Draw, ask: Ask) -> None:
    """1,500 km from the centre the plane is 0.9 % too long across the ray: 99.5 km look like 100.4 km."""
    place = (13.5, 0.0)
    west = WGS84.Direct(0.0, 13.5, 270.0, 100_000.0)["lon2"]
    north = WGS84.Direct(0.0, 13.5, 0.0, 99_500.0)["lat2"]
    along_the_ray, across_it = [[west, -0.1], [west, 0.1]], [[13.4, north], [13.6, north]]
    balance = [[-13.6, -north], [-13.4, -north]]
    found = ask(draw("line", ("MultiLineString", [along_the_ray, across_it, balance])), [place])
    assert abs(found.distance_mm[0] - least_m([(13.4, north), (13.6, north)], *place) * 1000) <= KERNEL_MM
    assert found.distance_mm[0] < 99_501_000


def test_far_beyond_any_limit_the_promise_is_coarse_and_says_so(draw: Draw, ask: Ask) -> None:
    geometry = draw("line", ("LineString", [[37, 47], [38, 48]]))
    found = ask(geometry, [(-60.0, -30.0), (-143.0, -47.0)])
    assert (found.bound_mm >= FAR_KERNEL_MM).all()
    for place, distance_mm in zip([(-60.0, -30.0), (-143.0, -47.0)], found.distance_mm, strict=True):
        assert abs(distance_mm - least_m([(37, 47), (38, 48)], *place) * 1000) <= FAR_KERNEL_MM


def test_edges_straight_in_degrees_are_followed_not_cut_short(draw: Draw, ask: Ask) -> None:
    """On the 60th parallel the shortest way from 10 to 14 degrees east bends 1.7 km to the north."""
    path = ("LineString", [[10, 60], [14, 60]])
    on_the_parallel = [(float(lon), 60.0) for lon in np.linspace(10.1, 13.9, 60)]
    planar = ask(draw("line", path, edge_kind="planar_lonlat"), on_the_parallel)
    geodesic = ask(draw("line", path), on_the_parallel)
    assert planar.distance_mm.max() <= 6, "short geodesics stay within 5 mm of the edge"
    assert 1_600_000 < geodesic.distance_mm.max() < 1_800_000


@pytest.mark.parametrize(
    "ends", [((10, 79), (12, 79)), ((10, 70), (14, 72)), ((-5, -60), (-4, -50)), ((1, -2), (3, 5))]
)
def test_planar_edges_hold_their_five_millimetres_at_any_slope(ends: Any, draw: Draw, ask: Ask) -> None:
    (lon_1, lat_1), (lon_2, lat_2) = ends
    share = np.random.default_rng(8).uniform(0, 1, 400)
    places = np.stack([lon_1 + share * (lon_2 - lon_1), lat_1 + share * (lat_2 - lat_1)], axis=1)
    found = ask(draw("line", ("LineString", [list(end) for end in ends]), edge_kind="planar_lonlat"), places)
    assert found.distance_mm.max() <= 6


@pytest.mark.skipif(not REAL_LINE.exists(), reason="the line of February 2022 is not part of this repository")
def test_the_real_line_of_contact_is_read_and_measured() -> None:
    content = REAL_LINE.read_bytes()
    geometry = read_geometry(content, name=REAL_LINE.name, kind="line", edge_kind="geodesic")
    path = [tuple(at) for at in json.loads(content)["features"][0]["geometry"]["coordinates"]]
    donetsk, kramatorsk = (37.8028, 48.0159), (37.5843, 48.7389)
    at = np.array([donetsk, kramatorsk])
    found = signed_distance(at[:, 0], at[:, 1], geometry, cov_m2=np.zeros((2, 3)), error_m=0.0)
    for place, distance_mm in zip((donetsk, kramatorsk), found.distance_mm, strict=True):
        assert abs(distance_mm - least_m(path, *place) * 1000) <= KERNEL_MM
    assert found.side[0] == -found.side[1] != 0, "the two towns were on different sides"
