"""What must be secret, or passes: hashes of passwords, sessions and keys, identities, failed attempts.

Kept apart from the record, which never forgets (decision 0023). Here in SQLite, in a file of its own that only the
server's user may read; in postgres.py the same in PostgreSQL. The only importer of sqlite3 in serve/.

Nothing here opens anything by itself: an account, a role or a key that the book does not name is none.
"""

import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from truceline.base.errors import UnavailableError
from truceline.base.units import US_PER_S

FILE = "accounts.db"
SESSIONS_MAX = 10  # of one account; an eleventh ends the one that was used least recently
FAILURES_KEPT_S = 86_400
ADDRESSES_KEPT_S = 30 * 86_400
FAILURES_MAX = 100_000
_WAIT_S = 5

Value = str | int
Row = Sequence[object]
Step = tuple[str, Mapping[str, Value]]

# Read by SQLite and PostgreSQL alike. Hashes are hexadecimal text.
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS account_passwords(account TEXT PRIMARY KEY, hash TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS account_sessions(id_hash TEXT PRIMARY KEY, account TEXT NOT NULL,
        standing BIGINT NOT NULL, made_at_us BIGINT NOT NULL, used_at_us BIGINT NOT NULL,
        proved_at_us BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS account_sessions_of ON account_sessions(account)",
    "CREATE TABLE IF NOT EXISTS account_keys(prefix TEXT PRIMARY KEY, hash TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS account_identities(issuer TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL,
        PRIMARY KEY(issuer, subject))""",
    """CREATE TABLE IF NOT EXISTS account_failures(scope TEXT PRIMARY KEY, failures BIGINT NOT NULL,
        last_at_us BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS account_addresses(account TEXT NOT NULL, address TEXT NOT NULL,
        last_at_us BIGINT NOT NULL, PRIMARY KEY(account, address))""",
    """CREATE TABLE IF NOT EXISTS account_visits(state_hash TEXT PRIMARY KEY, nonce TEXT NOT NULL,
        verifier TEXT NOT NULL, made_at_us BIGINT NOT NULL)""",
)


class Tables(Protocol):
    """The two databases, as little as is needed of them. Safe to call from several threads."""

    def run(self, *steps: Step) -> list[list[Row]]:
        """The rows each step gives; all steps take effect, or none. Raises: UnavailableError."""

    def close(self) -> None:
        """Give it up. Twice is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in that still lives. `standing`: the account's, when it signed in; `proved`: by password or issuer."""

    id_hash: str
    account: str
    standing: int
    made_at_us: int
    used_at_us: int
    proved_at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failed attempts at one scope, none where there were none lately."""

    count: int = 0
    last_at_us: int = 0


class SecretStore:
    """The questions and changes, in words. Names of accounts come folded."""

    def __init__(self, tables: Tables) -> None:
        """Make the tables where they are missing. Raises: UnavailableError."""
        self._tables = tables
        tables.run(*((statement, {}) for statement in SCHEMA))

    def close(self) -> None:
        """Give the tables up."""
        self._tables.close()

    # --- passwords

    def password_hash(self, account: str) -> str:
        """The hash; empty where the account has no password."""
        rows = self._rows("SELECT hash FROM account_passwords WHERE account = :account", {"account": account})
        return _text(rows, "")

    def keep_password(self, account: str, hashed: str) -> None:
        """Set the password; every session of the account ends."""
        self._tables.run(
            (
                """INSERT INTO account_passwords(account, hash) VALUES (:account, :hash)
                ON CONFLICT(account) DO UPDATE SET hash = excluded.hash""",
                {"account": account, "hash": hashed},
            ),
            ("DELETE FROM account_sessions WHERE account = :account", {"account": account}),
        )

    def refresh_hash(self, account: str, old: str, new: str) -> None:
        """The same password, hashed with newer parameters; nothing where it was changed meanwhile."""
        self._rows(
            "UPDATE account_passwords SET hash = :new WHERE account = :account AND hash = :old RETURNING account",
            {"account": account, "old": old, "new": new},
        )

    # --- sessions

    def keep_session(self, session: Session, *, replacing: str = "") -> None:
        """Add a session in place of `replacing`, and end what an account has too many of."""
        mine: dict[str, Value] = {"account": session.account}
        self._tables.run(
            ("DELETE FROM account_sessions WHERE id_hash = :id_hash", {"id_hash": replacing}),
            (
                """DELETE FROM account_sessions WHERE account = :account AND id_hash NOT IN
                (SELECT id_hash FROM account_sessions WHERE account = :account
                ORDER BY used_at_us DESC, id_hash LIMIT :most)""",
                {**mine, "most": SESSIONS_MAX - 1},
            ),
            (
                """INSERT INTO account_sessions(id_hash, account, standing, made_at_us, used_at_us, proved_at_us)
                VALUES (:id_hash, :account, :standing, :made, :used, :proved)""",
                {
                    **mine,
                    "id_hash": session.id_hash,
                    "standing": session.standing,
                    "made": session.made_at_us,
                    "used": session.used_at_us,
                    "proved": session.proved_at_us,
                },
            ),
        )

    def session(self, id_hash: str) -> Session | None:
        """The session, whether or not it still holds."""
        rows = self._rows(
            """SELECT id_hash, account, standing, made_at_us, used_at_us, proved_at_us FROM account_sessions
            WHERE id_hash = :id_hash""",
            {"id_hash": id_hash},
        )
        return _session(rows[0]) if rows else None

    def sessions(self, account: str) -> list[Session]:
        """The account's sessions, the one used last first."""
        rows = self._rows(
            """SELECT id_hash, account, standing, made_at_us, used_at_us, proved_at_us FROM account_sessions
            WHERE account = :account ORDER BY used_at_us DESC, id_hash""",
            {"account": account},
        )
        return [_session(row) for row in rows]

    def use_session(self, id_hash: str, at_us: int) -> None:
        """It was used at this moment."""
        self._rows(
            "UPDATE account_sessions SET used_at_us = :at WHERE id_hash = :id_hash RETURNING id_hash",
            {"id_hash": id_hash, "at": at_us},
        )

    def end_session(self, account: str, start: str) -> int:
        """End the account's sessions whose hash begins so ("" is all of them); how many ended."""
        ended = self._rows(
            """DELETE FROM account_sessions WHERE account = :account AND substr(id_hash, 1, :length) = :start
            RETURNING id_hash""",
            {"account": account, "start": start, "length": len(start)},
        )
        return len(ended)

    # --- API keys

    def keep_key(self, prefix: str, hashed: str) -> None:
        """Keep the hash of a new key."""
        values: dict[str, Value] = {"prefix": prefix, "hash": hashed}
        self._rows("INSERT INTO account_keys(prefix, hash) VALUES (:prefix, :hash) RETURNING prefix", values)

    def key_hash(self, prefix: str) -> str:
        """The hash of the key; empty where there is none."""
        return _text(self._rows("SELECT hash FROM account_keys WHERE prefix = :prefix", {"prefix": prefix}), "")

    def forget_key(self, prefix: str) -> None:
        """It opens nothing any more."""
        self._rows("DELETE FROM account_keys WHERE prefix = :prefix RETURNING prefix", {"prefix": prefix})

    # --- identities at an issuer

    def link(self, issuer: str, subject: str, account: str) -> None:
        """This identity opens this account from now on, and no other."""
        self._rows(
            """INSERT INTO account_identities(issuer, subject, account) VALUES (:issuer, :subject, :account)
            ON CONFLICT(issuer, subject) DO UPDATE SET account = excluded.account RETURNING account""",
            {"issuer": issuer, "subject": subject, "account": account},
        )

    def linked(self, issuer: str, subject: str) -> str:
        """The account that this identity opens; empty: none."""
        rows = self._rows(
            "SELECT account FROM account_identities WHERE issuer = :issuer AND subject = :subject",
            {"issuer": issuer, "subject": subject},
        )
        return _text(rows, "")

    def keep_visit(self, state_hash: str, nonce: str, verifier: str, at_us: int) -> None:
        """Somebody was sent to the issuer."""
        self._rows(
            """INSERT INTO account_visits(state_hash, nonce, verifier, made_at_us)
            VALUES (:state, :nonce, :verifier, :at) RETURNING state_hash""",
            {"state": state_hash, "nonce": nonce, "verifier": verifier, "at": at_us},
        )

    def take_visit(self, state_hash: str, *, since_us: int) -> tuple[str, str] | None:
        """Nonce and verifier of a visit that began since then, once."""
        rows = self._rows(
            "DELETE FROM account_visits WHERE state_hash = :state RETURNING nonce, verifier, made_at_us",
            {"state": state_hash},
        )
        return (str(rows[0][0]), str(rows[0][1])) if rows and _whole(rows[0][2]) >= since_us else None

    # --- failed attempts

    def failures(self, scope: str) -> Failures:
        """How often it failed there, and when last."""
        rows = self._rows("SELECT failures, last_at_us FROM account_failures WHERE scope = :scope", {"scope": scope})
        return Failures(count=_whole(rows[0][0]), last_at_us=_whole(rows[0][1])) if rows else Failures()

    def add_failure(self, scopes: Sequence[str], at_us: int) -> None:
        """It failed once more, in each scope."""
        statement = """INSERT INTO account_failures(scope, failures, last_at_us) VALUES (:scope, 1, :at)
            ON CONFLICT(scope) DO UPDATE SET failures = account_failures.failures + 1,
            last_at_us = excluded.last_at_us"""
        steps: list[Step] = [(statement, {"scope": scope, "at": at_us}) for scope in scopes]
        self._tables.run(*steps)

    def clear_failures(self, scopes: Sequence[str]) -> None:
        """It succeeded: count from nought again."""
        statement = "DELETE FROM account_failures WHERE scope = :scope"
        self._tables.run(*((statement, {"scope": scope}) for scope in scopes))

    def keep_address(self, account: str, address: str, at_us: int) -> None:
        """The account was opened from this address."""
        self._rows(
            """INSERT INTO account_addresses(account, address, last_at_us) VALUES (:account, :address, :at)
            ON CONFLICT(account, address) DO UPDATE SET last_at_us = excluded.last_at_us RETURNING account""",
            {"account": account, "address": address, "at": at_us},
        )

    def knows_address(self, account: str, address: str) -> bool:
        """Whether the account was opened from there lately."""
        rows = self._rows(
            "SELECT 1 FROM account_addresses WHERE account = :account AND address = :address",
            {"account": account, "address": address},
        )
        return bool(rows)

    def forget_the_past(self, now_us: int, *, sessions_since_us: int, visits_since_us: int) -> None:
        """Delete what no longer matters: old sessions, failures, addresses, visits; failures beyond a number."""
        self._tables.run(
            ("DELETE FROM account_sessions WHERE made_at_us < :since", {"since": sessions_since_us}),
            ("DELETE FROM account_visits WHERE made_at_us < :since", {"since": visits_since_us}),
            (
                "DELETE FROM account_failures WHERE last_at_us < :since",
                {"since": now_us - FAILURES_KEPT_S * US_PER_S},
            ),
            (
                """DELETE FROM account_failures WHERE scope NOT IN
                (SELECT scope FROM account_failures ORDER BY last_at_us DESC LIMIT :most)""",
                {"most": FAILURES_MAX},
            ),
            (
                "DELETE FROM account_addresses WHERE last_at_us < :since",
                {"since": now_us - ADDRESSES_KEPT_S * US_PER_S},
            ),
        )

    def _rows(self, statement: str, values: Mapping[str, Value]) -> list[Row]:
        return self._tables.run((statement, values))[0]


class EmbeddedTables:
    """One SQLite file, readable by this user alone. Limits: not on network file systems."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`/accounts.db, making both where they are missing. Raises: UnavailableError."""
        path = folder / FILE
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            path.chmod(0o600)  # SQLite gives its files beside this one the same mode
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF"):
                self._connection.execute(f"PRAGMA {pragma}")
        except (OSError, sqlite3.Error) as error:
            raise _unavailable(error) from None
        self._lock = threading.Lock()

    def run(self, *steps: Step) -> list[list[Row]]:
        """The rows each step gives; all steps take effect, or none. Raises: UnavailableError."""
        with self._lock:
            try:
                if len(steps) == 1:
                    return [self._connection.execute(*steps[0]).fetchall()]
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    found: list[list[Row]] = [self._connection.execute(*step).fetchall() for step in steps]
                    self._connection.execute("COMMIT")
                finally:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise _unavailable(error) from None
            return found

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _unavailable(error: Exception) -> UnavailableError:
    return UnavailableError(
        f"the store of sessions and passwords does not answer: {error}.",
        subject=FILE,
        remedy="See to the disk. Were the file lost, the record still holds the accounts; set their passwords anew.",
    )


def _session(row: Row) -> Session:
    return Session(
        id_hash=str(row[0]),
        account=str(row[1]),
        standing=_whole(row[2]),
        made_at_us=_whole(row[3]),
        used_at_us=_whole(row[4]),
        proved_at_us=_whole(row[5]),
    )


def _text(rows: Sequence[Row], otherwise: str) -> str:
    return str(rows[0][0]) if rows else otherwise


def _whole(value: object) -> int:
    assert isinstance(value, int), f"a whole number, not {value!r}"
    return value
