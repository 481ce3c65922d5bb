"""Where an observation or event stands towards one line or zone, for one version of that geometry."""

import pyarrow as pa

# side: +1 left of the line (walking from its first point), -1 right, 0 undetermined. For a zone: +1 inside, -1 outside.
PLACINGS = pa.schema(
    [
        ("subject_id", pa.string()),  # observation or event
        ("feature", pa.string()),  # name of the line or zone in the mandate; `NAME@2`: its second drawing
        ("geometry_sha256", pa.string()),
        ("distance_mm", pa.int64()),  # geodesic, to the line or to the zone's edge, never negative
        (
            "bound_mm",
            pa.int64(),
        ),  # half-width of the 95 % interval of that distance, own error and the line's
        ("side", pa.int8()),
    ]
)
