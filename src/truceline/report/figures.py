"""The map and the timeline as SVG pictures: pure, text drawn as outlines, so that they look the same everywhere.

The only file that imports matplotlib, and only when a picture is drawn. Everything is laid out here, in pixels of
1/72 inch; matplotlib only writes it down.
"""

import functools
import io
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from truceline.report.geojson import (
    COVERAGE_WORDS,
    DISCLAIMER,
    NO_FINDING,
    Box,
    Ground,
    Path,
    Point,
    Shape,
    Stretch,
    View,
    clusters,
    round_step,
    view_of,
)
from truceline.report.totals import FOOTINGS, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

WIDTH_PX = 500.0
INK, FAINT, PAPER = "#1b1f24", "#6b7280", "#ffffff"

# Verdict -> marker, fill, words. Colours after Okabe and Ito; shape says the same.
SYMBOLS: Mapping[str, tuple[str, str, str]] = {
    "breach": ("D", "#d55e00", "breach"),
    "undetermined": ("^", "#0072b2", "undetermined"),
    "no_breach": ("o", "#009e73", "no breach"),
    NO_FINDING: ("s", "#ffffff", "no finding"),
}
BARS: Mapping[str, tuple[str, str, str]] = {  # footing -> fill, hatch, words
    "own": ("#0072b2", "", "own and independent sources"),
    "record": ("#e69f00", "////", "a party's own record only"),
    "media": ("#c9ced6", "....", "media only"),
}
# What could have been seen -> fill. The less was seen the darker, so that it reads without colours too.
SEEN_FILLS: Mapping[str, str] = {
    "observed": "#cfe6f3", "partly": "#6fa8d0", "not_observed": "#26292e", "not_known": "#ffffff"
}  # fmt: skip


# --- the sheet ------------------------------


class Sheet:
    """A sheet of paper measured in pixels (1/72 inch) from its lower left corner; knows what space is taken."""

    def __init__(self, height_px: float) -> None:
        from matplotlib.figure import Figure as Canvas

        self.figure: Figure = Canvas(figsize=(WIDTH_PX / 72, height_px / 72), dpi=72)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, WIDTH_PX), ylim=(0, height_px))
        self.axes.set_axis_off()
        self.taken: list[Box] = []

    def write(self, at_px: tuple[float, float], words: str, size_px: float = 7.0, look: "Look | None" = None) -> None:
        """Words at a position; the look says how."""
        look = look or Look()
        x_px, y_px = at_px
        font = _font(look.bold).copy()
        font.set_size(size_px)
        if look.halo:
            wide_px = text_px(words, size_px) * (1.06 if look.bold else 1)
            left_px = x_px - (wide_px / 2 if look.across == "center" else 0)
            self.rectangle((left_px - 1, y_px - 1.4, wide_px + 2, size_px * 1.1), fc=PAPER, opaque_ratio=0.75, zorder=8)
        self.axes.text(
            x_px, y_px, printable(words), fontproperties=font, color=look.colour, ha=look.across, va=look.up,
            rotation=look.turned_deg, zorder=9, parse_math=False,
        )  # fmt: skip

    def rectangle(self, sides_px: Box, *, fc: str, opaque_ratio: float, zorder: int) -> None:
        """A filled rectangle: left, bottom, width, height."""
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle(sides_px[:2], *sides_px[2:], fc=fc, ec="none", alpha=opaque_ratio, zorder=zorder))

    def free(self, box: Box, within: Box) -> bool:
        """Whether a box lies inside `within` and touches nothing that is taken."""
        inside = box[0] >= within[0] and box[1] >= within[1] and box[2] <= within[2] and box[3] <= within[3]
        return inside and not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in self.taken
        )

    def svg(self) -> bytes:
        """The sheet's bytes: no date, no chance, text as outlines."""
        import matplotlib

        held = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "truceline", "svg.fonttype": "path"}):
            about = {"Date": None, "Creator": None, "Format": None, "Type": None}
            self.figure.savefig(held, format="svg", metadata=about, facecolor=PAPER)
        return held.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How words are set."""

    colour: str = INK
    across: str = "left"
    up: str = "baseline"
    bold: bool = False
    halo: bool = False
    turned_deg: float = 0.0


@functools.cache
def _font(bold: bool) -> "FontProperties":
    """The shipped font; nothing of this machine is used."""
    from matplotlib.font_manager import FontProperties, get_font

    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    with as_file(files("truceline.report").joinpath("fonts", name)) as path:
        get_font(str(path))  # read while it is there, then kept by matplotlib
        return FontProperties(fname=str(path))


@functools.cache
def _wide_ratio(sign: str) -> float:
    """Width of one character in parts of the font's size."""
    from matplotlib.font_manager import get_font

    font = get_font(str(_font(False).get_file()))
    font.set_size(100, 72)
    return float(font.load_char(ord(sign)).linearHoriAdvance) / 65536 / 100


