"""What serving costs: `python -m benchmarks.serving [--events 1000000] [--readers 1000]`. Two parts.

Features: an index of a million events for each of two recipients, built in a process of its own from a file; 10,000
features in random boxes; the process's memory. Stream: one server process with a made-up desk and 1,000 real
connections; the time from a commit until each reader holds it; then the framework's own events, worked out for each
reader anew, on the same desk.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from truceline.model.account import PUBLIC  # noqa: E402
from truceline.model.desk import Cursor, Item  # noqa: E402
from truceline.model.event import EVENTS  # noqa: E402

ITEMS = 50
EVERY_S = 0.2
QUESTIONS = 40
NOW_US = 2 * 10**15
WORDS = {
    "status": ("preliminary", "confirmed"),
    "act": ("fire", "strike", "move", "present"),
    "weapon_class": ("mortar", "howitzer", ""),
    "object_kind": ("", "dwelling"),
    "place_name": ("Stepove", "Krasne", "Pivnichne"),
}
LIMITS = {"10,000 features": 60.0, "memory": 500.0, "p99": 1_000.0}
Figure = tuple[str, float, str, float | None]  # what, figure, unit, limit


def main() -> int:
    """Measure, print; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=1_000)
    parser.add_argument("--part", choices=["all", "features", "stream", "index", "serve", "peer"], default="all")
    parser.add_argument("--path", default="")
    asked = parser.parse_args()
    if asked.part == "index":
        return in_own_process(Path(asked.path))
    if asked.part in ("serve", "peer"):
        return serve(asked.part)
    figures: list[Figure] = []
    if asked.part in ("all", "features"):
        figures += features(asked.events)
    if asked.part in ("all", "stream"):
        figures += stream(asked.readers)
    for what, figure, unit, limit in figures:
        said = "" if limit is None else f"  (limit {limit:g} {unit}){'' if figure <= limit else '  MISSED'}"
        print(f"{what:58} {figure:10.1f} {unit}{said}")
    return int(any(limit is not None and figure > limit for _, figure, _, limit in figures))


# --- features ------------------------------


