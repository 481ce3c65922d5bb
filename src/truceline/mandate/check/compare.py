"""Two drafts of one text, clause by clause, each difference with an event that they judge differently.

Both drafts' rules are cut into boxes on the same axes (`terms/boxes.py`), so an answer is exact: an event that one
draft surely judges a breach and the other does not, or no fully known event is such. A breach under another clause
counts: where a clause is taken away and a second one forbids the same, no event is a breach in one draft only. Where a
dispute has readings, each is looked at by itself too. What is undetermined is not compared event by event: that no
event is judged differently is said only where both drafts' rules about the same acts come to the same.

Limits: as `terms/boxes.py`. What proves an event (evidence standards), where lines and zones are drawn, what follows
(classes of breach, responses) is named where it differs, and has no event; the header's precision is not compared.
A limit is broken by several events: the one shown is repeated. A duty has none: its breach is an absence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from truceline.base.errors import MandateError
from truceline.base.units import duration_words
from truceline.mandate.check.responses.blocking import blockers, settings
from truceline.mandate.check.responses.deadlines import worst_case_s
from truceline.mandate.check.rows import Row, Saying, acts_of, event_row, listed
from truceline.model import mandate as m
from truceline.terms.boxes import Box, Space, less, meet_all
from truceline.terms.protocol import protocol_of
from truceline.terms.rules import Rule, opposite, rules_of

SAME = "no event is judged differently"
UNSURE = "no event is surely a breach in one draft only (what is undetermined may differ)"
_PLURALS = {"no_response", "outcomes"}
_FOLLOWS = {
    "breach_class": "class of breach",
    "response": "response",
    "no_response": "words on what follows",
    "cites": "citation",
    "outcomes": "further outcomes",
    "unverified": "mark as unverified",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One clause that differs. Lines are of each draft's text, 0: it has no such clause.

    `event` is a row as in `Remark.event`, `breach_in` the draft, `old` or `new`, that surely judges it a breach while
    the other does not; both empty: no such event. `times`: more than 1, it is a breach when repeated so often.
    `reading`: `dispute=reading`, it is so under that reading alone; empty: whatever is read.
    """

    clause: str
    old_line: int
    new_line: int
    words: str
    event: Row = ()
    breach_in: str = ""
    times: int = 1
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An event that shows a difference; fields as in `Difference`."""

    words: str
    event: Row
    breach_in: str
    times: int = 1
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How one draft's response works."""

    line: int
    longest_s: int | None  # longest course; None: no bound
    deadline_s: int | None
    blockers: tuple[str, ...]  # who can prevent every answer, `ALPHA (violator ALPHA)`, parties first


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseChange:
    """One response that the drafts do not have alike. None: that draft has no such response."""

    response: str
    before: Answering | None
    after: Answering | None


def compare_responses(old: m.Mandate, new: m.Mandate) -> tuple[ResponseChange, ...]:
    """Every response that was added, removed or changed, by itself or by who acts in it; by name.

    Raises: MandateError: a response too large to be unfolded.
    """
    before, after = ({each.name: each for each in draft.responses} for draft in (old, new))
    found = []
    for name in sorted({*before, *after}):
        one = _answering(old, before[name]) if name in before else None
        other = _answering(new, after[name]) if name in after else None
        alike = one and other and replace(one, line=0) == replace(other, line=0)
        if not alike or before[name] != after[name]:
            found.append(ResponseChange(response=name, before=one, after=other))
    return tuple(found)


def _answering(mandate: m.Mandate, response: m.Response) -> Answering:
    every = settings(mandate, protocol_of(mandate, response))
    found: dict[str, list[str]] = {}
    for each in sorted(blockers(mandate, response), key=lambda each: not each.of_parties):
        who = " and ".join(each.coalition) or "nobody need to: no course leads to an answer"
        roles = ", ".join(f"{role} {name}" for role, name in each.setting.roles.items())
        found.setdefault(who, []).append(roles or "nothing attributed")
    return Answering(
        line=response.line,
        longest_s=worst_case_s(mandate, response),
        deadline_s=response.deadline_s,
        blockers=tuple(who if len(when) == len(every) else f"{who} ({'; '.join(when)})" for who, when in found.items()),
    )


def compare_clauses(old: m.Mandate, new: m.Mandate) -> tuple[Difference, ...]:
    """Every clause that was added, removed, renamed or changed, by itself or by what its words mean; by name."""
    drafts = _Drafts(old, new)
    before, after = ({clause.name: clause for clause in draft.clauses} for draft in (old, new))
    renamed = _renamed(drafts, before, after)
    found = []
    for name in sorted({*before, *after} - set(renamed.values())):
        one, other = before.get(name), after.get(renamed.get(name, name))
        if one is None or other is None or name in renamed or drafts.differ(one, other):
            found.append(_difference(drafts, one, other))
    return tuple(found)


