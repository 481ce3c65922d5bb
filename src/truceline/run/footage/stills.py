"""One still for each of a few things seen in footage, for the report: the picture, the ellipse, where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnreadableError
from truceline.detect.blur import finest_m_per_px, released
from truceline.footage import observation_id
from truceline.locate.camera import pixels_of
from truceline.model.products import Products
from truceline.report import Still
from truceline.report.geojson import ellipse_95
from truceline.run.footage.pictures import Marked, Origin, Scene, still
from truceline.run.footage.video import Pixels, pictures
from truceline.run.keeping.erasing import sealed_name

MOST = 3  # stills of one report: the first of each kind of thing, then in the order of time
Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """One thing in one picture, with everything that is said of it."""

    observation: Row
    sighting: Row
    placed: Row
    frame: pa.Table  # one FRAMES row
    footprint: Row
    file: str


def stills_of(products: Products, originals: Mapping[str, bytes]) -> list[Still]:
    """Pictures of things seen, each with all that was seen in it, faces and plates made unreadable.

    Args: originals: content of the files of footage by their path in the mission.

    Limits: a file whose pictures cannot be decoded, or whose scale is not known, gives none; one that is kept sealed
        gives none either, for a report lies in the open. MOST pictures.
    """
    made: list[Still] = []
    paths = [feed.path for feed in products.mission.feeds if feed.format == "footage" and not sealed_name(feed, "")]
    for path in paths:
        together: dict[int, list[_Sight]] = {}
        for sight in _sights(products, path, sha256_hex(originals[path])):
            together.setdefault(_moment(sight), []).append(sight)
        chosen = dict(list(together.items())[:MOST])
        shown = _pictures(originals[path], sorted(chosen)) if chosen else {}
        stills = (_still(sights, shown.get(moment_us)) for moment_us, sights in chosen.items())
        made += [still for still in stills if still is not None]
    return made[:MOST]


def _sights(products: Products, path: str, sha256: str) -> list[_Sight]:
    """The first picture of each thing seen in one file."""
    footage = products.footage
    frames = footage.frames
    at = {name: number for number, name in enumerate(frames["frame_id"].to_pylist())}
    sightings = {row["sighting_id"]: row for row in footage.sightings.to_pylist()}
    placed = {row["sighting_id"]: row for row in footage.placed.to_pylist()}
    footprints = {row["frame_id"]: row for row in footage.footprints.to_pylist()}
    observations = {row["observation_id"]: row for row in products.observations.to_pylist()}
    found = []
    for track in footage.tracks.to_pylist():
        observation = observations.get(observation_id(track["track_id"]))
        if observation is None or observation["raw_sha256"] != sha256:
            continue
        first = next((each for each in track["sightings"] if placed[each]["lon_deg"] is not None), None)
        if first is not None:
            name = sightings[first]["frame_id"]
            found.append(
                _Sight(
                    observation=observation,
                    sighting=sightings[first],
                    placed=placed[first],
                    frame=frames.slice(at[name], 1),
                    footprint=footprints[name],
                    file=path,
                )
            )
    return found


def _moment(sight: _Sight) -> int:
    """When its picture is shown; -1: its frame belongs to no picture."""
    at_us = sight.frame["stream_us"][0].as_py()
    return -1 if at_us is None else int(at_us)


def _pictures(content: bytes, wanted_us: Sequence[int]) -> dict[int, Pixels]:
    """For each moment the picture nearest to it, in colour; none where the file has no pictures."""
    best: dict[int, tuple[int, Pixels]] = {}
    try:
        for shown in pictures(content, grey=False):
            for moment_us in wanted_us:
                apart_us = abs(shown.stream_us - moment_us)
                if moment_us not in best or apart_us < best[moment_us][0]:
                    best[moment_us] = (apart_us, shown.pixels)
    except UnreadableError:
        return {}
    return {moment_us: pixels for moment_us, (_, pixels) in best.items()}


def _still(sights: Sequence[_Sight], pixels: Pixels | None) -> Still | None:
    first = sights[0]
    if pixels is None or (scale := _finest(first, pixels.shape[1])) is None:
        return None
    copy = released(pixels, finest_m_per_px=scale)
    png = still(copy.pixels, origin=_origin(first), scene=_scene(first, pixels), marked=list(map(_marked, sights)))
    names = [f"{_what(sight)} ({sight.observation['observation_id']})" for sight in sights]
    caption = f"{', '.join(names)}: {_how(sights)}. {copy.said}"
    return Still(observation_id=str(first.observation["observation_id"]), png=png, caption=caption)


def _what(sight: _Sight) -> str:
    """The label, the method's own name for it, or what it is at least."""
    method = str(sight.sighting["method"])
    target = str(sight.sighting["target"])
    return str(sight.sighting["label"] or (f"{method} {target}" if target else method))


def _how(sights: Sequence[_Sight]) -> str:
    by_person = [sight.sighting["method"] == "person" for sight in sights]
    if all(by_person):
        return "marked by a person"
    return "some marked by a person, some automatic" if any(by_person) else "automatic, not reviewed"


def _finest(sight: _Sight, width_px: int) -> float | None:
    """How little one pixel shows; None where the pose does not say how far the ground is, or how wide the view."""
    found = sight.footprint
    hfov_deg = sight.frame["hfov_deg"][0].as_py()
    heights = (found["sensor_hae_m"], sight.placed["hae_m"])
    if hfov_deg is None or None in heights:
        return None
    depth_m = abs(float(str(heights[0])) - float(str(heights[1])))
    return finest_m_per_px(depth_m=depth_m, hfov_deg=hfov_deg, width_px=width_px) if depth_m > 0 else None


def _origin(sight: _Sight) -> Origin:
    frame, found = sight.frame.to_pylist()[0], sight.footprint
    return Origin(
        file=sight.file,
        sha256=str(frame["raw_sha256"]),
        raw_at=str(frame["raw_at"]),
        stream_us=_moment(sight),
        at_us=frame["at_us"],
        at_sigma_us=frame["at_sigma_us"],
        standing=str(found["standing"]),
        reason=str(found["reason"]),
        error_m=None if found["lon_deg"] is None else ellipse_95(found)[0],
    )


def _scene(sight: _Sight, pixels: Pixels) -> Scene | None:
    found = sight.footprint
    if found["lon_deg"] is None:
        return None
    corners = found["corners_deg"]
    assert isinstance(corners, list)

    def to_pixel(lon_deg: float, lat_deg: float, hae_m: float) -> tuple[float, float] | None:
        x_px, y_px = pixels_of(sight.frame, 0, np.array([lon_deg]), np.array([lat_deg]), np.array([hae_m]))
        return (float(x_px[0]), float(y_px[0])) if np.isfinite(x_px[0]) and np.isfinite(y_px[0]) else None

    return Scene(
        to_pixel=to_pixel,
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        lon_deg=float(str(found["lon_deg"])),
        lat_deg=float(str(found["lat_deg"])),
        hae_m=float(str(found["hae_m"])),
        outline_deg=tuple(corners),
    )


def _marked(sight: _Sight) -> Marked:
    place = {name: float(str(sight.placed[name])) for name in ("lon_deg", "lat_deg", "hae_m")}
    spread = {name: float(str(sight.placed[name])) for name in ("cov_ee_m2", "cov_en_m2", "cov_nn_m2")}
    return Marked(**place, **spread, label=_what(sight))
