"""Small counts cannot be worked out: checked by trying every table there could have been."""

from collections import defaultdict
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.errors import OutOfRangeError
from truceline.release import released_counts


def counted(cells: tuple[int, ...], least: int, shape: tuple[int, ...]) -> dict[tuple[str | None, ...], str]:
    """What is shown of a table with these cells, row by row; the last value of each column is `other`."""
    places = list(product(*(range(size) for size in shape)))
    held = [at for at, count in zip(places, cells, strict=True) for _ in range(count)]
    names = [f"by{axis}" for axis in range(len(shape))]
    rows = pa.table({name: pa.array([str(at[axis]) for at in held], pa.string()) for axis, name in enumerate(names)})
    by = {name: tuple(str(value) for value in range(size - 1)) for name, size in zip(names, shape, strict=True)}
    made = released_counts(rows, by=by, least=least).to_pylist()
    assert all(row["count"] is None or row["shown"] == str(row["count"]) for row in made)
    return {tuple(row[name] for name in names): row["shown"] for row in made}


@pytest.mark.parametrize(
    ("cells", "least", "shown"),
    [
        ((12, 7, 9), 5, ["12", "7", "9", "28"]),
        ((12, 3, 9), 5, ["12", "fewer than 5", "9", "at least 21"]),  # 24 would say 3
        ((12, 4, 4), 5, ["12", "fewer than 5", "fewer than 5", "at least 12"]),  # 20 would say 4 and 4
        ((12, 0, 0), 5, ["12", "fewer than 5", "fewer than 5", "at least 12"]),  # 12 would say 0 and 0
        ((12, 3, 1), 5, ["12", "fewer than 5", "fewer than 5", "16"]),  # 0 and 4, 1 and 3 … 4 and 0 are left
        ((12, 0, 1), 0, ["12", "0", "1", "13"]),
        ((0, 0, 0), 1, ["0", "0", "0", "0"]),
    ],
)
def test_a_total_is_told_only_where_it_gives_no_small_count_away(cells, least: int, shown: list[str]) -> None:
    assert list(counted(cells, least, (3,)).values()) == shown


def test_a_line_with_a_hidden_cell_has_only_a_lower_bound() -> None:
    made = counted((12, 3, 20, 30), 5, (2, 2))
    assert made == {
        ("0", "0"): "12",
        ("0", "other"): "fewer than 5",
        ("other", "0"): "20",
        ("other", "other"): "30",
        ("0", None): "at least 12",
        ("other", None): "50",
        (None, "0"): "32",
        (None, "other"): "at least 30",
        (None, None): "at least 62",
    }


@pytest.mark.parametrize(
    ("shape", "least", "largest"),
    [
        ((2,), 2, 5),
        ((3,), 2, 4),
        ((3,), 3, 6),
        ((4,), 2, 3),
        ((2, 2), 2, 3),
        ((2, 2), 3, 4),
        ((2, 3), 2, 2),
    ],
)
def test_every_hidden_count_can_still_be_anything_below_the_least(shape, least: int, largest: int) -> None:
    """All tables that give the same answer are what a reader is left with who knows how this works."""
    size = len(list(product(*(range(axis) for axis in shape))))
    by_answer: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for cells in product(range(largest + 1), repeat=size):
        by_answer[tuple(counted(cells, least, shape).values())].append(cells)
    for answer, tables in by_answer.items():
        for at in range(size):
            if answer[at].startswith("fewer"):
                assert {cells[at] for cells in tables} == set(range(least)), (answer, at)
    assert any("fewer" in "".join(answer) for answer in by_answer)


@given(cells=st.lists(st.integers(0, 12), min_size=6, max_size=6).map(tuple), least=st.integers(0, 6))
@budget(100)
def test_what_is_told_is_right(cells: tuple[int, ...], least: int) -> None:
    for (row, column), shown in counted(cells, least, (2, 3)).items():
        rows = [("0", "other").index(row)] if row is not None else range(2)
        columns = [("0", "1", "other").index(column)] if column is not None else range(3)
        true = sum(cells[3 * r + c] for r in rows for c in columns)
        words, figure = shown.rsplit(" ", 1) if " " in shown else ("", shown)
        assert {"": true == int(figure), "fewer than": true < int(figure), "at least": true >= int(figure)}[words]


def test_values_that_do_not_occur_are_listed_and_unknown_ones_are_counted_as_other() -> None:
    rows = pa.table({"act": ["fire", "fire", "dance", None]})
    made = released_counts(rows, by={"act": ("fire", "strike")}, least=0).to_pylist()
    assert [(row["act"], row["count"]) for row in made] == [("fire", 2), ("strike", 0), ("other", 2), (None, 4)]


def test_all_rows_are_counted_where_nothing_tells_them_apart() -> None:
    assert released_counts(pa.table({"act": ["fire"] * 7}), by={}, least=5).to_pylist() == [{"count": 7, "shown": "7"}]


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="fewer columns"):
        released_counts(pa.table({"act": ["fire"]}), by={"act": tuple(map(str, range(200_000)))}, least=0)
