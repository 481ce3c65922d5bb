"""A made-up valley for the tests of bulletins: two parties, seven events, and everything that a bulletin lists."""

from dataclasses import replace

import pyarrow as pa

from truceline.base.time import interval_us
from truceline.model.batch import table
from truceline.model.bulletin import CaseLine, Dissent, Footing, Reply
from truceline.model.casualty import CASUALTIES
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE
from truceline.model.damage import DAMAGE
from truceline.model.event import EVENTS
from truceline.model.finding import FINDINGS
from truceline.model.impediment import IMPEDIMENTS
from truceline.report.bulletins import Clock, Material

ZONE = "Europe/Kyiv"
CLOCK = Clock(zone=ZONE, cut_off_hour=19, cut_off_minute=30)
PARTIES = (("NORTH", "Northern Command"), ("SOUTH", "Southern Command"))


def us(text: str) -> int:
    """The first instant of a local date or time, in microseconds."""
    return interval_us(text, zone=ZONE)[0]


def event(event_id: str, at: str, **values: object) -> dict[str, object]:
    """A released event: placed on a grid of 10 km, of one minute."""
    first_us, last_us = interval_us(at, zone=ZONE)
    return {
        "event_id": event_id, "status": "confirmed", "members": [], "earliest_at_us": first_us, "latest_at_us": last_us,
        "lon_deg": 37.75, "lat_deg": 48.05, "cov_ee_m2": 8.4e6, "cov_en_m2": 0.0, "cov_nn_m2": 8.4e6,
        "place_name": "", "parties": [], "act": "fire", "weapon_system": "", "weapon_class": "mortar",
        "object_kind": "", "count_lo": 1, "count_hi": 1, "inventory": "", "disagreement": "", "aliases": [], **values,
    }  # fmt: skip


