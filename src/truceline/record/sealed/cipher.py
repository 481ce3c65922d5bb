"""The key of one subject: what is derived from it, and how content is encrypted with it.

Each content has an AES-SIV key of its own, derived from the subject's and from what the header says: so one content can
be opened for somebody, and nothing else of that subject. The second half of such a key is AES-CTR's, which opens what
is sealed with any AES; that what comes out is what was sealed, its sense and the record's hashes have to show.

Source: RFC 5297 (AES-SIV), RFC 2104 (HMAC), RFC 5869 (HKDF-Expand).
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from truceline.record.sealed.form import PART_BYTES, SealedHeader, broken

DATA_KEY_BYTES = 32
_TAG_BYTES, _SIV_BYTES, _MAC_BYTES = 16, 64, 32


class DataKey:
    """The secret under which the content of one subject is sealed."""

    def __init__(self, secret: bytes) -> None:
        """Args: secret: 32 random bytes."""
        assert len(secret) == DATA_KEY_BYTES, f"a data key has {DATA_KEY_BYTES} bytes, not {len(secret)}"
        self._secret = secret
        self._mac = _derived(secret, b"name", _MAC_BYTES)
        self.id = _derived(secret, b"id", 8).hex()

    def hashing(self) -> hmac.HMAC:
        """The keyed hash over plain content."""
        return hmac.new(self._mac, digestmod=hashlib.sha256)

    def ctr_key(self, header: SealedHeader) -> bytes:
        """The 32 bytes that open this one content: AES-256-CTR from each part's tag, bits 31 and 63 cleared."""
        return self._siv_key(header)[_SIV_BYTES // 2 :]

    def sealed(self, header: SealedHeader, parts: Iterable[bytes]) -> Iterator[bytes]:
        """The stored form, part by part. Args: parts: of `PART_BYTES` each but for the last; at least one."""
        text, cipher = header.text(), AESSIV(self._siv_key(header))
        yield text
        for index, part in enumerate(parts):
            yield cipher.encrypt(part, [text, index.to_bytes(8, "big")])

    def opened(self, header: SealedHeader, stored: bytes) -> bytes:
        """The plain content. Raises: IntegrityError: other bytes, or another key, than it was sealed with."""
        text, whole = header.text(), memoryview(stored)
        count = max(1, -(-header.size_bytes // PART_BYTES))
        if len(stored) != len(text) + header.size_bytes + count * _TAG_BYTES or stored[: len(text)] != text:
            raise broken(f"{len(stored)} bytes cannot hold what its header says.")
        step, plain, cipher = PART_BYTES + _TAG_BYTES, list[bytes](), AESSIV(self._siv_key(header))
        try:
            for index in range(count):
                part = whole[len(text) + index * step : len(text) + (index + 1) * step]
                plain.append(cipher.decrypt(part, [text, index.to_bytes(8, "big")]))
        except InvalidTag:
            raise broken("its bytes are not what was sealed with this key.") from None
        return b"".join(plain)

    def _siv_key(self, header: SealedHeader) -> bytes:
        return _derived(self._secret, b"content " + header.text(), _SIV_BYTES)


def _derived(secret: bytes, what: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=length, info=b"truceline sealed 1: " + what).derive(secret)
