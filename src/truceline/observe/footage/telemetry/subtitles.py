"""DJI's subtitle files beside a video (.SRT): where the vehicle was, second by second or picture by picture.

The maker documents none of it. What each dialect writes was read from files whose flights are known:

    [latitude: 3.4] [longtitude : -3.3] [rel_alt: 1.2 abs_alt: 9.9]  names decide; both spellings of longitude
    [gb_yaw: 178.1 gb_pitch: -56.6 gb_roll: 0.0]                      Enterprise: the gimbal, towards north and horizon
    GPS(149.0251,-20.2533,16) BAROMETER:1.9                           longitude first; the whole number is satellites
    GPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M                          latitude first; the number with M is a height
    GPS (-58.85, -34.23, 15), HOME (-58.84, -34.23, -57.98m), D 698.70m, H 85.80m, F.PRY (..), G.PRY (..)
    GPS(E:8.2090,N:47.4692,45.6m)                                     letters decide

Models without gb_ or G.PRY say nothing of where the camera looked: such a row is a place of the vehicle, of no pixel.
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from truceline.base.errors import InputError
from truceline.observe.fields import number
from truceline.observe.footage.parts import Found, Raw, Row, reject
from truceline.observe.footage.telemetry.logs import heading_columns, pointing_columns
from truceline.observe.footage.telemetry.rows import check_size, frame, placed, refused
from truceline.observe.moments import moment_us
from truceline.observe.reasons import refusal, shown

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_INDEX = re.compile(r"\s*\d{1,9}\s*")
_SPAN = re.compile(r"\s*(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3})\s*-->")
_BRACKET = re.compile(r"\[([^\[\]\n]{1,300})\]")
_NAMED = re.compile(r"([A-Za-z_]{1,40})\s*:\s*([^\s,\]]{1,40}(?:,\d{1,20})?)")
_TUPLE = re.compile(r"\b(GPS|RTK|HOME|F\.PRY|G\.PRY)\s*\(([^()\n]{1,200})\)")
_LETTERED = re.compile(r"([NSEW])\s*:\s*([0-9.]{1,20})")
_BAROMETER = re.compile(r"\b(?:BAROMETER|Hb)\s*:\s*([-+]?\d{1,6}(?:[.,]\d{1,6})?)")
_ABOVE_HOME = re.compile(r"(?:^|[\s,])H\s+([-+]?\d{1,6}(?:\.\d{1,6})?)\s?m\b")
_FROM_HOME = re.compile(r"(?:^|[\s,])D\s+(\d{1,7}(?:\.\d{1,6})?)\s?m\b")
_CLOCK = re.compile(
    r"(?P<year>\d{4})[-.](?P<month>\d{1,2})[-.](?P<day>\d{1,2})[ T](?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?:[.,](?P<milli>\d{1,6})(?:,(?P<micro>\d{3})\b)?)?(?P<zone>Z)?"
)
_METRES = re.compile(r"([-+]?\d{1,6}(?:\.\d{1,6})?)\s?[Mm]")
_ROUGH_SIGMA_US = 1_000  # a time written finer than this states nothing of its clock's error
_METRES_OF_DEG = 111_195.0  # on a sphere; for telling two places apart, not for placing one
_TELLING_M = 50.0  # a distance from home this long tells the order of the two numbers
_AGREES, _DIFFERS = 0.03, 0.10  # of that distance

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One subtitle: its number or place in the file, when it is shown, its text without tags."""

    raw_at: str
    stream_us: int | None
    text: str
    cut: bool  # a bracket or tag is opened and not closed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What a GPS(…) says: two numbers in the order they stand, and the third."""

    pair: Pair
    third: str
    lettered: bool  # letters said which is which: the pair is longitude, latitude


