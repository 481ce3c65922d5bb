"""What follows from lost and disturbed sensors, and what an impediment kept anybody from verifying."""

import math
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.base.time import interval_us
from truceline.model.batch import table
from truceline.model.coverage import OBSERVED_PERMILLE, STRETCHES, UNVERIFIED, WATCHED
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.observation import OBSERVATIONS
from truceline.model.spot import Need, Signature, Spots
from truceline.model.view import VIEWS
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS
from truceline.plan.impeded import (
    JOIN_US,
    Asked,
    disturbed_views,
    losses_of,
    lost_sensors,
    unverified,
)

Row = dict[str, object]
ZONE = "Europe/Kyiv"  # UTC+3 in October until its last Sunday
HOUR_US = 3_600_000_000


def at(text: str) -> int:
    """First moment of a time in UTC."""
    return interval_us(text + "Z", zone=None)[0]


def until(text: str) -> int:
    """Last moment of a time in UTC, as wide as it is written."""
    return interval_us(text + "Z", zone=None)[1]


NOW_US = at("2026-10-05 00:00")
BASIC = {
    "source_id": "mission", "sensor": "gate 3", "means": "camera", "spectrum": "", "ring_deg": [], "lon_deg": 37.8,
    "lat_deg": 48.0, "range_m": 2_000.0, "disturbed": "", "announced": "", "raw_sha256": "aa", "raw_at": "row 1",
}  # fmt: skip


def seen(begins: str, ends: str, **more: object) -> Row:
    row = BASIC | {"earliest_at_us": at(begins), "latest_at_us": until(ends)} | more
    return row | {"view_id": f"view-{row['sensor']} {begins}"}


def views(*rows: Row) -> pa.Table:
    return table(list(rows), VIEWS)


def struck(**more: object) -> Row:
    """Golden case 6: last picture 19:08, known to be lost 19:10."""
    return seen("2026-10-01 06:00", "2026-10-01 19:08", lost_at_us=until("2026-10-01 19:10"), **more)


def lost(*rows: Row, now_us: int = NOW_US) -> tuple[list[Row], list[Row]]:
    given = views(*rows)
    impediments, observations = lost_sensors(given, zone=ZONE, now_us=now_us), losses_of(given)
    assert impediments.schema == IMPEDIMENTS
    assert observations.schema == OBSERVATIONS
    return impediments.to_pylist(), observations.to_pylist()


# --- lost sensors ------------------------------


def test_the_loss_of_a_camera_is_itself_an_event_and_an_impediment() -> None:
    (impediment,), (observation,) = lost(struck())
    assert (observation["act"], observation["object_kind"], observation["means"]) == ("loss", "sensor", "own_log")
    assert observation["act"] in ACTS
    assert observation["object_kind"] in OBJECTS
    assert observation["means"] in MEANS
    assert observation["earliest_at_us"] == at("2026-10-01 19:08"), "it can have been at any moment of that minute"
    assert observation["latest_at_us"] == until("2026-10-01 19:10")
    assert (impediment["kind"], impediment["earliest_at_us"]) == ("sensor_lost", at("2026-10-01 19:08"))
    assert impediment["latest_at_us"] == until("2026-10-01 20:59"), "the end of the local day"
    assert impediment["reason_given"] == (
        "gate 3: last picture 1 Oct 2026 19:08 UTC, known to be lost 1 Oct 2026 19:10 UTC"
    )
    assert (impediment["raw_sha256"], impediment["raw_at"]) == ("aa", "row 1")


def test_nobody_is_blamed_for_a_lost_or_disturbed_sensor() -> None:
    (impediment,), (observation,) = lost(struck())
    (jammed,) = disturbed_views(views(seen("2026-10-01 06:00", "2026-10-01 06:10", disturbed="GNSS"))).to_pylist()
    assert (impediment["area_of"], jammed["area_of"], observation["parties"]) == ("", "", [])
    assert (observation["weapon_class"], observation["weapon_system"], observation["happening"]) == ("", "", "")


def test_a_lost_sensor_impedes_until_its_next_view_and_no_other_sensor_ends_it() -> None:
    again = seen("2026-10-03 08:00", "2026-10-03 09:00")
    other = seen("2026-10-01 19:30", "2026-10-01 20:00", sensor="gate 4")
    elsewhere = seen("2026-10-01 19:30", "2026-10-01 20:00", source_id="somebody")
    (impediment,), _ = lost(other, again, struck(), elsewhere)
    assert impediment["latest_at_us"] == at("2026-10-03 08:00") - 1


