"""A ledger of statements: its stance lines and the relations suggested in it: `python -m benchmarks.ledger_lines`.

Made up, seeded: 10,000 statements in 1,000 documents by 60 actors on eight strands, every second with a stance, a
position confirmed for each of these. Limit: lines and relations together in less than 5 s. One thread; seconds of
processor time, median of three.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from truceline.guarantee.ledger import entry_of_row, ledger_of  # noqa: E402
from truceline.guarantee.standing import (  # noqa: E402
    gazetteer,
    origin_count,
    positions_suggested,
    propositions_suggested,
    relations_suggested,
    stance_lines,
)
from truceline.model.document import Dated, Document, Span  # noqa: E402
from truceline.model.statement import Link, Statement  # noqa: E402

LIMIT_S = 5.0
THINGS = (
    "troops for a peacekeeping force", "observers for a monitoring mission", "training of soldiers", "air transport",
    "weapons and ammunition", "air defence systems", "intelligence sharing", "economic cooperation",
)  # fmt: skip
WORDS = (
    "line", "valley", "ministers", "parliament", "winter", "talks", "mandate", "border", "agreement", "council",
    "letter", "summit", "ceasefire", "guarantee", "neighbours", "engineers", "railway", "harbour", "hospital",
    "airfield", "drone", "camera", "convoy", "village", "river", "bridge", "election", "vote", "budget",
    "question", "answer", "condition", "doubt", "reason", "problem", "step", "plan", "draft", "text", "clause",
    "paragraph", "signature", "week", "month", "year",
)  # fmt: skip
STANCES = ("considering", "ready", "conditional", "committed", "refused", "opposes", "requires", "accepts")


def main() -> int:
    """Measure and print; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_lines")
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    statements, documents = made_up(asked.statements)
    rows = [*documents.values(), *statements, *propositions_suggested(statements), *positions_suggested(statements)]
    entries = [(n, entry_of_row(row, author="R. Reader", known_at_us=n)) for n, row in enumerate(rows)]
    ledger = ledger_of(entries)
    lines = stance_lines(ledger)
    assert lines, "no line was made"
    assert all(line.own_origins <= len(documents) for line in lines)
    measured = {
        "positions and propositions suggested": lambda: positions_suggested(statements),
        "stance lines": lambda: stance_lines(ledger),
        "relations suggested": lambda: relations_suggested(statements, documents),
        "independent origins of all": lambda: origin_count(statements, documents),
    }
    took_s = {name: median_s(run, asked.repeats) for name, run in measured.items()}
    relations = relations_suggested(statements, documents)
    print(f"{len(statements):,} statements, {len(lines):,} lines, {len(relations):,} relations suggested")
    for name, each_s in took_s.items():
        print(f"{name:<40} {each_s:>7.2f} s")
    whole_s = took_s["stance lines"] + took_s["relations suggested"]
    print(f"{'lines and relations':<40} {whole_s:>7.2f} s, limit {LIMIT_S:g} s")
    return int(whole_s >= LIMIT_S)


def median_s(run: Callable[[], object], repeats: int) -> float:
    """Seconds of processor time, median."""
    times_s = []
    for _ in range(repeats):
        begun_s = time.process_time()
        run()
        times_s.append(time.process_time() - begun_s)
    return statistics.median(times_s)


def made_up(count: int) -> tuple[list[Statement], dict[str, Document]]:
    """Statements and their documents; the same for the same count."""
    chance = random.Random(24)
    actors = [actor for actor in gazetteer() if len(actor) == 3][:60]
    documents = {}
    statements = []
    for number in range(count):
        document_id = f"doc-{number // 10:05d}"
        day = f"2031-{number * 12 // count + 1:02d}-{number // 10 % 28 + 1:02d}"
        published = Dated(value=day, precision="day", basis="made up")
        documents.setdefault(
            document_id,
            Document(
                document_id=document_id,
                sha256="0" * 64,
                name=document_id,
                form="plain",
                encoding="utf-8",
                published=published,
            ),
        )
        speaker, other = chance.sample(actors, 2)
        words = f"{speaker} {chance.choice(THINGS)} {' '.join(chance.sample(WORDS, 12))}"
        told = number % 2 == 0
        statements.append(
            Statement(
                statement_id=f"st-{number:06d}",
                document_id=document_id,
                content=(Span(start=number % 10 * 200, end=number % 10 * 200 + len(words), exact=words),),
                attribution="indirect",
                cue=Span(start=number % 10 * 200 + 190, end=number % 10 * 200 + 194, exact="said"),
                speaker=f"Government of {speaker}",
                speaker_kind="state",
                speaker_id=speaker,
                speaks_for=speaker,
                stance=chance.choice(STANCES) if told else "",
                move="" if told else chance.choice(("assesses", "reports", "denies")),
                holder_id=speaker if told else "",
                about=(speaker, other),
                said=published,
                chain=(
                    Link(role="publisher", name=f"Paper {number % 40}"),
                    Link(role="origin", name=speaker, named=number % 7 > 0),
                ),
            )
        )
    return statements, documents


if __name__ == "__main__":
    sys.exit(main())
