"""Who guarantees the ceasefire, with what, on whose word, and whether it can work.

In: bytes of documents; entries of the ledger; a mandate's roles.
Out: suggestions (statements, stances, relations); the ledger as it stands; lines, chains; feasibility and its reasons.
Promises: a span re-reads to its text; nothing unconfirmed enters a result; a denial sets no stance; what a document
    does not state stays not stated; the same input gives the same result.
Trusts: people's decisions; nothing in a document.
To change how bytes become text open `reading/`; what counts as a statement, `saying/`; stance lines and relations,
    `standing/`; feasibility, `coalition/`; what comes in and goes out, `exchange/`; what stands, `ledger.py`; what
    one article suggests, `suggesting.py`; what a mandate's roles are checked for, `roles.py`.
"""

from truceline.guarantee.ledger import Ledger, ledger_of
from truceline.guarantee.roles import role_remarks
from truceline.guarantee.suggesting import Suggested, suggest_from

__all__ = ["Ledger", "Suggested", "ledger_of", "role_remarks", "suggest_from"]
