"""Stills and contact sheets for people: a copy of the picture, what was drawn over it, below it where it comes from.

Everything drawn is drawn over a copy. What a still says of time and place it says with its error, and where a place is
withheld it draws none.
"""

import functools
import io
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from truceline.base.frames import LocalFrame
from truceline.base.time import from_us
from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE, US_PER_S
from truceline.model.footage import STANDINGS
from truceline.run.footage.video import Pixels, Shown, Source, film_of, pictures

WIDTH_PX = 1200  # least width of what is handed out: words must be readable
AUTOMATIC = "Automatic, not reviewed by a person."
NOTICE = (
    "A copy to look at; the original file is the evidence and is unaltered. Lines, ellipses and words were drawn over "
    "the copy. Nothing shown says who acted."
)
_PAPER, _INK, _FAINT = (255, 255, 255), (27, 31, 36), (90, 96, 107)
_DRAWN, _DARK, _LINE = (255, 212, 0, 255), (0, 0, 0, 200), (255, 255, 255, 255)
_STANDING = {  # colours after Okabe and Ito; the word says the same
    "stated": (0, 158, 115),
    "widened": (230, 159, 0),
    "withheld": (213, 94, 0),
    "position": (86, 180, 233),
}
_TIED = "\u00a0"  # a space at which no line is broken
_FINE = 2  # overlays are drawn so much larger and brought down: smooth lines
_ROUND = 72  # corners of a drawn ellipse
_LEAST_PX = 4.0  # a smaller ellipse is drawn as a cross with a ring

