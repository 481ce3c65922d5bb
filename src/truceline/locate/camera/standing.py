"""What a frame's own numbers disagree about, and what follows for its place.

Each residual is held against what all stated errors together allow (99.9 %). Where it is larger, every sigma is made
wider by the factor that makes it agree; beyond WIDEST the errors were not those of this flight, and nothing is placed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.ndimage import median_filter  # type: ignore[import-untyped]

from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE
from truceline.locate.camera.errors import M_PER_DEG, Stated
from truceline.locate.camera.ground.aim import Aim, lifting
from truceline.locate.camera.ground.ellipsoid import dot, to_ecef
from truceline.locate.camera.ground.spread import EAST, GROUND, NORTH, UP, Sigmas, axis_of, own, ray_columns, shared
from truceline.locate.camera.poses import POSITION_SPANS, Poses, column, within
from truceline.model.footage import Camera

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

AGREES_1 = 10.8276  # squared sigmas that hold 99.9 % of one normal error
AGREES_2 = 13.8155  # of two: -2 ln 0.001
WIDEST = 3.0  # docs/design/camera.md, "How far a sigma is widened"
CLOCK_WINDOW = 61  # samples whose median offset is the clock: two seconds of video
LEAST_RANGE_M = 1e-3  # below it nobody states a range
BAD_CHECKSUM = "bad-checksum"  # flag of a frame
ROUNDED_MS = 1.0  # clocks of video count in 1/90,000 s, logs in milliseconds
LEAST_GAP_M = 1.0  # two solutions of one place are never nearer than their antennas


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """One comparison of n frames: what was found, and how many times what is allowed that is."""

    found: Numbers  # in the unit of its words; NaN: nothing to compare
    ratio: Numbers  # NaN: nothing to compare
    words: str  # "{found:.0f}" and "{ratio:.1f}" are filled in

    def said(self, at: int) -> str:
        """One entry in words."""
        return self.words.format(found=self.found[at], ratio=self.ratio[at])


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What all comparisons of n frames come to."""

    widening: Numbers  # at least 1
    proved: Mask  # whether the stated centre was there to compare with, and nothing disagreed
    words: Words  # every disagreement; "": none


def agreement(residuals: tuple[Residual, ...], *, centre: Residual) -> Agreement:
    """All comparisons together: the worst one decides.

    Args:
        residuals: of the same n frames, the centre's among them.
        centre: the one that proves a pose.

    Limits: what is wrong in the same way on both sides (one heading that serves pose and stated centre) is not seen.
    """
    ratios = np.stack([np.nan_to_num(each.ratio, nan=0.0, posinf=1e9) for each in residuals])
    worst = ratios.max(axis=0)
    words = np.full(len(worst), "", dtype=object)
    for at in map(int, np.flatnonzero(worst > 1.0)):
        words[at] = "; ".join(each.said(at) for each, ratio in zip(residuals, ratios, strict=True) if ratio[at] > 1)
    return Agreement(widening=np.fmax(worst, 1.0), proved=np.isfinite(centre.ratio) & (worst <= 1.0), words=words)


def centre_residual(poses: Poses, aim: Aim, *, sigmas: Sigmas, stated: Stated) -> Residual:
    """The camera's axis against the direction of the stated centre: metres that it passes it by, square to the view.

    Directions are compared, not places: near the horizon a place runs away from a small angle, and would excuse it.
    """
    towards, range_m = _towards_centre(poses, aim)
    ways, axis = lifting(towards, -aim.local[2]), aim.camera[0]
    apart = np.stack([dot(axis, way) for way in ways])
    ahead = dot(axis, towards)
    angle_rad = np.arctan2(np.sqrt((apart**2).sum(axis=0)), ahead)
    # beyond a right angle the sine grows smaller again: there the disagreement is as large as it can be
    apart = np.where(ahead < 0, np.sqrt(0.5), apart)
    columns = ray_columns(aim, towards, up=-aim.local[2], point=axis_of(len(range_m)))
    for at, shift in ((EAST, aim.local[1]), (NORTH, aim.local[0]), (UP, -aim.local[2])):
        columns[at] = np.stack([dot(shift, way) for way in ways]) / range_m
    allowed = shared(columns, sigmas) + own(columns, sigmas)
    loose = (stated.centre_sigma_m**2 + stated.centre_rounding_m**2) / range_m**2
    allowed[0] += loose
    allowed[2] += loose
    return Residual(
        found=angle_rad * range_m,
        ratio=np.sqrt(_squared(apart, allowed) / AGREES_2),
        words="the axis passes the stated centre by {found:,.0f} m ({ratio:.1f} times what is allowed)",
    )


