"""A long log is examined by several processes: what they tell is what one would tell."""

from pathlib import Path

import pytest
from tests.record.small import TABLE, blob, derivation, entry
from tests.record.test_altered import Hand

from truceline.base.errors import UnavailableError
from truceline.record import Verification, open_record, verify_folder
from truceline.record.log import walk

COUNT = 700


@pytest.fixture
def long(tmp_path: Path) -> Path:
    folder = tmp_path / "record"
    with open_record(folder) as record:
        original = record.put(b"an original")
        record.append([entry(f"f-{n}", number=n, hashes=(original,) * (n == 650)) for n in range(COUNT)])
    return folder


def by_several(folder: Path, patch: pytest.MonkeyPatch) -> Verification:
    """As on a machine with two cores, of parts of 100 entries."""
    with patch.context() as patched:
        patched.setattr(walk, "LONG", 1)
        patched.setattr(walk, "PART", 100)
        patched.setattr("os.cpu_count", lambda: 2)
        return verify_folder(folder)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (None, ""),
        (
            "UPDATE groups SET bodies = CAST(replace(CAST(bodies AS TEXT), '-397', '-999') AS BLOB) WHERE first = 384",
            "entry 397",
        ),
        ("DELETE FROM groups WHERE first = 128", "entry 192: it stands where entry 128 belongs"),
        ("UPDATE groups SET first = -5 WHERE first = 0", "entry -5: it stands where entry 0 belongs"),
        ("UPDATE groups SET keys = zeroblob(length(keys)) WHERE first = 640", "group at 640"),
    ],
)
def test_several_processes_find_what_one_finds(
    long: Path, monkeypatch: pytest.MonkeyPatch, statement: str | None, named: str
) -> None:
    if statement:
        hand = Hand(long)
        hand.writes((statement, ()))
        hand.connection.close()
    alone, several = verify_folder(long), by_several(long, monkeypatch)
    assert several == alone
    assert bool(alone.problems) == bool(statement)
    assert any(named in each for each in (*alone.problems, ""))


def test_content_and_tables_that_any_part_names_are_looked_for(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_record(long) as record:
        original = record.put(b"an original")
        record.put_table("t", TABLE, derivation=derivation(original), known_at="2025-04-20T00:00:00Z")
    blob(long, original).unlink()
    assert by_several(long, monkeypatch).problems == verify_folder(long).problems != ()


def test_a_process_that_ends_is_told_of(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "_APART", "import sys; sys.stdin.buffer.read(); sys.exit(3)")
    with pytest.raises(UnavailableError, match="has ended"):
        by_several(long, monkeypatch)
