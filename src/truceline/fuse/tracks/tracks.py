"""TRACKS from PLACED: sightings of one thing joined, and where it was half-way, with an error that holds."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.fuse.tracks.following import follow
from truceline.fuse.tracks.joining import flashes, named
from truceline.fuse.tracks.plane import Floats, Ints, Plane, planes
from truceline.fuse.tracks.settings import Settings
from truceline.fuse.tracks.smoothing import Course, Sighted, courses
from truceline.model.batch import table
from truceline.model.footage import TRACKS

MOVED_SIGMAS = 3.0  # a speed is told from standing still beyond this


def tracks(placed: pa.Table, *, settings: Settings | None = None) -> pa.Table:
    """Things seen picture after picture, each once.

    Args:
        placed: PLACED of one video, in any order. Rows without a place or a time are passed over.

    Returns: TRACKS, sorted by (first_at_us, track_id). A place is where the thing was half-way between its first and
        last sighting. Its covariance holds what the pictures do not share, averaged, and what they do share, once: the
        mean over its sightings of `cov` less `own`. Speeds are null for a flash, which does not move. `path_deg` is
        smoothed. The order of the input changes nothing.
    Limits: a track is no proof of identity: two things that meet may be exchanged. What seems to go slower than
        `slowest_mps` is left out, except what the method itself names. An error that all pictures share but that drifts
        (a heading) is in the place, not in the speed.
    """
    settings = settings or Settings()
    rows: list[dict[str, object]] = []
    for method, plane in planes(placed):
        if method == "flash":
            rows += [_flash(plane, each) for each in flashes(plane, settings=settings)]
            continue
        by_name = [each for each in named(plane, settings=settings) if len(each) > 1]
        rows += _moving(method, plane, by_name, settings=settings)
        nameless = np.flatnonzero(plane.targets == "")
        if len(nameless):
            rows += _followed(method, plane, nameless, settings=settings)
    return table(rows, TRACKS).sort_by([("first_at_us", "ascending"), ("track_id", "ascending")])


def _followed(method: str, plane: Plane, rows: Ints, *, settings: Settings) -> list[dict[str, object]]:
    """Rows of TRACKS of what has no name: only what is confirmed and moves."""
    part = plane.part(rows)
    enough = [
        each.rows for each in follow(part, settings=settings) if each.log_odds_ratio >= np.log(settings.chance_ratio)
    ]
    confirmed = [each for each in enough if _soon(part.at_us[each], settings=settings)]
    found = _moving(method, part, confirmed, settings=settings)
    return [row for row in found if _moves(row, settings=settings)]


def _soon(at_us: Ints, *, settings: Settings) -> bool:
    """Whether some `sightings_min` of them lie within `starting_us`."""
    others = settings.sightings_min - 1
    return len(at_us) > others and int((at_us[others:] - at_us[: len(at_us) - others]).min()) <= settings.starting_us


def _moves(row: dict[str, object], *, settings: Settings) -> bool:
    speed_mps = float(np.hypot(row["east_mps"], row["north_mps"]))  # type: ignore[call-overload]
    sigma_mps = row["speed_sigma_mps"]
    assert isinstance(sigma_mps, float)
    return settings.slowest_mps <= speed_mps <= settings.fastest_mps and speed_mps > MOVED_SIGMAS * sigma_mps


def _moving(method: str, plane: Plane, things: Sequence[Ints], *, settings: Settings) -> list[dict[str, object]]:
    """Rows of TRACKS for things that may move, each its own rows of the plane."""
    if not things:
        return []
    half_us = [int(plane.at_us[rows[0]] + plane.at_us[rows[-1]]) // 2 for rows in things]
    places = [
        int(np.searchsorted(plane.at_us[rows], at_us, "right")) for rows, at_us in zip(things, half_us, strict=True)
    ]
    sighted = [_sighted(plane, rows, at_us, place) for rows, at_us, place in zip(things, half_us, places, strict=True)]
    found = courses(sighted, speed_sigma_mps=settings.fastest_mps / 2, turning_mps=settings.turning_mps)
    return [_row(method, plane, rows, course, place) for rows, course, place in zip(things, found, places, strict=True)]


def _sighted(plane: Plane, rows: Ints, half_us: int, place: int) -> Sighted:
    """A thing's sightings, with one moment half-way at which nothing was measured."""
    own_m2 = np.insert(plane.own_m2[rows], place, np.eye(2), axis=0)
    return Sighted(
        at_s=(np.insert(plane.at_us[rows], place, half_us) - plane.at_us[rows[0]]) / 1e6,
        seen=np.insert(np.ones(len(rows), bool), place, False),
        place_m=np.insert(plane.east_north_m[rows], place, 0.0, axis=0),
        own_m2=own_m2,
    )


def _row(method: str, plane: Plane, rows: Ints, course: Course, place: int) -> dict[str, object]:
    state, spread = course.state[place], course.spread[place]
    path = [degree for point in np.delete(course.state, place, axis=0) for degree in plane.frame.to_degrees(*point[:2])]
    row = _placed(method, plane, rows, state[:2], spread[:2, :2])
    speeds = {"east_mps": float(state[2]), "north_mps": float(state[3])}
    return row | speeds | {"speed_sigma_mps": float(np.sqrt((spread[2, 2] + spread[3, 3]) / 2)), "path_deg": path}


def _flash(plane: Plane, rows: Ints) -> dict[str, object]:
    """A row of TRACKS for one flash: the mean of its places, each by its weight."""
    weights = np.linalg.inv(plane.own_m2[rows])
    own_m2 = np.linalg.inv(weights.sum(axis=0))
    middle_m = own_m2 @ (weights @ plane.east_north_m[rows][:, :, None]).sum(axis=0)[:, 0]
    path = [degree for point in plane.east_north_m[rows] for degree in plane.frame.to_degrees(*point)]
    return _placed("flash", plane, rows, middle_m, own_m2) | {"path_deg": path}


def _placed(method: str, plane: Plane, rows: Ints, middle_m: Floats, own_m2: Floats) -> dict[str, object]:
    """What every track states: who, when, where."""
    lon_deg, lat_deg = plane.frame.to_degrees(*middle_m)
    cov_m2 = own_m2 + plane.shared_m2[rows].mean(axis=0)
    names = {str(name) for name in plane.targets[rows]} - {""}
    return {
        "track_id": f"trk-{sha256_hex(canonical_bytes({'method': method, 'first': str(plane.ids[rows[0]])}))[:12]}",
        "method": method,
        "target": names.pop() if len(names) == 1 else "",
        "first_at_us": int(plane.at_us[rows[0]]),
        "last_at_us": int(plane.at_us[rows[-1]]),
        "sightings": [str(name) for name in plane.ids[rows]],
        "lon_deg": lon_deg,
        "lat_deg": lat_deg,
        "cov_ee_m2": float(cov_m2[0, 0]),
        "cov_en_m2": float(cov_m2[0, 1]),
        "cov_nn_m2": float(cov_m2[1, 1]),
    }
