"""What one packet may say, item by item, and what is made of it when it says it badly."""

import pytest
from tests.observe.footage.klv_samples import POSE, STAMP_US, body, length, packed, pose, read

from truceline.observe.footage.klv.sets import UAS_KEY, UNIVERSAL_KEY, Splitter

HALF = b"\x40\x00"  # the middle of the upper half of what two bytes hold


def one(packet: bytes) -> dict[str, object]:
    found = read(packet)
    assert found.rejects == []
    (frame,) = found.frames
    return frame


# --- whole, broken, cut -----------------------------------------------------------------------------------------------


def test_a_whole_packet_has_no_flag() -> None:
    frame = one(pose())
    assert frame["flags"] == []
    assert frame["remark"] == ""
    assert frame["sensor_lat_deg"] == pytest.approx(37.25, abs=1e-7)
    assert frame["sensor_lon_deg"] == pytest.approx(48.5, abs=1e-7)
    assert frame["sensor_msl_m"] == pytest.approx(14_190.72, abs=0.01)  # the standard's own example
    assert frame["at_us"] == STAMP_US


def test_a_packet_with_a_bad_checksum_is_kept_and_says_so() -> None:
    packet = bytearray(pose())
    packet[packet.index(b"\x0f\x02\xc2") + 2] ^= 0x40  # a bit of item 15, height
    frame = one(bytes(packet))
    assert frame["flags"] == ["bad-checksum"]
    assert frame["sensor_lat_deg"] == pytest.approx(37.25, abs=1e-7)
    assert frame["sensor_msl_m"] == pytest.approx((0xC221 ^ 0x4000) / 65_535 * 19_900 - 900, abs=0.01)


def test_a_packet_that_states_no_checksum_says_so() -> None:
    value = body(POSE)
    frame = one(UAS_KEY + length(len(value)) + value)
    assert frame["flags"] == ["no-checksum"]
    assert frame["sensor_lon_deg"] == pytest.approx(48.5, abs=1e-7)


def test_a_packet_that_is_cut_keeps_the_items_before_the_cut() -> None:
    packet = pose()
    frame = one(packet[:46])
    assert {"cut-short", "no-checksum"} <= set(frame["flags"])
    assert frame["sensor_lat_deg"] == pytest.approx(37.25, abs=1e-7)
    assert frame["centre_lat_deg"] is None


def test_a_length_that_runs_into_the_next_packet_costs_only_its_own_packet() -> None:
    damaged = bytearray(pose())
    damaged[16] = 0x7F  # its length
    found = read(bytes(damaged) + pose() * 3)
    assert len(found.frames) == 4
    assert "cut-short" in found.frames[0]["flags"]
    assert [frame["flags"] for frame in found.frames[1:]] == [[]] * 3


def test_bytes_that_belong_to_no_set_are_named_with_their_place() -> None:
    packet = pose()
    found = read(packet + b"lost and found" + packet)
    assert [frame["raw_at"] for frame in found.frames] == ["byte 0", f"byte {len(packet) + 14}"]
    (reject,) = found.rejects
    assert (reject["reason"], reject["raw_at"]) == ("not-klv", f"byte {len(packet)}, 14 bytes")
    assert reject["raw_sha256"] == "ab" * 32


def test_a_set_nobody_reads_is_counted_once_at_the_end() -> None:
    other = bytes.fromhex("060e2b34020b01010e01030302000001") + b"\x02\x01\x00"
    strange = bytes.fromhex("060e2b34020b01010e010399020000 00".replace(" ", "")) + b"\x02\x01\x00"
    found = read(pose() + strange * 3 + other)
    assert [reject["reason"] for reject in found.rejects] == ["unknown-set"]
    assert "3 sets of the key 060e2b34 020b0101 0e010399 02000000" in found.rejects[0]["problem"]


