"""A witness in a folder: nothing is granted that is not on the disk, and what it saw stands there as evidence."""

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest
from tests.record.notes.growing import LOG, NOW_S, ORIGIN, note, request

from truceline.base.errors import (
    IntegrityError,
    TakenError,
    TrucelineError,
    UnavailableError,
    UnknownNameError,
    UnreadableError,
)
from truceline.record.disk import LocalDisk
from truceline.record.notes.checkpoint import cosigned
from truceline.record.notes.note import COSIGNATURE, Verifier, note_of, signer_of
from truceline.record.notes.witness import Granted, Refused, Request, request_bytes
from truceline.run.keeping import witnessing
from truceline.run.keeping.witnessing import cosign, latest_note, make_witness, watched, witness_key

NAME = "observers.example/valley"
HILLS = signer_of("truceline/hills", bytes(range(2, 34)))
PLACE = Path("logs") / hashlib.sha256(ORIGIN.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_witness(tmp_path / "witness", NAME, [LOG.verifier.vkey])
    return tmp_path / "witness"


def ask(folder: Path, asked: Request, *, now_s: int = NOW_S, disk: LocalDisk | None = None) -> Granted | Refused:
    return cosign(folder, request_bytes(asked), now_s=lambda: now_s, disk=disk or LocalDisk())


def granted(folder: Path, old: int, size: int, *, fork: int | None = None, now_s: int = NOW_S) -> Granted:
    answer = ask(folder, request(old, size, fork=fork), now_s=now_s)
    assert isinstance(answer, Granted), answer
    return answer


def refused(folder: Path, asked: Request) -> Refused:
    answer = ask(folder, asked)
    assert isinstance(answer, Refused)
    return answer


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder / PLACE).as_posix() for path in (folder / PLACE).rglob("*") if path.is_file())


def test_a_witness_cosigns_and_remembers(folder: Path) -> None:
    key = witness_key(folder)
    for number, (old, size) in enumerate([(0, 3), (3, 3), (3, 8), (8, 20)]):
        answer = granted(folder, old, size, now_s=NOW_S + number)
        whole = note_of(note(size) + answer.line.encode())
        assert cosigned(whole, [key])[0].at_s == NOW_S + number
        assert (folder / PLACE / "latest").read_bytes() == note(size) + answer.line.encode()
    assert names(folder) == ["latest", "seen/3", "seen/8"]
    (log,) = watched(folder)
    assert (log.log, log.split) == (LOG.verifier, ())
    assert log.seen is not None
    assert log.seen.checkpoint.size == 20


def test_what_it_shows_is_what_it_cosigned_last(folder: Path) -> None:
    origin_hash = hashlib.sha256(ORIGIN.encode()).hexdigest()
    assert latest_note(folder, origin_hash) is None
    answer = granted(folder, 0, 3)
    assert latest_note(folder, origin_hash) == answer.seen.note
    for other in ("", "..", "../../keys", origin_hash.upper(), hashlib.sha256(b"x").hexdigest()):
        assert latest_note(folder, other) is None


def test_one_size_under_two_roots_is_kept_as_evidence_whichever_comes_first(folder: Path) -> None:
    granted(folder, 0, 8)
    granted(folder, 8, 12)
    faces = [
        request(8, 8, fork=2),  # of an older size: 409, as the protocol has it
        request(12, 12, fork=11),  # of the latest size
    ]
    assert [refused(folder, each).status for each in faces] == [409, 422]
    (log,) = watched(folder)
    for face, size, pair in zip(faces, (8, 12), log.split, strict=True):
        assert len(pair) == 2
        assert face.checkpoint in pair
        assert note_of(note(size)).text in {note_of(each).text for each in pair}
    granted(folder, 12, 20)  # and it goes on as the protocol has it
    assert watched(folder)[0].split == log.split
    refused(folder, request(12, 12, fork=5))  # a third face
    assert [len(each) for each in watched(folder)[0].split] == [2, 3]


def test_another_face_that_came_with_a_bad_path_is_found_once_the_log_has_its_size(folder: Path) -> None:
    granted(folder, 0, 8)
    assert refused(folder, request(8, 12, fork=2)).status == 422
    assert watched(folder)[0].split == ()  # a wrong path proves nothing
    assert names(folder) == ["latest", "seen/12"]
    granted(folder, 8, 12)
    assert [len(each) for each in watched(folder)[0].split] == [2]
    granted(folder, 12, 13)
    assert [len(each) for each in watched(folder)[0].split] == [2]


