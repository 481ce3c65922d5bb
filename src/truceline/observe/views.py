"""Raw rows to views: which sensor, patrol or satellite could see which ground, and when. The unit of effort.

What a row leaves out counts as unknown, never as good; what cannot be true is set aside, with the numbers. Cloud is
rounded up, health down.
"""

import math
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.errors import InputError
from truceline.base.frames import EARTH_M, apart_m
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.mission import Feed
from truceline.model.view import SPECTRA
from truceline.model.vocabulary import MEANS
from truceline.observe.fields import (
    MAX_RANGE_M,
    bearing,
    check_point,
    number,
    point,
    required,
    share_permille,
    span_m,
    word,
)
from truceline.observe.mapping import ReadingContext
from truceline.observe.moments import moment_us, period_us
from truceline.observe.reasons import refusal, shown

Numbers = npt.NDArray[np.float64]
Corner = tuple[float, float]  # longitude, latitude
Corners = list[Corner]
Side = tuple[Corner, Corner]

VIEW_FIELDS = {
    "id": "the sensor's own name for the view",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "sensor": "which drone, camera, post, patrol or satellite; views of one sensor are one look; needed",
    "means": "a word of `vocabulary.MEANS`; needed",
    "spectrum": "`visible`, `thermal`, `radar` or `sound`; empty: by its means, else visible",
    "begins": "first moment at which it saw; needed",
    "ends": "last moment at which it saw: of its last picture; empty only where begins is a whole day or month",
    "lost": "when it was known to be lost; empty: it was not",
    "lon": "where the sensor was, degrees, WGS 84; a GeoJSON point gives it by itself",
    "lat": "degrees, WGS 84",
    "ring": "the ground that it saw: `POLYGON ((lon lat, …))` or `lon lat, lon lat, …`; a GeoJSON polygon gives it",
    "range_m": "how far it can see or hear from its place, metres; with a place, instead of a ring",
    "azimuth": "middle of its sector, degrees from true north or a compass point; empty: all around",
    "width": "of its sector, degrees; stated with azimuth",
    "above_ground_m": "height of its eye above the ground that it looks at, metres",
    "resolution": "of ground in one pixel, in the middle of what it sees: `20 cm`, `0.5 m`, `300 mm`",
    "visibility_m": "meteorological, metres",
    "cloud": "share of the ground that cloud hid, a decimal from 0 to 1",
    "health": "share of the time that it worked, a decimal from 0 to 1; empty: all of it",
    "disturbed": "why its place is not sure: satellite navigation jammed, say; `no` or empty: it is",
    "announced": "whether it was announced to a party: yes, no; empty: not stated",
}
VIEW_NEEDS = (("sensor",), ("means",), ("begins",))

HEARING = ("acoustic", "heard")  # what has no horizon
KM_PER_ROOT_M = 3.57  # distance of the horizon in km over the root of the eye's height in m: sqrt(2 x 6371 km x 1 m)
HIGHEST_M = 20_000.0  # no drone of a mission flies higher: the horizon of an eye whose height is not stated
ORBIT_M = 42_000_000.0
SWATH_M = 2_500_000.0  # from its middle to its corners: half the diagonal of 3,060 km across and six minutes along
MOST_CORNERS = 200
GLOBE_DEG = (-180.0, -90.0, 180.0, 90.0)
MAX_PIXEL_MM = 10_000_000
TOP_SPEED_MPS = 150.0  # no drone, vehicle or aircraft of a mission is faster
BETWEEN_S = 120  # two moments, each written to the minute, may be so much farther apart than they look

_WKT = re.compile(r"(?:SRID=4326;\s*)?POLYGON\s*\(\s*\(([^()]*)\)\s*\)", re.IGNORECASE)
_PIXEL = re.compile(r"([0-9]{1,8}(?:\.[0-9]{1,6})?)\s*(mm|cm|m)")
_MM = {"mm": 1, "cm": 10, "m": 1_000}


