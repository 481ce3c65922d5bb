"""Rows, rules and terms for the tests of release: two parties, ALFA and BRAVO."""

from typing import Any

import pyarrow as pa

from truceline.base.rows import canonical_rows
from truceline.base.time import interval_us
from truceline.model.account import AUDITOR, PUBLIC, Recipient
from truceline.model.batch import table
from truceline.model.casualty import CASUALTIES
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE
from truceline.model.damage import DAMAGE
from truceline.model.event import EVENTS
from truceline.model.finding import FINDINGS
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.notice import NOTICES
from truceline.model.observation import OBSERVATIONS
from truceline.model.release import ReleaseRule, Terms
from truceline.release import release, shown
from truceline.release.columns import ID_OF
from truceline.release.floors import KINDS

ALFA, BRAVO = Recipient(kind="party", party="ALFA"), Recipient(kind="party", party="BRAVO")
OUTSIDE = (ALFA, BRAVO, PUBLIC)
EVERYBODY_ELSE = (*OUTSIDE, AUDITOR)
NEVER_US = 2**61
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
OPEN_RULES = tuple(ReleaseRule(to=to, kind=kind, status="rejected") for to in ("parties", "public") for kind in KINDS)
SCHEMAS = {
    "event": EVENTS,
    "finding": FINDINGS,
    "observation": OBSERVATIONS,
    "claim": CLAIMS,
    "notice": NOTICES,
    "impediment": IMPEDIMENTS,
    "coverage": COVERAGE,
    "casualty": CASUALTIES,
    "damage": DAMAGE,
}


def us(text: str) -> int:
    return interval_us(text, zone="UTC")[0]


def full_row(kind: str, item: str, **values: Any) -> dict[str, Any]:
    """A row in which every column says something, so that whatever is let through is seen."""
    row: dict[str, Any] = {}
    for field in SCHEMAS[kind]:
        if pa.types.is_list(field.type):
            row[field.name] = [f"{field.name} of {item}"]
        elif pa.types.is_string(field.type):
            row[field.name] = f"{field.name} of {item}"
        else:
            row[field.name] = 7.5 if pa.types.is_floating(field.type) else 7
    row[ID_OF[kind]] = item
    stated = {"act": "fire", "status": "confirmed", "lon_deg": 37.512345, "lat_deg": 48.054321}
    row |= {name: value for name, value in stated.items() if name in row}
    row |= {"earliest_at_us": us("2031-05-02 10:20"), "latest_at_us": us("2031-05-02 10:25")}
    return row | values


def rows_of(kind: str, *rows: dict[str, Any]) -> pa.Table:
    return table(list(rows), SCHEMAS[kind])


def released(rows: pa.Table, to: Recipient, *, kind: str = "event", rules: Any = OPEN_RULES, terms: Any = None) -> Any:
    """The rows a recipient gets, some day, as plain values."""
    made = release(rows, kind=kind, to=to, rules=rules, terms=terms or Terms())  # type: ignore[arg-type]
    return made.to_pylist()


def output(rows: pa.Table, to: Recipient, *, kind: str, rules: Any, terms: Terms, now_us: int = NEVER_US) -> bytes:
    """Everything that a recipient gets, in its order, as bytes; what is visible when is part of it."""
    made = release(rows, kind=kind, to=to, rules=rules, terms=terms)  # type: ignore[arg-type]
    lines = [canonical_rows(made.slice(at, 1))[0] for at in range(len(made))]
    seen = shown(made, now_us=now_us)
    return b"\n".join([str(made.schema).encode(), str(len(seen)).encode(), *lines])
