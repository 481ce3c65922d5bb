"""What every format shares: a raw row, its caps, its texts.

A raw row is (where, texts by column); a fault stands in the place of the texts. A fault at "file" speaks for
the whole file.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from truceline.base.errors import InputError
from truceline.observe.fields import nearest
from truceline.observe.reasons import refusal, shown, shown_value

MAX_FIELD_CHARS = 131_072  # the csv module's own limit
UTF8_BOM = b"\xef\xbb\xbf"

RawRow = tuple[str, dict[str, str] | InputError]


def clean(values: dict[str, str]) -> dict[str, str] | InputError:
    """The row, unless its texts hold what no text may hold."""
    joined = "".join(values.values())
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError as error:
            part = shown(joined[max(0, error.start - 8) : error.end + 8])
            problem = f"{part} cannot be read in the declared encoding."
            return refusal("wrong-encoding", problem, subject="row")
    if "\0" in joined:
        return refusal("nul-byte", "a zero byte stands inside a value.", subject="row")
    return values


def decoded(content: bytes, encoding: str) -> str:
    """The file as text; bytes that do not fit become lone surrogates, so that only their rows are refused."""
    if content.startswith(UTF8_BOM):
        if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
            raise refusal("wrong-encoding", f"starts as UTF-8, but {encoding} is declared.", subject="file")
        content = content[len(UTF8_BOM) :]
    try:
        return content.decode(encoding, "surrogateescape")
    except UnicodeError as error:
        offset = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise refusal("wrong-encoding", f"byte {offset} cannot be read as {encoding}.", subject="file") from None


def need_columns(present: list[str], wanted: tuple[str, ...]) -> None:
    """Refuse the file where a column is there twice, or one that the mapping names is not."""
    times = Counter(name for name in present if name)
    twice = next((name for name in times if times[name] > 1), None)
    if twice:
        raise refusal("duplicate-column", f"the column {shown(twice)} occurs twice.", subject="file")
    missing = next((name for name in wanted if name not in times), None)
    if missing is not None:
        have = f"{nearest(missing, tuple(present[:100]))}; its columns: {shown(', '.join(present[:100]))}"
        raise refusal("column-missing", f"has no column {shown(missing)}{have}.", subject="file")


def as_row(names: Iterable[str], texts: Iterable[str | InputError]) -> dict[str, str] | InputError:
    """One row of columns of texts, or the first fault in it."""
    row = {}
    for name, text in zip(names, texts, strict=True):
        if isinstance(text, InputError):
            return text
        row[name] = text
    return row


def plain(value: object) -> str:
    """As `text_of`, raising its fault."""
    text = text_of(value)
    if isinstance(text, InputError):
        raise text
    return text


def text_of(value: object) -> str | InputError:
    """A typed value as the text that a CSV would hold; a list of words as `a;b`."""
    if isinstance(value, str):
        text = value
    elif value is None:
        text = ""
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        text = str(int(value))
    elif isinstance(value, datetime | date | time):
        text = value.isoformat()
    elif isinstance(value, int | float | Decimal):
        text = str(value)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ";".join(value)
    else:
        return refusal("value-not-plain", f"{shown_value(value)} is no plain value.", subject="row")
    if len(text) > MAX_FIELD_CHARS:
        return refusal("field-too-long", f"{len(text):,} characters, at most {MAX_FIELD_CHARS:,}.", subject="row")
    return text
