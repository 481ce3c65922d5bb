import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.model.spot import Signature
from truceline.model.view import VIEWS
from truceline.model.vocabulary import ACTS, MEANS, WEAPON_CLASSES
from truceline.plan.seeing import (
    DAMAGE,
    Pairs,
    chances,
    conditions_of,
    resolved,
    sharpness_m,
    signature_of,
)

TANK = Signature(name="vehicle", size_m=2.4, stays_s=3_600, means=("uav_image", "camera", "satellite", "patrol"))
SHOT = Signature(name="flash", size_m=2.0, stays_s=1, means=("acoustic", "camera"), glows=True, heard_m=4_000.0)
PLANE = Signature(name="flight", size_m=2.0, stays_s=60, means=("radar",), heard_m=4_000.0)
DRONE = {
    "means": "uav_image",
    "lon_deg": 0.0,
    "lat_deg": 48.0,
    "above_ground_m": 1_000.0,
    "resolution_mm": 400,
    "visibility_m": 1e9,
    "cloud_permille": 0,
}


def chance(signature: Signature, off_m: float = 0.0, centre_m: float = 0.0, **stated: object) -> float:
    """Of one view at one spot; what is not given is not stated."""
    table = pa.Table.from_pylist([{"view_id": "v", "means": "uav_image"} | stated], schema=VIEWS)
    conditions = conditions_of(table)
    one = np.zeros(1, dtype=np.int64)
    pairs = Pairs(view=one, spot=one, range_m=np.array([off_m]), middle_m=np.array([centre_m]))
    found = chances(conditions, signature, pairs=pairs, sharp_m=sharpness_m(conditions, pairs))
    return float(found[0])


# --- signatures -------------------------------------------------------------------------------------------


def test_a_vehicle_stands_for_an_hour_and_is_as_wide_as_the_standard_one() -> None:
    shown = signature_of(["present"], weapon_classes=["tank"])
    assert shown is not None
    assert (shown.name, shown.size_m, shown.stays_s, shown.glows) == ("vehicle", 2.3, 3_600, False)


def test_people_are_smaller_and_stay_a_quarter_of_an_hour() -> None:
    shown = signature_of(["present"], weapon_classes=["personnel"])
    assert shown is not None
    assert (shown.name, shown.size_m, shown.stays_s) == ("person", 0.5, 900)


def test_any_weapon_is_as_hard_to_see_as_a_person_with_one() -> None:
    assert signature_of(["present"]) == signature_of(["present"], weapon_classes=["small_arms"])


def test_a_shot_is_a_flash_that_is_heard_and_seen_at_night() -> None:
    shown = signature_of(["fire"], weapon_classes=["howitzer"])
    assert shown is not None
    assert (shown.name, shown.stays_s, shown.glows) == ("flash", 1, True)
    assert {"acoustic", "heard", "camera"} <= set(shown.means)
    assert "satellite" not in shown.means


def test_a_strike_beside_fire_is_watched_for_as_fire_and_alone_by_what_it_leaves() -> None:
    assert signature_of(["fire", "strike"]) == signature_of(["fire"])
    assert signature_of(["strike"], objects=["refinery"]) == DAMAGE
    fine = signature_of(["strike"])
    assert fine is not None
    assert fine.size_m < DAMAGE.size_m


def test_a_flight_is_seen_by_radar_and_a_trench_by_satellite() -> None:
    flight, works = signature_of(["fly"], weapon_classes=["drone"]), signature_of(["build"])
    assert flight is not None
    assert works is not None
    assert "radar" in flight.means
    assert "satellite" in works.means
    assert works.stays_s >= 86_400


def test_nobody_can_watch_the_ground_of_an_alert() -> None:
    assert signature_of(["alert"]) is None
    assert signature_of(["loss", "alert"]) is None
    assert signature_of([]) is None
    assert signature_of(["alert", "fire"]) == signature_of(["fire"])


def test_every_act_shows_something_or_is_named_as_showing_nothing() -> None:
    assert {act for act in ACTS if signature_of([act]) is None} == {"alert", "loss"}


