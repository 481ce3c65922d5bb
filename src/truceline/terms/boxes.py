"""Rules as boxes: every column cut where some rule's answer changes, a set of cells of each column a Python int.

A box is the product of such sets, one for each axis; the events that a rule holds of are a box, or a box minus others.
So whether two rules meet, whether anything is left of one, and what no rule reaches are exact answers.

An axis is one column, or several that hang together: distance to a line and side of it (on the line itself no side is
sure), and all that may stand in one register. Weapons are points: each system that some rule names, and one for each
leaf class and range of calibre in which no rule tells two weapons apart. An axis gives two sets for a condition: where
it surely and where it possibly holds. They differ for disputed members, for systems whose calibre says nothing, for an
object or a weapon that nobody stated, on a line, and for an entry that somebody else granted.

Limits: lines and zones are taken as independent of each other; whether a place so far from one and inside the other
exists is for the drawings to say. At most BOXES_MAX boxes are made in one subtraction. Of more than ENTRIES_MAX entries
that one register is asked for, only one alone or all together are looked at: `Axis.partial`.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain, combinations
from math import prod

from truceline.base.errors import MandateError
from truceline.base.time import from_us, to_us
from truceline.base.units import MM_PER_M, UNBOUNDED, US_PER_S
from truceline.model.catalogue import BY_SLUG, SYSTEMS, WeaponSystem
from truceline.model.vocabulary import ACTS, OBJECTS, WEAPON_LEAVES
from truceline.terms.atoms import Among, Atom, Between, OfWeapons
from truceline.terms.rules import Rule
from truceline.terms.weapons import Held, WeaponFact, WeaponTerm, weapon_held

Box = tuple[int, ...]
Bits = tuple[int, int]  # the points at which a condition surely, and at which it possibly, holds
BOXES_MAX = 20_000  # of one subtraction: a few seconds
ENTRIES_MAX = 6  # of one register: above this, any one of them or all together
USUAL_MM = (122, 120, 152, 82, 100, 30, 12)  # calibres to state where any would do
NEAR_MM, FAR_MM, LONG_S = 200 * MM_PER_M, 100_000 * MM_PER_M, 2 * 366 * 86_400  # where a range has no end
LAST_YEAR = 9998  # with a whole year of the calendar after it
LAST_S = to_us(datetime(LAST_YEAR, 12, 31, tzinfo=UTC)) // US_PER_S
UNSTATED = WeaponFact("", "")


# --- boxes ------------------------------------------------------------------------------------------------


def meet(one: Box, other: Box) -> Box | None:
    """What lies in both; None: nothing."""
    found = []
    for a, b in zip(one, other, strict=True):
        both = a & b
        if not both:
            return None
        found.append(both)
    return tuple(found)


def meet_all(one: Iterable[Box], other: Sequence[Box]) -> list[Box]:
    """What lies in some box of each of two lists."""
    return [found for a in one for b in other if (found := meet(a, b)) is not None]


def less(box: Box, without: Iterable[Box], *, subject: str, most: int = BOXES_MAX) -> Iterator[Box]:
    """What is left of a box, as disjoint boxes, the same ones whatever the order of `without`.

    Of the boxes that still meet a piece, the one that sticks out of it in the fewest columns is taken away first.

    Raises: MandateError: more than `most` boxes would be made; nothing is known of the rest.
    """
    if not all(box):
        return
    stack = [(box, sorted(set(without), key=_larger))]
    made = 0
    while stack:
        piece, others = stack.pop()
        live, best = _live(piece, others)
        if best is None:
            if not live:
                yield piece
            continue
        rest = [other for other in live if other is not best]
        cut, pieces = list(piece), []
        for axis, bits in enumerate(best):
            if outside := cut[axis] & ~bits:
                pieces.append(((*cut[:axis], outside, *cut[axis + 1 :]), rest))
                cut[axis] &= bits
        made += len(pieces)
        if made > most:
            problem = f"more than {most:,} pieces of events would have to be told apart."
            raise MandateError(problem, subject=subject, remedy="Split it by act, weapon or place, and check again.")
        stack += reversed(pieces)


def _larger(box: Box) -> tuple[int, Box]:
    return -prod(bits.bit_count() for bits in box), box


def _live(piece: Box, others: Sequence[Box]) -> tuple[list[Box], Box | None]:
    """The boxes that meet a piece, and the one to take away next; (something, None): one of them covers it."""
    live, best, fewest = [], None, len(piece) + 1
    for other in others:
        outside = 0
        for a, b in zip(piece, other, strict=True):
            if not a & b:
                break
            outside += bool(a & ~b)
        else:
            if not outside:
                return [other], None
            live.append(other)
            if outside < fewest:
                best, fewest = other, outside
    return live, best


# --- axes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that a register may hold, or what a rule asks for: granted by whom, given how long ahead to whom."""

    decider: str
    lead_s: int = 0
    to: str = ""

    def answers(self, asked: "Entry") -> Held:
        """Whether it is what is asked for. Granted by somebody else, it is pending; not given in time, it is none."""
        in_time = not asked.to or (self.to == asked.to and self.lead_s >= asked.lead_s)
        return Held(in_time and asked.decider in ("", self.decider), in_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One dimension of `size` points; a set of them is an int with a bit for each.

    `kind` and points: `act` and `object` `words`; `weapon` `weapons`; `time` and `inside` one point for each range from
    one of `firsts` until before the next (seconds, millimetres; the last has no end); `line` such ranges to the left of
    it, the same to the right, then the line itself; `register` `entries` that stand in it; `gate` closed, open.
    `order` is all points, the plainest first.
    """

    kind: str
    subject: str  # the line, zone, register or gate with its verifier
    size: int
    order: tuple[int, ...]
    firsts: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    weapons: tuple[WeaponFact, ...] = ()
    entries: tuple[tuple[Entry, ...], ...] = ()

    @property
    def name(self) -> str:
        """As `axis_of` gives it."""
        return f"{self.kind}:{self.subject}" if self.subject else self.kind

    @property
    def partial(self) -> bool:
        """Whether some entries were left out, as more than ENTRIES_MAX are asked for."""
        return len({entry for entries in self.entries for entry in entries}) > ENTRIES_MAX

    def run(self, cell: int, among: int) -> tuple[int, int | None]:
        """First and last number around a cell that lie in the set `among`; None: no end."""
        first = last = cell
        while first and among >> first - 1 & 1:
            first -= 1
        while among >> last + 1 & 1:
            last += 1
        return self.firsts[first], self.firsts[last + 1] - 1 if last + 1 < len(self.firsts) else None

    def bits(self, atom: Atom) -> Bits:
        """The points at which the condition surely, and at which it possibly, holds."""
        return _HELD[self.kind](self, atom)


def _word_bits(axis: Axis, atom: Atom) -> Bits:
    """The empty word, of something that nobody stated, is possibly any."""
    assert isinstance(atom, Among)
    surely = sum(1 << axis.words.index(name) for name in set(atom.names))
    return surely, surely | ("" in axis.words and 1 << axis.words.index(""))


def _weapon_bits(axis: Axis, atom: Atom) -> Bits:
    assert isinstance(atom, OfWeapons)
    return _planes([weapon_held(atom.term, fact) for fact in axis.weapons])


def _cell_bits(axis: Axis, atom: Atom) -> Bits:
    assert isinstance(atom, Between)
    begin = 0 if atom.lo is None else bisect_left(axis.firsts, atom.lo)
    end = len(axis.firsts) if atom.hi is None else bisect_left(axis.firsts, atom.hi + 1)
    held = ((1 << end) - 1) & ~((1 << begin) - 1)
    return held, held


def _line_bits(axis: Axis, atom: Atom) -> Bits:
    """On the line either side is possible, and none is sure."""
    assert isinstance(atom, Between)
    cells = len(axis.firsts)
    if atom.column.startswith("distance:"):
        half = _cell_bits(axis, atom)[0]
        held = half | half << cells | (atom.lo is None or atom.lo <= 0) << 2 * cells
        return held, held
    left = (1 << cells) - 1
    surely = left if atom.lo == 1 else left << cells
    return surely, surely | 1 << 2 * cells


def _register_bits(axis: Axis, atom: Atom) -> Bits:
    asked = entry_of(atom.column)[1]
    answers = [[entry.answers(asked) for entry in entries] for entries in axis.entries]
    return _planes([Held(any(each.surely for each in a), any(each.possibly for each in a)) for a in answers])


def _gate_bits(_axis: Axis, _atom: Atom) -> Bits:
    return 2, 2


def _planes(held: Sequence[Held]) -> Bits:
    surely = sum(each.surely << point for point, each in enumerate(held))
    return surely, sum(each.possibly << point for point, each in enumerate(held))


_HELD: dict[str, Callable[[Axis, Atom], Bits]] = {
    "act": _word_bits,
    "object": _word_bits,
    "weapon": _weapon_bits,
    "time": _cell_bits,
    "inside": _cell_bits,
    "line": _line_bits,
    "register": _register_bits,
    "gate": _gate_bits,
}


def entry_of(column: str) -> tuple[str, Entry]:
    """Register and what is asked of it: `exempt:REGISTER:DECIDER:PARTY[:LEAD_S:TO]`."""
    _, register, decider, _, *notice = column.split(":")
    return register, Entry(decider, int(notice[0]), notice[1]) if notice else Entry(decider)


def axis_of(column: str) -> str:
    """The axis on which a column lies."""
    kind, _, name = column.partition(":")
    if kind in ("distance", "side"):
        return f"line:{name}"
    return f"register:{entry_of(column)[0]}" if kind == "exempt" else column


def _axes(conditions: set[Atom]) -> Iterator[Axis]:
    """Every axis that the conditions need; act, weapon, time and object always."""
    yield _words("act", ACTS)
    yield Arms.of([atom.term for atom in conditions if isinstance(atom, OfWeapons)]).axis
    ranges: dict[str, list[Between]] = {"time": []}
    for atom in conditions:
        if isinstance(atom, Between) and atom.column != "count":
            ranges.setdefault(axis_of(atom.column), []).append(atom)
    for name, found in sorted(ranges.items(), key=lambda each: (each[0] != "time", each[0])):
        kind, _, subject = name.partition(":")
        measured = [each for each in found if not each.column.startswith("side:")]
        limits = {each.lo for each in measured if each.lo is not None}
        limits |= {each.hi + 1 for each in measured if each.hi is not None}
        if kind == "register":
            yield _register(subject, {entry_of(each.column)[1] for each in found})
        elif kind == "gate":
            yield Axis(kind=kind, subject=subject, size=2, order=(0, 1))
        else:
            yield _measured(kind, subject, limits)
    yield _words("object", ("", *OBJECTS))


def _words(kind: str, words: tuple[str, ...]) -> Axis:
    return Axis(kind=kind, subject="", size=len(words), order=tuple(range(len(words))), words=words)


def _measured(kind: str, subject: str, limits: set[int]) -> Axis:
    """Seconds: the widest range first. Millimetres: inside a zone first, off a line; not within a metre of a limit;
    the nearest first.
    """
    least = {"time": min(limits, default=0), "inside": -UNBOUNDED, "line": 1}[kind]
    firsts = tuple(sorted({least} | {limit for limit in limits if limit > least}))
    ends = (*firsts[1:], UNBOUNDED)
    cells, size = range(len(firsts)), len(firsts)
    if kind == "time":
        order = sorted(cells, key=lambda cell: (firsts[cell] - ends[cell], cell))
    else:
        narrow = [end - first < MM_PER_M for first, end in zip(firsts, ends, strict=True)]
        order = sorted(cells, key=lambda cell: (narrow[cell], firsts[cell] < 0, abs(firsts[cell])))
    if kind == "line":
        order, size = [*order, *(cell + size for cell in order), 2 * size], 2 * size + 1
    return Axis(kind=kind, subject=subject, size=size, order=tuple(order), firsts=firsts)


def _register(subject: str, asked: set[Entry]) -> Axis:
    """Nothing stands in it, or some of the entries that rules ask for."""
    each = sorted(asked, key=lambda entry: (entry.decider, entry.lead_s, entry.to))
    sizes = range(1, len(each) + 1) if len(each) <= ENTRIES_MAX else (1, len(each))
    entries = ((), *(some for size in sizes for some in combinations(each, size)))
    order = tuple(range(len(entries)))
    return Axis(kind="register", subject=subject, size=len(entries), order=order, entries=entries)


@dataclass(frozen=True, slots=True)
class Arms:
    """The axis of weapons: nobody said; each system that a rule names; one for each class and range of calibre that
    rules tell apart, a real system where the catalogue has one. `of_system`: the point of each system of the catalogue.
    """

    axis: Axis
    of_system: dict[str, int]

    @classmethod
    def of(cls, terms: Iterable[WeaponTerm]) -> "Arms":
        """The axis that some weapons classes need."""
        parts = {part for term in set(terms) for part in _parts(term)}
        named = frozenset(system for part in parts for system in part.systems)
        bounds = {bound for part in parts for bound in (part.calibre_lo_mm, part.calibre_hi_mm + 1)}
        calibres = tuple(sorted({0} | {bound for bound in bounds if 0 < bound < UNBOUNDED}))
        points, of_system, alike = [UNSTATED], {}, {}
        for system in SYSTEMS:
            kind = _kind(system, named, calibres)
            if kind not in alike:
                alike[kind] = len(points)
                points.append(fact_of(system))
            of_system[system.slug] = alike[kind]
        some_named = {system.weapon_class for system in SYSTEMS if system.slug in named}
        ends = (*calibres[1:], UNBOUNDED)
        for leaf in WEAPON_LEAVES:
            for first, end in zip(calibres, ends, strict=True):
                if (leaf, str(first)) not in alike:
                    calibre_mm = next((each for each in USUAL_MM if first <= each < end), first)
                    points.append(WeaponFact("another" if leaf in some_named else "", leaf, calibre_mm, calibre_mm))
        order = tuple(range(len(points)))
        axis = Axis(kind="weapon", subject="", size=len(points), order=order, weapons=tuple(points))
        return cls(axis, of_system)


def _kind(system: WeaponSystem, named: frozenset[str], calibres: tuple[int, ...]) -> tuple[str, ...]:
    """What rules can tell of a system."""
    if system.slug in named:
        return (system.slug,)
    if not system.calibre_mm and len(calibres) > 1:
        return system.weapon_class, "calibre says nothing"
    return system.weapon_class, str(calibres[bisect_left(calibres, system.calibre_mm + 1) - 1])


def _parts(term: WeaponTerm) -> Iterator[WeaponTerm]:
    """A term and all that it is made of."""
    yield term
    for part in (*term.parts, *term.excepted, *term.disputed):
        yield from _parts(part)


def fact_of(system: WeaponSystem) -> WeaponFact:
    """A system of the catalogue as it would be reported."""
    if not system.calibre_mm:
        return WeaponFact(system.slug, system.weapon_class)
    return WeaponFact(system.slug, system.weapon_class, system.calibre_mm, system.calibre_mm)


def system_words(system: WeaponSystem) -> str:
    """`T-72 (tank, 125 mm)`."""
    kind = system.weapon_class.replace("_", " ")
    return f"{system.aliases[0]} ({kind}{f', {system.calibre_mm} mm' if system.calibre_mm else ''})"


def weapon_name(fact: WeaponFact) -> str:
    """A weapon of the catalogue by its printed name, another by class and calibre."""
    if fact.system in BY_SLUG:
        return system_words(BY_SLUG[fact.system])
    return f"any other {fact.weapon_class.replace('_', ' ')} of {fact.calibre_lo_mm} mm"


def weapon_row(fact: WeaponFact) -> tuple[tuple[str, str], ...]:
    """What a feed would state of a weapon."""
    calibre = "" if fact.calibre_hi_mm == UNBOUNDED else str(fact.calibre_lo_mm)
    cells = (("weapon_system", fact.system), ("weapon_class", fact.weapon_class), ("calibre_mm", calibre))
    return tuple(cell for cell in cells if cell[1])


# --- rules as boxes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One rule's boxes. Not yet taken away: what overrides it.

    `surely`, `possibly`: the body. `strictly`: the body where it surely holds and no exemption possibly does; `openly`:
    where it possibly holds and no exemption surely does; `truly`: where it surely holds and no exemption surely does,
    which is what the text means where all is known. `axes`: those it looks at.
    """

    surely: Box
    possibly: Box
    strictly: Box
    openly: Box
    truly: Box
    axes: frozenset[int]


@dataclass
class Space:
    """The axes that some rules need, and each rule's boxes on them."""

    rules: Sequence[Rule]
    subject: str  # what to call the mandate in an error
    _known: dict[Atom, tuple[int, int, int]] = field(default_factory=dict)
    _left: dict[tuple[str, int], list[Box]] = field(default_factory=dict)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Every axis that the rules need."""
        return tuple(_axes({atom for rule in self.rules for atom in chain(rule.atoms, rule.exemptions)}))

    @cached_property
    def of_system(self) -> dict[str, int]:
        """The point on the axis of weapons of each system of the catalogue."""
        return Arms.of(atom.term for rule in self.rules for atom in rule.atoms if isinstance(atom, OfWeapons)).of_system

    @cached_property
    def index(self) -> dict[str, int]:
        """Number of each axis, by name."""
        return {axis.name: number for number, axis in enumerate(self.axes)}

    @cached_property
    def full(self) -> Box:
        """Every event."""
        return tuple((1 << axis.size) - 1 for axis in self.axes)

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Each rule's boxes."""
        return tuple(self._shape(rule) for rule in self.rules)

    def only(self, box: Box, name: str, bits: int) -> Box:
        """The box, on one axis no more than `bits`."""
        number = self.index[name]
        return (*box[:number], box[number] & bits, *box[number + 1 :])

    def axis_number(self, atom: Atom) -> int:
        """The axis on which a condition lies; -1: on none, as `count` does."""
        return self.index.get(axis_of(atom.column), -1)

    def stated(self, box: Box) -> Box:
        """The box without weapons and objects that nobody stated."""
        return self.only(self.only(box, "weapon", ~1), "object", ~1)

    def _bits(self, atom: Atom) -> tuple[int, int, int]:
        """Axis, surely, possibly."""
        found = self._known.get(atom)
        if found is None:
            number = self.axis_number(atom)
            found = self._known[atom] = (number, *self.axes[number].bits(atom))
        return found

    def _shape(self, rule: Rule) -> Shape:
        surely, possibly = list(self.full), list(self.full)
        axes = set()
        for atom in rule.atoms:
            if atom.column != "count":
                number, sure, maybe = self._bits(atom)
                surely[number] &= sure
                possibly[number] &= maybe
                axes.add(number)
        strictly, openly, truly = list(surely), list(possibly), list(surely)
        for exemption in rule.exemptions:
            number, sure, maybe = self._bits(exemption)
            strictly[number] &= ~maybe
            openly[number] &= ~sure
            truly[number] &= ~sure
            axes.add(number)
        return Shape(
            surely=tuple(surely),
            possibly=tuple(possibly),
            strictly=tuple(strictly),
            openly=tuple(openly),
            truly=tuple(truly),
            axes=frozenset(axes),
        )

    def overridden(self, groups: Iterable[tuple[int, ...]], *, known: bool) -> list[Box]:
        """Where all of some group of overriders surely hold. `known`: as the text means it, where all is known."""
        found: list[Box] = []
        for group in groups:
            region = [self.full]
            for other in group:
                region = meet_all(region, self.left("truly" if known else "strictly", other))
            found += region
        return found

    def overridable(self, index: int) -> list[Box]:
        """Where rule `index` possibly is overridden."""
        return [box for group in self.rules[index].overriders for each in group for box in self.left("openly", each)]

    def left(self, plane: str, index: int) -> list[Box]:
        """What a rule holds of, exemptions and overriders taken away: `strictly` (surely, by the three values),
        `openly` (possibly), `truly` and `alive` (surely and possibly where all entries are known).

        Raises: MandateError: too many boxes.
        """
        key = plane, index
        if key not in self._left:
            shape = self.shapes[index]
            if plane == "strictly":
                begin, without = shape.strictly, self.overridable(index)
            elif plane == "openly":
                begin, without = shape.openly, self.overridden(self.rules[index].overriders, known=False)
            elif plane == "alive":
                begin, without = shape.openly, self.overridden(self.rules[index].overriders, known=True)
            else:
                others = [each for group in self.rules[index].overriders for each in group]
                begin, without = shape.truly, [box for each in others for box in self.left("alive", each)]
            self._left[key] = list(less(begin, without, subject=f"{self.subject}, clause {self.rules[index].clause}"))
        return self._left[key]

    def needed(self, indexes: Iterable[int]) -> frozenset[int]:
        """The axes that some rules, and all that overrides them, look at."""
        seen: set[int] = set()
        waiting = list(indexes)
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                waiting += chain.from_iterable(self.rules[index].overriders)
        return frozenset().union(*(self.shapes[index].axes for index in seen))

    def brief(self, boxes: Iterable[Box], width_s: int) -> bool:
        """Whether in every box the last second of each stretch of time is less than `width_s` after its first."""
        number = self.index["time"]
        axis = self.axes[number]
        for box in boxes:
            for cell in range(axis.size):
                if box[number] >> cell & 1:
                    first, last = axis.run(cell, box[number])
                    if last is None or last - first >= width_s:
                        return False
        return True

    def plainest(self, boxes: Iterable[Box]) -> tuple[Box, Box]:
        """The plainest point in some of the boxes, as the number of its cell on each axis, and a box it is in."""
        left, point = sorted(boxes), []
        assert left, "nothing to choose from"
        for number, axis in enumerate(self.axes):
            union = 0
            for box in left:
                union |= box[number]
            chosen = next(each for each in axis.order if union >> each & 1)
            left = [box for box in left if box[number] >> chosen & 1]
            point.append(chosen)
        return tuple(point), left[0]


# --- plain numbers ----------------------------------------------------------------------------------------


def plain_second(first_s: int, last_s: int | None, margin_s: int) -> int:
    """A moment between two, as round as there is: the beginning of a year, month, day, hour or minute."""
    last_s = min(first_s + LONG_S if last_s is None else last_s, max(first_s, LAST_S))
    lo, hi = _inside(first_s, last_s, margin_s)
    begin = from_us(lo * US_PER_S)
    if begin.year >= LAST_YEAR:
        return (lo + hi) // 2
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    rounded = (
        datetime(begin.year + 1, 1, 1, tzinfo=UTC),
        (midnight.replace(day=1) + timedelta(days=32)).replace(day=1),
        midnight + timedelta(days=1),
        begin.replace(minute=0, second=0) + timedelta(hours=1),
        begin.replace(second=0) + timedelta(minutes=1),
    )
    return next((at_s for each in rounded if (at_s := to_us(each) // US_PER_S) <= hi), (lo + hi) // 2)


def plain_mm(first_mm: int, last_mm: int | None, margin_mm: int) -> int:
    """A distance between two, as round as there is; not 0 where another will do. `last_mm` None: no end."""
    if last_mm is None:
        last_mm = max(first_mm + NEAR_MM, 2 * first_mm) + 4 * margin_mm
    lo, hi = _inside(first_mm, last_mm, margin_mm)
    unit = FAR_MM
    while unit:
        rounded = max(-(-lo // unit), 1) * unit
        if rounded <= hi:
            return rounded
        unit //= 10
    return lo


def metres(distance_mm: int) -> str:
    """`100000` -> `100 m`; `1` -> `0.001 m`."""
    whole, rest = divmod(abs(distance_mm), MM_PER_M)
    return f"{'-' if distance_mm < 0 else ''}{whole}{f'.{rest:03d}' if rest else ''} m"


def _inside(first: int, last: int, margin: int) -> tuple[int, int]:
    """The range less a margin at both ends, where it is wide enough."""
    return (first + margin + 1, last - margin - 1) if last - first > 2 * margin + 2 else (first, last)
