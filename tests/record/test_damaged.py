"""A flipped byte of the database's files, or a cut in them, is found or without effect; never a traceback."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.record.small import counted, flipped, read_back, small

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.model.entry import Entry
from truceline.record import open_record, verify_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small(tmp_path / "record")
    return tmp_path / "record"


def outcome(folder: Path, truth: list[tuple[int, Entry]]) -> str:
    """What reader and verifier make of a damaged folder; fails where neither tells and the entries differ."""
    try:
        read = read_back(folder) == truth
    except (IntegrityError, UnavailableError):
        read = False
    try:
        found = bool(verify_folder(folder).problems)
    except TrucelineError:
        found = True
    assert read or found, "altered, and nothing told of it"
    return "found" if found else "without effect"


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_byte_of_the_database_file_is_found_or_without_effect(folder: Path, seed: int) -> None:
    truth, content = read_back(folder), (folder / "log.db").read_bytes()
    dice, seen = random.Random(seed), {"found": 0, "without effect": 0}
    used = [at for at, byte in enumerate(content) if byte]
    for _ in range(150):
        at = dice.choice(used) if dice.random() < 0.7 else dice.randrange(len(content))
        (folder / "log.db").write_bytes(flipped(content, at, 1 << dice.randrange(8)))
        for name in ("log.db-wal", "log.db-shm"):
            (folder / name).unlink(missing_ok=True)
        seen[outcome(folder, truth)] += 1
    assert seen["found"] > 50, seen


@pytest.mark.parametrize("share", [0, 0.01, 0.2, 0.5, 0.9, 0.999])
def test_a_cut_database_file_is_found(folder: Path, share: float) -> None:
    truth, content = read_back(folder), (folder / "log.db").read_bytes()
    (folder / "log.db").write_bytes(content[: int(len(content) * share)])
    assert outcome(folder, truth) == "found"


CRASH = """
import os, sys
from pathlib import Path
from tests.record.small import counted, fill
from truceline.record import open_record
fill(open_record(Path(sys.argv[1]), chance=counted()))
os._exit(0)
"""


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record whose writer was stopped without closing: its entries stand in the write-ahead log."""
    folder = tmp_path_factory.mktemp("crashed") / "record"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", CRASH, str(folder)], check=True, env=environment)
    (folder / "log.db-shm").unlink()
    assert (folder / "log.db-wal").stat().st_size > 10_000
    return folder


@pytest.mark.parametrize("writing", [False, True])
def test_a_flipped_byte_of_the_write_ahead_log_is_found_or_without_effect(
    crashed: Path, tmp_path: Path, writing: bool
) -> None:
    shutil.copytree(crashed, tmp_path / "whole")
    truth = read_back(tmp_path / "whole")
    assert len(truth) == 4
    content, dice = (crashed / "log.db-wal").read_bytes(), random.Random(writing)
    seen = {"found": 0, "without effect": 0}
    for number in range(60 if writing else 200):
        folder = tmp_path / f"{number}"
        shutil.copytree(crashed, folder)
        (folder / "log.db-wal").write_bytes(flipped(content, dice.randrange(len(content)), 1 << dice.randrange(8)))
        if writing:
            try:
                open_record(folder, chance=counted()).close()
            except (IntegrityError, UnavailableError):
                seen["found"] += 1
                continue
        seen[outcome(folder, truth)] += 1
    assert seen["found"] > 10, seen


def test_a_cut_write_ahead_log_is_found(crashed: Path, tmp_path: Path) -> None:
    content = (crashed / "log.db-wal").read_bytes()
    for share in (0, 0.3, 0.6, 0.95):
        folder = tmp_path / f"{share}"
        shutil.copytree(crashed, folder)
        (folder / "log.db-wal").write_bytes(content[: int(len(content) * share)])
        assert verify_folder(folder).problems, share
        with pytest.raises(IntegrityError):
            open_record(folder)
