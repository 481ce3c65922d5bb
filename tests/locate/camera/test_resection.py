"""Pictures placed by control points, against known poses; and what is refused."""

import dataclasses
import os

import numpy as np
import pytest
from tests.locate.camera.flights import floats, made, squared_sigmas

from truceline.base.errors import UnreadableError
from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE
from truceline.locate.camera import ControlPoint, PlacedPicture, footprints, pixels_of, place_sightings, resect
from truceline.model.batch import table
from truceline.model.footage import SIGHTINGS, Camera

CAMERA = Camera(position_error_m=15, height_error_m=20)
TRUE = {"pointing": "ground", "sensor_azimuth_deg": 110.0, "sensor_elevation_deg": -42.0, "sensor_roll_deg": 2.0}
VIEW = {"hfov_deg": 60.0, "vfov_deg": 36.0, "sensor_hae_m": 400.0}
AT_PX = np.array(
    [[150, 120], [1_800, 200], [1_700, 980], [200, 1_000], [960, 500], [600, 800], [1_300, 350], [420, 420]]
)
TRIALS = 400 if os.environ.get("TRUCELINE_LONG") else 40
SHARP = {"error_px": 0.05, "error_m": 0.02, "height_error_m": 0.02}
EXACT = Camera(**dict.fromkeys(Camera.__slots__, 0))


def marked(chance: np.random.Generator | None, count: int = 6, **pose: object) -> tuple[ControlPoint, ...]:
    """Points of the true picture, on ground of 130 to 190 m, wrong by their stated errors where chance is given."""
    picture = made(**TRUE | VIEW | pose)
    pixels = AT_PX[:count]
    seen = table(
        [
            {
                "sighting_id": str(k),
                "frame_id": "made-0",
                "x_px": float(x),
                "y_px": float(y),
                "stated_hae_m": 130.0 + 15 * (k % 5),
            }
            for k, (x, y) in enumerate(pixels)
        ],
        SIGHTINGS,
    )
    placed = place_sightings(seen, picture, footprints(picture, camera=EXACT), camera=EXACT, terrain=None)
    noise = np.zeros((count, 5)) if chance is None else chance.normal(0, 1, (count, 5))
    return tuple(
        ControlPoint(
            x_px=float(x + noise[k, 0] * 3 / SIGMA_95),
            y_px=float(y + noise[k, 1] * 3 / SIGMA_95),
            lon_deg=floats(placed, "lon_deg")[k] + noise[k, 2] * 3 / SIGMA_95_CIRCLE / 74_600,
            lat_deg=floats(placed, "lat_deg")[k] + noise[k, 3] * 3 / SIGMA_95_CIRCLE / 111_200,
            hae_m=floats(placed, "hae_m")[k] + noise[k, 4] * 3 / SIGMA_95,
        )
        for k, (x, y) in enumerate(pixels)
    )


def altered(point: ControlPoint, **changed: float) -> ControlPoint:
    return dataclasses.replace(point, **changed)


def consumer(**changed: object) -> object:
    """What a consumer vehicle states: where it is, and nothing of where its camera points."""
    blank = {"pointing": "", "sensor_azimuth_deg": None, "sensor_elevation_deg": None, "sensor_roll_deg": None}
    return made(**VIEW | blank | {"heading_deg": None} | changed)


def test_exact_points_give_the_exact_pose_whatever_the_start():
    rough = consumer(sensor_lon_deg=37.0001, sensor_lat_deg=48.00005, sensor_hae_m=412.0, hfov_deg=61.0, vfov_deg=36.7)
    loose = Camera(position_error_m=500, height_error_m=500, view_error_permille=200)
    points = tuple(altered(point, **SHARP) for point in marked(None))
    placed = resect(points, frame=rough, camera=loose)
    row = placed.frame.to_pylist()[0]
    assert (row["pointing"], row["frame_id"]) == ("ground", "made-0")
    assert row["sensor_azimuth_deg"] == pytest.approx(110.0, abs=0.02)
    assert row["sensor_elevation_deg"] == pytest.approx(-42.0, abs=0.05)
    assert row["sensor_roll_deg"] == pytest.approx(2.0, abs=0.02)
    assert row["sensor_lat_deg"] == pytest.approx(48.0, abs=3e-6)
    assert row["hfov_deg"] == pytest.approx(60.0, abs=0.05)
    assert np.abs(placed.residuals_px).max() < 0.2
    places = (np.array([getattr(point, name) for point in points]) for name in ("lon_deg", "lat_deg", "hae_m"))
    assert pytest.approx(AT_PX[:6], abs=0.3) == pixels_of(placed.frame, 0, *places).T


def test_a_view_that_nobody_stated_is_found():
    square_deg = 2 * np.degrees(np.arctan(np.tan(np.radians(30)) * 1_080 / 1_920))  # its pixels are square
    points = tuple(altered(point, **SHARP) for point in marked(None, 8, vfov_deg=square_deg))
    placed = resect(points, frame=consumer(hfov_deg=None, vfov_deg=None), camera=CAMERA)
    assert placed.frame["hfov_deg"][0].as_py() == pytest.approx(60.0, abs=0.1)


def test_straight_down_is_a_direction_like_any_other():
    down = {"sensor_azimuth_deg": 30.0, "sensor_elevation_deg": -90.0, "sensor_roll_deg": 0.0}
    placed = resect(marked(None, **down), frame=consumer(), camera=CAMERA)
    found = footprints(placed.frame, camera=placed)
    assert found["standing"].to_pylist() == ["stated"]
    assert floats(found, "lat_deg")[0] == pytest.approx(48.0, abs=1e-6)


