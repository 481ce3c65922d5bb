"""Rules as SQL over a table of facts: both planes of every rule, for DuckDB to answer."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from truceline.model.catalogue import BY_SLUG
from truceline.model.vocabulary import leaves_of
from truceline.terms import Between, Rule, WeaponFact, WeaponTerm
from truceline.terms.atoms import Atom, OfWeapons

SURELY, POSSIBLY = "s", "p"
OTHER = {SURELY: POSSIBLY, POSSIBLY: SURELY}


def table_of(spans: Mapping, codes: Mapping, values: Mapping[str, Sequence]) -> pa.Table:
    """The facts as plain columns: `COLUMN lo`, `COLUMN hi`, words, and a weapon as system, class, leaves, calibre."""
    columns = {}
    for name, (low, high) in spans.items():
        columns[f"{name} lo"], columns[f"{name} hi"] = pa.array(low), pa.array(high)
    for name in ("act", "object"):
        columns[name] = pa.array([values[name][code] for code in codes[name]])
    weapons: list[WeaponFact] = [values["weapon"][code] for code in codes["weapon"]]
    columns["system"] = pa.array([each.system for each in weapons])
    columns["leaves"] = pa.array([sorted(leaves_of(each.weapon_class)) for each in weapons])
    columns["calibre lo"] = pa.array([each.calibre_lo_mm for each in weapons])
    columns["calibre hi"] = pa.array([each.calibre_hi_mm for each in weapons])
    return pa.table(columns)


def planes_sql(rules: Sequence[Rule]) -> str:
    """One row for each fact, one column for each rule and plane: `s0`, `p0`, `s1`, …"""
    columns = [f"({rule_sql(rules, i, plane)}) as {plane}{i}" for i in range(len(rules)) for plane in "sp"]
    return f"select {', '.join(columns)} from facts"


def rule_sql(rules: Sequence[Rule], index: int, plane: str) -> str:
    """S = body surely, nothing that takes it out possibly; P the other way about."""
    rule = rules[index]
    parts = [atom_sql(atom, plane) for atom in rule.atoms]
    parts += [f"not {between_sql(each, OTHER[plane])}" for each in rule.exemptions]
    for group in rule.overriders:
        joined = " or " if plane == SURELY else " and "
        parts.append(f"not ({joined.join(rule_sql(rules, other, OTHER[plane]) for other in group)})")
    return "(" + " and ".join(parts) + ")"


def atom_sql(atom: Atom, plane: str) -> str:
    if isinstance(atom, Between):
        return between_sql(atom, plane)
    if isinstance(atom, OfWeapons):
        return weapon_sql(atom.term, plane)
    names = [*atom.names, *([""] if plane == POSSIBLY else [])]
    return f'"{atom.column}" in ({listed(names)})'


def between_sql(atom: Between, plane: str) -> str:
    low, high = ("lo", "hi") if plane == SURELY else ("hi", "lo")
    parts = ["true"]
    parts += [f'"{atom.column} {low}" >= {atom.lo}'] if atom.lo is not None else []
    parts += [f'"{atom.column} {high}" <= {atom.hi}'] if atom.hi is not None else []
    return "(" + " and ".join(parts) + ")"


def weapon_sql(term: WeaponTerm, plane: str) -> str:
    leaves = f"[{listed(sorted(term.leaves))}]::varchar[]"
    member = [f"{'list_has_all' if plane == SURELY else 'list_has_any'}({leaves}, leaves)"]
    member += [f"system in ({listed(sorted(term.systems))})"] if term.systems else []
    if plane == POSSIBLY:
        for system in sorted(term.systems):
            member.append(f"(system = '' and list_contains(leaves, '{BY_SLUG[system].weapon_class}'))")
    member += [weapon_sql(part, plane) for part in term.parts]
    disputed = [weapon_sql(part, POSSIBLY) for part in term.disputed]
    if plane == POSSIBLY:
        member += disputed
    fits = between_sql(Between("calibre", term.calibre_lo_mm, term.calibre_hi_mm), plane)
    without = [weapon_sql(part, OTHER[plane]) for part in term.excepted]
    without += disputed if plane == SURELY else []
    return " and ".join([f"(({' or '.join(member)})", fits, *(f"not {each}" for each in without)]) + ")"


def listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