def features(events: int) -> list[Figure]:
    """Figures of a process that holds two indexes of so many events."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, made(1).schema) as writer:
            for first in range(0, events, 50_000):
                writer.write_table(made(min(50_000, events - first), seed=first))
        found = own("index", path=str(path))
        return [tuple(each) for each in json.loads(found.communicate()[0])]


def in_own_process(path: Path) -> int:
    """Build both indexes from the mapped file, ask, and print the figures as JSON."""
    from truceline.serve.features import FeatureIndex, Query
    from truceline.serve.ogc import COLLECTIONS

    figures: list[Figure] = []
    indexes = []
    for number in (1, 2):
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
            begun_s = time.perf_counter()
            queryables = COLLECTIONS["events"].queryables
            indexes.append(FeatureIndex(table, columns=queryables, folder=path.parent))
            figures.append(
                (f"index {number} of {len(indexes[-1]):,} events built", time.perf_counter() - begun_s, "s", None)
            )
            del table
    pa.default_memory_pool().release_unused()
    chance = np.random.default_rng(7)
    for size_deg, name in ((10.0, "whole extent"), (3.0, "boxes of 3°"), (1.0, "boxes of 1°")):
        took_ms, returned = [], []
        for question in range(QUESTIONS):
            west, south = chance.uniform(30, 40.001 - size_deg), chance.uniform(46, max(46.0, 52 - size_deg) + 0.001)
            query = Query(limit=10_000, bbox_deg=(west, south, west + size_deg, south + size_deg))
            begun_s = time.perf_counter()
            page = indexes[question % 2].page(query, now_us=NOW_US)
            body = b"".join([b'{"features":[', page.body, b"]}"])
            took_ms.append((time.perf_counter() - begun_s) * 1e3)
            returned.append(page.returned)
            assert len(body) > page.returned
        what = f"10,000 features, {name} ({statistics.median(returned):,.0f} returned)"
        figures.append((f"{what}, p50", statistics.median(took_ms), "ms", LIMITS["10,000 features"]))
        figures.append((f"{what}, worst of {QUESTIONS}", max(took_ms), "ms", None))
    begun_s = time.perf_counter()
    indexes[0].put(made(100, seed=99))
    figures.append(("100 events put into the index", (time.perf_counter() - begun_s) * 1e3, "ms", None))
    figures.append(("memory of the process, two indexes", resident_mb("VmRSS"), "MB", LIMITS["memory"]))
    figures.append(("its highest", resident_mb("VmHWM"), "MB", None))
    print(json.dumps(figures))
    return 0


def made(count: int, seed: int = 0) -> pa.Table:
    """So many events with ids, times and places of their own."""
    chance = np.random.default_rng(seed)
    at_us = chance.integers(1_700_000_000, 1_760_000_000, count) * 1_000_000
    columns: dict[str, object] = {
        "event_id": [f"evt-{number:012x}" for number in chance.integers(0, 2**48, count)],
        "earliest_at_us": at_us,
        "latest_at_us": at_us + 60_000_000,
        "lon_deg": chance.uniform(30, 40, count),
        "lat_deg": chance.uniform(46, 52, count),
        "cov_ee_m2": chance.integers(100, 10_000, count).astype(float),
        "cov_en_m2": np.zeros(count),
        "cov_nn_m2": chance.integers(100, 10_000, count).astype(float),
        "members": [[f"obs-{number:012x}"] for number in range(count)],
        "parties": [["A"]] * count,
    }
    columns |= {name: np.array(words)[chance.integers(0, len(words), count)] for name, words in WORDS.items()}
    arrays = []
    for field in EVENTS:
        empty = [] if pa.types.is_list(field.type) else "" if pa.types.is_string(field.type) else None
        arrays.append(pa.array(columns.get(field.name, [empty] * count), field.type))
    return pa.table(arrays, schema=EVENTS).append_column("visible_from_us", pa.array(at_us))


def resident_mb(name: str) -> float:
    """A line of this process's status, in megabytes. Linux."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1e3


# --- stream ------------------------------


class MadeUpDesk:
    """A desk that commits ITEMS items, one every EVERY_S, from a thread of its own; each says when."""

    def __init__(self) -> None:
        self.held: list[Item] = []
        self.tellers: list[object] = []

    @property
    def position(self) -> int:
        return len(self.held)

    def now_us(self) -> int:
        return 0

    def follow(self, told: object) -> None:
        self.tellers.append(told)

    def items(self, cursor: Cursor, to: object) -> tuple[list[Item], Cursor]:
        held = [*self.held]
        return held[cursor.position :], Cursor(position=len(held))

    def commit_all(self) -> None:
        for number in range(ITEMS):
            body = json.dumps({"at_s": time.time(), "number": number, "words": "x" * 300}).encode()
            self.held.append(Item(kind="event", subject=f"evt-{number}", body=body))
            for told in self.tellers:
                told()
            time.sleep(EVERY_S)


def serve(part: str) -> int:
    """The server process: ours, or the framework's own events. It prints its port; a GET of /go starts the commits."""
    import uvicorn
    from fastapi import FastAPI

    desk, app = MadeUpDesk(), FastAPI()
    if part == "serve":
        from truceline.serve.stream import Broadcaster, stream_router

        broadcaster = Broadcaster(desk)
        app.include_router(stream_router(broadcaster, recipient=lambda: PUBLIC, still=lambda request: PUBLIC))
    else:
        add_peer(app, desk)

    @app.get("/go")
    async def go() -> dict[str, float]:
        threading.Thread(target=desk.commit_all, daemon=True).start()
        return {}

    @app.get("/cost")
    async def cost() -> dict[str, float]:
        return {"processor_s": time.process_time(), "resident_mb": resident_mb("VmRSS")}

    config = uvicorn.Config(app, port=0, log_level="error", access_log=False, ws="none", backlog=4096, lifespan="off")
    server = uvicorn.Server(config)

    async def run() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
        await serving

    asyncio.run(run())
    return 0