def rows(given: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    """Rows of a schema; columns that it does not have are left out."""
    return table([{name: value for name, value in row.items() if name in schema.names} for row in given], schema)


EVENTS_OF_THE_DAY = (
    event("evt-before", "2027-03-03 12:00", parties=["NORTH"]),
    event("evt-a1", "2027-03-04 06:12", parties=["NORTH"], count_lo=3, count_hi=5, place_name="Oster"),
    event("evt-a2", "2027-03-04 06:40", parties=["SOUTH"], weapon_class="strike_drone", act="strike",
          object_kind="power_line", count_hi=None, aliases=["evt-a9"]),
    event("evt-a3", "2027-03-04", parties=["NORTH", "SOUTH"], lon_deg=None, lat_deg=None, weapon_class=""),
    event("evt-a4", "2027-03-04 09:00", status="preliminary", parties=[], disagreement="weapon_class"),
    event("evt-a5", "2027-03-04 10:00", act="inventory", weapon_class="tank", count_lo=0, count_hi=0,
          parties=["SOUTH"], status="reviewed"),
    event("evt-a6", "2027-03-04 11:00", status="rejected", parties=["NORTH"]),
)  # fmt: skip
FOOTINGS = {
    "evt-a1": Footing(kind="own"),
    "evt-a2": Footing(kind="record", parties=("NORTH",)),
    "evt-a3": Footing(kind="media"),
    "evt-a5": Footing(kind="own"),
}


def finding(finding_id: str, addressee: str, verdict: str, **values: object) -> dict[str, object]:
    return {
        "finding_id": finding_id, "mandate": "Truce of the valley", "clause": "NO-FIRE", "addressee": addressee,
        "reading": "", "event_ids": ["evt-a1"], "earliest_at_us": us("2027-03-04 06:12"),
        "latest_at_us": us("2027-03-04 06:12"), "verdict": verdict, "reason": "", **values,
    }  # fmt: skip


FINDINGS_OF_THE_DAY = (
    finding("fnd-1", "NORTH", "breach"),
    finding("fnd-2", "SOUTH", "undetermined", event_ids=["evt-a2"], reason="evidence"),
    finding("fnd-3", "SOUTH", "no_breach", event_ids=["evt-a5"], reading="start=earlier"),
    finding("fnd-4", "SOUTH", "undetermined", event_ids=[], clause="WITHDRAW", reason="not-observed"),
)


def claim(claim_id: str, claimant: str, accused: str, **values: object) -> dict[str, object]:
    return {
        "claim_id": claim_id, "source_id": "claims", "claimant": claimant, "accused": accused, "topic": "", "act": "",
        "category": "terrorist attacks", "count_lo": 112, "count_hi": 112, "earliest_at_us": us("2027-03-04"),
        "latest_at_us": us("2027-03-05") - 1, **values,
    }  # fmt: skip


CLAIMS_OF_THE_DAY = (
    claim("clm-1", "SOUTH", "NORTH"),
    claim("clm-2", "NORTH", "SOUTH", act="strike", count_lo=9, count_hi=None, category=""),
)
IMPEDIMENTS_OF_THE_DAY = (
    {
        "impediment_id": "imp-1", "kind": "denial", "area_of": "SOUTH", "place_name": "",
        "earliest_at_us": us("2027-03-04 08:00"), "latest_at_us": us("2027-03-04 09:30"),
        "reason_given": "\"orders against terrorists\"", "announced": "no", "not_verified": "two storage sites",
    },
)  # fmt: skip
COVERAGE_OF_THE_DAY = tuple(
    {"coverage_id": day, "clause": "", "earliest_at_us": us(day), "latest_at_us": us(day) + 86_400 * 10**6 - 1,
     "share_permille": share}
    for day, share in (("2027-03-02", 600), ("2027-03-03", 550), ("2027-03-04", 203), ("2027-03-05", 300))
)  # fmt: skip
CASE = CaseLine(
    case_id="case-7f3a",
    event_ids=("evt-a1",),
    step="VERIFY: the mission visits the place",
    due_us=us("2027-03-05 06:12"),
    ended="answered",
    ended_us=us("2027-03-06 12:00"),
    replies_due_us=us("2027-03-07 00:00"),
    replies=(
        Reply(party="NORTH", at_us=us("2027-03-05 10:00"), words="Our forces answered the aggressor.\nNothing more."),
    ),
    dissents=(Dissent(actor="SOUTH", at_us=us("2027-03-06 12:00"), words="We do not accept this <b>answer</b>."),),
)
ATTACHMENTS = (("daily-report.html", "ab" * 32), ("daily-report.pdf", "cd" * 32))
RVB_FROM_US, RVB_UNTIL_US = us("2027-03-03 19:30"), us("2027-03-04 19:30")

DAY = Material(
    events=rows(list(EVENTS_OF_THE_DAY), EVENTS),
    findings=rows(list(FINDINGS_OF_THE_DAY), FINDINGS),
    claims=rows(list(CLAIMS_OF_THE_DAY), CLAIMS),
    impediments=rows(list(IMPEDIMENTS_OF_THE_DAY), IMPEDIMENTS),
    coverage=rows(list(COVERAGE_OF_THE_DAY), COVERAGE),
    casualties=rows(
        [
            {
                "casualty_id": "c1",
                "kind": "injured",
                "earliest_at_us": us("2027-03-04 06:12"),
                "latest_at_us": us("2027-03-04 07:00"),
            }
        ],
        CASUALTIES,
    ),
    damage=DAMAGE.empty_table(),
    footings=FOOTINGS,
    cases=(CASE,),
    known_at_us=us("2027-03-04 19:30"),
    zone=ZONE,
    parties=PARTIES,
    attachments=ATTACHMENTS,
)
QUIET = replace(
    DAY,
    events=EVENTS.empty_table(),
    findings=FINDINGS.empty_table(),
    claims=CLAIMS.empty_table(),
    impediments=IMPEDIMENTS.empty_table(),
    cases=(),
    attachments=(),
)


def only(event_id: str, **values: object) -> pa.Table:
    """One event of the day, as it might be known at another time."""
    row = next(row for row in EVENTS_OF_THE_DAY if row["event_id"] == event_id)
    return rows([row | values], EVENTS)
