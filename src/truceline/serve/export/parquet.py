"""Rows as GeoParquet: columns with their types, places as WKB points."""

import json

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from truceline.report.geojson import DISCLAIMER
from truceline.serve.export.rows import PLACE, outward

GEOMETRY = "geometry"
_POINT = np.dtype([("order", "<u1"), ("kind", "<u4"), ("lon_deg", "<f8"), ("lat_deg", "<f8")])  # WKB, little-endian
_LITTLE_ENDIAN, _KIND_POINT = 1, 1


def geoparquet(table: pa.Table) -> bytes:
    """The rows as one GeoParquet file: `…_at` are timestamps in UTC, the place is the column `geometry`.

    Coordinates are longitude, latitude of OGC:CRS84, which is what leaving `crs` out says.
    Source: GeoParquet 1.1.0.
    """
    table = outward(table)
    places = [table.column(name).to_numpy().astype(float) for name in PLACE if name in table.column_names]
    lon_deg, lat_deg = places if places else (np.full(table.num_rows, np.nan),) * 2
    placed = ~(np.isnan(lon_deg) | np.isnan(lat_deg))
    made = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name.endswith("_at_us"):
            made[name.removesuffix("_us")] = column.cast(pa.timestamp("us", tz="UTC"))
        elif name not in PLACE:
            made[name] = column
    made[GEOMETRY] = _points(lon_deg, lat_deg, placed)
    about = _about(lon_deg[placed], lat_deg[placed])
    metadata = {"geo": json.dumps(about), "disclaimer": DISCLAIMER}
    held = pa.BufferOutputStream()
    parquet.write_table(pa.table(made).replace_schema_metadata(metadata), held, compression="zstd")
    return bytes(held.getvalue())


def _points(lon_deg: np.ndarray, lat_deg: np.ndarray, placed: np.ndarray) -> pa.Array:
    """WKB points; null where there is no place. Source: OGC 06-103r4, 8.2."""
    points = np.empty(len(placed), _POINT)
    points["order"], points["kind"] = _LITTLE_ENDIAN, _KIND_POINT
    points["lon_deg"], points["lat_deg"] = lon_deg, lat_deg
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(_POINT.itemsize), len(placed), [None, pa.py_buffer(points.tobytes())]
    ).cast(pa.binary())
    return compute.if_else(pa.array(placed), fixed, pa.scalar(None, pa.binary()))


def _about(lon_deg: np.ndarray, lat_deg: np.ndarray) -> dict[str, object]:
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": ["Point"] if len(lon_deg) else []}
    if len(lon_deg):
        column["bbox"] = [float(each) for each in (lon_deg.min(), lat_deg.min(), lon_deg.max(), lat_deg.max())]
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
