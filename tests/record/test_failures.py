"""The failure table: each storage call fails lost and fails kept, and what then stands in the record.

Lost: the call had no effect. Kept: it took effect, and still an error came back.
Half: a write stopped in its middle.
"""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.record.place import STORES, Place
from tests.record.small import TABLE, blob, counted, derivation, entry, fill, parts

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnavailableError, UnknownNameError
from truceline.record import LocalDisk, Record, open_record, verify_folder
from truceline.record.log.head import PLACE_BYTES

MODES = ("lost", "kept", "half")
RAW = sha256_hex(b"raw bytes")


class FailingDisk(LocalDisk):
    """Fails the `at`-th of all calls, or none, and remembers their names: `content.write`, `log.commit`."""

    def __init__(self, at: int | None = None, mode: str = "lost") -> None:
        self.at, self.mode = at, mode
        self.calls: list[str] = []
        self.target: dict[int, str] = {}  # open handle -> what is written through it

    def _call(self, name: str, act: Callable[[], None]) -> None:
        self.calls.append(name)
        if len(self.calls) - 1 != self.at:
            act()
            return
        if self.mode == "kept":
            act()
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def make_folder(self, path: Path) -> None:
        self._call(f"{whose(path)}.make_folder", lambda: super(FailingDisk, self).make_folder(path))

    def create(self, path: Path, mode: int) -> int:
        handles: list[int] = []
        try:
            self._call(f"{whose(path)}.create", lambda: handles.append(LocalDisk.create(self, path, mode)))
        except OSError:
            for handle in handles:
                os.close(handle)
            raise
        self.target[handles[0]] = whose(path)
        return handles[0]

    def open(self, path: Path) -> int:
        handles: list[int] = []
        try:
            self._call(f"{whose(path)}.open", lambda: handles.append(LocalDisk.open(self, path)))
        except OSError:
            for handle in handles:
                os.close(handle)
            raise
        self.target[handles[0]] = whose(path)
        return handles[0]

    def write(self, handle: int, content: bytes) -> None:
        if len(self.calls) == self.at and self.mode == "half":
            super().write(handle, content[: len(content) // 2])
        self._call(f"{self.target[handle]}.write", lambda: super(FailingDisk, self).write(handle, content))

    def write_at(self, handle: int, content: bytes, at: int) -> None:
        if len(self.calls) == self.at and self.mode == "half":
            super().write_at(handle, content[: len(content) // 2], at)
        self._call(f"{self.target[handle]}.write_at", lambda: super(FailingDisk, self).write_at(handle, content, at))

    def cut(self, handle: int, size: int) -> None:
        self._call(f"{self.target[handle]}.cut", lambda: super(FailingDisk, self).cut(handle, size))

    def sync(self, handle: int) -> None:
        self._call(f"{self.target[handle]}.sync", lambda: super(FailingDisk, self).sync(handle))

    def rename(self, source: Path, target: Path) -> None:
        self._call(f"{whose(target)}.rename", lambda: super(FailingDisk, self).rename(source, target))

    def sync_folder(self, path: Path) -> None:
        self._call(f"{whose(path)}.sync_folder", lambda: super(FailingDisk, self).sync_folder(path))

    def commit(self, act: Callable[[], None]) -> None:
        self._call("log.commit", act)


def whose(path: Path) -> str:
    for name in ("head", "tree"):
        if path.name.startswith(name):
            return name
    return "content" if "content" in path.parts else "record"


def test_the_calls_of_one_put_and_one_append_are_these(place: Place) -> None:
    disk = FailingDisk()
    with place.open(disk=disk) as record:
        disk.calls.clear()
        put_and_append(record)
    assert disk.calls == [row.split()[0] for row in TABLE_OF_FAILURES]


def test_content_that_stands_already_is_synced_before_it_is_promised_again(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        record.put(b"raw bytes")
    disk = FailingDisk()
    with open_record(tmp_path / "record", disk=disk) as record:
        disk.calls.clear()
        record.put(b"raw bytes")
    assert disk.calls == ["content.make_folder", "content.sync_folder", "content.sync_folder"]


def test_what_a_stopped_writer_left_is_in_the_database_before_it_is_acknowledged(tmp_path: Path) -> None:
    folder, crash, sizes = tmp_path / "record", tmp_path / "crash", list[int]()
    with open_record(folder) as record:
        before = (folder / "head").read_bytes()
        record.append([entry("a")])
        shutil.copytree(folder, crash)  # as a crash between commit and head would leave it
    (crash / "head").write_bytes(before)

    class Watching(LocalDisk):
        def write_at(self, handle: int, content: bytes, at: int) -> None:
            if len(content) == PLACE_BYTES:
                sizes.append((crash / "log.db-wal").stat().st_size)
            super().write_at(handle, content, at)

    assert verify_folder(crash).notes[0].startswith("head: the log has gone on by 1")
    with open_record(crash, disk=Watching()) as again:
        assert again.size == 1
    assert sizes == [0], "the head was written before the write-ahead log was folded in"


# call                 lost, kept: what stands after it (c: the content, e: the entry, -: nothing); how the append ends
TABLE_OF_FAILURES = """
content.make_folder    -   -    fails
content.sync_folder    -   -    fails
content.create         -   -    fails
content.write          -   -    fails
content.sync           -   -    fails
content.rename         -   c    fails
content.sync_folder    c   c    fails
log.commit             c   ce   fails
head.write_at          ce  ce   fails
head.sync              ce  ce   fails
tree.write_at          ce  ce   is kept
""".strip().splitlines()


def put_and_append(record: Record) -> None:
    sha256 = record.put(b"raw bytes")
    record.append_if_new([entry("feed-a", kind="raw", hashes=(sha256,))])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("at", range(len(TABLE_OF_FAILURES)), ids=lambda at: TABLE_OF_FAILURES[at].split()[0])
def test_after_a_failed_call_stands_what_the_table_says(place: Place, at: int, mode: str) -> None:
    disk = FailingDisk(mode=mode)
    record = place.open(disk=disk)
    disk.calls.clear()
    disk.at = at
    call, lost, kept, *answer = TABLE_OF_FAILURES[at].split()
    if answer == ["fails"]:
        with pytest.raises(UnavailableError, match="nothing was lost") as told:
            put_and_append(record)
        assert str(place.folder) not in str(told.value)
    else:
        put_and_append(record)
    record.close()
    assert disk.calls[-1] == call
    with place.open() as again:
        stands = "c" * blob(place.folder, RAW).exists() + "e" * again.size
    assert (stands or "-") == (kept if mode == "kept" else lost)
    assert parts(place.folder) == []
    told_now = place.verify()
    assert (told_now.ok, [note for note in told_now.notes if not note.startswith("content")]) == (True, [])


def whole_run(place: Place, disk: LocalDisk, acknowledged: list[str]) -> None:
    """What a mission does, telling after each step what it was promised."""
    with place.open(disk=disk) as record:
        raw = record.put(b"lon,lat\n37.5,48.1\n")
        for subject in ("feed-a", "feed-b"):
            record.append_if_new([entry(subject, kind="raw", hashes=(raw,))])
            acknowledged.append(subject)
        record.put_table("events", TABLE, derivation=derivation(raw), known_at="2025-04-20T00:00:00Z")
        acknowledged.append("events")
        record.append_if_new([entry(f"f-{number}") for number in range(3)])
        acknowledged += ["f-0", "f-1", "f-2"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("store", STORES)
def test_wherever_a_run_is_broken_the_next_one_completes_it(
    another: Callable[[str, str], Place], store: str, mode: str
) -> None:
    counting, everything = FailingDisk(), ["feed-a", "feed-b", "events", "f-0", "f-1", "f-2"]
    whole_run(another(store, "whole"), counting, [])
    assert len(counting.calls) > 40
    thinned = slice(None) if store == "sqlite" else slice(MODES.index(mode), None, 4)  # a server takes longer
    for at, call in list(enumerate(counting.calls))[thinned]:
        if mode == "half" and not call.endswith((".write", ".write_at")):
            continue
        place, acknowledged = another(store, f"{at}"), list[str]()
        with nullcontext() if call == "tree.write_at" else pytest.raises(UnavailableError, match="nothing was lost"):
            whole_run(place, FailingDisk(at, mode), acknowledged)
        assert parts(place.folder) == [], (at, "a half file is left")
        try:
            torn = int(mode == "half" and call == "head.write_at")  # told until the next writer writes it again
            assert [" place is out of form" in problem for problem in place.verify().problems] == [True] * torn, at
        except UnknownNameError:
            assert acknowledged == [], at
        else:
            kept = [one.subject for _, one in place.read_back()]
            assert kept == everything[: len(kept)], at
            assert len(kept) >= len(acknowledged), (at, "an acknowledged entry is lost")
        whole_run(place, LocalDisk(), [])
        assert [one.subject for _, one in place.read_back()] == everything, at
        told = place.verify()
        assert (told.ok, told.notes) == (True, ()), at


def left_behind(folder: Path) -> None:
    """A record whose head and tree lack the last entries, and whose tree ends in the middle of a hash."""
    disk = FailingDisk(mode="kept")
    record = open_record(folder, disk=disk, chance=counted())
    record.append([entry("a"), entry("b"), entry("c")])
    disk.at = len(disk.calls)
    with pytest.raises(UnavailableError):
        record.append([entry("d"), entry("e")])
    assert disk.calls[-1] == "log.commit"
    record.close()
    with (folder / "tree").open("ab") as tree:
        tree.write(b"half a hash")


@pytest.mark.parametrize("mode", MODES)
def test_wherever_an_opening_is_broken_the_next_one_completes_head_and_tree(tmp_path: Path, mode: str) -> None:
    counting = FailingDisk()
    left_behind(tmp_path / "whole")
    open_record(tmp_path / "whole", disk=counting).close()
    assert counting.calls[4:] == ["tree.open", "tree.cut", "tree.write_at", "head.open", "head.write_at", "head.sync"]
    for at in range(len(counting.calls)):
        folder = tmp_path / f"{at}"
        left_behind(folder)
        with pytest.raises(UnavailableError, match="nothing was lost"):
            open_record(folder, disk=FailingDisk(at, mode))
        with open_record(folder, writing=False) as record:
            assert [one.subject for _, one in record.entries()] == [*"abcde"]
            assert len(record.inclusion(4, 5)) == 1
        with open_record(folder) as record:
            record.settle()
        told = verify_folder(folder)
        assert (told.ok, told.notes, told.entries) == (True, (), 5), (at, told)


def test_a_tree_that_could_not_be_written_is_completed_before_anything_is_proven(tmp_path: Path) -> None:
    disk = FailingDisk()
    with open_record(tmp_path / "record", disk=disk) as record:
        record.append([entry("a")])
        disk.at = len(disk.calls) + 3  # the next append's write of the tree
        record.append([entry("b")])
        assert disk.calls[-1] == "tree.write_at"
        record.append([entry("c")])
        assert disk.calls[-1] == "head.sync", "the tree lacks an entry: nothing is put behind it"
        assert (tmp_path / "record" / "tree").stat().st_size == 32
        disk.at = len(disk.calls)
        with pytest.raises(UnavailableError, match="nothing was lost"):
            record.root(3)
        assert len(record.inclusion(1, 3)) == 2
        assert record.append([entry("d")]) == range(3, 4)
    told = verify_folder(tmp_path / "record")
    assert (told.ok, told.notes) == (True, ())


def test_after_a_failed_append_the_log_answers_only_that_it_must_be_opened_again(place: Place) -> None:
    disk = FailingDisk()
    record = place.open(disk=disk)
    disk.at = len(disk.calls)
    with pytest.raises(UnavailableError):
        record.append([entry("a")])
    for act in (lambda: record.append([entry("a")]), lambda: record.size, lambda: list(record.entries())):
        with pytest.raises(UnavailableError, match="Open the record again"):
            act()
    with place.open() as again:
        assert again.append([entry("a")]) == range(1)


def test_an_interrupted_append_is_undone(place: Place) -> None:
    class Interrupted(FailingDisk):
        def commit(self, act: Callable[[], None]) -> None:
            if self.at is not None:
                raise KeyboardInterrupt
            act()

    disk = Interrupted()
    record = place.open(disk=disk)
    disk.at = 0
    with pytest.raises(KeyboardInterrupt):
        record.append([entry("a")])
    with place.open() as again:
        assert again.append([entry("b")]) == range(1)
    assert place.verify().ok


FULL = """
import resource, sys
from pathlib import Path
from tests.record.place import STORES, Place
from tests.record.small import entry
from truceline.base.errors import UnavailableError
from truceline.record import open_record
folder, count = Path(sys.argv[1]), 0
record = open_record(folder)
record.append([entry("before")])
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))  # every file is full at 300 kB
try:
    record.put(b"x" * 1_000_000)
except UnavailableError as error:
    print(error)
small = record.put(b"there is room for this")
try:
    while True:
        record.append([entry(f"s-{count}-{n}", hashes=(small,)) for n in range(40)])
        count += 1
except UnavailableError as error:
    print(error)
print(count)
"""


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "record"
    command = [sys.executable, "-c", FULL, str(folder)]
    environment = {"PYTHONPATH": ":".join(sys.path)}
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    put, append, count = answer.stdout.splitlines()
    assert [put[:8], append[:5]] == ["content ", "log: "], answer
    assert "the disk is full" in put, answer
    assert "nothing was lost" in append, answer
    assert str(tmp_path) not in answer.stdout
    assert parts(folder) == []
    told = verify_folder(folder)
    assert told.ok, told
    assert told.entries >= 1 + 40 * int(count) > 1
    assert (told.entries - 1) % 40 == 0, "all of an append or none"
    with open_record(folder, chance=counted()) as record:
        fill(record)
    assert verify_folder(folder).ok
