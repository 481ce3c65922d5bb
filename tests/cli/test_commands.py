"""The command line as a person meets it: what it prints, its exit codes, no traceback."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def truceline(*words, cwd=None, env=None):
    """Run the command; its code, stdout and stderr."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUTF8": "1",
        **(env or {}),
    }
    done = subprocess.run(
        [sys.executable, "-m", "truceline", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=environment,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def mission(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "first-steps"
    shutil.copytree(ROOT / "missions" / "first-steps", folder, ignore=shutil.ignore_patterns("record", "report"))
    done = truceline("run", folder, "--quiet")
    assert done.returncode == 1, "one row of the mission is set aside: done, and something was found"
    return folder, done


def test_run_says_per_clause_and_addressee_what_the_sources_support(mission):
    _, done = mission
    assert "HEAVY_WEAPONS · SUD: breach_found" in done.stdout
    assert "FLIGHTS · NORD: undetermined: party" in done.stdout
    assert "coverage not known" in done.stdout
    assert done.stderr == ""


def test_run_writes_the_report_in_four_forms(mission):
    folder, _ = mission
    names = {path.name for path in (folder / "report").iterdir()}
    assert {"daily-report.html", "daily-report.pdf", "events.csv", "findings.csv", "events.geojson"} <= names


def test_run_prints_json_on_stdout_and_progress_on_stderr(mission):
    folder, _ = mission
    done = truceline("run", folder, "--json")
    said = json.loads(done.stdout)
    assert said["mandates"][0]["mandate"] == "mandate"
    assert "judging" in done.stderr


def test_explain_goes_from_the_clause_down_to_the_raw_bytes(mission):
    folder, _ = mission
    said = json.loads(truceline("run", folder, "--json", "--quiet").stdout)
    breach = next(
        f for f in said["mandates"][0]["findings"] if f["verdict"] == "breach" and f["clause"] == "HEAVY_WEAPONS"
    )
    words = truceline("explain", folder, breach["finding_id"]).stdout
    for part in (
        "Article 2",
        "surely",
        "km from front",
        "Drone flights of the Valley Mission",
        "observations.csv, row",
        "record/content/",
        "certificate",
    ):
        assert part in words, f"{part!r} is not in:\n{words}"
    blob = next(line.strip() for line in words.splitlines() if "record/content/" in line and "certificate" not in line)
    assert (folder / blob).is_file(), "the way down must end at a file"


def test_explain_says_what_is_missing_and_what_would_decide(mission):
    folder, _ = mission
    said = json.loads(truceline("run", folder, "--json", "--quiet").stdout)
    open_one = next(
        f for f in said["mandates"][0]["findings"] if f["reason"] == "measurement" and f["clause"] == "HEAVY_WEAPONS"
    )
    words = truceline("explain", folder, open_one["finding_id"][:9]).stdout
    assert "a better position" in words
    assert "possibly" in words


def test_verify_is_quiet_about_a_good_record_and_loud_about_an_altered_byte(mission, tmp_path):
    folder, _ = mission
    assert truceline("verify", folder, "--quiet", "--recompute").returncode == 0
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    blob = next(path for path in sorted((copy / "record" / "content").rglob("*")) if path.is_file())
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes() + b" ")
    done = truceline("verify", copy, "--quiet")
    assert done.returncode == 5
    refused = truceline("report", copy)
    assert refused.returncode == 5
    assert "Nothing was written" in refused.stderr
    assert "PROBLEM" in done.stdout


def test_check_lists_what_the_text_leaves_undefined_and_ends_with_4_where_clauses_contradict(mission):
    folder, _ = mission
    done = truceline("check", folder)
    assert done.returncode == 4, "the lesson on conflicts is one"
    assert "CONFLICT" in done.stdout
    assert "NO-RESPONSE" in done.stdout
    said = json.loads(truceline("check", folder / "mandate.truce", "--json").stdout)
    assert {remark["code"] for remark in said[0]["remarks"]} >= {"EXEMPTION", "SCOPE", "NO-EVIDENCE"}


def test_report_writes_the_same_bytes_again_from_the_record_alone(mission, tmp_path):
    folder, _ = mission
    out = tmp_path / "again"
    assert truceline("report", folder, "--out", out).returncode == 0
    for path in sorted(out.iterdir()):
        assert path.read_bytes() == (folder / "report" / path.name).read_bytes(), path.name


def test_init_makes_a_mission_that_runs_as_it_is(tmp_path):
    folder = tmp_path / "mine"
    assert truceline("init", folder).returncode == 0
    done = truceline("run", folder, "--quiet")
    assert done.returncode == 0, done.stderr
    assert "breach_found" in done.stdout
    again = truceline("init", folder)
    assert again.returncode == 3
    assert "nothing is overwritten" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", "no-such-folder"), 3, "truceline init"),
        (("verify", "no-such-folder"), 3, ""),
        (("explain", "no-such-folder", "fnd-1"), 3, ""),
        (("check", "no-such-file.truce"), 3, "no-such-file.truce"),
        (("judge",), 2, "judge"),
        (("run",), 2, "MISSION"),
    ],
)
def test_a_wrong_call_gets_one_line_that_says_what_to_do(words, code, said, tmp_path):
    done = truceline(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stderr


def test_a_mandate_with_an_unknown_name_stops_judging_with_code_4_and_names_line_and_nearest(tmp_path):
    folder = tmp_path / "m"
    truceline("init", folder)
    text = (folder / "mandate.truce").read_text("utf-8")
    (folder / "mandate.truce").write_text(text.replace("present HEAVY", "present HEAVVY"), "utf-8")
    done = truceline("run", folder, "--quiet")
    assert done.returncode == 4
    assert "mandate.truce, line 16" in done.stderr
    assert "Did you mean 'HEAVY'?" in done.stderr


def test_help_names_every_command():
    done = truceline("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("init", "run", "check", "explain", "report", "verify"))
