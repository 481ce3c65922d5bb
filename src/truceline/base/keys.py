"""Keys that a person wrote into a file, held against the fields that there are."""

import dataclasses
import difflib
import types
import typing

from truceline.base.errors import UnknownNameError

_MOST_COMPARED = 500
_MOST_NAMED = 40


def refuse_unknown(value: object, kind: object, *, where: str) -> None:
    """Raise UnknownNameError for any key of `value` that the dataclass `kind` has no field for, however deep."""
    if typing.get_origin(kind) is tuple and isinstance(value, list):
        for number, item in enumerate(value, start=1):
            refuse_unknown(item, typing.get_args(kind)[0], where=f"{where}, entry {number}")
    if not (isinstance(value, dict) and isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return
    fields = typing.get_type_hints(kind)
    for key, item in value.items():
        if key not in fields:
            raise UnknownNameError(f"{key[:60]!r} is not a key here.", subject=where, remedy=nearest(key, fields))
        inner = fields[key]
        if isinstance(inner, types.UnionType):
            inner = next(part for part in typing.get_args(inner) if part is not type(None))
        refuse_unknown(item, inner, where=f"{where}, {key}")


def nearest(name: str, known: typing.Iterable[str]) -> str:
    """A remedy: the known name that `name` is most like, or the known names, at most 40.

    Limits: of more than 500 names none is looked for: it would take too long for each of many faults.
    """
    names = list(known)
    near = difflib.get_close_matches(name[:200], names, n=1) if len(names) <= _MOST_COMPARED else []
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names[:_MOST_NAMED])}{more}."
