"""Every name in a mandate must be declared once and used as what it is.

Sorts a rule's names into parties, acts, weapons.
"""

import difflib
from collections.abc import Iterable
from dataclasses import replace

from truceline.base.errors import MandateNameError
from truceline.model import mandate as m
from truceline.model.catalogue import BY_SLUG
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS, WEAPON_CLASSES

ANY = "any"
COUNTING = ("media", "admissions")
DEEPEST = (
    16  # levels of weapons within weapons, or of clauses that override each other: more cannot be read, or worked out
)
Spots = dict[tuple[str, str], tuple[int, int]]


def resolve_names(mandate: m.Mandate, spots: Spots, *, source: str) -> m.Mandate:
    """The same mandate with every clause's parties, acts and weapons told apart.

    Raises: MandateNameError: unknown, declared twice, or used as something it is not; with place and nearest name.
    """
    resolver = _Resolver(mandate, spots, source)
    resolver.declared_once()
    resolver.items()
    resolver.periods()
    clauses = tuple(resolver.clause(clause) for clause in mandate.clauses)
    resolver.no_circle("overrides", {clause.name: clause.overrides for clause in clauses}, "clause")
    return replace(mandate, clauses=clauses)


class _Resolver:
    def __init__(self, mandate: m.Mandate, spots: Spots, source: str) -> None:
        self.mandate, self.spots, self.source = mandate, spots, source
        self.parties = {item.name for item in mandate.parties}
        self.bodies = {item.name for item in mandate.bodies}
        self.lines = {item.name for item in mandate.lines}
        self.zones = {item.name for item in mandate.zones}
        self.weapons = {item.name for item in mandate.weapons}
        self.objects = {item.name for item in mandate.objects}
        self.clauses = {item.name for item in mandate.clauses}
        self.standards = {item.name for item in mandate.standards}
        self.disputes = {item.name for item in mandate.disputes}

    def fail(self, item: str, name: str, problem: str, known: Iterable[str], remedy: str = "") -> MandateNameError:
        """The error for `name` as `item` (say "clause C1") uses it, with its place and the nearest known name."""
        line, column = self.spots.get((item, name), (0, 0))
        choices = sorted(known)
        near = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
        hint = (
            f"Did you mean {near[0]!r}?"
            if near
            else (f"Known: {', '.join(choices)}." if choices else "None is declared.")
        )
        return MandateNameError(problem, subject=f"{self.source}, line {line}, column {column}", remedy=remedy or hint)

    def known(self, item: str, names: Iterable[str], what: str, known: Iterable[str]) -> None:
        """Each of `names` is one of `known`, or the error says what was expected."""
        choices = set(known)
        for name in names:
            if name and name not in choices:
                raise self.fail(item, name, f"{name!r} in {item} is not {what}.", choices)

    def declared_once(self) -> None:
        seen: dict[str, str] = {ANY: "a word of the language"} | dict.fromkeys(ACTS, "an act")
        kinds: tuple[tuple[str, tuple[m.Named, ...]], ...] = (
            ("party", self.mandate.parties),
            ("body", self.mandate.bodies),
            ("line", self.mandate.lines),
            ("zone", self.mandate.zones),
            ("weapons", self.mandate.weapons),
            ("objects", self.mandate.objects),
            ("standard", self.mandate.standards),
            ("dispute", self.mandate.disputes),
            ("clause", self.mandate.clauses),
        )
        for kind, items in kinds:
            vocabulary = {"weapons": (*WEAPON_CLASSES, *BY_SLUG), "objects": OBJECTS}.get(kind, ())
            for item in items:
                taken = seen | dict.fromkeys(vocabulary, "a word that means something already")
                if item.name in taken:
                    problem = f"{item.name!r} names {kind} here, but it already is {taken[item.name]}."
                    self.spots[f"{kind} {item.name}", item.name] = (item.line, 1)
                    raise self.fail(f"{kind} {item.name}", item.name, problem, (), "Give one of them another name.")
                seen[item.name] = f"{kind}, line {item.line}"
        inside: list[tuple[str, tuple[m.Reading | m.FurtherOutcome, ...]]] = [
            *((f"dispute {dispute.name}", dispute.readings) for dispute in self.mandate.disputes),
            *((f"clause {clause.name}", clause.outcomes) for clause in self.mandate.clauses),
        ]
        for item_name, parts in inside:
            self.each_once(item_name, [part.name for part in parts])

    def each_once(self, item: str, names: Iterable[str]) -> None:
        """No name twice within one item."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.fail(item, name, f"{name!r} stands twice in {item}.", (), "Take one of them away.")
            seen.add(name)

    def items(self) -> None:
        """Everything but the clauses."""
        systems = set(WEAPON_CLASSES) | set(BY_SLUG) | self.weapons
        for party in self.mandate.parties:
            self.known(f"party {party.name}", [party.baseline], "a line", self.lines)
        for body in self.mandate.bodies:
            self.known(f"body {body.name}", body.members, "a party or a body", self.parties | self.bodies)
        for line in self.mandate.lines:
            self.known(f"line {line.name}", [line.left, line.right], "a party", self.parties)
        for weapons in self.mandate.weapons:
            names = (*weapons.members, *weapons.excepted, *weapons.disputed)
            self.known(f"weapons {weapons.name}", names, "a weapon class, group or system", systems)
        self.no_circle(
            "uses", {w.name: (*w.members, *w.excepted, *w.disputed) for w in self.mandate.weapons}, "weapons"
        )
        for objects in self.mandate.objects:
            self.known(f"objects {objects.name}", objects.members, "a kind of object", OBJECTS)
        for standard in self.mandate.standards:
            self.known(f"standard {standard.name}", standard.means, "a means of observation", MEANS)
            self.known(f"standard {standard.name}", standard.counting, "a kind that may count", COUNTING)
            if standard.groups < 1 or standard.confidence_permille > 1_000:
                item = f"standard {standard.name}"
                problem = f"{standard.name!r} needs at least 1 source and a confidence of at most 1.0."
                raise self.fail(item, standard.name, problem, (), "Mend the numbers.")

    def periods(self) -> None:
        """No stated period ends before it begins: nothing could ever match it."""
        stated = [
            *((f"party {each.name}", each.name, each.period) for each in self.mandate.parties),
            *((f"line {each.name}", each.name, each.period) for each in self.mandate.lines),
            *((f"zone {each.name}", each.name, each.period) for each in self.mandate.zones),
            *((f"clause {each.name}", each.name, each.period) for each in self.mandate.clauses),
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
        sorted_names = self.told_apart(item, clause)
        self.known(item, clause.objects, "a class of objects", self.objects | set(OBJECTS))
        self.known(item, clause.overrides, "a clause", self.clauses)
        self.known(item, [clause.during], "a dispute", self.disputes)
        self.known(item, [clause.standard], "an evidence standard", self.standards)
        for places, exemptions in [
            (clause.places, clause.exemptions),
            *((further.places, further.exemptions) for further in clause.outcomes),
        ]:
            self.places(item, sorted_names, places)
            self.known(item, [e.decider for e in exemptions], "a body or a party", self.bodies | self.parties)
        self.shape(item, clause)
        return sorted_names

    def told_apart(self, item: str, clause: m.Clause) -> m.Clause:
        """`UAF AFC present HEAVY` into two parties, one act, one weapons class."""
        names = clause.parties
        self.each_once(item, names)
        parties = tuple(name for name in names if name in self.parties)
        acts = tuple(name for name in names if name in ACTS)
        weapons = tuple(name for name in names if name in self.weapons)
        rest = set(names) - set(parties) - set(acts) - set(weapons) - {ANY}
        if rest:
            known = self.parties | set(ACTS) | self.weapons | {ANY}
            name = next(name for name in names if name in rest)
            raise self.fail(item, name, f"{name!r} in {item} is no party, act or weapons class.", known)
        if not parties or not acts:
            missing, known = ("party", self.parties) if not parties else ("act", set(ACTS))
            raise self.fail(item, clause.name, f"{item} names no {missing}.", known)
        return replace(clause, parties=parties, acts=acts, weapons=weapons)

    def places(self, item: str, clause: m.Clause, places: tuple[m.Place, ...]) -> None:
        for place in places:
            if place.feature == m.BASELINE and place.kind in ("within", "beyond", "across"):
                bare = [p.name for p in self.mandate.parties if p.name in clause.parties and not p.baseline]
                if bare:
                    problem = f"{item} measures from the baseline of {bare[0]}, which declares none."
                    raise self.fail(item, clause.name, problem, (), f'Write: party {bare[0]} "…" baseline LINE.')
            elif place.kind in ("in", "outside"):
                self.known(item, [place.feature], "a zone", self.zones)
            elif place.kind == "across":
                self.known(item, [place.feature], "a line", self.lines)
            else:
                self.known(item, [place.feature], "a line or a zone", self.lines | self.zones)
            if place.kind == "across":
                self.sides(item, clause, place)

    def sides(self, item: str, clause: m.Clause, place: m.Place) -> None:
        """Across a line means something only for a party that has a side of it."""
        lines = {line.name: line for line in self.mandate.lines}
        for party in self.mandate.parties:
            line = lines.get(party.baseline if place.feature == m.BASELINE else place.feature)
            if party.name in clause.parties and line and party.name not in (line.left, line.right):
                problem = f"{item} speaks of crossing {line.name}, of which no side is {party.name}'s."
                remedy = f'Write: line {line.name} "…" left {party.name} right OTHER.'
                raise self.fail(item, clause.name, problem, (), remedy)

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
