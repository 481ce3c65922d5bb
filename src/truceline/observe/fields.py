"""What one cell of a feed can mean: words, numbers, places, directions, amounts. Each says why it refuses.

Every primitive takes the cell's text, stripped, and gives plain numbers with their unit in their name. What a
source leaves vague stays an interval; nothing becomes sharper than it was written.
"""

import math
import re
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from difflib import get_close_matches
from functools import lru_cache

from truceline.base.units import M_PER_KM, SIGMA_95_CIRCLE
from truceline.observe.reasons import refusal, shown

REMEMBERED = 4_096  # readings of one cell kept by each primitive: the rows of a feed repeat most of theirs
MAX_COUNT = 10**9
MAX_ERROR_M = 1_000_000.0
MAX_RANGE_M = 1_000_000.0
MAX_CALIBRE_MM = 1_000
ROSE = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
ROSE_STEP_DEG = 22.5
ROSE_HALF_DEG = 11.25  # a name of the 16-point rose stands for its sixteenth of the circle

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?")
_RANGE = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,6}))?\s*(km|m)?")
_BEARING = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,6}))?\s*°?(?:\s*±\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*°?)?")
_CALIBRE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,2})?)(?:\s*[-\u2013]\s*([0-9]{1,4}(?:\.[0-9]{1,2})?))?\s*(?:mm)?")
_COUNT = re.compile(
    r"(?P<about>~|≈|about |around |approximately |ca\. ?)?(?P<over>>|more than |over )?"
    r"(?P<least>>=|≥|at least )?(?P<under><|fewer than |less than )?(?P<most><=|≤|at most |up to )?"
    r"\s*(?P<lo>[0-9]{1,12})(?:\.0+)?(?:\s*(?:-|\u2013|to)\s*(?P<hi>[0-9]{1,12}))?"
)


@lru_cache(maxsize=REMEMBERED)
def nearest(word: str, options: tuple[str, ...]) -> str:
    """`; the nearest is 'howitzer'`, or nothing where no option is like `word` (its first 40 characters)."""
    close = get_close_matches(word[:40], options, n=1)
    return f"; the nearest is {shown(close[0])}" if close else ""


@lru_cache(maxsize=REMEMBERED)
def word(text: str, options: tuple[str, ...], *, subject: str) -> str:
    """One word of a closed list; `unknown` and nothing give the empty string. Capitals do not matter."""
    if text in options:
        return text
    small = text.casefold()
    if small in ("", "unknown"):
        return ""
    if small in options:
        return small
    raise refusal("unknown-word", f"{shown(text)} is not in the list{nearest(small, options)}.", subject=subject)


def required(text: str, *, subject: str) -> str:
    """A text that must be there."""
    if not text:
        raise refusal("not-stated", "nothing is stated.", subject=subject)
    return text


def party(text: str, known: frozenset[str], *, subject: str) -> str:
    """One party, or the empty string where none is stated. `known` empty: any name will do."""
    if text.casefold() in ("", "unknown"):
        return ""
    if known and text not in known:
        hint = nearest(text, tuple(sorted(known)))
        raise refusal("unknown-party", f"{shown(text)} is no party of this mission{hint}.", subject=subject)
    return text


def named(text: str, known: frozenset[str], *, subject: str) -> str:
    """A name that a mandate declares, to the letter, or the empty string. `known` empty: any name will do."""
    if text and known and text not in known:
        hint = nearest(text, tuple(sorted(known)))
        raise refusal("unknown-name", f"no mandate of this mission names {shown(text)}{hint}.", subject=subject)
    return text


@lru_cache(maxsize=REMEMBERED)
def parties(text: str, known: frozenset[str], *, subject: str) -> tuple[str, ...]:
    """The parties whose act it may be, `UAF;AFC`, each once, sorted; empty: unknown."""
    names = {party(part.strip(), known, subject=subject) for part in text.split(";")}
    return tuple(sorted(names - {""}))


def number(text: str, *, subject: str) -> float:
    """A finite decimal number. NaN, infinities, decimal commas and units are refused."""
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise refusal("not-a-number", f"{shown(text)} is not a finite number.", subject=subject)
    return value


def span_m(text: str, *, subject: str, most_m: float = MAX_RANGE_M) -> float | None:
    """A distance in metres, above 0 and up to `most_m`; None: not stated."""
    if not text:
        return None
    length_m = number(text, subject=subject)
    if not 0 < length_m <= most_m:
        raise refusal("out-of-its-range", f"{shown(text)} is not above 0 and up to {most_m:,.0f} m.", subject=subject)
    return length_m


# --- places


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPlace:
    """A point on WGS 84 and the radius that holds it in 95 % of cases, as the source states it."""

    lon_deg: float
    lat_deg: float
    error_m: float

    @property
    def variance_m2(self) -> float:
        """One sigma squared in any direction: the stated circle is that of a circular normal error."""
        return (self.error_m / SIGMA_95_CIRCLE) ** 2


Extent = tuple[float, float, float, float]


