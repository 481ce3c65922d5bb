"""Two drafts: what differs, by name, and an event that one of them judges a breach and the other does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.replays import bare, random_mandate, redrafted, verdicts

from truceline.mandate import parse_mandate
from truceline.mandate.check.compare import SAME, Difference, compare_clauses
from truceline.model import mandate as m

OLD = """mandate "T" in force 2015-02-15T00:00
precision 60s 250m
party A "side A" baseline L
party B "side B" baseline L
body SMM "mission" monitors
line L "l" left A right B
zone park "p"
weapons HEAVY = artillery mortar calibre >= 100mm
evidence proof = 2 independent sources
clause C1 cites "1" prohibited A B present HEAVY within 25km of L from 2015-03-03 breach X needs proof
clause C2 cites "2" prohibited A fire any in park
clause C3 cites "3" overrides C2 allowed A fire HEAVY in park unless stopped decided by SMM
clause C4 cites "4" limited A B launch any to 2 events per 1d breach Y
clause C5 cites "5" required A withdraw HEAVY by 2015-05-01
clause C6 cites "6" prohibited A exercise any in park
clause C7 cites "7" prohibited A exercise HEAVY in park
clause C8 cites "8" limited A inventory HEAVY to 30 items at once
"""
# What is rewritten -> the one difference: clause, lines, words, the draft with the breach and cells of its event.
REWRITTEN = {
    "a wider band": (
        ("within 25km of L", "within 30km of L"),
        ("C1", 10, 10, "changed: an event is a breach in the new draft only", "new", {"distance:L": "26000 m"}),
    ),
    "a later start": (
        ("from 2015-03-03 breach X", "from 2015-06-01 breach X"),
        ("C1", 10, 10, "changed: an event", "old", {"time": "2015-04-01T00:00:00Z"}),
    ),
    "a definition that the clause uses": (
        ("calibre >= 100mm", "calibre >= 122mm"),
        ("C1", 10, 10, "changed: an event", "old", {"weapon_class": "anti_tank_gun", "calibre_mm": "100"}),
    ),
    "an exemption": (
        ("prohibited A fire any in park", "prohibited A fire any in park unless notified decided by SMM"),
        ("C2", 11, 11, "changed: an event", "old", {"exempt:notified:SMM:A": "granted"}),
    ),
    "a permission taken away": (
        ('clause C3 cites "3" overrides C2 allowed A fire HEAVY in park unless stopped decided by SMM\n', ""),
        ("C3", 12, 0, "removed: an event", "new", {"exempt:stopped:SMM:A": "none"}),
    ),
    "a narrower permission": (
        ("allowed A fire HEAVY in park unless", "allowed A fire HEAVY in park within 5km of L unless"),
        ("C3", 12, 12, "changed: an event", "new", {"act": "fire", "distance:L": "10000 m"}),
    ),
    "a permission that prevails no more": (
        ("overrides C2 allowed", "allowed"),
        ("C3", 12, 12, f"changed: {SAME}", "", {}),
    ),
    "a limit": (
        ("to 2 events per 1d", "to 1 events per 1d"),
        ("C4", 13, 13, "changed: 2 events like this within 1 day are a breach in the new draft only", "new", {}),
    ),
    "a limit on what stands there": (
        ("to 30 items at once", "to 31 items at once"),
        ("C8", 17, 17, "31 items like this at once are a breach in the old draft only", "old", {}),
    ),
    "a limit over another span": (("events per 1d", "events per 2d"), ("C4", 13, 13, "another limit", None, {})),
    "a duty": (
        ("by 2015-05-01", "by 2015-06-01"),
        ("C5", 14, 14, "changed: what meets the duty, or by when, differs", "", {}),
    ),
    "a clause that another makes idle": (
        ('clause C7 cites "7" prohibited A exercise HEAVY in park\n', ""),
        ("C7", 16, 0, f"removed: {SAME}", "", {}),
    ),
    "a new clause": (
        ("clause C8", 'clause C70 cites "9" prohibited B move any\nclause C8'),
        ("C70", 0, 17, "added: an event", "new", {"party": "B", "act": "move"}),
    ),
    "another name": (("clause C6", "clause D6"), ("C6", 15, 15, f"renamed to D6: {SAME}", "", {})),
    "another citation": (('cites "6"', 'cites "6a"'), ("C6", 15, 15, "changed: citation differs", "", {})),
    "another class of breach": (("breach Y", "breach Z"), ("C4", 13, 13, "class of breach differs", "", {})),
    "another drawing": (('zone park "p"', 'zone park "q"'), None),
    "evidence": (("= 2 independent", "= 3 independent"), ("C1", 10, 10, "another evidence standard", "", {})),
}


def parsed(text: str) -> m.Mandate:
    return parse_mandate(text, name="truce", source="truce.truce")


@pytest.mark.parametrize("name", REWRITTEN)
def test_one_rewritten_thing_is_one_difference_with_its_event(name: str) -> None:
    (before, after), expected = REWRITTEN[name]
    assert before in OLD
    drafts = parsed(OLD), parsed(OLD.replace(before, after))
    found = compare_clauses(*drafts)
    if expected is None:
        assert {each.clause for each in found} == {"C2", "C3", "C6", "C7"}
        assert all("drawn anew" in each.words and not each.event for each in found)
        return
    clause, old_line, new_line, words, breach_in, cells = expected
    difference = next(each for each in found if each.clause == clause)
    assert (difference.old_line, difference.new_line) == (old_line, new_line)
    assert words in difference.words
    assert breach_in in (None, difference.breach_in)
    assert bool(difference.event) == bool(difference.breach_in)
    assert cells.items() <= dict(difference.event).items()
    if "definition" not in name:
        assert len(found) == 1
    for each in found:
        replay(*drafts, each)


def test_a_text_against_itself_differs_in_nothing_however_its_clauses_stand() -> None:
    turned = OLD.splitlines()
    assert compare_clauses(parsed(OLD), parsed(OLD)) == ()
    assert compare_clauses(parsed(OLD), parsed("\n".join(turned[:9] + turned[:8:-1]))) == ()


def replay(old: m.Mandate, new: m.Mandate, difference: Difference) -> None:
    """The event is judged a breach under the draft that is named, and under the other it is not."""
    if not difference.event:
        return
    times = int(difference.words.split(": ")[1].split()[0]) if "like this" in difference.words else 1
    found = {
        name: {each["verdict"] for each in verdicts(draft, difference.event, times=times)}
        for name, draft in (("old", without_standards(old)), ("new", without_standards(new)))
    }
    other = {"old": "new", "new": "old"}[difference.breach_in]
    assert "breach" in found[difference.breach_in], difference
    assert "breach" not in found[other], difference


def without_standards(mandate: m.Mandate) -> m.Mandate:
    """What proves an event is not compared here."""
    return replace(mandate, clauses=bare(mandate).clauses, standards=())


@budget(15)
@given(st.integers(0, 2**48))
def test_every_difference_replays_before_the_judge(seed: int) -> None:
    old = bare(random_mandate(seed, most_clauses=5))
    new = redrafted(old, seed)
    for difference in compare_clauses(old, new):
        replay(old, new, difference)


@budget(15)
@given(st.integers(0, 2**48))
def test_turned_about_the_same_clauses_differ_with_the_drafts_exchanged(seed: int) -> None:
    old = bare(random_mandate(seed, most_clauses=5))
    new = redrafted(old, seed)
    there = {each.clause: each for each in compare_clauses(old, new)}
    back = {each.clause: each for each in compare_clauses(new, old)}
    assert there.keys() == back.keys()
    for name, each in there.items():
        assert bool(each.event) == bool(back[name].event)
        assert (each.old_line, each.new_line) == (back[name].new_line, back[name].old_line)
