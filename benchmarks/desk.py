"""A live mission: `python -m benchmarks.desk [--part decisions|store] [--events 1000000]`.

Decisions: clients that each wait for their answer before the next; every answer is on the disk. Store: `truceline
serve` in a process of its own on a record that holds a million events; 10,000 features over HTTP; its memory.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from tests.run.live.simulated import MIN, Simulated  # noqa: E402

from truceline.base.time import stamp  # noqa: E402
from truceline.model.case import Opening  # noqa: E402
from truceline.model.event import EVENTS  # noqa: E402
from truceline.model.observation import OBSERVATIONS  # noqa: E402
from truceline.record import Derivation, open_record  # noqa: E402
from truceline.run.batch import CODE, run_mission  # noqa: E402
from truceline.run.live.operations import ActInCase, OpenCase  # noqa: E402

MISSION = ROOT / "missions" / "contact-line"
CLIENTS, DECISIONS, QUESTIONS = 32, 2_000, 20
PASSWORD = "a long sentence for a benchmark"
LIMITS = {"decisions": 300.0, "features": 60.0, "memory": 500.0}


def main() -> int:
    """Measure, print; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk")
    parser.add_argument("--part", choices=["all", "decisions", "store"], default="all")
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as folder:
        if asked.part in ("all", "decisions"):
            met &= decisions(Path(folder) / "decisions")
        if asked.part in ("all", "store"):
            met &= store(Path(folder) / "store", asked.events)
    return int(not met)


def decisions(folder: Path) -> bool:
    """So many clients, each waiting for its answer; then one alone."""
    simulated = Simulated(folder)
    desk = simulated.desk
    (procedure,) = desk.books.cases.procedures.values()
    opening = Opening(
        mandate="mandate",
        mandate_sha256=procedure.sha256,
        response="STOP",
        clause="NO_FIRE",
        breach_class="FIRE",
        reading="",
        finding_ids=(),
        event_ids=(),
        addressees=("ALPHA", "BETA"),
    )
    wanda = simulated.who("wanda")
    openings = (replace(opening, event_ids=(f"evt-{n}",), finding_ids=(f"fnd-{n}",)) for n in range(DECISIONS))
    waiting = [desk.ask(OpenCase(opening=each), by=wanda) for each in openings]
    cases = [each.result().subject for each in waiting]
    simulated.clock.on(MIN)

    def client(number: int) -> None:
        for case in cases[number::CLIENTS]:
            act = ActInCase(case_id=case, kind="acted", actor="MISSION", step="tell", result="done")
            desk.ask(act, by=wanda, key=case).result()

    begun_s = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    rate = DECISIONS / (time.perf_counter() - begun_s)
    begun_s = time.perf_counter()
    for case in cases[:100]:
        desk.ask(ActInCase(case_id=case, kind="noted", words="seen"), by=wanda).result()
    alone = 100 / (time.perf_counter() - begun_s)
    begun_s = time.perf_counter()
    desk.books.cases.next_due_us()
    due_ms = (time.perf_counter() - begun_s) * 1e3
    simulated.close()
    print(f"durable decisions, {CLIENTS} clients              {rate:10,.0f} /s  (limit {LIMITS['decisions']:,.0f})")
    print(f"durable decisions, one client               {alone:10,.0f} /s")
    print(f"next due timer of {DECISIONS:,} cases               {due_ms:10.3f} ms")
    return rate >= LIMITS["decisions"]


def store(folder: Path, events: int) -> bool:
    """Serve a record of so many events and ask it."""
    shutil.copytree(MISSION, folder)
    fill(folder, events)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "TRUCELINE_PASSWORD": PASSWORD}
    cli = [sys.executable, "-m", "truceline"]
    subprocess.run([*cli, "account", str(folder), "anna", "--role", "chair"], check=True, env=environment, cwd=ROOT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*cli, "serve", str(folder), "--port", str(port)], env=environment, cwd=ROOT)
    try:
        return asked_of(server.pid, port)
    finally:
        server.terminate()
        server.wait()


