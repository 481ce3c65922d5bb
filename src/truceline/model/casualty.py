"""Civilians killed, injured or missing, as one source states it, once. A person's identity is for the mission's eyes.

Never an event and never judged on: an observation of the happening is. Sources may speak of the same person: rows of
different sources are never added up.
"""

import pyarrow as pa

CASUALTIES = pa.schema(
    [
        ("casualty_id", pa.string()),
        ("source_id", pa.string()),
        ("kind", pa.string()),  # a word of vocabulary.CASUALTY_KINDS
        ("status", pa.string()),  # a word of vocabulary.STATEMENT_STATUSES
        ("group", pa.string()),  # a word of vocabulary.CIVILIAN_GROUPS; empty: unknown
        ("count_lo", pa.int64()),
        ("count_hi", pa.int64()),  # null: no upper bound
        ("cause", pa.string()),  # a word of vocabulary.ACTS; empty: unknown
        ("weapon_class", pa.string()),  # empty: unknown
        ("earliest_at_us", pa.int64()),  # UTC, closed
        ("latest_at_us", pa.int64()),
        ("lon_deg", pa.float64()),  # WGS 84; null: no place
        ("lat_deg", pa.float64()),
        ("cov_ee_m2", pa.float64()),  # one sigma squared, east/north at the point
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("place_name", pa.string()),
        ("person", pa.string()),  # identity as recorded; never in a report, an export or a release
        ("happening", pa.string()),  # the reporters' own name for it, as in OBSERVATIONS
        ("words", pa.string()),  # the source's own; may name a person
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
IDENTIFYING = ("person", "words")  # columns that may say who somebody is
