"""The pose of a picture that lies between two metadata samples.

Metadata comes at its own rhythm, often more rarely than pictures. Between two samples of one stream every number is
taken along a straight line in time, directions along the shorter arc.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.model.batch import table
from truceline.model.footage import FRAMES

Row = dict[str, object]

SAME_US = 2_000  # a picture and a sample that are no farther apart are of one moment
REACH_US = 1_000_000  # the longest gap that a pose is stretched over; half of it beyond the first or last

_ROUND = ("heading_deg", "sensor_azimuth_deg", "sensor_roll_deg", "roll_deg", "sensor_lon_deg", "centre_lon_deg")
_ALONG = (
    *("at_us", "sensor_lat_deg", "sensor_hae_m", "sensor_msl_m", "pitch_deg", "sensor_elevation_deg", "hfov_deg"),
    *("vfov_deg", "slant_range_m", "centre_lat_deg", "centre_hae_m", "centre_msl_m"),
)


def at_pictures(frames: pa.Table, stream_us: Sequence[int]) -> tuple[pa.Table, list[str | None]]:
    """Frames for pictures by their moment in the video.

    Args:
        frames: FRAMES of one file.
        stream_us: of each picture, from the first of the file.

    Returns: FRAMES rows that lie between samples, each moment once; for each picture the id of its frame, of these or
        of the samples; None where no sample is near enough.
    Limits: straight between samples: a camera that turns at 5 degrees/s² is off by up to 0.6 degrees after 0.5 s.
    """
    moments = frames["stream_us"].to_numpy(zero_copy_only=False).astype(float)
    known = np.flatnonzero(np.isfinite(moments))
    order = known[np.argsort(moments[known], kind="stable")]
    ids: list[str | None] = []
    made: dict[str, Row] = {}
    for moment_us in stream_us:
        found = _sample(moments, order, moment_us)
        if isinstance(found, tuple):
            row = _between(frames, *found, moment_us)
            made[str(row["frame_id"])] = row
            ids.append(str(row["frame_id"]))
        else:
            ids.append(None if found is None else frames["frame_id"][found].as_py())
    return table(list(made.values()), FRAMES), ids


def _sample(
    moments: npt.NDArray[np.float64], order: npt.NDArray[np.int64], moment_us: int
) -> int | tuple[int, int] | None:
    """The sample of this moment, or the two around it; None where there is none near."""
    if not order.size:
        return None
    after = int(np.searchsorted(moments[order], moment_us))
    around = [int(order[at]) for at in (after - 1, after) if 0 <= at < order.size]
    near = min(around, key=lambda at: abs(moments[at] - moment_us))
    if abs(moments[near] - moment_us) <= SAME_US:
        return near
    if len(around) == 2:
        return (around[0], around[1]) if moments[around[1]] - moments[around[0]] <= REACH_US else None
    return near if abs(moments[near] - moment_us) <= REACH_US / 2 else None


def _between(frames: pa.Table, before: int, after: int, moment_us: int) -> Row:
    one, other = frames.slice(before, 1).to_pylist()[0], frames.slice(after, 1).to_pylist()[0]
    share_ratio = (moment_us - one["stream_us"]) / (other["stream_us"] - one["stream_us"])
    row: Row = dict(one)
    for name in (*_ALONG, *_ROUND):
        row[name] = _along(one[name], other[name], share_ratio, turns=name in _ROUND)
    at_us = row["at_us"]
    return row | {
        "frame_id": "frm-" + sha256_hex(f"{one['frame_id']}\n{other['frame_id']}\n{moment_us}".encode())[:16],
        "stream_us": moment_us,
        "at_us": round(at_us) if isinstance(at_us, float) else at_us,
        "flags": sorted({*one["flags"], *other["flags"], "between-samples"}),
        "remark": f"between {one['raw_at']} and {other['raw_at']}",
        "corners_deg": _corners(one["corners_deg"] or [], other["corners_deg"] or [], share_ratio),
        "raw_at": f"{one['raw_at']} to {other['raw_at']}",
    }


def _corners(one_deg: list[float], other_deg: list[float], share_ratio: float) -> list[float]:
    """Each corner between where it was and where it went; none where either sample states none."""
    if len(one_deg) != len(other_deg):
        return []
    between = zip(one_deg, other_deg, strict=True)
    return [_along(a_deg, b_deg, share_ratio, turns=at % 2 == 0) or 0.0 for at, (a_deg, b_deg) in enumerate(between)]


def _along(one_ratio: float | None, other_ratio: float | None, share_ratio: float, *, turns: bool) -> float | None:
    """Between two numbers of any unit; `turns`: degrees all round, the shorter way."""
    if one_ratio is None or other_ratio is None:
        return None
    if turns:
        return one_ratio + share_ratio * ((other_ratio - one_ratio + 180.0) % 360.0 - 180.0)
    return one_ratio + share_ratio * (other_ratio - one_ratio)
