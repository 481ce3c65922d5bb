"""People's decisions about events: checked before they are recorded, and folded into what automation must keep to.

A decision pins the observations that the person saw together (`Review.seen`): automation never parts them, and never
joins what people decided about to something else that people decided about. A later decision outranks an earlier
one. Decision 0021.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import pyarrow as pa

from truceline.base.errors import OutOfRangeError, ReviewError, UnknownNameError, UnreadableError
from truceline.base.units import SIGMA_95_CIRCLE
from truceline.fuse.ids import Row, anchor_of
from truceline.model.review import ACTS_OF_REVIEW, STATUSES, Review, Seen
from truceline.model.vocabulary import ACTS, OBJECTS, WEAPON_CLASSES

MAX_ERROR_M = 1_000_000.0
MAX_CALIBRE_MM = 2_000
MAX_COUNT = 1_000_000_000
MAX_TEXT = 200
_FIRST_US = -2_208_988_800_000_000  # 1900: no agreement is older
_LAST_US = 4_102_444_800_000_000  # 2100
# Columns that are corrected together, or not at all: what a person says of a place or a time carries its own error.
_TOGETHER = (
    ("earliest_at_us", "latest_at_us"),
    ("lon_deg", "lat_deg", "error_m"),
    ("calibre_lo_mm", "calibre_hi_mm"),
    ("count_lo", "count_hi"),
)
_WHOLE = {
    "earliest_at_us": (_FIRST_US, _LAST_US),
    "latest_at_us": (_FIRST_US, _LAST_US),
    "calibre_lo_mm": (1, MAX_CALIBRE_MM),
    "calibre_hi_mm": (1, MAX_CALIBRE_MM),
    "count_lo": (0, MAX_COUNT),
    "count_hi": (0, MAX_COUNT),
}
_DECIMAL = {"lon_deg": (-180.0, 180.0), "lat_deg": (-90.0, 90.0), "error_m": (0.001, MAX_ERROR_M)}
_WORDS = {"act": ACTS, "weapon_class": WEAPON_CLASSES, "object_kind": OBJECTS}
_TEXTS = ("place_name", "weapon_system")
CORRECTABLE = (*_WHOLE, *_DECIMAL, *_WORDS, *_TEXTS, "parties")
_NEVER_UNKNOWN = ("earliest_at_us", "latest_at_us", "count_lo")
_NEEDS = {"split": "members", "merge": "others", "add": "members", "correct": "values"}
_ONLY_AFTER = {"review": "confirmed", "finalise": "reviewed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided about some observations that are one event."""

    members: frozenset[str]
    status: str = "preliminary"
    origin: str = "automatic"
    values: dict[str, tuple[int, str]] = field(default_factory=dict)  # column -> which decision said it, and what


@dataclass(frozen=True, slots=True, kw_only=True)
class Unapplied:
    """A decision that speaks of observations which are no longer there: read again, with a row corrected."""

    number: int  # of the review, as given
    missing: tuple[str, ...]  # observation ids
    whole: bool  # nothing of it could be applied; else it holds for what is left


# --- what automation must keep to -------------------------------------------------------------------------


def decided_by(reviews: Sequence[Review], rows: Mapping[str, Row]) -> list[Decided]:
    """What people decided, after all decisions in their order; no observation twice.

    Args:
        reviews: in the order of the record; those of a double review decide nothing.
        rows: the observations there are, by id.
    """
    held: dict[int, Decided] = {}
    holder: dict[str, int] = {}
    places = count()
    for number, review in enumerate(reviews):
        parts = [] if review.blind else _parts(review, rows.keys())
        touched = frozenset[str]().union(*parts)
        before = sorted({holder[member] for member in touched if member in holder})
        made = _made(review, number, parts, [held[place] for place in before])
        for place in before:
            left = held.pop(place)
            if left.members - touched:
                held[place] = replace(left, members=left.members - touched)
        for decided, place in zip(_with_ids_kept(review, made, rows), places, strict=False):
            held[place] = decided
            holder |= dict.fromkeys(decided.members, place)
    return list(held.values())


