"""Which sightings are of one thing: each picture's sightings against what was followed so far.

A thing followed is expected somewhere with an ellipse. A sighting inside it may be of that thing: how much sooner
than a false alarm is a number, and of all ways to give sightings to things the one with the largest sum is taken. The
sums of a thing's numbers over time are the odds that it is one (Blackman and Popoli 1999, 6.2: the score of a track).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from truceline.fuse.tracks.plane import Floats, Ints, Plane
from truceline.fuse.tracks.settings import Settings
from truceline.fuse.tracks.smoothing import corrected, moved, wander

GATE_SQUARES = 13.8  # chi-square of two degrees of freedom, 99.9 %
FALSE_FLOOR = 0.02  # false alarms within `around_m` in a picture, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Rows of one thing, in the order of time, and the logarithm of the odds that it is one."""

    rows: Ints
    log_odds_ratio: float


def false_alarms_m2(plane: Plane, *, settings: Settings) -> Floats:
    """For each sighting how many false alarms a picture has there, to the square metre.

    Counted from what was seen around it at about that time, less one in each picture: the thing itself.
    Limits: things that go side by side count as each other's false alarms, which only makes the odds worse.
    """
    reach = np.array([settings.around_m, settings.around_m, settings.around_us])
    where = np.column_stack([plane.east_north_m, plane.at_us - plane.at_us[0]]) / reach
    tree = cKDTree(where)
    around = tree.query_ball_point(where, 1.0, return_length=True)
    times = np.unique(plane.at_us)
    pictures = np.searchsorted(times, plane.at_us + settings.around_us, "right")
    pictures = pictures - np.searchsorted(times, plane.at_us - settings.around_us, "left")
    # a ball of radius 1 in place and time holds two thirds of the cylinder around it
    false = np.maximum(around / (pictures * 2 / 3) - 1, FALSE_FLOOR)
    return np.asarray(false / (np.pi * settings.around_m**2))


def follow(plane: Plane, *, settings: Settings) -> list[Followed]:
    """All runs of sightings that may be of one thing each; every sighting is in one at most."""
    following = _Following(plane=plane, settings=settings)
    starts = np.flatnonzero(np.r_[True, np.diff(plane.at_us) > 0])
    for first, last in zip(starts, np.r_[starts[1:], len(plane.at_us)], strict=True):
        following.take(np.arange(first, last))
    return following.all()


