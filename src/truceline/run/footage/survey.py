"""What one file of footage is worth as evidence: read once, from its first byte to its last, in flat memory.

Kept of each frame: four residuals. Of the flight: one point a second. Of the ground: one picture every two seconds.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.errors import UnreadableError
from truceline.base.units import US_PER_S
from truceline.fuse.tracks import tracks
from truceline.locate.camera import Terrain, footprints, impediments_of, interference, place_sightings
from truceline.model.footage import TRACKS, Camera
from truceline.observe.footage import FootageReader, Found, Raw, kind_of
from truceline.observe.footage.reels import on_stated_ground

CHUNK_BYTES = 2**20
HEAD_BYTES = 2**16
BATCH_FRAMES = 4_096  # placed together: numpy's cost for a call is shared by so many
RESIDUALS = ("centre_residual_m", "range_residual_m", "clock_residual_ms", "gnss_residual_m")
POINT_US = US_PER_S  # of the flight
PICTURE_US = 2 * US_PER_S  # of the ground
OF_GROUND = ("at_us", "standing", "reason", "ground")
MOST_REJECTS = 1_000  # named one by one; all are counted

Progress = Callable[[int, int], None]  # bytes read, of how many


@dataclass(slots=True, kw_only=True)
class Survey:
    """What was found in one file."""

    name: str
    kind: str
    size_bytes: int
    sha256: str
    frames: int = 0
    pictures_px: tuple[int, int] = (0, 0)  # width, height of the last frame that states them
    flags: Counter[str] = field(default_factory=Counter)
    standings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of frames that were widened or withheld, without numbers
    reasons_shown: list[str] = field(default_factory=list)  # the first few whole
    reject_reasons: Counter[str] = field(default_factory=Counter)
    rejects: list[dict[str, object]] = field(default_factory=list)
    methods: Counter[str] = field(default_factory=Counter)
    markings: Counter[str] = field(default_factory=Counter)
    first_at_us: int | None = None
    last_at_us: int | None = None
    first_stream_us: int | None = None
    last_stream_us: int | None = None
    residuals: dict[str, list[npt.NDArray[np.float32]]] = field(
        default_factory=lambda: {name: [] for name in RESIDUALS}
    )
    flight: list[dict[str, object]] = field(default_factory=list)  # FRAMES and FOOTPRINTS rows as one, one a second
    ground: list[dict[str, object]] = field(default_factory=list)  # FOOTPRINTS rows with corners, one every two seconds
    impediments: list[dict[str, object]] = field(default_factory=list)
    tracks: pa.Table = field(default_factory=TRACKS.empty_table)  # each within one batch of frames

    def residual(self, name: str) -> npt.NDArray[np.float32]:
        """All of one kind, without those of frames that have nothing to compare."""
        values = np.concatenate([np.empty(0, np.float32), *self.residuals[name]])
        return np.asarray(values[np.isfinite(values)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What a file of footage does not say, and whoever looks into it does."""

    camera: Camera = field(default_factory=Camera)  # how wrong its poses may be
    terrain: Terrain | None = None  # None: flat at the height that the file states
    ground_msl_m: float | None = None  # of flat ground, where neither terrain nor the file says it
    zone: str | None = None  # of clocks that state none


def survey(path: Path, *, footing: Footing, progress: Progress = lambda _done, _all: None) -> Survey:
    """Read one file of footage whole.

    Args:
        path: video with metadata, raw metadata, a log, subtitles, or a still.
        footing: what the file leaves open.

    Raises: UnreadableError: no such file, or nothing in it that any reader knows.
    """
    size_bytes, sha256 = _measured(path)
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES), path.name)
    found = Survey(name=path.name, kind=kind, size_bytes=size_bytes, sha256=sha256)
    raw = Raw(name=path.name, source_id=path.name, sha256=sha256, zone=footing.zone)
    reader = FootageReader(raw, kind)
    on_ground = _OnGround(found, footing)
    done = 0
    for chunk in _chunks(path):
        on_ground.take(reader.feed(chunk))
        done += len(chunk)
        progress(done, size_bytes)
    on_ground.take(reader.finish())
    on_ground.close()
    return found


