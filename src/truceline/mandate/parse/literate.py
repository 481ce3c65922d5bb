"""Mandates in files: a `.truce` text, or a Markdown file that holds the signed text with the mandate between its lines.

In Markdown, what stands in fenced blocks marked `truce` is the mandate, all blocks together; the rest is the signed
text. A `.truce` text that names a Markdown file has that file as its signed text, read by the same rules:

Passages that a clause can cite are headings (lines of # to ######) and paragraphs or list items that end in a mark
`{#name}`. `cites "Article 2, point 1: words"` cites `article-2-point-1`: what stands before the first colon, in lower
case, each run of anything but letters and digits made one hyphen, hyphens at either end taken away. That is looked for
first among the marks, then among headings, then among headings up to their first colon.

The hash of a signed text is SHA-256 over its lines in UTF-8, where blocks marked `truce` are left out with their
fences, line ends are one line feed, blanks at the ends of lines are taken away, and so are empty lines but one between
two lines that say something.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from truceline.base.canonical import sha256_hex
from truceline.base.errors import MandateSyntaxError, UnreadableError
from truceline.mandate.parse.grammar import CHARACTERS_MOST, parse_mandate
from truceline.model.mandate import Mandate

MARKDOWN = ".md"
_NO_TEXT = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")  # what such files begin with
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<word>[^\s`]*)[^`]*")
_MARK = re.compile(r"\{#(?P<name>[^\s{}]{1,200})\}\Z")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(?P<words>.*?))??(?:[ \t]+#+)?[ \t]*")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|\(\w{1,4}\))[ \t]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A heading or a marked paragraph. A heading that has no unmarked paragraph says nothing of its own."""

    mark: str = ""  # of `{#name}`, as a slug
    heading: str = ""  # the whole heading, as a slug
    brief: str = ""  # the heading up to its first colon, as a slug
    line: int
    says: bool

    @property
    def name(self) -> str:
        """What to cite it by."""
        return self.mark or self.brief or self.heading


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """What was signed: the passages that clauses can cite, in the order of the text, and the text's hash.

    `opaque`: a file that is no Markdown, say a scan; its hash is that of its bytes, and what it says is not looked at.
    """

    source: str
    passages: tuple[Passage, ...]
    sha256: str
    opaque: bool = False

    @property
    def file(self) -> str:
        """The last part of its path."""
        return self.source.rpartition("/")[2]

    def cited(self, cites: str) -> tuple[Passage, ...]:
        """The passages that `cites` can mean: one, or none, or several that are called the same."""
        wanted = slug(cites.partition(":")[0])
        for kind in ("mark", "heading", "brief"):
            if found := tuple(each for each in self.passages if wanted and getattr(each, kind) == wanted):
                return found
        return ()


def parse_mandates(texts: Mapping[str, bytes]) -> tuple[Mandate, ...]:
    """Each file as a mandate, named by its stem: `truces/easter.truce` and `truces/easter.md` are `easter`.

    Raises: MandateError: with file, line and column. UnreadableError: not UTF-8.
    """
    mandates = []
    for path, content in texts.items():
        text, file = decoded(content, source=path), path.rpartition("/")[2]
        if path.endswith(MARKDOWN):
            mandates.append(parse_literate(text, name=file.removesuffix(MARKDOWN), source=path)[0])
        else:
            mandates.append(parse_mandate(text, name=file.removesuffix(".truce"), source=path))
    return tuple(mandates)


def parse_literate(text: str, *, name: str, source: str) -> tuple[Mandate, SignedText]:
    """The mandate in the `truce` blocks of a Markdown text, and the signed text around them; lines are the file's.

    Raises: MandateSyntaxError, MandateNameError: with file, line, column and a remedy.
    """
    mandate = parse_mandate(only_blocks(text, source=source), name=name, source=source)
    file = source.rpartition("/")[2]
    if mandate.header.text not in ("", file):
        problem = f"this file is itself the signed text, and it names {mandate.header.text!r} as that text."
        raise MandateSyntaxError(problem, subject=source, remedy=f'Write text "{file}", or leave it out.')
    return mandate, signed_text(text, source=source)


def signed_file(content: bytes, *, source: str) -> SignedText:
    """The signed text in a file: Markdown with its passages, any other file by its bytes.

    Raises: UnreadableError: Markdown that is not UTF-8. MandateSyntaxError: as `signed_text`.
    """
    if source.endswith(MARKDOWN):
        return signed_text(decoded(content, source=source), source=source)
    return SignedText(source=source, passages=(), sha256=sha256_hex(content), opaque=True)