def test_what_the_log_did_not_sign_leaves_no_trace(folder: Path) -> None:
    granted(folder, 0, 8)
    before = names(folder)
    other_key = signer_of(ORIGIN, bytes(32))
    forged = Request(old=8, path=(), checkpoint=note(8, fork=2, log=other_key))
    assert refused(folder, forged).status == 403
    assert refused(folder, request(0, 8, log=HILLS)).status == 404
    assert cosign(folder, b"old 8\n", now_s=lambda: NOW_S) == Refused(
        status=400, why="it is no request: expected `old` and a size, a path, a blank line and a checkpoint."
    )
    assert names(folder) == before


def test_the_same_request_again_and_again_fills_no_disk(folder: Path) -> None:
    granted(folder, 0, 8)
    for number in range(5):
        granted(folder, 8, 8, now_s=NOW_S + number)
        refused(folder, request(8, 8, fork=2))
        refused(folder, request(0, 8))
    assert len(names(folder)) == 3  # the latest, and two faces of size 8


def test_a_clock_that_was_set_back_cosigns_nothing(folder: Path) -> None:
    granted(folder, 0, 8)
    answer = ask(folder, request(8, 12), now_s=NOW_S - 1)
    assert isinstance(answer, Refused)
    assert answer.status == 503
    assert watched(folder)[0].seen == granted(folder, 8, 8).seen


def test_more_logs_are_added_and_each_has_one_key(folder: Path) -> None:
    key = witness_key(folder)
    granted(folder, 0, 8)
    assert make_witness(folder, NAME, [HILLS.verifier.vkey, LOG.verifier.vkey]) == key
    assert isinstance(ask(folder, request(0, 5, log=HILLS)), Granted)
    assert [each.log.name for each in watched(folder)] == ["truceline/hills", "truceline/valley"]
    granted(folder, 8, 9)
    with pytest.raises(TakenError, match="has another key here"):
        make_witness(folder, NAME, [signer_of(ORIGIN, bytes(32)).verifier.vkey])
    with pytest.raises(TakenError, match="of the witness observers"):
        make_witness(folder, "observers.example/other", [])
    assert len(watched(folder)) == 2


@pytest.mark.parametrize(
    ("name", "vkey"),
    [
        ("a b", LOG.verifier.vkey),
        ("", LOG.verifier.vkey),
        (NAME, "x"),
        (NAME, Verifier(name="w", public=bytes(32), kind=4).vkey),
    ],
)
def test_a_witness_of_impossible_names_is_not_begun(tmp_path: Path, name: str, vkey: str) -> None:
    with pytest.raises(UnreadableError):
        make_witness(tmp_path / "w", name, [vkey])
    assert not (tmp_path / "w").exists()


def test_where_no_witness_is_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="there is none in nowhere/"):
        ask(tmp_path / "nowhere", request(0, 8))
    assert not (tmp_path / "nowhere").exists()


def test_a_witness_without_its_key_makes_no_second_one(folder: Path) -> None:
    (folder / "keys" / "witness.key").unlink()
    with pytest.raises(UnknownNameError, match="no key 'witness'"):
        ask(folder, request(0, 8))


def test_every_altered_byte_of_what_it_knows_stops_it(folder: Path) -> None:
    granted(folder, 0, 8)
    path = folder / PLACE / "latest"
    whole = path.read_bytes()
    asked = request(8, 12)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises((IntegrityError, UnreadableError)):
            ask(folder, asked)
    path.write_bytes(whole)
    granted(folder, 8, 12)


def test_every_altered_byte_of_its_declaration_is_found_or_another_key(folder: Path) -> None:
    path = folder / "witness.json"
    whole = path.read_bytes()
    key = witness_key(folder)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            answer = ask(folder, request(0, 8))
        except TrucelineError:
            continue
        if isinstance(answer, Granted):
            other = witness_key(folder)
            assert other != key  # of another name: nobody knows it
            (folder / PLACE / "latest").unlink()


def test_a_state_that_vanished_is_not_taken_for_none(folder: Path) -> None:
    granted(folder, 0, 8)
    granted(folder, 8, 12)
    (folder / PLACE / "latest").unlink()
    with pytest.raises(IntegrityError, match="missing"):
        ask(folder, request(0, 12, fork=3))


