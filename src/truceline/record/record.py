"""The record of one mission: a log of entries and the content they speak about, in one folder."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import UnknownNameError
from truceline.model.entry import Entry
from truceline.record.content import ContentStore, chunks_of_file
from truceline.record.custody import Act, Custodian, Journal, custodian_now
from truceline.record.disk import Disk, LocalDisk, disk_unavailable
from truceline.record.leaf import Sealed
from truceline.record.log import Database, Log, open_log
from truceline.record.sealed.reading import ctr_key, name_for_sealing, plain_chunks, plain_content, refuse_alike
from truceline.record.tables import (
    KIND,
    Derivation,
    StoredTable,
    batches_of_parquet,
    frame_bytes,
    parquet_bytes,
    stored_frame,
    stored_table,
    table_entry,
    table_of_entry,
    table_of_parquet,
)
from truceline.record.tree.frames import SECRET_BYTES, Frame, seal_frame
from truceline.record.tree.sealing import FrameSealer

if TYPE_CHECKING:
    from truceline.record.sealed.vault import Vault  # cryptography, for those who need it

CONTENT = "content"
_LOCAL = LocalDisk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What a record stands on."""

    database: Database | None
    disk: Disk
    chance: Callable[[int], bytes]
    vault: "Vault | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFrame:
    """A frame that was kept, and the position of its entry."""

    stored: StoredTable
    frame: Frame
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFrame:
    """Rows of one compartment, to be kept as a frame under a new name."""

    name: str
    table: pa.Table
    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """What the record says of a frame that was kept, and the position of its entry."""

    stored: StoredTable
    position: int


