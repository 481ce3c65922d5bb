"""Equal release: that every party got the same about a finding, and what the addressed party got beside it."""

from collections.abc import Mapping
from typing import Any

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import IntegrityError
from truceline.base.units import US_PER_S
from truceline.model.release import Receipt, Terms
from truceline.release.columns import COLUMNS, PLACE, Treatment
from truceline.release.floors import FLOORS, SETTLED_ACTS
from truceline.release.rows import exact_for, withheld_from

Row = Mapping[str, Any]  # a row of a table of model/: its values are the schema's, which Python's types cannot say

_UNIT_US = FLOORS["parties"].round_s * US_PER_S


def common_part(row: Row) -> bytes:
    """What every party gets of a row, as canonical JSON: what nobody's is coarsened, and times widened to the hour.

    The same bytes whether made from the mission's row or from any party's released one, unless a rule hides a column.
    """
    held = {}
    for name, value in row.items():
        treatment = COLUMNS.get(name)
        if treatment is Treatment.KEEP:
            held[name] = value
        elif treatment in (Treatment.TIME_DOWN, Treatment.TIME_UP) and value is not None:
            first_us = value - value % _UNIT_US
            held[name] = first_us if treatment is Treatment.TIME_DOWN else first_us + _UNIT_US - 1
    return canonical_bytes(held)


def annex(row: Row, *, party: str, terms: Terms) -> bytes:
    """The exact place of an event, as canonical JSON, for the party whose own item it is; b"" for any other.

    Degrees and square metres are written as text, the shortest decimal that reads back as itself.

    Args: row: of EVENTS, as the mission holds it.
    """
    item, rests_on = row["event_id"], {row["event_id"], *(row["members"] or ())}
    alone, together = exact_for(terms, party)
    owns = item in alone or (item in together and row["act"] in SETTLED_ACTS)
    if not owns or rests_on & withheld_from(terms, party):
        return b""
    place = {name: row[name] for name in row if COLUMNS.get(name) in PLACE}
    texts = {name: None if value is None else repr(value) for name, value in place.items()}
    return canonical_bytes({"event_id": item, "place_name": row["place_name"], **texts})


def receipt(rows: Mapping[str, Row], *, at_us: int) -> Receipt:
    """The receipt for one finding.

    Args:
        rows: party -> the finding's row as that party is shown it at `at_us`. All parties, not only the addressed.
        at_us: the moment from which all of them have it.

    Raises: IntegrityError: they did not get the same.
    """
    parts = {party: common_part(row) for party, row in rows.items()}
    ids = {str(row["finding_id"]) for row in rows.values()}
    if len(set(parts.values())) != 1 or len(ids) != 1:
        raise IntegrityError(
            f"{', '.join(sorted(parts))} were not released the same ({len(set(parts.values()))} versions).",
            subject=f"finding {', '.join(sorted(ids)) or 'none'}",
            remedy="No receipt is written. Stop publishing and compare what each was released.",
        )
    (part,), (finding_id,) = set(parts.values()), ids
    return Receipt(finding_id=finding_id, at_us=at_us, common_sha256=sha256_hex(part), parties=tuple(sorted(parts)))
