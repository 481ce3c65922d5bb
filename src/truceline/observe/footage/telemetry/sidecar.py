"""A plain table beside a video (CSV): one row, one sample. Its columns are named as in FRAMES.

    stream_s,at,sensor_lon_deg,sensor_lat_deg,sensor_hae_m,heading_deg,pitch_deg,roll_deg,pointing,sensor_azimuth_deg,…

A time is stated as `at` (ISO 8601), `at_us` (microseconds UTC) or `stream_s` (seconds of the video); the heights name
their datum in the column's name. What is not stated is left empty or its column left out.
"""

from collections.abc import Mapping

from truceline.base.errors import InputError
from truceline.base.units import US_PER_S
from truceline.model.footage import POINTING
from truceline.model.mission import Feed
from truceline.observe.delimited import delimited_header, delimited_rows
from truceline.observe.fields import nearest, number
from truceline.observe.footage.parts import Found, Raw, Row, reject
from truceline.observe.footage.telemetry.rows import LAST_UTC_US, check_size, frame, refused
from truceline.observe.moments import moment_us
from truceline.observe.raw import clean
from truceline.observe.reasons import reason_of, refusal, shown

NUMBERS: dict[str, tuple[float, float]] = {  # column: least, greatest
    "at_sigma_us": (0, 86_400e6),
    "sensor_lon_deg": (-180, 180),
    "sensor_lat_deg": (-90, 90),
    "sensor_hae_m": (-1_000, 50_000),
    "sensor_msl_m": (-1_000, 50_000),
    "heading_deg": (-360, 360),
    "pitch_deg": (-90, 90),
    "roll_deg": (-180, 180),
    "sensor_azimuth_deg": (-360, 360),
    "sensor_elevation_deg": (-180, 180),
    "sensor_roll_deg": (-360, 360),
    "hfov_deg": (0.001, 179.999),
    "vfov_deg": (0.001, 179.999),
    "width_px": (1, 100_000),
    "height_px": (1, 100_000),
    "slant_range_m": (0, 1_000_000),
    "centre_lon_deg": (-180, 180),
    "centre_lat_deg": (-90, 90),
    "centre_hae_m": (-1_000, 50_000),
    "centre_msl_m": (-1_000, 50_000),
    "centre_ce90_m": (0, 1_000_000),
    "centre_le90_m": (0, 1_000_000),
    "satellites": (0, 200),
    "hdop": (0, 1_000),
    "other_lon_deg": (-180, 180),
    "other_lat_deg": (-90, 90),
}
WHOLE = {"at_sigma_us", "width_px", "height_px", "satellites"}
TIMES = ("at", "at_us", "stream_s")
WORDS = ("pointing", "marking", "remark")
COLUMNS = (*TIMES, *NUMBERS, *WORDS)
MAX_STREAM_S = 10_000_000.0
_PLACES = tuple((f"{whose}_lon_deg", f"{whose}_lat_deg") for whose in ("sensor", "centre", "other"))
_TURNS = ("heading_deg", "sensor_azimuth_deg")  # any angle is a direction: written as 0 to 360


def read(content: bytes, raw: Raw, zone: str | None = None) -> Found:
    """One frame for each row, or a reject.

    Args:
        content: UTF-8, with a header; fields parted by comma, semicolon or tab, whichever the header has.
        raw: whose it is.
        zone: of an `at` without an offset; None: such a row needs `stream_s`, and gets no UTC.
    """
    found = Found()
    try:
        check_size(content)
        feed = Feed(
            name=raw.name, path="", format="csv", holds="observations", source="", delimiter=_delimiter(content)
        )
        _check_header(delimited_header(content, feed))
        for raw_at, cells in delimited_rows(content, feed, ()):
            try:
                values = _values(_sound(cells), zone)
                found.frames.append(frame(raw, raw_at=raw_at, stream="sidecar", values=values))
            except InputError as error:
                found.rejects.append(reject(error, raw=raw, raw_at=raw_at))
    except InputError as error:
        found.take(refused(raw, error))
    return found


