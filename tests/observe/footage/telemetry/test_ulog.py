"""PX4 logs: against pyulog's own reading of the whole file; and damaged in every way that made pyulog hang."""

import io
import os
import random
import struct

import numpy as np
import pytest
from pyulog import ULog
from tests.observe.footage.telemetry.sample import damaged, read, shipped, survives, whole, within

from truceline.base.time import stamp
from truceline.observe.footage.telemetry.framing import MAX_LOSSES, framed
from truceline.observe.footage.telemetry.logs import attitude_deg, boot_clock, gimbal_columns
from truceline.observe.footage.telemetry.ulog import TOPICS

SLICE = shipped("ulog/sample-slice.ulg")
HEAD = SLICE[:16]
WHOLE_TOPICS = {"vehicle_gps_position", "vehicle_attitude", "vehicle_local_position"}


def message(kind: str, payload: bytes) -> bytes:
    return struct.pack("<HB", len(payload), ord(kind)) + payload


def formats(text: str) -> bytes:
    return message("F", text.encode())


def subscribed(number: int, name: str) -> bytes:
    return message("A", struct.pack("<BH", 0, number) + name.encode())


def log(*messages: bytes) -> bytes:
    return HEAD + b"".join(messages)


FIX = formats(
    "vehicle_gps_position:uint64_t timestamp;uint64_t time_utc_usec;double latitude_deg;double longitude_deg;"
    "double altitude_msl_m;double altitude_ellipsoid_m;uint8_t fix_type;uint8_t satellites_used;"
    "uint8_t jamming_state;uint8_t spoofing_state;"
) + subscribed(1, "vehicle_gps_position")
TURN = formats("vehicle_attitude:uint64_t timestamp;float[4] q;") + subscribed(2, "vehicle_attitude")
GIMBAL = formats("gimbal_device_attitude_status:uint64_t timestamp;float[4] q;uint16_t device_flags;") + subscribed(
    3, "gimbal_device_attitude_status"
)
LOCAL = formats(
    "vehicle_local_position:uint64_t timestamp;double ref_lat;double ref_lon;float x;float y;bool xy_global;"
) + subscribed(4, "vehicle_local_position")
UTC = 1_700_000_000_000_000


def fix(boot_us: int, *, utc_us: int | None = None, kind: int = 3, jam: int = 1, spoof: int = 1) -> bytes:
    stated = UTC + boot_us if utc_us is None else utc_us
    fields = struct.pack("<QQddddBBBB", boot_us, stated, 48.1, 37.2, 150.0, 175.0, kind, 11, jam, spoof)
    return message("D", struct.pack("<H", 1) + fields)


def turn(boot_us: int, quaternion: tuple[float, ...], number: int = 2, tail: bytes = b"") -> bytes:
    return message("D", struct.pack("<HQ4f", number, boot_us, *quaternion) + tail)


def yawed(degrees: float) -> tuple[float, float, float, float]:
    half = np.radians(degrees) / 2
    return float(np.cos(half)), 0.0, 0.0, float(np.sin(half))


# --- the real log


def test_each_fix_of_the_real_log_is_a_row_with_its_own_numbers() -> None:
    found = read("ulog", SLICE)
    assert len(found.frames) == 13
    first = found.frames[0]
    assert (first["sensor_lon_deg"], first["sensor_lat_deg"]) == pytest.approx((10.4082151, 63.4170622), abs=1e-9)
    assert (first["sensor_msl_m"], first["sensor_hae_m"]) == pytest.approx((66.814, 106.766), abs=1e-6)
    assert first["sensor_hae_m"] - first["sensor_msl_m"] == pytest.approx(39.95, abs=0.01)  # the geoid near Trondheim
    assert (first["satellites"], first["hdop"]) == (15, pytest.approx(0.7, abs=1e-6))
    assert stamp(first["at_us"]) == "2021-04-21T06:30:58.600345Z"
    assert first["at_sigma_us"] == pytest.approx(110_000, rel=0.01)
    assert first["remark"] == "fix 3, eph 3.26 m, epv 6.984 m, noise 98, jamming indicator 54"
    assert first["heading_deg"] == pytest.approx(13.2, abs=0.1)
    assert abs(first["pitch_deg"]) < 1
    assert first["roll_deg"] == pytest.approx(1.1, abs=0.1)
    assert "other_lon_deg" not in first  # its filter had no place: xy_global is 0
    assert [reject["reason"] for reject in found.rejects] == ["cut-short"]  # where the slice ends


