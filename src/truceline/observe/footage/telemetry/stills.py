"""What a still says of itself: EXIF, which every camera writes, and XMP, where some makers write the gimbal's angles.

Adapter of Pillow and defusedxml. As `observe.photos` has it: anyone can write these; they are one witness.
Source: CIPA DC-008-2023 (Exif 3.0), 4.6; ISO 16684-1 (XMP); DJI Mavic 3E/3T User Manual, Image File Metadata (angles:
north-east-down, order z, y, x); Pix4D, Specifications of xmp.camera tags (pitch 0: straight down, 90: ahead); Google,
Photo Sphere XMP Metadata (heading and pitch of the middle of a panorama).
"""

import io
import math
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from PIL import Image

from truceline.base.errors import InputError
from truceline.observe.footage.parts import Found, Raw, Row
from truceline.observe.footage.telemetry.logs import CLOCKS_APART_US, heading_columns, pointing_columns
from truceline.observe.footage.telemetry.rows import check_size, finite, frame, placed, refused
from truceline.observe.photos import MAX_PIXELS, PICTURE_FAULTS, Photo, photo_of
from truceline.observe.reasons import refusal, shown

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
MAX_XMP_BYTES = 1 << 18
FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)  # CIPA DCG-001: equal diagonal angles of view
SECOND_SIGMA_US = 288_675  # a time in whole seconds: one second over the root of twelve

_EXIF, _GPS, _ORIENTATION, _XMP = 0x8769, 0x8825, 0x0112, 700
_FOCAL_35MM, _ZOOM, _TAKEN, _OFFSET = 0xA405, 0xA404, 0x9003, 0x9011
_HEIGHT_REF, _HEIGHT, _SATELLITES, _DOP, _MODE, _SIDE_REF, _SIDE = 5, 6, 8, 11, 10, 16, 17
# GPSAltitudeRef. 0 and 1: above and below the sea up to Exif 2.32, the ellipsoid since Exif 3.0; 2 and 3: the sea.
_BELOW, _SEA = (1, 3), (2, 3)
DJI = "{http://www.dji.com/drone-dji/1.0/}"
PIX4D = "{http://pix4d.com/camera/1.0}", "{http://pix4d.com/camera/1.0/}"
GPANO = "{http://ns.google.com/photos/1.0/panorama/}"

Tags = Mapping[int, object]


def read(content: bytes, raw: Raw, zone: str | None = None) -> Found:
    """One row for the still, or a reject where it is none.

    Pointing is `ground` where the maker writes the gimbal's angles, and empty where it writes none: then the row is a
    place of the camera, of no pixel. The field of view is that of the 35 mm equivalent, equal in diagonal, which makers
    round to whole millimetres (2 % at 24 mm), or DJI's calibrated focal length, where there is one.

    Args:
        content: JPEG, PNG, TIFF or WebP.
        raw: whose it is.
        zone: of its clock, where it states no offset; None: no UTC from that clock.

    Limits: heights carry `datum-uncertain` unless the Exif says sea: receivers in cameras write either under 0. A
    picture cropped or zoomed after it was taken keeps the field of view of the whole.
    """
    try:
        check_size(content)
        values = _values(content, zone)
    except InputError as error:
        return refused(raw, error)
    return Found(frames=[frame(raw, raw_at="file", stream="still", values=values)])


def _values(content: bytes, zone: str | None) -> Row:
    photo = photo_of(content, zone=zone, formats=FORMATS)
    if photo is None:
        raise refusal("unreadable-photo", f"no picture can be read in {len(content):,} bytes.", subject="file")
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise refusal("unreadable-photo", f"{picture.width} by {picture.height} pixels.", subject="file")
        held = picture.getexif()
        exif, gps = dict(held.get_ifd(_EXIF)), dict(held.get_ifd(_GPS))
        turned = held.get(_ORIENTATION, 1)
        packet = _packet(picture, held)
    except PICTURE_FAULTS as error:
        raise refusal("unreadable-photo", f"{shown(str(error))}, {len(content):,} bytes.", subject="file") from None
    xmp, words = _properties(packet)
    place, flags = _place(photo, xmp)
    size_px = (picture.width, picture.height)
    parts = [_height(gps, xmp), _times(photo, exif, zone), _angles(xmp), _view(exif, xmp, size_px)]
    values: Row = place | {"width_px": size_px[0], "height_px": size_px[1]}
    for columns, more in parts:
        values |= columns
        flags += more
    flags += ["rotated"] if turned not in (0, 1) else []
    remark = "; ".join(word for word in (photo.camera, photo.clock_words, words, _direction(gps)) if word)
    return values | _receiver(gps) | {"flags": flags, "remark": remark}


