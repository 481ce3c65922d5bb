"""What a frame's own numbers say against it, and what follows."""

import numpy as np
import pyarrow as pa
import pytest
from tests.locate.camera.flights import POSE, floats, made, osh, true_centres

from truceline.locate.camera import footprints, place_sightings
from truceline.model.batch import table
from truceline.model.footage import SIGHTINGS, Camera

CAMERA = Camera(time_error_ms=50)
TOLD = "times what is allowed"


def consistent(count: int = 1, **changed: object) -> pa.Table:
    """Frames whose stated centre is where their axis meets the ground, unless another is given."""
    poses = {name: value for name, value in changed.items() if name in POSE}
    lon_deg, lat_deg = true_centres(made(count, **poses))
    return made(count, **{"centre_lon_deg": lon_deg, "centre_lat_deg": lat_deg} | changed)


def shifted_centre(metres: float) -> pa.Table:
    lon_deg, lat_deg = true_centres(made())
    return made(centre_lon_deg=[lon_deg[0]], centre_lat_deg=[lat_deg[0] + metres / 111_200])


def test_a_centre_within_the_errors_is_stated_one_beyond_is_widened_one_far_beyond_is_withheld():
    found = [footprints(shifted_centre(metres), camera=CAMERA) for metres in (30, 200, 900)]
    assert [rows["standing"][0].as_py() for rows in found] == ["stated", "widened", "withheld"]
    assert [round(floats(rows, "centre_residual_m")[0]) for rows in found] == [30, 200, 900]
    assert found[0]["reason"][0].as_py() == ""
    assert TOLD in found[1]["reason"][0].as_py()
    factor = floats(found[1], "widening")[0]
    assert 1 < factor <= 3
    narrow_m2, wide_m2 = floats(found[0], "cov_ee_m2")[0], floats(found[1], "cov_ee_m2")[0]
    assert wide_m2 == pytest.approx(narrow_m2 * factor**2, rel=0.02)


def test_a_widened_ellipse_agrees_with_the_stated_centre_at_999_permille():
    rows = footprints(shifted_centre(200), camera=CAMERA)
    _, lat_deg = true_centres(made())
    north_m = (floats(rows, "lat_deg")[0] - lat_deg[0]) * 111_200 - 200
    ee, en, nn = (floats(rows, f"cov_{name}_m2")[0] for name in ("ee", "en", "nn"))
    assert ee * north_m**2 / (ee * nn - en**2) == pytest.approx(13.8, rel=0.15)


def test_a_stated_centre_near_the_horizon_excuses_nothing():
    # the ellipse is kilometres long there: on the ground this would pass, as a direction it does not
    pose = {"sensor_elevation_deg": -7.0, "pitch_deg": 0.0, "roll_deg": 0.0, "sensor_azimuth_deg": 0.0}
    lon_deg, lat_deg = true_centres(made(**pose | {"sensor_elevation_deg": -3.0}))
    rows = footprints(made(**pose, centre_lon_deg=lon_deg, centre_lat_deg=lat_deg), camera=CAMERA)
    assert rows["standing"][0].as_py() == "withheld"


def test_a_slant_range_that_geometry_contradicts_is_named():
    right = footprints(consistent(slant_range_m=2_393.0), camera=CAMERA)
    residual_m = floats(right, "range_residual_m")[0]
    off = footprints(consistent(slant_range_m=2_393.0 - residual_m + 100), camera=CAMERA)
    assert floats(off, "range_residual_m")[0] == pytest.approx(100, abs=0.01)
    assert "slant range is +100 m off" in off["reason"][0].as_py()
    unmeasured = footprints(consistent(slant_range_m=0.0), camera=CAMERA)
    assert np.isnan(floats(unmeasured, "range_residual_m")[0])


def test_a_sample_whose_clock_leaves_the_pictures_is_withheld_and_its_neighbours_are_not():
    steps = np.arange(90)
    at_us = 1_900_000_000_000_000 + steps * 33_333
    late = at_us + np.where(steps == 40, 500_000, 0)
    rows = footprints(consistent(90, at_us=late, stream_us=steps * 33_333), camera=CAMERA)
    standing = rows["standing"].to_pylist()
    assert [row for row, each in enumerate(standing) if each == "withheld"] == [40]
    assert floats(rows, "clock_residual_ms")[40] == pytest.approx(500)
    assert "clock is +500 ms off" in rows["reason"][40].as_py()
    jitter = at_us + (steps % 3 - 1) * 20_000
    steady = footprints(consistent(90, at_us=jitter, stream_us=steps * 33_333), camera=CAMERA)
    assert set(steady["standing"].to_pylist()) == {"stated"}


def test_a_clock_that_is_set_anew_and_stays_so_agrees_again():
    steps = np.arange(200)
    at_us = 1_900_000_000_000_000 + steps * 33_333 + np.where(steps >= 100, 7_200_000_000, 0)
    rows = footprints(consistent(200, at_us=at_us, stream_us=steps * 33_333), camera=CAMERA)
    assert np.abs(floats(rows, "clock_residual_ms")).max() < 1


