"""The post itself: what it said is captured is there, whatever fails; numbers, clock, receipts."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.record.small import flipped
from tests.record.test_failures import MODES, FailingDisk
from tests.run.node.posts import World, table

from truceline.base.errors import InputError, TakenError, UnavailableError, UnknownNameError
from truceline.record import LocalDisk, open_record, verify_folder
from truceline.run.node.post import RECORD, FieldNode, Slip, Storage, make_node, open_node

SLIP = Slip(by="Ben", feed="observations")


def made(folder: Path, *, name: str = "post-1", receipt: bytes = b"") -> Path:
    with make_node(folder, name, mission="truceline/valley", receipt=receipt, now_us=0):
        return folder


def captured(folder: Path) -> list[tuple[str, str]]:
    with open_node(folder, writing=False) as node:
        return [(each.said, each.capture.name) for each in node.captures.values()]


def files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.csv" for number in range(count)]
    for path in paths:
        path.write_bytes(table(path.stem))
    return paths


def test_a_post_that_is_made_twice_is_the_same_post(tmp_path: Path) -> None:
    folder = made(tmp_path / "post")
    with open_node(folder) as node:
        key = node.vkey
    with open_node(made(folder)) as node:
        assert (node.vkey, node.record.size, node.name, node.mission) == (key, 1, "post-1", "truceline/valley")


def test_a_post_is_made_in_no_folder_of_anything_else(tmp_path: Path) -> None:
    with pytest.raises(TakenError, match="the node post-1 of truceline/valley is here"):
        made(made(tmp_path / "post"), name="post-2")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    with pytest.raises(TakenError, match="something else"):
        made(tmp_path / "other")
    with pytest.raises(UnknownNameError, match="no node is here"):
        open_node(tmp_path / "other")


@pytest.mark.parametrize("name", ["", "Post 3", "../post", "post+3", "p" * 41, "-post"])
def test_a_name_that_no_key_can_bear_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot name a node"):
        made(tmp_path / "post", name=name)
    assert not (tmp_path / "post").exists()


def test_the_same_file_with_the_same_words_is_captured_once(tmp_path: Path) -> None:
    folder, paths = made(tmp_path / "post"), files(tmp_path, 2)
    with open_node(folder) as node:
        first = list(node.capture(paths, SLIP, clock=lambda: 1))
        size = node.record.size
        again = list(node.capture(paths, SLIP, clock=lambda: 2))
        assert [each.said for each in again] == [each.said for each in first]
        assert (all(each.again for each in again), node.record.size) == (True, size)
        other = Slip(by="Ben", feed="observations", note="on the second day")
        asked = Slip(by="Ben", feed="observations", again=True)
        more = [next(node.capture(paths, slip, clock=lambda: 3)).said for slip in (other, asked)]
    assert more == ["post-1-L0003", "post-1-L0004"]


def test_nobody_captures_without_a_name_or_with_a_book_as_note(tmp_path: Path) -> None:
    with open_node(made(tmp_path / "post")) as node:
        for slip in (Slip(by=" "), Slip(by="Ben", note="x" * 2_001)):
            with pytest.raises(InputError, match="Say who captures"):
                list(node.capture(files(tmp_path, 1), slip, clock=lambda: 1))
        assert node.record.size == 1


def test_a_clock_that_goes_back_is_journalled_and_the_capture_goes_on(tmp_path: Path) -> None:
    folder, moments = made(tmp_path / "post"), iter([5_000_000, 2_000_000, 2_000_000])
    with open_node(folder) as node:
        back = [each.back_us for each in node.capture(files(tmp_path, 3), SLIP, clock=lambda: next(moments))]
        kinds = [(entry.kind, entry.known_at) for _, entry in node.record.entries()]
    assert back == [0, 3_000_000, 0]
    late, early = "1970-01-01T00:00:05Z", "1970-01-01T00:00:02Z"
    assert kinds[1:] == [("raw", late), ("clock", early), ("raw", early), ("raw", early)]


def test_a_clock_that_goes_back_over_a_restart_is_journalled_too(tmp_path: Path) -> None:
    folder = made(tmp_path / "post")
    for moment in (5_000_000, 4_000_000):
        with open_node(folder) as node:
            list(node.capture(files(tmp_path, 2)[moment == 4_000_000 :][:1], SLIP, clock=lambda now=moment: now))
    with open_node(folder, writing=False) as node:
        (jump,) = [entry for _, entry in node.record.entries(kind="clock")]
    assert jump.detail == {"before": "1970-01-01T00:00:05Z", "back_us": 1_000_000}


@pytest.mark.parametrize("mode", MODES)
def test_after_any_failed_call_of_the_disk_the_capture_is_completed_and_never_doubled(
    tmp_path: Path, mode: str
) -> None:
    (path,) = files(tmp_path, 1)
    at, failed = 0, True
    while failed:
        folder, disk = made(tmp_path / f"post-{at}"), FailingDisk(mode=mode)
        with open_node(folder, storage=Storage(disk=disk)) as node:
            disk.calls.clear()
            disk.at = at
            failed = refuses(node, path)
        with open_node(folder) as node:
            assert len(list(node.capture([path], SLIP, clock=lambda: 1))) == 1
        assert captured(folder) == [("post-1-L0001", "0.csv")], disk.calls
        assert verify_folder(folder / RECORD).ok
        at += 1
    assert at > 10, "the record makes so many calls of the disk for one capture"


def refuses(node: FieldNode, path: Path) -> bool:
    try:
        list(node.capture([path], SLIP, clock=lambda: 1))
    except UnavailableError as error:
        return "nothing was lost" in str(error)
    return False


def test_on_a_full_disk_what_was_captured_before_stays(tmp_path: Path) -> None:
    class Filling(LocalDisk):
        room = 2

        def create(self, path: Path, mode: int) -> int:
            if "content" in path.parts:
                self.room -= 1
            if self.room < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().create(path, mode)

    folder, told = made(tmp_path / "post"), []

    def capture_all() -> None:
        with open_node(folder, storage=Storage(disk=Filling())) as node:
            for each in node.capture(files(tmp_path, 4), SLIP, clock=lambda: 1):
                told.append(each.said)

    with pytest.raises(UnavailableError, match="the disk is full"):
        capture_all()
    assert told == [said for said, _ in captured(folder)] == ["post-1-L0001", "post-1-L0002"]
    assert verify_folder(folder / RECORD).ok


# Starts a post again and again, and kills it once it has said so many captures; prints what the last one said.
KILLED = """
import os, signal, sys
from pathlib import Path
from truceline.run.node.post import Slip, open_node

