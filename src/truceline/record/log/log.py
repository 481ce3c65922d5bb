"""The log, whatever database keeps its rows: sealed, in order, held against the head.

Source: decisions 0006 and 0019.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from truceline.base.canonical import leaf_hash, tree_root
from truceline.base.errors import InputError, IntegrityError, UnavailableError, UnknownNameError
from truceline.model.entry import Entry
from truceline.record.disk import Disk, bytes_or_none, disk_unavailable, write_whole
from truceline.record.leaf import SALT_BYTES, Frontier, Head, Sealed, followed, opened, seal
from truceline.record.log.database import Database
from truceline.record.log.port import AGAIN, REOPEN, LogStore, refuse
from truceline.record.log.sqlite import LOG, SqliteStore
from truceline.record.tree.proofs import Subtree, consistency_path, inclusion_path

HEAD = "head"


class Log:
    """Entries at positions 0, 1, 2 …; what `append` has returned for is on the disk and never changes.

    Limits: one writer, one thread at a time.
    """

    def __init__(self, folder: Path, *, store: LogStore, disk: Disk, chance: Callable[[int], bytes]) -> None:
        """Use `open_log` or `log_to_examine`."""
        self._folder, self._store, self._disk, self._chance = folder, store, disk, chance
        self._frontier: Frontier | None = None  # only a writer has one

    @property
    def writing(self) -> bool:
        """Whether this log was opened for writing."""
        return self._frontier is not None

    @property
    def size(self) -> int:
        """How many entries there are. Raises: IntegrityError, UnavailableError."""
        return self._store.size()

    def append(self, entries: Sequence[Entry]) -> range:
        """Put entries at the end, all of them or none, and return their positions.

        Raises: UnavailableError: not known to be on the disk; the log is then closed, and opened again it
            shows whether they arrived. AssertionError: opened for reading, or an entry out of form.
        """
        frontier = self._frontier
        assert frontier is not None, "this record was opened for reading"
        first = frontier.size
        places = enumerate(entries, start=first)
        sealed = [seal(entry, position=at, salt=self._chance(SALT_BYTES)) for at, entry in places]
        if not sealed:
            return range(self.size, self.size)
        grown = replace(frontier, peaks=list(frontier.peaks))
        for row in sealed:
            grown.add(row.leaf)
        with ExitStack() as undo:
            undo.callback(self.close)  # whether a commit took effect a fresh look at the database will tell
            self._store.insert(sealed, grown.head())
            self._acknowledge(grown, REOPEN)
            undo.pop_all()
        return range(first, first + len(sealed))

    def entries(self, *, kind: str | None = None, subject: str | None = None) -> Iterator[tuple[int, Entry]]:
        """Positions and entries in order, each checked against its leaf: of one kind, of one subject, or all.

        Raises: IntegrityError: an entry is altered. UnavailableError.
        """
        for sealed in self._rows(kind, subject):
            yield sealed.position, opened(sealed)

    def last(self, kind: str, subject: str) -> tuple[int, Entry] | None:
        """Position and entry of the latest of this kind about this subject. Raises: as `entries`."""
        sealed = self._store.last(kind, subject)
        return None if sealed is None else (sealed.position, opened(sealed))

    def rows(self, report: Callable[[str], None] | None = None) -> Iterator[Sealed]:
        """Rows as they stand, unchecked, in order.

        Where the database cannot be read on, `report` is told why; without one that is raised.
        """
        try:
            yield from self._rows(None, None)
        except (IntegrityError, UnavailableError) as error:
            if report is None:
                raise
            report(f"log: the database cannot be read on: {error.problem}")

    def sealed(self, position: int) -> Sealed:
        """One row, checked. Raises: IntegrityError. UnknownNameError: the log holds no such entry."""
        found = next((row for row in self.rows() if row.position == position), None)
        if found is None:
            raise UnknownNameError(
                f"the log holds {self.size} entries.", subject=f"entry {position}", remedy="Ask for one of them."
            )
        opened(found)
        return found

    def root(self, size: int) -> bytes:
        """Root over the first `size` entries. Raises: UnknownNameError: it holds fewer."""
        return self._subtree(size)(0, size) if size else tree_root([])

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """As `Record.inclusion`."""
        return inclusion_path(self._subtree(size), position, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """As `Record.consistency`."""
        return consistency_path(self._subtree(size), old, size)

    def _subtree(self, size: int) -> Subtree:
        hashes = [leaf_hash(row.leaf) for row in self.rows()]
        if size > len(hashes):
            raise UnknownNameError(
                f"the log holds {len(hashes)} entries.", subject=f"size {size}", remedy="Ask for no more."
            )
        return lambda first, end: tree_root(hashes[first:end])

    def kept_head(self) -> Head | None:
        """The head that the database itself keeps, or None where it keeps none."""
        return self._store.kept_head()

    def structure_faults(self, *, deep: bool) -> list[str]:
        """What is wrong with the database's own rules; `deep` has it walk all of its rows."""
        return self._store.structure_faults(deep=deep)

    def close(self) -> None:
        """Give up the database and the writer's lock; an unfinished append is undone. Twice is allowed."""
        self._store.close()

    def _begin(self) -> None:
        """Take the lock; create the log, or hold it against its head and bring the head up to date."""
        self._store.lock()
        try:
            head = bytes_or_none(self._folder / HEAD)
        except OSError as error:
            raise disk_unavailable(error, "log") from None
        if not self._store.open():
            refuse([] if head is None else ["log: it is missing, and its head is there."])
            self._store.create()
        refuse(self._store.structure_faults(deep=False))
        seen = followed(head, (sealed.leaf for sealed in self.rows()), self._store.kept_head())
        refuse([f"head: {seen.fault}"] if seen.fault else [])
        if head is None or seen.frontier.size > seen.known:
            self._store.settle()  # a stopped writer may not have synced it
            self._acknowledge(seen.frontier, AGAIN)
        self._frontier = seen.frontier

    def _acknowledge(self, frontier: Frontier, remedy: str) -> None:
        """From here on the loss of these entries would be seen."""
        try:
            write_whole(self._disk, self._folder / HEAD, frontier.head().text(), 0o644)
        except OSError as error:
            raise UnavailableError(disk_unavailable(error, "log").problem, subject="log", remedy=remedy) from None
        self._frontier = frontier

    def _rows(self, kind: str | None, subject: str | None) -> Iterator[Sealed]:
        """Page by page, so that a long reading never holds back the writer."""
        after = -(2**63)
        while found := self._store.page(kind=kind, subject=subject, after=after):
            for sealed in found:
                if sealed.position <= after:  # else a damaged file could lead round in a circle
                    refuse([f"log: entry {sealed.position} follows entry {after}."])
                yield sealed
                after = sealed.position


