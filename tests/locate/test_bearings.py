"""Places from a direction and a range."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from truceline.locate.bearings import Places, Sightings, can_be_placed, places_of, sector_deg

SEEN: dict[str, float] = {
    "lon_deg": 37.0,
    "lat_deg": 48.0,
    "error_m": 0.0,
    "range_lo_m": 2_000.0,
    "range_hi_m": 4_000.0,
    "bearing_lo_deg": 80.0,
    "bearing_hi_deg": 100.0,
}


def sightings(**changed: float) -> Sightings:
    return Sightings(**{name: np.array([value]) for name, value in {**SEEN, **changed}.items()})


def half_widths_m(places: Places, direction_deg: float) -> float:
    """1.96 sigma in a direction, metres."""
    ee, en, nn = places.cov_m2[0]
    sin, cos = math.sin(math.radians(direction_deg)), math.cos(math.radians(direction_deg))
    return 1.96 * math.sqrt(ee * sin**2 + 2 * en * sin * cos + nn * cos**2)


@pytest.mark.parametrize("bearing_deg", [0.0, 45.0, 90.0, 200.0, 355.0])
def test_the_place_is_at_mid_range_and_mid_bearing_with_both_half_widths(bearing_deg: float) -> None:
    seen = sightings(bearing_lo_deg=(bearing_deg - 10) % 360, bearing_hi_deg=(bearing_deg + 10) % 360)
    found = places_of(seen)
    back = Geodesic.WGS84.Inverse(48.0, 37.0, found.lat_deg[0], found.lon_deg[0])
    assert back["s12"] == pytest.approx(3_000.0, abs=0.02)
    assert math.cos(math.radians(back["azi1"] - bearing_deg)) == pytest.approx(1.0, abs=1e-9)
    assert half_widths_m(found, back["azi2"]) == pytest.approx(1_000.0, rel=1e-6)
    assert half_widths_m(found, back["azi2"] + 90) == pytest.approx(4_000 * math.radians(10), rel=1e-6)


def test_the_observers_own_error_is_added_in_every_direction() -> None:
    found = places_of(sightings(error_m=244.774683))  # 95 % circular: sigma 100 m
    back = Geodesic.WGS84.Inverse(48.0, 37.0, found.lat_deg[0], found.lon_deg[0])
    assert half_widths_m(found, back["azi2"]) == pytest.approx(math.hypot(1_000, 196), rel=1e-6)
    assert half_widths_m(found, back["azi2"] + 90) == pytest.approx(math.hypot(4_000 * math.radians(10), 196), rel=1e-6)


@pytest.mark.parametrize("missing", list(SEEN))
def test_what_is_not_stated_is_not_invented(missing: str) -> None:
    seen = sightings(**{missing: math.nan})
    assert not can_be_placed(seen).any()
    assert np.isnan(places_of(seen).lon_deg).all()
    assert np.isnan(places_of(seen).cov_m2).all()


@pytest.mark.parametrize(
    ("low_deg", "high_deg", "width_deg", "placed"),
    [
        (350, 10, 20, True),
        (0, 180, 180, True),
        (0, 181, 181, False),
        (10, 350, 340, False),
        (0, 360, 360, False),
    ],
)
def test_a_sector_runs_clockwise_and_half_round_is_the_most(
    low_deg: float, high_deg: float, width_deg: float, placed: bool
) -> None:
    seen = sightings(bearing_lo_deg=low_deg, bearing_hi_deg=high_deg)
    assert sector_deg(seen).tolist() == [width_deg]
    assert can_be_placed(seen).tolist() == [placed]


def test_a_wider_sector_or_range_never_gives_a_surer_place() -> None:
    widths: list[Any] = []
    for half_deg in (0.0, 1.0, 10.0, 45.0, 90.0):
        seen = sightings(bearing_lo_deg=90 - half_deg, bearing_hi_deg=90 + half_deg)
        widths.append(places_of(seen).cov_m2[0])
    for less, more in itertools.pairwise(widths):
        assert more[0] >= less[0] - 1e-3
        assert more[2] >= less[2] - 1e-3
