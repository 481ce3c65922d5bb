"""Facts of events as the columns that rules speak about, and the bench on which a mandate meets them.

Whole numbers with their spans, words as codes.

The error that counts is the event's own 95 % bound, never less than the header's `precision` (decision 0005).
Registers say whether an act is exempt and whether a gate is open: no entry, surely not; pending, possibly; granted by
the body that the mandate names, surely. Anybody else's consent is pending. A notice needs no consent, but it must have
reached the right body in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from truceline.base.time import seconds_of
from truceline.base.units import MM_PER_M, UNBOUNDED
from truceline.judge.kernel import Kernel, Value, Words, held_bit
from truceline.model.mandate import Mandate, Standard
from truceline.model.material import Material
from truceline.model.vocabulary import leaves_of
from truceline.terms import (
    Atom,
    Between,
    Drawing,
    Fact,
    Held,
    Rule,
    Span,
    WeaponFact,
    atom_held,
    both,
    drawings_of,
    none_of,
    rules_of,
)

Int64s = NDArray[np.int64]
Spans = dict[str, tuple[Int64s, Int64s]]
PLACES = ("distance", "inside", "side")
REGISTERS = ("exempt", "gate")


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of n events (or observations), column by column.

    `spans` hold (n,) lowest and (n,) highest value; `codes` index `values`. `parties[i]` is whose act it may be as
    reported; empty: anybody's.
    """

    ids: tuple[str, ...]
    spans: dict[str, tuple[Int64s, Int64s]]
    codes: dict[str, NDArray[np.uint16]]
    values: dict[str, tuple[Value, ...]]
    parties: tuple[frozenset[str], ...]

    def span(self, column: str, row: int) -> Span:
        """One fact of one row."""
        lo, hi = self.spans[column]
        return Span(int(lo[row]), int(hi[row]))

    def value(self, column: str, row: int) -> Value:
        """One word or weapon of one row."""
        return self.values[column][int(self.codes[column][row])]


def facts_of(table: pa.Table, *, id_column: str, material: Material, mandate: Mandate) -> Facts:
    """Facts of EVENTS or OBSERVATIONS rows under one mandate.

    Args:
        table: n rows with the attributes of `model.observation.ATTRIBUTES`.
        material: its placings (a subject without any stands anywhere) and its notices (what registers hold).
    """
    notices = material.notices
    ids = tuple(table[id_column].to_pylist())
    spans = {"time": _time(table, mandate.header.precision_s), "count": _counts(table)}
    columns = {atom.column for rule in rules_of(mandate) for atom in (*rule.atoms, *rule.exemptions)}
    wanted = {column for column in columns if column.startswith(PLACES)}
    wanted |= {f"inside:{zone}" for zone in notices["zone"].to_pylist() if zone}
    drawn = {column: _drawings(column, mandate) for column in sorted(wanted)}
    every = {f"{column.split(':')[0]}:{each.feature}" for column, drawings in drawn.items() for each in drawings}
    placed = _places(ids, material.placings, every, mandate.header.precision_m * MM_PER_M)
    spans |= {column: _in_force(column, drawings, placed, spans["time"]) for column, drawings in drawn.items()}
    weapons = [
        WeaponFact(system, weapon_class, 0 if lo is None else lo, UNBOUNDED if hi is None else hi)
        for system, weapon_class, lo, hi in zip(
            *(table[name].to_pylist() for name in ("weapon_system", "weapon_class", "calibre_lo_mm", "calibre_hi_mm")),
            strict=True,
        )
    ]
    words: dict[str, Sequence[Value]] = {
        "act": table["act"].to_pylist(),
        "object": table["object_kind"].to_pylist(),
        "weapon": weapons,
    }
    codes, values = {}, {}
    for name, column in words.items():
        codes[name], values[name] = _coded(column)
    parties = tuple(frozenset(each or ()) for each in table["parties"].to_pylist())
    facts = Facts(ids, spans, codes, values, parties)
    for column in sorted(each for each in columns if each.startswith(REGISTERS)):
        spans[column] = register_spans(column, facts, notices)
    return facts


