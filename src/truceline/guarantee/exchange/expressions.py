"""Conditions as a line of text: `joins FRA and (mandate UN or fact us_backstop)`.

    condition = term | term and term … | term or term …       (mixed: with parentheses)
    term      = joins NAME | fact NAME | mandate NAME | pledged NAME:NAME | not term | true | ( condition )
              | at least NUMBER of ( condition, … ) | all of ( condition, … ) | any of ( condition, … )

A NAME is letters, digits, `_`, `-` and `.`; anything else printable stands in quotes as JSON writes it: `"Coalition of
the Willing"`. What `expression_text` writes, `parse_expression` reads as the same expression.
"""

import json
import re
from collections.abc import Callable
from typing import NoReturn

from truceline.base.errors import TooLargeError, UnreadableError
from truceline.model.condition import Expression, Operator

MAX_CHARS = 10_000
MAX_NAME_CHARS = 200
MAX_DEPTH = 32  # of conditions inside conditions
_TOKEN = re.compile(r'\s*(?:(?P<word>\w[\w.-]*)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>[():,]))')
_BARE = re.compile(r"\w[\w.-]*")
_NUMBER = re.compile(r"[0-9]{1,4}")
_NAMED: dict[str, Operator] = {"joins": "joins", "fact": "fact", "mandate": "mandate"}
_LISTED: dict[str, Operator] = {"all": "all", "any": "any"}
_BETWEEN: dict[str, Operator] = {"and": "all", "or": "any"}
_TERM = "joins, fact, mandate, pledged, at least, all of, any of, not, true or ("
_REMEDY = 'Write it like: joins FRA and (mandate UN or pledged USA:airlift). Odd names stand in quotes: joins "A B".'


def parse_expression(text: str, *, subject: str = "condition") -> Expression:
    """The condition that `text` states.

    Args:
        text: as the grammar above; line breaks are spaces.
        subject: what to call it in an error, with its column or key.

    Raises: UnreadableError: with the character, from 1, where the text departs from the grammar, and what was expected.
        TooLargeError: more than 10,000 characters, or nested deeper than 32.
    """
    if len(text) > MAX_CHARS:
        raise TooLargeError(
            f"the condition has {len(text):,} characters, at most {MAX_CHARS:,}.", subject=subject, remedy="Split it."
        )
    reader = _Reader(text, subject)
    made = _condition(reader, 1)
    if reader.word:
        reader.refuse("and, or, or the end")
    check_expression(made, subject=subject)
    return made


def expression_text(expression: Expression) -> str:
    """The one text of an expression. Raises: as `check_expression`: it has none."""
    check_expression(expression, subject="condition")
    return _text(expression, inside=False)


def check_expression(expression: Expression, *, subject: str) -> None:
    """Refuse what no text can say.

    Raises: UnreadableError: parts or names where none belong, none where one does, a number that cannot be met, a name
        that cannot be printed. TooLargeError: nested deeper than 32.
    """
    _check(expression, subject, 1)


def names_in(expression: Expression, operators: tuple[Operator, ...]) -> tuple[str, ...]:
    """The names that these operators have in it, in order, each once."""
    own = [expression.name] if expression.op in operators else []
    inner = [name for part in expression.parts for name in names_in(part, operators)]
    return tuple(dict.fromkeys(own + inner))


class _Reader:
    """The text's tokens, one ahead. `word` is the present one; "" at the end."""

    def __init__(self, text: str, subject: str) -> None:
        self.text, self.subject = text, subject
        self.after = self.begun = 0
        self.word = ""
        self.step()

    def step(self) -> str:
        """The present token; the next becomes present."""
        taken = self.word
        found = _TOKEN.match(self.text, self.after)
        self.begun = len(self.text) - len(self.text[self.after :].lstrip())
        if found is None:
            self.word = ""
            if self.begun < len(self.text):
                self.refuse("a word, a quoted name, or one of ( ) , :")
            return taken
        self.begun, self.after = found.end() - len(found[0].lstrip()), found.end()
        self.word = found[0].lstrip()
        return taken

    def take(self, wanted: str) -> bool:
        """Whether the present token is `wanted`; if so it is passed over."""
        if self.word == wanted:
            self.step()
            return True
        return False

    def need(self, wanted: str) -> None:
        """Pass over `wanted`, or refuse."""
        if not self.take(wanted):
            self.refuse(wanted)

    def refuse(self, expected: str) -> NoReturn:
        """Raise: something else than `expected` stands here."""
        rest = self.text[self.begun : self.begun + 20]
        there = f"{rest!r} stands" if rest else "the condition ends"
        raise UnreadableError(
            f"at character {self.begun + 1} {there} where {expected} was expected.",
            subject=self.subject,
            remedy=_REMEDY,
        )


def _condition(reader: _Reader, depth: int) -> Expression:
    parts = [_term(reader, depth)]
    between = reader.word
    if between not in _BETWEEN:
        return parts[0]
    while reader.take(between):
        parts.append(_term(reader, depth + 1))
    if reader.word in _BETWEEN:
        reader.refuse(f"{between}, ) or the end (and beside or needs parentheses)")
    return Expression(op=_BETWEEN[between], parts=tuple(parts))


