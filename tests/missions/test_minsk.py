"""Weapons against withdrawal lines, beside the monitors' own rulings. Never called an independent validation."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from truceline.report.rulings import compare_rulings, count_results
from truceline.run.batch import run_mission

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"


def counts(products, mandate):
    return tuple(count_results(compare_rulings(products), mandate).values())


def test_each_side_from_its_own_line_beside_one_line_for_both(mission_runs):
    products = mission_runs("minsk-2015")[1].products
    agrees, disagrees, undetermined, _ = counts(products, "minsk")
    assert (agrees, disagrees, undetermined) == (27, 1, 8)
    agrees, disagrees, undetermined, _ = counts(products, "single-line")
    assert (agrees, disagrees, undetermined) == (25, 5, 6)


def test_every_disagreement_is_explained(mission_runs):
    for ruling in compare_rulings(mission_runs("minsk-2015")[1].products):
        assert ruling.result == "agrees" or ruling.words, f"{ruling.mandate} {ruling.name}: no word on why it differs"


def test_a_rocket_launcher_is_judged_by_its_own_limit_and_a_howitzer_beside_it_by_its_own(mission_runs):
    """Golden case 2: the weapon class decides, not the place (Khrustalnyi, 30 July 2018)."""
    products = mission_runs("minsk-2015")[1].products
    judged = next(each for each in products.judged if each.mandate.name == "minsk")
    at = {
        row["event_id"]: row["weapon_system"]
        for row in products.events.to_pylist()
        if row["place_name"] == "Khrustalnyi"
    }
    verdicts = {
        (at[row["event_ids"][0]], row["verdict"]) for row in judged.findings.to_pylist() if row["event_ids"][0] in at
    }
    assert ("grad", "breach") in verdicts
    assert ("msta_b", "undetermined") in verdicts, "25.6 km ± 4.1 km from the line of 2014 straddles 25 km"


def test_rows_without_a_year_are_set_aside_by_name_and_nothing_is_lost(mission_runs):
    products = mission_runs("minsk-2015")[1].products
    feed = next(each for each in products.feeds if each.feed == "weapons_seen")
    assert (feed.read, feed.rows, feed.rejects) == (56, 43, 13)
    mine = [row for row in products.rejects.to_pylist() if row["feed"] == "weapons_seen"]
    assert {row["reason"] for row in mine} == {"date-without-year"}


def test_the_same_for_the_whole_file_on_the_derived_line(tmp_path):
    """With the shared line of contact instead of our drawing: the whole file of rulings, per-party and single line."""
    line, rulings = (
        SHARED / "control" / "line_of_contact_pre2022.geojson",
        SHARED / "minsk" / "weapons_adjudicated.csv",
    )
    if not (line.is_file() and rulings.is_file()):
        pytest.skip("../shared/data is not here: the whole file of rulings cannot be judged on the derived line")
    folder = tmp_path / "minsk"
    shutil.copytree(ROOT / "missions" / "minsk-2015", folder, ignore=shutil.ignore_patterns("record", "report"))
    with rulings.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 56, "the shipped facts are of this file"
    towns = json.loads((SHARED / "control" / "towns_beyond_2014_line.geojson").read_text("utf-8"))
    shape = json.loads(line.read_text("utf-8"))
    for feature in shape["features"]:
        feature["geometry"][
            "coordinates"
        ].reverse()  # from the sea northward: the government-controlled side on the left
    (folder / "geo" / "contact_line.geojson").write_text(json.dumps(shape), "utf-8")
    shape["features"] += towns["features"]
    (folder / "geo" / "baseline_2014.geojson").write_text(json.dumps(shape), "utf-8")
    for name in ("minsk.truce", "single-line.truce"):
        text = (folder / name).read_text("utf-8").replace("error 4km", "error 1km")
        (folder / name).write_text(text, "utf-8")
    products = run_mission(folder, now_us=1_795_000_000_000_000).products
    print("per-party, single:", counts(products, "minsk"), counts(products, "single-line"))
    assert counts(products, "minsk")[1] <= 1
    assert counts(products, "single-line")[1] > counts(products, "minsk")[1]
    for ruling in compare_rulings(products):
        assert ruling.result == "agrees" or ruling.words
