"""From a mandate's text to its nouns: the grammar is `truce.lark`, the tree becomes nouns in `build.py`, names are
resolved in `names.py`.

Raises MandateSyntaxError with file, line, column, what was expected and the nearest word.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

from lark import Lark
from lark.exceptions import UnexpectedToken

from truceline.base.collector import collector_paused
from truceline.base.errors import MandateSyntaxError
from truceline.mandate.parse.build import Builder
from truceline.mandate.parse.lexer import OTHER, ContextLexer, WordRefusedError, keywords_of
from truceline.mandate.parse.names import STANDARDS_TOO, resolve_names
from truceline.mandate.parse.tree import Node, Token, shown
from truceline.model.catalogue import BY_SLUG
from truceline.model.mandate import Mandate
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS, WEAPON_CLASSES

_WORDS = {  # what a person would call a terminal that was expected
    "STRING": 'words in "quotes"',
    "NAME": "a name",
    "DATE": "a date (2015-02-15T00:00)",
    "DURATION": "a duration (90min, 24h, 14d)",
    "DISTANCE": "a distance (250m, 25km)",
    "CALIBRE": "a calibre (100mm)",
    "SHARE": "a share (>= 0.80)",
    "INT": "a whole number",
    "TZ": "a time zone (Europe/Kyiv)",
    "MODALITY": "prohibited, limited, required or allowed",
    "COMPARE": ">=, <=, < or >",
    "UNIT": "events or items",
    "DAYS": "calendar or working",
    "EDGES": "geodesic or planar_lonlat",
    "EQUAL": "=",
    "ACTION": "an action (informs, visits, decides, …)",
    "RESULT": "a result (done, refused, late, …)",
    "END": "remedied, answered, unfounded, impasse or handed_over",
    "PLUS": "+",
    "$END": "the end of the text",
}
_LISTED_AT_MOST = 8
_VOCABULARY = frozenset((*ACTS, *MEANS, *OBJECTS, *WEAPON_CLASSES, *BY_SLUG))
_NEAR = 0.7  # share of letters that a misspelt word of the language has in common with it
CHARACTERS_MOST = 4_000_000


def parse_mandate(text: str, *, name: str, source: str) -> Mandate:
    """The mandate that `text` says.

    Args:
        text: the whole `.truce` text.
        name: what findings call this mandate; by custom the stem of its file.
        source: file name for messages.

    Raises: MandateSyntaxError, MandateNameError: with file, line, column and a remedy.
    """
    wording = _Wording(text, source)
    with collector_paused():  # many objects, hardly a circle: a fifth of the time is saved
        builder = Builder(wording.tree(), place=wording.place)
        return resolve_names(builder.mandate(name), _Spots(wording, builder), source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a text as it is written, `kind` as the grammar calls it; it stands in `text[start:end]`."""

    text: str
    kind: str
    start: int
    end: int
    line: int
    column: int


def words_of(text: str, *, source: str) -> tuple[Word, ...]:
    """Every word of a text in order, keywords among them; comments and blanks left out.

    Names need not be declared. Raises: MandateSyntaxError: the grammar does not allow it.
    """
    wording = _Wording(text, source)
    wording.tree()
    return tuple(
        Word(
            text=str(token),
            kind=token.type,
            start=token.start_pos,
            end=token.start_pos + len(token),
            line=token.line,
            column=wording.column_at(token.start_pos),
        )
        for token in cast(Iterator[Token], _grammar().parse_interactive(text).iter_parse())
    )


