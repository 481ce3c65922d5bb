"""A small mission with a gate, a notice ahead, a suspension, a storage site and a zone drawn anew: files to words."""

import json
from pathlib import Path

import pytest
from tests.missions.conftest import NOW_US

from truceline.base.errors import UnreadableError
from truceline.cli.explain import explain_finding
from truceline.pipeline import silent
from truceline.record import open_record
from truceline.report import scope_of
from truceline.report.geojson import ground_of
from truceline.run.batch import RECORD, run_mission
from truceline.run.verification import verify_mission

MANDATE = """mandate "Truce" in force 2024-05-01T00:00
party A "one side"
party B "the other"
body SMM "Mission" monitors
zone strip "geo/wide.geojson" then "geo/narrow.geojson" from 2024-05-04T00:00
site depot "geo/depot.geojson" verified by SMM
gate LEFT "everybody has left" verified by SMM
clause PRESENT cites "1" prohibited A B present any in strip while LEFT unless in depot breach IN_STRIP
clause FLIGHT cites "2" prohibited A B fly any unless rescue notice 48h to SMM
suspension QUIET lifts FLIGHT for victim when 3 IN_STRIP per 7d decided by SMM restored after 2d
"""
DECLARATION = """name = "Strip"
mandates = ["mandate.truce"]
zone = "UTC"
extent_deg = [1.0, -1.0, 4.0, 2.0]
[report]
from_date = "2024-05-01"
until_date = "2024-05-08"
[[sources]]
id = "post"
name = "A post"
kind = "mission"
[[feeds]]
name = "seen"
path = "feeds/seen.csv"
format = "csv"
holds = "observations"
source = "post"
zone = "UTC"
columns = { id = "id", begins = "begins", party = "party", act = "act", lon = "lon", lat = "lat", error_m = "error_m" }
[[feeds]]
name = "registers"
path = "feeds/registers.csv"
format = "csv"
holds = "notices"
source = "post"
zone = "UTC"
[feeds.columns]
register = "register"
party = "party"
begins = "begins"
ends = "ends"
status = "status"
decided_by = "by"
given = "given"
given_to = "to"
"""
SEEN = """id,begins,party,act,lon,lat,error_m
before,2024-05-01 10:00,A,present,2.5,0.5,10
after,2024-05-02 10:00,A,present,2.5,0.5,10
stored,2024-05-02 10:00,A,present,2.05,0.05,10
redrawn,2024-05-04 10:00,A,present,2.5,0.5,10
inside,2024-05-04 10:00,A,present,2.1,0.1,10
rescue,2024-05-05 10:00,A,fly,,,
late,2024-05-05 11:00,B,fly,,,
lifted,2024-05-06 12:00,B,fly,,,
"""
REGISTERS = """register,party,begins,ends,status,by,given,to
LEFT,,2024-05-02 00:00,,granted,SMM,,
rescue,A,2024-05-05 09:00,2024-05-05 12:00,pending,,2024-05-03 09:00,SMM
rescue,B,2024-05-05 09:00,2024-05-05 12:00,pending,,2024-05-04 09:00,SMM
QUIET,B,2024-05-06,,granted,SMM,,
LEFT,,2024-05-07,2024-05-06,granted,SMM,,
"""


