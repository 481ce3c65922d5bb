"""What may not be seen in a released picture: faces and number plates, and anything fine enough to know a person by.

Two things are done, and neither is trusted alone. Detectors mark faces and plates, and these are made unreadable. Then
the whole picture is brought down until no pixel shows less than 0.10 m: what the detectors missed is too small to know
anybody by. A picture whose scale is not known cannot be brought down by rule; a person must look at it first.
Decision 0027 derives the numbers.
"""

import functools
import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import cv2
import numpy as np
import numpy.typing as npt

from truceline.base.errors import OutOfRangeError, UnreadableError

LEAST_M_PER_PX = 0.10  # decision 0027: a face is 1.6 pixels wide, a character of a plate 0.8 high
BLOCKS = 4  # a marked region keeps so many blocks along its shorter side
_FACE_M, _PLATE_M = 0.5, 0.4  # wide, high: twice the largest, for the pose may be wrong; larger ones are not looked for
MARGIN_RATIO = 0.5  # of a region's shorter side, added on each side

Pixels = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A region of a picture, pixels from its outer upper left corner."""

    left_px: float
    top_px: float
    right_px: float
    bottom_px: float
    what: str  # "face", "plate", or the word of whoever found it


Find = Callable[[Pixels], Sequence[Box]]  # a user's own detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A picture that may leave.

    Attributes:
        pixels: made unreadable where marked, and brought down.
        boxes: what was marked, in pixels of the original.
        shrink_ratio: its width over the original's.
        blurred_permille: of the original's area.
        said: what was done and what it cannot promise, for whoever gets the picture.
    """

    pixels: Pixels
    boxes: tuple[Box, ...]
    shrink_ratio: float
    blurred_permille: int
    said: str


def released(
    picture: Pixels,
    *,
    finest_m_per_px: float | None,
    reviewed_by: str = "",
    boxes: Sequence[Box] = (),
    find: Find | None = None,
) -> Released:
    """A picture as the public may see it.

    Args:
        picture: height x width, or height x width x 3 (red, green, blue).
        finest_m_per_px: how little one pixel shows across the line of sight, where it shows least: `finest_m_per_px`,
            with the least distance that the pose's error allows. None: not known, or the place is withheld.
        reviewed_by: who looked at every face and plate; needed where the scale is not known, of no effect elsewhere.
        boxes: what that person marked besides.
        find: a user's detector, run besides the built-in ones.

    Raises: UnreadableError: the scale is not known and nobody looked. OutOfRangeError: the scale is no length.
    Limits: what stands nearer to the camera than the ground that the pose speaks of (a roof, a mast, another drone) is
        shown finer than stated. A person may be known by dress, gait, vehicle or place at any scale. Recall of the
        detectors alone is measured in tests/detect/test_blur.py; it is no promise.
    """
    scale = finest_m_per_px
    if finest_m_per_px is not None and not 0 < finest_m_per_px < math.inf:
        raise OutOfRangeError(
            f"{finest_m_per_px} m a pixel is no scale.", subject="scale", remedy="Leave it out where it is not known."
        )
    if finest_m_per_px is None and not reviewed_by:
        raise UnreadableError(
            "its scale is not known, so nothing bounds what can be recognised in it.",
            subject="picture",
            remedy="Let a person mark every face and plate, and name that person; or do not release it.",
        )
    faces_px, plates_px = ((0.0 if scale is None else size_m / scale) or math.inf for size_m in (_FACE_M, _PLATE_M))
    seen = (*faces(picture, largest_px=faces_px), *plates(picture, largest_px=plates_px))
    found = (*seen, *(find(picture) if find else ()), *boxes)
    covered = unreadable(picture, found)
    ratio = 1.0 if finest_m_per_px is None else min(1.0, finest_m_per_px / LEAST_M_PER_PX)
    small = covered.pixels if ratio == 1.0 else _brought_down(covered.pixels, ratio)
    return Released(
        pixels=small,
        boxes=found,
        shrink_ratio=small.shape[1] / picture.shape[1],
        blurred_permille=covered.permille,
        said=_said(found, finest_m_per_px, reviewed_by, small),
    )


def finest_m_per_px(*, depth_m: float, hfov_deg: float, width_px: int) -> float:
    """How little one pixel shows across the line of sight at a depth, metres.

    Args:
        depth_m: along the camera's axis, of the nearest thing in the picture: the least that the pose's error allows,
            less the height of a person.
        hfov_deg: the widest that its error allows narrows this; give the narrowest.
        width_px: of the picture.

    Limits: a camera without distortion; at the edge of a wide lens a pixel may show less.
    """
    return depth_m * 2 * math.tan(math.radians(hfov_deg) / 2) / width_px


