"""A record with its keys: what is sealed reads as what was put, wherever it is asked for by its hash."""

from pathlib import Path

import pytest
from tests.record.small import entry

from truceline.base.errors import ErasedError, UnavailableError, UnreadableError
from truceline.record import open_record, verify_folder
from truceline.record.sealed.form import MAGIC
from truceline.record.sealed.vault import Vault
from truceline.run.keeping.erasing import Reason, erase_subject

REASON = Reason(by="L. Berg", why="asked for it", known_at="2025-05-01T00:00:00Z")


def test_sealed_content_is_got_with_the_keys_and_stands_without_them(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys")
    with open_record(tmp_path / "record", vault=vault) as record:
        first = record.put(b"rows", sealed_for="witness 12")
        assert record.put(b"rows", sealed_for="witness 12") == first
        assert record.get(first) == b"rows"
        record.append([entry("feed-a", kind="raw", hashes=(first,))])
        erase_subject(record, vault, "witness 12", REASON)
        with pytest.raises(ErasedError):
            record.get(first)
        second = record.put(b"rows", sealed_for="witness 12")
        assert second != first
        assert record.get(second) == b"rows"
    with open_record(tmp_path / "record", writing=False) as record:
        with pytest.raises(UnavailableError):
            record.get(second)
        assert record.stored(second).startswith(MAGIC)
    assert verify_folder(tmp_path / "record").ok


def test_nothing_plain_passes_for_sealed(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record, pytest.raises(UnreadableError, match="first line"):
        record.put(MAGIC + b"rows\n")
