"""Stance lines and source chains as SVG. Both read without colours: filled, hollow and dashed say what matters.

A date is a bar as wide as what is known of it. Source chains are drawn as a tree from where each began: what stands in
one box was told by one mouth, so that five articles with one origin are five rows that end in one box.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from truceline.model.lines import Edge, Node
from truceline.report.coverage.drawing import shortened
from truceline.report.figures import (
    FAINT,
    INK,
    PAPER,
    Look,
    Samples,
    Sheet,
    legend,
    legend_rows,
    printable,
    text_px,
)

FILL, TINT = "#0f5a94", "#e4eef6"
LEFT_PX, RIGHT_PX = 8.0, 492.0
ROW_PX, BAR_PX, HEAD_PX = 14.0, 7.0, 15.0
DASHED = (0, (3, 2))


# --- one stance line ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One entry: the days between which it lies as numbers, None where that side is open; in words what it is."""

    words: str
    first: int | None
    last: int | None
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A line as it is drawn: bars in order, a heading for each half, and the days that the axis holds."""

    own_words: str
    alleged_words: str
    bars: tuple[Bar, ...]
    first: int
    last: int


def line_svg(drawn: Drawn) -> bytes:
    """One stance line: own words filled, what others tell hollow; each bar as wide as its date is known."""
    halves = [
        (words, [bar for bar in drawn.bars if bar.own == own])
        for own, words in ((True, drawn.own_words), (False, drawn.alleged_words))
    ]
    rows = legend_rows(_line_samples(drawn))
    low_px = 10 + 12.0 * len(rows) + 18
    top_px = low_px + sum(HEAD_PX + ROW_PX * max(1, len(bars)) for _, bars in halves) + 4
    sheet = Sheet(top_px + 2)
    _days(sheet, drawn, low_px, top_px)
    at_px = top_px
    for words, bars in halves:
        at_px -= HEAD_PX
        sheet.write((LEFT_PX, at_px + 3), shortened(words, 7, RIGHT_PX - LEFT_PX - 8), 7, Look(bold=True, halo=True))
        for bar in bars:
            at_px -= ROW_PX
            _bar(sheet, drawn, bar, at_px)
        if not bars:
            at_px -= ROW_PX
            sheet.write((LEFT_PX + 6, at_px + 4), "nothing confirmed", 7, Look(colour=FAINT, halo=True))
    legend(sheet, rows, 8.0)
    return sheet.svg()


def _line_samples(drawn: Drawn) -> Samples:
    edge = {"marker": "s", "markeredgecolor": FILL, "markersize": 6}
    samples: Samples = [
        ("said by itself", {"color": FILL, **edge}),
        ("told by others", {"color": PAPER, **edge}),
    ]
    if any(bar.first is None or bar.last is None for bar in drawn.bars):
        samples.append(
            (
                "dashed, with an arrow: open on that side, and beyond this picture",
                {"marker": "_", "color": FILL, "markersize": 9},
            )
        )
    return samples


def _x_px(drawn: Drawn, day: int) -> float:
    """Where a day begins across the picture."""
    share_ratio = (day - drawn.first) / (drawn.last + 1 - drawn.first)
    return LEFT_PX + min(1.0, max(0.0, share_ratio)) * (RIGHT_PX - LEFT_PX)


def _bar(sheet: Sheet, drawn: Drawn, bar: Bar, low_px: float) -> None:
    """The bar of one entry with its words: beside it where there is room, else over it."""
    left_px = LEFT_PX + 4 if bar.first is None else _x_px(drawn, bar.first)
    right_px = RIGHT_PX - 4 if bar.last is None else max(_x_px(drawn, bar.last + 1), left_px + 3.0)
    box = (left_px, low_px + 3, right_px - left_px, BAR_PX)
    known = bar.first is not None and bar.last is not None
    sheet.rectangle(box, fc=FILL if bar.own and known else PAPER, opaque_ratio=1, zorder=3)
    if bar.own and not known:
        sheet.rectangle(box, fc=FILL, opaque_ratio=0.35, zorder=4)
    _outline(sheet, box, (bar.first is None, bar.last is None))
    needed_px = text_px(bar.words, 7) + 6
    if right_px + needed_px <= RIGHT_PX + 4:
        sheet.write((right_px + 4, low_px + 4), bar.words, 7, Look(halo=True))
    elif left_px - needed_px >= LEFT_PX:
        sheet.write((left_px - needed_px + 2, low_px + 4), bar.words, 7, Look(halo=True))
    else:
        words = shortened(bar.words, 7, RIGHT_PX - LEFT_PX - 16)
        at_px = min(max(left_px + 4, LEFT_PX + 4), RIGHT_PX - text_px(words, 7) - 8)
        sheet.write((at_px, low_px + 4), words, 7, Look(halo=True))


def _outline(sheet: Sheet, box: tuple[float, float, float, float], opened: tuple[bool, bool]) -> None:
    """The edges of a bar, dashed and without an end where its date is open."""
    left_px, low_px, wide_px, tall_px = box
    right_px, top_px = left_px + wide_px, low_px + tall_px
    style = DASHED if any(opened) else "solid"
    for y_px in (low_px, top_px):
        sheet.axes.plot((left_px, right_px), (y_px, y_px), color=FILL, lw=1.0, linestyle=style, zorder=5)
    middle_px = (low_px + top_px) / 2
    for x_px, is_open, away_px in ((left_px, opened[0], -4.0), (right_px, opened[1], 4.0)):
        if is_open:  # an arrow: it may lie further out than the picture shows
            sheet.axes.plot((x_px, x_px + away_px, x_px), (low_px, middle_px, top_px), color=FILL, lw=1.0, zorder=5)
        else:
            sheet.axes.plot((x_px, x_px), (low_px, top_px), color=FILL, lw=1.0, zorder=5)


def _days(sheet: Sheet, drawn: Drawn, low_px: float, top_px: float) -> None:
    """The axis: beginnings of months or years, as many names as fit."""
    starts = list(_month_starts(drawn.first, drawn.last))
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60, 120) if len(starts) / each <= 10), 240)
    chosen = [each for each in starts if step == 1 or (each.year * 12 + each.month - 1) % step == 0]
    for each in chosen or [date.fromordinal(drawn.first)]:
        at_px = _x_px(drawn, each.toordinal())
        sheet.axes.plot((at_px, at_px), (low_px - 4, top_px), color="#e3e6ea", lw=0.6, zorder=1)
        words = str(each.year) if step >= 12 else f"{each:%b %Y}" if chosen else f"{each.day} {each:%b %Y}"
        if at_px + text_px(words, 6.5) < RIGHT_PX:
            sheet.write((at_px + 1, low_px - 11), words, 6.5, Look(colour=FAINT))
    sheet.axes.plot((LEFT_PX, RIGHT_PX), (low_px, low_px), color=INK, lw=0.6, zorder=6)


def _month_starts(first: int, last: int) -> Iterator[date]:
    """The first day of each month between two days."""
    day = date.fromordinal(first).replace(day=1)
    while day.toordinal() <= last:
        if day.toordinal() >= first:
            yield day
        if (day.year, day.month) == (date.max.year, 12):
            return
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)


# --- source chains ------------------------------

Path = tuple[Node, ...]  # from the article to where it began
MOST_ROWS = 20  # in one picture, so that it fits on a page
MOST_MOUTHS = 6  # in one row; a longer chain is told with its middle left out
CHAIN_PX, GAP_PX, TYPE_PX = 31.0, 15.0, 6.2
COUNT_PX = 22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One way from an article to where it began, with the statements that came that way."""

    path: Path
    statements: tuple[str, ...]

    @property
    def origin(self) -> Node | None:
        """Where it began; None: not stated. A report that the words speak of is not where they began."""
        last = self.path[-2] if self.path[-1].kind == "unseen" else self.path[-1]
        return None if last.kind == "article" else last


