"""A recomputation in words and as JSON values: what was equal first, then what differs, why, and what to do next."""

import textwrap
from dataclasses import asdict

from truceline.run.recomputing.again import Recomputation
from truceline.run.recomputing.rows import Compared, bounded_columns

_SHOWN = 20  # findings in words; JSON names each
_WIDE = 200  # characters of a value


def problems_of(again: Recomputation) -> list[str]:
    """What is not as it was and should be; media of which the same holds."""
    lines = [_differing(table) for table in again.of("differs")]
    lines += [
        f"finding {each.finding_id}: recorded {each.old}, computed again {each.new}"
        for table in again.tables
        for each in table.turned[:_SHOWN]
    ]
    lines += [
        f"table {table.table}: {more} more findings turn (--json names each)"
        for table in again.tables
        if (more := len(table.turned) - _SHOWN) > 0
    ]
    return lines + again.media.problems


def equal_words(again: Recomputation) -> list[str]:
    """What was shown to be as it was."""
    lines = []
    equal, near = again.of("equal"), again.of("within bound")
    if equal:
        rejudged = ", ".join(table.table for table in equal if table.why)
        how = f"; of these from the recorded tables: {rejudged}" if rejudged else ""
        lines.append(f"Computed {len(equal)} tables again from the raw bytes: equal{how}.")
    for table in near:
        why = "; ".join(f"{column}: {reason}" for column, reason in bounded_columns(table).items())
        lines.append(f"Computed again, within bound: {table.table}: {_rows(table)} ({why}).")
    if again.media.equal:
        lines.append(f"Made {again.media.equal} proxies again from their originals: equal, bit for bit.")
    if again.replayed:
        lines.append(f"Put {again.replayed} entries of cases through the protocol again: each follows.")
    return lines


def notes_of(again: Recomputation) -> list[str]:
    """What was not computed again, and what of the code differs without effect."""
    lines = []
    for why in dict.fromkeys(table.why for table in again.of("erased")):
        named = ", ".join(table.table for table in again.of("erased") if table.why == why)
        lines.append(f"erased: {why}; so these were not computed again: {named}")
    lines += again.media.notes
    changes = again.changes
    if changes.unknown:
        lines.append(f"code: {changes.unknown}.")
    if not problems_of(again):  # else they are told as likely causes
        without = "without effect on what was computed again" if again.of("equal") else "since the record was made"
        lines += [f"differs {without}: {cause}" for cause in _causes(again)]
    return lines


def causes_words(again: Recomputation) -> list[str]:
    """Why something differs, likeliest first, and what to do; nothing where nothing differs."""
    if not problems_of(again):
        return []
    causes = _causes(again)
    if not causes:
        alike = "settings are as they were, and of the code only its version is known"
        alike = alike if again.changes.unknown else "code, libraries and settings are as they were"
        return [
            f"Likely cause: {alike}: another machine's arithmetic, or a table that was altered and sealed again.",
            "Next: keep this disk as it is, and compare its tables and checkpoints with a copy that others hold.",
        ]
    lines = [f"Likely cause: {cause}" for cause in causes]
    if again.archive:
        lines.append(
            f"Next: the code of that run is content {again.archive} (a zip). Unpack it and verify with it: if that is "
            "equal, the record is what its code made, and the change moves results: name it under Verdicts in the "
            "change log, then run again."
        )
    else:
        lines.append(f"Next: verify with {again.changes.code_old}, which made the record; if that is equal, run again.")
    return lines


def _causes(again: Recomputation) -> list[str]:
    return [*again.changes.causes(), *(f"settings: {each}" for each in again.settings)]


def plain_of(again: Recomputation) -> dict[str, object]:
    """As JSON values."""
    changes = again.changes
    return {
        "tables": [asdict(table) for table in again.tables],
        "changes": {
            "code": {"old": changes.code_old, "new": changes.code_new},
            "constants": [asdict(each) for each in changes.constants],
            "files": list(changes.files),
            "added": list(changes.added),
            "removed": list(changes.removed),
            "remarks_only": list(changes.remarks_only),
            "libraries": [asdict(each) for each in changes.libraries],
            "unknown": changes.unknown,
            "settings": list(again.settings),
        },
        "proxies_equal": again.media.equal,
        "cases_replayed": again.replayed,
        "source_sha256": again.archive,
    }


def _differing(table: Compared) -> str:
    words = f"table {table.table}: {_rows(table)}"
    if table.example:
        one = table.example
        old, new = (textwrap.shorten(repr(value), _WIDE) for value in (one.old, one.new))
        words += f"; e.g. {one.row or 'a row'}: {one.column} was {old}, is {new}"
    return words


def _rows(table: Compared) -> str:
    """`3 of 40 rows differ: bound_mm in 3, distance_mm in 1 (within bound); 2 rows are gone`."""
    parts = []
    if table.changed:
        columns = [f"{each.name} in {each.rows}" + ("" if each.beyond else " (within bound)") for each in table.columns]
        parts.append(f"{table.changed} of {table.rows} rows differ: {', '.join(columns)}")
    if table.lost:
        parts.append(f"{table.lost} of {table.rows} rows are not made again")
    if table.added:
        parts.append(f"{table.added} rows are made that the record does not have")
    return "; ".join(parts) or "the same rows under another root"
