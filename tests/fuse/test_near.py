"""Reports that agree in time, place and kind are one event; nothing chains, and what is not clear stands alone."""

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.fuse.reports import EAST_M_PER_DEG, LON_DEG, T0_US, UNPLACED, Row, near, observed, report, together

from truceline.base.units import US_PER_S
from truceline.fuse import fuse
from truceline.fuse.ids import canonical_order
from truceline.model.vocabulary import leaves_of

ONE = report("one", "post-1")

CASES: list[tuple[str, Row, bool]] = [
    ("another post, the same second, the same place", report("two", "post-2"), True),
    ("the same post: its two rows are two happenings", report("two", "post-1"), False),
    ("170 m away, as far as both errors allow (173 m)", report("two", "post-2", east_m=170), True),
    ("176 m away, more than both errors allow", report("two", "post-2", east_m=176), False),
    ("times that touch: 2 s later, 1 s of error each", report("two", "post-2", 2), True),
    ("times that do not meet", report("two", "post-2", 2.1), False),
    ("another act", report("two", "post-2", act="strike"), False),
    ("an act that is not stated", report("two", "post-2", act=""), True),
    ("parties that share nobody", report("two", "post-2", parties=["Q"]), True),
    ("a class where none was stated", report("two", "post-2", weapon_class="mortar"), True),
    ("nobody was seen", report("two", "post-2", count_lo=0, count_hi=0), False),
    ("an item of a dated inventory", report("two", "post-2", inventory="may"), False),
    ("no place", report("two", "post-2", **UNPLACED), False),
    ("no time", report("two", "post-2", earliest_at_us=None, latest_at_us=None), False),
    ("a witness: 2 km, 5 minutes", report("two", "witness", 60, half_s=300, sigma_m=800, east_m=900), True),
    ("as wide as a day", report("two", "paper", half_s=40_000), False),
    ("as wide as a province", report("two", "paper", sigma_m=20_000), False),
]


