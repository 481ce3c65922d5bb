"""A second opinion on clauses: z3, given the rules' atoms and the definitions, agrees which defects there are."""

import functools
import os
from dataclasses import replace
from itertools import chain, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.replays import bare, random_mandate, redrafted

from truceline.mandate.check.clauses import clause_remarks
from truceline.mandate.check.compare import compare_clauses
from truceline.model import mandate as m
from truceline.model.catalogue import SYSTEMS
from truceline.model.vocabulary import ACTS, OBJECTS, WEAPON_LEAVES
from truceline.terms import Among, Between, OfWeapons, Rule, WeaponTerm, rules_of

try:
    import z3
except ImportError:
    if os.environ.get("TRUCELINE_NO_SKIP") == "1":
        raise
    pytest.skip("z3-solver is not installed: the second opinion on clauses is left out", allow_module_level=True)

TIMEOUT_MS = 60_000
Held = tuple[z3.BoolRef, z3.BoolRef]  # surely, possibly
SLUGS = {system.slug: number for number, system in enumerate(SYSTEMS)}
NOT_NAMED = len(SYSTEMS)  # any system, of the catalogue or not, that no rule names


class Event:
    """An unknown event of one party, every fact of it known: z3's variables and what ties them together."""

    def __init__(self, rules: list[Rule]) -> None:
        self.time, self.act, self.object = z3.Ints("time act object")
        self.system, self.leaf, self.calibre = z3.Ints("system leaf calibre")
        self.silent = z3.Bool("silent")  # its calibre says nothing
        terms = {atom.term for rule in rules for atom in rule.atoms if isinstance(atom, OfWeapons)}
        self.named = {system for term in terms for system in systems_in(term)}
        self.numbers: dict[str, z3.ArithRef] = {}
        self.entries: dict[str, dict[tuple[str, int, str], z3.BoolRef]] = {}
        for rule in rules:
            for column in {atom.column for atom in (*rule.atoms, *rule.exemptions)}:
                if column.startswith("exempt:"):
                    register, asked = asked_of(column)
                    self.entries.setdefault(register, {})[asked] = z3.Bool(f"{register} {asked}")

    def tied(self) -> z3.BoolRef:
        """What no event can contradict."""
        named = [
            z3.And(
                self.system == number,
                self.leaf == leaf(system.weapon_class),
                self.calibre == system.calibre_mm,
                self.silent == (system.calibre_mm == 0),
            )
            for number, system in enumerate(SYSTEMS)
            if system.slug in self.named
        ]
        silent = {each.weapon_class for each in SYSTEMS if not each.calibre_mm and each.slug not in self.named}
        unnamed = z3.Or(z3.Not(self.silent), *(self.leaf == leaf(each) for each in silent))
        ties = [
            z3.Or(z3.And(self.system == NOT_NAMED, unnamed), *named),
            z3.And(self.calibre >= 0, self.calibre < 10_000),
            z3.And(self.leaf >= 0, self.leaf < len(WEAPON_LEAVES)),
            z3.And(self.act >= 0, self.act < len(ACTS)),
            z3.And(self.object >= 0, self.object < len(OBJECTS)),
        ]
        for column, number in self.numbers.items():
            kind, _, name = column.partition(":")
            if kind == "distance":
                ties.append(number >= 0)
            if kind == "side":
                ties.append(z3.Or(number == 1, number == -1))
                self.numbers.setdefault(f"distance:{name}", z3.Int(f"distance:{name}"))
            if kind == "gate":
                ties.append(z3.Or(number == 0, number == 1))
        return z3.And(*ties)

    def number(self, column: str) -> z3.ArithRef:
        if column == "time":
            return self.time
        kind, _, name = column.partition(":")
        if kind == "side":
            distance = f"distance:{name}"
            self.numbers.setdefault(distance, z3.Int(distance))
        return self.numbers.setdefault(column, z3.Int(column))

    def atom(self, atom: object) -> Held:
        if isinstance(atom, OfWeapons):
            return self.weapons(atom.term)
        if isinstance(atom, Among):
            words, number = (ACTS, self.act) if atom.column == "act" else (OBJECTS, self.object)
            return twice(z3.Or(*(number == words.index(name) for name in atom.names)))
        assert isinstance(atom, Between)
        if atom.column.startswith("exempt:"):
            return self.entry(atom.column)
        number = self.number(atom.column)
        bounds = [number >= atom.lo] if atom.lo is not None else []
        bounds += [number <= atom.hi] if atom.hi is not None else []
        held = z3.And(*bounds)
        if atom.column.startswith("side:"):
            on_it = self.numbers[f"distance:{atom.column.partition(':')[2]}"] == 0
            return z3.And(held, z3.Not(on_it)), z3.Or(held, on_it)
        return twice(held)

    def entry(self, column: str) -> Held:
        """Granted by whom the rule names; any entry that was given in time is pending at the least."""
        register, (decider, lead_s, to) = asked_of(column)
        timely = {
            each: there
            for each, there in self.entries[register].items()
            if not to or (each[2] == to and each[1] >= lead_s)
        }
        granted = [there for each, there in timely.items() if decider in ("", each[0])]
        return z3.Or(*granted), z3.Or(*timely.values())

    def weapons(self, term: WeaponTerm) -> Held:
        """A disputed member is possibly covered; so is a system whose calibre says nothing, whatever the limits."""
        named = [self.leaf == leaf(each) for each in term.leaves]
        named += [self.system == SLUGS[each] for each in term.systems]
        parts, without, open_to = (
            [self.weapons(part) for part in group] for group in (term.parts, term.excepted, term.disputed)
        )
        bounded = term.calibre_lo_mm > 0 or term.calibre_hi_mm < 10**9
        fits = z3.And(term.calibre_lo_mm <= self.calibre, self.calibre <= term.calibre_hi_mm)
        fits_surely = z3.And(fits, z3.Not(self.silent)) if bounded else z3.BoolVal(True)
        fits_possibly = z3.Or(fits, self.silent)
        surely = z3.Or(*named, *(part[0] for part in parts))
        possibly = z3.Or(*named, *(part[1] for part in (*parts, *open_to)))
        out = z3.Or(*(part[1] for part in (*without, *open_to)))
        return z3.And(surely, fits_surely, z3.Not(out)), z3.And(
            possibly, fits_possibly, z3.Not(z3.Or(*(part[0] for part in without)))
        )


