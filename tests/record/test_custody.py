"""Custody: whoever is given bytes is noted first; what is noted comes into the log once, however often it is tried."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.record.small import counted

from truceline.base.errors import UnavailableError
from truceline.model.entry import Entry
from truceline.record import LocalDisk
from truceline.record.custody import (
    CUSTODY,
    MOST_ACTS,
    Custodian,
    Journal,
    acting,
    custodian_now,
    custody_entries,
    for_itself,
    forget,
    sessions,
)

READER = Custodian(who="account berg", why="truceline explain fnd-1", at_us=1_700_000_000_000_000)
HASHES = [f"{number:064x}" for number in range(1, MOST_ACTS + 8)]


def journal(folder: Path, session: str = "0" * 16, disk: LocalDisk | None = None) -> Journal:
    return Journal(folder, disk=disk or LocalDisk(), custodian=READER, session=session)


def nothing(kind: str, subject: str) -> tuple[int, Entry] | None:
    return None


def held(entries: list[Entry]) -> Callable[[str, str], tuple[int, Entry] | None]:
    """The log after `entries`."""
    latest = {(each.kind, each.subject): (at, each) for at, each in enumerate(entries)}
    return lambda kind, subject: latest.get((kind, subject))


def test_what_was_read_is_noted_before_it_is_handed_out(tmp_path: Path) -> None:
    one = journal(tmp_path)
    assert sessions(tmp_path) == [], "nothing was read, and nothing is noted"
    one.note("read", HASHES[0])
    (session,) = sessions(tmp_path)  # while it goes on: a process that is killed now has noted it
    assert (session.who, session.why, session.at_us) == (READER.who, READER.why, READER.at_us)
    assert session.acts == ({"act": "read", "content": HASHES[0]},)
    assert not session.over
    one.note("read", HASHES[0])
    one.note("export", HASHES[1], to="court")
    one.close()
    (session,) = sessions(tmp_path)
    assert session.over
    assert session.acts[1:] == ({"act": "export", "content": HASHES[1], "to": "court"},), "the same read is noted once"


def test_an_entry_says_who_was_given_what_when_and_why(tmp_path: Path) -> None:
    one = journal(tmp_path)
    one.note("export", HASHES[3], to="court")
    (entry,) = custody_entries(sessions(tmp_path), last=nothing)
    assert (entry.kind, entry.author, entry.known_at) == ("custody", "account berg", "2023-11-14T22:13:20Z")
    assert entry.hashes == (HASHES[3],)
    assert entry.detail == {
        "why": "truceline explain fnd-1",
        "acts": [{"act": "export", "content": HASHES[3], "to": "court"}],
        "until": 1,
    }


def test_what_the_log_holds_already_is_not_entered_again(tmp_path: Path) -> None:
    one, log = journal(tmp_path), list[Entry]()
    for sha256 in HASHES:
        one.note("read", sha256)
    log += custody_entries(sessions(tmp_path), last=nothing)
    assert [len(each.hashes) for each in log] == [MOST_ACTS, len(HASHES) - MOST_ACTS]
    forget(tmp_path, sessions(tmp_path))
    assert len(sessions(tmp_path)) == 1, "a session that goes on keeps its file"
    assert custody_entries(sessions(tmp_path), last=held(log)) == []
    one.note("read", "f" * 64)
    one.close()
    log += custody_entries(sessions(tmp_path), last=held(log))
    assert [each.detail["until"] for each in log] == [MOST_ACTS, len(HASHES), len(HASHES) + 1]
    assert custody_entries(sessions(tmp_path), last=held(log)) == [], "stopped before its file was removed"
    forget(tmp_path, sessions(tmp_path))
    assert os.listdir(tmp_path / CUSTODY) == []


@pytest.mark.parametrize("torn", range(1, 12))
def test_a_line_that_was_cut_short_counts_for_nothing(tmp_path: Path, torn: int) -> None:
    one = journal(tmp_path)
    one.note("read", HASHES[0])
    one.note("read", HASHES[1])
    (path,) = (tmp_path / CUSTODY).iterdir()
    path.write_bytes(path.read_bytes()[:-torn])
    (session,) = sessions(tmp_path)
    assert [each["content"] for each in session.acts] == [HASHES[0]]
    assert session.damaged == 0


def test_a_line_that_no_session_wrote_is_told_in_the_entry(tmp_path: Path) -> None:
    one = journal(tmp_path)
    one.note("read", HASHES[0])
    (path,) = (tmp_path / CUSTODY).iterdir()
    path.write_bytes(path.read_bytes() + b"nobody read anything\n" + json.dumps({"act": "nothing"}).encode() + b"\n")
    (entry,) = custody_entries(sessions(tmp_path), last=nothing)
    assert entry.detail["damaged"] == 2


class Full(LocalDisk):
    """No room."""

    def write(self, handle: int, content: bytes) -> None:
        raise OSError(28, "No space left on device")


def test_what_cannot_be_noted_is_not_handed_out(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="what is read cannot be noted: the disk is full"):
        journal(tmp_path, disk=Full()).note("read", HASHES[0])


class ReadOnly(LocalDisk):
    """A medium that cannot be written."""

    def make_folder(self, path: Path) -> None:
        raise OSError(30, "Read-only file system")


def test_reading_goes_on_from_a_medium_that_cannot_be_written(tmp_path: Path) -> None:
    one = journal(tmp_path, disk=ReadOnly())
    one.note("read", HASHES[0])
    one.close()
    assert sessions(tmp_path) == []


def test_who_acts_is_named_or_else_the_account_of_the_process() -> None:
    process = custodian_now()
    assert process is not None
    assert process.who.startswith("account ")
    with acting(lambda: READER):
        assert custodian_now() == READER
        with for_itself():
            assert custodian_now() is None
    assert custodian_now() == process


def test_two_sessions_stand_apart(tmp_path: Path) -> None:
    salt = counted()
    for _ in range(2):
        one = journal(tmp_path, session=salt(8).hex())
        one.note("read", HASHES[0])
        one.close()
    assert len(custody_entries(sessions(tmp_path), last=nothing)) == 2
