"""JSON as a program sends it: numbers as they were written, one result for each object, a refusal with its reason."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.observe.sample import JSON_FEED, JSON_ROWS, as_json, read, reasons

from truceline.base.canonical import canonical_bytes
from truceline.model.batch import Batch
from truceline.observe.feeds import _canonical
from truceline.observe.objects import json_rows

DAY = {"id": "x", "begins": "2025-03-10", "lon": None, "lat": None, "error_m": None, "act": "fire", "place": None}


def only(batch: Batch, reason: str) -> None:
    """The whole file is one reject with this reason."""
    assert batch.rows.num_rows == 0
    assert reasons(batch) == [reason], batch.rejects.to_pylist()
    assert batch.rejects["raw_at"].to_pylist() == ["file"]


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (as_json(), ["row 1", "row 2"]),
        (b'{"rows": ' + as_json() + b', "next": null}', ["row 1", "row 2"]),
        (b"\n".join(json.dumps(row).encode() for row in JSON_ROWS), ["row 1", "row 2"]),
        (b"\n\n".join(json.dumps(row).encode() for row in JSON_ROWS), ["row 1", "row 2, line 3"]),
        (json.dumps(JSON_ROWS[0]).encode(), ["row 1"]),
        (json.dumps(JSON_ROWS[0], indent=2).encode(), ["row 1"]),
        (b"\xef\xbb\xbf" + as_json(), ["row 1", "row 2"]),
    ],
)
def test_an_array_an_envelope_one_object_or_one_a_line_are_rows(content: bytes, places: list[str]) -> None:
    batch = read(content, JSON_FEED)
    assert reasons(batch) == []
    assert batch.rows["raw_at"].to_pylist() == places


def test_numbers_stay_the_text_that_was_written() -> None:
    written = (
        b'[{"a": 0.1, "b": 1.50, "c": 1e400, "d": 123456789012345678901234567890, "e": -0.0, "f": true, "g": null}]'
    )
    ((_, row),) = json_rows(written, JSON_FEED, tuple("abcdefg"))
    assert row == {
        "a": "0.1", "b": "1.50", "c": "1e400", "d": "123456789012345678901234567890", "e": "-0.0", "f": "yes", "g": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("NaN", "value-not-plain"),
        ("Infinity", "value-not-plain"),
        ("-Infinity", "value-not-plain"),
        ('{"deg": 37.8}', "value-not-plain"),
        ("[[37.8]]", "value-not-plain"),
        ("[" * 400 + "]" * 400, "value-not-plain"),
        ('"\\ud800"', "wrong-encoding"),
        ('"\\u0000"', "nul-byte"),
        ('"' + "9" * 140_000 + '"', "field-too-long"),
        ("9" * 140_000, "field-too-long"),
        ('48.0, "lon": 37.8', "duplicate-column"),
    ],
)
def test_a_value_that_no_cell_may_hold_costs_its_row_alone(cell: str, why: str) -> None:
    bad = json.dumps(DAY).replace('"lon": null', f'"lon": {cell}').encode()
    batch = read(b"[" + json.dumps(DAY | {"id": "good"}).encode() + b"," + bad + b"]", JSON_FEED)
    assert (batch.rows.num_rows, reasons(batch)) == (1, [why])
    assert batch.rejects["raw_at"].to_pylist() == ["row 2"]


def test_what_is_no_object_is_one_reject_in_its_place() -> None:
    batch = read(as_json(DAY, 7, None, [DAY], "text"), JSON_FEED)
    assert reasons(batch) == ["not-an-object"] * 4
    assert batch.rejects["raw_at"].to_pylist() == ["row 2", "row 3", "row 4", "row 5"]


def test_a_broken_line_costs_itself_and_no_other() -> None:
    lines = [json.dumps(DAY | {"id": str(number)}).encode() for number in range(4)]
    lines[2] = lines[2][:-9]
    batch = read(b"\n".join(lines), JSON_FEED)
    assert (batch.rows.num_rows, reasons(batch)) == (3, ["cut-short"])
    assert batch.rejects["raw_at"].to_pylist() == ["row 3"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[" * 1_000_000, "unreadable-json"),
        (b'{"a":' * 500_000, "unreadable-json"),
        (b"7", "not-rows"),
        (b'"rows"', "not-rows"),
        (b"[1, 2, 3]", "not-rows"),
        (b'{"rows": {}}', "not-rows"),
        (b'{"rows": [], "rows": []}', "duplicate-column"),
        (b"[{}, {}, {}]", "column-missing"),
        (as_json()[:-30], "cut-short"),
        (as_json() + b"]", "unreadable-json"),
        (b"  \n ", "empty-file"),
    ],
)
def test_a_document_that_cannot_be_rows_is_one_reject(content: bytes, why: str) -> None:
    only(read(content, JSON_FEED), why)


def test_an_empty_list_is_no_row_and_no_fault() -> None:
    batch = read(b"[]", JSON_FEED)
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (0, 0)


def test_a_column_that_no_row_has_is_refused_rather_than_read_as_nothing() -> None:
    only(read(as_json({"begins": "2025-03-10", "act": "fire", "longitude": 37.8}), JSON_FEED), "column-missing")


def test_formulas_are_texts_like_any_other() -> None:
    batch = read(as_json(DAY | {"place": '=HYPERLINK("x")'}), JSON_FEED)
    assert batch.rows["place_name"].to_pylist() == ['=HYPERLINK("x")']


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    )
)
def test_any_document_is_read_or_named(document: object) -> None:
    batch = read(json.dumps(document).encode(), replace(JSON_FEED, columns={"begins": "a", "act": "b"}))
    assert batch.rejects.num_rows + batch.rows.num_rows >= (document not in ([], {"rows": []}))


@given(
    st.lists(
        st.none()
        | st.text(st.characters(codec="utf-8"))
        | st.dictionaries(st.sampled_from("abc"), st.text(st.characters(codec="utf-8")))
    )
)
def test_ids_are_hashed_over_canonical_bytes(said: list[object]) -> None:
    assert _canonical(said) == canonical_bytes(said)
