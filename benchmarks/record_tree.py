"""What the record's tree costs: `python -m benchmarks.record_tree [--leaves 10000000] [--folder DIR]`.

Appends per second of processor time against pymerkle's tree in memory, in this process, in turns; the time of one
proof, checked before it is handed out, at so many leaves, made of counters in a file that is deleted afterwards; the
rate of verification; the most memory at a tenth of the leaves and at all, each in a process of its own; single durable
appends of a record against bare calls of the disk and of SQLite.
"""

import argparse
import hashlib
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

from pymerkle import InmemoryTree  # noqa: E402

from truceline.model.entry import Entry  # noqa: E402
from truceline.record import LocalDisk, open_record  # noqa: E402
from truceline.record.leaf import Frontier  # noqa: E402
from truceline.record.tree.check import TreeCheck  # noqa: E402
from truceline.record.tree.nodes import BATCH, TREE, TreeFile, grow, rooted  # noqa: E402
from truceline.record.tree.proofs import consistency_holds, inclusion_holds  # noqa: E402
from truceline.record.tree.proven import Proven  # noqa: E402

TURNS, PORTION = 5, 50_000
PROOFS = 2_000
SINGLE_S, SINGLES = 0.5, 9
PLACE_BYTES, SECTOR = 192, 4096
Figure = tuple[str, float, str, float | None, bool]  # what, figure, unit, limit, whether more is better