def _said(found: Sequence[Box], scale_m_per_px: float | None, reviewed_by: str, small: Pixels) -> str:
    counts = {what: sum(1 for box in found if box.what == what) for what in sorted({box.what for box in found})}
    marked = ", ".join(f"{count} marked as {what}" for what, count in counts.items()) or "nothing was marked"
    if scale_m_per_px is None:
        return f"Scale not known; {marked} and made unreadable; looked through by {reviewed_by}."
    size = f"{small.shape[1]} by {small.shape[0]} pixels"
    return (
        f"Brought down to {size}, none of which shows less than {LEAST_M_PER_PX:.2f} m as the pose has it; "
        f"{marked} and made unreadable, by automatic detectors that miss some."
    )


# --- making unreadable ------------------------------


@dataclass(frozen=True, slots=True)
class _Covered:
    pixels: Pixels
    permille: int


def unreadable(picture: Pixels, boxes: Sequence[Box]) -> _Covered:
    """A copy in which each region is a few blocks of one colour each, with soft edges.

    A blur alone can be undone, for it keeps every number it was made from. Blocks keep `BLOCKS` averages along a
    region's shorter side and nothing else; the blur after them is for the eye.
    """
    copy = picture.copy()
    touched = np.zeros(picture.shape[:2], bool)
    for box in boxes:
        grow = 1 + MARGIN_RATIO * min(box.right_px - box.left_px, box.bottom_px - box.top_px)
        left, top = max(0, math.floor(box.left_px - grow)), max(0, math.floor(box.top_px - grow))
        right = min(picture.shape[1], math.ceil(box.right_px + grow))
        bottom = min(picture.shape[0], math.ceil(box.bottom_px + grow))
        if right - left < 1 or bottom - top < 1:
            continue
        copy[top:bottom, left:right] = _blocks(copy[top:bottom, left:right])
        touched[top:bottom, left:right] = True
    return _Covered(copy, int(touched.mean() * 1000) if touched.size else 0)


