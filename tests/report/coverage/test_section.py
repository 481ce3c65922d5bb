import csv
import io
import json
import re
from dataclasses import replace
from fractions import Fraction

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.coverage.coast import DAY, coast, coverage_rows, row
from tests.report.world import empty_valley, valley

from truceline.model.batch import table
from truceline.model.coverage import WATCHED
from truceline.model.products import Watch
from truceline.report import daily_report, render
from truceline.report.coverage.section import strips_of, unverified_words
from truceline.report.geojson import ground_of
from truceline.report.totals import (
    DAY_US,
    basis_of,
    counted_words,
    least_permille,
    per_watched_day,
    rate_figure,
    rate_words,
)

NOTHING_HAPPENED = "that nothing was recorded does not mean that nothing happened"


@pytest.fixture(scope="module")
def products():
    return coast()


@pytest.fixture(scope="module")
def report(products):
    return daily_report(products)


@pytest.fixture(scope="module")
def files(products):
    return render(products)


@pytest.fixture(scope="module")
def unknown():
    return render(valley())


def section(report, key):
    return next(each for each in report.sections if each.key == key)


def rows_of(report, section_key, table_key):
    made = next(each for each in section(report, section_key).tables if each.key == table_key)
    return made, [[cell.text for cell in row] for row in made.rows]


# --- the rate ------------------------------


def test_three_events_at_a_fifth_of_coverage_are_fifteen_for_a_watched_day():
    assert counted_words(3, "event", 200, DAY_US) == "3 events; coverage 20 %; 15 per watched day"
    assert counted_words(3, "event", 200, 5 * DAY_US) == "3 events; coverage 20 %; 3 per watched day"
    assert counted_words(1, "event", 400, DAY_US) == "1 event; coverage 40 %; 2.5 per watched day"


def test_a_quiet_day_at_a_fifth_of_coverage_reads_so():
    assert counted_words(0, "event", 200, DAY_US) == f"0 events; coverage 20 %: {NOTHING_HAPPENED}"
    assert counted_words(0, "event", None, DAY_US) == f"0 events; coverage not known: {NOTHING_HAPPENED}"
    assert counted_words(0, "event", 900, DAY_US) == "0 events; coverage 90 %; 0 per watched day"