def test_a_packet_with_nothing_in_it_that_can_be_framed_is_a_frame_of_nothing_and_says_so() -> None:
    found = read(UAS_KEY + b"\x03\xff\xff\xff" + pose())
    assert len(found.frames) == 2
    assert {"cut-short", "no-checksum"} <= set(found.frames[0]["flags"])
    assert found.frames[0]["sensor_lat_deg"] is None
    assert found.frames[1]["flags"] == []


@pytest.mark.parametrize("step", [1, 7, 64, 1_000])
def test_pieces_of_any_size_give_the_same_rows(step: int) -> None:
    from truceline.observe.footage import FootageReader, Found, Raw

    content = b"??" + pose() + b"!!!" + pose((5, HALF))[5:] + pose((15, HALF))[:50] + pose()
    raw = Raw(name="flight.klv", source_id="uav-1", sha256="ab" * 32)
    reader, found = FootageReader(raw, "klv"), Found()
    for at in range(0, len(content), step):
        found.take(reader.feed(content[at : at + step]))
    found.take(reader.finish())
    whole = FootageReader(raw, "klv")
    expected = whole.feed(content)
    expected.take(whole.finish())
    assert len(expected.frames) == 4
    assert expected.frames[1]["flags"] == ["key-mended"]
    assert found == expected


# --- items ------------------------------------------------------------------------------------------------------------


def test_the_wide_items_win_over_the_narrow_ones() -> None:
    narrow = one(pose((6, b"\x20\x00"), (7, b"\x20\x00")))
    assert narrow["pitch_deg"] == pytest.approx(5.0, abs=1e-3)  # a quarter of ±20
    assert narrow["roll_deg"] == pytest.approx(12.5, abs=2e-3)  # of ±50
    wide = one(pose((6, b"\x20\x00"), (7, b"\x20\x00"), (90, b"\x40\x00\x00\x00"), (91, b"\xc0\x00\x00\x00")))
    assert wide["pitch_deg"] == pytest.approx(45.0, abs=1e-6)
    assert wide["roll_deg"] == pytest.approx(-45.0, abs=1e-6)


def test_heights_above_ellipsoid_and_sea_stand_apart() -> None:
    sea = one(pose())
    assert sea["sensor_hae_m"] is None
    ellipsoid = one(pose((75, HALF), (78, HALF), (25, b"\x30\x00")))
    assert ellipsoid["sensor_hae_m"] == pytest.approx(0x4000 / 65_535 * 19_900 - 900, abs=0.01)
    assert ellipsoid["centre_hae_m"] == pytest.approx(0x4000 / 65_535 * 19_900 - 900, abs=0.01)
    assert ellipsoid["centre_msl_m"] == pytest.approx(0x3000 / 65_535 * 19_900 - 900, abs=0.01)
    assert ellipsoid["sensor_msl_m"] == sea["sensor_msl_m"]
    assert one(pose((75, HALF), (104, bytes.fromhex("2f921e"))))["sensor_hae_m"] == 23_456.234375  # the standard's own


def test_corners_are_whole_or_counted_from_the_middle_or_none() -> None:
    offsets = [(tag, b"\x10\x00") for tag in range(26, 34)]
    counted = one(pose(*offsets))
    step_deg = 0x1000 / 32_767 * 0.075
    assert counted["corners_deg"] == pytest.approx([48.5 + step_deg, 37.268 + step_deg] * 4, abs=1e-6)
    whole = [(tag, (0x30000000 if tag % 2 else 0x20000000).to_bytes(4, "big")) for tag in range(82, 90)]
    assert one(pose(*offsets, *whole))["corners_deg"] == pytest.approx([67.5, 22.5] * 4, abs=1e-6)
    assert one(pose(*offsets[:-1]))["corners_deg"] is None


def test_corners_across_the_date_line_stay_on_the_globe() -> None:
    edge = round(179.99 / 180 * (2**31 - 1)).to_bytes(4, "big", signed=True)
    frame = one(pose((24, edge), *[(tag, b"\x7f\xff") for tag in range(26, 34)]))
    assert frame["corners_deg"][0] == pytest.approx(-179.935, abs=1e-5)


