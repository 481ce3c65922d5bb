"""A live stream in files: each is read alone, and together they hold every metadata packet of the stream."""

from pathlib import Path

import pytest
from tests.run.live.footage.streaming import OSH, klv_packets

from truceline.base.errors import UnavailableError
from truceline.run.live.footage.segments import PACKET_BYTES, SEGMENT_US, Segments

S_US = 1_000_000
CONTENT = OSH.read_bytes()


def cut(folder: Path, *, chunk_bytes: int, content: bytes = CONTENT, seconds: int = 60) -> list[Path]:
    """The stream as if it came in `seconds`, in chunks."""
    segments = Segments(folder)
    chunks = [content[at : at + chunk_bytes] for at in range(0, len(content), chunk_bytes)]
    for number, chunk in enumerate(chunks):
        segments.write(chunk, now_us=1_795_000_000 * S_US + seconds * S_US * number // len(chunks))
    segments.close()
    return segments.sealed


@pytest.mark.parametrize("chunk_bytes", [7 * PACKET_BYTES, 1_000, 65_536])
def test_no_metadata_packet_is_lost_or_doubled_at_a_cut(tmp_path: Path, chunk_bytes: int) -> None:
    sealed = cut(tmp_path, chunk_bytes=chunk_bytes)
    assert len(sealed) >= 5
    found = [packet for path in sealed for packet in klv_packets(path.read_bytes())]
    assert found == klv_packets(CONTENT)
    assert len(found) == 277


def test_a_segment_is_as_long_as_was_asked_for_and_no_longer_than_the_next_packet_allows(tmp_path: Path) -> None:
    sealed = cut(tmp_path, chunk_bytes=7 * PACKET_BYTES, seconds=60)
    assert len(sealed) == -(-60 * S_US // SEGMENT_US)


def test_all_that_came_in_is_in_the_segments_beside_the_repeated_tables(tmp_path: Path) -> None:
    sealed = cut(tmp_path, chunk_bytes=7 * PACKET_BYTES)
    whole = b"".join(path.read_bytes() for path in sealed)
    assert len(whole) == len(CONTENT) + 2 * PACKET_BYTES * (len(sealed) - 1)


def test_garbage_before_and_between_packets_costs_only_itself(tmp_path: Path) -> None:
    middle = 1_000 * PACKET_BYTES
    sealed = cut(tmp_path, chunk_bytes=1_316, content=b"noise" + CONTENT[:middle] + b"\x00" * 77 + CONTENT[middle:])
    found = [packet for path in sealed for packet in klv_packets(path.read_bytes())]
    assert found == klv_packets(CONTENT)


def test_a_segment_that_is_being_written_cannot_be_taken_for_a_whole_one(tmp_path: Path) -> None:
    segments = Segments(tmp_path)
    segments.write(CONTENT[:100_000], now_us=0)
    assert [path.name[0] for path in tmp_path.iterdir()] == ["."]
    segments.close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".ts"]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(UnavailableError, match="Give it room and rights"):
        Segments(taken)
