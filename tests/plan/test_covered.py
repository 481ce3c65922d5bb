import importlib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.time import to_us
from truceline.model.coverage import WATCHED
from truceline.model.spot import Need, Signature, Spots
from truceline.model.view import VIEWS
from truceline.plan.covered import Covered, clause_shares, covered, watched

KERNEL = importlib.import_module("truceline.plan.covered")  # the stage has a function of this name
FROM_US = to_us(datetime(2026, 6, 1, 8, tzinfo=UTC))  # daylight over all six hours
HOUR_US, HOURS = 3_600_000_000, 6
SPAN_US = FROM_US, FROM_US + HOURS * HOUR_US
VEHICLE = Signature(name="vehicle", size_m=2.3, stays_s=3_600, means=("uav_image", "camera"))
FLASH = Signature(name="flash", size_m=2.0, stays_s=1, means=("uav_image", "acoustic"), glows=True, heard_m=3_000.0)
IDS = ("contact 0", "contact 1", "contact 2")
SPOTS = Spots(  # three stretches of 2 km from west to east, two spots on each side of each
    lon_deg=np.repeat([10.0, 10.03, 10.06], 4) + np.tile([-0.005, 0.005], 6),
    lat_deg=48.0 + np.tile([0.01, 0.01, -0.01, -0.01], 3),
    stretch=np.repeat([0, 1, 2], 4),
    side=np.tile([1, 1, -1, -1], 3),
    distance_m=np.full(12, 1_100.0),
    weight_m2=np.tile([1e6, 3e6], 6),
)


def need(signature: Signature = VEHICLE, clause: str = "C1", at: object = None, **binds: int) -> Need:
    everywhere = np.ones(len(SPOTS), dtype=bool)
    when = {"from_us": SPAN_US[0], "until_us": SPAN_US[1]} | binds
    at = everywhere if at is None else np.asarray(at)
    return Need(mandate="model", clause=clause, signature=signature, at=at, **when)


def view(lon_deg: float = 10.0, lat_deg: float = 48.0, half_deg: float = 0.02, **stated: object) -> dict[str, object]:
    ring = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    base = {
        "view_id": "v",
        "sensor": "drone 1",
        "means": "uav_image",
        "spectrum": "thermal",
        "earliest_at_us": FROM_US + HOUR_US,
        "latest_at_us": FROM_US + HOUR_US,
        "ring_deg": [each for x, y in ring for each in (lon_deg + x * half_deg, lat_deg + y * half_deg)],
        "resolution_mm": 10,
        "visibility_m": 1e9,
    }
    return base | stated


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=VIEWS)


def told(rows: list[dict[str, object]], *needs: Need, **more: object) -> Covered:
    return covered(table(*rows), spots=SPOTS, needs=needs or (need(),), span_us=SPAN_US, **more)


