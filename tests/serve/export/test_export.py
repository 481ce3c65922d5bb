"""Every row comes back from each format with what was given."""

import csv
import io
import json
import math
from datetime import UTC, datetime
from xml.etree import ElementTree

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from tests.conftest import budget

from truceline.base.errors import InputError
from truceline.base.time import stamp
from truceline.model.account import MISSION, PUBLIC, Recipient
from truceline.report.geojson import DISCLAIMER, M_PER_DEG
from truceline.serve.export import COT_MEDIA_TYPE, FORMATS, cot, csv_file, geojson, geoparquet, kml

SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("status", pa.string()),
        ("members", pa.list_(pa.string())),
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("lon_deg", pa.float64()),
        ("lat_deg", pa.float64()),
        ("cov_ee_m2", pa.float64()),
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("place_name", pa.string()),
        ("act", pa.string()),
        ("count_lo", pa.int64()),
        ("visible_from_us", pa.int64()),
    ]
)
NOW_US = 1_760_000_000_000_000
HOUR_US = 3_600_000_000
KML = "{http://www.opengis.net/kml/2.2}"
PARTY = Recipient(kind="party", party="A")


def row(**given: object) -> dict[str, object]:
    """A coarse and old row, as a party gets it."""
    return {
        "event_id": "evt-1",
        "status": "confirmed",
        "members": ["obs-1", "obs-2"],
        "earliest_at_us": NOW_US - 5 * HOUR_US,
        "latest_at_us": NOW_US - 4 * HOUR_US,
        "lon_deg": 37.5,
        "lat_deg": 48.5,
        "cov_ee_m2": 1_000_000.0,
        "cov_en_m2": 0.0,
        "cov_nn_m2": 250_000.0,
        "place_name": 'Півнці <&> "x"',
        "act": "fire",
        "count_lo": -3,
        "visible_from_us": 17,
    } | given


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([*rows], schema=SCHEMA)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)  # XML holds no controls
INSTANT = st.one_of(st.none(), st.integers(0, 4 * 10**15))
PLACE = st.tuples(st.floats(-180, 180), st.floats(-89, 89))
ERROR = st.one_of(st.none(), st.tuples(st.floats(0, 1e8), st.just(0.0), st.floats(0, 1e8)))
ROWS = st.lists(
    st.builds(
        lambda name, words, ends, place, error: row(
            event_id=name,
            place_name=words,
            earliest_at_us=ends[0],
            latest_at_us=ends[1],
            lon_deg=place and place[0],
            lat_deg=place and place[1],
            cov_ee_m2=error and error[0],
            cov_en_m2=error and error[1],
            cov_nn_m2=error and error[2],
        ),
        st.uuids().map(str),
        TEXT,
        st.tuples(INSTANT, INSTANT),
        st.one_of(st.none(), PLACE),
        ERROR,
    ),
    max_size=5,
)


def stamped(instant_us: int | None) -> str | None:
    return None if instant_us is None else stamp(instant_us)


@given(ROWS)
@budget(30)
def test_every_row_comes_back_from_geojson(rows):
    collection = json.loads(geojson(table(*rows)))
    assert collection["disclaimer"] == DISCLAIMER
    assert [each["id"] for each in collection["features"]] == [each["event_id"] for each in rows]
    for feature, given_row in zip(collection["features"], rows, strict=True):
        held = feature["properties"]
        assert "visible_from_us" not in held
        assert (held["earliest_at"], held["latest_at"]) == tuple(
            stamped(given_row[name]) for name in ("earliest_at_us", "latest_at_us")
        )
        for name in ("status", "members", "cov_ee_m2", "cov_nn_m2", "place_name", "act", "count_lo"):
            assert held[name] == given_row[name]
        if given_row["lon_deg"] is None:
            assert feature["geometry"] is None
        else:
            there = [given_row["lon_deg"], given_row["lat_deg"]]
            assert feature["geometry"]["coordinates"] == pytest.approx(there, abs=1e-7)


