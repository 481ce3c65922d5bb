"""A flight plan for people: a page with timetable, map, duties and needs; GeoJSON; rows for a table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from truceline.base.time import interval_us, local_words, stamp
from truceline.base.units import US_PER_S
from truceline.model.coverage import STRETCHES
from truceline.model.mission import Mission
from truceline.model.plan import FlightPlan, Sortie, Spell
from truceline.report.coverage.drawing import Closed, Flown, Timetable, plan_map_svg, timetable_svg, track
from truceline.report.geojson import DISCLAIMER, Path
from truceline.report.totals import (
    Figure,
    KeyFigure,
    Row,
    Section,
    Table,
    capped,
    cells,
    clean,
    columns,
    listed,
    totalled,
)

PLAN_LEVEL = "Computed proposal; not approved by a person."
FOOT = "Made by Truceline from the mission's settings and mandates. A plan serves observation alone."
MINUTE_US = 60 * US_PER_S
SPELL_WORDS = {
    "airspace": "airspace closed",
    "base": "base closed",
    "weather": "bad weather",
    "interference": "satellite navigation disturbed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGround:
    """On what ground and in which nights a plan is flown. `asked`: duty -> how many windows it has in the plan."""

    mission: Mission
    stretches: pa.Table = field(default_factory=STRETCHES.empty_table)
    nights_us: tuple[tuple[int, int], ...] = ()
    asked: Mapping[str, int] = field(default_factory=dict)

    def moment(self, instant_us: int) -> str:
        """An instant in the mission's zone."""
        return local_words(instant_us // US_PER_S, self.mission.zone)


def plan_page(plan: FlightPlan, ground: PlanGround) -> bytes:
    """The plan as one HTML page that loads nothing.

    Raises: TotalsError: sorties, windows or needs do not add up, and there is no page.
    """
    from truceline.report.pages import Leaf, html_page  # its renderer is heavy: it is loaded when a page is made

    span = f"{ground.moment(plan.from_us)} until {ground.moment(plan.until_us)}"
    announced = ground.mission.plan.announce
    leaf = Leaf(
        title="Flight plan for observation",
        mission=clean(ground.mission.name),
        level=PLAN_LEVEL,
        foot=FOOT,
        head=(
            ("Mission", clean(ground.mission.name)),
            ("Flown", span),
            ("Time zone", f"{ground.mission.zone}; all times are local to it"),
            ("Told to the parties", f"{announced} before each launch" if announced else "not before the launch"),
        ),
        notes="",
        key_figures=_key_figures(plan),
        sections=(
            Section(key="summary", title="What this plan does", words=tuple(_summary(plan))),
            Section(key="where", title="Where and when it flies", figures=_figures(plan, ground)),
            Section(key="duties", title="What is owed, and what stays unmet", tables=(_duties(plan, ground),)),
            Section(key="needs", title="What it needs", tables=(_needs(plan),)),
            Section(key="sorties", title="Sorties", tables=(_sorties(plan, ground),)),
            Section(
                key="settings",
                title="What it was told, and could not use",
                words=tuple(clean(words) for words in plan.remarks) or ("Every setting could be used.",),
                tables=(_spells(ground),),
            ),
        ),
    )
    pictures = {"timetable": timetable_svg(_timetable(plan, ground))}
    if _has_map(plan, ground):
        pictures["map"] = plan_map_svg(_flown(plan, ground))
    return html_page(leaf, pictures)


# --- words ------------------------------


def _key_figures(plan: FlightPlan) -> tuple[KeyFigure, ...]:
    hours = sum(one.land_us - one.launch_us for one in plan.sorties) / (60 * MINUTE_US)
    left = plan.windows - plan.met
    return (
        KeyFigure(
            value=f"{len(plan.sorties):,}", label="sorties", beside=f"{hours:,.0f} hours in the air", coverage=""
        ),
        KeyFigure(
            value=f"{plan.met:,} of {plan.windows:,}",
            label="windows met",
            beside=f"{_percent(plan.weight_ratio)} by weight",
            coverage="",
        ),
        KeyFigure(value=f"{left:,}", label="windows unmet", beside=_never(plan), coverage=""),
        KeyFigure(
            value=_percent(plan.gap_ratio), label="at most from the best plan", beside=_looked(plan), coverage=""
        ),
    )


def _never(plan: FlightPlan) -> str:
    never = sum(one.never for one in plan.unmet)
    return f"{never:,} of them no sortie at all could meet" if never else "each of them some sortie could meet"


def _looked(plan: FlightPlan) -> str:
    return f"found in {plan.seconds_s:.0f} s"


def _percent(part_ratio: float) -> str:
    """A share in percent: what is not nothing never reads 0 %, and what is not all never 100 %."""
    percent = part_ratio * 100
    if 0 < percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.1f}".removesuffix(".0") + " %"


