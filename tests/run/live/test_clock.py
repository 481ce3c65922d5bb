"""A clock that jumps lets no deadline pass; time that really went by does, in order."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import LONG, budget
from tests.run.live.simulated import H, S, Simulated, Turned, with_a_case

from truceline.base.errors import OutOfRangeError
from truceline.base.time import interval_us
from truceline.model.entry import Entry
from truceline.record import Record, open_record
from truceline.run.live.clock import Clock
from truceline.run.live.desk import RECORD
from truceline.run.live.operations import opened
from truceline.run.live.writer import Planned

JUMP_S = 60
YEAR_S = 365 * 86_400


@dataclass
class Apart:
    """The wall clock and the steady count, turned one by one."""

    wall_us: int = interval_us("2026-10-05 10:01", zone="UTC")[0]
    steady_us: int = 77

    def wall(self) -> int:
        return self.wall_us

    def steady(self) -> int:
        return self.steady_us

    def passes(self, us: int) -> None:
        self.wall_us += us
        self.steady_us += us

    def clock(self) -> Clock:
        return Clock(jump_s=JUMP_S, wall=self.wall, steady=self.steady)


# by how much the wall clock leaps, s | whether it is believed
LEAPS = [(YEAR_S, False), (-YEAR_S, False), (61, False), (-61, False), (59, True), (0, True)]


@pytest.mark.parametrize(("leap_s", "believed"), LEAPS)
def test_a_leap_of_more_than_a_minute_is_not_believed(leap_s: int, believed: bool) -> None:
    apart = Apart()
    clock, begun_us = apart.clock(), apart.wall_us
    apart.wall_us += leap_s * S
    assert clock.now_us() == (begun_us + leap_s * S if believed else begun_us)
    assert clock.jumped_us == (0 if believed else leap_s * S)
    apart.passes(10 * S)
    assert clock.now_us() == begun_us + (leap_s * S if believed else 0) + 10 * S, "time goes on all the same"


def test_a_small_step_back_lets_time_stand_until_it_is_caught_up() -> None:
    apart = Apart()
    clock, begun_us = apart.clock(), apart.wall_us
    apart.wall_us -= 59 * S
    assert [clock.now_us(), apart.passes(50 * S), clock.now_us()][::2] == [begun_us, begun_us]
    apart.passes(19 * S)
    assert clock.now_us() == begun_us + 10 * S


def test_a_slow_drift_is_followed() -> None:
    apart = Apart()
    clock = apart.clock()
    for _ in range(1000):
        apart.passes(10 * S)
        apart.wall_us += S // 2  # 5 per cent
        clock.now_us()
    assert (clock.now_us(), clock.jumped_us) == (apart.wall_us, 0)


@pytest.mark.parametrize("counted", [True, False], ids=["the count went on", "the count stood still"])
def test_a_machine_that_slept(counted: bool) -> None:
    apart = Apart()
    clock, begun_us = apart.clock(), apart.wall_us
    apart.wall_us += 8 * H
    apart.steady_us += 8 * H if counted else 0
    assert clock.now_us() == begun_us + (8 * H if counted else 0)
    assert (clock.jumped_us == 0) is counted, "without its count nobody can tell sleep from a leap"


def test_a_clock_that_comes_back_is_believed_again() -> None:
    apart = Apart()
    clock = apart.clock()
    apart.wall_us += YEAR_S * S
    clock.now_us()
    apart.wall_us -= YEAR_S * S
    assert (clock.now_us(), clock.jumped_us) == (apart.wall_us, 0)


def test_a_jump_that_a_person_accepts_is_time() -> None:
    apart = Apart()
    clock = apart.clock()
    apart.wall_us += 8 * H
    assert (clock.now_us(), clock.accept()) == (apart.wall_us - 8 * H, 8 * H)
    assert (clock.now_us(), clock.jumped_us) == (apart.wall_us, 0)


def test_a_clock_behind_what_was_written_cannot_be_accepted() -> None:
    apart = Apart()
    clock = apart.clock()
    apart.wall_us -= YEAR_S * S
    before = clock.now_us()
    with pytest.raises(OutOfRangeError, match="the record has come to 2026-10-05"):
        clock.accept()
    apart.passes(10 * S)
    assert clock.now_us() == before + 10 * S, "it would have stood still for a year"


def test_opening_the_record_anew_during_a_jump_moves_no_time() -> None:
    apart = Apart()
    clock, begun_us = apart.clock(), apart.wall_us
    apart.wall_us += YEAR_S * S
    apart.passes(H)
    assert clock.now_us() == begun_us + H
    clock.not_before(begun_us + H)
    assert clock.now_us() == begun_us + H


def test_a_record_that_is_ahead_counts_from_when_that_was_seen() -> None:
    apart = Apart()
    clock, begun_us = apart.clock(), apart.wall_us
    apart.passes(H)  # a large record takes its time to be opened
    clock.not_before(begun_us + 3 * H)
    assert clock.now_us() == begun_us + 3 * H
    apart.passes(S)
    assert clock.now_us() == begun_us + 3 * H + S


READINGS = st.lists(
    st.tuples(st.integers(-3 * JUMP_S * S, 3 * JUMP_S * S), st.integers(0, 3 * JUMP_S * S)), min_size=1, max_size=30
)


@budget(200)
@given(readings=READINGS, asked=st.lists(st.sampled_from(["look", "accept", "open"]), min_size=30, max_size=30))
def test_time_never_goes_back_and_never_runs_ahead_by_more_than_a_jump(
    readings: list[tuple[int, int]], asked: list[str]
) -> None:
    apart = Apart()
    clock = apart.clock()
    said = clock.now_us()
    for (leap_us, passed_us), what in zip(readings, asked, strict=False):
        apart.passes(passed_us)
        apart.wall_us += leap_us
        accepted = False
        if what == "accept":
            try:
                accepted = clock.accept() is not None
            except OutOfRangeError:
                assert apart.wall_us < said - JUMP_S * S
        elif what == "open":
            clock.not_before(said)
        now = clock.now_us()
        assert now >= said
        assert accepted or now - said <= passed_us + JUMP_S * S
        said = now


# --- the desk's timers ------------------------------


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission with a case that waits for the mission to tell it, within the hour."""
    return with_a_case(tmp_path_factory.mktemp("clock") / "mission")


