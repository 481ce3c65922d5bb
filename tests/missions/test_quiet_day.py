"""Golden cases 5 to 8: a zero at 20 %, a camera that was struck, a jammed flight, three denials in one morning."""

import csv
import json

import pytest

from truceline.base.time import interval_us
from truceline.pipeline import silent
from truceline.run.reports import write_report
from truceline.run.verification import verify_mission

MINUTE_US = 60_000_000


def at(text: str) -> int:
    return interval_us(text, zone="UTC")[0]


@pytest.fixture(scope="module")
def quiet(mission_runs, tmp_path_factory):
    folder, run = mission_runs("quiet-day")
    files = {path.name: path for path in write_report(folder, run.products, out=tmp_path_factory.mktemp("report"))}
    return folder, run.products, files


def test_case_5_a_zero_day_at_20_percent_coverage_does_not_read_as_calm(quiet):
    _, products, files = quiet
    content = json.loads(files["content.json"].read_text("utf-8"))
    (breaches,) = [each for each in content["key_figures"] if each["label"].startswith("findings of breach")]
    assert breaches["value"] in (0, "0")
    assert "coverage 20 %" in breaches["coverage"]
    assert "that nothing was recorded does not mean that nothing happened" in breaches["coverage"]
    tanks = [row for row in products.judged[0].assessments.to_pylist() if row["clause"] == "TANKS_2"]
    assert {(row["outcome"], row["reason"]) for row in tanks} == {("undetermined", "not-observed")}
    assert {row["words"] for row in tanks} == {"nothing recorded, and only 20 % of it was seen"}
    page = files["daily-report.html"].read_text("utf-8")
    assert "not observed: nobody could have seen anything here" in page or "not observed" in page
    assert page.count("coverage 20 %") >= 5


def test_case_5_the_day_before_had_two_breaches_at_50_percent_and_the_rates_say_so(quiet):
    _, products, _files = quiet
    before = [row for row in products.judged[0].findings.to_pylist() if row["verdict"] == "breach"]
    assert {row["clause"] for row in before} == {"TANKS_2"}
    assert all(row["latest_at_us"] < at("2026-10-02") for row in before)
    shares = {(row["clause"], row["earliest_at_us"]): row["share_permille"] for row in products.coverage.to_pylist()}
    assert 450 <= shares["TANKS_2", at("2026-10-01")] <= 550
    assert 200 <= shares["TANKS_2", at("2026-10-02")] <= 209


def test_case_6_the_loss_of_a_camera_is_itself_an_event_and_an_impediment(quiet):
    _, products, _ = quiet
    (lost,) = [row for row in products.impediments.to_pylist() if row["kind"] == "sensor_lost"]
    assert (lost["earliest_at_us"], lost["latest_at_us"]) == (at("2026-10-02 19:08"), at("2026-10-03") - 1)
    assert "19:08" in lost["reason_given"]
    assert "19:10" in lost["reason_given"]
    (event,) = [row for row in products.events.to_pylist() if row["act"] == "loss"]
    assert (event["object_kind"], event["parties"]) == ("sensor", []), "nobody is blamed"
    assert event["earliest_at_us"] == at("2026-10-02 19:08")
    assert at("2026-10-02 19:10") <= event["latest_at_us"] < at("2026-10-02 19:11")
    findings = [row for row in products.judged[0].findings.to_pylist() if event["event_id"] in row["event_ids"]]
    assert not [row for row in findings if row["verdict"] == "breach"]
    after = [
        row
        for row in products.watch.watched.to_pylist()
        if row["clause"] == "TANKS_2"
        and row["stretch_id"] == "contact 15"
        and row["latest_at_us"] >= at("2026-10-02 21:00")
    ]
    assert {row["state"] for row in after if row["earliest_at_us"] >= at("2026-10-02 19:00")} == {"not_observed"}


def test_case_7_a_jammed_flight_counts_nothing_is_an_impediment_and_blames_nobody(quiet):
    _, products, _ = quiet
    (jammed,) = [row for row in products.impediments.to_pylist() if row["kind"] == "jamming"]
    assert jammed["area_of"] == ""
    assert (jammed["earliest_at_us"], jammed["latest_at_us"] // MINUTE_US) == (
        at("2026-10-02 14:00"),
        at("2026-10-02 14:16") // MINUTE_US,
    )
    assert "satellite navigation lost" in jammed["reason_given"]
    assert any("place is not sure" in words for words in products.watch.remarks)
    flown = [row for row in products.views.to_pylist() if row["disturbed"]]
    assert len(flown) == 10
    over = [
        row
        for row in products.watch.watched.to_pylist()
        if row["clause"] == "TANKS_2"
        and row["stretch_id"] == "contact 17"  # only the jammed flight came there
        and row["earliest_at_us"] <= at("2026-10-02 13:30") <= row["latest_at_us"]
    ]
    assert {row["share_permille"] for row in over} == {0}


def test_case_8_three_denials_in_one_morning_with_what_could_therefore_not_be_verified(quiet):
    _, products, files = quiet
    denials = [row for row in products.impediments.to_pylist() if row["kind"] == "denial"]
    assert [row["place_name"] for row in denials] == ["Northfield", "Southam", "Bridgeford"]
    assert all(row["announced"] == "yes" and row["reason_given"].startswith("“") for row in denials)
    for row in denials:
        found = [
            each for each in products.watch.unverified.to_pylist() if each["impediment_id"] == row["impediment_id"]
        ]
        assert {each["clause"] for each in found} >= {"TANKS_2"}
        for each in found:
            assert each["earliest_at_us"] >= row["earliest_at_us"]
            assert each["latest_at_us"] <= row["latest_at_us"]
            assert each["share_permille"] < 700
    page = files["daily-report.html"].read_text("utf-8")
    assert "TANKS_2 on km" in page
    assert "no order from above today" in page
    with files["unverified.csv"].open(encoding="utf-8") as file:
        assert sum(1 for _ in csv.DictReader(file)) == products.watch.unverified.num_rows > 0


def test_every_figure_of_the_report_carries_its_coverage(quiet):
    content = json.loads(quiet[2]["content.json"].read_text("utf-8"))
    assert all(each["coverage"] for each in content["key_figures"])
    tables = [table for section in content["sections"] for table in section["tables"]]
    assert tables
    assert all(table["coverage"] for table in tables)


def test_the_duty_to_look_is_shown_as_met_and_missed(quiet):
    rows = quiet[1].watch.owed.to_pylist()
    stretches = quiet[1].watch.stretches.num_rows
    for duty, windows in (("STRIP_DAILY", 1), ("STRIP_6H", 4)):
        states = [row["state"] for row in rows if row["duty"] == duty]
        assert len(states) == windows * stretches, duty
        assert {"met", "missed"} == set(states), duty


def test_what_was_worked_out_from_views_is_worked_out_again_from_the_record(quiet):
    found = verify_mission(quiet[0], recompute=True, progress=silent)
    assert found.ok, found.words()
