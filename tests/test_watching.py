"""Coverage as the pipeline works it out: what it makes of views, and what it can never do."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline import watching
from truceline.base.canonical import sha256_hex
from truceline.base.time import interval_us
from truceline.locate import camera
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mission import CoverageSettings, Feed, Mission, ReportSettings
from truceline.model.source import Source
from truceline.model.terrain import Terrain
from truceline.pipeline import conclude, read_all, read_more, run_pipeline
from truceline.plan import covered

TEXT = b"""
mandate "T" in force 2026-09-01T00:00
zone UTC
coverage >= 0.70
party A "A"
party B "B"
body M "M" monitors 2 by uav_image camera
line contact "geo/contact.geojson" left A right B
weapons GUNS = artillery
evidence seen = 1 independent sources
clause GUNS_2 cites "1" prohibited A B present GUNS within 2km of contact breach GUNS needs seen respond none "told"
clause WORKS_2 cites "2" prohibited A B build any within 2km of contact breach WORKS needs seen respond none "told"
"""
LINE = {"type": "LineString", "coordinates": [[-25.0, 31.0], [-24.9, 31.0]]}
GEOMETRY = {"geo/contact.geojson": json.dumps({"type": "Feature", "properties": {}, "geometry": LINE}).encode()}
WHOLE = "-25.01 30.97, -24.89 30.97, -24.89 31.03, -25.01 31.03"  # the ground of both clauses
VIEW_COLUMNS = [
    "id",
    "sensor",
    "means",
    "spectrum",
    "begins",
    "ends",
    "ring",
    "resolution",
    "visibility_m",
    "disturbed",
]
ROW_COLUMNS = ["id", "begins", "ends", "act", "class", "lon", "lat", "error_m", "count", "means", "confidence"]
COVER_COLUMNS = ["id", "clause", "begins", "ends", "share"]


def feed(name: str, holds: str, columns: list[str]) -> Feed:
    return Feed(
        name=name,
        path=f"feeds/{name}.csv",
        format="csv",
        holds=holds,
        source="mission",
        zone="UTC",
        columns={each: each for each in columns},
    )


def csv_of(columns: list[str], rows: list[dict[str, str]]) -> bytes:
    quoted = [",".join(f'"{row.get(each, "")}"' for each in columns) for row in rows]
    return "\n".join([",".join(columns), *quoted, ""]).encode()


def view(name: str, hours: tuple[int, int], **stated: str) -> dict[str, str]:
    row = {
        "id": name,
        "sensor": name,
        "means": "camera",
        "spectrum": "thermal",
        "begins": f"2026-10-01 {hours[0]:02d}:00:00",
        "ends": f"2026-10-01 {hours[1] - 1:02d}:59:59",
        "ring": WHOLE,
        "resolution": "5 cm",
        "visibility_m": "20000",
    }
    return row | stated


def run(feeds: dict[str, tuple[str, list[str], list[dict[str, str]]]]):
    """Assessments of A by clause, and the products, of a mission that has these feeds and no other."""
    products = run_pipeline(inputs_of(feeds))
    rows = products.judged[0].assessments.to_pylist()
    return {row["clause"]: row for row in rows if row["addressee"] == "A"}, products


def inputs_of(feeds: dict[str, tuple[str, list[str], list[dict[str, str]]]]) -> Inputs:
    mission = Mission(
        name="T",
        mandates=("m.truce",),
        zone="UTC",
        extent_deg=(-26.0, 30.0, -24.0, 32.0),
        report=ReportSettings(from_date="2026-10-01", until_date="2026-10-02"),
        sources=(Source(id="mission", name="M", kind="mission"),),
        feeds=tuple(feed(name, holds, columns) for name, (holds, columns, _) in feeds.items()),
    )
    return Inputs(
        mission=mission,
        mandates={"m.truce": TEXT},
        feeds={f"feeds/{name}.csv": csv_of(columns, rows) for name, (_, columns, rows) in feeds.items()},
        catalogues={},
        geometry=GEOMETRY,
        now_us=interval_us("2026-10-05", zone="UTC")[0],
    )


def views_of(*rows: dict[str, str]) -> dict[str, tuple[str, list[str], list[dict[str, str]]]]:
    return {"views": ("views", VIEW_COLUMNS, list(rows))}


def test_a_day_watched_throughout_lets_an_absence_be_stated():
    found, products = run(views_of(view("V", (0, 24))))
    assert found["GUNS_2"]["outcome"] == "none_found"
    assert found["GUNS_2"]["coverage_permille"] >= 900
    assert {row["state"] for row in products.watch.watched.to_pylist() if row["clause"] == "GUNS_2"} == {"observed"}


def test_a_fifth_of_a_day_does_not():
    found, products = run(views_of(view("V", (19, 24))))
    assert (found["GUNS_2"]["outcome"], found["GUNS_2"]["reason"]) == ("undetermined", "not-observed")
    assert 150 <= found["GUNS_2"]["coverage_permille"] <= 300
    assert found["WORKS_2"]["outcome"] == "none_found", "what was dug in the morning is still there in the evening"
    states = {row["state"] for row in products.watch.watched.to_pylist() if row["clause"] == "GUNS_2"}
    assert {"observed", "not_observed"} <= states


@pytest.mark.parametrize(
    "worse",
    [
        {"disturbed": "satellite navigation lost"},
        {"resolution": ""},
        {"visibility_m": "300"},
        {"spectrum": "visible"},
    ],
    ids=["place not sure", "resolution not stated", "fog", "no sight at night"],
)
def test_conditions_that_spoil_sight_spoil_coverage(worse: dict[str, str]):
    good, bad = (run(views_of(view("V", (0, 24), **more)))[0]["GUNS_2"] for more in ({}, worse))
    assert bad["coverage_permille"] < good["coverage_permille"] - 100
    assert bad["outcome"] == "undetermined"


def test_before_the_first_view_coverage_is_not_known_and_after_the_last_it_is_nothing():
    _, products = run(views_of(view("V", (0, 24))))
    days = {row["earliest_at_us"] for row in products.coverage.to_pylist()}
    assert days == {interval_us("2026-10-01", zone="UTC")[0]}
    late = {name: (holds, columns, rows) for name, (holds, columns, rows) in views_of(view("V", (0, 24))).items()}
    late["views"][2][0]["begins"], late["views"][2][0]["ends"] = "2026-09-30 00:00:00", "2026-09-30 23:59:59"
    found, products = run(late)
    assert found["GUNS_2"]["coverage_permille"] <= 50, "what stood an hour longer may still be seen"
    assert len({row["earliest_at_us"] for row in products.coverage.to_pylist()}) == 2


def test_a_live_round_without_new_views_works_nothing_out_again_and_one_with_new_ones_does(monkeypatch):
    calls = []

    def counted(*args, **more):
        calls.append(1)
        return covered(*args, **more)

    monkeypatch.setattr(watching, "covered", counted)
    inputs = inputs_of(views_of(view("V", (0, 12))))
    work = read_all(inputs)
    first, again = conclude(work), conclude(work)
    assert len(calls) == 1
    assert first.coverage.equals(again.coverage)
    content = csv_of(VIEW_COLUMNS, [view("W", (12, 24))])
    more = read_more(
        work, LiveFile(name="w.csv", feed="views", format="csv", content=content, sha256=sha256_hex(content))
    )
    assert conclude(more).coverage["share_permille"].to_pylist() > first.coverage["share_permille"].to_pylist()
    assert len(calls) == 2


def test_live_rounds_read_the_terrain_once_until_another_sensor_stands(monkeypatch):
    flat = Terrain(
        name="flat",
        heights_m=np.zeros((80, 200), np.float32),
        west_deg=-25.05,
        north_deg=31.04,
        step_lon_deg=0.001,
        step_lat_deg=0.001,
        lowest_m=0.0,
        highest_m=0.0,
    )
    reads = []

    def reading(*_, **__):
        reads.append(1)
        return flat

    monkeypatch.setattr(camera, "read_terrain", reading)
    columns = [*VIEW_COLUMNS, "lon", "lat", "range_m", "above_ground_m"]
    stands = {"lon": "-24.95", "lat": "31.0", "range_m": "5000", "above_ground_m": "20", "ring": ""}

    inputs = inputs_of({"views": ("views", columns, [view("V", (0, 12), **stands)])})
    mission = replace(inputs.mission, coverage=CoverageSettings(terrain="flat.tif"))
    work = read_all(replace(inputs, mission=mission, beside={"flat.tif": b"heights"}))
    first, again = conclude(work), conclude(work)
    assert (len(reads), first.coverage) == (1, again.coverage)
    for row, times in ((view("W", (12, 24), **stands), 1), (view("X", (12, 24), **stands | {"lat": "31.01"}), 2)):
        content = csv_of(columns, [row])
        file = LiveFile(name=row["id"], feed="views", format="csv", content=content, sha256=sha256_hex(content))
        work = read_more(work, file)
        conclude(work)
        assert len(reads) == times


def test_of_two_mandates_that_call_a_clause_alike_the_lesser_share_stands_for_both():
    feeds = views_of(view("V", (19, 24)))
    wide = TEXT.replace(
        b'GUNS_2 cites "1" prohibited A B present GUNS within 2km',
        b'GUNS_2 cites "1" prohibited A B present GUNS within 20km',
    )
    one, both = inputs_of(feeds), inputs_of(feeds)
    mission = replace(both.mission, mandates=("m.truce", "n.truce"))
    both = replace(both, mission=mission, mandates={"m.truce": TEXT, "n.truce": wide.replace(b'"T"', b'"N"')})
    alone, beside = (run_pipeline(inputs).coverage.to_pylist() for inputs in (one, both))
    share = {
        name: {row["clause"]: row["share_permille"] for row in rows} for name, rows in (("m", alone), ("both", beside))
    }
    assert share["both"]["GUNS_2"] < share["m"]["GUNS_2"], "20 km are seen less than 2 km are"
    assert share["both"]["WORKS_2"] == share["m"]["WORKS_2"]


def test_what_a_party_sends_in_confidence_is_no_view_of_the_mission():
    inputs = inputs_of(views_of(view("V", (0, 5))))
    content = csv_of(VIEW_COLUMNS, [view("W", (5, 24), lost="2026-10-02 00:10")])
    sent = LiveFile(
        name="w.csv", feed="views", format="csv", content=content, sha256=sha256_hex(content), compartment="A", salt="s"
    )
    alone, told = run_pipeline(inputs), run_pipeline(replace(inputs, live=(sent,)))
    assert told.coverage.equals(alone.coverage)
    assert told.views.equals(alone.views)
    assert told.events.num_rows == alone.events.num_rows


# --- what taking a feed away can never do -------------------------------

HOURS = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda span: span[0] < span[1])
SPOILED = st.sampled_from([{}, {}, {}, {"disturbed": "lost"}, {"resolution": ""}, {"visibility_m": "500"}])
VIEWS = st.lists(st.builds(lambda hours, more: (hours, more), HOURS, SPOILED), max_size=3)
SHARES = st.lists(
    st.tuples(st.sampled_from(["", "GUNS_2", "WORKS_2"]), st.sampled_from(["0.1", "0.6", "0.9"])), max_size=2
)
SEEN = st.lists(st.sampled_from(["present", "build", "move", "nonsense"]), max_size=2)


@given(one=VIEWS, other=VIEWS, shares=st.tuples(SHARES, SHARES), seen=SEEN)
@settings(max_examples=25, deadline=None)
def test_taking_a_feed_away_never_turns_not_observed_into_none_found(one, other, shares, seen):
    feeds = {}
    for name, drawn in (("first", one), ("second", other)):
        rows = [view(f"{name}{number}", hours, **more) for number, (hours, more) in enumerate(drawn)]
        feeds[name] = ("views", VIEW_COLUMNS, rows)
    for name, stated in zip(("told", "heard"), shares, strict=True):
        rows = [
            {"id": f"{name}{n}", "clause": clause, "begins": "2026-10-01", "ends": "2026-10-01", "share": share}
            for n, (clause, share) in enumerate(stated)
        ]
        feeds[name] = ("coverage", COVER_COLUMNS, rows)
    feeds["reports"] = (
        "observations",
        ROW_COLUMNS,
        [
            {
                "id": f"r{n}", "begins": "2026-10-01 10:00", "ends": "2026-10-01 10:05", "act": act, "class": "gun",
                "lon": "-24.95", "lat": "31.1", "error_m": "50", "count": "1", "means": "uav_image",
            }
            for n, act in enumerate(seen)
        ],
    )  # fmt: skip
    before, _ = run(feeds)
    for name in feeds:
        after, _ = run({kept: rows for kept, rows in feeds.items() if kept != name})
        for clause, row in after.items():
            was = before[clause]
            if row["outcome"] == "none_found" and feeds[name][0] != "observations":
                assert was["outcome"] == "none_found", f"{clause} without {name}"
            assert (was["reason"], row["outcome"]) != ("not-observed", "none_found"), f"{clause} without {name}"
            if feeds[name][0] != "observations" and was["coverage_permille"] is None:
                assert row["coverage_permille"] is None
