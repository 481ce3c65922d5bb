"""Raw rows to civilian casualties and damage: what one source states of them, beside the observations of what happened.

`confirmed` is what the source itself looked into, `reported` what it passes on: a row says which, or is refused.
"""

from collections.abc import Mapping

from truceline.model.mission import Feed
from truceline.model.vocabulary import (
    ACTS,
    CASUALTY_KINDS,
    CIVILIAN_GROUPS,
    DAMAGE_DEGREES,
    OBJECTS,
    STATEMENT_STATUSES,
    WEAPON_CLASSES,
)
from truceline.observe.fields import count_range, required, word
from truceline.observe.mapping import ReadingContext
from truceline.observe.moments import period_us
from truceline.observe.observations import OBSERVATION_FIELDS, placed

_WHEN_AND_WHERE = {
    name: OBSERVATION_FIELDS[name]
    for name in ("begins", "ends", "date", "from_time", "to_time", "lon", "lat", "error_m", "place")
}
CASUALTY_FIELDS = {
    "id": "the source's own name for the row",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "happening": "the reporters' own name for the happening, as for observations",
    "kind": "killed, injured or missing; needed",
    "status": "confirmed or reported; needed",
    "group": "woman, man, girl, boy, adult or child; empty or `unknown`: unknown",
    "count": "as for observations",
    "cause": "a word of `vocabulary.ACTS`; empty: unknown",
    "class": "a word of `vocabulary.WEAPON_CLASSES`, or `unknown`",
    "person": "identity as recorded: for the mission's eyes, never in a report, an export or a release",
    "words": "the source's own words; kept as `person` is, for they may name somebody",
    **_WHEN_AND_WHERE,
}
CASUALTY_NEEDS = (("begins", "date"), ("kind",), ("status",))
DAMAGE_FIELDS = {
    "id": "the source's own name for the row",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "happening": "the reporters' own name for the happening, as for observations",
    "object": "what was hit, a word of `vocabulary.OBJECTS`; needed",
    "status": "confirmed or reported; needed",
    "degree": "destroyed or damaged; empty or `unknown`: unknown",
    "count": "as for observations",
    "words": "the source's own words",
    **_WHEN_AND_WHERE,
}
DAMAGE_NEEDS = (("begins", "date"), ("object",), ("status",))


def casualty(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """Civilians killed, injured or missing: the columns of CASUALTIES that the cells state. Raises InputError."""
    kind = word(cells.get("kind", ""), CASUALTY_KINDS, subject="kind")
    return {
        "kind": required(kind, subject="kind"),
        "group": word(cells.get("group", ""), CIVILIAN_GROUPS, subject="group"),
        "cause": word(cells.get("cause", ""), ACTS, subject="cause"),
        "weapon_class": word(cells.get("class", ""), WEAPON_CLASSES, subject="class"),
        "person": cells.get("person", ""),
        **_stated(cells, feed=feed, context=context),
    }


def damage(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """A civilian object destroyed or damaged: the columns of DAMAGE that the cells state. Raises InputError."""
    object_kind = word(cells.get("object", ""), OBJECTS, subject="object")
    return {
        "object_kind": required(object_kind, subject="object"),
        "degree": word(cells.get("degree", ""), DAMAGE_DEGREES, subject="degree"),
        **_stated(cells, feed=feed, context=context),
    }


def _stated(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """What both kinds of row state: how sure, how many, when, where, in which words."""
    status = word(cells.get("status", ""), STATEMENT_STATUSES, subject="status")
    count_lo, count_hi = count_range(cells.get("count", ""))
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=context.now_us)
    return {
        "status": required(status, subject="status"),
        "count_lo": count_lo,
        "count_hi": count_hi,
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        **placed(cells, context),
        "place_name": cells.get("place", ""),
        "happening": cells.get("happening", ""),
        "words": cells.get("words", ""),
    }
