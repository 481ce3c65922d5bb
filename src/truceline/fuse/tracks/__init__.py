"""Sightings on the ground, picture after picture, become tracks: one thing, its course, its place with an honest error.

In: PLACED of one video. Out: TRACKS.
Promises: equal rows give equal tracks, in whatever order they come; what all pictures share is in a place's error once.
Trusts: covariances as they are stated; a person's names for things.
To change what is believed of things and false alarms open `settings.py`; which sightings are one thing, `following.py`
    (motion, detectors), `joining.py` (names, flashes) or `marked.py` (what a person marked); a track's place and
    error, `smoothing.py` and `tracks.py`.
"""

from truceline.fuse.tracks.marked import marked
from truceline.fuse.tracks.settings import Settings
from truceline.fuse.tracks.tracks import tracks

__all__ = ["Settings", "marked", "tracks"]
