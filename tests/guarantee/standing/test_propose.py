"""What statements suggest about propositions and positions."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.guarantee.standing.made_up import KNOWN, holding

from truceline.guarantee.standing import positions_suggested, propositions_suggested
from truceline.guarantee.standing.propose import strand_of
from truceline.model.statement import Link

NEWSPAPER = {"speaker": "Halden Tagblatt", "speaker_kind": "media", "speaker_id": "", "speaks_for": ""}


def test_different_words_about_one_giver_and_one_strand_are_one_proposition() -> None:
    one = holding("st-1", "VES", "considering", "joining a peacekeeping mission", **NEWSPAPER)
    other = holding("st-2", "BOR", "opposes", "Vesmark soldiers in the valley", about=("VES",))
    found = propositions_suggested([one, other], KNOWN)
    assert [each.text for each in found] == ["Vesmark contributes troops"]
    positions = positions_suggested([one, other], KNOWN)
    assert {(each.holder_id, each.stance, each.first_hand) for each in positions} == {
        ("VES", "considering", False),
        ("BOR", "opposes", True),
    }
    assert next(each for each in positions if each.holder_id == "VES").alleged_by == "Halden Tagblatt"


def test_a_statement_without_a_strand_goes_on_about_the_last_one_of_its_document() -> None:
    one = holding("st-1", "ALD", "ready", "to host observers of a monitoring mission")
    two = replace(
        holding("st-2", "VES", "ready", "to take part too"), content=(replace(one.content[0], start=300, end=316),)
    )
    elsewhere = holding("st-3", "VES", "ready", "to take part", document_id="doc-2")
    strands = {each.statement_id: each.proposition_id for each in positions_suggested([two, one, elsewhere])}
    by_id = {each.proposition_id: each.strand for each in propositions_suggested([two, one, elsewhere])}
    assert [by_id[strands[name]] for name in ("st-1", "st-2", "st-3")] == ["monitoring", "monitoring", ""]


def test_what_an_unnamed_mouth_passed_on_is_not_first_hand() -> None:
    named = Link(role="publisher", name="North Coast Wire")
    chain = (named, Link(role="origin", name="two officials", named=False))
    position = positions_suggested([holding("st-1", "VES", "ready", "to send troops", chain=chain)])[0]
    assert (position.first_hand, position.alleged_by) == (False, "North Coast Wire")


def test_the_condition_is_kept_in_the_statements_own_words() -> None:
    words = "it will send a battalion if the Council pays for it"
    assert positions_suggested([holding("st-1", "COR", "conditional", words)])[0].terms == "if the Council pays for it"


def test_a_denial_and_what_stands_inside_another_suggest_no_position() -> None:
    denial = holding("st-1", "PEL", "", "reports of an offer", move="denies", holder_id="")
    nested = holding("st-2", "PEL", "ready", "to host the flights", parent_id="st-1")
    assert positions_suggested([denial, nested]) == ()


def test_a_group_that_speaks_for_itself_holds_its_stance_first_hand() -> None:
    group = {"speaker": "several smaller states", "speaker_kind": "coalition", "speaker_id": "", "speaks_for": ""}
    said = [holding("st-1", "SEVERAL-SMALLER-STATES", "ready", "to send troops", **group)]
    assert positions_suggested(said)[0].first_hand


def test_the_more_particular_strand_counts() -> None:
    assert strand_of("training of soldiers") == "training"
    assert strand_of("air defence systems") == "air_defence"
    assert strand_of("joining a future peacekeeping mission") == "troops"
    assert strand_of("gradual EU accession") == "accession"
    assert strand_of("a contribution") == ""


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_statements_come_changes_nothing(chance: random.Random) -> None:
    statements = [
        replace(
            holding(f"st-{n}", holder, stance, words, document_id=f"doc-{n % 2}"),
            content=(replace(holding("x", "x", "", words).content[0], start=n * 100, end=n * 100 + len(words)),),
        )
        for n, (holder, stance, words) in enumerate(
            [
                ("ALD", "ready", "to send troops"),
                ("BOR", "opposes", "it"),
                ("VES", "considering", "observers"),
                ("ALD", "refused", "it"),
            ]
        )
    ]
    shuffled = chance.sample(statements, len(statements))
    assert positions_suggested(shuffled) == positions_suggested(statements)
    assert propositions_suggested(shuffled) == propositions_suggested(statements)
