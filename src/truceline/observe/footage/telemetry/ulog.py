"""A PX4 flight log: where the receiver said the vehicle was, where the filter had it, and how it was turned.

Adapter of pyulog, which is given whole messages only (`framing`).
Source: PX4 Developer Guide, uORB messages vehicle_gps_position, vehicle_global_position, vehicle_local_position,
vehicle_attitude, gimbal_device_attitude_status.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyulog import ULog  # type: ignore[import-untyped]

from truceline.base.errors import InputError, OutOfRangeError
from truceline.base.frames import LocalFrame
from truceline.observe.footage.parts import Found, Raw, Row, reject
from truceline.observe.footage.telemetry.framing import framed
from truceline.observe.footage.telemetry.logs import (
    BootClock,
    attitude_deg,
    boot_clock,
    gimbal_columns,
    heading_columns,
    nearest,
)
from truceline.observe.footage.telemetry.rows import check_size, finite, frame, placed, refused, utc_us
from truceline.observe.reasons import refusal

RECEIVER, FILTER, LOCAL = "vehicle_gps_position", "vehicle_global_position", "vehicle_local_position"
ATTITUDE, GIMBAL, MOUNT = "vehicle_attitude", "gimbal_device_attitude_status", "mount_orientation"
SENSOR = "sensor_gps"  # what the receiver itself gave, in logs without RECEIVER
TOPICS = frozenset({RECEIVER, SENSOR, FILTER, LOCAL, ATTITUDE, GIMBAL, MOUNT})
BESIDE_US = 100_000  # an attitude this near in time belongs to the fix
SECOND_US = 250_000  # a filter's place
GIMBAL_US = 500_000
APART_US = 100_000  # rows without a receiver: at most ten a second
FIXED = 2  # fix_type from here on has a place: 2D
REPORTED = 2  # jamming_state, spoofing_state from here on: seen, mitigated or not

Series = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    """One topic's samples in the order of their time."""

    values: Series
    times_us: NDArray[np.int64]  # since boot

    def number(self, name: str, index: int) -> float | None:
        """A field as a number; None: not logged, or no number."""
        return finite(self.values[name][index]) if name in self.values else None

    def whole(self, name: str, index: int) -> int | None:
        """A field as a whole number; None: not logged."""
        return int(self.values[name][index]) if name in self.values else None

    def vector(self, name: str, index: int, items: int) -> list[float] | None:
        """An array's items; None: not logged."""
        names = [f"{name}[{item}]" for item in range(items)]
        return [float(self.values[each][index]) for each in names] if names[-1] in self.values else None


Topics = Mapping[str, _Topic]


def read(content: bytes, raw: Raw) -> Found:
    """One row for each fix of the receiver; without one, for each place of the filter, else for the attitude.

    Heights: `alt` is above the geoid, `alt_ellipsoid` above the ellipsoid, as the receiver has them.
    Limits: the second solution (`other_`) is the autopilot's filter, which takes the receiver in: it lags behind a
    false fix for seconds and then follows it. `mount_orientation` is not taken: it does not say what it is measured
    from.
    """
    try:
        check_size(content)
        whole = framed(content, TOPICS)
        topics = _topics(whole.log)
    except InputError as error:
        return refused(raw, error)
    found = Found()
    for loss in whole.losses:
        why = refusal(loss.reason, loss.problem, subject="log")
        found.rejects.append(reject(why, raw=raw, raw_at=f"byte {loss.at}"))
    base, row_of = _base(topics)
    if not base:
        why = refusal("no-telemetry", f"no place and no attitude in {len(content):,} bytes.", subject="log")
        found.rejects.append(reject(why, raw=raw, raw_at="file"))
        return found
    clock = _clock(topics)
    for index in _indices(base, topics[base]):
        at = f"{base}, sample {index + 1}"
        values = row_of(topics, base, index) | _beside(topics, int(topics[base].times_us[index]))
        values = _flagged(_timed(values, topics[base], index, clock), topics)
        found.frames.append(frame(raw, raw_at=at, stream="log", values=values))
    return found


