"""What every telemetry reader does alike: one row of FRAMES, a place that can be one, and what its flags mean."""

import math

from truceline.base.errors import InputError
from truceline.base.units import US_PER_S
from truceline.observe.footage.parts import Found, Raw, Row, frame_id, reject
from truceline.observe.reasons import refusal

MAX_BYTES = 512 * 1024 * 1024
FIRST_UTC_US = 946_684_800 * US_PER_S  # 2000-01-01: no satellite receiver in a drone is older
LAST_UTC_US = 4_102_444_800 * US_PER_S  # 2100-01-01: later is a damaged number

FLAGS = {
    "no-place": "the sample states no place",
    "no-fix": "the receiver has no fix, or writes 0, 0",
    "place-unreadable": "a place is written, and cannot be read or cannot be",
    "order-swapped": "latitude and longitude stand the other way round than its maker documents; the numbers tell",
    "order-unknown": "nothing tells latitude from longitude: no place is taken",
    "degrees-or-radians": "some firmware writes radians, and these may be either: no place is taken",
    "datum-uncertain": "its maker does not say above what the height is",
    "height-unusable": "a height is written that is known to be wrong in this dialect: none is taken",
    "no-utc": "no UTC can be told",
    "naive-time": "a clock time without a zone, and none was declared",
    "clocks-disagree": "two clocks of the file differ by more than a second: the sigma covers both",
    "ground-clock": "the time is that of the ground station's computer, on receipt",
    "cut-short": "the sample ends in the middle of a value; what stands before is kept",
    "no-attitude": "the vehicle's attitude was not logged at that time",
    "jamming": "the receiver itself reports interference",
    "spoofing": "the receiver itself reports signals that are not its satellites'",
    "mount-frame-unstated": "gimbal angles are logged, and not what they are measured from: none are taken",
    "attitude-owner-unstated": "angles may be the vehicle's or the camera's: none are taken",
    "camera-inverted": "the gimbal hangs or stands upside down: its angles are not taken",
    "panorama": "not one picture through one lens: it has no field of view",
    "rotated": "the picture is stored turned: pixels are those of the file, not of what a viewer shows",
}


def frame(raw: Raw, *, raw_at: str, stream: str, values: Row) -> Row:
    """One row of FRAMES: what was read, and whose it is."""
    whole: Row = {
        "frame_id": frame_id(raw, raw_at),
        "source_id": raw.source_id,
        "stream": stream,
        "flags": [],
        "remark": "",
        "pointing": "",
        "corners_deg": [],
        "marking": "",
        "raw_sha256": raw.sha256,
        "raw_at": raw_at,
    }
    return whole | values


def refused(raw: Raw, error: InputError, raw_at: str = "file") -> Found:
    """Nothing but one reject."""
    return Found(rejects=[reject(error, raw=raw, raw_at=raw_at)])


def check_size(content: bytes) -> None:
    """Raises: InputError: nothing in the file, or more than is taken at once."""
    if not content:
        raise refusal("empty-file", "there is not one byte in it.", subject="file")
    if len(content) > MAX_BYTES:
        raise refusal("file-too-large", f"{len(content):,} bytes, at most {MAX_BYTES:,}.", subject="file")


def placed(lon_deg: float | None, lat_deg: float | None) -> tuple[Row, list[str]]:
    """The place's columns and flags: nothing is taken that is no place on Earth, and 0, 0 is no fix."""
    if lon_deg is None or lat_deg is None:
        return {}, ["no-place"]
    if not (abs(lon_deg) <= 180 and abs(lat_deg) <= 90):
        return {}, ["place-unreadable"]
    if lon_deg == 0 and lat_deg == 0:
        return {}, ["no-fix"]
    return {"sensor_lon_deg": lon_deg, "sensor_lat_deg": lat_deg}, []


def finite(value: object) -> float | None:
    """A number as a float; None: none is stated, or it is infinite or no number."""
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def utc_us(value: int) -> int | None:
    """Microseconds UTC that a receiver can mean; None: no time was known."""
    return value if FIRST_UTC_US <= value < LAST_UTC_US else None
