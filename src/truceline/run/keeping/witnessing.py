"""Witnesses: one in a folder, which anybody may run; and how a mission asks those that it names.

In a witness's folder `logs/<hash of the name>/latest` is the checkpoint that it cosigned last, with the cosignature. In
`seen/` stands one checkpoint of every size before that, and of those that it refused though the log had signed them. In
`split/` stand both of each two of one size under two roots: two signatures of the log prove that it showed two faces.
"""

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import (
    IntegrityError,
    OutOfRangeError,
    TakenError,
    UnavailableError,
    UnknownNameError,
    UnreadableError,
)
from truceline.record import Record
from truceline.record.disk import Disk, LocalDisk, bytes_or_none, disk_unavailable, write_whole
from truceline.record.notes.checkpoint import Checkpoint, checkpoint_of, cosigned
from truceline.record.notes.keys import KeyFolder
from truceline.record.notes.note import COSIGNATURE, ED25519, Signer, Verifier, note_of, signer_of, verifier_of
from truceline.record.notes.witness import (
    Granted,
    Refused,
    Request,
    Seen,
    compared,
    consider,
    not_watched,
    origin_of,
    request_bytes,
    request_of,
    seen_of,
)
from truceline.run.keeping.asking import Question, post

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

DECLARATION, LOCK, KEYS, LOGS = "witness.json", "lock", "keys", "logs"
LATEST, SEEN, SPLIT = "latest", "seen", "split"
KEY = "witness"
TEXT = "text/plain; charset=utf-8"
WAIT_S = 5
_TRIES = 3
_SIZE = re.compile(r"(0|[1-9][0-9]{0,15})\n")
_POLL_S = 0.002
_MODE = 0o644
_LOCAL = LocalDisk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a witness knows of one log.

    `seen`: None: it cosigned nothing. `split`: for each size at which the log showed two faces or more, the checkpoints
    that prove it.
    """

    log: Verifier
    seen: Seen | None
    split: tuple[tuple[bytes, ...], ...]


def make_witness(folder: Path, name: str, logs: Sequence[str], *, disk: Disk = _LOCAL) -> Verifier:
    """Begin a witness, or let the one in `folder` watch more logs; its key, to be given to who runs the logs.

    Args:
        name: a short address without scheme, such as `observers.example/valley`; nothing needs to answer there.
        logs: keys of logs, each as its mission gave it.

    Raises: UnreadableError: a key or the name is out of form. TakenError: the folder is of a witness of another name,
        or a log of this name has another key here. UnavailableError, IntegrityError.
    Limits: one folder, one witness. A folder copied to a second machine, or brought back from an older copy, may
        cosign what contradicts its own word: make a new witness instead.
    """
    watched = [_log_of(each) for each in logs]
    signer_of(name, bytes(32))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            had, known = _declared(folder) if (folder / DECLARATION).exists() else (name, {})
            if had != name:
                raise _taken(f"it is of the witness {had}.", "Take another folder.")
            signer = signer_of(name, KeyFolder(folder / KEYS, disk=disk).secret_or_new(KEY), kind=COSIGNATURE)
            for log in watched:
                if known.setdefault(log.name, log) != log:
                    raise _taken(f"the log {log.name} has another key here.", "Ask its mission which is right.")
                _make_place(folder, log.name, disk)
            told = {"name": name, "logs": sorted(log.vkey for log in known.values())}
            write_whole(disk, folder / DECLARATION, canonical_bytes(told) + b"\n", _MODE)
    except OSError as error:
        raise disk_unavailable(error, KEY) from None
    return signer.verifier


def cosign(folder: Path, content: bytes, *, now_s: Callable[[], int], disk: Disk = _LOCAL) -> Granted | Refused:
    """Answer a request. What is granted is on the disk when this returns; one request at a time, in all processes.

    Args:
        content: the request as it came, over the network or as a file.
        now_s: the clock, seconds since 1970; read once it is this request's turn.

    Raises: UnknownNameError: no witness in this folder. UnavailableError: disk, or another process is at it for long.
        IntegrityError: what the witness kept was altered; it must stop.
    """
    try:
        request = request_of(content)
        origin = origin_of(request)
    except UnreadableError as error:
        return Refused(status=400, why=error.problem)
    name, logs = _declared(folder)
    log = logs.get(origin)
    if log is None:
        return not_watched(origin)
    signer = _signer(folder, name)
    try:
        with _locked(folder):
            return _answer(_place(folder, origin), request, log=log, signer=signer, clock=(now_s(), disk))
    except OSError as error:
        raise disk_unavailable(error, KEY) from None


def latest_note(folder: Path, origin_hash: str) -> bytes | None:
    """The checkpoint that was cosigned last, with both signatures; None: there is none, or the log is not watched.

    Args: origin_hash: SHA-256 of the log's name, hex.
    """
    known = {_hash(origin) for origin in _declared(folder)[1]}
    try:
        return bytes_or_none(folder / LOGS / origin_hash / LATEST) if origin_hash in known else None
    except OSError as error:
        raise disk_unavailable(error, KEY) from None


def watched(folder: Path) -> list[Watched]:
    """What the witness knows of each log, by name, all read again. Raises: as `cosign`."""
    name, logs = _declared(folder)
    witness, found = _signer(folder, name).verifier, []
    for origin, log in sorted(logs.items()):
        place = _place(folder, origin)
        try:
            found.append(Watched(log=log, seen=_seen(place, log, witness), split=_split(place)))
        except OSError as error:
            raise disk_unavailable(error, KEY) from None
    return found


def witness_key(folder: Path) -> Verifier:
    """The key of the witness in this folder. Raises: UnknownNameError, IntegrityError, UnavailableError."""
    return _signer(folder, _declared(folder)[0]).verifier


def request_for(record: Record, note: bytes, old: int) -> bytes:
    """What a witness that knows `old` entries is asked with about the checkpoint `note`.

    Raises: OutOfRangeError: the checkpoint tells of fewer. UnreadableError, IntegrityError, UnknownNameError.
    """
    size = _told(note).size
    if not 0 <= old <= size:
        raise OutOfRangeError(
            f"it tells of {size} entries, and the witness knows {old}.",
            subject="checkpoint",
            remedy="Ask with a later checkpoint; if the log never had so many, entries of it are lost.",
        )
    return request_bytes(Request(old=old, path=tuple(record.consistency(old, size)), checkpoint=note))


def ask_witness(record: Record, note: bytes, *, url: str, timeout_s: float) -> str:
    """Have a witness cosign the checkpoint `note`; its lines, to be checked with `checked_lines`.

    Args: url: of its service. timeout_s: for each of at most three requests; the first learns what it knows.
    Raises: UnavailableError: no answer, or it refuses, in its own words. InputError: the address. IntegrityError.
    """
    old = 0
    for _ in range(_TRIES):
        content = request_for(record, note, old)
        asked = Question(body=content, kind=TEXT, timeout_s=timeout_s, subject=KEY)
        answer = post(f"{url.rstrip('/')}/add-checkpoint", asked)
        words = answer.body.decode("utf-8", "replace")
        if answer.status == 200:
            return words
        if answer.status != 409:
            raise _refuses(f"it refuses with status {answer.status}: {' '.join(words.split())[:200] or 'no words'}")
        if not _SIZE.fullmatch(words):
            raise _refuses("it does not say how many entries it knows.")
        old = int(words)
    raise _refuses(f"it says again and again that it knows another size, {old} at last.")


def checked_lines(note: bytes, lines: bytes, witnesses: Sequence[Verifier]) -> str:
    """Those lines of a witness's answer that are by one of `witnesses`; they hold. Others are left out.

    Raises: IntegrityError: none is, or one is altered. UnreadableError: they are no signature lines.
    """
    whole, own = note_of(note + lines), len(note_of(note).signatures)
    added = [each for each in whole.signatures[own:] if any(each.is_by(witness) for witness in witnesses)]
    if not added or not cosigned(replace(whole, signatures=tuple(added)), witnesses):
        raise IntegrityError(
            "no line is by a witness that the mission names.",
            subject="cosignature",
            remedy="Enter the witness with its key in the mission's declaration, or ask for the right file.",
        )
    return "".join(each.line for each in added)


def split_view(one: bytes, other: bytes, *, log: Verifier, proof: bytes | None = None) -> str:
    """Whether two readers were shown one log, in words, which also say what to do next.

    Args: proof: a request to a witness, made from the smaller checkpoint to the larger; None: none is at hand.
    Raises: IntegrityError: they were not, and two signatures prove it; or one is not signed by this log.
        UnreadableError.
    """
    found = compared(one, other, log=log, path=None if proof is None else request_of(proof).path)
    if found.verdict == "split":
        raise IntegrityError(found.words, subject="split view", remedy="Publish nothing more of this log.")
    return found.words


def _refuses(problem: str) -> UnavailableError:
    return UnavailableError(
        problem,
        subject=KEY,
        remedy="It is asked again later, and nothing waits for it; ask who runs it, if it stays so.",
    )


def _answer(
    place: Path, request: Request, *, log: Verifier, signer: Signer, clock: tuple[int, Disk]
) -> Granted | Refused:
    now_s, disk = clock
    seen = _seen(place, log, signer.verifier)
    answer = consider(request, seen, log=log, signer=signer, at_s=now_s)
    shown = answer.seen.note if isinstance(answer, Granted) else answer.shown
    if shown:
        _remember(place, shown, seen, disk)
    if isinstance(answer, Granted):
        if seen is not None and seen.checkpoint.size < answer.seen.checkpoint.size:
            write_whole(disk, place / SEEN / str(seen.checkpoint.size), seen.note, _MODE)
        write_whole(disk, place / LATEST, answer.seen.note, _MODE)
    elif answer.shown and (seen is None or seen.checkpoint.size != _told(shown).size):
        _keep_first(place, shown, disk)
    return answer


def _split(place: Path) -> tuple[tuple[bytes, ...], ...]:
    by_size: dict[int, list[bytes]] = {}
    for path in sorted((place / SPLIT).glob("*-*[0-9a-f]")):
        by_size.setdefault(int(path.name.partition("-")[0]), []).append(path.read_bytes())
    return tuple(tuple(by_size[size]) for size in sorted(by_size))


def _remember(place: Path, shown: bytes, seen: Seen | None, disk: Disk) -> None:
    """Keep both where one of this size was seen before with another root."""
    new = _told(shown)
    same_size = seen.note if seen and seen.checkpoint.size == new.size else None
    held = same_size or bytes_or_none(place / SEEN / str(new.size))
    if held is not None and _told(held).root != new.root:
        for each in (held, shown):
            told = _told(each)
            path = place / SPLIT / f"{told.size}-{told.root.hex()}"
            if not path.exists():
                write_whole(disk, path, each, _MODE)


def _keep_first(place: Path, shown: bytes, disk: Disk) -> None:
    path = place / SEEN / str(_told(shown).size)
    if not path.exists():
        write_whole(disk, path, shown, _MODE)


def _seen(place: Path, log: Verifier, witness: Verifier) -> Seen | None:
    note = bytes_or_none(place / LATEST)
    if note is not None:
        return seen_of(note, log=log, witness=witness)
    if any(cosigned(note_of(path.read_bytes()), [witness]) for path in (place / SEEN).glob("*[0-9]")):
        raise IntegrityError(
            f"what it cosigned last of {log.name} is missing.",
            subject=KEY,
            remedy="Stop this witness and keep its folder; bring the file back, or make a new witness.",
        )
    return None


def _told(note: bytes) -> Checkpoint:
    return checkpoint_of(note_of(note).text)


def _log_of(vkey: str) -> Verifier:
    log = verifier_of(vkey)
    if log.kind != ED25519:
        raise UnreadableError(
            f"the key of {log.name} is not one of a log: its kind is {log.kind}.",
            subject=KEY,
            remedy="Ask its mission for the key of its log.",
        )
    return log


def _declared(folder: Path) -> tuple[str, dict[str, Verifier]]:
    try:
        content = bytes_or_none(folder / DECLARATION)
    except OSError as error:
        raise disk_unavailable(error, KEY) from None
    if content is None:
        raise UnknownNameError(
            f"there is none in {folder.name}/.",
            subject=KEY,
            remedy="Make one first, and give its key to who runs the log.",
        )
    try:
        told = json.loads(content)
        return str(told["name"]), {log.name: log for log in map(_log_of, told["logs"])}
    except (ValueError, KeyError, TypeError, UnreadableError):
        raise IntegrityError(
            f"{DECLARATION} is damaged.", subject=KEY, remedy="Bring back the file that names the witness and its logs."
        ) from None


def _signer(folder: Path, name: str) -> Signer:
    return signer_of(name, KeyFolder(folder / KEYS).secret(KEY), kind=COSIGNATURE)


def _place(folder: Path, origin: str) -> Path:
    return folder / LOGS / _hash(origin)


def _hash(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _make_place(folder: Path, origin: str, disk: Disk) -> None:
    place = _place(folder, origin)
    for path in (folder / LOGS, place, place / SEEN, place / SPLIT):
        disk.make_folder(path)
        disk.sync_folder(path.parent)


def _taken(problem: str, remedy: str) -> TakenError:
    return TakenError(problem, subject=KEY, remedy=remedy)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone in this folder, among all threads and processes; let go however the process ends."""
    with (folder / LOCK).open("ab") as file:
        until_s = time.monotonic() + WAIT_S
        while not _lock(file.fileno()):
            if time.monotonic() > until_s:
                raise UnavailableError(
                    f"another process was at work in its folder for {WAIT_S} s.",
                    subject=KEY,
                    remedy="Try again; stop the other process if it hangs.",
                )
            time.sleep(_POLL_S)
        yield


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
