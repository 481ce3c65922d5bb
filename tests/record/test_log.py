"""The log: in order, all or none, never changed, one writer."""

import hashlib
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.record.place import Place
from tests.record.small import LATER, blob, counted, derivation, entry, fill, read_back, small

from truceline.base.canonical import canonical_bytes, leaf_hash, tree_root
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.record import LocalDisk, open_record, verify_folder
from truceline.record.leaf import Frontier, Head, entry_of, seal_all
from truceline.record.log.sqlite import GROUP_BYTES, MANY, SqliteStore


def test_positions_count_from_nought_without_a_gap(place: Place) -> None:
    with place.open() as record:
        assert record.append([entry("a"), entry("b")]) == range(2)
        assert record.append([]) == range(2, 2)
        assert record.append([entry("c")]) == range(2, 3)
        assert [(at, one.subject) for at, one in record.entries()] == [(0, "a"), (1, "b"), (2, "c")]


def test_what_was_appended_is_there_after_closing(place: Place) -> None:
    with place.open() as record:
        record.append([entry("a", number=7)])
    assert place.read_back() == [(0, entry("a", number=7))]


def test_entries_are_found_by_kind_by_subject_and_the_latest_of_both(place: Place) -> None:
    with place.open() as record:
        record.append([entry("a", kind="raw"), entry("a"), entry("b"), entry("a", number=1)])
        assert [at for at, _ in record.entries(kind="finding")] == [1, 2, 3]
        assert [at for at, _ in record.entries(subject="a")] == [0, 1, 3]
        assert [at for at, _ in record.entries(kind="finding", subject="a")] == [1, 3]
        assert record.last("finding", "a") == (3, entry("a", number=1))
        assert record.last("finding", "nobody") is None


def test_a_long_log_is_read_in_order_across_pages(place: Place) -> None:
    with place.open() as record:
        record.append([entry(f"s-{n % 3}", number=n) for n in range(1203)])
        assert [one.detail["n"] for _, one in record.entries()] == list(range(1203))
        assert len(list(record.entries(subject="s-2"))) == 401


def test_a_writer_has_sqlite_sync_every_commit(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, disk=LocalDisk(), writing=True)
    store.create()
    asked = [store._usable().execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    store.close()
    assert asked == ["wal", 2], "2 is FULL"


def test_the_head_of_many_entries_is_made_before_the_commit_is_told_of(tmp_path: Path) -> None:
    store, made, let_on = SqliteStore(tmp_path, disk=LocalDisk(), writing=True), list[int](), threading.Event()
    store.create()

    def head() -> Head:
        assert let_on.wait(0.2) is False, "nobody lets it on: the commit is over long before"
        made.append(MANY)
        return Head(size=MANY, root="0" * 64)

    store.insert(seal_all([entry("a")] * MANY, first=0, salts=bytes(32 * MANY)), head)
    store.close()
    assert made == [MANY]


def test_large_entries_stand_in_groups_of_few_bytes_and_read_the_same(tmp_path: Path) -> None:
    large = [entry("x" * size, number=size) for size in (GROUP_BYTES * 2, 9, GROUP_BYTES // 3, GROUP_BYTES // 3, 9, 9)]
    with open_record(tmp_path / "record") as record:
        record.append(large)
        assert [one for _, one in record.entries()] == large
        assert [record.last("finding", large[at].subject) for at in (0, 3, 5)] == [(at, large[at]) for at in (0, 3, 5)]
    with closing(sqlite3.connect(tmp_path / "record" / "log.db")) as connection:
        sizes = [size for (size,) in connection.execute("SELECT length(bodies) FROM groups ORDER BY first")]
    assert len(sizes) > 2, sizes
    assert max(sizes[1:]) <= GROUP_BYTES
    assert verify_folder(tmp_path / "record").ok


def test_a_leaf_is_the_hash_of_salt_and_canonical_body(place: Place) -> None:
    with place.open(chance=counted()) as record:
        record.append([entry("a"), entry("b")])
        bodies = [canonical_bytes(entry(subject).body()) for subject in "ab"]
        expected = [hashlib.sha256(n.to_bytes(32, "big") + body).digest() for n, body in enumerate(bodies)]
        assert record.leaves() == expected


def test_equal_entries_have_unequal_leaves(place: Place) -> None:
    with place.open() as record:
        record.append([entry("a"), entry("a")])
        assert len(set(record.leaves())) == 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200))
def test_the_head_is_the_root_of_the_tree_over_the_leaves(size: int) -> None:
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(size)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert frontier.head() == Head(size=size, root=tree_root([leaf_hash(leaf) for leaf in leaves]).hex())


def test_an_equal_run_adds_nothing(place: Place) -> None:
    folder = place.folder
    place.small()
    before = (folder / "head").read_bytes(), place.read_back()
    with place.open() as record:
        fill(record, known_at=LATER)
    assert ((folder / "head").read_bytes(), place.read_back()) == before
    assert place.verify().ok


def test_only_what_is_new_is_appended_and_each_is_told_where_it_stands(place: Place) -> None:
    with place.open() as record:
        assert record.append_if_new([entry("a"), entry("b"), entry("a")]) == [0, 1, 0]
        assert record.append_if_new([entry("a", number=1), entry("b", known_at=LATER)]) == [2, 1]
        assert record.append_if_new([entry("a")]) == [3], "what was true before the latest is new again"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE groups SET bodies = x'00' WHERE first = 0",
        "DELETE FROM groups WHERE first = 1",
        "INSERT INTO groups VALUES (7, 1, x'00000000', x'01000000', zeroblob(32), zeroblob(32), x'00')",
        "INSERT OR REPLACE INTO groups VALUES (0, 1, x'00000000', x'01000000', zeroblob(32), zeroblob(32), x'00')",
        "INSERT INTO groups VALUES (4, 1, x'00000000', x'01000000', x'00', zeroblob(32), x'00')",
        "INSERT INTO groups VALUES (4, 2, x'00000000', x'01000000', zeroblob(32), zeroblob(32), x'00')",
        "INSERT INTO groups VALUES (4, 0, x'', x'', x'', x'', x'')",
        "INSERT INTO groups VALUES (4, 1, x'00000000', x'01000000', zeroblob(32), 'text', x'')",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(tmp_path: Path, statement: str) -> None:
    small(tmp_path / "record")
    connection = sqlite3.connect(tmp_path / "record" / "log.db")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()
    assert verify_folder(tmp_path / "record").ok


def test_a_second_writer_in_this_process_is_refused(place: Place) -> None:
    with (
        place.open(),
        pytest.raises(UnavailableError, match="another process is writing"),
    ):
        place.open()
    place.open().close()


def test_a_second_writer_in_another_process_is_refused_in_a_second(place: Place) -> None:
    script = (
        "import sys\n"
        "from tests.record.place import place_of\n"
        "from truceline.base.errors import UnavailableError\n"
        "try:\n    place_of(*sys.argv[1:]).open()\n"
        "except UnavailableError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", script, *place.words]
    with place.open() as record:
        answer = subprocess.run(
            command, check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
        )
        record.append([entry("a")])
    assert "another process is writing" in answer.stdout, answer.stderr
    assert str(place.folder) not in answer.stdout


def test_readers_read_beside_the_writer(place: Place) -> None:
    with place.open() as writer:
        writer.append([entry("a")])
        with place.open(writing=False) as reader:
            writer.append([entry("b")])
            assert reader.size == 2
            assert place.verify().ok


def test_a_record_opened_for_reading_takes_nothing(place: Place) -> None:
    place.small()
    with place.open(writing=False) as record:
        with pytest.raises(AssertionError, match="opened for reading"):
            record.append([entry("a")])
        with pytest.raises(AssertionError, match="opened for reading"):
            record.put(b"x")


def test_a_medium_that_cannot_be_written_is_read_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(tmp_path / "record")
    names = sorted(path.name for path in (tmp_path / "record").iterdir())
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert len(read_back(tmp_path / "record")) == 4
    assert sorted(path.name for path in (tmp_path / "record").iterdir()) == names


def test_where_no_record_is_the_reader_is_told_so(place: Place) -> None:
    place.folder.mkdir()
    with pytest.raises(UnknownNameError, match="no record is here"):
        place.open(writing=False)
    with pytest.raises(UnknownNameError, match="no record is here"):
        place.verify()


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "record").mkdir()
    connection = sqlite3.connect(tmp_path / "record" / "log.db")
    connection.execute("CREATE TABLE t(x)")
    connection.close()
    for writing in (True, False):
        with pytest.raises(IntegrityError, match=r"application_id|rule"):
            open_record(tmp_path / "record", writing=writing)


