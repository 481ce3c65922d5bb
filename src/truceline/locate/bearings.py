"""A place from a direction and a distance: what an observer heard or saw from where they stood."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE
from truceline.locate.geodesic import Degrees, Metres, forward

SECTOR_MOST_DEG = 180.0  # decision 0005: a wider sector says where it was not, not where it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """What observers state, shape (n,) each; NaN where it is not stated.

    The bearing runs clockwise from `bearing_lo_deg` to `bearing_hi_deg`, from true north, both within 0 to
    360.
    """

    lon_deg: Degrees  # of the observer, WGS 84
    lat_deg: Degrees
    error_m: Metres  # radius that holds 95 % of the observer's own place
    range_lo_m: Metres
    range_hi_m: Metres
    bearing_lo_deg: Degrees
    bearing_hi_deg: Degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Shape (n,) each, NaN where none follows; covariance (n, 3), m²: east-east, east-north, north-north."""

    lon_deg: Degrees
    lat_deg: Degrees
    cov_m2: npt.NDArray[np.float64]


def sector_deg(sightings: Sightings) -> Degrees:
    """Width of each sector, 0 to 360 degrees, shape (n,); 350 to 10 is 20 wide, 0 to 360 all round."""
    width_deg = sightings.bearing_hi_deg - sightings.bearing_lo_deg
    return np.where(width_deg < 0, width_deg + 360.0, width_deg)


def can_be_placed(sightings: Sightings) -> npt.NDArray[np.bool_]:
    """Whether observer, error, range and bearing are all stated, and the sector is at most 180 degrees."""
    stated = (
        sightings.lon_deg,
        sightings.lat_deg,
        sightings.error_m,
        sightings.range_lo_m,
        sightings.range_hi_m,
        sightings.bearing_lo_deg,
        sightings.bearing_hi_deg,
    )
    is_stated = np.logical_and.reduce([np.isfinite(values) for values in stated])
    return np.asarray(is_stated & (np.where(is_stated, sector_deg(sightings), 0.0) <= SECTOR_MOST_DEG))


def places_of(sightings: Sightings) -> Places:
    """The middle of each range and sector, with an error that spans both.

    Along the view 1.96 sigma is half the range interval; across it, the farthest range times half the
    sector; the observer's own error is added, the same in all directions.

    Returns: places and covariances, NaN where `can_be_placed` is false: nothing is invented.
    Limits: the sector is taken as straight across: towards its rims the true arc bends back by
        range·(1-cos(half sector)), 2 % of the range for a sector of 22.5°, 8 % for 45°, 29 % for 90°, which
        the error along the view does not include. Degrees are rounded to 1e-7 (11 mm), covariances to 0.001
        m², so that machines agree.
    Source: decision 0005.
    """
    ok = can_be_placed(sightings)
    half_deg = sector_deg(sightings)[ok] / 2
    range_lo_m, range_hi_m = sightings.range_lo_m[ok], sightings.range_hi_m[ok]
    lon_deg, lat_deg, view_deg = forward(
        sightings.lon_deg[ok],
        sightings.lat_deg[ok],
        sightings.bearing_lo_deg[ok] + half_deg,
        (range_lo_m + range_hi_m) / 2,
    )
    along_m = (range_hi_m - range_lo_m) / 2 / SIGMA_95
    across_m = range_hi_m * np.radians(half_deg) / SIGMA_95
    cov_m2 = _turned(along_m, across_m, view_deg)
    cov_m2[:, [0, 2]] += ((sightings.error_m[ok] / SIGMA_95_CIRCLE) ** 2)[:, None]
    found = np.full((len(ok), 5), np.nan)
    found[ok] = np.column_stack([np.round(lon_deg, 7), np.round(lat_deg, 7), np.round(cov_m2, 3)])
    return Places(lon_deg=found[:, 0], lat_deg=found[:, 1], cov_m2=found[:, 2:])


def _turned(along_m: Metres, across_m: Metres, view_deg: Degrees) -> npt.NDArray[np.float64]:
    """Sigmas along and across a view as covariance (n, 3): east-east, east-north, north-north, m²."""
    sin, cos = np.sin(np.radians(view_deg)), np.cos(np.radians(view_deg))
    along_m2, across_m2 = along_m**2, across_m**2
    return np.stack(
        [
            along_m2 * sin**2 + across_m2 * cos**2,
            (along_m2 - across_m2) * sin * cos,
            along_m2 * cos**2 + across_m2 * sin**2,
        ],
        axis=1,
    )
