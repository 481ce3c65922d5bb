"""A table's meaning as bytes: canonical rows, the root over them, and a proof that one row is under a root.

Rows are made column by column: most columns hold few distinct values, which are spelled once, and the texts of all
columns are joined by Arrow. What Arrow spells otherwise than JSON or Python is spelled value by value.

Source: decisions 15 and 16 of the design; decision 0006; RFC 6962 section 2.1.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import leaf_hash, leaf_hashes, level_above, path_root, tree_root
from truceline.base.errors import UnknownNameError

_EXACT = 2**53  # beyond it readers of JSON round (base.canonical)
_MANY = 1 << 10  # rows from which on it pays to go by columns
_BATCH = 1 << 15  # rows spelled at once
_BATCH_BYTES = 1 << 26  # of columns spelled at once: their text stays far below Arrow's 2 GiB
_SAMPLE, _OFTEN = 256, 8  # a column each of whose values is met eight times is spelled by its distinct ones
_PAIRS, _SHARE = 64, 16  # neighbours are spelled together while their pairs are few: 64, or a sixteenth of the rows
_PLAIN_FLOATS = (1e-4, 1e10)  # between them Arrow and `repr` spell alike, whole numbers' ".0" aside; tested
_WHOLES = 10_000
_HASH = 32
Plain = Callable[[object], object]
_json = msgspec.json.Encoder().encode  # canonical_bytes' bytes, at a fiftieth of its time; tested


@dataclass(frozen=True, slots=True)
class _Coded:
    """Texts of which each row has one: which, `codes` say."""

    texts: pa.Array
    codes: npt.NDArray[np.integer | np.bool_]


class _Around(NamedTuple):
    """What stands before and behind each value of a column, and what stands for null."""

    before: str
    after: str
    null: str


Part: TypeAlias = str | _Coded  # of a batch's rows: what all have in common, or one of some texts


def canonical_rows(table: pa.Table) -> list[bytes]:
    """Each row as canonical JSON, an object of its columns, sorted as bytes.

    A column that is null in a row is left out of that row's object: which columns there are is declared by the
    table's schema, so a row without one says that it is null there, and nothing else. Within a list or a struct null
    is written, as its place counts. Integers beyond ±(2^53-1) and all floats are written as strings: a float as the
    shortest decimal that reads back as itself (`repr`), so `0.1` is `"0.1"`, and `nan`, `inf`, `-0.0` are kept apart.
    Bytes are lower-case hex.

    Args:
        table: columns of null, bool, integer, float, text, bytes, or lists, structs and dictionaries of
            these.

    Raises: AssertionError: a column of another type, or two of one name. ValueError: text that is no UTF-8.
    Limits: all rows are held in memory. A float column and a text column with the same digits give the same
        rows: what type a column has is said by its declared schema, not by the root.
    """
    return canonical_rows_of([table])[0]


def canonical_rows_of(tables: Sequence[pa.Table]) -> list[list[bytes]]:
    """`canonical_rows` of each table, all of one schema; of many small ones in less time. Raises: as it does."""
    together = pa.concat_tables(tables)
    names = _in_order(together.column_names)
    plains = [_plain(together.schema.field(name).type) for name in names]
    rows: list[bytes] = []
    for batch in _batches(together.select(names)) if names else ():
        rows += _by_column(batch) if batch.num_rows >= _MANY else _by_row(batch, plains)
    ends = list(accumulate((len(table) for table in tables), initial=0)) if names else [0] * (len(tables) + 1)
    return [sorted(rows[first:end]) for first, end in pairwise(ends)]


def values_of_row(row: bytes | str, columns: Iterable[str]) -> dict[str, Any]:
    """What a canonical row says of each of its table's columns: None where it is null, which the row leaves out."""
    values: dict[str, Any] = dict.fromkeys(columns)
    return values | msgspec.json.decode(row, type=dict[str, Any])


