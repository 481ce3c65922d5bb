"""A week on the fictional line whose truth is known: who looked where, what was done there, and what was really seen.

Nothing of `truceline.plan` is used. Geometry is pyproj's and plane trigonometry around each sensor; the laws of seeing
and hearing are written again from their sources. What is drawn is drawn once for each act and pass: whoever is hidden
from one picture of a pass is hidden from the next as well, if that sees no better.

A pass is what one sensor sees of a place without ten minutes' pause. Whoever watches a fixed camera is relieved at
the full hour, and looks afresh.
"""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyproj import Geod

from truceline.model.spot import Signature
from truceline.model.view import VIEWS

LINE = Path(__file__).resolve().parents[2] / "missions" / "contact-line" / "geo" / "contact.geojson"
EARTH = Geod(ellps="WGS84")
START_S = 1_900_022_400  # 2030-03-17, 0 h UTC; the sun is above the line from about 8 h to 20 h UTC
HOUR_S, DAY_S = 3_600, 86_400
BIN_M = 4_000.0
PAUSE_S = 600  # that ends a pass
KINDS = ("uav_image", "camera", "acoustic", "patrol", "satellite")
DRONE, CAMERA, POST, PATROL, SATELLITE = range(5)


# --- the line ---------------------------------------------------------------------------------------------


class Line:
    """The fictional line by the distance along it."""

    def __init__(self, content: bytes) -> None:
        lon_deg, lat_deg = np.array(json.loads(content)["features"][0]["geometry"]["coordinates"]).T
        ahead_deg, _, length_m = EARTH.inv(lon_deg[:-1], lat_deg[:-1], lon_deg[1:], lat_deg[1:])
        self.lon_deg, self.lat_deg, self.ahead_deg = lon_deg[:-1], lat_deg[:-1], np.asarray(ahead_deg)
        self.from_m = np.concatenate([[0.0], np.cumsum(length_m)[:-1]])
        self.length_m = float(np.sum(length_m))

    def at(self, along_m: np.ndarray, left_m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Longitude, latitude, and the line's direction there."""
        edge = np.clip(np.searchsorted(self.from_m, along_m, side="right") - 1, 0, len(self.from_m) - 1)
        lon_deg, lat_deg, back_deg = EARTH.fwd(
            self.lon_deg[edge], self.lat_deg[edge], self.ahead_deg[edge], along_m - self.from_m[edge]
        )
        ahead_deg = np.asarray(back_deg) + 180.0
        lon_deg, lat_deg, _ = EARTH.fwd(lon_deg, lat_deg, ahead_deg - 90.0, left_m)
        return np.asarray(lon_deg), np.asarray(lat_deg), ahead_deg


def plane_m(lon_deg: np.ndarray, lat_deg: np.ndarray, of_lon_deg: np.ndarray, of_lat_deg: np.ndarray) -> np.ndarray:
    """East and north of places beside others near by, by the radii of curvature of WGS 84; shape (2, n)."""
    turn = 1 - 0.00669437999014 * np.sin(np.radians((lat_deg + of_lat_deg) / 2)) ** 2
    east_m = np.radians(lon_deg - of_lon_deg) * 6_378_137.0 / np.sqrt(turn)
    north_m = np.radians(lat_deg - of_lat_deg) * 6_378_137.0 * (1 - 0.00669437999014) / turn**1.5
    return np.stack([east_m * np.cos(np.radians((lat_deg + of_lat_deg) / 2)), north_m])


def sun_deg(lon_deg: np.ndarray, lat_deg: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """How high the sun stands, to about half a degree. Source: Spencer (1971), a Fourier series."""
    day = (at_s - 1_893_456_000) / DAY_S  # since 2030-01-01
    turn = 2 * np.pi * day / 365.25
    declination = 0.006918 - 0.399912 * np.cos(turn) + 0.070257 * np.sin(turn)
    declination += -0.006758 * np.cos(2 * turn) + 0.000907 * np.sin(2 * turn)
    declination += -0.002697 * np.cos(3 * turn) + 0.00148 * np.sin(3 * turn)
    clock_min = 0.000075 + 0.001868 * np.cos(turn) - 0.032077 * np.sin(turn)
    clock_min = 229.18 * (clock_min - 0.014615 * np.cos(2 * turn) - 0.040849 * np.sin(2 * turn))
    hour_angle = np.radians(((at_s % DAY_S) / 60 + clock_min) / 4 + lon_deg - 180)
    lat = np.radians(lat_deg)
    sine = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(sine)))