@given(ROWS)
@budget(30)
def test_every_row_comes_back_from_csv(rows):
    held = [*csv.DictReader(io.StringIO(csv_file(table(*rows)).decode("utf-8"), newline=""))]
    assert len(held) == len(rows)
    for cells, given_row in zip(held, rows, strict=True):
        text = cells["place_name"]
        assert text in (given_row["place_name"], f"'{given_row['place_name']}")
        assert cells["event_id"] == given_row["event_id"]
        assert cells["count_lo"] == "-3"
        assert cells["earliest_at"] == (stamped(given_row["earliest_at_us"]) or "")
        assert (float(cells["lon_deg"]) if cells["lon_deg"] else None) == given_row["lon_deg"]
        assert not cells["lon_deg"].startswith("'")
        assert "visible_from_us" not in cells


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@sum", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_plain(text):
    cells = next(csv.DictReader(io.StringIO(csv_file(table(row(place_name=text))).decode(), newline="")))
    assert cells["place_name"].startswith("'")


def test_a_table_without_rows_has_its_header_still():
    assert csv_file(table()).startswith(b"event_id,status,members,earliest_at,latest_at,lon_deg,")


@given(ROWS)
@budget(30)
def test_every_row_comes_back_from_geoparquet(rows):
    read = parquet.read_table(pa.BufferReader(geoparquet(table(*rows))))
    check_geo(read)
    points = shapely.from_wkb(read.column("geometry").to_numpy(zero_copy_only=False))
    held = read.to_pylist()
    assert len(held) == len(rows)
    for cells, point, given_row in zip(held, points, rows, strict=True):
        if given_row["lon_deg"] is None:
            assert point is None
        else:
            assert (point.x, point.y) == (given_row["lon_deg"], given_row["lat_deg"])
        for name in ("earliest", "latest"):
            instant_us = given_row[f"{name}_at_us"]
            there = cells[f"{name}_at"]
            assert there == (None if instant_us is None else utc(instant_us))
        for name in ("event_id", "members", "cov_ee_m2", "cov_en_m2", "cov_nn_m2", "place_name", "count_lo"):
            assert cells[name] == given_row[name]
        assert "visible_from_us" not in cells


def utc(instant_us: int) -> datetime:
    return datetime.fromisoformat(stamp(instant_us)).astimezone(UTC)


def check_geo(read: pa.Table) -> None:
    """The rules of GeoParquet 1.1.0 for a file with one column of points."""
    about = json.loads(read.schema.metadata[b"geo"])
    assert set(about) == {"version", "primary_column", "columns"}
    assert (about["version"], about["primary_column"]) == ("1.1.0", "geometry")
    column = about["columns"]["geometry"]
    assert set(column) <= {"encoding", "geometry_types", "bbox"}
    assert column["encoding"] == "WKB"
    shapes = shapely.from_wkb([each for each in read.column("geometry").to_pylist() if each is not None])
    assert column["geometry_types"] == (["Point"] if len(shapes) else [])
    if len(shapes):
        assert column["bbox"] == [*shapely.total_bounds(shapes)]
    assert read.schema.field("geometry").type == pa.binary()
    assert read.schema.metadata[b"disclaimer"].decode() == DISCLAIMER


@given(ROWS)
@budget(30)
def test_every_row_comes_back_from_kml(rows):
    marks = ElementTree.fromstring(kml(table(*rows))).findall(f".//{KML}Placemark")
    assert [each.findtext(f"{KML}name") for each in marks] == [each["event_id"] for each in rows]
    for mark, given_row in zip(marks, rows, strict=True):
        cells = {each.get("name"): each.findtext(f"{KML}value") for each in mark.iter(f"{KML}Data")}
        assert cells["place_name"] == given_row["place_name"]
        assert cells["members"] == "obs-1; obs-2"
        assert "visible_from_us" not in cells
        for tag, name in (("begin", "earliest_at_us"), ("end", "latest_at_us")):
            assert mark.findtext(f"{KML}TimeSpan/{KML}{tag}") == stamped(given_row[name])
        shapes = [tag for tag in ("Point", "Polygon") if mark.find(f"{KML}{tag}") is not None]
        if given_row["lon_deg"] is None:
            assert shapes == []
        else:
            assert shapes == ["Point" if given_row["cov_ee_m2"] is None else "Polygon"]
            assert (float(cells["lon_deg"]), float(cells["lat_deg"])) == (given_row["lon_deg"], given_row["lat_deg"])


