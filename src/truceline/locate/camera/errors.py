"""How wrong each number of a frame may be: what its camera's maker states, what its file rounds away, how fast it
moves.

Camera states 95 %: 1.96 sigma in one direction, 2.4477 for a radius (decision 0005).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE, US_PER_S
from truceline.locate.camera.ground.geoid import GEOID_ERROR_M
from truceline.locate.camera.ground.spread import EAST, ERRORS, GROUND, HEADING, NORTH, UP, VIEW, Sigmas
from truceline.locate.camera.poses import ANGLES, Poses, column
from truceline.model.footage import Camera

Numbers = npt.NDArray[np.float64]

SIGMA_90 = 1.644854  # half-width of the central 90 % of a normal error, in sigmas
SIGMA_90_CIRCLE = np.sqrt(-2.0 * np.log(0.10))  # 2.1460: radius that holds 90 % (ST 0601 item 45)
LONGEST_GAP_S = 2.0  # between samples farther apart than this, nothing is known of how the camera moved
M_PER_DEG = 111_319.49  # of longitude on the equator: WGS 84's semi-major axis

# The steps in which MISB ST 0601.17 can state a value: the width of its range over the number of its codes.
_SHORT, _SIGNED, _LONG, _SIGNED_LONG = 2**16 - 1, 2**16 - 2, 2**32 - 1, 2**32 - 2
_FULL_DEG = (180 / _SIGNED_LONG, 360 / _SIGNED_LONG)  # items 90 to 93, 19
STEPS: dict[str, tuple[float, ...]] = {
    "sensor_lat_deg": (180 / _SIGNED_LONG,),  # item 13
    "sensor_lon_deg": (360 / _SIGNED_LONG,),  # item 14
    "sensor_hae_m": (19_900 / _SHORT,),  # item 75, from -900
    "sensor_msl_m": (19_900 / _SHORT,),  # item 15, from -900
    "heading_deg": (360 / _SHORT,),  # item 5
    "pitch_deg": (40 / _SIGNED, *_FULL_DEG),  # items 6, 90
    "roll_deg": (100 / _SIGNED, *_FULL_DEG),  # items 7, 91
    "sensor_azimuth_deg": (360 / _LONG,),  # item 18
    "sensor_elevation_deg": (360 / _SIGNED_LONG,),  # item 19
    "sensor_roll_deg": (360 / _LONG,),  # item 20
    "hfov_deg": (180 / _SHORT,),  # item 16
    "vfov_deg": (180 / _SHORT,),  # item 17
    "slant_range_m": (5_000_000 / _LONG,),  # item 21
    "centre_lat_deg": (180 / _SIGNED_LONG,),  # item 23
    "centre_lon_deg": (360 / _SIGNED_LONG,),  # item 24
    "centre_hae_m": (19_900 / _SHORT,),  # item 78, from -900
    "centre_msl_m": (19_900 / _SHORT,),  # item 25, from -900
}
FROM = dict.fromkeys(("sensor_hae_m", "sensor_msl_m", "centre_hae_m", "centre_msl_m"), -900.0)
DECIMALS = tuple(10.0**-digits for digits in range(8))  # of files that state text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """One sigma of what a file's steps hide of a column, in its unit, shape (n,)."""

    own: Numbers  # new in each sample: the step over the square root of 12
    kept: Numbers  # the same in all: half a step, where the encoder may cut off instead of rounding


def rounding_of(frames: pa.Table, name: str, group: npt.NDArray[np.int64]) -> Rounding:
    """What a file rounds away of a column.

    The file's format is recognised by its numbers: the widest step of which all values of a stream are whole multiples.

    Limits: values that say nothing of a step count as not rounded: none, all of them 0, or decimals of which fewer than
        three different ones are seen.
    Source: MISB ST 0601.17 leaves open whether an encoder rounds or cuts off; real ones cut off: docs/design/camera.md.
    """
    values = column(frames, name)
    found = Rounding(own=np.zeros(len(values)), kept=np.zeros(len(values)))
    steps = sorted({*STEPS[name], *DECIMALS}, reverse=True)
    for one in range(group.max(initial=-1) + 1):
        rows = group == one
        seen = values[rows]
        seen = seen[np.isfinite(seen) & (np.abs(seen) < 1e9) & (seen != 0)]
        fitting = (
            step
            for step in steps
            if seen.size and _is_multiple(seen, (0.0 if step in DECIMALS else FROM.get(name, 0.0), step))
        )
        step = next(fitting, 0.0)
        found.own[rows] = step / np.sqrt(12.0)
        found.kept[rows] = 0.0 if step in DECIMALS else step / 2  # printed decimals are rounded
    return found


