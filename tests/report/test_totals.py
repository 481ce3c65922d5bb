from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.world import valley

from truceline.base.errors import OutOfRangeError, TotalsError
from truceline.report import daily_report, reconcile, render
from truceline.report.totals import Cell, Table, cells, columns, scope_of, time_words, totalled


def test_a_published_total_that_does_not_add_up_is_refused_with_its_true_sum():
    with pytest.raises(TotalsError) as refused:
        reconcile({"Donetsk": 7948, "Luhansk": 978}, 8918, "ceasefire violations")
    for words in ("7948 (Donetsk)", "978 (Luhansk)", "8926", "8918", "ceasefire violations", "refused"):
        assert words in str(refused.value)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 10**9), max_size=6), st.integers(-5, 5))
def test_only_the_exact_sum_passes(parts, off):
    total = sum(parts.values())
    if off == 0:
        assert reconcile(parts, total, "x") == total
    else:
        with pytest.raises(TotalsError):
            reconcile(parts, total + off, "x")


def test_two_rows_of_one_name_are_both_counted():
    made = Table(
        key="k", caption="c", columns=columns("Who", "Many#"), rows=(cells("a", 2), cells("a", 3)), coverage="x"
    )
    assert totalled(made, 5).total == (Cell(text="Total"), Cell(text="5", number=5))
    with pytest.raises(TotalsError):
        totalled(made, 3)


def test_a_feed_whose_rows_and_rejects_are_not_what_was_read_refuses_the_report():
    whole = valley()
    broken = replace(whole, feeds=(replace(whole.feeds[0], read=whole.feeds[0].read + 1), *whole.feeds[1:]))
    with pytest.raises(TotalsError, match="feed patrol: rows read"):
        render(broken)


def test_a_reject_that_no_feed_counts_refuses_the_report():
    whole = valley()
    with pytest.raises(TotalsError):
        daily_report(replace(whole, rejects=whole.rejects.slice(0, 2)))


def test_an_observation_in_no_event_refuses_the_report():
    whole = valley()
    with pytest.raises(TotalsError, match="observations in events"):
        daily_report(replace(whole, events=whole.events.slice(1)))


def test_an_observation_set_aside_when_it_was_to_be_placed_is_still_accounted_for():
    whole = valley()
    late = whole.rejects.slice(0, 1)
    import pyarrow as pa

    kept = replace(
        whole,
        observations=whole.observations.slice(0, 89),
        events=whole.events.slice(0, 89),
        rejects=pa.concat_tables([whole.rejects, late]),
    )
    tables = {table.key: table for section in daily_report(kept).sections for table in section.tables}
    assert tables["rejects"].total[-1].number == 4
    with pytest.raises(TotalsError):
        daily_report(replace(kept, rejects=whole.rejects))


def test_a_period_that_ends_before_it_begins_is_refused():
    whole = valley()
    settings = replace(whole.mission.report, until_date="2025-04-19")
    with pytest.raises(OutOfRangeError):
        scope_of(replace(whole.mission, report=settings))


def test_the_comparator_has_as_many_local_days_as_the_period_over_a_change_of_clocks():
    mission = valley().mission
    scope = scope_of(replace(mission, report=replace(mission.report, from_date="2025-03-30", until_date="2025-03-31")))
    assert (scope.until_us - scope.from_us) // 3_600_000_000 == 23
    assert (scope.from_us - scope.before_us) // 3_600_000_000 == 24
    assert scope.before == "on the day before"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2025-04-19", "2025-04-20", "19 Apr 2025 (hour not recorded)"),
        ("2025-04-19", "2025-04-21", "19 Apr 2025 to 20 Apr 2025 (days)"),
        ("2025-04-19 14:05", "2025-04-19 14:06", "19 Apr 2025 14:05"),
        ("2025-04-19 14:05", "2025-04-19 15:06", "19 Apr 2025 14:05 to 15:05"),
        ("2025-04-19 22:00", "2025-04-20 05:01", "19 Apr 2025 22:00 to 20 Apr 2025 05:00"),
    ],
)
def test_a_time_reads_no_sharper_than_it_was_recorded(first, last, words):
    from tests.report.world import ZONE, us

    assert time_words(us(first), us(last) - 1, ZONE) == words
