"""Two drafts: what differs, by name, and an event that one of them judges a breach and the other does not."""

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.replays import bare, random_mandate, redrafted, verdicts

from truceline.mandate import parse_mandate
from truceline.mandate.check.compare import SAME, UNSURE, Difference, compare_clauses, compare_responses
from truceline.mandate.check.stated import compare_stated, same_meaning
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
        ("C3", 12, 12, f"changed: {UNSURE}", "", {}),
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
        ("C7", 16, 0, f"removed: {UNSURE}", "", {}),
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
    assert times == difference.times
    dispute = difference.reading.partition("=")[0]
    found = {
        name: {
            each["verdict"]
            for each in verdicts(draft, difference.event, times=times)
            if not dispute
            or each["reading"] in ("", difference.reading)
            or not each["reading"].startswith(f"{dispute}=")
        }
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


HEAD = 'mandate "T" in force 2025-01-01T00:00\nparty A "a"\nbody M "m" monitors\nbody N "n" monitors\n'
READ = 'dispute D "when" reading r1 "one" from {} reading {} "two" from {}\n'


def only(old: str, new: str) -> Difference:
    """The one difference of two short texts."""
    drafts = parsed(HEAD + old), parsed(HEAD + new)
    (found,) = compare_clauses(*drafts)
    replay(*drafts, found)
    return found


def test_readings_exchanged_are_told_reading_by_reading() -> None:
    clause = 'clause C cites "1" prohibited A fire any during D\n'
    found = only(
        READ.format("2025-03-01", "r2", "2025-06-01") + clause, READ.format("2025-06-01", "r2", "2025-03-01") + clause
    )
    assert found.words == "changed: read as D=r1, an event is a breach in the old draft only"
    assert (found.breach_in, found.reading) == ("old", "D=r1")


def test_readings_that_one_draft_lacks_are_said() -> None:
    clause = 'clause C cites "1" prohibited A fire any during D\n'
    found = only(
        READ.format("2025-03-01", "r2", "2025-06-01") + clause, READ.format("2025-03-01", "r3", "2025-06-01") + clause
    )
    assert found.words == (
        "changed: the new draft has no reading D=r2 to compare with; the old draft has no reading D=r3 to compare with"
    )


def test_what_changes_the_undetermined_alone_is_not_called_the_same() -> None:
    old = 'weapons W = mortar calibre >= 100mm\nclause C cites "1" prohibited A fire W\n'
    found = only(old, old.replace("100mm", '100mm disputed tank "A: no, B: yes"'))
    assert found.words == f"changed: {UNSURE}"


def test_another_decider_leaves_open_what_the_first_one_granted() -> None:
    old = 'clause C cites "1" prohibited A fire any unless told decided by M\n'
    assert only(old, old.replace("by M", "by N")).words == f"changed: {UNSURE}"


def test_outcomes_are_plural() -> None:
    old = 'zone Z "z"\nclause C cites "1" prohibited A fire any outcome X "x" in Z\n'
    assert only(old, old.replace('"x"', '"y"')).words == "changed: further outcomes differ"


STATED = {
    "precision": (("precision 60s 250m", "precision 60s 500m"), ("header", "precision in place: 250 m → 500 m")),
    "party": (("baseline L\nparty B", "baseline L from 2015-03-01\nparty B"), ("party", "period: always → from")),
    "body": (('body SMM "mission" monitors', 'body SMM "mission"'), ("body", "monitors: yes → no")),
    "guarantor": (('body SMM "mission"', 'body SMM "mission" guarantees'), ("body", "guarantees: no → yes")),
    "standard": (("= 2 independent", "= 3 independent"), ("evidence standard", "independent sources: 2 → 3")),
    "weapons": (("calibre >= 100mm", "calibre >= 122mm"), ("weapons class", "least calibre: 100 mm → 122 mm")),
    "zone": (('zone park "p"', 'zone park "q"'), ("zone", "drawing: p → q")),
}


@pytest.mark.parametrize("name", STATED)
def test_what_is_stated_beside_clauses_is_told_in_words(name: str) -> None:
    (before, after), (kind, words) = STATED[name]
    assert before in OLD
    (found,) = compare_stated(parsed(OLD), parsed(OLD.replace(before, after, 1)))
    assert found.kind == kind
    assert found.words.startswith(words)


def changed(value: object) -> Iterator[object]:
    """The same with one thing changed in it, wherever that stands; lines of the text stay."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        yield value + "x"
    elif value is None:
        yield 1
    elif isinstance(value, tuple):
        yield (*value, "x") if not value else value[1:]
        for number, item in enumerate(value):
            yield from ((*value[:number], each, *value[number + 1 :]) for each in changed(item))
    elif is_dataclass(value):
        for field in fields(value):
            if field.compare:
                yield from (replace(value, **{field.name: each}) for each in changed(getattr(value, field.name)))


@budget(12)
@given(st.integers(0, 2**48))
def test_no_draft_that_differs_in_any_one_field_is_called_alike(seed: int) -> None:
    """The net: whatever field of whatever item changes, the hash tells, and one of the lists names it."""
    old = random_mandate(seed)
    chance = random.Random(seed)
    for field in fields(m.Mandate):
        versions = [] if field.name == "name" else [*changed(getattr(old, field.name))]
        for value in chance.sample(versions, min(8, len(versions))):
            if isinstance(value, tuple) and "x" in value:  # no item at all of this kind: nothing to change
                continue
            if field.name == "attribution" and value == 1:
                continue
            new = replace(old, **{field.name: value})
            if field.name == "header" and replace(new.header, title=old.header.title) == old.header:
                assert same_meaning(old, new), "a title means nothing"
                continue
            assert not same_meaning(old, new), (field.name, value)
            if field.name not in ("clauses", "responses"):  # those two tell whatever is not equal
                assert compare_stated(old, new), (field.name, value)


def test_text_and_names_of_clauses_and_responses_are_told() -> None:
    old = parsed(OLD)
    for index, clause in enumerate(old.clauses):
        for field, value in (("cites", "x"), ("unverified", True), ("no_response", "x"), ("breach_class", "x")):
            clauses = list(old.clauses)
            clauses[index] = replace(clause, **{field: value})
            assert [each.clause for each in compare_clauses(old, replace(old, clauses=tuple(clauses)))] == [clause.name]
    assert compare_responses(old, old) == ()


@budget(30)
@given(st.integers(0, 2**48))
def test_nothing_stated_differs_where_items_only_stand_otherwise(seed: int) -> None:
    old = random_mandate(seed)
    chance = random.Random(seed)
    new = replace(
        old,
        name="another",
        header=replace(old.header, title="another"),
        **{
            field: tuple(chance.sample(getattr(old, field), len(getattr(old, field))))
            for field in ("parties", "bodies", "lines", "weapons", "domains", "clauses", "responses", "suspensions")
        },
    )
    assert same_meaning(old, new)
    assert compare_stated(old, new) == ()


def test_each_step_and_end_that_differs_is_named_with_what_changed() -> None:
    text = (
        'mandate "T" in force 2025-01-01\nparty A "a"\nparty B "b"\nbody M "m"\n'
        "response R deadline 48h\n  step look M visits A within 24h consent B done end_1 refused end_2 late end_2\n"
        "  end end_1 answered\n  end end_2 impasse\n"
    )
    drafted = text.replace(" consent B", "").replace("refused end_2", "refused end_1").replace("48h", "72h")
    drafted = drafted.replace("end_2 impasse", "end_2 answered")
    exits = "done end_1, refused end_2, late end_2"
    assert [(each.kind, each.item, each.words) for each in compare_stated(parsed(text), parsed(drafted))] == [
        ("response", "R", "deadline: 2 days → 3 days"),
        (
            "step",
            "R.look",
            f"consent: B → none; where it leads: {exits} → {exits.replace('refused end_2', 'refused end_1')}",
        ),
        ("end", "R.end_2", "kind: impasse → answered"),
    ]
