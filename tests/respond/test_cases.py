"""Cases played row by row: `cases/*.txt`, in the form that `case_files` reads."""

from pathlib import Path

import pytest
from tests.respond.case_files import run_case_file

FILES = sorted(Path(__file__).with_name("cases").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_goes_as_its_table_says(path: Path) -> None:
    assert run_case_file(path), f"{path.name} has no course"


def test_every_kind_of_event_is_played_and_refused_somewhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.count("|") > 2]
    for verb in (
        "acted", "consented", "voted", "objected", "confirmed", "late", "unattributed", "attributes",
        "replied", "asks", "clarified", "migrates",
    ):  # fmt: skip
        outcomes = {": " in then for _, _, what, then, *_ in rows if what.split()[0] == verb}
        assert outcomes == {True, False}, f"{verb} is not both taken and refused"
