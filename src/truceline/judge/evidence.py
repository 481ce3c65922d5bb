"""Does what supports an event meet the mandate's evidence standard, and on whose word does it stand?

k independent groups, each possibly satisfying every atom, at least one of the listed means; unmet is `evidence`,
never `no_breach` (decision 5 of the design). Independence is what sources declare, never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truceline.model.finding import Reason
from truceline.model.mandate import Standard
from truceline.model.source import Source

Row = Mapping[str, object]
BARE_STANDARD = Standard(name="", groups=1)  # where the text names none: one source of the mission's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What stands behind one event under one rule. `reason` is empty where the standard is met."""

    reason: Reason | None
    groups: tuple[str, ...]  # independence groups that count
    sources: tuple[str, ...]  # every source that supports it, counting or not
    missing: tuple[str, ...]


def support_of(
    supporting: Sequence[Row], *, addressee: str, standard: Standard, sources: Mapping[str, Source]
) -> Support:
    """What the supporting observations amount to.

    Args:
        supporting: OBSERVATIONS rows that possibly satisfy every atom of the rule.
        addressee: whose act it would be; that party's own record may count as an admission.
        standard: the mandate's, or BARE_STANDARD.
    """
    counting = [row for row in supporting if _counts(sources[str(row["source_id"])], standard, addressee)]
    confident = [row for row in counting if _confident(row, standard)]
    groups = tuple(sorted({sources[str(row["source_id"])].independence for row in confident}))
    named = tuple(sorted({str(row["source_id"]) for row in supporting}))
    missing = []
    if len(groups) < standard.groups:
        missing.append(f"{standard.groups - len(groups)} more independent source(s) that may count")
    if len(confident) < len(counting):
        missing.append(f"a stated confidence of {standard.confidence_permille / 10:.0f} % or more")
    if standard.means and not any(row["means"] in standard.means for row in confident):
        missing.append(f"an observation by {' or '.join(standard.means).replace('_', ' ')}")
    met = len(groups) >= standard.groups and not (standard.means and missing and "observation by" in missing[-1])
    if met:
        return Support(reason=None, groups=groups, sources=named, missing=())
    one_sided = not counting and all(sources[str(row["source_id"])].kind == "party_record" for row in supporting)
    reason = Reason.ONE_SIDED if one_sided and supporting else Reason.EVIDENCE
    return Support(reason=reason, groups=groups, sources=named, missing=tuple(missing))


def _counts(source: Source, standard: Standard, addressee: str) -> bool:
    if source.kind == "mission":
        return True
    if source.kind == "media":
        return "media" in standard.counting
    return source.kind == "party_record" and source.party == addressee and "admissions" in standard.counting


def _confident(row: Row, standard: Standard) -> bool:
    stated = row["confidence_permille"]
    return not standard.confidence_permille or (isinstance(stated, int) and stated >= standard.confidence_permille)
