"""Observation rows sealed with their row roots: `python -m benchmarks.record_rows [--rows 1000000] [--repeats 3]`.

A week of made-up observations, 35 columns, each row some 630 bytes of canonical JSON: a third of the columns differ in
almost every row, the rest repeat. What counts is the whole way by the clock, on all cores: from Arrow tables to frames
whose roots are known, whose Parquet is on the disk and whose entries are appended, all synced. Before it stand one
core's rates, in turns with the way that it was done before, row by row (kept here), with pymerkle's tree over the
same rows, and with the floor: SHA-256 of the salted rows and of the tree's nodes, which are ready in memory. They are
per second of processor time, the best of the repeats.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import msgspec  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
from pymerkle import InmemoryTree  # noqa: E402

from truceline.base.canonical import leaf_hash, node_hash, rows_root  # noqa: E402
from truceline.base.rows import canonical_rows  # noqa: E402
from truceline.model.observation import OBSERVATIONS  # noqa: E402
from truceline.record import Derivation, FrameSealer, NewFrame, open_record  # noqa: E402
from truceline.record.leaf import seal_all  # noqa: E402
from truceline.record.tables import frame_bytes, stored_frame, table_entry  # noqa: E402
from truceline.record.tree.frames import frame_proof, row_receipt, seal_frame  # noqa: E402

WANTED = 400_000  # rows a second by the clock: sealed, kept, entered, on all cores
SLOW_ROWS = 100_000  # one core is measured on fewer rows
FRAMES = (1_000, 10_000)
TOGETHER = 250_000  # rows whose frames are put at once: their entries are one append
WEEK_US, BEGAN_US = 7 * 86_400_000_000, 1_790_812_800_000_000
AT = "2026-10-01T00:00:00Z"
DERIVATION = Derivation(inputs=(), code="truceline 0.1.0", settings="0" * 64)


def main() -> int:
    """Make, measure, compare, print; 1 if the wanted rate is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_rows")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, help="where the record is made; else a temporary folder")
    asked = parser.parse_args()
    table = observations(asked.rows)
    part = table.slice(0, min(SLOW_ROWS, asked.rows))
    rows = canonical_rows(part)
    assert rows == old_rows(part), "the two ways differ"
    assert rows_root(rows) == old_root(rows) == merkle_root(rows), "the three trees differ"
    length = sum(map(len, rows)) / len(rows)
    print(f"{asked.rows:,} rows of {len(OBSERVATIONS)} columns, {length:.0f} bytes each; {os.cpu_count()} cores\n")
    print("| one core | rows a second | times the way before |\n|---|---|---|")
    rates = best(ways(part, rows), len(part), asked.repeats)
    before = 1 / (1 / rates["canonical rows, before"] + 1 / rates["their root, before"])
    for name, rate_hz in rates.items():
        print(f"| {name} | {rate_hz:,.0f} | {rate_hz / before:.1f} |")
    print(
        "\n| on the disk, by the clock | rows a second | one process | frames one by one |\n|---|---|---|---|",
        flush=True,
    )
    found = []
    with FrameSealer(1) as here, FrameSealer(asked.processes) as sealer:
        list(sealer.sealed([(part, bytes(32))] * 2 * asked.processes))  # the processes are there
        for size in FRAMES:
            rates_hz = {"all": 0.0, "one": 0.0, "single": 0.0}
            for _ in range(asked.repeats):
                for name, each in (("all", sealer), ("one", here), ("single", None)):
                    rows_put = table if name == "all" else part
                    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
                        rates_hz[name] = max(rates_hz[name], durable(rows_put, size, Path(folder), each))
            found.append(rates_hz["all"])
            print(f"| frames of {size:,} rows | " + " | ".join(f"{each:,.0f}" for each in rates_hz.values()) + " |")
    print(f"\n{receipts(table.slice(0, FRAMES[-1]))}")
    print(
        f"wanted: {WANTED:,} rows a second by the clock, sealed and kept; with {asked.processes} processes the least is"
    )
    print(f"{min(found):,.0f}, {min(found) / rates['floor: hashes alone']:.2f} of what one core hashes")
    return int(min(found) < WANTED)