@pytest.mark.parametrize(("two", "joined"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_two_reports_are_one_event_where_nothing_that_both_state_keeps_them_apart(two: Row, joined: bool) -> None:
    assert together(near(ONE, two)) == ([["one", "two"]] if joined else [["one"], ["two"]])


KINDS: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("a group and its leaf", {"weapon_class": "drone"}, {"weapon_class": "strike_drone"}, True),
    ("two leaves", {"weapon_class": "recon_drone"}, {"weapon_class": "strike_drone"}, False),
    ("two systems", {"weapon_system": "D-30"}, {"weapon_system": "2A65"}, False),
    ("two objects", {"object_kind": "school"}, {"object_kind": "port"}, False),
    ("calibres that meet", {"calibre_lo_mm": 82, "calibre_hi_mm": 120}, {"calibre_lo_mm": 120}, True),
    ("calibres that do not", {"calibre_lo_mm": 82, "calibre_hi_mm": 82}, {"calibre_lo_mm": 120}, False),
    ("a party in common", {"parties": ["P", "Q"]}, {"parties": ["Q", "R"]}, True),
    ("no party in common", {"parties": ["P"]}, {"parties": ["Q"]}, False),
    ("other numbers, for people count differently", {"count_lo": 3, "count_hi": 3}, {"count_lo": 5}, True),
]


@pytest.mark.parametrize(("one", "two", "joined"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS])
def test_what_both_state_of_the_kind_must_be_able_to_be_one(one: Any, two: Any, joined: bool) -> None:
    found = near(report("one", "post-1", **one), report("two", "post-2", **two))
    assert len(found) == (1 if joined else 2)


def test_without_being_asked_nothing_is_joined_by_time_and_place() -> None:
    assert fuse(observed([ONE, report("two", "post-2")])).num_rows == 2


def test_three_shots_in_a_row_do_not_become_one_by_way_of_the_middle_one() -> None:
    shots = [report(f"shot-{n}", f"post-{n}", 1.5 * n) for n in range(3)]
    assert together(near(*shots)) == [["shot-0", "shot-1"], ["shot-2"]]
    places = [report(f"shot-{n}", f"post-{n}", east_m=150 * n) for n in range(3)]
    assert together(near(*places)) == [["shot-0", "shot-1"], ["shot-2"]]


def test_three_reports_that_share_a_party_two_by_two_but_none_together_are_not_one() -> None:
    rows = [report(f"r-{n}", f"post-{n}", parties=pair) for n, pair in enumerate((["P", "Q"], ["Q", "R"], ["P", "R"]))]
    assert together(near(*rows)) == [["r-0", "r-1"], ["r-2"]]
    wide = [row | {"latest_at_us": row["earliest_at_us"] + 300 * US_PER_S} for row in rows]
    assert together(near(*wide)) == [["r-0"], ["r-1"], ["r-2"]]


def test_a_report_goes_to_the_nearest_of_two_events() -> None:
    a, b = report("a", "post-1", east_m=-100), report("b", "post-1", east_m=120)
    assert together(near(a, b, report("c", "post-2", east_m=20))) == [["a"], ["b", "c"]]


def test_a_witness_who_may_have_heard_either_of_two_shots_stands_alone_and_says_so() -> None:
    first, second = report("first", "post-1", 0), report("second", "post-1", 120)
    witness = report("heard", "witness", 60, half_s=300, sigma_m=800)
    found = near(first, second, witness)
    assert together(found) == [["first"], ["heard"], ["second"]]
    ids = {event["members"][0]: event["event_id"] for event in found}
    assert [event["could_be"] for event in found if event["members"] == ["heard"]] == [
        sorted([ids["first"], ids["second"]])
    ]
    assert all(not event["could_be"] for event in found if event["members"] != ["heard"])


def test_two_witnesses_support_one_shot_and_two_rows_of_one_witness_do_not() -> None:
    wide = {"half_s": 300, "sigma_m": 800}
    heard = [report("heard-1", "anton", 10, **wide), report("heard-2", "berta", 20, **wide)]
    assert together(near(ONE, *heard)) == [["heard-1", "heard-2", "one"]]
    again = report("heard-3", "anton", 15, **wide)
    (alone,) = [event for event in near(ONE, *heard, again) if "one" not in event["members"]]
    assert alone["members"] == ["heard-3"]
    assert len(alone["could_be"]) == 1


def test_witnesses_alone_are_one_event_where_all_of_them_agree_and_nobody_else_could() -> None:
    wide = {"half_s": 300, "sigma_m": 800}
    a, b = report("a", "anton", 0, **wide), report("b", "berta", 100, **wide)
    assert together(near(a, b)) == [["a", "b"]]
    later = report("c", "clara", 700, **wide)
    found = near(a, b, later)
    assert together(found) == [["a"], ["b"], ["c"]], "the third agrees with one of the two only"
    assert [len(event["could_be"]) for event in found] == [1, 2, 1]


def test_a_flood_of_wide_reports_stays_apart_and_names_a_few() -> None:
    flood = [report(f"r-{n}", f"s-{n % 9}", n % 7, half_s=1_200, sigma_m=2_000) for n in range(600)]
    found = near(*flood)
    assert len(found) == 600
    assert {len(event["could_be"]) for event in found} == {10}


def test_what_reporters_state_to_be_one_stays_one_and_takes_others_in() -> None:
    stated = [report("a", "post-1", happening="H"), report("b", "paper", happening="H", **UNPLACED)]
    assert together(near(*stated, report("c", "post-2"))) == [["a", "b", "c"]]
    assert together(near(*stated, report("c", "paper"))) == [["a", "b"], ["c"]], "that source speaks already"


def test_reports_of_both_sides_of_a_cell_of_the_grid_meet() -> None:
    for east_m in (-3_000, -1, 0, 1, 3_000):
        place = {"sigma_m": 700.0, "half_s": 100}
        a, b = report("a", "p", east_m=east_m, **place), report("b", "q", east_m=east_m + 2_000, north_m=700, **place)
        assert together(near(a, b)) == [["a", "b"]]


# --- the definition once more, plainly --------------------------------------------------------------------


def located(row: Row) -> bool:
    return (
        row["lon_deg"] is not None
        and row["latest_at_us"] - row["earliest_at_us"] <= 3_600 * US_PER_S
        and 2.4477468 * math.sqrt(row["cov_ee_m2"]) <= 10_000
    )


def is_sharp(row: Row) -> bool:
    width_us = row["latest_at_us"] - row["earliest_at_us"]
    return located(row) and width_us <= 60 * US_PER_S and 2.4477468 * math.sqrt(row["cov_ee_m2"]) <= 1_000


def place_squares(one: Row, other: Row) -> float:
    east_m = (other["lon_deg"] - one["lon_deg"]) * EAST_M_PER_DEG
    return east_m**2 / (one["cov_ee_m2"] + other["cov_ee_m2"] + 1)


def time_squares(one: Row, other: Row) -> float:
    spans_us = [(row["earliest_at_us"], row["latest_at_us"]) for row in (one, other)]
    middle_us = [(begins + ends) / 2 for begins, ends in spans_us]
    half_us = [(ends - begins) / 2 for begins, ends in spans_us]
    return 1.96**2 * (middle_us[0] - middle_us[1]) ** 2 / ((half_us[0] + 1) ** 2 + (half_us[1] + 1) ** 2)


def can_be_one(one: Row, other: Row) -> bool:
    if one["source_id"] == other["source_id"]:
        return False
    if one["earliest_at_us"] > other["latest_at_us"] or other["earliest_at_us"] > one["latest_at_us"]:
        return False
    if one["act"] and other["act"] and one["act"] != other["act"]:
        return False
    if not leaves_of(one["weapon_class"]) & leaves_of(other["weapon_class"]):
        return False
    if one["parties"] and other["parties"] and not set(one["parties"]) & set(other["parties"]):
        return False
    return None in (one["lon_deg"], other["lon_deg"]) or place_squares(one, other) <= 5.9914645


def fit(group: list[Row], other: list[Row]) -> bool:
    stated = [set(row["parties"]) for row in (*group, *other) if row["parties"]]
    pairs = list(itertools.product(group, other))
    met = any(located(a) and located(b) and can_be_one(a, b) for a, b in pairs)
    return met and all(can_be_one(a, b) for a, b in pairs) and (not stated or bool(set.intersection(*stated)))


def plainly(rows: list[Row]) -> list[list[str]]:
    """The same association in the slowest and plainest way: every group asked about every other."""
    groups: dict[object, list[Row]] = {}
    for row in sorted(rows, key=canonical_order):
        groups.setdefault(row["happening"] or ("alone", row["observation_id"]), []).append(row)
    whole = [group for group in groups.values() if all(row["count_hi"] != 0 for row in group)]
    apart = [group for group in groups.values() if group not in whole]
    events: list[list[Row]] = []
    for group in (group for group in whole if any(map(is_sharp, group))):
        fitting = [event for event in events if fit(group, event)]
        if fitting:
            min(fitting, key=lambda event: (mean_squares(group, event), canonical_order(event[0]))).extend(group)
        else:
            events.append(list(group))
    wide = [group for group in whole if not any(map(is_sharp, group))]
    before = [list(event) for event in events]
    left = []
    for group in wide:
        fitting_at = [number for number, event in enumerate(before) if fit(group, event)]
        if len(fitting_at) == 1 and fit(group, events[fitting_at[0]]):
            events[fitting_at[0]].extend(group)
        elif fitting_at:
            apart.append(group)
        else:
            left.append(group)
    return sorted(sorted(row["observation_id"] for row in group) for group in [*events, *apart, *cliques(left)])


def mean_squares(group: list[Row], event: list[Row]) -> float:
    squares = [
        place_squares(a, b) + time_squares(a, b)
        for a, b in itertools.product(group, event)
        if located(a) and located(b) and can_be_one(a, b)
    ]
    return sum(squares) / len(squares)


def cliques(left: list[list[Row]]) -> list[list[Row]]:
    around = [{m for m, other in enumerate(left) if m == n or fit(group, other)} for n, group in enumerate(left)]
    found: list[list[Row]] = []
    for n in range(len(left)):
        stated = [set(row["parties"]) for m in around[n] for row in left[m] if row["parties"]]
        if all(around[m] == around[n] for m in around[n]) and (not stated or set.intersection(*stated)):
            if n == min(around[n]):
                found.append([row for m in around[n] for row in left[m]])
        else:
            found.append(left[n])
    return found


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source_id": st.sampled_from(["s-1", "s-2", "s-3", "s-4"]),
            "at_s": st.integers(0, 12),
            "half_s": st.sampled_from([1, 1, 2, 300]),
            "east_m": st.sampled_from([0, 90, 220, 1_900]),
            "sigma_m": st.sampled_from([20.0, 60.0, 200.0, 900.0]),
            "act": st.sampled_from(["fire", "fire", "", "strike"]),
            "happening": st.sampled_from(["", "", "", "H"]),
            "weapon_class": st.sampled_from(["", "drone", "strike_drone", "mortar"]),
            "parties": st.sampled_from([[], [], ["P"], ["P", "Q"], ["Q", "R"], ["P", "R"]]),
            "count_hi": st.sampled_from([None, None, None, 0]),
            "placed": st.sampled_from([True, True, True, False]),
        }
    ),
    max_size=9,
)


