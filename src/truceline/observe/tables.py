"""Bytes of a feed to raw rows: CSV, Parquet, GeoJSON. Each row comes out once, as texts or as the reason why not.

A raw row is (where, texts by column); a fault stands in the place of the texts. A fault at "file" speaks for
the whole file.

Limits: a CSV cut exactly between two rows, or inside the last value of its last row, looks whole: no rule can
see that; compare the row count with the source's. Continuation lines after a broken quote are read as rows of
their own.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from truceline.base.errors import InputError
from truceline.model.mission import Feed
from truceline.observe.fields import nearest
from truceline.observe.reasons import refusal, shown

MAX_FILE_BYTES = 512 * 2**20
MAX_FIELD_CHARS = 131_072  # the csv module's own limit
MAX_ROWS = 10_000_000  # what 512 MB of CSV can hold; a small Parquet file can declare any number
BATCH_ROWS = 8_192
GEOMETRY_LON, GEOMETRY_LAT = "@lon", "@lat"  # a GeoJSON point's place, beside its properties
_TWICE = "@twice"
_UTF8_BOM = b"\xef\xbb\xbf"
_PARQUET_FAULTS = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError, OverflowError)

RawRow = tuple[str, dict[str, str] | InputError]


def raw_rows(content: bytes, *, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each data row of the file, once, in its order.

    Args:
        content: the file's bytes.
        feed: its declaration; format, encoding and delimiter are used here.
        wanted: the columns that the mapping names; the file must have them.

    Limits: files above 512 MB and values above 131,072 characters are refused.
    """
    try:
        if len(content) > MAX_FILE_BYTES:
            raise refusal(
                "file-too-large", f"{len(content):,} bytes, at most {MAX_FILE_BYTES:,}.", subject="file"
            )
        if not content.strip(b"\x00 \t\r\n" + _UTF8_BOM):
            raise refusal("empty-file", f"{len(content)} bytes, and nothing in them.", subject="file")
        for at, values in _READERS[feed.format](content, feed, wanted):
            yield at, values if isinstance(values, InputError) else _clean(values)
    except InputError as fault:
        yield "file", fault


def _clean(values: dict[str, str]) -> dict[str, str] | InputError:
    """The row, unless its texts hold what no text may hold."""
    joined = "".join(values.values())
    if "\0" in joined:
        return refusal("nul-byte", "a zero byte stands inside a value.", subject="row")
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError as error:
            part = shown(joined[max(0, error.start - 8) : error.end + 8])
            problem = f"{part} cannot be read in the declared encoding."
            return refusal("wrong-encoding", problem, subject="row")
    return values


def _decoded(content: bytes, encoding: str) -> str:
    """The file as text; bytes that do not fit stay as lone surrogates, so that only their rows are refused."""
    if content.startswith(_UTF8_BOM):
        if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
            raise refusal("wrong-encoding", f"starts as UTF-8, but {encoding} is declared.", subject="file")
        content = content[len(_UTF8_BOM) :]
    try:
        return content.decode(encoding, "surrogateescape")
    except UnicodeError as error:
        offset = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise refusal(
            "wrong-encoding", f"byte {offset} cannot be read as {encoding}.", subject="file"
        ) from None


def _need_columns(present: list[str], wanted: tuple[str, ...]) -> None:
    """Refuse the file where a column is there twice, or one that the mapping names is not."""
    times = Counter(name for name in present if name)
    twice = next((name for name in times if times[name] > 1), None)
    if twice:
        raise refusal("duplicate-column", f"the column {shown(twice)} occurs twice.", subject="file")
    missing = next((name for name in wanted if name not in times), None)
    if missing is not None:
        have = f"{nearest(missing, tuple(present[:100]))}; its columns: {shown(', '.join(present[:100]))}"
        raise refusal("column-missing", f"has no column {shown(missing)}{have}.", subject="file")


# --- CSV


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


def _csv_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    lines = list(io.StringIO(_decoded(content, feed.encoding), newline=""))
    records = _csv_records(lines, feed.delimiter)
    header_line, header = next(records, (1, []))
    if not header:
        raise refusal("empty-file", f"{len(content)} bytes, and no header in them.", subject="file")
    if isinstance(header, InputError):
        raise header
    names = [name.strip() for name in header]
    bad = _clean({"": "".join(names)})
    if isinstance(bad, InputError):
        raise bad
    _need_columns(names, wanted)
    for row, (line, record) in enumerate(records, start=1):
        at = f"row {row}" if line == row + header_line else f"row {row}, line {line}"
        if isinstance(record, InputError):
            yield at, record
        elif len(record) != len(names):
            yield at, _wrong_width(record, len(names), cut=line == len(lines) and lines[-1][-1] not in "\r\n")
        else:
            yield at, dict(zip(names, record, strict=True))


def _wrong_width(record: list[str], columns: int, *, cut: bool) -> InputError:
    problem = f"{len(record)} values under {columns} columns, starting {shown(record[0])}."
    if len(record) > columns:
        return refusal("too-many-fields", problem, subject="row")
    return refusal("cut-short" if cut else "too-few-fields", problem, subject="row")


# --- Parquet


