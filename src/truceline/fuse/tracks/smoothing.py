"""Where a thing was all along, from all its sightings together: Kalman filter forwards, smoother back.

State: east and north in metres, then their velocities in metres a second. Many things at once, step by step.
Source: Rauch, Tung and Striebel 1965; the white-noise acceleration of Bar-Shalom, Li and Kirubarajan 2001, 6.2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EYE = np.eye(4)


def moved(dt_s: Floats) -> Floats:
    """The matrix that carries a state on, for each lapse of time: (n, 4, 4)."""
    carry = np.broadcast_to(EYE, (*dt_s.shape, 4, 4)).copy()
    carry[..., 0, 2] = carry[..., 1, 3] = dt_s
    return carry


def wander(dt_s: Floats, *, turning_mps: float) -> Floats:
    """What is not known of it any more after that: (n, 4, 4)."""
    noise = np.zeros((*dt_s.shape, 4, 4))
    noise[..., 0, 0] = noise[..., 1, 1] = turning_mps**2 * dt_s**3 / 3
    noise[..., 0, 2] = noise[..., 2, 0] = noise[..., 1, 3] = noise[..., 3, 1] = turning_mps**2 * dt_s**2 / 2
    noise[..., 2, 2] = noise[..., 3, 3] = turning_mps**2 * dt_s
    return noise


def corrected(state: Floats, spread: Floats, place_m: Floats, own_m2: Floats) -> tuple[Floats, Floats]:
    """States and their covariances after a place was measured for each: (n, 4), (n, 4, 4)."""
    gain = spread[:, :, :2] @ np.linalg.inv(spread[:, :2, :2] + own_m2)
    state = state + (gain @ (place_m - state[:, :2])[:, :, None])[:, :, 0]
    keep = np.broadcast_to(EYE, spread.shape).copy()
    keep[:, :, :2] -= gain
    # Joseph's form: stays a covariance however small what is measured
    return state, keep @ spread @ keep.swapaxes(1, 2) + gain @ own_m2 @ gain.swapaxes(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One thing's course: k states in the order of time with their covariances, (k, 4) and (k, 4, 4)."""

    state: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """One thing's sightings in the order of time, k of them; where `seen` is False nothing was measured then."""

    at_s: Floats
    seen: Mask
    place_m: Floats
    own_m2: Floats


def courses(things: Sequence[Sighted], *, speed_sigma_mps: float, turning_mps: float) -> list[Course]:
    """The course of each thing. Things of like length are worked out together."""
    found: list[Course | None] = [None] * len(things)
    lengths = np.array([len(thing.at_s) for thing in things], np.int64)
    classes = np.ceil(np.log2(np.maximum(lengths, 1)))
    for size in np.unique(classes):
        chosen = np.flatnonzero(classes == size)
        alike = _alike([things[int(at)] for at in chosen], speed_sigma_mps, turning_mps)
        for at, course in zip(chosen, alike, strict=True):
            found[at] = course
    return [course for course in found if course is not None]


def _alike(things: Sequence[Sighted], speed_sigma_mps: float, turning_mps: float) -> list[Course]:
    """Courses of things padded to the length of the longest: nothing happens in the padding."""
    longest = max(len(thing.at_s) for thing in things)
    at_s, seen = np.zeros((len(things), longest)), np.zeros((len(things), longest), bool)
    place_m, own_m2 = np.zeros((len(things), longest, 2)), np.zeros((len(things), longest, 2, 2))
    own_m2[:] = np.eye(2)
    for row, thing in enumerate(things):
        count = len(thing.at_s)
        at_s[row, :count], at_s[row, count:] = thing.at_s, thing.at_s[-1]
        seen[row, :count] = thing.seen
        place_m[row, :count], own_m2[row, :count] = thing.place_m, thing.own_m2
    carries = moved(np.diff(at_s, axis=1))
    noises = wander(np.diff(at_s, axis=1), turning_mps=turning_mps)
    states, spreads = np.zeros((len(things), longest, 4)), np.zeros((len(things), longest, 4, 4))
    expected, expected_spread = states.copy(), spreads.copy()
    states[:, 0, :2], spreads[:, 0, :2, :2] = place_m[:, 0], own_m2[:, 0]
    spreads[:, 0, 2, 2] = spreads[:, 0, 3, 3] = speed_sigma_mps**2
    for step in range(1, longest):
        carry = carries[:, step - 1]
        state = (carry @ states[:, step - 1, :, None])[:, :, 0]
        spread = carry @ spreads[:, step - 1] @ carry.swapaxes(1, 2) + noises[:, step - 1]
        expected[:, step], expected_spread[:, step] = state, spread
        better, narrower = corrected(state, spread, place_m[:, step], own_m2[:, step])
        here = seen[:, step]
        states[:, step] = np.where(here[:, None], better, state)
        spreads[:, step] = np.where(here[:, None, None], narrower, spread)
    for step in range(longest - 2, -1, -1):
        ahead = expected_spread[:, step + 1]
        gain = spreads[:, step] @ carries[:, step].swapaxes(1, 2) @ np.linalg.inv(ahead)
        states[:, step] += (gain @ (states[:, step + 1] - expected[:, step + 1])[:, :, None])[:, :, 0]
        spreads[:, step] += gain @ (spreads[:, step + 1] - ahead) @ gain.swapaxes(1, 2)
    counts = [len(thing.at_s) for thing in things]
    return [Course(state=states[row, :count], spread=spreads[row, :count]) for row, count in enumerate(counts)]
