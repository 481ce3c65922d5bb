"""A store too large for memory: what is recent is held and judged, the rest is read from the record's tables.

Taken where the latest run covers the mission's files as they are and left more observations than are held. What lies
before the reach of new observations is shown as that run left it; it changes with the next full run.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import sha256_hex
from truceline.base.units import US_PER_S
from truceline.model.inputs import Inputs
from truceline.model.mandate import Mandate
from truceline.model.products import HELD
from truceline.model.release import ItemKind
from truceline.pipeline import Work, read_all
from truceline.record import Database, Record, open_record
from truceline.run.live.desk import RECORD, Desk
from truceline.run.live.state.books import CODE, books_of
from truceline.run.live.state.views import resting_on
from truceline.run.live.watching.judging import ALL_ROWS, Judging, judging_of, reach_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Events and findings that were over before `from_us`."""

    folder: Path
    database: Database | None
    mandates: tuple[Mandate, ...]
    from_us: int
    tables: dict[ItemKind, tuple[str, ...]] = field(default_factory=dict)  # kind -> tables of the record

    def older(self, kind: ItemKind, *, without: Collection[str] = ()) -> Iterator[pa.Table]:
        """The mission's own rows of a kind, a batch at a time; nothing of a kind that is not archived.

        Args: without: observations; events that rest on one of them, and findings on those, are left out.
        """
        if not without:
            yield from self._rows(kind)
            return
        events = {
            each
            for rows in self._rows("event")
            for each in resting_on(rows, "members", without)["event_id"].to_pylist()
        }
        parts, some = ("members", set(without)) if kind == "event" else ("event_ids", events)
        for rows in self._rows(kind):
            resting = resting_on(rows, parts, some)
            named = rows.column_names[0]
            yield rows.filter(pc.invert(pc.is_in(rows[named], value_set=resting[named].combine_chunks())))

    def _rows(self, kind: ItemKind) -> Iterator[pa.Table]:
        with open_record(self.folder / RECORD, database=self.database, writing=False) as record:
            for name in self.tables.get(kind, ()):
                for batch in record.table_batches(name):
                    rows = batch.filter(pc.less(batch["latest_at_us"], self.from_us))
                    if kind == "finding":  # as the run left it: no person has looked at what is not within reach
                        rows = rows.append_column("status", pa.array(["preliminary"] * rows.num_rows, pa.string()))
                    yield rows


def begun(desk: Desk) -> tuple[Judging, Archive | None]:
    """What is held and judged from the start, and what is left in the record. Raises: InputError, MandateError."""
    with open_record(desk.folder / RECORD, database=desk.database, writing=False) as record:
        ran = record.last("mission", "inputs")
        if ran is None or not _covers(ran[1].detail, desk.inputs):
            return judging_of(desk.inputs), None
        if record.stored_table("observations").rows <= ALL_ROWS:
            return judging_of(desk.inputs), None
        until = int(str(ran[1].detail.get("judged_by", 0)))
        known = books_of(record, desk.mission, until=until).arrived
        work = _of_tables(desk, record)
    # A party's files are read again: the tables do not say whose a row is.
    seen = {key for key, each in known.items() if not each.compartment}
    archive = Archive(
        folder=desk.folder,
        database=desk.database,
        mandates=desk.mandates,
        from_us=desk.now_us() - reach_s(desk.mandates) * US_PER_S,
        tables={
            "event": ("events",),
            "finding": tuple(f"findings {mandate.name}" for mandate in desk.mandates),
        },
    )
    return Judging(work=work, seen=seen), archive


def _covers(ran: dict[str, object], inputs: Inputs) -> bool:
    """Whether a run by this code read the mission's files as they are now."""
    files = ran["files"]
    assert isinstance(files, dict)
    same = all(files.get(path) == inputs.sealed.get(path, sha256_hex(each)) for path, each in inputs.files.items())
    return same and ran["code"] == CODE


def _of_tables(desk: Desk, record: Record) -> Work:
    """The work after reading, from the record's tables: only what is recent of the observations."""
    empty = dict.fromkeys(desk.inputs.feeds, b"")
    mission = replace(desk.inputs.mission, feeds=())
    work = read_all(replace(desk.inputs, mission=mission, feeds=empty))
    from_us = desk.now_us() - reach_s(desk.mandates) * US_PER_S
    recent = [
        batch.filter(pc.greater_equal(batch["latest_at_us"], from_us)) for batch in record.table_batches("observations")
    ]
    held = {kind: record.table(kind) for kind in HELD if kind != "observations"}
    held["observations"] = pa.concat_tables([HELD["observations"].empty_table(), *recent])
    return replace(work, inputs=desk.inputs, held=held)