def view(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """What could have been seen: the columns of VIEWS that the cells state.

    Raises: InputError. Limits: the horizon is that of a smooth globe, without refraction: who looks from a hill states
        the height above the ground below it.
    """
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=context.now_us, open_end="refused")
    means = required(word(cells.get("means", ""), MEANS, subject="means"), subject="means")
    spectrum = word(cells.get("spectrum", ""), SPECTRA, subject="spectrum")
    disturbed = cells.get("disturbed", "")
    return {
        "sensor": required(cells.get("sensor", ""), subject="sensor"),
        "means": means,
        "spectrum": spectrum or ("sound" if means in HEARING else "radar" if means == "radar" else ""),
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        "lost_at_us": _lost_at_us(cells, feed=feed, context=context, latest_at_us=latest_at_us),
        **_ground(cells, means=means, context=context),
        "resolution_mm": resolution_mm(cells.get("resolution", "")),
        "visibility_m": span_m(cells.get("visibility_m", ""), subject="visibility_m"),
        "cloud_permille": share_permille(cells.get("cloud", ""), subject="cloud", rounding=ROUND_CEILING),
        "health_permille": share_permille(cells.get("health", ""), subject="health"),
        "disturbed": "" if disturbed.casefold() == "no" else disturbed,
        "announced": word(cells.get("announced", ""), ("yes", "no"), subject="announced"),
    }


def _lost_at_us(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext, latest_at_us: int) -> int | None:
    """The last moment that `lost` can mean: by then it was known."""
    text = cells.get("lost", "")
    if not text:
        return None
    lost_at_us = moment_us(text, zone=feed.zone, now_us=context.now_us, subject="lost")[1]
    if lost_at_us < latest_at_us:
        problem = f"lost at {shown(text)}, and it saw until {stamp(latest_at_us)}."
        raise refusal("lost-before-its-end", problem, subject="lost")
    return lost_at_us


def resolution_mm(text: str) -> int | None:
    """Ground in one pixel, whole millimetres, rounded up; None: not stated."""
    if not text:
        return None
    parts = _PIXEL.fullmatch(text)
    pixel = Decimal(parts[1]) * _MM[parts[2]] if parts else Decimal(0)
    if not 0 < pixel <= MAX_PIXEL_MM:
        raise refusal("unreadable-resolution", f"{shown(text)} is no resolution.", subject="resolution")
    return int(pixel.to_integral_value(ROUND_CEILING))


# --- the ground


def _ground(cells: Mapping[str, str], *, means: str, context: ReadingContext) -> dict[str, object]:
    """Where the sensor was and which ground it saw: a ring, or a disc or sector around its place."""
    where = point(cells.get("lon", ""), cells.get("lat", ""), extent_deg=context.extent_deg)
    highest_m = ORBIT_M if means == "satellite" else HIGHEST_M
    above_ground_m = _above_ground_m(cells.get("above_ground_m", ""), highest_m)
    range_m = span_m(cells.get("range_m", ""), subject="range_m", most_m=MAX_RANGE_M)
    text = cells.get("ring", "")
    if not text and means == "satellite":
        raise refusal("no-ground", "a satellite's pass without a ring.", subject="ring")
    if not text and (where is None or range_m is None):
        raise refusal("no-ground", "no ring, and no place with a range.", subject="ring")
    corners_deg = ring_deg(text) if text else []
    if text and means == "satellite":
        _check_swath(corners_deg)
    elif text:
        middle_deg = where or _middle_deg(corners_deg)
        check_point(*_middle_deg(corners_deg), extent_deg=context.extent_deg)
        _check_horizon(_farthest_m(corners_deg, middle_deg), above_ground_m, means=means, subject="ring")
    if range_m is not None and means != "satellite":
        _check_horizon(range_m, above_ground_m, means=means, subject="range_m")
    return {
        "ring_deg": [each for corner in corners_deg for each in corner],
        "lon_deg": where[0] if where else None,
        "lat_deg": where[1] if where else None,
        "above_ground_m": above_ground_m,
        "range_m": range_m,
        **_sector(cells),
    }


def _above_ground_m(text: str, highest_m: float) -> float | None:
    if not text:
        return None
    above_ground_m = number(text, subject="above_ground_m")
    if not 0 <= above_ground_m <= highest_m:
        problem = f"{shown(text)} m is not between 0 and {highest_m:,.0f} m."
        raise refusal("out-of-its-range", problem, subject="above_ground_m")
    return above_ground_m


def _sector(cells: Mapping[str, str]) -> dict[str, object]:
    azimuth, width = cells.get("azimuth", ""), cells.get("width", "")
    if bool(azimuth) != bool(width):
        raise refusal("half-a-sector", f"azimuth is {shown(azimuth)}, width is {shown(width)}.", subject="azimuth")
    if not azimuth:
        return {"azimuth_deg": None, "width_deg": None}
    width_deg = number(width, subject="width")
    if not 0 < width_deg <= 360:
        raise refusal("out-of-its-range", f"{shown(width)} is not above 0 and up to 360 degrees.", subject="width")
    return {"azimuth_deg": bearing(azimuth, subject="azimuth")[0] % 360, "width_deg": width_deg}


