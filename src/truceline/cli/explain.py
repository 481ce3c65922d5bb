"""Why a finding says what it says, from the clause down to the raw bytes. Read from the record alone."""

import json
from dataclasses import dataclass
from pathlib import Path

from truceline.base.errors import UnknownNameError
from truceline.base.time import local_words, seconds_of
from truceline.mandate import clause_words
from truceline.model.products import Judged, Products
from truceline.pipeline import run_pipeline
from truceline.record import Record, open_record
from truceline.run.batch import RECORD, recorded_inputs
from truceline.terms.atoms import Span, atom_held
from truceline.terms.rules import Rule, rules_of
from truceline.terms.weapons import WeaponFact
from truceline.terms.words import condition_words, span_words, weapon_words

Row = dict[str, object]
_HELD = {(True, True): "surely", (False, True): "possibly", (False, False): "no"}


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
    """The finding whose id is, or begins with, `name`.

    Raises: UnknownNameError: there is none, or several begin so.
    """
    with open_record(folder / RECORD, writing=False) as record:
        products = run_pipeline(recorded_inputs(record))
        judged, finding = _find(products, name)
        return _explanation(record, products, judged, finding)


def _find(products: Products, name: str) -> tuple[Judged, Row]:
    rows = [(judged, row) for judged in products.judged for row in judged.findings.to_pylist()]
    found = [(judged, row) for judged, row in rows if str(row["finding_id"]).startswith(name)]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(str(row["finding_id"]) for _, row in (found or rows)[:5])
    raise UnknownNameError(
        f"{len(found)} findings begin so." if found else "no finding is called so.",
        subject=name,
        remedy=f"Take one of report/findings.csv, for instance {ids}." if ids else "This run made no finding.",
    )


def _explanation(record: Record, products: Products, judged: Judged, finding: Row) -> Explanation:
    rules = rules_of(judged.mandate)
    key = (finding["clause"], finding["addressee"], finding["reading"], "")
    rule = next(rule for rule in rules if rule.key == key)
    clause = next(clause for clause in judged.mandate.clauses if clause.name == rule.clause)
    sections = [
        ("Finding", _head(judged, finding)),
        ("The clause", (clause_words(judged.mandate, clause),)),
    ]
    certificate = json.loads(record.get(str(finding["certificate_sha256"]))) if finding["certificate_sha256"] else None
    zone = judged.mandate.header.zone
    if certificate:
        for event, facts in certificate["facts"].items():
            lines = [_fact_line(atom, facts[atom.column], zone, "") for atom in rule.atoms]
            lines += [_fact_line(atom, facts[atom.column], zone, "exempt if ") for atom in rule.exemptions]
            sections.append((f"Facts used, {event}", tuple(lines)))
    missing = tuple(str(each) for each in _list(finding["missing"]))
    sections.append(("What is missing, and would decide it", missing or ("nothing",)))
    sections.append(("What would change it", _changes(finding, rule)))
    sections.append(("Down to the raw bytes", _way_down(products, finding)))
    if certificate:
        proof = (
            f"certificate sha256 {finding['certificate_sha256']}",
            f"events rows_root {certificate['roots']['events']}",
            f"mandate sha256 {certificate['mandate_sha256']}",
        )
        sections.append(("Proof", proof))
    return Explanation(finding=finding, sections=tuple(sections))


def _head(judged: Judged, finding: Row) -> tuple[str, ...]:
    zone = judged.mandate.header.zone
    first, last = (
        local_words(seconds_of(int(str(finding[name]))), zone) for name in ("earliest_at_us", "latest_at_us")
    )
    verdict = str(finding["verdict"]) + (f": {finding['reason']}" if finding["reason"] else "")
    lines = [
        f"{finding['finding_id']} under {judged.mandate.header.title}",
        f"If this was {finding['addressee']}'s, then clause {finding['clause']}: {verdict}.",
        f"When: {first}" + (f" to {last}" if last != first else "") + f" ({zone})",
        "A finding says nothing about who did it: attribution is a separate record.",
    ]
    if finding["reading"]:
        lines.insert(2, f"Under the reading {finding['reading']}.")
    if finding["outcome"]:
        lines.append(f"Further outcome: {finding['outcome']}")
    return tuple(lines)


def _fact_line(atom: object, fact: object, zone: str, prefix: str) -> str:
    from truceline.terms.atoms import Between, OfWeapons

    assert isinstance(atom, Between | OfWeapons) or hasattr(atom, "names")
    parsed: Span | WeaponFact | str
    if isinstance(fact, str):
        parsed, known = fact, fact.replace("_", " ") or "not recorded"
    elif isinstance(fact, list) and len(fact) == 2:
        parsed = Span(int(fact[0]), int(fact[1]))
        known = span_words(atom.column, parsed, zone)  # type: ignore[attr-defined]
    else:
        assert isinstance(fact, list)
        parsed = WeaponFact(fact[0], fact[1], int(fact[2]), int(fact[3]))
        known = weapon_words(parsed)
    held = _HELD[tuple(atom_held(atom, parsed))]  # type: ignore[arg-type,index]
    return f"[{held:<8}] {prefix}{condition_words(atom, zone)}; known: {known}"  # type: ignore[arg-type]


def _changes(finding: Row, rule: Rule) -> tuple[str, ...]:
    if finding["verdict"] == "breach":
        lines = ["any fact above moved out of what its line demands, beyond its error"]
        lines += [f"an entry in the register {e.column.split(':')[1]} for {rule.addressee}" for e in rule.exemptions]
        return (*lines, "a correction by the source, which is a new observation")
    if finding["verdict"] == "no_breach":
        return ("a fact that moves every line above to possibly",)
    return ("each missing fact, either way",)


def _way_down(products: Products, finding: Row) -> tuple[str, ...]:
    wanted = {str(each) for each in _list(finding["event_ids"])}
    sources = {source.id: source for source in products.mission.sources}
    observations = {str(row["observation_id"]): row for row in products.observations.to_pylist()}
    paths = {feed.sha256: feed.feed for feed in products.feeds}
    lines = []
    for event in products.events.to_pylist():
        if event["event_id"] not in wanted:
            continue
        lines.append(f"event {event['event_id']} ({event['status']}, not reviewed by a person)")
        for member in event["members"]:
            row = observations[str(member)]
            source = sources[str(row["source_id"])]
            where = f"{paths.get(str(row['raw_sha256']), 'raw')} {row['raw_at']}"
            lines.append(f"  observation {member}: {source.name} ({source.kind.replace('_', ' ')}), {where}")
            lines.append(f"    raw bytes sha256 {row['raw_sha256']}, in record/content")
    return tuple(lines) or ("no event: nobody was seen to do it",)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
