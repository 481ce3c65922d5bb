"""All rules against all events at once, on both planes: one bit a rule, 64 rules a word.

Every column of facts falls into few cells between the limits that the rules name. For each cell a table holds the words of
the rules that surely, and possibly, hold there; columns with few cells share one table. So an event costs a handful of
look-ups, however many rules there are. The tables are filled by the scalar semantics of `terms/`: there is one meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from truceline.base.units import UNBOUNDED
from truceline.terms.atoms import Among, Between, Held, OfWeapons, among_held, both
from truceline.terms.rules import Rule
from truceline.terms.weapons import WeaponFact, weapon_held

Int64s = NDArray[np.int64]
Words = NDArray[np.uint64]
Spans = Mapping[str, tuple[Int64s, Int64s]]  # column -> (n,) lowest and (n,) highest value each fact may have
Codes = Mapping[str, NDArray[np.uint16]]  # column -> (n,) index into its list of values
Value = str | WeaponFact

CELLS_MAX = 4096  # of one shared table: 2 planes x 4096 x 8 bytes stay in a core's second-level cache
CHUNK_ROWS = 65_536
FEW_ROWS = 2_048  # below this, a binary search costs less than one pass for each limit
MANY_LIMITS = 8  # above this, two passes for the extremes pay
WORD_BITS = 64


@dataclass(frozen=True, slots=True)
class Column:
    """One column of facts cut into cells. `limits` are the values at which some rule's answer can change."""

    name: str
    cells: int
    surely: Words  # (cells, words)
    possibly: Words
    limits: Int64s | None = None  # None: a column of codes, one cell a value


