"""The OSH flight with its exact poses, and things put into its pictures whose place on the ground is known exactly.

The poses are the file's own (tests/footage_data/README.md): platform z, y, x, then sensor z, y, x, pinhole; the ground
is the ellipsoid raised to the stated height of the frame's middle. That repeats the stated middle to 0.15 m.
"""

import csv
import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import pyarrow as pa
import pytest
from pyproj import Transformer

from truceline.detect.pictures import Grey, Look, Picture
from truceline.model.batch import table
from truceline.model.footage import PLACED

ROOT = Path(__file__).resolve().parents[2]
FPS = 30
WIDTH, HEIGHT = 640, 480
A_M, B_M = 6_378_137.0, 6_356_752.314245
MARGIN_PX = 10
TO_DEGREES = Transformer.from_crs(4978, 4979, always_xy=True)
FLASH_SHAPE = (1.0, 0.8, 0.45, 0.2)  # brightness, picture after picture


def place_of(kind: str, name: str) -> Path:
    """A data file: shipped with the tests, or beside the repository."""
    for path in (
        ROOT / "tests" / "footage_data" / "klv" / kind / name,
        ROOT / ".." / "shared" / "data" / "klv" / kind / name,
    ):
        if path.exists():
            return path
    pytest.skip(f"{name} is not there")


@functools.cache
def video(kind: str, name: str) -> tuple[Grey, ...]:
    with av.open(str(place_of(kind, name))) as container:
        return tuple(frame.to_ndarray(format="gray") for frame in container.decode(video=0))


def osh() -> tuple[Grey, ...]:
    return video("osh", "sample-stream.ts")


def turn(z_deg: float, y_deg: float, x_deg: float) -> np.ndarray:
    """Rotation z, y, x."""
    (cz, cy, cx), (sz, sy, sx) = np.cos(np.radians([z_deg, y_deg, x_deg])), np.sin(np.radians([z_deg, y_deg, x_deg]))
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    return about_z @ about_y @ np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])


def north_east_down(lat_deg: float, lon_deg: float) -> np.ndarray:
    (sl, so), (cl, co) = np.sin(np.radians([lat_deg, lon_deg])), np.cos(np.radians([lat_deg, lon_deg]))
    return np.array([[-sl * co, -so, -cl * co], [-sl * so, co, -cl * so], [cl, 0, -sl]])


def earth_fixed(lat_deg: float, lon_deg: float, height_m: float) -> np.ndarray:
    lat, lon = np.radians([lat_deg, lon_deg])
    normal_m = A_M**2 / np.hypot(A_M * np.cos(lat), B_M * np.sin(lat))
    around_m = (normal_m + height_m) * np.cos(lat)
    return np.array(
        [around_m * np.cos(lon), around_m * np.sin(lon), (normal_m * (B_M / A_M) ** 2 + height_m) * np.sin(lat)]
    )


@dataclass(frozen=True)
class Pose:
    """One packet's camera: pixels to ground and back, in earth-fixed metres."""

    origin: np.ndarray
    axes: np.ndarray
    half: np.ndarray  # tangents of the half fields of view
    height_m: float
    lat_deg: float
    lon_deg: float
    at_us: int

    def ground(self, x_px: float, y_px: float) -> np.ndarray:
        side = (np.array([x_px, y_px]) / (WIDTH / 2, HEIGHT / 2) - 1) * self.half
        ray = self.axes @ np.array([1, *side])
        stretch = 1 / np.array([A_M + self.height_m, A_M + self.height_m, B_M + self.height_m])
        at, along = self.origin * stretch, ray * stretch
        a, b, c = along @ along, 2 * at @ along, at @ at - 1
        return self.origin + ray * (-b - np.sqrt(b * b - 4 * a * c)) / (2 * a)

    def pixel(self, point: np.ndarray) -> np.ndarray:
        forward, right, down = self.axes.T @ (point - self.origin)
        return (np.array([right, down]) / forward / self.half + 1) * (WIDTH / 2, HEIGHT / 2)


@functools.cache
def poses() -> tuple[Pose, ...]:
    with place_of("golden", "osh_sample_stream_st0601.csv").open() as file:
        rows = [{name: float(value or "nan") for name, value in row.items()} for row in csv.DictReader(file)]
    return tuple(
        Pose(
            origin=earth_fixed(row["sensor_lat_deg"], row["sensor_lon_deg"], row["sensor_alt_m"]),
            axes=north_east_down(row["sensor_lat_deg"], row["sensor_lon_deg"])
            @ turn(row["platform_heading_deg"], row["platform_pitch_deg"], row["platform_roll_deg"])
            @ turn(row["sensor_rel_az_deg"], row["sensor_rel_el_deg"], row["sensor_rel_roll_deg"]),
            half=np.tan(np.radians([row["sensor_hfov_deg"] / 2, row["sensor_vfov_deg"] / 2])),
            height_m=row["frame_center_elev_m"],
            lat_deg=row["frame_center_lat_deg"],
            lon_deg=row["frame_center_lon_deg"],
            at_us=round(row["timestamp_us"]),
        )
        for row in rows
    )