@lru_cache(maxsize=REMEMBERED)
def place(lon: str, lat: str, error: str, *, extent_deg: Extent, prefix: str = "") -> StatedPlace | None:
    """A place with its error, or None where none is stated.

    Args:
        lon: degrees, east positive.
        lat: degrees, north positive.
        error: metres, radius that holds 95 %.
        extent_deg: the mission's west, south, east, north; west above east crosses the antimeridian.
        prefix: of the field names, for messages (`observer_`).

    Raises: InputError. Limits: a swap is seen only where the swapped point is inside the extent and the
    stated is not.
    """
    where = point(lon, lat, extent_deg=extent_deg, prefix=prefix)
    if where is None:
        return None
    if not error:
        raise refusal("no-error-stated", f"{lon}, {lat} without its error.", subject=f"{prefix}error_m")
    error_m = number(error, subject=f"{prefix}error_m")
    if not 0 < error_m <= MAX_ERROR_M:
        raise refusal("error-out-of-range", f"{error} m is not an error.", subject=f"{prefix}error_m")
    return StatedPlace(lon_deg=where[0], lat_deg=where[1], error_m=error_m)


def point(lon: str, lat: str, *, extent_deg: Extent, prefix: str = "") -> tuple[float, float] | None:
    """A point without an error, longitude and latitude in degrees, or None. Args, Raises, Limits: as `place`."""
    if not lon and not lat:
        return None
    if not lon or not lat:
        raise refusal("half-a-place", f"lon is {shown(lon)}, lat is {shown(lat)}.", subject=f"{prefix}lon")
    lon_deg, lat_deg = number(lon, subject=f"{prefix}lon"), number(lat, subject=f"{prefix}lat")
    check_point(lon_deg, lat_deg, extent_deg=extent_deg, prefix=prefix)
    return lon_deg, lat_deg


def check_point(lon_deg: float, lat_deg: float, *, extent_deg: Extent, prefix: str = "") -> None:
    """Refuse a point that is nowhere, or outside the mission's extent. Raises: as `place`."""
    where = f"lon {lon_deg}, lat {lat_deg}"
    if lon_deg == 0 and lat_deg == 0:
        raise refusal("null-island", f"{where}.", subject=f"{prefix}lon")
    if _inside(lon_deg, lat_deg, extent_deg):
        return
    if _inside(lat_deg, lon_deg, extent_deg):
        raise refusal("coordinates-swapped", f"{where}: in the mission's extent if swapped.", subject=f"{prefix}lon")
    if abs(lat_deg) > 90:
        raise refusal("latitude-out-of-range", f"{lat_deg} is outside -90 to 90.", subject=f"{prefix}lat")
    if abs(lon_deg) > 180:
        raise refusal("longitude-out-of-range", f"{lon_deg} is outside -180 to 180.", subject=f"{prefix}lon")
    extent = ", ".join(f"{edge_deg:g}" for edge_deg in extent_deg)
    raise refusal("outside-extent", f"{where} is outside the mission's extent {extent}.", subject=f"{prefix}lon")


def _inside(lon_deg: float, lat_deg: float, extent_deg: Extent) -> bool:
    west, south, east, north = extent_deg
    between = west <= lon_deg <= east if west <= east else (west <= lon_deg <= 180 or -180 <= lon_deg <= east)
    return between and max(south, -90) <= lat_deg <= min(north, 90) and abs(lon_deg) <= 180


# --- directions and ranges


@lru_cache(maxsize=REMEMBERED)
def bearing_sector(first: str, last: str) -> tuple[float, float] | None:
    """The clockwise sector, degrees from true north, that a bearing or a pair from/to stands for; None: none
    stated.

    A rose name stands for ±11.25°, `337` for ±0.5°, `337.5` for ±0.05°, `315±22.5` for what it says (an
    8-point rose). A pair runs clockwise from the outer edge of the first to the outer edge of the last. All
    round is (0, 360).
    """
    if not first:
        if last:
            raise refusal("half-a-bearing", f"ends at {shown(last)} but begins nowhere.", subject="bearing_from")
        return None
    from_deg, from_half_deg = bearing(first, subject="bearing_from")
    to_deg, to_half_deg = bearing(last or first, subject="bearing_to")
    if (to_deg - from_deg) % 360 + from_half_deg + to_half_deg >= 360:
        return 0.0, 360.0
    return (from_deg - from_half_deg) % 360, (to_deg + to_half_deg) % 360


def bearing(text: str, *, subject: str) -> tuple[float, float]:
    """(middle, half-width) in degrees, clockwise from true north."""
    if text.upper() in ROSE:
        return ROSE.index(text.upper()) * ROSE_STEP_DEG, ROSE_HALF_DEG
    parts = _BEARING.fullmatch(text)
    if parts:
        middle_deg = float(f"{parts[1]}.{parts[2] or 0}")
        half_deg = float(parts[3]) if parts[3] else 0.5 * 10.0 ** -len(parts[2] or "")
        if middle_deg <= 360 and 0 < half_deg < 180:
            return middle_deg, half_deg
    raise refusal("unreadable-bearing", f"{shown(text)} is no bearing.", subject=subject)


