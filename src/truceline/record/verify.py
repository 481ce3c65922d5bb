"""Verification: every byte of entries and content is held against its hash; what is wrong is said in words.

Limits: the removal of the newest entries together with their content and a rewritten head cannot be seen from
inside the folder; that takes a checkpoint which somebody else holds.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from truceline.base.collector import collector_paused
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.record.content import ContentStore, hash_of_name
from truceline.record.custody import CUSTODY
from truceline.record.disk import PART, LocalDisk, disk_unavailable
from truceline.record.log import HEAD, LOCK, LOG, Database, Log, log_to_examine
from truceline.record.log.head import followed, head_bytes
from truceline.record.log.lists import ListCheck
from truceline.record.log.walk import Part, walked
from truceline.record.record import CONTENT, Record
from truceline.record.tables import StoredTable, table_fault, table_of_entry
from truceline.record.tree.check import TreeCheck
from truceline.record.tree.nodes import HASH_BYTES, TREE

Progress = Callable[[str, int], None]  # ("content" | "entries" | "tables", how many so far)
_OURS = {LOG, f"{LOG}-wal", f"{LOG}-shm", HEAD, HEAD + PART, LOCK, CONTENT, TREE, CUSTODY, "checkpoints"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was looked at and what was found.

    A note has no effect on what the record says; a problem may have.
    """

    entries: int
    blobs: int  # pieces of content whose bytes match their name
    bytes: int  # of content read
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """No problem was found."""
        return not self.problems


@dataclass(slots=True)
class _Seen:
    """What the walk has seen so far."""

    progress: Progress
    entries: int = 0
    bytes: int = 0
    good: set[str] = field(default_factory=set)  # content that matches its name
    bad: set[str] = field(default_factory=set)  # content that does not; named once already
    named: set[str] = field(default_factory=set)  # content that an entry speaks about
    tables: list[tuple[int, StoredTable]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(record: Record, progress: Progress | None = None) -> Verification:
    """Check all of an open record, from the disk and not from memory.

    A writer may be at work. As `verify_folder`.
    """
    return verify_folder(record.folder, progress, database=record.database)


def verify_folder(folder: Path, progress: Progress | None = None, *, database: Database | None = None) -> Verification:
    """Check every entry, every piece of content and every table's root in a record's folder.

    Found: any altered byte of an entry or of content; a missing, surplus or moved entry; missing content; a
    database file that is cut, altered or of another form; files that do not belong. A file of a stopped run
    is a note.

    Args:
        folder: the mission's `record/`.
        progress: called with what is being checked and how many were.
        database: where in PostgreSQL the log is; None: in the folder, in SQLite.

    Raises: UnknownNameError: no record is here. UnavailableError: the log cannot be opened. InputError: a
        database is named, and the folder holds a log of its own.
    Limits: see the top of this file. Content is hashed in bounded memory, tables are read whole, one at a
        time.
    """
    seen = _Seen(progress=progress or _silent)
    try:
        head = head_bytes(folder / HEAD)  # before the log: a writer at work only makes the log longer
        tree = TreeCheck(folder)
    except OSError as error:
        raise disk_unavailable(error, "head") from None
    content = ContentStore(folder / CONTENT, LocalDisk())
    log = _log(folder, head, seen, database)
    try:
        with collector_paused():
            if log is not None:
                _check_log(log, walked(log, folder, database=database), (head, tree), seen)
        _check_content(content, seen)
        _check_tables(content, seen)
    finally:
        if log is not None:
            log.close()
    _check_folder(folder, seen)
    return Verification(
        entries=seen.entries,
        blobs=len(seen.good),
        bytes=seen.bytes,
        problems=tuple(seen.problems),
        notes=tuple(seen.notes),
    )


def _silent(what: str, count: int) -> None:
    """Progress that nobody watches."""


def _log(folder: Path, head: bytes | None, seen: _Seen, database: Database | None) -> Log | None:
    try:
        return log_to_examine(folder, database=database, disk=LocalDisk(), chance=os.urandom)
    except UnknownNameError:
        if head is None:
            raise
        seen.problems.append("log: it is missing, and its head is there.")
        return None


def _check_log(log: Log, parts: Iterator[Part], beside: tuple[bytes | None, TreeCheck], seen: _Seen) -> None:
    head, tree = beside
    seen.problems += log.structure_faults(deep=True)
    lists = _lists(log, seen)
    try:
        found = followed(head, _leaves(parts, lists, seen), log.kept_head(), tree=tree)
    except OSError as error:
        raise disk_unavailable(error, "tree") from None
    if found.fault:
        seen.problems.append(f"head: {found.fault}")
    elif newer := found.frontier.size - found.known:
        seen.notes.append(f"head: the log has gone on by {newer}: its writer was stopped, or is at work.")
    seen.problems += (lists.ended() if lists else []) + tree.problems
    seen.notes += tree.notes


def _lists(log: Log, seen: _Seen) -> ListCheck | None:
    try:
        return log.lists()
    except (IntegrityError, UnavailableError) as error:
        seen.problems.append(f"log: its lists cannot be read: {error.problem}")
        return None


def _leaves(parts: Iterator[Part], lists: ListCheck | None, seen: _Seen) -> Iterator[bytes]:
    for part in parts:
        seen.problems += part.faults
        seen.named |= part.hashes
        seen.entries += len(part.kinds)
        if lists:
            lists.saw(part.kinds, part.keys)
        for position, entry in part.tables:
            if (stored := table_of_entry(entry)) is None:
                seen.problems.append(f"entry {position}: it is of kind table and does not tell of one.")
            else:
                seen.tables.append((position, stored))
        seen.progress("entries", seen.entries)
        leaves = bytes(part.leaves)
        yield from (leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES))


