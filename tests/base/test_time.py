"""Nothing is sharper than its source, and nothing is naive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.errors import NaiveTimeError, UnreadableError
from truceline.base.time import from_us, interval_us, local_days, local_words, stamp

HOUR_US = 3_600_000_000


def words(text, zone):
    return tuple(stamp(each) for each in interval_us(text, zone=zone))


def test_a_date_without_a_time_is_the_whole_local_day():
    assert words("2025-03-10", "Europe/Kyiv") == ("2025-03-09T22:00:00Z", "2025-03-10T21:59:59.999999Z")


def test_a_day_on_which_clocks_change_has_23_or_25_hours():
    spring = interval_us("2025-03-30", zone="Europe/Kyiv")
    autumn = interval_us("2025-10-26", zone="Europe/Kyiv")
    assert (spring[1] - spring[0] + 1, autumn[1] - autumn[0] + 1) == (23 * HOUR_US, 25 * HOUR_US)


def test_an_hour_that_occurs_twice_is_the_interval_of_both():
    first, last = interval_us("2025-10-26 03:30", zone="Europe/Kyiv")
    assert last - first + 1 == HOUR_US + 60_000_000


def test_an_hour_that_never_occurs_is_refused():
    with pytest.raises(UnreadableError, match="clocks went forward"):
        interval_us("2025-03-30 03:30", zone="Europe/Kyiv")


def test_a_minute_a_second_and_a_fraction_are_as_wide_as_written():
    assert [
        interval_us(t, zone="UTC")[1] - interval_us(t, zone="UTC")[0] + 1
        for t in ("2024-02-29 10:00", "2024-02-29T10:00:05", "2024-02-29 10:00:05.25")
    ] == [60_000_000, 1_000_000, 10_000]


def test_a_month_is_the_whole_month():
    assert words("2018-07", "UTC") == ("2018-07-01T00:00:00Z", "2018-07-31T23:59:59.999999Z")
    assert words("2018-12", "UTC")[1] == "2018-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-13-01",
        "2025-04-31",
        "2025-04-01 25:00",
        "9999-12-31",
        "2025-04-01 10:00+99:99",
        "10.03.2025",
        "",
        "yesterday",
    ],
)
def test_a_date_that_cannot_be_is_refused(text):
    with pytest.raises(UnreadableError):
        interval_us(text, zone="UTC")


def test_a_time_without_a_zone_is_refused_with_a_remedy():
    with pytest.raises(NaiveTimeError, match="zone = "):
        interval_us("2025-03-10 19:00", zone=None)
    assert words("2025-03-10 19:00+03:00", None)[0] == "2025-03-10T16:00:00Z"


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_stamp_reads_back_as_the_instant_it_came_from(instant_us):
    first, _ = interval_us(stamp(instant_us), zone=None)
    assert first == instant_us
    assert stamp(instant_us) == stamp(first)
    assert from_us(instant_us).utcoffset().total_seconds() == 0


def test_words_for_people_are_in_their_zone():
    assert local_words(1_745_074_800, "Europe/Moscow") == "19 Apr 2025 18:00"


def test_local_days_begin_at_local_midnight_also_over_a_change_of_clocks():
    first_us, until_us = (interval_us(text, zone="UTC")[0] for text in ("2025-03-29 12:00", "2025-03-30 21:00"))
    begins = [(str(day), stamp(begin_us)) for day, begin_us in local_days(first_us, until_us, "Europe/Kyiv")]
    assert begins == [("2025-03-29", "2025-03-28T22:00:00Z"), ("2025-03-30", "2025-03-29T22:00:00Z")]
    assert len(local_days(first_us, until_us + 1, "Europe/Kyiv")) == 3
