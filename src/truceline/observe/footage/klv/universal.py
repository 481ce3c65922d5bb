"""Poses of older aircraft: MISB EG 0104 sets, whose items carry universal keys and plain floating-point numbers.

The camera's angles are towards north and the horizon, not towards the vehicle: pointing "ground". Obliquity is negative
when the camera looks down.

Limits: these sets carry no checksum, so a damaged number that lies in its range is not found out here.
Source: MISB EG 0104.5; the keys as listed in MISB ST 0601.12, section 8.
"""

import math
import struct

from truceline.observe.footage.klv.markings import marking_of
from truceline.observe.footage.klv.sets import KEY_BYTES, MARKING_KEY, ber_length, value_of
from truceline.observe.footage.klv.times import stamp_us
from truceline.observe.footage.parts import Row

_COLUMNS = {  # an item's key without its first four bytes and the version in byte 8
    "01010100 0701020102020000": "sensor_msl_m",
    "01010100 0701020102040200": "sensor_lat_deg",
    "01010100 0701020102060200": "sensor_lon_deg",
    "01010100 0701100104000000": "roll_deg",
    "01010100 0701100105000000": "pitch_deg",
    "01010100 0701100106000000": "heading_deg",
    "01010100 0420020101080000": "hfov_deg",
    "01010100 04200201010a0100": "vfov_deg",
    "01010100 0701080101000000": "slant_range_m",
    "01010100 0701100101000000": "sensor_roll_deg",
    "01010100 0701100102000000": "sensor_azimuth_deg",
    "01010100 0701100103000000": "sensor_elevation_deg",
    "01010100 0701020103020000": "centre_lat_deg",
    "01010100 0701020103040000": "centre_lon_deg",
    "01010100 0701020103160000": "centre_msl_m",
}
_NUMBERS = {bytes.fromhex(key): column for key, column in _COLUMNS.items()}
_CORNERS = {  # latitudes and longitudes of upper left, upper right, lower right, lower left: place in `corners_deg`
    bytes.fromhex(f"01010100 07010201030{digit:x}0100"): index
    for digit, index in ((7, 1), (8, 3), (9, 5), (10, 7), (11, 0), (12, 2), (13, 4), (14, 6))
}
_STAMP = bytes.fromhex("01010100 0702010101050000")


def universal_pose(content: bytes) -> Row:
    """What one EG 0104 set says of camera and picture: columns of FRAMES, as stated.

    Numbers are not yet held against their ranges; `flags` are a set, `remark` a list.
    """
    value, at = value_of(content), 0
    flags: set[str] = set()
    words: list[str] = []
    row: Row = {"pointing": "", "flags": flags, "remark": words}
    corners_deg: dict[int, float] = {}
    while at < len(value):
        measured = ber_length(value, at + KEY_BYTES)
        if measured is None or sum(measured) > len(value):
            flags.add("cut-short")
            break
        key, item = value[at : at + KEY_BYTES], value[measured[1] : sum(measured)]
        at = sum(measured)
        _take(row, corners_deg, key, item)
    if len(corners_deg) == len(_CORNERS):
        row["corners_deg"] = [corners_deg[index] for index in range(len(_CORNERS))]
    if row.get("sensor_azimuth_deg") is not None or row.get("sensor_elevation_deg") is not None:
        row["pointing"] = "ground"
    return row


def _take(row: Row, corners_deg: dict[int, float], key: bytes, item: bytes) -> None:
    """One item into the row."""
    flags, words = row["flags"], row["remark"]
    assert isinstance(flags, set)
    assert isinstance(words, list)
    if key == MARKING_KEY:
        row["marking"] = marking_of(item)
        return
    name = key[4:7] + b"\0" + key[8:]
    if name == _STAMP:
        row["at_us"] = stamp_us(int.from_bytes(item, "big"), flags, words) if len(item) == 8 else None
        return
    column = _NUMBERS.get(name)
    if column is None and name not in _CORNERS:
        return
    if len(item) not in (4, 8):
        flags.add("item-unreadable")
        words.append(f"{column or 'corner'}: {len(item)} bytes are no number")
        return
    number = struct.unpack(">f" if len(item) == 4 else ">d", item)[0]
    if name in _CORNERS and math.isfinite(number):
        corners_deg[_CORNERS[name]] = number
    elif column == "sensor_elevation_deg":
        row[column] = _elevation_deg(number)
        if row[column] is None:
            flags.add("item-out-of-range")
            words.append(f"obliquity {number:g} deg says neither up nor down")
    elif column is not None:
        row[column] = number % 360 if column in ("sensor_azimuth_deg", "heading_deg") else number


def _elevation_deg(obliquity_deg: float) -> float | None:
    """The camera's angle to the horizon. Two ways of writing "down" are in use: -90 and 270; others are not taken."""
    if -90 <= obliquity_deg <= 0:
        return obliquity_deg
    return 180 - obliquity_deg if 180 <= obliquity_deg <= 270 else None
