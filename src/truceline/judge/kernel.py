"""All rules against all events at once, on both planes: one bit a rule, 64 rules a word.

Every column of facts falls into few cells between the limits that the rules name. For each cell a table holds the
words of the rules that surely, and possibly, hold there; columns with few cells share one table. So an event costs
a handful of look-ups, however many rules there are. The tables are filled by the scalar semantics of `terms/`:
there is one meaning.

Two drafts: rules that mean the same in both are left out, the rest stand at the same bit in two kernels; one
exclusive-or of their planes finds every event that the drafts answer differently (`changes`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from truceline.base.units import UNBOUNDED
from truceline.terms import Among, Between, Held, OfWeapons, both
from truceline.terms.atoms import among_held
from truceline.terms.rules import Rule
from truceline.terms.weapons import WeaponFact, weapon_held

Int64s = NDArray[np.int64]
Words = NDArray[np.uint64]
Spans = Mapping[str, tuple[Int64s, Int64s]]  # column -> (n,) lowest and (n,) highest value each fact may have
Codes = Mapping[str, NDArray[np.uint16]]  # column -> (n,) index into its list of values
Cells = NDArray[np.uint8] | NDArray[np.uint16]
Value = str | WeaponFact

CELLS_MAX = 4096  # of one shared table: 2 planes x 4096 x 8 bytes stay in a core's second-level cache
CHUNK_ROWS = 65_536
FEW_ROWS = 2_048  # below this, a binary search costs less than one pass for each limit
MANY_LIMITS = 8  # above this, two passes for the extremes pay
WORD_BITS = 64
Rows = NDArray[np.int64]
Key = tuple[str, str, str, str]  # clause, addressee, reading, outcome
NOT_RULED, NO, POSSIBLY, SURELY = "not ruled", "no", "possibly", "surely"
_ANSWERS = NO, POSSIBLY, SURELY
_NEVER = Between("count", None, -1)  # no number is negative: the place of a rule that a draft does not have


@dataclass(frozen=True, slots=True)
class Column:
    """A column of codes, or one end of a column of spans, cut into cells.

    `limits` are the values at which some rule's answer can change; None: a column of codes, one cell a value.
    """

    name: str
    cells: int
    surely: Words  # (cells, words)
    possibly: Words
    limits: Int64s | None = None
    end: int = 0  # 0: the lowest value of the span, 1: the highest


class Kernel:
    """The rules of one mandate, ready for any number of events.

    Args:
        rules: as `terms.rules_of` gives them.
        values: for each column of codes, its list of distinct facts, in the order of the codes.
    """

    def __init__(self, rules: Sequence[Rule], values: Mapping[str, Sequence[Value]]) -> None:
        self.rules = tuple(rules)
        self.words = max(1, -(-len(self.rules) // WORD_BITS))
        columns = [column for name in _span_names(self.rules) for column in self._span_columns(name)]
        columns += [self._code_column(name, values[name]) for name in sorted(_code_names(self.rules))]
        assert all(column.cells <= 65_536 for column in columns), "more limits than a 16-bit cell can tell apart"
        self.groups = _grouped(columns, self.words)
        self.order = _overriding_order(self.rules)

    def planes(self, spans: Spans, codes: Codes, *, rows: int) -> tuple[Words, Words]:
        """(rows, words) of surely and of possibly: bit `i % 64` of word `i // 64` is rule `i`."""
        surely = np.empty((rows, self.words), np.uint64)
        possibly = np.empty((rows, self.words), np.uint64)
        most = min(rows, CHUNK_ROWS)
        index, found = np.empty(most, np.intp), np.empty((most, self.words), np.uint64)  # used again for each chunk
        for first in range(0, rows, CHUNK_ROWS):
            part = slice(first, min(first + CHUNK_ROWS, rows))
            planes, size = (surely[part], possibly[part]), part.stop - first
            for number, group in enumerate(self.groups):
                index[:size] = _group_cells(group, spans, codes, part)
                for plane, table in zip(planes, (group.surely, group.possibly), strict=True):
                    if number == 0:
                        np.take(table, index[:size], axis=0, out=plane, mode="clip")
                    else:
                        np.take(table, index[:size], axis=0, out=found[:size], mode="clip")
                        np.bitwise_and(plane, found[:size], out=plane)
            for rule in self.order:
                self._override(rule, *planes)
        if not self.rules:
            surely[:], possibly[:] = 0, 0
        return surely, possibly

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

    def _span_columns(self, name: str) -> tuple[Column, Column]:
        """The two ends of a span, a column each: no atom looks at both ends together.

        Surely `lo <= fact <= hi`: the lowest value is at least lo, the highest at most hi; possibly: the other way
        about. An exemption takes away what it possibly, surely holds; it has one limit, so it too looks at one end.
        """
        atoms = [[a for a in rule.atoms if isinstance(a, Between) and a.column == name] for rule in self.rules]
        exempt = [[e for e in rule.exemptions if e.column == name] for rule in self.rules]
        limits = np.array(sorted({limit for each in (*atoms, *exempt) for a in each for limit in _limits(a)}), np.int64)
        tables = np.zeros((2, 2, len(limits) + 1, self.words), np.uint64)  # plane, end of the span, bucket, word
        for index in range(len(self.rules)):
            held = np.ones((2, 2, len(limits) + 1), np.bool_)
            for atom in atoms[index]:
                at_least, at_most = _ends_held(atom, limits)
                held &= [[at_least, at_most], [at_most, at_least]]
            for atom in exempt[index]:
                assert (atom.lo is None) != (atom.hi is None), f"an exemption has one limit: {atom}"
                at_least, at_most = _ends_held(atom, limits)
                if atom.hi is None:
                    held[0, 1], held[1, 0] = held[0, 1] & ~at_least, held[1, 0] & ~at_least
                else:
                    held[0, 0], held[1, 1] = held[0, 0] & ~at_most, held[1, 1] & ~at_most
            word, bit = divmod(index, WORD_BITS)
            tables[:, :, :, word] |= held.astype(np.uint64) << np.uint64(bit)
        low, high = (
            Column(
                name,
                len(limits) + 1,
                np.ascontiguousarray(tables[0, end]),
                np.ascontiguousarray(tables[1, end]),
                limits,
                end,
            )
            for end in (0, 1)
        )
        return low, high

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


def _group_cells(group: Group, spans: Spans, codes: Codes, part: slice) -> NDArray[np.uint16]:
    """(n,) cell of each fact in the shared table of a group, which has at most 65,536."""
    cells = _cells(group.columns[0], spans, codes, part).astype(np.uint16)
    for column in group.columns[1:]:
        cells *= np.uint16(column.cells)
        cells += _cells(column, spans, codes, part)
    return cells


def _cells(column: Column, spans: Spans, codes: Codes, part: slice) -> Cells:
    """(n,) cell of each fact in one column."""
    if column.limits is None:
        return codes[column.name][part]
    return _buckets(spans[column.name][column.end][part], column.limits)


def _buckets(values: Int64s, limits: Int64s) -> Cells:
    """(n,) number of limits at or below each value."""
    if len(values) < FEW_ROWS or len(limits) > 255:
        return limits.searchsorted(values, side="right").astype(np.uint16)
    first, last = 0, len(limits)
    if last > MANY_LIMITS:
        first, last = np.searchsorted(limits, (values.min(), values.max()), side="right")
    bucket = np.full(len(values), first, np.uint8)
    above = np.empty(len(values), np.bool_)
    for limit in limits[first:last]:  # events come roughly in time: most limits of time lie outside a chunk
        np.greater_equal(values, limit, out=above)
        bucket += above.view(np.uint8)
    return bucket


def _limits(atom: Between) -> list[int]:
    """Values at which the atom's answer can change, as the first value of the next bucket."""
    return [limit for limit in (atom.lo, None if atom.hi is None else atom.hi + 1) if limit is not None]


