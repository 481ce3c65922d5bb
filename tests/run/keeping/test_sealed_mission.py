"""A mission whose feed is sealed: it runs, is computed again, is bundled, is erased, and its proofs outlive it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truceline.base.errors import ErasedError
from truceline.model.entry import Entry
from truceline.pipeline import silent
from truceline.record.custody import for_itself
from truceline.record.sealed.form import sealed_header
from truceline.run.batch import Run, record_in, run_mission, vault_in
from truceline.run.bundling import checker
from truceline.run.bundling.making import Wanted, make_bundle
from truceline.run.keeping.erasing import Reason, erase_subject
from truceline.run.mission import read_mission
from truceline.run.verification import verify_mission

HERE = Path(__file__).resolve().parents[3] / "missions" / "first-steps"
NOW_US = 1_770_000_000_000_000
FEED = 'path = "feeds/observations.csv"'


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, Run]:
    folder = tmp_path / "mission"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("record", "report", "keys"))
    declaration = folder / "truceline.toml"
    text = declaration.read_text("utf-8")
    assert FEED in text
    declaration.write_text(text.replace(FEED, f'{FEED}\nsealed_for = "village register"'), "utf-8")
    return folder, run_mission(folder, now_us=NOW_US)


def raw_of(folder: Path) -> Entry:
    with record_in(folder) as record:
        return next(entry for _, entry in record.entries(kind="raw") if entry.subject.endswith("observations.csv"))


def test_the_record_holds_no_byte_of_it_in_the_open_and_reads_it_all_the_same(sealed: tuple[Path, Run]) -> None:
    folder, ran = sealed
    plain = (folder / "feeds" / "observations.csv").read_bytes()
    (sha256,) = raw_of(folder).hashes
    with for_itself(), record_in(folder) as record:
        stored = record.stored(sha256)
        assert sealed_header(stored) is not None
        assert record.get(sha256) == plain
    assert not any(plain[:60] in path.read_bytes() for path in (folder / "record" / "content").rglob("*/*"))
    assert ran.products.observations.num_rows > 20
    assert set(ran.products.observations["raw_sha256"].to_pylist()) >= {sha256}
    again = run_mission(folder, now_us=NOW_US + 1)
    assert again.entries_before == again.entries_after, "an equal run adds nothing"
    told = verify_mission(folder, recompute=True, progress=silent)
    assert (told.ok, told.recomputed > 10) == (True, True), told.problems


def test_a_bundle_gives_the_sealed_bytes_and_its_checker_takes_them(sealed: tuple[Path, Run], tmp_path: Path) -> None:
    folder, ran = sealed
    finding = next(
        row["finding_id"]
        for judged in ran.products.judged
        for row in judged.findings.to_pylist()
        if row["verdict"] == "breach"
    )
    made = make_bundle(folder, Wanted(finding=finding, for_whom="court", why="case"), out=None, now_us=NOW_US + 2)
    (tmp_path / "verify_bundle.py").write_bytes(checker())
    command = [sys.executable, "-I", str(tmp_path / "verify_bundle.py"), str(made.path), "--key", made.key]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_erased_it_cannot_be_read_and_the_proofs_hold(sealed: tuple[Path, Run]) -> None:
    folder, _ = sealed
    (sha256,) = raw_of(folder).hashes
    mission = read_mission(folder)
    reason = Reason(by="L. Berg", why="asked by the person", known_at="2026-02-02T00:00:00Z")
    with record_in(folder, writing=True) as record:
        entries = erase_subject(record, vault_in(folder, mission), "village register", reason)
        assert [each.hashes for each in entries] == [(sha256,)]
    with record_in(folder) as record, pytest.raises(ErasedError, match=r"by L\. Berg: asked by the person"):
        record.get(sha256)
    told = verify_mission(folder, recompute=True, progress=silent)
    assert told.ok, told.problems
    assert any("erased" in note for note in told.notes), told.notes
