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


# --- facts of places and registers, from plain rows ---------------------------------------------------------------

FAR = 2**62
WITH = """
with times as (
    select event_id, act, leaves, earliest_at_us // 1000000 as first, latest_at_us // 1000000 as last,
           greatest(0, {precision_s} * 2 - (last - first)) as short from events),
seen as (
    select event_id, act, leaves, first - (short + 1) // 2 as lo, last + (short + 1) // 2 as hi from times),
near as (
    select s.event_id, d.name, p.distance_mm as far, greatest(p.bound_mm, {precision_mm}) as bound, p.side
    from seen s join drawings d on s.hi >= d.from_s and s.lo < d.until_s
    left join placings p on p.subject_id = s.event_id and p.feature = d.feature),
places as (
    select event_id, name,
        min(coalesce(greatest(0, far - bound), 0)) as distance_lo, max(coalesce(far + bound, {most})) as distance_hi,
        min(case when far is null then -{most} when side = 0 then -far - bound
            else side * far - bound end) as inside_lo,
        max(case when far is null then {most} when side = 0 then far + bound else side * far + bound end) as inside_hi,
        min(case when far is null or far <= bound then -1 when side = 0 then -1 else side end) as side_lo,
        max(case when far is null or far <= bound then 1 when side = 0 then 1 else side end) as side_hi
    from near group by event_id, name)
"""
ENTRY = """
select s.event_id, coalesce(max(({surely})::int), 0), coalesce(max(({possibly})::int), 0)
from seen s left join notices n on n.register = '{register}' and n.status <> 'refused' {whose}
left join places z on z.event_id = s.event_id and z.name = n.zone
group by s.event_id order by s.event_id
"""
SURELY_COVERED = """{granted}
    and n.begins <= s.lo and s.hi <= n.ends and (n.act = '' or s.act = n.act)
    and (n.zone = '' or coalesce(z.inside_lo, -1) >= 0)
    and (n.weapon_class = '' or list_has_all(n.leaves, s.leaves))"""
POSSIBLY_COVERED = """
    n.begins <= s.hi and s.lo <= n.ends and (n.act = '' or s.act in ('', n.act))
    and (n.zone = '' or coalesce(z.inside_hi, 0) >= 0)
    and (n.weapon_class = '' or list_has_any(n.leaves, s.leaves))"""


def span_sql(column: str, precision_s: int, precision_m: int) -> str:
    """Event, lowest and highest value of one column of places or registers, in the order of the events' names.

    Reads events (with `leaves`), drawings (name, feature, from_s, until_s), placings, and notices (with seconds).
    """
    start = WITH.format(precision_s=precision_s, precision_mm=1_000 * precision_m, most=FAR)
    kind, name, *rest = column.split(":")
    if kind not in ("exempt", "gate"):
        return f"{start} select event_id, {kind}_lo, {kind}_hi from places where name = '{name}' order by event_id"
    decider, party, lead_s, to = [*rest, "", "0", ""][:4] if kind == "gate" else [*rest, "0", ""][:4]
    granted = "n.status = 'granted'" + (f" and n.decided_by = '{decider}'" if decider else "")
    surely = SURELY_COVERED.format(granted="true" if to and not decider else granted)
    possibly = POSSIBLY_COVERED
    if to:
        surely += f" and n.given_to = '{to}' and n.given_last + {lead_s} <= s.lo"
        possibly += f" and n.given_to in ('', '{to}') and n.given_first + {lead_s} <= s.hi"
    whose = f"and n.party = '{party}'" if party else ""
    return start + ENTRY.format(surely=surely, possibly=possibly, register=name, whose=whose)


def material_tables(world: object) -> dict[str, pa.Table]:
    """The tables that `span_sql` reads."""
    events = world.material.events
    leaves = [sorted(leaves_of(each)) for each in events["weapon_class"].to_pylist()]
    notices = world.material.notices.to_pylist()
    moments = {
        "begins": [row["earliest_at_us"] // 1_000_000 for row in notices],
        "ends": [FAR if row["latest_at_us"] is None else row["latest_at_us"] // 1_000_000 for row in notices],
        "given_first": [_given(row["given_earliest_at_us"], -FAR) for row in notices],
        "given_last": [_given(row["given_latest_at_us"], FAR) for row in notices],
        "leaves": [sorted(leaves_of(row["weapon_class"])) for row in notices],
    }
    types = {"leaves": pa.list_(pa.string())}
    table = world.material.notices
    for name, values in moments.items():
        table = table.append_column(name, pa.array(values, types.get(name, pa.int64())))
    drawings = [
        {"name": item.name, "feature": item.name if number == 0 else f"{item.name}@{number + 1}", "from_s": begins}
        for item in world.mandate.features
        for number, begins in enumerate([-FAR, *(each.from_s for each in item.later)])
    ]
    for row, following in zip(drawings, [*drawings[1:], {"from_s": -FAR}], strict=True):
        row["until_s"] = FAR if following["from_s"] == -FAR else following["from_s"]
    return {
        "events": events.append_column("leaves", pa.array(leaves, types["leaves"])),
        "notices": table,
        "placings": world.material.placings,
        "drawings": pa.Table.from_pylist(drawings),
    }


def _given(at_us: int | None, unknown_s: int) -> int:
    return unknown_s if at_us is None else at_us // 1_000_000
