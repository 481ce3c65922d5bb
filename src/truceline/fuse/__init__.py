"""What happened: observations of one happening become one event, as far as people did not decide otherwise.

In: OBSERVATIONS, placed or not; people's decisions; the ids that were given.
Out: EVENTS, sorted by (earliest_at_us, event_id), status `preliminary` unless a person decided.
Promises: every observation is a member of exactly one event; the order of the input changes nothing; automation
    neither parts what a person put together nor joins what people decided to be two; an id that is journalled or
    decided about stays with its event; an event says what all its members can agree on, names the attributes on
    which they cannot all be right, and is then as wide as they are.
Trusts: that an observation's id is given once; that reporters who give a happening the same name mean the
    same happening; that decisions were checked before they were recorded.
To change which observations belong together open `grouping.py`, and which two may, `near.py`; what a decision does
    and which may be, `decisions.py`; which id an event has, `ids.py`; how numbers, sets and words are brought
    together, `agreement.py`; places, `places.py`; the event's row, `events.py`; double review, `quality.py`; things
    followed in footage, `tracks/`.
"""

from truceline.fuse.decisions import CORRECTABLE, Unapplied, check_review, unapplied
from truceline.fuse.events import DISAGREEMENTS, Journal, fuse, standing

__all__ = ["CORRECTABLE", "DISAGREEMENTS", "Journal", "Unapplied", "check_review", "fuse", "standing", "unapplied"]
