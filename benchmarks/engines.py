"""The same fifty rules for Polars, DuckDB and plain Python: both planes as two 64-bit masks.

Words and weapons reach them as codes with the matching codes listed, which is the quickest form for all of them.
"""

from collections.abc import Callable, Sequence

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.events import VALUES, Events, plain_name
from truceline.terms import Atom, Between, Rule, atom_held

Masks = tuple[NDArray[np.uint64], NDArray[np.uint64]]
Test = tuple[str, str, object]  # column, "<=" or ">=" or "in", constant
PLANES = (True, False)  # surely, possibly


def tests_of(rule: Rule, surely: bool) -> tuple[list[Test], list[list[Test]]]:
    """What must hold on one plane, and groups of which not all may hold."""
    needed = [test for atom in rule.atoms for test in tests_of_atom(atom, surely)]
    return needed, [tests_of_atom(atom, not surely) for atom in rule.exemptions]


def tests_of_atom(atom: Atom, surely: bool) -> list[Test]:
    if isinstance(atom, Between):
        name, ends = plain_name(atom.column), ("lo", "hi") if surely else ("hi", "lo")
        found: list[Test] = [(f"{name}_{ends[0]}", ">=", atom.lo)] if atom.lo is not None else []
        return found + ([(f"{name}_{ends[1]}", "<=", atom.hi)] if atom.hi is not None else [])
    values = VALUES[atom.column]
    held = [atom_held(atom, value) for value in values]
    codes = [code for code, each in enumerate(held) if (each.surely if surely else each.possibly)]
    return [(atom.column, "in", tuple(codes))]


def polars_engine(rules: Sequence[Rule], events: Events) -> Callable[[], Masks]:
    """Lazy, so that its optimizer may share what the expressions have in common."""
    frame = pl.DataFrame(events.columns())

    def test(each: Test) -> pl.Expr:
        column, operator, value = each
        if operator == "in":
            return pl.col(column).is_in(list(value))
        return pl.col(column) >= value if operator == ">=" else pl.col(column) <= value

    def mask(surely: bool) -> pl.Expr:
        total = pl.lit(0, pl.UInt64)
        for index, rule in enumerate(rules):
            needed, without = tests_of(rule, surely)
            held = pl.all_horizontal([test(each) for each in needed])
            for group in without:
                held = held & ~pl.all_horizontal([test(each) for each in group])
            total = total | pl.when(held).then(pl.lit(1 << index, pl.UInt64)).otherwise(pl.lit(0, pl.UInt64))
        return total

    query = frame.lazy().select(mask(True).alias("s"), mask(False).alias("p"))

    def run() -> Masks:
        found = query.collect()
        return found["s"].to_numpy(), found["p"].to_numpy()

    return run


def condition(rule: Rule, surely: bool) -> str:
    """One rule on one plane as a condition of SQL and, in lower case, of Python."""

    def test(each: Test) -> str:
        column, operator, value = each
        if operator != "in":
            return f"{column} {operator} {value}"
        return f"{column} in ({', '.join(map(str, value))},)" if value else "1 = 0"

    needed, without = tests_of(rule, surely)
    parts = [test(each) for each in needed]
    parts += [f"not ({' and '.join(test(each) for each in group)})" for group in without]
    return " and ".join(parts)


def duckdb_engine(rules: Sequence[Rule], events: Events) -> Callable[[], Masks]:
    """A table of its own in memory, one thread."""
    connection = duckdb.connect(config={"threads": 1})
    columns = events.columns()
    connection.register("given", pl.DataFrame(columns).to_arrow())
    connection.execute("create table facts as select * from given")
    masks = []
    for surely, name in zip(PLANES, "sp", strict=True):
        cases = [
            f"(case when {condition(rule, surely).replace(',)', ')')} then {1 << index} else 0 end)::ubigint"
            for index, rule in enumerate(rules)
        ]
        masks.append(f"{' | '.join(cases)} as {name}")
    query = f"select {', '.join(masks)} from facts"

    def run() -> Masks:
        found = connection.execute(query).fetchnumpy()
        return np.asarray(found["s"]), np.asarray(found["p"])

    return run


def python_engine(rules: Sequence[Rule], events: Events) -> Callable[[], Masks]:
    """One function compiled from the rules, called row by row."""
    columns = events.columns()
    lines = [f"def judge({', '.join(columns)}):", " s = p = 0"]
    for index, rule in enumerate(rules):
        for surely, name in zip(PLANES, "sp", strict=True):
            written = condition(rule, surely).replace("1 = 0", "False")
            lines.append(f" if {written}: {name} |= {1 << index}")
    space: dict[str, Callable[..., tuple[int, int]]] = {}
    exec("\n".join([*lines, " return s, p"]), space)
    judge = space["judge"]
    given = list(zip(*(column.tolist() for column in columns.values()), strict=True))

    def run() -> Masks:
        found = [judge(*row) for row in given]
        return np.array([s for s, _ in found], np.uint64), np.array([p for _, p in found], np.uint64)

    return run
