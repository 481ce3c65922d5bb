"""The node itself: its own record, key and log, which need nothing of the mission."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from truceline.base.canonical import plain, sha256_hex
from truceline.base.errors import InputError, TakenError, UnknownNameError
from truceline.base.time import interval_us, stamp
from truceline.model.entry import Entry, entry_about, told_by
from truceline.model.node import Capture, Receipt, refuse_name
from truceline.record import Disk, LocalDisk, Record, open_record
from truceline.record.disk import disk_unavailable
from truceline.record.notes.keys import KeyFolder
from truceline.record.notes.note import Signer, Verifier, signer_of, verifier_of
from truceline.run.live.state.books import CODE
from truceline.run.live.watching.intake import FORMATS
from truceline.run.mission import read_bytes
from truceline.run.node.receipts import node_origin, read_receipt, receipt_in, refuse_other

RECORD, KEYS, KEY = "record", "keys", "log"
MADE, RECEIVED = "made", "received"  # acts of its own log
MOST_WORDS = 2_000  # characters of a note


_DISK = LocalDisk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where the node's calls of the disk go, and its chance: n -> n random bytes."""

    disk: Disk = _DISK
    chance: Callable[[int], bytes] = os.urandom


_HERE = Storage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a person says of the files that are captured together."""

    by: str
    feed: str = ""
    note: str = ""
    clock_error_s: int = -1  # -1: not said
    again: bool = False  # the same file with the same words is a capture of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One file, what it is called from now on, and since when."""

    capture: Capture
    said: str
    at: str  # by the node's clock
    again: bool = False  # it had been captured before: nothing was added
    back_us: int = 0  # by how much the clock had gone back since the entry before


class FieldNode:
    """A node's folder: `with open_node(folder) as node:`. Limits: as `Record`; the whole log is read at opening."""

    def __init__(self, record: Record, signer: Signer) -> None:
        """Use `make_node` or `open_node`."""
        self.record, self.signer = record, signer
        self.name = self.mission = ""
        self.receipts: list[Receipt] = []
        self.captures: dict[int, Captured] = {}  # by position
        self.mission_key: Verifier | None = None  # of its receipts: the first one's, and no other
        self._by_words: dict[tuple[object, ...], Captured] = {}
        self._last_us = 0
        self._following: dict[tuple[int, int], int] = {}  # by block of reserved numbers: the next to be given
        self._locals = 0
        for position, entry in record.entries():
            self._apply(position, entry)

    @property
    def vkey(self) -> str:
        """The key under which the mission declares this node."""
        return self.signer.verifier.vkey

    @property
    def left(self) -> int:
        """How many reserved numbers are still to be given."""
        return sum(until - following for (_, until), following in self._following.items())

    @property
    def confirmed(self) -> int:
        """How many entries the mission confirmed that it has; those of another branch do not count."""
        sizes = sorted({(receipt.size, receipt.root) for receipt in self.receipts if receipt.size}, reverse=True)
        here = (size for size, root in sizes if size <= self.record.size and self.record.root(size).hex() == root)
        return next(here, 0)

    @property
    def astray(self) -> Receipt | None:
        """What the mission confirmed that this log does not hold: it was restored from an old copy. None: nothing."""
        confirmed = self.confirmed
        return next((each for each in self.receipts if each.size > confirmed), None)

    def begin(self, name: str, mission: str, *, now_us: int) -> None:
        """The first entry: who this is, and whose."""
        detail: dict[str, object] = {"act": MADE, "mission": mission, "key": self.vkey}
        self._append([Entry(kind="node", subject=name, author=CODE, known_at=stamp(now_us), detail=detail)])

    def capture(self, files: Sequence[Path], slip: Slip, *, clock: Callable[[], int]) -> Iterator[Captured]:
        """Keep each file and give it a number; what was yielded is on the disk.

        The same file under the same name with the same words is captured once, so that a command that was stopped can
        be given again. A clock that went back is journalled, and the capture goes on.

        Args: clock: the node's, microseconds UTC.

        Raises: InputError: a file cannot be read, or the words are too long. UnavailableError: those before are kept.
        """
        if len(slip.note) > MOST_WORDS or not slip.by.strip():
            raise InputError(
                f"the note has {len(slip.note)} characters of at most {MOST_WORDS}, by {slip.by!r}.",
                subject="capture",
                remedy="Say who captures, and put long words into a file of their own.",
            )
        for path in files:
            yield self._keep(path.name, read_bytes(path), slip, now_us=clock())

    def receive(self, content: bytes, *, now_us: int) -> Receipt:
        """Take in a mission's receipt: numbers, and what arrived. The same receipt again adds nothing.

        Raises: InputError: it is for another node, of another mission, or not signed by the key of the first one.
        """
        receipt, key = read_receipt(content, key=self.mission_key)
        refuse_other(receipt, name=self.name, mission=self.mission)
        if receipt not in self.receipts:
            hashes = (self.record.put(content),)
            detail: dict[str, object] = {"act": RECEIVED, "signed_by": key.vkey, "receipt": plain(receipt)}
            at = stamp(now_us)
            self._append(
                [Entry(kind="node", subject=self.name, author=CODE, known_at=at, hashes=hashes, detail=detail)]
            )
        return receipt

    def close(self) -> None:
        """Let the next command in."""
        self.record.close()

    def __enter__(self) -> "FieldNode":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _keep(self, name: str, content: bytes, slip: Slip, *, now_us: int) -> Captured:
        number = self._free()
        capture = Capture(
            author=slip.by,
            hashes=(sha256_hex(content),),
            name=name[:200],
            size_bytes=len(content),
            feed=slip.feed,
            format=FORMATS.get(Path(name).suffix.lower(), ""),
            note=slip.note,
            number=number,
            local=0 if number else self._locals + 1,
            clock_error_s=slip.clock_error_s,
        )
        before = self._by_words.get(_words(capture))
        if before is not None and not slip.again:
            return replace(before, again=True)
        self.record.put(content)
        back_us = max(0, self._last_us - now_us)
        detail: dict[str, object] = {"before": stamp(self._last_us), "back_us": back_us}
        jump = Entry(kind="clock", subject=self.name, author=CODE, known_at=stamp(now_us), detail=detail)
        entry = entry_about("raw", capture.said(self.name), capture, known_at_us=now_us)
        positions = self._append([jump, entry] if back_us else [entry])
        return replace(self.captures[positions[-1]], back_us=back_us)

    def _append(self, entries: Sequence[Entry]) -> range:
        positions = self.record.append(entries)
        for position, entry in zip(positions, entries, strict=True):
            self._apply(position, entry)
        return positions

    def _apply(self, position: int, entry: Entry) -> None:
        self._last_us = interval_us(entry.known_at, zone="UTC")[0]
        if entry.kind == "raw":
            capture = told_by(entry, Capture)
            captured = Captured(capture=capture, said=capture.said(self.name), at=entry.known_at)
            self.captures[position] = captured
            self._by_words.setdefault(_words(capture), captured)
            self._locals = max(self._locals, capture.local)
            for first, until in self._following:
                if first <= capture.number < until:
                    self._following[first, until] = capture.number + 1
        elif entry.kind == "node" and entry.detail["act"] == MADE:
            self.name, self.mission = entry.subject, str(entry.detail["mission"])
        elif entry.kind == "node":
            receipt = receipt_in(entry)
            self.mission_key = verifier_of(str(entry.detail["signed_by"]))
            self.receipts.append(receipt)
            for first, until in receipt.numbers:
                self._following.setdefault((first, until), first)

    def _free(self) -> int:
        """The next reserved number; 0: none is left."""
        free = (following for (_, until), following in sorted(self._following.items()) if following < until)
        return next(free, 0)


