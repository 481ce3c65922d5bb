"""How the scene moved from one picture to another, as a homography; or why that cannot be said."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from truceline.detect.pictures import Array, Mask, Matrix

Points = npt.NDArray[np.float32]  # n x 1 x 2, as cv2 takes them

BLOCKS = 8  # features are taken block by block, so that one textured corner does not speak for the whole picture
WINDOW_PX = 15  # that the Lucas-Kanade search compares
RETURN_PX = 0.5  # a feature followed there and back must come home this close
INLIER_PX = 1.0
LEAST_INLIERS = 25
LEAST_SHARE_RATIO = 0.4  # of the features that were followed
LEAST_BLOCKS = 10  # of BLOCKS x BLOCKS that hold an inlier
SCALE_MAX_RATIO = 2.0  # of an area, between two pictures of one look


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`matrix` takes homogeneous pixels of the one picture to the other; None: they cannot be registered.

    `problem`: why not, with the numbers. `error_px`: median distance at which followed features fall from where the
    matrix puts them.
    """

    matrix: Matrix | None
    problem: str = ""
    error_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A picture at some scale, and what can be followed in it."""

    grey: Array
    points: Points
    scale_ratio: float  # pixels of `grey` to a pixel of the picture


def features(grey: Array, *, side_px: int, count: int, without: Mask | None = None) -> Features:
    """Corners to be followed, spread over the picture; none where `without` is set (what does not move with the scene).

    Args:
        side_px: of the scale to work at: the picture is halved while its longer side is larger.
        count: how many corners, about.

    Source: J. Shi and C. Tomasi, Good features to track, CVPR 1994.
    """
    small = halved(grey, side_px=side_px)
    strength = cv2.cornerMinEigenVal(small, 5)
    if without is not None:
        hidden = cv2.resize(without.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST)
        strength[hidden > 0] = 0
    return Features(grey=small, points=_strongest(strength, count), scale_ratio=small.shape[1] / grey.shape[1])


def halved(grey: Array, *, side_px: int) -> Array:
    """The picture, halved until its longer side is no larger."""
    shrink = 1
    while max(grey.shape) > side_px * shrink:
        shrink *= 2
    size = (grey.shape[1] // shrink, grey.shape[0] // shrink)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if shrink > 1 else grey


def _strongest(strength: Array, count: int) -> Points:
    """The strongest corners of each block, at least 5 pixels apart within their cells."""
    cell = 8
    rows, columns = strength.shape[0] // cell, strength.shape[1] // cell
    cells = strength[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell).swapaxes(1, 2)
    flat = cells.reshape(rows, columns, -1)
    best, at = flat.max(axis=2), flat.argmax(axis=2)
    best[:1], best[-1:], best[:, :1], best[:, -1:] = 0, 0, 0, 0
    y, x = np.divmod(at, cell)
    y, x = y + np.arange(rows)[:, None] * cell, x + np.arange(columns)[None, :] * cell
    block = (np.arange(rows)[:, None] * BLOCKS // rows) * BLOCKS + np.arange(columns)[None, :] * BLOCKS // columns
    order = np.lexsort((-best.ravel(), block.ravel()))
    sorted_blocks = block.ravel()[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_blocks, sorted_blocks)
    least = max(1e-4, 0.002 * float(best.max(initial=0)))
    chosen = order[(rank < count // BLOCKS**2 + 1) & (best.ravel()[order] > least)]
    return np.stack([x.ravel()[chosen], y.ravel()[chosen]], axis=1).astype(np.float32).reshape(-1, 1, 2)


def register(one: Features, other: Features, *, guess: Matrix | None = None) -> Registration:
    """The homography from the picture `one` to the picture `other`.

    Args:
        guess: what is known of it already, in pixels of the pictures: lets the search find a scene that moved far.

    Limits: the ground is taken as a plane: what stands on it is displaced, the more the higher and the nearer it is.
    Source: Lucas and Kanade 1981 in pyramids, there and back; MAGSAC++ (Barath et al., CVPR 2020) with the fixed seed
        of the library: the same pictures give the same matrix.
    """
    if one.grey.shape != other.grey.shape:
        return Registration(matrix=None, problem="the pictures have not the same size")
    if len(one.points) < LEAST_INLIERS:
        return Registration(matrix=None, problem=f"{len(one.points)} features to follow, {LEAST_INLIERS} are needed")
    to_working = np.diag([one.scale_ratio, one.scale_ratio, 1.0])
    here, there = _followed(one, other, None if guess is None else to_working @ guess @ np.linalg.inv(to_working))
    if len(here) < LEAST_INLIERS:
        return Registration(matrix=None, problem=f"{len(here)} features found again, {LEAST_INLIERS} are needed")
    matrix, agreeing = cv2.findHomography(here, there, cv2.USAC_MAGSAC, INLIER_PX)
    if not np.isfinite(matrix).all() or matrix.shape != (3, 3):
        return Registration(matrix=None, problem=f"{len(here)} features agree on no homography")
    inliers = agreeing.ravel() == 1
    problem = _objection(matrix, here[inliers], len(here), one.grey.shape)
    if problem:
        return Registration(matrix=None, problem=problem)
    apart_px = np.linalg.norm(cv2.perspectiveTransform(here[inliers], matrix) - there[inliers], axis=2)
    found = np.linalg.inv(to_working) @ matrix @ to_working
    return Registration(matrix=found / found[2, 2], error_px=float(np.median(apart_px)) / one.scale_ratio)


def _followed(one: Features, other: Features, guess: Matrix | None) -> tuple[Points, Points]:
    """Features of the one picture and where they are in the other: those that lead back."""
    window = (WINDOW_PX, WINDOW_PX)
    one_points = one.points
    start, flags, level = one_points.copy(), 0, 4
    if guess is not None:
        start = cv2.perspectiveTransform(one.points, guess).astype(np.float32)
        height, width = one.grey.shape
        inside = ((start > 0) & (start < (width, height))).all(axis=2).ravel()
        one_points, start = one.points[inside], start[inside]
        flags, level = cv2.OPTFLOW_USE_INITIAL_FLOW, 2
    if not len(one_points):
        return one_points, one_points
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        one.grey, other.grey, one_points, start, winSize=window, maxLevel=level, flags=flags
    )
    back, returned, _ = cv2.calcOpticalFlowPyrLK(
        other.grey,
        one.grey,
        there,
        one_points.copy(),
        winSize=window,
        maxLevel=1,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    home = np.linalg.norm(back - one_points, axis=2).ravel() < RETURN_PX
    kept = home & (found.ravel() == 1) & (returned.ravel() == 1)
    return one_points[kept], there[kept]


def _objection(matrix: Array, inliers: Points, followed: int, shape: tuple[int, ...]) -> str:
    """What speaks against a homography, with the numbers; "" if nothing."""
    if len(inliers) < max(LEAST_INLIERS, LEAST_SHARE_RATIO * followed):
        return f"only {len(inliers)} of {followed} features agree on one homography"
    height, width = shape
    x, y = inliers[:, 0, 0], inliers[:, 0, 1]
    blocks = np.unique((y * BLOCKS / height).astype(int) * BLOCKS + (x * BLOCKS / width).astype(int))
    if len(blocks) < LEAST_BLOCKS:
        return f"the features that agree lie in {len(blocks)} of {BLOCKS**2} parts of the picture"
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float32)
    moved = cv2.perspectiveTransform(corners, matrix).astype(np.float32)
    area_ratio = cv2.contourArea(moved, oriented=True) / (width * height)
    if not (1 / SCALE_MAX_RATIO < area_ratio < SCALE_MAX_RATIO and cv2.isContourConvex(moved)):
        return f"it would scale the picture's area by {area_ratio:.2f}"
    return ""
