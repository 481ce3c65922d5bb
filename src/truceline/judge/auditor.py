"""Checks certificates without the kernel: rows against their roots, facts against rows, verdict against facts.

Own arithmetic on purpose: it shares with `judge` only the meaning of the mandate (`terms.rules_of`) and the hash tree.
What it cannot see: that no further row existed (an absence is "as of" the record; `truceline verify` speaks to that).
"""

import json
from collections.abc import Mapping
from typing import Any

from truceline.base.canonical import leaf_hash, path_root
from truceline.base.units import UNBOUNDED
from truceline.model.mandate import Mandate, Standard
from truceline.model.source import Source
from truceline.model.vocabulary import leaves_of
from truceline.terms.atoms import Atom, Between, OfWeapons
from truceline.terms.rules import Rule, opposite, rules_of
from truceline.terms.weapons import WeaponFact, WeaponTerm, weapon_held

Row = dict[str, Any]


def audit_certificate(
    content: bytes, *, mandate: Mandate, sources: Mapping[str, Source], roots: Mapping[str, str]
) -> list[str]:
    """Everything wrong with a certificate, in words; empty if it stands.

    Args:
        content: the certificate's bytes.
        mandate: the mandate it says it applies.
        roots: rows_root of `events`, `observations`, `placings`, `notices` as the record holds them.
    """
    certificate = json.loads(content)
    key = (certificate["clause"], certificate["addressee"], certificate["reading"], "")
    rule = next((rule for rule in rules_of(mandate) if rule.key == key), None)
    if rule is None:
        return [f"the mandate has no rule {key}"]
    problems = _row_problems(certificate, roots)
    problems += _atom_problems(certificate, rule)
    rows = {name: [json.loads(each["row"]) for each in proven] for name, proven in certificate["rows"].items()}
    for event in rows["events"]:
        facts = _facts(event["event_id"], event, rows, rule, mandate)
        stated = certificate["facts"].get(event["event_id"], {})
        problems += [
            f"{event['event_id']}: {column} is {stated.get(column)} in the certificate, {fact} by its rows"
            for column, fact in facts.items()
            if stated.get(column) != fact
        ]
    if not problems and rule.modality == "prohibited":
        said = (certificate["verdict"], certificate["reason"])
        found = _verdict(rows, rule, mandate, sources)
        if said[0] != found[0] or (found[1] and said[1] not in found[1]):
            problems.append(f"the certificate says {said[0]} {said[1]}, its facts say {found[0]} {' or '.join(found[1])}")
    return problems


def _row_problems(certificate: Row, roots: Mapping[str, str]) -> list[str]:
    problems = []
    for name, proven in certificate["rows"].items():
        if certificate["roots"][name] != roots[name]:
            problems.append(f"{name}: the certificate stands on root {certificate['roots'][name][:12]}, the record on {roots[name][:12]}")
        for each in proven:
            path = [bytes.fromhex(step) for step in each["path"]]
            leaf = leaf_hash(each["row"].encode())
            root = path_root(leaf, index=each["index"], size=each["size"], path=path)
            if root is None or root.hex() != certificate["roots"][name]:
                problems.append(f"{name}: row {each['index']} is not under the root: {each['row'][:60]}…")
    return problems


def _atom_problems(certificate: Row, rule: Rule) -> list[str]:
    def plain(atom: Atom) -> Row:
        if isinstance(atom, Between):
            lo, hi = (None if value is None else str(value) for value in (atom.lo, atom.hi))
            return {"column": atom.column, "lo": lo, "hi": hi}
        return {"column": atom.column, "names": list(atom.names)}

    problems = []
    for name, atoms in (("atoms", rule.atoms), ("exemptions", rule.exemptions)):
        if certificate[name] != [plain(atom) for atom in atoms]:
            problems.append(f"the {name} are not those of clause {rule.clause} for {rule.addressee}")
    return problems


def _facts(subject: str, row: Row, rows: dict[str, list[Row]], rule: Rule, mandate: Mandate) -> dict[str, Any]:
    """The facts of one event or observation that the rule looks at, from its rows alone."""
    return {
        atom.column: _fact(atom.column, subject, row, rows, mandate) for atom in (*rule.atoms, *rule.exemptions)
    }


def _fact(column: str, subject: str, row: Row, rows: dict[str, list[Row]], mandate: Mandate) -> Any:
    kind, _, name = column.partition(":")
    if kind == "weapon":
        hi_mm = row["calibre_hi_mm"]
        return [row["weapon_system"], row["weapon_class"], str(row["calibre_lo_mm"] or 0), str(UNBOUNDED if hi_mm is None else hi_mm)]
    if kind in ("act", "object"):
        return row["act"] if kind == "act" else row["object_kind"]
    if kind == "time":
        return _texts(*_time(row, mandate))
    if kind == "count":
        low = 1 if row["count_lo"] is None else row["count_lo"]
        return _texts(low, UNBOUNDED if row["count_hi"] is None else row["count_hi"])
    if kind == "exempt":
        return _texts(*_exempt(name, subject, row, rows, mandate))
    return _texts(*_place(kind, name, subject, rows, mandate))


def _texts(lo: int, hi: int) -> list[str]:
    return [str(lo), str(hi)]


