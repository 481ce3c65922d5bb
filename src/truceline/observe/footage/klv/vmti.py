"""What a camera's own detector saw in a picture: a MISB ST 0903 set of moving things.

Up to revision 3 numbers were mapped linearly, from revision 4 on by the mapping of ST 1201, and nothing in a number
tells which: read by the wrong one, a height of 174 m becomes 2,636 m. The revision is stated in few sets, so it is kept
for the stream. Before it was seen, a place is taken only if one of the two readings lies near the picture's own middle
and the other does not; otherwise it is held back. Either is flagged.

Source: MISB ST 0903.3 and ST 0903.6 (sections 8 and 10), ST 1201.5 (IMAPB).
"""

import math
from dataclasses import dataclass, field
from functools import cache

from truceline.observe.footage.klv.sets import ber_length, ber_oid, items
from truceline.observe.footage.parts import Row

LINEAR_REVISION_MAX = 3
_NEAR_DEG = 0.5  # about 50 km: how far from a picture's middle a thing in it can be
_NUMBER_BYTES_MAX = 8
_SIDE_PX_MAX = 65_535
_OFFSET_DEG = 19.2
_HEIGHT_M = (-900.0, 19_000.0)
_SYSTEM, _REVISION, _WIDTH, _HEIGHT, _HFOV, _VFOV, _SERIES, _TIME = 3, 4, 8, 9, 11, 12, 101, 2
_PIXEL, _UPPER_LEFT, _LOWER_RIGHT, _CONFIDENCE = 1, 2, 3, 5
_LAT_OFFSET, _LON_OFFSET, _HAE, _LOCATION, _ROW, _COLUMN = 10, 11, 12, 17, 19, 20


Place = tuple[float | None, float | None, float | None]  # lon_deg, lat_deg, hae_m
_NONE: Place = (None, None, None)
Box = tuple[float, float, float, float]  # left_px, top_px, right_px, bottom_px


@dataclass(slots=True)
class Detector:
    """What a stream has said of its detector so far: each set states only a part."""

    revision: int | None = None
    system: str = ""
    width_px: int | None = None
    height_px: int | None = None


@dataclass(slots=True, kw_only=True)
class Seen:
    """What one set says.

    Attributes:
        rows: of SIGHTINGS, without their ids and origin.
        at_us: its own time stamp, which only a set that stands alone needs; None: not stated.
        hfov_deg: of its picture, likewise.
        flags: "vmti-cut-short", "vmti-revision-guessed", "vmti-revision-unknown", "vmti-out-of-range",
            "vmti-without-place" (a thing with neither pixel nor place is left out).
    """

    rows: list[Row] = field(default_factory=list)
    at_us: int | None = None
    hfov_deg: float | None = None
    vfov_deg: float | None = None
    flags: set[str] = field(default_factory=set)


def seen_in(content: bytes, detector: Detector, *, frame: Row) -> Seen:
    """The things one set names, in a picture whose middle on the ground `frame` states.

    Args:
        content: the value of the set, without key and length.
        detector: what the stream said before; it learns from this set.
        frame: of FRAMES: its middle decides what cannot be read otherwise, its width counts pixels.
    """
    found, end = items(content)
    values = {tag: content[begin:last] for tag, begin, last in found}
    seen = Seen()
    if end < len(content):
        seen.flags.add("vmti-cut-short")
    _learn(detector, values, seen)
    linear = detector.revision is not None and detector.revision <= LINEAR_REVISION_MAX
    if detector.revision is not None:
        seen.hfov_deg = mapped(values[_HFOV], 0.0, 180.0, linear=linear) if _HFOV in values else None
        seen.vfov_deg = mapped(values[_VFOV], 0.0, 180.0, linear=linear) if _VFOV in values else None
    seen.at_us = _number(values.get(_TIME))
    for name, pack in _packs(values.get(_SERIES, b""), seen):
        row = _sighting(name, pack, detector, seen=seen, frame=frame)
        if row["x_px"] is None and row["stated_lon_deg"] is None:
            seen.flags.add("vmti-without-place")
        else:
            seen.rows.append(row)
    return seen


def _learn(detector: Detector, values: dict[int, bytes], seen: Seen) -> None:
    """Take what the set states of the detector itself."""
    revision = _number(values.get(_REVISION))
    if revision is not None and 0 <= revision <= 255:
        detector.revision = revision
    if _SYSTEM in values:
        detector.system = values[_SYSTEM].decode("utf-8", "replace").strip("\0 ")[:80]
    width_px, height_px = _number(values.get(_WIDTH)), _number(values.get(_HEIGHT))
    if not all(side is None or 0 < side <= _SIDE_PX_MAX for side in (width_px, height_px)):
        seen.flags.add("vmti-out-of-range")
        return
    detector.width_px = width_px or detector.width_px
    detector.height_px = height_px or detector.height_px


