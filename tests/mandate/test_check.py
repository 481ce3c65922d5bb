"""What a text leaves undefined: each remark has a mandate that earns it and one that does not."""

import pytest
from hypothesis import given
from tests.conftest import budget
from tests.mandate.strategies import mandates

from truceline.mandate import check_mandate, parse_mandate
from truceline.model import mandate as m

WHOLE = """mandate "T" in force 2025-01-01T00:00
coverage >= 0.80
party A "side A" baseline L
party B "side B" baseline L
body SMM "mission" monitors
line L "l" left A right B
line K "k" left A right B
evidence proof = 2 independent sources confidence >= 0.80
clause C1 cites "1" prohibited A B fire any within 1km of baseline
 unless storage decided by SMM
 breach B1 needs proof
"""
# code -> the change that earns it, and the line and subject that it is given for
REMARKS = {
    "NO-MONITOR": (lambda text: text.replace(" monitors", ""), 0, "truce"),
    "NO-VIOLATION": (lambda text: text.replace(" breach B1 needs proof\n", ""), 0, "truce"),
    "NO-COVERAGE": (lambda text: text.replace("coverage >= 0.80\n", ""), 0, "truce"),
    "NOT-BOUND": (lambda text: text.replace("baseline L\nbody", 'baseline L not bound "no"\nbody'), 4, "B"),
    "UNVERIFIED": (lambda text: text.replace('cites "1"', 'cites "1" unverified'), 9, "clause C1"),
    "NO-EVIDENCE": (lambda text: text.replace(" needs proof", ""), 0, "truce"),
    "EXEMPTION": (lambda text: text.replace(" decided by SMM", ""), 9, "clause C1"),
    "NO-PLACE": (lambda text: text.replace(" within 1km of baseline", ""), 9, "clause C1"),
    "BASELINE": (lambda text: text.replace('"side B" baseline L', '"side B" baseline K'), 9, "clause C1"),
    "DISPUTED": (lambda text: text + 'dispute d "when" reading r "x" from 2025-01-01\n', 12, "dispute d"),
    "SCOPE": (lambda text: text + 'weapons W = tank disputed osa "one says so"\n', 12, "weapons W"),
}


def remarks(text: str) -> dict[str, list[tuple[int, str]]]:
    """Code -> (line, subject) of each remark."""
    found: dict[str, list[tuple[int, str]]] = {}
    for remark in check_mandate(parse_mandate(text, name="truce", source="truce.truce")):
        assert remark.words
        assert remark.suggestion
        found.setdefault(remark.code, []).append((remark.line, remark.subject))
    return found


@pytest.mark.parametrize("code", REMARKS)
def test_a_remark_is_made_where_it_is_earned_and_not_elsewhere(code: str) -> None:
    change, line, subject = REMARKS[code]
    assert change(WHOLE) != WHOLE
    assert code not in remarks(WHOLE)
    assert (line, subject) in remarks(change(WHOLE))[code]


@pytest.mark.parametrize("code", ["NO-RESPONSE", "NO-ATTRIBUTION"])
def test_a_text_that_forbids_something_has_no_procedure_yet_and_one_that_only_permits_needs_none(code: str) -> None:
    permits = WHOLE.replace("prohibited", "allowed")
    assert code in remarks(WHOLE)
    assert code not in remarks(permits)


def test_a_clause_without_a_class_of_breach_is_named_beside_those_that_have_one() -> None:
    text = WHOLE + 'clause C2 cites "2" prohibited A fire any in park\nzone park "p"\n'
    assert remarks(text)["NO-VIOLATION"] == [(12, "clause C2")]


def test_what_no_clause_names_is_said_once_for_the_text() -> None:
    bare = 'clause C2 cites "2" prohibited A fire any in park\nzone park "p"\n'
    found = remarks(WHOLE.replace(" breach B1 needs proof\n", "") + bare)
    assert found["NO-VIOLATION"] == [(0, "truce")]
    assert found["NO-EVIDENCE"] == [(0, "truce")]
    assert remarks(WHOLE + bare)["NO-EVIDENCE"] == [(12, "clause C2")]


def test_a_breach_that_leads_nowhere_is_named_class_by_class() -> None:
    text = WHOLE + 'clause C2 cites "2" prohibited A fire any breach B2 needs proof respond none "silence"\n'
    assert remarks(text)["NO-RESPONSE"] == [(0, "truce"), (9, "clause C1"), (12, "clause C2")]
    answered = text.replace("breach B1 needs proof", "breach B1 needs proof respond R")
    answered += "response R deadline 24h step s SMM informs A within 1h done e refused e late e end e answered\n"
    assert remarks(answered)["NO-RESPONSE"] == [(12, "clause C2")]


def test_a_suspension_that_nobody_decides_and_a_response_that_nobody_saw_are_said() -> None:
    response = "response R {}deadline 24h step s SMM informs A within 1h done e refused e late e end e answered\n"
    suspension = "suspension S lifts C1 for A when 2 B1 per 7d {}restored after 3d\n"
    bare = remarks(WHOLE + response.format("unverified ") + suspension.format(""))
    assert bare["UNVERIFIED"] == [(12, "response R")]
    assert bare["EXEMPTION"] == [(13, "suspension S")]
    named = remarks(WHOLE + response.format("") + suspension.format("decided by SMM "))
    assert not {"UNVERIFIED", "EXEMPTION"} & named.keys()


def test_an_exemption_of_a_further_outcome_needs_a_decider_too() -> None:
    text = WHOLE + ' outcome O "elsewhere" unless notice\n'
    assert remarks(text)["EXEMPTION"] == [(9, "clause C1")]


def test_an_obligation_needs_no_place() -> None:
    text = WHOLE + 'clause C2 cites "2" required A withdraw any by 2025-02-01 breach B2 needs proof\n'
    assert "NO-PLACE" not in remarks(text)


def test_different_baselines_matter_only_where_a_clause_measures_from_them() -> None:
    text = WHOLE.replace('"side B" baseline L', '"side B" baseline K')
    assert "BASELINE" not in remarks(text.replace("1km of baseline", "1km of L"))
    assert "BASELINE" not in remarks(text.replace("prohibited A B", "prohibited A"))


def test_every_code_is_in_the_table_above() -> None:
    codes = {code for change, *_ in REMARKS.values() for code in remarks(change(WHOLE))}
    assert codes == {*REMARKS, "NO-RESPONSE", "NO-ATTRIBUTION", "UNPROVABLE"}


@budget(40)
@given(mandates())
def test_remarks_come_in_the_order_of_the_text(mandate: m.Mandate) -> None:
    lines = [remark.line for remark in check_mandate(mandate)]
    assert lines == sorted(lines)
