"""Which observations speak of one happening. First form: those whose reporters say so."""

from collections import defaultdict

Row = dict[str, object]


def groups_of(rows: list[Row]) -> list[list[Row]]:
    """The observations as groups, one a happening, members by (earliest, observation id).

    Observations that state the same happening and act belong together. One that states the happening but
    not the act joins where the happening has one act only. Every other observation stands alone.

    Args:
        rows: OBSERVATIONS as rows, in any order.
    Limits: nothing is guessed from time and place; the same happening under two names is two events.
    """
    acts: dict[object, set[object]] = defaultdict(set)
    for row in rows:
        if row["happening"] and row["act"]:
            acts[row["happening"]].add(row["act"])
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=canonical_order):
        groups[_key(row, acts[row["happening"]] if row["happening"] else set())].append(row)
    return list(groups.values())


def _key(row: Row, acts: set[object]) -> tuple[object, ...]:
    if not row["happening"]:
        return ("alone", row["observation_id"])
    (only,) = acts if len(acts) == 1 else ("",)
    return ("named", row["happening"], row["act"] or only)


def canonical_order(row: Row) -> tuple[int, str]:
    """By earliest instant, then by id: the same whatever came in first. Unknown times come last."""
    earliest_at_us = row["earliest_at_us"]
    return (earliest_at_us if isinstance(earliest_at_us, int) else 2**62, str(row["observation_id"]))