def systems_in(term: WeaponTerm) -> set[str]:
    return set(term.systems).union(*map(systems_in, (*term.parts, *term.excepted, *term.disputed)))


def twice(held: z3.BoolRef) -> Held:
    return held, held


def leaf(name: str) -> int:
    return WEAPON_LEAVES.index(name)


def asked_of(column: str) -> tuple[str, tuple[str, int, str]]:
    _, register, decider, _, *ahead = column.split(":")
    return register, (decider, int(ahead[0]) if ahead else 0, ahead[1] if ahead else "")


class Opinion:
    """One mandate's rules as formulas over an event."""

    def __init__(self, mandate: m.Mandate, event: Event | None = None, domains: tuple[Rule, ...] = ()) -> None:
        self.rules = rules_of(mandate)
        self.event = event or Event([*self.rules, *domains])
        self.clauses = {clause.name: clause for clause in mandate.clauses}

    @functools.cache  # noqa: B019 - an opinion lives as long as one test
    def body(self, index: int) -> Held:
        held = [self.event.atom(atom) for atom in self.rules[index].atoms if atom.column != "count"]
        return z3.And(*(each[0] for each in held)), z3.And(*(each[1] for each in held))

    @functools.cache  # noqa: B019
    def exempt(self, index: int) -> Held:
        held = [self.event.atom(each) for each in self.rules[index].exemptions]
        return z3.Or(*(each[0] for each in held)), z3.Or(*(each[1] for each in held))

    @functools.cache  # noqa: B019
    def surely(self, index: int) -> z3.BoolRef:
        """S = B_s, no X_p, no O_p."""
        over = [self.possibly(each) for each in chain.from_iterable(self.rules[index].overriders)]
        return z3.And(self.body(index)[0], z3.Not(z3.Or(self.exempt(index)[1], *over)))

    @functools.cache  # noqa: B019
    def possibly(self, index: int) -> z3.BoolRef:
        """P = B_p, no X_s, no O_s."""
        over = [z3.And(*(self.surely(each) for each in group)) for group in self.rules[index].overriders]
        return z3.And(self.body(index)[1], z3.Not(z3.Or(self.exempt(index)[0], *over)))

    @functools.cache  # noqa: B019
    def alive(self, index: int) -> z3.BoolRef:
        """As `possibly`, where it is known which entries were granted by whom the text names."""
        over = [z3.And(*(self.truly(each) for each in group)) for group in self.rules[index].overriders]
        return z3.And(self.body(index)[1], z3.Not(z3.Or(self.exempt(index)[0], *over)))

    @functools.cache  # noqa: B019
    def truly(self, index: int) -> z3.BoolRef:
        over = [self.alive(each) for each in chain.from_iterable(self.rules[index].overriders)]
        return z3.And(self.body(index)[0], z3.Not(z3.Or(self.exempt(index)[0], *over)))

    def of(self, clause: str, party: str = "") -> list[int]:
        return [
            i
            for i, rule in enumerate(self.rules)
            if rule.clause == clause and not rule.outcome and party in ("", rule.addressee)
        ]

    def against(self, index: int) -> dict[str, z3.BoolRef]:
        """Each clause of opposite modality -> where it surely holds, in the same reading or in all of its own."""
        rule = self.rules[index]
        found = {}
        for clause in self.clauses.values():
            theirs = self.of(clause.name, rule.addressee)
            if theirs and clause.modality in ("allowed", "required"):
                same = [each for each in theirs if self.rules[each].reading == rule.reading]
                found[clause.name] = z3.And(*(self.surely(each) for each in same or theirs))
        return found

    def breaches(self, party: str) -> z3.BoolRef:
        """Where some prohibition surely holds and nothing of opposite modality does."""
        nothing = [r.limit is not None and r.limit.most == 0 for r in self.rules]  # a limit that one event breaks
        indexes = [i for i, r in enumerate(self.rules) if (r.modality == "prohibited" or nothing[i]) and not r.outcome]
        return z3.Or(
            *(
                z3.And(self.surely(i), z3.Not(z3.Or(*self.against(i).values())))
                for i in indexes
                if self.rules[i].addressee == party
            )
        )


