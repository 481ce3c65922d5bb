"""Two versions of a table, row by row: which rows are gone, new or changed, in which columns, and by how much."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from truceline.run.recomputing.bounds import BOUNDS, Row, kind_of, within

Outcome = Literal["equal", "within bound", "differs", "erased"]
KEYS: dict[str, tuple[str, ...]] = {  # what makes a row of each table the same row; rejects have no name of their own
    "observations": ("observation_id",),
    "claims": ("claim_id",),
    "notices": ("notice_id",),
    "impediments": ("impediment_id",),
    "coverage": ("coverage_id",),
    "views": ("view_id",),
    "casualties": ("casualty_id",),
    "damage": ("damage_id",),
    "events": ("event_id",),
    "placings": ("subject_id", "feature"),
    "stretches": ("stretch_id",),
    "watched": ("mandate", "clause", "stretch_id", "side", "earliest_at_us"),
    "owed": ("owed_id",),
    "unverified": ("impediment_id", "mandate", "clause", "feature", "from_m", "earliest_at_us"),
    "frames": ("frame_id",),
    "footprints": ("frame_id",),
    "sightings": ("sighting_id",),
    "placed": ("sighting_id",),
    "tracks": ("track_id",),
    "findings": ("finding_id",),
    "assessments": ("mandate", "clause", "addressee", "reading", "from_s"),
}
FINDINGS = "findings "  # tables of this name, each of one mandate
_NOT_FOUND = "not found"
_FOLLOWS = "certificate_sha256"  # differs whenever anything that a finding rests on does: named last
_decode = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """In how many rows one column differs; `beyond`: by more than it may."""

    name: str
    rows: int
    beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row that differs: what it is called, and the first column that differs most gravely, then and now."""

    row: str
    column: str
    old: object
    new: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A finding whose verdict is another now; `not found`: there was, or is, no such finding."""

    finding_id: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One table as recorded beside the same table computed again. Rows are matched by key, their order is nothing."""

    table: str
    outcome: Outcome
    rows: int  # as recorded
    lost: int = 0  # rows that were not made again
    added: int = 0  # rows that the record does not have
    changed: int = 0
    columns: tuple[Column, ...] = ()
    example: Example | None = None
    turned: tuple[Turned, ...] = ()
    why: str = ""  # of `erased`: what cannot be read; of `equal`: what it was computed from, where that is said


def compare_rows(table: str, recorded: Sequence[bytes], again: Sequence[bytes]) -> Compared:
    """Args: table: its name in the record; recorded, again: its canonical rows (`base.rows`), in any order.

    Limits: of rows with one key, the first differs from the first, in the order of their bytes.
    """
    old, new = Counter(recorded), Counter(again)
    olds, news = _by_key(table, (old - new).elements()), _by_key(table, (new - old).elements())
    pairs = [pair for key in olds.keys() & news.keys() for pair in zip(olds[key], news[key], strict=False)]
    lost, added = sum(map(len, olds.values())) - len(pairs), sum(map(len, news.values())) - len(pairs)
    columns = _columns(table, pairs)
    beyond = lost + added + sum(column.beyond for column in columns)
    outcome: Outcome = "differs" if beyond else "within bound" if pairs else "equal"
    return Compared(
        table=table,
        outcome=outcome,
        rows=len(recorded),
        lost=lost,
        added=added,
        changed=len(pairs),
        columns=columns,
        example=_example(table, pairs, columns),
        turned=tuple(_turned(olds, news)) if table.startswith(FINDINGS) else (),
    )


def _key_of(table: str) -> tuple[str, ...]:
    return KEYS.get(kind_of(table), ())


def _by_key(table: str, rows: Iterable[bytes]) -> dict[tuple[object, ...], list[Row]]:
    """Rows by what they are called; where a table's rows have no name, a row is called by all it says."""
    found: dict[tuple[object, ...], list[Row]] = {}
    names = _key_of(table)
    for line in sorted(rows):
        row = _decode(line)
        key = tuple(row.get(name) for name in names) if names else (line,)
        found.setdefault(key, []).append(row)
    return found


def _columns(table: str, pairs: Sequence[tuple[Row, Row]]) -> tuple[Column, ...]:
    """Every column that differs, those beyond their bound first."""
    rows, beyond = Counter[str](), Counter[str]()
    for old, new in pairs:
        for name in _differing(old, new):
            rows[name] += 1
            beyond[name] += not within(table, name, old, new)
    ordered = sorted(rows, key=lambda name: (not beyond[name], name == _FOLLOWS, -beyond[name], -rows[name], name))
    return tuple(Column(name=name, rows=rows[name], beyond=beyond[name]) for name in ordered)


def _differing(old: Row, new: Row) -> list[str]:
    names = dict.fromkeys((*old, *new))
    return [name for name in names if old.get(name) != new.get(name)]


def _example(table: str, pairs: Sequence[tuple[Row, Row]], columns: Sequence[Column]) -> Example | None:
    if not columns:
        return None
    first = columns[0]
    differing = [(old, new) for old, new in pairs if first.name in _differing(old, new)]
    worst = [pair for pair in differing if not within(table, first.name, *pair)] or differing
    old, new = min(worst, key=lambda pair: _called(table, pair[0]))
    return Example(row=_called(table, old), column=first.name, old=old.get(first.name), new=new.get(first.name))


def _called(table: str, row: Row) -> str:
    return " ".join(str(row.get(name)) for name in _key_of(table))


def _turned(olds: dict[tuple[object, ...], list[Row]], news: dict[tuple[object, ...], list[Row]]) -> Iterable[Turned]:
    """Findings whose verdict changes; one without a breach or a doubt that comes or goes is none."""
    for key in sorted(olds.keys() | news.keys(), key=str):
        old, new = (_verdict(each.get(key, [])) for each in (olds, news))
        if old != new and {old, new} != {"no_breach", _NOT_FOUND}:
            yield Turned(finding_id=str(key[0]), old=old, new=new)


def _verdict(rows: Sequence[Row]) -> str:
    return str(rows[0]["verdict"]) if rows else _NOT_FOUND


def bounded_columns(compared: Compared) -> dict[str, str]:
    """Why each column that differs within its bound may: column -> reason."""
    bounds = BOUNDS.get(kind_of(compared.table), {})
    return {column.name: bounds[column.name].why for column in compared.columns if column.name in bounds}
