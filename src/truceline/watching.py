"""Coverage, from views to what may be said of an absence: puts its stages together, and is itself one of the pipeline.

VIEWS, FOOTPRINTS, mandates ─ locate.stretches ─► STRETCHES, spots ─ plan ─► WATCHED, COVERAGE, OWED, UNVERIFIED
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.time import from_us, interval_us, local_days, zone_of
from truceline.base.units import UNBOUNDED, US_PER_S
from truceline.locate import Feature
from truceline.locate.stretches import ground_of, reaches_of, spots_of, stretches_of
from truceline.model.batch import table
from truceline.model.coverage import COVERAGE, OBSERVED_PERMILLE, WATCHED, Visit
from truceline.model.mandate import Mandate
from truceline.model.mission import CoverageSettings, Mission
from truceline.model.plan import Revisit
from truceline.model.products import Watch
from truceline.model.reel import Screened
from truceline.model.spot import Need, Spots
from truceline.model.terrain import Terrain
from truceline.model.view import VIEWS
from truceline.model.vocabulary import WEAPON_LEAVES
from truceline.plan import (
    Asked,
    Covered,
    Duty,
    Eye,
    Horizon,
    Shadows,
    clause_shares,
    covered,
    disturbed_views,
    duties_of,
    lost_sensors,
    owed,
    own_duties,
    reach_of,
    signature_of,
    unverified,
    watched,
)
from truceline.terms import drawings_of, rules_of
from truceline.terms.weapons import WeaponFact, weapon_held, weapon_term

Row = dict[str, object]
Made = TypeVar("Made")
Look = Callable[[str, Sequence[Need], tuple[int, int]], Covered]  # under a name, what is needed, from and until
LONGEST_DAYS = 62  # hours that are worked out for one run; a longer record is looked at in its last days
STANDING = ("camera", "acoustic", "radar", "heard", "seen")  # what does not move
FRAME_US = 2 * US_PER_S  # a picture stands for the time until the next, at most for this long


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The ground of a mission: its stretches, the spots that stand for them, and what is drawn of the mandates."""

    features: dict[str, Feature]  # by the name in the mandate; of several drawings, the last in force
    stretches: pa.Table  # STRETCHES
    spots: Spots

    @property
    def ids(self) -> list[str]:
        """Stretch ids by row."""
        return list(map(str, self.stretches["stretch_id"].to_pylist()))

    @property
    def spot_features(self) -> np.ndarray:
        """The line or zone of each spot, shape (spots,)."""
        return np.array(self.stretches["feature"].to_pylist(), dtype=object)[self.spots.stretch]


def scene_of(
    mandates: Sequence[Mandate], drawn: Sequence[Feature], *, settings: CoverageSettings, until_s: int
) -> Scene:
    """The ground as it is drawn just before `until_s`.

    Limits: where a line is drawn anew within the time that is asked about, coverage is counted along the last drawing.
    """
    by_name = {each.name: each for each in drawn}
    features: dict[str, Feature] = {}
    for mandate in mandates:
        for item in mandate.features:
            name = next(each.feature for each in drawings_of(item) if each.touches(until_s - 1, until_s - 1))
            if name in by_name:
                features[item.name] = replace(by_name[name], name=item.name)
    stretches = stretches_of(tuple(features.values()), stretch_m=settings.stretch_m)
    spots = spots_of(tuple(features.values()), stretches, reaches=reaches_of(mandates), points=max(1, settings.points))
    return Scene(features=features, stretches=stretches, spots=spots)


def needs_of(scene: Scene, mandates: Sequence[Mandate]) -> tuple[Need, ...]:
    """What each clause needs seen, where and while it binds; none of a clause whose ground has no end."""
    return tuple(need for mandate in mandates for need in _needs(scene, mandate))


def _needs(scene: Scene, mandate: Mandate) -> Iterator[Need]:
    objects = {each.name: each.members for each in mandate.objects}
    rules = [rule for rule in rules_of(mandate) if not rule.outcome and rule.modality != "allowed"]
    for clause in mandate.clauses:
        periods = [rule.period for rule in rules if rule.clause == clause.name]
        term = weapon_term(clause.weapons, mandate)
        classes = tuple(leaf for leaf in WEAPON_LEAVES if weapon_held(term, WeaponFact("", leaf)).possibly)
        things = tuple(member for name in clause.objects for member in objects.get(name, (name,)))
        signature = signature_of(clause.acts, weapon_classes=classes if clause.weapons else (), objects=things)
        ground = ground_of(clause, mandate, spots=scene.spots, stretches=scene.stretches, features=scene.features)
        if not periods or signature is None or ground is None:
            continue
        yield Need(
            mandate=mandate.name,
            clause=clause.name,
            signature=signature,
            at=ground,
            from_us=min(-UNBOUNDED if each.from_s is None else each.from_s * US_PER_S for each in periods),
            until_us=max(UNBOUNDED if each.until_s is None else each.until_s * US_PER_S for each in periods),
        )


