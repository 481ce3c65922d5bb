"""SIGHTINGS to PLACED: a thing in a picture to a place on the ground; and back from the ground to the picture."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.units import SIGMA_95
from truceline.locate.camera.footprints import LONGEST_RUN_RATIO, Settled, at_least_m2, covariances, settle
from truceline.locate.camera.ground.aim import rays, tangents
from truceline.locate.camera.ground.cast import MET, OUTCOMES, Hits, cast
from truceline.locate.camera.ground.ellipsoid import dot, to_ecef
from truceline.locate.camera.ground.geoid import GEOID_ERROR_M, undulation_m
from truceline.locate.camera.ground.rows import pick
from truceline.locate.camera.ground.spread import GROUND, Point, pixel_columns
from truceline.locate.camera.poses import checked, column, poses_of
from truceline.locate.camera.resection import PlacedPicture
from truceline.model.footage import PLACED, SIGHTINGS, Camera
from truceline.model.terrain import Terrain

Numbers = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]

BLOCK_ROWS = 4096
MIXED_M = 5.0  # a smaller disagreement needs no such explanation
HEIGHT_SPAN_M = (-1_000.0, 9_000.0)


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # what is not stated is NaN throughout
def place_sightings(
    sightings: pa.Table, frames: pa.Table, found: pa.Table, *, camera: Camera | PlacedPicture, terrain: Terrain | None
) -> pa.Table:
    """Where on the ground each sighting is, with the errors of pose, pixel and ground.

    Args:
        sightings: SIGHTINGS.
        frames: FRAMES, those of the sightings among them, in whole streams.
        found: what `footprints` gave for the same frames, camera and terrain.
        camera, terrain: the same as there.

    Returns: PLACED, one row for each sighting, in the same order; without a place, `reason` says why.
    Limits: as `footprints`. On flat ground a thing whose own height the file states is placed at that height, any
        other at the height of its frame's centre; the stated error of the ground holds for both. A frame with a
        wrong checksum places nothing but its middle: no residual proves its field of view.
    """
    given, seen = checked(frames), sightings.select(SIGHTINGS.names).cast(SIGHTINGS).combine_chunks()
    assert found["frame_id"].combine_chunks().equals(given["frame_id"].combine_chunks()), "footprints of other frames"
    settled = settle(given, camera=camera, terrain=terrain)
    maker = camera.camera if isinstance(camera, PlacedPicture) else camera
    where = _rows_of(seen, given)
    tables = [PLACED.empty_table()]
    for begin in range(0, seen.num_rows, BLOCK_ROWS):
        part = slice(begin, min(begin + BLOCK_ROWS, seen.num_rows))
        rows = where[part]
        tables.append(_block(seen[part], rows, found.take(pa.array(rows, mask=rows < 0)), settled, maker))
    placed = pa.concat_tables(tables).combine_chunks()
    assert placed["sighting_id"].equals(seen["sighting_id"]), "every sighting comes out once, in order"
    return placed


def _rows_of(sightings: pa.Table, frames: pa.Table) -> npt.NDArray[np.intp]:
    """The row of each sighting's frame; -1: it is not among them."""
    row_of = {frame_id: row for row, frame_id in enumerate(frames["frame_id"].to_pylist())}
    return np.array([row_of.get(frame_id, -1) for frame_id in sightings["frame_id"].to_pylist()], dtype=np.intp)


