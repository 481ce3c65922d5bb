"""Canonical rows, their root, a row's proof: equal meaning, equal root, whatever order or file wrote it."""

import hashlib
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import LONG, budget
from tests.record.small import TABLE

from truceline.base.canonical import canonical_bytes, leaf_hash, path_root, rows_root, tree_path
from truceline.base.errors import UnknownNameError
from truceline.base.rows import _by_column, canonical_rows_of
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
EDGES = [0.0, -0.0, 1e-5, 9.999e-5, 1e-4, 1.5e-4, 9_999_999_999.9, 1e10, 1e10 + 0.5, 1e15, 1e16, 1e22, 5e-324, 37.0]
FLOATS = st.floats() | st.sampled_from(EDGES) | st.integers(-(10**9), 10**9).map(lambda number: number / 1e6)
NASTY = st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(
    ['"', "\\", "\0", "\n\t\x1f", "\x7f", "\u2028", "😀", "a b"]
)
PAIR = st.fixed_dictionaries({"\uffee": st.none() | FLOATS, "😀": st.none() | st.lists(NASTY, max_size=2)})
PAIRS = pa.struct([("\uffee", pa.float64()), ("😀", pa.list_(pa.string()))])


def whole(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    edges = [each for each in (least, most, 0, 2**53 - 1, 2**53, 1 - 2**53, -(2**53)) if least <= each <= most]
    return st.integers(least, most) | st.sampled_from(edges)


KINDS: list[tuple[pa.DataType, st.SearchStrategy[object]]] = [
    (pa.null(), st.none()),
    (pa.bool_(), st.booleans()),
    *((getattr(pa, f"int{bits}")(), whole(bits, signed=True)) for bits in (8, 16, 32, 64)),
    *((getattr(pa, f"uint{bits}")(), whole(bits, signed=False)) for bits in (8, 16, 32, 64)),
    (pa.float16(), st.floats(width=16).map(np.float16)),
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), FLOATS),
    (pa.string(), NASTY),
    (pa.large_string(), NASTY),
    (pa.binary(), st.binary(max_size=3)),
    (pa.large_binary(), st.binary(max_size=3)),
    (pa.binary(2), st.binary(min_size=2, max_size=2)),
    (pa.dictionary(pa.int8(), pa.string()), NASTY),
    (pa.list_(pa.string()), st.lists(st.none() | NASTY, max_size=3)),
    (pa.large_list(pa.float64()), st.lists(st.none() | FLOATS, max_size=3)),
    (pa.list_(pa.int64(), 2), st.lists(st.none() | whole(64, signed=True), min_size=2, max_size=2)),
    (pa.list_(pa.list_(pa.uint64())), st.lists(st.none() | st.lists(whole(64, signed=False), max_size=2), max_size=2)),
    (pa.list_(pa.null()), st.lists(st.none(), max_size=2)),
    (pa.list_(pa.dictionary(pa.int8(), pa.string())), st.lists(NASTY, max_size=2)),
    (PAIRS, PAIR),
    (pa.list_(PAIRS), st.lists(st.none() | PAIR, max_size=2)),
    (pa.struct([]), st.just({})),
]


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
    assert canonical_rows(table) == the_book(table)
    batches = table.select(sorted(SCHEMA.names, key=lambda name: name.encode("utf-16-be"))).to_batches()
    assert sorted(row for batch in batches for row in _by_column(batch)) == the_book(table)


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=[str(kind)[:30] for kind, _ in KINDS])
@budget(12)
@given(st.data())
def test_every_type_is_spelled_as_the_canonical_form_says(
    kind: pa.DataType, values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    """Few values met often and many met once are spelled in two ways; a slice has rows before and after it."""
    given_values = data.draw(st.lists(st.none() | values, max_size=9))
    times, cut = data.draw(st.sampled_from([1, 1, 20])), data.draw(st.integers(0, 2))
    column = pa.array(given_values * times, kind)
    table = pa.table({"x": column, "y": [True] * len(column), "z": pa.array(range(len(column)))}).slice(cut)
    book = the_book(table)
    assert canonical_rows(table) == book
    assert sorted(row for batch in table.to_batches() for row in _by_column(batch)) == book


def the_book(table: pa.Table) -> list[bytes]:
    """A column that is null is left out of its row; what is null further in stays."""
    told = ({name: value for name, value in row.items() if value is not None} for row in table.to_pylist())
    return sorted(canonical_bytes(by_the_book(row)) for row in told)


def test_floats_of_every_size_are_spelled_as_python_does() -> None:
    dice = np.random.default_rng(5)
    count = 1_000_000 if LONG else 30_000
    sizes = 10 ** dice.uniform(-7, 18, count)
    floats = np.concatenate([sizes * dice.choice([-1, 1], count), np.round(sizes, 2), np.floor(sizes), EDGES])
    rows = canonical_rows(pa.table({"x": floats}))
    assert rows == sorted(b'{"x":"%b"}' % repr(value).encode() for value in floats.tolist())


def test_rows_are_whole_across_batches() -> None:
    """140,000 rows are nine batches; a column changes from few values to many on the way."""
    count = 140_000
    ids = [f"o{number}" for number in range(count)]
    notes = [None if number < 300 else 'twice "seen"' if number < 70_000 else ids[-number] for number in range(count)]
    table = pa.table({"id": ids, "note": notes, "at_us": pa.array(range(count), pa.int64())})
    quoted = [b"" if note is None else b',"note":"%b"' % note.replace('"', '\\"').encode() for note in notes]
    texts = zip(range(count), ids, quoted, strict=True)
    assert canonical_rows(table) == sorted(
        b'{"at_us":%d,"id":"%b"%b}' % (at, each.encode(), note) for at, each, note in texts
    )


def test_neighbours_of_few_values_are_spelled_together() -> None:
    """Columns of 2, 3, 5 and 7 values have few pairs at first and too many in the end; one column has one value."""
    sizes = {"a": 7, "b": 1, "c": 3, "d": 5, "e": 2, "f": 700, "g": 60, "h": 40}
    count = 9_000
    table = pa.table(
        {
            name: [None if at % size == 1 else f"{name}{at % size}" for at in range(count)]
            for name, size in sizes.items()
        }
    )
    assert canonical_rows(table) == the_book(table)


@pytest.mark.parametrize("full", ["", "a", "d", "h", "a h"])
def test_commas_stand_right_whichever_columns_have_values(full: str) -> None:
    """Rows of every pattern of nulls, from none to all, with a column that no row lacks at any place, or nowhere."""
    patterns = [[bool(number >> bit & 1) for bit in range(8)] for number in range(256)] * 5
    columns = {
        name: [f"{name}{at}" if held[bit] or name in full.split() else None for at, held in enumerate(patterns)]
        for bit, name in enumerate("abcdefgh")
    }
    table = pa.table(columns)
    assert canonical_rows(table) == the_book(table)
    assert (b"{}" in canonical_rows(table)) == (not full)


def test_rows_of_many_tables_are_those_of_each() -> None:
    tables = [
        pa.table({"b": [number] * count, "a": [None, "x", "y"][:1] * count})
        for number, count in enumerate((3, 0, 1500, 1, 1024, 20_000))
    ]
    tables += [pa.table({"b": [number, None], "a": ["z", None]}) for number in range(700)]
    tables = [table.cast(pa.schema([("b", pa.int64()), ("a", pa.string())])) for table in tables]
    assert canonical_rows_of(tables) == [the_book(table) for table in tables]
    assert canonical_rows_of([pa.table({})] * 2) == [[], []]


def test_decimals_of_up_to_six_places_are_spelled_as_python_does() -> None:
    """Also those next to them, which only more digits tell apart, and so few that they are spelled one by one."""
    dice = np.random.default_rng(6)
    count = 1_000_000 if LONG else 20_000
    for places in range(8):
        floats = np.round(dice.uniform(-1, 1, count) * 10.0 ** dice.integers(-4, 5, count), places)
        floats[:: count // 50] = np.nextafter(floats[:: count // 50], np.inf)
        floats[: len(EDGES)] = EDGES
        rows = canonical_rows(pa.table({"x": floats}))
        assert rows == sorted(b'{"x":"%b"}' % repr(value).encode() for value in floats.tolist())


def test_long_values_are_cut_into_smaller_batches() -> None:
    texts = [letter * 20_000_000 for letter in "abcd"]
    assert canonical_rows(pa.table({"x": texts})) == [b'{"x":"%b"}' % text.encode() for text in texts]


@pytest.mark.parametrize("count", [1, 2000])
@pytest.mark.parametrize("kind", [pa.string(), pa.list_(pa.string()), pa.struct([("y", pa.string())])])
def test_text_that_is_no_utf_8_is_refused(kind: pa.DataType, count: int) -> None:
    texts = pa.array([b"row %d \xff" % number for number in range(count)]).view(pa.string())
    if pa.types.is_list(kind):
        texts = pa.ListArray.from_arrays(range(count + 1), texts)
    if pa.types.is_struct(kind):
        texts = pa.StructArray.from_arrays([texts], names=["y"])
    with pytest.raises(ValueError, match=r"(?i)utf-?8"):
        canonical_rows(pa.table({"x": texts}))


def test_two_fields_of_one_name_are_refused() -> None:
    twice = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(AssertionError, match="two columns"):
        canonical_rows(pa.table({"x": twice}))


def test_a_table_without_columns_has_no_rows() -> None:
    assert canonical_rows(pa.table({})) == canonical_rows(OBSERVATIONS.empty_table()) == []


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
        b'{"distance_mm":"4611686018427387904"}',
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


def reference_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: k is the largest power of two smaller than n."""
    if len(leaves) == 1:
        return leaves[0]
    k = max(2**power for power in range(10) if 2**power < len(leaves))
    return hashlib.sha256(b"\x01" + reference_root(leaves[:k]) + reference_root(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(1, 71))
def test_the_root_is_that_of_the_standard(size: int) -> None:
    rows = sorted(b"row %d" % n for n in range(size))
    assert rows_root(rows) == reference_root([hashlib.sha256(b"\x00" + row).digest() for row in rows]).hex()


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
