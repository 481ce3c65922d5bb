"""The log: entries in the order they became part of the record, in SQLite. The only importer of sqlite3.

Source: decision 0006; https://sqlite.org/wal.html and https://sqlite.org/pragma.html#pragma_synchronous.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from importlib.resources import files
from pathlib import Path

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError, UnknownNameError
from truceline.model.entry import Entry
from truceline.record.disk import PART, Disk, bytes_or_none, disk_unavailable, write_whole
from truceline.record.leaf import KEEP, SALT_BYTES, Frontier, Sealed, followed, opened, seal

LOG, HEAD, LOCK = "log.db", "head", "writer.lock"
APPLICATION_ID = 0x54525543  # "TRUC"
FORM = 1  # user_version; a later form reads this one
_WAIT_S = 0.5
_PAGE = 500  # rows a query: a long reading never holds back the writer
_REOPEN = "Open the record again, which shows what arrived, and repeat the rest: nothing was lost."
_AGAIN = "Try again when it is free: nothing was lost."
_SHORT = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_DATA}
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process is writing to this record.",
    sqlite3.SQLITE_FULL: "the disk is full.",
    sqlite3.SQLITE_IOERR: "the disk does not answer.",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened.",
    sqlite3.SQLITE_READONLY: "this account may not write here.",
}

SCHEMA = tuple(files("truceline.record").joinpath("log.sql").read_text("utf-8").strip().split("\n\n")[1:])
_DURABLE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA fullfsync=ON")
_FORM = (f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={FORM}")
_FAILED = (sqlite3.Error, UnicodeDecodeError)  # a damaged file can put bytes that are no text into a message
_COUNTS = "SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM subjects)"
_ALL = """SELECT e.position AS at, e.salt, e.body, e.leaf, s.kind, s.subject
FROM entries e LEFT JOIN subjects s USING (position) WHERE e.position > ?"""
_LISTED = """SELECT s.position AS at, e.salt, e.body, e.leaf, s.kind, s.subject
FROM subjects s LEFT JOIN entries e USING (position) WHERE s.position > ?"""


class Log:
    """Entries at positions 0, 1, 2 …; what `append` has returned for is on the disk and never changes.

    Limits: one writer, one thread at a time; not on network file systems, whose locks SQLite cannot trust.
    """

    def __init__(self, folder: Path, *, disk: Disk, chance: Callable[[int], bytes]) -> None:
        """Use `open_log` or `log_to_examine`."""
        self._folder, self._disk, self._chance = folder, disk, chance
        self._connections: list[sqlite3.Connection] = []  # the log, then the lock; none when closed
        self._frontier: Frontier | None = None  # only a writer has one

    @property
    def writing(self) -> bool:
        """Whether this log was opened for writing."""
        return self._frontier is not None

    @property
    def size(self) -> int:
        """How many entries there are. Raises: IntegrityError, UnavailableError."""
        row = self._row("SELECT MAX(position) FROM entries", ())
        return row[0] + 1 if row and isinstance(row[0], int) else 0

    def append(self, entries: Sequence[Entry]) -> range:
        """Put entries at the end, all of them or none, and return their positions.

        Raises: UnavailableError: not known to be on the disk; the log is then closed, and opened again it
            shows whether they arrived. AssertionError: opened for reading, or an entry out of form.
        """
        connection, frontier = self._usable(), self._frontier
        assert frontier is not None, "this record was opened for reading"
        first = frontier.size
        places = enumerate(entries, start=first)
        sealed = [seal(entry, position=at, salt=self._chance(SALT_BYTES)) for at, entry in places]
        if not sealed:
            return range(first, first)
        with ExitStack() as undo:
            undo.callback(self.close)  # whether a commit took effect a fresh look at the file will tell
            try:
                self._insert(connection, sealed)
                self._acknowledge(frontier, sealed)
            except (*_FAILED, OSError) as error:
                raise _in_words(error, _REOPEN) from None
            undo.pop_all()
        return range(first, first + len(sealed))

    def entries(self, *, kind: str | None = None, subject: str | None = None) -> Iterator[tuple[int, Entry]]:
        """Positions and entries in order, each checked against its leaf: of one kind, of one subject, or all.

        Raises: IntegrityError: an entry is altered. UnavailableError.
        """
        query = _ALL if kind is None and subject is None else _LISTED
        values: list[str] = []
        for column, value in (("s.kind", kind), ("s.subject", subject)):
            if value is not None:
                query, values = f"{query} AND {column} = ?", [*values, value]
        for sealed in self.rows(query, values):
            yield sealed.position, opened(sealed)

    def last(self, kind: str, subject: str) -> tuple[int, Entry] | None:
        """Position and entry of the latest of this kind about this subject. Raises: as `entries`."""
        query = f"{_LISTED} AND s.kind = ? AND s.subject = ? ORDER BY at DESC LIMIT 1"
        row = self._row(query, (-1, kind, subject))
        return None if row is None else (_sealed(row).position, opened(_sealed(row)))

    def rows(
        self, query: str = _ALL, values: Sequence[str] = (), report: Callable[[str], None] | None = None
    ) -> Iterator[Sealed]:
        """Rows as they stand, unchecked, page by page, so that a long reading never holds back the writer.

        Where the file cannot be read on, `report` is told why; without one that is raised.
        """
        after: int = -(2**63)
        page = f"{query} ORDER BY at LIMIT {_PAGE}"
        try:
            while found := self._usable().execute(page, (after, *values)).fetchall():
                for sealed in map(_sealed, found):
                    if sealed.position <= after:  # else a damaged file could lead round in a circle
                        raise sqlite3.DatabaseError(f"entry {sealed.position} follows entry {after}")
                    yield sealed
                    after = sealed.position
        except _FAILED as error:
            if report is None:
                raise _in_words(error, _AGAIN) from None
            report(f"log: the database file cannot be read on: {error}.")

    def structure_faults(self, *, deep: bool) -> list[str]:
        """What is wrong with the file as a database; `deep` has SQLite walk all of it."""
        connection = self._usable()
        try:
            return _structure_faults(connection, deep=deep)
        except _FAILED as error:
            return [f"log: the database file cannot be read: {error}."]

    def close(self) -> None:
        """Give up the file and the writer's lock; an unfinished append is undone. Twice is allowed."""
        while self._connections:
            self._connections.pop(0).close()

    def _begin(self) -> None:
        """Take the lock; create the log, or hold it against its head and bring the head up to date."""
        lock = sqlite3.connect(self._folder / LOCK, timeout=_WAIT_S, isolation_level=None)
        self._connections.append(lock)
        lock.execute("PRAGMA journal_mode=MEMORY")  # no file beside it
        lock.execute("BEGIN EXCLUSIVE")  # an empty database, let go however the process ends
        head = bytes_or_none(self._folder / HEAD)
        if not (self._folder / LOG).exists():
            _refuse([] if head is None else ["log: it is missing, and its head is there."])
            _create(self._folder, self._disk)
        connection = _connection(self._folder, writing=True)
        self._connections.insert(0, connection)
        _refuse(_structure_faults(connection, deep=False))
        seen = followed(head, (sealed.leaf for sealed in self.rows()))
        _refuse([f"head: {seen.fault}"] if seen.fault else [])
        if head is None or seen.frontier.size > seen.known:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a stopped writer may not have synced it
            self._acknowledge(seen.frontier, [])
        self._frontier = seen.frontier

    def _insert(self, connection: sqlite3.Connection, sealed: list[Sealed]) -> None:
        rows = [(row.position, row.salt, row.body, row.leaf) for row in sealed]
        listed = [(row.position, row.kind, row.subject) for row in sealed]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO subjects VALUES (?, ?, ?)", listed)
        self._disk.commit(connection.commit)

    def _acknowledge(self, frontier: Frontier, sealed: list[Sealed]) -> None:
        """From here on the loss of these entries would be seen."""
        for row in sealed:
            frontier.add(row.leaf)
        write_whole(self._disk, self._folder / HEAD, frontier.head().text(), 0o644)

    def _usable(self) -> sqlite3.Connection:
        if not self._connections:
            raise UnavailableError("it is closed.", subject="log", remedy=_REOPEN)
        return self._connections[0]

    def _row(self, query: str, values: Sequence[object]) -> tuple[object, ...] | None:
        try:
            row: tuple[object, ...] | None = self._usable().execute(query, values).fetchone()
        except _FAILED as error:
            raise _in_words(error, _AGAIN) from None
        return row


