"""A made-up line with known coverage: views, hours watched and not, duties, an impediment, a plan, a comparison."""

from dataclasses import replace

from tests.report.world import MISSION, us, valley

from truceline.model.batch import table
from truceline.model.coverage import COVERAGE, OWED, STRETCHES, UNVERIFIED, WATCHED
from truceline.model.mission import ReportSettings
from truceline.model.plan import (
    Base,
    Fleet,
    FlightPlan,
    Leg,
    Need,
    PlanSettings,
    Sortie,
    Spell,
    Unmet,
)
from truceline.model.products import Products, Watch
from truceline.model.tradeoff import CONDITIONS, ClauseSeen, Mix, Tradeoff
from truceline.model.view import VIEWS
from truceline.report.coverage import PlanGround

HOUR_US = 3_600 * 10**6
DAY = us("2025-04-23")
LINE = [(37.5, 48.0), (37.7, 48.12), (37.9, 48.1), (38.1, 48.3), (38.4, 48.35)]
COUNT = 40


def at_share(along_ratio: float) -> tuple[float, float]:
    """A point of the line, by its share of corners."""
    at = along_ratio * (len(LINE) - 1)
    number = min(int(at), len(LINE) - 2)
    (west, south), (east, north) = LINE[number], LINE[number + 1]
    return west + (east - west) * (at - number), south + (north - south) * (at - number)


def stretch_rows() -> list[dict[str, object]]:
    """Forty stretches of two kilometres and one zone."""
    rows: list[dict[str, object]] = [
        {
            "stretch_id": f"contact {number}",
            "feature": "contact",
            "number": number,
            "from_m": number * 2_000,
            "until_m": (number + 1) * 2_000,
            "path_deg": [*at_share(number / COUNT), *at_share((number + 0.5) / COUNT), *at_share((number + 1) / COUNT)],
        }
        for number in range(COUNT)
    ]
    ring = [37.6, 48.0, 37.6, 48.2, 37.9, 48.2, 37.9, 48.0, 37.6, 48.0]
    zone = {"stretch_id": "market", "feature": "market", "number": 0, "from_m": 0, "until_m": 0, "path_deg": ring}
    return [*rows, zone]


