"""The bytes of one article to its document and its text: decoded, furniture left out, places in the file kept.

What cannot be an article is refused with what to do; what an article does not state stays not stated.
"""

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category
from unicodedata import name as name_of_character

from truceline.base.canonical import sha256_hex
from truceline.base.errors import TooLargeError, UnreadableError
from truceline.guarantee.reading.lines import Row, is_of_the_site, key, sort_lines, sort_rows
from truceline.guarantee.reading.markup import blocks_of, find_paragraphs, plain_characters, view_of
from truceline.guarantee.reading.naming import Named, is_lead, names_of_page, names_of_plain
from truceline.guarantee.reading.page import guess_encoding, read_page
from truceline.guarantee.reading.text import AROUND, JOINT, Text
from truceline.model.document import Document, Form, Span

LIMIT_BYTES = 8_000_000  # a long report has 1 MB of text, a saved page with all its scripts 5 MB
LIMIT_TAGS = 100_000  # "<" in a page: a long one has 10,000; to find the text among 100,000 takes some 5 s
LIMIT_CHARACTERS = 2_000_000  # shown: a long novel has half as many; they take some 3 s and 400 MB
LIMIT_LINES = 20_000  # a book has as many; they take some 5 s
LIMIT_ENTITIES = 400_000  # "&" in a page: each letter of a long report in Cyrillic may be one
_SAMPLE = 4_096  # characters at the start of a file in which markup and charset show
_CONTROL_SHARE = 100  # of so many characters, one that no text has: no text
_REPLACED_SHARE = 1_000  # of so many characters, one that is broken: read on, and shown as broken
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KINDS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP or an office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
)
_CHARSET = re.compile(rb"""(?i)<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""")
_PAGE = re.compile(r"(?i)\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.DOTALL)
_TAG = re.compile(r"(?i)</?(?:p|div|br|h[1-6]|span|a|li|ul|ol|table|article|section|b|i|em|strong|td|tr|font)\b[^<>]*>")
_FIRST = 60  # characters: what is shorter begins no text
_OPENED = re.compile(r"(?i)(?:(?:«|»|previous|prev|next|[-•*])\s*)+")
_SOUP = 3  # tags: a text that explains HTML may name two
_SCRIPT_NAMES = {"LATIN": "Latin", "CYRILLIC": "Cyrillic", "CJK": "Han", "ARABIC": "Arabic"}


def read_document(content: bytes, *, name: str) -> tuple[Document, Text]:
    """An article as it was handed in: what it is and states, and its text with the place of each character.

    Args:
        content: the bytes of one page, plain text or HTML, in any encoding.
        name: of the file, as handed in; nothing is concluded from it.

    Returns: document and text; `text.file[start:end]` are the places that all spans of the document speak of.

    Raises:
        TooLargeError: more than `LIMIT_BYTES`, than `LIMIT_CHARACTERS` that are shown, than `LIMIT_LINES` lines that
            are not blank, or than `LIMIT_TAGS` tags or `LIMIT_ENTITIES` entities.
        UnreadableError: empty, no text (a PDF, a picture), or in no encoding that can be told.

    Limits: what is furniture is judged for pages in English; in other scripts less is left out. A paragraph of a page
        that is not shown as it is written (drawn by a script) is not part of the text.
    """
    encoding = _encoding(content, name)
    file = content.decode(encoding, "replace")
    _refuse_what_is_no_text(file, name)
    read = _read_html(file, name) if _form(file) == "html" else _read_plain(file, name)
    sha256 = sha256_hex(content)
    document = Document(
        document_id=f"doc-{sha256[:16]}",
        sha256=sha256,
        name=name,
        form=read.text.form,
        encoding=encoding,
        script=script_of(read.text.body),
        title=read.named.title,
        publisher=read.named.publisher,
        republisher=read.named.republisher,
        author=read.named.author,
        url=read.named.url,
        published=read.named.published,
        kept=parts_of(read.text),
        leads=read.leads,
    )
    return document, read.text


def script_of(words: str) -> str:
    """In which script most letters are: Latin, Cyrillic, Han (with kana), Arabic or Other; "" without letters."""
    counted: Counter[str] = Counter()
    for letter, count in Counter(words).items():
        if letter.isalpha():
            first = name_of_character(letter, "?").split(" ")[0].split("-")[0]
            first = "CJK" if first in ("HIRAGANA", "KATAKANA") else first
            counted[_SCRIPT_NAMES.get(first, "Other")] += count
    return max(sorted(counted), key=lambda script: counted[script]) if counted else ""


def parts_of(text: Text) -> tuple[tuple[int, int], ...]:
    """Where the parts of a text stand in its file: start and end of each."""
    parts, start = [], 0
    for number, character in enumerate(text.body):
        if character == JOINT:
            parts.append((text.at[start], text.ends[number - 1]))
            start = number + 1
    return tuple(parts)


# --- bytes to characters ----------------------------------------------------------------------------------


def _encoding(content: bytes, name: str) -> str:
    """In which encoding the bytes are read: that of their mark, UTF-8, the declared one, the likeliest."""
    _refuse_more(len(content), LIMIT_BYTES, "bytes", name)
    if not content.strip():
        raise UnreadableError("the file is empty.", subject=name, remedy="Save the page again, with its text.")
    kind = next((kind for begin, kind in _KINDS if content.startswith(begin)), "")
    if kind:
        raise UnreadableError(f"this is {kind}, no text.", subject=name, remedy="Save the article's text as .txt.")
    marked = next((encoding for mark, encoding in _BOMS if content.startswith(mark)), "")
    if marked:
        return marked
    if _decodes(content, "utf-8"):
        return "utf-8"
    declared = _declared(content)
    if declared and _decodes(content, declared):
        return declared
    if content.decode("utf-8", "replace").count("\ufffd") * _REPLACED_SHARE <= len(content):
        return "utf-8"
    guessed = "" if b"\0" in content[:_SAMPLE] else guess_encoding(content)
    if not guessed:
        raise UnreadableError(
            "the bytes are text in no encoding that can be told.", subject=name, remedy="Save it as UTF-8."
        )
    return guessed


def _refuse_more(count: int, limit: int, of_what: str, name: str) -> None:
    if count > limit:
        raise TooLargeError(
            f"{count} {of_what}; at most {limit} are read as one article.",
            subject=name,
            remedy="Save the article alone, or its text as .txt.",
        )


def _refuse_nothing(kept: Sequence[object], problem: str, name: str) -> None:
    if not kept:
        raise UnreadableError(problem, subject=name, remedy="Save the article's text as .txt.")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeError:
        return False
    return True


def _declared(content: bytes) -> str:
    """The encoding that a page declares, as Python names it; "" if none, or none that is known."""
    match = _CHARSET.search(content[:_SAMPLE])
    if match is None:
        return ""
    try:
        found = codecs.lookup(match[1].decode("ascii", "replace"))
        "a".encode(found.name)  # codecs that do not make text of bytes refuse
    except (LookupError, UnicodeError):
        return ""
    return "cp1252" if found.name in ("iso8859-1", "ascii") else found.name  # as every browser reads it


def _refuse_what_is_no_text(file: str, name: str) -> None:
    controls = sum(
        count for sign, count in Counter(file).items() if category(sign) == "Cc" and sign not in "\t\n\r\f\v"
    )
    if controls * _CONTROL_SHARE > len(file) or not any(sign.isalnum() for sign in file):
        raise UnreadableError(
            f"these bytes are no text: {controls} of {len(file)} characters are control characters.",
            subject=name,
            remedy="Save the article's text as .txt, in UTF-8.",
        )


def _form(file: str) -> Form:
    """Whether a file is HTML: by its content, not its name."""
    if _PAGE.search(file.lstrip("\ufeff")[:_SAMPLE]) or len(_TAG.findall(file[: 8 * _SAMPLE])) >= _SOUP:
        return "html"
    return "plain"


# --- characters to text -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was made of a file."""

    text: Text
    leads: tuple[Span, ...]
    named: Named


def _read_plain(file: str, name: str) -> _Read:
    _refuse_more(len(file), LIMIT_CHARACTERS, "characters", name)
    _refuse_more(sum(1 for line in file.splitlines() if line.strip()), LIMIT_LINES, "lines", name)
    found = sort_lines(file)
    rows = [row for row, kept in zip(found.rows, found.kept, strict=True) if kept]
    _refuse_nothing(rows, "no line of it is text; all are what stands around articles.", name)
    pieces = [plain_characters(file, row.start, row.end) for row in rows]
    dropped = [(row.start, row.end) for row, kept in zip(found.rows, found.kept, strict=True) if not kept]
    leads = _leads(file, range(len(file)), range(1, len(file) + 1), dropped)
    return _Read(text=_text(file, "plain", pieces), leads=leads, named=names_of_plain(found))


def _read_html(file: str, name: str) -> _Read:
    _refuse_more(file.count("<"), LIMIT_TAGS, "tags", name)
    _refuse_more(file.count("&"), LIMIT_ENTITIES, "entities", name)
    view = view_of(file)
    _refuse_more(len(view.characters), LIMIT_CHARACTERS, "characters", name)
    page = read_page(file)
    blocks = blocks_of(view)
    places = find_paragraphs(view, page.paragraphs)
    kept = [place for place in places if not is_of_the_site(view.characters[slice(*place)])]
    if not kept:  # no article was found: the blocks are lines like any others
        _refuse_more(len(blocks), LIMIT_LINES, "lines", name)
        rows = [Row(start=a, end=b, words=view.characters[a:b], blank_before=True) for a, b in blocks]
        kept = [(row.start, row.end) for row, stays in zip(rows, sort_rows(tuple(rows)).kept, strict=True) if stays]
    _refuse_nothing(kept, "this page shows no text; it may be drawn by a script.", name)
    pieces = [(view.characters[a:b], list(view.at[a:b]), list(view.ends[a:b])) for a, b in kept]
    dropped = _apart(blocks, kept)
    first = next((words for words, _, _ in pieces if len(words) > _FIRST), "")
    leads = _leads(view.characters, view.at, view.ends, dropped)
    return _Read(text=_text(file, "html", pieces), leads=leads, named=names_of_page(page, first))


def _apart(blocks: Sequence[tuple[int, int]], kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The blocks in which nothing was kept. Both in order, none within another of its kind."""
    apart, number = [], 0
    for start, end in blocks:
        while number < len(kept) and kept[number][1] <= start:
            number += 1
        if number == len(kept) or kept[number][0] >= end:
            apart.append((start, end))
    return apart


def _leads(
    characters: str, at: Sequence[int], ends: Sequence[int], dropped: Sequence[tuple[int, int]]
) -> tuple[Span, ...]:
    """The lines left out that are headlines of somebody's words, each once, with their places in the file."""
    told: list[tuple[str, int, int]] = []
    for start, stop in dropped:
        opened = _OPENED.match(characters, start, stop)
        begin = opened.end() if opened else start
        words = characters[begin:stop]
        if is_lead(words) and not is_of_the_site(words):
            told.append((key(words), begin, stop))
    shortest: dict[str, None] = {}
    last = "\0"
    for words in sorted({words for words, _, _ in told}):
        if not words.startswith(last):
            shortest[words], last = None, words
    once = {words: (begin, stop) for words, begin, stop in reversed(told) if words in shortest}
    return tuple(_span(characters, at, ends, place) for place in sorted(once.values()))


def _span(characters: str, at: Sequence[int], ends: Sequence[int], place: tuple[int, int]) -> Span:
    start, stop = place
    return Span(
        start=at[start],
        end=ends[stop - 1],
        exact=characters[start:stop],
        prefix=characters[max(0, start - AROUND) : start],
        suffix=characters[stop : stop + AROUND],
    )


def _text(file: str, form: Form, pieces: Sequence[tuple[str, list[int], list[int]]]) -> Text:
    """One text of its parts, each ended by a line break."""
    at: list[int] = []
    ends: list[int] = []
    for _, starts, stops in pieces:
        at += [*starts, stops[-1]]
        ends += [*stops, stops[-1]]
    body = "".join(words + JOINT for words, _, _ in pieces)
    return Text(file=file, form=form, body=body, at=tuple(at), ends=tuple(ends))
