import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import LONG
from tests.run.footage.damage import H264, MPEG2, OLD, OSH, damaged
from tests.run.footage.test_video import made, remade
from tstrans.io import parse_file
from tstrans.mpegts import DemuxEvent, KlvStreamType, Muxer, MuxerConfig, MuxerProgramConfigBuilder, VideoCodec

from truceline.base.errors import InputError, OutOfRangeError
from truceline.observe.footage import Raw, read_footage
from truceline.run.footage.clips import Beside, clip_of
from truceline.run.footage.video import pictures

SPANS = {OSH: (3_100_000, 5_000_000), H264: (300_000, 600_000), MPEG2: (500_000, 800_000), OLD: (2_000_000, 4_500_000)}


def metadata(content: bytes, folder: Path) -> list[tuple[int, int, str, bytes]]:
    """Every metadata packet: PID, time, kind of carriage, bytes; as an outside library reads them."""
    place = folder / "read.ts"
    place.write_bytes(content)
    events = (event for event in parse_file(place) if isinstance(event, DemuxEvent.Metadata))
    return [(event.stream.pid, event.pts.raw, event.kind.value, event.payload) for event in events]


def packets_of(content: bytes) -> list[bytes]:
    return [content[at : at + 188] for at in range(0, len(content), 188)]


@pytest.mark.parametrize("film", SPANS, ids=lambda film: film.name)
def test_a_clip_still_carries_the_metadata_packets_of_its_pictures(film: Path, tmp_path: Path) -> None:
    """Golden case 22: what the clip carries is the original's, byte for byte, and none of its time is missing."""
    clip = clip_of(film, from_us=SPANS[film][0], to_us=SPANS[film][1])
    kept, all_of_them = metadata(clip.content, tmp_path), metadata(film.read_bytes(), tmp_path)
    begins = all_of_them.index(kept[0])
    assert kept == all_of_them[begins : begins + len(kept)]
    assert len(kept) == clip.packets["pid 0x101"]
    if any(time for _, time, _, _ in all_of_them):
        first = min(time for _, time, _, _ in all_of_them)
        within = [each for each in all_of_them if clip.begins_us <= (each[1] - first) / 0.09 <= clip.ends_us + 1]
        assert set(within) <= set(kept)
        assert len(kept) - len(within) <= len(all_of_them) // 10  # those up to the next picture


@pytest.mark.parametrize("film", SPANS, ids=lambda film: film.name)
def test_the_pictures_of_a_clip_are_those_of_the_original(film: Path) -> None:
    clip = clip_of(film, from_us=SPANS[film][0], to_us=SPANS[film][1])
    originals = [each for each in pictures(film) if clip.begins_us <= each.stream_us <= clip.ends_us]
    found = list(pictures(clip.content))
    assert len(found) == len(originals) == clip.pictures
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(found, originals, strict=True))
    assert clip.begins_us <= SPANS[film][0]
    assert originals[-1].stream_us <= SPANS[film][1]


@pytest.mark.parametrize("film", SPANS, ids=lambda film: film.name)
def test_every_transport_packet_of_a_clip_stands_in_the_original_in_the_same_order(film: Path) -> None:
    clip = clip_of(film, from_us=SPANS[film][0], to_us=SPANS[film][1])
    rest = iter(packets_of(film.read_bytes()))
    assert all(packet in rest for packet in packets_of(clip.content))


def test_a_clip_begins_at_the_key_picture_before_and_says_so() -> None:
    clip = clip_of(OSH, from_us=3_100_000, to_us=5_000_000)
    keys = [each.stream_us for each in pictures(OSH) if each.key]
    assert clip.begins_us == max(key for key in keys if key <= 3_100_000) == 3_000_000
    assert clip.remark == "It begins 0.100 s early, at the key picture before."
    assert clip_of(OSH, from_us=3_000_000, to_us=5_000_000).remark == ""


@pytest.mark.parametrize("film", SPANS, ids=lambda film: film.name)
def test_a_clip_of_a_clip_is_the_clip(film: Path) -> None:
    clip = clip_of(film, from_us=SPANS[film][0], to_us=SPANS[film][1])
    again = clip_of(clip.content, from_us=0, to_us=clip.ends_us - clip.begins_us)
    assert again.content == clip.content


def test_a_clip_of_all_is_all() -> None:
    clip = clip_of(OSH, from_us=0, to_us=10_000_000)
    assert clip.content == OSH.read_bytes()


def synchronous(*, from_ticks: int = 0) -> bytes:
    """The film with synchronous metadata (ST 1402; type 0x15), muxed by an outside library; its video begins later."""
    program = MuxerProgramConfigBuilder(1, 0x1000).add_video(0x100, VideoCodec.H264)
    program = program.add_klv(0x1F1, KlvStreamType.SYNCHRONOUS_METADATA, carries_pts=True)
    muxer, buffer, made_of = (
        Muxer(MuxerConfig.builder().add_program(program.build()).build()),
        bytearray(188 * 512),
        b"",
    )
    for event in parse_file(OSH):
        if isinstance(event, DemuxEvent.Video) and event.pts.raw >= from_ticks:
            muxer.push_video_to(
                muxer.video_handles()[0], event.raw, pts=event.pts, key_frame=event.random_access_indicator
            )
        if isinstance(event, DemuxEvent.Metadata):
            muxer.push_klv(event.payload, pts=event.pts)
        while size := muxer.pull(buffer):
            made_of += bytes(buffer[:size])
    return made_of


