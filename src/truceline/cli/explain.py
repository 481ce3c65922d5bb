"""Behind `explain`: one finding, read from the record alone."""

from pathlib import Path

from truceline.base.errors import UnknownNameError
from truceline.mandate import parse_mandates
from truceline.model.material import Material
from truceline.record import Record
from truceline.run.batch import record_in, recorded_inputs
from truceline.run.explaining import Explanation, Grounds, Row, explained


def explain_finding(folder: Path, name: str) -> Explanation:
    """The finding whose id is, or begins with, `name`, as it stands in the record.

    Raises: UnknownNameError: there is none, or several begin so. IntegrityError: a byte of the record was altered.
    """
    with record_in(folder) as record:
        inputs = recorded_inputs(record)
        mandates = {mandate.name: mandate for mandate in parse_mandates(inputs.mandates)}
        rows = [row for mandate in mandates for row in record.table(f"findings {mandate}").to_pylist()]
        finding = _find(rows, name, record)
        material = Material(
            events=record.table("events"),
            observations=record.table("observations"),
            placings=record.table("placings"),
            notices=record.table("notices"),
            claims=record.table("claims"),
            coverage=record.table("coverage"),
            sources={source.id: source for source in inputs.mission.sources},
        )
        raw = {sha256: entry.subject for _, entry in record.entries(kind="raw") for sha256 in entry.hashes}
        mandate = mandates[str(finding["mandate"])]
        return explained(Grounds(mandate=mandate, finding=finding, findings=rows, material=material, raw=raw))


def _find(rows: list[Row], name: str, record: Record) -> Row:
    found = [row for row in rows if str(row["finding_id"]).startswith(name)]
    if len(found) == 1:
        return found[0]
    past = [entry for _, entry in record.entries(kind="finding") if entry.subject.startswith(name) and entry.hashes]
    if past and not found:
        kept = past[-1].hashes[0]
        raise UnknownNameError(
            f"recorded at {past[-1].known_at} as {past[-1].detail['verdict']}; a later run does not make it any more.",
            subject=past[-1].subject,
            remedy=f"Its certificate stays in the record: record/content/{kept[:2]}/{kept[2:]}.",
        )
    ids = ", ".join(str(row["finding_id"]) for row in (found or rows)[:5])
    raise UnknownNameError(
        f"{len(found)} findings begin so." if found else "no finding is called so.",
        subject=name,
        remedy=f"Take one of report/findings.csv, for instance {ids}." if ids else "This run made no finding.",
    )
