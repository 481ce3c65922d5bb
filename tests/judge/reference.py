"""A plain interpreter of mandates, written from the design's pages alone, to disagree with the kernel if it can.

It reads the mandate's nouns and plain rows. It shares nothing with `terms/` or `judge/`: own weapons, own places, own
exemptions, own overrides, own readings. Slow on purpose. Two ways to ask:

`Reference.planes(row)`      whether each rule surely, possibly holds (interval by interval, as page 7, 6 says)
`Reference.completions(row)` every way the world may be, given the facts; `Reference.holds` decides one of them plainly
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from truceline.model import mandate as m
from truceline.model.catalogue import SYSTEMS
from truceline.model.vocabulary import ACTS, OBJECTS, WEAPON_GROUPS, WEAPON_LEAVES

Row = dict[str, object]
Key = tuple[str, str, str, str]  # clause, addressee, "dispute=reading", further outcome
Both = tuple[bool, bool]  # surely, possibly
ENDLESS = 2**62
CLASS_OF = {system.slug: system.weapon_class for system in SYSTEMS}
UNLISTED = "a system the catalogue does not know"


@dataclass(frozen=True)
class Weapon:
    """A weapon as it is, not as it was reported."""

    system: str
    leaf: str
    calibre_mm: int


@dataclass(frozen=True)
class Truth:
    """One way a happening may have been."""

    time_s: int
    count: int
    act: str
    thing: str
    weapon: Weapon
    inside_mm: tuple[tuple[tuple[str, int], int], ...]  # (zone, which drawing) -> signed
    far_mm: tuple[tuple[tuple[str, int], int], ...]  # (line, which drawing) -> distance
    side: tuple[tuple[tuple[str, int], int], ...]
    entries: tuple[tuple[int, tuple[bool, int, str]], ...]  # consented in the end, when given, to whom
    readings: tuple[tuple[str, str], ...]
    scope: tuple[tuple[str, bool], ...]  # weapons item -> whether its disputed members are covered


class Reference:
    def __init__(self, mandate: m.Mandate, placings: list[Row], notices: list[Row]) -> None:
        self.mandate, self.notices = mandate, notices
        self.placings = {(row["subject_id"], row["feature"]): row for row in placings}
        self.parties = {party.name: party for party in mandate.parties}
        self.clauses = {clause.name: clause for clause in mandate.clauses}
        self.weapons = {item.name: item for item in mandate.weapons}
        self.things = {item.name: item.members for item in mandate.objects}
        self.disputes = {item.name: {each.name: each for each in item.readings} for item in mandate.disputes}
        self.features = {item.name: item for item in (*mandate.lines, *mandate.zones)}
        self.gates = {gate.name: gate.verifier for gate in mandate.gates}
        self.zones = {zone.name for zone in mandate.zones}
        self.lines = {line.name: line for line in mandate.lines}

    def keys(self) -> list[Key]:
        """Every rule: each clause for each party that is bound, under each reading, and its further outcomes."""
        found = []
        for clause in self.mandate.clauses:
            for party in clause.parties:
                if self.parties[party].unbound:
                    continue
                readings = self.disputes.get(clause.during, {"": None})
                for reading in readings:
                    said = f"{clause.during}={reading}" if reading else ""
                    found += [(clause.name, party, said, "")]
                    found += [(clause.name, party, said, each.name) for each in clause.outcomes]
        return found

    # --- surely and possibly --------------------------------------------------------------------------------

    def planes(self, subject: str, row: Row) -> dict[Key, Both]:
        """Whether each rule surely, and possibly, holds for one happening."""
        return {key: self.rule(key, subject, row) for key in self.keys()}

    def rule(self, key: Key, subject: str, row: Row) -> Both:
        clause, party, reading, outcome = self.clauses[key[0]], *key[1:]
        form = next((each for each in clause.outcomes if each.name == outcome), clause)
        parts = [self.time(clause, party, reading, form.places, row), at_least_one(row)]
        parts.append(word(str(row["act"]), clause.acts))
        if clause.weapons:
            parts.append(any_of([self.weapon_item(self.weapons[name], row) for name in clause.weapons]))
        if clause.objects:
            kinds = [kind for name in clause.objects for kind in self.things.get(name, (name,))]
            parts.append(word(str(row["object_kind"]), kinds))
        parts += [self.place(place, party, subject, row) for place in form.places]
        if clause.gate:
            parts.append(self.entered(self.opens(clause.gate), "", subject, row))
        surely, possibly = all(s for s, _ in parts), all(p for _, p in parts)
        for exemption in (*form.exemptions, *self.suspensions(clause, party)):
            granted, may_be = self.exempt(exemption, party, subject, row)
            surely, possibly = surely and not may_be, possibly and not granted
        if not outcome:
            for over in self.overriders(key):
                held = [self.rule(each, subject, row) for each in over]
                surely = surely and not any(p for _, p in held)
                possibly = possibly and not all(s for s, _ in held)
        return surely, possibly

    def opens(self, gate: str) -> m.Exemption:
        """A gate as an entry that its verifier makes, whoever's it is."""
        return m.Exemption(register=gate, decider=self.gates[gate])

    def suspensions(self, clause: m.Clause, party: str) -> list[m.Exemption]:
        """Suspensions that may lift the clause for a party; a duty is lifted at its deadline, not act by act."""
        return [
            m.Exemption(register=each.name, decider=each.decider)
            for each in self.mandate.suspensions
            if clause.name in each.clauses and each.party in (party, "violator", "victim")
            if clause.modality != "required"
        ]

    def overriders(self, key: Key) -> Iterator[list[Key]]:
        """For each clause that prevails over this one: the same party's rules of it that may apply."""
        for clause in self.mandate.clauses:
            if key[0] in clause.overrides and key[1] in clause.parties:
                theirs = [f"{clause.during}={each}" for each in self.disputes.get(clause.during, ())] or [""]
                agreeing = [each for each in theirs if each == key[2]]
                yield [(clause.name, key[1], each, "") for each in agreeing or theirs]

    def bounds(self, clause: m.Clause, party: str, reading: str, places: tuple[m.Place, ...]) -> tuple[int, int]:
        """First and last second of a rule."""
        own = self.parties[party].period
        stated = self.disputes[clause.during][reading.partition("=")[2]].period if reading else clause.period
        where = [self.features[self.feature(place, party)].period for place in places]
        starts = [each.from_s for each in (stated, own, *where)]
        if own.from_s is None:
            starts.append(self.mandate.header.in_force_s)
        ends = [each.until_s for each in (stated, own, *where)] + [clause.by_s]
        return (
            max(each for each in starts if each is not None),
            min((each - 1 for each in ends if each is not None), default=ENDLESS),
        )

    def feature(self, place: m.Place, party: str) -> str:
        return self.parties[party].baseline if place.feature == "baseline" else place.feature

    def time(self, clause: m.Clause, party: str, reading: str, places: tuple[m.Place, ...], row: Row) -> Both:
        first, last = self.bounds(clause, party, reading, places)
        return within(self.hours(row), first, last)

    def hours(self, row: Row) -> tuple[int, int]:
        """Whole seconds; never tighter than the header's precision to either side of the middle."""
        first, last = int(row["earliest_at_us"]) // 1_000_000, int(row["latest_at_us"]) // 1_000_000
        while last - first < 2 * self.mandate.header.precision_s:
            first, last = first - 1, last + 1
        return first, last

    def weapon_item(self, item: m.Weapons, row: Row) -> Both:
        low, high = item.calibre_lo_mm or 0, ENDLESS if item.calibre_hi_mm is None else item.calibre_hi_mm
        fits = within(calibre(row), low, high)
        member = self.weapon_names(item.members, row)
        excepted = self.weapon_names(item.excepted, row)
        disputed = self.weapon_names(item.disputed, row)
        surely = member[0] and fits[0] and not excepted[1] and not disputed[1]
        possibly = (member[1] or disputed[1]) and fits[1] and not excepted[0]
        return surely, possibly

    def weapon_names(self, names: tuple[str, ...], row: Row) -> Both:
        """Union of classes, groups, systems and other items. Leaf classes of one list are told apart together."""
        leaves = {leaf for name in names for leaf in leaves_of(name)}
        may_be = leaves_of(str(row["weapon_class"])) or set(WEAPON_LEAVES)
        surely, possibly = bool(leaves) and may_be <= leaves, bool(may_be & leaves)
        for name in names:
            if name in self.weapons:
                held = self.weapon_item(self.weapons[name], row)
                surely, possibly = surely or held[0], possibly or held[1]
            elif name in CLASS_OF:
                surely = surely or row["weapon_system"] == name
                unknown = not row["weapon_system"] and CLASS_OF[name] in may_be
                possibly = possibly or row["weapon_system"] == name or unknown
        return surely, possibly

    def place(self, place: m.Place, party: str, subject: str, row: Row) -> Both:
        name = self.feature(place, party)
        far_mm = place.distance_m * 1_000
        if place.kind == "across":
            mine = 1 if self.lines[name].left == party else -1
            sides = set().union(*(self.sides(subject, each) for each in self.drawn(name, row)))
            return sides == {-mine}, -mine in sides
        if name in self.zones:
            span = self.inside(subject, name, row)
            if place.kind in ("in", "within"):
                return within(span, -far_mm, ENDLESS)
            return within(span, -ENDLESS, -far_mm - 1)
        spans = [self.far(subject, each) for each in self.drawn(name, row)]
        span = min(low for low, _ in spans), max(high for _, high in spans)
        return within(span, 0, far_mm) if place.kind == "within" else within(span, far_mm + 1, ENDLESS)

    def drawing(self, name: str, second: int) -> int:
        """Which drawing of a line or zone is in force: 1, or that of the last date that has come."""
        later = getattr(self.features.get(name), "later", ())
        return 1 + sum(second >= each.from_s for each in later)

    def drawn(self, name: str, row: Row) -> list[tuple[str, int]]:
        """Every drawing that may be in force at the time."""
        first, last = (self.drawing(name, second) for second in self.hours(row))
        return [(name, number) for number in range(first, last + 1)]

    def placed(self, subject: str, drawn: tuple[str, int]) -> tuple[int, int, int] | None:
        """Distance, its bound (never below the header's precision), side."""
        name = drawn[0] if drawn[1] == 1 else f"{drawn[0]}@{drawn[1]}"
        row = self.placings.get((subject, name))
        if row is None:
            return None
        bound_mm = max(int(row["bound_mm"]), 1_000 * self.mandate.header.precision_m)
        return int(row["distance_mm"]), bound_mm, int(row["side"])

    def far(self, subject: str, drawn: tuple[str, int]) -> tuple[int, int]:
        placed = self.placed(subject, drawn)
        return (0, ENDLESS) if placed is None else (max(0, placed[0] - placed[1]), placed[0] + placed[1])

    def sides(self, subject: str, drawn: tuple[str, int]) -> set[int]:
        """Which sides of a line it may be on; 0 is on it."""
        placed = self.placed(subject, drawn)
        if placed is None or placed[2] == 0 or placed[0] - placed[1] <= 0:
            return {-1, 0, 1}
        return {placed[2]}

    def inside(self, subject: str, name: str, row: Row) -> tuple[int, int]:
        """How far inside a zone it may be, as drawn at its time."""
        spans = [self.inside_of(subject, each) for each in self.drawn(name, row)]
        return min(low for low, _ in spans), max(high for _, high in spans)

    def inside_of(self, subject: str, drawn: tuple[str, int]) -> tuple[int, int]:
        """How far inside one drawing of a zone it may be; negative: outside."""
        placed = self.placed(subject, drawn)
        if placed is None:
            return -ENDLESS, ENDLESS
        middles = [placed[0] * side for side in ((placed[2],) if placed[2] else (-1, 1))]
        return min(middles) - placed[1], max(middles) + placed[1]

    def exempt(self, exemption: m.Exemption, party: str, subject: str, row: Row) -> Both:
        if exemption.site:
            return within(self.inside(subject, exemption.site, row), 0, ENDLESS)
        return self.entered(exemption, party, subject, row)

    def entered(self, exemption: m.Exemption, party: str, subject: str, row: Row) -> Both:
        """Whether the register surely, possibly holds an entry for this happening; no party: anybody's."""
        surely = possibly = False
        for entry in self.entries(exemption, party):
            parts = [within(self.hours(row), *seconds(entry))]
            parts.append((self.decided(entry, exemption), True))
            if exemption.to:
                parts.append(self.ahead(entry, exemption, row))
            if entry["act"]:
                parts.append(word(str(row["act"]), [str(entry["act"])]))
            if entry["zone"]:
                parts.append(within(self.inside(subject, str(entry["zone"]), row), 0, ENDLESS))
            if entry["weapon_class"]:
                covered = leaves_of(str(entry["weapon_class"]))
                may_be = leaves_of(str(row["weapon_class"])) or set(WEAPON_LEAVES)
                parts.append((may_be <= covered, bool(may_be & covered)))
            surely = surely or all(s for s, _ in parts)
            possibly = possibly or all(p for _, p in parts)
        return surely, possibly

    def ahead(self, entry: Row, exemption: m.Exemption, row: Row) -> Both:
        """Whether it reached the right body early enough; what the register does not say may be so."""
        first, last = self.hours(row)
        sure, may = given(entry)
        surely = entry["given_to"] == exemption.to and sure + exemption.lead_s <= first
        possibly = entry["given_to"] in ("", exemption.to) and may + exemption.lead_s <= last
        return surely, possibly

    def entries(self, exemption: m.Exemption, party: str) -> list[Row]:
        return [
            entry
            for entry in self.notices
            if entry["register"] == exemption.register
            and party in ("", entry["party"])
            and entry["status"] != "refused"
        ]

    @staticmethod
    def decided(entry: Row, exemption: m.Exemption) -> bool:
        if exemption.to and not exemption.decider:
            return True
        return entry["status"] == "granted" and exemption.decider in ("", entry["decided_by"])

    # --- one world at a time --------------------------------------------------------------------------------

    def holds(self, key: Key, truth: Truth) -> bool:
        """Whether a rule holds, everything being known."""
        clause, party, reading, outcome = self.clauses[key[0]], *key[1:]
        form = next((each for each in clause.outcomes if each.name == outcome), clause)
        first, last = self.bounds(clause, party, reading, form.places)
        kinds = [kind for name in clause.objects for kind in self.things.get(name, (name,))]
        scope = dict(truth.scope)
        body = (
            first <= truth.time_s <= last
            and truth.count >= 1
            and truth.act in clause.acts
            and (not clause.weapons or any(self.covers(name, truth.weapon, scope) for name in clause.weapons))
            and (not clause.objects or truth.thing in kinds)
            and all(self.stands(place, party, truth) for place in form.places)
            and (not clause.gate or self.excused(self.opens(clause.gate), "", truth))
        )
        lifted = self.suspensions(clause, party)
        if not body or any(self.excused(each, party, truth) for each in (*form.exemptions, *lifted)):
            return False
        if outcome:
            return True
        return not any(self.holds(over, truth) for over in self.prevailing(key, truth))

    def prevailing(self, key: Key, truth: Truth) -> Iterator[Key]:
        """The rules that override this one if the disputes are settled as `truth` has it."""
        for clause in self.mandate.clauses:
            if key[0] in clause.overrides and key[1] in clause.parties:
                settled = dict(truth.readings).get(clause.during)
                yield clause.name, key[1], f"{clause.during}={settled}" if settled else "", ""

    def covers(self, name: str, weapon: Weapon, scope: dict[str, bool]) -> bool:
        if name not in self.weapons:
            return weapon.leaf in leaves_of(name) or weapon.system == name
        item = self.weapons[name]
        if any(self.covers(each, weapon, scope) for each in item.disputed):
            member = scope[name]
        else:
            member = any(self.covers(each, weapon, scope) for each in item.members)
        high_mm = ENDLESS if item.calibre_hi_mm is None else item.calibre_hi_mm
        return (
            member
            and (item.calibre_lo_mm or 0) <= weapon.calibre_mm <= high_mm
            and not any(self.covers(each, weapon, scope) for each in item.excepted)
        )

    def stands(self, place: m.Place, party: str, truth: Truth) -> bool:
        name, far_mm = self.feature(place, party), place.distance_m * 1_000
        drawn = name, self.drawing(name, truth.time_s)
        if place.kind == "across":
            return dict(truth.side)[drawn] == (-1 if self.lines[name].left == party else 1)
        if name in self.zones:
            near = dict(truth.inside_mm)[drawn] >= -far_mm
            return near if place.kind in ("in", "within") else not near
        near = dict(truth.far_mm)[drawn] <= far_mm
        return near if place.kind == "within" else not near

    def excused(self, exemption: m.Exemption, party: str, truth: Truth) -> bool:
        def is_in(zone: str) -> bool:
            return dict(truth.inside_mm)[zone, self.drawing(zone, truth.time_s)] >= 0

        if exemption.site:
            return is_in(exemption.site)
        known = dict(truth.entries)
        for entry in self.entries(exemption, party):
            consented, given_s, given_to = known[self.notices.index(entry)]
            first, last = seconds(entry)
            if (
                (consented or self.decided(entry, exemption))
                and (not exemption.to or (given_to == exemption.to and given_s + exemption.lead_s <= truth.time_s))
                and first <= truth.time_s <= last
                and entry["act"] in ("", truth.act)
                and (not entry["zone"] or is_in(str(entry["zone"])))
                and (not entry["weapon_class"] or truth.weapon.leaf in leaves_of(str(entry["weapon_class"])))
            ):
                return True
        return False

    def completions(self, key: Key, subject: str, row: Row) -> tuple[int, Iterator[Truth]]:
        """How many, and which, ways the happening may have been that this rule could tell apart."""
        clauses = self.concerned(key[0])
        forms = [form for clause in clauses for form in (clause, *clause.outcomes)]
        seen = {self.feature(place, key[1]) for form in forms for place in form.places}
        seen |= {str(entry["zone"]) for entry in self.notices} | {e.site for form in forms for e in form.exemptions}
        zones = [each for zone in sorted(self.zones & seen) for each in self.drawn(zone, row)]
        lines = [each for line in sorted(self.lines.keys() & seen) for each in self.drawn(line, row)]
        scopes = sorted(name for name in self.weapons if self.weapons[name].disputed)
        armed = any(clause.weapons for clause in clauses) or any(entry["weapon_class"] for entry in self.notices)
        things = any(clause.objects for clause in clauses)
        choices = [
            spread(*self.hours(row), self.limits_s()),
            spread(*count(row), {1}),
            [str(row["act"])] if row["act"] else list(ACTS),
            list(OBJECTS) if things and not row["object_kind"] else [str(row["object_kind"])],
            list(self.weapons_it_may_be(row))[: None if armed else 1],
            *(named(zone, spread(*self.inside_of(subject, zone), self.limits_mm())) for zone in zones),
            *(named(line, spread(*self.far(subject, line), self.limits_mm())) for line in lines),
            *(named(line, sorted(self.sides(subject, line))) for line in lines),
            *(named(number, self.ways_of(entry, clauses, key[1], row)) for number, entry in enumerate(self.notices)),
            *(named(name, self.readings_left(name, key[2])) for name in sorted(self.disputes)),
            *(named(name, (False, True)) for name in scopes),
        ]
        widths = (5, len(zones), len(lines), len(lines), len(self.notices), len(self.disputes))
        return math.prod(map(len, choices)), self._truths(choices, list(itertools.accumulate(widths)))

    def ways_of(self, entry: Row, clauses: list[m.Clause], party: str, row: Row) -> list[tuple[bool, int, str]]:
        """What an entry may turn out to be: consented to or not; given when, and to whom, where a rule asks that."""
        asked = [each for clause in clauses for form in (clause, *clause.outcomes) for each in form.exemptions]
        asked += [self.opens(clause.gate) for clause in clauses if clause.gate]
        asked += [each for clause in clauses for each in self.suspensions(clause, party)]
        asked = [each for each in asked if each.register == entry["register"]]
        consents = [False, True] if any(not self.decided(entry, each) for each in asked) else [True]
        ahead = [each for each in asked if each.to]
        late, early = given(entry)
        limits = {second - each.lead_s for second in self.hours(row) for each in ahead}
        moments = spread(early, late, limits) if ahead else [0]
        unsaid = not entry["given_to"] and ahead
        bodies = sorted({"nobody", *(each.to for each in ahead)}) if unsaid else [str(entry["given_to"])]
        return list(itertools.product(consents, moments, bodies))

    @staticmethod
    def _truths(choices: list[list[object]], stops: list[int]) -> Iterator[Truth]:
        for way in itertools.product(*choices):
            parts = [tuple(way[a:b]) for a, b in itertools.pairwise((*stops, len(way)))]
            yield Truth(*way[:5], *parts)

    def concerned(self, name: str) -> list[m.Clause]:
        """A clause, and all that prevail over it."""
        found = [self.clauses[name]]
        for clause in self.mandate.clauses:
            found += self.concerned(clause.name) if name in clause.overrides else []
        return found

    def readings_left(self, dispute: str, reading: str) -> list[str]:
        """Under a reading of a dispute that dispute is settled; others stay open."""
        name, _, settled = reading.partition("=")
        return [settled] if name == dispute else list(self.disputes[dispute])

    def weapons_it_may_be(self, row: Row) -> Iterator[Weapon]:
        limits = {item.calibre_lo_mm for item in self.weapons.values()}
        limits |= {item.calibre_hi_mm for item in self.weapons.values()}
        for leaf in sorted(leaves_of(str(row["weapon_class"])) or WEAPON_LEAVES):
            alike = [slug for slug, known in CLASS_OF.items() if known == leaf]
            for system in [str(row["weapon_system"])] if row["weapon_system"] else [*alike, UNLISTED]:
                for calibre_mm in spread(*calibre(row), {each for each in limits if each is not None}):
                    yield Weapon(system, leaf, calibre_mm)

    def limits_s(self) -> set[int]:
        """Seconds at which an answer may change."""
        found = {second for entry in self.notices for second in seconds(entry)}
        found |= {each.from_s for item in self.features.values() for each in item.later}
        leads_s = {each.lead_s for clause in self.clauses.values() for each in clause.exemptions if each.to}
        found |= {second + lead_s for entry in self.notices for second in given(entry) for lead_s in leads_s}
        for clause, party, reading, outcome in self.keys():
            form = next((each for each in self.clauses[clause].outcomes if each.name == outcome), self.clauses[clause])
            found |= set(self.bounds(self.clauses[clause], party, reading, form.places))
        return found

    def limits_mm(self) -> set[int]:
        places = [place for clause in self.mandate.clauses for place in clause.places]
        places += [p for clause in self.mandate.clauses for each in clause.outcomes for p in each.places]
        return {sign * 1_000 * place.distance_m for place in places for sign in (-1, 1)} | {0}


