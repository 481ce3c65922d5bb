"""What can never be proved: standards that no declared monitor can meet, and clauses narrower than the text's own
precision: `evidence_remarks`.

What counts is what the judge lets count: the mission's own sources, which the monitors are, and what `counting` adds.
Limits: where a monitor does not say how many sources it has, or by which means it observes, nothing is concluded from
it; where a standard counts media or admissions, those may bring any number of sources and any means. Against the
precision stand distances from lines, bands about zones, and times; sizes of zones, and sides together with distances,
are left to the drawings.
"""

from collections.abc import Iterator, Sequence

from truceline.base.units import MM_PER_M, distance_words, duration_words
from truceline.model import mandate as m
from truceline.model.remark import Remark
from truceline.terms.atoms import Between
from truceline.terms.rules import Rule, rules_of
from truceline.terms.words import condition_words


def evidence_remarks(mandate: m.Mandate) -> Iterator[Remark]:
    """UNPROVABLE: one remark for each standard that some clause needs and nobody declared can meet, and for each clause
    that nothing can surely match, as times or places are never known so exactly.
    """
    yield from _too_narrow(mandate)
    monitors = [body for body in mandate.bodies if body.monitors]
    for standard in mandate.standards:
        users = [clause for clause in mandate.clauses if clause.standard == standard.name]
        if users and not standard.counting:
            for why, suggestion in _unmet(standard, monitors):
                needing = ", ".join(f"{clause.name} (line {clause.line})" for clause in users)
                yield Remark(
                    code="UNPROVABLE",
                    line=standard.line,
                    subject=f"evidence {standard.name}",
                    words=f"{standard.name}, which {needing} needs, can never be met: {why}.",
                    suggestion=suggestion,
                )


def _unmet(standard: m.Standard, monitors: Sequence[m.Body]) -> Iterator[tuple[str, str]]:
    """Why a standard cannot be met, and what to write instead."""
    if not monitors:
        why = "only the mission's own sources count, and no body monitors"
        yield why, 'Name a monitor: body NAME "…" monitors; or say what else counts: counting media.'
        return
    stated = {means for body in monitors for means in body.means}
    if standard.means and all(body.means for body in monitors) and stated.isdisjoint(standard.means):
        wanted = " or ".join(standard.means)
        why = f"it asks for one observation by {wanted}, and the monitors observe by {', '.join(sorted(stated))} only"
        yield why, f"Give a monitor the means (by {standard.means[0]}), or ask for one that they have."
    numbers = [body.sources for body in monitors if body.sources is not None]
    if len(numbers) == len(monitors) and sum(numbers) < standard.groups:
        names = ", ".join(f"{body.name} {body.sources}" for body in monitors)
        why = f"it asks for {standard.groups} independent sources, and the monitors have {sum(numbers)} ({names})"
        yield why, f"Ask for at most {sum(numbers)}, or name more sources: monitors {standard.groups}."


def _too_narrow(mandate: m.Mandate) -> Iterator[Remark]:
    """One remark for each clause of which every rule that can hold at all is narrower than the precision."""
    header = mandate.header
    if not header.precision_s and not header.precision_m:
        return
    found: dict[str, list[str]] = {}
    for rule in rules_of(mandate):
        period = rule.period
        if not rule.outcome and (period.from_s is None or period.until_s is None or period.from_s < period.until_s):
            found.setdefault(rule.clause, []).append(_narrow_words(rule, header))
    for clause in mandate.clauses:
        words = dict.fromkeys(found.get(clause.name, ("",)))
        if all(words):
            yield Remark(
                code="UNPROVABLE",
                line=clause.line,
                subject=f"clause {clause.name}",
                words=f"what {clause.name} is about can never be surely {'; nor '.join(words)}.",
                suggestion="Widen the condition, or write a finer precision if sources are so exact.",
            )


def _narrow_words(rule: Rule, header: m.Header) -> str:
    """The first condition that no fact, as exact as the text takes it to be at best, can surely meet; empty: none.

    A fact is an interval of twice the precision, cut off at a distance of 0.
    """
    columns: dict[str, list[Between]] = {}
    for atom in rule.atoms:
        if isinstance(atom, Between) and atom.column.startswith(("time", "distance:", "inside:")):
            columns.setdefault(atom.column, []).append(atom)
    for column, atoms in columns.items():
        if _narrow(atoms, header.precision_s if column == "time" else header.precision_m * MM_PER_M):
            said = " and ".join(condition_words(each, header.zone) for each in atoms)
            if column == "time":
                return f"{said}: the text counts times to {duration_words(header.precision_s)} at best"
            return f"{said}: the text counts places to {distance_words(header.precision_m)} at best"
    return ""


def _narrow(atoms: Sequence[Between], error: int) -> bool:
    """Whether some number meets all these conditions on one column, and no interval of +-`error` lies within them."""
    lo = max((each.lo for each in atoms if each.lo is not None), default=None)
    hi = min((each.hi for each in atoms if each.hi is not None), default=None)
    if hi is None or (lo is not None and lo > hi):
        return False
    if lo is None:
        return atoms[0].column.startswith("distance:") and hi < error
    return hi - lo < 2 * error
