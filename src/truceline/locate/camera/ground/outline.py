"""The outline of what a picture shows of the ground: its four corners, or, where it holds sky, its edges and the
horizon."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truceline.locate.camera.ground.aim import Aim, rays
from truceline.locate.camera.ground.cast import Ground, Hits, cast
from truceline.locate.camera.ground.rows import pick

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Pairs = tuple[npt.NDArray[np.intp], ...]

CORNERS = np.array([[-1.0, 1.0, 1.0, -1.0], [-1.0, -1.0, 1.0, 1.0]])  # upper left, upper right, lower right, lower left
EDGE_POINTS = 8  # on each edge of a picture that holds sky
SKYLINE_POINTS = 7  # along the horizon, between the edges
HALVINGS = 22
OUTWARD_RATIO = 0.2  # the horizon bulges beyond the chord by less than this share of the way from the ground's middle


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """n pictures to be cast: where they look, what with, and the tangents of half their angles of view."""

    aim: Aim
    ground: Ground
    tangents: Numbers  # (2, n): across, down

    def cast(self, parts: Numbers) -> Hits:
        """Points of the pictures, (2, n) from -1 to 1, on the ground."""
        across, down = parts * self.tangents
        return cast(self.ground, self.aim.origin, rays(self.aim, across, down))


def outlines(view: View) -> tuple[Numbers, Counts]:
    """Lon, lat, lon, lat … around what each picture shows of the ground, degrees, end to end; and how many of each.

    Four corners, in the order upper left, upper right, lower right, lower left, where all of them are on the ground;
    none where the picture shows no ground.

    Limits: where a picture holds sky, the points on the horizon are farther than the stated errors allow to be told; a
        patch of ground that touches no edge of the picture is not outlined.
    """
    count = view.tangents.shape[1]
    hits = [view.cast(np.repeat(corner[:, None], count, axis=1)) for corner in CORNERS.T]
    found = np.stack([value for hit in hits for value in (hit.lon_deg, hit.lat_deg)], axis=1)
    cut = np.flatnonzero(~np.isfinite(found).all(axis=1))
    lengths = np.full(count, found.shape[1])
    if not cut.size:
        return found.ravel(), lengths
    parts = list(found)
    for at, points in zip(cut, _cut(pick(view, cut)), strict=True):
        parts[at], lengths[at] = points, len(points)
    return np.concatenate(parts), lengths


def _cut(view: View) -> list[Numbers]:
    """Outlines of pictures that are partly sky, all of them at once."""
    count, edge = view.tangents.shape[1], _edge()
    met = np.stack([view.cast(np.repeat(part[:, None], count, axis=1)).met for part in edge.T])
    after = np.roll(met, -1, axis=0)
    nexts = np.roll(edge, -1, axis=1)
    gap, sky = (
        np.nonzero((met & ~after).T),
        np.nonzero((~met & after).T),
    )  # (picture, edge point): where sky begins, ends
    leaves = _boundary(pick(view, gap[0]), edge[:, gap[1]], nexts[:, gap[1]])
    enters = _boundary(pick(view, sky[0]), nexts[:, sky[1]], edge[:, sky[1]])
    opens = _matching(gap, sky)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (edge @ met) / met.sum(axis=0)
    lines = _skylines(pick(view, gap[0]), (leaves, enters[:, opens]), middle[:, gap[0]])
    parts: list[list[Numbers]] = [[] for _ in range(count)]
    for k, (at, point) in enumerate(zip(*gap, strict=True)):
        ends = sky[1][opens[k]]
        follows = [other for other in gap[1][gap[0] == at] if other != point]
        until = min(follows, key=lambda other: (other - ends) % len(met)) if follows else point
        run = (ends + 1 + np.arange((until - ends - 1) % len(met) + 1)) % len(met)
        parts[at] += [leaves[:, k, None], lines[:, :, k], enters[:, opens[k], None], edge[:, run]]
    for at in np.flatnonzero(met.all(axis=0)):
        parts[at] = [edge]
    return _on_the_ground(view, parts)


def _matching(gap: Pairs, sky: Pairs) -> npt.NDArray[np.intp]:
    """For each point where sky begins the next one of the same picture, going round, where it ends."""
    found = np.zeros(len(gap[0]), dtype=np.intp)
    for k, (at, point) in enumerate(zip(*gap, strict=True)):
        own = np.flatnonzero(sky[0] == at)
        found[k] = own[np.argmin((sky[1][own] - point) % (4 * EDGE_POINTS))]
    return found


def _on_the_ground(view: View, parts: list[list[Numbers]]) -> list[Numbers]:
    """Points of pictures, in the order of each outline, as lon, lat, lon, lat …, degrees."""
    points = [np.concatenate(each, axis=1) if each else np.empty((2, 0)) for each in parts]
    lengths = [each.shape[1] for each in points]
    hits = pick(view, np.repeat(np.arange(len(parts)), lengths)).cast(np.concatenate(points, axis=1))
    places = np.stack([hits.lon_deg, hits.lat_deg], axis=1)
    whole = np.split(np.arange(len(places)), np.cumsum(lengths)[:-1])
    return [places[rows][hits.met[rows]].ravel() for rows in whole]


def _edge() -> Numbers:
    """Points on the edge of a picture, in the order of its corners: shape (2, 4 · EDGE_POINTS)."""
    part = np.arange(EDGE_POINTS) / EDGE_POINTS
    ends = np.roll(CORNERS, -1, axis=1)
    return np.concatenate([CORNERS[:, k, None] + (ends - CORNERS)[:, k, None] * part for k in range(4)], axis=1)


def _boundary(view: View, met: Numbers, missed: Numbers) -> Numbers:
    """The last point on the ground, shape (2, n), from points that meet it towards points that do not."""
    for _ in range(HALVINGS):
        middle = (met + missed) / 2
        hit = view.cast(middle).met
        met, missed = np.where(hit, middle, met), np.where(hit, missed, middle)
    return met


def _skylines(view: View, ends: tuple[Numbers, Numbers], middle: Numbers) -> Numbers:
    """Points on the horizon between two of its points, (2, k, n): out from the chord, or back to the middle."""
    found = np.empty((2, SKYLINE_POINTS, middle.shape[1]))
    for k in range(SKYLINE_POINTS):
        chord = ends[0] + (ends[1] - ends[0]) * (k + 1) / (SKYLINE_POINTS + 1)
        on_ground = view.cast(chord).met
        out = chord + OUTWARD_RATIO * (chord - middle)
        found[:, k] = _boundary(view, np.where(on_ground, chord, middle), np.where(on_ground, out, chord))
    return found
