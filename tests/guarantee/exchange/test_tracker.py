"""The Ukraine Support Tracker's table: whole euros, every row once. Invented rows; the real file where there is one."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.errors import InputError, UnknownNameError
from truceline.guarantee.exchange.tracker import STRANDS, tracker_pledges

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "pledges"
HEADER = "country,iso,year,month,total,financial,humanitarian,military,commitments,to_be_allocated,gdp,pct_gdp\n"
RELEASE = b'"release","period","date","label"\n"29","04/2026","2026-08-04","Tracker, Release 29"\n'
MARCH = "Norway,NOR,2022,3,0.75,0.5,0,0.25,1,0.25,400,0.1875\n"
APRIL = "Norway,NOR,2022,4,0.25,0,0,0.25,0,-0.25,400,0.0625\n"


def test_strands_are_allocated_and_what_is_promised_is_committed_without_a_strand() -> None:
    made = tracker_pledges((HEADER + MARCH + APRIL).encode(), release=RELEASE)
    told = {each.pledge_id: (each.status, each.money.committed, each.money.allocated) for each in made.pledges}
    assert told == {
        "ust-NOR-financial": ("allocated", None, 500_000_000),
        "ust-NOR-military": ("allocated", None, 500_000_000),
        "ust-NOR-commitments": ("committed", 1_000_000_000, None),
    }
    since = {each.pledge_id: each.since.value for each in made.pledges}
    assert since["ust-NOR-military"] == "2022-03/2022-04"
    assert since["ust-NOR-commitments"] == "2022-03/2022-03"
    assert all(each.money.disbursed is None and each.low is None for each in made.pledges)
    assert made.source.startswith("Tracker, Release 29, of 2026-08-04; data_explorer.csv sha256 ")
    assert (made.rows, made.used) == (2, 2)


def test_what_is_not_stated_is_told_as_such() -> None:
    made = tracker_pledges((HEADER + MARCH).encode(), release=None)
    assert "release not stated" in made.source
    assert any("does not state its unit" in remark for remark in made.remarks)
    assert any("disbursed is not stated" in remark for remark in made.remarks)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (MARCH.replace("0.5,0,", "n/a,0,"), "broken-number"),
        (MARCH.replace("0.5,0,", ",0,"), "broken-number"),
        (MARCH.replace("0.5,0,", "=1+1,0,"), "broken-number"),
        (MARCH.replace("0.5,0,", "1e999,0,"), "broken-number"),
        (MARCH.replace("0.5,0,", "NaN,0,"), "broken-number"),
        (MARCH.replace("0.5,0,", '"0,5",0,'), "broken-number"),
        (MARCH.replace("0.75,0.5,", "90000,90000,"), "beyond-belief"),
        (MARCH.replace("0.75,0.5,", "-0.25,-0.5,"), "negative-amount"),
        (MARCH.replace("0.75,0.5,", "0.75,0.6,"), "does-not-add-up"),
        (MARCH.replace(",1,0.25", ",1,0.2"), "does-not-add-up"),
        (MARCH.replace("NOR", "XNO"), "unknown-iso"),
        (MARCH.replace("NOR", "nor"), "unknown-iso"),
        (MARCH.replace("NOR", ""), "unknown-iso"),
        (MARCH.replace("2022,3", "2022,13"), "broken-month"),
        (MARCH.replace("2022,3", "22,3"), "broken-month"),
        (MARCH.replace("2022,3", "2022,٣"), "broken-month"),
        (MARCH.replace(",0.1875", ""), "too-few-cells"),
        (MARCH.replace("Norway", "Nor\x00way"), "control-character"),
    ],
)
def test_a_row_that_cannot_be_used_is_one_named_reject(row: str, reason: str) -> None:
    made = tracker_pledges((HEADER + row + APRIL).encode(), release=None)
    assert [(each.at, each.reason) for each in made.rejects] == [("row 1", reason)]
    assert (made.rows, made.used) == (2, 1)
    assert any("1 rows were set aside" in remark for remark in made.remarks)


def test_a_donors_month_told_twice_alike_counts_once() -> None:
    made = tracker_pledges((HEADER + MARCH + APRIL + MARCH).encode(), release=None)
    assert [(each.at, each.reason) for each in made.rejects] == [("row 3", "duplicate-donor-month")]
    assert made.pledges[0].money.allocated == 500_000_000


def test_a_donors_month_told_twice_differently_counts_not_at_all() -> None:
    other = MARCH.replace("0.75,0.5,", "0.85,0.6,").replace(",1,0.25", ",1,0.15")
    made = tracker_pledges((HEADER + MARCH + APRIL + other).encode(), release=None)
    assert [each.at for each in made.rejects] == ["row 1", "row 3"]
    assert {each.pledge_id for each in made.pledges} == {"ust-NOR-military"}


def test_a_donor_without_amounts_is_an_actor_without_pledges() -> None:
    made = tracker_pledges((HEADER + "India,IND,2022,3,0,0,0,0,0,0,1,0\n").encode(), release=None)
    assert [each.actor_id for each in made.actors] == ["IND"]
    assert made.pledges == ()
    assert any(remark.startswith("IND has rows and no amounts") for remark in made.remarks)


def test_the_union_is_an_organisation_and_a_second_name_is_kept() -> None:
    rows = "EU (A),EU,2022,3,0,0,0,0,0,0,1,0\nEU (B),EU,2022,4,0,0,0,0,0,0,1,0\n"
    actor = tracker_pledges((HEADER + rows).encode(), release=None).actors[0]
    assert (actor.kind, actor.name, actor.names) == ("organisation", "EU (A)", ("EU (B)",))


def test_a_column_missing_refuses_the_file_and_a_broken_release_too() -> None:
    with pytest.raises(UnknownNameError, match="no column 'commitments'"):
        tracker_pledges(HEADER.replace("commitments", "promises").encode(), release=None)
    for broken in (b"", b"release,period,date,label\n", RELEASE + b"1,2,3,4\n"):
        with pytest.raises(InputError):
            tracker_pledges((HEADER + MARCH).encode(), release=broken)


amounts = st.integers(0, 10**7).map(lambda millionths: Decimal(millionths) / 10**6)


@given(
    st.lists(st.tuples(st.integers(1, 12), amounts, amounts, amounts), max_size=12), st.randoms(use_true_random=False)
)
def test_sums_are_exact_and_no_order_changes_them(months: list[tuple[int, Decimal, Decimal, Decimal]], chance) -> None:
    rows = [
        f"X,NOR,2022,{month},{a + b + c:f},{a:f},{b:f},{c:f},{a + b + c:f},0,1,1\n"
        for month, a, b, c in {each[0]: each for each in months}.values()
    ]
    made = tracker_pledges((HEADER + "".join(rows)).encode(), release=None)
    chance.shuffle(rows)
    again = tracker_pledges((HEADER + "".join(rows)).encode(), release=None)
    assert [replace(each, source="") for each in made.pledges] == [replace(each, source="") for each in again.pledges]
    allocated = sum(each.money.allocated or 0 for each in made.pledges)
    assert allocated == sum(each.money.committed or 0 for each in made.pledges)
    assert allocated == sum(int(sum(each[1:]) * 10**9) for each in {each[0]: each for each in months}.values())


def test_the_real_table_is_used_whole_and_its_sums_are_those_of_its_columns() -> None:
    if not (REAL / "data_explorer.csv").is_file():
        pytest.skip("the tracker states no licence and is not part of the repository")
    content = (REAL / "data_explorer.csv").read_bytes()
    made = tracker_pledges(content, release=(REAL / "release_info.csv").read_bytes())
    assert (made.rows, made.used, made.rejects) == (1_079, 1_079, ())
    assert (len(made.actors), len(made.pledges)) == (42, 149)
    assert "Release 29" in made.source
    lines = [line.split(",") for line in content.decode().replace('"', "").splitlines()]
    columns: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines[1:]:
        for name, cell in zip(lines[0], line, strict=True):
            if name in (*STRANDS, "commitments"):
                columns[name] += Decimal(cell)
    for strand in STRANDS:
        told = sum(each.money.allocated or 0 for each in made.pledges if each.strand == strand)
        assert told == columns[strand] * 10**9
    assert sum(each.money.committed or 0 for each in made.pledges) == columns["commitments"] * 10**9
