"""Why a finding says what it says, from the clause down to the raw bytes.

Read from the record alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truceline.base.errors import UnknownNameError
from truceline.base.time import local_words, seconds_of
from truceline.judge import Bench, event_verdict
from truceline.mandate import clause_words, parse_mandates, standard_words
from truceline.model.mandate import Mandate
from truceline.model.material import Material
from truceline.model.source import Source
from truceline.record import Record, open_record
from truceline.run.batch import RECORD, recorded_inputs
from truceline.terms import Atom, Held, Rule, atom_held
from truceline.terms.words import condition_words, exemption_words, fact_words

Row = dict[str, object]
Titled = tuple[str, tuple[str, ...]]
_HELD = {Held(True, True): "surely", Held(False, True): "possibly", Held(False, False): "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Sections of (title, lines), and the finding's row."""

    finding: Row
    sections: tuple[tuple[str, tuple[str, ...]], ...]

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {"finding": self.finding, **{title: list(lines) for title, lines in self.sections}}

    def words(self) -> str:
        """For a person."""
        parts = [f"{title}\n" + "\n".join(f"  {line}" for line in lines) for title, lines in self.sections]
        return "\n\n".join(parts)


def explain_finding(folder: Path, name: str) -> Explanation:
    """The finding whose id is, or begins with, `name`, as it stands in the record.

    Raises: UnknownNameError: there is none, or several begin so. IntegrityError: a byte of the record was altered.
    """
    with open_record(folder / RECORD, writing=False) as record:
        inputs = recorded_inputs(record)
        mandates = {mandate.name: mandate for mandate in parse_mandates(inputs.mandates)}
        rows = [row for mandate in mandates for row in record.table(f"findings {mandate}").to_pylist()]
        finding = _find(rows, name, record)
        sources = {source.id: source for source in inputs.mission.sources}
        return Explanation(
            finding=finding,
            sections=(
                ("Finding", _head(mandates[str(finding["mandate"])], finding, rows)),
                *_judgement(record, mandates[str(finding["mandate"])], finding, sources),
                ("Down to the raw bytes", _way_down(record, sources, finding)),
                ("Proof", _proof(finding)),
            ),
        )


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


def _judgement(record: Record, mandate: Mandate, finding: Row, sources: Mapping[str, Source]) -> Iterator[Titled]:
    """The clause, the facts against each of its conditions, the evidence, what is missing, what would change it."""
    bench = Bench(mandate, _material(record, sources))
    key = (finding["clause"], finding["addressee"], finding["reading"], "")
    index = next(number for number, rule in enumerate(bench.rules) if rule.key == key)
    rule = bench.rules[index]
    clause = bench.clauses[rule.clause]
    yield "The clause", (clause_words(mandate, clause),)
    for row, event in enumerate(bench.facts.ids):
        if event in _list(finding["event_ids"]):
            zone = mandate.header.zone
            lines = [_fact_line(bench, atom, row, condition_words(atom, zone)) for atom in rule.atoms]
            lines += [_fact_line(bench, e, row, f"exempt if {exemption_words(e, mandate)}") for e in rule.exemptions]
            yield f"Facts, {event}", tuple(lines)
            yield f"Evidence, {event}", tuple(_evidence_lines(bench, index, row))
    missing = tuple(str(each) for each in _list(finding["missing"]))
    yield "What is missing, and would decide it", missing or ("nothing",)
    yield "What would change it", _changes(finding, rule, mandate)


def _material(record: Record, sources: Mapping[str, Source]) -> Material:
    """The judgement's material as the record holds it."""
    return Material(
        events=record.table("events"),
        observations=record.table("observations"),
        placings=record.table("placings"),
        notices=record.table("notices"),
        claims=record.table("claims"),
        coverage=record.table("coverage"),
        sources=sources,
    )


def _evidence_lines(bench: Bench, index: int, row: int) -> Iterator[str]:
    """The standard, and each observation that supports it on every condition."""
    standard = bench.standard(bench.rules[index])
    yield f"needed: {standard_words(standard)}" if standard else "the text names no standard: one source of the mission"
    for observation in bench.supporting(index, row):
        source = bench.material.sources[str(observation["source_id"])]
        stated = observation["confidence_permille"]
        sure = "no confidence stated" if stated is None else f"{int(str(stated)) / 10:.0f} % confident"
        means = str(observation["means"]).replace("_", " ") or "means not stated"
        yield f"{source.name} ({source.kind.replace('_', ' ')}, counts as {source.independence}): {means}, {sure}"


