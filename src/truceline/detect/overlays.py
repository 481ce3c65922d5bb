"""What is laid over the pictures and does not move with the scene: logos, burnt-in text, cross-hairs, black borders.

Found from the video itself: a pixel of the picture (not of the ground) at which the pictures differ most of the time
although each was laid over the others. An overlay that turns or counts is found as one that stands still is.
"""

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from truceline.detect.pictures import Array, Grey, Mask

SAMPLES = 24  # pictures that are asked: four seconds at six a second
LEAST_SAMPLES = 6
MOSTLY_RATIO = 0.5  # of the samples that show a pixel: lettering that stands still
AROUND_PX = 17
RESTLESS_RATIO = 0.18  # of samples and pixels around: an emblem that turns; a road full of vehicles reaches 0.11
STILL_LEVELS = 6  # of 255: less change than this is none
STILL_RATIO = 0.9  # of the samples at which a small overlay does not change
LARGE_RATIO = 0.002  # of the picture's area: an overlay that changes is at least this large
CLOSED_RATIO = 0.03  # of the width: gaps in letters and emblems
RIM_RATIO = 0.01  # of the width: added all around
WORKING_PX = 640
PLAIN_LEVELS = 3.0  # of 255: a border's rows and columns vary by less


class Overlays:
    """Collects samples and says what was laid over the middle one of them.

    Limits: an overlay is seen where the scene under it moves or it changes itself, and after some seconds. A thing that
        the camera follows so exactly that it stays on the same pixels is taken for one. Worked out on pictures of at
        most WORKING_PX: its rim is rough by as many pixels as one of those holds.
    """

    def __init__(self) -> None:
        self._samples: deque[Array] = deque()  # 3 x height x width of 0 and 1: differs, is known, is as it was before
        self._sum: Array | None = None
        self._before: Array | None = None

    def add(self, grey: Grey, *, differs: Mask, known: Mask) -> None:
        """One more picture: where it differs from those laid over it, and where any of them shows anything."""
        shrink = max(1, -(-max(grey.shape) // WORKING_PX))
        size = (grey.shape[1] // shrink, grey.shape[0] // shrink)
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        wide = cv2.dilate(differs.astype(np.uint8), np.ones((2 * shrink + 1, 2 * shrink + 1), np.uint8))
        before = small if self._before is None else self._before
        sample = np.stack(
            [
                cv2.resize(wide, size, interpolation=cv2.INTER_NEAREST),
                cv2.resize(known.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST),
                (cv2.absdiff(small, before) <= STILL_LEVELS).astype(np.uint8),
            ]
        )
        self._before = small
        self._samples.append(sample)
        self._sum = sample.copy() if self._sum is None else self._sum + sample
        if len(self._samples) > SAMPLES:
            self._sum = self._sum - self._samples.popleft()

    @property
    def settled(self) -> bool:
        """Whether there are samples enough for the mask to hold emblems that turn."""
        return len(self._samples) >= SAMPLES // 2

    def mask(self, shape: tuple[int, ...]) -> Mask | None:
        """The pixels laid over, for a picture of height and width `shape`; None: too few samples to say."""
        if len(self._samples) < LEAST_SAMPLES or self._sum is None or self._before is None:
            return None
        differs, known, still = self._sum
        share = np.where(known >= LEAST_SAMPLES, differs / np.maximum(known, 1).astype(np.float32), 0)
        unmoved = (share > MOSTLY_RATIO) & (still >= STILL_RATIO * len(self._samples))
        restless = cv2.blur(share, (AROUND_PX, AROUND_PX)) > RESTLESS_RATIO
        small = _grown(unmoved, restless) | border(self._before)
        return cv2.resize(small.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _grown(unmoved: Mask, restless: Mask) -> Mask:
    """Overlays as areas: letters joined, emblems filled, small ones that change left out."""
    height, width = unmoved.shape
    gap = 2 * round(CLOSED_RATIO * width / 2) + 1
    closed = cv2.morphologyEx((unmoved | restless).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = np.zeros(unmoved.shape, np.uint8)
    for outline in outlines:
        left, top, wide, high = cv2.boundingRect(outline)
        one = np.zeros((high, wide), np.uint8)
        cv2.drawContours(one, [outline], -1, 1, cv2.FILLED, offset=(-left, -top))
        part = np.s_[top : top + high, left : left + wide]
        if unmoved[part].any() or cv2.countNonZero(one) >= LARGE_RATIO * width * height:
            areas[part] |= one
    rim = 2 * max(1, round(RIM_RATIO * width)) + 1
    return cv2.dilate(areas, np.ones((rim, rim), np.uint8)) > 0


def border(grey: Array) -> Mask:
    """The rows and columns at the rim that show one plain level: bars left by another aspect ratio, and blanking."""
    mask = np.zeros(grey.shape, bool)
    for axis, view in ((1, mask), (0, mask.T)):
        plain = grey.std(axis=axis) < PLAIN_LEVELS
        first = int(np.argmin(plain)) if not plain.all() else 0
        last = int(np.argmin(plain[::-1])) if not plain.all() else 0
        if first:
            view[: first + 2] = True  # the scene's first lines are blurred into the bar
        if last:
            view[-last - 2 :] = True
    return mask


def hidden_share_ratio(mask: Mask, box_px: npt.ArrayLike) -> float:
    """The part of a box that lies under an overlay."""
    left, top, right, bottom = np.asarray(box_px, np.int64)
    part = mask[max(0, top) : bottom, max(0, left) : right]
    return float(part.mean()) if part.size else 1.0