def read(content: bytes, raw: Raw, zone: str | None = None) -> Found:
    """One row for each subtitle that states anything of the flight; a reject for each that does not.

    Args:
        content: the file; UTF-8 or UTF-16, with or without a byte order mark.
        raw: whose it is.
        zone: of its clock, which states none; None: no UTC, and the flag `naive-time`.

    Heights above take-off have no column and stand in the remark. `abs_alt` and `altitude` go into `sensor_msl_m` with
    the flag `datum-uncertain`: the maker names no datum, and files were seen 100 m off the ground they were flown over.
    Limits: the clock is the camera's or the telephone's: its own error is not stated and may be seconds. Nothing tells
    a file that was cut between two subtitles.
    """
    try:
        check_size(content)
    except InputError as error:
        return refused(raw, error)
    text = _text(content)
    blocks = list(_blocks(text))
    latitude_first = _order(blocks)
    found = Found()
    for block in blocks:
        values = _values(block, latitude_first, _is_tenth(text), zone)
        if values is None:
            why = refusal(
                "no-telemetry", f"{shown(block.text.strip())} states nothing of a flight.", subject="subtitle"
            )
            found.rejects.append(reject(why, raw=raw, raw_at=block.raw_at))
            continue
        times: Row = {} if block.stream_us is None else {"stream_us": block.stream_us}
        found.frames.append(frame(raw, raw_at=block.raw_at, stream="subtitles", values=values | times))
    if not blocks:
        why = refusal("not-this-kind", f"no subtitle in {len(content):,} bytes.", subject="file")
        found.rejects.append(reject(why, raw=raw, raw_at="file"))
    return found


# --- blocks


def _text(content: bytes) -> str:
    """The file as text; bytes that are none become the replacement mark, and only their value is lost."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("°", "")


def _blocks(text: str) -> Iterator[_Block]:
    """A block begins at its number: alone in its line, behind an empty line or before its time."""
    lines = text.split("\n")
    starts = [
        at
        for at, line in enumerate(lines)
        if _INDEX.fullmatch(line)
        and (at == 0 or not lines[at - 1].strip() or (at + 1 < len(lines) and _SPAN.match(lines[at + 1])))
    ]
    if not starts:
        return
    head = "\n".join(lines[: starts[0]])
    if head.strip():
        yield _Block(raw_at="before block 1", stream_us=None, text=head, cut=True)
    for nth, (at, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True), start=1):
        span = next((_SPAN.match(line) for line in lines[at + 1 : at + 3] if _SPAN.match(line)), None)
        body = "\n".join(line for line in lines[at + 1 : end] if "-->" not in line)
        text = _TAG.sub(" ", body)
        yield _Block(raw_at=f"block {nth}", stream_us=_stream_us(span), text=text, cut=_breaks_off(body))


def _stream_us(span: re.Match[str] | None) -> int | None:
    if span is None:
        return None
    hours, minutes, seconds = (int(span[part]) for part in (1, 2, 3))
    return (hours * 3_600 + minutes * 60 + seconds) * 1_000_000 + int(span[4].ljust(3, "0")) * 1_000


# --- one block


def _values(block: _Block, latitude_first: bool | None, tenth: bool, zone: str | None) -> Row | None:
    """What the block states; None: nothing of a flight."""
    named = _named(block.text)
    tuples: dict[str, str] = dict(_TUPLE.findall(block.text))
    clock = _CLOCK.search(block.text)
    if not named and not tuples and not clock:
        return None
    place, flags = _place(named, tuples, latitude_first)
    height, more = _height(named, tuples, tenth) if place else ({}, [])
    pointing = _pointing(named, tuples)
    times, late = _times(clock, zone)
    flags += [*more, *late, *(["cut-short"] if block.cut else [])]
    satellites = _satellites(tuples)
    counted: Row = {} if satellites is None else {"satellites": satellites}
    return place | height | pointing | times | counted | {"flags": flags, "remark": _words(block.text, named)}


def _breaks_off(text: str) -> bool:
    return any(
        text.count(opened) > text.count(closed) for opened, closed in (("[", "]"), ("(", ")"), ("<font", "</font"))
    )


def _named(text: str) -> dict[str, str]:
    """The values in brackets by their names, small; one bracket may hold several."""
    pairs = (pair for inside in _BRACKET.findall(text) for pair in _NAMED.findall(inside))
    return {name.casefold(): value for name, value in pairs}


def _number(text: str | None) -> float | None:
    """A number with a point or a comma; None: there is none."""
    with suppress(InputError):
        return number((text or "").strip().replace(",", "."), subject="subtitle")
    return None


def _place(named: dict[str, str], tuples: dict[str, str], latitude_first: bool | None) -> tuple[Row, list[str]]:
    """The place's columns, from names or from a GPS(…)."""
    lon_text = named.get("longitude", named.get("longtitude"))
    if lon_text is not None or "latitude" in named:
        lon_deg, lat_deg = _number(lon_text), _number(named.get("latitude"))
        if lon_deg is None or lat_deg is None:
            return {}, ["place-unreadable"]
        small = abs(lat_deg) <= math.pi / 2 and abs(lon_deg) <= math.pi and (lon_deg, lat_deg) != (0, 0)
        return ({}, ["degrees-or-radians"]) if small else placed(lon_deg, lat_deg)
    written = tuples.get("GPS", tuples.get("RTK"))
    if written is None:
        return {}, ["no-place"]
    stated = _stated(written)
    if stated is None:
        return {}, ["no-fix"] if "n/a" in written.casefold() else ["place-unreadable"]
    if stated.lettered:
        return placed(*stated.pair)
    if latitude_first is None and stated.pair != (0, 0):
        return {}, ["order-unknown"]
    first, second = stated.pair
    place, flags = placed(second, first) if latitude_first else placed(first, second)
    documented = bool(_METRES.fullmatch(stated.third))
    return place, flags + (["order-swapped"] if place and bool(latitude_first) != documented else [])


