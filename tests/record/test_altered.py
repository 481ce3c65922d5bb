"""Any altered byte of entries, content and head is found; so is what was moved, added or taken away."""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.record.small import blob, counted, entry, fill, flipped, overwrite, small

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import IntegrityError
from truceline.model.entry import Entry
from truceline.record import Verification, open_record, verify, verify_folder
from truceline.record.leaf import Sealed, commitment, entry_of
from truceline.record.log.sqlite import MOST_UNSEARCHED, SCHEMA, _entries, _packed

MANY = 2 * MOST_UNSEARCHED + 3
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "record"
    with open_record(folder, chance=counted()) as record:
        for number in range(MANY):
            record.append([entry(f"f-{number}")])
    assert verify_folder(folder).ok
    return folder


@pytest.fixture
def many(whole: Path, tmp_path: Path) -> Path:
    """A record of so many appends that most subjects are found in two batches, the newest not yet."""
    return shutil.copytree(whole, tmp_path / "record")


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

    def rows(self) -> list[Sealed]:
        query = "SELECT first, ends, salts, leaves, bodies FROM groups ORDER BY first"
        found = [row for group in self.connection.execute(query) for row in _entries(group)]
        return [row._replace(kind=told.kind, subject=told.subject) for row in found if (told := entry_of(row.body))]

    def stores(self, rows: list[Sealed]) -> None:
        """These entries instead, each found again as the database would list it."""
        groups = [_packed([row]) for row in rows]
        kinds = [(row.kind, row.position) for row in rows]
        self.writes(
            ("DELETE FROM groups", ()),
            ("DELETE FROM kinds", ()),
            *[("INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?, ?)", group) for group in groups],
            *[("INSERT INTO kinds VALUES (?, ?)", kind) for kind in kinds],
        )

    def alters(self, position: int, **parts: bytes) -> None:
        """One part of one entry, and nothing else."""
        self.stores([row._replace(**parts) if row.position == position else row for row in self.rows()])  # type: ignore[arg-type]


@pytest.fixture
def hand(folder: Path) -> Iterator[Hand]:
    hand = Hand(folder)
    yield hand
    hand.connection.close()


@pytest.mark.parametrize("position", range(4))
def test_every_altered_byte_of_an_entry_is_found(folder: Path, hand: Hand, position: int) -> None:
    dice, rows = random.Random(position), hand.rows()
    whole = rows[position]
    for part in ("salt", "body", "leaf"):
        content: bytes = getattr(whole, part)
        for at in range(len(content)):
            rows[position] = whole._replace(**{part: flipped(content, at, dice.randint(1, 255))})
            hand.stores(rows)
            problems = verify_folder(folder).problems
            assert any(problem.startswith(f"entry {position}: ") for problem in problems), (part, at, problems)
    rows[position] = whole
    hand.stores(rows)
    assert verify_folder(folder).ok


@pytest.mark.parametrize("column", ["keys", "ends", "salts", "leaves", "bodies"])
def test_every_altered_byte_of_a_group_is_found(folder: Path, hand: Hand, column: str) -> None:
    (content,) = hand.connection.execute(f"SELECT {column} FROM groups WHERE first = 2").fetchone()
    more = [content + b"x", content[:-1], b""]
    for changed in [*(flipped(content, at) for at in range(len(content))), *more]:
        hand.writes((f"UPDATE OR IGNORE groups SET {column} = ? WHERE first = 2", (changed,)))
        if hand.connection.execute(f"SELECT {column} FROM groups WHERE first = 2").fetchone() != (content,):
            assert verify_folder(folder).problems, changed
    hand.writes((f"UPDATE groups SET {column} = ? WHERE first = 2", (content,)))
    assert verify_folder(folder).ok


def test_an_altered_entry_is_refused_when_it_is_read(folder: Path, hand: Hand) -> None:
    hand.alters(2, body=flipped(hand.rows()[2].body, 9))
    with open_record(folder, writing=False) as record:
        for act in (
            lambda: list(record.entries()),
            lambda: list(record.entries(kind="finding")),
            lambda: list(record.entries(kind="finding", subject="f-0")),
            lambda: record.last("finding", "f-0"),
        ):
            with pytest.raises(IntegrityError, match="entry 2: its salt, body or leaf is altered"):
                act()


def test_an_entry_whose_kind_is_altered_is_not_passed_over(folder: Path, hand: Hand) -> None:
    hand.alters(2, body=hand.rows()[2].body.replace(b'"kind":"finding"', b'"kind":"release"'))
    with open_record(folder, writing=False) as record, pytest.raises(IntegrityError, match="entry 2"):
        list(record.entries(kind="finding"))


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
    row = hand.rows()[2]
    body = row.body.replace(b"Berg", b"Burg")
    hand.alters(2, body=body, leaf=commitment(row.salt, body))
    told = verify_folder(folder).problems
    assert [problem.split(":")[0] for problem in told] == ["head", "tree"]
    assert "its hash of level 0, number 2, is not the one that the log gives" in told[1], "it names the entry"


def forged(position: int) -> Sealed:
    body, salt = canonical_bytes(entry("forged").body()), b"s" * 32
    return Sealed(position, salt, body, commitment(salt, body), "finding", "forged")


def moved(rows: list[Sealed], by: int) -> list[Sealed]:
    return [row._replace(position=row.position + by) for row in rows]


