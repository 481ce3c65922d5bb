"""The secrets' store in PostgreSQL, in a schema beside the record's. The only importer of pg8000 in serve/."""

import threading
from contextlib import suppress

from pg8000.exceptions import DatabaseError, InterfaceError  # type: ignore[import-untyped]
from pg8000.native import Connection  # type: ignore[import-untyped]

from truceline.base.errors import UnavailableError
from truceline.record.log import Database
from truceline.record.log.postgres import connected
from truceline.serve.accounts.store import Row, Step

_FAILED = (DatabaseError, InterfaceError, OSError)
_ANSWER_S = 10


class PostgresTables:
    """One connection, opened again after it broke. Limits: not through a pooler that shares sessions."""

    def __init__(self, database: Database) -> None:
        """Nothing is opened before it is needed."""
        self._database, self._lock = database, threading.Lock()
        self._connection: Connection | None = None

    def run(self, *steps: Step) -> list[list[Row]]:
        """The rows each step gives; all steps take effect, or none. Raises: UnavailableError."""
        with self._lock:
            try:
                connection = self._connection or self._open()
                connection.run("BEGIN")
                found: list[list[Row]] = [list(connection.run(text, **values) or []) for text, values in steps]
                connection.run("COMMIT")
            except _FAILED as error:
                self._drop()  # which undoes what was begun
                raise UnavailableError(
                    f"the store of sessions and passwords does not answer: {type(error).__name__}.",
                    subject="accounts",
                    remedy="See to the database server, then try again: nothing was half done.",
                ) from None
            return found

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _open(self) -> Connection:
        self._connection = connected(self._database, answer_s=_ANSWER_S)
        schema = f'"{self._database.schema}_accounts"'  # letters, digits, _ and - only
        self._connection.run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._connection.run(f"SET search_path = {schema}, pg_catalog")
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_FAILED):
                connection.close()