def _check_content(content: ContentStore, seen: _Seen) -> None:
    try:
        for name in content.names():
            _check_name(content, name, seen)
            seen.progress("content", len(seen.good) + len(seen.bad))
    except UnavailableError as error:
        seen.problems.append(str(error))
    for sha256 in sorted(seen.named - seen.good - seen.bad):
        seen.problems.append(f"content {sha256}: an entry names it, and it is missing.")
    for sha256 in sorted(seen.good - seen.named):
        seen.notes.append(f"content {sha256}: no entry names it; a run was stopped, or is at work.")


def _check_name(content: ContentStore, name: str, seen: _Seen) -> None:
    shown = ascii(name)
    sha256 = hash_of_name(name)
    if sha256 is None:
        if name.endswith(PART) and hash_of_name(name.removesuffix(PART)):
            seen.notes.append(f"content file {shown}: left by a run that was stopped, or is being written.")
        else:
            seen.problems.append(f"content file {shown}: nothing of this name belongs here.")
        return
    try:
        found, size = content.measured(sha256)
    except UnavailableError as error:
        found, size = error.problem, 0
    seen.bytes += size
    (seen.good if found == sha256 else seen.bad).add(sha256)
    if found != sha256:
        seen.problems.append(f"content {sha256}: its bytes are altered; found {found}")


def _check_tables(content: ContentStore, seen: _Seen) -> None:
    done: dict[tuple[str, int, str], str] = {}
    for count, (position, stored) in enumerate(seen.tables, start=1):
        key = (stored.sha256, stored.rows, stored.rows_root)
        if stored.sha256 in seen.good and key not in done:
            done[key] = table_fault(stored, content.get(stored.sha256))
        if fault := done.get(key):
            seen.problems.append(f"entry {position}, table {stored.name}: {fault}")
        seen.progress("tables", count)


def _check_folder(folder: Path, seen: _Seen) -> None:
    for name in sorted(os.listdir(folder)):
        if name not in _OURS:
            seen.notes.append(f"file {name!a}: it is no part of the record.")