def _towards_centre(poses: Poses, aim: Aim) -> tuple[Numbers, Numbers]:
    """Unit vectors from the camera to the stated centre (3, n), and how far it is, metres; NaN: none is stated."""
    towards = to_ecef(poses.centre_lon_deg, poses.centre_lat_deg, poses.centre_hae_m) - aim.origin
    range_m = np.sqrt(dot(towards, towards))
    range_m = np.where(range_m > 0, range_m, np.nan)
    return towards / range_m, range_m


def _squared(apart: Numbers, allowed: Numbers) -> Numbers:
    """Squared sigmas of two-way differences (2, n) under covariances (3, n). None allowed: infinite."""
    ee, en, nn = allowed
    inverse = np.where(ee * nn - en**2 > 0, ee * nn - en**2, np.nan)
    found = (nn * apart[0] ** 2 - 2 * en * apart[0] * apart[1] + ee * apart[1] ** 2) / inverse
    nowhere = np.isfinite(apart[0]) & np.isnan(inverse)
    return np.where(nowhere, np.where((apart**2).sum(axis=0) > 1e-18, np.inf, 0.0), found)


def range_residual(poses: Poses, aim: Aim, *, sigmas: Sigmas, stated: Stated) -> Residual:
    """The stated slant range less the distance to the stated centre, metres."""
    towards, range_m = _towards_centre(poses, aim)
    found_m = stated.range_m - range_m
    parts = np.stack([dot(towards, shift) for shift in (aim.local[1], aim.local[0], -aim.local[2])])
    both_m2 = sigmas.alone**2 + sigmas.own**2
    square_m2 = (parts**2 * both_m2[: UP + 1]).sum(axis=0) + parts[2] ** 2 * both_m2[GROUND]
    for cause in sigmas.together:
        square_m2 = square_m2 + (parts * cause[: UP + 1]).sum(axis=0) ** 2
    square_m2 = square_m2 + stated.centre_rounding_m**2 + stated.range_rounding_m**2
    return Residual(
        found=found_m,
        ratio=np.abs(found_m) / np.sqrt(AGREES_1 * np.fmax(square_m2, LEAST_RANGE_M**2)),
        words="the stated slant range is {found:+,.0f} m off ({ratio:.1f} times what is allowed)",
    )


def clock_residual(frames: pa.Table, poses: Poses, *, camera: Camera) -> Residual:
    """The sample's clock against the picture's, milliseconds, from the median of the samples about it.

    A clock that was set anew and stays so agrees with itself again after half a window. Over whole streams.
    """
    at_us, stream_us = column(frames, "at_us"), column(frames, "stream_us")
    found_ms = (at_us - stream_us) / 1000
    for group in range(poses.group.max(initial=-1) + 1):
        rows = np.flatnonzero((poses.group == group) & np.isfinite(found_ms))
        if rows.size:
            rows = rows[np.argsort(stream_us[rows], kind="stable")]
            found_ms[rows] -= median_filter(found_ms[rows], size=CLOCK_WINDOW, mode="nearest")
    own_ms = np.nan_to_num(column(frames, "at_sigma_us")) / 1000
    allowed_ms = np.sqrt(AGREES_1 * ((camera.time_error_ms / SIGMA_95) ** 2 + own_ms**2 + ROUNDED_MS**2))
    return Residual(
        found=found_ms,
        ratio=np.abs(found_ms) / allowed_ms,
        words="the sample's clock is {found:+,.0f} ms off the picture's ({ratio:.1f} times what is allowed)",
    )


def gnss_residual(frames: pa.Table, poses: Poses, *, camera: Camera) -> Residual:
    """The receiver against the second solution, metres; both may be wrong by the stated error of position."""
    gaps_deg = [
        within(column(frames, f"other_{axis}_deg"), span) - within(column(frames, f"sensor_{axis}_deg"), span)
        for axis, span in zip(("lon", "lat"), POSITION_SPANS.values(), strict=True)
    ]
    east_m = (np.mod(gaps_deg[0] + 180.0, 360.0) - 180.0) * M_PER_DEG * np.cos(np.radians(poses.lat_deg))
    found_m = np.hypot(east_m, gaps_deg[1] * M_PER_DEG)
    found_m = np.where(poses.placed, found_m, np.nan)
    allowed_m = np.sqrt(2 * AGREES_2) * np.fmax(camera.position_error_m, LEAST_GAP_M) / SIGMA_95_CIRCLE
    return Residual(
        found=found_m,
        ratio=found_m / allowed_m,
        words="receiver and second solution are {found:,.0f} m apart ({ratio:.1f} times what is allowed)",
    )
