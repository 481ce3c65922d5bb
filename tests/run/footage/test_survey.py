"""What one file of footage is worth: read whole, told in words, as JSON and as GeoJSON."""

import json
from pathlib import Path

import pytest

from truceline.base.errors import UnknownNameError, UnreadableError
from truceline.run.footage.marks import METHODS, marks_of
from truceline.run.footage.survey import BATCH_FRAMES, Footing, Survey, survey
from truceline.run.footage.words import geojson, plain, words

DATA = Path(__file__).parents[2] / "footage_data"
OSH = DATA / "klv" / "osh" / "sample-stream.ts"


@pytest.fixture(scope="module")
def found() -> Survey:
    return survey(OSH, footing=Footing())


def test_every_sample_and_every_thing_is_counted(found: Survey) -> None:
    assert (found.kind, found.frames, found.methods["vmti"]) == ("ts", 277, 129)
    assert sum(found.standings.values()) == 277
    assert found.pictures_px == (640, 480)
    assert found.last_stream_us - found.first_stream_us == 9_200_000  # type: ignore[operator]


def test_the_words_have_the_figures_and_the_json_the_same(found: Survey) -> None:
    said = words(found)
    assert "277 frames; sightings: 129 vmti" in said
    assert "our middle of the picture against the stated one: median 0.15" in said
    held = plain(found)
    assert held["frames"] == 277
    assert held["residuals"]["centre_residual_m"]["n"] == 277  # type: ignore[index]
    json.dumps(held)


def test_the_geojson_has_the_flight_the_ground_and_what_was_seen(found: Survey) -> None:
    made = json.loads(json.dumps(geojson(found)))
    kinds = [(feature["properties"]["what"], feature["geometry"]["type"]) for feature in made["features"]]
    assert kinds[0] == ("flight", "LineString")
    assert kinds.count(("footprint", "Polygon")) == 5  # one every two seconds of nine
    assert kinds.count(("seen", "Point")) == found.tracks.num_rows
    for feature in made["features"]:
        if feature["geometry"]["type"] == "Polygon":
            ring = feature["geometry"]["coordinates"][0]
            assert ring[0] == ring[-1]
            assert all(-86.72 < lon < -86.62 and 34.66 < lat < 34.75 for lon, lat in ring)
    assert "imply endorsement" in made["note"]


def test_what_is_kept_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    """Thirty times the flight: the same points of it a second, and four numbers a frame."""
    long = tmp_path / "long.ts"
    long.write_bytes(OSH.read_bytes() * 30)
    seen = survey(long, footing=Footing())
    assert seen.frames == 30 * 277 > BATCH_FRAMES
    assert len(seen.flight) <= 30 * 11
    assert "clock-restarted" in seen.flags


def test_a_damaged_file_gives_what_can_be_saved_and_names_the_rest(tmp_path: Path) -> None:
    content = bytearray(OSH.read_bytes())
    content[500_000:600_000] = bytes(100_000)
    damaged = tmp_path / "damaged.ts"
    damaged.write_bytes(content)
    seen = survey(damaged, footing=Footing())
    assert 240 < seen.frames < 277
    assert seen.reject_reasons
    assert "set aside: 0" not in words(seen)


@pytest.mark.parametrize("content", [b"", None])
def test_a_file_that_is_empty_or_missing_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "nothing.ts"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableError, match=r"Fetch it again|Check its path"):
        survey(path, footing=Footing())


def test_a_log_without_pointing_tells_where_the_drone_was_and_nothing_of_the_ground() -> None:
    seen = survey(DATA / "telemetry" / "dji_srt" / "mavic_2_style.SRT", footing=Footing())
    assert set(seen.standings) == {"position"}
    assert seen.ground == []
    assert "the samples state no time in UTC" in words(seen)


def test_what_a_file_leaves_open_whoever_looks_may_say() -> None:
    """The clip states no height of the ground, the subtitles no zone."""
    clip = DATA / "klv" / "kwiver" / "aphill_klv_10s.ts"
    assert set(survey(clip, footing=Footing()).standings) == {"position"}
    assert "position" not in survey(clip, footing=Footing(ground_msl_m=0.0)).standings
    timed = survey(DATA / "telemetry" / "dji_srt" / "mavic_2_style.SRT", footing=Footing(zone="UTC"))
    assert timed.first_at_us is not None
    assert "naive-time" not in timed.flags


def test_marks_name_their_columns_their_author_and_pictures_that_were_not_looked_at() -> None:
    made = marks_of(DATA / "klv" / "kwiver" / "aphill_klv_10s.ts", methods=METHODS)
    header = made.content.decode().splitlines()[0]
    assert header == "stream_s,x_px,y_px,sigma_px,method,target,confidence,label,author"
    assert made.pictures == 10
    assert all("picture" in problem for problem in made.problems)


def test_a_method_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownNameError, match="motion, flash"):
        marks_of(OSH, methods=("guess",))
