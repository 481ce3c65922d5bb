"""The rows of the log in PostgreSQL, one schema a mission. Beside the secrets' store the only importer of pg8000.

Source: decision 0019; PostgreSQL's manual, "Asynchronous Commit", "Advisory Locks" and "Error Codes".
"""

import hashlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pg8000.exceptions import DatabaseError, InterfaceError  # type: ignore[import-untyped]
from pg8000.native import Connection, PreparedStatement  # type: ignore[import-untyped]

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.record.disk import Disk
from truceline.record.leaf import KEEP, Head, Sealed
from truceline.record.log.database import Database
from truceline.record.log.port import AGAIN, PAGE, REOPEN, WAIT_S

_ANSWER_S = 60  # a server that says nothing for so long is not there
_FORM = "truceline record, form 1"
_HERE = files("truceline.record.log")
_SCHEMA = _HERE.joinpath("postgres.sql").read_text("utf-8").strip().split("\n\n")[1:]
_RULES = frozenset(_HERE.joinpath("postgres.rules").read_text("utf-8").splitlines())
_FAILED = (DatabaseError, InterfaceError, OSError)
_SILENT = "08"
_UNTRUSTED = "the database shows a certificate that this machine does not trust."
_UNAVAILABLE = {  # classes of SQLSTATE; whatever else it answers is against what was written
    _SILENT: "the database does not answer.",
    "25": "the database takes nothing now: it is a copy for reading.",
    "28": "the database does not let this account in.",
    "3D": "the server has no database of this name.",
    "40": "the database is busy with somebody else's work.",
    "42501": "this account may not do that in the database.",
    "53": "the database's disk or memory is full.",
    "55P03": "another process is writing to this record.",  # lock_not_available
    "57": "the database is being stopped or started, or somebody ended this session.",
    "58": "the database's disk does not answer.",
}
_SESSION = (  # settings of this session; each is asked for again, and must then be as set
    ("synchronous_commit", "on"),  # COMMIT returns when it is on the server's disk
    ("standard_conforming_strings", "on"),
    ("bytea_output", "hex"),
    ("lock_timeout", f"{int(WAIT_S * 1000)}ms"),
    ("default_transaction_isolation", "read committed"),
    ("enable_bitmapscan", "off"),  # a page is read off an index in order, whatever the planner guesses
    ("enable_seqscan", "off"),
    ("jit", "off"),
)
_KEEPALIVE = ("tcp_keepalives_idle = 20", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 4")
_NOT_OURS = ("fsync", "full_page_writes")  # the server's own; without them it forgets what it promised

# A page of rows as one value: a field costs the driver some microseconds, whatever stands in it.
_FIELDS = ("salt", "body", "leaf", "convert_to(kind, 'UTF8')", "subject")
_PACKED = "int8send(position) || " + " || ".join(f"int4send(length({name})) || {name}" for name in _FIELDS)
_PAGE = "SELECT string_agg(packed, '' ORDER BY position) FROM (%s WHERE %s ORDER BY position %s LIMIT %d) AS page"
_ROWS = f"SELECT position, {_PACKED} AS packed FROM entries"  # noqa: S608 - our own columns
_ABOUT = "subject = :subject AND sha256(subject) = sha256(:subject)"  # the latter is what the index knows
_INSERT = """INSERT INTO entries SELECT * FROM unnest(
    :position::bigint[], :salt::bytea[], :body::bytea[], :leaf::bytea[], :kind::text[], :subject::bytea[])"""
_HEAD = "UPDATE head SET size = :size, root = :root"
_SIZES = "SELECT (SELECT coalesce(max(position) + 1, 0) FROM entries), (SELECT array_agg(size) FROM head)"
_COUNTS = "SELECT (SELECT count(*) FROM entries), (SELECT array_agg(size) FROM head)"
_FOUND_RULES = """
WITH ours AS (SELECT c.* FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema))
SELECT format('relation %s %s%s', relname, relkind, relpersistence) FROM ours
UNION ALL
SELECT format('column %s.%s %s %s %s %s', relname, attnum, attname, format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN 'not null' ELSE 'null' END, coalesce(collname, '-'))
FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND relkind = 'r'
LEFT JOIN pg_collation ON pg_collation.oid = attcollation
UNION ALL
SELECT format('constraint %s %s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid, true))
FROM ours JOIN pg_constraint ON conrelid = ours.oid AND contype <> 'n'
UNION ALL
SELECT format('index %s', pg_get_indexdef(indexrelid, 0, true)) FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT format('trigger %s %s', tgenabled, pg_get_triggerdef(pg_trigger.oid, true))
FROM ours JOIN pg_trigger ON tgrelid = ours.oid AND NOT tgisinternal
UNION ALL
SELECT format('rewriting %s %s', relname, rulename) FROM ours JOIN pg_rewrite ON ev_class = ours.oid
UNION ALL
SELECT format('policy %s %s', relname, polname) FROM ours JOIN pg_policy ON polrelid = ours.oid
UNION ALL
SELECT format('function %s %s', proname, trim(regexp_replace(prosrc, '\\s+', ' ', 'g')))
FROM pg_proc WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema)
UNION ALL
SELECT format('form %s', obj_description((SELECT oid FROM pg_namespace WHERE nspname = :schema), 'pg_namespace'))
"""


class PostgresStore:
    """The rows of one log, in the mission's schema.

    Limits: not through a pooler that lends one session to several; the lock is the session's.
    """

    def __init__(self, database: Database, *, disk: Disk) -> None:
        """Connect. Raises: UnavailableError."""
        self._database, self._disk = database, disk
        self._schema = {"schema": database.schema}
        self._statements: dict[str, PreparedStatement] = {}
        self._connection: Connection | None = None
        with self._in_words(AGAIN):
            self._connection = connected(database, answer_s=_ANSWER_S)
            self._settle_session()

    def lock(self) -> None:
        """Hold an advisory lock of the session, which the server lets go when the session ends."""
        digest = hashlib.sha256(self._database.schema.encode()).digest()
        with self._in_words(AGAIN):
            self._ask("SELECT pg_advisory_lock(:key)", {"key": int.from_bytes(digest[:8], "big", signed=True)})

    def open(self) -> bool:
        """Whether the mission's schema is there."""
        with self._in_words(AGAIN):
            return bool(self._ask("SELECT 1 FROM pg_namespace WHERE nspname = :schema", self._schema))

    def create(self) -> None:
        """Schema, tables and rules in one transaction."""
        schema = self._database.schema
        with self._in_words(AGAIN):
            for statement in ("BEGIN", f'CREATE SCHEMA "{schema}"', *_SCHEMA):
                self._usable().run(statement)
            self._usable().run(f"COMMENT ON SCHEMA \"{schema}\" IS '{_FORM}'")
            self._commit()

    def settle(self) -> None:
        """Nothing: PostgreSQL shows a transaction only when it is on the disk."""

    def kept_head(self) -> Head | None:
        """The row of `head`; that there is one is a matter of structure."""
        with self._in_words(AGAIN):
            rows = self._ask("SELECT size, root FROM head")
        return Head(size=rows[0][0], root=rows[0][1].hex()) if rows else None

    def size(self) -> int:
        """How many entries there are."""
        with self._in_words(AGAIN):
            return int(self._ask(_SIZES)[0][0])

    def at(self, position: int) -> Sealed | None:
        """The row at this place."""
        query = _PAGE % (_ROWS, "position = :position", "", 1)
        with self._in_words(AGAIN):
            found = _unpacked(self._ask(query, {"position": position})[0][0] or b"")
        return found[0] if found else None

    def page(self, *, kind: str | None, subject: str | None, after: int) -> list[Sealed]:
        """The next rows in order behind `after`."""
        wanted, values = "position > :after", dict[str, object](after=after)
        if kind is not None:
            wanted, values["kind"] = f"{wanted} AND kind = :kind", kind
        if subject is not None:
            wanted, values["subject"] = f"{wanted} AND {_ABOUT}", subject.encode()
        with self._in_words(AGAIN):
            return _unpacked(self._ask(_PAGE % (_ROWS, wanted, "", PAGE), values)[0][0] or b"")

    def last(self, kind: str, subject: str) -> Sealed | None:
        """The latest row of this kind about this subject."""
        query = _PAGE % (_ROWS, f"kind = :kind AND {_ABOUT}", "DESC", 1)
        with self._in_words(AGAIN):
            found = _unpacked(self._ask(query, {"kind": kind, "subject": subject.encode()})[0][0] or b"")
        return found[0] if found else None

    def insert(self, sealed: Sequence[Sealed], head: Callable[[], Head]) -> None:
        """Rows and head in one transaction, on the server's disk when it answers."""
        columns = {
            "position": [row.position for row in sealed],
            "salt": [row.salt for row in sealed],
            "body": [row.body for row in sealed],
            "leaf": [row.leaf for row in sealed],
            "kind": [row.kind for row in sealed],
            "subject": [str(row.subject).encode() for row in sealed],
        }
        with self._in_words(REOPEN):
            self._usable().run("BEGIN")
            self._ask(_INSERT, columns)
            told = head()
            self._ask(_HEAD, {"size": told.size, "root": bytes.fromhex(told.root)})
            self._commit()

    def lists(self) -> None:
        """None: kind and subject stand beside each entry."""

    def structure_faults(self, *, deep: bool) -> list[str]:
        """What is wrong with schema, rules and head; `deep` counts every row too."""
        with self._in_words(AGAIN):
            found = {row[0] for row in self._ask(_FOUND_RULES, self._schema)}
            faults = [f"log: a rule of the database is missing: {rule}." for rule in _RULES - found]
            faults += [f"log: a rule of the database is foreign: {rule}." for rule in found - _RULES]
            if not faults:
                entries, told = self._ask(_COUNTS if deep else _SIZES)[0]
                if told != [entries]:
                    faults.append(f"log: {entries} entries, and its head in the database tells of {told}.")
        return sorted(faults)

    def close(self) -> None:
        """Give up the session, and with it the lock."""
        connection, self._connection = self._connection, None
        self._statements.clear()
        if connection is not None:
            with suppress(*_FAILED):
                connection.close()

    def _settle_session(self) -> None:
        connection = self._usable()
        for name, value in _SESSION:
            connection.run(f"SET {name} = '{value}'")
        connection.run(f'SET search_path = "{self._database.schema}", pg_catalog')
        for setting in _KEEPALIVE:
            connection.run(f"SET {setting}")
        for name, expected in (*_SESSION, *((name, "on") for name in _NOT_OURS)):
            if (found := connection.run(f"SHOW {name}")[0][0]) != expected:
                raise UnavailableError(
                    f"{name} is {found} in the database, and must be {expected}: it would forget what it promised.",
                    subject="log",
                    remedy=f"Have the server's keeper set {name} = {expected}: nothing was lost.",
                )

    def _commit(self) -> None:
        connection = self._usable()
        self._disk.commit(lambda: _commit(connection))

    def _ask(self, query: str, values: Mapping[str, object] = MappingProxyType({})) -> list[list[Any]]:
        """The rows of an answer; a statement is prepared once."""
        if query not in self._statements:
            self._statements[query] = self._usable().prepare(query)
        return self._statements[query].run(**values) or []

    def _usable(self) -> Connection:
        if self._connection is None:
            raise UnavailableError("it is closed.", subject="log", remedy=REOPEN)
        return self._connection

    @contextmanager
    def _in_words(self, remedy: str) -> Iterator[None]:
        """What the database or the disk refuses inside, sorted by what the person must do next.

        The session is then given up: what state it is in nobody knows, and with it the lock may be gone.
        """
        try:
            yield
        except _FAILED as error:
            self.close()
            raise _told(error, remedy) from None


def connected(database: Database, *, answer_s: float) -> Connection:
    """A session as the setting asks: by TLS, or by a socket of this machine. Silence of `answer_s` ends it."""
    with ExitStack() as undo:
        line = undo.enter_context(_line(database, answer_s))
        connection = Connection(
            database.user,
            host=database.host,
            database=database.name,
            password=database.password,
            ssl_context=ssl.create_default_context() if database.secret else False,
            application_name="truceline",
            sock=line,
        )
        undo.pop_all()
    return connection


def _line(database: Database, answer_s: float) -> socket.socket:
    if database.host.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(answer_s)
        line.connect(f"{database.host}/.s.PGSQL.{database.port}")
    else:
        line = socket.create_connection((database.host, database.port), timeout=answer_s)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each long statement waits 40 ms
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return line


def _commit(connection: Connection) -> None:
    connection.run("COMMIT")


def _unpacked(page: bytes) -> list[Sealed]:
    rows, at = [], 0
    while at < len(page):
        position, fields = int.from_bytes(page[at : at + 8], "big", signed=True), []
        at += 8
        for _ in _FIELDS:
            size = int.from_bytes(page[at : at + 4], "big")
            fields.append(page[at + 4 : at + 4 + size])
            at += 4 + size
        salt, body, leaf = fields[:3]
        kind, subject = (words.decode(errors="backslashreplace") for words in fields[3:])
        rows.append(Sealed(position=position, salt=salt, body=body, leaf=leaf, kind=kind, subject=subject))
    return rows


def _told(error: Exception, remedy: str) -> TrucelineError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return UnavailableError(_UNTRUSTED, subject="log", remedy=remedy)
    answer = error.args[0] if isinstance(error, DatabaseError) else {"C": _SILENT}
    code = str(answer["C"])
    if problem := _UNAVAILABLE.get(code) or _UNAVAILABLE.get(code[:2]):
        return UnavailableError(problem, subject="log", remedy=remedy)
    return IntegrityError(f"PostgreSQL refuses it: {answer['M']}.", subject="log", remedy=KEEP)
