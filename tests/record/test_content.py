"""The content store: named by its hash, written whole, checked at every reading."""

import errno
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.record.sealed.ending import FORKS, Ending, dies, some
from tests.record.small import blob, overwrite, parts, small

from truceline.base.canonical import sha256_hex
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError, UnreadableError
from truceline.record.content import ContentStore, chunks_of_file, hash_of_name
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


@pytest.mark.parametrize("size", [0, 1, (1 << 18) + 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_file_is_kept_as_its_bytes_are(tmp_path: Path, store: ContentStore, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    assert store.put_files([tmp_path / "file"]) == [(sha256_hex(content), size)]
    assert store.get(sha256_hex(content)) == content
    assert blob(tmp_path, sha256_hex(content)).stat().st_mode & 0o777 == 0o444
    assert store.put(content) == sha256_hex(content)
    assert parts(tmp_path) == []


def test_many_files_are_kept_in_order_the_same_twice_once(tmp_path: Path, store: ContentStore) -> None:
    sources = [tmp_path / f"file-{number}" for number in range(40)]
    for number, source in enumerate(sources):
        source.write_bytes(b"%d" % (number // 2))
    told = store.put_files(sources)
    assert told == [(sha256_hex(source.read_bytes()), source.stat().st_size) for source in sources]
    assert len(list(store.names())) == 20
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "content").rglob("*") if path.is_file()}
    assert store.put_files(sources) == told
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_file_whose_content_stands_altered_is_refused(tmp_path: Path, store: ContentStore) -> None:
    (tmp_path / "file").write_bytes(b"once")
    overwrite(blob(tmp_path, store.put(b"once")), b"twice")
    with pytest.raises(IntegrityError, match="altered"):
        store.put_files([tmp_path / "file"])
    assert blob(tmp_path, sha256_hex(b"once")).read_bytes() == b"twice", "evidence stays as it is"
    assert parts(tmp_path) == []


def test_the_names_of_files_are_on_the_disk_before_they_are_acknowledged(tmp_path: Path) -> None:
    class Watching(LocalDisk):
        def __init__(self) -> None:
            self.open: set[Path] = set()  # folders with a name that is not on the disk yet

        def rename(self, source: Path, target: Path) -> None:
            super().rename(source, target)
            self.open.add(target.parent)

        def sync_folder(self, path: Path) -> None:
            super().sync_folder(path)
            self.open.discard(path)

        def make_folder(self, path: Path) -> None:
            super().make_folder(path)
            self.open.add(path.parent)

    sources, disk = [tmp_path / f"file-{number}" for number in range(60)], Watching()
    for source in sources:
        source.write_bytes(source.name.encode())
    (tmp_path / "content").mkdir()
    ContentStore(tmp_path / "content", disk).put_files(sources)
    assert disk.open == set()


def link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (link, "symbolic link"),
        (os.mkfifo, "no plain file"),
        (Path.mkdir, "no plain file"),
        (lambda path: None, "cannot be opened"),
    ],
)
def test_what_is_no_plain_file_is_not_kept(
    tmp_path: Path, store: ContentStore, make: Callable[[Path], None], words: str
) -> None:
    (tmp_path / "elsewhere").write_bytes(b"elsewhere")
    make(tmp_path / "file")
    with pytest.raises(UnreadableError, match=words) as told:
        store.put_files([tmp_path / "file"])
    assert str(tmp_path) not in str(told.value)
    assert list(store.names()) == []


def grow(source: Path) -> None:
    with source.open("ab") as file:
        file.write(b"more")


def shrink(source: Path) -> None:
    os.truncate(source, 600_000)


def change(source: Path) -> None:
    about = source.stat()
    source.write_bytes(b"b" * about.st_size)
    os.utime(source, ns=(about.st_atime_ns, about.st_mtime_ns))  # as if nothing had happened


@pytest.mark.parametrize("act", [grow, shrink, change])
def test_a_file_that_changes_while_it_is_copied_is_not_kept(
    tmp_path: Path, store: ContentStore, act: Callable[[Path], None]
) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"a" * 1_200_000)
    chunks = chunks_of_file(source)
    first = next(chunks)
    act(source)
    with pytest.raises(UnavailableError, match="it changed while it was copied"):
        store.put_all([itertools.chain([first], chunks)])
    assert list(store.names()) == []
    assert parts(tmp_path) == []


def test_a_file_that_grows_without_end_is_not_followed(tmp_path: Path) -> None:
    source, read = tmp_path / "file", 0
    source.write_bytes(b"a" * 10)
    with pytest.raises(UnavailableError, match="it changed"):  # noqa: PT012 - the file grows between its parts
        for chunk in chunks_of_file(source):
            read += len(chunk)
            grow(source)
            assert read < 100
    assert read >= 10


