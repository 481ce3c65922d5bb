"""Fires and other heat seen by satellites, from the CSV that FIRMS gives out, in each of its spellings.

One row is one pixel: something in it was hot. Which cause, and whose doing, no satellite says.

Source: NASA FIRMS, attributes of MODIS and VIIRS active fires; MODIS C6 fire user's guide, classes of confidence;
VIIRS 375 m active fire ATBD 1.0, saturation of I4. Geolocation: see SENSORS.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from truceline.base.errors import InputError
from truceline.base.units import M_PER_KM, SIGMA_95_CIRCLE
from truceline.model.mission import Feed
from truceline.observe.delimited import delimited_header, delimited_rows
from truceline.observe.fields import number, permille, required
from truceline.observe.raw import RawRow, need_columns
from truceline.observe.reasons import refusal, shown

# The fields of an observation that a row of fires gives by itself: nothing is mapped.
FIRE_TEXTS = (
    "id", "happening", "begins", "lon", "lat", "error_m", "act", "means", "confidence_permille", "remark",
)  # fmt: skip
NEEDED = ("latitude", "longitude", "scan", "track", "acq_date", "acq_time", "satellite", "confidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """What follows from the instrument, which the column of its brightness tells where no column names it."""

    name: str
    nadir_m: float  # side of a pixel straight below
    place_sigma_m: float  # of a pixel's middle straight below, in one direction
    saturates_k: float  # brightness from which on it says no more


SENSORS = {
    # 400 m at nadir hold 3 sigma (NOAA-20 after tuning; Suomi NPP alike): evaluation with ground control points.
    "bright_ti4": Sensor(name="VIIRS", nadir_m=375.0, place_sigma_m=400.0 / 3, saturates_k=367.0),
    # 50 m at nadir is 1 sigma: Wolfe et al. 2002. Channel 22 gives way to 21, which saturates near 500 K.
    "brightness": Sensor(name="MODIS", nadir_m=1_000.0, place_sigma_m=50.0, saturates_k=500.0),
}
SATELLITES = {
    **dict.fromkeys(("n", "npp", "suomi npp", "snpp"), "Suomi NPP"),
    **dict.fromkeys(("n20", "1", "j1", "noaa-20", "noaa20"), "NOAA-20"),
    **dict.fromkeys(("n21", "2", "j2", "noaa-21", "noaa21"), "NOAA-21"),
    **dict.fromkeys(("t", "terra"), "Terra"),
    **dict.fromkeys(("a", "aqua"), "Aqua"),
}
# Words stand for classes, whose lower edges on the scale of MODIS are 0, 30 and 80 %: nothing becomes surer than said.
CLASSES = {"l": "low", "low": "low", "n": "nominal", "nominal": "nominal", "h": "high", "high": "high"}
CLASS_PERMILLE = {"low": 0, "nominal": 300, "high": 800}
KINDS = {"1": "active volcano", "2": "other static land source", "3": "offshore"}  # column `type`; 0: vegetation
DAY_OR_NIGHT = {"d": "by day", "n": "by night"}
MAX_SIDE_KM = 10.0  # MODIS at the edge of its scan: 4.8 km

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d)(?:\.0+)?)?")
_DIGITS = re.compile(r"\d{1,4}(?:\.0+)?")  # a table program makes a number of 0026, and may write 26.0


def fire_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each fire pixel once, in its order, as the fields of an observation (FIRE_TEXTS).

    Capitals in the header do not matter, nor the order of columns, nor which others there are.

    Raises: InputError: the header lacks a column that is needed; it has no brightness of VIIRS or MODIS.
    """
    need_columns([*FIRE_TEXTS], wanted)
    header = delimited_header(content, feed)
    small = [name.casefold() for name in header]
    need_columns(small, NEEDED)
    brightness = next((name for name in SENSORS if name in small), None)
    if brightness is None:
        raise refusal("column-missing", "has neither bright_ti4 (VIIRS) nor brightness (MODIS).", subject="file")
    for at, values in delimited_rows(content, feed, ()):
        if isinstance(values, InputError):
            yield at, values
            continue
        cells = {name.casefold(): text.strip() for name, text in values.items()}
        try:
            yield at, {name: text for name, text in _texts(cells, brightness).items() if name in wanted}
        except InputError as fault:
            yield at, fault


