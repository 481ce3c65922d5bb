"""Canonical bytes: the same meaning is the same bytes on every machine, so that hashes can be compared.

Source: RFC 8785 (JSON Canonicalization Scheme) without floats; RFC 6962 section 2.1 for the tree over rows.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass


def canonical_bytes(value: object) -> bytes:
    """`value` as canonical JSON bytes.

    Keys sort by UTF-16 code units (RFC 8785, 3.2.3), strings are escaped as little as JSON allows, numbers are
    integers.
    Limits: integers outside ±(2^53-1) are refused: other readers of JSON would round them. Floats are refused.

    Raises: AssertionError: a float or a foreign type reached the record, which is our own broken promise.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _ordered(value: object) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        assert abs(value) < 2**53, f"{value} is beyond what JSON readers keep exactly; write it as a string"
        return value
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    raise AssertionError(f"{type(value).__name__} has no canonical form: {value!r}")


def plain(value: object) -> object:
    """Tuples as lists and data classes as their fields, however deep: what JSON has for them."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return value


def sha256_hex(content: bytes) -> str:
    """SHA-256 of `content`, 64 lower-case hex digits."""
    return hashlib.sha256(content).hexdigest()


def leaf_hash(content: bytes) -> bytes:
    """RFC 6962, 2.1: SHA-256(0x00 ‖ content)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, 2.1: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hashes(contents: Iterable[bytes]) -> list[bytes]:
    """`leaf_hash` of each: for many at once this is faster than calling it."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + content).digest() for content in contents]


def salted_leaf_hashes(salts: Iterable[bytes], contents: Iterable[bytes]) -> list[bytes]:
    """`leaf_hash` of each content behind its salt; as many salts as contents."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + salt + content).digest() for salt, content in zip(salts, contents, strict=True)]


def level_above(nodes: Sequence[bytes]) -> list[bytes]:
    """The parents of a tree's level: neighbours paired, the last one as it is where it has no neighbour.

    Level above level this is the tree of RFC 6962, 2.1: its left subtrees are full.
    """
    sha256 = hashlib.sha256
    each = iter(nodes)
    pairs = zip(each, each, strict=False)  # each with the next one
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs] + list(nodes[len(nodes) & ~1 :])


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes in order (RFC 6962, 2.1). The root of nothing is SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    while len(leaves) > 1:
        leaves = level_above(leaves)
    return leaves[0]


def tree_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Audit path of leaf `index`, nearest sibling first (RFC 6962, 2.1.1)."""
    if len(leaves) <= 1:
        return []
    split = _largest_power_below(len(leaves))
    if index < split:
        return [*tree_path(leaves[:split], index), tree_root(leaves[split:])]
    return [*tree_path(leaves[split:], index - split), tree_root(leaves[:split])]


def path_root(leaf: bytes, *, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that `path` leads to from `leaf`, or None where the path does not fit index and size.

    Source: RFC 9162, 2.1.3.2 (verifying an inclusion proof).
    """
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at % 2 == 1 or at == last:
            root = node_hash(sibling, root)
            while at % 2 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def rows_root(rows: Iterable[bytes]) -> str:
    """Root over sorted canonical rows: equal meaning gives an equal root, whatever order or file wrote them."""
    return tree_root(leaf_hashes(sorted(rows))).hex()


def _largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
