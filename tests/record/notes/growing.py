"""A small log that grows, and its forks: leaves are numbers, so that any size and any path is at hand."""

import functools
import hashlib

from truceline.base.canonical import leaf_hash, tree_root
from truceline.record.notes.checkpoint import Checkpoint
from truceline.record.notes.note import COSIGNATURE, Signer, signer_of
from truceline.record.notes.witness import Request
from truceline.record.tree.proofs import consistency_path

ORIGIN = "truceline/valley"
LOG = signer_of(ORIGIN, bytes(range(32)))
WITNESS = signer_of("observers.example/w1", bytes(range(1, 33)), kind=COSIGNATURE)
NOW_S = 1_790_000_000


@functools.cache
def subtree(first: int, end: int, *, fork: int | None = None) -> bytes:
    """Root over leaves first ‥ end-1 of the log, or of the one that goes another way from leaf `fork` on."""
    taken = (f"{n}" if fork is None or n < fork else f"{n} otherwise" for n in range(first, end))
    return tree_root([leaf_hash(hashlib.sha256(each.encode()).digest()) for each in taken])


def root(size: int, *, fork: int | None = None) -> bytes:
    return subtree(0, size, fork=fork)


def path(old: int, size: int, *, fork: int | None = None) -> tuple[bytes, ...]:
    return tuple(consistency_path(functools.partial(subtree, fork=fork), old, size))


def note(size: int, *, fork: int | None = None, log: Signer = LOG) -> bytes:
    return Checkpoint(origin=log.name, size=size, root=root(size, fork=fork)).signed_by(log)


def request(old: int, size: int, *, fork: int | None = None, log: Signer = LOG) -> Request:
    return Request(old=old, path=path(old, size, fork=fork), checkpoint=note(size, fork=fork, log=log))
