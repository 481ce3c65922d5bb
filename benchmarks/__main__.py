"""Everything at once, one thread and one core each: `python -m benchmarks [--rows 1000000] [--repeats 3]`.

All run in one process on the same data; ours and Polars, the nearest, in turns. Equal masks are checked before anything
is printed. Rates are per second of processor time, which for one thread on a quiet machine is the clock's.
Latency and start are by the clock, for a person waits by it.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS")
os.environ |= dict.fromkeys(ONE_THREAD, "1")  # before any of them is imported
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from benchmarks.clauses import fifty_rules  # noqa: E402
from benchmarks.engines import Masks, duckdb_engine, polars_engine, python_engine  # noqa: E402
from benchmarks.events import VALUES, Events, arrow_of, synthetic  # noqa: E402
from truceline.judge.kernel import Kernel  # noqa: E402

PYTHON_ROWS = 50_000
ROW_GROUP = 131_072
HELP_RUNS = 11
Line = tuple[str, str, str, bool]  # what, measured, wanted, met


def main() -> int:
    """Measure, check, print a table; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    say(f"making {asked.rows:,} events")
    events = synthetic(asked.rows)
    lines = one_event(events)
    lines += in_memory(events, asked.repeats)
    lines += streamed(events, asked.repeats)
    lines += start()
    print(f"\n{machine()}; {asked.rows:,} events, 50 clauses, median of {asked.repeats}.\n")
    print("| measured | result | limit | |\n|---|---|---|---|")
    for what, result, limit, met in lines:
        print(f"| {what} | {result} | {limit} | {'' if met else 'MISSED'} |")
    return int(not all(met for *_, met in lines))


def in_memory(events: Events, repeats: int) -> list[Line]:
    """Ours against the others, in turns, on the same columns."""
    rules = fifty_rules()
    kernel = Kernel(rules, VALUES)
    few = events.part(0, min(events.rows, PYTHON_ROWS))
    scattered = np.linspace(0, events.rows - 1, few.rows).astype(np.int64)
    few = Events(
        {name: (lo[scattered], hi[scattered]) for name, (lo, hi) in events.spans.items()},
        {name: each[scattered] for name, each in events.codes.items()},
        few.rows,
    )

    def ours() -> Masks:
        surely, possibly = kernel.planes(events.spans, events.codes, rows=events.rows)
        return surely[:, 0], possibly[:, 0]

    rates: dict[str, list[float]] = {"Truceline": [], "Polars": [], "DuckDB": [], "Python": []}
    found: dict[str, Masks] = {}
    fast = {"Truceline": ours, "Polars": polars_engine(rules, events)}
    for turn in range(repeats + 1):  # the first turn warms up
        for name, run in fast.items():
            took_s, busy_s, found[name] = timed(run)
            rates[name] += [events.rows / busy_s / 1e6] if turn else []
            say(f"{name}: {events.rows / busy_s / 1e6:.2f} M rows/s ({events.rows / took_s / 1e6:.2f} by the clock)")
    del fast, run
    for name, engine, given in (("DuckDB", duckdb_engine, events), ("Python", python_engine, few)):  # slow: twice
        run = engine(rules, given)
        for _ in range(2):
            _, busy_s, found[name] = timed(run)
            rates[name].append(given.rows / busy_s / 1e6)
            say(f"{name}: {given.rows / busy_s / 1e6:.2f} M rows/s")
        del run
    for name in ("Polars", "DuckDB"):
        same = [(mine == other).all() for mine, other in zip(found["Truceline"], found[name], strict=True)]
        assert all(same), f"{name} gives other masks"
    for mine, other in zip(found["Truceline"], found["Python"], strict=True):
        assert (mine[scattered] == other).all(), "plain Python gives other masks"
    median = {name: statistics.median(each) for name, each in rates.items()}
    fastest = max(("Polars", "DuckDB"), key=lambda name: median[name])
    ratio = median["Truceline"] / median[fastest]
    held = [int((mask != 0).sum()) for mask in found["Truceline"]]
    say(f"events held surely {held[0]:,}, possibly {held[1]:,}; all masks equal")
    return [
        rated("both planes, in memory: Truceline", median["Truceline"], 5.0),
        *(rated(f"both planes, in memory: {name}", median[name], None) for name in ("Polars", "DuckDB")),
        (
            f"both planes: plain Python ({few.rows:,} of the events)",
            f"{median['Python']:.3f} M rows/s",
            "",
            True,
        ),
        (f"Truceline over the faster of the two, {fastest}", f"{ratio:.1f} x", ">= 2 x", ratio >= 2),
    ]


def one_event(events: Events) -> list[Line]:
    """The same kernel, one row at a time."""
    kernel = Kernel(fifty_rules(), VALUES)
    parts = [events.part(row, row + 1) for row in range(min(events.rows, 5_000))]
    times_ms = sorted(timed(lambda part=part: kernel.planes(part.spans, part.codes, rows=1))[0] * 1e3 for part in parts)
    median, p99 = times_ms[len(times_ms) // 2], times_ms[len(times_ms) * 99 // 100]
    return [("one event, median and p99", f"{median:.3f} and {p99:.3f} ms", "< 1 ms", p99 < 1)]


def streamed(events: Events, repeats: int) -> list[Line]:
    """The kernel over Parquet in fresh processes, with the most memory any of them took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        say("writing Parquet")
        pq.write_table(arrow_of(events), path, row_group_size=ROW_GROUP, compression="lz4", use_dictionary=False)
        size_mb = path.stat().st_size / 1e6
        runs = []
        for _ in range(repeats):
            said = run_python("-m", "benchmarks.streamed", str(path))
            runs.append(json.loads(said))
            say(f"streamed: {runs[-1]}")
    rate = statistics.median(run["rows"] / run["busy_s"] / 1e6 for run in runs)
    peak_mb = max(run["peak_mb"] for run in runs)
    return [
        rated(f"streamed from Parquet ({size_mb:,.0f} MB)", rate, 2.5),
        ("most memory while streaming", f"{peak_mb:.0f} MB", "< 400 MB", peak_mb < 400),
    ]


def start() -> list[Line]:
    """What `truceline --help` costs a person who waits for it."""
    if not (ROOT / "src" / "truceline" / "cli").exists():
        say("truceline --help: skipped, there is no truceline.cli yet")
        return []
    times_s = [timed(lambda: run_python("-m", "truceline", "--help"))[0] for _ in range(HELP_RUNS)]
    median = statistics.median(times_s)
    return [("`truceline --help`, median of 11", f"{median:.2f} s", "< 0.5 s", median < 0.5)]


def run_python(*arguments: str) -> str:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def rated(what: str, rate: float, least: float | None) -> Line:
    limit = "" if least is None else f">= {least:g} M rows/s"
    return what, f"{rate:.2f} M rows/s", limit, least is None or rate >= least


def timed(run: Callable[[], object]) -> tuple[float, float, object]:
    """Seconds by the clock, seconds of processor time, and what it gave."""
    begun_s, idle_s = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - begun_s, time.process_time() - idle_s, result


def machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores{load}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
