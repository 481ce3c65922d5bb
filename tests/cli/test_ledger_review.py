"""The review by keys: a person at a terminal decides about the example of the repository."""

import io
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from truceline.cli.ledger.reviewing import Sitting
from truceline.guarantee.ledger import Ledger
from truceline.guarantee.saying import load_parser
from truceline.model.document import Unseen
from truceline.model.position import Position, Relation
from truceline.model.statement import Statement
from truceline.run.ledger import Desk, add_files, worlds_in
from truceline.run.ledger.book import read_ledger

EXAMPLE = Path(__file__).resolve().parents[2] / "missions" / "guarantees"
T0 = 1_790_000_000_000_000


class Scripted:
    """A person who presses these keys and writes these lines, and remembers what was shown."""

    def __init__(self, keys: str, *lines: str) -> None:
        self.keys, self.lines = iter(keys), iter(lines)
        self.shown = io.StringIO()
        self._console = Console(file=self.shown, width=400, highlight=False)

    def key(self) -> str:
        return next(self.keys, "")

    def line(self, question: str, given: str = "") -> str:
        return next(self.lines, "") or given

    def show(self, *what: RenderableType) -> None:
        for each in what:
            self._console.print(each)


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review") / "ledger"
    desk = Desk(by="Anna", now_us=T0, parser=load_parser())
    add_files(folder, [EXAMPLE / "actors.toml"], desk, tell=lambda _: None)
    add_files(folder, sorted((EXAMPLE / "articles").glob("valley*")), desk, tell=lambda _: None)
    return folder


@pytest.fixture
def folder(unread: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unread, tmp_path / "ledger"))


def clock() -> Iterator[int]:
    at = T0
    while True:
        at += 1_000_000
        yield at


def sit(folder: Path, person: Scripted, *, by: str = "Anna") -> Ledger:
    ticks = clock()
    Sitting(folder=folder, by=by, person=person, clock=lambda: next(ticks)).review()
    return read_ledger(folder)


def first(ledger: Ledger) -> Statement:
    return min(ledger.all_of(Statement), key=lambda each: each.content[0].start)


def test_one_key_confirms_a_statement_and_the_stance_read_in_it(folder: Path) -> None:
    person = Scripted("y")
    ledger = sit(folder, person)
    (statement,) = ledger.standing(Statement)
    assert statement == first(ledger)
    assert [row.statement_id for row in ledger.standing(Position)] == [statement.statement_id]
    shown = person.shown.getvalue()
    for words in (
        "1 of 7",
        "Serrania is weighing",
        "Halden Tagblatt",
        "(unnamed)",
        "SERRANIA considering",
        "[y] right",
    ):
        assert words in shown, words


def test_the_words_may_be_right_and_the_stance_not(folder: Path) -> None:
    ledger = sit(folder, Scripted("w"))
    assert len(ledger.standing(Statement)) == 1
    assert ledger.standing(Position) == ()


@pytest.mark.parametrize(("key", "state"), [("x", "rejected"), ("n", "not_attributable")])
def test_what_nobody_said_enters_nothing(folder: Path, key: str, state: str) -> None:
    ledger = sit(folder, Scripted(key, "the paper did not say so"))
    assert ledger.state(first(ledger).statement_id) == state
    assert ledger.standing(Statement) == ()


def test_an_edit_puts_a_persons_version_in_its_place_with_the_stance_that_follows(folder: Path) -> None:
    lines = ("", "SERRANIA", "not_ruled_out", "SERRANIA", "2026-03-22")
    before = first(read_ledger(folder))
    ledger = sit(folder, Scripted("e", *lines))
    (statement,) = ledger.standing(Statement)
    assert (statement.words, statement.stance, statement.said.value) == (before.words, "not_ruled_out", "2026-03-22")
    assert "Anna" in statement.said.basis
    assert ledger.state(before.statement_id) == "replaced"
    assert [(row.holder_id, row.stance) for row in ledger.standing(Position)] == [("SERRANIA", "not_ruled_out")]


