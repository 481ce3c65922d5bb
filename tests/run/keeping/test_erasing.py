"""Erasure and retention: the log says so first, the key is destroyed then, and proofs go on."""

import random
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.record.sealed.ending import FORKS, Ending, dies, some
from tests.record.small import entry

from truceline.base.errors import ErasedError, UnavailableError, UnknownNameError
from truceline.base.time import interval_us
from truceline.base.units import US_PER_S
from truceline.model.entry import Entry
from truceline.model.mission import Feed, Mission, ReportSettings
from truceline.record import LocalDisk, Record, open_record, verify_folder
from truceline.record.sealed.vault import Vault
from truceline.run.keeping.erasing import (
    KIND,
    Reason,
    complete_erasures,
    due_for_erasure,
    erase_subject,
    erasure_entries,
    retain,
    sealed_name,
)

NAME, OTHER = "witness 12", "witness 13"
REASON = Reason(by="L. Berg", why="asked for it", known_at="2025-05-01T00:00:00Z")
FEED = Feed(name="calls", path="calls.csv", format="csv", holds="claims", source="s", keep_days=30)
DAY_US = 86_400 * US_PER_S
CAME_AT = "2025-04-20T00:00:00Z"
CAME_US = interval_us(CAME_AT, zone=None)[0]


def mission(*feeds: Feed) -> Mission:
    return Mission(
        name="m",
        mandates=(),
        zone="UTC",
        extent_deg=(0, 0, 1, 1),
        report=ReportSettings(from_date="2025-04-01", until_date="2025-05-01"),
        sources=(),
        feeds=feeds,
    )


def raw(record: Record, content: bytes, name: str, *, subject: str = "calls.csv") -> str:
    """As a run keeps it."""
    sha256 = record.put(content, sealed_for=name)
    record.append([entry(subject, kind="raw", hashes=(sha256,), known_at=CAME_AT)])
    return sha256


def read(folder: Path, vault: Vault, sha256: str) -> bytes:
    with open_record(folder, writing=False, vault=vault) as record:
        return record.get(sha256)


def filled(folder: Path) -> dict[str, list[str]]:
    """A record with sealed content of two people and some that is not sealed; hashes by name."""
    vault = Vault(folder / "keys", chance=random.Random(7).randbytes)
    with open_record(folder / "record", vault=vault) as record:
        return {
            NAME: [raw(record, b"one", NAME), raw(record, b"two", f"{NAME}\ncalls\nab")],
            OTHER: [raw(record, b"one", OTHER)],
            "": [raw(record, b"plain", "")],
        }


def test_what_was_erased_is_gone_for_good_and_everything_else_stands(tmp_path: Path) -> None:
    hashes = filled(tmp_path)
    folder, vault = tmp_path / "record", Vault(tmp_path / "keys")
    pseudonyms = vault.pseudonyms(NAME)
    with open_record(folder) as record:
        told = erase_subject(record, vault, NAME, REASON)
        assert [one for _, one in record.entries(kind=KIND)] == told
    assert {each.subject for each in told} == set(pseudonyms)
    assert {sha256 for each in told for sha256 in each.hashes} == set(hashes[NAME])
    assert {(each.author, each.known_at, str(each.detail)) for each in told} == {
        ("L. Berg", "2025-05-01T00:00:00Z", "{'why': 'asked for it'}")
    }
    for sha256 in hashes[NAME]:
        with pytest.raises(ErasedError, match=r"by L\. Berg: asked for it"):
            read(folder, vault, sha256)
    assert read(folder, vault, hashes[OTHER][0]) == b"one"
    assert read(folder, vault, hashes[""][0]) == b"plain"
    assert vault.standing() == vault.pseudonyms(OTHER)
    assert verify_folder(folder).ok
    assert NAME.encode() not in (folder / "log.db").read_bytes()


def test_nothing_is_written_for_a_name_that_nothing_is_sealed_for(tmp_path: Path) -> None:
    filled(tmp_path)
    with open_record(tmp_path / "record") as record:
        size = record.size
        with pytest.raises(UnknownNameError, match="nothing is sealed for this name"):
            erase_subject(record, Vault(tmp_path / "keys"), "witness 1", REASON)
        assert record.size == size


def erased(folder: Path, disk: LocalDisk) -> None:
    with open_record(folder / "record", disk=disk) as record:
        erase_subject(record, Vault(folder / "keys", disk=disk), NAME, REASON)


