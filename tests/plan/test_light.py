from datetime import UTC, datetime

import numpy as np
import pytest

from truceline.base.time import to_us
from truceline.plan.light import DARK_DEG, elevation_deg, lit, normals, sun_direction

# Meeus, Astronomical Algorithms (1998), example 25.a: 1992 October 13, 0 h TD; apparent place.
MEEUS_ASCENSION_DEG, MEEUS_DECLINATION_DEG = 198.380_82, -7.785_07
# Sidereal time at Greenwich, example 12.a: 1987 April 10, 0 h UT.
MEEUS_SIDEREAL_DEG = 197.693_195


def us(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=UTC))


def elevation(lon_deg: float, lat_deg: float, at_us: int) -> float:
    return float(elevation_deg(np.array([lon_deg]), np.array([lat_deg]), np.array([at_us]))[0])


def test_the_declination_is_that_of_the_textbook() -> None:
    towards = sun_direction(np.array([us(1992, 10, 13)]))[0]
    assert np.degrees(np.arcsin(towards[2])) == pytest.approx(MEEUS_DECLINATION_DEG, abs=0.01)
    assert np.linalg.norm(towards) == pytest.approx(1.0, abs=1e-12)


def test_the_hour_angle_is_that_of_the_textbook() -> None:
    # sidereal time of 1992-10-13 0 h from that of the example, at 360.985647 degrees a day
    days = (us(1992, 10, 13) - us(1987, 4, 10)) / 86_400e6
    sidereal_deg = MEEUS_SIDEREAL_DEG + 360.985_647_366 * days
    towards = sun_direction(np.array([us(1992, 10, 13)]))[0]
    east_deg = np.degrees(np.arctan2(towards[1], towards[0]))
    wanted_deg = (MEEUS_ASCENSION_DEG - sidereal_deg + 540) % 360 - 180
    assert east_deg == pytest.approx(wanted_deg, abs=0.01)


@pytest.mark.parametrize(
    ("lat_deg", "at", "wanted_deg"),
    [
        (90.0, (2024, 6, 20, 20, 51), 23.436),  # June solstice (USNO): the tilt of the axis, whatever the hour
        (90.0, (2024, 12, 21, 9, 20), -23.436),  # December solstice
        (90.0, (2024, 3, 20, 3, 6), 0.0),  # March equinox
        (-90.0, (2024, 9, 22, 12, 44), 0.0),  # September equinox
        (90.0, (2030, 6, 21, 7, 31), 23.435),
    ],
)
def test_at_the_pole_the_sun_stands_as_high_as_its_declination(
    lat_deg: float, at: tuple[int, ...], wanted_deg: float
) -> None:
    assert elevation(0.0, lat_deg, us(*at)) == pytest.approx(wanted_deg, abs=0.02)


@pytest.mark.parametrize(
    ("at", "minutes"),
    [((2024, 2, 11), 14.2), ((2024, 5, 14), -3.7), ((2024, 7, 26), 6.5), ((2024, 11, 3), -16.4)],
)  # equation of time, mean sun behind the true one, minutes: its four extremes in any almanac
def test_the_sun_crosses_the_meridian_when_the_equation_of_time_says(at: tuple[int, int, int], minutes: float) -> None:
    noon_us = us(*at, 12)
    moments = noon_us + np.arange(-30 * 60, 30 * 60) * 1_000_000
    east = sun_direction(moments)[:, 1]  # of the meridian of Greenwich
    assert (moments[np.abs(east).argmin()] - noon_us) / 60e6 == pytest.approx(minutes, abs=0.1)


def test_midday_on_the_equator_at_an_equinox_is_overhead() -> None:
    assert elevation(180.0, 0.0, us(2024, 3, 20, 0, 7)) > 89.5
    assert elevation(0.0, 0.0, us(2024, 3, 20, 0, 7)) < -89.5


def test_directions_turn_once_a_day_from_east_to_west() -> None:
    towards = sun_direction(us(2024, 3, 20) + np.arange(5) * 6 * 3_600_000_000)
    east_deg = np.degrees(np.arctan2(towards[:, 1], towards[:, 0]))
    assert np.allclose((np.diff(east_deg) + 360) % 360, 270, atol=0.1)


def test_a_span_is_cut_where_the_sun_passes_dusk() -> None:
    place = np.array([10.0]), np.array([48.0])
    begins, ends = us(2024, 10, 1, 17) // 1_000, us(2024, 10, 1, 18) // 1_000  # dusk within it
    heights = [(normals(*place) * sun_direction(np.array([at * 1_000]))).sum(axis=1) for at in (begins, ends)]
    lit_from, lit_until = lit((np.array([begins]), np.array([ends])), heights)
    assert lit_from[0] == begins
    assert begins < lit_until[0] < ends
    assert elevation(10.0, 48.0, int(lit_until[0]) * 1_000) == pytest.approx(DARK_DEG, abs=0.1)


@pytest.mark.parametrize(
    ("heights", "wanted"),
    [((0.5, 0.5), (0, 1_000)), ((-0.5, -0.5), (1_000, -1)), ((-0.5, 0.5), (None, 1_000)), ((0.5, -0.5), (0, None))],
)
def test_by_day_all_is_lit_and_by_night_nothing(heights: tuple[float, float], wanted: tuple[int, int]) -> None:
    found = lit((np.array([0]), np.array([1_000])), [np.array([each]) for each in heights])
    for one, other in zip(found, wanted, strict=True):
        assert 0 < one[0] < 1_000 if other is None else one[0] == other
