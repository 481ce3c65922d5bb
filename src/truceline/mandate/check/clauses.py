"""Clauses against each other: `clause_remarks`.

CONFLICT, DEAD, GAP and CATALOGUE are worked out on boxes (`terms/boxes.py`), so each is exact: where there is a remark
there is an event, and `Remark.event` is one, as a row that the judge can be given; where there is none there is no such
event. CONFLICT speaks of what both clauses surely hold of: where they meet only in a weapon of which it is disputed
that a class covers it, the judge says so, and so does SCOPE. GAP asks what no reading rules, then what is left under
each reading of a dispute, and each combination of readings.

Limits: as `terms/boxes.py`. Of combinations of readings the first `COMBINATIONS_MAX` are asked, single readings first.
What takes too many boxes is said to be undecided, in a remark of the code it would have.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, islice, product

from truceline.base.errors import MandateError
from truceline.base.time import local_words
from truceline.base.units import UNBOUNDED
from truceline.mandate.check.rows import Row, Saying, acts_of, event_row, listed, some, weapons_words
from truceline.model import mandate as m
from truceline.model.catalogue import SYSTEMS, WeaponSystem
from truceline.model.remark import Remark
from truceline.model.vocabulary import WEAPON_CLASSES, leaves_of
from truceline.terms.atoms import OfWeapons
from truceline.terms.boxes import (
    Box,
    Space,
    fact_of,
    less,
    meet,
    system_words,
    weapon_name,
    weapon_row,
)
from truceline.terms.rules import Rule, feature_of, opposite, rules_of
from truceline.terms.weapons import WeaponTerm, weapon_held
from truceline.terms.words import condition_words

Left = tuple[tuple[tuple[str, ...], tuple[WeaponSystem, ...]], ...]  # parties, and systems that nothing rules for them
COMBINATIONS_MAX = 64  # of readings, for one domain and party
_VERBS = {"allowed": "allows", "required": "requires"}


@dataclass
class Text:
    """A mandate and its rules as boxes, shared by all that is worked out."""

    mandate: m.Mandate

    @cached_property
    def own(self) -> tuple[Rule, ...]:
        """The mandate's rules."""
        return rules_of(self.mandate)

    @cached_property
    def domains(self) -> tuple[Rule, ...]:
        """Each declared domain as if it were a clause: one rule for each party that it speaks of."""
        everybody = tuple(party.name for party in self.mandate.parties)
        clauses = tuple(
            m.Clause(
                name=domain.name,
                cites="",
                modality="allowed",
                parties=domain.parties or everybody,
                acts=domain.acts,
                weapons=domain.weapons,
                objects=domain.objects,
                places=domain.places,
                period=domain.period,
            )
            for domain in self.mandate.domains
        )
        return rules_of(replace(self.mandate, clauses=clauses, suspensions=()))

    @cached_property
    def space(self) -> Space:
        """The mandate's rules, then its domains."""
        return Space((*self.own, *self.domains), self.mandate.name)

    @cached_property
    def clauses(self) -> dict[str, m.Clause]:
        """Every clause by name."""
        return {clause.name: clause for clause in self.mandate.clauses}

    @cached_property
    def rules_for(self) -> dict[tuple[str, str], list[int]]:
        """(clause, addressee) -> its rules, one for each reading; no further outcomes."""
        found: dict[tuple[str, str], list[int]] = {}
        for index, rule in enumerate(self.own):
            if not rule.outcome:
                found.setdefault((rule.clause, rule.addressee), []).append(index)
        return found

    @cached_property
    def acting(self) -> dict[tuple[str, str], list[int]]:
        """(addressee, act) -> every rule about it, further outcomes too."""
        found: dict[tuple[str, str], list[int]] = {}
        for index, rule in enumerate(self.own):
            for act in acts_of(rule):
                found.setdefault((rule.addressee, act), []).append(index)
        return found


def clause_remarks(mandate: m.Mandate) -> Iterator[Remark]:
    """Everything that clauses say against each other, or leave out, in no particular order."""
    text = Text(mandate)
    yield from _conflicts(text)
    for clause in mandate.clauses:
        yield from _dead(text, clause)
    yield from _gaps(text)
    yield from _catalogue(text)


def _undecided(code: str, line: int, subject: str, error: MandateError) -> Remark:
    return Remark(
        code=code,
        line=line,
        subject=subject,
        words=f"whether {subject} has this fault could not be decided: {error.problem}",
        suggestion=error.remedy,
    )


# --- two clauses in one event -----------------------------------------------------------------------------


