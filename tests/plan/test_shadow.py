"""What terrain hides: against the geometry of a round earth, walls of known height, and a slow second opinion."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.cbook import get_sample_data

from truceline.base.errors import OutOfRangeError, TooLargeError
from truceline.base.frames import EARTH_M
from truceline.model.terrain import Terrain
from truceline.plan.shadow import REFRACTION_RATIO, Eye, Shadows, viewshed

LON_DEG, LAT_DEG = 12.0, 45.0
EAST_M = Geodesic.WGS84.Inverse(LAT_DEG, LON_DEG, LAT_DEG, LON_DEG + 0.001)["s12"] * 1000  # in a degree
NORTH_M = Geodesic.WGS84.Inverse(LAT_DEG - 0.0005, LON_DEG, LAT_DEG + 0.0005, LON_DEG)["s12"] * 1000


def model(heights_m: np.ndarray, cell_m: float = 100.0, north_m: float = 0.0) -> Terrain:
    """A model with its middle cell at 45 N 12 E, its cells so long to the east and (unless equal) to the north."""
    heights_m = np.asarray(heights_m, dtype=np.float32)
    step_lon_deg, step_lat_deg = cell_m / EAST_M, (north_m or cell_m) / NORTH_M
    return Terrain(
        name="made",
        heights_m=heights_m,
        west_deg=LON_DEG - (heights_m.shape[1] // 2) * step_lon_deg,
        north_deg=LAT_DEG + (heights_m.shape[0] // 2) * step_lat_deg,
        step_lon_deg=step_lon_deg,
        step_lat_deg=step_lat_deg,
        lowest_m=float(np.nanmin(heights_m)),
        highest_m=float(np.nanmax(heights_m)),
    )


def eye(above_ground_m: float, range_m: float = 1e6, east_cells: float = 0, of: Terrain | None = None) -> Eye:
    step_deg = of.step_lon_deg if of else 0.0
    return Eye(lon_deg=LON_DEG + east_cells * step_deg, lat_deg=LAT_DEG, above_ground_m=above_ground_m, range_m=range_m)


def lines(shadows: Shadows, above_ground_m: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Lines from the middle to the middles of these cells."""
    here, terrain = np.ones(len(rows)), shadows.terrain
    to_lon_deg = terrain.west_deg + columns * terrain.step_lon_deg
    to_lat_deg = terrain.north_deg - rows * terrain.step_lat_deg
    return shadows.sees(here * LON_DEG, here * LAT_DEG, here * above_ground_m, to_lon_deg, to_lat_deg)


def horizon_m(height_m: float) -> float:
    """How far one sees over a sphere that light follows in part: no formula of the module under test."""
    radius_m = EARTH_M / (1 - REFRACTION_RATIO)
    return radius_m * math.acos(radius_m / (radius_m + height_m))


def test_flat_ground_is_seen_up_to_the_horizon_of_a_round_earth_and_no_farther():
    flat = model(np.full((401, 401), 250.0))
    seen = viewshed(flat, eye(10.0))
    east, north = np.meshgrid(np.arange(-200, 201), np.arange(-200, 201))
    far_m = np.hypot(east, north) * 100.0
    assert horizon_m(10.0) == pytest.approx(12_100, abs=20)  # 3.86 km times the root of ten
    assert seen[far_m < horizon_m(10.0) - 300].all()
    assert not seen[far_m > horizon_m(10.0) + 300].any()


def test_what_stands_higher_is_seen_beyond_the_horizon():
    flat = model(np.full((3, 601), 0.0))
    seen = viewshed(flat, eye(2.0), target_m=8.0)[1]
    reach_m = (np.flatnonzero(seen).max() - 300) * 100.0
    assert reach_m == pytest.approx(horizon_m(2.0) + horizon_m(8.0), abs=200)


