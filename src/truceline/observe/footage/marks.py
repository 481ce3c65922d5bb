"""CSVs beside a video: things marked in its pictures, and points known both in a picture and on the ground.

Each row is about one picture, named by the second at which it is shown. Columns may stand in any order.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.base.units import SIGMA_95, US_PER_S
from truceline.model.batch import REJECTS, table
from truceline.model.footage import CONTROLS, FRAMES, METHODS, SIGHTINGS
from truceline.model.mission import Feed
from truceline.observe.fields import share_permille, word
from truceline.observe.footage.between import at_pictures
from truceline.observe.footage.parts import Raw, Row, reject, sighting_id
from truceline.observe.reasons import refusal, shown
from truceline.observe.tables import raw_rows

MARK_COLUMNS = {
    "stream_s": "when the picture is shown, seconds from the first of the file; needed",
    "x_px": "to the right from the outer edge of the first pixel; needed",
    "y_px": "downward, as x_px; needed",
    "sigma_px": "one sigma in each direction; empty: the feed's camera says",
    "method": "a word of `footage.METHODS`; needed",
    "target": "the same name from picture to picture for the same thing; empty: none",
    "confidence": "a decimal from 0 to 1",
    "label": "what the detector or the person calls it",
    "author": "the person, or the code with its version; needed",
}
CONTROL_COLUMNS = {
    "stream_s": "as of a mark; needed, as all but error_px",
    "x_px": "as of a mark",
    "y_px": "as of a mark",
    "error_px": "95 % in each direction; empty: the feed's camera says",
    "lon": "degrees, WGS 84",
    "lat": "degrees, WGS 84",
    "height_m": "of the point",
    "datum": "of the height: msl or hae",
    "error_m": "radius that holds the point in 95 % of cases",
    "height_error_m": "95 %",
    "author": "the person",
}
_DATUMS = ("msl", "hae")


@dataclass(slots=True, kw_only=True)
class Beside:
    """What the files beside a video say."""

    sightings: pa.Table = field(default_factory=SIGHTINGS.empty_table)
    controls: pa.Table = field(default_factory=CONTROLS.empty_table)
    between: pa.Table = field(default_factory=FRAMES.empty_table)  # frames of pictures that lie between samples
    rejects: pa.Table = field(default_factory=REJECTS.empty_table)


def beside(content: bytes, *, feed: Feed, frames: pa.Table, sha256: str = "") -> Beside:
    """One CSV: which of the two it is, its header says. Args: sha256: what the record knows it by; empty: its own."""
    header = content[:4096].decode("utf-8", "replace").lstrip("\ufeff").partition("\n")[0].replace('"', "")
    names = {name.strip() for name in header.split(",")}
    raw = Raw(name=feed.name, source_id=feed.source, sha256=sha256 or sha256_hex(content))
    if "method" in names:
        return _read(content, _Kind(MARK_COLUMNS, _mark, SIGHTINGS), feed=feed, frames=frames, raw=raw)
    if "lon" in names:
        return _read(content, _Kind(CONTROL_COLUMNS, _control, CONTROLS), feed=feed, frames=frames, raw=raw)
    problem = f"its first line is {shown(header)}."
    refused = reject(refusal("no-such-marks", problem, subject="file"), raw=raw, raw_at="file")
    return Beside(rejects=table([refused], REJECTS))


@dataclass(frozen=True, slots=True)
class _Kind:
    columns: Mapping[str, str]
    read: Callable[[Mapping[str, str], Feed], Row]
    schema: pa.Schema


def _read(content: bytes, kind: _Kind, *, feed: Feed, frames: pa.Table, raw: Raw) -> Beside:
    read: list[tuple[str, Row]] = []
    rejects: list[Row] = []
    for at, values in _rows(content, feed, tuple(kind.columns)):
        try:
            if isinstance(values, InputError):
                raise values
            read.append((at, kind.read({name: values[name].strip() for name in kind.columns}, feed)))
        except InputError as error:
            rejects.append(reject(error, raw=raw, raw_at=at))
    made, ids = at_pictures(frames, [int(str(row.pop("stream_us"))) for _, row in read])
    rows = []
    for (at, row), frame in zip(read, ids, strict=True):
        if frame is None:
            problem = "no metadata sample lies within half a second of its picture."
            rejects.append(reject(refusal("no-pose", problem, subject="stream_s"), raw=raw, raw_at=at))
        else:
            own = {"sighting_id": sighting_id(raw, at), "raw_sha256": raw.sha256} if kind.schema == SIGHTINGS else {}
            rows.append(row | own | {"frame_id": frame, "raw_at": at})
    found = Beside(between=made, rejects=table(rejects, REJECTS))
    if kind.schema == SIGHTINGS:
        found.sightings = table(rows, SIGHTINGS)
    else:
        found.controls = table(rows, CONTROLS)
    return found


def _rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str] | InputError]]:
    plain = replace(feed, format="csv", encoding="utf-8", delimiter=",")
    return raw_rows(content, feed=plain, wanted=wanted)


def _mark(cells: Mapping[str, str], feed: Feed) -> Row:
    _needed(cells, ("method", "author"))
    sigma_px = (
        _number(cells, "sigma_px", least_ratio=0.0) if cells["sigma_px"] else feed.camera.pixel_error_px / SIGMA_95
    )
    return _picture(cells) | {
        "method": word(cells["method"], METHODS, subject="method"),
        "target": cells["target"],
        "sigma_px": sigma_px,
        "confidence_permille": share_permille(cells["confidence"], subject="confidence"),
        "label": cells["label"],
        "author": cells["author"],
    }


def _control(cells: Mapping[str, str], feed: Feed) -> Row:
    _needed(cells, ("datum", "author"))
    datum = word(cells["datum"], _DATUMS, subject="datum")
    error_px = _number(cells, "error_px", least_ratio=0.0) if cells["error_px"] else feed.camera.pixel_error_px
    return _picture(cells) | {
        "error_px": error_px,
        "lon_deg": _number(cells, "lon", least_ratio=-180.0),
        "lat_deg": _number(cells, "lat", least_ratio=-90.0),
        f"{datum}_m": _number(cells, "height_m", least_ratio=-1_000.0),
        "error_m": _number(cells, "error_m", least_ratio=0.0),
        "height_error_m": _number(cells, "height_error_m", least_ratio=0.0),
        "author": cells["author"],
    }


def _picture(cells: Mapping[str, str]) -> Row:
    return {
        "stream_us": round(_number(cells, "stream_s", least_ratio=0.0) * US_PER_S),
        "x_px": _number(cells, "x_px", least_ratio=0.0),
        "y_px": _number(cells, "y_px", least_ratio=0.0),
    }


def _needed(cells: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name in names:
        if not cells[name]:
            raise refusal("not-stated", f"{name} is empty.", subject=name)


def _number(cells: Mapping[str, str], name: str, *, least_ratio: float) -> float:
    try:
        value_ratio = float(cells[name])
    except ValueError:
        value_ratio = math.nan
    if not least_ratio <= value_ratio < math.inf:
        raise refusal("not-a-number", f"{shown(cells[name])} is no number of at least {least_ratio:g}.", subject=name)
    return value_ratio
