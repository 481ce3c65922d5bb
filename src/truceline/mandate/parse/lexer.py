"""Text into words: one pattern finds the next word, the parser's state says which terminal of the grammar it is.

lark's own contextual lexer finds the same words and takes four times as long: it tries one pattern a state, takes
spaces for words of their own, and counts columns that nobody asks for.
"""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Any

from lark.common import LexerConf
from lark.lexer import Lexer, LexerState, TerminalDef
from lark.parsers.lalr_parser_state import ParserState

from truceline.mandate.parse.names import STANDARDS_TOO
from truceline.mandate.parse.tree import Token, shown

CHOICES = ("MODALITY", "DAYS", "EDGES", "UNIT", "ACTION", "RESULT", "END")  # terminals that are a choice of words
OTHER = "OTHER"  # a character with which nothing of the language begins
DIGITS_MOST = 9  # so that everything stays exact in 64 bits and in JSON
LETTERS_MOST = 100
WORDS_MOST = 300_000
_NUMBERS = ("INT", "DURATION", "DISTANCE", "CALIBRE")
_NAMES = ("NAME", "TZ")
# Spaces and comments. A comment ends where an editor ends the line; possessive, so that no text is tried in more than
# one way.
_SPACE = r"(?:[ \t\f\r\n]++|#[^\n\r\v\f\x85\u2028\u2029]*+)*+"


class WordRefusedError(Exception):
    """A word that fits the grammar and yet cannot stand."""

    def __init__(self, token: Token, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.token, self.problem, self.remedy = token, problem, remedy


class ContextLexer(Lexer):
    """Where the likeliest terminal cannot stand, those that can are tried in order, as lark's contextual lexer does."""

    __future_interface__ = 2

    def __init__(self, conf: LexerConf) -> None:
        self.keywords = keywords_of(conf.terminals)
        patterns = {
            each.name: each.pattern.to_regexp()
            for each in sorted(conf.terminals, key=_rank)
            if each.name not in (*CHOICES, *conf.ignore) and each.pattern.value not in self.keywords
        }
        self.alone = {kind: re.compile(pattern) for kind, pattern in patterns.items()}
        either = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in patterns.items())
        self.pattern = re.compile(rf"{_SPACE}(?:{either}|(?P<{OTHER}>(?s:.))|\Z)")

    def lex(self, lexer_state: LexerState, parser_state: "ParserState[int]") -> Iterator[Any]:
        """The words, each once the parser has taken the one before it.

        Raises: WordRefusedError: too large a number, too long a name, too many words.
        """
        text, match, keywords = lexer_state.text.text, self.pattern.match, self.keywords
        states, stack = parser_state.parse_conf.states, parser_state.state_stack
        at, start, line, left = 0, 0, 1, WORDS_MOST
        while (found := match(text, at)) and (kind := found.lastgroup):
            value, before, at = found[kind], start, found.end()
            token = Token(value)
            token.start_pos = start = at - len(value)
            token.line = line = line + text.count("\n", before, start)
            token.type = keywords.get(value, kind) if kind == "NAME" else kind
            left -= 1
            if token.type not in states[stack[-1]]:
                token = self.instead(token, text, states[stack[-1]])
                at = token.start_pos + len(token)
            if len(token) > DIGITS_MOST or left < 0:
                _refuse_too_large(token, left)
            yield token
            lexer_state.last_token = token  # type: ignore[assignment]  # asked for where the next is refused

    def instead(self, token: Token, text: str, possible: Container[str]) -> Token:
        """What begins where `token` does, as one of the possible terminals; `token` itself where nothing does.

        Where no word of the language is possible, one cannot be a name; elsewhere one can, for `unless consent` says
        nothing wrong.
        """
        if token in self.keywords and "NAME" in possible:
            if token != STANDARDS_TOO and not any(kind in possible for kind in self.keywords.values()):
                problem = f"{str(token)!r} is a word of the language and cannot be a name."
                raise WordRefusedError(token, problem, f"Write {token}_ or another name.")
            token.type = "NAME"
            return token
        for kind, pattern in self.alone.items():
            if kind in possible and (found := pattern.match(text, token.start_pos)):
                other = Token(found[0])
                other.type, other.start_pos, other.line = kind, token.start_pos, token.line
                return other
        return token


def keywords_of(terminals: Iterable[TerminalDef]) -> dict[str, str]:
    """Each word of the language with the terminal that it is."""
    words: dict[str, str] = {}
    for each in terminals:
        value = str(each.pattern.value)
        choices = value[1 : value.index(")")].split("|") if each.name in CHOICES else [value]
        words |= {word: each.name for word in choices if word.replace("_", "").isalpha()}
    return words


def _rank(terminal: TerminalDef) -> tuple[int, int, int, str]:
    """Lark's order: priority first, then what can be longer."""
    return -terminal.priority, -terminal.pattern.max_width, -len(terminal.pattern.value), terminal.name


def _refuse_too_large(token: Token, left: int) -> None:
    if left < 0:
        raise WordRefusedError(
            token, f"the text has more than {WORDS_MOST:,} words.", "Split it into several mandates."
        )
    if token.type in _NUMBERS and len(re.sub(r"\D", "", token)) > DIGITS_MOST:
        raise WordRefusedError(
            token, f"{shown(token)} is larger than anything it could mean.", "Write a smaller number."
        )
    if token.type in _NAMES and len(token) > LETTERS_MOST:
        problem = f"a name of {len(token):,} letters begins here; the longest has {LETTERS_MOST}."
        raise WordRefusedError(token, problem, "Write a shorter name.")