def _by_row(batch: pa.RecordBatch, plains: list[Plain | None]) -> list[bytes]:
    """The rows of a batch whose columns are in order, unsorted: what `_by_column` gives, sooner where they are few."""
    columns = [_values(column, plain) for column, plain in zip(batch.columns, plains, strict=True)]
    names = batch.schema.names
    return [
        _json({name: value for name, value in zip(names, row, strict=True) if value is not None})
        for row in zip(*columns, strict=True)
    ]


def _by_column(batch: pa.RecordBatch) -> list[bytes]:
    """As `_by_row`. Commas stand around the first column that no row lacks: behind those before it, else in front."""
    whole = [column.null_count == 0 for column in batch.columns]
    if True not in whole:
        return _by_row(batch, [_plain(column.type) for column in batch.columns])
    parts: list[Part] = ["{"]
    for at, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
        first = whole.index(True)
        comma, key = ("," if at > first else ""), _json(name).decode()
        parts += _parts(column, _Around(f"{comma}{key}:", "," if at < first else "", ""))
    rows: list[bytes] = _joined([*parts, "}"], batch.num_rows).view(pa.binary()).to_pylist()
    return rows


def _values(column: pa.Array, plain: Plain | None) -> list[object]:
    values: list[object] = column.to_pylist()
    return values if plain is None else [None if value is None else plain(value) for value in values]


def _batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    for first in range(0, len(table), _BATCH):
        waiting = table.slice(first, _BATCH).combine_chunks().to_batches()[::-1]
        while waiting:
            batch = waiting.pop()
            if batch.nbytes > _BATCH_BYTES and (half := batch.num_rows // 2):
                waiting += [batch.slice(half), batch.slice(0, half)]
            else:
                yield batch


def _joined(parts: list[Part], count: int) -> pa.Array:
    """The text of each of `count` rows: of all rows' parts one after another, every so many are a row."""
    few = [
        _Coded(pa.array([part]), np.zeros(count, np.int32)) if isinstance(part, str) else part
        for part in _fused(parts, count)
    ]
    picked = np.empty((len(few), count), np.int32)
    first = 0
    for part, row in zip(few, picked, strict=True):
        np.add(part.codes, first, out=row, casting="unsafe")
        first += len(part.texts)
    texts = pc.take(pa.concat_arrays([part.texts for part in few]), pa.array(picked.T.ravel()), boundscheck=False)
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1)[:: len(few)].copy()
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), content)


