"""Who gets which row, from when, and what its columns then say: case by case."""

import dataclasses
from typing import Any

import pyarrow as pa
import pytest
from tests.release.world import (
    ALFA,
    BRAVO,
    DAY_US,
    EVERYBODY_ELSE,
    HOUR_US,
    NEVER_US,
    OPEN_RULES,
    OUTSIDE,
    SCHEMAS,
    full_row,
    released,
    rows_of,
    us,
)

from truceline.model.account import AUDITOR, MISSION, PUBLIC, Recipient
from truceline.model.release import ReleaseRule, Terms
from truceline.release import release, shown
from truceline.release.columns import BY_TREATMENT, COLUMNS, EMPTIED, Treatment
from truceline.release.floors import KINDS

EVENT = full_row("event", "evt-1")
TOLD_US = us("2031-05-02 10:31")
TO_ALFA = Terms(addressed={"evt-1": frozenset({"ALFA"})}, told={"evt-1": TOLD_US})
TO_BOTH = Terms(addressed={"evt-1": frozenset({"ALFA", "BRAVO"})}, told={"evt-1": TOLD_US})


def one(to: Recipient, terms: Terms | None = None, **values: Any) -> dict[str, Any]:
    """The event as this recipient gets it."""
    (row,) = released(rows_of("event", EVENT | values), to, terms=terms)
    return row


# --- nothing unless it is allowed ------------------------------


@pytest.mark.parametrize("to", OUTSIDE, ids=str)
@pytest.mark.parametrize("kind", SCHEMAS)
def test_without_a_rule_nothing_is_released(to: Recipient, kind: str) -> None:
    assert released(rows_of(kind, full_row(kind, "x")), to, kind=kind, rules=()) == []


@pytest.mark.parametrize("to", [Recipient(kind="party"), Recipient(kind="press"), Recipient(kind="public", party="X")])
def test_nobody_unknown_gets_anything(to: Recipient) -> None:
    assert released(rows_of("event", EVENT), to) == []


@pytest.mark.parametrize("to", EVERYBODY_ELSE, ids=str)
def test_no_unknown_kind_of_item_is_released(to: Recipient) -> None:
    assert released(rows_of("event", EVENT), to, kind="track") == []
    assert "track" not in KINDS


@pytest.mark.parametrize("to", EVERYBODY_ELSE, ids=str)
def test_a_column_that_nobody_entered_is_released_to_nobody_but_the_mission(to: Recipient) -> None:
    rows = rows_of("event", EVENT).append_column("altitude_hae_m", pa.array([120.5]))
    assert "altitude_hae_m" not in released(rows, to, terms=TO_ALFA)[0]
    assert "altitude_hae_m" in released(rows, MISSION)[0]


def test_every_column_of_every_table_was_entered_on_purpose() -> None:
    assert {name for schema in SCHEMAS.values() for name in schema.names} <= set(COLUMNS)


def test_the_mission_gets_everything_unchanged_and_at_once() -> None:
    rows = rows_of("event", EVENT)
    made = release(rows, kind="event", to=MISSION, rules=(), terms=Terms())
    assert made.drop_columns(["visible_from_us"]).equals(rows)
    assert made.column("visible_from_us").to_pylist() == [0]


@pytest.mark.parametrize("to", OUTSIDE, ids=str)
def test_an_item_whose_time_is_not_known_is_never_released(to: Recipient) -> None:
    assert released(rows_of("event", EVENT | {"latest_at_us": None}), to) == []


@pytest.mark.parametrize(
    ("treatment", "names"),
    [
        (Treatment.SECRET, "person observer_lon_deg observer_lat_deg observer_error_m range_lo_m bearing_hi_deg"),
        (Treatment.INNER, "members source_id sources certificate_sha256 raw_sha256 raw_at media could_be"),
        (Treatment.WORDS, "place_name remark words happening inventory reason_given not_verified corrected"),
        (Treatment.DETAIL, "missing disagreement confidence_permille means zone speaker"),
    ],
)
def test_the_columns_that_could_give_somebody_away_are_entered_so(treatment: Treatment, names: str) -> None:
    assert {name: COLUMNS[name] for name in names.split()} == dict.fromkeys(names.split(), treatment)


