"""`truceline format`: one layout, and nothing else changed: not the meaning, not a word, not the order, no comment."""

import random
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.strategies import Seeded, mandate_of
from typer.testing import CliRunner, Result

from truceline.base.errors import MandateSyntaxError, UnreadableError
from truceline.cli.main import app
from truceline.mandate import format_text, parse_mandate, print_mandate
from truceline.mandate.format import BREAKS, GROUP, SETTINGS
from truceline.mandate.parse import words_of
from truceline.terms.meaning import mandate_sha256

ROOT = Path(__file__).parents[2]
TEXTS = sorted(path for folder in ("missions", "mandates", "src", "tests") for path in (ROOT / folder).rglob("*.truce"))
GOLDEN = [path for path in TEXTS if path.parent.name == "golden"]


def formatted(text: str) -> str:
    return format_text(text, source="truce.truce")


def meaning(text: str) -> str:
    return mandate_sha256(parse_mandate(text, name="truce", source="truce.truce"))


def said(text: str) -> list[str]:
    """Every word, settings apart, in order: a formatter may not touch one."""
    words = [re.sub(r">=\s*", ">= ", word.text) for word in words_of(text, source="truce.truce")]
    first = next(
        (n for n, word in enumerate(words) if n > 4 and (word in BREAKS or word in GROUP) and word != "zone"), 0
    )
    return sorted(words[:first]) + words[first:]


def comments(text: str) -> list[str]:
    """What each comment says, sorted."""
    return sorted(part.rstrip() for part in re.findall(r'"[^"\n]*"|(#[^\n]*)', text) if part)


