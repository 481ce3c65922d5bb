"""What could have been seen, what was owed, and the flights that would close the gap.

In: VIEWS; Spots and Needs (`model/spot.py`); terrain; IMPEDIMENTS; a mandate's duties; what a mission flies with.
Out: WATCHED, shares of clauses, OWED, UNVERIFIED; what follows from lost sensors; in `flights/`, a plan with its bound.
Promises: a further view never lowers any share, and worse conditions never raise one; what is not stated counts as
    unknown; an impediment never changes a share; the same input gives the same result, whatever the order of rows.
Trusts: that a view says truly where a sensor looked; the laws of seeing in `seeing.py`, with their constants.
To change what an act shows or how well it is seen open `seeing.py`; when it is dark, `light.py`; which view sees which
    spot, `looks.py`; how looks add up, `sweep.py`; states and shares, `covered.py`; terrain, `shadow.py`; duties,
    `owed.py`; lost sensors and what could not be verified, `impeded.py`.
"""

from truceline.plan.covered import Covered, clause_shares, covered, watched
from truceline.plan.impeded import Asked, disturbed_views, losses_of, lost_sensors, unverified
from truceline.plan.looks import Sight
from truceline.plan.owed import Duty, Horizon, Windows, demands_of, duties_of, owed, own_duties, reach_of
from truceline.plan.seeing import signature_of
from truceline.plan.shadow import Eye, Shadows, viewshed

__all__ = [
    "Asked",
    "Covered",
    "Duty",
    "Eye",
    "Horizon",
    "Shadows",
    "Sight",
    "Windows",
    "clause_shares",
    "covered",
    "demands_of",
    "disturbed_views",
    "duties_of",
    "losses_of",
    "lost_sensors",
    "owed",
    "own_duties",
    "reach_of",
    "signature_of",
    "unverified",
    "viewshed",
    "watched",
]
