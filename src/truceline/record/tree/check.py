"""Verification of the file `tree`: each of its hashes is held against the one that the log's leaves give."""

import os
from pathlib import Path

from truceline.record.tree.nodes import HASH_BYTES, TREE, leaves_in, stored


class TreeCheck:
    """What is wrong with the file `tree`, once `saw` was given the hashes of all leaves, batch by batch.

    A file that is shorter than the log is a note: the next writer completes it.
    """

    def __init__(self, folder: Path) -> None:
        """Made before the log is read: a writer at work makes the log longer first. Raises: OSError."""
        self._path = folder / TREE
        self._foreign = self._path.is_symlink() or (self._path.exists() and not self._path.is_file())
        self._length = 0 if self._foreign or not self._path.exists() else self._path.stat().st_size
        self._altered, self._first_altered, self._size = 0, 0, 0

    def saw(self, first: int, hashes: bytes) -> None:
        """What `grow` gave for the leaves from `first` on. Raises: OSError."""
        at = stored(first) * HASH_BYTES
        self._size = leaves_in(stored(first) + len(hashes) // HASH_BYTES)
        count = min(len(hashes), self._length - at)
        if count <= 0:
            return
        with self._path.open("rb", buffering=0) as file:
            found = os.pread(file.fileno(), count, at)
        if found == hashes[:count]:
            return
        for offset in range(0, count, HASH_BYTES):
            end = min(offset + HASH_BYTES, count)
            if found[offset:end] != hashes[offset:end]:
                self._first_altered = self._first_altered if self._altered else (at + offset) // HASH_BYTES
                self._altered += 1

    @property
    def problems(self) -> list[str]:
        """Sentences, none where each hash is right."""
        faults = [f"{TREE}: it is no file."] if self._foreign else []
        if self._altered:
            leaf = leaves_in(self._first_altered)
            level = self._first_altered - stored(leaf)
            named = f"level {level}, number {leaf >> level}"
            more = f"; {self._altered - 1} more are not" if self._altered > 1 else ""
            faults.append(f"{TREE}: its hash of {named}, is not the one that the log gives{more}.")
        if (surplus := self._length - stored(self._size) * HASH_BYTES) > 0:
            faults.append(f"{TREE}: {surplus} bytes are more than the log's entries give.")
        return faults

    @property
    def notes(self) -> list[str]:
        """Sentences about what has no effect."""
        behind = self._size - leaves_in(self._length // HASH_BYTES)
        return [f"{TREE}: it lacks {behind} of the log's entries; the next writer adds them."] if behind > 0 else []
