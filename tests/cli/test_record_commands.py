"""The commands about the record, as a mission, a witness, two readers and a court type them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from truceline.base.errors import InputError, IntegrityError, TrucelineError, UnknownNameError
from truceline.cli.main import app

MISSION = Path(__file__).resolve().parents[2] / "missions" / "first-steps"


def typed(*words: object, code: int = 0) -> str:
    """What a command prints. Raises: the error that the command line turns into one line."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, TrucelineError):
        raise result.exception
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("missions") / "first-steps"
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report", "keys"))
    typed("run", folder, "--quiet", code=1)
    return folder


@pytest.fixture
def mission(ran: Path, tmp_path: Path) -> Path:
    shutil.copytree(ran, tmp_path / "mission")
    return tmp_path / "mission"


def finding_of(mission: Path) -> str:
    rows = (mission / "report" / "findings.csv").read_text("utf-8").splitlines()
    return next(row.split(",")[0] for row in rows if row.startswith("fnd-") and ",breach," in row)


def test_a_run_signs_and_a_second_one_without_news_adds_nothing(mission: Path) -> None:
    assert "0 new" in typed("run", mission, "--quiet", code=1)
    told = json.loads(typed("log", "checkpoint", mission, "--json"))
    assert (told["unseen"], told["cosigned"], told["stamped_at"]) == ([], [], None)
    checked = json.loads(typed("verify", mission, "--json", "--quiet"))
    assert (checked["ok"], checked["covered"], checked["key"]) == (True, told["size"], told["key"])
    assert typed("log", "key", mission).strip() == told["key"]


def test_a_witness_without_network_cosigns_and_the_mission_shows_it(mission: Path, tmp_path: Path) -> None:
    key = typed("log", "key", mission).strip()
    printed = typed("witness", "init", tmp_path / "w", "--name", "observers.example/valley", "--log", key)
    witness = next(line for line in printed.splitlines() if line.startswith("observers.example/valley+"))
    with (mission / "truceline.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[keep.witnesses]]\nname = "Observers"\nkey = "{witness}"\n')
    typed("log", "request", mission, 0, "--out", tmp_path / "request")
    typed("witness", "cosign", tmp_path / "w", tmp_path / "request", "--out", tmp_path / "answer")
    assert "observers.example/valley found it consistent" in typed("log", "answer", mission, tmp_path / "answer")
    assert "cosigned by observers.example/valley" in typed("verify", mission, "--quiet")
    with pytest.raises(InputError, match="truceline log request MISSION"):
        typed("witness", "cosign", tmp_path / "w", tmp_path / "request")
    assert "entries, 20" in typed("witness", "show", tmp_path / "w")


def test_two_readers_who_were_shown_two_logs_prove_it(mission: Path, tmp_path: Path) -> None:
    shutil.copytree(mission, tmp_path / "other")
    key = typed("log", "key", mission).strip()
    for place, name in ((mission, "a"), (tmp_path / "other", "b")):
        typed("explain", place, finding_of(place))  # who read it comes into the log, each with a salt of its own
        typed("log", "checkpoint", place)
        typed("log", "show", place, "--out", tmp_path / name)
    with pytest.raises(IntegrityError, match="two signatures prove it"):
        typed("log", "compare", tmp_path / "a", tmp_path / "b", "--key", key)
    typed("verify", mission, "--against", tmp_path / "a", "--key", key, "--quiet")
    told = typed("verify", mission, "--against", tmp_path / "b", "--key", key, "--quiet", code=5)
    assert "a split view, or a rewritten log" in told


def test_a_court_checks_a_bundle_with_nothing_of_ours(mission: Path, tmp_path: Path) -> None:
    finding = finding_of(mission)
    printed = typed("bundle", mission, finding, "--for", "District court", "--why", "case 12")
    path = mission / "bundles" / f"{finding}.zip"
    assert str(path) in printed
    (tmp_path / "verify_bundle.py").write_text(typed("checker"), "utf-8")
    key = typed("log", "key", mission).strip()
    command = [sys.executable, "-I", str(tmp_path / "verify_bundle.py"), str(path), "--key", key]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"finding {finding}" in answer.stdout
    with pytest.raises(InputError, match="a file of this name is there"):
        typed("bundle", mission, finding, "--for", "District court", "--why", "case 12")
    typed("log", "checkpoint", mission)
    sha256 = json.loads(typed("log", "custody", mission, certificate_of(mission, finding), "--json"))
    assert any(
        act["act"] == "export" and act["to"] == "District court: case 12"
        for each in sha256
        for act in each["detail"].get("acts", [])
    )


def certificate_of(mission: Path, finding: str) -> str:
    from truceline.run.batch import record_in

    with record_in(mission) as record:
        told = record.last("finding", finding)
    assert told is not None
    return told[1].hashes[0]


def test_what_is_not_released_is_not_bundled_and_nothing_is_left(mission: Path) -> None:
    with pytest.raises(UnknownNameError, match="released to public"):
        typed("bundle", mission, finding_of(mission), "--for", "x", "--why", "y", "--redacted", "public")
    assert not list((mission / "bundles").iterdir())
    with pytest.raises(InputError, match="auditor, public or party:NAME"):
        typed("bundle", mission, finding_of(mission), "--for", "x", "--why", "y", "--redacted", "everybody")
    with pytest.raises(InputError, match="for whom and why"):
        typed("bundle", mission, finding_of(mission), "--for", " ", "--why", "y")


def test_an_entry_is_proven_by_its_own_numbers(mission: Path) -> None:
    proof = json.loads(typed("log", "prove", mission, 3))
    assert proof["position"] == 3
    assert len(proof["path"]) == (proof["size"] - 1).bit_length()
    with pytest.raises(UnknownNameError, match="the latest checkpoint covers"):
        typed("log", "prove", mission, 10_000)


def test_content_is_read_again_and_what_is_altered_is_named(mission: Path) -> None:
    assert "all as they were" in typed("fixity", mission)
    blob = next(iter(sorted((mission / "record" / "content").glob("*/*"))))
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes() + b"x")
    with pytest.raises(IntegrityError):
        typed("fixity", mission)
    assert "PROBLEM" in typed("verify", mission, "--quiet", code=5)
