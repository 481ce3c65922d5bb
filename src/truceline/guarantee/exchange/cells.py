"""What comes in as text, before anything is made of it: bytes as text, rows of a table, dates, ids, whole numbers.

Nothing here trusts what it reads: a cell that looks like a formula is data, and stays as it is.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from truceline.base.errors import InputError, OutOfRangeError, TooLargeError, UnknownNameError, UnreadableError
from truceline.base.keys import nearest
from truceline.model.document import NOT_STATED, Dated, Precision

MAX_FILE_BYTES = 16_000_000
MAX_ROWS = 20_000
MAX_CELL_CHARS = 20_000
MAX_WHOLE = 10**15  # keeps sums of some below 2^53
MAX_ID_CHARS = 80
UTF8_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ID = re.compile(rf"\w[\w.-]{{0,{MAX_ID_CHARS - 1}}}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # a tab and a line break may stand in a text
_WHOLE = re.compile(r"[0-9]{1,16}")
_DATE = re.compile(r"(?P<year>[0-9]{1,4}X{0,3}|XXXX)(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?[~?%]?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})")
_DATE_REMEDY = "Write EDTF: 2025, 2025-03, 2025-03-23, 2025-21 (spring), 2025-03/2025-06, ../2025-03, XXXX-08-18."

Cells = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row, or a part of a file, that was set aside: where, a fixed code, and the error in words."""

    at: str
    reason: str
    words: str


class RowFaultError(UnreadableError):
    """One row cannot be used. `reason` is its fixed code; raised and caught inside this folder."""

    def __init__(self, reason: str, problem: str, *, subject: str, remedy: str) -> None:
        super().__init__(problem, subject=subject, remedy=remedy)
        self.reason = reason


def rejected(at: str, error: InputError) -> Reject:
    """The reject that an error makes of a row; its reason is the code of the fault, or of the error's kind."""
    reason = error.reason if isinstance(error, RowFaultError) else error.code.removeprefix("input.")
    return Reject(at=at, reason=reason, words=str(error))


# --- bytes ----------------------------------------------------------------------------------------------------------


def text_of(content: bytes, *, subject: str, max_bytes: int = MAX_FILE_BYTES) -> str:
    """The file as text: UTF-8, a byte-order mark left out.

    Raises: TooLargeError: too many bytes. UnreadableError: nothing in it, not UTF-8, a zero byte.
    """
    text = _decoded(content, subject=subject, max_bytes=max_bytes, errors="strict")
    if "\0" in text:
        at = text.index("\0") + 1
        raise UnreadableError(f"character {at} is a zero byte.", subject=subject, remedy="Save it as UTF-8 text.")
    return text


def _decoded(content: bytes, *, subject: str, max_bytes: int, errors: str) -> str:
    if len(content) > max_bytes:
        raise TooLargeError(
            f"{len(content):,} bytes, at most {max_bytes:,}.", subject=subject, remedy="Split it into several files."
        )
    if content.startswith(_UTF16):
        raise UnreadableError("it is UTF-16, not UTF-8.", subject=subject, remedy="Save it as UTF-8.")
    if not content.strip(b"\x00 \t\r\n" + UTF8_BOM):
        raise UnreadableError("there is nothing in it.", subject=subject, remedy="Fetch or write it again.")
    try:
        return content.removeprefix(UTF8_BOM).decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"byte {error.start} is not UTF-8.", subject=subject, remedy="Save it as UTF-8."
        ) from None


# --- rows -----------------------------------------------------------------------------------------------------------


