"""Bytes of a whole mission's record, altered by chance: each is found, or what the record says is the same."""

import os
import random
import shutil
from pathlib import Path

import pytest

from truceline.base.errors import TrucelineError
from truceline.pipeline import silent
from truceline.record import verify_folder
from truceline.record.custody import for_itself
from truceline.run.batch import record_in, run_mission
from truceline.run.verification import verify_mission

MISSION = Path(__file__).resolve().parents[3] / "missions" / "first-steps"
NOW_US = 1_770_000_000_000_000
FLIPS = 1_000 if os.environ.get("TRUCELINE_LONG") else 60


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("altered") / "mission"
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report", "keys"))
    run_mission(folder, now_us=NOW_US)
    assert verify_mission(folder, recompute=False, progress=silent).ok
    return folder


def said(folder: Path) -> list[object]:
    """All that the record says: entries, and the bytes that they name."""
    with for_itself(), record_in(folder) as record:
        return [(entry, [record.get(sha256) for sha256 in entry.hashes]) for _, entry in record.entries()]


def test_an_altered_byte_anywhere_is_found_or_without_effect(mission: Path) -> None:
    files = [path for path in (mission / "record").rglob("*") if path.is_file() and path.stat().st_size]
    named = {path.parent.name for path in files} | {path.name for path in files}
    assert {"checkpoints", "head", "tree", "log.db"} <= named
    dice, whole, found = random.Random(5), said(mission), 0
    for number in range(FLIPS):
        path = dice.choice([each for each in files if each.parent.name == "checkpoints"] if number % 6 == 0 else files)
        content = path.read_bytes()
        at = dice.randrange(len(content))
        path.chmod(0o644)
        path.write_bytes(content[:at] + bytes([content[at] ^ dice.randint(1, 255)]) + content[at + 1 :])
        try:
            told = verify_mission(mission, recompute=False, progress=silent)
            seen = bool(told.problems or told.notes)
        except TrucelineError:
            seen = True
        assert seen or said(mission) == whole, f"{path.relative_to(mission)}, byte {at}"
        assert seen or path.parent.name != "checkpoints", "every byte of a checkpoint counts"
        assert seen or "content" not in path.parts, "every byte of content counts"
        found += seen
        path.write_bytes(content)
    assert found > FLIPS // 2
    assert verify_folder(mission / "record").ok