def _fused(parts: list[Part], count: int) -> list[Part]:
    """The same text from fewer parts."""
    few: list[Part] = []
    most = max(_PAIRS, count // _SHARE)
    for part in parts:
        both = _both(few[-1], part, most) if few else None
        if both is None:
            few.append(part)
        else:
            few[-1] = both
    return few


def _both(left: Part, right: Part, most: int) -> Part | None:
    """Two neighbours as one part, or None where they stay two."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, str) and isinstance(right, _Coded) and len(right.texts) <= most:
        return _Coded(pc.binary_join_element_wise(left, right.texts, ""), right.codes)
    if isinstance(left, _Coded) and isinstance(right, str) and len(left.texts) <= most:
        return _Coded(pc.binary_join_element_wise(left.texts, right, ""), left.codes)
    if isinstance(left, _Coded) and isinstance(right, _Coded) and len(left.texts) * len(right.texts) <= most:
        first, last = np.divmod(np.arange(len(left.texts) * len(right.texts)), len(right.texts))
        texts = pc.binary_join_element_wise(left.texts.take(pa.array(first)), right.texts.take(pa.array(last)), "")
        return _Coded(texts, left.codes * np.int32(len(right.texts)) + right.codes)
    return None


def _parts(column: pa.Array, around: _Around) -> list[Part]:
    """The parts of the rows' text that tell of this column."""
    if column.null_count == len(column):
        return [around.null]
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _parts(column.dictionary_decode(), around)
    if pa.types.is_large_string(kind):
        return _parts(column.cast(pa.string()), around)
    if pa.types.is_floating(kind) and kind != pa.float64():
        return _parts(column.cast(pa.float64()), around)
    if _is_list(kind):
        column = _list_texts(column)
    if (coded := _coded(column)) is not None:
        distinct = coded.dictionary.view(column.type) if pa.types.is_floating(kind) else coded.dictionary
        texts = (
            [each if each is None else f"[{each}]" for each in distinct.to_pylist()]
            if _is_list(kind)
            else _texts(distinct)
        )
        return [_keyed(texts, coded, around)]
    if not column.null_count:
        return [around.before, *_spelled(column, kind), around.after]
    present = _joined(
        [around.before, *_spelled(column.drop_null(), kind), around.after], len(column) - column.null_count
    )
    held = column.is_valid().to_numpy(zero_copy_only=False)
    return [_Coded(pa.concat_arrays([pa.array([around.null]), present]), np.where(held, np.cumsum(held), 0))]


def _keyed(texts: list[str | None], coded: pa.Array, around: _Around) -> Part:
    keyed = [around.null if text is None else f"{around.before}{text}{around.after}" for text in texts]
    return _Coded(pa.array(keyed), coded.indices.to_numpy()) if len(keyed) > 1 else keyed[0]


def _coded(column: pa.Array) -> pa.Array | None:
    """The column as a dictionary, a null being one of its values; None where most values are distinct."""
    if pa.types.is_struct(column.type):
        return None
    if pa.types.is_floating(column.type):
        column = column.view(pa.int64())  # 0.0 and -0.0 are equal, and are not the same
    first = column.slice(0, _SAMPLE).drop_null()
    if len(first.unique()) * 2 > len(first):
        return None
    coded = column.dictionary_encode(null_encoding="encode")
    return coded if len(coded.dictionary) * _OFTEN <= len(column) else None


def _texts(column: pa.Array) -> list[str | None]:
    """Each value as canonical JSON, one by one."""
    return [None if value is None else _json(value).decode() for value in _values(column, _plain(column.type))]


def _spelled(column: pa.Array, kind: pa.DataType) -> list[Part]:
    """The text of each value of a column that holds no null."""
    if _is_list(kind):
        return ["[", _each(column), "]"]
    if pa.types.is_integer(kind):
        beyond = pc.min_max(column).as_py()
        odd = None
        if beyond["min"] <= -_EXACT or beyond["max"] >= _EXACT:
            odd = np.array([abs(value) >= _EXACT for value in column.to_pylist()])
        return _mended([_each(column.cast(pa.string()))], column, odd)
    if pa.types.is_floating(kind):
        return _decimal_parts(column) or _float_parts(column)
    if pa.types.is_string(kind):
        column.validate(full=True)
        return _mended(['"', _each(column), '"'], column, _escaped(column))
    return [_each(pa.array(_texts(column), pa.string()))]


def _each(texts: pa.Array) -> _Coded:
    return _Coded(texts, np.arange(len(texts), dtype=np.int32))


def _decimal_parts(column: pa.Array) -> list[Part]:
    """Of numbers below 10,000 with up to six decimals, which most measurements are; none where many are others.

    A number that the division of two such integers gives back is the double nearest to that decimal; having fewer
    than 16 digits, no shorter decimal reads back as the same double.
    """
    values = column.to_numpy()
    size = np.abs(values)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(size * 1e6)
        odd = ~((scaled / 1e6 == size) & (size < _WHOLES) & ((size >= _PLAIN_FLOATS[0]) | (size == 0)))
    if np.count_nonzero(odd) * _OFTEN > len(values):
        return []
    if some_odd := bool(odd.any()):
        scaled[odd] = size[odd] = 0
    whole = size.astype(np.int32)
    fraction = (scaled - whole * 1e6).astype(np.int32)  # exact: both are whole numbers below 2^53
    high = fraction // np.int32(1_000)
    low = fraction - high * np.int32(1_000)
    wholes, highs, lows = _digits()
    parts: list[Part] = ['"', _Coded(wholes, whole), _Coded(highs, high + 1_000 * (low != 0)), _Coded(lows, low), '"']
    if not low.any():
        del parts[3]
    negative = np.signbit(values)
    if negative.any():
        parts[0] = _Coded(pa.array(['"', '"-']), negative)
    return _mended(parts, column, odd if some_odd else None)


@cache
def _digits() -> tuple[pa.Array, pa.Array, pa.Array]:
    """Whole numbers; first three decimals, behind which nothing follows and behind which something does; the last."""
    three = [f"{number:03d}" for number in range(1_000)]
    last = [digits.rstrip("0") for digits in three]
    highs = [f".{digits or '0'}" for digits in last] + [f".{digits}" for digits in three]
    return pa.array(map(str, range(_WHOLES)), pa.string()), pa.array(highs), pa.array(last)


def _float_parts(column: pa.Array) -> list[Part]:
    values = column.to_numpy()
    size = np.abs(values)
    odd = ~((size >= _PLAIN_FLOATS[0]) & (size < _PLAIN_FLOATS[1]) | (size == 0))
    whole = np.trunc(values) == values
    point: list[Part] = [_Coded(pa.array(["", ".0"]), whole)] if whole.any() else []
    return _mended(['"', _each(column.cast(pa.string())), *point, '"'], column, odd)


def _escaped(column: pa.Array) -> npt.NDArray[np.bool_] | None:
    """Which texts hold a character that JSON escapes; None where none does."""
    _, offsets, content = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    units = np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]]
    escaped = (units < ord(" ")) | (units == ord('"')) | (units == ord("\\"))
    if not escaped.any():
        return None
    found = np.zeros(len(column), np.bool_)
    found[np.searchsorted(ends, np.flatnonzero(escaped) + ends[0], side="right") - 1] = True
    return found