Colour = tuple[int, ...]
Font = ImageFont.FreeTypeFont
Point = tuple[float, float]
ToPixel = Callable[[float, float, float], Point | None]  # lon, lat, height above the ellipsoid -> x, y of the original


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a picture comes from, and how far what is said of it can be relied upon."""

    file: str
    sha256: str
    raw_at: str  # its metadata: "pid 0x1f1, packet 17"; empty: none
    stream_us: int  # of the picture, from the first of the file
    at_us: int | None  # UTC; None: not stated
    at_sigma_us: int | None
    standing: str  # STANDINGS
    reason: str  # why widened or withheld, with the numbers
    error_m: float | None  # radius that holds 95 % of the place of the picture's middle; None: no place
    reviewed_by: str = ""  # empty: automatic


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A point on the ground to be shown in the picture, with its error: one sigma squared, east and north."""

    lon_deg: float
    lat_deg: float
    hae_m: float
    cov_ee_m2: float
    cov_en_m2: float
    cov_nn_m2: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How the ground lies in a picture.

    Attributes:
        to_pixel: a place -> where it is in the original picture (x right, y down, from its outer upper left corner);
            None: behind the camera.
        width_px, height_px: of the original picture; what is drawn on may be smaller.
        lon_deg, lat_deg, hae_m: of its middle on the ground.
        outline_deg: lon, lat around the ground that the file says it shows; empty: not drawn.
    """

    to_pixel: ToPixel
    width_px: int
    height_px: int
    lon_deg: float
    lat_deg: float
    hae_m: float
    outline_deg: tuple[float, ...] = ()


def still(pixels: Pixels, *, origin: Origin, scene: Scene | None = None, marked: Sequence[Marked] = ()) -> bytes:
    """A picture as PNG, with what was found drawn over it and a strip below that says where it comes from.

    Args:
        pixels: grey or red, green, blue; for the public, those that `detect.blur` gave back.
        scene: None, or a withheld place: nothing of the ground is drawn.
        marked: each with the ellipse that holds it in 95 %.
    """
    assert origin.standing in STANDINGS, f"no standing is called {origin.standing!r}"
    copy = _enlarged(pixels)
    if scene is not None and origin.standing in ("stated", "widened"):
        _draw_ground(copy, scene, marked)
    strip = _strip(origin, copy.width)
    sheet = Image.new("RGB", (copy.width, copy.height + strip.height), _PAPER)
    sheet.paste(copy, (0, 0))
    sheet.paste(strip, (0, copy.height))
    return _png(sheet)


def contact_sheet(shown: Sequence[tuple[Shown, Origin]], *, title: str, columns: int = 4) -> bytes:
    """Pictures of one film side by side as PNG, each with its time and standing."""
    gap_px, small = 16, _font(bold=False, size=16)
    wide_px = (WIDTH_PX - gap_px) // columns - gap_px
    cells = [_cell(each, origin, wide_px) for each, origin in shown]
    first = shown[0][1] if shown else None
    head = [(title, _font(bold=True, size=24), _INK)]
    if first is not None:
        head.append((f"{first.file}   SHA-256 {first.sha256}", small, _FAINT))
    top = _paragraphs(head, WIDTH_PX)
    reviewed = all(origin.reviewed_by for _, origin in shown)
    foot = (
        [(NOTICE, small, _FAINT)]
        if reviewed
        else [(AUTOMATIC, _font(bold=True, size=18), _INK), (NOTICE, small, _FAINT)]
    )
    bottom = _paragraphs(foot, WIDTH_PX)
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    heights = [max(cell.height for cell in row) + gap_px for row in rows]
    sheet = Image.new("RGB", (WIDTH_PX, top.height + sum(heights) + bottom.height), _PAPER)
    sheet.paste(top, (0, 0))
    y_px = top.height
    for row, height in zip(rows, heights, strict=True):
        for at, cell in enumerate(row):
            sheet.paste(cell, (gap_px + at * (wide_px + gap_px), y_px))
        y_px += height
    sheet.paste(bottom, (0, y_px))
    return _png(sheet)


def spread(source: Source, *, count: int) -> Iterator[Shown]:
    """So many pictures in colour, evenly over a film. Raises: UnreadableError.

    Limits: the film is decoded from its first picture to its last. Where it states no length, the first `count` seconds
        are taken.
    """
    length_us = film_of(source).duration_us or count * US_PER_S
    wanted = 0
    for shown in pictures(source, grey=False):
        if wanted < count and shown.stream_us >= wanted * length_us // count:
            yield shown
            wanted = 1 + max(wanted, shown.stream_us * count // length_us)


# --- over the picture ------------------------------


class _Overlay:
    """Lines over a picture, drawn fine and brought down; coordinates are those of the original picture."""

    def __init__(self, copy: Image.Image, scene: Scene) -> None:
        self.copy, self.scene = copy, scene
        self.scale = copy.width / scene.width_px
        self.layer = Image.new("RGBA", (copy.width * _FINE, copy.height * _FINE))
        self.pen = ImageDraw.Draw(self.layer)
        self.words: list[tuple[Point, str]] = []

    def line(self, points: Sequence[Point], colour: Colour, wide_px: float = 2.0) -> None:
        """A line with a dark edge, so that it shows on any ground."""
        fine = [(x * self.scale * _FINE, y * self.scale * _FINE) for x, y in points]
        for ink, width in ((_DARK, wide_px + 2), (colour, wide_px)):
            self.pen.line(fine, fill=ink, width=round(width * _FINE), joint="curve")

    def dashes(self, points: Sequence[Point], colour: Colour) -> None:
        """A broken line: of what is stated and not measured."""
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            count = max(1, round(math.hypot(to_x - x, to_y - y) * self.scale / 18))
            for at in range(count):
                begin, end = at / count, (at + 0.55) / count
                self.line(
                    [(x + (to_x - x) * begin, y + (to_y - y) * begin), (x + (to_x - x) * end, y + (to_y - y) * end)],
                    colour,
                    1.5,
                )

    def write(self, at: Point, words: str) -> None:
        """Words beside a point, kept inside the picture."""
        self.words.append(((at[0] * self.scale, at[1] * self.scale), words))

    def finish(self) -> None:
        """Bring everything onto the copy."""
        small = self.layer.resize(self.copy.size, Image.Resampling.BOX)
        self.copy.paste(small.convert("RGB"), (0, 0), small.getchannel("A"))
        pen, font = ImageDraw.Draw(self.copy), _font(bold=True, size=18)
        for (left, top), words in self.words:
            x = min(max(8.0, left), self.copy.width - pen.textlength(words, font=font) - 8)
            y = min(max(4.0, top), self.copy.height - 30.0)
            pen.text((x, y), words, font=font, fill=_PAPER, stroke_width=3, stroke_fill=(0, 0, 0))


def _draw_ground(copy: Image.Image, scene: Scene, marked: Sequence[Marked]) -> None:
    overlay = _Overlay(copy, scene)
    if scene.outline_deg:
        pairs = list(zip(scene.outline_deg[::2], scene.outline_deg[1::2], strict=True))
        corners = [scene.to_pixel(lon_deg, lat_deg, scene.hae_m) for lon_deg, lat_deg in [*pairs, pairs[0]]]
        overlay.dashes([corner for corner in corners if corner is not None], _LINE)
        overlay.write((24 / overlay.scale, 12 / overlay.scale), "Dashed: the ground that the file says it shows")
    for point in marked:
        _draw_marked(overlay, point)
    _draw_north_and_scale(overlay)
    overlay.finish()


def _draw_marked(overlay: _Overlay, point: Marked) -> None:
    middle = overlay.scene.to_pixel(point.lon_deg, point.lat_deg, point.hae_m)
    outline = ellipse_pixels(point, to_pixel=overlay.scene.to_pixel)
    if middle is None:
        return
    x, y = middle
    reach = 9 / overlay.scale
    widest_px = max((math.hypot(at_x - x, at_y - y) for at_x, at_y in outline), default=0.0) * overlay.scale
    if widest_px < _LEAST_PX:
        turns = [2 * math.pi * at / _ROUND for at in range(_ROUND + 1)]
        outline = [(x + reach * math.cos(turn), y + reach * math.sin(turn)) for turn in turns]
    overlay.line(outline, _DRAWN, 2.5)
    for along, across in ((reach, 0.0), (0.0, reach)):
        overlay.line([(x - along, y - across), (x + along, y + across)], _DRAWN, 1.5)
    right = max((at_x for at_x, _ in outline), default=x)
    if right > overlay.scene.width_px:
        right = x + reach  # the ellipse leaves the picture: its words stay with the point
    error_m = SIGMA_95_CIRCLE * math.sqrt(_largest_m2(point))
    overlay.write((right + 10 / overlay.scale, y - 12 / overlay.scale), f"{point.label} ± {_metres(error_m)} (95 %)")


def ellipse_pixels(point: Marked, *, to_pixel: ToPixel) -> list[Point]:
    """The outline, in pixels, of the ellipse on the ground that holds the point in 95 % of cases; closed.

    Where a part of it lies behind the camera, that part is left out.
    """
    covariance = np.array([[point.cov_ee_m2, point.cov_en_m2], [point.cov_en_m2, point.cov_nn_m2]])
    values_m2, axes = np.linalg.eigh(covariance)
    turns = np.linspace(0.0, 2 * math.pi, _ROUND + 1)
    reach_m = SIGMA_95_CIRCLE * np.sqrt(np.maximum(values_m2, 0.0))
    around: npt.NDArray[np.float64] = axes @ (reach_m[:, None] * np.array([np.cos(turns), np.sin(turns)]))
    frame = LocalFrame(name="marked", origin_lon_deg=point.lon_deg, origin_lat_deg=point.lat_deg)
    places = [frame.to_degrees(float(east_m), float(north_m)) for east_m, north_m in around.T]
    found = [to_pixel(lon_deg, lat_deg, point.hae_m) for lon_deg, lat_deg in places]
    return [pixel for pixel in found if pixel is not None]


def _largest_m2(point: Marked) -> float:
    middle, half = (point.cov_ee_m2 + point.cov_nn_m2) / 2, (point.cov_ee_m2 - point.cov_nn_m2) / 2
    return middle + math.hypot(half, point.cov_en_m2)


def _draw_north_and_scale(overlay: _Overlay) -> None:
    """An arrow to the north and a bar of a round length, both as the ground lies at the picture's middle."""
    per_m = _pixels_per_metre(overlay.scene)
    if per_m is None:
        return
    scene, unit = overlay.scene, 1 / overlay.scale
    east_px, north_px = per_m[:, 0], per_m[:, 1]
    x, y = scene.width_px - 60 * unit, 64 * unit
    along = north_px / np.hypot(*north_px)
    side = np.array([-along[1], along[0]])
    tip, foot = np.array([x, y]) + along * 34 * unit, np.array([x, y]) - along * 34 * unit
    wings = [tuple(tip - along * 14 * unit + side * each * 9 * unit) for each in (1, -1)]
    overlay.line([tuple(foot), tuple(tip)], _LINE, 3)
    overlay.line([wings[0], tuple(tip), wings[1]], _LINE, 3)
    overlay.write(
        (float(tip[0]) - 6 * unit + float(along[0]) * 18 * unit, float(tip[1]) + (float(along[1]) * 18 - 12) * unit),
        "N",
    )
    across = np.linalg.solve(np.column_stack([east_px, north_px]), np.array([1.0, 0.0]))
    metres_a_pixel = float(np.hypot(*across))
    length_m = _round_length_m(metres_a_pixel * scene.width_px / 5)
    length_px = length_m / metres_a_pixel
    left, low = 24 * unit, scene.height_px - 26 * unit
    overlay.line([(left, low), (left + length_px, low)], _LINE, 4)
    for end in (left, left + length_px):
        overlay.line([(end, low - 7 * unit), (end, low + 7 * unit)], _LINE, 3)
    overlay.write((left, low - 38 * unit), f"{_metres(length_m)} across, at the picture's middle")