class _Following:
    """The things followed now, as columns: row k of each is of one thing."""

    def __init__(self, *, plane: Plane, settings: Settings) -> None:
        self._plane, self._settings = plane, settings
        self._false_m2 = false_alarms_m2(plane, settings=settings)
        self._confirmed_score = np.log(settings.chance_ratio)
        lapses_us = np.diff(np.unique(plane.at_us))
        usual_us = 3 * float(np.median(lapses_us)) if len(lapses_us) else 0.0
        self._patience_us = max(float(settings.lost_us), usual_us)
        self._now_us = int(plane.at_us[0])
        self._state, self._spread = np.zeros((0, 4)), np.zeros((0, 4, 4))
        self._score, self._hits = np.zeros(0), np.zeros(0, np.int64)
        self._seen_us, self._thing = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._given = np.full(len(plane.ids), -1)  # the thing each sighting was given to
        self._scores: list[float] = []  # of every thing there ever was, at its best end

    def take(self, rows: Ints) -> None:
        """One picture's sightings."""
        self._carry(int(self._plane.at_us[rows[0]]))
        things, sightings, gains = self._pairs(rows)
        taken = _best(things, sightings, gains, shape=(len(self._thing), len(rows)))
        things, sightings, gains = things[taken], sightings[taken], gains[taken]
        chosen = rows[sightings]
        self._state[things], self._spread[things] = corrected(
            self._state[things],
            self._spread[things],
            self._plane.east_north_m[chosen],
            self._plane.own_m2[chosen],
        )
        self._score += np.log(1 - self._settings.seen_ratio)
        self._score[things] += gains
        self._hits[things] += 1
        self._seen_us[things] = self._now_us
        self._given[chosen] = self._thing[things]
        for thing, score in zip(self._thing[things], self._score[things], strict=True):
            self._scores[thing] = float(score)
        self._begin(np.delete(rows, sightings))

    def _carry(self, at_us: int) -> None:
        """Everything followed, to the time of a picture; what was not seen for too long is let go."""
        confirmed = (self._score > self._confirmed_score) & (self._hits >= self._settings.sightings_min)
        patience_us = np.where(confirmed, self._patience_us, self._patience_us / 2)
        kept = at_us - self._seen_us <= patience_us
        for name in ("_state", "_spread", "_score", "_hits", "_seen_us", "_thing"):
            setattr(self, name, getattr(self, name)[kept])
        dt_s = np.array([(at_us - self._now_us) / 1e6])
        carry, noise = moved(dt_s)[0], wander(dt_s, turning_mps=self._settings.turning_mps)[0]
        self._state = self._state @ carry.T
        self._spread = carry @ self._spread @ carry.T + noise
        self._now_us = at_us

    def _pairs(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """Which things may be seen in which sightings, and what each pair adds to the score against a miss."""
        if not len(self._thing):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        places_m, own_m2 = self._plane.east_north_m[rows], self._plane.own_m2[rows]
        widest_m2 = np.trace(own_m2, axis1=1, axis2=2).max() + np.trace(self._spread[:, :2, :2], axis1=1, axis2=2)
        near = cKDTree(places_m).query_ball_point(self._state[:, :2], np.sqrt(GATE_SQUARES * widest_m2))
        things = np.repeat(np.arange(len(near)), [len(each) for each in near])
        sightings = np.fromiter((at for each in near for at in each), np.int64, len(things))
        apart_m = places_m[sightings] - self._state[things, :2]
        spread_m2 = self._spread[things, :2, :2] + own_m2[sightings]
        size_m4 = spread_m2[:, 0, 0] * spread_m2[:, 1, 1] - spread_m2[:, 0, 1] ** 2
        squares = (
            spread_m2[:, 1, 1] * apart_m[:, 0] ** 2
            - 2 * spread_m2[:, 0, 1] * apart_m[:, 0] * apart_m[:, 1]
            + spread_m2[:, 0, 0] * apart_m[:, 1] ** 2
        ) / size_m4
        seen = self._settings.seen_ratio
        likely = np.log(seen / (2 * np.pi * (1 - seen))) - np.log(size_m4) / 2 - squares / 2
        gains = likely - np.log(self._false_m2[rows][sightings])
        inside = (squares <= GATE_SQUARES) & (gains > 0)
        return things[inside], sightings[inside], gains[inside]

    def _begin(self, rows: Ints) -> None:
        """A new thing for each sighting that nothing followed can be."""
        count = len(rows)
        spread = np.zeros((count, 4, 4))
        spread[:, :2, :2] = self._plane.own_m2[rows]
        spread[:, 2, 2] = spread[:, 3, 3] = (self._settings.fastest_mps / 2) ** 2
        state = np.column_stack([self._plane.east_north_m[rows], np.zeros((count, 2))])
        things = np.arange(len(self._scores), len(self._scores) + count)
        self._scores += [0.0] * count
        self._given[rows] = things
        self._state, self._spread = np.concatenate([self._state, state]), np.concatenate([self._spread, spread])
        self._score, self._hits = np.r_[self._score, np.zeros(count)], np.r_[self._hits, np.ones(count, np.int64)]
        self._seen_us = np.r_[self._seen_us, np.full(count, self._now_us)]
        self._thing = np.r_[self._thing, things]

    def all(self) -> list[Followed]:
        """Every thing there was, the earliest first."""
        order = np.argsort(self._given, kind="stable")
        things, starts = np.unique(self._given[order], return_index=True)
        parts = np.split(order, starts[1:])
        return [
            Followed(rows=rows, log_odds_ratio=self._scores[thing]) for thing, rows in zip(things, parts, strict=True)
        ]


def _best(things: Ints, sightings: Ints, gains: Floats, *, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Which pairs are taken: each thing and each sighting once at most, the sum of gains the largest.

    Things and sightings that are linked by no pair are apart; each knot of them is worked out by itself.
    """
    if not len(things):
        return np.zeros(0, np.int64)
    alone = (np.bincount(things, minlength=shape[0])[things] == 1) & (
        np.bincount(sightings, minlength=shape[1])[sightings] == 1
    )
    taken = [np.flatnonzero(alone)]
    tied = np.flatnonzero(~alone)
    if len(tied):
        whole = shape[0] + shape[1]
        links = coo_array((np.ones(len(tied)), (things[tied], shape[0] + sightings[tied])), shape=(whole, whole))
        knot = connected_components(links, directed=False)[1][things[tied]]
        order = np.argsort(knot, kind="stable")
        taken += [_knot(part, things, sightings, gains) for part in _runs(tied[order], knot[order])]
    return np.concatenate(taken)


def _runs(values: Ints, keys: Ints) -> list[Ints]:
    """Values split where their keys, which are sorted, change."""
    return np.split(values, np.flatnonzero(np.diff(keys)) + 1)


def _knot(pairs: Ints, things: Ints, sightings: Ints, gains: Floats) -> Ints:
    """The pairs of one knot that are taken."""
    rows, row = np.unique(things[pairs], return_inverse=True)
    columns, column = np.unique(sightings[pairs], return_inverse=True)
    table = np.zeros((len(rows), len(columns)))  # 0: not taken adds nothing
    number = np.full(table.shape, -1)
    table[row, column], number[row, column] = gains[pairs], pairs
    chosen = number[linear_sum_assignment(table, maximize=True)]
    return np.asarray(chosen[chosen >= 0])
