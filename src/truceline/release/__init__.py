"""Who may see what, when, how coarse: the one way by which anything leaves the mission.

In: a table of any kind of item, who asks, the mission's release rules; Terms: compartments, cases, decisions.
Out: the rows and columns that this recipient may see, each with the moment from which; counts that may be shown;
    receipts that both parties got the same.
Promises: deny by default: an unknown kind, recipient or column is released to nobody but the mission; the floors of
    `floors.py` hold whatever the rules say; a party's confidential rows change nothing of what anybody else gets; a
    place is moved to the middle of a fixed cell, so that asking again teaches nothing.
Trusts: Terms is complete: every row that a party sent in is in `compartments`, and so is everything made from it;
    events and findings for others were fused and judged without it.
To change what a column becomes open columns.py; floors, or what a rule may say, floors.py; cells, grid.py; which rows
    and from when, rows.py; small counts, counts.py; equal release, receipts.py; embargo and publication, decisions.py.
"""

from truceline.model.release import Receipt, ReleaseDecision, ReleaseRule, Terms
from truceline.release.counts import released_counts
from truceline.release.decisions import check_decision, decision_words, standing
from truceline.release.floors import check_rules
from truceline.release.receipts import annex, common_part, receipt
from truceline.release.rows import release, shown

__all__ = [
    "Receipt",
    "ReleaseDecision",
    "ReleaseRule",
    "Terms",
    "annex",
    "check_decision",
    "check_rules",
    "common_part",
    "decision_words",
    "receipt",
    "release",
    "released_counts",
    "shown",
    "standing",
]
