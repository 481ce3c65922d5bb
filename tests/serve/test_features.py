"""The index answers as a walk over all rows would, on every page, whatever was added meanwhile."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.errors import UnreadableError
from truceline.model.account import PUBLIC
from truceline.serve.features import Change, Drawings, FeatureIndex, Indexes, Query, placed_by_events

SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("act", pa.string()),
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("lon_deg", pa.float64()),
        ("lat_deg", pa.float64()),
        ("cov_ee_m2", pa.float64()),
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("visible_from_us", pa.int64()),
    ]
)
COLUMNS = ("act", "status")
LONS = (-180.0, -179.5, -10.25, 0.0, 10.25, 22.1, 179.5, 180.0)
LATS = (-90.0, -45.5, 0.0, 45.5, 90.0)
NOW_US = 50


def row(event_id: str, **given: object) -> dict[str, object]:
    return {
        "event_id": event_id,
        "act": "fire",
        "earliest_at_us": 10,
        "latest_at_us": 20,
        "lon_deg": 22.1,
        "lat_deg": 48.5,
        "cov_ee_m2": 100.0,
        "cov_en_m2": 0.0,
        "cov_nn_m2": 100.0,
        "visible_from_us": 0,
    } | given


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def index(rows: list[dict[str, object]], folder: Path) -> FeatureIndex:
    return FeatureIndex(table(rows), columns=COLUMNS, folder=folder)


def ids(held: FeatureIndex, query: Query, now_us: int = NOW_US) -> list[str]:
    """The ids on one page, read back from its bytes."""
    page = held.page(query, now_us=now_us)
    found = [each["id"] for each in json.loads(b"[" + page.body + b"]")]
    assert len(found) == page.returned
    return found


def walked(held: FeatureIndex, query: Query) -> list[str]:
    """The ids on all pages, by following them."""
    found: list[str] = []
    after = query.after
    while True:
        asked = Query(
            bbox_deg=query.bbox_deg,
            from_us=query.from_us,
            until_us=query.until_us,
            equal=query.equal,
            after=after,
            limit=query.limit,
        )
        found += ids(held, asked)
        after = held.page(asked, now_us=NOW_US).last
        if not after:
            return found


def expected(rows: dict[str, dict[str, object]], query: Query) -> list[str]:
    """The same by looking at each row."""

    def fits(each: dict[str, object]) -> bool:
        seen = each["visible_from_us"] is not None and each["visible_from_us"] <= NOW_US
        early = each["earliest_at_us"] is None or each["earliest_at_us"] <= query.until_us
        late = each["latest_at_us"] is None or each["latest_at_us"] >= query.from_us
        worded = all((each.get(name) or "") == text for name, text in query.equal)
        return seen and early and late and worded and inside(each)

    def inside(each: dict[str, object]) -> bool:
        if query.bbox_deg is None or each["lon_deg"] is None or each["lat_deg"] is None:
            return True
        west, south, east, north = query.bbox_deg
        lon = west <= each["lon_deg"] <= east if west <= east else each["lon_deg"] >= west or each["lon_deg"] <= east
        return lon and south <= each["lat_deg"] <= north

    return sorted(name for name, each in rows.items() if fits(each))


NAMES = st.sampled_from([f"evt-{number}" for number in range(12)] + ["evt-10-longer", "é"])
INSTANTS = st.one_of(st.none(), st.integers(0, 100))
ROWS = st.builds(
    row,
    NAMES,
    act=st.sampled_from(["fire", "strike", "", None]),
    earliest_at_us=INSTANTS,
    latest_at_us=INSTANTS,
    lon_deg=st.one_of(st.none(), st.sampled_from(LONS)),
    lat_deg=st.one_of(st.none(), st.sampled_from(LATS)),
    visible_from_us=INSTANTS,
)
BOXES = st.builds(
    lambda west, east, lats: (west, min(lats), east, max(lats)),
    st.sampled_from(LONS),
    st.sampled_from(LONS),
    st.tuples(st.sampled_from(LATS), st.sampled_from(LATS)),
)
QUERIES = st.builds(
    lambda ends, bbox_deg, equal, limit: Query(
        bbox_deg=bbox_deg, from_us=min(ends), until_us=max(ends), equal=equal, limit=limit
    ),
    ends=st.tuples(st.integers(0, 100), st.integers(0, 100)),
    bbox_deg=st.one_of(st.none(), BOXES),
    equal=st.sampled_from([(), (("act", "fire"),), (("act", ""),), (("act", "unheard of"),), (("status", ""),)]),
    limit=st.integers(1, 5),
)
STEPS = st.lists(st.tuples(st.lists(ROWS, max_size=6), st.lists(NAMES, max_size=2)), max_size=4)


@given(first=st.lists(ROWS, max_size=10), steps=STEPS, query=QUERIES)
@budget(60)
def test_all_pages_together_hold_what_a_walk_over_all_rows_finds_once_each(tmp_path_factory, first, steps, query):
    known = {each["event_id"]: each for each in first}
    held = index(first, tmp_path_factory.getbasetemp())
    for added, gone in steps:
        held.put(table(added), gone=gone)
        for name in gone:
            known.pop(name, None)
        known |= {each["event_id"]: each for each in added}
    wanted = expected(known, query)
    assert walked(held, query) == sorted(wanted, key=str.encode)
    assert held.page(query, now_us=NOW_US).matched == len(wanted)
    assert len(held) == len(known)
    for name in known:
        seen = known[name]["visible_from_us"] is not None and known[name]["visible_from_us"] <= NOW_US
        assert (held.one(name, now_us=NOW_US) is not None) == seen


@given(rows=st.lists(ROWS, min_size=4, max_size=12), added=st.lists(ROWS, max_size=6))
@budget(60)
def test_a_walk_meets_what_was_there_throughout_exactly_once_though_rows_are_added(tmp_path_factory, rows, added):
    held = index(rows, tmp_path_factory.getbasetemp())
    everything = [each | {"visible_from_us": 0} for each in rows]
    held.put(table(everything))
    first = held.page(Query(limit=2), now_us=NOW_US)
    seen = ids(held, Query(limit=2))
    held.put(table([each | {"visible_from_us": 0} for each in added]))
    while first.last:
        seen += ids(held, Query(limit=2, after=first.last))
        first = held.page(Query(limit=2, after=first.last), now_us=NOW_US)
    assert len(seen) == len(set(seen))
    assert {each["event_id"] for each in rows} <= set(seen)


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ((170.0, -10.0, -170.0, 10.0), ["east", "west"]),  # across the antimeridian
        ((-170.0, -10.0, 170.0, 10.0), ["middle"]),
        ((0.0, 0.0, 0.0, 0.0), ["middle"]),  # edges belong to the box
        ((180.0, -10.0, 180.0, 10.0), []),
        ((1.0, -10.0, -180.0, 10.0), ["east"]),
    ],
)
def test_a_box_whose_west_is_above_its_east_crosses_the_antimeridian(tmp_path, box, found):
    rows = [row(name, lon_deg=lon, lat_deg=0.0) for name, lon in (("east", 179.0), ("middle", 0.0), ("west", -179.0))]
    assert ids(index(rows, tmp_path), Query(bbox_deg=box)) == found


def test_a_row_counts_nowhere_before_it_may_be_shown(tmp_path):
    held = index([row("a", visible_from_us=100), row("b")], tmp_path)
    assert held.page(Query(), now_us=99).matched == 1
    assert held.one("a", now_us=99) is None
    assert held.page(Query(), now_us=100).matched == 2
    assert held.one("a", now_us=100) is not None


def test_a_row_of_which_it_is_not_said_from_when_it_may_be_shown_never_is(tmp_path):
    held = index([row("a", visible_from_us=None)], tmp_path)
    assert held.page(Query(), now_us=2**62).matched == 0


def test_a_table_that_was_thinned_already_is_visible_at_once(tmp_path):
    held = FeatureIndex(table([row("a")]).drop_columns(["visible_from_us"]), columns=COLUMNS, folder=tmp_path)
    assert ids(held, Query(), now_us=0) == ["a"]


def test_a_feature_says_what_its_row_says_and_nothing_of_when_it_may_be_shown(tmp_path):
    held = index([row("a", latest_at_us=1_500_000, lon_deg=22.123456789)], tmp_path)
    assert json.loads(held.one("a", now_us=NOW_US)) == {
        "type": "Feature",
        "id": "a",
        "geometry": {"type": "Point", "coordinates": [22.1234568, 48.5]},
        "properties": {
            "event_id": "a",
            "act": "fire",
            "earliest_at": "1970-01-01T00:00:00.000010Z",
            "latest_at": "1970-01-01T00:00:01.500000Z",
            "cov_ee_m2": 100.0,
            "cov_en_m2": 0.0,
            "cov_nn_m2": 100.0,
            "error_m": 25,
        },
    }


def test_rows_beyond_the_tail_are_merged_and_a_worn_file_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("truceline.serve.features._TAIL_ROWS", 3)
    monkeypatch.setattr("truceline.serve.features._SLACK_BYTES", 0)
    held = index([row(f"{number}") for number in range(5)], tmp_path)
    before = held.page(Query(), now_us=NOW_US)
    sizes = []
    for turn in range(40):
        held.put(table([row(f"{turn % 5}", act="strike")]))
        sizes.append(held._now.spill.size)
    assert max(sizes) <= 3 * len(before.body) + 200
    assert ids(held, Query()) == ["0", "1", "2", "3", "4"]
    assert held.page(Query(equal=(("act", "strike"),)), now_us=NOW_US).matched == 5


def test_nothing_is_left_in_the_folder(tmp_path):
    held = index([row("a")], tmp_path)
    assert ids(held, Query()) == ["a"]
    assert [*tmp_path.iterdir()] == []


def test_a_finding_lies_where_its_first_placed_event_lies_and_is_shown_no_sooner(tmp_path):
    events = index([row("e1", lon_deg=None), row("e2", visible_from_us=70), row("e3", lon_deg=1.0)], tmp_path)
    findings = pa.table(
        {
            "finding_id": ["f1", "f2", "f3"],
            "event_ids": [["e1", "e2", "e3"], [], ["e3"]],
            "visible_from_us": pa.array([60, 5, 90], pa.int64()),
        }
    )
    placed = placed_by_events(findings, events).to_pylist()
    assert [(each["lon_deg"], each["error_m"], each["visible_from_us"]) for each in placed] == [
        (22.1, 25, 70),
        (None, None, 5),
        (1.0, 25, 90),
    ]
    held = FeatureIndex(placed_by_events(findings, events), columns=("verdict",), folder=tmp_path)
    assert json.loads(held.one("f1", now_us=70))["geometry"]["coordinates"] == [22.1, 48.5]


class Shelf:
    """Rows that say what changed, or do not."""

    def __init__(self, tells: bool) -> None:
        self.tells, self.turn, self.reads = tells, 1, 0
        self.held = {"event": [row("e1"), row("e2")], "finding": [{"finding_id": "f1", "event_ids": ["e2"]}]}
        self.last: dict[str, Change] = {}

    def version(self, kind):
        return self.turn

    def rows(self, kind, to):
        self.reads += 1
        return self.table(kind, self.held[kind])

    def table(self, kind, rows):
        schema = (
            SCHEMA
            if kind == "event"
            else pa.schema([("finding_id", pa.string()), ("event_ids", pa.list_(pa.string()))])
        )
        return pa.Table.from_pylist(rows, schema=schema)

    def older(self, kind, to):
        return iter(())

    def changed(self, kind, to, since):
        return self.last.get(kind, Change(rows=self.table(kind, []))) if self.tells else None


@pytest.mark.parametrize("tells", [True, False])
def test_an_index_is_made_once_and_then_brought_up_to_date(tmp_path, tells):
    shelf = Shelf(tells)
    indexes = Indexes(shelf, columns={"event": COLUMNS, "finding": ("verdict",)}, folder=tmp_path)
    assert ids(indexes.index("event", PUBLIC), Query()) == ["e1", "e2"]
    assert json.loads(indexes.index("finding", PUBLIC).one("f1", now_us=NOW_US))["geometry"] is not None
    assert indexes.index("event", PUBLIC) is indexes.index("event", PUBLIC)
    assert shelf.reads == 2
    shelf.turn, moved = 2, row("e3", lon_deg=1.0)
    shelf.held = {"event": [row("e1"), moved], "finding": [{"finding_id": "f1", "event_ids": ["e3"]}]}
    shelf.last["event"] = Change(rows=shelf.table("event", [moved]), gone=("e2",))
    shelf.last["finding"] = Change(rows=shelf.table("finding", shelf.held["finding"]))
    assert ids(indexes.index("event", PUBLIC), Query()) == ["e1", "e3"]
    found = json.loads(indexes.index("finding", PUBLIC).one("f1", now_us=NOW_US))
    assert found["geometry"]["coordinates"] == [1.0, 48.5]
    assert shelf.reads == (2 if tells else 4)


SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]


@pytest.mark.parametrize(
    ("geometry", "box", "touches"),
    [
        ({"type": "Polygon", "coordinates": [SQUARE]}, (1, 1, 2, 2), True),  # the box lies inside
        ({"type": "Polygon", "coordinates": [SQUARE, HOLE]}, (1.5, 1.5, 2, 2), False),  # in the hole
        ({"type": "Polygon", "coordinates": [SQUARE]}, (-1, -1, 9, 9), True),  # around it
        ({"type": "Polygon", "coordinates": [SQUARE]}, (4.1, 0, 5, 5), False),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]]}, (3, 3, 9, 9), True),
        ({"type": "LineString", "coordinates": [[0, 0], [4, 4]]}, (1, 1, 2, 2), True),
        ({"type": "LineString", "coordinates": [[0, 0], [4, 4]]}, (2, 0, 4, 1), False),  # only its frame overlaps
        ({"type": "LineString", "coordinates": [[0, 0], [4, 0]]}, (1, -1, 2, 1), True),
        ({"type": "MultiLineString", "coordinates": [[[0, 0], [4, 4]]]}, (4, 4, 5, 5), True),
        ({"type": "Point", "coordinates": [4, 4]}, (4, 4, 5, 5), True),
        ({"type": "Point", "coordinates": [179, 4]}, (178, 0, -178, 5), True),  # across the antimeridian
        ({"type": "Point", "coordinates": [0, 4]}, (178, 0, -178, 5), False),
        ({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}]}, (0, 0, 2, 2), True),
        (None, (0, 0, 1, 1), True),  # what has no place fits any box
    ],
)
def test_a_drawing_is_found_where_it_touches_the_box(geometry, box, touches):
    content = json.dumps({"features": [{"type": "Feature", "id": "z", "geometry": geometry, "properties": {}}]})
    drawings = Drawings(content.encode(), subject="zones.geojson")
    assert drawings.page(Query(bbox_deg=box), now_us=0).matched == int(touches)


def test_drawings_are_paged_by_their_ids():
    features = [{"type": "Feature", "id": name, "geometry": None, "properties": {}} for name in "cab"]
    drawings = Drawings(json.dumps({"features": features}).encode(), subject="zones.geojson")
    first = drawings.page(Query(limit=2), now_us=0)
    assert (first.matched, first.returned, first.last) == (3, 2, "b")
    rest = drawings.page(Query(limit=2, after=first.last), now_us=0)
    assert (rest.returned, rest.last) == (1, "")
    assert json.loads(drawings.one("c", now_us=0)) == features[0]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"features": [{"type": "Feature", "geometry": null}]}'])
def test_what_is_no_drawing_is_refused_by_name(content):
    with pytest.raises(UnreadableError, match=r"zones\.geojson"):
        Drawings(content, subject="zones.geojson")