def text_px(words: str, size_px: float) -> float:
    """Width of words in pixels."""
    return size_px * sum(map(_wide_ratio, printable(words)))


@functools.cache
def _drawable() -> frozenset[int]:
    """Code points that the shipped fonts can draw."""
    text = files("truceline.report").joinpath("fonts/coverage.txt").read_text(encoding="utf-8")
    spans = [[int(end, 16) for end in line.split("-")] for line in text.split()]
    return frozenset(code for span in spans for code in range(span[0], span[-1] + 1))


def printable(text: str) -> str:
    """Text with a replacement sign for each character that the shipped fonts cannot draw."""
    return "".join(sign if ord(sign) in _drawable() else "\ufffd" for sign in text)


# --- drawing the timeline ------------------------------

Samples = list[tuple[str, dict[str, Any]]]  # words and how matplotlib draws the sample
SAMPLE_PX = 28.0  # sample and gap beside its words
LEFT_PX, RIGHT_PX = 34.0, 492.0
LANE_PX, WINDOW_PX, BARS_PX = 24.0, 12.0, 96.0
STACKED = 5  # rows in one lane; more than that overlap in the last


def timeline_svg(timeline: Timeline) -> bytes:
    """The timeline as SVG: bars with their figure, zeros printed; below, recorded times as spans."""
    samples: Samples = [
        (words, {"marker": "s", "color": fill, "markeredgecolor": INK, "markersize": 6})
        for fill, _, words in BARS.values()
    ]
    samples.append(("recorded time", {"marker": "_", "color": "#3b4252", "markersize": 9}))
    samples.append(("looked, saw none", {"marker": "s", "color": PAPER, "markeredgecolor": INK, "markersize": 4}))
    rows = legend_rows(samples)
    bottom_px = 10 + 12.0 * len(rows) + 24
    bars_px = bottom_px + LANE_PX * len(timeline.lanes) + 8
    top_px = bars_px + BARS_PX + 10
    sheet = Sheet(top_px + WINDOW_PX * len(timeline.windows) + 10)
    _shade(sheet, timeline, bottom_px, top_px)
    _lanes(sheet, timeline, bottom_px)
    _bars(sheet, timeline, bars_px)
    _axis(sheet, timeline, bottom_px)
    legend(sheet, rows, 10.0)
    return sheet.svg()


def _across_px(timeline: Timeline, instant_us: int) -> float:
    share_ratio = (instant_us - timeline.begin_us) / (timeline.until_us - timeline.begin_us)
    return LEFT_PX + min(1.0, max(0.0, share_ratio)) * (RIGHT_PX - LEFT_PX)


def _shade(sheet: Sheet, timeline: Timeline, bottom_px: float, top_px: float) -> None:
    """The comparator in grey; clauses' periods in a tint, each under a bar with its name."""
    from_px, tint = _across_px(timeline, timeline.from_us), "#7c5cb8"
    sheet.rectangle((LEFT_PX, bottom_px, from_px - LEFT_PX, top_px - bottom_px), fc="#eef0f3", opaque_ratio=1, zorder=0)
    sheet.write((LEFT_PX + 3, top_px - 8), "before, for comparison", 6.5, Look(colour=FAINT))
    sheet.write((from_px + 3, top_px - 8), "period of the report", 6.5, Look(colour=FAINT))
    for number, (name, first_us, end_us) in enumerate(timeline.windows):
        one_px, other_px = _across_px(timeline, first_us), _across_px(timeline, end_us)
        bar_px, wide_px = top_px + 3 + number * WINDOW_PX, max(1.0, other_px - one_px)
        sheet.rectangle((one_px, bottom_px, wide_px, bar_px - bottom_px), fc=tint, opaque_ratio=0.10, zorder=1)
        sheet.rectangle((one_px, bar_px, wide_px, WINDOW_PX - 3), fc=tint, opaque_ratio=0.55, zorder=2)
        words = _short(name, 6.5, max(RIGHT_PX - other_px - 3, one_px - LEFT_PX - 6, wide_px - 4))
        needed_px = text_px(words, 6.5)
        fits_right, fits_left = other_px + 3 + needed_px <= RIGHT_PX, one_px - 3 - needed_px >= LEFT_PX
        at_px = other_px + 3 if fits_right else one_px - 3 - needed_px if fits_left else one_px + 2
        sheet.write((at_px, bar_px + 2), words, 6.5)


