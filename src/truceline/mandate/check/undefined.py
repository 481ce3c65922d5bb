"""What a text does not say: each gap as one sentence with its line and what to write instead."""

from collections.abc import Iterator, Mapping

from truceline.base.units import distance_words
from truceline.model import mandate as m
from truceline.model.remark import Apart, Remark

Divergences = Mapping[tuple[str, str], tuple[Apart, ...]]
"""Where the second line lies farthest from the first, by the names of both; only for lines that were measured."""


def undefined_remarks(mandate: m.Mandate, divergences: Divergences) -> Iterator[Remark]:
    """Everything the text does not say, in no particular order."""
    yield from _of_the_whole(mandate)
    yield from _of_parties(mandate)
    classes = any(clause.breach_class for clause in mandate.clauses)
    standards = any(clause.standard for clause in mandate.clauses)
    for clause in mandate.clauses:  # what no clause names is said once for all, and not again for each
        yield from _of_clause(clause, classes=classes, standards=standards)
    yield from _of_baselines(mandate, divergences)
    yield from _of_disputes(mandate)
    yield from _of_answers(mandate)


def _of_the_whole(mandate: m.Mandate) -> Iterator[Remark]:
    if not any(body.monitors for body in mandate.bodies):
        yield Remark(
            code="NO-MONITOR",
            line=0,
            subject=mandate.name,
            words="The text names nobody who monitors it.",
            suggestion='Name one: body NAME "…" monitors.',
        )
    breaching = [clause for clause in mandate.clauses if clause.modality != "allowed"]
    if breaching and not any(clause.breach_class for clause in breaching):
        yield Remark(
            code="NO-VIOLATION",
            line=0,
            subject=mandate.name,
            words="The text does not say what counts as a violation.",
            suggestion="Name the breach of each clause: breach NAME.",
        )
    if breaching and not any(clause.standard for clause in breaching):
        yield Remark(
            code="NO-EVIDENCE",
            line=0,
            subject=mandate.name,
            words="The text names no evidence standard for any clause: how many sources, of which kind, how sure.",
            suggestion="evidence NAME = 2 independent sources confidence >= 0.80, then breach … needs NAME.",
        )
    if breaching and not any(clause.response for clause in breaching):
        yield Remark(
            code="NO-RESPONSE",
            line=0,
            subject=mandate.name,
            words="The text names no procedure: nothing follows from a breach of any clause.",
            suggestion="breach … respond NAME, and response NAME with its steps and ends.",
        )
    if breaching and not mandate.attribution:
        yield Remark(
            code="NO-ATTRIBUTION",
            line=0,
            subject=mandate.name,
            words="The text names nobody to decide who did it.",
            suggestion="attribution BODY panel 2 of 3 within 24h otherwise not_attributed",
        )
    if mandate.header.coverage_permille is None:
        yield Remark(
            code="NO-COVERAGE",
            line=0,
            subject=mandate.name,
            words="The text does not say how much must have been seen before an absence may be stated.",
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


def _of_clause(clause: m.Clause, *, classes: bool, standards: bool) -> Iterator[Remark]:
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
    if classes and not clause.breach_class:
        yield Remark(
            code="NO-VIOLATION",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} names no class of breach.",
            suggestion="breach NAME",
        )
    if clause.breach_class and not clause.response:
        said = f" The text says: {clause.no_response}." if clause.no_response else ""
        yield Remark(
            code="NO-RESPONSE",
            line=clause.line,
            subject=subject,
            words=f"{clause.name} ({clause.cites}): a breach of class {clause.breach_class} leads nowhere.{said}",
            suggestion="breach … respond NAME, and response NAME with its steps and ends.",
        )
    if standards and not clause.standard:
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


def _of_baselines(mandate: m.Mandate, divergences: Divergences) -> Iterator[Remark]:
    """One remark for each set of lines that clauses are measured from, with the width where they part most."""
    measured: dict[tuple[str, ...], list[m.Clause]] = {}
    for clause in mandate.clauses:
        own = sorted({party.baseline for party in mandate.parties if party.name in clause.parties})
        if len(own) > 1 and any(place.feature == m.BASELINE for place in clause.places):
            measured.setdefault(tuple(own), []).append(clause)
    for lines, clauses in measured.items():
        known = [
            _width_words(clauses, one.baseline, other.baseline, apart)
            for one in mandate.parties
            for other in mandate.parties
            for apart in divergences.get((one.baseline, other.baseline), ())
            if {one.baseline, other.baseline} <= set(lines)
            and (_stands(mandate, one), _stands(mandate, other)) == ("left", "right")
        ]
        names = ", ".join(clause.name for clause in clauses)
        yield Remark(
            code="BASELINE",
            line=clauses[0].line,
            subject=f"clause {clauses[0].name}",
            words=f"{names} {'is' if len(clauses) == 1 else 'are'} measured from different lines ({', '.join(lines)}); "
            + ("; ".join(known) + "." if known else "where they part, the zone is not as wide as it reads."),
            suggestion="State the width where the lines diverge, or one line for all.",
        )


def _stands(mandate: m.Mandate, party: m.Party) -> str:
    """On which side of its own baseline a party stands: `left`, `right`, or empty."""
    line = next((each for each in mandate.lines if each.name == party.baseline), None)
    if line is None or party.name not in (line.left, line.right):
        return ""
    return "left" if line.left == party.name else "right"


def _width_words(clauses: list[m.Clause], one: str, other: str, apart: Apart) -> str:
    """`near 48.25° N 38.62° E line_2014 lies 26.6 ± 8.3 km to the right of contact: there … 76.6 km instead of 50`."""
    where = " ".join(
        f"{abs(mdeg) / 1000:.2f}° {ahead if mdeg >= 0 else behind}"
        for mdeg, ahead, behind in ((apart.lat_mdeg, "N", "S"), (apart.lon_mdeg, "E", "W"))
    )
    far = f"{apart.distance_m / 1000:.1f} ± {apart.bound_m / 1000:.1f} km"
    words = f"near {where} {other} lies {far} to the {'left' if apart.side == 1 else 'right'} of {one}"
    drawn = [
        (clause.name, 2 * place.distance_m)
        for clause in clauses
        for place in clause.places
        if place.feature == m.BASELINE and place.kind == "within"
    ]
    widths = [f"{_left_between(far_m, apart)} instead of {distance_words(far_m)} ({name})" for name, far_m in drawn]
    return f"{words}: there the two sides' weapons are kept apart by {', '.join(widths)}" if widths else words


def _left_between(drawn_m: int, apart: Apart) -> str:
    width_m = drawn_m - apart.side * apart.distance_m
    return f"{width_m / 1000:.1f} km" if width_m > 0 else "nothing"


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


def _of_answers(mandate: m.Mandate) -> Iterator[Remark]:
    for response in mandate.responses:
        if response.unverified:
            yield Remark(
                code="UNVERIFIED",
                line=response.line,
                subject=f"response {response.name}",
                words=f"not every step and period of {response.name} was seen in a source.",
                suggestion="Read it against the signed text and take the word unverified away.",
            )
    for suspension in mandate.suspensions:
        if not suspension.decider:
            lifted = ", ".join(suspension.clauses)
            yield Remark(
                code="EXEMPTION",
                line=suspension.line,
                subject=f"suspension {suspension.name}",
                words=f"{suspension.name}: nobody is named to decide that {lifted} no longer hold.",
                suggestion=f"suspension {suspension.name} … decided by BODY",
            )
