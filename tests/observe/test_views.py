"""Views: which sensor could see which ground, and when; what cannot be true is set aside, and the rest goes on."""

import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observe.sample import CONTEXT, FEED, read, reasons
from tests.observe.test_live import inputs, live
from tests.observe.test_properties import mutated

from truceline.base.errors import InputError
from truceline.base.time import interval_us
from truceline.model.batch import Batch
from truceline.model.mission import Feed
from truceline.model.view import VIEWS
from truceline.observe import REASONS, read_feeds
from truceline.observe.views import KM_PER_ROOT_M, VIEW_FIELDS, ring_deg

FIELDS = tuple(name for name in VIEW_FIELDS if name != "source")
VIEW_FEED = replace(FEED, name="views", holds="views", columns={name: name for name in FIELDS}, zone="Europe/Kyiv")
CAMERA = {
    "sensor": "gate 3", "means": "camera", "begins": "2025-03-10 18:00", "ends": "2025-03-10 19:08", "lon": "37.8",
    "lat": "48.02", "range_m": "3000",
}  # fmt: skip
DRONE = {
    "sensor": "uav 7", "means": "uav_image", "begins": "2025-03-10 10:00:00", "ends": "2025-03-10 10:00:10",
    "ring": "37.8 48.0, 37.82 48.0, 37.82 48.01, 37.8 48.01", "lon": "37.81", "lat": "48.0", "above_ground_m": "120",
}  # fmt: skip
PASS = {
    "sensor": "NOAA-20", "means": "satellite", "begins": "2025-03-10 10:13", "ends": "2025-03-10 10:14",
    "ring": "POLYGON ((20 40, 50 42, 45 60, 18 56, 20 40))", "resolution": "375 m", "cloud": "0.4005",
}  # fmt: skip


def batch_of(*views: dict[str, str], feed: Feed = VIEW_FEED) -> Batch:
    lines = [",".join(f'"{view.get(name, "")}"' for name in FIELDS) for view in views]
    batch = read("\n".join((",".join(FIELDS), *lines)).encode() + b"\n", feed)
    assert batch.rows.num_rows + batch.rejects.num_rows == len(views)
    assert batch.rows.schema == VIEWS
    return batch


def row_of(view: dict[str, str]) -> dict[str, object]:
    batch = batch_of(view)
    assert reasons(batch) == [], batch.rejects.to_pylist()
    return dict(batch.rows.to_pylist()[0])


def test_cameras_posts_patrols_drones_and_satellites_are_views_alike() -> None:
    post = CAMERA | {"sensor": "post 1", "means": "acoustic"}
    patrol = CAMERA | {"sensor": "patrol", "means": "patrol"}
    batch = batch_of(CAMERA, post, patrol, DRONE, PASS)
    assert reasons(batch) == []
    assert batch.rows["means"].to_pylist() == ["camera", "acoustic", "patrol", "uav_image", "satellite"]
    assert batch.rows["spectrum"].to_pylist() == ["", "sound", "", "", ""]
    assert all(each.startswith("view-") for each in batch.rows["view_id"].to_pylist())


def test_a_view_holds_what_was_stated_and_nothing_more() -> None:
    row = row_of(
        CAMERA | {"azimuth": "NE", "width": "60", "health": "0.9999", "visibility_m": "8000", "announced": "yes"}
    )
    assert (row["earliest_at_us"], row["latest_at_us"]) == (
        interval_us("2025-03-10 18:00", zone="Europe/Kyiv")[0],
        interval_us("2025-03-10 19:08", zone="Europe/Kyiv")[1],
    )
    assert (row["lon_deg"], row["lat_deg"], row["range_m"]) == (37.8, 48.02, 3000.0)
    assert (row["azimuth_deg"], row["width_deg"], row["announced"]) == (45.0, 60.0, "yes")
    assert row["health_permille"] == 999, "rounded down: it is not surer than stated"
    bare = row_of(CAMERA)
    unstated = ("lost_at_us", "azimuth_deg", "width_deg", "resolution_mm", "cloud_permille", "health_permille")
    assert [bare[name] for name in unstated] == [None] * 6
    assert (bare["ring_deg"], bare["disturbed"], bare["announced"]) == ([], "", "")


def test_a_pass_has_its_ring_and_its_cloud_rounded_up() -> None:
    row = row_of(PASS)
    assert row["ring_deg"] == [20.0, 40.0, 50.0, 42.0, 45.0, 60.0, 18.0, 56.0]
    assert (row["cloud_permille"], row["resolution_mm"]) == (401, 375_000)
    assert (row["lon_deg"], row["range_m"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "found_mm"), [("20 cm", 200), ("0.5 m", 500), ("300mm", 300), ("0.14 mm", 1), ("375 m", 375_000)]
)
def test_a_resolution_is_whole_millimetres_and_never_finer_than_stated(text: str, found_mm: int) -> None:
    assert row_of(CAMERA | {"resolution": text})["resolution_mm"] == found_mm


