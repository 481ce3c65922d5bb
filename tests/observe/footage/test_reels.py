"""A mission's feed of footage: what its pictures are said to show, and marks beside it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from truceline.base.errors import InputError
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mission import Feed
from truceline.observe import Reading, read_feeds, read_live
from truceline.run.mission import read_inputs

MISSION = Path(__file__).parents[3] / "missions" / "drone-yard"
NOW_US = 1_795_000_000_000_000
HEADER = "stream_s,x_px,y_px,sigma_px,method,target,confidence,label,author\n"


def inputs(*, marks: str | None = None, **changes: Any) -> Inputs:
    """The shipped mission, its first feed alone and changed."""
    given = read_inputs(MISSION, now_us=NOW_US)
    feed = replace(given.mission.feeds[0], **changes)
    beside = dict(given.beside) if marks is None else dict.fromkeys(feed.beside, (HEADER + marks).encode())
    return replace(given, mission=replace(given.mission, feeds=(feed,)), beside=beside)


def read(**changes: Any) -> Reading:
    return read_feeds(inputs(**changes), mandates=())


def reasons(rejects: pa.Table) -> list[str]:
    return rejects["reason"].to_pylist()  # type: ignore[no-any-return]


def test_every_sample_of_the_real_clip_is_a_frame_and_every_mark_a_sighting() -> None:
    reading = read()
    (reel,) = reading.reels
    assert reel.samples == 300
    assert reel.sightings.num_rows == 8
    assert reading.rejects.num_rows == 0
    (count,) = reading.feeds
    assert (count.holds, count.read, count.rows) == ("frames", 300, 300)


def test_what_a_sighting_says_is_translated_into_our_words() -> None:
    (reel,) = read().reels
    said = {label: row for (_, label), row in reel.meanings.items()}
    assert said["tank"]["weapon_class"] == "tank"
    assert said["armoured"]["weapon_class"] == "armoured_vehicle"
    assert said["tank"]["act"] == "present"
    assert said["tank"]["means"] == "uav_image"
    assert (said["tank"]["count_lo"], said["tank"]["count_hi"]) == (1, 1)


def test_a_label_that_nobody_translated_is_named_once_with_how_often_it_occurs() -> None:
    marks = "0.0,10,10,3,person,a,,zeppelin,A\n5.0,10,10,3,person,a,,zeppelin,A\n0.0,9,9,3,person,b,,tank,A\n"
    reading = read(marks=marks)
    (reject,) = reading.rejects.to_pylist()
    assert reject["reason"] == "unknown-word"
    assert reject["raw_at"].startswith("2 sightings")
    assert ("person", "zeppelin") not in reading.reels[0].meanings


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("0.0,10,10,3,guess,a,,tank,A", "unknown-word"),
        ("0.0,10,10,3,person,a,,tank,", "not-stated"),
        ("0.0,ten,10,3,person,a,,tank,A", "not-a-number"),
        ("0.0,10,-1,3,person,a,,tank,A", "not-a-number"),
        ("0.0,10,nan,3,person,a,,tank,A", "not-a-number"),
        ("0.0,10,10,3,person,a,7,tank,A", "not-a-share"),
        ("600,10,10,3,person,a,,tank,A", "no-pose"),
        ("0.0,10,10", "too-few-fields"),
    ],
)
def test_a_mark_that_cannot_be_is_set_aside_with_its_row_and_the_others_stay(row: str, reason: str) -> None:
    reading = read(marks=f"{row}\n0.0,9,9,3,person,b,,tank,A\n")
    assert reasons(reading.rejects) == [reason]
    assert reading.rejects["raw_at"].to_pylist() == ["row 1"]
    assert reading.reels[0].sightings.num_rows == 1


def test_a_mark_without_an_error_has_that_of_the_feeds_camera() -> None:
    (reel,) = read(marks="0.0,9,9,,person,b,,tank,A\n").reels
    assert reel.sightings["sigma_px"].to_pylist() == [pytest.approx(2.0 / 1.96)]


def test_a_mark_between_two_samples_gets_a_pose_between_theirs() -> None:
    (reel,) = read(marks="0.0167,9,9,3,person,b,,tank,A\n").reels
    assert reel.frames.num_rows == reel.samples + 1
    assert "between-samples" in reel.frames["flags"].to_pylist()[-1]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"constants": {}, "columns": {}}, "maps no act"),
        ({"columns": {"class": "colour"}}, "a sighting says method and label"),
        ({"constants": {"act": "present", "lon": "1"}}, "have no field 'lon'"),
        ({"constants": {"act": "present", "begins": "2008-09-17"}}, "have no field 'begins'"),
        ({"source": "nobody"}, "not declared"),
        ({"holds": "claims"}, "footage holds observations"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused_before_a_byte_is_read(
    changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        read(**changes)


@pytest.mark.parametrize(
    ("feed", "format_", "party"), [("flight", "csv", ""), ("flight", "footage", "NORTH"), ("rows", "footage", "")]
)
def test_footage_and_rows_that_come_in_live_go_to_feeds_of_their_kind_and_a_party_sends_none(
    feed: str, format_: Any, party: str
) -> None:
    given = inputs()
    rows = Feed(name="rows", path="rows.csv", format="csv", holds="observations", source="flight")
    given = replace(given, mission=replace(given.mission, feeds=(*given.mission.feeds, rows)))
    file = LiveFile(name="x", feed=feed, format=format_, content=b"G" * 188, sha256="0" * 64, compartment=party)
    with pytest.raises(InputError, match=r"is of (the mission's own footage|rows)"):
        read_live(file, inputs=given, mandates=())


def test_a_file_that_is_no_footage_is_one_reject_and_the_run_goes_on() -> None:
    given = inputs()
    broken = replace(given, feeds=dict.fromkeys(given.feeds, b"not a video at all"))
    reading = read_feeds(broken, mandates=())
    assert reading.reels[0].samples == 0
    assert reading.rejects.num_rows >= 1
