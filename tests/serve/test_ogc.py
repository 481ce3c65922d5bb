"""The standard's pages, asked as a map program would."""

import json
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from truceline.base.errors import InputError, UnknownNameError, UnreadableError
from truceline.model.account import MISSION, PUBLIC, Recipient
from truceline.serve.features import Drawings, FeatureIndex
from truceline.serve.health import health_router, metrics_text
from truceline.serve.ogc import COLLECTIONS, CONFORMS_TO, ogc_router, span_of

pytestmark = pytest.mark.anyio
ZONES = {"features": [{"type": "Feature", "id": "zone:Z", "geometry": None, "properties": {"name": "Z"}}]}


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Shelf:
    """A source with events for the mission, of which the public sees one, an hour later."""

    def __init__(self, folder):
        rows = {
            "event_id": [f"evt-{number:02}" for number in range(25)],
            "act": ["fire", "strike", "fire", "fire", "fire"] * 5,
            "earliest_at_us": pa.array([number * 1_000_000 for number in range(25)], pa.int64()),
            "latest_at_us": pa.array([number * 1_000_000 for number in range(25)], pa.int64()),
            "lon_deg": [20.0 + number for number in range(25)],
            "lat_deg": [48.0] * 25,
        }
        everything = pa.table(rows)
        few = everything.slice(3, 1).append_column("visible_from_us", pa.array([3_600_000_000], pa.int64()))
        self.at_us = 0
        columns = COLLECTIONS["events"].queryables
        self.events = {
            MISSION: FeatureIndex(everything, columns=columns, folder=folder),
            PUBLIC: FeatureIndex(few, columns=columns, folder=folder),
        }

    def collections(self, to: Recipient) -> tuple[str, ...]:
        return ("events", "zones") if to == MISSION else ("events",)

    def index(self, kind, to: Recipient) -> FeatureIndex:
        assert kind == "event"
        return self.events[to]

    def drawings(self, collection: str, to: Recipient) -> Drawings:
        return Drawings(json.dumps(ZONES).encode(), subject=collection)

    def extent_deg(self):
        return (20.0, 40.0, 50.0, 55.0)

    def now_us(self) -> int:
        return self.at_us


def who(request: Request) -> Recipient:
    return MISSION if request.headers.get("x-mission") else PUBLIC


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


@pytest.fixture
async def ask(shelf):
    app = FastAPI()
    app.include_router(ogc_router(shelf, recipient=who))

    @app.exception_handler(InputError)
    async def refused(request: Request, error: InputError) -> JSONResponse:
        status = 404 if isinstance(error, UnknownNameError) else 400
        return JSONResponse({"code": error.code, "remedy": error.remedy}, status)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://ours.example", headers={"x-mission": "1"}
    ) as it:
        yield it


async def test_from_the_landing_page_every_link_leads_on(ask):
    landing = (await ask.get("/ogc")).json()
    rels = {each["rel"]: each for each in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= set(rels)
    assert rels["service-desc"]["type"].endswith("version=3.1")
    assert (await ask.get(rels["conformance"]["href"])).json() == {"conformsTo": [*CONFORMS_TO]}
    described = (await ask.get(rels["service-desc"]["href"])).json()
    assert described["openapi"].startswith("3.1")
    listed = (await ask.get(rels["data"]["href"])).json()
    assert [each["id"] for each in listed["collections"]] == ["events", "zones"]
    for each in listed["collections"]:
        links = {link["rel"]: link["href"] for link in each["links"]}
        assert (await ask.get(links["self"])).json() == each
        assert (await ask.get(links["items"])).headers["content-type"] == "application/geo+json"


async def test_pages_follow_their_links_to_the_end(ask):
    url, seen, pages = "/ogc/collections/events/items?limit=10&bbox=20,40,43,50", [], 0
    while url:
        page = (await ask.get(url)).json()
        assert page["numberMatched"] == 24
        assert page["numberReturned"] == len(page["features"])
        seen += [each["id"] for each in page["features"]]
        links = {each["rel"]: each["href"] for each in page["links"]}
        assert {"self", "collection"} <= set(links)
        assert urlsplit(links["collection"]).path == "/ogc/collections/events"
        url, pages = links.get("next"), pages + 1
    assert seen == [f"evt-{number:02}" for number in range(24)]
    assert pages == 3


async def test_a_feature_leads_back_to_its_collection(ask):
    answer = await ask.get("/ogc/collections/events/items/evt-03")
    assert answer.headers["content-type"] == "application/geo+json"
    links = {each["rel"]: each["href"] for each in answer.json()["links"]}
    assert links == {
        "self": "https://ours.example/ogc/collections/events/items/evt-03",
        "collection": "https://ours.example/ogc/collections/events",
    }
    assert answer.json()["geometry"] == {"type": "Point", "coordinates": [23.0, 48.0]}


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ("", 25),
        ("act=strike", 5),
        ("act=strike&status=confirmed", 0),
        ("bbox=21,40,22,50", 2),
        ("bbox=21,40,0,22,50,9", 2),
        ("bbox=43,40,21,50", 4),  # across the antimeridian
        ("datetime=1970-01-01T00:00:03Z", 1),
        ("datetime=1970-01-01T03:00:03%2B03:00", 1),
        ("datetime=1970-01-01T00:00:03.5Z", 0),
        ("datetime=1970-01-01t00:00:20z/..", 5),
        ("datetime=/1970-01-01T00:00:01Z", 2),
        ("datetime=1970-01-01T00:00:01Z/1970-01-01T00:00:02Z", 2),
        ("limit=99999999", 25),  # requirement 21 C: no error
        ("f=json", 25),
    ],
)
async def test_a_question_gets_its_rows(ask, query, matched):
    answer = await ask.get(f"/ogc/collections/events/items?{query}")
    assert (answer.status_code, answer.json()["numberMatched"]) == (200, matched)