def _packs(series: bytes, seen: Seen) -> list[tuple[int, dict[int, bytes]]]:
    """The series' packs: the detector's number for the thing, and its items."""
    packs, at = [], 0
    while at < len(series):
        measured = ber_length(series, at)
        if measured is None or sum(measured) > len(series):
            seen.flags.add("vmti-cut-short")
            break
        pack, at = series[measured[1] : sum(measured)], sum(measured)
        named = ber_oid(pack, 0)
        if named is None:
            seen.flags.add("vmti-cut-short")
            continue
        found, end = items(pack, named[1])
        if end < len(pack):
            seen.flags.add("vmti-cut-short")
        packs.append((named[0], {tag: pack[begin:last] for tag, begin, last in found}))
    return packs


def _sighting(name: int, pack: dict[int, bytes], detector: Detector, *, seen: Seen, frame: Row) -> Row:
    confidence = _number(pack.get(_CONFIDENCE))
    if confidence is not None and confidence > 100:
        seen.flags.add("vmti-out-of-range")
        confidence = None
    lon_deg, lat_deg, hae_m = _place(pack, detector, seen=seen, frame=frame)
    width_px = detector.width_px or frame.get("width_px")
    box = _box(pack, width_px, seen)
    left_px, top_px, right_px, bottom_px = box or (None, None, None, None)
    x_px, y_px = _middle(pack, width_px, seen)
    if x_px is None and box is not None:
        x_px, y_px = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return {
        "method": "vmti",
        "target": str(name),
        "x_px": x_px,
        "y_px": y_px,
        "sigma_px": sigma_of_box_px(box),
        "left_px": left_px,
        "top_px": top_px,
        "right_px": right_px,
        "bottom_px": bottom_px,
        "confidence_permille": confidence * 10 if confidence is not None else None,
        "label": "",
        "stated_lon_deg": lon_deg,
        "stated_lat_deg": lat_deg,
        "stated_hae_m": hae_m,
        "author": detector.system or "VMTI",
    }


def sigma_of_box_px(box: Box | None) -> float:
    """How far a thing's stated pixel may be from where it stands, one sigma in each direction.

    The thing lies anywhere in its box, evenly: the longer side over the square root of twelve, half a pixel at least.
    Without a box one pixel, the unit in which a set counts.
    """
    return max(max(box[2] - box[0], box[3] - box[1]) / math.sqrt(12), 0.5) if box else 1.0


def _middle(pack: dict[int, bytes], width_px: object, seen: Seen) -> tuple[float | None, float | None]:
    """The thing's pixel. A set counts from 1; the middle of the first pixel is 0.5."""
    row, column = _number(pack.get(_ROW)), _number(pack.get(_COLUMN))
    if row is None or column is None:
        column, row = _column_and_row(pack.get(_PIXEL), width_px)
    if row is None or column is None:
        return None, None
    if not (1 <= row <= _SIDE_PX_MAX and 1 <= column <= _SIDE_PX_MAX):
        seen.flags.add("vmti-out-of-range")
        return None, None
    return column - 0.5, row - 0.5


def _box(pack: dict[int, bytes], width_px: object, seen: Seen) -> Box | None:
    """The thing's box, from the outer corner of its first pixel to that of its last: left, top, right, bottom."""
    left, top = _column_and_row(pack.get(_UPPER_LEFT), width_px)
    right, bottom = _column_and_row(pack.get(_LOWER_RIGHT), width_px)
    if left is None or top is None or right is None or bottom is None:
        return None
    if not (1 <= left <= right <= _SIDE_PX_MAX and 1 <= top <= bottom <= _SIDE_PX_MAX):
        seen.flags.add("vmti-out-of-range")
        return None
    return left - 1.0, top - 1.0, float(right), float(bottom)


def _column_and_row(content: bytes | None, width_px: object) -> tuple[int | None, int | None]:
    """A pixel's number, counted from 1 along the rows, as its column and row, likewise from 1."""
    number = _number(content)
    if number is None or number < 1 or not isinstance(width_px, int):
        return None, None
    return (number - 1) % width_px + 1, (number - 1) // width_px + 1


