"""Detection and tracks: `python -m benchmarks.footage_detect [--seconds 3]`.

Two cores, two threads of cv2. The flight's own pictures at 640 x 480; the same enlarged to 1920 x 1080, which are
halved before they are looked at (`Settings.side_px`): what that costs in vehicles found is measured by halving the
flight's own. Rates are by the clock; beside them, by the second of processor time. What it is measured on:
tests/detect/flight.py.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence

import cv2
import numpy as np
from tests.detect.flight import Grey, movers, osh, pictures, placed, with_movers
from tests.detect.judged import followed
from tests.fuse.tracks import worlds

from benchmarks.__main__ import Line, machine, say
from truceline.detect import Settings, looks
from truceline.fuse.tracks import tracks

LAST = 200  # the camera swings away after that
LEAST_FPS = 25.0


def main() -> int:
    """Measure, print a table; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footage_detect")
    parser.add_argument("--seconds", type=int, default=3, help="of video, for each size")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    greys = osh()[: 30 * asked.seconds]
    large = [cv2.resize(grey, (1920, 1080), interpolation=cv2.INTER_CUBIC) for grey in greys]
    lines = [speed("640 x 480", greys, asked.repeats, None), speed("1920 x 1080", large, asked.repeats, LEAST_FPS)]
    lines += [recall("whole", Settings()), recall("halved", Settings(side_px=320))]
    lines += [tracking("dense", things=250, false_each=130.0), tracking("sparse", things=4, false_each=2.0)]
    print(f"\n{machine()}; {asked.seconds} s of video, median of {asked.repeats}.\n")
    print("| measured | result | limit | |\n|---|---|---|---|")
    for what, result, limit, met in lines:
        print(f"| {what} | {result} | {limit} | {'' if met else 'MISSED'} |")
    return int(not all(met for *_, met in lines))


def speed(what: str, greys: Sequence[Grey], repeats: int, least_fps: float | None) -> Line:
    rates, busy = [], []
    for _ in range(repeats):
        begun_s, idle_s = time.perf_counter(), time.process_time()
        assert len(list(looks(pictures(greys)))) == len(greys)
        rates.append(len(greys) / (time.perf_counter() - begun_s))
        busy.append(len(greys) / (time.process_time() - idle_s))
        say(f"{what}: {rates[-1]:.1f} pictures/s")
    fps = statistics.median(rates)
    limit = "" if least_fps is None else f">= {least_fps:g}"
    return (
        f"movement and flashes, {what}",
        f"{fps:.0f} pictures/s ({statistics.median(busy):.0f})",
        limit,
        least_fps is None or fps >= least_fps,
    )


def recall(what: str, settings: Settings) -> Line:
    """Vehicles of 4 x 2 pixels in the flight: the share that is followed most of its time; tracks of nothing."""
    vehicles = movers(300, count=12, contrast=70.0, since=100)
    greys = [with_movers(grey, number, vehicles) for number, grey in enumerate(osh()[: LAST + 1])]
    found = list(looks(pictures(greys), settings=settings))
    result = followed(found, tracks(placed(found)), vehicles)
    shown = f"{result.recall:.2f} of {len(result.covered)}, false tracks {len(result.false)}"
    return f"vehicles of 5 m at 1.3 m a pixel, {what}", shown, "", True


def tracking(what: str, *, things: int, false_each: float) -> Line:
    pictures_count = 300 if what == "dense" else 4_000
    world = worlds.world(1, things=things, pictures=pictures_count, false_each=false_each, lapse_s=0.2, own_sigma_m=1.0)
    given = worlds.placed(world)
    begun_s = time.perf_counter()
    found = tracks(given)
    rate = given.num_rows / (time.perf_counter() - begun_s)
    each = given.num_rows / len(np.unique(given["at_us"].to_numpy()))
    shown = f"{rate:,.0f} sightings/s; {found.num_rows} tracks"
    return f"tracks of {given.num_rows:,} sightings, {each:.0f} a picture", shown, "", True


if __name__ == "__main__":
    sys.exit(main())