def test_the_line_and_the_viewshed_know_the_same_horizon():
    flat = model(np.full((3, 401), 0.0))
    columns = np.arange(401)
    free = lines(Shadows(terrain=flat), 10.0, np.ones(401), columns)
    far_m = np.abs(columns - 200) * 100.0
    assert free[far_m < horizon_m(10.0) - 200].all()
    assert not free[far_m > horizon_m(10.0) + 200].any()


@pytest.mark.parametrize("turned", [False, True], ids=["to the east", "to the north"])
def test_a_wall_casts_a_shadow_of_the_right_length(turned):
    """Eye 40 m, wall 20 m at 1,000 m: shadow up to 2,000 m on a plane, a little more where the ground falls away."""
    heights_m = np.zeros((101, 101))
    heights_m[:, 60] = 20.0
    walled = model(heights_m.T[::-1] if turned else heights_m)
    seen = viewshed(walled, eye(40.0))
    seen = seen[::-1].T if turned else seen
    fall_m = 1_000.0**2 * (1 - REFRACTION_RATIO) / (2 * EARTH_M)
    assert fall_m < 0.1
    row = seen[50]
    assert row[50:61].all()
    assert not row[61:70].any()
    assert row[72:].all()
    shadows = Shadows(terrain=walled)
    cells = np.arange(50, 101)
    across = np.full(51, 50.0)
    free = lines(shadows, 40.0, 100 - cells, across) if turned else lines(shadows, 40.0, across, cells)
    assert free[:11].all()
    assert not free[11:20].any()
    assert free[22:].all()


def test_cells_that_are_longer_to_the_north_are_measured_as_they_are_in_every_direction():
    flat = model(np.zeros((401, 401)), cell_m=50.0, north_m=150.0)
    seen = viewshed(flat, eye(4.0))
    east, north = np.meshgrid(np.arange(-200, 201), np.arange(-200, 201))
    far_m = np.hypot(east * 50.0, north * 150.0)
    assert seen[far_m < horizon_m(4.0) - 300].all()
    assert not seen[far_m > horizon_m(4.0) + 300].any()


def test_range_is_a_circle_on_the_ground():
    flat = model(np.zeros((61, 61)), cell_m=50.0, north_m=150.0)
    seen = viewshed(flat, eye(100.0, range_m=1_000.0))
    north, east = np.nonzero(seen)
    assert np.hypot((north - 30) * 150.0, (east - 30) * 50.0).max() == pytest.approx(1_000, abs=51)
    assert seen.sum() == pytest.approx(math.pi * 1_000**2 / (50 * 150), rel=0.03)


def test_a_hole_is_not_seen_and_hides_what_is_behind_it():
    heights_m = np.zeros((81, 81))
    heights_m[40, 50] = np.nan
    holed = model(heights_m)
    seen = viewshed(holed, eye(500.0))
    assert not seen[40, 50:].any()
    assert seen[40, :50].all()
    assert seen[:30].all()
    columns = np.arange(81)
    free = lines(Shadows(terrain=holed), 500.0, np.full(81, 40.0), columns)
    assert not free[50:].any()
    assert free[:49].all()


def test_a_hole_never_makes_anything_more_visible():
    chance = np.random.default_rng(5)
    heights_m = rough(chance, 61, 71)
    whole = viewshed(model(heights_m), eye(20.0))
    for _ in range(20):
        holed = heights_m.copy()
        row, column = chance.integers(2, 58), chance.integers(2, 68)
        if max(abs(row - 30), abs(column - 35)) < 3:
            continue  # the eye's own ground
        holed[row : row + 2, column : column + 2] = np.nan
        assert not (viewshed(model(holed), eye(20.0)) & ~whole).any()


def test_a_sensor_outside_the_model_or_over_a_hole_is_refused_with_what_to_do():
    heights_m = np.zeros((21, 21))
    heights_m[10, 10] = np.nan
    for outside in (eye(10.0), Eye(lon_deg=20.0, lat_deg=45.0, above_ground_m=10.0, range_m=100.0)):
        with pytest.raises(OutOfRangeError, match=r"terrain made: a sensor at 45.0000.*without terrain"):
            viewshed(model(heights_m), outside)


