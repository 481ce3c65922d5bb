"""What the checker says of responses: `protocol_remarks`; who can block, and how long it takes, for the comparison.

In: a `Mandate`. Out: `Remark`s, each with a schedule that `terms.protocol.follow` replays.
Promises: exact for up to three actors in a coalition; longest and soonest courses over every course there is.
Trusts: names are resolved; what a step means is `terms/protocol.py`, who stands behind a name `terms/actors.py`.
To change: what is not said, rounds without end `protocols.py`; who can block `blocking.py`; times `deadlines.py`.
"""

from truceline.mandate.check.responses.blocking import blockers, settings
from truceline.mandate.check.responses.deadlines import worst_case_s
from truceline.mandate.check.responses.protocols import protocol_remarks

__all__ = ["blockers", "protocol_remarks", "settings", "worst_case_s"]