def within(needs: Sequence[Need], span_us: tuple[int, int]) -> tuple[Need, ...]:
    """The needs that bind within a time, each as long as it does there."""
    cut = (
        replace(need, from_us=max(need.from_us, span_us[0]), until_us=min(need.until_us, span_us[1])) for need in needs
    )
    return tuple(need for need in cut if need.from_us < need.until_us)


def places_of(scene: Scene, mandates: Sequence[Mandate]) -> dict[str, Need]:
    """What is looked for at zones and sites that are themselves inspected, by their name: what stands there."""
    looked_for = signature_of(("inventory",), weapon_classes=("tank",))
    assert looked_for is not None, "what is counted can be seen"
    of_feature = scene.spot_features
    return {
        watch.feature: Need(
            mandate=mandate.name,
            clause="",
            signature=looked_for,
            at=of_feature == watch.feature,
            from_us=-UNBOUNDED,
            until_us=UNBOUNDED,
        )
        for mandate in mandates
        for watch in mandate.watches
        if watch.feature and (of_feature == watch.feature).any()
    }


# --- footage as views ------------------------------


def views_of_footage(footage: Screened) -> pa.Table:
    """VIEWS of every picture that shows a known piece of ground; one whose place is withheld is none.

    Limits: a picture stands for the time until the next of its stream, at most two seconds; its resolution is the
        length of its lower edge on the ground by its width in pixels.
    """
    found, frames = footage.footprints, footage.frames
    if not found.num_rows:
        return VIEWS.empty_table()
    of_frame = {str(row["frame_id"]): row for row in frames.select(
        ["frame_id", "source_id", "stream", "width_px", "raw_sha256", "raw_at"]
    ).to_pylist()}  # fmt: skip
    shown = pc.and_(pc.is_in(found["standing"], pa.array(["stated", "widened"])), pc.is_valid(found["at_us"]))
    shown = pc.and_(shown, pc.greater_equal(pc.list_value_length(found["corners_deg"]), 8))
    rows = sorted(found.filter(shown).to_pylist(), key=lambda row: (int(row["at_us"]), str(row["frame_id"])))
    latest: dict[str, Row] = {}
    made: list[Row] = []
    for row in rows:
        frame = of_frame[str(row["frame_id"])]
        sensor = f"{frame['source_id']} {str(frame['raw_sha256'])[:8]} {frame['stream']}"
        view = _view_of(row, frame, sensor)
        before = latest.get(sensor)
        if before is not None:
            begun_us = int(str(before["earliest_at_us"]))
            before["latest_at_us"] = min(begun_us + FRAME_US, max(begun_us, int(str(view["earliest_at_us"]))))
        latest[sensor] = view
        made.append(view)
    return table(made, VIEWS)


def _view_of(row: Row, frame: Row, sensor: str) -> Row:
    corners = np.array(row["corners_deg"], dtype=np.float64).reshape(-1, 2)
    middle_lat = np.radians(corners[:, 1].mean())
    edge = (corners[-1] - corners[-2]) * np.array([np.cos(middle_lat), 1.0]) * 111_320.0
    wide_px = frame["width_px"]
    resolution = None if not wide_px else max(1, round(float(np.hypot(*edge)) / int(str(wide_px)) * 1_000))
    eye_m, ground_m = row["sensor_hae_m"], row["hae_m"]
    known = eye_m is not None and ground_m is not None
    return {
        "view_id": "view-" + sha256_hex(canonical_bytes(["footage", row["frame_id"]]))[:12],
        "source_id": frame["source_id"],
        "sensor": sensor,
        "means": "uav_image",
        "spectrum": "visible",
        "earliest_at_us": row["at_us"],
        "latest_at_us": row["at_us"],
        "ring_deg": list(map(float, corners.ravel())),
        "lon_deg": row["sensor_lon_deg"],
        "lat_deg": row["sensor_lat_deg"],
        "above_ground_m": max(0.0, float(str(eye_m)) - float(str(ground_m))) if known else None,
        "resolution_mm": resolution,
        "disturbed": "",
        "announced": "",
        "raw_sha256": frame["raw_sha256"],
        "raw_at": frame["raw_at"],
    }


