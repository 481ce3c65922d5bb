"""Ellipses judged both ways against simulated truth: too narrow fails, and so does too wide.

True poses are disturbed by the errors that the camera states, and given to `footprints`. Over many of them the squared
error in sigmas must be two on average, and its 95 % ellipse must hold 95 %.
"""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from tests.locate.camera.flights import EXACT, POSE, TURNS, floats, made, squared_sigmas, true_centres

from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE
from truceline.locate.camera import Ground, Terrain, aim_of, footprints, ground_of, place_sightings, rays
from truceline.model.footage import SIGHTINGS, Camera

COUNT = 4_000
CAMERA = Camera(time_error_ms=0)
# The mean of COUNT chi-squared values scatters by 2 / sqrt(COUNT) = 0.03: four of these, and 5 % for first order.
MEAN = (2 - 0.23, 2 + 0.23)
HELD = (0.935, 0.965)  # 0.95 ± 4 sqrt(0.95 · 0.05 / COUNT)


@pytest.fixture
def chance():
    return np.random.default_rng(20)


def disturbed(chance: np.random.Generator, pose: dict[str, float], camera: Camera) -> pa.Table:
    """COUNT frames as a vehicle would state them whose true pose is `pose`."""
    flat_m = camera.position_error_m / SIGMA_95_CIRCLE
    east_m, north_m = chance.normal(0, 1, (2, COUNT)) * flat_m
    errors = {
        "sensor_lon_deg": east_m / (111_319.49 * np.cos(np.radians(pose["sensor_lat_deg"]))),
        "sensor_lat_deg": north_m / 111_200,
        "sensor_hae_m": chance.normal(0, 1, COUNT) * camera.height_error_m / SIGMA_95,
        "centre_hae_m": chance.normal(0, 1, COUNT) * camera.ground_error_m / SIGMA_95,
    }
    turns = (camera.heading_error_deg, *(camera.attitude_error_deg,) * 2, *(camera.pointing_error_deg,) * 3)
    errors |= {
        name: chance.normal(0, 1, COUNT) * error_deg / SIGMA_95 for name, error_deg in zip(TURNS, turns, strict=True)
    }
    view = 1 + chance.normal(0, 1, COUNT) * camera.view_error_permille / 1000 / SIGMA_95
    views = {name: pose[name] * view for name in ("hfov_deg", "vfov_deg")}
    return made(COUNT, **pose | {name: pose[name] + error for name, error in errors.items()} | views)


def judge(square: np.ndarray) -> None:
    assert np.isfinite(square).all()
    assert MEAN[0] < square.mean() < MEAN[1]
    assert HELD[0] < (square < 5.991).mean() < HELD[1]


