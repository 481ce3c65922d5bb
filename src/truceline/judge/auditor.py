"""Checks certificates without the kernel: rows against their roots, facts against rows, verdict against facts.

Own arithmetic on purpose: it shares with `judge` only the meaning of the mandate (`terms.rules_of`, what a class of
weapons covers), the form of a certificate and the hash tree. It cannot see that no further row existed (`truceline
verify` speaks to that), how much was covered, or whether `missing`, which is prose, is well put.
"""

import json
from collections.abc import Mapping
from typing import Any

from truceline.base.canonical import leaf_hash, path_root
from truceline.base.rows import values_of_row
from truceline.base.units import UNBOUNDED
from truceline.judge.certificate import plain_atom
from truceline.model.event import EVENTS
from truceline.model.mandate import Mandate, Standard
from truceline.model.notice import NOTICES
from truceline.model.observation import OBSERVATIONS
from truceline.model.placing import PLACINGS
from truceline.model.source import Source
from truceline.model.vocabulary import leaves_of
from truceline.terms.atoms import Atom, Between, OfWeapons
from truceline.terms.meaning import mandate_sha256
from truceline.terms.rules import Rule, opposite, rules_of
from truceline.terms.weapons import WeaponFact, WeaponTerm, weapon_disputed, weapon_held

Row = dict[str, Any]
Said = tuple[str, str]  # verdict, reason
TABLES = {"events": EVENTS, "observations": OBSERVATIONS, "placings": PLACINGS, "notices": NOTICES}


def audit_certificate(
    content: bytes, *, mandate: Mandate, sources: Mapping[str, Source], roots: Mapping[str, str]
) -> list[str]:
    """Everything wrong with a certificate, in words; empty if it stands.

    Args:
        content: the certificate's bytes.
        mandate: the mandate it says it applies.
        roots: rows_root of `events`, `observations`, `placings`, `notices` as the record holds them.
    """
    try:
        certificate = json.loads(content)
        problems = _form_problems(certificate, mandate) or _row_problems(certificate, roots)
        return problems or _Audit(certificate, mandate, sources).problems()
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration, RecursionError) as error:
        return [f"this is no certificate: {type(error).__name__} {error}"]


def _form_problems(certificate: Row, mandate: Mandate) -> list[str]:
    if certificate["certificate"] != 1 or len(certificate) != 16:
        return ["it has not the parts of a certificate of form 1"]
    if (certificate["mandate"], certificate["mandate_sha256"]) != (mandate.name, mandate_sha256(mandate)):
        return [f"it was made under {certificate['mandate']}, whose text is not this mandate's"]
    return []


def _row_problems(certificate: Row, roots: Mapping[str, str]) -> list[str]:
    problems = []
    for name, proven in certificate["rows"].items():
        if (sealed := certificate["roots"][name]) != roots[name]:
            problems.append(f"{name}: sealed on root {sealed[:12]}, the record has {roots[name][:12]}")
        for each in proven:
            path = [bytes.fromhex(step) for step in each["path"]]
            root = path_root(leaf_hash(each["row"].encode()), index=each["index"], size=each["size"], path=path)
            if root is None or root.hex() != roots[name] or [step.hex() for step in path] != each["path"]:
                problems.append(f"{name}: row {each['index']} is not under the root: {each['row'][:60]}…")
    return problems


