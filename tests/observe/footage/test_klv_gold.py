"""Real flights, against what others read in the same bytes."""

import json
import math
from collections.abc import Iterator

import pytest
from tests.observe.footage.klv_samples import (
    APHILL,
    EVERY_ITEM,
    KLV,
    OSH,
    TRUCK,
    TRUCK_GOLDEN,
    payloads,
    read,
    rows_of,
)
from tstrans.klv import decode_uas_datalink, decode_vmti

NUMBERS = {
    "platform_heading_deg": "heading_deg",
    "platform_pitch_deg": "pitch_deg",
    "platform_roll_deg": "roll_deg",
    "sensor_lat_deg": "sensor_lat_deg",
    "sensor_lon_deg": "sensor_lon_deg",
    "sensor_alt_m": "sensor_msl_m",
    "sensor_hfov_deg": "hfov_deg",
    "sensor_vfov_deg": "vfov_deg",
    "sensor_rel_az_deg": "sensor_azimuth_deg",
    "sensor_rel_el_deg": "sensor_elevation_deg",
    "sensor_rel_roll_deg": "sensor_roll_deg",
    "slant_range_m": "slant_range_m",
    "frame_center_lat_deg": "centre_lat_deg",
    "frame_center_lon_deg": "centre_lon_deg",
    "frame_center_elev_m": "centre_msl_m",
}
NO_TRUCK = pytest.mark.skipif(
    not TRUCK.exists(), reason="the Truck flight may not be passed on: ../shared/data/klv/truck"
)


def same_frames(frames: list[dict[str, object]], golden: list[dict[str, str]]) -> None:
    assert len(frames) == len(golden)
    for frame, row in zip(frames, golden, strict=True):
        assert frame["at_us"] == int(row["timestamp_us"])
        assert frame["pointing"] == "platform"
        for theirs, ours in NUMBERS.items():
            assert frame[ours] == pytest.approx(float(row[theirs]), abs=1e-9), (frame["raw_at"], ours)
        corners = [float(row[f"corner{n}_{axis}"]) for n in (1, 2, 3, 4) for axis in ("lon", "lat")]
        assert frame["corners_deg"] == pytest.approx(corners, abs=1e-12)


def test_the_simulated_flight_gives_its_277_frames_as_they_were_decoded_before() -> None:
    found = read(OSH.read_bytes(), "sample-stream.ts")
    assert found.rejects == []
    same_frames(found.frames, rows_of(KLV / "golden" / "osh_sample_stream_st0601.csv"))
    assert [frame["stream_us"] for frame in found.frames[:3]] == [0, 33_333, 66_666]
    assert {(frame["width_px"], frame["height_px"]) for frame in found.frames} == {(640, 480)}
    assert {frame["marking"] for frame in found.frames} == {"Unclassified; country //US; object countries US"}


def test_its_129_located_things_lie_where_they_were_decoded_before() -> None:
    found = read(OSH.read_bytes(), "sample-stream.ts")
    golden = rows_of(KLV / "golden" / "osh_sample_stream_vmti.csv")
    frames = {frame["frame_id"]: index for index, frame in enumerate(found.frames)}
    assert len(found.sightings) == len(golden) == 129
    for seen, row in zip(found.sightings, golden, strict=True):
        assert frames[seen["frame_id"]] == int(row["packet"])
        assert seen["target"] == row["target_id"]
        assert (seen["x_px"], seen["y_px"]) == (int(row["col"]) - 0.5, int(row["row"]) - 0.5)
        assert seen["stated_lat_deg"] == pytest.approx(float(row["lat_deg_linear_map"]), abs=1e-12)
        assert seen["stated_lon_deg"] == pytest.approx(float(row["lon_deg_linear_map"]), abs=1e-12)
        assert seen["stated_hae_m"] == pytest.approx(float(row["hae_m_linear_map"]), abs=1e-9)
        assert seen["confidence_permille"] == 10 * int(row["confidence_pct"])
        if not row["bbox_tl_pixel"]:
            assert (seen["left_px"], seen["sigma_px"]) == (None, 1.0)
            continue
        first, last = int(row["bbox_tl_pixel"]), int(row["bbox_br_pixel"])
        assert seen["top_px"] * 640 + seen["left_px"] + 1 == first
        assert (seen["bottom_px"] - 1) * 640 + seen["right_px"] == last
        assert seen["left_px"] < seen["x_px"] < seen["right_px"]
        assert seen["top_px"] < seen["y_px"] < seen["bottom_px"]


