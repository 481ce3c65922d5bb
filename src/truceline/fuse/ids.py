"""In which order observations are taken, and which public id an event has.

An event's first id comes from its earliest member, its anchor. Once given, the id belongs to the event that holds the
anchor, whatever else joins or leaves it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from truceline.base.canonical import canonical_bytes, sha256_hex

Row = dict[str, Any]  # a row of OBSERVATIONS: its values are the schema's, which Python's types cannot say
Given = Iterable[tuple[str, Sequence[str]]]  # event ids in the order they were given, with the members at that moment


def canonical_order(row: Row) -> tuple[int, str]:
    """By earliest instant, then by id: the same whatever came in first. Unknown times come last."""
    earliest_at_us = row["earliest_at_us"]
    return (earliest_at_us if isinstance(earliest_at_us, int) else 2**62, str(row["observation_id"]))


def event_id(earliest: Row) -> str:
    """`evt-` and the first 12 hex digits of the hash of the earliest member's time and id."""
    named = {"earliest_at_us": earliest["earliest_at_us"], "observation_id": earliest["observation_id"]}
    return f"evt-{sha256_hex(canonical_bytes(named))[:12]}"


def anchor_of(given: str, members: Iterable[Row]) -> Row | None:
    """The member that holds an id: the one from which it was made; where that is gone, the earliest that is left."""
    ordered = sorted(members, key=canonical_order)
    return next((row for row in ordered if event_id(row) == given), ordered[0] if ordered else None)


def held_ids(given: Given, rows: Mapping[str, Row]) -> dict[str, list[tuple[int, str]]]:
    """Which observation holds which ids that were given, each with its place in the order of giving.

    Args:
        given: the journal, then what people saw; of an id that comes twice the first stands.
        rows: the observations there are, by id. An id none of whose members is left is held by nobody.
    """
    held: dict[str, list[tuple[int, str]]] = {}
    known: set[str] = set()
    for number, (name, members) in enumerate(given):
        if name in known:
            continue
        known.add(name)
        anchor = anchor_of(name, (rows[member] for member in members if member in rows))
        if anchor is not None:
            held.setdefault(anchor["observation_id"], []).append((number, name))
    return held


def names_of(members: Sequence[Row], held: Mapping[str, list[tuple[int, str]]]) -> tuple[str, list[str]]:
    """An event's id and its aliases: of all ids that its members hold the one given first; else a new one.

    Args:
        members: earliest first.
    """
    names = [name for _, name in sorted(each for row in members for each in held.get(row["observation_id"], ()))]
    return (names[0], names[1:]) if names else (event_id(members[0]), [])
