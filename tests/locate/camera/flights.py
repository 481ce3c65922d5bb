"""Frames for tests: the recorded flights as their golden tables have them, and flights made up from exact poses."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from truceline.locate.camera import Ground, aim_of, ground_of, rays
from truceline.model.batch import table
from truceline.model.footage import FRAMES, SIGHTINGS, Camera

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "tests/footage_data/klv"
NOT_SHIPPED = ROOT.parent / "shared/data/klv"
EXACT = Camera(
    position_error_m=0,
    height_error_m=0,
    heading_error_deg=0,
    attitude_error_deg=0,
    pointing_error_deg=0,
    view_error_permille=0,
    pixel_error_px=0,
    ground_error_m=0,
    time_error_ms=0,
)
M_PER_DEG = 111_319.49
COLUMNS = {
    "sensor_lon_deg": "sensor_lon_deg",
    "sensor_lat_deg": "sensor_lat_deg",
    "sensor_msl_m": "sensor_alt_m",  # item 15 is above the sea
    "heading_deg": "platform_heading_deg",
    "pitch_deg": "platform_pitch_deg",
    "roll_deg": "platform_roll_deg",
    "sensor_azimuth_deg": "sensor_rel_az_deg",
    "sensor_elevation_deg": "sensor_rel_el_deg",
    "sensor_roll_deg": "sensor_rel_roll_deg",
    "hfov_deg": "sensor_hfov_deg",
    "vfov_deg": "sensor_vfov_deg",
    "slant_range_m": "slant_range_m",
    "centre_lon_deg": "frame_center_lon_deg",
    "centre_lat_deg": "frame_center_lat_deg",
    "centre_msl_m": "frame_center_elev_m",
}


def recorded(path: Path, *, source_id: str) -> pa.Table:
    """FRAMES of a golden table: one packet a row."""
    if not path.exists():
        pytest.skip(f"{path.name} may not be shipped and is not here")
    rows = []
    for packet in csv.DictReader(path.read_text("utf-8").splitlines()):
        corners = [packet[f"corner{k}_{axis}"] for k in (1, 2, 3, 4) for axis in ("lon", "lat")]
        rows.append(
            {
                "frame_id": f"{source_id}-{packet['packet']}",
                "source_id": source_id,
                "stream": "pid 0x1f1",
                "at_us": int(packet["timestamp_us"]),
                "flags": [],
                "pointing": "platform",
                "width_px": 640,
                "height_px": 480,
                "corners_deg": [float(each) for each in corners] if all(corners) else None,
                **{ours: float(packet[theirs]) if packet[theirs] else None for ours, theirs in COLUMNS.items()},
            }
        )
    return table(rows, FRAMES)


def osh() -> pa.Table:
    return recorded(SHIPPED / "golden/osh_sample_stream_st0601.csv", source_id="osh")


def truck() -> pa.Table:
    return recorded(NOT_SHIPPED / "golden/esri_truck_st0601.csv", source_id="truck")


def day_flight() -> pa.Table:
    return recorded(NOT_SHIPPED / "truck/day_flight_st0601.csv", source_id="day")


def osh_things(frames: pa.Table) -> pa.Table:
    """SIGHTINGS: what the file's own detector saw, with where it says that is. Its pixels count from 1."""
    name = SHIPPED / "golden/osh_sample_stream_vmti.csv"
    rows = [
        {
            "sighting_id": f"vmti-{number}",
            "frame_id": f"osh-{row['packet']}",
            "method": "vmti",
            "target": row["target_id"],
            "x_px": float(row["col"]) - 0.5,
            "y_px": float(row["row"]) - 0.5,
            "stated_lon_deg": float(row["lon_deg_linear_map"]),
            "stated_lat_deg": float(row["lat_deg_linear_map"]),
            "stated_hae_m": float(row["hae_m_linear_map"]),
        }
        for number, row in enumerate(csv.DictReader(name.read_text("utf-8").splitlines()))
    ]
    assert {row["frame_id"] for row in rows} <= set(frames["frame_id"].to_pylist())
    return table(rows, SIGHTINGS)


# --- flights from exact poses -----------------------------------------------------------------------------

POSE = {
    "sensor_lon_deg": 37.0,
    "sensor_lat_deg": 48.0,
    "sensor_hae_m": 1_500.0,
    "heading_deg": 40.0,
    "pitch_deg": 2.0,
    "roll_deg": -3.0,
    "sensor_azimuth_deg": 60.0,
    "sensor_elevation_deg": -35.0,
    "sensor_roll_deg": 1.0,
    "hfov_deg": 10.0,
    "vfov_deg": 7.5,
    "centre_hae_m": 150.0,
}
TURNS = ("heading_deg", "pitch_deg", "roll_deg", "sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")
Columns = Mapping[str, float | np.ndarray]


def made(count: int = 1, **changed: object) -> pa.Table:
    """FRAMES with the numbers of POSE except where others are given, one value or one a row."""
    columns: dict[str, object] = {
        **POSE,
        "pointing": "platform",
        "width_px": 1_920,
        "height_px": 1_080,
        "source_id": "made",
        "stream": "pid 0x1f1",
    } | changed
    arrays = {"frame_id": pa.array([f"made-{row}" for row in range(count)])}
    for name, value in columns.items():
        values = [value] * count if isinstance(value, str | float | int | type(None)) else list(value)  # type: ignore[call-overload]
        arrays[name] = pa.array(values, FRAMES.field(name).type, from_pandas=True)
    arrays.setdefault("flags", pa.array([[]] * count, pa.list_(pa.string())))
    return pa.table([arrays.get(field.name, pa.nulls(count, field.type)) for field in FRAMES], schema=FRAMES)


def true_centres(frames: pa.Table, ground: Ground | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude where the axes of exact poses meet the ground."""
    columns = {name: frames[name].to_numpy(zero_copy_only=False) for name in POSE}
    aim = aim_of(
        (columns["sensor_lon_deg"], columns["sensor_lat_deg"], columns["sensor_hae_m"]),
        np.stack([columns[name] for name in TURNS]),
    )
    nothing = np.zeros(frames.num_rows)
    hits = ground_of(ground or Ground(height_m=columns["centre_hae_m"]), aim.origin, rays(aim, nothing, nothing))
    return hits.lon_deg, hits.lat_deg


def floats(rows: pa.Table, name: str) -> np.ndarray:
    return np.asarray(rows[name].to_numpy(zero_copy_only=False), dtype=np.float64)


def gaps_m(rows: pa.Table, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """East and north of places from where they should be, metres; good to a part in a thousand."""
    east_m = (floats(rows, "lon_deg") - lon_deg) * M_PER_DEG * np.cos(np.radians(lat_deg)) * 1.0017
    return east_m, (floats(rows, "lat_deg") - lat_deg) * 111_200


def squared_sigmas(rows: pa.Table, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Normalised error squared: two on average, where ellipses are honest."""
    east_m, north_m = gaps_m(rows, lon_deg, lat_deg)
    ee, en, nn = (floats(rows, f"cov_{name}_m2") for name in ("ee", "en", "nn"))
    return (nn * east_m**2 - 2 * en * east_m * north_m + ee * north_m**2) / (ee * nn - en**2)