def _texts(cells: Mapping[str, str], brightness: str) -> dict[str, str]:
    """One pixel as the fields of an observation."""
    sensor = SENSORS[brightness]
    satellite = required(cells["satellite"], subject="satellite")
    satellite = SATELLITES.get(satellite.casefold(), satellite)
    date, clock = cells["acq_date"], clock_of(cells["acq_time"])
    if not _DATE.fullmatch(date):
        raise refusal("unreadable-time", f"acq_date is {shown(date)}.", subject="acq_date")
    lon, lat = (required(cells[name], subject=name) for name in ("longitude", "latitude"))
    lon_deg, lat_deg = number(lon, subject="longitude"), number(lat, subject="latitude")
    confidence, class_words = confidence_of(cells["confidence"])
    return {
        "id": f"{satellite} {date} {clock} {lon_deg:.5f} {lat_deg:.5f}",
        "happening": f"fire {satellite} {date} {clock} {lon_deg:.3f} {lat_deg:.3f}",
        "begins": f"{date} {clock}Z",
        "lon": lon,
        "lat": lat,
        "error_m": f"{error_m(cells['scan'], cells['track'], sensor=sensor):.1f}",
        "act": "burn",
        "means": "satellite",
        "confidence_permille": confidence,
        "remark": "; ".join(_remarks(cells, sensor, satellite, heat=cells[brightness]) + class_words),
    }


def clock_of(text: str) -> str:
    """The time of day, UTC, to the minute: `0026`, `26`, `00:26` and `00:26:00` are 00:26.

    Seconds other than 00 are kept: somebody knew them. Raises: InputError.
    """
    parts, digits = _CLOCK.fullmatch(text), _DIGITS.fullmatch(text)
    hour, minute, second = 99, 99, 0
    if parts:
        hour, minute, second = int(parts[1]), int(parts[2]), int(parts[3] or 0)
    elif digits:
        hour, minute = divmod(int(text.partition(".")[0]), 100)
    if hour > 23 or minute > 59 or second > 59:
        raise refusal("unreadable-time", f"acq_time is {shown(text)}.", subject="acq_time")
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def confidence_of(text: str) -> tuple[str, list[str]]:
    """(per-mille as text, remarks): 0 to 100 as it is; of a class its lower edge, and the class in words.

    Raises: InputError: neither.
    """
    known = CLASSES.get(text.casefold())
    if known:
        return str(CLASS_PERMILLE[known]), [f"confidence {known}"]
    if not re.fullmatch(r"\d{1,3}(?:\.0+)?", text) or float(text) > 100:
        raise refusal("unreadable-confidence", f"confidence is {shown(text)}.", subject="confidence")
    share = permille(str(int(float(text)) * 10), subject="confidence")
    return str(share), []


def error_m(scan: str, track: str, *, sensor: Sensor) -> float:
    """Radius that holds the fire in 95 % of cases, metres: anywhere in its pixel, whose middle is itself not sure.

    A uniform place in a side s has the sigma s / sqrt(12). Which way the satellite flew the file does not say, so the
    longer side counts in all directions. The error of the middle grows with the pixel.

    Args: scan, track: sides of the pixel, kilometres.
    Raises: InputError.
    Limits: away from nadir VIIRS joins fewer samples, and the error of its middle grows faster than the pixel.
    """
    sides = {"scan": scan, "track": track}
    sides_km = [number(required(text, subject=name), subject=name) for name, text in sides.items()]
    if not 0 < min(sides_km) <= max(sides_km) <= MAX_SIDE_KM:
        problem = f"a pixel of {scan} x {track} km, at most {MAX_SIDE_KM:g} km."
        raise refusal("out-of-its-range", problem, subject="scan")
    side_m = max(sides_km) * M_PER_KM
    place_sigma_m = sensor.place_sigma_m * max(1.0, side_m / sensor.nadir_m)
    return SIGMA_95_CIRCLE * math.hypot(side_m / math.sqrt(12.0), place_sigma_m)


def _remarks(cells: Mapping[str, str], sensor: Sensor, satellite: str, *, heat: str) -> list[str]:
    """What else the row says, in words: it is kept, and nothing is judged on it."""
    product = " ".join(each for each in (satellite, sensor.name, cells.get("version", "")) if each)
    heat_k = number(heat, subject="brightness") if heat else 0.0
    found = [product]
    if heat_k >= sensor.saturates_k:
        found.append(f"saturated: at least {sensor.saturates_k:g} K")
    elif heat:
        found.append(f"{heat} K")
    if cells.get("frp"):
        found.append(f"{cells['frp']} MW of the pixel")
    kind = cells.get("type", "").removesuffix(".0")
    if kind not in ("", "0"):
        found.append(f"type {kind}: {KINDS.get(kind, 'not known here')}")
    if cells.get("daynight", "").casefold() in DAY_OR_NIGHT:
        found.append(DAY_OR_NIGHT[cells["daynight"].casefold()])
    return found