def _measured(path: Path) -> tuple[int, str]:
    """Size and SHA-256. Raises: UnreadableError."""
    digest, size_bytes = hashlib.sha256(), 0
    try:
        for chunk in _chunks(path):
            digest.update(chunk)
            size_bytes += len(chunk)
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror}.", subject=path.name, remedy="Check its path and its rights."
        ) from None
    if not size_bytes:
        raise UnreadableError("is empty.", subject=path.name, remedy="Fetch it again from where it came.")
    return size_bytes, digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


class _OnGround:
    """Frames wait until there are enough of them, are placed together, and are then only counted."""

    def __init__(self, found: Survey, footing: Footing) -> None:
        self.found, self.footing = found, footing
        self.camera, self.terrain = footing.camera, footing.terrain
        self.waiting = Found()

    def take(self, more: Found) -> None:
        """Rows as they were read."""
        self.waiting.take(more)
        if len(self.waiting.frames) >= BATCH_FRAMES:
            self._place()

    def close(self) -> None:
        """The rest."""
        self._place()

    def _place(self) -> None:
        found, self.waiting = self.waiting, Found()
        frames, sightings, rejects = found.tables()
        self._note_rejects(rejects)
        if not frames.num_rows:
            return
        frames = on_stated_ground(frames, self.footing.ground_msl_m)
        on_ground = footprints(frames, camera=self.camera, terrain=self.terrain)
        self._note_frames(frames)
        self._note_ground(frames, on_ground)
        disturbed = interference(frames, camera=self.camera)
        self.found.impediments += impediments_of(disturbed).to_pylist()
        if sightings.num_rows:
            self.found.methods.update(sightings["method"].to_pylist())
            placed = place_sightings(sightings, frames, on_ground, camera=self.camera, terrain=self.terrain)
            self.found.tracks = pa.concat_tables([self.found.tracks, tracks(placed)])

    def _note_rejects(self, rejects: pa.Table) -> None:
        self.found.reject_reasons.update(rejects["reason"].to_pylist())
        self.found.rejects += rejects.slice(0, max(0, MOST_REJECTS - len(self.found.rejects))).to_pylist()

    def _note_frames(self, frames: pa.Table) -> None:
        found = self.found
        found.frames += frames.num_rows
        found.flags.update(flag for flags in frames["flags"].to_pylist() for flag in flags)
        found.markings.update(each for each in frames["marking"].to_pylist() if each)
        sizes = zip(frames["width_px"].to_pylist(), frames["height_px"].to_pylist(), strict=True)
        found.pictures_px = max(((wide, high) for wide, high in sizes if wide and high), default=found.pictures_px)
        found.first_at_us, found.last_at_us = _span(frames["at_us"], found.first_at_us, found.last_at_us)
        found.first_stream_us, found.last_stream_us = _span(
            frames["stream_us"], found.first_stream_us, found.last_stream_us
        )

    def _note_ground(self, frames: pa.Table, on_ground: pa.Table) -> None:
        found = self.found
        found.standings.update(on_ground["standing"].to_pylist())
        for name in RESIDUALS:
            found.residuals[name].append(on_ground[name].to_numpy(zero_copy_only=False).astype(np.float32))
        said = [reason for reason in on_ground["reason"].to_pylist() if reason]
        found.reasons.update(reason.partition(":")[0] for reason in said)
        found.reasons_shown += [reason for reason in dict.fromkeys(said[:20]) if len(found.reasons_shown) < 5]
        about = frames.select(["stream_us", "raw_at", "at_sigma_us"]).to_pylist()
        for sample, row in zip(about, on_ground.to_pylist(), strict=True):
            corners = row.pop("corners_deg")
            _thinned(found.flight, row | sample, apart_us=POINT_US)
            if corners:
                shown = {"corners_deg": corners} | {name: row[name] for name in OF_GROUND}
                _thinned(found.ground, shown, apart_us=PICTURE_US)


def _thinned(kept: list[dict[str, object]], row: dict[str, object], *, apart_us: int) -> None:
    """Keep a row where the one kept before it is far enough in time; rows without a time are kept sparsely."""
    last_us, at_us = kept[-1]["at_us"] if kept else None, row["at_us"]
    if not kept or (isinstance(at_us, int) and isinstance(last_us, int) and abs(at_us - last_us) >= apart_us):
        kept.append(row)


def _span(moments: pa.ChunkedArray, first_us: int | None, last_us: int | None) -> tuple[int | None, int | None]:
    known = [each for each in (first_us, last_us) if each is not None]
    known += [each for each in moments.to_pylist() if each is not None]
    return (min(known), max(known)) if known else (None, None)
