"""A view: one sensor, patrol or satellite that could see one piece of ground for a time. The unit of effort.

A drone's picture, a fixed camera's day, an acoustic post's hour, a patrol's visit and a satellite's pass are all views.
A view says only what could have been seen; what was seen is in OBSERVATIONS. Conditions stand in the view itself, so
that no other row can make it better; what is not stated counts as unknown, never as good.
"""

import pyarrow as pa

SPECTRA = ("visible", "thermal", "radar", "sound")  # by what a sensor sees; a patrol sees by the visible

VIEWS = pa.schema(
    [
        ("view_id", pa.string()),
        ("source_id", pa.string()),
        ("sensor", pa.string()),  # which drone, camera, post, patrol or satellite; views of one sensor are one look
        ("means", pa.string()),  # vocabulary.MEANS
        ("spectrum", pa.string()),  # SPECTRA; empty: visible
        ("earliest_at_us", pa.int64()),  # UTC; first moment at which it saw
        ("latest_at_us", pa.int64()),  # last moment at which it saw: of its last picture
        ("lost_at_us", pa.int64()),  # when it was known to be lost; null: it was not
        ("ring_deg", pa.list_(pa.float64())),  # lon, lat around the ground; empty: the disc or sector of the next five
        ("lon_deg", pa.float64()),  # where the sensor was; null: not stated
        ("lat_deg", pa.float64()),
        ("above_ground_m", pa.float64()),  # height of its eye; null: not stated
        ("range_m", pa.float64()),  # how far it can see or hear; null: not stated
        ("azimuth_deg", pa.float64()),  # middle of its sector, from true north; null: all around
        ("width_deg", pa.float64()),  # of its sector; null: all around
        ("resolution_mm", pa.int64()),  # of ground in one pixel, in the middle of what it sees; null: not stated
        ("visibility_m", pa.float64()),  # meteorological; null: not stated
        ("cloud_permille", pa.int64()),  # share of the ground that cloud hid; null: not stated
        ("health_permille", pa.int64()),  # share of the time that it worked; null: all of it
        ("disturbed", pa.string()),  # why its place is not sure (satellite navigation); empty: it is
        ("announced", pa.string()),  # yes, no, or empty: not stated
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)
