"""Whether places stated for one happening can be the same place, and which one speaks for it."""

import math
from dataclasses import dataclass

from truceline.base.units import SIGMA_95_CIRCLE

_RADIUS_M = 6_371_008.8  # mean radius of the sphere
_LEAST_M2 = 1.0  # places are not compared finer than a metre


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in WGS 84 degrees with its one-sigma covariance, east and north at the place."""

    lon_deg: float
    lat_deg: float
    cov_ee_m2: float
    cov_en_m2: float
    cov_nn_m2: float

    @property
    def trace_m2(self) -> float:
        """How uncertain the place is, all directions together."""
        return self.cov_ee_m2 + self.cov_nn_m2


def can_be_same(one: Spot, other: Spot) -> bool:
    """Whether two independent places can be of one happening: their difference lies within its 95 %
    ellipse.

    Limits: the offset is taken on a sphere (up to 0.6 % off), which decides no verdict: only whether
        members disagree.
    Source: chi-square of two degrees of freedom, 95 %: 2.4477².
    """
    east_m, north_m = _offset_m(one, other)
    ee_m2 = one.cov_ee_m2 + other.cov_ee_m2 + _LEAST_M2
    nn_m2 = one.cov_nn_m2 + other.cov_nn_m2 + _LEAST_M2
    en_m2 = one.cov_en_m2 + other.cov_en_m2
    spread_m4 = ee_m2 * nn_m2 - en_m2**2
    square_m4 = nn_m2 * east_m**2 - 2 * en_m2 * east_m * north_m + ee_m2 * north_m**2
    return square_m4 <= SIGMA_95_CIRCLE**2 * spread_m4


def _offset_m(one: Spot, other: Spot) -> tuple[float, float]:
    """From one to the other along the great circle: metres east and north, as seen from the first."""
    lat_1, lat_2 = math.radians(one.lat_deg), math.radians(other.lat_deg)
    east = math.radians(other.lon_deg - one.lon_deg)
    x = math.cos(lat_2) * math.sin(east)
    y = math.cos(lat_1) * math.sin(lat_2) - math.sin(lat_1) * math.cos(lat_2) * math.cos(east)
    z = math.sin(lat_1) * math.sin(lat_2) + math.cos(lat_1) * math.cos(lat_2) * math.cos(east)
    length = math.hypot(x, y)
    distance_m = _RADIUS_M * math.atan2(length, z)
    return (distance_m * x / length, distance_m * y / length) if length else (0.0, distance_m)
