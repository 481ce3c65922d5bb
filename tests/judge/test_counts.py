"""Limits on numbers against brute force: every second, every way the uncertain times and numbers may have been."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.judge.worlds import happening, judged, notice, seen, together
from tests.mandate.strategies import T0_S

from truceline.base.units import UNBOUNDED
from truceline.judge.counts import Counted, Run, flow_runs, stock_runs

DAY_S = 86_400
Row = tuple[int, int, int, int]  # earliest, latest, least, most

rows_of_a_count = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 4), st.integers(0, 3), st.integers(0, 2)).map(
        lambda each: (each[0], each[0] + each[1], each[2], max(1, each[2] + each[3]))
    ),
    max_size=7,
)


def counted(rows: list[Row]) -> Counted:
    return Counted(*(np.array([row[n] for row in rows], np.int64) for n in range(4)))


def flow_by_hand(rows: list[Row], window_s: int) -> dict[int, tuple[int, int]]:
    """At each second t: the least and the most that (t - D, t] may hold, ties included."""
    found = {}
    for t in range(-1, 40):
        inside = [row for row in rows if t - window_s < row[0] and row[1] <= t]
        touching = [row for row in rows if t - window_s < row[1] and row[0] <= t]
        found[t] = sum(row[2] for row in inside), sum(row[3] for row in touching)
    return found


def runs_by_hand(values: dict[int, int], most: int) -> list[tuple[int, int, int]]:
    """(first, last, peak) of each maximal run of seconds above `most`."""
    runs = []
    for above, seconds in itertools.groupby(sorted(values), key=lambda t: values[t] > most):
        if above:
            stretch = list(seconds)
            runs.append((stretch[0], stretch[-1], max(values[t] for t in stretch)))
    return runs


@budget(400)
@given(rows_of_a_count, st.integers(0, 5), st.integers(1, 8))
def test_runs_of_a_flow_are_those_that_looking_at_every_second_finds(rows: list[Row], most: int, window_s: int) -> None:
    by_hand = flow_by_hand(rows, window_s)
    sure = runs_by_hand({t: low for t, (low, _) in by_hand.items()}, most)
    maybe = [
        run
        for run in runs_by_hand({t: high for t, (_, high) in by_hand.items()}, most)
        if not any(run[0] <= last and first <= run[1] for first, last, _ in sure)
    ]
    found = flow_runs(counted(rows), most=most, window_s=window_s)
    assert [(run.first_s, run.last_s, run.least) for run in found if run.surely] == sure
    assert [(run.first_s, run.last_s, run.most) for run in found if not run.surely] == maybe
    for run in found:
        stretch = range(run.first_s, run.last_s + 1)
        listed = {n for n, row in enumerate(rows) for t in stretch if t - window_s < row[1] and row[0] <= t}
        assert set(run.rows) == listed
        assert run.most == max(by_hand[t][1] for t in stretch)
        assert run.least == max(by_hand[t][0] for t in stretch)


@budget(100)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)), max_size=4),
    st.integers(0, 3),
    st.integers(1, 4),
)
def test_a_flow_surely_exceeded_is_exceeded_however_times_and_numbers_were(
    given_rows: list[tuple[int, int, int, int]], most: int, window_s: int
) -> None:
    rows = [(at, at + wide, low, max(1, low + more)) for at, wide, low, more in given_rows]
    choices = [
        [(at, amount) for at in range(first, last + 1) for amount in range(low, high + 1)]
        for first, last, low, high in rows
    ]
    exceeded = set()
    for way in itertools.product(*choices):
        peak = max((sum(n for at, n in way if t - window_s < at <= t) for t in range(12)), default=0)
        exceeded.add(peak > most)
    found = flow_runs(counted(rows), most=most, window_s=window_s)
    if any(run.surely for run in found):
        assert exceeded == {True}
    if not found:
        assert exceeded == {False}


@budget(100)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=4),
    st.integers(0, 2),
    st.integers(1, 4),
)
def test_a_time_known_to_the_second_may_lie_anywhere_within_it(
    given_rows: list[tuple[int, int]], most: int, window_s: int
) -> None:
    rows = [(at, at + wide, 1, 1) for at, wide in given_rows]
    tenths = [[10 * at, 10 * at + 3, 10 * (at + wide) + 9] for at, wide in given_rows]
    exceeded = {
        max(sum(t - 10 * window_s < at <= t for at in way) for t in way) > most for way in itertools.product(*tenths)
    }
    found = flow_runs(counted(rows), most=most, window_s=window_s, grain_s=1)
    assert exceeded == {True} or not any(run.surely for run in found)
    assert exceeded == {False} or found


@budget(300)
@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from(("", "", "a", "b", "c")), st.integers(0, 4), st.integers(0, 3)),
        max_size=8,
    ),
    st.integers(0, 6),
)
def test_runs_of_a_stock_are_those_that_adding_up_each_inventory_finds(
    given_rows: list[tuple[int, str, int, int]], most: int
) -> None:
    rows = [(at, at, low, max(1, low + more)) for at, _, low, more in given_rows]
    names = [name for _, name, _, _ in given_rows]
    stocks: dict[object, list[int]] = {}
    for number, name in enumerate(names):
        stocks.setdefault(name or number, []).append(number)
    in_time = sorted(
        stocks.values(), key=lambda each: (min(rows[n][0] for n in each), max(rows[n][1] for n in each), each)
    )
    expected: list[Run] = []
    previous = None
    for each in in_time:
        low, high = sum(rows[n][2] for n in each), sum(rows[n][3] for n in each)
        state = "sure" if low > most else "maybe" if high > most else None
        if state and state == previous:
            last = expected.pop()
            expected.append(
                replace(last, rows=(*last.rows, *each), least=max(last.least, low), most=max(last.most, high))
            )
        elif state:
            expected.append(Run(state == "sure", 0, 0, tuple(each), low, high))
        previous = state
    found = stock_runs(counted(rows), names, most=most)
    assert [(r.surely, r.rows, r.least, r.most) for r in found] == [
        (r.surely, r.rows, r.least, r.most) for r in expected
    ]
    for run in found:
        assert run.first_s == min(rows[n][0] for n in run.rows)
        assert run.last_s == max(rows[n][1] for n in run.rows)


def test_a_number_without_upper_bound_never_overflows() -> None:
    rows = [(0, 0, 1, UNBOUNDED)] * 50
    (run,) = flow_runs(counted(rows), most=49, window_s=10)
    assert run.surely
    assert run.least == 50
    (stock,) = stock_runs(counted(rows), ["all"] * 50, most=50)
    assert not stock.surely
    assert stock.most == UNBOUNDED


def test_nothing_counted_is_never_above_a_limit() -> None:
    assert flow_runs(counted([]), most=0, window_s=1) == []
    assert stock_runs(counted([]), [], most=0) == []


# --- through the whole judgement --------------------------------------------------------------------------------


HEAD = """mandate "Truce" in force 2025-01-01T00:00
party P0 "one party"
party P1 "the other party"
zone park "park.geojson"
evidence twice = 2 independent sources
"""
FLOW = 'clause C1 cites "1" limited P0 fire any to 2 items per 24h\n'
EVENTS = 'clause C1 cites "1" limited P0 fire any to 2 events per 24h\n'
STOCK = 'clause C1 cites "1" limited P0 inventory any to 75 items at once in park\n'


def shots(*times_s: int, count_lo: int = 1, count_hi: int | None = 1) -> dict[str, list[dict[str, object]]]:
    rows = [
        seen(f"e{n}", happening(T0_S + at, act="fire", parties=["P0"], count_lo=count_lo, count_hi=count_hi))
        for n, at in enumerate(times_s)
    ]
    return together(*rows)


def said(findings: list[dict[str, object]]) -> list[tuple[str, str, int]]:
    return [(row["verdict"], row["reason"], len(row["event_ids"])) for row in findings]


@pytest.mark.parametrize(
    ("times_s", "expected"),
    [
        ((0, 1), []),
        ((0, 1, 2), [("breach", "", 3)]),
        ((0, 0, 0), [("breach", "", 3)]),
        ((0, 1, DAY_S - 1), [("breach", "", 3)]),
        ((0, 1, DAY_S), [("undetermined", "measurement", 3)]),  # whole seconds: it may be a little less than 24 h
        ((0, 1, DAY_S + 1), []),
        ((0, 1, 2, 10 * DAY_S, 10 * DAY_S, 10 * DAY_S), [("breach", "", 3), ("breach", "", 3)]),
        ((0, 1, 2, DAY_S, DAY_S + 1, DAY_S + 2), [("breach", "", 6)]),
    ],
)
def test_a_flow_counts_over_the_last_24_hours_and_each_run_above_it_is_one_finding(
    times_s: tuple[int, ...], expected: list[tuple[str, str, int]]
) -> None:
    assert said(judged(HEAD + FLOW, **shots(*times_s))) == expected
    assert said(judged(HEAD + EVENTS, **shots(*times_s))) == expected


def test_items_are_added_up_and_events_are_not() -> None:
    assert said(judged(HEAD + FLOW, **shots(0, count_lo=3, count_hi=3))) == [("breach", "", 1)]
    assert said(judged(HEAD + EVENTS, **shots(0, count_lo=3, count_hi=3))) == []


def test_a_number_that_may_be_above_the_limit_is_undetermined_and_says_how_far() -> None:
    found = judged(HEAD + FLOW, **shots(0, 5, count_lo=1, count_hi=None))
    assert said(found) == [("undetermined", "measurement", 2)]
    assert found[0]["missing"] == ["the number: at least 2, at most no upper bound within the window"]


def test_a_row_that_is_not_proven_counts_as_possible_only() -> None:
    proven = FLOW + " breach MANY needs twice\n"
    assert said(judged(HEAD + proven, **shots(0, 1, 2))) == [("undetermined", "evidence", 3)]


def test_an_exempt_row_does_not_count_and_a_pending_one_possibly_does() -> None:
    text = HEAD + FLOW + " unless storage\n"
    granted = notice("storage", "P0", T0_S, T0_S)
    assert said(judged(text, notices=[granted], **shots(0, 1, 2))) == []
    pending = granted | {"status": "pending"}
    assert said(judged(text, notices=[pending], **shots(0, 1, 2))) == [("undetermined", "measurement", 3)]


def test_a_row_of_unknown_party_counts_for_each_it_may_be_of() -> None:
    text = HEAD + FLOW.replace("limited P0", "limited P0 P1")
    rows = together(*(seen(f"e{n}", happening(T0_S + n, act="fire")) for n in range(3)))
    assert sorted(row["addressee"] for row in judged(text, **rows)) == ["P0", "P1"]


def counted_stock(*inventories: tuple[str, int, tuple[int, ...]]) -> dict[str, list[dict[str, object]]]:
    """(inventory, day, numbers of its rows)"""
    rows = []
    for name, day, numbers in inventories:
        for part, number in enumerate(numbers):
            row = happening(
                T0_S + day * DAY_S, act="inventory", parties=["P0"], count_lo=number, count_hi=number, inventory=name
            )
            rows.append(seen(f"e-{name}-{day}-{part}", row, park=(5, 0, 1)))
    return together(*rows)


@pytest.mark.parametrize(
    ("inventories", "expected"),
    [
        ([("i1", 1, (75,))], []),
        ([("i1", 1, (76,))], [("breach", "", 1)]),
        ([("i1", 1, (40, 36))], [("breach", "", 2)]),
        ([("i1", 1, (40,)), ("i2", 2, (36,))], []),
        ([("i1", 1, (76,)), ("i2", 2, (77,))], [("breach", "", 2)]),
        ([("i1", 1, (76,)), ("i2", 2, (75,)), ("i3", 3, (76,))], [("breach", "", 1), ("breach", "", 1)]),
        ([("", 1, (40,)), ("", 2, (36,))], []),
    ],
)
def test_a_stock_is_what_one_dated_inventory_counts(
    inventories: list[tuple[str, int, tuple[int, ...]]], expected: list[tuple[str, str, int]]
) -> None:
    assert said(judged(HEAD + STOCK, **counted_stock(*inventories))) == expected


def test_two_shots_a_fraction_of_a_second_less_than_24_hours_apart_may_be_within_24_hours() -> None:
    rows = shots(0, DAY_S)
    text = HEAD + FLOW.replace("to 2 items", "to 1 items")
    for table in ("events", "observations"):
        rows[table][0] |= dict.fromkeys(("earliest_at_us", "latest_at_us"), T0_S * 1000000 + 900000)
    assert said(judged(text, **rows)) != []
