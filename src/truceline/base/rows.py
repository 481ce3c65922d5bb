"""A table's meaning as bytes: canonical rows, the root over them, and a proof that one row is under a root.

Rows are made column by column: most columns hold few distinct values, which are spelled once, and the texts of all
columns are joined by Arrow. What Arrow spells otherwise than JSON or Python is spelled value by value.

Source: decisions 15 and 16 of the design; decision 0006; RFC 6962 section 2.1.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import leaf_hash, leaf_hashes, level_above, path_root, tree_root
from truceline.base.errors import UnknownNameError

_EXACT = 2**53  # beyond it readers of JSON round (base.canonical)
_MANY = 1 << 10  # rows from which on it pays to go by columns
_BATCH, _BLOCK = 1 << 16, 1 << 13  # rows whose columns are spelled at once, and rows joined at once
_BATCH_BYTES = 1 << 26  # of columns spelled at once: their text stays far below Arrow's 2 GiB
_SAMPLE, _OFTEN = 256, 8  # a column each of whose values is met eight times is spelled by its distinct ones
_PAIRS, _SHARE = 64, 16  # neighbours are spelled together while their pairs are few: 64, or a sixteenth of the rows
_PLAIN_FLOATS = (1e-4, 1e10)  # between them Arrow and `repr` spell alike, whole numbers' ".0" aside; tested
_HASH = 32
Plain = Callable[[object], object]
_json = msgspec.json.Encoder().encode  # canonical_bytes' bytes, at a fiftieth of its time; tested


@dataclass(frozen=True, slots=True)
class _Coded:
    """Texts of which each row has one: which, `codes` say, int32."""

    texts: pa.Array
    codes: npt.NDArray[np.int32]


# Of a batch's rows: what all have in common, one of a few texts, or the text of each row; null: JSON's null.
Part: TypeAlias = str | _Coded | pa.Array


def canonical_rows(table: pa.Table) -> list[bytes]:
    """Each row as canonical JSON, an object of its columns, sorted as bytes.

    Integers beyond ±(2^53-1) and all floats are written as strings: a float as the shortest decimal that
    reads back as itself (`repr`), so `0.1` is `"0.1"`, and `nan`, `inf`, `-0.0` are kept apart. Bytes are
    lower-case hex.

    Args:
        table: columns of null, bool, integer, float, text, bytes, or lists, structs and dictionaries of
            these.

    Raises: AssertionError: a column of another type, or two of one name. ValueError: text that is no UTF-8.
    Limits: all rows are held in memory. A float column and a text column with the same digits give the same
        rows: what type a column has is said by its declared schema, not by the root.
    """
    names = _in_order(table.column_names)
    plains = [_plain(table.schema.field(name).type) for name in names]
    rows: list[bytes] = []
    for batch in _batches(table.select(names)) if names else ():
        rows += _by_column(batch) if batch.num_rows >= _MANY else _by_row(batch, plains)
    rows.sort()
    return rows


def _by_row(batch: pa.RecordBatch, plains: list[Plain | None]) -> list[bytes]:
    """The rows of a batch whose columns are in order, unsorted: what `_by_column` gives, sooner where they are few."""
    columns = [_values(column, plain) for column, plain in zip(batch.columns, plains, strict=True)]
    names = batch.schema.names
    return [_json(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def _by_column(batch: pa.RecordBatch) -> list[bytes]:
    keys = [f"{',' if at else '{'}{_json(name).decode()}:" for at, name in enumerate(batch.schema.names)]
    parts = [part for column, key in zip(batch.columns, keys, strict=True) for part in _parts(column, key)]
    fused = _fused([*parts, "}"], batch.num_rows)
    rows: list[bytes] = []
    for first in range(0, batch.num_rows, _BLOCK):  # a block's texts are still at hand when it is joined and sorted
        block = [_cut(part, first) for part in fused]
        rows += sorted(_joined(block, min(_BLOCK, batch.num_rows - first)).view(pa.binary()).to_pylist())
    return rows


def _values(column: pa.Array, plain: Plain | None) -> list[object]:
    values: list[object] = column.to_pylist()
    return values if plain is None else [None if value is None else plain(value) for value in values]


def _batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    waiting = table.to_batches(max_chunksize=_BATCH)[::-1]
    while waiting:
        batch = waiting.pop()
        if batch.nbytes > _BATCH_BYTES and (half := batch.num_rows // 2):
            waiting += [batch.slice(half), batch.slice(0, half)]
        elif batch.num_rows:
            yield batch


def _cut(part: Part, first: int) -> Part:
    if isinstance(part, str):
        return part
    if isinstance(part, _Coded):
        return _Coded(part.texts, part.codes[first : first + _BLOCK])
    return part.slice(first, _BLOCK)


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


def _both(left: Part, right: Part, most: int) -> str | _Coded | None:
    """Two neighbours as one part, or None where they stay two."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, str) and isinstance(right, _Coded):
        return _Coded(pc.binary_join_element_wise(left, right.texts, ""), right.codes)
    if isinstance(left, _Coded) and isinstance(right, str):
        return _Coded(pc.binary_join_element_wise(left.texts, right, ""), left.codes)
    if isinstance(left, _Coded) and isinstance(right, _Coded) and len(left.texts) * len(right.texts) <= most:
        first, last = np.divmod(np.arange(len(left.texts) * len(right.texts)), len(right.texts))
        texts = pc.binary_join_element_wise(left.texts.take(pa.array(first)), right.texts.take(pa.array(last)), "")
        return _Coded(texts, left.codes * np.int32(len(right.texts)) + right.codes)
    return None


