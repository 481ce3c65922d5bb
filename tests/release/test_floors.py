"""No rule beats a floor: refused when it is loaded, and without effect where it was not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.release.world import ALFA, DAY_US, HOUR_US, OUTSIDE, full_row, released, rows_of

from truceline.base.errors import InputError
from truceline.base.frames import LocalFrame
from truceline.model.account import PUBLIC
from truceline.model.release import ReleaseRule, Terms
from truceline.model.review import STATUSES
from truceline.model.vocabulary import ACTS
from truceline.release import check_rules
from truceline.release.columns import COLUMNS
from truceline.release.floors import FLOORS, FOR_PARTIES, KINDS, MOMENTARY_ACTS, UNIT_FLOORS, limits_of

RULES = st.builds(
    ReleaseRule,
    to=st.sampled_from(["parties", "public"]),
    kind=st.just("event"),
    delay=st.sampled_from(["", "0s", "0min", "1s", "59min", "2h", "40d"]),
    grid_m=st.sampled_from([0, 1, 10, 2_499, 9_999, 50_000, -5]),
    hide=st.lists(st.sampled_from(sorted(COLUMNS)), max_size=3).map(tuple),
    least=st.integers(-3, 9),
    status=st.sampled_from(STATUSES),
)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (ReleaseRule(to="public", kind="event", delay="23h"), "below the floor of 1 day"),
        (ReleaseRule(to="public", kind="case", delay="0min"), "below the floor of 1 day"),
        (ReleaseRule(to="parties", kind="event", delay="59min"), "below the floor of 1 hour"),
        (ReleaseRule(to="public", kind="event", grid_m=4_999), "below the floor of 5 km"),
        (ReleaseRule(to="parties", kind="observation", grid_m=100), "below the floor of 2500 m"),
        (ReleaseRule(to="public", kind="event", grid_m=2_000_000), "not from 0 to"),
        (ReleaseRule(to="public", kind="event", least=-1), "not from 0 to"),
        (ReleaseRule(to="public", kind="event", delay="a day"), "not a duration"),
        (ReleaseRule(to="public", kind="event", delay="-3d"), "not a duration"),
        (ReleaseRule(to="public", kind="event", status="sure"), "status = 'sure'"),
        (ReleaseRule(to="public", kind="event", hide=("lon",)), "hide = 'lon'"),
        (ReleaseRule(to="public", kind="event", hide=("event_id",)), "hide = 'event_id'"),
        (ReleaseRule(to="press", kind="event"), "to = 'press'"),
        (ReleaseRule(to="public", kind="track"), "kind = 'track'"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_the_floor_named(rule: ReleaseRule, named: str) -> None:
    with pytest.raises(InputError, match=named):
        check_rules((rule,))


def test_a_second_rule_for_the_same_is_refused() -> None:
    with pytest.raises(InputError, match="same recipient and kind"):
        check_rules((ReleaseRule(to="public", kind="event"),) * 2)


def test_rules_that_leave_everything_to_the_floors_pass() -> None:
    rules = tuple(
        ReleaseRule(to=to, kind=kind)
        for to in ("parties", "public")
        for kind in KINDS
        if to == "parties" or kind not in FOR_PARTIES
    )
    assert check_rules(rules) == rules


def test_the_public_is_never_told_of_a_flight_ahead_whatever_the_rules() -> None:
    with pytest.raises(InputError, match="parties alone"):
        check_rules((ReleaseRule(to="public", kind="flight"),))
    assert not limits_of((ReleaseRule(to="public", kind="flight"),), to="public", kind="flight").ruled
    assert limits_of((ReleaseRule(to="parties", kind="flight"),), to="parties", kind="flight").ruled


@given(rules=st.lists(RULES, max_size=3).map(tuple), act=st.sampled_from(["", *ACTS]), published=st.booleans())
@budget(80)
def test_no_rule_and_no_publication_beats_a_floor(rules: tuple[ReleaseRule, ...], act: str, published: bool) -> None:
    row = full_row("event", "x", act=act)
    terms = Terms(published={"x": 5} if published else {})
    for to in OUTSIDE:
        name = "public" if to == PUBLIC else "parties"
        floor = (FLOORS if act in MOMENTARY_ACTS else UNIT_FLOORS)[name]
        for got in released(rows_of("event", row), to, rules=rules, terms=terms):
            assert got["visible_from_us"] >= row["latest_at_us"] + floor.delay_s * 1_000_000
            if got["lon_deg"] is not None and got["lat_deg"] is not None:
                widths = [got[column] for column in ("cov_ee_m2", "cov_nn_m2") if got[column] is not None]
                assert all((12 * variance) ** 0.5 >= floor.grid_m for variance in widths)
                frame = LocalFrame(name="cell", origin_lon_deg=row["lon_deg"], origin_lat_deg=row["lat_deg"])
                assert max(map(abs, frame.to_local(got["lon_deg"], got["lat_deg"]))) > 1
            for column in ("earliest_at_us", "latest_at_us"):
                assert got[column] != row[column]


def test_the_floors_are_no_lower_than_decided() -> None:
    assert {to: (floor.delay_s * 1_000_000, floor.grid_m) for to, floor in FLOORS.items()} == {
        "parties": (HOUR_US, 2_500),
        "public": (DAY_US, 5_000),
    }
    assert {to: (floor.delay_s * 1_000_000, floor.grid_m) for to, floor in UNIT_FLOORS.items()} == {
        "parties": (DAY_US, 5_000),
        "public": (3 * DAY_US, 10_000),
    }


@pytest.mark.parametrize(
    "act", ["present", "inventory", "move", "fly", "exercise", "enter", "withdraw", "alert", "", None]
)
def test_units_are_shown_coarser_than_what_lasted_a_moment(act: str | None) -> None:
    for to, name in ((ALFA, "parties"), (PUBLIC, "public")):
        rule = ReleaseRule(to=name, kind="event")
        (row,) = released(rows_of("event", full_row("event", "x", act=act)), to, rules=(rule,))
        assert (12 * row["cov_nn_m2"]) ** 0.5 >= UNIT_FLOORS[name].grid_m


def test_a_wider_grid_than_the_floor_holds() -> None:
    rule = ReleaseRule(to="public", kind="event", grid_m=40_000)
    (row,) = released(rows_of("event", full_row("event", "x")), PUBLIC, rules=(rule,))
    assert 40_000 <= (12 * row["cov_nn_m2"]) ** 0.5 < 41_000
