"""Proofs out of the file `tree`, none of which leaves unchecked: a damaged hash is told, never handed out."""

from collections.abc import Callable, Sequence

from truceline.base.canonical import path_root, tree_root
from truceline.base.errors import IntegrityError, UnknownNameError
from truceline.record.leaf import KEEP, Head
from truceline.record.tree.nodes import TreeFile, damaged, grow_hashed
from truceline.record.tree.proofs import consistency_holds, consistency_path, inclusion_holds, inclusion_path
from truceline.record.tree.tiles import TILE_HEIGHT, TILE_WIDTH

_NOT_THE_HEADS = "its hashes do not lead to the root that the log's head tells."


class Proven:
    """The tree of a log whose size and root are known from elsewhere.

    Every call may raise IntegrityError: the file is damaged; UnknownNameError: the log holds fewer entries; OSError.
    """

    def __init__(self, tree: TreeFile, head: Head) -> None:
        """`tree` holds all leaves that `head` tells of."""
        self._tree, self._size, self._root = tree, head.size, bytes.fromhex(head.root)

    def root(self, size: int) -> bytes:
        """Root over the first `size` leaves, 32 bytes."""
        self._asked(size)
        if size == 0:
            return tree_root([])
        root = self._tree.root(size)
        path = consistency_path(self._tree.subtree, size, self._size)
        if not consistency_holds(old=size, old_root=root, size=self._size, root=self._root, path=path):
            raise damaged(_NOT_THE_HEADS)
        return root

    def inclusion(self, leaf: Callable[[], bytes], position: int, size: int) -> list[bytes]:
        """What proves that the commitment which `leaf` fetches is at `position` among the first `size`."""
        self._asked(size)
        if not 0 <= position < size:
            raise UnknownNameError(
                f"it is not among the first {size} entries.", subject=f"entry {position}", remedy="Ask for one of them."
            )
        root, path = self.root(size), inclusion_path(self._tree.subtree, position, size)
        if inclusion_holds(leaf(), position=position, size=size, path=path, root=root):
            return path
        if path_root(self._tree.node(0, position), index=position, size=size, path=path) != root:
            raise damaged(_NOT_THE_HEADS)
        raise IntegrityError(
            "its leaf is not the one that the log's head counts.", subject=f"entry {position}", remedy=KEEP
        )

    def consistency(self, old: int, size: int) -> list[bytes]:
        """What proves that the tree over `size` leaves begins with the one over `old`."""
        self._asked(size)
        if not 0 <= old <= size:
            raise UnknownNameError(
                f"a log of {size} entries never had {old} before.", subject=f"size {old}", remedy="Ask for no more."
            )
        path = consistency_path(self._tree.subtree, old, size)
        if not consistency_holds(old=old, old_root=self.root(old), size=size, root=self.root(size), path=path):
            raise damaged(_NOT_THE_HEADS)
        return path

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes, 32 bytes each, of a tile of C2SP tlog-tiles.

        Limits: `width` hashes are read and checked, at most 256.
        """
        height = level * TILE_HEIGHT
        first, end = index * TILE_WIDTH, index * TILE_WIDTH + width
        if not (1 <= width <= TILE_WIDTH and level >= 0 and index >= 0 and end << height <= self._size):
            raise UnknownNameError(
                f"a log of {self._size} entries has no such tile.",
                subject=f"tile {level}/{index}, {width} wide",
                remedy="Ask for what the latest checkpoint covers.",
            )
        hashes = [self._tree.node(height, at) for at in range(first, end)]
        self._lead_to_root(hashes, first=first, height=height)
        return b"".join(hashes)

    def _lead_to_root(self, hashes: Sequence[bytes], *, first: int, height: int) -> None:
        """Hold the roots of the subtrees `first` …, each of 2^height leaves, against the head."""
        frontier = self._tree.frontier(first << height)
        frontier.size = first  # counted in such subtrees
        grow_hashed(frontier, hashes)
        if frontier.head().root != self.root(frontier.size << height).hex():
            raise damaged(_NOT_THE_HEADS)

    def _asked(self, size: int) -> None:
        if not 0 <= size <= self._size:
            raise UnknownNameError(
                f"the log holds {self._size} entries.", subject=f"size {size}", remedy="Ask for no more."
            )