# --- who looked -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Looked:
    """n looks; all arrays have shape (n,). A footprint is a rectangle along `heading_deg`, a disc or a sector."""

    kind: np.ndarray
    sensor: np.ndarray
    from_s: np.ndarray  # of the week
    until_s: np.ndarray
    along_m: np.ndarray  # of the middle of its ground, and how far that reaches along the line
    reach_m: np.ndarray
    lon_deg: np.ndarray  # of the eye
    lat_deg: np.ndarray
    height_m: np.ndarray
    middle_lon_deg: np.ndarray  # of a footprint; NaN: disc or sector
    middle_lat_deg: np.ndarray
    heading_deg: np.ndarray  # of a footprint's length; middle of a sector
    half_length_m: np.ndarray
    half_width_m: np.ndarray
    range_m: np.ndarray  # of a disc or sector
    width_deg: np.ndarray
    pixel_rad: np.ndarray  # one pixel, or what an eye makes out; of a satellite: metres on the ground
    thermal: np.ndarray
    visibility_m: np.ndarray
    free_ratio: np.ndarray  # of cloud
    works_ratio: np.ndarray
    disturbed: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)


FIELDS = tuple(each.name for each in fields(Looked))
NOTHING = {"thermal": False, "free_ratio": 1.0, "works_ratio": 1.0, "disturbed": False}


def looked(count: int, **given: object) -> Looked:
    """Looks of one sensor; what is not given is not known, or not in the way."""
    columns = {
        name: np.broadcast_to(np.asarray(given.get(name, NOTHING.get(name, np.nan))), (count,)) for name in FIELDS
    }
    return Looked(**columns)


