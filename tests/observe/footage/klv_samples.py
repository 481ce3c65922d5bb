"""What the tests of footage metadata are made of: real files, sets put together item by item, streams put together."""

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from tstrans.mpegts import (
    Demuxer,
    DemuxEvent,
    KlvStreamType,
    Muxer,
    MuxerConfig,
    MuxerProgramConfigBuilder,
    Pts90khz,
    VideoCodec,
)

from truceline.observe.footage import Found, Raw, read_footage
from truceline.observe.footage.klv.sets import UAS_KEY, VMTI_KEY

ROOT = Path(__file__).resolve().parents[3]
KLV = ROOT / "tests" / "footage_data" / "klv"
TRUCK = ROOT.parent / "shared" / "data" / "klv" / "truck"
TRUCK_GOLDEN = ROOT.parent / "shared" / "data" / "klv" / "golden" / "esri_truck_st0601.csv"
OSH = KLV / "osh" / "sample-stream.ts"
APHILL = KLV / "kwiver" / "aphill_klv_10s.ts"
EVERY_ITEM = KLV / "kwiver" / "h264_klv.ts"
RAW = Raw(name="flight.ts", source_id="uav-1", sha256="ab" * 32)

STAMP_US = 1_340_980_354_100_000
Items = Sequence[tuple[int, bytes]]
# A camera at 37.25 N, 48.5 E, 3 km up, its picture's middle 2 km north.
POSE: Items = (
    (2, STAMP_US.to_bytes(8, "big")),
    (13, round(37.25 / 90 * (2**31 - 1)).to_bytes(4, "big", signed=True)),
    (14, round(48.5 / 180 * (2**31 - 1)).to_bytes(4, "big", signed=True)),
    (15, bytes.fromhex("c221")),
    (23, round(37.268 / 90 * (2**31 - 1)).to_bytes(4, "big", signed=True)),
    (24, round(48.5 / 180 * (2**31 - 1)).to_bytes(4, "big", signed=True)),
    (65, b"\x04"),
)


def read(content: bytes, name: str = "flight.klv") -> Found:
    return read_footage(content, raw=Raw(name=name, source_id=RAW.source_id, sha256=RAW.sha256))


@cache
def payloads(path: Path) -> tuple[bytes, ...]:
    """The metadata packets of a stream, taken out by the library alone."""
    demuxer = Demuxer()
    demuxer.feed(path.read_bytes())
    demuxer.flush()
    return tuple(bytes(event.payload) for event in demuxer if isinstance(event, DemuxEvent.Metadata))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def length(count: int) -> bytes:
    return bytes([count]) if count < 128 else b"\x82" + count.to_bytes(2, "big")


def oid(tag: int) -> bytes:
    return bytes([tag]) if tag < 128 else bytes([0x80 | tag >> 7, tag & 0x7F])


def body(items: Items) -> bytes:
    return b"".join(oid(tag) + length(len(value)) + value for tag, value in items)


def packed(items: Items, key: bytes = UAS_KEY) -> bytes:
    """A whole set with its checksum."""
    value = body(items) + b"\x01\x02"
    begun = key + length(len(value) + 2) + value
    return begun + summed(begun).to_bytes(2, "big")


def summed(content: bytes) -> int:
    """The standard's running sum, as the sum of the packet's 16-bit words."""
    return int(np.frombuffer(content + b"\0" * (len(content) % 2), ">u2").sum(dtype=np.uint64)) & 0xFFFF


def pose(*items: tuple[int, bytes]) -> bytes:
    """`POSE` with these items in place of its own, or besides."""
    given = dict(items)
    kept = [(tag, given.pop(tag, value)) for tag, value in POSE]
    return packed(kept + list(given.items()))


def linear(value: float, least: float, most: float, count: int) -> bytes:
    return round((value - least) / (most - least) * (2 ** (8 * count) - 1)).to_bytes(count, "big")


def vmti(packs: Iterable[tuple[int, Items]], revision: int | None = 5, width: int = 640, height: int = 480) -> bytes:
    """The value of a set of things seen."""
    series = b""
    for name, items in packs:
        pack = oid(name) + body(items)
        series += length(len(pack)) + pack
    items: list[tuple[int, bytes]] = [(4, bytes([revision]))] if revision is not None else []
    items += [(8, width.to_bytes(2, "big")), (9, height.to_bytes(2, "big")), (101, series)]
    return body(items)


def alone(value: bytes, stamp_us: int = STAMP_US) -> bytes:
    """A set of things seen that stands by itself."""
    value = body([(2, stamp_us.to_bytes(8, "big"))]) + value + b"\x01\x02"
    begun = VMTI_KEY + length(len(value) + 2) + value
    return begun + summed(begun).to_bytes(2, "big")


# Sequence parameter sets of H.264 (baseline, one reference picture) that say nothing but these sizes.
SIZES = {(640, 480): "000000016742001eda0280f640", (1280, 720): "000000016742001eda014016e4"}


def muxed(
    pushes: Iterable[tuple[int, int, bytes]],
    *,
    kind: KlvStreamType = KlvStreamType.PRIVATE_DATA,
    has_time: bool = True,
    pids: Sequence[int] = (0x1F1,),
    size: tuple[int, int] = (640, 480),
) -> bytes:
    """A transport stream of one video and metadata: (index of the metadata stream, clock reading, packet)."""
    program = MuxerProgramConfigBuilder(1, 0x1000).add_video(0x100, VideoCodec.H264)
    for pid in pids:
        program = program.add_klv(pid, kind, carries_pts=has_time)
    muxer = Muxer(MuxerConfig.builder().add_program(program.build()).build())
    handles, out = muxer.klv_handles(), bytearray()
    picture = bytes.fromhex(SIZES[size]) + b"\0\0\0\1\x65" + b"\x11" * 50
    for index, reading, packet in pushes:
        clock = Pts90khz(reading % (1 << 33))
        muxer.push_video(picture, pts=clock, key_frame=True)
        muxer.push_klv_to(handles[index], packet, pts=clock)
        out += drained(muxer)
    return bytes(out + drained(muxer))


def drained(muxer: Muxer) -> bytes:
    out, room = b"", bytearray(1 << 16)
    while count := muxer.pull(room):
        out += bytes(room[:count])
    return out
