"""The folder of keys: made once, kept whole, and shown to nobody else."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError, UnknownNameError
from truceline.record.disk import LocalDisk
from truceline.record.notes.keys import KEY_BYTES, KeyFolder


def test_a_key_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = KeyFolder(folder).secret_or_new("log")
    assert len(first) == KEY_BYTES
    assert KeyFolder(folder).secret_or_new("log") == first == KeyFolder(folder).secret("log")
    assert KeyFolder(folder).secret_or_new("disclosure") != first


def test_a_key_that_is_not_there_is_not_made_for_a_reader(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no key 'log' in keys/"):
        KeyFolder(tmp_path / "keys").secret("log")
    assert not (tmp_path / "keys").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has rights of another kind")
def test_only_the_owner_may_read_a_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    KeyFolder(folder).secret_or_new("log")
    assert (folder.stat().st_mode & 0o777, (folder / "log.key").stat().st_mode & 0o777) == (0o700, 0o600)
    (folder / "log.key").chmod(0o640)
    with pytest.raises(UnavailableError, match="others than its owner"):
        KeyFolder(folder).secret("log")


def test_every_altered_byte_of_a_key_is_found_or_makes_another_key(tmp_path: Path) -> None:
    """Another key shows in the checkpoints: they name theirs."""
    folder = tmp_path / "keys"
    true = KeyFolder(folder).secret_or_new("log")
    path = folder / "log.key"
    whole = path.read_bytes()
    for at in range(len(whole)):
        for altered in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[:at]):
            path.write_bytes(altered)
            with suppress(IntegrityError):
                assert KeyFolder(folder).secret_or_new("log") != true


@pytest.mark.parametrize("call", ["create", "write", "sync", "rename", "sync_folder"])
def test_a_key_that_may_not_be_on_the_disk_is_not_given_out(tmp_path: Path, call: str) -> None:
    class Failing(LocalDisk):
        pass

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    setattr(Failing, call, fail)
    with pytest.raises(UnavailableError, match="disk is full"):
        KeyFolder(tmp_path / "keys", disk=Failing()).secret_or_new("log")
    try:
        again = KeyFolder(tmp_path / "keys").secret("log")
    except TrucelineError:
        again = KeyFolder(tmp_path / "keys").secret_or_new("log")
    assert len(again) == KEY_BYTES


@pytest.mark.parametrize("name", ["", "../log", "a/b", "Log", ".hidden", "x" * 81])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        KeyFolder(tmp_path).secret(name)