def _block(
    sightings: pa.Table, rows: npt.NDArray[np.intp], found: pa.Table, settled: Settled, camera: Camera
) -> pa.Table:
    """Places of so many sightings as fit into the cache; `found` is the footprint of each one's frame."""
    count = sightings.num_rows
    reason = _refusals(sightings, rows, found, settled)
    placed = np.flatnonzero(reason == "")
    numbers = {name: np.full(count, np.nan) for name in PLACED.names if PLACED.field(name).type == pa.float64()}
    if placed.size:
        some = sightings.take(pa.array(placed))
        values, words = _placed(some, pick(settled, rows[placed]), column(found, "widening")[placed], camera)
        reason[placed] = words
        for name, each in values.items():
            numbers[name][placed] = np.where(words == "", each, np.nan)
        said = found["reason"].to_pylist()
        mixed = _mixed_datum(some, pick(settled, rows[placed]), values)
        for at, row in enumerate(placed):
            reason[row] = words[at] or "; ".join(filter(None, (said[row], mixed[at])))
    texts = {name: sightings[name] for name in ("sighting_id", "frame_id", "method", "target")}
    arrays = {name: pa.array(each, from_pandas=True) for name, each in numbers.items()}
    arrays |= {**texts, "reason": pa.array(reason, pa.string()), "at_us": found["at_us"]}
    return pa.table([arrays[name] for name in PLACED.names], schema=PLACED)


def _refusals(sightings: pa.Table, rows: npt.NDArray[np.intp], found: pa.Table, settled: Settled) -> Words:
    """Why a sighting can have no place; "": nothing speaks against it yet."""
    reason = np.full(sightings.num_rows, "", dtype=object)
    known = np.flatnonzero(rows >= 0)
    reason[rows < 0] = "its frame is not among the frames"
    poses = pick(settled.poses, rows[known])
    x_px, y_px = column(sightings, "x_px")[known], column(sightings, "y_px")[known]
    inside = (x_px >= 0) & (y_px >= 0) & (x_px <= poses.width_px) & (y_px <= poses.height_px)
    reason[known[~inside]] = "it lies outside its picture, or the picture's size is not stated"
    reason[known[np.isnan(poses.hfov_deg * poses.vfov_deg)]] = "no field of view is stated, or it cannot be"
    reason[known[~poses.rolled]] = "the sensor's roll is not stated: only the picture's middle is known"
    reason[known[settled.suspect[rows[known]]]] = "the sample's checksum is wrong, and nothing proves its field of view"
    standing = np.asarray(found["standing"].fill_null("").to_pylist(), dtype=object)
    words = np.asarray(found["reason"].fill_null("").to_pylist(), dtype=object)
    for at in known:
        if standing[at] == "position":
            reason[at] = f"only the vehicle's place is known: {words[at]}"
        if standing[at] == "withheld":
            reason[at] = f"its frame is withheld: {words[at]}"
    return reason


def _placed(
    sightings: pa.Table, settled: Settled, widening: Numbers, camera: Camera
) -> tuple[dict[str, Numbers], Words]:
    """Places of sightings whose frames stand, and why some have none all the same."""
    poses, aim = settled.poses, settled.poses.aim
    half = np.radians(np.stack([poses.hfov_deg, poses.vfov_deg]) / 2)
    sides_px = np.stack([poses.width_px, poses.height_px])
    parts = 2 * np.stack([column(sightings, "x_px"), column(sightings, "y_px")]) / sides_px - 1
    across, down = parts * np.tan(half)
    point = Point(across_ratio=across, down_ratio=down, half_across_rad=half[0], half_down_rad=half[1])
    settled = _with_own_height(sightings, settled)
    ground = settled.ground
    direction = rays(aim, across, down)
    hits = cast(ground, aim.origin, direction)
    cov_m2, mine_m2, runs = covariances(settled, aim, hits, direction=direction, point=point)
    sigma_px = column(sightings, "sigma_px")
    sigma_px = np.where(sigma_px > 0, sigma_px, camera.pixel_error_px / SIGMA_95)
    seen_m2 = _squares(
        pixel_columns(aim, direction, hits, ground=ground) * (2 * np.tan(half) / sides_px * sigma_px)[:, None]
    )
    cov_m2 = at_least_m2(cov_m2 + seen_m2, settled.stated.centre_sigma_m**2) * widening**2
    mine_m2 = (mine_m2 + seen_m2) * widening**2
    words = np.full(len(runs), "", dtype=object)
    words[runs > LONGEST_RUN_RATIO] = (
        "its ray meets the ground so flatly that its errors carry it anywhere, or over a crest"
    )
    for code, said in enumerate(OUTCOMES):
        if code != MET:
            words[hits.outcome == code] = f"its ray {said}"
    names = ("ee", "en", "nn")
    return {
        "lon_deg": hits.lon_deg,
        "lat_deg": hits.lat_deg,
        "hae_m": hits.hae_m,
        **{f"cov_{name}_m2": each for name, each in zip(names, cov_m2, strict=True)},
        **{f"own_{name}_m2": each for name, each in zip(names, mine_m2, strict=True)},
        "residual_m": _residual_m(sightings, hits),
    }, words