def add_peer(app: object, desk: MadeUpDesk) -> None:
    """The framework's events: each reader asks the desk for itself, and each event is written for it."""
    from fastapi.sse import EventSourceResponse, ServerSentEvent

    wakes: set[asyncio.Event] = set()

    @app.get("/stream", response_class=EventSourceResponse)
    async def stream() -> AsyncIterator[ServerSentEvent]:
        if not desk.tellers:
            loop = asyncio.get_running_loop()
            desk.follow(lambda: loop.call_soon_threadsafe(lambda: [each.set() for each in wakes]))
        woken, cursor = asyncio.Event(), Cursor()
        wakes.add(woken)
        while True:
            items, cursor = await asyncio.to_thread(desk.items, cursor, PUBLIC)
            for item in items:
                body = {"kind": item.kind, "subject": item.subject, "body": json.loads(item.body)}
                yield ServerSentEvent(data={"items": [body]}, event="items", id=str(cursor))
            await woken.wait()
            woken.clear()


def stream(readers: int) -> list[Figure]:
    """Ours, then the framework's."""
    ours, peer = asyncio.run(told("serve", readers)), asyncio.run(told("peer", readers))
    figures: list[Figure] = []
    for name, (each_ms, cost) in (("", ours), ("framework's events: ", peer)):
        p50_ms, p99_ms = np.percentile(each_ms, [50, 99])
        what = f"{name}commit to receipt, {readers:,} readers, {ITEMS} items"
        figures.append((f"{what}, p50", float(p50_ms), "ms", None))
        figures.append((f"{what}, p99", float(p99_ms), "ms", None if name else LIMITS["p99"]))
        figures.append((f"{name}server's processor time", cost["processor_s"], "s", None))
        figures.append((f"{name}server's memory", cost["resident_mb"], "MB", None))
    ratio = float(np.percentile(peer[0], 99) / np.percentile(ours[0], 99))
    return [*figures, ("p99 of the framework's events against ours", ratio, "times", None)]


async def told(part: str, readers: int) -> tuple[list[float], dict[str, float]]:
    """Milliseconds from commit to receipt, of each item at each reader; every reader must hold every item once."""
    server = own(part)
    port = int(await asyncio.to_thread(server.stdout.readline))
    each_ms: list[float] = []
    opened = [asyncio.Event() for _ in range(readers)]
    try:
        tasks = []
        for first in range(0, readers, 100):
            part_of = range(first, min(first + 100, readers))
            tasks += [asyncio.create_task(read(port, opened[number], each_ms)) for number in part_of]
            await asyncio.gather(*(opened[number].wait() for number in part_of))
        before = json.loads(await get(port, "/cost"))
        await get(port, "/go")
        await asyncio.gather(*tasks)
        cost = json.loads(await get(port, "/cost"))
    finally:
        server.kill()
        server.wait()
    assert len(each_ms) == readers * ITEMS, f"{len(each_ms)} receipts"
    return each_ms, {**cost, "processor_s": cost["processor_s"] - before["processor_s"]}


async def read(port: int, opened: asyncio.Event, each_ms: list[float]) -> None:
    """One reader: raw bytes, no library."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(b"GET /stream HTTP/1.0\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    opened.set()
    numbers: list[int] = []
    while len(numbers) < ITEMS:
        block = await reader.readuntil(b"\n\n")
        at_s = time.time()
        for line in block.splitlines():
            if line.startswith(b'data: {"items"'):
                items = json.loads(line[6:])["items"]
                numbers += [item["body"]["number"] for item in items]
                each_ms += [(at_s - item["body"]["at_s"]) * 1e3 for item in items]
    assert numbers == [*range(ITEMS)]
    writer.close()


async def get(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


def own(part: str, path: str = "") -> subprocess.Popen[str]:
    """A process of its own for one part."""
    command = [sys.executable, "-m", "benchmarks.serving", "--part", part, "--path", path]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    sys.exit(main())