def _place(pack: dict[int, bytes], detector: Detector, *, seen: Seen, frame: Row) -> Place:
    """Where the set itself says the thing is; all None where it does not, or where that cannot be read safely."""
    if not pack.keys() & {_LOCATION, _LAT_OFFSET, _LON_OFFSET, _HAE}:
        return _NONE
    if detector.revision is not None:
        return _read_place(pack, frame, linear=detector.revision <= LINEAR_REVISION_MAX)
    near = [place for linear in (True, False) if _near(place := _read_place(pack, frame, linear=linear), frame)]
    if len(near) != 1:
        seen.flags.add("vmti-revision-unknown")
        return _NONE
    seen.flags.add("vmti-revision-guessed")
    return near[0]


def _near(place: Place, frame: Row) -> bool:
    """Whether a place lies where the picture looks."""
    centre_lon_deg, centre_lat_deg = frame.get("centre_lon_deg"), frame.get("centre_lat_deg")
    if place[0] is None or place[1] is None:
        return False
    if not isinstance(centre_lon_deg, float) or not isinstance(centre_lat_deg, float):
        return False
    lon_deg = (place[0] - centre_lon_deg + 180) % 360 - 180
    scaled_deg = lon_deg * math.cos(math.radians(centre_lat_deg))
    return math.hypot(scaled_deg, place[1] - centre_lat_deg) <= _NEAR_DEG


def _read_place(pack: dict[int, bytes], frame: Row, *, linear: bool) -> Place:
    """Item 17, the whole place, before items 10 to 12, which are counted from the picture's middle."""
    location = pack.get(_LOCATION, b"")
    if len(location) >= 8:
        lat_deg = mapped(location[:4], -90.0, 90.0, linear=linear)
        lon_deg = mapped(location[4:8], -180.0, 180.0, linear=linear)
        hae_m = mapped(location[8:10], *_HEIGHT_M, linear=linear) if len(location) >= 10 else None
        return (lon_deg, lat_deg, hae_m) if lon_deg is not None and lat_deg is not None else _NONE
    centre_lon_deg, centre_lat_deg = frame.get("centre_lon_deg"), frame.get("centre_lat_deg")
    east_deg, north_deg = (_offset(pack.get(tag, b""), linear=linear) for tag in (_LON_OFFSET, _LAT_OFFSET))
    if east_deg is None or north_deg is None:
        return _NONE
    if not isinstance(centre_lon_deg, float) or not isinstance(centre_lat_deg, float):
        return _NONE
    lat_deg = centre_lat_deg + north_deg
    lon_deg = (centre_lon_deg + east_deg + 180) % 360 - 180
    return (lon_deg, lat_deg, mapped(pack.get(_HAE, b""), *_HEIGHT_M, linear=linear)) if abs(lat_deg) <= 90 else _NONE


def _offset(content: bytes, *, linear: bool) -> float | None:
    """Degrees from the picture's middle; linear: a signed number, whose least value means that there is none."""
    if not linear or not 1 <= len(content) <= _NUMBER_BYTES_MAX:
        return mapped(content, -_OFFSET_DEG, _OFFSET_DEG, linear=False)
    signed, most = int.from_bytes(content, "big", signed=True), (1 << (8 * len(content) - 1)) - 1
    return signed * _OFFSET_DEG / most if signed >= -most else None


def _number(content: bytes | None) -> int | None:
    """A whole number of one to eight bytes; None: there is none."""
    return int.from_bytes(content, "big") if content and len(content) <= _NUMBER_BYTES_MAX else None


def mapped(content: bytes, least_ratio: float, most_ratio: float, *, linear: bool) -> float | None:
    """The number that bytes stand for between two bounds, in the bounds' unit; None: empty, or a special value.

    Args:
        linear: all bits span the range (ST 0903.3); else the mapping of ST 1201.5 section 7.2 (IMAPB).
    """
    if not 1 <= len(content) <= _NUMBER_BYTES_MAX:
        return None
    number = int.from_bytes(content, "big")
    if linear:
        return least_ratio + (most_ratio - least_ratio) * number / ((1 << 8 * len(content)) - 1)
    step_ratio, zero_ratio = _scale(least_ratio, most_ratio, len(content))
    value_ratio = step_ratio * (number - zero_ratio) + least_ratio
    return None if value_ratio > most_ratio else max(value_ratio, least_ratio)  # special values lie beyond the range


@cache
def _scale(least_ratio: float, most_ratio: float, size_bytes: int) -> tuple[float, float]:
    """ST 1201.5, section 7.2: the value of one step, and the shift that makes zero exact."""
    power = math.ceil(math.log2(most_ratio - least_ratio)) - (8 * size_bytes - 1)
    zero_ratio = 0.0
    if least_ratio < 0 < most_ratio:
        forward_ratio = 2.0**-power
        zero_ratio = forward_ratio * least_ratio - math.floor(forward_ratio * least_ratio)
    return 2.0**power, zero_ratio
