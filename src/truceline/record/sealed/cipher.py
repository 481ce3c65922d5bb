"""The key of one subject: what is derived from it, and how content is encrypted with it.

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
        self._cipher = AESSIV(_derived(secret, b"content", _SIV_BYTES))
        self._mac = _derived(secret, b"name", _MAC_BYTES)
        self.id = _derived(secret, b"id", 8).hex()

    def hashing(self) -> hmac.HMAC:
        """The keyed hash over plain content."""
        return hmac.new(self._mac, digestmod=hashlib.sha256)

    def sealed(self, header: SealedHeader, parts: Iterable[bytes]) -> Iterator[bytes]:
        """The stored form, part by part. Args: parts: of `PART_BYTES` each but for the last; at least one."""
        text = header.text()
        yield text
        for index, part in enumerate(parts):
            yield self._cipher.encrypt(part, [text, index.to_bytes(8, "big")])

    def opened(self, header: SealedHeader, stored: bytes) -> bytes:
        """The plain content. Raises: IntegrityError: other bytes, or another key, than it was sealed with."""
        text, whole = header.text(), memoryview(stored)
        count = max(1, -(-header.size_bytes // PART_BYTES))
        if len(stored) != len(text) + header.size_bytes + count * _TAG_BYTES or stored[: len(text)] != text:
            raise broken(f"{len(stored)} bytes cannot hold what its header says.")
        step, plain = PART_BYTES + _TAG_BYTES, list[bytes]()
        try:
            for index in range(count):
                part = whole[len(text) + index * step : len(text) + (index + 1) * step]
                plain.append(self._cipher.decrypt(part, [text, index.to_bytes(8, "big")]))
        except InvalidTag:
            raise broken("its bytes are not what was sealed with this key.") from None
        return b"".join(plain)


def _derived(secret: bytes, what: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=length, info=b"truceline sealed 1: " + what).derive(secret)