def _blocks(region: Pixels) -> Pixels:
    height, width = region.shape[:2]
    side = max(1.0, min(height, width) / BLOCKS)
    size = (max(1, round(width / side)), max(1, round(height / side)))
    few = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    again = cv2.resize(few, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(again, (0, 0), sigmaX=side / 3, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _brought_down(picture: Pixels, ratio: float) -> Pixels:
    """Each pixel of the copy is the mean of those it stands for: none of them is in it alone."""
    size = tuple(max(1, math.floor(side * ratio + 1e-9)) for side in (picture.shape[1], picture.shape[0]))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


# --- faces ------------------------------

_WINDOW = 24  # of the cascade, pixels
_STEP_RATIO = 1.2  # between sizes
_ALIKE_RATIO = 0.3  # two boxes that share so much of their union are one
_FACE_LEAST_PX = 16  # a smaller picture of a face is enlarged to the window first
_GRID_PX = 2  # between windows, at the size where a face fills one
_DENSE_STAGES = 3  # of the cascade
_FOUR = range(4)


@dataclass(frozen=True, slots=True)
class _Stage:
    threshold_ratio: float
    features: Whole  # of each weak classifier
    subsets: npt.NDArray[np.uint32]  # weak classifiers x 8: which of 256 patterns speak for a face
    votes: Numbers  # weak classifiers x 2: where the pattern is in the subset, and where it is not


@functools.cache
def _cascade() -> tuple[Whole, tuple[_Stage, ...]]:
    """Rectangles (x, y, width, height of one of nine blocks) and stages.

    Source: lbpcascade_frontalface.xml of OpenCV, kept byte for byte as detect/faces.xml; S. Liao et al., Learning
        Multi-scale Block Local Binary Patterns for Face Recognition (2007).
    """
    held = files("truceline.detect").joinpath("faces.xml").read_text(encoding="utf-8")
    root = ET.fromstring(held).find("cascade")
    assert root is not None
    rects = [[int(word) for word in str(each.text).split()] for each in root.iterfind("features/_/rect")]
    stages = []
    for stage in root.iterfind("stages/_"):
        nodes = [str(each.text).split() for each in stage.iterfind("weakClassifiers/_/internalNodes")]
        votes = [str(each.text).split() for each in stage.iterfind("weakClassifiers/_/leafValues")]
        stages.append(
            _Stage(
                threshold_ratio=float(str(stage.findtext("stageThreshold"))),
                features=np.array([int(node[2]) for node in nodes]),
                subsets=np.array([[int(word) for word in node[3:]] for node in nodes], np.int64).astype(np.uint32),
                votes=np.array(votes, float),
            )
        )
    return np.array(rects), tuple(stages)


def faces(picture: Pixels, *, largest_px: float = math.inf) -> tuple[Box, ...]:
    """Faces seen from the front and about upright, from 16 pixels wide.

    Args:
        picture: grey, or red, green, blue.
        largest_px: no face in it can be wider.

    Limits: profiles, the backs of heads, faces half hidden, tilted or in deep shadow, and faces seen from steeply above
        are missed. False marks are many where there is texture: each only blurs more than needed.
    """
    grey = _grey(picture)
    found: list[tuple[float, float, float]] = []  # middle x, y, side
    side = float(_FACE_LEAST_PX)
    while side <= min(*grey.shape, largest_px):
        scale = _WINDOW / side
        size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        level = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        found += [
            ((x + _WINDOW / 2) / scale, (y + _WINDOW / 2) / scale, side)
            for x, y in _windows(np.asarray(level, np.uint8))
        ]
        side *= _STEP_RATIO
    return tuple(
        Box(left_px=x - side / 2, top_px=y - side / 2, right_px=x + side / 2, bottom_px=y + side / 2, what="face")
        for x, y, side in _joined(found)
    )


def _windows(level: Grey) -> list[tuple[int, int]]:
    """Upper left corners of the windows of 24 x 24 that every stage takes for a face."""
    rects, stages = _cascade()
    high, wide = level.shape[0] - _WINDOW + 1, level.shape[1] - _WINDOW + 1
    if high < 1 or wide < 1:
        return []
    sums = np.asarray(cv2.integral(level), np.int32)
    row = sums.shape[1]
    ys, xs = np.mgrid[0:high:_GRID_PX, 0:wide:_GRID_PX]
    places = (ys * row + xs).reshape(-1)
    kept = np.arange(places.size)
    for number, stage in enumerate(stages):
        votes = np.zeros(places.size)
        for feature, subset, (inside, outside) in zip(stage.features, stage.subsets, stage.votes, strict=True):
            if number < _DENSE_STAGES:  # all windows are still in: slices are ten times as quick as picking
                pattern = _pattern([[_slice(sums, rects[feature], (i, j), (high, wide)) for j in _FOUR] for i in _FOUR])
                pattern = pattern.reshape(-1)[kept]
            else:
                pattern = _pattern([[_picked(sums, rects[feature], (i, j), places) for j in _FOUR] for i in _FOUR])
            votes += np.where(subset[pattern >> 5] >> (pattern & 31) & 1, inside, outside)
        passed = np.flatnonzero(votes >= stage.threshold_ratio)
        kept = kept[passed]
        places = places[passed]
        if not places.size:
            return []
    return [(int(place % row), int(place // row)) for place in places]


def _slice(
    sums: npt.NDArray[np.int32], rect: Whole, corner: tuple[int, int], span: tuple[int, int]
) -> npt.NDArray[np.int32]:
    """One corner of the nine blocks, for every window of the grid."""
    x, y, wide, high = (int(each) for each in rect)
    top, left = y + corner[0] * high, x + corner[1] * wide
    return sums[top : top + span[0] : _GRID_PX, left : left + span[1] : _GRID_PX]


def _picked(sums: npt.NDArray[np.int32], rect: Whole, corner: tuple[int, int], places: Whole) -> npt.NDArray[np.int32]:
    """The same for some windows."""
    x, y, wide, high = (int(each) for each in rect)
    found: npt.NDArray[np.int32] = sums.reshape(-1)[
        places + (y + corner[0] * high) * sums.shape[1] + x + corner[1] * wide
    ]
    return found


def _pattern(corners: list[list[npt.NDArray[np.int32]]]) -> npt.NDArray[np.uint32]:
    """The local binary pattern of nine blocks: each outer one against the middle, clockwise from the upper left."""
    block = [
        [corners[i][j] - corners[i][j + 1] - corners[i + 1][j] + corners[i + 1][j + 1] for j in range(3)]
        for i in range(3)
    ]
    around = (block[0][0], block[0][1], block[0][2], block[1][2], block[2][2], block[2][1], block[2][0], block[1][0])
    found = np.zeros(block[1][1].shape, np.uint32)
    for bit, each in zip(range(7, -1, -1), around, strict=True):
        found |= (each >= block[1][1]).astype(np.uint32) << np.uint32(bit)
    return found


def _joined(found: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Squares that lie on each other as one: the largest stands, so that nothing is left uncovered."""
    kept: list[tuple[float, float, float]] = []
    for square in sorted(found, key=lambda each: -each[2]):
        if not any(_shared_ratio(square, other) >= _ALIKE_RATIO for other in kept):
            kept.append(square)
    return kept


def _shared_ratio(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Intersection over union of two squares."""
    spans = [
        min(a + one[2] / 2, b + other[2] / 2) - max(a - one[2] / 2, b - other[2] / 2)
        for a, b in ((one[0], other[0]), (one[1], other[1]))
    ]
    both = max(0.0, spans[0]) * max(0.0, spans[1])
    return both / (one[2] ** 2 + other[2] ** 2 - both)


def _grey(picture: Pixels) -> Grey:
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


# --- number plates ------------------------------

_PLATE_PX = 16  # height of a plate where it is looked for
_PLATES_PX = tuple(10 * 1.3**step for step in range(9))  # heights of plates in the picture: 10 to 82
_STROKE = (7, 1)  # a stroke of a character is narrower, at that size
_LEAST_STROKE = 12.0  # mean brightness step, of 255
_STANDS_OUT_RATIO = 1.8  # more strokes inside than around
_WIDE_RATIOS = (1.6, 9.0)  # of a plate to its height: two lines, one line, and seen at a slant
_FILLED_RATIO = 0.5


def plates(picture: Pixels, *, largest_px: float = math.inf) -> tuple[Box, ...]:
    """Number plates: bands of close upright strokes, dark or light, 10 to 80 pixels high, up to about 15 degrees slant.

    Args:
        picture: grey, or red, green, blue.
        largest_px: no plate in it can be higher.

    Limits: any line of writing, a fence, a row of windows is marked too. Plates that are dirty, steeper, half hidden or
        smaller are missed.
    """
    grey = _grey(picture)
    found: list[Box] = []
    for height_px in _PLATES_PX:
        scale = _PLATE_PX / height_px
        size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        if size[0] < 2 * _PLATE_PX or size[1] < _PLATE_PX or height_px > largest_px:
            break
        level = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        for left, top, right, bottom in _bands(np.asarray(level, np.uint8)):
            found.append(
                Box(
                    left_px=left / scale,
                    top_px=top / scale,
                    right_px=right / scale,
                    bottom_px=bottom / scale,
                    what="plate",
                )
            )
    return tuple(_apart(found))


def _bands(level: Grey) -> list[tuple[int, int, int, int]]:
    """Where many narrow strokes stand beside each other, and few around them."""
    stroke = cv2.getStructuringElement(cv2.MORPH_RECT, _STROKE)
    dark = cv2.morphologyEx(level, cv2.MORPH_BLACKHAT, stroke)
    light = cv2.morphologyEx(level, cv2.MORPH_TOPHAT, stroke)
    strokes = np.maximum(dark, light).astype(np.float32)
    near = np.asarray(cv2.blur(strokes, (_PLATE_PX, _PLATE_PX // 2)))
    around = np.asarray(cv2.blur(strokes, (8 * _PLATE_PX, 4 * _PLATE_PX)))
    band = ((near > _LEAST_STROKE) & (near > _STANDS_OUT_RATIO * around)).astype(np.uint8)
    outlines, _ = cv2.findContours(band, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        (_, sides, _), area = cv2.minAreaRect(outline), cv2.contourArea(outline)
        low, long = sorted(sides)
        in_size = _PLATE_PX * 0.5 <= low <= _PLATE_PX * 2.0 and area >= _FILLED_RATIO * low * long
        if in_size and _WIDE_RATIOS[0] <= long / low <= _WIDE_RATIOS[1]:
            left, top, width, height = cv2.boundingRect(outline)
            found.append((left, top, left + width, top + height))
    return found


def _apart(boxes: list[Box]) -> list[Box]:
    """Without those that lie wholly inside another."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda each: (each.left_px - each.right_px) * (each.bottom_px - each.top_px)):
        inside = any(
            other.left_px <= box.left_px and box.right_px <= other.right_px
            and other.top_px <= box.top_px and box.bottom_px <= other.bottom_px
            for other in kept
        )  # fmt: skip
        if not inside:
            kept.append(box)
    return kept
