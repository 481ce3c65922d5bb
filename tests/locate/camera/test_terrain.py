"""Terrain models from GeoTIFF, and rays that meet them, against a search that knows nothing of ours."""

import contextlib

import numpy as np
import pytest
import rasterio
from matplotlib.cbook import get_sample_data
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from tests.locate.camera.flights import floats, made

from truceline.base.errors import InputError, TooLargeError, UnreadableError
from truceline.locate.camera import Ground, Terrain, aim_of, footprints, ground_of, read_terrain, undulation_m
from truceline.model.footage import Camera

PROJ = Transformer.from_crs(4979, 4978, always_xy=True)
CAMERA = Camera(time_error_ms=0)


def geotiff(heights_m: np.ndarray, *, crs: object = 4326, transform: object = None, **profile: object) -> bytes:
    settings = {
        "driver": "GTiff",
        "height": heights_m.shape[0],
        "width": heights_m.shape[1],
        "count": 1,
        "dtype": str(heights_m.dtype),
        "crs": CRS.from_user_input(crs) if crs else None,
        "transform": transform or from_origin(36.9, 48.1, 0.0004, 0.00027),
    } | profile
    with MemoryFile() as file:
        with file.open(**settings) as dataset:
            dataset.write(heights_m, 1)
        return file.read()


