"""OGC API - Features, part 1: everything with a place, for any map program that speaks the standard.

JSON alone; core and GeoJSON. The features themselves are never parsed here: `features` hands them out as bytes.
Source: OGC 17-069r4 (numbers of requirements as there).
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from truceline.base.errors import OutOfRangeError, UnknownNameError, UnreadableError
from truceline.base.time import interval_us, stamp
from truceline.model.account import Recipient
from truceline.model.release import ItemKind
from truceline.report.geojson import DISCLAIMER
from truceline.serve.features import EVER_US, LIMIT_MAX, Drawings, FeatureIndex, Page, Query

GEOJSON, JSON, PROBLEM = "application/geo+json", "application/json", "application/problem+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)  # not conf/oas30: the definition is OpenAPI 3.1
LIMIT = 10
_NUMBERS = (4, 6)
_LON_MAX_DEG, _LAT_MAX_DEG = 180.0, 90.0
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
_OPEN = ("", "..")
_OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection: rows of a kind, or drawings of the mandate. `queryables` may be asked for by equality."""

    id: str
    title: str
    description: str
    kind: ItemKind | None = None
    queryables: tuple[str, ...] = ()


_EVENT_WORDS = ("act", "status", "weapon_class", "weapon_system", "object_kind", "place_name")
COLLECTIONS: dict[str, Collection] = {
    each.id: each
    for each in (
        Collection(
            id="events",
            title="Events",
            description="What is thought to have happened, fused from observations.",
            kind="event",
            queryables=_EVENT_WORDS,
        ),
        Collection(
            id="findings",
            title="Findings",
            description="What follows under a clause if the act was the addressee's; nothing about who acted.",
            kind="finding",
            queryables=("mandate", "clause", "addressee", "reading", "verdict", "reason", "breach_class"),
        ),
        Collection(
            id="observations",
            title="Observations",
            description="What one source said or saw, once.",
            kind="observation",
            queryables=("source_id", "means", "act", "weapon_class", "weapon_system", "object_kind", "place_name"),
        ),
        Collection(
            id="casualties",
            title="Casualties",
            description="People hurt or killed, as recorded.",
            kind="casualty",
            queryables=("kind", "status", "group", "cause", "source_id", "place_name"),
        ),
        Collection(
            id="damage",
            title="Damage",
            description="What was damaged, as recorded.",
            kind="damage",
            queryables=("object_kind", "status", "degree", "source_id", "place_name"),
        ),
        Collection(
            id="impediments",
            title="Impediments",
            description="What kept the mission from seeing. Most have no place.",
            kind="impediment",
            queryables=("kind", "area_of", "source_id", "place_name"),
        ),
        Collection(
            id="cases",
            title="Cases",
            description="Responses of the mandate under way, at the place of their events.",
            kind="case",
            queryables=("mandate", "clause", "response", "breach_class", "status"),
        ),
        Collection(id="areas", title="Areas", description="Areas of responsibility, as the mission drew them."),
        Collection(id="lines", title="Lines", description="Lines of the mandates, as their files draw them."),
        Collection(id="zones", title="Zones", description="Zones of the mandates, as their files draw them."),
    )
}


class Source(Protocol):
    """What the router asks; everything it gives was released to `to`."""

    def collections(self, to: Recipient) -> tuple[str, ...]:
        """The collections that this recipient may list at all."""

    def index(self, kind: ItemKind, to: Recipient) -> FeatureIndex:
        """The rows of a kind as of now."""

    def drawings(self, collection: str, to: Recipient) -> Drawings:
        """The areas, lines or zones that this recipient may see."""

    def extent_deg(self) -> tuple[float, float, float, float]:
        """The mission's extent, as it declares it: the same for everybody, whatever there is to see."""

    def now_us(self) -> int:
        """The present moment, microseconds UTC."""


