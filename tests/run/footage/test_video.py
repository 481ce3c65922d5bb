import io
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest
from tests.conftest import LONG
from tests.run.footage.damage import H264, H265, MPEG2, OLD, OSH, PICTURES, damaged
from tstrans.io import parse_file
from tstrans.mpegts import DemuxEvent

from truceline.base.errors import UnreadableError
from truceline.run.footage.video import Limits, Losses, encoded, film_of, pictures, remuxed


def made(codec: str, container: str) -> bytes:
    """A film made here: twelve grey pictures of 64 by 48, each brighter than the one before, 25 a second."""
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as out:
        track = out.add_stream(codec, rate=25)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for number in range(12):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 10 * number, np.uint8), "rgb24")
            frame.pts = number
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return sink.getvalue()


def remade(source: Path, *, first_pid: int, later_ticks: int) -> bytes:
    """The same video under other PIDs and at another time of the clock."""
    sink = io.BytesIO()
    with (
        av.open(str(source)) as held,
        av.open(sink, "w", format="mpegts", options={"mpegts_start_pid": str(first_pid)}) as out,
    ):
        stream = held.streams.video[0]
        track = out.add_stream_from_template(stream)
        for packet in held.demux(stream):
            if packet.size:
                packet.stream, packet.pts, packet.dts = track, packet.pts + later_ticks, packet.dts + later_ticks
                out.mux(packet)
    return sink.getvalue()


@pytest.mark.parametrize("clip", PICTURES, ids=lambda clip: clip.name)
def test_every_picture_of_a_whole_film_is_read_and_nothing_is_lost(clip: Path) -> None:
    losses = Losses()
    found = list(pictures(clip, losses=losses))
    assert [each.number for each in found] == list(range(PICTURES[clip]))
    assert not losses.counts, losses
    assert found[0].pixels.shape == (film_of(clip).height_px, film_of(clip).width_px)


@pytest.mark.parametrize("clip", [OSH, OLD], ids=lambda clip: clip.name)
def test_pictures_are_on_the_clock_of_the_metadata_packets(clip: Path) -> None:
    """Every picture has a metadata packet of its very moment, counted from the first picture."""
    packets = [event.pts.raw for event in parse_file(clip) if isinstance(event, DemuxEvent.Metadata)]
    metadata_s = {round((ticks - min(packets)) / 90_000, 4) for ticks in packets}
    pictures_s = {round(shown.stream_us / 1e6, 4) for shown in pictures(clip)}
    near = {moment for moment in pictures_s if any(abs(moment - other) <= 0.017 for other in metadata_s)}
    assert near == pictures_s
    if clip == OSH:
        assert pictures_s == metadata_s


def test_a_stride_leaves_pictures_out_and_alters_none() -> None:
    every, some = list(pictures(OSH)), list(pictures(OSH, stride=10))
    assert [each.number for each in some] == list(range(0, 277, 10))
    assert all(np.array_equal(each.pixels, every[each.number].pixels) for each in some)
    assert [each.stream_us for each in some] == [every[each.number].stream_us for each in some]


def test_grey_is_the_brightness_that_the_colours_have() -> None:
    grey, colour = next(pictures(OSH)).pixels, next(pictures(OSH, grey=False)).pixels
    weighed = colour @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    coded = 16 + weighed * 219 / 255
    assert abs(np.median(grey - coded)) < 1.5
    assert np.percentile(abs(grey - coded), 99) < 6  # chroma is coarser than brightness


@pytest.mark.parametrize(
    ("codec", "container"),
    [("mpeg2video", "mpegts"), ("libvpx-vp9", "webm"), ("libvpx-vp9", "matroska"), ("mpeg2video", "matroska")],
)
def test_codecs_and_containers_are_read(codec: str, container: str) -> None:
    found = list(pictures(made(codec, container)))
    assert len(found) == 12
    brightness = [int(np.median(each.pixels)) for each in found]
    assert brightness == sorted(brightness)
    assert np.diff([each.stream_us for each in found]).tolist() == pytest.approx([40_000] * 11, abs=1_000)


