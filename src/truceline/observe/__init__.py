"""What was seen, said or granted, read from files: one row of the source, one row of ours, nothing corrected.

In: the bytes of one feed, its declaration (`model.mission.Feed`) and a `ReadingContext`.
Out: a `Batch`: OBSERVATIONS, CLAIMS, NOTICES, IMPEDIMENTS or COVERAGE as the feed holds, and REJECTS.
Promises: each data row comes out once, as a row or as a reject with a named reason, asserted; no time, count,
    place or bearing is sharper than it was written; a damaged file or row never stops the rest; equal bytes
    and declaration give equal rows; no clock, disk or network.
Trusts: the mission's declaration of zone, encoding, source and stated errors; that columns mean what it maps.
To change what an observation may hold open observations.py; a claim, notice, impediment: registers.py
To change how one cell is read open fields.py, times: moments.py, weapons: weapons.py, a reason: reasons.py
To change a format or add one open tables.py, which names the reader of each; to add a kind of row: feeds.py
"""

from truceline.observe.feeds import Reading, read_feed, read_feeds
from truceline.observe.mapping import ReadingContext
from truceline.observe.reasons import REASONS
from truceline.observe.weapons import parse_catalogue

__all__ = ["REASONS", "Reading", "ReadingContext", "parse_catalogue", "read_feed", "read_feeds"]
