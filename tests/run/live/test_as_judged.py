"""Certificates where not everything was judged together: a party's confidential rows, an event that was rejected."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.run.bundling.made import LOG, PURPOSE, Seal, check
from tests.run.live.simulated import SHOT, H, Simulated

from truceline.model.review import Review
from truceline.pipeline import silent
from truceline.record import Derivation, open_record
from truceline.record.custody import for_itself
from truceline.record.notes.checkpoint import Checkpoint
from truceline.run.batch import record_in, run_mission, vault_in
from truceline.run.bundling import bundle_finding
from truceline.run.keeping.erasing import Reason, erase_subject
from truceline.run.recomputing.entries import audit, ran_last
from truceline.run.verification import verify_mission

THEIRS = SHOT.splitlines()[0].replace("acoustic", "beta_log", 1).replace("A-1", "L-1").replace("31.70", "31.75") + "\n"


@pytest.fixture
def served(tmp_path):
    simulated = Simulated(tmp_path / "mission")
    yield simulated
    simulated.close()


@pytest.fixture
def ran(served):
    """A run over what the mission saw and what BETA sent in confidence: findings of both."""
    served.send()
    served.send(THEIRS, by="bo")
    served.close()
    return served, run_mission(served.folder, now_us=served.clock.now_us + H).products


def bundled(served, name, place, *, purpose=PURPOSE):
    with for_itself(), record_in(served.folder) as record:
        point = Checkpoint(origin=LOG.name, size=record.size, root=record.root(record.size))
        target = io.BytesIO()
        seal = Seal(note=point.signed_by(LOG), log_key=LOG.verifier.vkey)
        bundle_finding(record, name, target, seal=seal, purpose=purpose)
    return target.getvalue(), check(place, target.getvalue())


def sources_in(bundle):
    """Of the observations in a bundle's tables."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        (name,) = (each for each in opened.namelist() if each.endswith("tables/observations.parquet"))
        return set(pq.read_table(io.BytesIO(opened.read(name)))["source_id"].to_pylist())


def tables_in(bundle):
    """The first words of the names of the tables whose bytes are in a bundle."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        paths = [Path(each) for each in opened.namelist() if "/tables/" in each]
    return {path.stem.split()[0] for path in paths}


def finding_about(products, source):
    """A certified finding about events that this source reported."""
    said = products.observations.to_pylist()
    ids = {row["observation_id"] for row in said if row["source_id"] == source}
    events = {row["event_id"] for row in products.events.to_pylist() if ids.intersection(row["members"])}
    rows = [row for judged in products.judged for row in judged.findings.to_pylist()]
    return next(
        row["finding_id"] for row in rows if row["certificate_sha256"] and events.intersection(row["event_ids"])
    )


def test_a_run_over_a_partys_confidential_rows_verifies_and_is_computed_again(ran):
    served, products = ran
    assert sorted(products.as_judged) == [
        f"{table} judged{owner}" for table in ("events", "observations", "placings") for owner in ("", " BETA")
    ]
    checked = verify_mission(served.folder, recompute=True, progress=silent)
    assert checked.ok, checked.problems
    assert checked.certificates
    again = run_mission(served.folder, now_us=served.clock.now_us + 2 * H)
    assert again.entries_after == again.entries_before, "a run without news adds nothing"


def test_an_altered_part_of_a_table_is_found_by_its_certificates(ran):
    served, _ = ran
    with open_record(served.folder / "record") as record:
        found = ran_last(record)
        part = record.table("events judged BETA")
        derivation = Derivation(inputs=(), code="x", settings="0" * 64)
        record.put_table("events judged BETA", part.slice(1), derivation=derivation, known_at="2026-10-05T12:00:00Z")
        found.tables["events judged BETA"] = record.stored_table("events judged BETA")
        problems = audit(record, found).problems
    assert problems
    assert problems[0].endswith("the record has e3b0c44298fc"), problems  # the root of no rows at all
    assert all(": events: " in each for each in problems), problems


def test_a_bundle_of_one_owners_finding_passes_and_holds_nobody_elses_rows(ran, tmp_path):
    served, products = ran
    for source, others in (("beta_log", "acoustic"), ("acoustic", "beta_log")):
        (tmp_path / source).mkdir()
        bundle, answer = bundled(served, finding_about(products, source), tmp_path / source)
        assert answer.code == 0, answer.words
        assert source in sources_in(bundle)
        assert others not in sources_in(bundle)
        assert not tables_in(bundle) & {"findings", "assessments"}, "they tell of everybody's"


def test_a_run_after_an_event_was_rejected_verifies_and_its_bundles_pass(served, tmp_path):
    served.send()
    (shot,) = (row for row in served.desk.own("event").to_pylist() if row["act"] == "fire")
    served.review(Review(event_id=shot["event_id"], act="reject", at_us=0, author="", reason="a quarry"))
    served.close()
    products = run_mission(served.folder, now_us=served.clock.now_us + H).products
    assert sorted(products.as_judged) == ["events judged"]
    checked = verify_mission(served.folder, recompute=True, progress=silent)
    assert checked.ok, checked.problems
    rows = [row for judged in products.judged for row in judged.findings.to_pylist() if row["certificate_sha256"]]
    bundle, answer = bundled(served, rows[0]["finding_id"], tmp_path)
    assert answer.code == 0, answer.words
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        (name,) = (each for each in opened.namelist() if each.endswith("data/bundle.json"))
        assert "events judged" in [each["name"] for each in json.loads(opened.read(name))["tables"]]


def test_a_bundle_whose_original_was_erased_says_so_and_passes(ran, tmp_path):
    served, products = ran
    reason = Reason(by="L. Berg", why="asked", known_at="2026-10-06T10:00:00Z")
    with record_in(served.folder, writing=True) as record:
        erase_subject(record, vault_in(served.folder, served.desk.mission), "BETA", reason)
    purpose = replace(PURPOSE, opens=True)
    bundle, answer = bundled(served, finding_about(products, "beta_log"), tmp_path, purpose=purpose)
    assert answer.code == 0, answer.words
    assert "1 encrypted; 0 opened here" in answer.words
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        (page,) = (opened.read(each).decode() for each in opened.namelist() if each.endswith("data/index.html"))
    assert "its key was destroyed" in page
