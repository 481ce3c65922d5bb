"""The desk's time: the system's clock, held to its own steady count, so that a jump lets no deadline pass.

A wall clock that leaps is not believed: time goes on by the steady count from the last moment that was, and the jump is
recorded. It is believed again once it comes back, or once a person accepts it. Time here never goes backwards.
Limits: over a restart there is no steady count; a wall clock behind the record's last entry is not believed either, and
a gap forward counts as the time in which nothing ran. A count that stood still while the machine slept looks like a
jump. Jumps of less than `jump_s` one after the other cannot be told from a clock that is set right again and again.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from truceline.base.errors import OutOfRangeError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S


def wall_us() -> int:
    """The system's clock, microseconds UTC."""
    return time.time_ns() // 1_000


def steady_us() -> int:
    """A count that never jumps, microseconds since some moment."""
    return time.monotonic_ns() // 1_000


@dataclass(slots=True)
class Clock:
    """`now_us()` is the time that decisions and timers go by. Safe to ask from several threads.

    Args:
        jump_s: a difference of more than this between the two counts is a jump.
    """

    jump_s: int
    wall: Callable[[], int] = wall_us
    steady: Callable[[], int] = steady_us
    jumped_us: int = 0  # wall minus believed time while the wall clock is not believed; 0: it is
    _base_us: int = 0
    _steady_us: int = 0
    _last_us: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._base_us, self._steady_us = self.wall(), self.steady()
        self._last_us = self._base_us

    def not_before(self, at_us: int) -> None:
        """The record has come to this moment: nothing happens before it."""
        with self._lock:
            wall, steady = self.wall(), self.steady()
            if self._base_us + steady - self._steady_us < at_us:
                self.jumped_us = wall - at_us
                self._base_us, self._steady_us = at_us, steady
            self._last_us = max(self._last_us, at_us)

    def now_us(self) -> int:
        """The believed time: never earlier than what it said before."""
        with self._lock:
            wall, steady = self.wall(), self.steady()
            believed = self._base_us + steady - self._steady_us
            apart = wall - believed
            if abs(apart) > self.jump_s * US_PER_S:
                self.jumped_us = apart
            else:
                self.jumped_us = 0
                self._base_us, self._steady_us, believed = wall, steady, wall
            self._last_us = max(self._last_us, believed)
            return self._last_us

    def accept(self) -> int:
        """A person says that the wall clock is right: believe it from now on, and return by how much it had jumped.

        Raises: OutOfRangeError: it is behind what was written already, and time does not go back.
        """
        with self._lock:
            wall, steady, jumped_us = self.wall(), self.steady(), self.jumped_us
            if wall < self._last_us - self.jump_s * US_PER_S:
                raise OutOfRangeError(
                    f"the system's clock says {stamp(wall)}, and the record has come to {stamp(self._last_us)}.",
                    subject="clock",
                    remedy="Time goes on by the steady count until the clock has caught up; set the clock right.",
                )
            self._base_us, self._steady_us, self.jumped_us = wall, steady, 0
            return jumped_us
