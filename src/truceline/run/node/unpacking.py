"""A pack as it arrives: nothing of it is believed before it is held against the node's key."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from truceline.base.canonical import leaf_hash, tree_root
from truceline.base.errors import UnreadableError
from truceline.model.entry import Entry
from truceline.model.inputs import MAX_FILE_BYTES
from truceline.model.node import MOST_NUMBER, Capture
from truceline.record.leaf import SALT_BYTES, commitment, entry_of
from truceline.record.notes.checkpoint import Checkpoint, checkpoint_of
from truceline.record.notes.note import MOST_BYTES, Verifier, note_of

CHECKPOINT, LEAVES, ENTRIES, CONTENT = "checkpoint", "leaves", "entries", "content/"
SUFFIX = ".pack"
LEAF_BYTES = 32
_CHUNK = 1 << 20
_SALT_HEX = 2 * SALT_BYTES
# What the standard library's reader has been seen to raise for bytes that lie.
_FAULTS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, TypeError, LookupError, ArithmeticError,
    RuntimeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry of the node's log. `capture`: what an entry of kind raw tells of."""

    position: int
    leaf: str  # hex
    entry: Entry
    capture: Capture | None


class Pack:
    """A pack that holds what its signature says; `content` reads on from the file."""

    def __init__(self, archive: zipfile.ZipFile, *, key: Callable[[str], Verifier], name: str) -> None:
        """Use `opened_pack`."""
        self._archive, self.name = archive, name
        self.note = self._member(CHECKPOINT, MOST_BYTES)
        self.checkpoint = self._signed(key)
        self.leaves = self._member(LEAVES, LEAF_BYTES * self.checkpoint.size)
        if len(self.leaves) != LEAF_BYTES * self.checkpoint.size or self.root(self.size) != self.checkpoint.root:
            raise self.refused("its leaves are not those that the node signed.")
        self.lines = self._member(ENTRIES, MAX_FILE_BYTES)
        self.rows = self._rows()

    @property
    def size(self) -> int:
        """How many entries the node's log had."""
        return self.checkpoint.size

    @property
    def first(self) -> int:
        """Position of the first entry whose body is here."""
        return self.size - len(self.rows)

    def root(self, size: int) -> bytes:
        """Root over the first `size` entries, 32 bytes."""
        ends = range(LEAF_BYTES, LEAF_BYTES * size + 1, LEAF_BYTES)
        return tree_root([leaf_hash(self.leaves[end - LEAF_BYTES : end]) for end in ends])

    def content(self, sha256: str) -> bytes:
        """A captured file, checked. Raises: UnreadableError."""
        content = self._member(CONTENT + sha256, MAX_FILE_BYTES)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise self.refused(f"the file {sha256[:16]} in it is not the one that was captured.")
        return content

    def check_contents(self) -> None:
        """Hold every captured file against its hash, a piece at a time. Raises: UnreadableError."""
        for sha256 in dict.fromkeys(row.capture.hashes[0] for row in self.rows if row.capture):
            digest = hashlib.sha256()
            with self._reading(), self._archive.open(self._stated(CONTENT + sha256, MAX_FILE_BYTES)) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != sha256:
                raise self.refused(f"the file {sha256[:16]} in it is not the one that was captured.")

    def refused(self, problem: str) -> UnreadableError:
        """Why nothing of this pack is taken."""
        return UnreadableError(
            problem, subject=f"pack {self.name}", remedy="Nothing was taken. Pack again at the node, on another medium."
        )

    def _signed(self, key: Callable[[str], Verifier]) -> Checkpoint:
        note = note_of(self.note)
        checkpoint = checkpoint_of(note.text)
        verifier = key(checkpoint.origin)
        lines = [line for line in note.signatures if line.is_by(verifier)]
        if not lines or not all(verifier.holds(note.text.encode(), line.content) for line in lines):
            raise self.refused(f"it bears no signature that holds by the key of {verifier.name}.")
        return checkpoint

    def _rows(self) -> tuple[Row, ...]:
        lines = self.lines.split(b"\n")
        if lines.pop() or not 0 < len(lines) <= self.size:
            raise self.refused("its entries are cut off.")
        first = self.size - len(lines)
        return tuple(self._row(first + at, line) for at, line in enumerate(lines))

    def _row(self, position: int, line: bytes) -> Row:
        leaf = self.leaves[LEAF_BYTES * position : LEAF_BYTES * (position + 1)]
        salt, gap, body = line[:_SALT_HEX], line[_SALT_HEX : _SALT_HEX + 1], line[_SALT_HEX + 1 :]
        with self._reading():
            known = gap == b" " and salt == salt.lower() and commitment(bytes.fromhex(salt.decode()), body) == leaf
        entry = entry_of(body) if known else None
        if entry is None:
            raise self.refused(f"its entry {position} is not the one that the node signed.")
        capture = self._capture(position, entry) if entry.kind == "raw" else None
        return Row(position=position, leaf=leaf.hex(), entry=entry, capture=capture)

    def _capture(self, position: int, entry: Entry) -> Capture:
        try:
            told = {**entry.detail, "author": entry.author, "hashes": entry.hashes}
            capture = msgspec.convert(told, Capture)
        except msgspec.ValidationError as error:
            raise self.refused(f"its entry {position} tells of no capture: {error}.") from None
        counted = (capture.number, capture.local, capture.size_bytes)
        if len(capture.hashes) != 1 or not all(0 <= each < MOST_NUMBER for each in counted):
            raise self.refused(f"its entry {position} tells of no capture that can be.")
        return capture

    def _member(self, name: str, most_bytes: int) -> bytes:
        with self._reading():
            return self._archive.read(self._stated(name, most_bytes))

    def _stated(self, name: str, most_bytes: int) -> zipfile.ZipInfo:
        member = self._archive.getinfo(name)
        if member.compress_type != zipfile.ZIP_STORED or member.file_size > most_bytes:
            raise self.refused(f"{name[:24]} in it is packed otherwise, or larger, than a node packs.")
        return member

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise self.refused(f"it cannot be read: {error}.") from None


@contextmanager
def opened_pack(path: Path, *, key: Callable[[str], Verifier]) -> Iterator[Pack]:
    """The pack in this file, every byte of it that means something held against the node's signature.

    Args: key: name of a node's log -> its key; raises InputError where the mission knows no such node.

    Raises: InputError: damaged, altered, cut off, or of another mission or node: nothing of it is to be taken.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _FAULTS as error:
        raise UnreadableError(
            f"it is no pack that can be read: {error}.",
            subject=f"pack {path.name}",
            remedy="Nothing was taken. Pack again at the node, on another medium.",
        ) from None
    with archive:
        pack = Pack(archive, key=key, name=path.name)
        pack.check_contents()
        yield pack
