"""TRACKS of what a person marked: the person says which marks are one thing, and nothing needs to be confirmed."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.frames import LocalFrame
from truceline.model.batch import table
from truceline.model.footage import TRACKS

Row = dict[str, object]


def marked(placed: pa.Table) -> pa.Table:
    """One track for each name; a mark without a name is a thing of its own.

    Args: placed: PLACED rows of one video that a person marked; those without a place or a time are passed over.

    Returns: TRACKS, sorted by (first_at_us, track_id). The place is the mean of its marks, each by its weight; the
        covariance holds what the pictures share once. Speeds are null: a person's marks are too few to tell one.
    """
    known = placed.filter(pc.and_(pc.is_valid(placed["lon_deg"]), pc.is_valid(placed["at_us"])))
    things: dict[str, list[Row]] = {}
    for row in known.sort_by([("at_us", "ascending"), ("sighting_id", "ascending")]).to_pylist():
        things.setdefault(row["target"] or row["sighting_id"], []).append(row)
    rows = [_track(seen) for seen in things.values()]
    return table(rows, TRACKS).sort_by([("first_at_us", "ascending"), ("track_id", "ascending")])


def _track(seen: list[Row]) -> Row:
    first = seen[0]
    frame = LocalFrame(name="marks", origin_lon_deg=_number(first, "lon_deg"), origin_lat_deg=_number(first, "lat_deg"))
    places_m = np.array([frame.to_local(_number(row, "lon_deg"), _number(row, "lat_deg")) for row in seen])
    own_m2, whole_m2 = (np.stack([_square(row, part) for row in seen]) for part in ("own", "cov"))
    weights = np.linalg.inv(own_m2 + 1e-6 * np.eye(2))
    mean_m2 = np.linalg.inv(weights.sum(axis=0))
    middle_m = mean_m2 @ (weights @ places_m[:, :, None]).sum(axis=0)[:, 0]
    cov_m2 = mean_m2 + (whole_m2 - own_m2).mean(axis=0)
    lon_deg, lat_deg = frame.to_degrees(*middle_m)
    named = {"method": first["method"], "first": first["sighting_id"]}
    return {
        "track_id": f"trk-{sha256_hex(canonical_bytes(named))[:12]}",
        "method": first["method"],
        "target": first["target"],
        "first_at_us": first["at_us"],
        "last_at_us": seen[-1]["at_us"],
        "sightings": [row["sighting_id"] for row in seen],
        "lon_deg": lon_deg,
        "lat_deg": lat_deg,
        "cov_ee_m2": float(cov_m2[0, 0]),
        "cov_en_m2": float(cov_m2[0, 1]),
        "cov_nn_m2": float(cov_m2[1, 1]),
        "path_deg": [degree for place_m in places_m for degree in frame.to_degrees(*place_m)],
    }


def _number(row: Row, name: str) -> float:
    return float(str(row[name]))


def _square(row: Row, part: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    ee, en, nn = (_number(row, f"{part}_{axes}_m2") for axes in ("ee", "en", "nn"))
    return np.array([[ee, en], [en, nn]])
