"""A thousand clauses read, beside peers on the same content: `python -m benchmarks.parsing [--clauses 1000]`.

`Truceline` is text to nouns with every name resolved; `lark alone` the same grammar with lark's own lexer and tree,
which is not yet a mandate; `JSON` the same mandate decoded by msgspec, with and without the proof that it is canonical.
Seconds of processor time, best of so many, grammar warm.
"""

import argparse
import sys
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import msgspec  # noqa: E402
from lark import Lark  # noqa: E402

from truceline.mandate import (  # noqa: E402
    mandate_from_json,
    mandate_to_json,
    parse_mandate,
    print_mandate,
)
from truceline.model.mandate import Mandate  # noqa: E402
from truceline.terms import rules_of  # noqa: E402

LIMIT_S = 0.3
HEAD = """mandate "Many clauses" in force 2025-01-01T00:00
text "signed.md" days calendar zone Europe/Kyiv precision 60s 250m edges geodesic coverage >= 0.80
party A "Party A" baseline line_a
party B "Party B" baseline line_b
body SMM "Mission" monitors 3 by site_visit uav_image
body JCCC "Joint centre" members A B quorum all
line line_a "a.geojson" left A right B
line line_b "b.geojson" left A right B
weapons HEAVY = artillery mortar calibre >= 100mm
weapons LONG = tornado_s uragan smerch
evidence proof = 2 independent sources confidence >= 0.80
"""


def main() -> int:
    """Measure, check that all say the same, print a table; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parsing")
    parser.add_argument("--clauses", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    text = mandate_text(asked.clauses)
    grammar = resources.files("truceline.mandate.parse").joinpath("truce.lark").read_text("utf-8")
    alone = Lark(grammar, parser="lalr", maybe_placeholders=False)
    mandate = parse_mandate(text, name="many", source="many.truce")
    content = mandate_to_json(mandate)
    assert mandate_from_json(content) == mandate
    assert parse_mandate(print_mandate(mandate), name="many", source="many.truce") == mandate
    runs: dict[str, Callable[[], object]] = {
        "Truceline: text to mandate": lambda: parse_mandate(text, name="many", source="many.truce"),
        "lark alone: text to tree": lambda: alone.parse(text),
        "JSON: bytes to mandate, proved canonical": lambda: mandate_from_json(content),
        "JSON: bytes to mandate, msgspec alone": lambda: msgspec.json.decode(content, type=Mandate),
        "print: mandate to text": lambda: print_mandate(mandate),
        "rules_of: mandate to rules": lambda: rules_of(mandate),
    }
    best_s = {what: best(run, asked.repeats) for what, run in runs.items()}
    print(
        f"{asked.clauses:,} clauses, {len(text):,} characters; JSON {len(content):,} bytes; best of {asked.repeats}.\n"
    )
    print("| measured | s |\n|---|---|")
    for what, took_s in best_s.items():
        print(f"| {what} | {took_s:.3f} |")
    met = next(iter(best_s.values())) < LIMIT_S * asked.clauses / 1_000
    print(f"\nThe limit is {LIMIT_S} s for 1,000 clauses: {'met' if met else 'MISSED'}.")
    return int(not met)


def best(run: Callable[[], object], repeats: int) -> float:
    """Least seconds of processor time of so many runs, after one that warms up."""
    times_s = []
    for _ in range(repeats + 1):
        began_s = time.process_time()
        run()
        times_s.append(time.process_time() - began_s)
    return min(times_s[1:])


def mandate_text(clauses: int) -> str:
    """So many clauses of four lines, and a response of six steps for each fifty of them."""
    responses = max(1, clauses // 50)
    said = [*(clause(n, responses) for n in range(clauses)), *(response(n) for n in range(responses))]
    return HEAD + "\n".join(said) + "\n"


def clause(n: int, responses: int) -> str:
    """Two parties, an act, weapons, a distance, a date, an exemption, a breach with its proof and its response."""
    since = f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d}T{n % 24:02d}:00"
    act, weapons = ("fire", "present", "strike")[n % 3], ("HEAVY", "LONG")[n % 2]
    return (
        f'clause C{n} cites "para {n}"\n'
        f"  prohibited A B {act} {weapons} within {n % 50 + 1}km of baseline from {since}\n"
        "  unless storage decided by SMM\n"
        f"  breach K{n % 7} needs proof respond R{n % responses}"
    )


def response(n: int) -> str:
    """Six steps, one of them a visit, and two ends."""
    steps = "\n".join(
        f"  step s{step} SMM {'visits' if step == 2 else 'informs'} violator within {step + 2}h takes 1h"
        f" consent victim done s{step + 1} refused e1 late e1"
        for step in range(6)
    )
    return f'response R{n} deadline 168h not_attributed e1\n{steps}\n  end s6 remedied\n  end e1 impasse "no step"'


if __name__ == "__main__":
    sys.exit(main())
