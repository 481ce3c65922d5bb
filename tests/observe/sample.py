"""A small valid feed of each kind, for tests to break."""

import io
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from truceline.base.time import interval_us
from truceline.model.batch import Batch
from truceline.model.catalogue import WeaponSystem
from truceline.model.mission import Feed
from truceline.model.source import Source
from truceline.observe import ReadingContext, read_feed

NOW_US = interval_us("2026-01-01", zone="UTC")[0]
HEADER = "id,begins,ends,lon,lat,error_m,place,party,act,system,class,count,note"
ROWS = (
    "A1,2025-03-10 19:00,2025-03-10 20:00,37.80,48.02,500,Donetsk,UAF,present,2S1,howitzer,2,from the air",
    "A2,2025-03-10,,37.90,48.10,500,Яснівка,AFC,fire,,mortar,30-35,",
    'A3,2025-03-11 08:30,,,,,"Zolote, south",UAF;AFC,fire,,unknown,~170,"two lines\nof a note"',
    "A4,2025-03-11 09:00,2025-03-11 11:30,38.51,48.69,1000,Zolote,UAF,present,T-64/T-72,tank,no,",
    "A5,2025-03-12 10:00,,38.10,47.10,200,Siedove,AFC,present,,tank,1,",
)
CSV = ("\n".join((HEADER, *ROWS)) + "\n").encode()
SOURCES = {
    "smm": Source(id="smm", name="Monitors", kind="mission"),
    "log": Source(id="log", name="A log", kind="party_record", party="UAF"),
    "claims": Source(id="claims", name="A spokesman", kind="party_claim", party="UAF"),
}
MOLNIYA = WeaponSystem(slug="molniya", weapon_class="short_range_strike_drone", calibre_mm=0)
CONTEXT = ReadingContext(
    sources=SOURCES,
    extent_deg=(36.0, 46.5, 40.5, 50.5),
    catalogue={"molniya": WeaponSystem(slug="molniya", weapon_class="short_range_strike_drone", calibre_mm=0)},
    parties=frozenset({"UAF", "AFC"}),
    now_us=NOW_US,
)
FEED = Feed(
    name="patrols",
    path="feeds/patrols.csv",
    format="csv",
    holds="observations",
    source="smm",
    columns={name: name for name in HEADER.split(",") if name != "note"} | {"remark": "note"},
    zone="Europe/Kyiv",
)


def read(content: bytes, feed: Feed = FEED, context: ReadingContext = CONTEXT) -> Batch:
    """The batch of `content` under the sample's mapping."""
    return read_feed(content, feed=feed, context=context)


def read_row(context: ReadingContext = CONTEXT, **cells: str) -> dict[str, object]:
    """The one observation of a row with these cells besides an act and a date."""
    batch = read_cells(context, **cells)
    assert batch.rejects.num_rows == 0, batch.rejects.to_pylist()
    (row,) = batch.rows.to_pylist()
    return row


def refused(context: ReadingContext = CONTEXT, **cells: str) -> str:
    """The reason for which a row with these cells besides an act and a date is refused."""
    batch = read_cells(context, **cells)
    assert batch.rows.num_rows == 0, batch.rows.to_pylist()
    (reject,) = batch.rejects.to_pylist()
    assert reject["problem"]
    assert reject["remedy"]
    return str(reject["reason"])


def read_cells(context: ReadingContext, **cells: str) -> Batch:
    """One row through CSV: places and words as given, else `fire` on 10 March 2025 in the sample's zone."""
    zone = cells.pop("zone", "Europe/Kyiv")
    cells = {"act": "fire"} | cells
    if "date" not in cells and "begins" not in cells:
        cells["begins"] = "2025-03-10"
    for group in (("lon", "lat", "error_m"), ("observer_lon", "observer_lat", "observer_error_m")):
        if set(group) & set(cells):
            cells = dict.fromkeys(group, "") | cells
    content = ",".join(cells) + "\n" + ",".join(f'"{text}"' for text in cells.values()) + "\n"
    feed = replace(FEED, columns={name: name for name in cells}, zone=zone or None)
    return read(content.encode(), feed, context)


