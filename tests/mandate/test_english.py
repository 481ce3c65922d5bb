"""The plain-English rendering, read by people and kept. After a change of words.py: TRUCELINE_GOLDEN=1, then read."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from tests.conftest import budget
from tests.mandate.strategies import mandates

from truceline.mandate import clause_words, mandate_words, parse_mandate
from truceline.model import mandate as m

GOLDEN = Path(__file__).with_name("golden")
TEXTS = sorted(GOLDEN.glob("*.truce"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_golden_mandate_reads_as_it_was_read_and_approved(path: Path) -> None:
    words = mandate_words(parse_mandate(path.read_text(encoding="utf-8"), name=path.stem, source=path.name))
    approved = path.with_suffix(".txt")
    if os.environ.get("TRUCELINE_GOLDEN"):
        approved.write_text(words, encoding="utf-8")
    assert words == approved.read_text(encoding="utf-8"), "read the new words; keep them with TRUCELINE_GOLDEN=1"


def test_there_are_golden_mandates() -> None:
    assert [path.stem for path in TEXTS] == ["numbers", "withdrawal"]


@budget(40)
@given(mandates())
def test_every_mandate_can_be_said_and_says_each_clause_once(mandate: m.Mandate) -> None:
    words = mandate_words(mandate)
    assert words.endswith("\n")
    for clause in mandate.clauses:
        sentence = clause_words(mandate, clause)
        assert sentence in words
        assert sentence.startswith(f"Clause {clause.name} (")


HEAD = """mandate "T" in force 2025-01-01
party A "side A" baseline L
party B "side B" baseline L
line L "l" left A right B
weapons HEAVY = tank
"""


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("prohibited A present HEAVY", "Side A must not have HEAVY present."),
        ("prohibited A B present HEAVY", "Side A and side B must not have HEAVY present."),
        ("prohibited A fire HEAVY", "Side A must not fire HEAVY."),
        ("prohibited A fire clash any", "Side A must not fire or engage in combat."),
        ("prohibited A fire move present HEAVY", "Side A must not fire or move HEAVY or have HEAVY present."),
        (
            "prohibited A present HEAVY within 25km of baseline",
            "Side A must not have HEAVY present within 25 km of its own baseline.",
        ),
        (
            "prohibited A B present HEAVY within 25km of baseline from 2025-02-01",
            (
                "Side A and side B must not have HEAVY present, each within 25 km of its own baseline, "
                "from 1 Feb 2025 00:00."
            ),
        ),
        ("limited A fire any to 2 events per 24h", "Side A may fire at most 2 times in any 24 hours."),
        ("limited A fire any to 1 items per 7d", "Side A may fire at most 1 weapon in any 7 days."),
        ("limited A inventory HEAVY to 75 items at once", "Side A may hold at most 75 items of HEAVY at once."),
        ("limited A present HEAVY to 3 items at once", "Side A may have at most 3 items of HEAVY present at once."),
        ("limited A clash any to 3 items per 1h", "Side A may engage in combat at most 3 times in any 1 hour."),
        ("required A withdraw HEAVY by 2025-03-01", "Side A must withdraw HEAVY before 1 Mar 2025 00:00."),
        ("allowed A exercise any", "Side A may hold exercises."),
        ("prohibited A strike any on port", "Side A must not strike port."),
        ("prohibited A strike HEAVY on port", "Side A must not strike port with HEAVY."),
        ("prohibited A fly HEAVY across L", "Side A must not fly HEAVY on the other side of L."),
    ],
)
def test_a_rule_is_one_sentence_of_english(rule: str, sentence: str) -> None:
    mandate = parse_mandate(f'{HEAD}clause C cites "1" {rule}', name="t", source="t.truce")
    assert clause_words(mandate, mandate.clauses[0]) == f"Clause C (1). {sentence}"


def test_no_golden_sentence_stutters() -> None:
    for path in GOLDEN.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(\w+) \1\b", text.replace("line line_", "line ")), path.name
        assert not re.search(r" ,|,,|\.\.|  |,\.|\( |_mm|None", text), path.name
