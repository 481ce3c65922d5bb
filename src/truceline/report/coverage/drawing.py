"""Strips of coverage, a plan's timetable and map, and the curves of drones against posts, as SVG.

Everything reads in black and white: the less was seen the darker; fleets and numbers of drones differ by pattern too.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truceline.model.plan import Sortie
from truceline.model.tradeoff import CONDITIONS, Tradeoff
from truceline.report.coverage.section import HOUR_US, Strip, local_hour
from truceline.report.figures import (
    FAINT,
    INK,
    LEFT_PX,
    LINE_STYLES,
    PAPER,
    RIGHT_PX,
    SEEN_FILLS,
    Look,
    Samples,
    Sheet,
    furniture,
    graticule,
    legend,
    legend_rows,
    text_px,
)
from truceline.report.geojson import DISCLAIMER, Path, round_step, view_around
from truceline.report.totals import listed

NAMES = {"observed": "observed", "partly": "partly observed", "not_observed": "not observed", "not_known": "not known"}
FLEETS = (("#0072b2", ""), ("#e69f00", "////"), ("#009e73", "...."), ("#cc79a7", "xxxx"), ("#56b4e9", "\\\\\\\\"))
SPELLS = {"airspace": "////", "base": "xxxx", "weather": "....", "interference": "\\\\\\\\"}
CONDITION_WORDS = {"day": "By day", "night": "By night", "bad_weather": "In bad weather"}
CURVES = (("#1b1f24", "solid", "s"), ("#0072b2", (0, (5, 1.5)), "o"), ("#d55e00", (0, (1.5, 1.2)), "^"),
          ("#009e73", (0, (6, 1.5, 1.5, 1.5)), "D"), ("#cc79a7", (0, (3, 1)), "v"))  # fmt: skip
LANE_PX, SPELL_PX = 7.0, 11.0

Span = tuple[int, int]  # from, until, microseconds


# --- strips: along the line x hours ------------------------------


def strips_svg(strips: Sequence[Strip]) -> bytes:
    """One strip for each group of clauses that look alike: along the line upwards, hours across."""
    states = {state for strip in strips for row in strip.states for state in row}
    rows = legend_rows(
        [
            (words, {"marker": "s", "color": SEEN_FILLS[state], "markeredgecolor": INK, "markersize": 7})
            for state, words in NAMES.items()
            if state != "not_known" or state in states
        ]
    )
    heights_px = [12.0 if strip.length_m == 0 else 62.0 for strip in strips]
    low_px = 10 + 12.0 * len(rows) + 24
    sheet = Sheet(low_px + sum(heights_px) + 16 * len(strips) + 4)
    first = strips[0]
    at_px = low_px
    for strip, height_px in zip(reversed(strips), reversed(heights_px), strict=True):
        _strip(sheet, strip, at_px, height_px)
        at_px += height_px + 16
    hour_axis(sheet, (first.from_us, first.until_us), low_px, first.zone)
    legend(sheet, rows, 8.0)
    return sheet.svg()


def _strip(sheet: Sheet, strip: Strip, low_px: float, height_px: float) -> None:
    """Equal neighbours are one rectangle, in time first and then along the line."""
    row_px = height_px / len(strip.states)
    across_px = (RIGHT_PX - LEFT_PX) / len(strip.states[0])
    at_px = low_px
    for states, alike in itertools.groupby(strip.states):
        tall_px, hour = row_px * len(list(alike)), 0
        overlap_px = min(tall_px + 0.5, low_px + height_px - at_px)  # no hairline between one row and the next
        spans: dict[str, list[tuple[float, float]]] = {}
        for state, same in itertools.groupby(states):
            count = len(list(same))
            spans.setdefault(state, []).append((LEFT_PX + hour * across_px, count * across_px))
            hour += count
        for state, pieces in spans.items():
            hatch = "...." if state == "not_known" else ""
            sheet.axes.broken_barh(
                pieces, (at_px, overlap_px), facecolor=SEEN_FILLS[state], edgecolor=FAINT if hatch else "none",
                linewidth=0, hatch=hatch, zorder=3, antialiased=False,
            )  # fmt: skip
        at_px += tall_px
    sides = (LEFT_PX, RIGHT_PX, RIGHT_PX, LEFT_PX, LEFT_PX), (low_px, low_px, at_px, at_px, low_px)
    sheet.axes.plot(*sides, color=INK, lw=0.6, zorder=4)
    if strip.length_m:
        sheet.write((LEFT_PX - 3, low_px), "km 0", 6.0, Look(across="right", colour=FAINT))
        words = f"{strip.length_m / 1000:.0f}"
        sheet.write((LEFT_PX - 3, at_px), words, 6.0, Look(across="right", up="top", colour=FAINT))
    words = strip.words.rpartition(":")[0]
    share = strip.words.rpartition(":")[2].strip()
    sheet.write(
        (LEFT_PX, at_px + 3), shortened(words, 7, RIGHT_PX - LEFT_PX - text_px(share, 6.5) - 14), 7, Look(bold=True)
    )
    sheet.write((RIGHT_PX, at_px + 3), share, 6.5, Look(across="right", colour=FAINT))


def shortened(words: str, size_px: float, most_px: float) -> str:
    """The words, or as many of them as fit."""
    while len(words) > 4 and text_px(words, size_px) * 1.08 > most_px:
        words = words[: int(len(words) * 0.95) - 1] + "…"
    return words


def hour_axis(sheet: Sheet, span_us: Span, low_px: float, zone: str) -> None:
    """Hours below a picture, as many as fit; the day where one begins."""
    from_us, until_us = span_us
    hours = (until_us - from_us) / HOUR_US
    step = next((each for each in (1, 3, 6, 12, 24, 48, 168, 720) if hours / each <= 12), 2160)
    for number in range(math.ceil(hours / step)):
        instant_us = from_us + number * step * HOUR_US
        at_px = across_px(span_us, instant_us)
        day, clock = local_hour(instant_us, zone)
        sheet.axes.plot((at_px, at_px), (low_px - 4, low_px), color=INK, lw=0.6, zorder=6)
        if at_px < RIGHT_PX - 20:
            sheet.write((at_px + 1, low_px - 10), day if step >= 24 else clock, 6.5)
            if step < 24 and (number == 0 or clock == "00:00"):
                sheet.write((at_px + 1, low_px - 18), day, 6.5, Look(colour=FAINT))
    sheet.write((RIGHT_PX, low_px - 18), f"local time, {zone}", 6.5, Look(across="right", colour=FAINT))


def across_px(span_us: Span, instant_us: int) -> float:
    """Where an instant lies across the picture."""
    share_ratio = (instant_us - span_us[0]) / (span_us[1] - span_us[0])
    return LEFT_PX + min(1.0, max(0.0, share_ratio)) * (RIGHT_PX - LEFT_PX)


# --- a plan: timetable and map ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A spell as it is drawn: when, where (`base` empty: not of one base), and what it is, in words."""

    kind: str
    from_us: int
    until_us: int
    base: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """What the timetable shows. `fleets`: in the order of their patterns."""

    from_us: int
    until_us: int
    zone: str
    bases: tuple[str, ...]
    fleets: tuple[str, ...]
    sorties: tuple[Sortie, ...]
    nights_us: tuple[Span, ...]
    spells: tuple[Closed, ...]


