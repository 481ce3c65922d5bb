"""Text to nouns and back: nothing is lost, and order means nothing."""

import random
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.strategies import Seeded, mandate_of, mandates

from truceline.base.errors import MandateSyntaxError
from truceline.mandate import mandate_from_json, mandate_to_json, parse_mandate, print_mandate
from truceline.model import mandate as m
from truceline.terms import Rule, rules_of

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.truce"))


def parsed(text: str, name: str = "truce") -> m.Mandate:
    return parse_mandate(text, name=name, source="truce.truce")


@budget(25)
@given(mandates())
def test_parsing_what_was_printed_gives_the_same_mandate(mandate: m.Mandate) -> None:
    text = print_mandate(mandate)
    again = parsed(text, mandate.name)
    assert again == mandate, text
    assert print_mandate(again) == text


@budget(200)
@given(st.integers(0, 2**48))
def test_parsing_what_was_printed_gives_the_same_small_mandate(seed: int) -> None:
    mandate = mandate_of(Seeded(seed), most_clauses=4)
    text = print_mandate(mandate)
    assert parsed(text, mandate.name) == mandate, text


@budget(25)
@given(mandates())
def test_json_gives_the_same_mandate_and_the_same_bytes_again(mandate: m.Mandate) -> None:
    content = mandate_to_json(mandate)
    assert mandate_from_json(content) == mandate
    assert mandate_to_json(mandate_from_json(content)) == content
    assert mandate_to_json(parsed(print_mandate(mandate), mandate.name)) == content, "lines do not count"


def comparable(rules: tuple[Rule, ...]) -> set[tuple[object, ...]]:
    """Rules without their numbers: what overrides is named by its key, words in sets."""
    return {
        (
            *rule.key,
            rule.modality,
            rule.limit,
            rule.period,
            frozenset(map(unordered, rule.atoms)),
            frozenset(rule.exemptions),
            frozenset(frozenset(rules[each].key for each in group) for group in rule.overriders),
        )
        for rule in rules
    }


def unordered(value: object) -> object:
    """The same with every tuple as a set."""
    if is_dataclass(value):
        return type(value).__name__, *(unordered(getattr(value, each.name)) for each in fields(value))
    return frozenset(map(unordered, value)) if isinstance(value, tuple | frozenset) else value


@budget(25)
@given(mandates(), st.randoms(use_true_random=False))
def test_permuting_clauses_items_and_names_changes_no_rule(mandate: m.Mandate, chance: random.Random) -> None:
    def mixed(items):
        return tuple(chance.sample(items, len(items)))

    other = replace(
        mandate,
        **{
            name: mixed(getattr(mandate, name))
            for name in ("parties", "bodies", "lines", "zones", "weapons", "objects", "standards", "disputes")
        },
        clauses=mixed(
            [
                replace(
                    c, parties=mixed(c.parties), acts=mixed(c.acts), weapons=mixed(c.weapons), places=mixed(c.places)
                )
                for c in mandate.clauses
            ]
        ),
    )
    again = parsed(print_mandate(other), mandate.name)
    assert comparable(rules_of(again)) == comparable(rules_of(mandate))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_items_may_stand_in_any_order_and_line_ends_mean_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    mandate = parsed(text)
    plain = "\n".join(line.split("  #")[0] for line in text.splitlines() if not line.startswith("#"))
    assert parsed(" ".join(plain.split("\n"))) == mandate
    assert parsed(text.replace("\n", "\r\n")) == mandate
    blocks = print_mandate(mandate).split("\n\n")
    head, *items = blocks
    assert comparable(rules_of(parsed("\n\n".join([head, *reversed(items)])))) == comparable(rules_of(mandate))


