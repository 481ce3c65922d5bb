"""A survey of footage in words, as JSON, and as GeoJSON for any map."""

from collections import Counter

import numpy as np
import numpy.typing as npt

from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.report.geojson import ellipse_95
from truceline.run.footage.survey import RESIDUALS, Survey

NOTE = (
    "Positions of a drone and of what it saw. Automatic, not reviewed. Boundaries and names on any map beneath do not "
    "imply endorsement or acceptance."
)
_RESIDUAL_WORDS = {
    "centre_residual_m": ("our middle of the picture against the stated one", "m"),
    "range_residual_m": ("stated slant range against the geometry", "m"),
    "clock_residual_ms": ("clock of the samples against that of the pictures", "ms"),
    "gnss_residual_m": ("satellite navigation against the second solution", "m"),
}
_MOST = 5  # of each list that is printed


def words(found: Survey) -> str:
    """The survey for a person."""
    lines = [f"{found.name}: {found.kind}, {found.size_bytes:,} bytes, sha-256 {found.sha256}"]
    lines += _time_words(found)
    lines.append(f"{found.frames:,} frames; sightings: {_counts(found.methods)}; tracks: {found.tracks.num_rows}")
    if found.markings:
        lines.append(f"marked: {_counts(found.markings)}")
    if found.flags:
        lines.append(f"flags: {_counts(found.flags)}")
    lines.append(f"places: {_counts(found.standings)}")
    lines += [f"  {reason}" for reason in found.reasons_shown]
    lines += [line for name in RESIDUALS if (line := _residual_words(name, found.residual(name)))]
    if found.impediments:
        lines += [f"impeded: {row['reason_given']}" for row in found.impediments[:_MOST]]
    rejected = sum(found.reject_reasons.values())
    lines.append(f"set aside: {rejected:,}" + (f" ({_counts(found.reject_reasons)})" if rejected else ""))
    lines += [f"  {row['raw_at']}: {row['problem']} {row['remedy']}" for row in found.rejects[:_MOST]]
    return "\n".join(lines)


def plain(found: Survey) -> dict[str, object]:
    """The survey as JSON."""
    return {
        "name": found.name,
        "kind": found.kind,
        "bytes": found.size_bytes,
        "sha256": found.sha256,
        "from": stamp(found.first_at_us) if found.first_at_us is not None else None,
        "until": stamp(found.last_at_us) if found.last_at_us is not None else None,
        "frames": found.frames,
        "picture_px": list(found.pictures_px),
        "flags": dict(found.flags),
        "standings": dict(found.standings),
        "reasons": dict(found.reasons),
        "residuals": {name: _quantiles(found.residual(name)) for name in RESIDUALS},
        "sightings": dict(found.methods),
        "tracks": found.tracks.num_rows,
        "impediments": [row["reason_given"] for row in found.impediments],
        "rejects": dict(found.reject_reasons),
    }


def geojson(found: Survey) -> dict[str, object]:
    """The flight as a line, what it showed of the ground as areas, what was followed as points (RFC 7946)."""
    flight = [
        _lon_lat(row, "sensor_lon_deg", "sensor_lat_deg") for row in found.flight if row["sensor_lon_deg"] is not None
    ]
    features = [_feature("LineString", flight, {"what": "flight"})] if len(flight) > 1 else []
    for row in found.ground:
        corners = row["corners_deg"]
        assert isinstance(corners, list)
        ring = [list(pair) for pair in zip(corners[0::2], corners[1::2], strict=True)]
        about = {name: row[name] for name in ("standing", "reason", "ground")}
        features.append(
            _feature("Polygon", [[*ring, ring[0]]], {"what": "footprint", "at": _at(row["at_us"]), **about})
        )
    for row in found.tracks.to_pylist():
        about = {"method": row["method"], "pictures": len(row["sightings"]), "error_m": round(ellipse_95(row)[0], 1)}
        times = {"first_at": _at(row["first_at_us"]), "last_at": _at(row["last_at_us"])}
        features.append(_feature("Point", _lon_lat(row, "lon_deg", "lat_deg"), {"what": "seen", **times, **about}))
    return {"type": "FeatureCollection", "note": NOTE, "features": features}


def _feature(kind: str, coordinates: object, properties: dict[str, object]) -> dict[str, object]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _lon_lat(row: dict[str, object], lon: str, lat: str) -> list[float]:
    return [float(str(row[lon])), float(str(row[lat]))]


def _at(at_us: object) -> str | None:
    return stamp(at_us) if isinstance(at_us, int) else None


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counted.most_common()) or "none"


def _time_words(found: Survey) -> list[str]:
    lines = []
    if found.first_at_us is not None and found.last_at_us is not None:
        lines.append(f"from {stamp(found.first_at_us)} to {stamp(found.last_at_us)} by the samples' own clock")
    else:
        lines.append("the samples state no time in UTC: state the zone of their clock")
    if found.first_stream_us is not None and found.last_stream_us is not None:
        lines.append(f"{(found.last_stream_us - found.first_stream_us) / US_PER_S:.1f} s of video")
    return lines


def _quantiles(values: npt.NDArray[np.float32]) -> dict[str, float]:
    """Of the size, whatever the sign."""
    if not values.size:
        return {"n": 0}
    size = np.abs(values)
    return {
        "n": int(size.size),
        "median": round(float(np.median(size)), 3),
        "p95": round(float(np.percentile(size, 95)), 3),
        "largest": round(float(size.max()), 3),
    }


def _residual_words(name: str, values: npt.NDArray[np.float32]) -> str:
    if not values.size:
        return ""
    about, unit = _RESIDUAL_WORDS[name]
    found = _quantiles(values)
    return f"{about}: median {found['median']:g} {unit}, 95 % below {found['p95']:g}, largest {found['largest']:g}"
