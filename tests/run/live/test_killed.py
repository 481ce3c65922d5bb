"""The server killed at random moments under load: no decision and no message is lost, and none counts twice."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.conftest import LONG
from tests.postgres import PASSWORD, Server
from tests.run.live.postbox import Post, mailed, mailing, post
from tests.run.live.simulated import PATIENCE_S, Simulated, copy_mission

from truceline.model.case import Effect
from truceline.model.review import Review
from truceline.record import Database, database_of, open_record, verify_folder
from truceline.respond import CaseBook
from truceline.run.live.desk import RECORD, open_desk
from truceline.run.live.state.books import books_of

KILLS = {"sqlite": 200 if LONG else 5, "postgresql": 20 if LONG else 2}
SEED = 11


@dataclass(slots=True)
class Load:
    """A mission that is killed again and again, and what its servers acknowledged."""

    folder: Path
    case_id: str
    store: tuple[str, ...] = ()
    durable: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # kind and key -> positions told

    @property
    def database(self) -> Database | None:
        return database_of(self.store[0], mission=self.store[1], password=PASSWORD) if self.store else None

    def killed(self, turn: int, dice: random.Random) -> None:
        """Start it, let it acknowledge so many things, and kill it a random while later."""
        command = [
            sys.executable,
            "-m",
            "tests.run.live.killed",
            str(self.folder),
            self.case_id,
            str(turn),
            *self.store,
        ]
        environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert process.stdout is not None
        try:
            self._until(process, dice.randrange(-6, 40))
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
        for line in process.stdout.read().decode().splitlines(keepends=True):
            if line.endswith("\n"):  # what it had told before it died counts; half a line was not told
                self._told(line)
        process.wait(PATIENCE_S)
        process.stdout.close()

    def _until(self, process: "subprocess.Popen[bytes]", count: int) -> None:
        """It has acknowledged more than so many things; below 0: it has just begun to open the record."""
        assert process.stdout is not None
        for line in iter(process.stdout.readline, b""):
            self._told(line.decode())
            count -= line.startswith(b"durable")
            if count < 0 and (line.startswith(b"durable") or line == b"starts\n"):
                return
        raise AssertionError("it ended by itself")

    def _told(self, line: str) -> None:
        what, *rest = line.split()
        if what == "durable":
            kind, key, positions = (*rest, "")[:3]
            self.durable.setdefault((kind, key), set()).add(positions)


@pytest.fixture
def box() -> Iterator[Post]:
    with post() as found:
        yield found


def begun(folder: Path, box: Post, store: tuple[str, ...]) -> str:
    """A mission on the real clock whose case has told the parties, so that they may reply."""
    settings = mailing(box.port)
    copy_mission(folder, settings=settings, contacts=mailed())
    database = database_of(store[0], mission=store[1], password=PASSWORD) if store else None
    simulated = Simulated(folder, database=database, real=True)
    simulated.send()
    events = [row["event_id"] for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire"]
    simulated.review(Review(event_id=events[0], act="confirm", at_us=0, author=""))
    (case_id,) = simulated.desk.books.cases.cases
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    simulated.close()
    return case_id


@pytest.mark.parametrize("store", KILLS)
def test_a_killed_server_loses_no_decision_and_no_message(
    request: pytest.FixtureRequest, tmp_path: Path, box: Post, store: str
) -> None:
    place: tuple[str, ...] = ()
    if store == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        place = (server.setting, server.mission())
    folder = tmp_path / "mission"
    load = Load(folder=folder, case_id=begun(folder, box, place), store=place)
    dice = random.Random(SEED)
    for turn in range(KILLS[store]):
        load.killed(turn, dice)
    checked = verify_folder(folder / RECORD, database=load.database)
    assert (checked.problems, checked.ok) == ((), True)
    assert_nothing_is_lost_or_doubled(load)
    assert_every_message_came(load, box)
    figures = {
        "kills": KILLS[store],
        "acknowledged": len(load.durable),
        "entries": checked.entries,
        "mails": len(box.mails),
        "messages": len({mail.message_id for mail in box.mails}),
    }
    print(figures)
    assert len(load.durable) > KILLS[store]


def assert_nothing_is_lost_or_doubled(load: Load) -> None:
    held: dict[tuple[str, str], list[int]] = {}
    with open_record(load.folder / RECORD, database=load.database, writing=False) as record:
        for position, entry in record.entries():
            if "key" in entry.detail:
                held.setdefault((entry.kind, str(entry.detail["key"])), []).append(position)
            if entry.kind == "raw":
                held.setdefault(("raw", entry.hashes[0] if entry.hashes else ""), []).append(position)
    for (kind, key), told in load.durable.items():
        found = held[("case" if kind == "again" else kind, key)]
        assert len(found) == 1, (kind, key, "stands twice")
        stands = f"{found[0]},{found[0] + 1}" if kind == "raw" else str(found[0])  # rows come with their frame
        assert told <= {stands}, (kind, key, "was told to stand elsewhere")
    assert all(len(found) == 1 for found in held.values())


def assert_every_message_came(load: Load, box: Post) -> None:
    """After one more start, all that the record ever asked for has come; what came twice is the same message."""
    desk = open_desk(load.folder, database=load.database)
    asked: dict[str, Effect] = {}
    with open_record(load.folder / RECORD, database=load.database, writing=False) as record:
        books = books_of(record, desk.mission)
        book = CaseBook(procedures=books.cases.procedures)
        for _, entry in record.entries(kind="case"):
            asked.update((effect.key, effect) for effect in book.apply(entry))
    box.wait(lambda: asked.keys() <= {mail.key for mail in box.mails})
    desk.close()
    assert {mail.key for mail in box.mails} == asked.keys(), "a message that nobody asked for"
    words: dict[str, tuple[str, ...]] = {}
    for mail in box.mails:
        said = (mail.message_id, mail.text, mail.header_to, mail.subject)
        assert words.setdefault(mail.key, said) == said, "a repeat is the same message"
        assert mail.message_id.startswith(f"<{mail.key}@")
    assert len({said[0] for said in words.values()}) == len(words)
