"""Two drafts over past events: the exclusive-or of planes equals judging both, event by event."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.judge.worlds import worlds

from truceline.judge.facts import Bench
from truceline.judge.kernel import NO, NOT_RULED, POSSIBLY, SURELY, changes, held_bit
from truceline.mandate import parse_mandate
from truceline.terms import rules_of

HEAD = 'mandate "T" in force 2025-01-01T00:00\n'
HEAD += 'party A "a" baseline near\nparty B "b" baseline near\nline near "l.geojson"\n'


def facts(*far_m, act="fire"):
    lo = np.array([each * 1000 for each in far_m], np.int64)
    ones, time = np.ones(len(far_m), np.int64), np.full(len(far_m), 1_740_000_000, np.int64)
    return SimpleNamespace(
        spans={"time": (time, time), "count": (ones, ones), "distance:near": (lo, lo + 100_000)},
        codes={"act": np.zeros(len(far_m), np.uint16)},
        values={"act": (act,)},
    )


def rules(text):
    return rules_of(parse_mandate(HEAD + text, name="t", source="t.truce"))


def told(found):
    return {(c.key[0], c.key[1], c.before, c.after): c.rows.tolist() for c in found}


def test_a_moved_limit_changes_the_events_between():
    old = rules('clause C cites "p" prohibited A B fire any within 2km of near')
    new = rules('clause C cites "p" prohibited A B fire any within 1km of near')
    seen = facts(500, 950, 1_500, 1_950, 3_000)
    assert told(changes(old, seen, new, seen, rows=5)) == {
        ("C", party, *pair): rows
        for party in "AB"
        for pair, rows in {(SURELY, POSSIBLY): [1], (SURELY, NO): [2], (POSSIBLY, NO): [3]}.items()
    }


def test_a_clause_that_one_draft_lacks_is_not_ruled_there():
    new = rules('clause C cites "p" prohibited A fire any')
    seen = facts(1, 2)
    assert told(changes((), seen, new, seen, rows=2)) == {("C", "A", NOT_RULED, SURELY): [0, 1]}
    assert told(changes(new, seen, (), seen, rows=2)) == {("C", "A", SURELY, NOT_RULED): [0, 1]}


def test_order_names_of_others_and_equal_clauses_change_nothing():
    one, two = 'clause C cites "p" prohibited A fire any\n', 'clause D cites "q" prohibited B launch any\n'
    seen = facts(1, 2)
    assert changes(rules(one + two), seen, rules(two + one), seen, rows=2) == ()


def test_an_overriding_clause_that_changes_changes_what_it_overrides():
    base = 'clause C cites "p" prohibited A fire any\n'
    old = rules(base + 'clause D cites "q" overrides C allowed A fire any within 2km of near')
    new = rules(base + 'clause D cites "q" overrides C allowed A fire any within 1km of near')
    seen = facts(1_500)
    assert told(changes(old, seen, new, seen, rows=1))["C", "A", NO, SURELY] == [0]


def test_measured_otherwise_equal_rules_are_looked_at():
    same = rules('clause C cites "p" prohibited A fire any within 1km of near')
    assert told(changes(same, facts(500), same, facts(1_500), rows=1)) == {("C", "A", SURELY, NO): [0]}


def test_another_modality_changes_every_event_that_it_holds_for():
    old = rules('clause C cites "p" prohibited A fire any within 2km of near')
    new = rules('clause C cites "p" allowed A fire any within 2km of near')
    seen = facts(500, 1_950, 3_000)
    found = changes(old, seen, new, seen, rows=3)
    assert told(found) == {("C", "A", SURELY, SURELY): [0], ("C", "A", POSSIBLY, POSSIBLY): [1]}
    assert {(each.old.modality, each.new.modality) for each in found} == {("prohibited", "allowed")}


def test_another_modality_and_another_place_change_what_either_draft_holds():
    old = rules('clause C cites "p" prohibited A fire any within 2km of near')
    new = rules('clause C cites "p" allowed A fire any within 1km of near')
    seen = facts(500, 1_500, 3_000)
    assert told(changes(old, seen, new, seen, rows=3)) == {("C", "A", SURELY, SURELY): [0], ("C", "A", SURELY, NO): [1]}


def test_another_limit_changes_every_event_that_counts():
    old = rules('clause C cites "p" limited A B fire any to 3 events per 1d')
    new = rules('clause C cites "p" limited A B fire any to 2 events per 1d')
    seen = facts(1, 2)
    found = changes(old, seen, new, seen, rows=2)
    assert told(found) == {("C", party, SURELY, SURELY): [0, 1] for party in "AB"}
    assert {(each.old.limit.most, each.new.limit.most) for each in found} == {(3, 2)}
    again = changes(old, seen, new, facts(1, 2), rows=2)
    assert told(again) == told(found)


def test_what_overrides_may_fill_another_word_in_one_draft_only():
    """128 clauses fill two words; what overrides one of them stands in a third, in the first draft alone."""
    many = "".join(f'clause C{n} cites "p" prohibited A fire any within 2km of near\n' for n in range(128))
    over = 'clause D cites "q" {}allowed A fire any within 1km of near\n'
    old, new = rules(many + over.format("overrides C0 ")), rules(many.replace("2km", "3km") + over.format(""))
    seen = facts(500)
    assert told(changes(old, seen, new, seen, rows=1)) == {("C0", "A", NO, SURELY): [0]}


def answers(bench: Bench):
    """(key, row) -> surely, possibly or no, bit by bit."""
    words = (NO, POSSIBLY, SURELY)
    return {
        (rule.key, row): words[int(held_bit(bench.surely, index)[row] + held_bit(bench.possibly, index)[row])]
        for index, rule in enumerate(bench.rules)
        for row in range(len(bench.events))
    }


@budget(60)
@given(worlds(observed=False), st.randoms(use_true_random=False))
def test_the_changes_are_what_judging_both_drafts_tells(world, chance):
    mandate = world.mandate
    changed = chance.choice(mandate.clauses)
    other = replace(changed, acts=changed.acts[:1], weapons=(), places=changed.places[:1])
    clauses = [other if clause is changed else clause for clause in mandate.clauses]
    chance.shuffle(clauses)
    draft = replace(mandate, clauses=tuple(clauses))
    one, two = Bench(mandate, world.material), Bench(draft, world.material)
    found = changes(one.rules, one.facts, two.rules, two.facts, rows=len(one.events))
    before, after = answers(one), answers(two)
    expected = {}
    for (key, row), was in before.items():
        if was != after[key, row]:
            expected.setdefault((key, was, after[key, row]), []).append(row)
    assert {(c.key, c.before, c.after): c.rows.tolist() for c in found} == expected
