"""Observation rows sealed with their row roots: `python -m benchmarks.record_rows [--rows 1000000] [--repeats 3]`.

A week of made-up observations, 34 columns, each row some 790 bytes of canonical JSON: a third of the columns differ in
almost every row, the rest repeat. Beside ours stand the way that it was done before, row by row (kept here), and
pymerkle's tree over the same rows. One process, one thread; rates are per second of processor time, the best of
the repeats, but for the last part, which waits for the disk and is by the clock.
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
from truceline.model.entry import Entry  # noqa: E402
from truceline.model.observation import OBSERVATIONS  # noqa: E402
from truceline.record import Derivation, open_record  # noqa: E402
from truceline.record.leaf import seal  # noqa: E402
from truceline.record.tables import frame_bytes, stored_frame, table_entry  # noqa: E402
from truceline.record.tree.frames import Frame, frame_proof, row_receipt, seal_frame  # noqa: E402

WANTED = 400_000  # rows a second, canonical form, sort, hashes and root together
SLOW_ROWS = 100_000  # the old way and the peer are measured on fewer rows
FRAMES = (1_000, 10_000)
GROUP = 10  # frames whose entries are appended at once
WEEK_US, BEGAN_US = 7 * 86_400_000_000, 1_790_812_800_000_000
AT = "2026-10-01T00:00:00Z"


def main() -> int:
    """Make, measure, compare, print; 1 if the wanted rate is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_rows")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the record is made; else a temporary folder")
    asked = parser.parse_args()
    table = observations(asked.rows)
    part = table.slice(0, min(SLOW_ROWS, asked.rows))
    rows = canonical_rows(part)
    assert rows == old_rows(part), "the two ways differ"
    assert rows_root(rows) == old_root(rows) == merkle_root(rows), "the three trees differ"
    print(f"{asked.rows:,} rows of {len(OBSERVATIONS)} columns, {sum(map(len, rows)) / len(rows):.0f} bytes each\n")
    print("| measured | rows a second | before | times |\n|---|---|---|---|")
    few, many = len(part), asked.rows
    old = {
        "canonical rows": best(lambda: old_rows(part), few, asked.repeats),
        "their root": best(lambda: old_root(rows), few, asked.repeats),
        "pymerkle": best(lambda: merkle_root(rows), few, asked.repeats),
    }
    old["both"] = 1 / (1 / old["canonical rows"] + 1 / old["their root"])
    said("canonical rows", best(lambda: canonical_rows(table), many, asked.repeats), old["canonical rows"])
    said("their root", best(lambda: rows_root(rows), few, asked.repeats), old["their root"])
    said("their root, against pymerkle", best(lambda: rows_root(rows), few, asked.repeats), old["pymerkle"])
    both = best(lambda: rows_root(canonical_rows(table)), many, asked.repeats)
    said("canonical rows and root", both, old["both"])
    rates = [both]
    for size in FRAMES:
        frames = [table.slice(first, size) for first in range(0, many, size)]
        rates.append(best(lambda frames=frames: [seal_frame(each, bytes(32)) for each in frames], many, asked.repeats))
        said(f"frames of {size:,} rows, salted", rates[-1], old["both"])
    for size in FRAMES:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            said(f"frames of {size:,} rows on the disk, {GROUP} an append", durable(table, size, Path(folder)), None)
    print(f"\n{receipts(table.slice(0, FRAMES[-1]))}")
    print(f"wanted: {WANTED:,} rows a second, sealed; the best is {max(rates):,.0f}")
    return int(max(rates) < WANTED)


def said(what: str, rate_hz: float, before_hz: float | None) -> None:
    """One line of the table."""
    compared = "| |" if before_hz is None else f"| {before_hz:,.0f} | {rate_hz / before_hz:.1f}"
    print(f"| {what} | {rate_hz:,.0f} {compared} |", flush=True)


def best(work: Callable[[], object], count: int, repeats: int) -> float:
    """The most that was done in a second of processor time."""
    took_s = []
    for _ in range(repeats):
        began_s = time.process_time()
        work()
        took_s.append(time.process_time() - began_s)
    return count / min(took_s)


def durable(table: pa.Table, size: int, folder: Path) -> float:
    """Rows a second by the clock: sealed, kept as Parquet, their entries appended in groups, all of it synced."""
    entries: list[Entry] = []
    with open_record(folder / "record") as record:
        began_s = time.perf_counter()
        for first in range(0, len(table), size):
            rows = table.slice(first, size)
            frame = seal_frame(rows, os.urandom(32))
            entries.append(entry_of(f"frame {first}", frame, record.put(frame_bytes(rows, frame))))
            if len(entries) == GROUP or first + size >= len(table):
                record.append(entries)
                entries.clear()
        return len(table) / (time.perf_counter() - began_s)


def entry_of(name: str, frame: Frame, sha256: str) -> Entry:
    """The record's entry for a frame."""
    derivation = Derivation(inputs=(), code="truceline 0.1.0", settings="0" * 64)
    return table_entry(stored_frame(name, frame, compartment="A", sha256=sha256, derivation=derivation), known_at=AT)


def receipts(table: pa.Table) -> str:
    """How long a receipt for one row takes, and how long it is."""
    frame = seal_frame(table, bytes(32))
    sealed = seal(entry_of("frame", frame, "0" * 64), position=0, salt=bytes(32))
    rate_hz = best(lambda: [row_receipt(frame_proof(frame, at), sealed) for at in range(100)], 100, 3)
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
        rows.extend(encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True))
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
