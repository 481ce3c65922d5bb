"""The tree's hashes on the disk: a projection of the log's leaves, never the truth, made again where it is damaged.

Source: RFC 6962, 2.1; the order is that of Go's `golang.org/x/mod/sumdb/tlog` (StoredHashIndex).
"""

import os
import tempfile
from collections.abc import Callable, Collection, Iterable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO

from truceline.base.canonical import node_hash, tree_root
from truceline.base.errors import IntegrityError
from truceline.record.disk import Disk
from truceline.record.leaf import Frontier

TREE = "tree"
HASH_BYTES = 32
BATCH = 8192  # leaves hashed and written at once
REMAKE = "Open the record for writing without the file `tree`: it is then made again from the log."


def stored(size: int) -> int:
    """How many hashes the tree over `size` leaves has: each leaf's, and each full subtree's."""
    return 2 * size - size.bit_count()


def place(level: int, index: int) -> int:
    """Which hash in the file, from 0, is the root over the leaves `index << level` ‥ `(index + 1 << level) - 1`.

    Each leaf is followed by the parents that it completes.
    """
    last = (index + 1 << level) - 1
    return stored(last) + level


def leaves_in(hashes: int) -> int:
    """The most leaves whose hashes are all among the first `hashes` of the file."""
    size = hashes // 2
    while stored(size + 1) <= hashes:
        size += 1
    return size


def grow(frontier: Frontier, leaves: Iterable[bytes]) -> bytes:
    """Add commitments, 32 bytes each, to `frontier`; return the hashes that this adds to the file, in its order."""
    return grow_hashed(frontier, [sha256(b"\x00" + leaf).digest() for leaf in leaves])


def grow_hashed(frontier: Frontier, hashes: Iterable[bytes]) -> bytes:
    """As `grow`, for what is hashed already: leaf hashes, or the roots of equally large full subtrees."""
    peaks, size, added = frontier.peaks, frontier.size, list[bytes]()
    for node in hashes:
        added.append(node)
        at = size
        while at & 1:
            node, at = sha256(b"\x01" + peaks.pop() + node).digest(), at >> 1  # noqa: PLW2901 - it climbs
            added.append(node)
        peaks.append(node)
        size += 1
    frontier.size = size
    return b"".join(added)


def _unkept(first: int, hashes: bytes) -> None:
    """For whom only roots matter."""


def rooted(
    frontier: Frontier, leaves: Iterable[bytes], sizes: Collection[int], keep: Callable[[int, bytes], None] = _unkept
) -> dict[int, str]:
    """Add all `leaves` to `frontier`, in bounded memory, and tell the root, 64 hex digits, at each of `sizes` met.

    Args:
        frontier: of the tree before them; it grows.
        leaves: commitments, 32 bytes each.
        sizes: those below the frontier's own are passed over.
        keep: is given the size before each batch, and the hashes that the batch adds.
    """
    rest, roots = iter(leaves), dict[int, str]()
    while True:
        if frontier.size in sizes:
            roots[frontier.size] = frontier.head().root
        room = min([BATCH, *(size - frontier.size for size in sizes if size > frontier.size)])
        batch = list(islice(rest, room))
        if not batch:
            return roots
        first = frontier.size
        keep(first, grow(frontier, batch))


class TreeFile:
    """The file `tree` of a record's folder.

    A writer writes the file. A reader never does: what the file lacks it keeps in a nameless temporary file.
    Limits: one thread at a time. Nothing is synced before `settle`.
    """

    def __init__(self, path: Path, *, disk: Disk) -> None:
        """Nothing is touched before `begin`."""
        self._path, self._disk = path, disk
        self._handle: int | None = None
        self._writing = False
        self._beyond: IO[bytes] | None = None  # a reader's own
        self._beyond_from = 0  # the first byte that stands there
        self.size = 0  # leaves whose hashes are held

    def begin(self, most: int, *, writing: bool) -> None:
        """Open the file, or open it anew; hold what it holds, of at most `most` leaves. A writer cuts off the rest.

        Raises: OSError.
        """
        self.close()
        if writing:
            self._handle = self._disk.open(self._path)
        elif self._path.exists():
            self._handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        length = 0 if self._handle is None else os.fstat(self._handle).st_size
        self.size, self._writing = min(leaves_in(length // HASH_BYTES), most), writing
        self._beyond_from = stored(self.size) * HASH_BYTES
        if writing and self._handle is not None and length > self._beyond_from:
            self._disk.cut(self._handle, self._beyond_from)

    def write(self, first: int, hashes: bytes) -> None:
        """What `grow` returned for leaves from `first` on, which is the size so far. Raises: OSError."""
        assert first == self.size, f"the tree holds {self.size} leaves, and is given more from {first} on"
        at = stored(first) * HASH_BYTES
        if self._writing and self._handle is not None:
            self._disk.write_at(self._handle, hashes, at)
        else:
            if self._beyond is None:
                self._beyond = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the file
            self._beyond.seek(at - self._beyond_from)
            self._beyond.write(hashes)
            self._beyond.flush()
        self.size = leaves_in(stored(first) + len(hashes) // HASH_BYTES)

    def node(self, level: int, index: int) -> bytes:
        """Root over the leaves `index << level` ‥ `(index + 1 << level) - 1`. Raises: IntegrityError. OSError."""
        at = place(level, index) * HASH_BYTES
        handle = self._handle
        if self._beyond is not None and at >= self._beyond_from:
            handle, at = self._beyond.fileno(), at - self._beyond_from
        found = b"" if handle is None else os.pread(handle, HASH_BYTES, at)
        if len(found) != HASH_BYTES:
            raise damaged(f"it ends before its hash {place(level, index)}.")
        return found

    def subtree(self, first: int, end: int) -> bytes:
        """Root over the leaves `first` ‥ `end - 1`, as proofs need it. Raises: as `node`."""
        *others, root = self.frontier(end, first).peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root

    def root(self, size: int) -> bytes:
        """Root over the first `size` leaves. Raises: as `node`."""
        return self.subtree(0, size) if size else tree_root([])

    def frontier(self, size: int, first: int = 0) -> Frontier:
        """The full subtrees over the leaves `first` ‥ `size - 1`, largest first. Raises: as `node`."""
        peaks, at = list[bytes](), first
        while at < size:
            level = (size - at).bit_length() - 1
            peaks.append(self.node(level, at >> level))
            at += 1 << level
        return Frontier(size=size - first, peaks=peaks)

    def settle(self) -> None:
        """Return when all of it is on the disk. Raises: OSError."""
        assert self._handle is not None, "this record was opened for reading"
        self._disk.sync(self._handle)

    def close(self) -> None:
        """Let go of the file. Twice is allowed."""
        handle, self._handle, beyond, self._beyond = self._handle, None, self._beyond, None
        if handle is not None:
            os.close(handle)
        if beyond is not None:
            beyond.close()


def damaged(problem: str) -> IntegrityError:
    """What is said where a hash of the file does not fit the log's head."""
    return IntegrityError(problem, subject=TREE, remedy=REMAKE)
