"""Fixity: all content is read again in turn, from the disk itself, and held against its name.

It goes round in parts, each told by an entry of kind `fixity`: {round, until, checked, bytes, bad, unread}. `until` is
the name after which the next part begins; empty: the round is over, and content that entries name and that is missing
was looked for too. Works beside a writer.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from truceline.base.errors import IntegrityError, UnavailableError
from truceline.base.time import interval_us, stamp
from truceline.base.units import US_PER_S
from truceline.model.entry import Entry
from truceline.record import LocalDisk, Record
from truceline.record.content import ContentStore, hash_of_name
from truceline.record.leaf import KEEP
from truceline.record.record import CONTENT
from truceline.run.live.state.books import CODE

KIND, SUBJECT = "fixity", "content"
MOST_BAD = 1_000  # names in one entry; a part ends there
_US_PER_H = 3_600 * US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much of the disk a check may take."""

    bytes_per_s: int = 100_000_000
    part_bytes: int = 2_000_000_000  # after which a part ends; one content is never divided
    wait: Callable[[float], object] = time.sleep  # for so many seconds


@dataclass(slots=True)
class _Part:
    """What one part has read so far."""

    pace: Pace
    begun_s: float = field(default_factory=time.monotonic)
    checked: int = 0
    bytes: int = 0
    bad: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return self.bytes >= self.pace.part_bytes or len(self.bad) + len(self.unread) >= MOST_BAD

    def take(self, count: int) -> None:
        """So many bytes were read: wait until that many were due."""
        self.bytes += count
        early_s = self.bytes / self.pace.bytes_per_s - (time.monotonic() - self.begun_s)
        if early_s > 0:
            self.pace.wait(early_s)


_PACE = Pace()


def fixity_due(record: Record, *, every_h: int, now_us: int) -> bool:
    """Whether a part is to be read now: a round was not ended, or began so long ago. Args: every_h: 0: never."""
    last = record.last(KIND, SUBJECT)
    if not every_h or last is None:
        return bool(every_h)
    begun_us = interval_us(str(last[1].detail["round"]), zone=None)[0]
    return bool(last[1].detail["until"]) or now_us - begun_us >= every_h * _US_PER_H


def fixity_entry(record: Record, *, now_us: int, pace: Pace = _PACE) -> Entry:
    """Read the next part again; the entry that tells of it is to be appended, and then given to `refuse_bad`.

    Raises: UnavailableError: the folder of content cannot be read.
    """
    last = record.last(KIND, SUBJECT)
    until, begun_at = ("", "") if last is None else (str(last[1].detail["until"]), str(last[1].detail["round"]))
    part, content = _Part(pace=pace), ContentStore(record.folder / CONTENT, LocalDisk())
    reached = _read_on(content, until, part)
    if not reached:
        _look_for_missing(record, part)
    return Entry(
        kind=KIND,
        subject=SUBJECT,
        author=CODE,
        known_at=stamp(now_us),
        detail={
            "round": begun_at if until else stamp(now_us),
            "until": reached,
            "checked": part.checked,
            "bytes": part.bytes,
            "bad": part.bad,
            "unread": part.unread,
        },
    )


def refuse_bad(entry: Entry) -> None:
    """Raises: IntegrityError: content is altered or missing. UnavailableError: the disk does not give some of it."""
    bad, unread = _list(entry, "bad"), _list(entry, "unread")
    if bad:
        raise IntegrityError(
            f"{len(bad)} piece(s) are altered or missing: {', '.join(bad[:3])}{' …' if len(bad) > 3 else ''}",
            subject=SUBJECT,
            remedy=KEEP,
        )
    if unread:
        raise UnavailableError(
            f"{len(unread)} piece(s) cannot be read: {', '.join(unread[:3])}{' …' if len(unread) > 3 else ''}",
            subject=SUBJECT,
            remedy="Check the disk and copy the record to another one.",
        )


def check_fixity(record: Record, *, now_us: int, pace: Pace = _PACE) -> list[Entry]:
    """Read to the end of the round, which another may have begun; every part is in the log when this returns or raises.

    Args: record: open for writing. Raises: as `refuse_bad`, after the entry was written.
    """
    told: list[Entry] = []
    while not told or told[-1].detail["until"]:
        told.append(fixity_entry(record, now_us=now_us, pace=pace))
        record.append(told[-1:])
    for entry in told:
        refuse_bad(entry)
    return told


def _read_on(content: ContentStore, until: str, part: _Part) -> str:
    """Read from after `until` on; the last name read, or empty at the end of all."""
    for sha256 in _after(content, until):
        if part.full:
            return until
        try:
            good = _read(content, sha256, part)
        except UnavailableError:
            part.unread.append(sha256)
        else:
            part.bad += [] if good else [sha256]
        part.checked += 1
        until = sha256
    return ""


def _after(content: ContentStore, until: str) -> Iterator[str]:
    return (sha256 for name in content.names() if (sha256 := hash_of_name(name)) and sha256 > until)


def _read(content: ContentStore, sha256: str, part: _Part) -> bool:
    found = content.measured(sha256, from_disk=True, taking=part.take)
    return found[0] == sha256


def _look_for_missing(record: Record, part: _Part) -> None:
    """Content that entries name and that is not there."""
    for _, entry in record.entries():
        for sha256 in entry.hashes:
            if not record.has(sha256) and sha256 not in part.bad:
                part.bad.append(sha256)
        if part.full:
            return


def _list(entry: Entry, name: str) -> list[str]:
    found = entry.detail[name]
    assert isinstance(found, list)
    return [str(each) for each in found]
