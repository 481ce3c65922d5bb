"""Our own tables: pledges, actors, requirements and caveats as CSV, UTF-8, commas, one header, a row each.

    pledges       pledge_id, actor_id, strand, capability, status needed; low, high, unit, readiness, condition,
                  statements, source, since, renew_by, supersedes, currency, committed, allocated, disbursed may stand
    actors        actor_id, kind, name needed; names may stand
    requirements  requirement_id, capability, low, high needed; unit, critical, min_providers, sustain_months, by,
                  where, source may stand
    caveats       caveat_id, kind, text needed; pledge_id, actor_id, excludes, statements may stand

Whole numbers have digits only; yes and no are `yes` and `no`; several words are `a; b`; dates are EDTF; conditions as
in `expressions.py`. An empty cell is not stated. Each row becomes one row of the ledger or one reject.
"""

from collections.abc import Callable, Collection
from typing import Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from truceline.base.errors import InputError, UnknownNameError
from truceline.base.keys import nearest
from truceline.guarantee.exchange.cells import (
    Cells,
    Reject,
    RowFaultError,
    checked_id,
    dated,
    rejected,
    rows_of,
    whole,
    words_of,
)
from truceline.guarantee.exchange.declared import check_values
from truceline.guarantee.exchange.expressions import names_in, parse_expression
from truceline.model.actor import Actor
from truceline.model.condition import Expression
from truceline.model.document import Dated
from truceline.model.option import Requirement
from truceline.model.pledge import Caveat, Money, Pledge

AnyRow = TypeVar("AnyRow", Actor, Pledge, Requirement, Caveat)
COLUMNS: dict[type[object], tuple[tuple[str, ...], tuple[str, ...]]] = {  # needed, and those that may stand
    Pledge: (
        ("pledge_id", "actor_id", "strand", "capability", "status"),
        (
            *("low", "high", "unit", "readiness", "condition", "statements", "source", "since", "renew_by"),
            *("supersedes", "currency", "committed", "allocated", "disbursed"),
        ),
    ),
    Actor: (("actor_id", "kind", "name"), ("names",)),
    Requirement: (
        ("requirement_id", "capability", "low", "high"),
        ("unit", "critical", "min_providers", "sustain_months", "by", "where", "source"),
    ),
    Caveat: (("caveat_id", "kind", "text"), ("pledge_id", "actor_id", "excludes", "statements")),
}
_HINTS = {kind: get_type_hints(kind) for kind in COLUMNS}
_MONEY = ("currency", "committed", "allocated", "disbursed")


def pledges_of(
    content: bytes, *, name: str = "pledges.csv", actors: Collection[str] | None = None
) -> tuple[tuple[Pledge, ...], tuple[Reject, ...]]:
    """The pledges of a table, and the rows that were set aside.

    Args: actors: ids of the actors that there are; None: any.

    Raises: InputError: the file as a whole cannot be read, or a column is missing, unknown or there twice.
    """
    return _rows(content, Pledge, name, actors)


def actors_of(content: bytes, *, name: str = "actors.csv") -> tuple[tuple[Actor, ...], tuple[Reject, ...]]:
    """The actors of a table, and the rows that were set aside. Raises: as `pledges_of`."""
    return _rows(content, Actor, name, None)


def requirements_of(
    content: bytes, *, name: str = "requirements.csv"
) -> tuple[tuple[Requirement, ...], tuple[Reject, ...]]:
    """The requirements of one option, and the rows that were set aside. Raises: as `pledges_of`."""
    return _rows(content, Requirement, name, None)


def caveats_of(
    content: bytes, *, name: str = "caveats.csv", actors: Collection[str] | None = None
) -> tuple[tuple[Caveat, ...], tuple[Reject, ...]]:
    """The caveats of a table, and the rows that were set aside. Args, Raises: as `pledges_of`."""
    return _rows(content, Caveat, name, actors)


def _rows(
    content: bytes, kind: type[AnyRow], name: str, actors: Collection[str] | None
) -> tuple[tuple[AnyRow, ...], tuple[Reject, ...]]:
    needed, optional = COLUMNS[kind]
    made: dict[str, AnyRow] = {}
    rejects: list[Reject] = []
    count = 0
    for at, cells in rows_of(content, needed=needed, optional=optional, subject=name):
        count += 1
        try:
            if isinstance(cells, RowFaultError):
                raise cells
            row_id = checked_id(cells[needed[0]], subject=f"{name}, {at}, {needed[0]}")
            if row_id in made:
                remedy = "Give it its own id, or name the row that it replaces."
                raise RowFaultError("duplicate-id", f"{row_id!r} stands above already.", subject=at, remedy=remedy)
            made[row_id] = _row(cells, kind, f"{name}, {at}", actors)
        except InputError as error:
            rejects.append(rejected(at, error))
    assert count == len(made) + len(rejects), "every row once: used or set aside"
    return tuple(made.values()), tuple(rejects)


def _row(cells: Cells, kind: type[AnyRow], where: str, actors: Collection[str] | None) -> AnyRow:
    hints = _HINTS[kind]
    given: dict[str, object] = {}
    for column, cell in cells.items():
        if cell and column not in _MONEY:
            given[column] = _value(cell, hints[column], f"{where}, {column}")
        elif not cell and column in COLUMNS[kind][0]:
            raise RowFaultError("not-stated", "the cell is empty.", subject=f"{where}, {column}", remedy="State it.")
    if kind is Pledge:
        amounts = {column: whole(cells[column], subject=f"{where}, {column}") for column in _MONEY[1:]}
        given["money"] = Money(currency=cells["currency"] or "EUR", **amounts)
    made = msgspec.convert(given, kind, from_attributes=True)
    if isinstance(made, Actor):
        return made
    check_values(made, where)
    if actors is not None:
        _refuse_strangers(made, actors, where)
    return made


def _refuse_strangers(row: Pledge | Caveat | Requirement, actors: Collection[str], where: str) -> None:
    """Raise where a row names an actor that there is not, in its own cell or in its condition."""
    named = [] if isinstance(row, Requirement) else [row.actor_id]
    if isinstance(row, Pledge) and row.condition is not None:
        named += names_in(row.condition, ("joins", "pledged"))
    unknown = next((each for each in named if each and each not in actors), None)
    if unknown is not None:
        remedy = nearest(unknown, sorted(actors))
        raise RowFaultError("unknown-actor", f"{unknown[:60]!r} is no actor.", subject=where, remedy=remedy)


def _value(cell: str, hint: object, where: str) -> object:
    """A cell that is not empty, as the noun's field has it. Raises: InputError."""
    if get_origin(hint) is Literal:
        if cell not in get_args(hint):
            raise UnknownNameError(
                f"{cell[:60]!r} is no word for it.", subject=where, remedy=nearest(cell, get_args(hint))
            )
        return cell
    return _CELL.get(hint, _as_text)(cell, where)


def _as_text(cell: str, _where: str) -> object:
    return cell


def _yes(cell: str, where: str) -> object:
    if cell not in ("yes", "no"):
        raise RowFaultError("not-yes-or-no", f"{cell[:60]!r} is neither.", subject=where, remedy="Write yes or no.")
    return cell == "yes"


_CELL: dict[object, Callable[[str, str], object]] = {
    int: lambda cell, where: whole(cell, subject=where),
    int | None: lambda cell, where: whole(cell, subject=where),
    bool: _yes,
    tuple[str, ...]: lambda cell, _where: words_of(cell),
    Dated: lambda cell, where: dated(cell, subject=where, basis="as the table states"),
    Expression | None: lambda cell, where: parse_expression(cell, subject=where),
}
