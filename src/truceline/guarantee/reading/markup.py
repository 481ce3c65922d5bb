"""The characters that a page shows, each with its place in the file; and a span of the file read again.

A small reader of HTML that never fails: what is no tag, comment, script or entity is text. White space between two
words, however written, is one blank; so is where a block begins or ends. It depends on nothing before the place where
it starts, as long as that is a character of the text: so a span reads the same alone as in its file.
Limits: no style sheet is read, so hidden text counts as shown; `<pre>` loses its line breaks. An entity that stands
for two characters at once is read as U+FFFD.
Source: HTML Living Standard, 13.2.5 (tokenization), in the parts that pages use.
"""

import html
import itertools
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from html.entities import html5

from truceline.model.document import Form, Span

_INSIDE = r"""(?>[^>="']++|=\s*+"[^"]*+"|=\s*+'[^']*+'|[="'])*+"""  # of a tag: a ">" in a quoted value does not end it
_HIDDEN = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_TOKEN = re.compile(
    rf"""(?isx)
      <!--(?:>|->|.*?(?:--!?>|\Z))                                                          # a comment
    | <(?P<raw>script|style|title|textarea|iframe|noframes|xmp)(?=[\s/>]){_INSIDE}(?:>|\Z).*?(?=</(?P=raw)[\s/>]|\Z)
    | </?+(?P<tag>[a-z][^\s/>]*+){_INSIDE}(?:>|\Z)                                          # a tag
    | <[!?][^>]*+(?:>|\Z) | </(?=[^a-z])[^>]*+(?:>|\Z)                                      # what else is not shown
    | (?P<blank>\s+)
    | (?P<hidden>[{_HIDDEN}]+)
    | &(?P<entity>\#x[0-9a-f]+;?|\#[0-9]+;?|[a-z][a-z0-9]*;?)
    | (?P<text>[^<&\s{_HIDDEN}]++(?:[ ](?=[^<&\s{_HIDDEN}])[^<&\s{_HIDDEN}]++)*|.)
    """
)
_NAMED_BLOCKS = """
    address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol option p pre section select
    summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_NAMED_BLOCKS.split())
_LINE_END = re.compile(r"[^\S\r\n]*(?:\r\n|\r|\n)\s*")
_LONG = 40  # characters: a paragraph of so many is found by itself; a shorter one beside those
LETTERS_OF_A_NAME = 33  # the longest name of an entity has 32, and its semicolon


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page shows. `at` and `ends`: offsets in the file, for each character; `breaks`: which end a block."""

    characters: str
    at: Sequence[int]
    ends: Sequence[int]
    breaks: tuple[int, ...]


def view_of(file: str) -> View:
    """The characters of a page, markup removed and entities decoded."""
    characters: list[str] = []
    at, ends = array("q"), array("q")
    breaks: list[int] = []
    position, length = 0, len(file)
    while position < length:
        token = _TOKEN.match(file, position)
        assert token is not None, "the pattern takes any character"
        kind, start, position = token.lastgroup, position, token.end()
        if kind == "text":
            characters.append(file[start:position])
            at.extend(range(start, position))
            ends.extend(range(start + 1, position + 1))
        elif kind == "entity":
            shown, position = _entity(token)
            if shown.isspace():
                _blank(characters, at, ends, (start, position))
            elif shown and not _hidden(shown):
                characters.append(shown)
                at.append(start)
                ends.append(position)
        elif kind == "blank" or (kind == "tag" and token["tag"].lower() in _BLOCKS):
            _blank(characters, at, ends, (start, position))
            if kind == "tag":
                breaks.append(len(at) - 1)
    return View(characters="".join(characters), at=at, ends=ends, breaks=tuple(breaks))


def _blank(characters: list[str], at: "array[int]", ends: "array[int]", place: tuple[int, int]) -> None:
    """One blank more; or the blank that was there is longer."""
    if characters and characters[-1] == " ":
        ends[-1] = place[1]
        return
    characters.append(" ")
    at.append(place[0])
    ends.append(place[1])


def _entity(token: re.Match[str]) -> tuple[str, int]:
    """What an entity shows, one character or none, and where it ends; an "&" that begins none is itself."""
    name = token["entity"]
    if name.startswith("#"):
        return html.unescape(f"&{name.rstrip(';')};")[:1], token.end()
    known = next((name[:n] for n in range(min(len(name), LETTERS_OF_A_NAME), 1, -1) if name[:n] in html5), "")
    if not known:
        return "&", token.start() + 1
    shown = html5[known]
    return shown if len(shown) == 1 else "\ufffd", token.start() + 1 + len(known)