@pytest.mark.parametrize("call", ["create", "write", "sync", "rename", "sync_folder", "make_folder"])
def test_a_disk_that_is_full_in_the_middle_of_a_file_leaves_no_half_file(tmp_path: Path, call: str) -> None:
    source = tmp_path / "file"
    source.write_bytes(os.urandom(2_000_000))

    class Full(LocalDisk):
        calls = 0

        def __getattribute__(self, name: str) -> object:
            if name == call:
                Full.calls += 1
                if Full.calls == (2 if name == "write" else 1):
                    raise OSError(errno.ENOSPC, "full", "/somewhere/on/this/machine")
            return super().__getattribute__(name)

    (tmp_path / "content").mkdir()
    with pytest.raises(UnavailableError, match="the disk is full") as told:
        ContentStore(tmp_path / "content", Full()).put_files([source])
    assert "machine" not in str(told.value)
    assert list(ContentStore(tmp_path / "content", LocalDisk()).names()) == []
    store = ContentStore(tmp_path / "content", LocalDisk())
    ((sha256, _),) = store.put_files([source])
    assert store.get(sha256) == source.read_bytes()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_a_disk_that_refuses_leaves_no_handle_open_and_no_half_file(tmp_path: Path) -> None:
    sources, before = [tmp_path / f"file-{number}" for number in range(4)], len(os.listdir("/proc/self/fd"))
    for source in sources:
        source.write_bytes(source.name.encode())

    class Broken(LocalDisk):
        syncs = 0

        def sync(self, handle: int) -> None:
            Broken.syncs += 1
            if Broken.syncs == 2:
                raise OSError(errno.EIO, "broken")
            super().sync(handle)

    (tmp_path / "content").mkdir()
    with pytest.raises(UnavailableError, match="the disk answered"):
        ContentStore(tmp_path / "content", Broken()).put_files(sources)
    assert len(os.listdir("/proc/self/fd")) == before
    assert parts(tmp_path) == []


def test_nothing_goes_on_in_the_background_after_a_refusal(tmp_path: Path) -> None:
    class Slow(LocalDisk):
        begun = ended = 0

        def sync(self, handle: int) -> None:
            Slow.begun += 1
            time.sleep(0.05)
            super().sync(handle)
            Slow.ended += 1

    (tmp_path / "content").mkdir()
    (tmp_path / "file").write_bytes(b"whole")
    with pytest.raises(UnreadableError):
        ContentStore(tmp_path / "content", Slow()).put_files([tmp_path / "file", tmp_path / "missing"])
    assert Slow.begun == Slow.ended == 1


def test_a_large_file_is_synced_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truceline.record.content._SYNC_EACH", 2 << 20)
    (tmp_path / "file").write_bytes(whole := os.urandom(5_000_000))

    class Counting(LocalDisk):
        syncs = 0

        def sync(self, handle: int) -> None:
            Counting.syncs += 1
            super().sync(handle)

    (tmp_path / "content").mkdir()
    store = ContentStore(tmp_path / "content", Counting())
    assert store.put_files([tmp_path / "file"]) == [(sha256_hex(whole), len(whole))]
    assert Counting.syncs == 3
    assert store.get(sha256_hex(whole)) == whole


@FORKS
@pytest.mark.parametrize("after", [False, True])
def test_killed_anywhere_a_store_holds_whole_files_only(tmp_path: Path, after: bool) -> None:
    sources = [tmp_path / f"file-{number}" for number in range(2)]
    for source in sources:
        source.write_bytes(os.urandom(2_200_000))
    counting = Ending()
    (tmp_path / "counted").mkdir()
    told = ContentStore(tmp_path / "counted", counting).put_files(sources)
    assert counting.calls.count("write") == 6
    for at in some(counting, after=after):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        assert dies(lambda at=at, folder=folder: ContentStore(folder, Ending(at, after=after)).put_files(sources))
        store = ContentStore(folder, LocalDisk())
        for name in store.names():
            sha256 = hash_of_name(name)
            assert name.endswith(".part") if sha256 is None else store.measured(sha256)[0] == sha256
        assert store.put_files(sources) == told
        assert sorted(store.names()) == sorted(f"{sha256[:2]}/{sha256[2:]}" for sha256, _ in told)


def test_a_store_of_many_contents_is_made_with_few_syncs(tmp_path: Path) -> None:
    class Counting(LocalDisk):
        outer = 0

        def sync_folder(self, path: Path) -> None:
            self.outer += path == tmp_path
            super().sync_folder(path)

    disk = Counting()
    store = ContentStore(tmp_path, disk)
    for number in range(60):
        store.put(b"%d" % number)
    assert disk.outer <= 20
    again = ContentStore(tmp_path, disk)
    for number in range(60):
        again.put(b"%d" % number)
    assert disk.outer <= 21
