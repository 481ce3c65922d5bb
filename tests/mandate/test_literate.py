"""Markdown with the signed text and the mandate in it; what clauses cite; when a sign-off is void."""

import hashlib
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.errors import MandateError, MandateNameError, MandateSyntaxError, UnreadableError
from truceline.mandate import check_mandate, parse_literate, parse_mandate, parse_mandates, signed_text
from truceline.mandate.parse.literate import slug
from truceline.terms.meaning import mandate_sha256

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.truce"))
TEXT = """# Agreement

Preamble, which has no mark.

## Article 1: Cessation of fire

Neither side fires. {#fire}

- the first point
- the second point,
  on two lines {#Point_2}

## Article 2 {#second}
Withdrawal. A mark {#here} inside a line is none.

## Article 3

```text
# no heading
A line. {#nothing}
```

## Annex: Definitions

Words.

## Annex: Maps

Maps.
"""
BLOCK = """```truce
mandate "T" in force 2024-01-01
party A "a"
```
"""
FIRST_CLAUSE = (TEXT + BLOCK).count("\n") + 2  # its line
CITES = {
    "article-1": "Article 1: nobody fires",
    "article-1-cessation-of-fire": "Article 1, Cessation of Fire",
    "fire": "fire",
    "point-2": "Point 2: on two lines",
    "second": "second",
    "article-2": "ARTICLE 2",
    "article-3": "Article 3",
}


def remarks(text: str, source: str = "x.md") -> list[tuple[str, int, str, str]]:
    """What the checker says of the signed text: code, line, words, suggestion."""
    mandate, signed = parse_literate(text, name="x", source=source)
    codes = ("ANCHOR", "SILENT", "SIGNED-OFF", "UNSIGNED")
    found = [each for each in check_mandate(mandate, signed=signed) if each.code in codes]
    return [(each.code, each.line, each.words, each.suggestion) for each in found]


def clauses(*cites: str) -> str:
    """A block with a clause for each citation, and the line that the first stands in."""
    stated = [f'clause C{n} cites "{words}" prohibited A fire any' for n, words in enumerate(cites)]
    return "\n".join(["```truce", *stated, "```", ""])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_mandate_means_the_same_in_markdown_and_its_lines_are_those_of_the_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace('text "', "# ")
    plain = parse_mandate(text, name=path.stem, source=path.name)
    parts = re.split(r"\n\n(?=\w)", text)
    whole = "# Title\n\n" + "\nProse.\n\n".join(f"```truce\n{part}\n```\n" for part in parts)
    mandate, _ = parse_literate(whole, name=path.stem, source="x.md")
    assert mandate_sha256(mandate) == mandate_sha256(plain)
    for clause in mandate.clauses:
        assert f"clause {clause.name} " in whole.split("\n")[clause.line - 1]


def test_errors_name_the_line_of_the_markdown_file() -> None:
    with pytest.raises(MandateNameError, match=rf"dir/x\.md, line {FIRST_CLAUSE}, column 35: 'B'.*no party"):
        parse_literate(TEXT + BLOCK + clauses("fire").replace("A fire", "B fire"), name="x", source="dir/x.md")
    with pytest.raises(MandateSyntaxError, match=rf"x\.md, line {FIRST_CLAUSE - 3}"):
        parse_literate(TEXT + BLOCK.replace("A", ""), name="x", source="x.md")


def test_a_file_without_a_block_and_a_block_without_an_end_are_refused() -> None:
    with pytest.raises(MandateSyntaxError, match=r"x\.md: it holds no mandate"):
        parse_literate(TEXT, name="x", source="x.md")
    with pytest.raises(MandateSyntaxError, match=r"x\.md, line 2, column 1: this block is never closed"):
        parse_literate("Words.\n~~~truce\n" + BLOCK.partition("\n")[2], name="x", source="x.md")
    with pytest.raises(MandateSyntaxError, match=r"it names 'other.md' as that text"):
        parse_literate(BLOCK.replace("party", 'text "other.md" party'), name="x", source="x.md")