def _time(row: Row, mandate: Mandate) -> tuple[int, int]:
    lo, hi = int(row["earliest_at_us"]) // 1_000_000, int(row["latest_at_us"]) // 1_000_000
    lacking = max(0, 2 * mandate.header.precision_s - (hi - lo))
    return lo - -(-lacking // 2), hi + -(-lacking // 2)


def _place(kind: str, name: str, subject: str, rows: dict[str, list[Row]], mandate: Mandate) -> tuple[int, int]:
    widest = {"distance": (0, UNBOUNDED), "inside": (-UNBOUNDED, UNBOUNDED), "side": (-1, 1)}[kind]
    for placing in rows["placings"]:
        if (placing["subject_id"], placing["feature"]) == (subject, name):
            far_mm = int(placing["distance_mm"])
            bound_mm = max(int(placing["bound_mm"]), mandate.header.precision_m * 1_000)
            side = int(placing["side"])
            if kind == "distance":
                return max(0, far_mm - bound_mm), far_mm + bound_mm
            if kind == "side":
                return (-1, 1) if side == 0 or far_mm <= bound_mm else (side, side)
            ends = [far_mm * each for each in ((side,) if side else (-1, 1))]
            return min(ends) - bound_mm, max(ends) + bound_mm
    return widest


def _exempt(name: str, subject: str, row: Row, rows: dict[str, list[Row]], mandate: Mandate) -> tuple[int, int]:
    register, decider, party = name.split(":")
    lo = hi = 0
    first, last = _time(row, mandate)
    for entry in rows["notices"]:
        if entry["register"] != register or entry["party"] != party or entry["status"] == "refused":
            continue
        begins, ends = int(entry["earliest_at_us"]) // 1_000_000, int(entry["latest_at_us"]) // 1_000_000
        sure = entry["status"] == "granted" and decider in ("", entry["decided_by"]) and begins <= first and last <= ends
        may = begins <= last and first <= ends
        if entry["act"]:
            sure, may = sure and row["act"] == entry["act"], may and row["act"] in ("", entry["act"])
        if entry["zone"]:
            inside = _place("inside", entry["zone"], subject, rows, mandate)
            sure, may = sure and inside[0] >= 0, may and inside[1] >= 0
        if entry["weapon_class"]:
            any_weapon = WeaponFact(row["weapon_system"], row["weapon_class"])
            held = weapon_held(WeaponTerm(leaves=leaves_of(entry["weapon_class"])), any_weapon)
            sure, may = sure and held.surely, may and held.possibly
        lo, hi = max(lo, int(sure and may)), max(hi, int(may))
    return lo, hi


def _verdict(
    rows: dict[str, list[Row]], rule: Rule, mandate: Mandate, sources: Mapping[str, Source]
) -> tuple[str, tuple[str, ...]]:
    """Verdict of a prohibition about one event, and the reasons that fit it."""
    rules, event = rules_of(mandate), rows["events"][0]
    own = next(number for number, each in enumerate(rules) if each.key == rule.key)

    def held(number: int, row: Row, subject: str) -> tuple[bool, bool]:
        this = rules[number]
        parts = [_atom_held(atom, _fact(atom.column, subject, row, rows, mandate)) for atom in this.atoms]
        surely, possibly = all(part[0] for part in parts), all(part[1] for part in parts)
        for exemption in this.exemptions:
            lo, hi = _fact(exemption.column, subject, row, rows, mandate)
            surely, possibly = surely and hi == "0", possibly and lo == "0"
        for group in this.overriders:
            others = [held(other, row, subject) for other in group]
            surely = surely and not any(possible for _, possible in others)
            possibly = possibly and not all(sure for sure, _ in others)
        return surely, possibly

    surely, possibly = held(own, event, event["event_id"])
    if not possibly:
        return "no_breach", ()
    if not surely:
        return "undetermined", ("measurement", "unknown-fact", "exemption-pending", "scope-disputed")
    against = [
        number
        for number, each in enumerate(rules)
        if each.addressee == rule.addressee
        and not each.outcome
        and each.reading in ("", rule.reading)
        and opposite(rule.modality, each.modality)
    ]
    if any(held(number, event, event["event_id"])[0] for number in against):
        return "undetermined", ("conflict",)
    supporting = [row for row in rows["observations"] if held(own, row, row["observation_id"])[1]]
    named = next(clause.standard for clause in mandate.clauses if clause.name == rule.clause)
    standard = next((each for each in mandate.standards if each.name == named), None)
    if _evidence_met(supporting, standard, rule.addressee, sources):
        return "breach", ()
    return "undetermined", ("evidence", "one-sided")


def _atom_held(atom: Atom, fact: Any) -> tuple[bool, bool]:
    if isinstance(atom, Between):
        lo, hi = int(fact[0]), int(fact[1])
        least = -UNBOUNDED if atom.lo is None else atom.lo
        most = UNBOUNDED if atom.hi is None else atom.hi
        return least <= lo and hi <= most, not (hi < least or lo > most)
    if isinstance(atom, OfWeapons):
        return tuple(weapon_held(atom.term, WeaponFact(fact[0], fact[1], int(fact[2]), int(fact[3]))))
    return fact in atom.names, fact in ("", *atom.names)


def _evidence_met(
    supporting: list[Row], standard: Standard | None, addressee: str, sources: Mapping[str, Source]
) -> bool:
    counting = standard.counting if standard else ()
    groups, means = set(), set()
    for row in supporting:
        source = sources[row["source_id"]]
        may_count = (
            source.kind == "mission"
            or (source.kind == "media" and "media" in counting)
            or (source.kind == "party_record" and source.party == addressee and "admissions" in counting)
        )
        if may_count and (row["confidence_permille"] or 0) >= (standard.confidence_permille if standard else 0):
            groups.add(source.group or source.id)
            means.add(row["means"])
    wanted = set(standard.means) if standard else set()
    return len(groups) >= (standard.groups if standard else 1) and (not wanted or bool(wanted & means))
