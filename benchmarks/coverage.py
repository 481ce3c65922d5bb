"""Coverage of 100,000 footprints over 1,200 km and 24 hours: `python -m benchmarks.coverage [--repeats 5]`.

The line of missions/contact-line in stretches of 2 km, with the spots that a mission has by default between the eight
distances of its mandate; 20 clauses of 6 signatures, up to 16 km from the line and four to 30, 50, 70 and 100 km; 40
drones whose pictures, one every 30 s or so, show 1 to 2 km of ground; posts that hear and cameras beside them. Each
repeat is a process of its own, so that its most memory is its own; what Python and its libraries take is in it.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from truceline.locate import Feature, features_of  # noqa: E402
from truceline.locate.stretches import beside, courses_of, stretches_of  # noqa: E402
from truceline.locate.stretches import spots_of as beside_line  # noqa: E402
from truceline.mandate import parse_mandates  # noqa: E402
from truceline.model.mission import CoverageSettings  # noqa: E402
from truceline.model.spot import Need, Spots  # noqa: E402
from truceline.model.view import VIEWS  # noqa: E402

LINE_KM = 1_200
DRONES, POSTS = 40, 40
FROM_US, HOUR_US = 1_790_812_800_000_000, 3_600_000_000  # 2026-10-01 00:00 UTC
MOST_S, MOST_MB = 5.0, 1_000.0
LINE = ROOT / "missions" / "contact-line" / "geo" / "contact.geojson"
REACHES_M = (2_000, 5_000, 10_000, 20_000, 30_000, 50_000, 70_000, 100_000)
MANDATE = b'mandate "T" in force 2026-01-01 line contact "contact.geojson"'
CLAUSES = (
    ("present", ("tank",), 15.0),
    ("present", ("howitzer",), 30.0),
    ("present", ("mlrs",), 70.0),
    ("present", ("personnel",), 2.0),
    ("present", ("armoured_vehicle",), 10.0),
    ("inventory", ("tank",), 50.0),
    ("withdraw", ("gun",), 16.0),
    ("move", ("armoured_vehicle",), 16.0),
    ("move", ("tank",), 16.0),
    ("enter", ("armoured_vehicle",), 5.0),
    ("fire", (), 100.0),
    ("fire", ("small_arms",), 4.0),
    ("fire", ("personnel",), 4.0),
    ("assault", (), 16.0),
    ("clash", (), 16.0),
    ("fly", ("recon_drone",), 16.0),
    ("fly", ("recon_drone",), 5.0),
    ("build", (), 5.0),
    ("build", (), 10.0),
    ("build", ("tank",), 16.0),
)


def main() -> int:
    """Measure, print; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage")
    parser.add_argument("--footprints", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--one", action="store_true", help="measure once in this process and print its figures")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.footprints)))
        return 0
    command = [sys.executable, "-m", "benchmarks.coverage", "--one", "--footprints", str(asked.footprints)]
    runs = []
    for _ in range(asked.repeats):
        runs.append(json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout))
        print(
            f"  {runs[-1]['took_s']:.2f} s, {runs[-1]['busy_s']:.2f} s of processor time, {runs[-1]['peak_mb']:.0f} MB",
            flush=True,
        )
    took_s, peak_mb = statistics.median(run["took_s"] for run in runs), max(run["peak_mb"] for run in runs)
    last = runs[-1]
    print(
        f"{last['views']:,} views, {last['spots']:,} spots, {len(CLAUSES)} clauses of {last['signatures']} signatures, "
        f"24 h: median {took_s:.2f} s ({statistics.median(run['busy_s'] for run in runs):.2f} s of processor time), "
        f"slowest {max(run['took_s'] for run in runs):.2f} s, most memory {peak_mb:.0f} MB; "
        f"{last['rows']:,} rows of coverage, clauses at {last['least']} to {last['most']} permille"
    )
    missed = [words for words, late in (("time", took_s > MOST_S), ("memory", peak_mb > MOST_MB)) if late]
    print(f"limits: {MOST_S:g} s and {MOST_MB:g} MB: {'MISSED ' + ', '.join(missed) if missed else 'kept'}")
    return int(bool(missed))


def measured(footprints: int) -> dict[str, float]:
    """One run over a fresh world: what it took."""
    from truceline.plan.covered import clause_shares, covered, watched

    spots = spots_of()
    views, needs = views_of(footprints), needs_of(spots)
    begun_s, idle_s = time.perf_counter(), time.process_time()
    found = covered(views, spots=spots, needs=needs, span_us=(FROM_US, FROM_US + 24 * HOUR_US))
    table = watched(found, stretch_ids=[f"contact {number}" for number in range(int(spots.stretch.max()) + 1)])
    day = [FROM_US, FROM_US + 24 * HOUR_US]
    days = [clause_shares(found, need=row, marks_us=day)[0] or 0 for row in range(len(needs))]
    took_s, busy_s = time.perf_counter() - begun_s, time.process_time() - idle_s
    assert not found.remarks, found.remarks
    return {
        "took_s": took_s,
        "busy_s": busy_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3),
        "views": views.num_rows,
        "spots": len(spots),
        "signatures": len({need.signature for need in needs}),
        "rows": table.num_rows,
        "least": min(days),
        "most": max(days),
    }


