"""One file of footage of a mission, as it was read."""

from dataclasses import dataclass, field, fields

import pyarrow as pa

from truceline.model.footage import FOOTPRINTS, FRAMES, PLACED, SIGHTINGS, TRACKS
from truceline.model.mission import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """What a feed of footage holds: where the camera was, what was seen in its pictures, and on what footing."""

    feed: Feed
    sha256: str  # of the original
    samples: int  # metadata samples in it; further frames lie between two of them
    frames: pa.Table  # FRAMES
    sightings: pa.Table  # SIGHTINGS: of the file itself, and of the CSVs beside it
    controls: pa.Table  # CONTROLS: pictures that a person placed
    meanings: dict[tuple[str, str], dict[str, object]]  # OBSERVATIONS columns by a sighting's method and label
    terrain: bytes = b""  # GeoTIFF; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """Footage on the ground: the tables of all reels of a mission."""

    frames: pa.Table = field(default_factory=FRAMES.empty_table)
    sightings: pa.Table = field(default_factory=SIGHTINGS.empty_table)
    footprints: pa.Table = field(default_factory=FOOTPRINTS.empty_table)
    placed: pa.Table = field(default_factory=PLACED.empty_table)
    tracks: pa.Table = field(default_factory=TRACKS.empty_table)

    def tables(self) -> dict[str, pa.Table]:
        """By the names they have in the record."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
