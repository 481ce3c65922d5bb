"""Sightings that belong together without being followed: by the name their method gave, or as one flash."""

import numpy as np
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from truceline.fuse.tracks.plane import Floats, Ints, Plane
from truceline.fuse.tracks.settings import Settings

GATE_SQUARES = 13.8  # chi-square of two degrees of freedom, 99.9 %


def named(plane: Plane, *, settings: Settings) -> list[Ints]:
    """The rows of each named thing. A name seen again too late, or too far off to have gone there, is another thing."""
    chosen = np.flatnonzero(plane.targets != "")
    order = chosen[np.argsort(plane.targets[chosen], kind="stable")]  # rows stand in the order of time
    if not len(order):
        return []
    before, after = order[:-1], order[1:]
    lapse_us = plane.at_us[after] - plane.at_us[before]
    gone_m = np.linalg.norm(plane.east_north_m[after] - plane.east_north_m[before], axis=1)
    error_m = np.sqrt(GATE_SQUARES * np.trace(plane.own_m2[after] + plane.own_m2[before], axis1=1, axis2=2))
    apart = plane.targets[after] != plane.targets[before]
    apart |= lapse_us > settings.named_us
    apart |= gone_m > settings.fastest_mps * lapse_us / 1e6 + error_m
    return np.split(order, np.flatnonzero(apart) + 1)


def flashes(plane: Plane, *, settings: Settings) -> list[Ints]:
    """The rows of each flash: sightings that follow one another within `flash_us` at one place.

    Limits: two flashes at one place within that time are one; a thing that flickers on is one flash as long as it does.
    """
    reach_m = np.sqrt(GATE_SQUARES * 2 * np.trace(plane.own_m2, axis1=1, axis2=2).max())
    where = np.column_stack([plane.east_north_m / reach_m, (plane.at_us - plane.at_us[0]) / settings.flash_us])
    pairs = cKDTree(where).query_pairs(1.0, p=np.inf, output_type="ndarray")
    one, other = pairs[:, 0], pairs[:, 1]
    apart_m = plane.east_north_m[one] - plane.east_north_m[other]
    together = _squares(apart_m, plane.own_m2[one] + plane.own_m2[other]) <= GATE_SQUARES
    count = len(plane.ids)
    links = coo_array((np.ones(together.sum()), (one[together], other[together])), shape=(count, count))
    flash = connected_components(links, directed=False)[1]
    order = np.argsort(flash, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(flash[order])) + 1)


def _squares(apart_m: Floats, spread_m2: Floats) -> Floats:
    """Distances in squared sigmas."""
    return np.asarray((apart_m[:, None, :] @ np.linalg.inv(spread_m2) @ apart_m[:, :, None])[:, 0, 0])