def test_a_coarse_place_is_drawn_as_wide_as_its_error_around_its_middle():
    mark = ElementTree.fromstring(kml(table(row()))).find(f".//{KML}Placemark")
    text = mark.findtext(f".//{KML}Polygon//{KML}coordinates")
    points = [tuple(map(float, each.split(","))) for each in text.split()]
    assert points[0] == points[-1]
    narrow_ratio = math.cos(math.radians(48.5))
    east_m = max((lon - 37.5) * M_PER_DEG * narrow_ratio for lon, _ in points)
    north_m = max((lat - 48.5) * M_PER_DEG for _, lat in points)
    assert east_m == pytest.approx(2_447.7, rel=0.001)  # 95 % of a sigma of 1,000 m
    assert north_m == pytest.approx(1_223.9, rel=0.001)


def test_what_xml_cannot_hold_is_replaced_and_nothing_breaks_out_of_its_element():
    made = kml(table(row(place_name="a\x00b</value><script>")))
    mark = ElementTree.fromstring(made).find(f".//{KML}Placemark")
    cells = {each.get("name"): each.findtext(f"{KML}value") for each in mark.iter(f"{KML}Data")}
    assert cells["place_name"] == "a\ufffdb</value><script>"


# --- Cursor on Target ------------------------------


def test_every_placed_row_comes_back_from_cot():
    rows = [row(), row(event_id="evt-2", lon_deg=None, lat_deg=None), row(event_id="evt-3", lat_deg=-48.5)]
    events = ElementTree.fromstring(cot(table(*rows), to=PUBLIC, now_us=NOW_US)).findall("event")
    assert [each.get("uid") for each in events] == ["evt-1", "evt-3"]
    first = events[0]
    assert first.get("start") == stamp(NOW_US - 5 * HOUR_US)
    assert (first.get("time"), first.get("stale")) == (stamp(NOW_US), stamp(NOW_US + 24 * HOUR_US))
    point = first.find("point").attrib
    assert (float(point["lon"]), float(point["lat"])) == (37.5, 48.5)
    assert 1_000 <= float(point["ce"]) <= 1_001, "one sigma, rounded up"
    assert float(point["le"]) == float(point["hae"]) == 9_999_999


def test_a_spot_has_no_side_and_is_no_unit():
    event = ElementTree.fromstring(cot(table(row()), to=PARTY, now_us=NOW_US)).find("event")
    assert not event.get("type").startswith("a-")


@pytest.mark.parametrize(
    ("given_row", "says"),
    [
        (row(cov_ee_m2=100_000.0, cov_nn_m2=100_000.0), "775 m"),  # sharper than 1 km
        (row(cov_ee_m2=None), "unstated error"),
        (row(latest_at_us=NOW_US - HOUR_US + 1), "3599 s old"),
        (row(latest_at_us=None), "unstated age"),
        (row(latest_at_us=NOW_US + HOUR_US), "at least 3600 s"),
    ],
)
def test_one_row_that_is_sharp_or_fresh_stops_the_whole_file(given_row, says):
    with pytest.raises(InputError, match=says):
        cot(table(row(), given_row), to=PUBLIC, now_us=NOW_US)


def test_what_only_the_mission_may_see_never_goes_out_as_cot():
    with pytest.raises(InputError, match="exact places"):
        cot(table(row()), to=MISSION, now_us=NOW_US)


def test_each_format_is_named_once_and_cot_is_none_of_them():
    assert [*FORMATS] == ["geojson", "csv", "geoparquet", "kml"]
    assert COT_MEDIA_TYPE not in {each.media_type for each in FORMATS.values()}
    assert all(each.write(table(row())) for each in FORMATS.values())


@pytest.mark.parametrize("make", [geojson, csv_file, geoparquet, kml])
def test_kinds_without_a_place_can_be_exported_too(make):
    impediments = pa.table({"impediment_id": ["i1"], "kind": ["denial"], "earliest_at_us": pa.array([5], pa.int64())})
    assert b"i1" in make(impediments)


@pytest.mark.parametrize("make", [geojson, csv_file, geoparquet, kml])
def test_no_export_says_who_a_casualty_is(make):
    casualties = pa.table({"casualty_id": ["c1"], "person": ["Jane Doe"], "words": ["her name"], "kind": ["killed"]})
    made = make(casualties)
    assert b"c1" in made
    assert b"Jane Doe" not in made
    assert b"her name" not in made