def possible(event: Event, *formulas: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.set("timeout", TIMEOUT_MS)
    solver.add(*formulas, event.tied())
    answer = solver.check()
    assert answer != z3.unknown, "z3 ran out of time"
    return answer == z3.sat


def said(mandate: m.Mandate) -> dict[str, set[tuple[str, ...]]]:
    """What the checker says: pairs in conflict, dead clauses, domains and parties with a gap."""
    found: dict[str, set[tuple[str, ...]]] = {"CONFLICT": set(), "DEAD": set(), "GAP": set()}
    for remark in clause_remarks(mandate):
        assert "could not be decided" not in remark.words
        name = remark.subject.partition(" ")[2]
        if remark.code == "CONFLICT":
            found["CONFLICT"].add((name, remark.words.split(" prohibits what ")[1].split(" (line")[0]))
        elif remark.code == "DEAD":
            found["DEAD"].add((name,))
        elif remark.code == "GAP":
            parties = remark.words.split("this act of ")[1].split(".")[0].replace(" or ", ", ").split(", ")
            found["GAP"] |= {(name, party) for party in parties}
    return found


def second_opinion(mandate: m.Mandate) -> dict[str, set[tuple[str, ...]]]:
    """The same by z3."""
    pseudo = tuple(
        m.Clause(
            name=each.name,
            cites="",
            modality="allowed",
            parties=each.parties or tuple(party.name for party in mandate.parties),
            acts=each.acts,
            weapons=each.weapons,
            objects=each.objects,
            places=each.places,
            period=each.period,
        )
        for each in mandate.domains
    )
    domains = rules_of(replace(mandate, clauses=pseudo, suspensions=()))
    opinion = Opinion(mandate, domains=domains)
    found: dict[str, set[tuple[str, ...]]] = {"CONFLICT": set(), "DEAD": set(), "GAP": set()}
    for clause in mandate.clauses:
        own = opinion.of(clause.name)
        if not any(possible(opinion.event, opinion.alive(index)) for index in own):
            found["DEAD"].add((clause.name,))
        if clause.modality == "prohibited":
            for index in own:
                for other, holds in opinion.against(index).items():
                    if possible(opinion.event, opinion.surely(index), holds):
                        found["CONFLICT"].add((clause.name, other))
    for rule in domains:
        inside = [opinion.event.atom(atom)[0] for atom in rule.atoms if atom.column != "count"]
        own = [
            (each.reading, opinion.body(i)[1])
            for i, each in enumerate(opinion.rules)
            if each.addressee == rule.addressee
        ]
        every = [[f"{item.name}={reading.name}" for reading in item.readings] for item in mandate.disputes]
        for read in product(*every):  # a gap under any combination of readings is one
            ruled = [body for reading, body in own if reading in ("", *read)]
            if possible(opinion.event, *inside, z3.Not(z3.Or(*ruled))):
                found["GAP"].add((rule.clause, rule.addressee))
    return found


@budget(8)
@given(st.integers(0, 2**48))
def test_z3_finds_the_same_conflicts_dead_clauses_and_gaps(seed: int) -> None:
    mandate = bare(random_mandate(seed, most_clauses=6))
    assert said(mandate) == second_opinion(mandate)


def judged_differently(old: m.Mandate, new: m.Mandate, names: tuple[str, str]) -> bool:
    """Whether, by z3, an event that a clause is about is surely a breach in one draft only."""
    event = Event([*rules_of(old), *rules_of(new)])
    opinions = Opinion(old, event), Opinion(new, event)
    for party in (each.name for each in old.parties):
        about = [
            opinion.body(index)[1]
            for opinion, name in zip(opinions, names, strict=True)
            for index in opinion.of(name, party)
        ]
        if about and possible(event, z3.Or(*about), z3.Xor(opinions[0].breaches(party), opinions[1].breaches(party))):
            return True
    return False


@budget(8)
@given(st.integers(0, 2**48))
def test_z3_finds_the_same_differences_between_drafts(seed: int) -> None:
    old = bare(random_mandate(seed, most_clauses=5))
    new = redrafted(old, seed)
    for difference in compare_clauses(old, new):
        by_one_event = bool(difference.event) and "like this" not in difference.words
        assert by_one_event == judged_differently(old, new, (difference.clause, difference.clause)), difference
