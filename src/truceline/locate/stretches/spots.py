"""Spots beside a line and in zones: evenly spread, the same for the same input."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.locate.distance import signed_distance
from truceline.locate.geodesic import forward
from truceline.locate.geometry import is_inside
from truceline.locate.place import Feature
from truceline.locate.stretches.cut import Course, courses_of
from truceline.model.spot import Spots

Numbers = npt.NDArray[np.float64]

# Additive recurrence that fills the unit square evenly: M. Roberts, The unreasonable effectiveness of quasirandom
# sequences (2018), R2; the numbers are 1/g and 1/g^2 of g^3 = g + 1.
SPREAD = np.array([0.7548776662466927, 0.5698402909980532])
ZONE_TRIES = 64  # candidates for each spot of a zone, over the box around it
M2_PER_DEG2 = 111_320.0**2  # at the equator, nearly; for weights only


def spots_of(
    features: Sequence[Feature], stretches: pa.Table, *, reaches: Mapping[str, Sequence[int]], points: int
) -> Spots:
    """Spots of every stretch.

    Args:
        features: what the stretches were cut from.
        stretches: STRETCHES.
        reaches: by line, the distances (m) at which some clause's ground ends; between two of them lies one band.
        points: how many spots stand for one stretch and side of the first band. A farther band has fewer, by the square
            of the part that it is of the ground up to its end: so a clause's share is as sure wherever its ground
            ends. A zone has eight times as many.

    Limits: on the inner side of a bend spots stand closer than on the outer; where a band's place is nearer to another
        stretch of the line, the spot is that stretch's in distance and stays this one's in name.
    """
    courses = courses_of(features)
    parts: list[Spots] = []
    for feature in features:
        of_it = pc.equal(stretches["feature"], feature.name).to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(of_it)
        if feature.name in courses and reaches.get(feature.name):
            parts += _beside(feature, courses[feature.name], rows, (tuple(reaches[feature.name]), points))
        elif feature.kind == "zone" and rows.size:
            parts.append(_inside(feature, int(rows[0]), points * 8))
    return _joined(parts)


def _beside(
    feature: Feature, course: Course, rows: npt.NDArray[np.int64], spread: tuple[tuple[int, ...], int]
) -> list[Spots]:
    """Spots left and right of a line, band by band."""
    reaches, most = spread
    stretch_m = course.length_m / len(rows)
    made = []
    for near_m, far_m in zip((0, *reaches[:-1]), reaches, strict=True):
        points = max(1, math.ceil(most * ((far_m - near_m) / far_m) ** 2))
        number = np.repeat(np.arange(len(rows)), points)
        for side in (1, -1):
            turn = np.arange(1, len(number) + 1)[:, None] * SPREAD + (0.5 if side == 1 else 0.25)
            place = turn % 1.0
            lon_deg, lat_deg, ahead_deg = course.at((number + place[:, 0]) * stretch_m)
            off_m = near_m + (far_m - near_m) * place[:, 1]
            lon_deg, lat_deg, _ = forward(lon_deg, lat_deg, ahead_deg - 90.0 * side, off_m)
            still = np.zeros((len(number), 3))
            found = signed_distance(lon_deg, lat_deg, feature.geometry, cov_m2=still, error_m=0.0)
            distance_m = found.distance_mm / 1_000.0
            kept = (distance_m >= near_m) & (distance_m <= far_m) & (found.side * side >= 0)
            made.append(
                Spots(
                    lon_deg=lon_deg[kept],
                    lat_deg=lat_deg[kept],
                    stretch=rows[number[kept]],
                    side=np.full(int(kept.sum()), side, np.int64),
                    distance_m=distance_m[kept],
                    weight_m2=np.full(int(kept.sum()), stretch_m * (far_m - near_m) / points),
                )
            )
    return made


def _inside(feature: Feature, row: int, most: int) -> Spots:
    """Spots in a zone; where none of the tries falls inside a thin one, its corners."""
    corners = np.array([each[:2] for rings in feature.geometry.shapes.polygons for each in rings[0]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    tries = low + (high - low) * ((np.arange(1, most * ZONE_TRIES + 1)[:, None] * SPREAD) % 1.0)
    inside = is_inside(feature.geometry, tries[:, 0], tries[:, 1])
    box_m2 = float(np.prod(high - low)) * M2_PER_DEG2 * float(np.cos(np.radians((low + high)[1] / 2)))
    area_m2 = max(1.0, box_m2 * float(inside.mean()))
    kept = tries[inside][:most] if inside.any() else corners
    return Spots(
        lon_deg=kept[:, 0],
        lat_deg=kept[:, 1],
        stretch=np.full(len(kept), row, np.int64),
        side=np.zeros(len(kept), np.int64),
        distance_m=np.zeros(len(kept)),
        weight_m2=np.full(len(kept), area_m2 / len(kept)),
    )


def _joined(parts: Sequence[Spots]) -> Spots:
    """All spots, in the order given; none where there are none."""
    if not parts:
        none, rows = np.zeros(0), np.zeros(0, np.int64)
        return Spots(lon_deg=none, lat_deg=none, stretch=rows, side=rows, distance_m=none, weight_m2=none)
    return Spots(
        lon_deg=np.concatenate([each.lon_deg for each in parts]),
        lat_deg=np.concatenate([each.lat_deg for each in parts]),
        stretch=np.concatenate([each.stretch for each in parts]),
        side=np.concatenate([each.side for each in parts]),
        distance_m=np.concatenate([each.distance_m for each in parts]),
        weight_m2=np.concatenate([each.weight_m2 for each in parts]),
    )