def _topics(log: bytes) -> Topics:
    """Each topic's samples; of several instances the one with the most."""
    try:
        parsed = ULog(io.BytesIO(log), list(TOPICS))
    except (LookupError, ValueError, TypeError, ArithmeticError, RecursionError, EOFError) as error:
        raise refusal("log-not-readable", f"{type(error).__name__}: {error}.", subject="file") from None
    best: dict[str, _Topic] = {}
    for one in parsed.data_list:
        times_us = one.data["timestamp"].astype(np.int64)
        if one.name not in best or len(times_us) > len(best[one.name].times_us):
            order = np.argsort(times_us, kind="stable")
            values = {name: column[order] for name, column in one.data.items()}
            best[one.name] = _Topic(values=values, times_us=times_us[order])
    if RECEIVER not in best and SENSOR in best:
        best[RECEIVER] = best.pop(SENSOR)
    return best


def _base(topics: Topics) -> tuple[str, Callable[[Topics, str, int], Row]]:
    """The topic whose samples become rows, and how."""
    if RECEIVER in topics:
        return RECEIVER, _receiver_row
    if FILTER in topics:
        return FILTER, _filter_row
    return (ATTITUDE, _attitude_row) if ATTITUDE in topics else ("", _attitude_row)


def _indices(base: str, topic: _Topic) -> list[int]:
    if base == RECEIVER:
        return list(range(len(topic.times_us)))
    kept, last_us = [], -(1 << 62)
    for index, at_us in enumerate(topic.times_us.tolist()):
        if at_us - last_us >= APART_US:
            kept.append(index)
            last_us = at_us
    return kept


# --- one row


def _receiver_row(topics: Topics, base: str, index: int) -> Row:
    fix = topics[base]
    lon_deg, lat_deg = fix.number("longitude_deg", index), fix.number("latitude_deg", index)
    if lon_deg is None:
        lon_deg, lat_deg = _scaled(fix, "lon", index, 1e-7), _scaled(fix, "lat", index, 1e-7)
    place, flags = placed(lon_deg, lat_deg)
    kind = fix.whole("fix_type", index)
    if kind is not None and kind < FIXED:
        place, flags = {}, ["no-fix"]
    heights = {
        "sensor_msl_m": fix.number("altitude_msl_m", index) or _scaled(fix, "alt", index, 1e-3),
        "sensor_hae_m": fix.number("altitude_ellipsoid_m", index) or _scaled(fix, "alt_ellipsoid", index, 1e-3),
    }
    flags += [name for name in ("jamming", "spoofing") if (fix.whole(f"{name}_state", index) or 0) >= REPORTED]
    return (
        place
        | (heights if place else {})
        | {
            "flags": flags,
            "satellites": fix.whole("satellites_used", index),
            "hdop": fix.number("hdop", index),
            "remark": _receiver_words(fix, index),
        }
    )


def _scaled(topic: _Topic, name: str, index: int, unit_ratio: float) -> float | None:
    number = topic.number(name, index)
    return None if number is None else number * unit_ratio


def _receiver_words(fix: _Topic, index: int) -> str:
    """What the receiver says of its own fix, for which FRAMES has no column."""
    said = {
        "fix": fix.whole("fix_type", index),
        "eph": fix.number("eph", index),
        "epv": fix.number("epv", index),
        "noise": fix.whole("noise_per_ms", index),
        "jamming indicator": fix.whole("jamming_indicator", index),
        "jamming state": fix.whole("jamming_state", index),
        "spoofing state": fix.whole("spoofing_state", index),
    }
    units = {"eph": " m", "epv": " m"}
    return ", ".join(f"{name} {value:.4g}{units.get(name, '')}" for name, value in said.items() if value is not None)


def _filter_row(topics: Topics, base: str, index: int) -> Row:
    place, flags = placed(topics[base].number("lon", index), topics[base].number("lat", index))
    heights = {
        "sensor_msl_m": topics[base].number("alt", index),
        "sensor_hae_m": topics[base].number("alt_ellipsoid", index),
    }
    return place | (heights if place else {}) | {"flags": flags, "remark": "the filter's place; no receiver is logged"}


def _attitude_row(_topics: Topics, _base: str, _index: int) -> Row:
    return {"flags": ["no-place"]}


