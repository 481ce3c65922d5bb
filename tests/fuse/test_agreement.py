"""What statements can agree on, case by case."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.fuse.agreement import common_class, common_interval, common_parties, common_word, least_stated
from truceline.fuse.places import Spots, can_be_same, ellipses_overlap, spots_of


@pytest.mark.parametrize(
    ("intervals", "common", "agree"),
    [
        ([(1, 5)], (1, 5), True),
        ([(1, 5), (3, 9)], (3, 5), True),
        ([(1, 5), (5, 9)], (5, 5), True),
        ([(1, 4), (5, 9)], (1, 9), False),
        ([(122, 122), (None, None)], (122, 122), True),
        ([(None, 4), (5, None)], (None, None), False),
        ([(1, 4), (5, 9), (None, None)], (1, 9), False),
        ([(3, None), (5, None)], (5, None), True),
        ([(None, None)], (None, None), True),
    ],
)
def test_intervals_meet_or_span_everything(intervals: Any, common: Any, agree: bool) -> None:
    assert common_interval(intervals) == (common, agree)


@pytest.mark.parametrize(
    ("stated", "common", "agree"),
    [
        ([["UAF", "AFC"], ["UAF"]], ["UAF"], True),
        ([["UAF"], []], ["UAF"], True),
        ([["UAF"], None], ["UAF"], True),
        ([["UAF"], ["AFC"]], ["AFC", "UAF"], False),
        ([[], []], [], True),
    ],
)
def test_parties_are_those_whom_nobody_excludes(stated: Any, common: list[str], agree: bool) -> None:
    assert common_parties(stated) == (common, agree)


@pytest.mark.parametrize(
    ("classes", "common", "agree"),
    [
        (["drone", "strike_drone"], "strike_drone", True),
        (["", "drone"], "drone", True),
        (["drone", "drone"], "drone", True),
        (["drone", "strike_drone", "recon_drone"], "", False),
        (["artillery", "mortar"], "", False),
        (["howitzer", "gun"], "", False),
        (["", None], "", True),
    ],
)
def test_a_group_agrees_with_its_leaf_and_gives_the_leaf(classes: Any, common: str, agree: bool) -> None:
    assert common_class(classes) == (common, agree)


@pytest.mark.parametrize(
    ("words", "common", "agree"),
    [
        (["grad", ""], "grad", True),
        (["grad", "smerch"], "", False),
        (["", None], "", True),
        (["a", "a"], "a", True),
    ],
)
def test_a_word_is_common_or_unknown(words: Any, common: str, agree: bool) -> None:
    assert common_word(words) == (common, agree)


def test_the_least_stated_confidence_is_kept_and_none_is_none() -> None:
    assert least_stated([900, None, 600]) == 600
    assert least_stated([None, None]) is None
    assert least_stated([0, 500]) == 0


def place(lon_deg: float, lat_deg: float, ee_m2: float, en_m2: float, nn_m2: float) -> Spots:
    covariance_m2 = {"cov_ee_m2": ee_m2, "cov_en_m2": en_m2, "cov_nn_m2": nn_m2}
    return spots_of([{"lon_deg": lon_deg, "lat_deg": lat_deg, **covariance_m2}])


def spot(lon_deg: float, lat_deg: float, sigma_m: float) -> Spots:
    return place(lon_deg, lat_deg, sigma_m**2, 0.0, sigma_m**2)


def test_places_are_the_same_within_what_both_errors_allow() -> None:
    """3.7 km apart: sigmas of 1 km each allow 2.4477 * sqrt(2) = 3.46 km, of 1.1 km 3.81 km."""
    assert not can_be_same(spot(37.0, 48.0, 1_000), spot(37.05, 48.0, 1_000))
    assert can_be_same(spot(37.0, 48.0, 1_100), spot(37.05, 48.0, 1_100))


def test_exact_places_are_the_same_only_within_metres() -> None:
    assert can_be_same(spot(37.0, 48.0, 0), spot(37.00001, 48.0, 0))
    assert not can_be_same(spot(37.0, 48.0, 0), spot(37.0001, 48.0, 0))
    assert can_be_same(spot(37.0, 48.0, 0), spot(37.0, 48.0, 0))


def test_an_elongated_error_allows_its_own_direction_only() -> None:
    """5 km north-east of a place known to 10 m across and 5 km along north-east."""
    along = place(37.0, 48.0, 12.5e6, 12.4999e6, 12.5e6)
    north_east, north_west = spot(37.0474, 48.0318, 10), spot(36.9526, 48.0318, 10)
    assert can_be_same(along, north_east)
    assert not can_be_same(along, north_west)


def test_ellipses_overlap_where_each_drawn_alone_touches_the_other() -> None:
    """Circles of 2.4477 km each: 4.9 km apart they touch, though 4.9 km is more than both errors allow together."""
    assert ellipses_overlap(spot(37.0, 48.0, 1_000), spot(37.0, 48.0439, 1_000))
    assert not can_be_same(spot(37.0, 48.0, 1_000), spot(37.0, 48.0439, 1_000))
    assert not ellipses_overlap(spot(37.0, 48.0, 1_000), spot(37.0, 48.0445, 1_000))
    crossed = place(37.0, 48.02, 1.0, 0.0, 4e6)
    assert ellipses_overlap(place(37.0, 48.0, 4e6, 0.0, 1.0), crossed), "long ones that cross"
    assert not ellipses_overlap(place(37.0, 48.0, 4e6, 0.0, 1.0), place(37.0, 48.02, 4e6, 0.0, 1.0)), "side by side"
    assert ellipses_overlap(spot(37.0, 48.0, 5), spot(37.0, 48.0, 5)), "one and the same"


METRES = st.floats(0.0, 5_000.0)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(east_deg=st.floats(-0.1, 0.1), north_deg=st.floats(-0.1, 0.1), ours_m=METRES, theirs_m=METRES, more_m=METRES)
def test_a_wider_error_never_keeps_two_places_apart(
    east_deg: float, north_deg: float, ours_m: float, theirs_m: float, more_m: float
) -> None:
    ours, theirs = spot(37.0, 48.0, ours_m), spot(37.0 + east_deg, 48.0 + north_deg, theirs_m)
    wider = spot(37.0 + east_deg, 48.0 + north_deg, theirs_m + more_m)
    for same in (can_be_same, ellipses_overlap):
        assert same(ours, wider) or not same(ours, theirs)
    assert ellipses_overlap(ours, theirs) or not can_be_same(ours, theirs), "what can be one place overlaps"


NUMBERS = st.one_of(st.none(), st.integers(0, 9))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(intervals=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_a_common_interval_holds_every_point_on_which_all_agree(intervals: list[tuple[Any, Any]]) -> None:
    def holds(interval: tuple[Any, Any], point: int) -> bool:
        low, high = interval
        return (low is None or low <= point) and (high is None or point <= high)

    common, agree = common_interval(intervals)
    shared = [point for point in range(-1, 11) if all(holds(one, point) for one in intervals)]
    if agree:
        assert shared == [point for point in range(-1, 11) if holds(common, point)]
    else:
        assert shared == []
        for one in (one for one in intervals if one != (None, None)):
            assert all(holds(common, point) for point in range(-1, 11) if holds(one, point))
