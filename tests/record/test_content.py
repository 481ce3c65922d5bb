"""The content store: named by its hash, written whole, checked at every reading."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.record.small import blob, overwrite, parts, small

from truceline.base.canonical import sha256_hex
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.record.content import ContentStore
from truceline.record.disk import LocalDisk


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    (tmp_path / "content").mkdir()
    return ContentStore(tmp_path / "content", LocalDisk())


@settings(max_examples=40, deadline=None)
@given(contents=st.lists(st.binary(max_size=300), max_size=5))
def test_what_is_put_is_got(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("content")
    store = ContentStore(folder, LocalDisk())
    named = {store.put(content): content for content in contents}
    assert {sha256: store.get(sha256) for sha256 in named} == named
    assert all(sha256 == sha256_hex(content) for sha256, content in named.items())
    assert sorted(store.names()) == sorted(f"{sha256[:2]}/{sha256[2:]}" for sha256 in named)


def test_content_is_read_only_and_putting_it_again_changes_nothing(tmp_path: Path, store: ContentStore) -> None:
    sha256 = store.put(b"once")
    before = blob(tmp_path, sha256).stat()
    assert store.put(b"once") == sha256
    after = blob(tmp_path, sha256).stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_mode & 0o777) == (
        after.st_ino,
        after.st_mtime_ns,
        0o444,
    )


def test_altered_content_is_refused_with_both_hashes_and_no_path(tmp_path: Path, store: ContentStore) -> None:
    sha256 = store.put(b"once")
    overwrite(blob(tmp_path, sha256), b"twice")
    for act in (lambda: store.get(sha256), lambda: store.put(b"once")):
        with pytest.raises(IntegrityError) as told:
            act()
        assert f"expected SHA-256 {sha256}, found {sha256_hex(b'twice')}" in str(told.value)
        assert str(tmp_path) not in str(told.value)
        assert "keep the disk" in told.value.remedy
    assert blob(tmp_path, sha256).read_bytes() == b"twice", "evidence stays as it is"


def test_missing_content_is_refused(tmp_path: Path, store: ContentStore) -> None:
    sha256 = store.put(b"once")
    blob(tmp_path, sha256).unlink()
    assert not store.has(sha256)
    with pytest.raises(IntegrityError, match="it is missing"):
        store.get(sha256)


@pytest.mark.parametrize("name", ["", "ab", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 65, "a" * 64 + "\n"])
def test_what_is_no_hash_reaches_no_file(store: ContentStore, name: str) -> None:
    with pytest.raises(UnknownNameError):
        store.get(name)


def test_a_link_is_not_followed(tmp_path: Path, store: ContentStore) -> None:
    sha256 = sha256_hex(b"elsewhere")
    (tmp_path / "elsewhere").write_bytes(b"elsewhere")
    blob(tmp_path, sha256).parent.mkdir()
    blob(tmp_path, sha256).symlink_to(tmp_path / "elsewhere")
    for act in (lambda: store.get(sha256), lambda: store.put(b"elsewhere")):
        with pytest.raises(IntegrityError, match="symbolic link"):
            act()
    assert not store.has(sha256)
    assert list(store.names()) == [f"{sha256[:2]}/{sha256[2:]}/"]


def test_a_linked_folder_is_not_followed(tmp_path: Path, store: ContentStore) -> None:
    sha256 = sha256_hex(b"elsewhere")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / sha256[2:]).write_bytes(b"elsewhere")
    blob(tmp_path, sha256).parent.symlink_to(tmp_path / "elsewhere")
    for act in (lambda: store.get(sha256), lambda: store.put(b"elsewhere")):
        with pytest.raises(IntegrityError, match="symbolic link"):
            act()


def test_a_pipe_or_a_folder_in_the_place_of_content_is_refused(tmp_path: Path, store: ContentStore) -> None:
    pipe, folder = sha256_hex(b"pipe"), sha256_hex(b"folder")
    blob(tmp_path, pipe).parent.mkdir()
    os.mkfifo(blob(tmp_path, pipe))
    blob(tmp_path, folder).mkdir(parents=True)
    for content in (b"pipe", b"folder"):
        with pytest.raises(IntegrityError):
            store.get(sha256_hex(content))
        with pytest.raises(IntegrityError):
            store.put(content)


def test_what_a_stopped_run_left_is_replaced(tmp_path: Path, store: ContentStore) -> None:
    sha256 = sha256_hex(b"whole")
    blob(tmp_path, sha256).parent.mkdir()
    blob(tmp_path, sha256).with_name(sha256[2:] + ".part").write_bytes(b"wh")
    assert store.get(store.put(b"whole")) == b"whole"
    assert parts(tmp_path) == []


class Refusing(LocalDisk):
    """A disk that writes half and then refuses for one reason."""

    def __init__(self, number: int) -> None:
        self.number = number

    def write(self, handle: int, content: bytes) -> None:
        super().write(handle, content[: len(content) // 2])
        raise OSError(self.number, os.strerror(self.number), "/somewhere/on/this/machine")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "may not write here"),
        (errno.EROFS, "may not write here"),
        (errno.EIO, "the disk answered"),
    ],
)
def test_a_disk_that_refuses_leaves_no_half_file(tmp_path: Path, number: int, words: str) -> None:
    store = ContentStore(tmp_path, Refusing(number))
    with pytest.raises(UnavailableError) as told:
        store.put(b"a long enough text")
    assert words in told.value.problem
    assert "nothing was lost" in told.value.remedy
    assert "machine" not in str(told.value)
    assert list(store.names()) == []
    assert ContentStore(tmp_path, LocalDisk()).put(b"a long enough text")


def test_a_records_content_is_found_by_the_hash_its_entry_names(tmp_path: Path) -> None:
    for sha256 in small(tmp_path / "record"):
        assert sha256_hex(blob(tmp_path / "record", sha256).read_bytes()) == sha256
