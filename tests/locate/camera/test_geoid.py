"""The geoid against the agency's own published points."""

import hashlib

import numpy as np
import pytest

from truceline.locate.camera import undulation_m
from truceline.locate.camera.ground.geoid import grid_cm

# Latitude, longitude, undulation: OUTINTPT.DAT, the test output that NGA published with the grid WW15MGH (spline
# interpolation), and Timbuktu from the manual of GeographicLib's GeoidEval (EGM96, 5' grid, cubic).
PUBLISHED = [
    (38.6281550, 269.7791550, -31.628),
    (-14.6212170, 305.0211140, -2.969),
    (46.8743190, 102.4487290, -43.575),
    (-23.6174460, 133.8747120, 15.871),
    (38.6254730, 359.9995000, 50.066),
    (-0.4667440, 0.0023000, 17.329),
    (16.775833, -3.009444, 28.7068),
]


@pytest.mark.parametrize(("lat_deg", "lon_deg", "published_m"), PUBLISHED)
def test_the_undulation_is_the_published_one_within_two_centimetres(lat_deg, lon_deg, published_m):
    found_m = undulation_m(np.array([lon_deg]), np.array([lat_deg]))[0]
    assert abs(found_m - published_m) < 0.02


def test_the_grid_is_the_agencys_byte_for_byte():
    packed = hashlib.sha256(grid_cm().astype("<i2").tobytes()).hexdigest()
    assert packed == "53dc06fa2aff894a841ff59a24bd7c99ddf569a0a97655808d8aea27272a6800"


def test_at_a_grid_point_it_is_the_grids_own_value():
    row, column = 168, 150  # 48 north, 37.5 east
    found_m = undulation_m(np.array([37.5]), np.array([48.0]))[0]
    assert found_m == pytest.approx(grid_cm()[row * 1440 + column] / 100)


def test_nothing_jumps_at_greenwich_nor_at_the_date_line_nor_at_a_pole():
    step = 1e-7
    lat_deg = np.linspace(-89, 89, 179)
    for meridian in (0.0, 180.0):
        east = undulation_m(np.full(179, meridian + step), lat_deg)
        west = undulation_m(np.full(179, meridian - step), lat_deg)
        assert np.abs(east - west).max() < 1e-4
    assert undulation_m(np.array([12.3, 200.0]), np.array([90.0, 90.0])) == pytest.approx([13.61, 13.61])
    assert undulation_m(np.array([37.0]), np.array([48.0])) == undulation_m(np.array([37.0 - 360]), np.array([48.0]))


def test_no_place_has_no_undulation():
    assert np.isnan(undulation_m(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))).all()
