"""Whether it can work: requirements against pledges, coalitions, reasons, worlds.

In: a Ground (what people have confirmed of actors, pledges, conditions and caveats, and one mission option) and a
    Scenario (what is taken as given); goals.
Out: coverage for each threshold of evidence, the smallest coalitions, those without whom nothing works, whose leaving
    breaks it, why a goal is not possible, and in which readings of ambiguous sentences it is.
Promises: what nobody states is not so; a quantity that nobody states counts as nothing; nothing is called the best, the
    smallest or complete unless that was proven, else a bound is shown; every reason carries its statements; the same
    input gives the same result, in whatever order it comes.
Trusts: that everything that comes in was confirmed; CP-SAT's proofs.
To change what anything means open `problem.py`; what binds and its English, `rules.py`; what is noted about the input,
    `notes.py`; what comes out, `model/feasibility.py`; what the solver is asked, `solver.py`. Each question has a file.
"""

from truceline.guarantee.coalition.coalitions import minimal_coalitions, smallest_defection, veto_players
from truceline.guarantee.coalition.coverage import coverage
from truceline.guarantee.coalition.problem import THRESHOLDS, Ground, Limit
from truceline.guarantee.coalition.reasons import reasons
from truceline.guarantee.coalition.rules import condition_words, offer_words
from truceline.guarantee.coalition.solver import MissingSolverError, solver_name
from truceline.guarantee.coalition.worlds import worlds

__all__ = [
    "THRESHOLDS",
    "Ground",
    "Limit",
    "MissingSolverError",
    "condition_words",
    "coverage",
    "minimal_coalitions",
    "offer_words",
    "reasons",
    "smallest_defection",
    "solver_name",
    "veto_players",
    "worlds",
]