def ways(table: pa.Table, rows: list[bytes]) -> dict[str, Callable[[], object]]:
    """What one core does to a table, and the other ways to do it."""
    salted = [b"\x00" + bytes(32) + row for row in rows]
    nodes = [b"\x01" + bytes(64)] * (len(rows) - 1)
    frames = {size: [table.slice(first, size) for first in range(0, len(table), size)] for size in FRAMES}
    here = FrameSealer(1)
    made: dict[str, Callable[[], object]] = {
        "floor: hashes alone": lambda: [hashlib.sha256(each).digest() for each in (*salted, *nodes)],
        "canonical rows, before": lambda: old_rows(table),
        "their root, before": lambda: old_root(rows),
        "their root, pymerkle": lambda: merkle_root(rows),
        "canonical rows": lambda: canonical_rows(table),
        "their root": lambda: rows_root(rows),
    }
    for size in FRAMES:
        made[f"frames of {size:,} rows: Parquet"] = lambda size=size: [
            frame_bytes(each, bytes(32)) for each in frames[size]
        ]
        made[f"frames of {size:,} rows, sealed"] = lambda size=size: list(
            here.sealed((each, bytes(32)) for each in frames[size])
        )
    return made


def best(works: dict[str, Callable[[], object]], count: int, repeats: int) -> dict[str, float]:
    """The most of each that was done in a second of processor time; they take turns."""
    took_s = dict.fromkeys(works, float("inf"))
    for _ in range(repeats):
        for name, work in works.items():
            began_s = time.process_time()
            work()
            took_s[name] = min(took_s[name], time.process_time() - began_s)
    return {name: count / each_s for name, each_s in took_s.items()}


def durable(table: pa.Table, size: int, folder: Path, sealer: FrameSealer | None) -> float:
    """Rows a second by the clock: sealed, kept as Parquet, entered, all of it synced; None: a frame at a time."""
    with open_record(folder / "record") as record:
        began_s = time.perf_counter()
        for start in range(0, len(table), TOGETHER):
            some = table.slice(start, TOGETHER)
            frames = [
                NewFrame(name=f"frame {start + first}", table=some.slice(first, size), compartment="A")
                for first in range(0, len(some), size)
            ]
            if sealer is not None:
                record.put_frames(frames, derivation=DERIVATION, known_at=AT, sealer=sealer)
                continue
            for each in frames:
                record.put_frame(each.name, each.table, compartment="A", derivation=DERIVATION, known_at=AT)
        return len(table) / (time.perf_counter() - began_s)


def receipts(table: pa.Table) -> str:
    """How long a receipt for one row takes, and how long it is."""
    frame = seal_frame(table, bytes(32))
    stored = stored_frame("frame", frame, compartment="A", sha256="0" * 64, derivation=DERIVATION)
    (sealed,) = seal_all([table_entry(stored, known_at=AT)], first=0, salts=bytes(32))
    receipt = {"receipt": lambda: [row_receipt(frame_proof(frame, at), sealed) for at in range(100)]}
    rate_hz = best(receipt, 100, 3)["receipt"]
    length = len(row_receipt(frame_proof(frame, 0), sealed))
    return f"a receipt for one row of {len(table):,}, checked: {1e3 / rate_hz:.2f} ms, {length:,} bytes"


# --- the way before, and the peer -------------------------------------------------------------------------


def old_rows(table: pa.Table) -> list[bytes]:
    """Row by row: to Python's values, each float spelled, each row encoded."""
    names = sorted(table.column_names)
    encode = msgspec.json.Encoder().encode
    rows: list[bytes] = []
    for batch in table.select(names).to_batches(max_chunksize=1 << 16):
        columns = [old_values(batch.column(name)) for name in names]
        rows += [
            encode({name: value for name, value in zip(names, row, strict=True) if value is not None})
            for row in zip(*columns, strict=True)
        ]
    return sorted(rows)


def old_values(column: pa.Array) -> list[object]:
    """A column's values; all integers here are ones that JSON keeps."""
    values: list[object] = column.to_pylist()
    return [None if each is None else repr(each) for each in values] if pa.types.is_floating(column.type) else values


def old_root(rows: list[bytes]) -> str:
    """The tree as RFC 6962 tells it, by halves."""
    return old_tree([leaf_hash(row) for row in sorted(rows)]).hex()


def old_tree(leaves: list[bytes]) -> bytes:
    """The root over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(old_tree(leaves[:split]), old_tree(leaves[split:]))


def merkle_root(rows: list[bytes]) -> str:
    """pymerkle's, which has the same hashes."""
    tree = InmemoryTree(algorithm="sha256")
    for row in rows:
        tree.append_entry(row)
    return tree.get_root().hex()


