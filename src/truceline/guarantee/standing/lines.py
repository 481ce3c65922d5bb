"""Stance lines: what each holder is known to have held on each proposition, entry after entry.

Derived from the ledger's standing rows alone: the functions take the ledger and ask it what people confirmed, so that
no suggestion can get in. What a holder said itself and what others say of it are two lines, never mixed, each with its
count of independent origins; documents count once, however often their text was printed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from truceline.guarantee.ledger import Ledger
from truceline.guarantee.standing.origins import origin_count
from truceline.model.document import Dated, Document
from truceline.model.lines import LineEntry, StanceLine
from truceline.model.position import Position
from truceline.model.statement import Statement

_EVER = date.max.isoformat()
_SEASON_MONTHS = {21: 3, 22: 6, 23: 9, 24: 12}


def stance_lines(ledger: Ledger) -> tuple[StanceLine, ...]:
    """Every line of the ledger, by holder and proposition. A denial sets no stance and is in none."""
    statements = {each.statement_id: each for each in ledger.standing(Statement)}
    documents = {each.document_id: each for each in ledger.all_of(Document)}
    grouped: dict[tuple[str, str], list[Position]] = {}
    for position in ledger.standing(Position):
        if position.holder_id and may_be_held(statements[position.statement_id]):
            grouped.setdefault((position.holder_id, position.proposition_id), []).append(position)
    return tuple(_line(key, grouped[key], statements, documents) for key in sorted(grouped))


def may_be_held(statement: Statement) -> bool:
    """Whether a statement can set a stance at all: not a denial, and nothing imputed inside another's words."""
    return statement.move != "denies" and not statement.parent_id and statement.attribution != "nested"


def _line(
    key: tuple[str, str],
    positions: Iterable[Position],
    statements: Mapping[str, Statement],
    documents: Mapping[str, Document],
) -> StanceLine:
    halves = []
    for first_hand in (True, False):
        half = [each for each in positions if each.first_hand == first_hand]
        entries = sorted((_entry(each, statements[each.statement_id]) for each in half), key=_in_time)
        halves.append((tuple(entries), origin_count([statements[each.statement_id] for each in half], documents)))
    (own, own_origins), (alleged, alleged_origins) = halves
    return StanceLine(
        holder_id=key[0],
        proposition_id=key[1],
        own=own,
        alleged=alleged,
        own_origins=own_origins,
        alleged_origins=alleged_origins,
    )


def _entry(position: Position, statement: Statement) -> LineEntry:
    said = position.since if position.since.value else statement.said
    earliest, latest = days_of(said)
    return LineEntry(
        position_id=position.position_id,
        statement_id=position.statement_id,
        stance=position.stance,
        said=said,
        earliest=earliest,
        latest=latest,
        alleged_by=position.alleged_by,
        terms=position.terms,
    )


def _in_time(entry: LineEntry) -> tuple[str, str, str]:
    """By the earliest day it can be, where that is known, else by the latest; without a date, last."""
    return entry.earliest or entry.latest or _EVER, entry.latest or _EVER, entry.position_id


@lru_cache(maxsize=10_000)
def days_of(dated: Dated) -> tuple[str, str]:
    """The first and the last day that a date can mean; "" where it is open or its year is not stated."""
    first, _, last = dated.value.partition("/")
    return _bound(first, last=False), _bound(last or first, last=True)


def _bound(value: str, *, last: bool) -> str:
    """The first or the last day of a day, month, season or year in EDTF; "" for "..", for none, for an unknown year."""
    parts = value[:10].split("-")
    if not parts[0].isdigit() or not all(part.isdigit() for part in parts[1:]):
        return ""
    year, month, day = (*(int(part) for part in parts), 0, 0)[:3]
    if day:
        return value[:10]
    start = _SEASON_MONTHS.get(month, month)
    if not last:
        return date(year, start or 1, 1).isoformat()
    months = 12 if not month else 3 if month in _SEASON_MONTHS else 1
    after = year * 12 + (start or 1) - 1 + months
    return (date(after // 12, after % 12 + 1, 1) - timedelta(days=1)).isoformat() if year < date.max.year else ""
