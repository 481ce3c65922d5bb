"""A viewshed of a 1,000 x 1,000 tile against xarray-spatial, in one process: `python -m benchmarks.viewshed`.

xarray-spatial is no dependency: install it beside to measure it. Both look from the middle of the same tile of real
ground (the elevation model that ships with matplotlib, made finer), 30 m above it, over all of it. Its first call,
which compiles, does not count. It knows no curvature: agreement is counted with curvature in ours, and the geometry of
the two differs where a cell is only just seen.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS", "NUMBA_NUM_THREADS")
os.environ |= dict.fromkeys(ONE_THREAD, "1")  # before any of them is imported
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402
from matplotlib.cbook import get_sample_data  # noqa: E402

from truceline.base.frames import WGS84_A_M  # noqa: E402
from truceline.model.terrain import Terrain  # noqa: E402
from truceline.plan.shadow import Eye, Shadows, viewshed  # noqa: E402

LIMIT = 50
SIDE, CELL_M = 1_000, 30.0
ABOVE_M, TARGET_M = 30.0, 2.0


def main() -> int:
    """Measure, print a table; 1 if the limit is missed, 2 if there is nothing to compare with."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewshed")
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    terrain = tile()
    eye = eye_of(terrain)
    seen = viewshed(terrain, eye, target_m=TARGET_M)
    ours_s = [spent_s(lambda: viewshed(terrain, eye, target_m=TARGET_M)) for _ in range(4 * asked.repeats)]
    print(f"{SIDE} x {SIDE} cells of {CELL_M:g} m, all of them, one thread; {seen.mean():.1%} of them are seen.\n")
    print("| measured | CPU ms, median (least) |\n|---|---|")
    print(f"| Truceline | {shown_ms(ours_s)} |")
    rate = lines_per_s(terrain)
    peer = peer_of(terrain)
    if peer is None:
        print(
            f"\nsingle lines of sight of 2 km: {rate:,.0f}/s. xarray-spatial is not installed: nothing to compare with."
        )
        return 2
    peer()  # compiles
    peers_s = [spent_s(peer) for _ in range(asked.repeats)]
    theirs = peer()
    print(f"| xarray-spatial, compiled | {shown_ms(peers_s)} |")
    ratio = statistics.median(peers_s) / statistics.median(ours_s)
    print(f"\nsingle lines of sight of 2 km: {rate:,.0f}/s")
    print(f"cells on which both agree: {(theirs == seen).mean():.2%} ({theirs.mean():.1%} are seen by theirs)")
    print(f"ratio {ratio:.0f}; the limit is {LIMIT}: {'met' if ratio >= LIMIT else 'MISSED'}.")
    return int(ratio < LIMIT)


def shown_ms(times_s: list[float]) -> str:
    return f"{statistics.median(times_s) * 1e3:,.1f} ({min(times_s) * 1e3:,.1f})"


def spent_s(run: Callable[[], object]) -> float:
    """Seconds of processor time."""
    began_s = time.process_time()
    run()
    return time.process_time() - began_s


def tile() -> Terrain:
    """The real ground, bilinear between its cells, at the equator, laid so that cells are square."""
    coarse = get_sample_data("jacksboro_fault_dem.npz")["elevation"].astype(np.float64)
    down, along = (np.linspace(0, side - 1.001, SIDE) for side in coarse.shape)
    row, column = down.astype(int), along.astype(int)
    below, right = (down - row)[:, None], (along - column)[None, :]
    upper = coarse[row][:, column] * (1 - right) + coarse[row][:, column + 1] * right
    lower = coarse[row + 1][:, column] * (1 - right) + coarse[row + 1][:, column + 1] * right
    heights_m = (upper * (1 - below) + lower * below).astype(np.float32)
    step_deg = float(np.degrees(CELL_M / WGS84_A_M))
    return Terrain(
        name="tile",
        heights_m=heights_m,
        west_deg=0.0,
        north_deg=SIDE // 2 * step_deg,
        step_lon_deg=step_deg,
        step_lat_deg=step_deg / (1 - 0.00669438),  # a degree of latitude is shorter at the equator
        lowest_m=float(heights_m.min()),
        highest_m=float(heights_m.max()),
    )


def eye_of(terrain: Terrain) -> Eye:
    lat_deg = terrain.north_deg - SIDE // 2 * terrain.step_lat_deg
    return Eye(lon_deg=SIDE // 2 * terrain.step_lon_deg, lat_deg=lat_deg, above_ground_m=ABOVE_M, range_m=1e6)


def peer_of(terrain: Terrain) -> Callable[[], np.ndarray] | None:
    """Theirs on the same heights; None: it is not installed."""
    try:
        import xarray
        import xrspatial
    except ImportError:
        return None
    across_m = np.arange(SIDE) * CELL_M
    raster = xarray.DataArray(
        terrain.heights_m.astype(np.float64), dims=("y", "x"), coords={"y": across_m, "x": across_m}
    )
    middle_m = float(across_m[SIDE // 2])

    def run() -> np.ndarray:
        found = xrspatial.viewshed(raster, x=middle_m, y=middle_m, observer_elev=ABOVE_M, target_elev=TARGET_M)
        return np.asarray(found.values >= 0)

    return run


def lines_per_s(terrain: Terrain) -> float:
    """Lines of 2 km from eyes 300 m up, all over the tile."""
    chance = np.random.default_rng(1)
    row, column = chance.uniform(100, 900, (2, 20_000))
    turn_rad = chance.uniform(0, 2 * np.pi, 20_000)
    cells = 2_000 / CELL_M
    asked = (
        column * terrain.step_lon_deg,
        terrain.north_deg - row * terrain.step_lat_deg,
        np.full(20_000, 300.0),
        (column + cells * np.sin(turn_rad)) * terrain.step_lon_deg,
        terrain.north_deg - (row + cells * np.cos(turn_rad)) * terrain.step_lat_deg,
    )
    shadows = Shadows(terrain=terrain, target_m=TARGET_M)
    return 20_000 / min(spent_s(lambda: shadows.sees(*asked)) for _ in range(3))


if __name__ == "__main__":
    sys.exit(main())