def timetable_svg(table: Timetable) -> bytes:
    """Every sortie from launch to landing, by base; night grey, spells hatched, each with its name above."""
    samples: Samples = [
        (f"{fleet}: {sum(one.fleet == fleet for one in table.sorties)} sorties",
         {"marker": "s", "color": FLEETS[number % len(FLEETS)][0], "markeredgecolor": INK, "markersize": 7})
        for number, fleet in enumerate(table.fleets)
    ]  # fmt: skip
    samples.append(("night", {"marker": "s", "color": "#dcdfe6", "markersize": 8}))
    rows = legend_rows(samples)
    lanes = {base: _stacked([one for one in table.sorties if one.base == base]) for base in table.bases}
    low_px = 10 + 12.0 * len(rows) + 24
    heights_px = {base: 14 + LANE_PX * max(1, len(stack)) for base, stack in lanes.items()}
    top_px = low_px + sum(heights_px.values())
    sheet = Sheet(top_px + SPELL_PX * len(table.spells) + 8)
    span_us = (table.from_us, table.until_us)
    for night_us in table.nights_us:
        left_px, right_px = (across_px(span_us, end_us) for end_us in night_us)
        sheet.rectangle((left_px, low_px, right_px - left_px, top_px - low_px), fc="#dcdfe6", opaque_ratio=1, zorder=0)
    at_px, floors_px = top_px, {}
    for base in table.bases:
        at_px -= heights_px[base]
        floors_px[base] = (at_px, heights_px[base])
        _lanes(sheet, table, lanes[base], at_px)
        words = f"{base}: {sum(map(len, lanes[base]))} sorties"
        sheet.write((LEFT_PX + 3, at_px + heights_px[base] - 9), words, 7, Look(bold=True, halo=True))
        sheet.axes.plot((LEFT_PX, RIGHT_PX), (at_px, at_px), color="#b5bbc5", lw=0.5, zorder=2)
    for number, spell in enumerate(table.spells):
        floor = floors_px.get(spell.base, (low_px, top_px - low_px))
        _spell(sheet, spell, span_us, floor, top_px + 3 + SPELL_PX * number)
    sheet.axes.plot((LEFT_PX, RIGHT_PX), (low_px, low_px), color=INK, lw=0.8, zorder=6)
    hour_axis(sheet, span_us, low_px, table.zone)
    legend(sheet, rows, 8.0)
    return sheet.svg()