def _hidden(character: str) -> bool:
    token = _TOKEN.match(character)
    return token is not None and token.lastgroup == "hidden"


def blocks_of(view: View) -> list[tuple[int, int]]:
    """The blocks of a page that show anything, as offsets in `view.characters`, without the blanks around them."""
    edges = [0, *view.breaks, len(view.characters)]
    blocks = [_trimmed(view.characters, edges[i], edges[i + 1]) for i in range(len(edges) - 1)]
    return [block for block in blocks if block[0] < block[1]]


def _trimmed(characters: str, start: int, end: int) -> tuple[int, int]:
    while start < end and characters[start] == " ":
        start += 1
    while start < end and characters[end - 1] == " ":
        end -= 1
    return start, end


def find_paragraphs(view: View, paragraphs: Sequence[str]) -> list[tuple[int, int]]:
    """Where paragraphs stand in a page, in the page's order; blanks do not count, and no two overlap.

    Long ones are found first, each after the one before; then short ones, as near as may be before the next long one:
    words like "Background" stand in menus too. What the page does not show so is not in the answer.

    Returns: offsets in `view.characters`, start and end.
    """
    squeezed, where = _squeezed(view.characters)
    wanted = [words for words in (_squeezed(paragraph)[0] for paragraph in paragraphs) if words]
    found = _long_ones(squeezed, wanted)
    for first, last in _gaps(found, len(wanted)):
        lower = found[first - 1][1] if first else 0
        upper = found[last][0] if last < len(wanted) else len(squeezed)
        # backwards from the long one that follows, where one does
        for number in reversed(range(first, last)) if last < len(wanted) else range(first, last):
            find = squeezed.rfind if last < len(wanted) else squeezed.find
            start = find(wanted[number], lower, upper)
            if start >= 0:
                found[number] = start, start + len(wanted[number])
                lower, upper = (lower, start) if last < len(wanted) else (found[number][1], upper)
    return [(where[start], where[end - 1] + 1) for start, end in sorted(found.values())]


def _long_ones(squeezed: str, wanted: Sequence[str]) -> dict[int, tuple[int, int]]:
    """The places of long paragraphs, by their number, each after the one before."""
    found: dict[int, tuple[int, int]] = {}
    after = 0
    for number, words in enumerate(wanted):
        start = squeezed.find(words, after) if len(words) >= _LONG else -1
        if start >= 0:
            after = start + len(words)
            found[number] = start, after
    return found


def _gaps(found: dict[int, tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """The runs of numbers up to `count` that are not found yet: first, and one past the last."""
    edges = [-1, *sorted(found), count]
    return [(a + 1, b) for a, b in itertools.pairwise(edges) if a + 1 < b]


def _squeezed(characters: str) -> tuple[str, list[int]]:
    """What is left without blanks and characters that do not print, and where each of it stood."""
    where = [i for i, character in enumerate(characters) if character.isprintable() and character != " "]
    where = [i for i in where if not characters[i].isspace()]
    return "".join(characters[i] for i in where), where


def reread(file: str, form: Form, span: Span) -> str:
    """The characters of a span, read again from the file as decoded: `span.exact`, if the file is the one it is of.

    Line breaks within a part, with the blanks around them, read as one blank. Args: form: of the file. Returns: the
    characters; for a span over several parts also what stands between them, which is none of the text.
    """
    part = file[span.start : span.end]
    return view_of(part).characters if form == "html" else _LINE_END.sub(" ", part)


def plain_characters(file: str, start: int, end: int) -> tuple[str, list[int], list[int]]:
    """A part of a plain-text file as it is read: its characters, and where each begins and ends in the file."""
    characters, at, ends = "", list(range(start, end)), list(range(start + 1, end + 1))
    for number, words in enumerate(_LINE_END.split(file[start:end])):
        characters += f" {words}" if number else words
    for broken in reversed(list(_LINE_END.finditer(file, start, end))):
        first, last = broken.start() - start, broken.end() - start
        at[first:last], ends[first:last] = [broken.start()], [broken.end()]
    return characters, at, ends
