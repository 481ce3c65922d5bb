"""What a text does not say: each gap as one sentence with its line and what to write instead."""

from collections.abc import Iterator

from truceline.model import mandate as m
from truceline.model.remark import Remark


def undefined_remarks(mandate: m.Mandate) -> Iterator[Remark]:
    """Everything the text does not say, in no particular order."""
    yield from _of_the_whole(mandate)
    yield from _of_parties(mandate)
    for clause in mandate.clauses:
        yield from _of_clause(mandate, clause)
    yield from _of_disputes(mandate)


def _of_the_whole(mandate: m.Mandate) -> Iterator[Remark]:
    title = mandate.header.title
    if not any(body.monitors for body in mandate.bodies):
        yield Remark(
            code="NO-MONITOR",
            line=0,
            subject=mandate.name,
            words=f"{title} names nobody who monitors it.",
            suggestion='Name one: body NAME "…" monitors.',
        )
    breaching = [clause for clause in mandate.clauses if clause.modality != "allowed"]
    if breaching and not any(clause.breach_class for clause in breaching):
        yield Remark(
            code="NO-VIOLATION",
            line=0,
            subject=mandate.name,
            words=f"{title} does not say what counts as a violation.",
            suggestion="Name the breach of each clause: breach NAME.",
        )
    if breaching and not any(clause.response for clause in breaching):
        yield Remark(
            code="NO-RESPONSE",
            line=0,
            subject=mandate.name,
            words=f"{title} names no procedure: nothing follows from a breach of any clause.",
            suggestion="breach … respond NAME, and response NAME with its steps and ends.",
        )
    if breaching and not mandate.attribution:
        yield Remark(
            code="NO-ATTRIBUTION",
            line=0,
            subject=mandate.name,
            words=f"{title} names nobody to decide who did it.",
            suggestion="attribution BODY panel 2 of 3 within 24h otherwise not_attributed",
        )
    if mandate.header.coverage_permille is None:
        yield Remark(
            code="NO-COVERAGE",
            line=0,
            subject=mandate.name,
            words=f"{title} does not say how much must have been seen before an absence may be stated.",
            suggestion="State it: coverage >= 0.80.",
        )


def _of_parties(mandate: m.Mandate) -> Iterator[Remark]:
    for party in mandate.parties:
        if party.unbound:
            yield Remark(
                code="NOT-BOUND",
                line=party.line,
                subject=party.name,
                words=f"{party.title} is named and not bound: {party.unbound}. It gets no finding.",
                suggestion="Nothing to mend in the file: the text binds only who accepted it.",
            )


def _of_clause(mandate: m.Mandate, clause: m.Clause) -> Iterator[Remark]:
    if clause.modality == "allowed":
        return
    subject = f"clause {clause.name}"
    if clause.unverified:
        yield Remark(
            code="UNVERIFIED",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} ({clause.cites}) was not seen in a source.",
            suggestion="Read it against the signed text and take the word unverified away.",
        )
    if not clause.breach_class:
        yield Remark(
            code="NO-VIOLATION",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} names no class of breach.",
            suggestion="breach NAME",
        )
    elif not clause.response:
        said = f" The text says: {clause.no_response}." if clause.no_response else ""
        yield Remark(
            code="NO-RESPONSE",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} ({clause.cites}): a breach of class {clause.breach_class} leads nowhere.{said}",
            suggestion=f"breach {clause.breach_class} … respond NAME, and response NAME with its steps and ends.",
        )
    if not clause.standard:
        yield Remark(
            code="NO-EVIDENCE",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} names no evidence standard: how many sources, of which kind, how sure.",
            suggestion="evidence NAME = 2 independent sources confidence >= 0.80, then breach … needs NAME.",
        )
    for exemption in (*clause.exemptions, *(e for further in clause.outcomes for e in further.exemptions)):
        if not (exemption.decider or exemption.to or exemption.site):
            yield Remark(
                code="EXEMPTION",
                line=clause.line,
                subject=subject,
                words=f"{clause.name}: nobody is named to decide that {exemption.register} applies.",
                suggestion=f"unless {exemption.register} decided by BODY",
            )
    if not clause.places and clause.modality != "required":
        yield Remark(
            code="NO-PLACE",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} holds everywhere: the text draws no line and no zone.",
            suggestion="within DISTANCE of LINE, or in ZONE; nothing if everywhere is meant.",
        )
    yield from _baselines(mandate, clause)


def _baselines(mandate: m.Mandate, clause: m.Clause) -> Iterator[Remark]:
    lines = {party.baseline for party in mandate.parties if party.name in clause.parties}
    if len(lines) > 1 and any(place.feature == m.BASELINE for place in clause.places):
        yield Remark(
            code="BASELINE",
            line=clause.line,
            subject=f"clause {clause.name}",
            words=f"{clause.name} is measured from different lines ({', '.join(sorted(lines))}); "
            "where they part, the zone is wider.",
            suggestion="State the width where the lines diverge.",
        )


def _of_disputes(mandate: m.Mandate) -> Iterator[Remark]:
    for dispute in mandate.disputes:
        named = "; ".join(f"{reading.name}: {reading.words}" for reading in dispute.readings)
        yield Remark(
            code="DISPUTED",
            line=dispute.line,
            subject=f"dispute {dispute.name}",
            words=f"{dispute.words} is read in {len(dispute.readings)} ways ({named}). Findings are given under each.",
            suggestion="Only the parties, or the body they named, can settle it.",
        )
    for weapons in mandate.weapons:
        if weapons.disputed:
            yield Remark(
                code="SCOPE",
                line=weapons.line,
                subject=f"weapons {weapons.name}",
                words=f"whether {weapons.name} covers {', '.join(weapons.disputed)} is disputed ({weapons.positions}).",
                suggestion="Only the parties, or the body they named, can settle it.",
            )
