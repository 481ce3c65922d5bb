"""The walk over all entries of a log for verification: each is examined; of a long log by several processes at once.

Parts of the log do not depend on each other; what joins them, the tree and the lists, is for whoever asked.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from subprocess import PIPE
from typing import IO

from truceline.base.collector import collector_paused
from truceline.base.errors import TrucelineError, UnavailableError
from truceline.model.entry import Entry
from truceline.record.disk import LocalDisk
from truceline.record.leaf import Sealed, examined
from truceline.record.log.database import Database
from truceline.record.log.lists import key_of
from truceline.record.log.log import Log, log_to_examine
from truceline.record.tables import KIND
from truceline.record.tree.nodes import HASH_BYTES

PART = 1 << 14  # entries
_APART = "import sys; sys.path[:] = sys.argv[1:]; from truceline.record.log.walk import examine_apart; examine_apart()"
LONG = 8 * PART  # entries from which on it pays to begin other processes: each takes about a second to begin


@dataclass(slots=True)
class Part:
    """What some entries that follow each other told."""

    leaves: bytearray = field(default_factory=bytearray)  # commitments, 32 bytes each
    kinds: list[str] = field(default_factory=list)  # of each entry; empty: it cannot be read
    keys: list[int] = field(default_factory=list)  # of each entry's subject
    hashes: set[str] = field(default_factory=set)  # of content that an entry speaks about
    tables: list[tuple[int, Entry]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def walked(log: Log, folder: Path, *, database: Database | None) -> Iterator[Part]:
    """All of a log, part by part, in order, in memory that does not grow with it.

    Raises: UnavailableError: a process that examined parts of it has ended.
    """
    size = _size(log)
    if size < LONG or (processes := os.cpu_count() or 1) == 1:
        faults = list[str]()
        yield from _parts(log.rows(faults.append), 0, faults)
        return
    firsts = range(0, size, PART)
    ends = [*firsts[1:], None]
    with ExitStack() as running:
        turns = [_Turn(folder=folder, database=database, each=(number, processes)) for number in range(processes)]
        told = [running.enter_context(_apart(turn, list(zip(firsts, ends, strict=True)))) for turn in turns]
        for number in range(len(firsts)):
            yield from _next_of(told[number % processes])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What a process of its own examines: each n-th part of the log in a folder."""

    folder: Path
    database: Database | None
    each: tuple[int, int]  # which, of how many


@contextmanager
def _apart(turn: _Turn, bounds: list[tuple[int, int | None]]) -> Iterator[IO[bytes]]:
    """The answers of a process that examines its parts; it is ended if they are not read to the end.

    Not by `multiprocessing`, whose processes first run again what the caller's script does.
    """
    with ExitStack() as ended:
        try:
            process = subprocess.Popen([sys.executable, "-c", _APART, *sys.path], stdin=PIPE, stdout=PIPE)
            ended.callback(process.wait)
            ended.callback(process.kill)
            asked, told = process.stdin, process.stdout
            assert asked is not None, "it was asked for"
            assert told is not None, "it was asked for"
            ended.callback(told.close)
            with asked:
                pickle.dump((turn, bounds), asked)
        except OSError:
            raise _gone() from None
        yield told


def examine_apart() -> None:
    """Answer what stands on standard input: for a process of its own."""
    turn, bounds = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that began this one
    for first, end in bounds[turn.each[0] :: turn.each[1]]:
        pickle.dump(_examined_part(turn, first, end), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


def _next_of(told: IO[bytes]) -> list[Part]:
    try:
        parts: list[Part] = pickle.load(told)  # noqa: S301 - from a process that this one began
        return parts
    except (EOFError, OSError, pickle.UnpicklingError):
        raise _gone() from None


def _gone() -> UnavailableError:
    return UnavailableError(
        "a process that was to examine a part of it could not begin, or has ended.",
        subject="log",
        remedy="Verify it again; if that recurs, see why the system ends processes: too little memory, perhaps.",
    )


def _examined_part(turn: _Turn, first: int, end: int | None) -> list[Part]:
    faults = list[str]()
    try:
        log = log_to_examine(turn.folder, database=turn.database, disk=LocalDisk(), chance=os.urandom)
    except TrucelineError as error:
        return [Part(faults=[f"log: it cannot be opened again: {error.problem}"])]
    try:
        with collector_paused():
            return list(_parts(log.rows(faults.append, first=first, end=end), first, faults))
    finally:
        log.close()


def _size(log: Log) -> int:
    try:
        return log.size
    except TrucelineError:
        return 0  # what is wrong, the walk tells


def _parts(rows: Iterator[Sealed], expected: int, faults: list[str]) -> Iterator[Part]:
    """Args: faults: what the reading of `rows` reports; it is told with the part that it ends."""
    while True:
        part = Part()
        for sealed in islice(rows, PART):
            expected = _take(part, sealed, expected)
        part.faults += faults
        faults.clear()
        yield part
        if len(part.kinds) < PART:
            return


def _take(part: Part, sealed: Sealed, expected: int) -> int:
    """Examine one; the position that the next one should have."""
    if sealed.position != expected:
        part.faults.append(f"entry {sealed.position}: it stands where entry {expected} belongs.")
    fault, entry = examined(sealed)
    if fault:
        part.faults.append(f"entry {sealed.position}: {fault}")
    part.leaves += sealed.leaf.ljust(HASH_BYTES, b"\0")[:HASH_BYTES]
    if entry is None:
        part.kinds.append("")
        part.keys.append(0)
        return sealed.position + 1
    part.kinds.append(sys.intern(entry.kind))  # of few kinds there are many entries
    part.keys.append(key_of(entry.subject))
    if entry.hashes:
        part.hashes.update(entry.hashes)
    if entry.kind == KIND:
        part.tables.append((sealed.position, entry))
    return sealed.position + 1