@pytest.mark.parametrize(
    ("fence", "counts"),
    [
        ("```truce", True),
        ("   ~~~~  truce of the text", True),
        ("```truces", False),
        ("```", False),
        ("    ```truce", False),
        ("```truce `x", False),
    ],
)
def test_a_block_is_part_of_the_mandate_if_its_first_word_is_truce(fence: str, counts: bool) -> None:
    closing = re.match(r" *[`~]+", fence)[0]
    text = f'{BLOCK}{fence}\nparty B "b"\n{closing}\n'
    mandate, _ = parse_literate(text, name="x", source="x.md")
    assert [party.name for party in mandate.parties] == (["A", "B"] if counts else ["A"])


def test_files_of_both_kinds_are_mandates_named_by_their_stem() -> None:
    block = (TEXT + BLOCK).encode()
    first, second = parse_mandates({"d/one.md": block, "d/two.truce": b'mandate "T" in force 2024-01-01'})
    assert (first.name, second.name) == ("one", "two")
    assert mandate_sha256(first) == mandate_sha256(parse_mandates({"one.truce": BLOCK[9:-4].encode()})[0])
    with pytest.raises(UnreadableError, match=r"x\.md: byte 1"):
        parse_mandates({"x.md": b"#\xff"})


@pytest.mark.parametrize("name", CITES)
def test_a_citation_finds_its_passage_by_mark_heading_or_heading_up_to_its_colon(name: str) -> None:
    (found,) = signed_text(TEXT, source="x.md").cited(CITES[name])
    assert name in (found.mark, found.heading, found.brief)
    assert [code for code, *_ in remarks(TEXT + BLOCK + clauses(CITES[name]))] == ["SILENT", "UNSIGNED"]


@pytest.mark.parametrize(
    ("cites", "says", "suggests"),
    [
        (
            "Article 4: x",
            "no passage article-4.",
            "Did you mean article-3? Mark the passage with {#article-4} at its end.",
        ),
        ("nothing", "no passage nothing.", "Mark the passage with {#nothing} at its end."),
        ("here", "no passage here.", "{#here}"),
        ("no heading", "no passage no-heading.", "{#no-heading}"),
        ("", "no passage without a name.", 'Write cites "Article 2".'),
        (": words", "no passage without a name.", 'Write cites "Article 2".'),
        ("Annex", "lines 23 and 27 of x.md", "Mark the one that is meant"),
    ],
)
def test_a_citation_that_leads_nowhere_or_to_two_passages_is_an_error(cites: str, says: str, suggests: str) -> None:
    (code, line, words, suggestion), *rest = [each for each in remarks(TEXT + BLOCK + clauses(cites)) if each[1]]
    assert (code, line, rest) == ("ANCHOR", FIRST_CLAUSE, [])
    assert says in words
    assert suggests in suggestion


def test_passages_that_no_clause_cites_are_listed_in_one_warning() -> None:
    named = "agreement (line 1), article-1 (line 5), fire (line 7), point-2 (line 10), second (line 13), "
    named += "annex (line 23), annex (line 27)."
    assert remarks(TEXT + BLOCK)[0][:3] == ("SILENT", 0, f"nothing cites 7 passages of x.md: {named}")
    every = ["Agreement", "Article 1", "fire", "point 2", "Article 2", "Annex, Definitions"]
    assert remarks(TEXT + BLOCK + clauses(*every))[0][2] == "nothing cites 1 passage of x.md: annex (line 27)."
    assert [code for code, *_ in remarks(TEXT + BLOCK + clauses(*every, "Annex, maps"))] == ["UNSIGNED"]


def test_a_sign_off_stands_while_the_text_says_the_same_and_is_void_when_a_word_changes() -> None:
    (unsigned,) = [each for each in remarks(TEXT + BLOCK) if each[0] == "UNSIGNED"]
    setting = re.search(r'text "x\.md" sha256 "([0-9a-f]{64})"$', unsigned[3])
    assert setting
    signed = TEXT + BLOCK.replace("party", f"{setting[0]}\nparty")
    kept = [signed, signed.replace("\n", "\r\n"), signed.replace("fires.", "fires.").replace("\n\n", "  \n\n\n")]
    kept += [signed + clauses("fire"), signed.replace("party A", "# a note\nparty A")]
    for text in kept:
        assert not {"UNSIGNED", "SIGNED-OFF"} & {code for code, *_ in remarks(text)}
    for text in (signed.replace("fires", "fired"), signed.replace("## Annex", "# Annex"), signed + "\nMore.\n"):
        (void,) = [each for each in remarks(text) if each[0] == "SIGNED-OFF"]
        new = signed_text(text, source="x.md").sha256
        assert new != setting[1]
        assert new in void[2]
        assert f'text "x.md" sha256 "{new}"' in void[3]


