"""A restart with many open cases: `python -m benchmarks.cases [--cases 10000]`.

Each case has five entries of the record: opened, its parties informed, a reply, a visit that settles nothing, a note.
Measured apart: reading and checking the entries on the disk; working the cases out again; the timers that ran out.
"""

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from truceline.mandate import parse_mandate  # noqa: E402
from truceline.model.case import CaseEvent, Opening  # noqa: E402
from truceline.model.entry import Entry  # noqa: E402
from truceline.record import open_record  # noqa: E402
from truceline.respond import CaseBook, Procedure, case_id_of, entry_of, procedure_of  # noqa: E402

LIMIT_S = 2.0  # for 10,000 cases, from entries to cases
S = 1_000_000
START_US = 1_800_000_000 * S
MANDATE = ROOT / "mandates" / "drone-first-model" / "second-draft.truce"
LATE_US = START_US + 48 * 3_600 * S
REBUILD = "entries to cases, their timers and what they wait for"
BATCH = 1_000


def main() -> int:
    """Print a table; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cases")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    procedure = procedure_of(parse_mandate(MANDATE.read_text("utf-8"), name=MANDATE.stem, source=MANDATE.name))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "record", list(entries_of(procedure, asked.cases)))
        rows = measure(Path(folder) / "record", procedure, asked.repeats)
    print(f"{asked.cases:,} open cases, {5 * asked.cases:,} entries; median of {asked.repeats}, processor time.\n")
    print("| measured | s |\n|---|---|")
    for what, took_s in rows.items():
        print(f"| {what} | {took_s:.2f} |")
    met = rows[REBUILD] < LIMIT_S * asked.cases / 10_000
    print(f"\nThe limit is {LIMIT_S} s for 10,000 cases: {'met' if met else 'MISSED'}.")
    return int(not met)


def entries_of(procedure: Procedure, cases: int) -> Iterator[Entry]:
    """Five entries of each case, the cases a second apart."""
    for number in range(cases):
        opening = Opening(
            mandate=procedure.mandate.name,
            mandate_sha256=procedure.sha256,
            response="STOP",
            clause="NO_FIRE",
            breach_class="FIRE",
            reading="",
            finding_ids=(f"fnd-{number}", f"fnd-{number}-2"),
            event_ids=(f"evt-{number}",),
            addressees=("ALPHA", "BETA"),
        )
        at_us = START_US + number * S
        acted = {"author": "watch", "kind": "acted", "actor": "MISSION"}
        for event in (
            CaseEvent(kind="opened", at_us=at_us, author="watch", opening=opening),
            CaseEvent(at_us=at_us + 60 * S, step="tell", result="done", **acted),
            CaseEvent(kind="replied", at_us=at_us + 70 * S, author="liaison", actor="ALPHA", words="We look into it."),
            CaseEvent(at_us=at_us + 7_200 * S, step="look", result="inconclusive", **acted),
            CaseEvent(kind="noted", at_us=at_us + 7_300 * S, author="watch", words="Low cloud over the place."),
        ):
            yield entry_of(case_id_of(opening), event, known_at_us=event.at_us)


def write(folder: Path, entries: list[Entry]) -> None:
    with open_record(folder) as record:
        for first in range(0, len(entries), BATCH):
            record.append(entries[first : first + BATCH])


def measure(folder: Path, procedure: Procedure, repeats: int) -> dict[str, float]:
    """Seconds of processor time of each part, median."""
    times: dict[str, list[float]] = {}

    def timed(what: str, run: Callable[[], object]) -> object:
        gc.collect()
        begun_s = time.process_time()
        result = run()
        times.setdefault(what, []).append(time.process_time() - begun_s)
        return result

    def read() -> list[Entry]:
        with open_record(folder, writing=False) as record:
            return [entry for _, entry in record.entries(kind="case")]

    def rebuilt(entries: list[Entry]) -> CaseBook:
        book = CaseBook(procedures={procedure.sha256: procedure})
        for entry in entries:
            book.apply(entry, settled=True)
        return book

    for _ in range(repeats):
        entries = timed("record on disk to entries, each checked", read)
        timed(REBUILD, lambda entries=entries: rebuilt(entries))
        gc.disable()
        book = timed(f"{REBUILD}, the collector paused", lambda entries=entries: rebuilt(entries))
        gc.enable()
        due = timed("the timers that ran out, all at once", lambda book=book: list(book.due(LATE_US)))
        assert len(due) == len(book.cases)
    return {what: statistics.median(each) for what, each in times.items()}


if __name__ == "__main__":
    sys.exit(main())