def grid_deg(rows: int = 600, columns: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes of the middles of the cells that `geotiff` writes."""
    return np.meshgrid(36.9 + (np.arange(columns) + 0.5) * 0.0004, 48.1 - (np.arange(rows) + 0.5) * 0.00027)


def hills(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    return 150 + 60 * np.sin(lon_deg * 400) * np.cos(lat_deg * 600)


@pytest.fixture(scope="module")
def rolling() -> Terrain:
    return read_terrain(geotiff(hills(*grid_deg()).astype(np.float32)), name="rolling", datum="hae")


# --- reading ----------------------------------------------------------------------------------------------


def test_heights_are_where_the_file_has_them(rolling):
    chance = np.random.default_rng(1)
    lon_deg, lat_deg = chance.uniform(36.92, 37.08, 1_000), chance.uniform(47.95, 48.08, 1_000)
    # between two points of a sine of 60 m a bilinear surface is at most 60 · (0.16 rad)² / 8 · 2 off
    assert np.abs(rolling.heights(lon_deg, lat_deg) - hills(lon_deg, lat_deg)).max() < 0.4
    assert np.isnan(rolling.heights(np.array([36.0, 37.0]), np.array([48.0, 49.0]))).all()


def test_a_model_above_the_sea_is_raised_by_the_geoid_and_one_above_the_ellipsoid_is_not(rolling):
    content = geotiff(hills(*grid_deg()).astype(np.float32))
    above_sea = read_terrain(content, name="sea", datum="msl")
    at = np.array([37.01]), np.array([48.01])
    raised_m = above_sea.heights(*at) - rolling.heights(*at)
    assert raised_m == pytest.approx(undulation_m(*at), abs=0.01)


def test_the_files_own_vertical_frame_is_its_datum():
    heights_m = np.full((40, 50), 100.0, dtype=np.float32)
    at = np.array([36.905]), np.array([48.097])
    sea = read_terrain(geotiff(heights_m, crs="EPSG:4326+5773"), name="EGM96")
    assert sea.heights(*at) == pytest.approx(100 + undulation_m(*at), abs=0.01)
    ellipsoid = read_terrain(geotiff(heights_m, crs="EPSG:4979"), name="ellipsoid")
    assert ellipsoid.heights(*at) == pytest.approx(100)


def test_a_model_that_hides_its_datum_is_refused_with_what_to_do():
    heights_m = np.full((40, 50), 100.0, dtype=np.float32)
    for crs in (4326, "EPSG:4326+5705"):  # none, and heights above the Baltic
        with pytest.raises(UnreadableError, match="msl or hae"):
            read_terrain(geotiff(heights_m, crs=crs), name="mute")


def test_a_model_in_metres_of_a_zone_is_laid_on_degrees():
    to_zone = Transformer.from_crs(4326, 32637, always_xy=True)
    west_m, north_m = to_zone.transform(36.9, 48.1)
    x_m, y_m = np.meshgrid(west_m + (np.arange(400) + 0.5) * 25, north_m - (np.arange(400) + 0.5) * 25)
    lon_deg, lat_deg = to_zone.transform(x_m, y_m, direction="INVERSE")
    content = geotiff(
        hills(lon_deg, lat_deg).astype(np.float32), crs=32637, transform=from_origin(west_m, north_m, 25, 25)
    )
    model = read_terrain(content, name="zone", datum="hae")
    chance = np.random.default_rng(2)
    inside = chance.uniform(36.93, 37.0, 500), chance.uniform(48.03, 48.08, 500)
    assert np.abs(model.heights(*inside) - hills(*inside)).max() < 2.0  # two bilinear steps on slopes up to 0.5


def test_cells_without_a_height_stay_unknown_declared_or_not():
    heights_m = np.full((40, 50), 100.0, dtype=np.float32)
    heights_m[20, 25], heights_m[5, 5] = -32_768, -9_999
    model = read_terrain(geotiff(heights_m, nodata=-32_768), name="holes", datum="hae")
    lon_deg, lat_deg = 36.9 + np.array([25.5, 5.5]) * 0.0004, 48.1 - np.array([20.5, 5.5]) * 0.00027
    assert np.isnan(model.heights(lon_deg, lat_deg)).all()
    assert model.lowest_m == model.highest_m == 100


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"II*\x00" + b"\xff" * 200,
        b"<VRTDataset rasterXSize='20' rasterYSize='20'><VRTRasterBand/></VRTDataset>",
        geotiff(np.full((40, 50), 1.0, dtype=np.float32))[:300],
        geotiff(np.full((40, 50), 1.0, dtype=np.float32), crs=None),
        geotiff(np.full((1, 50), 1.0, dtype=np.float32)),
        geotiff(np.full((40, 50), 1 + 1j, dtype=np.complex64)),
        geotiff(np.full((40, 50), -9_999.0, dtype=np.float32)),
    ],
    ids=["empty", "noise", "a list of other files", "cut short", "no frame", "one row", "complex", "no height"],
)
def test_what_is_no_terrain_model_is_refused_by_name(content):
    with pytest.raises(UnreadableError, match=r"terrain broken.*\[input.unreadable\]"):
        read_terrain(content, name="broken", datum="hae")


def test_a_small_file_of_very_many_cells_is_refused_before_it_is_unpacked():
    with MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=30_000,
            height=30_000,
            count=1,
            dtype="uint8",
            crs=CRS.from_epsg(4326),
            transform=from_origin(0, 50, 1e-4, 1e-4),
            sparse_ok=True,
            tiled=True,
            compress="deflate",
        ):
            pass
        content = file.read()
    assert len(content) < 2_000_000
    with pytest.raises(TooLargeError, match="30,000 x 30,000 cells"):
        read_terrain(content, name="bomb", datum="hae")


def test_damaged_models_are_read_or_refused_and_nothing_else():
    content = geotiff(hills(*grid_deg(60, 50)).astype(np.float32), compress="deflate")
    chance = np.random.default_rng(3)
    for _ in range(150):
        broken = bytearray(content)
        for at in chance.integers(0, len(broken), 4):
            broken[at] = chance.integers(0, 256)
        with contextlib.suppress(InputError):  # any other error fails the test
            assert read_terrain(bytes(broken), name="damaged", datum="hae").highest_m <= 9_000


# --- rays on a model --------------------------------------------------------------------------------------


def brute_force_m(model: Terrain, origin: np.ndarray, direction: np.ndarray) -> float:
    """Distance to the first place below the ground, looked for every half metre; infinite: none within 30 km."""
    along_m = np.arange(0, 30_000, 0.5)
    points = origin[:, None] + along_m * (direction / np.linalg.norm(direction))[:, None]
    lon_deg, lat_deg, hae_m = PROJ.transform(*points, direction="INVERSE")
    height_m = model.heights(np.asarray(lon_deg), np.asarray(lat_deg))
    below = np.flatnonzero(hae_m <= height_m)
    return float(along_m[below[0]]) if below.size else np.inf


def test_a_ray_meets_the_first_hill_that_a_search_of_every_half_metre_meets(rolling):
    chance = np.random.default_rng(4)
    count = 120
    place = chance.uniform(36.97, 37.03, count), chance.uniform(47.99, 48.03, count), chance.uniform(260, 1_000, count)
    angles_deg = np.zeros((6, count))
    angles_deg[3], angles_deg[4] = chance.uniform(0, 360, count), -chance.uniform(4, 80, count)
    aim = aim_of(place, angles_deg)
    hits = ground_of(Ground(height_m=np.zeros(count), terrain=rolling), aim.origin, aim.camera[0])
    oracle_m = np.array([brute_force_m(rolling, aim.origin[:, k], aim.camera[0][:, k]) for k in range(count)])
    met = hits.outcome == 0
    assert met.sum() > 90
    assert np.abs(hits.reach[met] - oracle_m[met]).max() <= 0.6
    assert np.abs(hits.hae_m[met] - rolling.heights(hits.lon_deg[met], hits.lat_deg[met])).max() < 1e-3
    assert not np.isfinite(oracle_m[hits.outcome == 2]).any()  # what leaves the model met nothing inside it


def test_a_wall_one_cell_wide_is_not_stepped_over():
    heights_m = np.full((600, 500), 100.0, dtype=np.float32)
    heights_m[300, :] = 180.0  # 30 m thick, and as much again on either side on its way down
    wall = read_terrain(geotiff(heights_m), name="wall", datum="hae")
    count = 400
    lat_deg = 48.1 - 300.5 * 0.00027
    place = np.full(count, 37.0), np.full(count, lat_deg - 0.02), np.linspace(181.0, 400.0, count)
    angles_deg = np.zeros((6, count))
    angles_deg[4] = -np.degrees(np.arctan2(place[2] - 175.0, 0.02 * 111_200))  # at the wall, five metres below its top
    aim = aim_of(place, angles_deg)
    hits = ground_of(Ground(height_m=np.zeros(count), terrain=wall), aim.origin, aim.camera[0])
    assert (hits.outcome == 0).all()
    assert np.abs(hits.lat_deg - lat_deg).max() < 0.00027


def test_on_a_real_model_the_crest_hides_the_valley():
    dem = get_sample_data("jacksboro_fault_dem.npz")
    heights_m = dem["elevation"].astype(np.float32)
    south_deg, north_deg = sorted((float(dem["ymin"]), float(dem["ymax"])))
    transform = from_origin(float(dem["xmin"]), north_deg, float(dem["dx"]), float(dem["dy"]))
    model = read_terrain(geotiff(heights_m, transform=transform), name="Jacksboro", datum="msl")
    count = 60
    chance = np.random.default_rng(5)
    place = (
        chance.uniform(dem["xmin"] + 0.12, dem["xmax"] - 0.12, count),
        chance.uniform(south_deg + 0.1, north_deg - 0.1, count),
        np.full(count, model.highest_m + 50),
    )
    angles_deg = np.zeros((6, count))
    angles_deg[3], angles_deg[4] = chance.uniform(0, 360, count), -chance.uniform(6, 40, count)
    aim = aim_of(place, angles_deg)
    hits = ground_of(Ground(height_m=np.zeros(count), terrain=model), aim.origin, aim.camera[0])
    oracle_m = np.array([brute_force_m(model, aim.origin[:, k], aim.camera[0][:, k]) for k in range(count)])
    met = hits.outcome == 0
    assert met.sum() > 40
    assert (np.abs(hits.reach[met] - oracle_m[met]) <= 0.6).mean() > 0.97


def test_what_a_model_cannot_tell_is_named(rolling):
    def said(**pose: object) -> tuple[str, str]:
        level = {"pitch_deg": 0.0, "roll_deg": 0.0, "heading_deg": 0.0, "sensor_azimuth_deg": 0.0} | pose
        rows = footprints(made(**level), camera=CAMERA, terrain=rolling)
        return rows["standing"][0].as_py(), rows["reason"][0].as_py()

    assert said() == ("stated", "")
    outside = said(sensor_elevation_deg=-5.0)
    assert outside[0] == "withheld"
    assert "leaves the terrain model" in outside[1]
    assert "into the sky" in said(sensor_elevation_deg=3.0)[1]
    assert "below the ground" in said(sensor_hae_m=90.0)[1]


def test_a_ray_that_its_errors_may_carry_over_a_crest_is_withheld(rolling):
    count = 120
    low = {"pitch_deg": 0.0, "roll_deg": 0.0, "heading_deg": 0.0, "sensor_azimuth_deg": 0.0, "sensor_hae_m": 240.0}
    low |= {"hfov_deg": None, "vfov_deg": None}  # of the middle alone
    frames = made(count, **low, sensor_elevation_deg=-np.linspace(0.6, 8.0, count))
    found = footprints(frames, camera=CAMERA, terrain=rolling)
    exact = footprints(frames, camera=Camera(**dict.fromkeys(Camera.__slots__, 0)), terrain=rolling)
    far_m = (floats(exact, "lat_deg") - 48) * 111_200
    over = np.array(["over a crest" in reason for reason in found["reason"].to_pylist()])
    assert over.sum() > 5
    stated = np.array(found["standing"].to_pylist()) == "stated"
    assert stated.sum() > 20
    # a sixteenth of a degree moves no stated place to another hill, and a withheld one it may
    leaps_m = np.abs(np.diff(far_m))
    assert np.nanmax(leaps_m[over[1:]]) > 300
    assert np.nanmax(leaps_m[stated[1:] & stated[:-1]]) < 300


def test_the_height_of_a_terrain_model_takes_the_place_of_the_frames_own(rolling):
    one, other = (footprints(made(centre_hae_m=height_m), camera=CAMERA, terrain=rolling) for height_m in (150.0, None))
    assert floats(one, "lat_deg") == floats(other, "lat_deg")
    assert one["ground"].to_pylist() == ["rolling"]
    assert floats(one, "hae_m")[0] == pytest.approx(
        rolling.heights(floats(one, "lon_deg"), floats(one, "lat_deg"))[0], abs=1e-3
    )
    assert footprints(made(), camera=CAMERA)["ground"].to_pylist() == ["flat"]


def test_rasterio_is_not_left_with_another_environment():
    with rasterio.Env() as env:
        before = env.options.copy()
        read_terrain(geotiff(np.full((4, 5), 1.0, dtype=np.float32)), name="small", datum="hae")
        assert env.options == before
