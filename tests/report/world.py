"""A made-up mission for the report's tests: two mandates, ninety events, every verdict, and what breaks pages."""

from dataclasses import replace

import pyarrow as pa

from truceline.base.time import interval_us
from truceline.model.batch import REJECTS, table
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE
from truceline.model.event import EVENTS
from truceline.model.finding import ASSESSMENTS, FINDINGS, Reason, WindowCount
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.mandate import Clause, Dispute, Header, Line, Mandate, Party, Period, Reading, Zone
from truceline.model.mission import Feed, Mission, ReportSettings
from truceline.model.notice import NOTICES
from truceline.model.observation import OBSERVATIONS
from truceline.model.placing import PLACINGS
from truceline.model.products import FeedCount, Judged, Products
from truceline.model.remark import Remark
from truceline.model.source import Source

ZONE = "Europe/Kyiv"
KNOWN_AT_US = 1_745_700_000_000_000
HOSTILE = "Northern <script>alert(1)</script> Command"
FORMULA = '=HYPERLINK("http://example.invalid","Hill 7")'
REASONS = list(Reason)
LINE = b"""{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Line"},"geometry":
{"type":"LineString","coordinates":[[37.5,48.0],[37.7,48.12],[37.9,48.1],[38.1,48.3],[38.4,48.35]]}}]}"""
ZONE_FILE = b"""{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":
[[[37.6,48.0],[37.6,48.2],[37.9,48.2],[37.9,48.0],[37.6,48.0]]]}}"""
PLACES = b"""{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"name":"Oster"},"geometry":{"type":"Point","coordinates":[37.7,48.05]}},
{"type":"Feature","properties":{"name":"\xd0\x91\xd1\x96\xd0\xbb\xd0\xb0"},"geometry":{"type":"Point","coordinates":[38.0,48.2]}}]}"""


def us(text: str) -> int:
    """The first instant of a local date or time, in microseconds."""
    return interval_us(text, zone=ZONE)[0]


SOURCES = (
    Source(id="patrol", name="Patrols of the mission", kind="mission", citation="patrol reports"),
    Source(
        id="north_log", name="Log of the north", kind="party_record", party="NORTH", about=("SOUTH",), acts=("launch",)
    ),
    Source(
        id="south_log", name="Log of the south", kind="party_record", party="SOUTH", about=("NORTH",), acts=("launch",)
    ),
    Source(id="wire", name="Wire service", kind="media", group="agency"),
    Source(id="claims", name="Counted claims", kind="party_claim", party="SOUTH"),
)
FEEDS = ("patrol", "north_log", "south_log", "wire")

MISSION = Mission(
    name="A made-up valley",
    mandates=("truce.truce", "energy.truce"),
    zone=ZONE,
    extent_deg=(37.0, 47.0, 39.0, 49.0),
    report=ReportSettings(from_date="2025-04-19", until_date="2025-04-24", title="Daily report on the valley"),
    sources=SOURCES,
    feeds=tuple(
        Feed(name=name, path=f"feeds/{name}.csv", format="csv", holds="observations", source=name, columns={})
        for name in FEEDS
    ),
    places="geo/places.geojson",
    notes="Everything here is invented. Nothing in it happened.",
)

