"""Tracks on simulated ground: things are followed, false alarms are not, and the stated error holds both ways."""

import numpy as np
import pyarrow as pa
import pytest
from tests.fuse.tracks.worlds import FRAME, T0_US, placed, row, scored, world

from truceline.fuse.tracks import Settings, tracks
from truceline.fuse.tracks.smoothing import moved, wander
from truceline.model.batch import table
from truceline.model.footage import PLACED, TRACKS

TURNING = Settings(turning_mps=2.0, lost_us=4_000_000)
SLOW = Settings(lost_us=4_000_000, starting_us=20_000_000)  # two pictures a second


def nees(of, found: pa.Table) -> list[float]:
    """Squared errors of the places half-way, in sigmas, of tracks that are of one thing."""
    thing_of = {f"s{at:06}": int(thing) for at, (*_, thing) in enumerate(of.rows)}
    squares = []
    for each in found.to_pylist():
        things = {thing_of[name] for name in each["sightings"]}
        if len(things) > 1 or things == {-1}:
            continue
        half_us = (each["first_at_us"] + each["last_at_us"]) / 2
        path = of.truth_m[:, things.pop()]
        truth_m = [np.interp(half_us, of.at_us, path[:, axis]) for axis in (0, 1)]
        apart_m = np.array(FRAME.to_local(each["lon_deg"], each["lat_deg"])) - truth_m
        cov_m2 = np.array([[each["cov_ee_m2"], each["cov_en_m2"]], [each["cov_en_m2"], each["cov_nn_m2"]]])
        squares.append(float(apart_m @ np.linalg.solve(cov_m2, apart_m)))
    return squares


def test_twelve_things_among_ten_false_alarms_a_picture_are_followed() -> None:
    scores = [scored(of, tracks(placed(of), settings=SLOW)) for of in map(world, range(3))]
    assert min(score.covered for score in scores) >= 0.97
    assert sum(score.switches for score in scores) <= 2
    assert sum(score.false for score in scores) == 0
    assert min(score.purity for score in scores) >= 0.97


@pytest.mark.parametrize("shared_sigma_m", [0.0, 6.0])
def test_the_covariance_holds_both_ways_with_what_is_shared_in_it_once(shared_sigma_m: float) -> None:
    squares: list[float] = []
    for seed in range(70 if shared_sigma_m else 40):
        of = world(
            seed, things=4, pictures=30, false_each=1, shared_sigma_m=shared_sigma_m, turning_mps=2.0, lapse_s=0.25
        )
        found = nees(of, tracks(placed(of), settings=TURNING))
        squares += found[:1] if shared_sigma_m else found  # one draw of what is shared a world
    assert len(squares) > 60
    margin = 4 / np.sqrt(len(squares))  # the mean of chi-square(2) over n: 2 ± 2·2/√n
    assert 2 - margin < np.mean(squares) < 2 + margin
    assert 0.88 < np.mean(np.array(squares) < 5.991) <= 1.0


def test_what_is_not_known_after_two_lapses_is_that_after_one_carried_on() -> None:
    one_s, two_s = np.array([0.4]), np.array([0.8])
    carry, noise = moved(one_s)[0], wander(one_s, turning_mps=3.0)[0]
    assert np.allclose(carry @ noise @ carry.T + noise, wander(two_s, turning_mps=3.0)[0], rtol=1e-12)
    assert noise[2, 2] == pytest.approx(3.0**2 * 0.4)  # metres a second, squared: as Settings states it


def test_stating_errors_too_small_or_too_large_is_noticed() -> None:
    """The check above can fail: half and double the sigma fall out of its band."""
    for own_scale, wrong in ((0.5, lambda mean: mean > 3), (2.0, lambda mean: mean < 1.2)):
        squares = []
        for seed in range(8):
            of = world(seed, things=4, pictures=30, false_each=0, lapse_s=0.25)
            squares += nees(of, tracks(placed(of, own_scale=own_scale), settings=Settings(turning_mps=0.05)))
        assert wrong(np.mean(squares)), (own_scale, np.mean(squares))


def test_false_alarms_alone_make_no_track() -> None:
    for seed in range(3):
        of = world(seed, things=0, pictures=120, false_each=40, lapse_s=1 / 6, own_sigma_m=0.6)
        assert tracks(placed(of)).num_rows == 0


def test_false_alarms_that_cluster_make_no_track() -> None:
    """Twenty a picture within 30 m, where foliage moves: their own density is what they are held against."""
    chance = np.random.default_rng(5)
    rows = [
        row(f"s{picture:03}{at:02}", T0_US + picture * 166_667, chance.uniform(0, 30, 2), own_m2=0.4)
        for picture in range(60)
        for at in range(20)
    ]
    assert tracks(table(rows, PLACED)).num_rows == 0


def test_what_stands_still_or_creeps_is_no_track_of_movement() -> None:
    """A mast displaced as the camera passes: 1.5 m/s, and surely so; at 4 m/s it would be one."""
    steady = Settings(turning_mps=0.1)
    for speed_mps, count in ((0.0, 0), (1.5, 0), (4.0, 1)):
        chance = np.random.default_rng(2)
        rows = [
            row(
                f"s{at:03}",
                T0_US + at * 166_667,
                np.array([speed_mps * at / 6, 0]) + chance.normal(0, 0.5, 2),
                own_m2=0.25,
            )
            for at in range(60)
        ]
        assert tracks(table(rows, PLACED), settings=steady).num_rows == count


def drive(*, speed_mps: float = 10.0, count: int = 40, **more: object) -> list[dict[str, object]]:
    chance = np.random.default_rng(3)
    return [
        row(
            f"s{at:03}",
            T0_US + at * 200_000,
            np.array([speed_mps * at / 5, 50.0]) + chance.normal(0, 0.5, 2),
            own_m2=0.25,
            **more,
        )
        for at in range(count)
    ]