def _summary(plan: FlightPlan) -> Iterator[str]:
    left = plan.windows - plan.met
    yield (
        f"{len(plan.sorties):,} sorties look into {plan.met:,} of the {plan.windows:,} windows in which the mission "
        "must "
        f"look somewhere; {left:,} stay unmet. A window is met where what it is about would be seen with at least the "
        "chance that the mission's settings ask for."
    )
    if plan.gap_ratio <= 0.0005:
        yield "No plan with these drones, crews and closures could leave less unmet: this is proven."
    else:
        yield (
            f"No plan with these drones, crews and closures could leave less than {plan.bound_ratio:,.1f} unmet; this "
            "one "
            f"leaves {plan.objective_ratio:,.1f}. Both are weights of windows, with the small cost of flying. So this "
            "plan "
            f"is at most {_percent(plan.gap_ratio)} worse than the best there can be."
        )
    never = sum(one.never for one in plan.unmet)
    if never:
        yield (
            f"{never:,} windows no sortie could meet, however many drones there were: why, and what would help, stands "
            "with each duty below."
        )
    yield "The plan says where to look and when. It says nothing about who did what, and nothing in it serves to aim."


# --- pictures ------------------------------


def _figures(plan: FlightPlan, ground: PlanGround) -> tuple[Figure, ...]:
    by_base = ", ".join(f"{base} {count}" for base, count in _by_base(plan).items()) or "none"
    night = " Grey: night." if ground.nights_us else " Where night begins and ends was not given."
    return (
        Figure(
            key="timetable",
            caption=f"Each bar is one sortie from launch to landing, by base.{night} Hatched: what is closed or "
            "disturbed, "
            f"named above. Sorties by base: {by_base}.",
            alt=f"Timetable of {len(plan.sorties)} sorties. By base: {by_base}.",
        ),
        Figure(
            key="map",
            caption="Where the sorties fly, from base to base. "
            f"Lines: {listed(name for name, _ in _lines(ground))}. Places of bases as the mission states them.",
            alt=f"Map of {len(plan.sorties)} sorties over {listed(name for name, _ in _lines(ground))}.",
            absent="" if _has_map(plan, ground) else "No map: there is no line, no base and no sortie to draw.",
        ),
    )


def _by_base(plan: FlightPlan) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in plan.sorties:
        counts[one.base] = counts.get(one.base, 0) + 1
    return dict(sorted(counts.items()))


def _bases(plan: FlightPlan, ground: PlanGround) -> tuple[str, ...]:
    stated = [base.name for base in ground.mission.plan.bases]
    return tuple(dict.fromkeys([*stated, *_by_base(plan)]))


def _fleets(plan: FlightPlan, ground: PlanGround) -> tuple[str, ...]:
    stated = [fleet.name for fleet in ground.mission.plan.fleets]
    return tuple(dict.fromkeys([*stated, *sorted({one.fleet for one in plan.sorties})]))


def _timetable(plan: FlightPlan, ground: PlanGround) -> Timetable:
    return Timetable(
        from_us=plan.from_us,
        until_us=max(plan.until_us, *(one.land_us for one in plan.sorties), plan.until_us),
        zone=ground.mission.zone,
        bases=_bases(plan, ground),
        fleets=_fleets(plan, ground),
        sorties=plan.sorties,
        nights_us=ground.nights_us,
        spells=tuple(
            Closed(kind=spell.kind, from_us=from_us, until_us=until_us, base=spell.base, words=_spell_words(spell))
            for spell, from_us, until_us in _spells_within(plan, ground)
        ),
    )


def _spells_within(plan: FlightPlan, ground: PlanGround) -> Iterator[tuple[Spell, int, int]]:
    for spell in ground.mission.plan.spells:
        from_us, until_us = (
            interval_us(text, zone=ground.mission.zone, subject="spell")[0] for text in (spell.begins, spell.ends)
        )
        if from_us < plan.until_us and until_us > plan.from_us:
            yield spell, from_us, until_us


