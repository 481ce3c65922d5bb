"""Bytes as text, rows, dates and ids: what a file may hold, and each way in which it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.errors import InputError, OutOfRangeError, TooLargeError, UnknownNameError, UnreadableError
from truceline.guarantee.exchange.cells import RowFaultError, checked_id, dated, rows_of, text_of, whole, words_of
from truceline.model.document import NOT_STATED


def rows(content: bytes, *, optional: tuple[str, ...] | None = ("c",)) -> list[tuple[str, object]]:
    found = rows_of(content, needed=("a", "b"), optional=optional, subject="t.csv")
    return [(at, cells.reason if isinstance(cells, RowFaultError) else cells) for at, cells in found]


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("2025", "year"),
        ("202X", "year"),
        ("2025-XX", "year"),
        ("2025-03", "month"),
        ("2025-03~", "month"),
        ("2025-03-XX", "month"),
        ("XXXX-08-18", "day"),
        ("XXXX-02-29", "day"),
        ("2024-02-29", "day"),
        ("2025-21", "season"),
        ("2025-03-23T10:00:00Z", "second"),
        ("2025-03-23T10:00:00+02:00", "second"),
        ("../2025-03-23", "interval"),
        ("2025-03/..", "interval"),
        ("2025-03/2025-03", "interval"),
        ("2024/2025-01-02", "interval"),
        ("2025-21/2025-06", "interval"),
    ],
)
def test_a_date_has_its_precision(text: str, precision: str) -> None:
    made = dated(text, subject="since")
    assert (made.value, made.precision) == (text, precision)


@pytest.mark.parametrize(
    "text",
    [
        *("March", "25", "2025-3", "2025-13", "2025-00", "2025-02-29", "2025-03-32", "XXXX", "2025-25", "2025-21-01"),
        *(
            "..",
            "/",
            "../..",
            "2025/2024",
            "2025-03-23T10:00:00",
            "2025-03-23T25:00:00Z",
            "1/2/3",
            "0000-01",
            "２０２５",
        ),
        *("2025\n", " 2025", "2025-03-23/2025-03-22", "X025", "2" * 100),
    ],
)
def test_what_is_no_date_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(UnreadableError, match="EDTF"):
        dated(text, subject="since")


def test_an_empty_date_is_not_stated() -> None:
    assert dated("", subject="since") == NOT_STATED


@given(st.text(alphabet="0123456789X-/.~TZ:+", max_size=25))
def test_any_text_is_a_date_or_a_refusal(text: str) -> None:
    try:
        made = dated(text, subject="since")
    except UnreadableError:
        return
    assert made.value == text


def test_a_row_is_its_cells_and_a_missing_column_that_may_lack_is_empty() -> None:
    assert rows(b"\xef\xbb\xbfb,a\r\n x ,=1+1\r\n\r\n") == [("row 1", {"a": "=1+1", "b": "x", "c": ""})]


def test_columns_that_nobody_asked_for_are_passed_over_or_refused() -> None:
    assert rows(b"a,b,z\n1,2,3\n", optional=None) == [("row 1", {"a": "1", "b": "2"})]
    with pytest.raises(UnknownNameError, match="'z' is no column"):
        rows(b"a,b,z\n1,2,3\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"1", "too-few-cells"),
        (b"1,2,3", "too-many-cells"),
        (b'1,"2"x', "broken-quotes"),
        (b"1,\xff", "wrong-encoding"),
        (b"1,a\x00b", "control-character"),
        (b"1,a\x1bb", "control-character"),
        (b"1," + b"x" * 20_001, "cell-too-long"),
        (b"1," + b"x" * 140_000, "broken-quotes"),
    ],
)
def test_one_broken_row_is_one_named_fault_and_the_others_are_read(row: bytes, reason: str) -> None:
    found = rows(b"a,b\n1,2\n" + row + b"\n3,4\n")
    assert [each for _, each in found] == [{"a": "1", "b": "2", "c": ""}, reason, {"a": "3", "b": "4", "c": ""}]


def test_an_open_quote_costs_one_row_and_not_the_file() -> None:
    found = rows(b'a,b\n"1,2\n3,4\n5,6\n')
    assert [at for at, _ in found] == ["row 1", "row 2", "row 3"]
    assert found[0][1] == "broken-quotes"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", UnreadableError),
        (b"\x00\x00 \n", UnreadableError),
        (b"\xff\xfea\x00,\x00b\x00", UnreadableError),
        (b"a,a,b\n", UnreadableError),
        (b"a,c\n", UnknownNameError),
        (b'a,"b\n', UnreadableError),
        (b"x" * 16_000_001, TooLargeError),
        (b"a,b\n" + b"1,2\n" * 20_001, TooLargeError),
    ],
)
def test_a_file_that_is_no_table_is_refused_whole(content: bytes, kind: type[InputError]) -> None:
    with pytest.raises(kind):
        rows(content)


def test_a_text_is_utf_8_without_a_zero_byte() -> None:
    assert text_of(b"\xef\xbb\xbfx", subject="f") == "x"
    for bad in (b"\xff", b"a\x00", b" "):
        with pytest.raises(UnreadableError):
            text_of(bad, subject="f")


@pytest.mark.parametrize("text", ["", "a b", "-a", "../x", "a\n", "x" * 81, "a:b", '"a"', "=1"])
def test_an_id_may_stand_on_a_command_line(text: str) -> None:
    assert checked_id("plg-1.a_É", subject="id")
    with pytest.raises(UnreadableError):
        checked_id(text, subject="id")


@pytest.mark.parametrize("text", ["-1", "1.0", "1e3", "1,000", "~5", "+5", "٣", "9" * 17, " 1"])
def test_a_whole_number_has_digits_only(text: str) -> None:
    assert whole("0", subject="low") == 0
    assert whole("", subject="low") is None
    with pytest.raises(UnreadableError):
        whole(text, subject="low")


def test_a_number_beyond_belief_is_out_of_range() -> None:
    with pytest.raises(OutOfRangeError):
        whole("9" * 16, subject="low")


def test_several_words_stand_in_one_cell() -> None:
    assert words_of(" a b ;; c;") == ("a b", "c")
