"""What a photo says of itself: when and where it was taken; and a copy of its pixels alone.

EXIF is written by the device and can be written by anyone: it is compared with what the row states, and nothing is
corrected or moved. A disagreement is a remark on the row.
Source: CIPA DC-008-2023 (Exif 3.0), 4.6.5 and 4.6.6.
"""

import io
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

from truceline.base.errors import InputError
from truceline.base.frames import WGS84_A_M
from truceline.base.units import SIGMA_95_CIRCLE, US_PER_S
from truceline.observe.moments import moment_us
from truceline.observe.reasons import refusal, shown

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 120_000_000  # of a copy; metadata are read without unpacking a pixel
UNSTATED_ERROR_M = 100.0  # allowed to a photo that states no error: telephones are within it, under trees too
LATE_US = 3_600 * US_PER_S  # a photo within an hour of the stated time is of it
CLOCK_US = 120 * US_PER_S  # a camera's clock and its satellites' time may differ by this
JPEG_QUALITY = 92

_EXIF, _GPS = 0x8769, 0x8825
_MAKE, _MODEL = 0x010F, 0x0110
_TAKEN, _OFFSET = 0x9003, 0x9011  # DateTimeOriginal, OffsetTimeOriginal
_LAT_REF, _LAT, _LON_REF, _LON, _GPS_TIME, _GPS_DATE, _GPS_ERROR = 1, 2, 3, 4, 7, 29, 31
# Everything Pillow has been seen to raise for bytes that lie; it promises nothing.
PICTURE_FAULTS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, EOFError, RuntimeError,
    MemoryError, AssertionError, struct.error, zlib.error, Image.DecompressionBombError, Warning,
)  # fmt: skip

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """What a photo's metadata say. None or empty: they do not say it."""

    taken_us: tuple[int, int] | None = None  # closed interval, UTC, by the camera's clock
    clock_words: str = ""  # why the camera's clock gives no instant
    satellite_us: int | None = None  # UTC, by the receiver
    lon_deg: float | None = None  # WGS 84, of the camera
    lat_deg: float | None = None
    error_m: float | None = None  # as stated, GPSHPositioningError
    camera: str = ""


def photo_of(content: bytes, *, zone: str | None, formats: tuple[str, ...] = FORMATS) -> Photo | None:
    """What the photo says of itself; None: it is no photo that can be read.

    Args:
        content: JPEG, PNG or WebP.
        zone: of a clock time without an offset; None: such a time gives no instant.
        formats: what it may be, in Pillow's names.
    """
    try:
        picture = Image.open(io.BytesIO(content), formats=formats)
        if picture.format != "JPEG" and picture.width * picture.height > MAX_PIXELS:
            return None  # a PNG may hold its metadata behind its pixels
        held = picture.getexif()
        exif, gps = dict(held.get_ifd(_EXIF)), dict(held.get_ifd(_GPS))
        camera = " ".join(_text(held, tag) for tag in (_MAKE, _MODEL)).strip()
    except PICTURE_FAULTS:
        return None
    taken_us, clock_words = _taken(exif, zone)
    lon_deg, lat_deg = (_degrees(gps, *tags) for tags in ((_LON, _LON_REF, "EW"), (_LAT, _LAT_REF, "NS")))
    placed = lon_deg is not None and lat_deg is not None and (lon_deg, lat_deg) != (0.0, 0.0)
    return Photo(
        taken_us=taken_us,
        clock_words=clock_words,
        satellite_us=_satellite_us(gps),
        lon_deg=lon_deg if placed else None,
        lat_deg=lat_deg if placed else None,
        error_m=_from_zero(gps.get(_GPS_ERROR)),
        camera=camera[:80],
    )


def stripped(content: bytes) -> bytes:
    """A copy for release: the pixels, upright, as a new JPEG; no place, time, camera, name, profile or thumbnail.

    Raises: InputError: the photo cannot be read, or has more than 120 million pixels.
    Limits: what the picture itself shows (faces, plates, a screen with a map) is still there.
    """
    try:
        held = Image.open(io.BytesIO(content), formats=FORMATS)
        if held.width * held.height > MAX_PIXELS:
            raise refusal("unreadable-photo", f"{held.width} by {held.height} pixels.", subject="photo")
        upright = ImageOps.exif_transpose(held).convert("RGB")
        pixels = Image.new("RGB", upright.size)
        pixels.paste(upright)
        copy = io.BytesIO()
        pixels.save(copy, "JPEG", quality=JPEG_QUALITY)
    except PICTURE_FAULTS as error:
        raise refusal("unreadable-photo", f"{shown(str(error))}, {len(content):,} bytes.", subject="photo") from None
    return copy.getvalue()


def photo_remarks(row: Row, photos: Sequence[tuple[str, bytes]], *, zone: str | None) -> list[str]:
    """Where what the photos say and what their row says cannot both be.

    Args:
        row: with the closed interval `earliest_at_us` to `latest_at_us`, a place or an observer's place, or neither.
        photos: (name, bytes).
        zone: as for `photo_of`.
    """
    found = []
    for name, content in photos:
        photo = photo_of(content, zone=zone)
        words = [] if photo is None else [*_place_words(photo, row), *_time_words(photo, row)]
        found += [f"photo {name}: {each}" for each in words]
    return found


# --- compared with the row


def _place_words(photo: Photo, row: Row) -> list[str]:
    """A photo is of where the camera was: of the observer's place, where the row has one."""
    stated = _stated_place(row)
    if stated is None or photo.lon_deg is None or photo.lat_deg is None:
        return []
    lon_deg, lat_deg, error_m = stated
    apart_m = _apart_m(photo.lon_deg, photo.lat_deg, lon_deg, lat_deg)
    if apart_m <= error_m + (UNSTATED_ERROR_M if photo.error_m is None else photo.error_m):
        return []
    own = "no error stated" if photo.error_m is None else f"± {photo.error_m:.0f} m"
    return [f"taken {apart_m:,.0f} m from the stated place ± {error_m:.0f} m ({own})"]