def test_pointing_is_towards_the_vehicle_only_where_angles_are_stated() -> None:
    assert one(pose())["pointing"] == ""
    assert one(pose((18, b"\x40\x00\x00\x00")))["pointing"] == "platform"


@pytest.mark.parametrize(
    ("tag", "value", "column"), [(6, b"\x80\x00", "pitch_deg"), (13, b"\x80\0\0\0", "sensor_lat_deg")]
)
def test_a_value_that_means_out_of_range_is_none_and_named(tag: int, value: bytes, column: str) -> None:
    frame = one(pose((tag, value)))
    assert frame[column] is None
    assert frame["flags"] == ["item-out-of-range"]
    assert f"item {tag}:" in frame["remark"]


def test_half_a_place_is_none() -> None:
    frame = one(pose((13, b"\x80\0\0\0")))
    assert (frame["sensor_lon_deg"], frame["sensor_lat_deg"]) == (None, None)


def test_an_item_of_a_wrong_length_is_none_and_named() -> None:
    frame = one(pose((22, b"\0\x01\0\0"), (21, b"\0\x01")))
    assert frame["slant_range_m"] is None
    assert frame["flags"] == ["item-unreadable"]
    assert frame["remark"] == "item 22: expected 2 value bytes, got 4; item 21: expected 4 value bytes, got 2"


def test_a_special_number_of_st_1201_is_none_and_named() -> None:
    frame = one(pose((104, bytes.fromhex("d00000"))))
    assert frame["sensor_hae_m"] is None
    assert frame["flags"] == ["item-out-of-range"]
    assert "item 104" in frame["remark"]


def test_a_receiver_without_a_fix_has_no_place() -> None:
    frame = one(pose((13, bytes(4)), (14, bytes(4))))
    assert (frame["sensor_lon_deg"], frame["sensor_lat_deg"]) == (None, None)
    assert frame["flags"] == ["no-fix"]


def test_a_field_of_view_of_nothing_is_none() -> None:
    frame = one(pose((16, b"\0\0"), (17, HALF)))
    assert frame["hfov_deg"] is None
    assert frame["vfov_deg"] == pytest.approx(45.0, abs=2e-3)
    assert frame["flags"] == ["item-out-of-range"]


# --- time -------------------------------------------------------------------------------------------------------------


def test_early_revisions_write_unix_time() -> None:
    frame = one(pose((65, b"\x01")))
    assert (frame["at_us"], frame["at_sigma_us"], frame["flags"]) == (STAMP_US, None, [])


def test_a_later_stamp_without_leap_seconds_may_be_29_seconds_late() -> None:
    frame = one(pose((65, b"\x11")))
    assert (frame["at_us"], frame["at_sigma_us"]) == (STAMP_US, 14_500_000)
    assert frame["flags"] == ["leap-seconds-unstated"]


def test_leap_seconds_are_added_and_the_scale_is_sure_then() -> None:
    frame = one(pose((65, b"\x11"), (136, b"\xe3")))  # -29
    assert (frame["at_us"], frame["at_sigma_us"], frame["flags"]) == (STAMP_US - 29_000_000, None, [])


def test_leap_seconds_stated_once_hold_for_the_stream() -> None:
    frames = read(pose((65, b"\x11"), (136, b"\xe3")) + pose((65, b"\x11"))).frames
    assert [frame["at_us"] for frame in frames] == [STAMP_US - 29_000_000] * 2


def test_leap_seconds_of_the_wrong_sign_are_not_applied() -> None:
    frame = one(pose((65, b"\x11"), (136, b"\x1d")))
    assert (frame["at_us"], frame["at_sigma_us"]) == (STAMP_US, 29_000_000)
    assert frame["flags"] == ["leap-seconds-sign"]


def test_what_a_packet_with_a_bad_checksum_says_of_the_clock_does_not_hold_for_its_neighbours() -> None:
    broken = bytearray(pose((65, b"\x11"), (136, b"\xe3")))
    broken[-1] ^= 1
    frames = read(bytes(broken) + pose((65, b"\x11"))).frames
    assert frames[1]["flags"] == ["leap-seconds-unstated"]