def test_its_heading_is_that_of_the_filter_s_own_message() -> None:
    parsed = ULog(io.BytesIO(SLICE))
    local = parsed.get_dataset("vehicle_local_position").data
    for row, boot_us in zip(
        read("ulog", SLICE).frames, parsed.get_dataset("vehicle_gps_position").data["timestamp"], strict=True
    ):
        at = np.abs(local["timestamp"].astype(np.int64) - int(boot_us)).argmin()
        stated_deg = np.degrees(local["heading"][at]) % 360
        assert row["heading_deg"] == pytest.approx(stated_deg, abs=0.5)  # turning 7°/s, samples 10 to 50 ms apart


@pytest.mark.parametrize("name", ["sample_log_small", "sample_appended_multiple"])
def test_of_a_whole_log_nothing_is_lost(name: str) -> None:
    content = whole(f"ulog/{name}.ulg")
    kept = framed(content, TOPICS)
    assert kept.losses == []
    ours, theirs = ULog(io.BytesIO(kept.log)), ULog(io.BytesIO(content), list(TOPICS))
    assert [each.name for each in ours.data_list] == [each.name for each in theirs.data_list]
    for one, other in zip(ours.data_list, theirs.data_list, strict=True):
        assert all(np.array_equal(one.data[name], other.data[name], equal_nan=True) for name in other.data)


def test_a_bench_log_without_a_receiver_gives_its_attitude_without_a_time() -> None:
    rows = read("ulog", whole("ulog/sample_appended_multiple.ulg")).frames
    assert len(rows) == 77  # of 306, at most ten a second
    assert {tuple(row["flags"]) for row in rows} == {("no-place", "no-utc")}
    assert rows[0]["heading_deg"] == pytest.approx(80.41, abs=0.01)  # yaw 1.4034 rad in vehicle_local_position


# --- what newer logs hold


def test_newer_fields_reports_of_interference_and_the_second_solution() -> None:
    filtered = message("D", struct.pack("<HQddff?", 4, 900_000, 48.1, 37.2, 100.0, 200.0, True))
    found = read("ulog", log(FIX, TURN, LOCAL, filtered, turn(990_000, yawed(90)), fix(1_000_000, jam=3, spoof=2)))
    (row,) = found.frames
    assert (row["sensor_lon_deg"], row["sensor_lat_deg"]) == (37.2, 48.1)
    assert (row["sensor_msl_m"], row["sensor_hae_m"], row["satellites"]) == (150.0, 175.0, 11)
    assert row["flags"] == ["jamming", "spoofing"]
    assert row["heading_deg"] == pytest.approx(90, abs=1e-4)
    assert (row["other_lat_deg"] - 48.1) * 111_200 == pytest.approx(100, rel=0.01)  # x is north
    assert (row["other_lon_deg"] - 37.2) * 74_500 == pytest.approx(200, rel=0.01)  # y is east
    assert found.rejects == []


@pytest.mark.parametrize(("flags", "azimuth_deg"), [(32, 130.0), (64, 40.0), (16, 40.0), (0, 130.0), (48, 130.0)])
def test_a_gimbal_s_yaw_is_towards_what_its_flags_say(flags: int, azimuth_deg: float) -> None:
    gimbal = turn(1_000_000, yawed(40), 3, struct.pack("<H", flags))
    (row,) = read("ulog", log(FIX, TURN, GIMBAL, turn(1_000_000, yawed(90)), gimbal, fix(1_000_000))).frames
    assert row["pointing"] == "ground"
    assert row["sensor_azimuth_deg"] == pytest.approx(azimuth_deg, abs=1e-4)


def test_a_gimbal_towards_a_heading_nobody_logged_points_nowhere() -> None:
    assert gimbal_columns(yawed(40), 32, None) == {}
    assert gimbal_columns(yawed(40), 64, None)["sensor_azimuth_deg"] == pytest.approx(40)


