"""Where two baselines part: place, side and width, on lines whose distance is known."""

import json

import pytest

from truceline.locate import divergences_of
from truceline.mandate import parse_mandate

HEAD = 'mandate "T" in force 2024-01-01T00:00\nparty A "a" baseline first\nparty B "b" baseline second\n'
KM_PER_DEG = 110.574  # of latitude, at the equator


def drawing(*points):
    return json.dumps({"type": "LineString", "coordinates": points}).encode()


def apart(one, other, error="error 1km"):
    lines = f'line first "1.geojson" left A right B {error}\nline second "2.geojson" left A right B {error}\n'
    mandate = parse_mandate(HEAD + lines, name="t", source="t.truce")
    return divergences_of(mandate, {"1.geojson": drawing(*one), "2.geojson": drawing(*other)})


EAST = ((0, 0), (1, 0))  # walking east: left is north


@pytest.mark.parametrize(
    ("other", "side", "lat_mdeg"),
    [
        (((0.3, 0.0), (0.5, 0.1), (0.7, 0.0)), 1, 100),
        (((0.3, 0.0), (0.5, -0.1), (0.7, 0.0)), -1, -100),
    ],
    ids=["bulges to the left", "bulges to the right"],
)
def test_the_widest_place_is_found_with_its_side_and_bound(other, side, lat_mdeg):
    (found,) = apart(EAST, other)["first", "second"]
    assert (found.side, found.lat_mdeg, found.lon_mdeg) == (side, lat_mdeg, 500)
    assert abs(found.distance_m - 100 * KM_PER_DEG) <= 1
    assert 2_250 <= found.bound_m <= 2_251  # both lines' errors, half a step of 500 m, the kernel


def test_a_line_may_part_on_both_sides():
    found = apart(EAST, ((0.1, 0.05), (0.5, -0.1), (0.9, 0.0)))["first", "second"]
    assert [each.side for each in found] == [1, -1]
    assert [each.lat_mdeg for each in found] == [50, -100]


def test_what_both_errors_explain_is_no_divergence():
    assert apart(EAST, ((0, 0.02), (1, 0.02)), error="error 4km")["first", "second"] == ()
    assert apart(EAST, EAST)["first", "second"] == ()


def test_a_line_that_is_not_drawn_says_nothing():
    mandate = parse_mandate(HEAD + 'line first "1.geojson"\nline second "2.geojson"\n', name="t", source="t.truce")
    assert divergences_of(mandate, {"1.geojson": drawing(*EAST)}) == {}
