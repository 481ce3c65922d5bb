"""The record of one mission: a log of entries and the content they speak about, in one folder."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import UnknownNameError
from truceline.model.entry import Entry
from truceline.record.content import ContentStore
from truceline.record.disk import Disk, LocalDisk, disk_unavailable
from truceline.record.leaf import Sealed
from truceline.record.log import Database, Log, open_log
from truceline.record.tables import (
    KIND,
    Derivation,
    StoredTable,
    batches_of_parquet,
    parquet_bytes,
    stored_table,
    table_entry,
    table_of_entry,
    table_of_parquet,
)

CONTENT = "content"
_LOCAL = LocalDisk()


class Record:
    """What was known, by whom, when, and from which bytes: `with open_record(folder) as record:`.

    Limits: one writer a record and one thread at a time; several may read while one writes.
    """

    def __init__(self, folder: Path, *, database: Database | None, content: ContentStore, log: Log) -> None:
        """Use `open_record`."""
        self.folder, self.database, self._content, self._log = folder, database, content, log

    @property
    def size(self) -> int:
        """How many entries the log holds."""
        return self._log.size

    def put(self, content: bytes) -> str:
        """Keep bytes and return their SHA-256, which an entry may then name.

        Raises: UnavailableError, IntegrityError.
        """
        assert self._log.writing, "this record was opened for reading"
        return self._content.put(content)

    def get(self, sha256: str) -> bytes:
        """The bytes of this SHA-256, checked. Raises: IntegrityError, UnknownNameError, UnavailableError."""
        return self._content.get(sha256)

    def has(self, sha256: str) -> bool:
        """Whether bytes were put under this SHA-256; they are not read. Raises: UnknownNameError: it is not one."""
        return self._content.has(sha256)

    def append(self, entries: Sequence[Entry]) -> range:
        """Put entries at the end, all or none, on the disk when this returns, and return their positions.

        Raises: UnavailableError: whether they arrived is not known; open the record again. AssertionError: an
            entry names content that was never put.
        """
        for entry in entries:
            absent = [sha256 for sha256 in entry.hashes if not self._content.has(sha256)]
            assert not absent, f"{entry.kind} {entry.subject!r} names content that was never put: {absent}"
        return self._log.append(entries)

    def append_if_new(self, entries: Sequence[Entry]) -> list[int]:
        """Append what says something new, and return where each of `entries` stands. Raises: as `append`.

        An entry is not new where the latest of its kind and subject has the same hashes and detail, whoever
        wrote it and
        whenever: so a second, equal run adds nothing.
        """
        latest: dict[tuple[str, str], tuple[int, bytes] | None] = {}
        fresh: list[Entry] = []
        positions: list[int] = []
        first = self.size
        for entry in entries:
            key = (entry.kind, entry.subject)
            if key not in latest:
                last = self._log.last(*key)
                latest[key] = (last[0], _meaning(last[1])) if last else None
            standing = latest[key]
            if standing is None or standing[1] != _meaning(entry):
                standing = latest[key] = (first + len(fresh), _meaning(entry))
                fresh.append(entry)
            positions.append(standing[0])
        self.append(fresh)
        return positions

    def entries(self, *, kind: str | None = None, subject: str | None = None) -> Iterator[tuple[int, Entry]]:
        """Positions and entries in order, each checked: of one kind, of one subject, or all.

        Raises: IntegrityError.
        """
        return self._log.entries(kind=kind, subject=subject)

    def last(self, kind: str, subject: str) -> tuple[int, Entry] | None:
        """Position and entry of the latest of this kind about this subject. Raises: IntegrityError."""
        return self._log.last(kind, subject)

    def leaves(self) -> list[bytes]:
        """Every entry's commitment, 32 bytes, in order.

        A tree hashes each with `base.canonical.leaf_hash`.
        """
        return [sealed.leaf for sealed in self._log.rows()]

    def sealed(self, position: int) -> Sealed:
        """The entry at `position` as it is stored, with its salt, checked. Raises: IntegrityError, UnknownNameError."""
        return self._log.sealed(position)

    def root(self, size: int) -> bytes:
        """Root over the first `size` entries, 32 bytes. Raises: IntegrityError, UnknownNameError."""
        return self._log.root(size)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """What proves that the entry at `position` is among the first `size`, each 32 bytes, nearest sibling first.

        Raises: IntegrityError, UnknownNameError.
        """
        return self._log.inclusion(position, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """What proves that the log of `size` entries begins with the `old` first ones. Raises: as `inclusion`."""
        return self._log.consistency(old, size)

    def put_table(self, name: str, table: pa.Table, *, derivation: Derivation, known_at: str) -> StoredTable:
        """Keep a derived table: bytes, root of its rows, what it was made of; nothing where it stands.

        Args:
            name: what the table is called in this mission, e.g. `findings`.
            table: rows in the order to keep; columns as `canonical_rows` allows.
            derivation: its inputs must have been put.
            known_at: UTC stamp of the entry, where one is added.

        Raises: UnavailableError, IntegrityError, AssertionError.
        """
        sha256 = self.put(parquet_bytes(table))
        stored = stored_table(name, table, sha256=sha256, derivation=derivation)
        self.append_if_new([table_entry(stored, known_at=known_at)])
        return stored

    def table(self, name: str) -> pa.Table:
        """The latest table of this name, its bytes checked. Raises: UnknownNameError, IntegrityError."""
        return table_of_parquet(self.get(self.stored_table(name).sha256))

    def table_batches(self, name: str) -> Iterator[pa.Table]:
        """The latest table of this name, part by part: its bytes are held, its rows are not. Raises: as `table`."""
        yield from batches_of_parquet(self.get(self.stored_table(name).sha256))

    def stored_table(self, name: str) -> StoredTable:
        """What the record says of the latest table of this name. Raises: UnknownNameError, IntegrityError."""
        last = self.last(KIND, name)
        if last is None:
            raise UnknownNameError(
                "the record holds no table of this name.",
                subject=f"table {name}",
                remedy="Run the mission first.",
            )
        stored = table_of_entry(last[1])
        assert stored is not None, f"entry {last[0]} is of kind table and does not tell of one"
        return stored

    def close(self) -> None:
        """Let the next writer in. Closing twice is allowed."""
        self._log.close()

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_record(
    folder: Path,
    *,
    database: Database | None = None,
    writing: bool = True,
    disk: Disk = _LOCAL,
    chance: Callable[[int], bytes] = os.urandom,
) -> Record:
    """The record in `folder`; for writing it is begun where there is none, and held against its head.

    Args:
        folder: the mission's `record/`; its parent must exist.
        database: where in PostgreSQL the log is (`database_of`); None: in the folder, in SQLite.
        writing: False: read beside a writer, or from a medium that cannot be written.
        disk: the storage calls.
        chance: n -> n random bytes, for the salts of the leaves.

    Raises: UnavailableError: another writer is at work; disk, database. UnknownNameError: nothing to read.
        IntegrityError: the log is damaged, or shorter than its head remembers. InputError: a database is
        named, and the folder holds a log of its own.
    """
    if writing:
        try:
            for part in (folder, folder / CONTENT):
                disk.make_folder(part)
                disk.sync_folder(part.parent)
        except OSError as error:
            raise disk_unavailable(error, "record") from None
    log = open_log(folder, writing=writing, database=database, disk=disk, chance=chance)
    return Record(folder, database=database, content=ContentStore(folder / CONTENT, disk), log=log)


def _meaning(entry: Entry) -> bytes:
    return canonical_bytes([list(entry.hashes), entry.detail])
