"""Checkpoints of a record: signed when something is new, never against an earlier one, never by a clock gone back."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.record.small import entry

from truceline.base.errors import IntegrityError, UnavailableError
from truceline.record import Record, open_record
from truceline.record.custody import Custodian, acting
from truceline.record.notes.checkpoint import cosignature, read_checkpoint
from truceline.record.notes.note import COSIGNATURE, Signer, note_of
from truceline.record.tree.proofs import consistency_holds
from truceline.run.keeping.checkpoints import (
    CHECKPOINTS,
    against,
    at_size,
    checkpoint_entry,
    checkpoint_faults,
    keep_cosignature,
    latest,
    log_key,
    sign_checkpoint,
)

NOW_US = 1_770_000_000_000_000
LOG = Signer(name="truceline/test", private=bytes(range(32)))
OTHER = Signer(name="truceline/test", private=bytes(range(1, 33)))
WITNESS = Signer(name="observers.example/valley", private=b"w" * 32, kind=COSIGNATURE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_record(tmp_path / "record") as record:
        raw = record.put(b"raw bytes")
        record.append([entry("feed-a", kind="raw", hashes=(raw,)), entry("f-1")])
    return tmp_path / "record"


def faults(folder: Path) -> list[str]:
    with open_record(folder, writing=False) as record:
        return checkpoint_faults(record, log=LOG.verifier, witnesses=[WITNESS.verifier])


def grow(record: Record, count: int = 3) -> None:
    record.append([entry(f"more-{number}") for number in range(count)])


def test_a_checkpoint_says_what_the_log_holds_and_is_signed(folder: Path) -> None:
    with open_record(folder) as record:
        published = sign_checkpoint(record, LOG, now_us=NOW_US)
        checkpoint, _ = read_checkpoint(published.note, log=LOG.verifier)
        assert (checkpoint.size, checkpoint.root) == (2, record.root(2))
        told = record.last("checkpoint", "log")
    assert told is not None
    assert told[1].detail == {
        "size": 2,
        "root": checkpoint.root.hex(),
        "vkey": LOG.verifier.vkey,
        "at_us": str(NOW_US),
    }
    assert faults(folder) == []


def test_where_nothing_is_new_nothing_is_signed(folder: Path) -> None:
    with open_record(folder) as record:
        first = sign_checkpoint(record, LOG, now_us=NOW_US)
        size = record.size
        assert sign_checkpoint(record, LOG, now_us=NOW_US + 1) == first
        assert record.size == size
        grow(record)
        second = sign_checkpoint(record, LOG, now_us=NOW_US + 2)
        path = record.consistency(first.checkpoint.size, second.checkpoint.size)
    assert second.checkpoint.size == size + 3
    assert consistency_holds(
        old=first.checkpoint.size,
        old_root=first.checkpoint.root,
        size=second.checkpoint.size,
        root=second.checkpoint.root,
        path=path,
    )


def test_stopped_between_note_and_entry_the_next_one_goes_on(folder: Path) -> None:
    with open_record(folder) as record:
        told = checkpoint_entry(record, LOG, now_us=NOW_US)  # its entry is never appended
        assert told is not None
        assert latest(folder) is not None
        published = sign_checkpoint(record, LOG, now_us=NOW_US + 1)
        assert published.checkpoint.size == 2
        assert record.last("checkpoint", "log") is not None
    assert faults(folder) == []


def test_a_clock_that_stands_before_the_last_checkpoint_signs_nothing(folder: Path) -> None:
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)
        grow(record)
        size = record.size
        with pytest.raises(UnavailableError, match=r"the clock says .* Set the clock right"):
            sign_checkpoint(record, LOG, now_us=NOW_US - 1)
        assert record.size == size, "what is recorded stays"
        assert len(list(record.entries())) == size, "and reading goes on"
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)


def test_another_key_does_not_sign_the_same_log(folder: Path) -> None:
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)
        grow(record)
        with pytest.raises(IntegrityError, match="signed with another key before"):
            sign_checkpoint(record, OTHER, now_us=NOW_US)


@pytest.fixture
def rewritten(folder: Path, tmp_path: Path) -> Path:
    """The same mission begun again with another history, under the checkpoints of the first."""
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)
    with open_record(tmp_path / "again") as record:
        record.append([entry("another"), entry("history")])
        grow(record)
    shutil.copytree(folder / CHECKPOINTS, tmp_path / "again" / CHECKPOINTS)
    return tmp_path / "again"


def test_a_log_that_was_written_anew_is_not_signed_and_is_found(rewritten: Path) -> None:
    with open_record(rewritten) as record:
        size = record.size
        with pytest.raises(IntegrityError, match="another root: a split view, or a rewritten log"):
            sign_checkpoint(record, LOG, now_us=NOW_US + 1)
        assert (record.size, len(list(record.entries()))) == (size, size), "reading goes on"
    assert "was written anew" in " ".join(faults(rewritten))


def test_a_log_that_was_cut_is_not_signed_and_is_found(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "cut")
    with open_record(folder) as record:
        grow(record)
        published = sign_checkpoint(record, LOG, now_us=NOW_US)
    shutil.copytree(folder / CHECKPOINTS, tmp_path / "cut" / CHECKPOINTS)  # a checkpoint from the future
    with open_record(tmp_path / "cut") as record:
        with pytest.raises(IntegrityError, match="tells of 5 entries, and this record holds 2: entries are lost"):
            sign_checkpoint(record, LOG, now_us=NOW_US)
        with pytest.raises(IntegrityError, match="entries are lost"):
            against(record, published.whole, log=LOG.verifier)
    assert any("entries are lost" in fault for fault in faults(tmp_path / "cut"))


def test_two_readers_who_were_shown_two_logs_find_it_when_they_compare(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "other")
    held = []
    for place, name in ((folder, "f-2"), (tmp_path / "other", "f-3")):
        with open_record(place) as record:
            record.append([entry(name)])
            held.append(sign_checkpoint(record, LOG, now_us=NOW_US).whole)
    with open_record(folder, writing=False) as record:
        assert "begins with the 3 entries" in against(record, held[0], log=LOG.verifier)
        with pytest.raises(IntegrityError, match="split view"):
            against(record, held[1], log=LOG.verifier)


def test_every_altered_byte_of_a_checkpoint_is_found(folder: Path) -> None:
    with open_record(folder) as record:
        size = sign_checkpoint(record, LOG, now_us=NOW_US).checkpoint.size
    line = cosignature(note_of(at_size(folder, size).note).text, by=WITNESS, at_s=NOW_US // 1_000_000)
    keep_cosignature(folder, size, line.encode(), [WITNESS.verifier])
    assert faults(folder) == []
    with open_record(folder, writing=False) as record:
        for name in (str(size), f"{size}.cosignatures"):
            path = folder / CHECKPOINTS / name
            whole = path.read_bytes()
            for at in range(len(whole)):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
                found = checkpoint_faults(record, log=LOG.verifier, witnesses=[WITNESS.verifier])
                assert found, (name, at)
            path.write_bytes(whole)
    assert faults(folder) == []


def test_a_checkpoint_that_was_taken_away_is_missed(folder: Path) -> None:
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)
    (folder / CHECKPOINTS / "2").unlink()
    assert faults(folder) == ["checkpoint 2: the log says that it was signed, and its file is missing."]


def test_an_older_checkpoint_under_the_name_of_a_newer_is_found(folder: Path) -> None:
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)
        grow(record)
        size = sign_checkpoint(record, LOG, now_us=NOW_US).checkpoint.size
    (folder / CHECKPOINTS / str(size)).write_bytes((folder / CHECKPOINTS / "2").read_bytes())
    assert any("holds the checkpoint of size 2" in fault for fault in faults(folder))


def test_a_cosignature_of_a_stranger_or_over_something_else_is_not_kept(folder: Path) -> None:
    with open_record(folder) as record:
        size = sign_checkpoint(record, LOG, now_us=NOW_US).checkpoint.size
    text = note_of(at_size(folder, size).note).text
    stranger = replace(WITNESS, private=b"s" * 32)
    for line in (cosignature(text, by=stranger, at_s=1), cosignature(text.replace("2", "3"), by=WITNESS, at_s=1)):
        with pytest.raises(IntegrityError):
            keep_cosignature(folder, size, line.encode(), [WITNESS.verifier])
    assert at_size(folder, size).cosignatures == b""


def test_what_was_read_comes_into_the_log_with_the_next_checkpoint(folder: Path) -> None:
    with open_record(folder, writing=False) as record:
        sha256 = next(one.hashes[0] for _, one in record.entries() if one.hashes)
    reader = Custodian(who="berg", why="GET /raw", at_us=NOW_US)
    with acting(lambda: reader), open_record(folder, writing=False) as record:
        record.get(sha256)
    with open_record(folder) as record:
        sign_checkpoint(record, LOG, now_us=NOW_US)
        (told,) = record.entries(kind="custody")
        assert sign_checkpoint(record, LOG, now_us=NOW_US).checkpoint.size == 3
    assert (told[1].author, told[1].hashes) == ("berg", (sha256,))
    assert told[1].detail["acts"] == [{"act": "read", "content": sha256}]


def test_the_record_names_the_key_that_it_was_signed_with(folder: Path) -> None:
    with open_record(folder) as record:
        assert log_key(record) is None
        sign_checkpoint(record, LOG, now_us=NOW_US)
        assert log_key(record) == LOG.verifier
