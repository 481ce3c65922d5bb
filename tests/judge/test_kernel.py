"""The kernel against three others: a plain interpreter, every completion of the facts, and DuckDB."""

import random
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.judge.reference import Key, Reference
from tests.judge.sql import material_tables, planes_sql, span_sql, table_of
from tests.judge.worlds import WORSENINGS, World, event, happening, placing, worlds
from tests.judge.worlds import material as tables
from tests.mandate.strategies import NEAR_S, Seeded, mandate_of

from truceline.base.units import UNBOUNDED
from truceline.judge import Material
from truceline.judge.facts import Bench
from truceline.judge.kernel import CHUNK_ROWS, FEW_ROWS, MANY_LIMITS, WORD_BITS, Kernel, _overriding_order, held_bit
from truceline.mandate import print_mandate
from truceline.model import mandate as m
from truceline.terms import Among, Atom, Between, Held, Rule, Span, WeaponFact, atom_held, both, none_of, rules_of

WAYS_AT_MOST = 4_000
Planes = dict[Key, list[tuple[bool, bool]]]


def kernel_planes(mandate, material: Material) -> Planes:
    """What the kernel says of each rule and event."""
    bench = Bench(mandate, material)
    return {
        rule.key: list(
            zip(
                held_bit(bench.surely, index).astype(bool).tolist(),
                held_bit(bench.possibly, index).astype(bool).tolist(),
                strict=True,
            )
        )
        for index, rule in enumerate(bench.rules)
    }


def reference_of(world: World) -> Reference:
    return Reference(world.mandate, world.material.placings.to_pylist(), world.material.notices.to_pylist())


@budget(300)
@given(worlds(observed=False))
def test_the_kernel_says_what_a_plain_interpreter_says(world: World) -> None:
    reference, kernel = reference_of(world), kernel_planes(world.mandate, world.material)
    assert list(kernel) == reference.keys()
    for number, row in enumerate(world.events):
        for key, held in reference.planes(row["event_id"], row).items():
            assert kernel[key][number] == held, f"{key} of {row}\n{print_mandate(world.mandate)}"


@budget(100)
@given(worlds(observed=False, most_events=2, most_clauses=3))
def test_what_surely_holds_holds_in_every_completion_of_the_facts_and_what_does_not_possibly_hold_in_none(
    world: World,
) -> None:
    reference, kernel = reference_of(world), kernel_planes(world.mandate, world.material)
    for number, row in enumerate(world.events):
        for key, held in ((key, kernel[key][number]) for key in kernel):
            ways, completions = reference.completions(key, row["event_id"], row)
            if ways <= WAYS_AT_MOST and held != (False, True):
                for truth in completions:
                    holds = reference.holds(key, truth)
                    assert holds == held[0], f"{key} is {held}, yet {truth}\n{print_mandate(world.mandate)}"


@given(worlds(observed=False), st.randoms(use_true_random=False))
def test_order_splits_and_repetitions_of_rows_change_nothing(world: World, chance: random.Random) -> None:
    bench = Bench(world.mandate, world.material)
    rows = len(world.events)
    kernel = Kernel(bench.rules, bench.facts.values)
    index = [chance.randrange(rows) for _ in range(chance.randint(0, 9))]
    spans = {name: (lo[index], hi[index]) for name, (lo, hi) in bench.facts.spans.items()}
    codes = {name: each[index] for name, each in bench.facts.codes.items()}
    surely, possibly = kernel.planes(spans, codes, rows=len(index))
    assert (surely == bench.surely[index]).all()
    assert (possibly == bench.possibly[index]).all()
    mirrored = tables(
        events=world.events[::-1],
        placings=world.material.placings.to_pylist()[::-1],
        notices=world.material.notices.to_pylist()[::-1],
    )
    backwards = kernel_planes(world.mandate, mirrored)
    assert {key: held[::-1] for key, held in backwards.items()} == kernel_planes(world.mandate, world.material)


@given(worlds(observed=False), st.randoms(use_true_random=False))
def test_permuting_clauses_parties_and_items_changes_no_plane(world: World, chance: random.Random) -> None:
    def mixed(items):
        return tuple(chance.sample(items, len(items)))

    mandate = world.mandate
    other = replace(
        mandate,
        clauses=mixed([replace(c, parties=mixed(c.parties), acts=mixed(c.acts)) for c in mandate.clauses]),
        parties=mixed(mandate.parties),
        weapons=mixed(mandate.weapons),
        disputes=mixed(mandate.disputes),
    )
    assert kernel_planes(other, world.material) == kernel_planes(mandate, world.material)


