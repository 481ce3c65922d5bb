"""A disk under which the process dies at one of its calls, and a child to die in."""

import os
import signal
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from truceline.record import LocalDisk

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class Ending(LocalDisk):
    """Kills its process by signal 9 at the `at`-th call: before it took effect, or after. None: counts only."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at, self.after, self.calls = at, after, list[str]()

    def _call(self, name: str, act: Callable[[], object]) -> object:
        here = len(self.calls) == self.at
        self.calls.append(name)
        if here and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        told = act()
        if here:
            os.kill(os.getpid(), signal.SIGKILL)
        return told

    def create(self, path: Path, mode: int) -> int:
        handle = self._call("create", lambda: LocalDisk.create(self, path, mode))
        assert isinstance(handle, int)
        return handle

    def write(self, handle: int, content: bytes) -> None:
        self._call("write", lambda: LocalDisk.write(self, handle, content))

    def sync(self, handle: int) -> None:
        self._call("sync", lambda: LocalDisk.sync(self, handle))

    def rename(self, source: Path, target: Path) -> None:
        self._call("rename", lambda: LocalDisk.rename(self, source, target))

    def sync_folder(self, path: Path) -> None:
        self._call("sync_folder", lambda: LocalDisk.sync_folder(self, path))

    def commit(self, act: Callable[[], None]) -> None:
        self._call("commit", act)


def some(counted: Ending, *, after: bool) -> range:
    """Which calls to die at: every other one, before it or after it; all in a long run."""
    return range(len(counted.calls)) if os.environ.get("TRUCELINE_LONG") else range(after, len(counted.calls), 2)


def dies(act: Callable[[], object]) -> bool:
    """Whether a child that runs `act` was killed; it must not end otherwise than by that or in peace."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads: the child uses none of them
        child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status)
