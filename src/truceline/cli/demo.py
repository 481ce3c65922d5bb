"""The demonstration: every shipped mission, run in a folder of its own, in words on the screen and as a report on
disk.
"""

import shutil
import sys
import time
from pathlib import Path

from truceline.base.errors import TrucelineError
from truceline.pipeline import silent
from truceline.run.batch import RECORD, run_mission
from truceline.run.reports import write_report
from truceline.run.verification import verify_mission
from truceline.run.words import products_words

LEDGER = "guarantees"
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
    faults += not _ledger(missions / LEDGER, out / LEDGER)
    print(f"{len(MISSIONS)} missions and a ledger in {time.monotonic() - started:.1f} s, under {out}/.")
    return 1 if faults else 0


def _ledger(example: Path, folder: Path) -> bool:
    """The example of a ledger, read as its invented desk read it; whether its record checks."""
    from truceline.guarantee.saying import load_parser
    from truceline.record import verify_folder
    from truceline.run.ledger import (
        Desk,
        add_files,
        decide_from,
        lines_in,
        worlds_in,
        worlds_words,
        write_ledger,
    )

    shutil.rmtree(folder, ignore_errors=True)
    now_us = time.time_ns() // 1_000
    desk = Desk(by="Invented desk", now_us=now_us, parser=load_parser())
    files = [example / "actors.toml", *sorted((example / "articles").iterdir()), example / "ledger.toml"]
    for added in add_files(folder, files, desk, tell=silent):
        assert not added.refused, added
    decide_from(folder, example / "decisions.csv", by="Invented desk", now_us=now_us)
    asked, found = worlds_in(folder, scenario="", now_us=now_us)
    print("Guarantees of an invented ceasefire: the ledger of three invented articles")
    print(lines_in(folder, actor="SERRANIA").words(), "", worlds_words(asked, found), sep="\n")
    pages = write_ledger(folder, now_us=now_us)
    checked = verify_folder(folder / RECORD)
    state = "checked" if checked.ok else checked.problems[0]
    print(f"\n  Pages: {pages[0]} (also PDF, CSV)\n  Record: {checked.entries} entries, {state}\n")
    return checked.ok


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TrucelineError as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.exit(1)
