"""How statements may bear on each other. Golden cases 24 and 25 are here."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guarantee.standing.made_up import document, holding

from truceline.guarantee.standing import relations_suggested, unseen_of
from truceline.model.document import Dated
from truceline.model.statement import Statement

MARCH = document("doc-1", published=Dated(value="2031-03-23", precision="day", basis="stated"))
AUGUST = document("doc-2", published=Dated(value="2031-08-20", precision="day", basis="stated"))
DOCUMENTS = {"doc-1": MARCH, "doc-2": AUGUST}
MEDIA = {
    "speaker": "Halden Tagblatt",
    "speaker_kind": "media",
    "speaker_id": "",
    "speaks_for": "",
    "said": MARCH.published,
}
CLAIM = holding("st-claim", "VES", "considering", "Vesmark is considering joining a peacekeeping mission", **MEDIA)
DENIAL = holding(
    "st-denial", "VES", "", "media reports suggesting readiness to join a peacekeeping force",
    move="denies", document_id="doc-2",
    said=AUGUST.published, verb="reject",
)  # fmt: skip


def kinds(*statements: Statement) -> dict[tuple[str, str], str]:
    return {(each.from_id, each.to_id): each.kind for each in relations_suggested(statements, DOCUMENTS)}


def test_a_denial_points_to_a_report_nobody_has_seen_and_an_older_claim_is_a_candidate_at_most() -> None:
    """Golden case 24."""
    (report,) = unseen_of([CLAIM, DENIAL], DOCUMENTS)
    assert report.candidates == ("st-claim",)
    assert report.identified == ""
    assert kinds(CLAIM, DENIAL) == {("st-denial", "st-claim"): "tension", ("st-denial", report.unseen_id): "denies"}


def test_a_claim_is_a_candidate_unless_it_was_surely_made_after_the_denial() -> None:
    undated = replace(DENIAL, said=Dated())
    nowhere = {"doc-1": MARCH, "doc-2": document("doc-2")}
    assert [report.candidates for report in unseen_of([CLAIM, undated], nowhere)] == [("st-claim",)]
    late = replace(CLAIM, said=Dated(value="2031-09-01", precision="day", basis="stated"))
    assert [report.candidates for report in unseen_of([late, DENIAL], DOCUMENTS)] == [()]


def test_in_one_document_the_denial_is_of_the_claim_itself() -> None:
    claim = replace(CLAIM, document_id="doc-2")
    assert kinds(claim, DENIAL)["st-denial", "st-claim"] == "denies"


def test_two_denials_of_one_speaker_in_one_document_are_of_one_report() -> None:
    again = replace(DENIAL, statement_id="st-again", content=(replace(DENIAL.content[0], start=500, end=570),))
    assert len(unseen_of([again, DENIAL], DOCUMENTS)) == 1


def test_words_that_lost_their_doubt_when_told_again_are_shown() -> None:
    """Golden case 25."""
    doubting = holding(
        "st-1", "BOR", "requires", "any agreement without possibly Vesmark participation is impossible", about=("VES",)
    )
    plain = holding("st-2", "ALD", "opposes", "Borvenia’s demands for Vesmark participation", about=("VES", "BOR"))
    plain = replace(plain, content=(replace(plain.content[0], start=300, end=345),))
    assert kinds(doubting, plain)["st-2", "st-1"] == "hedge_drift"


def test_opposite_stances_of_one_holder_are_tension_and_never_contradiction() -> None:
    first = holding("st-1", "COR", "ready", "to send a battalion of soldiers", said=MARCH.published)
    then = holding(
        "st-2", "COR", "refused", "to send a battalion of soldiers", document_id="doc-2", said=AUGUST.published
    )
    assert kinds(first, then) == {("st-2", "st-1"): "tension"}


def test_a_later_stance_of_the_same_holder_updates_the_earlier_one() -> None:
    first = holding("st-1", "COR", "considering", "sending a battalion", said=MARCH.published)
    then = holding("st-2", "COR", "committed", "to send a battalion", document_id="doc-2", said=AUGUST.published)
    assert kinds(first, then) == {("st-2", "st-1"): "updates"}
    gone = replace(then, stance="withdrawn")
    assert kinds(first, gone) == {("st-2", "st-1"): "updates"}


def test_a_quotation_that_goes_on_continues_and_demands_that_exclude_each_other_are_shown() -> None:
    said = holding("st-1", "BOR", "requires", "no force without Borvenian consent to its troops", about=("BOR", "ALD"))
    more = replace(
        holding("st-2", "BOR", "requires", "consent in writing"),
        cue=None,
        content=(replace(said.content[0], start=90, end=108),),
    )
    other = replace(
        holding("st-3", "ALD", "requires", "troops only from those countries that are ready", about=("ALD", "BOR")),
        content=(
            replace(said.content[0], start=200, end=246, exact="troops only from those countries that are ready"),
        ),
    )
    found = kinds(said, more, other)
    assert found["st-2", "st-1"] == "continues"
    assert found["st-3", "st-1"] == "incompatible_demand"


def test_statements_that_share_no_actor_and_no_document_are_not_related() -> None:
    other = holding("st-2", "KEN", "ready", "joining a peacekeeping mission", document_id="doc-2")
    assert kinds(CLAIM, other) == {}


WORDS = st.sampled_from(
    [
        "to send troops",
        "it might send troops",
        "reports of troops",
        "no troops without consent",
        "troops",
        "observers could go",
    ]
)
ROWS = st.builds(
    holding,
    st.uuids().map(str),
    st.sampled_from(["ALD", "BOR"]),
    st.sampled_from(["ready", "refused", "opposes", "requires", "considering", ""]),
    WORDS,
    move=st.just(""),
    document_id=st.sampled_from(["doc-1", "doc-2"]),
    said=st.sampled_from([MARCH.published, AUGUST.published, Dated()]),
)
EVERY = st.lists(
    ROWS.map(lambda row: row if row.stance else replace(row, move="denies")),
    max_size=12,
    unique_by=lambda row: row.statement_id,
)


@settings(deadline=None)
@given(EVERY, st.randoms(use_true_random=False))
def test_whatever_comes_nothing_contradicts_nothing_bears_on_itself_and_order_does_not_matter(
    rows: list[Statement], chance: random.Random
) -> None:
    found = relations_suggested(rows, DOCUMENTS)
    assert found == relations_suggested(chance.sample(rows, len(rows)), DOCUMENTS)
    assert unseen_of(rows, DOCUMENTS) == unseen_of(chance.sample(rows, len(rows)), DOCUMENTS)
    ids = {row.statement_id for row in rows} | {each.unseen_id for each in unseen_of(rows, DOCUMENTS)}
    for each in found:
        assert each.kind != "contradicts"
        assert each.from_id != each.to_id
        assert {each.from_id, each.to_id} <= ids