@pytest.mark.parametrize(
    ("what", "now", "found"),
    [
        ("removed, leaving a gap", lambda r: [r[0], *r[2:]], "it stands where entry 1 belongs"),
        ("removed, closed up", lambda r: [r[0], *moved(r[2:], -1)], "it tells of 4 entries, and the log holds 3"),
        ("the first removed", lambda r: moved(r[1:], -1), "it tells of 4 entries, and the log holds 3"),
        ("the last removed", lambda r: r[:3], "it tells of 4 entries, and the log holds 3"),
        ("inserted", lambda r: [*r[:2], forged(2), *moved(r[2:], 1)], "the first 4 entries have"),
        ("moved away, leaving a gap", lambda r: [*r[:2], *moved(r[2:], 1)], "it stands where entry 2 belongs"),
        ("replaced", lambda r: [*r[:2], forged(2), r[3]], "the first 4 entries have"),
        ("one played again", lambda r: [*r, r[1]._replace(position=4)], "its hash of"),
        ("two changed about", lambda r: [r[0], *moved([r[2]], -1), *moved([r[1]], 1), r[3]], "the first 4 entries"),
        ("a number below nought", lambda r: moved(r, -1), "it stands where entry 0 belongs"),
    ],
)
def test_an_entry_moved_added_or_taken_away_is_found(
    folder: Path, hand: Hand, what: str, now: Callable[[list[Sealed]], list[Sealed]], found: str
) -> None:
    hand.stores(now(hand.rows()))
    told = verify_folder(folder)
    if what == "one played again":
        assert told.notes == (
            "head: the log has gone on by 1: its writer was stopped, or is at work.",
            "tree: it lacks 1 of the log's entries; the next writer adds them.",
        ), "what follows the head may be a stopped writer's; a checkpoint that others hold tells"
        return
    assert any(found in problem for problem in told.problems), (what, told.problems)


@pytest.mark.parametrize(
    ("what", "statement", "found"),
    [
        ("of another kind", "UPDATE kinds SET kind = 'raw' WHERE first = 2", "the group at 2 are listed otherwise"),
        ("not listed", "DELETE FROM kinds WHERE first = 2", "more is listed|listed otherwise"),
        ("listed twice", "INSERT INTO kinds VALUES ('raw', 9)", "more is listed than it holds"),
        ("found too soon", "INSERT INTO found VALUES (7, 9, x'07000000', x'00000000')", "more is listed than it holds"),
        ("a batch too many", "INSERT INTO batches VALUES (0, 2)", "are not found where they are"),
        ("a batch of more than there is", "INSERT INTO batches VALUES (0, 5)", "more is listed than it holds"),
        ("a rule taken away", "DROP TABLE found", "a rule of the database is missing"),
        ("a rule added", "CREATE TABLE more(x)", "a rule of the database is foreign"),
        ("another program's", "PRAGMA application_id = 7", "application_id is 7"),
        ("another form", "PRAGMA user_version = 1", "user_version is 1"),
    ],
)
def test_a_list_or_rule_that_was_altered_is_found(
    folder: Path, hand: Hand, what: str, statement: str, found: str
) -> None:
    hand.writes((statement, ()))
    problems = verify_folder(folder).problems
    assert any(re.search(found, problem) for problem in problems), (what, problems)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE found SET places = x'09000000' WHERE places = x'08000000'",
        "UPDATE found SET keys = x'09000000' WHERE places = x'08000000'",
        "UPDATE found SET bucket = bucket + 1024 WHERE places = x'08000000'",
        "UPDATE found SET first = 1 WHERE places = x'08000000'",
        "DELETE FROM found WHERE places = x'08000000'",
        "INSERT INTO found VALUES (7, 9, x'07000000', x'00000000')",
        "UPDATE batches SET until = until - 1",
        "UPDATE batches SET until = 0",
        "UPDATE batches SET first = 1 WHERE first = 0",
        f"UPDATE batches SET first = 1 WHERE first = {MOST_UNSEARCHED}",
        f"UPDATE batches SET until = until + 1 WHERE first = {MOST_UNSEARCHED}",
        "DELETE FROM batches WHERE first = 0",
        f"DELETE FROM batches WHERE first = {MOST_UNSEARCHED}",
    ],
)
def test_an_altered_place_among_many_is_found(many: Path, statement: str) -> None:
    hand = Hand(many)
    hand.writes((statement, ()))
    assert hand.connection.execute("SELECT total_changes()").fetchone() != (0,), "the statement found nothing to alter"
    hand.connection.close()
    assert verify_folder(many).problems


def test_entries_are_found_in_batches_and_behind_them(many: Path) -> None:
    with open_record(many) as record:
        for at in (0, 7, MOST_UNSEARCHED - 1, MOST_UNSEARCHED, MANY - 1):
            assert [found for found, _ in record.entries(subject=f"f-{at}")] == [at]
            assert record.last("finding", f"f-{at}") == (at, entry(f"f-{at}"))
        assert record.append([entry("f-7", number=1)]) == range(MANY, MANY + 1)
        assert [at for at, _ in record.entries(subject="f-7")] == [7, MANY]
        record.append([entry("f-7", number=n) for n in range(700)])
        assert [at for at, _ in record.entries(subject="f-7")] == [7, *range(MANY, MANY + 701)]
        assert record.last("finding", "f-7") == (MANY + 700, entry("f-7", number=699))
    assert verify_folder(many).ok


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
