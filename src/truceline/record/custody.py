"""Custody: who was given which bytes, when and why. The record writes it by itself, before it hands them out.

A reader must not wait for the writer, so each session notes into a file of its own, `custody/<session>`; whoever signs
the next checkpoint puts what the files say into the log (`custody_entries`) and removes what is over (`forget`).
"""

import errno
import getpass
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import UnavailableError
from truceline.base.time import stamp
from truceline.model.entry import Entry
from truceline.record.disk import Disk, disk_unavailable

CUSTODY = "custody"
KIND = "custody"
MOST_ACTS = 500  # in one entry
_NOT_OURS = {errno.EACCES, errno.EPERM, errno.EROFS}
_LONGEST_WHY = 300  # characters
_OVER = b'{"act":"over"}\n'
_SESSION = re.compile(r"[0-9]{1,20}-[0-9a-f]{16}")
Act = Literal["read", "export", "release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """Who is given something, why, and since when, microseconds UTC."""

    who: str
    why: str
    at_us: int


Who = Callable[[], Custodian | None]


def _this_account() -> Custodian:
    command = shlex.join([Path(sys.argv[0]).name or "python", *sys.argv[1:]])
    return Custodian(who=f"account {_account()}", why=command[:_LONGEST_WHY], at_us=_begun_us())


_ACTING: ContextVar[Who] = ContextVar("acting", default=_this_account)


@contextmanager
def acting(who: Who) -> Iterator[None]:
    """Inside, whatever is read is read by whom `who` names, which is asked when something is read."""
    token = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(token)


@contextmanager
def for_itself() -> Iterator[None]:
    """Inside, the program reads to work out tables and findings, which say themselves what they were made of.

    Nobody is handed anything, so nothing is noted. tests/test_tidy.py lists the places that may say so.
    """
    with acting(lambda: None):
        yield


def custodian_now() -> Custodian | None:
    """Who acts: as `acting` says, else the account that this process runs under; None: the program, `for_itself`."""
    return _ACTING.get()()


@cache
def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"number {os.getuid()}" if hasattr(os, "getuid") else "unknown"


@cache
def _begun_us() -> int:
    return time.time_ns() // 1_000


class Journal:
    """What one session was given. Nothing is written before the first note.

    Limits: a note outlives its process, and from `close` on a loss of power. On a medium where this account may not
        write nothing is noted: it is a copy, and who holds it answers for it.
    """

    def __init__(self, folder: Path, *, disk: Disk, custodian: Custodian, session: str = "") -> None:
        """Args: folder: the record's; session: 16 hex digits that no other session has; empty: by chance."""
        self._folder, self._disk, self._custodian = folder / CUSTODY, disk, custodian
        self._path = self._folder / f"{custodian.at_us}-{session or os.urandom(8).hex()}"
        self._handle: int | None = None
        self._mute = False
        self._noted: set[tuple[str, str]] = set()

    def note(self, act: Act, sha256: str, *, to: str = "") -> None:
        """Note one act, before it is done; the same again is noted once. Raises: UnavailableError."""
        if self._mute or (sha256, to) in self._noted:
            return
        line = {"act": act, "content": sha256} | ({"to": to} if to else {})
        try:
            if self._handle is None and not self._begun():
                return
            assert self._handle is not None
            self._disk.write(self._handle, canonical_bytes(line) + b"\n")
        except OSError as error:
            raise UnavailableError(
                f"what is read cannot be noted: {disk_unavailable(error, CUSTODY).problem}",
                subject=CUSTODY,
                remedy="Nothing was handed out. Make room, or read from a copy on a medium that cannot be written.",
            ) from None
        self._noted.add((sha256, to))

    def close(self) -> None:
        """The session is over. Twice is allowed. Raises: UnavailableError."""
        handle, self._handle, self._mute = self._handle, None, True
        if handle is None:
            return
        try:
            self._disk.write(handle, _OVER)
            self._disk.sync(handle)
        except OSError as error:
            raise disk_unavailable(error, CUSTODY) from None
        finally:
            os.close(handle)

    def _begun(self) -> bool:
        try:
            self._disk.make_folder(self._folder)
            self._handle = self._disk.create(self._path, 0o600)
        except OSError as error:
            if error.errno not in _NOT_OURS:
                raise
            self._mute = True
            return False
        self._disk.write(
            self._handle, canonical_bytes({"act": "by", "who": self._custodian.who, "why": self._custodian.why}) + b"\n"
        )
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one session's file says so far. A last line without its end is left out: its bytes were not handed out."""

    name: str
    who: str
    why: str
    at_us: int
    acts: tuple[dict[str, object], ...]
    over: bool
    damaged: int  # lines that no session wrote so


def sessions(folder: Path) -> list[Session]:
    """The sessions whose files stand beside the log of the record in `folder`. Raises: UnavailableError."""
    try:
        names = sorted(each.name for each in (folder / CUSTODY).glob("*") if _SESSION.fullmatch(each.name))
        found = [_session(name, (folder / CUSTODY / name).read_bytes()) for name in names]
    except OSError as error:
        raise disk_unavailable(error, CUSTODY) from None
    return [each for each in found if each is not None]


def custody_entries(found: Sequence[Session], *, last: Callable[[str, str], tuple[int, Entry] | None]) -> list[Entry]:
    """What the log does not hold yet of these sessions. Args: last: the log's latest entry of a kind and subject."""
    entries = []
    for session in found:
        told = last(KIND, session.name)
        done = int(str(told[1].detail["until"])) if told else 0
        for first in range(done, len(session.acts), MOST_ACTS):
            acts = session.acts[first : first + MOST_ACTS]
            entries.append(
                Entry(
                    kind=KIND,
                    subject=session.name,
                    author=session.who,
                    known_at=stamp(session.at_us),
                    hashes=tuple(dict.fromkeys(str(each["content"]) for each in acts)),
                    detail={"why": session.why, "acts": list(acts), "until": first + len(acts)}
                    | ({"damaged": session.damaged} if session.damaged else {}),
                )
            )
    return entries


def forget(folder: Path, found: Sequence[Session]) -> None:
    """Remove the files of sessions that are over and whose acts are in the log for good. Raises: UnavailableError."""
    try:
        for session in found:
            if session.over:
                (folder / CUSTODY / session.name).unlink(missing_ok=True)
    except OSError as error:
        raise disk_unavailable(error, CUSTODY) from None


def _session(name: str, content: bytes) -> Session | None:
    lines = [_line(line) for line in content.split(b"\n")[:-1]]
    if not lines or lines[0].get("act") != "by":
        return None
    acts = tuple(line for line in lines[1:] if line.get("act") in ("read", "export", "release"))
    over = lines[-1].get("act") == "over"
    return Session(
        name=name,
        who=str(lines[0].get("who", "")),
        why=str(lines[0].get("why", "")),
        at_us=int(name.partition("-")[0]),
        acts=acts,
        over=over,
        damaged=len(lines) - 1 - len(acts) - over,
    )


def _line(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
