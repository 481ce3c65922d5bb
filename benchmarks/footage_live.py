"""From a metadata packet on the wire to what is said of it: `python -m benchmarks.footage_live [--seconds 27]`.

The real stream is sent over UDP on loopback at its own pace, again and again. Frames are placed a few together, and
each turn is timed from just before the first datagram that any of them can rest on is handed to the socket, until they
have been given out with what was seen in them: kernel, spool on the disk, demultiplexing, decoding, rays and errors.
One clock; one process sends and receives.
"""

import argparse
import os
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402

from truceline.model.footage import Camera  # noqa: E402
from truceline.run.live.footage import Stream, open_source  # noqa: E402

CLIP = ROOT / "missions" / "drone-junction" / "feeds" / "flight.ts"
CLIP_S = 9.2
DATAGRAM = 7 * 188
LIMIT_MS = 300.0


def main() -> int:
    """Send, receive, print; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footage_live")
    parser.add_argument("--seconds", type=float, default=27.0)
    rounds = max(1, round(parser.parse_args().seconds / CLIP_S))
    content = CLIP.read_bytes()
    chunks = [content[at : at + DATAGRAM] for at in range(0, len(content), DATAGRAM)] * rounds
    pause_s = CLIP_S * rounds / len(chunks)
    sent: list[float] = []
    took_ms, frames, seen = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        source = open_source("udp://127.0.0.1:0")
        stream = Stream(source.url, camera=Camera(), spool=Path(folder))
        sender = threading.Thread(target=send, args=(source.port, chunks, pause_s, sent))
        sender.start()
        received = told = 0  # datagrams: those that came, those that the last frames told of may rest on
        while sender.is_alive() or received < len(chunks):
            chunk = source.read()
            if not chunk:
                if not sender.is_alive():
                    break
                continue
            received += 1
            placed = stream.take(chunk, now_us=time.time_ns() // 1_000)
            if placed is not None and placed.footprints.num_rows:
                took_ms.append((time.perf_counter() - sent[told]) * 1_000)  # the oldest frame in it came after that
                frames += placed.footprints.num_rows
                seen += placed.sightings.num_rows
                told = received
        sender.join()
        stream.close()
        source.close()
    middle, late, last = np.percentile(took_ms, [50, 99, 100])
    print(f"{os.cpu_count()} cores; {rounds} x {CLIP_S} s at their own pace, {received:,} of {len(chunks):,} datagrams")
    print(f"{frames:,} frames and {seen:,} sightings located in {len(took_ms):,} turns")
    print(
        f"packet to located frame: p50 {middle:.1f} ms, p99 {late:.1f} ms, longest {last:.1f} ms (limit {LIMIT_MS:.0f})"
    )
    return int(last > LIMIT_MS)


def send(port: int, chunks: list[bytes], pause_s: float, sent: list[float]) -> None:
    """One datagram after the other, each at its time."""
    begun = time.perf_counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number, chunk in enumerate(chunks):
            wait_s = begun + number * pause_s - time.perf_counter()
            if wait_s > 0:
                time.sleep(wait_s)
            sent.append(time.perf_counter())
            sender.sendto(chunk, ("127.0.0.1", port))


if __name__ == "__main__":
    sys.exit(main())