@pytest.mark.parametrize(
    "query",
    [
        "unheard=1",
        "clause=A1",  # of another collection
        "act=fire&act=strike",
        "bbox=1,2,3",
        "bbox=1,2,3,x",
        "bbox=nan,0,1,1",
        "bbox=0,5,1,4",
        "bbox=-181,0,0,1",
        "bbox=0,0,0,91",
        "datetime=yesterday",
        "datetime=1970-01-01",
        "datetime=1970-13-01T00:00:00Z",
        "datetime=../..",
        "datetime=1970-01-02T00:00:00Z/1970-01-01T00:00:00Z",
        "datetime=1970-01-01T00:00:00Z/../..",
        "limit=0",
        "limit=-1",
        "limit=many",
        "cursor=%C3%A9",
        "cursor=_w",
        "f=html",
    ],
)
async def test_a_question_that_cannot_be_is_refused_with_a_remedy(ask, query):
    answer = await ask.get(f"/ogc/collections/events/items?{query}")
    assert answer.status_code == 400
    assert answer.json()["remedy"]


async def test_pages_without_parameters_refuse_any(ask):
    for path in ("", "/conformance", "/collections", "/collections/events", "/collections/events/items/evt-01"):
        assert (await ask.get(f"/ogc{path}?unheard=1")).status_code == 400


async def test_what_is_not_released_is_not_there(ask, shelf):
    public = {"x-mission": ""}
    assert (await ask.get("/ogc/collections", headers=public)).json()["collections"][0]["id"] == "events"
    for path in ("zones", "zones/items", "casualties/items", "nothing", "events/items/evt-04", "events/items/evt-03"):
        assert (await ask.get(f"/ogc/collections/{path}", headers=public)).status_code == 404
    assert (await ask.get("/ogc/collections/events/items", headers=public)).json()["numberMatched"] == 0
    shelf.at_us = 3_600_000_000
    assert (await ask.get("/ogc/collections/events/items", headers=public)).json()["numberMatched"] == 1
    assert (await ask.get("/ogc/collections/events/items/evt-03", headers=public)).status_code == 200


async def test_drawings_are_features_like_any_other(ask):
    page = (await ask.get("/ogc/collections/zones/items")).json()
    assert [each["id"] for each in page["features"]] == ["zone:Z"]
    assert (await ask.get("/ogc/collections/zones/items/zone:Z")).json()["properties"] == {"name": "Z"}


async def test_the_definition_names_every_collection_and_every_queryable(ask):
    described = (await ask.get("/openapi.json")).json()
    items = described["paths"]["/ogc/collections/{collectionId}/items"]["get"]
    named = {each["name"]: each for each in items["parameters"]}
    assert named["collectionId"]["schema"]["enum"] == [*COLLECTIONS]
    assert {"bbox", "datetime", "limit", "cursor", "act", "clause"} <= set(named)
    assert "application/geo+json" in items["responses"]["200"]["content"]
    assert "application/problem+json" in items["responses"]["400"]["content"]


def test_an_instant_is_exactly_that_instant():
    assert span_of("1970-01-01T00:00:01Z") == (1_000_000, 1_000_000)
    with pytest.raises(UnreadableError):
        span_of("")


# --- health ------------------------------


async def test_health_says_what_is_wrong_by_name_and_figures_are_for_those_who_may():
    conditions = {"record_writable": True, "timers_on_time": True}

    def may(request: Request) -> None:
        if not request.headers.get("x-mission"):
            raise PermissionError

    app = FastAPI()
    figures = {"stream_readers": 3, 'requests_total{path="/stream"}': 7, "stream_sent_away_total": 1}
    app.include_router(health_router(ready=lambda: conditions, measured=lambda: figures, may_measure=may))
    app.add_exception_handler(PermissionError, lambda request, error: JSONResponse({}, 403))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://ours.example") as it:
        assert (await it.get("/health")).json() == {"status": "ok"}
        assert (await it.get("/ready")).status_code == 200
        conditions["timers_on_time"] = False
        answer = await it.get("/ready")
        assert (answer.status_code, answer.json()["conditions"]) == (503, conditions)
        assert (await it.get("/metrics")).status_code == 403
        told = await it.get("/metrics", headers={"x-mission": "1"})
        assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert told.text == metrics_text(figures)
        assert told.text.splitlines() == [
            "# TYPE truceline_requests_total counter",
            'truceline_requests_total{path="/stream"} 7',
            "# TYPE truceline_stream_readers gauge",
            "truceline_stream_readers 3",
            "# TYPE truceline_stream_sent_away_total counter",
            "truceline_stream_sent_away_total 1",
        ]
