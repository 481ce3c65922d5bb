"""A derived table in the record: its bytes as Parquet, its meaning as a root, what it was derived from."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from truceline.base.canonical import rows_root
from truceline.base.rows import canonical_rows
from truceline.model.entry import Entry

KIND = "table"
_ROW_GROUP = 1 << 17
_BATCH_ROWS = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What a table was made of: the same three give the same rows."""

    inputs: tuple[str, ...]  # sha-256 of raw files and tables, in the content store
    code: str  # `truceline <version>`; the entry's author
    settings: str  # sha-256 of the canonical settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """One version of a table, as an entry tells of it."""

    name: str
    sha256: str  # of the Parquet bytes: custody
    rows: int
    rows_root: str  # of the canonical rows: meaning
    derivation: Derivation


def stored_table(name: str, table: pa.Table, *, sha256: str, derivation: Derivation) -> StoredTable:
    """What the record says of `table`, kept under `sha256`."""
    rows = canonical_rows(table)
    return StoredTable(name=name, sha256=sha256, rows=table.num_rows, rows_root=rows_root(rows), derivation=derivation)


def table_entry(stored: StoredTable, *, known_at: str) -> Entry:
    """The entry for a table; its first hash is the table, the others are its inputs."""
    return Entry(
        kind=KIND,
        subject=stored.name,
        author=stored.derivation.code,
        known_at=known_at,
        hashes=(stored.sha256, *stored.derivation.inputs),
        detail={
            "rows": stored.rows,
            "rows_root": stored.rows_root,
            "code": stored.derivation.code,
            "settings": stored.derivation.settings,
        },
    )


def table_of_entry(entry: Entry) -> StoredTable | None:
    """What an entry of kind `table` tells, or None where it does not tell it in full."""
    rows, root = entry.detail.get("rows"), entry.detail.get("rows_root")
    code, settings = entry.detail.get("code"), entry.detail.get("settings")
    if not (isinstance(rows, int) and isinstance(root, str) and isinstance(code, str)):
        return None
    if not (isinstance(settings, str) and entry.hashes):
        return None
    derivation = Derivation(inputs=entry.hashes[1:], code=code, settings=settings)
    return StoredTable(name=entry.subject, sha256=entry.hashes[0], rows=rows, rows_root=root, derivation=derivation)


def parquet_bytes(table: pa.Table) -> bytes:
    """`table` as Parquet, the same bytes for the same rows in the same order under one version of Arrow.

    Limits: another version of Arrow may write other bytes; the root of the rows does not change with them.
        Arrow's own schema and metadata are left out (units live in names): large strings and dictionaries
        come back as plain strings.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(None).combine_chunks(),
        sink,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        row_group_size=_ROW_GROUP,
        store_schema=False,
    )
    return bytes(sink.getvalue().to_pybytes())


def table_of_parquet(content: bytes) -> pa.Table:
    """The table that `parquet_bytes` wrote. Raises: what Arrow raises where `content` is no Parquet."""
    return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)


def batches_of_parquet(content: bytes) -> Iterator[pa.Table]:
    """The same table, so many rows at a time. Raises: as `table_of_parquet`."""
    for batch in pq.ParquetFile(pa.BufferReader(content)).iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
        yield pa.Table.from_batches([batch])


def table_fault(stored: StoredTable, content: bytes) -> str:
    """What is wrong between a table's bytes and what the record says of it; empty where nothing is."""
    try:
        rows = canonical_rows(table_of_parquet(content))
    except (pa.ArrowException, OSError, ValueError, AssertionError) as error:
        return f"its bytes are no table of the record's: {type(error).__name__}."
    if len(rows) != stored.rows:
        return f"it holds {len(rows)} rows, and its entry says {stored.rows}."
    if (root := rows_root(rows)) != stored.rows_root:
        return f"its rows have root {root}, and its entry says {stored.rows_root}."
    return ""
