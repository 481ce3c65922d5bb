"""Windows that are owed: where they begin, when they are met, missed or open, and which still lie ahead."""

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.errors import UnreadableError
from truceline.base.time import interval_us
from truceline.mandate import parse_mandate
from truceline.model.batch import table
from truceline.model.coverage import OWED, STRETCHES, WATCHED
from truceline.model.plan import Revisit
from truceline.model.spot import Need, Signature, Spots
from truceline.model.view import VIEWS
from truceline.plan.covered import covered, watched
from truceline.plan.owed import (
    Duty,
    Horizon,
    Visit,
    demands_of,
    duties_of,
    owed,
    own_duties,
    reach_of,
)

HOUR_US, SECOND_US = 3_600_000_000, 1_000_000
PERSON = Signature(name="person", size_m=0.5, stays_s=900, means=("uav_image", "camera", "patrol", "site_visit"))
TEXT = """mandate "T" in force 2031-05-01T00:00
zone UTC
{coverage}
party A "side A" baseline L
party B "side B" baseline L
body M "the mission" monitors by uav_image camera site_visit
line L "l" left A right B
site stores "s" verified by M
weapons FORCES = personnel
clause STRIP cites "2" prohibited A B present FORCES within 2km of L from entry + 3d
clause SKY cites "3" prohibited A fly any
watch DAY cites "8" every 4h for STRIP by uav_image camera {term}
watch STORES cites "8" every 15d in stores by site_visit
watch NOWHERE cites "8" every 4h for SKY
"""
STRETCHES_HERE = table(
    [
        {"stretch_id": f"L {n}", "feature": "L", "number": n, "from_m": 2_000 * n, "until_m": 2_000 * (n + 1)}
        for n in range(3)
    ]
    + [{"stretch_id": "stores", "feature": "stores", "number": 0, "from_m": 0, "until_m": 0}],
    STRETCHES,
)
IDS = STRETCHES_HERE["stretch_id"].to_pylist()


def at_us(text: str) -> int:
    return interval_us(text, zone="UTC")[0]


def mandate(*, coverage: str = "coverage >= 0.70", term: str = ""):
    return parse_mandate(TEXT.format(coverage=coverage, term=term), name="t", source="t.truce")


def ground() -> Spots:
    """Two spots on each side of each of three stretches of 2 km, and one in the stores."""
    rows = [(n, side, east) for n in range(3) for side in (1, -1) for east in (500.0, 1_500.0)]
    lon = [30.0 + (2_000 * n + east) / 71_600 for n, _, east in rows] + [30.0]
    lat = [50.0 + side * 1_000 / 111_200 for _, side, _ in rows] + [50.2]
    return Spots(
        lon_deg=np.array(lon),
        lat_deg=np.array(lat),
        stretch=np.array([n for n, _, _ in rows] + [3], np.int64),
        side=np.array([side for _, side, _ in rows] + [0], np.int64),
        distance_m=np.array([1_000.0] * len(rows) + [0.0]),
        weight_m2=np.ones(len(rows) + 1),
    )


SPOTS = ground()
STRIP = Need(mandate="t", clause="STRIP", signature=PERSON, at=SPOTS.side != 0, from_us=0, until_us=at_us("2040-01-01"))
STORES = replace(STRIP, clause="", at=SPOTS.side == 0)


def over(begin: str, end: str, known: str = "2039-01-01") -> Horizon:
    return Horizon(from_us=at_us(begin), until_us=at_us(end), known_at_us=at_us(known))


def duties(horizon: Horizon, **text: str) -> tuple[Duty, ...]:
    return duties_of(mandate(**text), horizon=horizon, needs=(STRIP,), places={"stores": STORES})