def test_the_hash_can_be_computed_by_hand() -> None:
    text = "\ufeff\n\n# A \t\n\n\n\nWords.  \r\n\r\n```truce\nmandate\n```\n  more\n\n"
    wanted = hashlib.sha256(b"# A\n\nWords.\n\n  more").hexdigest()
    assert signed_text(text, source="x.md").sha256 == wanted


def test_a_mandate_beside_its_text_is_judged_by_the_same_rules_and_says_the_path_it_named() -> None:
    stated = 'mandate "T" in force 2024-01-01 text "texts/signed.md" party A "a" '
    mandate = parse_mandate(stated + 'clause C cites "Article 9" prohibited A fire any', name="m", source="m.truce")
    signed = signed_text(TEXT, source="texts/signed.md")
    found = {each.code: each for each in check_mandate(mandate, signed=signed)}
    assert "signed.md has no passage article-9" in found["ANCHOR"].words
    assert f'text "texts/signed.md" sha256 "{signed.sha256}"' in found["UNSIGNED"].suggestion
    assert not {"ANCHOR", "SILENT", "UNSIGNED"} & {each.code for each in check_mandate(mandate)}


@budget(200)
@given(st.integers(0, 2**48))
def test_any_markdown_at_all_is_a_mandate_or_a_mandate_error(seed: int) -> None:
    chance = random.Random(seed)
    lines = (TEXT + BLOCK + clauses("fire")).split("\n")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        odd = ("```", "~~~", "```truce", "````truce x", "#", "# {#}", "{#a}", "\r", "  ```", "\ufeff", "\x0c", "- {#a}")
        lines[at : at + chance.randrange(2)] = [chance.choice((*odd, lines[at][: chance.randrange(9)]))]
    text = chance.choice(("\n", "\r\n", "\r")).join(lines)
    try:
        mandate, signed = parse_literate(text, name="x", source="x.md")
    except MandateError:
        return
    assert len(signed.sha256) == 64
    check_mandate(mandate, signed=signed)
    for passage in signed.passages:
        assert signed.cited(passage.name)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Article 2, point 1", "article-2-point-1"),
        ("  §3 (a)_b ", "3-a-b"),
        ("Пункт 4", "пункт-4"),
        ("Cafe\u0301", "café"),
        ("!!", ""),
    ],
)
def test_a_slug_is_lower_case_letters_and_digits_with_hyphens(words: str, name: str) -> None:
    assert slug(words) == name
    assert slug(name) == name


def test_who_decides_what_follows_and_what_is_lifted_cite_the_text_too() -> None:
    items = """```truce
body M "m"
clause C cites "fire" prohibited A fire any breach X respond R
attribution M cites "Article 1" panel 1 of 1 within 1h
response R cites "{response}" deadline 1h step s M informs A within 1h done e end e remedied
suspension S cites "Article 2" lifts C for A when 1 X per 1h decided by M restored after 1h
```
"""
    silent, *rest = remarks(TEXT + BLOCK + items.format(response="Agreement"))
    named = "point-2 (line 10), annex (line 23), annex (line 27)."
    assert silent[:3] == ("SILENT", 0, f"nothing cites 3 passages of x.md: {named}")
    assert [code for code, *_ in rest] == ["UNSIGNED"]
    anchor = [each for each in remarks(TEXT + BLOCK + items.format(response="Article 9")) if each[0] == "ANCHOR"]
    assert [(line, words) for _, line, words, _ in anchor] == [
        (FIRST_CLAUSE + 3, "response R cites 'Article 9'; x.md has no passage article-9.")
    ]


def test_a_file_of_another_program_is_told_apart_and_a_mark_of_byte_order_is_no_trouble() -> None:
    for content in (b"PK\x03\x04 a letter", b"%PDF-1.7 a scan"):
        with pytest.raises(UnreadableError, match="Save its words as plain text"):
            parse_mandates({"a.truce": content})
    marked = b"\xef\xbb\xbf" + b'mandate "T" in force 2025-01-01'
    assert parse_mandates({"a.truce": marked})[0].header.title == "T"
