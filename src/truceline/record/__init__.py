"""The record: what was known, by whom, when, from which bytes, so that a stranger can check it.

In: bytes (raw files, tables) and `model.entry.Entry`; times come with the entry, never from a clock here.
Out: positions, hashes, entries and tables read back; `Verification`; proofs that a row is in a table, that an
    entry is in the log, and that the log only grew; tiles.
Promises: what `put` and `append` returned is on the disk and never changes; all of an append or none; one
    writer; any altered byte of entries or content is found by `verify`; an equal run adds nothing
    (`append_if_new`, `put_table`); no proof leaves unchecked.
Trusts: the disk, or a database server, to keep what it said it has synced; their locks; SHA-256. Until
    checkpoints are signed and held by others, it trusts that nobody rewrites the end of the log and the head
    together.
To change how bytes are kept open `content.py`; the log, `log/log.py`; where its rows are, `log/sqlite.py` and
    `log/postgres.py`; what a leaf commits to, `leaf.py`; the head, `log/head.py`; the tree's hashes, its proofs
    and tiles, `tree/`; the canonical form of a row and its proof, `base/rows.py`; tables, `tables.py`; what is
    checked, `verify.py`; the storage calls, `disk.py`; what joins them, `record.py`. Why it is so:
    `docs/decisions/0006-record-leaves.md`, `0019-postgresql.md`, `0033-proof.md`.
"""

from truceline.base.rows import RowPath, RowTree, canonical_rows, row_is_under, row_path
from truceline.record.disk import Disk, LocalDisk
from truceline.record.log import Database, database_of
from truceline.record.record import KeptFrame, NewFrame, Record, open_record
from truceline.record.tables import Derivation, StoredTable
from truceline.record.tree.sealing import FrameSealer
from truceline.record.verify import Verification, verify, verify_folder

__all__ = [
    "Database",
    "Derivation",
    "Disk",
    "FrameSealer",
    "KeptFrame",
    "LocalDisk",
    "NewFrame",
    "Record",
    "RowPath",
    "RowTree",
    "StoredTable",
    "Verification",
    "canonical_rows",
    "database_of",
    "open_record",
    "row_is_under",
    "row_path",
    "verify",
    "verify_folder",
]
