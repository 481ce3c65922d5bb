"""A finding as it stands in the record, with everything that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass

from truceline.base.errors import UnknownNameError
from truceline.mandate import parse_mandates
from truceline.model.material import Material
from truceline.model.mission import Mission
from truceline.record import Record
from truceline.run.batch import recorded_inputs
from truceline.run.explaining import Grounds, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """One finding of the latest run. `mandate_path`: the file that holds its mandate."""

    grounds: Grounds
    mission: Mission
    mandate_path: str
    certificate: bytes

    @property
    def finding(self) -> Row:
        """Its row of `findings`."""
        return self.grounds.finding

    @property
    def name(self) -> str:
        """Its id."""
        return str(self.finding["finding_id"])


def finding_that_stands(record: Record, name: str) -> Stands:
    """The finding of the latest run whose id is `name`, or begins so.

    Raises: UnknownNameError: there is none, several begin so, or it has no certificate. IntegrityError.
    """
    inputs = recorded_inputs(record)
    paths = {parse_mandates({path: content})[0].name: path for path, content in inputs.mandates.items()}
    mandates = {mandate.name: mandate for mandate in parse_mandates(inputs.mandates)}
    rows = [row for mandate in mandates for row in record.table(f"findings {mandate}").to_pylist()]
    finding = _only(rows, name)
    material = Material(
        events=record.table("events"),
        observations=record.table("observations"),
        placings=record.table("placings"),
        notices=record.table("notices"),
        claims=record.table("claims"),
        coverage=record.table("coverage"),
        sources={source.id: source for source in inputs.mission.sources},
    )
    mandate = mandates[str(finding["mandate"])]
    return Stands(
        grounds=Grounds(mandate=mandate, finding=finding, findings=rows, material=material, raw=_names(record)),
        mission=inputs.mission,
        mandate_path=paths[mandate.name],
        certificate=record.get(str(finding["certificate_sha256"])),
    )


def _only(rows: list[Row], name: str) -> Row:
    found = [row for row in rows if name and str(row["finding_id"]).startswith(name)]
    if len(found) != 1:
        raise UnknownNameError(
            f"{len(found)} findings of the latest run begin so.",
            subject=name or "finding",
            remedy="Take one of report/findings.csv, with its whole id.",
        )
    if not found[0]["certificate_sha256"]:
        raise UnknownNameError(
            "it found no breach, and no certificate is kept for that.",
            subject=str(found[0]["finding_id"]),
            remedy="A bundle can be made of a breach and of what is undetermined.",
        )
    return found[0]


def _names(record: Record) -> Mapping[str, str]:
    return {sha256: entry.subject for _, entry in record.entries(kind="raw") for sha256 in entry.hashes}