def test_synchronous_metadata_stay_synchronous(tmp_path: Path) -> None:
    film = synchronous()
    clip = clip_of(film, from_us=3_000_000, to_us=5_000_000)
    kept, all_of_them = metadata(clip.content, tmp_path), metadata(film, tmp_path)
    assert {kind for _, _, kind, _ in kept} == {"klv_sync_au_cell"}
    assert kept == all_of_them[90:151]
    assert clip.packets == {"pid 0x1f1": 61}


def test_where_metadata_come_first_the_clock_still_counts_from_the_first_picture_and_so_does_that_of_frames() -> None:
    film = synchronous(from_ticks=195_030 + 90_000)
    assert next(pictures(film)).stream_us == 0
    frames, _, _ = read_footage(film, raw=Raw(name="film.ts", source_id="", sha256="")).tables()
    assert min(frames["stream_us"].to_pylist()) == -1_000_000
    clip = clip_of(film, from_us=3_000_000, to_us=5_000_000)
    assert (clip.begins_us, clip.ends_us, clip.packets) == (3_000_000, 5_000_000, {"pid 0x1f1": 61})


def test_a_time_outside_the_film_is_refused_with_what_there_is() -> None:
    for from_us, to_us in ((20_000_000, 30_000_000), (5_000_000, 4_000_000), (-9, -5)):
        with pytest.raises(OutOfRangeError, match=r"0\.000 s to 9\.200 s|ends at"):
            clip_of(OSH, from_us=from_us, to_us=to_us)


def test_a_clip_across_the_turn_of_the_clock_is_whole(tmp_path: Path) -> None:
    """Presentation times are 33 bits and turn over after 26.5 hours (13818-1, 2.4.3.7)."""
    late = remade(OSH, first_pid=0x100, later_ticks=(1 << 33) - 5 * 90_000)
    times = [each.stream_us for each in pictures(late)]
    assert times == pytest.approx([each.stream_us for each in pictures(OSH)], abs=1)
    clip = clip_of(late, from_us=1_000_000, to_us=8_000_000)
    assert clip.pictures == clip_of(OSH, from_us=1_000_000, to_us=8_000_000).pictures
    assert (clip.begins_us, clip.ends_us) == (1_000_000, 8_000_000)


def test_of_a_film_whose_clock_restarts_the_first_stretch_is_cut(tmp_path: Path) -> None:
    clip = clip_of(OSH.read_bytes() * 2, from_us=8_000_000, to_us=20_000_000)
    assert (clip.begins_us, clip.ends_us, clip.pictures) == (8_000_000, 9_200_000, 37)


def test_films_that_are_no_transport_streams_keep_their_pictures(tmp_path: Path) -> None:
    for container in ("matroska", "webm"):
        film = made("libvpx-vp9", container)
        clip = clip_of(film, from_us=0, to_us=200_000)
        found, originals = list(pictures(clip.content)), list(pictures(film))
        assert len(found) == clip.pictures == 6
        assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(found, originals, strict=False))
        assert "left out" in clip.remark


def test_metadata_beside_a_plain_film_are_cut_to_the_same_time(tmp_path: Path) -> None:
    """Raw KLV beside a film without any: one ZIP with both."""
    times_and_packets = [(time, payload) for _, time, _, payload in metadata(OSH.read_bytes(), tmp_path)]
    raw = b"".join(payload for _, payload in times_and_packets)
    ends = np.cumsum([len(payload) for _, payload in times_and_packets]).tolist()
    first = times_and_packets[0][0]
    parts = tuple(
        (round((time - first) / 0.09), begin, end)
        for (time, _), begin, end in zip(times_and_packets, [0, *ends[:-1]], ends, strict=True)
    )
    plain = remade(OSH, first_pid=0x100, later_ticks=0)
    table = Beside(name="log.csv", content=b"t,x\n0,1\n9,2\n", parts=((None, 0, 4), (0, 4, 8), (9_000_000, 8, 12)))
    clip = clip_of(
        plain, from_us=3_000_000, to_us=5_000_000, beside=[Beside(name="flight.klv", content=raw, parts=parts), table]
    )
    with zipfile.ZipFile(io.BytesIO(clip.content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(held) == ["about.json", "beside/flight.klv", "beside/log.csv", "clip.ts"]
    assert held["beside/flight.klv"] in raw
    assert held["beside/flight.klv"] == b"".join(payload for _, payload in times_and_packets[90:151])
    assert held["beside/log.csv"] == b"t,x\n"
    assert [each.stream_us for each in pictures(held["clip.ts"])][-1] == 2_000_000
    assert json.loads(held["about.json"])["begins_us"] == 3_000_000
    assert clip.packets == {"flight.klv": 61, "log.csv": 0}


def test_damaged_streams_are_cut_or_refused_and_what_is_cut_is_the_originals() -> None:
    cut = 0
    for seed in range(2_000 if LONG else 150):
        content = damaged((H264, MPEG2, OLD)[seed % 3].read_bytes(), seed)
        try:
            clip = clip_of(content, from_us=300_000, to_us=2_600_000)
        except InputError:
            continue
        cut += 1
        assert all(content.find(packet) >= 0 for packet in packets_of(clip.content)[::50])
    assert cut > 120
