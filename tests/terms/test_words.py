"""What a person reads about conditions and facts."""

import pytest
from tests.mandate.strategies import T0_S

from truceline.base.units import UNBOUNDED
from truceline.mandate import parse_mandate
from truceline.terms import Among, Atom, Between, Fact, OfWeapons, Span, WeaponFact, WeaponTerm
from truceline.terms.words import (
    condition_words,
    decider_words,
    exemption_decider_words,
    exemption_words,
    span_words,
    weapon_words,
)

KM = 1_000_000
HEAVY = OfWeapons("weapon", ("HEAVY",), WeaponTerm())


@pytest.mark.parametrize(
    ("atom", "words"),
    [
        (Between("time", T0_S, T0_S + 86_399), "from 1 Jan 2025 00:00 until 2 Jan 2025 00:00"),
        (Between("time", T0_S, None), "from 1 Jan 2025 00:00"),
        (Between("count", 1), "at least one seen"),
        (Between("distance:contact", None, 25 * KM), "within 25 km of contact"),
        (Between("distance:contact", 25 * KM + 1, None), "beyond 25 km of contact"),
        (Between("inside:park", 0), "inside park"),
        (Between("inside:park", None, -1), "outside park"),
        (Between("inside:park", -KM), "within 1 km of park"),
        (Between("inside:park", None, -KM - 1), "beyond 1 km of park"),
        (Between("side:contact", 1, 1), "on the left of contact"),
        (Between("side:contact", -1, -1), "on the right of contact"),
        (Between("exempt:storage:SMM:UAF", 1), "in the register storage for UAF, granted by SMM"),
        (Between("exempt:storage::UAF", 1), "in the register storage for UAF"),
        (
            Between("exempt:flight:SMM:UAF:172800:JC", 1),
            "in the register flight for UAF, given to JC at least 2 days ahead, granted by SMM",
        ),
        (
            Between("exempt:flight::UAF:5400:JC", 1),
            "in the register flight for UAF, given to JC at least 90 minutes ahead",
        ),
        (Between("gate:left:SMM", 1), "while left is verified by SMM"),
        (Among("act", ("fire", "launch")), "where act is fire or launch"),
        (HEAVY, "weapon of HEAVY"),
    ],
)
def test_a_condition_is_said_as_the_mandate_says_it(atom: Atom, words: str) -> None:
    assert condition_words(atom, "UTC") == words


@pytest.mark.parametrize(
    ("column", "span", "words"),
    [
        ("time", Span(T0_S, T0_S), "1 Jan 2025 00:00"),
        ("time", Span(T0_S, T0_S + 60), "1 Jan 2025 00:00 to 1 Jan 2025 00:01"),
        ("count", Span(2, 2), "2"),
        ("count", Span(2, 5), "2 to 5"),
        ("count", Span(2, UNBOUNDED), "2 or more"),
        ("distance:contact", Span(24 * KM, 26 * KM), "24.0 to 26.0 km from contact"),
        ("distance:contact", Span(24 * KM, 24 * KM), "24.0 km from contact"),
        ("distance:contact", Span(0, UNBOUNDED), "place relative to contact not known"),
        ("side:contact", Span(-1, 1), "side of contact not certain"),
        ("side:contact", Span(-1, -1), "right of contact"),
        ("exempt:storage:SMM:UAF", Span(0, 0), "storage: no entry that covers it"),
        ("exempt:storage:SMM:UAF", Span(0, 1), "storage: pending, or not surely for this time, place and decider"),
        ("exempt:storage:SMM:UAF", Span(1, 1), "storage: granted"),
        ("exempt:flight::UAF:7200:JC", Span(0, 0), "flight: no notice that covers it in time"),
        ("exempt:flight::UAF:7200:JC", Span(0, 1), "flight: not surely in time, to this body and for this act"),
        ("exempt:flight::UAF:7200:JC", Span(1, 1), "flight: given in time"),
        ("gate:left:SMM", Span(0, 0), "left: no entry that covers it"),
        ("gate:left:SMM", Span(0, 1), "left: pending, or not surely for this time and by this body"),
        ("gate:left:SMM", Span(1, 1), "left: verified"),
    ],
)
def test_a_fact_is_said_with_what_is_not_known_of_it(column: str, span: Span, words: str) -> None:
    assert span_words(column, span, "UTC") == words


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (WeaponFact("d_30", "howitzer", 122, 122), "d_30 (howitzer, 122 mm)"),
        (WeaponFact("", "anti_tank_gun", 85, 100), "anti tank gun, 85 to 100 mm"),
        (WeaponFact("", "tank"), "tank"),
        (WeaponFact("osa", "", 0, 0), "osa"),
        (WeaponFact("", ""), "weapon not known"),
    ],
)
def test_a_weapon_is_said_as_far_as_it_is_known(fact: WeaponFact, words: str) -> None:
    assert weapon_words(fact) == words