def test_too_fine_a_model_for_the_range_is_refused():
    long = model(np.zeros((3, 7_000)), cell_m=10.0)
    with pytest.raises(TooLargeError, match="Thin the model"):
        viewshed(long, eye(10.0, range_m=34_000.0))
    assert viewshed(long, eye(10.0, range_m=1_000.0)).sum() > 100


# --- symmetry ---------------------------------------------------------------------------------------------


def rough(chance: np.random.Generator, rows: int, columns: int, high_m: float = 120.0) -> np.ndarray:
    """Hills of several sizes, laid together."""
    heights_m = np.zeros((rows, columns))
    for size in (3, 7, 15):
        coarse = chance.normal(0, high_m * size / 25, (rows // size + 3, columns // size + 3))
        down, along = np.arange(rows) / size, np.arange(columns) / size
        row, column = down.astype(int), along.astype(int)
        below, right = (down - row)[:, None], (along - column)[None, :]
        upper = coarse[row][:, column] * (1 - right) + coarse[row][:, column + 1] * right
        lower = coarse[row + 1][:, column] * (1 - right) + coarse[row + 1][:, column + 1] * right
        heights_m += upper * (1 - below) + lower * below
    return heights_m


@pytest.mark.parametrize("turn", [lambda a: a[::-1], lambda a: a[:, ::-1], np.transpose], ids=["north", "east", "both"])
def test_ground_that_is_mirrored_has_a_mirrored_viewshed(turn):
    heights_m = rough(np.random.default_rng(6), 61, 61)
    seen, mirrored = viewshed(model(heights_m), eye(15.0)), viewshed(model(turn(heights_m)), eye(15.0))
    assert (turn(seen) != mirrored).mean() < 0.002  # rays between two cells round to one of them


@given(seed=st.integers(0, 10**6), above_m=st.sampled_from([2.0, 10.0, 50.0]), to_m=st.sampled_from([0.0, 2.0, 10.0]))
@settings(max_examples=25, deadline=None)
def test_who_sees_is_seen(seed, above_m, to_m):
    chance = np.random.default_rng(seed)
    terrain = model(rough(chance, 41, 41))
    one, other = (chance.uniform(-0.02, 0.02, (2, 40)) + np.array([[LON_DEG], [LAT_DEG]]) for _ in range(2))
    there = Shadows(terrain=terrain, target_m=to_m).sees(*one, np.full(40, above_m), *other)
    back = Shadows(terrain=terrain, target_m=above_m).sees(*other, np.full(40, to_m), *one)
    assert (there == back).all()


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_a_higher_eye_and_a_higher_target_never_see_less(seed):
    terrain = model(rough(np.random.default_rng(seed), 51, 51))
    low, high = viewshed(terrain, eye(5.0)), viewshed(terrain, eye(5.0), target_m=10.0)
    assert not (low & ~high).any()
    shadows, cells = Shadows(terrain=terrain), np.arange(51)
    low, high = lines(shadows, 5.0, cells, cells[::-1]), lines(shadows, 60.0, cells, cells[::-1])
    assert not (low & ~high).any()


def test_heights_from_another_datum_give_the_same_shadow():
    heights_m = np.round(rough(np.random.default_rng(8), 61, 61))
    for read, raised in ((0.0, 37.0), (0.0, -25.0)):
        assert (
            viewshed(model(heights_m + read), eye(9.0)) == viewshed(model(heights_m + raised), eye(9.0))
        ).mean() > 0.999


# --- a second opinion -------------------------------------------------------------------------------------


def slowly_free(
    terrain: Terrain, above_m: float, from_deg: tuple, to_deg: tuple, target_m: float
) -> tuple[bool, float]:
    """Walks a line every tenth of a cell in a frame that bends, and by how many metres it is free or not.

    All points are set on a sphere of the effective radius, and angles at its centre decide; the module never does so.
    """
    radius_m = EARTH_M / (1 - REFRACTION_RATIO)
    length_m = Geodesic.WGS84.Inverse(from_deg[1], from_deg[0], to_deg[1], to_deg[0])["s12"]
    count = max(2, int(length_m / terrain.cell_m * 10))
    share = np.linspace(0, 1, count + 1)
    lon_deg = from_deg[0] + share * (to_deg[0] - from_deg[0])
    lat_deg = from_deg[1] + share * (to_deg[1] - from_deg[1])
    ground_m = terrain.heights(lon_deg, lat_deg)
    turn = share * length_m / radius_m
    points = np.stack([np.sin(turn), np.cos(turn)]) * (radius_m + ground_m)
    eye_at = np.array([0.0, radius_m + ground_m[0] + above_m])
    target = np.array([math.sin(turn[-1]), math.cos(turn[-1])]) * (radius_m + ground_m[-1] + target_m)
    on_line = eye_at[1] + (points[0] - eye_at[0]) * (target[1] - eye_at[1]) / (target[0] - eye_at[0])
    room_m = (on_line - points[1])[1:-1].min() if count > 1 else math.inf
    return bool(room_m >= 0), float(room_m)


@pytest.fixture(scope="module")
def jacksboro() -> Terrain:
    """The real ground that ships with matplotlib: 344 x 403 cells of 30 m, laid at 45 N."""
    heights_m = get_sample_data("jacksboro_fault_dem.npz")["elevation"]
    return model(heights_m.astype(np.float64), cell_m=30.0)


def test_lines_over_real_ground_agree_with_a_slow_walk(jacksboro):
    chance = np.random.default_rng(9)
    shadows, checked, free_count = Shadows(terrain=jacksboro, target_m=2.0), 0, 0
    one = np.stack([LON_DEG + chance.uniform(-0.05, 0.05, 400), LAT_DEG + chance.uniform(-0.03, 0.03, 400)])
    other = one + chance.uniform(-0.02, 0.02, (2, 400)) * np.exp(chance.uniform(-2, 0, 400))
    above_m = chance.choice([5.0, 30.0, 120.0], 400)
    free = shadows.sees(*one, above_m, *other)
    for row in range(400):
        slow, room_m = slowly_free(jacksboro, above_m[row], tuple(one[:, row]), tuple(other[:, row]), 2.0)
        free_count += slow
        if abs(room_m) > 1.5:  # nearer than that, heights a tenth of a cell apart may see what half cells do not
            checked += 1
            assert slow == free[row], f"line {row}: {room_m:.2f} m of room"
    assert checked > 250
    assert 60 < free_count < 340


def test_lines_and_viewshed_agree_on_real_ground_and_neither_side_is_favoured(jacksboro):
    rows, columns = (each.ravel() for each in np.mgrid[2:342:3, 2:401:3])
    for above_m in (10.0, 60.0, 300.0):
        seen = viewshed(jacksboro, eye(above_m), target_m=2.0)[rows, columns]
        free = lines(Shadows(terrain=jacksboro, target_m=2.0), above_m, rows, columns)
        assert (seen == free).mean() > 0.985
        assert abs(seen.mean() - free.mean()) < 0.008
        assert 0.03 < seen.mean() < 0.9


def test_a_sensor_that_never_moves_is_answered_by_its_viewshed_and_others_are_not(jacksboro):
    standing = eye(30.0, range_m=4_000.0)
    shadows = Shadows(terrain=jacksboro, target_m=2.0, standing=(standing,))
    rows, columns = (each.ravel() for each in np.mgrid[2:342:5, 2:401:5])
    far_m = np.hypot(rows - 172, columns - 201) * 30.0
    found, walked = (
        lines(shadows, 30.0, rows, columns),
        lines(Shadows(terrain=jacksboro, target_m=2.0), 30.0, rows, columns),
    )
    seen = viewshed(jacksboro, standing, target_m=2.0)[rows, columns]
    assert (found == seen)[far_m < 3_950].all()
    assert (found == walked)[far_m > 4_050].all()
    assert (
        lines(shadows, 31.0, rows, columns) == lines(Shadows(terrain=jacksboro, target_m=2.0), 31.0, rows, columns)
    ).all()


def test_an_answer_does_not_depend_on_what_else_is_asked(jacksboro):
    chance = np.random.default_rng(10)
    asked = np.stack(
        [
            LON_DEG + chance.choice([-0.03, 0.0, 0.02], 300),
            LAT_DEG + chance.uniform(-0.04, 0.04, 300),
            chance.choice([5.0, 40.0], 300),
            LON_DEG + chance.uniform(-0.2, 0.2, 300),
            LAT_DEG + chance.uniform(-0.1, 0.1, 300),
        ]
    )
    shadows = Shadows(terrain=jacksboro, standing=(eye(5.0),))
    whole = shadows.sees(*asked)
    order = chance.permutation(300)
    assert (shadows.sees(*asked[:, order]) == whole[order]).all()
    assert (shadows.sees(*np.concatenate([asked, asked], axis=1)) == np.tile(whole, 2)).all()
    assert all(shadows.sees(*asked[:, row : row + 1])[0] == whole[row] for row in range(0, 300, 7))
    assert shadows.sees(*asked[:, :0]).shape == (0,)


# --- the model's edge -------------------------------------------------------------------------------------


def test_beyond_the_model_nothing_hides_and_that_is_said():
    heights_m = np.zeros((41, 41))
    heights_m[:, 30] = 50.0
    shadows = Shadows(terrain=model(heights_m))
    out_deg = LON_DEG + 0.2  # 15 km: far outside, behind the wall
    west_deg = LON_DEG - 0.2
    north = np.array([LAT_DEG + 0.3, LAT_DEG + 0.31])
    eyes = np.array([LON_DEG, LON_DEG, west_deg, west_deg]), np.array([LAT_DEG, LAT_DEG, LAT_DEG, *north[:1]])
    to = np.array([out_deg, west_deg, out_deg, out_deg]), np.array([LAT_DEG, LAT_DEG, LAT_DEG, *north[1:]])
    free = shadows.sees(*eyes, np.full(4, 30.0), *to)
    assert free.tolist() == [False, True, False, True]  # behind the wall; away from it; right through; far past it
    assert shadows.within(*eyes).tolist() == [True, True, False, False]


def test_the_wedges_of_a_model_that_was_turned_lie_beyond_it_and_its_holes_do_not():
    heights_m = np.zeros((41, 41))
    for row in range(41):
        heights_m[row, : row // 4] = np.nan  # a wedge in the west
    heights_m[20, 30] = np.nan
    shadows = Shadows(terrain=model(heights_m))
    step_deg = shadows.terrain.step_lon_deg
    lon_deg, lat_deg = LON_DEG + np.array([-19.0, 10.0, -10.0]) * step_deg, np.full(3, LAT_DEG)
    assert shadows.within(lon_deg, lat_deg).tolist() == [False, True, True]
    here = np.ones(3)
    free = shadows.sees(here * LON_DEG, here * LAT_DEG, here * 200, lon_deg, lat_deg)
    assert free.tolist() == [True, False, True]


def test_an_eye_whose_place_is_not_known_sees_nothing():
    shadows, here = Shadows(terrain=model(np.zeros((21, 21)))), np.array([LON_DEG])
    nowhere = np.array([np.nan])
    at = np.array([LAT_DEG])
    assert not shadows.sees(nowhere, at, np.array([10.0]), here, at)[0]
    assert not shadows.sees(here, at, nowhere, here + 0.002, at)[0]
    assert shadows.sees(here, at, np.array([10.0]), here + 0.002, at)[0]
    assert shadows.sees(here, at, np.array([10.0]), here, at)[0]  # straight down