def test_a_lost_sensor_keeps_its_last_picture_and_when_the_loss_was_known() -> None:
    row = row_of(CAMERA | {"lost": "2025-03-10 19:10"})
    assert row["latest_at_us"] == interval_us("2025-03-10 19:08", zone="Europe/Kyiv")[1]
    assert row["lost_at_us"] == interval_us("2025-03-10 19:10", zone="Europe/Kyiv")[1]
    assert row_of(CAMERA | {"lost": "2025-03-10 19:08"})["lost_at_us"] == row["latest_at_us"]


def test_a_sensor_whose_place_is_sure_is_not_disturbed() -> None:
    assert row_of(CAMERA | {"disturbed": "No"})["disturbed"] == ""
    assert row_of(CAMERA | {"disturbed": "GNSS jammed"})["disturbed"] == "GNSS jammed"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ends": "2025-03-10 17:00"}, "ends-before-begins"),
        ({"ends": ""}, "no-end-stated"),
        ({"sensor": ""}, "not-stated"),
        ({"means": "unknown"}, "not-stated"),
        ({"means": "camra"}, "unknown-word"),
        ({"spectrum": "infrared"}, "unknown-word"),
        ({"lost": "2025-03-10 19:00"}, "lost-before-its-end"),
        ({"lost": "soon"}, "unreadable-time"),
        ({"range_m": ""}, "no-ground"),
        ({"lon": "", "lat": ""}, "no-ground"),
        ({"lat": ""}, "half-a-place"),
        ({"lon": "48.02", "lat": "37.8"}, "coordinates-swapped"),
        ({"range_m": "-5"}, "out-of-its-range"),
        ({"range_m": "3 km"}, "not-a-number"),
        ({"azimuth": "90"}, "half-a-sector"),
        ({"width": "90"}, "half-a-sector"),
        ({"azimuth": "90", "width": "0"}, "out-of-its-range"),
        ({"azimuth": "left", "width": "20"}, "unreadable-bearing"),
        ({"above_ground_m": "-2"}, "out-of-its-range"),
        ({"above_ground_m": "10", "range_m": "11400"}, "over-the-horizon"),
        ({"range_m": "600000"}, "over-the-horizon"),
        ({"resolution": "20"}, "unreadable-resolution"),
        ({"resolution": "0 m"}, "unreadable-resolution"),
        ({"cloud": "40"}, "not-a-share"),
        ({"health": "90 %"}, "not-a-share"),
        ({"announced": "perhaps"}, "unknown-word"),
    ],
)
def test_a_view_that_cannot_be_taken_is_refused_by_name_and_the_next_is_read(changed: dict[str, str], why: str) -> None:
    batch = batch_of(CAMERA | changed, DRONE)
    assert reasons(batch) == [why]
    assert batch.rows["sensor"].to_pylist() == ["uav 7"]


@pytest.mark.parametrize(
    ("ring", "why"),
    [
        ("37.8 48.0, 37.82 48.0", "unreadable-ring"),
        ("37.8 48.0, 37.82 48.0, 37.8 48.0", "unreadable-ring"),
        ("37.8 48.0, 37.82, 37.9 48.1", "unreadable-ring"),
        ("LINESTRING (37.8 48.0, 37.82 48.0, 37.82 48.1)", "unreadable-ring"),
        ("POLYGON ((37.8 48, 37.9 48, 37.9 48.1), (37.84 48.02, 37.86 48.02, 37.86 48.04))", "unreadable-ring"),
        ("37.8 48.0, 37.82 48.01, 37.82 48.0, 37.8 48.01", "ring-crosses-itself"),
        ("37.8 48.0, 37.82 48.0, 37.80 48.0, 37.81 48.01", "ring-crosses-itself"),
        ("37.75 48.0, 38.0 48.0, 38.0 48.125, 37.875 48.0, 37.75 48.125", "ring-crosses-itself"),  # a corner on a side
        ("37.8 48.0, 37.82 48.0, 37.84 x", "not-a-number"),
        ("37.8 48.0, 37.82 48.0, 37.82 195.0", "latitude-out-of-range"),
        ("37.8 48.0, 0 0, 37.82 48.1", "null-island"),
        ("48.0 37.8, 48.0 37.82, 48.01 37.82", "coordinates-swapped"),
        ("37.8 48.0, 38.6 48.0, 38.6 48.1", "over-the-horizon"),
        (", ".join(f"{37.8 + i / 1e6} {48 + i * i / 1e9}" for i in range(202)), "unreadable-ring"),
    ],
)
def test_a_ring_that_is_none_is_refused_by_name(ring: str, why: str) -> None:
    assert reasons(batch_of(DRONE | {"ring": ring})) == [why]


