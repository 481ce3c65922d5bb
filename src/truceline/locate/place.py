"""The stage: observations get a place where direction and range allow one, and distances once placed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.locate.bearings import Sightings, can_be_placed, places_of
from truceline.locate.distance import Distances, signed_distance, zone_membership
from truceline.locate.geometry import FeatureKind, Geometry
from truceline.model.batch import REJECTS, Batch, table
from truceline.model.observation import OBSERVATIONS
from truceline.model.placing import PLACINGS

Mask = npt.NDArray[np.bool_]

WIDEST_M2 = 1e14  # 10,000 km: half-way round
PLACE_COLUMNS = ("lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One drawing of a line or zone of the mandate. `error_m`: how far it may be wrong across its course, 95 %."""

    name: str
    kind: FeatureKind
    geometry: Geometry
    error_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A reason to reject: columns it reads, which rows it hits, and what the person should do."""

    reason: str
    columns: tuple[str, ...]
    hits: Callable[[pa.Table], Mask]
    remedy: str


def locate(observations: pa.Table, *, features: tuple[Feature, ...], now: datetime) -> Batch:
    """Observations with a place wherever one was stated or follows from a stated direction and range.

    Args:
        observations: OBSERVATIONS.
        features: what they will be measured against; not needed for any place yet.
        now: not used: where something was does not depend on the clock.

    Returns: rows of OBSERVATIONS in the order given, without those whose place or direction cannot be;
        rejects name why. Every input is in one of the two.
    Limits: what lacks a range, a bearing, an observer's place or its error, or whose sector is wider than
        180 degrees, stays unplaced.
    """
    del features, now  # every stage is given them; no place depends on them yet
    given = observations.select(OBSERVATIONS.names).cast(OBSERVATIONS).combine_chunks()
    refused = np.full(given.num_rows, -1)
    for number, rule in reversed(list(enumerate(_RULES))):
        refused[rule.hits(given)] = number
    kept = given.filter(pa.array(refused < 0))
    rejects = _rejects(given, refused)
    assert kept.num_rows + rejects.num_rows == given.num_rows, "every observation is a row or a reject"
    return Batch(rows=_with_places(kept), rejects=rejects)


def place_against(subjects: pa.Table, *, id_column: str, features: tuple[Feature, ...]) -> pa.Table:
    """Where each placed subject stands towards each line and zone.

    Args:
        subjects: OBSERVATIONS or EVENTS.
        id_column: the column that names them.
        features: lines and zones, each name once.

    Returns: PLACINGS, feature by feature, subjects in the order given; none for a subject without a place.
    Limits: as `distance.signed_distance`.
    """
    assert len({feature.name for feature in features}) == len(features), "a feature's name stands for one geometry"
    placed = subjects.filter(pc.is_valid(subjects["lon_deg"]))
    numbers = {name: _numbers(placed, name) for name in PLACE_COLUMNS}
    cov_m2 = np.stack([numbers[name] for name in PLACE_COLUMNS[2:]], axis=1)
    assert bool(np.isfinite(cov_m2).all()), "every place carries its error"
    tables = [PLACINGS.empty_table()]
    for feature in features:
        measure = signed_distance if feature.kind == "line" else zone_membership
        found = measure(
            numbers["lon_deg"], numbers["lat_deg"], feature.geometry, cov_m2=cov_m2, error_m=feature.error_m
        )
        tables.append(_placings(placed[id_column], feature, found))
    return pa.concat_tables(tables).combine_chunks()


def _placings(subjects: pa.ChunkedArray, feature: Feature, found: Distances) -> pa.Table:
    count = len(subjects)
    return pa.table(
        [
            subjects,
            pa.repeat(feature.name, count),
            pa.repeat(feature.geometry.sha256, count),
            pa.array(found.distance_mm),
            pa.array(found.bound_mm),
            pa.array(found.side),
        ],
        schema=PLACINGS,
    )


def _numbers(rows: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """A column as float64; null and NaN both as NaN."""
    return np.asarray(rows[name].to_numpy(zero_copy_only=False), dtype=np.float64)


def _stated(rows: pa.Table, name: str) -> Mask:
    return np.asarray(pc.is_valid(rows[name]).to_numpy(zero_copy_only=False), dtype=bool)


def _sightings(rows: pa.Table) -> Sightings:
    return Sightings(
        lon_deg=_numbers(rows, "observer_lon_deg"),
        lat_deg=_numbers(rows, "observer_lat_deg"),
        error_m=_numbers(rows, "observer_error_m"),
        range_lo_m=_numbers(rows, "range_lo_m"),
        range_hi_m=_numbers(rows, "range_hi_m"),
        bearing_lo_deg=_numbers(rows, "bearing_lo_deg"),
        bearing_hi_deg=_numbers(rows, "bearing_hi_deg"),
    )


def _with_places(rows: pa.Table) -> pa.Table:
    """Fills the place of rows that state none but can be placed; every other value stays as it is."""
    sightings = _sightings(rows)
    fill = ~_stated(rows, "lon_deg") & can_be_placed(sightings)
    if not fill.any():
        return rows
    places = places_of(sightings)
    values = (places.lon_deg, places.lat_deg, *places.cov_m2.T)
    for name, derived in zip(PLACE_COLUMNS, values, strict=True):
        filled = pc.if_else(pa.array(fill), pa.array(derived), rows[name])
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), filled)
    return rows


def _outside(rows: pa.Table, name: str, *, within: tuple[float, float]) -> Mask:
    """Stated, but not a number between the two, in the column's own unit."""
    values = _numbers(rows, name)
    return _stated(rows, name) & ~((values >= within[0]) & (values <= within[1]))


