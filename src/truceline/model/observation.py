"""What one source said or saw, once.

Never changed, merged or deleted: a correction is a new observation.
"""

import pyarrow as pa

# Attributes that observations and events share. Empty string: unknown. Null number: unknown.
ATTRIBUTES = [
    ("earliest_at_us", pa.int64()),  # UTC; the happening lies in [earliest, latest], closed
    ("latest_at_us", pa.int64()),
    ("lon_deg", pa.float64()),  # WGS 84; null: no place
    ("lat_deg", pa.float64()),
    ("cov_ee_m2", pa.float64()),  # one sigma squared, east/north at the point
    ("cov_en_m2", pa.float64()),
    ("cov_nn_m2", pa.float64()),
    ("place_name", pa.string()),
    ("parties", pa.list_(pa.string())),  # whose act it may be, as reported; empty: unknown
    ("act", pa.string()),
    ("weapon_system", pa.string()),
    ("weapon_class", pa.string()),
    ("calibre_lo_mm", pa.int64()),  # null: unknown
    ("calibre_hi_mm", pa.int64()),
    ("object_kind", pa.string()),  # what was hit, where that matters
    ("count_lo", pa.int64()),  # 0 and 0: looked, and saw none
    ("count_hi", pa.int64()),  # null: no upper bound
    ("confidence_permille", pa.int64()),  # null: not stated
    ("inventory", pa.string()),  # dated count of distinct items this row belongs to; empty: its own
]

OBSERVATIONS = pa.schema(
    [
        ("observation_id", pa.string()),
        ("source_id", pa.string()),
        ("means", pa.string()),
        ("happening", pa.string()),  # the reporters' own name for the happening, where they state one
        *ATTRIBUTES,
        ("observer_lon_deg", pa.float64()),  # where a direction was taken from; null: none
        ("observer_lat_deg", pa.float64()),
        ("observer_error_m", pa.float64()),  # radius that holds 95 %
        ("range_lo_m", pa.float64()),
        ("range_hi_m", pa.float64()),
        ("bearing_lo_deg", pa.float64()),  # clockwise from true north; lo to hi clockwise
        ("bearing_hi_deg", pa.float64()),
        ("residual_m", pa.float64()),  # how far what it says of its place disagrees with itself; null: unknown
        ("remark", pa.string()),  # the source's own ruling or note, kept, never judged on
        ("media", pa.list_(pa.string())),  # sha-256 of the files that came with the row, in their order
        ("raw_sha256", pa.string()),  # bytes it was read from, in the content store
        ("raw_at", pa.string()),  # where in them: "row 17", "feature 3"
    ]
)