def _joined(parts: list[Part], count: int) -> pa.Array:
    """The text of each of `count` rows."""
    texts = [part.texts.take(pa.array(part.codes)) if isinstance(part, _Coded) else part for part in parts]
    if all(isinstance(text, str) for text in texts):
        return pa.repeat(pa.scalar("".join(texts), pa.string()), count)
    return pc.binary_join_element_wise(*texts, "", null_handling="replace", null_replacement="null")


def _parts(column: pa.Array, key: str) -> list[Part]:
    """The parts of the rows' text that tell of this column; `key` comes before each value."""
    if column.null_count == len(column):
        return [f"{key}null"]
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _parts(column.dictionary_decode(), key)
    if pa.types.is_large_string(kind):
        return _parts(column.cast(pa.string()), key)
    if pa.types.is_floating(kind) and kind != pa.float64():
        return _parts(column.cast(pa.float64()), key)
    if _is_list(kind):
        texts = _list_texts(column)
        coded = _coded(texts)
        return [key, texts] if coded is None else [_keyed(key, coded, coded.dictionary.to_pylist())]
    if (coded := _coded(column)) is not None:
        distinct = coded.dictionary.view(kind) if pa.types.is_floating(kind) else coded.dictionary
        return [_keyed(key, coded, _texts(distinct))]
    if not column.null_count:
        return [key, *_spelled(column)]
    present = _joined(_spelled(column.drop_null()), len(column) - column.null_count)
    held = column.is_valid().to_numpy(zero_copy_only=False)
    return [key, present.take(pa.array(np.cumsum(held) - 1, mask=~held))]


def _keyed(key: str, coded: pa.Array, texts: list[str | None]) -> str | _Coded:
    keyed = [f"{key}{'null' if text is None else text}" for text in texts]
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
    return [_json(value).decode() for value in _values(column, _plain(column.type))]


def _spelled(column: pa.Array) -> list[Part]:
    """The text of each value of a column that holds no null."""
    kind = column.type
    if pa.types.is_integer(kind):
        beyond = pc.min_max(column).as_py()
        odd = None
        if beyond["min"] <= -_EXACT or beyond["max"] >= _EXACT:
            odd = np.array([abs(value) >= _EXACT for value in column.to_pylist()])
        return _mended([column.cast(pa.string())], column, odd)
    if pa.types.is_floating(kind):
        return _float_parts(column)
    if pa.types.is_string(kind):
        column.validate(full=True)
        return _mended(['"', column, '"'], column, _escaped(column))
    return [pa.array(_texts(column), pa.string())]


def _float_parts(column: pa.Array) -> list[Part]:
    values = column.to_numpy()
    size = np.abs(values)
    odd = ~((size >= _PLAIN_FLOATS[0]) & (size < _PLAIN_FLOATS[1]) | (size == 0))
    whole = np.trunc(values) == values
    point: list[Part] = [pc.if_else(pa.array(whole), ".0", "")] if whole.any() else []
    return _mended(['"', column.cast(pa.string()), *point, '"'], column, odd)


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
    return [pc.replace_with_mask(_joined(parts, len(column)), mask, texts)]


def _list_texts(column: pa.Array) -> pa.Array:
    items = column.flatten()
    texts = _joined(_parts(items, ""), len(items))
    sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    ends = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    inside = pc.binary_join(pa.ListArray.from_arrays(ends, texts), ",")
    texts = pc.binary_join_element_wise("[", inside, "]", "")
    return pc.if_else(column.is_valid(), texts, None) if column.null_count else texts


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