@budget(200)
@given(worlds(observed=False, most_events=2), st.sampled_from(range(len(WORSENINGS) + 3)))
def test_worse_input_never_gives_more_certainty(world: World, how: int) -> None:
    better = kernel_planes(world.mandate, world.material)
    worse = kernel_planes(world.mandate, worsened(world.material, how))
    for key, rows in better.items():
        for (sure_before, maybe_before), (sure, maybe) in zip(rows, worse[key], strict=True):
            assert sure <= sure_before, f"{key} became certain\n{print_mandate(world.mandate)}"
            assert maybe >= maybe_before, f"{key} became impossible\n{print_mandate(world.mandate)}"


def worsened(material: Material, how: int) -> Material:
    """The same material with one kind of fact known less well in every row."""
    events, placings, notices = (table.to_pylist() for table in (material.events, material.placings, material.notices))
    if how < len(WORSENINGS):
        events = [WORSENINGS[how](row) for row in events]
    elif how == len(WORSENINGS):
        placings = [row | {"bound_mm": row["bound_mm"] + 1} for row in placings]
    elif how == len(WORSENINGS) + 1:
        placings = [row | {"side": 0} for row in placings]
    else:
        placings = placings[1:]
    return tables(events=events, placings=placings, notices=notices)


# --- DuckDB -----------------------------------------------------------------------------------------------


@budget(12)
@given(st.integers(0, 2**48))
def test_duckdb_gives_the_same_planes(seed: int) -> None:
    mandate = mandate_of(Seeded(seed), most_clauses=8)
    rules = rules_of(mandate)
    assume(rules)
    spans, codes, values, rows = random_facts(rules, seed)
    surely, possibly = Kernel(rules, values).planes(spans, codes, rows=rows)
    connection = duckdb.connect()
    connection.register("facts", table_of(spans, codes, values))
    found = connection.execute(planes_sql(rules)).fetchnumpy()
    for index in range(len(rules)):
        for plane, name in ((surely, "s"), (possibly, "p")):
            mine = held_bit(plane, index).astype(bool)
            other = np.asarray(found[f"{name}{index}"], bool)
            assert (mine == other).all(), (
                f"rule {rules[index]} on plane {name}, rows {np.flatnonzero(mine != other)[:5]}"
            )


@budget(15)
@given(worlds(observed=False))
def test_duckdb_reads_places_and_registers_as_the_facts_have_them(world: World) -> None:
    facts = Bench(world.mandate, world.material).facts
    connection = duckdb.connect()
    for name, table in material_tables(world).items():
        connection.register(name, table)
    order = np.argsort(np.array(facts.ids))
    for column, (low, high) in facts.spans.items():
        if ":" in column:
            query = span_sql(column, world.mandate.header.precision_s, world.mandate.header.precision_m)
            rows = connection.execute(query).fetchall()
            assert rows == list(zip(*(np.array(each)[order].tolist() for each in (facts.ids, low, high)), strict=True))


def random_facts(rules: tuple[Rule, ...], seed: int, rows: int = 3_000):
    """Columns of facts around every limit of the rules: (spans, codes, values, rows)."""
    chance = np.random.default_rng(seed)
    spans = {}
    atoms = [atom for rule in rules for atom in (*rule.atoms, *rule.exemptions) if isinstance(atom, Between)]
    for column in {atom.column for atom in atoms}:
        limits = [v for atom in atoms if atom.column == column for v in (atom.lo, atom.hi) if v is not None]
        low = chance.choice(limits or [0], rows) + chance.integers(-2, 3, rows)
        high = low + chance.choice([0, 0, 0, 1, 2, 90_000], rows)
        if column.partition(":")[0] in ("exempt", "gate", "side"):
            low, high = chance.integers(0, 2, rows), np.ones(rows, np.int64)
        low = np.where(chance.random(rows) < 0.05, -UNBOUNDED, low)
        spans[column] = low.astype(np.int64), np.where(chance.random(rows) < 0.05, UNBOUNDED, high)
    values = {
        "act": ("", *_some(atom_names(rules, "act")), "other"),
        "object": ("", *_some(atom_names(rules, "object")), "other"),
        "weapon": tuple(_weapon_facts(chance)),
    }
    codes = {name: chance.integers(0, len(each), rows).astype(np.uint16) for name, each in values.items()}
    return spans, codes, values, rows


