"""`truceline plan`: what it writes for a mission that is shipped, and what it says where it cannot plan."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from truceline.cli.main import app

MISSION = Path(__file__).parents[3] / "missions" / "quiet-day"
ASK = CliRunner()


def copied(folder: Path, *changes: tuple[str, str]) -> Path:
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report", "plan"))
    path = folder / "truceline.toml"
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = copied(tmp_path_factory.mktemp("plan") / "quiet")
    done = ASK.invoke(app, ["plan", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    return folder, json.loads(done.stdout)


def test_the_json_says_how_good_the_plan_is_and_lists_its_sorties(planned):
    _, told = planned
    assert {"gap", "bound", "objective", "sorties", "unmet", "requirements"} <= told.keys()
    assert 0 <= told["bound"] <= told["objective"]
    assert told["gap"] <= 0.01
    assert told["met"] == told["windows"] > 0
    assert all(sortie["legs"] for sortie in told["sorties"])


def test_page_map_rows_requirements_and_a_notice_for_each_party_are_written(planned):
    folder, told = planned
    plan = folder / "plan"
    page = (plan / "plan.html").read_text("utf-8")
    assert "STRIP_6H" in page
    assert "STRIP_DAILY" in page
    assert page.count("data:image/svg+xml") == 2, "a timetable and a map"
    assert "<script" not in page
    assert "Boundaries and names shown do not imply endorsement" in (plan / "plan.geojson").read_text("utf-8")
    needs = json.loads((plan / "requirements.json").read_text("utf-8"))["requirements"]
    assert {need["what"] for need in needs} >= {"drones", "crews", "analysts", "bases"}
    with (plan / "plan.csv").open(encoding="utf-8") as file:
        assert {row["sortie_id"] for row in csv.DictReader(file)} == {each["sortie_id"] for each in told["sorties"]}


def test_both_parties_are_told_the_same_in_hours_and_tens_of_kilometres(planned):
    folder, told = planned
    one, other = ((folder / "plan" / "notices" / f"{party}.csv").read_text("utf-8") for party in ("NORTH", "SOUTH"))
    assert one == other
    rows = list(csv.DictReader(one.splitlines()))
    assert len(rows) == len(told["sorties"])
    for row in rows:
        assert row["earliest_at"].endswith(":00:00Z")
        assert int(row["from_km"]) % 10 == int(row["until_km"]) % 10 == 0
    words = one.lower()
    assert not [name for name in ("north drones", "northfield", "southam", "s1,") if name in words]


def test_without_a_release_rule_nobody_is_told(tmp_path):
    folder = copied(tmp_path / "quiet", ('[[release]]\nto = "parties"\nkind = "flight"\n', ""))
    assert ASK.invoke(app, ["plan", str(folder), "--seconds", "2"]).exit_code == 0
    assert not (folder / "plan" / "notices").exists()


def test_drones_against_posts_are_compared_on_a_page(planned):
    folder, _ = planned
    done = ASK.invoke(app, ["plan", str(folder), "--posts"])
    assert done.exit_code == 0, done.output
    page = (folder / "plan" / "posts.html").read_text("utf-8")
    assert "Drones against posts" in page
    made = json.loads((folder / "plan" / "posts.json").read_text("utf-8"))
    assert {(mix["drones"], mix["posts"]) for mix in made["mixes"]} == {(d, p) for d in (0, 2, 4) for p in (0, 4, 8)}
    assert all(words in page for words in ("people at the line", "75 %"))
    assert len(made["assumptions"]) >= 5


@pytest.mark.parametrize(
    ("change", "said", "code"),
    [
        ((('base = "Southam"', 'base = "Nowhere"'),), "its base 'Nowhere' is not among the bases: left out", 0),
        ((("number = 2", "number = 0"),), "0 drones: left out", 0),
        ((('name = "south drones"', 'name = "north drones"'),), "no drone is in two places", 0),
        ((('ends = "2026-10-03 09:00"', 'ends = "2026-10-03 05:00"'),), "before it begins", 3),
        ((('every = "6h"', 'every = "6 moons"'),), "is no time of an hour or more", 3),
        ((("resolution_mm = 100", "resolution_mm = 9000"),), "by no flight at all", 0),
    ],
    ids=[
        "a base that is none",
        "no drones",
        "a fleet in two places",
        "a spell that ends early",
        "no duration",
        "blind",
    ],
)
def test_what_cannot_be_used_is_named_and_the_rest_is_planned(tmp_path, change, said, code):
    folder = copied(tmp_path / "quiet", *change)
    done = ASK.invoke(app, ["plan", str(folder), "--seconds", "2"])
    assert said in done.output + str(done.exception), done.output
    assert (done.exit_code == 0) == (code == 0)


def test_a_mission_without_drones_is_told_what_to_write(tmp_path):
    folder = copied(tmp_path / "quiet")
    path = folder / "truceline.toml"
    text = path.read_text("utf-8")
    begin, end = text.index("[plan]"), text.index("[[release]]")
    path.write_text(text[:begin] + text[end:], "utf-8")
    done = ASK.invoke(app, ["plan", str(folder)])
    assert done.exit_code != 0
    assert "names no drones" in str(done.exception or done.output)
