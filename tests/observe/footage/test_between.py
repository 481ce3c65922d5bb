"""The pose of a picture between two metadata samples."""

import pyarrow as pa
import pytest

from truceline.model.batch import table
from truceline.model.footage import FRAMES
from truceline.observe.footage.between import REACH_US, at_pictures


def sample(name: str, stream_us: int | None, **columns: object) -> dict[str, object]:
    return {"frame_id": name, "stream_us": stream_us, "flags": [], "raw_at": name, **columns}


def frames(*rows: dict[str, object]) -> pa.Table:
    return table(list(rows), FRAMES)


ONE = sample("one", 0, at_us=1_000_000, heading_deg=350.0, sensor_lat_deg=10.0, sensor_hae_m=100.0, hfov_deg=20.0)
TWO = sample("two", 400_000, at_us=1_400_000, heading_deg=10.0, sensor_lat_deg=10.4, sensor_hae_m=None, hfov_deg=20.0)


def test_a_picture_at_a_sample_has_that_sample_and_no_new_one() -> None:
    made, ids = at_pictures(frames(ONE, TWO), [0, 400_000, 401_000])
    assert ids == ["one", "two", "two"]
    assert made.num_rows == 0


def test_a_heading_goes_the_shorter_way_through_north() -> None:
    made, (name,) = at_pictures(frames(ONE, TWO), [100_000])
    (row,) = made.to_pylist()
    assert row["frame_id"] == name
    assert row["heading_deg"] % 360 == pytest.approx(355.0)
    assert row["sensor_lat_deg"] == pytest.approx(10.1)
    assert row["at_us"] == 1_100_000


def test_what_one_of_two_samples_does_not_state_is_not_made_up() -> None:
    made, _ = at_pictures(frames(ONE, TWO), [200_000])
    assert made["sensor_hae_m"].to_pylist() == [None]


def test_a_pose_between_samples_says_so_and_keeps_what_was_wrong_with_either() -> None:
    made, _ = at_pictures(frames(ONE | {"flags": ["bad-checksum"]}, TWO), [200_000])
    (row,) = made.to_pylist()
    assert row["flags"] == ["bad-checksum", "between-samples"]
    assert row["remark"] == "between one and two"


def test_no_pose_is_stretched_over_a_long_gap_or_far_beyond_the_end() -> None:
    far = TWO | {"stream_us": REACH_US + 1}
    _, ids = at_pictures(frames(ONE, far), [REACH_US // 4, 2 * REACH_US, -1])
    assert ids == [None, None, "one"]


def test_without_a_clock_of_the_video_no_picture_has_a_pose() -> None:
    _, ids = at_pictures(frames(ONE | {"stream_us": None}), [0])
    assert ids == [None]


def test_samples_out_of_order_are_put_in_order() -> None:
    made, _ = at_pictures(frames(TWO, ONE), [100_000])
    assert made["sensor_lat_deg"][0].as_py() == pytest.approx(10.1)