def make_node(folder: Path, name: str, *, mission: str, receipt: bytes = b"", now_us: int) -> FieldNode:
    """A new node in `folder`: record, key and first entry; with numbers, where a receipt that has some is given.

    Made again with the same words after it was stopped half way, it is completed.

    Args: mission: name of the mission's log; may be empty where a receipt names it.

    Raises: TakenError: another node, or something else, is here. InputError: the name, or the receipt.
    """
    refuse_name(name)
    if receipt:
        told, _ = read_receipt(receipt, key=None)
        mission = mission or told.mission
        refuse_other(told, name=name, mission=mission)
    if not mission:
        raise InputError("it is not said whose it is.", subject="node", remedy="Name the mission's log, or a receipt.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = {path.name for path in folder.iterdir()} - {RECORD, KEYS}
    except OSError as error:
        raise disk_unavailable(error, "node") from None
    if others:
        raise TakenError("something else is here.", subject=folder.name, remedy="Name a new folder for the node.")
    signer = signer_of(node_origin(mission, name), KeyFolder(folder / KEYS).secret_or_new(KEY))
    record = open_record(folder / RECORD)
    with ExitStack() as undo:
        undo.callback(record.close)
        node = FieldNode(record, signer)
        if record.size == 0:
            node.begin(name, mission, now_us=now_us)
        if (node.name, node.mission) != (name, mission):
            raise TakenError(
                f"the node {node.name} of {node.mission} is here.", subject=folder.name, remedy="Name a new folder."
            )
        if receipt:
            node.receive(receipt, now_us=now_us)
        undo.pop_all()
    return node


def open_node(folder: Path, *, writing: bool = True, storage: Storage = _HERE) -> FieldNode:
    """The node in `folder`. Raises: UnknownNameError: none is here. UnavailableError, IntegrityError."""
    if not (folder / RECORD).is_dir():
        raise UnknownNameError(
            "no node is here.", subject=folder.name, remedy="Name a node's folder, or make one: truceline node init."
        )
    record = open_record(folder / RECORD, writing=writing, disk=storage.disk, chance=storage.chance)
    with ExitStack() as undo:
        undo.callback(record.close)
        made = next(record.entries(kind="node"), None)
        if made is None:
            raise UnknownNameError(
                "its making was stopped half way.",
                subject=folder.name,
                remedy="Give the same truceline node init again.",
            )
        private = KeyFolder(folder / KEYS, disk=storage.disk).secret(KEY)
        node = FieldNode(record, signer_of(node_origin(str(made[1].detail["mission"]), made[1].subject), private))
        undo.pop_all()
    return node


def _words(capture: Capture) -> tuple[object, ...]:
    return capture.hashes, capture.name, capture.feed, capture.note, capture.author
