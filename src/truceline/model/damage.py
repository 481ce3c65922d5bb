"""A civilian object destroyed or damaged, as one source states it, once.

Never an event and never judged on: an observation of the happening is.
"""

import pyarrow as pa

DAMAGE = pa.schema(
    [
        ("damage_id", pa.string()),
        ("source_id", pa.string()),
        ("object_kind", pa.string()),  # a word of vocabulary.OBJECTS
        ("status", pa.string()),  # a word of vocabulary.STATEMENT_STATUSES
        ("degree", pa.string()),  # a word of vocabulary.DAMAGE_DEGREES; empty: unknown
        ("count_lo", pa.int64()),
        ("count_hi", pa.int64()),  # null: no upper bound
        ("earliest_at_us", pa.int64()),  # UTC, closed
        ("latest_at_us", pa.int64()),
        ("lon_deg", pa.float64()),  # WGS 84; null: no place
        ("lat_deg", pa.float64()),
        ("cov_ee_m2", pa.float64()),  # one sigma squared, east/north at the point
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("place_name", pa.string()),
        ("happening", pa.string()),  # the reporters' own name for it, as in OBSERVATIONS
        ("words", pa.string()),  # the source's own
        ("media", pa.list_(pa.string())),  # sha-256 of the files that came with the row, in their order
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
