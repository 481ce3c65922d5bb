"""The latest run as the record's entries tell of it: its tables, findings, certificates and inputs held together."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from truceline.base.errors import ErasedError
from truceline.judge import audit_certificate
from truceline.mandate import parse_mandates
from truceline.model.derived import DERIVED
from truceline.model.entry import Entry
from truceline.model.mandate import Mandate
from truceline.model.mission import Mission
from truceline.model.products import name_as_judged, part_as_judged
from truceline.record import Record, StoredTable
from truceline.record.sealed.reading import KIND as ERASURE
from truceline.record.tables import KIND, table_of_entry, table_of_parquet
from truceline.run.live.state.books import LIVE
from truceline.run.mission import DECLARATION, mission_of
from truceline.run.recomputing.rows import FINDINGS

CERTIFIED = ("events", "observations", "placings", "notices")
_TOLD = ("mandate", "clause", "addressee", "reading", "verdict", "reason")  # of a finding, in its entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The latest run that came to its end."""

    position: int  # of its entry, the last of the run
    detail: dict[str, object]
    tables: dict[str, StoredTable]  # that it made, by name, as they stood then
    missing: tuple[str, ...]  # that it made, and no entry before its own tells of

    @property
    def files(self) -> dict[str, str]:
        """Hash of each file that it read, by path in the mission."""
        files = self.detail["files"]
        assert isinstance(files, dict)
        return {str(path): str(sha256) for path, sha256 in files.items()}

    @property
    def judged_by(self) -> int:
        """Below which position of the log all else stands that it depends on."""
        return int(str(self.detail.get("judged_by", 0)))


@dataclass(slots=True)
class Audited:
    """What was found of certificates and entries."""

    certificates: int
    problems: list[str]
    notes: list[str]


def ran_last(record: Record) -> Ran | None:
    """The latest run, or None where none came to its end. Raises: IntegrityError."""
    last = record.last("mission", "inputs")
    if last is None:
        return None
    position, entry = last
    stood = {each.subject: table_of_entry(each) for at, each in record.entries(kind=KIND) if at < position}
    tables = {name: stored for name, stored in stood.items() if stored is not None}
    named = entry.detail.get("tables")
    if isinstance(named, list):
        made = {str(name) for name in named}
    else:  # an older form of the entry: those that were made of the same as the observations
        made_of = tables["observations"].derivation if "observations" in tables else None
        made = {"observations"} | {name for name, stored in tables.items() if stored.derivation == made_of}
    return Ran(
        position=position,
        detail=entry.detail,
        tables={name: tables[name] for name in sorted(made & tables.keys())},
        missing=tuple(sorted(made - tables.keys())),
    )


def table_as_recorded(record: Record, stored: StoredTable) -> pa.Table:
    """Raises: IntegrityError, ErasedError."""
    return table_of_parquet(record.get(stored.sha256))


def audit(record: Record, ran: Ran) -> Audited:
    """Every certificate of the latest findings, under the auditor; each with its entry, each entry with its finding."""
    found = Audited(certificates=0, problems=[], notes=[])
    if ran.missing:
        found.problems += [
            f"table {name}: the latest run made it, and no entry before it tells of it" for name in ran.missing
        ]
        return found
    try:
        mission, mandates = _declared(record, ran)
        findings = {
            mandate.name: table_as_recorded(record, ran.tables[FINDINGS + mandate.name]).to_pylist()
            for mandate in mandates
        }
    except ErasedError as error:
        found.notes.append(f"certificates: not checked: {error}")
        return found
    sources = {source.id: source for source in mission.sources}
    parts = roots_as_judged(ran.tables)
    for mandate in mandates:
        for row in findings[mandate.name]:
            if not row["certificate_sha256"]:
                continue
            try:
                certificate = record.get(row["certificate_sha256"])
            except ErasedError as error:
                found.notes.append(f"{row['finding_id']}: its certificate: {error}")
                continue
            found.certificates += 1
            roots = _nearest(certificate, parts)
            faults = audit_certificate(certificate, mandate=mandate, sources=sources, roots=roots)
            found.problems += [f"{row['finding_id']}: {fault}" for fault in faults]
    rows = [row for each in findings.values() for row in each]
    found.problems += [*_unmatched(record, ran, rows), *_unnamed(record)]
    return found