@lru_cache(maxsize=REMEMBERED)
def range_m(nearest_text: str, farthest_text: str) -> tuple[float | None, float | None]:
    """Distance from the observer, metres, from at least to at most; None: that end is not stated.

    A number without a unit is kilometres. The same number twice is one estimate: as wide as its last digit (1
    km is 0.5 to 1.5 km). Farthest alone runs from 0.
    """
    lo = _range(nearest_text, subject="range_min_km") if nearest_text else None
    hi = _range(farthest_text, subject="range_max_km") if farthest_text else None
    if lo is None or hi is None:
        return (lo[0], None) if lo else (0.0, hi[0]) if hi else (None, None)
    if lo[0] > hi[0]:
        raise refusal("range-reversed", f"{shown(nearest_text)} to {shown(farthest_text)}.", subject="range_min_km")
    if lo[0] == hi[0]:
        half_m = max(lo[1], hi[1])
        return max(0.0, lo[0] - half_m), hi[0] + half_m
    return lo[0], hi[0]


def _range(text: str, *, subject: str) -> tuple[float, float]:
    """(distance, half of its last digit), metres."""
    parts = _RANGE.fullmatch(text)
    unit_m = 1.0 if parts and parts[3] == "m" else float(M_PER_KM)
    distance_m = float(f"{parts[1]}.{parts[2] or 0}") * unit_m if parts else math.inf
    if parts is None or distance_m > MAX_RANGE_M:
        raise refusal("unreadable-range", f"{shown(text)} is no range.", subject=subject)
    return distance_m, 0.5 * 10.0 ** -len(parts[2] or "") * unit_m


# --- amounts


@lru_cache(maxsize=REMEMBERED)
def count_range(text: str) -> tuple[int, int | None]:
    """How many, from at least to at most; None: no upper bound is known. 0 to 0: looked, and saw none.

    `~170` is 10 % either way, rounded outward, at least 1 (decision 0007). Nothing stated is at least 1.
    """
    small = text.casefold()
    if not small:
        return 1, None
    if small in ("no", "none", "zero"):
        return 0, 0
    parts = _COUNT.fullmatch(small)
    signs = [sign for sign in ("about", "over", "least", "under", "most") if parts and parts[sign]]
    if parts is None or len(signs) + bool(parts["hi"]) > 1:
        raise refusal("unreadable-count", f"{shown(text)} is no count.", subject="count")
    lo, hi = _bounds(signs[0] if signs else "", int(parts["lo"]), int(parts["hi"] or parts["lo"]))
    if lo > MAX_COUNT or (hi is not None and not lo <= hi <= MAX_COUNT):
        reason = "range-reversed" if parts["hi"] and hi is not None and hi < lo else "unreadable-count"
        raise refusal(reason, f"{shown(text)} is no count.", subject="count")
    return lo, hi


def _bounds(sign: str, lo: int, hi: int) -> tuple[int, int | None]:
    """Bounds of a number under its sign; where they hold nothing (`~0`, `<0`), the caller refuses."""
    if sign == "about":
        return max(1, lo * 9 // 10), -(-hi * 11 // 10)
    if sign in ("over", "least"):
        return lo + (sign == "over"), None
    if sign in ("under", "most"):
        return 0, hi - (sign == "under")
    return lo, hi


@lru_cache(maxsize=REMEMBERED)
def calibre_mm(text: str) -> tuple[int | None, int | None]:
    """Calibre in whole millimetres, rounded outward (`14.5` is 14 to 15); both None: unknown."""
    if text.casefold() in ("", "unknown"):
        return None, None
    parts = _CALIBRE.fullmatch(text.casefold())
    lo, hi = (Decimal(parts[1]), Decimal(parts[2] or parts[1])) if parts else (Decimal(0), Decimal(0))
    if lo > hi:
        raise refusal("range-reversed", f"{shown(text)}.", subject="calibre")
    if not 1 <= lo <= hi <= MAX_CALIBRE_MM:
        raise refusal("unreadable-calibre", f"{shown(text)} is no calibre.", subject="calibre")
    return math.floor(lo), math.ceil(hi)


@lru_cache(maxsize=REMEMBERED)
def share_permille(text: str, *, subject: str, rounding: str = ROUND_FLOOR) -> int | None:
    """A decimal from 0 to 1 as per-mille, rounded down so that nothing becomes surer; None: not stated.

    Args: rounding: ROUND_CEILING for what makes less sure: cloud.
    """
    if not text:
        return None
    share = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(-1)
    if not 0 <= share <= 1:
        raise refusal("not-a-share", f"{shown(text)} is not between 0 and 1.", subject=subject)
    return int((share * 1000).to_integral_value(rounding))


def permille(text: str, *, subject: str) -> int | None:
    """A whole number from 0 to 1000; None: not stated."""
    if not text:
        return None
    value = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1
    if not 0 <= value <= 1000:
        raise refusal("not-a-permille", f"{shown(text)} is not between 0 and 1000.", subject=subject)
    return value
