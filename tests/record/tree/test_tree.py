"""The file `tree`: never the truth, never in the way, and no wrong proof comes out of it."""

import errno
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.record.small import counted, entry, flipped, overwrite
from tests.record.tree.grown import leaf, mth, written

from truceline.base.canonical import leaf_hash
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.record import LocalDisk, Record, open_record, verify_folder
from truceline.record.leaf import Frontier, Head, commitment
from truceline.record.log.sqlite import SCHEMA
from truceline.record.tree.check import TreeCheck
from truceline.record.tree.nodes import TreeFile, grow, leaves_in, place, stored
from truceline.record.tree.proofs import consistency_holds, inclusion_holds
from truceline.record.tree.proven import Proven

SIZE = 11


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A record of eleven entries, closed."""
    with open_record(tmp_path / "record", chance=counted()) as record:
        for first, end in ((0, 1), (1, 4), (4, 9), (9, SIZE)):
            record.append([entry(f"s-{number}") for number in range(first, end)])
    return tmp_path / "record"


def test_hashes_stand_in_the_order_that_others_know(tmp_path: Path) -> None:
    order = [(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0), (0, 4), (0, 5), (1, 2), (0, 6)]
    assert [place(level, index) for level, index in order] == list(range(11))
    leaves = [leaf(number) for number in range(7)]
    tree = written(tmp_path / "tree", leaves)
    content = (tmp_path / "tree").read_bytes()
    for at, (level, index) in enumerate(order):
        assert content[at * 32 : at * 32 + 32] == mth(leaves[index << level : index + 1 << level])
    assert [stored(size) for size in range(8)] == [0, 1, 3, 4, 7, 8, 10, 11]
    assert [leaves_in(hashes) for hashes in range(12)] == [0, 1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 7]
    for size in (2**40 - 1, 2**40, 2**40 + 1, 10**15 + 7):
        assert leaves_in(stored(size)) == leaves_in(stored(size + 1) - 1) == size
    tree.close()


def test_whoever_appends_and_whoever_reads_gives_the_same_roots_and_proofs_that_hold(folder: Path) -> None:
    with open_record(folder) as writer, open_record(folder, writing=False) as reader:
        for record in (writer, reader):
            leaves = record.leaves()
            for size in range(SIZE + 1):
                root = record.root(size)
                assert root == mth(leaves[:size])
                for at in range(size):
                    path = record.inclusion(at, size)
                    assert inclusion_holds(leaves[at], position=at, size=size, path=path, root=root)
                for old in range(size + 1):
                    steps, before = record.consistency(old, size), mth(leaves[:old])
                    assert consistency_holds(old=old, old_root=before, size=size, root=root, path=steps)


@pytest.mark.parametrize("writing", [True, False])
def test_what_the_log_does_not_hold_is_not_proven(folder: Path, writing: bool) -> None:
    asked: list[Callable[[Record], object]] = [
        lambda record: record.root(SIZE + 1),
        lambda record: record.root(-1),
        lambda record: record.inclusion(0, SIZE + 1),
        lambda record: record.inclusion(3, 3),
        lambda record: record.inclusion(-1, 3),
        lambda record: record.consistency(0, SIZE + 1),
        lambda record: record.consistency(4, 3),
        lambda record: record.sealed(SIZE),
        lambda record: record.sealed(-1),
    ]
    with open_record(folder, writing=writing) as record:
        for ask in asked:
            with pytest.raises(UnknownNameError):
                ask(record)


def test_a_reader_follows_a_writer(folder: Path) -> None:
    with open_record(folder) as writer, open_record(folder, writing=False) as reader:
        for number in range(20):
            size = writer.append([entry(f"more-{number}")]).stop
            assert reader.root(size) == writer.root(size)
            assert reader.inclusion(size - 1, size) == writer.inclusion(size - 1, size)
            assert reader.consistency(SIZE, size) == writer.consistency(SIZE, size)


def past_the_rules(folder: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    """What somebody does who writes into the database past its rules, and puts them back."""
    rules = [sql for sql in SCHEMA if sql.startswith("CREATE TRIGGER")]
    with closing(sqlite3.connect(folder / "log.db", isolation_level=None)) as hand:
        for sql in rules:
            hand.execute(f"DROP TRIGGER {sql.split()[2]}")
        hand.execute(statement, values)
        for sql in rules:
            hand.execute(sql)


def test_opening_reads_only_what_the_tree_lacks(folder: Path) -> None:
    truth = (folder / "tree").read_bytes()
    past_the_rules(folder, "DELETE FROM groups WHERE first = 1")
    for keep in (SIZE, 9, 6):
        overwrite(folder / "tree", truth[: stored(keep) * 32])
        for writing in (False, True):
            with open_record(folder, writing=writing) as record:
                assert record.root(SIZE).hex() in (folder / "head").read_text()
        assert (folder / "tree").read_bytes() == truth
    overwrite(folder / "tree", truth[:64])
    with pytest.raises(IntegrityError, match="entry 4 stands where entry 1 belongs"):
        open_record(folder)
    assert any("it stands where entry 1 belongs" in problem for problem in verify_folder(folder).problems)


def test_a_tree_is_never_made_of_leaves_that_the_head_does_not_know(folder: Path) -> None:
    with open_record(folder, writing=False) as record:
        row = record.sealed(5)
    body = row.body.replace(b"Berg", b"Burg")
    with closing(sqlite3.connect(folder / "log.db")) as hand:
        bodies, leaves = hand.execute("SELECT bodies, leaves FROM groups WHERE first = 4").fetchone()
    values = (bodies.replace(row.body, body), leaves.replace(row.leaf, commitment(row.salt, body)))
    past_the_rules(folder, "UPDATE groups SET bodies = ?, leaves = ? WHERE first = 4", values)
    with open_record(folder) as record:  # opening does not read it again
        with pytest.raises(IntegrityError, match="entry 5: its leaf is not the one that the log's head counts"):
            record.inclusion(5, SIZE)
        assert len(record.inclusion(4, SIZE)) == 4
    told = verify_folder(folder).problems
    assert [problem.split(":")[0] for problem in told] == ["head", "tree"]
    assert "number 5" in told[-1]
    altered = flipped((folder / "tree").read_bytes(), place(3, 0) * 32)
    overwrite(folder / "tree", altered)
    for writing in (True, False):
        if writing:
            with pytest.raises(IntegrityError, match="head: it has root"):
                open_record(folder)
        else:
            with open_record(folder, writing=False) as record, pytest.raises(IntegrityError, match="head: it has root"):
                record.root(SIZE)
    assert (folder / "tree").read_bytes() == altered, "it is evidence"


def test_lost_entries_are_told_and_the_tree_keeps_their_hashes(folder: Path) -> None:
    truth = (folder / "tree").read_bytes()
    past_the_rules(folder, "DELETE FROM groups WHERE first >= 9")
    with pytest.raises(IntegrityError, match="head: it tells of 11 entries, and the log holds 9"):
        open_record(folder)
    assert (folder / "tree").read_bytes() == truth
    assert any("bytes are more than the log's entries give" in problem for problem in verify_folder(folder).problems)


@pytest.mark.parametrize("at", [place(0, 10), place(1, 4), place(3, 0)])
def test_a_damaged_peak_is_mended_by_the_next_writer(folder: Path, at: int) -> None:
    truth = (folder / "tree").read_bytes()
    overwrite(folder / "tree", flipped(truth, at * 32 + 5))
    assert [problem.split(",")[0] for problem in verify_folder(folder).problems] == [
        f"tree: its hash of level {at - stored(leaves_in(at))}"
    ]
    with open_record(folder, writing=False) as record:
        assert record.size == len(list(record.entries())) == SIZE, "reading goes on"
        with pytest.raises(IntegrityError, match=r"tree: .* Open the record for writing"):
            record.root(SIZE)
    open_record(folder).close()
    assert (folder / "tree").read_bytes() == truth
    assert verify_folder(folder).ok


def test_a_damaged_hash_within_is_told_and_made_again_where_the_file_is_taken_away(folder: Path) -> None:
    truth = (folder / "tree").read_bytes()
    overwrite(folder / "tree", flipped(truth, place(0, 4) * 32))
    with open_record(folder) as record:
        with pytest.raises(IntegrityError, match=r"tree: .* Open the record for writing without the file `tree`"):
            record.inclusion(5, SIZE)
        with pytest.raises(IntegrityError, match="tree: "):
            record.tile(0, 0, SIZE)
        assert record.append([entry("more")]) == range(SIZE, SIZE + 1)
    (folder / "tree").unlink()
    with open_record(folder) as record:
        assert len(record.inclusion(5, SIZE)) == 4
    assert (folder / "tree").read_bytes()[: len(truth)] == truth
    told = verify_folder(folder)
    assert (told.ok, told.notes) == (True, ())


@pytest.mark.parametrize("keep", [0, 1, 32, 33, 5 * 32, None])
def test_a_reader_does_without_what_the_tree_lacks_and_writes_nothing(folder: Path, keep: int | None) -> None:
    truth = (folder / "tree").read_bytes()
    if keep is None:
        (folder / "tree").unlink()
    else:
        overwrite(folder / "tree", truth[:keep])
    before = sorted((path.name, path.stat().st_size) for path in folder.iterdir() if path.name[:3] != "log")
    with open_record(folder, writing=False) as record:
        assert [len(record.inclusion(at, SIZE)) for at in range(SIZE)] == [4] * 8 + [3, 3, 2]
    assert sorted((path.name, path.stat().st_size) for path in folder.iterdir() if path.name[:3] != "log") == before
    told = verify_folder(folder)
    assert told.ok
    assert "the next writer adds them" in told.notes[0]
    open_record(folder).close()
    assert (folder / "tree").read_bytes() == truth
    assert verify_folder(folder).notes == ()


def proofs(proven: Proven) -> Iterator[tuple[str, Callable[[], object]]]:
    for at in range(SIZE):
        yield f"inclusion {at}", lambda at=at: proven.inclusion(lambda: leaf(at), at, SIZE)  # type: ignore[misc]
        yield f"consistency {at}", lambda at=at: proven.consistency(at, SIZE)  # type: ignore[misc]
        yield f"root {at}", lambda at=at: proven.root(at)  # type: ignore[misc]
    for width in (1, 6, SIZE):
        yield f"tile {width}", lambda width=width: proven.tile(0, 0, width)  # type: ignore[misc]


def answer(prove: Callable[[], object]) -> object:
    """A proof, or what it is said to be damaged."""
    try:
        return prove()
    except IntegrityError as told:
        return told.subject


def test_every_altered_byte_is_named_and_no_proof_that_comes_out_is_wrong(tmp_path: Path) -> None:
    leaves = [leaf(number) for number in range(SIZE)]
    tree = written(tmp_path / "tree", leaves)
    head, hashes = Head(size=SIZE, root=mth(leaves).hex()), grow(Frontier(), leaves)
    truth = {name: prove() for name, prove in proofs(Proven(tree, head))}
    content, dice, refused = (tmp_path / "tree").read_bytes(), random.Random(1), 0
    assert content == hashes
    for at in range(len(content)):
        (tmp_path / "tree").write_bytes(flipped(content, at, dice.randint(1, 255)))
        for name, prove in proofs(Proven(tree, head)) if at % 4 == 0 else ():
            outcome = answer(prove)
            refused += outcome == "tree"
            assert outcome in ("tree", truth[name]), (at, name, outcome)
        check = TreeCheck(tmp_path)
        check.saw(0, hashes)
        number = leaves_in(at // 32)
        level = at // 32 - stored(number)
        assert check.problems == [
            f"tree: its hash of level {level}, number {number >> level}, is not the one that the log gives."
        ]
    assert refused > len(content), "damage to a hash that proofs need is seen by them"
    tree.close()


def test_a_tree_of_hashes_from_elsewhere_is_named_with_their_number(folder: Path) -> None:
    truth = (folder / "tree").read_bytes()
    overwrite(folder / "tree", bytes(len(truth)))
    assert any("level 0, number 0, is not" in one and "18 more" in one for one in verify_folder(folder).problems)
    overwrite(folder / "tree", truth + bytes(40))
    assert verify_folder(folder).problems == ("tree: 40 bytes are more than the log's entries give.",)


def test_a_tree_grown_in_many_batches_is_one(tmp_path: Path) -> None:
    leaves = [leaf(number) for number in range(3000)]
    whole = written(tmp_path / "whole", leaves)
    tree, frontier = TreeFile(tmp_path / "tree", disk=LocalDisk()), Frontier()
    tree.begin(0, writing=True)
    for first in range(0, 3000, 7):
        tree.write(first, grow(frontier, leaves[first : first + 7]))
    tree.settle()
    assert (tmp_path / "tree").read_bytes() == (tmp_path / "whole").read_bytes()
    assert frontier == tree.frontier(3000)
    assert tree.node(11, 0) == mth(leaves[:2048])
    tree.begin(2000, writing=True)
    assert (tree.size, (tmp_path / "tree").stat().st_size) == (2000, stored(2000) * 32)
    with pytest.raises(IntegrityError, match="it ends before its hash"):
        tree.node(0, 2001)
    tree.close()
    whole.close()


def refusing(number: int, *names: str) -> LocalDisk:
    """A disk that answers `number` to these calls on the tree, or on everything where the names say so."""

    class Refusing(LocalDisk):
        def open(self, path: Path) -> int:
            if "open" in names:
                raise OSError(number, os.strerror(number))
            return super().open(path)

        def write_at(self, handle: int, content: bytes, at: int) -> None:
            if "write_at" in names and len(content) % 32 == 0 and len(content) != 192:
                raise OSError(number, os.strerror(number))
            super().write_at(handle, content, at)

    return Refusing()


def test_on_a_full_disk_appends_go_on_and_a_checkpoint_does_not(folder: Path) -> None:
    with open_record(folder, disk=refusing(errno.ENOSPC, "write_at")) as record:
        assert record.append([entry("more")]) == range(SIZE, SIZE + 1)
        for act in (record.settle, lambda: record.root(SIZE + 1)):
            with pytest.raises(UnavailableError, match="the disk is full") as told:
                act()
            assert str(folder) not in str(told.value)
        assert record.last("finding", "more") is not None
    with open_record(folder) as record:
        record.settle()
        assert record.root(SIZE + 1) == mth(record.leaves())


def test_on_a_read_only_disk_no_writer_is_let_in_and_readers_read(folder: Path) -> None:
    with pytest.raises(UnavailableError, match="this account may not write here"):
        open_record(folder, disk=refusing(errno.EROFS, "open"))
    with open_record(folder, writing=False, disk=refusing(errno.EROFS, "open", "write_at")) as record:
        assert record.root(SIZE) == mth(record.leaves())
        assert len(list(record.entries())) == SIZE
        with pytest.raises(AssertionError, match="opened for reading"):
            record.settle()


def test_a_second_writer_does_not_touch_the_tree_of_the_first(folder: Path) -> None:
    with open_record(folder) as record:
        record.append([entry("more")])
        before = (folder / "tree").read_bytes()
        with pytest.raises(UnavailableError, match="another process is writing"):
            open_record(folder)
        assert (folder / "tree").read_bytes() == before
        record.append([entry("and more")])
    assert verify_folder(folder).ok


def test_a_closed_record_proves_nothing(folder: Path) -> None:
    for writing in (True, False):
        record = open_record(folder, writing=writing)
        record.root(SIZE)
        record.close()
        record.close()
        for act in (lambda: record.root(SIZE), lambda: record.tile(0, 0, 1), lambda: record.inclusion(0, SIZE)):  # noqa: B023
            with pytest.raises(UnavailableError, match="it is closed"):
                act()


def test_a_tree_that_is_a_link_or_a_folder_is_refused(folder: Path) -> None:
    (folder / "tree").rename(folder.parent / "elsewhere")
    before = (folder.parent / "elsewhere").read_bytes()
    (folder / "tree").symlink_to(folder.parent / "elsewhere")
    with pytest.raises(UnavailableError):
        open_record(folder).append([entry("more")])
    assert (folder.parent / "elsewhere").read_bytes() == before
    assert verify_folder(folder).problems == ("tree: it is no file.",)
    (folder / "tree").unlink()
    (folder / "tree").mkdir()
    with pytest.raises(UnavailableError):
        open_record(folder)
    assert verify_folder(folder).problems == ("tree: it is no file.",)


def test_leaves_are_hashed_as_the_canonical_tree_does(folder: Path) -> None:
    with open_record(folder, writing=False) as record:
        assert record.tile(0, 0, SIZE) == b"".join(leaf_hash(one) for one in record.leaves())
