"""docs/asvs.md: every line of ASVS 5.0 at levels 1 and 2 once, with a verdict, and with tests that are there."""

import re
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "asvs.md"

# Section and number of its lines at levels 1 and 2, which are numbered from 1 (OWASP ASVS 5.0.0).
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3
5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3
9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4
17.3:2
"""
EXPECTED = [
    f"{section}.{number}"
    for section, count in (each.split(":") for each in SECTIONS.split())
    for number in range(1, int(count) + 1)
]
VERDICTS = ("met", "not met", "n/a")
BY_A_CHECK = {"1.3.2": "ruff", "15.2.3": "the package"}  # what shows them is no test of ours


def rows() -> list[tuple[str, str, str, str]]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| \d", line)]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert all(len(row) == 4 for row in cells)
    return cells


def numbers(cell: str) -> list[str]:
    """1.2.6-8 is 1.2.6, 1.2.7 and 1.2.8."""
    match = re.fullmatch(r"(\d+\.\d+)\.(\d+)(?:-(\d+))?", cell)
    assert match, cell
    return [f"{match[1]}.{number}" for number in range(int(match[2]), int(match[3] or match[2]) + 1)]


def test_every_line_of_the_standard_stands_there_once() -> None:
    assert len(EXPECTED) == 253
    found = Counter(number for row in rows() for number in numbers(row[0]))
    assert found == Counter(EXPECTED)


def test_every_line_has_a_verdict_and_says_why() -> None:
    assert [row for row in rows() if row[2] not in VERDICTS or not row[1] or len(row[3]) < 5] == []


def test_what_is_met_names_a_test_and_every_named_test_is_there() -> None:
    written = {
        name for path in TESTS.rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    unnamed, missing = [], []
    for number, _, verdict, why in rows():
        named = re.findall(r"`(test_\w+)`", why)
        if verdict == "met" and not named and number not in BY_A_CHECK:
            unnamed.append(number)
        missing += [f"{number}: {name}" for name in named if name not in written]
    assert (unnamed, missing) == ([], [])
