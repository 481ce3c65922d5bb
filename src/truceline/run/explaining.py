"""Why a finding says what it says, from the clause down to the raw bytes: for the terminal and for the pages alike.

Made of tables, wherever they come from: the record of a run, or a live mission's latest round.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.time import local_words, seconds_of
from truceline.judge import Bench, event_verdict
from truceline.mandate import clause_words, standard_words
from truceline.model.mandate import Mandate
from truceline.model.material import Material
from truceline.terms import Atom, Held, Rule, atom_held, rules_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What an explanation is made of. `findings`: all that were made, for what the event is of the other addressees."""

    mandate: Mandate
    finding: Row
    findings: Sequence[Row]
    material: Material
    raw: Mapping[str, str]  # hash of bytes that came in -> by what name


def explained(grounds: Grounds) -> Explanation:
    """Everything, for the mission: the facts hold places."""
    mandate, finding, part = grounds.mandate, grounds.finding, _about(grounds.material, grounds.finding)
    return Explanation(
        finding=finding,
        sections=(
            ("Finding", _head(mandate, finding, grounds.findings)),
            *_judgement(mandate, finding, part),
            ("Down to the raw bytes", _way_down(part, grounds.raw)),
            ("Proof", _proof(finding)),
        ),
    )


def explained_outside(mandate: Mandate, finding: Row, findings: Sequence[Row]) -> Explanation:
    """For whoever the mission released the finding to: what the clause says and what the verdict means, no facts.

    Args: finding, findings: as they were released.
    """
    clause = next(each for each in mandate.clauses if each.name == finding["clause"])
    rule = next(each for each in rules_of(mandate) if each.key == _key(finding))
    sections = [("Finding", _head(mandate, finding, findings)), ("The clause", (clause_words(mandate, clause),))]
    if missing := tuple(str(each) for each in _list(finding["missing"])):
        sections.append(("What is missing, and would decide it", missing))
    sections.append(("What would change it", _changes(finding, rule, mandate)))
    return Explanation(finding=finding, sections=tuple(sections))


def _about(material: Material, finding: Row) -> Material:
    """Only what the finding is about: a mission may hold many thousands of other events."""
    events = _of(material.events, "event_id", _list(finding["event_ids"]))
    members = [member for each in events["members"].to_pylist() for member in each]
    subjects = [*_list(finding["event_ids"]), *members]
    return replace(
        material,
        events=events,
        observations=_of(material.observations, "observation_id", members),
        placings=_of(material.placings, "subject_id", subjects),
    )


def _of(table: pa.Table, column: str, wanted: Sequence[object]) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=pa.array([str(each) for each in wanted], pa.string())))


def _key(finding: Row) -> tuple[str, str, str, str]:
    return str(finding["clause"]), str(finding["addressee"]), str(finding["reading"]), ""


def _judgement(mandate: Mandate, finding: Row, material: Material) -> Iterator[Titled]:
    """The clause, the facts against each of its conditions, the evidence, what is missing, what would change it."""
    bench = Bench(mandate, material)
    index = next(number for number, rule in enumerate(bench.rules) if rule.key == _key(finding))
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


def _head(mandate: Mandate, finding: Row, rows: Sequence[Row]) -> tuple[str, ...]:
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


def _others(rows: Sequence[Row], finding: Row) -> tuple[str, ...]:
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


def _way_down(material: Material, raw: Mapping[str, str]) -> tuple[str, ...]:
    observations = {str(row["observation_id"]): row for row in material.observations.to_pylist()}
    lines = []
    for event in material.events.to_pylist():
        looked = ", not reviewed by a person" if event["status"] in ("reported", "preliminary") else ""
        lines.append(f"event {event['event_id']} ({event['status']}{looked})")
        for member in event["members"]:
            row = observations[str(member)]
            source, sha256 = material.sources[str(row["source_id"])], str(row["raw_sha256"])
            lines.append(f"  observation {member}: {source.name} ({source.kind.replace('_', ' ')})")
            if row["residual_m"] is not None:
                lines.append(f"    {row['remark']}")
                lines.append(f"    what its file says of its place disagrees by up to {row['residual_m']:.2g} m")
            lines.append(f"    {raw.get(sha256, 'raw bytes')}, {row['raw_at']}")
            lines.append(f"    record/content/{sha256[:2]}/{sha256[2:]}")
    return tuple(lines) or ("no event: nobody was seen to do it",)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
