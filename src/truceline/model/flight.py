"""A flight as parties are told of it: an hour, a run of the line, and nothing of the drone, its base or its path."""

import pyarrow as pa

FLIGHTS = pa.schema(
    [
        ("flight_id", pa.string()),
        ("earliest_at_us", pa.int64()),  # whole hours
        ("latest_at_us", pa.int64()),
        ("feature", pa.string()),  # line or zone
        ("from_km", pa.int64()),  # along the line, widened to whole tens
        ("until_km", pa.int64()),
        ("purpose", pa.string()),
        ("at_us", pa.int64()),  # from when the parties may know
    ]
)