def _time(table: pa.Table, precision_s: int) -> tuple[Int64s, Int64s]:
    """Whole seconds, widened evenly where the source claims more than the mandate lets count."""
    lo = np.array([seconds_of(at) for at in table["earliest_at_us"].to_pylist()], np.int64)
    hi = np.array([seconds_of(at) for at in table["latest_at_us"].to_pylist()], np.int64)
    short = np.maximum(0, 2 * precision_s - (hi - lo))
    return lo - (short + 1) // 2, hi + (short + 1) // 2


def _counts(table: pa.Table) -> tuple[Int64s, Int64s]:
    lo = np.array([1 if each is None else each for each in table["count_lo"].to_pylist()], np.int64)
    hi = np.array([UNBOUNDED if each is None else each for each in table["count_hi"].to_pylist()], np.int64)
    return lo, hi


def _drawings(column: str, mandate: Mandate) -> tuple[Drawing, ...]:
    """The drawings of the line or zone that a place column speaks of; one where the mandate does not know it."""
    name = column.partition(":")[2]
    item = next((each for each in mandate.features if each.name == name), None)
    return drawings_of(item) if item else (Drawing(feature=name, path=""),)


def _in_force(
    column: str, drawings: tuple[Drawing, ...], placed: Spans, time: tuple[Int64s, Int64s]
) -> tuple[Int64s, Int64s]:
    """Each row against the drawing in force at its time; where its time touches several, all that any allows."""
    kind = column.partition(":")[0]
    if len(drawings) == 1:
        return placed[f"{kind}:{drawings[0].feature}"]
    lo, hi = np.full(len(time[0]), UNBOUNDED, np.int64), np.full(len(time[0]), -UNBOUNDED, np.int64)
    for drawing in drawings:
        touches = np.ones(len(lo), np.bool_)
        if drawing.from_s is not None:
            touches &= time[1] >= drawing.from_s
        if drawing.until_s is not None:
            touches &= time[0] < drawing.until_s
        each_lo, each_hi = placed[f"{kind}:{drawing.feature}"]
        np.minimum(lo, each_lo, out=lo, where=touches)
        np.maximum(hi, each_hi, out=hi, where=touches)
    return lo, hi


def _places(ids: Sequence[str], placings: pa.Table, wanted: Iterable[str], least_mm: int) -> Spans:
    """Every wanted distance, inside and side column; the widest span where nothing is known."""
    spans = {column: _unplaced(column.split(":")[0], len(ids)) for column in sorted(wanted)}
    row_of = {each: row for row, each in enumerate(ids)}
    seen: set[tuple[str, str]] = set()
    for placing in placings.to_pylist():
        row, pair = row_of.get(placing["subject_id"]), (placing["subject_id"], placing["feature"])
        assert pair not in seen, f"{pair[0]} is placed twice towards {pair[1]}: which placing holds?"
        seen.add(pair)
        if row is None:
            continue
        bound_mm = max(placing["bound_mm"], least_mm)
        for kind in PLACES:
            if (column := f"{kind}:{placing['feature']}") in spans:
                lo, hi = spans[column]
                lo[row], hi[row] = placed_span(kind, placing["distance_mm"], bound_mm, placing["side"])
    return spans


def placed_span(kind: str, distance_mm: int, bound_mm: int, side: int) -> Span:
    """The span of one place column from a placing: `distance`, `inside` (signed, from a zone's edge) or `side`."""
    near_edge = distance_mm <= bound_mm or side == 0
    if kind == "side":
        return Span(-1, 1) if near_edge else Span(side, side)
    if kind == "distance":
        return Span(max(0, distance_mm - bound_mm), distance_mm + bound_mm)
    if side == 0:
        return Span(-distance_mm - bound_mm, distance_mm + bound_mm)
    return Span(side * distance_mm - bound_mm, side * distance_mm + bound_mm)


def _unplaced(kind: str, count: int) -> tuple[Int64s, Int64s]:
    lo, hi = {"distance": (0, UNBOUNDED), "inside": (-UNBOUNDED, UNBOUNDED), "side": (-1, 1)}[kind]
    return np.full(count, lo, np.int64), np.full(count, hi, np.int64)