class Record:
    """What was known, by whom, when, and from which bytes: `with open_record(folder) as record:`.

    Limits: one writer a record and one thread at a time; several may read while one writes.
    """

    def __init__(self, folder: Path, *, content: ContentStore, log: Log, storage: Storage) -> None:
        """Use `open_record`."""
        self.folder, self.database, self._content, self._log = folder, storage.database, content, log
        self._disk, self._chance, self._vault = storage.disk, storage.chance, storage.vault
        self._journals: dict[Custodian, Journal] = {}

    @property
    def size(self) -> int:
        """How many entries the log holds."""
        return self._log.size

    def put(self, content: bytes, *, sealed_for: str = "") -> str:
        """Keep bytes and return the SHA-256 of what is stored, which an entry may then name.

        Args: sealed_for: a person or compartment under whose key they are kept; empty: as they are.
        Raises: UnavailableError, IntegrityError. UnreadableError: they would be taken for sealed when they are read.
        """
        assert self._log.writing, "this record was opened for reading"
        if not sealed_for:
            refuse_alike(content)
            return self._content.put(content)
        vault = self._vault
        assert vault is not None, "this record was opened without its keys"
        return self._content.put(vault.seal(content, name_for_sealing(sealed_for, vault=vault, last=self._log.last)))

    def put_file(self, source: Path, *, sealed_for: str = "") -> tuple[str, int]:
        """As `put`, of a file of any size, in bounded memory; SHA-256 and size in bytes of what is stored."""
        assert self._log.writing, "this record was opened for reading"
        if not sealed_for:
            return self._content.put_all([plain_chunks(chunks_of_file(source))])[0]
        vault = self._vault
        assert vault is not None, "this record was opened without its keys"
        name = name_for_sealing(sealed_for, vault=vault, last=self._log.last)
        return self._content.put_all([vault.sealed_file(source, name)])[0]

    def put_stored(self, stored: bytes) -> str:
        """Keep bytes that a vault sealed already. Raises: as `put`."""
        assert self._log.writing, "this record was opened for reading"
        return self._content.put(stored)

    def get(self, sha256: str) -> bytes:
        """The bytes of this SHA-256, checked; that they are handed out is noted first (`custody.py`).

        Raises: IntegrityError, UnknownNameError. ErasedError: its key was destroyed. UnavailableError: also where its
            key is not here, or it cannot be noted.
        """
        content = plain_content(self._content.get(sha256), vault=self._vault, last=self._log.last)
        self._note("read", sha256)
        return content

    def stored(self, sha256: str) -> bytes:
        """The bytes as they are stored, sealed or not, checked; noted likewise. Raises: as `get`."""
        content = self._content.get(sha256)
        self._note("read", sha256)
        return content

    def ctr_key(self, sha256: str) -> bytes | None:
        """What opens this one sealed content and nothing else, 32 bytes (`sealed/cipher.py`); None: it is not sealed.

        Raises: as `get`, as which it is noted.
        """
        key = ctr_key(self._content.get(sha256), vault=self._vault, last=self._log.last)
        self._note("read", sha256)
        return key

    def handed_over(self, sha256s: Sequence[str], *, to: str) -> None:
        """Note that these bytes leave the mission, for whom, before they do. Raises: UnavailableError."""
        for sha256 in sha256s:
            self._note("export", sha256, to=to)

    def has(self, sha256: str) -> bool:
        """Whether bytes were put under this SHA-256; they are not read. Raises: UnknownNameError: it is not one."""
        return self._content.has(sha256)

    def append(self, entries: Sequence[Entry]) -> range:
        """Put entries at the end, all or none, on the disk when this returns, and return their positions.

        Raises: UnavailableError: whether they arrived is not known; open the record again. AssertionError: an
            entry names content that was never put.
        """
        for entry in entries:
            for sha256 in entry.hashes:
                assert self._content.has(sha256), f"{entry.kind} {entry.subject!r} names what was never put: {sha256}"
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
        """Root over the first `size` entries, 32 bytes, held against the head.

        Raises: IntegrityError: the file `tree` is damaged; it says what to do. UnknownNameError: the log holds fewer
            entries. UnavailableError.
        """
        return self._log.root(size)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """What proves that the entry at `position` is among the first `size`, each 32 bytes, nearest sibling first.

        Checked before it is handed out. Raises: as `root`; IntegrityError also where the entry is altered.
        """
        return self._log.inclusion(position, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """What proves that the log of `size` entries begins with the `old` first ones. Checked. Raises: as `root`."""
        return self._log.consistency(old, size)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes, 32 bytes each, of a tile of C2SP tlog-tiles. Checked. Raises: as `root`."""
        return self._log.tile(level, index, width)

    def commitments(self, first: int, count: int) -> list[bytes]:
        """Commitments, 32 bytes each, of `count` entries from `first` on. Raises: IntegrityError, UnknownNameError."""
        return self._log.commitments(first, count)

    def settle(self) -> None:
        """Return when the file `tree` is whole and on the disk, as a checkpoint is to be made.

        Raises: UnavailableError. IntegrityError.
        """
        self._log.settle()

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

    def put_frame(
        self, name: str, table: pa.Table, *, compartment: str, derivation: Derivation, known_at: str
    ) -> StoredFrame:
        """Keep rows of one compartment under a root from which single rows can be shown: see `tree/frames.py`.

        Args: name: a new one for each frame; the others as for `put_table`.
        Raises: as `put_table`.
        """
        frame = seal_frame(table, self._chance(SECRET_BYTES))
        sha256 = self.put(frame_bytes(table, frame.secret))
        stored = stored_frame(name, frame, compartment=compartment, sha256=sha256, derivation=derivation)
        (position,) = self.append([table_entry(stored, known_at=known_at)])
        return StoredFrame(stored=stored, frame=frame, position=position)

    def put_frames(
        self, frames: Iterable[NewFrame], *, derivation: Derivation, known_at: str, sealer: FrameSealer
    ) -> list[KeptFrame]:
        """As `put_frame` of each, sealed on as many cores as `sealer` has processes; all entries in one append.

        Raises: as `put_table`; UnavailableError also where a process ended: no entry was appended.
        """
        assert self._log.writing, "this record was opened for reading"
        named, sealed = list[NewFrame](), list[tuple[int, str]]()

        def contents() -> Iterator[Iterator[bytes]]:
            for each in sealer.sealed(given()):
                sealed.append((each.rows, each.root))
                yield iter([each.content])

        def given() -> Iterator[tuple[pa.Table, bytes]]:
            for frame in frames:
                named.append(frame)
                yield frame.table, self._chance(SECRET_BYTES)

        kept = self._content.put_all(contents())
        stored = [
            StoredTable(
                name=frame.name,
                sha256=sha256,
                rows=rows,
                rows_root=root,
                derivation=derivation,
                frame_of=frame.compartment,
            )
            for frame, (rows, root), (sha256, _) in zip(named, sealed, kept, strict=True)
        ]
        positions = self.append([table_entry(each, known_at=known_at) for each in stored])
        return [KeptFrame(stored=each, position=at) for each, at in zip(stored, positions, strict=True)]

    def table(self, name: str) -> pa.Table:
        """The latest table of this name, its bytes checked. Raises: UnknownNameError, IntegrityError."""
        return table_of_parquet(self.get(self.stored_table(name).sha256))

    def table_batches(self, name: str) -> Iterator[pa.Table]:
        """The latest table of this name, part by part: its bytes are held, its rows are not. Raises: as `table`.

        For pages that show rows by the rules of release; no custody is noted.
        """
        yield from batches_of_parquet(self._content.get(self.stored_table(name).sha256))

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
        """Let the next writer in. Closing twice is allowed. Raises: UnavailableError: notes of custody may be lost."""
        self._log.close()
        journals, self._journals = self._journals, {}
        for journal in journals.values():
            journal.close()

    def _note(self, act: Act, sha256: str, *, to: str = "") -> None:
        custodian = custodian_now()
        if custodian is None:
            return
        if custodian not in self._journals:
            self._journals[custodian] = Journal(self.folder, disk=self._disk, custodian=custodian)
        self._journals[custodian].note(act, sha256, to=to)

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
    vault: "Vault | None" = None,
) -> Record:
    """The record in `folder`; for writing it is begun where there is none, and held against its head.

    Args:
        folder: the mission's `record/`; its parent must exist.
        database: where in PostgreSQL the log is (`database_of`); None: in the folder, in SQLite.
        writing: False: read beside a writer, or from a medium that cannot be written.
        disk: the storage calls.
        chance: n -> n random bytes, for the salts of the leaves.
        vault: the keys of sealed content; None: what is sealed cannot be read.

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
    storage = Storage(database=database, disk=disk, chance=chance, vault=vault)
    return Record(folder, content=ContentStore(folder / CONTENT, disk), log=log, storage=storage)


def _meaning(entry: Entry) -> bytes:
    return canonical_bytes([list(entry.hashes), entry.detail])