def square(east_deg: float) -> str:
    """A GeoJSON square from 2 E, 0 N, so many degrees wide."""
    ring = [[2, 0], [2 + east_deg, 0], [2 + east_deg, east_deg], [2, east_deg], [2, 0]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def write(folder: Path) -> Path:
    (folder / "geo").mkdir()
    (folder / "feeds").mkdir()
    files = {"mandate.truce": MANDATE, "truceline.toml": DECLARATION, "feeds/seen.csv": SEEN}
    files |= {"feeds/registers.csv": REGISTERS, "geo/wide.geojson": square(1), "geo/narrow.geojson": square(0.2)}
    for name, content in (files | {"geo/depot.geojson": square(0.08)}).items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def strip(tmp_path_factory):
    """The mission's folder and what its run made."""
    folder = write(tmp_path_factory.mktemp("strip"))
    return folder, run_mission(folder, now_us=NOW_US)


@pytest.fixture(scope="module")
def found(strip):
    """Own name of the observation -> verdict, finding's id."""
    products = strip[1].products
    rows = SEEN.splitlines()[1:]
    of_event = {
        row["event_id"]: rows[number].split(",")[0]
        for number, observed in enumerate(products.observations.to_pylist())
        for row in products.events.to_pylist()
        if observed["observation_id"] in row["members"]
    }
    return {of_event[row["event_ids"][0]]: row for row in products.judged[0].findings.to_pylist()}


def test_gate_notice_suspension_site_and_drawing_decide(found) -> None:
    assert {name: row["verdict"] for name, row in found.items()} == {
        "before": "no_breach",
        "after": "breach",
        "stored": "no_breach",
        "redrawn": "no_breach",
        "inside": "breach",
        "rescue": "no_breach",
        "late": "breach",
        "lifted": "no_breach",
    }


def test_an_entry_that_ends_before_it_begins_is_set_aside_and_one_of_a_gate_needs_no_party(strip) -> None:
    products = strip[1].products
    assert products.rejects["reason"].to_pylist() == ["ends-before-begins"]
    first = products.notices.to_pylist()[0]
    assert (first["register"], first["party"], first["latest_at_us"]) == ("LEFT", "", None)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "after",
            ["[surely  ] while LEFT is verified by SMM; known: LEFT: verified", "[no      ] exempt if inside depot"],
        ),
        ("before", ["[no      ] while LEFT is verified by SMM; known: LEFT: no entry that covers it"]),
        ("stored", ["[surely  ] exempt if inside depot"]),
        ("redrawn", ["[no      ] inside strip; known: -"]),
        (
            "rescue",
            ["[surely  ] exempt if in the register rescue for A, given to SMM at least 2 days ahead; known:"],
        ),
        ("late", ["rescue: no notice that covers it in time", "lifted by the suspension QUIET for B, decided by SMM"]),
        (
            "lifted",
            ["[surely  ] exempt if lifted by the suspension QUIET for B, decided by SMM; known: QUIET: granted"],
        ),
    ],
)
def test_explain_says_what_each_of_them_asked_and_what_is_known(strip, found, name: str, parts: list[str]) -> None:
    words = explain_finding(strip[0], found[name]["finding_id"]).words()
    for part in parts:
        assert part in words, words


def test_the_record_verifies_and_holds_a_placing_for_each_drawing(strip) -> None:
    with open_record(strip[0] / RECORD, writing=False) as record:
        placings = record.table("placings").to_pylist()
    assert {row["feature"] for row in placings} == {"strip", "strip@2", "depot"}
    assert verify_mission(strip[0], recompute=True, progress=silent).problems == ()


def test_the_map_draws_the_zone_as_it_is_at_the_end_of_the_report(strip) -> None:
    products = strip[1].products
    (shape,) = [each for each in ground_of(products, scope_of(products.mission)).shapes if each.name == "strip"]
    assert shape.polygons[0][0][2] == (2.2, 0.2)


@pytest.mark.parametrize("name", ["wide", "narrow"])
def test_a_missing_drawing_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (folder / "geo" / f"{name}.geojson").unlink()
    with pytest.raises(UnreadableError, match=f"geo/{name}.geojson is not in the mission folder"):
        run_mission(folder, now_us=NOW_US)


@pytest.mark.parametrize("name", ["wide", "narrow"])
def test_a_drawing_that_is_no_zone_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (folder / "geo" / f"{name}.geojson").write_text('{"type": "LineString", "coordinates": [[2, 0], [3, 1]]}')
    with pytest.raises(UnreadableError) as refused:
        run_mission(folder, now_us=NOW_US)
    assert f"geo/{name}.geojson" in str(refused.value)
