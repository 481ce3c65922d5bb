"""How far an error of each kind moves a ray or its place on the ground, and what all of them together come to.

An error is a column: how far one unit of it moves the place east and north (or the ray up and right). A covariance is
the sum over columns times their sigmas. To first order, except for what turns a ray up or down: there the ground is
asked again (`bend`), because near the horizon a place runs away faster than the angle.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.locate.camera.ground.aim import Aim, lifting
from truceline.locate.camera.ground.cast import Ground, Hits, cast, normals
from truceline.locate.camera.ground.ellipsoid import cross, dot, height_of
from truceline.locate.camera.ground.rows import pick

Numbers = npt.NDArray[np.float64]

# In this order everywhere. Metres where the camera stands; radians; the field of view as a share of itself; metres.
ERRORS = (
    *("east", "north", "up"),
    *("heading", "pitch", "roll", "azimuth", "elevation", "sensor_roll"),
    *("view_across", "view_down", "ground"),
)
EAST, NORTH, UP, HEADING, VIEW, GROUND = 0, 1, 2, 3, 9, 11
GAUSS = np.sqrt(3.0)  # three points, at 0 and so many sigmas on either side, weigh 2/3, 1/6, 1/6 (Gauss-Hermite)
GUARD = 3.0  # where an error of so many sigmas takes the ray off the ground, no ellipse is honest
STRAIGHT = 0.03  # an error below this share of the ray's sine leaves out less than 0.3 % of the variance


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmas:
    """One sigma of every error of n pictures, in the order and units of ERRORS.

    `alone`: independent of each other; `together`: each one cause that moves several at once. Both stay the same from
    picture to picture. `own`: rounding, new in every picture.
    """

    alone: Numbers  # (12, n)
    together: tuple[Numbers, ...]  # each (12, n)
    own: Numbers  # (12, n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of each of n pictures: tangents to the right of and below the axis, and half the angles of view."""

    across_ratio: Numbers
    down_ratio: Numbers
    half_across_rad: Numbers
    half_down_rad: Numbers

    @property
    def stretch(self) -> tuple[Numbers, Numbers]:
        """How far the point's tangents change when the angle of view grows by a share of itself."""
        return _stretch(self.across_ratio, self.half_across_rad), _stretch(self.down_ratio, self.half_down_rad)


def axis_of(count: int) -> Point:
    """The middle of each picture, which no angle of view moves."""
    nothing = np.zeros(count)
    return Point(across_ratio=nothing, down_ratio=nothing, half_across_rad=nothing, half_down_rad=nothing)


def _stretch(ratio: Numbers, half_rad: Numbers) -> Numbers:
    """d tan(half)·part / d ln(half): the axis itself does not move, whatever the angle."""
    slope = half_rad / np.where(half_rad > 0, np.sin(half_rad) * np.cos(half_rad), np.nan)
    return np.where(ratio == 0, 0.0, ratio * slope)


def ground_columns(aim: Aim, direction: Numbers, hits: Hits, *, ground: Ground, point: Point) -> Numbers:
    """Metres east and north that one unit of each error moves the hits: shape (12, 2, n).

    Limits: first order; the ground about a hit is taken as its tangent plane.
    """
    local, normal = normals(ground, hits)
    sinking = dot(direction, normal)
    east, north = local[1], local[0]
    # what a shift of the ray moves its hit: the shift itself, then along the ray back to the ground
    to_east = east - normal * (dot(direction, east) / sinking)
    to_north = north - normal * (dot(direction, north) / sinking)
    turn_east, turn_north = cross(direction, to_east) * hits.reach, cross(direction, to_north) * hits.reach
    columns = np.empty((len(ERRORS), 2, direction.shape[1]))
    for at, shift in enumerate((aim.local[1], aim.local[0], -aim.local[2])):
        columns[at, 0], columns[at, 1] = dot(shift, to_east), dot(shift, to_north)
    for at, axis in enumerate(aim.turning):
        columns[HEADING + at, 0], columns[HEADING + at, 1] = dot(axis, turn_east), dot(axis, turn_north)
    for at, stretch in enumerate(point.stretch):
        side = aim.camera[1 + at]
        columns[VIEW + at, 0] = stretch * hits.reach * dot(side, to_east)
        columns[VIEW + at, 1] = stretch * hits.reach * dot(side, to_north)
    rise = -dot(normal, local[2]) / sinking  # along the ray, for a metre of higher ground
    columns[GROUND, 0], columns[GROUND, 1] = rise * dot(direction, east), rise * dot(direction, north)
    return columns