def within(span: tuple[int, int], low: int, high: int) -> Both:
    """Whether all, and whether any, of a closed span lies between two closed ends."""
    return low <= span[0] and span[1] <= high, not (span[1] < low or span[0] > high)


def word(fact: str, wanted: tuple[str, ...] | list[str]) -> Both:
    return (fact in wanted, True) if not fact else (fact in wanted, fact in wanted)


def any_of(parts: list[Both]) -> Both:
    return any(s for s, _ in parts), any(p for _, p in parts)


def count(row: Row) -> tuple[int, int]:
    low, high = row["count_lo"], row["count_hi"]
    return (1 if low is None else int(low)), (ENDLESS if high is None else int(high))


def at_least_one(row: Row) -> Both:
    return within(count(row), 1, ENDLESS)


def calibre(row: Row) -> tuple[int, int]:
    low, high = row["calibre_lo_mm"], row["calibre_hi_mm"]
    return (0 if low is None else int(low)), (ENDLESS if high is None else int(high))


def leaves_of(name: str) -> set[str]:
    """Leaf classes under a class or group; none for anything else."""
    return set(WEAPON_GROUPS.get(name, {name} & set(WEAPON_LEAVES)))


def seconds(entry: Row) -> tuple[int, int]:
    last = entry["latest_at_us"]
    return int(entry["earliest_at_us"]) // 1_000_000, ENDLESS if last is None else int(last) // 1_000_000