def test_without_a_fix_there_is_no_place_and_the_time_comes_from_the_other_fixes() -> None:
    found = read("ulog", log(FIX, fix(1_000_000, utc_us=0, kind=0), fix(2_000_000), fix(3_000_000)))
    lost, *_ = found.frames
    assert "sensor_lon_deg" not in lost
    assert lost["flags"] == ["no-fix", "no-attitude"]
    assert lost["at_us"] == UTC + 1_000_000
    (alone,) = read("ulog", log(FIX, fix(1_000_000, utc_us=0))).frames
    assert "no-utc" in alone["flags"]


def test_the_clock_is_the_middle_and_its_sigma_the_scatter_and_the_delay() -> None:
    clock = boot_clock([0, 1_000, 2_000], [500, 1_500, 900_000_000])
    assert clock is not None
    assert clock.offset_us == 500
    assert clock.sigma_us == 110_000
    assert boot_clock([], []) is None


def test_a_rotation_that_is_none_gives_no_angles() -> None:
    assert attitude_deg((0.0, 0.0, 0.0, 0.0)) is None
    assert attitude_deg((float("nan"), 0.0, 0.0, 1.0)) is None
    heading_deg, pitch_deg, roll_deg = attitude_deg((0.5, 0.5, 0.5, 0.5)) or (0, 0, 0)
    assert (heading_deg, pitch_deg, roll_deg) == pytest.approx((90, 0, 90), abs=1e-6)
    # nose up by 30°: about the right wing, y
    assert attitude_deg((np.cos(np.radians(15)), 0, np.sin(np.radians(15)), 0)) == pytest.approx((0, 30, 0), abs=1e-6)


# --- damage


def test_data_appended_after_a_crash_is_read_and_the_broken_message_before_it_named() -> None:
    flags = bytearray(40)
    head = log(message("B", bytes(flags)), FIX, fix(1_000_000))
    broken = fix(2_000_000)[:20]
    flags[8], flags[16:24] = 1, struct.pack("<Q", len(head) + len(broken))
    content = head.replace(bytes(40), bytes(flags), 1) + broken + fix(3_000_000)
    found = read("ulog", content)
    assert [row["at_us"] - UTC for row in found.frames] == [1_000_000, 3_000_000]
    assert [(reject["reason"], reject["raw_at"]) for reject in found.rejects] == [("cut-short", f"byte {len(head)}")]


def test_flags_that_nobody_here_knows_refuse_the_log() -> None:
    flags = bytearray(40)
    flags[9] = 1
    found = read("ulog", log(message("B", bytes(flags)), FIX, fix(1)))
    assert [reject["reason"] for reject in found.rejects] == ["log-not-readable"]


def test_a_hole_in_the_log_loses_what_was_in_it_and_no_more() -> None:
    at = SLICE.index(b"vehicle_gps_position", SLICE.index(b"A", 100)) + 150_000
    parsed = len(read("ulog", SLICE).frames)
    found = read("ulog", SLICE[:at] + SLICE[at + 3_001 :])
    assert parsed - 1 <= len(found.frames) <= parsed
    assert [reject["reason"] for reject in found.rejects] == ["damaged-log", "cut-short"]
    lost = int(found.rejects[0]["problem"].split()[1].replace(",", ""))
    assert lost < 2_000  # two broken messages, of at most some hundred bytes each