def atom_names(rules: tuple[Rule, ...], column: str) -> Iterator[str]:
    for rule in rules:
        for atom in rule.atoms:
            if isinstance(atom, Among) and atom.column == column:
                yield from atom.names


def _some(names: Iterator[str]) -> list[str]:
    return sorted(set(names))


def _weapon_facts(chance: np.random.Generator) -> Iterator[WeaponFact]:
    systems = [("grad", "mlrs"), ("smerch", "mlrs_heavy"), ("osa", "air_defence"), ("t_72", "tank"), ("", "")]
    classes = ["howitzer", "gun", "artillery", "mortar", "missile", "rocket_artillery", "drone", "small_arms"]
    for system, named in [*systems, *(("", each) for each in classes)]:
        for low, high in ((0, UNBOUNDED), (99, 99), (100, 100), (99, 100), (122, 122), (100, 300)):
            yield WeaponFact(system, named if chance.random() < 0.7 or not system else "", low, high)


# --- sizes at which the kernel works another way --------------------------------------------------------------


def scalar(rules: list[Rule], spans, codes, values, row: int) -> list[tuple[bool, bool]]:
    """Both planes of one row by the scalar semantics of `terms`, one rule after the other."""

    def held(atom: Atom) -> Held:
        if isinstance(atom, Between):
            return atom_held(atom, Span(*(int(end[row]) for end in spans[atom.column])))
        return atom_held(atom, values[atom.column][int(codes[atom.column][row])])

    return [tuple(none_of(both(map(held, rule.atoms)), map(held, rule.exemptions))) for rule in rules]


def many_rules(count: int) -> list[Rule]:
    """Rules with as many different limits of time and distance as there are rules."""
    return [
        Rule(
            clause=f"C{number}",
            addressee="P0",
            reading="",
            modality="prohibited",
            atoms=(
                Between("time", NEAR_S[0] + 10 * number, NEAR_S[0] + 10 * number + 1_000),
                Between("distance:line", None, 1_000 * number),
                Among("act", ("fire",) if number % 2 else ("present", "fly")),
            ),
            exemptions=(Between(f"exempt:r{number % 3}::P0", 1),),
        )
        for number in range(count)
    ]


LEVELS, WIDTH = 15, 3