def seen_permille(clause: str, number: int, hour: int) -> int:
    """What is watched: the first quarter always, the last never, between them by turns; GROUND by day only."""
    if number >= 30:
        return 20
    if clause == "GROUND" and not 6 <= hour < 18:
        return 0
    if number < 10:
        return 900
    return 950 if (number // 4 + hour // 2) % 3 == 0 else 300 if hour % 3 else 30


def watched_rows() -> list[dict[str, object]]:
    """Clause x stretch x side x hour of one local day."""
    rows: list[dict[str, object]] = []
    for clause in ("LAUNCH", "GROUND"):
        for number in range(COUNT):
            for side in (1, -1):
                rows += [row("truce", clause, f"contact {number}", side, hour) for hour in range(24)]
    rows += [row("energy", "ENERGY", "market", 0, hour, 40) for hour in range(24)]
    return rows


def row(mandate: str, clause: str, stretch: str, side: int, hour: int, share: int | None = None) -> dict[str, object]:
    """One row of WATCHED."""
    number = int(stretch.rsplit(" ", maxsplit=1)[-1]) if " " in stretch else 0
    share = seen_permille(clause, number, hour) if share is None else share
    return {
        "mandate": mandate,
        "clause": clause,
        "stretch_id": stretch,
        "side": side,
        "earliest_at_us": DAY + hour * HOUR_US,
        "latest_at_us": DAY + (hour + 1) * HOUR_US - 1,
        "share_permille": share,
        "state": "observed" if share >= 700 else "partly" if share >= 50 else "not_observed",
    }


def owed_rows() -> list[dict[str, object]]:
    """Six windows of one duty and one visit that is still open."""
    rows: list[dict[str, object]] = [
        {
            "owed_id": f"owe-{number}", "mandate": "truce", "duty": "EVERY_4_HOURS", "kind": "revisit",
            "clause": "GROUND", "stretch_id": "contact 0", "earliest_at_us": DAY + number * 4 * HOUR_US,
            "latest_at_us": DAY + (number + 1) * 4 * HOUR_US - 1, "share_permille": (0, 900)[number % 2],
            "state": ("missed", "met")[number % 2],
        }
        for number in range(6)
    ]  # fmt: skip
    rows.append(
        rows[0]
        | {"owed_id": "owe-9", "duty": "YARD", "kind": "visit", "clause": "", "share_permille": None, "state": "open"}
    )
    return rows


def unverified_rows() -> list[dict[str, object]]:
    """What the valley's one impediment kept from being verified: two clauses on one place, one on another."""
    first = {
        "impediment_id": "imp-1", "mandate": "truce", "clause": "GROUND", "feature": "contact", "from_m": 12_000,
        "until_m": 20_500, "earliest_at_us": DAY + 8 * HOUR_US, "latest_at_us": DAY + 11 * HOUR_US - 1,
        "share_permille": 0,
    }  # fmt: skip
    return [
        first,
        first | {"clause": "LAUNCH"},
        first | {"clause": "ENERGY", "feature": "market", "from_m": 0, "until_m": 0, "share_permille": 120},
    ]


VIEW = {
    "view_id": "v-1", "source_id": "patrol", "sensor": "drone-7", "means": "drone", "spectrum": "visible",
    "earliest_at_us": DAY + 6 * HOUR_US, "latest_at_us": DAY + 7 * HOUR_US, "lost_at_us": None, "ring_deg": [],
    "lon_deg": 37.123456, "lat_deg": 48.0, "above_ground_m": 300.0, "range_m": 4_000.0, "azimuth_deg": None,
    "width_deg": None, "resolution_mm": 100, "visibility_m": None, "cloud_permille": None, "health_permille": None,
    "disturbed": "", "announced": "yes", "raw_sha256": "ab" * 32, "raw_at": "row 1",
}  # fmt: skip


def coverage_rows(share: int = 200) -> list[dict[str, object]]:
    """The same share of every clause on the day of the report."""
    return [
        {
            "coverage_id": f"cov-{clause}", "source_id": "patrol", "clause": clause, "earliest_at_us": DAY,
            "latest_at_us": DAY + 24 * HOUR_US - 1, "share_permille": share, "raw_sha256": "ab" * 32, "raw_at": "row 1",
        }
        for clause in ("LAUNCH", "GROUND", "ENERGY")
    ]  # fmt: skip


def coast(share: int = 200) -> Products:
    """The valley on one day, with everything known about what could be seen."""
    whole = valley()
    impediment = whole.impediments.to_pylist()[0]
    impediment |= {"earliest_at_us": DAY + 8 * HOUR_US, "latest_at_us": DAY + 11 * HOUR_US}
    return replace(
        whole,
        mission=replace(MISSION, report=ReportSettings(from_date="2025-04-23", until_date="2025-04-24")),
        impediments=table([impediment], whole.impediments.schema),
        coverage=table(coverage_rows(share), COVERAGE),
        views=table([VIEW, VIEW | {"view_id": "v-2", "lost_at_us": DAY + 7 * HOUR_US}], VIEWS),
        watch=Watch(
            stretches=table(stretch_rows(), STRETCHES),
            watched=table(watched_rows(), WATCHED),
            owed=table(owed_rows(), OWED),
            unverified=table(unverified_rows(), UNVERIFIED),
        ),
    )


# --- a plan ------------------------------

WEST, EAST = Base(name="Base West", lon_deg=37.45, lat_deg=48.2), Base(name="Base East", lon_deg=38.35, lat_deg=48.15)
SETTINGS = PlanSettings(
    announce="2h",
    bases=(WEST, EAST),
    fleets=(
        Fleet(name="small", base="Base West", number=6, endurance_min=60, speed_kmh=60.0),
        Fleet(name="long", base="Base East", number=3, endurance_min=240, speed_kmh=90.0, thermal=True),
    ),
    spells=(
        Spell(kind="airspace", begins="2025-04-23 06:00", ends="2025-04-23 10:00", line="contact", from_km=30,
              until_km=50, party="NORTH", reason="exercise"),
        Spell(kind="weather", begins="2025-04-23 19:00", ends="2025-04-23 22:00", visibility_m=800.0, reason="fog"),
        Spell(kind="base", begins="2025-04-23 12:00", ends="2025-04-23 13:30", base="Base East", reason="runway"),
    ),
)  # fmt: skip


def sortie(number: int, fleet: Fleet, launch_us: int) -> Sortie:
    """One flight over six stretches and back."""
    base = WEST if fleet.base == "Base West" else EAST
    first = (number * 6) % 18 if base is WEST else 20 + (number * 6) % 14
    step_us = fleet.endurance_min * 60 * 10**6 // 8
    legs = tuple(
        Leg(stretch_id=f"contact {first + at}", offset_m=0, from_us=launch_us + (at + 1) * step_us,
            until_us=launch_us + (at + 2) * step_us)
        for at in range(6)
    )  # fmt: skip
    points = [(base.lon_deg, base.lat_deg), *(at_share((first + at + 0.5) / COUNT) for at in range(6))]
    path = [degrees for point in [*points, points[0]] for degrees in point]
    return Sortie(
        sortie_id=f"s-{number:03d}", fleet=fleet.name, base=fleet.base, launch_us=launch_us,
        land_us=launch_us + 8 * step_us, legs=legs, path_deg=tuple(path),
    )  # fmt: skip


def plan() -> FlightPlan:
    """Thirty-six sorties; 84 of 100 windows met."""
    small, far = SETTINGS.fleets
    sorties = [sortie(number, small, DAY + number * HOUR_US * 18 // 24 + 4 * HOUR_US) for number in range(24)]
    sorties += [sortie(24 + number, far, DAY + number * 100 * 60 * 10**6) for number in range(12)]
    return FlightPlan(
        from_us=DAY, until_us=DAY + 24 * HOUR_US, sorties=tuple(sorties), windows=100, met=84, weight_ratio=0.87,
        objective_ratio=13.2, bound_ratio=12.9, gap_ratio=0.0227, seconds_s=60.0,
        unmet=(
            Unmet(duty="EVERY_4_HOURS", windows=12, never=8, why="none here sees persons at night: thermal cameras"),
            Unmet(duty="STORES", windows=4, never=0, why="too few crews at Base East from 02:00: one crew more"),
        ),
        requirements=(
            Need(what="drones", number=9, where="", why="as many as fly at once, with those being made ready"),
            Need(what="crews", number=4, where="Base West", why="sorties in the air at once"),
        ),
        remarks=("The spell of 24 April lies outside the plan and was not used.",),
    )  # fmt: skip


def plan_ground() -> PlanGround:
    """The valley at the plan's day, with its nights."""
    return PlanGround(
        mission=replace(MISSION, plan=SETTINGS),
        stretches=table(stretch_rows()[:-1], STRETCHES),
        nights_us=((DAY, DAY + 5 * HOUR_US), (DAY + 20 * HOUR_US, DAY + 24 * HOUR_US)),
        asked={"EVERY_4_HOURS": 60, "STORES": 40},
    )


# --- drones against posts ------------------------------


def mix(drones: int, posts: int) -> Mix:
    """Made-up shares: drones see more by day, posts hold in bad weather and interference."""
    by_drones = {"day": 0.86, "night": 0.62, "bad_weather": 0.08, "interference": 0.25}
    by_posts = {"day": 0.34, "night": 0.22, "bad_weather": 0.18, "interference": 0.30}
    shares = {}
    for name in CONDITIONS:
        missed = (1 - by_drones[name]) ** (drones / 80) * (1 - by_posts[name]) ** (posts / 160)
        shares[name] = int(1000 * (1 - missed))
    return Mix(
        drones=drones, posts=posts, patrols_a_day=posts * 2, people_at_line=posts * 8, people_elsewhere=drones * 3,
        sorties_a_day=drones * 4, cost_low_amount=drones * 900.0 + posts * 1_500,
        cost_high_amount=drones * 1_400.0 + posts * 2_600,
        observed_permille=shares,
        duties_permille={"clear": shares["day"]} | {each: shares[each] for each in ("bad_weather", "interference")},
    )  # fmt: skip


def tradeoff() -> Tradeoff:
    """Five numbers of drones by four of posts."""
    mixes = tuple(mix(drones, posts) for drones in (0, 10, 20, 40, 80) for posts in (0, 40, 80, 160))
    alone = [(80, 0), (0, 160)]
    shares = {"ARMOUR_10": ((910, 720, 90, 260), (310, 200, 180, 290)),
              "NO_FIRE": ((300, 300, 20, 60), (620, 620, 500, 600)),
              "STORES": ((950, 900, 400, 500), (340, 180, 170, 330))}  # fmt: skip
    clauses = tuple(
        ClauseSeen(clause=clause, drones=many, posts=posts, observed_permille=dict(zip(CONDITIONS, seen, strict=True)))
        for clause, both in shares.items()
        for (many, posts), seen in zip(alone, both, strict=True)
    )
    return Tradeoff(
        title="Model ceasefire", mission="Contact line (fictional)", line_m=1_205_000, currency="EUR",
        interference_permille=750, mixes=mixes, clauses=clauses,
        assumptions=(
            "8 people live at a post; 2 patrols a day leave it and go 10 km along the line, out and back.",
            "3 people for each drone, at its base, not at the line.",
            "A post sees 3 km on a clear day.",
        ),
    )  # fmt: skip
