"""Footage metadata: `python -m benchmarks.footage_klv [--repeats 15]`.

The 277 packets of the simulated flight that the tests carry, on one core, in one process, in turns:

- ours: from the packets' bytes to FRAMES and SIGHTINGS as Arrow tables, flags, ids and VMTI places included;
- ours, from the whole video stream: the same with the transport stream taken apart (8 kB of pictures a frame);
- stanag4609, decoding alone: the same packets to its objects, faulty fields kept (PRESERVE), no table, no VMTI places.

Rates are frames per second of processor time, the median of the turns; the ratio is that of the medians.
"""

import argparse
import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS")
os.environ |= dict.fromkeys(ONE_THREAD, "1")  # before any of them is imported
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from stanag4609.st0601 import FieldDecodingMode, decode_uas_local_set  # noqa: E402

from truceline.observe.footage import Raw, read_footage  # noqa: E402
from truceline.observe.footage.streams import Packet, Streams  # noqa: E402

STREAM = ROOT / "tests" / "footage_data" / "klv" / "osh" / "sample-stream.ts"
RATE_MIN = 6_000  # frames a second
TIMES_MIN = 4  # stanag4609's rate
LOCATE_US = 5  # a frame: what placing its picture on the ground costs besides, taken into the ratio


def main() -> int:
    """Print a table; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footage_klv")
    parser.add_argument("--repeats", type=int, default=15)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    video = STREAM.read_bytes()
    streams = Streams()
    packets = [each.payload for each in streams.feed(video) + streams.finish() if isinstance(each, Packet)]
    plain = b"".join(packets)

    def ours() -> int:
        return read_footage(plain, raw=Raw(name="flight.klv", source_id="uav", sha256="0" * 64)).tables()[0].num_rows

    def whole() -> int:
        return read_footage(video, raw=Raw(name="flight.ts", source_id="uav", sha256="0" * 64)).tables()[0].num_rows

    def theirs() -> int:
        for packet in packets:
            decode_uas_local_set(packet, field_decoding=FieldDecodingMode.PRESERVE)
        return len(packets)

    rates = measured({"ours": ours, "stream": whole, "stanag4609": theirs}, asked.repeats)
    with_place = 1 / (1 / rates["ours"] + LOCATE_US / 1e6)
    times, times_placed = rates["ours"] / rates["stanag4609"], with_place / rates["stanag4609"]
    print(
        f"{len(packets)} packets of {len(plain) // len(packets)} bytes; median of {asked.repeats} turns; {machine()}.\n"
    )
    print("| measured | result | limit | |\n|---|---|---|---|")
    lines = [
        ("packets to tables", f"{rates['ours']:,.0f} frames/s", f">= {RATE_MIN:,}", rates["ours"] >= RATE_MIN),
        ("video stream to tables", f"{rates['stream']:,.0f} frames/s", "", True),
        ("stanag4609, decoding alone", f"{rates['stanag4609']:,.0f} frames/s", "", True),
        ("packets to tables over stanag4609", f"{times:.1f} x", "", True),
        (
            f"the same with {LOCATE_US} µs a frame for its place",
            f"{times_placed:.1f} x",
            ">= 4 x",
            times_placed >= TIMES_MIN,
        ),
    ]
    for what, result, limit, met in lines:
        print(f"| {what} | {result} | {limit} | {'' if met else 'MISSED'} |")
    return int(not all(met for *_, met in lines))


def measured(runs: dict[str, Callable[[], int]], repeats: int) -> dict[str, float]:
    """The median rate of each, in turns; the first turn warms up."""
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            gc.collect()
            begun_s = time.process_time()
            frames = run()
            took_s = time.process_time() - begun_s
            assert frames == 277, f"{name}: {frames} frames"
            rates[name] += [frames / took_s] if turn else []
    return {name: statistics.median(each) for name, each in rates.items()}


def machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"one of {os.cpu_count()} cores{load}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
