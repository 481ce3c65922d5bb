"""Where the sun stands: what decides whether a camera without a thermal channel sees anything but what glows."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Moments = npt.NDArray[np.int64]

DARK_DEG = -6.0  # end of civil twilight: below it outlines are no longer told apart without lamps
_EPOCH_DAYS = 10_957.5  # from 1970-01-01 0 h to J2000.0, 2000-01-01 12 h
_US_PER_DAY = 86_400_000_000


def sun_direction(at_us: Moments) -> Numbers:
    """Unit vectors towards the sun, turning with the earth: x to (0, 0), y to (90 E, 0), z to the north pole.

    Its product with the normal of a place is the sine of the sun's elevation there: two sines and two cosines a
    place and a moment, however many pairs of them there are.

    Args:
        at_us: UTC, shape (n,).

    Returns: shape (n, 3).
    Limits: the place of the sun holds to 0.01 degrees from 1950 to 2050; no refraction, no parallax (0.002 degrees);
        UTC stands for UT1 (0.004 degrees).
    Source: Astronomical Almanac, section C, "Low precision formulas for the Sun"; sidereal time: Meeus (1998), 12.4.
    """
    days = at_us / _US_PER_DAY - _EPOCH_DAYS
    anomaly = np.radians(357.528 + 0.985_600_3 * days)
    mean_deg = 280.460 + 0.985_647_4 * days
    longitude = np.radians(mean_deg + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.radians(23.439 - 0.000_000_4 * days)
    x, y, z = np.cos(longitude), np.cos(tilt) * np.sin(longitude), np.sin(tilt) * np.sin(longitude)
    turned = np.radians((280.460_618_37 + 360.985_647_366_29 * days) % 360.0)
    return np.stack([x * np.cos(turned) + y * np.sin(turned), y * np.cos(turned) - x * np.sin(turned), z], axis=1)


def normals(lon_deg: Numbers, lat_deg: Numbers) -> Numbers:
    """Unit vectors straight up from places on the ellipsoid, shape (n, 3), in the frame of `sun_direction`."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def elevation_deg(lon_deg: Numbers, lat_deg: Numbers, at_us: Moments) -> Numbers:
    """How high the middle of the sun stands above the horizon, degrees, without refraction, shape (n,).

    Limits: within 0.1 degrees of the truth from 1950 to 2050 (0.01 as far as tests know). Refraction lifts a sun at
    the horizon by 0.6 degrees, and one at -6 degrees not to speak of: twilights are defined without it.
    """
    up = (normals(lon_deg, lat_deg) * sun_direction(at_us)).sum(axis=1)
    return np.asarray(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0))))


@np.errstate(invalid="ignore", divide="ignore")  # no dusk within
def lit(span_ms: tuple[Moments, Moments], heights: Sequence[Numbers]) -> tuple[Moments, Moments]:
    """The part of spans of at most an hour in which the sun stood above civil dusk.

    Args:
        heights: sines of the sun's elevation at beginning and end.

    Limits: dusk is found on a straight line between the two: 2 minutes off at 50 degrees of latitude, 9 at 60. A
        sun that only rises above it between them is not counted.
    """
    begins, ends = span_ms
    least = float(np.sin(np.radians(DARK_DEG)))
    above, below = heights[0] - least, heights[1] - least
    ratio = np.clip(np.nan_to_num(above / (above - below)), 0.0, 1.0)
    dusk = begins + np.rint(ratio * (ends - begins)).astype(np.int64)
    lit_from = np.where(above >= 0, begins, np.where(below >= 0, dusk, ends))
    lit_until = np.where(below >= 0, ends, np.where(above >= 0, dusk, begins - 1))
    return lit_from, lit_until
