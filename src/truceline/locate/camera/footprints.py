"""FRAMES to FOOTPRINTS: what each picture shows of the ground, how sure that is, and what its own numbers say
against it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.locate.camera.errors import Stated, sigmas_of, stated_of
from truceline.locate.camera.ground.aim import Aim
from truceline.locate.camera.ground.cast import MET, OUTCOMES, Ground, Hits, cast
from truceline.locate.camera.ground.ellipsoid import dot, to_ecef
from truceline.locate.camera.ground.outline import View, outlines
from truceline.locate.camera.ground.rows import pick
from truceline.locate.camera.ground.spread import (
    GROUND,
    Point,
    Sigmas,
    axis_of,
    bend,
    ground_columns,
    own,
    ray_columns,
    shared,
)
from truceline.locate.camera.interference import disturbances_of, rebounded
from truceline.locate.camera.poses import Poses, checked, poses_of
from truceline.locate.camera.resection import PlacedPicture
from truceline.locate.camera.standing import (
    BAD_CHECKSUM,
    WIDEST,
    Agreement,
    Residual,
    agreement,
    centre_residual,
    clock_residual,
    gnss_residual,
    range_residual,
)
from truceline.model.footage import FOOTPRINTS, Camera
from truceline.model.terrain import Terrain

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

BLOCK_ROWS = 4096  # what stays in a processor's cache
LONGEST_RUN_RATIO = 2.0  # docs/design/camera.md, "Near the horizon"
WIDEST_PLACE_M = 500.0  # of the vehicle, 95 %: beyond it, its pictures show nothing in particular


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """n frames with their places bounded, their errors, and the ground that their rays will be cut with."""

    poses: Poses
    sigmas: Sigmas
    stated: Stated
    ground: Ground
    place_error_m: Numbers  # of the vehicle, 95 %
    disturbed: Words  # by what; "": satellite navigation was not disturbed
    suspect: Mask  # the sample's checksum is wrong


def settle(frames: pa.Table, *, camera: Camera | PlacedPicture, terrain: Terrain | None) -> Settled:
    """Reads FRAMES and settles where the vehicle was, how wrong everything may be, and what the ground is.

    Args:
        frames: FRAMES.
        camera: a PlacedPicture speaks for its own frame; what it says of a maker's errors, for all others.
        terrain: None: each frame's own stated height of the ground.
    """
    maker = camera.camera if isinstance(camera, PlacedPicture) else camera
    poses = poses_of(frames)
    spans = disturbances_of(frames, poses, camera=maker)
    placed = rebounded(frames, poses, spans, camera=maker)
    poses = replace(poses, lon_deg=placed.lon_deg, lat_deg=placed.lat_deg)
    sigmas = sigmas_of(frames, poses, camera=maker, position_error_m=np.fmin(placed.error_m, 1e6))
    if isinstance(camera, PlacedPicture):
        sigmas = _with_placed(frames, sigmas, camera)
    if terrain is not None:
        sigmas.own[GROUND] = 0.0  # the frame's own height of the ground is not used
    lacking = poses.lacking.copy()
    if terrain is None:
        lacking[(lacking == "") & np.isnan(poses.centre_hae_m)] = (
            "no height of the ground is stated: give it, or a terrain model"
        )
    return Settled(
        poses=replace(poses, lacking=lacking),
        sigmas=sigmas,
        stated=stated_of(frames, poses),
        ground=Ground(height_m=poses.centre_hae_m, terrain=terrain),
        place_error_m=placed.error_m,
        disturbed=placed.words,
        suspect=flagged(frames, BAD_CHECKSUM),
    )


def _with_placed(frames: pa.Table, sigmas: Sigmas, picture: PlacedPicture) -> Sigmas:
    """The errors of the placed picture's frame replaced by its covariance; the ground's stay."""
    mine = np.asarray(frames["frame_id"].to_numpy(zero_copy_only=False) == picture.frame_id)
    ground = sigmas.alone[GROUND].copy()
    fitted = picture.sigmas(len(mine))
    alone = np.where(mine, 0.0, sigmas.alone)
    alone[GROUND] = ground
    return Sigmas(
        alone=alone,
        together=(
            *(np.where(mine, 0.0, cause) for cause in sigmas.together),
            *(np.where(mine, cause, 0.0) for cause in fitted.together),
        ),
        own=np.where(mine, 0.0, sigmas.own),
    )


def flagged(frames: pa.Table, flag: str) -> Mask:
    """The frames that carry a flag."""
    flags = frames["flags"].combine_chunks()
    found = np.zeros(len(flags), dtype=bool)
    rows = flags.value_parent_indices().to_numpy(zero_copy_only=False)
    found[rows[np.asarray(flags.flatten().to_numpy(zero_copy_only=False) == flag, dtype=bool)]] = True
    return found


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # what is not stated is NaN throughout
def footprints(frames: pa.Table, *, camera: Camera | PlacedPicture, terrain: Terrain | None = None) -> pa.Table:
    """What each frame shows of the ground, how sure that is, and what its own numbers disagree about.

    Args:
        frames: FRAMES, of any number of streams.
        camera: how wrong poses may be, 95 %; or a picture that a person placed, with its covariance.
        terrain: heights of the ground; None: flat at the height that each frame states for its centre.

    Returns: FOOTPRINTS, one row for each frame, in the same order. The covariance holds every stated error, rounding
        and the widening; `widening` is the factor that disagreement put on every sigma. Where satellite navigation
        was disturbed, the place is widened by what its neighbours allow, and the standing says so though `widening`
        is 1.
    Limits: a pinhole without distortion or refraction; the ground's error is one height for the whole picture. Near the
        horizon, where no ellipse is honest, nothing is placed. `centre_residual_m` is measured on the ground and
        grows there; whether it is too large is judged by direction.
    Source: MISB ST 0601.17 for angles; docs/design/camera.md for constants and derivations.
    """
    given = checked(frames)
    settled = settle(given, camera=camera, terrain=terrain)
    maker = camera.camera if isinstance(camera, PlacedPicture) else camera
    clock = clock_residual(given, settled.poses, camera=maker)
    gnss = gnss_residual(given, settled.poses, camera=maker)
    tables = [FOOTPRINTS.empty_table()]
    for begin in range(0, given.num_rows, BLOCK_ROWS):
        rows = slice(begin, min(begin + BLOCK_ROWS, given.num_rows))
        tables.append(_block(given[rows], pick(settled, rows), (pick(clock, rows), pick(gnss, rows))))
    found = pa.concat_tables(tables).combine_chunks()
    assert found["frame_id"].equals(given["frame_id"]), "every frame has its footprint, in order"
    return found


def _block(frames: pa.Table, settled: Settled, whole: tuple[Residual, Residual]) -> pa.Table:
    """Footprints of so many frames as fit into the cache."""
    poses, aim = settled.poses, settled.poses.aim
    hits = cast(settled.ground, aim.origin, aim.camera[0])
    centre = centre_residual(poses, aim, sigmas=settled.sigmas, stated=settled.stated)
    ranged = range_residual(poses, aim, sigmas=settled.sigmas, stated=settled.stated)
    agreed = agreement((centre, ranged, whole[0], _unless_disturbed(whole[1], settled.disturbed)), centre=centre)
    middle = axis_of(len(poses.lon_deg))
    cov_m2, _, runs = covariances(settled, aim, hits, direction=aim.camera[0], point=middle)
    cov_m2 = at_least_m2(cov_m2, settled.stated.centre_sigma_m**2) * agreed.widening**2
    standing, reason = _standings(settled, agreed, hits, runs)
    shown = (standing == "stated") | (standing == "widened")
    outlined = np.flatnonzero(shown & poses.rolled & np.isfinite(poses.hfov_deg * poses.vfov_deg) & ~settled.suspect)
    half = np.tan(np.radians(np.stack([poses.hfov_deg, poses.vfov_deg]) / 2))
    view = View(aim=aim, ground=settled.ground, tangents=half)
    around, lengths = outlines(pick(view, outlined))
    offsets = np.zeros(len(shown) + 1, dtype=np.int32)
    offsets[outlined + 1] = lengths
    columns = {
        "sensor_lon_deg": poses.lon_deg,
        "sensor_lat_deg": poses.lat_deg,
        "sensor_hae_m": poses.hae_m,
        "lon_deg": np.where(shown, hits.lon_deg, np.nan),
        "lat_deg": np.where(shown, hits.lat_deg, np.nan),
        "hae_m": np.where(shown, hits.hae_m, np.nan),
        **{
            f"cov_{name}_m2": np.where(shown, each, np.nan)
            for name, each in zip(("ee", "en", "nn"), cov_m2, strict=True)
        },
        "widening": np.where(shown, agreed.widening, 1.0),
        "centre_residual_m": _apart_m(poses, hits),
        "range_residual_m": ranged.found,
        "clock_residual_ms": whole[0].found,
        "gnss_residual_m": whole[1].found,
    }
    corners = pa.ListArray.from_arrays(np.cumsum(offsets, dtype=np.int32), around)
    texts = {
        "ground": np.where(standing == "position", "", settled.ground.name).astype(object),
        "standing": standing,
        "reason": reason,
    }
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    arrays |= {name: pa.array(values, pa.string()) for name, values in texts.items()}
    arrays |= {"frame_id": frames["frame_id"], "at_us": frames["at_us"], "corners_deg": corners}
    return pa.table([arrays[name] for name in FOOTPRINTS.names], schema=FOOTPRINTS)


def _unless_disturbed(residual: Residual, disturbed: Words) -> Residual:
    """Where navigation was disturbed its place is bounded anew already, and is not held against the second solution."""
    return replace(residual, ratio=np.where(disturbed == "", residual.ratio, np.nan))


def covariances(
    settled: Settled, aim: Aim, hits: Hits, *, direction: Numbers, point: Point
) -> tuple[Numbers, Numbers, Numbers]:
    """What all errors of pose and ground come to where rays meet the ground.

    Returns: the whole covariance (3, n): ee, en, nn; the part of it that is new in each picture; and how much
        farther the ray's upper error runs than on straight ground.
    """
    columns = ground_columns(aim, direction, hits, ground=settled.ground, point=point)
    turned = ray_columns(aim, direction, up=-aim.local[2], point=point)
    sigma_rad = np.sqrt(shared(turned, settled.sigmas)[0] + own(turned, settled.sigmas)[0])
    added, runs = bend(aim, direction, hits, ground=settled.ground, sigma_rad=sigma_rad)
    mine = own(columns, settled.sigmas)
    return shared(columns, settled.sigmas) + mine + added, mine, runs


def at_least_m2(cov_m2: Numbers, least_m2: Numbers) -> Numbers:
    """Covariances (3, n) made at least so wide in every direction: the file's own circle, where it states one."""
    ee, en, nn = cov_m2
    rows = np.flatnonzero((least_m2 > 0) & np.isfinite(ee + en + nn))
    if not rows.size:
        return cov_m2
    matrix = np.stack([ee[rows], en[rows], en[rows], nn[rows]], axis=1).reshape(-1, 2, 2)
    squares, ways = np.linalg.eigh(matrix)
    squares = np.fmax(squares, least_m2[rows, None])
    wider = (ways * squares[:, None, :]) @ ways.transpose(0, 2, 1)
    found = cov_m2.copy()
    found[:, rows] = wider[:, 0, 0], wider[:, 0, 1], wider[:, 1, 1]
    return found


