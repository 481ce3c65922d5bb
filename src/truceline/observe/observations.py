"""One raw row to one observation: what one source said or saw, once.

The table of fields is the reference for users: what a feed with `holds = "observations"` may map.
"""

from collections.abc import Mapping

from truceline.model.mission import Feed
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS
from truceline.observe.fields import (
    bearing_sector,
    count_range,
    parties,
    permille,
    place,
    range_m,
    share_permille,
    word,
)
from truceline.observe.mapping import ReadingContext
from truceline.observe.moments import period_us
from truceline.observe.weapons import weapon

OBSERVATION_FIELDS = {  # what a mapping may name, and what its cells may hold
    "id": "the source's own name for the row; without one, its place in the file stands for it",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "happening": "the reporters' own name for the happening",
    "begins": "`2025-03-10 19:00`, `2025-03-10` or `2025-03`; needed, unless there is a date",
    "ends": "as begins; empty: the moment `begins`, as wide as it is written",
    "date": "instead of begins and ends: a local day",
    "from_time": "hour of that day, `09:30`; empty: its first moment",
    "to_time": "hour of that day; empty: its last moment",
    "lon": "degrees, WGS 84; a GeoJSON point gives it by itself",
    "lat": "degrees, WGS 84; a GeoJSON point gives it by itself",
    "error_m": "radius that holds the place in 95 % of cases, metres; needed wherever a place is given",
    "place": "the place's name",
    "party": "whose act it may be, as reported; several as `UAF;AFC`; empty or `unknown`: unknown",
    "act": "a word of `vocabulary.ACTS`; must be mapped; empty or `unknown`: unknown",
    "means": "a word of `vocabulary.MEANS`",
    "system": "a name of the feed's catalogue or of `model/catalogue.py`; `T-64/T-72`: one of the two",
    "class": "a word of `vocabulary.WEAPON_CLASSES`, or `unknown`",
    "calibre": "millimetres: `122`, `122 mm`, `82-120`",
    "object": "what was hit, a word of `vocabulary.OBJECTS`",
    "count": "`12`, `30-35`, `~170`, `>200`, `<5`; `no` or `0`: looked, and saw none; empty: at least 1",
    "confidence": "a decimal from 0 to 1",
    "confidence_permille": "instead of confidence: a whole number from 0 to 1000",
    "inventory": "the dated count of distinct items that this row belongs to",
    "remark": "the source's own ruling or note, kept, never judged on",
    "observer_lon": "where a direction was taken from, as lon",
    "observer_lat": "as lat",
    "observer_error_m": "as error_m",
    "range_min_km": "distance from the observer; metres with their unit (`800 m`)",
    "range_max_km": "as range_min_km; the same number twice is one estimate, as wide as its last digit",
    "bearing_from": "compass point (16-point rose) or degrees from true north; alone, one bearing",
    "bearing_to": "the sector's other edge, clockwise",
}
OBSERVATION_NEEDS = (("begins", "date"), ("act",))


def observation(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """The columns of OBSERVATIONS that the row's cells state; ids and origin are the caller's.

    Args:
        cells: texts by field, stripped, in the mission's own words.
        feed: gives the zone of times without one.
        context: extent, catalogue, parties and the moment of reading.

    Raises: InputError: the first cell that cannot be what it says.
    """
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=context.now_us)
    return {
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        **placed(cells, context),
        **said(cells, context),
        **_directed(cells, context),
    }


def said(cells: Mapping[str, str], context: ReadingContext) -> dict[str, object]:
    """What was seen or said, without when and where. Raises: as `observation`."""
    count_lo, count_hi = count_range(cells.get("count", ""))
    share = share_permille(cells.get("confidence", ""), subject="confidence")
    return {
        "means": word(cells.get("means", ""), MEANS, subject="means"),
        "happening": cells.get("happening", ""),
        "place_name": cells.get("place", ""),
        "parties": parties(cells.get("party", ""), context.parties, subject="party"),
        "act": word(cells.get("act", ""), ACTS, subject="act"),
        **_armed(cells, context),
        "object_kind": word(cells.get("object", ""), OBJECTS, subject="object"),
        "count_lo": count_lo,
        "count_hi": count_hi,
        "confidence_permille": permille(cells.get("confidence_permille", ""), subject="confidence_permille")
        if share is None
        else share,
        "inventory": cells.get("inventory", ""),
    }


def placed(cells: Mapping[str, str], context: ReadingContext) -> dict[str, object]:
    """Place and covariance: the stated circle is circular, so east and north vary alike and not together."""
    texts = (cells.get(name, "") for name in ("lon", "lat", "error_m"))
    where = place(*texts, extent_deg=context.extent_deg)
    if where is None:
        return {}
    return {
        "lon_deg": where.lon_deg,
        "lat_deg": where.lat_deg,
        "cov_ee_m2": where.variance_m2,
        "cov_en_m2": 0.0,
        "cov_nn_m2": where.variance_m2,
    }


def _armed(cells: Mapping[str, str], context: ReadingContext) -> dict[str, object]:
    """Weapon, and the remark: it keeps the source's word for a system not known here where it has none of
    its own.
    """
    armed = weapon(cells, context.catalogue)
    return {
        "weapon_system": armed.system,
        "weapon_class": armed.weapon_class,
        "calibre_lo_mm": armed.calibre_lo_mm,
        "calibre_hi_mm": armed.calibre_hi_mm,
        "remark": cells.get("remark", "") or armed.unlisted,
    }


def _directed(cells: Mapping[str, str], context: ReadingContext) -> dict[str, object]:
    """Observer, range and bearing; each may be known without the others."""
    texts = (cells.get(name, "") for name in ("observer_lon", "observer_lat", "observer_error_m"))
    observer = place(*texts, extent_deg=context.extent_deg, prefix="observer_")
    range_lo_m, range_hi_m = range_m(cells.get("range_min_km", ""), cells.get("range_max_km", ""))
    sector = bearing_sector(cells.get("bearing_from", ""), cells.get("bearing_to", ""))
    return {
        "observer_lon_deg": observer.lon_deg if observer else None,
        "observer_lat_deg": observer.lat_deg if observer else None,
        "observer_error_m": observer.error_m if observer else None,
        "range_lo_m": range_lo_m,
        "range_hi_m": range_hi_m,
        "bearing_lo_deg": sector[0] if sector else None,
        "bearing_hi_deg": sector[1] if sector else None,
    }
