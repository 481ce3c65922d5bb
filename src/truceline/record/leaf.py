"""A leaf is a commitment to one entry; the head says how many leaves there are and the root over them.

Source: decision 0006; RFC 6962 section 2.1 for the root.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

import msgspec

from truceline.base.canonical import canonical_bytes, leaf_hash, node_hash, tree_root
from truceline.base.errors import IntegrityError
from truceline.model.entry import ENTRY_KINDS, Entry

SALT_BYTES = 32
SHA256 = re.compile(r"[0-9a-f]{64}")
KEEP = "Stop publishing, keep the disk as it is, and compare it with a copy of the record."
_HEAD = re.compile(rb'\{"root":"([0-9a-f]{64})","size":(0|[1-9][0-9]{0,15})\}\n')


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One row of the log as it is stored; `kind` and `subject` as the log lists them."""

    position: int
    salt: bytes
    body: bytes
    leaf: bytes
    kind: str
    subject: str


def seal(entry: Entry, *, position: int, salt: bytes) -> Sealed:
    """An entry as it is stored. The salt keeps a short body from being guessed from its leaf.

    Raises: AssertionError: the entry is out of form: an unknown kind, a hash that is none, a float in its
        detail.
    """
    assert len(salt) == SALT_BYTES, f"a salt has {SALT_BYTES} bytes, not {len(salt)}"
    assert entry.kind in ENTRY_KINDS, f"no entry is of kind {entry.kind!r}"
    assert all(SHA256.fullmatch(sha256) for sha256 in entry.hashes), f"not all hashes: {entry.hashes}"
    body = canonical_bytes(entry.body())
    leaf = commitment(salt, body)
    return Sealed(position=position, salt=salt, body=body, leaf=leaf, kind=entry.kind, subject=entry.subject)


def opened(sealed: Sealed) -> Entry:
    """The entry of a stored row.

    Raises: IntegrityError: salt, body or leaf is altered, or it is listed as another's.
    """
    fault, entry = examined(sealed)
    if entry is None or fault:
        raise IntegrityError(fault, subject=f"entry {sealed.position}", remedy=KEEP)
    return entry


def examined(sealed: Sealed) -> tuple[str, Entry | None]:
    """What is wrong with a stored row, empty where nothing is, and its entry as far as it can be read."""
    entry = entry_of(sealed.body)
    if (found := commitment(sealed.salt, sealed.body)) != sealed.leaf:
        return (
            f"its salt, body or leaf is altered: leaf {sealed.leaf.hex()}, recomputed {found.hex()}.",
            entry,
        )
    if entry is None:
        return "its body is not the canonical form of an entry.", None
    if (entry.kind, entry.subject) != (sealed.kind, sealed.subject):
        return (
            f"it is about {entry.kind} {entry.subject!r} and is listed as {sealed.kind} {sealed.subject!r}.",
            entry,
        )
    return "", entry


def commitment(salt: bytes, body: bytes) -> bytes:
    """SHA-256(salt ‖ body): what is published of an entry.

    The tree hashes it again with its 0x00 (RFC 6962).
    """
    return hashlib.sha256(salt + body).digest()


def entry_of(body: bytes) -> Entry | None:
    """The entry that `body` is the canonical form of, or None: no JSON, a space too many, a float."""
    try:
        plain = json.loads(body, parse_float=_refuse, parse_constant=_refuse, parse_int=_exact)
        entry = msgspec.convert(plain, Entry)
        return entry if canonical_bytes(entry.body()) == body else None
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _exact(text: str) -> int:
    if abs(value := int(text)) >= 2**53:
        raise ValueError(text)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How many leaves the log held when its last append was acknowledged, and the root over them.

    Limits: unsigned. Whoever can write the folder can write a head to match; a signed checkpoint is to say
    the same two values later.
    """

    size: int
    root: str

    def text(self) -> bytes:
        """One line of canonical JSON."""
        return canonical_bytes({"size": self.size, "root": self.root}) + b"\n"


def head_of(text: bytes) -> Head | None:
    """The head that `text` is, or None where one byte of it is out of form."""
    match = _HEAD.fullmatch(text)
    return Head(size=int(match[2]), root=match[1].decode()) if match else None


@dataclass(slots=True)
class Frontier:
    """The root over a growing list of leaves, in memory that grows with its logarithm.

    Source: RFC 6962, 2.1: the tree over n leaves is a row of full subtrees, one for each bit of n.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)  # roots of the full subtrees, largest first

    def add(self, leaf: bytes) -> None:
        """One more leaf, 32 bytes as `commitment` gives them."""
        node, at = leaf_hash(leaf), self.size
        while at & 1:
            node, at = node_hash(self.peaks.pop(), node), at >> 1
        self.peaks.append(node)
        self.size += 1

    def head(self) -> Head:
        """Size and root as they stand."""
        if not self.peaks:
            return Head(size=0, root=tree_root([]).hex())
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return Head(size=self.size, root=root.hex())


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What came of holding a log's leaves against its head."""

    frontier: Frontier
    known: int  # entries that the head tells of
    fault: str  # empty where nothing is wrong


def followed(text: bytes | None, leaves: Iterable[bytes]) -> Followed:
    """Hold `leaves` against the head, whose text is None where there is none.

    More leaves than the head knows are no fault: a writer was stopped after its commit, or is still writing.
    """
    head = head_of(text) if text is not None else Frontier().head()
    frontier = Frontier()
    then = frontier.head() if head and head.size == 0 else None
    for leaf in leaves:
        frontier.add(leaf)
        if head and frontier.size == head.size:
            then = frontier.head()
    known, fault = head.size if head else 0, ""
    if head is None:
        fault = "it is out of form."
    elif text is None and frontier.size:
        fault = f"it is missing, and the log holds {frontier.size} entries."
    elif then is None:
        fault = f"it tells of {known} entries, and the log holds {frontier.size}."
    elif then.root != head.root:
        fault = f"it has root {head.root}, and the first {known} entries have {then.root}."
    return Followed(frontier=frontier, known=known, fault=fault)