def test_there_is_no_rate_where_too_little_was_seen_or_nothing_is_known_or_for_part_of_a_day():
    assert rate_words(3, 49, DAY_US) == "no rate: too little was seen"
    assert rate_words(3, 50, DAY_US) == "60 per watched day"
    assert rate_words(3, None, DAY_US) == ""
    assert rate_words(3, 200, DAY_US // 2) == ""


@given(st.integers(1, 9_999), st.integers(50, 999), st.integers(1, 40))
def test_the_less_was_seen_the_higher_the_rate_and_never_below_the_count(count, share, days):
    rate = per_watched_day(count, share, days * DAY_US)
    more = per_watched_day(count, share + 1, days * DAY_US)
    assert rate is not None
    assert more is not None
    assert rate > more >= Fraction(count, days)


@given(st.fractions(min_value=Fraction(1, 10_000), max_value=100_000))
def test_a_rate_in_figures_is_within_a_twentieth_of_the_rate(rate):
    assert abs(float(rate_figure(rate).replace(",", "")) - float(rate)) <= 0.0501 * float(rate)


def test_a_count_over_several_clauses_has_the_coverage_of_the_least_seen_or_none():
    rows = [row | {"share_permille": share} for row, share in zip(coverage_rows(), (300, 200, 900), strict=True)]
    whole = (DAY, DAY + DAY_US)
    assert least_permille(rows, ("LAUNCH", "GROUND", "ENERGY"), *whole) == 200
    assert least_permille(rows, ("LAUNCH", "ENERGY"), *whole) == 300
    assert least_permille(rows, ("LAUNCH", "OTHER"), *whole) is None
    assert least_permille(rows, (), *whole) is None
    assert least_permille([*rows, rows[0] | {"clause": "", "share_permille": 50}], ("OTHER",), *whole) == 50


def test_every_count_of_what_was_seen_carries_coverage_and_rate_and_what_was_told_carries_neither(report):
    events, breach, undetermined, none, claims, restrictions, _ = report.key_figures
    for figure in (events, breach, undetermined, none):
        count = int(figure.value)
        assert figure.coverage == f"coverage 20 %; {5 * count} per watched day; on the day before coverage not known"
    for figure in (claims, restrictions):
        assert figure.coverage.startswith("coverage does not apply")
        assert "watched" not in figure.coverage


def test_findings_by_verdict_and_addressee_and_events_by_day_carry_their_rate(report):
    for key in ("verdicts", "addressees"):
        made, rows = rows_of(report, "findings", key)
        at = [column.title for column in made.columns].index("Per watched day")
        for cells in rows:
            assert cells[at] == ("–" if cells[at - 1] == "0" else f"{5 * int(cells[at - 1])}")
    made, rows = rows_of(report, "where", "days")
    assert rows[1][-1] == f"coverage 20 %; {5 * int(rows[1][-2])} per watched day"


def test_without_coverage_there_is_no_column_of_rates():
    made, _ = rows_of(daily_report(valley()), "findings", "verdicts")
    assert "Per watched day" not in [column.title for column in made.columns]


def test_a_day_on_which_nothing_came_in_says_what_its_zero_does_not_mean(products):
    quiet = replace(empty_valley(), mission=products.mission, coverage=products.coverage)
    report = daily_report(quiet)
    said = [words for each in section(report, "summary").said for words in each.words]
    assert f"By whichever source: 0 events; coverage 20 %: {NOTHING_HAPPENED}." in said
    assert NOTHING_HAPPENED in report.key_figures[0].coverage
    _, rows = rows_of(report, "where", "days")
    assert NOTHING_HAPPENED in rows[1][-1]


# --- the section ------------------------------


def test_each_clause_has_its_share_its_need_its_stretches_and_its_breaches(report):
    _, rows = rows_of(report, "coverage", "coverage")
    by_clause = {cells[0]: cells[1:] for cells in rows}
    assert by_clause["truce: LAUNCH"][0] == "coverage 20 %"
    assert by_clause["truce: LAUNCH"][3] == "10 / 20 / 10"
    assert by_clause["truce: GROUND"][3] == "0 / 30 / 10"
    assert by_clause["energy: ENERGY"][2:4] == ["80 %", "0 / 0 / 1"]
    count, rate = by_clause["energy: ENERGY"][4].split("; ")
    assert rate == f"{5 * int(count)} per watched day"


def test_duties_are_counted_by_state_and_add_up(report):
    made, rows = rows_of(report, "coverage", "duties")
    assert rows[0] == ["truce: EVERY_4_HOURS", "revisit", "GROUND", "6", "3", "3", "0", "0 %"]
    assert rows[1] == ["truce: YARD", "visit", "the place itself", "1", "0", "0", "1", "none has ended"]
    assert [cell.text for cell in made.total] == ["Total", "", "", "7", "3", "3", "1", ""]


def test_views_are_counted_and_where_the_missions_sensors_were_is_printed_nowhere(files, report):
    made, rows = rows_of(report, "coverage", "views")
    assert rows == [["drone", "1", "2", "1", "2.0"]]
    for name, content in files.items():
        assert b"37.1234" not in content, name
    assert made.notes == ("Where the mission's own sensors were is not shown.",)


def test_a_restriction_says_what_could_therefore_not_be_verified(products, report):
    made, rows = rows_of(report, "restrictions", "restrictions")
    assert made.columns[-1].title == "What could therefore not be verified (worked out)"
    assert rows[0][-1] == (
        "GROUND and LAUNCH on km 12 to 20.5 of contact, 23 Apr 2025 08:00 to 11:00: 0 % seen by others; "
        "ENERGY in market, 23 Apr 2025 08:00 to 11:00: 12 % seen by others"
    )
    assert unverified_words(basis_of(products), "imp-9") == "nothing worked out"


def test_without_anything_worked_out_the_table_of_restrictions_promises_nothing():
    made, _ = rows_of(daily_report(valley()), "restrictions", "restrictions")
    assert not any("worked out" in column.title for column in made.columns)


# --- stretches and maps ------------------------------


def test_a_stretch_is_observed_by_every_clause_or_by_none_or_else_partly(products):
    states = {each.stretch_id: each.state for each in ground_of(products, basis_of(products).scope).stretches}
    assert states["contact 0"] == "partly"  # LAUNCH reached its share, GROUND did not
    assert states["contact 35"] == states["market"] == "not_observed"
    day_only = products.watch.watched.filter(pc.equal(products.watch.watched["clause"], "LAUNCH"))
    alone = replace(products, watch=replace(products.watch, watched=day_only))
    states = {each.stretch_id: each.state for each in ground_of(alone, basis_of(alone).scope).stretches}
    assert states["contact 0"] == "observed"
    assert states["market"] == "not_known"


def test_an_hour_of_which_nothing_is_stated_counts_as_one_in_which_nothing_was_seen(products):
    hours = [row("truce", "LAUNCH", "contact 0", 1, hour, 1000) for hour in range(12)]
    hours += [row("truce", "LAUNCH", "contact 1", side, hour, 1000) for hour in range(24) for side in (1, -1)]
    half = replace(products, watch=replace(products.watch, watched=table(hours, WATCHED)))
    stretches = {each.stretch_id: each for each in ground_of(half, basis_of(half).scope).stretches}
    assert stretches["contact 0"].shares[0].share_permille == 500
    assert stretches["contact 1"].shares[0].share_permille == 1000


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0, 49, 50, 699, 700, 1000]), min_size=24, max_size=24))
def test_seeing_more_of_a_stretch_never_makes_its_state_worse(shares):
    order = ("not_observed", "partly", "observed")

    def state(of):
        rows = [row("truce", "LAUNCH", "contact 0", 1, hour, share) for hour, share in enumerate(of)]
        made = replace(COAST, watch=replace(COAST.watch, watched=table(rows, WATCHED)))
        return order.index(ground_of(made, SCOPE).stretches[0].state)

    assert state(shares) <= state([*shares[:-1], 1000])


