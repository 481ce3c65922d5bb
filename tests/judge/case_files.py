"""Cases as tables that a monitor or a lawyer can read and correct; `run_case_file` runs one file of them.

A file is a few sentences, then `## mandate` with its text (or the one line `from ../minsk-2015.truce`, a path from this
file), and sections:
    each row alone      every row is a world of its own; `expect` lists its findings
    each act alone      the same, leaving out duties that nobody was seen to meet: they fall due in every row
    all rows together   one world; the line after the rows lists its findings
    seen                coverage, claims and logs of a period; then its assessments
    windows             one world; then what each window counts
An empty cell is not known. Places are `20 ± 1 km`, in a zone `inside 3 ± 1 km` or `outside 3 km`; `?` is no place; a
column `zone@2` is towards its second drawing. `seen by` lists the means of so many independent sources, each sure
enough. Registers:
    consent        `storage granted SMM`: an entry of each party, from an hour before the act until an hour after it
    notice given   `2018-12-01 03:00 to COMMITTEE`: when and to whom that entry was given; `?` for what is not said
    gate           `ZONE_LEFT granted KFOR from 1999-06-11 08:00`: an entry without an end
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.judge.worlds import event, given, happening, material, notice, observation, placing

from truceline.base.rows import RowTree, canonical_rows
from truceline.judge import Material, assess, audit_certificate, judge, window_counts
from truceline.mandate import parse_mandate
from truceline.model.catalogue import BY_SLUG
from truceline.model.mandate import Mandate, Period
from truceline.model.source import Source
from truceline.model.vocabulary import MEANS

COLUMNS = {"when (UTC)", "act", "weapon", "object", "number", "of", "source", "seen by", "inventory", "expect", "says"}
COLUMNS |= {"consent", "notice given", "gate"}
SEALED = ("events", "observations", "placings", "notices")
PLACE = re.compile(r"(?:(inside|outside) )?([\d.]+)(?: ± ([\d.]+))? km")
SOURCES = {
    "post": Source(id="post", name="the mission's post", kind="mission"),
    "log_of_UA": Source(id="log_of_UA", name="log of UA", kind="party_record", party="UA"),
}
SOURCES |= {means: Source(id=means, name=means, kind="mission") for means in MEANS}
Cells = dict[str, str]


@dataclass
class Section:
    kind: str
    rows: list[Cells] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def read(path: Path) -> tuple[Mandate, list[Section]]:
    """The mandate of a case file, and its sections."""
    parts = re.split(r"^## (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    text, sections = "", []
    for kind, body in zip(parts[::2], parts[1::2], strict=True):
        if kind == "mandate":
            text = body
            continue
        section, heading = Section(kind), None
        for line in filter(None, map(str.strip, body.splitlines())):
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) == 1:
                section.lines.append(line)
            elif heading is None:
                heading = cells
            else:
                section.rows.append(dict(zip(heading, cells, strict=True)))
        sections.append(section)
    return mandate_of(text, path), sections


def mandate_of(text: str, path: Path) -> Mandate:
    """The mandate that a case file holds, or names by a line `from FILE`."""
    if named := re.fullmatch(r"\s*from (\S+\.truce)\s*", text):
        path = path.parent / named[1]
        text = path.read_text(encoding="utf-8")
    return parse_mandate(text, name=path.stem, source=path.name)


def instants_s(text: str) -> tuple[int, int]:
    """`2015-03-05 10:00`, or two of them with ` .. ` between, in UTC."""
    stamps = [datetime.strptime(each, "%Y-%m-%d %H:%M").replace(tzinfo=UTC) for each in text.split(" .. ")]
    return int(stamps[0].timestamp()), int(stamps[-1].timestamp())


def world(mandate: Mandate, rows: list[Cells]) -> Material:
    """One event, observed once, for each row."""
    events, observations, placings, notices = [], [], [], []
    for number, cells in enumerate(rows):
        first_s, last_s = instants_s(cells["when (UTC)"])
        row = happening(first_s, last_s, **attributes(cells))
        name, sights = f"row-{number}", list(sightings(f"row-{number}", row, cells))
        observations += sights
        members = [str(each["observation_id"]) for each in sights]
        events.append(event(name, row, members))
        for feature in cells.keys() - COLUMNS:
            for subject in (name, *members):
                placings += list(placed(subject, feature, cells[feature]))
        notices += entries(cells, mandate, (first_s - 3_600, last_s + 3_600))
    return material(events=events, observations=observations, placings=placings, notices=notices, sources=dict(SOURCES))


def sightings(name: str, row: dict[str, object], cells: Cells) -> Iterator[dict[str, object]]:
    """One observation by the named source, or one by each means that `seen by` lists."""
    if not cells.get("seen by"):
        yield observation(f"{name}-seen", row, source=cells.get("source") or "post")
    for means in (cells.get("seen by") or "").split():
        sure = row | {"confidence_permille": 900}
        yield observation(f"{name}-{means}", sure, source=means, means=means)


def entries(cells: Cells, mandate: Mandate, around_s: tuple[int, int]) -> Iterator[dict[str, object]]:
    """What the registers say for one row."""
    if cells.get("consent"):
        register, status, *by = cells["consent"].split()
        more = {"status": status, "decided_by": "".join(by)}
        if cells.get("notice given"):
            at, to = cells["notice given"].split(" to ")
            more |= given(to.strip("?"), *instants_s(at)) if at != "?" else {"given_to": to}
        for party in mandate.parties:
            yield notice(register, party.name, *around_s, **more)
    if cells.get("gate"):
        register, status, *by = cells["gate"].partition(" from ")[0].split()
        since_s, _ = instants_s(cells["gate"].partition(" from ")[2])
        yield notice(register, "", since_s, None, status=status, decided_by="".join(by))


def attributes(cells: Cells) -> dict[str, object]:
    """What a row says of its event."""
    low, _, high = (cells.get("number") or "1").partition("..")
    system = BY_SLUG.get(cells.get("weapon", ""))
    calibre_mm = system.calibre_mm or None if system else None
    return {
        "act": cells["act"],
        "weapon_system": system.slug if system else "",
        "weapon_class": system.weapon_class if system else cells.get("weapon", ""),
        "calibre_lo_mm": calibre_mm,
        "calibre_hi_mm": calibre_mm,
        "object_kind": cells.get("object", ""),
        "parties": cells["of"].split(),
        "count_lo": int(low),
        "count_hi": int(high or low),
        "inventory": cells.get("inventory", ""),
    }


def placed(subject: str, feature: str, cell: str) -> Iterator[dict[str, object]]:
    if cell != "?":
        where = PLACE.fullmatch(cell)
        assert where, f"{cell!r} is no place"
        side = -1 if where[1] == "outside" else 1
        yield placing(subject, feature, round(float(where[2]) * 1e6), round(float(where[3] or 0) * 1e6), side)


def told(mandate: Mandate, tables: Material, *, unmet: bool = True) -> tuple[set[str], str]:
    """Findings as a case writes them, and all that is missing. Their certificates stand. `unmet`: also of duties that
    nobody was seen to meet.
    """
    end_s = 4_000_000_000
    found = set()
    judgement = judge(tables, mandate=mandate, now_s=end_s)
    rows = [row for row in judgement.findings.to_pylist() if unmet or row["event_ids"]]
    roots = {name: RowTree(canonical_rows(getattr(tables, name))).root for name in SEALED}
    for content in judgement.certificates.values():
        assert audit_certificate(content, mandate=mandate, sources=tables.sources, roots=roots) == []
    for row in rows:
        clause = f"{row['clause']} " if len(mandate.clauses) > 1 else ""
        reading = f"{row['reading']} " if row["reading"] else ""
        reason = f" ({row['reason']})" if row["reason"] else ""
        outcome = f", {row['outcome']}" if row["outcome"] else ""
        found.add(f"{clause}{reading}{row['addressee']} {row['verdict']}{reason}{outcome}")
    return found, " ".join(each for row in rows for each in row["missing"])


def expected(text: str) -> set[str]:
    return set() if text.endswith("nothing") else set(text.split("; "))


def alone(mandate: Mandate, section: Section) -> Iterator[tuple[object, object, object]]:
    for cells in section.rows:
        found, missing = told(mandate, world(mandate, [cells]), unmet=section.kind == "each row alone")
        yield cells, found, expected(cells["expect"])
        if cells.get("says"):
            yield cells, cells["says"] in missing, True


def together(mandate: Mandate, section: Section) -> Iterator[tuple[object, object, object]]:
    found, _ = told(mandate, world(mandate, section.rows))
    yield section.rows, found, expected(section.lines[0])


def windows(mandate: Mandate, section: Section) -> Iterator[tuple[object, object, object]]:
    found = {
        f"{count.which}: wholly {count.wholly}, touching {count.touching}"
        for count in window_counts(world(mandate, section.rows), mandate=mandate)
    }
    yield section.rows, found, set(section.lines)


def seen(mandate: Mandate, section: Section) -> Iterator[tuple[object, object, object]]:
    """Assessments of a period in which no event was recorded."""
    said, coverage, claims, sources = [], [], [], {}
    first_s, last_s = instants_s(section.lines[0].removeprefix("period "))
    span = {"earliest_at_us": first_s * 1_000_000, "latest_at_us": last_s * 1_000_000 - 1}
    for line in section.lines[1:]:
        if share := re.fullmatch(r"(\d+) % of the period", line):
            coverage.append(span | {"source_id": "post", "clause": "", "share_permille": 10 * int(share[1])})
        elif claim := re.fullmatch(r"(\w+) claims (\d+) against (\w+)", line):
            number = int(claim[2])
            row = {"claimant": claim[1], "accused": claim[3], "topic": "", "act": "", "count_lo": number}
            claims.append(span | row | {"count_hi": number})
        elif log := re.fullmatch(r"log of (\w+) about (\w+): (.*)", line):
            acts = tuple(log[3].split(", "))
            sources["log"] = Source(id="log", name="log", kind="party_record", party=log[1], about=(log[2],), acts=acts)
        else:
            said.append(line)
    tables = material(coverage=coverage, claims=claims, sources=sources)
    findings = judge(tables, mandate=mandate, now_s=last_s).findings
    assert findings.num_rows == 0, "no event, no finding"
    rows = assess(tables, findings, mandate=mandate, period=Period(from_s=first_s, until_s=last_s)).to_pylist()
    found = {
        f"{row['clause']} {row['addressee']} {row['outcome']}{' (' + row['reason'] + ')' if row['reason'] else ''}"
        for row in rows
    }
    yield section.lines, found, set(said)


KINDS = {
    "each row alone": alone,
    "each act alone": alone,
    "all rows together": together,
    "windows": windows,
    "seen": seen,
}


def run_case_file(path: Path) -> None:
    """Judge every table of a case file; AssertionError names the file, the section and the row that come out wrong."""
    mandate, sections = read(path)
    assert sections, f"{path.name} has no table"
    for section in sections:
        assert section.kind in KINDS, f"{path.name}: no kind of section is called {section.kind!r}"
        for row, found, wanted in KINDS[section.kind](mandate, section):
            assert found == wanted, f"{path.name}, {section.kind}: {row}\n  expected {wanted}\n  came out {found}"