def test_a_loss_lasts_no_longer_than_anybody_knows_and_at_least_until_it_was_known() -> None:
    known_us = at("2026-10-01 20:00")
    assert lost(struck(), now_us=known_us)[0][0]["latest_at_us"] == known_us
    assert lost(struck(), now_us=at("2026-10-01 19:00"))[0][0]["latest_at_us"] == until("2026-10-01 19:10")
    soon = seen("2026-10-01 19:09", "2026-10-01 19:30")
    assert lost(struck(), soon)[0][0]["latest_at_us"] == until("2026-10-01 19:10")


def test_the_same_loss_stated_by_several_views_is_one_with_the_last_picture() -> None:
    earlier = seen("2026-10-01 06:00", "2026-10-01 18:00", lost_at_us=until("2026-10-01 19:10"))
    both = [struck(), earlier | {"view_id": "view-other"}]
    for order in (both, both[::-1]):
        (impediment,), (observation,) = lost(*order)
        assert (impediment["earliest_at_us"], observation["earliest_at_us"]) == (at("2026-10-01 19:08"),) * 2
    twice = [struck(), seen("2026-10-02 06:00", "2026-10-02 07:00", lost_at_us=until("2026-10-02 07:05"))]
    assert [len(rows) for rows in lost(*twice)] == [2, 2]


def test_what_is_derived_keeps_its_id_whatever_the_order_and_whatever_else_there_is() -> None:
    other = seen("2026-10-03 08:00", "2026-10-03 09:00")
    one, more = lost(struck()), lost(other, struck())
    assert one[0][0]["impediment_id"] == more[0][0]["impediment_id"]
    assert one[1][0]["observation_id"] == more[1][0]["observation_id"]
    assert str(one[0][0]["impediment_id"]).startswith("imp-")
    assert str(one[1][0]["observation_id"]).startswith("obs-")
    second = lost(struck(), struck(sensor="gate 4"))
    assert len({row["impediment_id"] for row in second[0]}) == 2


def test_a_lost_sensor_has_its_place_with_an_error_and_none_where_its_place_was_not_sure() -> None:
    _, (placed,) = lost(struck())
    assert (placed["lon_deg"], placed["lat_deg"]) == (37.8, 48.0)
    assert math.sqrt(placed["cov_ee_m2"]) * math.sqrt(-2 * math.log(0.05)) == pytest.approx(100.0)
    assert "within 100 m" in placed["remark"]
    for unsure in ({"disturbed": "GNSS"}, {"lon_deg": None, "lat_deg": None, "range_m": None, "ring_deg": RING}):
        _, (row,) = lost(struck(**unsure))
        assert (row["lon_deg"], row["lat_deg"], row["cov_ee_m2"], row["cov_en_m2"]) == (None, None, None, None)


RING = [37.8, 48.0, 37.9, 48.0, 37.9, 48.1, 37.8, 48.1]


def test_no_lost_sensors_give_empty_tables() -> None:
    assert lost() == ([], [])
    assert lost(seen("2026-10-01 06:00", "2026-10-01 07:00")) == ([], [])
    assert disturbed_views(views()).schema == IMPEDIMENTS
    assert disturbed_views(views(struck())).num_rows == 0


# --- where ------------------------------


def within(row: Row, lon_deg: float, lat_deg: float) -> bool:
    apart = Geodesic.WGS84.Inverse(row["met_lat_deg"], row["met_lon_deg"], lat_deg, lon_deg)
    return bool(apart["s12"] <= float(str(row["reach_m"])) * 1.006 + 1.0)


def test_a_disc_reaches_as_far_as_the_sensor() -> None:
    (impediment,), _ = lost(struck())
    assert (impediment["met_lon_deg"], impediment["met_lat_deg"]) == (pytest.approx(37.8), pytest.approx(48.0))
    assert impediment["reach_m"] == pytest.approx(2_000.0, rel=1e-6)