def unapplied(reviews: Sequence[Review], observation_ids: Iterable[str]) -> tuple[Unapplied, ...]:
    """Decisions that cannot be applied, or not in full, because observations they speak of are no longer there."""
    there = frozenset(observation_ids)
    found = []
    for number, review in enumerate(reviews):
        missing = tuple(sorted(_spoken(review) - there))
        whole = len(_parts(review, there)) < (2 if review.act == "split" else 1)
        if missing or whole:
            found.append(Unapplied(number=number, missing=missing, whole=whole))
    return tuple(found)


def _spoken(review: Review) -> frozenset[str]:
    """Every observation that a decision speaks of."""
    if review.act == "add":
        return frozenset(review.members)
    return frozenset(member for _, members in review.seen for member in members)


def _parts(review: Review, there: Collection[str]) -> list[frozenset[str]]:
    """What a decision says to be one event each, as far as it is there."""
    spoken, apart = _spoken(review), frozenset(review.members)
    parts = [spoken - apart, spoken & apart] if review.act == "split" else [spoken]
    return [kept for part in parts if (kept := frozenset(member for member in part if member in there))]


def _made(review: Review, number: int, parts: list[frozenset[str]], before: Sequence[Decided]) -> list[Decided]:
    """What a decision makes of what was decided before about the observations it speaks of."""
    values = {} if review.act == "add" else _latest(before)
    if review.act == "correct":
        values |= {column: (number, text) for column, text in review.values}
    origin = {"split": "person", "merge": "person", "add": "missed"}.get(review.act, _origin(before))
    status = _status(review.act, before)
    return [Decided(members=part, status=status, origin=origin, values=values) for part in parts]


def _status(act: str, before: Sequence[Decided]) -> str:
    """The ladder: whatever a person changes is confirmed, and to be looked at again; agreeing never lowers."""
    if act == "reject":
        return "rejected"
    reached = {"confirm": "confirmed", "review": "reviewed", "finalise": "final"}.get(act)
    if reached is None:
        return "confirmed"
    return max([reached, *(each.status for each in before)], key=STATUSES.index)


def _origin(before: Sequence[Decided]) -> str:
    return next((each.origin for each in before if each.origin != "automatic"), "automatic")


def _latest(before: Sequence[Decided]) -> dict[str, tuple[int, str]]:
    """The corrections of all; where two speak of one column, the later."""
    said = sorted((number, column, text) for each in before for column, (number, text) in each.values.items())
    return {column: (number, text) for number, column, text in said}


def _with_ids_kept(review: Review, made: list[Decided], rows: Mapping[str, Row]) -> list[Decided]:
    """After a split, earlier corrections stay with the part that keeps the id; the other begins without."""
    if review.act != "split":
        return made
    anchor = anchor_of(review.event_id, (rows[member] for each in made for member in each.members))
    return [
        each if anchor is not None and anchor["observation_id"] in each.members else replace(each, values={})
        for each in made
    ]


def given_by(reviews: Iterable[Review]) -> list[tuple[str, tuple[str, ...]]]:
    """Event ids that people saw, with the members at that moment: an id that somebody decided about stays."""
    return [each for review in reviews if not review.blind for each in review.seen]


# --- corrections ------------------------------------------------------------------------------------------


def corrected(event: Row, values: Mapping[str, tuple[int, str]]) -> Row:
    """An event as a person says it is; `corrected` keeps what automation says of the same columns.

    Limits: a place that a person gives has a circular error.
    """
    said = {column: text for column, (_, text) in values.items()}
    changed = {column: value for column, text in said.items() for column, value in _columns(column, text).items()}
    kept = [f"{column}={_text(event[column])}" for column in event if column in changed]
    return {**event, **changed, "corrected": kept}