def _broken_by_one(rule: Rule) -> bool:
    """Whether a single event can break a rule."""
    return rule.modality == "prohibited" or (rule.limit is not None and rule.limit.most == 0)


class _Drafts:
    """Two drafts' rules on the same axes."""

    def __init__(self, old: m.Mandate, new: m.Mandate) -> None:
        self.drafts = {"old": old, "new": new}
        self.rules = {"old": rules_of(old), "new": rules_of(new)}
        shift = len(self.rules["old"])
        moved = [
            replace(rule, overriders=tuple(tuple(each + shift for each in group) for group in rule.overriders))
            for rule in self.rules["new"]
        ]
        self.space = Space((*self.rules["old"], *moved), f"{old.name}, two drafts")
        self.indexes = {"old": range(shift), "new": range(shift, shift + len(moved))}
        self._of: dict[tuple[str, str], list[int]] = {}
        for draft, indexes in self.indexes.items():
            for index in indexes:
                if not self.space.rules[index].outcome:
                    self._of.setdefault((draft, self.space.rules[index].clause), []).append(index)
        self._breaches: dict[int, list[Box]] = {}
        self._comes_to: dict[int, object] = {}

    def of(self, draft: str, clause: m.Clause | None) -> list[int]:
        """A clause's own rules in one draft."""
        return self._of.get((draft, clause.name), []) if clause else []

    def differ(self, one: m.Clause, other: m.Clause) -> bool:
        """Whether text or meaning differs: a definition, a line's dates or a standard may have changed instead."""
        return one != other or self.meaning("old", one) != self.meaning("new", other)

    def meaning(self, draft: str, clause: m.Clause) -> tuple[object, ...]:
        """What a clause comes to once every name in it is followed, whatever its own name."""
        rules = tuple(replace(self.space.rules[i], clause="", overriders=()) for i in self.of(draft, clause))
        return rules, self.standard(draft, clause), self.drawings(draft, clause)

    def standard(self, draft: str, clause: m.Clause) -> m.Standard | None:
        """The evidence that its breach needs."""
        named = [each for each in self.drafts[draft].standards if each.name == clause.standard]
        return replace(named[0], name="") if named else None

    def drawings(self, draft: str, clause: m.Clause) -> tuple[object, ...]:
        """The lines, zones and sites that its rules and further outcomes measure by, as drawn."""
        mine = [r for i in self.indexes[draft] if (r := self.space.rules[i]).clause == clause.name]
        columns = {atom.column.partition(":")[2] for rule in mine for atom in (*rule.atoms, *rule.exemptions)}
        return tuple(each for each in self.drawn[draft] if each[0] in columns)

    @cached_property
    def drawn(self) -> dict[str, list[tuple[object, ...]]]:
        """Each draft's lines and zones, as drawn."""
        return {
            name: [(each.name, each.path, each.error_m, each.later) for each in draft.features]
            for name, draft in self.drafts.items()
        }

    def untouched(self, clauses: Sequence[m.Clause | None]) -> bool:
        """Whether the drafts measure alike, and all their rules about these clauses' parties and acts are the same."""
        headers = [(h.precision_s, h.precision_m, h.edges) for h in (each.header for each in self.drafts.values())]
        if headers[0] != headers[1] or {*self.drawn["old"]} != {*self.drawn["new"]}:
            return False
        about = [*self.of("old", clauses[0]), *self.of("new", clauses[1])]
        pairs = {(self.space.rules[i].addressee, act) for i in about for act in acts_of(self.space.rules[i])}
        told = [
            {
                self.comes_to(i)
                for i in indexes
                if any((self.space.rules[i].addressee, act) in pairs for act in acts_of(self.space.rules[i]))
            }
            for indexes in self.indexes.values()
        ]
        return told[0] == told[1]

    def comes_to(self, index: int) -> object:
        """A rule and all that overrides it, without the clauses' names."""
        if index not in self._comes_to:
            rule = self.space.rules[index]
            over = frozenset(tuple(self.comes_to(each) for each in group) for group in rule.overriders)
            self._comes_to[index] = replace(rule, clause="", overriders=()), over
        return self._comes_to[index]

    def readings(self, clauses: Sequence[m.Clause | None]) -> tuple[list[str], list[str]]:
        """The clauses' readings that every draft with the dispute has; and how the others differ, in words."""
        about = [*self.of("old", clauses[0]), *self.of("new", clauses[1])]
        shared, alone = [], []
        for reading in sorted({self.space.rules[i].reading for i in about} - {""}):
            dispute, _, name = reading.partition("=")
            lacking = [
                draft
                for draft, mandate in self.drafts.items()
                for each in mandate.disputes
                if each.name == dispute and name not in {one.name for one in each.readings}
            ]
            if lacking:
                alone.append(f"the {lacking[0]} draft has no reading {reading} to compare with")
            else:
                shared.append(reading)
        return shared, alone

    def breaches(self, draft: str, party: str, acts: set[str], reading: str = "") -> Iterator[Box]:
        """Where one draft surely judges one event of a party a breach: prohibitions without their conflicts, and limits
        of nothing at all.

        Under one reading of a dispute only, where `reading` names it; else under any.
        """
        for index in self.indexes[draft]:
            rule = self.space.rules[index]
            if (rule.addressee, rule.outcome) != (party, "") or not _broken_by_one(rule):
                continue
            if acts & {*acts_of(rule)} and _read_so(rule.reading, reading):
                if index not in self._breaches:
                    self._breaches[index] = self._unopposed(draft, index)
                yield from self._breaches[index]

    def _unopposed(self, draft: str, index: int) -> list[Box]:
        """A prohibition less what a clause of opposite modality surely holds of, as the judge has it."""
        space, rule = self.space, self.space.rules[index]
        opposed: dict[str, list[int]] = {}
        for other in self.indexes[draft]:
            that = space.rules[other]
            same = that.addressee == rule.addressee and not set(acts_of(rule)).isdisjoint(acts_of(that))
            if same and not that.outcome and opposite(rule.modality, that.modality):
                opposed.setdefault(that.clause, []).append(other)
        without: list[Box] = []
        for readings in opposed.values():
            region = [space.full]
            for other in [each for each in readings if space.rules[each].reading == rule.reading] or readings:
                region = meet_all(region, space.left("strictly", other))
            without += region
        subject = f"clause {rule.clause}"
        return [left for box in space.left("strictly", index) for left in less(box, without, subject=subject)]

    @cached_property
    def sides(self) -> tuple[tuple[str, str], ...]:
        """Each draft with the one it is compared to."""
        return ("new", "old"), ("old", "new")


