"""From a mandate's text to its nouns: the grammar is `truce.lark`, the tree becomes nouns in `build.py`, names are
resolved in `names.py`.

Raises MandateSyntaxError with file, line, column, what was expected and the nearest word.
"""

import difflib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from truceline.base.errors import MandateSyntaxError, UnreadableError
from truceline.mandate.parse.build import Builder
from truceline.mandate.parse.names import STANDARDS_TOO, resolve_names
from truceline.model.mandate import Mandate

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
_CHOICES = ("MODALITY", "DAYS", "EDGES", "UNIT", "ACTION", "RESULT", "END")
_NUMBERS = ("INT", "DURATION", "DISTANCE", "CALIBRE")
_DIGITS_MOST = 9  # so that everything stays exact in 64 bits and in JSON


def parse_mandate(text: str, *, name: str, source: str) -> Mandate:
    """The mandate that `text` says.

    Args:
        text: the whole `.truce` text.
        name: what findings call this mandate; by custom the stem of its file.
        source: file name for messages.

    Raises: MandateSyntaxError, MandateNameError: with file, line, column and a remedy.
    """
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, source) from None
    except _TokenRefusedError as error:
        at = f"{source}, line {error.token.line}, column {error.token.column}"
        raise MandateSyntaxError(error.problem, subject=at, remedy=error.remedy) from None
    builder = Builder(tree, source=source)
    return resolve_names(builder.mandate(name), builder.spot, source=source)


def parse_mandates(texts: Mapping[str, bytes]) -> tuple[Mandate, ...]:
    """Each `.truce` file as a mandate, named by the stem of its file: `truces/easter.truce` is `easter`.

    Raises: MandateError: with file, line and column. UnreadableError: not UTF-8.
    """
    mandates = []
    for path, content in texts.items():
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError(
                f"byte {error.start} is not UTF-8.", subject=path, remedy="Save the mandate as UTF-8."
            ) from None
        name = path.rpartition("/")[2].removesuffix(".truce")
        mandates.append(parse_mandate(text, name=name, source=path))
    return tuple(mandates)


@cache
def _grammar() -> Lark:
    text = resources.files("truceline.mandate.parse").joinpath("truce.lark").read_text("utf-8")
    checks = {"NAME": _unreserved, **dict.fromkeys(_NUMBERS, _not_too_large)}
    return Lark(text, parser="lalr", maybe_placeholders=False, lexer_callbacks=checks)


class _TokenRefusedError(Exception):
    """A token that fits the grammar and yet cannot stand."""

    def __init__(self, token: Token, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.token, self.problem, self.remedy = token, problem, remedy


def _unreserved(token: Token) -> Token:
    if token in _reserved():
        problem = f"{str(token)!r} is a word of the language and cannot be a name."
        raise _TokenRefusedError(token, problem, f"Write {token}_ or another name.")
    return token


def _not_too_large(token: Token) -> Token:
    if len(token) > _DIGITS_MOST and len(re.sub(r"\D", "", token)) > _DIGITS_MOST:
        raise _TokenRefusedError(token, f"{token} is larger than anything it could mean.", "Write a smaller number.")
    return token


def _syntax_error(error: UnexpectedInput, text: str, source: str) -> MandateSyntaxError:
    """A parser's complaint in a reader's words."""
    lines = text.rstrip(" \t\f\r\n").split("\n")  # as lark counts them; other marks of a line's end are not its
    line, column, expected = error.line, error.column, set[str]()
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        found = str(error.token)
        if error.token.type == "$END" or line < 1:
            found, line, column = "", len(lines), len(lines[-1]) + 1
    else:
        expected = set(error.allowed or ()) if isinstance(error, UnexpectedCharacters) else expected
        rest = lines[line - 1][column - 1 :]
        found = rest[:1] if rest[:1].isspace() else rest.split()[0]
    return MandateSyntaxError(
        f"found {found!r} where {_allowed(expected)}.{_hint(found, expected)}"
        if found
        else f"the text ends where {_allowed(expected)}.",
        subject=f"{source}, line {line}, column {column}",
        remedy="Mend this place; docs/mandate-language.md shows every form.",
    )


def _allowed(expected: set[str]) -> str:
    words = sorted({_WORDS.get(name, name.lower()) for name in expected - {"COMMENT", "WS"}})
    if len(words) > _LISTED_AT_MOST:
        words = [*words[:_LISTED_AT_MOST], "another word of the language"]
    if not words:
        return "nothing more can stand"
    listed = words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
    return f"the language expects {listed}"


def _hint(found: str, expected: set[str]) -> str:
    if "NAME" in expected and found in _reserved():
        return f" {found!r} is a word of the language and cannot be a name."
    near = difflib.get_close_matches(found.lower(), sorted(_reserved()), n=1, cutoff=0.7)
    return f" Did you mean {near[0]!r}?" if near and near[0] != found else ""


@cache
def _reserved() -> frozenset[str]:
    """Words of the grammar, which no name may be."""
    words = {str(t.pattern.value) for t in _grammar().terminals if t.pattern.type == "str"}
    choices = {
        word for name in ("MODALITY", "DAYS", "EDGES", "UNIT", "ACTION", "RESULT", "END") for word in _choice(name)
    }
    return frozenset(word for word in words | choices if word.replace("_", "").isalpha()) - {STANDARDS_TOO}


def _choice(name: str) -> list[str]:
    pattern = next(str(t.pattern.value) for t in _grammar().terminals if t.name == name)
    return pattern[1 : pattern.index(")")].split("|")
