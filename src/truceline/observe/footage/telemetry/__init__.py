"""Telemetry beside plain video: subtitles, flight logs, a table, and what a still says of itself.

Each reader takes the bytes of one file and gives FRAMES, and a reject with a named reason for all that was lost. None
raises for what a file holds, and none reads it more than a fixed number of times: a damaged file ends like a whole one.
To add a kind: one file with a `read`, one line in READERS.
"""

from collections.abc import Callable

from truceline.observe.footage.parts import Found, Raw
from truceline.observe.footage.telemetry import sidecar, subtitles

__all__ = ["READERS"]


def _ulog(content: bytes, raw: Raw) -> Found:
    from truceline.observe.footage.telemetry import ulog  # with the extra `footage`, as the next two

    return ulog.read(content, raw)


def _mavlink(content: bytes, raw: Raw) -> Found:
    from truceline.observe.footage.telemetry import mavlink

    return mavlink.read(content, raw)


def _still(content: bytes, raw: Raw) -> Found:
    from truceline.observe.footage.telemetry import stills

    return stills.read(content, raw, raw.zone)


def _subtitles(content: bytes, raw: Raw) -> Found:
    return subtitles.read(content, raw, raw.zone)


def _sidecar(content: bytes, raw: Raw) -> Found:
    return sidecar.read(content, raw, raw.zone)


READERS: dict[str, Callable[[bytes, Raw], Found]] = {
    "subtitles": _subtitles,
    "ulog": _ulog,
    "mavlink": _mavlink,
    "sidecar": _sidecar,
    "still": _still,
}