@dataclass(frozen=True)
class Mover:
    """A vehicle of 5 m on a straight way: where its middle is `start` in picture `since`, so fast, so much brighter."""

    start: np.ndarray
    heading: np.ndarray
    speed_mps: float
    contrast: float
    since: int

    def middle(self, number: int) -> np.ndarray:
        seconds = (poses()[number].at_us - poses()[self.since].at_us) / 1e6
        return self.start + self.heading * self.speed_mps * seconds

    def pixel(self, number: int) -> np.ndarray:
        return poses()[number].pixel(self.middle(number))


@dataclass(frozen=True)
class Flash:
    number: int
    x_px: float
    y_px: float
    radius_px: float
    brightness: float


def movers(seed: int, *, count: int, contrast: float, since: int) -> list[Mover]:
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        pose = poses()[since]
        start = pose.ground(chance.uniform(60, 580), chance.uniform(60, 420))
        azimuth_rad = chance.uniform(0, 2 * np.pi)
        heading = north_east_down(pose.lat_deg, pose.lon_deg) @ [np.cos(azimuth_rad), np.sin(azimuth_rad), 0]
        sign = chance.choice([-1, 1])
        made.append(Mover(start, heading, chance.uniform(5, 20), sign * contrast, since))
    return made


def flashes(seed: int, *, size: tuple[int, int], numbers: Sequence[int]) -> list[Flash]:
    chance = np.random.default_rng(seed)
    width, height = size
    return [
        Flash(
            number,
            chance.uniform(40, width - 40),
            chance.uniform(40, height - 40),
            chance.uniform(2.5, 8),
            chance.uniform(60, 200),
        )
        for number in numbers
    ]


def inside(pixel: np.ndarray, margin_px: float = MARGIN_PX) -> bool:
    return bool(margin_px < pixel[0] < WIDTH - margin_px and margin_px < pixel[1] < HEIGHT - margin_px)


def with_movers(grey: Grey, number: int, things: Sequence[Mover]) -> Grey:
    """The picture with vehicles drawn from the pose: 5 m long, 2 m wide, drawn at four times the resolution."""
    fine = 4
    image = grey.astype(np.float32)
    for thing in things:
        middle = thing.middle(number)
        ends = [poses()[number].pixel(middle + thing.heading * half_m) for half_m in (-2.5, 2.5)]
        if not all(inside(end, 12) for end in ends):
            continue
        x0, y0 = (int(value) - 10 for value in poses()[number].pixel(middle))
        patch = np.zeros((20 * fine, 20 * fine), np.float32)
        start, end = (tuple(int(value) for value in (end - (x0, y0)) * fine) for end in ends)
        cv2.line(patch, start, end, 1.0, int(2.0 / 1.3 * fine))
        patch = cv2.GaussianBlur(cv2.resize(patch, (20, 20), interpolation=cv2.INTER_AREA), (3, 3), 0)
        image[y0 : y0 + 20, x0 : x0 + 20] += thing.contrast * patch
    return np.clip(image, 0, 255).astype(np.uint8)


def with_flashes(grey: Grey, number: int, things: Sequence[Flash]) -> Grey:
    image = grey.astype(np.float32)
    for thing in things:
        age = number - thing.number
        if 0 <= age < len(FLASH_SHAPE):
            reach = round(4 * thing.radius_px)
            top, left = max(0, round(thing.y_px) - reach), max(0, round(thing.x_px) - reach)
            part = image[top : top + 2 * reach, left : left + 2 * reach]
            y, x = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
            square = (x + left - thing.x_px) ** 2 + (y + top - thing.y_px) ** 2
            part += thing.brightness * FLASH_SHAPE[age] * np.exp(-square / (2 * thing.radius_px**2))
    return np.clip(image, 0, 255).astype(np.uint8)


def pictures(greys: Sequence[Grey], *, fps: float = FPS, first: int = 0) -> Iterator[Picture]:
    for at, grey in enumerate(greys):
        yield Picture(number=first + at, stream_us=round((first + at) / fps * 1e6), grey=grey)


def placed(looks: Iterable[Look], *, shared_m2: float = 0.0) -> pa.Table:
    """The spots of some looks on the ground: the pixel's error as `own`, `shared_m2` in every direction on top."""
    rows = []
    for look in looks:
        pose = poses()[look.number]
        for at, spot in enumerate(look.spots):
            point, right, down = (pose.ground(spot.x_px + dx, spot.y_px + dy) for dx, dy in ((0, 0), (1, 0), (0, 1)))
            local = north_east_down(pose.lat_deg, pose.lon_deg)
            north, east = (np.array([right - point, down - point]) @ local)[:, :2].T
            own = spot.sigma_px**2 * np.array([east @ east, east @ north, north @ north])
            lon_deg, lat_deg, _ = TO_DEGREES.transform(*point)
            row = {
                "sighting_id": f"{look.number:05}-{at:04}",
                "method": spot.method,
                "target": "",
                "at_us": pose.at_us,
                "lon_deg": lon_deg,
                "lat_deg": lat_deg,
            }
            row |= dict(zip(("own_ee_m2", "own_en_m2", "own_nn_m2"), own, strict=True))
            row |= dict(
                zip(("cov_ee_m2", "cov_en_m2", "cov_nn_m2"), own + np.array([shared_m2, 0, shared_m2]), strict=True)
            )
            rows.append(row)
    return table(rows, PLACED)
