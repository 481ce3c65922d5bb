"""A mission's flights: what it owes and what it flies with, made into one problem; what follows from a plan.

mandates, [plan] ─ locate.stretches ─► lanes ─ plan.owed ─► windows ─ plan.flights ─► sorties ─► views, notices

In: a Mission with its `[plan]`, its mandates and their drawings.
Out: a Task for `plan/flights/`; the VIEWS and FLIGHTS (notices) of a plan; drones against posts.
Promises: what cannot be met by flights is named; parties are told of hours and tens of kilometres, and of nothing else.
Trusts: `[plan]` in what it says of drones; the laws of seeing in `plan/seeing.py`.
To change where drones fly open `lanes.py`; what a pass is worth, `problem.py`; what parties are told, `flown.py`; what
    posts are taken to see, `posts.py`.
"""

from truceline.planning.flown import flights_of, views_of_sorties
from truceline.planning.lanes import lanes_of, legs_of
from truceline.planning.posts import compare_posts
from truceline.planning.problem import Flyable, flyable, in_daylight, with_unseeable

__all__ = [
    "Flyable",
    "compare_posts",
    "flights_of",
    "flyable",
    "in_daylight",
    "lanes_of",
    "legs_of",
    "views_of_sorties",
    "with_unseeable",
]