COAST = coast()
SCOPE = basis_of(COAST).scope


def test_the_map_and_its_words_say_where_nobody_could_have_seen_anything(report):
    figure = section(report, "where").figures[0]
    assert "0 observed, 30 partly, 11 not observed" in figure.caption
    assert "9 events; coverage 20 %; 45 per watched day" in figure.caption
    assert not figure.absent


def test_where_nothing_is_known_the_map_says_so_and_draws_nothing_as_seen():
    report = daily_report(valley())
    assert report.ground.stretches == ()
    assert "Where anything could have been seen is not known." in section(report, "where").figures[0].caption
    assert "Where anything could have been seen is not known." in section(report, "coverage").words
    assert not section(report, "coverage").figures


def test_a_map_is_drawn_where_only_coverage_is_known(products):
    quiet = replace(empty_valley(), mission=products.mission, watch=products.watch)
    files = render(quiet)
    assert not section(daily_report(quiet), "where").figures[0].absent
    assert b"%PDF" in files["daily-report.pdf"][:8]


def test_geojson_holds_every_stretch_with_its_state_and_shares(files, unknown):
    whole = json.loads(files["events.geojson"])
    features = [each for each in whole["features"] if each["properties"]["kind"] == "coverage"]
    assert len(features) == 41
    last = features[35]["properties"]
    assert (last["name"], last["from_m"], last["until_m"], last["state"]) == ("contact", 70_000, 72_000, "not_observed")
    assert last["clauses"][0] == {
        "mandate": "truce", "clause": "LAUNCH", "share_permille": 20, "needed_permille": 700, "state": "not_observed"
    }  # fmt: skip
    assert features[-1]["geometry"]["type"] == "Polygon"
    assert whole["counted"] == "9 events; coverage 20 %; 45 per watched day"
    without = json.loads(unknown["events.geojson"])
    assert without["coverage"] == "where anything could have been seen is not known"


def test_files_of_coverage_are_there_only_where_it_was_worked_out(files, unknown):
    assert {"stretches.csv", "owed.csv", "unverified.csv"} <= files.keys()
    assert "stretches.csv" not in unknown
    rows = list(csv.DictReader(io.StringIO(files["stretches.csv"].decode())))
    assert len(rows) == 2 * 40 + 1
    assert rows[0]["feature"] == "contact"
    assert rows[0]["state"] == "observed"


# --- strips ------------------------------


def test_the_least_seen_comes_first_and_each_hour_is_drawn_as_it_was(products):
    strips = strips_of(basis_of(products))
    assert [(strip.clauses, strip.feature) for strip in strips] == [
        (("ENERGY",), "market"), (("GROUND",), "contact"), (("LAUNCH",), "contact")
    ]  # fmt: skip
    ground = strips[1].states
    assert {state for states in ground for state in states[:6]} == {"not_observed"}
    assert set(ground[0][6:18]) == {"observed"}
    assert set(ground[35]) == {"not_observed"}
    assert strips[1].words.startswith("GROUND, contact: observed 20 %, partly 11 %, not observed 69 %")


def test_clauses_that_look_alike_are_one_strip_and_what_is_not_stated_is_not_known(products):
    rows = [
        row("truce", clause, "contact 0", side, hour, 900)
        for clause in ("A", "B")
        for side in (1, -1)
        for hour in (3, 4)
    ]
    two = replace(products, watch=replace(products.watch, watched=table(rows, WATCHED)))
    (strip,) = strips_of(basis_of(two))
    assert strip.clauses == ("A", "B")
    assert strip.states[0][2:6] == ("not_known", "observed", "observed", "not_known")
    assert strip.words.endswith("not known 99 %")


def test_sides_that_differ_are_partly_observed_and_no_cell_hides_what_was_not_seen(products):
    rows = [row("truce", "A", "contact 0", 1, 3, 900), row("truce", "A", "contact 0", -1, 3, 0)]
    two = replace(products, watch=replace(products.watch, watched=table(rows, WATCHED)))
    assert strips_of(basis_of(two))[0].states[0][3] == "partly"
    long = [
        {"stretch_id": f"contact {n}", "feature": "contact", "number": n, "from_m": n * 1000,
         "until_m": n * 1000 + 1000, "path_deg": [0.0, 0.0, 1.0, 1.0]}
        for n in range(1_000)
    ]  # fmt: skip
    seen = [row("truce", "A", f"contact {n}", 1, 3, 0 if n % 7 == 3 else 900) for n in range(1_000)]
    fine = replace(
        products, watch=Watch(stretches=table(long, products.watch.stretches.schema), watched=table(seen, WATCHED))
    )
    (strip,) = strips_of(basis_of(fine))
    assert len(strip.states) <= 60
    assert {states[3] for states in strip.states} == {"partly"}


def test_the_pictures_hold_neither_dates_nor_chance(files, products):
    assert render(products)["daily-report.html"] == files["daily-report.html"]


def test_the_page_shows_strips_and_tables_of_coverage(files):
    page = files["daily-report.html"].decode()
    for key in ("strips", "map"):
        assert f'aria-label="{key}"' in page
    assert re.search(r'id="duties"', page)