def _is_multiple(values: Numbers, grid: tuple[float, float]) -> bool:
    """Whether all values are the grid's start and whole steps from it; of decimals, at least three different ones."""
    start, step = grid
    for some in (values[:64], values):  # most steps fail on the first few
        parts = (some - start) / step
        whole = np.rint(parts)
        slack = np.fmin(1e-6 + 1.2e-7 * np.abs(some) / step, 0.05)  # a number kept with 24 bits
        if not (np.abs(parts - whole) <= slack).all():
            return False
    return step not in DECIMALS or len(np.unique(whole)) > 2  # one round number says nothing of a step


def sigmas_of(frames: pa.Table, poses: Poses, *, camera: Camera, position_error_m: Numbers) -> Sigmas:
    """One sigma of every error of n frames, apart by what stays from picture to picture and what does not.

    Args:
        frames: FRAMES.
        poses: the same, read.
        camera: what the source's maker states, 95 %.
        position_error_m: shape (n,), the radius that holds the vehicle's place in 95 %.

    Limits: a wrong clock moves a place by the time it is wrong and by how fast vehicle and sensor moved between the
        neighbouring samples; for a single sample nothing is known of that.
    """
    count = len(poses.lon_deg)
    alone, view = np.zeros((len(ERRORS), count)), np.zeros((len(ERRORS), count))
    alone[EAST] = alone[NORTH] = position_error_m / SIGMA_95_CIRCLE
    alone[UP] = camera.height_error_m / SIGMA_95
    turns_deg = (camera.heading_error_deg, *(camera.attitude_error_deg,) * 2, *(camera.pointing_error_deg,) * 3)
    alone[HEADING:VIEW] = np.radians(turns_deg)[:, None] / SIGMA_95
    pointing = np.asarray(frames["pointing"].fill_null("").to_numpy(zero_copy_only=False), dtype=object)
    alone[HEADING : HEADING + 3, pointing == "ground"] = 0.0  # the sensor's angles hold the vehicle's already
    view[VIEW : VIEW + 2] = camera.view_error_permille / 1000 / SIGMA_95  # one lens: both angles together
    mixed = poses.height_above_sea != poses.centre_above_sea  # else the geoid's error moves both alike
    stated_m = np.nan_to_num(column(frames, "centre_le90_m") / SIGMA_90, nan=0.0, posinf=0.0, neginf=0.0)
    alone[GROUND] = np.hypot(
        np.fmax(camera.ground_error_m / SIGMA_95, np.clip(stated_m, 0.0, None)), mixed * GEOID_ERROR_M / SIGMA_95
    )
    lag = rates_of(poses) * (camera.time_error_ms / 1000 / SIGMA_95)
    own, kept = _rounded(frames, poses)
    return Sigmas(alone=np.hypot(alone, kept), together=(view, lag), own=own)


def _rounded(frames: pa.Table, poses: Poses) -> tuple[Numbers, Numbers]:
    """One sigma of rounding for every error, in the units of ERRORS: what is new in each sample, what is not."""
    absolute = np.asarray(frames["pointing"].fill_null("").to_numpy(zero_copy_only=False) == "ground")
    east_m = M_PER_DEG * np.cos(np.radians(np.nan_to_num(poses.lat_deg)))
    turns = np.full((len(ANGLES), len(east_m)), np.radians(1.0))
    turns[:3, absolute] = 0.0
    rounded: tuple[tuple[Rounding, Numbers | float], ...] = (
        (rounding_of(frames, "sensor_lon_deg", poses.group), east_m),
        (rounding_of(frames, "sensor_lat_deg", poses.group), M_PER_DEG),
        (rounding_of_height(frames, poses, whose="sensor"), 1.0),
        *((rounding_of(frames, name, poses.group), turn) for name, turn in zip(ANGLES, turns, strict=True)),
        (rounding_of(frames, "hfov_deg", poses.group), 1 / poses.hfov_deg),
        (rounding_of(frames, "vfov_deg", poses.group), 1 / poses.vfov_deg),
        (rounding_of_height(frames, poses, whose="centre"), 1.0),
    )
    own = np.stack([np.nan_to_num(each.own * scale) for each, scale in rounded])
    return own, np.stack([np.nan_to_num(each.kept * scale) for each, scale in rounded])