# --- XMP


def _packet(picture: Image.Image, held: Tags) -> bytes:
    """The XMP packet of the file, by the names that Pillow gives it; empty: none."""
    for found in (picture.info.get("xmp"), picture.info.get("XML:com.adobe.xmp"), held.get(_XMP)):
        if isinstance(found, str):
            return found.encode("utf-8", "replace")
        if isinstance(found, bytes):
            return found
    return b""


def _properties(packet: bytes) -> tuple[dict[str, str], str]:
    """Each property's text by {namespace}name, written as an attribute or an element; and why there are none."""
    if len(packet) > MAX_XMP_BYTES:
        return {}, f"XMP of {len(packet):,} bytes is not read, at most {MAX_XMP_BYTES:,}"
    text = packet.strip(b"\0 \r\n\t")
    if not text:
        return {}, ""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return {}, f"XMP that cannot be read: {shown(str(error))}"
    found: dict[str, str] = {}
    for element in root.iter():
        found |= {name: value for name, value in element.attrib.items() if name.startswith("{")}
        if element.text and element.text.strip() and isinstance(element.tag, str):
            found[element.tag] = element.text.strip()
    return found, ""


def _number(xmp: Mapping[str, str], *names: str) -> float | None:
    """The first of the properties that is a number; "+12.30" and "12.30" alike."""
    for name in names:
        text = xmp.get(name, "").strip()
        if re.fullmatch(r"[-+]?\d{1,9}(?:\.\d{1,12})?", text):
            return float(text)
    return None


# --- columns


def _place(photo: Photo, xmp: Mapping[str, str]) -> tuple[Row, list[str]]:
    """EXIF's place; DJI's own, of more digits, where it has none."""
    if photo.lon_deg is not None:
        return placed(photo.lon_deg, photo.lat_deg)
    lon_deg = _number(xmp, DJI + "GpsLongitude", DJI + "GpsLongtitude")
    return placed(lon_deg, _number(xmp, DJI + "GpsLatitude"))


def _height(gps: Tags, xmp: Mapping[str, str]) -> tuple[Row, list[str]]:
    """EXIF's height; DJI's own where it has none."""
    height_m, reference = _rational(gps.get(_HEIGHT)), _byte(gps.get(_HEIGHT_REF))
    if height_m is not None and reference in (0, 1, 2, 3):
        sign = -1 if reference in _BELOW else 1
        return {"sensor_msl_m": sign * height_m}, [] if reference in _SEA else ["datum-uncertain"]
    stated_m = _number(xmp, DJI + "AbsoluteAltitude")
    return ({}, []) if stated_m is None else ({"sensor_msl_m": stated_m}, ["datum-uncertain"])


def _times(photo: Photo, exif: Tags, zone: str | None) -> tuple[Row, list[str]]:
    """The satellites' UTC, else the camera's clock; where they differ by more than a second, the sigma covers both."""
    clock_us = sum(photo.taken_us) // 2 if photo.taken_us else None
    if photo.satellite_us is not None:
        apart_us = abs(photo.satellite_us - clock_us) if clock_us is not None else 0
        far = apart_us > CLOCKS_APART_US
        sigma_us = max(apart_us, SECOND_SIGMA_US) if far else SECOND_SIGMA_US
        return {"at_us": photo.satellite_us, "at_sigma_us": sigma_us}, ["clocks-disagree"] if far else []
    if clock_us is not None:
        return {"at_us": clock_us, "at_sigma_us": SECOND_SIGMA_US}, []
    naive = bool(exif.get(_TAKEN)) and not exif.get(_OFFSET) and zone is None
    return {}, ["naive-time" if naive else "no-utc"]