def seen(duty: Duty, shares: dict[tuple[int, int, int], int], default: int = 0) -> pa.Table:
    """WATCHED of a duty: `shares` by stretch, side and number of the window; elsewhere `default`."""
    rows = []
    for stretch, side in sorted(
        {*zip(SPOTS.stretch[duty.need.at].tolist(), SPOTS.side[duty.need.at].tolist(), strict=True)}
    ):
        for number, begun_us in enumerate(range(duty.need.from_us, duty.need.until_us, duty.every_us)):
            rows.append(
                {
                    "mandate": duty.mandate,
                    "clause": duty.key,
                    "stretch_id": IDS[stretch],
                    "side": side,
                    "earliest_at_us": begun_us,
                    "latest_at_us": begun_us + duty.every_us - 1,
                    "share_permille": shares.get((stretch, side, number), default),
                    "state": "observed",
                }
            )
    return table(rows, WATCHED)


def states(found: pa.Table, duty: str, stretch: str) -> list[str]:
    return [row["state"] for row in found.to_pylist() if (row["duty"], row["stretch_id"]) == (duty, stretch)]


def test_windows_begin_when_the_clause_binds_and_are_tiled_over_the_time_that_is_asked_about() -> None:
    horizon = over("2031-05-01", "2031-05-05")
    day, stores = duties(horizon)
    found = owed((day, stores), horizon=horizon, watched=seen(day, {})).to_pylist()
    mine = [row for row in found if (row["duty"], row["stretch_id"]) == ("DAY", "L 0")]
    assert [row["earliest_at_us"] for row in mine] == [at_us("2031-05-04") + n * 4 * HOUR_US for n in range(6)], (
        "the clause binds from the fourth of May on, though the mandate is in force from the first"
    )
    assert all(row["latest_at_us"] == row["earliest_at_us"] + 4 * HOUR_US - 1 for row in mine)
    assert len({row["owed_id"] for row in found}) == len(found) == 18
    assert mine[0]["owed_id"] == "t/DAY/STRIP/L 0/2031-05-04T00:00Z"


def test_a_window_that_only_overlaps_the_time_that_is_asked_about_is_whole() -> None:
    horizon = over("2031-05-06T01:00", "2031-05-06T05:00")
    day = duties(horizon)[0]
    found = owed((day,), horizon=horizon, watched=seen(day, {})).to_pylist()
    assert {row["earliest_at_us"] for row in found} == {at_us("2031-05-06T00:00"), at_us("2031-05-06T04:00")}


def test_what_is_left_at_the_end_of_a_duty_is_not_owed() -> None:
    horizon = over("2031-05-04", "2031-05-05")
    day = duties(horizon, term="until 2031-05-04T07:00")[0]
    found = owed((day,), horizon=horizon, watched=seen(day, {})).to_pylist()
    assert {row["earliest_at_us"] for row in found} == {at_us("2031-05-04T00:00")}
    assert not [each for each in duties(horizon, term="until 2031-05-04T03:00") if each.name == "DAY"]


def test_a_window_is_met_only_where_both_sides_were_seen() -> None:
    horizon = over("2031-05-04", "2031-05-05", known="2031-05-04T10:00")
    day = duties(horizon)[0]
    shares = {(0, 1, 0): 900, (0, -1, 0): 700, (1, 1, 0): 900, (1, -1, 0): 699, (2, 1, 4): 800, (2, -1, 4): 800}
    found = owed((day,), horizon=horizon, watched=seen(day, shares))
    assert states(found, "DAY", "L 0") == ["met", "missed", "open", "open", "open", "open"]
    assert states(found, "DAY", "L 1") == ["missed", "missed", "open", "open", "open", "open"]
    assert states(found, "DAY", "L 2")[4] == "met", "what was seen early is met before its window ends"
    of_first = [row for row in found.to_pylist() if row["stretch_id"] == "L 0"]
    assert of_first[0]["share_permille"] == 700, "of two sides the lower"


def test_the_share_that_the_mandate_names_decides_and_seven_tenths_where_it_names_none() -> None:
    horizon = over("2031-05-04", "2031-05-05")
    for coverage, share, state in (
        ("coverage >= 0.90", 899, "missed"),
        ("coverage >= 0.90", 900, "met"),
        ("", 699, "missed"),
        ("", 700, "met"),
        ("coverage >= 0.0", 0, "missed"),
    ):
        day = duties(horizon, coverage=coverage)[0]
        assert set(states(owed((day,), horizon=horizon, watched=seen(day, {}, share)), "DAY", "L 1")) == {state}


