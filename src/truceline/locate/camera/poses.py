"""FRAMES as columns of numbers that geometry can use, with what a frame lacks for it.

What cannot be (latitude 95, a view of 200 degrees) counts as not stated; it is named.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.locate.camera.ground.aim import Aim, aim_of, tangents
from truceline.locate.camera.ground.ellipsoid import to_ecef
from truceline.locate.camera.ground.geoid import undulation_m
from truceline.model.footage import FRAMES

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

POSITION_SPANS = {"sensor_lon_deg": (-180.0, 180.0), "sensor_lat_deg": (-90.0, 90.0)}
HEIGHT_SPAN_M = (-1_000.0, 100_000.0)
ANGLES = ("heading_deg", "pitch_deg", "roll_deg", "sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")
ANGLE_SPAN_DEG = (-360.0, 360.0)
VIEW_SPAN_DEG = (1e-4, 170.0)  # beyond it a picture is not one of a pinhole
SIDE_SPAN_PX = (1.0, 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses:
    """What n frames say, one column each, shape (n,); NaN: not stated or impossible."""

    lon_deg: Numbers
    lat_deg: Numbers
    hae_m: Numbers  # above the ellipsoid, through the geoid where the file states it above the sea
    height_above_sea: Mask  # that it was so
    rolled: Mask  # whether the sensor's roll is stated: without it only the picture's middle is known
    angles_deg: Numbers  # (6, n) in the order of ANGLES; the vehicle's are 0 where the sensor's are absolute
    hfov_deg: Numbers
    vfov_deg: Numbers
    width_px: Numbers
    height_px: Numbers
    centre_lon_deg: Numbers
    centre_lat_deg: Numbers
    centre_hae_m: Numbers
    centre_above_sea: Mask
    placed: Mask  # whether the vehicle has a place
    lacking: Words  # why the frame shows nothing of the ground; "": nothing is lacking
    group: npt.NDArray[np.int64]  # which source and stream, numbered from 0
    clock_us: Numbers  # the sample's own time; where it states none, its picture's

    @property
    def aim(self) -> Aim:
        """The cameras in space."""
        return aim_of((self.lon_deg, self.lat_deg, self.hae_m), self.angles_deg)


def column(frames: pa.Table, name: str) -> Numbers:
    """A column as numbers; null as NaN."""
    return np.asarray(pc.cast(frames[name], pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def poses_of(frames: pa.Table) -> Poses:
    """Reads FRAMES; every row has its column entry, in the same order."""
    lon_deg, lat_deg = (within(column(frames, name), span) for name, span in POSITION_SPANS.items())
    placed = np.isfinite(lon_deg) & np.isfinite(lat_deg) & ~((lon_deg == 0) & (lat_deg == 0))  # 0, 0: no fix
    lon_deg, lat_deg = np.where(placed, lon_deg, np.nan), np.where(placed, lat_deg, np.nan)
    hae_m, above_sea = _height(frames, "sensor", (lon_deg, lat_deg))
    pointing = np.asarray(frames["pointing"].fill_null("").to_numpy(zero_copy_only=False), dtype=object)
    angles_deg = np.stack([within(column(frames, name), ANGLE_SPAN_DEG) for name in ANGLES])
    angles_deg[:3, pointing == "ground"] = 0.0
    centre = tuple(
        within(column(frames, f"centre_{axis}_deg"), span)
        for axis, span in zip(("lon", "lat"), POSITION_SPANS.values(), strict=True)
    )
    whole = np.isfinite(centre[0]) & np.isfinite(centre[1])
    near = (np.where(whole, centre[0], lon_deg), np.where(whole, centre[1], lat_deg))
    centre_hae_m, centre_above_sea = _height(frames, "centre", near)
    angles_deg[-1] = _roll_deg(frames, angles_deg, (lon_deg, lat_deg, hae_m), ground_m=centre_hae_m)
    rolled = np.isfinite(angles_deg[-1])
    angles_deg[-1, ~rolled] = 0.0  # it does not move the axis
    views_deg = _views(frames)
    return Poses(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        height_above_sea=above_sea,
        rolled=rolled,
        angles_deg=angles_deg,
        hfov_deg=views_deg[0],
        vfov_deg=views_deg[1],
        width_px=within(column(frames, "width_px"), SIDE_SPAN_PX),
        height_px=within(column(frames, "height_px"), SIDE_SPAN_PX),
        centre_lon_deg=np.where(whole, centre[0], np.nan),
        centre_lat_deg=np.where(whole, centre[1], np.nan),
        centre_hae_m=centre_hae_m,
        centre_above_sea=centre_above_sea,
        placed=placed,
        lacking=_lacking(pointing, placed, hae_m=hae_m, angles_deg=angles_deg),
        group=_groups(frames),
        clock_us=_clock(frames),
    )


def within(values: Numbers, span: tuple[float, float]) -> Numbers:
    """The values inside a span; NaN for the others."""
    return np.asarray(np.where((values >= span[0]) & (values <= span[1]), values, np.nan))


def _height(frames: pa.Table, whose: str, near: tuple[Numbers, Numbers]) -> tuple[Numbers, Mask]:
    """Height above the ellipsoid: as stated, else from the height above the sea and the geoid there."""
    hae_m = within(column(frames, f"{whose}_hae_m"), HEIGHT_SPAN_M)
    msl_m = within(column(frames, f"{whose}_msl_m"), HEIGHT_SPAN_M)
    above_sea = np.isnan(hae_m) & np.isfinite(msl_m)
    if above_sea.any():
        hae_m[above_sea] = msl_m[above_sea] + undulation_m(near[0][above_sea], near[1][above_sea])
    return hae_m, above_sea & np.isfinite(hae_m)


def _views(frames: pa.Table) -> tuple[Numbers, Numbers]:
    """Both angles of view; one that is not stated follows from the other where pixels are square."""
    across, down = (within(column(frames, name), VIEW_SPAN_DEG) for name in ("hfov_deg", "vfov_deg"))
    shape_ratio = column(frames, "height_px") / column(frames, "width_px")
    other = 2 * np.degrees(np.arctan(np.tan(np.radians(across / 2)) * shape_ratio))
    across = np.where(np.isnan(across), 2 * np.degrees(np.arctan(np.tan(np.radians(down / 2)) / shape_ratio)), across)
    return across, np.where(np.isnan(down), other, down)


def _roll_deg(
    frames: pa.Table, angles_deg: Numbers, place: tuple[Numbers, Numbers, Numbers], *, ground_m: Numbers
) -> Numbers:
    """The sensor's roll as stated; where it is not, that by which the stated corners' upper and lower edges lie level
    in the picture. NaN where neither is known.

    Limits: corners on flat ground of height `ground_m`, above the ellipsoid.
    """
    roll_deg: Numbers = angles_deg[-1].copy()
    corners = frames["corners_deg"].combine_chunks()
    whole = np.asarray(pc.fill_null(pc.equal(pc.list_value_length(corners), 8), False).to_numpy(zero_copy_only=False))
    rows = np.flatnonzero(np.isnan(roll_deg) & whole & np.isfinite(angles_deg[:-1].sum(axis=0) + ground_m))
    if not rows.size:
        return np.asarray(roll_deg)
    level_deg = np.vstack([angles_deg[:-1, rows], np.zeros(len(rows))])
    aim = aim_of((place[0][rows], place[1][rows], place[2][rows]), level_deg)
    points_deg = np.asarray(corners.take(pa.array(rows)).flatten().to_numpy(zero_copy_only=False)).reshape(-1, 4, 2)
    # clockwise, upper left first
    seen = [tangents(aim, to_ecef(points_deg[:, at, 0], points_deg[:, at, 1], ground_m[rows])) for at in range(4)]
    across, down = (seen[1][side] - seen[0][side] + seen[2][side] - seen[3][side] for side in (0, 1))
    roll_deg[rows] = np.degrees(np.arctan2(down, across))
    return np.asarray(roll_deg)


def _lacking(pointing: Words, placed: Mask, *, hae_m: Numbers, angles_deg: Numbers) -> Words:
    """The first thing that keeps a frame from the ground, in words."""
    words = np.full(len(pointing), "", dtype=object)
    for at, name in reversed(list(enumerate(ANGLES))):
        words[np.isnan(angles_deg[at])] = f"{name} is not stated, or cannot be"
    words[np.isnan(hae_m)] = "no height of the vehicle is stated"
    words[(pointing != "platform") & (pointing != "ground")] = "the file does not say where the camera points"
    words[~placed] = "no place of the vehicle is stated, or it cannot be"
    return words


def _groups(frames: pa.Table) -> npt.NDArray[np.int64]:
    named = pc.binary_join_element_wise(frames["source_id"].fill_null(""), frames["stream"].fill_null(""), "\x1f")
    codes = named.combine_chunks().dictionary_encode().indices
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)


def _clock(frames: pa.Table) -> Numbers:
    at_us, stream_us = column(frames, "at_us"), column(frames, "stream_us")
    return np.where(np.isnan(at_us), stream_us, at_us)


def checked(frames: pa.Table) -> pa.Table:
    """FRAMES in one chunk a column, exactly as declared."""
    return frames.select(FRAMES.names).cast(FRAMES).combine_chunks()
