"""A real ArduPilot flight, against pymavlink's own reading of it; newer messages packed by pymavlink; and damage."""

import math
import os
import struct

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect
from tests.observe.footage.telemetry.sample import read, shipped, survives, whole, within

from truceline.base.time import stamp

SLICE = shipped("mavlink/flight-slice.tlog")
RECEIVED = 1_700_000_000_000_000


def packed(*messages: object, marker: int = 2, every_us: int = 250_000) -> bytes:
    """A log of these messages, received a quarter of a second apart."""
    sender = dialect.MAVLink(None, srcSystem=7)
    stamped = (
        struct.pack(">Q", RECEIVED + nth * every_us) + message.pack(sender, force_mavlink1=marker == 1)
        for nth, message in enumerate(messages)
    )
    return b"".join(stamped)


def fix(boot_ms: int, *, kind: int = 3, satellites: int = 9, lat: int = 481_000_000, hae_mm: int = 175_000) -> object:
    place = (lat, 372_000_000, 150_000)
    return dialect.MAVLink_gps_raw_int_message(boot_ms * 1_000, kind, *place, 120, 200, 0, 0, satellites, hae_mm)


def attitude(boot_ms: int, yaw_deg: float) -> object:
    return dialect.MAVLink_attitude_message(boot_ms, math.radians(1), math.radians(-2), math.radians(yaw_deg), 0, 0, 0)


def clock(boot_ms: int, utc_us: int) -> object:
    return dialect.MAVLink_system_time_message(utc_us, boot_ms)


# --- the real flight


def test_each_fix_of_the_real_flight_is_a_row_with_its_own_numbers() -> None:
    found = read("mavlink", SLICE)
    assert len(found.frames) == 553
    assert {row["stream"] for row in found.frames} == {"log, system 1"}
    last = found.frames[-1]
    assert (last["sensor_lon_deg"], last["sensor_lat_deg"]) == pytest.approx((149.1657239, -35.3623308), abs=1e-9)
    assert (last["sensor_msl_m"], last["satellites"], last["hdop"]) == (590.34, 8, 2.27)
    assert (last["other_lon_deg"], last["other_lat_deg"]) == pytest.approx((149.1657239, -35.3623308), abs=1e-9)
    assert last["heading_deg"] == pytest.approx(302.63, abs=0.01)
    assert "sensor_hae_m" not in last  # version 1 of the protocol has no such field
    assert last["pointing"] == ""
    assert "mount-frame-unstated" in last["flags"]


def test_no_place_is_taken_from_a_receiver_without_a_fix() -> None:
    rows = read("mavlink", SLICE).frames
    lost = [row for row in rows if "no-fix" in row["flags"]]
    assert len(lost) == 15
    assert lost == rows[:15]
    assert all(
        "sensor_lat_deg" not in row and "sensor_msl_m" not in row for row in lost
    )  # it states -35.3627085 all along
    assert {row["satellites"] for row in lost} <= set(range(7))


def test_the_time_is_the_vehicle_s_and_its_sigma_covers_the_ground_station_s() -> None:
    rows = read("mavlink", SLICE).frames
    for row in rows:
        assert "clocks-disagree" in row["flags"]
        received_us = struct.unpack_from(">Q", SLICE, int(row["raw_at"].split()[1]))[0]
        assert abs(row["at_us"] - received_us) < 2.5 * row["at_sigma_us"]
    assert {row["at_sigma_us"] for row in rows} == {1_369_441, 1_368_125}  # one clock for each start of the vehicle
    assert "+1.36 s from the ground station's" in rows[-1]["remark"]


def test_a_vehicle_started_again_in_flight_keeps_its_times_in_order() -> None:
    """Its boot time falls from 279 s to 19 s at byte 617,596 of the whole log."""
    rows = [row for row in read("mavlink", SLICE).frames if "ground-clock" not in row["flags"]]
    times_us = [row["at_us"] for row in rows]
    assert times_us == sorted(times_us)
    assert 200e6 < times_us[-1] - times_us[0] < 215e6  # as by the ground station's clock
    assert stamp(times_us[-1]).startswith("2015-07-05T00:31:15")