def courses_of(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[Course, ...]:
    """Every different way through the graph that a statement took, those with one origin together."""
    known = {node.node_id: node for node in nodes}
    ways: dict[str, list[Edge]] = {}
    for edge in edges:
        for row_id in edge.statements:
            ways.setdefault(row_id, []).append(edge)
    found: dict[tuple[str, ...], list[str]] = {}
    for row_id in sorted(ways):
        for path in _paths(ways[row_id]):
            found.setdefault(path, []).append(row_id)
    courses = [Course(path=tuple(known[each] for each in path), statements=tuple(rows)) for path, rows in found.items()]
    many: dict[str, int] = {}
    for each in courses:
        many[each.path[-1].node_id] = many.get(each.path[-1].node_id, 0) + 1
    return tuple(sorted(courses, key=lambda each: (-many[each.path[-1].node_id], _backwards(each))))


def _backwards(course: Course) -> tuple[str, ...]:
    return tuple(node.node_id for node in reversed(course.path))


def _paths(edges: Sequence[Edge]) -> list[tuple[str, ...]]:
    """The ways that one statement's edges make, from where nothing leads to; a mouth that comes again ends the way."""
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.from_id, []).append(edge.to_id)
    led = {edge.to_id for edge in edges}
    starts = [each for each in after if each not in led] or sorted(after)[:1]
    open_paths: list[tuple[str, ...]] = [(each,) for each in starts]
    closed: list[tuple[str, ...]] = []
    while open_paths:
        path = open_paths.pop()
        further = [each for each in after.get(path[-1], ()) if each not in path]
        open_paths += [(*path, each) for each in further]
        closed += [] if further else [path]
    return sorted(closed)


