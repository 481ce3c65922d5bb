"""The stage: observations in, events out. First form, simple on purpose; a later one keeps the function."""

from typing import Any

import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.fuse.agreement import common_class, common_interval, common_parties, common_word, least_stated
from truceline.fuse.grouping import canonical_order, groups_of
from truceline.fuse.places import Spot, can_be_same
from truceline.model.batch import table
from truceline.model.event import EVENTS
from truceline.model.observation import OBSERVATIONS

# Names that `disagreement` may hold, in this order. Parties that disagree are all kept; words become unknown.
DISAGREEMENTS = (
    "time",
    "place",
    "parties",
    "weapon_system",
    "weapon_class",
    "calibre",
    "object_kind",
    "count",
    "inventory",
)
_PLACE = ("lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2")

Row = dict[str, Any]  # a row of OBSERVATIONS: its values are the schema's, which Python's types cannot say


def fuse(observations: pa.Table) -> pa.Table:
    """Events from observations: those that state the same happening and act are one, every other stands
    alone.

    Args:
        observations: OBSERVATIONS, each id once, in any order.

    Returns: EVENTS, sorted by (earliest_at_us, event_id), whatever the order of the input.
    Limits: an event's id is made from its earliest member, so it stays when later observations join and
        changes when an earlier one does, or when a second act comes to be stated for the same happening;
        the journal of ids is the record's. Nothing is guessed from time and place.
    """
    rows = observations.select(OBSERVATIONS.names).to_pylist()
    assert len({row["observation_id"] for row in rows}) == len(rows), "every observation has its own id"
    events = [_event(members) for members in groups_of(rows)]
    assert sum(len(event["members"]) for event in events) == len(rows), "every observation is in one event"
    assert len({event["event_id"] for event in events}) == len(events), "every event has its own id"
    events.sort(key=lambda event: canonical_order({**event, "observation_id": event["event_id"]}))
    return table(events, EVENTS)


def event_id(earliest: Row) -> str:
    """`evt-` and the first 12 hex digits of the hash of the earliest member's time and id."""
    named = {"earliest_at_us": earliest["earliest_at_us"], "observation_id": earliest["observation_id"]}
    return f"evt-{sha256_hex(canonical_bytes(named))[:12]}"


def _event(members: list[Row]) -> Row:
    """One event from its members, which come earliest first."""
    (earliest_at_us, latest_at_us), time_agrees = _interval(members, "earliest_at_us", "latest_at_us")
    (calibre_lo_mm, calibre_hi_mm), calibre_agrees = _interval(members, "calibre_lo_mm", "calibre_hi_mm")
    (count_lo, count_hi), count_agrees = _interval(members, "count_lo", "count_hi")
    parties, parties_agree = common_parties(row["parties"] for row in members)
    weapon_class, class_agrees = common_class(row["weapon_class"] for row in members)
    words = {
        name: common_word(row[name] for row in members) for name in ("weapon_system", "object_kind", "inventory", "act")
    }
    place, place_agrees = _place(members)
    agrees = {
        "time": time_agrees,
        "place": place_agrees,
        "parties": parties_agree,
        "weapon_class": class_agrees,
        "calibre": calibre_agrees,
        "count": count_agrees,
        **{name: agreed for name, (_, agreed) in words.items()},
    }
    return {
        "event_id": event_id(members[0]),
        "status": "preliminary",
        "members": sorted(row["observation_id"] for row in members),
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        **place,
        "parties": parties,
        **{name: word for name, (word, _) in words.items()},
        "weapon_class": weapon_class,
        "calibre_lo_mm": calibre_lo_mm,
        "calibre_hi_mm": calibre_hi_mm,
        "count_lo": count_lo,
        "count_hi": count_hi,
        "confidence_permille": least_stated(row["confidence_permille"] for row in members),
        "disagreement": " ".join(name for name in DISAGREEMENTS if not agrees[name]),
    }


def _interval(members: list[Row], low: str, high: str) -> tuple[tuple[int | None, int | None], bool]:
    return common_interval([(row[low], row[high]) for row in members])


def _place(members: list[Row]) -> tuple[Row, bool]:
    """The place of the member who knows it best, with its name; and whether the others' can be the same.

    Names alone never disagree: a village and its district are both right.
    """
    placed = [row for row in members if row["lon_deg"] is not None]
    if not placed:
        return {
            **dict.fromkeys(_PLACE),
            "place_name": common_word(row["place_name"] for row in members)[0],
        }, True
    best = min(placed, key=lambda row: (_spot(row).trace_m2, canonical_order(row)))
    agrees = all(can_be_same(_spot(best), _spot(row)) for row in placed)
    name = best["place_name"] or common_word(row["place_name"] for row in members)[0]
    return {**{column: best[column] for column in _PLACE}, "place_name": name}, agrees


def _spot(row: Row) -> Spot:
    return Spot(**{column: row[column] for column in _PLACE})
