"""What follows from what happened: event x clause -> finding, clause x period -> assessment.

In: EVENTS, OBSERVATIONS, PLACINGS, NOTICES, CLAIMS, COVERAGE, the sources, one mandate.
Out: FINDINGS with a certificate each, ASSESSMENTS, counts inside a window and beside it.
Promises: exact: whole numbers in, identical bytes out; order of rows and clauses means nothing; every event that a
    clause concerns has one finding for each addressee it may be of and each reading; `undetermined` says what would
    decide it.
Trusts: placings carry honest bounds; sources declare their independence and kind.
To change when an atom holds open terms/; how facts become columns, facts.py; the two planes, and two drafts side by
    side, kernel.py; limits on numbers, counts.py; evidence standards, evidence.py; verdicts and reasons, findings.py;
    what may be said of a period, assess.py; what is sealed, certificate.py; its independent checker, auditor.py.
"""

from truceline.judge.assess import assess, window_counts
from truceline.judge.auditor import audit_certificate
from truceline.judge.facts import Bench, Facts, facts_of
from truceline.judge.findings import Judgement, event_verdict, judge
from truceline.judge.kernel import Change, changes
from truceline.model.material import Material

__all__ = [
    "Bench",
    "Change",
    "Facts",
    "Judgement",
    "Material",
    "assess",
    "audit_certificate",
    "changes",
    "event_verdict",
    "facts_of",
    "judge",
    "window_counts",
]
