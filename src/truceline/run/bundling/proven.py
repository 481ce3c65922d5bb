"""Entries of the log with what proves them: salt, path, and the signed checkpoint that all paths lead to."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import IntegrityError, UnavailableError
from truceline.model.entry import Entry
from truceline.record import Record
from truceline.record.leaf import opened
from truceline.record.notes.checkpoint import Checkpoint, cosigned, read_checkpoint
from truceline.record.notes.note import note_of, verifier_of
from truceline.run.bundling.archive import Part, part

CHECKER = "verify_bundle.py"
_PEM = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n"
_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")  # of an Ed25519 public key; RFC 8410, 4
_KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The checkpoint that a bundle is made under, and what others added to it.

    `note` is as the log signed it; `cosignatures` are whole lines, may be empty; `token` is an RFC 3161 answer over
    `note`, DER, and `authority` whom it must lead to, PEM: both or none. Keys are texts `name+id+base64`.
    """

    note: bytes
    log_key: str
    cosignatures: bytes = b""
    witness_keys: tuple[str, ...] = ()
    token: bytes = b""
    authority: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """For whom a bundle is made, why, and when: a UTC stamp. `opens`: what is sealed is to be read there, too."""

    for_whom: str
    why: str
    made_at: str
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What of the log goes into a bundle: entries by position, under one checkpoint."""

    checkpoint: Checkpoint
    entries: dict[int, Entry]
    parts: tuple[Part, ...]


def sealed_checkpoint(record: Record, seal: Seal) -> Checkpoint:
    """The seal's checkpoint, whose signatures hold and which this record begins with.

    Raises: IntegrityError: it is of another log, altered, or the record was. UnreadableError: out of form.
        UnavailableError: a cosignature is by nobody whose key is given.
    """
    checkpoint, _ = read_checkpoint(seal.note, log=verifier_of(seal.log_key))
    if checkpoint.size > record.size or record.root(checkpoint.size) != checkpoint.root:
        raise IntegrityError(
            "the record does not begin with what it signed.",
            subject=f"checkpoint of {checkpoint.size} entries",
            remedy="Stop publishing, keep the disk, and verify the record.",
        )
    note, witnesses = note_of(seal.note + seal.cosignatures), [verifier_of(key) for key in seal.witness_keys]
    cosigned(note, witnesses)
    unknown = [line.name for line in note.signatures[1:] if not any(line.is_by(each) for each in witnesses)]
    if unknown:
        raise UnavailableError(
            f"there is no key of {unknown[0]}, who cosigned.",
            subject="bundle",
            remedy="Give that witness's key too, or leave its line out.",
        )
    return checkpoint


def proven(record: Record, positions: Sequence[int], seal: Seal) -> Proven:
    """The entries at these positions with their proofs, and everything that the proofs lead to, as parts of a bundle.

    Raises: UnavailableError: one is not under the checkpoint yet. Else as `sealed_checkpoint`.
    """
    checkpoint = sealed_checkpoint(record, seal)
    entries: dict[int, Entry] = {}
    proofs, parts = [], []
    for position in sorted(set(positions)):
        if position >= checkpoint.size:
            raise UnavailableError(
                f"entry {position} is newer than the checkpoint, which signs {checkpoint.size} entries.",
                subject="bundle",
                remedy="Sign a checkpoint, then make the bundle: truceline log checkpoint MISSION.",
            )
        sealed = record.sealed(position)
        entry = entries[position] = opened(sealed)
        path = [step.hex() for step in record.inclusion(position, checkpoint.size)]
        proof = {"position": position, "kind": entry.kind, "subject": entry.subject, "salt": sealed.salt.hex()}
        proofs.append({**proof, "path": path})
        parts.append(part(f"entries/{position}.json", sealed.body))
    parts.append(part("proofs.json", canonical_bytes(proofs)))
    return Proven(checkpoint=checkpoint, entries=entries, parts=(*parts, *_sealing(seal)))


def own_parts(about: dict[str, object], purpose: Purpose, page: bytes) -> list[Part]:
    """What every bundle has besides: what it claims, the page, and the program that checks it."""
    stated = {"for_whom": purpose.for_whom, "why": purpose.why, "made_at": purpose.made_at}
    return [
        part("bundle.json", canonical_bytes({"bundle": 1, **about, **stated})),
        part("index.html", page),
        part(CHECKER, checker()),
    ]


def checker() -> bytes:
    """The program that checks a bundle with nothing of ours installed: Python 3.9 or later, and openssl 3."""
    return resources.files("truceline.run.bundling").joinpath(CHECKER).read_bytes()


def _sealing(seal: Seal) -> list[Part]:
    key, note = verifier_of(seal.log_key), note_of(seal.note)
    pem = _PEM.format(b64encode(_DER_PREFIX + key.public).decode())
    signature = b64decode(seal.note.rpartition(b" ")[2])[_KEY_ID_BYTES:]
    parts = [
        part("log/checkpoint", seal.note),
        part("log/cosignatures", seal.cosignatures),
        part("log/keys.txt", "".join(f"{each}\n" for each in (seal.log_key, *seal.witness_keys)).encode()),
        part("log/key.pem", pem.encode()),
        part("log/signed.txt", note.text.encode()),
        part("log/signature.bin", signature),
    ]
    if seal.token:
        parts += [part("log/timestamp.tsr", seal.token), part("log/timestamp-ca.pem", seal.authority)]
    return parts
