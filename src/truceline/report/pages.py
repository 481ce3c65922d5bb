"""The report as one HTML page that loads nothing, and as a PDF of the same content.

The page holds style and pictures inside and runs no script. The PDF is tagged for screen readers (PDF/UA-1) and for
archives (PDF/A-2a).
"""

import base64
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from typing import Any

import typst
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from truceline.report.content import ReportContent, plain
from truceline.report.figures import printable
from truceline.report.ledger.pieces import Sheet
from truceline.report.totals import PRINT_ROWS, KeyFigure, Section

STANDARDS = ["a-2a", "ua-1"]
_BREAKABLE = re.compile(r"([_/:;,.@?&=-])(?=\S)")
_LONG = re.compile(r"\S{19,}")
_VERY_LONG = re.compile(r"\S{29,}")
_BREAK = "\u200b"  # lets a long name go on in the next line of a narrow cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page of its own, beside the report and with its look. `foot`: where its figures come from."""

    title: str
    mission: str
    level: str
    foot: str
    head: tuple[tuple[str, str], ...]
    notes: str
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    cut_off: str = ""  # on paper: until when it is known, in words and as UTC stamp
    known_at: str = ""


def html_page(content: ReportContent | Leaf, figures: Mapping[str, bytes]) -> bytes:
    """The whole report as one file.

    Args:
        content: every word and figure, of the report or of a page beside it.
        figures: SVG bytes by the key of the figure; a figure that is absent has none.

    Returns: UTF-8 HTML that refuses, by its own policy, to load or run anything.
    """
    return (_template("daily.html.j2").render(report=content, pictures=_pictures(figures)) + "\n").encode()


def ledger_page(sheet: Sheet) -> bytes:
    """A page of the ledger, whose cells lead to sentences. Returns: as `html_page`."""
    return (_template("ledger.html.j2").render(sheet=sheet, pictures=_pictures(sheet.drawn)) + "\n").encode()


def _pictures(figures: Mapping[str, bytes]) -> dict[str, str]:
    """Pictures as addresses that hold them."""
    return {key: "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii") for key, svg in figures.items()}


@functools.cache
def _template(name: str) -> Template:
    """A template, with every value escaped and every missing name an error."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_template_text),
    )
    made.filters["in_pieces"] = _in_pieces
    return made.get_template(name)


def _template_text(name: str) -> str:
    return files("truceline.report").joinpath("templates", name).read_text(encoding="utf-8")


def pdf_file(content: ReportContent | Leaf, figures: Mapping[str, bytes]) -> bytes:
    """The report as PDF; equal content gives equal bytes.

    Args:
        content: every word and figure.
        figures: SVG bytes by the key of the figure.

    Limits: characters that the shipped fonts cannot draw (other than Latin, Greek, Cyrillic) print as a replacement
        sign, and a sentence on the first page says how many; HTML and CSV hold them.
    """
    whole = plain(content)
    text = json.dumps(whole, ensure_ascii=False)
    drawn = printable(text)
    replaced = sum(one != other for one, other in zip(text, drawn, strict=True))
    values = json.loads(drawn)
    if isinstance(content, Leaf):  # it quotes strangers, whose words can be of any length
        values = _let_break(values)
    values["replaced"] = replaced
    values["moment"] = list(datetime.fromisoformat(content.known_at).timetuple()[:6])
    for section in values["sections"]:
        for table in section["tables"]:
            _to_paper(table)
    sources = {
        "main": files("truceline.report").joinpath("templates/daily.typ").read_bytes(),
        "content.json": json.dumps(values, ensure_ascii=False).encode(),
        **{f"{key}.svg": svg for key, svg in figures.items()},
    }
    with as_file(files("truceline.report").joinpath("fonts")) as fonts:
        made: bytes = typst.compile(  # type: ignore[call-overload]  # its stub leaves out the form with many files
            sources,
            format="pdf",
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            pdf_standards=STANDARDS,
            timestamp=int(datetime.fromisoformat(content.known_at).timestamp()),
        )
    return made


def _let_break(value: Any) -> Any:
    """The same values, long words in them with chances to break: nothing may run over the edge."""
    if isinstance(value, str):
        return _VERY_LONG.sub(lambda word: _BREAK.join(re.findall(".{1,12}", word[0])), value)
    if isinstance(value, list):
        return [_let_break(each) for each in value]
    return {key: _let_break(each) for key, each in value.items()} if isinstance(value, dict) else value


def _in_pieces(text: str) -> list[str]:
    """Text in pieces between which a line may break, for long words in narrow columns."""
    return _VERY_LONG.sub(_breakable, text).split(_BREAK)


def _to_paper(table: dict[str, object]) -> None:
    """Cuts a table to what paper shows, and lets long names break."""
    rows, more_in = table["rows"], table["more_in"]
    assert isinstance(rows, list)
    if more_in:
        table["rows"] = rows = rows[:PRINT_ROWS]
    for row in [*rows, table["total"]]:
        for cell in row:
            if cell["tone"] != "hash":
                cell["text"] = _LONG.sub(_breakable, cell["text"])


def _breakable(word: re.Match[str]) -> str:
    """A long word with a chance to break after each sign, and after every 18 characters that have none."""
    parts = _BREAKABLE.sub(rf"\1{_BREAK}", word[0]).split(_BREAK)
    return _BREAK.join(
        part[at : at + 18] + _BREAK * (at + 18 < len(part)) for part in parts for at in range(0, len(part), 18)
    )
