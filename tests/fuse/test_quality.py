"""Double review: the sample can be drawn again, and the figures are what one would count by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.fuse.reports import T0_US, Desk, holding, report

from truceline.base.units import US_PER_S
from truceline.fuse.quality import Share, compare, sample
from truceline.model.batch import table
from truceline.model.event import EVENTS

DAY_US = (T0_US, T0_US + 86_400 * US_PER_S)


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    desk = Desk(*(report(f"r-{n}", "post", 60 * n) for n in range(1, 41)), report("yesterday", "post", -60))
    drawn = sample(desk.table, day_us=DAY_US, share_permille=250, seed="week 3")
    assert len(set(drawn)) == 10
    assert drawn == sample(desk.table, day_us=DAY_US, share_permille=250, seed="week 3")
    assert set(drawn) != set(sample(desk.table, day_us=DAY_US, share_permille=250, seed="week 4"))
    assert len(sample(desk.table, day_us=DAY_US, share_permille=1, seed="")) == 1, "rounded up"
    everything = sample(desk.table, day_us=DAY_US, share_permille=1_000, seed="")
    assert len(everything) == 40
    assert holding(desk.events, "yesterday")["event_id"] not in everything


def test_match_false_and_overlap_of_a_day_counted_by_hand() -> None:
    """Six events. The second person rejects one, splits one of two into halves, moves one, and adds one missed."""
    pairs = [report(f"{n}-{post}", f"post-{post}", 600 * n) for n in range(3) for post in (1, 2)]
    single = [report(f"{n}", "post-1", 600 * n) for n in range(3, 6)]
    first, second = Desk(*pairs, *single), Desk(*pairs, *single)
    second.decide("reject", "3")
    second.decide("split", "0-1", members=("0-2",))
    moved = (("lon_deg", "37.2"), ("lat_deg", "48"), ("error_m", "100"))
    second.decide("correct", "4", values=moved)
    second.decide("add", members=("5",))
    found = compare(first.table, second.table)
    assert (found.match.part, found.match.whole) == (4, 6), "each half is one of two: no more than half"
    assert (found.false.part, found.false.whole) == (1, 6)
    assert (found.overlap.part, found.overlap.whole) == (3, 4)
    assert found.missed == 1
    assert (found.match.permille, found.false.permille, found.overlap.permille) == (667, 167, 750)


def test_two_people_who_agree_meet_every_target_once_the_sample_is_large_enough() -> None:
    rows = [report(f"r-{n}", "post", 60 * n) for n in range(200)]
    agreed = compare(Desk(*rows).table, Desk(*rows).table)
    assert [share.met for share in (agreed.match, agreed.false, agreed.overlap)] == ["met", "met", "met"]
    few = compare(Desk(*rows[:20]).table, Desk(*rows[:20]).table)
    assert [share.met for share in (few.match, few.false, few.overlap)] == ["open", "open", "open"]
    assert few.match.interval_permille[0] == 838


def test_of_nothing_no_share_is_said() -> None:
    nothing = compare(table([], EVENTS), table([], EVENTS))
    assert nothing.match.permille is None
    assert nothing.match.interval_permille == (0, 1_000)
    assert nothing.match.met == "open"


@pytest.mark.parametrize(
    ("part", "whole", "target_permille", "wanted", "met"),
    [
        (174, 188, 980, "at least", "missed"),
        (2, 188, 40, "at most", "met"),
        (30, 188, 40, "at most", "missed"),
        (9, 188, 40, "at most", "open"),
        (170, 174, 960, "at least", "open"),
    ],
)
def test_a_target_is_met_missed_or_open(part: int, whole: int, target_permille: int, wanted: str, met: str) -> None:
    share = Share(part=part, whole=whole, target_permille=target_permille, wanted=wanted)  # type: ignore[arg-type]
    assert share.met == met


@budget(100)
@given(whole=st.integers(1, 3_000), share=st.integers(0, 1_000))
def test_the_interval_holds_the_shares_under_which_the_sample_is_not_surprising(whole: int, share: int) -> None:
    """Wilson's interval is where |p - observed| <= 1.96 sqrt(p (1 - p) / n): tested at its ends, not by its formula."""
    part = whole * share // 1_000
    low, high = Share(part=part, whole=whole, target_permille=0, wanted="at least").interval_permille
    assert low <= 1_000 * part / whole <= high

    def surprising(permille: int) -> bool:
        true = permille / 1_000
        return abs(true - part / whole) > 1.96 * math.sqrt(true * (1 - true) / whole) + 1e-12

    assert low == 0 or surprising(low)
    assert high == 1_000 or surprising(high)
    assert low + 1 >= 1_000 * part / whole or not surprising(low + 1)
    assert high - 1 <= 1_000 * part / whole or not surprising(high - 1)
