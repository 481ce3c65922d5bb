"""Lines cut into stretches, and the spots that stand for the ground beside them."""

import itertools
import json

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from truceline.locate import features_of
from truceline.locate.stretches import beside, courses_of, ground_of, reaches_of, spots_of, stretches_of
from truceline.mandate import parse_mandates

LINE = [[-25.0, 31.0], [-24.7, 31.1], [-24.3, 31.05], [-24.0, 31.2]]
DEPOT = [[[-24.6, 31.3], [-24.5, 31.3], [-24.5, 31.35], [-24.6, 31.35], [-24.6, 31.3]]]
TEXT = """
mandate "T" in force 2026-01-01T00:00
party A "A" baseline contact
party B "B" baseline contact
line contact "geo/contact.geojson" left A right B
zone depot "geo/depot.geojson"
weapons GUNS = artillery
clause STRIP cites "1" prohibited A B present any within 2km of contact
clause BAND cites "1" prohibited A B present GUNS beyond 2km of contact within 10km of contact
clause OWN cites "1" prohibited A B present GUNS within 10km of baseline
clause DEPOT cites "1" prohibited A B present GUNS in depot
clause DEPOT_NEAR cites "1" prohibited A B present GUNS in depot within 500km of contact
clause DEPOT_FAR cites "1" prohibited A B present GUNS in depot within 1km of contact
clause FREE cites "1" prohibited A B launch any
clause OUT cites "1" prohibited A B present GUNS beyond 2km of contact
clause CROSS cites "1" prohibited A B move any across contact
"""


def drawn(kind: str, coordinates: object) -> bytes:
    return json.dumps(
        {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}}
    ).encode()


@pytest.fixture(scope="module")
def scene():
    mandates = parse_mandates({"m.truce": TEXT.encode()})
    files = {"geo/contact.geojson": drawn("LineString", LINE), "geo/depot.geojson": drawn("Polygon", DEPOT)}
    features = features_of(mandates, files)
    stretches = stretches_of(features, stretch_m=2_000)
    spots = spots_of(features, stretches, reaches=reaches_of(mandates), points=4)
    return mandates[0], {each.name: each for each in features}, stretches, spots


def test_stretches_of_a_line_are_equally_long_and_join_without_a_gap(scene):
    _, _features, stretches, _ = scene
    rows = [row for row in stretches.to_pylist() if row["feature"] == "contact"]
    length_m = sum(
        Geodesic.WGS84.Inverse(one[1], one[0], other[1], other[0])["s12"] for one, other in itertools.pairwise(LINE)
    )
    assert rows[-1]["until_m"] == round(length_m)
    assert all(one["until_m"] == other["from_m"] for one, other in itertools.pairwise(rows))
    assert (
        max(row["until_m"] - row["from_m"] for row in rows) - min(row["until_m"] - row["from_m"] for row in rows) <= 1
    )
    assert all(one["path_deg"][-2:] == other["path_deg"][:2] for one, other in itertools.pairwise(rows))
    bends = [tuple(row["path_deg"][2:4]) for row in rows if len(row["path_deg"]) > 4]
    assert bends == [tuple(each) for each in LINE[1:-1]], "a stretch with a bend of the line goes through it"


def test_a_zone_is_one_stretch_with_its_ring(scene):
    row = next(row for row in scene[2].to_pylist() if row["feature"] == "depot")
    assert (row["stretch_id"], row["from_m"], row["until_m"]) == ("depot", 0, 0)
    assert row["path_deg"][:4] == [-24.6, 31.3, -24.5, 31.3]


def test_each_spot_lies_in_its_band_on_its_side_by_a_geodesic_of_its_own(scene):
    _, features, _stretches, spots = scene
    course = courses_of(tuple(features.values()))["contact"]
    along_m = np.linspace(0, course.length_m, 4_001)
    line = beside(course, along_m, np.zeros(len(along_m)))
    rng = np.random.default_rng(3)
    on_line = np.flatnonzero(spots.side != 0)
    for at in rng.choice(on_line, 60, replace=False):
        lon, lat = spots.lon_deg[at], spots.lat_deg[at]
        rough = np.hypot((line[:, 0] - lon) * np.cos(np.radians(lat)), line[:, 1] - lat)
        near = np.argsort(rough)[:12]
        least_m = min(Geodesic.WGS84.Inverse(lat, lon, line[i, 1], line[i, 0])["s12"] for i in near)
        assert abs(least_m - spots.distance_m[at]) < 5, "the line is sampled every 30 m here"
    left = spots.side == 1
    assert spots.lat_deg[left].mean() > spots.lat_deg[spots.side == -1].mean(), "the line runs east: left is north"


def test_the_ground_of_a_clause_is_where_all_its_places_hold(scene):
    mandate, features, stretches, spots = scene
    found = {
        clause.name: ground_of(clause, mandate, spots=spots, stretches=stretches, features=features)
        for clause in mandate.clauses
    }
    line = spots.side != 0
    assert (found["STRIP"] == (line & (spots.distance_m <= 2_000))).all()
    assert (found["BAND"] == (line & (spots.distance_m > 2_000) & (spots.distance_m <= 10_000))).all()
    assert (found["OWN"] == (line & (spots.distance_m <= 10_000))).all()
    assert (found["DEPOT"] == ~line).all()
    assert (found["DEPOT_NEAR"] == ~line).all()


@pytest.mark.parametrize("name", ["FREE", "OUT", "CROSS", "DEPOT_FAR"])
def test_ground_without_an_end_is_none_rather_than_a_guess(scene, name):
    mandate, features, stretches, spots = scene
    clause = next(each for each in mandate.clauses if each.name == name)
    assert ground_of(clause, mandate, spots=spots, stretches=stretches, features=features) is None


def test_a_band_s_spots_stand_for_its_whole_area(scene):
    _, features, _stretches, spots = scene
    length_m = courses_of(tuple(features.values()))["contact"].length_m
    strip = (spots.side == 1) & (spots.distance_m <= 2_000)
    assert spots.weight_m2[strip].sum() == pytest.approx(length_m * 2_000, rel=0.05)
    depot = Geodesic.WGS84.Polygon()
    for lon, lat in DEPOT[0][:-1]:
        depot.AddPoint(lat, lon)
    assert spots.weight_m2[spots.side == 0].sum() == pytest.approx(abs(depot.Compute()[2]), rel=0.05)


def test_the_same_input_gives_the_same_spots(scene):
    mandate, features, stretches, spots = scene
    again = spots_of(tuple(features.values()), stretches, reaches=reaches_of((mandate,)), points=4)
    assert (again.lon_deg == spots.lon_deg).all()
    assert (again.stretch == spots.stretch).all()


def test_left_of_a_line_that_runs_east_is_north_of_it(scene):
    course = courses_of(tuple(scene[1].values()))["contact"]
    at_m = np.array([5_000.0, 5_000.0, 5_000.0])
    left, on, right = beside(course, at_m, np.array([3_000.0, 0.0, -3_000.0]))
    assert left[1] > on[1] > right[1]
    for place in (left, right):
        assert Geodesic.WGS84.Inverse(on[1], on[0], place[1], place[0])["s12"] == pytest.approx(3_000, abs=0.01)
