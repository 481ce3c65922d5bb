"""Rays and the ellipsoid against PROJ and SciPy, with no code of ours in the oracle."""

import numpy as np
import pyarrow as pa
import pytest
from pyproj import Transformer
from scipy.spatial.transform import Rotation
from tests.locate.camera.flights import floats, made

from truceline.locate.camera import Ground, aim_of, footprints, ground_of, pixels_of, rays
from truceline.locate.camera.ground.ellipsoid import to_ecef, to_geodetic
from truceline.model.footage import Camera

PROJ = Transformer.from_crs(4979, 4978, always_xy=True)
COUNT = 2_000


@pytest.fixture(scope="module")
def chance():
    return np.random.default_rng(5)


def test_points_and_degrees_are_projs_within_a_hundredth_of_a_millimetre(chance):
    lon_deg, lat_deg = chance.uniform(-180, 180, COUNT), chance.uniform(-90, 90, COUNT)
    hae_m = chance.uniform(-1e4, 1e5, COUNT)
    point = np.array(PROJ.transform(lon_deg, lat_deg, hae_m))
    assert np.abs(to_ecef(lon_deg, lat_deg, hae_m) - point).max() < 1e-6
    back = to_geodetic(point)
    assert np.abs(back[1] - lat_deg).max() * 111e3 < 1e-5
    assert np.abs(back[2] - hae_m).max() < 1e-5


def test_a_ray_meets_flat_ground_at_its_height_on_the_ray_as_proj_measures_it(chance):
    place = chance.uniform(-180, 180, COUNT), chance.uniform(-85, 85, COUNT), chance.uniform(300, 9_000, COUNT)
    angles_deg = chance.uniform(-180, 180, (6, COUNT))
    height_m = chance.uniform(-50, 250, COUNT)
    aim = aim_of(place, angles_deg)
    direction = rays(aim, chance.uniform(-1, 1, COUNT), chance.uniform(-1, 1, COUNT))
    hits = ground_of(Ground(height_m=height_m), aim.origin, direction)
    met = np.flatnonzero(hits.outcome == 0)
    assert 0.3 * COUNT < met.size < 0.7 * COUNT
    _, lat_deg, hae_m = PROJ.transform(*hits.point[:, met], direction="INVERSE")
    assert np.abs(hae_m - height_m[met]).max() < 1e-4
    assert np.abs(lat_deg - hits.lat_deg[met]).max() < 1e-9
    # nothing of the ray between camera and hit lies below the ground: it is the first meeting
    halfway = aim.origin[:, met] + 0.999 * hits.reach[met] * direction[:, met]
    assert (PROJ.transform(*halfway, direction="INVERSE")[2] > height_m[met] - 1e-4).all()


def test_the_axis_points_where_the_standards_turns_put_it(chance):
    angles_deg = chance.uniform(-180, 180, (6, COUNT))
    aim = aim_of((np.zeros(COUNT), np.zeros(COUNT), np.zeros(COUNT)), angles_deg)
    # on the equator at Greenwich north, east, down are z, y, -x
    ned_to_ecef = np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]], dtype=float)
    vehicle = Rotation.from_euler("ZYX", angles_deg[:3].T, degrees=True)
    sensor = Rotation.from_euler("ZYX", angles_deg[3:].T, degrees=True)
    for axis, ours in enumerate(aim.camera):
        expected = (vehicle * sensor).apply(np.eye(3)[axis]) @ ned_to_ecef.T
        assert np.abs(ours.T - expected).max() < 1e-12


def test_the_turning_axes_are_the_derivatives_of_the_direction(chance):
    angles_deg = chance.uniform(-180, 180, (6, 50))
    place = chance.uniform(-180, 180, 50), chance.uniform(-85, 85, 50), np.zeros(50)
    aim, step = aim_of(place, angles_deg), 1e-5
    for angle in range(6):
        turned = angles_deg.copy()
        turned[angle] += np.degrees(step)
        moved = (aim_of(place, turned).camera[0] - aim.camera[0]) / step
        assert np.abs(moved - np.cross(aim.turning[angle], aim.camera[0], axis=0)).max() < 1e-4


def test_what_looks_up_or_stands_below_the_ground_says_so():
    place = np.array([37.0] * 3), np.array([48.0] * 3), np.array([1_000.0, 1_000.0, 100.0])
    angles_deg = np.zeros((6, 3))
    angles_deg[4] = 10.0, -0.5, -30.0  # half a degree down from 1 km: above the horizon, which lies 0.87 down at 850 m
    aim = aim_of(place, angles_deg)
    hits = ground_of(Ground(height_m=np.full(3, 150.0)), aim.origin, aim.camera[0])
    assert hits.outcome.tolist() == [1, 1, 3]
    assert np.isnan(hits.lon_deg).all()


def test_a_place_found_from_a_pixel_has_that_pixel(chance):
    frames = made(sensor_elevation_deg=-50.0)
    found = footprints(frames, camera=Camera())
    corners = np.array(found["corners_deg"][0].as_py()).reshape(4, 2)
    hae_m = np.full(4, floats(found, "hae_m")[0])
    x_px, y_px = pixels_of(frames, 0, corners[:, 0], corners[:, 1], hae_m)
    assert x_px == pytest.approx([0, 1_920, 1_920, 0], abs=1e-5)
    assert y_px == pytest.approx([0, 0, 1_080, 1_080], abs=1e-5)


def test_what_is_behind_the_camera_has_no_pixel():
    behind = pixels_of(made(), 0, np.array([36.9]), np.array([48.1]), np.array([150.0]))
    assert np.isnan(behind).all()


def test_the_picture_may_hang_upside_down_or_hold_a_fiftieth_of_a_degree():
    upright = footprints(made(sensor_roll_deg=0.0, hfov_deg=0.02, vfov_deg=0.015), camera=Camera())
    turned = footprints(made(sensor_roll_deg=180.0, hfov_deg=0.02, vfov_deg=0.015), camera=Camera())
    corners, opposite = (np.array(rows["corners_deg"][0].as_py()).reshape(4, 2) for rows in (upright, turned))
    assert np.abs(corners - opposite[[2, 3, 0, 1]]).max() < 1e-9
    assert 0.3 < np.ptp(corners[:, 1]) * 111_200 < 3.0  # half a metre to three across, at 2.5 km


def test_frames_come_out_once_and_in_order_whatever_they_hold(chance):
    values = {name: [None, float("nan"), float("inf"), -1e300, 1e300] for name in made().column_names if "deg" in name}
    values.pop("corners_deg")
    frames = pa.concat_tables([made(5, **values), made(3), made(2, pointing="")])
    found = footprints(frames, camera=Camera())
    assert found["frame_id"].equals(frames["frame_id"])
    assert found["standing"].to_pylist() == ["withheld"] * 5 + ["stated"] * 3 + ["position"] * 2
    assert footprints(frames.slice(0, 0), camera=Camera()).num_rows == 0
