"""How well suggestions meet a list of statements that a person made.

A gold file has one JSON object a line: `tier` ("core", "nested", "headline", "unattributed", "boilerplate"),
`content_span`, `cue_span`, `speaker`, `speaker_text`, `source_chain`. Offsets count characters of the file; in HTML a
span holds markup too, on both sides.

A suggestion meets a row where their contents share half of what they hold together (intersection over union), or a
quarter and the same cue. Each meets at most one. Then:

* recall: rows of tier core that were met;
* precision: suggestions that met any row but boilerplate;
* speaker: met core rows whose speaker shares a word of the name with the suggested one;
* iou: the mean over met core rows;
* chain: met core rows whose chain has as many mouths, named alike and unnamed alike.

    python -m tests.guarantee.saying.scoring FILE.txt FILE.jsonl [--without-parser]
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truceline.guarantee.reading import read_document
from truceline.guarantee.saying import Parser, load_parser, suggest
from truceline.model.statement import Link, Statement

Row = dict[str, Any]
MET_RATIO = 0.5
MET_WITH_CUE_RATIO = 0.25
SMALL = frozenset({"the", "a", "an", "of", "and", "for", "to", "in", "on", "at", "by", "s", "one", "two"})
# Words of an office or a place that two speakers may share without being the same.
COMMON = frozenset(
    word[:5]
    for word in ("foreign", "minister", "president", "government", "european", "senior", "unnamed", "anonymous")
)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over one file or several."""

    gold: int = 0
    met: int = 0
    suggested: int = 0
    right: int = 0
    speakers: int = 0
    chains: int = 0
    iou_ratio: float = 0.0  # the sum over met core rows
    nested: int = 0
    nested_met: int = 0
    rules: dict[str, tuple[int, int]] = field(default_factory=dict)  # suggested and right

    def __add__(self, other: "Score") -> "Score":
        rules = {
            rule: tuple(map(sum, zip(self.rules.get(rule, (0, 0)), other.rules.get(rule, (0, 0)), strict=True)))
            for rule in sorted({*self.rules, *other.rules})
        }
        return Score(
            gold=self.gold + other.gold,
            met=self.met + other.met,
            suggested=self.suggested + other.suggested,
            right=self.right + other.right,
            speakers=self.speakers + other.speakers,
            chains=self.chains + other.chains,
            iou_ratio=self.iou_ratio + other.iou_ratio,
            nested=self.nested + other.nested,
            nested_met=self.nested_met + other.nested_met,
            rules=rules,
        )

    @property
    def recall_ratio(self) -> float:
        return self.met / self.gold if self.gold else 1.0

    @property
    def precision_ratio(self) -> float:
        return self.right / self.suggested if self.suggested else 1.0

    @property
    def speaker_ratio(self) -> float:
        return self.speakers / self.met if self.met else 1.0

    @property
    def chain_ratio(self) -> float:
        return self.chains / self.met if self.met else 1.0

    @property
    def iou_mean_ratio(self) -> float:
        return self.iou_ratio / self.met if self.met else 1.0

    def __str__(self) -> str:
        return (
            f"recall {self.recall_ratio:.2f} ({self.met}/{self.gold}), precision {self.precision_ratio:.2f} "
            f"({self.right}/{self.suggested}), speaker {self.speaker_ratio:.2f}, iou {self.iou_mean_ratio:.2f}, "
            f"chain {self.chain_ratio:.2f}, nested {self.nested_met}/{self.nested}"
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One file: its score, and in words what was missed, what was too much, whose speaker or chain is another."""

    score: Score
    remarks: tuple[str, ...]


def compare(statements: Sequence[Statement], rows: Sequence[Row]) -> Compared:
    """Suggestions against a person's list."""
    met = matched(statements, rows)
    core = [row for row in rows if row["tier"] == "core"]
    remarks, rules = [], Counter()
    speakers = chains = 0
    iou_ratio = 0.0
    for row in core:
        if row["id"] not in met:
            remarks.append(f"missed   {row['id']} {row['speaker']}: {row['content'][:90]!r}")
            continue
        statement = statements[met[row["id"]]]
        iou_ratio += overlap_ratio(statement, row)
        if overlap_ratio(statement, row) < 0.8:
            remarks.append(f"bounds   {row['id']} {statement.words!r} for {row['content']!r} [{statement.found.name}]")
        alike = same_name(statement.speaker, row["speaker"], row.get("speaker_text") or "")
        speakers += alike
        if not alike:
            remarks.append(
                f"speaker  {row['id']} {statement.speaker!r} for {row['speaker']!r} [{statement.found.name}]"
            )
        as_told = same_chain(statement.chain, row["source_chain"])
        chains += as_told
        if not as_told:
            ours = " < ".join(f"{link.role}:{link.name}" for link in statement.chain)
            theirs = " < ".join(f"{link['role']}:{link['name']}" for link in row["source_chain"])
            remarks.append(f"chain    {row['id']} {ours} for {theirs}")
    tier = {met[row["id"]]: row["tier"] for row in rows if row["id"] in met}
    for number, statement in enumerate(statements):
        right = tier.get(number, "boilerplate") != "boilerplate"
        rules[statement.found.name, right] += 1
        if not right:
            remarks.append(f"too much {statement.speaker} [{statement.found.name}]: {statement.words[:90]!r}")
    nested = [row for row in rows if row["tier"] == "nested"]
    score = Score(
        gold=len(core),
        met=sum(row["id"] in met for row in core),
        suggested=len(statements),
        right=sum(count for (_, right), count in rules.items() if right),
        speakers=speakers,
        chains=chains,
        iou_ratio=iou_ratio,
        nested=len(nested),
        nested_met=sum(row["id"] in met for row in nested),
        rules={
            rule: (rules[rule, True] + rules[rule, False], rules[rule, True]) for rule in sorted({r for r, _ in rules})
        },
    )
    return Compared(score, tuple(remarks))


def matched(statements: Sequence[Statement], rows: Sequence[Row]) -> dict[str, int]:
    """Which suggestion meets which row, by its id; core rows choose first, the best fit for each."""
    met: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row["tier"] != "core"):
        fits = []
        for number, statement in enumerate(statements):
            if number in met.values():
                continue
            ratio, cue = overlap_ratio(statement, row), same_cue(statement, row)
            if ratio >= MET_RATIO or (cue and ratio >= MET_WITH_CUE_RATIO):
                fits.append((ratio + cue, -number))
        if fits:
            met[row["id"]] = -max(fits)[1]
    return met