GEOMETRIES = {
    "steep": {"sensor_elevation_deg": -70.0, "sensor_azimuth_deg": 10.0},
    "sideways": {"sensor_elevation_deg": -35.0, "sensor_azimuth_deg": 95.0, "roll_deg": 20.0},
    "straight down": {"sensor_elevation_deg": -90.0, "pitch_deg": 0.0, "roll_deg": 0.0},
    "shallow": {"sensor_elevation_deg": -10.0, "pitch_deg": 0.0, "roll_deg": 0.0, "sensor_azimuth_deg": 0.0},
    "backwards, far north": {"sensor_azimuth_deg": 170.0, "sensor_lat_deg": 69.0, "sensor_elevation_deg": -25.0},
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_the_middle_is_as_wrong_as_its_ellipse_says(chance, name):
    pose = POSE | GEOMETRIES[name]
    lon_deg, lat_deg = true_centres(made(1, **pose))
    found = footprints(disturbed(chance, pose, CAMERA), camera=CAMERA)
    judge(squared_sigmas(found, lon_deg[0], lat_deg[0]))


@pytest.mark.parametrize(
    "name", [name for name in EXACT.__slots__ if name.split("_")[0] not in ("time", "pixel", "view")]
)
def test_each_error_alone_is_in_the_ellipse(chance, name):
    large = {"position_error_m": 120.0, "height_error_m": 100.0, "ground_error_m": 100.0}.get(name, 2.0)
    camera = dataclasses.replace(EXACT, **{"pointing_error_deg": 0.2} | {name: large})
    pose = POSE | {"sensor_elevation_deg": -45.0}
    lon_deg, lat_deg = true_centres(made(1, **pose))
    found = footprints(disturbed(chance, pose, camera), camera=camera)
    judge(squared_sigmas(found, lon_deg[0], lat_deg[0]))


def test_near_the_horizon_the_second_order_is_in_the_ellipse(chance):
    pose = POSE | {"sensor_elevation_deg": -3.6, "pitch_deg": 0.0, "roll_deg": 0.0, "sensor_azimuth_deg": 0.0}
    frames = disturbed(chance, pose, CAMERA)
    lon_deg, lat_deg = true_centres(made(1, **pose))
    found = footprints(frames, camera=CAMERA)
    stated = np.array(found["standing"].to_pylist()) == "stated"
    assert stated.mean() > 0.99
    square = squared_sigmas(found, lon_deg[0], lat_deg[0])[stated]
    assert 1.6 < square.mean() < 2.4  # each ellipse is drawn about a disturbed place, whose own sigma is disturbed too
    assert 0.93 < (square < 5.991).mean() < 0.97


@pytest.mark.parametrize(("elevation_deg", "outside"), [(-2.6, 0.064), (-2.1, 0.064), (-1.7, 0.053), (-1.4, 0.04)])
def test_nearer_still_what_cannot_be_told_is_withheld(chance, elevation_deg, outside):
    pose = POSE | {"sensor_elevation_deg": elevation_deg, "pitch_deg": 0.0, "roll_deg": 0.0, "sensor_azimuth_deg": 0.0}
    lon_deg, lat_deg = true_centres(made(1, **pose))
    found = footprints(disturbed(chance, pose, CAMERA), camera=CAMERA)
    square = squared_sigmas(found, lon_deg[0], lat_deg[0])
    # of all pictures, placed or not, no more than one in twenty is placed outside its 95 % ellipse
    assert (square > 5.991).mean() < outside
    withheld = [reason for reason in found["reason"].to_pylist() if reason]
    assert all("so flatly" in reason or "into the sky" in reason for reason in withheld)
    assert elevation_deg > -2 or np.isfinite(square).mean() > 0.5
    exact = footprints(made(1, **pose), camera=EXACT)
    assert exact["standing"].to_pylist() == ["stated"]  # it is the errors that rule it out, not the angle


def test_a_thing_in_a_corner_is_as_wrong_as_its_ellipse_says(chance):
    pose = POSE | {"hfov_deg": 30.0, "vfov_deg": 17.0}
    sigma_px, at_px = 4.0, np.array([200.0, 150.0])
    camera = Camera(time_error_ms=0, view_error_permille=40)
    frames = disturbed(chance, pose, camera)
    seen_px = at_px[:, None] + chance.normal(0, sigma_px, (2, COUNT))
    columns = {
        "sighting_id": pa.array([f"seen-{row}" for row in range(COUNT)]),
        "frame_id": frames["frame_id"],
        "x_px": pa.array(seen_px[0]),
        "y_px": pa.array(seen_px[1]),
        "sigma_px": pa.array(np.full(COUNT, sigma_px)),
    }
    seen = pa.table([columns.get(each.name, pa.nulls(COUNT, each.type)) for each in SIGHTINGS], schema=SIGHTINGS)
    placed = place_sightings(seen, frames, footprints(frames, camera=camera), camera=camera, terrain=None)
    aim = aim_of(
        tuple(np.array([pose[name]]) for name in ("sensor_lon_deg", "sensor_lat_deg", "sensor_hae_m")),
        np.array([[pose[name]] for name in TURNS]),
    )
    half = np.tan(np.radians([15.0, 8.5]))
    across, down = (2 * at_px / (1_920, 1_080) - 1) * half
    truth = ground_of(Ground(height_m=np.array([150.0])), aim.origin, rays(aim, np.array([across]), np.array([down])))
    judge(squared_sigmas(placed, truth.lon_deg[0], truth.lat_deg[0]))
    assert (floats(placed, "own_ee_m2") < floats(placed, "cov_ee_m2") / 2).all()
    # with the pixel alone wrong, all of it is new in every picture
    still = made(COUNT, **pose)
    alone = place_sightings(seen, still, footprints(still, camera=EXACT), camera=EXACT, terrain=None)
    judge(squared_sigmas(alone, truth.lon_deg[0], truth.lat_deg[0]))
    assert floats(alone, "own_nn_m2") == pytest.approx(floats(alone, "cov_nn_m2"))


def test_on_hills_the_slope_is_in_the_ellipse(chance):
    hills = rolling()
    pose = POSE | {"sensor_elevation_deg": -30.0}
    camera = Camera(time_error_ms=0, ground_error_m=0)
    lon_deg, lat_deg = true_centres(made(1, **pose), Ground(height_m=np.array([0.0]), terrain=hills))
    found = footprints(disturbed(chance, pose, camera), camera=camera, terrain=hills)
    assert set(found["standing"].to_pylist()) == {"stated"}
    square = squared_sigmas(found, lon_deg[0], lat_deg[0])
    assert 1.7 < square.mean() < 2.4  # slopes change by a tenth over an ellipse
    assert 0.93 < (square < 5.991).mean() < 0.97
    to_east, to_north = hills.slopes(lon_deg, lat_deg)
    assert np.hypot(to_east, to_north)[0] > 0.1


def test_a_clock_that_lags_moves_places_along_the_flight(chance):
    steps = np.arange(60)
    frames = made(
        60,
        sensor_lon_deg=37 + steps * np.pi * 3e-6,  # 0.7 m a picture: 21 m/s
        heading_deg=40 + steps * np.e * 0.04,  # 3 degrees a second
        at_us=1_900_000_000_000_000 + steps * 33_333,
        centre_lon_deg=None,
    )
    camera = Camera(**dict.fromkeys(EXACT.__slots__, 0) | {"time_error_ms": 200})
    found = footprints(frames, camera=camera)
    lon_deg, lat_deg = true_centres(frames)
    sigma_s = 0.2 / SIGMA_95
    for row in (0, 30, 59):
        a, b = max(row - 1, 0), min(row + 1, 59)
        east_m = (lon_deg[b] - lon_deg[a]) * 111_319.49 * np.cos(np.radians(48.0))
        speed_mps = np.hypot(east_m, (lat_deg[b] - lat_deg[a]) * 111_200) / ((b - a) * 0.033333)
        assert speed_mps > 50
        widest_m = np.sqrt(floats(found, "cov_ee_m2") + floats(found, "cov_nn_m2"))[row]
        assert widest_m == pytest.approx(speed_mps * sigma_s, rel=0.02)


def test_more_error_never_gives_a_narrower_ellipse(chance):
    for name in EXACT.__slots__:
        if name in ("time_error_ms", "pixel_error_px", "view_error_permille"):
            continue  # these move nothing of a still's middle
        wider = Camera(**{each: getattr(CAMERA, each) * (3 if each == name else 1) for each in EXACT.__slots__})
        before, after = (footprints(made(), camera=camera) for camera in (CAMERA, wider))
        area = [floats(f, "cov_ee_m2") * floats(f, "cov_nn_m2") - floats(f, "cov_en_m2") ** 2 for f in (before, after)]
        assert area[1][0] > area[0][0] * 1.01, name


def rolling() -> Terrain:
    """Hills of 40 m every 1.5 km."""
    lon_deg, lat_deg = 36.9 + np.arange(700) * 0.0004, 48.1 - np.arange(700) * 0.00027
    heights_m = 150 + 40 * np.sin(lon_deg * 314)[None, :] * np.cos(lat_deg * 466)[:, None]
    return Terrain(
        name="rolling",
        heights_m=heights_m.astype(np.float32),
        west_deg=lon_deg[0],
        north_deg=lat_deg[0],
        step_lon_deg=0.0004,
        step_lat_deg=0.00027,
        lowest_m=float(heights_m.min()),
        highest_m=float(heights_m.max()),
    )
