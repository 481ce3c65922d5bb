"""From clauses to rules: one conjunction of atoms for each clause, addressee and reading.

Columns of facts that atoms speak about:
    time               whole seconds UTC
    count              items or happenings reported; 0 to 0 says: looked and saw none
    act, object        one word each
    weapon             system, class and calibre together
    distance:LINE      millimetres to the line, never negative
    inside:ZONE        millimetres inside the zone's edge; negative outside
    side:LINE          +1 left of the line, -1 right, -1..1 undetermined
    exempt:REGISTER:DECIDER:PARTY[:LEAD_S:TO]   1 granted, 0 no entry, 0..1 pending
    gate:NAME:VERIFIER                         1 open, 0 no entry, 0..1 pending

A suspension is a register too: an entry of its decider lifts the clause for the party that the entry names. A storage
site exempts by `inside:SITE`. A line or zone with later drawings is still one column: an event sees the drawing in
force at its time (`drawings_of`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from truceline.base.units import MM_PER_M
from truceline.model import mandate as m
from truceline.terms.atoms import Among, Atom, Between, OfWeapons
from truceline.terms.weapons import weapon_term

FIRST_DRAWING = 1
OPPOSITE = {("prohibited", "allowed"), ("prohibited", "required")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One clause for one addressee under one reading, or one of its further outcomes.

    `overriders` are groups of indexes into the same list of rules: one group for each overriding clause, one member for
    each reading of it. A group surely overrides if all its members surely hold, possibly if any possibly does.

    `lifted`: suspensions of a required act. They lift the duty at its deadline; what is done meanwhile still counts.
    """

    clause: str
    addressee: str
    reading: str  # "dispute=reading", or empty
    outcome: str = ""  # empty: the clause itself
    modality: m.Modality
    atoms: tuple[Atom, ...]
    exemptions: tuple[Between, ...] = ()
    lifted: tuple[Between, ...] = ()
    overriders: tuple[tuple[int, ...], ...] = ()
    limit: m.Limit | None = None
    period: m.Period = m.ALWAYS

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from every other rule of its mandate."""
        return self.clause, self.addressee, self.reading, self.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One drawing of a line or zone, and when it is in force: from `from_s` until before `until_s`; None: open.

    `feature` is what placings call it: the name itself for the first, `NAME@2` for the second, and so on.
    """

    feature: str
    path: str
    from_s: int | None = None
    until_s: int | None = None

    def touches(self, first_s: int, last_s: int) -> bool:
        """Whether it is in force at any second of a closed span."""
        return (self.from_s is None or self.from_s <= last_s) and (self.until_s is None or first_s < self.until_s)


def drawings_of(item: m.Line | m.Zone) -> tuple[Drawing, ...]:
    """Every drawing, in the order of time; together they leave no moment out. When the feature itself holds is
    `item.period`, which the validity of rules respects.
    """
    paths = (item.path, *(each.path for each in item.later))
    bounds_s = (None, *(each.from_s for each in item.later), None)
    return tuple(
        Drawing(
            feature=item.name if number == FIRST_DRAWING else f"{item.name}@{number}",
            path=path,
            from_s=bounds_s[number - 1],
            until_s=bounds_s[number],
        )
        for number, path in enumerate(paths, start=FIRST_DRAWING)
    )


def rules_of(mandate: m.Mandate) -> tuple[Rule, ...]:
    """Every rule of the mandate, in the order of clauses, parties and readings.

    A party that is not bound is nobody's addressee: it gets no rule, so it can get no finding.
    """
    parties = {party.name: party for party in mandate.parties}
    rules: list[Rule] = []
    for clause in mandate.clauses:
        for name in clause.parties:
            if not parties[name].unbound:
                for reading, period in _readings(mandate, clause):
                    rules.extend(_rules(mandate, clause, parties[name], reading, period))
    return _with_overriders(mandate, rules)


def opposite(one: m.Modality, other: m.Modality) -> bool:
    """Whether both cannot hold for the same act without one overriding the other."""
    return (one, other) in OPPOSITE or (other, one) in OPPOSITE


def _readings(mandate: m.Mandate, clause: m.Clause) -> Iterator[tuple[str, m.Period]]:
    if not clause.during:
        yield "", clause.period
        return
    dispute = next(item for item in mandate.disputes if item.name == clause.during)
    for reading in dispute.readings:
        yield f"{dispute.name}={reading.name}", reading.period


def _rules(mandate: m.Mandate, clause: m.Clause, party: m.Party, reading: str, period: m.Period) -> Iterator[Rule]:
    """The clause's own rule, then one for each further outcome."""
    lifted = tuple(
        Between(f"exempt:{each.name}:{each.decider}:{party.name}", 1)
        for each in mandate.suspensions
        if clause.name in each.clauses and each.party in (party.name, *m.ROLES)
    )
    duty = clause.modality == "required"
    forms = [("", clause.places, clause.exemptions)]
    forms += [(further.name, further.places, further.exemptions) for further in clause.outcomes]
    for outcome, places, exemptions in forms:
        holds = validity(mandate, clause, party, period, places)
        atoms: list[Atom] = [
            Between("time", holds.from_s, None if holds.until_s is None else holds.until_s - 1),
            Between("count", 1),
            Among("act", clause.acts),
        ]
        if clause.weapons:
            atoms.append(OfWeapons("weapon", clause.weapons, weapon_term(clause.weapons, mandate)))
        if clause.objects:
            atoms.append(Among("object", _objects(mandate, clause.objects)))
        atoms += [place_atom(mandate, place, party) for place in places]
        atoms += [Between(f"gate:{g.name}:{g.verifier}", 1) for g in mandate.gates if g.name == clause.gate]
        yield Rule(
            clause=clause.name,
            addressee=party.name,
            reading=reading,
            outcome=outcome,
            modality=clause.modality,
            atoms=tuple(atoms),
            exemptions=(*(exemption_atom(each, party) for each in exemptions), *(() if duty else lifted)),
            lifted=lifted if duty else (),
            limit=None if outcome else clause.limit,
            period=holds,
        )


