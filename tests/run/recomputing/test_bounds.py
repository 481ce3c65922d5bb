"""How far a column may differ: at the edge of each rule, just inside and just beyond."""

import math

import pytest

from truceline.base.frames import EARTH_M
from truceline.model.coverage import COVERAGE, OWED, STRETCHES, UNVERIFIED, WATCHED
from truceline.model.event import EVENTS
from truceline.model.footage import FOOTPRINTS, PLACED, SIGHTINGS, TRACKS
from truceline.model.observation import OBSERVATIONS
from truceline.model.placing import PLACINGS
from truceline.run.recomputing.bounds import BOUNDS, within

SCHEMAS = {
    "observations": OBSERVATIONS,
    "events": EVENTS,
    "placings": PLACINGS,
    "coverage": COVERAGE,
    "watched": WATCHED,
    "owed": OWED,
    "unverified": UNVERIFIED,
    "stretches": STRETCHES,
    "footprints": FOOTPRINTS,
    "sightings": SIGHTINGS,
    "placed": PLACED,
    "tracks": TRACKS,
}
NORTH_DEG = math.degrees(1 / EARTH_M)  # one metre
EXACT_PLACE = {"lon_deg": "30.0", "lat_deg": "0.0", "cov_ee_m2": "0.0", "cov_en_m2": "0.0", "cov_nn_m2": "0.0"}
NARROW = EXACT_PLACE | {"cov_ee_m2": "1.0", "cov_nn_m2": "10000.0"}  # 1 m east, 100 m north

ASLANT = NARROW | {"cov_ee_m2": "100.0", "cov_en_m2": "90.0", "cov_nn_m2": "100.0"}  # long to the north-east


def north(m):
    return {"lat_deg": repr(m * NORTH_DEG)}


def east(m):
    return {"lon_deg": repr(30 + m * NORTH_DEG)}


@pytest.mark.parametrize(
    ("table", "row", "new", "holds"),
    [
        ("placings", {"distance_mm": 5_000, "bound_mm": 100}, {"distance_mm": 5_100}, True),
        ("placings", {"distance_mm": 5_000, "bound_mm": 100}, {"distance_mm": 5_101}, False),
        ("placings", {"distance_mm": 5_000, "bound_mm": 100}, {"distance_mm": 4_900}, True),
        ("placings", {"distance_mm": 5_000, "bound_mm": 100}, {"distance_mm": 4_899}, False),
        ("placings", {"distance_mm": 5_000, "bound_mm": None}, {"distance_mm": 5_001}, False),
        ("placings", {"distance_mm": 5_000, "bound_mm": 100}, {"distance_mm": None}, False),
        ("placings", {"bound_mm": 100}, {"bound_mm": 101}, True),
        ("placings", {"bound_mm": 100}, {"bound_mm": 102}, False),
        ("placings", {"side": 1}, {"side": 0}, False),
        ("placings", {"distance_mm": "five", "bound_mm": 100}, {"distance_mm": 5}, False),
        ("coverage", {"share_permille": 699}, {"share_permille": 700}, True),
        ("watched", {"share_permille": 699, "state": "partly"}, {"state": "observed"}, False),
        ("owed", {"share_permille": 699}, {"share_permille": 697}, False),
        ("events", NARROW, north(240), True),
        ("events", NARROW, north(247), False),
        ("events", NARROW, east(2.4), True),
        ("events", NARROW, east(2.6), False),
        ("events", ASLANT, north(20) | east(20), True),
        ("events", ASLANT, north(20) | east(-20), False),
        ("observations", EXACT_PLACE, east(0.02), True),
        ("observations", EXACT_PLACE, east(0.03), False),
        ("observations", EXACT_PLACE, {"lon_deg": None}, False),
        ("observations", EXACT_PLACE | {"cov_ee_m2": "nan"}, east(0.001), False),
        ("observations", EXACT_PLACE, {"act": "fire"}, False),
        ("events", NARROW, {"cov_nn_m2": "10000.01"}, True),
        ("events", NARROW, {"cov_nn_m2": "10000.1"}, False),
        ("events", NARROW, {"cov_en_m2": "0.005"}, True),
        ("events", NARROW, {"cov_en_m2": "0.1"}, False),
        ("observations", NARROW | {"residual_m": "10.0"}, {"residual_m": "200.0"}, True),
        ("observations", NARROW | {"residual_m": "10.0"}, {"residual_m": "300.0"}, False),
        ("stretches", {"path_deg": ["30.0", "0.0"]}, {"path_deg": ["30.0", repr(0.02 * NORTH_DEG)]}, True),
        ("stretches", {"path_deg": ["30.0", "0.0"]}, {"path_deg": ["30.0", repr(0.03 * NORTH_DEG)]}, False),
        ("stretches", {"path_deg": ["30.0", "0.0"]}, {"path_deg": ["30.0", "0.0", "30.0", "0.0"]}, False),
        ("sightings", {"x_px": "10.0", "sigma_px": "1.0"}, {"x_px": "11.9"}, True),
        ("sightings", {"x_px": "10.0", "sigma_px": "1.0"}, {"x_px": "12.0"}, False),
        ("tracks", {"east_mps": "1.0", "speed_sigma_mps": "0.5"}, {"east_mps": "1.9"}, True),
        ("tracks", {"east_mps": "1.0", "speed_sigma_mps": "0.5"}, {"east_mps": "2.0"}, False),
        ("placed", {"hae_m": "100.0"}, {"hae_m": "100.009"}, True),
        ("placed", {"hae_m": "100.0"}, {"hae_m": "100.02"}, False),
        ("footprints", {"widening": "2.0"}, {"widening": "2.000001"}, True),
        ("footprints", {"widening": "2.0"}, {"widening": "2.1"}, False),
        ("findings mandate", {"verdict": "breach"}, {"verdict": "undetermined"}, False),
        ("claims", {"count_lo": 1}, {"count_lo": 2}, False),
    ],
)
def test_a_column_may_differ_by_what_its_row_states_and_no_more(table, row, new, holds):
    for column in new:
        assert within(table, column, row, row | new) is holds
        assert within(table, column, row | new, row) is holds, "the same the other way round"


def test_a_place_that_moved_is_held_against_the_narrower_of_both_errors():
    wide = NARROW | {"cov_ee_m2": "10000.0"} | east(50)
    assert not within("events", "lon_deg", NARROW, wide)
    assert not within("events", "lon_deg", wide, NARROW)


def test_a_step_over_the_antimeridian_is_a_short_one():
    old, new = NARROW | {"lon_deg": "179.999999"}, NARROW | {"lon_deg": "-179.999999"}
    assert within("events", "lon_deg", old, new)


def test_every_bound_is_of_a_column_that_its_table_has_and_says_why():
    for table, bounds in BOUNDS.items():
        assert bounds.keys() <= set(SCHEMAS[table].names), table
        assert all(bound.why for bound in bounds.values())


def test_nothing_that_a_verdict_consists_of_has_a_bound():
    assert not {table for table in BOUNDS if table.startswith(("findings", "assessments", "claims", "notices"))}
