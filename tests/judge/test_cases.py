"""The golden cases: `cases/*.txt`, in the form that `case_files` reads."""

from pathlib import Path

import pytest
from tests.judge.case_files import run_case_file

FILES = sorted(Path(__file__).with_name("cases").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_case_comes_out_as_its_table_says(path: Path) -> None:
    run_case_file(path)


def test_every_golden_case_has_a_file_with_good_bad_and_undetermined_rows() -> None:
    numbers = {int(path.stem[:2]) for path in FILES}
    assert numbers == {1, 2, 3, 4, 5, 9, 12, 13, 14, 17, 18, 19, 20, 21, 22}
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "undetermined" in text or path.stem.startswith("09"), f"{path.name} has no undetermined row"
        if "each row alone" in text:
            assert " breach" in text, f"{path.name} has no breach"
            assert "no_breach" in text or "nothing" in text, f"{path.name} has no good row"
