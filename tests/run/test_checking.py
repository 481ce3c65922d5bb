"""What `truceline check` prints, and with which exit code."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truceline.base.errors import IntegrityError, UnknownNameError
from truceline.cli.template import make_mission
from truceline.guarantee.ledger import entry_of_row
from truceline.model.actor import Actor
from truceline.model.document import Dated, Span
from truceline.model.entry import Entry
from truceline.model.position import Position, Proposition
from truceline.model.statement import Statement
from truceline.record import open_record
from truceline.run.checking import check_path, sarif, worst

ROOT = Path(__file__).parents[2]
CLEAN = """mandate "Clean" in force 2024-01-01T00:00 coverage >= 0.5
party A "a"
"""
WARNED = CLEAN + 'clause C cites "p" prohibited A fire any breach X\n'
WRONG = CLEAN + (
    'body M "m" monitors\nclause C cites "p" prohibited A fire any breach X\n'
    'clause D cites "q" allowed A fire any from 2024-02-01\n'
)


def check(*args):
    return subprocess.run(
        [sys.executable, "-m", "truceline", "check", *map(str, args)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("text", "code", "gravest"),
    [(CLEAN + 'body M "m" monitors\n', 0, None), (WARNED, 1, "warning"), (WRONG, 4, "error")],
    ids=["nothing", "warnings", "errors"],
)
def test_the_exit_code_says_how_grave_it_is(tmp_path, text, code, gravest):
    file = tmp_path / "m.truce"
    file.write_text(text, encoding="utf-8")
    assert worst(check_path(file)) == gravest
    assert check(file).returncode == code


def test_people_programs_and_editors_are_told_the_same(tmp_path):
    file = tmp_path / "m.truce"
    file.write_text(WARNED, encoding="utf-8")
    words, plain, for_editors = (
        check(file).stdout,
        json.loads(check(file, "--json").stdout),
        json.loads(check(file, "--sarif").stdout),
    )
    (mandate,) = plain
    (run,) = for_editors["runs"]
    assert for_editors["version"] == "2.1.0"
    assert len(mandate["remarks"]) == len(run["results"]) == sum(mandate["counts"].values()) > 0
    for remark, result in zip(mandate["remarks"], run["results"], strict=True):
        assert remark["words"] in words
        assert remark["words"] in result["message"]["text"]
        assert (result["ruleId"], result["level"]) == (remark["code"], remark["severity"])
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == remark["code"]
        (place,) = result["locations"]
        assert place["physicalLocation"].get("region", {}).get("startLine", 0) == remark["line"]
        assert (tmp_path / "m.truce").samefile(place["physicalLocation"]["artifactLocation"]["uri"])


def test_two_baselines_are_measured_where_they_are_drawn():
    found = {each.mandate: each for each in check_path(ROOT / "missions/minsk-2015")}
    (remark,) = [r for r in found["minsk"].remarks if r.code == "BASELINE"]
    assert "near 48.25° N 38.62° E line_2014 lies 26.6 ± 8.3 km to the right of contact" in remark.words
    assert "kept apart by 76.6 km instead of 50 km (HEAVY_25), 96.6 km instead of 70 km (ROCKET_35)" in remark.words
    assert not [r for r in found["single-line"].remarks if r.code == "BASELINE"]


def test_a_drawing_outside_the_folder_is_not_read(tmp_path):
    (tmp_path / "out.geojson").write_text("not a drawing", encoding="utf-8")
    inside = tmp_path / "in"
    inside.mkdir()
    text = (
        'mandate "T" in force 2024-01-01T00:00\nparty A "a" baseline first\nparty B "b" baseline second\n'
        'line first "../out.geojson"\nline second "../out.geojson"\n'
        'clause C cites "p" prohibited A B present any within 1km of baseline\n'
    )
    (inside / "m.truce").write_text(text, encoding="utf-8")
    (found,) = check_path(inside / "m.truce")
    assert any(remark.code == "BASELINE" for remark in found.remarks)


SIGNED = 'mandate "T" in force 2024-01-01T00:00\ntext "{}" sha256 "{}"\nparty A "a"\nbody M "m" monitors\n'


def codes(path):
    return {(remark.code, remark.severity) for each in check_path(path) for remark in each.remarks}


def test_a_signed_text_that_is_not_there_or_was_changed_is_said(tmp_path):
    text = tmp_path / "m.truce"
    text.write_text(SIGNED.format("signed.pdf", "0" * 64), encoding="utf-8")
    (lost,) = [each for found in check_path(text) for each in found.remarks if each.code == "SIGNED-OFF"]
    assert "signed.pdf is not beside this text" in lost.words
    scan = b"%PDF-1.7 \xff a scan"
    (tmp_path / "signed.pdf").write_bytes(scan)
    (other,) = [each for found in check_path(text) for each in found.remarks if each.code == "SIGNED-OFF"]
    assert hashlib.sha256(scan).hexdigest() in other.words
    text.write_text(SIGNED.format("signed.pdf", hashlib.sha256(scan).hexdigest()), encoding="utf-8")
    assert not {code for code, _ in codes(text)} & {"SIGNED-OFF", "UNSIGNED", "ANCHOR"}


def test_a_mission_is_checked_inside_its_folder_and_nowhere_else(tmp_path):
    (tmp_path / "outside.truce").write_text("secret words", encoding="utf-8")
    mission = tmp_path / "mission"
    (mission / "sub").mkdir(parents=True)
    declaration = (ROOT / "missions/minsk-2015/truceline.toml").read_text(encoding="utf-8")
    (mission / "truceline.toml").write_text(
        re.sub(r"^mandates = .*$", 'mandates = ["../outside.truce"]', declaration, flags=re.MULTILINE), encoding="utf-8"
    )
    refused = check(mission)
    assert refused.returncode == 3
    assert "secret" not in refused.stderr
    assert "leads out of the mission folder" in refused.stderr
    (mission / "truceline.toml").write_text(
        re.sub(r"^mandates = .*$", 'mandates = ["sub/minsk.truce"]', declaration, flags=re.MULTILINE), encoding="utf-8"
    )
    shutil.copytree(ROOT / "missions/minsk-2015/geo", mission / "geo")
    shutil.copy(ROOT / "missions/minsk-2015/minsk.truce", mission / "sub/minsk.truce")
    (found,) = check_path(mission)
    assert any("26.6 ± 8.3 km" in remark.words for remark in found.remarks)


def test_sarif_names_every_code_once():
    found = check_path(ROOT / "missions/first-steps")
    (run,) = sarif(found)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert {result["ruleId"] for result in run["results"]} == set(rules)


REFUSAL = (
    Actor(actor_id="ALLIES", kind="coalition", name="Allies"),
    Statement(
        statement_id="st-1",
        document_id="doc-1",
        content=(Span(start=0, end=21, exact="We will send nobody."),),
        attribution="direct",
        said=Dated(value="2026-03-01", precision="day", basis="as stated"),
    ),
    Proposition(proposition_id="prop-1", text="Allies guarantee", action="guarantee", subject_id="ALLIES"),
    Position(
        position_id="pos-1",
        statement_id="st-1",
        proposition_id="prop-1",
        holder_id="ALLIES",
        stance="refused",
        first_hand=True,
    ),
)
GUARANTEED = CLEAN + 'body M "m" monitors\nbody ALLIES "the guarantors" guarantees\n'


def keep(folder, *entries):
    with open_record(folder / "record") as record:
        record.append(entries)


def roles(found):
    return [(each.code, each.subject) for mandate in found for each in mandate.remarks if each.code.startswith("ROLE-")]


def contents(folder):
    """Every file's bytes, but for what SQLite keeps beside a log while somebody reads it."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("log.db-"))
    return {path: path.read_bytes() for path in files}


