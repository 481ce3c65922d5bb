"""A terrain model in memory: heights above the ellipsoid on a grid of degrees, and the slope between its points."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.base.frames import WGS84_A_M

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """Heights at the middles of cells; between them the ground is bilinear, beyond them unknown.

    Limits: heights are the model's: buildings and trees are in it or not as its maker says. No model across the
    meridian of 180 degrees.
    """

    name: str
    heights_m: npt.NDArray[np.float32]  # (rows, columns), above the ellipsoid; from north to south; NaN: not known
    west_deg: float  # longitude of the first column's middles
    north_deg: float  # latitude of the first row's middles
    step_lon_deg: float
    step_lat_deg: float  # southwards, positive
    lowest_m: float
    highest_m: float

    @property
    def cell_m(self) -> float:
        """The shorter side of a cell."""
        middle_deg = self.north_deg - self.step_lat_deg * self.heights_m.shape[0] / 2
        return float(np.radians(min(self.step_lat_deg, self.step_lon_deg * np.cos(np.radians(middle_deg)))) * WGS84_A_M)

    def cells(self, lon_deg: Numbers, lat_deg: Numbers) -> tuple[Numbers, Numbers]:
        """How many rows south and columns east of the first cell's middle."""
        return (self.north_deg - lat_deg) / self.step_lat_deg, (lon_deg - self.west_deg) / self.step_lon_deg

    def heights(self, lon_deg: Numbers, lat_deg: Numbers) -> Numbers:
        """Heights above the ellipsoid, metres, shape (n,); NaN outside, and beside a cell that is not known."""
        rows, columns = self.heights_m.shape
        down, along = self.cells(lon_deg, lat_deg)
        with np.errstate(invalid="ignore"):
            inside = (down >= 0) & (down <= rows - 1) & (along >= 0) & (along <= columns - 1)
        down, along = np.where(inside, down, 0.0), np.where(inside, along, 0.0)
        row = np.minimum(down.astype(np.int64), rows - 2)
        column = np.minimum(along.astype(np.int64), columns - 2)
        below, right = down - row, along - column
        at, flat = row * columns + column, self.heights_m.ravel()
        upper = flat[at] * (1 - right) + flat[at + 1] * right
        lower = flat[at + columns] * (1 - right) + flat[at + columns + 1] * right
        return np.where(inside, upper * (1 - below) + lower * below, np.nan)

    def slopes(self, lon_deg: Numbers, lat_deg: Numbers) -> tuple[Numbers, Numbers]:
        """Rise to the east and to the north, metres a metre, over one cell; 0 where it is not known."""
        east_m = np.radians(self.step_lon_deg) * WGS84_A_M * np.cos(np.radians(lat_deg))
        north_m = np.radians(self.step_lat_deg) * WGS84_A_M
        half_lon_deg, half_lat_deg = self.step_lon_deg / 2, self.step_lat_deg / 2
        to_east = self.heights(lon_deg + half_lon_deg, lat_deg) - self.heights(lon_deg - half_lon_deg, lat_deg)
        to_north = self.heights(lon_deg, lat_deg + half_lat_deg) - self.heights(lon_deg, lat_deg - half_lat_deg)
        return np.nan_to_num(to_east / east_m), np.nan_to_num(to_north / north_m)
