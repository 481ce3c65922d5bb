"""Memory over hours of footage: `python -m benchmarks.footage_survey [--hours 2]`.

The real clip is written again and again into one file; a fresh process surveys ten minutes of it, another all of it.
What the second holds more than the first is what grows with the length.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
CLIP = ROOT / "missions" / "drone-junction" / "feeds" / "flight.ts"
CLIP_S = 277 / 30
MOST_GROWTH_MB = 100.0


def main() -> int:
    """Measure both lengths, print; 1 if memory grows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footage_survey")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--one", type=Path, help="survey this file in this process and print its figures")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(surveyed(asked.one)))
        return 0
    figures = [measured(seconds) for seconds in (600.0, asked.hours * 3_600)]
    for found in figures:
        print(
            f"{found['frames']:,} frames, {found['size_mb']:,.0f} MB: {found['took_s']:.0f} s, "
            f"{found['frames'] / found['took_s']:,.0f} frames/s, at most {found['peak_mb']:.0f} MB"
        )
    growth_mb = figures[1]["peak_mb"] - figures[0]["peak_mb"]
    print(f"grows by {growth_mb:.0f} MB from ten minutes to {asked.hours:g} hours (limit {MOST_GROWTH_MB:.0f})")
    return int(growth_mb > MOST_GROWTH_MB)


def measured(seconds: float) -> dict[str, float]:
    """A file of so many seconds, surveyed in a process of its own."""
    content = CLIP.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.ts"
        with path.open("wb") as file:
            for _ in range(max(1, round(seconds / CLIP_S))):
                file.write(content)
        command = [sys.executable, "-m", "benchmarks.footage_survey", "--one", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def surveyed(path: Path) -> dict[str, float]:
    from benchmarks.streamed import peak_mb
    from truceline.run.footage.survey import Footing, survey

    begun = time.perf_counter()
    found = survey(path, footing=Footing())
    took_s = time.perf_counter() - begun
    return {"frames": found.frames, "size_mb": path.stat().st_size / 1e6, "took_s": took_s, "peak_mb": peak_mb()}


if __name__ == "__main__":
    sys.exit(main())
