"""Number plates made for tests: letters of the shipped font on a plain ground, turned, faded and made small."""

from dataclasses import dataclass
from importlib.resources import files

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Pixels = npt.NDArray[np.uint8]
TEXTS = ("AB1234CD", "12·3456", "KA0417BX", "B MW 8203", "7TRC905", "AA 9012 EH")
_FINE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """What is drawn: 520 by 110 in proportion."""

    text: str
    height_px: int
    turned_deg: float
    contrast: int  # between letters and ground, of 255
    light_on_dark: bool = False


def with_plate(ground: Pixels, plate: Plate, *, at: tuple[int, int]) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """A copy of `ground`, grey, with the plate's middle at a pixel; where the plate is."""
    drawn = _drawn(plate)
    both = (drawn, Image.new("L", drawn.size, 255))
    turned = [each.rotate(plate.turned_deg, expand=True, resample=Image.Resampling.BICUBIC) for each in both]
    size = (round(turned[0].width / _FINE), round(turned[0].height / _FINE))
    small, share = (cv2.resize(np.asarray(each), size, interpolation=cv2.INTER_AREA).astype(float) for each in turned)
    rows, columns = (slice(at[axis] - size[axis] // 2, at[axis] - size[axis] // 2 + size[axis]) for axis in (1, 0))
    copy, where = ground.astype(float), np.zeros(ground.shape, bool)
    copy[rows, columns] = copy[rows, columns] * (1 - share / 255) + small * (share / 255)
    where[rows, columns] = share > 127
    return np.asarray(np.rint(copy), np.uint8), where


def _drawn(plate: Plate) -> Image.Image:
    high = plate.height_px * _FINE
    wide = round(high * 520 / 110)
    paper = 128 + plate.contrast // 2
    ink = paper - plate.contrast
    if plate.light_on_dark:
        paper, ink = ink, paper
    drawn = Image.new("L", (wide, high), paper)
    with files("truceline.report").joinpath("fonts", "NotoSans-Bold.ttf").open("rb") as file:
        font = ImageFont.truetype(file, round(high * 0.85))
    while font.getlength(plate.text) > wide * 0.92:
        font = font.font_variant(size=font.size * 0.95)
    ImageDraw.Draw(drawn).text((wide / 2, high / 2), plate.text, font=font, fill=ink, anchor="mm")
    return drawn