def given(entry: Row) -> tuple[int, int]:
    """The last and the first second at which an entry may have been given; any, where that is not said."""
    last, first = entry["given_latest_at_us"], entry["given_earliest_at_us"]
    return (ENDLESS if last is None else int(last) // 1_000_000), (
        -ENDLESS if first is None else int(first) // 1_000_000
    )


def spread(low: int, high: int, limits: set[int]) -> list[int]:
    """All of a short span; of a long one its ends and whatever lies next to a limit."""
    if high - low <= 6:
        return list(range(low, high + 1))
    beside = {low, high} | {limit + off for limit in limits for off in (-1, 0, 1)}
    return sorted(each for each in beside if low <= each <= high)


def named(name: object, choices: object) -> list[tuple[object, object]]:
    return [(name, each) for each in choices]


# --- verdicts -----------------------------------------------------------------------------------------------


class Court:
    """Verdicts on prohibitions, event by event, from the planes above: pages 7, 1 and 5."""

    def __init__(self, reference: Reference, observations: list[Row], sources: dict[str, object]) -> None:
        self.reference, self.sources = reference, sources
        self.observations = {row["observation_id"]: row for row in observations}
        self.standards = {item.name: item for item in reference.mandate.standards}

    def findings(self, events: list[Row]) -> dict[tuple[Key, str], tuple[str, set[str]]]:
        """(rule, event) -> verdict and the reasons that may be given for it."""
        found = {}
        for row in events:
            planes = self.reference.planes(row["event_id"], row)
            for key in planes:
                clause = self.reference.clauses[key[0]]
                if clause.modality == "prohibited" and not key[3] and self.concerned(key, row):
                    found[key, row["event_id"]] = self.verdict(key, row, planes)
        return found

    def concerned(self, key: Key, row: Row) -> bool:
        """It may be this party's, and act, weapon, object, number and time possibly fit; the place may not."""
        reference, clause = self.reference, self.reference.clauses[key[0]]
        fits = [reference.time(clause, key[1], key[2], clause.places, row), at_least_one(row)]
        fits.append(word(str(row["act"]), clause.acts))
        if clause.weapons:
            fits += [(False, any(reference.weapon_item(reference.weapons[name], row)[1] for name in clause.weapons))]
        if clause.objects:
            kinds = [kind for name in clause.objects for kind in reference.things.get(name, (name,))]
            fits.append(word(str(row["object_kind"]), kinds))
        return (not row["parties"] or key[1] in row["parties"]) and all(possibly for _, possibly in fits)

    def verdict(self, key: Key, row: Row, planes: dict[Key, Both]) -> tuple[str, set[str]]:
        surely, possibly = planes[key]
        if not possibly:
            return "no_breach", {""}
        if not surely:
            return "undetermined", {"measurement", "unknown-fact", "exemption-pending", "scope-disputed"}
        if any(self.prevails(key, other, planes) for other in self.reference.mandate.clauses):
            return "undetermined", {"conflict"}
        if not self.proven(key, row):
            return "undetermined", {"evidence", "one-sided"}
        return "breach", {""}

    @staticmethod
    def prevails(key: Key, other: m.Clause, planes: dict[Key, Both]) -> bool:
        """Whether a clause of opposite modality surely holds as well, in the same reading or in all of its own."""
        if other.modality not in ("allowed", "required"):
            return False
        theirs = [each for each in planes if each[:2] == (other.name, key[1]) and not each[3]]
        agreeing = [each for each in theirs if each[2] == key[2]] or theirs
        return bool(agreeing) and all(planes[each][0] for each in agreeing)

    def proven(self, key: Key, row: Row) -> bool:
        """k independent groups, each possibly satisfying every atom; one by the listed means."""
        standard = self.standards.get(self.reference.clauses[key[0]].standard, m.Standard(name="", groups=1))
        groups, means = set(), set()
        for name in row["members"]:
            seen = self.observations[name]
            source = self.sources[seen["source_id"]]
            counts = (
                source.kind == "mission"
                or (source.kind == "media" and "media" in standard.counting)
                or (source.kind == "party_record" and source.party == key[1] and "admissions" in standard.counting)
            )
            sure_enough = (seen["confidence_permille"] or 0) >= standard.confidence_permille
            if counts and sure_enough and self.reference.rule(key, name, seen)[1]:
                groups.add(source.group or source.id)
                means.add(seen["means"])
        return len(groups) >= standard.groups and (not standard.means or bool(means & set(standard.means)))
