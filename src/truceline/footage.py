"""Footage, from poses and pixels to observations: puts its stages together, and is itself one stage of the pipeline.

Reel (frames, sightings) ─ locate.camera ─► footprints, placed sightings ─ fuse.tracks ─► tracks ─► OBSERVATIONS
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.errors import InputError, UnreadableError
from truceline.base.frames import LocalFrame
from truceline.base.units import SIGMA_95
from truceline.fuse.tracks import marked, tracks
from truceline.locate.camera import (
    ControlPoint,
    PlacedPicture,
    Terrain,
    footprints,
    impediments_of,
    interference,
    place_sightings,
    read_terrain,
    resect,
    undulation_m,
)
from truceline.model.batch import REJECTS, table
from truceline.model.observation import OBSERVATIONS
from truceline.model.products import FeedCount
from truceline.model.reel import Reel, Screened

Row = dict[str, object]

US_PER_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one reel gives: its tables on the ground, and rows of what the mission holds anyway."""

    screened: Screened
    observations: pa.Table  # OBSERVATIONS
    impediments: pa.Table  # IMPEDIMENTS
    rejects: pa.Table  # REJECTS: what was seen and has no place

    def counts(self, reel: Reel) -> tuple[FeedCount, ...]:
        """What was made of the reel's pictures, beside the count of its frames."""
        made = (("observations", self.observations, self.rejects), ("impediments", self.impediments, self.rejects[:0]))
        return tuple(
            FeedCount(
                feed=f"{reel.feed.name}: {holds}",
                holds=holds,
                source=reel.feed.source,
                sha256=reel.sha256,
                read=rows.num_rows + rejects.num_rows,
                rows=rows.num_rows,
                rejects=rejects.num_rows,
            )
            for holds, rows, rejects in made
            if holds == "observations" or rows.num_rows
        )


def see(reel: Reel) -> Seen:
    """One reel on the ground. Raises: UnreadableError: the terrain cannot be read."""
    feed = reel.feed
    terrain = read_terrain(reel.terrain, name=feed.terrain, datum=feed.terrain_datum) if reel.terrain else None
    found = footprints(reel.frames, camera=feed.camera, terrain=terrain)
    placed = place_sightings(reel.sightings, reel.frames, found, camera=feed.camera, terrain=terrain)
    by_hand, refused = resected(reel)
    for picture in by_hand:
        found, placed = _with_picture(picture, reel.sightings, (found, placed), terrain)
    by_person = pc.equal(placed["method"], "person")
    followed = pa.concat_tables([tracks(placed.filter(pc.invert(by_person))), marked(placed.filter(by_person))])
    impediments = impediments_of(interference(reel.frames, camera=feed.camera))
    timed = pc.is_valid(impediments["earliest_at_us"])
    untimed = _untimed(reel, impediments.filter(pc.invert(timed)))
    frames = _with_rows(reel.frames, [picture.frame for picture in by_hand], "frame_id")
    return Seen(
        screened=Screened(frames=frames, sightings=reel.sightings, footprints=found, placed=placed, tracks=followed),
        observations=_observations(reel, found=found, placed=placed, followed=followed),
        impediments=impediments.filter(timed),
        rejects=pa.concat_tables([_unplaced(reel, placed), refused, untimed]),
    )


def resected(reel: Reel) -> tuple[list[PlacedPicture], pa.Table]:
    """Pictures that a person placed by control points; REJECTS of those whose points do not place them."""
    pictures, rejects = [], list[Row]()
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in reel.controls.to_pylist():
        groups[row["frame_id"]].append(row)
    for frame_id, rows in groups.items():
        frame = reel.frames.filter(pc.equal(reel.frames["frame_id"], frame_id)).slice(0, 1)
        try:
            pictures.append(resect(tuple(map(_control, rows)), frame=frame, camera=reel.feed.camera))
        except InputError as error:
            rejects.append(_reject(reel, f"control points of {rows[0]['raw_at']}", "not-placed", error))
    return pictures, table(rejects, REJECTS)