def _conflicts(text: Text) -> Iterator[Remark]:
    """One remark for each pair of clauses: by the first addressee and reading, by name, for which they meet."""
    against: dict[str, set[str]] = {}  # act -> clauses that allow or require it
    for clause in text.mandate.clauses:
        if opposite("prohibited", clause.modality):
            for act in clause.acts:
                against.setdefault(act, set()).add(clause.name)
    prohibitions = sorted(clause.name for clause in text.mandate.clauses if clause.modality == "prohibited")
    opposed = {name: set().union(*(against.get(act, ()) for act in text.clauses[name].acts)) for name in prohibitions}
    reach = {name: _reach(text, name) for name in {*opposed}.union(*opposed.values())}
    for name, others in opposed.items():
        for other in sorted(each for each in others if meet(reach[name], reach[each])):
            try:
                found = _meeting(text, name, other)
            except MandateError as error:
                yield _undecided("CONFLICT", text.clauses[name].line, f"clause {name} with clause {other}", error)
                continue
            if found:
                yield _conflict(text, name, other, found)


def _reach(text: Text, name: str) -> Box:
    """A box that holds all that a clause surely holds of, whoever it is about and however it is read."""
    reach = [0] * len(text.space.axes)
    for party in text.clauses[name].parties:
        for index in text.rules_for.get((name, party), ()):
            reach = [a | b for a, b in zip(reach, text.space.shapes[index].strictly, strict=True)]
    return tuple(reach)


def _meeting(text: Text, name: str, other: str) -> tuple[Rule, list[Box], frozenset[int]] | None:
    """Where a prohibition and a clause that allows or requires both surely hold: its rule, boxes, axes looked at.

    As the judge has it: in the same reading where the other clause has it, else in all of the other's readings.
    """
    space = text.space
    parties = [party for party in text.clauses[name].parties if (other, party) in text.rules_for]
    for party in sorted(parties):
        for index in sorted(text.rules_for.get((name, party), ()), key=lambda each: text.own[each].reading):
            theirs = text.rules_for[other, party]
            agreeing = [each for each in theirs if text.own[each].reading == text.own[index].reading] or theirs
            box: Box | None = space.shapes[index].strictly
            for each in agreeing:
                box = box and meet(box, space.shapes[each].strictly)
            if box is None or not all(box):
                continue
            without = chain.from_iterable(space.overridable(each) for each in (index, *agreeing))
            left = list(less(box, without, subject=f"clause {name}"))
            if left:
                return text.own[index], left, space.needed((index, *agreeing))
    return None


def _conflict(text: Text, name: str, other: str, found: tuple[Rule, list[Box], frozenset[int]]) -> Remark:
    rule, boxes, axes = found
    one, two = text.clauses[name], text.clauses[other]
    reading = f", read as {rule.reading}," if rule.reading else ""
    words = f"{name} (line {one.line}){reading} prohibits what {other} (line {two.line}) {_VERBS[two.modality]}."
    apart = {place.feature for place in one.places} ^ {place.feature for place in two.places}
    if apart:
        words += " Whether such a place exists is for the drawings to say."
    if text.space.brief(boxes, 2 * text.mandate.header.precision_s):
        words += " They meet for so short a time that, at the text's own precision, it can only be possible."
    words += _partly_words(text.space, axes)
    return Remark(
        code="CONFLICT",
        line=one.line,
        subject=f"clause {name}",
        words=words,
        suggestion=f"Say which prevails: clause {other} … overrides {name}; or the other way about.",
        event=event_row(text.space, boxes, axes, Saying.of(text.mandate, rule.addressee)),
    )


# --- clauses that nothing matches -------------------------------------------------------------------------


def _dead(text: Text, clause: m.Clause) -> Iterator[Remark]:
    subject = f"clause {clause.name}"
    own = [index for party in clause.parties for index in text.rules_for.get((clause.name, party), ())]
    try:
        if any(_alive(text, index) for index in own):
            return
        reasons: dict[str, list[str]] = {}
        for index in own:
            rule = text.own[index]
            who = " ".join(part for part in (rule.addressee, rule.reading and f"({rule.reading})") if part)
            reasons.setdefault(_why_dead(text, index), []).append(who)
    except MandateError as error:
        yield _undecided("DEAD", clause.line, subject, error)
        return
    why = "; ".join(reasons if len(reasons) == 1 else [f"for {listed(who)}: {each}" for each, who in reasons.items()])
    if not own:
        why = f"{listed(clause.parties)} {'is' if len(clause.parties) == 1 else 'are'} not bound by this text"
    yield Remark(
        code="DEAD",
        line=clause.line,
        subject=subject,
        words=f"nothing can match {clause.name}: {why}.",
        suggestion="Mend what excludes everything, or take the clause away.",
    )


