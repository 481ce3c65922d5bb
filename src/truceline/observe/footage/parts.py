"""What every reader of footage hands back, and the few things that all of them do alike."""

from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.model.batch import REJECTS, table
from truceline.model.footage import FRAMES, SIGHTINGS
from truceline.observe.reasons import reason_of

Row = dict[str, object]

# What a column can hold, in its unit. Outside it a number is none; a field of view or a side of nothing neither.
RANGES: dict[str, tuple[float, float]] = {
    "sensor_lon_deg": (-180, 180),
    "sensor_lat_deg": (-90, 90),
    "sensor_hae_m": (-900, 40_000),
    "sensor_msl_m": (-900, 40_000),
    "heading_deg": (0, 360),
    "pitch_deg": (-90, 90),
    "roll_deg": (-180, 180),
    "sensor_azimuth_deg": (0, 360),
    "sensor_elevation_deg": (-180, 180),
    "sensor_roll_deg": (-180, 360),
    "hfov_deg": (1e-6, 180),
    "vfov_deg": (1e-6, 180),
    "slant_range_m": (0, 5_000_000),
    "centre_lon_deg": (-180, 180),
    "centre_lat_deg": (-90, 90),
    "centre_hae_m": (-900, 19_000),
    "centre_msl_m": (-900, 19_000),
    "centre_ce90_m": (0, 4_095),
    "centre_le90_m": (0, 4_095),
    "satellites": (0, 255),
}
_RANGES = tuple((column, least, most) for column, (least, most) in RANGES.items())
_PLACES = (("sensor_lon_deg", "sensor_lat_deg"), ("centre_lon_deg", "centre_lat_deg"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Whose bytes are read: the feed or file as people call it, its source, the hash of the whole."""

    name: str
    source_id: str
    sha256: str
    zone: str | None = None  # of clocks that state none; None: their times are not UTC


@dataclass(slots=True, kw_only=True)
class Found:
    """Rows as they are found: of FRAMES, SIGHTINGS and REJECTS, in the order of the bytes."""

    frames: list[Row] = field(default_factory=list)
    sightings: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)

    def take(self, more: "Found") -> None:
        """Add what another found after it."""
        self.frames += more.frames
        self.sightings += more.sightings
        self.rejects += more.rejects

    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table]:
        """FRAMES, SIGHTINGS, REJECTS."""
        return table(self.frames, FRAMES), table(self.sightings, SIGHTINGS), table(self.rejects, REJECTS)


def frame_id(raw: Raw, raw_at: str) -> str:
    """A frame's id: from whose bytes and where in them."""
    return "frm-" + sha256_hex(f"{raw.source_id}\n{raw.sha256}\n{raw_at}".encode())[:16]


def sighting_id(raw: Raw, raw_at: str) -> str:
    """A sighting's id, as `frame_id`."""
    return "sgt-" + sha256_hex(f"{raw.source_id}\n{raw.sha256}\n{raw_at}".encode())[:16]


def reject(error: InputError, *, raw: Raw, raw_at: str) -> Row:
    """What could not be read, named: one row of REJECTS."""
    return {
        "feed": raw.name,
        "raw_sha256": raw.sha256,
        "raw_at": raw_at,
        "reason": reason_of(error),
        "problem": f"{error.subject}: {error.problem}",
        "remedy": error.remedy,
    }


def keep_to_ranges(row: Row, flags: set[str], words: list[str]) -> None:
    """Take out of a row of FRAMES what its columns cannot hold: flag "item-out-of-range", and the number in words.

    A place of exactly 0, 0 is what a receiver without a fix writes: flag "no-fix". Half a place is none.
    """
    numbers = cast("dict[str, float | None]", row)
    for column, least, most in _RANGES:
        number = numbers.get(column)
        if number is not None and not least <= number <= most:
            row[column] = None
            flags.add("item-out-of-range")
            words.append(f"{column} {number:g} lies outside {least:g} to {most:g}")
    for lon, lat in _PLACES:
        lon_deg, lat_deg = numbers.get(lon), numbers.get(lat)
        if lon_deg is None or lat_deg is None:
            row[lon] = row[lat] = None
        elif lon_deg == 0 and lat_deg == 0:
            row[lon] = row[lat] = None
            flags.add("no-fix")
    corners_deg = cast("list[float] | None", row.get("corners_deg"))
    if corners_deg and not (
        -180 <= min(corners_deg[::2]) <= max(corners_deg[::2]) <= 180
        and -90 <= min(corners_deg[1::2]) <= max(corners_deg[1::2]) <= 90
    ):
        row["corners_deg"] = None
        flags.add("item-out-of-range")
        words.append("a corner lies beyond a pole or a full turn")