def made(drawn: list[dict[str, Any]]) -> list[Row]:
    rows = []
    for number, each in enumerate(drawn):
        more = dict(each)
        source, at_s, placed = more.pop("source_id"), more.pop("at_s"), more.pop("placed")
        if more["happening"]:
            more["act"] = "fire"  # one act: what two acts of one happening do is tested elsewhere
        rows.append(report(f"obs-{number}", source, at_s, **more) | ({} if placed else UNPLACED))
    return rows


@budget(150)
@given(drawn=ROWS, seed=st.integers(0, 99))
def test_association_is_what_the_plain_definition_says_whatever_the_order(drawn: list[Row], seed: int) -> None:
    rows = made(drawn)
    expected = plainly(rows)
    assert together(near(*rows)) == expected
    random.Random(seed).shuffle(rows)
    assert together(near(*rows)) == expected


@budget(60)
@given(drawn=ROWS)
def test_every_report_is_in_one_event_and_events_made_by_nearness_never_disagree_in_place_time_or_kind(
    drawn: list[Row],
) -> None:
    rows = [row | {"happening": ""} for row in made(drawn)]
    found = near(*rows)
    assert sorted(member for event in found for member in event["members"]) == sorted(r["observation_id"] for r in rows)
    for event in found:
        assert set(event["disagreement"].split()) <= {"count"}
        sources = [row["source_id"] for row in rows if row["observation_id"] in event["members"]]
        assert len(set(sources)) == len(sources), "one source's two rows are two happenings"
        assert (event["origin"], event["status"]) == ("automatic", "preliminary")


def test_the_moment_and_the_place_of_the_tests_are_what_they_seem() -> None:
    row = report("a", "s", 10, east_m=EAST_M_PER_DEG)
    assert (row["earliest_at_us"] - T0_US, row["lon_deg"]) == (9 * US_PER_S, LON_DEG + 1)
