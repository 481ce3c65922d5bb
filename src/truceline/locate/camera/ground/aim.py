"""Where a camera stands and looks: from attitude angles to rays, with the axis that each angle turns it about."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.locate.camera.ground.ellipsoid import cross, dot, north_east_down, to_ecef, unit

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A camera in space, for each of n pictures: ECEF, metres."""

    origin: Numbers  # (3, n)
    local: Numbers  # (3, 3, n): north, east, down where it stands
    camera: Numbers  # (3, 3, n): forward, right in the picture, down in the picture; unit vectors
    turning: Numbers  # (6, 3, n): what heading, pitch, roll, azimuth, elevation and sensor roll each turn it about


def aim_of(place: tuple[Numbers, Numbers, Numbers], angles_deg: Numbers) -> Aim:
    """Cameras from their places and angles.

    Args:
        place: lon_deg, lat_deg, hae_m, shape (n,), WGS 84.
        angles_deg: shape (6, n): heading, pitch, roll of the vehicle; azimuth, elevation, roll of the sensor. Where
            the sensor's are measured from north and horizon, the vehicle's are 0.

    Source: MISB ST 0601.17, items 5 to 7 and 18 to 20: both turns in the order z, y, x.
    """
    lon_deg, lat_deg, hae_m = place
    local = north_east_down(lon_deg, lat_deg)
    body, first = _turned(local, angles_deg[:3])
    camera, second = _turned(body, angles_deg[3:])
    return Aim(
        origin=to_ecef(lon_deg, lat_deg, hae_m), local=local, camera=camera, turning=np.concatenate([first, second])
    )


def _turned(axes: Numbers, angles_deg: Numbers) -> tuple[Numbers, Numbers]:
    """Axes x, y, z after a turn about z, then the new y, then the new x; and the three axes turned about."""
    (sz, sy, sx), (cz, cy, cx) = np.sin(np.radians(angles_deg)), np.cos(np.radians(angles_deg))
    x, y, z = axes
    ahead, side = cz * x + sz * y, cz * y - sz * x
    forward, low = cy * ahead - sy * z, sy * ahead + cy * z
    right, down = cx * side + sx * low, cx * low - sx * side
    return np.stack([forward, right, down]), np.stack([z, side, forward])


def rays(aim: Aim, across_ratio: Numbers, down_ratio: Numbers) -> Numbers:
    """Directions through points of the pictures, shape (3, n), of length 1 along the camera's axis.

    Args:
        across_ratio, down_ratio: shape (n,): tangents of the angles to the right of and below the axis.
    """
    forward, right, down = aim.camera
    return np.asarray(forward + across_ratio * right + down_ratio * down)


def tangents(aim: Aim, point: Numbers) -> tuple[Numbers, Numbers]:
    """The inverse of `rays`: where points (3, n), ECEF, stand in the pictures; NaN behind the camera."""
    towards = point - aim.origin
    depth_m = dot(towards, aim.camera[0])
    depth_m = np.where(depth_m > 0, depth_m, np.nan)
    return dot(towards, aim.camera[1]) / depth_m, dot(towards, aim.camera[2]) / depth_m


def lifting(direction: Numbers, up: Numbers) -> tuple[Numbers, Numbers]:
    """The two ways to move a ray: unit vectors square to it, straight up and to the right, shape (3, n) each."""
    forward = unit(direction)
    right = cross(forward, up)
    flat = dot(right, right) < 1e-24  # straight down: any two will do
    right = unit(np.where(flat, cross(forward, np.array([[0.6], [-0.48], [0.64]])), right))
    return cross(right, forward), right