def _proof(finding: Row) -> tuple[str, ...]:
    if not finding["certificate_sha256"]:
        return ("no certificate: one is kept for each breach and each undetermined finding",)
    return (
        f"certificate sha256 {finding['certificate_sha256']}, in record/content",
        "it holds the conditions, the facts, their rows with proofs; truceline verify audits it",
    )


def _head(mandate: Mandate, finding: Row, rows: list[Row]) -> tuple[str, ...]:
    zone = mandate.header.zone
    first, last = (
        local_words(seconds_of(int(str(finding[name]))), zone) for name in ("earliest_at_us", "latest_at_us")
    )
    verdict = str(finding["verdict"]) + (f": {finding['reason']}" if finding["reason"] else "")
    lines = [
        f"{finding['finding_id']} under {mandate.header.title}",
        f"If this was {finding['addressee']}'s, then clause {finding['clause']}: {verdict}.",
        f"When: {first}" + (f" to {last}" if last != first else "") + f" ({zone})",
        "A finding says nothing about who did it: attribution is a separate record.",
    ]
    if finding["reading"]:
        lines.insert(2, f"Under the reading {finding['reading']}.")
    lines += _others(rows, finding)
    if finding["outcome"]:
        lines.append(f"Further outcome: {finding['outcome']}")
    return tuple(lines)


def _fact_line(bench: Bench, atom: Atom, row: int, demanded: str) -> str:
    fact = bench.fact(atom, row)
    known = fact_words(atom, fact, bench.mandate.header.zone)
    return f"[{_HELD[atom_held(atom, fact)]:<8}] {demanded}; known: {known}"


def _others(rows: list[Row], finding: Row) -> tuple[str, ...]:
    """What the same event is for the other addressees it may be of."""
    same = [
        row for row in rows if all(row[name] == finding[name] for name in ("mandate", "clause", "reading", "event_ids"))
    ]
    if len(same) < 2:
        return ()
    verdict, reason = event_verdict(str(row["verdict"]) for row in same)
    said = ", ".join(f"if {row['addressee']}'s: {row['verdict']}" for row in same)
    return (f"Whose it was is not known ({said}); so whoever's it was: {verdict}{f': {reason}' if reason else ''}.",)


def _changes(finding: Row, rule: Rule, mandate: Mandate) -> tuple[str, ...]:
    if finding["verdict"] == "breach":
        lines = ["any fact above moved out of what its line demands, beyond its error"]
        lines += [f"that it was {exemption_words(each, mandate)}" for each in rule.exemptions]
        return (*lines, "a correction by the source, which is a new observation")
    if finding["verdict"] == "no_breach":
        return ("a correction that makes every condition above at least possible, and no exemption sure",)
    return ("each missing fact, either way",)


def _way_down(record: Record, sources: Mapping[str, Source], finding: Row) -> tuple[str, ...]:
    wanted = {str(each) for each in _list(finding["event_ids"])}
    observations = {str(row["observation_id"]): row for row in record.table("observations").to_pylist()}
    files = {sha256: entry.subject for _, entry in record.entries(kind="raw") for sha256 in entry.hashes}
    lines = []
    for event in record.table("events").to_pylist():
        if event["event_id"] not in wanted:
            continue
        lines.append(f"event {event['event_id']} ({event['status']}, not reviewed by a person)")
        for member in event["members"]:
            row = observations[str(member)]
            source, sha256 = sources[str(row["source_id"])], str(row["raw_sha256"])
            lines.append(f"  observation {member}: {source.name} ({source.kind.replace('_', ' ')})")
            lines.append(f"    {files.get(sha256, 'raw bytes')}, {row['raw_at']}")
            lines.append(f"    record/content/{sha256[:2]}/{sha256[2:]}")
    return tuple(lines) or ("no event: nobody was seen to do it",)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
