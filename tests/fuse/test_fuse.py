"""Observations of one happening become one event, and nothing else does."""

import random
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.fuse import DISAGREEMENTS, fuse
from truceline.model.batch import table
from truceline.model.event import EVENTS
from truceline.model.observation import ATTRIBUTES, OBSERVATIONS
from truceline.model.vocabulary import leaves_of

STRIKE: dict[str, Any] = {
    "source_id": "smm",
    "happening": "strike-17",
    "earliest_at_us": 1_000,
    "latest_at_us": 2_000,
    "act": "strike",
    "parties": ["AFC", "UAF"],
    "weapon_system": "",
    "weapon_class": "drone",
    "object_kind": "refinery",
    "inventory": "",
    "place_name": "",
}


def spot(lon_deg: float, sigma_m: float) -> dict[str, float]:
    return {
        "lon_deg": lon_deg,
        "lat_deg": 48.0,
        "cov_ee_m2": sigma_m**2,
        "cov_en_m2": 0.0,
        "cov_nn_m2": sigma_m**2,
    }


def observed(*rows: dict[str, Any]) -> pa.Table:
    return table([{"observation_id": f"obs-{n}", **STRIKE, **row} for n, row in enumerate(rows)], OBSERVATIONS)


def events(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    found = fuse(observed(*rows))
    assert found.schema == EVENTS
    return found.to_pylist()


def test_members_that_agree_give_what_all_can_agree_on() -> None:
    (event,) = events(
        {**spot(37.0, 2_000), "confidence_permille": 900, "count_lo": 1, "place_name": "district"},
        {
            **spot(37.01, 500),
            "earliest_at_us": 1_500,
            "latest_at_us": 9_000,
            "parties": ["AFC"],
            "weapon_class": "strike_drone",
            "weapon_system": "shahed",
            "confidence_permille": 700,
            "count_lo": 2,
            "count_hi": 4,
            "place_name": "village",
        },
        {"parties": [], "weapon_class": "", "object_kind": "", "calibre_lo_mm": 100},
    )
    assert event["disagreement"] == ""
    assert event["members"] == ["obs-0", "obs-1", "obs-2"]
    assert (event["earliest_at_us"], event["latest_at_us"]) == (1_500, 2_000)
    assert event["parties"] == ["AFC"]
    assert (event["act"], event["object_kind"]) == ("strike", "refinery")
    assert (event["weapon_class"], event["weapon_system"]) == ("strike_drone", "shahed")
    assert (event["count_lo"], event["count_hi"]) == (2, 4)
    assert (event["calibre_lo_mm"], event["calibre_hi_mm"]) == (100, None)
    assert (event["lon_deg"], event["cov_ee_m2"], event["place_name"]) == (37.01, 250_000.0, "village")
    assert event["confidence_permille"] == 700
    assert event["status"] == "preliminary"


def test_members_that_cannot_all_be_right_are_named_and_spanned() -> None:
    (event,) = events(
        {**spot(37.0, 100), "count_lo": 3, "count_hi": 3, "calibre_lo_mm": 122, "calibre_hi_mm": 122},
        {
            **spot(37.5, 200),
            "earliest_at_us": 5_000,
            "latest_at_us": 6_000,
            "parties": ["OTHER"],
            "weapon_class": "mortar",
            "weapon_system": "sani",
            "object_kind": "dwelling",
            "count_lo": 5,
            "count_hi": 6,
            "calibre_lo_mm": 152,
            "calibre_hi_mm": 152,
            "inventory": "a",
        },
        {"weapon_system": "shahed", "inventory": "b"},
    )
    assert event["disagreement"] == " ".join(DISAGREEMENTS)
    assert (event["earliest_at_us"], event["latest_at_us"]) == (1_000, 6_000)
    assert event["parties"] == ["AFC", "OTHER", "UAF"]
    assert (event["weapon_system"], event["weapon_class"]) == ("", "")
    assert (event["object_kind"], event["inventory"]) == ("", "")
    assert (event["calibre_lo_mm"], event["calibre_hi_mm"]) == (122, 152)
    assert (event["count_lo"], event["count_hi"]) == (3, 6)
    assert event["lon_deg"] == 37.0, "the member who knows the place best"


def test_places_that_both_errors_allow_do_not_disagree() -> None:
    (event,) = events(spot(37.0, 100), spot(37.05, 3_000))
    assert event["disagreement"] == ""


def test_a_single_observation_is_its_own_event_unchanged() -> None:
    (event,) = events({"happening": "", **spot(37.0, 100), "count_lo": 0, "count_hi": 0, "confidence_permille": 1})
    source = observed({"happening": "", **spot(37.0, 100), "count_lo": 0, "count_hi": 0, "confidence_permille": 1})
    (row,) = source.to_pylist()
    assert {name: event[name] for name, _ in ATTRIBUTES} == {name: row[name] for name, _ in ATTRIBUTES}


def test_observations_without_a_named_happening_are_never_joined() -> None:
    assert len(events({"happening": ""}, {"happening": ""}, {"happening": None})) == 3


def test_one_happening_with_two_acts_is_two_events_and_an_unstated_act_joins_a_single_one() -> None:
    assert [event["members"] for event in events({}, {"act": ""})] == [["obs-0", "obs-1"]]
    found = sorted(event["members"] for event in events({}, {"act": "launch"}, {"act": ""}))
    assert found == [["obs-0"], ["obs-1"], ["obs-2"]]


def test_an_id_stays_when_later_members_join_and_changes_when_an_earlier_one_does() -> None:
    (first,) = events({})
    (joined,) = events({}, {"earliest_at_us": 1_500})
    (earlier,) = events({}, {"earliest_at_us": 500})
    assert first["event_id"] == joined["event_id"] != earlier["event_id"]
    assert first["event_id"] == "evt-e1bd842bc5a9", "public ids never move"


def test_an_observation_without_time_is_no_reason_to_stop() -> None:
    (event,) = events({"earliest_at_us": None, "latest_at_us": None})
    assert event["earliest_at_us"] is None


def test_nothing_in_gives_nothing_out() -> None:
    assert fuse(observed()).num_rows == 0


WORDS = st.sampled_from(["", "drone", "strike_drone", "recon_drone", "mortar"])
SPOTS = st.one_of(st.just({}), st.builds(spot, st.sampled_from([37.0, 37.001, 37.4]), st.sampled_from([10.0, 900.0])))
ROWS = st.builds(
    lambda fields, place: {**fields, **place},
    st.fixed_dictionaries(
        {
            "happening": st.sampled_from(["", "a", "b"]),
            "act": st.sampled_from(["", "strike", "launch"]),
            "earliest_at_us": st.integers(0, 4),
            "latest_at_us": st.integers(4, 6),
            "parties": st.lists(st.sampled_from(["P", "Q", "R"]), unique=True),
            "weapon_class": WORDS,
            "count_lo": st.one_of(st.none(), st.integers(0, 4)),
            "count_hi": st.one_of(st.none(), st.integers(4, 9)),
            "confidence_permille": st.one_of(st.none(), st.integers(0, 1000)),
        }
    ),
    SPOTS,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=st.lists(ROWS, max_size=8), seed=st.integers(0, 10**6))
def test_the_order_of_the_input_changes_nothing(rows: list[dict[str, Any]], seed: int) -> None:
    given_in = observed(*rows).to_pylist()
    shuffled = list(given_in)
    random.Random(seed).shuffle(shuffled)
    assert fuse(table(shuffled, OBSERVATIONS)).equals(fuse(table(given_in, OBSERVATIONS)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=st.lists(ROWS, max_size=8))
def test_every_observation_is_in_one_event_and_every_event_agrees_with_it_or_says_where_not(
    rows: list[dict[str, Any]],
) -> None:
    found = events(*rows)
    named = {f"obs-{number}": row for number, row in enumerate(rows)}
    assert sorted(name for event in found for name in event["members"]) == sorted(named)
    assert found == sorted(found, key=lambda event: (event["earliest_at_us"], event["event_id"]))
    for event in found:
        said = event["disagreement"].split()
        for row in (named[name] for name in event["members"]):
            assert "time" in said or row["earliest_at_us"] <= event["earliest_at_us"]
            assert "time" not in said or row["earliest_at_us"] >= event["earliest_at_us"]
            assert "parties" in said or not row["parties"] or set(event["parties"]) <= set(row["parties"])
            assert "weapon_class" in said or leaves_of(event["weapon_class"]) <= leaves_of(row["weapon_class"])
            assert row["act"] in ("", event["act"])
