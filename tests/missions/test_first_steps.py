"""The tutorial's promises: one of each answer."""

from pathlib import Path

from truceline.model.finding import Outcome, Reason, Verdict

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"


def test_every_verdict_reason_and_outcome_occurs_and_is_in_the_tutorial(mission_runs):
    judged = mission_runs("first-steps")[1].products.judged[0]
    findings, assessments = judged.findings.to_pylist(), judged.assessments.to_pylist()
    assert {row["verdict"] for row in findings} == set(Verdict)
    assert {row["outcome"] for row in assessments} == set(Outcome)
    reasons = {row["reason"] for row in (*findings, *assessments)} - {""}
    assert reasons == set(Reason), f"not shown: {set(Reason) - reasons}"
    text = TUTORIAL.read_text("utf-8")
    missing = [str(word) for word in (*Reason, *Verdict) if str(word) not in text]
    assert not missing, f"docs/tutorial.md does not mention {missing}"


def test_a_flight_of_an_unknown_party_counts_against_nobody(mission_runs):
    judged = mission_runs("first-steps")[1].products.judged[0]
    flights = {row["addressee"]: row for row in judged.assessments.to_pylist() if row["clause"] == "FLIGHTS"}
    assert flights["NORD"]["reason"] == "party"
    assert flights["NORD"]["outcome"] == "undetermined"


def test_absence_is_stated_only_where_enough_was_seen(mission_runs):
    judged = mission_runs("first-steps")[1].products.judged[0]
    none_found = [
        row for row in judged.assessments.to_pylist() if row["outcome"] == "none_found" and row["clause"] == "WORKS"
    ]
    assert len(none_found) == 2
    assert all(row["coverage_permille"] >= 600 for row in none_found)