def test_an_entry_names_only_content_that_was_put(place: Place) -> None:
    with place.open() as record, pytest.raises(AssertionError, match="never put"):
        record.append([entry("a", hashes=("0" * 64,))])


def test_an_entry_out_of_form_reaches_nothing(place: Place) -> None:
    with place.open() as record:
        for wrong in (entry("a", kind="gossip"), entry("a", number=0.5)):  # type: ignore[arg-type]
            with pytest.raises(AssertionError):
                record.append([entry("good"), wrong])
        assert record.size == 0
        assert record.append([entry("good")]) == range(1)


def test_a_table_comes_back_as_it_was_put(place: Place) -> None:
    folder = place.folder
    hashes = place.small()
    with place.open(writing=False) as record:
        assert record.table("events").to_pylist() == [
            {"distance_mm": 25_000_000, "lon_deg": 37.5},
            {"distance_mm": 2**62, "lon_deg": None},
        ]
        stored = record.stored_table("events")
        assert (stored.rows, stored.derivation, stored.sha256) == (2, derivation(hashes[0]), hashes[1])
        with pytest.raises(UnknownNameError, match="no table of this name"):
            record.table("nothing")
    assert blob(folder, hashes[1]).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"a":1}',
        b"[" * 100_000,
        canonical_bytes(entry("a").body()).replace(b'"n":0', b'"n":0.5'),
        canonical_bytes(entry("a").body()).replace(b'"n":0', b'"n":9007199254740993'),
        canonical_bytes(entry("a").body()).replace(b'"n":0', b'"n":NaN'),
        canonical_bytes(entry("a").body()).replace(b'"n":0', b'"n": 0'),
        canonical_bytes(entry("a").body()).replace(b'"n":0', b'"n":"\\ud800"'),
        canonical_bytes(entry("a").body())[:-1] + b',"zeal":1}',
        canonical_bytes(entry("a").body())[:-1] + b',"subject":"a"}',
    ],
)
def test_a_body_out_of_canonical_form_is_no_entry(body: bytes) -> None:
    assert entry_of(body) is None
    assert entry_of(canonical_bytes(entry("a").body())) == entry("a")
