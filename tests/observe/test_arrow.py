"""Arrow as a program sends it: stream or file, words by dictionary or by view; a small file never fills memory."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.observe.sample import ARROW_FEED, PARQUET_FEED, as_arrow, as_parquet, ipc_bytes, read, reasons

from truceline.model.mission import Feed
from truceline.observe import arrow

DAYS = {"begins": ["2025-03-10", "2025-03-11", "2025-03-12"], "act": ["fire", "strike", None]}
DAY_FEED = replace(ARROW_FEED, columns={"begins": "begins", "act": "act"}, zone="UTC")


def with_column(values: pa.Array) -> tuple[bytes, Feed]:
    """The three days with one more column, mapped to the remark."""
    return ipc_bytes(pa.table(DAYS | {"more": values})), replace(
        DAY_FEED, columns=DAY_FEED.columns | {"remark": "more"}
    )


@pytest.mark.parametrize("whole_file", [False, True])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_a_stream_and_a_file_say_what_the_same_parquet_says(whole_file: bool, compression: str | None) -> None:
    ours = read(as_arrow(100, whole_file=whole_file, compression=compression), ARROW_FEED)
    theirs = read(as_parquet(100), PARQUET_FEED)
    assert reasons(ours) == []
    hashed = ["observation_id", "raw_sha256"]
    assert ours.rows.drop_columns(hashed).equals(theirs.rows.drop_columns(hashed))


def test_what_polars_writes_is_read() -> None:
    frame = pl.DataFrame(DAYS).with_columns(pl.col("act").cast(pl.Categorical))
    for content in (frame.write_ipc_stream(None).getvalue(), frame.write_ipc(None, compression="zstd").getvalue()):
        batch = read(content, DAY_FEED)
        assert reasons(batch) == []
        assert batch.rows["act"].to_pylist() == ["fire", "strike", ""]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array(["a", None, "c"], pa.string_view()), ["a", "", "c"]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", "", "a"]),
        (pa.array(["b", "b", "a"], pa.large_string()), ["b", "b", "a"]),
        (pa.array([1, None, 3], pa.decimal128(10, 2)), ["1.00", "", "3.00"]),
        (pa.array([True, False, None]), ["yes", "no", ""]),
        (pa.array([["a", "b"], [], None]), ["a;b", "", ""]),
        (pa.nulls(3), ["", "", ""]),
        (pa.array([0.1, 2.0, None]), ["0.1", "2", ""]),
        (pa.array([b"\0" * 16] * 3, pa.binary(16)).cast(pa.binary(16)), None),
        (pa.array([[1], None, [2]]), None),
        (pa.array([{"a": 1}, None, {"a": 2}]), None),
        (pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())), None),
        (pa.RunEndEncodedArray.from_arrays([3], ["a"]), None),
        (pa.array([1, 2, None], pa.duration("s")), None),
    ],
)
def test_plain_values_are_texts_and_others_cost_their_rows(values: pa.Array, texts: list[str] | None) -> None:
    batch = read(*with_column(values))
    if texts is None:
        assert set(reasons(batch)) == {"value-not-plain"}
        assert batch.rows.num_rows + batch.rejects.num_rows == 3
    else:
        assert batch.rows["remark"].to_pylist() == texts


def test_an_extension_is_read_as_what_it_is_stored_as() -> None:
    batch = read(*with_column(pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', "2", None]))))
    assert batch.rows["remark"].to_pylist() == ['{"a":1}', "2", ""]


def test_text_that_is_not_utf_8_is_never_guessed() -> None:
    bad = pa.Array.from_buffers(
        pa.string(), 3, [None, pa.py_buffer(np.array([0, 1, 2, 3], np.int32)), pa.py_buffer(b"a\xffc")]
    )
    batch = read(*with_column(bad))
    assert (batch.rows.num_rows, reasons(batch)) == (0, ["unreadable-arrow"])


def test_an_instant_beyond_any_calendar_is_refused_and_never_wraps() -> None:
    beyond = pa.array([1, 2**62, 3], pa.timestamp("s", tz="UTC"))
    batch = read(ipc_bytes(pa.table({"begins": beyond, "act": DAYS["act"]})), DAY_FEED)
    assert batch.rows.num_rows == 2
    assert reasons(batch) == ["value-not-plain"]


@pytest.mark.parametrize("part", range(1, 20))
@pytest.mark.parametrize("whole_file", [False, True])
def test_a_file_cut_in_the_middle_is_named_so(part: int, whole_file: bool) -> None:
    whole = as_arrow(100, whole_file=whole_file)
    batch = read(whole[: len(whole) * part // 20], ARROW_FEED)
    assert batch.rows.num_rows == 0
    assert reasons(batch) == (["cut-short"] if whole_file else ["unreadable-arrow"])


def test_a_stream_cut_between_two_batches_keeps_what_came_and_says_so() -> None:
    batch = read(as_arrow(5)[:-8], ARROW_FEED)
    assert (batch.rows.num_rows, reasons(batch)) == (5, ["cut-short"])
    assert batch.rejects["raw_at"].to_pylist() == ["rows from 6 on"]


def test_no_arrow_at_all_is_one_reject() -> None:
    for content in (b"ARROW1", b"ARROW1\0\0ARROW1", b"PAR1", b"\xff\xff\xff\xff\xff\xff\xff\x7f", b"hello"):
        batch = read(content, ARROW_FEED)
        assert batch.rows.num_rows == 0
        assert set(reasons(batch)) <= {"unreadable-arrow", "cut-short"}


# --- what a small file can unpack to


def squeezed(texts: int) -> bytes:
    return ipc_bytes(pa.table(DAYS | {"more": ["x" * texts] * 3}), compression="zstd")


def many_views() -> bytes:
    return ipc_bytes(pa.table(DAYS | {"more": pa.array(["x" * 2_000] * 3, pa.string_view())}))


@pytest.mark.parametrize(("content", "most"), [(squeezed(200_000), 100_000), (many_views(), 5_999)])
def test_what_unpacks_to_more_than_allowed_is_refused_before_it_does(
    content: bytes, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = replace(DAY_FEED, columns=DAY_FEED.columns | {"remark": "more"})
    monkeypatch.setattr(arrow, "MAX_FILE_BYTES", most)
    assert "file-too-large" in reasons(read(content, feed))


def test_every_compressed_buffer_is_added_up() -> None:
    held = pa.table({"a": ["x" * 50_000] * 20, "d": pa.array(["y" * 40_000] * 20).dictionary_encode()})
    messages = pa.py_buffer(ipc_bytes(held, compression="lz4"))
    found = [
        arrow._unpacked_bytes(each.metadata.to_pybytes(), memoryview(each.body))
        for each in pa.ipc.MessageReader.open_stream(messages)
        if each.body is not None
    ]
    assert sum(found) >= 20 * 50_000 + 40_000
    assert sum(found) <= 20 * 50_000 + 40_000 + 1_000


def test_rows_that_take_no_room_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "MAX_ROWS", 99)
    batch = read(ipc_bytes(pa.table({"begins": pa.nulls(100), "act": pa.nulls(100)})), DAY_FEED)
    assert reasons(batch) == ["too-many-rows"]


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:8] + b"\xff" * 8 + b[16:], lambda b: b.replace(b"\x0c\0\0\0", b"\xff\xff\xff\x7f")]
)
def test_offsets_that_lead_nowhere_are_named(spoil: Callable[[bytes], bytes]) -> None:
    batch = read(spoil(as_arrow(5, compression="zstd")), ARROW_FEED)
    assert set(reasons(batch)) <= {"unreadable-arrow", "column-missing"}
    assert reasons(batch)
