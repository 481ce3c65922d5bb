"""A bag in a zip: the same parts give the same bytes, and every byte of the zip is one that the checker expects.

Members are stored, never compressed; no member has a time, an owner or a comment of its own; names are plain ASCII.

Source: RFC 8493 (BagIt 1.0); PKWARE APPNOTE 6.3, 4.3 for the zip.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from truceline.base.errors import TooLargeError

_LARGEST_BYTES = 2**32 - 1  # of a zip in its first form, which every program opens
_MOST_MEMBERS = 60_000
_LISTED_BYTES = 500  # more than a member takes in the list
_LOCAL, _CENTRAL, _END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_VERSION, _UNIX, _FIRST_DAY, _PLAIN_FILE = 20, 3 << 8, 0x21, 0o100644 << 16
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of the payload: `data/<name>`. Its content is asked for once, when its turn comes."""

    name: str
    content: Callable[[], bytes]


def part(name: str, content: bytes) -> Part:
    """A part whose bytes are at hand."""
    return Part(name=name, content=lambda: content)


def write_bag(target: BinaryIO, base: str, parts: Iterable[Part], *, about: Iterable[tuple[str, str]]) -> None:
    """Write a zip that unpacks into one folder, `base`, which is a bag.

    Args:
        target: opened for writing, at its beginning; one part at a time is held in memory.
        about: lines of bag-info.txt, (label, words).

    Raises: TooLargeError: it would be 4 GiB or more. AssertionError: two parts of one name, or an unsafe one.
    """
    zipped, manifest, size = _Zip(target, base), [], 0
    for each in sorted(parts, key=lambda each: each.name):
        content = each.content()
        zipped.add(f"data/{each.name}", content)
        manifest.append((_sha256(content), f"data/{each.name}"))
        size += len(content)
    facts = [*about, ("Payload-Oxum", f"{size}.{len(manifest)}")]
    tags = [
        ("bagit.txt", _BAGIT),
        ("bag-info.txt", "".join(f"{label}: {_one_line(words)}\n" for label, words in facts).encode()),
        ("manifest-sha256.txt", _manifest(manifest)),
    ]
    tags.append(("tagmanifest-sha256.txt", _manifest((_sha256(content), name) for name, content in sorted(tags))))
    for name, content in tags:
        zipped.add(name, content)
    zipped.close()


def safe_name(name: str) -> str:
    """A name that every system can keep a file under, as like `name` as it can be, at most 60 characters."""
    return (_UNSAFE.sub("_", name.rpartition("/")[2])[-60:].lstrip("._-")) or "unnamed"


class _Zip:
    """Members one after the other, then the list of them."""

    def __init__(self, target: BinaryIO, base: str) -> None:
        self._target, self._base = target, base
        self._at = 0
        self._listed: dict[bytes, bytes] = {}

    def add(self, name: str, content: bytes) -> None:
        whole = f"{self._base}/{name}".encode("ascii")
        assert whole not in self._listed, f"two parts are called {name}"
        assert all(safe_name(step) == step for step in f"{self._base}/{name}".split("/")), f"{name} is no safe name"
        size = self._at + len(content) + _LISTED_BYTES * (len(self._listed) + 1)
        if size > _LARGEST_BYTES or len(self._listed) >= _MOST_MEMBERS:
            raise TooLargeError(
                f"with {name} it has more than {_LARGEST_BYTES:,} bytes or {_MOST_MEMBERS:,} files.",
                subject="bundle",
                remedy="Hand over this finding's originals by their hashes beside a redacted bundle.",
            )
        facts = (zlib.crc32(content), len(content), len(content), len(whole), 0)
        local = struct.pack(_LOCAL, b"PK\3\4", _VERSION, 0, 0, 0, _FIRST_DAY, *facts) + whole
        central = (b"PK\1\2", _UNIX | _VERSION, _VERSION, 0, 0, 0, _FIRST_DAY, *facts, 0, 0, 0, _PLAIN_FILE, self._at)
        self._listed[whole] = struct.pack(_CENTRAL, *central) + whole
        self._target.write(local)
        self._target.write(content)
        self._at += len(local) + len(content)

    def close(self) -> None:
        listing, count = b"".join(self._listed.values()), len(self._listed)
        self._target.write(listing)
        self._target.write(struct.pack(_END, b"PK\5\6", 0, 0, count, count, len(listing), self._at, 0))


def _manifest(hashes: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{sha256}  {name}\n" for sha256, name in hashes).encode()


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
