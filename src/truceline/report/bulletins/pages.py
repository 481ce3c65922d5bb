"""A bulletin as files: one HTML page that loads nothing, plain text for mail, canonical JSON, and PDF."""

import functools
import textwrap
from collections.abc import Iterator
from importlib.resources import files

import msgspec
from jinja2 import Environment, StrictUndefined, Template

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import UnreadableError
from truceline.model.bulletin import Bulletin, Language
from truceline.report.bulletins.issue import check_totals
from truceline.report.bulletins.neutral import check_neutral
from truceline.report.bulletins.words import Page, Section, lines_of, page_of
from truceline.report.totals import Row

_WIDE = 78  # columns of the text for mail


def render(made: Bulletin, language: Language) -> dict[str, bytes]:
    """The files of one issue in one language, by name; the JSON is the same in each language.

    Raises: TotalsError: it does not add up; LoadedWordError, NeutralityError: it is not neutral. Then there is no file.
    """
    check_totals(made)
    check_neutral(made, lambda one: lines_of(page_of(one, language)))
    page = page_of(made, language)
    stem = f"{made.bulletin_id}.{language}"
    return {
        f"{stem}.html": (_template().render(page=page) + "\n").encode(),
        f"{stem}.txt": plain_text(page).encode(),
        f"{made.bulletin_id}.json": json_bytes(made),
    }


def json_bytes(made: Bulletin) -> bytes:
    """The issue as canonical JSON: codes and whole numbers, no sentence."""
    return canonical_bytes(msgspec.to_builtins(made))


def bulletin_of(content: bytes) -> Bulletin:
    """The issue that `json_bytes` wrote.

    Raises: UnreadableError: it is not one, or has been altered in form.
    """
    try:
        made = msgspec.json.decode(content, type=Bulletin)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{error}.", subject="bulletin", remedy="Take it from the record again.") from None
    if json_bytes(made) != content:
        raise UnreadableError(
            "it is not in canonical form, or holds a field that no bulletin has.",
            subject=made.bulletin_id,
            remedy="Take it from the record again.",
        )
    return made


def listing(made: Bulletin, language: Language, rendered: dict[str, bytes]) -> Row:
    """The row of BULLETINS for one issue in one language."""
    return {
        "bulletin_id": made.bulletin_id,
        "level": made.level,
        "issue": made.issue,
        "at_us": made.made_at_us,
        "from_us": made.period.from_us,
        "until_us": made.period.until_us,
        "language": language,
        "sha256": sha256_hex(rendered[f"{made.bulletin_id}.{language}.html"]),
        "supersedes": made.supersedes,
    }


@functools.cache
def _template() -> Template:
    """The template, with every value escaped and every missing name an error."""
    text = files("truceline.report").joinpath("templates/bulletin.html.j2").read_text(encoding="utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(text)


# --- text for mail ------------------------------


def plain_text(page: Page) -> str:
    """The page as text of at most 78 columns, every word of it."""
    lines = [page.title, page.level, "", *page.labels, ""]
    lines += [f"{label}: {text}" for label, text in page.head]
    for section in page.sections:
        lines += ["", section.title.upper(), *_section_lines(page, section)]
    return "\n".join(wrapped for line in lines for wrapped in _wrapped(line)) + "\n"


def _section_lines(page: Page, section: Section) -> Iterator[str]:
    yield from (f"{label}: {text}" if label else text for label, text in section.said)
    _, _, before, seen = page.figure_heads
    for line in section.figures:
        indent = "    " if line.part else ""
        beside = [f"{before.lower()}: {line.before}"] if line.before else []
        beside += [f"{seen.lower()}: {line.seen}"] if line.seen else []
        yield f"{indent}{line.what}: {line.value}" + (f" ({'; '.join(beside)})" if beside else "")
    for card in section.cards:
        yield ""
        yield f"* {card.title}"
        yield from (f"  {label}: {text}" if label else f"  {text}" for label, text in card.lines)
        yield from (f"  {quote.label}: {quote.words}" for quote in card.quotes)


def _wrapped(line: str) -> list[str]:
    """Long lines broken between words, what follows indented; a hash or an id is never broken."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    parts = textwrap.wrap(line, _WIDE, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False)
    return parts or [""]
