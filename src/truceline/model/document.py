"""A text that was published: its bytes, who published and wrote it, when, and which parts of it are the text itself.

Offsets count characters of the file as decoded (`Document.encoding`), from 0, the end exclusive, whatever was left out
of the text that is read. In HTML, the characters of a span re-read to its text once markup is taken out.
"""

from dataclasses import dataclass
from typing import Literal

Precision = Literal["second", "day", "month", "season", "year", "interval", "not_stated"]
Form = Literal["plain", "html"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something stands in a document, and what stands there: `exact` re-reads to the same characters.

    `prefix` and `suffix`, up to 32 characters each, find the place again in another copy of the text.
    Source: W3C Web Annotation, TextPositionSelector and TextQuoteSelector.
    """

    start: int
    end: int
    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date as far as it is known. `value` is EDTF (ISO 8601-2): `2025-03`, `../2025-03-23`, `XXXX-08-18`.

    `basis` says in words what it rests on. Not stated: an empty value, never a guess.
    """

    value: str = ""
    precision: Precision = "not_stated"
    basis: str = "not stated"


NOT_STATED = Dated()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article, communiqué or page, as it was handed in. What it does not state is empty."""

    document_id: str  # doc-… of the bytes
    sha256: str  # of the bytes, kept in the record
    name: str  # of the file, as handed in
    form: Form
    encoding: str  # in which the bytes were read
    script: str = ""  # most letters: Latin, Cyrillic, Han, …; rules read only Latin
    title: str = ""
    publisher: str = ""
    republisher: str = ""  # whose page the bytes are of, where the text is another's
    author: str = ""
    url: str = ""
    published: Dated = NOT_STATED
    kept: tuple[tuple[int, int], ...] = ()  # start and end of the parts that are the text; the rest is furniture
    leads: tuple[Span, ...] = ()  # headlines of other texts that tell of somebody's words: to be looked for
    same_as: str = ""  # id of a document with the same text: two articles that are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A report that others deny or quote and that is not among the documents. Only a person may say which it was."""

    unseen_id: str  # uns-…
    statement_id: str  # who speaks of it
    words: str  # how it is spoken of
    candidates: tuple[str, ...] = ()  # statements that might be what it said; suggested, never more
    identified: str = ""  # the document that a person found it to be
