"""How a clause becomes rules: one for each party that is bound, each reading, each further outcome."""

import pytest
from tests.mandate.strategies import T0_S

from truceline.base.units import UNBOUNDED
from truceline.mandate import parse_mandate
from truceline.model.mandate import Period
from truceline.terms import Among, Between, Drawing, OfWeapons, Rule, drawings_of, rules_of
from truceline.terms.rules import opposite

DAY_S = 86_400
HEAD = """mandate "T" in force 2025-01-01T00:00
party A "side A" baseline line_a
party B "side B" baseline line_b from 2025-01-03
party C "side C" not bound "it did not sign"
body SMM "mission" monitors
line line_a "a" left A right B
line line_b "b" left A right B until 2025-06-01
zone park "p" from 2025-02-01
weapons HEAVY = artillery
objects ENERGY = refinery port
dispute start "when"
  reading early "x" from 2025-01-02 until 2025-03-01
  reading second "y" from 2025-02-02
"""


def rules(clauses: str) -> tuple[Rule, ...]:
    return rules_of(parse_mandate(HEAD + clauses, name="t", source="t.truce"))


def only(clauses: str) -> Rule:
    (rule,) = rules(clauses)
    return rule


def period(rule: Rule) -> tuple[int, int | None]:
    """First day of 2025 on which it binds, and the first on which it does not."""
    first, until = rule.period.from_s, rule.period.until_s
    assert first is not None
    return (first - T0_S) // DAY_S + 1, None if until is None else (until - T0_S) // DAY_S + 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("prohibited A fire any", (1, None)),
        ("prohibited B fire any", (3, None)),
        ("prohibited A fire any from 2025-01-05 until 2025-01-09", (5, 9)),
        ("prohibited B fire any until 2025-01-09", (3, 9)),
        ("prohibited A fire any in park until 2025-03-01", (32, 60)),
        ("prohibited A fire any within 1km of line_b", (1, 152)),
        ("required A withdraw any by 2025-01-11", (1, 11)),
        ("prohibited B fire any within 1km of baseline", (3, 152)),
        ("prohibited A fire any within 1km of baseline", (1, None)),
    ],
)
def test_a_rule_binds_while_its_clause_its_party_and_its_lines_are_in_force(
    rule: str, expected: tuple[int, int | None]
) -> None:
    found = only(f'clause X cites "1" {rule}')
    assert period(found) == expected
    until = found.period.until_s
    assert found.atoms[0] == Between("time", found.period.from_s, None if until is None else until - 1)


def test_there_is_a_rule_for_each_bound_party_and_reading_and_outcome() -> None:
    found = rules('clause X cites "1" prohibited A B C fire any during start outcome OUT "x" in park')
    assert [rule.key for rule in found] == [
        ("X", party, f"start={reading}", outcome)
        for party in ("A", "B")
        for reading in ("early", "second")
        for outcome in ("", "OUT")
    ]
    assert [period(rule) for rule in found if rule.addressee == "A" and not rule.outcome] == [(2, 60), (33, None)]


@pytest.mark.parametrize(
    ("place", "atoms"),
    [
        ("within 25km of line_a", [Between("distance:line_a", None, 25_000_000)]),
        ("beyond 250m of line_a", [Between("distance:line_a", 250_001, None)]),
        ("within 25km of baseline", [Between("distance:line_a", None, 25_000_000)]),
        ("in park", [Between("inside:park", 0, None)]),
        ("outside park", [Between("inside:park", None, -1)]),
        ("within 1km of park", [Between("inside:park", -1_000_000, None)]),
        ("beyond 1km of park", [Between("inside:park", None, -1_000_001)]),
        ("across line_a", [Between("side:line_a", -1, -1)]),
        ("in park outside park", [Between("inside:park", 0, None), Between("inside:park", None, -1)]),
        ("", []),
    ],
)
def test_a_place_is_a_condition_on_millimetres(place: str, atoms: list[Between]) -> None:
    assert list(only(f'clause X cites "1" prohibited A fire any {place}').atoms[3:]) == atoms


def test_the_other_side_of_a_line_is_the_right_for_whoever_stands_left() -> None:
    left, right = rules('clause X cites "1" prohibited A B fire any across line_a')
    assert left.atoms[-1] == Between("side:line_a", -1, -1)
    assert right.atoms[-1] == Between("side:line_a", 1, 1)


def test_acts_objects_weapons_and_registers_become_conditions() -> None:
    rule = only('clause X cites "1" prohibited A strike fire HEAVY on ENERGY sensor unless r1 unless r2 decided by SMM')
    _, count, act, weapon, thing = rule.atoms
    assert count == Between("count", 1)
    assert act == Among("act", ("strike", "fire"))
    assert isinstance(weapon, OfWeapons)
    assert weapon.names == ("HEAVY",)
    assert thing == Among("object", ("refinery", "port", "sensor"))
    assert rule.exemptions == (Between("exempt:r1::A", 1), Between("exempt:r2:SMM:A", 1))


