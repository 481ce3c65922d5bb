import itertools
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.time import to_us
from truceline.model.spot import Signature, Spots
from truceline.model.view import VIEWS
from truceline.plan.looks import (
    Looks,
    _farthest,
    candidates,
    grid_of,
    grounds_of,
    in_two_places,
    looks_of,
    offsets_m,
    pairs_of,
)

NOON_US = to_us(datetime(2026, 6, 1, 12, tzinfo=UTC))
HOUR_US = 3_600_000_000
SEEN = Signature(name="vehicle", size_m=2.3, stays_s=3_600, means=("uav_image", "camera"))
LON_DEG, LAT_DEG = 10.0, 48.0


def at(east_m: float, north_m: float, *, lon_deg: float = LON_DEG) -> tuple[float, float]:
    """Longitude and latitude of a place beside the middle."""
    return lon_deg + east_m / (111_319.5 * np.cos(np.radians(LAT_DEG))), LAT_DEG + north_m / 111_319.5


def square(east_m: float = 0.0, north_m: float = 0.0, half_m: float = 500.0, **where: float) -> list[float]:
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return [each for x, y in corners for each in at(east_m + x * half_m, north_m + y * half_m, **where)]


def view(**stated: object) -> dict[str, object]:
    base = {
        "view_id": "v",
        "sensor": "drone 1",
        "means": "uav_image",
        "earliest_at_us": NOON_US,
        "latest_at_us": NOON_US + 60_000_000,
        "resolution_mm": 50,
    }
    return base | stated


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=VIEWS)


def spots_at(*places: tuple[float, float]) -> Spots:
    lon_deg, lat_deg = (np.array(each) for each in zip(*places, strict=True))
    none = np.zeros(len(places), dtype=np.int64)
    return Spots(lon_deg=lon_deg, lat_deg=lat_deg, stretch=none, side=none, distance_m=none * 1.0, weight_m2=none + 1.0)


def met(views: pa.Table, spots: Spots, *, meridian_deg: float = LON_DEG) -> set[tuple[int, int]]:
    grounds = grounds_of(views, meridian_deg=meridian_deg)
    pairs = [(each.view.tolist(), each.spot.tolist()) for each in pairs_of(grounds, spots)]
    found = [pair for view, spot in pairs for pair in zip(view, spot, strict=True)]
    assert len(found) == len(set(found))
    return set(found)


def remarks(*rows: dict[str, object]) -> tuple[str, ...]:
    return grounds_of(table(*rows), meridian_deg=LON_DEG).remarks


def looked(*rows: dict[str, object], sight: object = None, signature: Signature = SEEN) -> Looks:
    grounds = grounds_of(table(*rows), meridian_deg=LON_DEG)
    span = (NOON_US - 48 * HOUR_US) // 1_000, (NOON_US + 48 * HOUR_US) // 1_000
    return looks_of(grounds, spots=spots_at(at(0, 0)), signatures=[signature], span_ms=span, sight=sight)


# --- grounds ----------------------------------------------------------------------------------------------


def test_a_spot_inside_a_ring_is_met_and_one_outside_is_not() -> None:
    spots = spots_at(at(0, 0), at(499, -499), at(501, 0), at(0, 3_000))
    assert met(table(view(ring_deg=square())), spots) == {(0, 0), (0, 1)}


def test_a_closed_ring_is_the_same_as_an_open_one() -> None:
    ring = square()
    spots = spots_at(at(0, 0), at(501, 0))
    assert met(table(view(ring_deg=ring + ring[:2])), spots) == {(0, 0)}


def test_a_hollow_ring_does_not_meet_what_lies_in_its_hollow() -> None:
    places = [at(-500, -500), at(500, -500), at(500, 500), at(0, -200), at(-500, 500)]
    spots = spots_at(at(0, 100), at(-400, 0), at(400, 0))
    assert met(table(view(ring_deg=[each for place in places for each in place])), spots) == {(0, 1), (0, 2)}


