"""What a stage returns: what it could do, and what it could not, with the reason."""

from dataclasses import dataclass, field

import pyarrow as pa

REJECTS = pa.schema(
    [
        ("feed", pa.string()),
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
        ("reason", pa.string()),  # a fixed code, e.g. latitude-out-of-range
        ("problem", pa.string()),  # one sentence with the numbers
        ("remedy", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Every input is in `rows` or in `rejects`, never in both, never in neither."""

    rows: pa.Table
    rejects: pa.Table  # REJECTS
    media: dict[str, bytes] = field(default_factory=dict)  # files that came with rows, by sha-256


def table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of exactly `schema`; a missing key is null. A key that is not in the schema is our own
    mistake.
    """
    names = set(schema.names)
    for row in rows:
        assert row.keys() <= names, f"not in the schema: {sorted(row.keys() - names)}"
    return pa.Table.from_pylist(rows, schema=schema)