def rows_of(
    content: bytes, *, needed: Sequence[str], optional: Sequence[str] | None = (), subject: str
) -> Iterator[tuple[str, Cells | RowFaultError]]:
    """Each record of a CSV once, in its order: ("row 17", its cells by column); a broken one as its fault.

    Cells lose the blanks around them. A column of `optional` that the file lacks is empty in each row.

    Args:
        needed: columns without which the file is refused.
        optional: others that may stand there; any else is refused. None: all others may, and are left out.

    Raises: UnreadableError, TooLargeError: the file as a whole; a column twice. UnknownNameError: a column is missing,
        or unknown, with the nearest.
    Limits: 16,000,000 bytes, 20,000 rows, 20,000 characters in a cell. A file cut between two rows looks whole.
    """
    text = _decoded(content, subject=subject, max_bytes=MAX_FILE_BYTES, errors="surrogateescape")
    records = _records(list(io.StringIO(text, newline="")))
    names = _header(next(records, []), needed, optional, subject)
    wanted = dict.fromkeys([*needed, *(optional or ())], "")
    for number, record in enumerate(records, start=1):
        at = f"row {number}"
        if number > MAX_ROWS:
            raise TooLargeError(f"more than {MAX_ROWS:,} rows.", subject=subject, remedy="Split it into several files.")
        try:
            yield at, wanted | _cells(record, names, wanted, f"{subject}, {at}")
        except RowFaultError as fault:
            yield at, fault


def _records(lines: list[str]) -> Iterator[list[str] | csv.Error]:
    """Each record, or what is wrong with it; after a broken quote the next line is read anew. Empty lines are none."""
    taken = 0

    def source() -> Iterator[str]:
        nonlocal taken
        while taken < len(lines):
            taken += 1
            yield lines[taken - 1]

    while taken < len(lines):
        begun = taken
        try:
            for record in csv.reader(source(), strict=True):
                begun = taken
                if record:
                    yield record
        except csv.Error as error:
            taken = begun + 1
            yield error


def _header(
    record: list[str] | csv.Error, needed: Sequence[str], optional: Sequence[str] | None, subject: str
) -> list[str]:
    if isinstance(record, csv.Error) or not record:
        raise UnreadableError("there is no header in it.", subject=subject, remedy=f"Begin it: {','.join(needed)}.")
    names = [name.strip() for name in record]
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise UnreadableError(
            f"the column {twice[:60]!r} occurs twice.",
            subject=subject,
            remedy="Rename one: nobody can say which is meant.",
        )
    missing = next((name for name in needed if name not in names), None)
    if missing is not None:
        raise UnknownNameError(
            f"has no column {missing!r}.", subject=subject, remedy=f"Its columns: {', '.join(names)[:300]!r}."
        )
    if optional is not None:
        known = [*needed, *optional]
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            raise UnknownNameError(
                f"{unknown[:60]!r} is no column here.", subject=subject, remedy=nearest(unknown, known)
            )
    return names


def _cells(record: list[str] | csv.Error, names: list[str], wanted: Mapping[str, str], subject: str) -> Cells:
    if isinstance(record, csv.Error):
        remedy = "Close the quote; a quote inside a quoted cell is written twice."
        raise RowFaultError("broken-quotes", f"{record}.", subject=subject, remedy=remedy)
    if len(record) != len(names):
        reason = "too-few-cells" if len(record) < len(names) else "too-many-cells"
        problem = f"{len(record)} cells under {len(names)} columns, starting {record[0][:60]!r}."
        raise RowFaultError(reason, problem, subject=subject, remedy="Put a cell that holds a comma in quotes.")
    cells = {name: cell.strip() for name, cell in zip(names, record, strict=True) if name in wanted}
    for name, cell in cells.items():
        refuse_unprintable(cell, subject=f"{subject}, {name}")
        if len(cell) > MAX_CELL_CHARS:
            problem = f"{len(cell):,} characters, at most {MAX_CELL_CHARS:,}."
            raise RowFaultError("cell-too-long", problem, subject=f"{subject}, {name}", remedy="Shorten it.")
    return cells


def refuse_unprintable(text: str, *, subject: str) -> None:
    """Raise RowFaultError where a text holds a zero byte, a control character or a byte that is not UTF-8."""
    found = _CONTROL.search(text.replace("\r\n", "\n"))
    if found is None:
        return
    if found[0] >= "\ud800":
        problem = f"character {found.start() + 1} is not UTF-8."
        raise RowFaultError("wrong-encoding", problem, subject=subject, remedy="Save the file as UTF-8.")
    problem = f"character {found.start() + 1} is a control character ({found[0]!r})."
    raise RowFaultError("control-character", problem, subject=subject, remedy="Remove it.")