def state(folder: Path, hashes: Iterable[str]) -> set[str]:
    """How the content of somebody reads."""
    found = set()
    for sha256 in hashes:
        try:
            read(folder / "record", Vault(folder / "keys"), sha256)
            found.add("stands")
        except ErasedError:
            found.add("erased")
        except UnavailableError:
            found.add("lost without a word")
    return found


@FORKS
@pytest.mark.parametrize("after", [False, True])
def test_an_erasure_that_was_killed_anywhere_is_completed_by_the_next(tmp_path: Path, after: bool) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    hashes = filled(whole)
    shutil.copytree(whole, tmp_path / "counted")
    erased(tmp_path / "counted", counting := Ending())
    seen = set[str]()
    for at in some(counting, after=after):
        folder = tmp_path / f"{at}"
        shutil.copytree(whole, folder)
        assert dies(lambda at=at, folder=folder: erased(folder, Ending(at, after=after)))
        found = state(folder, hashes[NAME])
        assert len(found) == 1, "one key was destroyed before the log said so of both"
        seen |= found
        vault = Vault(folder / "keys")
        if vault.standing() != vault.pseudonyms(OTHER):
            erased(folder, LocalDisk())
        assert state(folder, hashes[NAME]) == {"erased"}
        assert vault.standing() == vault.pseudonyms(OTHER)
        assert state(folder, hashes[OTHER]) == {"stands"}
        assert verify_folder(folder / "record").ok
        with open_record(folder / "record", writing=False) as record:
            assert len(list(record.entries(kind=KIND))) == 2
    assert seen == {"stands", "erased"}


@pytest.mark.parametrize("call", ["write", "sync", "sync_folder"])
def test_an_erasure_that_the_disk_refused_says_so_and_is_completed(tmp_path: Path, call: str) -> None:
    hashes = filled(tmp_path)

    class Refusing(LocalDisk):
        def __getattribute__(self, name: str) -> object:
            if name == call:
                raise OSError(5, "broken")
            return super().__getattribute__(name)

    with open_record(tmp_path / "record") as record:
        with pytest.raises(UnavailableError):
            erase_subject(record, Vault(tmp_path / "keys", disk=Refusing()), NAME, REASON)
        complete_erasures(record, Vault(tmp_path / "keys"))
    assert state(tmp_path, hashes[NAME]) == {"erased"}
    assert Vault(tmp_path / "keys").standing() == Vault(tmp_path / "keys").pseudonyms(OTHER)


def test_an_old_copy_of_the_keys_that_is_brought_back_opens_nothing_and_is_cleared(tmp_path: Path) -> None:
    hashes = filled(tmp_path)
    shutil.copytree(tmp_path / "keys", tmp_path / "backup")
    erased(tmp_path, LocalDisk())
    shutil.rmtree(tmp_path / "keys")
    shutil.copytree(tmp_path / "backup", tmp_path / "keys")
    vault = Vault(tmp_path / "keys")
    assert len(vault.pseudonyms(NAME)) == 2
    assert state(tmp_path, hashes[NAME]) == {"erased"}
    with open_record(tmp_path / "record") as record:
        size = record.size
        assert len(complete_erasures(record, vault)) == 2
        assert record.size == size
    assert vault.pseudonyms(NAME) == []


def test_a_key_that_is_only_missing_is_not_called_erased(tmp_path: Path) -> None:
    hashes = filled(tmp_path)
    shutil.rmtree(tmp_path / "keys")
    assert state(tmp_path, hashes[NAME]) == {"lost without a word"}
    with pytest.raises(UnavailableError, match="Bring the folder of keys"):
        read(tmp_path / "record", Vault(tmp_path / "keys"), hashes[NAME][0])


def test_an_entry_of_an_erasure_is_written_once(tmp_path: Path) -> None:
    filled(tmp_path)
    vault = Vault(tmp_path / "keys")
    with open_record(tmp_path / "record") as record:
        pseudonyms = vault.pseudonyms(NAME)
        first = erasure_entries(record, pseudonyms[:1], REASON)
        record.append(first)
        assert [each.subject for each in erasure_entries(record, pseudonyms, REASON)] == pseudonyms[1:]
        assert {each.subject for each in erase_subject(record, vault, NAME, REASON)} == set(pseudonyms)
        assert len(list(record.entries(kind=KIND))) == 2


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        (Feed(name="f", path="f", format="csv", holds="claims", source="s"), ""),
        (Feed(name="f", path="f", format="csv", holds="claims", source="s", sealed_for="The\nParty"), "The Party"),
        (Feed(name="f", path="f", format="csv", holds="claims", source="s", keep_days=3), "feed f\nf\nab"),
        (
            Feed(name="f", path="f", format="csv", holds="claims", source="s", keep_days=3, sealed_for="A"),
            "A\nf\nab",
        ),
    ],
)
def test_for_whom_a_version_of_a_feed_is_sealed(feed: Feed, name: str) -> None:
    assert sealed_name(feed, "ab") == name


