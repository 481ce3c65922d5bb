"""docs/safeguards.md names a test for each safeguard, and each of them exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_safeguard_names_a_test_that_exists() -> None:
    page = (ROOT / "docs" / "safeguards.md").read_text("utf-8")
    named = NAMED.findall(page)
    lacking = [f"{path}::{name}" for path, name in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")]
    assert not lacking
    table = page.partition("| safeguard |")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    assert all(NAMED.search(line) for line in rows), "each row of the table names its test"
