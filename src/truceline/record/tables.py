"""A derived table in the record: its bytes as Parquet, its meaning as a root, what it was derived from."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from truceline.base.canonical import leaf_hashes, tree_root
from truceline.base.rows import canonical_rows
from truceline.model.entry import Entry
from truceline.record.tree.frames import SECRET_BYTES, Frame, seal_frame

KIND = "table"
_SECRET = "frame_secret"  # a frame's, 64 hex digits, in the metadata of its Parquet file
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
    frame_of: str | None = None  # the compartment of a frame: its root is over salted rows; None: a plain table


def stored_table(name: str, table: pa.Table, *, sha256: str, derivation: Derivation) -> StoredTable:
    """What the record says of `table`, kept under `sha256`."""
    root = tree_root(leaf_hashes(canonical_rows(table))).hex()
    return StoredTable(name=name, sha256=sha256, rows=table.num_rows, rows_root=root, derivation=derivation)


def stored_frame(name: str, frame: Frame, *, compartment: str, sha256: str, derivation: Derivation) -> StoredTable:
    """What the record says of a frame whose `frame_bytes` are kept under `sha256`.

    Args: compartment: whose rows these are, all of them; empty: nobody's in particular.
    """
    return StoredTable(
        name=name,
        sha256=sha256,
        rows=len(frame.rows),
        rows_root=frame.root,
        derivation=derivation,
        frame_of=compartment,
    )


def table_entry(stored: StoredTable, *, known_at: str) -> Entry:
    """The entry for a table; its first hash is the table, the others are its inputs."""
    frame = {} if stored.frame_of is None else {"salted": True, "compartment": stored.frame_of}
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
            **frame,
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
    salted, compartment = entry.detail.get("salted"), entry.detail.get("compartment")
    if (salted, compartment) != (None, None) and not (salted is True and isinstance(compartment, str)):
        return None
    return StoredTable(
        name=entry.subject,
        sha256=entry.hashes[0],
        rows=rows,
        rows_root=root,
        derivation=Derivation(inputs=entry.hashes[1:], code=code, settings=settings),
        frame_of=compartment if isinstance(compartment, str) else None,
    )


def parquet_bytes(table: pa.Table) -> bytes:
    """`table` as Parquet, the same bytes for the same rows in the same order under one version of Arrow.

    Limits: another version of Arrow may write other bytes; the root of the rows does not change with them.
        Arrow's own schema and metadata are left out (units live in names): large strings and dictionaries
        come back as plain strings.
    """
    return _parquet(table, {})


def frame_bytes(table: pa.Table, secret: bytes) -> bytes:
    """`table` as Parquet, with the secret of its frame inside; written and read whole, so packed to be quick.

    So whoever holds the bytes can verify the frame's root, and whoever is given their hash, in a receipt's entry,
    cannot try out which rows they hold.
    """
    return _parquet(table, {_SECRET: secret.hex()}, quick=True)


def frame_of_parquet(content: bytes) -> Frame:
    """The frame that `frame_bytes` wrote. Raises: as `table_of_parquet`; ValueError: it holds no frame's secret."""
    file = pq.ParquetFile(pa.BufferReader(content))
    secret = bytes.fromhex((file.metadata.metadata or {}).get(_SECRET.encode(), b"").decode("ascii"))
    if len(secret) != SECRET_BYTES:
        raise ValueError("it holds no frame's secret")
    return seal_frame(file.read(use_threads=False), secret)


def _parquet(table: pa.Table, told: dict[str, str], *, quick: bool = False) -> bytes:
    sink, plain = pa.BufferOutputStream(), table.replace_schema_metadata(None).combine_chunks()
    with pq.ParquetWriter(
        sink,
        plain.schema,
        version="2.6",
        data_page_version="1.0",
        compression="snappy" if quick else "zstd",
        use_dictionary=not quick,
        write_statistics=not quick,
        store_schema=False,
    ) as writer:
        writer.write_table(plain, row_group_size=_ROW_GROUP)
        if told:
            writer.add_key_value_metadata(told)
    return bytes(sink.getvalue().to_pybytes())


def table_of_parquet(content: bytes) -> pa.Table:
    """The table that `parquet_bytes` or `frame_bytes` wrote. Raises: what Arrow raises where it is no Parquet."""
    return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False).replace_schema_metadata(None)


def batches_of_parquet(content: bytes) -> Iterator[pa.Table]:
    """The same table, so many rows at a time. Raises: as `table_of_parquet`."""
    for batch in pq.ParquetFile(pa.BufferReader(content)).iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
        yield pa.Table.from_batches([batch]).replace_schema_metadata(None)


def table_fault(stored: StoredTable, content: bytes) -> str:
    """What is wrong between a table's bytes and what the record says of it; empty where nothing is."""
    try:
        if stored.frame_of is None:
            rows = canonical_rows(table_of_parquet(content))
            count, root = len(rows), tree_root(leaf_hashes(rows)).hex()
        else:
            frame = frame_of_parquet(content)
            count, root = len(frame.rows), frame.root
    except (pa.ArrowException, OSError, ValueError, AssertionError) as error:
        return f"its bytes are no table of the record's: {type(error).__name__}."
    if count != stored.rows:
        return f"it holds {count} rows, and its entry says {stored.rows}."
    if root != stored.rows_root:
        return f"its rows have root {root}, and its entry says {stored.rows_root}."
    return ""