def came(subject: str, sha256: str, pseudonym: str, *, at: str = CAME_AT, feed: str = "") -> tuple[Entry, str]:
    detail: dict[str, object] = {"feed": feed} if feed else {}
    return Entry(kind="raw", subject=subject, author="t", known_at=at, hashes=(sha256 * 64,), detail=detail), pseudonym


LATER = "2025-04-25T00:00:00Z"
ERASED = Entry(kind="erasure", subject="p", author="t", known_at=LATER), ""


@pytest.mark.parametrize(
    ("entries", "days", "due", "held"),
    [
        ([came("calls.csv", "a", "p")], 30, ("p",), ""),
        ([came("calls.csv", "a", "p")], 29, (), ""),
        ([came("live/calls/aa", "a", "p", feed="calls")], 30, ("p",), ""),
        ([came("sightings.csv", "a", "p")], 30, ("p",), ""),
        ([came("other.csv", "a", "p")], 300, (), ""),
        ([came("calls.csv", "a", "p"), ERASED], 30, (), ""),
        ([came("calls.csv", "a", "")], 30, (), "was kept unsealed"),
        ([came("calls.csv", "a", "")], 29, (), ""),
        ([came("calls.csv", "a", "p"), came("calls.csv", "b", "p", at=LATER)], 31, (), "they can only go together"),
        ([came("calls.csv", "a", "p"), came("calls.csv", "b", "p", at=LATER)], 35, ("p",), ""),
        ([came("calls.csv", "a", "p"), came("other.csv", "b", "p")], 300, (), "they can only go together"),
        ([came("calls.csv", "a", "p"), came("calls.csv", "b", "q", at=LATER)], 30, ("p",), ""),
        ([came("calls.csv", "a", "p"), came("calls.csv", "a", "p", at=LATER)], 31, (), ""),
    ],
)
def test_what_is_due_so_many_days_later(
    entries: list[tuple[Entry, str]], days: int, due: tuple[str, ...], held: str
) -> None:
    other = Feed(name="other", path="other.csv", format="csv", holds="claims", source="s")
    calls = Feed(
        name="calls",
        path="calls.csv",
        format="csv",
        holds="claims",
        source="s",
        keep_days=30,
        beside=("sightings.csv",),
    )
    sealed = {entry.hashes[0]: pseudonym for entry, pseudonym in entries if pseudonym}
    told = [entry for entry, _ in entries]
    found = due_for_erasure(told, sealed, mission(other, calls), CAME_US + days * DAY_US)
    assert found.pseudonyms == due
    assert [held in each for each in found.held] == ([True] if held else [])
    just_before = due_for_erasure(told, sealed, mission(other, calls), CAME_US + days * DAY_US - 1)
    assert just_before.pseudonyms == () or days == 300


def test_each_version_of_a_file_goes_when_its_own_time_runs_out(tmp_path: Path) -> None:
    folder, vault = tmp_path / "record", Vault(tmp_path / "keys")
    with open_record(folder, vault=vault) as record:
        first = raw(record, b"one", sealed_name(FEED, "1" * 64))
        unsealed = raw(record, b"two", "")
        assert retain(record, vault, mission(FEED), now_us=CAME_US + 29 * DAY_US) == ([], ())
        assert read(folder, vault, first) == b"one"
        told, held = retain(record, vault, mission(FEED), now_us=CAME_US + 30 * DAY_US)
        assert [(each.hashes, each.detail) for each in told] == [((first,), {"why": "retention"})]
        assert len(held) == 1
        assert retain(record, vault, mission(FEED), now_us=CAME_US + 31 * DAY_US)[0] == []
    with pytest.raises(ErasedError, match="retention"):
        read(folder, vault, first)
    assert read(folder, vault, unsealed) == b"two"
    assert verify_folder(folder).ok


def test_a_key_that_is_not_here_is_not_said_to_be_destroyed(tmp_path: Path) -> None:
    folder, vault = tmp_path / "record", Vault(tmp_path / "keys")
    with open_record(folder, vault=vault) as record:
        raw(record, b"one", sealed_name(FEED, "1" * 64))
        told, held = retain(record, Vault(tmp_path / "none"), mission(FEED), now_us=CAME_US + 30 * DAY_US)
    assert told == []
    assert "it may stand elsewhere" in held[0]
