"""Bytes of a feed to raw rows, by format; Parquet is read here. Each row comes out once: texts or a fault."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from truceline.base.errors import InputError
from truceline.model.inputs import MAX_FILE_BYTES
from truceline.model.mission import Feed
from truceline.observe.arrow import BATCH_ROWS, FAULTS, MAX_ROWS, arrow_rows, column_texts
from truceline.observe.delimited import delimited_rows
from truceline.observe.fires import fire_rows
from truceline.observe.forms import attachments, form_rows
from truceline.observe.geojson import geojson_rows
from truceline.observe.objects import json_rows
from truceline.observe.raw import UTF8_BOM, RawRow, as_row, clean, need_columns
from truceline.observe.reasons import refusal, shown


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


def raw_media(content: bytes, *, feed: Feed) -> dict[str, bytes]:
    """The files that came inside the file, by sha-256; none where the file cannot be read, as `raw_rows` then says."""
    if feed.format != "odk":
        return {}
    try:
        return attachments(content)
    except InputError:
        return {}


def _parquet_rows(content: bytes, _feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Only the wanted columns are read, a batch at a time. A damaged batch ends it: one fault names its rows."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        names, rows = file.schema_arrow.names, file.metadata.num_rows
    except FAULTS as error:
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
            columns = [column_texts(batch.column(name)) for name in wanted]
        except (StopIteration, *FAULTS) as error:
            problem = f"damaged from row {row + 1} of {rows} on: {shown(str(error))}."
            yield f"rows {row + 1} to {rows}", refusal("unreadable-parquet", problem, subject="file")
            return
        for texts in zip(*columns, strict=True):
            row += 1
            yield f"row {row}", as_row(wanted, texts)


def _cot_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    from truceline.observe.cot.rows import cot_rows  # its libraries come with an extra, and most missions need none

    return cot_rows(content, feed, wanted)


_READERS: dict[str, Callable[[bytes, Feed, tuple[str, ...]], Iterator[RawRow]]] = {
    "csv": delimited_rows,
    "parquet": _parquet_rows,
    "geojson": geojson_rows,
    "json": json_rows,
    "arrow": arrow_rows,
    "odk": form_rows,
    "cot": _cot_rows,
    "fires": fire_rows,
}
