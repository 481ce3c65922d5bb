"""Whole-number units.

No float decides a verdict: metres, millimetres, seconds, microseconds and per-mille are integers.
"""

import math

MM_PER_M = 1_000
M_PER_KM = 1_000
US_PER_S = 1_000_000
S_PER_UNIT = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}

UNBOUNDED = 2**62  # "no upper bound is known": larger than any distance in mm, count or time in µs that occurs

SIGMA_95 = 1.96  # decision 0005: half-width of the central 95 % of a normal error, in sigmas, in one direction
SIGMA_95_CIRCLE = math.sqrt(-2.0 * math.log(0.05))  # 2.4477: radius that holds 95 % of a circular normal error


def distance_words(distance_m: int) -> str:
    """`25000` -> `25 km`; `250` -> `250 m`: as the mandate language writes it, with a space."""
    return f"{distance_m // M_PER_KM} km" if distance_m % M_PER_KM == 0 and distance_m else f"{distance_m} m"


def duration_words(duration_s: int) -> str:
    """`86400` -> `1 day`, `7200` -> `2 hours`: the largest unit that divides it."""
    for unit, name in (("d", "day"), ("h", "hour"), ("min", "minute"), ("s", "second")):
        if duration_s % S_PER_UNIT[unit] == 0:
            amount = duration_s // S_PER_UNIT[unit]
            return f"{amount} {name}" if amount == 1 else f"{amount} {name}s"
    raise AssertionError("every whole number of seconds divides by one second")
