"""The log: entries in the order they became part of the record, in SQLite or in PostgreSQL."""

from truceline.record.log.database import Database, database_of
from truceline.record.log.head import HEAD
from truceline.record.log.log import Log, log_to_examine, open_log
from truceline.record.log.sqlite import LOCK, LOG

__all__ = ["HEAD", "LOCK", "LOG", "Database", "Log", "database_of", "log_to_examine", "open_log"]
