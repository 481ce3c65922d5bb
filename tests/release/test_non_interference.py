"""What ALFA sent in confidentially changes not one byte of what BRAVO and the public get.

Whatever is generated below, one world is released twice: as it is, and with ALFA's rows altered, taken out or added to.
"""

import dataclasses
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.release.test_floors import RULES
from tests.release.world import ALFA, BRAVO, SCHEMAS, full_row, output, released, rows_of

from truceline.base.rows import canonical_rows
from truceline.model.account import PUBLIC, Recipient
from truceline.model.release import ReleaseRule, Terms
from truceline.model.review import STATUSES
from truceline.model.vocabulary import ACTS
from truceline.release import released_counts
from truceline.release.columns import ID_OF

MARK = "ALFA-CONFIDENTIAL"
BY = {"act": ("fire", "strike"), "status": ("confirmed",)}


@st.composite
def rows(draw: st.DrawFn, *, kind: str, prefix: str, words: str) -> list[dict[str, Any]]:
    """Some rows of a kind; each text in them holds `words`."""
    made = []
    for number in range(draw(st.integers(0, 5))):
        at_us = draw(st.integers(1_900_000_000_000_000, 1_900_300_000_000_000))
        values = {
            "act": draw(st.sampled_from(["", *ACTS])),
            "status": draw(st.sampled_from(STATUSES)),
            "lon_deg": draw(st.none() | st.floats(-180, 180)),
            "lat_deg": draw(st.floats(-90, 90)),
            "count_lo": draw(st.none() | st.integers(0, 9)),
            "count_hi": draw(st.none() | st.integers(0, 9)),
            "members": [f"{prefix}-{number}-member"],
        }
        row = full_row(
            kind, f"{prefix}-{number}", **{name: values[name] for name in values if name in SCHEMAS[kind].names}
        )
        texts = [f.name for f in SCHEMAS[kind] if pa.types.is_string(f.type) and f.name not in (*values, ID_OF[kind])]
        row |= dict.fromkeys(texts, f"{words} {number}")
        made.append(row | {"earliest_at_us": at_us - draw(st.integers(0, 10**10)), "latest_at_us": at_us})
    return made


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """One world with ALFA's rows and one with others: rows, their order, and what is known of them."""
    kind = draw(st.sampled_from(sorted(SCHEMAS)))
    common = draw(rows(kind=kind, prefix="m", words="open"))
    sides = [draw(rows(kind=kind, prefix="a", words=MARK)) for _ in range(2)]
    rules = tuple(dataclasses.replace(rule, kind=kind) for rule in draw(st.lists(RULES, max_size=4)))
    ids = st.sampled_from([row[ID_OF[kind]] for row in common] or ["none"])
    open_terms = Terms(
        compartments=draw(st.dictionaries(ids, st.just(frozenset({"BRAVO"})), max_size=2)),
        addressed=draw(st.dictionaries(ids, st.sets(st.sampled_from(["ALFA", "BRAVO"])).map(frozenset), max_size=2)),
        told=draw(st.dictionaries(ids, st.integers(0, 2 * 10**15), max_size=2)),
        embargoed=draw(st.frozensets(ids, max_size=1)),
        published=draw(st.dictionaries(ids, st.integers(0, 2 * 10**15), max_size=2)),
    )
    made = []
    for side in sides:
        order = draw(st.permutations([*common, *side]))
        made.append((rows_of(kind, *order), with_alfas(draw, open_terms, [row[ID_OF[kind]] for row in side])))
    return {"kind": kind, "rules": rules, "sides": made, "now_us": draw(st.integers(1_900_000_000_000_000, 2 * 10**15))}


def with_alfas(draw: st.DrawFn, terms: Terms, ids: list[str]) -> Terms:
    """ALFA's ids are confidential, and may be addressed, told and published like any other."""
    some = st.lists(st.sampled_from(ids), max_size=2) if ids else st.just([])
    whom = frozenset({"ALFA", "BRAVO"})
    return dataclasses.replace(
        terms,
        compartments={**terms.compartments, **{one: frozenset({"ALFA"} | draw(st.sets(st.just("")))) for one in ids}},
        addressed={**terms.addressed, **dict.fromkeys(draw(some), whom)},
        told={**terms.told, **dict.fromkeys(ids, 7)},
        published={**terms.published, **dict.fromkeys(draw(some), 7)},
        embargoed=terms.embargoed | frozenset(draw(some)),
    )


@pytest.mark.parametrize("to", [BRAVO, PUBLIC], ids=str)
@given(world=worlds())
@budget(60)
def test_a_partys_confidential_rows_change_nothing_of_what_others_get(to: Recipient, world: dict[str, Any]) -> None:
    one, other = (
        output(table, to, kind=world["kind"], rules=world["rules"], terms=terms, now_us=world["now_us"])
        for table, terms in world["sides"]
    )
    assert one == other
    assert MARK.encode() not in one


@pytest.mark.parametrize("to", [BRAVO, PUBLIC], ids=str)
@given(world=worlds(), least=st.integers(0, 3))
@budget(25)
def test_a_partys_confidential_rows_change_no_count_of_others(to: Recipient, world: dict[str, Any], least: int) -> None:
    counts = []
    for table, terms in world["sides"]:
        made = released(table, to, kind=world["kind"], rules=world["rules"], terms=terms)
        texts = pa.table({name: pa.array([row.get(name, "") for row in made], pa.string()) for name in BY})
        counts.append(canonical_rows(released_counts(texts, by=BY, least=least)))
    assert counts[0] == counts[1]


def test_the_world_above_can_tell_a_leak() -> None:
    """The same comparison sees the difference where the rows are nobody's, or go to their own party."""
    kind = "observation"
    rules = (ReleaseRule(to="parties", kind=kind),)
    one, other = (rows_of(kind, full_row(kind, "a-1", act=act)) for act in ("fire", "strike"))
    confidential = Terms(compartments={"a-1": frozenset({"ALFA"})})
    for to, terms, same in ((BRAVO, confidential, True), (BRAVO, Terms(), False), (ALFA, confidential, False)):
        outputs = [output(table, to, kind=kind, rules=rules, terms=terms) for table in (one, other)]
        assert (outputs[0] == outputs[1]) is same