# --- what goes out ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the standard."""

    href: str
    rel: str
    type: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """The landing page."""

    title: str
    description: str
    attribution: str
    links: list[Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """Which classes of the standard are kept."""

    conformsTo: list[str]  # noqa: N815 - the standard's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Spatial:
    """West, south, east, north in degrees."""

    bbox: list[list[float]]
    crs: str = CRS84


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where features can be."""

    spatial: Spatial


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionView:
    """One collection as the standard describes it."""

    id: str
    title: str
    description: str
    links: list[Link]
    extent: Extent
    itemType: str = "feature"  # noqa: N815 - the standard's name
    crs: tuple[str, ...] = (CRS84,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionsView:
    """All collections."""

    links: list[Link]
    collections: list[CollectionView]


# --- what comes in ------------------------------


def query_of(parameters: Sequence[tuple[str, str]], collection: Collection) -> Query:
    """The query that a request's parameters ask for.

    A limit above 10,000 counts as 10,000 (requirement 21 C); every other wrong value is refused (7.8).

    Raises: UnreadableError, OutOfRangeError: a parameter that the collection does not have, or a value that cannot be.
    """
    given = _checked(parameters, ("bbox", "datetime", "limit", "cursor", *collection.queryables))
    from_us, until_us = span_of(given["datetime"]) if "datetime" in given else EVER_US
    return Query(
        bbox_deg=box_of(given["bbox"]) if "bbox" in given else None,
        from_us=from_us,
        until_us=until_us,
        equal=tuple((name, given[name]) for name in collection.queryables if name in given),
        after=_after(given["cursor"]) if "cursor" in given else "",
        limit=_limit(given.get("limit", str(LIMIT))),
    )


def box_of(text: str) -> tuple[float, float, float, float]:
    """`west,south,east,north` in degrees; of six numbers the heights are read over, for nothing here has one.

    Raises: UnreadableError, OutOfRangeError.
    """
    try:
        numbers_deg = [float(each) for each in text.split(",")]
    except ValueError:
        numbers_deg = []
    if len(numbers_deg) not in _NUMBERS:
        raise UnreadableError(
            f"{text!r} is not four or six numbers.",
            subject="bbox",
            remedy="Write bbox=west,south,east,north in degrees.",
        )
    middle = len(numbers_deg) // 2
    west, south, east, north = *numbers_deg[:2], *numbers_deg[middle : middle + 2]
    if not (
        abs(west) <= _LON_MAX_DEG and abs(east) <= _LON_MAX_DEG and -_LAT_MAX_DEG <= south <= north <= _LAT_MAX_DEG
    ):
        raise OutOfRangeError(
            f"{text!r} has a longitude beyond 180, a latitude beyond 90, or its south above its north.",
            subject="bbox",
            remedy="Write west,south,east,north; a west above the east crosses the antimeridian.",
        )
    return west, south, east, north


def span_of(text: str) -> tuple[int, int]:
    """A date-time, or `from/until` with `..` for an open end, as closed microseconds UTC.

    Raises: UnreadableError. Source: 7.15.3; RFC 3339, 5.6.
    """
    ends = text.upper().split("/")
    if len(ends) == 1:
        instant_us = _instant(ends[0], text)
        return instant_us, instant_us
    if len(ends) > 2 or all(end in _OPEN for end in ends):
        raise _no_time(text)
    from_us = EVER_US[0] if ends[0] in _OPEN else _instant(ends[0], text)
    until_us = EVER_US[1] if ends[1] in _OPEN else _instant(ends[1], text)
    if from_us > until_us:
        raise _no_time(text)
    return from_us, until_us


def _instant(text: str, whole: str) -> int:
    if not _DATE_TIME.fullmatch(text):
        raise _no_time(whole)
    return interval_us(text, zone=None, subject="datetime")[0]


def _no_time(text: str) -> UnreadableError:
    return UnreadableError(
        f"{text!r} is no date-time and no interval whose start is before its end.",
        subject="datetime",
        remedy="Write 2031-05-02T04:11:09Z, or 2031-05-01T00:00:00Z/.. (a plus sign as %2B).",
    )


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise UnreadableError(
            f"{text!r} is no number from 1 to {LIMIT_MAX}.", subject="limit", remedy="Write limit=100."
        )
    return min(int(text), LIMIT_MAX)


def _after(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise UnreadableError(
            f"{cursor!r} is no cursor of ours.", subject="cursor", remedy="Follow the link `next` as it is."
        ) from None


def _cursor(feature_id: str) -> str:
    return base64.urlsafe_b64encode(feature_id.encode()).decode().rstrip("=")


def _checked(parameters: Sequence[tuple[str, str]], known: Sequence[str]) -> dict[str, str]:
    """The parameters by name, each known and given once; `f` may only be json (requirement 9: unknown is refused)."""
    given: dict[str, str] = {}
    for name, text in parameters:
        if name not in (*known, "f") or name in given:
            raise UnreadableError(
                f"{name!r} is given twice." if name in given else f"{name!r} is no parameter of this page.",
                subject="query",
                remedy=f"It knows {', '.join((*known, 'f'))}, each once.",
            )
        given[name] = text
    if given.get("f", "json") != "json":
        raise UnreadableError(f"f={given['f']!r} is not made here.", subject="f", remedy="Write f=json.")
    return given


# --- what the definition says ------------------------------

_TEXT = {"type": "string"}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["title", "status", "code", "remedy"],
    "properties": {"title": _TEXT, "status": {"type": "integer"}, "code": _TEXT, "detail": _TEXT, "remedy": _TEXT},
}
_GEOMETRY_SCHEMA = {
    "type": ["object", "null"],
    "required": ["type"],
    "properties": {"type": _TEXT, "coordinates": {"type": "array"}, "geometries": {"type": "array"}},
}
_LINKS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {"href": _TEXT, "rel": _TEXT, "type": _TEXT},
    },
}
_FEATURE_SCHEMA = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": _TEXT,
        "geometry": _GEOMETRY_SCHEMA,
        "properties": {"type": "object"},
        "links": _LINKS_SCHEMA,
    },
}
_COLLECTION_SCHEMA = {
    "type": "object",
    "required": ["type", "timeStamp", "numberMatched", "numberReturned", "links", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "timeStamp": {"type": "string", "format": "date-time"},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "links": _LINKS_SCHEMA,
        "features": {"type": "array", "items": _FEATURE_SCHEMA},
    },
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "A parameter that cannot be", "content": {PROBLEM: {"schema": _PROBLEM_SCHEMA}}}
}
_MISSING: dict[int | str, dict[str, Any]] = {
    **_REFUSED,
    404: {"description": "Not there, or not released", "content": {PROBLEM: {"schema": _PROBLEM_SCHEMA}}},
}
_NAMED: str = Path(description="A collection", json_schema_extra={"enum": [*COLLECTIONS]})
_ARRAY = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
_PARAMETERS = [
    {"name": "bbox", "in": "query", "required": False, "schema": _ARRAY, "style": "form", "explode": False},
    {"name": "datetime", "in": "query", "required": False, "schema": _TEXT, "style": "form", "explode": False},
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT},
        "style": "form",
        "explode": False,
    },
    {"name": "cursor", "in": "query", "required": False, "schema": _TEXT, "description": "As the link `next` has it"},
    {"name": "f", "in": "query", "required": False, "schema": {"enum": ["json"]}},
    *(
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": _TEXT,
            "description": "Of " + ", ".join(each.id for each in COLLECTIONS.values() if name in each.queryables),
        }
        for name in dict.fromkeys(name for each in COLLECTIONS.values() for name in each.queryables)
    ),
]


# --- the router ------------------------------


def ogc_router(source: Source, *, recipient: Callable[..., object], prefix: str = "/ogc") -> APIRouter:
    """Landing page, conformance, collections and features under `prefix`.

    Args:
        source: what is released, and to whom.
        recipient: a dependency that says for whom a request is answered, or refuses it.
        prefix: where the landing page stands; the API's definition is at `/openapi.json`.
    """
    router = APIRouter(prefix=prefix, tags=["features"])
    _add_descriptions(router, source, Depends(recipient), prefix)
    _add_features(router, source, Depends(recipient), prefix)
    return router


def _add_descriptions(router: APIRouter, source: Source, asking: Any, prefix: str) -> None:
    @router.get("", summary="Landing page", responses=_REFUSED)
    def landing(request: Request, to: Recipient = asking) -> Landing:
        del to
        _checked(request.query_params.multi_items(), ())
        root = _root(request, prefix)
        return Landing(
            title="Truceline",
            description="What was recorded, what follows from it, and what answers it.",
            attribution=DISCLAIMER,
            links=[
                _link(root, "self", "This page"),
                _link(f"{str(request.base_url).rstrip('/')}/openapi.json", "service-desc", "The API", _OPENAPI),
                _link(f"{root}/conformance", "conformance", "Classes of the standard that are kept"),
                _link(f"{root}/collections", "data", "Collections"),
            ],
        )

    @router.get("/conformance", summary="Classes of the standard that are kept", responses=_REFUSED)
    def conformance(request: Request, to: Recipient = asking) -> Conformance:
        del to
        _checked(request.query_params.multi_items(), ())
        return Conformance(conformsTo=[*CONFORMS_TO])

    @router.get("/collections", summary="Collections", responses=_REFUSED)
    def collections(request: Request, to: Recipient = asking) -> CollectionsView:
        _checked(request.query_params.multi_items(), ())
        root = _root(request, prefix)
        shown = [_view(COLLECTIONS[each], root, source.extent_deg()) for each in source.collections(to)]
        return CollectionsView(links=[_link(f"{root}/collections", "self", "Collections")], collections=shown)

    @router.get("/collections/{collectionId}", summary="One collection", responses=_MISSING)
    def collection(request: Request, collectionId: str = _NAMED, to: Recipient = asking) -> CollectionView:  # noqa: N803
        _checked(request.query_params.multi_items(), ())
        return _view(_collection(source, collectionId, to), _root(request, prefix), source.extent_deg())


def _add_features(router: APIRouter, source: Source, asking: Any, prefix: str) -> None:
    @router.get(
        "/collections/{collectionId}/items",
        summary="Features, in the order of their ids",
        response_class=Response,
        responses={**_MISSING, 200: {"content": {GEOJSON: {"schema": _COLLECTION_SCHEMA}}}},
        openapi_extra={"parameters": _PARAMETERS},
    )
    def items(request: Request, collectionId: str = _NAMED, to: Recipient = asking) -> Response:  # noqa: N803
        asked = _collection(source, collectionId, to)
        query, now_us = query_of(request.query_params.multi_items(), asked), source.now_us()
        page = _held(source, asked, to).page(query, now_us=now_us)
        here = f"{_root(request, prefix)}/collections/{asked.id}"
        return Response(_page_bytes(page, request, here, now_us), media_type=GEOJSON)

    @router.get(
        "/collections/{collectionId}/items/{featureId}",
        summary="One feature",
        response_class=Response,
        responses={**_MISSING, 200: {"content": {GEOJSON: {"schema": _FEATURE_SCHEMA}}}},
    )
    def item(request: Request, featureId: str, collectionId: str = _NAMED, to: Recipient = asking) -> Response:  # noqa: N803
        asked = _collection(source, collectionId, to)
        _checked(request.query_params.multi_items(), ())
        feature = _held(source, asked, to).one(featureId, now_us=source.now_us())
        if feature is None:
            raise _unknown(featureId, asked.title.lower())
        here = f"{_root(request, prefix)}/collections/{asked.id}"
        links = [
            _link(f"{here}/items/{quote(featureId, safe='')}", "self", "This feature", GEOJSON),
            _link(here, "collection", asked.title),
        ]
        return Response(feature[:-1] + b',"links":' + _ENCODE(links) + b"}", media_type=GEOJSON)


def _collection(source: Source, name: str, to: Recipient) -> Collection:
    """Raises: UnknownNameError: it does not exist for this recipient, which is the same as not at all."""
    if name not in COLLECTIONS or name not in source.collections(to):
        raise _unknown(name, "collections")
    return COLLECTIONS[name]


def _unknown(name: str, among: str) -> UnknownNameError:
    return UnknownNameError(
        f"none of the {among} that are released to you has this name.", subject=name, remedy="List them first."
    )


def _held(source: Source, asked: Collection, to: Recipient) -> FeatureIndex | Drawings:
    return source.drawings(asked.id, to) if asked.kind is None else source.index(asked.kind, to)


def _root(request: Request, prefix: str) -> str:
    return str(request.base_url).rstrip("/") + prefix


def _link(href: str, rel: str, title: str, media_type: str = JSON) -> Link:
    return Link(href=href, rel=rel, type=media_type, title=title)


def _view(collection: Collection, root: str, extent_deg: tuple[float, float, float, float]) -> CollectionView:
    here = f"{root}/collections/{collection.id}"
    return CollectionView(
        id=collection.id,
        title=collection.title,
        description=collection.description,
        links=[_link(here, "self", collection.title), _link(f"{here}/items", "items", "Features", GEOJSON)],
        extent=Extent(spatial=Spatial(bbox=[[*extent_deg]])),
    )


def _page_bytes(page: Page, request: Request, here: str, now_us: int) -> bytes:
    """The page as a FeatureCollection (7.16): features as they lie in the index, the rest around them."""
    links = [_link(str(request.url), "self", "This page", GEOJSON), _link(here, "collection", "The collection")]
    if page.last:
        following = request.url.include_query_params(cursor=_cursor(page.last))
        links.append(_link(str(following), "next", "Next page", GEOJSON))
    head = {
        "type": "FeatureCollection",
        "timeStamp": stamp(now_us),
        "numberMatched": page.matched,
        "numberReturned": page.returned,
        "links": links,
    }
    return b"".join([_ENCODE(head)[:-1], b',"features":[', page.body, b"]}"])
