"""A table's meaning as bytes: canonical rows, the root over them, and a proof that one row is under a root.

Source: decisions 15 and 16 of the design; decision 0006; RFC 6962 section 2.1.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import pyarrow as pa

from truceline.base.canonical import leaf_hash, node_hash, path_root, tree_root
from truceline.base.errors import UnknownNameError

_EXACT = 2**53  # beyond it readers of JSON round (base.canonical)
_BATCH = 1 << 16
_HASH = 32
Plain = Callable[[object], object]


def canonical_rows(table: pa.Table) -> list[bytes]:
    """Each row as canonical JSON, an object of its columns, sorted as bytes.

    Integers beyond ±(2^53-1) and all floats are written as strings: a float as the shortest decimal that
    reads back as itself (`repr`), so `0.1` is `"0.1"`, and `nan`, `inf`, `-0.0` are kept apart. Bytes are
    lower-case hex.

    Args:
        table: columns of null, bool, integer, float, text, bytes, or lists, structs and dictionaries of
            these.

    Raises: AssertionError: a column of another type, or two of one name.
    Limits: all rows are held in memory. A float column and a text column with the same digits give the same
        rows: what type a column has is said by its declared schema, not by the root.
    """
    names = sorted(table.column_names, key=lambda name: str(name).encode("utf-16-be"))  # RFC 8785, 3.2.3
    assert len(set(names)) == len(names), f"two columns of one name: {names}"
    plains = [_plain(table.schema.field(name).type) for name in names]
    encode = msgspec.json.Encoder().encode  # canonical_bytes' bytes, at a fiftieth of its time; tested
    rows: list[bytes] = []
    for batch in table.select(names).to_batches(max_chunksize=_BATCH):
        columns = [_values(batch.column(at), plain) for at, plain in enumerate(plains)]
        if columns:
            rows.extend(encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True))
    return sorted(rows)


def _values(column: pa.Array, plain: Plain | None) -> list[object]:
    values: list[object] = column.to_pylist()
    return values if plain is None else [None if value is None else plain(value) for value in values]


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
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _list_of(_plain(kind.value_type))
    if types.is_struct(kind):
        return _struct_of({kind.field(at).name: _plain(kind.field(at).type) for at in range(kind.num_fields)})
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


def _struct_of(plains: dict[str, Plain | None]) -> Plain:
    names = sorted(plains, key=lambda name: name.encode("utf-16-be"))

    def convert(value: object) -> object:
        assert isinstance(value, dict)
        return {name: _one(value[name], plains[name]) for name in names}

    return convert


def _one(value: object, plain: Plain | None) -> object:
    return value if value is None or plain is None else plain(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPath:
    """Where a row stands among the sorted rows, and the hashes from it to the root, nearest first."""

    index: int
    size: int
    path: tuple[bytes, ...]


class RowTree:
    """The tree over a table's canonical rows, its levels computed once: a path then costs little.

    Limits: the rows and 64 bytes a row are held in memory.
    Source: RFC 6962, 2.1. A level pairs its neighbours; a node without a neighbour goes up unchanged.
    """

    def __init__(self, rows: Sequence[bytes]) -> None:
        """Args: rows: sorted, as `canonical_rows` gives them."""
        assert all(left <= right for left, right in pairwise(rows)), "the rows are not sorted"
        self._rows = rows
        self._levels = [b"".join(leaf_hash(row) for row in rows)]
        while len(self._levels[-1]) > _HASH:
            self._levels.append(_level_above(self._levels[-1]))

    @property
    def root(self) -> str:
        """The same as `base.canonical.rows_root`, 64 hex digits."""
        return (self._levels[-1] or tree_root([])).hex()

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
        siblings, at = [], index
        for level in self._levels[:-1]:
            beside = (at ^ 1) * _HASH
            if beside < len(level):
                siblings.append(level[beside : beside + _HASH])
            at >>= 1
        return RowPath(index=index, size=len(self._rows), path=tuple(siblings))


def row_path(sorted_rows: Sequence[bytes], row: bytes) -> RowPath:
    """The proof for one row. For many rows of one table keep a `RowTree`. Raises: UnknownNameError."""
    return RowTree(sorted_rows).path(row)


def row_is_under(root: str, row: bytes, proof: RowPath) -> bool:
    """Whether `proof` shows that `row` is one of the rows under `root`, 64 hex digits.

    Needs nothing but its arguments.
    """
    found = path_root(leaf_hash(row), index=proof.index, size=proof.size, path=proof.path)
    return found is not None and found.hex() == root


def _level_above(level: bytes) -> bytes:
    nodes = [level[at : at + _HASH] for at in range(0, len(level), _HASH)]
    pairs = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
    return b"".join([*pairs, *nodes[len(pairs) * 2 :]])