def test_the_ground_of_a_ring_lies_within_the_reach() -> None:
    (impediment,), _ = lost(struck(ring_deg=RING, lon_deg=None, lat_deg=None, range_m=None))
    assert (impediment["met_lon_deg"], impediment["met_lat_deg"]) == (pytest.approx(37.85), pytest.approx(48.05))
    assert all(within(impediment, *corner) for corner in zip(RING[::2], RING[1::2], strict=True))
    assert impediment["reach_m"] < 7_000


@given(azimuth_deg=st.floats(0, 360), width_deg=st.floats(1, 360), lat_deg=st.floats(-75, 75))
@settings(deadline=None, max_examples=60)
def test_a_sector_lies_within_the_reach_and_a_narrow_one_reaches_less_far(
    azimuth_deg: float, width_deg: float, lat_deg: float
) -> None:
    sector = {"azimuth_deg": azimuth_deg, "width_deg": width_deg, "lat_deg": lat_deg, "lon_deg": 179.99}
    (impediment,), _ = lost(struck(**sector))
    for turn_deg, far_m in product(np.linspace(-width_deg / 2, width_deg / 2, 7), (0.0, 1_000.0, 1_990.0)):
        there = Geodesic.WGS84.Direct(lat_deg, 179.99, azimuth_deg + float(turn_deg), far_m)
        assert within(impediment, there["lon2"], there["lat2"])
    assert float(str(impediment["reach_m"])) <= (1_450.0 if width_deg < 60 else 2_900.0)


# --- disturbed ------------------------------


def jammed(*rows: Row) -> list[Row]:
    found = disturbed_views(views(*rows))
    assert found.schema == IMPEDIMENTS
    return list(found.to_pylist())


def test_a_jammed_flight_is_an_impediment_over_its_span() -> None:
    flight = [
        seen(*[f"2026-10-01 06:{minute:02}"] * 2, sensor="uav 7", disturbed=why, lon_deg=37.8 + minute / 100)
        for minute, why in ((0, ""), (1, "GNSS jammed"), (2, "GNSS jammed"), (3, "frozen fix"), (4, ""))
    ]
    (row,) = jammed(*flight[::-1])
    assert row["kind"] == "jamming"
    assert (row["earliest_at_us"], row["latest_at_us"]) == (at("2026-10-01 06:01"), until("2026-10-01 06:03"))
    assert row["reason_given"] == "uav 7: place not sure: GNSS jammed; frozen fix"
    assert row["met_lon_deg"] == pytest.approx(37.82)
    assert all(within(row, 37.8 + minute / 100, 48.0 + 0.0179) for minute in (1, 2, 3))


def test_disturbances_join_over_a_pause_but_not_over_an_undisturbed_view_nor_over_sensors() -> None:
    first = seen("2026-10-01 06:00", "2026-10-01 06:00", disturbed="GNSS")
    later_us = until("2026-10-01 06:00") + JOIN_US
    near = first | {"view_id": "b", "earliest_at_us": later_us, "latest_at_us": later_us}
    far = first | {"view_id": "c", "earliest_at_us": later_us + 1, "latest_at_us": later_us + 1}
    clear = near | {"view_id": "d", "disturbed": "", "earliest_at_us": later_us - 1}
    assert [len(jammed(first, other)) for other in (near, far)] == [1, 2]
    assert len(jammed(first, clear, near)) == 2
    assert len(jammed(first, near | {"sensor": "uav 8"})) == 2
    assert len(jammed(first, near | {"source_id": "other"})) == 2


def test_a_disturbance_without_ground_has_no_place() -> None:
    (row,) = jammed(seen("2026-10-01 06:00", "2026-10-01 06:00", disturbed="GNSS", range_m=None))
    assert (row["met_lon_deg"], row["met_lat_deg"], row["reach_m"]) == (None, None, None)


# --- what could not be verified ------------------------------

# A line along a parallel, ten stretches of 2 km; three spots on each side of each, 500 m from it; and one zone.
M_PER_DEG = math.pi * 6_371_008.8 / 180 * math.cos(math.radians(48.0))
SIGNATURE = Signature(name="vehicle", size_m=3.0, stays_s=3_600, means=("camera",))
DAY_US = at("2026-10-01 00:00")