def test_a_window_of_which_nothing_is_known_has_no_share_and_is_not_met() -> None:
    horizon = over("2031-05-04", "2031-05-05", known="2031-05-04T10:00")
    day = duties(horizon)[0]
    known = seen(day, {}, 1_000)
    kept = known.filter(pa.array([row["side"] == 1 or row["stretch_id"] != "L 0" for row in known.to_pylist()]))
    assert states(owed((day,), horizon=horizon, watched=kept), "DAY", "L 0") == ["met"] * 6, (
        "one side is all its ground"
    )
    later = known.filter(pa.array([us >= at_us("2031-05-04T03:00") for us in known["earliest_at_us"].to_pylist()]))
    first, second = owed((day,), horizon=horizon, watched=later).to_pylist()[:2]
    assert (first["state"], first["share_permille"]) == ("missed", None)
    assert (second["state"], second["share_permille"]) == ("met", 1_000), "its share stands in the hour before it"
    assert owed((day,), horizon=horizon, watched=WATCHED.empty_table()).num_rows == 0


def test_a_place_is_inspected_itself() -> None:
    horizon = over("2031-05-20", "2031-05-21", known="2031-05-21")
    stores = duties(horizon)[1]
    found = owed((stores,), horizon=horizon, watched=seen(stores, {(3, 0, 0): 990})).to_pylist()
    assert [(row["kind"], row["clause"], row["stretch_id"], row["state"]) for row in found] == [
        ("inspection", "", "stores", "met")
    ]
    assert found[0]["earliest_at_us"] == at_us("2031-05-16")
    assert stores.need.signature.means == ("site_visit",), "only the means that the watch names count"


def test_a_clause_whose_ground_has_no_end_has_no_windows() -> None:
    assert [each.name for each in duties(over("2031-05-20", "2031-05-21"))] == ["DAY", "STORES"]


# --- with looks -------------------------------------------------------------------------------------------


def look(moment: str, *, lon_deg: float = 30.0419, wide_deg: float = 0.05, **other: object) -> dict[str, object]:
    """A drone's pass of five minutes over all three stretches, by day and in good air."""
    low, high = lon_deg - wide_deg, lon_deg + wide_deg
    return {
        "view_id": moment,
        "source_id": "drones",
        "sensor": moment,
        "means": "uav_image",
        "spectrum": "thermal",
        "earliest_at_us": at_us(moment),
        "latest_at_us": at_us(moment) + 300 * SECOND_US,
        "ring_deg": [low, 49.9, high, 49.9, high, 50.1, low, 50.1],
        "lon_deg": lon_deg,
        "lat_deg": 50.0,
        "above_ground_m": 3_000.0,
        "resolution_mm": 10,
        "visibility_m": 30_000.0,
        "disturbed": "",
    } | other


def after(looks: list[dict[str, object]], horizon: Horizon) -> list[str]:
    """States of the windows of DAY over the first stretch, from the looks themselves."""
    day = duties(horizon)[0]
    found = covered(table(looks, VIEWS), spots=SPOTS, needs=[day.need], span_us=reach_of((day,)))
    return states(owed((day,), horizon=horizon, watched=watched(found, stretch_ids=IDS)), "DAY", "L 0")


MAY_10 = over("2031-05-10", "2031-05-11")


def test_one_short_pass_meets_the_window_that_it_falls_into_and_no_other() -> None:
    assert after([look("2031-05-10T09:20")], MAY_10) == ["missed", "missed", "met", "missed", "missed", "missed"]


def test_a_pass_at_the_very_beginning_of_a_window_meets_it() -> None:
    assert after([look("2031-05-10T08:00")], MAY_10) == ["missed", "missed", "met", "missed", "missed", "missed"]


