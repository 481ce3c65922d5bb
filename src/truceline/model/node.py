"""A field node: what it captures, and what a mission answers it."""

import re
from dataclasses import dataclass, field

from truceline.base.errors import InputError

MOST_NUMBER = 10**12  # of captures; a reservation ends before it
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One file as a node took it in: an entry of the node's own log, whose moment is the node's clock."""

    author: str  # the person who captured it
    hashes: tuple[str, ...]  # of its bytes, one
    name: str  # of the file
    size_bytes: int
    feed: str = ""  # of the mission, whose mapping reads it; empty: it is kept, and read by people alone
    format: str = ""  # by the file's name; empty: none that a feed can have
    note: str = ""
    number: int = 0  # of a block that the mission reserved; 0: it has a local one
    local: int = 0  # counted by the node; 0: it has a number
    clock_error_s: int = -1  # how wrong the node's clock may be; -1: nobody said

    def said(self, node: str) -> str:
        """What the node's people call it: `no. 000217`, or `post-3-L0004` until the mission has given it a number."""
        return number_words(self.number) if self.number else f"{node}-L{self.local:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the mission has of a node, and which numbers are the node's. Carried to the node as a signed note."""

    mission: str  # name of the mission's log
    node: str
    size: int = 0  # entries of the node's log that arrived, at the latest sync
    root: str = ""  # over them, hex; empty: none arrived yet
    numbers: tuple[tuple[int, int], ...] = ()  # blocks reserved for it: first number, and the one behind the last
    given: dict[str, int] = field(
        default_factory=dict
    )  # number that the mission gave instead, by the beginning of the leaf, hex


def number_words(number: int) -> str:
    """A capture's public number, as it is read out."""
    return f"no. {number:06d}"


def refuse_name(name: str) -> None:
    """Raises InputError where `name` cannot name a node."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name[:60]!r} cannot name a node.",
            subject="node",
            remedy="Use 1 to 40 of a-z, 0-9 and -, e.g. post-3.",
        )