for wanted in (1, 7, 30):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with open_node(Path(sys.argv[1])) as node:
            for each in node.capture([Path(path) for path in sys.argv[2:]], Slip(by="Ben"), clock=lambda: 1):
                os.write(writing, f"{each.said}\\n".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        told = [said.readline().strip() for _ in range(wanted)]
        os.kill(child, signal.SIGKILL)
        told += said.read().split()
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it had captured all of them before"
print(*told, sep="\\n")
"""


def test_a_post_killed_while_it_captures_has_what_it_said(tmp_path: Path) -> None:
    folder, paths = made(tmp_path / "post"), files(tmp_path, 120)
    command = [sys.executable, "-c", KILLED, str(folder), *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)})
    told, there = done.stdout.split(), captured(folder)
    assert len(told) >= 30
    assert [said for said, _ in there][: len(told)] == told
    assert [name for _, name in there] == [path.name for path in paths][: len(there)]
    assert verify_folder(folder / RECORD).problems == ()
    with open_node(folder) as node:
        assert len(list(node.capture(paths, Slip(by="Ben"), clock=lambda: 1))) == 120
    assert [name for _, name in captured(folder)] == [path.name for path in paths]


def test_two_commands_at_once_do_not_write(tmp_path: Path) -> None:
    folder = made(tmp_path / "post")
    with open_node(folder), pytest.raises(UnavailableError, match="another process is writing"):
        open_node(folder)


def test_numbers_come_from_blocks_one_after_the_other(world: World) -> None:
    world.make("post-1", numbers=2)
    world.reserve("post-2", 3)
    world.receive("post-1", world.reserve("post-1", 2))
    said = [world.capture("post-1", table(f"A-{number}")).said for number in range(5)]
    assert said == ["no. 000001", "no. 000002", "no. 000006", "no. 000007", "post-1-L0001"]
    world.receive("post-1", world.reserve("post-1", 1))
    assert world.capture("post-1", table("A-9")).said == "no. 000008"


def test_reserved_blocks_never_overlap(tmp_path: Path) -> None:
    import random

    from truceline.model.entry import Entry
    from truceline.run.node.receipts import reserve_numbers

    for seed in range(2):
        dice = random.Random(seed)
        with open_record(tmp_path / f"record-{seed}") as record:
            blocks, given = [], set()
            for turn in range(30):
                if blocks and dice.random() < 0.3:  # a capture that came with a number of the mission's own
                    number = max(given | {block.stop - 1 for block in blocks}) + 1
                    given.add(number)
                    detail = {"node": "post-1", "leaf": f"{turn:064x}", "number": number}
                    record.append([Entry(kind="raw", subject="s", author="a", known_at="2024-05-01", detail=detail)])
                node, count = dice.choice(["post-1", "post-2", "post-3"]), dice.choice([1, 2, 500])
                blocks.append(reserve_numbers(record, node, count, by="Anna", now_us=turn))
                assert len(blocks[-1]) == count
        every = [number for block in blocks for number in block]
        assert len(every) == len(set(every)) == sum(map(len, blocks))
        assert not given & set(every)
        assert min(every) == 1


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_a_senseless_count_of_numbers_is_refused(world: World, count: int) -> None:
    with pytest.raises(InputError, match="cannot be reserved"):
        world.reserve("post-1", count)


def test_a_receipt_is_taken_in_once(posts: World) -> None:
    receipt = posts.reserve("post-1", 5)
    for _ in range(2):
        posts.receive("post-1", receipt)
    with open_node(posts.post("post-1")) as node:
        assert (node.record.size, node.left) == (3, 15)


def test_a_receipt_for_another_post_or_from_another_mission_is_refused(posts: World, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="for the node post-2"):
        posts.receive("post-1", posts.reserve("post-2", 5))
    receipt = posts.reserve("post-1", 5)
    with pytest.raises(InputError, match=r"of truceline/first-steps.*this is post-1 of truceline/valley"):
        made(tmp_path / "new", receipt=receipt)
    (posts.mission / "keys" / "receipts.key").unlink()
    with pytest.raises(InputError, match="another key than the first receipt"):
        posts.receive("post-1", posts.reserve("post-1", 5))


def test_a_receipt_with_any_altered_byte_is_refused(posts: World) -> None:
    receipt = posts.reserve("post-1", 5)
    with open_node(posts.post("post-1")) as node:
        size = node.record.size
        for at in range(len(receipt)):
            with pytest.raises(InputError):
                node.receive(flipped(receipt, at), now_us=0)
        assert node.record.size == size
        node.receive(receipt, now_us=0)


def test_what_arrived_is_confirmed_and_an_old_copy_says_that_it_is_one(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    backup = posts.backup("post-1")
    posts.capture("post-1", table("A-2"))
    receipt = posts.sync("post-1").receipt
    with open_node(posts.post("post-1"), writing=False) as node:
        assert (node.confirmed, node.astray) == (4, None)
    posts.restore("post-1", backup)
    posts.receive("post-1", receipt)
    with open_node(posts.post("post-1"), writing=False) as node:
        assert (node.confirmed, node.astray is None) == (0, False)
    posts.capture("post-1", table("A-3"))
    posts.sync("post-1")
    with open_node(posts.post("post-1"), writing=False) as node:
        assert (node.confirmed, node.astray is None) == (5, True)
