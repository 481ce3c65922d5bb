"""Recorded flights, from the pose alone: where the axis meets the ground against where the aircraft said it does."""

import numpy as np
import pyarrow as pa
import pytest
from geographiclib.geodesic import Geodesic
from tests.locate.camera.flights import EXACT, day_flight, floats, gaps_m, osh, osh_things, squared_sigmas, truck

from truceline.locate.camera import footprints, interference, place_sightings, undulation_m
from truceline.model.footage import Camera


def corner_gaps_m(frames: pa.Table, found: pa.Table) -> np.ndarray:
    gaps = []
    for ours, stated in zip(found["corners_deg"].to_pylist(), frames["corners_deg"].to_pylist(), strict=True):
        for k in range(0, 8, 2):
            gaps.append(Geodesic.WGS84.Inverse(ours[k + 1], ours[k], stated[k + 1], stated[k])["s12"])
    return np.array(gaps)


def test_the_simulated_flight_agrees_with_itself_to_its_rounding():
    frames = osh()
    found = footprints(frames, camera=Camera())
    assert set(found["standing"].to_pylist()) == {"stated"}
    assert np.median(floats(found, "centre_residual_m")) <= 0.2
    assert np.abs(floats(found, "range_residual_m")).max() <= 0.2
    assert np.median(corner_gaps_m(frames, found)) <= 3.0  # the aircraft's corners lie on its terrain, ours are flat


def test_the_real_flight_agrees_with_itself_to_five_metres_at_2300():
    frames = truck()
    found = footprints(frames, camera=Camera())
    residual_m = floats(found, "centre_residual_m")
    assert set(found["standing"].to_pylist()) == {"stated"}
    assert np.median(residual_m) <= 5.0
    assert np.percentile(residual_m, 95) <= 18.0
    assert np.median(corner_gaps_m(frames, found)) <= 12.0


def test_a_flight_that_is_wrong_by_kilometres_is_withheld_with_the_numbers():
    found = footprints(day_flight(), camera=Camera())
    assert set(found["standing"].to_pylist()) == {"withheld"}
    assert floats(found, "centre_residual_m").min() > 1_000
    assert np.isnan(floats(found, "lon_deg")).all()
    for reason in found["reason"].to_pylist():
        assert "passes the stated centre by" in reason
        assert "times what is allowed" in reason


def test_things_that_the_file_places_itself_are_where_it_says_in_the_datum_of_its_own_detector():
    frames = osh()
    above_ellipsoid = frames.set_column(
        frames.schema.get_field_index("sensor_hae_m"), frames.schema.field("sensor_hae_m"), frames["sensor_msl_m"]
    )
    things = osh_things(frames)
    found = footprints(above_ellipsoid, camera=Camera())
    placed = place_sightings(things, above_ellipsoid, found, camera=Camera(), terrain=None)
    residual_m = floats(placed, "residual_m")
    assert np.isfinite(residual_m).all()
    assert np.median(residual_m) <= 0.4
    assert np.percentile(residual_m, 95) <= 0.8


def test_read_as_the_standard_has_it_the_files_detector_mixed_two_datums_and_is_told_so():
    frames = osh()
    things = osh_things(frames)
    placed = place_sightings(things, frames, footprints(frames, camera=Camera()), camera=Camera(), terrain=None)
    residual_m = floats(placed, "residual_m")
    geoid_m = -undulation_m(np.array([-86.68]), np.array([34.71]))[0]  # 29 m below the ellipsoid there
    drop = np.tan(np.radians(52.0))  # the axis looks down at 44 to 55 degrees
    assert np.median(residual_m) == pytest.approx(geoid_m / drop, rel=0.1)
    assert all("its maker mixed the two" in reason for reason in placed["reason"].to_pylist())


def test_nothing_disturbed_is_found_where_nothing_was():
    for frames in (osh(), truck()):
        assert interference(frames, camera=Camera()) == ()


# --- ellipses, both ways ----------------------------------------------------------------------------------


def test_with_rounding_alone_the_ellipses_of_the_simulated_flight_are_honest():
    frames = osh()
    found = footprints(frames, camera=EXACT)
    square = squared_sigmas(found, floats(frames, "centre_lon_deg"), floats(frames, "centre_lat_deg"))
    # pitch, roll and height are constant in this flight: two of its rounding errors are one draw, not 277
    assert 0.8 < square.mean() < 3.5
    assert (square < 5.991).mean() > 0.9


def test_an_encoder_that_cuts_off_shows_in_the_mean_and_not_in_the_scatter():
    frames = osh()
    found = footprints(frames, camera=EXACT)
    east_m, north_m = gaps_m(found, floats(frames, "centre_lon_deg"), floats(frames, "centre_lat_deg"))
    scatter_m = np.hypot(east_m.std(), north_m.std())
    assert np.hypot(east_m.mean(), north_m.mean()) > 1.2 * scatter_m  # why half a step is kept, not averaged away
    half = 360 / 65_535 / 2
    turned = frames.set_column(
        frames.schema.get_field_index("heading_deg"), "heading_deg", pa.array(floats(frames, "heading_deg") + half)
    )
    again = gaps_m(
        footprints(turned, camera=Camera()), floats(frames, "centre_lon_deg"), floats(frames, "centre_lat_deg")
    )
    assert np.hypot(again[0].mean(), again[1].mean()) < 0.6 * scatter_m


def test_errors_of_pointing_estimated_on_half_of_the_real_flight_hold_on_the_other_half():
    frames = truck()
    half = frames.num_rows // 2

    def squares(part: pa.Table, error_deg: float) -> np.ndarray:
        camera = Camera(
            position_error_m=0,
            height_error_m=0,
            heading_error_deg=0,
            attitude_error_deg=0,
            pointing_error_deg=error_deg,
            view_error_permille=0,
            ground_error_m=0,
            time_error_ms=0,
        )
        found = footprints(part, camera=camera)
        square = squared_sigmas(found, floats(part, "centre_lon_deg"), floats(part, "centre_lat_deg"))
        return square[np.isfinite(square)]

    first, second = frames.slice(0, half), frames.slice(half)
    tried_deg = np.linspace(0.1, 0.6, 26)
    fitting_deg = min(tried_deg, key=lambda error_deg: abs(squares(first, float(error_deg)).mean() - 2))
    square = squares(second, float(fitting_deg))
    assert len(square) > 0.98 * second.num_rows
    assert 1.0 < square.mean() < 4.0  # two, were both halves alike; a factor of 1.4 in sigma either way
    assert 0.85 < (square < 5.991).mean() < 0.99
