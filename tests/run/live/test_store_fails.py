"""A store that fails under a live mission, and promises of our own that are broken: told, mended or stopped."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.record.test_failures import MODES, FailingDisk
from tests.run.live.simulated import Simulated, with_a_case

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.record import open_record, verify_folder
from truceline.run.live import desk as desk_module
from truceline.run.live.desk import RECORD
from truceline.run.live.operations import ActInCase
from truceline.run.live.state.books import Books
from truceline.run.live.writer import Planned


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_a_case(tmp_path_factory.mktemp("store") / "mission")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FailingDisk:
    """The disk under the desk."""
    found = FailingDisk()
    monkeypatch.setattr(desk_module, "open_record", partial(open_record, disk=found))
    return found


@pytest.fixture
def waiting(begun: Path, tmp_path: Path, disk: FailingDisk) -> Iterator[Simulated]:
    shutil.copytree(begun, tmp_path / "mission")
    simulated = Simulated(tmp_path / "mission", judges=False)
    simulated.tick()
    yield simulated
    simulated.close()


def note(simulated: Simulated, words: str) -> ActInCase:
    (case_id,) = simulated.desk.books.cases.cases
    return ActInCase(case_id=case_id, kind="noted", words=words)


def noted(simulated: Simulated) -> list[str]:
    (case_id,) = simulated.desk.books.cases.cases
    entries = [entry for _, entry in simulated.desk.entries("case", case_id)]
    return [str(entry.detail["words"]) for entry in entries if entry.detail["kind"] == "noted"]


@pytest.mark.parametrize("mode", MODES)
def test_wherever_the_store_fails_the_asker_is_told_and_the_desk_goes_on(
    waiting: Simulated, disk: FailingDisk, mode: str
) -> None:
    disk.calls.clear()
    waiting.ask(note(waiting, "counted"), "wanda").result()
    calls = list(disk.calls)
    assert len(calls) >= 5
    for at, call in enumerate(calls):
        if (mode == "half" and not call.endswith(".write")) or call.startswith("tree."):
            continue  # what the tree lacks is made up for later: the append was acknowledged before
        disk.calls.clear()
        disk.mode, disk.at = mode, at
        operation, key = note(waiting, f"{mode} {call} {at}"), f"{mode}-{at}"
        with pytest.raises(UnavailableError, match="nothing was lost"):
            waiting.ask(operation, "wanda", key).result()
        disk.at = None
        waiting.tick()
        assert waiting.desk.writer.failure is None
        waiting.ask(operation, "wanda", key).result()
        assert noted(waiting).count(operation.words) == 1, "asked again under its key, it stands once"
    assert verify_folder(waiting.folder / RECORD).ok


def test_a_store_that_stays_away_is_asked_again_until_it_is_back(
    waiting: Simulated, disk: FailingDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_told: object, **_more: object) -> None:
        raise UnavailableError("the disk is gone.", subject="record", remedy="Try again.")

    with monkeypatch.context() as away:
        away.setattr(desk_module, "open_record", gone)
        disk.calls.clear()
        disk.at = 0
        for _ in range(3):
            with pytest.raises(UnavailableError):
                waiting.ask(note(waiting, "lost"), "wanda").result()
        assert isinstance(waiting.desk.writer.failure, UnavailableError)
        disk.at = None
    waiting.until(lambda: waiting.desk.writer.failure is None)
    waiting.ask(note(waiting, "back"), "wanda").result()
    assert noted(waiting) == ["back"]


def test_a_record_that_was_opened_and_cannot_be_used_is_closed_again(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(begun, tmp_path / "mission")

    def broken(*_told: object, **_more: object) -> None:
        raise UnavailableError("no room.", subject="record", remedy="Try again.")

    with monkeypatch.context() as full:
        full.setattr(desk_module, "keep_mandates", broken)
        with pytest.raises(UnavailableError, match="no room"):
            Simulated(tmp_path / "mission", judges=False)
    Simulated(tmp_path / "mission", judges=False).close()


def test_a_damaged_record_is_written_no_more(waiting: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_books: Books, _position: int, _entry: object) -> None:
        raise IntegrityError("its leaf is altered.", subject="record", remedy="Keep the disk.")

    with monkeypatch.context() as hurt:
        hurt.setattr(Books, "apply", damaged)
        with pytest.raises(IntegrityError):
            waiting.ask(note(waiting, "last"), "wanda").result()
    with open_record(waiting.folder / RECORD, writing=False) as record:
        size = record.size
    for _ in range(3):
        with pytest.raises(IntegrityError):
            waiting.ask(note(waiting, "after"), "wanda").result()
    assert isinstance(waiting.desk.writer.failure, IntegrityError)
    with open_record(waiting.folder / RECORD, writing=False) as record:
        assert record.size == size
    assert waiting.desk.table("case", waiting.who("wanda").recipient).num_rows == 1, "it can still be read"


@pytest.mark.parametrize("broken", [AssertionError("ours"), KeyError("x"), ValueError(), RecursionError()])
def test_a_plan_that_breaks_a_promise_fails_alone(waiting: Simulated, broken: Exception) -> None:
    def plan() -> Planned:
        raise broken

    position = waiting.desk.position
    failed, well = waiting.desk.writer.ask(plan), waiting.ask(note(waiting, "well"), "wanda")
    assert failed.exception() is broken
    assert well.result().positions == (position,)
    assert waiting.desk.writer.failure is None


@pytest.mark.parametrize("where", ["apply", "idle"])
def test_a_promise_broken_while_writing_stops_the_desk_and_says_so(
    waiting: Simulated, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_told: object) -> None:
        raise AssertionError("ours")

    with monkeypatch.context() as hurt:
        if where == "apply":
            hurt.setattr(Books, "apply", broken)
        else:
            hurt.setattr(waiting.desk.writer, "_idle", broken)
        asked = waiting.ask(note(waiting, "first"), "wanda")
        assert (asked.exception() is None) == (where == "idle")
        waiting.ask(note(waiting, "second"), "wanda").exception()
    with pytest.raises(TrucelineError, match="broke a promise of its own"):
        waiting.ask(note(waiting, "third"), "wanda").result()
    assert isinstance(waiting.desk.writer.failure, IntegrityError)
    waiting.restart()
    assert waiting.desk.writer.failure is None
    assert "first" in noted(waiting), "what had reached the record is there after the next start"


def test_whoever_went_away_before_it_was_planned_asked_nothing(waiting: Simulated) -> None:
    held, holding = threading.Event(), threading.Event()

    def hold() -> Planned:
        holding.set()
        held.wait(30)
        return Planned(subject="", entries=())

    first = waiting.desk.writer.ask(hold)
    holding.wait(30)
    gone = waiting.ask(note(waiting, "gone"), "wanda")
    assert gone.cancel()
    assert not first.cancel(), "what is under way is not taken back"
    held.set()
    waiting.ask(note(waiting, "there"), "wanda").result()
    assert noted(waiting) == ["there"]


def test_after_the_end_everybody_is_answered(waiting: Simulated) -> None:
    asked = [waiting.ask(note(waiting, str(number)), "wanda") for number in range(300)]
    waiting.desk.writer.close()
    late = waiting.ask(note(waiting, "late"), "wanda")
    assert all(each.result(30).positions for each in asked)
    assert isinstance(late.exception(30), UnavailableError)
