"""Evidence standards that the declared monitors cannot meet: `evidence_remarks`.

What counts is what the judge lets count: the mission's own sources, which the monitors are, and what `counting` adds.
Limits: where a monitor does not say how many sources it has, or by which means it observes, nothing is concluded from
it; where a standard counts media or admissions, those may bring any number of sources and any means.
"""

from collections.abc import Iterator, Sequence

from truceline.model import mandate as m
from truceline.model.remark import Remark


def evidence_remarks(mandate: m.Mandate) -> Iterator[Remark]:
    """UNPROVABLE: one remark for each standard that some clause needs and nobody declared can meet."""
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
