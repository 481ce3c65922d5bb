"""The rows of the log in SQLite, in the record's own folder. The only importer of sqlite3.

Source: decision 0006; https://sqlite.org/wal.html and https://sqlite.org/pragma.html#pragma_synchronous.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.record.disk import PART, Disk, disk_unavailable
from truceline.record.leaf import KEEP, Head, Sealed
from truceline.record.log.port import AGAIN, FORM, PAGE, REOPEN, WAIT_S

LOG, LOCK = "log.db", "writer.lock"
APPLICATION_ID = 0x54525543  # "TRUC"
_SHORT = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_DATA}
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process is writing to this record.",
    sqlite3.SQLITE_FULL: "the disk is full.",
    sqlite3.SQLITE_IOERR: "the disk does not answer.",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened.",
    sqlite3.SQLITE_READONLY: "this account may not write here.",
}

SCHEMA = tuple(files("truceline.record.log").joinpath("sqlite.sql").read_text("utf-8").strip().split("\n\n")[1:])
_DURABLE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA fullfsync=ON")
_FORM = (f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={FORM}")
_FAILED = (sqlite3.Error, UnicodeDecodeError)  # a damaged file can put bytes that are no text into a message
_COUNTS = "SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM subjects)"
_ALL = """SELECT e.position AS at, e.salt, e.body, e.leaf, s.kind, s.subject
FROM entries e LEFT JOIN subjects s USING (position) WHERE e.position > ?"""
_LISTED = """SELECT s.position AS at, e.salt, e.body, e.leaf, s.kind, s.subject
FROM subjects s LEFT JOIN entries e USING (position) WHERE s.position > ?"""


class SqliteStore:
    """The rows of one log, in the file `log.db`.

    Limits: not on network file systems, whose locks SQLite cannot trust.
    """

    def __init__(self, folder: Path, *, disk: Disk, writing: bool) -> None:
        """Nothing is touched before the first call."""
        self._folder, self._disk, self._writing = folder, disk, writing
        self._connections: list[sqlite3.Connection] = []  # the log, then the lock; none when closed

    def lock(self) -> None:
        """Hold an empty database's lock, which is let go however the process ends."""
        with _in_words(AGAIN):
            lock = sqlite3.connect(self._folder / LOCK, timeout=WAIT_S, isolation_level=None)
            self._connections.append(lock)
            lock.execute("PRAGMA journal_mode=MEMORY")  # no file beside it
            lock.execute("BEGIN EXCLUSIVE")

    def open(self) -> bool:
        """Open the file, where there is one."""
        if not (self._folder / LOG).exists():
            return False
        with _in_words(AGAIN):
            self._connections.insert(0, _connection(self._folder, writing=self._writing))
        return True

    def create(self) -> None:
        """Born under another name and renamed."""
        with _in_words(AGAIN):
            _create(self._folder, self._disk)
        self.open()

    def settle(self) -> None:
        """Fold the write-ahead log in."""
        with _in_words(AGAIN):
            self._usable().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def kept_head(self) -> Head | None:
        """None: the head is a file beside it."""
        return None

    def size(self) -> int:
        """How many entries there are."""
        row = self._row("SELECT MAX(position) FROM entries", ())
        return row[0] + 1 if row and isinstance(row[0], int) else 0

    def page(self, *, kind: str | None, subject: str | None, after: int) -> list[Sealed]:
        """The next rows in order behind `after`."""
        query, values = _ALL if kind is None and subject is None else _LISTED, list[str]()
        for column, value in (("s.kind", kind), ("s.subject", subject)):
            if value is not None:
                query, values = f"{query} AND {column} = ?", [*values, value]
        with _in_words(AGAIN):
            found = self._usable().execute(f"{query} ORDER BY at LIMIT {PAGE}", (after, *values)).fetchall()
            return list(map(_sealed, found))

    def last(self, kind: str, subject: str) -> Sealed | None:
        """The latest row of this kind about this subject."""
        query = f"{_LISTED} AND s.kind = ? AND s.subject = ? ORDER BY at DESC LIMIT 1"
        row = self._row(query, (-1, kind, subject))
        return None if row is None else _sealed(row)

    def insert(self, sealed: Sequence[Sealed], head: Head) -> None:  # noqa: ARG002 - the head is a file here
        """One transaction, synced."""
        rows = [(row.position, row.salt, row.body, row.leaf) for row in sealed]
        listed = [(row.position, row.kind, row.subject) for row in sealed]
        connection = self._usable()
        with _in_words(REOPEN):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
            connection.executemany("INSERT INTO subjects VALUES (?, ?, ?)", listed)
            self._disk.commit(connection.commit)

    def structure_faults(self, *, deep: bool) -> list[str]:
        """What is wrong with the file as a database; `deep` has SQLite walk all of it."""
        connection = self._usable()
        try:
            return _structure_faults(connection, deep=deep)
        except _FAILED as error:
            return [f"log: the database file cannot be read: {error}."]

    def close(self) -> None:
        """Give up the file and the writer's lock; an unfinished append is undone."""
        while self._connections:
            self._connections.pop(0).close()

    def _usable(self) -> sqlite3.Connection:
        if not self._connections:
            raise UnavailableError("it is closed.", subject="log", remedy=REOPEN)
        return self._connections[0]

    def _row(self, query: str, values: Sequence[object]) -> tuple[object, ...] | None:
        with _in_words(AGAIN):
            row: tuple[object, ...] | None = self._usable().execute(query, values).fetchone()
            return row


def _connection(folder: Path, *, writing: bool) -> sqlite3.Connection:
    path = folder / LOG
    mode = "rw" if writing else "ro"
    if not writing and not os.access(folder, os.W_OK) and not path.with_name(f"{LOG}-wal").exists():
        mode = "ro&immutable=1"  # a medium that cannot be written has nobody who could change it meanwhile
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=WAIT_S, isolation_level=None)
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
    return Sealed(
        position=at,
        salt=salt if isinstance(salt, bytes) else b"",
        body=body if isinstance(body, bytes) else b"",
        leaf=leaf if isinstance(leaf, bytes) else b"",
        kind=kind if isinstance(kind, str) else "",
        subject=subject if isinstance(subject, str) else "",
    )


@contextmanager
def _in_words(remedy: str) -> Iterator[None]:
    """What SQLite or the disk refuses inside, sorted by what the person must do next."""
    try:
        yield
    except (*_FAILED, OSError) as error:
        raise _told(error, remedy) from None


def _told(error: Exception, remedy: str) -> TrucelineError:
    if isinstance(error, OSError):
        return UnavailableError(disk_unavailable(error, "log").problem, subject="log", remedy=remedy)
    assert not isinstance(error, sqlite3.ProgrammingError), str(error)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code not in _SHORT and code & 0xFF in _UNAVAILABLE:
        return UnavailableError(_UNAVAILABLE[code & 0xFF], subject="log", remedy=remedy)
    return IntegrityError(f"SQLite refuses it: {error}.", subject="log", remedy=KEEP)
