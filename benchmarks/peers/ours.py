"""Truceline on the same questions.

`python benchmarks/peers/ours.py [--rows 1000000] [--seconds 60]`, from the project's root.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE)]

import numpy as np  # noqa: E402
from questions import (  # noqa: E402
    ACTS,
    CLAUSES,
    DAY_S,
    EVENTS,
    EXERCISES_S,
    JAN_S,
    KM,
    ONE_SOURCE,
    THINGS,
    WEAPONS,
    Event,
    compare,
    digest,
    machine,
    many,
    rate,
    show,
    two_hundred,
)

from truceline.base.canonical import rows_root  # noqa: E402
from truceline.base.rows import canonical_rows  # noqa: E402
from truceline.judge import Material, audit_certificate, judge  # noqa: E402
from truceline.judge.kernel import Kernel, held_bit  # noqa: E402
from truceline.mandate import check_mandate, clause_words, compare_clauses, parse_mandate  # noqa: E402
from truceline.model.batch import table  # noqa: E402
from truceline.model.claim import CLAIMS  # noqa: E402
from truceline.model.coverage import COVERAGE  # noqa: E402
from truceline.model.event import EVENTS as EVENT_ROWS  # noqa: E402
from truceline.model.mandate import Mandate  # noqa: E402
from truceline.model.notice import NOTICES  # noqa: E402
from truceline.model.observation import OBSERVATIONS  # noqa: E402
from truceline.model.placing import PLACINGS  # noqa: E402
from truceline.model.source import Source  # noqa: E402
from truceline.terms import WeaponFact, rules_of  # noqa: E402

US = 1_000_000
LATER_S = JAN_S + 365 * DAY_S
SOURCES = {name: Source(id=name, name=name, kind="mission") for name in ("team", "camera_9")}
LINES = {"NORTH": ("north_line", "south_line"), "SOUTH": ("south_line", "north_line")}


def read(name: str) -> Mandate:
    """One of the drafts of this folder."""
    return parse_mandate((HERE / f"{name}.truce").read_text("utf-8"), name=name, source=f"{name}.truce")


def placing(subject: str, feature: str, span: tuple[int, int], *, zone: bool) -> dict[str, object]:
    """A measured distance with its bound; inside or outside a zone, or neither for certain."""
    middle, bound_mm = (span[0] + span[1]) // 2, (span[1] - span[0] + 1) // 2
    side = (middle > 0) - (middle < 0) if zone else 1
    where = {"geometry_sha256": "", "distance_mm": abs(middle), "bound_mm": bound_mm, "side": side}
    return {"subject_id": subject, "feature": feature, **where}


def material(events: list[Event]) -> Material:
    """The tables that `judge` reads, with one observation a source."""
    happened, seen, placed, notices = [], [], [], []
    for event in events:
        lo, hi = event.calibre_mm
        row = {
            "earliest_at_us": event.at_s * US,
            "latest_at_us": event.at_s * US,
            "parties": [event.party],
            "act": event.act,
            "weapon_system": "",
            "weapon_class": event.weapon,
            "calibre_lo_mm": lo if lo == hi else None,
            "calibre_hi_mm": hi if lo == hi else None,
            "object_kind": event.on,
            "count_lo": 1,
            "count_hi": 1,
            "confidence_permille": 900,
            "place_name": "",
            "inventory": "",
        }
        members = [f"{event.name}-{number}" for number in range(event.sources)]
        happened.append({"event_id": event.name, "status": "reported", "members": members, "disagreement": "", **row})
        for member, source, means in zip(members, SOURCES, ("site_visit", "camera"), strict=False):
            said = {"source_id": source, "means": means, "happening": "", "remark": ""}
            seen.append({"observation_id": member, **said, **row})
        own, other = LINES[event.party]
        for subject in (event.name, *members):
            placed += [
                placing(subject, own, event.own_mm, zone=False),
                placing(subject, other, (5 * KM, 5 * KM), zone=False),
                placing(subject, "corridor", event.corridor_mm, zone=True),
                placing(subject, "shooting_range", event.range_mm, zone=True),
            ]
        if event.storage[1]:
            notices.append(storage(event))
    tables = (table(happened, EVENT_ROWS), table(seen, OBSERVATIONS), table(placed, PLACINGS), table(notices, NOTICES))
    names = ("events", "observations", "placings", "notices")
    rest = {"claims": table([], CLAIMS), "coverage": table([], COVERAGE), "sources": SOURCES}
    return Material(**dict(zip(names, tables, strict=True)), **rest)


def storage(event: Event) -> dict[str, object]:
    """The register's entry for one event: granted by MISSION, or asked for."""
    words = dict.fromkeys(("act", "zone", "weapon_class"), "")
    return {
        "notice_id": f"n-{event.name}",
        "source_id": "team",
        "register": "storage",
        "party": event.party,
        **words,
        "earliest_at_us": (event.at_s - DAY_S) * US,
        "latest_at_us": (event.at_s + DAY_S) * US,
        "status": "granted" if event.storage[0] else "pending",
        "decided_by": "MISSION" if event.storage[0] else "",
    }