def _term(reader: _Reader, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise _too_deep(reader.subject)
    make = _TERMS.get(reader.word)
    if make is None:
        reader.refuse(_TERM)
    return make(reader, reader.step(), depth)


def _named(reader: _Reader, word: str, _depth: int) -> Expression:
    return Expression(op=_NAMED[word], name=_name(reader))


def _pledged(reader: _Reader, _word: str, _depth: int) -> Expression:
    name = _name(reader)
    reader.need(":")
    return Expression(op="pledged", name=name, capability=_name(reader))


def _not(reader: _Reader, _word: str, depth: int) -> Expression:
    return Expression(op="not", parts=(_term(reader, depth + 1),))


def _true(_reader: _Reader, _word: str, _depth: int) -> Expression:
    return Expression(op="true")


def _bracketed(reader: _Reader, _word: str, depth: int) -> Expression:
    made = _condition(reader, depth + 1)
    reader.need(")")
    return made


def _listed(reader: _Reader, word: str, depth: int) -> Expression:
    return Expression(op=_LISTED[word], parts=_list(reader, depth))


def _at_least(reader: _Reader, _word: str, depth: int) -> Expression:
    reader.need("least")
    if not _NUMBER.fullmatch(reader.word):
        reader.refuse("a whole number up to 9999")
    number = int(reader.step())
    return Expression(op="at_least", number=number, parts=_list(reader, depth))


def _list(reader: _Reader, depth: int) -> tuple[Expression, ...]:
    reader.need("of")
    reader.need("(")
    parts: list[Expression] = []
    while reader.word != ")" and (not parts or reader.take(",")):
        parts.append(_condition(reader, depth + 1))
    if not reader.take(")"):
        reader.refuse("a comma or )")
    return tuple(parts)


_TERMS: dict[str, Callable[[_Reader, str, int], Expression]] = {
    **dict.fromkeys(_NAMED, _named),
    **dict.fromkeys(_LISTED, _listed),
    "pledged": _pledged,
    "at": _at_least,
    "not": _not,
    "true": _true,
    "(": _bracketed,
}
_WORDS = {*_TERMS, *_BETWEEN, "least", "of"}  # these stand in quotes where they are names


def _name(reader: _Reader) -> str:
    word = reader.word
    if not word or word in "():," or word in _WORDS:
        reader.refuse("a name")
    if word.startswith('"'):
        try:
            name: str = json.loads(word)
        except json.JSONDecodeError:
            reader.refuse("a name in quotes as JSON writes it")
    else:
        name = word
    if not name or not name.isprintable() or len(name) > MAX_NAME_CHARS:
        reader.refuse(f"a printable name of 1 to {MAX_NAME_CHARS} characters")
    reader.step()
    return name


def _text(expression: Expression, *, inside: bool) -> str:
    match expression.op:
        case "joins" | "fact" | "mandate":
            return f"{expression.op} {_quoted(expression.name)}"
        case "pledged":
            return f"pledged {_quoted(expression.name)}:{_quoted(expression.capability)}"
        case "not":
            return f"not {_text(expression.parts[0], inside=True)}"
        case "true":
            return "true"
        case "at_least":
            return f"at least {expression.number} of ({_texts(expression)})"
    if len(expression.parts) < 2:
        return f"{expression.op} of ({_texts(expression)})"
    between = " and " if expression.op == "all" else " or "
    joined = between.join(_text(part, inside=True) for part in expression.parts)
    return f"({joined})" if inside else joined


def _texts(expression: Expression) -> str:
    return ", ".join(_text(part, inside=False) for part in expression.parts)


def _quoted(name: str) -> str:
    bare = _BARE.fullmatch(name) and name not in _WORDS
    return name if bare else json.dumps(name, ensure_ascii=False)


def _check(expression: Expression, subject: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _too_deep(subject)
    op, parts = expression.op, len(expression.parts)
    if op == "at_least" and not 1 <= expression.number <= min(parts, 9999):
        problem = f"at least {expression.number} of {parts} cannot be meant."
        raise _wrong(subject, problem, "Ask for 1 up to all of them.")
    names = int(op in _NAMED) + 2 * int(op == "pledged")
    both = (expression.name, expression.capability)
    if not all(name and name.isprintable() and len(name) <= MAX_NAME_CHARS for name in both[:names]):
        raise _wrong(subject, f"{op} needs printable names.", "Name who or what it is.")
    wanted = {"not": parts == 1, "all": True, "any": True, "at_least": True}.get(op, parts == 0)
    if not wanted or any(both[names:]) or (expression.number and op != "at_least"):
        raise _wrong(subject, f"{op} has parts, names or a number that it cannot have.", "Write it as text.")
    for part in expression.parts:
        _check(part, subject, depth + 1)


def _wrong(subject: str, problem: str, remedy: str) -> UnreadableError:
    return UnreadableError(problem, subject=subject, remedy=remedy)


def _too_deep(subject: str) -> TooLargeError:
    return TooLargeError(
        f"conditions stand inside conditions more than {MAX_DEPTH} deep.",
        subject=subject,
        remedy="Name a part of it as a fact.",
    )