def test_who_guarantees_is_part_of_the_meaning_and_says_nothing_of_older_texts() -> None:
    text = 'mandate "T" in force 2025-01-01\nparty A "a"\nbody G "g"\n'
    plain, guaranteed = parsed(text), parsed(text.replace('"g"', '"g" guarantees'))
    assert (plain.bodies[0].guarantees, guaranteed.bodies[0].guarantees) == (False, True)
    assert b"guarantees" not in mandate_to_json(plain)
    assert b'"guarantees":true' in mandate_to_json(guaranteed)
    with pytest.raises(MandateSyntaxError, match="not in canonical form"):
        mandate_from_json(mandate_to_json(guaranteed).replace(b'"guarantees":true', b'"guarantees":false'))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "nothing"),
        (b"{}", "no header"),
        (b"\xff", "not text"),
        (b'{"name": "\xff"}', "not text inside"),
        (b"[" * 100_000, "too deep"),
        (b"null", "no object"),
    ],
)
def test_json_that_is_no_mandate_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(MandateSyntaxError, match="mandate JSON"):
        mandate_from_json(content)


def test_json_with_anything_added_or_laid_out_otherwise_is_refused() -> None:
    content = mandate_to_json(parsed(GOLDEN[0].read_text(encoding="utf-8")))
    assert mandate_from_json(content)
    for other in (content.replace(b'"name":', b'"nome":1,"name":', 1), content + b" ", content.replace(b":", b": ")):
        with pytest.raises(MandateSyntaxError, match="canonical form"):
            mandate_from_json(other)


def test_a_mandate_before_the_year_1000_is_printed_so_that_it_can_be_read_again() -> None:
    mandate = parsed('mandate "Old" in force 0987-06-05T04:03')
    assert parsed(print_mandate(mandate)) == mandate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2025-03-30T02:59", 1_743_296_340),
        ("2025-03-30T04:00", 1_743_296_400),
        ("2025-10-26T02:59", 1_761_436_740),
        ("2025-10-26T03:30+03:00", 1_761_438_600),
        ("2025-10-26T03:30+02:00", 1_761_442_200),
        ("2025-10-26T04:00", 1_761_444_000),
        ("2024-02-29T12:00", 1_709_200_800),
        ("2024-02-29", 1_709_157_600),
        ("2025-10-26", 1_761_426_000),
        ("2025-01-01T00:00:07Z", 1_735_689_607),
    ],
)
def test_dates_are_read_in_the_zone_of_the_header_on_either_side_of_a_change_of_clocks(text: str, seconds: int) -> None:
    mandate = parsed(f'mandate "T" in force {text} zone Europe/Kyiv')
    assert mandate.header.in_force_s == seconds
    assert parsed(print_mandate(mandate)) == mandate


@pytest.mark.parametrize(
    ("words", "bounds"),
    [(">= 100mm", (100, None)), ("> 100mm", (101, None)), ("<= 100mm", (None, 100)), ("< 100mm", (None, 99))],
)
def test_a_calibre_is_compared_in_whole_millimetres(words: str, bounds: tuple[int | None, int | None]) -> None:
    (item,) = parsed(f'mandate "T" in force 2025-01-01 weapons W = tank calibre {words}').weapons
    assert (item.calibre_lo_mm, item.calibre_hi_mm) == bounds


@pytest.mark.parametrize(
    ("words", "permille"), [("0.8", 800), ("0.80", 800), ("0.805", 805), ("1.0", 1_000), ("0.005", 5)]
)
def test_a_share_is_kept_per_mille(words: str, permille: int) -> None:
    assert parsed(f'mandate "T" in force 2025-01-01 coverage >= {words}').header.coverage_permille == permille


@pytest.mark.parametrize(("words", "seconds"), [("90s", 90), ("90min", 5_400), ("24h", 86_400), ("14d", 1_209_600)])
def test_durations_and_distances_keep_their_value(words: str, seconds: int) -> None:
    mandate = parsed(f'mandate "T" in force 2025-01-01 precision {words} 25km')
    assert (mandate.header.precision_s, mandate.header.precision_m) == (seconds, 25_000)
