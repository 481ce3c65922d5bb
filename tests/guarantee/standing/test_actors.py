"""Which actors a text names, who a speaker is, for whom somebody speaks."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guarantee.standing.made_up import KNOWN

from truceline.guarantee.standing import actor_of, actors_named, gazetteer, kind_of_speaker, speaks_for
from truceline.model.actor import Actor


def ids(text: str) -> list[str]:
    return [actor_id for *_, actor_id in actors_named(text, KNOWN)]


def test_the_list_holds_the_members_and_observers_of_the_united_nations() -> None:
    states = [actor for actor in gazetteer().values() if actor.kind == "state"]
    assert len(states) == 193 + 2
    assert all(re.fullmatch("[A-Z]{3}", actor.actor_id) for actor in states)
    assert 40 <= len(gazetteer()) - len(states) <= 80


def test_no_name_of_the_list_belongs_to_two_states() -> None:
    owners: dict[str, set[str]] = {}
    for actor in gazetteer().values():
        for name in (actor.name, *actor.names):
            owners.setdefault(name, set()).add(actor.actor_id)
    assert {name: them for name, them in owners.items() if len(them) > 1} == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The Chinese Foreign Ministry answered", ["CHN"]),
        ("Chinese participation would help", ["CHN"]),
        ("Russian and possibly Chinese participation", ["RUS", "CHN"]),
        ("a French newspaper and Chinese food", []),
        ("Beijing is asking its partners", ["CHN"]),
        ("Moscow’s position has not changed", ["RUS"]),
        ("a truce between Kyiv and Moscow", ["UKR", "RUS"]),
        ("ministers met in Brussels and flew to Kyiv", []),
        ("the Moscow Times and the Kyiv Post", []),
        ("the Kremlin rejects it", ["RUS"]),
        ("outside the White House", []),
        ("South Sudan and Guinea-Bissau", ["SSD", "GNB"]),
        ("a mission in Ukraine", []),
        ("Ukraine’s partners, the EU, and the UN Security Council", ["UKR", "EU", "UNSC"]),
        ("let us go", []),
        ("the US will not", ["USA"]),
        ("a London-based group of pro-Russian bloggers", []),
        ("Borvenian consent, asked of Tarsk by Aldria", ["BOR", "ALD"]),
        ("talks in Tarsk", []),
        ("Tarsk rejects observers from Vesmark", ["BOR", "VES"]),
    ],
)
def test_what_stands_for_a_state_is_named_and_what_is_a_place_is_not(text: str, named: list[str]) -> None:
    assert ids(text) == named


def test_a_name_of_the_ledger_comes_before_the_same_name_of_the_list() -> None:
    own = {"GEO-US": Actor(actor_id="GEO-US", kind="state", name="Georgia")}
    assert [found[2] for found in actors_named("Georgia said no", own)] == ["GEO-US"]


@pytest.mark.parametrize(
    ("speaker", "actor"),
    [
        ("Beijing", "CHN"),
        ("the Kremlin", "RUS"),
        ("the Chinese government", "CHN"),
        ("Government of Kenya", "KEN"),
        ("coalition of the ready", "WILLING"),
        ("the Borvenian government", "BOR"),
        ("Chinese", ""),
        ("Guo Jiakun", ""),
        ("France and Britain", ""),
        ("", ""),
    ],
)
def test_a_speaker_is_an_actor_only_where_that_is_sure(speaker: str, actor: str) -> None:
    assert actor_of(speaker, KNOWN) == actor


def test_a_person_of_the_ledger_is_found_by_the_whole_name_and_by_a_surname_that_nobody_shares() -> None:
    one = Actor(actor_id="VELL", kind="person", name="Oran Vell")
    other = Actor(actor_id="M-VELL", kind="person", name="Mira Vell")
    assert actor_of("Corvessan Defence Minister Oran Vell", {"VELL": one}) == "VELL"
    assert actor_of("Vell", {"VELL": one}) == "VELL"
    assert actor_of("Vell", {"VELL": one, "M-VELL": other}) == ""


@pytest.mark.parametrize(
    ("speaker", "whom"),
    [
        ("Chinese Foreign Ministry spokesman Guo Jiakun", "CHN"),
        ("Russian Foreign Minister Sergei Lavrov", "RUS"),
        ("US President", "USA"),
        ("a spokesman for the Kremlin", "RUS"),
        ("the president of France", "FRA"),
        ("Aldria’s ambassador in Ostrey", "ALD"),
        ("the Borvenian Foreign Ministry", "BOR"),
        ("NATO Secretary General", "NATO"),
        ("senior EU diplomats", ""),
        ("two French officials", ""),
        ("former US Secretary of State", ""),
        ("a German newspaper", ""),
        ("Foreign Minister Ilse Tarrant", ""),
        ("the foreign ministers of France and Germany", ""),
        ("European countries such as France and Britain", ""),
    ],
)
def test_only_an_office_speaks_for_a_state(speaker: str, whom: str) -> None:
    assert speaks_for(speaker, kind_of_speaker(speaker, KNOWN), KNOWN) == whom


@given(st.text(max_size=80))
def test_any_text_is_read_and_names_lie_in_it_one_after_the_other(text: str) -> None:
    found = actors_named(text, KNOWN)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    assert actor_of(text, KNOWN) == "" or kind_of_speaker(text, KNOWN)
