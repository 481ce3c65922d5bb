"""Counts of the API with their coverage; where and when anything could have been seen is the mission's alone."""

from tests.serve.house import House


def test_counts_carry_the_coverage_of_each_clause_and_the_rate(case_house: House) -> None:
    told = case_house.told("/api/counts/event", "wanda")
    coverage = told["coverage"]
    assert coverage["clauses"]["NO_FIRE"] == 350, "the mission's coverage feed says 0.35"
    assert coverage["clauses"]["STRIP"] is None, "and nothing of the strip: not known is not nothing"
    assert coverage["coverage_permille"] is None
    assert coverage["events"] == 1
    assert coverage["per_watched_day"] is None, "no rate where coverage is not known"


def test_the_public_gets_no_count_and_no_coverage_that_is_not_released(case_house: House) -> None:
    coverage = case_house.told("/api/counts/event")["coverage"]
    assert set(coverage["clauses"].values()) == {None}
    assert "events" not in coverage


def test_where_nobody_looked_is_told_to_the_mission_alone(case_house: House) -> None:
    inside = case_house.told("/api/coverage", "wanda")
    assert {"watched", "owed", "unverified"} <= inside.keys()
    for by in ("al", "bo", "audit", "pub", ""):
        assert not {"watched", "owed", "unverified"} & case_house.told("/api/coverage", by).keys()
