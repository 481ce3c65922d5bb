"""Every name in a mandate must be declared once and used as what it is.

Sorts a rule's names into parties, acts, weapons.
"""

import difflib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Protocol

from truceline.base.errors import MandateNameError
from truceline.mandate.parse.actors import resolve_actors
from truceline.mandate.parse.tree import shown
from truceline.model import mandate as m
from truceline.model.catalogue import BY_SLUG
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS, WEAPON_CLASSES

ANY = "any"
COUNTING = ("media", "admissions")
STANDARDS_TOO = "confirmed"  # a word of the language that an evidence standard, and nothing else, may have as its name
DEEPEST = 16  # levels of weapons within weapons, or of clauses that override each other: more cannot be read
FOLLOWED_MOST = 100_000  # names that an item comes to, once every item in it is followed down
CONDITIONS_MOST = 500_000  # of all rules of a mandate, which are as many as clauses x parties x readings
COMPARED_MOST = 1_000  # names that a misspelt one is compared with
LISTED_MOST = 20  # names in a message


class Spots(Protocol):
    """What the text has at the places where names stand in it."""

    def place(self, item: str, name: str) -> str:
        """File, line and column where an item (say `clause C1`) first uses a name."""
        ...

    def keyword(self, item: str, name: str) -> str:
        """The word of the language that may have been meant by a name of an item; empty: none is near."""
        ...


def resolve_names(mandate: m.Mandate, spots: Spots, *, source: str) -> m.Mandate:
    """The same mandate with every clause's parties, acts and weapons told apart.

    Raises: MandateNameError: unknown, declared twice, or used as something it is not; with place and nearest name.
    """
    resolver = _Resolver(mandate, spots, source)
    resolver.declared_once()
    resolver.items()
    resolver.versions()
    resolver.periods()
    clauses = tuple(resolver.clause(clause) for clause in mandate.clauses)
    domains = tuple(resolver.domain(domain) for domain in mandate.domains)
    resolver.watches()
    resolver.no_circle("overrides", {clause.name: clause.overrides for clause in clauses}, "clause")
    resolve_actors(resolver)
    resolver.conditions(clauses)
    return replace(mandate, clauses=clauses, domains=domains)