def _pixels_per_metre(scene: Scene) -> npt.NDArray[np.float64] | None:
    """How a metre east and one north on the ground at the picture's middle move a pixel: columns; None: not seen."""
    frame = LocalFrame(name="middle", origin_lon_deg=scene.lon_deg, origin_lat_deg=scene.lat_deg)
    columns = []
    for east_m, north_m in ((1.0, 0.0), (0.0, 1.0)):
        ends = [
            scene.to_pixel(*frame.to_degrees(sign * east_m, sign * north_m), scene.hae_m)  # a metre to either side
            for sign in (1.0, -1.0)
        ]
        if ends[0] is None or ends[1] is None:
            return None
        columns.append([(ends[0][axis] - ends[1][axis]) / 2 for axis in (0, 1)])
    found = np.array(columns).T
    return found if abs(np.linalg.det(found)) > 1e-9 else None


def _round_length_m(about_m: float) -> float:
    """The largest of 1, 2, 5, 10, 20 … metres that is not longer."""
    power_m = 10.0 ** math.floor(math.log10(about_m))
    return max(step * power_m for step in (1, 2, 5) if step * power_m <= about_m)


# --- words ------------------------------


def _strip(origin: Origin, wide_px: int) -> Image.Image:
    bold, plain = _font(bold=True, size=24), _font(bold=False, size=20)
    lines = [
        (standing_words(origin), bold, _INK),
        (time_words(origin), plain, _INK),
        (f"File {origin.file}" + (f", {origin.raw_at}" if origin.raw_at else ", no metadata"), plain, _INK),
        (f"SHA-256 {origin.sha256}", plain, _INK),
        (f"Reviewed by {origin.reviewed_by}." if origin.reviewed_by else AUTOMATIC, bold, _INK),
        (NOTICE, _font(bold=False, size=16), _FAINT),
    ]
    words = _paragraphs(lines, wide_px - 20)
    strip = Image.new("RGB", (wide_px, words.height), _PAPER)
    strip.paste(words, (20, 0))
    ImageDraw.Draw(strip).rectangle((0, 0, 15, strip.height), fill=_STANDING[origin.standing])
    return strip


