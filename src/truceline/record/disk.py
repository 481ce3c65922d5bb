"""The disk, as the few calls that the record makes of it: a port, so that a test can make each call fail."""

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from truceline.base.errors import UnavailableError

PART = ".part"  # ending of a file that is still being written; never read
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_STEP = 1 << 18  # bytes; more at once takes the system fresh memory in large pieces, on virtual machines the slowest
_sync_content = getattr(os, "fdatasync", os.fsync)


class Disk(Protocol):
    """Every storage call of the record. Each may raise OSError; whether it took effect is then unknown."""

    def make_folder(self, path: Path) -> None:
        """Make the folder where it is missing."""

    def create(self, path: Path, mode: int) -> int:
        """Make a new file for writing and return its handle; refuse one that exists."""

    def open(self, path: Path) -> int:
        """Open a file for reading and writing, made empty where it is missing, and return its handle."""

    def write(self, handle: int, content: bytes) -> None:
        """Write all of `content`."""

    def write_at(self, handle: int, content: bytes, at: int) -> None:
        """Write all of `content` over what stands from byte `at` on."""

    def cut(self, handle: int, size: int) -> None:
        """Keep the first `size` bytes."""

    def sync(self, handle: int) -> None:
        """Return when what was written is on the disk."""

    def rename(self, source: Path, target: Path) -> None:
        """Give `source` the name `target` in one step."""

    def sync_folder(self, path: Path) -> None:
        """Return when the names in the folder are on the disk."""

    def commit(self, act: Callable[[], None]) -> None:
        """Run the log's commit."""


class LocalDisk:
    """The operating system's own calls.

    Limits: on macOS `fsync` leaves the drive's own cache unflushed; on Windows folders cannot be synced and
        are not.
    """

    def make_folder(self, path: Path) -> None:
        """Make the folder where it is missing."""
        path.mkdir(exist_ok=True)

    def create(self, path: Path, mode: int) -> int:
        """Make a new file for writing; one that exists is refused, and so is a link."""
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)

    def open(self, path: Path) -> int:
        """Open a file for reading and writing; a link is not followed, where the system can tell."""
        flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        return os.open(path, flags, 0o644)

    def write(self, handle: int, content: bytes) -> None:
        """Write all of `content`, however many calls that takes."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest[:_STEP]) :]

    def write_at(self, handle: int, content: bytes, at: int) -> None:
        """Write all of `content`, however many calls that takes."""
        rest = memoryview(content)
        while rest:
            done = os.pwrite(handle, rest, at)
            rest, at = rest[done:], at + done

    def cut(self, handle: int, size: int) -> None:
        """Keep the first `size` bytes."""
        os.ftruncate(handle, size)

    def sync(self, handle: int) -> None:
        """fdatasync: content and size, which is all that reading needs; fsync where there is none."""
        _sync_content(handle)

    def rename(self, source: Path, target: Path) -> None:
        """Rename over `target` in one step."""
        os.replace(source, target)

    def sync_folder(self, path: Path) -> None:
        """fsync of the folder, where the system has one."""
        if os.name == "nt":
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def commit(self, act: Callable[[], None]) -> None:
        """Run the log's commit."""
        act()


def write_whole(disk: Disk, target: Path, content: bytes, mode: int) -> None:
    """Put `content` under the name `target`, all of it or nothing, and return when it is on the disk.

    Written beside the target, synced, renamed, folder synced. A half file never carries the target's name,
    and none is left where this returns or raises; a process killed in between may leave one that ends in
    `.part`.

    Raises: OSError, as the disk gave it.
    """
    part = target.with_name(target.name + PART)
    part.unlink(missing_ok=True)
    try:
        handle = disk.create(part, mode)
        try:
            disk.write(handle, content)
            disk.sync(handle)
        finally:
            os.close(handle)
        disk.rename(part, target)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    disk.sync_folder(target.parent)


def bytes_or_none(path: Path) -> bytes | None:
    """The bytes of a small file, or None where there is none. Raises: OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def disk_unavailable(error: OSError, subject: str) -> UnavailableError:
    """The disk's refusal in words, without the path."""
    if error.errno in _FULL:
        problem, do = "the disk is full.", "Make room and run the same command again"
    elif error.errno in _REFUSED:
        problem, do = (
            "this account may not write here.",
            "Ask for the right to write the record's folder and run again",
        )
    else:
        problem, do = (
            f"the disk answered: {error.strerror or 'unknown error'}.",
            "Check the disk and run again",
        )
    return UnavailableError(problem, subject=subject, remedy=f"{do}: nothing was lost.")
