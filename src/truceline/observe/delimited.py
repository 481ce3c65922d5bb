"""CSV to raw rows. A broken row is one fault, and the next line is read.

Limits: a file cut exactly between two rows, or inside the last value of its last row, looks whole: no rule
can see that; compare the row count with the source's. Lines after a broken quote are rows of their own.
"""

import csv
import io
from collections.abc import Iterator
from typing import Self

from truceline.base.errors import InputError
from truceline.model.mission import Feed
from truceline.observe.raw import RawRow, clean, decoded, need_columns
from truceline.observe.reasons import refusal, shown


class _Lines:
    """Lines that can be taken again from an earlier one: after a broken quote, the next line is read anew."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.taken = lines, 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if self.taken == len(self.lines):
            raise StopIteration
        self.taken += 1
        return self.lines[self.taken - 1]


def _csv_records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | InputError]]:
    """(line number from 1, values or fault) of each record; empty lines are no records."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while source.taken < len(lines):
        first = source.taken
        try:
            record: list[str] | InputError = next(reader)
        except csv.Error as error:
            reason = "field-too-long" if "field limit" in str(error) else "broken-quotes"
            if "end of data" in str(error) and first + 1 == len(lines):
                reason = "cut-short"
            record = refusal(reason, f"{error} (line {first + 1}).", subject="row")
            source.taken = first + 1
        if record:
            yield first + 1, record


def delimited_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each record once, in its order; "row 17" is the 17th below the header, its line added if not 18.

    Raises: InputError: a header that cannot be read, names a column twice, or lacks a wanted one.
    """
    lines = list(io.StringIO(decoded(content, feed.encoding), newline=""))
    records = _csv_records(lines, feed.delimiter)
    header_line, names = _header(records)
    need_columns(names, wanted)
    for row, (line, record) in enumerate(records, start=1):
        at = f"row {row}" if line == row + header_line else f"row {row}, line {line}"
        if isinstance(record, InputError):
            yield at, record
        elif len(record) != len(names):
            yield at, _wrong_width(record, len(names), cut=line == len(lines) and lines[-1][-1] not in "\r\n")
        else:
            yield at, dict(zip(names, record, strict=True))


def delimited_header(content: bytes, feed: Feed) -> list[str]:
    """The names of the columns. Raises: as `delimited_rows`."""
    lines = list(io.StringIO(decoded(content, feed.encoding), newline=""))
    return _header(_csv_records(lines, feed.delimiter))[1]


def _header(records: Iterator[tuple[int, list[str] | InputError]]) -> tuple[int, list[str]]:
    line, header = next(records, (1, []))
    if not header:
        raise refusal("empty-file", "there is no header in it.", subject="file")
    if isinstance(header, InputError):
        raise header
    names = [name.strip() for name in header]
    bad = clean({"": "".join(names)})
    if isinstance(bad, InputError):
        raise bad
    return line, names


def _wrong_width(record: list[str], columns: int, *, cut: bool) -> InputError:
    problem = f"{len(record)} values under {columns} columns, starting {shown(record[0])}."
    if len(record) > columns:
        return refusal("too-many-fields", problem, subject="row")
    return refusal("cut-short" if cut else "too-few-fields", problem, subject="row")
