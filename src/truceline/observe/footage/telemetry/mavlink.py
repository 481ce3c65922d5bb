"""A MAVLink telemetry log (.tlog), as a ground station keeps it: each message behind the moment it was received.

Adapter of pymavlink, whose decoder is given one message at a time; its own log reader wants a file and does not say
where a message stood.
Source: MAVLink Developer Guide, Packet Serialization (versions 1 and 2) and common message set.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect  # type: ignore[import-untyped]

from truceline.base.errors import InputError
from truceline.observe.footage.parts import Found, Raw, Row, reject
from truceline.observe.footage.telemetry.logs import (
    CLOCKS_APART_US,
    BootClock,
    boot_clock,
    gimbal_columns,
    heading_columns,
    nearest,
    pointing_columns,
)
from truceline.observe.footage.telemetry.rows import check_size, frame, placed, refused, utc_us
from truceline.observe.reasons import refusal

dialect.MAVLINK_IGNORE_CRC = 0  # the library lets an environment variable turn checksums off: never here

BESIDE_US = 1_000_000  # an attitude this near belongs to the fix: radio links carry four a second
REBOOT_MS = 10_000  # a boot time that falls back by more: the vehicle was started again
GROUP = 1 << 48  # microseconds between the boots of one vehicle on the axis on which samples are paired
EPOCH_US = 10**15  # a time_usec from here on is UTC, below it since boot (MAVLink: "the receiving end can infer")
FIRST_SLICE, LAST_SLICE = 1 << 10, 1 << 16  # bytes looked through at once for the next message
NO_FIX = 2  # GPS_FIX_TYPE below it
U8, U16 = 0xFF, 0xFFFF  # "unknown" in fields of that width

RECEIVER, FILTER, ATTITUDE, TIME, FEEDBACK = 24, 33, 30, 2, 180
MOUNT, MOUNT_STATUS, GIMBAL = 265, 158, 285
_READ = {RECEIVER, FILTER, ATTITUDE, TIME, FEEDBACK, MOUNT, MOUNT_STATUS, GIMBAL}
Message = Any  # the library's classes carry no types
_FAULTS = (dialect.MAVError, struct.error, LookupError, ValueError, TypeError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """One message of a vehicle: where it stood, when it was received, and when it was sent since boot."""

    at: int
    received_us: int
    boot_us: int  # GROUP times the number of starts is in it
    timed: bool  # whether the message says itself when it was sent
    message: Message


@dataclass(slots=True)
class _Vehicle:
    """What one system of the log sent, by message number, and its clock through each start."""

    start: int = 0
    last_boot_ms: int = 0
    heard: dict[int, list[_Heard]] = field(default_factory=dict)
    clocks: dict[int, BootClock] = field(default_factory=dict)
    ahead_us: dict[int, int] = field(default_factory=dict)  # its clock against the ground's, by start


def read(content: bytes, raw: Raw) -> Found:
    """One row for each fix of each vehicle's receiver; without one, for each place of its filter.

    Every message that fails its checksum is one reject. Heights: `alt` is above the geoid, `alt_ellipsoid` above the
    ellipsoid.
    Time is the vehicle's own, from SYSTEM_TIME; its sigma holds what the ground station's clock says otherwise, for
    neither is known to be right. Limits: MOUNT_STATUS does not say what its angles are measured from, CAMERA_FEEDBACK
    not whose they are: neither is taken. The second solution takes the receiver in, as in `ulog`.
    """
    try:
        check_size(content)
    except InputError as error:
        return refused(raw, error)
    found = Found()
    vehicles: dict[int, _Vehicle] = {}
    whole = 0
    for at, message in _messages(content):
        if isinstance(message, InputError):
            found.rejects.append(reject(message, raw=raw, raw_at=f"byte {at}"))
            continue
        whole += 1
        if message is not None:
            _hear(vehicles.setdefault(message.get_srcSystem(), _Vehicle()), content, at, message)
    for system, vehicle in sorted(vehicles.items()):
        _set_clocks(vehicle)
        found.frames += _frames(raw, f"log, system {system}", vehicle)
    if not found.frames:
        problem = f"{whole:,} whole messages and no place in them."
        found.rejects.append(reject(refusal("no-telemetry", problem, subject="log"), raw=raw, raw_at="file"))
    return found


# --- the bytes


def _messages(content: bytes) -> Iterator[tuple[int, Message]]:
    """(offset, message) in their order: None for one that is whole and of no use here, or why it is none."""
    decoder = dialect.MAVLink(None)
    at, previous_us = 0, None
    while at < len(content):
        length = _length(content, at)
        if not length or not _near(content, at, previous_us):
            start = _next_start(content, at + 1, previous_us)
            yield at, refusal("damaged-log", f"{start - at:,} bytes are no message.", subject="log")
            at = start
            continue
        message = _decoded(decoder, content[at + 8 : at + length], length - 8)
        if isinstance(message, InputError):
            yield at, message
            at = (
                at + length
                if _follows(content, at + length, previous_us)
                else _next_start(content, at + 9, previous_us)
            )
            continue
        if _number(content[at + 8 : at + length]) in dialect.mavlink_map:
            previous_us = _stamp_us(content, at)  # its checksum held: so it stood where it should
        yield at, message
        at += length


def _follows(content: bytes, at: int, previous_us: int | None) -> bool:
    """Whether the log goes on here, or ends: then the length before it was right."""
    return at == len(content) or bool(_length(content, at) and _near(content, at, previous_us))


def _length(content: bytes, at: int) -> int:
    """Bytes of the time stamp and the message behind it, as its header states them; 0: none begins here."""
    if at + 11 > len(content):
        return 0
    marker, size = content[at + 8], content[at + 9]
    if marker == dialect.PROTOCOL_MARKER_V1:
        return 8 + 6 + size + 2
    if marker == dialect.PROTOCOL_MARKER_V2:
        signed = content[at + 10] & dialect.MAVLINK_IFLAG_SIGNED
        return 8 + 10 + size + 2 + (dialect.MAVLINK_SIGNATURE_BLOCK_LEN if signed else 0)
    return 0


def _number(packet: bytes) -> int:
    """Which message of the standard it is."""
    return int.from_bytes(packet[7:10], "little") if packet[0] == dialect.PROTOCOL_MARKER_V2 else packet[5]


def _stamp_us(content: bytes, at: int) -> int:
    return int(struct.unpack_from(">Q", content, at)[0])


def _near(content: bytes, at: int, previous_us: int | None) -> bool:
    """Whether the time stamp can stand here: a time there is, and within a day of the one before."""
    stamp_us = utc_us(_stamp_us(content, at))
    return stamp_us is not None and (previous_us is None or abs(stamp_us - previous_us) < 86_400_000_000)


def _next_start(content: bytes, first: int, previous_us: int | None) -> int:
    """Where the next message may begin: at a marker behind a time stamp that can be one; else the end."""
    octets = np.frombuffer(content, np.uint8)
    at, wide = first, FIRST_SLICE
    while at + 11 <= len(content):
        here = octets[at + 8 : at + 8 + wide]
        markers = np.flatnonzero((here == dialect.PROTOCOL_MARKER_V1) | (here == dialect.PROTOCOL_MARKER_V2))
        for each in markers.tolist():
            if _length(content, at + each) and _near(content, at + each, previous_us):
                return int(at + each)
        at, wide = at + len(here), min(wide * 8, LAST_SLICE)
    return len(content)


def _decoded(decoder: Message, packet: bytes, stated: int) -> Message:
    """The message; None: whole, and of no use here; or why it is none."""
    if len(packet) < stated:
        return refusal("cut-short", f"{len(packet)} bytes of a message of {stated}.", subject="log")
    second, number = packet[0] == dialect.PROTOCOL_MARKER_V2, _number(packet)
    if second and packet[2] & ~dialect.MAVLINK_IFLAG_SIGNED:
        return refusal("bad-message", f"message {number} has unknown flags {packet[2]:#04x}.", subject="log")
    if number in _READ:
        try:
            return decoder.decode(bytearray(packet))
        except _FAULTS as error:
            return refusal("bad-message", f"message {number}: {error}.", subject="log")
    known = dialect.mavlink_map.get(number)
    if known is None:
        return None  # of another dialect: its checksum cannot be known
    behind = dialect.MAVLINK_SIGNATURE_BLOCK_LEN if second and packet[2] else 0
    body = packet[1 : len(packet) - 2 - behind]
    sent = int.from_bytes(packet[len(packet) - 2 - behind : len(packet) - behind], "little")
    counted = dialect.x25crc(body + bytes([known.crc_extra])).crc
    if counted == sent:
        return None
    return refusal("bad-message", f"message {number} states checksum {sent:#06x}, not {counted:#06x}.", subject="log")


# --- the vehicle


def _hear(vehicle: _Vehicle, content: bytes, at: int, message: Message) -> None:
    """Note the message under the start of the vehicle that it belongs to."""
    boot_ms = getattr(message, "time_boot_ms", None)
    fix_us = getattr(message, "time_usec", 0)
    if boot_ms is not None:
        vehicle.start += boot_ms < vehicle.last_boot_ms - REBOOT_MS
        vehicle.last_boot_ms = boot_ms
    elif 0 < fix_us < EPOCH_US and abs(fix_us // 1_000 - vehicle.last_boot_ms) <= REBOOT_MS:  # else of long ago
        boot_ms = fix_us // 1_000
    since_boot_us = (vehicle.last_boot_ms if boot_ms is None else boot_ms) * 1_000
    heard = _Heard(
        at=at,
        received_us=_stamp_us(content, at),
        boot_us=vehicle.start * GROUP + since_boot_us,
        timed=boot_ms is not None,
        message=message,
    )
    vehicle.heard.setdefault(message.get_msgId(), []).append(heard)


def _set_clocks(vehicle: _Vehicle) -> None:
    """Each start's clock, and put what was heard in the order of its time."""
    for start in range(vehicle.start + 1):
        told = [
            (heard.boot_us, heard.message.time_unix_usec, heard.received_us)
            for heard in vehicle.heard.get(TIME, [])
            if heard.boot_us // GROUP == start and utc_us(heard.message.time_unix_usec) is not None
        ]
        clock = boot_clock([boot for boot, _, _ in told], [utc for _, utc, _ in told])
        if clock:
            ahead = sorted(utc - received for _, utc, received in told)
            vehicle.ahead_us[start] = ahead[len(ahead) // 2]
            sigma_us = round(math.hypot(clock.sigma_us, vehicle.ahead_us[start]))
            vehicle.clocks[start] = BootClock(offset_us=clock.offset_us, sigma_us=sigma_us)
    for all_heard in vehicle.heard.values():
        all_heard.sort(key=lambda heard: heard.boot_us)


def _frames(raw: Raw, stream: str, vehicle: _Vehicle) -> Iterator[Row]:
    """The rows of one vehicle, in the order of the bytes."""
    times_us = {number: np.array([each.boot_us for each in all_]) for number, all_ in vehicle.heard.items()}
    base = RECEIVER if RECEIVER in vehicle.heard else FILTER
    for heard in sorted(vehicle.heard.get(base, []), key=lambda each: each.at):
        beside = {
            number: vehicle.heard[number][at].message
            for number in (ATTITUDE, FILTER, MOUNT, MOUNT_STATUS, GIMBAL)
            if number in times_us and (at := nearest(times_us[number], heard.boot_us, within_us=BESIDE_US)) is not None
        }
        values = _fix(heard.message) if base == RECEIVER else _filtered(heard.message)
        if base == RECEIVER and FILTER in beside:
            values |= _second(beside[FILTER])
        yield _row(raw, stream, vehicle, heard, values | _turned(beside, values))
    for heard in sorted(vehicle.heard.get(FEEDBACK, []), key=lambda each: each.at):
        yield _row(raw, stream + ", camera", vehicle, heard, _feedback(heard.message))


def _fix(fix: Message) -> Row:
    """GPS_RAW_INT (24)."""
    place, flags = placed(fix.lon * 1e-7, fix.lat * 1e-7)
    if fix.fix_type < NO_FIX:
        place, flags = {}, ["no-fix"]
    values: Row = {"flags": flags, "remark": f"fix {fix.fix_type}"}
    if fix.satellites_visible != U8:
        values["satellites"] = fix.satellites_visible
    if fix.eph != U16:
        values["hdop"] = fix.eph / 100
    if place:
        values["sensor_msl_m"] = fix.alt / 1_000
        if fix.alt_ellipsoid:  # 0: version 1 of the protocol has no such field
            values["sensor_hae_m"] = fix.alt_ellipsoid / 1_000
    return values | place


def _filtered(place_of: Message) -> Row:
    """GLOBAL_POSITION_INT (33) in the receiver's stead."""
    place, flags = placed(place_of.lon * 1e-7, place_of.lat * 1e-7)
    height: Row = {"sensor_msl_m": place_of.alt / 1_000} if place else {}
    return place | height | {"flags": flags, "remark": "the filter's place; no receiver is logged"}


def _second(place_of: Message) -> Row:
    place, _ = placed(place_of.lon * 1e-7, place_of.lat * 1e-7)
    if not place:
        return {}
    return {"other_lon_deg": place["sensor_lon_deg"], "other_lat_deg": place["sensor_lat_deg"]}


def _turned(beside: dict[int, Message], values: Row) -> Row:
    """Attitude, and the camera's where it says what it is measured from."""
    flags = list(values["flags"])  # type: ignore[call-overload]
    attitude = beside.get(ATTITUDE)
    angles = (attitude.yaw, attitude.pitch, attitude.roll) if attitude else ()
    angles_deg = tuple(math.degrees(angle) for angle in angles)
    if len(angles_deg) == 3 and all(math.isfinite(angle) for angle in angles_deg):
        vehicle = heading_columns((angles_deg[0] % 360, angles_deg[1], angles_deg[2]))
        heading_deg = angles_deg[0]
    else:
        vehicle, heading_deg = {}, None
        flags.append("no-attitude")
    pointing = _pointing(beside, heading_deg)
    if not pointing and MOUNT_STATUS in beside:
        flags.append("mount-frame-unstated")
    return vehicle | pointing | {"flags": flags}


def _pointing(beside: dict[int, Message], heading_deg: float | None) -> Row:
    """GIMBAL_DEVICE_ATTITUDE_STATUS (285), else MOUNT_ORIENTATION (265)."""
    gimbal, mount = beside.get(GIMBAL), beside.get(MOUNT)
    if gimbal is not None:
        return gimbal_columns(gimbal.q, gimbal.flags, heading_deg)
    if mount is None:
        return {}
    azimuth_deg = mount.yaw_absolute
    if not math.isfinite(azimuth_deg) or azimuth_deg == 0:  # 0: cut off by the sender, or never sent
        azimuth_deg = math.nan if heading_deg is None else heading_deg + mount.yaw
    angles_deg = (azimuth_deg, mount.pitch, mount.roll)
    return pointing_columns(*angles_deg) if all(math.isfinite(angle) for angle in angles_deg) else {}


def _feedback(shot: Message) -> Row:
    """CAMERA_FEEDBACK (180): where a picture was taken."""
    place, flags = placed(shot.lng * 1e-7, shot.lat * 1e-7)
    height = shot.alt_msl
    columns: Row = {"sensor_msl_m": height} if place and math.isfinite(height) else {}
    words = f"picture {shot.img_idx}; roll {shot.roll:.1f}°, pitch {shot.pitch:.1f}°, yaw {shot.yaw:.1f}°"
    return place | columns | {"flags": [*flags, "attitude-owner-unstated"], "remark": words}


def _row(raw: Raw, stream: str, vehicle: _Vehicle, heard: _Heard, values: Row) -> Row:
    """The row with its time: the vehicle's, else the ground station's."""
    flags, remark = list(values["flags"]), str(values["remark"])  # type: ignore[call-overload]
    start = heard.boot_us // GROUP
    clock = vehicle.clocks.get(start)
    stated_us = utc_us(getattr(heard.message, "time_usec", 0))
    timed: Row = {"at_us": heard.received_us}
    if clock:
        ahead_us = vehicle.ahead_us[start]
        own_us = clock.at_us(heard.boot_us) if heard.timed else heard.received_us + ahead_us
        timed = {"at_us": stated_us or own_us, "at_sigma_us": clock.sigma_us}
        if abs(ahead_us) > CLOCKS_APART_US:
            flags.append("clocks-disagree")
            remark += f"; the vehicle's clock is {ahead_us / 1e6:+.2f} s from the ground station's"
    if not clock or not heard.timed:
        flags.append("ground-clock")
    raw_at = f"byte {heard.at}"
    return frame(raw, raw_at=raw_at, stream=stream, values=values | timed | {"flags": flags, "remark": remark})
