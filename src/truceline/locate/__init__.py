"""Where things were, and how far that is from what was agreed.

In: OBSERVATIONS; geometry files as bytes; each feature's error as the mandate states it.
Out: OBSERVATIONS with a place wherever one is stated or follows from direction and range, and rejects;
    PLACINGS.
Promises: every observation comes out once, as a row or as a reject; distances are geodesic on WGS 84, whole
    millimetres, within 10 mm up to 5,000 km; a bound holds the place's error towards the line, the line's
    and the kernel's own, and a larger error never gives a smaller bound; a side is stated only where it is
    sure at 95 %.
Trusts: positions in WGS 84; covariances as the readers state them; that a line may be taken as straight
    over the extent of a place's error (decision 0005).
To change how files are read open `geojson.py`; what a geometry may be, `geometry.py`; the kernel or its
    promise, `distance.py` and decision 0008; what a bound holds, `distance.py` and decision 0005; bearings,
    `bearings.py`; what is rejected, `place.py`.
"""

from truceline.locate.distance import Distances, signed_distance, zone_membership
from truceline.locate.features import divergences_of, features_of
from truceline.locate.geometry import EdgeKind, FeatureKind, Geometry, read_geometry
from truceline.locate.place import Feature, locate, place_against

__all__ = [
    "Distances",
    "EdgeKind",
    "Feature",
    "FeatureKind",
    "Geometry",
    "divergences_of",
    "features_of",
    "locate",
    "place_against",
    "read_geometry",
    "signed_distance",
    "zone_membership",
]
