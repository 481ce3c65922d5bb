"""What a mandate's text leaves undefined, contradicts or cannot keep: `check_mandate`.

In: a `Mandate`. Out: `Remark`s with line, words, a suggestion and a counterexample that replays.
Promises: exact, not heuristic, within the limits that each module states; order of clauses means nothing.
Trusts: names are resolved (`parse`).
To change: what is not said `undefined.py`; the signed text `cited.py`; clauses against each other `clauses.py`;
examples `rows.py`; duties to look `watches.py`; responses `responses/`; two drafts `compare.py`; what a code weighs:
`model/remark.py`.
"""

from truceline.mandate.check.cited import cited_remarks
from truceline.mandate.check.clauses import clause_remarks
from truceline.mandate.check.evidence import evidence_remarks
from truceline.mandate.check.responses import protocol_remarks
from truceline.mandate.check.undefined import Divergences, undefined_remarks
from truceline.mandate.check.watches import watch_remarks
from truceline.mandate.parse.literate import SignedText
from truceline.model.mandate import Mandate
from truceline.model.remark import Remark


def check_mandate(
    mandate: Mandate,
    *,
    signed: SignedText | None = None,
    looked_for: bool = False,
    divergences: Divergences | None = None,
) -> tuple[Remark, ...]:
    """Every remark, in the order of the text; those of the text as a whole first.

    Args:
        signed: the text that the mandate encodes, where it was at hand.
        looked_for: whether somebody looked for that text; then it is said where it is missing.
        divergences: how far the parties' baselines lie apart, where the drawings were at hand.
    """
    remarks = [
        *undefined_remarks(mandate, divergences or {}),
        *cited_remarks(mandate, signed, looked_for=looked_for),
        *clause_remarks(mandate),
        *evidence_remarks(mandate),
        *watch_remarks(mandate),
        *protocol_remarks(mandate),
    ]
    return tuple(sorted(remarks, key=lambda remark: (remark.line, remark.code, remark.subject, remark.words)))


__all__ = ["Divergences", "check_mandate"]
