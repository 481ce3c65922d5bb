"""What a mandate's text leaves undefined, contradicts or cannot keep: `check_mandate`.

In: a `Mandate`. Out: `Remark`s with line, words, a suggestion and a counterexample that replays.
Promises: exact, not heuristic, within the limits that each module states; order of clauses means nothing.
Trusts: names are resolved (`parse`).
To change: what is not said `undefined.py`; clauses against each other `clauses.py`; responses `protocols.py`; what a
code weighs: `model/remark.py`.
"""

from truceline.mandate.check.undefined import undefined_remarks
from truceline.model.mandate import Mandate
from truceline.model.remark import Remark


def check_mandate(mandate: Mandate) -> tuple[Remark, ...]:
    """Every remark, in the order of the text; those of the text as a whole first."""
    remarks = [*undefined_remarks(mandate)]
    return tuple(sorted(remarks, key=lambda remark: (remark.line, remark.code, remark.subject, remark.words)))


__all__ = ["check_mandate"]