def _parquet_rows(content: bytes, _feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Only the wanted columns are read, a batch at a time. A damaged batch ends the reading: one fault names
    its rows.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names, rows = file.schema_arrow.names, file.metadata.num_rows
    except _PARQUET_FAULTS as error:
        cut = content.startswith(b"PAR1") and not content.endswith(b"PAR1")
        problem = f"no Parquet file: {shown(str(error))}, {len(content):,} bytes."
        raise refusal("cut-short" if cut else "unreadable-parquet", problem, subject="file") from None
    _need_columns(names, wanted)
    if not 0 <= rows <= MAX_ROWS:
        raise refusal("too-many-rows", f"{rows:,} rows, at most {MAX_ROWS:,}.", subject="file")
    row = 0
    batches = file.iter_batches(batch_size=BATCH_ROWS, columns=list(wanted))
    while row < rows:
        try:
            batch = next(batches)
            columns = [_column_texts(batch.column(name)) for name in wanted]
        except (StopIteration, *_PARQUET_FAULTS) as error:
            problem = f"damaged from row {row + 1} of {rows} on: {shown(str(error))}."
            yield f"rows {row + 1} to {rows}", refusal("unreadable-parquet", problem, subject="file")
            return
        for texts in zip(*columns, strict=True):
            row += 1
            fault = next((text for text in texts if isinstance(text, InputError)), None)
            yield f"row {row}", fault or dict(zip(wanted, texts, strict=True))


def _column_texts(column: pa.Array) -> list[str | InputError]:
    """Each value of one column as text; one that cannot be read is a fault of its row alone."""
    if pa.types.is_timestamp(
        column.type
    ):  # nanoseconds are finer than any interval here: cut to microseconds
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        return [_text_of(value) for value in column.to_pylist()]
    except _PARQUET_FAULTS:
        return [_scalar_text(scalar) for scalar in column]


def _scalar_text(scalar: pa.Scalar) -> str | InputError:
    try:
        return _text_of(scalar.as_py())
    except UnicodeDecodeError as error:
        return refusal("wrong-encoding", f"byte {error.start} of a text is not UTF-8.", subject="row")
    except _PARQUET_FAULTS as error:
        return refusal("value-not-plain", f"a value cannot be read: {shown(str(error))}.", subject="row")


# --- GeoJSON


def _geojson_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    collection = _json_of(_decoded(content, feed.encoding))
    features = collection.get("features") if isinstance(collection, dict) else None
    if (
        not isinstance(collection, dict)
        or collection.get("type") != "FeatureCollection"
        or not isinstance(features, list)
    ):
        raise refusal(
            "not-a-feature-collection", "no FeatureCollection with a list of features.", subject="file"
        )
    crs = json.dumps(collection.get("crs"))
    if crs != "null" and not any(name in crs for name in ("CRS84", "EPSG::4326", "EPSG:4326")):
        raise refusal("not-wgs84", f"declares the reference system {shown(crs)}.", subject="file")
    present = [name for feature in features if isinstance(feature, dict) for name in _properties(feature)]
    if features:
        _need_columns([*dict.fromkeys(present), GEOMETRY_LON, GEOMETRY_LAT], wanted)
    for number, feature in enumerate(features, start=1):
        try:
            yield f"feature {number}", _feature_texts(feature, wanted)
        except InputError as fault:
            yield f"feature {number}", fault


def _json_of(text: str) -> object:
    """The document, or one refusal with the offset; nothing is recovered from a damaged one."""
    try:
        document: object = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        offset, size = (len(part.encode(errors="surrogateescape")) for part in (text[: error.pos], text))
        cut = error.pos >= len(text.rstrip()) or not text.rstrip().endswith("}")
        problem = f"stops making sense at byte {offset} of {size}: {error.msg}."
        raise refusal("cut-short" if cut else "unreadable-json", problem, subject="file") from None
    except (ValueError, RecursionError) as error:
        raise refusal(
            "unreadable-json", f"no document of ours: {shown(str(error))}.", subject="file"
        ) from None
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; one that names a member twice says so under a name of ours, to be refused with its
    feature.
    """
    named = dict(pairs)
    if len(named) != len(pairs):
        named[_TWICE] = True
    return named


def _properties(feature: dict[str, object]) -> dict[str, object]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _feature_texts(feature: object, wanted: tuple[str, ...]) -> dict[str, str]:
    """One feature's wanted properties, and its point. A feature without a geometry has no place."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise refusal("not-a-feature", f"{shown(str(feature))} is no Feature.", subject="feature")
    properties = _properties(feature)
    if _TWICE in feature or _TWICE in properties:
        raise refusal("duplicate-column", "names one of its members twice.", subject="feature")
    texts = {
        name: _plain(properties.get(name)) for name in wanted if name not in (GEOMETRY_LON, GEOMETRY_LAT)
    }
    if feature.get("geometry") is not None:
        texts[GEOMETRY_LON], texts[GEOMETRY_LAT] = _point_of(feature["geometry"])
    return texts


def _point_of(geometry: object) -> tuple[str, str]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    position = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind != "Point" or not isinstance(position, list) or len(position) < 2:
        raise refusal("geometry-not-a-point", f"the geometry is {shown(str(kind))}.", subject="feature")
    return _plain(position[0]), _plain(position[1])


# --- values


def _plain(value: object) -> str:
    """As `_text_of`, raising its fault."""
    text = _text_of(value)
    if isinstance(text, InputError):
        raise text
    return text


def _text_of(value: object) -> str | InputError:
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
        return refusal("value-not-plain", f"{shown(str(value))} is no plain value.", subject="row")
    if len(text) > MAX_FIELD_CHARS:
        return refusal(
            "field-too-long", f"{len(text):,} characters, at most {MAX_FIELD_CHARS:,}.", subject="row"
        )
    return text


_READERS: dict[str, Callable[[bytes, Feed, tuple[str, ...]], Iterator[RawRow]]] = {
    "csv": _csv_rows,
    "parquet": _parquet_rows,
    "geojson": _geojson_rows,
}
