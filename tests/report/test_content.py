import json
import re
from dataclasses import replace

import pytest
from tests.report.world import HOSTILE, empty_valley, valley

from truceline.model.batch import table
from truceline.model.coverage import COVERAGE
from truceline.report import daily_report
from truceline.report.content import plain
from truceline.report.totals import Scope

PARTISAN = [
    "aggressor",
    "aggression",
    "occupier",
    "occupying",
    "invader",
    "terrorist",
    "terrorism",
    "regime",
    "separatist",
    "rebel",
    "militant",
    "bandit",
    "puppet",
    "enemy",
    "hostile",
    "liberate",
    "liberation",
    "provocation",
    "treacherous",
    "heroic",
    "brutal",
    "atrocity",
    "alleged-state",
    "so-called",
    "guilty",
    "perpetrator",
    "culprit",
    "victimised",
    "innocent",
    "shameful",
    "cynical",
]


@pytest.fixture(scope="module")
def report():
    return daily_report(valley())


def tables_of(report):
    return {made.key: made for section in report.sections for made in section.tables}


def words_of(report):
    return json.dumps(plain(report), ensure_ascii=False)


def test_the_head_says_period_comparator_cut_off_zone_and_that_nobody_reviewed_it(report):
    head = dict(report.head)
    assert head["Period"] == "19 Apr 2025 00:00 until 24 Apr 2025 00:00 (the end is not part of it)"
    assert head["Compared with"] == "14 Apr 2025 00:00 until 19 Apr 2025 00:00: in the 5 days before"
    assert head["Cut-off"] == "what was known at 26 Apr 2025 23:40 (2025-04-26T20:40:00Z)"
    assert head["Time zone"].startswith("Europe/Kyiv")
    assert report.level == "Automatic; not reviewed by a person."
    assert report.notes.startswith("Everything here is invented")


def test_every_key_figure_has_its_comparator_and_its_coverage(report):
    *counted, aside = report.key_figures
    assert len(counted) == 6
    assert aside.label == "rows of feeds set aside unread"
    assert aside.value != "0"
    for figure in counted:
        assert re.fullmatch(r"in the 5 days before: \d+(; under 2 mandates together)?", figure.beside)
        told = figure.label.startswith(("claims", "restrictions"))
        assert figure.coverage.startswith("coverage does not apply: " if told else "coverage not known")


def test_every_table_says_its_coverage(report):
    for made in tables_of(report).values():
        assert "coverage" in made.coverage, made.key


def test_the_sections_come_in_the_observers_order(report):
    assert [section.key for section in report.sections] == [
        "summary", "supports", "windows", "where", "findings", "claims", "restrictions", "coverage", "undefined",
        "sources", "record",
    ]  # fmt: skip


def test_the_summary_climbs_the_ladder_of_verbs(report):
    said = {said.verb: " ".join(said.words) for said in report.sections[0].said}
    assert list(said) == ["Recorded", "Assessed as", "Followed up on reports of", "Could not verify"]
    assert "not independently confirmed" in said["Followed up on reports of"]
    assert "Claims by Southern Command: 3 (in the 5 days before: 0)." in said["Could not verify"]
    assert "whether weapons stood in the yard" in said["Could not verify"]


def test_nothing_is_called_verified_without_saying_how(report):
    assert not re.search(r"\bverified\b", words_of(report))


def test_a_clause_that_nobody_read_against_its_text_is_marked_unverified(report):
    row = tables_of(report)["supports-truce"].rows[0]
    assert (row[0].text, row[0].badge) == ("LAUNCH (declaration, 1)", "unverified")


def test_a_party_that_is_not_bound_is_listed_with_the_reason_and_gets_no_finding(report):
    rows = [row for row in tables_of(report)["supports-truce"].rows if row[1].text == "SOUTH"]
    assert len(rows) == 2
    for row in rows:
        assert row[2].text == "no finding"
        assert "is not bound: it did not accept the truce" in row[3].text
    assert "It gets no finding under it." in " ".join(report.sections[1].words)


def test_both_readings_stand_side_by_side_and_are_never_merged(report):
    made = tables_of(report)["supports-energy"]
    assert [(row[1].text, row[2].text) for row in made.rows] == [
        ("NORTH", "start=early"), ("NORTH", "start=late"), ("SOUTH", "start=early"), ("SOUTH", "start=late"),
    ]  # fmt: skip


def test_coverage_that_is_not_known_is_said_to_be_not_known_and_a_known_one_is_rounded_down(report):
    rows = [row for key in ("supports-truce", "supports-energy") for row in tables_of(report)[key].rows]
    said = [row[-1].text for row in rows]
    assert "coverage not known" in said
    assert "coverage 81 %" in said


def test_windows_show_both_rules_both_directions_and_whose_zero_it_is(report):
    made = tables_of(report)["window-truce-LAUNCH-only"]
    assert [column.title for column in made.columns][4:6] == ["Wholly inside", "Touching"]
    inside = made.rows[1]
    assert inside[4].text == "0 (none recorded by the accuser)"
    assert inside[1].text == "south_log (SOUTH's own record)"
    assert (made.rows[0][4].text, made.rows[0][5].text) == ("95", "96")
    assert (made.rows[2][4].text, made.rows[2][5].text) == ("99", "153")
    assert made.rows[3][0].badge == "not bound: comparison only"
    assert "wholly inside the period" in report.sections[2].words[0]
    assert "touches the period" in report.sections[2].words[0]


def test_findings_are_counted_by_every_verdict_and_reason_and_the_total_is_that_of_the_files(report):
    whole, made = valley(), tables_of(report)["verdicts"]
    scope = Scope(zone="UTC", before_us=0, from_us=1745010000000000, until_us=1745442000000000, days=5)
    stated = [scope.count(judged.findings.to_pylist()) for judged in whole.judged]
    assert len(made.rows) == 12
    assert [cell.number for cell in made.total[2:5]] == [*stated, sum(stated)]
    assert sum(stated) > 20