def _stated_place(row: Row) -> tuple[float, float, float] | None:
    observer = tuple(row.get(f"observer_{name}") for name in ("lon_deg", "lat_deg", "error_m"))
    variance_m2 = row.get("cov_ee_m2")
    radius_m = math.sqrt(variance_m2) * SIGMA_95_CIRCLE if isinstance(variance_m2, float) else None
    for lon_deg, lat_deg, error_m in (observer, (row.get("lon_deg"), row.get("lat_deg"), radius_m)):
        if isinstance(lon_deg, float) and isinstance(lat_deg, float) and isinstance(error_m, float):
            return lon_deg, lat_deg, error_m
    return None


def _time_words(photo: Photo, row: Row) -> list[str]:
    words = [photo.clock_words] if photo.clock_words else []
    if photo.taken_us and photo.satellite_us is not None:
        ahead_us = photo.taken_us[0] - photo.satellite_us
        if abs(ahead_us) > CLOCK_US:
            way = "ahead of" if ahead_us > 0 else "behind"
            words.append(f"the camera's clock is {_span(abs(ahead_us))} {way} its satellites' time")
    satellite = (photo.satellite_us, photo.satellite_us) if photo.satellite_us is not None else None
    taken_us = satellite or photo.taken_us
    earliest_us, latest_us = row["earliest_at_us"], row["latest_at_us"]
    assert isinstance(earliest_us, int)
    assert isinstance(latest_us, int)
    if taken_us and taken_us[1] < earliest_us - LATE_US:
        words.append(f"taken {_span(earliest_us - taken_us[1])} before the stated time")
    if taken_us and taken_us[0] > latest_us + LATE_US:
        words.append(f"taken {_span(taken_us[0] - latest_us)} after the stated time")
    return words


def _span(length_us: int) -> str:
    """`2 h 5 min`, `3 d 4 h`: two units, rounded down."""
    minutes = length_us // US_PER_S // 60
    days, hours = minutes // 1_440, minutes // 60 % 24
    if days:
        return f"{days:,} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _apart_m(lon_deg: float, lat_deg: float, other_lon_deg: float, other_lat_deg: float) -> float:
    """Great-circle distance on the equatorial radius: within 1 % of the geodesic. For a remark, never for a verdict."""
    lat, other_lat, lon, other_lon = map(math.radians, (lat_deg, other_lat_deg, lon_deg, other_lon_deg))
    chord = math.sin((lat - other_lat) / 2) ** 2
    chord += math.cos(lat) * math.cos(other_lat) * math.sin((lon - other_lon) / 2) ** 2
    return 2 * WGS84_A_M * math.asin(min(1.0, math.sqrt(chord)))


# --- the fields of EXIF


def _text(tags: Mapping[int, object], tag: int) -> str:
    value = tags.get(tag, "")
    return value.replace("\0", " ").strip() if isinstance(value, str) else ""


def _taken(exif: Mapping[int, object], zone: str | None) -> tuple[tuple[int, int] | None, str]:
    """The instant of DateTimeOriginal, or why it gives none."""
    clock = _text(exif, _TAKEN)
    if not clock:
        return None, ""
    day, _, hour = clock.partition(" ")
    try:
        stated = f"{day.replace(':', '-')}T{hour}{_text(exif, _OFFSET)}"
        return moment_us(stated, zone=zone, now_us=None, subject="photo"), ""
    except InputError as error:
        return None, f"its clock's {shown(clock)} is not used: {error.problem.rstrip('.')}"


def _satellite_us(gps: Mapping[int, object]) -> int | None:
    """GPSDateStamp and GPSTimeStamp: UTC."""
    day, clock = _text(gps, _GPS_DATE).replace(":", "-"), _numbers(gps.get(_GPS_TIME))
    if clock is None or len(day) != 10:
        return None
    hour, minute, second = clock
    if not (hour < 24 and minute < 60 and second < 61):
        return None
    try:
        midnight_us = moment_us(f"{day}T00:00Z", zone=None, now_us=None, subject="photo")[0]
    except InputError:
        return None
    return midnight_us + int((hour * 3_600 + minute * 60 + second) * US_PER_S)


def _degrees(gps: Mapping[int, object], value_tag: int, side_tag: int, sides: str) -> float | None:
    """Degrees, minutes and seconds on one side of the equator or of Greenwich."""
    parts, side = _numbers(gps.get(value_tag)), _text(gps, side_tag)[:1].upper()
    if parts is None or not side or side not in sides:
        return None
    angle_deg = parts[0] + parts[1] / 60 + parts[2] / 3_600
    if angle_deg > (90 if sides == "NS" else 180):
        return None
    return angle_deg if side == sides[0] else -angle_deg


def _numbers(value: object) -> tuple[float, float, float] | None:
    """Three numbers from 0 on, none of them infinite."""
    parts = [_from_zero(each) for each in value] if isinstance(value, tuple) and len(value) == 3 else []
    first, second, third = parts if len(parts) == 3 else (None, None, None)
    return None if first is None or second is None or third is None else (first, second, third)


def _from_zero(value: object) -> float | None:
    """A rational from 0 on; None: none, or one that divides by nothing."""
    try:
        number = float(str(value)) if value is not None else math.nan
    except PICTURE_FAULTS:
        return None
    return number if 0 <= number < math.inf else None
