"""Event x clause x addressee x reading -> finding: breach, no breach, or undetermined with what would decide it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.units import UNBOUNDED, US_PER_S
from truceline.judge.certificate import Certifier, Draft
from truceline.judge.counts import Counted, Run, flow_runs, stock_runs
from truceline.judge.evidence import BARE_STANDARD, Support, support_of
from truceline.judge.facts import Bench
from truceline.model.batch import table
from truceline.model.coverage import seen_permille
from truceline.model.finding import FINDINGS, Reason, Verdict
from truceline.model.mandate import Mandate
from truceline.model.material import Material
from truceline.terms.atoms import Atom, Between, OfWeapons
from truceline.terms.rules import Rule, opposite
from truceline.terms.weapons import WeaponFact, weapon_disputed
from truceline.terms.words import NO_BOUND, decider_words, exemption_decider_words

_DESCRIBING = (
    "act",
    "weapon",
    "object",
    "count",
    "time",
)  # a clause concerns an event that these possibly fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """FINDINGS rows, and the bytes of the certificate of each breach and undetermined finding, by sha-256."""

    findings: pa.Table
    certificates: dict[str, bytes]


def judge(material: Material, *, mandate: Mandate, now_s: int) -> Judgement:
    """Every finding that the material supports under one mandate.

    A clause speaks of an event if act, weapon, object and number possibly fit and it may have been in force: such an
    event gets a finding for each addressee it may be of. Others get none.

    Args:
        now_s: whole seconds UTC; obligations whose deadline has passed by then get a finding.
    """
    bench = Bench(mandate, material)
    certifier = Certifier(bench)
    rows, certificates = [], {}
    for draft in _drafts(bench, now_s):
        row = _row(bench, draft)
        if draft.verdict != Verdict.NO_BREACH:
            content = certifier.certificate(draft)
            row["certificate_sha256"] = sha256_hex(content)
            certificates[sha256_hex(content)] = content
        rows.append(row)
    rows.sort(
        key=lambda row: (
            str(row["clause"]),
            str(row["reading"]),
            str(row["earliest_at_us"]),
            str(row["finding_id"]),
        )
    )
    return Judgement(findings=table(rows, FINDINGS), certificates=certificates)


def event_verdict(verdicts: Iterable[str]) -> tuple[Verdict, Reason | None]:
    """One event under one clause and reading, whoever's act it was: alike for all addressees, or `undetermined:
    party`.
    """
    said = set(verdicts)
    if len(said) == 1:
        return Verdict(said.pop()), None
    return Verdict.UNDETERMINED, Reason.PARTY


def _drafts(bench: Bench, now_s: int) -> Iterator[Draft]:
    for index, rule in enumerate(bench.rules):
        if rule.outcome:
            continue
        if rule.modality == "prohibited":
            yield from _of_events(bench, index)
        elif rule.modality == "limited":
            yield from _of_counts(bench, index)
        elif rule.modality == "required" and rule.period.until_s is not None and rule.period.until_s <= now_s:
            yield _of_obligation(bench, index)


def _of_events(bench: Bench, index: int) -> Iterator[Draft]:
    """Findings of a prohibition: one for each event it concerns."""
    rule = bench.rules[index]
    surely, possibly = bench.held(index)
    conflict = _conflicts(bench, index)
    for row in np.flatnonzero(_concerned(bench, rule)).tolist():
        outcome = _further_outcome(bench, rule, row)
        if not possibly[row]:
            yield Draft(index=index, rows=(row,), verdict=Verdict.NO_BREACH, outcome=outcome)
            continue
        support = _support(bench, index, row)
        reason, missing = None, support.missing
        if not surely[row]:
            reason, missing = _undecided(bench, rule, row)
        elif conflict[row]:
            reason, missing = Reason.CONFLICT, ("which of two clauses of opposite modality prevails",)
        elif support.reason:
            reason = support.reason
        if bench.facts.parties[row] != {rule.addressee}:
            missing = (*missing, "whose act it was: the sources name more than one party, or none")
        yield Draft(
            index=index,
            rows=(row,),
            verdict=Verdict.UNDETERMINED if reason else Verdict.BREACH,
            reason=reason,
            outcome=outcome,
            missing=missing,
            support=support,
        )


def _concerned(bench: Bench, rule: Rule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) events that the clause speaks of."""
    fits = bench.addressed(rule.addressee).copy()
    for atom in rule.atoms:
        if atom.column in _DESCRIBING:
            fits &= np.array([bench.atom_held(atom, row).possibly for row in range(len(fits))], np.bool_)
    return fits


def _conflicts(bench: Bench, index: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) events for which a clause of opposite modality surely holds: in this reading, or in all of its own."""
    rule = bench.rules[index]
    opposed: dict[str, list[int]] = {}
    for other, that in enumerate(bench.rules):
        if that.addressee == rule.addressee and not that.outcome and opposite(rule.modality, that.modality):
            opposed.setdefault(that.clause, []).append(other)
    found = np.zeros(len(bench.events), np.bool_)
    for readings in opposed.values():
        agreeing = [other for other in readings if bench.rules[other].reading == rule.reading]
        found |= np.logical_and.reduce([bench.held(other)[0] for other in agreeing or readings])
    return found


def _further_outcome(bench: Bench, rule: Rule, row: int) -> str:
    """The first further outcome of the clause that surely holds, or possibly (then with a question mark)."""
    maybe = ""
    for index, that in enumerate(bench.rules):
        if that.outcome and (that.clause, that.addressee, that.reading) == (
            rule.clause,
            rule.addressee,
            rule.reading,
        ):
            surely, possibly = bench.held(index)
            if surely[row]:
                return that.outcome
            maybe = maybe or (f"{that.outcome}?" if possibly[row] else "")
    return maybe


def _support(bench: Bench, index: int, row: int) -> Support:
    rule = bench.rules[index]
    return support_of(
        bench.supporting(index, row),
        addressee=rule.addressee,
        standard=bench.standard(rule) or BARE_STANDARD,
        sources=bench.material.sources,
    )


def _undecided(bench: Bench, rule: Rule, row: int) -> tuple[Reason, tuple[str, ...]]:
    """Why a rule possibly, not surely, holds, and every fact that would decide it."""
    zone = bench.mandate.header.zone
    open_atoms = [atom for atom in rule.atoms if not bench.atom_held(atom, row).surely]
    missing = [decider_words(atom, bench.fact(atom, row), zone) for atom in open_atoms]
    for atom in open_atoms:
        fact = bench.fact(atom, row)
        if isinstance(atom, OfWeapons) and isinstance(fact, WeaponFact) and weapon_disputed(atom.term, fact):
            positions = "; ".join(dict.fromkeys(_positions(bench, atom.names)))
            return Reason.SCOPE_DISPUTED, (f"whether {' or '.join(atom.names)} covers it ({positions})",)
    pending = [each for each in rule.exemptions if bench.atom_held(each, row).possibly]
    missing += [exemption_decider_words(each, bench.fact(each, row), bench.mandate) for each in pending]
    overriding = [
        bench.rules[other].clause for group in rule.overriders for other in group if bench.held(other)[1][row]
    ]
    missing += [f"whether clause {clause}, which overrides, applies" for clause in dict.fromkeys(overriding)]
    measured = [*open_atoms, *(each for each in pending if each.column.startswith("inside:"))]
    if any(_unknown(bench, atom, row) for atom in measured):
        return Reason.UNKNOWN_FACT, tuple(missing)
    return (Reason.MEASUREMENT if measured else Reason.EXEMPTION_PENDING), tuple(missing)


def _positions(bench: Bench, names: Iterable[str]) -> Iterator[str]:
    """Who says what about the disputed members of these weapons classes, and of the classes that these name."""
    for item in bench.mandate.weapons:
        if item.name in names:
            if item.positions:
                yield item.positions
            yield from _positions(bench, (*item.members, *item.disputed))


def _unknown(bench: Bench, atom: Atom, row: int) -> bool:
    """Whether an open condition is about something nobody knows, rather than about the error of what was measured."""
    if not isinstance(atom, Between) or atom.column.startswith("gate:"):
        return True
    span = bench.facts.span(atom.column, row)
    return max(abs(span.lo), abs(span.hi)) >= UNBOUNDED


def _of_counts(bench: Bench, index: int) -> Iterator[Draft]:
    """Findings of a limit: one for each maximal run above it."""
    rule = bench.rules[index]
    assert rule.limit is not None
    surely, possibly = bench.held(index)
    rows = _by_name(bench, possibly)
    supports = {int(row): _support(bench, index, int(row)) for row in rows}
    sure = np.array([bool(surely[row]) and supports[int(row)].reason is None for row in rows], np.bool_)
    count_lo, count_hi = (bench.facts.spans["count"][end][rows] for end in (0, 1))
    if rule.limit.unit == "events":
        count_lo, count_hi = np.ones_like(count_lo), np.ones_like(count_hi)
    time_lo, time_hi = (bench.facts.spans["time"][end][rows] for end in (0, 1))
    counted = Counted(time_lo, time_hi, np.where(sure, count_lo, 0), count_hi)
    if rule.limit.window_s is None:
        inventories = [str(bench.events[int(row)]["inventory"] or "") for row in rows]
        runs = stock_runs(counted, inventories, most=rule.limit.most)
    else:
        runs = flow_runs(counted, most=rule.limit.most, window_s=rule.limit.window_s, grain_s=1)
    for run in runs:
        yield _of_run(index, run, tuple(int(rows[each]) for each in sorted(run.rows)), supports)


def _by_name(
    bench: Bench, held: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Rows that hold, in the order of their events' names: the order of the table means nothing."""
    named = sorted(np.flatnonzero(held).tolist(), key=lambda row: str(bench.events[row]["event_id"]))
    return np.array(named, np.intp)


def _of_run(index: int, run: Run, rows: tuple[int, ...], supports: dict[int, Support]) -> Draft:
    upper = "no upper bound" if run.most >= NO_BOUND else str(run.most)
    sources = tuple(sorted({source for row in rows for source in supports[row].sources}))
    groups = tuple(sorted({group for row in rows for group in supports[row].groups}))
    support = Support(reason=None, groups=groups, sources=sources, missing=())
    if run.surely:
        return Draft(index=index, rows=rows, verdict=Verdict.BREACH, support=support, run=run)
    reasons = [supports[row].reason for row in rows if supports[row].reason]
    return Draft(
        index=index,
        rows=rows,
        verdict=Verdict.UNDETERMINED,
        reason=reasons[0] if reasons and all(supports[row].reason for row in rows) else Reason.MEASUREMENT,
        missing=(f"the number: at least {run.least}, at most {upper} within the window",),
        support=support,
        run=run,
    )


def _of_obligation(bench: Bench, index: int) -> Draft:
    """The finding of a required act at its deadline."""
    surely, possibly = bench.held(index)
    done = [int(row) for row in _by_name(bench, surely) if _support(bench, index, int(row)).reason is None]
    if done:
        return Draft(index=index, rows=tuple(done), verdict=Verdict.NO_BREACH)
    rule = bench.rules[index]
    due = bench.due(rule, (rule.period.until_s or 0) - 1)
    if not due.possibly:
        return Draft(index=index, rows=(), verdict=Verdict.NO_BREACH)
    rows = tuple(int(row) for row in _by_name(bench, possibly))
    if rows:
        support = _support(bench, index, rows[0])
        reason = support.reason or Reason.MEASUREMENT
        return Draft(
            index=index,
            rows=rows,
            verdict=Verdict.UNDETERMINED,
            reason=reason,
            missing=support.missing or ("whether what was seen meets the obligation before the deadline",),
            support=support,
        )
    clause, period = bench.clauses[rule.clause], rule.period
    if not due.surely:
        columns = [*(each for each in rule.atoms if each.column.startswith("gate:")), *rule.lifted]
        names = " and ".join(each.column.split(":")[1] for each in columns)
        return Draft(
            index=index,
            rows=(),
            verdict=Verdict.UNDETERMINED,
            reason=Reason.EXEMPTION_PENDING,
            missing=(f"whether the duty held at its deadline: a decision on {names}",),
        )
    term = (period.from_s or 0) * US_PER_S, (period.until_s or 0) * US_PER_S
    seen = seen_permille(bench.material.coverage.to_pylist(), clause.name, *term)
    needed = bench.mandate.header.coverage_permille
    if seen is not None and needed is not None and seen >= needed:
        return Draft(index=index, rows=(), verdict=Verdict.BREACH)
    return Draft(
        index=index,
        rows=(),
        verdict=Verdict.UNDETERMINED,
        reason=Reason.NOT_OBSERVED,
        missing=(
            "coverage of the whole term" + ("" if seen is None else f" (known: {seen // 10} %)")
            if needed is not None
            else "how much must have been seen before the act counts as not done: the text does not say",
        ),
    )


def _row(bench: Bench, draft: Draft) -> dict[str, object]:
    rule = bench.rules[draft.index]
    events = [bench.events[row] for row in draft.rows]
    ids = sorted(str(event["event_id"]) for event in events)
    key = [bench.mandate.name, rule.clause, rule.addressee, rule.reading, *ids]
    deadline_us = (rule.period.until_s or 0) * US_PER_S - 1  # the last moment at which it could have been done
    start = min((event["earliest_at_us"] for event in events), default=deadline_us)
    end = max((event["latest_at_us"] for event in events), default=deadline_us)
    return {
        "finding_id": "fnd-" + sha256_hex(canonical_bytes(key))[:12],
        "mandate": bench.mandate.name,
        "clause": rule.clause,
        "addressee": rule.addressee,
        "reading": rule.reading,
        "event_ids": ids,
        "earliest_at_us": start,
        "latest_at_us": end,
        "verdict": str(draft.verdict),
        "reason": str(draft.reason or ""),
        "breach_class": bench.clauses[rule.clause].breach_class if draft.verdict == Verdict.BREACH else "",
        "outcome": draft.outcome,
        "missing": list(draft.missing),
        "sources": list(draft.support.sources) if draft.support else [],
        "certificate_sha256": "",
    }
