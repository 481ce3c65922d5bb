"""Any altered byte of entries, content and head is found; so is what was moved, added or taken away."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.record.small import blob, entry, fill, flipped, overwrite, small

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import IntegrityError
from truceline.model.entry import Entry
from truceline.record import Verification, open_record, verify, verify_folder
from truceline.record.leaf import commitment
from truceline.record.log.sqlite import SCHEMA

TRIGGERS = {sql.split()[2]: sql for sql in SCHEMA if sql.startswith("CREATE TRIGGER")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small(tmp_path / "record")
    assert verify_folder(tmp_path / "record") == Verification(
        entries=4, blobs=2, bytes=sizes(tmp_path), problems=(), notes=()
    )
    return tmp_path / "record"


def sizes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("content/*/*"))


class Hand:
    """Somebody who writes into the database past its rules, and puts the rules back."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "log.db", isolation_level=None)
        self.connection.execute("PRAGMA synchronous=OFF")

    def writes(self, *statements: tuple[str, tuple[object, ...]]) -> None:
        self.connection.execute("BEGIN")
        for name in TRIGGERS:
            self.connection.execute(f"DROP TRIGGER {name}")
        for statement, values in statements:
            self.connection.execute(statement, values)
        for sql in TRIGGERS.values():
            self.connection.execute(sql)
        self.connection.execute("COMMIT")

    def row(self, position: int) -> dict[str, bytes]:
        names = ("salt", "body", "leaf")
        query = "SELECT salt, body, leaf FROM entries WHERE position = ?"
        return dict(zip(names, self.connection.execute(query, (position,)).fetchone(), strict=True))


@pytest.fixture
def hand(folder: Path) -> Iterator[Hand]:
    hand = Hand(folder)
    yield hand
    hand.connection.close()


@pytest.mark.parametrize("position", range(4))
def test_every_altered_byte_of_an_entry_is_found(folder: Path, hand: Hand, position: int) -> None:
    dice = random.Random(position)
    for column, content in hand.row(position).items():
        for at in range(len(content)):
            changed = flipped(content, at, dice.randint(1, 255))
            hand.writes((f"UPDATE entries SET {column} = ? WHERE position = ?", (changed, position)))
            problems = verify_folder(folder).problems
            assert any(problem.startswith(f"entry {position}: ") for problem in problems), (
                column,
                at,
                problems,
            )
        hand.writes((f"UPDATE entries SET {column} = ? WHERE position = ?", (content, position)))
    assert verify_folder(folder).ok


def test_an_altered_entry_is_refused_when_it_is_read(folder: Path, hand: Hand) -> None:
    hand.writes(("UPDATE entries SET body = ? WHERE position = 2", (flipped(hand.row(2)["body"], 9),)))
    with open_record(folder, writing=False) as record:
        for act in (lambda: list(record.entries()), lambda: record.last("finding", "f-0")):
            with pytest.raises(IntegrityError, match="entry 2: its salt, body or leaf is altered"):
                act()


@pytest.mark.parametrize("which", [0, 1])
def test_every_altered_byte_of_content_is_found(folder: Path, which: int) -> None:
    named = sorted(folder.glob("content/*/*"))[which]
    content, dice = named.read_bytes(), random.Random(which)
    for at in range(len(content)):
        overwrite(named, flipped(content, at, dice.randint(1, 255)))
        assert any("its bytes are altered" in problem for problem in verify_folder(folder).problems), at
    overwrite(named, content)
    assert verify_folder(folder).ok


def test_an_entry_rewritten_with_its_leaf_is_found_by_the_head(folder: Path, hand: Hand) -> None:
    row = hand.row(2)
    body = row["body"].replace(b"Berg", b"Burg")
    hand.writes(("UPDATE entries SET body = ?, leaf = ? WHERE position = 2", (body, commitment(row["salt"], body))))
    assert [problem.split(":")[0] for problem in verify_folder(folder).problems] == ["head"]


def moved(by: int, since: int) -> list[tuple[str, tuple[object, ...]]]:
    """Statements that move all entries from `since` on by one place, in an order that never collides."""
    order = range(3, since - 1, -1) if by > 0 else range(since, 4)
    return [
        (f"UPDATE {table} SET position = ? WHERE position = ?", (at + by, at))
        for at in order
        for table in ("entries", "subjects")
    ]


def gone(position: int) -> list[tuple[str, tuple[object, ...]]]:
    return [(f"DELETE FROM {table} WHERE position = ?", (position,)) for table in ("entries", "subjects")]


def forged(position: int) -> list[tuple[str, tuple[object, ...]]]:
    body, salt = canonical_bytes(entry("forged").body()), b"s" * 32
    return [
        ("INSERT INTO entries VALUES (?, ?, ?, ?)", (position, salt, body, commitment(salt, body))),
        ("INSERT INTO subjects VALUES (?, 'finding', 'forged')", (position,)),
    ]


