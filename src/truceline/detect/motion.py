"""What moves over the ground: where a picture differs from earlier and later ones laid over it.

A thing that moved stands out against every other picture; where it stood in one of them only that one differs. So of
all differences at a pixel the second smallest counts (of two the smaller). What stands up from the ground, or lies
half a pixel beside its place, is forgiven: only what is brighter or darker than all nine pixels around counts. All are
softened first: laid over one another, thin lines and edges would else look now sharp, now soft, and seem to move.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from truceline.detect.pictures import Array, Grey, Mask, Matrix, Spot

Levels = npt.NDArray[np.float32]

LEAST_LEVELS = 4.0  # of 255: what a picture compressed as usual, and softened, changes by itself
SOFT_SIGMA_PX = 0.8
OVER_NOISE_RATIO = 3.0  # sigmas of the noise around
NOISE_PX = 41  # side of the square in which the noise is taken
EDGE_LEVELS = 25  # of a difference that is counted as noise at most: an outline is none
SHARE_MAX_RATIO = 0.05  # more of a picture than this does not move: the pictures do not fit
SPOTS_MAX = 200
CENTRE_SIGMA_PX = 0.35  # measured on vehicles of 4 x 2 pixels: tests/detect/test_flight.py
CENTRE_SHARE_RATIO = 0.08  # of a thing's length, which its parts in shade or in the background's colour displace


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Another picture, and the matrix that takes pixels of the picture at hand to it."""

    grey: Grey
    matrix: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far a picture stands out, in units of what is worth a look (1: just so); `known`: enough others show it."""

    excess: Levels
    known: Mask


def difference(grey: Grey, others: Sequence[Laid]) -> Difference:
    """The picture against others that were registered with it.

    Args:
        others: two to four, at different times, so far off in time that what moves has left its own outline.
    """
    assert 2 <= len(others) <= 4, "two to four other pictures"
    brighter: list[Array] = []
    darker: list[Array] = []
    raw: Array = np.full(grey.shape, 255, np.uint8)
    count = np.zeros(grey.shape, np.uint8)
    soft = cv2.GaussianBlur(grey, (3, 3), SOFT_SIGMA_PX)
    for other in others:
        over, under, apart, covers = _against(soft, other)
        brighter.append(over)
        darker.append(under)
        count += covers
        raw = cv2.min(raw, apart)
    enough = count >= 2
    excess = cv2.max(_second(brighter, count), _second(darker, count))
    excess[~enough] = 0
    smooth = cv2.GaussianBlur(excess.astype(np.float32), (3, 3), 0)
    noise = cv2.blur(np.minimum(raw, EDGE_LEVELS).astype(np.float32), (NOISE_PX, NOISE_PX))
    threshold = np.maximum(LEAST_LEVELS, 1.25 * OVER_NOISE_RATIO * noise)  # sigma = 1.25 x mean deviation
    return Difference(excess=smooth / threshold, known=enough)


def _against(grey: Array, other: Laid) -> tuple[Array, Array, Array, Array]:
    """Brighter and darker than all around, the plain difference, and where the other picture shows anything.

    Where it shows nothing the differences are 255: they do not count among the smallest.
    """
    size = (grey.shape[1], grey.shape[0])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    soft = cv2.GaussianBlur(other.grey, (3, 3), SOFT_SIGMA_PX)
    laid = cv2.warpPerspective(soft, other.matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    shows = cv2.warpPerspective(
        np.full(other.grey.shape, 1, np.uint8), other.matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    around = np.ones((3, 3), np.uint8)
    shows = cv2.erode(shows, around, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    hidden = (1 - shows) * np.uint8(255)
    over = cv2.max(cv2.subtract(grey, cv2.dilate(laid, around)), hidden)
    under = cv2.max(cv2.subtract(cv2.erode(laid, around), grey), hidden)
    return over, under, cv2.absdiff(grey, laid), shows


def _second(each: Sequence[Array], count: Array) -> Array:
    """The second smallest at each pixel, of two the smaller."""
    least: Array = each[0]
    next_least: Array = np.full_like(least, 255)
    for one in each[1:]:
        next_least = cv2.min(next_least, cv2.max(least, one))
        least = cv2.min(least, one)
    return np.where(count >= 3, next_least, least)


def moving(found: Difference) -> tuple[list[Spot], str]:
    """The things that stand out, strongest first; or none, and why that is (with the numbers)."""
    out = (found.excess > 1).astype(np.uint8)
    share_ratio = cv2.countNonZero(out) / max(1, int(found.known.sum()))
    if share_ratio > SHARE_MAX_RATIO:
        return [], f"{share_ratio:.0%} of the picture differs from the others: they do not fit"
    joined = cv2.dilate(out, np.ones((3, 3), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, labels[out > 0].astype(np.intp), found.excess[out > 0])
    strongest = np.argsort(-peaks[1:], kind="stable")[:SPOTS_MAX] + 1
    return [_spot(found.excess, labels, int(at), boxes[at]) for at in strongest], ""


def _spot(excess: Levels, labels: Array, at: int, box: Array) -> Spot:
    """One thing: its middle weighted by how far it stands out, and its box."""
    left, top, width, height = (int(value) for value in box[:4])
    part = np.s_[top : top + height, left : left + width]
    weight = np.where(labels[part] == at, excess[part], 0)
    whole, strongest = float(weight.sum()), float(weight.max())
    x_px = left + 0.5 + float((weight.sum(axis=0) * np.arange(width)).sum()) / whole
    y_px = top + 0.5 + float((weight.sum(axis=1) * np.arange(height)).sum()) / whole
    return Spot(
        method="motion",
        x_px=x_px,
        y_px=y_px,
        sigma_px=float(np.hypot(CENTRE_SIGMA_PX, CENTRE_SHARE_RATIO * max(width - 2, height - 2, 1))),
        box_px=(left, top, left + width, top + height),
        confidence_permille=round(1000 * (1 - 1 / (1 + strongest))),
    )