def _columns(column: str, text: str) -> Row:
    """EVENTS columns that one corrected value gives."""
    if column == "error_m":
        cov_m2 = (float(text) / SIGMA_95_CIRCLE) ** 2 if text else None
        return {"cov_ee_m2": cov_m2, "cov_en_m2": 0.0 if text else None, "cov_nn_m2": cov_m2}
    if column == "parties":
        return {column: _parties(text)}
    if column in _WHOLE:
        return {column: int(text) if text else None}
    if column in _DECIMAL:
        return {column: float(text) if text else None}
    return {column: text}


def _parties(text: str) -> list[str]:
    return sorted({party.strip() for party in text.split(";")} - {""})


def _text(value: object) -> str:
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else str(value)


# --- before a decision is recorded ------------------------------------------------------------------------


def check_review(
    review: Review,
    events: pa.Table,
    *,
    parties: Collection[str] | None = None,
    compartments: Mapping[str, str] | None = None,
) -> Review:
    """The decision as it is to be recorded: with what the person saw. Refuses what cannot be meant.

    Args:
        events: EVENTS as they stand. A review that comes with `seen` is refused where these have changed since.
        parties: that a correction may name; None: any.
        compartments: party by observation id, of those that came in confidence: they stay apart from all others.

    Raises: UnknownNameError, OutOfRangeError, UnreadableError, ReviewError: each names the decision's part.
    """
    if review.act not in ACTS_OF_REVIEW:
        raise UnknownNameError(f"{review.act!r} is no decision.", subject="act", remedy=_one_of(ACTS_OF_REVIEW))
    _check_parts(review)
    named = ([] if review.act == "add" else [review.event_id]) + list(review.others)
    rows = {row["event_id"]: row for row in events.select(["event_id", "status", "members", "aliases"]).to_pylist()}
    for name in named:
        if name not in rows:
            raise _no_event(name, rows)
    seen: Seen = tuple((name, tuple(rows[name]["members"])) for name in named)
    if review.seen and review.seen != seen:
        raise ReviewError(
            "its members are no longer those that were shown.", subject=review.event_id, remedy="Look at it again."
        )
    _check_members(review, rows)
    lowest = _ONLY_AFTER.get(review.act, "rejected")
    if named and STATUSES.index(rows[named[0]]["status"]) < STATUSES.index(lowest):
        problem = f"{review.event_id} is {rows[named[0]]['status']}, and not yet {lowest}."
        raise ReviewError(problem, subject="act", remedy=f"An event is {lowest} before that.")
    if review.act == "correct":
        _check_values(dict(review.values), parties)
    checked = replace(review, seen=seen)
    owners = {(compartments or {}).get(member, "") for member in _spoken(checked)}
    if len(owners) > 1:
        problem = f"its observations belong to {len(owners)} compartments."
        raise ReviewError(problem, subject="members", remedy="Keep apart what a party sent in confidence.")
    return checked


def _check_parts(review: Review) -> None:
    """Whether it says what its act needs, once, and nothing else."""
    for name in ("members", "others", "values"):
        given, needed = getattr(review, name), _NEEDS.get(review.act) == name
        if bool(given) != needed:
            remedy = f"{review.act} needs them: name one." if needed else f"{review.act} has none: leave them out."
            raise ReviewError(f"{len(given)} are given.", subject=name, remedy=remedy)
        keys = [each[0] for each in given] if name == "values" else given
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ReviewError(f"{twice[0]} is named twice.", subject=name, remedy="Name each once.")
    if review.event_id in review.others:
        raise ReviewError(f"{review.event_id} is the event itself.", subject="others", remedy="Name other events.")