@given(
    st.lists(st.sampled_from(ACTS), min_size=1, max_size=3),
    st.lists(st.sampled_from(WEAPON_CLASSES), min_size=1, max_size=3),
    st.sampled_from(WEAPON_CLASSES),
)
def test_a_class_more_never_makes_a_clause_easier_to_watch(acts: list[str], classes: list[str], more: str) -> None:
    one, both = signature_of(acts, weapon_classes=classes), signature_of(acts, weapon_classes=[*classes, more])
    if one is None or both is None:
        assert one is both
        return
    assert both.size_m <= one.size_m
    assert both.stays_s <= one.stays_s
    assert both.heard_m <= one.heard_m
    assert both.glows <= one.glows
    assert set(both.means) <= set(one.means)


@given(st.lists(st.sampled_from(ACTS), max_size=4), st.lists(st.sampled_from(WEAPON_CLASSES), max_size=3))
def test_a_signature_does_not_depend_on_the_order_of_words(acts: list[str], classes: list[str]) -> None:
    assert signature_of(acts, weapon_classes=classes) == signature_of(acts[::-1], weapon_classes=classes[::-1])


# --- chances ----------------------------------------------------------------------------------------------


def test_half_are_recognised_at_three_cycles_and_half_noticed_at_three_quarters() -> None:
    assert chance(TANK, **DRONE) == pytest.approx(0.5, abs=1e-4)  # 2.4 m over pixels of 0.4 m: 3 cycles
    assert resolved(np.array([2.0 / 1.5]), SHOT)[0] == pytest.approx(0.5)


@pytest.mark.parametrize(("x", "wanted"), [(0.5, 0.107), (1.5, 0.821), (2.0, 0.945), (3.0, 0.995)])
def test_the_transfer_function_has_the_printed_values(x: float, wanted: float) -> None:
    exponent = 2.7 + 0.7 * x
    assert wanted == pytest.approx(x**exponent / (1 + x**exponent), abs=1e-3)
    assert resolved(np.array([2.4 / (6 * x)]), TANK)[0] == pytest.approx(wanted, abs=1e-3)


def test_what_states_no_resolution_counts_nothing() -> None:
    for means in ("uav_image", "camera", "satellite"):
        assert chance(TANK, **DRONE | {"means": means, "resolution_mm": None}) == 0.0
        assert chance(TANK, **DRONE | {"means": means, "resolution_mm": 0}) == 0.0


def test_a_disturbed_view_counts_nothing() -> None:
    assert chance(TANK, **DRONE | {"disturbed": "jamming reported"}) == 0.0


def test_behind_the_middle_of_a_picture_pixels_are_wider_and_before_it_finer() -> None:
    near, middle, far = (chance(TANK, range_m, 2_000.0, **DRONE) for range_m in (1_000.0, 2_000.0, 4_000.0))
    assert near > 0.8
    assert far < 0.15
    assert middle == pytest.approx(0.5, abs=1e-4)
    bare = chance(TANK, np.nan, np.nan, **DRONE | {"lon_deg": None, "lat_deg": None})
    assert bare == pytest.approx(0.5, abs=1e-4)


def test_haze_that_is_not_stated_is_never_clear_air() -> None:
    stated = [chance(TANK, **DRONE | {"visibility_m": v}) for v in (2_000.0, 5_000.0, 20_000.0, 1e9)]
    assert stated == sorted(stated)
    assert chance(TANK, **DRONE | {"visibility_m": None}) == stated[1]
    assert chance(TANK, 3_000.0, 3_000.0, **DRONE | {"visibility_m": 800.0}) == 0.0


def test_a_satellite_looks_down_through_little_haze() -> None:
    up = DRONE | {"means": "satellite", "above_ground_m": 500_000.0, "visibility_m": 20_000.0}
    assert chance(TANK, **up) > 0.3


def test_cloud_hides_its_share_and_what_a_satellite_does_not_state_is_the_usual() -> None:
    clear = chance(TANK, **DRONE)
    assert chance(TANK, **DRONE | {"cloud_permille": 400}) == pytest.approx(0.6 * clear)
    assert chance(TANK, **DRONE | {"cloud_permille": None}) == clear
    above = DRONE | {"means": "satellite"}
    assert chance(TANK, **above | {"cloud_permille": None}) == pytest.approx(0.3 * chance(TANK, **above))
    radar = above | {"spectrum": "radar"}
    assert chance(TANK, **radar | {"cloud_permille": 1_000}) == pytest.approx(0.5)