def _stated(inside: str) -> _Stated | None:
    """A GPS(…) taken apart; None: no two numbers in it."""
    letters = dict(_LETTERED.findall(inside.upper()))
    parts = _parts(inside)
    third = parts[2].strip() if len(parts) > 2 else ""
    east, north = _side(letters, "E", "W"), _side(letters, "N", "S")
    if east is not None and north is not None:
        return _Stated(pair=(east, north), third=third, lettered=True)
    first, second = (_number(part) for part in (*parts, "", "")[:2])
    return None if first is None or second is None else _Stated(pair=(first, second), third=third, lettered=False)


def _parts(inside: str) -> list[str]:
    """The values between the brackets: a comma may part two of them or a number from its decimals."""
    if ";" in inside:
        return inside.split(";")
    if ", " in inside:
        return inside.split(", ")
    parts = inside.split(",")
    if "." not in inside and len(parts) >= 4:
        return [f"{parts[0]}.{parts[1]}", f"{parts[2]}.{parts[3]}", ".".join(parts[4:6])]
    return parts


def _side(letters: dict[str, str], positive: str, negative: str) -> float | None:
    if positive in letters:
        return _number(letters[positive])
    value = _number(letters.get(negative))
    return None if value is None else -value


def _satellites(tuples: dict[str, str]) -> int | None:
    """The whole number behind a place; with a point or a unit it is a height."""
    stated = _stated(tuples.get("GPS", tuples.get("RTK", "")))
    return int(stated.third) if stated and re.fullmatch(r"\d{1,2}", stated.third) else None


def _height(named: dict[str, str], tuples: dict[str, str], tenth: bool) -> tuple[Row, list[str]]:
    """Height above some zero of the maker's."""
    height_m = _number(named.get("abs_alt", named.get("altitude")))
    if height_m is not None and tenth and "abs_alt" not in named:
        return {}, ["height-unusable"]
    if height_m is None:
        stated = _stated(tuples.get("GPS", tuples.get("RTK", "")))
        metres = _METRES.fullmatch(stated.third) if stated else None
        height_m = _number(metres[1]) if metres else None
        if height_m == 0:  # seen all through a climb to 100 m
            return {}, ["height-unusable"]
    return ({}, []) if height_m is None else ({"sensor_msl_m": height_m}, ["datum-uncertain"])


def _is_tenth(text: str) -> bool:
    """Whether the file is of the one model whose lone altitude is a tenth of itself (DJI FPV)."""
    head = text[:4_000]
    return 'font size="28"' in head and "[altitude:" in head and "rel_alt" not in head


def _pointing(named: dict[str, str], tuples: dict[str, str]) -> Row:
    """The gimbal's angles, towards north and the horizon; and the vehicle's. PRY is pitch, roll, yaw."""
    gimbal = _three([named.get(f"gb_{axis}") for axis in ("pitch", "roll", "yaw")]) or _three(_inside(tuples, "G.PRY"))
    vehicle = _three(_inside(tuples, "F.PRY"))
    columns = heading_columns((vehicle[2] % 360, vehicle[0], vehicle[1])) if vehicle else {}
    return columns | (pointing_columns(gimbal[2], gimbal[0], gimbal[1]) if gimbal else {})


def _inside(tuples: dict[str, str], name: str) -> list[str]:
    return _parts(tuples[name]) if name in tuples else []


def _three(texts: Sequence[str | None]) -> tuple[float, float, float] | None:
    """Three angles; None: not all are there."""
    angles_deg = [angle for text in texts if (angle := _number(text)) is not None]
    return (angles_deg[0], angles_deg[1], angles_deg[2]) if len(angles_deg) == len(texts) == 3 else None


