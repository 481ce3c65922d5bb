"""A mandate's text in the one layout, with its author's words, order of items and comments.

The layout is the printer's (`print.py`): one line for each item, setting, step, reading and part of a clause, a further
one for where a step leads, and an empty line between items of different kinds. Words are never changed:
`calibre < 100mm` stays as it was signed, where the printer would write `<= 99mm`. Settings alone are brought into the
printer's order.

Comments: one on a line of its own stays above the line whose words follow it; one at the end of a line stays there, or
goes above the line where more words follow on it. Empty lines of the author's between items stay, one at a time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from truceline.base.errors import MandateSyntaxError
from truceline.mandate.parse.grammar import Word, words_of
from truceline.mandate.parse.literate import MARKDOWN, lines_of, only_blocks, truce_blocks

SETTINGS = ("mandate", "text", "days", "zone", "edges", "precision", "coverage")  # in the printer's order
GROUP = {  # items of one group stand together; every other item stands alone
    "party": 1,
    "body": 2,
    **dict.fromkeys(("line", "zone", "site"), 3),
    **dict.fromkeys(("weapons", "objects"), 4),
    "evidence": 5,
    **dict.fromkeys(("gate", "domain"), 6),
    "watch": 7,
}
BREAKS = {  # items that stand alone, and the words that begin a further line of each
    "dispute": {"reading"},
    "clause": {"prohibited", "limited", "required", "allowed", "unless", "breach", "outcome"},
    "attribution": {"for"},
    "response": {"step", "end"},
    "suspension": {"when"},
}
_COMMENT = re.compile(r"#[^\n\r\v\f\x85\u2028\u2029]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(slots=True)
class _Comment:
    text: str
    after: int  # index of the last word before it, -1 where there is none
    alone: bool  # on a line of its own
    blank: bool  # an empty line stands before it


@dataclass(slots=True)
class _Row:
    """One line of the result: its words, and what stands above and behind it."""

    kind: str  # of the item; empty: of the header
    begins: bool  # the item, or the whole header
    leads: bool = False  # where a step leads, by its results
    words: list[str] = field(default_factory=list)
    last: int = -1  # index of its last word
    blank: bool = False  # the author left an empty line before it
    above: list[_Comment] = field(default_factory=list)
    behind: str = ""


def format_text(text: str, *, source: str) -> str:
    """A `.truce` text, or a Markdown file that holds one (`source` ends in .md), in the one layout.

    It says the same as before, and formatting it again changes nothing. Raises MandateSyntaxError.
    """
    if not source.endswith(MARKDOWN):
        return "".join(f"{line}\n" for line in _laid_out(text, words_of(text, source=source), (0, len(text))))
    whole = only_blocks(text, source=source)
    words = words_of(whole, source=source)
    stated, done, result = _LINE.findall(text), 0, list[str]()
    starts = [0, *(match.end() for match in re.finditer("\n", whole))]
    for block in truce_blocks(lines_of(text), source=source):
        held = [word for word in words if block.start <= word.line - 1 < block.stop]
        if held and not _begins(held, 0):
            at = f"{source}, line {held[0].line}, column {held[0].column}"
            problem = "an item of the block before runs on into this one."
            raise MandateSyntaxError(problem, subject=at, remedy="Write each item in one block.")
        ending = "\r\n" if stated[block.start - 1].endswith("\r\n") else "\n"
        laid_out = _laid_out(whole, held, (starts[block.start], starts[block.stop]))
        result += [*stated[done : block.start], *(line + ending for line in laid_out)]
        done = block.stop
    return "".join([*result, *stated[done:]])


def _laid_out(text: str, words: Sequence[Word], span: tuple[int, int]) -> Iterator[str]:
    """The lines of the words and comments between two places of a text."""
    rows, row_of = _rows(words)
    left: list[_Comment] = []
    for comment, blank in _between(text, words, span):
        if comment is None:
            row_of[blank].blank = True
        elif not comment.alone and row_of[comment.after].last == comment.after:
            row_of[comment.after].behind = f"  {comment.text}"
        elif not comment.alone:
            row_of[comment.after].above.append(comment)
        elif comment.after + 1 < len(words):
            row_of[comment.after + 1].above.append(comment)
        else:
            left.append(comment)
    before: _Row | None = None
    for row in rows:
        yield from _row_lines(row, before)
        before = row
    for number, comment in enumerate(left):
        yield from ["", comment.text] if comment.blank and (number or rows) else [comment.text]


def _row_lines(row: _Row, before: _Row | None) -> Iterator[str]:
    """One row with what stands above it."""
    indent = "" if row.begins or not row.kind else "    " if row.leads else "  "
    blanks = [row.begins and each.blank for each in row.above] + [row.begins and row.blank]
    if before is None:
        blanks[0] = False
    elif row.begins and not any(blanks) and not (row.kind in GROUP and GROUP[row.kind] == GROUP.get(before.kind)):
        blanks[0] = True
    stated = [*(each.text for each in row.above), " ".join(row.words) + row.behind]
    for blank, line in zip(blanks, stated, strict=True):
        yield from ["", indent + line] if blank else [indent + line]


def _rows(words: Sequence[Word]) -> tuple[list[_Row], list[_Row]]:
    """The rows in their order, and the row of each word."""
    phrases: list[list[int]] = []
    for index in range(len(words)):
        if _begins(words, index):
            phrases.append([])
        phrases[-1].append(index)
    header = [phrase for phrase in phrases if _is_setting(words, phrase[0])]
    header.sort(key=lambda phrase: SETTINGS.index(words[phrase[0]].text))
    rows: list[_Row] = []
    row_of: dict[int, _Row] = {}
    for phrase in [*header, *phrases[len(header) :]]:
        first = words[phrase[0]].text
        kind = "" if _is_setting(words, phrase[0]) else first
        joined = not kind and rows and {first, rows[-1].words[0]} <= {"days", "zone", "edges"}
        for index in phrase:
            word = words[index].text
            breaks = index != phrase[0] and word in BREAKS.get(kind, ())
            breaks = breaks and (word == "outcome" or rows[-1].words[0] != "outcome")  # its `unless` stays with it
            leads = words[index].kind == "RESULT" and not rows[-1].leads
            if (index == phrase[0] and not joined) or breaks or leads:
                begins = first == "mandate" or (bool(kind) and index == phrase[0])
                rows.append(_Row(kind=kind, begins=begins, leads=leads))
            if words[index].kind == "SHARE":
                word = f">= {word.removeprefix('>=').strip()}"
            rows[-1].words.append(word)
            rows[-1].last, row_of[index] = index, rows[-1]
    return rows, [row_of[index] for index in range(len(words))]


def _between(text: str, words: Sequence[Word], span: tuple[int, int]) -> Iterator[tuple[_Comment | None, int]]:
    """What stands between the words: each comment; and (None, index) for a word that an empty line stands before."""
    ends = [span[0], *(word.end for word in words)]
    starts = [*(word.start for word in words), span[1]]
    for after, (end, start) in enumerate(zip(ends, starts, strict=True)):
        done, broken = end, after == 0
        for found in _COMMENT.finditer(text, end, start):
            blanks = text[done : found.start()].count("\n")
            broken = broken or blanks > 0
            yield _Comment(found[0].rstrip(), after - 1, broken, blanks > 1), after
            done, broken = found.end(), True
        if after < len(words) and text[done:start].count("\n") > 1:
            yield None, after


def _begins(words: Sequence[Word], index: int) -> bool:
    """Whether a word begins a setting or an item."""
    word = words[index].text
    return word in GROUP or word in BREAKS or word in SETTINGS


def _is_setting(words: Sequence[Word], index: int) -> bool:
    word = words[index].text
    return word in SETTINGS and (word != "zone" or words[index + 1].kind == "TZ")
