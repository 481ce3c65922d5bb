"""Which side of a line a place is on, and where nobody can say."""

from collections.abc import Callable

import numpy as np
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.locate import Distances, Geometry

Ask = Callable[..., Distances]
Draw = Callable[..., Geometry]

NORTHWARD = ("LineString", [[37.0, 47.0], [37.0, 48.0], [37.0, 49.0]])


def test_walking_north_the_west_is_left_and_the_east_is_right(draw: Draw, ask: Ask) -> None:
    found = ask(draw("line", NORTHWARD), [(36.5, 47.5), (37.5, 47.5), (36.5, 48.0), (37.5, 48.0)])
    assert found.side.tolist() == [1, -1, 1, -1]


def test_walking_the_line_the_other_way_swaps_the_sides(draw: Draw, ask: Ask) -> None:
    back = ("LineString", NORTHWARD[1][::-1])
    assert ask(draw("line", back), [(36.5, 47.5), (37.5, 47.5)]).side.tolist() == [-1, 1]


def test_beyond_a_free_end_the_side_is_undetermined(draw: Draw, ask: Ask) -> None:
    found = ask(draw("line", NORTHWARD), [(36.5, 46.9), (37.5, 49.2), (37.0, 49.5), (36.5, 47.2)])
    assert found.side.tolist() == [0, 0, 0, 1]


def test_beyond_a_free_end_at_any_slope_the_side_is_undetermined_even_without_error(draw: Draw, ask: Ask) -> None:
    for course_deg in range(7, 360, 31):
        end = Geodesic.WGS84.Direct(48.0, 37.0, course_deg, 30_000.0)
        geometry = draw("line", ("LineString", [[37.0, 48.0], [end["lon2"], end["lat2"]]]))
        on = Geodesic.WGS84.Direct(end["lat2"], end["lon2"], end["azi2"] + 40, 5_000.0)
        back = Geodesic.WGS84.Direct(48.0, 37.0, course_deg + 140, 5_000.0)
        beside = Geodesic.WGS84.Direct(48.0, 37.0, course_deg + 40, 5_000.0)
        places = [(place["lon2"], place["lat2"]) for place in (on, back, beside)]
        assert ask(geometry, places).side.tolist() == [0, 0, -1]


def test_a_place_that_may_be_beyond_the_end_is_undetermined(draw: Draw, ask: Ask) -> None:
    """22 km short of the end, 37 km left: sure for an error of 1 km, not for one of 30 km along the line."""
    geometry = draw("line", NORTHWARD)
    assert ask(geometry, [(36.5, 48.8)], cov_m2=(1e4, 0, 5e5)).side.tolist() == [1]
    assert ask(geometry, [(36.5, 48.8)], cov_m2=(1e4, 0, 2.5e8)).side.tolist() == [0]


def test_at_a_sharp_bend_the_outside_is_one_side_all_around(draw: Draw, ask: Ask) -> None:
    """A hairpin that points east: all places beyond its tip are right of it, the narrow inside is left."""
    geometry = draw("line", ("LineString", [[36.0, 48.0], [37.0, 48.02], [36.0, 48.04]]))
    beyond = [(37.2, lat) for lat in np.linspace(47.8, 48.24, 23)]
    assert set(ask(geometry, beyond).side.tolist()) == {-1}
    assert ask(geometry, [(36.2, 48.02), (36.6, 48.02)]).side.tolist() == [1, 1]


def test_within_the_bound_of_the_line_the_side_is_undetermined(draw: Draw, ask: Ask) -> None:
    geometry = draw("line", NORTHWARD)
    near, far = (37.001, 47.5), (37.02, 47.5)  # 75 m and 1.5 km
    assert ask(geometry, [near, far], error_m=100.0).side.tolist() == [0, -1]
    assert ask(geometry, [(37.0, 47.5)]).side.tolist() == [0], "on the line"


def test_parts_that_go_on_into_each_other_have_no_end_between_them(draw: Draw, ask: Ask) -> None:
    whole = [[37.0, 47.0], [37.1, 48.0], [37.0, 49.0]]
    parts = ("MultiLineString", [whole[1:], whole[:2]])
    places = [(37.5, 48.0), (37.2, 48.001), (36.9, 47.99)]
    assert ask(draw("line", parts), places).side.tolist() == [-1, -1, 1]
    apart = ("MultiLineString", [whole[:2], [[37.0, 49.0], [37.1, 48.0]]])
    assert ask(draw("line", apart), [(37.5, 48.0)]).side.tolist() == [0], "they run against each other"


def test_a_closed_line_has_no_free_end(draw: Draw, ask: Ask) -> None:
    loop = [[37.0, 47.0], [38.0, 47.0], [38.0, 48.0], [37.0, 48.0], [37.0, 47.0]]
    found = ask(draw("line", ("LineString", loop)), [(37.5, 47.5), (36.9, 46.9), (37.02, 47.02)])
    assert found.side.tolist() == [1, -1, 1]


def test_a_town_of_the_baseline_may_be_nearest_but_the_side_is_that_of_the_line(draw: Draw, ask: Ask) -> None:
    geometry = draw("line", NORTHWARD, ("Point", [37.5, 48.0]))
    found = ask(geometry, [(37.51, 48.0), (37.0, 47.4), (36.0, 48.0)])
    to_town = Geodesic.WGS84.Inverse(48.0, 37.51, 48.0, 37.5)
    assert abs(found.distance_mm[0] - to_town["s12"] * 1000) <= 1
    assert abs(found.azimuth_deg[0] - to_town["azi1"] % 360) < 1e-6
    assert found.side.tolist() == [-1, 0, 1]


def test_a_baseline_of_points_only_has_distances_but_no_sides(draw: Draw, ask: Ask) -> None:
    found = ask(draw("line", ("MultiPoint", [[37.0, 48.0], [38.0, 48.0]])), [(37.4, 48.0), (37.6, 48.0)])
    assert found.side.tolist() == [0, 0]
    assert abs(int(found.distance_mm[0]) - int(found.distance_mm[1])) <= 1


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    bends=st.lists(st.floats(-70, 70), min_size=1, max_size=6),
    edge=st.integers(0, 6),
    share=st.floats(0.02, 0.98),
    left=st.booleans(),
    lat_deg=st.floats(-75, 75),
)
def test_a_step_to_the_left_of_any_edge_is_left(
    draw: Draw, ask: Ask, bends: list[float], edge: int, share: float, left: bool, lat_deg: float
) -> None:
    """Edges of 20 km that bend by up to 70 degrees; a step of 50 m square to one stays by that edge."""
    courses = np.cumsum([30.0, *bends])
    if np.ptp(courses) > 160:
        return  # it might meet itself
    at, path = (10.0, lat_deg), [(10.0, lat_deg)]
    for course_deg in courses:
        end = Geodesic.WGS84.Direct(at[1], at[0], course_deg, 20_000.0)
        at = (end["lon2"], end["lat2"])
        path.append(at)
    one, other = path[edge % (len(path) - 1)], path[edge % (len(path) - 1) + 1]
    line = Geodesic.WGS84.InverseLine(one[1], one[0], other[1], other[0])
    foot = line.Position(share * line.s13)
    step = Geodesic.WGS84.Direct(foot["lat2"], foot["lon2"], foot["azi2"] + (-90 if left else 90), 50.0)
    found = ask(draw("line", ("LineString", path)), [(step["lon2"], step["lat2"])])
    assert found.side.tolist() == [1 if left else -1]
    assert abs(found.distance_mm[0] - 50_000) <= 1
