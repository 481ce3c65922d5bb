"""Colours in editors: the same words as the grammar, and on real texts the colours that the parser's words have."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from lark import Lark

from truceline.mandate.parse import words_of

ROOT = Path(__file__).parents[2]
EDITORS = ROOT / "editors"
TEXTS = sorted(path for folder in ("missions", "mandates", "src", "tests") for path in (ROOT / folder).rglob("*.truce"))
GRAMMAR = ROOT / "src/truceline/mandate/parse/truce.lark"
CHOICES = ("MODALITY", "ACTION", "RESULT", "END", "DAYS", "EDGES", "UNIT")
NUMBERS = ("DATE", "SHARE", "DURATION", "CALIBRE", "DISTANCE", "INT")


@cache
def keywords() -> frozenset[str]:
    """Every word of the grammar: those between quotes, and those that a terminal lists."""
    found = set()
    for terminal in Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr").terminals:
        text = terminal.pattern.value
        if terminal.pattern.type == "str":
            found.add(text)
        elif terminal.name in CHOICES:
            found |= set(re.match(r"\(([a-z_|]+)\)", text)[1].split("|"))
    return frozenset(word for word in found if re.fullmatch("[a-z_]+", word))


def textmate() -> list[dict]:
    return json.loads((EDITORS / "vscode/syntaxes/truce.tmLanguage.json").read_text(encoding="utf-8"))["patterns"]


def words_of_textmate() -> list[str]:
    lists = [re.search(r"\((\w+(?:\|\w+)+)\)\(\?!", each["match"]) for each in textmate() if "name" in each]
    named = [each["name"] for each in textmate() if "name" in each]
    kept = [
        found[1].split("|") for found, name in zip(lists, named, strict=True) if found and name.startswith("keyword.")
    ]
    return [word for words in kept for word in words]


def words_of_vim() -> list[str]:
    text = (EDITORS / "vim/syntax/truce.vim").read_text(encoding="utf-8")
    return [word for line in re.findall(r"^syntax keyword \w+ (.*)$", text, re.MULTILINE) for word in line.split()]


def words_of_emacs() -> list[str]:
    text = (EDITORS / "emacs/truce-mode.el").read_text(encoding="utf-8")
    lists = re.findall(r"\(defconst truce-\w+-words\s+'\(([^)]*)\)", text)
    return [word for words in lists for word in re.findall(r'"(\w+)"', words)]


@pytest.mark.parametrize("words", [words_of_textmate, words_of_vim, words_of_emacs])
def test_every_word_of_the_language_has_its_colour_and_no_other_word_has(words) -> None:
    assert len(keywords()) > 100
    assert sorted(words()) == sorted(keywords())


def scopes(line: str) -> list[str]:
    """The scope of each character: the pattern that matches farthest left wins, the first of several there."""
    rules, found, at = [(re.compile(each["match"]), each) for each in textmate()], [""] * len(line), 0
    while at < len(line):
        matches = [(match.start(), n, match) for n, (rule, _) in enumerate(rules) if (match := rule.search(line, at))]
        if not matches:
            break
        _, number, match = min(matches, key=lambda each: each[:2])
        for group, name in [(0, rules[number][1].get("name", ""))] + [
            (int(group), capture["name"]) for group, capture in rules[number][1].get("captures", {}).items()
        ]:
            found[match.start(group) : match.end(group)] = [name] * (match.end(group) - match.start(group))
        at = max(match.end(), at + 1)
    return found


def expected(word) -> str:
    """How the scope of a word of the text begins; empty where it has none."""
    if word.kind == "STRING":
        return "string."
    if word.kind in NUMBERS:
        return "constant.numeric."
    if word.kind == "TZ":
        return "constant.other."
    return "keyword." if word.text in keywords() else ""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_textmate_colours_every_real_text_as_the_parser_reads_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    words, left = words_of(text, source=path.name), list(text)
    colours = [scope for line in text.split("\n") for scope in [*scopes(line), ""]]
    for word in words:
        left[word.start : word.end] = " " * (word.end - word.start)
        found, wanted = set(colours[word.start : word.end]), expected(word)
        if word.kind == "TZ" or wanted:
            assert len(found) == 1, (word, found)
            assert found.pop().startswith(wanted), word
        else:
            assert found == {""}, (word, found)
    for place, char in enumerate(left):
        assert char.isspace() or colours[place].startswith("comment."), (place, text[place : place + 20])
    assert {kind for kind in map(expected, words) if kind} >= {"string.", "constant.numeric.", "keyword."}


def test_there_are_real_texts() -> None:
    assert len(TEXTS) > 8


def test_the_extension_names_files_that_are_there() -> None:
    folder = EDITORS / "vscode"
    declared = json.loads((folder / "package.json").read_text(encoding="utf-8"))["contributes"]
    paths = [each["path"] for each in declared["grammars"]] + [each["configuration"] for each in declared["languages"]]
    for path in paths:
        json.loads((folder / path).read_text(encoding="utf-8"))
    block = json.loads((folder / "syntaxes/truce.markdown.tmLanguage.json").read_text(encoding="utf-8"))["patterns"][0]
    opened = re.match(block["begin"], "```truce")
    assert opened
    assert not re.match(block["begin"], "```trucer")
    assert re.match(block["end"].replace(r"\2", opened[2]), "```")
