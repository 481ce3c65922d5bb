"""What a camera's own detector saw: places by the revision of the stream, pixels, boxes."""

import math

import pytest
from stanag4609.imap import IMAPB
from tests.observe.footage.klv_samples import STAMP_US, alone, body, linear, pose, read, vmti

from truceline.observe.footage.klv.vmti import sigma_of_box_px

LAT_DEG, LON_DEG, HAE_M = 37.2671, 48.5013, 173.7
LINEAR = linear(LAT_DEG, -90, 90, 4) + linear(LON_DEG, -180, 180, 4) + linear(HAE_M, -900, 19_000, 2)
MAPPED = IMAPB(-90, 90, 4).encode(LAT_DEG) + IMAPB(-180, 180, 4).encode(LON_DEG) + IMAPB(-900, 19_000, 2).encode(HAE_M)
PIXEL = (1, (403 * 640 + 105).to_bytes(3, "big"))  # column 105, row 404


def seen(value: bytes, *more: bytes) -> tuple[list[dict[str, object]], list[list[str]]]:
    found = read(b"".join(pose((74, each)) for each in (value, *more)))
    assert found.rejects == []
    return found.sightings, [frame["flags"] for frame in found.frames]


def place(row: dict[str, object]) -> tuple[object, object, object]:
    return row["stated_lat_deg"], row["stated_lon_deg"], row["stated_hae_m"]


def here(row: dict[str, object]) -> bool:
    """Within 5 cm and, in height, the step of two bytes: a metre."""
    lat_deg, lon_deg, hae_m = place(row)
    return (
        lat_deg == pytest.approx(LAT_DEG, abs=4e-7)
        and lon_deg == pytest.approx(LON_DEG, abs=4e-7)
        and hae_m == pytest.approx(HAE_M, abs=1.0)
    )


# --- revisions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("revision", "location"), [(1, LINEAR), (3, LINEAR), (4, MAPPED), (6, MAPPED)])
def test_each_revision_is_read_by_its_own_mapping(revision: int, location: bytes) -> None:
    (row,), flags = seen(vmti([(7, [PIXEL, (17, location)])], revision=revision))
    assert here(row)
    assert flags == [[]]
    assert row["target"] == "7"


def test_the_revision_holds_for_the_sets_that_do_not_repeat_it() -> None:
    rows, flags = seen(vmti([], revision=3), vmti([(7, [PIXEL, (17, LINEAR)])], revision=None))
    assert here(rows[0])
    assert flags == [[], []]


def test_a_revision_in_a_broken_packet_does_not_hold_for_the_next() -> None:
    broken = bytearray(pose((74, vmti([], revision=6))))
    broken[-1] ^= 1
    found = read(bytes(broken) + pose((74, vmti([(7, [PIXEL, (17, LINEAR)])], revision=None))))
    assert here(found.sightings[0])
    assert found.frames[1]["flags"] == ["vmti-revision-guessed"]


@pytest.mark.parametrize("location", [LINEAR, MAPPED])
def test_before_any_revision_the_reading_near_the_picture_is_taken_and_flagged(location: bytes) -> None:
    (row,), flags = seen(vmti([(7, [PIXEL, (17, location)])], revision=None))
    assert here(row)
    assert flags == [["vmti-revision-guessed"]]


def test_where_neither_reading_lies_near_the_picture_the_place_is_held_back() -> None:
    far = linear(-12.0, -90, 90, 4) + linear(100.0, -180, 180, 4) + linear(HAE_M, -900, 19_000, 2)
    (row,), flags = seen(vmti([(7, [PIXEL, (17, far)])], revision=None))
    assert place(row) == (None, None, None)
    assert row["x_px"] == 104.5
    assert flags == [["vmti-revision-unknown"]]


def test_where_the_picture_has_no_middle_the_place_is_held_back() -> None:
    value = vmti([(7, [PIXEL, (17, LINEAR)])], revision=None)
    found = read(pose((74, value), (23, b"\x80\0\0\0")))
    assert place(found.sightings[0]) == (None, None, None)
    assert "vmti-revision-unknown" in found.frames[0]["flags"]


@pytest.mark.parametrize("revision", [3, 5])
def test_offsets_are_counted_from_the_middle_of_the_picture(revision: int) -> None:
    def offset(value_deg: float) -> bytes:
        if revision > 3:
            return IMAPB(-19.2, 19.2, 3).encode(value_deg)
        return round(value_deg / 19.2 * (2**23 - 1)).to_bytes(3, "big", signed=True)

    height = linear(HAE_M, -900, 19_000, 2) if revision == 3 else IMAPB(-900, 19_000, 2).encode(HAE_M)
    items = [PIXEL, (10, offset(LAT_DEG - 37.268)), (11, offset(LON_DEG - 48.5)), (12, height)]
    (row,), _ = seen(vmti([(1, items)], revision=revision))
    assert row["stated_lat_deg"] == pytest.approx(LAT_DEG, abs=5e-6)  # the step of three bytes: half a metre
    assert row["stated_lon_deg"] == pytest.approx(LON_DEG, abs=5e-6)
    assert row["stated_hae_m"] == pytest.approx(HAE_M, abs=1.0)


def test_the_least_offset_of_revision_3_means_that_there_is_none() -> None:
    (row,), _ = seen(vmti([(1, [PIXEL, (10, b"\x80\0\0"), (11, bytes(3))])], revision=3))
    assert place(row) == (None, None, None)


# --- pixels -----------------------------------------------------------------------------------------------------------


def test_the_first_pixel_has_its_middle_at_a_half() -> None:
    (row,), _ = seen(vmti([(1, [(1, b"\x01")])]))
    assert (row["x_px"], row["y_px"]) == (0.5, 0.5)


