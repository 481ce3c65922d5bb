"""Pieces of lines and zones for which coverage is counted, and the spots that stand for their ground.

In: features of the mandates; how long a stretch is; how far from its line ground matters.
Out: STRETCHES; Spots; which spots are the ground of a clause.
Promises: stretches of one line are equally long and join without a gap; the same input gives the same spots; a spot
    lies in the band that it stands for, by geodesic distance.
Trusts: that the drawing in force is the one handed in.
To change how a line is cut open `cut.py`; how spots lie, `spots.py`; what a clause's ground is, `grounds.py`.
"""

from truceline.locate.stretches.cut import Course, beside, courses_of, stretches_of
from truceline.locate.stretches.grounds import ground_of, reaches_of
from truceline.locate.stretches.spots import spots_of

__all__ = ["Course", "beside", "courses_of", "ground_of", "reaches_of", "spots_of", "stretches_of"]