def test_the_correction_after_the_flight_is_added() -> None:
    frame = one(pose((137, (-2_500_000).to_bytes(4, "big", signed=True))))
    assert frame["at_us"] == STAMP_US - 2_500_000


@pytest.mark.parametrize("stamp_us", [0, 315_532_800_000_000, 2**64 - 1])
def test_a_clock_that_was_never_set_gives_no_time(stamp_us: int) -> None:
    frame = one(pose((2, stamp_us.to_bytes(8, "big"))))
    assert (frame["at_us"], frame["at_sigma_us"]) == (None, None)
    assert frame["flags"] == ["time-out-of-range"]


# --- marking, older sets ----------------------------------------------------------------------------------------------


def test_a_marking_holds_until_another_is_stated() -> None:
    first = body([(1, b"\x02"), (3, b"//DE"), (5, b"KEEP TO STAFF"), (6, b"DE FR")])
    frames = read(pose((48, first)) + pose() + pose((48, body([(1, b"\x01")]))) + pose()).frames
    words = "Restricted; country //DE; caveat KEEP TO STAFF; releasable to DE FR"
    assert [frame["marking"] for frame in frames] == [words, words, "Unclassified", "Unclassified"]


def test_a_marking_in_a_broken_packet_does_not_replace_one_that_was_sure() -> None:
    broken = bytearray(pose((48, body([(1, b"\x01")]))))
    broken[-1] ^= 1
    frames = read(pose((48, body([(1, b"\x04")]))) + bytes(broken) + pose()).frames
    assert [frame["marking"] for frame in frames] == ["Secret"] * 3


def universal(*items: tuple[str, bytes]) -> bytes:
    value = b"".join(bytes.fromhex(key) + length(len(item)) + item for key, item in items)
    return UNIVERSAL_KEY + length(len(value)) + value


ANGLE = "060e2b34010101010701100103000000"
NORTH = "060e2b34010101010701100102000000"
LATITUDE = "060e2b34010101030701020102040200"
LONGITUDE = "060e2b34010101030701020102060200"


@pytest.mark.parametrize(
    ("obliquity", "elevation_deg"), [("c20c0000", -35.0), ("43870000", -90.0), ("420c0000", None), ("7fc00000", None)]
)
def test_obliquity_is_down_in_two_ways_of_writing_and_else_nothing(obliquity: str, elevation_deg: float | None) -> None:
    frame = one(universal((ANGLE, bytes.fromhex(obliquity)), (NORTH, bytes.fromhex("c0000000"))))
    assert frame["sensor_elevation_deg"] == elevation_deg
    assert frame["sensor_azimuth_deg"] == 358.0
    assert frame["pointing"] == "ground"
    assert frame["flags"] == ([] if elevation_deg is not None else ["item-out-of-range"])


def test_a_number_outside_its_range_is_none_and_named() -> None:
    frame = one(universal((LATITUDE, bytes.fromhex("4057c00000000000")), (LONGITUDE, bytes(8))))  # 95
    assert (frame["sensor_lat_deg"], frame["sensor_lon_deg"]) == (None, None)
    assert frame["flags"] == ["item-out-of-range"]
    assert frame["remark"] == "sensor_lat_deg 95 lies outside -90 to 90"


def test_every_byte_comes_out_of_the_splitter_once() -> None:
    content = pose() + b"\x06\x0e\x2b\x34" * 5 + pose()[:33] + pose()[5:] + b"\0" * 40 + packed(POSE)
    splitter = Splitter()
    pieces = splitter.feed(content) + splitter.finish()
    at = 0
    for piece in pieces:
        assert piece.at_byte == at
        mended = 5 if "key-mended" in getattr(piece, "flags", ()) else 0
        at += getattr(piece, "count", 0) or len(piece.content) - mended
    assert at == len(content)