def test_h265_is_read() -> None:
    assert film_of(H265).codec == "hevc"
    brightness = [int(np.median(each.pixels)) for each in pictures(H265)]
    assert len(brightness) == 12
    assert brightness == sorted(brightness)


def test_what_is_no_film_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "film.ts").write_bytes(OSH.read_bytes())
    playlist = tmp_path / "list.txt"
    playlist.write_text(
        "ffconcat version 1.0\nfile film.ts\n"
    )  # a list that FFmpeg would take, and open the other file
    for source in (playlist, tmp_path / "absent.ts", b"", b"no film", made("mpeg4", "matroska")):
        with pytest.raises(UnreadableError, match=r"convert|Convert|Fetch"):
            list(pictures(source))


def test_a_picture_beyond_the_limit_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(UnreadableError, match="640 by 480"):
        next(pictures(OSH, limits=Limits(pixels_max=300_000)))


def test_a_film_that_grows_on_the_way_is_held_to_the_limit() -> None:
    grown = remade(H264, first_pid=0x100, later_ticks=0) + remade(OSH, first_pid=0x100, later_ticks=900_000)
    losses = Losses()
    found = list(pictures(grown, limits=Limits(pixels_max=100_000), losses=losses))
    assert {each.pixels.shape for each in found} == {(120, 160)}
    assert losses.counts["undecodable-packet"] > 200


def test_decoding_ends_at_its_deadline_with_what_was_read() -> None:
    found = []

    def read() -> None:
        for shown in pictures(OSH, limits=Limits(least_s=0.02, per_byte_us=0)):
            found.append(shown)

    with pytest.raises(UnreadableError, match="longer"):
        read()
    assert len(found) < 277


def test_the_time_of_whoever_looks_does_not_count() -> None:
    for shown in pictures(H264, limits=Limits(least_s=0.5, per_byte_us=0)):
        if shown.number < 2:
            time.sleep(0.3)
    assert shown.number == 29


def test_a_film_that_changes_its_size_goes_on() -> None:
    grown = remade(H264, first_pid=0x100, later_ticks=0) + remade(OSH, first_pid=0x100, later_ticks=900_000)
    shapes = [each.pixels.shape for each in pictures(grown)]
    assert shapes.count((120, 160)) == 30
    assert shapes.count((480, 640)) == 277


def test_a_film_that_goes_on_under_another_pid_is_read_on_and_its_silence_named() -> None:
    losses = Losses()
    swapped = remade(OSH, first_pid=0x100, later_ticks=0) + remade(OSH, first_pid=0x200, later_ticks=1_800_000)
    found = [each.stream_us for each in pictures(swapped, losses=losses)]
    assert len(found) == 554
    assert found[277] - found[0] == 20_000_000
    assert losses.counts == {"gap": 1}


def test_a_film_whose_clock_restarts_is_read_on_and_that_is_named() -> None:
    losses = Losses()
    assert len(list(pictures(OSH.read_bytes() * 2, losses=losses))) == 554
    assert losses.counts["clock-restarts"] == 1


def test_of_two_cameras_the_first_is_read_and_the_other_is_named() -> None:
    sink = io.BytesIO()
    with av.open(str(H264)) as held, av.open(sink, "w", format="mpegts") as out:
        stream = held.streams.video[0]
        tracks = [out.add_stream_from_template(stream) for _ in range(2)]
        for packet in held.demux(stream):
            for track in tracks if packet.size else []:
                copy = av.Packet(bytes(packet))
                copy.pts, copy.dts, copy.time_base, copy.stream = packet.pts, packet.dts, packet.time_base, track
                out.mux(copy)
    losses = Losses()
    assert len(list(pictures(sink.getvalue(), losses=losses))) == 30
    assert losses.counts["other-camera"] == 1


