"""Three values: what surely and what possibly holds of a span, a word, a weapon."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.units import UNBOUNDED
from truceline.mandate import parse_mandate
from truceline.terms import (
    Among,
    Between,
    Held,
    OfWeapons,
    Span,
    WeaponFact,
    atom_held,
    both,
    none_of,
    weapon_held,
    weapon_term,
)
from truceline.terms.weapons import weapon_disputed

YES, MAYBE, NO = Held(True, True), Held(False, True), Held(False, False)
small = st.integers(-4, 4)


@given(st.none() | small, st.none() | small, small, st.integers(0, 4))
def test_a_span_holds_surely_if_each_of_its_numbers_does_and_possibly_if_one_does(
    low: int | None, high: int | None, first: int, wide: int
) -> None:
    fits = [(low is None or n >= low) and (high is None or n <= high) for n in range(first, first + wide + 1)]
    assert atom_held(Between("x", low, high), Span(first, first + wide)).surely == all(fits)
    if low is None or high is None or low <= high:  # an empty condition holds for no number of a span around it
        assert atom_held(Between("x", low, high), Span(first, first + wide)).possibly == any(fits)


@pytest.mark.parametrize(("fact", "held"), [("fire", YES), ("move", NO), ("", MAYBE)])
def test_a_word_that_nobody_recorded_may_be_any(fact: str, held: Held) -> None:
    assert atom_held(Among("act", ("fire", "launch")), fact) == held


VALUES = (YES, MAYBE, NO)


@pytest.mark.parametrize(("body", "without"), list(itertools.product(VALUES, VALUES)))
def test_exemptions_enter_dually(body: Held, without: Held) -> None:
    held = none_of(body, [without])
    assert held.surely == (body == YES and without == NO)
    assert held.possibly == (body != NO and without != YES)
    assert none_of(body, []) == body


@pytest.mark.parametrize(("one", "other"), list(itertools.product(VALUES, VALUES)))
def test_a_conjunction_is_as_sure_as_its_least_sure_part(one: Held, other: Held) -> None:
    assert both([one, other]) == min(one, other)
    assert both([]) == YES


TEXT = """mandate "T" in force 2025-01-01
weapons HEAVY = artillery mortar calibre >= 100mm
weapons LIGHT = artillery mortar calibre < 100mm
weapons LONG = tornado_s smerch
weapons ROCKET = rocket_artillery except LONG
weapons NOT_HEAVY = artillery except HEAVY
weapons AIR = air_defence disputed osa "both sides"
weapons ALL = HEAVY AIR
weapons BOTH = howitzer gun
weapons ANTI = air_defence except AIR
weapons WIDER = tank calibre >= 100mm disputed artillery "x"
"""
GUN = WeaponFact("d_30", "howitzer", 122, 122)
OSA = WeaponFact("osa", "air_defence", 0, 0)


@pytest.mark.parametrize(
    ("names", "fact", "held"),
    [
        ("HEAVY", GUN, YES),
        ("HEAVY", WeaponFact("", "howitzer", 100, 100), YES),
        ("HEAVY", WeaponFact("", "howitzer", 99, 99), NO),
        ("LIGHT", WeaponFact("", "howitzer", 99, 99), YES),
        ("LIGHT", WeaponFact("", "howitzer", 100, 100), NO),
        ("HEAVY", WeaponFact("", "howitzer", 99, 100), MAYBE),
        ("HEAVY", WeaponFact("", "howitzer"), MAYBE),
        ("HEAVY", WeaponFact("", "artillery", 122, 122), YES),
        ("HEAVY", WeaponFact("", "", 122, 122), MAYBE),
        ("HEAVY", WeaponFact("", "tank", 122, 122), NO),
        ("BOTH", WeaponFact("", "artillery", 122, 122), MAYBE),
        ("BOTH", WeaponFact("", "gun"), YES),
        ("LONG", WeaponFact("smerch", "mlrs_heavy", 300, 300), YES),
        ("LONG", WeaponFact("uragan", "mlrs_heavy", 220, 220), NO),
        ("LONG", WeaponFact("", "mlrs_heavy"), MAYBE),
        ("LONG", WeaponFact("", "mlrs"), NO),
        ("LONG", WeaponFact("", ""), MAYBE),
        ("ROCKET", WeaponFact("grad", "mlrs", 122, 122), YES),
        ("ROCKET", WeaponFact("smerch", "mlrs_heavy", 300, 300), NO),
        ("ROCKET", WeaponFact("", "mlrs_heavy"), MAYBE),
        ("ROCKET", WeaponFact("", "mlrs"), YES),
        ("ROCKET", WeaponFact("", "rocket_artillery"), MAYBE),
        ("NOT_HEAVY", GUN, NO),
        ("NOT_HEAVY", WeaponFact("", "howitzer", 99, 100), MAYBE),
        ("NOT_HEAVY", WeaponFact("", "howitzer", 90, 90), YES),
        ("AIR", OSA, MAYBE),
        ("AIR", WeaponFact("strela_10", "air_defence", 0, 0), YES),
        ("AIR", WeaponFact("", "air_defence"), MAYBE),
        ("AIR", GUN, NO),
        ("ALL", GUN, YES),
        ("ALL", OSA, MAYBE),
        ("ANTI", OSA, MAYBE),
        ("ANTI", WeaponFact("strela_10", "air_defence", 0, 0), NO),
        ("WIDER", GUN, MAYBE),
        ("WIDER", WeaponFact("", "howitzer", 99, 99), NO),
        ("HEAVY LONG", WeaponFact("smerch", "mlrs_heavy", 300, 300), YES),
        ("", WeaponFact("", ""), YES),
        ("", OSA, YES),
    ],
)
def test_a_class_of_weapons_covers_what_its_text_says(names: str, fact: WeaponFact, held: Held) -> None:
    mandate = parse_mandate(TEXT, name="t", source="t.truce")
    term = weapon_term(tuple(names.split()), mandate)
    assert weapon_held(term, fact) == held
    assert atom_held(OfWeapons("weapon", tuple(names.split()), term), fact) == held


@pytest.mark.parametrize(("name", "fact", "disputed"), [("AIR", OSA, True), ("ALL", OSA, True), ("AIR", GUN, False)])
def test_it_is_known_of_which_weapons_the_cover_is_disputed(name: str, fact: WeaponFact, disputed: bool) -> None:
    mandate = parse_mandate(TEXT, name="t", source="t.truce")
    assert weapon_disputed(weapon_term((name,), mandate), fact) == disputed
    assert WeaponFact("", "").calibre_hi_mm == UNBOUNDED
