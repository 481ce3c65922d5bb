"""Drones against posts: the same obligations met by so many drones, so many posts, and mixes of both.

Shares are expected ones under the assumptions that stand beside them; costs are those that the user entered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

CONDITIONS = ("day", "night", "bad_weather", "interference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """So many drones and posts, what they need, and what they would see."""

    drones: int
    posts: int
    patrols_a_day: int
    people_at_line: int
    people_elsewhere: int
    sorties_a_day: int
    cost_low_amount: float | None  # a day, in the user's currency; None: no prices were entered
    cost_high_amount: float | None
    observed_permille: Mapping[str, int]  # CONDITIONS -> share of clause-hours observed
    duties_permille: Mapping[str, int]  # whole days of "clear", "bad_weather", "interference" -> share of windows met


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseSeen:
    """What one mix would see of one clause."""

    clause: str
    drones: int
    posts: int
    observed_permille: Mapping[str, int]  # CONDITIONS -> share of its hours and ground observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """The comparison for one mandate. `assumptions`: sentences, each of which could change a figure."""

    title: str  # of the mandate
    mission: str
    line_m: int  # length of the lines that are watched
    currency: str  # empty: none was entered
    interference_permille: int  # share of flights disturbed in the condition of that name
    mixes: tuple[Mix, ...]
    clauses: tuple[ClauseSeen, ...]
    assumptions: tuple[str, ...]