def ring_deg(text: str) -> Corners:
    """The corners of a ring, longitude and latitude in degrees, each once; it may cross the antimeridian.

    Raises: InputError: fewer than three corners, no numbers, off the globe, or a ring that crosses itself.
    """
    wkt = _WKT.fullmatch(text)
    corners = [tuple(corner.split()) for corner in (wkt[1] if wkt else text).split(",")]
    bare = wkt or not any(sign in text for sign in "();")
    if not bare or any(len(corner) not in (2, 3) for corner in corners) or len(corners) > MOST_CORNERS + 1:
        raise refusal("unreadable-ring", f"{shown(text)} is no ring.", subject="ring")
    given = [(number(lon, subject="ring"), number(lat, subject="ring")) for lon, lat, *_ in corners]
    kept = [corner for at, corner in enumerate(given) if corner != given[at - len(given) + 1]]
    if len(set(kept)) < 3:
        raise refusal("unreadable-ring", f"{len(set(kept))} corners in {shown(text)}.", subject="ring")
    for lon_deg, lat_deg in kept:
        check_point(lon_deg, lat_deg, extent_deg=GLOBE_DEG)
    _check_simple(kept)
    return kept


def _check_simple(corners_deg: Corners) -> None:
    """Refuse a ring of which two sides meet elsewhere than in a shared corner, or one goes back along the other.

    Plain numbers: most rings have four corners, and there may be a hundred thousand of them.
    """
    start = [(corners_deg[0][0] + _turned_deg(lon - corners_deg[0][0]), lat) for lon, lat in corners_deg]
    sides = list(zip(start, [*start[1:], start[0]], strict=True))
    for at, side in enumerate(sides):
        if _goes_back(side, sides[(at + 1) % len(sides)]):
            raise refusal("ring-crosses-itself", f"it goes back along its side {at + 1}.", subject="ring")
        for other in range(at + 2, len(sides) - (at == 0)):
            if _cross(side, sides[other]):
                raise refusal("ring-crosses-itself", f"its sides {at + 1} and {other + 1} cross.", subject="ring")


def _turned_deg(apart_deg: float) -> float:
    """A difference of longitudes, the short way round."""
    return (apart_deg + 180.0) % 360.0 - 180.0


def _left(side: Side, point_deg: Corner) -> float:
    """Above 0: left of the side; 0: on its line."""
    (x, y), (end_x, end_y) = side
    return (end_x - x) * (point_deg[1] - y) - (end_y - y) * (point_deg[0] - x)


def _goes_back(side: Side, following: Side) -> bool:
    (x, y), (corner_x, corner_y) = side
    end_x, end_y = following[1]
    ahead = (corner_x - x) * (end_x - corner_x) + (corner_y - y) * (end_y - corner_y)
    return ahead < 0 and _left(side, following[1]) == 0


def _cross(one: Side, other: Side) -> bool:
    """Whether two sides have a point in common: the ends of each lie on both sides of the other, or on it."""
    near, far, back, front = _left(one, other[0]), _left(one, other[1]), _left(other, one[0]), _left(other, one[1])
    if near * far > 0 or back * front > 0:
        return False
    if near == 0 and far == 0:
        spans = [[sorted(end[axis] for end in side) for side in (one, other)] for axis in (0, 1)]
        return all(max(first[0], second[0]) <= min(first[1], second[1]) for first, second in spans)
    return True


def _check_swath(corners_deg: Corners) -> None:
    farthest_m = _farthest_m(corners_deg, _middle_deg(corners_deg))
    if farthest_m > SWATH_M:
        problem = f"a corner {farthest_m / 1000:,.0f} km from its middle, at most {SWATH_M / 1000:,.0f} km."
        raise refusal("ring-too-large", problem, subject="ring")


def _check_horizon(farthest_m: float, above_ground_m: float | None, *, means: str, subject: str) -> None:
    """Refuse ground beyond what can be seen from so high above it; sound has no horizon."""
    if means in HEARING:
        return
    height_m = HIGHEST_M if above_ground_m is None else above_ground_m
    horizon_m = KM_PER_ROOT_M * 1000 * math.sqrt(height_m)
    if farthest_m > horizon_m:
        stated = "" if above_ground_m is not None else ", the most for a height that is not stated"
        problem = (
            f"it reaches {farthest_m / 1000:,.1f} km, and the horizon from {height_m:,.0f} m above the ground is "
            f"{horizon_m / 1000:,.1f} km away{stated}."
        )
        raise refusal("over-the-horizon", problem, subject=subject)