# --- what a run learns from views ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a mission's views are looked at with."""

    mission: Mission
    mandates: tuple[Mandate, ...]
    drawn: tuple[Feature, ...]
    views: pa.Table  # VIEWS of feeds
    footage: Screened
    impediments: pa.Table  # IMPEDIMENTS
    terrain: bytes  # GeoTIFF; empty: nothing hides
    now_us: int
    visits: tuple[Visit, ...] = ()  # that cases wait for, or waited for
    period_us: tuple[int, int]  # of the report
    kept: dict[str, tuple[object, object]] = field(default_factory=dict)  # by an earlier round, see `_kept`


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What follows from views: how much was seen, what was owed, what nobody could verify."""

    watch: Watch
    coverage: pa.Table  # COVERAGE: one row for each clause and local day
    impediments: pa.Table  # IMPEDIMENTS: sensors that were lost, flights whose place is not sure


def learn(effort: Effort) -> Learned:
    """How much of what each clause needs to see was seen, hour by hour and stretch by stretch, and what follows.

    A day before the first view is not known; a day after it on which nobody looked was not observed.

    Raises: InputError: the terrain cannot be read.
    Limits: at most the last 62 days.
    """
    views = pa.concat_tables([effort.views, views_of_footage(effort.footage)])
    lost = lost_sensors(effort.views, zone=effort.mission.zone, now_us=effort.now_us)
    derived = pa.concat_tables([lost, disturbed_views(effort.views)])
    if not views.num_rows:
        return Learned(watch=Watch(owed=_visits(effort)), coverage=COVERAGE.empty_table(), impediments=derived)
    marks_us = _days(effort, views)
    settings, until_s = effort.mission.coverage, effort.period_us[1] // US_PER_S
    scene = _kept(
        effort.kept,
        "scene",
        until_s,
        lambda: scene_of(effort.mandates, effort.drawn, settings=settings, until_s=until_s),
    )
    needs = needs_of(scene, effort.mandates)
    standing = _standing(views)
    sight = _kept(effort.kept, "sight", (effort.terrain, standing), lambda: _sight(effort, standing))
    said = _said(views)

    def look(name: str, needs: Sequence[Need], span_us: tuple[int, int]) -> Covered:
        made_of = said, span_us
        spots = scene.spots
        return _kept(
            effort.kept, name, made_of, lambda: covered(views, spots=spots, needs=needs, span_us=span_us, sight=sight)
        )

    span_us = marks_us[0], marks_us[-1]
    found = look("clauses", within(needs, span_us), span_us)
    stated = {each.name: each.header.coverage_permille or OBSERVED_PERMILLE for each in effort.mandates}
    needed = {(need.mandate, need.clause): stated[need.mandate] for need in found.needs}
    seen = watched(found, stretch_ids=scene.ids, observed_permille=list(needed.values()))
    asked = Asked(spots=scene.spots, needs=found.needs, needed_permille=needed)
    impediments = pa.concat_tables([effort.impediments, derived])
    return Learned(
        watch=Watch(
            stretches=scene.stretches,
            watched=seen,
            owed=_owed(effort, scene, needs, look),
            unverified=unverified(impediments, watched=seen, stretches=scene.stretches, asked=asked),
            remarks=(*found.remarks, *_beyond(scene, sight)),
        ),
        coverage=_by_day(found, marks_us),
        impediments=derived,
    )


def _kept(kept: dict[str, tuple[object, object]], name: str, of: object, make: Callable[[], Made]) -> Made:
    """What was made `of` the same, or is made now: a live mission judges again with every report."""
    if kept.get(name, (None,))[0] != of:
        kept[name] = of, make()
    made: Made = kept[name][1]  # type: ignore[assignment]  # it is kept under its own name
    return made


def _said(views: pa.Table) -> str:
    """What views say: their ids are made of it."""
    return sha256_hex("\n".join(views["view_id"].to_pylist()).encode())


def duties_in(
    scene: Scene,
    mandates: Sequence[Mandate],
    *,
    needs: Sequence[Need],
    horizon: Horizon,
    revisits: Sequence[Revisit],
) -> tuple[Duty, ...]:
    """Every duty to look that has a window within the horizon: the mandates', and those the mission sets itself.

    Args: needs: those of the mandates on this ground, as `needs_of` gives them.
    """
    places = places_of(scene, mandates)
    of_texts = [
        duty for mandate in mandates for duty in duties_of(mandate, horizon=horizon, needs=needs, places=places)
    ]
    own = own_duties(revisits, horizon=horizon, needs=needs, spots=scene.spots, stretches=scene.stretches)
    return (*of_texts, *own)


def _visits(effort: Effort) -> pa.Table:
    """OWED of the visits that cases wait for, whether or not the report's period holds them."""
    every = Horizon(from_us=0, until_us=max(effort.now_us + 1, effort.period_us[1]), known_at_us=effort.now_us)
    return owed((), horizon=every, watched=WATCHED.empty_table(), visits=effort.visits)