def pictures_of(courses: Sequence[Course]) -> list[list[Course]]:
    """Courses in pictures of at most MOST_ROWS, those with one origin in one picture where they fit."""
    pictures: list[list[Course]] = [[]]
    for _, alike in groupby(courses, key=lambda each: each.path[-1].node_id):
        group = list(alike)
        if pictures[-1] and len(pictures[-1]) + len(group) > MOST_ROWS:
            pictures.append([])
        for course in group:
            if len(pictures[-1]) == MOST_ROWS:
                pictures.append([])
            pictures[-1].append(course)
    return [each for each in pictures if each]


def chains_svg(courses: Sequence[Course]) -> bytes:
    """Courses as rows: the article on the left, where it began on the right, neighbours with one mouth in one box."""
    paths = [_told(course.path) for course in courses]
    columns = max(len(path) for path in paths)
    rows = legend_rows(_chain_samples(paths))
    low_px = 8 + 12.0 * len(rows) + 4
    sheet = Sheet(low_px + CHAIN_PX * len(courses) + 16)
    wide_px = (RIGHT_PX - LEFT_PX - COUNT_PX - GAP_PX * (columns - 1)) / columns
    sides_px = [LEFT_PX + COUNT_PX + number * (wide_px + GAP_PX) for number in range(columns)]
    top_px = low_px + CHAIN_PX * len(courses)
    sheet.write((LEFT_PX, top_px + 5), "sentences", 6.2, Look(colour=FAINT))
    sheet.write((sides_px[0] + COUNT_PX, top_px + 5), "article", 6.2, Look(colour=FAINT))
    sheet.write((RIGHT_PX, top_px + 5), "where it began", 6.2, Look(across="right", colour=FAINT))
    for number, course in enumerate(courses):
        words = f"{len(course.statements)}"
        sheet.write((LEFT_PX + 8, top_px - CHAIN_PX * (number + 0.5) - 2.5), words, 7, Look(across="center", bold=True))
    for box in _boxes(paths, columns):
        _box(sheet, box, (sides_px, wide_px, top_px))
    legend(sheet, rows, 8.0)
    return sheet.svg()


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A mouth over the rows that it told; `to`: the column of the one it has it from, -1 at the end of a row."""

    node: Node
    column: int
    first: int
    last: int
    to: int


def _told(path: Path) -> Path:
    """A path with its middle left out where it is too long to draw."""
    if len(path) <= MOST_MOUTHS:
        return path
    left_out = len(path) - MOST_MOUTHS + 1
    middle = Node(node_id=f"more:{path[2].node_id}", kind="relay", name=f"{left_out} more, named in the table")
    return (*path[:2], middle, *path[2 + left_out :])


def _boxes(paths: Sequence[Path], columns: int) -> Iterator[Box]:
    """A box for each run of rows that share a mouth and all behind it; articles stand alone in the first column."""
    for back in range(columns):
        runs = groupby(range(len(paths)), key=lambda row: tuple(n.node_id for n in paths[row][::-1][: back + 1]))
        for tail, rows in runs:
            every = list(rows)
            path = paths[every[0]]
            if len(tail) == back + 1:
                node = path[-1 - back]
                column = 0 if len(path) == back + 1 else columns - 1 - back
                to = columns - back if back else -1
                alone = ((row, row) for row in every) if column == 0 else ((every[0], every[-1]),)
                for first, last in alone:
                    yield Box(node=node, column=column, first=first, last=last, to=to)


def _box(sheet: Sheet, box: Box, layout: tuple[Sequence[float], float, float]) -> None:
    """A mouth's box with its name, and an arrow to the one it has it from."""
    sides_px, wide_px, top_px = layout
    left_px, right_px = sides_px[box.column], sides_px[box.column] + wide_px
    high_px, low_px = top_px - CHAIN_PX * box.first - 2.5, top_px - CHAIN_PX * (box.last + 1) + 2.5
    unseen = box.node.kind == "unseen"
    fill = PAPER if box.node.hollow or unseen else TINT
    sheet.rectangle((left_px, low_px, wide_px, high_px - low_px), fc=fill, opaque_ratio=1, zorder=3)
    sheet.axes.plot(
        (left_px, right_px, right_px, left_px, left_px), (low_px, low_px, high_px, high_px, low_px),
        color=INK, lw=0.9, linestyle=DASHED if unseen else "solid", zorder=4,
    )  # fmt: skip
    lines = _wrapped(box.node.name, wide_px - 6, max(2, int((high_px - low_px - 9) // (TYPE_PX + 1.4))))
    kind = kind_words(box.node)
    middle_px = (low_px + high_px) / 2 + (len(lines) * (TYPE_PX + 1.2) + 6) / 2 + 1.2
    sheet.write((left_px + 3, middle_px - 6), kind, 5.2, Look(colour=FAINT))
    for number, words in enumerate(lines, start=1):
        sheet.write((left_px + 3, middle_px - 6 - number * (TYPE_PX + 1.2)), words, TYPE_PX)
    if box.to >= 0:
        _arrow(sheet, (right_px, sides_px[box.to], (low_px + high_px) / 2))


def kind_words(node: Node) -> str:
    """What a box is: `article`, `outlet`, `unnamed`, `speaks of, not seen here`."""
    return "speaks of, not seen here" if node.kind == "unseen" else "unnamed" if node.hollow else node.kind


def _arrow(sheet: Sheet, span_px: tuple[float, float, float]) -> None:
    """From whoever tells to whom they have it from."""
    from_px, to_px, y_px = span_px
    sheet.axes.plot((from_px, to_px - 1), (y_px, y_px), color=INK, lw=0.8, zorder=2)
    sheet.axes.plot((to_px - 4, to_px - 0.8, to_px - 4), (y_px + 2.2, y_px, y_px - 2.2), color=INK, lw=0.8, zorder=6)


def _wrapped(words: str, most_px: float, most_lines: int) -> list[str]:
    """Words in lines that fit; what does not fit ends in an ellipsis."""
    lines = [""]
    for word in printable(words[:400]).split():
        tried = f"{lines[-1]} {word}".strip()
        if text_px(tried, TYPE_PX) * 1.02 <= most_px:
            lines[-1] = tried
            continue
        if lines[-1]:
            lines.append("")
        left = word
        while text_px(left, TYPE_PX) * 1.02 > most_px and len(lines) <= most_lines:
            fits = max(1, math.floor(len(left) * most_px / (text_px(left, TYPE_PX) * 1.08)))
            lines[-1], left = left[:fits], left[fits:]
            lines.append("")
        lines[-1] = left
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], shortened(f"{lines[most_lines - 1]} …", TYPE_PX, most_px)]
    return lines


def _chain_samples(paths: Sequence[Path]) -> Samples:
    """The legend: only what is drawn."""
    nodes = [node for path in paths for node in path]
    edge = {"marker": "s", "markeredgecolor": INK, "markersize": 7}
    samples: Samples = [("has a name", {"color": TINT, **edge})]
    if any(node.hollow and node.kind != "unseen" for node in nodes):
        samples.append(("hollow: has no name", {"color": PAPER, **edge}))
    if any(node.kind == "unseen" for node in nodes):
        samples.append(("dashed: a report spoken of, not seen here", {"color": PAPER, **edge}))
    samples.append(("arrow: has it from", {"marker": "_", "color": INK, "markersize": 9}))
    return samples