def asked_of(pid: int, port: int) -> bool:
    """Figures of a running server."""
    begun_s = time.perf_counter()
    while not answers(port):
        time.sleep(0.5)
    cookie = signed_in(port)
    count, body = 0, b""
    while count == 0 or b'"features":[]' in body:
        body = get(port, "/ogc/collections/events/items?limit=1", cookie)
        count = json.loads(body).get("numberMatched", 0)
    ready_s = time.perf_counter() - begun_s
    took_ms = []
    chance = np.random.default_rng(5)
    for _ in range(QUESTIONS):
        west = chance.uniform(-30, -21)
        begun_s = time.perf_counter()
        get(port, f"/ogc/collections/events/items?limit=10000&bbox={west:.3f},30.5,{west + 4:.3f},33.5", cookie)
        took_ms.append((time.perf_counter() - begun_s) * 1e3)
    memory = resident_mb(pid, "VmRSS")
    print(f"serving {count:,} events after                {ready_s:10.0f} s")
    took = statistics.median(took_ms)
    print(f"10,000 features over HTTP, p50               {took:10.1f} ms  (limit {LIMITS['features']:g})")
    print(f"memory of the server                         {memory:10.0f} MB  (limit {LIMITS['memory']:g})")
    print(f"its highest                                  {resident_mb(pid, 'VmHWM'):10.0f} MB")
    return memory <= LIMITS["memory"] and took <= LIMITS["features"]


def fill(folder: Path, events: int) -> None:
    """A run of the mission, and in its record tables of so many events, a year of them up to a month ago."""
    now_us = time.time_ns() // 1_000
    run_mission(folder, now_us=now_us)
    with open_record(folder / "record") as record:
        derivation = Derivation(inputs=(), code=CODE, settings="0" * 64)
        for name, schema in (("observations", OBSERVATIONS), ("events", EVENTS)):
            record.put_table(name, rows(events, schema, now_us), derivation=derivation, known_at=stamp(now_us))


def rows(count: int, schema: pa.Schema, now_us: int) -> pa.Table:
    """Rows that differ in id, time, place and act."""
    chance = np.random.default_rng(3)
    at_us = now_us - 30 * 86_400_000_000 - np.sort(chance.integers(0, 365 * 86_400_000_000, count))[::-1]
    named = "event_id" if schema is EVENTS else "observation_id"
    ids = [f"{named[:3]}-{number:012x}" for number in range(count)]
    acts = np.array(["fire", "strike", "present", "move"])[chance.integers(0, 4, count)]
    known = {
        named: pa.array(ids),
        "earliest_at_us": pa.array(at_us),
        "latest_at_us": pa.array(at_us + 60_000_000),
        "lon_deg": pa.array(chance.uniform(-30, -17, count)),
        "lat_deg": pa.array(chance.uniform(30.5, 33.5, count)),
        "cov_ee_m2": pa.array(np.full(count, 1e4)),
        "cov_en_m2": pa.array(np.zeros(count)),
        "cov_nn_m2": pa.array(np.full(count, 1e4)),
        "act": pa.array(acts),
        "status": pa.array(np.full(count, "preliminary")),
        "source_id": pa.array(np.full(count, "uav_west")),
        "count_lo": pa.array(np.ones(count, np.int64)),
    }
    return pa.table([known.get(each.name, blank(each.type, count)) for each in schema], schema=schema)


def blank(kind: pa.DataType, count: int) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array(np.full(count, ""), kind)
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], kind.value_type)).cast(
            kind
        )
    return pa.nulls(count, kind)


def answers(port: int) -> bool:
    """Whether everything that had come in was judged once."""
    try:
        return bool(json.loads(get(port, "/ready", ""))["conditions"]["observations_judged"])
    except (OSError, AssertionError):
        return False


def signed_in(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    said = json.dumps({"name": "anna", "password": PASSWORD})
    headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"}
    connection.request("POST", "/api/session", said, headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    return answer.headers["set-cookie"].partition(";")[0]


def get(port: int, path: str, cookie: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:300]
        return body
    finally:
        connection.close()


def resident_mb(pid: int, which: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which)) / 1_024


if __name__ == "__main__":
    sys.exit(main())