@pytest.fixture
def mission(tmp_path):
    """A mission whose mandate names guarantors, and which keeps no record yet."""
    folder = tmp_path / "mission"
    (text,) = (path for path in make_mission(folder) if path.suffix == ".truce")
    text.write_text(GUARANTEED, encoding="utf-8")
    return folder


@pytest.fixture
def refusal():
    return [entry_of_row(row, author="anna", known_at_us=1_790_000_000_000_000) for row in REFUSAL]


def test_a_mission_is_held_against_its_ledger_and_without_one_nothing_is_said_of_roles(mission, refusal):
    assert roles(check_path(mission)) == []
    keep(mission, Entry(kind="mission", subject="m", author="anna", known_at="2026-01-01T00:00:00Z"))
    assert roles(check_path(mission)) == []
    keep(mission, *refusal)
    before = contents(mission)
    expected = [("ROLE-UNRESOLVED", "M"), ("ROLE-REFUSED", "ALLIES")]
    assert roles(check_path(mission)) == roles(check_path(mission / "truceline.toml")) == expected
    said = check(mission)
    assert said.returncode == 1
    assert "“We will send nobody.” (said 2026-03-01, st-1)" in said.stdout
    assert contents(mission) == before


def test_one_text_is_held_against_the_ledger_that_is_named(mission, refusal, tmp_path):
    file = tmp_path / "draft.truce"
    file.write_text(GUARANTEED, encoding="utf-8")
    keep(mission, *refusal)
    assert roles(check_path(file)) == []
    assert [code for code, _ in roles(check_path(file, ledger=mission))] == ["ROLE-UNRESOLVED", "ROLE-REFUSED"]
    assert "ROLE-REFUSED" in check(file, "--ledger", mission).stdout
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnknownNameError, match="keeps no record"):
        check_path(file, ledger=tmp_path / "empty")
    assert check(file, "--ledger", tmp_path / "empty").returncode == 3
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_damaged_record_stops_the_check(mission, refusal):
    impossible = Entry(kind="position", subject="p", author="anna", known_at="2026-01-01T00:00:00Z", detail={"x": 1})
    keep(mission, *refusal, impossible)
    with pytest.raises(IntegrityError):
        check_path(mission)
    assert check(mission).returncode == 5