def _angles(xmp: Mapping[str, str]) -> tuple[Row, list[str]]:
    """The camera towards north and the horizon, and DJI's vehicle."""
    columns: Row = {}
    flight = [_number(xmp, f"{DJI}Flight{axis}Degree") for axis in ("Yaw", "Pitch", "Roll")]
    yaw_deg, pitch_deg, roll_deg = flight
    if yaw_deg is not None and pitch_deg is not None and roll_deg is not None:
        columns = heading_columns((yaw_deg % 360, pitch_deg, roll_deg))
    yaw_deg, pitch_deg, roll_deg = (_number(xmp, f"{DJI}Gimbal{axis}Degree") for axis in ("Yaw", "Pitch", "Roll"))
    if yaw_deg is None or pitch_deg is None:
        yaw_deg, pitch_deg, roll_deg = (
            _number(xmp, *(space + axis for space in PIX4D)) for axis in ("Yaw", "Pitch", "Roll")
        )
        pitch_deg = None if pitch_deg is None else pitch_deg - 90  # Pix4D counts from straight down
    panorama = [_number(xmp, f"{GPANO}Pose{axis}Degrees") for axis in ("Heading", "Pitch", "Roll")]
    if yaw_deg is None or pitch_deg is None:
        yaw_deg, pitch_deg, roll_deg = panorama
    if yaw_deg is None or pitch_deg is None:
        return columns, []
    if roll_deg is not None and abs(roll_deg) > 90:
        return columns, ["camera-inverted"]
    return columns | pointing_columns(yaw_deg, pitch_deg, roll_deg or 0.0), []


def _view(exif: Tags, xmp: Mapping[str, str], size_px: tuple[int, int]) -> tuple[Row, list[str]]:
    """The field of view, through the focal length in pixels."""
    if GPANO + "ProjectionType" in xmp:
        return {}, ["panorama"]
    width_px, height_px = size_px
    focal_px = _number(xmp, DJI + "CalibratedFocalLength")
    film_mm, zoom = _rational(exif.get(_FOCAL_35MM)), _rational(exif.get(_ZOOM))
    if not focal_px and film_mm:
        focal_px = film_mm / FILM_DIAGONAL_MM * math.hypot(width_px, height_px)
    if not focal_px or focal_px < 1 or (zoom and zoom > 1):  # a digital zoom: what the numbers mean then varies
        return {}, []
    sides_deg = [math.degrees(2 * math.atan(side_px / 2 / focal_px)) for side_px in size_px]
    return {"hfov_deg": sides_deg[0], "vfov_deg": sides_deg[1]}, []


def _receiver(gps: Tags) -> Row:
    """Satellites and dilution, the latter where it is the horizontal one (a 2D fix)."""
    count = gps.get(_SATELLITES)
    columns: Row = {}
    if isinstance(count, str) and re.fullmatch(r"\d{1,2}", count.strip("\0 ")):
        columns["satellites"] = int(count.strip("\0 "))
    dilution = _rational(gps.get(_DOP))
    if dilution is not None and gps.get(_MODE) == "2":
        columns["hdop"] = dilution
    return columns


def _direction(gps: Tags) -> str:
    """A telephone's compass: half a direction, so words only."""
    side_deg = _rational(gps.get(_SIDE))
    north = {"T": "true", "M": "magnetic"}.get(str(gps.get(_SIDE_REF, "")).strip("\0 "), "unstated")
    return "" if side_deg is None else f"faces {side_deg:.1f}° from {north} north"


def _rational(value: object) -> float | None:
    """A number of EXIF from 0 on; None: none, or one that divides by nothing."""
    try:
        number = finite(value)
    except PICTURE_FAULTS:
        return None
    return number if number is not None and number >= 0 else None


def _byte(value: object) -> int | None:
    """GPSAltitudeRef: one byte, which files write as a byte or a number."""
    if isinstance(value, bytes) and len(value) == 1:
        return value[0]
    return value if isinstance(value, int) else None
