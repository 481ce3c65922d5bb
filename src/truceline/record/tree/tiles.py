"""Tiles: the tree in pieces of 256 hashes, under names that others' tools know.

Source: C2SP tlog-tiles, "Merkle Tree" and "Log entries".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truceline.base.errors import UnknownNameError

TILE_HEIGHT = 8  # levels of the tree that a tile spans
TILE_WIDTH = 256  # hashes in a full tile
_LEVELS = 64
_NAME = re.compile(r"tile/(entries|0|[1-9]\d?)((?:/x\d{3})*/\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_DIGITS = 18  # of an index: more entries than any log has


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile, or the commitments of the entries under one."""

    level: int
    index: int
    width: int  # hashes in it, 1 to 256
    of_entries: bool = False

    @property
    def end(self) -> int:
        """How many entries a log must have for this tile to be there."""
        return self.index * TILE_WIDTH + self.width << self.level * TILE_HEIGHT

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`; 1234067 is written `x001/x234/067`."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.of_entries else str(self.level)
        part = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{level}/{'/'.join(groups)}{part}"


def tile_of(path: str) -> Tile:
    """The tile that a path names. Raises: UnknownNameError: it is not of the form that is written."""
    found = _NAME.fullmatch(path)
    digits = "".join(re.findall(r"\d", found[2])) if found else ""
    if found and len(digits) <= _DIGITS:
        of_entries = found[1] == "entries"
        level, width = 0 if of_entries else int(found[1]), int(found[3] or TILE_WIDTH)
        tile = Tile(level=level, index=int(digits), width=width, of_entries=of_entries)
        if tile.path == path and level < _LEVELS:
            return tile
    raise UnknownNameError(
        "no tile has such a name.", subject="tile", remedy="Write tile/<level>/<index>, as C2SP tlog-tiles has it."
    )


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of the tree over `size` leaves, level by level, without those of entries."""
    level, count = 0, size
    while count:
        full, rest = divmod(count, TILE_WIDTH)
        yield from (Tile(level=level, index=index, width=TILE_WIDTH) for index in range(full))
        if rest:
            yield Tile(level=level, index=full, width=rest)
        level, count = level + 1, full


def entry_bundle(commitments: Sequence[bytes]) -> bytes:
    """What a tile of entries holds: each commitment behind its length, 2 bytes. A body is never in it."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in commitments)
