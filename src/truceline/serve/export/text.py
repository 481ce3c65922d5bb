"""Rows as text files: GeoJSON for maps, CSV for spreadsheets."""

import numpy as np
import pyarrow as pa

from truceline.base.canonical import canonical_bytes
from truceline.report.geojson import DISCLAIMER
from truceline.report.tables import csv_bytes
from truceline.serve.export.rows import features, written


def geojson(table: pa.Table) -> bytes:
    """The rows as one FeatureCollection, in their order; rows without a place have the geometry null.

    Source: RFC 7946. `disclaimer` is a foreign member (6.1).
    """
    head = b'{"type":"FeatureCollection","disclaimer":' + canonical_bytes(DISCLAIMER) + b',"features":[\n'
    return head + b",\n".join(feature.body for feature in features(table)) + b"\n]}\n"


def csv_file(table: pa.Table) -> bytes:
    """The rows as CSV with a header, in UTF-8; times in UTC; lists joined by `; `.

    Limits: a cell that a spreadsheet would run as a formula has an apostrophe in front. The file is plain: whoever
    sends it says the disclaimer beside it.
    Source: RFC 4180.
    """
    rows = [{name: _plain(value) for name, value in row.items()} for row in written(table)]
    names = [*rows[0]] if rows else _header(table)
    return csv_bytes(rows, names)


def _plain(value: object) -> object:
    """A float without an exponent, exactly: `-6e-06` would look like the beginning of a formula."""
    return np.format_float_positional(value, trim="0") if isinstance(value, float) else value


def _header(table: pa.Table) -> list[str]:
    """The names of a table without rows: those of one row of nothing."""
    nothing = pa.Table.from_pylist([{}], schema=table.schema)
    return [*next(written(nothing))]