def test_a_ring_across_the_meridian_of_180_degrees_is_met_from_both_sides() -> None:
    ring = [(each + 180) % 360 - 180 if row % 2 == 0 else each for row, each in enumerate(square(lon_deg=180.0))]
    assert max(ring[::2]) - min(ring[::2]) > 300
    spots = spots_at((179.999, LAT_DEG), (-179.999, LAT_DEG), (179.9, LAT_DEG))
    for meridian_deg in (179.5, -179.5, 180.0):
        assert met(table(view(ring_deg=ring)), spots, meridian_deg=meridian_deg) == {(0, 0), (0, 1)}


def test_a_camera_all_around_sees_its_disc_and_one_with_a_sector_sees_that() -> None:
    lon_deg, lat_deg = at(0, 0)
    disc = view(means="camera", lon_deg=lon_deg, lat_deg=lat_deg, range_m=2_000.0)
    spots = spots_at(at(0, 1_900), at(0, -1_900), at(1_900, 0), at(0, 2_100), at(1_900, 1_900))
    assert met(table(disc), spots) == {(0, 0), (0, 1), (0, 2)}
    assert met(table(disc | {"azimuth_deg": 350.0, "width_deg": 40.0}), spots) == {(0, 0)}
    assert met(table(disc | {"azimuth_deg": 80.0, "width_deg": 30.0}), spots) == {(0, 2)}


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({}, "without an outline"),
        ({"ring_deg": square()[:4]}, "without an outline"),
        ({"ring_deg": square()[:7]}, "without an outline"),
        ({"ring_deg": [float("nan"), *square()[1:]]}, "without an outline"),
        ({"lon_deg": 10.0, "lat_deg": 48.0}, "without an outline, or without a place and a range"),
        ({"ring_deg": square(), "earliest_at_us": None}, "without a time"),
        ({"ring_deg": square(), "latest_at_us": NOON_US - 1}, "without a time"),
        ({"ring_deg": square(), "lost_at_us": NOON_US - 1}, "lost before"),
        ({"ring_deg": square(half_m=60_000.0)}, "over the horizon"),
        ({"ring_deg": [*square()[:2], *square()[4:6], *square()[2:4], *square()[6:]]}, "crosses itself"),
        ({"ring_deg": square(), "disturbed": "spoofed"}, "not sure"),
        ({"ring_deg": [each for k in range(130) for each in at(np.sin(k / 21), np.cos(k / 21))]}, "corners"),
    ],
)
def test_what_cannot_be_used_is_named(stated: dict[str, object], words: str) -> None:
    (said,) = remarks(view(view_id="flight-7", **stated))
    assert said.startswith("1 view left out")
    assert words in said
    assert "flight-7" in said
    assert len(looked(view(**stated)).spot) == 0


def test_a_satellite_may_see_far_and_wide() -> None:
    assert remarks(view(means="satellite", ring_deg=square(half_m=60_000.0))) == ()


def test_a_remark_names_three_and_counts_all() -> None:
    (said,) = remarks(*(view(view_id=f"v{row:02}") for row in range(20)))
    assert said.startswith("20 views left out")
    assert said.endswith("v00, v01, v02 …")


@budget(50)
@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), min_size=3, max_size=7, unique=True))
def test_rings_hold_what_shapely_says_they_hold(corners: list[tuple[int, int]]) -> None:
    shape = shapely.Polygon([at(100.0 * x, 100.0 * y) for x, y in corners])
    places = [at(100.0 * x + 37, 100.0 * y + 53) for x, y in itertools.product(range(-30, 30, 5), repeat=2)]
    row = view(ring_deg=[each for x, y in corners for each in at(100.0 * x, 100.0 * y)])
    found = met(table(row), spots_at(*places))
    if shape.is_valid:
        wanted = {(0, n) for n, place in enumerate(places) if shape.contains(shapely.Point(place))}
        assert found == wanted


@budget(40)
@given(st.data())
def test_the_grid_finds_every_pair_that_trying_all_finds(data: st.DataObject) -> None:
    place = st.tuples(st.integers(-40, 40), st.integers(-40, 40)).map(lambda km: (km[0] * 1e3, km[1] * 1e3))
    spots = spots_at(*(at(x + 37, y + 53) for x, y in data.draw(st.lists(place, min_size=1, max_size=30))))
    boxes = data.draw(st.lists(st.tuples(place, st.integers(1, 40).map(lambda km: km * 1e3)), min_size=1, max_size=5))
    rows = table(*(view(sensor=str(n), ring_deg=square(*p, half_m=half)) for n, (p, half) in enumerate(boxes)))
    grounds = grounds_of(rows, meridian_deg=LON_DEG)
    wanted = set()
    for row, spot in itertools.product(range(len(boxes)), range(len(spots))):
        west, south, east, north = grounds.box_deg[:, row] + [LON_DEG, 0, LON_DEG, 0]
        if west < spots.lon_deg[spot] < east and south < spots.lat_deg[spot] < north:
            wanted.add((row, spot))
    assert met(rows, spots) == wanted
    assert candidates(grounds, spots) >= len(wanted)