def _short(words: str, size_px: float, most_px: float) -> str:
    """The words, or as many of them as fit."""
    while len(words) > 4 and text_px(words, size_px) > most_px:
        words = words[: int(len(words) * 0.9) - 1] + "…"
    return words


def _lanes(sheet: Sheet, timeline: Timeline, bottom_px: float) -> None:
    """One lane for each source: each recorded time as wide as it was recorded, stacked where they overlap."""
    for number, name in enumerate(timeline.lanes):
        low_px = bottom_px + LANE_PX * (len(timeline.lanes) - 1 - number)
        words = _short(name, 6.5, RIGHT_PX - LEFT_PX - 6)
        sheet.write((LEFT_PX + 3, low_px + LANE_PX - 8), words, 6.5, Look(halo=True))
        sheet.axes.plot((LEFT_PX, RIGHT_PX), (low_px, low_px), color="#d5d9df", lw=0.5, zorder=2)
        ends_us = [timeline.begin_us] * STACKED
        drawn: dict[tuple[int, bool], list[tuple[float, float]]] = {}
        for span in (span for span in timeline.spans if span.lane == number):
            row = next((row for row in range(STACKED) if ends_us[row] <= span.first_us), STACKED - 1)
            ends_us[row] = max(ends_us[row], span.last_us)
            one_px, other_px = _across_px(timeline, span.first_us), _across_px(timeline, span.last_us)
            drawn.setdefault((row, span.zero), []).append((one_px, max(1.0, other_px - one_px)))
        for (row, zero), spans in sorted(drawn.items()):
            fill, edge = (PAPER, INK) if zero else ("#3b4252", "none")
            height_px = (low_px + 2 + row * 2.6, 2.0)
            sheet.axes.broken_barh(spans, height_px, facecolor=fill, edgecolor=edge, linewidth=0.5, zorder=4)


def _bars(sheet: Sheet, timeline: Timeline, low_px: float) -> None:
    """Stacked bars, the figure above each; a day without an event says 0."""
    from matplotlib.patches import Rectangle

    most = max((sum(day.counts) for day in timeline.days), default=0)
    tall_px = (BARS_PX - 22) / max(1, most)
    ends_us = [*(day.begin_us for day in timeline.days[1:]), timeline.until_us]
    narrow_px = (RIGHT_PX - LEFT_PX) / max(1, len(timeline.days))
    size_px = max(3.6, min(7.0, narrow_px * 0.62))
    turned = narrow_px < size_px * 0.62 * len(str(most)) + 1
    for day, end_us in zip(timeline.days, ends_us, strict=True):
        one_px, other_px = _across_px(timeline, day.begin_us), _across_px(timeline, end_us)
        gap_px, at_px = min(2.0, (other_px - one_px) * 0.12), low_px
        for kind, count in zip(FOOTINGS, day.counts, strict=True):
            fill, hatch, _ = BARS[kind]
            size = (other_px - one_px - 2 * gap_px, count * tall_px)
            if count:
                bar = Rectangle((one_px + gap_px, at_px), *size, fc=fill, ec=INK, lw=0.4, hatch=hatch, zorder=5)
                bar.set_hatch_linewidth(0.4)
                sheet.axes.add_patch(bar)
            at_px += size[1]
        look = Look(
            across="center",
            up="bottom",
            colour=INK if sum(day.counts) else FAINT,
            turned_deg=90.0 if turned else 0.0,
        )
        sheet.write(((one_px + other_px) / 2, at_px + 1), str(sum(day.counts)), size_px, look)
    sheet.axes.plot((LEFT_PX, RIGHT_PX), (low_px, low_px), color=INK, lw=0.8, zorder=6)
    words = "events a day" if timeline.step_days == 1 else f"events in {timeline.step_days} days"
    sheet.write((10, low_px + BARS_PX / 2), words, 7, Look(turned_deg=90.0, up="center", across="center"))


