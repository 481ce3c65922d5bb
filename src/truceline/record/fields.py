"""What a finding says, field by field, as one root over salted commitments: some can be shown, and the rest stays shut.

Only the root and the number of fields are recorded. The salts follow from a key of the mission, so that nothing else
need be kept, and an equal run adds nothing.

Source: RFC 6962, 2.1 for the tree; RFC 2104 for the salts; RFC 9901, which discloses claims one by one in this way.
"""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from truceline.base.canonical import canonical_bytes, leaf_hash, sha256_hex, tree_root
from truceline.base.rows import values_of_row
from truceline.base.units import US_PER_S
from truceline.model.entry import Entry
from truceline.model.event import EVENTS
from truceline.model.observation import OBSERVATIONS

KIND = "fields"
_ID_OF = {"events": "event_id", "observations": "observation_id"}
_COLUMNS = {"events": EVENTS.names, "observations": OBSERVATIONS.names}
ROWS = tuple(_ID_OF)  # tables whose rows in the certificate are taken apart too
WIDENED_S = (3_600, 86_400)  # times are committed to a second and third time, as they are released
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value by its path: `finding/verdict`, `events/1/act`; `finding/latest_at_us@3600`: widened to whole hours."""

    path: str
    value: object
    salt: bytes

    @property
    def commitment(self) -> bytes:
        """SHA-256(salt ‖ canonical {"field": path, "value": value}), 32 bytes. The tree hashes it with its 0x00."""
        return hashlib.sha256(self.salt + canonical_bytes({"field": self.path, "value": self.value})).digest()


def fields_of(finding: Row, certificate: bytes, *, key: bytes) -> list[Field]:
    """Every field of a finding and of its events and observations, in order of path (as UTF-8 bytes).

    Args:
        finding: its row of `findings`.
        certificate: its certificate. Its rows are numbered, as `rows_of` gives them: an id can tell too much.
        key: the mission's key for disclosure, 32 bytes, known to nobody else. Whoever has it can open every field.
    """
    stated = {
        "finding": str(finding["finding_id"]),
        "row": sha256_hex(canonical_bytes(dict(finding))),
        "certificate": sha256_hex(certificate),
    }  # a salt that was shown once never stands before another value
    secret = hmac.digest(key, canonical_bytes(stated), "sha256")
    values = dict(_values(finding, certificate))
    return [
        Field(path=path, value=values[path], salt=hmac.digest(secret, path.encode(), "sha256"))
        for path in sorted(values, key=str.encode)
    ]


def fields_root(fields: list[Field]) -> str:
    """Root over the commitments, 64 hex digits."""
    return tree_root([leaf_hash(each.commitment) for each in fields]).hex()


def fields_entry(finding: Row, certificate: bytes, *, key: bytes, author: str, known_at: str) -> Entry:
    """The entry of a finding's fields: it can be shown to anybody, and tells only how many there are.

    Args: as `fields_of`; known_at: UTC stamp.
    """
    fields = fields_of(finding, certificate, key=key)
    return Entry(
        kind=KIND,
        subject=str(finding["finding_id"]),
        author=author,
        known_at=known_at,
        detail={"root": fields_root(fields), "count": len(fields)},
    )


def disclosed(fields: list[Field], shown: Collection[str]) -> list[dict[str, object]]:
    """All fields in order: of those whose path is `shown` value and salt, of the others the commitment alone."""
    return [
        {"field": each.path, "salt": each.salt.hex(), "value": each.value}
        if each.path in shown
        else {"commitment": each.commitment.hex()}
        for each in fields
    ]


def widened(name: str, value: object, unit_s: int) -> int | None:
    """A time, microseconds, as it is released: the beginning of its unit, or for a latest time the unit's end.

    None: there is no time, or `name` is not that of one.
    """
    if not isinstance(value, int) or not name.endswith(("earliest_at_us", "latest_at_us")):
        return None
    begins = value - value % (unit_s * US_PER_S)
    return begins + unit_s * US_PER_S - 1 if name.endswith("latest_at_us") else begins


def rows_of(certificate: bytes, table: str) -> list[dict[str, object]]:
    """The certificate's rows of one of `ROWS`, in order of id: the order in which they were judged tells of times."""
    proofs = json.loads(certificate)["rows"][table]
    rows = [values_of_row(proven["row"], _COLUMNS[table]) for proven in proofs]  # which are null is told to nobody
    return sorted(rows, key=lambda row: str(row[_ID_OF[table]]))


def _values(finding: Row, certificate: bytes) -> Iterator[tuple[str, object]]:
    yield from _of_row("finding", finding)
    for table in ROWS:
        for number, row in enumerate(rows_of(certificate, table), start=1):
            yield from _of_row(f"{table}/{number}", row)


def _of_row(where: str, row: Row) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        yield f"{where}/{name}", value
        for unit_s in WIDENED_S:
            if (less := widened(name, value, unit_s)) is not None:
                yield f"{where}/{name}@{unit_s}", less
