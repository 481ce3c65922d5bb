"""What was seen, said or granted, read from files: one row of the source, one row of ours, nothing corrected.

In: the bytes of one feed, its declaration (`model.mission.Feed`) and a `ReadingContext`; or a mission's `Inputs`.
Out: a `Batch`: OBSERVATIONS, CLAIMS, NOTICES, IMPEDIMENTS, COVERAGE, VIEWS, CASUALTIES or DAMAGE as the feed holds,
    REJECTS, and the files that came with the rows; or a `Reading` of all feeds and their live files.
Promises: each data row comes out once, as a row or as a reject with a named reason, asserted; no time, count,
    place or bearing is sharper than it was written; a damaged file or row never stops the rest; equal bytes
    and declaration give equal rows; a row that is sent again is held once; no clock, disk or network.
Trusts: the mission's declaration of zone, encoding, source and stated errors; that columns mean what it maps.
To change what an observation may hold open observations.py; a claim, notice, impediment: registers.py
To change what a casualty or a damage may hold open harm.py, a view: views.py; how a satellite's fire is read: fires.py
To change how one cell is read open fields.py, times: moments.py, weapons: weapons.py, a reason: reasons.py
To change a format or add one open tables.py, which names the reader of each; to add a kind of row: feeds.py
To change what a photo is asked open photos.py; what a package may be: packages.py; what is read twice: readings.py
"""

from truceline.observe.feeds import read_feed
from truceline.observe.mapping import ReadingContext
from truceline.observe.photos import photo_of, stripped
from truceline.observe.readings import Reading, attachments_of, read_feeds, read_live
from truceline.observe.reasons import REASONS
from truceline.observe.weapons import parse_catalogue

__all__ = [
    "REASONS",
    "Reading",
    "ReadingContext",
    "attachments_of",
    "parse_catalogue",
    "photo_of",
    "read_feed",
    "read_feeds",
    "read_live",
    "stripped",
]
