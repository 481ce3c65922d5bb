"""What the rules reach on articles marked by hand; a figure that falls is looked at before it is written down here."""

from pathlib import Path

import pytest
from tests.guarantee.standing.scoring import articles, of_file, related

BESIDE = Path(__file__).parents[4] / "shared" / "data" / "articles"
OLDER = {"proposed": ".proposes", "assessment": ".assesses", "opposed_by_experts": ".assesses", "refused": "opposes"}


@pytest.fixture(scope="module")
def measured() -> tuple:
    return articles()


def test_stances_on_the_invented_articles(measured: tuple) -> None:
    score = measured[0]
    assert score.of == 146
    assert score.right >= 88, "\n".join(score.misses)
    assert score.holders_right >= 28


def test_nine_in_ten_stances_suggested_are_right_on_the_invented_articles(measured: tuple) -> None:
    score = measured[0]
    assert score.suggested <= 55
    assert score.suggested_right >= 46


def test_what_stands_inside_another_statement_was_left_without_a_stance(measured: tuple) -> None:
    assert measured[0].nested_left_alone == measured[0].nested > 0


def test_relations_on_the_invented_articles(measured: tuple) -> None:
    found = related(*measured[1:])
    assert "contradicts" not in found
    assert sum(right for _, right, _ in found.values()) >= 45
    assert sum(every for every, *_ in found.values()) <= 180


def test_stances_on_a_real_article() -> None:
    text, rows = BESIDE / "china-considers-peacekeeping-2025-03-23.txt", BESIDE / "statements-2025-03-23.jsonl"
    if not text.exists() or not rows.exists():
        pytest.skip(f"no article beside the repository in {BESIDE.name}")
    score = of_file(text, rows, OLDER)
    assert (score.right, score.of) == (10, 10), "\n".join(score.misses)
    assert score.holders_right == score.holders
