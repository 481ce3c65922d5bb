"""The files of telemetry that ship, those that may not, and the ways in which a file is damaged."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from truceline.base.canonical import sha256_hex
from truceline.observe.footage.parts import Found, Raw
from truceline.observe.footage.telemetry import READERS
from truceline.observe.footage.telemetry.rows import FLAGS
from truceline.observe.reasons import REASONS

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = ROOT / "tests" / "footage_data" / "telemetry"
WHOLE = ROOT.parent / "shared" / "data" / "telemetry"


def shipped(name: str) -> bytes:
    return (SHIPPED / name).read_bytes()


def whole(name: str) -> bytes:
    path = WHOLE / name
    if not path.exists():
        pytest.skip(f"the whole of {name} is not here; its slice is tested")
    return path.read_bytes()


def raw_of(content: bytes) -> Raw:
    return Raw(name="drone", source_id="src", sha256=sha256_hex(content))


def read(kind: str, content: bytes) -> Found:
    found = READERS[kind](content, raw_of(content))
    check(found)
    return found


def check(found: Found) -> None:
    """What holds of every reading: the tables take it, ids are single, codes are known, nothing is out of range."""
    frames, _, rejects = found.tables()
    assert set(rejects["reason"].to_pylist()) <= set(REASONS)
    assert len(set(frames["frame_id"].to_pylist())) == len(frames)
    for row in found.frames:
        assert set(row["flags"]) <= set(FLAGS)
        assert len(set(row["flags"])) == len(row["flags"])
        assert ("sensor_lon_deg" in row) == ("sensor_lat_deg" in row)
        assert (row["pointing"] == "") == ("sensor_azimuth_deg" not in row)
        assert abs(row.get("sensor_lon_deg", 0)) <= 180
        assert abs(row.get("sensor_lat_deg", 0)) <= 90
        assert 0 <= row.get("heading_deg", 0) < 360
        assert "sensor_lon_deg" in row or row["flags"], "a row without a place says why"


# --- damage


class TooLongError(Exception):
    """A reader did not end in time."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TooLongError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One to four of: flipped bytes, a cut, a hole, strange bytes, a repeated piece, erased flash."""
    octets = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = (
            chance.randrange(len(octets) + 1)
            if chance.random() < 0.7
            else chance.randrange(min(len(octets), 6_000) + 1)
        )
        length = chance.choice((1, 2, 7, 40, 600, 9_000))
        match chance.randrange(6):
            case 0:
                for _ in range(chance.randint(1, 40)):
                    if octets:
                        octets[chance.randrange(len(octets))] = chance.randrange(256)
            case 1:
                del octets[max(at, 1) :]
            case 2:
                del octets[at : at + length]
            case 3:
                octets[at:at] = chance.randbytes(length)
            case 4:
                octets[at:at] = octets[max(0, at - length) : at]
            case _:
                octets[at : at + length] = bytes([chance.choice((0, 0xFF))]) * length
    return bytes(octets)


def survives(kind: str, content: bytes, *, seed: int, files: int, damage: Callable[..., bytes] = damaged) -> int:
    """Read so many damaged files, each within ten seconds; gives how many of them came out with a row."""
    chance = random.Random(seed)
    with_rows = 0
    for nth in range(files):
        broken = damage(content, chance)
        try:
            with within(10.0):
                found = read(kind, broken)
        except Exception as error:
            raise AssertionError(f"{kind}: file {nth} of seed {seed}: {type(error).__name__}: {error}") from error
        assert found.frames or found.rejects, f"{kind}: file {nth} of seed {seed} came to nothing"
        with_rows += bool(found.frames)
    return with_rows
