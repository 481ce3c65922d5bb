"""Every derivation of the latest run again: from the raw bytes, table by table, with what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from truceline.base.canonical import canonical_bytes, rows_root, sha256_hex
from truceline.base.errors import ErasedError
from truceline.base.rows import canonical_rows
from truceline.model.inputs import Inputs
from truceline.model.products import HELD, Judged, Products
from truceline.pipeline import STAGES, Work, conclude, read_all
from truceline.record import Record
from truceline.run.batch import recorded_inputs, tables_of
from truceline.run.live.state.books import CODE, books_of
from truceline.run.recomputing.bounds import kind_of
from truceline.run.recomputing.changes import Changes, SourceChanges, library_changes, source_changes
from truceline.run.recomputing.entries import Ran, erased_inputs, erased_since, table_as_recorded
from truceline.run.recomputing.media import Media, media_again
from truceline.run.recomputing.rows import Compared, compare_rows
from truceline.run.recomputing.source import own_libraries, own_manifest, own_source, unpacked

_EXACT = ("findings", "assessments")  # first words of tables that `judge` makes
_FROM_RECORDED = "computed again from the recorded tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputation:
    """What was computed again and what came out."""

    tables: tuple[Compared, ...]
    changes: Changes
    settings: tuple[str, ...]  # what of the settings means something else now
    media: Media
    replayed: int  # entries of cases that were put through the protocol again
    archive: str  # sha-256 of the code as recorded; empty: the record does not hold it

    def of(self, outcome: str) -> list[Compared]:
        """The tables of one outcome."""
        return [table for table in self.tables if table.outcome == outcome]


def recompute(record: Record, ran: Ran) -> Recomputation:
    """Read, locate, fuse and judge again what the latest run read, and hold every table against the recorded one.

    Raises: IntegrityError: a case cannot have run as its entries say; a byte is not what it was.
    """
    settings: tuple[str, ...] = ()
    try:
        for sha256 in erased_since(record, ran).values():
            record.get(sha256)
        inputs = recorded_inputs(record)
        tables, products = _tables_again(record, ran, inputs)
        settings = _settings(ran, products)
        replayed = _replayed(record, inputs)
    except ErasedError as error:
        why = "; ".join(erased_inputs(record, ran)) or str(error)
        tables = [
            Compared(table=name, outcome="erased", rows=stored.rows, why=why) for name, stored in ran.tables.items()
        ]
        replayed = 0
    return Recomputation(
        tables=tuple(tables),
        changes=changes_since(record, ran.detail, libraries=own_libraries()),
        settings=settings,
        media=media_again(record),
        replayed=replayed,
        archive=str(ran.detail.get("source", "")),
    )


def changes_since(record: Record, detail: Mapping[str, object], *, libraries: Mapping[str, str]) -> Changes:
    """What of code and libraries differs from what a run states. Nothing of the record's code is run.

    Args:
        detail: of the run's entry.
        libraries: name -> version, as they are now.
    """
    code, unknown, found = str(detail.get("code", "")), "", SourceChanges()
    stated = detail.get("libraries")
    then = {str(name): str(version) for name, version in stated.items()} if isinstance(stated, dict) else None
    if not detail.get("source"):
        unknown = f"the record names the code that made it, {code}, and does not hold it"
    elif detail.get("manifest") != own_manifest():
        files = unpacked(record.get(str(detail["source"])))
        if files is None:
            unknown = "the record's archive of code cannot be unpacked"
        else:
            found = source_changes(files, own_source())
    return Changes(
        code_old=code,
        code_new=CODE,
        constants=found.constants,
        files=found.files,
        added=found.added,
        removed=found.removed,
        remarks_only=found.remarks_only,
        libraries=() if then is None else library_changes(then, libraries),
        unknown=unknown,
    )


def _tables_again(record: Record, ran: Ran, inputs: Inputs) -> tuple[list[Compared], Products]:
    """All tables of the run, and those that it did not make and are made now."""
    read = read_all(inputs)
    products = conclude(read)
    made = tables_of(products)
    compared = [_compared(record, ran, name, made.get(name)) for name in dict.fromkeys((*made, *ran.tables))]
    earlier = {table.outcome for table in compared if not _is_exact(table.table)}
    judged = [table for table in compared if _is_exact(table.table) and table.outcome == "differs"]
    if judged and earlier <= {"equal", "within bound"}:
        compared = _from_recorded(record, ran, read, compared)
    return compared, products


def _is_exact(table: str) -> bool:
    return kind_of(table) in _EXACT


def _compared(record: Record, ran: Ran, name: str, made: pa.Table | None) -> Compared:
    """One table: by its root, and row by row only where the roots differ."""
    stored = ran.tables.get(name)
    rows = canonical_rows(made) if made is not None else []
    if stored is not None and made is not None and rows_root(rows) == stored.rows_root:
        return Compared(table=name, outcome="equal", rows=stored.rows)
    return compare_rows(name, canonical_rows(table_as_recorded(record, stored)) if stored else [], rows)


def _from_recorded(record: Record, ran: Ran, read: Work, compared: list[Compared]) -> list[Compared]:
    """Findings and assessments judged again from the recorded tables: `judge` is exact, what it reads is bounded.

    A certificate proves its facts under the roots of the tables, so that a place that moved within its bound gives
    other certificates and no other verdict. Verdicts that turn with such a place are kept in what is returned.
    """
    held = {kind: _recorded(record, ran, kind, read.held[kind]) for kind in HELD}
    *_, (_, _, _, judge) = STAGES
    events, placings = (table_as_recorded(record, ran.tables[name]) for name in ("events", "placings"))
    work = replace(read, held=held, events=events, placings=placings)
    made = {name: table for judged in judge(work).judged for name, table in _tables_of_judged(judged)}
    return [
        replace(_compared(record, ran, each.table, made[each.table]), turned=each.turned, why=_FROM_RECORDED)
        if each.table in made and each.outcome == "differs"
        else each
        for each in compared
    ]


def _recorded(record: Record, ran: Ran, kind: str, read: pa.Table) -> pa.Table:
    """A recorded table of what feeds hold; what was read where the run kept no such table."""
    stored = ran.tables.get(kind)
    return read if stored is None else table_as_recorded(record, stored).cast(read.schema)


def _tables_of_judged(judged: Judged) -> list[tuple[str, pa.Table]]:
    name = judged.mandate.name
    return [(f"findings {name}", judged.findings), (f"assessments {name}", judged.assessments)]


def _settings(ran: Ran, products: Products) -> tuple[str, ...]:
    """Whether the recorded mandates are understood as they were."""
    now = sha256_hex(canonical_bytes([judged.mandate_sha256 for judged in products.judged]))
    then = {stored.derivation.settings for stored in ran.tables.values()}
    return () if then == {now} else ("the same text of a mandate is read as something else than it was",)


def _replayed(record: Record, inputs: Inputs) -> int:
    """Every entry of every case through the protocol again. Raises: IntegrityError: one cannot have been accepted."""
    number = sum(1 for _ in record.entries(kind="case"))
    if number:
        books_of(record, inputs.mission)
    return number