def _stacked(sorties: Sequence[Sortie]) -> list[list[Sortie]]:
    """Sorties in lanes: in each the next begins after the one before has landed."""
    lanes: list[list[Sortie]] = []
    for one in sorted(sorties, key=lambda one: (one.launch_us, one.sortie_id)):
        lane = next((lane for lane in lanes if lane[-1].land_us <= one.launch_us), None)
        if lane is None:
            lane = []
            lanes.append(lane)
        lane.append(one)
    return lanes


def _lanes(sheet: Sheet, table: Timetable, lanes: Sequence[Sequence[Sortie]], low_px: float) -> None:
    for number, lane in enumerate(lanes):
        for one in lane:
            fill, hatch = FLEETS[table.fleets.index(one.fleet) % len(FLEETS)]
            left_px, right_px = (across_px((table.from_us, table.until_us), at) for at in (one.launch_us, one.land_us))
            bar = [(left_px, max(0.8, right_px - left_px))]
            row = (low_px + 2 + number * LANE_PX, LANE_PX - 2)
            sheet.axes.broken_barh(bar, row, facecolor=fill, edgecolor=INK, linewidth=0.3, hatch=hatch, zorder=4)


def _spell(sheet: Sheet, spell: Closed, span_us: Span, floor_px: tuple[float, float], bar_px: float) -> None:
    left_px, right_px = across_px(span_us, spell.from_us), across_px(span_us, spell.until_us)
    wide_px = max(1.0, right_px - left_px)
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": "#8a4b08", "linewidth": 0.4, "hatch": SPELLS[spell.kind]}
    sheet.axes.broken_barh([(left_px, wide_px)], floor_px, alpha=0.45, zorder=1, **look)
    sheet.axes.broken_barh([(left_px, wide_px)], (bar_px, SPELL_PX - 3), zorder=2, **look)
    words = shortened(spell.words, 6.5, RIGHT_PX - LEFT_PX - 4)
    needed_px = text_px(words, 6.5)
    fits_right, fits_left = right_px + 3 + needed_px <= RIGHT_PX, left_px - 3 - needed_px >= LEFT_PX
    at_px = right_px + 3 if fits_right else left_px - 3 - needed_px if fits_left else LEFT_PX + 3
    sheet.write((at_px, bar_px + 1.5), words, 6.5, Look(halo=not (fits_right or fits_left)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """What a plan's map shows. `closed`: parts of lines on which something is closed or disturbed."""

    lines: tuple[tuple[str, tuple[Path, ...]], ...]
    closed: tuple[Path, ...]
    bases: tuple[tuple[str, tuple[float, float]], ...]
    fleets: tuple[str, ...]
    sorties: tuple[Sortie, ...]


def plan_map_svg(flown: Flown) -> bytes:
    """Sorties over lines and bases.

    Limits: as `figures.map_svg`.
    """
    samples: Samples = [
        (f"sorties of {fleet}", {"marker": "_", "color": FLEETS[number % len(FLEETS)][0], "markersize": 9})
        for number, fleet in enumerate(flown.fleets)
    ]
    samples += [
        ("base", {"marker": "^", "color": PAPER, "markeredgecolor": INK, "markersize": 7}),
        (
            f"line {listed(name for name, _ in flown.lines)}",
            {"marker": "_", "color": INK, "markersize": 9, "markeredgewidth": 2},
        ),
    ]
    if flown.closed:
        samples.append(("closed or disturbed for a time", {"marker": "s", "color": "#e3b7a0", "markersize": 8}))
    rows = legend_rows(samples)
    points = [point for _, paths in flown.lines for path in paths for point in path]
    points += [point for one in flown.sorties for point in track(one.path_deg)]
    points += [point for _, point in flown.bases]
    view = view_around(points, (LEFT_PX, 32.0 + 12.0 * len(rows), RIGHT_PX))
    sheet = Sheet(view.frame[3] + 8)
    graticule(sheet, view)
    for path in flown.closed:
        sheet.axes.plot(
            *zip(*map(view.at_px, path), strict=True), color="#e3b7a0", lw=9, zorder=2, solid_capstyle="butt"
        )
    for path in itertools.chain.from_iterable(paths for _, paths in flown.lines):
        at_px = [view.at_px(point) for point in path]
        sheet.axes.plot(*zip(*at_px, strict=True), color=INK, lw=2.0, zorder=3)
        sheet.taken += [(x_px - 3, y_px - 3, x_px + 3, y_px + 3) for x_px, y_px in at_px]
    for one in flown.sorties:
        number = flown.fleets.index(one.fleet)
        xs, ys = zip(*map(view.at_px, track(one.path_deg)), strict=True)
        colour, style = FLEETS[number % len(FLEETS)][0], LINE_STYLES[number % len(LINE_STYLES)]
        sheet.axes.plot(xs, ys, color=colour, linestyle=style, lw=0.9, alpha=0.55, zorder=4)
        sheet.taken += [(x_px - 2, y_px - 2, x_px + 2, y_px + 2) for x_px, y_px in zip(xs, ys, strict=True)]
    for name, point in flown.bases:
        x_px, y_px = view.at_px(point)
        look: dict[str, Any] = {
            "marker": "^",
            "color": PAPER,
            "markeredgecolor": INK,
            "markeredgewidth": 1.0,
            "markersize": 8,
        }
        sheet.axes.plot((x_px,), (y_px,), zorder=7, **look)
        sheet.taken.append((x_px - 6, y_px - 6, x_px + 6, y_px + 6))
        right = x_px + 8 + text_px(name, 7) < RIGHT_PX
        sheet.write((x_px + 7 if right else x_px - 7, y_px - 2), name, 7,
                    Look(bold=True, halo=right, across="left" if right else "right"))  # fmt: skip
    furniture(sheet, view)
    legend(sheet, rows, 17.0)
    sheet.write((LEFT_PX, 5), DISCLAIMER, 7, Look(bold=True))
    return sheet.svg()


def track(path_deg: Sequence[float]) -> Path:
    """Longitudes and latitudes by turns -> points."""
    return tuple(zip(path_deg[0::2], path_deg[1::2], strict=True))


# --- drones against posts ------------------------------


def curves_svg(tradeoff: Tradeoff) -> bytes:
    """People at the line against the share of clause-hours observed and of duties met: one curve for each number of
    drones, one panel for each condition. Panels of one kind have one scale.
    """
    drones = sorted({mix.drones for mix in tradeoff.mixes})
    samples: Samples = [
        (
            f"{number} drones",
            {"marker": CURVES[at % len(CURVES)][2], "color": CURVES[at % len(CURVES)][0], "markersize": 5},
        )
        for at, number in enumerate(drones)
    ]
    rows = legend_rows(samples)
    wide_px, tall_px, low_px = 196.0, 128.0, 10 + 12.0 * len(rows) + 30
    sheet = Sheet(low_px + 3 * (tall_px + 34))
    most = max(mix.people_at_line for mix in tradeoff.mixes) or 1
    disturbed = f"with {tradeoff.interference_permille // 10} % of flights disturbed"
    words = {"interference": disturbed.capitalize()} | CONDITION_WORDS
    shown = [(f"Observed: {words[each].lower()}", "observed_permille", each) for each in CONDITIONS]
    shown += [
        ("Duties to look that are met: clear air", "duties_permille", "clear"),
        (f"Duties met: {disturbed}", "duties_permille", "interference"),
    ]
    highest = {
        kind: max(getattr(mix, kind)[name] for mix in tradeoff.mixes for _, of, name in shown if of == kind)
        for kind in ("observed_permille", "duties_permille")
    }
    for number, (title, kind, name) in enumerate(shown):
        panel = _Panel(
            left_px=LEFT_PX + 8 + (number % 2) * (wide_px + 44),
            low_px=low_px + (2 - number // 2) * (tall_px + 34),
            wide_px=wide_px, tall_px=tall_px, most=most,
            top_percent=next(top for top in (20, 40, 60, 80, 100) if highest[kind] <= top * 10),
        )  # fmt: skip
        panel.frame(sheet, title, named=number >= 4, sided=number % 2 == 0)
        for at, many in enumerate(drones):
            mixes = [(mix.people_at_line, getattr(mix, kind)[name]) for mix in tradeoff.mixes if mix.drones == many]
            panel.curve(sheet, mixes, at)
    legend(sheet, rows, 8.0)
    return sheet.svg()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    left_px: float
    low_px: float
    wide_px: float
    tall_px: float
    most: int
    top_percent: int  # of its axis

    def frame(self, sheet: Sheet, title: str, *, named: bool, sided: bool) -> None:
        """Axes with their figures; what they are only once."""
        right_px, top_px = self.left_px + self.wide_px, self.low_px + self.tall_px
        for percent in range(0, self.top_percent + 1, self.top_percent // 4):
            at_px = self.low_px + percent / self.top_percent * self.tall_px
            sheet.axes.plot((self.left_px, right_px), (at_px, at_px), color="#dfe3e8", lw=0.5, zorder=1)
            sheet.write((self.left_px - 3, at_px), f"{percent} %", 6, Look(across="right", up="center", colour=FAINT))
        step = max(1, int(round_step(self.most / 3)))
        for people in range(0, self.most + 1, step):
            at_px = self.left_px + people / self.most * self.wide_px
            sheet.axes.plot((at_px, at_px), (self.low_px - 3, self.low_px), color=INK, lw=0.6, zorder=2)
            sheet.write((at_px, self.low_px - 11), f"{people:,}", 6, Look(across="center", colour=FAINT))
        sheet.axes.plot((self.left_px, right_px), (self.low_px, self.low_px), color=INK, lw=0.8, zorder=2)
        sheet.axes.plot((self.left_px, self.left_px), (self.low_px, top_px), color=INK, lw=0.8, zorder=2)
        sheet.write((self.left_px, top_px + 7), title, 8, Look(bold=True))
        if named:
            at_px = (self.left_px + right_px) / 2
            sheet.write((at_px, self.low_px - 21), "people at the line", 6.5, Look(across="center"))
        if sided:
            at = (self.left_px - 26, (self.low_px + top_px) / 2)
            sheet.write(at, "share", 6.5, Look(turned_deg=90.0, across="center", up="center"))

    def curve(self, sheet: Sheet, mixes: Sequence[tuple[int, int]], at: int) -> None:
        """One number of drones, from no posts to the most: people at the line and share, permille."""
        colour, style, marker = CURVES[at % len(CURVES)]
        points = sorted(mixes)
        xs = [self.left_px + people / self.most * self.wide_px for people, _ in points]
        ys = [self.low_px + share / 10 / self.top_percent * self.tall_px for _, share in points]
        look: Mapping[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 0.4, "markersize": 4}
        sheet.axes.plot(xs, ys, color=colour, linestyle=style, marker=marker, lw=1.3, zorder=4 + at, **look)