def _control(row: Row) -> ControlPoint:
    place = {name: float(str(row[name])) for name in ("x_px", "y_px", "lon_deg", "lat_deg")}
    errors = {name: float(str(row[name])) for name in ("error_px", "error_m", "height_error_m")}
    hae_m = row["hae_m"]
    if hae_m is None:
        under_m = undulation_m(np.array([place["lon_deg"]]), np.array([place["lat_deg"]]))[0]
        hae_m = float(str(row["msl_m"])) + float(under_m)
    return ControlPoint(**place, hae_m=float(str(hae_m)), **errors)


def _with_picture(
    picture: PlacedPicture, sightings: pa.Table, tables: tuple[pa.Table, pa.Table], terrain: Terrain | None
) -> tuple[pa.Table, pa.Table]:
    """FOOTPRINTS and PLACED with one picture's rows as the person placed it."""
    found, placed = tables
    own = sightings.filter(pc.equal(sightings["frame_id"], picture.frame_id))
    shown = footprints(picture.frame, camera=picture, terrain=terrain)
    again = place_sightings(own, picture.frame, shown, camera=picture, terrain=terrain)
    return _with_rows(found, [shown], "frame_id"), _with_rows(placed, [again], "sighting_id")


def _with_rows(rows: pa.Table, others: Sequence[pa.Table], key: str) -> pa.Table:
    """A table with the rows that others hold in the place of its own; theirs stand last."""
    for other in others:
        kept = pc.invert(pc.is_in(rows[key], value_set=other[key].combine_chunks()))
        rows = pa.concat_tables([rows.filter(kept), other])
    return rows


def together(screened: Sequence[Screened]) -> Screened:
    """The tables of several reels, one after the other."""
    parts = [Screened().tables(), *(each.tables() for each in screened)]
    return Screened(**{name: pa.concat_tables([part[name] for part in parts]) for name in parts[0]})


def _observations(reel: Reel, *, found: pa.Table, placed: pa.Table, followed: pa.Table) -> pa.Table:
    """One OBSERVATIONS row for each thing that was followed from picture to picture, or marked by a person."""
    by_frame = {row["frame_id"]: row for row in found.to_pylist()}
    on_ground = {row["sighting_id"]: row for row in placed.to_pylist()}
    marked = {row["sighting_id"]: row for row in reel.sightings.to_pylist()}
    places = dict(zip(reel.frames["frame_id"].to_pylist(), reel.frames["raw_at"].to_pylist(), strict=True))
    rows = []
    for track in followed.to_pylist():
        seen = [marked[each] for each in track["sightings"]]
        meaning = reel.meanings.get((seen[0]["method"], seen[0]["label"] or ""))
        if meaning is None:
            continue  # refused, and named, when the mapping was read
        where = [by_frame[row["frame_id"]] for row in seen]
        residuals_m = [row["centre_residual_m"] for row in where]
        residuals_m += [on_ground[row["sighting_id"]]["residual_m"] for row in seen]
        rows.append(
            meaning
            | _when_and_where(track, reel)
            | {
                "observation_id": observation_id(track["track_id"]),
                "source_id": reel.feed.source,
                "confidence_permille": _least(row["confidence_permille"] for row in seen),
                "residual_m": max((each for each in residuals_m if each is not None), default=None),
                "remark": _remark(str(meaning["remark"]), track, seen, where),
                "media": [],
                "raw_sha256": reel.sha256,
                "raw_at": _span(places[seen[0]["frame_id"]], places[seen[-1]["frame_id"]]),
            }
        )
    return table(rows, OBSERVATIONS)


