"""What a run found, held against what was put into the pictures and against the traffic that is really there.

The flight shows a divided highway from the lower left to the upper right with vehicles on both carriageways: seen by
eye in stabilised crops, dark and bright, at 20 to 25 m/s. A track along it that was not put there is that traffic, no
false alarm; the corridor is given in pixels of picture 185.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from tests.detect.flight import TO_DEGREES, Flash, Mover, earth_fixed, inside, poses

from truceline.detect import Look

NEAR_M = 5.0  # a vehicle's length
NEAR_PX = 8.0
LEAST_LOOKS = 9  # a vehicle in view for less than a second and a half is not asked for
HIGHWAY_X_PX = (0, 74, 124, 223, 398, 520, 638)
HIGHWAY_Y_PX = (345, 311, 292, 262, 194, 145, 101)
HIGHWAY_PX = (-14, 30)  # its carriageways, above and below that line
HIGHWAY_MPS = (17.0, 30.0)


@dataclass(frozen=True)
class Followed:
    """`covered`: for each vehicle in view long enough, the share of looks at which the best track was with it."""

    covered: list[float]
    tracks_each: list[int]  # tracks that were mostly with it
    traffic: int
    false: list[dict[str, object]]

    @property
    def recall(self) -> float:
        return float(np.mean([share > 0.5 for share in self.covered]))


def emblem(x_px: float, y_px: float) -> bool:
    """Where the turning emblem is laid over the video."""
    return x_px < 132 and y_px > 335


def followed(looks: Sequence[Look], tracks: pa.Table, vehicles: Sequence[Mover]) -> Followed:
    looked = [look.number for look in looks if any(spot.method == "motion" for spot in look.spots)]
    rows = [row for row in tracks.to_pylist() if row["method"] == "motion"]
    paths = [
        {
            int(name[:5]): place
            for name, place in zip(row["sightings"], np.reshape(row["path_deg"], (-1, 2)), strict=True)
        }
        for row in rows
    ]
    covered, tracks_each, taken = [], [], set()
    for vehicle in vehicles:
        truth = {number: vehicle.middle(number) for number in looked}
        view = [n for n in looked if inside(vehicle.pixel(n), 14) and not emblem(*vehicle.pixel(n))]
        if len(view) < LEAST_LOOKS:
            continue
        with_it = [{n for n, place in path.items() if apart_m(place, truth.get(n)) < NEAR_M} for path in paths]
        mostly = [at for at, numbers in enumerate(with_it) if len(numbers) > len(paths[at]) / 2]
        taken |= set(mostly)
        covered.append(max((len(with_it[at] & set(view)) for at in mostly), default=0) / len(view))
        tracks_each.append(len(mostly))
    others = [row for at, row in enumerate(rows) if at not in taken]
    false = [row for row in others if not on_highway(row)]
    return Followed(covered, tracks_each, len(others) - len(false), false)


def apart_m(place_deg: Sequence[float], point: np.ndarray | None) -> float:
    if point is None:
        return np.inf
    lon_deg, lat_deg, _ = TO_DEGREES.transform(*point)
    east_deg = (place_deg[0] - lon_deg) * np.cos(np.radians(lat_deg))
    return float(np.hypot(east_deg, place_deg[1] - lat_deg) * 111_200)


def on_highway(row: dict[str, object]) -> bool:
    pose = poses()[185]
    path = [pose.pixel(earth_fixed(lat, lon, pose.height_m)) for lon, lat in np.reshape(row["path_deg"], (-1, 2))]
    x_px, y_px = np.transpose(path)
    beside_px = float(np.median(y_px - np.interp(x_px, HIGHWAY_X_PX, HIGHWAY_Y_PX)))
    speed_mps = np.hypot(row["east_mps"], row["north_mps"])
    return HIGHWAY_PX[0] < beside_px < HIGHWAY_PX[1] and HIGHWAY_MPS[0] < speed_mps < HIGHWAY_MPS[1]


def flashes_seen(looks: Sequence[Look], flashes: Sequence[Flash]) -> tuple[list[bool], list[str], np.ndarray]:
    """For each flash whether it was seen; the sightings that are of none; offsets in sigmas of those that are."""
    hits, offsets, false = [False] * len(flashes), [], []
    for look in looks:
        for spot in look.spots:
            if spot.method != "flash":
                continue
            near = [
                at
                for at, flash in enumerate(flashes)
                if 0 <= look.number - flash.number <= 3
                and np.hypot(spot.x_px - flash.x_px, spot.y_px - flash.y_px) < NEAR_PX
            ]
            for at in near:
                hits[at] = True
                offsets.append(
                    ((spot.x_px - flashes[at].x_px) / spot.sigma_px, (spot.y_px - flashes[at].y_px) / spot.sigma_px)
                )
            if not near:
                false.append(f"picture {look.number}: {spot.x_px:.0f}, {spot.y_px:.0f}")
    return hits, false, np.array(offsets)
