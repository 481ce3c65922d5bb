"""What flight logs share: the boot clock against UTC, the sample nearest in time, rotations as angles.

Frames of reference: north-east-down, right-handed, turned in the order z, y, x into the body (forward, right, down).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from truceline.observe.footage.parts import Row

RECEIVER_DELAY_US = 110_000  # a fix reaches the log this much later than it was true (PX4, EKF2_GPS_DELAY: 110 ms)
CLOCKS_APART_US = 1_000_000
_SIGMA_OF_MAD = 1.4826  # median absolute deviation to one sigma of a normal error

YAW_LOCK, YAW_IN_VEHICLE, YAW_IN_EARTH = 16, 32, 64  # MAVLink, GIMBAL_DEVICE_FLAGS


@dataclass(frozen=True, slots=True, kw_only=True)
class BootClock:
    """UTC is the time since boot plus `offset_us`, one sigma `sigma_us`."""

    offset_us: int
    sigma_us: int

    def at_us(self, boot_us: int) -> int:
        """Microseconds UTC."""
        return boot_us + self.offset_us


def boot_clock(boot_us: Sequence[int], utc_us: Sequence[int]) -> BootClock | None:
    """The clock through pairs of the same moments; None: there is no pair.

    The middle of the differences, and their scatter with the receiver's delay as its sigma.
    Limits: a receiver that is a whole second off (an old count of leap seconds) is so in every pair.
    """
    if not boot_us:
        return None
    apart = [utc - boot for boot, utc in zip(boot_us, utc_us, strict=True)]
    offset_us = sorted(apart)[len(apart) // 2]
    scatter = sorted(abs(each - offset_us) for each in apart)[len(apart) // 2] * _SIGMA_OF_MAD
    return BootClock(offset_us=offset_us, sigma_us=round(math.hypot(scatter, RECEIVER_DELAY_US)))


def nearest(times_us: NDArray[np.int64], at_us: int, *, within_us: int) -> int | None:
    """Which of the times, sorted, is nearest; None: none is that near."""
    if not len(times_us):
        return None
    after = int(np.searchsorted(times_us, at_us))
    beside = [index for index in (after - 1, after) if 0 <= index < len(times_us)]
    best = min(beside, key=lambda index: abs(int(times_us[index]) - at_us))
    return best if abs(int(times_us[best]) - at_us) <= within_us else None


def attitude_deg(quaternion: Sequence[float]) -> tuple[float, float, float] | None:
    """Heading 0 to 360, pitch, roll of a rotation w, x, y, z; None: it is none (not of length one).

    Source: Diebel, Representing Attitude (2006), 5.6.3: the sequence z, y, x.
    """
    w, x, y, z = (float(each) for each in quaternion)
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if not abs(length - 1) < 0.01:  # also refuses NaN
        return None
    w, x, y, z = w / length, x / length, y / length, z / length
    heading = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    pitch = math.asin(max(-1.0, min(1.0, 2 * (w * y - x * z))))
    roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    return math.degrees(heading) % 360, math.degrees(pitch), math.degrees(roll)


def heading_columns(angles_deg: tuple[float, float, float] | None) -> Row:
    """The vehicle's columns; none where it is not known."""
    return dict(zip(("heading_deg", "pitch_deg", "roll_deg"), angles_deg, strict=True)) if angles_deg else {}


def pointing_columns(azimuth_deg: float, elevation_deg: float, roll_deg: float) -> Row:
    """A camera's angles towards north and the horizon, as columns."""
    return {
        "pointing": "ground",
        "sensor_azimuth_deg": azimuth_deg % 360,
        "sensor_elevation_deg": elevation_deg,
        "sensor_roll_deg": roll_deg,
    }


def gimbal_columns(quaternion: Sequence[float], flags: int, heading_deg: float | None) -> Row:
    """A gimbal's attitude towards north and the horizon; none where its yaw is towards a heading that is not known.

    Pitch and roll are towards the horizon always; yaw is towards north or the vehicle's heading, as the flags say.
    Source: MAVLink common, GIMBAL_DEVICE_ATTITUDE_STATUS (285).
    """
    angles_deg = attitude_deg(quaternion)
    earth = bool(flags & YAW_IN_EARTH) or bool(flags & YAW_LOCK and not flags & YAW_IN_VEHICLE)
    if angles_deg is None or (heading_deg is None and not earth):
        return {}
    yaw_deg, elevation_deg, roll_deg = angles_deg
    return pointing_columns(yaw_deg + (0.0 if earth else heading_deg or 0.0), elevation_deg, roll_deg)