def _coded(column: Sequence[Value]) -> tuple[NDArray[np.uint16], tuple[Value, ...]]:
    values = tuple(dict.fromkeys(column))
    assert len(values) <= np.iinfo(np.uint16).max, "more distinct values than a code can name"
    index: Mapping[Value, int] = {value: code for code, value in enumerate(values)}
    return np.array([index[value] for value in column], np.uint16), values


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks of a register. `party` empty: an entry of any; `to` empty: no notice ahead is asked for."""

    register: str
    decider: str
    party: str = ""
    lead_s: int = 0
    to: str = ""


def asked_of(column: str) -> Asked:
    """What a register column asks: `exempt:REGISTER:DECIDER:PARTY[:LEAD_S:TO]` or `gate:NAME:VERIFIER`."""
    kind, register, decider, *rest = column.split(":")
    if kind == "gate":
        return Asked(register, decider)
    party, *notice = rest
    return Asked(register, decider, party, int(notice[0]), notice[1]) if notice else Asked(register, decider, party)


def register_spans(column: str, facts: Facts, notices: pa.Table) -> tuple[Int64s, Int64s]:
    """(n,) 0..0 no entry holds, 0..1 one possibly does, 1..1 surely; `column` as in `asked_of`."""
    asked = asked_of(column)
    entries = _entries(asked, notices)
    surely = np.zeros(len(facts.ids), np.int64)
    possibly = np.zeros(len(facts.ids), np.int64)
    for row in range(len(facts.ids)):
        held = [entry_held(entry, facts, row, asked) for entry in entries]
        surely[row] = any(each.surely for each in held)
        possibly[row] = any(each.possibly for each in held)
    return surely, possibly


def entry_held(entry: Mapping[str, object], facts: Facts, row: int, asked: Asked) -> Held:
    """Whether one entry of the register is what the rule asks for, for one event."""
    return both(
        (
            _standing(entry, facts.span("time", row), asked),
            _word_held(str(entry["act"]), str(facts.value("act", row))),
            _zone_held(str(entry["zone"]), facts, row),
            _class_held(str(entry["weapon_class"]), facts.value("weapon", row)),
        )
    )


def register_at(column: str, at_s: int, notices: pa.Table) -> Held:
    """What a register surely, possibly says of one moment; an entry for some acts or places only is possible."""
    asked, found = asked_of(column), [Held(False, False)]
    for entry in _entries(asked, notices):
        scoped = any(entry[name] for name in ("act", "zone", "weapon_class"))
        found.append(both((_standing(entry, Span(at_s, at_s), asked), Held(not scoped, True))))
    return Held(any(each.surely for each in found), any(each.possibly for each in found))


def _entries(asked: Asked, notices: pa.Table) -> list[dict[str, object]]:
    return [
        entry
        for entry in notices.to_pylist()
        if entry["register"] == asked.register and asked.party in ("", entry["party"])
    ]


def _standing(entry: Mapping[str, object], time: Span, asked: Asked) -> Held:
    """Whether an entry stands at that time: not refused, decided by whom it takes, and given in time."""
    if entry["status"] == "refused":
        return Held(False, False)
    first, last = _second(entry["earliest_at_us"]), _second(entry["latest_at_us"])
    last = UNBOUNDED if last is None else last
    assert first is not None, "an entry has a beginning"
    covers = Held(first <= time.lo and time.hi <= last, first <= time.hi and time.lo <= last)
    return both((Held(_decided(entry, asked), True), covers, _given_held(entry, time, asked)))


def _second(at_us: object) -> int | None:
    return None if at_us is None else seconds_of(int(str(at_us)))


def _decided(entry: Mapping[str, object], asked: Asked) -> bool:
    """Whether whoever decides has consented; a notice that nobody decides on needs no consent."""
    if asked.to and not asked.decider:
        return True
    return entry["status"] == "granted" and asked.decider in ("", entry["decided_by"])


def _given_held(entry: Mapping[str, object], time: Span, asked: Asked) -> Held:
    """Whether the notice reached the right body so long before the act; what is not said is possible."""
    if not asked.to:
        return Held(True, True)
    earliest, latest = _second(entry["given_earliest_at_us"]), _second(entry["given_latest_at_us"])
    in_time = Held(
        latest is not None and latest + asked.lead_s <= time.lo, earliest is None or earliest + asked.lead_s <= time.hi
    )
    return both((in_time, Held(entry["given_to"] == asked.to, entry["given_to"] in ("", asked.to))))


def _word_held(wanted: str, fact: str) -> Held:
    return Held(True, True) if not wanted else Held(fact == wanted, fact in ("", wanted))


def _zone_held(zone: str, facts: Facts, row: int) -> Held:
    if not zone:
        return Held(True, True)
    inside = facts.span(f"inside:{zone}", row)
    return Held(inside.lo >= 0, inside.hi >= 0)


def _class_held(wanted: str, fact: object) -> Held:
    assert isinstance(fact, WeaponFact)
    if not wanted:
        return Held(True, True)
    covered, possible = leaves_of(wanted), leaves_of(fact.weapon_class)
    return Held(possible <= covered, bool(possible & covered))


class Bench:
    """One mandate before one body of material."""

    def __init__(self, mandate: Mandate, material: Material) -> None:
        self.mandate, self.material = mandate, material
        self.rules = rules_of(mandate)
        self.clauses = {clause.name: clause for clause in mandate.clauses}
        self.standards = {standard.name: standard for standard in mandate.standards}
        self.events = material.events.to_pylist()
        self.facts = self._facts(material.events, "event_id")
        self.surely, self.possibly = self._planes(self.facts)

    @cached_property
    def observation_facts(self) -> Facts:
        """Facts of every observation, for evidence standards."""
        return self._facts(self.material.observations, "observation_id")

    @cached_property
    def _observation_possibly(self) -> Words:
        return self._planes(self.observation_facts)[1]

    @cached_property
    def observations(self) -> dict[str, tuple[int, dict[str, object]]]:
        """Row number and row of each observation, by id."""
        rows = self.material.observations.to_pylist()
        return {str(row["observation_id"]): (number, row) for number, row in enumerate(rows)}

    @cache  # noqa: B019 - a bench lives as long as one judgement
    def held(self, index: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) surely and (n,) possibly of rule `index`, over events that may be its addressee's."""
        mine = self.addressed(self.rules[index].addressee)
        return (
            held_bit(self.surely, index).astype(np.bool_) & mine,
            held_bit(self.possibly, index).astype(np.bool_) & mine,
        )

    @cache  # noqa: B019 - as above
    def addressed(self, party: str) -> NDArray[np.bool_]:
        """(n,) whether the event may be `party`'s: reported so, or reported of nobody."""
        return np.array([not each or party in each for each in self.facts.parties], np.bool_)

    @cached_property
    def _parties(self) -> dict[str, frozenset[str]]:
        return dict(zip(self.facts.ids, self.facts.parties, strict=True))

    def parties_of(self, event_id: str) -> frozenset[str]:
        """Whose act an event is reported to be; empty: nobody says."""
        return self._parties[event_id]

    def supporting(self, index: int, row: int) -> list[dict[str, object]]:
        """Observations of an event that possibly satisfy every atom of rule `index`."""
        members = [self.observations[str(member)] for member in self.events[row]["members"]]
        bits = held_bit(self._observation_possibly, index)
        return [observation for number, observation in members if bits[number]]

    def standard(self, rule: Rule) -> Standard | None:
        """The evidence standard that the rule's breach needs, if the text names one."""
        return self.standards.get(self.clauses[rule.clause].standard)

    def fact(self, atom: Atom, row: int) -> Fact:
        """The fact that one atom looks at."""
        return self.facts.span(atom.column, row) if isinstance(atom, Between) else self.facts.value(atom.column, row)

    def due(self, rule: Rule, at_s: int) -> Held:
        """Whether a duty holds at one moment: its gate is open and no suspension lifts it."""
        opened = [each.column for each in rule.atoms if each.column.startswith("gate:")]
        lifted = [each.column for each in rule.lifted]
        gates, lifts = ([register_at(each, at_s, self.material.notices) for each in part] for part in (opened, lifted))
        return none_of(both(gates), lifts)

    def atom_held(self, atom: Atom, row: int) -> Held:
        """Whether one atom surely, possibly holds for one event."""
        return atom_held(atom, self.fact(atom, row))

    def _facts(self, table: pa.Table, id_column: str) -> Facts:
        return facts_of(table, id_column=id_column, material=self.material, mandate=self.mandate)

    def _planes(self, facts: Facts) -> tuple[Words, Words]:
        return Kernel(self.rules, facts.values).planes(facts.spans, facts.codes, rows=len(facts.ids))
