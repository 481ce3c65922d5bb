"""Cells: fixed, at least as large as asked for, one inside the other, right at borders, poles and the antimeridian."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.release.grid import cells_of, level_of

GRIDS = [2_500, 5_000, 10_000, 80_000, 1_280_000]
LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)


def cell(lon_deg: float, lat_deg: float, grid_m: int) -> tuple[float, ...]:
    made = cells_of(np.array([lon_deg]), np.array([lat_deg]), grid_m=grid_m)
    return tuple(float(column[0]) for column in made)


@pytest.mark.parametrize(("asked", "given_"), [(0, 2_500), (1, 2_500), (2_500, 2_500), (2_501, 5_000), (7_500, 10_000)])
def test_a_grid_is_rounded_up_to_the_next_there_is(asked: int, given_: int) -> None:
    assert 2_500 << level_of(asked) == given_


@given(lon=LON, lat=LAT, grid=st.sampled_from(GRIDS), east=st.floats(-0.02, 0.02), north=st.floats(-0.02, 0.02))
@budget(300)
def test_every_place_of_a_cell_is_released_as_the_same_one(lon, lat, grid, east, north) -> None:
    near = cell(min(180, max(-180, lon + east)), min(90, max(-90, lat + north)), grid)
    here = cell(lon, lat, grid)
    assert cell(*here[:2], grid) == here  # the middle of a cell lies in it
    if near[:2] == here[:2]:
        assert near == here


@given(lon=LON, lat=LAT, at=st.integers(0, len(GRIDS) - 2))
@budget(300)
def test_a_coarser_grid_never_cuts_a_finer_cell(lon: float, lat: float, at: int) -> None:
    fine = cell(lon, lat, GRIDS[at])
    assert cell(*fine[:2], GRIDS[at + 1]) == cell(lon, lat, GRIDS[at + 1])


@given(lon=LON, lat=st.floats(-85, 85), grid=st.sampled_from(GRIDS[:4]))
@budget(200)
def test_a_place_lies_in_its_cell_and_the_cell_is_as_large_as_asked_for(lon: float, lat: float, grid: int) -> None:
    mid_lon, mid_lat, ee_m2, nn_m2 = cell(lon, lat, grid)
    width_m, height_m = (12 * ee_m2) ** 0.5, (12 * nn_m2) ** 0.5
    assert grid <= height_m < grid * 1.05
    assert grid <= width_m < grid * 3.2  # the widest edge may be much wider than the narrowest near the poles
    east_deg = (lon - mid_lon + 180) % 360 - 180
    metres_a_degree = Geodesic.WGS84.Inverse(mid_lat, 0, mid_lat, 0.01)["s12"] * 100
    assert abs(east_deg) * metres_a_degree <= width_m / 2 * 1.001 + 1
    assert Geodesic.WGS84.Inverse(lat, 0, mid_lat, 0)["s12"] <= height_m / 2 * 1.001 + 1


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("lat", [-89.99, -48.0, 0.0, 48.0, 89.99])
def test_the_antimeridian_is_one_meridian_and_a_border(grid: int, lat: float) -> None:
    assert cell(180.0, lat, grid) == cell(-180.0, lat, grid)
    west, east = cell(179.9999999, lat, grid), cell(-179.9999999, lat, grid)
    assert west[0] >= 0 >= east[0] or west == east  # one cell only where it holds the whole cap
    assert west[1:] == east[1:]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("pole", [-90.0, 90.0])
def test_a_pole_has_one_cell_whatever_the_longitude(grid: int, pole: float) -> None:
    made = {cell(lon, pole, grid) for lon in (-180.0, -90.0, 0.0, 37.5, 179.9)}
    assert len(made) == 1
    assert abs(made.pop()[1]) < 90


@pytest.mark.parametrize("grid", GRIDS[:4])
def test_a_place_beside_a_border_belongs_to_one_cell_only(grid: int) -> None:
    lon, lat = 37.512345, 48.054321
    mid_lon, mid_lat, *_ = cell(lon, lat, grid)
    step = 1e-9
    low, high = mid_lon, mid_lon + 90.0
    while high - low > step:  # the border lies between
        half = (low + high) / 2
        low, high = (half, high) if cell(half, lat, grid)[0] == mid_lon else (low, half)
    assert cell(low, lat, grid)[0] == mid_lon < cell(high, lat, grid)[0]
    assert cell(high, lat, grid)[0] - high == pytest.approx(
        low - mid_lon, abs=1e-6
    )  # as far from one middle as the other
    assert cell(mid_lon, mid_lat, grid)[:2] == (mid_lon, mid_lat)


@pytest.mark.parametrize(
    ("grid", "lon", "lat"),
    [(2_500, 37.50732421875, 48.06117), (5_000, 37.4853515625, 48.04986), (10_000, 37.529296875, 48.02724)],
)
def test_cells_are_where_they_were_when_this_was_written(grid: int, lon: float, lat: float) -> None:
    """Whoever kept old places could intersect old and new cells, were the grid to move."""
    assert cell(37.512345, 48.054321, grid)[:2] == pytest.approx((lon, lat), abs=1e-9)