def standing_words(origin: Origin) -> str:
    """What may be relied upon of a picture's place, in one sentence."""
    error = "" if origin.error_m is None else f", middle ± {_metres(origin.error_m)} (95{_TIED}%)"
    reason = f": {origin.reason.rstrip('.')}." if origin.reason else "."
    if origin.standing == "stated":
        return f"Place as stated{error}{reason}"
    if origin.standing == "widened":
        return f"Place WIDENED{error}{reason}"
    if origin.standing == "withheld":
        return f"Place WITHHELD{reason}"
    return f"Place of the drone only, of nothing in the picture{reason}"


def time_words(origin: Origin) -> str:
    """When, with its error, in one sentence."""
    return f"{_instant_words(origin)}; {origin.stream_us / US_PER_S:.3f} s after the file's first."


def _instant_words(origin: Origin) -> str:
    if origin.at_us is None:
        return "Time not stated"
    if origin.at_sigma_us is None:
        return f"{_moment(origin.at_us)}, error not stated"
    return f"{_moment(origin.at_us)} ±{_TIED}{SIGMA_95 * origin.at_sigma_us / US_PER_S:.2g}{_TIED}s{_TIED}(95{_TIED}%)"


def _moment(at_us: int) -> str:
    instant = from_us(at_us)
    return f"{instant:%Y-%m-%d %H:%M:%S}.{instant.microsecond // 1000:03d} UTC"