def _times(clock: re.Match[str] | None, zone: str | None) -> tuple[Row, list[str]]:
    """UTC, where the zone is known; half of the last digit as its sigma, where that is more than a millisecond."""
    if clock is None or (zone is None and not clock["zone"]):
        return {}, ["no-utc" if clock is None else "naive-time"]
    parts = clock.groupdict()
    day = f"{parts['year']}-{int(parts['month']):02}-{int(parts['day']):02}"
    fraction = (parts["milli"] or "") + (parts["micro"] or "")
    second = f"{int(parts['hour']):02}:{parts['minute']}:{parts['second']}" + (f".{fraction[:6]}" if fraction else "")
    try:
        first_us, last_us = moment_us(
            f"{day}T{second}{parts['zone'] or ''}", zone=zone, now_us=None, subject="subtitle"
        )
    except InputError:
        return {}, ["no-utc"]
    sigma_us = round((last_us - first_us + 1) / math.sqrt(12))
    timed: Row = {"at_us": (first_us + last_us) // 2}
    return timed | ({"at_sigma_us": sigma_us} if sigma_us >= _ROUGH_SIGMA_US else {}), []


def _words(text: str, named: dict[str, str]) -> str:
    """What is stated and has no column."""
    barometer, above = _BAROMETER.search(text), _ABOVE_HOME.search(text)
    clock = _CLOCK.search(text)
    height = named.get("rel_alt") or (barometer[1] if barometer else above[1] if above else "")
    words = [f"{height} m above take-off" if _number(height) is not None else ""]
    words += [f"focal_len {named['focal_len']}" if "focal_len" in named else ""]
    words += [f"clock {clock[0]}" if clock else ""]
    return ", ".join(word for word in words if word)


# --- which of the two numbers is the latitude


def _order(blocks: Sequence[_Block]) -> bool | None:
    """Whether the file's GPS(…) begin with the latitude; None: nothing tells.

    The dialect says: a whole third number comes with the longitude first, one with M with the latitude first. A number
    above 90 can be no latitude; and where the distance from home is stated, one order gives it and the other does not.
    """
    votes: set[bool] = set()
    ruled_out: set[bool] = set()
    fits: list[bool] = []
    for block in blocks:
        tuples: dict[str, str] = dict(_TUPLE.findall(block.text))
        stated = _stated(tuples.get("GPS", tuples.get("RTK", "")))
        if stated is None or stated.lettered or stated.pair == (0, 0):
            continue
        if re.fullmatch(r"\d{1,2}", stated.third) or _METRES.fullmatch(stated.third):
            votes.add(bool(_METRES.fullmatch(stated.third)))
        first, second = stated.pair
        ruled_out |= ({True} if abs(first) > 90 else set()) | ({False} if abs(second) > 90 else set())
        fits += _fit(stated.pair, tuples.get("HOME"), _FROM_HOME.search(block.text))
    return _decided(votes, ruled_out, fits)


def _decided(votes: set[bool], ruled_out: set[bool], fits: Sequence[bool]) -> bool | None:
    """What the numbers leave, before what the dialect says; None: they contradict each other, or say nothing."""
    if len(ruled_out) == 1:
        return not next(iter(ruled_out))
    if ruled_out or (len(set(fits)) == 2 and 0.1 < sum(fits) / len(fits) < 0.9):
        return None
    if fits:
        return sum(fits) * 2 > len(fits)
    return next(iter(votes)) if len(votes) == 1 else None


def _fit(pair: Pair, home: str | None, distance: re.Match[str] | None) -> list[bool]:
    """[whether the latitude comes first], where the stated distance from home fits one order and not the other."""
    from_home = _stated(home) if home else None
    distance_m = _number(distance[1]) if distance else None
    if from_home is None or distance_m is None or distance_m < _TELLING_M:
        return []
    misfits = []
    for lat, lon in ((1, 0), (0, 1)):
        north_m = (pair[lat] - from_home.pair[lat]) * _METRES_OF_DEG
        east_m = (pair[lon] - from_home.pair[lon]) * _METRES_OF_DEG * math.cos(math.radians(pair[lat]))
        misfits.append(abs(math.hypot(north_m, east_m) - distance_m) / distance_m)
    if min(misfits) > _AGREES or max(misfits) < _DIFFERS:
        return []
    return [misfits[1] < misfits[0]]
