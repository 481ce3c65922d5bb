"""The stage: observations and people's decisions in, events out. A later form keeps the function."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from truceline.fuse.agreement import common_class, common_interval, common_parties, common_word, least_stated
from truceline.fuse.decisions import corrected, decided_by, given_by
from truceline.fuse.grouping import Group, groups_of
from truceline.fuse.ids import Row, canonical_order, held_ids, names_of
from truceline.fuse.places import PLACE_COLUMNS, can_be_same, spots_of
from truceline.model.batch import table
from truceline.model.event import EVENTS
from truceline.model.observation import ATTRIBUTES
from truceline.model.review import Review

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
_READ = ("observation_id", "source_id", "happening", *(name for name, _ in ATTRIBUTES))
_ANYWHERE = float("inf")
Journal = Mapping[str, Sequence[str]]  # event id -> members when it was given, in the order in which ids were given


def fuse(
    observations: pa.Table,
    *,
    reviews: Sequence[Review] = (),
    journal: Journal | None = None,
    associate: Literal["stated", "near"] = "stated",
) -> pa.Table:
    """Events from observations and from what people decided about them.

    Observations that state the same happening and act are one event; where `associate` is `near`, also those that
    time, place and kind make one. Every other stands alone. What people decided comes before both.

    Args:
        observations: OBSERVATIONS, each id once, in any order.
        reviews: people's decisions, in the order of the record.
        journal: ids that were given; without it an id stays only if somebody decided about its event.

    Returns: EVENTS, sorted by (earliest_at_us, event_id), whatever the order of the input.
    Limits: an event that no journal and no decision names has its id from its earliest member: it stays when later
        observations join and changes when an earlier one does.
    """
    rows = sorted(observations.select(_READ).to_pylist(), key=canonical_order)
    by_id = {row["observation_id"]: row for row in rows}
    assert len(by_id) == len(rows), "every observation has its own id"
    groups = groups_of(rows, decided_by(reviews, by_id), near=associate == "near")
    held = held_ids([*(journal or {}).items(), *given_by(reviews)], by_id)
    named = {group: names_of([rows[number] for number in group.rows], held) for group in groups}
    torn = _torn(groups, rows)
    events = []
    for group in groups:
        event_id, aliases = named[group]
        could_be = sorted(named[other][0] for other in group.could_be)
        event = _event(group, rows, torn=group in torn) | {
            "event_id": event_id,
            "aliases": aliases,
            "could_be": could_be,
        }
        events.append(corrected(event, group.decided.values) if group.decided else event)
    assert sum(len(event["members"]) for event in events) == len(rows), "every observation is in one event"
    assert len({event["event_id"] for event in events}) == len(events), "every event has its own id"
    events.sort(key=lambda event: canonical_order({**event, "observation_id": event["event_id"]}))
    return table(events, EVENTS)


def standing(events: pa.Table) -> pa.Table:
    """The events that nobody rejected: what is judged and counted."""
    return events.filter(pc.not_equal(events["status"], "rejected"))


def _event(group: Group, rows: Sequence[Row], *, torn: bool) -> Row:
    """What an event says: what its members can agree on, and where they cannot all be right.

    Once a person decided about it, it says what the members that the person saw agree on; those that join later
    support it, and where they disagree it says so.
    """
    members = [rows[number] for number in group.rows]
    decided = group.decided
    seen = [row for row in members if row["observation_id"] in decided.members] if decided else members
    event, agrees = _said(seen)
    if len(seen) < len(members):
        agrees = _said(members)[1]
    agrees["place"] = not torn
    return event | {
        "status": decided.status if decided else "preliminary",
        "origin": decided.origin if decided else "automatic",
        "members": sorted(row["observation_id"] for row in members),
        "disagreement": " ".join(name for name in DISAGREEMENTS if not agrees[name]),
        "corrected": [],
    }


def _said(members: list[Row]) -> tuple[Row, dict[str, bool]]:
    """The attributes on which members agree, and on which they do; members come earliest first."""
    (earliest_at_us, latest_at_us), time_agrees = _interval(members, "earliest_at_us", "latest_at_us")
    (calibre_lo_mm, calibre_hi_mm), calibre_agrees = _interval(members, "calibre_lo_mm", "calibre_hi_mm")
    (count_lo, count_hi), count_agrees = _interval(members, "count_lo", "count_hi")
    parties, parties_agree = common_parties(row["parties"] for row in members)
    weapon_class, class_agrees = common_class(row["weapon_class"] for row in members)
    words = {
        name: common_word(row[name] for row in members) for name in ("weapon_system", "object_kind", "inventory", "act")
    }
    agrees = {
        "time": time_agrees,
        "parties": parties_agree,
        "weapon_class": class_agrees,
        "calibre": calibre_agrees,
        "count": count_agrees,
        **{name: agreed for name, (_, agreed) in words.items()},
    }
    return {
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        **_place(members),
        "parties": parties,
        **{name: word for name, (word, _) in words.items()},
        "weapon_class": weapon_class,
        "calibre_lo_mm": calibre_lo_mm,
        "calibre_hi_mm": calibre_hi_mm,
        "count_lo": count_lo,
        "count_hi": count_hi,
        "confidence_permille": least_stated(row["confidence_permille"] for row in members),
    }, agrees


def _interval(members: list[Row], low: str, high: str) -> tuple[tuple[int | None, int | None], bool]:
    return common_interval([(row[low], row[high]) for row in members])


def _place(members: list[Row]) -> Row:
    """The place of the member who knows it best, with its name."""
    best = _best(members)
    name = best["place_name"] or common_word(row["place_name"] for row in members)[0]
    return {**{column: best[column] for column in PLACE_COLUMNS}, "place_name": name}


def _best(members: Iterable[Row]) -> Row:
    """The member who knows the place best, the earliest of several; the earliest of all where nobody knows it."""
    return min(members, key=lambda row: _ANYWHERE if row["lon_deg"] is None else row["cov_ee_m2"] + row["cov_nn_m2"])


def _torn(groups: Iterable[Group], rows: Sequence[Row]) -> set[Group]:
    """Groups in which a place cannot be the same as the one known best.

    Names alone never disagree: a village and its district are both right.
    """
    compared: list[tuple[Group, Row, Row]] = []
    for group in groups:
        placed = [rows[number] for number in group.rows if rows[number]["lon_deg"] is not None]
        if len(placed) > 1:
            best = _best(placed)
            compared += [(group, best, row) for row in placed if row is not best]
    same = can_be_same(spots_of([best for _, best, _ in compared]), spots_of([row for _, _, row in compared]))
    return {group for (group, _, _), can_be in zip(compared, same.tolist(), strict=True) if not can_be}