def test_each_located_thing_lies_in_the_corners_that_the_flight_states() -> None:
    """By the mapping of revision 6 it would lie thousands of kilometres away, or 2,462 m above the ground."""
    found = read(OSH.read_bytes(), "sample-stream.ts")
    frames = {frame["frame_id"]: frame for frame in found.frames}
    for seen in found.sightings:
        frame = frames[seen["frame_id"]]
        corners = frame["corners_deg"]
        assert min(corners[::2]) < seen["stated_lon_deg"] < max(corners[::2])
        assert min(corners[1::2]) < seen["stated_lat_deg"] < max(corners[1::2])
        assert abs(seen["stated_hae_m"] - (frame["centre_msl_m"] - 28.5)) < 15  # the geoid lies 28.5 m low there


def flat(value: object) -> Iterator[object]:
    """The numbers and words of a field, in their order, whatever it is made of."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from flat(each)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from flat(getattr(value, name))
    else:
        yield getattr(value, "value", value)


@pytest.mark.parametrize("name", ["h264_klv.ts", "mpeg2_klv.ts"])
def test_every_item_of_the_standard_has_the_value_of_its_worked_example(name: str) -> None:
    golden = json.loads((KLV / "kwiver" / "st0601_gold.json").read_text())
    stated = decode_uas_datalink(payloads(KLV / "kwiver" / name)[0])
    assert not stated.unknown
    assert not stated.field_errors
    compared = 0
    for field, expected in golden.items():
        ours, theirs = list(flat(getattr(stated, field))), list(flat(expected))
        ours = ours[:4] if field == "image_horizon" else ours
        assert len(ours) == len(theirs), field
        for one, other in zip(ours, theirs, strict=True):
            assert one == (pytest.approx(other, rel=1e-14) if isinstance(other, float) else other), field
            compared += isinstance(other, int | float)
    assert compared == 152


def test_the_worked_examples_reach_the_columns_by_the_wider_items() -> None:
    golden = json.loads((KLV / "kwiver" / "st0601_gold.json").read_text())
    found = read(EVERY_ITEM.read_bytes(), "h264_klv.ts")
    assert len(found.frames) == 30
    assert found.rejects == []
    frame = found.frames[0]
    wider = {
        "pitch_deg": "platform_pitch_full_deg",
        "roll_deg": "platform_roll_full_deg",
        "sensor_hae_m": "sensor_ellipsoid_height_extended_m",
        "sensor_msl_m": "sensor_alt_m",
        "centre_hae_m": "frame_center_ellipsoid_height_m",
        "centre_msl_m": "frame_center_elev_m",
        "centre_ce90_m": "target_error_ce90_m",
        "centre_le90_m": "target_error_le90_m",
        "satellites": "navsats_in_view",
    }
    corners = [golden[f"corner_{axis}_p{n}_deg"] for n in (1, 2, 3, 4) for axis in ("lon", "lat")]
    assert {name: frame[name] for name in wider} == {name: golden[other] for name, other in wider.items()}
    assert frame["corners_deg"] == corners


@NO_TRUCK
def test_the_real_flight_of_2012_gives_its_711_frames_as_they_were_decoded_before() -> None:
    found = read((TRUCK / "Truck.klv").read_bytes(), "Truck.klv")
    assert found.rejects == []
    same_frames(found.frames, rows_of(TRUCK_GOLDEN))
    assert {frame["at_sigma_us"] for frame in found.frames} == {None}  # revision 1: Unix time
    content = (TRUCK / "Truck.klv").read_bytes()
    assert found.frames[1]["raw_at"] == f"byte {content.index(content[:16], 16)}"


@NO_TRUCK
def test_a_file_that_lost_the_first_five_bytes_of_each_key_reads_like_the_mended_one() -> None:
    cut = read((TRUCK / "day.klv").read_bytes(), "day.klv")
    mended = read((TRUCK / "day_ul_restored.klv").read_bytes(), "day.klv")
    assert len(cut.frames) == len(mended.frames) == 6
    assert cut.rejects == mended.rejects == []
    for one, other in zip(cut.frames, mended.frames, strict=True):
        assert one["flags"] == ["item-unreadable", "key-mended"]
        assert other["flags"] == ["item-unreadable"]
        assert "item 22: expected 2 value bytes, got 4" in one["remark"]
        origin = {"flags", "raw_at", "frame_id"}
        assert {k: v for k, v in one.items() if k not in origin} == {k: v for k, v in other.items() if k not in origin}


def test_the_old_universal_sets_point_at_the_ground_they_state() -> None:
    """The camera's angles are towards north and the horizon: against the direction to the stated middle."""
    found = read(APHILL.read_bytes(), "aphill.ts")
    assert len(found.frames) == 300
    assert found.rejects == []
    for frame in found.frames:
        assert frame["pointing"] == "ground"
        assert (frame["width_px"], frame["height_px"]) == (360, 240)
        north_m = math.radians(frame["centre_lat_deg"] - frame["sensor_lat_deg"]) * 6_371_000
        east_m = math.radians(frame["centre_lon_deg"] - frame["sensor_lon_deg"]) * 6_371_000
        east_m *= math.cos(math.radians(frame["sensor_lat_deg"]))
        azimuth_deg = math.degrees(math.atan2(east_m, north_m))
        off_deg = (azimuth_deg - frame["sensor_azimuth_deg"] + 180) % 360 - 180
        assert -2.5 < off_deg < 0  # the camera was mounted 1.5 deg off
        level_m = math.hypot(north_m, east_m)
        depression_deg = math.degrees(math.acos(level_m / frame["slant_range_m"]))
        assert abs(-frame["sensor_elevation_deg"] - depression_deg) < 2.5
        assert frame["hfov_deg"] == pytest.approx(0.8)
        assert frame["vfov_deg"] == pytest.approx(0.6)
        assert frame["at_us"] // 1_000_000 in range(1_221_665_012, 1_221_665_023)


