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
        ("origin", pa.string()),  # who made it one event: automatic, person (split, merged), missed (by automation)
        ("aliases", pa.list_(pa.string())),  # ids of events that are now part of it, oldest first
        ("corrected", pa.list_(pa.string())),  # what automation says where a person says otherwise: "count_lo=3"
        ("could_be", pa.list_(pa.string())),  # the first events to which it may belong, none surely: it stands alone
    ]
)