def joined(parts: list[Looked]) -> Looked:
    return Looked(**{name: np.concatenate([getattr(each, name) for each in parts]) for name in FIELDS})


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: the whole week, or a part of it that is quick to count."""

    days: int = 7
    length_m: float = 1_200_000.0
    drones: int = 40
    cameras: int = 25
    posts: int = 60
    patrols_a_day: int = 20
    jammed_days: tuple[int, ...] = (2, 5)


@dataclass(frozen=True, slots=True)
class World:
    """One week, made of one seed."""

    line: Line
    size: Size
    looks: Looked
    seed: int
    keys: np.ndarray = field(repr=False)  # bin along the line and hour of the rows in `rows`, ascending
    rows: np.ndarray = field(repr=False)


def made(seed: int, size: Size) -> World:
    """Draws a week."""
    chance, line = np.random.default_rng(seed), Line(LINE.read_bytes())
    weather_m = hazes(chance, size)
    parts = [drone(chance, line, size, weather_m, number) for number in range(size.drones)]
    parts += [camera(chance, line, size, weather_m, 1_000 + number) for number in range(size.cameras)]
    parts += [post(chance, line, size, 2_000 + number) for number in range(size.posts)]
    parts += [patrol(chance, line, size, weather_m, 3_000 + n) for n in range(size.patrols_a_day * size.days)]
    parts += [satellite(chance, line, size, weather_m, number) for number in range(3 * size.days)]
    looks = joined([each for each in parts if len(each)])
    hours = size.days * 24 + 2
    low, high = ((looks.along_m + sign * looks.reach_m) // BIN_M for sign in (-1, 1))
    count = np.maximum(high - low + 1, 0).astype(np.int64)
    rows = np.repeat(np.arange(len(looks)), count)
    step = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    keys = (low[rows].astype(np.int64) + step) * hours + (looks.from_s[rows] // HOUR_S).astype(np.int64)
    order = np.argsort(keys, kind="stable")
    return World(line=line, size=size, looks=looks, seed=seed, keys=keys[order], rows=rows[order])


def hazes(chance: np.random.Generator, size: Size) -> np.ndarray:
    """Visibility by hour and by 100 km of the line: some hours of fog, most of them clear."""
    blocks = int(size.length_m // 100_000) + 1
    daily = chance.normal(0, 0.4, (size.days + 1, blocks)).repeat(24, axis=0)
    return np.clip(12_000 * np.exp(daily + chance.normal(0, 0.5, daily.shape)), 1_000, 50_000)


def seen_through_m(weather_m: np.ndarray, at_s: np.ndarray, along_m: np.ndarray) -> np.ndarray:
    return weather_m[(at_s // HOUR_S).astype(int), np.clip(along_m // 100_000, 0, weather_m.shape[1] - 1).astype(int)]


def drone(chance: np.random.Generator, line: Line, size: Size, weather_m: np.ndarray, number: int) -> Looked:
    """One drone's week: out along the line, back beside that, a picture every 30 seconds; a pause; and again."""
    thermal = number % 5 < 2
    pixel_rad = chance.uniform(0.2e-3, 0.5e-3) if thermal else chance.uniform(0.08e-3, 0.35e-3)
    base_m, parts = chance.uniform(0, size.length_m), []
    at_s = chance.uniform(0, 5 * HOUR_S)
    while at_s < size.days * DAY_S:
        begins_m = np.clip(base_m + chance.uniform(-60_000, 60_000), 0, size.length_m)
        way = 1.0 if begins_m < base_m else -1.0
        speed_mps, leg_s = chance.uniform(20, 30), chance.uniform(1_500, 4_500)
        height_m, turned = chance.uniform(400, 1_300), chance.uniform(-1.2, 1.2)
        offsets_m = chance.uniform(-3_500, 3_500, 2)
        jammed = int(at_s // DAY_S) in size.jammed_days and chance.random() < 0.75
        time_s = np.arange(chance.uniform(0, 30), 2 * leg_s, 30.0)
        back = time_s > leg_s
        along_m = begins_m + way * speed_mps * np.where(back, 2 * leg_s - time_s, time_s)
        left_m = np.where(back, offsets_m[1], offsets_m[0])
        kept = (along_m >= 0) & (along_m <= size.length_m) & (at_s + time_s < size.days * DAY_S)
        moment_s, along_m, left_m = (at_s + time_s)[kept], along_m[kept], left_m[kept]
        lon_deg, lat_deg, ahead_deg = line.at(along_m, left_m)
        aside_m = turned * height_m
        middle_lon_deg, middle_lat_deg, _ = EARTH.fwd(lon_deg, lat_deg, ahead_deg - 90, np.full(len(lon_deg), aside_m))
        slant = np.hypot(1.0, turned)
        parts.append(
            looked(
                len(moment_s),
                kind=DRONE,
                sensor=number,
                from_s=moment_s,
                until_s=moment_s,
                along_m=along_m,
                reach_m=3_000.0,
                lon_deg=lon_deg,
                lat_deg=lat_deg,
                height_m=height_m,
                middle_lon_deg=middle_lon_deg,
                middle_lat_deg=middle_lat_deg,
                heading_deg=ahead_deg,
                half_length_m=0.7 * height_m * slant,
                half_width_m=0.9 * height_m * slant,
                pixel_rad=pixel_rad,
                thermal=thermal,
                visibility_m=seen_through_m(weather_m, moment_s, along_m),
                disturbed=jammed,
            )
        )
        at_s += 2 * leg_s + chance.uniform(1, 5) * HOUR_S
    return joined(parts)


def by_hours(size: Size) -> np.ndarray:
    return np.arange(size.days * 24) * float(HOUR_S)


def camera(chance: np.random.Generator, line: Line, size: Size, weather_m: np.ndarray, number: int) -> Looked:
    """A fixed camera on a mast: it stares at a sector, or turns all around."""
    along_m, left_m = chance.uniform(0, size.length_m, 1), chance.uniform(-1_500, 1_500, 1)
    lon_deg, lat_deg, _ = line.at(along_m, left_m)
    hours_s, thermal = by_hours(size), number % 5 < 2
    return looked(
        len(hours_s),
        kind=CAMERA,
        sensor=number,
        from_s=hours_s,
        until_s=hours_s + HOUR_S,
        along_m=along_m,
        reach_m=8_000.0,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        height_m=chance.uniform(10, 40),
        heading_deg=chance.uniform(0, 360),
        range_m=chance.uniform(4_000, 8_000),
        width_deg=chance.choice([60.0, 120.0, np.nan]),
        pixel_rad=chance.uniform(0.05e-3, 0.2e-3),
        thermal=thermal,
        visibility_m=seen_through_m(weather_m, hours_s, np.broadcast_to(along_m, hours_s.shape)),
        works_ratio=chance.choice([1.0, 0.95, 0.8]),
    )


def post(chance: np.random.Generator, line: Line, size: Size, number: int) -> Looked:
    """Microphones."""
    along_m, left_m = chance.uniform(0, size.length_m, 1), chance.uniform(-2_500, 2_500, 1)
    lon_deg, lat_deg, _ = line.at(along_m, left_m)
    hours_s = by_hours(size)
    return looked(
        len(hours_s),
        kind=POST,
        sensor=number,
        from_s=hours_s,
        until_s=hours_s + HOUR_S,
        along_m=along_m,
        reach_m=12_000.0,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        height_m=2.0,
        range_m=12_000.0,
        works_ratio=chance.choice([1.0, 0.9]),
    )


def patrol(chance: np.random.Generator, line: Line, size: Size, weather_m: np.ndarray, number: int) -> Looked:
    """Two people who halt, look around for a minute, drive on for a minute, and so on."""
    begins_s = (number % size.days) * DAY_S + chance.uniform(8, 17) * HOUR_S
    moment_s = begins_s + np.arange(30) * 120.0
    along_m = chance.uniform(0, size.length_m) + np.arange(30) * chance.uniform(300, 800)
    moment_s, along_m = moment_s[along_m < size.length_m], along_m[along_m < size.length_m]
    left_m = np.full(len(along_m), chance.uniform(-2_000, 2_000))
    lon_deg, lat_deg, _ = line.at(along_m, left_m)
    return looked(
        len(moment_s),
        kind=PATROL,
        sensor=number,
        from_s=moment_s,
        until_s=moment_s + 60.0,
        along_m=along_m,
        reach_m=3_000.0,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        height_m=2.0,
        range_m=2_500.0,
        pixel_rad=0.0003,  # one minute of arc
        visibility_m=seen_through_m(weather_m, moment_s, along_m),
    )


def satellite(chance: np.random.Generator, line: Line, size: Size, weather_m: np.ndarray, number: int) -> Looked:
    """One pass by day over part of the line, which it sees at 30 degrees above the horizon; clouds as they come."""
    moment_s = (number % size.days) * DAY_S + chance.uniform(10, 17, 1) * HOUR_S
    half_m = min(chance.uniform(30_000, 80_000), size.length_m / 3)
    along_m = chance.uniform(half_m, size.length_m - half_m, 1)
    lon_deg, lat_deg, ahead_deg = line.at(along_m, np.zeros(1))
    return looked(
        1,
        kind=SATELLITE,
        sensor=9_000 + number % 3,
        from_s=moment_s,
        until_s=moment_s,
        along_m=along_m,
        reach_m=half_m * 1.1,
        middle_lon_deg=lon_deg,
        middle_lat_deg=lat_deg,
        heading_deg=ahead_deg,
        half_length_m=half_m,
        half_width_m=20_000.0,
        pixel_rad=chance.choice([0.15, 0.3, 0.5]),
        visibility_m=seen_through_m(weather_m, moment_s, along_m),
        free_ratio=1 - np.rint(chance.beta(1.2, 1.2) * 1_000) / 1_000,
    )


# --- what the mission is told of it -----------------------------------------------------------------------


def views_of(world: World) -> pa.Table:
    """The looks as VIEWS: what each sensor's own report says."""
    looks, count = world.looks, len(world.looks)
    ringed = np.isfinite(looks.middle_lon_deg)
    ground = plane_m(looks.middle_lon_deg, looks.middle_lat_deg, looks.lon_deg, looks.lat_deg)
    to_middle_m = np.where(ringed, np.hypot(*ground), looks.range_m / 2)
    resolution_m = looks.pixel_rad * np.hypot(to_middle_m, looks.height_m)
    resolution_m = np.where(looks.kind == SATELLITE, looks.pixel_rad, resolution_m)
    stated = np.isin(looks.kind, (DRONE, CAMERA, SATELLITE))
    spectrum = np.where(looks.kind == POST, "sound", np.where(looks.thermal, "thermal", "visible"))
    begins_us, ends_us = ((START_S * 1_000_000 + each * 1e6).astype(np.int64) for each in (looks.from_s, looks.until_s))
    columns = {
        "view_id": pa.array([f"view-{row}" for row in range(count)]),
        "source_id": pa.array(np.array(KINDS)[looks.kind]),
        "sensor": pa.array([f"sensor {number}" for number in looks.sensor]),
        "means": pa.array(np.array(KINDS)[looks.kind]),
        "spectrum": pa.array(spectrum),
        "earliest_at_us": pa.array(begins_us),
        "latest_at_us": pa.array(ends_us),
        "ring_deg": pa.array(list(rings_deg(looks))),
        "resolution_mm": pa.array(np.rint(np.where(stated, resolution_m, 0) * 1_000).astype(np.int64), mask=~stated),
        "cloud_permille": pa.array(np.rint((1 - looks.free_ratio) * 1_000).astype(np.int64)),
        "health_permille": pa.array(np.rint(looks.works_ratio * 1_000).astype(np.int64)),
        "disturbed": pa.array(np.where(looks.disturbed, "interference", "")),
    }
    for name, values in (
        ("lon_deg", looks.lon_deg),
        ("lat_deg", looks.lat_deg),
        ("above_ground_m", looks.height_m),
        ("range_m", looks.range_m),
        ("azimuth_deg", np.where(np.isnan(looks.width_deg), np.nan, looks.heading_deg)),
        ("width_deg", looks.width_deg),
        ("visibility_m", looks.visibility_m),
    ):
        columns[name] = pa.array(values, pa.float64(), mask=~np.isfinite(values))
    return pa.table([columns.get(each.name, pa.nulls(count, each.type)) for each in VIEWS], schema=VIEWS)


def rings_deg(looks: Looked) -> np.ndarray:
    """The four corners of each footprint; [] of a disc or sector."""
    corners = []
    for ahead, aside in ((1, 1), (1, -1), (-1, -1), (-1, 1)):
        turn_deg = np.degrees(np.arctan2(aside * looks.half_width_m, ahead * looks.half_length_m))
        far_m = np.hypot(looks.half_width_m, looks.half_length_m)
        known = np.isfinite(far_m)
        lon_deg, lat_deg = np.full((2, len(looks)), np.nan)
        lon_deg[known], lat_deg[known], _ = EARTH.fwd(
            looks.middle_lon_deg[known],
            looks.middle_lat_deg[known],
            (looks.heading_deg + turn_deg)[known],
            far_m[known],
        )
        corners += [lon_deg, lat_deg]
    flat = np.stack(corners, axis=1)
    found = np.empty(len(looks), dtype=object)
    for row in range(len(looks)):
        found[row] = flat[row].tolist() if np.isfinite(flat[row, 0]) else []
    return found


# --- what was done, and whether it was seen ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acts:
    """n acts of one signature; shape (n,)."""

    along_m: np.ndarray
    left_m: np.ndarray
    begins_s: np.ndarray  # of the week

    def __len__(self) -> int:
        return len(self.along_m)


def really_seen(world: World, acts: Acts, signature: Signature, *, once: bool = False, seed: int = 0) -> np.ndarray:
    """Whether any sensor detected each act, shape (n,).

    Args:
        once: a camera that stares draws once for the whole act, not afresh every hour.
    """
    chance = np.random.default_rng((world.seed, seed, len(signature.name), signature.stays_s))
    lon_deg, lat_deg, _ = world.line.at(acts.along_m, acts.left_m)
    seen = np.zeros(len(acts), dtype=bool)
    for first in range(0, len(acts), 4_000):
        part = np.arange(first, min(first + 4_000, len(acts)))
        act, look = near(world, acts.along_m[part], acts.begins_s[part], signature)
        act += first
        times = overlap(world.looks, look, acts.begins_s[act], signature.stays_s)
        kept = times[1] >= times[0]
        act, look, times = act[kept], look[kept], times[:, kept]
        how = likely(world.looks, look, (lon_deg[act], lat_deg[act]), signature, times)
        kept = how > 0
        hits = passes(world.looks, (act[kept], look[kept]), times[0, kept], how[kept], once=once)
        seen[hits[0][chance.random(len(hits[0])) < hits[1]]] = True
    return seen


def near(
    world: World, along_m: np.ndarray, begins_s: np.ndarray, signature: Signature
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of an act and a look that may meet."""
    hours = world.size.days * 24 + 2
    bins = (along_m // BIN_M).astype(np.int64) * hours
    first = np.maximum(begins_s // HOUR_S - 1, 0).astype(np.int64)
    last = np.minimum((begins_s + signature.stays_s) // HOUR_S, hours - 1).astype(np.int64)
    begins = np.searchsorted(world.keys, bins + first, side="left")
    count = np.searchsorted(world.keys, bins + last, side="right") - begins
    act = np.repeat(np.arange(len(along_m)), count)
    step = np.arange(len(act)) - np.repeat(np.cumsum(count) - count, count)
    return act, world.rows[begins[act] + step]


def overlap(looks: Looked, look: np.ndarray, begins_s: np.ndarray, stays_s: int) -> np.ndarray:
    """From when to when an act shows itself while somebody looks, shape (2, m)."""
    return np.stack([np.maximum(looks.from_s[look], begins_s), np.minimum(looks.until_s[look], begins_s + stays_s)])


def likely(
    looks: Looked, look: np.ndarray, place: tuple[np.ndarray, np.ndarray], signature: Signature, times: np.ndarray
) -> np.ndarray:
    """How likely each look makes the act out, if the act lies on its ground; cloud and works included."""
    of = {name: getattr(looks, name)[look] for name in FIELDS}
    eye_m = np.hypot(*plane_m(*place, of["lon_deg"], of["lat_deg"]))
    inside = on_ground(of, place, eye_m) & np.isin(of["kind"], [KINDS.index(m) for m in signature.means if m in KINDS])
    slant_m = np.hypot(eye_m, of["height_m"])
    light = made_out(of, slant_m, signature)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Half of all are still heard at `heard_m`; the distance at which one falls silent is log-logistic.
        sound = 1 / (1 + (slant_m / signature.heard_m) ** 4) if signature.heard_m else np.zeros(len(look))
    found = np.where(of["kind"] == POST, sound, light)
    if not signature.glows:
        up = np.maximum(*(sun_deg(*place, START_S + each) for each in times)) >= -6  # civil twilight
        found = np.where((of["kind"] == POST) | of["thermal"] | up, found, 0)
    return np.where(inside & ~of["disturbed"], found * of["free_ratio"] * of["works_ratio"], 0.0)


def on_ground(of: dict[str, np.ndarray], place: tuple[np.ndarray, np.ndarray], eye_m: np.ndarray) -> np.ndarray:
    """Whether places lie in the rectangle, or in the disc or sector."""
    turn = np.radians(of["heading_deg"])
    east_m, north_m = plane_m(*place, of["middle_lon_deg"], of["middle_lat_deg"])
    ahead_m, aside_m = (
        east_m * np.sin(turn) + north_m * np.cos(turn),
        east_m * np.cos(turn) - north_m * np.sin(turn),
    )
    with np.errstate(invalid="ignore"):
        framed = (np.abs(ahead_m) <= of["half_length_m"]) & (np.abs(aside_m) <= of["half_width_m"])
        east_m, north_m = plane_m(*place, of["lon_deg"], of["lat_deg"])
        along = (east_m * np.sin(turn) + north_m * np.cos(turn)) / np.maximum(eye_m, 1e-9)
        wide = np.isnan(of["width_deg"]) | (along >= np.cos(np.radians(of["width_deg"] / 2)))
        around = (eye_m <= of["range_m"]) & wide
    return np.where(np.isfinite(of["middle_lon_deg"]), framed, around)


def made_out(of: dict[str, np.ndarray], slant_m: np.ndarray, signature: Signature) -> np.ndarray:
    """By eye or picture: Johnson's cycles, the transfer function of 1975 and Koschmieder's haze.

    Source: Ratches et al. (1975): P = x^E / (1 + x^E), E = 2.7 + 0.7 x. Koschmieder (1924): contrast falls as
        exp(-3.912 way / visibility); 0.3 near by, 0.02 is just seen; detail goes with its logarithm.
    """
    space = of["kind"] == SATELLITE
    pixel_m = np.where(space, of["pixel_rad"], of["pixel_rad"] * slant_m)
    high = of["height_m"] / 1_500  # haze thins to 1/e over that
    way_m = np.where(space, 1_500 / np.sin(np.radians(30)), slant_m * (1 - np.exp(-high)) / high)
    contrast = 0.3 * np.exp(-3.912 * way_m / of["visibility_m"])
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.log(np.maximum(contrast, 1e-300) / 0.02) / np.log(0.3 / 0.02)
        x = signature.size_m / pixel_m / 2 * np.maximum(left, 0) / (0.75 if signature.glows else 3.0)
        power = np.minimum(x, 12) ** (2.7 + 0.7 * np.minimum(x, 12))
        return np.where(x > 0, power / (1 + power), 0.0)


def passes(
    looks: Looked, pairs: tuple[np.ndarray, np.ndarray], at_s: np.ndarray, how: np.ndarray, *, once: bool
) -> tuple[np.ndarray, np.ndarray]:
    """One draw for each act and pass, with the best chance in it: the act of each, and that chance."""
    act, look = pairs
    order = np.lexsort((at_s, looks.sensor[look], act))
    act, look, at_s, how = act[order], look[order], at_s[order], how[order]
    if not len(act):
        return act, how
    sensor = looks.sensor[look]
    fresh = np.ones(len(act), dtype=bool)
    relieved = (looks.kind[look[1:]] == CAMERA) & (not once)
    paused = np.diff(at_s) > (PAUSE_S + HOUR_S * np.isin(looks.kind[look[1:]], (CAMERA, POST)))
    fresh[1:] = (np.diff(act) != 0) | (np.diff(sensor) != 0) | relieved | paused
    begins = np.flatnonzero(fresh)
    return act[begins], np.maximum.reduceat(how, begins)