def open_log(folder: Path, *, writing: bool, disk: Disk, chance: Callable[[int], bytes]) -> Log:
    """The log in `folder`; for writing it is created where there is none, locked, and held against its head.

    Raises: UnknownNameError: nothing to read. UnavailableError: another writer, disk. IntegrityError.
    """
    log = (Log if writing else log_to_examine)(folder, disk=disk, chance=chance)
    with ExitStack() as undo:
        undo.callback(log.close)
        try:
            if writing:
                log._begin()
            else:
                _refuse(_structure_faults(log._usable(), deep=False))
        except (*_FAILED, OSError) as error:
            raise _in_words(error, _AGAIN) from None
        undo.pop_all()
    return log


def log_to_examine(folder: Path, *, disk: Disk, chance: Callable[[int], bytes]) -> Log:
    """The log in `folder` for reading, however damaged.

    Raises: UnknownNameError: there is none. UnavailableError.
    """
    if not (folder / LOG).exists():
        raise UnknownNameError("no record is here.", subject="record", remedy="Run the mission to begin one.")
    log = Log(folder, disk=disk, chance=chance)
    try:
        log._connections.append(_connection(folder, writing=False))
    except _FAILED as error:
        raise _in_words(error, _AGAIN) from None
    return log


def _connection(folder: Path, *, writing: bool) -> sqlite3.Connection:
    path = folder / LOG
    mode = "rw" if writing else "ro"
    if not writing and not os.access(folder, os.W_OK) and not path.with_name(f"{LOG}-wal").exists():
        mode = "ro&immutable=1"  # a medium that cannot be written has nobody who could change it meanwhile
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode(errors="backslashreplace")
    for statement in (_DURABLE if writing else ()) + ("PRAGMA trusted_schema=OFF",):
        connection.execute(statement)
    return connection


