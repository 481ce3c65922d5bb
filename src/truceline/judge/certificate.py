"""What a finding stands on, sealed: the rule's atoms, the rows its facts come from with their proofs, the facts,
the verdict.

`auditor.py` checks a certificate with its own arithmetic. A changed fact breaks its row's proof; a certificate
sealed anew around other rows has other roots than the record.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from truceline.base.canonical import canonical_bytes
from truceline.base.rows import RowTree, canonical_rows
from truceline.judge.counts import Run
from truceline.judge.evidence import Support
from truceline.judge.facts import Bench
from truceline.model.finding import Reason, Verdict
from truceline.terms.atoms import Atom, Between, Fact
from truceline.terms.meaning import mandate_sha256
from truceline.terms.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A finding before it has a name: rule and event rows by number, and what was concluded."""

    index: int
    rows: tuple[int, ...]
    verdict: Verdict
    reason: Reason | None = None
    outcome: str = ""
    missing: tuple[str, ...] = ()
    support: Support | None = None
    run: Run | None = None


class Certifier:
    """Certificates for the findings of one bench; the trees over its tables are built once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        material = bench.material
        self.tables = {
            "events": _Sealed(material.events, "event_id"),
            "observations": _Sealed(material.observations, "observation_id"),
            "placings": _Sealed(material.placings, "subject_id"),
            "notices": _Sealed(material.notices, "party", "register"),
        }
        self.gates = [("register", gate.name) for gate in bench.mandate.gates]  # anybody's entry opens a gate
        self.mandate_sha256 = mandate_sha256(bench.mandate)

    def certificate(self, draft: Draft) -> bytes:
        """Canonical JSON bytes of the certificate."""
        bench, rule = self.bench, self.bench.rules[draft.index]
        events = [str(bench.events[row]["event_id"]) for row in draft.rows]
        members = sorted({str(each) for row in draft.rows for each in bench.events[row]["members"]})
        supporting = {
            events[number]: sorted(str(each["observation_id"]) for each in bench.supporting(draft.index, row))
            for number, row in enumerate(draft.rows)
        }
        body: dict[str, object] = {
            "certificate": 1,
            "mandate": bench.mandate.name,
            "mandate_sha256": self.mandate_sha256,
            "clause": rule.clause,
            "addressee": rule.addressee,
            "reading": rule.reading,
            "verdict": str(draft.verdict),
            "reason": str(draft.reason or ""),
            "atoms": [plain_atom(atom) for atom in rule.atoms],
            "exemptions": [plain_atom(atom) for atom in rule.exemptions],
            "facts": {event: self._facts(rule, row) for event, row in zip(events, draft.rows, strict=True)},
            "overridden": {event: self._overridden(rule, row) for event, row in zip(events, draft.rows, strict=True)},
            "supporting": supporting,
            "rows": {
                "events": self.tables["events"].proven(("event_id", each) for each in events),
                "observations": self.tables["observations"].proven(("observation_id", each) for each in members),
                "placings": self.tables["placings"].proven(("subject_id", each) for each in [*events, *members]),
                "notices": self.tables["notices"].proven([("party", rule.addressee), *self.gates]),
            },
            "roots": {name: sealed.tree.root for name, sealed in self.tables.items()},
            "missing": list(draft.missing),
        }
        return canonical_bytes(body)

    def _facts(self, rule: Rule, row: int) -> dict[str, object]:
        return {atom.column: plain_fact(self.bench.fact(atom, row)) for atom in (*rule.atoms, *rule.exemptions)}

    def _overridden(self, rule: Rule, row: int) -> list[list[int]]:
        """For each overriding clause: [surely, possibly] as 0 or 1."""
        found = []
        for group in rule.overriders:
            held = [self.bench.held(other) for other in group]
            found.append([int(all(s[row] for s, _ in held)), int(any(p[row] for _, p in held))])
        return found


class _Sealed:
    """One table with its tree, and its canonical rows by the values of some columns."""

    def __init__(self, table: pa.Table, *columns: str) -> None:
        rows = canonical_rows(table)
        self.tree = RowTree(rows)
        self.by_value: dict[tuple[str, str], list[bytes]] = {}
        for row in rows:
            values = json.loads(row)
            for column in columns:
                self.by_value.setdefault((column, str(values.get(column))), []).append(row)

    def proven(self, keys: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
        """Each row with one of the values (column, value), once, with its path to the root."""
        found = []
        for row in dict.fromkeys(row for key in keys for row in self.by_value.get(key, [])):
            proof = self.tree.path(row)
            path = [each.hex() for each in proof.path]
            found.append({"row": row.decode(), "index": proof.index, "size": proof.size, "path": path})
        return found


def plain_atom(atom: Atom) -> dict[str, object]:
    """An atom as canonical values; huge limits as text."""
    if isinstance(atom, Between):
        return {"column": atom.column, "lo": _limit(atom.lo), "hi": _limit(atom.hi)}
    return {"column": atom.column, "names": list(atom.names)}


def plain_fact(fact: Fact) -> object:
    """A fact as canonical values: spans and weapons as lists of text, for unbounded numbers exceed JSON's."""
    return fact if isinstance(fact, str) else [str(part) for part in fact]


def _limit(value: int | None) -> str | None:
    return None if value is None else str(value)
