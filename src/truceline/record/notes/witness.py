"""A witness: it cosigns a checkpoint once it is shown that the log only grew since the last one it cosigned.

All of it is pure: the request and what the witness knows go in, the answer and what it knows then come out. And what
two readers find out when they compare the checkpoints they were given.

Source: C2SP tlog-witness, `add-checkpoint`.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from truceline.base.canonical import tree_root
from truceline.base.errors import IntegrityError, UnreadableError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.record.notes.checkpoint import Checkpoint, checkpoint_of, cosignature, cosigned, read_checkpoint
from truceline.record.notes.note import Note, Signer, Verifier, note_of
from truceline.record.tree.proofs import consistency_holds

MOST_STEPS = 63  # of a path: more no log below 2^63 entries needs
_REQUEST = re.compile(rb"old (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{43}=\n){0,64})\n(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a log asks of a witness: to cosign `checkpoint`, which `path` leads to from the size that it knows."""

    old: int
    path: tuple[bytes, ...]  # a consistency path, each 32 bytes
    checkpoint: bytes  # a note, signed by the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a witness knows of one log: the latest checkpoint that it cosigned, and when by its clock."""

    checkpoint: Checkpoint
    at_s: int
    note: bytes  # with the log's signature and the witness's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The witness cosigns. `seen` must be on its disk before `line` leaves it."""

    line: str
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The witness does not cosign. `status` is HTTP's; `body` is what the protocol asks for, else `why` in a line."""

    status: Literal[400, 403, 404, 409, 422, 503]
    why: str
    size: int | None = None  # 409: of the checkpoint that it cosigned last
    shown: bytes = b""  # the checkpoint with the log's signature alone, where that holds: evidence

    @property
    def body(self) -> str:
        """What is answered."""
        return f"{self.why if self.size is None else self.size}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two checkpoints of one log say together, and what to do next.

    `alike`: they are the same; `grew`: one continues the other, shown by a path; `split`: both cannot be of one log,
    and two signatures prove it; `open`: their sizes differ and no path that holds was shown.
    """

    verdict: Literal["alike", "grew", "split", "open"]
    words: str


def request_bytes(request: Request) -> bytes:
    """The request as it is sent, or carried as a file."""
    assert len(request.path) <= MOST_STEPS, f"no log needs a path of {len(request.path)} steps"
    steps = b"".join(b64encode(step) + b"\n" for step in request.path)
    return b"old %d\n%s\n%s" % (request.old, steps, request.checkpoint)


def request_of(content: bytes) -> Request:
    """The request that these bytes are; its checkpoint is not looked at. Raises: UnreadableError."""
    match = _REQUEST.fullmatch(content)
    if match is None:
        raise _unreadable("it is no request: expected `old` and a size, a path, a blank line and a checkpoint.")
    lines = match[2].split()
    path = tuple(b64decode(line) for line in lines)
    if len(path) > MOST_STEPS:
        raise _unreadable(f"its path has more than {MOST_STEPS} steps.")
    if any(b64encode(step) != line for step, line in zip(path, lines, strict=True)):
        raise _unreadable("a step of its path is written in another way than base64 has it.")
    return Request(old=int(match[1]), path=path, checkpoint=match[3])


def seen_of(note: bytes, *, log: Verifier, witness: Verifier) -> Seen:
    """What a witness kept of a log. Raises: UnreadableError, IntegrityError: it is not what this witness wrote."""
    checkpoint, whole = read_checkpoint(note, log=log)
    own = cosigned(whole, [witness])
    if not own:
        raise IntegrityError(
            f"it bears no cosignature of {witness.name}.",
            subject="witness",
            remedy="Stop this witness and keep its folder: what it knew of the log was altered.",
        )
    return Seen(checkpoint=checkpoint, at_s=own[0].at_s, note=note)


def consider(request: Request, seen: Seen | None, *, log: Verifier, signer: Signer, at_s: int) -> Granted | Refused:
    """Whether to cosign.

    Args:
        seen: what is known of the log; None: nothing was cosigned yet.
        log: the log's key. signer: the witness's. at_s: its clock, seconds since 1970.

    Limits: the latest checkpoint counts, as the protocol has it; an older one of the same log is answered with 409.
    """
    read = _read(request, log)
    if isinstance(read, Refused):
        return read
    checkpoint, note = read
    shown = f"{note.text}\n{''.join(each.line for each in note.signatures if each.is_by(log))}".encode()
    refused = _refusal(request, seen, checkpoint) or _clock(seen, at_s)
    if refused is not None:
        return replace(refused, shown=shown)
    line = cosignature(note.text, by=signer, at_s=at_s)
    return Granted(line=line, seen=Seen(checkpoint=checkpoint, at_s=at_s, note=shown + line.encode()))


def origin_of(request: Request) -> str:
    """Of which log its checkpoint says that it is, not checked. Raises: UnreadableError."""
    return checkpoint_of(note_of(request.checkpoint).text).origin


def not_watched(origin: str) -> Refused:
    """The answer about a log that the witness was not told of."""
    return Refused(status=404, why=f"this witness does not watch the log {origin[:80]!r}.")


def _read(request: Request, log: Verifier) -> tuple[Checkpoint, Note] | Refused:
    try:
        origin = origin_of(request)
        return read_checkpoint(request.checkpoint, log=log) if origin == log.name else not_watched(origin)
    except UnreadableError as error:
        return Refused(status=400, why=error.problem)
    except IntegrityError as error:  # of what was sent, not of what is kept here
        return Refused(status=403, why=error.problem)


def _refusal(request: Request, seen: Seen | None, new: Checkpoint) -> Refused | None:
    size, root = (seen.checkpoint.size, seen.checkpoint.root) if seen else (0, tree_root([]))
    if request.old > new.size:
        return Refused(status=400, why=f"the log cannot have had {request.old} entries and now {new.size}.")
    if request.old != size:
        return Refused(status=409, why=f"this witness cosigned {size} entries last, not {request.old}.", size=size)
    if new.size == 0 and new.root != tree_root([]):
        return Refused(status=422, why="the root of an empty log is another.")
    if request.old == 0:
        return Refused(status=422, why="from nothing there is no path to show.") if request.path else None
    if consistency_holds(old=size, old_root=root, size=new.size, root=new.root, path=request.path):
        return None
    if new.size == size:
        return Refused(status=422, why=f"a log of {size} entries was cosigned with another root: it shows two faces.")
    return Refused(status=422, why=f"the path does not lead from the {size} entries that were cosigned to {new.size}.")


def _clock(seen: Seen | None, at_s: int) -> Refused | None:
    latest_s = seen.at_s if seen else 1
    if at_s >= latest_s:
        return None
    why = f"this witness's clock stands before its own last cosignature, of {stamp(latest_s * US_PER_S)}: set it right."
    return Refused(status=503, why=why)


def compared(one: bytes, other: bytes, *, log: Verifier, path: Sequence[bytes] | None = None) -> Compared:
    """What two checkpoints prove that two readers were given.

    Args: path: a consistency path from the smaller to the larger; None: none is at hand.
    Raises: UnreadableError. IntegrityError: one of them is not signed by this log.
    """
    (small, _), (large, _) = sorted((read_checkpoint(each, log=log) for each in (one, other)), key=_size)
    named = f"{log.name}: {small.size} and {large.size} entries"
    if small.size == large.size:
        return _same_size(small, large, log)
    if path is None and small.size:
        words = f"{named}: not the same moment, so nothing is proven yet. Ask the log for a path from one to the other."
        return Compared(verdict="open", words=words)
    if consistency_holds(old=small.size, old_root=small.root, size=large.size, root=large.root, path=path or ()):
        return Compared(verdict="grew", words=f"{named}: the larger begins with the smaller. Both were shown one log.")
    words = (
        f"{named}: the path does not lead from one to the other. Ask the log for a right one; if it cannot give any, "
        "it shows two faces: keep both checkpoints as they are, and show them to everybody who relies on the log."
    )
    return Compared(verdict="open", words=words)


def _same_size(one: Checkpoint, other: Checkpoint, log: Verifier) -> Compared:
    if one == other:
        words = f"{log.name}: {one.size} entries under the same root. Both were shown one log."
        return Compared(verdict="alike", words=words)
    words = (
        f"{log.name}: {one.size} entries under two roots, {one.root.hex()[:16]}… and {other.root.hex()[:16]}…, both "
        f"signed by its key {log.vkey}. This is a split view, and the two signatures prove it: no log has two roots at "
        "one size. Rely on neither; keep both as they are, and show them to everybody who relies on the log."
    )
    return Compared(verdict="split", words=words)


def _size(read: tuple[Checkpoint, Note]) -> int:
    return read[0].size


def _unreadable(problem: str) -> UnreadableError:
    return UnreadableError(problem, subject="request to a witness", remedy="Make it again from the log.")
