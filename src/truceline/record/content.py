"""The content store: bytes under the name of their own hash, written once, checked at every reading."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from truceline.base.canonical import sha256_hex
from truceline.base.errors import IntegrityError, UnknownNameError
from truceline.record.disk import Disk, disk_unavailable, write_whole
from truceline.record.leaf import KEEP, SHA256

_NAME = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})")
_READ_ONLY = 0o444
_CHUNK = 1 << 20


class ContentStore:
    """Originals and tables, as `content/ab/cdef…`.

    Limits: content is held in memory while it is put or got; one thread at a time; one writer, whom the log's
        lock names.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._durable: set[str] = set()  # folders whose own name is known to be on the disk

    def put(self, content: bytes) -> str:
        """Keep `content` and return its SHA-256, 64 hex digits; it is on the disk when this returns.

        Putting the same content again changes nothing.

        Raises: UnavailableError: full disk, no permission; no half file is left. IntegrityError: other bytes
            stand under this name already; they are evidence and stay.
        """
        sha256 = sha256_hex(content)
        path = self._path(sha256)
        try:
            self._ready(sha256)
            if os.path.lexists(path):
                self.get(sha256)
                self._disk.sync_folder(path.parent)  # an earlier put may have been stopped just before this
            else:
                write_whole(self._disk, path, content, _READ_ONLY)
        except OSError as error:
            raise disk_unavailable(error, _subject(sha256)) from None
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes whose SHA-256 this is, checked.

        Raises: IntegrityError: missing, altered, or a link. UnknownNameError: not a hash. UnavailableError:
            unreadable.
        """
        content = b"".join(self._chunks(sha256))
        found = sha256_hex(content)
        if found != sha256:
            raise IntegrityError(
                f"its bytes are altered: expected SHA-256 {sha256}, found {found}.",
                subject=_subject(sha256),
                remedy=KEEP,
            )
        return content

    def has(self, sha256: str) -> bool:
        """Whether a file stands under this hash; its bytes are not read."""
        try:
            return stat.S_ISREG(self._path(sha256).lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def measured(self, sha256: str) -> tuple[str, int]:
        """Hash and size, in bytes, of what stands under this name now, in bounded memory. For verification.

        Raises: IntegrityError: missing, or a link. UnavailableError: unreadable.
        """
        digest, size = hashlib.sha256(), 0
        for chunk in self._chunks(sha256):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size

    def names(self) -> Iterator[str]:
        """Every name in the store, `ab/cdef…`, sorted; what does not belong there too; links not followed.

        Raises: UnavailableError: a folder cannot be read.
        """
        for outer in _sorted(self._folder):
            if outer.is_dir(follow_symlinks=False) and re.fullmatch(r"[0-9a-f]{2}", outer.name):
                for inner in _sorted(Path(outer.path)):
                    plain = inner.is_file(follow_symlinks=False)
                    yield f"{outer.name}/{inner.name}" + ("" if plain else "/")
            else:
                yield outer.name + "/"

    def _path(self, sha256: str) -> Path:
        if not SHA256.fullmatch(sha256):
            raise UnknownNameError(
                f"{sha256[:80]!r} is no SHA-256.",
                subject="content",
                remedy="Ask by 64 lower-case hex digits, as an entry prints them.",
            )
        return self._folder / sha256[:2] / sha256[2:]

    def _ready(self, sha256: str) -> None:
        """The folder of this hash, its own name on the disk."""
        folder = self._path(sha256).parent
        self._refuse_links(sha256)
        if sha256[:2] in self._durable:
            return
        self._disk.make_folder(folder)
        self._disk.sync_folder(self._folder)
        self._durable.add(sha256[:2])

    def _refuse_links(self, sha256: str) -> None:
        path = self._path(sha256)
        for place in (self._folder, path.parent, path):
            if place.is_symlink():
                raise IntegrityError(
                    "a symbolic link stands where the record keeps its own bytes.",
                    subject=_subject(sha256),
                    remedy=KEEP,
                )

    def _chunks(self, sha256: str) -> Iterator[bytes]:
        self._refuse_links(sha256)
        if not self.has(sha256):
            raise IntegrityError(
                f"it is missing: expected SHA-256 {sha256}, found no file.",
                subject=_subject(sha256),
                remedy=KEEP,
            )
        try:
            with self._path(sha256).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except OSError as error:
            raise disk_unavailable(error, _subject(sha256)) from None


def hash_of_name(name: str) -> str | None:
    """The hash that a name in the store stands for, or None where it is no name of the store's."""
    match = _NAME.fullmatch(name)
    return match[1] + match[2] if match else None


def _sorted(folder: Path) -> list["os.DirEntry[str]"]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    try:
        return sorted(os.scandir(folder), key=lambda item: item.name)
    except OSError as error:
        raise disk_unavailable(error, "content") from None


def _subject(sha256: str) -> str:
    return f"content {sha256[:16]}"