def test_damaged_films_neither_crash_nor_hang_and_every_loss_in_the_middle_is_named() -> None:
    """A file that is cut between two packets looks whole to any reader; every other loss has a name."""
    clips = {clip: clip.read_bytes() for clip in (H264, MPEG2, OLD)}
    silent, read, names = [], 0, Counter[str]()
    for seed in range(2_000 if LONG else 120):
        clip, content = list(clips.items())[seed % 3]
        losses, found = Losses(), 0
        began_s = time.monotonic()
        try:
            for shown in pictures(damaged(content, seed), losses=losses):
                found += 1
                assert shown.pixels.ndim == 2
        except UnreadableError:
            continue
        assert time.monotonic() - began_s < 20, seed
        read += found
        names += losses.counts
        if found < PICTURES[clip] and not losses.counts and seed % 4:
            silent.append(seed)
    print(f"{read} pictures recovered; {dict(names)}; lost without a name: seeds {silent}")
    assert read > 1_000
    assert (
        min(names[each] for each in ("broken-picture", "broken-packet", "undecodable-packet", "gap", "cut-short")) > 5
    )
    assert len(silent) <= (40 if LONG else 2)  # the last picture of a film, lost whole


def test_memory_stays_flat_over_a_long_film(tmp_path: Path) -> None:
    def peak(times: int) -> int:
        film = tmp_path / f"{times}.ts"
        film.write_bytes(MPEG2.read_bytes() * times)
        tracemalloc.start()
        for _ in pictures(film, stride=50):
            pass
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    assert peak(20) < peak(1) + 1_000_000


def test_an_h264_film_is_copied_bit_for_bit_for_a_browser() -> None:
    copy = remuxed(OSH)
    assert not isinstance(copy, str)
    assert film_of(copy.content).container.startswith("mov,mp4")
    assert copy.content[4:8] == b"ftyp"
    originals, copies = list(pictures(OSH)), list(pictures(copy.content))
    assert len(copies) == copy.pictures == 277
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(originals, copies, strict=True))
    own_us, stream_us = copy.pieces[0]
    assert [c.stream_us + stream_us - own_us for c in copies] == pytest.approx([o.stream_us for o in originals], abs=12)


def test_a_copy_holds_no_date_and_is_the_same_each_time() -> None:
    one, other = remuxed(OSH), remuxed(OSH)
    assert not isinstance(one, str)
    assert one == other
    header = one.content.index(b"mvhd")
    assert one.content[header + 8 : header + 16] == bytes(8)  # creation and modification (ISO/IEC 14496-12, 8.2.2)
    assert encoded(MPEG2) == encoded(MPEG2)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (MPEG2, "mpeg2video"),
        (H264, "yuv444p"),
        (OSH.read_bytes() * 2, "damaged"),
    ],
)
def test_what_a_browser_would_not_play_as_it_is_is_said(source: Path | bytes, reason: str) -> None:
    assert reason in str(remuxed(source))


def test_a_vp9_copy_has_a_key_picture_every_two_seconds_and_looks_like_the_original() -> None:
    copy = encoded(OLD)
    found = list(pictures(copy.content))
    assert film_of(copy.content).codec == "vp9"
    assert [each.stream_us for each in found if each.key] == [0, 2_000_000, 4_000_000, 6_000_000, 8_000_000]
    originals = list(pictures(OLD))
    errors = [np.mean((one.pixels.astype(float) - two.pixels) ** 2) for one, two in zip(originals, found, strict=True)]
    assert 10 * np.log10(255**2 / max(errors)) > 30  # dB


def test_a_copy_leaves_out_a_long_silence_and_says_where() -> None:
    swapped = remade(H264, first_pid=0x100, later_ticks=0) + remade(H264, first_pid=0x100, later_ticks=90_000 * 60)
    copy = encoded(swapped)
    (own, begins), (own_again, begins_again) = copy.pieces
    assert (own, begins) == (0, 0)
    assert begins_again == 60_000_000
    assert 900_000 < own_again < 1_100_000
    assert [each.key for each in pictures(copy.content)].count(True) >= 1


def test_a_copy_of_a_film_that_changes_its_size_keeps_one_size() -> None:
    grown = remade(H264, first_pid=0x100, later_ticks=0) + remade(OSH, first_pid=0x100, later_ticks=900_000)
    assert {each.pixels.shape for each in pictures(encoded(grown).content)} == {(120, 160)}
