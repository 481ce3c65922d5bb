"""Packs: what a node carries to the mission, as files that are each whole and signed.

A pack is an uncompressed zip. `checkpoint`: the node's signed note over the first so many entries; `leaves`: all their
leaves, 32 bytes each; `entries`: salt and body of those from the pack's first one on, a line each; `content/<sha-256>`:
what these captured. With all leaves the reader finds where two branches part; a proof of consistency could not say it.
"""

import os
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from truceline.base.errors import InputError, OutOfRangeError
from truceline.model.entry import Entry
from truceline.record.disk import PART, LocalDisk, disk_unavailable
from truceline.record.leaf import Frontier, Sealed, opened
from truceline.record.log import log_to_examine
from truceline.record.notes.checkpoint import Checkpoint
from truceline.run.node.post import FieldNode
from truceline.run.node.unpacking import CHECKPOINT, CONTENT, ENTRIES, LEAVES, SUFFIX, opened_pack

MOST_BYTES = 1 << 30  # of captured files in one pack: sticks break off, and FAT holds no file of 4 GB
MOST_ENTRIES = 10_000
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the same log is the same pack, byte for byte
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3
_DISK = LocalDisk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Entries that go into one pack: `rows` with their entries, behind `leaves` of all before and of these."""

    rows: tuple[tuple[Sealed, Entry], ...]
    leaves: bytes
    root: bytes

    @property
    def name(self) -> str:
        """From where to where, and of which branch, so that the same name is the same pack."""
        first, size = self.rows[0][0].position, len(self.leaves) // 32
        return f"{first:09d}-{size:09d}-{self.root.hex()[:8]}{SUFFIX}"


def pack(
    node: FieldNode, folder: Path, *, since: int | None = None, most_bytes: int = MOST_BYTES
) -> Iterator[tuple[Path, int]]:
    """Write what the mission has not confirmed into `folder`, as one pack or several; yield each with its entries.

    Given again after it was stopped, what is whole in the folder already stays and is yielded as well.

    Args:
        since: first entry to pack; None: behind what the mission confirmed; 0: everything.
        most_bytes: of captured files in one pack; a larger file has a pack of its own.

    Raises: InputError: nothing to pack. UnavailableError: the medium is full or gone; what is whole on it stays.
        IntegrityError: the node's own record is damaged.
    """
    size, first = node.record.size, node.confirmed if since is None else since
    if first < 0 or not any(position >= first for position in node.captures):
        raise OutOfRangeError(
            f"its log has {size} entries, and nothing was captured behind entry {first}.",
            subject=f"node {node.name}",
            remedy="Nothing new waits for the mission; to pack everything once more, use --all.",
        )
    for part in _parts(node, first, most_bytes=most_bytes):
        path = folder / f"{node.name}-{part.name}"
        if not _stands(path, node):
            _write(path, node, part)
        yield path, len(part.rows)


def _parts(node: FieldNode, first: int, *, most_bytes: int) -> Iterator[Part]:
    frontier, leaves, rows = Frontier(), bytearray(), list[tuple[Sealed, Entry]]()
    held = 0
    disk = LocalDisk()
    with closing(log_to_examine(node.record.folder, database=None, disk=disk, chance=os.urandom)) as log:
        for sealed in log.rows():
            entry = opened(sealed)
            more = int(str(entry.detail["size_bytes"])) if entry.kind == "raw" and sealed.position >= first else 0
            if rows and (held + more > most_bytes or len(rows) == MOST_ENTRIES):
                yield Part(rows=tuple(rows), leaves=bytes(leaves), root=bytes.fromhex(frontier.head().root))
                held = 0
                rows.clear()
            frontier.add(sealed.leaf)
            leaves += sealed.leaf
            held += more
            if sealed.position >= first:
                rows.append((sealed, entry))
    yield Part(rows=tuple(rows), leaves=bytes(leaves), root=bytes.fromhex(frontier.head().root))


def _write(path: Path, node: FieldNode, part: Part) -> None:
    """The pack, under its name only when it is whole on the medium."""
    checkpoint = Checkpoint(origin=node.signer.name, size=len(part.leaves) // 32, root=part.root)
    lines = b"".join(sealed.salt.hex().encode() + b" " + sealed.body + b"\n" for sealed, _ in part.rows)
    captured = dict.fromkeys(sha256 for _, entry in part.rows if entry.kind == "raw" for sha256 in entry.hashes)
    target = path.with_name(path.name + PART)
    try:
        with target.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(_member(CHECKPOINT), checkpoint.signed_by(node.signer))
                archive.writestr(_member(LEAVES), part.leaves)
                archive.writestr(_member(ENTRIES), lines)
                for sha256 in captured:
                    archive.writestr(_member(CONTENT + sha256), node.record.get(sha256))
            file.flush()
            os.fsync(file.fileno())
        _DISK.rename(target, path)
        _DISK.sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise disk_unavailable(error, "pack") from None


def _stands(path: Path, node: FieldNode) -> bool:
    """Whether this very pack is there and whole."""
    if not path.exists():
        return False
    try:
        with opened_pack(path, key=lambda _: node.signer.verifier):
            return True
    except InputError:
        return False


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=_LONG_AGO)
    member.create_system, member.external_attr = _UNIX, _PLAIN_FILE
    return member
