"""Checkpoints of a mission's record: what is new is signed, cosigned by witnesses, stamped by an authority, and kept.

They stand beside the log, `checkpoints/<size>` as the log signed it, with `.cosignatures` and `.timestamp` next to it.
Note and cosignatures one after the other are a cosigned note as C2SP has it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError, UnknownNameError
from truceline.base.time import stamp
from truceline.model.entry import Entry
from truceline.model.mission import KeepSettings, Mission
from truceline.record import Record
from truceline.record.custody import custody_entries, forget, sessions
from truceline.record.disk import Disk, LocalDisk, bytes_or_none, disk_unavailable, write_whole
from truceline.record.notes.checkpoint import (
    Checkpoint,
    Cosigned,
    checkpoint_of,
    cosigned,
    read_checkpoint,
    witness_of,
)
from truceline.record.notes.keys import KeyFolder
from truceline.record.notes.note import Signer, Verifier, note_of, signer_of, verifier_of
from truceline.run.keeping.witnessing import checked_lines
from truceline.run.live.state.books import CODE

CHECKPOINTS = "checkpoints"
KIND, SUBJECT = "checkpoint", "log"
KEY = "log"
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_LOCAL = LocalDisk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One checkpoint with all that stands beside it."""

    checkpoint: Checkpoint
    note: bytes  # as the log signed it
    cosignatures: bytes  # lines of witnesses; may be empty
    token: bytes  # an RFC 3161 answer over `note`; may be empty

    @property
    def whole(self) -> bytes:
        """The note with all its signature lines."""
        return self.note + self.cosignatures


def origin_of(mission: Mission) -> str:
    """The log's name in its checkpoints."""
    return mission.keep.origin or "truceline/" + re.sub(r"[^\w.-]+", "-", mission.name.lower()).strip("-")


def keys_of(folder: Path, keep: KeepSettings) -> KeyFolder:
    """The folder of keys of the mission in `folder`: inside it, or where its declaration says."""
    return KeyFolder(folder / keep.keys)


def signer_for(folder: Path, mission: Mission) -> Signer:
    """Who signs for this mission's log; its key is made where there is none."""
    return signer_of(origin_of(mission), keys_of(folder, mission.keep).secret_or_new(KEY))


def witnesses_of(keep: KeepSettings) -> list[Verifier]:
    """The keys of the witnesses that the mission names. Raises: UnreadableError: one is no key."""
    return [witness_of(each.key) for each in keep.witnesses]


def log_key(record: Record) -> Verifier | None:
    """The key that the record says its checkpoints are signed with; None before the first.

    Whoever checks must hold it against what was given to him by another way.
    """
    last = record.last(KIND, SUBJECT)
    return None if last is None else verifier_of(str(last[1].detail["vkey"]))


def sign_checkpoint(record: Record, signer: Signer, *, now_us: int) -> Published:
    """Sign what the log holds, with all notes of custody in it; where nothing is new, the latest checkpoint again.

    Raises: as `checkpoint_entry`.
    """
    entries, kept = custody_to_keep(record)
    record.append(entries)
    kept()
    entry = checkpoint_entry(record, signer, now_us=now_us)
    record.append([entry] if entry else [])
    found = latest(record.folder)
    assert found is not None, "it was signed just now"
    return found


def custody_to_keep(record: Record) -> tuple[list[Entry], Callable[[], None]]:
    """What readers noted beside the log and it does not hold yet; and what to call once it does."""
    found = sessions(record.folder)
    return custody_entries(found, last=record.last), lambda: forget(record.folder, found)


def checkpoint_entry(record: Record, signer: Signer, *, now_us: int, disk: Disk = _LOCAL) -> Entry | None:
    """Sign what the log holds and keep the note; the entry that says so is to be appended. None: nothing is new.

    Nothing is signed that does not begin with what was signed before.

    Raises: IntegrityError: the log does not hold what an earlier checkpoint says, or another key signed before: stop
        publishing. UnavailableError: the clock stands before the last checkpoint; disk.
    """
    before, size = latest(record.folder), record.size
    _refuse_other(record, signer, before, now_us)
    told = record.last(KIND, SUBJECT)
    if before and told and told[0] == size - 1 and told[1].detail["size"] == before.checkpoint.size:
        return None
    checkpoint = Checkpoint(origin=signer.name, size=size, root=record.root(size))
    record.settle()
    if before is None or before.checkpoint.size != size:  # else it was stopped before its entry
        _keep(record.folder, str(size), checkpoint.signed_by(signer), disk)
    return _entry(checkpoint, signer.verifier, now_us)


def latest(folder: Path) -> Published | None:
    """The largest checkpoint that stands in the record's `folder`; None: none was signed. Raises: as `at_size`."""
    sizes = sizes_of(folder)
    return at_size(folder, sizes[-1]) if sizes else None


def at_size(folder: Path, size: int) -> Published:
    """The checkpoint of this size. Raises: UnknownNameError: none. UnreadableError: altered. UnavailableError."""
    place = folder / CHECKPOINTS
    try:
        note = bytes_or_none(place / str(size))
        beside = [bytes_or_none(place / f"{size}.{ending}") or b"" for ending in ("cosignatures", "timestamp")]
    except OSError as error:
        raise disk_unavailable(error, KIND) from None
    if note is None:
        have = ", ".join(map(str, sizes_of(folder)[-5:])) or "none"
        raise UnknownNameError(
            "no checkpoint of this size was signed.", subject=f"size {size}", remedy=f"The latest are: {have}."
        )
    return Published(checkpoint=checkpoint_of(note_of(note).text), note=note, cosignatures=beside[0], token=beside[1])


