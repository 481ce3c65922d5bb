"""Some of the n entries of a dataclass of columns."""

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from truceline.model.terrain import Terrain

Rows = npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice
T = TypeVar("T")


def pick(item: T, rows: Rows) -> T:
    """The same thing for some of its entries: every array cut along its last axis, also inside what it holds.

    A terrain model is one for all entries and stays whole.
    """
    assert is_dataclass(item)
    assert not isinstance(item, type)
    return replace(item, **{field.name: _cut(getattr(item, field.name), rows) for field in fields(item)})


def _cut(value: object, rows: Rows) -> object:
    if isinstance(value, np.ndarray):
        return value[..., rows]
    if isinstance(value, tuple):
        return tuple(_cut(each, rows) for each in value)
    if is_dataclass(value) and not isinstance(value, Terrain | type):
        return pick(value, rows)
    return value
