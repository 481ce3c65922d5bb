"""From poses and pixels to observations: what each stage of footage hands to the next, on the real flight."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truceline.base.frames import LocalFrame
from truceline.footage import observation_id, see
from truceline.locate.camera import footprints, place_sightings
from truceline.model.batch import table
from truceline.model.footage import CONTROLS, SIGHTINGS, Camera
from truceline.model.mission import Feed
from truceline.model.reel import Reel
from truceline.observe.footage import Raw, read_footage

FLIGHT = Path(__file__).parents[1] / "missions" / "drone-junction" / "feeds" / "flight.ts"
SHA256 = "9" * 64
MEANING = {"act": "present", "means": "uav_image", "parties": [], "count_lo": 1, "count_hi": 1, "remark": ""}
EXACT = Camera(
    position_error_m=0.1, height_error_m=0.1, heading_error_deg=0.001, attitude_error_deg=0.001,
    pointing_error_deg=0.001, view_error_permille=0, pixel_error_px=0.1, ground_error_m=0.1,
)  # fmt: skip


@pytest.fixture(scope="module")
def frames() -> pa.Table:
    read = read_footage(FLIGHT.read_bytes(), raw=Raw(name="flight.ts", source_id="drone", sha256=SHA256))
    return read.tables()[0]


def sighting(frame: pa.Table, x_px: float, y_px: float, **columns: object) -> dict[str, object]:
    return {
        "sighting_id": f"sgt-{x_px:.0f}-{y_px:.0f}-{frame['frame_id'][0]}",
        "frame_id": frame["frame_id"][0].as_py(),
        "method": "person",
        "target": "",
        "x_px": x_px,
        "y_px": y_px,
        "sigma_px": 0.5,
        "label": "tank",
        "author": "A",
    } | columns


def reel(frames: pa.Table, sightings: list[dict[str, object]], **changes: object) -> Reel:
    feed = Feed(name="flight", path="flight.ts", format="footage", holds="observations", source="drone", camera=EXACT)
    given = Reel(
        feed=feed,
        sha256=SHA256,
        samples=frames.num_rows,
        frames=frames,
        sightings=table(sightings, SIGHTINGS),
        controls=CONTROLS.empty_table(),
        meanings={(method, "tank"): dict(MEANING) for method in ("person", "motion", "vmti")},
    )
    return replace(given, **changes)


def apart_m(one: dict[str, float], other: dict[str, float]) -> float:
    frame = LocalFrame(name="test", origin_lon_deg=one["lon_deg"], origin_lat_deg=one["lat_deg"])
    return float(np.hypot(*frame.to_local(other["lon_deg"], other["lat_deg"])))


def test_one_thing_in_many_pictures_is_one_observation_at_its_place_half_way(frames: pa.Table) -> None:
    shown = [frames.slice(at, 1) for at in range(100, 160, 10)]
    seen = see(reel(frames, [sighting(each, 320.0, 240.0, target="tank 1") for each in shown]))
    (row,) = seen.observations.to_pylist()
    (track,) = seen.screened.tracks.to_pylist()
    assert row["observation_id"] == observation_id(track["track_id"])
    assert row["raw_sha256"] == SHA256
    assert row["raw_at"] == f"{shown[0]['raw_at'][0]} to {shown[-1]['raw_at'][0]}"
    first, last = shown[0]["at_us"][0].as_py(), shown[-1]["at_us"][0].as_py()
    clock_us = EXACT.time_error_ms * 1_000
    assert (row["earliest_at_us"], row["latest_at_us"]) == (first - clock_us, last + clock_us)


def test_marks_without_a_name_are_things_of_their_own(frames: pa.Table) -> None:
    one = frames.slice(100, 1)
    seen = see(reel(frames, [sighting(one, 100.0, 100.0), sighting(one, 300.0, 300.0)]))
    assert seen.observations.num_rows == 2


def test_where_a_thing_went_is_part_of_how_far_its_place_may_be_wrong(frames: pa.Table) -> None:
    """The same pixel in two pictures between which the camera turned is two places."""
    ends = [frames.slice(at, 1) for at in (0, 276)]
    still, gone = (
        see(reel(frames, [sighting(each, 320.0, 240.0, target="t") for each in those])).observations.to_pylist()[0]
        for those in (ends[:1], ends)
    )
    assert gone["cov_nn_m2"] > still["cov_nn_m2"] + 100.0**2
    assert gone["cov_ee_m2"] + gone["cov_nn_m2"] > 300.0**2


def test_a_frame_that_contradicts_itself_places_nothing_and_the_reason_is_told(frames: pa.Table) -> None:
    at = frames.schema.get_field_index("heading_deg")
    turned = frames.set_column(at, frames.schema.field(at), pc.add(frames["heading_deg"], 40.0))
    seen = see(reel(turned, [sighting(turned.slice(100, 1), 320.0, 240.0, target="tank 1")]))
    assert seen.observations.num_rows == 0
    (reject,) = seen.rejects.to_pylist()
    assert reject["reason"] == "no-place"
    assert any(sign.isdigit() for sign in reject["problem"]), "the numbers are told"
    assert "control points" in reject["remedy"]
    (count,) = seen.counts(reel(turned, []))
    assert (count.read, count.rows, count.rejects) == (1, 0, 1)


def test_what_a_machine_saw_says_automatic_and_what_a_person_marked_says_by_whom(frames: pa.Table) -> None:
    shown = [frames.slice(at, 1) for at in range(10)]
    by_person = see(reel(frames, [sighting(each, 320.0, 240.0, target="a") for each in shown]))
    by_machine = see(reel(frames, [sighting(each, 320.0, 240.0, target="a", method="vmti") for each in shown]))
    assert by_person.observations["remark"][0].as_py().startswith("marked: person, 10 pictures; by A")
    assert by_machine.observations["remark"][0].as_py().startswith("automatic: vmti, 10 pictures")


def test_a_picture_without_pointing_places_nothing_until_a_person_places_it_by_control_points(
    frames: pa.Table,
) -> None:
    """Ground points of known pixels come from the full pose; the pose is then taken away and found again from them."""
    frame = frames.slice(130, 1)
    pixels = [(60.0, 60.0), (580.0, 80.0), (560.0, 420.0), (90.0, 400.0), (320.0, 200.0), (200.0, 330.0)]
    marks = table([sighting(frame, *each) for each in pixels], SIGHTINGS)
    truth = place_sightings(marks, frame, footprints(frame, camera=EXACT), camera=EXACT, terrain=None).to_pylist()
    blind = frames
    for name in (
        "sensor_azimuth_deg",
        "sensor_elevation_deg",
        "sensor_roll_deg",
        "heading_deg",
        "pitch_deg",
        "roll_deg",
    ):
        at = blind.schema.get_field_index(name)
        blind = blind.set_column(at, blind.schema.field(at), pa.nulls(blind.num_rows, pa.float64()))
    at = blind.schema.get_field_index("pointing")
    blind = blind.set_column(at, blind.schema.field(at), pa.array([""] * blind.num_rows))
    wanted = sighting(frame, 400.0, 150.0, target="tank 1")
    assert see(reel(blind, [wanted])).observations.num_rows == 0
    controls = [
        {
            "frame_id": wanted["frame_id"], "x_px": x_px, "y_px": y_px, "error_px": 1.0,
            "lon_deg": place["lon_deg"], "lat_deg": place["lat_deg"], "hae_m": place["hae_m"],
            "error_m": 2.0, "height_error_m": 2.0, "author": "A", "raw_at": "row 1",
        }
        for (x_px, y_px), place in zip(pixels, truth, strict=True)
    ]  # fmt: skip
    seen = see(reel(blind, [wanted], controls=table(controls, CONTROLS)))
    (row,) = seen.observations.to_pylist()
    exact = place_sightings(
        table([wanted], SIGHTINGS), frame, footprints(frame, camera=EXACT), camera=EXACT, terrain=None
    ).to_pylist()[0]
    error_m = apart_m(exact, row)
    assert error_m < 5.0
    assert error_m**2 < 9.21 * (row["cov_ee_m2"] + row["cov_nn_m2"]), "its own error holds the truth"
    others = seen.screened.footprints.filter(pc.not_equal(seen.screened.footprints["frame_id"], wanted["frame_id"]))
    assert set(others["standing"].to_pylist()) == {"position"}, "control points speak for their own picture"


def test_a_thing_in_footage_whose_clock_states_no_zone_is_set_aside_and_the_remedy_names_the_zone(
    frames: pa.Table,
) -> None:
    at = frames.schema.get_field_index("at_us")
    timeless = frames.set_column(at, frames.schema.field(at), pa.nulls(frames.num_rows, pa.int64()))
    seen = see(reel(timeless, [sighting(timeless.slice(100, 1), 320.0, 240.0, target="tank 1")]))
    assert seen.observations.num_rows == 0
    assert [(row["reason"], "zone" in row["remedy"]) for row in seen.rejects.to_pylist()] == [("no-time", True)]


def test_too_few_control_points_place_no_picture_and_say_what_is_needed(frames: pa.Table) -> None:
    frame = frames.slice(130, 1)
    point = {
        "frame_id": frame["frame_id"][0].as_py(), "x_px": 10.0, "y_px": 10.0, "error_px": 1.0, "lon_deg": -86.67,
        "lat_deg": 34.7, "msl_m": 200.0, "error_m": 2.0, "height_error_m": 2.0, "author": "A", "raw_at": "row 1",
    }  # fmt: skip
    seen = see(reel(frames, [], controls=table([point] * 3, CONTROLS)))
    (reject,) = seen.rejects.to_pylist()
    assert reject["reason"] == "not-placed"
    assert "four points" in reject["remedy"] or "four" in reject["problem"]