def _spell_words(spell: Spell) -> str:
    """`airspace closed, contact km 30 to 50, by ALPHA: "exercise"`."""
    where = [spell.base, " ".join(filter(None, (clean(spell.line), _kilometres(spell))))]
    party = f"by {clean(spell.party)}" if spell.party else ""
    said = ", ".join(filter(None, (SPELL_WORDS[spell.kind], *where, party)))
    return f"{said}: {clean(spell.reason)}" if spell.reason else said


def _kilometres(spell: Spell) -> str:
    if spell.from_km is None and spell.until_km is None:
        return ""
    ends = ("the beginning" if spell.from_km is None else f"{spell.from_km:g}",
            "the end" if spell.until_km is None else f"{spell.until_km:g}")  # fmt: skip
    return f"km {ends[0]} to {ends[1]}"


def _has_map(plan: FlightPlan, ground: PlanGround) -> bool:
    return bool(plan.sorties or ground.mission.plan.bases or ground.stretches.num_rows)


def _lines(ground: PlanGround) -> tuple[tuple[str, tuple[Path, ...]], ...]:
    found: dict[str, list[Path]] = {}
    for row in ground.stretches.to_pylist():
        found.setdefault(clean(row["feature"]), []).append(track(row["path_deg"]))
    return tuple((name, tuple(paths)) for name, paths in found.items())


def _flown(plan: FlightPlan, ground: PlanGround) -> Flown:
    closed = []
    for spell, _, _ in _spells_within(plan, ground):
        if spell.kind in ("airspace", "interference") and spell.line:
            from_m = 1000 * (spell.from_km or 0.0)
            until_m = float("inf") if spell.until_km is None else 1000 * spell.until_km
            closed += [
                track(row["path_deg"])
                for row in ground.stretches.to_pylist()
                if row["feature"] == spell.line and row["until_m"] > from_m and row["from_m"] < until_m
            ]
    return Flown(
        lines=_lines(ground),
        closed=tuple(closed),
        bases=tuple((clean(base.name), (base.lon_deg, base.lat_deg)) for base in ground.mission.plan.bases),
        fleets=_fleets(plan, ground),
        sorties=plan.sorties,
    )


# --- tables ------------------------------


def _duties(plan: FlightPlan, ground: PlanGround) -> Table:
    """Every duty with its windows, met and unmet; where their number is not given, those with unmet windows alone."""
    unmet = {one.duty: one for one in plan.unmet}
    names = list(dict.fromkeys([*ground.asked, *unmet]))
    left = [unmet[name].windows if name in unmet else 0 for name in names]
    never = [unmet[name].never if name in unmet else 0 for name in names]
    why = [unmet[name].why if name in unmet else "" for name in names]
    counted = "Where and when enough would be seen is in coverage: this table counts windows of it"
    if not ground.asked:
        made = Table(
            key="duties", caption="Duties with windows that stay unmet",
            columns=columns("Duty:4", "Unmet#:2", "Of them no sortie could#:2", "Why, and what would help:9"),
            rows=tuple(cells(*row) for row in zip(names, left, never, why, strict=True)),
            coverage=counted, nothing="None: every window is met.",
        )  # fmt: skip
        return totalled(made, plan.windows - plan.met, sum(one.never for one in plan.unmet))
    asked = [ground.asked.get(name, 0) for name in names]
    met = [many - missed for many, missed in zip(asked, left, strict=True)]
    made = Table(
        key="duties", caption="Duties, and how many of their windows this plan meets",
        columns=columns("Duty:4", "Windows#:2", "Met#:2", "Unmet#:2", "Of them no sortie could#:2",
                        "Why, and what would help:9"),
        rows=tuple(cells(*row) for row in zip(names, asked, met, left, never, why, strict=True)),
        coverage=counted, nothing="No duty has a window in this time.",
    )  # fmt: skip
    return totalled(made, plan.windows, plan.met, plan.windows - plan.met, sum(one.never for one in plan.unmet))


def _needs(plan: FlightPlan) -> Table:
    return Table(
        key="needs",
        caption="What this plan needs that somebody must give",
        columns=columns("What:2", "How many:2", "Where:3", "Why:8"),
        rows=tuple(
            cells(need.what, f"{need.number:,}", need.where or "anywhere", need.why) for need in plan.requirements
        ),
        coverage="Coverage does not apply: nothing seen is counted here",
        nothing="Nothing beyond what the mission has.",
    )


