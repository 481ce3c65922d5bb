"""A feed's mapping, checked against the fields that exist, and a raw row seen through it.

What is wrong here is the mission's declaration, not a row: it is raised at once, before a byte is parsed.
"""

import codecs
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from truceline.base.errors import InputError, UnknownNameError, UnreadableError
from truceline.base.time import zone_of
from truceline.model.catalogue import WeaponSystem
from truceline.model.mission import Feed
from truceline.model.source import Source
from truceline.observe.fields import Extent, nearest
from truceline.observe.fires import FIRE_TEXTS
from truceline.observe.forms import FORM_ID, FORM_MEDIA
from truceline.observe.geojson import GEOMETRY_LAT, GEOMETRY_LON, GEOMETRY_RING
from truceline.observe.reasons import shown
from truceline.observe.senders import NOBODY_ELSE, Sender

_POINT = {"lon": GEOMETRY_LON, "lat": GEOMETRY_LAT}
GEOMETRY: dict[str, dict[str, str]] = {  # what a rows' own geometry on the map gives, by what the feed holds
    **dict.fromkeys(("observations", "casualties", "damage", "impediments"), _POINT),
    "views": _POINT | {"ring": GEOMETRY_RING},
}
WITH_MEDIA = ("observations", "damage")

_NOT_BOTH = (("begins", "date"), ("confidence", "confidence_permille"))
_PLACES = (("lon", "lat", "error_m"), ("observer_lon", "observer_lat", "observer_error_m"))
_POINTS = (("lon", "lat"),)  # of what is a place to look from, or of a reach
_HOURS = ("from_time", "to_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingContext:
    """What of the mission a reader may know. An empty set of names: any name is taken."""

    sources: Mapping[str, Source]  # by id
    extent_deg: Extent  # west, south, east, north
    catalogue: Mapping[str, WeaponSystem]  # of this feed, by casefolded name; `parse_catalogue` makes it
    parties: frozenset[str]
    now_us: int  # UTC; the moment of reading
    registers: frozenset[str] = frozenset()  # that a mandate reads: exemptions, gates, suspensions
    gates: frozenset[str] = frozenset()
    suspensions: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    deciders: frozenset[str] = frozenset()  # bodies and parties
    clauses: frozenset[str] = frozenset()
    sender: Sender = NOBODY_ELSE
    media: tuple[str, ...] = ()  # as `LiveFile.media`


def columns_of(feed: Feed) -> dict[str, str]:
    """Their column for each mapped field; GeoJSON gives its geometry by itself, a form its id and its photos, a file of
    fires everything.
    """
    own = {}
    if feed.format == "geojson":
        own = GEOMETRY.get(feed.holds, {})
    if feed.format == "fires":
        own = {field: field for field in FIRE_TEXTS}
    if feed.format == "odk":
        own = {"id": FORM_ID} | ({"media": FORM_MEDIA} if feed.holds in WITH_MEDIA else {})
    return {field: column for field, column in own.items() if field not in feed.constants} | feed.columns


def cells_of(values: Mapping[str, str], *, columns: Mapping[str, str], feed: Feed) -> dict[str, str]:
    """One row's texts by field: constants, then columns, stripped, with the mapping's words translated."""
    cells = dict(feed.constants)
    for field, column in columns.items():
        text = values.get(column, "").strip()
        words = feed.values.get(field)
        if words:
            text = words.get(text, text)
            if field == "party" and ";" in text:
                text = ";".join(words.get(part.strip(), part) for part in text.split(";"))
        cells[field] = text
    return cells


def check_mapping(
    feed: Feed, *, fields: Collection[str], needs: tuple[tuple[str, ...], ...], context: ReadingContext
) -> None:
    """Refuse a mapping that cannot be meant.

    Args:
        feed: the declaration.
        fields: those that exist for what the feed holds.
        needs: groups of which at least one field must be mapped or constant.
        context: the sources that exist.

    Raises: UnknownNameError, UnreadableError.
    """
    for field in (*feed.columns, *feed.constants, *feed.values):
        if field not in fields:
            raise UnknownNameError(
                f"{feed.holds} have no field {shown(field)}{nearest(field, tuple(fields))}.",
                subject=f"feed {feed.name}",
                remedy=f"Use one of: {', '.join(fields)}.",
            )
    _check_named(feed, needs=needs)
    _check_groups(feed)
    _check_source(feed, context=context)
    _check_reading(feed)


def _mended(feed: Feed, problem: str, remedy: str) -> InputError:
    return UnreadableError(problem, subject=f"feed {feed.name}", remedy=remedy)


def _check_named(feed: Feed, *, needs: tuple[tuple[str, ...], ...]) -> None:
    if feed.format == "fires" and feed.holds != "observations":
        raise _mended(feed, f"fires are observations, not {feed.holds}.", 'Declare holds = "observations".')
    if not feed.columns and feed.format != "fires":
        raise _mended(feed, "maps no column.", "Name at least one column of the file.")
    for field in feed.constants:
        if field in feed.columns:
            raise _mended(feed, f"{field} is both a column and a constant.", "Keep one of the two.")
    columns = feed.columns if feed.format != "fires" else columns_of(feed)
    for group in needs:
        if not any(field in columns or field in feed.constants for field in group):
            problem = f"maps no {' and no '.join(group)}, which {feed.holds} need."
            raise _mended(feed, problem, "Map a column to it, or state it under constants.")


def _check_groups(feed: Feed) -> None:
    named = {*columns_of(feed), *feed.constants}
    for one, other in _NOT_BOTH:
        if one in named and other in named:
            raise _mended(feed, f"maps both {one} and {other}.", "Keep one of the two.")
    pointed = feed.holds in ("views", "impediments")
    for group in _POINTS if pointed else _PLACES:
        if named.intersection(group) and not named.issuperset(group):
            remedy = "Map both." if pointed else "Map all three: a place has an error."
            raise _mended(feed, f"maps a part of {', '.join(group)}.", remedy)
    if named.intersection(_HOURS) and "date" not in named:
        raise _mended(feed, "maps hours without a date.", "Map date, or use begins and ends.")


def _check_source(feed: Feed, *, context: ReadingContext) -> None:
    if not feed.source and "source" in {*feed.columns, *feed.constants}:
        return
    if feed.source not in context.sources:
        raise UnknownNameError(
            f"the source {shown(feed.source)} is not declared{nearest(feed.source, tuple(context.sources))}.",
            subject=f"feed {feed.name}",
            remedy="Declare it in the mission, with its kind.",
        )


def _check_reading(feed: Feed) -> None:
    if len(feed.delimiter) != 1 or feed.delimiter in '"\r\n\0':
        raise _mended(feed, f"{shown(feed.delimiter)} is no delimiter.", "Write one character, such as , or ;")
    if feed.zone is not None:
        zone_of(feed.zone)
    try:
        text_encoding = isinstance(codecs.decode(b"", feed.encoding), str)
    except (LookupError, ValueError):
        text_encoding = False
    if not text_encoding:
        raise _mended(
            feed,
            f"the encoding {shown(feed.encoding)} is not known.",
            'Write one such as "utf-8" or "cp1251".',
        )