def _apart_m(poses: Poses, hits: Hits) -> Numbers:
    """Our middle against the stated one, metres; null where either is missing."""
    stated = to_ecef(poses.centre_lon_deg, poses.centre_lat_deg, hits.hae_m)
    gap = stated - hits.point
    return np.asarray(np.sqrt(dot(gap, gap)))


def _standings(settled: Settled, agreed: Agreement, hits: Hits, runs: Numbers) -> tuple[Words, Words]:
    """What each frame's place is worth, and why. What rules it out is asked first."""
    count = len(runs)
    standing, reason = np.full(count, "stated", dtype=object), np.full(count, "", dtype=object)
    for at in np.flatnonzero((agreed.words != "") | (settled.disturbed != "")):
        standing[at] = "widened"
        reason[at] = _and(agreed.words[at], _place_words(settled, int(at)))
    grazing = (hits.outcome == MET) & (runs > LONGEST_RUN_RATIO)
    refusals = (
        (settled.place_error_m > WIDEST_PLACE_M, ""),
        (settled.suspect & ~agreed.proved, "the sample's checksum is wrong, and nothing in it proves it"),
        (agreed.widening > WIDEST, ""),
        (grazing, "its axis meets the ground so flatly that its stated errors carry it anywhere, or over a crest"),
        *((hits.outcome == code, f"its axis {words}") for code, words in enumerate(OUTCOMES) if code != MET),
    )
    for rows, words in refusals:
        for at in np.flatnonzero(rows):
            standing[at] = "withheld"
            reason[at] = _and(reason[at], words)
    bare = np.flatnonzero(settled.poses.lacking != "")
    standing[bare] = np.where(settled.poses.placed[bare], "position", "withheld")
    reason[bare] = [
        _and(words, _place_words(settled, int(at))) for at, words in zip(bare, settled.poses.lacking[bare], strict=True)
    ]
    return standing, reason


def _place_words(settled: Settled, at: int) -> str:
    """What became of the vehicle's place where satellite navigation was disturbed; "": it was not."""
    if not settled.disturbed[at]:
        return ""
    wide_m = settled.place_error_m[at]
    bound = f"known to {wide_m:,.0f} m" if np.isfinite(wide_m) else "not bounded by any other fix"
    return f"satellite navigation disturbed ({settled.disturbed[at]}): the vehicle's place is {bound}"


def _and(one: str, other: str) -> str:
    return "; ".join(words for words in (one, other) if words)
