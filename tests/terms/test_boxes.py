"""Box algebra against plain sets, and each axis against the scalar semantics of conditions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.replays import random_mandate

from truceline.base.errors import MandateError
from truceline.base.time import stamp
from truceline.base.units import UNBOUNDED, US_PER_S
from truceline.model.catalogue import BY_SLUG, SYSTEMS
from truceline.terms import Among, Between, OfWeapons, Rule, Span, atom_held, rules_of
from truceline.terms.boxes import Axis, Entry, Space, fact_of, less, meet, meet_all, plain_mm, plain_second

SIZES = (3, 2, 4)
boxes = st.tuples(*(st.integers(1, 2**size - 1) for size in SIZES))
POINTS = frozenset(itertools.product(*map(range, SIZES)))


def inside(*some: tuple[int, ...]) -> set[tuple[int, ...]]:
    """The points of some boxes."""
    return {p for p in POINTS if any(all(b >> x & 1 for b, x in zip(box, p, strict=True)) for box in some)}


@budget(100)
@given(boxes, boxes)
def test_what_lies_in_two_boxes_lies_in_both(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    both = meet(one, other)
    assert inside(*([both] if both else [])) == inside(one) & inside(other)
    assert inside(*meet_all([one, other], [other])) == inside(other)


@budget(100)
@given(boxes, st.lists(boxes, max_size=6), st.randoms(use_true_random=False))
def test_what_is_left_of_a_box_is_every_other_point_once_in_any_order(
    box: tuple[int, ...], without: list[tuple[int, ...]], chance: object
) -> None:
    left = list(less(box, without, subject="a test"))
    assert inside(*left) == inside(box) - inside(*without)
    assert sum(len(inside(each)) for each in left) == len(inside(*left))
    chance.shuffle(without)
    assert left == list(less(box, without, subject="a test"))


def test_too_many_boxes_are_an_error_that_says_how_many() -> None:
    checkers = [(1 << x, 1 << y, 1 << z) for x, y, z in POINTS if (x + y + z) % 2]
    full = tuple((1 << size) - 1 for size in SIZES)
    assert inside(*less(full, checkers, subject="x")) == {p for p in POINTS if sum(p) % 2 == 0}
    with pytest.raises(MandateError, match="clause C1: more than 5 pieces"):
        list(less(full, checkers, subject="clause C1", most=5))


def facts(axis: Axis, column: str, point: int) -> list[object]:
    """Facts, all known, that lie at one point of an axis: for a range, its first and last."""
    if axis.words:
        return [axis.words[point]]
    if axis.weapons:
        return [axis.weapons[point]]
    if axis.kind == "gate":
        return [Span(point, point)]
    if axis.kind == "register":
        return []
    cells = len(axis.firsts)
    if axis.kind == "line" and point == 2 * cells:
        return [Span(0, 0) if column.startswith("distance") else Span(-1, 1)]
    if column.startswith("side"):
        return [Span(1, 1) if point < cells else Span(-1, -1)]
    cell = point % cells
    last = axis.firsts[cell + 1] - 1 if cell + 1 < cells else UNBOUNDED
    return [Span(each, each) for each in (axis.firsts[cell], last)]


@budget(20)
@given(st.integers(0, 2**48))
def test_each_point_of_each_axis_holds_what_the_condition_holds_there(seed: int) -> None:
    rules = rules_of(random_mandate(seed))
    space = Space(rules, "random")
    seen = set()
    for atom in {atom for rule in rules for atom in rule.atoms if atom.column != "count"}:
        axis = space.axes[space.axis_number(atom)]
        surely, possibly = axis.bits(atom)
        for point in range(axis.size):
            for fact in facts(axis, atom.column, point):
                seen.add(axis.kind)
                assert (surely >> point & 1, possibly >> point & 1) == atom_held(atom, fact), (atom, fact)
    assert not rules or {"time", "act"} <= seen


@budget(20)
@given(st.integers(0, 2**48))
def test_every_system_stands_at_a_point_that_no_rule_tells_from_it(seed: int) -> None:
    rules = rules_of(random_mandate(seed))
    space = Space(rules, "random")
    axis = space.axes[space.index["weapon"]]
    terms = {atom for rule in rules for atom in rule.atoms if isinstance(atom, OfWeapons)}
    for system in SYSTEMS:
        shown = axis.weapons[space.of_system[system.slug]]
        for atom in terms:
            assert atom_held(atom, fact_of(system)) == atom_held(atom, shown), (system, shown)


def rule(*atoms: object, exemptions: tuple[Between, ...] = (), overriders: tuple[tuple[int, ...], ...] = ()) -> Rule:
    return Rule(
        clause="C",
        addressee="P",
        reading="",
        modality="prohibited",
        atoms=(Between("time", 0), Among("act", ("fire",)), *atoms),
        exemptions=exemptions,
        overriders=overriders,
    )


def test_an_override_takes_away_where_it_surely_holds_and_leaves_where_it_is_exempted() -> None:
    near, storage = Between("distance:L", None, 1_000), Between("exempt:storage:BODY:P", 1)
    space = Space((rule(near, overriders=((1,),)), rule(near, exemptions=(storage,))), "t")
    (left,) = space.left("strictly", 0)
    assert bin(left[space.index["register:storage"]]) == "0b10"  # only where an entry is granted
    assert space.left("alive", 0) == space.left("strictly", 0)
    bare = Space((rule(near, overriders=((1,),)), rule(near)), "t")
    assert bare.left("strictly", 0) == bare.left("alive", 0) == []


def test_all_readings_of_an_overriding_clause_must_hold_together() -> None:
    early, later = Between("time", 0, 9), Between("time", 5, 20)
    space = Space((rule(overriders=((1, 2),)), rule(early), rule(later)), "t")
    possible = [each[space.index["time"]] for each in space.left("openly", 0)]
    time = space.axes[space.index["time"]]
    assert time.firsts == (0, 5, 10, 21)
    assert possible == [0b1101]
    assert [each[space.index["time"]] for each in space.left("strictly", 0)] == [0b1000]


@pytest.mark.parametrize(
    ("entry", "asked", "held"),
    [
        (Entry("A"), Entry("A"), (True, True)),
        (Entry("A"), Entry(""), (True, True)),
        (Entry("A"), Entry("B"), (False, True)),
        (Entry("", 60, "M"), Entry("", 60, "M"), (True, True)),
        (Entry("", 59, "M"), Entry("", 60, "M"), (False, False)),
        (Entry("", 60, "M"), Entry("", 60, "N"), (False, False)),
        (Entry("", 60, "M"), Entry("B"), (False, True)),
    ],
)
def test_an_entry_answers_whoever_asks_for_no_more_than_it_says(entry: Entry, asked: Entry, held: tuple) -> None:
    assert entry.answers(asked) == held


@pytest.mark.parametrize(
    ("first_s", "last_s", "margin_s", "moment"),
    [
        (1_423_958_400, None, 60, "2016-01-01T00:00:00Z"),
        (1_423_958_400, 1_427_000_000, 0, "2015-03-01T00:00:00Z"),
        (1_423_958_400, 1_424_200_000, 0, "2015-02-16T00:00:00Z"),
        (1_423_958_400, 1_423_969_000, 0, "2015-02-15T01:00:00Z"),
        (1_423_958_400, 1_423_958_490, 0, "2015-02-15T00:01:00Z"),
        (1_423_958_400, 1_423_958_401, 60, "2015-02-15T00:00:00Z"),
        (253_402_214_400, None, 60, "9999-12-31T00:00:00Z"),
    ],
)
def test_a_moment_is_as_round_as_there_is_room_for(
    first_s: int, last_s: int | None, margin_s: int, moment: str
) -> None:
    assert stamp(plain_second(first_s, last_s, margin_s) * US_PER_S) == moment


@pytest.mark.parametrize(
    ("first", "last", "margin", "found"),
    [
        (0, 25_000_000, 0, 10_000_000),
        (1, None, 0, 100_000),
        (1, None, 250_000, 300_000),
        (25_000_001, None, 0, 30_000_000),
        (25_000_001, 25_000_003, 250_000, 25_000_001),
        (8_000_001, 9_000_000, 250_000, 8_300_000),
        (0, 0, 0, 0),
    ],
)
def test_a_distance_is_as_round_as_there_is_room_for(first: int, last: int | None, margin: int, found: int) -> None:
    assert plain_mm(first, last, margin) == found


@budget(50)
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_round_number_lies_between_its_limits(first: int, width: int, margin: int) -> None:
    assert first <= plain_mm(first, first + width, margin) <= first + width
    assert first <= plain_second(first, first + width, margin) <= first + width


def test_a_plain_point_prefers_what_is_listed_first() -> None:
    space = Space((rule(Between("distance:L", None, 25_000_000)),), "t")
    point, _ = space.plainest([space.full])
    assert all(chosen == axis.order[0] for chosen, axis in zip(point, space.axes, strict=True))
    assert fact_of(BY_SLUG["osa"]).calibre_hi_mm == UNBOUNDED
