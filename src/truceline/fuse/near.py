"""Whether two observations may be of one happening by time, place and kind; and all pairs among many that may.

Two may be of one happening where nothing that both state keeps them apart: their times meet, each other's place lies
within both errors, act, weapon, object and parties can be the same, and they come from different sources (one
source's two rows are two happenings unless it says otherwise). Which constants and why: decision 0021.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truceline.base.units import SIGMA_95, UNBOUNDED, US_PER_S
from truceline.fuse.ids import Row
from truceline.fuse.places import Float64s, can_be_same, spots_of, squares_apart
from truceline.model.vocabulary import leaves_of

Int64s = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Decision 0021. Sharper than these an observation can form an event with others; wider ones only support it; those
# wider than the widest tell no two happenings apart.
SHARP_US, SHARP_M = 60 * US_PER_S, 1_000
WIDEST_US, WIDEST_M = 3_600 * US_PER_S, 10_000
MOST_PARTNERS = 100  # a wide observation that may be of more happenings than these tells nothing
_NORTHERNMOST_DEG = 85.0  # nearer to a pole the grid is of no use
_CELL_DEG = 0.1
_LEAST_M_PER_DEG = 110_000.0  # of latitude, less than it is: boxes are never too small
_ANY_US = UNBOUNDED // 2  # an unknown time; twice that is still a whole number of 64 bits
_SLACK_M = 2.0  # places are not compared finer than a metre; see `places`
_WORDS = ("act", "weapon_system", "object_kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Observations that may be of one happening, two by two: positions `one` < `other`, and how far apart."""

    one: Int64s
    other: Int64s
    squares_ratio: Float64s  # of place and time together, in squared sigmas: chooses among several


