"""Distances and directions on the WGS 84 ellipsoid, and the plane in which candidates are looked for.

The only file that imports pyproj.
"""

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Degrees = npt.NDArray[np.float64]
Metres = npt.NDArray[np.float64]

_WGS84 = Geod(ellps="WGS84")


def inverse(
    from_lon_deg: Degrees, from_lat_deg: Degrees, to_lon_deg: Degrees, to_lat_deg: Degrees
) -> tuple[Degrees, Degrees, Metres]:
    """How far it is from one place to another, and in which direction, seen from both.

    Args:
        from_lon_deg, from_lat_deg, to_lon_deg, to_lat_deg: equal shapes (n,), degrees, WGS 84.

    Returns: azimuth at `from` towards `to`, azimuth at `to` towards `from` (degrees clockwise from true
        north, any turn), distance in metres, never negative.
    Limits: at a distance of 0 both azimuths are arbitrary; below a micrometre they are noise.
    Source: C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87 (2013), as carried by PROJ; accurate to
        nanometres.
    """
    azimuth_deg, back_deg, distance_m = _WGS84.inv(from_lon_deg, from_lat_deg, to_lon_deg, to_lat_deg)
    return np.asarray(azimuth_deg), np.asarray(back_deg), np.asarray(distance_m)


def forward(
    lon_deg: Degrees, lat_deg: Degrees, azimuth_deg: Degrees, distance_m: Metres
) -> tuple[Degrees, Degrees, Degrees]:
    """Where one arrives after walking straight, and which way one then looks.

    Args:
        lon_deg, lat_deg: shape (n,), degrees, WGS 84: where the walk begins.
        azimuth_deg: shape (n,), degrees clockwise from true north, at the beginning.
        distance_m: shape (n,), metres.

    Returns: longitude, latitude of the end, and the walking direction there (degrees clockwise from true
        north, any turn).
    Source: as `inverse`.
    """
    to_lon_deg, to_lat_deg, back_deg = _WGS84.fwd(lon_deg, lat_deg, azimuth_deg, distance_m)
    return np.asarray(to_lon_deg), np.asarray(to_lat_deg), np.asarray(back_deg) + 180.0


def to_plane(lon_deg: Degrees, lat_deg: Degrees, *, centre_deg: tuple[float, float]) -> tuple[Metres, Metres]:
    """The azimuthal equidistant plane about a centre: the geodesic polar coordinates, laid flat.

    Args:
        lon_deg, lat_deg: shape (n,), degrees, WGS 84.
        centre_deg: longitude and latitude of the plane's origin, degrees, WGS 84.

    Returns: east_m, north_m, shape (n,), metres in that plane.
    Limits: true along rays from the centre; across them too long by at most `stretch`. For searching, never
        for a verdict.
    Source: decision 0008.
    """
    azimuth_deg, _, distance_m = inverse(
        np.full_like(lon_deg, centre_deg[0]), np.full_like(lat_deg, centre_deg[1]), lon_deg, lat_deg
    )
    azimuth_rad = np.radians(azimuth_deg)
    return distance_m * np.sin(azimuth_rad), distance_m * np.cos(azimuth_rad)


def from_plane(east_m: Metres, north_m: Metres, *, centre_deg: tuple[float, float]) -> tuple[Degrees, Degrees]:
    """Back from the plane of `to_plane`: shape (n,), metres, to WGS 84 degrees (lon_deg, lat_deg)."""
    lon_deg, lat_deg, _ = forward(
        np.full_like(east_m, centre_deg[0]),
        np.full_like(north_m, centre_deg[1]),
        np.degrees(np.arctan2(east_m, north_m)),
        np.hypot(east_m, north_m),
    )
    return lon_deg, lat_deg
