"""A simulated week on the fictional line with known truth: `python -m benchmarks.simulated_week`.

Predicted shares of coverage against what the simulated sensors really detect, in ten bins for each signature. A second
table shows what would be seen if whoever stares with a fixed camera drew once for a whole act, not afresh each hour:
which of the two is true of a real mission nobody knows.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from tests.plan.calibration import POINTS, SIGNATURES, calibration, part, table  # noqa: E402
from tests.plan.world import Size, made, really_seen  # noqa: E402


def main() -> int:
    """Draw, predict, count, print; 1 if any bin is farther off than 3 points."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulated_week")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--acts", type=int, default=8_000, help="in each bin")
    parser.add_argument("--points", type=int, default=POINTS, help="spots for each stretch, side and band")
    parser.add_argument("--day", action="store_true", help="one day on half of the line")
    parser.add_argument("--once", action="store_true", help="print the second table as well")
    asked = parser.parse_args()
    began_s = time.perf_counter()
    size = part() if asked.day else Size()
    world = made(asked.seed, size)
    print(
        f"seed {asked.seed}: {size.days} days, {size.length_m / 1_000:,.0f} km, {len(world.looks):,} views,"
        f" {asked.points} points; {asked.acts:,} acts a bin\n"
    )
    found = calibration(world, acts=asked.acts, points=asked.points)
    print("\n\n".join(table(name, bins) for name, bins in found.items()))
    off = sum(each.off for bins in found.values() for each in bins)
    judged = sum(each.judged for bins in found.values() for each in bins)
    print(f"\n{judged} bins judged, {off} farther off than 3 points; {time.perf_counter() - began_s:,.0f} s")
    if asked.once:
        stared = calibration(
            world,
            acts=asked.acts,
            points=asked.points,
            signatures=[each for each in SIGNATURES if "camera" in each.means],
            truth=partial(really_seen, once=True),
        )
        print("\nIf a fixed camera drew once for a whole act:\n")
        print("\n\n".join(table(name, bins) for name, bins in stared.items()))
    return int(off > 0)


if __name__ == "__main__":
    sys.exit(main())
