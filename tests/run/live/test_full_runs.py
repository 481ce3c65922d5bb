"""A full run after a mission was served: what came in and was decided live is in it, and computed from the record."""

import pytest
from tests.run.live.simulated import H, Simulated

from truceline.model.account import MISSION, Recipient
from truceline.model.review import Review
from truceline.pipeline import silent
from truceline.run.batch import run_mission
from truceline.run.live.watching import archive
from truceline.run.verification import verify_mission


@pytest.fixture
def served(tmp_path):
    simulated = Simulated(tmp_path / "mission")
    yield simulated
    simulated.close()


def shot_of(simulated):
    (found,) = (row for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire")
    return found


def test_a_run_takes_in_what_came_in_live_and_what_people_decided_and_computes_it_again(served):
    served.send()
    event_id = shot_of(served)["event_id"]
    served.review(Review(event_id=event_id, act="confirm", at_us=0, author=""))
    served.close()
    run = run_mission(served.folder, now_us=served.clock.now_us + H)
    (shot,) = (row for row in run.products.events.to_pylist() if row["act"] == "fire")
    assert (shot["event_id"], shot["status"], len(shot["members"])) == (event_id, "confirmed", 2)
    checked = verify_mission(served.folder, recompute=True, progress=silent)
    assert checked.ok, checked.problems
    assert checked.recomputed == 13
    again = run_mission(served.folder, now_us=served.clock.now_us + 2 * H)
    assert again.entries_after == again.entries_before, "a run without news adds nothing"
    served.start()
    assert shot_of(served)["event_id"] == event_id


def test_a_rejected_event_is_neither_judged_nor_counted_in_a_run(served):
    served.send()
    served.review(Review(event_id=shot_of(served)["event_id"], act="reject", at_us=0, author="", reason="a quarry"))
    served.close()
    products = run_mission(served.folder, now_us=served.clock.now_us + H).products
    clauses = {row["clause"] for judged in products.judged for row in judged.findings.to_pylist()}
    assert "NO_FIRE" not in clauses
    assert [row["status"] for row in products.events.to_pylist() if row["act"] == "fire"] == ["rejected"]
    served.start()


def test_a_large_store_is_served_from_its_tables_and_new_reports_are_judged_beside_them(served, monkeypatch):
    served.close()
    run_mission(served.folder, now_us=served.clock.now_us)
    monkeypatch.setattr(archive, "ALL_ROWS", 0)
    served.clock.to("2026-11-05 10:01")
    served.start()
    desk = served.desk
    assert desk.archive is not None
    assert desk.own("event").num_rows == 0, "the drone of 1 October is out of reach"
    (older,) = (row for batch in desk.archive.older("event") for row in batch.to_pylist())
    assert older["act"] == "fly"
    served.send(rows="A-1,,acoustic,2026-11-05 10:00:10,,,fire,,,,1,-26.5,31.7,300,,acoustic,0.80\n")
    assert [row["act"] for row in desk.own("event").to_pylist()] == ["fire"]


def test_what_a_party_sent_in_confidence_is_left_out_of_an_archive_too(served, monkeypatch):
    rows = "L-1,,alpha_log,2026-10-05 10:00:10,,,fire,,,,1,-26.5,31.7,300,,own_log,\n"
    served.send(rows, by="al")
    (shot,) = (row for row in served.desk.own("event").to_pylist() if row["act"] == "fire")
    served.close()
    run_mission(served.folder, now_us=served.clock.now_us)
    monkeypatch.setattr(archive, "ALL_ROWS", 0)
    served.clock.to("2026-11-05 10:01")
    served.start()
    desk, bravo = served.desk, Recipient(kind="party", party="BETA")
    assert desk.archive is not None
    assert set(desk.confidential.values()) == {"ALPHA"}
    ids = {
        to: [each for rows in desk.released_older("event", to) for each in rows["event_id"].to_pylist()]
        for to in (MISSION, bravo)
    }
    assert shot["event_id"] in ids[MISSION]
    assert shot["event_id"] not in ids[bravo]
    theirs = [each for rows in desk.released_older("finding", bravo) for each in rows["event_ids"].to_pylist()]
    assert [shot["event_id"]] not in theirs
