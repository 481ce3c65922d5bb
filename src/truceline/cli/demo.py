"""The demonstration: every shipped mission, run in a folder of its own, in words on the screen and as a report on
disk.
"""

import shutil
import sys
import time
from pathlib import Path

from truceline.base.errors import TrucelineError
from truceline.pipeline import silent
from truceline.run.batch import run_mission
from truceline.run.reports import write_report
from truceline.run.verification import verify_mission
from truceline.run.words import products_words

MISSIONS = ("ukraine-truces-2025", "minsk-2015", "first-steps", "drone-yard", "drone-junction", "quiet-day")


def main(missions: Path = Path("missions"), out: Path = Path("demo")) -> int:
    """Run all missions into `out`; 0 if every record checks."""
    started = time.monotonic()
    faults = 0
    for name in MISSIONS:
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(missions / name, folder, ignore=shutil.ignore_patterns("record", "report"))
        run = run_mission(folder, now_us=time.time_ns() // 1_000)
        files = write_report(folder, run.products, originals=run.inputs.feeds)
        checked = verify_mission(folder, recompute=True, progress=silent)
        faults += not checked.ok
        print(products_words(run.products))
        print(f"\n  Report: {files[0]} (also PDF, CSV, GeoJSON)\n  " + checked.words().replace("\n", "\n  ") + "\n")
    print(f"{len(MISSIONS)} missions in {time.monotonic() - started:.1f} s, under {out}/.")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TrucelineError as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.exit(1)
