"""Clauses and counterexamples in words: an event as a row that the judge can be given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from truceline.base.time import stamp
from truceline.base.units import MM_PER_M, UNBOUNDED, US_PER_S
from truceline.model import mandate as m
from truceline.terms.atoms import Among
from truceline.terms.boxes import Axis, Box, Space, metres, plain_mm, plain_second, weapon_row
from truceline.terms.rules import Rule

Row = tuple[tuple[str, str], ...]
SHOWN = 6  # names in one sentence


# --- words ------------------------------------------------------------------------------------------------


def acts_of(rule: Rule) -> tuple[str, ...]:
    """The acts that a rule is about."""
    return next(atom.names for atom in rule.atoms if isinstance(atom, Among) and atom.column == "act")


def listed(names: Iterable[str], word: str = "and") -> str:
    """`a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - SHOWN
    return f"{', '.join(names[:SHOWN])} and {more} more" if more > 0 else listed(names)


def weapons_words(item: m.Weapons) -> str:
    """`LIGHT says artillery tank except LONG calibre < 100mm`, as the text has it."""
    words = f"{item.name} says {' '.join(item.members)}"
    words += f" except {' '.join(item.excepted)}" if item.excepted else ""
    words += "" if item.calibre_lo_mm is None else f" calibre >= {item.calibre_lo_mm}mm"
    return words + ("" if item.calibre_hi_mm is None else f" calibre < {item.calibre_hi_mm + 1}mm")


# --- events as rows ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Saying:
    """Whose act an event is, and how far from any limit to stay where there is room."""

    party: str
    margin_s: int
    margin_mm: int

    @classmethod
    def of(cls, mandate: m.Mandate, party: str) -> "Saying":
        """With the precision that counts under a mandate."""
        return cls(party, mandate.header.precision_s, mandate.header.precision_m * MM_PER_M)


def event_row(space: Space, boxes: Iterable[Box], axes: Iterable[int], say: Saying) -> Row:
    """The plainest event in some boxes, as a feed would state it: the columns of these axes, time, party and act."""
    point, box = space.plainest(boxes)
    time, act = space.index["time"], space.index["act"]
    rows = {number: _stated(space.axes[number], point[number], box[number], say) for number in {*axes, time, act}}
    first = (*rows.pop(time), ("party", say.party), *rows.pop(act))
    return (*first, *chain.from_iterable(row for _, row in sorted(rows.items())))


def _stated(axis: Axis, point: int, among: int, say: Saying) -> Row:
    """Columns and values of one point; numbers lie well inside the set `among` that it is in."""
    if axis.words:
        column = "object_kind" if axis.kind == "object" else axis.kind
        return ((column, axis.words[point]),) if axis.words[point] else ()
    if axis.weapons:
        return weapon_row(axis.weapons[point])
    if axis.kind == "gate":
        return ((axis.name, "open" if point else "none"),)
    if axis.entries:
        return _entries_row(axis, point, say.party)
    if axis.kind == "line":
        return _line_row(axis, point, among, say)
    first, last = axis.run(point, among)
    if axis.kind == "time":
        return (("time", stamp(plain_second(first, last, say.margin_s) * US_PER_S)),)
    if last is not None and last < 0:
        outside_mm = plain_mm(-last, None if first == -UNBOUNDED else -first, say.margin_mm)
        return ((axis.name, metres(-outside_mm)),)
    return ((axis.name, metres(plain_mm(max(first, 0), last, say.margin_mm))),)


def _entries_row(axis: Axis, point: int, party: str) -> Row:
    """What each rule that asks finds in the register."""
    found = []
    for asked in sorted({entry for entries in axis.entries for entry in entries}, key=repr):
        notice = f":{asked.lead_s}:{asked.to}" if asked.to else ""
        held = any(entry.answers(asked).surely for entry in axis.entries[point])
        column = f"exempt:{axis.subject}:{asked.decider}:{party}{notice}"
        found.append((column, "granted" if held else "none"))
    return tuple(found)


def _line_row(axis: Axis, point: int, among: int, say: Saying) -> Row:
    distance, side, cells = f"distance:{axis.subject}", f"side:{axis.subject}", len(axis.firsts)
    if point == 2 * cells:
        return ((distance, metres(0)), (side, "on the line"))
    left = point < cells
    half = (among if left else among >> cells) & ((1 << cells) - 1)
    first, last = axis.run(point % cells, half)
    return ((distance, metres(plain_mm(first, last, say.margin_mm))), (side, "left" if left else "right"))