def test_every_message_that_fails_its_checksum_is_named_where_it_stands() -> None:
    """Against pymavlink's own decoding of each packet: 203 of a message 142 that the ground station cut short."""
    bad, at, decoder = [], 0, dialect.MAVLink(None)
    while at + 10 <= len(SLICE) and at + 16 + SLICE[at + 9] <= len(SLICE):
        try:
            decoder.decode(bytearray(SLICE[at + 8 : at + 16 + SLICE[at + 9]]))
        except dialect.MAVError:
            bad.append(f"byte {at}")
        at += 16 + SLICE[at + 9]
    rejects = read("mavlink", SLICE).rejects
    assert len(bad) == 203
    assert [reject["raw_at"] for reject in rejects if reject["reason"] == "bad-message"] == bad
    assert rejects[-1]["raw_at"] == f"byte {at}"  # where the slice ends


def test_every_message_of_the_whole_flight_is_counted() -> None:
    """pymavlink's own reader: 76,791 messages, of which 1,314 BAD_DATA; and 11 bytes of one more at the end."""
    found = read("mavlink", whole("mavlink/flight.tlog"))
    assert len(found.frames) == 2_858
    reasons = [reject["reason"] for reject in found.rejects]
    assert reasons.count("bad-message") == 1_314
    assert reasons.count("cut-short") == 1
    assert len(reasons) == 1_315
    assert found.rejects[0]["raw_at"] == "byte 66"
    assert "message 142 states checksum 0x1b42, not 0xb700" in found.rejects[0]["problem"]
    assert sum("sensor_lon_deg" in row for row in found.frames) == 2_858 - 148


def test_the_environment_cannot_turn_checksums_off() -> None:
    assert not dialect.MAVLINK_IGNORE_CRC


# --- what other logs hold


@pytest.mark.parametrize("marker", [1, 2])
def test_both_versions_of_the_protocol_are_read(marker: int) -> None:
    log = packed(attitude(1_000, 90), clock(1_100, RECEIVED + 250_000), fix(1_000), marker=marker)
    (row,) = read("mavlink", log).frames
    assert (row["sensor_lon_deg"], row["sensor_lat_deg"], row["sensor_msl_m"]) == pytest.approx((37.2, 48.1, 150.0))
    assert (row["heading_deg"], row["pitch_deg"], row["roll_deg"]) == pytest.approx((90, -2, 1), abs=1e-4)
    assert row["sensor_hae_m"] == 175.0
    assert row["at_us"] == RECEIVED + 150_000
    assert row["at_sigma_us"] == pytest.approx(110_000, rel=0.01)
    assert row["flags"] == []
    assert row["stream"] == "log, system 7"


def test_unknown_counts_stay_unknown() -> None:
    shot = dialect.MAVLink_gps_raw_int_message(1_000_000, 3, 481_000_000, 372_000_000, 0, 65_535, 65_535, 0, 0, 255)
    (row,) = read("mavlink", packed(shot)).frames
    assert "satellites" not in row
    assert "hdop" not in row
    assert row["flags"] == ["no-attitude", "ground-clock"]
    assert row["at_us"] == RECEIVED
    assert "at_sigma_us" not in row


@pytest.mark.parametrize(("flags", "azimuth_deg"), [(32, 130.0), (64, 40.0), (16, 40.0), (0, 130.0)])
def test_a_gimbal_device_points_from_north(flags: int, azimuth_deg: float) -> None:
    half = math.radians(20)
    turned = [math.cos(half), 0.0, 0.0, math.sin(half)]
    gimbal = dialect.MAVLink_gimbal_device_attitude_status_message(0, 0, 1_000, flags, turned, 0, 0, 0, 0)
    (row,) = read("mavlink", packed(attitude(1_000, 90), gimbal, fix(1_000))).frames
    assert (row["pointing"], row["sensor_azimuth_deg"]) == ("ground", pytest.approx(azimuth_deg, abs=1e-3))


