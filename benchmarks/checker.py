"""Clauses checked against each other: `python -m benchmarks.checker [--clauses 1000] [--peer 60]`.

A text with two parties, bands along two lines, zones, weapons, periods, exemptions, overrides and a domain, with
planted conflicts. z3 is asked the same questions on a smaller one, and must give the same pairs.
"""

import argparse
import statistics
import sys
import time
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from truceline.mandate import check_mandate, parse_mandate  # noqa: E402
from truceline.model.mandate import Mandate  # noqa: E402
from truceline.model.remark import Remark  # noqa: E402

HEAD = """mandate "Many clauses" in force 2025-01-01T00:00
precision 60s 250m coverage >= 0.80
party A "Party A" baseline line_a
party B "Party B" baseline line_b
body SMM "Mission" monitors
line line_a "a.geojson" left A right B
line line_b "b.geojson" left A right B
weapons HEAVY = artillery mortar calibre >= 100mm
weapons LONG = tornado_s uragan smerch tochka tochka_u
weapons ROCKET = rocket_artillery except LONG
weapons TANKS = tank
weapons LIGHT = artillery mortar calibre < 100mm
weapons FAR = strike_drone missile
domain HELD A B present HEAVY LIGHT within 10km of baseline
"""
WEAPONS = ("HEAVY", "LONG", "ROCKET", "TANKS", "LIGHT", "FAR")
ACTS = ("fire", "launch", "strike", "assault", "present", "move", "fly", "exercise", "enter", "build", "clash", "alert")
ZONES = 40
LIMIT_S = 1.0
FOUND = ("CONFLICT", "DEAD", "GAP")


def main() -> int:
    """Measure, check, print; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checker")
    parser.add_argument("--clauses", type=int, default=1_000)
    parser.add_argument("--peer", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    took_s, remarks = measured(text(asked.clauses), asked.repeats)
    said = ", ".join(f"{code} {sum(each.code == code for each in remarks)}" for code in (*FOUND, "CATALOGUE"))
    print(f"{asked.clauses:,} clauses checked in {took_s:.2f} s of processor time (limit {LIMIT_S} s): {said}")
    peer(asked.peer, asked.repeats)
    return int(took_s > LIMIT_S)


def measured(mandate: Mandate, repeats: int) -> tuple[float, list[Remark]]:
    """Median seconds of processor time, and the remarks."""
    times_s, found = [], []
    for _ in range(repeats):
        begun_s = time.process_time()
        found = [*check_mandate(mandate)]
        times_s.append(time.process_time() - begun_s)
    return statistics.median(times_s), found


def peer(clauses: int, repeats: int) -> None:
    """z3 on the same, smaller text."""
    try:
        from tests.mandate.test_z3 import said, second_opinion
    except ImportError as missing:
        print(f"z3: left out ({missing})")
        return
    mandate = text(clauses)
    took_s, _ = measured(mandate, repeats)
    begun_s = time.process_time()
    found = second_opinion(mandate)
    z3_s = time.process_time() - begun_s
    assert found == said(mandate), "z3 gives other answers"
    pairs = len(list(chain.from_iterable(found.values())))
    print(
        f"{clauses} clauses: {took_s * 1e3:.0f} ms, z3 {z3_s:.1f} s, {z3_s / took_s:.0f} times as long; {pairs} alike"
    )


def text(clauses: int) -> Mandate:
    """So many clauses."""
    zones = [f'zone zone_{number} "{number}.geojson"' for number in range(ZONES)]
    lines = [HEAD, *zones, *(clause(number) for number in range(clauses))]
    return parse_mandate("\n".join(lines), name="many", source="benchmarks")


def clause(number: int) -> str:
    """Bands, zones, exceptions that override them; every fiftieth permits what the one before prohibits."""
    if number % 3 == 2 or number % 50 == 49:
        overriding = f"overrides C{number - 1} " if number % 50 != 49 else ""
        what, where, when = parts(number - 1)
        where += f" within {1 + number % 5}km of line_b"
        return f'clause C{number} cites "{number}" {overriding}allowed A B {what} {where} {when}'
    what, where, when = parts(number)
    unless = " unless storage decided by SMM" if number % 4 == 0 else ""
    return f'clause C{number} cites "{number}" prohibited A B {what} {where} {when}{unless}'


def parts(number: int) -> tuple[str, str, str]:
    """Act and weapons, place, and one month of fourteen: each of 1,008 numbers has its own."""
    months = [f"{year}-{month:02d}-01" for year in (2025, 2026) for month in range(1, 13)]
    month = number // 72 % 14
    where = f"within {5 + number % 30}km of baseline" if number % 3 == 0 else f"in zone_{number % ZONES}"
    return f"{ACTS[number % 12]} {WEAPONS[number // 12 % 6]}", where, f"from {months[month]} until {months[month + 1]}"


if __name__ == "__main__":
    sys.exit(main())
