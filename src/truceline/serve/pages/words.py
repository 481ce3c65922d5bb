"""Rows in words, for a person: moments, what is left of a time, places with their error, codes as bulletins print them.

Pure. Nothing here is escaped: the templates do that.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from truceline.base.time import from_us, stamp, zone_of
from truceline.base.units import US_PER_S, duration_words
from truceline.report.bulletins.phrases import PHRASES, said
from truceline.report.geojson import decimals, ellipse_95

Row = Mapping[str, Any]  # a row of a table of model/
M_PER_KM = 1_000
_MIN_S, _H_S, _D_S = 60, 3_600, 86_400
VERDICTS = {
    "breach": "Breach",
    "no_breach": "No breach",
    "undetermined": "Undetermined",
    "withdrawn": "Withdrawn",
}
LADDER = {
    "rejected": "rejected by a person",
    "reported": "reported",
    "preliminary": "preliminary: automatic, no person has looked at it",
    "confirmed": "confirmed by a person",
    "reviewed": "reviewed: looked at a second time",
    "final": "final",
}
STATEMENTS = {
    "opened": "the case was opened",
    "consented": "was asked for consent",
    "voted": "voted",
    "objected": "objected",
    "confirmed": "was asked to confirm",
    "late": "the step's time passed",
    "attributing": "a panellist voted on whose act it was",
    "unattributed": "attribution's time passed",
    "replied": "replied",
    "self_reported": "reported of itself",
    "asked": "was asked for clarification",
    "clarified": "answered a question",
    "superseded": "the findings no longer stand as they did",
    "migrated": "moved to another version of the mandate",
    "noted": "note",
}

STATEMENTS_AWAITED = {
    "acted": "carry out the step",
    "consented": "consent",
    "voted": "vote",
    "objected": "may object",
    "confirmed": "confirm",
}


class Left(NamedTuple):
    """What is left of a time, or for how long it has been over."""

    late: bool
    words: str


def word(kind: str, code: object) -> str:
    """A code as the bulletins print it: `act`, `fire` -> `weapon fired`."""
    key = f"{kind}.{code}"
    return said("en", key) if key in PHRASES else str(code).replace("_", " ")


def moment(instant_us: int) -> str:
    """`5 Oct 2026 10:00:10`, in UTC; the fraction of a second is left out."""
    return from_us(instant_us // US_PER_S * US_PER_S).strftime("%-d %b %Y %H:%M:%S")


def local_moment(instant_us: int, zone: str) -> str:
    """The same in the mission's zone with its offset; empty where that is UTC."""
    if zone == "UTC":
        return ""
    local = from_us(instant_us // US_PER_S * US_PER_S).astimezone(zone_of(zone))
    offset = local.strftime("%z")
    return f"{local.strftime('%-d %b %H:%M:%S')} (UTC{offset[:3]}:{offset[3:5]})"


def machine(instant_us: int) -> str:
    """For `<time datetime>`."""
    return stamp(instant_us // US_PER_S * US_PER_S)


def lasting(span_us: int) -> str:
    """`2 d 3 h`, `2 h 13 min`, `13 min 5 s`, `5 s`: the two greatest units, rounded down. pages.js says the same."""
    span_s = span_us // US_PER_S
    if span_s >= _D_S:
        return f"{span_s // _D_S} d {span_s % _D_S // _H_S} h"
    if span_s >= _H_S:
        return f"{span_s // _H_S} h {span_s % _H_S // _MIN_S} min"
    if span_s >= _MIN_S:
        return f"{span_s // _MIN_S} min {span_s % _MIN_S} s"
    return f"{span_s} s"


def left(due_us: int, now_us: int) -> Left:
    """How long until a time that is due."""
    late = now_us > due_us
    return Left(late, lasting(abs(due_us - now_us)))


def within(row: Row) -> str:
    """Half the width of an event's time: `± 13 s`; empty where its ends are not known."""
    first_us, last_us = row["earliest_at_us"], row["latest_at_us"]
    if first_us is None or last_us is None:
        return ""
    return f"± {lasting(-(-(last_us - first_us + 1) // 2 // US_PER_S) * US_PER_S)}"


def where(row: Row) -> str:
    """`31.700° N, 26.500° W ± 200 m (95 %)`, no finer than its error; `none`: no place, or none released."""
    if row["lon_deg"] is None or row["lat_deg"] is None:
        return "none"
    known = row["cov_ee_m2"] is not None and row["cov_nn_m2"] is not None
    error_m = float(math.ceil(round(ellipse_95(dict(row))[0], 3))) if known else None
    digits = decimals(error_m)
    lat, lon = (
        f"{abs(row[name]):.{digits}f}° {signs[row[name] < 0]}" for name, signs in (("lat_deg", "NS"), ("lon_deg", "EW"))
    )
    if error_m is None:
        return f"{lat}, {lon}, error not stated"
    apart = f"{error_m / M_PER_KM:.1f} km" if error_m >= 10 * M_PER_KM else f"{error_m:.0f} m"
    return f"{lat}, {lon} ± {apart} (95 %)"


def number(row: Row) -> str:
    """How many items: `1`, `2 to 5`, `3 or more`, `looked, and saw none: 0`."""
    low, high = row["count_lo"], row["count_hi"]
    if low is None:
        return word("number", "unknown")
    if (low, high) == (0, 0):
        return word("number", "none_seen")
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


def weapon(row: Row) -> str:
    """Class, system and calibre, as far as they are known."""
    parts = [word("weapon", row["weapon_class"])] if row["weapon_class"] else []
    parts += [str(row["weapon_system"])] if row["weapon_system"] else []
    low, high = row["calibre_lo_mm"], row["calibre_hi_mm"]
    if low is not None or high is not None:
        parts.append(f"{low} mm" if low == high else f"{low or 'up to'} to {high or 'any'} mm")
    return ", ".join(parts) or "not stated"


def reported_of(row: Row) -> str:
    """Whose act it may be, as reported; never an attribution."""
    return " or ".join(row["parties"] or ()) or "no party"


def confidence(permille: int | None) -> str:
    """`80 %`."""
    return "not stated" if permille is None else f"{permille / 10:g} %"


def hangs_on(row: Row) -> str:
    """What stands beside a verdict: on what it hangs, or why there is none."""
    if row["verdict"] == "undetermined":
        reason = word("reason", row["reason"]) if row["reason"] else "the reason is not released"
        return f"if the act was that of {row['addressee']}: {reason}"
    return f"if the act was that of {row['addressee']}"


def statement(row: Row) -> str:
    """What somebody said or did in a case: `carried out the step look`."""
    if row["kind"] == "acted":
        return "refused the step" if row["outcome"] == "refused" else "carried out the step"
    return STATEMENTS.get(str(row["kind"]), str(row["kind"]))


def lasts(span_s: int) -> str:
    """A time that the text sets: `6 hours`."""
    return duration_words(span_s)


def disagreements(row: Row) -> str:
    """On which attributes the members cannot all be right."""
    return ", ".join(word("column", name) for name in (row["disagreement"] or "").split())


def listed(names: Iterable[object]) -> str:
    """`A, B and C`."""
    every = [str(name) for name in names]
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)
