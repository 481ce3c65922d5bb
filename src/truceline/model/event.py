"""What we think happened: one or more observations of one happening.

Findings speak about events, never about observations.
"""

import pyarrow as pa

from truceline.model.observation import ATTRIBUTES

EVENTS = pa.schema(
    [
        ("event_id", pa.string()),
        ("status", pa.string()),  # rejected, reported, preliminary, confirmed, reviewed, final
        ("members", pa.list_(pa.string())),  # observation ids, sorted
        *ATTRIBUTES,
        (
            "disagreement",
            pa.string(),
        ),  # attributes on which members cannot all be right, space-separated; empty: none
    ]
)
