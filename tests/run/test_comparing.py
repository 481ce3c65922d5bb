"""`truceline compare`: clauses, responses, and the past events of a record, each as both drafts judge them."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from truceline.pipeline import run_pipeline
from truceline.run.batch import run_mission
from truceline.run.comparing import compare_paths
from truceline.run.mission import read_inputs

ROOT = Path(__file__).parents[2]
NOW_US = 1_795_000_000_000_000
MODEL = ROOT / "mandates/drone-first-model"
MINSK = ROOT / "missions/minsk-2015"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The Minsk mission with its record."""
    folder = tmp_path_factory.mktemp("compare") / "minsk"
    shutil.copytree(MINSK, folder)
    run_mission(folder, now_us=NOW_US)
    return folder


def compare(*args):
    return subprocess.run(
        [sys.executable, "-m", "truceline", "compare", *map(str, args)], capture_output=True, text=True, check=False
    )


def test_a_text_and_itself_are_alike():
    found = compare_paths(MODEL / "second-draft.truce", MODEL / "second-draft.truce", over=None)
    assert found.alike
    assert compare(MODEL / "second-draft.truce", MODEL / "second-draft.truce").returncode == 0


def test_the_two_drafts_of_the_model_differ_in_who_can_block_and_in_how_long_it_takes():
    found = compare_paths(MODEL / "first-draft.truce", MODEL / "second-draft.truce", over=None)
    assert found.clauses == ()
    assert [each.response for each in found.responses] == ["STOP", "WITHDRAW"]
    for each in found.responses:
        assert each.before.longest_s is None
        assert {"ALPHA (violator ALPHA)", "BETA (violator BETA)"} <= set(each.before.blockers)
        assert each.after.longest_s <= each.after.deadline_s
        assert not any("ALPHA" in who or "BETA" in who for who in each.after.blockers)


OPEN = {"measurement", "unknown-fact", "exemption-pending", "scope-disputed"}  # the event itself does not decide


def answers(products, name):
    """(event, clause, addressee) -> surely, possibly or no, read from the findings of a whole run."""
    judged = next(each for each in products.judged if each.mandate.name == name)
    return {
        (row["event_ids"][0], row["clause"], row["addressee"]): "no"
        if row["verdict"] == "no_breach"
        else ("possibly" if row["reason"] in OPEN else "surely")
        for row in judged.findings.to_pylist()
    }


def test_past_events_are_told_as_the_findings_of_whole_runs_tell_them(recorded):
    found = compare_paths(MINSK / "minsk.truce", MINSK / "single-line.truce", over=recorded)
    products = run_pipeline(read_inputs(recorded, now_us=NOW_US))
    before, after = answers(products, "minsk"), answers(products, "single-line")
    expected = Counter(
        (clause, addressee, before.get(key, "no"), after.get(key, "no"))
        for key in before.keys() | after.keys()
        for _, clause, addressee in [key]
        if before.get(key, "no") != after.get(key, "no")
    )
    told = {(c.clause, c.addressee, c.before, c.after): c.events for c in found.past if not c.outcome}
    assert told == expected
    assert sum(told.values()) > 5
    assert found.events == products.events.num_rows


def test_the_command_prints_both_and_ends_with_one(recorded):
    done = compare(MINSK / "minsk.truce", MINSK / "single-line.truce", "--over", recorded)
    assert done.returncode == 1, done.stderr
    assert "Past events: " in done.stdout
    plain = json.loads(compare(MINSK / "minsk.truce", MINSK / "single-line.truce", "--over", recorded, "--json").stdout)
    assert plain["events"] > 0
    assert len(plain["past"]) > 0


def test_a_folder_without_a_record_says_what_to_do(tmp_path):
    done = compare(MINSK / "minsk.truce", MINSK / "single-line.truce", "--over", tmp_path)
    assert done.returncode in (3, 6)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
