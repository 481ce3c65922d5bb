"""What the record's log costs: `python -m benchmarks.record_log [--entries 1000000] [--folder DIR]`.

Durable entries a second in groups, single durable appends in turns with bare calls of the disk and of SQLite, finding
the latest entry about a subject, opening after a writer was stopped, and verification: seconds, and the most memory of
a process of its own at a tenth of the entries and at all. By the clock, since it is the disk's time too; processor time
stands beside, since the clock of a busy machine tells of others.
"""

import argparse
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from truceline.model.entry import Entry  # noqa: E402
from truceline.record import Verification, open_record, verify_folder  # noqa: E402
from truceline.record.leaf import body_of  # noqa: E402

GROUPS = (1_000, 10_000)
PORTION = 100_000  # entries of one measurement
SINGLE_S, SINGLES = 0.5, 9
LOOKED_UP = 2_000
Figure = tuple[str, float, str, float | None, bool]  # what, figure, unit, limit, whether more is better


def main() -> int:
    """Measure, print; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_log")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--part", choices=["all", "write", "verify"], default="all")
    asked = parser.parse_args()
    if asked.part == "write":
        return written(asked.folder, asked.entries)
    if asked.part == "verify":
        return verified(asked.folder)
    with tempfile.TemporaryDirectory(dir=asked.folder) as made:
        folder = Path(made)
        figures = [*single(folder), *grown(folder, asked.entries)]
    print(f"bodies of {len(body_of(finding(asked.entries)))} bytes")
    for what, figure, unit, limit, more in figures:
        met = limit is None or (figure >= limit if more else figure <= limit)
        wanted = "" if limit is None else f"{'at least' if more else 'at most'} {limit:,g}"
        print(f"{what:62} {figure:12,.3f} {unit:10} {wanted} {'' if met else 'MISSED'}")
    return int(any(limit is not None and (f < limit if more else f > limit) for _, f, _, limit, more in figures))


def finding(number: int) -> Entry:
    """As a mission writes them: each about a subject of its own."""
    return Entry(
        kind="finding",
        subject=f"fnd-{number * 2654435761 % 2**32:08x}",
        author="truceline 0.1.0",
        known_at="2026-11-23T00:00:00Z",
        detail={"clause": "art-3", "n": number, "place": "37.51 48.12", "verdict": "breach", "after": number // 7},
    )


def grown(folder: Path, most: int) -> list[Figure]:
    """A log that is written in groups up to `most` entries, verified on the way and at the end, and read."""
    figures, log, rates = list[Figure](), folder / "grown", dict[tuple[int, str], list[float]]()
    tenth = most // 10
    for turn, first in enumerate(range(0, most, PORTION)):
        group, last = GROUPS[turn % len(GROUPS)], min(first + PORTION, most)
        entries = [finding(number) for number in range(first, last)]
        with open_record(log) as record:
            parts = [entries[at : at + group] for at in range(0, len(entries), group)]
            clock_s, busy_s = timed(lambda: [record.append(part) for part in parts])  # noqa: B023
        rates.setdefault((group, "by the clock"), []).append(len(entries) / clock_s)
        rates.setdefault((group, "of processor time"), []).append(len(entries) / busy_s)
        if last == tenth:
            figures += checked(log, tenth)
    for (group, how), each in sorted(rates.items()):
        limit = 100_000 if how == "by the clock" else None
        figures.append((f"durable entries in groups of {group:,}, {how}", statistics.median(each), "/s", limit, True))
    figures += [*checked(log, most), *read(log, most), *restarted(log, most)]
    return figures


def checked(log: Path, size: int) -> list[Figure]:
    """Verification in a process of its own."""
    answer = own_process("verify", log, size).split()
    entries, clock_s, busy_s, peak_mb = map(float, answer)
    assert entries == size, answer
    limit = 10 * size / 1_000_000
    return [
        (f"verification of {size:,} entries, by the clock", clock_s, "s", limit, False),
        (f"verification of {size:,} entries, processor time", busy_s, "s", None, False),
        (f"most memory while {size:,} are verified", peak_mb, "MB", None, False),
    ]


def verified(log: Path) -> int:
    """Verify; print how many entries, seconds by the clock and of processor time, most memory in MB."""
    found = list[Verification]()
    clock_s, busy_s = timed(lambda: found.append(verify_folder(log)))
    assert found[-1].ok, found[-1].problems[:3]
    lines = Path("/proc/self/status").read_text().splitlines()
    peak_mb = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(found[-1].entries, clock_s, busy_s, peak_mb)
    return 0


def read(log: Path, size: int) -> list[Figure]:
    """How long a person or a command waits for one entry."""
    figures, dice = list[Figure](), random.Random(1)
    asked = [dice.randrange(size) for _ in range(LOOKED_UP)]
    with open_record(log, writing=False) as record:
        for what, act in (
            ("the latest entry about a subject", lambda at: record.last("finding", finding(at).subject)),
            ("that there is none about a subject", lambda at: record.last("finding", f"none-{at}")),
            ("the entry at a position", record.sealed),
        ):
            took_ms = [timed(lambda: act(at))[0] * 1e3 for at in asked]  # noqa: B023
            figures.append((f"{what}, of {size:,}, median", statistics.median(took_ms), "ms", None, False))
        clock_s = timed(lambda: list(record.entries(kind="mission")))[0]
    return [*figures, (f"all entries of a rare kind, of {size:,}", clock_s * 1e3, "ms", None, False)]


def restarted(log: Path, size: int) -> list[Figure]:
    """Opening for writing after a writer ended without closing, in the middle of an append."""
    own_process("write", log, size)
    began_s = time.perf_counter()
    with open_record(log):
        took_s = time.perf_counter() - began_s
    return [(f"opening {size:,} entries for writing after a writer was stopped", took_s, "s", 2.0, False)]


def written(log: Path, size: int) -> int:
    """Append and end without closing, with an append begun."""
    record = open_record(log)
    for first in range(size, size + 20 * GROUPS[0], GROUPS[0]):
        record.append([finding(number) for number in range(first, first + GROUPS[0])])
    sys.stdout.flush()
    os._exit(0)


def single(folder: Path) -> list[Figure]:
    """One entry an append, in turns with what the disk and SQLite alone do."""
    rates: dict[str, list[float]] = {}
    for turn in range(SINGLES):
        bare = (("disk", synced(folder / f"d{turn}")), ("SQLite", committed(folder / f"s{turn}.db")))
        for what, acts in bare:
            rates.setdefault(what, []).append(rate(lambda: next(acts)))  # noqa: B023
        with open_record(folder / f"r{turn}") as record:
            numbers = iter(range(10**9))
            rates.setdefault("ours", []).append(rate(lambda: record.append([finding(next(numbers))])))  # noqa: B023
    disk, lite, ours = (statistics.median(rates[what]) for what in ("disk", "SQLite", "ours"))
    return [
        ("single writes of 300 bytes to the end of a file, each synced", disk, "/s", None, True),
        ("single commits of one such row in SQLite, WAL and FULL", lite, "/s", None, True),
        ("single durable appends: a commit, and the head's sync", ours, "/s", None, True),
        ("of what the disk allows for one commit and one write", 100 * ours * (1 / disk + 1 / lite), "%", None, True),
    ]


def rate(act: Callable[[], object]) -> float:
    """How many a second."""
    count, began_s = 0, time.perf_counter()
    while time.perf_counter() - began_s < SINGLE_S:
        act()
        count += 1
    return count / (time.perf_counter() - began_s)


def synced(path: Path) -> Iterator[None]:
    """Bare calls of the disk."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        while True:
            os.write(handle, os.urandom(300))
            os.fdatasync(handle)
            yield
    finally:
        os.close(handle)


def committed(path: Path) -> Iterator[None]:
    """Bare commits of a table without rules."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE rows(content BLOB)"):
            connection.execute(statement)
        while True:
            connection.execute("INSERT INTO rows VALUES (?)", (os.urandom(300),))
            yield
    finally:
        connection.close()


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time."""
    began_s, worked_s = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - began_s, time.process_time() - worked_s


def own_process(part: str, log: Path, size: int) -> str:
    """What a part of this, run apart, prints."""
    command = [sys.executable, __file__, "--part", part, "--entries", str(size), "--folder", str(log)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
