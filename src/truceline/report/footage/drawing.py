"""What pictures showed of the ground, as SVG; and a still as a figure."""

import base64
import math
import struct
from collections import Counter
from collections.abc import Mapping
from typing import Any

from truceline.base.units import SIGMA_95_CIRCLE
from truceline.model.footage import STANDINGS
from truceline.report.figures import (
    FAINT,
    INK,
    LEFT_PX,
    RIGHT_PX,
    Look,
    Samples,
    Sheet,
    furniture,
    graticule,
    legend,
    legend_rows,
)
from truceline.report.footage.section import View
from truceline.report.geojson import DISCLAIMER, M_PER_DEG, ellipse_95, view_around

LEAST_M = 50.0  # what a map shows across, at least
COLOURS = {"stated": "#0072b2", "widened": "#e69f00", "withheld": "#6b7280", "position": "#6b7280"}
SEEN: Mapping[str, Any] = {
    "marker": "o",
    "color": "#d55e00",
    "markeredgecolor": INK,
    "markeredgewidth": 0.6,
    "markersize": 5.5,
}


def ground_svg(view: View) -> bytes:
    """Outlines of pictures by how far their numbers agree, and what was seen in them with its ellipse of 95 %.

    Limits: as `figures.map_svg`.
    """
    from matplotlib.patches import Ellipse, Polygon

    rows = legend_rows(_samples(view))
    points = [point for _, corners in view.outlines for point in corners]
    for row in view.seen:
        points += [(row["lon_deg"] + side * _wide_deg(row), row["lat_deg"] + side * _tall_deg(row)) for side in (-1, 1)]
    part = view_around(points, (LEFT_PX, 32.0 + 12.0 * len(rows), RIGHT_PX), least_m=LEAST_M)
    sheet = Sheet(part.frame[3] + 8)
    graticule(sheet, part)
    for standing, corners in view.outlines:
        at_px = [part.at_px(corner) for corner in corners]
        colour = COLOURS[standing]
        sheet.axes.add_patch(Polygon(at_px, closed=True, fc=colour, ec=colour, alpha=0.06, lw=0, zorder=2))
        sheet.axes.add_patch(Polygon(at_px, closed=True, fc="none", ec=colour, alpha=0.55, lw=0.6, zorder=3))
    for row in view.seen:
        at = part.at_px((row["lon_deg"], row["lat_deg"]))
        major_m, minor_m, angle_deg = ellipse_95(row)
        sizes_px = (2 * major_m * part.px_per_m, 2 * minor_m * part.px_per_m)
        sheet.axes.add_patch(Ellipse(at, *sizes_px, angle=angle_deg, fc="none", ec="#d55e00", lw=0.8, zorder=5))
        sheet.axes.plot((at[0],), (at[1],), linestyle="none", zorder=6, **SEEN)
        sheet.taken.append((at[0] - 4, at[1] - 4, at[0] + 4, at[1] + 4))
    furniture(sheet, part)
    legend(sheet, rows, 17.0)
    sheet.write((LEFT_PX, 5), DISCLAIMER, 7, Look(bold=True))
    return sheet.svg()


def _samples(view: View) -> Samples:
    counts = Counter(standing for standing, _ in view.outlines)
    words = {"stated": "numbers agree", "widened": "widened", "withheld": "withheld", "position": "drone only"}
    samples: Samples = [
        (f"picture, {words[name]}: {counts[name]}", {"marker": "s", "color": COLOURS[name], "markersize": 7})
        for name in STANDINGS
        if counts[name]
    ]
    samples.append((f"seen: {len(view.seen)}", dict(SEEN)))
    outline = {"marker": "o", "color": "none", "markeredgecolor": FAINT, "markersize": 9}
    samples.append(("where it lies with 95 %", outline))
    white = {"marker": "s", "color": "none", "markeredgecolor": FAINT, "markersize": 7}
    samples.append(("white: not observed in these pictures", white))
    return samples


def _tall_deg(row: dict[str, object]) -> float:
    return SIGMA_95_CIRCLE * math.sqrt(float(str(row["cov_nn_m2"]))) / M_PER_DEG


def _wide_deg(row: dict[str, object]) -> float:
    return SIGMA_95_CIRCLE * math.sqrt(float(str(row["cov_ee_m2"]))) / M_PER_DEG


def still_svg(png: bytes) -> bytes:
    """A PNG picture as an SVG that holds it: reports take figures of one kind."""
    wide_px, high_px = struct.unpack(">II", png[16:24])  # PNG, 11.2.2: IHDR is the first chunk
    held = base64.b64encode(png).decode("ascii")
    size = f'width="{wide_px}" height="{high_px}"'
    image = f'<image {size} href="data:image/png;base64,{held}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {wide_px} {high_px}">{image}</svg>'.encode()
