"""Tables, findings, certificates and inputs of the latest run, each held against the entries that name it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from truceline.model.entry import Entry
from truceline.record import Derivation, open_record
from truceline.run.batch import RECORD, run_mission
from truceline.run.recomputing.entries import _nearest, ran_last
from truceline.run.verification import verify_mission

MISSION = Path(__file__).parents[3] / "missions" / "first-steps"
NOW_US = 1_795_000_000_000_000
AT = "2026-11-23T10:00:00Z"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("entries") / "m"
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report"))
    run_mission(folder, now_us=NOW_US)
    return folder


@pytest.fixture
def folder(ran, tmp_path):
    shutil.copytree(ran, tmp_path / "m")
    return tmp_path / "m"


def problems(folder):
    return verify_mission(folder, recompute=False, progress=lambda step: None).problems


def end_again(record):
    """The run's last entry once more, so that what was appended meanwhile is of the latest run."""
    record.append([record.last("mission", "inputs")[1]])


def a_finding(record):
    return next(entry for _, entry in record.entries(kind="finding") if entry.hashes)


def test_an_untouched_run_has_no_problem_of_this_kind(folder):
    assert problems(folder) == ()


def test_a_finding_whose_entry_names_no_certificate_is_found(folder):
    with open_record(folder / RECORD) as record:
        told = a_finding(record)
        record.append([replace(told, hashes=())])
        end_again(record)
    (said,) = problems(folder)
    assert said.startswith(f"{told.subject}: no entry names its certificate {told.hashes[0][:12]}")


def test_a_finding_whose_entry_says_another_verdict_is_found(folder):
    with open_record(folder / RECORD) as record:
        told = a_finding(record)
        record.append([replace(told, detail=told.detail | {"verdict": "no_breach"})])
        end_again(record)
    assert problems(folder) == (f"{told.subject}: its entry says otherwise than the table of findings: verdict.",)


def test_an_entry_of_a_finding_that_the_run_did_not_make_is_found(folder):
    with open_record(folder / RECORD) as record:
        record.append([replace(a_finding(record), subject="fnd-000000000000")])
        end_again(record)
    (said,) = problems(folder)
    assert said.startswith("fnd-000000000000: an entry names it and its certificate, and the latest run has no such")


def test_what_a_server_found_after_the_run_is_not_held_against_it(folder):
    with open_record(folder / RECORD) as record:
        record.append([replace(a_finding(record), subject="fnd-000000000000")])
    assert problems(folder) == ()


@pytest.mark.parametrize("later", [False, True], ids=["never", "later"])
def test_a_table_made_of_bytes_that_no_entry_before_it_brought_in_is_found(folder, later):
    with open_record(folder / RECORD) as record:
        unknown = record.put(b"from nowhere")
        derivation = Derivation(inputs=(unknown,), code="truceline 0.1.0", settings="0" * 64)
        record.put_table("extra", record.table("claims"), derivation=derivation, known_at=AT)
        if later:
            record.append([Entry(kind="raw", subject="feeds/x.csv", author="x", known_at=AT, hashes=(unknown,))])
    (said,) = problems(folder)
    assert f"table extra: it was made of {unknown[:12]}, and no entry before it" in said


def test_a_proxy_of_bytes_that_never_came_in_is_found(folder):
    with open_record(folder / RECORD) as record:
        proxy, original = record.put(b"proxy"), record.put(b"original")
        entry = Entry(kind="derived", subject="proxy of x", author="x", known_at=AT, hashes=(proxy, original))
        record.append([entry])
    (said,) = problems(folder)
    assert f"derived proxy of x: it was made of {original[:12]}" in said


def test_a_table_that_the_run_says_it_made_and_no_entry_tells_of_is_found(folder):
    with open_record(folder / RECORD) as record:
        entry = record.last("mission", "inputs")[1]
        record.append([replace(entry, detail=entry.detail | {"tables": [*entry.detail["tables"], "tracks"]})])
    assert problems(folder) == ("table tracks: the latest run made it, and no entry before it tells of it",)


def test_tables_of_a_run_that_did_not_come_to_its_end_are_not_taken_for_the_latest(folder):
    with open_record(folder / RECORD) as record:
        before = ran_last(record)
        derivation = before.tables["events"].derivation
        record.put_table("events", record.table("events").slice(1), derivation=derivation, known_at=AT)
        assert ran_last(record).tables == before.tables
    checked = verify_mission(folder, recompute=True, progress=lambda step: None)
    assert checked.ok, checked.problems
    assert checked.recomputed == 13


@pytest.mark.parametrize("roots", [b"[]", b'{"events": []}', b'{"events": {"a": 1}}', b"7", b"null", b'[["a"]]'])
def test_a_certificate_with_roots_of_any_form_is_held_to_those_of_the_mission(roots):
    parts = [{"events": "1" * 64}, {"events": "2" * 64}]
    assert _nearest(b'{"roots": ' + roots + b"}", parts) == parts[0]
    assert _nearest(b'{"roots": {"events": "' + b"2" * 64 + b'"}}', parts) == parts[1]
