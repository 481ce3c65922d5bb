"""The lists that entries are found by, beside the groups of the log in SQLite: made here, and held against the entries.

A key is crc32 of a subject. Of a batch of groups the keys stand in buckets, so that who looks for one reads little.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from struct import pack
from zlib import crc32

import numpy as np

from truceline.base.errors import IntegrityError, UnavailableError

BUCKETS = 1024  # of a batch, by key
KEY_BYTES = 4


def key_of(subject: str) -> int:
    """What a subject is found by; others may share it."""
    return crc32(subject.encode())


def bucketed(keys: bytes) -> list[tuple[int, bytes, bytes]]:
    """Buckets of a batch that are not empty: which, its keys, and how far behind the batch's first entry each is.

    Args: keys: of the batch's entries in order, uint32, little-endian; what is given back is so too.
    """
    all_ = np.frombuffer(keys, "<u4")
    buckets = all_ % BUCKETS
    places = np.argsort(buckets, kind="stable").astype("<u4")
    sorted_keys, sorted_places = all_[places].tobytes(), places.tobytes()
    ends = KEY_BYTES * np.cumsum(np.bincount(buckets, minlength=BUCKETS))
    return [
        (bucket, sorted_keys[start:end], sorted_places[start:end])
        for bucket, (start, end) in enumerate(pairwise([0, *ends.tolist()]))
        if end > start
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What stands in the database at one moment, in order; its iterators may raise IntegrityError, UnavailableError."""

    groups: Iterator[tuple[int, bytes, bytes, int]]  # first entry, keys, where the last body ends, bytes of bodies
    kinds: Iterator[tuple[int, str]]  # of a group: its first entry, its kinds with a space between
    batches: Iterator[tuple[int, int]]  # first entry, and the one behind the last
    found: Iterator[tuple[int, int, bytes, bytes]]  # first entry of the batch, and a bucket as `bucketed` tells it


class ListCheck:
    """What is wrong with the lists, once `saw` was given each entry in order: in memory that stays as it is.

    Entries that came after the moment of `Listed` are passed over.
    """

    def __init__(self, listed: Listed) -> None:
        """Reads the first group."""
        self.faults: list[str] = []
        self._listed = listed
        self._group: tuple[int, bytes, bytes, int] | None = None
        self._size = 0  # entries of the group that is gathered; 0: no more are expected
        self._keys, self._kinds = list[int](), set[str]()
        self._batch, self._batch_end = bytearray(), (0, 0)
        self._end = 0
        self._reading(self._begin)

    def saw(self, kinds: Sequence[str], keys: Sequence[int]) -> None:
        """What the next entries say of themselves; empty and 0: it cannot be read."""
        at = 0
        while at < len(keys) and self._size:
            until = at + self._size - len(self._keys)
            self._keys += keys[at:until]
            self._kinds.update(kinds[at:until])
            at = until
            if len(self._keys) == self._size:
                self._reading(self._compare)

    def ended(self) -> list[str]:
        """All faults: no entry follows."""
        self._reading(self._look_for_more)
        return self.faults

    def _reading(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (IntegrityError, UnavailableError) as error:
            self._size = 0
            self.faults.append(f"log: its lists cannot be read on: {error.problem}")

    def _begin(self) -> None:
        self._batch_end = next(self._listed.batches, (0, 0))
        self._next_group()

    def _next_group(self) -> None:
        self._group = next(self._listed.groups, None)
        self._size = len(self._group[1]) // KEY_BYTES if self._group else 0
        self._keys, self._kinds = [], set()

    def _compare(self) -> None:
        assert self._group is not None, "a group is gathered"
        first, keys, last_end, bodies = self._group
        own = pack(f"<{self._size}I", *self._keys)
        if last_end != bodies.to_bytes(KEY_BYTES, "little"):
            self.faults.append(f"log: the bodies of the group at {first} do not end where it says.")
        if keys != own:
            self.faults.append(f"log: the group at {first} lists other subjects than its entries have.")
        if next(self._listed.kinds, None) != (first, " ".join(sorted(self._kinds - {""}))):
            self.faults.append(f"log: the kinds of the group at {first} are listed otherwise.")
        self._end = first + self._size
        begun, until = self._batch_end
        if begun < until:
            self._batch += own
            if until <= self._end:
                self._compare_batch(begun, until)
        self._next_group()

    def _compare_batch(self, begun: int, until: int) -> None:
        rows = [(begun, *bucket) for bucket in bucketed(bytes(self._batch))]
        stands = rows == list(islice(self._listed.found, len(rows)))
        if (begun, until) != (self._end - len(self._batch) // KEY_BYTES, self._end) or not stands:
            self.faults.append(f"log: the subjects of the entries from {begun} on are not found where they are.")
        self._batch = bytearray()
        self._batch_end = next(self._listed.batches, (self._end, self._end))

    def _look_for_more(self) -> None:
        listed, until = self._listed, self._batch_end[1]
        more = [next(each, None) for each in (listed.groups, listed.kinds, listed.batches, listed.found)]
        if self._size or until > self._end or any(more):
            self.faults.append("log: more is listed than it holds.")
