"""The swept share against a slow plain reference, and what must hold whatever the looks."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.plan.sweep import HOUR_MS, Glances, shares

SPOTS, HOURS = 3, 4
SHAPE = (SPOTS, HOURS)
FROM_MS = 1_790_812_800_000
Glance = tuple[int, int, int, int, float]  # spot, sensor, beginning, length, chance

CHANCES = st.one_of(st.floats(0.01, 0.99), st.sampled_from([0.0, 0.5, 1.0]))
ONE = st.tuples(
    st.integers(0, SPOTS - 1),
    st.integers(0, 2),
    st.integers(-3 * HOUR_MS, 6 * HOUR_MS),
    st.one_of(st.just(0), st.integers(0, HOUR_MS // 10), st.integers(0, HOUR_MS)),
    CHANCES,
)
GLANCES = st.lists(ONE, max_size=12)
STAYS = st.one_of(st.just(0), st.just(1_000), st.integers(0, 3 * HOUR_MS))


def glances(rows: list[Glance]) -> Glances:
    """A glance of one sensor at one spot has one turn for each hour by the clock in which it begins."""
    turns: dict[tuple[int, int, int], int] = {}
    turn = [turns.setdefault((row[0], row[1], row[2] // HOUR_MS), len(turns)) for row in rows]
    columns = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4)
    return Glances(
        spot=columns[:, 0],
        turn=np.array(turn, dtype=np.int64),
        from_ms=FROM_MS + columns[:, 2],
        until_ms=FROM_MS + columns[:, 2] + columns[:, 3],
        chance_ratio=np.array([row[4] for row in rows]),
    )


def swept(rows: list[Glance], stays_ms: int) -> np.ndarray:
    return shares(glances(rows), stays_ms=stays_ms, from_ms=FROM_MS, shape=SHAPE)


def slow(rows: list[Glance], stays_ms: int) -> np.ndarray:
    """Piece by piece between all moments at which anything changes: of each turn the best glance over its middle."""
    found = np.zeros(SHAPE)
    for spot, hour in itertools.product(range(SPOTS), range(HOURS)):
        begin, end = hour * HOUR_MS, (hour + 1) * HOUR_MS
        mine = [
            (row[1], row[2] // HOUR_MS, row[2] - stays_ms, row[2] + row[3], row[4]) for row in rows if row[0] == spot
        ]
        marks = sorted({begin, end, *(m for each in mine for m in each[2:4] if begin < m < end)})
        for one, other in itertools.pairwise(marks):
            middle = (one + other) / 2
            best: dict[tuple[int, int], float] = {}
            for sensor, turn, first, last, chance in mine:
                if first <= middle <= last:
                    best[sensor, turn] = max(chance, best.get((sensor, turn), 0.0))
            missed = math.prod(1 - chance for chance in best.values())
            found[spot, hour] += (1 - missed) * (other - one) / HOUR_MS
    return found


@given(GLANCES, STAYS)
def test_the_sweep_gives_what_a_slow_plain_sum_gives(rows: list[Glance], stays_ms: int) -> None:
    assert np.abs(swept(rows, stays_ms) - slow(rows, stays_ms)).max() < 1e-8


@given(GLANCES, ONE, STAYS)
def test_a_further_look_never_lowers_any_share(rows: list[Glance], more: Glance, stays_ms: int) -> None:
    assert (swept([*rows, more], stays_ms) >= swept(rows, stays_ms)).all()


@given(GLANCES, STAYS, st.randoms())
def test_the_order_of_looks_does_not_change_a_bit(rows: list[Glance], stays_ms: int, random: object) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)
    assert (swept(rows, stays_ms) == swept(shuffled, stays_ms)).all()


@given(GLANCES, st.integers(0, HOUR_MS), st.integers(0, HOUR_MS))
def test_what_stays_longer_is_seen_no_less(rows: list[Glance], stays_ms: int, more_ms: int) -> None:
    assert (swept(rows, stays_ms + more_ms) >= swept(rows, stays_ms)).all()


@given(GLANCES, STAYS)
def test_shares_lie_between_nothing_and_all(rows: list[Glance], stays_ms: int) -> None:
    found = swept(rows, stays_ms)
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_a_flash_is_seen_in_the_part_of_the_hour_that_was_watched() -> None:
    assert swept([(0, 0, 0, HOUR_MS // 4, 0.8)], 0)[0, 0] == pytest.approx(0.2, abs=1e-8)


def test_what_stays_an_hour_is_seen_by_one_picture_after_it_began() -> None:
    found = swept([(1, 0, HOUR_MS * 3 // 2, 0, 0.6)], HOUR_MS)
    assert found[1] == pytest.approx([0.3, 0.3, 0, 0], abs=1e-8)


def test_a_look_after_the_last_hour_counts_for_what_stays_and_one_before_the_first_does_not() -> None:
    assert swept([(0, 0, HOURS * HOUR_MS + 10, 0, 1.0)], HOUR_MS)[0, -1] > 0.99
    assert swept([(0, 0, -10, 0, 1.0)], HOUR_MS).sum() == 0


def test_a_hundred_pictures_of_one_pass_are_one_draw_and_two_sensors_are_two() -> None:
    times = [(0, 0, 1_800_000 + 100 * step, 50, 0.5) for step in range(100)]
    assert swept(times, HOUR_MS)[0, 0] == pytest.approx(0.25, abs=2e-3)
    both = [*times, (0, 1, 1_800_000, 5_000, 0.5)]
    assert swept(both, HOUR_MS)[0, 0] == pytest.approx(0.375, abs=2e-3)


def test_stills_far_apart_do_not_watch_what_lies_between_them() -> None:
    stills = [(0, 0, 30_000 * step, 0, 1.0) for step in range(120)]
    assert swept(stills, 1_000)[0, 0] == pytest.approx(120 / 3_600, abs=5e-4)


def test_a_long_look_with_short_ones_in_it_is_one_draw() -> None:
    rows = [(0, 0, 0, 2_400_000, 0.5), (0, 0, 300_000, 60_000, 0.5), (0, 0, 1_800_000, 60_000, 0.5)]
    assert swept(rows, 0)[0, 0] == pytest.approx(2 / 3 * 0.5, abs=1e-8)


def test_an_act_is_credited_with_the_halt_that_it_meets_and_not_with_the_best_of_the_hour() -> None:
    """A patrol halts far off, nearer, close by: what shows itself for two minutes meets one or two of them."""
    halts = [(0, 0, 0, 600_000, 0.1), (0, 0, 660_000, 600_000, 0.4), (0, 0, 1_320_000, 600_000, 0.9)]
    found = swept(halts, 120_000)[0, 0]
    minutes = 9 * 0.1 + 11 * 0.4 + 12 * 0.9  # from two minutes before a halt to its end, less what a better one takes
    assert found == pytest.approx(minutes / 60, abs=1e-6)


def test_what_is_watched_to_the_last_moment_spills_into_no_other_hour() -> None:
    found = swept([(SPOTS - 1, 0, 0, HOURS * HOUR_MS, 0.5)], 0)
    assert found.sum() == found[SPOTS - 1].sum() == pytest.approx(HOURS * 0.5, abs=1e-8)


def test_a_sure_look_is_seen_and_adds_up_without_infinities() -> None:
    sure = [(0, sensor, 0, HOUR_MS, 1.0) for sensor in range(3)]
    assert swept(sure, 0)[0, 0] == 1.0


def test_no_look_at_all_is_a_share_of_nothing() -> None:
    assert swept([], HOUR_MS).sum() == 0