def test_the_covariance_is_honest_both_ways():
    chance = np.random.default_rng(8)
    squares, places, misfits = [], [], []
    truth = footprints(made(**TRUE | VIEW, centre_hae_m=150.0), camera=EXACT)
    for _ in range(TRIALS):
        east_m, north_m = chance.normal(0, 15 / SIGMA_95_CIRCLE, 2)
        rough = consumer(
            sensor_lon_deg=37 + east_m / 74_600,
            sensor_lat_deg=48 + north_m / 111_200,
            sensor_hae_m=400 + chance.normal(0, 20 / SIGMA_95),
            hfov_deg=60 * (1 + (share := chance.normal(0, 0.01 / SIGMA_95))),
            vfov_deg=36 * (1 + share),
        )
        placed = resect(marked(chance), frame=rough, camera=CAMERA)
        misfits.append(placed.misfit_ratio)
        row = placed.frame.to_pylist()[0]
        off = np.array(
            [
                (row["sensor_lon_deg"] - 37) * 74_620,
                (row["sensor_lat_deg"] - 48) * 111_200,
                row["sensor_hae_m"] - 400,
            ]
        )
        squares.append(off @ np.linalg.solve(placed.covariance[:3, :3], off))
        known = dataclasses.replace(placed, camera=dataclasses.replace(CAMERA, ground_error_m=0))
        found = footprints(placed.frame, camera=known)
        places.append(squared_sigmas(found, floats(truth, "lon_deg")[0], floats(truth, "lat_deg")[0])[0])
    # means of chi-squared values of 3 and 2 degrees of freedom: within four of their own sigmas
    assert abs(np.mean(squares) - 3) < 4 * np.sqrt(6 / TRIALS)
    assert abs(np.mean(places) - 2) < 4 * np.sqrt(4 / TRIALS)
    assert 0.8 < np.mean(misfits) < 1.1


def test_points_that_agree_less_than_they_should_widen_the_covariance():
    def boasting(points: tuple[ControlPoint, ...]) -> PlacedPicture:
        """Points wrong by three metres and pixels that claim half of it."""
        claimed = {"error_px": 1.5, "error_m": 1.5, "height_error_m": 1.5}
        return resect(tuple(altered(point, **claimed) for point in points), frame=consumer(), camera=CAMERA)

    proud, quiet = boasting(marked(np.random.default_rng(9), 8)), boasting(marked(None, 8))
    assert proud.misfit_ratio > 1.5 > 0.1 > quiet.misfit_ratio
    widened = np.diag(proud.covariance) / np.diag(quiet.covariance)
    assert widened == pytest.approx(np.full(7, proud.misfit_ratio**2), rel=0.1)


def test_place_and_direction_err_together_and_the_ground_is_known_better_than_either():
    loose = Camera(position_error_m=500, height_error_m=500, view_error_permille=100, ground_error_m=0)
    placed = resect(marked(np.random.default_rng(11), 8), frame=consumer(), camera=loose)
    place_m = np.sqrt(np.linalg.eigvalsh(placed.covariance[:3, :3]).max())
    found = footprints(placed.frame, camera=placed)
    ground_m = np.sqrt(floats(found, "cov_ee_m2") + floats(found, "cov_nn_m2"))[0]
    assert place_m > 4
    assert ground_m < 2  # eight points of a metre and a half


def test_it_stands_in_for_a_camera_and_its_view_is_in_the_corner():
    placed = resect(marked(np.random.default_rng(10), 8), frame=consumer(), camera=CAMERA)
    found = footprints(placed.frame, camera=placed)
    assert found["standing"].to_pylist() == ["stated"]
    assert len(found["corners_deg"][0].as_py()) == 8
    rows = [
        {"sighting_id": name, "frame_id": "made-0", "x_px": x, "y_px": y, "sigma_px": 0.1}
        for name, x, y in (("middle", 960.0, 540.0), ("corner", 30.0, 30.0))
    ]
    seen = place_sightings(table(rows, SIGHTINGS), placed.frame, found, camera=placed, terrain=None)
    middle_m, corner_m = np.sqrt(floats(seen, "cov_nn_m2"))
    assert 1 < middle_m < corner_m < 25


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (lambda: marked(None)[:3], "3 control points"),
        (lambda: marked(None)[:1] * 6, "open"),
        (lambda: tuple(near(p) for p in marked(None)), "open by"),
    ],
    ids=["three", "one, six times", "all in one spot"],
)
def test_points_that_leave_the_pose_open_are_refused_with_what_to_do(points, words):
    with pytest.raises(UnreadableError, match=rf"{words}.*far apart"):
        resect(points(), frame=consumer(), camera=CAMERA)


def near(point: ControlPoint) -> ControlPoint:
    """The same point drawn to within some pixels and metres of the first."""
    first = marked(None)[0]
    names = ("x_px", "y_px", "lon_deg", "lat_deg", "hae_m")
    moved = {name: getattr(first, name) + (getattr(point, name) - getattr(first, name)) / 300 for name in names}
    return altered(point, **moved)


def test_a_point_that_contradicts_the_others_is_named():
    points = list(marked(None, 8))
    points[4] = altered(points[4], x_px=points[4].x_px + 250)
    with pytest.raises(UnreadableError, match="point 5 lies"):
        resect(tuple(points), frame=consumer(), camera=CAMERA)


@pytest.mark.parametrize("lacking", [{"sensor_lon_deg": None}, {"sensor_hae_m": None}, {"width_px": None}])
def test_a_frame_that_does_not_say_where_it_was_cannot_be_placed(lacking):
    with pytest.raises(UnreadableError, match="it lacks"):
        resect(marked(None), frame=consumer(**lacking), camera=CAMERA)