def test_no_column_is_entered_twice() -> None:
    entered = [name for names in BY_TREATMENT.values() for name in names.split()]
    assert len(entered) == len(set(entered)) == len(COLUMNS)


# --- what the columns say ------------------------------


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("to", OUTSIDE, ids=str)
def test_text_and_origins_are_emptied_for_those_whose_item_it_is_not(to: Recipient, kind: str) -> None:
    (row,) = released(rows_of(kind, full_row(kind, "x")), to, kind=kind)
    told = {name: row[name] for name in SCHEMAS[kind].names if COLUMNS[name] in EMPTIED and row[name]}
    assert told == {}


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("to", EVERYBODY_ELSE, ids=str)
def test_people_and_the_missions_own_positions_reach_nobody_else(to: Recipient, kind: str) -> None:
    own = Terms(compartments={"x": frozenset({"ALFA"})}, addressed={"x": frozenset({"BRAVO"})}, told={"x": 5})
    for terms in (Terms(), own):
        for row in released(rows_of(kind, full_row(kind, "x")), to, kind=kind, terms=terms):
            assert not any(row[name] for name in row if COLUMNS.get(name) is Treatment.SECRET)


@pytest.mark.parametrize("to", OUTSIDE, ids=str)
def test_raw_bytes_and_their_place_are_named_to_no_party_and_not_to_the_public(to: Recipient) -> None:
    own = Terms(compartments={"x": frozenset({"ALFA"})})
    for row in released(rows_of("observation", full_row("observation", "x")), to, kind="observation", terms=own):
        assert (row["raw_sha256"], row["raw_at"], row["source_id"]) == ("", "", "")


@pytest.mark.parametrize(
    ("to", "earliest", "latest"),
    [
        (ALFA, us("2031-05-02 10:00"), us("2031-05-02 11:00") - 1),
        (PUBLIC, us("2031-05-02"), us("2031-05-03") - 1),
        (AUDITOR, us("2031-05-02 10:20"), us("2031-05-02 10:25")),
    ],
)
def test_times_are_widened_outward(to: Recipient, earliest: int, latest: int) -> None:
    row = one(to)
    assert (row["earliest_at_us"], row["latest_at_us"]) == (earliest, latest)


@pytest.mark.parametrize("to", OUTSIDE, ids=str)
def test_two_times_in_one_hour_are_told_apart_by_nothing(to: Recipient) -> None:
    other = {"earliest_at_us": us("2031-05-02 10:01"), "latest_at_us": us("2031-05-02 10:02")}
    assert one(to) == one(to, **other)


@pytest.mark.parametrize("to", OUTSIDE, ids=str)
def test_the_order_of_rows_tells_nothing_of_their_times(to: Recipient) -> None:
    later = EVENT | {"event_id": "evt-0"}
    assert [row["event_id"] for row in released(rows_of("event", EVENT, later), to)] == ["evt-0", "evt-1"]
    assert [row["event_id"] for row in released(rows_of("event", later, EVENT), to)] == ["evt-0", "evt-1"]


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [(1, 1, (0, 4)), (0, 0, (0, 4)), (3, 9, (0, 9)), (5, 5, (5, 5)), (2, None, (0, None)), (None, None, (None, None))],
)
def test_a_small_count_is_fewer_than_the_least(lo: int | None, hi: int | None, expected: Any) -> None:
    rule = ReleaseRule(to="public", kind="event", least=5)
    (row,) = released(rows_of("event", EVENT | {"count_lo": lo, "count_hi": hi}), PUBLIC, rules=(rule,))
    assert (row["count_lo"], row["count_hi"]) == expected


def test_a_rule_hides_the_columns_it_names() -> None:
    rule = ReleaseRule(to="parties", kind="event", hide=("parties", "weapon_system", "lon_deg", "earliest_at_us"))
    (row,) = released(rows_of("event", EVENT), ALFA, rules=(rule,))
    assert (row["parties"], row["weapon_system"], row["lon_deg"], row["earliest_at_us"]) == ([], "", None, None)


