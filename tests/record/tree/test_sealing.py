"""Frames sealed many at once: the same roots and bytes whichever process made them, and no half of them is kept."""

import os
import signal
from collections.abc import Iterator
from itertools import count
from multiprocessing import active_children
from pathlib import Path

import pyarrow as pa
import pytest
from tests.record.small import counted, derivation, fill

from truceline.base.errors import UnavailableError, UnknownNameError
from truceline.model.observation import OBSERVATIONS
from truceline.record import FrameSealer, NewFrame, Record, open_record, verify
from truceline.record.tables import frame_bytes, frame_of_parquet, table_of_parquet
from truceline.record.tree.frames import checked_receipt, frame_proof, row_receipt, seal_frame

AT = "2026-10-01T00:00:00Z"
SIZES = (1, 5_000, 0, 4_000, 9_000, 13, 700)


def observations(size: int, first: int = 0) -> pa.Table:
    """Rows of which some columns are null now and then, and one everywhere."""
    numbers = range(first, first + size)
    told = {
        "observation_id": [f"o{number}" for number in numbers],
        "act": [("shelling", "flight", 'é "')[number % 3] for number in numbers],
        "lon_deg": [None if number % 11 == 0 else number / 8 for number in numbers],
        "parties": [["A"] * (number % 3) for number in numbers],
    }
    absent = {name: pa.nulls(size, OBSERVATIONS.field(name).type) for name in OBSERVATIONS.names if name not in told}
    return pa.table({name: told.get(name, absent.get(name)) for name in OBSERVATIONS.names}, schema=OBSERVATIONS)


TABLES = [observations(size, 10_000 * at) for at, size in enumerate(SIZES)]
OTHERS = [pa.table({"n": pa.array([at, None])}) for at in range(3)]
SECRETS = [bytes([at]) * 32 for at in range(1, 11)]


@pytest.fixture(scope="module")
def sealer() -> Iterator[FrameSealer]:
    with FrameSealer(2) as made:
        yield made


def test_frames_are_the_same_whoever_seals_them(sealer: FrameSealer) -> None:
    """In other processes, here, and one by one; of two schemas in turns."""
    frames = list(zip([*OTHERS, *TABLES], SECRETS, strict=True))
    singly = [seal_frame(table, secret) for table, secret in frames]
    for way in (FrameSealer(1), sealer):
        found = list(way.sealed(frames))
        assert [each.root for each in found] == [frame.root for frame in singly]
        assert [each.rows for each in found] == [len(table) for table, _ in frames]
        assert [each.content for each in found] == [frame_bytes(*frame) for frame in frames]
    assert [frame_of_parquet(each.content).rows for each in found] == [frame.rows for frame in singly]


def test_the_rows_of_each_frame_are_in_its_own_bytes_alone(sealer: FrameSealer) -> None:
    for table, each in zip(TABLES, sealer.sealed(zip(TABLES, SECRETS, strict=False)), strict=True):
        assert table_of_parquet(each.content).equals(table)


def test_slices_and_pieces_are_sealed_as_what_they_hold(sealer: FrameSealer) -> None:
    pieces = pa.concat_tables([TABLES[1].slice(0, 7), TABLES[1].slice(7)])
    cut = pa.concat_tables([TABLES[4], TABLES[1]]).slice(len(TABLES[4]))
    roots = [each.root for each in sealer.sealed([(table, SECRETS[0]) for table in (pieces, cut, TABLES[1])])]
    assert len(set(roots)) == 1


def put(record: Record, sealer: FrameSealer, tables: list[pa.Table]) -> list[int]:
    names = count()
    frames = (NewFrame(name=f"sent {next(names)}", table=table, compartment="A") for table in tables)
    return [each.position for each in record.put_frames(frames, derivation=derivation(), known_at=AT, sealer=sealer)]


def test_a_record_keeps_many_frames_as_it_keeps_one(tmp_path: Path, sealer: FrameSealer) -> None:
    """Their entries, bytes and roots are what putting one by one gives, and a row of each can be shown."""
    with (
        open_record(tmp_path / "many", chance=counted()) as many,
        open_record(tmp_path / "one", chance=counted()) as one,
    ):
        fill(many), fill(one)
        positions = put(many, sealer, TABLES)
        for number, table in enumerate(TABLES):
            told = {"compartment": "A", "derivation": derivation(), "known_at": AT}
            kept = one.put_frame(f"sent {number}", table, **told)  # type: ignore[arg-type]
            stored = many.stored_table(f"sent {number}")
            assert (stored.rows, stored.frame_of, kept.position) == (len(table), "A", positions[number])
            frame = frame_of_parquet(many.get(stored.sha256))
            assert frame.root == stored.rows_root
            if len(table):
                receipt = row_receipt(frame_proof(frame, len(table) // 2), many.sealed(positions[number]))
                assert checked_receipt(receipt).row == kept.frame.rows[len(table) // 2]
        assert verify(many).problems == ()
        assert many.size == one.size


def test_secrets_differ_from_frame_to_frame(tmp_path: Path, sealer: FrameSealer) -> None:
    with open_record(tmp_path / "record", chance=counted()) as record:
        put(record, sealer, [TABLES[5]] * 4)
        assert len({record.stored_table(f"sent {number}").rows_root for number in range(4)}) == 4


def test_a_killed_process_is_told_in_words_and_nothing_is_appended(tmp_path: Path) -> None:
    """And the next frames are sealed again; closing ends the processes, also with frames half taken."""
    others = set(active_children())

    def killing() -> Iterator[pa.Table]:
        for at in range(20):
            if at == 5:
                for child in set(active_children()) - others:
                    os.kill(child.pid or 0, signal.SIGKILL)
            yield TABLES[4]

    with FrameSealer(2) as sealer, open_record(tmp_path / "record", chance=counted()) as record:
        put(record, sealer, [TABLES[4]])
        size = record.size
        with pytest.raises(UnavailableError, match="process that seals them ended"):
            put(record, sealer, killing())  # type: ignore[arg-type]
        assert record.size == size
        with pytest.raises(UnknownNameError):
            record.stored_table("sent 1")
        put(record, sealer, TABLES)
        assert verify(record).problems == ()
        next(sealer.sealed((TABLES[4], SECRETS[0]) for _ in range(50)))  # the others wait when it is closed
    sealer.close()
    assert set(active_children()) == others


@pytest.mark.parametrize(
    ("table", "error", "said"),
    [
        (pa.table({"x": pa.array([1], pa.timestamp("us"))}), AssertionError, "no canonical form"),
        (pa.table({"x": pa.array([b"\xff"] * 9).view(pa.string())}), ValueError, "(?i)utf-?8"),
    ],
)
def test_what_cannot_be_sealed_is_refused_as_it_is_alone(
    tmp_path: Path, sealer: FrameSealer, table: pa.Table, error: type[Exception], said: str
) -> None:
    with open_record(tmp_path / "record", chance=counted()) as record:
        for way in (FrameSealer(1), sealer):
            with pytest.raises(error, match=said):
                put(record, way, [TABLES[5], table, *TABLES])
        assert record.size == 0
        put(record, sealer, [TABLES[5]])