@pytest.mark.parametrize(("absolute_deg", "azimuth_deg"), [(200.0, 200.0), (0.0, 105.0), (math.nan, 105.0)])
def test_a_mount_s_yaw_is_absolute_or_from_the_heading(absolute_deg: float, azimuth_deg: float) -> None:
    mount = dialect.MAVLink_mount_orientation_message(1_000, 3.0, -45.0, 15.0, absolute_deg)
    (row,) = read("mavlink", packed(attitude(1_000, 90), mount, fix(1_000))).frames
    assert row["sensor_azimuth_deg"] == pytest.approx(azimuth_deg, abs=1e-3)
    assert (row["sensor_elevation_deg"], row["sensor_roll_deg"]) == (-45.0, 3.0)


def test_a_picture_s_place_is_kept_and_its_angles_belong_to_nobody() -> None:
    angles = (1.0, 2.0, 30.0)
    shot = dialect.MAVLink_camera_feedback_message(
        RECEIVED, 0, 0, 4, 481_000_000, 372_000_000, 150.5, 60.0, *angles, 0.0, 0
    )
    found = read("mavlink", packed(fix(1_000), shot))
    row = found.frames[1]
    assert (row["stream"], row["sensor_msl_m"], row["pointing"]) == ("log, system 7, camera", 150.5, "")
    assert "attitude-owner-unstated" in row["flags"]
    assert row["remark"].startswith("picture 4; roll 1.0°")


def test_two_vehicles_in_one_log_are_two_streams() -> None:
    other = dialect.MAVLink(None, srcSystem=8)
    second = struct.pack(">Q", RECEIVED) + fix(5_000, lat=490_000_000).pack(other)
    rows = read("mavlink", packed(fix(1_000)) + second).frames
    assert [(row["stream"], row["sensor_lat_deg"]) for row in rows] == [
        ("log, system 7", pytest.approx(48.1)),
        ("log, system 8", pytest.approx(49.0)),
    ]


# --- damage


@pytest.mark.parametrize("at", [0, 5, 8, 9, 12, 30, 60])
def test_one_altered_byte_loses_one_message_and_says_so(at: int) -> None:
    log = packed(*(fix(boot_ms) for boot_ms in (1_000, 1_250, 1_500, 1_750)))
    middle = len(log) // 4
    octets = bytearray(log)
    octets[middle + at] ^= 0x5A
    found = read("mavlink", bytes(octets))
    kept = len(found.frames)
    assert kept >= 2
    assert kept + len(found.rejects) >= 4 or (at in (5, 6, 7) and kept == 4)  # a stamp's low bytes have no checksum


def test_strange_bytes_between_two_messages_are_one_reject() -> None:
    cut = len(packed(fix(1_000)))
    log = packed(fix(1_000), fix(1_250), fix(1_500))
    found = read("mavlink", log[:cut] + bytes(range(200)) * 50 + log[cut:])
    assert len(found.frames) == 3
    assert [(reject["reason"], reject["raw_at"]) for reject in found.rejects] == [("damaged-log", f"byte {cut}")]
    assert "10,000 bytes" in found.rejects[0]["problem"]


@pytest.mark.parametrize("content", [b"", b"\xfd", b"\0" * 4_000, b"\xfe" * 4_000, b"ULog" * 900])
def test_what_is_no_log_is_rejects_only(content: bytes) -> None:
    found = read("mavlink", content)
    assert found.rejects
    assert not found.frames


@pytest.mark.parametrize("filler", [b"\xff", b"\x00", b"\xfe", b"\xfd", b"\x00\x05\x1a\x15\xd7\xf7\x1a\x23\xfe\x00"])
def test_erased_or_hostile_bytes_cost_no_time(filler: bytes) -> None:
    with within(10.0):
        found = read("mavlink", SLICE[:100_000] + filler * (100_000 // len(filler)) + SLICE[100_000:150_000])
    assert found.frames


def test_damaged_logs_end_and_name_what_they_lost() -> None:
    assert survives("mavlink", SLICE[:100_000], seed=1, files=20) > 15


if os.environ.get("TRUCELINE_LONG"):  # 2,000 damaged logs

    def test_two_thousand_damaged_logs_end() -> None:
        assert survives("mavlink", SLICE[:100_000], seed=2, files=2_000) > 1_500
