"""Shipped missions, run once each for all tests of this folder, in a copy of their own."""

import shutil
from pathlib import Path

import pytest

from truceline.run.batch import Run, run_mission

ROOT = Path(__file__).parents[2]
NOW_US = 1_795_000_000_000_000  # 18 Nov 2026: after every event of the missions


@pytest.fixture(scope="session")
def mission_runs(tmp_path_factory):
    """Name -> (folder, Run)."""
    made: dict[str, tuple[Path, Run]] = {}

    def run(name: str) -> tuple[Path, Run]:
        if name not in made:
            folder = tmp_path_factory.mktemp("missions") / name
            shutil.copytree(ROOT / "missions" / name, folder, ignore=shutil.ignore_patterns("record", "report"))
            made[name] = folder, run_mission(folder, now_us=NOW_US)
        return made[name]

    return run