def _ends_held(atom: Between, limits: Int64s) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(buckets,) whether a value of each bucket is at least the atom's lowest, and at most its highest."""
    lowest = np.concatenate(([-UNBOUNDED], limits))
    highest = np.concatenate((limits - 1, [UNBOUNDED]))
    everywhere = np.ones(len(lowest), np.bool_)
    return everywhere if atom.lo is None else lowest >= atom.lo, everywhere if atom.hi is None else highest <= atom.hi


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
    overriders = {index: [*chain.from_iterable(rule.overriders)] for index, rule in enumerate(rules)}
    return tuple(index for index in TopologicalSorter(overriders).static_order() if overriders[index])


class Columns(Protocol):
    """Facts of n events as columns (`facts.Facts`)."""

    @property
    def spans(self) -> Spans:
        """Measured facts."""
        ...

    @property
    def codes(self) -> Codes:
        """Words and weapons, as codes."""
        ...

    @property
    def values(self) -> Mapping[str, Sequence[Value]]:
        """What the codes stand for."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Events for which one clause, addressee and reading says something else in the second draft.

    `before` and `after`: `surely`, `possibly`, `no`, or `not ruled` where a draft has no such clause. What that comes
    to, `old` and `new` tell: of a prohibition `surely` is a breach as far as the event goes, of a limit the event
    counts. Where modality or limit differ, the two answers may be the same. Evidence is not looked at.
    """

    key: Key
    before: str
    after: str
    old: Rule | None  # None: that draft has no such rule
    new: Rule | None
    rows: Rows  # indexes of the events, ascending