@cache
def _grammar() -> Lark:
    text = resources.files("truceline.mandate.parse").joinpath("truce.lark").read_text("utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=False, lexer=ContextLexer, tree_class=Node)


@cache
def _keywords() -> dict[str, str]:
    return keywords_of(_grammar().terminals)


@cache
def _reserved() -> frozenset[str]:
    """Words of the grammar, which no name may be."""
    return frozenset(_keywords()) - {STANDARDS_TOO}


@dataclass(frozen=True, slots=True)
class _Wording:
    """A text while it is read: where its words stand, and what they may have been meant to be."""

    text: str
    source: str

    def column_at(self, offset: int) -> int:
        """Counted from 1. Only a line feed ends a line, as for lark."""
        return offset - self.text.rfind("\n", 0, offset)

    def place_at(self, offset: int) -> str:
        """File, line and column of a character."""
        return f"{self.source}, line {self.text.count(chr(10), 0, offset) + 1}, column {self.column_at(offset)}"

    def place(self, word: Token) -> str:
        """File, line and column of a word."""
        return self.place_at(word.start_pos)

    def tree(self) -> Node:
        """The text by the rules of the grammar."""
        if len(self.text) > CHARACTERS_MOST:
            at, problem = self.place_at(CHARACTERS_MOST), f"the text has more than {CHARACTERS_MOST:,} characters."
            raise MandateSyntaxError(problem, subject=at, remedy="Split it into several mandates.")
        if not self.text.strip():
            first = 'Begin with its first line: mandate "Title" in force 2027-01-01T00:00.'
            raise MandateSyntaxError("the text is empty.", subject=self.place_at(0), remedy=first)
        try:
            self.text.encode()
            return cast(Node, _grammar().parse(self.text))
        except UnicodeEncodeError as error:
            half = self.text[error.start : error.start + 1]
            problem = f"{half!r} is half a character, which no file can hold."
            raise MandateSyntaxError(problem, subject=self.place_at(error.start), remedy="Take it out.") from None
        except UnexpectedToken as error:
            raise self.syntax_error(error) from None
        except WordRefusedError as error:
            raise MandateSyntaxError(error.problem, subject=self.place(error.token), remedy=error.remedy) from None

    def syntax_error(self, error: UnexpectedToken) -> MandateSyntaxError:
        """A parser's complaint in a reader's words."""
        expected = set(error.accepts or error.expected)
        if error.token.type == "$END":
            at, problem = len(self.text.rstrip(" \t\f\r\n")), f"the text ends where {_allowed(expected)}."
        else:
            at = error.token.start_pos or 0
            found = self.found(error.token.type, at, str(error.token))
            hint = _slip(found, expected) or self.hint_before(error) or _hint(found, expected)
            problem = f"found {found!r} where {_allowed(expected)}.{hint}"
        remedy = "Mend this place; docs/guide/reference.md shows every form."
        return MandateSyntaxError(problem, subject=self.place_at(at), remedy=remedy)

    def found(self, kind: str, at: int, word: str) -> str:
        """What to show of the word at an offset: of what is no word, all up to the next space."""
        if kind == OTHER and not word.isspace():
            word = self.text[at:].split(maxsplit=1)[0]
        return shown(word)

    def hint_before(self, error: UnexpectedToken) -> str:
        """A misspelt word of the language is read as a name, and found out only by the word after it."""
        read = error.interactive_parser.lexer_thread.state
        before = read.last_token if read else None
        if before is None or before.type != "NAME" or before.start_pos is None or before in _VOCABULARY:
            return ""
        keyword = self.keyword_at(before.start_pos, str(before))
        return f" Did you mean the word {keyword!r} instead of {str(before)!r}?" if keyword else ""

    def keyword_at(self, offset: int, name: str) -> str:
        """The word of the language that can stand at an offset and is nearest to `name`; empty: none is near."""
        parser = _grammar().parse_interactive(self.text[:offset])
        for _ in parser.iter_parse():
            pass
        return _nearest(name, parser.accepts())  # type: ignore[no-untyped-call]  # lark gives it no types


@dataclass(frozen=True, slots=True)
class _Spots:
    """The same, by item and name: how names are looked for, once nothing but names is left of the text."""

    wording: _Wording
    builder: Builder

    def place(self, item: str, name: str) -> str:
        """File, line and column where an item (say `clause C1`) first uses a name."""
        return self.wording.place(self.builder.spot(item, name))

    def keyword(self, item: str, name: str) -> str:
        """The word of the language that may have been meant by a name of an item; empty: none is near."""
        return self.wording.keyword_at(self.builder.spot(item, name).start_pos, name)


def _allowed(expected: set[str]) -> str:
    words = sorted({_WORDS.get(name) or _spelt(name) for name in expected})
    if len(words) > _LISTED_AT_MOST:
        words = [*words[:_LISTED_AT_MOST], "another word of the language"]
    if not words:
        return "nothing more can stand"
    listed = words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
    return f"the language expects {listed}"


def _spelt(terminal: str) -> str:
    return next((word for word, name in _keywords().items() if name == terminal), terminal.lower())


def _slip(found: str, expected: set[str]) -> str:
    """What people write who know other texts than programs."""
    slips = (
        (found[:1] in "“”„«»‘’", 'Write straight quotes: "words".'),
        (found.startswith('"') and not found[1:].endswith('"'), "This quote is never closed on its line."),
        (found[:1] != '"' and ('"' in found or "”" in found), "The quote before these words is missing."),
        (expected == {"STRING"} and found[:1].isalpha(), 'Words stand in straight quotes: "words".'),
        (found[:1] in ",;", "Names stand beside each other, without commas."),
        (found[:1] in "-–" and "NAME" not in expected, "A name has letters, digits and _, no hyphens."),
        (found == "unless", "`unless` stands before `breach`."),
        (found == "mandate", "A second mandate begins here: one file holds one."),
        (found[:1] == ">" and "SHARE" in expected, "Write 80 % as >= 0.80."),
    )
    return next((f" {hint}" for met, hint in slips if met and found), "")


def _hint(found: str, expected: set[str]) -> str:
    if "NAME" in expected and found in _reserved():
        return f" {found!r} is a word of the language and cannot be a name."
    near = _nearest(found, expected) or _nearest(found, set(_keywords().values()))
    return f" Did you mean {near!r}?" if near and near != found else ""


def _nearest(word: str, terminals: set[str]) -> str:
    """The word of the language that is one of the terminals and nearest to `word`; empty: none is near."""
    possible = sorted(each for each, terminal in _keywords().items() if terminal in terminals)
    return next(iter(difflib.get_close_matches(word.lower(), possible, n=1, cutoff=_NEAR)), "")
