"""A leaf is a commitment to one entry; the head says how many leaves there are and the root over them.

Source: decision 0006; RFC 6962 section 2.1 for the root.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, NoReturn

import msgspec

from truceline.base.canonical import canonical_bytes, leaf_hash, node_hash, tree_root
from truceline.base.errors import IntegrityError
from truceline.model.entry import ENTRY_KINDS, Entry

SALT_BYTES = 32
SHA256 = re.compile(r"[0-9a-f]{64}")
KEEP = "Stop publishing, keep the disk as it is, and compare it with a copy of the record."
_KINDS = frozenset(ENTRY_KINDS)
_PLAIN, _NESTED = frozenset((str, bool, type(None))), frozenset((dict, list, tuple))
_INEXACT = 2**53  # integers of this size other readers of JSON would round
_NESTS = 64  # a body that is read fast nests no deeper
_BEYOND = "\ue000"  # from here on the order of keys differs between UTF-8 and UTF-16


class Sealed(NamedTuple):
    """One row of the log as it is stored; `kind` and `subject` as the database lists them, None where it does not."""

    position: int
    salt: bytes
    body: bytes
    leaf: bytes
    kind: str | None = None
    subject: str | None = None


def seal_all(entries: Sequence[Entry], *, first: int, salts: bytes) -> list[Sealed]:
    """Entries as they are stored from position `first` on. A salt keeps a short body from being guessed from its leaf.

    Args: salts: 32 random bytes for each.

    Raises: AssertionError: an entry is out of form: an unknown kind, a hash that is none, a float in its
        detail.
    """
    assert len(salts) == SALT_BYTES * len(entries), f"{len(salts)} bytes of salts are not 32 for each of {len(entries)}"
    for entry in entries:
        assert entry.kind in _KINDS, f"no entry is of kind {entry.kind!r}"
        if entry.hashes:
            for sha256 in entry.hashes:
                assert SHA256.fullmatch(sha256), f"{sha256!r} is no hash"
    cut = [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]
    bodies = list(map(body_of, entries))
    leaves = list(map(commitment, cut, bodies))
    kinds, subjects = [entry.kind for entry in entries], [entry.subject for entry in entries]
    return list(map(Sealed, count(first), cut, bodies, leaves, kinds, subjects))


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
    if sealed.kind is not None and (entry.kind, entry.subject) != (sealed.kind, sealed.subject):
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
    return _read_fast(body) or _read_slowly(body)


def body_of(entry: Entry) -> bytes:
    """The canonical form of `entry`: by the fast way where that writes the same.

    Raises: AssertionError: as `canonical_bytes`.
    """
    try:
        if type(entry.detail) is dict and _is_plain(entry.detail, _NESTS):
            return _ENCODER.encode(entry)
    except (TypeError, ValueError):
        pass  # the slow way tells what is wrong, if anything is
    return canonical_bytes(entry.body())


def _is_plain(nest: dict[str, object] | list[object] | tuple[object, ...], nests: int) -> bool:
    """Whether the fast library writes this as RFC 8785 has it, and reads it with nothing beyond it.

    At most so deep; no floats, no long integers, no foreign types, and no keys that UTF-16 orders otherwise than UTF-8.

    Raises: TypeError: a key is no string.
    """
    values: Iterable[object] = nest
    if type(nest) is dict:
        keys, values = "".join(nest), nest.values()
        if not keys.isascii() and max(keys) >= _BEYOND:
            return False
    for value in values:
        kind = type(value)
        if kind is str or kind in _PLAIN:
            continue
        if kind is int:
            if not -_INEXACT < value < _INEXACT:  # type: ignore[operator]
                return False
        elif kind not in _NESTED or not nests or not _is_plain(value, nests - 1):  # type: ignore[arg-type]
            return False
    return True


def _read_fast(body: bytes) -> Entry | None:
    """The entry of a plain body, or None where the slow way must decide.

    One library reads and writes again: equal bytes mean that nothing was dropped, doubled or written otherwise. Its
    hook refuses floats.
    """
    try:
        entry = _DECODER.decode(body)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return entry if _ENCODER.encode(entry) == body and _is_plain(entry.detail, _NESTS) else None


def _read_slowly(body: bytes) -> Entry | None:
    try:
        plain = json.loads(body, parse_float=_refuse, parse_constant=_refuse, parse_int=_exact)
        entry = msgspec.convert(plain, Entry)
        return entry if canonical_bytes(entry.body()) == body else None
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = msgspec.json.Decoder(Entry, float_hook=_refuse)
_ENCODER = msgspec.json.Encoder(order="sorted")


def _exact(text: str) -> int:
    if abs(value := int(text)) >= _INEXACT:
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