def _middle_deg(corners_deg: Corners) -> Corner:
    """Middle of the box around a ring."""
    first_deg = corners_deg[0][0]
    turned = [_turned_deg(lon_deg - first_deg) for lon_deg, _ in corners_deg]
    lats = [lat_deg for _, lat_deg in corners_deg]
    return _turned_deg(first_deg + (min(turned) + max(turned)) / 2), (min(lats) + max(lats)) / 2


def _farthest_m(corners_deg: Corners, place_deg: Corner) -> float:
    """Great-circle distance of the farthest corner from a place, metres."""
    lon, lat = (math.radians(each) for each in place_deg)
    most = 0.0
    for corner_lon_deg, corner_lat_deg in corners_deg:
        corner_lat = math.radians(corner_lat_deg)
        half = math.sin((corner_lat - lat) / 2) ** 2
        half += math.cos(lat) * math.cos(corner_lat) * math.sin((math.radians(corner_lon_deg) - lon) / 2) ** 2
        most = max(most, half)
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, most)))


# --- two views of one sensor


def in_two_places(views: pa.Table) -> dict[int, InputError]:
    """Rows of views that cannot be true together, each with why: one sensor at two places between which it cannot move.

    Both are named: nobody can say which of them is meant.

    Limits: only views that state the sensor's place are compared; of satellites none. A sensor that is somewhat too
        fast over many views is not seen.
    """
    lon_deg, lat_deg = (views[name].to_numpy(zero_copy_only=False) for name in ("lon_deg", "lat_deg"))
    placed = ~(np.isnan(lon_deg.astype(np.float64)) | np.isnan(lat_deg.astype(np.float64)))
    grounded = np.array([each != "satellite" for each in views["means"].to_pylist()], bool)
    rows = np.flatnonzero(placed & grounded) if views.num_rows else np.zeros(0, np.int64)
    sensors: dict[tuple[str, str], list[int]] = {}
    names = zip(views["source_id"].to_pylist(), views["sensor"].to_pylist(), strict=True)
    named = list(names)
    for row in rows.tolist():
        sensors.setdefault(named[row], []).append(row)
    begins_us, ends_us = (views[name].to_numpy() for name in ("earliest_at_us", "latest_at_us"))
    places_deg = np.column_stack([lon_deg, lat_deg]).astype(np.float64)
    found: dict[int, InputError] = {}
    for own in sensors.values():
        order = np.array(own)[np.lexsort((ends_us[own], begins_us[own]))]
        for one, other in _candidates(order, ends_us):
            free_s = np.maximum(begins_us[other] - ends_us[one], 0) / US_PER_S + BETWEEN_S
            away_m = apart_m(places_deg[one], places_deg[other])
            for at in np.flatnonzero(away_m > TOP_SPEED_MPS * free_s).tolist():
                for row, against in ((one[at], other[at]), (other[at], one[at])):
                    found.setdefault(int(row), _elsewhere(views, int(row), int(against), float(away_m[at])))
    return found


def _candidates(
    order: npt.NDArray[np.int64], ends_us: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Pairs of rows of one sensor in the order of their beginnings: each with the one before, and with the one that
    lasts longest of those before.
    """
    if len(order) < 2:
        return
    yield order[:-1], order[1:]
    ends = ends_us[order]
    longest = np.maximum.accumulate(ends)
    holder = np.maximum.accumulate(np.where(ends == longest, np.arange(len(order)), 0))
    yield order[holder[:-1]], order[1:]


def _elsewhere(views: pa.Table, row: int, against: int, away_m: float) -> InputError:
    other = {name: views[name][against].as_py() for name in ("raw_at", "earliest_at_us", "latest_at_us")}
    sensor = views["sensor"][row].as_py()
    problem = (
        f"{shown(sensor)} was {away_m / 1000:,.1f} km away from here between {stamp(other['earliest_at_us'])} and "
        f"{stamp(other['latest_at_us'])} ({other['raw_at']}), and cannot have moved so fast."
    )
    return refusal("two-places-at-once", problem, subject="lon")