def test_a_missing_place_stays_missing() -> None:
    missing = dict.fromkeys(("lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2"))
    for to in EVERYBODY_ELSE:
        assert one(to, **missing).items() >= missing.items()


def test_the_auditor_sees_every_row_without_people_and_exact_places() -> None:
    terms = Terms(compartments={"x": frozenset({"ALFA"})}, embargoed=frozenset({"x"}))
    (row,) = released(rows_of("casualty", full_row("casualty", "x")), AUDITOR, kind="casualty", rules=(), terms=terms)
    assert (row["person"], row["words"], row["place_name"]) == ("", "", "")
    assert (row["source_id"], row["raw_at"]) == ("source_id of x", "raw_at of x")
    assert (row["lon_deg"], row["lat_deg"]) != (37.512345, 48.054321)
    assert row["visible_from_us"] == 0


# --- from when ------------------------------


@pytest.mark.parametrize(
    ("to", "delay", "act", "visible"),
    [
        (ALFA, "", "fire", us("2031-05-02 12:00")),  # hour widened to 11:00, and the floor of an hour
        (ALFA, "6h", "fire", us("2031-05-02 17:00")),
        (ALFA, "6h", "move", us("2031-05-03 11:00")),
        (PUBLIC, "", "fire", us("2031-05-04")),
        (PUBLIC, "3d", "fire", us("2031-05-06")),
        (PUBLIC, "", "move", us("2031-05-06")),
        (PUBLIC, "", "", us("2031-05-06")),  # an act that is not known is taken as a unit's
    ],
)
def test_a_row_is_visible_when_its_widened_time_and_the_delay_are_over(
    to: Any, delay: str, act: str, visible: int
) -> None:
    name = "parties" if to == ALFA else "public"
    rule = ReleaseRule(to=name, kind="event", delay=delay)
    rows = release(rows_of("event", EVENT | {"act": act}), kind="event", to=to, rules=(rule,), terms=Terms())
    assert rows.column("visible_from_us").to_pylist() == [visible]
    assert len(shown(rows, now_us=visible - 1)) == 0
    assert len(shown(rows, now_us=visible)) == 1
    assert "visible_from_us" not in shown(rows, now_us=visible).column_names


@pytest.mark.parametrize(
    ("stated", "status", "goes"),
    [
        ("preliminary", "rejected", False),
        ("preliminary", "reported", False),
        ("preliminary", "preliminary", True),
        ("reviewed", "confirmed", False),
        ("reviewed", "final", True),
        ("reported", "on no ladder", False),
    ],
)
def test_what_stands_below_the_rules_status_is_not_released(stated: str, status: str, goes: bool) -> None:
    rule = ReleaseRule(to="public", kind="event", status=stated)
    assert bool(released(rows_of("event", EVENT | {"status": status}), PUBLIC, rules=(rule,))) is goes


def test_of_two_rules_for_one_recipient_the_stricter_holds() -> None:
    rules = (ReleaseRule(to="public", kind="event", delay="5d"), ReleaseRule(to="public", kind="event", least=9))
    for pair in (rules, rules[::-1]):
        (row,) = released(rows_of("event", EVENT), PUBLIC, rules=pair)
        assert row["visible_from_us"] == us("2031-05-08")
        assert row["count_hi"] == 8


def test_a_bulletin_is_not_delayed() -> None:
    rows = pa.table({"bulletin_id": ["TL-1"], "level": ["FLASH"], "at_us": [TOLD_US]})
    made = release(rows, kind="bulletin", to=PUBLIC, rules=OPEN_RULES, terms=Terms())
    assert len(shown(made, now_us=TOLD_US + 1)) == 1


# --- addressed ------------------------------


def test_the_addressed_party_gets_the_exact_place_and_time_once_told_even_without_a_rule() -> None:
    (row,) = released(rows_of("event", EVENT), ALFA, rules=(), terms=TO_ALFA)
    assert (row["lon_deg"], row["lat_deg"], row["cov_ee_m2"]) == (37.512345, 48.054321, 7.5)
    assert (row["place_name"], row["latest_at_us"]) == ("place_name of evt-1", EVENT["latest_at_us"])
    assert row["visible_from_us"] == TOLD_US
    assert row["members"] == []