def _axis(sheet: Sheet, timeline: Timeline, low_px: float) -> None:
    """Days along the bottom, as many names as fit; the zone."""
    every = -(-len(timeline.days) // 12)
    for number, day in enumerate(timeline.days):
        at_px = _across_px(timeline, day.begin_us)
        if number % every == 0:
            sheet.axes.plot((at_px, at_px), (low_px - 4, low_px), color=INK, lw=0.6, zorder=6)
            words = day.label.split()[-3:][1 if timeline.step_days >= 30 else 0 :]
            if at_px < RIGHT_PX - 26:
                sheet.write((at_px + 1, low_px - 11), " ".join(words[:2]), 6.5)
    sheet.axes.plot((LEFT_PX, RIGHT_PX), (low_px, low_px), color=INK, lw=0.6, zorder=6)
    sheet.write((RIGHT_PX, low_px - 20), f"local days, {timeline.zone}", 6.5, Look(across="right", colour=FAINT))


def legend_rows(samples: Samples) -> list[Samples]:
    """A legend in rows, each as full as it fits."""
    rows: list[Samples] = [[]]
    for sample in samples:
        if rows[-1] and sum(SAMPLE_PX + text_px(words, 7) for words, _ in (*rows[-1], sample)) > RIGHT_PX - LEFT_PX:
            rows.append([])
        rows[-1].append(sample)
    return rows


def legend(sheet: Sheet, rows: Sequence[Samples], low_px: float) -> None:
    """Samples with their words, row by row, the last one at `low_px`."""
    for number, row in enumerate(rows):
        x_px, y_px = LEFT_PX, low_px + 12.0 * (len(rows) - 1 - number)
        for words, look in row:
            sheet.axes.plot((x_px + 6,), (y_px + 2.5,), linestyle="none", zorder=8, **look)
            sheet.write((x_px + 15, y_px), words, 7)
            x_px += SAMPLE_PX + text_px(words, 7)


# --- drawing the map ------------------------------

LINE_STYLES = ("solid", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
LINE_COLOURS = ("#1b1f24", "#8a2be2", "#a0522d", "#555f6d")
ZONE_COLOURS = ("#7c5cb8", "#b8860b", "#2f7f86", "#8b4a62")
MOST_PLACES = 60
AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def map_svg(ground: Ground) -> bytes:
    """The map as SVG: lines and zones by name with what could be seen of them, events by verdict, errors as outlines.

    Limits: a plane with cos(latitude), true near the middle of the map; for looking at, not for measuring.
    """
    rows = legend_rows(_samples(ground))
    view = view_of(ground, (LEFT_PX, 32.0 + 12.0 * len(rows), RIGHT_PX))
    sheet = Sheet(view.frame[3] + 8)
    graticule(sheet, view)
    _events(sheet, view, ground)
    stretches(sheet, view, ground.stretches)
    furniture(sheet, view)
    _shapes(sheet, view, ground)
    _place_names(sheet, view, ground)
    legend(sheet, rows, 17.0)
    sheet.write((LEFT_PX, 5), DISCLAIMER, 7, Look(bold=True))
    return sheet.svg()


def _samples(ground: Ground) -> Samples:
    """The legend: verdicts with their number of events, zeros too, then lines and zones."""
    numbers = Counter(placed.verdict for placed in ground.placed)
    edge = {"markeredgecolor": INK, "markeredgewidth": 0.6, "markersize": 6.5}
    samples: Samples = [
        (
            f"{words}: {numbers[verdict]} event{'' if numbers[verdict] == 1 else 's'}",
            {"marker": marker, "color": fill, **edge},
        )
        for verdict, (marker, fill, words) in SYMBOLS.items()
    ]
    samples.append(
        ("where it lies with 95 %", {"marker": "o", "color": "none", "markeredgecolor": FAINT, "markersize": 9})
    )
    for number, shape in enumerate(ground.shapes):
        marker = "s" if shape.kind == "zone" else "_"
        samples.append(
            (f"{shape.kind} {shape.name}", {"marker": marker, "color": _colour(shape, number), "markersize": 8})
        )
    return samples + seen_samples(ground.stretches)


def seen_samples(drawn: Sequence[Stretch]) -> Samples:
    """The legend of what could have been seen; one sentence where nothing of it is known."""
    if not drawn:
        return [(COVERAGE_WORDS["not_known"], {"marker": "s", "color": PAPER, "markeredgecolor": FAINT})]
    states = {stretch.state for stretch in drawn}
    look = {"marker": "s", "markeredgecolor": INK, "markeredgewidth": 0.5, "markersize": 7}
    return [
        (COVERAGE_WORDS[state], {"color": fill, **look})
        for state, fill in SEEN_FILLS.items()
        if state != "not_known" or state in states
    ]


def stretches(sheet: Sheet, view: View, drawn: Sequence[Stretch]) -> None:
    """What could have been seen of each stretch, as a band under the line and a tint of the zone.

    Neighbours in one state are one band. Where nothing was seen the band is dark with white bars across it.
    """
    for (_, ring, state), parts in itertools.groupby(drawn, key=lambda each: (each.feature, each.ring, each.state)):
        fill, paths = SEEN_FILLS[state], [list(map(view.at_px, each.path)) for each in parts]
        if ring:
            for path in paths:
                bars = "xx" if state == "not_observed" else "//" if state == "partly" else ""
                (tint,) = sheet.axes.fill(*zip(*path, strict=True), fc="none", ec=fill, hatch=bars, lw=1.0, zorder=1.5)
                tint.set_hatch_linewidth(0.35)
            continue
        joined: list[tuple[float, float]] = []
        for path in paths:  # a line in several parts has gaps, over which no band goes
            apart = bool(joined) and math.dist(joined[-1], path[0]) > 1
            joined += [(math.nan, math.nan)] * apart + path
            sheet.taken += [(x - 4.5, y - 4.5, x + 4.5, y + 4.5) for x, y in path]
        band: dict[str, Any] = {"solid_capstyle": "butt", "dash_capstyle": "butt", "solid_joinstyle": "round"}
        xs, ys = zip(*joined, strict=True)
        sheet.axes.plot(xs, ys, color=FAINT, lw=8.6, zorder=2.4, **band)
        sheet.axes.plot(xs, ys, color=fill, lw=7.6, zorder=2.5, **band)
        if state == "not_observed":
            sheet.axes.plot(xs, ys, color=PAPER, lw=5.0, zorder=2.6, linestyle=(0, (0.25, 0.9)), **band)


def _colour(shape: Shape, number: int) -> str:
    colours = ZONE_COLOURS if shape.kind == "zone" else LINE_COLOURS
    return colours[number % len(colours)]


def graticule(sheet: Sheet, view: View) -> None:
    """Degrees along the edges, faint lines across; nothing is drawn outside the frame."""
    left_px, low_px, right_px, top_px = view.frame
    step_deg = round_step(min(view.east_deg - view.west_deg, (view.north_deg - view.south_deg) * 1.6) / 4)
    digits = max(0, -math.floor(math.log10(step_deg)))
    for number in range(math.ceil(view.west_deg / step_deg), math.floor(view.east_deg / step_deg) + 1):
        at_px = view.at_px((number * step_deg, view.south_deg))[0]
        sheet.axes.plot((at_px, at_px), (low_px, top_px), color="#e3e6ea", lw=0.5, zorder=1)
        words = f"{abs(number * step_deg):.{digits}f}° {'E' if number >= 0 else 'W'}"
        sheet.write((at_px, low_px - 9), words, 6.5, Look(across="center", colour=FAINT))
    for number in range(math.ceil(view.south_deg / step_deg), math.floor(view.north_deg / step_deg) + 1):
        at_px = view.at_px((view.west_deg, number * step_deg))[1]
        sheet.axes.plot((left_px, right_px), (at_px, at_px), color="#e3e6ea", lw=0.5, zorder=1)
        words = f"{abs(number * step_deg):.{digits}f}° {'N' if number >= 0 else 'S'}"
        sheet.write((left_px - 3, at_px), words, 6.5, Look(across="right", up="center", colour=FAINT))
    sheet.axes.plot(
        (left_px, right_px, right_px, left_px, left_px),
        (low_px, low_px, top_px, top_px, low_px),
        color=INK,
        lw=0.8,
        zorder=8,
    )


def furniture(sheet: Sheet, view: View) -> None:
    """Scale bar and north arrow, each in a corner that covers no event."""
    from matplotlib.patches import Polygon

    left_px, _, right_px, _ = view.frame
    bar_m = round_step((right_px - left_px) / 4 / view.px_per_m)
    bar_px = bar_m * view.px_per_m
    words = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m:g} m"
    x_px, y_px = _corner(sheet, view, (16 + bar_px + text_px(words, 7), 14.0), "low left")
    sheet.axes.plot(
        (x_px + 4, x_px + 4 + bar_px), (y_px + 6, y_px + 6), color=INK, lw=2.2, solid_capstyle="butt", zorder=8
    )
    sheet.write((x_px + 8 + bar_px, y_px + 3.5), words, 7)
    x_px, y_px = _corner(sheet, view, (18.0, 31.0), "top right")
    arrow = [(x_px + 9, y_px + 17), (x_px + 4, y_px + 2), (x_px + 9, y_px + 6), (x_px + 14, y_px + 2)]
    sheet.axes.add_patch(Polygon(arrow, fc=INK, ec=INK, zorder=8))
    sheet.write((x_px + 9, y_px + 20), "N", 8, Look(across="center", bold=True))


def _corner(sheet: Sheet, view: View, size_px: tuple[float, float], wanted: str) -> tuple[float, float]:
    """Lower left point of a box in the wanted corner, or in the first other one where it covers nothing; then taken."""
    left_px, low_px, right_px, top_px = view.frame
    wide_px, tall_px = size_px
    corners = {
        f"{up} {side}": (
            left_px + 5 if side == "left" else right_px - 5 - wide_px,
            low_px + 5 if up == "low" else top_px - 5 - tall_px,
        )
        for up in ("low", "top")
        for side in ("left", "right")
    }
    order = [corners[wanted], *corners.values()]
    at_px = next((c for c in order if sheet.free((*c, c[0] + wide_px, c[1] + tall_px), view.frame)), order[0])
    sheet.rectangle((*at_px, *size_px), fc=PAPER, opaque_ratio=0.85, zorder=7)
    sheet.taken.append((*at_px, at_px[0] + wide_px, at_px[1] + tall_px))
    return at_px


def _events(sheet: Sheet, view: View, ground: Ground) -> None:
    """Outlines of errors larger than a symbol; then one symbol for each place and verdict, with its number."""
    from matplotlib.patches import Ellipse, Rectangle

    frame = Rectangle(
        view.frame[:2],
        view.frame[2] - view.frame[0],
        view.frame[3] - view.frame[1],
        transform=sheet.axes.transData,
    )
    outlines = {
        (view.at_px((e.lon_deg, e.lat_deg)), e.major_m, e.minor_m, e.major_from_east_deg, e.verdict)
        for e in ground.placed
    }
    for at_px, major_m, minor_m, angle_deg, verdict in sorted(outlines):
        if major_m * view.px_per_m > 6:
            sizes_px = [2 * axis_m * view.px_per_m for axis_m in (major_m, minor_m)]
            colour = SYMBOLS[verdict][1] if verdict != NO_FINDING else FAINT
            outline = Ellipse(at_px, *sizes_px, angle=angle_deg, fc="none", ec=colour, lw=0.8, alpha=0.8, zorder=4)
            sheet.axes.add_patch(outline)
            outline.set_clip_path(frame)
    for at_px, numbers in clusters(ground, view, apart_px=9.0):
        kinds = [verdict for verdict in SYMBOLS if numbers[verdict]]
        x_px = at_px[0] - 5.0 * (len(kinds) - 1)
        for verdict in kinds:
            marker, fill, _ = SYMBOLS[verdict]
            sheet.axes.plot(
                (x_px,),
                (at_px[1],),
                marker=marker,
                color=fill,
                markeredgecolor=INK,
                markeredgewidth=0.6,
                markersize=6.5,
                zorder=7,
            )
            if numbers[verdict] > 1:
                sheet.write(
                    (x_px, at_px[1] + 4.5),
                    str(numbers[verdict]),
                    6.5,
                    Look(across="center", bold=True, halo=True),
                )
            sheet.taken.append((x_px - 5, at_px[1] - 5, x_px + 5, at_px[1] + (12 if numbers[verdict] > 1 else 5)))
            x_px += 10.0


def _shapes(sheet: Sheet, view: View, ground: Ground) -> None:
    """Lines and zones, clipped to the frame, each with its name where there is room."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path as Outline

    frame = Rectangle(
        view.frame[:2],
        view.frame[2] - view.frame[0],
        view.frame[3] - view.frame[1],
        transform=sheet.axes.transData,
    )
    for number, shape in enumerate(ground.shapes):
        colour = _colour(shape, number)
        for path in shape.paths:
            xs, ys = zip(*map(view.at_px, path), strict=True)
            style = LINE_STYLES[number % len(LINE_STYLES)]
            (drawn,) = sheet.axes.plot(xs, ys, color=colour, lw=1.5, linestyle=style, zorder=3)
            drawn.set_clip_path(frame)
        for polygon in shape.polygons:
            rings = [[view.at_px(point) for point in ring] for ring in polygon]
            outline = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))
            patch = PathPatch(outline, fc=colour, ec=colour, lw=1.2, alpha=0.25, zorder=2)
            sheet.axes.add_patch(patch)
            patch.set_clip_path(frame)
        _name_shape(sheet, view, shape, colour)


def _name_shape(sheet: Sheet, view: View, shape: Shape, colour: str) -> None:
    """The shape's name beside it, at the first of its points where there is room, from the middle outwards."""
    paths: list[Path] = [*shape.paths, *(polygon[0] for polygon in shape.polygons)]
    points = max(paths, key=len, default=())
    order = sorted(range(len(points)), key=lambda number: abs(number - len(points) / 2))
    for number in order:
        if _put(sheet, view, points[number], shape.name, Look(colour=colour, bold=True, halo=True)):
            return


def _place_names(sheet: Sheet, view: View, ground: Ground) -> None:
    """Names of places, those nearest to an event first, as many as fit without touching anything."""
    for shape in ground.shapes:  # a name does not lie on a line
        for path in shape.paths:
            sheet.taken += [(x - 1.5, y - 1.5, x + 1.5, y + 1.5) for x, y in _steps(view, path)]
    events = [view.at_px((event.lon_deg, event.lat_deg)) for event in ground.placed]
    named = []
    left_px, low_px, right_px, top_px = view.frame
    for name, point in ground.places:
        at_px = view.at_px(point)
        if not (left_px < at_px[0] < right_px and low_px < at_px[1] < top_px):
            continue  # outside what the map shows
        nearest_px = min((math.dist(at_px, event) for event in events), default=0.0)
        named.append((nearest_px, name, point))
    shown = 0
    for _, name, point in sorted(named):
        x_px, y_px = view.at_px(point)
        if shown < MOST_PLACES and _put(sheet, view, point, name, Look(colour="#3d4652", halo=True)):
            sheet.axes.plot((x_px,), (y_px,), marker="o", color="#3d4652", markersize=1.8, zorder=6)
            shown += 1


def _steps(view: View, path: Path) -> Iterator[tuple[float, float]]:
    """Points every fewpixels along a path."""
    at = [view.at_px(point) for point in path]
    for (x_px, y_px), (to_x_px, to_y_px) in itertools.pairwise(at):
        many = min(400, max(1, int(math.hypot(to_x_px - x_px, to_y_px - y_px) / 4)))
        for number in range(many):
            share_ratio = number / many
            yield x_px + (to_x_px - x_px) * share_ratio, y_px + (to_y_px - y_px) * share_ratio


def _put(sheet: Sheet, view: View, point: Point, words: str, look: Look) -> bool:
    """Writes words beside a point at the first free side; False where there is none."""
    x_px, y_px = view.at_px(point)
    wide_px, tall_px = text_px(words, 6.5) * (1.06 if look.bold else 1) + 2, 8.0
    for (right, up), away_px in itertools.product(AROUND, (4.0, 9.0)):
        left_px = x_px + away_px if right > 0 else x_px - away_px - wide_px if right < 0 else x_px - wide_px / 2
        low_px = y_px - tall_px / 2 + up * (tall_px / 2 + away_px - 1)
        box: Box = (left_px, low_px, left_px + wide_px, low_px + tall_px)
        if sheet.free(box, view.frame):
            sheet.taken.append(box)
            sheet.write((left_px + 1, low_px + 1.8), words, 6.5, look)
            return True
    return False
