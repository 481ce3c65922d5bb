"""Which ground a clause speaks of, as far as it ends somewhere: only then a share of it can be stated."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.units import MM_PER_M
from truceline.locate.distance import signed_distance
from truceline.locate.geometry import is_inside
from truceline.locate.place import Feature
from truceline.model.mandate import BASELINE, Clause, Mandate, Place
from truceline.model.spot import Spots

Mask = npt.NDArray[np.bool_]


def reaches_of(mandates: Sequence[Mandate]) -> dict[str, tuple[int, ...]]:
    """By line, every distance at which the ground of some clause ends or begins, in metres, rising.

    A clause that holds in a zone has its ground there, however far that is from a line.
    """
    found: dict[str, set[int]] = {}
    for mandate in mandates:
        for clause in mandate.clauses:
            for place in () if any(each.kind == "in" for each in clause.places) else clause.places:
                if place.kind in ("within", "beyond") and place.distance_m:
                    for name in _names(place, clause, mandate):
                        found.setdefault(name, set()).add(place.distance_m)
    return {name: tuple(sorted(distances)) for name, distances in found.items()}


def ground_of(
    clause: Clause, mandate: Mandate, *, spots: Spots, stretches: pa.Table, features: Mapping[str, Feature]
) -> Mask | None:
    """The spots of a clause's ground, shape (n,); None where it has no end, or none that is drawn.

    The ground is counted once: as spots of the first zone that the clause holds in, else of the line that it is
    within a distance of (of each addressee's own line, where it measures from baselines).
    Limits: `across` a line has no ground, and a clause without a place has none either.
    """
    base = next((each for each in clause.places if each.kind == "in"), None) or next(
        (each for each in clause.places if each.kind == "within"), None
    )
    if base is None or any(each.kind == "across" for each in clause.places):
        return None
    of_feature = np.array(stretches["feature"].to_pylist(), dtype=object)[spots.stretch]
    at = np.zeros(len(spots), np.bool_)
    for name in _names(base, clause, mandate):
        if name in features:
            of_it = of_feature == name
            at[of_it] = _holds(clause, spots.of(of_it), features, name)
    return at if at.any() else None


def _holds(clause: Clause, spots: Spots, features: Mapping[str, Feature], base: str) -> Mask:
    """Where every place of the clause holds; `baseline` is the line named `base`."""
    held = np.ones(len(spots), np.bool_)
    for place in clause.places:
        feature = features.get(base if place.feature == BASELINE else place.feature)
        if feature is None:
            return np.zeros(len(spots), np.bool_)
        held &= _in_place(place, feature, spots, own=feature.name == base)
    return held


def _in_place(place: Place, feature: Feature, spots: Spots, *, own: bool) -> Mask:
    """Where one place holds; `own`: the spots are the feature's, and know how far from it they are."""
    if place.kind in ("in", "outside"):
        inside = is_inside(feature.geometry, spots.lon_deg, spots.lat_deg)
        return inside if place.kind == "in" else ~inside
    distance_m = spots.distance_m
    if not own:
        still = np.zeros((len(spots), 3))
        found = signed_distance(spots.lon_deg, spots.lat_deg, feature.geometry, cov_m2=still, error_m=0.0)
        distance_m = found.distance_mm / MM_PER_M
    near = distance_m <= place.distance_m
    return near if place.kind == "within" else ~near


def _names(place: Place, clause: Clause, mandate: Mandate) -> tuple[str, ...]:
    """The feature that a place names; of `baseline`, the line of each addressee."""
    if place.feature != BASELINE:
        return (place.feature,)
    return tuple(
        dict.fromkeys(party.baseline for party in mandate.parties if party.name in clause.parties and party.baseline)
    )
