"""A prior notification or a granted consent: an entry in a register that an exemption of the mandate reads."""

import pyarrow as pa

NOTICE_STATUSES = ("pending", "granted", "refused")

NOTICES = pa.schema(
    [
        ("notice_id", pa.string()),
        ("source_id", pa.string()),
        ("register", pa.string()),  # the name after `unless` in the mandate
        ("party", pa.string()),
        ("act", pa.string()),  # empty: any
        ("zone", pa.string()),  # empty: anywhere
        ("weapon_class", pa.string()),  # empty: any
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("status", pa.string()),  # pending, granted, refused
        ("decided_by", pa.string()),
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
