"""Where statements come from, as PROV-JSON: of the form that the submission asks, and saying no more than is known."""

import json
import re
from dataclasses import replace

from tests.guarantee.exchange.made_up import ACTORS, BONDS, DECISIONS, DOCUMENT, STATEMENTS

from truceline.guarantee.exchange.prov import Rows, prov_json

ROWS = Rows(documents=(DOCUMENT,), statements=STATEMENTS, actors=ACTORS, bonds=BONDS, decisions=DECISIONS)
EXPORT = prov_json(ROWS)
WHOLE = json.loads(EXPORT)
QUALIFIED = re.compile(r"([a-z]+):((?:[A-Za-z0-9_]|%[0-9A-F]{2})(?:[A-Za-z0-9_-]|%[0-9A-F]{2})*)")
# Of each relation, its two ends and what they must be. Source: PROV-JSON, sections 3.1 to 3.3.
ENDS = {
    "wasDerivedFrom": {"prov:generatedEntity": "entity", "prov:usedEntity": "entity"},
    "wasAttributedTo": {"prov:entity": "entity", "prov:agent": "agent"},
    "actedOnBehalfOf": {"prov:delegate": "agent", "prov:responsible": "agent"},
    "wasAssociatedWith": {"prov:activity": "activity", "prov:agent": "agent"},
    "used": {"prov:activity": "activity", "prov:entity": "entity"},
    "wasGeneratedBy": {"prov:entity": "entity", "prov:activity": "activity"},
    "alternateOf": {"prov:alternate1": "entity", "prov:alternate2": "entity"},
}


def derivations(subtype: str) -> set[tuple[str, str]]:
    found = [each for each in WHOLE["wasDerivedFrom"].values() if each.get("prov:type", {}).get("$", "") == subtype]
    return {(each["prov:generatedEntity"], each["prov:usedEntity"]) for each in found}


def test_every_name_is_qualified_with_a_declared_prefix() -> None:
    for kind in ("entity", "agent", "activity"):
        for name, told in WHOLE[kind].items():
            found = QUALIFIED.fullmatch(name)
            assert found, name
            assert found[1] in WHOLE["prefix"]
            assert all(key.split(":")[0] in {"prov", *WHOLE["prefix"]} for key in told)


def test_every_relation_has_both_its_ends_and_they_are_there() -> None:
    kinds = set(WHOLE) - {"prefix", "entity", "agent", "activity"}
    assert kinds == set(ENDS) - {"alternateOf"}
    for kind in kinds:
        for name, told in WHOLE[kind].items():
            assert name.startswith("_:")
            for end, what in ENDS[kind].items():
                assert told[end] in WHOLE[what], (kind, told)


def test_a_statement_is_quoted_from_its_document() -> None:
    assert derivations("prov:Quotation") == {(f"st:st-{number}", "doc:doc-1") for number in (1, 2, 3)}


def test_the_chain_leads_from_the_nearest_mouth_to_the_primary_source() -> None:
    assert ("st:st-1", "telling:st-1-2") in derivations("prov:PrimarySource")
    assert {("st:st-1", "telling:st-1-1"), ("telling:st-1-1", "telling:st-1-2")} <= derivations("")
    assert ("st:st-2", "st:st-1") in derivations("")


def test_two_sources_without_a_name_are_never_one() -> None:
    unnamed = [name for name in WHOLE["agent"] if name.startswith("unnamed:")]
    assert unnamed == ["unnamed:st-2-2", "unnamed:st-3-2"]
    assert len([name for name in WHOLE["agent"] if "Valley" in name]) == 1


def test_a_speaker_acts_on_behalf_of_whom_it_speaks_for_and_a_member_does_not() -> None:
    told = {(each["prov:delegate"], each["prov:responsible"]) for each in WHOLE["actedOnBehalfOf"].values()}
    assert told == {("actor:SER-minister", "actor:SER")}


def test_nobody_is_attributed_what_the_document_attributes_to_nobody() -> None:
    told = [each for each in WHOLE["wasAttributedTo"].values() if each["prov:entity"] == "st:st-2"]
    assert told == []


def test_a_decision_is_a_persons_and_what_replaces_a_row_is_its_revision() -> None:
    assert derivations("prov:Revision") == {("st:st-3", "st:st-2")}
    people = [name for name in WHOLE["agent"] if name.startswith("person:")]
    assert people == ["person:anna%20b%7Ec%2E", "person:ben"]
    confirmed = next(each for each in WHOLE["activity"].values() if each["truceline:act"] == "confirm")
    assert confirmed["prov:endTime"] == "2027-01-15T08:00:00Z"


def test_a_document_with_the_text_of_another_is_its_alternate() -> None:
    whole = json.loads(prov_json(Rows(documents=(replace(DOCUMENT, same_as="doc-0"),))))
    assert list(whole["alternateOf"].values()) == [{"prov:alternate1": "doc:doc-1", "prov:alternate2": "doc:doc-0"}]
    assert "doc:doc-0" in whole["entity"]


def test_same_rows_same_bytes_whatever_their_order() -> None:
    turned = Rows(
        documents=(DOCUMENT,),
        statements=STATEMENTS[::-1],
        actors=ACTORS[::-1],
        bonds=BONDS[::-1],
        decisions=DECISIONS[::-1],
    )
    assert prov_json(turned) == EXPORT


def test_no_rows_are_a_document_of_nothing() -> None:
    assert set(json.loads(prov_json(Rows()))) == {"prefix"}