def _mended(parts: list[Part], column: pa.Array, odd: npt.NDArray[np.bool_] | None) -> list[Part]:
    """`parts` with the odd values spelled one by one."""
    if odd is None or not odd.any():
        return parts
    mask = pa.array(odd)
    texts = pa.array(_texts(column.filter(mask)), pa.string())
    return [_each(pc.replace_with_mask(_joined(parts, len(column)), mask, texts))]


def _list_texts(column: pa.Array) -> pa.Array:
    """What stands between each list's brackets; null where there is no list."""
    items = column.flatten()
    texts = _joined(_parts(items, _Around("", "", "null")), len(items))
    sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    ends = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    inside = pc.binary_join(pa.ListArray.from_arrays(ends, texts), ",")
    return pc.if_else(column.is_valid(), inside, None) if column.null_count else inside


def _in_order(names: Sequence[str]) -> list[str]:
    assert len(set(names)) == len(names), f"two columns of one name: {names}"
    return sorted(names, key=lambda name: name.encode("utf-16-be"))  # RFC 8785, 3.2.3


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _plain(kind: pa.DataType) -> Plain | None:
    """How a value of this type becomes a canonical value; None: it is one already."""
    types = pa.types
    if types.is_null(kind) or types.is_boolean(kind) or types.is_string(kind) or types.is_large_string(kind):
        return None
    if types.is_integer(kind):
        return _integer
    if types.is_floating(kind):
        return repr
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _hex
    if types.is_dictionary(kind):
        return _plain(kind.value_type)
    if _is_list(kind):
        return _list_of(_plain(kind.value_type))
    if types.is_struct(kind):
        kinds = [(kind.field(at).name, kind.field(at).type) for at in range(kind.num_fields)]
        return _struct_of([(name, _plain(dict(kinds)[name])) for name in _in_order([name for name, _ in kinds])])
    raise AssertionError(f"a column of {kind} has no canonical form; times are int64 microseconds")


