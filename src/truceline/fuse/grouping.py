"""Which observations speak of one happening.

Four steps, each of which leaves together what the ones before it put together:
1. what people decided (`decisions.py`): automation neither joins two of their events nor parts one;
2. what reporters state: the same happening and act;
3. where the mission asks for it, what time, place and kind make one (`near.py`): sharp observations first, each with
   the nearest event all of whose members it fits;
4. then wide ones support the one event they fit. What fits several, or none, stands alone and names them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from truceline.fuse.agreement import common_parties
from truceline.fuse.decisions import Decided
from truceline.fuse.ids import Row
from truceline.fuse.near import Sights
from truceline.fuse.places import can_be_same, spots_of

MOST_NAMED = 10  # of the events to which a report may belong


@dataclass(slots=True, kw_only=True, eq=False)
class Group:
    """Observations that speak of one happening; grows while observations are being joined."""

    rows: list[int]  # positions in canonical order
    decided: Decided | None = None  # what people decided about it
    could_be: list["Group"] = field(default_factory=list)  # the first to which it may belong, none of them surely

    @property
    def open(self) -> bool:
        """Whether automation may add to it: what a person rejected takes nothing in."""
        return self.decided is None or self.decided.status != "rejected"


def groups_of(rows: Sequence[Row], decided: Sequence[Decided], *, near: bool) -> list[Group]:
    """The observations as groups, one a happening.

    Args:
        rows: OBSERVATIONS as rows, in canonical order.
        decided: what people decided about some of them; no observation twice.
        near: whether time, place and kind may join what nobody stated to be one.
    """
    position = {row["observation_id"]: number for number, row in enumerate(rows)}
    groups = [Group(rows=sorted(position[member] for member in each.members), decided=each) for each in decided]
    groups.sort(key=lambda group: group.rows[0])
    groups = _stated(rows, groups)
    return _Nearness(rows, groups).joined() if near else groups


# --- what reporters state ---------------------------------------------------------------------------------


def _stated(rows: Sequence[Row], groups: list[Group]) -> list[Group]:
    """Joins observations that state the same happening and act; every other one stands alone.

    One that states the happening but not the act joins where the happening has one act only. What people made two
    events of one stated happening takes later statements in where they fit in time and place, else in the first.
    """
    keys = _keys(rows)
    taken = {number for group in groups for number in group.rows}
    by_key: dict[tuple[str, ...], list[Group]] = defaultdict(list)
    for group in groups:
        if group.open:
            for key in sorted({keys[number] for number in group.rows}):
                by_key[key].append(group)
    pinned = {group: list(group.rows) for group in groups}
    for number in (number for number in range(len(rows)) if number not in taken):
        homes = by_key[keys[number]]
        if not homes:
            homes.append(Group(rows=[]))
            groups.append(homes[0])
        fitting = (home for home in homes if _meets(rows, number, pinned[home])) if len(homes) > 1 else homes
        next(iter(fitting), homes[0]).rows.append(number)
    return groups


def _keys(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """What each observation states to be part of; an observation that states nothing is part of itself."""
    acts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["happening"] and row["act"]:
            acts[row["happening"]].add(row["act"])
    keys: list[tuple[str, ...]] = []
    for row in rows:
        (only,) = acts[row["happening"]] if row["happening"] and len(acts[row["happening"]]) == 1 else ("",)
        alone = ("alone", row["observation_id"])
        keys.append(("named", row["happening"], row["act"] or only) if row["happening"] else alone)
    return keys


def _meets(rows: Sequence[Row], number: int, others: Iterable[int]) -> bool:
    """Whether an observation can be of the same time and place as all the others; unknown ones agree."""
    one = rows[number]
    for other in (rows[each] for each in others):
        times = [(row["earliest_at_us"], row["latest_at_us"]) for row in (one, other)]
        (from_us, until_us), (other_from_us, other_until_us) = times
        if None not in (*times[0], *times[1]) and (from_us > other_until_us or other_from_us > until_us):
            return False
        placed = one["lon_deg"] is not None and other["lon_deg"] is not None
        if placed and not can_be_same(spots_of([one]), spots_of([other]))[0]:
            return False
    return True


# --- what time, place and kind make one -------------------------------------------------------------------


class _Nearness:
    """Joins groups that may be of one happening: each with each of all their observations, so nothing chains."""

    def __init__(self, rows: Sequence[Row], groups: list[Group]) -> None:
        self._groups = groups
        self._sights = Sights(rows)
        self._comparable: list[bool] = self._sights.comparable.tolist()
        self._parties = [frozenset(row["parties"] or ()) for row in rows]
        self._apart: list[dict[int, float]] = [{} for _ in rows]  # of each: those it may be one with, how far apart
        pairs = self._sights.pairs()
        columns = (pairs.one.tolist(), pairs.other.tolist(), pairs.squares_ratio.tolist())
        for one, other, squares_ratio in zip(*columns, strict=True):
            self._apart[one][other] = self._apart[other][one] = squares_ratio

    def joined(self) -> list[Group]:
        """All groups, after joining."""
        tells, is_sharp = self._sights.tells.tolist(), self._sights.sharp.tolist()
        taking = [group for group in self._groups if group.open and all(tells[row] for row in group.rows)]
        taking.sort(key=lambda group: group.rows[0])
        sharp = [group for group in taking if any(is_sharp[row] for row in group.rows)]
        wide = [group for group in taking if not any(is_sharp[row] for row in group.rows)]
        self._join_unambiguous(self._support(wide, self._join_nearest(sharp)))
        for group in self._groups:
            group.rows.sort()
        return [group for group in self._groups if group.rows]

    def _join_nearest(self, sharp: list[Group]) -> dict[int, Group]:
        """Each sharp group with the nearest event that it fits, or an event of its own; events by observation."""
        holder: dict[int, Group] = {}
        for group in sharp:
            fitting = self._fitting(group, holder)
            rows = list(group.rows)
            home = min(fitting, key=lambda event: (self._mean_apart(group, event), event.rows[0])) if fitting else group
            if home is not group:
                self._join(home, group)
            holder |= dict.fromkeys(rows, home)
        return holder

    def _support(self, wide: list[Group], holder: dict[int, Group]) -> list[Group]:
        """Joins each wide group to the one event that it fits. Returns those that fit none.

        What it fits is asked of the events as they were before any wide group joined them, so that no order matters
        but for two that fit one event and not each other: then the earlier joins.
        """
        fitting = [self._fitting(group, holder) for group in wide]
        left = []
        for group, events in zip(wide, fitting, strict=True):
            if not events:
                left.append(group)
            elif len(events) == 1 and self._fits(group, events[0]):
                self._join(events[0], group)
            else:
                group.could_be = events[:MOST_NAMED]
        return left

    def _join_unambiguous(self, left: list[Group]) -> None:
        """Joins wide groups that may each be one with all that any of them may be one with; others stand alone."""
        holder = {number: group for group in left for number in group.rows}
        neighbours = {group: self._fitting(group, holder) for group in left}
        done: set[Group] = set()
        for group in left:
            together = [group, *neighbours[group]]
            named = set(together)
            if group in done or len(together) == 1:
                continue
            agreed = all({each, *neighbours[each]} == named for each in together)
            if agreed and self._one_party(together):
                for other in together[1:]:
                    self._join(group, other)
                done |= named
            else:
                group.could_be = neighbours[group][:MOST_NAMED]

    def _fitting(self, group: Group, holder: dict[int, Group]) -> list[Group]:
        """Groups that hold an observation near one of this group's and that it fits, earliest first."""
        near = {holder[other] for row in group.rows for other in self._apart[row] if other in holder}
        found = [held for held in near if held is not group and self._fits(group, held)]
        return sorted(found, key=lambda held: held.rows[0])

    def _fits(self, group: Group, event: Group) -> bool:
        """Whether both may be of one happening; never two about which people decided."""
        if group.decided and event.decided:
            return False
        pairs = product(group.rows, event.rows)
        return all(self._may_be_one(one, other) for one, other in pairs) and self._one_party((group, event))

    def _may_be_one(self, one: int, other: int) -> bool:
        if self._comparable[one] and self._comparable[other]:
            return other in self._apart[one]
        return bool(self._sights.may_be_one(np.array([one]), np.array([other]))[0])

    def _one_party(self, groups: Iterable[Group]) -> bool:
        """Whether there is a party whose act it can be by every statement (pairs alone do not say so)."""
        return common_parties(self._parties[number] for group in groups for number in group.rows)[1]

    def _mean_apart(self, group: Group, event: Group) -> float:
        """How far apart, in squared sigmas, over the pairs that can be compared."""
        pairs = product(group.rows, event.rows)
        squares = [self._apart[one][other] for one, other in pairs if other in self._apart[one]]
        return sum(squares) / len(squares)

    def _join(self, event: Group, group: Group) -> None:
        event.rows += group.rows
        event.decided = event.decided or group.decided
        group.rows = []
