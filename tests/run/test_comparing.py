"""`truceline compare`: clauses, responses, and the past events of a record, each as both drafts judge them."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from truceline import pipeline
from truceline.judge import changes
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


RENAMED = "LPR_DPR"


def redrafted(folder, name, *changes):
    """The Minsk text with something rewritten, beside the first."""
    text = (MINSK / "minsk.truce").read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / name).write_text(text)
    return folder / name


def test_a_party_of_another_name_is_compared_over_the_same_events(recorded):
    new = redrafted(recorded, "renamed.truce", ("AFC", RENAMED))
    found = compare_paths(recorded / "minsk.truce", new, over=recorded)
    same = compare_paths(recorded / "minsk.truce", recorded / "minsk.truce", over=recorded)
    assert found.events == same.events
    assert same.alike
    assert ("party", "AFC", "only in the first draft") in {(each.kind, each.item, each.words) for each in found.stated}
    assert {each.after for each in found.past if each.addressee == "AFC"} == {"not ruled"}
    assert sum(each.events for each in found.past if each.addressee == "AFC") > 5
    turned = compare_paths(new, recorded / "minsk.truce", over=recorded)
    assert turned.events == same.events
    assert {each.before for each in turned.past if each.addressee == "AFC"} == {"not ruled"}
    assert sum(each.events for each in turned.past) == sum(each.events for each in found.past)


def test_drafts_that_measure_alike_are_asked_about_one_set_of_facts(recorded, monkeypatch):
    seen = []

    def watched(old, old_facts, new, new_facts, *, rows):
        seen.append(old_facts is new_facts)
        return changes(old, old_facts, new, new_facts, rows=rows)

    monkeypatch.setattr(pipeline, "changes", watched)
    old = recorded / "minsk.truce"
    nearer = compare_paths(old, redrafted(recorded, "nearer.truce", ("within 25km", "within 5km")), over=recorded)
    compare_paths(
        old, redrafted(recorded, "coarser.truce", ("precision 1min 250m", "precision 1min 9km")), over=recorded
    )
    assert seen == [True, False]
    assert {each.clause for each in nearer.past} == {"HEAVY_25"}


def test_a_prohibition_that_becomes_a_permission_is_told_with_its_words(recorded):
    new = redrafted(recorded, "allowed.truce", ("prohibited UAF AFC present HEAVY", "allowed UAF AFC present HEAVY"))
    found = compare_paths(recorded / "minsk.truce", new, over=recorded)
    assert {(each.modality_before, each.modality_after) for each in found.past} == {("prohibited", "allowed")}
    assert "breach as far as the event goes → is allowed" in found.words()
    json.dumps(found.plain())


SHORT = """mandate "T" in force 2025-01-01T00:00
party A "a"
body M "m" monitors
clause C cites "1" limited A launch any to 3 events per 1d
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('body M "m" monitors', 'body M "m"'),
        ("in force 2025-01-01T00:00", "in force 2025-01-01T00:00 coverage >= 0.80"),
        ('body M "m" monitors', 'body M "m" monitors\nweapons W = tank'),
    ],
)
def test_what_is_stated_beside_clauses_ends_with_one(tmp_path, before, after):
    assert before in SHORT
    (tmp_path / "a.truce").write_text(SHORT)
    (tmp_path / "b.truce").write_text(SHORT.replace(before, after))
    found = compare_paths(tmp_path / "a.truce", tmp_path / "b.truce", over=None)
    assert not found.alike
    assert (found.clauses, len(found.stated)) == ((), 1)
    assert f"  {found.stated[0].kind} {found.stated[0].item}: {found.stated[0].words}" in found.words()


def test_another_title_is_alike(tmp_path):
    (tmp_path / "a.truce").write_text(SHORT)
    (tmp_path / "b.truce").write_text(SHORT.replace('"T"', '"U"'))
    assert compare_paths(tmp_path / "a.truce", tmp_path / "b.truce", over=None).alike


def test_the_event_of_a_limit_is_a_breach_when_repeated(tmp_path):
    (tmp_path / "a.truce").write_text(SHORT)
    (tmp_path / "b.truce").write_text(SHORT.replace("3 events", "2 events"))
    words = compare_paths(tmp_path / "a.truce", tmp_path / "b.truce", over=None).words()
    assert "repeated to 3, a breach in the new draft only" in words


def test_a_drawing_of_the_same_name_that_draws_something_else_is_told(tmp_path):
    for folder, lon in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.truce").write_text(SHORT + 'line L "l.geojson"\n')
        (tmp_path / folder / "l.geojson").write_text(f'{{"type":"LineString","coordinates":[[{lon},0],[{lon},1]]}}')
    found = compare_paths(tmp_path / "a/t.truce", tmp_path / "b/t.truce", over=None)
    assert [(each.kind, each.item) for each in found.stated] == [("drawing", "l.geojson")]
    assert not found.alike