# --- what was seen in a week ------------------------------------------------------------------------------


def observations(count: int, *, seed: int = 7) -> pa.Table:
    """A week of reports and of detections by 24 posts: the same for the same seed."""
    dice = np.random.default_rng(seed)
    column = {**told(dice, count), **placed(dice, count), **measured(dice, count)}
    return pa.Table.from_pydict({name: column[name] for name in OBSERVATIONS.names}, schema=OBSERVATIONS)


def told(dice: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """Names, words and numbers of which there are few."""
    numbers = np.arange(count)
    files = pa.array([hashlib.sha256(b"%d" % number).hexdigest() for number in range(count // 1_000 + 1)])
    words = {
        "means": ["camera", "radar", "acoustic", "patrol", "report"],
        "happening": [""] * 60 + [f"H{number}" for number in range(40)],
        "place_name": [""] * 40
        + [f'Farm "{number}"' if number % 50 == 0 else f"Place {number}" for number in range(300)],
        "act": ["shelling", "flight", "movement", "presence", "fire", ""],
        "weapon_system": ["", "", "type 1", "type 2", "type 3"],
        "weapon_class": ["", "mlrs", "howitzer", "tank", "recon_drone"],
        "object_kind": ["", "", "", "house", "school"],
        "inventory": [""],
        "remark": [""] * 9 + ["seen twice"],
        "parties": [[], ["A"], ["B"], ["A", "B"]],
        "media": [[]] * 9 + [[hashlib.sha256(b"picture").hexdigest()]],
        "calibre_lo_mm": [None, 82, 122, 125, 152],
        "confidence_permille": [None, 300, 500, 700, 900],
    }
    column = {
        name: pa.array(values, OBSERVATIONS.field(name).type).take(pa.array(dice.integers(0, len(values), count)))
        for name, values in words.items()
    }
    return column | {
        "calibre_hi_mm": column["calibre_lo_mm"],
        "observation_id": pc.binary_join_element_wise("obs-", pa.array(numbers).cast(pa.string()), ""),
        "raw_sha256": files.take(pa.array(numbers // 1_000)),
        "raw_at": pc.binary_join_element_wise("row ", pa.array(numbers % 1_000 + 2).cast(pa.string()), ""),
    }


def placed(dice: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """When, where and how many."""
    at_us = BEGAN_US + np.sort(dice.integers(0, WEEK_US, count))
    nowhere = dice.random(count) < 0.03
    cov_m2 = np.round(dice.choice([25.0, 100.0, 900.0, 2_500.0], count) * (1 + dice.random(count)), 2)
    items = dice.integers(1, 12, count)
    return {
        "earliest_at_us": pa.array(at_us),
        "latest_at_us": pa.array(at_us + dice.integers(0, 60, count) * 1_000_000),
        "lon_deg": pa.array(np.round(36 + 3 * dice.random(count), 6), mask=nowhere),
        "lat_deg": pa.array(np.round(47 + 2 * dice.random(count), 6), mask=nowhere),
        "cov_ee_m2": pa.array(cov_m2, mask=nowhere),
        "cov_en_m2": pa.array(np.zeros(count), mask=nowhere),
        "cov_nn_m2": pa.array(cov_m2, mask=nowhere),
        "count_lo": pa.array(items),
        "count_hi": pa.array(items, mask=dice.random(count) < 0.5),
    }


def measured(dice: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """What a fifth of them tell besides: where the post stands, bearing and range."""
    post, without = dice.integers(0, 24, count), dice.random(count) < 0.8
    values = {
        "observer_lon_deg": np.round(36 + post / 7, 5),
        "observer_lat_deg": np.round(47 + post / 11, 5),
        "observer_error_m": np.full(count, 10.0),
        "range_lo_m": np.round(dice.random(count) * 9_000, 1),
        "range_hi_m": np.round(9_000 + dice.random(count) * 900, 1),
        "bearing_lo_deg": np.round(dice.random(count) * 360, 2),
        "bearing_hi_deg": np.round(dice.random(count) * 360, 2),
        "residual_m": np.round(dice.random(count) * 40, 3),
    }
    posts = pa.array([f"post-{number:02d}" for number in range(24)])
    return {name: pa.array(each, mask=without) for name, each in values.items()} | {
        "source_id": posts.take(pa.array(post))
    }


if __name__ == "__main__":
    sys.exit(main())
