"""Many read while one writes: nobody meets a state that is half changed, and who follows misses nothing."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import LONG
from tests.run.live.simulated import PATIENCE_S, SHOT, S, Simulated

from truceline.model.account import MISSION, PUBLIC, Recipient
from truceline.model.desk import Cursor
from truceline.model.review import Review
from truceline.run.live.operations import ActInCase

ALPHA, BETA = (Recipient(kind="party", party=name) for name in ("ALPHA", "BETA"))
WRITES = 400 if LONG else 40


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Simulated]:
    simulated = Simulated(tmp_path / "mission")
    simulated.send()
    events = [row["event_id"] for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire"]
    simulated.review(Review(event_id=events[0], act="confirm", at_us=0, author=""))
    (case_id,) = simulated.desk.books.cases.cases
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    simulated.round()
    yield simulated
    simulated.close()


def writes(simulated: Simulated) -> None:
    """Remarks in a case, and reports that are judged."""
    (case_id,) = simulated.desk.books.cases.cases
    for number in range(WRITES):
        simulated.clock.on(S)
        simulated.ask(ActInCase(case_id=case_id, kind="noted", words=f"note {number}"), "wanda").result()
        if number % 10 == 0:
            simulated.send(SHOT.replace("A-1", f"A-1-{number}").replace("U-1", f"U-1-{number}"))


def test_readers_on_many_threads_meet_whole_states(told: Simulated) -> None:
    desk, over, faults = told.desk, threading.Event(), list[BaseException]()
    (case_id,) = desk.books.cases.cases

    def tables(to: Recipient) -> None:
        for kind in desk.kinds():
            desk.table(kind, to)
        assert desk.table("case", MISSION)["case_id"].to_pylist() == [case_id]

    def all_else() -> None:
        desk.terms(), desk.changed_since("case", 0), desk.version("case")
        desk.outbox.lag(), desk.books.cases.next_due_us(), desk.entries("case", case_id)

    jobs: list[Callable[[], None]] = [*(lambda to=to: tables(to) for to in (MISSION, ALPHA, BETA, PUBLIC)), all_else]
    read = [0] * len(jobs)

    def reading(number: int) -> None:
        try:
            while not over.is_set():
                jobs[number]()
                read[number] += 1
        except (AssertionError, RuntimeError, LookupError, TypeError, ValueError, AttributeError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=reading, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    writes(told)
    over.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert faults == []
    assert min(read) >= 1


def test_who_follows_by_cursor_is_told_of_every_change(told: Simulated) -> None:
    desk, over, woken = told.desk, threading.Event(), threading.Event()
    desk.follow(woken.set)
    passed, quiet = list[int](), list[int]()

    def follow() -> None:
        cursor = Cursor(position=desk.position, at_us=desk.now_us())
        while not over.is_set():
            woken.wait(1.0)
            woken.clear()
            before = cursor.position
            items, cursor = desk.items(cursor, MISSION)
            changed = [each.position for each in desk.changes.copy() if before <= each.position < cursor.position]
            passed.extend(changed)
            if changed and not items:
                quiet.append(before)

    thread = threading.Thread(target=follow)
    thread.start()
    writes(told)
    over.set()
    woken.set()
    thread.join(PATIENCE_S)
    assert quiet == [], "a change came by and nothing was told"
    assert len(set(passed)) >= WRITES // 2
