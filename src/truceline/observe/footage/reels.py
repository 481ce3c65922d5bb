"""A mission's feed of footage: its file, what lies beside it, and what a sighting in it means."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.model.batch import REJECTS, table
from truceline.model.footage import CONTROLS
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mission import Feed
from truceline.model.reel import Reel
from truceline.observe.footage.marks import beside
from truceline.observe.footage.parts import Raw, Row, reject
from truceline.observe.footage.reading import read_footage
from truceline.observe.mapping import ReadingContext, cells_of, check_mapping, columns_of
from truceline.observe.observations import OBSERVATION_FIELDS, said
from truceline.observe.reasons import refusal, shown

NEEDS = (("act",),)
_SAID_BY = ("method", "label")  # of a sighting: what a mapping may translate into words of ours
_WHEN = "id source begins ends date from_time to_time"
_WHERE = "lon lat error_m observer_lon observer_lat observer_error_m range_min_km range_max_km bearing_from bearing_to"
_NOT_SAID = {*_WHEN.split(), *_WHERE.split()}
_MEANT = {name: words for name, words in OBSERVATION_FIELDS.items() if name not in _NOT_SAID}


def read_reel(file: LiveFile, *, feed: Feed, inputs: Inputs, context: ReadingContext) -> tuple[Reel, pa.Table]:
    """One file of the feed; its own, not one that came in live, has others beside it.

    Returns: the reel; REJECTS of samples and marks that could not be read.
    Raises: InputError: the declaration cannot be meant; nothing was read.
    """
    _check(feed, context)
    raw = Raw(name=feed.name, source_id=feed.source, sha256=file.sha256 or sha256_hex(file.content), zone=feed.zone)
    frames, sightings, rejects = read_footage(file.content, raw=raw, file=file.name).tables()
    samples, refused, controls = frames.num_rows, [rejects], [CONTROLS.empty_table()]
    frames = on_stated_ground(frames, feed.ground_msl_m)
    for path in feed.beside if file.name == feed.path else ():
        found = beside(inputs.beside[path], feed=feed, frames=frames, sha256=inputs.sealed.get(path, ""))
        frames = pa.concat_tables([frames, found.between])
        sightings = pa.concat_tables([sightings, found.sightings])
        controls.append(found.controls)
        refused.append(found.rejects)
    means, more = _meanings(sightings, feed=feed, context=context, raw=raw)
    reel = Reel(
        feed=feed,
        sha256=raw.sha256,
        samples=samples,
        frames=frames,
        sightings=sightings,
        controls=pa.concat_tables(controls),
        meanings=means,
        terrain=inputs.beside[feed.terrain] if feed.terrain else b"",
    )
    return reel, pa.concat_tables([*refused, more])


def on_stated_ground(frames: pa.Table, ground_msl_m: float | None) -> pa.Table:
    """FRAMES; those that state no height of the ground have the one given. None: they stay as they are."""
    if ground_msl_m is None or not frames.num_rows:
        return frames
    silent = pc.and_(pc.is_null(frames["centre_hae_m"]), pc.is_null(frames["centre_msl_m"]))
    heights = pc.if_else(silent, pa.scalar(ground_msl_m, pa.float64()), frames["centre_msl_m"])
    at = frames.schema.get_field_index("centre_msl_m")
    return frames.set_column(at, frames.schema.field(at), heights)


def _check(feed: Feed, context: ReadingContext) -> None:
    """What is seen is what constants say, and what `method` and `label` of a sighting are translated to."""
    if feed.holds != "observations":
        raise refusal(
            "footage-columns", f"holds {feed.holds}; footage holds observations.", subject=f"feed {feed.name}"
        )
    foreign = sorted(set(feed.columns.values()) - set(_SAID_BY))
    if foreign:
        problem = f"maps {', '.join(map(shown, foreign))}; a sighting says {' and '.join(_SAID_BY)}."
        raise refusal("footage-columns", problem, subject=f"feed {feed.name}")
    stand_in = feed if feed.columns else replace(feed, columns={"remark": "label"})
    check_mapping(stand_in, fields=_MEANT, needs=NEEDS, context=context)


def _meanings(
    sightings: pa.Table, *, feed: Feed, context: ReadingContext, raw: Raw
) -> tuple[dict[tuple[str, str], Row], pa.Table]:
    """OBSERVATIONS columns by a sighting's method and label; REJECTS of those that the mapping cannot translate."""
    meanings: dict[tuple[str, str], Row] = {}
    rejects: list[Row] = []
    columns = columns_of(feed)
    for group in sightings.group_by(["method", "label"]).aggregate([("sighting_id", "count")]).to_pylist():
        method, label = group["method"], group["label"] or ""
        cells = cells_of({"method": method, "label": label}, columns=columns, feed=feed)
        cells.setdefault("means", "uav_image")
        cells.setdefault("count", "1")
        try:
            meanings[method, label] = said(cells, context)
        except InputError as error:
            at = f"{group['sighting_id_count']} sightings of method {method}, label {shown(label)}"
            rejects.append(reject(error, raw=raw, raw_at=at))
    return meanings, table(rejects, REJECTS)
