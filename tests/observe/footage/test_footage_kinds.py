"""Which kind a file of footage is, and what happens to one that is none."""

import pytest
from tests.observe.footage.klv_samples import APHILL, KLV, OSH, RAW, muxed, pose, read

from truceline.observe.footage import KINDS, FootageReader, Raw, kind_of

SUBTITLES = b"\xef\xbb\xbf1\r\n00:00:00,000 --> 00:00:00,033\r\n[latitude: 48.1]\r\n"


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"ULog\x01\x12\x35\x01" + bytes(40), "flight.bin", "ulog"),
        (b"\xff\xd8\xff\xe1" + bytes(40), "DJI_0001", "still"),
        (b"\x89PNG\r\n\x1a\n", "map.png", "still"),
        (b"II*\0" + bytes(40), "DJI_0001.DNG", "still"),
        (SUBTITLES, "DJI_0001.SRT", "subtitles"),
        (SUBTITLES, "notes.txt", "subtitles"),
        (b"stream_s,lat,lon\n0,48.1,37.2\n", "DJI_0001.csv", "sidecar"),
        (bytes(8) + b"\xfe\x09\x00\x01\x01\x00" + bytes(30), "flight.tlog", "mavlink"),
        (bytes(8) + b"\xfd\x09\x00\x00\x00\x01" + bytes(30), "flight.tlog", "mavlink"),
        (b"\xa3\x95\x80\x80\x59FMT\0" + bytes(30), "00000012.BIN", "mavlink"),
        (pose(), "flight.bin", "klv"),
        (pose()[5:], "flight.dat", "klv"),
        (b"hello", "readme.md", ""),
        (b"", "", ""),
        (b"\0\0\0\x20ftypisom", "DJI_0001.MP4", ""),
    ],
)
def test_the_kind_is_told_by_the_first_bytes_and_then_by_the_name(head: bytes, name: str, kind: str) -> None:
    assert kind_of(head, name) == kind
    assert kind in (*KINDS, "")


@pytest.mark.parametrize("path", [OSH, APHILL], ids=["OSH", "AP Hill"])
def test_a_stream_is_a_stream_under_any_name_and_with_a_damaged_beginning(path: object) -> None:
    head = path.read_bytes()[:8_192]
    for lost in (0, 1, 100, 187):
        assert kind_of(head[lost : lost + 4_096], "upload.dat") == "ts"
    wide = b"".join(bytes(4) + head[at : at + 188] for at in range(0, 3_760, 188))
    assert kind_of(wide, "00001.MTS") == "ts"


def test_a_file_of_no_kind_is_set_aside_with_the_reason() -> None:
    found = read(b"\0\0\0\x20ftypisom" + bytes(5_000), "DJI_0001.MP4")
    (reject,) = found.rejects
    assert (reject["reason"], reject["raw_at"], reject["feed"]) == ("not-footage", "file", "DJI_0001.MP4")
    assert reject["remedy"]


def test_an_empty_stream_says_that_it_holds_nothing() -> None:
    assert [reject["reason"] for reject in read(b"", "a.ts").rejects] == ["no-metadata"]


def test_a_reader_that_was_told_the_kind_does_not_ask_the_bytes() -> None:
    reader = FootageReader(Raw(name="link", source_id="uav-1", sha256=""), "ts")
    content = muxed([(0, 0, pose()), (0, 90_000, pose())])
    found = reader.feed(content[:300])
    found.take(reader.feed(content[300:]))
    found.take(reader.finish())
    assert len(found.frames) == 2


def test_ids_say_whose_bytes_and_where_and_do_not_change() -> None:
    frames = [frame["frame_id"] for frame in read(OSH.read_bytes(), "sample-stream.ts").frames]
    assert len(set(frames)) == 277
    assert frames == [frame["frame_id"] for frame in read(OSH.read_bytes(), "other-name.ts").frames]
    other = FootageReader(Raw(name=RAW.name, source_id="uav-2", sha256=RAW.sha256), "ts")
    assert not set(frames) & {frame["frame_id"] for frame in other.feed(OSH.read_bytes()).frames}


@pytest.mark.parametrize("path", [*sorted(KLV.rglob("*.ts")), KLV / "vectors" / "0903.bin"], ids=lambda path: path.name)
def test_every_file_fits_its_tables(path: object) -> None:
    found = read(path.read_bytes(), path.name)
    frames, sightings, rejects = found.tables()
    assert (frames.num_rows, sightings.num_rows) == (len(found.frames), len(found.sightings))
    assert rejects.num_rows == 0
    assert set(found.frames[0]) <= set(frames.schema.names)
