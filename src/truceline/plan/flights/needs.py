"""What a plan needs that somebody must give, and what more it would take to meet all that could be met at all."""

import math
from collections.abc import Iterable

import numpy as np

from truceline.base.units import US_PER_S
from truceline.model.plan import Need, Sortie
from truceline.plan.flights.columns import Columns
from truceline.plan.flights.greedy import Programme, worth
from truceline.plan.flights.solve import Answer, more_drones
from truceline.plan.flights.task import HOUR_US, Task

WATCHING_RATIO = 2.0  # hours of an analyst's work for each hour of footage: assumed, not measured
ANALYST_H = 8.0  # of work from one analyst in a day: assumed


def requirements_of(task: Task, sorties: tuple[Sortie, ...]) -> tuple[Need, ...]:
    """Drones and crews base by base, analysts, and how many bases: what the plan uses at its busiest."""
    ready_us = {fleet.name: fleet.turnaround_min * 60 * US_PER_S for fleet in task.means.fleets}
    found = []
    for base in dict.fromkeys(sortie.base for sortie in sorties):
        own = [sortie for sortie in sorties if sortie.base == base]
        drones = most_at_once((each.launch_us, each.land_us + ready_us[each.fleet]) for each in own)
        crews = most_at_once((each.launch_us, each.land_us) for each in own)
        why = f"{len(own)} sorties; so many are out or being made ready at once"
        found.append(Need(what="drones", number=drones, where=base, why=why))
        why = f"{len(own)} sorties; so many are in the air at once"
        found.append(Need(what="crews", number=crews, where=base, why=why))
    if not sorties:
        return ()
    footage_h = sum(leg.until_us - leg.from_us for each in sorties for leg in each.legs) / HOUR_US
    days = (task.means.until_us - task.means.from_us) / HOUR_US / 24
    analysts = max(1, math.ceil(footage_h * WATCHING_RATIO / ANALYST_H / max(days, 1 / 24)))
    why = (
        f"{footage_h:.1f} hours of footage, {WATCHING_RATIO:g} hours of work assumed for each, "
        f"{ANALYST_H:g} hours from one analyst in a day"
    )
    found.append(Need(what="analysts", number=analysts, where="", why=why))
    bases = len({each.base for each in sorties})
    return (*found, Need(what="bases", number=bases, where="", why="bases from which the plan flies"))


def most_at_once(spans_us: Iterable[tuple[int, int]]) -> int:
    """How many spans hold one instant at most; a span that begins where another ends does not meet it."""
    edges = sorted(edge for begin, end in spans_us for edge in ((begin, 1), (end, -1)))
    count = most = 0
    for _, step in edges:
        count += step
        most = max(most, count)
    return most


def what_more(task: Task, problem: tuple[Columns, Programme], answer: Answer, *, seconds_s: float) -> tuple[str, ...]:
    """In words: how many drones more, with their crews, would meet all that some sortie could meet.

    Limits: the linear relaxation with elastic numbers of drones: the sum is a lower limit, how it is spread over the
    fleets an estimate. Nothing if all is met.
    """
    columns, programme = problem
    flying = float(programme.cost @ answer.flown)
    if worth(programme, answer.flown) - flying <= 1e-6:
        return ()
    more = more_drones(programme, fleets=len(task.means.fleets), slots=task.slots, seconds_s=seconds_s)
    if more is None:
        return (f"how many drones more would meet all: not worked out within {seconds_s:g} s",)
    total = math.ceil(float(more.sum()) - 1e-6)
    if not total or not len(columns):
        return ()
    where = [
        f"{fleet.name} {extra:.1f}"
        for fleet, extra in zip(task.means.fleets, np.asarray(more).tolist(), strict=True)
        if extra > 0.05
    ]
    words = f"to meet all that can be met from these bases: at least {total} drones more, each with a crew"
    return (f"{words} (linear estimate: {', '.join(where)})",)
