"""Dates as articles write them, read against the day of the text; what cannot be told is not told."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.guarantee.reading import dated, dates_in, is_edtf
from truceline.model.document import NOT_STATED, Dated

SUNDAY = Dated(value="2025-03-23", precision="day")

CASES = """
in January                        2025-01                  month       XXXX-01
earlier this month                2025-03                  month       -
last month                        2025-02                  month       -
in early March                    2025-03                  month       XXXX-03
in May                            2024-05                  month       XXXX-05
next May                          2025-05                  month       XXXX-05
late last year                    2024                     year        -
mid-2025                          2025                     year        2025
in 2024                           2024                     year        2024
two years ago                     2023                     year        -
three months ago                  2024-12                  month       -
last week                         2025-03-10/2025-03-16    interval    -
this week                         2025-03-17/2025-03-23    interval    -
earlier this week                 2025-03-17/2025-03-23    interval    -
a week ago                        2025-03-10/2025-03-16    interval    -
over the weekend                  2025-03-22/2025-03-23    interval    -
last weekend                      2025-03-15/2025-03-16    interval    -
on Tuesday                        2025-03-18               day         -
on Sunday                         2025-03-23               day         -
will meet on Tuesday              2025-03-25               day         -
next Tuesday                      2025-03-25               day         -
last Tuesday                      2025-03-11/2025-03-18    interval    -
last Sunday                       2025-03-16               day         -
next Sunday                       2025-03-30               day         -
this coming Friday                2025-03-28               day         -
yesterday                         2025-03-22               day         -
the day before yesterday          2025-03-21               day         -
tomorrow                          2025-03-24               day         -
last night                        2025-03-22/2025-03-23    interval    -
2d ago                            2025-03-21               day         -
three days ago                    2025-03-20               day         -
20m ago                           2025-03-22/2025-03-23    interval    -
the day before                    -                        not_stated  -
on the eve                        -                        not_stated  -
Mar. 20                           2025-03-20               day         XXXX-03-20
18 August                         2024-08-18               day         XXXX-08-18
the 18th of August                2024-08-18               day         XXXX-08-18
will meet on 18 August            2025-08-18               day         XXXX-08-18
30 March                          2025-03-30               day         XXXX-03-30
29 February                       2024-02-29               day         XXXX-02-29
30 February                       -                        not_stated  -
on 18 August 2025                 2025-08-18               day         2025-08-18
August 18, 2025                   2025-08-18               day         2025-08-18
Tuesday, 18 March                 2025-03-18               day         XXXX-03-18
2025-08-18                        2025-08-18               day         2025-08-18
23.03.2025                        2025-03-23               day         2025-03-23
03/04/2025                        2025                     year        2025
25/04/2025                        2025-04-25               day         2025-04-25
August 2025                       2025-08                  month       2025-08
summer 2025                       2025-22                  season      2025-22
this spring                       2025-21                  season      -
last winter                       -                        not_stated  -
Q1 2026                           2026-01/2026-03          interval    2026-01/2026-03
the second half of 2025           2025-07/2025-12          interval    2025-07/2025-12
since Monday                      2025-03-17/..            interval    -
since January                     2025-01/..               interval    -
since 2022                        2022/..                  interval    2022/..
by the end of 2026                ../2026                  interval    ../2026
by the end of March               ../2025-03               interval    -
by Friday                         ../2025-03-28            interval    -
until 1 June                      ../2025-06-01            interval    -
before 18 August 2024             ../2024-08-17            interval    ../2024-08-17
after 31 December 2024            2025-01-01/..            interval    2025-01-01/..
from 3 to 5 May 2025              2025-05-03/2025-05-05    interval    2025-05-03/2025-05-05
from 3 May 2025 to 5 June 2025    2025-05-03/2025-06-05    interval    2025-05-03/2025-06-05
between January and March         2025-01/2025-03          interval    XXXX-01
"""
ROWS = [re.split(r"\s{2,}", line) for line in CASES.strip().split("\n")]


@pytest.mark.parametrize(("words", "value", "precision", "without"), ROWS, ids=[row[0] for row in ROWS])
def test_a_date_is_read_against_the_day_of_its_text(words: str, value: str, precision: str, without: str) -> None:
    read, alone = dated(words, base=SUNDAY), dated(words, base=NOT_STATED)
    assert read is not None
    assert (read.value or "-", read.precision) == (value, precision)
    assert alone is not None
    assert (alone.value or "-") == without


@pytest.mark.parametrize(
    "words", ["May", "Black Sunday", "by 2000 troops", "no date at all", "1,500", "March on the capital", ""]
)
def test_what_is_no_date_is_none(words: str) -> None:
    assert dates_in(words, base=SUNDAY) == []
    assert dated(words, base=SUNDAY) is None


@pytest.mark.parametrize(
    ("words", "basis"),
    [
        ("18 August", "“18 August”: year not stated; read as past, the last before 2025-03-23"),
        ("on Tuesday", "“on Tuesday”: counted from 2025-03-23, a Sunday, read as past"),
        ("last Tuesday", "one or the other"),
        ("Monday, 18 March 2025", "but that day is a Tuesday"),
        ("03/04/2025", "which number is the day is not stated"),
    ],
)
def test_what_a_date_rests_on_is_said(words: str, basis: str) -> None:
    read = dated(words, base=SUNDAY)
    assert read is not None
    assert basis in read.basis


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("He said on Tuesday it would send troops in July.", ["2025-03-18", "2025-07"]),
        ("The conference is scheduled for February. The truce has held since 9 April.", ["2026-02", "2024-04-09/.."]),
        ("The mission will be sent in January.", ["2026-01"]),
        ("The talks resume on 17 April and the truce was made on 9 May.", ["2025-04-17", "2024-05-09"]),
        ("It will meet on Tuesday and Wednesday.", ["2025-03-25", "2025-03-26"]),
        ("On 15 August, the two met; on 18 August they did not.", ["2024-08-15", "2024-08-18"]),
    ],
)
def test_a_date_is_past_or_to_come_by_the_verb_beside_it(text: str, values: list[str]) -> None:
    assert [read.value for _, _, read in dates_in(text, base=SUNDAY)] == values


def test_a_month_is_no_base_for_days_but_for_months() -> None:
    base = Dated(value="2025-03", precision="month")
    assert [dated(words, base=base).value for words in ("on Tuesday", "last month", "in January")] == [  # type: ignore[union-attr]
        "",
        "2025-02",
        "2025-01",
    ]


GOOD = "2025 2025-03 2025-03-23 2025-21 XXXX-08-18 XXXX-02-29 XXXX-01 ../2025 2025-03/.. 2025-03-01/2025-03-31"
BAD = (
    "25 2025-13 2025-02-30 2025-25 XXXX XXXX-13 XXXX-02-30 ../.. 2025/2024 2025-03-23/ /2025 ../XXXX-01 0000 now 2025-3"
)


def test_only_edtf_as_it_is_written_here_is_taken() -> None:
    assert [value for value in GOOD.split() if not is_edtf(value)] == []
    assert [value for value in ["", "２０２５", *BAD.split()] if is_edtf(value)] == []
    assert is_edtf("2025-03-23T10:00:00Z")
    assert not is_edtf("2025-03-23T25:00:00Z")


WORDS = """since|by the end of|from|to|between|and|last|next|this|the|on|in|before|after|Tuesday|week|month|year|weekend
May|March|18|31|30 February|2025|1999|2d ago|999 weeks ago|twelve years ago|Mar. 20|03/04/2025|2025-08-18|99.99.2099
spring|winter|Q4|said|will|,|.|early"""
PARTS = st.sampled_from(re.split(r"[|\n]", WORDS))
BASES = st.dates().map(lambda day: Dated(value=day.isoformat(), precision="day")) | st.sampled_from(
    [
        NOT_STATED,
        Dated(value="2025-03", precision="month"),
        Dated(value="2025", precision="year"),
        Dated(value="../2025", precision="interval"),
    ]
)


@given(st.lists(PARTS, max_size=12).map(" ".join) | st.text(), BASES)
def test_whatever_is_read_is_edtf_or_not_told_and_lies_where_it_says(text: str, base: Dated) -> None:
    found = dates_in(text, base=base)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
    for start, end, read in found:
        assert is_edtf(read.value) if read.value else read.precision == "not_stated"
        assert text[start:end] in read.basis
        assert ("/" in read.value) == (read.precision == "interval")


@given(st.lists(PARTS, max_size=12).map(" ".join))
def test_without_a_base_nothing_is_counted(text: str) -> None:
    for _, _, read in dates_in(text, base=NOT_STATED):
        years = set(re.findall(r"\b\d{4}", read.value))
        assert years <= {"2025", "1999", "2099", "2000", "2026", "1998", "2024"}, (
            "no year that is not written, or beside one"
        )
