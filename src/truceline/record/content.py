"""The content store: bytes under the name of their own hash, written once, checked at every reading."""

import hashlib
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from truceline.base.canonical import sha256_hex
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError, UnreadableError
from truceline.record.disk import PART, Disk, disk_unavailable, write_whole
from truceline.record.leaf import KEEP, SHA256

_NAME = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})")
_READ_ONLY = 0o444
_CHUNK = 1 << 20  # bytes; each is one hand-over between threads, and still near the processor when it is hashed
_INCOMING = ("0" * 64, "0" * 63 + "1")  # what is written before its hash is known: `.part`s under these names, in turn
_SYNC_EACH = 16 << 20  # bytes of a large file after which the disk begins, while the rest is written
_FOLDERS = tuple(f"{number:02x}" for number in range(256))
_FEW = 16  # folders that are made one by one; then the rest at once, for one sync
_DIRECT = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A file that is written, not synced and not named yet."""

    part: Path
    handle: int
    sha256: str
    size: int


class ContentStore:
    """Originals and tables, as `content/ab/cdef…`.

    Limits: `put` and `get` hold content in memory, the others do not; one thread at a time; one writer, whom
        the log's lock names.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._incoming = threading.Lock()
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

    def put_files(self, sources: Iterable[Path]) -> list[tuple[str, int]]:
        """Keep copies of files of any size, in bounded memory; SHA-256 and size in bytes of each, in order.

        The sources are only read. They are on the disk when this returns, and not before; many at once share syncs.

        Raises: UnreadableError: no such file, a link or no plain file, no right to read it. UnavailableError: one
            changed while it was copied, its disk failed, or as `put`; no half file is left. IntegrityError: as `put`.
        """
        return self.put_all(chunks_of_file(source) for source in sources)

    def put_all(self, contents: Iterable[Iterable[bytes]]) -> list[tuple[str, int]]:
        """Keep each content, given in parts; as `put_files`. Raises: as `put`, and what `contents` raises."""
        parts = [(path := self._path(name)).with_name(path.name + PART) for name in _INCOMING]
        kept, last = list[tuple[str, int]](), Future[Path]()
        named_in = set[Path]()
        with self._incoming:
            try:
                self._ready(_INCOMING[0])
                for number, chunks in enumerate(contents):
                    written = self._written(parts[number % 2], chunks)
                    before, last = last, self._syncing.submit(self._take_in, written)  # while the next one is written
                    kept.append((written.sha256, written.size))
                    named_in |= {before.result()} if number else set()
                named_in |= {last.result()} if kept else set()
                for folder in sorted(named_in):
                    self._disk.sync_folder(folder)
            except OSError as error:
                raise disk_unavailable(error, "content") from None
            finally:
                wait([last] if kept else [])
                for part in parts:
                    with suppress(OSError):
                        part.unlink(missing_ok=True)
        return kept

    def get(self, sha256: str) -> bytes:
        """The bytes whose SHA-256 this is, checked.

        Raises: IntegrityError: missing, altered, or a link. UnknownNameError: not a hash. UnavailableError:
            unreadable.
        """
        content = b"".join(self.chunks(sha256))
        _refuse_altered(sha256, sha256_hex(content))
        return content

    def has(self, sha256: str) -> bool:
        """Whether a file stands under this hash; its bytes are not read."""
        try:
            return stat.S_ISREG(self._path(sha256).lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def measured(
        self, sha256: str, *, from_disk: bool = False, taking: Callable[[int], None] | None = None
    ) -> tuple[str, int]:
        """Hash and size, in bytes, of what stands under this name now, in bounded memory. For verification.

        Args: from_disk: as `chunks`. taking: told after each part how many bytes it had.

        Raises: IntegrityError: missing, or a link. UnavailableError: unreadable.
        """
        digest, size = hashlib.sha256(), 0
        for chunk in self.chunks(sha256, from_disk=from_disk):
            digest.update(chunk)
            size += len(chunk)
            if taking:
                taking(len(chunk))
        return digest.hexdigest(), size

    def chunks(self, sha256: str, *, size_bytes: int = _CHUNK, from_disk: bool = False) -> Iterator[bytes]:
        """What stands under this name now, unchecked, in parts of `size_bytes`.

        Args: from_disk: ask the system to forget what it holds of the file in memory, before and after.

        Raises: as `measured`.
        """
        self._refuse_links(sha256)
        if not self.has(sha256):
            raise IntegrityError(
                f"it is missing: expected SHA-256 {sha256}, found no file.",
                subject=_subject(sha256),
                remedy=KEEP,
            )
        try:
            with self._path(sha256).open("rb") as file:
                _forget(file.fileno(), from_disk)
                while chunk := file.read(size_bytes):
                    yield chunk
                _forget(file.fileno(), from_disk)
        except OSError as error:
            raise disk_unavailable(error, _subject(sha256)) from None

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
        self._refuse_links(sha256)
        if sha256[:2] in self._durable:
            return
        for name in _FOLDERS if len(self._durable) >= _FEW else (sha256[:2],):
            self._disk.make_folder(self._folder / name)
        standing = os.listdir(self._folder)
        self._disk.sync_folder(self._folder)
        self._durable.update(standing)

    @cached_property
    def _hashing(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="truceline-hash")

    @cached_property
    def _syncing(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="truceline-sync")

    def _written(self, part: Path, chunks: Iterable[bytes]) -> "_Written":
        """Write it all; hashed and, from time to time, synced meanwhile. Its handle is left open."""
        digest, size, hashed, synced = hashlib.sha256(), 0, Future[None](), Future[None]()
        hashed.set_result(None)
        synced.set_result(None)
        part.unlink(missing_ok=True)
        with ExitStack() as undo:
            handle = self._disk.create(part, _READ_ONLY)
            undo.callback(os.close, handle)
            undo.callback(lambda: wait([synced]))
            for chunk in chunks:
                hashed.result()
                hashed = self._hashing.submit(digest.update, chunk)
                self._disk.write(handle, chunk)
                size += len(chunk)
                if size % _SYNC_EACH < len(chunk):
                    synced.result()
                    synced = self._syncing.submit(self._disk.sync, handle)
            hashed.result()
            synced.result()
            undo.pop_all()
        return _Written(part=part, handle=handle, sha256=digest.hexdigest(), size=size)

    def _take_in(self, written: "_Written") -> Path:
        """Bring it to the disk and give it its name; the folder whose names are then to be synced."""
        try:
            self._disk.sync(written.handle)
        finally:
            os.close(written.handle)
        path = self._path(written.sha256)
        self._ready(written.sha256)
        if os.path.lexists(path):
            _refuse_altered(written.sha256, self.measured(written.sha256)[0])
        else:
            self._disk.rename(written.part, path)
        return path.parent

    def _refuse_links(self, sha256: str) -> None:
        path = self._path(sha256)
        for place in (self._folder, path.parent, path):
            if place.is_symlink():
                raise IntegrityError(
                    "a symbolic link stands where the record keeps its own bytes.",
                    subject=_subject(sha256),
                    remedy=KEEP,
                )


def chunks_of_file(source: Path) -> Iterator[bytes]:
    """A plain file's bytes in parts of 1 MiB, read once. Raises: as `ContentStore.put_files` of its source."""
    subject = f"file {source.name}"
    try:
        _refuse_special(source.lstat(), subject)
        with open(os.open(source, os.O_RDONLY | _DIRECT), "rb", buffering=0) as file:
            before, size = os.fstat(file.fileno()), 0
            _refuse_special(before, subject)  # another may have come in its place
            while size <= before.st_size and (chunk := file.read(_CHUNK)):
                size += len(chunk)
                yield chunk
            if size != before.st_size or _version(os.fstat(file.fileno())) != _version(before):
                raise UnavailableError(
                    "it changed while it was copied.",
                    subject=subject,
                    remedy="Wait until it is written, then put it in again: nothing was kept of it.",
                )
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(
            f"cannot be opened: {cause}.", subject=subject, remedy="Check its path and its rights."
        ) from None
    except OSError as error:
        raise UnavailableError(
            f"cannot be read now: {error.strerror}.", subject=subject, remedy="Check the disk, then try again."
        ) from None


def _refuse_special(found: os.stat_result, subject: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no plain file"
        raise UnreadableError(f"is {kind}.", subject=subject, remedy="Name the file itself.")


def _version(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _forget(handle: int, asked: bool) -> None:
    if asked and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _refuse_altered(sha256: str, found: str) -> None:
    if found != sha256:
        raise IntegrityError(
            f"its bytes are altered: expected SHA-256 {sha256}, found {found}.",
            subject=_subject(sha256),
            remedy=KEEP,
        )


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