def stretches(count: int = 10) -> pa.Table:
    rows = [
        {"stretch_id": f"contact {n}", "feature": "contact", "number": n, "from_m": n * 2_000,
         "until_m": (n + 1) * 2_000, "path_deg": []}
        for n in range(count)
    ]  # fmt: skip
    zone = {"stretch_id": "LAKE", "feature": "LAKE", "number": 0, "from_m": 0, "until_m": 0, "path_deg": []}
    return table([*rows, zone], STRETCHES)


def spots(count: int = 10) -> Spots:
    """Along the line spot by spot, then one in the zone, which lies 40 km north."""
    along = [(n, side, (n + (k + 0.5) / 3) * 2_000) for n in range(count) for side in (1, -1) for k in range(3)]
    return Spots(
        lon_deg=np.array([37.0 + far_m / M_PER_DEG for _, _, far_m in along] + [37.0]),
        lat_deg=np.array([48.0 + side * 500 / 111_195 for _, side, _ in along] + [48.36]),
        stretch=np.array([n for n, _, _ in along] + [count]),
        side=np.array([side for _, side, _ in along] + [0]),
        distance_m=np.array([500.0 for _ in along] + [0.0]),
        weight_m2=np.array([2_000 * 1_000 / 3 for _ in along] + [math.pi * 1_000**2]),
    )


def asked(*clauses: str, at_side: int | None = None, **needed: int) -> Asked:
    ground = spots()
    everywhere = np.ones(len(ground), bool) if at_side is None else ground.side == at_side
    day = {"from_us": DAY_US, "until_us": DAY_US + 24 * HOUR_US}
    return Asked(
        spots=ground,
        needs=tuple(Need(mandate="m", clause=each, signature=SIGNATURE, at=everywhere, **day) for each in clauses),
        needed_permille={("m", clause): share for clause, share in needed.items()},
    )


def hours(clause: str, name: str, side: int, *shares: int) -> list[Row]:
    """WATCHED of one cell, hour by hour from midnight."""
    return [
        {"mandate": "m", "clause": clause, "stretch_id": name, "side": side, "earliest_at_us": DAY_US + hour * HOUR_US,
         "latest_at_us": DAY_US + (hour + 1) * HOUR_US - 1, "share_permille": share, "state": "partly"}
        for hour, share in enumerate(shares)
    ]  # fmt: skip


def watched(*rows: list[Row]) -> pa.Table:
    return table([each for part in rows for each in part], WATCHED)


def along_line(clause: str, *shares: int) -> list[Row]:
    """The same hours on both sides of all stretches, and in the zone."""
    cells = [(f"contact {n}", side) for n in range(10) for side in (1, -1)]
    return [row for name, side in [*cells, ("LAKE", 0)] for row in hours(clause, name, side, *shares)]


def impediment(
    at_m: float, reach_m: float | None, begins: str = "2026-10-01 08:00", ends: str = "2026-10-01 10:59", **more: object
) -> Row:
    return {
        "impediment_id": "imp-1", "source_id": "mission", "kind": "denial", "met_lon_deg": 37.0 + at_m / M_PER_DEG,
        "met_lat_deg": 48.0, "reach_m": reach_m, "earliest_at_us": at(begins), "latest_at_us": until(ends),
    } | more  # fmt: skip


def unseen(*impediments: Row, of: pa.Table, by: Asked) -> list[Row]:
    found = unverified(table(list(impediments), IMPEDIMENTS), watched=of, stretches=stretches(), asked=by)
    assert found.schema == UNVERIFIED
    return list(found.to_pylist())


def test_what_lies_within_reach_and_was_not_seen_could_not_be_verified() -> None:
    rows = unseen(impediment(9_000, 2_500), of=watched(along_line("ARMOUR", *[0] * 24)), by=asked("ARMOUR"))
    assert rows == [
        {
            "impediment_id": "imp-1", "mandate": "m", "clause": "ARMOUR", "feature": "contact", "from_m": 6_000,
            "until_m": 12_000, "earliest_at_us": at("2026-10-01 08:00"), "latest_at_us": until("2026-10-01 10:59"),
            "share_permille": 0,
        }
    ]  # fmt: skip