def test_a_track_states_its_place_half_way_its_speed_and_its_path() -> None:
    (found,) = tracks(table(drive(shared_m2=16.0), PLACED)).to_pylist()
    east_m, north_m = FRAME.to_local(found["lon_deg"], found["lat_deg"])
    assert (east_m, north_m) == pytest.approx((39.0, 50.0), abs=0.6)  # 3.9 s of 7.8 s at 10 m/s
    assert 16.0 < found["cov_ee_m2"] < 16.25  # what is shared once, and little else
    assert (found["east_mps"], found["north_mps"]) == pytest.approx((10, 0), abs=3 * found["speed_sigma_mps"])
    assert found["speed_sigma_mps"] < 0.8
    assert len(found["path_deg"]) == 2 * len(found["sightings"]) == 80
    assert found["first_at_us"] == T0_US


def test_the_order_of_the_rows_changes_nothing() -> None:
    given = placed(world(1, pictures=60))
    mixed = given.take(pa.array(np.random.default_rng(1).permutation(given.num_rows)))
    assert tracks(given, settings=SLOW).equals(tracks(mixed, settings=SLOW))


def test_rows_without_a_place_or_a_time_are_passed_over() -> None:
    lost = [each | {"lon_deg": None, "lat_deg": None, "sighting_id": f"x{at}"} for at, each in enumerate(drive())]
    found = tracks(table([*drive(), *lost, drive()[0] | {"at_us": None, "sighting_id": "y"}], PLACED))
    assert [len(each["sightings"]) for each in found.to_pylist()] == [40]
    assert tracks(table(lost, PLACED)).num_rows == 0
    assert tracks(PLACED.empty_table()).schema == TRACKS


def test_sightings_without_their_own_part_are_not_averaged_below_it_but_taken_whole() -> None:
    rows = [each | {"own_ee_m2": None, "own_en_m2": None, "own_nn_m2": None} for each in drive()]
    (found,) = tracks(table(rows, PLACED)).to_pylist()
    assert 0.0 < found["cov_ee_m2"] < 0.25


def test_two_that_cross_stay_two() -> None:
    chance = np.random.default_rng(4)
    rows = []
    for at in range(60):
        along_m = (at - 30) * 2.0
        for name, place in (("a", (along_m, 0.0)), ("b", (0.0, along_m + 3))):
            rows.append(row(f"{name}{at:03}", T0_US + at * 200_000, place + chance.normal(0, 0.4, 2), own_m2=0.16))
    found = tracks(table(rows, PLACED)).to_pylist()
    assert sorted({name[0] for name in each["sightings"]} for each in found) == [{"a"}, {"b"}]


def test_what_the_method_names_is_joined_by_name_first() -> None:
    """Two abreast at 1 m, closer than their errors, and standing still: only names tell them apart."""
    chance = np.random.default_rng(6)
    rows = [
        row(
            f"{name}{at:02}",
            T0_US + at * 500_000,
            np.array([offset_m, 0.0]) + chance.normal(0, 3, 2),
            own_m2=9.0,
            method="vmti",
            target=name,
        )
        for at in range(12)
        for name, offset_m in (("7", 0.0), ("8", 1.0))
    ]
    found = tracks(table(rows, PLACED)).to_pylist()
    assert sorted((each["target"], len(each["sightings"])) for each in found) == [("7", 12), ("8", 12)]


def test_a_name_used_again_far_off_or_much_later_is_another_thing() -> None:
    near = [row(f"a{at}", T0_US + at * 500_000, (5.0 * at, 0), method="vmti", target="7") for at in range(4)]
    far = [row(f"b{at}", T0_US + (4 + at) * 500_000, (900, 5.0 * at), method="vmti", target="7") for at in range(4)]
    late = [row(f"c{at}", T0_US + (80 + at) * 500_000, (900, 5.0 * at), method="vmti", target="7") for at in range(4)]
    found = tracks(table(near + far + late, PLACED)).to_pylist()
    assert [{name[0] for name in each["sightings"]} for each in found] == [{"a"}, {"b"}, {"c"}]


def test_a_flash_is_one_place_at_one_time() -> None:
    def flash(name: str, at_us: int, place: tuple[float, float]) -> dict[str, object]:
        return row(name, T0_US + at_us, place, own_m2=1.0, shared_m2=4.0, method="flash")

    rows = [flash("a1", 0, (0, 0)), flash("a2", 33_000, (1, 1)), flash("a3", 66_000, (-1, 0.5))]
    rows += [flash("b1", 40_000, (60, 0))]  # elsewhere
    rows += [flash("c1", 900_000, (0, 0))]  # later
    found = tracks(table(rows, PLACED)).to_pylist()
    assert [each["sightings"] for each in found] == [["a1", "a2", "a3"], ["b1"], ["c1"]]
    assert found[0]["cov_ee_m2"] == pytest.approx(4.0 + 1 / 3)
    assert FRAME.to_local(found[0]["lon_deg"], found[0]["lat_deg"]) == pytest.approx((0.0, 0.5), abs=1e-3)
    assert found[0]["east_mps"] is None


def test_methods_do_not_mix_and_a_far_flight_goes_on() -> None:
    far = [each | {"lon_deg": each["lon_deg"] + 2.0, "sighting_id": f"f{at}"} for at, each in enumerate(drive())]
    later = [each | {"at_us": each["at_us"] + 60_000_000} for each in far]
    other = [each | {"method": "detector", "sighting_id": f"d{at}"} for at, each in enumerate(drive())]
    found = tracks(table(drive() + later + other, PLACED))
    assert sorted(found["method"].to_pylist()) == ["detector", "motion", "motion"]