def _sorties(plan: FlightPlan, ground: PlanGround) -> Table:
    places = {row["stretch_id"]: row for row in ground.stretches.to_pylist()}
    return capped(
        Table(
            key="sorties",
            caption="Sorties by launch",
            columns=columns("Sortie:3", "Base:3", "Fleet:3", "Launch:4", "Landing:4", "Minutes:2", "Looks at:6"),
            rows=tuple(
                cells(
                    one.sortie_id, one.base, one.fleet, ground.moment(one.launch_us), ground.moment(one.land_us),
                    f"{(one.land_us - one.launch_us) // MINUTE_US:,}", _over(one, places),
                )
                for one in sorted(plan.sorties, key=lambda one: (one.launch_us, one.sortie_id))
            ),
            coverage="Coverage does not apply: nothing seen is counted here",
            nothing="No sortie.",
            more_in="sorties.csv",
        )
    )  # fmt: skip


def _over(one: Sortie, places: Mapping[str, Row]) -> str:
    """`contact km 12 to 40`: what a sortie looks at, along each line."""
    spans: dict[str, list[int]] = {}
    for leg in one.legs:
        row = places.get(leg.stretch_id, {"feature": leg.stretch_id, "from_m": 0, "until_m": 0})
        spans.setdefault(row["feature"], []).extend((row["from_m"], row["until_m"]))
    words = []
    for feature, ends_m in spans.items():
        reach = f" km {min(ends_m) / 1000:g} to {max(ends_m) / 1000:g}" if max(ends_m) else ""
        words.append(f"{clean(feature)}{reach}")
    return "; ".join(words) or "nothing"


def _spells(ground: PlanGround) -> Table:
    return Table(
        key="spells",
        caption="What was stated to be closed or disturbed",
        columns=columns("What:3", "From:3", "Until:3", "Details:6"),
        rows=tuple(
            cells(SPELL_WORDS[spell.kind], spell.begins, spell.ends, _spell_words(spell))
            for spell in ground.mission.plan.spells
        ),
        coverage="Coverage does not apply: nothing seen is counted here",
        nothing="Nothing.",
    )


# --- GeoJSON and rows ------------------------------


def plan_geojson(plan: FlightPlan) -> bytes:
    """Sorties with their tracks and times, as RFC 7946 GeoJSON."""
    features = [
        {
            "type": "Feature",
            "id": one.sortie_id,
            "properties": {
                "kind": "sortie",
                "fleet": one.fleet,
                "base": one.base,
                "launch_at": stamp(one.launch_us),
                "land_at": stamp(one.land_us),
                "legs": [_leg(leg_row) for leg_row in _legs(one)],
            },
            "geometry": {"type": "LineString", "coordinates": [list(point) for point in track(one.path_deg)]},
        }
        for one in plan.sorties
    ]
    collection = {
        "type": "FeatureCollection",
        "disclaimer": DISCLAIMER,
        "about": f"{PLAN_LEVEL} {FOOT}",
        "from": stamp(plan.from_us),
        "until": stamp(plan.until_us),
        "windows": plan.windows,
        "met": plan.met,
        "features": features,
    }
    return (json.dumps(collection, ensure_ascii=False, indent=1) + "\n").encode()


def plan_rows(plan: FlightPlan) -> list[Row]:
    """One row for each leg of each sortie, in the order in which they are flown; times as UTC stamps."""
    return [
        {
            "sortie_id": one.sortie_id,
            "fleet": one.fleet,
            "base": one.base,
            "launch_at": stamp(one.launch_us),
            "land_at": stamp(one.land_us),
            **_leg(row),
        }
        for one in sorted(plan.sorties, key=lambda one: (one.launch_us, one.sortie_id))
        for row in _legs(one)
    ]


def _legs(one: Sortie) -> Sequence[tuple[str, int, int, int]]:
    return [(leg.stretch_id, leg.offset_m, leg.from_us, leg.until_us) for leg in one.legs]


def _leg(leg: tuple[str, int, int, int]) -> Row:
    return {"stretch_id": leg[0], "offset_m": leg[1], "from_at": stamp(leg[2]), "until_at": stamp(leg[3])}