def validity(
    mandate: m.Mandate, clause: m.Clause, party: m.Party, period: m.Period, places: tuple[m.Place, ...]
) -> m.Period:
    """When the rule binds: the clause's period, the party's own start, the lines' and zones' own validity, the
    deadline.
    """
    features = {item.name: item.period for item in mandate.features}
    periods = [period, party.period, *(features[feature_of(place, party)] for place in places)]
    starts = [each.from_s for each in periods if each.from_s is not None]
    if party.period.from_s is None:
        starts.append(mandate.header.in_force_s)
    ends = [each.until_s for each in (*periods, m.Period(until_s=clause.by_s)) if each.until_s is not None]
    return m.Period(from_s=max(starts), until_s=min(ends, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When one `watch` obliges to look at the ground of one clause, or (no clause) at the place itself.

    Limits: a clause is due while any of its rules binds, for whichever party and reading; whether its gate is open is
    not looked at. A period that ends before it begins: never.
    """

    watch: m.Watch
    clause: str
    period: m.Period  # `from_s` is never None


def dues_of(mandate: m.Mandate) -> tuple[Due, ...]:
    """One for each watch and each clause that it names, in the order of the text; one for each place inspected.

    A clause that binds nobody has none.
    """
    if not mandate.watches:
        return ()
    bound: dict[str, list[m.Period]] = {}
    for rule in rules_of(mandate):
        if not rule.outcome:
            bound.setdefault(rule.clause, []).append(rule.period)
    features = {item.name: item.period for item in mandate.features}
    found = []
    for watch in mandate.watches:
        over = (
            [("", [features[watch.feature]])] if watch.feature else [(each, bound.get(each)) for each in watch.clauses]
        )
        found += [
            Due(watch=watch, clause=clause, period=_while_both(mandate, watch, periods))
            for clause, periods in over
            if periods
        ]
    return tuple(found)


def _while_both(mandate: m.Mandate, watch: m.Watch, periods: list[m.Period]) -> m.Period:
    """From the first to the last moment of some periods, within the watch's own and not before entry into force."""
    entry_s = mandate.header.in_force_s
    firsts = [entry_s if each.from_s is None else each.from_s for each in periods]
    lasts = [each.until_s for each in periods if each.until_s is not None]
    ends = [max(lasts)] if len(lasts) == len(periods) else []
    ends += [] if watch.period.until_s is None else [watch.period.until_s]
    own_s = entry_s if watch.period.from_s is None else watch.period.from_s
    return m.Period(from_s=max(entry_s, own_s, min(firsts)), until_s=min(ends, default=None))


def feature_of(place: m.Place, party: m.Party) -> str:
    """The line or zone a place means for one party."""
    return party.baseline if place.feature == m.BASELINE else place.feature


def place_atom(mandate: m.Mandate, place: m.Place, party: m.Party) -> Between:
    """A place as a condition on one column."""
    feature = feature_of(place, party)
    limit_mm = place.distance_m * MM_PER_M
    if place.kind == "across":
        line = next(item for item in mandate.lines if item.name == feature)
        other_side = -1 if line.left == party.name else 1
        return Between(f"side:{feature}", other_side, other_side)
    if place.kind in ("in", "outside"):
        return Between(f"inside:{feature}", 0) if place.kind == "in" else Between(f"inside:{feature}", None, -1)
    if any(item.name == feature for item in mandate.zones):  # distance to a zone: from its edge outward, 0 inside
        inside = f"inside:{feature}"
        return Between(inside, -limit_mm) if place.kind == "within" else Between(inside, None, -limit_mm - 1)
    distance = f"distance:{feature}"
    return Between(distance, None, limit_mm) if place.kind == "within" else Between(distance, limit_mm + 1)


def exemption_atom(exemption: m.Exemption, party: m.Party) -> Between:
    """An exemption as a condition on one column."""
    if exemption.site:
        return Between(f"inside:{exemption.site}", 0)
    lead = f":{exemption.lead_s}:{exemption.to}" if exemption.to else ""
    return Between(f"exempt:{exemption.register}:{exemption.decider}:{party.name}{lead}", 1)


def _objects(mandate: m.Mandate, names: tuple[str, ...]) -> tuple[str, ...]:
    declared = {item.name: item.members for item in mandate.objects}
    return tuple(dict.fromkeys(kind for name in names for kind in declared.get(name, (name,))))


def _with_overriders(mandate: m.Mandate, rules: list[Rule]) -> tuple[Rule, ...]:
    """The same rules, each with the groups of rules that override it, in the order of the overriding clauses."""
    overriding: dict[str, list[str]] = {}
    for clause in mandate.clauses:
        for name in dict.fromkeys(clause.overrides):
            overriding.setdefault(name, []).append(clause.name)
    at: dict[tuple[str, str], list[int]] = {}
    for number, rule in enumerate(rules):
        if not rule.outcome:
            at.setdefault((rule.clause, rule.addressee), []).append(number)
    found = []
    for rule in rules:
        groups = []
        for name in () if rule.outcome else overriding.get(rule.clause, ()):
            same = at.get((name, rule.addressee), [])
            matching = [number for number in same if rules[number].reading == rule.reading]
            if group := tuple(matching or same):
                groups.append(group)
        found.append(replace(rule, overriders=tuple(groups)) if groups else rule)
    return tuple(found)