def _create(folder: Path, disk: Disk) -> None:
    """An empty log, whole from the moment it carries its name."""
    part = folder / (LOG + PART)
    beside = [part.with_name(part.name + suffix) for suffix in ("", "-journal", "-wal", "-shm")]
    try:
        for path in beside:
            path.unlink(missing_ok=True)
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            for statement in (*_DURABLE, "BEGIN IMMEDIATE", *_FORM, *SCHEMA):
                connection.execute(statement)
            disk.commit(connection.commit)
        disk.rename(part, folder / LOG)
        disk.sync_folder(folder)
    finally:
        for path in beside:
            path.unlink(missing_ok=True)


def _structure_faults(connection: sqlite3.Connection, *, deep: bool) -> list[str]:
    faults: list[str] = []
    for pragma, expected in (("application_id", APPLICATION_ID), ("user_version", FORM)):
        if (found := connection.execute(f"PRAGMA {pragma}").fetchone()[0]) != expected:
            faults.append(f"log: {pragma} is {found}, and this version of Truceline writes {expected}.")
    rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
    rules, expected_rules = {str(row[0]) for row in rows}, set(SCHEMA)
    faults += [f"log: a rule of the database is missing: {rule}." for rule in expected_rules - rules]
    faults += [f"log: a rule of the database is foreign: {rule}." for rule in rules - expected_rules]
    if deep:
        answers = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        faults += [f"log: SQLite finds: {answer}." for answer in answers if answer != "ok"]
        entries, listed = connection.execute(_COUNTS).fetchone()
        faults += [f"log: {entries} entries, and {listed} listed."] if entries != listed else []
    return sorted(" ".join(fault.split()) for fault in faults)


def _sealed(row: tuple[object, ...]) -> Sealed:
    """A row as stored; a value of a type the log never writes becomes an empty one; its leaf tells."""
    at, salt, body, leaf, kind, subject = row
    assert isinstance(at, int), "SQLite keeps row ids as integers"
    blobs = [value if isinstance(value, bytes) else b"" for value in (salt, body, leaf)]
    texts = [value if isinstance(value, str) else "" for value in (kind, subject)]
    return Sealed(position=at, salt=blobs[0], body=blobs[1], leaf=blobs[2], kind=texts[0], subject=texts[1])


def _in_words(error: Exception, remedy: str) -> TrucelineError:
    """What SQLite or the disk refused, sorted by what the person must do next."""
    if isinstance(error, OSError):
        return UnavailableError(disk_unavailable(error, "log").problem, subject="log", remedy=remedy)
    assert not isinstance(error, sqlite3.ProgrammingError), str(error)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code not in _SHORT and code & 0xFF in _UNAVAILABLE:
        return UnavailableError(_UNAVAILABLE[code & 0xFF], subject="log", remedy=remedy)
    return IntegrityError(f"SQLite refuses it: {error}.", subject="log", remedy=KEEP)


def _refuse(faults: list[str]) -> None:
    if faults:
        subject, _, problem = faults[0].partition(": ")
        raise IntegrityError(problem, subject=subject, remedy=KEEP)