def changes(
    old: Sequence[Rule], old_facts: Columns, new: Sequence[Rule], new_facts: Columns, *, rows: int
) -> tuple[Change, ...]:
    """Every change, in the order of clauses in the first draft, then those of the second alone.

    Args:
        old, new: rules as `terms.rules_of` gives them.
        old_facts, new_facts: the same n events in the same order, as each draft measures them; the same object where
            both measure alike: then rules that mean the same are not looked at again.
        rows: n.
    """
    olds, news = {rule.key: rule for rule in old}, {rule.key: rule for rule in new}
    keys = _keys_to_look_at(old, new, same_facts=old_facts is new_facts)
    if not keys or not rows:
        return ()
    before, after = _planes(old, keys, old_facts, rows), _planes(new, keys, new_facts, rows)
    recast = [_recast(olds.get(key), news.get(key)) for key in keys]
    differs = (before[0] ^ after[0]) | (before[1] ^ after[1])
    if any(recast):
        differs |= (before[1] | after[1]) & _mask(recast)
    touched = np.flatnonzero(differs.any(axis=1))
    before, after = (before[0][touched], before[1][touched]), (after[0][touched], after[1][touched])
    found = []
    for index, key in enumerate(keys):
        pairs = _answer(*before, index) * len(_ANSWERS) + _answer(*after, index)
        for pair in np.flatnonzero(np.bincount(pairs)).tolist():
            one, other = divmod(pair, len(_ANSWERS))
            if one != other or (recast[index] and one):
                found.append(
                    Change(
                        key=key,
                        before=_ANSWERS[one] if key in olds else NOT_RULED,
                        after=_ANSWERS[other] if key in news else NOT_RULED,
                        old=olds.get(key),
                        new=news.get(key),
                        rows=touched[pairs == pair],
                    )
                )
    return tuple(found)


def _recast(old: Rule | None, new: Rule | None) -> bool:
    """Whether both drafts have the rule, with another modality or limit: then every event it holds for changes."""
    if old is None or new is None or old.outcome:  # a further outcome goes with its clause, which is told
        return False
    return (old.modality, old.limit) != (new.modality, new.limit)


def _mask(wanted: Sequence[bool]) -> Words:
    """(words,) with the bit of each wanted rule."""
    mask = np.zeros(-(-len(wanted) // WORD_BITS), np.uint64)
    for index in np.flatnonzero(wanted).tolist():
        word, bit = divmod(index, WORD_BITS)
        mask[word] |= np.uint64(1) << np.uint64(bit)
    return mask


def _answer(surely: Words, possibly: Words, index: int) -> NDArray[np.int64]:
    """(n,) 0 no, 1 possibly, 2 surely."""
    return (held_bit(surely, index) + held_bit(possibly, index)).astype(np.int64)


def _keys_to_look_at(old: Sequence[Rule], new: Sequence[Rule], *, same_facts: bool) -> tuple[Key, ...]:
    meanings = [{rule.key: _meaning(rules, rule) for rule in rules} for rules in (old, new)]
    every = dict.fromkeys(key for meaning in meanings for key in meaning)
    return tuple(key for key in every if not same_facts or meanings[0].get(key) != meanings[1].get(key))


def _meaning(rules: Sequence[Rule], rule: Rule) -> object:
    """What a rule says, whatever its place in the list: its own conditions and those of what overrides it."""
    overriders = tuple(tuple(_meaning(rules, rules[i]) for i in group) for group in rule.overriders)
    return rule.modality, rule.limit, rule.atoms, rule.exemptions, overriders


def _planes(rules: Sequence[Rule], keys: Iterable[Key], facts: Columns, rows: int) -> tuple[Words, Words]:
    """Planes of the rules called `keys`, each at the bit of its place in `keys`.

    What overrides them stands behind, and is cut off again but for what shares their last word.
    """
    index_of = {rule.key: index for index, rule in enumerate(rules)}
    wanted: list[int | None] = [index_of.get(key) for key in keys]
    words = -(-len(wanted) // WORD_BITS)
    place = {index: number for number, index in enumerate(wanted) if index is not None}
    for index in wanted:  # grows while it is walked: overriders of overriders come too
        for other in () if index is None else (i for group in rules[index].overriders for i in group):
            if other not in place:
                place[other] = len(wanted)
                wanted.append(other)
    chosen = [_placed(rules[index], place) if index is not None else _nothing() for index in wanted]
    surely, possibly = Kernel(chosen, facts.values).planes(facts.spans, facts.codes, rows=rows)
    return surely[:, :words], possibly[:, :words]


def _placed(rule: Rule, place: Mapping[int, int]) -> Rule:
    return replace(rule, overriders=tuple(tuple(place[i] for i in group) for group in rule.overriders))


def _nothing() -> Rule:
    return Rule(clause="", addressee="", reading="", modality="prohibited", atoms=(_NEVER,))
