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

RECONCILIATIONS = pa.schema(
    [
        ("claim_id", pa.string()),
        ("claimant", pa.string()),
        ("accused", pa.string()),
        ("act", pa.string()),
        ("earliest_at_us", pa.int64()),  # of the claim; null: not stated
        ("latest_at_us", pa.int64()),
        ("claimed_lo", pa.int64()),
        ("claimed_hi", pa.int64()),
        ("surely", pa.int64()),  # events recorded that surely are of that party, act and time
        ("possibly", pa.int64()),  # those that may be; never fewer than `surely`
        ("items_lo", pa.int64()),  # items that the sure ones hold at least: a claim may count these
        ("items_hi", pa.int64()),  # items that the possible ones hold at most; null: no upper bound
        ("own", pa.int64()),  # of the possible ones: on the mission's own and independent sources
        ("record", pa.int64()),  # on a party's own record only
        ("media", pa.int64()),  # on media only
        ("unstated", pa.int64()),  # on what they rest is not released
        ("coverage_permille", pa.int64()),  # of the claim's time; null: not known
        ("words", pa.string()),
    ]
)
