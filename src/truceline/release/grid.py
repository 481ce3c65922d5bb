"""Places moved to the middle of a fixed cell: the same for every place in it, so that asking again teaches nothing.

Cells are made by halving: a cell of a coarser grid is made of whole cells of every finer one. Whoever holds one event
on two grids knows it no better than on the finer of them.
"""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from truceline.base.frames import WGS84_A_M, WGS84_F

Floats = NDArray[np.float64]

FINEST_M = 2_500
_LEVELS = 10  # the coarsest grid is 1,280 km
_STEP_DEG = 0.02262  # FINEST_M along a meridian where a degree is shortest, at the equator (110,574 m), rounded up
_ROWS = int(180 / _STEP_DEG)  # the northernmost row holds what is left over
_COLUMN_BITS = 13  # 2^13 columns at the equator are 4.9 km wide; 2^14 would be narrower than FINEST_M
_E2 = WGS84_F * (2 - WGS84_F)
_UNIFORM = 12.0  # variance of a uniform error: width² / 12


class Cells(NamedTuple):
    """The middles of cells, WGS 84 degrees, and the variance of a place that may be anywhere in its cell."""

    lon_deg: Floats
    lat_deg: Floats
    cov_ee_m2: Floats
    cov_nn_m2: Floats


def cells_of(lon_deg: Floats, lat_deg: Floats, *, grid_m: int) -> Cells:
    """The cell of each place. A cell is at least `grid_m` high and wide, and less than four times as high and wide.

    Args:
        lon_deg, lat_deg: WGS 84, shape (n,), finite; 180 and -180 degrees are one meridian.
        grid_m: rounded up to the next of 2.5, 5, 10 … 1,280 km.

    Limits: the last row in the north and the caps around the poles hold one cell or a few, wider than that. A cell's
        variance says where the stated place lies, not how wrong the statement was.
    """
    level = level_of(grid_m)
    rows = _rows(level)
    finest = np.floor((lat_deg + 90.0) / _STEP_DEG).astype(np.int64)
    row = np.clip(finest >> level, 0, len(rows.middle_deg) - 1)
    bits = rows.column_bits[row]
    slot = np.floor((lon_deg + 180.0) / 360.0 * 2.0**_COLUMN_BITS).astype(np.int64) % (1 << _COLUMN_BITS)
    column = slot >> (_COLUMN_BITS - bits)
    return Cells(
        lon_deg=(column + 0.5) * 360.0 / np.exp2(bits) - 180.0,
        lat_deg=rows.middle_deg[row],
        cov_ee_m2=rows.cov_ee_m2[row],
        cov_nn_m2=rows.cov_nn_m2[row],
    )


def level_of(grid_m: int) -> int:
    """How often the finest grid is doubled to be at least `grid_m`."""
    return min(max(0, -(-grid_m // FINEST_M) - 1).bit_length(), _LEVELS - 1)


class _Rows(NamedTuple):
    middle_deg: Floats
    column_bits: NDArray[np.int64]  # a row has two to the power of this many columns
    cov_ee_m2: Floats
    cov_nn_m2: Floats


@functools.cache
def _rows(level: int) -> _Rows:
    """Every row of one grid, from south to north."""
    south_deg = -90.0 + np.arange(_ROWS >> level) * (_STEP_DEG * 2.0**level)
    north_deg = np.append(south_deg[1:], 90.0)
    middle_deg = (south_deg + north_deg) / 2
    narrowest_deg = np.maximum(np.abs(south_deg), np.abs(north_deg))
    across = np.maximum(_parallel_m(narrowest_deg) / (FINEST_M << level), 1.0)
    bits = np.minimum(np.floor(np.log2(across)).astype(np.int64), _COLUMN_BITS)
    width_m = _parallel_m(middle_deg) / np.exp2(bits)
    height_m = np.radians(north_deg - south_deg) * _meridian_m(middle_deg)
    return _Rows(middle_deg, bits, width_m**2 / _UNIFORM, height_m**2 / _UNIFORM)


def _parallel_m(lat_deg: Floats) -> Floats:
    """Length of the whole parallel, metres."""
    lat = np.radians(lat_deg)
    length_m: Floats = 2 * np.pi * WGS84_A_M * np.cos(lat) / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    return length_m


def _meridian_m(lat_deg: Floats) -> Floats:
    """Radius of curvature in the meridian, metres."""
    radius_m: Floats = WGS84_A_M * (1 - _E2) / (1 - _E2 * np.sin(np.radians(lat_deg)) ** 2) ** 1.5
    return radius_m
