"""When each bulletin is due: hours in UTC, days at the local cut-off, 23 and 25 hours long where clocks change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.report.bulletin_world import CASE, CLOCK, us

from truceline.base.errors import OutOfRangeError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.bulletin import Level, Reply
from truceline.report.bulletins import (
    Clock,
    bulletin_id,
    final_due_us,
    final_period,
    latest_us,
    next_due,
    period_of,
    periods,
)

HOUR_US = 3_600 * US_PER_S
KYIV_MIDNIGHT = Clock(zone="Europe/Kyiv")

# instant (UTC), clock, begin and end of the day's period (UTC), its hours
DAYS = [
    ("2027-03-04 12:00", CLOCK, "2027-03-03T17:30:00Z", "2027-03-04T17:30:00Z", 24),
    ("2027-03-04 17:30", CLOCK, "2027-03-04T17:30:00Z", "2027-03-05T17:30:00Z", 24),  # the end is not part of it
    ("2027-03-28 12:00", CLOCK, "2027-03-27T17:30:00Z", "2027-03-28T16:30:00Z", 23),  # clocks go forward
    ("2027-10-31 12:00", CLOCK, "2027-10-30T16:30:00Z", "2027-10-31T17:30:00Z", 25),  # clocks go back
    ("2027-03-28 12:00", KYIV_MIDNIGHT, "2027-03-27T22:00:00Z", "2027-03-28T21:00:00Z", 23),
    ("2027-10-31 12:00", KYIV_MIDNIGHT, "2027-10-30T21:00:00Z", "2027-10-31T22:00:00Z", 25),
    # a cut-off at 3:30 does not occur on 28 March: it is an hour on; on 31 October it occurs twice: the first
    ("2027-03-28 00:00", Clock(zone="Europe/Kyiv", cut_off_hour=3, cut_off_minute=30), "2027-03-27T01:30:00Z",
     "2027-03-28T01:30:00Z", 24),
    ("2027-10-31 00:00", Clock(zone="Europe/Kyiv", cut_off_hour=3, cut_off_minute=30), "2027-10-30T00:30:00Z",
     "2027-10-31T00:30:00Z", 24),
    ("2027-03-04 12:00", Clock(zone="Asia/Kolkata", cut_off_hour=6), "2027-03-04T00:30:00Z", "2027-03-05T00:30:00Z",
     24),
    # 30 December did not occur here
    ("2011-12-30 09:00", Clock(zone="Pacific/Apia"), "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", 24),
    ("2011-12-30 11:00", Clock(zone="Pacific/Apia"), "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", 24),
]  # fmt: skip


@pytest.mark.parametrize(("at", "clock", "begin", "end", "hours"), DAYS)
def test_the_daily_bulletin_reaches_from_one_local_cut_off_to_the_next(
    at: str, clock: Clock, begin: str, end: str, hours: int
) -> None:
    day = period_of("RVB", clock=clock, at_us=us(f"{at}Z"))
    assert (stamp(day.from_us), stamp(day.until_us)) == (begin, end)
    assert day.until_us - day.from_us == hours * HOUR_US
    assert day.before_us < day.from_us


def test_hours_and_quarters_of_a_day_are_those_of_utc_and_stay_as_long_when_clocks_change() -> None:
    at_us = us("2027-10-31 01:10Z")
    assert bulletin_id("TL-1", period_of("TL-1", clock=CLOCK, at_us=at_us), "", 2) == "TL-1-2027-10-31T0100Z-2"
    assert bulletin_id("TL-2", period_of("TL-2", clock=CLOCK, at_us=at_us), "", 1) == "TL-2-2027-10-31T0000Z-1"
    assert next_due("TL-1", clock=CLOCK, last_us=at_us) == us("2027-10-31 02:00Z")
    assert next_due("TL-2", clock=CLOCK, last_us=at_us) == us("2027-10-31 06:00Z")


def test_a_flash_is_made_at_the_end_of_the_minute_and_is_late_five_minutes_after_its_begin() -> None:
    minute = period_of("FLASH", clock=CLOCK, at_us=us("2027-03-04 06:12Z") + 59 * US_PER_S)
    assert next_due("FLASH", clock=CLOCK, last_us=minute.from_us) == us("2027-03-04 06:13Z")
    assert latest_us("FLASH", minute) == us("2027-03-04 06:17Z")
    assert minute.before_us == minute.from_us
    assert bulletin_id("FLASH", minute, "", 1) == "FLASH-2027-03-04T0612Z-1"


LEVELS_WITH_CLOCKS = st.sampled_from(["FLASH", "TL-1", "TL-2", "RVB"])
ZONES = st.sampled_from(
    ["Europe/Kyiv", "UTC", "Asia/Kolkata", "America/Bogota", "Pacific/Apia", "Asia/Beirut", "+05:45"]
)
CLOCKS = st.builds(
    lambda zone, hour, minute: Clock(zone=zone, cut_off_hour=hour, cut_off_minute=minute),
    ZONES,
    st.integers(0, 23),
    st.sampled_from([0, 30]),
)
INSTANTS = st.integers(us("2011-01-01 00:00Z"), us("2030-01-01 00:00Z"))


@budget(100)
@given(LEVELS_WITH_CLOCKS, CLOCKS, INSTANTS)
def test_every_instant_is_in_exactly_one_period_and_periods_meet(level: Level, clock: Clock, at_us: int) -> None:
    now = period_of(level, clock=clock, at_us=at_us)
    after = period_of(level, clock=clock, at_us=now.until_us)
    assert now.from_us <= at_us < now.until_us
    assert after.from_us == now.until_us
    assert level == "FLASH" or after.before_us == now.from_us
    assert next_due(level, clock=clock, last_us=at_us) == now.until_us > at_us


def test_after_a_standstill_the_missed_periods_are_named_once_each() -> None:
    missed = periods("RVB", clock=CLOCK, after_us=us("2027-03-26 19:30"), until_us=us("2027-03-29 19:30"))
    assert [stamp(each.until_us) for each in missed] == [
        "2027-03-27T17:30:00Z",
        "2027-03-28T16:30:00Z",
        "2027-03-29T16:30:00Z",
    ]
    assert periods("RVB", clock=CLOCK, after_us=us("2027-03-29 19:30"), until_us=us("2027-03-29 20:00")) == ()


def reply(party: str, at: str) -> Reply:
    return Reply(party=party, at_us=us(at), words="")


# ended, time for replies, replies, when the final bulletin is due
FINALS = [
    ("", "", (), None),
    ("2027-03-06", "", (), "2027-03-06"),
    ("2027-03-06", "2027-03-08", (), "2027-03-08"),  # ended, but the parties still have time
    ("", "2027-03-08", (), "2027-03-08"),  # never ended: their time has passed
    ("2027-03-06", "2027-03-08", (("NORTH", "2027-03-05"),), "2027-03-08"),
    ("2027-03-06", "2027-03-08", (("NORTH", "2027-03-05"), ("SOUTH", "2027-03-07")), "2027-03-07"),
    ("2027-03-06", "", (("NORTH", "2027-03-05"), ("SOUTH", "2027-03-05")), "2027-03-06"),
]


@pytest.mark.parametrize(("ended", "time", "replies", "due"), FINALS)
def test_a_final_bulletin_waits_for_the_replies(ended: str, time: str, replies: tuple, due: str | None) -> None:
    case = replace(
        CASE,
        ended_us=us(ended) if ended else 0,
        replies_due_us=us(time) if time else 0,
        replies=tuple(reply(party, at) for party, at in replies),
    )
    assert final_due_us(case, ("NORTH", "SOUTH")) == (us(due) if due else None)


def test_a_final_bulletin_without_a_released_event_and_a_cut_off_that_is_no_time_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="none of its events"):
        final_period([])
    with pytest.raises(OutOfRangeError, match="25:00"):
        period_of("RVB", clock=Clock(zone="UTC", cut_off_hour=25), at_us=0)
    with pytest.raises(OutOfRangeError, match="final_period"):
        period_of("FIN", clock=CLOCK, at_us=0)
