"""Clause x addressee x period x reading -> what the sources support, and no more.

Only an assessment may speak of absence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from truceline.base.time import seconds_of
from truceline.base.units import US_PER_S
from truceline.judge.facts import Bench
from truceline.judge.kernel import Kernel, held_bit
from truceline.model.batch import table
from truceline.model.coverage import seen_permille
from truceline.model.finding import ASSESSMENTS, Outcome, Reason, Verdict, WindowCount
from truceline.model.mandate import Mandate, Period
from truceline.model.material import Material
from truceline.model.source import Source
from truceline.terms.atoms import Between
from truceline.terms.rules import Rule

# Which reason an assessment gives when its findings are open for several: the first of these that occurs.
_PRECEDENCE = (
    Reason.CONFLICT,
    Reason.SCOPE_DISPUTED,
    Reason.PARTY,
    Reason.MEASUREMENT,
    Reason.UNKNOWN_FACT,
    Reason.EXEMPTION_PENDING,
    Reason.EVIDENCE,
    Reason.ONE_SIDED,
    Reason.NOT_OBSERVED,
)


def assess(material: Material, findings: pa.Table, *, mandate: Mandate, period: Period) -> pa.Table:
    """ASSESSMENTS of every clause, addressee and reading over the part of `period` in which it binds.

    `none_found` needs known coverage of at least what the mandate states and nothing left open; a zero in a party's own
    record says "none recorded by the accuser" and carries no further than `one-sided`.
    """
    bench = Bench(mandate, material)
    rows = [
        _assessment(bench, findings.to_pylist(), rule, clipped)
        for rule in bench.rules
        if not rule.outcome and rule.modality != "allowed" and (clipped := overlap(rule.period, period))
    ]
    return table(rows, ASSESSMENTS)


def overlap(one: Period, other: Period) -> Period | None:
    """The period common to both; None where there is none."""
    from_s = max((each.from_s for each in (one, other) if each.from_s is not None), default=None)
    until_s = min((each.until_s for each in (one, other) if each.until_s is not None), default=None)
    if from_s is not None and until_s is not None and from_s >= until_s:
        return None
    return Period(from_s=from_s, until_s=until_s)


def _assessment(bench: Bench, findings: Sequence[dict[str, object]], rule: Rule, period: Period) -> dict[str, object]:
    mine = [
        finding
        for finding in findings
        if (finding["clause"], finding["addressee"], finding["reading"]) == (rule.clause, rule.addressee, rule.reading)
        and _overlaps(finding, period)
    ]
    breaches = [each for each in mine if each["verdict"] == Verdict.BREACH and _his(bench, each, rule.addressee)]
    anybodys = [each for each in mine if each["verdict"] == Verdict.BREACH and each not in breaches]
    open_findings = anybodys + [each for each in mine if each["verdict"] == Verdict.UNDETERMINED]
    claims = _claims(bench, rule, period)
    term = (period.from_s or 0) * US_PER_S, (period.until_s or 0) * US_PER_S
    seen = seen_permille(bench.material.coverage.to_pylist(), rule.clause, *term)
    records = _records(bench, rule)
    needed = bench.mandate.header.coverage_permille
    enough = seen is not None and needed is not None and seen >= needed
    seen_words = "coverage is not known" if seen is None else f"only {seen // 10} % of it was seen"
    recorded = _recorded(bench, rule, mine, period)
    aside = bench.material.set_aside
    if breaches:
        outcome, reason, words = (
            Outcome.BREACH_FOUND,
            None,
            counted(len(breaches), "finding of breach", "findings of breach"),
        )
    elif open_findings:
        reasons = {str(each["reason"] or Reason.PARTY) for each in open_findings}
        outcome, reason = Outcome.UNDETERMINED, next(each for each in _PRECEDENCE if each in reasons)
        words = f"{_open_words(open_findings)}: {', '.join(sorted(reasons))}"
    elif rule.modality == "required" and mine:
        done = any(finding["event_ids"] for finding in mine)
        words = "the act was seen done before the deadline" if done else "no duty held at the deadline"
        outcome, reason = Outcome.NONE_FOUND, None
    elif enough and not aside:
        outcome, reason = Outcome.NONE_FOUND, None
        words = f"none found, with {(seen or 0) // 10} % of it seen ({-(-(needed or 0) // 10)} % required)"
    elif enough:
        outcome, reason = Outcome.UNDETERMINED, Reason.UNKNOWN_FACT
        words = (
            f"none found in what could be read; {counted(aside, 'row was', 'rows were')} set aside and may concern it"
        )
    elif records:
        outcome, reason, words = Outcome.UNDETERMINED, Reason.ONE_SIDED, _record_words(records, rule)
    elif claims:
        outcome, reason = Outcome.UNDETERMINED, Reason.CLAIMS_ONLY
        words = f"{counted(claims, 'claim', 'claims')} by a party; nobody observed it independently"
    elif recorded:
        outcome, reason = Outcome.UNDETERMINED, Reason.NOT_OBSERVED
        words = f"{counted(recorded, 'event', 'events')} recorded, none of them a breach; {seen_words}"
    else:
        outcome, reason, words = Outcome.UNDETERMINED, Reason.NOT_OBSERVED, f"nothing recorded, and {seen_words}"
        if aside:
            words += f"; {counted(aside, 'row', 'rows')} of observations set aside unread"
    return {
        "mandate": bench.mandate.name,
        "clause": rule.clause,
        "addressee": rule.addressee,
        "reading": rule.reading,
        "from_s": period.from_s,
        "until_s": period.until_s,
        "outcome": str(outcome),
        "reason": str(reason or ""),
        "breaches": len(breaches),
        "undetermined": len(open_findings),
        "claims": claims,
        "coverage_permille": seen,
        "words": words,
    }


def counted(number: int, one: str, many: str) -> str:
    """`1 claim`, `2 claims`."""
    return f"{number} {one if number == 1 else many}"


def _open_words(findings: Sequence[dict[str, object]]) -> str:
    if not any(finding["event_ids"] for finding in findings):
        return "nobody was seen to do it"
    return counted(len(findings), "finding", "findings") + ", none decided"


def _recorded(bench: Bench, rule: Rule, mine: Sequence[dict[str, object]], period: Period) -> int:
    """Events that the clause may speak of, and that are no breach of it: not nothing."""
    if rule.modality != "limited":
        return len(mine)
    possibly = bench.held(bench.rules.index(rule))[1]
    rows = [event for event, held in zip(bench.events, possibly, strict=True) if held]
    return sum(_overlaps(row, period) for row in rows)


def _his(bench: Bench, finding: dict[str, object], addressee: str) -> bool:
    """Whether every event of the finding is reported as this addressee's and nobody else's.

    Without that a breach holds only "if it was his": the assessment of one party says `party`, not `breach_found`.
    """
    ids = finding["event_ids"]
    assert isinstance(ids, list)
    return all(bench.parties_of(str(each)) == {addressee} for each in ids)


def _overlaps(row: dict[str, object], period: Period) -> bool:
    first, last = (seconds_of(int(str(row[name]))) for name in ("earliest_at_us", "latest_at_us"))
    return (period.until_s is None or first < period.until_s) and (period.from_s is None or last >= period.from_s)


def _claims(bench: Bench, rule: Rule, period: Period) -> int:
    acts = bench.clauses[rule.clause].acts
    return sum(
        claim["accused"] == rule.addressee
        and claim["topic"] in ("", bench.mandate.name)
        and claim["act"] in ("", *acts)
        and _overlaps(claim, period)
        for claim in bench.material.claims.to_pylist()
    )


def _records(bench: Bench, rule: Rule) -> list[Source]:
    """Parties' own records that cover this addressee and one of the clause's acts."""
    acts = bench.clauses[rule.clause].acts
    return [
        source
        for source in bench.material.sources.values()
        if source.kind == "party_record" and rule.addressee in source.about and set(source.acts) & set(acts)
    ]


def _record_words(records: Sequence[Source], rule: Rule) -> str:
    own = [source for source in records if source.party == rule.addressee]
    by = ", ".join(source.party or source.name for source in records)
    if len(own) == len(records):
        return f"none recorded by {by} itself"
    return f"none recorded by the accuser ({by}); not independently confirmed"


LONGEST_WINDOW_S = 60 * 86_400  # windows longer than this have no useful equal periods beside them


def window_counts(material: Material, *, mandate: Mandate) -> tuple[WindowCount, ...]:
    """For each clause with a closed window: what each source recorded inside, and in the equal periods before and
    after.

    A party that is not bound is counted too, marked so: both directions are shown, findings only for who is bound.
    """
    everyone = replace(mandate, parties=tuple(replace(party, unbound="") for party in mandate.parties))
    bench = Bench(everyone, material)
    bound = {party.name for party in mandate.parties if not party.unbound}
    counts: list[WindowCount] = []
    for rule in bench.rules:
        from_s, until_s = rule.period.from_s, rule.period.until_s
        if rule.outcome or rule.modality != "prohibited" or from_s is None or until_s is None:
            continue
        if until_s - from_s > LONGEST_WINDOW_S:
            continue
        length_s = until_s - from_s
        for which, shift_s in (("before", -length_s), ("inside", 0), ("after", length_s)):
            window = Period(from_s=from_s + shift_s, until_s=until_s + shift_s)
            counts += _window(bench, rule, which, window, rule.addressee in bound)
    spoken = {_who(count) for count in counts if count.touching or count.unstated or _covers(bench, count)}
    return tuple(count for count in counts if _who(count) in spoken)


def _who(count: WindowCount) -> tuple[str, str, str, str]:
    return count.clause, count.addressee, count.reading, count.source_id


def _covers(bench: Bench, count: WindowCount) -> bool:
    """Whether the source declares that it records such acts of this addressee: then its zero says something."""
    rule = next(r for r in bench.rules if (r.clause, r.addressee, r.reading) == _who(count)[:3] and not r.outcome)
    return any(source.id == count.source_id for source in _records(bench, rule))


def _window(bench: Bench, rule: Rule, which: str, window: Period, bound: bool) -> Iterator[WindowCount]:
    """One count for each source that recorded anything the clause may cover, or that declares to record it."""
    assert window.from_s is not None
    assert window.until_s is not None
    lasting = tuple(a for a in rule.atoms if a.column != "time" and not a.column.startswith("gate:"))
    timeless = replace(rule, atoms=lasting, exemptions=(), overriders=())
    timed = replace(timeless, atoms=(Between("time", window.from_s, window.until_s - 1),))
    surely, possibly = Kernel([timeless, timed], bench.facts.values).planes(
        bench.facts.spans, bench.facts.codes, rows=len(bench.events)
    )
    his_surely = np.array([each == {rule.addressee} for each in bench.facts.parties], np.bool_)
    covered = held_bit(surely, 0).astype(np.bool_) & his_surely
    maybe_covered = held_bit(possibly, 0).astype(np.bool_) & bench.addressed(rule.addressee) & ~covered
    inside, touches = held_bit(surely, 1).astype(np.bool_), held_bit(possibly, 1).astype(np.bool_)
    items = bench.facts.spans["count"][0]
    event_sources = np.array([_source_of(bench, row) for row in range(len(bench.events))], dtype=object)
    recording = {source.id for source in _records(bench, rule)}
    for source in sorted({*event_sources[covered | maybe_covered], *recording}):
        theirs = event_sources == source
        yield WindowCount(
            clause=rule.clause,
            addressee=rule.addressee,
            reading=rule.reading,
            bound=bound,
            source_id=source,
            which=which,
            from_s=window.from_s,
            until_s=window.until_s,
            wholly=int(items[covered & inside & theirs].sum()),
            touching=int(items[covered & touches & theirs].sum()),
            unstated=int(items[maybe_covered & touches & theirs].sum()),
        )


def _source_of(bench: Bench, row: int) -> str:
    """The source of an event, or all of its sources joined."""
    members = [bench.observations[str(member)][1] for member in bench.events[row]["members"]]
    return "+".join(sorted({str(member["source_id"]) for member in members}))