def test_passes_that_are_never_farther_apart_than_the_duty_meet_every_window_wherever_they_fall() -> None:
    for minute in (0, 10, 30, 50):
        looks = [look(f"2031-05-{day}T{hour:02}:{minute:02}") for day in ("09", "10") for hour in range(3, 24, 4)]
        assert after(looks, over("2031-05-10", "2031-05-10T20:00")) == ["met"] * 5, minute


def test_looks_at_two_halves_of_a_stretch_add_up_and_two_looks_at_one_half_do_not() -> None:
    west = {"lon_deg": 30.0, "wide_deg": 0.0139}
    east = {"lon_deg": 30.0278, "wide_deg": 0.0139}
    assert after([look("2031-05-10T09:20", **west), look("2031-05-10T10:20", **east)], MAY_10)[2] == "met"
    assert after([look("2031-05-10T09:20", **west), look("2031-05-10T10:20", **west)], MAY_10)[2] == "missed"


def test_a_look_by_means_that_the_watch_does_not_name_meets_nothing() -> None:
    on_foot = look("2031-05-10T09:20", means="patrol", spectrum="visible")
    assert set(after([on_foot], MAY_10)) == {"missed"}
    assert after([on_foot | {"means": "camera"}], MAY_10)[2] == "met", "the same look by a means that it names"


# --- visits -----------------------------------------------------------------------------------------------


def visit(done: str | None, due: str = "2031-05-10T06:00") -> Visit:
    done_us = None if done is None else at_us(done)
    return Visit(mandate="t", case_id="case-1", step="look", clause="STRIP", place="L 1", done_us=done_us,
                 from_us=at_us("2031-05-10T00:00"), due_us=at_us(due))  # fmt: skip


@pytest.mark.parametrize(
    ("done", "known", "state"),
    [
        ("2031-05-10T05:00", "2031-05-10T08:00", "met"),
        ("2031-05-10T06:00:00", "2031-05-10T08:00", "met"),
        ("2031-05-10T06:00:01", "2031-05-10T08:00", "missed"),
        (None, "2031-05-10T08:00", "missed"),
        (None, "2031-05-10T05:59", "open"),
        (None, "2031-05-10T06:00:00.999999", "open"),
        (None, "2031-05-10T06:00:01", "missed"),
    ],
)
def test_a_visit_is_owed_until_the_last_second_of_its_term(done: str | None, known: str, state: str) -> None:
    horizon = over("2031-05-10", "2031-05-11", known)
    found = owed((), horizon=horizon, watched=WATCHED.empty_table(), visits=(visit(done),)).to_pylist()
    assert [(row["kind"], row["duty"], row["stretch_id"], row["state"]) for row in found] == [
        ("visit", "look", "L 1", state)
    ]


def test_a_visit_without_a_term_or_outside_the_time_that_is_asked_about_is_not_listed() -> None:
    none = WATCHED.empty_table()
    assert owed((), horizon=MAY_10, watched=none, visits=(replace(visit(None), due_us=0),)).num_rows == 0
    assert owed((), horizon=over("2031-05-11", "2031-05-12"), watched=none, visits=(visit(None),)).num_rows == 0


# --- what lies ahead --------------------------------------------------------------------------------------


def ahead(horizon: Horizon, met: pa.Table | None = None) -> set[tuple[str, str, int]]:
    every = duties(horizon)
    found = demands_of(every, horizon=horizon, spots=SPOTS, stretches=STRETCHES_HERE, met=met)
    assert (found.until_us - found.from_us == [every[at].every_us for at in found.duty]).all()
    return {
        (every[duty].name, IDS[stretch], begun_us)
        for duty, stretch, begun_us in zip(found.duty, found.stretch, found.from_us, strict=True)
    }