def roots_as_judged(tables: Mapping[str, StoredTable]) -> list[dict[str, str]]:
    """Of each owner's findings, the roots of the tables that they were made of: the mission's first."""
    owners = {owner for _, owner in map(part_as_judged, tables) if owner is not None}
    found = []
    for owner in sorted(owners | {""}):
        names = {name: name_as_judged(name, owner) for name in CERTIFIED}
        found.append({name: tables[names[name] if names[name] in tables else name].rows_root for name in CERTIFIED})
    return found


def _nearest(certificate: bytes, parts: Sequence[dict[str, str]]) -> dict[str, str]:
    """Those roots of one owner that a certificate shares the most of; it must then share all."""
    try:
        stated = dict(json.loads(certificate)["roots"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return parts[0]  # the auditor says what is wrong with it
    return max(parts, key=lambda roots: sum(stated.get(name) == root for name, root in roots.items()))


def _declared(record: Record, ran: Ran) -> tuple[Mission, tuple[Mandate, ...]]:
    """The declaration and the mandates that the run read."""
    mission = mission_of(record.get(ran.files[DECLARATION]))
    return mission, parse_mandates({path: record.get(ran.files[path]) for path in mission.mandates})


def _unmatched(record: Record, ran: Ran, rows: list[dict[str, object]]) -> Iterator[str]:
    """Findings without the entry that names their certificate, and entries whose finding the run did not make."""
    standing: dict[str, Entry] = {
        entry.subject: entry for position, entry in record.entries(kind="finding") if position < ran.position
    }
    certified = {str(row["finding_id"]): row for row in rows if row["certificate_sha256"]}
    for name, row in certified.items():
        entry = standing.get(name)
        if entry is None or entry.hashes != (row["certificate_sha256"],):
            yield f"{name}: no entry names its certificate {str(row['certificate_sha256'])[:12]}."
        elif told := [part for part in _TOLD if entry.detail.get(part) != row[part]]:
            yield f"{name}: its entry says otherwise than the table of findings: {', '.join(told)}."
    for name, entry in standing.items():
        if entry.hashes and name not in certified:
            yield f"{name}: an entry names it and its certificate, and the latest run has no such finding."


def _unnamed(record: Record) -> Iterator[str]:
    """Derivations from bytes of which no entry before them says how they came in."""
    came: dict[str, int] = {}
    for position, entry in record.entries(kind="raw"):
        for sha256 in entry.hashes:
            came.setdefault(sha256, position)
    for kind in (KIND, DERIVED):
        for position, entry in record.entries(kind=kind):
            for sha256 in entry.hashes[1:]:
                if came.get(sha256, position) >= position:
                    yield (
                        f"entry {position}, {kind} {entry.subject}: it was made of {sha256[:12]}, and no entry before "
                        "it says how those bytes came in."
                    )


def erased_inputs(record: Record, ran: Ran) -> list[str]:
    """What the run read and nobody can read any more, in words: which, when, by whom, why. Raises: IntegrityError."""
    erasures = [entry for _, entry in record.entries(kind=ERASURE)]
    gone = []
    for path, sha256 in (ran.files | erased_since(record, ran)).items():
        try:
            record.get(sha256)
        except ErasedError as error:
            told = [entry for entry in erasures if sha256 in entry.hashes]
            why = f"erased on {told[-1].known_at[:10]} by {told[-1].author}" if told else error.problem.rstrip(".")
            because = f": {told[-1].detail['why']}" if told and told[-1].detail.get("why") else ""
            gone.append(f"{path} cannot be read any more ({why}{because})")
    return gone


def erased_since(record: Record, ran: Ran) -> dict[str, str]:
    """Hash by subject of what came in live, was read by the run and was erased after it. Raises: IntegrityError.

    What was erased before the run was left out by it.
    """
    since = {
        sha256 for position, entry in record.entries(kind=ERASURE) if position > ran.position for sha256 in entry.hashes
    }
    return {
        entry.subject: entry.hashes[0]
        for position, entry in record.entries(kind="raw")
        if position < ran.judged_by and entry.subject.startswith(LIVE) and entry.hashes[0] in since
    }