def test_a_footprint_over_the_horizon_names_the_numbers() -> None:
    batch = batch_of(DRONE | {"ring": "38.5 48.0, 38.6 48.0, 38.6 48.1"})
    (reject,) = batch.rejects.to_pylist()
    assert reject["reason"] == "over-the-horizon"
    assert "59.8 km" in reject["problem"]
    assert "120 m" in reject["problem"]
    assert f"{KM_PER_ROOT_M * math.sqrt(120):,.1f} km" in reject["problem"]


def test_what_is_heard_has_no_horizon() -> None:
    far = CAMERA | {"means": "acoustic", "above_ground_m": "1", "range_m": "9000"}
    assert row_of(far)["range_m"] == 9000.0
    assert reasons(batch_of(far | {"means": "camera"})) == ["over-the-horizon"]


def test_a_pass_without_a_ring_or_with_one_wider_than_any_swath_is_refused() -> None:
    bare = {name: text for name, text in PASS.items() if name != "ring"}
    place = {"lon": "37.8", "lat": "48.0", "range_m": "900000"}
    wide = PASS | {"ring": "0 30, 80 30, 80 70, 1 70"}
    assert reasons(batch_of(bare, bare | place, wide)) == ["no-ground", "no-ground", "ring-too-large"]


def test_a_ring_may_cross_the_antimeridian() -> None:
    assert len(ring_deg("179 -17, -179 -17, -179 -16, 179 -16")) == 4
    with pytest.raises(InputError, match="cross"):
        ring_deg("179 -17, -179 -16, -179 -17, 179 -16")


def test_a_ring_may_have_two_sides_on_one_line() -> None:
    assert len(ring_deg("37 48, 38 48, 38 49, 39 49, 39 48, 40 48, 40 50, 37 50")) == 8


def test_a_drone_in_two_places_is_set_aside_twice_and_the_rest_goes_on() -> None:
    there = DRONE | {"lon": "38.3", "ring": "38.29 48.0, 38.31 48.0, 38.31 48.01"}
    batch = batch_of(DRONE, there, DRONE | {"sensor": "uav 8"}, CAMERA)
    assert reasons(batch) == ["two-places-at-once"] * 2
    assert batch.rows["sensor"].to_pylist() == ["uav 8", "gate 3"]
    one, other = batch.rejects.to_pylist()
    assert (one["raw_at"], other["raw_at"]) == ("row 1", "row 2")
    assert "36.5 km away" in one["problem"]
    assert "row 2" in one["problem"]
    assert "2025-03-10T08:00:00Z" in one["problem"]


def test_a_drone_that_had_the_time_to_move_is_in_one_place_at_a_time() -> None:
    later = {"begins": "2025-03-10 10:05:00", "ends": "2025-03-10 10:05:10"}
    there = DRONE | later | {"lon": "38.3", "ring": "38.29 48.0, 38.31 48.0, 38.31 48.01"}
    assert reasons(batch_of(DRONE, there)) == []


def test_a_long_view_is_held_against_all_that_lie_within_it() -> None:
    long = DRONE | {"ends": "2025-03-10 16:00:00"}
    near = DRONE | {"begins": "2025-03-10 11:00", "ends": "2025-03-10 11:10"}
    far = DRONE | {"begins": "2025-03-10 15:00", "ends": "2025-03-10 15:10", "lon": "38.3",
                   "ring": "38.29 48.0, 38.31 48.0, 38.31 48.01"}  # fmt: skip
    batch = batch_of(long, near, far)
    assert batch.rejects["raw_at"].to_pylist() == ["row 1", "row 3"]


def test_satellites_and_sensors_without_a_place_are_never_in_two_places() -> None:
    unplaced = {name: text for name, text in DRONE.items() if name not in ("lon", "lat")}
    far = unplaced | {"ring": "38.79 48.0, 38.81 48.0, 38.81 48.01"}
    elsewhere = PASS | {"ring": "20 20, 30 20, 30 30"}
    assert reasons(batch_of(unplaced, far, PASS, elsewhere)) == []