def test_a_second_solution_that_is_elsewhere_is_measured():
    rows = footprints(consistent(other_lon_deg=37.0, other_lat_deg=48.0001), camera=CAMERA)
    assert floats(rows, "gnss_residual_m")[0] == pytest.approx(11.13, abs=0.05)
    assert rows["standing"][0].as_py() == "stated"
    apart = footprints(consistent(other_lon_deg=37.0, other_lat_deg=48.0003), camera=CAMERA)
    assert apart["standing"][0].as_py() == "widened"
    assert "33 m apart" in apart["reason"][0].as_py()


def test_a_wrong_checksum_is_forgiven_only_where_the_frame_proves_itself():
    flags = pa.array([["bad-checksum"]])
    proved = footprints(consistent(flags=flags), camera=CAMERA)
    assert proved["standing"][0].as_py() == "stated"
    assert proved["corners_deg"][0].as_py() == []  # no residual proves its field of view
    for rows in (
        footprints(made(flags=flags), camera=CAMERA),
        footprints(with_flag(shifted_centre(300)), camera=CAMERA),
    ):
        assert rows["standing"][0].as_py() == "withheld"
        assert "checksum is wrong" in rows["reason"][0].as_py()
    seen = table([{"sighting_id": "a", "frame_id": "made-0", "x_px": 10.0, "y_px": 10.0}], SIGHTINGS)
    placed = place_sightings(seen, consistent(flags=flags), proved, camera=CAMERA, terrain=None)
    assert placed["lon_deg"][0].as_py() is None
    assert "field of view" in placed["reason"][0].as_py()


def with_flag(frames: pa.Table) -> pa.Table:
    at = frames.schema.get_field_index("flags")
    return frames.set_column(at, frames.schema.field(at), pa.array([["bad-checksum"]], pa.list_(pa.string())))


def test_flipped_bits_in_a_bad_packet_are_caught():
    frames = with_flags(osh())
    heading_deg = floats(frames, "heading_deg") + 360 / 65_535 * 2.0**13  # 45 degrees
    at = frames.schema.get_field_index("heading_deg")
    turned = frames.set_column(at, "heading_deg", pa.array(np.mod(heading_deg, 360)))
    assert set(footprints(turned, camera=CAMERA)["standing"].to_pylist()) == {"withheld"}
    assert set(footprints(frames, camera=CAMERA)["standing"].to_pylist()) == {"stated"}


def with_flags(frames: pa.Table) -> pa.Table:
    at = frames.schema.get_field_index("flags")
    return frames.set_column(at, frames.schema.field(at), pa.array([["bad-checksum"]] * frames.num_rows))


# --- what is not stated -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "standing", "words"),
    [
        ({"pointing": ""}, "position", "does not say where the camera points"),
        ({"heading_deg": None}, "position", "heading_deg is not stated"),
        ({"sensor_elevation_deg": float("nan")}, "position", "sensor_elevation_deg is not stated"),
        ({"sensor_hae_m": None}, "position", "no height of the vehicle"),
        ({"centre_hae_m": None}, "position", "no height of the ground"),
        ({"sensor_lat_deg": None}, "withheld", "no place of the vehicle"),
        ({"sensor_lat_deg": 95.0}, "withheld", "no place of the vehicle"),
        ({"sensor_lat_deg": 0.0, "sensor_lon_deg": 0.0}, "withheld", "no place of the vehicle"),
        ({"sensor_elevation_deg": 20.0}, "withheld", "looks into the sky"),
        ({"sensor_hae_m": 100.0}, "withheld", "starts below the ground"),
    ],
)
def test_what_a_frame_lacks_is_named_and_it_never_shows_ground(missing, standing, words):
    rows = footprints(made(**missing), camera=CAMERA)
    assert rows["standing"][0].as_py() == standing
    assert words in rows["reason"][0].as_py()
    assert rows["lon_deg"][0].as_py() is None
    assert rows["cov_ee_m2"][0].as_py() is None
    assert rows["corners_deg"][0].as_py() == []
    seen = table([{"sighting_id": "a", "frame_id": "made-0", "x_px": 10.0, "y_px": 10.0}], SIGHTINGS)
    placed = place_sightings(seen, made(**missing), rows, camera=CAMERA, terrain=None)
    assert placed["lon_deg"][0].as_py() is None
    assert words in placed["reason"][0].as_py()


def test_without_the_sensors_roll_only_the_middle_is_known():
    rows = footprints(made(sensor_roll_deg=None), camera=CAMERA)
    assert rows["standing"][0].as_py() == "stated"
    assert rows["corners_deg"][0].as_py() == []


