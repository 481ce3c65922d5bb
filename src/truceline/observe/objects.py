"""JSON to raw rows: an array of objects, `{"rows": [...]}`, one object, or one object a line.

Numbers stay the text that was written: `0.1` is "0.1" and `1.50` is "1.50", whatever a float would make of them.
"""

import json
from collections.abc import Iterator

from truceline.base.errors import InputError
from truceline.model.mission import Feed
from truceline.observe.raw import RawRow, decoded, need_columns, plain
from truceline.observe.reasons import refusal, shown, shown_value

ROWS = "rows"  # the member that holds the rows where the document is one object around them
TWICE = "@twice"


def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; one that names a member twice says so under a name of ours, to be refused with its row."""
    named = dict(pairs)
    if len(named) != len(pairs):
        named[TWICE] = True
    return named


def _no_number(word: str) -> object:
    """NaN and the infinities, which JSON does not have (RFC 8259, 6), as what is neither a row nor a plain value."""
    return [word, None]


_AS_WRITTEN = json.JSONDecoder(object_pairs_hook=members, parse_float=str, parse_int=str, parse_constant=_no_number)


def document_of(text: str, decoder: json.JSONDecoder) -> object:
    """The document, or one refusal with the offset; nothing is recovered from a damaged one.

    Limits: nesting beyond what the interpreter's stack allows (below 1,000) is refused.
    """
    try:
        document: object = decoder.decode(text)
    except json.JSONDecodeError as error:
        offset, size = (len(part.encode(errors="surrogateescape")) for part in (text[: error.pos], text))
        cut = error.pos >= len(text.rstrip()) or text.rstrip()[-1:] not in ("}", "]")
        problem = f"stops making sense at byte {offset} of {size}: {error.msg}."
        raise refusal("cut-short" if cut else "unreadable-json", problem, subject="file") from None
    except (ValueError, RecursionError) as error:
        raise refusal("unreadable-json", f"no document of ours: {shown(str(error))}.", subject="file") from None
    return document


def json_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each object once, in its order; "row 17" is the 17th. A member counts as a column if any row has it.

    Raises: InputError: a fault of the whole file. With one object a line, a broken line is a fault of its row.
    """
    rows = list(_rows_of(decoded(content, feed.encoding)))
    objects = [row for _, row in rows if isinstance(row, dict)]
    if rows and not objects:
        raise refusal("not-rows", f"{len(rows):,} values, and no object among them.", subject="file")
    if objects:
        need_columns(list(dict.fromkeys(name for row in objects for name in row)), wanted)
    for at, row in rows:
        try:
            yield at, _texts(row, wanted)
        except InputError as fault:
            yield at, fault


def _rows_of(text: str) -> Iterator[tuple[str, object]]:
    """(where, row or fault), before anything is known of what a row holds."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and lines[0][1].lstrip().startswith("{") and lines[0][1].rstrip().endswith("}"):
        for row, (number, line) in enumerate(lines, start=1):
            at = f"row {row}" if row == number else f"row {row}, line {number}"
            try:
                yield at, document_of(line, _AS_WRITTEN)
            except InputError as fault:
                yield at, fault
        return
    for row, each in enumerate(_listed(document_of(text, _AS_WRITTEN)), start=1):
        yield f"row {row}", each


def _listed(document: object) -> list[object]:
    if isinstance(document, dict) and ROWS in document:
        if TWICE in document:
            raise refusal("duplicate-column", "names one of its members twice.", subject="file")
        document = document[ROWS]
    elif isinstance(document, dict):
        return [document]
    if not isinstance(document, list):
        raise refusal("not-rows", f"holds {shown_value(document)} in the place of rows.", subject="file")
    return document


def _texts(row: object, wanted: tuple[str, ...]) -> dict[str, str]:
    if isinstance(row, InputError):
        raise row
    if not isinstance(row, dict):
        raise refusal("not-an-object", f"{shown_value(row)} is no object.", subject="row")
    if TWICE in row:
        raise refusal("duplicate-column", "names one of its members twice.", subject="row")
    return {name: plain(row.get(name)) for name in wanted}
