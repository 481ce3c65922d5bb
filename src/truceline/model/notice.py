"""A prior notification, a granted consent, a verification: an entry in a register that the mandate reads."""

import pyarrow as pa

NOTICE_STATUSES = ("pending", "granted", "refused")

NOTICES = pa.schema(
    [
        ("notice_id", pa.string()),
        ("source_id", pa.string()),
        ("register", pa.string()),  # the name after `unless` in the mandate, or of a gate or suspension
        ("party", pa.string()),  # of a gate's entry: may be empty
        ("act", pa.string()),  # empty: any
        ("zone", pa.string()),  # empty: anywhere
        ("weapon_class", pa.string()),  # empty: any
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),  # null: for ever
        ("status", pa.string()),  # pending, granted, refused
        ("decided_by", pa.string()),
        ("given_earliest_at_us", pa.int64()),  # when it reached whom it was given to; null: not said
        ("given_latest_at_us", pa.int64()),
        ("given_to", pa.string()),  # empty: not said
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