def _owed(effort: Effort, scene: Scene, needs: Sequence[Need], look: Look) -> pa.Table:
    """OWED in the report's period, and the visits."""
    horizon = Horizon(
        from_us=effort.period_us[0],
        until_us=effort.period_us[1],
        known_at_us=effort.now_us,
        need_permille=effort.mission.plan.need_permille,
    )
    revisits = effort.mission.plan.revisits
    duties = duties_in(scene, effort.mandates, needs=needs, horizon=horizon, revisits=revisits)
    if not duties:
        return _visits(effort)
    found = look("duties", [duty.need for duty in duties], reach_of(duties))
    looked = watched(found, stretch_ids=scene.ids)
    return pa.concat_tables([owed(duties, horizon=horizon, watched=looked), _visits(effort)])


def _standing(views: pa.Table) -> tuple[Eye, ...]:
    """Sensors that stand, each once, where place, height and range are stated."""
    placed = ("lon_deg", "lat_deg", "above_ground_m", "range_m")
    eyes = {
        tuple(float(str(row[name])) for name in placed)
        for row in views.filter(pc.is_in(views["means"], pa.array(STANDING))).select(list(placed)).to_pylist()
        if all(row[name] is not None for name in placed)
    }
    return tuple(Eye(lon_deg=eye[0], lat_deg=eye[1], above_ground_m=eye[2], range_m=eye[3]) for eye in sorted(eyes))


def _sight(effort: Effort, standing: Sequence[Eye]) -> Shadows | None:
    """What hides: the mission's terrain; None where it names none. Sensors that stand are worked out once each."""
    settings = effort.mission.coverage
    if not effort.terrain:
        return None
    from truceline.locate.camera import read_terrain  # heavy, and most missions have no terrain

    terrain = read_terrain(effort.terrain, name=settings.terrain, datum=settings.terrain_datum)
    return Shadows(terrain, standing=tuple(eye for eye in standing if _over(terrain, eye)))


def _over(terrain: Terrain, eye: Eye) -> bool:
    """Whether the ground below an eye is known."""
    return bool(np.isfinite(terrain.heights(np.array([eye.lon_deg]), np.array([eye.lat_deg])))[0])


def _beyond(scene: Scene, sight: Shadows | None) -> tuple[str, ...]:
    """What the terrain says nothing of."""
    if sight is None:
        return ()
    out = int((~sight.within(scene.spots.lon_deg, scene.spots.lat_deg)).sum())
    share = out / max(1, len(scene.spots))
    return (f"{share:.0%} of the ground lies beyond the terrain model: nothing hides there",) if out else ()


def _days(effort: Effort, views: pa.Table) -> list[int]:
    """First moments of the local days from the first view to the report's end, or the last view's, and the end."""
    first_us, last_us = pc.min(views["earliest_at_us"]).as_py(), pc.max(views["latest_at_us"]).as_py()
    begins = [
        begin_us for _, begin_us in local_days(first_us, max(last_us + 1, effort.period_us[1]), effort.mission.zone)
    ]
    after = from_us(begins[-1]).astimezone(zone_of(effort.mission.zone)).date() + timedelta(days=1)
    return [*begins, interval_us(str(after), zone=effort.mission.zone)[0]][-LONGEST_DAYS - 1 :]


def _by_day(found: Covered, marks_us: Sequence[int]) -> pa.Table:
    """COVERAGE: each clause's share, day by day; of clauses that are called alike, the lesser."""
    least: dict[tuple[str, int], int] = {}
    for number, need in enumerate(found.needs):
        for day, share in enumerate(clause_shares(found, need=number, marks_us=marks_us)):
            if share is not None:
                least[need.clause, day] = min(share, least.get((need.clause, day), share))
    rows: list[Row] = [
        {
            "coverage_id": "cov-" + sha256_hex(canonical_bytes(["views", clause, marks_us[day]]))[:12],
            "source_id": "",
            "clause": clause,
            "earliest_at_us": marks_us[day],
            "latest_at_us": marks_us[day + 1] - 1,
            "share_permille": share,
            "raw_sha256": "",
            "raw_at": "worked out from views",
        }
        for (clause, day), share in sorted(least.items())
    ]
    return table(rows, COVERAGE)