def test_a_grid_over_half_the_earth_has_larger_cells_instead_of_more() -> None:
    grid = grid_of(np.array([-90.0, 0.0, 90.0]), np.array([-60.0, 0.0, 60.0]))
    assert len(grid.begins) <= 2_000_001


def test_offsets_are_right_to_the_stated_limit() -> None:
    one = np.array([10.0]), np.array([48.0])
    other = np.array([10.9]), np.array([48.6])
    east_m, north_m = offsets_m(*one, *other)
    assert np.hypot(east_m, north_m)[0] == pytest.approx(94_390.5, rel=7e-3)  # geodesic: GeographicLib


# --- a sensor in two places -------------------------------------------------------------------------------


def test_a_drone_that_sees_two_grounds_far_apart_at_once_is_believed_in_neither() -> None:
    here, there = view(view_id="a", ring_deg=square()), view(view_id="b", ring_deg=square(east_m=20_000))
    (said,) = remarks(here, there)
    assert "2 views left out" in said
    assert "two places at once: a, b" in said
    assert len(looked(here, there).spot) == 0


def test_two_drones_may_be_at_two_places_and_one_at_two_times() -> None:
    here = view(ring_deg=square())
    assert remarks(here, view(ring_deg=square(east_m=20_000), sensor="drone 2")) == ()
    after = {"earliest_at_us": NOON_US + 60_000_000, "latest_at_us": NOON_US + 120_000_000}
    assert remarks(here, view(ring_deg=square(east_m=20_000), **after)) == ()
    assert remarks(here, view(ring_deg=square(east_m=4_000))) == ()  # its other camera
    post = {"means": "acoustic", "range_m": 5_000.0, "lat_deg": LAT_DEG}
    assert remarks(view(**post, lon_deg=10.0), view(**post, lon_deg=12.0)) == ()
    assert remarks(view(sensor="", ring_deg=square()), view(sensor="", ring_deg=square(east_m=20_000))) == ()


def test_two_pictures_of_one_moment_far_apart_are_believed_in_neither() -> None:
    flash = {"latest_at_us": NOON_US}
    (said,) = remarks(view(ring_deg=square(), **flash), view(ring_deg=square(east_m=20_000), **flash))
    assert "two places" in said


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(0, 12), st.integers(0, 3), st.integers(0, 3)),
        max_size=25,
    )
)
def test_two_places_are_found_as_trying_all_pairs_finds_them(rows: list[tuple[int, ...]]) -> None:
    sensor = np.array([row[0] for row in rows], dtype=np.int64)
    begins = np.array([row[1] for row in rows], dtype=np.int64)
    span_ms = np.stack([begins, begins + np.array([row[2] for row in rows], dtype=np.int64)])
    west = np.array([row[3] * 0.5 for row in rows])
    south = np.array([row[4] * 0.5 for row in rows])
    box_deg = np.stack([west, south, west + 0.1, south + 0.1])
    wanted = np.zeros(len(rows), dtype=bool)
    for one, other in itertools.combinations(range(len(rows)), 2):
        (a, b), (c, d) = span_ms[:, one], span_ms[:, other]
        overlaps = (a < d and c < b) or a == c
        if sensor[one] == sensor[other] and overlaps and (west[one], south[one]) != (west[other], south[other]):
            wanted[[one, other]] = True
    assert (in_two_places(sensor, span_ms, box_deg) == wanted).all()


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 30)), min_size=1, max_size=30))
def test_the_farthest_of_all_that_a_row_meets_is_found(rows: list[tuple[int, int]]) -> None:
    count = len(rows)
    value = np.array([row[0] for row in rows], dtype=np.float64)
    after = np.minimum(np.arange(count) + 1 + [row[1] for row in rows], count)
    wanted = [
        max(value[j] for j in range(count) if j == i or i < j < after[i] or j < i < after[j]) for i in range(count)
    ]
    assert _farthest(value, after).tolist() == wanted


