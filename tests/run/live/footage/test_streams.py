"""A real stream over real sockets: spooled, read, placed; what breaks on the way costs only itself."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.run.live.footage.streaming import OSH, klv_packets
from tstrans import srt

from truceline.base.errors import InputError, UnavailableError
from truceline.model.footage import Camera
from truceline.run.live.footage import Placed, Source, Stream, lines, open_source

CONTENT = OSH.read_bytes()
DATAGRAM = 7 * 188
CHUNKS = [CONTENT[at : at + DATAGRAM] for at in range(0, len(CONTENT), DATAGRAM)]


def send_udp(port: int, chunks: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number, chunk in enumerate(chunks):
            sender.sendto(chunk, ("127.0.0.1", port))
            if number % 5 == 0:
                time.sleep(0.005)  # no faster than a receiver's buffer is emptied


def send_rtp(port: int, chunks: list[bytes]) -> None:
    """RFC 3550, 5.1; RFC 2250: payload type 33."""
    heads = [bytes([0x80, 33]) + (n % 65536).to_bytes(2, "big") + bytes(4) + b"\0\0\0\1" for n in range(len(chunks))]
    send_udp(port, [head + chunk for head, chunk in zip(heads, chunks, strict=True)])


def send_srt(port: int, chunks: list[bytes]) -> None:
    sender = srt.Sender.from_url(f"srt://127.0.0.1:{port}?mode=caller&latency=120")
    for chunk in chunks:
        sender.send_bytes(chunk)
        time.sleep(0.0005)
    sender.flush()
    time.sleep(0.3)
    sender.close()


def received(source: Source, stream: Stream, *, frames: int, seconds: float = 20.0) -> list[Placed]:
    """What the stream gives until it has given so many frames; fewer where it takes longer than that."""
    found: list[Placed] = []
    until = time.monotonic() + seconds
    while sum(each.footprints.num_rows for each in found) < frames and time.monotonic() < until:
        placed = stream.take(source.read(), now_us=time.time_ns() // 1_000)
        found += [placed] if placed else []
    return found


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def opened(request: pytest.FixtureRequest, free_port: int) -> Iterator[Source]:
    source = open_source(f"{request.param}://127.0.0.1:{free_port}{'?latency=120' if request.param == 'srt' else ''}")
    yield source
    source.close()


SENDERS = {"udp": send_udp, "rtp": send_rtp, "srt": send_srt}


@pytest.mark.parametrize("opened", SENDERS, indirect=True)
def test_each_way_of_coming_gives_every_frame_and_every_thing(opened: Source, tmp_path: Path) -> None:
    stream = Stream(opened.url, camera=Camera(), spool=tmp_path)
    sender = threading.Thread(target=SENDERS[opened.url[:3]], args=(opened.port, CHUNKS))
    sender.start()
    found = received(opened, stream, frames=276)
    sender.join()
    last = stream.close()
    found += [last] if last else []
    assert sum(each.footprints.num_rows for each in found) >= 276
    assert sum(each.sightings.num_rows for each in found) == 129
    spooled = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("*.ts")))
    assert len(klv_packets(spooled)) >= 276


@pytest.mark.parametrize("opened", ["srt"], indirect=True)
def test_a_sender_that_goes_away_and_comes_back_is_heard_again(opened: Source, tmp_path: Path) -> None:
    stream = Stream(opened.url, camera=Camera(), spool=tmp_path)
    part = CHUNKS[: len(CHUNKS) // 4]
    counts = []
    for _ in range(2):
        sender = threading.Thread(target=send_srt, args=(opened.port, part))
        sender.start()
        counts.append(sum(each.footprints.num_rows for each in received(opened, stream, frames=50)))
        while sender.is_alive():
            stream.take(opened.read(), now_us=0)
        sender.join()
    assert min(counts) >= 50


def test_what_is_seen_is_told_as_automatic_and_with_its_error() -> None:
    stream = Stream("udp://nowhere", camera=Camera())
    given = [stream.take(chunk, now_us=number * 5_000) for number, chunk in enumerate(CHUNKS)] + [stream.close()]
    told = [line for placed in given if placed for line in lines(placed) if line["what"] == "seen"]
    assert len(told) == 129
    assert {line["status"] for line in told} == {"automatic"}
    assert all(line["cov_ee_m2"] > 0 for line in told if line["lon_deg"] is not None)


def test_an_address_that_is_none_says_which_are() -> None:
    with pytest.raises(InputError, match="udp://, rtp:// or srt://"):
        open_source("http://127.0.0.1:1")


def test_an_address_that_is_taken_is_named(free_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", free_port))
        with pytest.raises(UnavailableError, match="cannot be listened on"):
            open_source(f"udp://127.0.0.1:{free_port}")