def test_a_word_that_is_no_stance_is_asked_again(folder: Path) -> None:
    person = Scripted("e", "", "", "keen", "ready", "SERRANIA", "")
    ledger = sit(folder, person)
    assert "keen is none of these" in person.shown.getvalue()
    assert ledger.standing(Statement)[0].stance == "ready"


def test_a_split_makes_two_statements_of_one(folder: Path) -> None:
    target = next(each for each in read_ledger(folder).all_of(Statement) if "sympathies" in each.words)
    skip = sorted((each.content[0].start, each.statement_id) for each in read_ledger(folder).all_of(Statement))
    at = [row_id for _, row_id in skip].index(target.statement_id)
    parts = (
        "Serrania has never hidden where its sympathies lie.",
        "Whoever invites it to keep the peace should know that",
    )
    ledger = sit(folder, Scripted(" " * at + "s", *parts))
    assert sorted(row.words for row in ledger.standing(Statement)) == sorted(parts)
    assert ledger.state(target.statement_id) == "replaced"


def test_a_split_into_words_that_are_not_there_changes_nothing(folder: Path) -> None:
    person = Scripted("s", "Serrania is weighing", "other words")
    ledger = sit(folder, person)
    assert "does not stand in it" in person.shown.getvalue()
    assert ledger.standing(Statement) == ()


def test_a_missed_statement_is_added_by_its_words_and_its_span_re_reads(folder: Path) -> None:
    words = "Talks on its exact course are to begin in April"
    person = Scripted("a", words, "", "", "", "", "")
    ledger = sit(folder, person)
    (added,) = ledger.standing(Statement)
    text = (EXAMPLE / "articles" / "valley-post-2026-03-23.txt").read_text(encoding="utf-8")
    assert text[added.content[0].start : added.content[0].end] == words == added.words
    twice = Scripted("a", "Serrania")
    sit(folder, twice)
    assert "stands" in twice.shown.getvalue()
    assert "times in" in twice.shown.getvalue()


def test_each_mouth_of_a_chain_is_graded_on_two_axes(folder: Path) -> None:
    person = Scripted("g", "B2", "Z9", "c3", "A1", "")
    (statement,) = sit(folder, person).standing(Statement)
    grades = [(link.reliability, link.credibility) for link in statement.chain]
    assert grades == [("B", 2), ("C", 3), ("A", 1), ("F", 6)]
    assert "Z9 is no grade" in person.shown.getvalue()


def test_a_text_in_another_script_is_shown_and_marked_by_hand(folder: Path) -> None:
    article = Path(__file__).parents[1] / "guarantee" / "articles" / "held-04-ombriia-hotova.txt"
    add_files(folder, [article], Desk(by="Anna", now_us=T0, parser=load_parser()), tell=lambda _: None)
    count = len(read_ledger(folder).suggested(Statement))
    text = article.read_text(encoding="utf-8")
    words = next(line for line in text.splitlines() if len(line) > 60)[:40].strip()
    person = Scripted(" " * count + "a", words, "", "", "", "", "")
    (added,) = sit(folder, person).standing(Statement)
    assert "script Cyrillic" in person.shown.getvalue()
    assert text[added.content[0].start : added.content[0].end] == added.words == words


def test_later_back_and_an_unknown_key_decide_nothing(folder: Path) -> None:
    person = Scripted(" b?q")
    assert sit(folder, person).standing(Statement) == ()
    assert "does nothing here" in person.shown.getvalue()
    assert person.shown.getvalue().count("\n1 of ") == 3