def pixel_columns(aim: Aim, direction: Numbers, hits: Hits, *, ground: Ground) -> Numbers:
    """Metres east and north for a tangent of 1 to the right, and of 1 down, in the picture: shape (2, 2, n)."""
    local, normal = normals(ground, hits)
    sinking = dot(direction, normal)
    columns = np.empty((2, 2, direction.shape[1]))
    for at, side in enumerate(aim.camera[1:]):
        back = dot(side, normal) / sinking
        columns[at, 0] = hits.reach * (dot(side, local[1]) - back * dot(direction, local[1]))
        columns[at, 1] = hits.reach * (dot(side, local[0]) - back * dot(direction, local[0]))
    return columns


def ray_columns(aim: Aim, direction: Numbers, *, up: Numbers, point: Point) -> Numbers:
    """Radians up and to the right that one unit of each error turns the rays: shape (12, 2, n); 0 for shifts."""
    length = np.sqrt(dot(direction, direction))
    columns = np.zeros((len(ERRORS), 2, direction.shape[1]))
    for side, way in enumerate(lifting(direction, up)):
        turn = cross(direction, way) / length
        for at, axis in enumerate(aim.turning):
            columns[HEADING + at, side] = dot(axis, turn)
        for at, stretch in enumerate(point.stretch):
            columns[VIEW + at, side] = stretch * dot(aim.camera[1 + at], way) / length
    return columns


def shared(columns: Numbers, sigmas: Sigmas) -> Numbers:
    """The covariance that stays from picture to picture: shape (3, n): ee, en, nn."""
    found = _summed(columns * sigmas.alone[:, None, :])
    for cause in sigmas.together:
        moved = (columns * cause[:, None, :]).sum(axis=0)
        found = found + _summed(moved[None])
    return found


def own(columns: Numbers, sigmas: Sigmas) -> Numbers:
    """The covariance of what is new in each picture: shape (3, n): ee, en, nn."""
    return _summed(columns * sigmas.own[:, None, :])


def _summed(moved: Numbers) -> Numbers:
    """Squares and products of movements (k, 2, n), added up."""
    east, north = moved[:, 0], moved[:, 1]
    return np.stack([(east * east).sum(axis=0), (east * north).sum(axis=0), (north * north).sum(axis=0)])


def bend(aim: Aim, direction: Numbers, hits: Hits, *, ground: Ground, sigma_rad: Numbers) -> tuple[Numbers, Numbers]:
    """What the ground adds to the covariance because it is not straight along the view.

    The ray is turned up and down by the square root of 3 times `sigma_rad` and meets the ground again; a sixth of
    the sum of both squared distances is the variance to second order.

    Returns: what to add, shape (3, n); and how much farther the upper ray runs than straight ground would have it:
        about 1 on straight ground; infinite where one of the two, or a ray 3 sigmas higher, meets no ground.
    """
    added, runs = np.zeros((3, direction.shape[1])), np.ones(direction.shape[1])
    asked = _worth_asking(direction, hits, ground=ground, sigma_rad=sigma_rad)
    if not asked.size:
        return added, runs
    ray, sigma, near = direction[:, asked], sigma_rad[asked], pick(hits, asked)
    local, normal = normals(pick(ground, asked), near)
    way = lifting(ray, -local[2])[0] * np.sqrt(dot(ray, ray))
    far_m2 = []
    for turned in (GAUSS * sigma, -GAUSS * sigma, GUARD * sigma):
        again = cast(pick(ground, asked), aim.origin[:, asked], ray * np.cos(turned) + way * np.sin(turned))
        gap = again.point - near.point
        far_m2.append(dot(gap, local[1]) ** 2 + dot(gap, local[0]) ** 2)
    step = near.reach * sigma * (way - ray * (dot(way, normal) / dot(ray, normal)))
    east_m, north_m = dot(step, local[1]), dot(step, local[0])
    straight_m2 = east_m**2 + north_m**2
    level_m = near.reach * sigma * dot(ray, ray) / np.abs(dot(ray, local[2]))
    whole = np.isfinite(far_m2[0] + far_m2[1] + far_m2[2])
    runs[asked] = np.where(whole, np.sqrt(far_m2[0]) / (GAUSS * np.fmax(np.sqrt(straight_m2), level_m)), np.inf)
    extra = np.where(whole, np.clip((far_m2[0] + far_m2[1]) / 6 / straight_m2 - 1.0, 0.0, None), 0.0)
    added[:, asked] = extra * np.stack([east_m**2, east_m * north_m, north_m**2])
    return added, runs


def _worth_asking(direction: Numbers, hits: Hits, *, ground: Ground, sigma_rad: Numbers) -> npt.NDArray[np.intp]:
    """The rays whose error is not small against how steeply they meet the ground; all of them on a terrain model."""
    turned = hits.met & (sigma_rad > 0)
    if ground.terrain is None:
        sinking = -dot(direction, height_of(hits.point)[1])
        turned &= GAUSS * sigma_rad > STRAIGHT * sinking / np.sqrt(dot(direction, direction))
    return np.flatnonzero(turned)
