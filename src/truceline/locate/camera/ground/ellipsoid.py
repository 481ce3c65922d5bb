"""WGS 84: degrees and heights to points around the Earth's middle, and back; which way is north, east and down.

Vectors are arrays of shape (3, n), metres, Earth-centred and Earth-fixed (ECEF). Three axes are one of shape (3, 3, n):
`axes[i]` is the i-th axis as such a vector.
"""

import numpy as np
import numpy.typing as npt

from truceline.base.frames import WGS84_A_M, WGS84_F

Numbers = npt.NDArray[np.float64]

WGS84_B_M = WGS84_A_M * (1 - WGS84_F)
_E2 = WGS84_F * (2 - WGS84_F)
_SECOND_E2 = _E2 / (1 - _E2)


def to_ecef(lon_deg: Numbers, lat_deg: Numbers, hae_m: Numbers) -> Numbers:
    """WGS 84 degrees and heights above the ellipsoid, shape (n,), as points (3, n)."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    sine, cosine = np.sin(lat), np.cos(lat)
    prime_m = WGS84_A_M / np.sqrt(1 - _E2 * sine**2)
    out_m = (prime_m + hae_m) * cosine
    return np.stack([out_m * np.cos(lon), out_m * np.sin(lon), (prime_m * (1 - _E2) + hae_m) * sine])


def height_of(point: Numbers) -> tuple[Numbers, Numbers]:
    """Heights above the ellipsoid, metres, shape (n,), and which way is up, unit vectors (3, n), at points (3, n).

    Limits: one step of Bowring's; within 1e-6 m of PROJ from -10 to 100 km of height.
    Source: B. R. Bowring, Survey Review 28 (1985).
    """
    x, y, z = point
    out_m = np.sqrt(x * x + y * y)
    steep = z * (1 + _SECOND_E2 * WGS84_B_M / np.sqrt(out_m * out_m + z * z)) * (1 - WGS84_F)
    root = 1 / np.sqrt(steep * steep + out_m * out_m)
    sine, cosine = steep * root, out_m * root
    rise = z + _SECOND_E2 * WGS84_B_M * sine * sine * sine
    across = out_m - _E2 * WGS84_A_M * cosine * cosine * cosine
    root = 1 / np.sqrt(rise * rise + across * across)
    sine, cosine = rise * root, across * root
    hae_m = out_m * cosine + z * sine - WGS84_A_M * np.sqrt(1 - _E2 * sine * sine)
    level = cosine / out_m
    return hae_m, np.stack([x * level, y * level, sine])


def to_geodetic(point: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Points (3, n) as lon_deg, lat_deg, hae_m, shape (n,). Limits: as `height_of`."""
    hae_m, up = height_of(point)
    lat_rad = np.arctan2(up[2], np.sqrt(up[0] * up[0] + up[1] * up[1]))
    return np.degrees(np.arctan2(up[1], up[0])), np.degrees(lat_rad), hae_m


def north_east_down(lon_deg: Numbers, lat_deg: Numbers) -> Numbers:
    """The local axes at a place: shape (3, 3, n), unit vectors north, east, down."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    sine, cosine, out, side = np.sin(lat), np.cos(lat), np.cos(lon), np.sin(lon)
    axes = np.empty((3, 3, *np.shape(lon)))
    axes[0, 0], axes[0, 1], axes[0, 2] = -sine * out, -sine * side, cosine
    axes[1, 0], axes[1, 1], axes[1, 2] = -side, out, 0.0
    axes[2, 0], axes[2, 1], axes[2, 2] = -cosine * out, -cosine * side, -sine
    return axes


def dot(one: Numbers, other: Numbers) -> Numbers:
    """Inner products of vectors (3, n): shape (n,)."""
    products: Numbers = one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
    return products


def cross(one: Numbers, other: Numbers) -> Numbers:
    """Cross products of vectors (3, n): shape (3, n)."""
    return np.stack(
        [
            one[1] * other[2] - one[2] * other[1],
            one[2] * other[0] - one[0] * other[2],
            one[0] * other[1] - one[1] * other[0],
        ]
    )


def unit(vector: Numbers) -> Numbers:
    """Vectors (3, n) of length 1."""
    return np.asarray(vector / np.sqrt(dot(vector, vector)))