def line() -> Feature:
    """The fictional line."""
    return features_of(parse_mandates({"m.truce": MANDATE}), {"contact.geojson": LINE.read_bytes()})[0]


def at(along_km: np.ndarray, beside_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude so far along the line and beside it."""
    found = beside(courses_of([line()])["contact"], along_km * 1_000.0, beside_km * 1_000.0)
    return found[:, 0], found[:, 1]


def spots_of() -> Spots:
    """As a mission has them that says nothing of it."""
    settings = CoverageSettings()
    stretches = stretches_of([line()], stretch_m=settings.stretch_m)
    return beside_line([line()], stretches, reaches={"contact": REACHES_M}, points=settings.points)


def needs_of(spots: Spots) -> list[Need]:
    """20 clauses over belts beside the line."""
    from truceline.plan.seeing import signature_of

    needs = []
    for number, (act, classes, within_km) in enumerate(CLAUSES):
        signature = signature_of([act], weapon_classes=classes)
        assert signature is not None
        needs.append(
            Need(
                mandate="model",
                clause=f"C{number}",
                signature=signature,
                at=spots.distance_m < within_km * 1_000,
                from_us=FROM_US,
                until_us=FROM_US + 24 * HOUR_US,
            )
        )
    return needs


def views_of(footprints: int) -> pa.Table:
    """Drones in sorties along the line, and posts that see and hear all day, an hour a row."""
    random = np.random.default_rng(6)
    each = footprints // DRONES
    drone = np.repeat(np.arange(DRONES), each)
    step = np.tile(np.arange(each), DRONES)
    at_us = FROM_US + (step * (24 * 3_600e6 / each)).astype(np.int64) + random.integers(0, 5_000_000, len(step))
    flown_km = step * (24 * 3_600 / each) / 3_600 * 80.0  # at 80 km/h, all day
    reach_km = LINE_KM / DRONES * 2
    along_km = (drone * LINE_KM / DRONES + np.abs((flown_km + 17 * drone) % (2 * reach_km) - reach_km)) % LINE_KM
    beside_km = ((flown_km // reach_km * 5 + drone * 3) % 32 - 16) + random.normal(0, 0.2, len(step))
    lon_deg, lat_deg = at(along_km, beside_km)
    half_km = random.uniform(0.5, 1.0, len(step))
    corner = np.array([[-1.0, -0.8], [1.0, -0.8], [1.2, 0.8], [-1.2, 0.8]])
    rings = np.empty((len(step), 4, 2))
    rings[..., 0] = lon_deg[:, None] + corner[:, 0] * half_km[:, None] / 94.6
    rings[..., 1] = lat_deg[:, None] + corner[:, 1] * half_km[:, None] / 111.2
    pictures = {
        "view_id": [f"v{row}" for row in range(len(step))],
        "source_id": ["drones"] * len(step),
        "sensor": [f"drone {number}" for number in drone],
        "means": ["uav_image"] * len(step),
        "spectrum": np.where(drone % 2 == 0, "thermal", "visible"),
        "earliest_at_us": at_us,
        "latest_at_us": at_us + random.integers(1, 20_000_000, len(step)),
        "ring_deg": pa.ListArray.from_arrays(np.arange(0, 8 * len(step) + 1, 8, dtype=np.int32), rings.ravel()),
        "lon_deg": lon_deg,
        "lat_deg": lat_deg - 1.5 / 111.2,
        "above_ground_m": np.full(len(step), 1_500.0),
        "resolution_mm": random.integers(100, 400, len(step)),
        "visibility_m": random.uniform(5_000, 30_000, len(step)),
        "cloud_permille": random.integers(0, 300, len(step)),
    }
    post, hour = (each.ravel() for each in np.meshgrid(np.arange(2 * POSTS), np.arange(24)))
    lon_deg, lat_deg = at((post // 2 + 0.5) * LINE_KM / POSTS, np.where(post // 2 % 2, 2.0, -2.0))
    hears = post % 2 == 0
    posts = {
        "view_id": [f"p{row}" for row in range(len(post))],
        "source_id": ["posts"] * len(post),
        "sensor": [f"post {number}" for number in post],
        "means": np.where(hears, "acoustic", "camera"),
        "spectrum": np.where(hears, "sound", "visible"),
        "earliest_at_us": FROM_US + hour * HOUR_US,
        "latest_at_us": FROM_US + (hour + 1) * HOUR_US,
        "lon_deg": lon_deg,
        "lat_deg": lat_deg,
        "above_ground_m": np.full(len(post), 20.0),
        "range_m": np.where(hears, 10_000.0, 4_000.0),
        "resolution_mm": pa.array(np.where(hears, 0, 250), mask=hears),
    }
    return pa.concat_tables([table_of(pictures), table_of(posts)])


def table_of(columns: dict[str, object]) -> pa.Table:
    count = len(columns["view_id"])
    arrays = [
        pa.array(columns[each.name], each.type) if each.name in columns else pa.nulls(count, each.type)
        for each in VIEWS
    ]
    return pa.table(arrays, schema=VIEWS)


if __name__ == "__main__":
    sys.exit(main())
