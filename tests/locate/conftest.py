"""Drawing geometry files for tests, and asking one place at a time."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from truceline.locate import Distances, Geometry, read_geometry, signed_distance, zone_membership

Draw = Callable[..., Geometry]
Ask = Callable[..., Distances]


def feature(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}}


@pytest.fixture(scope="session")
def draw() -> Draw:
    """draw("line", ("LineString", [...]), ("Point", [...])) gives the geometry of such a file."""

    def drawn(kind: Any, *parts: tuple[str, Any], edge_kind: Any = "geodesic") -> Geometry:
        file = {"type": "FeatureCollection", "features": [feature(*part) for part in parts]}
        return read_geometry(json.dumps(file).encode(), name="test.geojson", kind=kind, edge_kind=edge_kind)

    return drawn


@pytest.fixture(scope="session")
def ask() -> Ask:
    """ask(geometry, [(lon, lat), ...]) measures places, by default without any error."""

    def asked(
        geometry: Geometry, places: Any, *, cov_m2: tuple[float, float, float] = (0, 0, 0), error_m: float = 0
    ) -> Distances:
        at = np.array(places, dtype=np.float64)
        measure = signed_distance if geometry.kind == "line" else zone_membership
        covariance = np.tile(np.array(cov_m2, dtype=np.float64), (len(at), 1))
        return measure(at[:, 0], at[:, 1], geometry, cov_m2=covariance, error_m=error_m)

    return asked