def _delimiter(content: bytes) -> str:
    """The one that the header has most of."""
    head = content[:65_536].splitlines()[0] if content.strip() else b""
    return max(",;\t", key=lambda each: head.count(each.encode()))


def _check_header(names: list[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            hint = nearest(name, COLUMNS)
            raise refusal("unknown-column", f"no column is called {shown(name)}{hint}.", subject="file")
    if not set(names).intersection(TIMES):
        raise refusal("column-missing", f"has none of {', '.join(TIMES)}.", subject="file")


def _sound(cells: dict[str, str] | InputError) -> dict[str, str]:
    """The row's texts, stripped; raises the fault that stands in their place."""
    texts = cells if isinstance(cells, InputError) else clean(cells)
    if isinstance(texts, InputError):
        raise texts
    return {name: text.strip() for name, text in texts.items() if text.strip()}


def _values(cells: Mapping[str, str], zone: str | None) -> Row:
    values, flags = _times(cells, zone)
    for name, limits in NUMBERS.items():
        if name in cells:
            values[name] = _within(name, cells[name], limits)
    for lon, lat in _PLACES:
        if (lon in values) != (lat in values):
            raise refusal("half-a-place", f"only one of {lon} and {lat} is stated.", subject=lon)
        if values.get(lon) == 0 and values.get(lat) == 0:
            raise refusal("null-island", f"{lon} 0, {lat} 0.", subject=lon)
    for name in _TURNS:
        if name in values:
            values[name] = float(values[name]) % 360  # type: ignore[arg-type]
    _check_pointing(cells)
    flags += ["no-place"] if "sensor_lon_deg" not in values else []
    return values | {name: cells[name] for name in WORDS if name in cells} | {"flags": flags}


def _within(name: str, text: str, limits: tuple[float, float]) -> float | int:
    value, (least, greatest) = number(text, subject=name), limits
    if not least <= value <= greatest:
        raise refusal("out-of-its-range", f"{text} is outside {least:,g} to {greatest:,g}.", subject=name)
    if name in WHOLE:
        if value != int(value):
            raise refusal("not-a-number", f"{shown(text)} is no whole number.", subject=name)
        return int(value)
    return value


def _times(cells: Mapping[str, str], zone: str | None) -> tuple[Row, list[str]]:
    """The row's times; a row that states none is refused."""
    values: Row = {}
    flags: list[str] = []
    if "stream_s" in cells:
        values["stream_us"] = round(float(_within("stream_s", cells["stream_s"], (0, MAX_STREAM_S))) * US_PER_S)
    if "at_us" in cells:
        values["at_us"] = int(_within("at_us", cells["at_us"], (0, LAST_UTC_US)))
    elif "at" in cells:
        try:
            first_us, last_us = moment_us(cells["at"], zone=zone, now_us=None, subject="at")
            values["at_us"] = (first_us + last_us) // 2
        except InputError as error:
            if reason_of(error) != "naive-time" or "stream_us" not in values:
                raise
            flags.append("naive-time")
    if not values and not flags:
        raise refusal("not-stated", f"none of {', '.join(TIMES)} is stated.", subject="at")
    return values, flags


def _check_pointing(cells: Mapping[str, str]) -> None:
    """Angles of the camera say nothing without what they are measured from, nor that without them."""
    towards = cells.get("pointing", "")
    if towards not in POINTING:
        raise refusal("unknown-word", f"{shown(towards)}{nearest(towards, POINTING)}.", subject="pointing")
    needed = {"sensor_azimuth_deg", "sensor_elevation_deg"}
    if towards == "platform":
        needed |= {"heading_deg", "pitch_deg", "roll_deg"}
    stated = needed.intersection(cells)
    if towards and stated != needed:
        missing = ", ".join(sorted(needed - stated))
        raise refusal("pointing-not-stated", f"pointing is {towards} without {missing}.", subject="pointing")
    if not towards and any(name in cells for name in ("sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")):
        raise refusal("pointing-not-stated", "angles of the camera without pointing.", subject="pointing")
