"""Disturbed satellite navigation, implanted into a steady flight: found there and nowhere else; places bounded."""

import numpy as np
import pyarrow as pa
import pytest
from tests.locate.camera.flights import M_PER_DEG, floats, made, osh, true_centres

from truceline.locate.camera import footprints, impediments_of, interference
from truceline.model.footage import Camera
from truceline.model.impediment import IMPEDIMENT_KINDS, IMPEDIMENTS

CAMERA = Camera()
COUNT, RATE_HZ = 900, 10  # a minute and a half
START_US = 1_900_000_000_000_000
STEPS = np.arange(COUNT)
EAST_MPS = 18.0
LON_DEG = 37.0 + STEPS / RATE_HZ * EAST_MPS / (M_PER_DEG * np.cos(np.radians(48.0)))
LAT_DEG = 48.0 + 1e-7 * np.sin(STEPS)


def flown(**changed: object) -> pa.Table:
    numbers = {
        "sensor_lon_deg": LON_DEG,
        "sensor_lat_deg": LAT_DEG,
        "at_us": START_US + STEPS * 100_000,
        "satellites": np.full(COUNT, 14),
    }
    return made(COUNT, **numbers | changed)


def in_span(values: np.ndarray, first: int, last: int, change: object) -> np.ndarray:
    changed = values.copy()
    changed[first : last + 1] = change
    return changed


def only(frames: pa.Table) -> tuple[int, int, tuple[str, ...], str]:
    found = interference(frames, camera=CAMERA)
    assert len(found) == 1
    return found[0].rows[0], found[0].rows[-1], found[0].kinds, found[0].words


def test_a_steady_flight_is_not_disturbed():
    assert interference(flown(), camera=CAMERA) == ()
    assert interference(flown(other_lon_deg=LON_DEG + 1e-5, other_lat_deg=LAT_DEG), camera=CAMERA) == ()


def test_a_jump_and_its_way_back_are_one_span():
    first, last, kinds, words = only(flown(sensor_lat_deg=in_span(LAT_DEG, 300, 499, 48.02)))
    assert (first, last, kinds) == (300, 499, ("jump",))
    assert "a jump of 2,22" in words
    assert "at most 54 m/s" in words  # three times what it mostly flew


def test_a_jump_ends_where_the_fix_is_back_but_for_the_step_of_another_set_of_satellites():
    north_deg = in_span(LAT_DEG, 300, 301, 48.02)
    north_deg[302:] += 25 / 111_200
    still = np.full(COUNT, 37.0) + 1e-7 * np.cos(STEPS)
    first, last, _, words = only(flown(sensor_lon_deg=still, sensor_lat_deg=north_deg))
    assert (first, last) == (300, 301)
    assert "at most 30 m/s" in words
    assert interference(flown(sensor_lat_deg=LAT_DEG + 25 / 111_200 * (STEPS > 300)), camera=CAMERA) == ()


def test_a_jump_without_a_way_back_lasts_to_the_end():
    first, last, _, words = only(flown(sensor_lat_deg=in_span(LAT_DEG, 600, COUNT - 1, 48.02)))
    assert (first, last) == (600, COUNT - 1)
    assert "none back" in words


def test_a_receiver_that_finds_itself_in_the_first_seconds_doubts_only_those():
    first, last, _, _ = only(flown(sensor_lat_deg=in_span(LAT_DEG, 0, 30, 48.02)))
    assert (first, last) == (0, 30)


def test_a_fix_that_stays_while_the_second_solution_moves_is_frozen():
    first, last, kinds, words = only(
        flown(
            sensor_lon_deg=in_span(LON_DEG, 400, 420, LON_DEG[400]),
            sensor_lat_deg=in_span(LAT_DEG, 400, 420, LAT_DEG[400]),
            other_lon_deg=LON_DEG,
            other_lat_deg=LAT_DEG,
        )
    )
    assert "disagreement" in kinds  # two seconds are no frozen fix yet, but the second solution is 36 m away
    frames = flown(
        sensor_lon_deg=in_span(LON_DEG, 400, 449, LON_DEG[400]),
        sensor_lat_deg=in_span(LAT_DEG, 400, 449, LAT_DEG[400]),
        other_lon_deg=LON_DEG,
        other_lat_deg=LAT_DEG,
    )
    first, last, kinds, words = only(frames)
    assert (first, last) == (400, 449)
    assert "frozen" in kinds
    assert "the same fix for 5 s while the second solution moved 88 m" in words