def test_what_others_saw_enough_of_could_be_verified_and_the_needed_share_is_the_clauses_own() -> None:
    of = watched(along_line("ARMOUR", *[700] * 24), along_line("GUNS", *[700] * 24), along_line("MINES", *[699] * 24))
    by = asked("ARMOUR", "GUNS", "MINES", GUNS=701)
    rows = unseen(impediment(9_000, 500), of=of, by=by)
    assert [(row["clause"], row["share_permille"]) for row in rows] == [("GUNS", 700), ("MINES", 699)]
    assert OBSERVED_PERMILLE == 700


def test_only_the_hours_in_which_too_little_was_seen_are_named_cut_to_those_of_the_impediment() -> None:
    shares = [0] * 9 + [100, 900] + [40] * 13
    long = impediment(9_000, 500, "2026-10-01 08:20", "2026-10-01 12:29")
    rows = unseen(long, of=watched(along_line("ARMOUR", *shares)), by=asked("ARMOUR"))
    assert [(row["earliest_at_us"], row["latest_at_us"], row["share_permille"]) for row in rows] == [
        (at("2026-10-01 08:20"), until("2026-10-01 09:59"), 60),  # 40 minutes of nothing, an hour of a tenth
        (at("2026-10-01 11:00"), until("2026-10-01 12:29"), 40),
    ]


def test_sides_and_stretches_that_lack_the_same_times_are_one_row_and_other_times_are_not() -> None:
    of = watched(
        *(hours("ARMOUR", f"contact {n}", side, *[0] * 24) for n in (3, 4, 6) for side in (1, -1)),
        *(hours("ARMOUR", "contact 5", side, *[900] * 24) for side in (1, -1)),
        hours("ARMOUR", "contact 7", 1, *[0] * 24),
        hours("ARMOUR", "contact 7", -1, *[0] * 9, 900, *[0] * 14),
    )
    rows = unseen(impediment(11_000, 5_000), of=of, by=asked("ARMOUR"))
    all_of_it = (at("2026-10-01 08:00"), until("2026-10-01 10:59"))
    assert [(row["from_m"], row["until_m"], row["earliest_at_us"], row["latest_at_us"]) for row in rows] == [
        (6_000, 10_000, *all_of_it),
        (12_000, 16_000, *all_of_it),  # left of the line; to the right of it less far
        (14_000, 16_000, at("2026-10-01 08:00"), until("2026-10-01 08:59")),
        (14_000, 16_000, at("2026-10-01 10:00"), until("2026-10-01 10:59")),
    ]


def test_the_share_of_a_joined_row_is_the_mean_over_its_ground_rounded_down() -> None:
    of = watched(
        *(hours("ARMOUR", "contact 4", side, *[100] * 24) for side in (1, -1)),
        hours("ARMOUR", "contact 5", 1, *[302] * 24),
        hours("ARMOUR", "contact 5", -1, *[301] * 24),
    )
    (row,) = unseen(impediment(10_000, 500), of=of, by=asked("ARMOUR"))
    assert (row["from_m"], row["until_m"], row["share_permille"]) == (8_000, 12_000, 200)


def test_a_clause_whose_ground_is_on_the_other_side_or_out_of_reach_is_not_touched() -> None:
    of = watched(along_line("ARMOUR", *[0] * 24))
    there = impediment(9_000, 100, met_lat_deg=48.0 + 1_200 / 111_195)  # 700 m beyond the spots on the left
    assert unseen(there, of=of, by=asked("ARMOUR", at_side=-1)) == []
    assert len(unseen(there, of=of, by=asked("ARMOUR", at_side=1))) == 0
    nearer = there | {"reach_m": 300.0}  # the ground that a spot stands for reaches 461 m around it
    assert len(unseen(nearer, of=of, by=asked("ARMOUR", at_side=1))) == 1
    assert unseen(nearer, of=of, by=asked("ARMOUR", at_side=-1)) == []


def test_a_zone_is_named_without_kilometres() -> None:
    north = impediment(0, 500, met_lat_deg=48.36)
    (row,) = unseen(north, of=watched(along_line("ARMOUR", *[0] * 24)), by=asked("ARMOUR"))
    assert (row["feature"], row["from_m"], row["until_m"]) == ("LAKE", 0, 0)