def commented(text: str, chance: random.Random) -> str:
    """The same words with comments, blanks and line ends anywhere between them."""
    words, result, done = words_of(text, source="truce.truce"), [], 0
    for number, word in enumerate(words):
        between = text[done : word.start]
        if chance.random() < 0.3:
            between = chance.choice(("\n", "\n\n\n", "  ", "\t\n ", " \r\n")) if done else "\n\n"
        for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
            between += f'{chance.choice(("", " ", chr(10), chr(10) * 3))}# note {number} "{chance.randrange(9)}  \n'
            between += chance.choice(("", "\n", "\n\n", "   "))
        result += [between, word.text]
        done = word.end
    return "".join(result) + chance.choice(("", "\n", "  # at the end", "\n\n# at the end\n\n\n", "# end\n# end\n"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_text_of_the_repository_keeps_its_meaning_words_and_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    result = formatted(text)
    assert meaning(result) == meaning(text)
    assert said(result) == said(text)
    assert comments(result) == comments(text)
    assert formatted(result) == result
    assert not re.search(r"[ \t]$|\n\n\n|\A\n|\n\n\Z|\r", result, re.MULTILINE)


@budget(15)
@given(st.integers(0, 2**48))
def test_what_the_printer_writes_is_laid_out_already(seed: int) -> None:
    text = print_mandate(mandate_of(Seeded(seed), most_clauses=4))
    assert formatted(text) == text


def test_what_the_printer_writes_of_every_form_is_laid_out_already() -> None:
    for path in GOLDEN:
        text = print_mandate(parse_mandate(path.read_text(encoding="utf-8"), name="truce", source=path.name))
        assert formatted(text) == text


@budget(20)
@given(st.integers(0, 2**48))
def test_comments_survive_wherever_they_stand_and_a_second_time_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    plain = GOLDEN[seed % len(GOLDEN)].read_text(encoding="utf-8")
    if chance.random() < 0.5:
        plain = print_mandate(mandate_of(Seeded(seed), most_clauses=3))
    text = commented(plain, chance)
    result = formatted(text)
    assert comments(result) == comments(text)
    assert said(result) == said(text) == said(plain)
    assert meaning(result) == meaning(plain)
    assert formatted(result) == result
    assert not re.search(r"[ \t]$|\n\n\n|\A\n|\n\n\Z", result, re.MULTILINE)


BEFORE = """

# of the file

# of the header
mandate "T"   in force 2024-01-01   # first line
precision 60s 250m zone Europe/Kyiv # where
coverage >=0.80
  # of A
party A "a"
party B "b" # of B
# of the line, after the parties
line L "l.geojson"
  left A # in the middle
  right B   # at its end
weapons W = tank
   mortar calibre < 100mm
clause C cites "1" # of C
  # of the rule
  prohibited A fire W within 2km of L
  # of the exemption
  unless u decided by B unless in s
  breach X outcome O "o" in s unless u decided by A outcome P "p"

  # of the site


site s "s" verified by M # of s
body M "m" monitors
# at the end
"""
AFTER = """# of the file

# of the header
mandate "T" in force 2024-01-01  # first line
zone Europe/Kyiv  # where
precision 60s 250m
coverage >= 0.80

# of A
party A "a"
party B "b"  # of B

# of the line, after the parties
# in the middle
line L "l.geojson" left A right B  # at its end

weapons W = tank mortar calibre < 100mm

clause C cites "1"  # of C
  # of the rule
  prohibited A fire W within 2km of L
  # of the exemption
  unless u decided by B
  unless in s
  breach X
  outcome O "o" in s unless u decided by A
  outcome P "p"

# of the site

site s "s" verified by M  # of s

body M "m" monitors
# at the end
"""


def test_a_text_is_laid_out_like_this() -> None:
    assert formatted(BEFORE) == AFTER


def test_a_text_whose_names_are_not_declared_yet_can_be_laid_out_and_one_with_a_mistake_cannot() -> None:
    assert formatted('mandate "T" in force 2024-01-01 clause C cites "1" prohibited X fire Y').endswith("X fire Y\n")
    with pytest.raises(MandateSyntaxError, match=r"truce\.truce, line 2, column 7"):
        formatted('mandate "T" in force 2024-01-01\nparty "A"')


def test_each_word_that_begins_an_item_can_stand_nowhere_else() -> None:
    grammar = (ROOT / "src/truceline/mandate/parse/truce.lark").read_text(encoding="utf-8")
    grammar = re.sub(r"^//.*$", "", grammar, flags=re.MULTILINE)
    for word in {*SETTINGS, *GROUP, *BREAKS} - {"zone"}:
        assert grammar.count(f'"{word}"') == 1, word
    assert grammar.count('"zone"') == 2
    assert set(re.findall(r"\w+", re.search(r"\?item: ([^?]*?)\n\n", grammar)[1])) == {
        "standard" if word == "evidence" else word for word in {*GROUP, *BREAKS}
    }


LITERATE = """# Title

```truce
mandate  "T" in force 2024-01-01
party A "a"
```
Words   stay.\t

~~~~truce
# only a comment
~~~~
```truce
clause C cites "title" # c
  prohibited A
  fire any
```
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_in_markdown_only_the_blocks_are_laid_out(ending: str) -> None:
    result = format_text(LITERATE.replace("\n", ending), source="x.md")
    wanted = LITERATE.replace('mandate  "T"', 'mandate "T"').replace("01-01\nparty", "01-01\n\nparty")
    wanted = wanted.replace("# c\n  prohibited A\n  fire any", " # c\n  prohibited A fire any")
    assert result == wanted.replace("\n", ending)
    assert format_text(result, source="x.md") == result


def test_an_item_that_runs_on_into_the_next_block_is_refused_with_its_place() -> None:
    text = '```truce\nmandate "T" in force 2024-01-01 clause C cites "x"\n```\n```truce\nprohibited A fire any\n```\n'
    with pytest.raises(MandateSyntaxError, match=r"x\.md, line 5, column 1.*one block"):
        format_text(text, source="x.md")


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["format", *map(str, args)])


def test_the_command_says_what_would_change_then_changes_it_and_then_is_content(tmp_path: Path) -> None:
    file, good, link = tmp_path / "m.truce", tmp_path / "good.truce", tmp_path / "link.truce"
    file.write_text(BEFORE, encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    good.write_text(formatted(BEFORE), encoding="utf-8")
    checked = run("--check", link, good)
    assert (checked.exit_code, checked.stdout) == (1, f"would change: {link}\n")
    assert file.read_text(encoding="utf-8") == BEFORE
    changed = run(link, good)
    assert (changed.exit_code, changed.stdout) == (0, f"changed: {link}\n")
    assert file.read_text(encoding="utf-8") == formatted(BEFORE)
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert run("--check", file, good).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.truce", "link.truce", "m.truce"]


def test_one_file_with_a_mistake_and_none_is_written(tmp_path: Path) -> None:
    file, wrong = tmp_path / "m.truce", tmp_path / "wrong.truce"
    file.write_text(BEFORE, encoding="utf-8")
    wrong.write_text('mandate "T"', encoding="utf-8")
    assert isinstance(run(file, wrong).exception, MandateSyntaxError)
    assert file.read_text(encoding="utf-8") == BEFORE
    assert isinstance(run(file, tmp_path / "missing.truce").exception, UnreadableError)
    assert file.read_text(encoding="utf-8") == BEFORE