class _Resolver:
    def __init__(self, mandate: m.Mandate, spots: Spots, source: str) -> None:
        self.mandate, self.spots, self.source = mandate, spots, source
        self.parties = {item.name for item in mandate.parties}
        self.bodies = {item.name for item in mandate.bodies}
        self.actors = self.parties | self.bodies
        self.lines = {item.name for item in mandate.lines}
        self.zones = {item.name for item in mandate.zones}
        self.features = self.lines | self.zones
        self.sites = {item.name for item in mandate.zones if item.verifier}
        self.weapons = {item.name for item in mandate.weapons}
        self.objects = {item.name for item in mandate.objects} | set(OBJECTS)
        self.clauses = {item.name for item in mandate.clauses}
        self.standards = {item.name for item in mandate.standards}
        self.disputes = {item.name for item in mandate.disputes}
        self.gates = {item.name for item in mandate.gates}
        self.responses = {item.name for item in mandate.responses}
        self.suspensions = {item.name for item in mandate.suspensions}
        self.bare = {each.name for each in self.mandate.parties if not each.baseline}
        self.follows: dict[str, int] = {}  # how many names each weapons item or body comes to

    def fail(self, item: str, name: str, problem: str, known: Iterable[str], remedy: str = "") -> MandateNameError:
        """The error for `name` as `item` (say "clause C1") uses it, with its place and the nearest known name."""
        return MandateNameError(
            problem, subject=self.spots.place(item, name), remedy=remedy or self.hint(item, name, known)
        )

    def hint(self, item: str, name: str, known: Iterable[str]) -> str:
        """What may have been meant: a known name, or a word of the language where that is nearer."""
        alike = sorted(known, key=lambda each: (abs(len(each) - len(name)), each))[:COMPARED_MOST]
        near = [*difflib.get_close_matches(name, alike, n=1, cutoff=0.5)]
        keyword = self.spots.keyword(item, name)
        if keyword and (not near or _likeness(name.lower(), keyword) > _likeness(name, near[0])):
            return f"Did you mean the word {keyword!r}?"
        if near:
            return f"Did you mean {near[0]!r}?"
        more = ", …" if len(alike) > LISTED_MOST else ""
        return f"Known: {', '.join(sorted(alike)[:LISTED_MOST])}{more}." if alike else "None is declared."

    def known(self, item: str, names: Iterable[str], what: str, known: Collection[str]) -> None:
        """Each of `names` is one of `known`, or the error says what was expected."""
        for name in names:
            if name and name not in known:
                raise self.fail(item, name, f"{name!r} in {item} is not {what}.", known)

    def declared_once(self) -> None:
        seen: dict[str, str] = {ANY: "a word of the language"} | dict.fromkeys(ACTS, "an act")
        seen |= dict.fromkeys(m.ROLES, "a role that attribution binds")
        kinds: tuple[tuple[str, tuple[m.Named, ...]], ...] = (
            ("party", self.mandate.parties),
            ("body", self.mandate.bodies),
            ("line", self.mandate.lines),
            ("zone", self.mandate.zones),
            ("weapons", self.mandate.weapons),
            ("objects", self.mandate.objects),
            ("standard", self.mandate.standards),
            ("dispute", self.mandate.disputes),
            ("gate", self.mandate.gates),
            ("domain", self.mandate.domains),
            ("clause", self.mandate.clauses),
            ("watch", self.mandate.watches),
            ("response", self.mandate.responses),
            ("suspension", self.mandate.suspensions),
        )
        for kind, items in kinds:
            vocabulary = {"weapons": (*WEAPON_CLASSES, *BY_SLUG), "objects": OBJECTS}.get(kind, ())
            for item in items:
                if item.name == STANDARDS_TOO and kind != "standard":
                    vocabulary = (*vocabulary, STANDARDS_TOO)
                taken = "a word that means something already" if item.name in vocabulary else seen.get(item.name)
                if taken:
                    problem = f"{item.name!r} names {kind} here, but it already is {taken}."
                    at = f"{self.source}, line {item.line}, column 1"
                    raise MandateNameError(problem, subject=at, remedy="Give one of them another name.")
                seen[item.name] = f"{kind}, line {item.line}"
        inside: list[tuple[str, tuple[m.Reading | m.FurtherOutcome, ...]]] = [
            *((f"dispute {dispute.name}", dispute.readings) for dispute in self.mandate.disputes),
            *((f"clause {clause.name}", clause.outcomes) for clause in self.mandate.clauses),
        ]
        for item_name, parts in inside:
            self.each_once(item_name, [part.name for part in parts])

    def each_once(self, item: str, names: Collection[str], where: str = "") -> None:
        """No name twice within one item, or one part of it."""
        if len(set(names)) < len(names):
            name = next(name for name, times in Counter(names).items() if times > 1)
            raise self.fail(item, name, f"{name!r} stands twice in {where or item}.", (), "Take one of them away.")

    def items(self) -> None:
        """Everything but the clauses."""
        systems = set(WEAPON_CLASSES) | set(BY_SLUG) | self.weapons
        for party in self.mandate.parties:
            self.known(f"party {party.name}", [party.baseline], "a line", self.lines)
        for body in self.mandate.bodies:
            self.known(f"body {body.name}", body.members, "a party or a body", self.actors)
            self.known(f"body {body.name}", body.means, "a means of observation", MEANS)
            self.each_once(f"body {body.name}", body.means)
        for line in self.mandate.lines:
            self.known(f"line {line.name}", [line.left, line.right], "a party", self.parties)
            self.each_once(f"line {line.name}", [side for side in (line.left, line.right) if side])
        for zone in self.mandate.zones:
            self.known(f"zone {zone.name}", [zone.verifier], "a body", self.bodies)
        for gate in self.mandate.gates:
            self.known(f"gate {gate.name}", [gate.verifier], "a body", self.bodies)
        for weapons in self.mandate.weapons:
            for names in (weapons.members, weapons.excepted, weapons.disputed):
                self.known(f"weapons {weapons.name}", names, "a weapon class, group or system", systems)
                self.each_once(f"weapons {weapons.name}", names)
        uses = {item.name: (*item.members, *item.excepted, *item.disputed) for item in self.mandate.weapons}
        self.no_circle("uses", uses, "weapons")
        self.followed(uses, "weapons")
        self.standards_and_objects()

    def standards_and_objects(self) -> None:
        """What may be hit, and what proves it."""
        for objects in self.mandate.objects:
            self.known(f"objects {objects.name}", objects.members, "a kind of object", OBJECTS)
            self.each_once(f"objects {objects.name}", objects.members)
        for standard in self.mandate.standards:
            self.known(f"standard {standard.name}", standard.means, "a means of observation", MEANS)
            self.known(f"standard {standard.name}", standard.counting, "a kind that may count", COUNTING)
            self.each_once(f"standard {standard.name}", standard.means)
            self.each_once(f"standard {standard.name}", standard.counting)
            if standard.groups < 1 or standard.confidence_permille > 1_000:
                item = f"standard {standard.name}"
                problem = f"{standard.name!r} needs at least 1 source and a confidence of at most 1.0."
                raise self.fail(item, standard.name, problem, (), "Mend the numbers.")

    def versions(self) -> None:
        """Every later drawing comes after the one it replaces, and before the feature's own end."""
        for kind, features in (("line", self.mandate.lines), ("zone", self.mandate.zones)):
            for feature in features:
                before_s = feature.period.from_s
                for version in feature.later:
                    ended = feature.period.until_s is not None and version.from_s >= feature.period.until_s
                    if ended or (before_s is not None and version.from_s <= before_s):
                        drawing = f"{kind} {feature.name}: the drawing {shown(version.path)!r}"
                        problem = f"{drawing} replaces none that came before it."
                        remedy = "Write the drawings in the order of their dates, each beginning before until."
                        raise self.fail(f"{kind} {feature.name}", feature.name, problem, (), remedy)
                    before_s = version.from_s

    def periods(self) -> None:
        """No stated period ends before it begins: nothing could ever match it."""
        stated = [
            *((f"party {each.name}", each.name, each.period) for each in self.mandate.parties),
            *((f"line {each.name}", each.name, each.period) for each in self.mandate.lines),
            *((f"zone {each.name}", each.name, each.period) for each in self.mandate.zones),
            *((f"clause {each.name}", each.name, each.period) for each in self.mandate.clauses),
            *((f"domain {each.name}", each.name, each.period) for each in self.mandate.domains),
            *((f"watch {each.name}", each.name, each.period) for each in self.mandate.watches),
            *(
                (f"dispute {dispute.name}", reading.name, reading.period)
                for dispute in self.mandate.disputes
                for reading in dispute.readings
            ),
        ]
        for item, name, period in stated:
            if period.from_s is not None and period.until_s is not None and period.from_s >= period.until_s:
                problem = f"{name!r} in {item} ends before it begins: nothing could match it."
                raise self.fail(item, name, problem, (), "Mend from and until; until is the first moment outside.")

    def clause(self, clause: m.Clause) -> m.Clause:
        item = f"clause {clause.name}"
        parties, acts, weapons = self.told_apart(item, clause.name, clause.parties)
        if not parties:
            raise self.fail(item, clause.name, f"{item} names no party.", self.parties)
        sorted_names = replace(clause, parties=parties, acts=acts, weapons=weapons)
        self.known(item, clause.objects, "a class of objects", self.objects)
        self.each_once(item, clause.objects)
        self.known(item, clause.overrides, "a clause", self.clauses)
        self.each_once(item, clause.overrides)
        self.known(item, [clause.during], "a dispute", self.disputes)
        self.known(item, [clause.standard], "an evidence standard", self.standards)
        self.known(item, [clause.gate], "a gate", self.gates)
        self.known(item, [clause.response], "a response", self.responses)
        for places, exemptions in [
            (clause.places, clause.exemptions),
            *((further.places, further.exemptions) for further in clause.outcomes),
        ]:
            self.places(item, parties, places)
            self.known(item, [e.decider for e in exemptions], "a body or a party", self.actors)
            self.known(item, [e.to for e in exemptions], "a body or a party", self.actors)
            self.known(item, [e.site for e in exemptions], 'a site (site NAME "file" verified by BODY)', self.sites)
            self.registers(item, exemptions)
        self.shape(item, clause)
        return sorted_names

    def domain(self, domain: m.Domain) -> m.Domain:
        item = f"domain {domain.name}"
        parties, acts, weapons = self.told_apart(item, domain.name, domain.parties)
        self.known(item, domain.objects, "a class of objects", self.objects)
        self.each_once(item, domain.objects)
        bound = parties or tuple(each.name for each in self.mandate.parties)
        self.places(item, bound, domain.places)
        return replace(domain, parties=parties, acts=acts, weapons=weapons)

    def watches(self) -> None:
        """What must be looked at is declared, and so is by what."""
        for watch in self.mandate.watches:
            item = f"watch {watch.name}"
            self.known(item, watch.clauses, "a clause", self.clauses)
            self.each_once(item, watch.clauses)
            self.known(item, [watch.feature], "a zone or a site", self.zones)
            self.known(item, watch.means, "a means of observation", MEANS)
            self.each_once(item, watch.means)

    def told_apart(
        self, item: str, item_name: str, names: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """`UAF AFC present HEAVY` into two parties, one act, one weapons class."""
        self.each_once(item, names)
        parties = tuple(name for name in names if name in self.parties)
        acts = tuple(name for name in names if name in ACTS)
        weapons = tuple(name for name in names if name in self.weapons)
        if len(parties) + len(acts) + len(weapons) + (ANY in names) < len(names):
            known = self.parties | set(ACTS) | self.weapons | {ANY}
            name = next(name for name in names if name not in known)
            if name.lower() in ("and", "or"):
                problem = f"{name!r} in {item} joins nothing."
                raise self.fail(item, name, problem, (), "Names stand beside each other: UAF AFC present HEAVY.")
            raise self.fail(item, name, f"{name!r} in {item} is no party, act or weapons class.", known)
        if not acts:
            raise self.fail(item, item_name, f"{item} names no act.", ACTS)
        return parties, acts, weapons

    def places(self, item: str, parties: tuple[str, ...], places: tuple[m.Place, ...]) -> None:
        """Every feature is known and of the right kind, and every party has the baseline and side it is measured by."""
        item_name = item.partition(" ")[2]
        for place in places:
            if place.feature == m.BASELINE and place.kind in ("within", "beyond", "across"):
                for name in parties:
                    if name in self.bare:
                        problem = f"{item} measures from the baseline of {name}, which declares none."
                        raise self.fail(item, item_name, problem, (), f'Write: party {name} "…" baseline LINE.')
            elif place.kind in ("in", "outside"):
                self.known(item, [place.feature], "a zone", self.zones)
            elif place.kind == "across":
                self.known(item, [place.feature], "a line", self.lines)
            else:
                self.known(item, [place.feature], "a line or a zone", self.features)
            if place.kind == "across":
                self.sides(item, parties, place)

    def sides(self, item: str, parties: tuple[str, ...], place: m.Place) -> None:
        """Across a line means something only for a party that has a side of it."""
        lines = {line.name: line for line in self.mandate.lines}
        for party in self.mandate.parties:
            line = lines.get(party.baseline if place.feature == m.BASELINE else place.feature)
            if party.name in parties and line and party.name not in (line.left, line.right):
                problem = f"{item} speaks of crossing {line.name}, of which no side is {party.name}'s."
                remedy = f'Write: line {line.name} "…" left {party.name} right OTHER.'
                raise self.fail(item, item.partition(" ")[2], problem, (), remedy)

    def shape(self, item: str, clause: m.Clause) -> None:
        """What each modality needs and excludes."""
        wanted = {
            (
                clause.limit is not None,
                clause.modality == "limited",
            ): "`limited` takes `to N events per 24h`, and only it does.",
            (
                clause.by_s is not None,
                clause.modality == "required",
            ): "`required` takes `by DATE`, and only it does.",
        }
        for (has, should), problem in wanted.items():
            if has != should:
                raise self.fail(item, clause.name, f"{item}: {problem}", (), "Add or remove it.")
        if clause.modality == "required" and clause.exemptions:
            problem = f"{item}: `required` takes no `unless`: a register takes acts out of a clause, it lifts no duty."
            raise self.fail(item, clause.name, problem, (), "Leave it out, or write a later deadline.")
        if clause.limit and clause.limit.window_s is not None and clause.limit.window_s <= 0:
            raise self.fail(item, clause.name, f"{item} counts over no time at all.", (), "Write a window above zero.")
        if clause.limit and clause.limit.window_s is None and clause.limit.unit == "events":
            problem = f"{item} counts events at once: an event happens, only items are there at once."
            raise self.fail(item, clause.name, problem, (), "Write items at once, or events per 24h.")

    def no_circle(self, verb: str, uses: dict[str, tuple[str, ...]], kind: str) -> None:
        """No item that leads back to itself, and none more than DEEPEST deep."""
        depths: dict[str, int] = {}

        def depth(name: str, path: tuple[str, ...]) -> int:
            if name in path:
                circle = f" {verb} ".join([*path[path.index(name) :], name])
                raise self.fail(f"{kind} {name}", name, f"a circle: {circle}.", (), "Break it at one place.")
            if name in uses and name not in depths:
                deep = len(path) >= DEEPEST
                depths[name] = 1 + max((depth(each, (*path, name)) for each in uses[name] if not deep), default=0)
                if deep or depths[name] > DEEPEST:
                    problem = f"{kind} {name} is one of a chain of more than {DEEPEST}, each of which {verb} the next."
                    raise self.fail(f"{kind} {name}", name, problem, (), "Name what is meant more directly.")
            return depths.get(name, 0)

        for name in uses:
            depth(name, ())

    def followed(self, uses: dict[str, tuple[str, ...]], kind: str) -> None:
        """No item that comes to too many names; `uses` has no circle."""
        sizes: dict[str, int] = {}

        def size(name: str) -> int:
            if name not in sizes:
                sizes[name] = 1 + sum(size(each) for each in uses.get(name, ()))
            return sizes[name]

        for name in uses:
            if size(name) > FOLLOWED_MOST:
                problem = f"{kind} {name} comes to {size(name):,} names once all in it are followed down;"
                problem += f" {FOLLOWED_MOST:,} are the most."
                raise self.fail(f"{kind} {name}", name, problem, (), "Name what is meant more directly.")
        self.follows |= sizes

    def registers(self, item: str, exemptions: tuple[m.Exemption, ...]) -> None:
        """No exemption stands twice, and no register is called like a suspension, which has a register of its own."""
        for exemption, times in Counter(exemptions).items():
            name = exemption.register or exemption.site
            if times > 1:
                raise self.fail(item, name, f"unless {name} stands twice in {item}.", (), "Take one of them away.")
            if name in self.suspensions:
                problem = f"{name!r} in {item} is a suspension: whoever decides it lifts the clauses that it names."
                raise self.fail(item, name, problem, (), "Give the register another name, or leave it out.")

    def conditions(self, clauses: tuple[m.Clause, ...]) -> None:
        """No more conditions than can be worked out. Each clause has some for each party, reading and outcome."""
        readings = {dispute.name: len(dispute.readings) for dispute in self.mandate.disputes}
        lifted = Counter(name for each in self.mandate.suspensions for name in each.clauses)
        taken = {clause.name: len(clause.parties) * readings.get(clause.during, 1) for clause in clauses}
        total = 0
        for clause in clauses:
            common = 3 + lifted[clause.name] + sum(self.follows[name] for name in clause.weapons) + len(clause.objects)
            forms: list[m.Clause | m.FurtherOutcome] = [clause, *clause.outcomes]
            own = sum(common + len(form.places) + len(form.exemptions) for form in forms)
            total += taken[clause.name] * (own + sum(taken[name] for name in clause.overrides))
            if total > CONDITIONS_MOST:
                problem = f"with clause {clause.name} the text comes to more than {CONDITIONS_MOST:,} conditions:"
                problem += " one for each place, exemption, suspension and weapon of each clause, party and reading."
                remedy = "Split it into several mandates, or put fewer parties, readings or places into one clause."
                raise self.fail(f"clause {clause.name}", clause.name, problem, (), remedy)


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
