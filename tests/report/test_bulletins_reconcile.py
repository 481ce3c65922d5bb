"""Claims beside the record: what surely and what possibly is what a party claims, and how little that may say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.report.bulletin_world import DAY, claim, event, rows, us
from tests.report.test_bulletins import EVENT_TABLES, rvb

from truceline.model.bulletin import Footing
from truceline.model.claim import CLAIMS, RECONCILIATIONS
from truceline.model.coverage import COVERAGE
from truceline.model.event import EVENTS
from truceline.report.bulletins import reconciliations

NONE_SEEN = COVERAGE.empty_table()


def beside(said: dict[str, object], happened: list[dict[str, object]], share: int | None = None) -> dict[str, object]:
    seen = [] if share is None else [
        {"coverage_id": "c", "clause": "", "earliest_at_us": us("2027-03-01"), "latest_at_us": us("2027-03-09"),
         "share_permille": share}
    ]  # fmt: skip
    made = reconciliations(
        rows([said], CLAIMS),
        rows(happened, EVENTS),
        coverage=rows(seen, COVERAGE),
        footings={"evt-own": Footing(kind="own"), "evt-log": Footing(kind="record", parties=("SOUTH",))},
    )
    assert made.schema == RECONCILIATIONS
    return made.to_pylist()[0]


AGAINST_NORTH = claim("clm", "SOUTH", "NORTH", act="fire")
# what was recorded, whether it surely, whether it possibly is what is claimed: fire by NORTH on 4 March
CASES = [
    ("by the accused, that act, that day", {"parties": ["NORTH"]}, 1, 1),
    ("by nobody known", {"parties": []}, 0, 1),
    ("by either of both", {"parties": ["NORTH", "SOUTH"]}, 0, 1),
    ("by the other party", {"parties": ["SOUTH"]}, 0, 0),
    ("of an unknown act", {"parties": ["NORTH"], "act": ""}, 0, 1),
    ("of another act", {"parties": ["NORTH"], "act": "fly"}, 0, 0),
    ("perhaps the day before", {"parties": ["NORTH"], "earliest_at_us": us("2027-03-03 23:00")}, 0, 1),
    ("the day before",
     {"parties": ["NORTH"], "earliest_at_us": us("2027-03-03"), "latest_at_us": us("2027-03-03 12:00")}, 0, 0),
    ("looked, and saw none", {"parties": ["NORTH"], "count_lo": 0, "count_hi": 0}, 0, 0),
    ("none or one", {"parties": ["NORTH"], "count_lo": 0, "count_hi": 1}, 0, 1),
    ("at an unknown time", {"parties": ["NORTH"], "earliest_at_us": None, "latest_at_us": None}, 0, 1),
    ("rejected by a person", {"parties": ["NORTH"], "status": "rejected"}, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("what", "values", "surely", "possibly"), CASES, ids=[case[0] for case in CASES])
def test_an_event_is_surely_possibly_or_not_what_is_claimed(
    what: str, values: dict, surely: int, possibly: int
) -> None:
    row = beside(AGAINST_NORTH, [event("evt-own", "2027-03-04 12:00", **values)])
    assert (row["surely"], row["possibly"]) == (surely, possibly)


def test_a_claim_without_time_or_accused_is_surely_met_by_nothing_and_excludes_nothing() -> None:
    timeless = claim("clm", "SOUTH", "NORTH", earliest_at_us=None, latest_at_us=None)
    nobody = claim("clm", "SOUTH", "")
    for said in (timeless, nobody):
        row = beside(said, [event("evt-own", "2027-03-04 12:00", parties=["NORTH"])])
        assert (row["surely"], row["possibly"]) == (0, 1)
    assert beside(timeless, [])["coverage_permille"] is None


def test_the_words_give_both_numbers_and_say_how_little_a_difference_says() -> None:
    happened = [
        event("evt-own", "2027-03-04 10:00", parties=["NORTH"], count_lo=3, count_hi=4),
        event("evt-log", "2027-03-04 11:00", parties=["NORTH"]),
        event("evt-x", "2027-03-04 12:00", parties=[], count_hi=None),
    ]
    row = beside(AGAINST_NORTH, happened, share=209)
    assert row["words"] == (
        "112 claimed; 2 recorded, up to 3 possible; items in them: 4 or more; "
        "coverage 20\u00a0%: the difference says little"
    )
    assert (row["own"], row["record"], row["media"], row["unstated"]) == (1, 1, 0, 1)
    assert (row["items_lo"], row["items_hi"]) == (4, None)
    assert beside(AGAINST_NORTH, happened)["words"].endswith("coverage not known: the difference says little")
    full = "coverage 100\u00a0%: claim and record may count different things"
    assert beside(AGAINST_NORTH, happened, share=1_000)["words"].endswith(full)


@budget(60)
@given(EVENT_TABLES, st.sampled_from(["NORTH", "SOUTH", ""]), st.sampled_from(["fire", ""]))
def test_what_is_sure_is_possible_and_knowing_less_never_makes_more_sure(events, accused: str, act: str) -> None:
    said = rows([claim("clm", "SOUTH", accused, act=act)], CLAIMS)
    row = reconciliations(said, events, coverage=NONE_SEEN, footings={}).to_pylist()[0]
    assert row["surely"] <= row["possibly"] <= events.num_rows
    assert row["own"] + row["record"] + row["media"] + row["unstated"] == row["possibly"]
    vague = rows([event | {"parties": []} for event in events.to_pylist()], EVENTS)
    less = reconciliations(said, vague, coverage=NONE_SEEN, footings={}).to_pylist()[0]
    assert less["surely"] == 0
    assert less["possibly"] >= row["possibly"]


def test_no_claim_gives_no_row_and_no_claim_becomes_an_event() -> None:
    assert reconciliations(CLAIMS.empty_table(), DAY.events, coverage=NONE_SEEN, footings={}).num_rows == 0
    many = rows([claim(f"clm-{number}", "SOUTH", "NORTH") for number in range(9)], CLAIMS)
    assert rvb(replace(DAY, claims=many)).items == rvb().items
