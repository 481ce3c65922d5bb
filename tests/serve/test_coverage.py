"""Counts of the API with their coverage; where and when anything could have been seen is the mission's alone."""

from tests.run.live.simulated import H
from tests.serve.house import House

from truceline.respond import visits_of


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


def test_the_pages_show_how_much_could_be_seen_beside_their_counts(case_house: House) -> None:
    headers = case_house.sign_in("wanda")
    for path in ("/events", "/findings"):
        page = case_house.client.get(path, headers=headers).text
        assert "NO_FIRE 35 %" in page, path
        assert "Of every other clause it is not known" in page, path


def test_where_nobody_looked_is_told_to_the_mission_alone(case_house: House) -> None:
    inside = case_house.told("/api/coverage", "wanda")
    assert {"watched", "owed", "unverified"} <= inside.keys()
    for by in ("al", "bo", "audit", "pub", ""):
        assert not {"watched", "owed", "unverified"} & case_house.told("/api/coverage", by).keys()


def test_a_visit_that_a_case_waits_for_is_owed_within_its_hours(case_house: House) -> None:
    desk = case_house.simulated.desk
    (visit,) = visits_of(desk.books.cases.cases.values())
    (state,) = desk.books.cases.cases.values()
    assert (visit.step, visit.clause, visit.case_id) == ("look", "NO_FIRE", state.case_id)
    assert visit.due_us == visit.from_us + 6 * H, "the model mandate: from the air within six hours"
    (owed,) = [row for row in case_house.told("/api/coverage", "wanda")["owed"] if row["kind"] == "visit"]
    assert (owed["duty"], owed["state"]) == ("look", "open")
    assert owed["earliest_at_us"] == visit.from_us