def geojson(*geometries: object) -> bytes:
    names = ("sensor", "means", "begins", "ends", "range_m")
    features = [
        {
            "type": "Feature",
            "properties": {name: CAMERA[name] for name in names} | {"sensor": f"s{at}"},
            "geometry": each,
        }
        for at, each in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


POLYGON = {"type": "Polygon", "coordinates": [[[37.8, 48.0], [37.82, 48.0], [37.82, 48.01], [37.8, 48.0]]]}
GEO_COLUMNS = {name: name for name in ("sensor", "means", "begins", "ends", "range_m")}


def test_a_geojson_polygon_is_the_ring_and_a_point_the_place() -> None:
    feed = replace(VIEW_FEED, format="geojson", columns=GEO_COLUMNS)
    holed = POLYGON | {"coordinates": POLYGON["coordinates"] * 2}
    line = {"type": "LineString", "coordinates": [[37.8, 48.0], [37.82, 48.0]]}
    batch = read(geojson(POLYGON, {"type": "Point", "coordinates": [37.8, 48.0]}, holed, line, None), feed)
    ring, disc = batch.rows.to_pylist()
    assert (ring["ring_deg"], ring["lon_deg"]) == ([37.8, 48.0, 37.82, 48.0, 37.82, 48.01], None)
    assert (disc["ring_deg"], disc["lon_deg"], disc["range_m"]) == ([], 37.8, 3000.0)
    assert reasons(batch) == ["unreadable-ring", "geometry-not-a-point", "no-ground"]


def test_views_come_in_live_in_other_formats_and_again_without_harm() -> None:
    names = ("sensor", "means", "begins", "ends", "lon", "lat", "ring", "range_m")
    feed = replace(VIEW_FEED, path="feeds/views.csv", columns={name: name for name in names})
    header = ",".join(names).encode() + b"\n"
    first = live(geojson(POLYGON), feed="views", kind="geojson")
    rows = json.dumps([{name: (CAMERA | {"sensor": "j"}).get(name) for name in names}]).encode()
    second = live(rows, feed="views", kind="json")
    found = read_feeds(inputs(first, second, first, feeds=(feed,), content=header), mandates=())
    (count,) = found.feeds
    assert (count.read, count.rows, count.rejects, count.repeated) == (3, 2, 0, 1)
    assert found.held["views"]["sensor"].to_pylist() == ["s0", "j"]


@pytest.mark.parametrize("missing", ["sensor", "means", "begins"])
def test_a_mapping_without_a_needed_field_is_refused(missing: str) -> None:
    columns = {name: name for name in FIELDS if name != missing}
    with pytest.raises(InputError, match=f"maps no {missing}"):
        read(b"", replace(VIEW_FEED, columns=columns), CONTEXT)


def test_half_a_place_in_the_mapping_is_refused() -> None:
    with pytest.raises(InputError, match="maps a part of lon, lat"):
        read(b"", replace(VIEW_FEED, columns={"sensor": "s", "means": "m", "begins": "b", "lon": "x"}), CONTEXT)


@given(
    corners=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9, unique=True),
    turn=st.integers(0, 8),
)
@settings(deadline=None, max_examples=150)
def test_whether_a_ring_crosses_itself_agrees_with_a_second_opinion(corners: list[tuple[int, int]], turn: int) -> None:
    shapely = pytest.importorskip("shapely")
    placed = [(37.0 + x / 8, 48.0 + y / 8) for x, y in corners]  # eighths: exact in binary
    turned = placed[turn % len(placed) :] + placed[: turn % len(placed)]
    text = ", ".join(f"{lon} {lat}" for lon, lat in turned)
    simple = shapely.LinearRing(placed).is_simple and shapely.Polygon(placed).area > 0
    if simple:
        assert np.allclose(ring_deg(text), turned)
    else:
        with pytest.raises(InputError) as refused:
            ring_deg(text)
        assert refused.value.__notes__ == ["ring-crosses-itself"]


def test_damaged_views_raise_nothing_and_are_refused_by_name() -> None:
    chance = random.Random(7)
    lines = [",".join(f'"{view.get(name, "")}"' for name in FIELDS) for view in (CAMERA, DRONE, PASS, CAMERA | DRONE)]
    whole = "\n".join((",".join(FIELDS), *lines)).encode()
    for _ in range(400):
        batch = read(mutated(whole, chance), VIEW_FEED)
        assert set(reasons(batch)) <= REASONS.keys()
        for row in batch.rows.to_pylist():
            assert row["earliest_at_us"] <= row["latest_at_us"]
            assert row["lost_at_us"] is None or row["lost_at_us"] >= row["latest_at_us"]
            assert len(row["ring_deg"]) >= 6 or None not in (row["lon_deg"], row["lat_deg"], row["range_m"])
