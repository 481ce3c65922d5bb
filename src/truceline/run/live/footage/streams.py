"""One live stream: spooled, read, placed, told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.locate.camera import Terrain, footprints, place_sightings
from truceline.model.footage import Camera
from truceline.observe.footage import FootageReader, Found, Raw
from truceline.run.live.footage.segments import Segments

GATHER_US = 60_000  # frames wait so long for others: placing a few together costs little more than placing one


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What one chunk of a stream gave."""

    footprints: pa.Table  # FOOTPRINTS
    sightings: pa.Table  # PLACED
    rejects: pa.Table  # REJECTS


class Stream:
    """Reads a transport stream as it comes. What it tells is automatic, and not in the record before its segment is."""

    def __init__(self, url: str, *, camera: Camera, terrain: Terrain | None = None, spool: Path | None = None) -> None:
        """Begin.

        Args:
            url: names the source in what is told.
            spool: where segments go, e.g. a feed's folder in a mission's watched folder; None: nothing is kept.
        """
        self.camera, self.terrain = camera, terrain
        self.segments = Segments(spool) if spool is not None else None
        name = sha256_hex(url.encode())  # of no file: a stream has no end to take a sum of
        self._waiting = Found()
        self._since_us: int | None = None  # when the first of those that wait came
        self._reader = FootageReader(Raw(name=url, source_id=url, sha256=name), "ts")

    def take(self, chunk: bytes, *, now_us: int) -> Placed | None:
        """Spool what came, then read it; None where there is nothing to tell yet. Call it now and then also with b"".

        Raises: UnavailableError: the disk.
        """
        if self.segments is not None:
            self.segments.write(chunk, now_us=now_us)
        self._waiting.take(self._reader.feed(chunk))
        if not (self._waiting.frames or self._waiting.rejects):
            return None
        if self._since_us is None:
            self._since_us = now_us
        return self._placed() if abs(now_us - self._since_us) >= GATHER_US else None

    def close(self) -> Placed | None:
        """The rest."""
        if self.segments is not None:
            self.segments.close()
        self._waiting.take(self._reader.finish())
        return self._placed() if self._waiting.frames or self._waiting.rejects else None

    def _placed(self) -> Placed:
        frames, sightings, rejects = self._waiting.tables()
        self._waiting, self._since_us = Found(), None
        on_ground = footprints(frames, camera=self.camera, terrain=self.terrain)
        seen = place_sightings(sightings, frames, on_ground, camera=self.camera, terrain=self.terrain)
        return Placed(footprints=on_ground, sightings=seen, rejects=rejects)


def lines(placed: Placed) -> Iterator[dict[str, object]]:
    """What was seen, for a program that follows: one object for each frame and each thing."""
    for row in placed.footprints.to_pylist():
        yield {"what": "frame", **{name: row[name] for name in ("at_us", "lon_deg", "lat_deg", "standing", "reason")}}
    for row in placed.sightings.to_pylist():
        names = ("at_us", "method", "target", "lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2", "reason")
        yield {"what": "seen", "status": "automatic", **{name: row[name] for name in names}}
    for row in placed.rejects.to_pylist():
        yield {"what": "set aside", **{name: row[name] for name in ("raw_at", "reason", "problem", "remedy")}}