def _beside(topics: Topics, boot_us: int) -> Row:
    """What other topics say at that time: attitude, gimbal, second solution."""
    return _attitude(topics, boot_us) | _second(topics, boot_us)


def _attitude(topics: Topics, boot_us: int) -> Row:
    attitude = topics.get(ATTITUDE)
    at = nearest(attitude.times_us, boot_us, within_us=BESIDE_US) if attitude else None
    quaternion = attitude.vector("q", at, 4) if attitude and at is not None else None
    angles_deg = attitude_deg(quaternion) if quaternion else None
    gimbal = topics.get(GIMBAL)
    at = nearest(gimbal.times_us, boot_us, within_us=GIMBAL_US) if gimbal else None
    turned = gimbal.vector("q", at, 4) if gimbal and at is not None else None
    pointing: Row = {}
    if gimbal and at is not None and turned:
        flags = gimbal.whole("device_flags", at) or 0
        pointing = gimbal_columns(turned, flags, angles_deg[0] if angles_deg else None)
    return heading_columns(angles_deg) | pointing


def _second(topics: Topics, boot_us: int) -> Row:
    """The filter's place, global or from the origin of its local frame."""
    for name in (FILTER, LOCAL):
        topic = topics.get(name)
        at = nearest(topic.times_us, boot_us, within_us=SECOND_US) if topic else None
        if topic and at is not None:
            lon_deg, lat_deg = _global(topic, at) if name == FILTER else _from_origin(topic, at)
            place, _ = placed(lon_deg, lat_deg)
            if place:
                return {"other_lon_deg": place["sensor_lon_deg"], "other_lat_deg": place["sensor_lat_deg"]}
    return {}


def _global(topic: _Topic, index: int) -> tuple[float | None, float | None]:
    if topic.whole("lat_lon_valid", index) == 0:
        return None, None
    return topic.number("lon", index), topic.number("lat", index)


def _from_origin(topic: _Topic, index: int) -> tuple[float | None, float | None]:
    """x is north and y is east of the origin, metres."""
    numbers = [topic.number(name, index) for name in ("ref_lon", "ref_lat", "y", "x")]
    lon_deg, lat_deg, east_m, north_m = numbers
    if not topic.whole("xy_global", index) or lon_deg is None or lat_deg is None or east_m is None or north_m is None:
        return None, None
    if not (abs(lat_deg) < 89 and abs(lon_deg) <= 180) or (lon_deg, lat_deg) == (0, 0):
        return None, None
    try:
        return LocalFrame(name="log", origin_lon_deg=lon_deg, origin_lat_deg=lat_deg).to_degrees(east_m, north_m)
    except OutOfRangeError:
        return None, None


# --- time


def _clock(topics: Topics) -> BootClock | None:
    fix = topics.get(RECEIVER)
    if fix is None or "time_utc_usec" not in fix.values:
        return None
    stated = fix.values["time_utc_usec"].astype(np.int64).tolist()
    pairs = [(boot, utc) for boot, utc in zip(fix.times_us.tolist(), stated, strict=True) if utc_us(utc) is not None]
    return boot_clock([boot for boot, _ in pairs], [utc for _, utc in pairs])


def _timed(values: Row, topic: _Topic, index: int, clock: BootClock | None) -> Row:
    """UTC as the receiver gave it with the fix; else the boot time through the receiver's other fixes."""
    flags = list(values["flags"])  # type: ignore[call-overload]
    stated = topic.whole("time_utc_usec", index)
    at_us = utc_us(stated) if stated is not None else None
    if at_us is None and clock is not None:
        at_us = utc_us(clock.at_us(int(topic.times_us[index])))
    if at_us is None or clock is None:
        return values | {"flags": [*flags, "no-utc"]}
    return values | {"at_us": at_us, "at_sigma_us": clock.sigma_us}


def _flagged(values: Row, topics: Topics) -> Row:
    """What is missing beside the place."""
    flags = list(values["flags"])  # type: ignore[call-overload]
    flags += ["no-attitude"] if "heading_deg" not in values else []
    flags += ["mount-frame-unstated"] if MOUNT in topics and "pointing" not in values else []
    return values | {"flags": flags}