def test_no_rule_hides_its_place_from_the_addressed_party() -> None:
    rule = ReleaseRule(to="parties", kind="event", hide=("lon_deg", "lat_deg", "weapon_system"))
    (row,) = released(rows_of("event", EVENT), ALFA, rules=(rule,), terms=TO_ALFA)
    assert (row["lon_deg"], row["lat_deg"], row["weapon_system"]) == (37.512345, 48.054321, "")


@pytest.mark.parametrize("act", ["fire", "strike", "move"])
@pytest.mark.parametrize("to", [BRAVO, PUBLIC], ids=str)
def test_the_exact_place_goes_to_nobody_else(to: Recipient, act: str) -> None:
    assert one(to, TO_ALFA, act=act) == one(to, Terms(), act=act)


def test_before_it_is_told_the_addressed_party_is_like_any_other() -> None:
    assert one(ALFA, dataclasses.replace(TO_ALFA, told={})) == one(ALFA)


@pytest.mark.parametrize(
    ("act", "exact"), [("strike", True), ("build", True), ("fire", False), ("move", False), ("", False)]
)
@pytest.mark.parametrize("to", [ALFA, BRAVO], ids=str)
def test_of_two_addressees_neither_learns_where_the_others_weapon_may_be(to: Recipient, act: str, exact: bool) -> None:
    assert (one(to, TO_BOTH, act=act)["lon_deg"] == EVENT["lon_deg"]) is exact


def test_both_addressees_get_their_case_with_its_times() -> None:
    case = pa.table(
        {"case_id": ["evt-1"], "opened_at_us": [TOLD_US], "due_at_us": [TOLD_US + 5], "words": ["until then"]}
    )
    for to in (ALFA, BRAVO):
        (row,) = released(case, to, kind="case", rules=(), terms=TO_BOTH)
        assert (row["due_at_us"], row["words"]) == (TOLD_US + 5, "until then")
    assert released(case, PUBLIC, kind="case", rules=(), terms=TO_BOTH) == []


# --- compartments ------------------------------


@pytest.mark.parametrize(
    ("compartments", "alfa", "bravo", "public"),
    [
        ((), True, True, True),
        (("ALFA",), True, False, False),
        (("", "ALFA"), True, False, False),
        (("ALFA", "BRAVO"), False, False, False),
    ],
)
def test_what_rests_on_a_partys_confidential_row_goes_to_nobody_else(
    compartments: tuple[str, ...], alfa: bool, bravo: bool, public: bool
) -> None:
    terms = Terms(compartments={"evt-1": frozenset(compartments)} if compartments else {})
    assert [bool(released(rows_of("event", EVENT), to, terms=terms)) for to in OUTSIDE] == [alfa, bravo, public]


@pytest.mark.parametrize(
    ("kind", "column"), [("event", "members"), ("event", "aliases"), ("finding", "event_ids"), ("case", "finding_ids")]
)
def test_what_names_a_confidential_row_is_withheld_with_it(kind: str, column: str) -> None:
    terms = Terms(compartments={"secret": frozenset({"ALFA"})})
    if kind == "case":
        rows = pa.table({"case_id": ["c"], "opened_at_us": [5], "finding_ids": [["open", "secret"]]})
    else:
        rows = rows_of(kind, full_row(kind, "x", **{column: ["open", "secret"]}))
    assert [bool(released(rows, to, kind=kind, terms=terms)) for to in OUTSIDE] == [True, False, False]


def test_a_party_gets_what_it_sent_in_as_it_sent_it_without_a_rule_and_at_once() -> None:
    terms = Terms(compartments={"x": frozenset({"ALFA"})})
    rule = ReleaseRule(to="parties", kind="observation", hide=("act",))
    for rules in ((), (rule,)):
        (row,) = released(
            rows_of("observation", full_row("observation", "x")), ALFA, kind="observation", rules=rules, terms=terms
        )
        assert (row["lon_deg"], row["remark"], row["act"]) == (37.512345, "remark of x", "fire")
        assert row["visible_from_us"] == 0


