"""Files are read whole, as they are, or not at all."""

from pathlib import Path

import pytest

from truceline.base.errors import UnavailableError, UnreadableError
from truceline.run import mission
from truceline.run.mission import read_bytes

CSV = b"id,when\n1,2025-03-10\n"


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_bytes(CSV)
    assert read_bytes(tmp_path / "feed.csv") == CSV


def test_a_file_that_is_not_there_or_is_a_folder_is_to_be_mended(tmp_path: Path) -> None:
    for path, remedy in (
        (tmp_path / "nothing.csv", "Check its path"),
        (tmp_path, "Name a file in it"),
        (Path("a\0b"), "Check its path"),
    ):
        with pytest.raises(UnreadableError, match=remedy):
            read_bytes(path)


def test_a_failing_disk_is_to_be_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(UnavailableError, match="Input/output error"):
        read_bytes(tmp_path / "feed.csv")


def test_a_file_too_large_is_not_taken_into_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_bytes(CSV)
    monkeypatch.setattr(mission, "MAX_FILE_BYTES", 10)
    with pytest.raises(UnreadableError, match="larger than 10 bytes"):
        read_bytes(tmp_path / "feed.csv")
