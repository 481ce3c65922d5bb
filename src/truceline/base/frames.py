"""Local east/north frames, in metres, for filters, pixels and residuals within 50 km of their origin; the mean sphere.

Never for a verdict: a distance that can decide one is geodesic (`locate/`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.base.errors import OutOfRangeError

WGS84_A_M = 6_378_137.0  # NGA.STND.0036 (2014), table 3.1
WGS84_F = 1 / 298.257223563
EARTH_M = 6_371_008.8  # mean radius R1 (Moritz 2000, Geodetic Reference System 1980, J. Geodesy 74, 128-133)
_E2 = WGS84_F * (2 - WGS84_F)
REACH_M = 50_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFrame:
    """A plane that touches the ellipsoid at a named origin; east and north in metres.

    Limits: refuses points farther than 50 km. Distance from the origin holds to 4 parts in 1,000,000 at 48 degrees of
    latitude and 2.2 in 100,000 at 70; between two points at the rim to 0.44 % at 48 degrees and 1.1 % at 70, because
    meridians converge (tests/base/test_frames.py measures it against GeographicLib). Never for a verdict.
    """

    name: str
    origin_lon_deg: float
    origin_lat_deg: float

    def to_local(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        """WGS 84 degrees -> (east_m, north_m). Raises OutOfRangeError beyond 50 km."""
        middle = math.radians((lat_deg + self.origin_lat_deg) / 2)
        prime_m, meridian_m = _radii_m(middle)
        east_m = math.radians(lon_deg - self.origin_lon_deg) * prime_m * math.cos(middle)
        north_m = math.radians(lat_deg - self.origin_lat_deg) * meridian_m
        self._refuse_far(east_m, north_m)
        return east_m, north_m

    def to_degrees(self, east_m: float, north_m: float) -> tuple[float, float]:
        """(east_m, north_m) -> WGS 84 (lon_deg, lat_deg). Raises OutOfRangeError beyond 50 km."""
        self._refuse_far(east_m, north_m)
        origin = math.radians(self.origin_lat_deg)
        middle = origin
        for _ in range(3):  # the middle latitude depends on the answer; converges to below a millimetre
            middle = origin + north_m / _radii_m(middle)[1] / 2
        prime_m, meridian_m = _radii_m(middle)
        lat_deg = self.origin_lat_deg + math.degrees(north_m / meridian_m)
        return self.origin_lon_deg + math.degrees(east_m / (prime_m * math.cos(middle))), lat_deg

    def _refuse_far(self, east_m: float, north_m: float) -> None:
        if not math.hypot(east_m, north_m) <= REACH_M:
            raise OutOfRangeError(
                f"a point {math.hypot(east_m, north_m) / 1000:.0f} km from the origin is outside this frame.",
                subject=f"frame {self.name}",
                remedy="Use a frame whose origin is within 50 km, or the geodesic functions of locate/.",
            )


def apart_m(
    one_deg: npt.NDArray[np.float64] | Sequence[float], other_deg: npt.NDArray[np.float64] | Sequence[float]
) -> npt.NDArray[np.float64]:
    """Great-circle distances, metres; lon, lat in the last axis of both, row by row or of all rows from one place.

    Limits: on the mean sphere, within 0.6 % of WGS 84; never for a verdict.
    """
    one, other = np.radians(one_deg), np.radians(other_deg)
    half = np.sin((other - one) / 2) ** 2
    chord = half[..., 1] + np.cos(one[..., 1]) * np.cos(other[..., 1]) * half[..., 0]
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def _radii_m(lat_rad: float) -> tuple[float, float]:
    """Radii of curvature in the prime vertical and in the meridian, metres."""
    w = math.sqrt(1 - _E2 * math.sin(lat_rad) ** 2)
    return WGS84_A_M / w, WGS84_A_M * (1 - _E2) / w**3
