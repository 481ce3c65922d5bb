"""Terrain files that a mission gives for its coverage: what is wrong with them is said, with what to do."""

import numpy as np
import pytest
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from truceline.base.errors import InputError, UnreadableError
from truceline.locate.camera.terrain import read_terrain
from truceline.model.terrain import Terrain
from truceline.plan.shadow import Eye, Shadows, viewshed

WEST_DEG, NORTH_DEG, STEP_DEG, SIDE = -25.0, 31.6, 0.001, 60
MIDDLE_DEG = WEST_DEG + STEP_DEG * (SIDE / 2 + 0.5), NORTH_DEG - STEP_DEG * (SIDE / 2 + 0.5)


def geotiff(heights_m: np.ndarray, crs: object = 4326, nodata: float | None = None) -> bytes:
    with MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=heights_m.shape[1],
            height=heights_m.shape[0],
            count=1,
            dtype="float32",
            crs=crs,
            nodata=nodata,
            transform=from_origin(WEST_DEG, NORTH_DEG, STEP_DEG, STEP_DEG),
        ) as dataset:
            dataset.write(heights_m.astype(np.float32), 1)
        return bytes(file.read())


def ridge() -> np.ndarray:
    """Level ground at 100 m with a ridge of 40 m ten columns east of the middle."""
    heights_m = np.full((SIDE, SIDE), 100.0)
    heights_m[:, SIDE // 2 + 10] = 140.0
    return heights_m


def eye() -> Eye:
    return Eye(lon_deg=MIDDLE_DEG[0], lat_deg=MIDDLE_DEG[1], above_ground_m=30.0, range_m=10_000.0)


def east(terrain: Terrain, cells: np.ndarray) -> np.ndarray:
    here = np.ones(len(cells))
    to_lon_deg = MIDDLE_DEG[0] + cells * STEP_DEG
    lon_deg, lat_deg = here * MIDDLE_DEG[0], here * MIDDLE_DEG[1]
    return Shadows(terrain=terrain).sees(lon_deg, lat_deg, here * 30.0, to_lon_deg, lat_deg)


def test_a_file_without_a_datum_asks_for_it_by_name():
    with pytest.raises(UnreadableError, match=r"terrain heights.tif: .*the sea .geoid. or the ellipsoid.*msl or hae"):
        read_terrain(geotiff(ridge()), name="heights.tif")


def test_a_datum_that_is_none_is_refused_with_the_two_that_are():
    with pytest.raises(InputError, match=r"'egm96' is no datum of heights. Say msl or hae"):
        read_terrain(geotiff(ridge()), name="heights.tif", datum="egm96")


def test_a_file_of_holes_alone_says_that_no_height_is_known():
    with pytest.raises(UnreadableError, match="not one height is known"):
        read_terrain(geotiff(np.full((SIDE, SIDE), -9_999.0), nodata=-9_999.0), name="void", datum="msl")


def test_heights_above_the_sea_read_as_above_the_ellipsoid_change_no_shadow():
    """Only differences of height count, and between the two datums these differ by centimetres in a kilometre."""
    sea, hae = (read_terrain(geotiff(ridge()), name="ridge", datum=datum) for datum in ("msl", "hae"))
    assert abs(float(sea.heights_m[0, 0]) - float(hae.heights_m[0, 0])) > 10
    assert (viewshed(sea, eye()) == viewshed(hae, eye())).mean() > 0.999
    cells = np.arange(-29.0, 29.0)
    assert (east(sea, cells) == east(hae, cells)).all()
    assert not east(hae, np.array([12.0]))[0]  # there is a shadow at all


def test_a_hole_that_a_file_declares_hides_and_so_does_one_that_it_forgot_to_declare():
    for mark, declared in ((-32_768.0, -32_768.0), (-9_999.0, None)):
        heights_m = np.full((SIDE, SIDE), 100.0)
        heights_m[SIDE // 2 - 1 : SIDE // 2 + 2, SIDE // 2 + 10] = mark
        terrain = read_terrain(geotiff(heights_m, nodata=declared), name="holed", datum="hae")
        assert east(terrain, np.array([8.0, 10.0, 20.0, -20.0])).tolist() == [True, False, False, True]
        assert Shadows(terrain=terrain).within(np.array([MIDDLE_DEG[0] + 10 * STEP_DEG]), np.array([MIDDLE_DEG[1]]))[0]


def test_a_file_in_metres_of_a_zone_has_wedges_beyond_which_nothing_is_hidden():
    heights_m = np.full((200, 200), 100.0, dtype=np.float32)
    with MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=200,
            height=200,
            count=1,
            dtype="float32",
            crs=32626,
            transform=from_origin(680_000, 3_500_000, 100, 100),
        ) as dataset:
            dataset.write(heights_m, 1)
        terrain = read_terrain(bytes(file.read()), name="zone", datum="hae")
    assert np.isnan(terrain.heights_m).any()
    rows, columns = terrain.heights_m.shape
    lon_deg = terrain.west_deg + terrain.step_lon_deg * (columns // 2) * np.ones(4)
    lat_deg = terrain.north_deg - terrain.step_lat_deg * (rows // 2) * np.ones(4)
    corner_lon_deg = terrain.west_deg + terrain.step_lon_deg * np.array([0.2, columns - 1.2, 0.2, columns - 1.2])
    corner_lat_deg = terrain.north_deg - terrain.step_lat_deg * np.array([0.2, 0.2, rows - 1.2, rows - 1.2])
    shadows = Shadows(terrain=terrain)
    assert shadows.sees(lon_deg, lat_deg, np.full(4, 100.0), corner_lon_deg, corner_lat_deg).all()
    assert not shadows.within(corner_lon_deg, corner_lat_deg).all()
