"""The head: never half written, never ahead of the log; damage to it is told."""

import random
from pathlib import Path

import pytest
from tests.record.place import Place
from tests.record.small import entry, flipped, small

from truceline.base.errors import IntegrityError
from truceline.record import open_record, verify_folder
from truceline.record.leaf import Head
from truceline.record.log.head import PLACE_BYTES, PLACES, place_text, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small record of four entries, closed."""
    small(tmp_path / "record")
    return tmp_path / "record"


def head_file(*heads: Head, free: int = 0) -> bytes:
    """The file with these heads in its places; `free` is the first of them."""
    places = [place_text(head) for head in heads]
    first, second = places if free == 0 else places[::-1]
    return first.ljust(PLACES[1], b"\0") + second


@pytest.mark.parametrize("free", [0, 1])
def test_a_head_written_by_halves_is_the_old_one_or_the_new_one(free: int) -> None:
    old, last = Head(size=199, root="a" * 64), Head(size=200, root="b" * 64)
    new = Head(size=1201, root="a" * 32 + "c" * 32)
    whole, written = head_file(old, last, free=free), place_text(new)
    assert (told_by(whole).heads, told_by(whole).free, told_by(whole).fault) == ((old, last), free, "")
    outcomes = set()
    for cut in range(PLACE_BYTES + 1):
        at = PLACES[free]
        told = told_by(whole[:at] + written[:cut] + whole[at + cut :])
        outcomes.add((told.heads, told.fault))
        assert told.free == (1 - free if told.heads[-1] == new else free)
    broken = f"its {('first', 'second')[free]} place is out of form; the other tells of 200 entries."
    assert outcomes == {((old, last), ""), ((last,), broken), ((last, new), "")}


def test_each_append_writes_the_place_of_the_head_that_counts_less(place: Place) -> None:
    with place.open() as record:
        for number in range(5):
            record.append([entry(f"s-{number}")])
            found = (place.folder / "head").read_bytes()
            assert [head.size for head in told_by(found).heads] == [number, number + 1]
    with place.open() as record:
        record.append([entry("more")])
        assert [head.size for head in told_by((place.folder / "head").read_bytes()).heads] == [5, 6]


def test_every_altered_byte_of_the_head_is_found(folder: Path) -> None:
    content, dice = (folder / "head").read_bytes(), random.Random(0)
    gap = range(PLACE_BYTES, PLACES[1])
    for at in sorted({*range(len(content))} - {*gap}) + dice.sample(gap, 30):
        (folder / "head").write_bytes(flipped(content, at, dice.randint(1, 255)))
        assert verify_folder(folder).problems[0].startswith("head: "), at


def test_a_damaged_head_is_mended_only_where_a_stopped_writer_leaves_it_so(folder: Path) -> None:
    content = (folder / "head").read_bytes()
    older, newer = sorted(PLACES, key=lambda at: content[at : at + 90].rpartition(b":")[2])
    with open_record(folder) as record:
        size = record.size
    for at, problem in ((older, "place is out of form; the other tells of 4"), (PLACE_BYTES, "it is out of form")):
        (folder / "head").write_bytes(flipped(content, at))
        with pytest.raises(IntegrityError, match=problem):
            open_record(folder)
    (folder / "head").write_bytes(flipped(content, newer + 30))
    with open_record(folder) as record:
        assert record.size == size
    told = verify_folder(folder)
    assert (told.problems, told.notes, told.entries) == ((), (), 4)
