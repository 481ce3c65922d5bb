"""Sorties that meet the most of what is owed, with a bound that no plan can pass; and the plan after a change.

In: legs, windows, chances of seeing, `[plan]` as instants (`Task`). Out: FlightPlan; after a Change, what became of it.
Promises: no drone or crew is in two places, a tenth of the endurance stays, nothing flies where or when it is closed;
    whatever cannot be met is named with the reason; an untouched checker (`audit.py`) agrees.
Trusts: the chances of seeing; that losses come as often as stated; great circles.
To change what is read of the settings open `task.py`; which sorties are considered, `columns.py`; what is best,
    `greedy.py`; how it is found, `solve.py`; words and drones, `planned.py`; what is needed, `needs.py`.
"""

from truceline.plan.flights.audit import check_plan
from truceline.plan.flights.planned import draft_flights, plan_flights
from truceline.plan.flights.replan import Change, Replanned, replan
from truceline.plan.flights.solve import MissingSolverError
from truceline.plan.flights.task import (
    Closing,
    Demands,
    Legs,
    Lost,
    Means,
    OnDuty,
    Task,
    closing_of,
    means_of,
    reach_m,
)

__all__ = [
    "Change",
    "Closing",
    "Demands",
    "Legs",
    "Lost",
    "Means",
    "MissingSolverError",
    "OnDuty",
    "Replanned",
    "Task",
    "check_plan",
    "closing_of",
    "draft_flights",
    "means_of",
    "plan_flights",
    "reach_m",
    "replan",
]
