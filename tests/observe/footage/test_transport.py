"""Streams as they come from the field: several at once, cut, damaged, restarted, renumbered."""

import tracemalloc
from itertools import pairwise

import pytest
from tests.observe.footage.klv_samples import (
    EVERY_ITEM,
    OSH,
    RAW,
    STAMP_US,
    muxed,
    payloads,
    pose,
    read,
)
from tstrans.mpegts import KlvStreamType

from truceline.observe.footage import FootageReader, Found

SECOND = 90_000
PACKET = 188


def at(second: int) -> bytes:
    return pose((2, (STAMP_US + second * 1_000_000).to_bytes(8, "big")))


def seconds(found: Found) -> list[int]:
    """Which of the packets came out, by their own clock."""
    return [(frame["at_us"] - STAMP_US) // 1_000_000 for frame in found.frames]


def shown_s(found: Found) -> list[float]:
    return [frame["stream_us"] / 1e6 for frame in found.frames]


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def packets(content: bytes) -> list[bytes]:
    return [content[at : at + PACKET] for at in range(0, len(content), PACKET)]


def test_each_packet_has_its_pictures_moment_and_size() -> None:
    found = read(muxed([(0, second * SECOND, at(second)) for second in range(5, 10)]), "a.ts")
    assert found.rejects == []
    assert seconds(found) == [5, 6, 7, 8, 9]
    assert shown_s(found) == [0, 1, 2, 3, 4]
    assert {(frame["width_px"], frame["height_px"]) for frame in found.frames} == {(640, 480)}
    assert [frame["raw_at"] for frame in found.frames] == [f"pid 0x1f1, packet {n}" for n in range(1, 6)]


def test_synchronous_metadata_reads_alike() -> None:
    pushes = [(0, second * SECOND, at(second)) for second in range(5)]
    found = read(muxed(pushes, kind=KlvStreamType.SYNCHRONOUS_METADATA), "a.ts")
    assert (seconds(found), found.rejects) == ([0, 1, 2, 3, 4], [])


def test_a_packet_of_several_kilobytes_comes_whole() -> None:
    every = payloads(EVERY_ITEM)[0]
    assert len(every) > 2_000
    for kind in (KlvStreamType.PRIVATE_DATA, KlvStreamType.SYNCHRONOUS_METADATA):
        found = read(muxed([(0, n * SECOND, every) for n in range(3)], kind=kind), "a.ts")
        assert [frame["satellites"] for frame in found.frames] == [7, 7, 7]


def test_a_set_split_over_two_packets_is_put_together_at_its_beginnings_place() -> None:
    whole = at(1)
    found = read(
        muxed([(0, 0, at(0)), (0, SECOND, whole[:30]), (0, 2 * SECOND, whole[30:]), (0, 3 * SECOND, at(3))]), "a.ts"
    )
    assert (seconds(found), found.rejects) == ([0, 1, 3], [])
    assert shown_s(found) == [0, 1, 3]
    assert found.frames[1]["raw_at"] == "pid 0x1f1, packet 2"
    assert found.frames[1]["flags"] == []


def test_two_sets_in_one_packet_are_told_apart() -> None:
    found = read(muxed([(0, 0, at(0) + at(1)), (0, SECOND, at(2))]), "a.ts")
    assert seconds(found) == [0, 1, 2]
    assert [frame["raw_at"] for frame in found.frames[:2]] == ["pid 0x1f1, packet 1", "pid 0x1f1, packet 1, set 2"]
    assert len({frame["frame_id"] for frame in found.frames}) == 3


def test_sets_that_begin_in_one_packet_have_places_of_their_own_wherever_they_end() -> None:
    whole = at(1)
    for rest in (whole[30:], at(2)):  # it goes on in the next packet; or never ends
        found = read(muxed([(0, 0, at(0) + whole[:30]), (0, SECOND, rest), (0, 2 * SECOND, at(3))]), "a.ts")
        places = [frame["raw_at"] for frame in found.frames]
        assert places[:2] == ["pid 0x1f1, packet 1", "pid 0x1f1, packet 1, set 2"]
        assert len({frame["frame_id"] for frame in found.frames}) == len(found.frames)


def test_a_set_that_never_ends_is_cut_by_the_next_packet() -> None:
    found = read(muxed([(0, 0, at(0)[:40]), (0, SECOND, at(1))]), "a.ts")
    assert "cut-short" in found.frames[0]["flags"]
    assert found.frames[1]["flags"] == []
    assert seconds(found)[1] == 1


def test_several_streams_are_kept_apart() -> None:
    marked = pose((48, b"\x01\x01\x02"))
    pushes = [(0, 0, marked), (1, 0, at(0)), (0, SECOND, at(1)), (1, SECOND, at(1))]
    found = read(muxed(pushes, pids=(0x1F1, 0x1F2)), "a.ts")
    frames = {frame["raw_at"]: frame for frame in found.frames}
    assert set(frames) == {f"pid {pid}, packet {n}" for pid in ("0x1f1", "0x1f2") for n in (1, 2)}
    assert frames["pid 0x1f1, packet 2"]["marking"] == "Restricted"
    assert frames["pid 0x1f2, packet 2"]["marking"] == ""
    assert {frame["stream"] for frame in found.frames} == {"pid 0x1f1", "pid 0x1f2"}


def test_the_clock_runs_on_over_its_wrap() -> None:
    begin = (1 << 33) - 2 * SECOND
    found = read(muxed([(0, begin + second * SECOND, at(second)) for second in range(5)]), "a.ts")
    assert shown_s(found) == [0, 1, 2, 3, 4]
    assert {tuple(frame["flags"]) for frame in found.frames} == {()}


def test_a_clock_that_starts_over_goes_on_and_is_flagged_once() -> None:
    first = muxed([(0, (second + 1_000) * SECOND, at(second)) for second in range(5)])
    found = read(first + muxed([(0, (second + 1) * SECOND, at(second + 5)) for second in range(5)]), "a.ts")
    assert seconds(found) == list(range(10))
    times = shown_s(found)
    assert times == sorted(times)
    assert times[:5] == [0, 1, 2, 3, 4]
    assert [b - a for a, b in pairwise(times[5:])] == [1, 1, 1, 1]
    assert all(not {"clock-restarted"} & set(frame["flags"]) for frame in found.frames[:5] + found.frames[6:])


def test_a_stream_that_stops_for_a_minute_goes_on_at_its_own_time() -> None:
    pushes = [(0, second * SECOND, at(second)) for second in (0, 1, 2, 62, 63)]
    found = read(muxed(pushes), "a.ts")
    assert shown_s(found) == [0, 1, 2, 62, 63]


def test_one_damaged_time_does_not_move_the_rest() -> None:
    pushes = [(0, second * SECOND, at(second)) for second in range(8)]
    content = bytearray(muxed(pushes))
    metadata = [n for n, packet in enumerate(packets(bytes(content))) if pid_of(packet) == 0x1F1 and packet[1] & 0x40]
    begin = content.index(b"\0\0\1", metadata[3] * PACKET)  # of the fourth packet's header
    content[begin + 9] ^= 0x08  # the highest bit of its time: 13 hours
    found = read(bytes(content), "a.ts")
    assert [s for n, s in enumerate(shown_s(found)) if n != 3] == [0, 1, 2, 4, 5, 6, 7]
    assert found.frames[3]["flags"] == ["clock-restarted"]


def test_metadata_without_a_time_is_shown_with_the_picture_it_comes_with() -> None:
    pushes = [(0, (second + 100) * SECOND, at(second)) for second in range(6)]
    found = read(muxed(pushes, has_time=False), "a.ts")
    assert seconds(found) == list(range(6))
    assert {tuple(frame["flags"]) for frame in found.frames} == {("no-presentation-time",)}
    for second, shown in enumerate(shown_s(found)):
        assert second - 1 <= shown <= second


def test_streams_that_change_their_numbers_go_on() -> None:
    first = muxed([(0, second * SECOND, at(second)) for second in range(4)], pids=(0x1F1,))
    swapped = muxed([(0, second * SECOND, at(second)) for second in range(4, 8)], pids=(0x1F5,))
    found = read(first + swapped, "a.ts")
    assert seconds(found) == list(range(8))
    assert [frame["stream"] for frame in found.frames] == ["pid 0x1f1"] * 4 + ["pid 0x1f5"] * 4
    assert shown_s(found) == list(range(8))


def test_a_picture_that_changes_its_size_is_followed() -> None:
    small = muxed([(0, second * SECOND, at(second)) for second in range(4)])
    large = muxed([(0, second * SECOND, at(second)) for second in range(4, 8)], size=(1280, 720))
    found = read(small + large, "a.ts")
    widths = [frame["width_px"] for frame in found.frames]
    assert widths[:4] == [640] * 4
    assert widths[-3:] == [1280] * 3
    assert seconds(found) == list(range(8))


def test_lost_packets_are_named_and_the_next_one_is_flagged() -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    kept = packets(content)
    third = [n for n, packet in enumerate(kept) if pid_of(packet) == 0x1F1][2]
    found = read(b"".join(kept[:third] + kept[third + 1 :]), "a.ts")
    assert seconds(found) == [0, 1, 3, 4, 5]
    assert [frame["flags"] for frame in found.frames] == [[], [], ["packets-lost"], [], []]
    (reject,) = found.rejects
    assert reject["reason"] == "packets-lost"
    assert reject["raw_at"].startswith("pid 0x1f1, byte 0 to ")


def test_bytes_that_are_no_packets_are_named_to_the_byte() -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    middle = len(packets(content)) // 2 * PACKET
    found = read(content[:middle] + b" noise \x47!" * 100 + content[middle:], "a.ts")
    assert seconds(found) == list(range(6))
    (gap,) = [reject for reject in found.rejects if reject["reason"] == "transport-gap"]
    assert gap["raw_at"] == f"byte {middle} to {middle + 900}"


def test_packets_before_the_first_map_are_named() -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    kept = packets(content)
    maps = [n for n, packet in enumerate(kept) if pid_of(packet) in (0, 0x1000)]
    later = next(n for n in maps if n > maps[1])
    found = read(b"".join(kept[2:]), "a.ts")
    (reject,) = [each for each in found.rejects if "before any map" in each["problem"]]
    assert reject["reason"] == "packets-lost"
    assert f"{later - 2} packets came before" in reject["problem"]
    assert 0 < len(found.frames) < 6


def test_a_stream_whose_map_never_comes_says_so() -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    found = read(b"".join(packet for packet in packets(content) if pid_of(packet) not in (0, 0x1000)), "a.ts")
    assert [reject["reason"] for reject in found.rejects] == ["packets-lost", "no-metadata"]


@pytest.mark.parametrize("step", [192, 204])
def test_packets_with_a_time_before_or_a_checksum_after_them_read_alike(step: int) -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    before, after = (4, 0) if step == 192 else (0, 16)
    wide = b"".join(b"\x11" * before + packet + b"\x22" * after for packet in packets(content))
    found = read(wide, "a.m2ts")
    assert (seconds(found), found.rejects) == (list(range(6)), [])


def test_a_tail_that_is_cut_is_named() -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    found = read(content[:-100], "a.ts")
    assert found.rejects[-1]["reason"] == "transport-gap"
    assert found.rejects[-1]["raw_at"] == f"byte {len(content) - 188} to {len(content) - 100}"


def test_a_video_without_metadata_says_so() -> None:
    content = muxed([(0, second * SECOND, at(second)) for second in range(3)])
    found = read(b"".join(packet for packet in packets(content) if pid_of(packet) != 0x1F1), "a.ts")
    assert found.frames == []
    assert [reject["reason"] for reject in found.rejects] == ["no-metadata"]


@pytest.mark.parametrize("step", [97, 1_000, 65_536])
def test_pieces_of_any_size_give_the_same_rows(step: int) -> None:
    content = OSH.read_bytes()[:400_000]
    reader, found = FootageReader(RAW, "ts"), Found()
    for begin in range(0, len(content), step):
        found.take(reader.feed(content[begin : begin + step]))
    found.take(reader.finish())
    whole = read(content, RAW.name)
    assert found.frames == whole.frames
    assert found.sightings == whole.sightings


def test_a_live_packet_comes_out_with_the_bytes_that_end_it() -> None:
    """A link hands over a few packets at a time: a pose may not wait for the next one."""
    content = muxed([(0, second * SECOND, at(second)) for second in range(6)])
    reader, given = FootageReader(RAW, "ts"), []
    for packet in packets(content):
        given.append(len(reader.feed(packet).frames))
    ends = [n for n, packet in enumerate(packets(content)) if pid_of(packet) == 0x1F1]
    came = [n for n, count in enumerate(given) for _ in range(count)]
    waited = [n - end for n, end in zip(came[1:], ends[1:], strict=False)]
    assert len(came) >= 5
    assert max(waited) <= 2


def test_memory_does_not_grow_with_a_stream() -> None:
    content = OSH.read_bytes()[:200_000]
    reader = FootageReader(RAW, "ts")
    tracemalloc.start()
    for _ in range(5):
        reader.feed(content)
    first, _ = tracemalloc.get_traced_memory()
    for _ in range(20):
        reader.feed(content)
    last, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert last - first < 10_000