def test_limits_belong_to_the_clause_and_not_to_its_outcomes() -> None:
    own, outcome = rules('clause X cites "1" limited A fire any to 2 events per 24h outcome OUT "x" in park')
    assert own.limit is not None
    assert outcome.limit is None


OVERRIDES = 'clause Y cites "2" overrides X allowed {} any {}\nclause X cites "1" prohibited A B fire any {}'


def overriders(text: str) -> dict[tuple[str, str, str], list[list[tuple[str, str, str]]]]:
    found = rules(text)
    return {
        rule.key[:3]: [[found[each].key[:3] for each in group] for group in rule.overriders]
        for rule in found
        if rule.overriders
    }


def test_a_clause_overrides_for_the_parties_that_both_name() -> None:
    assert overriders(OVERRIDES.format("A fire", "", "")) == {("X", "A", ""): [[("Y", "A", "")]]}
    assert overriders(OVERRIDES.format("A B fire", "", "")) == {
        ("X", "A", ""): [[("Y", "A", "")]],
        ("X", "B", ""): [[("Y", "B", "")]],
    }


def test_under_one_dispute_each_reading_overrides_its_own_and_otherwise_all_together() -> None:
    same = overriders(OVERRIDES.format("A fire", "during start", "during start"))
    assert same == {
        ("X", "A", "start=early"): [[("Y", "A", "start=early")]],
        ("X", "A", "start=second"): [[("Y", "A", "start=second")]],
    }
    other = overriders(OVERRIDES.format("A fire", "during start", ""))
    assert other == {("X", "A", ""): [[("Y", "A", "start=early"), ("Y", "A", "start=second")]]}


@pytest.mark.parametrize(
    ("one", "other", "against"),
    [
        ("prohibited", "allowed", True),
        ("allowed", "prohibited", True),
        ("prohibited", "required", True),
        ("required", "prohibited", True),
        ("prohibited", "prohibited", False),
        ("prohibited", "limited", False),
        ("allowed", "required", False),
        ("allowed", "limited", False),
    ],
)
def test_a_prohibition_is_against_permission_and_duty_and_nothing_else(one: str, other: str, against: bool) -> None:
    assert opposite(one, other) == against


def test_a_period_open_at_both_ends_is_none_at_both() -> None:
    assert Period() == Period(from_s=None, until_s=None)
    assert UNBOUNDED > 10**18


def test_drawings_of_a_feature_follow_each_other_without_a_gap() -> None:
    text = 'zone z "one" from 2025-01-02 then "two" from 2025-01-05 then "three" from entry + 9d until 2025-03-01'
    text = text.replace(" until 2025-03-01", "").replace(
        "from 2025-01-02 then", "from 2025-01-02 until 2025-03-01 then"
    )
    (zone,) = (each for each in parse_mandate(HEAD + text, name="t", source="t").zones if each.name == "z")
    found = drawings_of(zone)
    days = [
        tuple(None if each is None else (each - T0_S) // DAY_S + 1 for each in (d.from_s, d.until_s)) for d in found
    ]
    assert [(d.feature, d.path) for d in found] == [("z", "one"), ("z@2", "two"), ("z@3", "three")]
    assert days == [(None, 5), (5, 10), (10, None)]
    for second, touched in ((T0_S, "z"), (T0_S + 4 * DAY_S, "z@2"), (T0_S + 4 * DAY_S - 1, "z"), (T0_S + 10**9, "z@3")):
        assert [d.feature for d in found if d.touches(second, second)] == [touched]
    assert [d.feature for d in found if d.touches(T0_S, T0_S + 4 * DAY_S)] == ["z", "z@2"]


def test_a_line_that_is_never_drawn_anew_has_one_drawing_for_ever() -> None:
    (park,) = parse_mandate(HEAD, name="t", source="t").zones
    assert drawings_of(park) == (Drawing(feature="park", path="p"),)


LIFTED = """body JC "centre"
gate READY "x" verified by SMM
clause L cites "1" {} while READY breach B
suspension S1 lifts L for A when 1 B per 7d decided by JC restored after 7d
suspension S2 lifts L for victim when 1 B per 7d restored after 7d
suspension S3 lifts L for B when 1 B per 7d restored after 7d
"""


def test_a_suspension_takes_acts_out_of_a_prohibition_and_lifts_a_duty_as_a_whole() -> None:
    lifting = (Between("exempt:S1:JC:A", 1), Between("exempt:S2::A", 1))
    ban = only(LIFTED.format("prohibited A fire any"))
    duty = only(LIFTED.format("required A withdraw any by 2025-01-11"))
    assert (ban.exemptions, ban.lifted) == (lifting, ())
    assert (duty.exemptions, duty.lifted) == ((), lifting)
    for rule in (ban, duty):
        assert Between("gate:READY:SMM", 1) in rule.atoms
