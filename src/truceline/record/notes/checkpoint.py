"""A checkpoint: how many entries a log held and the root over them, signed; and what witnesses add to it.

Source: C2SP tlog-checkpoint v1.0.0 and tlog-cosignature (Ed25519, `cosignature/v1`).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from truceline.base.errors import IntegrityError, UnreadableError
from truceline.record.notes.note import COSIGNATURE, Note, Signer, Verifier, note_of, signed, verifier_of

_MOMENT_BYTES = 8
_LATEST_S = 2**63 - 1
_BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What one log says it is: `size` entries under `root`, 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed_by(self, signer: Signer) -> bytes:
        """The note. The signer's name is the log's origin."""
        assert signer.name == self.origin, f"{signer.name} cannot sign for the log {self.origin}"
        return signed(self.text(), [signer])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """That a witness found the log consistent with all it had seen of it, and when by the witness's clock."""

    name: str
    at_s: int  # seconds since 1970, UTC


def checkpoint_of(text: str) -> Checkpoint:
    """The checkpoint that a note's text is. Raises: UnreadableError: out of form; further lines are refused."""
    match = _BODY.fullmatch(text)
    root = b64decode(match[3]) if match else b""
    if match is None or b64encode(root).decode() != match[3]:
        raise _unreadable("it is no checkpoint: expected three lines, the log's name, its size and its root.")
    if match[4]:
        further = match[4].split("\n")[0][:60]
        raise _unreadable(f"below its root stands {further!r}, which nobody here could check: three lines are taken.")
    return Checkpoint(origin=match[1], size=int(match[2]), root=root)


def read_checkpoint(content: bytes, *, log: Verifier) -> tuple[Checkpoint, Note]:
    """The checkpoint in these bytes, whose signature by the log holds, and the note with all its lines.

    Raises: UnreadableError: out of form. IntegrityError: not signed by this log, or altered.
    """
    note = note_of(content)
    checkpoint = checkpoint_of(note.text)
    if checkpoint.origin != log.name or not note.signed_by(log):
        raise IntegrityError(
            f"it is of {checkpoint.origin!r} and bears no signature by the key of {log.name!r}.",
            subject="checkpoint",
            remedy="Ask for the log's key again by another way, and compare; do not rely on this checkpoint.",
        )
    return checkpoint, note


def witness_of(vkey: str) -> Verifier:
    """The key of a witness. Raises: UnreadableError: out of form, or the key of somebody who signs other notes."""
    verifier = verifier_of(vkey)
    if verifier.kind != COSIGNATURE:
        raise UnreadableError(
            f"the key of {verifier.name} is not one of a witness: its kind is {verifier.kind}, not {COSIGNATURE}.",
            subject="witness",
            remedy="Ask the witness for the key with which it cosigns.",
        )
    return verifier


def cosignature(text: str, *, by: Signer, at_s: int) -> str:
    """The line that a witness adds under a checkpoint's text. The witness has checked consistency before."""
    assert by.kind == COSIGNATURE, "a witness has a key of its own kind"
    assert 0 < at_s <= _LATEST_S, f"{at_s} is no moment of a cosignature"
    return by.line(_message(text, at_s), before=at_s.to_bytes(_MOMENT_BYTES, "big"))


def cosigned(note: Note, witnesses: Sequence[Verifier]) -> tuple[Cosigned, ...]:
    """Which of these witnesses signed the note, each once, at its latest moment.

    Raises: IntegrityError: a line of a known witness does not hold.
    """
    assert all(each.kind == COSIGNATURE for each in witnesses), "keys of witnesses are read with `witness_of`"
    found: dict[str, Cosigned] = {}
    for witness in witnesses:
        for line in note.signatures:
            if not line.is_by(witness):
                continue
            moment, signature = line.content[:_MOMENT_BYTES], line.content[_MOMENT_BYTES:]
            at_s = int.from_bytes(moment, "big")
            if not (0 < at_s <= _LATEST_S and witness.holds(_message(note.text, at_s), signature)):
                raise IntegrityError(
                    f"the cosignature of {witness.name} does not hold: text or signature is altered.",
                    subject="checkpoint",
                    remedy="Do not rely on it: ask the witness for its own copy.",
                )
            if witness.name not in found or found[witness.name].at_s < at_s:
                found[witness.name] = Cosigned(name=witness.name, at_s=at_s)
    return tuple(found.values())


def _unreadable(problem: str) -> UnreadableError:
    return UnreadableError(problem, subject="checkpoint", remedy="Take it again from the log.")


def _message(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()