@dataclass
class Leaping(Turned):
    """As `Turned`, and the wall clock may be elsewhere."""

    leapt_us: int = 0

    def wall(self) -> int:
        return self.now_us + self.leapt_us

    def steady(self) -> int:
        return self.now_us


@pytest.fixture
def waiting(begun: Path, tmp_path: Path) -> Iterator[Simulated]:
    shutil.copytree(begun, tmp_path / "mission")
    simulated = Simulated(tmp_path / "mission", clock=Leaping(), judges=False)
    yield simulated
    simulated.close()


def late(simulated: Simulated) -> list[tuple[str, int]]:
    """Steps whose time ran out, and when, of all cases in the order of the record."""
    with open_record(simulated.folder / RECORD, writing=False) as record:
        return [
            (str(entry.detail["step"]), int(str(entry.detail["at_us"])))
            for _, entry in record.entries(kind="case")
            if entry.detail["kind"] == "late"
        ]


def test_no_timer_runs_out_on_a_jump_and_it_does_once_a_person_accepts_it(waiting: Simulated) -> None:
    assert isinstance(waiting.clock, Leaping)
    opened_us = waiting.clock.now_us
    waiting.clock.leapt_us = 2 * H
    waiting.tick()
    assert late(waiting) == []
    assert waiting.desk.clock.jumped_us == 2 * H
    assert waiting.desk.clock.accept() == 2 * H
    waiting.tick()
    assert late(waiting) == [("tell", opened_us + H)]


def test_after_a_standstill_timers_run_out_in_order_each_at_its_own_time(waiting: Simulated) -> None:
    begun_us = waiting.clock.now_us
    waiting.close()
    waiting.clock.on(40 * H)
    waiting.start()
    waiting.tick()
    assert [(step, (at_us - begun_us) // H) for step, at_us in late(waiting)] == [
        ("tell", 1),
        ("look", 7),
        ("visit", 31),
    ]
    with open_record(waiting.folder / RECORD, writing=False) as record:
        known = {entry.known_at for _, entry in record.entries(kind="case") if entry.detail["kind"] == "late"}
    assert known == {"2026-10-07T02:01:00Z"}, "and all were known when it ran again"


def test_a_start_with_a_clock_behind_the_record_goes_on_from_the_record(waiting: Simulated) -> None:
    assert isinstance(waiting.clock, Leaping)
    last_us = waiting.desk.books.last_known_us
    waiting.clock.leapt_us = -YEAR_S * S
    waiting.restart()
    assert waiting.desk.now_us() == last_us
    assert waiting.desk.clock.jumped_us < -300 * 86_400 * S
    waiting.clock.on(2 * H)
    waiting.tick()
    assert late(waiting) == [("tell", last_us + H)], "its hour was counted on"


def test_a_leap_while_it_stood_still_cannot_be_told_from_time(waiting: Simulated) -> None:
    assert isinstance(waiting.clock, Leaping)
    waiting.clock.leapt_us = 2 * H
    waiting.restart()
    waiting.tick()
    assert [step for step, _ in late(waiting)] == ["tell"]


def test_thousands_of_timers_that_are_over_at_once_are_few_appends(
    waiting: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.close()
    declaration = waiting.folder / "truceline.toml"  # nobody is written to: that is not what is counted here
    declaration.write_text(declaration.read_text("utf-8").replace('file = "outgoing/mission"', ""), "utf-8")
    waiting.start()
    desk, count = waiting.desk, 10_000 if LONG else 1_500
    (case,) = desk.books.cases.cases.values()

    def many() -> Planned:
        entries: list[Entry] = []
        for number in range(count):
            opening = replace(case.opening, reading=f"reading {number}")
            entries += opened(desk.books, opening, by="truceline", now_us=desk.now_us()).entries
        return Planned(subject="", entries=entries)

    desk.writer.ask(many).result()
    appends: list[int] = []
    append = Record.append

    def counted(record: Record, entries: list[Entry]) -> range:
        if any(entry.detail.get("kind") == "late" for entry in entries):
            appends.append(len(entries))
        return append(record, entries)

    monkeypatch.setattr(Record, "append", counted)
    waiting.clock.on(H + S)
    waiting.tick()
    assert sum(appends) == count + 1
    assert len(appends) <= 2 + count // 1_000
    assert {case.stands.place for case in desk.books.cases.cases.values()} == {"look"}


def test_a_start_adds_nothing_to_the_record(waiting: Simulated) -> None:
    position = waiting.desk.position
    for _ in range(3):
        waiting.restart()
    assert waiting.desk.position == position
