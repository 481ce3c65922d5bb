"""Photos that came with rows. The bytes are in the content store; what leaves is a copy of the pixels."""

import pyarrow as pa

MEDIA = pa.schema(
    [
        ("sha256", pa.string()),  # of the original
        ("at_us", pa.int64()),  # latest moment of the latest row that it came with; null: not stated
    ]
)