BOTH = ("NORTH", "SOUTH")
NORTH, SOUTH = Party(name="NORTH", title=HOSTILE), Party(name="SOUTH", title="Southern Command")
WINDOW = Period(from_s=us("2025-04-19 18:00") // 10**6, until_s=us("2025-04-21") // 10**6)
TRUCE = Mandate(
    name="truce",
    header=Header(title="Truce of the valley", in_force_s=WINDOW.from_s or 0, zone=ZONE),
    parties=(NORTH, replace(SOUTH, unbound="it did not accept the truce that the other side declared")),
    lines=(Line(name="contact", path="geo/line.geojson"),),
    zones=(Zone(name="market", path="geo/zone.geojson"),),
    clauses=(
        Clause(name="LAUNCH", cites="declaration, 1", modality="prohibited", parties=BOTH, acts=("launch",),
               period=WINDOW, unverified=True),
        Clause(name="GROUND", cites="declaration, 2", modality="prohibited", parties=BOTH, acts=("fire",)),
    ),
)  # fmt: skip
EARLY, LATE = (Period(from_s=us(day) // 10**6) for day in ("2025-04-18", "2025-04-20"))
ENERGY = Mandate(
    name="energy",
    header=Header(title="Moratorium on energy sites", in_force_s=EARLY.from_s or 0, zone=ZONE, coverage_permille=800),
    parties=(NORTH, SOUTH),
    lines=(Line(name="old_line", path="geo/lost.geojson"),),
    disputes=(
        Dispute(name="start", words="from which day it holds", readings=(
            Reading(name="early", words="from the talks", period=EARLY),
            Reading(name="late", words="from the statement", period=LATE),
        )),
    ),
    clauses=(
        Clause(name="ENERGY", cites="list", modality="prohibited", parties=BOTH, acts=("strike",), during="start"),
    ),
)  # fmt: skip


def event_rows() -> list[dict[str, object]]:
    """Ninety events from 15 to 24 April: some with places, some hours unknown, one looked-and-saw-none, one astride."""
    rows: list[dict[str, object]] = []
    for number in range(90):
        day = f"2025-04-{15 + number % 9:02d}"
        whole = number % 5 == 0
        first_us = us(day) if whole else us(f"{day} {number % 24:02d}:15")
        placed = number % 3 != 0
        rows.append(
            {
                "event_id": f"evt-{number:012x}",
                "status": "preliminary",
                "members": [f"obs-{number:04d}"],
                "earliest_at_us": first_us,
                "latest_at_us": us(f"2025-04-{16 + number % 9:02d}") - 1
                if whole
                else first_us + 60_000_000 * (number % 4),
                "lon_deg": 37.55 + (number * 37 % 80) / 100 if placed else None,
                "lat_deg": 48.01 + (number * 13 % 30) / 100 if placed else None,
                "cov_ee_m2": (50.0 + number * 40) ** 2 if placed else None,
                "cov_en_m2": 0.0 if placed else None,
                "cov_nn_m2": (50.0 + number * 20) ** 2 if placed else None,
                "place_name": FORMULA if number == 4 else "Oster" if number % 2 else "",
                "parties": [["NORTH"], ["SOUTH"], ["NORTH", "SOUTH"], []][number % 4],
                "act": ("launch", "fire", "strike")[number % 3],
                "weapon_system": "shahed" if number % 3 == 0 else "",
                "weapon_class": ("strike_drone", "mortar", "missile")[number % 3],
                "object_kind": "substation" if number % 3 == 2 else "",
                "count_lo": 0 if number == 7 else number % 6 + 1,
                "count_hi": 0 if number == 7 else None if number % 7 == 3 else number % 6 + 1 + number % 2,
                "inventory": "",
                "disagreement": "",
            }
        )
    rows[8] |= {"earliest_at_us": us("2025-04-18 23:00"), "latest_at_us": us("2025-04-19 05:00")}  # astride the edge
    return rows


def observation_rows(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """One observation for each event, its source by turns."""
    shared = set(OBSERVATIONS.names) & set(EVENTS.names)
    return [
        {name: event[name] for name in shared if name in event}
        | {
            "observation_id": f"obs-{number:04d}",
            "source_id": FEEDS[number % 4],
            "means": "seen",
            "happening": "",
            "remark": "",
            "raw_sha256": "ab" * 32,
            "raw_at": f"row {number}",
        }
        for number, event in enumerate(events)
    ]


def finding_rows(mandate: Mandate, events: list[dict[str, object]]) -> list[dict[str, object]]:
    """Findings of every verdict and reason, by turns."""
    rows: list[dict[str, object]] = []
    for number, event in enumerate(events):
        clause = next((each for each in mandate.clauses if event["act"] in each.acts), None)
        if clause is None:
            continue
        for party in (each for each in mandate.parties if not each.unbound):
            for reading in [f"start={each.name}" for item in mandate.disputes for each in item.readings] or [""]:
                verdict = ("undetermined", "breach", "no_breach")[(len(rows)) % 3]
                reason = str(REASONS[len(rows) // 3 % len(REASONS)]) if verdict == "undetermined" else ""
                rows.append(
                    {
                        "finding_id": f"fnd-{len(rows):010x}{mandate.name[:2]}",
                        "mandate": mandate.name,
                        "clause": clause.name,
                        "addressee": party.name,
                        "reading": reading,
                        "event_ids": [event["event_id"]],
                        "earliest_at_us": event["earliest_at_us"],
                        "latest_at_us": event["latest_at_us"],
                        "verdict": verdict,
                        "reason": reason,
                        "breach_class": "",
                        "outcome": "outside_storage?" if number % 10 == 0 else "",
                        "missing": ["the hour: recorded as a whole day", "one more source"] if reason else [],
                        "sources": [FEEDS[number % 4]],
                        "certificate_sha256": "" if verdict == "no_breach" else f"{len(rows):064x}",
                    }
                )
    return rows


def assessment_rows(mandate: Mandate) -> list[dict[str, object]]:
    """One row for each clause, bound addressee and reading; outcomes by turns."""
    outcomes = (
        ("undetermined", "one-sided"),
        ("breach_found", ""),
        ("none_found", ""),
        ("undetermined", "claims-only"),
    )
    rows: list[dict[str, object]] = []
    for clause in mandate.clauses:
        for party in (each for each in mandate.parties if not each.unbound):
            for reading in [f"start={each.name}" for item in mandate.disputes for each in item.readings] or [""]:
                outcome, reason = outcomes[len(rows) % 4]
                rows.append(
                    {
                        "mandate": mandate.name,
                        "clause": clause.name,
                        "addressee": party.name,
                        "reading": reading,
                        "from_s": us("2025-04-19") // 10**6,
                        "until_s": us("2025-04-24") // 10**6,
                        "outcome": outcome,
                        "reason": reason,
                        "breaches": 2 if outcome == "breach_found" else 0,
                        "undetermined": 1 if reason == "one-sided" else 0,
                        "claims": len(rows),
                        "coverage_permille": 815 if outcome == "none_found" else None,
                        "words": "none recorded by the accuser (SOUTH); not independently confirmed",
                    }
                )
    return rows


def windows() -> tuple[WindowCount, ...]:
    """The truce's window with the equal periods beside it, both directions."""
    assert WINDOW.from_s is not None
    assert WINDOW.until_s is not None
    length_s = WINDOW.until_s - WINDOW.from_s
    return tuple(
        WindowCount(
            clause="LAUNCH", addressee=addressee, reading="", bound=addressee == "NORTH", source_id=source, which=which,
            from_s=WINDOW.from_s + shift * length_s, until_s=WINDOW.until_s + shift * length_s,
            wholly=wholly, touching=touching, unstated=unstated,
        )
        for addressee, source in (("NORTH", "south_log"), ("SOUTH", "north_log"))
        for which, shift, wholly, touching, unstated in (
            ("before", -1, 95, 96, 0), ("inside", 0, 0, 0, 3), ("after", 1, 99, 153, 1)
        )
    )  # fmt: skip


def claim_rows() -> list[dict[str, object]]:
    """Claims of both parties in the period, one of them without a number."""
    return [
        {
            "claim_id": f"clm-{number}",
            "source_id": "claims",
            "claimant": ("SOUTH", "NORTH")[number % 2],
            "accused": ("NORTH", "SOUTH")[number % 2],
            "topic": "",
            "act": ("fire", "", "launch")[number % 3],
            "category": ("shelling", "total", "@drones")[number % 3],
            "count_lo": None if number == 2 else 100 * number + 37,
            "count_hi": None if number % 4 == 1 else 100 * number + 37,
            "earliest_at_us": us("2025-04-20"),
            "latest_at_us": us("2025-04-21") - 1,
            "speaker": "+spokesperson",
            "citation": "briefing, with a very long address: example.invalid/" + "a" * 60,
            "raw_sha256": "cd" * 32,
            "raw_at": f"row {number}",
        }
        for number in range(6)
    ]


IMPEDIMENT = {
    "impediment_id": "imp-1",
    "source_id": "patrol",
    "kind": "denial",
    "area_of": "SOUTH",
    "place_name": "checkpoint at Oster",
    "earliest_at_us": us("2025-04-20 09:05"),
    "latest_at_us": us("2025-04-20 09:40"),
    "reason_given": "orders from superiors",
    "announced": "yes",
    "not_verified": "whether weapons stood in the yard",
    "raw_sha256": "ef" * 32,
    "raw_at": "row 1",
}


def judged(mandate: Mandate, events: list[dict[str, object]]) -> Judged:
    """What was judged under one mandate."""
    findings = finding_rows(mandate, events)
    remarks = (
        Remark(
            code="NO-MONITOR",
            line=0,
            subject=mandate.name,
            words="It names nobody who monitors it.",
            suggestion="Name one.",
        ),
        Remark(code="NO-PLACE", line=7, subject="clause A", words="A holds everywhere.", suggestion="Draw a line."),
        Remark(code="NO-PLACE", line=9, subject="clause B", words="B holds everywhere.", suggestion="Draw a line."),
    )
    return Judged(
        mandate=mandate,
        mandate_sha256="1" * 64,
        text_sha256="2" * 64,
        remarks=remarks if events else (),
        findings=table(findings, FINDINGS),
        assessments=table(assessment_rows(mandate) if events else [], ASSESSMENTS),
        windows=windows() if mandate.name == "truce" and events else (),
        certificates={str(row["certificate_sha256"]): b"{}" for row in findings if row["certificate_sha256"]},
    )


def valley() -> Products:
    """The whole run."""
    events = event_rows()
    rejects = [
        {"feed": "wire", "raw_sha256": "ab" * 32, "raw_at": f"row {n}", "reason": reason,
         "problem": "95 is no latitude", "remedy": "-"}
        for n, reason in enumerate(("latitude-out-of-range", "latitude-out-of-range", "no-time"))
    ]  # fmt: skip
    holds = [("observations", name, (23, 23, 22, 22)[FEEDS.index(name)]) for name in FEEDS] + [
        ("claims", "claims", 6),
        ("impediments", "patrol", 1),
    ]
    feeds = tuple(
        FeedCount(feed=source if kind == "observations" else kind, holds=kind, source=source, sha256=f"{n}" * 64,
                  read=rows + 3 * (source == "wire"), rows=rows, rejects=3 * (source == "wire"))
        for n, (kind, source, rows) in enumerate(holds)
    )  # fmt: skip
    return Products(
        mission=MISSION,
        known_at_us=KNOWN_AT_US,
        feeds=feeds,
        observations=table(observation_rows(events), OBSERVATIONS),
        events=table(events, EVENTS),
        placings=table([], PLACINGS),
        claims=table(claim_rows(), CLAIMS),
        notices=table([], NOTICES),
        impediments=table([IMPEDIMENT], IMPEDIMENTS),
        coverage=table([], COVERAGE),
        rejects=table(rejects, REJECTS),
        judged=(judged(TRUCE, events), judged(ENERGY, events)),
        geometry={"geo/line.geojson": LINE, "geo/zone.geojson": ZONE_FILE, "geo/places.geojson": PLACES},
    )


def empty_valley() -> Products:
    """The same mission on a day on which nothing came in at all."""
    whole = valley()
    tables = ("observations", "events", "placings", "claims", "notices", "impediments", "coverage", "rejects")
    cleared: dict[str, pa.Table] = {name: getattr(whole, name).slice(0, 0) for name in tables}
    return replace(whole, feeds=(), judged=(judged(TRUCE, []), judged(ENERGY, [])), **cleared)