def test_what_the_mission_made_of_it_is_released_by_the_rules() -> None:
    terms = Terms(compartments={"evt-1": frozenset({"ALFA"})})
    assert released(rows_of("event", EVENT), ALFA, rules=(), terms=terms) == []
    assert one(ALFA, terms) == one(ALFA)


def test_what_a_party_agreed_to_disclose_is_released_by_the_rules() -> None:
    terms = Terms(compartments={"evt-1": frozenset({"ALFA"})}, shared=frozenset({"evt-1"}))
    assert one(BRAVO, terms) == one(BRAVO)


def test_being_addressed_or_published_opens_no_compartment() -> None:
    terms = Terms(
        compartments={"evt-1": frozenset({"BRAVO"})},
        addressed={"evt-1": frozenset({"ALFA"})},
        told={"evt-1": 5},
        published={"evt-1": 5},
    )
    assert released(rows_of("event", EVENT), ALFA, terms=terms) == []
    assert released(rows_of("event", EVENT), PUBLIC, terms=terms) == []


# --- embargo, publication, pictures ------------------------------


@pytest.mark.parametrize("to", OUTSIDE, ids=str)
def test_an_embargo_withholds_the_item_and_what_rests_on_it(to: Recipient) -> None:
    terms = dataclasses.replace(TO_ALFA, embargoed=frozenset({"evt-1"}), published={"evt-1": 5})
    finding = full_row("finding", "fnd-1", event_ids=["evt-1"])
    assert released(rows_of("event", EVENT), to, terms=terms) == []
    assert released(rows_of("finding", finding), to, kind="finding", terms=terms) == []


@pytest.mark.parametrize(
    ("act", "published", "visible"),
    [
        ("fire", us("2031-05-03 09:00"), us("2031-05-04")),  # the floor of a day holds
        ("move", us("2031-05-03 09:00"), us("2031-05-06")),
        ("fire", us("2031-05-05 09:00"), us("2031-05-05 09:00")),
        ("fire", us("2031-06-15 09:00"), us("2031-06-02")),  # the rule had released it before
    ],
)
def test_a_publication_shortens_the_rules_delay_and_no_floor(act: str, published: int, visible: int) -> None:
    rule = ReleaseRule(to="public", kind="event", delay="30d")
    (row,) = released(
        rows_of("event", EVENT | {"act": act}), PUBLIC, rules=(rule,), terms=Terms(published={"evt-1": published})
    )
    assert row["visible_from_us"] == visible
    assert row["lon_deg"] != EVENT["lon_deg"]


def test_a_publication_overrules_the_rules_status_and_reaches_nobody_without_a_rule() -> None:
    terms = Terms(published={"evt-1": us("2031-05-08")})
    rule = ReleaseRule(to="public", kind="event", status="final")
    assert len(released(rows_of("event", EVENT), PUBLIC, rules=(rule,), terms=terms)) == 1
    assert released(rows_of("event", EVENT), ALFA, rules=(rule,), terms=terms) == []


def test_a_picture_is_released_only_by_a_persons_decision() -> None:
    rows = pa.table({"sha256": ["a" * 64], "event_id": ["evt-1"], "media_type": ["image/jpeg"], "at_us": [TOLD_US]})
    assert [released(rows, to, kind="media") for to in EVERYBODY_ELSE] == [[], [], [], []]
    published = Terms(published={"a" * 64: TOLD_US})
    assert [len(released(rows, to, kind="media", terms=published)) for to in OUTSIDE] == [1, 1, 1]
    withheld = dataclasses.replace(published, embargoed=frozenset({"evt-1"}))
    assert [released(rows, to, kind="media", terms=withheld) for to in OUTSIDE] == [[], [], []]


def test_nothing_is_visible_before_its_own_hour_is_over() -> None:
    for to, unit_us in ((ALFA, HOUR_US), (PUBLIC, DAY_US)):
        row = one(to)
        assert row["latest_at_us"] % unit_us == unit_us - 1
        assert NEVER_US > row["visible_from_us"] > row["latest_at_us"]