# --- single values --------------------------------------------------------------------------------------------------


def checked_id(text: str, *, subject: str) -> str:
    """An id as it may stand on a command line: letters, digits, `_`, `.`, `-`. Raises: UnreadableError."""
    if not _ID.fullmatch(text):
        raise UnreadableError(
            f"{text[:60]!r} is no id.",
            subject=subject,
            remedy=f"Write 1 to {MAX_ID_CHARS} letters, digits, _, . or -, a letter or digit first.",
        )
    return text


def whole(text: str, *, subject: str) -> int | None:
    """A whole number from 0, None where the cell is empty. Raises: UnreadableError, OutOfRangeError."""
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise UnreadableError(
            f"{text[:60]!r} is no whole number from 0.", subject=subject, remedy="Write digits only, such as 20000."
        )
    if int(text) > MAX_WHOLE:
        raise OutOfRangeError(f"{text} is above {MAX_WHOLE:,}.", subject=subject, remedy="Check it.")
    return int(text)


def words_of(text: str) -> tuple[str, ...]:
    """`a; b` as ("a", "b"): how a cell holds several words."""
    return tuple(part for part in (piece.strip() for piece in text.split(";")) if part)


def dated(text: str, *, subject: str, basis: str = "as declared") -> Dated:
    """A date in EDTF with its precision; an empty text is not stated.

    `2025-03-XX` has the precision of a month, `XXXX-08-18` that of a day.

    Raises: UnreadableError: none of these forms, a day that there is not, an interval that ends before it begins.
    Limits: years of four digits; of sets and ranges only an interval of two.
    Source: ISO 8601-2:2019, annex A (EDTF level 1), and of level 2 the unspecified digits.
    """
    if not text:
        return NOT_STATED
    sides = text.split("/")
    try:
        if len(text) > 60 or len(sides) > 2:
            raise ValueError("too long")
        kinds = [_precision(side, open_ended=len(sides) == 2) for side in sides]
        if set(kinds) == {"not_stated"} or (len(sides) == 2 and _ordered(*sides) is False):
            raise ValueError("the end comes before the beginning, or neither is stated")
    except ValueError:
        raise UnreadableError(f"{text[:60]!r} is no date.", subject=subject, remedy=_DATE_REMEDY) from None
    return Dated(value=text, precision="interval" if len(sides) == 2 else kinds[0], basis=basis)


def _precision(text: str, *, open_ended: bool) -> Precision:
    """How exact one date is. Raises: ValueError."""
    if text in ("", "..") and open_ended:
        return "not_stated"
    if _MOMENT.fullmatch(text):
        datetime.fromisoformat(text)
        return "second"
    parts = _DATE.fullmatch(text)
    if parts is None or len(parts["year"]) != 4:
        raise ValueError(text)
    year, month, day = parts["year"], parts["month"] or "XX", parts["day"] or "XX"
    if month in ("21", "22", "23", "24") and parts["day"] is None:
        return "season"
    some_year = 2000 if "X" in year else int(year)  # a leap year where it is not known
    date(some_year, 1 if month == "XX" else int(month), 1 if day == "XX" else int(day))
    if day != "XX":
        return "day"
    if month != "XX":
        return "month"
    if year == "XXXX":
        raise ValueError(text)
    return "year"


def _ordered(first: str, last: str) -> bool | None:
    """Whether an interval begins before it ends, as far as both ends state it; None: they do not tell."""
    begins, ends = (side.rstrip("~?%") for side in (first, last))
    if "X" in begins + ends or begins in ("", "..") or ends in ("", ".."):
        return None
    if begins[:4] == ends[:4] and any(side[5:7] > "12" for side in (begins, ends)):
        return None  # a season against a month
    shared = min(len(begins), len(ends), 10)
    return begins[:shared] <= ends[:shared]
