"""A party's allegation.

Never an event, never counted as one: it is reported, and reconciled against what was recorded.
"""

import pyarrow as pa

CLAIMS = pa.schema(
    [
        ("claim_id", pa.string()),
        ("source_id", pa.string()),
        ("claimant", pa.string()),
        ("accused", pa.string()),
        ("topic", pa.string()),  # which mandate it is about; empty: all
        ("act", pa.string()),  # empty: a total over all acts
        ("category", pa.string()),  # the claimant's own word
        ("count_lo", pa.int64()),
        ("count_hi", pa.int64()),  # null: no upper bound stated
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("speaker", pa.string()),
        ("citation", pa.string()),
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