def _alive(text: Text, index: int) -> bool:
    """Whether some event, all of it known, is left to a rule."""
    space = text.space
    if not all(space.stated(space.shapes[index].openly)):
        return False
    return not text.own[index].overriders or any(all(space.stated(box)) for box in space.left("alive", index))


def _why_dead(text: Text, index: int) -> str:
    rule, shape, space = text.own[index], text.space.shapes[index], text.space
    clause = text.clauses[rule.clause]
    zone = text.mandate.header.zone
    if rule.period.until_s is not None and rule.period.from_s is not None and rule.period.from_s >= rule.period.until_s:
        return _why_never(text, rule)
    if not space.stated(shape.possibly)[space.index["weapon"]]:
        return _why_unarmed(text, clause)
    for number, axis in enumerate(space.axes):
        if not shape.possibly[number]:
            stand = [condition_words(a, zone) for a in rule.atoms if space.axis_number(a) == number]
            return f"{listed(stand)} exclude each other on {axis.subject}"
    for number in range(len(space.axes)):
        if not shape.openly[number]:
            stand = [condition_words(e, zone) for e in rule.exemptions if space.axis_number(e) == number]
            return f"all that it covers is exempted: {listed(stand)}"
    names = sorted({text.own[group[0]].clause for group in rule.overriders})
    for name in list(names):
        if _covered(text, index, [each for each in names if each != name]):
            names.remove(name)
    said = listed([f"{name} (line {text.clauses[name].line})" for name in names])
    return f"{said} {'overrides' if len(names) == 1 else 'together override'} all of it"


def _covered(text: Text, index: int, names: Sequence[str]) -> bool:
    """Whether these overriding clauses alone leave nothing of a rule."""
    space, rule = text.space, text.own[index]
    groups = tuple(group for group in rule.overriders if text.own[group[0]].clause in names)
    left = less(space.shapes[index].openly, space.overridden(groups, known=True), subject=f"clause {rule.clause}")
    return not any(all(space.stated(box)) for box in left)


def _why_never(text: Text, rule: Rule) -> str:
    """Whose start lies at or after whose end."""
    mandate, clause = text.mandate, text.clauses[rule.clause]
    party = next(each for each in mandate.parties if each.name == rule.addressee)
    dispute = next((each for each in mandate.disputes if each.name == clause.during), None)
    reading = rule.reading.partition("=")[2]
    periods = {f"party {party.name}": party.period}
    if party.period.from_s is None:
        periods["the text's entry into force"] = m.Period(from_s=mandate.header.in_force_s)
    if dispute:
        periods[f"reading {reading}"] = next(each.period for each in dispute.readings if each.name == reading)
    periods["the clause"] = m.Period(from_s=clause.period.from_s, until_s=clause.period.until_s)
    periods["its deadline"] = m.Period(until_s=clause.by_s)
    used = {feature_of(place, party) for place in clause.places}
    periods |= {each.name: each.period for each in mandate.features if each.name in used}
    starter = next(name for name, each in periods.items() if each.from_s == rule.period.from_s)
    ender = next(name for name, each in periods.items() if each.until_s == rule.period.until_s)
    begin, end = (local_words(at_s or 0, mandate.header.zone) for at_s in (rule.period.from_s, rule.period.until_s))
    return f"{starter} begins {begin}, and {ender} ends {end}"


def _why_unarmed(text: Text, clause: m.Clause) -> str:
    items = {item.name: item for item in text.mandate.weapons}
    atom = next(a for rule in text.own if rule.clause == clause.name for a in rule.atoms if isinstance(a, OfWeapons))
    facts = text.space.axes[text.space.index["weapon"]].weapons[1:]
    said = listed([weapons_words(items[name]) for name in clause.weapons])
    if any(weapon_held(_loosened(atom.term, excepted=False, calibre=True), fact).possibly for fact in facts):
        return f"all of it is excepted ({said})"
    if any(weapon_held(_loosened(atom.term, excepted=True, calibre=False), fact).possibly for fact in facts):
        return f"no weapon in it has such a calibre ({said})"
    return f"its exceptions and calibres leave no weapon ({said})"


def _loosened(term: WeaponTerm, *, excepted: bool, calibre: bool) -> WeaponTerm:
    """A weapons class without its exceptions, or without its calibres."""

    def loose(parts: tuple[WeaponTerm, ...]) -> tuple[WeaponTerm, ...]:
        return tuple(_loosened(part, excepted=excepted, calibre=calibre) for part in parts)

    return replace(
        term,
        parts=loose(term.parts),
        disputed=loose(term.disputed),
        excepted=term.excepted if excepted else (),
        calibre_lo_mm=term.calibre_lo_mm if calibre else 0,
        calibre_hi_mm=term.calibre_hi_mm if calibre else UNBOUNDED,
    )


