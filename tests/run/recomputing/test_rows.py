"""Two versions of a table: rows are matched by what they are called, and what differs is counted and shown."""

import pyarrow as pa
import pytest

from truceline.base.rows import canonical_rows
from truceline.model.products import Products, name_as_judged
from truceline.run.recomputing.rows import KEYS, Column, Example, Turned, compare_rows

PLACINGS = [
    {"subject_id": f"obs-{number}", "feature": "front", "distance_mm": 1_000 * number, "bound_mm": 50, "side": 1}
    for number in range(1, 6)
]


def rows(*lines):
    return canonical_rows(pa.Table.from_pylist(list(lines)))


def changed(number, **columns):
    return [line | columns if at == number else line for at, line in enumerate(PLACINGS)]


def test_the_order_of_rows_is_nothing():
    assert compare_rows("placings", rows(*PLACINGS), rows(*PLACINGS)[::-1]).outcome == "equal"


def test_a_difference_within_the_bound_is_counted_and_shown():
    found = compare_rows("placings", rows(*PLACINGS), rows(*changed(1, distance_mm=2_040)))
    assert (found.outcome, found.changed, found.lost, found.added) == ("within bound", 1, 0, 0)
    assert found.columns == (Column(name="distance_mm", rows=1, beyond=0),)
    assert found.example == Example(row="obs-2 front", column="distance_mm", old=2_000, new=2_040)


@pytest.mark.parametrize(
    ("columns", "beyond"),
    [({"distance_mm": 2_051}, "distance_mm"), ({"distance_mm": 2_040, "side": -1}, "side")],
)
def test_one_column_beyond_its_bound_makes_the_table_differ(columns, beyond):
    found = compare_rows("placings", rows(*PLACINGS), rows(*changed(1, **columns)))
    assert found.outcome == "differs"
    assert found.example is not None
    assert found.example.column == found.columns[0].name == beyond


def test_the_example_is_a_row_beyond_the_bound_and_not_one_within_it():
    again = [line | {"distance_mm": line["distance_mm"] + (60 if at == 3 else 1)} for at, line in enumerate(PLACINGS)]
    found = compare_rows("placings", rows(*PLACINGS), rows(*again))
    assert found.columns == (Column(name="distance_mm", rows=5, beyond=1),)
    assert found.example == Example(row="obs-4 front", column="distance_mm", old=4_000, new=4_060)


def test_a_row_that_is_not_made_again_and_one_that_is_new_are_differences():
    lost = compare_rows("placings", rows(*PLACINGS), rows(*PLACINGS[1:]))
    new = compare_rows("placings", rows(*PLACINGS[1:]), rows(*PLACINGS))
    assert (lost.outcome, lost.lost, lost.added) == ("differs", 1, 0)
    assert (new.outcome, new.lost, new.added) == ("differs", 0, 1)


def test_a_row_under_another_name_is_never_within_bound():
    found = compare_rows("placings", rows(*PLACINGS), rows(*changed(1, feature="back")))
    assert (found.outcome, found.lost, found.added, found.changed) == ("differs", 1, 1, 0)


def test_a_row_that_is_there_twice_and_then_once_is_a_difference():
    found = compare_rows("placings", rows(*PLACINGS, PLACINGS[0]), rows(*PLACINGS))
    assert (found.outcome, found.lost) == ("differs", 1)


def test_a_column_that_only_one_of_them_has_differs_in_every_row():
    """One that is null in every row says as much as none."""
    again = [line | {"datum": "WGS 84"} for line in PLACINGS]
    for old, new in ((PLACINGS, again), (again, PLACINGS)):
        found = compare_rows("placings", rows(*old), rows(*new))
        assert (found.outcome, found.columns) == ("differs", (Column(name="datum", rows=5, beyond=5),))
    empty = [line | {"datum": None} for line in PLACINGS]
    assert compare_rows("placings", rows(*PLACINGS), rows(*empty)).outcome == "equal"


def test_rows_without_a_name_are_called_by_all_they_say():
    old, new = {"feed": "a", "reason": "x"}, {"feed": "a", "reason": "y"}
    found = compare_rows("rejects", rows(old), rows(new))
    assert (found.outcome, found.lost, found.added) == ("differs", 1, 1)


def test_a_finding_whose_verdict_turns_is_named_and_so_is_one_that_comes_or_goes():
    def of(**verdicts):
        return rows(*({"finding_id": name, "verdict": verdict} for name, verdict in verdicts.items()))

    old = of(a="breach", b="breach", c="no_breach", d="no_breach", e="undetermined")
    new = of(a="undetermined", c="breach", e="undetermined", f="breach", g="no_breach")
    assert compare_rows("findings easter", old, new).turned == (
        Turned(finding_id="a", old="breach", new="undetermined"),
        Turned(finding_id="b", old="breach", new="not found"),
        Turned(finding_id="c", old="no_breach", new="breach"),
        Turned(finding_id="f", old="not found", new="breach"),
    )
    assert compare_rows("events", old, new).turned == ()


def test_every_table_but_the_rejects_has_a_name_for_its_rows():
    no_table = {"mission", "known_at_us", "feeds", "judged", "geometry", "watch", "footage", "as_judged"}
    assert set(Products.__dataclass_fields__) - no_table - {"rejects"} <= set(KEYS)


def test_a_part_of_a_table_is_held_to_the_names_and_bounds_of_the_whole():
    found = compare_rows(name_as_judged("placings", "BETA"), rows(*PLACINGS), rows(*changed(1, distance_mm=2_040)))
    assert (found.outcome, found.changed) == ("within bound", 1)
