"""A mission's flight plan, worked out from its folder and written whole: page, map, rows, notices, requirements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from truceline.base.errors import InputError, UnavailableError
from truceline.base.time import stamp
from truceline.base.units import S_PER_UNIT, US_PER_S
from truceline.locate import Feature, features_of
from truceline.mandate import parse_mandates
from truceline.model.account import Recipient
from truceline.model.mandate import Mandate
from truceline.model.mission import Mission
from truceline.model.plan import FlightPlan
from truceline.model.release import Terms
from truceline.model.tradeoff import Tradeoff
from truceline.pipeline import Progress, silent
from truceline.plan.flights import plan_flights
from truceline.planning import Flyable, compare_posts, flights_of, flyable, in_daylight, with_unseeable
from truceline.release import check_rules, release
from truceline.report import scope_of
from truceline.report.coverage import PlanGround, plan_geojson, plan_page, plan_rows, posts_page
from truceline.report.tables import csv_bytes
from truceline.run.mission import read_inputs
from truceline.run.reports import write_whole

PLAN = "plan"
HOUR_US = S_PER_UNIT["h"] * US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A plan, what it was made from, and the files that were written."""

    mission: Mission
    flyable: Flyable
    plan: FlightPlan
    asked: dict[str, int]  # windows by duty
    files: tuple[Path, ...]


def plan_mission(
    folder: Path, *, now_us: int, out: Path | None = None, seconds: int | None = None, progress: Progress = silent
) -> Made:
    """Work out the flights of a mission and write them into its folder `plan/`.

    Args: seconds: how long the solver may look; None: as the mission says.

    Raises: InputError: what of the mission cannot be read. UnavailableError: the disk.
    """
    mission, mandates, drawn = _read(folder, now_us)
    progress("lanes")
    found = flyable(mission, mandates, drawn, from_us=scope_of(mission).until_us)
    progress("flights")
    best = plan_flights(found.task, seconds=mission.plan.seconds if seconds is None else seconds)
    plan = with_unseeable(best, found.unseeable)
    asked = Counter(found.task.demands.duty) + Counter({each.duty: each.windows for each in found.unseeable})
    ground = PlanGround(mission=mission, stretches=found.scene.stretches, nights_us=_nights_us(found), asked=asked)
    rows = plan_rows(plan)
    files = {
        "plan.html": plan_page(plan, ground),
        "plan.geojson": plan_geojson(plan),
        "plan.json": msgspec.json.format(msgspec.json.encode(asdict(plan)), indent=1),
        "plan.csv": csv_bytes(rows, list(rows[0]) if rows else []),
        "requirements.json": msgspec.json.format(
            msgspec.json.encode({"requirements": [asdict(each) for each in plan.requirements]}), indent=1
        ),
    }
    for party, told in _notices(found, plan, mission, mandates).items():
        files[f"notices/{party}.csv"] = csv_bytes(told, list(told[0]) if told else [])
    written = _write(out or folder / PLAN, files)
    return Made(mission=mission, flyable=found, plan=plan, asked=asked, files=written)


def compare_mission(
    folder: Path, *, now_us: int, out: Path | None = None, progress: Progress = silent
) -> tuple[Tradeoff, tuple[Path, ...]]:
    """Drones against posts for a mission: the comparison, and the page and figures that were written.

    Raises: as `plan_mission`; InputError where `[plan.compare]` names nothing to compare.
    """
    mission, mandates, drawn = _read(folder, now_us)
    if not (mission.plan.compare.drones and mission.plan.compare.posts):
        raise InputError(
            "[plan.compare] names no numbers of drones or of posts.",
            subject="plan",
            remedy="Write drones = [0, 10, 20] and posts = [0, 40, 80].",
        )
    made = compare_posts(mission, mandates, drawn, from_us=scope_of(mission).until_us, progress=progress)
    plain = msgspec.json.format(msgspec.json.encode(asdict(made)), indent=1)
    return made, _write(out or folder / PLAN, {"posts.html": posts_page(made), "posts.json": plain})


def _read(folder: Path, now_us: int) -> tuple[Mission, tuple[Mandate, ...], tuple[Feature, ...]]:
    """The mission, its mandates and what they draw; release rules that cannot be kept stop here."""
    inputs = read_inputs(folder, now_us=now_us)
    check_rules(inputs.mission.release)
    if not inputs.mission.plan.fleets:
        raise InputError(
            "the mission names no drones.",
            subject="plan",
            remedy="Add [plan], [[plan.bases]] and [[plan.fleets]]: missions/contact-line/truceline.toml shows them.",
        )
    mandates = parse_mandates(inputs.mandates)
    return inputs.mission, mandates, features_of(mandates, inputs.geometry)


def _nights_us(found: Flyable) -> tuple[tuple[int, int], ...]:
    """Times in which more than half of the ground lies in the dark."""
    means = found.task.means
    hours_us = np.arange(means.from_us, means.until_us, HOUR_US)
    if not len(found.task.legs):
        return ()
    dark = in_daylight(found.task.legs.ends_deg[:, :2], hours_us).mean(axis=0) < 0.5
    nights: list[tuple[int, int]] = []
    for begun_us in hours_us[dark].tolist():
        if nights and nights[-1][1] == begun_us:
            nights[-1] = nights[-1][0], begun_us + HOUR_US
        else:
            nights.append((begun_us, begun_us + HOUR_US))
    return tuple(nights)


def _notices(
    found: Flyable, plan: FlightPlan, mission: Mission, mandates: Sequence[Mandate]
) -> dict[str, list[dict[str, object]]]:
    """What each party may be told of the flights, by the mission's release rules, and from when. No rule, no file."""
    told = flights_of(plan, legs=found.task.legs, announce_us=found.task.means.announce_us)
    if not any(rule.kind == "flight" for rule in mission.release):
        return {}
    parties = dict.fromkeys(party.name for mandate in mandates for party in mandate.parties)
    return {
        party: _rows(
            release(
                told,
                kind="flight",
                to=Recipient(kind="party", party=party),
                rules=mission.release,
                terms=Terms(),
            )
        )
        for party in parties
    }


def _rows(table: pa.Table) -> list[dict[str, object]]:
    """Released flights as they are sent: times as UTC stamps, and from when the party may know."""
    by_time = table.sort_by([("earliest_at_us", "ascending"), ("flight_id", "ascending")])
    return [
        {
            "flight_id": row["flight_id"],
            "earliest_at": stamp(row["earliest_at_us"]),
            "latest_at": stamp(row["latest_at_us"]),
            "feature": row["feature"],
            "from_km": row["from_km"],
            "until_km": row["until_km"],
            "purpose": row["purpose"],
            "to_be_told_at": stamp(row["at_us"]),
        }
        for row in by_time.to_pylist()
    ]


def _write(place: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    try:
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(place / name, content)
    except OSError as error:
        raise UnavailableError(
            f"{error.strerror or error}.", subject=f"plan {place}", remedy="Give it room and rights, then plan again."
        ) from None
    return tuple(place / name for name in files)