def test_a_sensor_that_worked_half_of_the_time_sees_half() -> None:
    assert chance(TANK, **DRONE | {"health_permille": 500}) == pytest.approx(0.25, abs=1e-4)
    assert chance(TANK, **DRONE | {"health_permille": 0}) == 0.0


def test_half_of_the_shots_are_heard_where_the_signature_says() -> None:
    post = {"means": "acoustic", "lon_deg": 0.0, "lat_deg": 48.0, "range_m": 10_000.0}
    assert chance(SHOT, 4_000.0, **post) == pytest.approx(0.5, abs=1e-3)
    assert chance(SHOT, 2_000.0, **post) > 0.9
    assert chance(SHOT, 8_000.0, **post) < 0.1
    assert chance(SHOT, np.nan, **post) == 0.0  # nobody knows how far off it listened
    assert chance(TANK, 100.0, **post) == 0.0


def test_a_radar_sees_half_at_its_range_and_only_what_flies() -> None:
    radar = {"means": "radar", "lon_deg": 0.0, "lat_deg": 48.0, "range_m": 20_000.0}
    assert chance(PLANE, 20_000.0 - 1, **radar) == pytest.approx(0.5, abs=1e-3)
    assert chance(PLANE, 8_000.0, **radar) > 0.95
    assert chance(PLANE, 20_001.0, **radar) == 0.0
    assert chance(TANK, 100.0, **radar) == 0.0


def test_people_see_with_eyes() -> None:
    patrol = {"means": "patrol", "lon_deg": 0.0, "lat_deg": 48.0, "visibility_m": 1e9}
    half_m = 2.4 / 6 / 0.3e-3
    assert chance(TANK, half_m, **patrol) == pytest.approx(0.5, abs=1e-3)
    assert chance(TANK, half_m / 3, **patrol) > 0.95
    assert chance(TANK, np.nan, np.nan, **patrol | {"range_m": 400.0}) > chance(TANK, np.nan, np.nan, **patrol) > 0


def test_beyond_its_stated_range_nothing_is_seen() -> None:
    assert chance(TANK, 900.0, 500.0, **DRONE | {"range_m": 1_000.0}) > 0
    assert chance(TANK, 1_100.0, 500.0, **DRONE | {"range_m": 1_000.0}) == 0.0


WORSE = {
    "visibility_m": st.floats(100, 50_000),
    "cloud_permille": st.integers(0, 1_000),
    "health_permille": st.integers(0, 1_000),
    "resolution_mm": st.integers(1, 3_000).map(lambda mm: -mm),
}


@given(st.data(), st.sampled_from(sorted(WORSE)), st.sampled_from(MEANS), st.floats(0, 20_000))
def test_worse_conditions_never_raise_a_chance(data: st.DataObject, what: str, means: str, range_m: float) -> None:
    one, other = sorted([data.draw(WORSE[what]), data.draw(WORSE[what])])
    worse, better = (other, one) if what == "cloud_permille" else (one, other)
    every = Signature(name="any", size_m=2.0, stays_s=1, means=MEANS, heard_m=3_000.0)
    stated = DRONE | {"means": means, "range_m": 30_000.0, "visibility_m": 9_000.0}
    low, high = (chance(every, range_m, 3_000.0, **stated | {what: abs(each)}) for each in (worse, better))
    assert low <= high


@given(st.sampled_from(MEANS), st.floats(1, 30_000), st.floats(1, 30_000))
def test_farther_off_is_never_seen_better(means: str, one_m: float, other_m: float) -> None:
    every = Signature(name="any", size_m=2.0, stays_s=1, means=MEANS, heard_m=3_000.0)
    stated = DRONE | {"means": means, "range_m": 20_000.0, "visibility_m": 9_000.0}
    near, far = (chance(every, range_m, 3_000.0, **stated) for range_m in sorted([one_m, other_m]))
    assert far <= near
    assert 0 <= far <= near <= 1
