"""Canonical rows, their root, a row's proof: equal meaning, equal root, whatever order or file wrote it."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.record.small import TABLE

from truceline.base.canonical import canonical_bytes, leaf_hash, path_root, rows_root, tree_path
from truceline.base.errors import UnknownNameError
from truceline.model.observation import OBSERVATIONS
from truceline.record import RowPath, RowTree, canonical_rows, row_is_under, row_path
from truceline.record.tables import parquet_bytes, table_of_parquet

SCHEMA = pa.schema(
    [
        ("words", pa.string()),
        ("count", pa.int64()),
        ("place_deg", pa.float64()),
        ("held", pa.bool_()),
        ("parties", pa.list_(pa.string())),
        ("limits", pa.list_(pa.float64())),
        ("pair", pa.struct([("b", pa.int64()), ("a", pa.float64())])),
        ("raw", pa.binary()),
        ("é\U0001f600", pa.string()),
        ("é\uffee", pa.int8()),
    ]
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=6)
ROW = st.fixed_dictionaries(
    {
        "words": st.none() | WORDS,
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "place_deg": st.none() | st.floats(),
        "held": st.none() | st.booleans(),
        "parties": st.none() | st.lists(st.none() | WORDS, max_size=2),
        "limits": st.none() | st.lists(st.none() | st.floats(), max_size=2),
        "pair": st.none() | st.fixed_dictionaries({"a": st.none() | st.floats(), "b": st.integers(0, 9)}),
        "raw": st.none() | st.binary(max_size=4),
        "é\U0001f600": WORDS,
        "é\uffee": st.integers(-128, 127),
    }
)
ROWS = st.lists(ROW, max_size=8)


def by_the_book(value: object) -> object:
    """Floats and what JSON readers round as text, bytes as hex; everything else as it is."""
    if isinstance(value, dict):
        return {key: by_the_book(item) for key, item in value.items()}
    if isinstance(value, list):
        return [by_the_book(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    beyond = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53
    return repr(value) if isinstance(value, float) or beyond else value


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_a_canonical_row_is_what_the_canonical_form_says(rows: list[dict[str, object]]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    assert canonical_rows(table) == sorted(canonical_bytes(by_the_book(row)) for row in table.to_pylist())


@settings(max_examples=30, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_root_knows_neither_order_nor_columns_order_nor_chunks(
    rows: list[dict[str, object]], dice: random.Random
) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    shuffled = dice.sample(rows, len(rows))
    names = dice.sample(SCHEMA.names, len(SCHEMA.names))
    cut = dice.randint(0, len(rows))
    other = pa.concat_tables(
        [pa.Table.from_pylist(part, schema=SCHEMA) for part in (shuffled[:cut], shuffled[cut:])]
    ).select(names)
    assert rows_root(canonical_rows(other)) == rows_root(canonical_rows(table))


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["none", "snappy", "gzip", "zstd"]), st.booleans(), st.integers(1, 4))
def test_the_root_does_not_know_how_parquet_was_written(
    rows: list[dict[str, object]], compression: str, dictionary: bool, group: int
) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression=compression, use_dictionary=dictionary, row_group_size=group)
    ours = table_of_parquet(parquet_bytes(table))
    assert ours.schema == table.schema
    theirs = table_of_parquet(sink.getvalue().to_pybytes())
    assert canonical_rows(theirs) == canonical_rows(ours) == canonical_rows(table)


def test_one_altered_value_is_another_root() -> None:
    root = rows_root(canonical_rows(TABLE))
    for distance, lon in ((25_000_001, 37.5), (25_000_000, 37.50000000000001), (25_000_000, None)):
        other = pa.table({"distance_mm": [distance, 2**62], "lon_deg": [lon, None]})
        assert rows_root(canonical_rows(other)) != root


def test_a_rows_bytes_can_be_read_aloud() -> None:
    assert canonical_rows(TABLE) == [
        b'{"distance_mm":"4611686018427387904","lon_deg":null}',
        b'{"distance_mm":25000000,"lon_deg":"37.5"}',
    ]


def test_equal_tables_are_equal_parquet_bytes_however_they_were_chunked() -> None:
    rows = [{"words": "ab" * (n % 7), "count": n, "place_deg": n / 3} for n in range(500)]
    whole = pa.Table.from_pylist(rows, schema=SCHEMA)
    halves = pa.concat_tables([whole.slice(0, 123), whole.slice(123)]).replace_schema_metadata({"who": "me"})
    assert parquet_bytes(whole) == parquet_bytes(halves) == parquet_bytes(table_of_parquet(parquet_bytes(whole)))


def test_observations_have_canonical_rows() -> None:
    table = pa.Table.from_pylist([{"observation_id": "o1", "lon_deg": 0.1, "parties": ["UAF"]}], schema=OBSERVATIONS)
    (row,) = canonical_rows(table)
    assert b'"lon_deg":"0.1"' in row
    assert b'"parties":["UAF"]' in row


@pytest.mark.parametrize(
    "kind", [pa.timestamp("us"), pa.date32(), pa.decimal128(9, 2), pa.map_(pa.string(), pa.int8())]
)
def test_a_type_without_a_canonical_form_is_refused(kind: pa.DataType) -> None:
    with pytest.raises(AssertionError, match="no canonical form"):
        canonical_rows(pa.table({"x": pa.array([], kind)}))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(AssertionError, match="two columns"):
        canonical_rows(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"]))


@pytest.mark.parametrize("size", range(71))
def test_a_tree_gives_the_root_and_the_paths_of_the_reference(size: int) -> None:
    rows = sorted(b"row %d" % n for n in range(size))
    tree, leaves = RowTree(rows), [leaf_hash(row) for row in rows]
    assert tree.root == rows_root(rows)
    for index, row in enumerate(rows):
        proof = tree.path(row)
        assert proof == RowPath(index=index, size=size, path=tuple(tree_path(leaves, index)))
        found = path_root(leaves[index], index=proof.index, size=proof.size, path=proof.path)
        assert found is not None
        assert found.hex() == tree.root
        assert row_is_under(tree.root, row, proof)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 70])
def test_a_proof_with_any_byte_altered_proves_nothing(size: int) -> None:
    rows = sorted(b"row %d" % n for n in range(size))
    tree = RowTree(rows)
    for row in rows:
        proof = tree.path(row)
        for at in range(len(row)):
            assert not row_is_under(tree.root, flipped(row, at), proof)
        for step, sibling in enumerate(proof.path):
            for at in range(32):
                path = (*proof.path[:step], flipped(sibling, at), *proof.path[step + 1 :])
                assert not row_is_under(tree.root, row, RowPath(index=proof.index, size=size, path=path))
        for path in (proof.path[:-1], (*proof.path, b"\0" * 32)):
            if path != proof.path:
                assert not row_is_under(tree.root, row, RowPath(index=proof.index, size=size, path=path))
        for at in range(64):
            other = tree.root[:at] + ("1" if tree.root[at] == "0" else "0") + tree.root[at + 1 :]
            assert not row_is_under(other, row, proof)


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_a_row_that_is_not_there_has_no_proof() -> None:
    for rows in ([], [b"a", b"c"]):
        for row in (b"b", b"d", b""):
            with pytest.raises(UnknownNameError, match="none of the table's"):
                row_path(rows, row)


def test_equal_rows_share_the_proof_of_the_first() -> None:
    rows = [b"a", b"b", b"b", b"c"]
    assert row_path(rows, b"b").index == 1
    assert row_is_under(rows_root(rows), b"b", row_path(rows, b"b"))


def test_unsorted_rows_are_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="not sorted"):
        RowTree([b"b", b"a"])