def _when_and_where(track: Row, reel: Reel) -> Row:
    """Interval and place of a thing followed: where it went in that time is part of how far the place may be wrong."""
    clock_us = reel.feed.camera.time_error_ms * US_PER_MS
    path = track["path_deg"]
    assert isinstance(path, list)
    frame = LocalFrame(name="track", origin_lon_deg=float(path[0]), origin_lat_deg=float(path[1]))
    east_m, north_m = frame.to_local(float(path[-2]), float(path[-1]))
    east_m, north_m = east_m / 2 / SIGMA_95, north_m / 2 / SIGMA_95  # half of its way on either side of the middle
    return {
        "earliest_at_us": int(str(track["first_at_us"])) - clock_us,
        "latest_at_us": int(str(track["last_at_us"])) + clock_us,
        "lon_deg": track["lon_deg"],
        "lat_deg": track["lat_deg"],
        "cov_ee_m2": float(str(track["cov_ee_m2"])) + east_m * east_m,
        "cov_en_m2": float(str(track["cov_en_m2"])) + east_m * north_m,
        "cov_nn_m2": float(str(track["cov_nn_m2"])) + north_m * north_m,
    }


def observation_id(track_id: str) -> str:
    """The observation that a track gives."""
    return "obs-" + track_id.removeprefix("trk-")


def _remark(own: str, track: Row, seen: Sequence[Row], where: Sequence[Row]) -> str:
    """How it was seen, in words; what is machine-made says so."""
    method, count = str(track["method"]), len(seen)
    parts = [own] if own else []
    parts.append(f"{'marked' if method == 'person' else 'automatic'}: {method}, {count} picture{'s' * (count > 1)}")
    authors = sorted({str(row["author"]) for row in seen if row["author"]})
    parts += [f"by {', '.join(authors)}"] if authors else []
    speed_mps = math.hypot(float(str(track["east_mps"] or 0.0)), float(str(track["north_mps"] or 0.0)))
    if count > 1 and speed_mps > SIGMA_95 * float(str(track["speed_sigma_mps"] or 0.0)):
        parts.append(f"moving at about {speed_mps:.0f} m/s")
    widened = sum(row["standing"] == "widened" for row in where)
    if widened:
        reason = next(row["reason"] for row in where if row["standing"] == "widened")
        parts.append(f"place widened in {widened} of {count}: {reason}")
    return "; ".join(parts)


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _least(values: Iterable[object]) -> int | None:
    return min((int(str(each)) for each in values if each is not None), default=None)


def _unplaced(reel: Reel, placed: pa.Table) -> pa.Table:
    """One reject for each thing that was seen and has no place or no time in any picture, with the reason."""
    things: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in placed.to_pylist():
        things[row["method"], row["target"] or row["sighting_id"]].append(row)
    rows: list[Row] = []
    for (method, target), seen in things.items():
        placed_ones = [row for row in seen if row["lon_deg"] is not None]
        if placed_ones and all(row["at_us"] is None for row in placed_ones):
            error = UnreadableError(
                f"{len(seen)} sightings, none with a time in UTC.",
                subject=f"{method} {target}",
                remedy="State the zone of the file's clock (the feed's `zone`).",
            )
            rows.append(_reject(reel, f"{method} {target}", "no-time", error))
        elif not placed_ones:
            error = UnreadableError(
                f"{len(seen)} sightings, none on the ground: {seen[0]['reason']}.",
                subject=f"{method} {target}",
                remedy="Have a person place the picture by control points, or set the footage aside.",
            )
            rows.append(_reject(reel, f"{method} {target}", "no-place", error))
    return table(rows, REJECTS)


def _untimed(reel: Reel, impediments: pa.Table) -> pa.Table:
    """One reject for each disturbance that nobody can say the time of: a list of impediments is one by time."""
    rows = []
    for row in impediments.to_pylist():
        error = UnreadableError(
            f"{row['reason_given']}.", subject="impediment", remedy="State the zone of the file's clock: it has no UTC."
        )
        rows.append(_reject(reel, row["raw_at"], "no-time", error))
    return table(rows, REJECTS)


def _reject(reel: Reel, raw_at: str, reason: str, error: InputError) -> Row:
    return {
        "feed": f"{reel.feed.name}: observations",
        "raw_sha256": reel.sha256,
        "raw_at": raw_at,
        "reason": reason,
        "problem": error.problem,
        "remedy": error.remedy,
    }