def test_an_impediment_without_a_place_a_reach_or_a_time_has_nothing_worked_out() -> None:
    of = watched(along_line("ARMOUR", *[0] * 24))
    gaps: tuple[Row, ...] = (
        {"met_lon_deg": None, "met_lat_deg": None}, {"reach_m": None}, {"earliest_at_us": None}, {"latest_at_us": None}
    )  # fmt: skip
    rows = [impediment(9_000, 2_500, impediment_id=f"imp-{n}") | gap for n, gap in enumerate(({}, *gaps))]
    found = unseen(*rows, of=of, by=asked("ARMOUR"))
    assert {row["impediment_id"] for row in found} == {"imp-0"}


def test_where_coverage_is_not_known_nothing_is_said() -> None:
    of = watched(hours("ARMOUR", "contact 4", 1, *[0] * 9), hours("OTHER", "contact 4", 1, *[0] * 24))
    (row,) = unseen(impediment(9_000, 500), of=of, by=asked("ARMOUR"))
    assert (row["earliest_at_us"], row["latest_at_us"]) == (at("2026-10-01 08:00"), until("2026-10-01 08:59"))
    assert unseen(impediment(9_000, 500), of=WATCHED.empty_table(), by=asked("ARMOUR")) == []
    assert unseen(impediment(9_000, 500), of=of, by=asked()) == []
    assert unseen(of=of, by=asked("ARMOUR")) == []


CELLS = [(name, side) for name in (f"contact {n}" for n in range(10)) for side in (1, -1)] + [("LAKE", 0)]


@given(
    shares=st.lists(st.sampled_from([0, 300, 699, 700, 1000]), min_size=21 * 6, max_size=21 * 6),
    at_m=st.integers(-4_000, 24_000),
    reach_m=st.integers(1, 9_000),
    from_min=st.integers(-30, 300),
    long_min=st.integers(1, 200),
)
@settings(deadline=None, max_examples=60)
def test_what_could_not_be_verified_agrees_with_a_slow_second_opinion(
    shares: list[int], at_m: int, reach_m: int, from_min: int, long_min: int
) -> None:
    by = asked("ARMOUR")
    parts = [hours("ARMOUR", *cell, *shares[n * 6 : n * 6 + 6]) for n, cell in enumerate(CELLS)]
    first_us = DAY_US + from_min * 60_000_000
    last_us = first_us + long_min * 60_000_000 - 1
    one = impediment(at_m, float(reach_m), earliest_at_us=first_us, latest_at_us=last_us)
    rows = unseen(one, of=watched(*parts[::-1]), by=by)
    told = {
        (row["feature"], metre, minute)
        for row in rows
        for metre in (range(row["from_m"], row["until_m"], 2_000) if row["until_m"] else (0,))
        for minute in range(row["earliest_at_us"], row["latest_at_us"], 60_000_000)
    }
    assert told == slowly(parts, by.spots, one)
    for row in rows:
        assert first_us <= row["earliest_at_us"] < row["latest_at_us"] <= last_us
        assert 0 <= row["share_permille"] < 700


def slowly(parts: list[list[Row]], ground: Spots, one: Row) -> set[tuple[object, ...]]:
    """Stretch by stretch and minute by minute, with a geodesic on the same sphere."""
    sphere = Geodesic(6_371_008.8, 0.0)
    lon_deg, lat_deg, reach_m = (float(str(one[name])) for name in ("met_lon_deg", "met_lat_deg", "reach_m"))
    begins_us, ends_us = int(str(one["earliest_at_us"])), int(str(one["latest_at_us"]))
    found: set[tuple[object, ...]] = set()
    for cell, hour_rows in zip(CELLS, parts, strict=True):
        number = 10 if cell[0] == "LAKE" else int(cell[0].split()[1])
        own = np.flatnonzero((ground.stretch == number) & (ground.side == cell[1]))
        gaps = [
            sphere.Inverse(lat_deg, lon_deg, ground.lat_deg[k], ground.lon_deg[k])["s12"]
            - math.sqrt(ground.weight_m2[k] / math.pi)
            for k in own
        ]
        if min(gaps) > reach_m:
            continue
        for hour in hour_rows:
            low = max(int(str(hour["earliest_at_us"])), begins_us)
            high = min(int(str(hour["latest_at_us"])), ends_us)
            if int(str(hour["share_permille"])) < 700:
                where = ("LAKE", 0) if number == 10 else ("contact", number * 2_000)
                found |= {(*where, minute) for minute in range(low, high, 60_000_000)}
    return found
