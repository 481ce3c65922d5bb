"""The rows of the log in SQLite, in the record's own folder. The only importer of sqlite3.

Entries stand in groups. What finds them by kind and subject is a projection of them: the kinds of a group are listed at
once; places by subject (`found`) for a batch of many groups together; the newest, in no batch yet, are looked through.

Source: decision 0006; https://sqlite.org/wal.html and https://sqlite.org/pragma.html#pragma_synchronous.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cached_property
from importlib.resources import files
from itertools import accumulate, chain, islice
from pathlib import Path
from struct import Struct, pack, unpack, unpack_from
from typing import Any

import msgspec

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.record.disk import PART, Disk, disk_unavailable
from truceline.record.leaf import KEEP, Head, Sealed, commitment
from truceline.record.log.lists import BUCKETS, ListCheck, Listed, bucketed, key_of
from truceline.record.log.port import AGAIN, PAGE, REOPEN, WAIT_S

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
FORM = 3
GROUP, GROUP_BYTES = 64, 1 << 18  # most entries, and most bytes of bodies, of more than one entry
MOST_UNSEARCHED = 256  # groups that are in no batch of `found`
MANY = 128  # entries from which on the tree grows while the disk works
_DURABLE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA fullfsync=ON")
_CACHE, _SMALL_CACHE = "PRAGMA cache_size=-32768", "PRAGMA cache_size=-1024"  # KiB
_WAL = "PRAGMA wal_autocheckpoint=4000"  # pages of 4 KiB
_FORM = (f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={FORM}")
_FAILED = (sqlite3.Error, UnicodeDecodeError)  # a damaged file can put bytes that are no text into a message
_GROUPS = "SELECT first, ends, salts, leaves, bodies FROM groups"
_FROM = "first >= COALESCE((SELECT MAX(first) FROM groups WHERE first <= :next), :next)"
_UNTIL = "(SELECT IFNULL(MAX(until), 0) FROM batches)"
_PLACES = f"""SELECT found.first, keys, places FROM batches CROSS JOIN found USING (first)
WHERE bucket = :bucket AND instr(keys, :four)
UNION ALL SELECT first, keys, NULL FROM groups WHERE first >= {_UNTIL} AND instr(keys, :four)"""  # noqa: S608 - our own
_UNSEARCHED = f"SELECT first, keys FROM groups WHERE first >= {_UNTIL} ORDER BY first"  # noqa: S608 - our own
_SIZE = "SELECT first + count FROM groups ORDER BY first DESC LIMIT 1"
_UNEVEN = """SELECT first FROM groups WHERE count * 4 IS NOT length(keys) OR count * 4 IS NOT length(ends)
OR count * 32 IS NOT length(salts) OR count * 32 IS NOT length(leaves)"""
_KINDS = "SELECT first, group_concat(kind, ' ') FROM (SELECT * FROM kinds ORDER BY first, kind) GROUP BY first"
_ALL = "SELECT first, keys, substr(ends, -4), length(bodies) FROM groups ORDER BY first"
_BATCHES = "SELECT first, iif(typeof(until) = 'integer', until, -1) FROM batches ORDER BY first"
_FOUND = "SELECT * FROM found ORDER BY first, bucket"


class _About(msgspec.Struct):
    """Of a body only what finds it."""

    kind: str
    subject: str


_ABOUT = msgspec.json.Decoder(_About)
_FOUR = Struct("<I")


class SqliteStore:
    """The rows of one log, in the file `log.db`.

    Limits: not on network file systems, whose locks SQLite cannot trust.
    """

    def __init__(self, folder: Path, *, disk: Disk, writing: bool) -> None:
        """Nothing is touched before the first call."""
        self._folder, self._disk, self._writing = folder, disk, writing
        self._connections: list[sqlite3.Connection] = []  # the log, then the lock; none when closed
        self._unsearched = 0  # groups that are in no batch

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
            if self._writing and not _structure_faults(self._usable(), deep=False):
                self._unsearched = len(self._usable().execute(_UNSEARCHED).fetchall())
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
        row = self._row(_SIZE, {})
        return row[0] if row and isinstance(row[0], int) else 0

    def at(self, position: int) -> Sealed | None:
        """The row at this place."""
        row = self._row(f"{_GROUPS} WHERE first <= :at ORDER BY first DESC LIMIT 1", {"at": position})
        return None if row is None else _entry(row, position)

    def page(self, *, kind: str | None, subject: str | None, after: int) -> list[Sealed]:
        """The next rows in order behind `after`."""
        with _in_words(AGAIN):
            return list(islice(chain.from_iterable(self._rows(kind, subject, after)), PAGE))

    def last(self, kind: str, subject: str) -> Sealed | None:
        """The latest row of this kind about this subject."""
        with _in_words(AGAIN):
            places = reversed(self._places(subject, -1))
            return next((row for at in places if (row := self.at(at)) and _is_about(row, kind, subject)), None)

    def insert(self, sealed: Sequence[Sealed], head: Callable[[], Head]) -> None:
        """One transaction, synced; of many entries the head is made meanwhile."""
        groups, kinds = list[tuple[object, ...]](), list[tuple[str, int]]()
        for group in _grouped(sealed):
            groups.append(_packed(group))
            kinds += [(kind, group[0].position) for kind in {str(row.kind) for row in group}]
        connection = self._usable()
        with _in_words(REOPEN):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?, ?)", groups)
            connection.executemany("INSERT INTO kinds VALUES (?, ?)", kinds)
            self._unsearched += len(groups)
            if self._unsearched >= MOST_UNSEARCHED:
                _search(connection)
                self._unsearched = 0
            growing = self._growing.submit(head) if len(sealed) >= MANY else None
            self._disk.commit(connection.commit)
        if growing:
            growing.result()

    def _rows(self, kind: str | None, subject: str | None, after: int) -> Iterator[Sequence[Sealed]]:
        """Rows behind `after`. One that is damaged is among them, whatever is asked: it must not be passed over."""
        if subject is not None:
            found = (row for at in self._places(subject, after) if (row := self.at(at)))
            yield from ([row] for row in found if _is_about(row, kind, subject))
            return
        some = "" if kind is None else "AND first IN (SELECT first FROM kinds WHERE kind = :kind)"
        query = f"{_GROUPS} WHERE {_FROM} {some} ORDER BY first"
        for group in self._usable().execute(query, {"next": after + 1, "kind": kind}):
            rows = _entries(group)
            if kind is not None or (rows and rows[0].position <= after):
                rows = [row for row in rows if row.position > after and (kind is None or _is_about(row, kind, None))]
            yield rows

    def _places(self, subject: str, after: int) -> list[int]:
        """Where an entry about `subject` may be, behind `after`, in order: its key is there."""
        key, found = key_of(subject), list[int]()
        four = _FOUR.pack(key)
        for first, *lists in self._usable().execute(_PLACES, {"bucket": key % BUCKETS, "four": four}).fetchall():
            keys, places = lists[0], lists[1] or lists[0]
            if not isinstance(first, int) or len(_bytes(keys)) != len(_bytes(places)):
                raise sqlite3.DatabaseError("the list of subjects is out of form")
            at = [n for n in range(len(keys) // 4) if keys[n * 4 : n * 4 + 4] == four]
            found += [first + (n if lists[1] is None else _FOUR.unpack_from(places, n * 4)[0]) for n in at]
        return sorted(at for at in found if at > after)

    def lists(self) -> ListCheck:
        """A check of what entries are found by, as it stands now, on a connection of its own."""
        with _in_words(AGAIN):
            connection = _connection(self._folder, writing=False)
            self._connections.append(connection)
            connection.execute(_SMALL_CACHE)  # each page is read once
            connection.execute("BEGIN")  # what a writer adds meanwhile is not seen

        def told(query: str) -> Iterator[tuple[Any, ...]]:
            with _in_words(AGAIN):
                for row in connection.execute(query):  # noqa: UP028 - that would close it, after the connection
                    yield row

        groups = ((first, _bytes(keys), _bytes(end), length) for first, keys, end, length in told(_ALL))
        return ListCheck(Listed(groups=groups, kinds=told(_KINDS), batches=told(_BATCHES), found=told(_FOUND)))

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

    @cached_property
    def _growing(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="truceline-tree")

    def _usable(self) -> sqlite3.Connection:
        if not self._connections:
            raise UnavailableError("it is closed.", subject="log", remedy=REOPEN)
        return self._connections[0]

    def _row(self, query: str, values: Mapping[str, object]) -> tuple[object, ...] | None:
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
    for statement in ((*_DURABLE, _WAL) if writing else ()) + (_CACHE, "PRAGMA trusted_schema=OFF"):
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
    rules, expected_rules = {str(row[0]) for row in rows}, {sql for sql in SCHEMA if sql.startswith("CREATE")}
    faults += [f"log: a rule of the database is missing: {rule}." for rule in expected_rules - rules]
    faults += [f"log: a rule of the database is foreign: {rule}." for rule in rules - expected_rules]
    if deep and not faults:
        answers = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        faults += [f"log: SQLite finds: {answer}." for answer in answers if answer != "ok"]
        uneven = [first for (first,) in connection.execute(_UNEVEN)]
        faults += [f"log: the parts of the group at {first} are not of one length." for first in uneven]
    return sorted(" ".join(fault.split()) for fault in faults)


def _search(connection: sqlite3.Connection) -> None:
    """Make a batch of the groups that are in none."""
    groups = connection.execute(_UNSEARCHED).fetchall()
    keys = b"".join(_bytes(each) for _, each in groups)
    count, first = len(keys) // 4, groups[0][0]
    rows = [(first, *bucket) for bucket in bucketed(keys)]
    connection.executemany("INSERT INTO found VALUES (?, ?, ?, ?)", rows)
    connection.execute("INSERT INTO batches VALUES (?, ?)", (first, first + count))


def _grouped(sealed: Sequence[Sealed]) -> Iterator[Sequence[Sealed]]:
    """The rows in groups that are small enough to read one of them quickly."""
    for first in range(0, len(sealed), GROUP):
        yield from _halved(sealed[first : first + GROUP])


def _halved(group: Sequence[Sealed]) -> Iterator[Sequence[Sealed]]:
    if len(group) > 1 and sum([len(row.body) for row in group]) > GROUP_BYTES:
        half = len(group) // 2
        yield from _halved(group[:half])
        yield from _halved(group[half:])
    else:
        yield group


def _packed(group: Sequence[Sealed]) -> tuple[object, ...]:
    """A group as it is stored."""
    (first, *_), salts, bodies, leaves, _, subjects = zip(*group, strict=True)
    keys = pack(f"<{len(group)}I", *map(key_of, subjects))
    ends = pack(f"<{len(group)}I", *accumulate(map(len, bodies)))
    return first, len(group), keys, ends, b"".join(salts), b"".join(leaves), b"".join(bodies)


def _parts(ends: bytes, bodies: bytes) -> list[bytes]:
    """The bodies of a group as they stand, the last one to the end, whatever is said of it."""
    stops = unpack(f"<{len(ends) // 4}I", ends[: len(ends) // 4 * 4])[:-1]
    return [bodies[start:stop] for start, stop in zip((0, *stops), (*stops, len(bodies)), strict=True)]


def _entries(group: Sequence[object]) -> list[Sealed]:
    """The rows of a group as they stand; what is missing in a damaged one is empty; its leaf tells."""
    first, *parts = group
    assert isinstance(first, int), "SQLite keeps row ids as integers"
    ends, salts, leaves, bodies = map(_bytes, parts)
    cut = [_parts(ends, bodies), *([all_[at : at + 32] for at in range(0, len(all_), 32)] for all_ in (salts, leaves))]
    count = max(map(len, cut))
    found, salt, leaf = ([*each, *[b""] * (count - len(each))] for each in cut)
    return list(map(Sealed, range(first, first + count), salt, found, leaf))


def _entry(group: Sequence[object], position: int) -> Sealed | None:
    """Of a group the row at `position`, as `_entries` has it."""
    first, *parts = group
    assert isinstance(first, int), "SQLite keeps row ids as integers"
    ends, salts, leaves, bodies = map(_bytes, parts)
    n = position - first
    if n * 4 + 4 > len(ends):
        return next((one for one in _entries(group) if one.position == position), None)
    start, stop = unpack_from("<2I", bytes(4) + ends, n * 4)
    return Sealed(position, salts[n * 32 : n * 32 + 32], bodies[start:stop], leaves[n * 32 : n * 32 + 32])


def _bytes(value: object) -> bytes:
    """A damaged file can hold anything."""
    return value if isinstance(value, bytes) else b""


def _about(body: bytes) -> _About | None:
    try:
        return _ABOUT.decode(body)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None


def _is_about(row: Sealed, kind: str | None, subject: str | None) -> bool:
    """Whether a row is of this kind about this subject; a damaged one may be."""
    about = _about(row.body)
    if about is None or commitment(row.salt, row.body) != row.leaf:
        return True
    return kind in (None, about.kind) and subject in (None, about.subject)


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
