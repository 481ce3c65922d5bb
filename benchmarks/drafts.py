"""Two drafts over past events, and every text of the library: `python -m benchmarks.drafts [--rows 10000000]`.

Drafts: fifty clauses, five of them with another distance. Past events are columns, as `judge.facts` makes them of a
record. Polars answers both drafts' conditions and compares them; its changed events must be ours. One thread.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS")
os.environ |= dict.fromkeys(ONE_THREAD, "1")  # before any of them is imported
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import numpy as np  # noqa: E402

from benchmarks.clauses import fifty_rules  # noqa: E402
from benchmarks.engines import polars_engine  # noqa: E402
from benchmarks.events import VALUES, Events, synthetic  # noqa: E402
from truceline.judge import Change, changes  # noqa: E402
from truceline.mandate import check_mandate, parse_mandates  # noqa: E402
from truceline.terms import Between, Rule  # noqa: E402

CHANGED = 5
LIMIT_S = 5.0
LIBRARY_LIMIT_S = 0.1


@dataclass(frozen=True)
class Columns:
    """Events with the values of their codes; two of them measure apart, one object measures alike."""

    spans: dict[str, tuple[np.ndarray, np.ndarray]]
    codes: dict[str, np.ndarray]
    values: dict[str, Sequence[object]]


def main() -> int:
    """Measure, check, print; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drafts")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    events, old = synthetic(asked.rows), fifty_rules()
    new = redrafted(old)
    one, same = columns(events), columns(events)
    changed_s, found = measured(lambda: changes(old, one, new, one, rows=events.rows), asked.repeats)
    all_s, again = measured(lambda: changes(old, one, new, same, rows=events.rows), asked.repeats)
    assert told(found) == told(again), "looking at every rule tells the same"
    print(f"{events.rows:,} past events, 50 clauses, {CHANGED} of them changed; {os.getloadavg()[0]:.1f} load")
    print(f"Truceline, only what changed: {changed_s:.2f} s by the clock (limit {LIMIT_S} s)")
    print(f"Truceline, every rule twice (drafts that measure apart): {all_s:.2f} s")
    polars_s, changed_rows = measured(lambda: by_polars(old, new, events), 1)
    ours = np.unique(np.concatenate([each.rows for each in found]))
    assert np.array_equal(ours, changed_rows), "Polars finds other events"
    print(f"Polars: {polars_s:.2f} s, the same {len(ours):,} events; Truceline {polars_s / all_s:.1f} x as fast")
    slowest = library()
    return int(changed_s > LIMIT_S or slowest > LIBRARY_LIMIT_S)


def redrafted(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The same rules, the first five distances a fifth shorter."""
    drafted, left = [], CHANGED
    for rule in rules:
        atoms = list(rule.atoms)
        for number, atom in enumerate(atoms):
            if left and isinstance(atom, Between) and atom.column.startswith("distance") and atom.hi is not None:
                atoms[number], left = replace(atom, hi=atom.hi * 4 // 5), left - 1
                break
        drafted.append(replace(rule, atoms=tuple(atoms)))
    return tuple(drafted)


def columns(events: Events) -> Columns:
    return Columns(events.spans, events.codes, VALUES)


def by_polars(old: Sequence[Rule], new: Sequence[Rule], events: Events) -> np.ndarray:
    """Events of which either plane of any rule differs."""
    before, after = polars_engine(old, events)(), polars_engine(new, events)()
    return np.flatnonzero((before[0] ^ after[0]) | (before[1] ^ after[1]))


def told(found: Sequence[Change]) -> list[tuple[object, ...]]:
    return [(each.key, each.before, each.after, each.rows.tolist()) for each in found]


def measured(run, repeats: int):
    """Median seconds by the clock, and the last answer."""
    took_s = []
    for _ in range(repeats):
        begun_s = time.perf_counter()
        answer = run()
        took_s.append(time.perf_counter() - begun_s)
    return statistics.median(took_s), answer


def library() -> float:
    """Seconds of processor time of the slowest text of the library, checked a second time."""
    took: dict[str, float] = {}
    for path in sorted((ROOT / "mandates").glob("*/*.truce")):
        for mandate in parse_mandates({path.name: path.read_bytes()}):
            check_mandate(mandate)
            begun_s = time.process_time()
            check_mandate(mandate)
            took[path.stem] = time.process_time() - begun_s
    slowest = max(took, key=took.__getitem__)
    print(
        f"{len(took)} texts of the library: median {statistics.median(took.values()) * 1_000:.0f} ms, "
        f"slowest {took[slowest] * 1_000:.0f} ms ({slowest}; limit {LIBRARY_LIMIT_S * 1_000:.0f} ms)"
    )
    return took[slowest]


if __name__ == "__main__":
    sys.exit(main())