# --- looks ------------------------------------------------------------------------------------------------


def test_a_view_of_many_hours_is_cut_at_each_full_hour() -> None:
    found = looked(view(ring_deg=square(), earliest_at_us=NOON_US - HOUR_US // 2, latest_at_us=NOON_US + HOUR_US))
    assert (found.from_ms * 1_000 - NOON_US).tolist() == [-HOUR_US // 2, 0]
    assert (found.until_ms * 1_000 - NOON_US).tolist() == [0, HOUR_US]
    assert len(set(found.turn.tolist())) == 2


def test_pictures_of_one_sensor_in_one_hour_are_one_turn_and_other_sensors_another() -> None:
    rows = [view(ring_deg=square(), earliest_at_us=NOON_US + n, latest_at_us=NOON_US + n) for n in range(3)]
    assert len(set(looked(*rows).turn.tolist())) == 1
    assert len(set(looked(*rows, view(ring_deg=square(), sensor="drone 2")).turn.tolist())) == 2
    nameless = [view(ring_deg=square(), sensor="", source_id=source) for source in ("a", "a", "b")]
    assert len(set(looked(*nameless).turn.tolist())) == 2


def test_what_was_lost_saw_until_it_was_lost() -> None:
    found = looked(view(ring_deg=square(), lost_at_us=NOON_US + 10_000_000))
    assert (found.until_ms * 1_000 - NOON_US).tolist() == [10_000_000]


def test_by_night_daylight_cameras_see_what_glows_and_thermal_ones_all() -> None:
    night = {"earliest_at_us": NOON_US + 12 * HOUR_US, "latest_at_us": NOON_US + 12 * HOUR_US + 60_000_000}
    flash = Signature(name="flash", size_m=2.0, stays_s=1, means=("uav_image",), glows=True)

    def seen(signature: Signature, **stated: object) -> int:
        found = looked(view(ring_deg=square(), **stated), signature=signature)
        return len(found.glances(0, signature).spot)

    assert seen(SEEN) == 1
    assert seen(SEEN, **night) == 0
    assert seen(SEEN, **night, spectrum="visible") == 0
    assert seen(SEEN, **night, spectrum="thermal") == 1
    assert seen(flash, **night) == 1


def test_a_day_of_a_camera_counts_from_dawn_to_dusk() -> None:
    lon_deg, lat_deg = at(0, 0)
    day = {"earliest_at_us": NOON_US - 12 * HOUR_US, "latest_at_us": NOON_US + 12 * HOUR_US}
    row = view(means="camera", lon_deg=lon_deg, lat_deg=lat_deg, range_m=500.0, **day)
    found = looked(row).glances(0, SEEN)
    lasts_h = (found.until_ms - found.from_ms).sum() / 3_600_000
    assert lasts_h == pytest.approx(17.1, abs=0.3)  # 1 June at 48 N: 15.7 h of sun, and civil twilight twice 40 min


class Wall:
    """Hides everything from eyes below a height, and keeps what it was asked."""

    def __init__(self, height_m: float) -> None:
        self.height_m, self.asked = height_m, 0

    def sees(self, lon_deg, lat_deg, above_ground_m, to_lon_deg, to_lat_deg):
        self.asked += len(lon_deg)
        return above_ground_m >= self.height_m


def test_terrain_hides_from_those_whose_place_is_known() -> None:
    lon_deg, lat_deg = at(2_000, 0)
    placed = view(ring_deg=square(), lon_deg=lon_deg, lat_deg=lat_deg, above_ground_m=120.0)
    assert len(looked(placed, sight=Wall(100.0)).spot) == 1
    assert len(looked(placed, sight=Wall(200.0)).spot) == 0
    assert len(looked(placed | {"above_ground_m": None}, sight=Wall(101.0)).spot) == 0
    wall = Wall(200.0)
    assert len(looked(view(ring_deg=square()), sight=wall).spot) == 1
    assert len(looked(placed | {"means": "satellite"}, sight=wall, signature=SEEN).spot) == 0
    assert wall.asked == 0