# --- events that no clause rules --------------------------------------------------------------------------


def _gaps(text: Text) -> Iterator[Remark]:
    """One remark for each domain and hole: parties with the same hole share it."""
    for domain in text.mandate.domains:
        found: dict[tuple[str, tuple[Box, ...]], list[int]] = {}
        for index, rule in enumerate(text.domains, start=len(text.own)):
            if rule.clause == domain.name:
                try:
                    for read, holes in _holes(text, index):
                        found.setdefault((read, holes), []).append(index)
                except MandateError as error:
                    yield _undecided("GAP", domain.line, f"domain {domain.name} for {rule.addressee}", error)
        for (read, holes), indexes in found.items():
            axes = _looked_at(text, indexes[0])
            parties = [text.space.rules[each].addressee for each in indexes]
            yield Remark(
                code="GAP",
                line=domain.line,
                subject=f"domain {domain.name}",
                words=f"{domain.name} is declared as ruled, and{read} no clause says anything of this act of "
                f"{listed(parties, 'or')}."
                + _others_words(text.space, holes)
                + _disputed_words(text.mandate, domain.acts)
                + _partly_words(text.space, axes),
                suggestion="Write a clause that covers it (allowed is one too), or declare a smaller domain.",
                event=event_row(text.space, holes, axes, Saying.of(text.mandate, parties[0])),
            )


def _holes(text: Text, index: int) -> Iterator[tuple[str, tuple[Box, ...]]]:
    """The events of a domain that no clause rules for its party, and how it is read then; what is exempted is ruled.

    First those that no reading rules, then those that one reading leaves, then two of different disputes, and so on;
    each without what fewer of the same readings leave.
    """
    space, rule = text.space, text.space.rules[index]
    surely = space.shapes[index].surely
    ruling: dict[str, list[Box]] = {}
    for each, other in enumerate(text.own):
        if other.addressee == rule.addressee and meet(surely, space.shapes[each].possibly):
            ruling.setdefault(other.reading, []).append(space.shapes[each].possibly)
    disputes = [item for item in text.mandate.disputes if any(name.partition("=")[0] == item.name for name in ruling)]
    left: dict[frozenset[str], tuple[Box, ...]] = {}
    for read in islice(_combined(disputes), COMBINATIONS_MAX + 1):
        chosen = {name.partition("=")[0] for name in read}
        without = [some for name, some in ruling.items() if name in read or name.partition("=")[0] not in chosen]
        without += [list(some) for fewer, some in left.items() if fewer < set(read)]
        if holes := tuple(less(surely, chain.from_iterable(without), subject=space.subject)):
            left[frozenset(read)] = holes
            yield f", read as {listed(read)}," if read else "", holes


def _combined(disputes: Sequence[m.Dispute]) -> Iterator[tuple[str, ...]]:
    """No reading, each reading, each two of different disputes, and so on."""
    every = [[f"{item.name}={reading.name}" for reading in item.readings] for item in disputes]
    for size in range(len(every) + 1):
        for chosen in combinations(every, size):
            yield from product(*chosen)


def _partly_words(space: Space, axes: Iterable[int]) -> str:
    """What was left out of registers that rules ask for too many entries."""
    named = [space.axes[number].subject for number in sorted(axes) if space.axes[number].partial]
    of = f" Of the entries that may stand in {listed(named or [''])}"
    return f"{of}, only one alone or all together were looked at." if named else ""


def _looked_at(text: Text, index: int) -> frozenset[int]:
    """The axes of a domain and of every rule about one of its acts."""
    rule = text.space.rules[index]
    rules = [each for act in acts_of(rule) for each in text.acting.get((rule.addressee, act), ())]
    return frozenset().union(*(text.space.shapes[each].axes for each in (index, *rules)))


def _others_words(space: Space, holes: Sequence[Box]) -> str:
    """The weapons of other holes than the one shown."""
    _, box = space.plainest(holes)
    number = space.index["weapon"]
    bits = 0
    for hole in holes:
        bits |= hole[number]
    bits &= ~(box[number] | 1)
    others = [weapon_name(fact) for point, fact in enumerate(space.axes[number].weapons) if bits >> point & 1]
    return f" Other weapons have holes too: {some(others)}." if others else ""