@pytest.mark.parametrize("filler", [b"\xff", b"\x00", b"\x50\xc3Z", b"\xff\xffI", b"\x02\x00D"])
def test_erased_or_strange_flash_costs_no_time(filler: bytes) -> None:
    at = 200_000
    content = SLICE[:at] + filler * (1_000_000 // len(filler)) + SLICE[at:]
    with within(10.0):
        found = read("ulog", content)
    assert found.frames
    assert len(found.rejects) <= MAX_LOSSES + 10


@pytest.mark.parametrize(
    "text",
    [
        "vehicle_gps_position:uint64_t timestamp;vehicle_gps_position again;",
        "vehicle_gps_position:uint64_t timestamp;a[9999] x;",
        "vehicle_gps_position:uint64_t timestamp;uint8_t[9999] x;",
        "vehicle_gps_position:double latitude_deg;",
        "vehicle_gps_position:uint64_t timestamp;float a;float a;",
        "vehicle_gps_position:uint64_t timestamp;float[-1] a;",
        "vehicle_gps_position",
    ],
)
def test_a_format_without_end_or_sense_is_named_and_never_expanded(text: str) -> None:
    nested = formats("a:b[9999] x;") + formats("b:c[9999] x;") + formats("c:float[9999] x;")
    with within(2.0):
        found = read("ulog", log(nested, formats(text), subscribed(1, "vehicle_gps_position"), fix(1), fix(2)))
    assert not found.frames
    assert "no-telemetry" in {reject["reason"] for reject in found.rejects}
    assert {"log-without-format", "damaged-log"} & {reject["reason"] for reject in found.rejects}


@pytest.mark.parametrize("text", ["double latitude_deg;", "uint64_t timestamp;float a;float a;"])
def test_one_topic_without_sense_does_not_take_the_others_along(text: str) -> None:
    bad = formats("vehicle_gps_position:" + text) + subscribed(1, "vehicle_gps_position")
    lost = message("D", struct.pack("<H", 1) + bytes(8 * text.count("double") + 16 * text.count("timestamp")))
    found = read("ulog", log(bad, TURN, lost, turn(1_000_000, yawed(90)), lost, turn(2_000_000, yawed(90))))
    assert [row["heading_deg"] for row in found.frames] == pytest.approx([90, 90], abs=1e-4)
    assert [reject["reason"] for reject in found.rejects] == ["log-without-format"]


def test_strange_bytes_that_look_like_a_message_here_and_there_are_one_loss() -> None:
    strange = (b"\xee" * 40 + b"\x02\x00O12") * 30 + b"\xee"
    found = read("ulog", log(FIX, fix(1_000_000), strange, *(fix(boot * 1_000_000) for boot in range(2, 8))))
    assert len(found.frames) == 7
    assert [reject["reason"] for reject in found.rejects] == ["damaged-log"]
    assert f"{len(strange):,} bytes" in found.rejects[0]["problem"]


def test_a_message_longer_than_the_file_does_not_send_it_back() -> None:
    """What makes pyulog 1.3 read the same bytes for ever: an unknown message, over 10,000 bytes, near the end."""
    content = HEAD + formats("a:uint8_t x;") + b"\xff\xff\x01" + bytes(40)
    with within(2.0):
        found = read("ulog", content)
    assert {reject["reason"] for reject in found.rejects} == {"damaged-log", "no-telemetry"}


@pytest.mark.parametrize("content", [b"", b"ULog", HEAD, b"\0" * 5_000, b"ULog\x01\x125" + b"\xff" * 50])
def test_what_is_no_log_is_one_reject(content: bytes) -> None:
    found = read("ulog", content)
    assert found.rejects
    assert not found.frames


def _headers_damaged(content: bytes, chance: random.Random) -> bytes:
    """Lengths and types of whole messages altered, and arrays in formats: where the library loses its way."""
    octets, at, starts = bytearray(content), 16, []
    while at + 3 < len(octets):
        starts.append(at)
        at += 3 + (octets[at] | octets[at + 1] << 8)
    for _ in range(chance.randint(1, 12)):
        where = chance.choice(starts) if chance.random() < 0.6 else starts[chance.randrange(min(len(starts), 300))]
        if octets[where + 2] == ord("F") and chance.random() < 0.5:
            text = octets.find(b"[", where)
            octets[text + 1 : text + 2] = chance.choice((b"9", b"99", b"9999", b"-1", b"0"))
            break  # what follows has moved
        octets[where + chance.randrange(3)] = chance.choice((0, 1, 0x27, 0xFF, chance.randrange(256)))
    return bytes(octets) if chance.random() < 0.5 else damaged(bytes(octets), chance)


def test_damaged_logs_end_and_name_what_they_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert survives("ulog", SLICE, seed=1, files=15) > 7
    assert survives("ulog", SLICE, seed=2, files=15, damage=_headers_damaged) > 7
    assert capsys.readouterr().out == ""  # the library prints where it guesses: it never has to


if os.environ.get("TRUCELINE_LONG"):  # 2,000 damaged logs

    def test_two_thousand_damaged_logs_end() -> None:
        rows = survives("ulog", SLICE, seed=3, files=1_000) + survives(
            "ulog", SLICE, seed=4, files=1_000, damage=_headers_damaged
        )
        print(f"{rows} of 2,000 damaged logs gave rows")
        assert rows > 1_000