def _read_so(own: str, reading: str) -> bool:
    """Whether a rule counts where a dispute is read so: it knows no reading, this one, or another dispute's."""
    return not reading or own in ("", reading) or own.partition("=")[0] != reading.partition("=")[0]


def _renamed(drafts: _Drafts, before: dict[str, m.Clause], after: dict[str, m.Clause]) -> dict[str, str]:
    """Old name -> new name of clauses that say the same under another name."""
    found: dict[str, str] = {}
    for name in sorted(before.keys() - after.keys()):
        for other in sorted(after.keys() - before.keys() - set(found.values())):
            one = replace(before[name], name=other, overrides=after[other].overrides)
            if one == after[other] and drafts.meaning("old", before[name]) == drafts.meaning("new", after[other]):
                found[name] = other
                break
    return found


def _difference(drafts: _Drafts, one: m.Clause | None, other: m.Clause | None) -> Difference:
    clause = one or other
    assert clause is not None
    if one is None:
        words = "added"
    elif other is None:
        words = "removed"
    else:
        words = f"renamed to {other.name}" if one.name != other.name else "changed"
    shown = None
    try:
        shown = _shown(drafts, one, other)
        said = [shown.words, *_otherwise(drafts, one, other)] if shown else _unshown(drafts, one, other)
    except MandateError as error:
        undecided = f"whether an event is judged differently could not be decided: {error.problem}"
        said = [undecided, *_otherwise(drafts, one, other)]
    return Difference(
        clause=clause.name,
        old_line=one.line if one else 0,
        new_line=other.line if other else 0,
        words=f"{words}: {'; '.join(said)}",
        event=shown.event if shown else (),
        breach_in=shown.breach_in if shown else "",
        times=shown.times if shown else 1,
        reading=shown.reading if shown else "",
    )


def _shown(drafts: _Drafts, one: m.Clause | None, other: m.Clause | None) -> _Shown | None:
    """An event that one draft surely judges a breach and the other does not: whatever is read, or under one reading."""
    shared, _ = drafts.readings((one, other))
    for reading in ("", *shared):
        for draft, against in drafts.sides:
            if event := _breach(drafts, (draft, against), (one, other), reading):
                words = f"an event is a breach in the {draft} draft only"
                words = f"read as {reading}, {words}" if reading else words
                return _Shown(words=words, event=event, breach_in=draft, reading=reading)
    return _limited(drafts, one, other)