def _check_members(review: Review, rows: Mapping[str, Row]) -> None:
    """Whether the members named are members, and a split leaves some on both sides."""
    held = rows.values() if review.act == "add" else [rows[review.event_id]]
    known = {member for row in held for member in row["members"]}
    unknown = sorted(set(review.members) - known)
    if unknown:
        whose = "of any event" if review.act == "add" else f"of {review.event_id}"
        remedy = "Name observations that are in the mission." if review.act == "add" else "Name some of its members."
        raise UnknownNameError(f"{unknown[0]} is no member {whose}.", subject="members", remedy=remedy)
    if review.act == "split" and len(review.members) == len(known):
        problem = f"{len(known)} of {len(known)} members are named, which leaves none."
        raise ReviewError(problem, subject="members", remedy="Name those of one of the two events.")


def _no_event(name: str, rows: Mapping[str, Row]) -> UnknownNameError:
    holding = next((event_id for event_id, row in rows.items() if name in (row["aliases"] or ())), "")
    if holding:
        return UnknownNameError(f"it is now part of {holding}.", subject=name, remedy=f"Decide about {holding}.")
    return UnknownNameError("there is no such event.", subject=name, remedy="Look at the list of events again.")


def _check_values(values: Mapping[str, str], parties: Collection[str] | None) -> None:
    for column in values:
        if column not in CORRECTABLE:
            raise UnknownNameError("it cannot be corrected.", subject=column, remedy=_one_of(CORRECTABLE))
    for together in _TOGETHER:
        given = [column for column in together if column in values]
        if given and len(given) < len(together):
            problem = f"{' and '.join(given)} without {' and '.join(sorted(set(together) - set(given)))}."
            raise ReviewError(problem, subject="values", remedy="Say both ends, and a place with its error.")
    for column, text in values.items():
        _check_value(column, text, parties)
    for low, high in (each for each in _TOGETHER if len(each) == 2):
        if values.get(low) and values.get(high) and int(values[low]) > int(values[high]):
            problem = f"{values[low]} to {values[high]}."
            raise OutOfRangeError(problem, subject=f"{low}, {high}", remedy="Say the smaller first.")
    placed = {bool(values[column]) for column in _TOGETHER[1] if column in values}
    if len(placed) > 1:
        raise ReviewError("half a place is given.", subject="values", remedy="Say all three, or none for no place.")


def _check_value(column: str, text: str, parties: Collection[str] | None) -> None:
    """Whether one corrected value can be; the empty text is unknown, where that may be."""
    if not text and column in _NEVER_UNKNOWN:
        raise ReviewError("it is empty.", subject=column, remedy="An event has one: say it as widely as need be.")
    if column in _WORDS and text and text not in _WORDS[column]:
        raise UnknownNameError(f"{text!r} is no such word.", subject=column, remedy=_one_of(_WORDS[column]))
    if column == "parties" and parties is not None and (unknown := sorted(set(_parties(text)) - set(parties))):
        raise UnknownNameError(f"{unknown[0]!r} is no party.", subject=column, remedy=_one_of(sorted(parties)))
    if len(text) > MAX_TEXT or not text.isprintable():
        problem = f"{len(text)} characters." if len(text) > MAX_TEXT else "it holds what cannot be printed."
        raise UnreadableError(problem, subject=column, remedy=f"Write up to {MAX_TEXT} plain characters.")
    if text and column in _WHOLE:
        _check_number(column, text, r"-?[0-9]{1,17}", _WHOLE[column])
    if text and column in _DECIMAL:
        _check_number(column, text, r"-?[0-9]{1,9}(\.[0-9]{1,12})?", _DECIMAL[column])


def _check_number(column: str, text: str, form: str, within: tuple[float, float]) -> None:
    if not re.fullmatch(form, text):
        raise UnreadableError(f"{text!r} is no number.", subject=column, remedy="Write a plain number, or nothing.")
    if not within[0] <= float(text) <= within[1]:
        remedy = f"It lies in {within[0]:,} to {within[1]:,}."
        raise OutOfRangeError(f"{text}.", subject=column, remedy=remedy)


def _one_of(words: Iterable[str]) -> str:
    return f"One of {', '.join(words)}."