def dense(found: Covered) -> np.ndarray:
    """(needs, stretches, sides, hours); -1 where there is no row."""
    shares = np.full((len(found.needs), 3, 2, HOURS), -1.0)
    runs = found.runs
    for row in range(len(runs.need)):
        first, last = ((int(each[row]) - FROM_US) // HOUR_US for each in (runs.from_us, runs.until_us))
        cell = shares[runs.need[row], runs.stretch[row], (1 - runs.side[row]) // 2]
        assert (cell[first:last] == -1).all()
        cell[first:last] = runs.share_ratio[row]
    return shares


def test_a_picture_of_a_whole_stretch_sees_what_came_in_the_hour_before() -> None:
    found = dense(told([view()]))[0]
    assert found[0, 0] == pytest.approx([1, 0, 0, 0, 0, 0], abs=1e-6)  # taken at nine: it sees who came after eight
    assert found[1].sum() == found[2].sum() == 0


def test_a_picture_after_the_span_sees_what_stayed_from_its_last_hour() -> None:
    late = SPAN_US[1] + HOUR_US // 2
    found = dense(told([view(earliest_at_us=late, latest_at_us=late)]))[0]
    assert found[0, 0] == pytest.approx([0, 0, 0, 0, 0, 0.5], abs=1e-6)


def test_half_of_the_ground_counts_by_its_weight() -> None:
    found = dense(told([view(10.005, 48.01, 0.004)]))[0]
    assert found[0, 0, 0] == pytest.approx(0.75, abs=1e-6)
    assert found[0, 1, 0] == 0


def test_without_views_every_hour_of_every_stretch_is_a_row_of_nothing() -> None:
    rows = watched(told([]), stretch_ids=IDS)
    assert rows.schema == WATCHED
    assert rows.num_rows == 6
    assert set(rows["state"].to_pylist()) == {"not_observed"}
    assert rows["earliest_at_us"].to_pylist() == [FROM_US] * 6
    assert rows["latest_at_us"].to_pylist() == [SPAN_US[1] - 1] * 6


def test_rows_come_by_clause_stretch_side_and_time_and_equal_neighbours_are_joined() -> None:
    rows = watched(told([view()]), stretch_ids=IDS).to_pylist()
    assert [(row["stretch_id"], row["side"]) for row in rows] == [
        ("contact 0", 1),
        ("contact 0", 1),
        ("contact 0", -1),
        ("contact 0", -1),
        ("contact 1", 1),
        ("contact 1", -1),
        ("contact 2", 1),
        ("contact 2", -1),
    ]
    assert rows[0]["latest_at_us"] + 1 == rows[1]["earliest_at_us"] == FROM_US + HOUR_US
    assert (rows[0]["mandate"], rows[0]["clause"], rows[0]["state"]) == ("model", "C1", "observed")


@pytest.mark.parametrize(("least", "state"), [(700, "observed"), (750, "observed"), (751, "partly")])
def test_each_mandate_has_its_own_share_from_which_ground_counts_as_observed(least: int, state: str) -> None:
    rows = watched(told([view(10.005, 48.01, 0.004)]), stretch_ids=IDS, observed_permille=[least]).to_pylist()
    assert (rows[0]["share_permille"], rows[0]["state"]) == (750, state)


def test_what_a_clause_needs_to_see_decides() -> None:
    found = dense(told([view()], need(), need(FLASH, "C2")))
    assert found[0, 0, 0, 0] > 0.99
    assert 0 < found[1, 0, 0].sum() < 1 / 1_000  # a flash of a second, and one picture in an hour


def test_a_clause_that_binds_later_has_rows_from_then_on() -> None:
    late = need(from_us=FROM_US + 2 * HOUR_US + 5, until_us=FROM_US + 4 * HOUR_US)
    assert (dense(told([view()], late))[0, 0, 0] >= 0).tolist() == [False, False, True, True, False, False]
    assert len(told([view()], need(from_us=SPAN_US[1], until_us=SPAN_US[1] + 9)).runs.need) == 0


def test_a_clause_on_one_stretch_has_rows_there_alone() -> None:
    rows = watched(told([view()], need(at=SPOTS.stretch == 1)), stretch_ids=IDS)
    assert set(rows["stretch_id"].to_pylist()) == {"contact 1"}
    assert told([view()], need(at=SPOTS.stretch > 5)).runs.need.size == 0


def test_a_span_that_is_no_whole_hour_is_widened() -> None:
    found = covered(table(), spots=SPOTS, needs=[need()], span_us=(FROM_US + 1, FROM_US + HOUR_US + 1))
    assert found.span_us == (FROM_US, FROM_US + 2 * HOUR_US)


def test_posts_cameras_and_drones_count_by_the_same_noun() -> None:
    post = view(ring_deg=None, means="acoustic", range_m=2_000.0, sensor="post")
    post |= {"lon_deg": 10.0, "lat_deg": 48.01, "earliest_at_us": FROM_US, "latest_at_us": SPAN_US[1]}
    found = dense(told([post], need(), need(FLASH, "C2")))
    assert found[0].max() == 0
    assert (found[1, 0, 0] > 0.9).all()


def test_a_view_cut_in_two_is_the_same_view() -> None:
    begin, middle, end = (FROM_US + at * HOUR_US // 4 for at in (1, 7, 13))
    whole = view(earliest_at_us=begin, latest_at_us=end, resolution_mm=300)
    halves = [whole | {"latest_at_us": middle}, whole | {"earliest_at_us": middle}]
    needs = need(), need(FLASH, "C2")
    assert (dense(told([whole], *needs)) == dense(told(halves, *needs))).all()


def test_a_sensor_in_two_places_counts_in_neither_and_the_remark_says_so() -> None:
    found = told([view(), view(view_id="w", lon_deg=10.5)])
    assert dense(found).max() == 0
    assert "two places at once: v, w" in found.remarks[0]


def test_terrain_takes_away_what_it_hides() -> None:
    class West:
        def sees(self, lon_deg, lat_deg, above_ground_m, to_lon_deg, to_lat_deg):
            return to_lon_deg < 10.0

    placed = view() | {"lon_deg": 10.0, "lat_deg": 48.0, "above_ground_m": 1_000.0}
    assert dense(told([placed], sight=West()))[0, 0, 0, 0] == pytest.approx(0.25, abs=1e-3)


# --- shares of clauses ------------------------------------------------------------------------------------


def test_the_share_of_a_clause_is_over_all_its_ground_and_the_period() -> None:
    found = told([view()])
    marks = [FROM_US, FROM_US + 2 * HOUR_US, SPAN_US[1]]
    assert clause_shares(found, need=0, marks_us=marks) == [166, 0]  # one stretch of three, one hour of two
    assert clause_shares(found, need=0, marks_us=[FROM_US, FROM_US + HOUR_US // 2]) == [333]


def test_a_period_outside_the_span_or_in_which_nothing_binds_has_no_share() -> None:
    found = told([view()], need(), need(clause="C2", from_us=FROM_US + 3 * HOUR_US))
    assert clause_shares(found, need=0, marks_us=[FROM_US - HOUR_US, FROM_US, SPAN_US[1]]) == [None, 55]
    assert clause_shares(found, need=1, marks_us=[FROM_US, FROM_US + HOUR_US]) == [None]


def test_what_was_seen_wholly_is_a_thousand_and_nothing_is_rounded_up() -> None:
    sure = [view(half_deg=0.2, sensor=f"d{n}", latest_at_us=FROM_US + 7 * HOUR_US, resolution_mm=1) for n in range(9)]
    assert clause_shares(told(sure), need=0, marks_us=list(SPAN_US)) == [1_000]
    nearly = sure[0] | {"resolution_mm": 150, "sensor": "one"}
    (share,) = clause_shares(told([nearly]), need=0, marks_us=list(SPAN_US))
    assert share is not None
    assert share == int(1_000 * dense(told([nearly]))[0].mean())


# --- properties -------------------------------------------------------------------------------------------

TIMES = st.integers(-HOUR_US, (HOURS + 1) * HOUR_US)
ROWS = st.builds(
    lambda lon, lat, half, sensor, begin, lasts, mm: view(
        lon,
        lat,
        half,
        sensor=f"{sensor} {begin}",  # never in two places
        earliest_at_us=FROM_US + begin,
        latest_at_us=FROM_US + begin + lasts,
        resolution_mm=mm,
    ),
    st.floats(9.98, 10.08),
    st.floats(47.97, 48.03),
    st.floats(0.002, 0.05),
    st.integers(0, 2),
    TIMES,
    st.integers(0, HOUR_US),
    st.integers(10, 400),
)
NEEDS = (need(), need(FLASH, "C2", SPOTS.side == 1), need(clause="C3", at=SPOTS.stretch == 2))


@budget(40)
@given(st.lists(ROWS, max_size=6), ROWS, st.booleans())
def test_a_further_view_never_lowers_any_share(rows: list[dict], more: dict, alike: bool) -> None:
    if alike:  # all of one acoustic-wide sensor: the rule of two places does not apply, that of draws does
        rows, more = [row | {"sensor": "s", "means": "satellite"} for row in rows], more | {"sensor": "s"}
        more["means"] = "satellite"
    wide = [replace(each, signature=replace(each.signature, means=("uav_image", "satellite"))) for each in NEEDS]
    before, after = told(rows, *wide), told([*rows, more], *wide)
    assert (dense(after) >= dense(before)).all()
    for row in range(len(wide)):
        one, other = (clause_shares(each, need=row, marks_us=list(SPAN_US))[0] for each in (before, after))
        assert (other or 0) >= (one or 0)


@budget(20)
@given(st.lists(ROWS, max_size=6), st.randoms())
def test_the_order_of_views_does_not_change_a_bit(rows: list[dict], random: object) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)
    assert watched(told(rows, *NEEDS), stretch_ids=IDS).equals(watched(told(shuffled, *NEEDS), stretch_ids=IDS))
    assert (dense(told(rows, *NEEDS)) == dense(told(shuffled, *NEEDS))).all()


WORSE = {
    "resolution_mm": lambda value: value * 2,
    "cloud_permille": lambda value: 400,
    "health_permille": lambda value: 900,
    "visibility_m": lambda value: 3_000.0,
    "latest_at_us": lambda value: value - HOUR_US // 7,
    "lost_at_us": lambda value: FROM_US + 2 * HOUR_US,
    "disturbed": lambda value: "jamming",
    "spectrum": lambda value: "visible",
}


@budget(40)
@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from(sorted(WORSE)))
def test_worse_conditions_never_raise_any_share(rows: list[dict], what: str) -> None:
    worse = [{**rows[0], what: WORSE[what](rows[0].get(what))}, *rows[1:]]
    assert (dense(told(worse, *NEEDS)) <= dense(told(rows, *NEEDS))).all()


@budget(15)
@given(st.lists(ROWS, max_size=6), st.integers(1, 40))
def test_how_work_is_parted_changes_nothing(rows: list[dict], most: int) -> None:
    whole = dense(told(rows, *NEEDS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KERNEL, "MOST_HOURS", most)
        patch.setattr(KERNEL, "MOST_PAIRS", 3)
        assert (dense(told(rows, *NEEDS)) == whole).all()