def _unshown(drafts: _Drafts, one: m.Clause | None, other: m.Clause | None) -> list[str]:
    """What is said where no event shows the difference: never more than what was compared."""
    said = _otherwise(drafts, one, other)
    if drafts.untouched((one, other)):
        return said or [SAME]
    _, alone = drafts.readings((one, other))
    modalities = {clause.modality for clause in (one, other) if clause}
    redrawn = {*drafts.drawn["old"]} != {*drafts.drawn["new"]}
    of_single_events = modalities <= {"prohibited", "allowed"} and not alone and not redrawn
    return [UNSURE, *said] if of_single_events or not said else said


def _breach(
    drafts: _Drafts, sides: tuple[str, str], clauses: tuple[m.Clause | None, m.Clause | None], reading: str
) -> Row:
    """An event that the first side judges a breach and the second does not, among those that the clause is about."""
    space, (draft, against) = drafts.space, sides
    about = [*drafts.of("old", clauses[0]), *drafts.of("new", clauses[1])]
    about = [index for index in about if _read_so(space.rules[index].reading, reading)]
    for party in sorted({space.rules[index].addressee for index in about}):
        mine = [index for index in about if space.rules[index].addressee == party]
        acts = {act for index in mine for act in acts_of(space.rules[index])}
        without = list(drafts.breaches(against, party, acts, reading))
        bodies = [space.shapes[index].possibly for index in mine]
        for box in meet_all(drafts.breaches(draft, party, acts, reading), bodies):
            for left in less(box, without, subject=space.subject):
                if all(space.stated(left)):
                    return _row(drafts, [left], party, acts)
    return ()


def _row(drafts: _Drafts, boxes: Sequence[Box], party: str, acts: set[str]) -> Row:
    """The event, in the columns of every rule of either draft about the party and one of the acts."""
    space = drafts.space
    near = [i for i, rule in enumerate(space.rules) if rule.addressee == party and acts & {*acts_of(rule)}]
    headers = [draft.header for draft in drafts.drafts.values()]
    sharper = replace(
        headers[0],
        precision_s=max(each.precision_s for each in headers),
        precision_m=max(each.precision_m for each in headers),
    )
    return event_row(space, boxes, space.needed(near), Saying.of(m.Mandate(name="", header=sharper), party))


def _limited(drafts: _Drafts, one: m.Clause | None, other: m.Clause | None) -> _Shown | None:
    """An event that, repeated, exceeds one draft's limit and none of the other's."""
    space = drafts.space
    for draft, against in drafts.sides:
        mine = one if draft == "old" else other
        if mine is None or mine.limit is None:
            continue
        for index in drafts.of(draft, mine):
            party, acts = space.rules[index].addressee, {*acts_of(space.rules[index])}
            rivals = [
                each
                for each in drafts.indexes[against]
                if space.rules[each].addressee == party and _as_tight(space.rules[each].limit, mine.limit)
            ]
            counted = chain.from_iterable(space.left("openly", each) for each in rivals)
            without = [*counted, *drafts.breaches(against, party, acts)]
            boxes = [left for b in space.left("strictly", index) for left in less(b, without, subject=space.subject)]
            if any(all(space.stated(box)) for box in boxes):
                limit = mine.limit
                span = "at once" if limit.window_s is None else f"within {duration_words(limit.window_s)}"
                words = f"{limit.most + 1} {limit.unit} like this {span} are a breach in the {draft} draft only"
                row = _row(drafts, boxes, party, acts)
                return _Shown(words=words, event=row, breach_in=draft, times=limit.most + 1)
    return None


def _as_tight(one: m.Limit | None, other: m.Limit) -> bool:
    """Whether so many as just exceed the other limit may exceed this one too."""
    return one is not None and not (one.unit == other.unit and one.window_s == other.window_s and one.most > other.most)


def _otherwise(drafts: _Drafts, one: m.Clause | None, other: m.Clause | None) -> list[str]:
    """Differences that no single event shows."""
    _, said = drafts.readings((one, other))
    duty = "required" in {clause.modality for clause in (one, other) if clause}
    if one is None or other is None:
        return [*said, *(["a duty that only one draft has"] if duty else [])]
    before, after = drafts.meaning("old", one), drafts.meaning("new", other)
    if duty and before[0] != after[0]:
        said.append("what meets the duty, or by when, differs")
    if one.limit != other.limit:
        said.append("another limit")
    if before[1] != after[1]:
        said.append("another evidence standard: the same event may be proved in one draft only")
    if before[2] != after[2]:
        said.append("a line or zone is drawn anew: the same place may lie otherwise")
    changed = {name: words for name, words in _FOLLOWS.items() if getattr(one, name) != getattr(other, name)}
    if changed:
        plural = len(changed) > 1 or not _PLURALS.isdisjoint(changed)
        said.append(f"{listed(changed.values())} differ{'' if plural else 's'}")
    return said