def as_parquet(rows: int = len(ROWS), row_group_size: int = 1000) -> bytes:
    """The sample as Parquet with typed columns, repeated to `rows`."""
    columns = {
        "id": [f"P{row}" for row in range(rows)],
        "begins": pa.array([NOW_US - 10**9 - row * 10**6 for row in range(rows)], pa.timestamp("us", tz="UTC")),
        "lon": [37.8 + row % 10 / 100 for row in range(rows)],
        "lat": [48.0] * rows,
        "error_m": [500] * rows,
        "act": pa.array(["fire"] * rows).dictionary_encode(),
        "count": [None if row % 3 == 0 else float(row + 1) for row in range(rows)],
        "unused": [b"\xff"] * rows,
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=row_group_size)
    return sink.getvalue()


PARQUET_FEED = replace(
    FEED,
    format="parquet",
    columns={name: name for name in ("id", "begins", "lon", "lat", "error_m", "act", "count")},
    zone=None,
)
ARROW_FEED = replace(PARQUET_FEED, format="arrow")


def as_arrow(rows: int = len(ROWS), *, whole_file: bool = False, compression: str | None = None) -> bytes:
    """The sample as Arrow IPC with typed columns, repeated to `rows`; times as text with their offset."""
    held = pa.table(
        {
            "id": [f"P{row}" for row in range(rows)],
            "begins": pa.array([NOW_US - 10**9 - row * 10**6 for row in range(rows)], pa.timestamp("us", tz="UTC")),
            "lon": [37.8 + row % 10 / 100 for row in range(rows)],
            "lat": [48.0] * rows,
            "error_m": [500] * rows,
            "act": pa.array(["fire"] * rows).dictionary_encode(),
            "count": [None if row % 3 == 0 else float(row + 1) for row in range(rows)],
            "unused": [b"\xff"] * rows,
        }
    )
    return ipc_bytes(held, whole_file=whole_file, compression=compression)


def ipc_bytes(held: pa.Table, *, whole_file: bool = False, compression: str | None = None) -> bytes:
    """A table as an IPC stream or file."""
    sink = io.BytesIO()
    new = pa.ipc.new_file if whole_file else pa.ipc.new_stream
    with new(sink, held.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(held)
    return sink.getvalue()


JSON_FEED = replace(
    FEED, format="json", columns={name: name for name in ("id", "begins", "lon", "lat", "error_m", "act", "place")}
)
JSON_ROWS = (
    {"id": 1, "begins": "2025-03-10", "lon": 37.8, "lat": 48.0, "error_m": 250.50, "act": "fire", "place": "Ясне"},
    {"id": "b", "begins": "2025-03-10 08:30", "lon": None, "lat": None, "error_m": "", "act": "strike", "place": ""},
)


def as_json(*rows: object) -> bytes:
    """An array of the rows; without any: of the sample's two."""
    return json.dumps(rows or JSON_ROWS, ensure_ascii=False).encode()


PROPERTIES = {"id": 0, "begins": "2025-03-10", "error_m": 250.5, "act": "fire", "place": "Ясне"}
GEOJSON_FEED = replace(
    FEED,
    format="geojson",
    columns={name: name for name in ("id", "begins", "error_m", "act", "place")},
)


def as_geojson(*geometries: object) -> bytes:
    """A FeatureCollection, one feature for each geometry; without any: two points and one without a place."""
    points = geometries or (
        {"type": "Point", "coordinates": [37.8, 48.0]},
        {"type": "Point", "coordinates": [38.1, 48.5, 120.0]},
        None,
    )
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": number,
                "begins": "2025-03-10",
                "error_m": 250.5,
                "act": "fire",
                "place": "Ясне",
            },
            "geometry": geometry,
        }
        for number, geometry in enumerate(points, start=1)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def reasons(batch: Batch) -> list[str]:
    """The reasons of the rejects, in their order."""
    return list(batch.rejects["reason"].to_pylist())