def main() -> int:
    """Measure, print; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_tree")
    parser.add_argument("--leaves", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--part", choices=["all", "memory"], default="all")
    asked = parser.parse_args()
    if asked.part == "memory":
        return built(asked.folder, asked.leaves)
    with tempfile.TemporaryDirectory(dir=asked.folder) as made:
        folder = Path(made)
        figures = [*appends(folder), *large(folder, asked.leaves), *single(folder)]
    for what, figure, unit, limit, more in figures:
        met = limit is None or (figure >= limit if more else figure <= limit)
        wanted = "" if limit is None else f"{'at least' if more else 'at most'} {limit:,g}"
        print(f"{what:62} {figure:12,.3f} {unit:12} {wanted} {'' if met else 'MISSED'}")
    return int(any(limit is not None and (f < limit if more else f > limit) for _, f, _, limit, more in figures))


def leaf(number: int) -> bytes:
    """A commitment that is none."""
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def appends(folder: Path) -> list[Figure]:
    """Ours into a file, theirs in memory, in turns on the same leaves."""
    tree, frontier, other = TreeFile(folder / "small", disk=LocalDisk()), Frontier(), InmemoryTree(algorithm="sha256")
    tree.begin(0, writing=True)
    ours, theirs = list[float](), list[float]()
    for turn in range(TURNS):
        leaves = [leaf(number) for number in range(turn * PORTION, (turn + 1) * PORTION)]
        ours.append(PORTION / busy(lambda: append(tree, frontier, leaves)))  # noqa: B023
        theirs.append(PORTION / busy(lambda: [other.append_entry(one) for one in leaves]))  # noqa: B023
    assert other.get_root() == tree.root(TURNS * PORTION)
    tree.close()
    mine, peer = statistics.median(ours), statistics.median(theirs)
    return [
        ("appends to the file, in batches", mine, "leaves/s", None, True),
        ("appends of pymerkle 7, in memory", peer, "leaves/s", None, True),
        ("ours to theirs", mine / peer, "times", 5.0, True),
    ]


def append(tree: TreeFile, frontier: Frontier, leaves: list[bytes]) -> None:
    """As the log does, batch by batch."""
    for first in range(0, len(leaves), BATCH):
        tree.write(frontier.size, grow(frontier, leaves[first : first + BATCH]))


def built(folder: Path, size: int) -> int:
    """Write a tree of so many leaves; print the most memory that took, in MB."""
    tree = TreeFile(folder / TREE, disk=LocalDisk())
    tree.begin(0, writing=True)
    rooted(Frontier(), map(leaf, range(size)), (), tree.write)
    tree.close()
    lines = Path("/proc/self/status").read_text().splitlines()
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
    return 0


def large(folder: Path, size: int) -> list[Figure]:
    """Memory while it is built, proofs out of it, verification of it."""
    figures = list[Figure]()
    for count in (size // 10, size):
        command = [sys.executable, __file__, "--part", "memory", "--leaves", str(count), "--folder", str(folder)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        figures.append((f"most memory while {count:,} are written", float(answer.stdout), "MB", None, False))
    tree = TreeFile(folder / TREE, disk=LocalDisk())
    tree.begin(size, writing=True)
    head = tree.frontier(size).head()
    proven, dice = Proven(tree, head), random.Random(1)
    sizes = [dice.randrange(2, size) for _ in range(PROOFS)]

    def included(asked: int) -> None:
        at = asked // 2
        path = proven.inclusion(lambda: leaf(at), at, size)
        assert inclusion_holds(leaf(at), position=at, size=size, path=path, root=bytes.fromhex(head.root))

    def consistent(asked: int) -> None:
        path, root = proven.consistency(asked, size), bytes.fromhex(head.root)
        assert consistency_holds(old=asked, old_root=tree.root(asked), size=size, root=root, path=path)

    for what, act in (
        ("inclusion", included),
        ("inclusion, in an older tree", lambda asked: proven.inclusion(lambda: leaf(asked // 2), asked // 2, asked)),
        ("consistency", consistent),
        ("tile of 256, level 0", lambda asked: proven.tile(0, asked // 512, 256)),
    ):
        clock, worked = list[float](), list[float]()
        for asked in sizes:
            worked.append(busy(lambda: clock.append(timed(lambda: act(asked)) * 1e3)) * 1e3)  # noqa: B023
        limit = 1.0 if what == "inclusion" else None
        figures.append((f"{what}, {size:,} leaves, median by the clock", statistics.median(clock), "ms", limit, False))
        figures.append((f"{what}, p99 by the clock", statistics.quantiles(clock, n=100)[98], "ms", None, False))
        figures.append((f"{what}, p99 of processor time", statistics.quantiles(worked, n=100)[98], "ms", limit, False))
    opening = [timed(lambda: opened(folder, size)) * 1e3 for _ in range(20)]
    figures.append((f"opening a file of {size:,} leaves", statistics.median(opening), "ms", None, False))
    check, some = TreeCheck(folder), min(size, 1_000_000)
    took_s = busy(lambda: rooted(Frontier(), map(leaf, range(some)), (), check.saw))
    figures.append(("verification of the file against its leaves", some / took_s, "leaves/s", None, True))
    tree.close()
    return figures


def opened(folder: Path, size: int) -> None:
    """What a writer reads of the tree."""
    tree = TreeFile(folder / TREE, disk=LocalDisk())
    tree.begin(size, writing=True)
    tree.frontier(size).head()
    tree.close()


def single(folder: Path) -> list[Figure]:
    """One entry an append, in turns with what the disk and SQLite alone do."""
    rates: dict[str, list[float]] = {}
    for turn in range(SINGLES):
        for what, acts in (("disk", synced(folder / f"d{turn}")), ("SQLite", committed(folder / f"s{turn}.db"))):
            rates.setdefault(what, []).append(rate(acts))
        with open_record(folder / f"r{turn}") as record:
            entry = Entry(
                kind="finding", subject="a", author="b", known_at="2025-04-20T00:00:00Z", hashes=(), detail={}
            )
            rates.setdefault("ours", []).append(rate(iter(lambda: record.append([entry]), None)))  # noqa: B023
    disk, lite, ours = (statistics.median(rates[what]) for what in ("disk", "SQLite", "ours"))
    both = 1 / (1 / disk + 1 / lite)
    return [
        ("single writes of 192 bytes, each synced", disk, "/s", None, True),
        ("single commits of SQLite, WAL and FULL", lite, "/s", None, True),
        ("both one after the other, worked out", both, "/s", None, True),
        ("single durable appends", ours, "/s", None, True),
        ("single durable appends, of what both allow", 100 * ours / both, "%", None, True),
    ]


def rate(acts: Iterator[object]) -> float:
    """How many a second."""
    count, began_s = 0, time.perf_counter()
    while time.perf_counter() - began_s < SINGLE_S:
        next(acts)
        count += 1
    return count / (time.perf_counter() - began_s)


def synced(path: Path) -> Iterator[None]:
    """Writes in place, as the head is written."""
    disk = LocalDisk()
    handle = disk.open(path)
    disk.write_at(handle, bytes(2 * SECTOR), 0)
    disk.sync(handle)
    at = 0
    try:
        while True:
            disk.write_at(handle, os.urandom(PLACE_BYTES), at)
            disk.sync(handle)
            at = SECTOR - at
            yield
    finally:
        os.close(handle)


def committed(path: Path) -> Iterator[None]:
    """Rows of the size of an entry, each in a transaction of its own."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t(body BLOB)"):
        connection.execute(statement)
    try:
        while True:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO t VALUES (?)", (os.urandom(220),))
            connection.execute("COMMIT")
            yield
    finally:
        connection.close()


def timed(act: Callable[[], object]) -> float:
    """Seconds by the clock."""
    began_s = time.perf_counter()
    act()
    return time.perf_counter() - began_s


def busy(act: Callable[[], object]) -> float:
    """Seconds of processor time, which on a quiet machine are the clock's."""
    began_s = time.process_time()
    act()
    return time.process_time() - began_s


if __name__ == "__main__":
    raise SystemExit(main())
