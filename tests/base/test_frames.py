"""Local east/north frames against GeographicLib, within the limits that they state."""

import itertools
import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.base.errors import OutOfRangeError
from truceline.base.frames import LocalFrame, apart_m

WGS84 = Geodesic.WGS84


def spots(lat_deg: float, count: int = 150) -> list[tuple[float, float, float]]:
    """Places about (37, lat): longitude, latitude, geodesic metres from there; half of them near the rim."""
    chance = np.random.default_rng(round(lat_deg) + 90)
    found = []
    for number in range(count):
        distance_m = 49_900.0 if number % 2 else float(chance.uniform(10, 49_900))
        end = WGS84.Direct(lat_deg, 37.0, chance.uniform(0, 360), distance_m)
        found.append((end["lon2"], end["lat2"], distance_m))
    return found


@pytest.mark.parametrize("lat_deg", [-70.0, -35.0, 0.0, 30.0, 48.0, 60.0, 70.0])
def test_distance_from_the_origin_is_true_within_four_parts_in_100000(lat_deg: float) -> None:
    frame = LocalFrame(name="test", origin_lon_deg=37.0, origin_lat_deg=lat_deg)
    for lon, lat, distance_m in spots(lat_deg):
        assert math.hypot(*frame.to_local(lon, lat)) == pytest.approx(distance_m, rel=4e-5)


def test_the_error_falls_towards_the_origin() -> None:
    frame = LocalFrame(name="test", origin_lon_deg=37.0, origin_lat_deg=70.0)
    worst = []
    for distance_m in (5_000.0, 15_000.0, 49_000.0):
        ends = [WGS84.Direct(70.0, 37.0, azimuth, distance_m) for azimuth in range(0, 360, 5)]
        errors = [abs(math.hypot(*frame.to_local(end["lon2"], end["lat2"])) / distance_m - 1) for end in ends]
        worst.append(max(errors))
    assert worst[0] < worst[1] < worst[2]


@pytest.mark.parametrize(("lat_deg", "share"), [(0.0, 0.0001), (48.0, 0.005), (70.0, 0.0125)])
def test_distance_between_two_places_of_the_frame_is_only_true_to_a_percent(lat_deg: float, share: float) -> None:
    """Away from the equator directions turn towards the rim: 0.5 % at 48 degrees, 1.25 % at 70, at 50 km."""
    frame = LocalFrame(name="test", origin_lon_deg=37.0, origin_lat_deg=lat_deg)
    found = spots(lat_deg)
    for (lon_1, lat_1, _), (lon_2, lat_2, _) in itertools.pairwise(found):
        (east_1, north_1), (east_2, north_2) = frame.to_local(lon_1, lat_1), frame.to_local(lon_2, lat_2)
        true_m = WGS84.Inverse(lat_1, lon_1, lat_2, lon_2)["s12"]
        assert math.hypot(east_1 - east_2, north_1 - north_2) == pytest.approx(true_m, rel=share, abs=1.0)


def test_east_is_east_and_north_is_north() -> None:
    frame = LocalFrame(name="test", origin_lon_deg=37.0, origin_lat_deg=48.0)
    east_m, north_m = frame.to_local(37.1, 48.0)
    assert east_m == pytest.approx(7_460, abs=10)
    assert abs(north_m) < 1e-6
    east_m, north_m = frame.to_local(37.0, 48.1)
    assert north_m == pytest.approx(11_119, abs=10)
    assert east_m == 0


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lat_deg=st.floats(-80, 80), azimuth_deg=st.floats(0, 360), distance_m=st.floats(0, 49_000))
def test_to_degrees_undoes_to_local(lat_deg: float, azimuth_deg: float, distance_m: float) -> None:
    frame = LocalFrame(name="test", origin_lon_deg=37.0, origin_lat_deg=lat_deg)
    place = WGS84.Direct(lat_deg, 37.0, azimuth_deg, distance_m)
    lon, lat = frame.to_degrees(*frame.to_local(place["lon2"], place["lat2"]))
    assert WGS84.Inverse(place["lat2"], place["lon2"], lat, lon)["s12"] < 1e-6


@pytest.mark.parametrize("place", [(37.0, 48.5), (38.0, 48.0), (-143.0, -48.0), (37.0, math.nan)])
def test_places_beyond_its_reach_are_refused(place: tuple[float, float]) -> None:
    frame = LocalFrame(name="donbas", origin_lon_deg=37.0, origin_lat_deg=48.0)
    with pytest.raises(OutOfRangeError, match="donbas"):
        frame.to_local(*place)
    with pytest.raises(OutOfRangeError):
        frame.to_degrees(60_000.0, 0.0)


def test_a_degree_of_the_meridian_is_what_a_sphere_makes_of_it() -> None:
    assert apart_m(np.array([0.0, 48.0]), np.array([0.0, 49.0])) == pytest.approx(111_195, abs=1)


@given(lon_deg=st.floats(-180, 180), lat_deg=st.floats(-85, 85), azimuth_deg=st.floats(0, 360), far_m=st.floats(1, 2e6))
def test_on_the_sphere_distances_are_true_within_six_in_1000(
    lon_deg: float, lat_deg: float, azimuth_deg: float, far_m: float
) -> None:
    end = WGS84.Direct(lat_deg, lon_deg, azimuth_deg, far_m)
    rows = np.array([[end["lon2"], end["lat2"]], [lon_deg, lat_deg]])
    assert apart_m(rows, (lon_deg, lat_deg)).tolist() == pytest.approx([far_m, 0.0], rel=6e-3)