def judged(mandate: Mandate, event: Event) -> dict[str, str]:
    """One event judged alone; a clause that does not speak of it breaches nothing."""
    found = judge(material([event]), mandate=mandate, now_s=LATER_S).findings.to_pylist()
    verdicts = {row["clause"]: row["verdict"] for row in found if row["addressee"] == event.party}
    return {clause: verdicts.get(clause, "no_breach") for clause in CLAUSES}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    wanted = parser.parse_args()
    print(f"Truceline, numpy {np.__version__}; {machine()}")
    mandate = read("ceasefire")
    compare(1, {event.name: judged(mandate, event) for event in EVENTS if event.exact})
    exercises = [Event(f"x{i}", "", act="exercise", at_s=at_s) for i, at_s in enumerate(EXERCISES_S)]
    rows = judge(material(exercises), mandate=mandate, now_s=LATER_S).findings.to_pylist()
    show(1, f"flow limit: three exercises within 24 h: {[row['verdict'] for row in rows if row['clause'] == 'C7']}")
    compare(2, {event.name: judged(mandate, event) for event in EVENTS if not event.exact})
    checked(mandate)
    compare(9, {ONE_SOURCE.name: judged(mandate, ONE_SOURCE)})
    certificate(mandate)
    show(11, clause_words(mandate, mandate.clauses[0]))
    speed(mandate, wanted)
    two_hundred_checked()


def checked(mandate: Mandate) -> None:
    """What `truceline check` says that answers a question."""
    questions = {
        "CONFLICT": 3,
        "GAP": 4,
        "CATALOGUE": 4,
        "DEAD": 5,
        "BLOCK": 7,
        "BLOCKERS": 7,
        "WORST-CASE": 8,
        "DEADLINE": 8,
    }
    for remark in check_mandate(mandate):
        if remark.code in questions:
            example = f" e.g. {dict(remark.event)}" if remark.event else ""
            show(questions[remark.code], f"{remark.code}, line {remark.line}: {remark.words}{example}")
    for change in compare_clauses(mandate, read("second_draft")):
        show(6, f"{change.clause}, line {change.old_line}: {change.words}; e.g. {dict(change.event)}")


def certificate(mandate: Mandate) -> None:
    """The certificate of e1, read again by the separate checker; then with one fact changed."""
    given = material([EVENTS[0]])
    done = judge(given, mandate=mandate, now_s=LATER_S)
    content = next(iter(done.certificates.values()))
    names = ("events", "observations", "placings", "notices")
    roots = {name: rows_root(canonical_rows(getattr(given, name))) for name in names}
    sound = audit_certificate(content, mandate=mandate, sources=SOURCES, roots=roots)
    changed = audit_certificate(content.replace(b"122", b"152"), mandate=mandate, sources=SOURCES, roots=roots)
    show(10, f"a certificate of {len(content):,} bytes; the separate checker: {sound or 'it stands'}")
    show(10, f"one fact changed: {changed[0][:70] if changed else 'accepted'}")