def overlap_ratio(statement: Statement, row: Row) -> float:
    """Intersection over union of two contents, in characters."""
    ours = {place for span in statement.content for place in range(span.start, span.end)}
    theirs = set(range(*row["content_span"]))
    return len(ours & theirs) / len(ours | theirs)


def same_cue(statement: Statement, row: Row) -> bool:
    """Whether both have a cue, and the two touch."""
    if statement.cue is None or not row["cue_span"]:
        return False
    start, end = row["cue_span"]
    return max(start, statement.cue.start) < min(end, statement.cue.end)


def words_of(name: str) -> set[str]:
    """The words of a name, in lower case, each by its first five letters: "Corvessa" and "Corvessan" are one."""
    words = set(re.findall(r"\w+", name.lower().replace("centre", "center"))) - SMALL
    return {word[:5] for word in words}


def same_name(ours: str, *theirs: str) -> bool:
    """Whether two names share a word that tells somebody from others; words of an office count where all of ours do."""
    own, wanted = words_of(ours), set().union(*map(words_of, theirs))
    return bool((own & wanted) - COMMON) or (bool(own) and own <= wanted)


def same_chain(ours: Sequence[Link], theirs: Iterable[Row]) -> bool:
    """Whether two chains have the same mouths in the same order, named or unnamed alike."""
    theirs = list(theirs)
    return len(ours) == len(theirs) and all(
        link.named == row["named"] and (same_name(link.name, row["name"]) or not link.named)
        for link, row in zip(ours, theirs, strict=True)
    )


def rows_of(path: Path) -> list[Row]:
    """The gold of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def score_file(path: Path, gold: Sequence[Row], parser: Parser | None) -> Compared:
    """What is suggested of a file against its gold."""
    document, text = read_document(path.read_bytes(), name=path.name)
    return compare(suggest(document, text, parser=parser), gold)


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:] if not name.startswith("--")]
    parser = None if "--without-parser" in sys.argv else load_parser()
    total = Score()
    for path, gold in zip(paths[::2], paths[1::2], strict=True):
        compared = score_file(path, rows_of(gold), parser)
        total += compared.score
        print(f"{path.name}: {compared.score}", *compared.remarks, sep="\n  ")
    print("all:", total)
    for rule, (suggested, right) in total.rules.items():
        print(f"  {rule:20} {right:3} of {suggested:3} right")


if __name__ == "__main__":
    main()
