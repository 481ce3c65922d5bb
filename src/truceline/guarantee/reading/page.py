"""What an article in HTML says, and what it states about itself: trafilatura, behind one door.

It is given the page and nothing else, fetches nothing and asks no clock. Dates are taken only where the page states
them in its metadata or marks them as a date; a name made of the address is not taken.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truceline.base.errors import UnavailableError
from truceline.guarantee.reading.dates import is_edtf

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

_SAMPLE_BYTES = 65_536
_DATE_NAMES = (
    "article:published_time|datePublished|dateCreated|date|dc.date(?:.issued)?|dcterms.(?:date|issued)|pubdate|publish-date"
    "|parsely-pub-date|sailthru.date|og:published_time|citation_publication_date"
)
_DAY = r"(?P<day>\d{4}-\d\d-\d\d)(?!\d)"
_STATED = (
    re.compile(rf"""(?i)<meta\s[^<>]*=["'](?:{_DATE_NAMES})["'][^<>]*\scontent=["']\s*{_DAY}"""),
    re.compile(rf"""(?i)<meta\s[^<>]*?content=["']\s*{_DAY}[^<>]*=["'](?:{_DATE_NAMES})["']"""),
    re.compile(rf"""(?i)"datePublished"\s*:\s*"\s*{_DAY}"""),
    re.compile(rf"""(?i)<time\s[^<>]*?(?:pubdate|itemprop=["']datePublished)[^<>]*?datetime=["']\s*{_DAY}"""),
    re.compile(rf"""(?i)<time\s[^<>]*?datetime=["']\s*{_DAY}[^<>]*?(?:pubdate|itemprop=["']datePublished)"""),
)
_LATEST = "2999-12-31"  # without it, the reader of dates would ask what day it is
_INLINE = frozenset(["hi", "ref", "del", "graphic", "span"])
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class MissingReaderError(UnavailableError):
    """Pages in HTML are read with trafilatura, and it is not installed."""

    code = "unavailable.reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Paragraphs of an article in their order, and what its page states; "" where it does not."""

    paragraphs: tuple[str, ...] = ()
    title: str = ""
    author: str = ""
    site: str = ""
    url: str = ""
    date: str = ""  # YYYY-MM-DD


def read_page(file: str) -> Page:
    """The article of a page. Args: file: the page as decoded. Returns: without paragraphs if none was found."""
    try:
        import trafilatura
    except ModuleNotFoundError as error:
        raise MissingReaderError(
            "this page is HTML, and trafilatura is not installed.",
            subject="document",
            remedy='Install it: pip install "truceline[text]"; or save the text of the page as .txt.',
        ) from error
    for noisy in ("trafilatura", "htmldate"):  # what they cannot read is told by what is missing
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    dates = {"original_date": True, "extensive_search": False, "max_date": _LATEST}
    try:
        found = trafilatura.bare_extraction(
            file, fast=True, include_comments=False, with_metadata=True, date_extraction_params=dates
        )
    except (ValueError, RecursionError):  # pages that are none, or nested beyond reason
        return Page()
    if found is None or isinstance(found, dict):
        return Page()
    return Page(
        paragraphs=_paragraphs(found.body),
        title=_line(found.title),
        author="" if "/" in (found.author or "") else _line(found.author),
        site=_line(found.sitename),
        url=found.url or "",
        date=_date_stated(file) or (found.date if found.date and _states_day(file, found.date) else ""),
    )


def guess_encoding(content: bytes) -> str:
    """The likeliest encoding of bytes that declare none, as Python names it; "" if none is likely."""
    try:
        from charset_normalizer import from_bytes  # comes with trafilatura
    except ModuleNotFoundError:
        return ""
    best = from_bytes(content[:_SAMPLE_BYTES]).best()
    return best.encoding if best else ""


def _line(words: str | None) -> str:
    return " ".join((words or "").split())


def _paragraphs(body: "_Element") -> tuple[str, ...]:
    """The paragraphs of what was found, in order; broken lines are paragraphs of their own."""
    said: list[str] = []
    for event, element in _walk(body):
        inline = element.tag in _INLINE
        if not inline:
            said.append("\n")
        said.append(_line_of((element.text if event == "start" else element.tail) or ""))
    return tuple(line for line in ("".join(said)).split("\n") if line.strip())


def _walk(body: "_Element") -> Iterator[tuple[str, "_Element"]]:
    """Where each element starts and ends, the body itself left out at its end."""
    from lxml.etree import iterwalk

    for event, element in iterwalk(body, events=("start", "end")):
        if event == "start" or element is not body:
            yield event, element


def _line_of(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def _date_stated(file: str) -> str:
    """The day of publication that a page states in its metadata, as YYYY-MM-DD; "" if it states none."""
    for pattern in _STATED:
        match = pattern.search(file)
        if match and is_edtf(match["day"]):
            return match["day"]
    return ""


def _states_day(file: str, day: str) -> bool:
    """Whether a page shows this day somewhere, not only its month or year. Args: day: YYYY-MM-DD."""
    year, month, number = day.split("-")
    numbers = rf"0?{int(number)}[./-]0?{int(month)}[./-]{year}|0?{int(month)}[./-]0?{int(number)}[./-]{year}"
    plain = rf"\b0?{int(number)}(?:st|nd|rd|th)?\b"
    name = _MONTHS[int(month) - 1]
    words = rf"{plain}\W{{0,8}}{name}|{name}[a-z]*\W{{0,8}}{plain}"
    return re.search(rf"(?i){year}([-/.]?){month}\1{number}|{numbers}|{words}", file) is not None