def test_rules_that_many_override_are_ordered_at_one_look_each() -> None:
    """Fifteen levels of three, each level overriding the whole level before: some fourteen million paths."""
    looked: list[int] = []

    class Looked:
        def __init__(self, number: int) -> None:
            self.number = number

        @property
        def overriders(self) -> tuple[tuple[int, ...], ...]:
            looked.append(self.number)
            assert len(looked) <= 10 * LEVELS * WIDTH, "walked more than once"
            level = self.number // WIDTH
            return tuple((other,) for other in range(WIDTH * (level + 1), WIDTH * (level + 2)) if level < LEVELS - 1)

    order = _overriding_order([Looked(number) for number in range(LEVELS * WIDTH)])  # type: ignore[misc]
    assert sorted(order) == list(range(WIDTH * (LEVELS - 1)))
    assert [number // WIDTH for number in order] == sorted((number // WIDTH for number in order), reverse=True)


@pytest.mark.parametrize("count", [1, MANY_LIMITS, WORD_BITS, WORD_BITS + 1, 127, 128, 300])
def test_any_number_of_rules_and_limits_gives_the_scalar_answer(count: int) -> None:
    rules = many_rules(count)
    chance = np.random.default_rng(count)
    rows = 2 * FEW_ROWS
    time_s = chance.integers(NEAR_S[0] - 20, NEAR_S[0] + 10 * count + 1_020, rows)
    far_mm = chance.integers(0, 1_000 * count + 2_000, rows) // 500 * 500
    spans = {
        "time": (time_s, time_s + chance.integers(0, 30, rows)),
        "distance:line": (far_mm, far_mm + chance.choice([0, 0, 500, UNBOUNDED], rows)),
    }
    for number in range(3):
        low = chance.integers(0, 2, rows)
        spans[f"exempt:r{number}::P0"] = low, np.maximum(low, chance.integers(0, 2, rows))
    values = {"act": ("", "fire", "present", "fly", "move")}
    codes = {"act": chance.integers(0, 5, rows).astype(np.uint16)}
    kernel = Kernel(rules, values)
    for used in (rows, FEW_ROWS // 2):
        part = {name: (lo[:used], hi[:used]) for name, (lo, hi) in spans.items()}
        surely, possibly = kernel.planes(part, {"act": codes["act"][:used]}, rows=used)
        for row in chance.integers(0, used, 60):
            for index, held in enumerate(scalar(rules, spans, codes, values, int(row))):
                assert (bool(held_bit(surely, index)[row]), bool(held_bit(possibly, index)[row])) == held


def test_rows_on_both_sides_of_a_chunk_are_judged_alike() -> None:
    rules = many_rules(5)
    rows = CHUNK_ROWS + 3
    time_s = np.arange(rows, dtype=np.int64) % 50 + NEAR_S[0]
    spans = {"time": (time_s, time_s), "distance:line": (time_s - NEAR_S[0], time_s - NEAR_S[0] + 1_000)}
    spans |= {f"exempt:r{each}::P0": (np.zeros(rows, np.int64), np.zeros(rows, np.int64)) for each in range(3)}
    kernel = Kernel(rules, {"act": ("fire",)})
    surely, possibly = kernel.planes(spans, {"act": np.zeros(rows, np.uint16)}, rows=rows)
    for first in (0, CHUNK_ROWS - 50, CHUNK_ROWS):
        part = slice(first, rows)
        again = kernel.planes(
            {name: (lo[part], hi[part]) for name, (lo, hi) in spans.items()},
            {"act": np.zeros(rows - first, np.uint16)},
            rows=rows - first,
        )
        assert (again[0] == surely[part]).all()
        assert (again[1] == possibly[part]).all()


def test_no_rows_and_no_rules_are_no_trouble() -> None:
    empty = np.zeros(0, np.int64)
    rules = many_rules(1)
    spans = dict.fromkeys(("time", "distance:line", "exempt:r0::P0"), (empty, empty))
    surely, _ = Kernel(rules, {"act": ()}).planes(spans, {"act": np.zeros(0, np.uint16)}, rows=0)
    assert surely.shape == (0, 1)
    assert Kernel([], {}).planes({}, {}, rows=3)[0].tolist() == [[0], [0], [0]]


def test_a_row_without_any_fact_is_possibly_everything_and_surely_nothing() -> None:
    unknown = happening(0, 4_000_000_000, count_lo=0, count_hi=None)
    answers = set()
    for seed in range(20):
        mandate = mandate_of(Seeded(seed), most_clauses=4)
        plain = [replace(clause, overrides=(), exemptions=(), gate="", period=m.Period()) for clause in mandate.clauses]
        planes = kernel_planes(replace(mandate, clauses=tuple(plain)), tables(events=[event("e", unknown)]))
        answers |= {held for (*_, outcome), rows in planes.items() for held in rows if not outcome}
    assert answers == {(False, True)}


def test_a_subject_without_placing_stands_anywhere_and_a_placing_without_subject_nowhere() -> None:
    mandate = mandate_of(Seeded(5), most_clauses=4)
    rows = [event("e", happening())]
    alone = kernel_planes(mandate, tables(events=rows))
    assert kernel_planes(mandate, tables(events=rows, placings=[placing("ghost", "line_0", 5)])) == alone


def test_two_placings_of_one_subject_towards_one_feature_are_our_own_mistake() -> None:
    mandate = mandate_of(Seeded(7), most_clauses=4)
    twice = [placing("e", "line_0", 5), placing("e", "line_0", 6)]
    with pytest.raises(AssertionError, match="placed twice"):
        Bench(mandate, tables(events=[event("e", happening())], placings=twice))


def test_two_sources_of_the_same_arrow_chunks_are_read_alike() -> None:
    mandate = mandate_of(Seeded(7), most_clauses=4)
    rows = [event(f"e{number}", happening(NEAR_S[0] + number)) for number in range(6)]
    whole = tables(events=rows)
    halves = pa.concat_tables([whole.events.slice(0, 2), whole.events.slice(2)])
    assert halves["event_id"].num_chunks == 2
    assert kernel_planes(mandate, replace(whole, events=halves)) == kernel_planes(mandate, whole)
