"""Lanes beside lines, and the legs that drones fly along them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truceline.base.frames import apart_m
from truceline.locate.stretches import beside, courses_of
from truceline.plan.flights import Legs
from truceline.watching import Scene

FAR_STRETCHES = 10  # stretches that one leg joins beyond the first band; in it, as many as a swath is long


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A way along a line, so far beside it, over ground from `near_m` to `far_m` on one side; `side` 0: both."""

    feature: str
    offset_m: int
    near_m: int
    far_m: int
    side: int
    width_m: float  # of ground that is its own
    joined: int  # stretches in one leg


def lanes_of(scene: Scene, reaches: Mapping[str, Sequence[int]], *, swath_m: float, stretch_m: int) -> tuple[Lane, ...]:
    """Lanes whose swaths together see all ground up to the farthest reach, band by band.

    The first band is flown along the line itself where one swath sees it on both sides.
    """
    lanes: list[Lane] = []
    near = max(1, round(swath_m / stretch_m))
    for feature, distances in reaches.items():
        if feature not in scene.features or scene.features[feature].kind != "line":
            continue
        for near_m, far_m in zip((0, *distances[:-1]), distances, strict=True):
            if near_m == 0 and 2 * far_m <= swath_m:
                whole = Lane(
                    feature=feature, offset_m=0, near_m=0, far_m=far_m, side=0, width_m=2.0 * far_m, joined=near
                )
                lanes.append(whole)
                continue
            count = -(-(far_m - near_m) // int(swath_m))
            width_m = (far_m - near_m) / count
            for number in range(count):
                off_m = round(near_m + width_m * (number + 0.5))
                lanes += [
                    Lane(
                        feature=feature,
                        offset_m=side * off_m,
                        near_m=round(off_m - width_m / 2),
                        far_m=round(off_m + width_m / 2),
                        side=side,
                        width_m=width_m,
                        joined=near if near_m == 0 else FAR_STRETCHES,
                    )
                    for side in (1, -1)
                ]
    return tuple(lanes)


def legs_of(scene: Scene, lanes: Sequence[Lane]) -> Legs:
    """The legs of every lane, in its order along the line."""
    courses = courses_of(tuple(scene.features.values()))
    held: dict[str, list[dict[str, object]]] = {}
    for row in scene.stretches.to_pylist():
        held.setdefault(str(row["feature"]), []).append(row)
    rows = [
        (ribbon, order, lane, group)
        for ribbon, lane in enumerate(lanes)
        for order, group in enumerate(_grouped(held[lane.feature], lane.joined))
    ]
    from_m = np.array([int(str(group[0]["from_m"])) for *_, group in rows], np.int64)
    until_m = np.array([int(str(group[-1]["until_m"])) for *_, group in rows], np.int64)
    offset_m = np.array([lane.offset_m for _, _, lane, _ in rows], np.int64)
    features = tuple(lane.feature for _, _, lane, _ in rows)
    ends_deg = np.zeros((len(rows), 4))
    for feature in dict.fromkeys(features):
        at = np.array([each == feature for each in features])
        ends_deg[at, 0:2] = beside(courses[feature], from_m[at].astype(float), offset_m[at].astype(float))
        ends_deg[at, 2:4] = beside(courses[feature], until_m[at].astype(float), offset_m[at].astype(float))
    return Legs(
        stretch_id=tuple(str(group[0]["stretch_id"]) for *_, group in rows),
        feature=features,
        from_m=from_m,
        until_m=until_m,
        ribbon=np.array([ribbon for ribbon, *_ in rows], np.int64),
        order=np.array([order for _, order, *_ in rows], np.int64),
        offset_m=offset_m,
        ends_deg=ends_deg,
        length_m=apart_m(ends_deg[:, :2], ends_deg[:, 2:]),
    )


def _grouped(rows: Sequence[dict[str, object]], most: int) -> Iterator[Sequence[dict[str, object]]]:
    for first in range(0, len(rows), most):
        yield rows[first : first + most]
