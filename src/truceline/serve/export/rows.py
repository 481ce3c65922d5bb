"""A released row as the outside reads it: times as UTC stamps, a place with the radius that holds 95 % of its error.

Every format and every feature of the API is made from this one form, so that they cannot differ in what they say.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np
import pyarrow as pa

from truceline.model.casualty import IDENTIFYING
from truceline.report.geojson import M_PER_DEG, ellipse_95
from truceline.report.totals import Row

HIDDEN = "visible_from_us"  # when a row may be shown; never shown itself
PLACE = ("lon_deg", "lat_deg")
DECIMALS = 7  # of a degree, 1 cm: beyond what any source measures (RFC 7946, 11.2)
_COVARIANCE = ("cov_ee_m2", "cov_en_m2", "cov_nn_m2")
_BATCH = 1 << 14
_CORNERS = 36
_LEAST_COSINE_RATIO = 0.01  # nearer to a pole an outline is drawn too narrow rather than round the world
_WHOLE, _NO_FRACTION = len("2031-05-02T04:11:09"), ".000000"
_ENCODE = msgspec.json.Encoder().encode


def id_column(table: pa.Table) -> str:
    """The column that names a row: the first of every schema in `model/`."""
    name = str(table.column_names[0])
    assert name.endswith("_id"), f"the first column is {name!r}, which names no row"
    return name


def outward(table: pa.Table) -> pa.Table:
    """The table without what no export holds: when a row may be shown, and who a casualty is."""
    hidden = (HIDDEN, *IDENTIFYING) if id_column(table) == "casualty_id" else (HIDDEN,)
    return table.select([name for name in table.column_names if name not in hidden])


def written(table: pa.Table) -> Iterator[Row]:
    """Each row as plain values by name, in the table's order.

    `earliest_at_us` becomes `earliest_at`, a stamp in UTC; `error_m` is added where a place can have one: the radius
    in whole metres that holds 95 %, rounded up; None: not known.
    """
    for batch in outward(table).to_batches(max_chunksize=_BATCH):
        columns = _columns(batch)
        for row in zip(*columns.values(), strict=True):
            yield dict(zip(columns, row, strict=True))


@dataclass(frozen=True, slots=True)
class Feature:
    """One row as a GeoJSON Feature."""

    id: str
    error_m: int | None
    body: bytes


def features(table: pa.Table) -> Iterator[Feature]:
    """Each row as a GeoJSON Feature, in the table's order.

    A row without a place has the geometry null. The place stands in the geometry alone, to 7 decimals.
    Source: RFC 7946, 3.2.
    """
    named = id_column(table)
    for row in written(table):
        lon_deg, lat_deg = row.pop("lon_deg", None), row.pop("lat_deg", None)
        geometry = None
        if lon_deg is not None and lat_deg is not None:
            geometry = {"type": "Point", "coordinates": [round(lon_deg, DECIMALS), round(lat_deg, DECIMALS)]}
        body = _ENCODE({"type": "Feature", "id": row[named], "geometry": geometry, "properties": row})
        yield Feature(row[named], row.get("error_m"), body)


@lru_cache(maxsize=1 << 14)
def _error_m(ee_m2: float | None, en_m2: float | None, nn_m2: float | None) -> int | None:
    """The radius in metres that holds 95 % of a place's error, rounded up; None: not known.

    Kept, for what is coarse has few distinct errors, and what is measured few more.
    """
    if ee_m2 is None or nn_m2 is None:
        return None
    return math.ceil(ellipse_95({"cov_ee_m2": ee_m2, "cov_en_m2": en_m2, "cov_nn_m2": nn_m2})[0])


def outline(row: Row) -> list[tuple[float, float]]:
    """The edge of the ellipse that holds 95 % of a place's error, as (longitude, latitude), closed, anticlockwise.

    A circle where only its radius is known.
    Limits: for drawing; the ellipse's half-axes are turned into degrees at its middle.
    """
    radius_m = float(row["error_m"])
    major_m, minor_m, turned_deg = ellipse_95(row) if row.get("cov_ee_m2") is not None else (radius_m, radius_m, 0.0)
    turned_rad = math.radians(turned_deg)
    narrow_ratio = max(_LEAST_COSINE_RATIO, math.cos(math.radians(row["lat_deg"])))
    edge = []
    for corner in range(_CORNERS):
        along_m = major_m * math.cos(math.tau * corner / _CORNERS)
        across_m = minor_m * math.sin(math.tau * corner / _CORNERS)
        east_m = along_m * math.cos(turned_rad) - across_m * math.sin(turned_rad)
        north_m = along_m * math.sin(turned_rad) + across_m * math.cos(turned_rad)
        lon_deg = row["lon_deg"] + east_m / M_PER_DEG / narrow_ratio
        lat_deg = row["lat_deg"] + north_m / M_PER_DEG
        edge.append((round((lon_deg + 180) % 360 - 180, DECIMALS), round(max(-90.0, min(90.0, lat_deg)), DECIMALS)))
    return [*edge, edge[0]]


def _columns(batch: pa.RecordBatch) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {}
    for name in batch.schema.names:
        if name.endswith("_at_us"):
            columns[name.removesuffix("_us")] = _stamps(batch.column(name))
        else:
            columns[name] = batch.column(name).to_pylist()
    if all(name in columns for name in _COVARIANCE):
        columns["error_m"] = [*map(_error_m, *(columns[name] for name in _COVARIANCE))]
    return columns


def _stamps(instants: pa.Array) -> list[object]:
    """`base.time.stamp` of a column, at a tenth of its time; None stays None."""
    texts = np.datetime_as_string(instants.fill_null(0).to_numpy().astype("M8[us]"), unit="us").tolist()
    stated = instants.is_valid().to_pylist()
    return [
        None if not known else f"{text[:_WHOLE]}Z" if text.endswith(_NO_FRACTION) else f"{text}Z"
        for text, known in zip(texts, stated, strict=True)
    ]