class FailingDisk(LocalDisk):
    """Fails its `at`-th call: `lost` without effect, `kept` after it took effect."""

    def __init__(self, at: int, *, kept: bool) -> None:
        self.at, self.kept, self.calls = at, kept, 0

    def _fails(self) -> bool:
        self.calls += 1
        return self.calls - 1 == self.at

    def create(self, path: Path, mode: int) -> int:
        failing = self._fails()
        if failing and not self.kept:
            raise OSError(errno.ENOSPC, "full")
        handle = super().create(path, mode)
        if failing:
            os.close(handle)
            raise OSError(errno.EIO, "broken")
        return handle

    def write(self, handle: int, content: bytes) -> None:
        failing = self._fails()
        super().write(handle, content if self.kept or not failing else content[: len(content) // 2])
        if failing:
            raise OSError(errno.EIO, "broken")

    def sync(self, handle: int) -> None:
        if self._fails():
            raise OSError(errno.EIO, "broken")
        super().sync(handle)

    def rename(self, source: Path, target: Path) -> None:
        failing = self._fails()
        if self.kept or not failing:
            super().rename(source, target)
        if failing:
            raise OSError(errno.EIO, "broken")

    def sync_folder(self, path: Path) -> None:
        if self._fails():
            raise OSError(errno.EIO, "broken")
        super().sync_folder(path)


@pytest.mark.parametrize("kept", [False, True])
def test_whatever_call_fails_nothing_is_granted_that_it_might_forget(folder: Path, kept: bool) -> None:
    granted(folder, 0, 8)
    size, failures = 8, 0
    for at in range(20):
        disk = FailingDisk(at, kept=kept)
        try:
            answer = ask(folder, request(size, size + 1), disk=disk)
            assert isinstance(answer, Granted)
            assert disk.calls <= at  # it was not reached
        except UnavailableError:
            failures += 1
        (log,) = watched(folder)
        assert log.seen is not None
        assert log.seen.checkpoint.size in (size, size + 1)
        size = log.seen.checkpoint.size
        assert refused(folder, request(0, size)).body == f"{size}\n"
        assert not list((folder / PLACE / "split").iterdir())
    assert failures == 10  # create, write, sync, rename, folder; of what was seen before and of the latest


def test_the_answer_leaves_only_after_the_state_is_on_the_disk(folder: Path) -> None:
    """The last call that the disk sees is the folder's sync behind the new state."""
    done: list[str] = []

    class Noted(LocalDisk):
        def rename(self, source: Path, target: Path) -> None:
            super().rename(source, target)
            done.append(f"rename {target.name}")

        def sync_folder(self, path: Path) -> None:
            super().sync_folder(path)
            done.append(f"sync {path.name}")

    ask(folder, request(0, 8), disk=Noted())
    assert done == ["rename latest", f"sync {PLACE.name}"]


def test_two_at_once_never_take_back_what_was_cosigned(folder: Path) -> None:
    """The race of tlog-witness: many threads bring many sizes, old and new; what is granted only grows."""
    granted(folder, 0, 1)
    order: list[int] = []
    answers: list[Granted | Refused] = []
    begin = threading.Barrier(6)

    def now_s() -> int:  # read in turn, under the lock: so this is the order in which they were considered
        order.append(1)
        return NOW_S + len(order)

    def bring(size: int) -> None:
        begin.wait(10)
        for old in range(1, 9):
            answers.append(cosign(folder, request_bytes(request(old, old + size)), now_s=now_s))

    threads = [threading.Thread(target=bring, args=(size,)) for size in (1, 1, 2, 2, 3, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 48
    assert all(isinstance(each, Granted) or each.status == 409 for each in answers)
    won = sorted((each.seen.at_s, each.seen.checkpoint.size) for each in answers if isinstance(each, Granted))
    assert [size for _, size in won] == sorted(size for _, size in won)
    assert len({at_s for at_s, _ in won}) == len(won) > 1
    assert not list((folder / PLACE / "split").iterdir())


def test_a_witness_whose_folder_is_held_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "WAIT_S", 0)
    with witnessing._locked(folder), pytest.raises(UnavailableError, match="another process was at work"):
        ask(folder, request(0, 8))
    granted(folder, 0, 8)


def test_a_witnesss_key_is_of_its_own_kind(folder: Path) -> None:
    assert witness_key(folder).kind == COSIGNATURE
    assert witness_key(folder).name == NAME
