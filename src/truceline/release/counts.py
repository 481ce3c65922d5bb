"""Counts that may be shown: small ones only as "fewer than", totals only where they give no small one away.

Tables of counts are counted from the rows that the recipient is released, never from the mission's.
"""

from collections.abc import Mapping
from itertools import chain, combinations, product
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.errors import OutOfRangeError

OTHER = "other"  # every value that is not among those named
_CELLS_MAX = 100_000


def released_counts(table: pa.Table, *, by: Mapping[str, tuple[str, ...]], least: int) -> pa.Table:
    """How many rows there are for each combination of values, and the totals.

    A count below `least` is shown as fewer than that, zero like any other. What is shown leaves every such count free
    to be any number below `least`, also for a reader who knows how this works: a total over cells of which one is not
    shown is only a lower bound, the sum of those that are shown. The one exception is the grand total, where the cells
    not shown can still each be anything.

    Args:
        table: released rows that may be shown now.
        by: columns of text, and every value that is counted, fixed beforehand: were only values listed that occur, the
            list would say that a hidden count is not zero. Whatever else occurs counts as `other`.
        least: smallest count that is told; 0 or 1 hides nothing.

    Returns: the columns of `by` (null: all), `count` (null: not told), `shown` (`12`, `fewer than 5`, `at least 57`).
    Raises: OutOfRangeError: more than 100,000 combinations.
    Limits: one such table for each set of rows. Two tables by different columns over the same rows are two statements
        about the same cells, and can be subtracted: ask for one table by all the columns, and take the totals from it.
    """
    values = {name: (*(value for value in named if value != OTHER), OTHER) for name, named in by.items()}
    shape = tuple(len(named) for named in values.values())
    if prod(shape) > _CELLS_MAX:
        raise OutOfRangeError(
            f"{prod(shape)} combinations are more than {_CELLS_MAX}.",
            subject="counts",
            remedy="Count by fewer columns.",
        )
    cells = _counted(table, values, shape)
    told = cells >= (least if least > 1 else 0)
    rows = []
    for fixed in _lines(len(shape)):
        for at in product(*(range(shape[axis]) for axis in fixed)):
            line = tuple(at[fixed.index(axis)] if axis in fixed else slice(None) for axis in range(len(shape)))
            names = {
                name: named[at[fixed.index(axis)]] if axis in fixed else None
                for axis, (name, named) in enumerate(values.items())
            }
            rows.append({**names, **_figure(cells[line], told[line], least, grand=not fixed)})
    schema = [(name, pa.string()) for name in values]
    return pa.Table.from_pylist(rows, schema=pa.schema([*schema, ("count", pa.int64()), ("shown", pa.string())]))


def _counted(table: pa.Table, values: Mapping[str, tuple[str, ...]], shape: tuple[int, ...]) -> np.ndarray:
    cells = np.zeros(shape, dtype=np.int64)
    places = []
    for name, named in values.items():
        at = pc.index_in(table.column(name), value_set=pa.array(named)).fill_null(len(named) - 1)
        places.append(at.to_numpy())
    np.add.at(cells, tuple(places), 1 if places else len(table))
    return cells


def _lines(axes: int) -> list[tuple[int, ...]]:
    """Which columns are fixed: all of them first (the cells), none of them last (the grand total)."""
    return list(chain.from_iterable(combinations(range(axes), size) for size in range(axes, -1, -1)))


def _figure(cells: np.ndarray, told: np.ndarray, least: int, *, grand: bool) -> dict[str, object]:
    """One cell, or one total, as it may be shown."""
    cells, told = np.atleast_1d(cells), np.atleast_1d(told)
    sure, hidden, untold = int(cells[told].sum()), int(cells[~told].sum()), int((~told).sum())
    free = least - 1 <= hidden <= (untold - 1) * (least - 1)  # each of them can still be 0 and can be least - 1
    if untold == 0 or (grand and free):
        return {"count": sure + hidden, "shown": str(sure + hidden)}
    return {"count": None, "shown": f"fewer than {least}" if cells.size == 1 else f"at least {sure}"}
