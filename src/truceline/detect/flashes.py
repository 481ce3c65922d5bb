"""Flashes: what is much brighter than the same place was before and is after, and so is over at once."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from truceline.detect.pictures import Array, Matrix, Spot

LEAST_LEVELS = 25.0  # of 255, above the brightest thing near the place before and after
OVER_NOISE_RATIO = 8.0  # sigmas of how much the rest of the picture differs
NEAR_RATIO = 0.008  # of the picture's width: how far something bright may move in between without being a flash
JOINED_PX = 5
LEAST_PX = 6  # pixels that must be as bright as that
SHARE_MAX_RATIO = 0.05
SPOTS_MAX = 50
CENTRE_SIGMA_PX = 0.5
CENTRE_SHARE_RATIO = 0.12  # of its width: what lies under it is brighter on one side


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """A picture in which each pixel is as bright as the brightest near it, and where pixels of another lie in it."""

    grey: Array
    matrix: Matrix


def ceiling(grey: Array) -> Array:
    """Each pixel as bright as the brightest near it: what moved a little is no flash."""
    reach = max(2, round(NEAR_RATIO * grey.shape[1]))
    return cv2.dilate(grey, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))


def flashing(grey: Array, before: Ceiling, after: Ceiling) -> tuple[list[Spot], str]:
    """What shines in this picture and neither before nor after; or none, and why that is (with the numbers).

    Args:
        before, after: ceilings of pictures as far off as a flash lasts at most.

    Limits: a fire that goes on burning is no flash; nor is one that is no brighter than what lies beside it. A bright
        vehicle that goes farther than NEAR_RATIO of the picture meanwhile may be taken for one.
    Source: temporal top-hat: F. Meyer, Contrast feature extraction, 1979, along time instead of space.
    """
    size = (grey.shape[1], grey.shape[0])
    how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    highest = [
        cv2.warpPerspective(each.grey, each.matrix, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
        for each in (before, after)
    ]
    over = cv2.GaussianBlur(cv2.subtract(grey, cv2.max(*highest)), (3, 3), 0)
    few = over[::7, ::7]
    noise = 1.25 * float(few.mean())
    threshold = max(LEAST_LEVELS, OVER_NOISE_RATIO * noise)
    out = cv2.threshold(over, threshold, 1, cv2.THRESH_BINARY)[1]
    bright_px = cv2.countNonZero(out)
    if not bright_px:
        return [], ""
    if bright_px > SHARE_MAX_RATIO * out.size:
        return [], f"{bright_px / out.size:.0%} of the picture is brighter than before and after"
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(out, np.ones((JOINED_PX, JOINED_PX), np.uint8))
    )
    spots = []
    for at in range(1, count):
        left, top, width, height = (int(value) for value in boxes[at][:4])
        part = np.s_[top : top + height, left : left + width]
        bright = (labels[part] == at) & (out[part] > 0)
        if bright.sum() >= LEAST_PX:
            strongest = float(over[part][bright].max())
            sure_permille = round(1000 * strongest / (strongest + threshold))
            spots.append(_spot(np.where(bright, over[part], 0), (left, top), sure_permille))
    return sorted(spots, key=lambda spot: -spot.confidence_permille)[:SPOTS_MAX], ""


def _spot(weight: npt.NDArray[np.float64], corner: tuple[int, int], confidence_permille: int) -> Spot:
    """One flash: its middle weighted by how bright it is, and the box of what is bright enough."""
    columns, rows = np.flatnonzero(weight.any(axis=0)), np.flatnonzero(weight.any(axis=1))
    left, right, top, bottom = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    return Spot(
        method="flash",
        x_px=corner[0] + 0.5 + float(np.average(np.arange(weight.shape[1]), weights=weight.sum(axis=0))),
        y_px=corner[1] + 0.5 + float(np.average(np.arange(weight.shape[0]), weights=weight.sum(axis=1))),
        sigma_px=float(np.hypot(CENTRE_SIGMA_PX, CENTRE_SHARE_RATIO * max(right - left, bottom - top))),
        box_px=(corner[0] + left, corner[1] + top, corner[0] + right, corner[1] + bottom),
        confidence_permille=confidence_permille,
    )
