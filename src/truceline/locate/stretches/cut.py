"""A line cut into stretches of equal length, each with its course over the ground."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.locate.geodesic import forward, inverse
from truceline.locate.place import Feature
from truceline.model.batch import table
from truceline.model.coverage import STRETCHES

Numbers = npt.NDArray[np.float64]
MOST_STRETCHES = 20_000  # of a mission: cut longer ones instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A line by the distance along it: its edges begin at `from_m`, in the direction `azimuth_deg`.

    Where the file draws several lines they follow each other; all arrays have shape (edges,).
    """

    lon_deg: Numbers
    lat_deg: Numbers
    azimuth_deg: Numbers  # clockwise from true north
    from_m: Numbers
    length_m: float

    def at(self, along_m: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Longitude, latitude and direction of the line at distances along it, shape (n,)."""
        edge = np.clip(np.searchsorted(self.from_m, along_m, side="right") - 1, 0, len(self.from_m) - 1)
        found = forward(
            self.lon_deg[edge], self.lat_deg[edge], self.azimuth_deg[edge], np.maximum(along_m - self.from_m[edge], 0.0)
        )
        return found[0], found[1], found[2]


def courses_of(features: Sequence[Feature]) -> dict[str, Course]:
    """The course of each feature that is drawn as lines, by its name; one drawn as points or as an area has none."""
    return {
        each.name: _course([np.array(path, dtype=np.float64) for path in each.geometry.shapes.lines])
        for each in features
        if each.kind == "line" and each.geometry.shapes.lines
    }


def _course(paths: Sequence[Numbers]) -> Course:
    starts, azimuths, lengths = [], [], []
    for path in paths:
        one, other = path[:-1], path[1:]
        azimuth_deg, _, length_m = inverse(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
        starts.append(one)
        azimuths.append(azimuth_deg)
        lengths.append(length_m)
    ends_m = np.cumsum(np.concatenate(lengths))
    begun = np.concatenate(starts)
    return Course(
        lon_deg=begun[:, 0],
        lat_deg=begun[:, 1],
        azimuth_deg=np.concatenate(azimuths),
        from_m=np.concatenate([[0.0], ends_m[:-1]]),
        length_m=float(ends_m[-1]),
    )


def stretches_of(features: Sequence[Feature], *, stretch_m: int) -> pa.Table:
    """STRETCHES of every line with a course and of every zone.

    Args:
        stretch_m: about how long a stretch is; lines are cut into equal parts, the whole mission into at most
            20,000.
    """
    courses = courses_of(features)
    total_m = sum(course.length_m for course in courses.values())
    step_m = max(float(stretch_m), total_m / MOST_STRETCHES)
    rows: list[dict[str, object]] = []
    for feature in features:
        if feature.name in courses:
            rows += _of_line(feature.name, courses[feature.name], step_m)
        elif feature.kind == "zone":
            ring = feature.geometry.shapes.polygons[0][0]
            around = [float(number) for position in ring for number in position[:2]]
            rows.append(_row(feature.name, feature.name, (0, 0, 0), around))
    return table(rows, STRETCHES)


def _of_line(name: str, course: Course, step_m: float) -> list[dict[str, object]]:
    count = max(1, round(course.length_m / step_m))
    marks_m = np.linspace(0.0, course.length_m, count + 1)
    lon_deg, lat_deg, _ = course.at(marks_m)
    rows = []
    for number in range(count):
        bends = np.flatnonzero((course.from_m > marks_m[number]) & (course.from_m < marks_m[number + 1]))
        lons = [lon_deg[number], *course.lon_deg[bends], lon_deg[number + 1]]
        lats = [lat_deg[number], *course.lat_deg[bends], lat_deg[number + 1]]
        path = [round(float(each), 7) for pair in zip(lons, lats, strict=True) for each in pair]
        span = number, round(marks_m[number]), round(marks_m[number + 1])
        rows.append(_row(f"{name} {number}", name, span, path))
    return rows


def _row(stretch_id: str, feature: str, span: tuple[int, int, int], path: list[float]) -> dict[str, object]:
    number, from_m, until_m = span
    return {
        "stretch_id": stretch_id,
        "feature": feature,
        "number": number,
        "from_m": from_m,
        "until_m": until_m,
        "path_deg": path,
    }


def beside(course: Course, along_m: Numbers, offset_m: Numbers) -> Numbers:
    """Longitude and latitude beside a line, shape (n, 2): so far along it, then so far to the left (< 0: right)."""
    lon_deg, lat_deg, ahead_deg = course.at(along_m)
    turned_deg = ahead_deg - np.where(offset_m >= 0, 90.0, -90.0)
    lon_deg, lat_deg, _ = forward(lon_deg, lat_deg, turned_deg, np.abs(offset_m))
    return np.column_stack([lon_deg, lat_deg])
