"""Both parties got the same at the same time; the addressed one got the place beside it; decisions have a reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.release.world import ALFA, BRAVO, OPEN_RULES, full_row, released, rows_of, us

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, IntegrityError
from truceline.model.release import ReleaseDecision, ReleaseRule, Terms
from truceline.release import annex, check_decision, common_part, decision_words, receipt, standing

AT_US = us("2031-05-02 14:00")
FINDING = full_row("finding", "fnd-1", addressee="ALFA", event_ids=["evt-1"])
EVENT = full_row("event", "evt-1", act="fire")
TO_ALFA = Terms(addressed=dict.fromkeys(("fnd-1", "evt-1"), frozenset({"ALFA"})), told={"fnd-1": 5, "evt-1": 5})


def shown_to(party: Any, finding: dict[str, Any] = FINDING, rules: Any = OPEN_RULES, terms: Terms = TO_ALFA) -> Any:
    (row,) = released(rows_of("finding", finding), party, kind="finding", rules=rules, terms=terms)
    return row


def test_both_parties_get_one_receipt_for_the_same_bytes() -> None:
    made = receipt({"BRAVO": shown_to(BRAVO), "ALFA": shown_to(ALFA)}, at_us=AT_US)
    assert made.parties == ("ALFA", "BRAVO")
    assert made.common_sha256 == sha256_hex(common_part(FINDING))
    assert (made.finding_id, made.at_us) == ("fnd-1", AT_US)


@given(at_us=st.integers(0, 2**52), lasts_us=st.integers(0, 10**12), to=st.sets(st.sampled_from(["ALFA", "BRAVO"])))
@budget(60)
def test_what_both_get_is_the_same_whoever_is_addressed(at_us: int, lasts_us: int, to: set[str]) -> None:
    finding = FINDING | {"earliest_at_us": at_us, "latest_at_us": at_us + lasts_us}
    terms = Terms(addressed={"fnd-1": frozenset(to)}, told={"fnd-1": 5})
    parts = {common_part(shown_to(party, finding, terms=terms)) for party in (ALFA, BRAVO)}
    assert parts == {common_part(finding)}


def test_a_column_hidden_by_a_rule_is_hidden_from_both() -> None:
    rules = (ReleaseRule(to="parties", kind="finding", hide=("outcome",)),)
    assert common_part(shown_to(ALFA, rules=rules)) == common_part(shown_to(BRAVO, rules=rules)) != common_part(FINDING)


def test_parties_that_did_not_get_the_same_get_no_receipt() -> None:
    other = shown_to(BRAVO) | {"verdict": "no_breach"}
    with pytest.raises(IntegrityError, match="2 versions"):
        receipt({"ALFA": shown_to(ALFA), "BRAVO": other}, at_us=AT_US)


def test_the_common_part_holds_no_place_and_no_minute() -> None:
    held = json.loads(common_part(EVENT))
    assert not {"lon_deg", "lat_deg", "cov_ee_m2", "place_name", "members"} & held.keys()
    assert held["earliest_at_us"] == us("2031-05-02 10:00")


def test_the_annex_holds_the_exact_place_for_the_addressed_party_alone() -> None:
    assert json.loads(annex(EVENT, party="ALFA", terms=TO_ALFA))["lon_deg"] == "37.512345"
    assert annex(EVENT, party="BRAVO", terms=TO_ALFA) == b""
    assert annex(EVENT, party="ALFA", terms=Terms(addressed=TO_ALFA.addressed)) == b""


@pytest.mark.parametrize("act", ["fire", "strike", "move", ""])
@pytest.mark.parametrize("addressed", [(), ("ALFA",), ("BRAVO",), ("ALFA", "BRAVO")])
@pytest.mark.parametrize("compartment", [(), ("ALFA",), ("BRAVO",)])
def test_the_annex_gives_the_exact_place_just_where_release_does(act: str, addressed: Any, compartment: Any) -> None:
    row = EVENT | {"act": act}
    for theirs in ({"evt-1": frozenset(compartment)}, {EVENT["members"][0]: frozenset(compartment)}):
        terms = Terms(addressed={"evt-1": frozenset(addressed)}, told={"evt-1": 5}, compartments=theirs)
        for to in (ALFA, BRAVO):
            exact = [r["lon_deg"] == row["lon_deg"] for r in released(rows_of("event", row), to, terms=terms)]
            assert bool(annex(row, party=to.party, terms=terms)) is (exact == [True])


# --- decisions ------------------------------


def decided(act: Any, *items: str, at_us: int = 5, reason: str = "lives are at stake") -> ReleaseDecision:
    return ReleaseDecision(act=act, items=items, at_us=at_us, author="chair", reason=reason)


@pytest.mark.parametrize(("items", "reason"), [((), "a reason"), (("evt-1",), ""), (("evt-1",), "  ")])
def test_a_decision_without_items_or_reason_is_refused(items: tuple[str, ...], reason: str) -> None:
    with pytest.raises(InputError, match="it names no"):
        check_decision(decided("embargo", *items, reason=reason))


@pytest.mark.parametrize(
    ("decisions", "embargoed", "published"),
    [
        ([], set(), {}),
        ([decided("embargo", "a", "b")], {"a", "b"}, {}),
        ([decided("embargo", "a", "b"), decided("lift", "a")], {"b"}, {}),
        ([decided("embargo", "a"), decided("publish", "a", at_us=9)], set(), {"a": 9}),
        ([decided("publish", "a", at_us=9), decided("embargo", "a")], {"a"}, {}),
        ([decided("publish", "a", at_us=9), decided("publish", "a", at_us=12)], set(), {"a": 9}),
        ([decided("publish", "a"), decided("lift", "a")], set(), {"a": 5}),
    ],
)
def test_the_last_decision_about_an_item_holds(decisions: Any, embargoed: set[str], published: dict[str, int]) -> None:
    assert standing(decisions) == (embargoed, published)


def test_a_decision_reads_as_a_sentence_with_its_reason() -> None:
    words = decision_words(check_decision(decided("embargo", "evt-1", at_us=AT_US)))
    assert words == (
        "evt-1: withheld from the parties and the public from 2031-05-02T14:00:00Z, by chair: lives are at stake"
    )
    assert decision_words(decided("publish", "a", "b")).startswith("2 items: published")