class Sights:
    """n observations in canonical order, as columns for comparing them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.earliest_us = _numbers(rows, "earliest_at_us", -_ANY_US)
        self.latest_us = _numbers(rows, "latest_at_us", _ANY_US)
        self.spots = spots_of(rows)
        self.calibre_lo_mm = _numbers(rows, "calibre_lo_mm", 0)
        self.calibre_hi_mm = _numbers(rows, "calibre_hi_mm", UNBOUNDED)
        self.sources, _ = _coded([row["source_id"] for row in rows])
        self.words = [_coded([row[name] or "" for row in rows])[0] for name in _WORDS]
        self.sets = [
            _sets([leaves_of(row["weapon_class"] or "") for row in rows]),
            _sets([frozenset(row["parties"] or ()) for row in rows]),
        ]
        width_us, reach_m = self.latest_us - self.earliest_us, self.spots.reach_m
        own = np.array([not row["inventory"] for row in rows], bool)
        # Who looked and saw none tells of no happening; an item of an inventory is counted with that inventory.
        self.tells = (_numbers(rows, "count_hi", UNBOUNDED) > 0) & own
        placed = (reach_m <= WIDEST_M) & (np.abs(self.spots.lat_deg) <= _NORTHERNMOST_DEG)
        self.comparable = self.tells & placed & (width_us <= WIDEST_US)
        self.sharp = self.comparable & (reach_m <= SHARP_M) & (width_us <= SHARP_US)

    def agree(self, one: Int64s, other: Int64s) -> Mask:
        """Whether each two may be of one happening, places left out."""
        agree: Mask = self.tells[one] & self.tells[other] & (self.sources[one] != self.sources[other])
        agree &= (self.earliest_us[one] <= self.latest_us[other]) & (self.earliest_us[other] <= self.latest_us[one])
        agree &= self.calibre_lo_mm[one] <= self.calibre_hi_mm[other]
        agree &= self.calibre_lo_mm[other] <= self.calibre_hi_mm[one]
        for codes in self.words:
            agree &= (codes[one] == codes[other]) | (codes[one] == 0) | (codes[other] == 0)
        for codes, meets in self.sets:
            agree &= meets[codes[one], codes[other]]
        return agree

    def may_be_one(self, one: Int64s, other: Int64s) -> Mask:
        """Whether each two may be of one happening; an unknown time or place is no reason against it."""
        unknown = np.isnan(self.spots.lon_deg[one]) | np.isnan(self.spots.lon_deg[other])
        return np.asarray(self.agree(one, other) & (unknown | can_be_same(self.spots[one], self.spots[other])))

    def pairs(self) -> Pairs:
        """All pairs of comparable observations that may be of one happening, sorted by (one, other).

        Limits: of a wide observation that may be one with more than `MOST_PARTNERS` others not all pairs are given: it
            tells too little to be joined, and a flood of such would fill the memory. What lies on both sides of the
            180th meridian is not compared.
        """
        found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        partners = np.zeros(self.sharp.size, np.int64)
        for one, other in self._meetings():
            enough = self.sharp | (partners >= MOST_PARTNERS)
            kept = self.agree(one, other)
            kept &= ~(enough[one] & enough[other]) | (self.sharp[one] & self.sharp[other])
            kept[kept] = can_be_same(self.spots[one[kept]], self.spots[other[kept]])
            found.append((one[kept], other[kept]))
            for rows in found[-1]:
                np.add.at(partners, rows, 1)
        one, other = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.lexsort((other, one))
        one, other = one[order], other[order]
        squares = squares_apart(self.spots[one], self.spots[other]) + self._squares_between(one, other)
        return Pairs(one=one, other=other, squares_ratio=squares)

    def _squares_between(self, one: Int64s, other: Int64s) -> Float64s:
        """How far apart in time, in squared sigmas: the half-width of an interval counts as its 95 %."""
        middle_us = (self.earliest_us + self.latest_us) / 2
        half_us = (self.latest_us - self.earliest_us) / 2 + 1
        spread_us2 = half_us[one] ** 2 + half_us[other] ** 2
        return np.asarray(SIGMA_95**2 * (middle_us[one] - middle_us[other]) ** 2 / spread_us2, np.float64)

    def _meetings(self) -> Iterator[tuple[Int64s, Int64s]]:
        """Each two comparable observations whose boxes and times meet, once, in portions.

        In each cell of a grid the observations stand by time; each is compared with its first successor, its second,
        … until none begins before it ends. Two that share several cells meet in the first of these.
        """
        rows = np.flatnonzero(self.comparable)
        west, east, south, north = self._boxes(rows)
        wide, high = east - west + 1, north - south + 1
        entry = np.repeat(np.arange(rows.size), wide * high)
        within = np.arange(entry.size) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
        column, row = west[entry] + within % wide[entry], south[entry] + within // wide[entry]
        cell = row * 10_000 + column
        order = np.lexsort((entry, cell))
        entry, cell, column, row = entry[order], cell[order], column[order], row[order]
        active, step = np.arange(entry.size), 1
        while active.size:
            active = active[active + step < entry.size]
            after = active + step
            earlier, later = entry[active], entry[after]
            meet = (cell[active] == cell[after]) & (self.earliest_us[rows[later]] <= self.latest_us[rows[earlier]])
            active, earlier, later = active[meet], earlier[meet], later[meet]
            first = column[active] == np.maximum(west[earlier], west[later])
            first &= row[active] == np.maximum(south[earlier], south[later])
            yield rows[earlier[first]], rows[later[first]]
            step += 1

    def _boxes(self, rows: Int64s) -> tuple[Int64s, Int64s, Int64s, Int64s]:
        """Cells that each 95 % ellipse may touch: west, east, south, north. Places of one happening share one."""
        lon_deg, lat_deg = self.spots.lon_deg[rows], self.spots.lat_deg[rows]
        high_deg = (self.spots.reach_m[rows] + _SLACK_M) / _LEAST_M_PER_DEG
        wide_deg = high_deg / np.cos(np.radians(np.abs(lat_deg) + 2 * _CELL_DEG))
        bounds = (lon_deg - wide_deg, lon_deg + wide_deg, lat_deg - high_deg, lat_deg + high_deg)
        west, east, south, north = (np.floor(each / _CELL_DEG).astype(np.int64) for each in bounds)
        return west, east, south, north


def _numbers(rows: Sequence[Row], name: str, unknown: int) -> Int64s:
    return np.array([unknown if row[name] is None else row[name] for row in rows], np.int64)


def _coded(values: Sequence[Hashable]) -> tuple[Int64s, list[Any]]:
    """Each value's number, and the values by number; the empty text is 0."""
    numbers: dict[Any, int] = {"": 0}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64), list(numbers)


def _sets(stated: Sequence[frozenset[str]]) -> tuple[Int64s, Mask]:
    """Each set's number, and which two numbers have something in common; an empty set has it with all."""
    codes, sets = _coded(stated)
    meets = [[not one or not other or not set(one).isdisjoint(other) for other in sets] for one in sets]
    return codes, np.array(meets, bool)
