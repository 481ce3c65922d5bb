"""What kept the mission from seeing: denial, delay, conditional access, jamming, shot at, weather.

Data, like any other.
"""

import pyarrow as pa

IMPEDIMENT_KINDS = ("denial", "delay", "conditional", "jamming", "shot_at", "weather", "sensor_lost", "other")

IMPEDIMENTS = pa.schema(
    [
        ("impediment_id", pa.string()),
        ("source_id", pa.string()),
        ("kind", pa.string()),
        ("area_of", pa.string()),  # party in whose area it was met; says nothing about blame
        ("place_name", pa.string()),
        ("met_lon_deg", pa.float64()),  # middle of where nothing could be verified; null: not stated
        ("met_lat_deg", pa.float64()),
        ("reach_m", pa.float64()),  # how far around that; null: not stated
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("reason_given", pa.string()),
        ("announced", pa.string()),  # yes, no, or empty: not stated
        ("not_verified", pa.string()),  # what could therefore not be verified
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
