"""Predicted shares are what a simulated world's sensors really detect: neither more nor less, within 3 points a bin."""

import os
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.plan.calibration import HEARD, SIGNATURES, Bin, calibration, part, table
from tests.plan.world import Acts, Line, Size, World, made, really_seen, sun_deg, views_of

from truceline.plan.covered import Covered, covered

LONG = bool(os.environ.get("TRUCELINE_LONG"))
SIZE, ACTS, SEEDS = (Size(), 8_000, (1, 2, 3)) if LONG else (part(), 4_000, (1,))
SHOWN = SIGNATURES if LONG else SIGNATURES[:4]  # works show for two days
LEAST_JUDGED = {"vehicle": 5, "person": 1, "flash": 7, "flight": 7, "works": 8}
KINDS = ("drones", "cameras", "patrols")
NOBODY = {"drones": 0, "cameras": 0, "posts": 0, "patrols_a_day": 0}


@pytest.fixture(scope="module", params=SEEDS)
def world(request) -> World:
    return made(request.param, SIZE)


def faults(found: dict[str, list[Bin]]) -> list[str]:
    """What is off, with the whole table of its signature; and what was not judged although it should have been."""
    wrong = [table(name, bins) for name, bins in found.items() if any(each.off for each in bins)]
    for name, bins in found.items():
        with_cells = [number for number, each in enumerate(bins) if each.cells]
        if with_cells != list(range(with_cells[0], with_cells[-1] + 1)):
            wrong.append("a bin between others is empty\n" + table(name, bins))
        if sum(each.judged for each in bins) < LEAST_JUDGED[name]:
            wrong.append(f"fewer than {LEAST_JUDGED[name]} bins could be judged\n" + table(name, bins))
    return wrong


def test_what_is_predicted_is_what_is_seen_in_every_bin_and_both_ways(world):
    found = calibration(world, acts=ACTS, signatures=SHOWN)
    wrong = faults(found)
    assert not wrong, f"seed {world.seed}\n" + "\n".join(wrong)


@pytest.mark.parametrize("kind", [{"drones": 24}, {"cameras": 40}, {"patrols_a_day": 150}], ids=KINDS)
def test_each_kind_of_sensor_alone_is_predicted_rightly(kind):
    """Among many others, what a few sensors are wrong about would not be noticed."""
    world = made(2, replace(part(), **(NOBODY | kind)))
    flight = next(each for each in SIGNATURES if each.name == "flight")
    shown = (SIGNATURES[0], replace(flight, means=("camera", "uav_image", "patrol")))
    found = calibration(world, acts=2_000, signatures=shown)
    for name, bins in found.items():
        told = [each for each in bins if each.grounds >= 30 and each.error <= 0.015]
        assert told, table(name, bins)
        assert all(abs(each.seen - each.predicted) <= 0.03 + each.error for each in told), table(name, bins)


# --- models that are wrong turn it red --------------------------------------------------------------------


def with_views(change) -> object:
    """The model, told something else than what was reported."""

    def model(views: pa.Table, **asked: object) -> Covered:
        return covered(change(views), **asked)

    return model


def scaled(share_ratio: float) -> object:
    """The model, with its shares multiplied."""

    def model(views: pa.Table, **asked: object) -> Covered:
        found = covered(views, **asked)
        return replace(found, runs=replace(found.runs, share_ratio=found.runs.share_ratio * share_ratio))

    return model


def set_to(views: pa.Table, column: str, value: object) -> pa.Table:
    at = views.schema.get_field_index(column)
    return views.set_column(at, views.schema.field(at), pa.array([value] * len(views), views.schema.field(at).type))


def of_own(views: pa.Table) -> pa.Table:
    """Every view as if from a sensor of its own: each picture of a pass draws anew."""
    at = views.schema.get_field_index("sensor")
    return views.set_column(at, views.schema.field(at), views["view_id"])


def one_moment(views: pa.Table, **asked: object) -> Covered:
    """As if every act were over in a second."""
    needs = [replace(need, signature=replace(need.signature, stays_s=1)) for need in asked.pop("needs")]
    return covered(views, needs=needs, **asked)


WRONG_MODELS = {
    "shares a fifth too low": (scaled(0.8), "vehicle flash flight"),
    "shares a tenth too high": (scaled(1.1), "flash flight"),
    "how long an act shows is ignored": (one_moment, "vehicle"),
    "each picture draws anew": (with_views(of_own), "vehicle"),
    "always clear": (with_views(lambda views: set_to(views, "visibility_m", 60_000.0)), "vehicle"),
    "never night": (with_views(lambda views: set_to(views, "spectrum", "thermal")), "vehicle"),
}


@pytest.mark.parametrize("fault", WRONG_MODELS)
def test_a_model_that_is_wrong_is_found_out(fault):
    model, names = WRONG_MODELS[fault]
    signatures = tuple(each for each in SIGNATURES if each.name in names.split())
    small = replace(part(), length_m=300_000.0, drones=10, cameras=6, posts=15, patrols_a_day=5)
    found = calibration(made(1, small), acts=4_000, model=model, signatures=signatures)
    for name, bins in found.items():
        worst = max(abs(each.seen - each.predicted) - 3 * each.error for each in bins if each.grounds >= 15)
        assert worst > 0.03, f"{fault} passes unseen\n{table(name, bins)}"


# --- the world itself -------------------------------------------------------------------------------------


def test_the_line_of_the_world_is_as_long_as_it_is_said_to_be_and_acts_lie_beside_it():
    line = made(1, part()).line
    assert isinstance(line, Line)
    assert line.length_m == pytest.approx(1_245_000, rel=0.001)  # of a front of 1,200 km
    lon_deg, lat_deg, _ = line.at(np.array([500_000.0]), np.array([3_000.0]))
    on_lon_deg, on_lat_deg, _ = line.at(np.array([500_000.0]), np.array([0.0]))
    assert lat_deg[0] > on_lat_deg[0]  # it runs to the east, and left of it is north
    assert abs(lon_deg[0] - on_lon_deg[0]) < 0.02


def test_the_sun_of_the_world_rises_and_sets_at_the_equinox_when_it_does():
    minutes_s = 1_900_022_400 + np.arange(0, 86_400, 60)
    up = sun_deg(np.zeros(1_440), np.zeros(1_440), minutes_s) > 0
    assert np.diff(np.flatnonzero(up)).max() == 1
    assert up.sum() == pytest.approx(720, abs=3)
    assert np.flatnonzero(up).mean() == pytest.approx(728, abs=3)  # the sun is 8 minutes late in mid-March


def test_whoever_looks_away_sees_nothing_and_whoever_stares_sees_all():
    world = made(1, part())
    looks = world.looks
    sure = next(each for each in SIGNATURES if each.name == "flash")
    sure = replace(sure, heard_m=1e6, means=HEARD)
    post = int(np.flatnonzero(looks.kind == 2)[0])
    near = Acts(np.full(200, looks.along_m[post]), np.zeros(200), np.linspace(0, 80_000, 200))
    deaf = replace(sure, means=("radar",))
    assert really_seen(world, near, deaf).sum() == 0
    assert really_seen(world, near, sure).mean() > 0.85  # it works nine hours of ten, at least


def test_the_views_of_the_world_are_whole():
    world = made(1, part())
    views = views_of(world)
    assert len(views) == len(world.looks)
    assert set(views["means"].to_pylist()) == {"uav_image", "camera", "acoustic", "patrol", "satellite"}
    assert views["visibility_m"].null_count == sum(kind == "acoustic" for kind in views["means"].to_pylist())