def open_log(
    folder: Path, *, writing: bool, database: Database | None, disk: Disk, chance: Callable[[int], bytes]
) -> Log:
    """The log of the record in `folder`; for writing it is created where there is none, locked, and held
    against its head.

    Args:
        database: where in PostgreSQL it is; None: in the folder itself, in SQLite.

    Raises: UnknownNameError: nothing to read. UnavailableError: another writer, disk, database.
        IntegrityError. InputError: the folder holds a log of its own, and a database is named.
    """
    if not writing:
        log = log_to_examine(folder, database=database, disk=disk, chance=chance)
    else:
        log = Log(folder, store=_store(folder, database, disk, writing=True), disk=disk, chance=chance)
    with ExitStack() as undo:
        undo.callback(log.close)
        if writing:
            log._begin()
        else:
            refuse(log.structure_faults(deep=False))
        undo.pop_all()
    return log


def log_to_examine(folder: Path, *, database: Database | None, disk: Disk, chance: Callable[[int], bytes]) -> Log:
    """The log of the record in `folder` for reading, however damaged.

    Raises: UnknownNameError: there is none. UnavailableError. InputError: as `open_log`.
    """
    store = _store(folder, database, disk, writing=False)
    with ExitStack() as undo:
        undo.callback(store.close)
        if not store.open():
            raise UnknownNameError("no record is here.", subject="record", remedy="Run the mission to begin one.")
        undo.pop_all()
    return Log(folder, store=store, disk=disk, chance=chance)


def _store(folder: Path, database: Database | None, disk: Disk, *, writing: bool) -> LogStore:
    if database is None:
        return SqliteStore(folder, disk=disk, writing=writing)
    if (folder / LOG).exists():
        raise InputError(
            "this record keeps its log in its own folder, and the mission names a database.",
            subject="log",
            remedy="Empty `serve.store` in the mission's declaration, or begin a new mission: a log does not move.",
        )
    from truceline.record.log.postgres import PostgresStore  # a third of a second, for those who need it

    return PostgresStore(database, disk=disk)
