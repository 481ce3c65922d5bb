"""Storing files: `python -m benchmarks.record_content [--folder .] [--small 200] [--large 2] [--repeats 6]`.

In one process, on one disk, in turns:

- ours: `ContentStore.put_files`, all on the disk under their names when it returns;
- one by one: the same, a call for each file;
- copied: `shutil.copyfile` and fsync of the copy, file by file, without its folder: a loss of power may take the name.

The ratio is that of the rates of one turn, by the clock, for the disk decides; its median is printed. Files are
random bytes, made and synced before; what is read is in the system's memory, and nothing waits to be written when a
way begins. A virtual machine may fetch memory from its host while more is written than it had free: that costs each
way as much again as the writing, now the one and now the other, so look at a table of several turns, or `--large 1`.
"""

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from truceline.record.content import ContentStore  # noqa: E402
from truceline.record.disk import LocalDisk  # noqa: E402

RATIO_MIN = 0.7
MB = 1_000_000
PUTS = 2_000  # of little pieces


def main() -> int:
    """Print a table; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_content")
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to measure")
    parser.add_argument("--small", type=int, default=200, help="files of 1 MB")
    parser.add_argument("--large", type=int, default=2, help="files of 500 MB")
    parser.add_argument("--repeats", type=int, default=6)
    asked = parser.parse_args()
    print("| stored | copied with fsync | ours | ratio | limit | one by one | ratio | |")
    print("|---|---|---|---|---|---|---|---|")
    met = True
    for count, size in ((asked.small, MB), (asked.large, 500 * MB)):
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            met &= table_line(Path(folder), count, size, asked.repeats)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        print(f"\nPieces of 1 kB: {little(Path(folder))}. {machine()}")
    return 0 if met else 1


def table_line(folder: Path, count: int, size: int, repeats: int) -> bool:
    """Measure one size of files and print its line."""
    sources = [folder / f"source-{number}" for number in range(count)]
    for source in sources:
        source.write_bytes(os.urandom(size))
    os.sync()
    rates: dict[str, list[float]] = {"copied": [], "ours": [], "one by one": []}
    for turn in range(repeats + 1):
        for name, rate in one_turn(folder / f"turn-{turn}", sources, first=turn).items():
            rates[name] += [rate] if turn else []  # the first turn warms up
    medians = {name: statistics.median(each) for name, each in rates.items()}
    together, single = (
        statistics.median(ours / copied for ours, copied in zip(rates[name], rates["copied"], strict=True))
        for name in ("ours", "one by one")
    )
    print(
        f"| {count} files of {size // MB} MB | {medians['copied'] / MB:,.0f} MB/s | {medians['ours'] / MB:,.0f} MB/s "
        f"| {together:.2f} | >= {RATIO_MIN} | {medians['one by one'] / MB:,.0f} MB/s | {single:.2f} "
        f"| {'' if together >= RATIO_MIN else 'MISSED'} |",
        flush=True,
    )
    return together >= RATIO_MIN


def one_turn(folder: Path, sources: list[Path], *, first: int) -> dict[str, float]:
    """Bytes a second of each way; which begins changes from turn to turn, and which follows which."""

    def together(place: Path) -> None:
        ContentStore(place, LocalDisk()).put_files(sources)

    def single(place: Path) -> None:
        store = ContentStore(place, LocalDisk())
        for source in sources:
            store.put_files([source])

    def copy(place: Path) -> None:
        for source in sources:
            copied(source, place)

    ways = [("copied", copy), ("ours", together), ("one by one", single)]
    whole, rates = sum(source.stat().st_size for source in sources), {}
    for name, way in (ways[first % 3 :] + ways[: first % 3])[:: -1 if first % 2 else 1]:
        folder.mkdir()
        os.sync()
        begun_s = time.perf_counter()
        way(folder)
        rates[name] = whole / (time.perf_counter() - begun_s)
        shutil.rmtree(folder)
    return rates


def copied(source: Path, folder: Path) -> None:
    """A copy whose bytes are on the disk."""
    target = folder / source.name
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def little(folder: Path) -> str:
    """Rates of `put`, and of all at once."""
    told = []
    for name, way in (("by `put`", ContentStore.put), ("all at once", None)):
        (folder / name).mkdir()
        store, pieces = ContentStore(folder / name, LocalDisk()), [os.urandom(1_000) for _ in range(PUTS)]
        begun_s = time.perf_counter()
        if way:
            for piece in pieces:
                way(store, piece)
        else:
            store.put_all([piece] for piece in pieces)
        told.append(f"{PUTS / (time.perf_counter() - begun_s):,.0f}/s {name}")
    return ", ".join(told)


def machine() -> str:
    """Where this was measured."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores{load}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
