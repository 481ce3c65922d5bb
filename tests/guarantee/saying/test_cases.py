"""One sentence a rule: what must be found in it, and what must not. The table is `cases.txt`."""

from pathlib import Path

import pytest
from tests.guarantee.saying.texts import document, parser_or_skip, text_of

from truceline.guarantee.saying import suggest

CASES = Path(__file__).with_name("cases.txt")


def cases() -> list[tuple[str, list[str]]]:
    """Each text with its statements, as the table writes them."""
    found = []
    for block in CASES.read_text("utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
        if lines:
            found.append((lines[0].replace(" ¶ ", "\n"), [line.strip() for line in lines[1:]]))
    return found


@pytest.mark.parametrize(("text", "wanted"), [pytest.param(*case, id=case[0][:60]) for case in cases()])
def test_a_sentence_gives_the_statements_of_the_table(text: str, wanted: list[str]) -> None:
    found = suggest(document(), text_of(text), parser=parser_or_skip())
    told = [f"{each.found.name} | {each.speaker} | {each.words} | {each.attribution}" for each in found]
    assert (told or ["(none)"]) == wanted


def test_every_rule_has_a_case_and_a_figure() -> None:
    from truceline.guarantee.saying.lexicon import RIGHT_PERMILLE

    in_cases = {line.split(" | ")[0] for _, wanted in cases() for line in wanted} - {"(none)"}
    over_trees = {rule for rule in RIGHT_PERMILLE if not rule.startswith("pattern-")}
    assert in_cases <= over_trees
    assert over_trees - in_cases <= {"as-told", "owned-noun"}  # too rare for a sentence of their own