def test_a_fix_that_stays_while_the_vehicle_banks_is_frozen_and_one_on_the_ground_is_not():
    still = {
        "sensor_lon_deg": in_span(LON_DEG, 300, 500, LON_DEG[300]),
        "sensor_lat_deg": in_span(LAT_DEG, 300, 500, LAT_DEG[300]),
    }
    banking = 8 * np.sin(STEPS / RATE_HZ * 2 * np.pi / 16)
    first, last, kinds, words = only(flown(**still, roll_deg=banking))
    assert (first, last, kinds) == (300, 500, ("frozen",))
    assert "its tilt must have moved the vehicle" in words
    standing = {"sensor_lon_deg": np.full(COUNT, 37.0), "sensor_lat_deg": np.full(COUNT, 48.0)}
    noise_deg = np.random.default_rng(1).normal(0, 0.1, COUNT)
    assert interference(flown(**standing, roll_deg=noise_deg), camera=CAMERA) == ()


def test_a_hovering_vehicle_that_turns_has_no_frozen_fix():
    hover = {"sensor_lon_deg": np.full(COUNT, 37.0), "sensor_lat_deg": np.full(COUNT, 48.0)}
    assert interference(flown(**hover, heading_deg=np.mod(STEPS, 360.0)), camera=CAMERA) == ()


