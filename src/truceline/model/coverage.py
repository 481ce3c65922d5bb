"""How much of what a clause needs to see was seen, in a period.

Absent: not known, and then no absence can be stated.
"""

import pyarrow as pa

COVERAGE = pa.schema(
    [
        ("coverage_id", pa.string()),
        ("source_id", pa.string()),
        ("clause", pa.string()),  # empty: every clause
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("share_permille", pa.int64()),  # observed share of place and time
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
