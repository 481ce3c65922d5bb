"""Proofs about a log, and their checking: an entry is in it; it only grew. Pure, for whoever was given them.

Source: RFC 6962, 2.1; RFC 9162, 2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Callable, Sequence

from truceline.base.canonical import leaf_hash, node_hash, path_root, tree_root

Subtree = Callable[[int, int], bytes]  # (first, end) -> root over the leaves first ‥ end-1


def inclusion_path(subtree: Subtree, position: int, size: int) -> list[bytes]:
    """Audit path of the leaf at `position` in the tree over the first `size`, nearest sibling first."""
    assert 0 <= position < size, f"no entry {position} is among the first {size}"
    path, first, end = [], 0, size
    while end - first > 1:
        middle = first + (1 << (end - first - 1).bit_length() - 1)
        if position < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    return path[::-1]


def consistency_path(subtree: Subtree, old: int, size: int) -> list[bytes]:
    """What shows that the tree over `size` leaves begins with the one over `old`. Empty for 0 and for equal sizes."""
    assert 0 <= old <= size, f"a log of {size} entries did not have {old} before"
    if old in (0, size):
        return []
    path, first, end, whole = [], 0, size, True  # whole: the old tree is this subtree's beginning from 0 on
    while old != end - first:
        middle = 1 << (end - first - 1).bit_length() - 1
        if old <= middle:
            path.append(subtree(first + middle, end))
            end = first + middle
        else:
            path.append(subtree(first, first + middle))
            first, old, whole = first + middle, old - middle, False
    if not whole:
        path.append(subtree(first, end))
    return path[::-1]


def inclusion_holds(leaf: bytes, *, position: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` shows that the commitment `leaf`, 32 bytes, is at `position` under `root` of `size` entries."""
    return path_root(leaf_hash(leaf), index=position, size=size, path=path) == root


def consistency_holds(*, old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` shows that the log of `size` entries under `root` begins with the `old` ones under `old_root`."""
    if not 0 <= old <= size:
        return False
    if old == 0:
        return not path and old_root == tree_root([])
    if old == size:
        return not path and old_root == root
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root