def _metres(length_m: float) -> str:
    """Two figures, rounded up: an error is never said smaller than it is."""
    if length_m <= 0 or not math.isfinite(length_m):
        return "0 m"
    step_m = 10.0 ** (math.floor(math.log10(length_m)) - 1)
    rounded_m = math.ceil(length_m / step_m - 1e-9) * step_m
    return f"{rounded_m / 1000:,.3g} km" if rounded_m >= 10_000 else f"{rounded_m:,.{0 if step_m >= 1 else 1}f} m"


@functools.cache
def _font(*, bold: bool, size: int) -> Font:
    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    with as_file(files("truceline.report").joinpath("fonts", name)) as path:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _paragraphs(lines: Sequence[tuple[str, Font, Colour]], wide_px: int) -> Image.Image:
    """Paragraphs below each other, broken to the width, none cut off."""
    edge_px, placed, y_px = 16, [], 12
    for words, font, colour in lines:
        for part in _broken(words, font, wide_px - 2 * edge_px):
            placed.append((y_px, part, font, colour))
            y_px += round(font.size * 1.35)
        y_px += 4
    image = Image.new("RGB", (wide_px, y_px + 8), _PAPER)
    pen = ImageDraw.Draw(image)
    for top, part, font, colour in placed:
        pen.text((edge_px, top), part, font=font, fill=colour)
    return image


def _broken(words: str, font: Font, wide_px: int) -> Iterator[str]:
    """Lines no wider than allowed, broken at spaces, and inside a word where one is wider than a line."""
    line = ""
    for word in words.split(" "):
        rest = word
        if line and font.getlength(f"{line} {rest}") <= wide_px:
            line = f"{line} {rest}"
            continue
        if line:
            yield line
        while font.getlength(rest) > wide_px:
            fits = max(1, int(len(rest) * wide_px / font.getlength(rest)) - 1)
            yield rest[:fits]
            rest = rest[fits:]
        line = rest
    if line:
        yield line


# --- picture files ------------------------------


def _cell(shown: Shown, origin: Origin, wide_px: int) -> Image.Image:
    picture = _image(shown.pixels)
    high_px = max(1, round(picture.height * wide_px / picture.width))
    font, bold = _font(bold=False, size=14), _font(bold=True, size=15)
    place = "place of the drone only" if origin.standing == "position" else f"place {origin.standing}"
    lines = [
        *((part, font, 0) for part in _broken(_instant_words(origin), font, wide_px)),
        *((part, bold, 18) for part in _broken(f"{place}, {shown.stream_us / US_PER_S:.2f} s", bold, wide_px - 18)),
    ]
    cell = Image.new("RGB", (wide_px, high_px + 6 + 20 * len(lines)), _PAPER)
    cell.paste(picture.resize((wide_px, high_px), Image.Resampling.LANCZOS), (0, 0))
    pen = ImageDraw.Draw(cell)
    for at, (part, look, left) in enumerate(lines):
        top = high_px + 4 + 20 * at
        pen.text((left, top), part, font=look, fill=_INK)
        if left:
            pen.rectangle((0, top + 5, 11, top + 16), fill=_STANDING[origin.standing], outline=_INK)
    return cell


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")


def _enlarged(pixels: Pixels) -> Image.Image:
    """The picture at a size that carries words; each of its pixels stays a square, for nothing is to look sharper."""
    picture = _image(pixels)
    factor = max(1, -(-WIDTH_PX // picture.width))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _png(image: Image.Image) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()
