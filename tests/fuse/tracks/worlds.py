"""Simulated ground with its truth: things that drive, false alarms, an error that all pictures share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from truceline.base.frames import LocalFrame
from truceline.model.batch import table
from truceline.model.footage import PLACED

FRAME = LocalFrame(name="world", origin_lon_deg=37.5, origin_lat_deg=48.0)
T0_US = 1_700_000_000_000_000


@dataclass(frozen=True)
class World:
    """`truth_m`: (pictures, things, 2). `rows`: sightings as (picture, east, north, thing or -1).

    `shared_m`: the offset that all places have, drawn from `shared_sigma_m`.
    """

    at_us: np.ndarray
    truth_m: np.ndarray
    rows: np.ndarray
    own_sigma_m: float
    shared_sigma_m: float
    shared_m: np.ndarray


def world(
    seed: int,
    *,
    things: int = 12,
    pictures: int = 200,
    lapse_s: float = 0.5,
    false_each: float = 10.0,
    own_sigma_m: float = 3.0,
    shared_sigma_m: float = 0.0,
    seen_ratio: float = 0.8,
    turning_mps: float = 0.0,
) -> World:
    chance = np.random.default_rng(seed)
    place, way_rad = chance.uniform(0, 800, (things, 2)), chance.uniform(0, 2 * np.pi, things)
    speed = chance.uniform(4, 16, things)[:, None] * np.column_stack([np.sin(way_rad), np.cos(way_rad)])
    shared_m = chance.normal(0, shared_sigma_m, 2)
    truth, rows = [], []
    for number in range(pictures):
        bend = chance.normal(0, turning_mps * np.sqrt(lapse_s), (things, 2))
        place = place + (speed + bend / 2) * lapse_s
        speed = speed + bend
        truth.append(place)
        seen = np.flatnonzero(chance.random(things) < seen_ratio)
        where = place[seen] + chance.normal(0, own_sigma_m, (len(seen), 2))
        rows += [(number, *point, thing) for point, thing in zip(where, seen, strict=True)]
        rows += [(number, *point, -1) for point in chance.uniform(-200, 1000, (chance.poisson(false_each), 2))]
    at_us = T0_US + np.round(np.arange(pictures) * lapse_s * 1e6).astype(np.int64)
    found = np.array(rows, np.float64).reshape(-1, 4)
    found[:, 1:3] += shared_m
    return World(at_us, np.array(truth), found, own_sigma_m, shared_sigma_m, shared_m)


def placed(of: World, *, method: str = "motion", named: bool = False, own_scale: float = 1.0) -> pa.Table:
    own_m2, shared_m2 = (of.own_sigma_m * own_scale) ** 2, of.shared_sigma_m**2
    return table(
        [
            row(
                f"s{at:06}",
                int(of.at_us[int(picture)]),
                (east, north),
                own_m2=own_m2,
                shared_m2=shared_m2,
                method=method,
                target=f"thing {thing:.0f}" if named and thing >= 0 else "",
            )
            for at, (picture, east, north, thing) in enumerate(of.rows)
        ],
        PLACED,
    )


def row(
    name: str, at_us: int, place_m: Sequence[float], *, own_m2: float = 1.0, shared_m2: float = 0.0, **more: object
):
    lon_deg, lat_deg = FRAME.to_degrees(*place_m)
    return {
        "sighting_id": name,
        "method": "motion",
        "target": "",
        "at_us": at_us,
        "lon_deg": lon_deg,
        "lat_deg": lat_deg,
        "cov_ee_m2": own_m2 + shared_m2,
        "cov_en_m2": 0.0,
        "cov_nn_m2": own_m2 + shared_m2,
        "own_ee_m2": own_m2,
        "own_en_m2": 0.0,
        "own_nn_m2": own_m2,
    } | more


@dataclass(frozen=True)
class Score:
    """`covered`: share of (picture, thing) with a track within 12 m. `switches`: a thing's track becomes another.
    `false`: tracks that are of nothing most of their time. `purity`: share of sightings in tracks that are of the
    track's main thing."""

    covered: float
    switches: int
    false: int
    purity: float


def scored(of: World, tracks: pa.Table, *, after: int = 20) -> Score:
    thing_of = {f"s{at:06}": (int(picture), int(thing)) for at, (picture, _, _, thing) in enumerate(of.rows)}
    number_of = {int(at_us): number for number, at_us in enumerate(of.at_us)}
    held: dict[tuple[int, int], str] = {}
    false, pure, whole = 0, 0, 0
    for each in tracks.to_pylist():
        members = [thing_of[name] for name in each["sightings"]]
        things, counts = np.unique([thing for _, thing in members], return_counts=True)
        main = int(things[counts.argmax()])
        pure, whole = pure + (int(counts.max()) if main >= 0 else 0), whole + len(members)
        if main < 0:
            false += 1
            continue
        first, last = (number_of[each[end]] for end in ("first_at_us", "last_at_us"))
        path = np.array([FRAME.to_local(*place) for place in np.reshape(each["path_deg"], (-1, 2))])
        seen = [picture for picture, _ in members]
        for picture in range(first, last + 1):
            here = [np.interp(picture, seen, path[:, axis]) for axis in (0, 1)]
            if np.hypot(*(here - of.truth_m[picture, main] - of.shared_m)) < 12:
                held.setdefault((picture, main), each["track_id"])
    pictures, things_count = of.truth_m.shape[:2]
    inside = [key for key in held if key[0] >= after]
    switches = 0
    for thing in range(things_count):
        names = [held[key] for key in sorted(key for key in inside if key[1] == thing)]
        switches += sum(one != other for one, other in pairwise(names))
    return Score(len(inside) / ((pictures - after) * things_count), switches, false, pure / max(1, whole))
