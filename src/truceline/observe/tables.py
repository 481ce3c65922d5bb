"""Bytes of a feed to raw rows, by format; Parquet is read here. Each row comes out once: texts or a fault."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from truceline.base.errors import InputError
from truceline.model.inputs import MAX_FILE_BYTES
from truceline.model.mission import Feed
from truceline.observe.delimited import delimited_rows
from truceline.observe.geojson import geojson_rows
from truceline.observe.raw import UTF8_BOM, RawRow, clean, need_columns, text_of
from truceline.observe.reasons import refusal, shown

MAX_ROWS = 10_000_000  # what 512 MB of CSV can hold; a small Parquet file can declare any number
BATCH_ROWS = 8_192
_PARQUET_FAULTS = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError, OverflowError)


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
            raise refusal("file-too-large", f"{len(content):,} bytes, at most {MAX_FILE_BYTES:,}.", subject="file")
        if not content.strip(b"\x00 \t\r\n" + UTF8_BOM):
            raise refusal("empty-file", f"{len(content)} bytes, and nothing in them.", subject="file")
        for at, values in _READERS[feed.format](content, feed, wanted):
            yield at, values if isinstance(values, InputError) else clean(values)
    except InputError as fault:
        yield "file", fault


def _parquet_rows(content: bytes, _feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Only the wanted columns are read, a batch at a time. A damaged batch ends it: one fault names its rows."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        names, rows = file.schema_arrow.names, file.metadata.num_rows
    except _PARQUET_FAULTS as error:
        cut = content.startswith(b"PAR1") and not content.endswith(b"PAR1")
        problem = f"no Parquet file: {shown(str(error))}, {len(content):,} bytes."
        raise refusal("cut-short" if cut else "unreadable-parquet", problem, subject="file") from None
    need_columns(names, wanted)
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
    if pa.types.is_timestamp(column.type):  # nanoseconds become microseconds, the finest instant here
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        return [text_of(value) for value in column.to_pylist()]
    except _PARQUET_FAULTS:
        return [_scalar_text(scalar) for scalar in column]


def _scalar_text(scalar: pa.Scalar) -> str | InputError:
    try:
        return text_of(scalar.as_py())
    except UnicodeDecodeError as error:
        return refusal("wrong-encoding", f"byte {error.start} of a text is not UTF-8.", subject="row")
    except _PARQUET_FAULTS as error:
        return refusal("value-not-plain", f"a value cannot be read: {shown(str(error))}.", subject="row")


_READERS: dict[str, Callable[[bytes, Feed, tuple[str, ...]], Iterator[RawRow]]] = {
    "csv": delimited_rows,
    "parquet": _parquet_rows,
    "geojson": geojson_rows,
}