@pytest.mark.parametrize(
    ("atom", "fact", "parts"),
    [
        (
            Between("distance:contact", None, 25 * KM),
            Span(24 * KM, 26 * KM),
            ["a better position", "24.0 to 26.0 km", "within 25 km"],
        ),
        (Between("distance:contact", None, 25 * KM), Span(0, UNBOUNDED), ["the place", "not known"]),
        (Between("time", T0_S, None), Span(T0_S - 1, T0_S), ["the hour"]),
        (Between("count", 1), Span(0, 3), ["the number", "0 to 3"]),
        (Among("act", ("fire",)), "", ["the act", "not recorded", "fire"]),
        (HEAVY, WeaponFact("", "tank"), ["what the weapon was", "tank", "HEAVY"]),
        (Between("exempt:storage:SMM:UAF", 1), Span(0, 1), ["a decision on the entry", "storage", "pending"]),
        (Between("exempt:flight::UAF:7200:JC", 1), Span(0, 1), ["when and to whom", "2 hours ahead", "not surely"]),
        (Between("gate:left:SMM", 1), Span(0, 1), ["a decision on the verification", "by SMM", "pending"]),
    ],
)
def test_what_would_decide_names_the_fact_what_is_known_and_what_is_asked(
    atom: Atom, fact: Fact, parts: list[str]
) -> None:
    words = decider_words(atom, fact, "UTC")
    for part in parts:
        assert part in words, words


LIFTING = parse_mandate(
    """mandate "T" in force 2025-01-01
party A "A"
body SMM "M"
site depot "depot.geojson" verified by SMM
clause C cites "1" prohibited A fire any unless storage unless in depot breach B
suspension QUIET lifts C for victim when 3 B per 7d decided by SMM restored after 7d
suspension LOUD lifts C for A when 3 B per 7d restored after 7d
""",
    name="t",
    source="t.truce",
)


@pytest.mark.parametrize(
    ("column", "span", "words", "decides"),
    [
        (
            "exempt:QUIET:SMM:A",
            Span(0, 1),
            "lifted by the suspension QUIET for A, decided by SMM",
            "a decision on the suspension",
        ),
        ("exempt:LOUD::A", Span(0, 1), "lifted by the suspension LOUD for A", "a decision on the suspension"),
        ("exempt:storage::A", Span(0, 1), "in the register storage for A", "a decision on the entry"),
        ("inside:depot", Span(-KM, KM), "inside depot", "whether it stood inside depot: recorded as -1.0 to 1.0 km"),
        ("inside:depot", Span(-UNBOUNDED, UNBOUNDED), "inside depot", "place relative to depot not known"),
    ],
)
def test_what_takes_an_act_out_is_called_what_it_is(column: str, span: Span, words: str, decides: str) -> None:
    atom = Between(column, 1 if column.startswith("exempt") else 0)
    assert exemption_words(atom, LIFTING) == words
    assert decides in exemption_decider_words(atom, span, LIFTING)
