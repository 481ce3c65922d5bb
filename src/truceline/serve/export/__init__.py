"""Released tables as files for other people's programs: one function a format.

In: a table that `release` made and `shown` thinned, columns as in `model/`. Out: bytes.
Every format tells the same rows in the same order; what a format cannot hold, its function says under Limits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from truceline.serve.export.parquet import geoparquet
from truceline.serve.export.text import csv_file, geojson
from truceline.serve.export.xml import cot, cot_events, kml


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one format is made, and what it is called on the wire."""

    ending: str
    media_type: str
    write: Callable[[pa.Table], bytes]


# Cursor on Target is not among them: it needs a recipient and a time, and is off unless the mission turns it on.
FORMATS: dict[str, Format] = {
    "geojson": Format(ending="geojson", media_type="application/geo+json", write=geojson),
    "csv": Format(ending="csv", media_type="text/csv; charset=utf-8", write=csv_file),
    "geoparquet": Format(ending="parquet", media_type="application/vnd.apache.parquet", write=geoparquet),
    "kml": Format(ending="kml", media_type="application/vnd.google-earth.kml+xml", write=kml),
}
COT_MEDIA_TYPE = "application/xml"

__all__ = ["COT_MEDIA_TYPE", "FORMATS", "Format", "cot", "cot_events", "csv_file", "geojson", "geoparquet", "kml"]