def _integer(value: object) -> object:
    assert isinstance(value, int)
    return value if -_EXACT < value < _EXACT else str(value)


def _hex(value: object) -> object:
    assert isinstance(value, bytes)
    return value.hex()


def _list_of(plain: Plain | None) -> Plain | None:
    if plain is None:
        return None

    def convert(value: object) -> object:
        assert isinstance(value, list)
        return [None if item is None else plain(item) for item in value]

    return convert


def _struct_of(plains: list[tuple[str, Plain | None]]) -> Plain:
    def convert(value: object) -> object:
        assert isinstance(value, dict)
        return {name: _one(value[name], plain) for name, plain in plains}

    return convert


def _one(value: object, plain: Plain | None) -> object:
    return value if value is None or plain is None else plain(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPath:
    """Where a row stands among the sorted rows, and the hashes from it to the root, nearest first."""

    index: int
    size: int
    path: tuple[bytes, ...]


class LeafTree:
    """The tree over leaf hashes in a given order, its levels computed once: a path then costs little.

    Limits: 64 bytes a leaf are held in memory.
    Source: RFC 6962, 2.1. A level pairs its neighbours; a node without a neighbour goes up unchanged.
    """

    def __init__(self, leaves: list[bytes]) -> None:
        """Args: leaves: as `base.canonical.leaf_hash` gives them, 32 bytes each."""
        self.size, self._levels = len(leaves), [b"".join(leaves)]
        while len(leaves) > 1:
            leaves = level_above(leaves)
            self._levels.append(b"".join(leaves))

    @property
    def root(self) -> str:
        """The same as `base.canonical.tree_root`, 64 hex digits."""
        return (self._levels[-1] or tree_root([])).hex()

    def path(self, index: int) -> RowPath:
        """The proof for the leaf at `index`. Raises: AssertionError: there is none."""
        assert 0 <= index < self.size, f"no leaf {index} is among {self.size}"
        siblings, at = [], index
        for level in self._levels[:-1]:
            beside = (at ^ 1) * _HASH
            if beside < len(level):
                siblings.append(level[beside : beside + _HASH])
            at >>= 1
        return RowPath(index=index, size=self.size, path=tuple(siblings))


class RowTree:
    """The tree over a table's canonical rows, for proofs of many of them.

    Limits: the rows and 64 bytes a row are held in memory.
    """

    def __init__(self, rows: Sequence[bytes]) -> None:
        """Args: rows: sorted, as `canonical_rows` gives them."""
        assert all(left <= right for left, right in pairwise(rows)), "the rows are not sorted"
        self._rows, self._tree = rows, LeafTree(leaf_hashes(rows))

    @property
    def root(self) -> str:
        """The same as `base.canonical.rows_root`, 64 hex digits."""
        return self._tree.root

    def path(self, row: bytes) -> RowPath:
        """The proof for `row`; for the first of them where several rows are equal.

        Raises: UnknownNameError: the table has no such row.
        """
        index = bisect_left(self._rows, row)
        if index == len(self._rows) or self._rows[index] != row:
            raise UnknownNameError(
                f"none of the table's {len(self._rows)} rows is this one.",
                subject="row",
                remedy="Compare it with the table as recorded: one altered value makes another row.",
            )
        return self._tree.path(index)


def row_path(sorted_rows: Sequence[bytes], row: bytes) -> RowPath:
    """The proof for one row. For many rows of one table keep a `RowTree`. Raises: UnknownNameError."""
    return RowTree(sorted_rows).path(row)


def row_is_under(root: str, row: bytes, proof: RowPath) -> bool:
    """Whether `proof` shows that `row` is one of the rows under `root`, 64 hex digits.

    Needs nothing but its arguments.
    """
    found = path_root(leaf_hash(row), index=proof.index, size=proof.size, path=proof.path)
    return found is not None and found.hex() == root