def test_the_windows_ahead_are_those_that_are_owed_less_those_that_are_met_or_over() -> None:
    horizon = over("2031-05-10", "2031-05-11", known="2031-05-10T09:00")
    day, stores = duties(horizon)
    looked = pa.concat_tables([seen(day, {(1, 1, 3): 900, (1, -1, 3): 900}), seen(stores, {(3, 0, 0): 0})])
    found = owed((day, stores), horizon=horizon, watched=looked, visits=(visit(None),))
    rows = {(row["duty"], row["stretch_id"], row["earliest_at_us"]): row["state"] for row in found.to_pylist()}
    assert ahead(horizon) == {each for each in rows if each[0] != "look"}
    assert ahead(horizon, found) == {each for each, state in rows.items() if state == "open" and each[0] != "look"}
    assert len(ahead(horizon, found)) == 3 * 4 - 1 + 1


def test_without_duties_nothing_is_owed_and_nothing_lies_ahead() -> None:
    assert owed((), horizon=MAY_10, watched=WATCHED.empty_table()).schema == OWED
    assert len(demands_of((), horizon=MAY_10, spots=SPOTS, stretches=STRETCHES_HERE)) == 0
    assert reach_of(()) == (0, 0)


def own(*revisits: Revisit) -> tuple[Duty, ...]:
    return own_duties(revisits, horizon=MAY_10, needs=(STRIP,), spots=SPOTS, stretches=STRETCHES_HERE)


def test_a_duty_of_the_missions_own_is_for_its_kilometres_and_has_its_weight() -> None:
    (duty,) = own(Revisit(name="bridge", clauses=("STRIP", "OTHER"), every="6h", weight=2.5, line="L", from_km=2.5,
                          until_km=4.0))  # fmt: skip
    found = demands_of((duty,), horizon=MAY_10, spots=SPOTS, stretches=STRETCHES_HERE)
    assert {IDS[at] for at in found.stretch} == {"L 1"}
    assert found.from_us.tolist() == [at_us("2031-05-10") + n * 6 * HOUR_US for n in range(4)]
    assert set(found.weight) == {2.5}
    assert owed((duty,), horizon=MAY_10, watched=seen(duty, {}))["mandate"].to_pylist() == [""] * 4


@pytest.mark.parametrize("every", ["", "59min", "1", "h", "4 h", "1month", "-4h", "٤h"])
def test_a_time_that_cannot_be_is_refused_with_what_to_write(every: str) -> None:
    with pytest.raises(UnreadableError, match="every"):
        own(Revisit(name="bridge", clauses=("STRIP",), every=every))


# --- any text and time ------------------------------------------------------------------------------------

hours = st.integers(0, 24 * 40)


@budget(60)
@given(hours, st.integers(1, 24 * 20), hours, st.integers(0, 2**32))
def test_windows_do_not_overlap_leave_no_gap_and_say_what_their_hour_says(first, length, known, seed) -> None:
    entry_us = at_us("2031-05-01")
    horizon = Horizon(
        from_us=entry_us + first * HOUR_US,
        until_us=entry_us + (first + length) * HOUR_US,
        known_at_us=entry_us + known * HOUR_US,
    )
    chance = random.Random(seed)
    for duty in duties(horizon):
        shares = {(n, side, window): chance.randrange(1_001) for n in range(4) for side in (1, 0, -1)
                  for window in range(130)}  # fmt: skip
        rows = owed((duty,), horizon=horizon, watched=seen(duty, shares)).to_pylist()
        stretches = sorted({row["stretch_id"] for row in rows})
        for stretch_id in stretches:
            mine = [row for row in rows if row["stretch_id"] == stretch_id]
            begun = [row["earliest_at_us"] for row in mine]
            assert [b - a for a, b in pairwise(begun)] == [duty.every_us] * (len(begun) - 1)
            assert begun[0] <= max(horizon.from_us, duty.from_us) < begun[0] + duty.every_us
            assert begun[-1] < horizon.until_us <= begun[-1] + duty.every_us
            sides = {"stores": (0,)}.get(stretch_id, (1, -1))
            for window, row in enumerate(mine):
                share = min(shares[IDS.index(stretch_id), side, window] for side in sides)
                over_by = row["latest_at_us"] < horizon.known_at_us
                assert row["share_permille"] == share
                assert row["state"] == ("met" if share >= 700 else "missed" if over_by else "open")
