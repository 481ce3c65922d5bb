"""What a person decided stands, whatever comes in later; and what cannot be meant is refused before it is recorded."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.fuse.reports import T0_US, Desk, Row, holding, observed, report, together

from truceline.base.errors import InputError, OutOfRangeError, ReviewError, UnknownNameError, UnreadableError
from truceline.fuse import check_review, fuse, standing, unapplied
from truceline.model.review import ACTS_OF_REVIEW, STATUSES, Review, finding_status, of_double_review

ONE, TWO = report("one", "post-1"), report("two", "post-2", 1)


# --- golden case 21 ---------------------------------------------------------------------------------------


def test_golden_case_21_a_split_survives_relocation() -> None:
    """Two posts heard what automation took for one shot; Anna split it; then the places are worked out again."""
    desk = Desk(ONE, TWO)
    assert together(desk.events) == [["one", "two"]]
    desk.decide("split", "one", members=("two",))
    assert together(desk.events) == [["one"], ["two"]]

    relocated = [ONE, TWO | {name: ONE[name] for name in ("lon_deg", "lat_deg", "earliest_at_us", "latest_at_us")}]
    again = fuse(observed(relocated), reviews=desk.reviews, journal=desk.journal, associate="near").to_pylist()
    assert together(again) == [["one"], ["two"]], "at the same place and second they are still two"

    desk.arrive(report("three", "post-3"), report("four", "post-4", 1))
    assert not {"one", "two"} <= set(holding(desk.events, "one")["members"]), "nor do later posts bridge them"
    assert sorted(len(event["members"]) for event in desk.events) == [1, 3]


# --- what each decision does ------------------------------------------------------------------------------


def test_each_decision_puts_the_event_on_its_rung_of_the_ladder() -> None:
    desk = Desk(ONE, TWO)
    for act, parts, rung in (
        ("confirm", {}, "confirmed"),
        ("review", {}, "reviewed"),
        ("confirm", {}, "reviewed"),
        ("finalise", {}, "final"),
        ("correct", {"values": (("act", "strike"),)}, "confirmed"),
        ("reject", {}, "rejected"),
        ("confirm", {}, "confirmed"),
    ):
        desk.decide(act, "one", **parts)
        (event,) = desk.events
        assert event["status"] == rung, act
    assert event["origin"] == "automatic", "a person agreed that it is one event; automation made it one"


def test_a_correction_says_what_the_person_says_and_keeps_what_automation_said() -> None:
    desk = Desk(ONE, TWO)
    values = {
        "lon_deg": "37.5",
        "lat_deg": "48.25",
        "error_m": "244.77",
        "parties": "Q; P",
        "count_lo": "2",
        "count_hi": "",
    }
    desk.decide("correct", "one", values=tuple(values.items()))
    (event,) = desk.events
    assert (event["lon_deg"], event["lat_deg"], event["parties"]) == (37.5, 48.25, ["P", "Q"])
    assert (round(event["cov_ee_m2"]), event["cov_en_m2"], round(event["cov_nn_m2"])) == (10_000, 0, 10_000)
    assert (event["count_lo"], event["count_hi"], event["act"]) == (2, None, "fire")
    assert event["corrected"][:2] == ["lon_deg=37.0", "lat_deg=48.0"]
    assert {"parties=", "count_lo=", "cov_ee_m2=2500.0"} <= set(event["corrected"])
    desk.decide("correct", "one", values=(("count_lo", "5"), ("count_hi", "5")))
    (event,) = desk.events
    assert (event["count_lo"], event["parties"]) == (5, ["P", "Q"]), "the later word on each column stands"


def test_late_reports_support_what_a_person_decided_and_change_nothing_that_it_says() -> None:
    desk = Desk(ONE | {"act": "fire"}, TWO)
    desk.decide("confirm", "one")
    (before,) = desk.events
    desk.arrive(report("three", "post-3", 0.5, half_s=0.6, sigma_m=5, weapon_class="mortar", count_lo=4))
    (after,) = desk.events
    assert after["members"] == ["one", "three", "two"]
    assert {**after, "members": before["members"]} == before
    desk.decide("confirm", "one")
    (again,) = desk.events
    assert (again["weapon_class"], again["count_lo"]) == ("mortar", 4), "a person who looks again sees it whole"


def test_a_late_report_that_disagrees_with_a_confirmed_event_is_named_and_changes_nothing() -> None:
    desk = Desk(ONE | {"happening": "H"}, associate="stated")
    desk.decide("confirm", "one")
    desk.arrive(report("late", "paper", 9_000, happening="H", east_m=90_000, weapon_class="mortar"))
    (event,) = desk.events
    assert event["disagreement"] == "time place"
    assert (event["lon_deg"], event["weapon_class"], event["members"]) == (37.0, "", ["late", "one"])


def test_what_a_person_rejected_takes_nothing_in_and_is_not_judged() -> None:
    desk = Desk(ONE | {"happening": "H"})
    desk.decide("reject", "one")
    desk.arrive(TWO, report("three", "post-3", happening="H"))
    assert together(desk.events) == [["one"], ["three", "two"]], "new evidence is an event of its own"
    assert together(standing(desk.table).to_pylist()) == [["three", "two"]]


def test_a_merge_keeps_the_older_id_and_the_other_is_its_alias_until_a_split() -> None:
    desk = Desk(TWO)
    desk.arrive(report("earlier", "post-3", -500))
    younger, older = (holding(desk.events, member)["event_id"] for member in ("earlier", "two"))
    desk.decide("merge", "earlier", others=(older,))
    (event,) = desk.events
    assert (event["event_id"], event["aliases"]) == (older, [younger]), "older is what was given first"
    assert (event["origin"], event["status"], event["disagreement"]) == ("person", "confirmed", "time")
    desk.decide("split", "two", members=("earlier",))
    assert {e["event_id"]: e["members"] for e in desk.events} == {older: ["two"], younger: ["earlier"]}


def test_a_split_keeps_id_and_corrections_with_the_earliest_member_at_creation() -> None:
    desk = Desk(ONE, TWO)
    (event,) = desk.events
    desk.decide("correct", "one", values=(("act", "strike"),))
    desk.arrive(report("earlier", "post-3", -1))
    desk.decide("split", "two", members=("one",))
    kept, new = holding(desk.events, "one"), holding(desk.events, "two")
    assert (kept["event_id"], kept["act"], kept["members"]) == (event["event_id"], "strike", ["one"])
    assert (new["act"], new["corrected"], new["members"]) == ("fire", [], ["earlier", "two"])
    assert kept["origin"] == new["origin"] == "person"
    assert kept["status"] == new["status"] == "confirmed"


def test_what_automation_missed_is_an_event_of_a_class_of_its_own() -> None:
    desk = Desk(ONE, TWO, report("far", "post-3", 900))
    desk.decide("add", members=("far", "two"))
    missed = holding(desk.events, "far")
    assert (missed["origin"], missed["status"], missed["members"]) == ("missed", "confirmed", ["far", "two"])
    assert holding(desk.events, "one")["members"] == ["one"]


def test_two_events_that_people_confirmed_are_never_joined_by_automation() -> None:
    desk = Desk(ONE)
    desk.decide("confirm", "one")
    desk.arrive(report("two", "post-2", 1, act="strike"))
    desk.decide("correct", "two", values=(("act", "fire"),))
    desk.arrive(report("three", "post-3"))
    assert sorted(len(event["members"]) for event in desk.events) == [1, 2]


def test_reports_of_one_stated_happening_that_a_person_split_go_where_they_fit_else_to_the_first() -> None:
    here, there = {"happening": "H"}, {"happening": "H", "east_m": 50_000}
    desk = Desk(report("a", "s-1", **here), report("b", "s-2", **there), associate="stated")
    desk.decide("split", "a", members=("b",))
    desk.arrive(report("c", "s-3", **there), report("d", "s-4", happening="H", east_m=20_000))
    assert together(desk.events) == [["a", "d"], ["b", "c"]]


def test_a_later_decision_outranks_an_earlier_one() -> None:
    desk = Desk(ONE, TWO)
    desk.decide("split", "one", members=("two",))
    desk.decide("merge", "one", others=(holding(desk.events, "two")["event_id"],))
    assert together(desk.events) == [["one", "two"]]
    desk.decide("split", "one", members=("one",))
    assert together(desk.events) == [["one"], ["two"]]


def test_a_decision_whose_reports_were_read_again_is_named_and_never_lost_in_silence() -> None:
    desk = Desk(ONE, TWO, report("far", "post-3", 900))
    desk.decide("split", "one", members=("two",))
    desk.decide("confirm", "far")
    desk.decide("confirm", "one")
    reread = ["one", "far"]
    assert [(u.number, u.missing, u.whole) for u in unapplied(desk.reviews, reread)] == [(0, ("two",), True)]
    assert [(u.number, u.whole) for u in unapplied(desk.reviews, ["two"])] == [(0, True), (1, True), (2, True)]
    desk.decide("merge", "one", others=(holding(desk.events, "two")["event_id"],))
    assert [(u.number, u.whole) for u in unapplied(desk.reviews, reread)] == [(0, True), (3, False)]
    assert unapplied(desk.reviews, ["one", "two", "far"]) == ()
    events = fuse(observed([ONE]), reviews=desk.reviews).to_pylist()
    assert together(events) == [["one"]], "what is left of it holds"


def test_decisions_of_a_double_review_decide_nothing() -> None:
    desk = Desk(ONE, TWO)
    (event,) = desk.events
    asked = Review(event_id=event["event_id"], act="reject", at_us=T0_US, author="berta", blind="week-3")
    blind = check_review(asked, desk.table)
    assert fuse(observed(desk.rows), reviews=[blind], associate="near").to_pylist() == [event]
    reference = fuse(observed(desk.rows), reviews=of_double_review([blind], blind="week-3"), associate="near")
    assert reference["status"].to_pylist() == ["rejected"]
    assert of_double_review([blind], blind="week-4") == ()


def test_a_finding_is_as_settled_as_the_least_settled_of_its_events() -> None:
    statuses = {"a": "final", "b": "confirmed", "c": "rejected"}
    assert finding_status(["a", "b"], statuses) == "confirmed"
    assert finding_status(["a", "c"], statuses) == "rejected"
    assert finding_status([], statuses) == "preliminary"


# --- what is refused before it is recorded ----------------------------------------------------------------

PLACE = (("lon_deg", "37"), ("lat_deg", "48"), ("error_m", "100"))
REFUSED: list[tuple[str, str, dict[str, Any], type[InputError], str]] = [
    ("no such act", "bless", {}, UnknownNameError, "act: 'bless' is no decision"),
    ("no such event", "confirm", {"event_id": "evt-none"}, UnknownNameError, "evt-none: there is no such event"),
    ("members where none belong", "confirm", {"members": ("one",)}, ReviewError, "members: 1 are given"),
    ("a split of nothing", "split", {}, ReviewError, "members: 0 are given"),
    ("a split that leaves nothing", "split", {"members": ("one", "two")}, ReviewError, "2 of 2 members"),
    ("a member twice", "split", {"members": ("one", "one")}, ReviewError, "members: one is named twice"),
    ("a member of another event", "split", {"members": ("far",)}, UnknownNameError, "far is no member of evt-"),
    (
        "an observation that is not there",
        "add",
        {"event_id": "", "members": ("x",)},
        UnknownNameError,
        "x is no member",
    ),
    ("a merge with nothing", "merge", {}, ReviewError, "others: 0 are given"),
    ("a merge with what is not there", "merge", {"others": ("evt-0",)}, UnknownNameError, "evt-0: there is no"),
    ("a second look before the first", "review", {}, ReviewError, "is preliminary, and not yet confirmed"),
    ("final before reviewed", "finalise", {}, ReviewError, "is preliminary, and not yet reviewed"),
    ("a correction of nothing", "correct", {}, ReviewError, "values: 0 are given"),
    ("a column that is not said", "correct", {"values": (("members", "one"),)}, UnknownNameError, "members: it cannot"),
    ("a status by correction", "correct", {"values": (("status", "final"),)}, UnknownNameError, "status: it cannot"),
    ("a word of no list", "correct", {"values": (("act", "shoot"),)}, UnknownNameError, "act: 'shoot' is no such"),
    ("a party of no mandate", "correct", {"values": (("parties", "P;X"),)}, UnknownNameError, "parties: 'X' is no"),
    ("a place without its error", "correct", {"values": PLACE[:2]}, ReviewError, "lon_deg and lat_deg without error_m"),
    ("half a place", "correct", {"values": (("lon_deg", ""), *PLACE[1:])}, ReviewError, "half a place"),
    (
        "a longitude of nowhere",
        "correct",
        {"values": (("lon_deg", "181"), *PLACE[1:])},
        OutOfRangeError,
        "lon_deg: 181",
    ),
    ("no error at all", "correct", {"values": (*PLACE[:2], ("error_m", "0"))}, OutOfRangeError, "error_m: 0"),
    ("not a number", "correct", {"values": (("lon_deg", "nan"), *PLACE[1:])}, UnreadableError, "'nan' is no number"),
    ("one end of a time", "correct", {"values": (("earliest_at_us", "5"),)}, ReviewError, "without latest_at_us"),
    (
        "a time that ends before it begins",
        "correct",
        {"values": (("earliest_at_us", "5"), ("latest_at_us", "4"))},
        OutOfRangeError,
        "earliest_at_us, latest_at_us: 5 to 4",
    ),
    (
        "no time",
        "correct",
        {"values": (("earliest_at_us", ""), ("latest_at_us", "4"))},
        ReviewError,
        "earliest_at_us: it is empty",
    ),
    (
        "a count below none",
        "correct",
        {"values": (("count_lo", "-1"), ("count_hi", ""))},
        OutOfRangeError,
        "count_lo: -1",
    ),
    ("a line break", "correct", {"values": (("place_name", "a\nb"),)}, UnreadableError, "place_name: it holds"),
    ("a novel", "correct", {"values": (("place_name", "a" * 201),)}, UnreadableError, "place_name: 201 characters"),
    ("what was shown has changed", "confirm", {"seen": (("evt-0", ("one",)),)}, ReviewError, "no longer those"),
]


@pytest.mark.parametrize(("act", "parts", "error", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_decision_that_cannot_be_meant_is_refused(act: str, parts: Any, error: type[InputError], says: str) -> None:
    desk = Desk(ONE, TWO, report("far", "post-3", 900))
    fields = {
        "event_id": holding(desk.events, "one")["event_id"],
        "act": act,
        "at_us": T0_US,
        "author": "anna",
        **parts,
    }
    with pytest.raises(error) as caught:
        check_review(Review(**fields), desk.table, parties={"P", "Q"})
    assert type(caught.value) is error
    assert says in str(caught.value)


def test_a_decision_about_an_alias_is_sent_to_the_event_that_holds_it() -> None:
    desk = Desk(ONE, report("far", "post-3", 900))
    one, far = (holding(desk.events, member)["event_id"] for member in ("one", "far"))
    desk.decide("merge", "one", others=(far,))
    with pytest.raises(UnknownNameError, match=f"{far}: it is now part of {one}"):
        check_review(Review(event_id=far, act="confirm", at_us=T0_US, author="anna"), desk.table)


def test_what_a_party_sent_in_confidence_is_not_put_together_with_anything_else() -> None:
    desk = Desk(ONE, report("far", "liaison", 900))
    one, far = (holding(desk.events, member)["event_id"] for member in ("one", "far"))
    merge = Review(event_id=one, act="merge", others=(far,), at_us=T0_US, author="anna")
    with pytest.raises(ReviewError, match="2 compartments"):
        check_review(merge, desk.table, compartments={"far": "P"})
    assert check_review(merge, desk.table, compartments={"far": "P", "one": "P"}).seen
    add = Review(event_id="", act="add", members=("far", "one"), at_us=T0_US, author="anna")
    with pytest.raises(ReviewError, match="2 compartments"):
        check_review(add, desk.table, compartments={"far": "P"})


def test_every_place_name_and_every_word_of_a_correction_may_be_unknown() -> None:
    desk = Desk(ONE | {"weapon_class": "mortar"})
    empty = ("weapon_class", "place_name", "parties", "calibre_lo_mm", "calibre_hi_mm", "lon_deg", "lat_deg", "error_m")
    desk.decide("correct", "one", values=tuple((name, "") for name in empty))
    (event,) = desk.events
    assert (event["weapon_class"], event["parties"], event["lon_deg"], event["cov_nn_m2"]) == ("", [], None, None)


# --- whatever comes in, in whatever order -----------------------------------------------------------------

ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from(["s-1", "s-2", "s-3", "s-4"]),
        st.integers(-4, 8),
        st.sampled_from([0, 60, 150, 300]),
        st.sampled_from(["", "", "H"]),
        st.sampled_from([1, 2, 200]),
    ),
    min_size=2,
    max_size=8,
)
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS_OF_REVIEW), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=5
)


def rows_of(drawn: list[tuple[str, int, int, str, int]], prefix: str) -> list[Row]:
    return [
        report(f"{prefix}-{n}", source, at_s, east_m=east_m, happening=happening, half_s=half_s)
        for n, (source, at_s, east_m, happening, half_s) in enumerate(drawn)
    ]


def decide_somehow(desk: Desk, act: str, one: int, other: int) -> None:
    """A decision about one of the events that stand, where it can be meant."""
    events = desk.events
    event, second = events[one % len(events)], events[other % len(events)]
    members = tuple(member for n, member in enumerate(event["members"]) if (other >> n) & 1)
    parts: dict[str, Any] = {
        "split": {"members": members},
        "merge": {"others": (second["event_id"],)},
        "add": {"members": tuple(dict.fromkeys((event["members"][0], second["members"][-1])))},
        "correct": {"values": (("count_lo", str(one)), ("count_hi", ""))},
    }.get(act, {})
    try:
        desk.decide(act, "" if act == "add" else event["members"][0], **parts)
    except ReviewError:
        assert act in ("split", "merge", "review", "finalise"), "nothing to split, itself, or not yet its turn"


def run(first: list[Row], later: list[Row], steps: list[tuple[str, int, int]]) -> Desk:
    """Reports and decisions in turns."""
    desk = Desk(*first)
    waiting = list(later)
    for act, one, other in steps:
        decide_somehow(desk, act, one, other)
        if waiting:
            desk.arrive(waiting.pop())
    desk.arrive(*waiting)
    return desk


@budget(30)
@given(first=ARRIVALS, later=ARRIVALS, steps=STEPS, seed=st.integers(0, 99))
def test_the_order_of_reports_and_of_arrivals_changes_nothing(first: Any, later: Any, steps: Any, seed: int) -> None:
    desk = run(rows_of(first, "a"), rows_of(later, "b"), steps)
    shuffled = list(desk.rows)
    random.Random(seed).shuffle(shuffled)
    settled: dict[str, Any] = {"reviews": desk.reviews, "associate": "near"}
    again = fuse(observed(shuffled), journal=desk.journal, **settled)
    assert again.equals(desk.table)
    replayed = fuse(observed(shuffled), **settled).to_pylist()
    assert together(replayed) == together(desk.events), "the journal names events, it does not make them"
    assert sorted(m for event in desk.events for m in event["members"]) == sorted(
        r["observation_id"] for r in desk.rows
    )


@budget(30)
@given(first=ARRIVALS, later=ARRIVALS, steps=STEPS)
def test_what_a_person_put_together_or_apart_last_stays_so(first: Any, later: Any, steps: Any) -> None:
    desk = run(rows_of(first, "a"), rows_of(later, "b"), steps)
    settled: set[str] = set()
    for review in reversed(desk.reviews):
        spoken = set(review.members) if review.act == "add" else {m for _, members in review.seen for m in members}
        parts = [set(review.members), spoken - set(review.members)] if review.act == "split" else [spoken]
        for part in parts:
            free = sorted(part - settled)
            assert len({holding(desk.events, member)["event_id"] for member in free}) <= 1, "nobody parts them"
        homes = [{holding(desk.events, member)["event_id"] for member in part - settled} for part in parts]
        assert len(set().union(*homes)) == sum(map(len, homes)), "nobody joins them"
        settled |= spoken


@budget(30)
@given(first=ARRIVALS, later=ARRIVALS, steps=STEPS)
def test_an_id_that_was_given_is_an_event_or_the_alias_of_one_for_ever(first: Any, later: Any, steps: Any) -> None:
    desk = run(rows_of(first, "a"), rows_of(later, "b"), steps)
    names = [name for event in desk.events for name in (event["event_id"], *event["aliases"])]
    assert sorted(names) == sorted(desk.journal), "each once, and none besides"
    order = list(desk.journal)
    for event in desk.events:
        ranks = [order.index(name) for name in (event["event_id"], *event["aliases"])]
        assert ranks == sorted(ranks), "the oldest is the event's, the others follow in the order they were given"
    assert all(event["status"] in STATUSES for event in desk.events)


def test_an_id_stays_when_an_earlier_report_comes_in_late() -> None:
    desk = Desk(ONE)
    (event,) = desk.events
    desk.arrive(report("earlier", "post-3", -1))
    (joined,) = desk.events
    assert (joined["event_id"], joined["members"]) == (event["event_id"], ["earlier", "one"])
    without = fuse(observed(desk.rows), associate="near")["event_id"].to_pylist()
    assert without != [event["event_id"]], "without the journal nothing says so"


def test_without_a_journal_the_id_that_a_person_saw_stays() -> None:
    desk = Desk(ONE)
    seen = desk.decide("confirm", "one").event_id
    rows = [ONE, report("earlier", "post-3", -1)]
    found = fuse(observed(rows), reviews=desk.reviews, associate="near").to_pylist()
    assert [(event["event_id"], event["members"]) for event in found] == [(seen, ["earlier", "one"])]


def test_where_the_first_report_is_gone_its_id_goes_to_the_next_that_was_there() -> None:
    desk = Desk(ONE, TWO)
    (event,) = desk.events
    left = fuse(observed([TWO]), journal=desk.journal, associate="near").to_pylist()
    assert [each["event_id"] for each in left] == [event["event_id"]]