def speed(mandate: Mandate, wanted: argparse.Namespace) -> None:
    """Both planes of all twenty rules (ten clauses, two parties), then whose act it was."""
    rules, given = rules_of(mandate), many(wanted.rows)
    party = np.array(given["party"], np.int8)
    own = np.array(given["own_mm"], np.int64)
    far = np.full(wanted.rows, 60 * KM)
    points = {
        "time": np.array(given["at_s"], np.int64),
        "count": np.ones(wanted.rows, np.int64),
        "distance:north_line": np.where(party == 0, own, far),
        "distance:south_line": np.where(party == 1, own, far),
        "inside:corridor": np.array(given["corridor_mm"], np.int64),
        "inside:shooting_range": np.array(given["range_mm"], np.int64),
        **{f"exempt:storage:MISSION:{name}": np.array(given["storage"], np.int64) for name in LINES},
    }
    kinds = list(zip(given["weapon"], given["calibre_mm"], strict=True))
    listed = sorted(set(kinds))
    place = {kind: code for code, kind in enumerate(listed)}
    codes = {
        "act": np.array(given["act"], np.uint16),
        "object": np.array(given["on"], np.uint16),
        "weapon": np.array([place[kind] for kind in kinds], np.uint16),
    }
    weapons = tuple(WeaponFact("", WEAPONS[w], mm, mm) for w, mm in listed)
    kernel = Kernel(rules, {"act": ACTS, "object": THINGS, "weapon": weapons})
    hits = dict.fromkeys(CLAUSES, 0)

    def part(first: int, past: int) -> None:
        here = slice(first, past)
        spans = {name: (each[here], each[here]) for name, each in points.items()}
        surely, possibly = kernel.planes(spans, {name: each[here] for name, each in codes.items()}, rows=past - first)
        assert (surely == possibly).all(), "exact facts leave nothing open"
        for index, rule in enumerate(rules):
            if rule.clause in hits:
                mine = party[here] == tuple(LINES).index(rule.addressee)
                hits[rule.clause] += int((held_bit(surely, index).astype(bool) & mine).sum())

    show(12, rate(part, wanted.rows, wanted.seconds, part=131_072))
    show(12, f"breaches: {hits}")
    few = [Event(f"m{i}", "", at_s=EVENTS[0].at_s + i) for i in range(2_000)]
    given_few, begun_s = material(few), time.process_time()
    findings = judge(given_few, mandate=mandate, now_s=LATER_S).findings.num_rows
    took_s = time.process_time() - begun_s
    each_s = len(few) / took_s
    show(12, f"with evidence and certificates: {len(few)} events, {findings} findings, {each_s:,.0f} events a second")


def two_hundred_checked() -> None:
    """The same two hundred as a text, parsed and checked whole."""

    def date(day: int) -> str:
        return time.strftime("%Y-%m-%dT00:00", time.gmtime(JAN_S + day * DAY_S))

    head = (HERE / "ceasefire.truce").read_text("utf-8").split("weapons HEAVY")[0]
    clauses = [
        f'clause {b.name} cites "{b.name}" {"allowed" if b.allowed else "prohibited"} {b.party} {b.act} any '
        f"beyond {b.beyond_km}km of baseline within {b.within_km}km of baseline "
        f"from {date(b.from_day)} until {date(b.until_day)}"
        for b in two_hundred()
    ]
    begun_s = time.process_time()
    mandate = parse_mandate("\n".join([head, *clauses]), name="two_hundred", source="two_hundred.truce")
    parsed_s = time.process_time()
    remarks = check_mandate(mandate)
    took_s = time.process_time() - parsed_s
    counts = {code: sum(each.code == code for each in remarks) for code in ("CONFLICT", "DEAD")}
    dead = [each.subject for each in remarks if each.code == "DEAD"]
    show(12, f"200 clauses: parsed in {parsed_s - begun_s:.2f} s, checked in {took_s:.2f} s, {counts}, dead {dead}")
    names = {band.name for band in two_hundred()}
    pairs = []
    for each in remarks:
        if each.code == "CONFLICT":
            said = f"{each.subject} {each.words}".replace(",", " ").replace(":", " ").replace("(", " ").split()
            pairs.append(tuple(sorted(names & set(said))))
    show(12, f"pairs: {digest(pairs)}")


if __name__ == "__main__":
    main()
