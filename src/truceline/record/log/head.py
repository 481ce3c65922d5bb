"""The file `head`: how many leaves the log held when its last append was acknowledged, and the root over them.

Two places in different sectors are written in turn, so that one of them is whole whenever a write is broken off;
the one that tells of more leaves counts. Source: decision 0006.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from truceline.record.disk import Disk, bytes_or_none, write_whole
from truceline.record.leaf import Followed, Frontier, Head
from truceline.record.tree.check import TreeCheck
from truceline.record.tree.nodes import rooted

HEAD = "head"
PLACES = (0, 4096)  # where each begins: in sectors, and pages, of their own
PLACE_BYTES = 192
_NAMES = ("first", "second")
_GAP = bytes(PLACES[1] - PLACE_BYTES)
_FORM = re.compile(rb'(\{"root":"([0-9a-f]{64})","size":(0|[1-9][0-9]{0,15})\}\n)([0-9a-f]{64}) *\n')


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the file tells."""

    heads: tuple[Head, ...] = ()  # of the places that are in form, the one that counts last
    free: int = 0  # which place is written next
    fault: str = ""  # what is out of form; empty where nothing is
    missing: bool = False

    @property
    def size(self) -> int:
        """How many entries were acknowledged."""
        return self.heads[-1].size if self.heads else 0


def place_text(head: Head) -> bytes:
    """A place's bytes: the head's line, and its SHA-256, by which a half-written one is known."""
    line = head.text()
    return (line + sha256(line).hexdigest().encode()).ljust(PLACE_BYTES - 1) + b"\n"


def head_bytes(path: Path) -> bytes | None:
    """The file's bytes, or None where there is none; never those of the middle of a write. Raises: OSError."""
    found = bytes_or_none(path)
    while (again := bytes_or_none(path)) != found:
        found = again
    return found


def told_by(text: bytes | None) -> Told:
    """What the bytes of the file tell; None: there is no file."""
    if text is None:
        return Told(missing=True)
    found = [_head(text[at : at + PLACE_BYTES]) for at in PLACES]
    whole = len(text) == PLACES[1] + PLACE_BYTES and text[PLACE_BYTES : PLACES[1]] == _GAP
    known = sorted((head.size, which) for which, head in enumerate(found) if head)
    heads = tuple(head for _, which in known if (head := found[which]))
    if len(known) == len(PLACES) and whole:
        return Told(heads=heads, free=known[0][1])
    if len(known) == 1 and whole:
        newest = known[0][1]
        fault = f"its {_NAMES[1 - newest]} place is out of form; the other tells of {heads[0].size} entries."
        return Told(heads=heads, free=1 - newest, fault=fault)
    return Told(heads=heads, fault="it is out of form.")


def _head(place: bytes) -> Head | None:
    match = _FORM.fullmatch(place)
    if not match or len(place) != PLACE_BYTES or sha256(match[1]).hexdigest().encode() != match[4]:
        return None
    return Head(size=int(match[3]), root=match[2].decode())


def sizes_of(told: Told, kept: Head | None) -> set[int]:
    """The sizes at which the log's roots must be known for `fault_of`."""
    return {head.size for head in told.heads} | ({kept.size} if kept else set())


def ahead(told: Told, kept: Head | None, size: int) -> str:
    """How many entries are lost of a log that holds `size`, in words; empty where none is."""
    return _first(told, kept, lambda head: _ahead(head, size))


def fault_of(told: Told, kept: Head | None, roots: Mapping[int, str], size: int) -> str:
    """How the log disagrees with what its head tells, or with the one `kept` by the database; empty if it does not.

    Args:
        roots: the log's root at each size of `sizes_of` that it has.
        size: how many entries the log holds.
    """
    return _first(told, kept, lambda head: _ahead(head, size) or _disagreement(head, roots[head.size]))


def _first(told: Told, kept: Head | None, fault: Callable[[Head], str]) -> str:
    faults = [fault(head) for head in reversed(told.heads)]
    if kept and (other := fault(kept)):
        faults.append(f"in the database, {other}")
    return next(filter(None, faults), "")


def _ahead(head: Head, size: int) -> str:
    return f"it tells of {head.size} entries, and the log holds {size}." if head.size > size else ""


def _disagreement(head: Head, root: str) -> str:
    if root == head.root:
        return ""
    return f"it has root {head.root}, and the first {head.size} entries have {root}."


def form_fault(told: Told, size: int) -> str:
    """What is out of form in the file, beside a log of `size` entries; a new log needs none."""
    if told.missing:
        return f"it is missing, and the log holds {size} entries." if size else ""
    return told.fault


def followed(text: bytes | None, leaves: Iterable[bytes], kept: Head | None, *, tree: TreeCheck) -> Followed:
    """Hold all leaves of a log against its head, whose bytes are None where there is none; and against the tree.

    More leaves than a head knows are no fault: a writer was stopped after its commit, or is still writing.

    Args:
        kept: the head that the database keeps, if it keeps one.
        tree: is given every hash.

    Raises: OSError: the file `tree` cannot be read.
    """
    told, frontier = told_by(text), Frontier()
    roots = rooted(frontier, leaves, sizes_of(told, kept), tree.saw)
    fault = form_fault(told, frontier.size) or fault_of(told, kept, roots, frontier.size)
    return Followed(frontier=frontier, known=told.size, fault=fault)


class HeadFile:
    """The file `head`, for the one writer."""

    def __init__(self, path: Path, *, disk: Disk) -> None:
        """Nothing is touched before the first call."""
        self._path, self._disk = path, disk
        self._handle: int | None = None
        self._free = 0

    def read(self) -> Told:
        """What the file tells now. Raises: OSError."""
        told = told_by(head_bytes(self._path))
        self._free = told.free
        return told

    def write(self, head: Head) -> None:
        """Return when `head` is on the disk: one write and one sync, once the file is there. Raises: OSError."""
        if self._handle is None:
            begun = self._path.exists()
            if not begun:
                write_whole(self._disk, self._path, place_text(head) + _GAP + place_text(head), 0o644)
            self._handle = self._disk.open(self._path)
            if not begun:
                return
        self._disk.write_at(self._handle, place_text(head), PLACES[self._free])
        self._disk.sync(self._handle)
        self._free = 1 - self._free

    def close(self) -> None:
        """Let go of the file. Twice is allowed."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