def rounding_of_height(frames: pa.Table, poses: Poses, *, whose: str) -> Rounding:
    """Of whichever of the two heights, above the sea or the ellipsoid, was read."""
    above_sea = poses.height_above_sea if whose == "sensor" else poses.centre_above_sea
    msl, hae = (rounding_of(frames, f"{whose}_{datum}_m", poses.group) for datum in ("msl", "hae"))
    return Rounding(own=np.where(above_sea, msl.own, hae.own), kept=np.where(above_sea, msl.kept, hae.kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What n frames state of their own picture, to hold them against: metres, shape (n,); NaN: not stated."""

    range_m: Numbers
    range_rounding_m: Numbers  # one sigma
    centre_rounding_m: Numbers  # one sigma each way, of place and height
    centre_sigma_m: Numbers  # one sigma each way, as the file states it (item 45); 0: not stated


def stated_of(frames: pa.Table, poses: Poses) -> Stated:
    """Reads what a frame can be held against. A slant range of 0 was not measured."""
    range_m = column(frames, "slant_range_m")
    range_m = np.where((range_m > 0) & (range_m < 1e7), range_m, np.nan)
    places = [_whole(rounding_of(frames, name, poses.group)) for name in ("centre_lon_deg", "centre_lat_deg")]
    height_m = _whole(rounding_of_height(frames, poses, whose="centre"))
    sigma_m = np.nan_to_num(column(frames, "centre_ce90_m") / SIGMA_90_CIRCLE, nan=0.0, posinf=0.0, neginf=0.0)
    return Stated(
        range_m=range_m,
        range_rounding_m=_whole(rounding_of(frames, "slant_range_m", poses.group)),
        centre_rounding_m=np.hypot(np.fmax(*places) * M_PER_DEG, height_m),
        centre_sigma_m=np.clip(sigma_m, 0.0, 1e6),
    )


def _whole(rounding: Rounding) -> Numbers:
    return np.hypot(rounding.own, rounding.kept)


def rates_of(poses: Poses) -> Numbers:
    """How fast vehicle and sensor moved at each sample: shape (12, n), per second, in the units of ERRORS.

    The mean of the steps to the sample before and the one after, in the order of time, within each stream; a step over
    more than LONGEST_GAP_S says nothing.
    """
    rates = np.zeros((len(ERRORS), len(poses.lon_deg)))
    order = np.lexsort((poses.clock_us, poses.group))
    scale_m = M_PER_DEG * np.cos(np.radians(poses.lat_deg[order]))
    moved = np.stack(
        [
            _wrapped_deg(np.diff(poses.lon_deg[order])) * scale_m[1:],
            np.diff(poses.lat_deg[order]) * M_PER_DEG,
            np.diff(poses.hae_m[order]),
            *np.radians(_wrapped_deg(np.diff(poses.angles_deg[:, order], axis=1))),
        ]
    )
    took_s = np.diff(poses.clock_us[order]) / US_PER_S
    known = (took_s > 0) & (took_s <= LONGEST_GAP_S) & (np.diff(poses.group[order]) == 0)
    known &= np.isfinite(moved).all(axis=0)
    step = np.where(known, moved / np.where(known, took_s, 1.0), 0.0)
    sides = np.zeros(len(order))
    total = np.zeros((len(moved), len(order)))
    total[:, 1:] += step
    total[:, :-1] += step
    sides[1:] += known
    sides[:-1] += known
    rates[: len(moved), order] = total / np.fmax(sides, 1.0)
    return rates


def _wrapped_deg(turned_deg: Numbers) -> Numbers:
    """A difference of directions the short way round."""
    return np.asarray(np.mod(turned_deg + 180.0, 360.0) - 180.0)
