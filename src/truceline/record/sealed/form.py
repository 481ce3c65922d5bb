"""The stored form of sealed content: a first line, a header, then the content in parts, each encrypted by AES-SIV.

    truceline sealed 1
    {"bytes":1048580,"content":"<64 hex>","key":"<16 hex>","subject":"<32 hex>"}
    <16 bytes of tag and up to 1 MiB of ciphertext, for each part; an empty content is one empty part>

`subject` is the random pseudonym of a key, `key` which key that was, `content` a keyed hash of the plain bytes: equal
bytes under one key have one form, and others are unlike from the first part on. Each part is bound to the header and to
its place, so that nothing can be left out, moved or brought in from elsewhere.
How a part is encrypted: `cipher.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import IntegrityError
from truceline.record.leaf import KEEP

MAGIC = b"truceline sealed 1\n"
HEADER_BYTES_MAX = 300  # first line and header
PART_BYTES = 1 << 20
_HEADER = re.compile(
    rb'\{"bytes":(0|[1-9][0-9]{0,14}),"content":"([0-9a-f]{64})","key":"([0-9a-f]{16})","subject":"([0-9a-f]{32})"\}\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedHeader:
    """What stands in the open before sealed content. None of it says what the content is, but for its size."""

    size_bytes: int  # of the plain content
    content: str  # keyed hash of the plain content, 64 hex digits
    key: str  # which key, 16 hex digits
    subject: str  # pseudonym of the key, 32 hex digits

    def text(self) -> bytes:
        """First line and header, as they stand before the first part."""
        header = {"bytes": self.size_bytes, "content": self.content, "key": self.key, "subject": self.subject}
        return MAGIC + canonical_bytes(header) + b"\n"


def sealed_header(beginning: bytes) -> SealedHeader | None:
    """The header of sealed content, from its first `HEADER_BYTES_MAX` bytes; None where it is not sealed.

    Raises: IntegrityError: it begins like sealed content and is out of form.
    """
    if not beginning.startswith(MAGIC):
        return None
    found = _HEADER.match(beginning, len(MAGIC))
    if found is None:
        raise broken("its header is out of form.")
    size, content, key, subject = (each.decode() for each in found.groups())
    return SealedHeader(size_bytes=int(size), content=content, key=key, subject=subject)


def parts_of(content: bytes) -> Iterator[bytes]:
    """Content as the parts that are sealed: at least one."""
    return (content[at : at + PART_BYTES] for at in range(0, max(1, len(content)), PART_BYTES))


def broken(problem: str) -> IntegrityError:
    """What is stored is not what was sealed."""
    return IntegrityError(problem, subject="sealed content", remedy=KEEP)