def _half_stated(rows: pa.Table, one: str, other: str) -> Mask:
    return np.asarray(_stated(rows, one) != _stated(rows, other))


def _any(masks: Iterable[Mask]) -> Mask:
    return np.asarray(np.logical_or.reduce(list(masks)))


def _no_place(rows: pa.Table) -> Mask:
    return ~_stated(rows, "lon_deg")


def _without_error(rows: pa.Table) -> Mask:
    return np.asarray(~_no_place(rows) & _any(~_stated(rows, name) for name in PLACE_COLUMNS[2:]))


def _impossible_error(rows: pa.Table) -> Mask:
    """No covariance: a negative or infinite variance, or a correlation above one (beyond rounding)."""
    ee, en, nn = (_numbers(rows, name) for name in PLACE_COLUMNS[2:])
    possible = (ee >= 0) & (nn >= 0) & (ee <= WIDEST_M2) & (nn <= WIDEST_M2)
    ee, en, nn = ee[possible], en[possible], nn[possible]
    possible[possible] = en**2 <= ee * nn + 1e-9 * (ee + nn) ** 2
    return np.asarray(~_no_place(rows) & ~_without_error(rows) & ~possible)


def _bad_range(rows: pa.Table) -> Mask:
    turned = _numbers(rows, "range_lo_m") > _numbers(rows, "range_hi_m")
    outside = (_outside(rows, name, within=(0.0, 1e6)) for name in ("range_lo_m", "range_hi_m"))
    return _no_place(rows) & (turned | _any(outside))


def _bad_bearing(rows: pa.Table) -> Mask:
    outside = (_outside(rows, name, within=(0.0, 360.0)) for name in ("bearing_lo_deg", "bearing_hi_deg"))
    return _no_place(rows) & _any(outside)


def _bad_observer(rows: pa.Table) -> Mask:
    return _no_place(rows) & (
        _outside(rows, "observer_lon_deg", within=(-180.0, 180.0))
        | _outside(rows, "observer_lat_deg", within=(-90.0, 90.0))
        | _outside(rows, "observer_error_m", within=(0.0, 1e6))
    )


_RULES = (
    _Rule(
        reason="place-incomplete",
        columns=("lon_deg", "lat_deg"),
        hits=lambda rows: _half_stated(rows, "lon_deg", "lat_deg"),
        remedy="State both longitude and latitude, or neither.",
    ),
    _Rule(
        reason="longitude-out-of-range",
        columns=("lon_deg",),
        hits=lambda rows: _outside(rows, "lon_deg", within=(-180.0, 180.0)),
        remedy="State degrees east, -180 to 180, WGS 84.",
    ),
    _Rule(
        reason="latitude-out-of-range",
        columns=("lat_deg",),
        hits=lambda rows: _outside(rows, "lat_deg", within=(-90.0, 90.0)),
        remedy="State degrees north, -90 to 90, WGS 84; a swapped pair is the usual cause.",
    ),
    _Rule(
        reason="place-without-error",
        columns=PLACE_COLUMNS[2:],
        hits=_without_error,
        remedy="Declare the source's error in the feed's mapping: a place without one cannot be judged.",
    ),
    _Rule(
        reason="error-impossible",
        columns=PLACE_COLUMNS[2:],
        hits=_impossible_error,
        remedy="State variances of at least 0 and a covariance that they allow.",
    ),
    _Rule(
        reason="observer-out-of-range",
        columns=("observer_lon_deg", "observer_lat_deg", "observer_error_m"),
        hits=_bad_observer,
        remedy="State the observer's WGS 84 degrees and an error of 0 to 1,000 km.",
    ),
    _Rule(
        reason="range-out-of-range",
        columns=("range_lo_m", "range_hi_m"),
        hits=_bad_range,
        remedy="State metres, 0 to 1,000 km, the lesser first.",
    ),
    _Rule(
        reason="bearing-out-of-range",
        columns=("bearing_lo_deg", "bearing_hi_deg"),
        hits=_bad_bearing,
        remedy="State degrees clockwise from true north, 0 to 360.",
    ),
)


def _rejects(given: pa.Table, refused: npt.NDArray[np.int64]) -> pa.Table:
    """Rejected rows as REJECTS. The feed's name is not known here: the source stands for it."""
    rows: list[dict[str, object]] = []
    for at in np.flatnonzero(refused >= 0):
        rule, row = _RULES[int(refused[at])], given.slice(int(at), 1).to_pylist()[0]
        numbers = ", ".join(f"{name} {row[name]}" for name in rule.columns)
        rows.append(
            {
                "feed": row["source_id"],
                "raw_sha256": row["raw_sha256"],
                "raw_at": row["raw_at"],
                "reason": rule.reason,
                "problem": f"{row['observation_id']}: {numbers}.",
                "remedy": rule.remedy,
            }
        )
    return table(rows, REJECTS)