def _with_own_height(sightings: pa.Table, settled: Settled) -> Settled:
    """Flat ground at the height that the file states for the thing itself, else at its frame's."""
    stated_m = column(sightings, "stated_hae_m")
    own = (stated_m >= HEIGHT_SPAN_M[0]) & (stated_m <= HEIGHT_SPAN_M[1])
    alone = settled.sigmas.alone.copy()
    through_geoid = own & settled.poses.height_above_sea
    alone[GROUND] = np.hypot(alone[GROUND], through_geoid * GEOID_ERROR_M / SIGMA_95)
    ground = replace(settled.ground, height_m=np.where(own, stated_m, settled.ground.height_m))
    return replace(settled, ground=ground, sigmas=replace(settled.sigmas, alone=alone))


def _mixed_datum(sightings: pa.Table, settled: Settled, values: dict[str, Numbers]) -> list[str]:
    """Where the file's own place agrees only if its vehicle's height above the sea is taken as above the ellipsoid."""
    poses = settled.poses
    sea_m = np.where(poses.height_above_sea, undulation_m(poses.lon_deg, poses.lat_deg), np.nan)
    aim = poses.aim
    towards = to_ecef(values["lon_deg"], values["lat_deg"], values["hae_m"]) - aim.origin
    lifted = aim.origin + aim.local[2] * sea_m
    again = cast(_with_own_height(sightings, settled).ground, lifted, towards)
    other_m, here_m = _residual_m(sightings, again), values["residual_m"]
    return [
        f"the file's own place lies {here_m[at]:.0f} m away, and {other_m[at]:.1f} m if the vehicle's height above the "
        "sea is read as above the ellipsoid: its maker mixed the two"
        if here_m[at] > MIXED_M and other_m[at] < here_m[at] / 5
        else ""
        for at in range(len(here_m))
    ]


def _residual_m(sightings: pa.Table, hits: Hits) -> Numbers:
    """How far a place is from where the file itself says it is, at the place's height."""
    gap = to_ecef(column(sightings, "stated_lon_deg"), column(sightings, "stated_lat_deg"), hits.hae_m) - hits.point
    return np.asarray(np.sqrt(dot(gap, gap)))


def _squares(moved: Numbers) -> Numbers:
    """What independent movements (k, 2, n) come to: ee, en, nn."""
    return np.asarray(np.einsum("kan,kbn->abn", moved, moved).reshape(4, -1)[[0, 1, 3]])


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # what is not stated is NaN throughout
def pixels_of(frames: pa.Table, row: int, lon_deg: Numbers, lat_deg: Numbers, hae_m: Numbers) -> Numbers:
    """Where places stand in one frame's picture: the inverse of placing; for overlays.

    Args:
        frames: FRAMES; row: which of them.
        lon_deg, lat_deg, hae_m: shape (n,), WGS 84, heights above the ellipsoid.

    Returns: x_px, y_px, shape (2, n), also outside the picture; NaN behind the camera, and throughout where the
        frame states no pose, field of view or size.
    Limits: nothing is asked of what stands between: a place behind a hill has its pixel too.
    """
    poses = poses_of(checked(frames.slice(row, 1)))
    aim = pick(poses.aim, np.zeros(len(lon_deg), dtype=np.intp))
    parts = np.stack(tangents(aim, to_ecef(lon_deg, lat_deg, hae_m)))
    half = np.tan(np.radians(np.stack([poses.hfov_deg, poses.vfov_deg]) / 2))
    return np.asarray((parts / half + 1) / 2 * np.stack([poses.width_px, poses.height_px]))