def _disputed_words(mandate: m.Mandate, acts: Iterable[str]) -> str:
    """Whether a disputed member is covered is for the parties to say: here it counts as ruled."""
    named = {name for each in mandate.clauses if not set(acts).isdisjoint(each.acts) for name in each.weapons}
    said = [
        f"{listed(item.disputed)} in {item.name}" for item in mandate.weapons if item.disputed and item.name in named
    ]
    return f" What is disputed counts as ruled ({'; '.join(said)})." if said else ""


# --- real weapons that no clause rules --------------------------------------------------------------------


def _catalogue(text: Text) -> Iterator[Remark]:
    """One remark for the acts for which clauses name weapons and leave the same systems of their kinds to nobody."""
    items = {item.name: item for item in text.mandate.weapons}
    said: dict[tuple[tuple[m.Weapons, ...], Left], list[str]] = {}
    for act in sorted({act for clause in text.mandate.clauses if _restricts(clause) for act in clause.acts}):
        clauses = [each for each in text.mandate.clauses if _restricts(each) and act in each.acts]
        sources = {leaf: item for clause in clauses for leaf, item in _kinds(clause.weapons, items)}
        left: dict[tuple[WeaponSystem, ...], list[str]] = {}
        for party in sorted({name for clause in clauses for name in clause.parties}):
            if (party, act) in text.acting:
                near = tuple(each for each in _unruled(text, party, act) if each.weapon_class in sources)
                left.setdefault(near, []).append(party)
        found = tuple((tuple(parties), near) for near, parties in left.items() if near)
        if found:
            of = tuple(sources[system.weapon_class] for _, near in found for system in near)
            said.setdefault((of, found), []).append(act)
    for (of, found), acts in said.items():
        (party, *_), (first, *_) = found[0]
        yield Remark(
            code="CATALOGUE",
            line=of[0].line,
            subject=f"act{'' if len(acts) == 1 else 's'} {listed(acts)}",
            words=_unruled_words(acts, found, of) + _disputed_words(text.mandate, acts),
            suggestion="Widen the class, or write a clause for the rest (allowed is one too).",
            event=_unruled_event(text, party, acts[0], first),
        )


def _restricts(clause: m.Clause) -> bool:
    return bool(clause.weapons) and clause.modality != "allowed"


def _kinds(names: Iterable[str], items: dict[str, m.Weapons]) -> Iterator[tuple[str, m.Weapons]]:
    """Leaf classes that a clause's weapons name, before calibres and exceptions, and the item that does."""
    for name in names:
        item = items[name]
        for member in item.members:
            if member in WEAPON_CLASSES:
                yield from ((leaf, item) for leaf in sorted(leaves_of(member)))
        yield from _kinds([member for member in item.members if member in items], items)


def _unruled(text: Text, party: str, act: str) -> tuple[WeaponSystem, ...]:
    """Systems that no clause about an act of a party covers, anywhere, at any time."""
    space = text.space
    number, time, covered = space.index["weapon"], space.index["time"], 0
    for index in text.acting[party, act]:
        box = space.shapes[index].possibly
        covered |= box[number] if box[time] else 0
    return tuple(system for system in SYSTEMS if not covered >> space.of_system[system.slug] & 1)


def _unruled_words(acts: Sequence[str], found: Left, of: Sequence[m.Weapons]) -> str:
    """`LIGHT says tank calibre < 100mm (line 9): T-72 (tank, 125 mm) is ruled by no clause for `present` by UAF.`"""
    items, words = iter(of), []
    named = listed([f"`{act}`" for act in acts], "or")
    for parties, near in found:
        by_item: dict[str, tuple[m.Weapons, list[str]]] = {}
        for system in near:
            item = next(items)
            by_item.setdefault(item.name, (item, []))[1].append(system_words(system))
        told = [f"{weapons_words(item)} (line {item.line}): {some(systems)}" for item, systems in by_item.values()]
        verb = "is" if len(near) == 1 else "are"
        words.append(f"{'; '.join(told)} {verb} ruled by no clause for {named} by {listed(parties, 'or')}.")
    return " ".join(words)


def _unruled_event(text: Text, party: str, act: str, system: WeaponSystem) -> Row:
    """The act with the system, at a moment at which some clause about the act holds."""
    space = text.space
    moments = 0
    for index in text.acting[party, act]:
        moments |= space.shapes[index].possibly[space.index["time"]]
    box = space.only(space.full, "act", 1 << space.axes[space.index["act"]].words.index(act))
    box = space.only(space.only(box, "weapon", 1 << space.of_system[system.slug]), "time", moments or -1)
    row = event_row(space, [box], (), Saying.of(text.mandate, party))
    return (*row, *weapon_row(fact_of(system)))
