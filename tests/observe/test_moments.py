"""When it happened: never sharper than written, and never guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.observe.sample import CONTEXT, NOW_US, read_row, refused

from truceline.base.errors import InputError
from truceline.base.time import interval_us, stamp, to_us, zone_of
from truceline.observe.moments import moment_us, period_us

SINCE_1950 = st.datetimes(datetime(1950, 1, 1), datetime(2025, 12, 30))  # noqa: DTZ001 - the zone is drawn apart
ZONES = (
    "UTC",
    "Europe/Kyiv",
    "Europe/Moscow",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "+03:00",
)


def period(**cells: str) -> tuple[str, str]:
    row = read_row(**cells)
    earliest_us, latest_us = row["earliest_at_us"], row["latest_at_us"]
    assert isinstance(earliest_us, int)
    assert isinstance(latest_us, int)
    return stamp(earliest_us), stamp(latest_us)


def test_a_date_without_a_time_is_its_whole_local_day() -> None:
    assert period(begins="2025-03-10") == ("2025-03-09T22:00:00Z", "2025-03-10T21:59:59.999999Z")


def test_the_day_on_which_clocks_go_forward_has_23_hours() -> None:
    assert period(date="2025-03-30") == ("2025-03-29T22:00:00Z", "2025-03-30T20:59:59.999999Z")


def test_a_month_is_the_whole_month() -> None:
    assert period(date="2018-07", zone="UTC") == ("2018-07-01T00:00:00Z", "2018-07-31T23:59:59.999999Z")


def test_hours_of_a_date_are_a_part_of_the_day() -> None:
    hours = {"date": "2016-01-17", "from_time": "09:30", "to_time": "14:30", "zone": "UTC"}
    assert period(**hours) == ("2016-01-17T09:30:00Z", "2016-01-17T14:30:59.999999Z")


def test_a_missing_hour_leaves_the_day_open_at_that_end() -> None:
    begun = {"date": "2016-01-17", "from_time": "09:30", "to_time": "", "zone": "UTC"}
    assert period(**begun) == ("2016-01-17T09:30:00Z", "2016-01-17T23:59:59.999999Z")
    ended = {"date": "2016-01-17", "from_time": "", "to_time": "09:30", "zone": "UTC"}
    assert period(**ended) == ("2016-01-17T00:00:00Z", "2016-01-17T09:30:59.999999Z")


def test_an_empty_end_of_an_observation_leaves_the_moment_as_it_is_written() -> None:
    assert period(begins="2025-03-10 19:00", ends="", zone="UTC") == (
        "2025-03-10T19:00:00Z",
        "2025-03-10T19:00:59.999999Z",
    )


def test_begins_and_ends_may_be_written_to_different_precision() -> None:
    wide = {"begins": "2025-03-10", "ends": "2025-03-11 05:00", "zone": "UTC"}
    assert period(**wide) == ("2025-03-10T00:00:00Z", "2025-03-11T05:00:59.999999Z")


def test_a_stated_offset_beats_the_feeds_zone() -> None:
    assert period(begins="2025-03-10T19:00:00+05:00")[0] == "2025-03-10T14:00:00Z"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"begins": "2025-03-10 19:00", "zone": ""}, "naive-time"),
        ({"date": "2025-03-10", "zone": ""}, "naive-time"),
        ({"begins": "--12-04"}, "date-without-year"),
        ({"date": "--06-19"}, "date-without-year"),
        ({"begins": ""}, "not-stated"),
        ({"date": ""}, "not-stated"),
        ({"begins": "yesterday"}, "unreadable-time"),
        ({"begins": "2025-02-30"}, "unreadable-time"),
        ({"begins": "2025-03-10 25:00"}, "unreadable-time"),
        ({"begins": "2025-03-30 03:30"}, "unreadable-time"),
        ({"begins": "2025-03-10 19:00+99:99"}, "unreadable-time"),
        ({"begins": "10.03.2025"}, "unreadable-time"),
        ({"begins": "2025-03-10 19:00", "ends": "2025-03-10 18:00"}, "ends-before-begins"),
        ({"date": "2025-03-10", "from_time": "22:00", "to_time": "02:00"}, "ends-before-begins"),
        ({"begins": "1899-12-31"}, "time-before-1900"),
        ({"begins": "0000-01-01"}, "time-before-1900"),
        ({"begins": "2026-01-03", "zone": "UTC"}, "time-in-the-future"),
        ({"begins": "9999-12-31"}, "unreadable-time"),
        ({"begins": "2205-03-10"}, "time-in-the-future"),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_name(cells: dict[str, str], why: str) -> None:
    assert refused(**cells) == why


def test_a_day_of_grace_allows_for_a_sensors_clock() -> None:
    assert period(begins="2026-01-02", zone="UTC")[0] == "2026-01-02T00:00:00Z"


def test_the_moment_of_reading_is_an_argument() -> None:
    early = replace(CONTEXT, now_us=to_us(datetime(2025, 3, 1, tzinfo=UTC)))
    assert refused(early, begins="2025-03-10") == "time-in-the-future"


def test_an_open_end_is_the_local_day_where_the_caller_says_so() -> None:
    cells = {"begins": "2025-05-08 10:00", "ends": ""}
    latest_us = period_us(cells, zone="Europe/Moscow", now_us=NOW_US, open_end="its day")[1]
    assert stamp(latest_us) == "2025-05-08T20:59:59.999999Z"
    cells = {"begins": "2025-05-08 10:00+03:00", "ends": ""}
    assert period_us(cells, zone=None, now_us=NOW_US, open_end="its day")[1] == latest_us


def test_an_open_end_is_refused_where_the_caller_says_so_unless_a_day_is_stated() -> None:
    with pytest.raises(InputError, match="has no end"):
        period_us({"begins": "2025-05-08 10:00"}, zone="UTC", now_us=None, open_end="refused")
    assert period_us({"begins": "2025-05-08"}, zone="UTC", now_us=None, open_end="refused") == interval_us(
        "2025-05-08", zone="UTC"
    )


@given(
    SINCE_1950,
    st.sampled_from(ZONES),
    st.sampled_from(["%Y-%m", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"]),
    st.sampled_from([0, 1]),
)
def test_an_interval_is_never_narrower_than_what_was_written(local: datetime, zone: str, form: str, fold: int) -> None:
    instant = local.replace(tzinfo=zone_of(zone), fold=fold)
    real = instant.astimezone(UTC).astimezone(zone_of(zone)).replace(tzinfo=None) == local
    assume(real)  # an hour that clocks skip never happened
    first_us, last_us = moment_us(local.strftime(form), zone=zone, now_us=NOW_US, subject="begins")
    assert first_us <= to_us(instant) <= last_us
    unit = {"%M": timedelta(minutes=1), "%d": timedelta(hours=22), "%m": timedelta(days=27)}.get(form[-2:])
    assert last_us - first_us + 1 >= (unit or timedelta(0)) // timedelta(microseconds=1)


@given(SINCE_1950, st.sampled_from(ZONES), st.booleans())
def test_counting_from_midnight_gives_what_the_calendar_gives(local: datetime, zone: str, seconds: bool) -> None:
    text = local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    try:
        expected = interval_us(text, zone=zone)
    except InputError:
        assume(False)
    assert moment_us(text, zone=zone, now_us=None, subject="begins") == expected


@given(
    SINCE_1950,
    SINCE_1950,
    st.sampled_from(["%Y-%m", "%Y-%m-%d", "%Y-%m-%d %H:%M"]),
)
def test_a_period_holds_both_of_its_ends_or_is_refused(first: datetime, last: datetime, form: str) -> None:
    cells = {"begins": first.strftime("%Y-%m-%d %H:%M"), "ends": last.strftime(form)}
    begin_us = interval_us(cells["begins"], zone="UTC")
    end_us = interval_us(cells["ends"], zone="UTC")
    try:
        period = period_us(cells, zone="UTC", now_us=NOW_US)
    except InputError:
        assert end_us[1] < begin_us[0]
    else:
        assert period == (begin_us[0], end_us[1])