class _Audit:
    """One certificate whose rows are proven: facts and verdict worked out again from these rows alone."""

    def __init__(self, certificate: Row, mandate: Mandate, sources: Mapping[str, Source]) -> None:
        self.certificate, self.mandate, self.sources = certificate, mandate, sources
        self.rules = rules_of(mandate)
        key = (certificate["clause"], certificate["addressee"], certificate["reading"], "")
        self.own = next(number for number, rule in enumerate(self.rules) if rule.key == key)
        self.rule = self.rules[self.own]
        rows = {
            name: [values_of_row(each["row"], columns.names) for each in certificate["rows"][name]]
            for name, columns in TABLES.items()
        }
        self.placings, self.notices = rows["placings"], rows["notices"]
        self.events: dict[str, Row] = {row["event_id"]: row for row in rows["events"]}
        self.observations: dict[str, Row] = {row["observation_id"]: row for row in rows["observations"]}
        self.known: dict[tuple[int, int], tuple[bool, bool]] = {}  # by rule and identity of the row, which stays

    def problems(self) -> list[str]:
        """What the rows do not bear out."""
        stated, found = self.certificate, self.derived()
        problems = [
            f"{part}: the certificate has {stated[part]}, its rows and clause give {found[part]}"
            for part in found
            if stated[part] != found[part]
        ]
        for name, row in self.events.items():
            if row["parties"] and self.rule.addressee not in row["parties"]:
                problems.append(f"{name} is not reported as {self.rule.addressee}'s")
        if not problems and (stated["verdict"], stated["reason"]) not in self.verdicts():
            worked_out = " or ".join(" ".join(each).strip() for each in self.verdicts()) or "nothing"
            problems.append(f"it says {stated['verdict']} {stated['reason']}, its facts say {worked_out}")
        return problems

    def derived(self) -> Row:
        """Every part of the certificate that follows from its rows and its clause."""
        events, exemptions = self.events, self.rule.exemptions
        return {
            "atoms": [plain_atom(atom) for atom in self.rule.atoms],
            "exemptions": [plain_atom(atom) for atom in exemptions],
            "facts": {
                name: {atom.column: self.fact(atom, name, row) for atom in (*self.rule.atoms, *exemptions)}
                for name, row in events.items()
            },
            "overridden": {name: self.overridden(name, row) for name, row in events.items()},
            "supporting": {name: sorted(self.supporting(row)) for name, row in events.items()},
        }

    def supporting(self, event: Row) -> list[str]:
        """The members of an event that possibly satisfy every atom."""
        return [each for each in event["members"] if self.held(self.own, each, self.observations[each])[1]]

    def overridden(self, name: str, row: Row) -> list[list[int]]:
        """For each overriding clause, as 0 or 1: all of its readings surely hold, any of them possibly."""
        groups = [[self.held(other, name, row) for other in group] for group in self.rule.overriders]
        return [[int(all(s for s, _ in held)), int(any(p for _, p in held))] for held in groups]

    def fact(self, atom: Atom, subject: str, row: Row) -> Any:
        """What one atom looks at, as the certificate writes it."""
        kind, _, name = atom.column.partition(":")
        if kind == "weapon":
            hi_mm = UNBOUNDED if row["calibre_hi_mm"] is None else row["calibre_hi_mm"]
            return [row["weapon_system"], row["weapon_class"], str(row["calibre_lo_mm"] or 0), str(hi_mm)]
        if kind in ("act", "object"):
            return row["act"] if kind == "act" else row["object_kind"]
        if kind == "time":
            return [str(end) for end in self.when(row)]
        if kind == "count":
            return [str(end) for end in _count(row)]
        in_register = kind in ("exempt", "gate")
        span = self.entered(name, subject, row) if in_register else self.place(kind, name, subject, self.when(row))
        return [str(end) for end in span]

    def when(self, row: Row) -> tuple[int, int]:
        """Whole seconds, widened evenly to the header's precision; `at_s` stands for one exact second."""
        if "at_s" in row:
            return row["at_s"], row["at_s"]
        lo, hi = int(row["earliest_at_us"]) // 1_000_000, int(row["latest_at_us"]) // 1_000_000
        lacking = max(0, 2 * self.mandate.header.precision_s - (hi - lo))
        return lo - -(-lacking // 2), hi + -(-lacking // 2)

    def place(self, kind: str, name: str, subject: str, when: tuple[int, int]) -> tuple[int, int]:
        """Widest of what each drawing says that may be in force at the time."""
        later = next((each.later for each in self.mandate.features if each.name == name), ())
        spans = []
        for number in range(len(later) + 1):
            replaced = number < len(later) and when[0] >= later[number].from_s
            begun = number == 0 or when[1] >= later[number - 1].from_s
            if begun and not replaced:
                spans.append(self.placed(kind, f"{name}@{number + 1}" if number else name, subject))
        return min(low for low, _ in spans), max(high for _, high in spans)

    def placed(self, kind: str, name: str, subject: str) -> tuple[int, int]:
        for placing in self.placings:
            if (placing["subject_id"], placing["feature"]) == (subject, name):
                far_mm, side = int(placing["distance_mm"]), int(placing["side"])
                bound_mm = max(int(placing["bound_mm"]), self.mandate.header.precision_m * 1_000)
                if kind == "distance":
                    return max(0, far_mm - bound_mm), far_mm + bound_mm
                if kind == "side":
                    return (-1, 1) if side == 0 or far_mm <= bound_mm else (side, side)
                ends = [far_mm * each for each in ((side,) if side else (-1, 1))]
                return min(ends) - bound_mm, max(ends) + bound_mm
        return {"distance": (0, UNBOUNDED), "inside": (-UNBOUNDED, UNBOUNDED), "side": (-1, 1)}[kind]

    def entered(self, name: str, subject: str, row: Row) -> tuple[int, int]:
        """Whether what a register holds surely, and possibly, is what `REGISTER:DECIDER[:PARTY[:LEAD_S:TO]]` asks."""
        register, decider, *asked = name.split(":")
        mine = [entry for entry in self.notices if entry["register"] == register and entry["status"] != "refused"]
        entries = [
            self.entry(entry, decider, subject, row, asked[1:])
            for entry in mine
            if not asked or entry["party"] == asked[0]
        ]
        return max((int(sure) for sure, _ in entries), default=0), max((int(may) for _, may in entries), default=0)

    def entry(self, entry: Row, decider: str, subject: str, row: Row, ahead: list[str]) -> tuple[bool, bool]:
        """Whether an entry surely, and possibly, covers this happening; `ahead` is the notice asked for, if any."""
        first, last = self.when(row)
        begins, ends = int(entry["earliest_at_us"]) // 1_000_000, _second(entry["latest_at_us"], UNBOUNDED)
        granted = entry["status"] == "granted" and decider in ("", entry["decided_by"])
        sure = granted or bool(ahead and not decider)
        sure, may = sure and begins <= first and last <= ends, begins <= last and first <= ends
        if ahead:
            lead_s, to = int(ahead[0]), ahead[1]
            sure = sure and entry["given_to"] == to
            sure = sure and first - _second(entry["given_latest_at_us"], UNBOUNDED) >= lead_s
            may = may and entry["given_to"] in ("", to)
            may = may and last - _second(entry["given_earliest_at_us"], -UNBOUNDED) >= lead_s
        if entry["act"]:
            sure, may = sure and row["act"] == entry["act"], may and row["act"] in ("", entry["act"])
        if entry["zone"]:
            inside = self.place("inside", entry["zone"], subject, self.when(row))
            sure, may = sure and inside[0] >= 0, may and inside[1] >= 0
        if entry["weapon_class"]:
            weapon = WeaponFact(row["weapon_system"], row["weapon_class"])
            held = weapon_held(WeaponTerm(leaves=leaves_of(entry["weapon_class"])), weapon)
            sure, may = sure and held.surely, may and held.possibly
        return sure and may, may

    def held(self, number: int, subject: str, row: Row) -> tuple[bool, bool]:
        """Whether a rule surely, and possibly, holds for one event or observation; worked out once for each."""
        key = number, id(row)
        if key not in self.known:
            self.known[key] = self.holds(self.rules[number], subject, row)
        return self.known[key]

    def holds(self, rule: Rule, subject: str, row: Row) -> tuple[bool, bool]:
        """The same, worked out: its atoms, its exemptions, and what overrides it."""
        parts = [_atom_held(atom, self.fact(atom, subject, row)) for atom in rule.atoms]
        surely, possibly = all(sure for sure, _ in parts), all(may for _, may in parts)
        for exemption in rule.exemptions:
            sure, may = _atom_held(exemption, self.fact(exemption, subject, row))
            surely, possibly = surely and not may, possibly and not sure
        for group in rule.overriders:
            others = [self.held(other, subject, row) for other in group]
            surely = surely and not any(may for _, may in others)
            possibly = possibly and not all(sure for sure, _ in others)
        return surely, possibly

    def verdicts(self) -> list[Said]:
        """The verdicts that the rows allow; more than one only where coverage decides, which no row here shows."""
        held = {name: self.held(self.own, name, row) for name, row in self.events.items()}
        if not all(may for _, may in held.values()):
            return [("no_breach", "")]
        unmet = {name: self.unmet(name) for name in self.events}
        if self.rule.modality == "prohibited":
            (name, (surely, _)), *others = held.items()
            if others:
                return []
            return [self.prohibited(name) if surely else ("undetermined", self.open_reason(name))]
        if self.rule.modality == "limited":
            return self.limited(sure={name for name in held if held[name][0] and not unmet[name]}, unmet=unmet)
        if not held and not all(self.due()):
            return [("undetermined", "exemption-pending")] if self.due()[1] else [("no_breach", "")]
        if not held:
            stated = self.mandate.header.coverage_permille is not None
            return [("undetermined", "not-observed")] + [("breach", "")] * stated
        if any(held[name][0] and not unmet[name] for name in held):
            return [("no_breach", "")]
        return [("undetermined", unmet[min(unmet)] or "measurement")]

    def due(self) -> tuple[bool, bool]:
        """Whether the duty surely, and possibly, holds in the last second before its deadline."""
        assert self.rule.period.until_s is not None
        anything = {"act": "", "weapon_system": "", "weapon_class": "", "at_s": self.rule.period.until_s - 1}
        surely = possibly = True
        for atom in self.rule.atoms:
            if atom.column[:5] == "gate:":
                sure, may = self.entered(atom.column[5:], "", anything)
                surely, possibly = surely and sure == 1, possibly and may == 1
        for atom in self.rule.lifted:
            sure, may = self.entered(atom.column[7:], "", anything)
            surely, possibly = surely and may == 0, possibly and sure == 0
        return surely, possibly

    def prohibited(self, name: str) -> Said:
        """An event for which the prohibition surely holds: unless something else speaks against it, a breach."""
        for clause in self.mandate.clauses:
            if opposite(self.rule.modality, clause.modality):
                theirs = [n for n, each in enumerate(self.rules) if each.key[::3] == (clause.name, "")]
                theirs = [n for n in theirs if self.rules[n].addressee == self.rule.addressee]
                agreeing = [n for n in theirs if self.rules[n].reading == self.rule.reading] or theirs
                if agreeing and all(self.held(n, name, self.events[name])[0] for n in agreeing):
                    return "undetermined", "conflict"
        return ("undetermined", self.unmet(name)) if self.unmet(name) else ("breach", "")

    def open_reason(self, name: str) -> str:
        """Why the rule possibly, not surely, holds."""
        row = self.events[name]
        facts = [(atom, self.fact(atom, name, row)) for atom in self.rule.atoms]
        open_atoms = [(atom, fact) for atom, fact in facts if not _atom_held(atom, fact)[0]]
        if any(isinstance(a, OfWeapons) and weapon_disputed(a.term, _weapon(f)) for a, f in open_atoms):
            return "scope-disputed"
        sites = [(each, self.fact(each, name, row)) for each in self.rule.exemptions if each.column[:7] == "inside:"]
        open_atoms += [(each, fact) for each, fact in sites if _atom_held(each, fact)[1]]
        if any(not isinstance(a, Between) or max(abs(int(end)) for end in f) >= UNBOUNDED for a, f in open_atoms):
            return "unknown-fact"
        if any(atom.column[:5] == "gate:" for atom, _ in open_atoms):
            return "unknown-fact"
        return "measurement" if open_atoms else "exemption-pending"

    def unmet(self, name: str) -> str:
        """Which part of the evidence standard is not met; empty if it is."""
        named = next(clause.standard for clause in self.mandate.clauses if clause.name == self.rule.clause)
        standards = {each.name: each for each in self.mandate.standards}
        standard = standards.get(named, Standard(name="", groups=1))
        supporting = [self.observations[each] for each in self.supporting(self.events[name])]
        sources = [self.sources[row["source_id"]] for row in supporting]
        counting = [
            source.kind == "mission"
            or (source.kind == "media" and "media" in standard.counting)
            or (
                (source.kind, source.party) == ("party_record", self.rule.addressee)
                and "admissions" in standard.counting
            )
            for source in sources
        ]
        sure = [(row["confidence_permille"] or 0) >= standard.confidence_permille for row in supporting]
        groups = {each.group or each.id for each, *both in zip(sources, counting, sure, strict=True) if all(both)}
        means = {row["means"] for row, *both in zip(supporting, counting, sure, strict=True) if all(both)}
        if len(groups) >= standard.groups and (not standard.means or means & set(standard.means)):
            return ""
        one_sided = supporting and not any(counting) and all(each.kind == "party_record" for each in sources)
        return "one-sided" if one_sided else "evidence"

    def limited(self, *, sure: set[str], unmet: Mapping[str, str]) -> list[Said]:
        """Verdict on the listed events: stock by stock (only those alike are joined), or at each peak of the flow."""
        limit = self.rule.limit
        assert limit is not None
        times = {name: self.when(row) for name, row in self.events.items()}
        most = {name: _count(row)[1] if limit.unit == "items" else 1 for name, row in self.events.items()}
        least = {n: (_count(self.events[n])[0] if limit.unit == "items" else 1) if n in sure else 0 for n in most}
        if limit.window_s is None:
            stock_of = {name: row["inventory"] or (name,) for name, row in self.events.items()}
            stocks = [[n for n in most if stock_of[n] == stock] for stock in set(stock_of.values())]
            low, high = (min(sum(amount[n] for n in names) for names in stocks) for amount in (least, most))
        else:
            low = _peak(least, {n: (last, first + limit.window_s) for n, (first, last) in times.items()})
            high = _peak(most, {n: (first, last + limit.window_s + 1) for n, (first, last) in times.items()})
        open_reason = unmet[min(unmet)] if all(unmet.values()) else "measurement"
        return [("breach", "")] if low > limit.most else [("undetermined", open_reason)] if high > limit.most else []


def _peak(amounts: Mapping[str, int], counted: Mapping[str, tuple[int, int]]) -> int:
    """The most that is counted at one moment; each event counts from its first moment until before its last."""
    moments = [first for first, _ in counted.values()]
    return max(sum(amounts[n] for n, (first, end) in counted.items() if first <= at < end) for at in moments)


def _second(at_us: Any, otherwise: int) -> int:
    return otherwise if at_us is None else int(at_us) // 1_000_000


def _count(row: Row) -> tuple[int, int]:
    low, high = row["count_lo"], row["count_hi"]
    return 1 if low is None else int(low), UNBOUNDED if high is None else int(high)


def _weapon(fact: Any) -> WeaponFact:
    return WeaponFact(fact[0], fact[1], int(fact[2]), int(fact[3]))


def _atom_held(atom: Atom, fact: Any) -> tuple[bool, bool]:
    if isinstance(atom, Between):
        lo, hi = int(fact[0]), int(fact[1])
        least = -UNBOUNDED if atom.lo is None else atom.lo
        most = UNBOUNDED if atom.hi is None else atom.hi
        return least <= lo and hi <= most, not (hi < least or lo > most)
    if isinstance(atom, OfWeapons):
        held = weapon_held(atom.term, _weapon(fact))
        return held.surely, held.possibly
    return fact in atom.names, fact in ("", *atom.names)
