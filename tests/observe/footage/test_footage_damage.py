"""Damaged packets and files: nothing raises, nothing hangs, what was saved is counted, and what was lost is named.

`TRUCELINE_LONG=1` alters 1,000,000 packets and damages 2,000 files; TRUCELINE_SHARE (per cent) takes a part of that.
A failure prints its seed: the same seed is the same damage.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.conftest import LONG
from tests.observe.footage.klv_samples import (
    APHILL,
    EVERY_ITEM,
    OSH,
    packed,
    payloads,
    read,
)

from truceline.observe.footage import Found
from truceline.observe.footage.klv.sets import UAS_KEY, items, value_of
from truceline.observe.reasons import REASONS

SHARE = int(os.environ.get("TRUCELINE_SHARE", "100"))
PACKETS = 1_000_000 * SHARE // 100 if LONG else 3_000
FILES = 2_000 * SHARE // 100 if LONG else 100
BATCH = 500
DEADLINE_S = 10  # for one file or one batch; each takes about a tenth of a second

Damage = Callable[[random.Random, bytearray], bytes]


@contextmanager
def deadline(what: str) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeoutError(f"{what} took longer than {DEADLINE_S} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(DEADLINE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def altered(rng: random.Random, content: bytearray) -> bytes:
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def cut(rng: random.Random, content: bytearray) -> bytes:
    return bytes(content[: rng.randrange(1, len(content))])


def grown(rng: random.Random, content: bytearray) -> bytes:
    at = rng.randrange(len(content))
    return bytes(content[:at]) + rng.randbytes(rng.randint(1, 40)) + bytes(content[at:])


def shrunk(rng: random.Random, content: bytearray) -> bytes:
    at = rng.randrange(len(content))
    return bytes(content[:at] + content[at + rng.randint(1, 30) :])


def rubbish(rng: random.Random, content: bytearray) -> bytes:
    return bytes(content[:16]) + rng.randbytes(rng.randint(0, 300))


def enormous(rng: random.Random, content: bytearray) -> bytes:
    return (
        bytes(content[:16]) + rng.choice([b"\x84\xff\xff\xff\xff", b"\x83\x0f\xff\xff", b"\x80"]) + bytes(content[18:])
    )


RAW_DAMAGE: list[Damage] = [altered, cut, grown, shrunk, rubbish, enormous]


def repaired(rng: random.Random, packet: bytes) -> bytes:
    """Damage inside the packet, under a right length and checksum: what a faulty recorder writes."""
    value = value_of(packet)
    stated = [(tag, value[at:end]) for tag, at, end in items(value)[0] if tag != 1]
    for _ in range(rng.randint(1, 4)):
        kind, index = rng.randrange(5), rng.randrange(len(stated))
        tag, content = stated[index]
        if kind == 0 and content:
            stated[index] = (tag, altered(rng, bytearray(content)))
        elif kind == 1:
            stated[index] = (tag, rng.randbytes(rng.randint(0, 12)))
        elif kind == 2:
            stated.insert(index, (rng.randint(2, 143), rng.randbytes(rng.randint(0, 12))))
        elif kind == 3 and len(stated) > 1:
            del stated[index]
        else:
            stated[index] = (tag, content[: rng.randrange(len(content) + 1)])
    return packed(stated, UAS_KEY)


def sound(found: Found) -> None:
    """Whatever came out fits its table, has its place, and is named from the list."""
    frames, sightings, rejects = found.tables()
    assert frames.num_rows == len({frame["frame_id"] for frame in found.frames})
    assert sightings.num_rows == len({seen["sighting_id"] for seen in found.sightings})
    known = {frame["frame_id"] for frame in found.frames}
    assert all(seen["frame_id"] in known for seen in found.sightings)
    for reject in rejects.to_pylist():
        assert reject["reason"] in REASONS
        assert reject["problem"]
        assert reject["remedy"]
        assert reject["raw_at"]
    for frame in found.frames:
        for name, least, most in (("sensor_lat_deg", -90, 90), ("centre_lon_deg", -180, 180), ("hfov_deg", 0, 180)):
            assert frame.get(name) is None or least <= frame[name] <= most


def total(*parts: Found) -> Counter[str]:
    count: Counter[str] = Counter()
    for found in parts:
        count["frames"] += len(found.frames)
        count["flagged"] += sum(bool(frame["flags"]) for frame in found.frames)
        count.update(reject["reason"] for reject in found.rejects)
    return count


def sources() -> list[bytes]:
    return [*payloads(OSH)[::7], *payloads(EVERY_ITEM)[::5], *payloads(APHILL)[::60]]


@pytest.mark.parametrize("repairs", [False, True], ids=["raw", "with a right checksum"])
def test_damaged_packets_raise_nothing_and_each_comes_out_or_is_named(repairs: bool) -> None:
    known, count = sources(), Counter[str]()
    poses = [packet for packet in known if packet.startswith(UAS_KEY)]
    for seed in range(PACKETS // 2 // BATCH):
        rng = random.Random(seed)
        if repairs:
            batch = [repaired(rng, rng.choice(poses)) for _ in range(BATCH)]
        else:
            batch = [rng.choice(RAW_DAMAGE)(rng, bytearray(rng.choice(known))) for _ in range(BATCH)]
        with deadline(f"batch of seed {seed}"):
            found = read(b"".join(batch))
            sound(found)
        count += total(found)
        if repairs:
            assert len(found.frames) == BATCH, f"seed {seed}"
            assert not found.rejects, f"seed {seed}"
    print(f"\n{PACKETS // 2:,} packets {'with a right checksum' if repairs else 'altered'}: {dict(count)}")
    assert count["frames"] > PACKETS // 2 * (1 if repairs else 0.5) - 1


def test_one_byte_of_noise_never_passes_without_a_flag() -> None:
    """The checksum holds the whole packet, so that a wrong number is never trusted in silence."""
    rng, silent = random.Random(5), 0
    whole = payloads(OSH)[0]
    clean = read(whole).frames[0]
    for _ in range(PACKETS // 10):
        packet = bytearray(whole)
        at = rng.randrange(len(packet))
        packet[at] ^= rng.randrange(1, 256)
        for frame in read(bytes(packet)).frames:
            same = {key: value for key, value in frame.items() if key not in ("flags", "remark")}
            silent += not frame["flags"] and any(clean[key] != value for key, value in same.items())
    assert silent == 0


def bits(rng: random.Random, content: bytearray) -> bytes:
    for _ in range(rng.randrange(1, 300)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def hole(rng: random.Random, content: bytearray) -> bytes:
    at = rng.randrange(len(content))
    del content[at : at + rng.randrange(1, 20_000)]
    return bytes(content)


def inserted(rng: random.Random, content: bytearray) -> bytes:
    at = rng.randrange(len(content))
    return bytes(content[:at]) + rng.randbytes(rng.randrange(1, 20_000)) + bytes(content[at:])


def dropped(rng: random.Random, content: bytearray) -> bytes:
    kept = [content[at : at + 188] for at in range(0, len(content), 188) if rng.random() > 0.02]
    return b"".join(kept)


def overwritten(rng: random.Random, content: bytearray) -> bytes:
    at, count = rng.randrange(len(content)), rng.randrange(1, 100_000)
    content[at : at + count] = rng.randbytes(count)
    return bytes(content)


def shuffled(rng: random.Random, content: bytearray) -> bytes:
    packets = [bytes(content[at : at + 188]) for at in range(0, len(content), 188)]
    for _ in range(rng.randrange(1, 40)):
        one, other = rng.randrange(len(packets)), rng.randrange(len(packets))
        packets[one], packets[other] = packets[other], packets[one]
    return b"".join(packets)


def chopped(rng: random.Random, content: bytearray) -> bytes:
    for _ in range(rng.randrange(1, 60)):
        del content[rng.randrange(len(content))]
    return bytes(content)


FILE_DAMAGE: list[Damage] = [bits, hole, inserted, dropped, overwritten, shuffled, chopped]


def test_damaged_streams_raise_nothing_and_what_they_lost_is_named() -> None:
    whole = [OSH.read_bytes()[:300_000], EVERY_ITEM.read_bytes(), APHILL.read_bytes()[:150_000]]
    frames_of = [len(read(content, "a.ts").frames) for content in whole]
    clean = [{frame["at_us"] for frame in read(content, "a.ts").frames} for content in whole]
    count, expected = Counter[str](), 0
    for seed in range(FILES):
        rng = random.Random(10_000 + seed)
        which = seed % len(whole)
        damaged = FILE_DAMAGE[seed % len(FILE_DAMAGE)](rng, bytearray(whole[which]))
        with deadline(f"file of seed {seed}"):
            found = read(damaged, "a.ts")
            sound(found)
        expected += frames_of[which]
        count += total(found)
        lost = clean[which] - {frame.get("at_us") for frame in found.frames}
        assert not lost or found.rejects or any(frame["flags"] for frame in found.frames), (
            f"seed {seed} lost in silence"
        )
    print(f"\n{FILES:,} damaged streams, {expected:,} packets in the whole ones: {dict(count)}")
    assert count["frames"] > 0.8 * expected