def test_fixes_repeated_between_two_of_the_receiver_are_no_sign():
    assert interference(flown(sensor_lon_deg=LON_DEG[STEPS // 10 * 10]), camera=CAMERA) == ()


def test_lost_satellites_are_a_sign_and_a_receiver_that_starts_is_none():
    starting = in_span(np.full(COUNT, 14), 0, 50, 3)
    assert interference(flown(satellites=starting), camera=CAMERA) == ()
    first, last, kinds, words = only(flown(satellites=in_span(starting, 700, 760, 4)))
    assert (first, last, kinds) == (700, 760, ("satellites",))
    assert "4 satellites instead of 14" in words


def test_impediments_blame_nobody_and_carry_the_span():
    frames = flown(satellites=in_span(np.full(COUNT, 14), 700, 760, 2))
    rows = impediments_of(interference(frames, camera=CAMERA))
    assert rows.schema.equals(IMPEDIMENTS)
    row = rows.to_pylist()[0]
    assert row["kind"] in IMPEDIMENT_KINDS
    assert row["area_of"] == ""
    assert row["reason_given"].startswith("satellite navigation disturbed")
    assert (row["earliest_at_us"], row["latest_at_us"]) == (START_US + 70_000_000, START_US + 76_000_000)
    assert impediments_of(()).num_rows == 0


def test_an_impediment_reaches_as_far_as_the_vehicle_can_have_gone_between_its_good_fixes():
    (one,) = interference(flown(sensor_lat_deg=in_span(LAT_DEG, 300, 499, 49.0)), camera=CAMERA)
    row = impediments_of((one,)).to_pylist()[0]
    assert row["met_lon_deg"] == pytest.approx((LON_DEG[299] + LON_DEG[500]) / 2, abs=1e-9)
    assert row["met_lat_deg"] == pytest.approx(48.0, abs=1e-6), "the false fixes do not move it"
    assert row["reach_m"] == pytest.approx(3 * EAST_MPS * 20.1 / 2, rel=0.01)


def test_an_impediment_with_one_good_edge_reaches_twice_as_far_and_one_with_none_states_no_place():
    (one,) = interference(flown(sensor_lat_deg=in_span(LAT_DEG, 700, COUNT - 1, 49.0)), camera=CAMERA)
    row = impediments_of((one,)).to_pylist()[0]
    assert (row["met_lon_deg"], row["met_lat_deg"]) == (pytest.approx(LON_DEG[699]), pytest.approx(LAT_DEG[699]))
    assert row["reach_m"] == pytest.approx(3 * EAST_MPS * 20.0, rel=0.01)
    throughout = flown(other_lon_deg=LON_DEG, other_lat_deg=LAT_DEG + 0.1)
    nowhere = impediments_of(interference(throughout, camera=CAMERA)).to_pylist()
    assert [(row["met_lon_deg"], row["met_lat_deg"], row["reach_m"]) for row in nowhere] == [(None, None, None)]


def test_places_inside_a_span_are_bounded_by_its_edges_and_hold_the_truth():
    truth = true_centres(flown())
    jumped = flown(sensor_lat_deg=in_span(LAT_DEG, 300, 360, 48.02))
    rows = footprints(jumped, camera=CAMERA)
    standing = np.array(rows["standing"].to_pylist())
    assert set(np.delete(standing, range(300, 361))) == {"stated"}
    assert set(standing[300:361]) == {"widened"}
    assert "the vehicle's place is known to" in rows["reason"][330].as_py()
    assert floats(rows, "sensor_lat_deg")[330] == pytest.approx(48.0, abs=1e-6)
    north_m = np.abs(floats(rows, "lat_deg") - truth[1]) * 111_200
    sigma_m = np.sqrt(floats(rows, "cov_nn_m2"))
    assert north_m[300:361].max() < 5  # a straight flight: the line between its edges is right
    assert sigma_m[330] > 3 * sigma_m[200]
    assert sigma_m[300] < sigma_m[310] < sigma_m[330]
    assert set(floats(rows, "widening")) == {1.0}


def test_places_that_no_good_fix_bounds_are_withheld():
    rows = footprints(flown(sensor_lat_deg=in_span(LAT_DEG, 300, 899, 48.02)), camera=CAMERA)
    standing = rows["standing"].to_pylist()
    assert standing[299] == "stated"
    assert standing[899] == "withheld"
    assert "disturbed" in rows["reason"][899].as_py()


def test_with_a_second_solution_places_stay_narrow():
    jumped = {"sensor_lat_deg": in_span(LAT_DEG, 300, 800, 48.02)}
    alone = footprints(flown(**jumped), camera=CAMERA)
    helped = footprints(flown(**jumped, other_lon_deg=LON_DEG, other_lat_deg=LAT_DEG), camera=CAMERA)
    assert alone["standing"][550].as_py() == "withheld"
    assert helped["standing"][550].as_py() == "widened"
    lon_deg, lat_deg = true_centres(flown())
    assert abs(floats(helped, "lat_deg")[550] - lat_deg[550]) * 111_200 < 5
    assert abs(floats(helped, "lon_deg")[550] - lon_deg[550]) * 74_600 < 5


def test_a_recorded_flight_with_an_implanted_jump_says_so():
    frames = osh()
    lat_deg = floats(frames, "sensor_lat_deg").copy()
    lat_deg[100:150] += 0.01
    at = frames.schema.get_field_index("sensor_lat_deg")
    disturbed = frames.set_column(at, "sensor_lat_deg", pa.array(lat_deg))
    first, last, kinds, _ = only(disturbed)
    assert (first, last, kinds) == (100, 149, ("jump",))
    assert set(footprints(disturbed, camera=CAMERA)["standing"].to_pylist()) == {"stated", "widened"}


def test_fixes_that_jump_to_and_fro_at_every_sample_take_no_longer_than_others():
    many = 20_000
    lat_deg = 48 + np.arange(many) % 2 * 0.05
    frames = made(many, sensor_lat_deg=lat_deg, at_us=START_US + np.arange(many) * 1_000)
    found = interference(frames, camera=CAMERA)
    assert len(found) == 1  # all of it