def test_the_sets_that_stand_alone_give_what_a_second_decoder_reads() -> None:
    content = (KLV / "vectors" / "0903.bin").read_bytes()
    found = read(content, "0903.bin")
    begins = [int(frame["raw_at"].removeprefix("byte ")) for frame in found.frames]
    sets = [content[at:end] for at, end in zip(begins, [*begins[1:], len(content)], strict=True)]
    theirs = [decode_vmti(each[17:-4]) for each in sets]
    assert [frame["at_us"] for frame in found.frames] == [each.precision_time_stamp for each in theirs]
    assert [(frame["width_px"], frame["height_px"]) for frame in found.frames] == [(1000, 600)] * 5
    pixels = [
        (str(pack.target_id), (pack.centroid_pixel - 1) % 1000 + 0.5, (pack.centroid_pixel - 1) // 1000 + 0.5)
        for each in theirs
        for pack in each.targets
    ]
    assert [(seen["target"], seen["x_px"], seen["y_px"]) for seen in found.sightings] == pixels
    assert len(pixels) == 10
    stated = [pack.confidence_level * 10 for each in theirs for pack in each.targets]
    assert [seen["confidence_permille"] for seen in found.sightings] == stated
    assert {seen["author"] for seen in found.sightings} == {"Example Targeting System"}