class Kernel:
    """The rules of one mandate, ready for any number of events.

    Args:
        rules: as `terms.rules_of` gives them.
        values: for each column of codes, its list of distinct facts, in the order of the codes.
    """

    def __init__(self, rules: Sequence[Rule], values: Mapping[str, Sequence[Value]]) -> None:
        self.rules = tuple(rules)
        self.words = max(1, -(-len(self.rules) // WORD_BITS))
        columns = [self._span_column(name) for name in _span_names(self.rules)]
        columns += [self._code_column(name, values[name]) for name in sorted(_code_names(self.rules))]
        self.groups = _grouped(columns, self.words)
        self.order = _overriding_order(self.rules)

    def planes(self, spans: Spans, codes: Codes, *, rows: int) -> tuple[Words, Words]:
        """(rows, words) of surely and of possibly: bit `i % 64` of word `i // 64` is rule `i`."""
        surely = np.empty((rows, self.words), np.uint64)
        possibly = np.empty((rows, self.words), np.uint64)
        for first in range(0, rows, CHUNK_ROWS):
            part = slice(first, min(first + CHUNK_ROWS, rows))
            self._chunk(spans, codes, part, (surely[part], possibly[part]))
        return surely, possibly

    def _chunk(self, spans: Spans, codes: Codes, part: slice, planes: tuple[Words, Words]) -> None:
        surely, possibly = planes
        for number, group in enumerate(self.groups):
            cell = _cells(group.columns[0], spans, codes, part).astype(np.intp)
            for column in group.columns[1:]:
                cell *= column.cells
                cell += _cells(column, spans, codes, part)
            for plane, table in ((surely, group.surely), (possibly, group.possibly)):
                if number == 0:
                    np.take(table, cell, axis=0, out=plane, mode="clip")
                else:
                    plane &= np.take(table, cell, axis=0, mode="clip")
        for rule in self.order:
            self._override(rule, surely, possibly)

    def _override(self, index: int, surely: Words, possibly: Words) -> None:
        """Take from one rule what its overriders hold, dually."""
        word, bit = divmod(index, WORD_BITS)
        for group in self.rules[index].overriders:
            may = np.zeros(len(surely), np.uint64)
            must = np.ones(len(surely), np.uint64)
            for other in group:
                may |= held_bit(possibly, other)
                must &= held_bit(surely, other)
            surely[:, word] &= ~(may << np.uint64(bit))
            possibly[:, word] &= ~(must << np.uint64(bit))

    def _span_column(self, name: str) -> Column:
        """Cells by (bucket of the lowest value, bucket of the highest)."""
        atoms = [[a for a in rule.atoms if isinstance(a, Between) and a.column == name] for rule in self.rules]
        exempt = [[e for e in rule.exemptions if e.column == name] for rule in self.rules]
        limits = np.array(sorted({limit for each in (*atoms, *exempt) for a in each for limit in _limits(a)}), np.int64)
        lowest = np.concatenate(([-UNBOUNDED], limits))  # of each bucket
        highest = np.concatenate((limits - 1, [UNBOUNDED]))
        size = len(lowest)
        planes = np.zeros((2, size, size, self.words), np.uint64)
        for index in range(len(self.rules)):
            surely = np.ones((size, size), np.bool_)
            possibly = surely.copy()
            for atom in atoms[index]:
                held = _between_all(atom, lowest, highest)
                surely, possibly = surely & held[0], possibly & held[1]
            for atom in exempt[index]:
                held = _between_all(atom, lowest, highest)
                surely, possibly = surely & ~held[1], possibly & ~held[0]
            word, bit = divmod(index, WORD_BITS)
            planes[0, :, :, word] |= surely.astype(np.uint64) << np.uint64(bit)
            planes[1, :, :, word] |= possibly.astype(np.uint64) << np.uint64(bit)
        flat = planes.reshape(2, size * size, self.words)
        return Column(name, size * size, flat[0], flat[1], limits)

    def _code_column(self, name: str, values: Sequence[Value]) -> Column:
        held = [[_value_held(rule, name, value) for rule in self.rules] for value in values]
        surely, possibly = self._tables(held)
        return Column(name, max(1, len(values)), surely, possibly)

    def _tables(self, held: Sequence[Sequence[Held]]) -> tuple[Words, Words]:
        """Cells x rules of answers into cells x words of bits."""
        planes = np.zeros((2, max(1, len(held)), self.words), np.uint64)
        for cell, answers in enumerate(held):
            for index, answer in enumerate(answers):
                word, bit = divmod(index, WORD_BITS)
                planes[0, cell, word] |= np.uint64(answer.surely) << np.uint64(bit)
                planes[1, cell, word] |= np.uint64(answer.possibly) << np.uint64(bit)
        return planes[0], planes[1]


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that share one pair of tables, indexed by their cells in mixed radix."""

    columns: tuple[Column, ...]
    surely: Words
    possibly: Words


def held_bit(plane: Words, index: int) -> Words:
    """(n,) of 0 or 1: whether rule `index` holds on this plane."""
    word, bit = divmod(index, WORD_BITS)
    return (plane[:, word] >> np.uint64(bit)) & np.uint64(1)


def _grouped(columns: Sequence[Column], words: int) -> list[Group]:
    """Columns joined while their cells multiply to at most CELLS_MAX, smallest first."""
    groups: list[Group] = []
    for column in sorted(columns, key=lambda column: column.cells):
        if groups and len(groups[-1].surely) * column.cells <= CELLS_MAX:
            last = groups.pop()
            surely = (last.surely[:, None, :] & column.surely[None, :, :]).reshape(-1, words)
            possibly = (last.possibly[:, None, :] & column.possibly[None, :, :]).reshape(-1, words)
            groups.append(Group((*last.columns, column), surely, possibly))
        else:
            groups.append(Group((column,), column.surely, column.possibly))
    return groups


def _cells(column: Column, spans: Spans, codes: Codes, part: slice) -> NDArray[np.uint16]:
    """(n,) cell of each fact in one column."""
    if column.limits is None:
        return codes[column.name][part]
    lo, hi = spans[column.name]
    low = _buckets(lo[part], column.limits)
    high = low if hi is lo else _buckets(hi[part], column.limits)
    return low * np.uint16(len(column.limits) + 1) + high


def _buckets(values: Int64s, limits: Int64s) -> NDArray[np.uint16]:
    """(n,) number of limits at or below each value."""
    if len(values) < FEW_ROWS or len(limits) > 255:
        return np.searchsorted(limits, values, side="right").astype(np.uint16)
    first, last = 0, len(limits)
    if last > MANY_LIMITS:
        first, last = np.searchsorted(limits, (values.min(), values.max()), side="right")
    bucket = np.full(len(values), first, np.uint8)
    above = np.empty(len(values), np.bool_)
    for limit in limits[first:last]:  # events come roughly in time: most limits of time lie outside a chunk
        np.greater_equal(values, limit, out=above)
        bucket += above.view(np.uint8)
    return bucket.astype(np.uint16)


def _limits(atom: Between) -> list[int]:
    """Values at which the atom's answer can change, as the first value of the next bucket."""
    return [limit for limit in (atom.lo, None if atom.hi is None else atom.hi + 1) if limit is not None]


def _between_all(atom: Between, lowest: Int64s, highest: Int64s) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """`terms.between_held` for every pair (bucket of lo, bucket of hi): two (buckets, buckets) tables."""
    lo = -UNBOUNDED if atom.lo is None else atom.lo
    hi = UNBOUNDED if atom.hi is None else atom.hi
    surely = (lowest >= lo)[:, None] & (highest <= hi)[None, :]
    possibly = (highest >= lo)[None, :] & (lowest <= hi)[:, None]
    return surely, possibly


def _span_names(rules: Sequence[Rule]) -> list[str]:
    found = {a.column for rule in rules for a in rule.atoms if isinstance(a, Between)}
    return sorted(found | {e.column for rule in rules for e in rule.exemptions})


def _code_names(rules: Sequence[Rule]) -> set[str]:
    return {a.column for rule in rules for a in rule.atoms if not isinstance(a, Between)}


def _value_held(rule: Rule, column: str, value: Value) -> Held:
    """What one rule says of one value of a column of codes; a rule that does not look at the column accepts any."""
    answers = []
    for atom in rule.atoms:
        if isinstance(atom, Among) and atom.column == column and isinstance(value, str):
            answers.append(among_held(atom, value))
        elif isinstance(atom, OfWeapons) and atom.column == column and isinstance(value, WeaponFact):
            answers.append(weapon_held(atom.term, value))
    return both(answers)


def _overriding_order(rules: Sequence[Rule]) -> tuple[int, ...]:
    """Rules that are overridden, each after all that override it (overrides make no circle)."""
    order: list[int] = []

    def place(index: int) -> None:
        for group in rules[index].overriders:
            for other in group:
                place(other)
        if index not in order and rules[index].overriders:
            order.append(index)

    for index in range(len(rules)):
        place(index)
    return tuple(order)