def test_a_relation_is_shown_once_both_ends_stand_and_its_kind_may_be_changed(folder: Path) -> None:
    count = len(read_ledger(folder).all_of(Statement))
    ledger = sit(folder, Scripted("y" * count))
    waiting = ledger.suggested(Relation)
    assert waiting
    person = Scripted("k", "tension")
    after = sit(folder, person)
    assert "because" in person.shown.getvalue()
    assert [row.kind for row in after.standing(Relation)] == ["tension"]
    assert len(after.suggested(Relation)) == len(waiting) - 1


def test_the_second_reader_is_shown_first_what_a_result_hangs_on(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    desk = Desk(by="Anna", now_us=T0, parser=load_parser())
    files = [EXAMPLE / "actors.toml", *sorted((EXAMPLE / "articles").iterdir()), EXAMPLE / "ledger.toml"]
    add_files(folder, files, desk, tell=lambda _: None)
    statements = len(read_ledger(folder).suggested(Statement))
    sit(folder, Scripted("y" * statements))
    asked, _ = worlds_in(folder, scenario="as-told", now_us=T0 + 10**9)
    person = Scripted("yq")
    ledger = sit(folder, person, by="Ben")
    assert "second reading: Anna confirmed it" in person.shown.getvalue()
    assert len(ledger.one_reader(asked.one_reader)) == len(asked.one_reader) - 1
    assert "second reading" not in _shown(folder, by="Anna")


def _shown(folder: Path, *, by: str) -> str:
    person = Scripted("q")
    sit(folder, person, by=by)
    return person.shown.getvalue()


def test_an_unseen_report_is_identified_by_number_or_stays_unseen(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    desk = Desk(by="Anna", now_us=T0, parser=load_parser())
    files = [EXAMPLE / "actors.toml", *sorted((EXAMPLE / "articles").iterdir(), reverse=True)]
    add_files(folder, files, desk, tell=lambda _: None)
    total = len(read_ledger(folder).suggested(Statement))
    ledger = sit(folder, Scripted("y" * total))
    (unseen,) = ledger.standing(Unseen)
    assert unseen.candidates
    relations = sum(ledger.stands(row.from_id) and ledger.stands(row.to_id) for row in ledger.suggested(Relation))
    stays = sit(folder, Scripted(" " * relations + "x"))
    assert stays.identified() == {}
    person = Scripted(" " * relations + "1")
    found = sit(folder, person)
    assert "the report itself is not in the ledger" in person.shown.getvalue()
    assert list(found.identified()) == [unseen.unseen_id]


def test_what_somebody_else_decided_meanwhile_is_not_lost(folder: Path) -> None:
    class Interrupted(Scripted):
        """Before the second key, Ben rejects the second statement from another terminal."""

        def key(self) -> str:
            pressed = super().key()
            if pressed == "w":
                sit(folder, Scripted(" x", ""), by="Ben")
            return pressed

    before = sorted(read_ledger(folder).all_of(Statement), key=lambda each: each.content[0].start)
    ledger = sit(folder, Interrupted("yw"))
    states = [ledger.state(each.statement_id) for each in before[:3]]
    assert states == ["confirmed", "confirmed", "rejected"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
def test_a_real_terminal_takes_single_keys_without_enter(folder: Path) -> None:
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "truceline", "ledger", "review", str(folder), "--by", "Anna"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "TERM": "xterm",
        "COLUMNS": "110",
    }
    process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, env=environment)
    os.close(inner)
    try:
        shown = _until(outer, b"quit")
        os.write(outer, b"y")
        shown += _until(outer, b"2 of ")
        os.write(outer, b"q")
        shown += _until(outer, b"waiting for this reader")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(outer)
    assert b"Decided: 1 confirm" in shown
    assert len(read_ledger(folder).standing(Statement)) == 1


def _until(terminal: int, words: bytes) -> bytes:
    """What a terminal shows, up to these words, for a minute at most."""
    shown = b""
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, f"{words!r} was not shown within a minute:\n{shown[-2000:].decode('utf-8', 'replace')}"
        shown += os.read(terminal, 4096)
    return shown