def signed_text(text: str, *, source: str) -> SignedText:
    """The signed text that a Markdown file holds; `truce` blocks in it are no part of it.

    Raises MandateSyntaxError: too long, or a block that is never closed.
    """
    if len(text) > CHARACTERS_MOST:
        problem = f"the signed text has more than {CHARACTERS_MOST:,} characters."
        raise MandateSyntaxError(problem, subject=source, remedy="Name the file with the articles alone.")
    lines = lines_of(text)
    held = {number for block in truce_blocks(lines, source=source) for number in range(block.start - 1, block.stop + 1)}
    left = [line.rstrip(" \t") for number, line in enumerate(lines) if number not in held]
    stated = [line for number, line in enumerate(left) if line or (number and left[number - 1])]
    whole = "\n".join(stated).strip("\n")
    return SignedText(source=source, passages=tuple(_passages(lines, held)), sha256=sha256_hex(whole.encode()))


def only_blocks(text: str, *, source: str) -> str:
    """The same number of lines, with nothing left outside the `truce` blocks. Raises MandateSyntaxError: no block."""
    lines = lines_of(text)
    blocks = truce_blocks(lines, source=source)
    if not blocks:
        raise MandateSyntaxError(
            "it holds no mandate.", subject=source, remedy="Write the mandate in a block that begins with ```truce."
        )
    held = {number for block in blocks for number in block}
    return "\n".join(line if number in held else "" for number, line in enumerate(lines))


def truce_blocks(lines: list[str], *, source: str) -> list[range]:
    """Each block's lines between its fences, numbered from 0. Raises MandateSyntaxError: a block is never closed."""
    blocks: list[range] = []
    for first, after, word in _fenced(lines):
        if word == "truce":
            if after == len(lines):
                at = f"{source}, line {first}, column 1"
                raise MandateSyntaxError(
                    "this block is never closed.", subject=at, remedy=f"End it with {lines[first - 1].strip()[:3]}."
                )
            blocks.append(range(first, after))
    return blocks


def lines_of(text: str) -> list[str]:
    """The lines of a text, whatever ends them; a mark of byte order before the first is no part of it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def slug(words: str) -> str:
    """`Article 2, point 1` as `article-2-point-1`."""
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", words).lower()).strip("-")


def decoded(content: bytes, *, source: str) -> str:
    """The text of a file, without a mark of byte order. Raises UnreadableError: not UTF-8."""
    if content.startswith(_NO_TEXT):
        raise UnreadableError(
            "it is no text: a Word, PDF or packed file.", subject=source, remedy="Save its words as plain text."
        )
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"byte {error.start} is not UTF-8.", subject=source, remedy="Save the mandate as UTF-8."
        ) from None


def _fenced(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Each fenced block: its first line after the fence, the line of the closing fence, the word it is marked with."""
    number = 0
    while number < len(lines):
        opened = _FENCE.fullmatch(lines[number])
        number += 1
        if opened:
            first, closing = number, re.compile(rf" {{0,3}}{opened['fence'][0]}{{{len(opened['fence'])},}}[ \t]*")
            while number < len(lines) and not closing.fullmatch(lines[number]):
                number += 1
            yield first, number, opened["word"]
            number += 1


def _passages(lines: list[str], held: set[int]) -> Iterator[Passage]:
    """Headings and marked paragraphs, in order, outside every fenced block."""
    fenced = held | {number for first, after, _ in _fenced(lines) for number in range(first - 1, after + 1)}
    found: list[Passage] = []
    heading: Passage | None = None
    last = 0  # place of the last heading
    for first, stated in _paragraphs(lines, fenced):
        words = stated.rstrip(" \t")
        marked = _MARK.search(words)
        mark, rest = (slug(marked["name"]), words[: marked.start()].rstrip(" \t")) if marked else ("", words)
        headed = _HEADING.fullmatch(rest)
        if headed:
            title = headed["words"] or ""
            brief, line = slug(title.partition(":")[0]), first + 1
            heading = Passage(mark=mark, heading=slug(title), brief=brief, line=line, says=False)
            last = len(found)
            if heading.name:
                found.append(heading)
            else:
                heading = None
        elif mark:
            found.append(Passage(mark=mark, line=first + 1, says=True))
        elif heading:
            found[last] = heading = replace(heading, says=True)
    return iter(found)


def _paragraphs(lines: list[str], fenced: set[int]) -> Iterator[tuple[int, str]]:
    """Each heading, list item or run of lines, with the number of its first line, from 0."""
    first, held = 0, list[str]()
    for number, line in enumerate([*lines, ""]):
        headed, blank = _HEADING.fullmatch(line), number in fenced or not line.strip()
        if held and (blank or headed or _LIST_ITEM.match(line)):
            yield first, "\n".join(held)
            held = []
        if headed and number not in fenced:
            yield number, line
        elif not blank:
            first = first if held else number
            held.append(line)
