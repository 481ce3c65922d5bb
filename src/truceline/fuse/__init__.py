"""What happened: observations of one happening become one event.

In: OBSERVATIONS, placed or not.
Out: EVENTS, sorted by (earliest_at_us, event_id), status `preliminary`.
Promises: every observation is a member of exactly one event; the order of the input changes nothing; an
    event says what all its members can agree on, names the attributes on which they cannot all be right,
    and is then as wide as they are.
Trusts: that an observation's id is given once; that reporters who give a happening the same name mean the
    same happening.
To change which observations belong together open `grouping.py`; how numbers, sets and words
    are brought together, `agreement.py`; how places are, `places.py`; the event's row and id, `events.py`.
"""

from truceline.fuse.events import DISAGREEMENTS, fuse

__all__ = ["DISAGREEMENTS", "fuse"]
