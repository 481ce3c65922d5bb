"""Placed sightings as plain columns in a local plane, in metres."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.frames import LocalFrame

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REACH_DEG = 0.35  # some 39 km of latitude: within the 50 km that a local frame allows
LEAST_M2 = 0.01  # no sighting is taken to be better than 10 cm


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """n sightings of one method, in the order of time; east and north of the frame's origin.

    `own_m2`: (n, 2, 2), what is new in each picture; `shared_m2`: (n, 2, 2), what its pictures have in common.
    """

    frame: LocalFrame
    ids: npt.NDArray[np.object_]
    targets: npt.NDArray[np.object_]
    at_us: Ints
    east_north_m: Floats
    own_m2: Floats
    shared_m2: Floats

    def part(self, rows: Ints) -> "Plane":
        """Some of the sightings, in the order given."""
        return Plane(
            frame=self.frame,
            ids=self.ids[rows],
            targets=self.targets[rows],
            at_us=self.at_us[rows],
            east_north_m=self.east_north_m[rows],
            own_m2=self.own_m2[rows],
            shared_m2=self.shared_m2[rows],
        )


def planes(placed: pa.Table) -> Iterator[tuple[str, Plane]]:
    """The sightings that have a place and a time, method by method, each stretch of ground in a frame of its own.

    Limits: a thing that is followed farther than 39 km becomes two.
    """
    known = pc.and_(pc.is_valid(placed["lon_deg"]), pc.is_valid(placed["at_us"]))
    rows = placed.filter(known).sort_by([("method", "ascending"), ("at_us", "ascending"), ("sighting_id", "ascending")])
    methods = rows["method"].to_numpy(zero_copy_only=False)
    lon_deg, lat_deg = rows["lon_deg"].to_numpy(), rows["lat_deg"].to_numpy()
    first = 0
    while first < rows.num_rows:
        count = _stretch(methods[first:], lon_deg[first:], lat_deg[first:])
        yield str(methods[first]), _plane(rows.slice(first, count))
        first += count


def _stretch(methods: npt.NDArray[np.object_], lon_deg: Floats, lat_deg: Floats) -> int:
    """How many rows are of the first one's method and within reach of it, without a break."""
    east_deg = np.abs(lon_deg - lon_deg[0]) * np.cos(np.radians(lat_deg))
    within = (methods == methods[0]) & (east_deg < REACH_DEG) & (np.abs(lat_deg - lat_deg[0]) < REACH_DEG)
    breaks = np.flatnonzero(np.logical_not(within))
    return int(breaks[0]) if len(breaks) else len(within)


def _plane(rows: pa.Table) -> Plane:
    lon_deg, lat_deg = rows["lon_deg"].to_pylist(), rows["lat_deg"].to_pylist()
    frame = LocalFrame(name="tracks", origin_lon_deg=lon_deg[0], origin_lat_deg=lat_deg[0])
    local_m = [frame.to_local(*place) for place in zip(lon_deg, lat_deg, strict=True)]
    whole_m2 = _squares(rows, "cov")
    stated_m2 = _squares(rows, "own")
    unknown = np.logical_not(np.isfinite(stated_m2).all(axis=(1, 2)))
    own_m2 = np.where(unknown[:, None, None], whole_m2, stated_m2)
    own_m2[:, [0, 1], [0, 1]] = np.maximum(own_m2[:, [0, 1], [0, 1]], LEAST_M2)
    return Plane(
        frame=frame,
        ids=np.array(rows["sighting_id"].to_pylist(), object),
        targets=np.array([name or "" for name in rows["target"].to_pylist()], object),
        at_us=rows["at_us"].to_numpy(),
        east_north_m=np.array(local_m, np.float64).reshape(-1, 2),
        own_m2=own_m2,
        shared_m2=_no_less_than_nothing(whole_m2 - own_m2),
    )


def _squares(rows: pa.Table, part: str) -> Floats:
    """The covariances of a part as (n, 2, 2)."""
    ee, en, nn = (rows[f"{part}_{axes}_m2"].to_numpy(zero_copy_only=False) for axes in ("ee", "en", "nn"))
    return np.stack([ee, en, en, nn], axis=1).astype(np.float64).reshape(-1, 2, 2)


def _no_less_than_nothing(square_m2: Floats) -> Floats:
    """The nearest covariances: a direction in which rounding left less than nothing has none."""
    sizes, directions = np.linalg.eigh(square_m2)
    return np.asarray((directions * np.maximum(sizes, 0)[:, None, :]) @ directions.swapaxes(1, 2))