def test_no_breach_is_counted_and_not_listed(report):
    made = tables_of(report)["findings"]
    verdicts = {row[[c.title for c in made.columns].index("Verdict")].text.split(":")[0] for row in made.rows}
    assert verdicts == {"breach", "undetermined"}


def test_breaches_come_first_and_then_time_decides(report):
    made = tables_of(report)["findings"]
    at = [column.title for column in made.columns].index("Verdict")
    kinds = [row[at].tone for row in made.rows]
    assert kinds == sorted(kinds, key=["breach", "undetermined"].index)


def test_claims_are_in_no_count_of_events(report):
    without = daily_report(replace(valley(), claims=valley().claims.slice(0, 0)))
    for key in ("days", "verdicts", "addressees"):
        assert tables_of(without)[key].total == tables_of(report)[key].total
    assert without.key_figures[0] == report.key_figures[0]


def test_events_are_counted_once_each_by_day_and_footing(report):
    made = tables_of(report)["days"]
    assert [row[0].text for row in made.rows][1:] == [f"{day} Apr 2025" for day in range(19, 24)]
    assert made.rows[0][-2].number == 1  # the one that began the evening before
    assert made.total[-2].text == report.key_figures[0].value


def test_every_party_is_written_about_in_the_same_words(report):
    names = {"NORTH": HOSTILE, "SOUTH": "Southern Command"}

    def plainly(words):
        for name, title in names.items():
            words = words.replace(title, "PARTY").replace(name, "PARTY")
        return re.sub(r"[\d,]+", "N", words)

    for verb in ("Followed up on reports of", "Could not verify"):
        said = next(said for said in report.sections[0].said if said.verb == verb)
        mine = [plainly(words) for words in said.words if any(t in words for t in names.values())]
        assert len(mine) == 2
        assert len(set(mine)) == 1
    for key in ("addressees", "claimants"):
        rows = [row for row in tables_of(report)[key].rows if any(t in row[0].text for t in names.values())]
        assert len(rows) == 2
        assert len({len(row) for row in rows}) == 1


def test_no_partisan_word_is_ours(report):
    ours = words_of(daily_report(empty_valley())).casefold()
    for word in PARTISAN:
        assert not re.search(rf"\b{word}s?\b", ours), word


def test_a_day_on_which_nothing_came_in_still_has_a_report_with_its_zeros():
    report = daily_report(empty_valley())
    assert [figure.value for figure in report.key_figures] == ["0"] * 7
    made = tables_of(report)
    for key in ("days", "verdicts", "addressees", "claimants", "restriction-kinds", "feeds", "rejects", "sources"):
        assert {cell.number for cell in made[key].total if cell.number is not None} == {0}, key
    assert len(made["verdicts"].rows) == 12
    assert len(made["restriction-kinds"].rows) == 8
    assert made["findings"].rows == ()
    assert "0 and 0" in made["findings"].nothing
    words = words_of(report)
    assert "None reported to this record." in words
    assert "does not say that access was free" in words
    assert "No map: none of the 0 events of the period has a place." in words
    assert "The record holds no event at all" in words
    assert "does not mean calm" in words


def test_coverage_is_stated_where_reports_reach_over_the_whole_period():
    whole = valley()
    first_us, until_us = 1745010000000000, 1745442000000000
    row = {"coverage_id": "c", "source_id": "patrol", "clause": "", "share_permille": 205,
           "earliest_at_us": first_us, "latest_at_us": until_us - 1}  # fmt: skip
    report = daily_report(replace(whole, coverage=table([row], COVERAGE)))
    assert (
        report.key_figures[0].coverage == "coverage 20 %; 49 per watched day; in the 5 days before coverage not known"
    )
    half = daily_report(replace(whole, coverage=table([row | {"latest_at_us": until_us - 10**10}], COVERAGE)))
    assert half.key_figures[0].coverage == "coverage known only in part (see Coverage)"


def test_what_a_text_leaves_undefined_is_grouped_by_kind_and_counted(report):
    made = tables_of(report)["undefined-truce"]
    assert [(row[0].text, row[1].number) for row in made.rows] == [("warning: NO-MONITOR", 1), ("note: NO-PLACE", 2)]
    assert made.total[1].number == 3


def test_a_partys_own_record_is_printed_as_just_that(report):
    footing = {row[0].text: row[2].text for row in tables_of(report)["sources"].rows}
    assert footing["south_log"] == (
        "a party's own record about its opponent: recorded by SOUTH, not independently confirmed"
    )


def test_marks_that_reverse_reading_order_do_not_reach_the_page():
    whole = valley()
    rows = whole.events.to_pylist()
    rows[10]["place_name"] = "safe\u202eevil\x00\u2066"
    report = daily_report(replace(whole, events=table(rows, whole.events.schema)))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", words_of(report))


def test_rulings_of_a_source_are_counted_beside_ours_and_each_difference_is_listed():
    whole = valley()
    rows = whole.observations.to_pylist()
    for row in rows[:6]:
        row["remark"] = "in_violation"
    mission = replace(whole.mission, rulings={"in_violation": "breach"})
    ruled = replace(whole, mission=mission, observations=table(rows, whole.observations.schema))
    made = tables_of(daily_report(ruled))
    assert [cell.number for cell in made["rulings"].total[1:]] == [6, 6]
    agreeing = sum(cell.number for cell in made["rulings"].rows[0][1:])
    assert len(made["rulings-differing"].rows) == 12 - agreeing
    assert "rulings" not in tables_of(daily_report(whole))
