"""A picture as the stage is handed it, and what it hands back: sightings in pixels, named by the picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.errors import OutOfRangeError

Grey = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]  # what cv2 gives back: its types say no more
Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SMALLEST_PX = 64
LARGEST_PX = 16_384

SEEN = pa.schema(  # as SIGHTINGS (model/footage.py), named by the picture: whoever knows the metadata names the frame
    [
        ("number", pa.int64()),  # of the picture in the video
        ("stream_us", pa.int64()),
        ("method", pa.string()),  # "motion", "flash" or "detector"
        ("x_px", pa.float64()),
        ("y_px", pa.float64()),
        ("sigma_px", pa.float64()),
        ("left_px", pa.float64()),
        ("top_px", pa.float64()),
        ("right_px", pa.float64()),
        ("bottom_px", pa.float64()),
        ("confidence_permille", pa.int64()),
        ("label", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a video, grey, height x width.

    `stream_us`: when it is shown, from the first of the file. The array is not altered, and kept for a few seconds of
    video: hand over a new one each time.
    """

    number: int
    stream_us: int
    grey: Grey

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.grey.shape[1], self.grey.shape[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One thing in one picture; pixels as in model/footage.py (the middle of the upper left pixel is 0.5, 0.5).

    `sigma_px`: one sigma in each direction. `box_px`: left, top, right, bottom.
    """

    method: str
    x_px: float
    y_px: float
    sigma_px: float
    box_px: tuple[float, float, float, float]
    confidence_permille: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was made of one picture: each comes out once, in the order given.

    `spots`: what was seen. `problem`: why nothing can be said of moving things and flashes in it (with the numbers);
    "" where it was looked at. A picture between two looks for movement is not a problem: only flashes are looked for.
    """

    number: int
    stream_us: int
    spots: tuple[Spot, ...]
    problem: str = ""


def check(picture: Picture) -> None:
    """Raises: OutOfRangeError: it is no grey picture of 8 bits, or too small or too large to be looked at."""
    grey = picture.grey
    if grey.dtype != np.uint8 or grey.ndim != 2:
        raise OutOfRangeError(
            f"an array of {grey.ndim} dimensions of {grey.dtype} is not a grey picture.",
            subject=f"picture {picture.number}",
            remedy="Decode to 8 bit grey, height x width.",
        )
    if not SMALLEST_PX <= min(grey.shape) <= max(grey.shape) <= LARGEST_PX:
        raise OutOfRangeError(
            f"{grey.shape[1]} x {grey.shape[0]} pixels cannot be looked at.",
            subject=f"picture {picture.number}",
            remedy=f"Hand in pictures of {SMALLEST_PX} to {LARGEST_PX} pixels a side.",
        )


def seen(looks: Iterable[Look]) -> pa.Table:
    """All spots of some looks as one table, SEEN, in their order."""
    found = [(look, spot) for look in looks for spot in look.spots]
    spots = [spot for _, spot in found]
    columns: dict[str, list[object]] = {name: [getattr(spot, name, None) for spot in spots] for name in SEEN.names}
    columns["number"] = [look.number for look, _ in found]
    columns["stream_us"] = [look.stream_us for look, _ in found]
    for at, name in enumerate(("left_px", "top_px", "right_px", "bottom_px")):
        columns[name] = [spot.box_px[at] for spot in spots]
    return pa.table(columns, schema=SEEN)
