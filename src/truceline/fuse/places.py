"""Whether places stated for one happening can be the same place, and which one speaks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truceline.base.frames import EARTH_M
from truceline.base.units import SIGMA_95_CIRCLE

Float64s = NDArray[np.float64]

PLACE_COLUMNS = ("lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2")
_LEAST_M2 = 1.0  # places are not compared finer than a metre
_STEPS = 60  # of the search for the weight at which two ellipses are farthest apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """n places in WGS 84 degrees with their one-sigma covariances, east and north at the place; NaN: no place."""

    lon_deg: Float64s
    lat_deg: Float64s
    cov_ee_m2: Float64s
    cov_en_m2: Float64s
    cov_nn_m2: Float64s

    def __getitem__(self, rows: Any) -> "Spots":
        """Those places, as NumPy selects."""
        return Spots(**{name: getattr(self, name)[rows] for name in PLACE_COLUMNS})

    @property
    def trace_m2(self) -> Float64s:
        """How uncertain each place is, all directions together."""
        return self.cov_ee_m2 + self.cov_nn_m2

    @property
    def reach_m(self) -> Float64s:
        """Half the longest axis of each 95 % ellipse."""
        half_m2 = (self.cov_ee_m2 - self.cov_nn_m2) / 2
        longest_m2 = self.trace_m2 / 2 + np.hypot(half_m2, self.cov_en_m2)
        return np.asarray(SIGMA_95_CIRCLE * np.sqrt(longest_m2), np.float64)

    def scaled(self, ratio: Float64s) -> "Spots":
        """The same places, their covariances multiplied."""
        cov_m2 = {name: getattr(self, name) * ratio for name in PLACE_COLUMNS[2:]}
        return Spots(lon_deg=self.lon_deg, lat_deg=self.lat_deg, **cov_m2)


def spots_of(rows: Sequence[dict[str, Any]]) -> Spots:
    """The places of rows of OBSERVATIONS or EVENTS."""
    return Spots(**{name: np.array([row[name] for row in rows], np.float64) for name in PLACE_COLUMNS})


def squares_apart(one: Spots, other: Spots) -> Float64s:
    """How far apart two independent places are, in squared sigmas of their difference: (n,), NaN where unknown.

    Limits: the offset is taken on a sphere (up to 0.6 % off), which decides no verdict: only which observations
        belong together, and whether members disagree.
    """
    return _squares(_offset_m(one, other), one, other)


def can_be_same(one: Spots, other: Spots) -> NDArray[np.bool_]:
    """Whether two independent places can be of one happening: their difference lies within its 95 % ellipse.

    Source: chi-square of two degrees of freedom, 95 %: 2.4477².
    """
    return np.asarray(squares_apart(one, other) <= SIGMA_95_CIRCLE**2)


def ellipses_overlap(one: Spots, other: Spots) -> NDArray[np.bool_]:
    """Whether the 95 % ellipses of two places, each drawn on its own, have a point in common: (n,).

    Source: Perram and Wertheim 1985: they do not, where for some weight w in (0, 1) the offset d fulfils
        w (1-w) dᵀ ((1-w) A + w B)⁻¹ d > 1; the left side is concave in w.
    """
    offset_m = _offset_m(one, other)
    low_ratio, high_ratio = np.zeros_like(offset_m[0]), np.ones_like(offset_m[0])

    def apart(ratio: Float64s) -> Float64s:
        return ratio * (1 - ratio) * _squares(offset_m, one.scaled(1 - ratio), other.scaled(ratio))

    for _ in range(_STEPS):
        third_ratio = (high_ratio - low_ratio) / 3
        rising = apart(low_ratio + third_ratio) < apart(high_ratio - third_ratio)
        low_ratio = np.where(rising, low_ratio + third_ratio, low_ratio)
        high_ratio = np.where(rising, high_ratio, high_ratio - third_ratio)
    return np.asarray(apart((low_ratio + high_ratio) / 2) <= SIGMA_95_CIRCLE**2)


def _squares(offset_m: tuple[Float64s, Float64s], one: Spots, other: Spots) -> Float64s:
    """The offset's squared length in sigmas of both errors together."""
    east_m, north_m = offset_m
    ee_m2 = one.cov_ee_m2 + other.cov_ee_m2 + _LEAST_M2
    nn_m2 = one.cov_nn_m2 + other.cov_nn_m2 + _LEAST_M2
    en_m2 = one.cov_en_m2 + other.cov_en_m2
    square_m4 = nn_m2 * east_m**2 - 2 * en_m2 * east_m * north_m + ee_m2 * north_m**2
    return np.asarray(square_m4 / (ee_m2 * nn_m2 - en_m2**2), np.float64)


def _offset_m(one: Spots, other: Spots) -> tuple[Float64s, Float64s]:
    """From each to the other along the great circle: metres east and north, as seen from the first."""
    lat_1, lat_2 = np.radians(one.lat_deg), np.radians(other.lat_deg)
    east = np.radians(other.lon_deg - one.lon_deg)
    x = np.cos(lat_2) * np.sin(east)
    y = np.cos(lat_1) * np.sin(lat_2) - np.sin(lat_1) * np.cos(lat_2) * np.cos(east)
    z = np.sin(lat_1) * np.sin(lat_2) + np.cos(lat_1) * np.cos(lat_2) * np.cos(east)
    length = np.hypot(x, y)
    distance_m = EARTH_M * np.arctan2(length, z)
    scale_m = distance_m / np.where(length > 0, length, 1.0)
    return scale_m * x, np.where(length > 0, scale_m * y, distance_m)