def sizes_of(folder: Path) -> list[int]:
    """Sizes of the checkpoints that were signed, smallest first. Raises: UnavailableError."""
    try:
        return sorted(int(each.name) for each in (folder / CHECKPOINTS).glob("*") if _SIZE.fullmatch(each.name))
    except OSError as error:
        raise disk_unavailable(error, KIND) from None


def keep_cosignature(folder: Path, size: int, lines: bytes, witnesses: Sequence[Verifier]) -> None:
    """Add what a witness answered to a checkpoint, once it is known to hold. Raises: as `checked_lines`."""
    published = at_size(folder, size)
    fresh = checked_lines(published.note, lines, witnesses).encode()
    if fresh not in published.cosignatures:
        _keep(folder, f"{size}.cosignatures", published.cosignatures + fresh, _LOCAL)


def keep_token(folder: Path, size: int, token: bytes) -> None:
    """Keep a timestamp authority's answer that was checked."""
    _keep(folder, f"{size}.timestamp", token, _LOCAL)


def cosigned_by(published: Published, witnesses: Sequence[Verifier]) -> tuple[Cosigned, ...]:
    """Which witnesses found it consistent, and when. Raises: IntegrityError: a line is altered."""
    return cosigned(note_of(published.whole), witnesses)


def checkpoint_faults(record: Record, *, log: Verifier | None, witnesses: Sequence[Verifier]) -> list[str]:
    """What is wrong between the checkpoints in the folder, the log's entries about them, and the log itself, in words.

    Args: log: the key that they must be signed with; None: the one that the record names.
    """
    faults, told = [], {int(str(e.detail["size"])): e for _, e in record.entries(kind=KIND, subject=SUBJECT)}
    try:
        key = log or log_key(record)
        sizes = sizes_of(record.folder)
    except TrucelineError as error:
        return [str(error)]
    for size in sorted(told.keys() - set(sizes)):
        faults.append(f"checkpoint {size}: the log says that it was signed, and its file is missing.")
    for size in sizes:
        fault = _fault(record, size, told.get(size), key, witnesses)
        faults += [f"checkpoint {size}: {fault}"] if fault else []
    return faults


def _fault(record: Record, size: int, told: Entry | None, key: Verifier | None, witnesses: Sequence[Verifier]) -> str:
    if key is None:
        return "it is signed by a key that the log does not name."
    try:
        published = at_size(record.folder, size)
        read_checkpoint(published.note, log=key)
        if published.cosignatures and checked_lines(published.note, published.cosignatures, witnesses).encode() != (
            published.cosignatures
        ):
            return "a line under it is altered, or by a witness that the mission names no longer: keep naming it."
    except TrucelineError as error:
        return error.problem
    if published.checkpoint.size != size:
        return f"the file holds the checkpoint of size {published.checkpoint.size}."
    if size > record.size:
        return f"it tells of {size} entries, and the log holds {record.size}: entries are lost."
    if record.root(size) != published.checkpoint.root:
        return "its root is not that of the log's first entries: the log was written anew."
    if told is not None and told.detail["root"] != published.checkpoint.root.hex():
        return "the log's own entry about it names another root."
    return ""


def against(record: Record, held: bytes, *, log: Verifier) -> str:
    """What a checkpoint that somebody else holds proves about this record, in words.

    Raises: IntegrityError: the log does not begin with it: it was cut, or written anew. UnreadableError.
    """
    checkpoint, _ = read_checkpoint(held, log=log)
    if checkpoint.size > record.size:
        raise IntegrityError(
            f"it tells of {checkpoint.size} entries, and this record holds {record.size}: entries are lost.",
            subject="checkpoint that was brought",
            remedy="Stop publishing, keep the disk, and ask who holds a longer copy.",
        )
    if record.root(checkpoint.size) != checkpoint.root:
        raise IntegrityError(
            f"the first {checkpoint.size} entries of this record have another root: a split view, or a rewritten log.",
            subject="checkpoint that was brought",
            remedy="Stop publishing, keep both, and show them to the parties: both are signed by the same key.",
        )
    return f"This record begins with the {checkpoint.size} entries of the checkpoint that was brought."


def _refuse_other(record: Record, signer: Signer, before: Published | None, now_us: int) -> None:
    told = record.last(KIND, SUBJECT)
    if told is not None and int(str(told[1].detail["at_us"])) > now_us:
        raise UnavailableError(
            f"the clock says {stamp(now_us)}, and the last checkpoint was signed at {told[1].known_at}.",
            subject=KIND,
            remedy="Set the clock right and run again: nothing was signed, and what is recorded stays.",
        )
    if told is not None and told[1].detail["vkey"] != signer.verifier.vkey:
        raise IntegrityError(
            "this log was signed with another key before.",
            subject=KIND,
            remedy="Bring back its folder of keys; if the key is lost, begin a new mission that refers to this one.",
        )
    if before is None:
        return
    read_checkpoint(before.note, log=signer.verifier)
    against(record, before.note, log=signer.verifier)


def _entry(checkpoint: Checkpoint, key: Verifier, now_us: int) -> Entry:
    detail: dict[str, object] = {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "vkey": key.vkey,
        "at_us": str(now_us),
    }
    return Entry(kind=KIND, subject=SUBJECT, author=CODE, known_at=stamp(now_us), detail=detail)


def _keep(folder: Path, name: str, content: bytes, disk: Disk) -> None:
    place = folder / CHECKPOINTS
    try:
        disk.make_folder(place)
        disk.sync_folder(folder)
        write_whole(disk, place / name, content, 0o644)
    except OSError as error:
        raise disk_unavailable(error, KIND) from None
