"""Our own tables: each row is one row of the ledger or one named reject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.errors import UnknownNameError
from truceline.guarantee.exchange.cells import Reject
from truceline.guarantee.exchange.expressions import expression_text, parse_expression
from truceline.guarantee.exchange.pledges_csv import COLUMNS, actors_of, caveats_of, pledges_of, requirements_of
from truceline.model.actor import Actor
from truceline.model.document import Dated
from truceline.model.option import Requirement
from truceline.model.pledge import Caveat, Money, Pledge

HEADER = "pledge_id,actor_id,strand,capability,status,low,high,readiness,condition,statements,since,committed\n"
GOOD = 'p1,NOR,monitoring,drones,ready,10,20,3,"at least 1 of (joins SER, mandate UN)",st-1; st-2,2026-03,5000\n'


def reasons(rejects: tuple[Reject, ...]) -> list[tuple[str, str]]:
    return [(each.at, each.reason) for each in rejects]


def test_a_pledge_is_read_with_all_that_it_states() -> None:
    pledges, rejects = pledges_of((HEADER + GOOD).encode(), actors={"NOR", "SER"})
    assert rejects == ()
    assert pledges == (
        Pledge(
            pledge_id="p1",
            actor_id="NOR",
            strand="monitoring",
            capability="drones",
            status="ready",
            low=10,
            high=20,
            readiness=3,
            condition=parse_expression("at least 1 of (joins SER, mandate UN)"),
            statements=("st-1", "st-2"),
            since=Dated(value="2026-03", precision="month", basis="as the table states"),
            money=Money(committed=5_000),
        ),
    )


def test_what_a_row_does_not_state_is_not_stated() -> None:
    pledges, _ = pledges_of(b"pledge_id,actor_id,strand,capability,status\np1,NOR,troops,=HYPERLINK(1),mooted\n")
    assert pledges == (
        Pledge(pledge_id="p1", actor_id="NOR", strand="troops", capability="=HYPERLINK(1)", status="mooted"),
    )
    assert pledges[0].low is None


@pytest.mark.parametrize(
    ("old", "new", "reason", "words"),
    [
        ("p1,NOR", "p 1,NOR", "unreadable", "pledge_id: 'p 1' is no id"),
        ("p1,NOR", "p1,NRO", "unknown-actor", "Did you mean 'NOR'?"),
        ("NOR,monitoring", "NOR,", "not-stated", "row 2, strand"),
        (",ready,", ",redy,", "unknown-name", "Did you mean 'ready'?"),
        (",10,20,", ",~10,20,", "unreadable", "low: '~10' is no whole number"),
        (",10,20,", ",20,10,", "out-of-range", "low is 20 and high 10"),
        (",20,3,", ",20,7,", "out-of-range", "readiness is 7"),
        ("joins SER", "join SER", "unreadable", "condition: at character 16 'join SER"),
        ("joins SER", "joins SRE", "unknown-actor", "Did you mean 'SER'?"),
        ("2026-03", "March", "unreadable", "since: 'March' is no date"),
        (",5000", ",-5000", "unreadable", "committed: '-5000'"),
        (",5000", "", "too-few-cells", "11 cells under 12 columns"),
        ("drones", "dro\x00nes", "control-character", "capability"),
    ],
)
def test_a_broken_row_is_one_reject_and_the_others_are_read(old: str, new: str, reason: str, words: str) -> None:
    broken = GOOD.replace("p1,", "p2,").replace(old.replace("p1,", "p2,"), new.replace("p1,", "p2,"), 1)
    table = HEADER + GOOD + broken + GOOD.replace("p1", "p3")
    pledges, rejects = pledges_of(table.encode(), actors={"NOR", "SER"})
    assert [each.pledge_id for each in pledges] == ["p1", "p3"]
    assert reasons(rejects) == [("row 2", reason)]
    assert words in rejects[0].words


def test_an_id_told_twice_counts_once() -> None:
    pledges, rejects = pledges_of((HEADER + GOOD + GOOD.replace("10,20", "90,90")).encode())
    assert pledges[0].low == 10
    assert reasons(rejects) == [("row 2", "duplicate-id")]


def test_a_column_that_is_missing_or_unknown_refuses_the_file() -> None:
    with pytest.raises(UnknownNameError, match="no column 'status'"):
        pledges_of(b"pledge_id,actor_id,strand,capability\n")
    with pytest.raises(UnknownNameError, match="Did you mean 'readiness'"):
        pledges_of(b"pledge_id,actor_id,strand,capability,status,readyness\n")


def test_actors_requirements_and_caveats_have_tables_of_their_own() -> None:
    actors, _ = actors_of(b"actor_id,kind,name,names\nNOR,state,Northland,Northport; the North\n")
    assert actors == (Actor(actor_id="NOR", kind="state", name="Northland", names=("Northport", "the North")),)
    needs, refused = requirements_of(
        b"requirement_id,capability,low,high,critical,min_providers,by\nd,drones,5,9,yes,2,2026\ne,drones,5,9,1,,\n"
    )
    assert needs[0] == Requirement(
        requirement_id="d",
        capability="drones",
        low=5,
        high=9,
        critical=True,
        min_providers=2,
        by=Dated(value="2026", precision="year", basis="as the table states"),
    )
    assert reasons(refused) == [("row 2", "not-yes-or-no")]
    caveats, bare = caveats_of(
        b"caveat_id,kind,text,actor_id,excludes\nc,task,no fire,NOR,patrols; opt-1\nd,task,x,,\n"
    )
    assert caveats == (
        Caveat(caveat_id="c", kind="task", text="no fire", actor_id="NOR", excludes=("patrols", "opt-1")),
    )
    assert reasons(bare) == [("row 2", "unreadable")]


@pytest.mark.parametrize("noun", COLUMNS)
def test_every_column_is_a_field_of_its_noun_or_of_its_money(noun: type) -> None:
    fields = set(noun.__dataclass_fields__) | set(Money.__dataclass_fields__)
    needed, optional = COLUMNS[noun]
    assert set(needed) | set(optional) <= fields


@given(st.lists(st.sampled_from([*GOOD.split(","), "", '"', "x\n", "p2", "\x00", "=1", "ready", "NOR"]), max_size=60))
def test_any_table_is_read_row_by_row_and_never_breaks(cells: list[str]) -> None:
    pledges, rejects = pledges_of((HEADER + ",".join(cells)).encode())
    for pledge in pledges:
        assert pledge.condition is None or parse_expression(expression_text(pledge.condition)) == pledge.condition
    assert all(each.reason and each.words for each in rejects)
