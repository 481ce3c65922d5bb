"""The log, whatever database keeps its rows: sealed, in order, held against the head.

Source: decisions 0006 and 0019.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import islice, takewhile
from pathlib import Path

from truceline.base.collector import collector_paused
from truceline.base.errors import InputError, IntegrityError, UnavailableError, UnknownNameError
from truceline.model.entry import Entry
from truceline.record.disk import Disk, disk_unavailable
from truceline.record.leaf import SALT_BYTES, Frontier, Head, Sealed, opened, seal_all
from truceline.record.log.database import Database
from truceline.record.log.head import HEAD, HeadFile, Told, ahead, fault_of, form_fault, sizes_of
from truceline.record.log.lists import ListCheck
from truceline.record.log.port import AGAIN, REOPEN, LogStore, refuse
from truceline.record.log.sqlite import LOG, SqliteStore
from truceline.record.tree.nodes import TREE, TreeFile, damaged, grow, rooted
from truceline.record.tree.proven import Proven


class Log:
    """Entries at positions 0, 1, 2 …; what `append` has returned for is on the disk and never changes.

    Limits: one writer, one thread at a time.
    """

    def __init__(self, folder: Path, *, store: LogStore, disk: Disk, chance: Callable[[int], bytes]) -> None:
        """Use `open_log` or `log_to_examine`."""
        self._store, self._chance = store, chance
        self._head, self._tree = HeadFile(folder / HEAD, disk=disk), TreeFile(folder / TREE, disk=disk)
        self._frontier: Frontier | None = None  # only a writer has one
        self._seen: tuple[Told, int, Head] | None = None  # a reader's: what it found of head and log, and the tree

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
        with collector_paused():
            return self._append(entries)

    def _append(self, entries: Sequence[Entry]) -> range:
        frontier = self._frontier
        assert frontier is not None, "this record was opened for reading"
        first = frontier.size
        sealed = seal_all(entries, first=first, salts=self._chance(SALT_BYTES * len(entries)))
        if not sealed:
            return range(self.size, self.size)
        grown, hashes = replace(frontier, peaks=list(frontier.peaks)), b""

        def head() -> Head:
            nonlocal hashes
            hashes = hashes or grow(grown, [row.leaf for row in sealed])
            return grown.head()

        with ExitStack() as undo:
            undo.callback(self.close)  # whether a commit took effect a fresh look at the database will tell
            self._store.insert(sealed, head)
            head()
            self._acknowledge(grown, REOPEN)
            undo.pop_all()
        if self._tree.size == first:
            with suppress(OSError):  # acknowledged already: whoever needs the tree has it completed first
                self._tree.write(first, hashes)
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

    def rows(
        self, report: Callable[[str], None] | None = None, *, first: int = 0, end: int | None = None
    ) -> Iterator[Sealed]:
        """Rows as they stand, unchecked, in order: those from `first` up to `end`, which are all of them if not said.

        Where the database cannot be read on, `report` is told why; without one that is raised.
        """
        after = first - 1 if first else -(2**63)
        try:
            yield from takewhile(lambda row: end is None or row.position < end, self._rows(None, None, after=after))
        except (IntegrityError, UnavailableError) as error:
            if report is None:
                raise
            report(f"log: the database cannot be read on: {error.problem}")

    def sealed(self, position: int) -> Sealed:
        """One row, checked. Raises: IntegrityError. UnknownNameError: the log holds no such entry."""
        found = self._store.at(position)
        if found is None:
            raise UnknownNameError(
                f"the log holds {self.size} entries.", subject=f"entry {position}", remedy="Ask for one of them."
            )
        opened(found)
        return found

    def commitments(self, first: int, count: int) -> list[bytes]:
        """As `Record.commitments`."""
        found = list(islice(self._leaves(first), count))
        if len(found) < count:
            raise UnknownNameError(
                f"the log holds {self.size} entries.", subject=f"entry {first + count - 1}", remedy="Ask for no more."
            )
        return found

    def root(self, size: int) -> bytes:
        """As `Record.root`."""
        with _disk_in_words(AGAIN):
            return self._proven().root(size)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """As `Record.inclusion`."""
        with _disk_in_words(AGAIN):
            return self._proven().inclusion(lambda: self.sealed(position).leaf, position, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """As `Record.consistency`."""
        with _disk_in_words(AGAIN):
            return self._proven().consistency(old, size)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """As `Record.tile`."""
        with _disk_in_words(AGAIN):
            return self._proven().tile(level, index, width)

    def settle(self) -> None:
        """As `Record.settle`."""
        assert self.writing, "this record was opened for reading"
        with _disk_in_words(AGAIN):
            self._proven()
            self._tree.settle()

    def kept_head(self) -> Head | None:
        """The head that the database itself keeps, or None where it keeps none."""
        return self._store.kept_head()

    def lists(self) -> ListCheck | None:
        """A check of the lists that entries are found by, for whoever reads all of them; None: there are none."""
        return self._store.lists()

    def structure_faults(self, *, deep: bool) -> list[str]:
        """What is wrong with the database's own rules; `deep` has it walk all of its rows."""
        return self._store.structure_faults(deep=deep)

    def close(self) -> None:
        """Give up the database and the writer's lock; an unfinished append is undone. Twice is allowed."""
        self._store.close()
        self._head.close()
        self._tree.close()

    def _begin(self) -> None:
        """Take the lock; create the log, or hold it against its head, and bring head and tree up to date."""
        self._store.lock()
        with _disk_in_words(AGAIN):
            told = self._head.read()
        if not self._store.open():
            refuse([] if told.missing else ["log: it is missing, and its head is there."])
            self._store.create()
        refuse(self._store.structure_faults(deep=False))
        with _disk_in_words(AGAIN):
            frontier = self._standing(told, self._store.size(), writing=True)
        if told.missing or frontier.size > told.size:
            self._store.settle()  # a stopped writer may not have synced it
            self._acknowledge(frontier, AGAIN)
        self._frontier = frontier

    def _standing(self, told: Told, size: int, *, writing: bool) -> Frontier:
        """The tree up to the log's last entry, held against the head; only what the file lacks is read of the log.

        A place of the head that is out of form is what a writer leaves who was stopped while he wrote it, if the log
        has gone on beyond the other place. Else the disk did it.
        """
        fault = form_fault(told, size) if told.missing or size <= told.size or not told.heads else ""
        kept = self._store.kept_head()
        refuse([f"head: {fault}" for fault in (fault, ahead(told, kept, size)) if fault])
        self._tree.begin(size, writing=writing)
        frontier, fault = self._completed(told, kept)
        if fault:
            everything = Frontier()
            roots = rooted(everything, self._leaves(0), sizes_of(told, kept))
            fault = fault_of(told, kept, roots, everything.size)
            refuse([f"head: {fault}"] if fault else [])
            if not writing:
                raise damaged("it does not lead to the root that the log's head tells, and the log does.")
            self._tree.begin(0, writing=True)
            frontier, fault = self._completed(told, kept)
            refuse([f"head: {fault}"] if fault else [])
        return frontier

    def _completed(self, told: Told, kept: Head | None) -> tuple[Frontier, str]:
        """The tree with what the log has beyond it, and how it disagrees with the heads."""
        sizes, begun = sizes_of(told, kept), self._tree.size
        roots = {size: self._tree.root(size).hex() for size in sizes if size <= begun}
        frontier = self._tree.frontier(begun)
        roots |= rooted(frontier, self._leaves(begun), sizes, self._tree.write)
        return frontier, fault_of(told, kept, roots, frontier.size)

    def _proven(self) -> Proven:
        """The tree as it stands, whole. Raises: OSError."""
        size = self._store.size()
        if self._frontier is not None:
            if self._tree.size < size:
                rooted(self._tree.frontier(self._tree.size), self._leaves(self._tree.size), (), self._tree.write)
            return Proven(self._tree, self._frontier.head())
        told = self._head.read()
        if self._seen is None or self._seen[:2] != (told, size):
            self._seen = (told, size, self._standing(told, size, writing=False).head())
        return Proven(self._tree, self._seen[2])

    def _acknowledge(self, frontier: Frontier, remedy: str) -> None:
        """From here on the loss of these entries would be seen."""
        with _disk_in_words(remedy):
            self._head.write(frontier.head())
        self._frontier = frontier

    def _leaves(self, first: int) -> Iterator[bytes]:
        """The commitments from entry `first` on, in order, without a gap."""
        for expected, sealed in enumerate(self._rows(None, None, after=first - 1), start=first):
            if sealed.position != expected:
                refuse([f"log: entry {sealed.position} stands where entry {expected} belongs."])
            yield sealed.leaf

    def _rows(self, kind: str | None, subject: str | None, *, after: int = -(2**63)) -> Iterator[Sealed]:
        """Page by page, so that a long reading never holds back the writer."""
        while found := self._store.page(kind=kind, subject=subject, after=after):
            for sealed in found:
                if sealed.position <= after:  # else a damaged file could lead round in a circle
                    refuse([f"log: entry {sealed.position} follows entry {after}."])
                yield sealed
                after = sealed.position


@contextmanager
def _disk_in_words(remedy: str) -> Iterator[None]:
    """What the disk refuses of head and tree."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(disk_unavailable(error, "log").problem, subject="log", remedy=remedy) from None


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
