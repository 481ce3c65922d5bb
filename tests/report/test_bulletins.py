"""What an issue lists and counts at each level, and that every difference from the superseded one is named."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.report.bulletin_world import (
    ATTACHMENTS,
    CASE,
    CLOCK,
    DAY,
    EVENTS_OF_THE_DAY,
    FINDINGS_OF_THE_DAY,
    QUIET,
    event,
    finding,
    only,
    rows,
    us,
)

from truceline.base.canonical import sha256_hex
from truceline.base.errors import OutOfRangeError, TotalsError, UnreadableError
from truceline.model.bulletin import BULLETINS, LANGUAGES, LEVELS, Bulletin, Footing, Level
from truceline.model.event import EVENTS
from truceline.model.finding import FINDINGS
from truceline.model.observation import OBSERVATIONS
from truceline.model.source import Source
from truceline.report.bulletins import (
    FLASH_WITHIN_US,
    Material,
    bulletin,
    bulletin_of,
    check_totals,
    final_period,
    footings,
    json_bytes,
    latest_us,
    listing,
    period_of,
    render,
)
from truceline.report.bulletins.changes import facts_of

GOLDEN = Path(__file__).with_name("golden")
KNOWN_US = us("2027-03-04 06:12") + 34 * 10**6  # when the first event of the day came in
SOON_US = KNOWN_US + 40 * 10**6


def flash(**values: object) -> Bulletin:
    material = replace(DAY, events=only("evt-a1", status="preliminary"), known_at_us=KNOWN_US, attachments=(), **values)
    return bulletin("FLASH", material, period=period_of("FLASH", clock=CLOCK, at_us=KNOWN_US), now_us=SOON_US)


def rvb(material: Material = DAY, previous: Bulletin | None = None) -> Bulletin:
    period = period_of("RVB", clock=CLOCK, at_us=us("2027-03-04 12:00"))
    return bulletin("RVB", material, period=period, now_us=us("2027-03-05 09:00"), previous=previous)


def automatic(level: Level, previous: Bulletin | None = None) -> Bulletin:
    early = [row | {"status": "preliminary"} for row in EVENTS_OF_THE_DAY[:5]]
    material = replace(DAY, events=rows(early, EVENTS), cases=(), attachments=(), known_at_us=us("2027-03-04 07:00"))
    period = period_of(level, clock=CLOCK, at_us=us("2027-03-04 06:12"))
    return bulletin(level, material, period=period, now_us=period.until_us + 10**6, previous=previous)


def fin(previous: Bulletin | None = None) -> Bulletin:
    at_us = us("2027-03-04 06:12")
    material = replace(DAY, attachments=(), known_at_us=us("2027-03-07 00:00"))
    return bulletin(
        "FIN", material, period=final_period([(at_us, at_us)]), now_us=us("2027-03-07 00:10"), previous=previous
    )


def one_of_each() -> dict[str, Bulletin]:
    first = flash()
    hour = automatic("TL-1", first)
    hours = automatic("TL-2", hour)
    return {"FLASH": first, "TL-1": hour, "TL-2": hours, "RVB": rvb(previous=hours), "FIN": fin(rvb())}


def text_of(made: Bulletin, language: str = "en") -> str:
    text = render(made, language)[f"{made.bulletin_id}.{language}.txt"].decode()  # type: ignore[arg-type]
    return " ".join(text.split())


# --- each level ------------------------------


def test_a_flash_is_out_within_five_minutes_of_what_it_tells_and_says_so_when_it_is_not() -> None:
    in_time = flash()
    assert in_time.made_at_us - KNOWN_US < FLASH_WITHIN_US
    assert latest_us("FLASH", in_time.period) - in_time.period.from_us == FLASH_WITHIN_US
    assert "late" not in text_of(in_time).split("Made:")[1].split("Times:")[0]
    late = replace(in_time, made_at_us=in_time.period.from_us + FLASH_WITHIN_US + 1)
    assert "late, it was due by 4 March 2027, 06:17 (UTC+02:00)" in text_of(late)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flash_is_labelled_automatic_and_names_no_party_at_all(language: str) -> None:
    material = replace(DAY, events=rows(list(EVENTS_OF_THE_DAY), EVENTS), attachments=())
    made = bulletin("FLASH", material, period=period_of("FLASH", clock=CLOCK, at_us=KNOWN_US), now_us=DAY.known_at_us)
    written = render(made, language)  # type: ignore[arg-type]
    page = b"".join(content for name, content in written.items() if not name.endswith(".json")).decode()
    assert ("Automatic" if language == "en" else "Автоматично") in page
    for name, title in DAY.parties:
        assert name not in page
        assert title not in page
    stated = replace(made, parties=())
    assert not any(name in json_bytes(stated).decode() for name, _ in DAY.parties)
    assert len(made.items) == 6
    assert not made.findings
    assert not made.claims
    assert not made.cases


def test_an_event_keeps_one_id_through_all_levels() -> None:
    for made in one_of_each().values():
        assert "evt-a1" in {item.event_id for item in made.items}
        assert "evt-a1" in text_of(made)


def test_a_merged_event_is_printed_under_its_other_id_too() -> None:
    assert "Also listed as: evt-a9" in text_of(rvb())


def test_the_daily_bulletin_says_how_much_was_reviewed_and_lists_the_rest_apart() -> None:
    text = text_of(rvb())
    assert "4 of 5 events were reviewed by a person; 1 automatic one is listed apart" in text
    reviewed, apart = text.split("EVENTS REVIEWED BY A PERSON")[1].split("AUTOMATIC EVENTS, NOT REVIEWED BY A PERSON")
    assert "evt-a4" not in reviewed
    assert "* evt-a4" in apart
    assert "daily-report.pdf" in text
    assert ATTACHMENTS[1][1] in text


def test_a_rejected_event_and_one_outside_the_period_are_not_listed_or_counted() -> None:
    made = rvb()
    assert {"evt-a6", "evt-before"}.isdisjoint(item.event_id for item in made.items)
    assert next(total for total in made.totals if total.key == "events").value == 5
    assert next(total for total in made.totals if total.key == "events").before == 1


def test_a_final_bulletin_carries_replies_and_dissent_word_for_word_and_says_who_did_not_reply() -> None:
    made = fin()
    text = render(made, "en")[f"{made.bulletin_id}.en.html"].decode()
    assert "“Our forces answered the aggressor.\nNothing more.”" in text
    assert "“We do not accept this &lt;b&gt;answer&lt;/b&gt;.”" in text
    assert "No reply of Southern Command is in the record." in text
    assert "case-7f3a" in made.bulletin_id


def test_a_quiet_day_at_a_fifth_of_coverage_does_not_read_as_calm() -> None:
    text = text_of(rvb(QUIET))
    assert "Coverage 20 % of place and time. What happened where nobody could see is not known" in text
    assert (
        "Events: 0 (compared with: 0; coverage: 20 % of place and time: that nothing was recorded does not mean that "
        "nothing happened; before: 55 % of place and time)"
    ) in text
    assert not {"calm", "quiet", "peaceful", "normal"} & set(text.lower().split())
    assert "None reported to this record: 0. This does not say that access was free." in text


def test_unknown_coverage_is_said_to_be_unknown() -> None:
    text = text_of(rvb(replace(QUIET, coverage=QUIET.coverage.slice(0, 0))))
    assert "Coverage not known. What happened where nobody could see is not known" in text


@pytest.mark.parametrize("level", LEVELS)
def test_restrictions_period_cut_off_and_coverage_stand_in_every_level(level: str) -> None:
    text = text_of(one_of_each()[level])
    for words in ("RESTRICTIONS ON THE MISSION", "Period:", "Compared with:", "Cut-off:", "Coverage", "SUMMARY"):
        assert words in text
    assert "verified" not in text.lower()


def test_claims_stand_beside_what_was_recorded_and_are_in_no_count_of_events() -> None:
    text = text_of(rvb())
    assert "112 claimed; 1 recorded, up to 3 possible" in text
    assert "the difference says little" in text
    without = rvb(replace(DAY, claims=DAY.claims.slice(0, 0)))
    events = [total for total in rvb().totals if total.key in ("events", "footing", "reported_of")]
    assert events == [total for total in without.totals if total.key in ("events", "footing", "reported_of")]


def test_no_place_is_finer_than_a_hundredth_of_a_degree_or_stated_better_than_a_kilometre() -> None:
    sharp = only("evt-a1", lon_deg=37.123456, lat_deg=48.987654, cov_ee_m2=1.0, cov_nn_m2=1.0)
    made = rvb(replace(DAY, events=sharp, findings=DAY.findings.slice(0, 0)))
    assert (made.items[0].lon_cdeg, made.items[0].lat_cdeg, made.items[0].error_m) == (3712, 4899, 1_000)
    for content in render(made, "en").values():
        assert b"37.123" not in content
        assert b"37123" not in content


def test_what_an_event_rests_on_follows_from_the_observations_released_with_it() -> None:
    sources = (
        Source(id="p", name="", kind="mission"),
        Source(id="n", name="", kind="party_record", party="NORTH"),
        Source(id="m", name="", kind="media"),
    )
    seen = rows([{"observation_id": f"o{source.id}", "source_id": source.id} for source in sources], OBSERVATIONS)
    events = rows(
        [event("a", "2027-03-04", members=["on", "op"]), event("b", "2027-03-04", members=["om", "on"]),
         event("c", "2027-03-04", members=["om"]), event("d", "2027-03-04", members=["hidden"])],
        EVENTS,
    )  # fmt: skip
    assert footings(events, seen, sources) == {
        "a": Footing(kind="own"),
        "b": Footing(kind="record", parties=("NORTH",)),
        "c": Footing(kind="media"),
        "d": Footing(),
    }


# --- totals ------------------------------


def test_a_total_that_is_not_the_sum_of_its_parts_is_refused_with_the_sum_shown() -> None:
    made = rvb()
    wrong = replace(made, totals=(replace(made.totals[0], value=6), *made.totals[1:]))
    with pytest.raises(TotalsError, match="= 5, but 6 is stated: a difference of 1"):
        check_totals(wrong)
    with pytest.raises(TotalsError):
        render(wrong, "en")


def test_a_comparator_that_does_not_add_up_and_a_row_left_out_are_refused() -> None:
    made = rvb()
    with pytest.raises(TotalsError, match="comparator"):
        check_totals(replace(made, totals=(replace(made.totals[0], before=9), *made.totals[1:])))
    with pytest.raises(TotalsError, match="rows listed"):
        check_totals(replace(made, items=made.items[1:]))


EVENT = st.builds(
    lambda number, at, status, parties, count: event(
        f"evt-{number}",
        f"2027-03-0{3 + at // 24} {at % 24:02d}:10",
        status=status,
        parties=parties,
        count_lo=count,
        count_hi=count,
    ),
    st.integers(0, 9),
    st.integers(0, 47),
    st.sampled_from(["preliminary", "confirmed", "reviewed", "rejected"]),
    st.sampled_from([[], ["NORTH"], ["SOUTH"], ["NORTH", "SOUTH"]]),
    st.integers(0, 2),
)
EVENT_TABLES = st.lists(EVENT, max_size=6, unique_by=lambda row: row["event_id"]).map(lambda made: rows(made, EVENTS))
FINDING = st.builds(
    lambda number, party, verdict: finding(f"fnd-{number}", party, verdict, event_ids=[f"evt-{number}"]),
    st.integers(0, 9),
    st.sampled_from(["NORTH", "SOUTH", ""]),
    st.sampled_from(["breach", "no_breach", "undetermined"]),
)
FINDING_TABLES = st.lists(FINDING, max_size=5, unique_by=lambda row: row["finding_id"]).map(
    lambda made: rows(made, FINDINGS)
)
MATERIALS = st.builds(
    lambda events, findings, claims, restrictions: replace(
        DAY,
        events=events,
        findings=findings,
        claims=DAY.claims.slice(0, claims),
        impediments=DAY.impediments.slice(0, restrictions),
    ),
    EVENT_TABLES,
    FINDING_TABLES,
    st.integers(0, 2),
    st.integers(0, 1),
)


@budget(25)
@given(MATERIALS)
def test_whatever_is_released_the_totals_add_up(material: Material) -> None:
    made = rvb(material)
    check_totals(made)
    inside = [
        row
        for row in material.events.to_pylist()
        if row["status"] != "rejected" and made.period.holds(row["earliest_at_us"], row["latest_at_us"])
    ]
    assert [total.value for total in made.totals if total.key in ("events", "footing", "reported_of")] == [
        len(inside)
    ] * 3
    assert bulletin_of(json_bytes(made)) == made


# --- supersession ------------------------------


@budget(25)
@given(MATERIALS, MATERIALS)
def test_every_difference_between_two_issues_is_named_and_none_is_invented(one: Material, other: Material) -> None:
    first = rvb(one)
    second = rvb(other, previous=first)
    old, new = facts_of(first), facts_of(second)
    assert second.issue == first.issue + 1
    assert second.supersedes == first.bulletin_id
    named = {
        (change.of, change.subject, change.column): (change.was, change.now)
        for change in second.changes
        if change.column
    }
    differing = {
        (of, subject, column): (old[of, subject][column], value)
        for (of, subject), columns in new.items()
        if (of, subject) in old
        for column, value in columns.items()
        if old[of, subject][column] != value
    }
    assert named == differing
    whole = Counter(
        (change.of, change.subject, change.kind == "appeared") for change in second.changes if not change.column
    )
    expected = {(*key, True) for key in new.keys() - old.keys()} | {(*key, False) for key in old.keys() - new.keys()}
    assert whole == Counter(expected)
    assert len(text_of(second).split("WHAT CHANGED")) == 2


def test_an_issue_of_the_same_material_changes_nothing_and_says_so() -> None:
    again = rvb(previous=rvb())
    assert again.changes == ()
    assert "Nothing: 0 differences." in text_of(again)


def test_each_kind_of_difference_reads_as_a_sentence() -> None:
    changed = [
        EVENTS_OF_THE_DAY[1]
        | {"status": "reviewed", "count_hi": 7, "aliases": ["evt-a3"]},  # raised, corrected, merged
        EVENTS_OF_THE_DAY[2] | {"status": "rejected"},
        EVENTS_OF_THE_DAY[4] | {"earliest_at_us": us("2027-03-01"), "latest_at_us": us("2027-03-01")},
        event("evt-new", "2027-03-04 15:00"),
    ]  # evt-a5 is simply gone
    found = [FINDINGS_OF_THE_DAY[0] | {"verdict": "undetermined", "reason": "party"}, *FINDINGS_OF_THE_DAY[1:]]
    second = rvb(replace(DAY, events=rows(changed, EVENTS), findings=rows(found, FINDINGS)), previous=rvb())
    text = text_of(second)
    for sentence in (
        "Event evt-a1: status raised from confirmed by a person to reviewed by a second person",
        "Event evt-a1: number, from 3 to 5 to 3 to 7",
        "Event evt-a3: merged into evt-a1",
        "Event evt-a2: rejected by a person, no longer counted",
        "Event evt-a4: its time lies outside the period, it is not listed here",
        "Event evt-a5: withdrawn, no longer listed",
        "Event evt-new: new in this issue",
        "Finding fnd-1: finding lowered from breach to undetermined",
        "Finding fnd-1: reason, from nothing to it depends on whose act it was",
        "Figure «Events»: value, from 5 to 2",
    ):
        assert sentence in text


def test_an_event_whose_row_release_no_longer_shows_is_still_said_to_be_rejected() -> None:
    second = rvb(replace(DAY, events=only("evt-a1"), rejected=("evt-a2",)), previous=rvb())
    assert [change.kind for change in second.changes if change.subject == "evt-a2"] == ["rejected"]


def test_a_final_bulletin_withdraws_nothing_that_is_not_about_its_case() -> None:
    assert fin(previous=rvb()).changes == ()


def test_an_issue_supersedes_only_its_own_period_or_a_lower_level() -> None:
    other_day = period_of("RVB", clock=CLOCK, at_us=us("2027-03-06 12:00"))
    with pytest.raises(OutOfRangeError, match="another period"):
        bulletin("RVB", DAY, period=other_day, now_us=us("2027-03-07"), previous=rvb())
    with pytest.raises(OutOfRangeError, match="higher level"):
        automatic("TL-2", rvb())


def test_material_from_the_future_and_rows_without_a_time_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="after"):
        bulletin("RVB", DAY, period=period_of("RVB", clock=CLOCK, at_us=0), now_us=0)
    with pytest.raises(UnreadableError, match="1 of 1 released rows have no time"):
        rvb(replace(DAY, events=only("evt-a1", earliest_at_us=None)))


def test_columns_that_release_emptied_are_said_to_be_not_stated() -> None:
    emptied = {
        name: None for name in EVENTS.names if name not in ("event_id", "status", "earliest_at_us", "latest_at_us")
    }
    made = rvb(replace(DAY, events=pa.Table.from_pylist([EVENTS_OF_THE_DAY[1] | emptied], EVENTS)))
    assert "act not stated; number: not stated" in text_of(made)
    assert "Where: not released" in text_of(made)


# --- files ------------------------------


def test_altered_or_foreign_json_is_refused() -> None:
    content = json_bytes(rvb())
    for altered in (content[:-1], content.replace(b'"issue":1', b'"issue":"1"'), content[:-1] + b',"x":1}', b"\xff"):
        with pytest.raises(UnreadableError):
            bulletin_of(altered)


def test_the_listing_of_an_issue_fits_its_schema_and_names_the_page_by_its_hash() -> None:
    made = rvb()
    written = render(made, "uk")
    row = listing(made, "uk", written)
    assert rows([row], BULLETINS).num_rows == 1
    assert row["sha256"] == sha256_hex(written[f"{made.bulletin_id}.uk.html"])
    assert written[f"{made.bulletin_id}.json"] == render(made, "en")[f"{made.bulletin_id}.json"]


def test_text_from_outside_cannot_become_markup() -> None:
    hostile = replace(
        DAY,
        parties=(("NORTH", "<script>alert(1)</script>"), ("SOUTH", "South & Sons")),
        events=only("evt-a1", place_name="<img src=x onerror=alert(1)>"),
        cases=(replace(CASE, step="{{ 7 * 7 }}<b>"),),
    )
    page = next(content for name, content in render(rvb(hostile), "en").items() if name.endswith(".html")).decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}&lt;b&gt;" in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_one_bulletin_of_each_level_reads_as_it_was_read_by_people(level: str, language: str) -> None:
    made = one_of_each()[level]
    written = render(made, language)  # type: ignore[arg-type]
    for kind in ("html", "txt"):
        path = GOLDEN / f"bulletin-{level}.{language}.{kind}"
        content = written[f"{made.bulletin_id}.{language}.{kind}"].decode()
        if os.environ.get("TRUCELINE_GOLDEN"):
            path.write_text(content, encoding="utf-8")
        assert content == path.read_text(encoding="utf-8"), "TRUCELINE_GOLDEN=1 writes it again; read it first"