@pytest.mark.parametrize(
    ("what", "statements", "found"),
    [
        ("removed, leaving a gap", gone(1), "it stands where entry 1 belongs"),
        ("removed, the gap closed", [*gone(1), *moved(-1, 2)], "it tells of 4 entries, and the log holds 3"),
        ("the first removed", [*gone(0), *moved(-1, 1)], "it tells of 4 entries, and the log holds 3"),
        ("the last removed", gone(3), "it tells of 4 entries, and the log holds 3"),
        ("inserted", [*moved(1, 2), *forged(2)], "the first 4 entries have"),
        ("moved away, leaving a gap", moved(1, 2), "it stands where entry 2 belongs"),
        ("replaced", [*gone(2), *forged(2)], "the first 4 entries have"),
        ("not listed", [("DELETE FROM subjects WHERE position = 1", ())], "is listed as"),
        ("listed twice", [("INSERT INTO subjects VALUES (9, 'raw', 'x')", ())], "4 entries, and 5 listed"),
        (
            "listed as another's",
            [("UPDATE subjects SET subject = 'x' WHERE position = 1", ())],
            "is listed as",
        ),
        ("a number below nought", [*moved(-1, 0)], "it stands where entry 0 belongs"),
        ("a rule taken away", [("DROP INDEX subjects_by_kind", ())], "a rule of the database is missing"),
        ("a rule added", [("CREATE TABLE more(x)", ())], "a rule of the database is foreign"),
        ("another program's", [("PRAGMA application_id = 7", ())], "application_id is 7"),
        ("another form", [("PRAGMA user_version = 2", ())], "user_version is 2"),
    ],
)
def test_an_entry_moved_added_or_taken_away_is_found(
    folder: Path, hand: Hand, what: str, statements: list[tuple[str, tuple[object, ...]]], found: str
) -> None:
    hand.writes(*statements)
    problems = verify_folder(folder).problems
    assert any(found in problem for problem in problems), (what, problems)


def swap(folder: Path, hashes: list[str]) -> None:
    first, second = (blob(folder, sha256).read_bytes() for sha256 in hashes)
    overwrite(blob(folder, hashes[0]), second)
    overwrite(blob(folder, hashes[1]), first)


def link(folder: Path, hashes: list[str]) -> None:
    blob(folder, hashes[0]).rename(folder.parent / "elsewhere")
    blob(folder, hashes[0]).symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize(
    ("what", "act", "problems", "notes"),
    [
        ("deleted", lambda f, h: blob(f, h[0]).unlink(), ["an entry names it, and it is missing"], []),
        ("swapped", swap, ["its bytes are altered", "its bytes are altered"], []),
        ("a link", link, ["nothing of this name belongs here", "it is missing"], []),
        ("emptied", lambda f, h: overwrite(blob(f, h[1]), b""), ["its bytes are altered"], []),
        (
            "a stranger",
            lambda f, h: (f / "content" / "notes.txt").write_text("x"),
            ["nothing of this name"],
            [],
        ),
        ("a folder", lambda f, h: (f / "content" / "zz").mkdir(), ["nothing of this name"], []),
        (
            "misplaced",
            lambda f, h: (f / "content" / h[0][:2] / "x").write_text("x"),
            ["nothing of this name"],
            [],
        ),
        (
            "half",
            lambda f, h: blob(f, h[0]).with_suffix(".part").write_bytes(b"l"),
            [],
            ["left by a run that was"],
        ),
        (
            "the log deleted",
            lambda f, h: (f / "log.db").unlink(),
            ["log: it is missing"],
            ["no entry", "no entry"],
        ),
        ("the head deleted", lambda f, h: (f / "head").unlink(), ["head: it is missing"], []),
        ("the head emptied", lambda f, h: (f / "head").write_bytes(b""), ["head: it is out of form"], []),
        ("beside", lambda f, h: (f / "notes.txt").write_text("x"), [], ["it is no part of the record"]),
    ],
)
def test_content_and_files_that_are_not_as_they_were_are_found(
    tmp_path: Path, what: str, act: Callable[[Path, list[str]], None], problems: list[str], notes: list[str]
) -> None:
    hashes = small(tmp_path / "record")
    act(tmp_path / "record", hashes)
    told = verify_folder(tmp_path / "record")
    for expected, sentences in ((problems, told.problems), (notes, told.notes)):
        assert len(sentences) == len(expected), (what, told)
        assert all(any(words in one for one in sentences) for words in expected), (what, told)
    assert str(tmp_path) not in repr(told)


def test_content_that_no_entry_names_is_noted(folder: Path) -> None:
    with open_record(folder) as record:
        record.put(b"put by a run that was stopped before its entry")
        told = verify(record)
    assert (told.ok, len(told.notes), told.blobs) == (True, 1, 3)


def test_every_altered_byte_of_the_head_is_found(folder: Path) -> None:
    content = (folder / "head").read_bytes()
    for at in range(len(content)):
        for mask in (1, 16):
            (folder / "head").write_bytes(flipped(content, at, mask))
            assert verify_folder(folder).problems, (at, mask)
        with pytest.raises(IntegrityError, match="head"):
            open_record(folder)


def test_a_table_whose_rows_do_not_have_the_root_its_entry_says_is_found(folder: Path) -> None:
    with open_record(folder) as record:
        good = record.last("table", "events")
        assert good is not None
        for at, detail in enumerate(({"rows_root": "0" * 64}, {"rows": 3}, {"code": 1})):
            wrong = Entry(**{**good[1].body(), "hashes": good[1].hashes, "detail": {**good[1].detail, **detail}})  # type: ignore[arg-type]
            record.append([wrong])
            assert len(verify(record).problems) == at + 1
        raw = good[1].hashes[1]
        record.append([Entry(**{**good[1].body(), "hashes": (raw,)})])  # type: ignore[arg-type]
    told = verify_folder(folder).problems
    assert ["rows have root" in told[1], "holds 2 rows" in told[2], "no table" in told[3]] == [True] * 3, told


def test_progress_tells_what_is_looked_at(folder: Path) -> None:
    heard: list[tuple[str, int]] = []
    verify_folder(folder, lambda what, count: heard.append((what, count)))
    assert heard[-1] == ("tables", 1)
    assert {("entries", 4), ("content", 2)} <= set(heard)


def test_filling_again_after_damage_is_refused_by_name(folder: Path) -> None:
    for named in folder.glob("content/*/*"):
        overwrite(named, b"altered")
    with open_record(folder) as record, pytest.raises(IntegrityError, match="altered"):
        fill(record)
