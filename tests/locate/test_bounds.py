"""How far a distance may be wrong: the place's error towards the line, the line's own, the kernel's."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.locate import Distances, Geometry
from truceline.locate.distance import KERNEL_MM

Ask = Callable[..., Distances]
Draw = Callable[..., Geometry]

NORTHWARD = ("LineString", [[37.0, 47.0], [37.0, 49.0]])


def east_of_line(distance_m: float) -> tuple[float, float]:
    end = Geodesic.WGS84.Direct(48.0, 37.0, 90.0, distance_m)
    return end["lon2"], end["lat2"]


def test_an_error_along_the_line_hardly_counts_and_across_it_counts_fully(draw: Draw, ask: Ask) -> None:
    geometry, place = draw("line", NORTHWARD), [east_of_line(10_000.0)]
    along = ask(geometry, place, cov_m2=(100.0, 0.0, 1e6))  # 10 m across, 1 km along
    across = ask(geometry, place, cov_m2=(1e6, 0.0, 100.0))
    assert 19_600 < along.bound_mm[0] < 25_000
    assert 1_959_000 < across.bound_mm[0] < 1_961_000


def test_a_correlated_error_counts_in_the_lines_direction(draw: Draw, ask: Ask) -> None:
    """An ellipse of 1 km by 10 m along a line that runs north-east, and the same ellipse across it."""
    end = Geodesic.WGS84.Direct(48.0, 37.0, 45.0, 50_000.0)
    geometry = draw("line", ("LineString", [[37.0, 48.0], [end["lon2"], end["lat2"]]]))
    middle = Geodesic.WGS84.Direct(48.0, 37.0, 45.0, 25_000.0)
    place = Geodesic.WGS84.Direct(middle["lat2"], middle["lon2"], 135.0, 5_000.0)
    half_m2, half_least_m2 = 1e6 / 2, 100.0 / 2
    along = (half_m2 + half_least_m2, half_m2 - half_least_m2, half_m2 + half_least_m2)
    across = (along[0], -along[1], along[2])
    assert ask(geometry, [(place["lon2"], place["lat2"])], cov_m2=along).bound_mm[0] < 60_000
    assert ask(geometry, [(place["lon2"], place["lat2"])], cov_m2=across).bound_mm[0] > 1_950_000


def test_the_bound_is_the_root_of_both_squares_rounded_outward_plus_the_kernel(draw: Draw, ask: Ask) -> None:
    found = ask(draw("line", NORTHWARD), [east_of_line(5_000.0)], cov_m2=(1e4, 0.0, 1e4), error_m=250.0)
    assert found.bound_mm[0] == math.ceil(math.hypot(1.96 * 100, 250) * 1000) + KERNEL_MM


@pytest.mark.parametrize(
    ("distance_m", "surely", "possibly"),
    [(24_900, True, True), (25_000, False, True), (25_100, False, False)],
)
def test_edges_of_a_25_km_rule(distance_m: float, surely: bool, possibly: bool, draw: Draw, ask: Ask) -> None:
    """24.9, 25.0 and 25.1 km with an error of 50 m (95 %)."""
    sigma_m = 50 / 1.96
    found = ask(draw("line", NORTHWARD), [east_of_line(distance_m)], cov_m2=(sigma_m**2, 0, sigma_m**2))
    assert found.distance_mm[0] == distance_m * 1000
    assert (found.distance_mm[0] + found.bound_mm[0] <= 25_000_000) is np.bool_(surely)
    assert (found.distance_mm[0] - found.bound_mm[0] <= 25_000_000) is np.bool_(possibly)


def test_beside_a_point_that_is_nearer_than_the_error_the_widest_direction_counts(draw: Draw, ask: Ask) -> None:
    """10 m east of a town, known to 10 m east-west but only to 5 km north-south: it may be 5 km away."""
    geometry = draw("line", ("Point", [37.0, 48.0]))
    found = ask(geometry, [east_of_line(10.0)], cov_m2=(25.0, 0.0, (5_000 / 1.96) ** 2))
    assert found.bound_mm[0] >= 5_000_000


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    lon_deg=st.floats(36.0, 38.0),
    lat_deg=st.floats(46.5, 49.5),
    spread_m=st.tuples(st.floats(0, 5_000), st.floats(0, 5_000), st.floats(-1, 1)),
    added_m=st.tuples(st.floats(0, 5_000), st.floats(0, 5_000), st.floats(-1, 1)),
    error_m=st.floats(0, 5_000),
)
def test_a_larger_error_never_gives_a_smaller_bound_or_a_surer_side(
    draw: Draw,
    ask: Ask,
    lon_deg: float,
    lat_deg: float,
    spread_m: tuple[float, float, float],
    added_m: tuple[float, float, float],
    error_m: float,
) -> None:
    geometry = draw("line", ("LineString", [[37.0, 47.0], [37.3, 48.0], [37.0, 49.0]]), ("Point", [37.6, 48.1]))
    first = covariance(spread_m)
    second = tuple(one + more for one, more in zip(first, covariance(added_m), strict=True))
    less = ask(geometry, [(lon_deg, lat_deg)], cov_m2=first, error_m=0.0)
    more = ask(geometry, [(lon_deg, lat_deg)], cov_m2=second, error_m=error_m)
    assert more.bound_mm[0] >= less.bound_mm[0]
    assert more.distance_mm[0] == less.distance_mm[0]
    assert more.side[0] in (0, less.side[0])


def covariance(spread_m: tuple[float, float, float]) -> tuple[float, float, float]:
    east_m, north_m, correlation = spread_m
    return east_m**2, correlation * east_m * north_m, north_m**2


def test_one_place_in_twenty_falls_outside_its_bound_no_more_and_no_fewer(draw: Draw, ask: Ask) -> None:
    """Both ways: a bound too wide is as wrong as one too narrow. 4,000 draws: 95 % ± 1 %."""
    geometry, chance = draw("line", NORTHWARD), np.random.default_rng(11)
    cov = np.array([[4e4, 3e4], [3e4, 9e4]])
    true_lon, true_lat = east_of_line(8_000.0)
    offsets_m = chance.multivariate_normal([0, 0], cov, 4_000)
    metre = Geodesic.WGS84.Direct(true_lat, true_lon, 0, 1.0)["lat2"] - true_lat
    wide = Geodesic.WGS84.Direct(true_lat, true_lon, 90, 1.0)["lon2"] - true_lon
    seen = np.stack([true_lon + offsets_m[:, 0] * wide, true_lat + offsets_m[:, 1] * metre], axis=1)
    found = ask(geometry, seen, cov_m2=(4e4, 3e4, 9e4))
    inside = np.abs(found.distance_mm - 8_000_000) <= found.bound_mm
    assert 0.94 < inside.mean() < 0.96
