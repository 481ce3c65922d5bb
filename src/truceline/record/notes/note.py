"""Signed notes: a text, and lines in which somebody signs it with Ed25519.

Source: C2SP signed-note v1.0.0; RFC 8032.
"""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from truceline.base.errors import IntegrityError, UnreadableError

ED25519: Final = 0x01  # a signature over the text
COSIGNATURE: Final = 0x04  # a signature over the text and a moment (`checkpoint.py`)
MOST_BYTES = 1_000_000  # of a note; more is refused before it is looked at
_KEY_BYTES = 32
_NAME = re.compile(r"[^\s+]+")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_TRUST = "Do not rely on it: ask whoever gave it to you, and compare it with a copy that somebody else holds."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Whose signatures of which kind are known: a name, and an Ed25519 public key, 32 bytes."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name ‖ newline ‖ kind ‖ key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """As text: name+id+key, to be given to whoever shall check."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made `signature`, 64 bytes, over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: a name and an Ed25519 private key, 32 bytes, which no text of ours ever shows."""

    name: str
    private: bytes = field(repr=False)
    kind: int = ED25519

    @property
    def verifier(self) -> Verifier:
        """What others check the signatures with."""
        public = Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()
        return Verifier(name=self.name, public=public, kind=self.kind)

    def line(self, message: bytes, *, before: bytes = b"") -> str:
        """The signature line over `message`; `before`: bytes that the kind puts before the signature itself."""
        signature = Ed25519PrivateKey.from_private_bytes(self.private).sign(message)
        return Signature(name=self.name, key_id=self.verifier.key_id, content=before + signature).line


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line under a note: who it says signed, the id of the key, and what the kind holds."""

    name: str
    key_id: bytes
    content: bytes

    @property
    def line(self) -> str:
        """As it stands under a note, with its newline."""
        return f"— {self.name} {b64encode(self.key_id + self.content).decode()}\n"

    def is_by(self, verifier: Verifier) -> bool:
        """Whether name and id are this key's; its content is not looked at."""
        return (self.name, self.key_id) == (verifier.name, verifier.key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, with its final newline, and the signatures under it, none of them checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    def signed_by(self, verifier: Verifier) -> bool:
        """Whether a line of this key is there and holds. For `ED25519` only.

        Raises: IntegrityError: such a line is there and does not hold: the note was altered.
        """
        assert verifier.kind == ED25519, "a cosignature is checked with its moment: `cosigned`"
        lines = [each for each in self.signatures if each.is_by(verifier)]
        if not all(verifier.holds(self.text.encode(), each.content) for each in lines):
            raise IntegrityError(
                f"the signature of {verifier.name} does not hold: text or signature is altered.",
                subject="signed note",
                remedy=_TRUST,
            )
        return bool(lines)


def note_of(content: bytes) -> Note:
    """The note that these bytes are. Raises: UnreadableError: one byte of its form is wrong."""
    if len(content) > MOST_BYTES:
        raise _unreadable(f"it has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        whole = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(f"byte {error.start} is not UTF-8.") from None
    if any(each < " " and each != "\n" for each in whole):
        raise _unreadable("it holds a control character.")
    text, blank, lines = whole.rpartition("\n\n")
    if not (blank and lines.endswith("\n")):
        raise _unreadable("it has no blank line with signatures under it.")
    return Note(text=text + "\n", signatures=tuple(signature_of(line) for line in lines[:-1].split("\n")))


def signature_of(line: str) -> Signature:
    """The signature that one line, without its newline, is. Raises: UnreadableError."""
    match = _LINE.fullmatch(line)
    content = _base64(match[2]) if match else None
    if match is None or content is None or len(content) <= 4:
        raise _unreadable(f"{line[:60]!r} is no signature line.")
    return Signature(name=match[1], key_id=content[:4], content=content[4:])


def verifier_of(vkey: str) -> Verifier:
    """The verifier that a text `name+id+key` names. Raises: UnreadableError: out of form, or of another id."""
    match = _VKEY.fullmatch(vkey.strip())
    key = _base64(match[3]) if match else None
    if match is None or key is None or len(key) != 1 + _KEY_BYTES or key[0] not in (ED25519, COSIGNATURE):
        raise _unreadable(f"{vkey[:60]!r} is no key: expected name+8 hex digits+base64 of an Ed25519 key.")
    verifier = Verifier(name=match[1], public=key[1:], kind=key[0])
    if verifier.key_id.hex() != match[2]:
        raise _unreadable(f"the key of {match[1]!r} has id {verifier.key_id.hex()}, and the text says {match[2]}.")
    return verifier


def signer_of(name: str, private: bytes, *, kind: int = ED25519) -> Signer:
    """A signer. Raises: UnreadableError: the name has a space or a plus, or the key is not 32 bytes."""
    if not _NAME.fullmatch(name):
        raise _unreadable(f"{name[:60]!r} cannot name a key: it may hold no space and no plus.")
    if len(private) != _KEY_BYTES:
        raise _unreadable(f"the key of {name} has {len(private)} bytes, and Ed25519 takes {_KEY_BYTES}.")
    return Signer(name=name, private=private, kind=kind)


def signed(text: str, signers: Sequence[Signer]) -> bytes:
    """The note: `text`, which ends in a newline, signed by each. Only for signers of kind `ED25519`.

    A control character or too long a text is our own broken promise: nobody could read the note.
    """
    assert text.endswith("\n"), "the text of a note ends in a newline"
    assert all(each.kind == ED25519 for each in signers), "a cosignature is made with its moment: `cosignature`"
    note = (text + "\n" + "".join(each.line(text.encode()) for each in signers)).encode()
    assert note_of(note).text == text, "what is signed can be read again"
    return note


def _base64(text: str) -> bytes | None:
    try:
        found = b64decode(text, validate=True)
    except binascii.Error:
        return None
    return found if b64encode(found).decode() == text else None


def _unreadable(problem: str) -> UnreadableError:
    return UnreadableError(problem, subject="signed note", remedy="Take it again from whoever signed it.")
