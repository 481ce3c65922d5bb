"""Synthetic events, seeded: every measured fact an interval, every word and weapon a code."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.clauses import ACTS, DAY_S, FIRST_S, PARTY, ZONES
from truceline.base.units import UNBOUNDED
from truceline.model.catalogue import SYSTEMS
from truceline.terms import WeaponFact

SEED = 20_251_122
REGISTERS = ("exempt:storage:SMM:A", "exempt:corridor:SMM:A", "exempt:notified:SMM:B")
WEAPONS = (
    WeaponFact("", ""),
    *(WeaponFact("", each) for each in ("artillery", "mlrs", "howitzer", "drone", "mortar", "missile", "tank")),
    *(WeaponFact(s.slug, s.weapon_class, s.calibre_mm or 0, s.calibre_mm or UNBOUNDED) for s in SYSTEMS),
)
OBJECTS = ("", "refinery", "power_plant", "substation", "port", "dwelling", "school", "other")
VALUES = {"act": ("", *ACTS, "enter"), "object": OBJECTS, "weapon": WEAPONS}


@dataclass(frozen=True)
class Events:
    """n events as the kernel takes them."""

    spans: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]
    codes: dict[str, NDArray[np.uint16]]
    rows: int

    def part(self, first: int, until: int) -> "Events":
        spans = {name: (lo[first:until], hi[first:until]) for name, (lo, hi) in self.spans.items()}
        codes = {name: each[first:until] for name, each in self.codes.items()}
        return Events(spans, codes, until - first)

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Plain columns for other engines: `time_lo`, `time_hi`, …"""
        plain = {}
        for name, (lo, hi) in self.spans.items():
            plain[f"{plain_name(name)}_lo"], plain[f"{plain_name(name)}_hi"] = lo, hi
        return plain | self.codes


def plain_name(column: str) -> str:
    """A column's name without the colons."""
    return column.replace(":", "_")


def synthetic(rows: int, seed: int = SEED) -> Events:
    """One and a half years of events in the order of time."""
    chance = np.random.default_rng(seed)
    spans = {"time": time_span(chance, rows), "count": count_span(chance, rows)}
    for line in PARTY.values():
        far_mm = (chance.gamma(1.3, 25_000.0, rows) * 1_000).astype(np.int64)
        bound_mm = chance.choice(np.array([250_000, 1_000_000, 4_000_000]), rows)
        spans[f"distance:{line}"] = np.maximum(0, far_mm - bound_mm), far_mm + bound_mm
    for zone in ZONES:
        inside_mm = (chance.normal(-20_000.0, 15_000.0, rows) * 1_000).astype(np.int64)
        bound_mm = chance.choice(np.array([250_000, 1_000_000, 4_000_000]), rows)
        spans[f"inside:{zone}"] = inside_mm - bound_mm, inside_mm + bound_mm
    for register in REGISTERS:
        status = chance.choice(3, rows, p=(0.9, 0.05, 0.05))  # no entry, pending, granted
        spans[register] = (status == 2).astype(np.int64), (status > 0).astype(np.int64)
    codes = {name: chance.integers(0, len(values), rows).astype(np.uint16) for name, values in VALUES.items()}
    return Events(spans, codes, rows)


def time_span(chance: np.random.Generator, rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Most to the minute, some to the hour, a few to the day."""
    begin = np.sort(chance.integers(FIRST_S - 30 * DAY_S, FIRST_S + 500 * DAY_S, rows))
    return begin, begin + chance.choice(np.array([120, 3_600, DAY_S]), rows, p=(0.8, 0.15, 0.05))


def count_span(chance: np.random.Generator, rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low = chance.integers(0, 6, rows)
    return low, low + chance.choice(np.array([0, 3, UNBOUNDED // 2]), rows, p=(0.8, 0.15, 0.05))


def arrow_of(events: Events) -> pa.Table:
    """The same as a table, for Parquet."""
    return pa.table(events.columns())


def events_of(batch: pa.RecordBatch) -> Events:
    """A batch of that table back, without copying."""

    def column(name: str) -> NDArray[np.generic]:
        return batch.column(name).to_numpy(zero_copy_only=False)

    named = ["time", "count", *(f"distance:{x}" for x in PARTY.values()), *(f"inside:{x}" for x in ZONES)]
    spans = {
        name: (column(f"{plain_name(name)}_lo"), column(f"{plain_name(name)}_hi")) for name in (*named, *REGISTERS)
    }
    return Events(spans, {name: column(name) for name in VALUES}, batch.num_rows)