def test_a_roll_that_is_not_stated_is_read_off_the_stated_corners():
    rolled = made(sensor_roll_deg=17.0)
    exact = Camera(**dict.fromkeys(CAMERA.__slots__, 0))
    corners = footprints(rolled, camera=exact)["corners_deg"]
    silent = made(sensor_roll_deg=None, corners_deg=corners.to_pylist())
    found = footprints(silent, camera=CAMERA)["corners_deg"]
    assert np.abs(np.array(found[0].as_py()) - np.array(corners[0].as_py())).max() < 1e-7  # a centimetre


def test_absolute_angles_do_not_turn_with_the_vehicle():
    turned = {"heading_deg": 200.0, "pitch_deg": 20.0, "roll_deg": 30.0}
    one, other = (footprints(made(pointing="ground", **change), camera=CAMERA) for change in ({}, turned))
    assert floats(one, "lon_deg") == floats(other, "lon_deg")
    level = footprints(made(heading_deg=0.0, pitch_deg=0.0, roll_deg=0.0), camera=CAMERA)
    assert floats(one, "lat_deg") == pytest.approx(floats(level, "lat_deg"), abs=1e-12)
    assert floats(one, "cov_ee_m2")[0] < floats(level, "cov_ee_m2")[0]  # the heading's error is not in it


def test_the_files_own_circle_is_never_undercut():
    narrow = footprints(made(centre_ce90_m=1.0), camera=CAMERA)
    wide = footprints(made(centre_ce90_m=400.0), camera=CAMERA)
    assert floats(narrow, "cov_nn_m2") == pytest.approx(floats(footprints(made(), camera=CAMERA), "cov_nn_m2"))
    sigma_m = 400 / np.sqrt(-2 * np.log(0.1))  # ST 0601 item 45: the radius that holds 90 %
    assert np.sqrt(floats(wide, "cov_ee_m2")[0]) == pytest.approx(sigma_m, rel=1e-6)


def test_heights_above_the_sea_and_above_the_ellipsoid_are_told_apart():
    above_sea = made(sensor_hae_m=None, sensor_msl_m=1_500.0, centre_hae_m=None, centre_msl_m=150.0)
    mixed = made(sensor_hae_m=1_500.0, centre_hae_m=None, centre_msl_m=150.0)
    here, there, plain = (footprints(frames, camera=CAMERA) for frames in (above_sea, mixed, made()))
    geoid_m = 18.0  # of EGM96 at 48 north, 37 east, to a metre
    assert floats(here, "hae_m")[0] == pytest.approx(150 + geoid_m, abs=1)
    assert floats(here, "sensor_hae_m")[0] == pytest.approx(1_500 + geoid_m, abs=1)
    moved_m = np.hypot(
        (floats(there, "lon_deg") - floats(plain, "lon_deg"))[0] * 74_500,
        (floats(there, "lat_deg") - floats(plain, "lat_deg"))[0] * 111_200,
    )
    assert 20 < moved_m < 30  # 16 m of height at a depression of 33 degrees: what mixing them would cost


# --- the outline ------------------------------------------------------------------------------------------


def test_a_picture_with_sky_is_outlined_by_its_lower_edge_and_the_horizon():
    pose = {"sensor_elevation_deg": -5.0, "pitch_deg": 0.0, "roll_deg": 0.0, "vfov_deg": 30.0, "hfov_deg": 40.0}
    exact = Camera(**dict.fromkeys(CAMERA.__slots__, 0))
    rows = footprints(made(**pose, heading_deg=0.0, sensor_azimuth_deg=0.0, sensor_roll_deg=0.0), camera=exact)
    points = np.array(rows["corners_deg"][0].as_py()).reshape(-1, 2)
    north_m = (points[:, 1] - 48) * 111_200
    horizon_m = np.sqrt(2 * 6_380_000 * 1_350)  # 131 km from 1,350 m above the ground
    assert len(points) > 12
    assert north_m.min() == pytest.approx(1_350 / np.tan(np.radians(20)), rel=0.07)  # the edge looks 20 degrees down
    assert north_m.max() == pytest.approx(horizon_m, rel=0.02)
    assert np.isfinite(points).all()


def test_a_rolled_picture_with_one_corner_in_the_sky_keeps_the_others():
    pose = {"sensor_elevation_deg": -12.0, "pitch_deg": 0.0, "roll_deg": 0.0, "vfov_deg": 20.0, "hfov_deg": 20.0}
    rows = footprints(made(**pose, sensor_roll_deg=30.0), camera=CAMERA)
    assert rows["standing"][0].as_py() == "stated"
    points = np.array(rows["corners_deg"][0].as_py()).reshape(-1, 2)
    assert len(points) > 8
    level = footprints(made(**pose | {"vfov_deg": 10.0, "hfov_deg": 10.0}, sensor_roll_deg=30.0), camera=CAMERA)
    assert len(level["corners_deg"][0].as_py()) == 8
