"""What is found in whole articles, against lists that people made.

Three kinds: invented articles whose list was seen while the rules were written, others that were held back until they
were done, and two real ones that are not part of this repository. Of the second real one only offsets and names stand
here, told by one reader who had seen the rules; of the first somebody else's list lies beside it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.guarantee.saying.scoring import Row, Score, compare, rows_of, score_file
from tests.guarantee.saying.texts import parser_or_skip

from truceline.guarantee.reading import read_document
from truceline.guarantee.saying import Parser, suggest
from truceline.guarantee.saying.lexicon import RIGHT_PERMILLE
from truceline.model.document import Document

INVENTED = Path(__file__).parents[1] / "articles"
REAL = Path(__file__).parents[4] / "shared" / "data" / "articles"

# The least of: recall, precision, speaker, iou, chain. What was measured stands in docs/ledger.md.
REAL_FLOORS = (0.9, 0.8, 0.85, 0.9, 0.8)
SECOND_FLOORS = (0.9, 0.85, 0.85, 0.9, 0.0)
SEEN_FLOORS = (0.93, 0.93, 0.95, 0.9, 0.85)
HELD_FLOORS = (0.74, 0.84, 0.87, 0.9, 0.42)
SEEN_FLOORS_WITHOUT_PARSER = (0.7, 0.82, 0.88, 0.85, 0.7)
HELD_FLOORS_WITHOUT_PARSER = (0.5, 0.78, 0.85, 0.85, 0.35)
FIGURE_PERMILLE = 150  # how far a rule's figure may be from what is measured now

# id, tier, content, cue, speaker
SECOND = (
    ("H1", "headline", (13, 77), (6, 12), "China"),
    ("H2", "headline", (1178, 1209), (1168, 1177), "coalition of the willing"),
    ("01", "core", (104, 237), (84, 103), "China"),
    ("01n", "nested", (129, 237), (118, 128), "media reports"),
    ("02", "core", (247, 269), (239, 246), "China"),
    ("03", "core", (355, 464), (271, 283), "Guo Jiakun"),
    ("04", "core", (567, 707), (554, 561), "Sergei Lavrov"),
    ("05", "core", (710, 832), (841, 845), "Sergei Lavrov"),
    ("05n", "nested", (746, 831), (719, 730), "The West"),
    ("06", "core", (896, 988), (887, 895), "Volodymyr Zelenskyy"),
    ("06n", "nested", (922, 988), (910, 917), "Lavrov"),
    ("07", "core", (991, 1071), (1083, 1089), "Volodymyr Zelenskyy"),
    ("08", "core", (1103, 1139), (1091, 1102), "Volodymyr Zelenskyy"),
    ("09", "core", (1406, 1578), (1391, 1400), "Steve Witkoff"),
    ("10", "unattributed", (1616, 1645), (1609, 1615), "officials"),
    ("11", "core", (1730, 1831), (1710, 1729), "coalition of the willing"),
    ("12", "core", (1913, 1960), (1897, 1907), "Donald Trump"),
    ("13", "core", (1982, 2047), (1967, 1981), "Trump"),
    ("14", "core", (2408, 2514), (2393, 2402), "senior EU diplomats"),
    ("15", "core", (2521, 2596), (2393, 2402), "senior EU diplomats"),
    ("16", "core", (2663, 2763), (2608, 2617), "Volodymyr Zelenskyy"),
    ("17", "core", (2789, 2821), (2778, 2788), "Volodymyr Zelenskyy"),
)


def real(name: str) -> bytes:
    """A real article; the test is skipped where it is not there."""
    path = REAL / name
    if not path.exists():
        (pytest.fail if os.environ.get("TRUCELINE_NO_SKIP") else pytest.skip)(f"{name} is not part of this repository")
    return path.read_bytes()


def half(prefix: str, parser: Parser | None) -> tuple[Score, str]:
    """The score of all articles of one half, and what was missed and too much in words."""
    pytest.importorskip("trafilatura", reason="one article is HTML, which truceline[text] reads")
    total, remarks = Score(), []
    for gold in sorted(INVENTED.glob(f"{prefix}-*.jsonl")):
        article = next(path for path in sorted(INVENTED.glob(f"{gold.stem}.*")) if path.suffix != ".jsonl")
        compared = score_file(article, rows_of(gold), parser)
        total += compared.score
        remarks += compared.remarks
    return total, "\n".join([str(total), *remarks])


def holds(score: Score, floors: Sequence[float], told: str) -> None:
    found = (
        score.recall_ratio,
        score.precision_ratio,
        score.speaker_ratio,
        score.iou_mean_ratio,
        score.chain_ratio,
    )
    assert all(value >= floor for value, floor in zip(found, floors, strict=True)), told


def test_a_real_article_is_found_as_its_reader_found_it() -> None:
    article = "china-considers-peacekeeping-2025-03-23.txt"
    content, parser = real(article), parser_or_skip()
    rows = [row for row in rows_of(REAL / "statements-2025-03-23.jsonl") if row["file"] == article]
    document, text = read_document(content, name=article)
    compared = compare(suggest(document, text, parser=parser), rows)
    holds(compared.score, REAL_FLOORS, "\n".join([str(compared.score), *compared.remarks]))


def test_its_first_statement_came_through_four_mouths_and_the_last_has_no_name() -> None:
    article = "china-considers-peacekeeping-2025-03-23.txt"
    document, text = read_document(real(article), name=article)
    first = suggest(document, text, parser=parser_or_skip())[0]
    assert [(link.role, link.name, link.named) for link in first.chain] == [
        ("republisher", "Kyiv Post", True),
        ("author", "TVP World", True),
        ("reporter", "Welt", True),
        ("origin", "sources in Brussels", False),
    ]


def test_a_second_real_article_without_publisher_or_date() -> None:
    article = "china-denies-peacekeeping-reports.txt"
    content, parser = real(article), parser_or_skip()
    document, text = read_document(content, name=article)
    rows: list[Row] = [
        {
            "id": number,
            "tier": tier,
            "content": text.file[slice(*place)],
            "content_span": place,
            "cue_span": cue,
            "speaker": speaker,
            "source_chain": (),
        }
        for number, tier, place, cue, speaker in SECOND
    ]
    compared = compare(suggest(document, text, parser=parser), rows)
    holds(compared.score, SECOND_FLOORS, "\n".join([str(compared.score), *compared.remarks]))


@pytest.mark.parametrize(("prefix", "floors"), [("seen", SEEN_FLOORS), ("held", HELD_FLOORS)])
def test_invented_articles(prefix: str, floors: Sequence[float]) -> None:
    score, told = half(prefix, parser_or_skip())
    holds(score, floors, told if prefix == "seen" else str(score))  # what was held back stays unread


@pytest.mark.parametrize(
    ("prefix", "floors"), [("seen", SEEN_FLOORS_WITHOUT_PARSER), ("held", HELD_FLOORS_WITHOUT_PARSER)]
)
def test_invented_articles_without_a_parser(prefix: str, floors: Sequence[float]) -> None:
    score, told = half(prefix, None)
    holds(score, floors, told if prefix == "seen" else str(score))


def test_each_rule_carries_what_was_measured_of_it() -> None:
    parser = parser_or_skip()
    counts = dict((half("seen", parser)[0] + half("held", parser)[0]).rules)
    simple = (half("seen", None)[0] + half("held", None)[0]).rules
    counts |= {rule: count for rule, count in simple.items() if rule.startswith("pattern-")}
    measured = {rule: round(1000 * (right + 1) / (found + 2)) for rule, (found, right) in counts.items()}
    far = {
        rule: (RIGHT_PERMILLE.get(rule), permille)
        for rule, permille in measured.items()
        if abs(RIGHT_PERMILLE.get(rule, -1000) - permille) > FIGURE_PERMILLE
    }
    assert not far, f"stated and measured: {far}"


def test_an_article_in_another_script_gives_nothing() -> None:
    content = "Міністерство заявило, що не надсилатиме військ. «Ми готові допомагати», — сказав речник.\n".encode()
    document, text = read_document(content * 3, name="other.txt")
    assert isinstance(document, Document)
    assert suggest(document, text, parser=None) == ()