def test_row_and_column_go_before_the_pixels_number() -> None:
    (row,), _ = seen(vmti([(1, [PIXEL, (19, b"\x0a"), (20, b"\x14")])]))
    assert (row["x_px"], row["y_px"]) == (19.5, 9.5)


def test_the_last_pixel_of_a_row_stays_in_it() -> None:
    (row,), _ = seen(vmti([(1, [(1, (640).to_bytes(2, "big"))])]))
    assert (row["x_px"], row["y_px"]) == (639.5, 0.5)


def test_a_box_reaches_from_the_corner_of_its_first_pixel_to_that_of_its_last() -> None:
    box = [(2, (10 * 640 + 21).to_bytes(2, "big")), (3, (12 * 640 + 30).to_bytes(2, "big"))]
    (row,), _ = seen(vmti([(1, [PIXEL, *box])]))
    assert [row[side] for side in ("left_px", "top_px", "right_px", "bottom_px")] == [20.0, 10.0, 30.0, 13.0]
    assert row["sigma_px"] == pytest.approx(10 / math.sqrt(12))


def test_a_thing_with_a_box_alone_stands_in_its_middle() -> None:
    box = [(2, (10 * 640 + 21).to_bytes(2, "big")), (3, (12 * 640 + 30).to_bytes(2, "big"))]
    (row,), _ = seen(vmti([(1, box)]))
    assert (row["x_px"], row["y_px"]) == (25.0, 11.5)


def test_a_box_turned_inside_out_is_none_and_flagged() -> None:
    box = [(2, (12 * 640 + 30).to_bytes(2, "big")), (3, (10 * 640 + 21).to_bytes(2, "big"))]
    (row,), flags = seen(vmti([(1, [PIXEL, *box])]))
    assert row["left_px"] is None
    assert row["sigma_px"] == 1.0
    assert flags == [["vmti-out-of-range"]]


def test_the_sigma_of_a_box_is_that_of_a_place_anywhere_in_it() -> None:
    assert sigma_of_box_px((0, 0, 12, 3)) == pytest.approx(3.4641, abs=1e-4)
    assert sigma_of_box_px((4, 4, 5, 5)) == 0.5
    assert sigma_of_box_px(None) == 1.0


def test_the_width_of_the_picture_holds_for_the_sets_that_do_not_repeat_it() -> None:
    series = body([(101, b"\x06\x07\x01\x03" + (403 * 640 + 105).to_bytes(3, "big"))])
    rows, _ = seen(vmti([]), series)
    assert (rows[0]["x_px"], rows[0]["y_px"]) == (104.5, 403.5)


def test_a_pixels_number_without_a_width_is_no_pixel() -> None:
    rows, flags = seen(body([(101, b"\x06\x07\x01\x03" + (403 * 640 + 105).to_bytes(3, "big"))]))
    assert rows == []
    assert flags == [["vmti-without-place"]]


def test_confidence_beyond_the_whole_is_none_and_flagged() -> None:
    rows, flags = seen(vmti([(1, [PIXEL, (5, b"\x50")]), (2, [PIXEL, (5, b"\x65")])]))
    assert [row["confidence_permille"] for row in rows] == [800, None]
    assert flags == [["vmti-out-of-range"]]


def test_a_pack_that_is_cut_keeps_what_was_framed_before_it() -> None:
    whole = vmti([(1, [PIXEL]), (2, [PIXEL, (5, b"\x50")])])
    rows, flags = seen(whole[:-1])
    assert [row["target"] for row in rows] in ([], ["1"])
    assert "vmti-cut-short" in flags[0]


# --- sets that stand alone --------------------------------------------------------------------------------------------


def test_a_set_beside_a_pose_belongs_to_its_picture() -> None:
    found = read(pose() + alone(vmti([(7, [PIXEL, (17, MAPPED)])])))
    assert len(found.frames) == 1
    assert found.sightings[0]["frame_id"] == found.frames[0]["frame_id"]
    assert here(found.sightings[0])


def test_a_set_far_from_any_pose_has_a_picture_of_its_own() -> None:
    found = read(pose() + alone(vmti([(7, [PIXEL, (17, MAPPED)])], width=800, height=600), STAMP_US + 900_000))
    assert len(found.frames) == 2
    assert found.sightings[0]["frame_id"] == found.frames[1]["frame_id"]
    assert (found.frames[1]["width_px"], found.frames[1]["height_px"]) == (800, 600)
    assert found.frames[1]["sensor_lat_deg"] is None


def test_a_set_with_a_bad_checksum_is_kept_and_says_so() -> None:
    broken = bytearray(alone(vmti([(7, [PIXEL])])))
    broken[-1] ^= 1
    found = read(bytes(broken))
    assert "bad-checksum" in found.frames[0]["flags"]
    assert len(found.sightings) == 1


def test_a_doubtful_set_beside_a_sure_pose_has_a_row_of_its_own_to_say_so() -> None:
    broken = bytearray(alone(vmti([(7, [PIXEL])])))
    broken[-1] ^= 1
    found = read(pose() + bytes(broken))
    assert [frame["flags"] for frame in found.frames] == [[], ["bad-checksum"]]
    assert found.sightings[0]["frame_id"] == found.frames[1]["frame_id"]


def test_things_of_one_name_in_one_picture_have_ids_of_their_own() -> None:
    rows, _ = seen(vmti([(1, [PIXEL]), (1, [PIXEL])]))
    assert len({row["sighting_id"] for row in rows}) == 2
    assert rows[0]["raw_at"] == "byte 0, vmti 1"
