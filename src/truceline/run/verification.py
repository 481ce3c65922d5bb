"""The whole record checked: bytes, tables, certificates, and on demand every derivation again."""

from dataclasses import dataclass
from pathlib import Path

from truceline.base.canonical import rows_root
from truceline.base.rows import canonical_rows
from truceline.judge import audit_certificate
from truceline.mandate import parse_mandates
from truceline.pipeline import Progress, run_pipeline
from truceline.record import Record, open_record, verify_folder
from truceline.run.batch import RECORD, database_for, recorded_inputs, tables_of
from truceline.run.mission import DECLARATION, read_mission

CERTIFIED = ("events", "observations", "placings", "notices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was checked and what was found."""

    entries: int
    blobs: int
    certificates: int
    recomputed: int  # tables computed again and found equal
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.problems

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "blobs": self.blobs,
            "certificates": self.certificates,
            "recomputed": self.recomputed,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }

    def words(self) -> str:
        """For a person: how it was checked, never a bare "verified"."""
        lines = [
            f"Checked {self.entries} entries against their leaves and {self.blobs} pieces of content against SHA-256.",
            f"Checked {self.certificates} certificates with the separate auditor.",
        ]
        if self.recomputed:
            lines.append(f"Computed {self.recomputed} tables again from the raw bytes: equal.")
        lines += [f"PROBLEM: {problem}" for problem in self.problems]
        lines += [f"note: {note}" for note in self.notes]
        lines.append(
            "No altered byte was found. Entries removed from the end of the record cannot be seen from inside it."
            if self.ok
            else f"{len(self.problems)} problem(s): stop publishing, keep this disk as it is, and compare with a copy."
        )
        return "\n".join(lines)


def verify_mission(folder: Path, *, recompute: bool, progress: Progress) -> Checked:
    """Check the record of the mission in `folder`. Raises: UnknownNameError: there is no record."""
    progress("content")
    database = database_for(read_mission(folder)) if (folder / DECLARATION).is_file() else None
    found = verify_folder(folder / RECORD, database=database)
    problems, notes, certificates, recomputed = list(found.problems), list(found.notes), 0, 0
    if not problems:
        with open_record(folder / RECORD, database=database, writing=False) as record:
            progress("certificates")
            ran = record.last("mission", "inputs") is not None
            notes += [] if ran else ["no run is recorded yet: findings of a served mission stand on their own hashes."]
            certificates, faults = _audit(record) if ran else (0, [])
            problems += faults
            if recompute and ran:
                progress("recompute")
                recomputed, faults = _recompute(record)
                problems += faults
    return Checked(
        entries=found.entries,
        blobs=found.blobs,
        certificates=certificates,
        recomputed=recomputed,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _audit(record: Record) -> tuple[int, list[str]]:
    """Every certificate of the latest findings, under the auditor."""
    inputs = recorded_inputs(record)
    sources = {source.id: source for source in inputs.mission.sources}
    roots = {name: record.stored_table(name).rows_root for name in CERTIFIED}
    count, problems = 0, []
    for mandate in parse_mandates(inputs.mandates):
        for row in record.table(f"findings {mandate.name}").to_pylist():
            if not row["certificate_sha256"]:
                continue
            certificate = record.get(row["certificate_sha256"])
            count += 1
            faults = audit_certificate(certificate, mandate=mandate, sources=sources, roots=roots)
            problems += [f"{row['finding_id']}: {fault}" for fault in faults]
    return count, problems


def _recompute(record: Record) -> tuple[int, list[str]]:
    """Every derived table again from the raw bytes, compared by the root of its rows."""
    products = run_pipeline(recorded_inputs(record))
    problems, equal = [], 0
    for name, table in tables_of(products).items():
        root = rows_root(canonical_rows(table))
        stored = record.stored_table(name)
        if root == stored.rows_root:
            equal += 1
        else:
            problems.append(
                f"table {name}: recorded with root {stored.rows_root[:12]} by {stored.derivation.code}, "
                f"computed again {root[:12]}"
            )
    return equal, problems
