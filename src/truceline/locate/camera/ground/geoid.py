"""How high the geoid stands above the ellipsoid: what turns a height above the sea into one above WGS 84."""

import functools
import zlib
from importlib import resources

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

ROWS, COLUMNS, PER_DEGREE = 721, 1440, 4
GEOID_ERROR_M = 1.0  # 95 %: docs/design/camera.md, "The geoid"


def undulation_m(lon_deg: Numbers, lat_deg: Numbers) -> Numbers:
    """How far the geoid EGM96 lies above the ellipsoid WGS 84: height hae = height msl + this.

    Args:
        lon_deg, lat_deg: shape (n,), degrees, WGS 84; any turn of longitude.

    Returns: metres, shape (n,); NaN where a coordinate is NaN.
    Limits: between the grid's points by cubic convolution: within 1 cm of the agency's own interpolation at its
        published points. The geoid itself is wrong by 1 m (95 %), more in high mountains.
    Source: EGM96, NASA/TP-1998-206861; grid WW15MGH.DAC (README.md in this folder). Cubic convolution: R. G. Keys,
        IEEE Trans. ASSP 29 (1981).
    """
    down = (90.0 - np.clip(np.nan_to_num(lat_deg), -90.0, 90.0)) * PER_DEGREE
    along = np.mod(np.nan_to_num(lon_deg), 360.0) * PER_DEGREE
    row, column = np.minimum(down.astype(np.int64), ROWS - 2), along.astype(np.int64)
    below, right = _weights(down - row), _weights(along - column)
    grid = grid_cm()
    found = np.zeros_like(down)
    for i in range(4):
        # Beyond a pole lies the opposite meridian; there all values are nearly equal, so the pole's own row serves.
        at = np.clip(row + i - 1, 0, ROWS - 1) * COLUMNS
        for j in range(4):
            found += below[i] * right[j] * grid[at + np.mod(column + j - 1, COLUMNS)]
    return np.where(np.isfinite(lon_deg) & np.isfinite(lat_deg), found / 100.0, np.nan)


def _weights(part: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Keys' kernel with a = -1/2 at the four neighbours, `part` of the way from the second to the third."""
    square, cube = part**2, part**3
    return (
        (-part + 2 * square - cube) / 2,
        (2 - 5 * square + 3 * cube) / 2,
        (part + 4 * square - 3 * cube) / 2,
        (cube - square) / 2,
    )


@functools.cache
def grid_cm() -> npt.NDArray[np.int16]:
    """The grid, centimetres, rows from north to south laid end to end."""
    packed = resources.files(__package__).joinpath("egm96.bin").read_bytes()
    planes = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(2, -1).astype(np.int32)
    folded = planes[0] | planes[1] << 8
    steps = (folded >> 1) ^ -(folded & 1)
    grid = np.cumsum(np.cumsum(steps.reshape(ROWS, COLUMNS), axis=0), axis=1)
    return grid.astype(np.int16).ravel()
