"""Claims, notices, impediments and coverage: kept beside observations, read by the same rules."""

import json
from dataclasses import replace

import pytest
from tests.observe.sample import CONTEXT, FEED, read, reasons

from truceline.base.errors import InputError
from truceline.base.time import interval_us, stamp
from truceline.model.batch import Batch
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.mission import Feed, Holds
from truceline.model.notice import NOTICES
from truceline.observe import ReadingContext


def feed_of(holds: Holds, fields: str) -> Feed:
    columns = {field: field for field in fields.split()}
    return replace(FEED, name=holds, holds=holds, columns=columns, zone="Europe/Moscow")


CLAIM = feed_of("claims", "id begins ends claimant accused act category count speaker")
NOTICE = feed_of("notices", "id register party act class begins ends status decided_by")
GIVEN = feed_of("notices", "register party begins ends status given given_to")
IMPEDIMENT = feed_of("impediments", "id kind area_of place begins ends reason announced")
PLACED_IMPEDIMENT = feed_of("impediments", "kind begins lon lat reach_m")
COVER = feed_of("coverage", "clause begins ends share")


def batch_of(feed: Feed, *rows: str) -> Batch:
    batch = read("\n".join((",".join(feed.columns), *rows)).encode() + b"\n", feed)
    assert batch.rows.num_rows + batch.rejects.num_rows == len(rows)
    return batch


def row_of(feed: Feed, row: str) -> dict[str, object]:
    batch = batch_of(feed, row)
    assert reasons(batch) == []
    (only,) = batch.rows.to_pylist()
    return dict(only)


def day_end(row: dict[str, object]) -> str:
    latest_us = row["latest_at_us"]
    assert isinstance(latest_us, int)
    return stamp(latest_us)


def test_a_claim_keeps_the_claimants_word_and_count() -> None:
    row = row_of(CLAIM, "8,2025-04-20 00:00,2025-04-21,UAF,AFC,fly,FPV drone use,>950,Zelensky")
    assert (row["claimant"], row["accused"], row["act"], row["category"]) == (
        "UAF",
        "AFC",
        "fly",
        "FPV drone use",
    )
    assert (row["count_lo"], row["count_hi"]) == (951, None)
    assert str(row["claim_id"]).startswith("clm-")
    assert batch_of(CLAIM).rows.schema == CLAIMS


def test_a_claim_may_be_a_total_and_may_come_from_a_claiming_source() -> None:
    row = row_of(replace(CLAIM, source="claims"), "4,2025-04-20,2025-04-21,UAF,AFC,,total violations,2935,")
    assert (row["act"], row["source_id"]) == ("", "claims")


def test_a_claim_with_an_open_end_is_dated_by_the_local_day_in_which_it_begins() -> None:
    row = row_of(CLAIM, "23,2025-05-08 00:00,,AFC,UAF,,total violations,488,")
    assert day_end(row) == "2025-05-08T20:59:59.999999Z"
    whole_month = row_of(CLAIM, "23,2025-05,,AFC,UAF,,total violations,488,")
    assert day_end(whole_month) == "2025-05-31T20:59:59.999999Z"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1,,,UAF,AFC,,x,1,", "not-stated"),
        ("1,2025-05-08,,,AFC,,x,1,", "not-stated"),
        ("1,2025-05-08,,UAF,AFK,,x,1,", "unknown-party"),
        ("1,2025-05-08,,UAF,AFC,shelling,x,1,", "unknown-word"),
        ("1,2025-05-08,,UAF,AFC,,x,several hundred,", "unreadable-count"),
        ("1,2027-05-08,,UAF,AFC,,x,1,", "time-in-the-future"),
    ],
)
def test_a_claim_that_cannot_be_taken_is_refused_by_name(row: str, why: str) -> None:
    assert reasons(batch_of(CLAIM, row)) == [why]


def test_a_notice_may_lie_ahead() -> None:
    row = row_of(NOTICE, "N1,in_storage,UAF,present,howitzer,2026-05-08 10:00,2026-05-09,granted,JCCC")
    assert (row["register"], row["status"], row["weapon_class"]) == ("in_storage", "granted", "howitzer")
    assert batch_of(NOTICE).rows.schema == NOTICES


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("N1,in_storage,UAF,,,2025-05-08 10:00,,granted,", "no-end-stated"),
        ("N1,in_storage,UAF,,,2025-05-08,2025-05-07,granted,", "ends-before-begins"),
        ("N1,in_storage,,,,2025-05-08,,granted,", "not-stated"),
        ("N1,,UAF,,,2025-05-08,,granted,", "not-stated"),
        ("N1,in_storage,UAF,,,2025-05-08,,,", "not-stated"),
        ("N1,in_storage,UAF,,,2025-05-08,,grantd,", "unknown-word"),
    ],
)
def test_a_notice_that_would_exempt_more_than_was_stated_is_refused(row: str, why: str) -> None:
    assert reasons(batch_of(NOTICE, row)) == [why]


def test_a_notice_for_a_day_holds_for_that_day() -> None:
    row = row_of(NOTICE, "N1,in_storage,UAF,,,2025-05-08,,pending,")
    assert (row["earliest_at_us"], row["latest_at_us"]) == interval_us("2025-05-08", zone="Europe/Moscow")


def test_a_notice_keeps_when_as_wide_as_written_and_to_whom_it_was_given() -> None:
    row = row_of(GIVEN, "flight,UAF,2025-05-08,,pending,2025-05-01 10:00,JCCC")
    stated = interval_us("2025-05-01 10:00", zone="Europe/Moscow")
    assert (row["given_earliest_at_us"], row["given_latest_at_us"], row["given_to"]) == (*stated, "JCCC")
    silent = row_of(GIVEN, "flight,UAF,2025-05-08,,pending,,")
    assert (silent["given_earliest_at_us"], silent["given_latest_at_us"], silent["given_to"]) == (None, None, "")


def test_only_a_gate_stays_open_without_an_end_and_needs_no_party() -> None:
    context = replace(CONTEXT, registers=frozenset({"left", "flight"}), gates=frozenset({"left"}))

    def read_one(row: str) -> Batch:
        return read(("\n".join((",".join(GIVEN.columns), row)) + "\n").encode(), GIVEN, context)

    (row,) = read_one("left,,2025-05-08 10:00,,granted,,").rows.to_pylist()
    assert (row["party"], row["latest_at_us"]) == ("", None)
    (ended,) = read_one("left,AFC,2025-05-08 10:00,2025-05-09,granted,,").rows.to_pylist()
    assert (ended["party"], ended["latest_at_us"]) == ("AFC", interval_us("2025-05-09", zone="Europe/Moscow")[1])
    assert reasons(read_one("flight,,2025-05-08,,granted,,")) == ["not-stated"]
    assert reasons(read_one("flight,UAF,2025-05-08 10:00,,granted,,")) == ["no-end-stated"]
    assert reasons(read_one("lift,UAF,2025-05-08,,granted,,")) == ["unknown-name"]


@pytest.mark.parametrize(
    ("row", "context", "why"),
    [
        ("flight,UAF,2025-05-08,,pending,2027-01-01,JCCC", CONTEXT, "time-in-the-future"),
        ("flight,UAF,2025-05-08,,pending,soon,JCCC", CONTEXT, "unreadable-time"),
        ("flight,UAF,2025-05-08,,pending,,JCC", replace(CONTEXT, deciders=frozenset({"JCCC"})), "unknown-name"),
    ],
)
def test_a_notice_given_at_no_time_or_to_nobody_known_is_refused(row: str, context: ReadingContext, why: str) -> None:
    content = ("\n".join((",".join(GIVEN.columns), row)) + "\n").encode()
    assert reasons(read(content, GIVEN, context)) == [why]


def test_an_impediment_says_what_where_and_for_how_long() -> None:
    row = row_of(IMPEDIMENT, "I1,denial,AFC,Zolote,2025-05-08 09:30,,orders from above,yes")
    assert (row["kind"], row["area_of"], row["reason_given"], row["announced"]) == (
        "denial",
        "AFC",
        "orders from above",
        "yes",
    )
    assert day_end(row) == "2025-05-08T20:59:59.999999Z"
    assert batch_of(IMPEDIMENT).rows.schema == IMPEDIMENTS


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("I1,denied,AFC,,2025-05-08,,,", "unknown-word"),
        ("I1,,AFC,,2025-05-08,,,", "not-stated"),
        ("I1,denial,AFC,,2025-05-08,,,maybe", "unknown-word"),
        ("I1,denial,AFC,,05-08,,,", "unreadable-time"),
    ],
)
def test_an_impediment_that_cannot_be_taken_is_refused_by_name(row: str, why: str) -> None:
    assert reasons(batch_of(IMPEDIMENT, row)) == [why]


def test_an_impediment_may_say_where_it_was_and_how_far_it_reached() -> None:
    row = row_of(PLACED_IMPEDIMENT, "denial,2025-05-08,37.8,48.0,1500")
    assert (row["met_lon_deg"], row["met_lat_deg"], row["reach_m"]) == (37.8, 48.0, 1500.0)
    silent = row_of(PLACED_IMPEDIMENT, "denial,2025-05-08,,,")
    assert (silent["met_lon_deg"], silent["met_lat_deg"], silent["reach_m"]) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("denial,2025-05-08,37.8,,", "half-a-place"),
        ("denial,2025-05-08,48.0,37.8,", "coordinates-swapped"),
        ("denial,2025-05-08,10,10,", "outside-extent"),
        ("denial,2025-05-08,37.8,48.0,0", "out-of-its-range"),
        ("denial,2025-05-08,37.8,48.0,far", "not-a-number"),
    ],
)
def test_an_impediment_that_is_nowhere_is_refused_by_name(row: str, why: str) -> None:
    assert reasons(batch_of(PLACED_IMPEDIMENT, row)) == [why]


def test_an_impediment_on_a_map_has_its_place_from_its_point() -> None:
    point = {"type": "Point", "coordinates": [37.8, 48.0]}
    feature = {"type": "Feature", "properties": {"kind": "denial", "begins": "2025-05-08"}, "geometry": point}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    mapped = replace(IMPEDIMENT, format="geojson", columns={"kind": "kind", "begins": "begins"})
    (row,) = read(content, mapped).rows.to_pylist()
    assert (row["met_lon_deg"], row["met_lat_deg"]) == (37.8, 48.0)


def test_coverage_is_a_share_of_a_stated_period() -> None:
    row = row_of(COVER, "C2a,2025-05-08,2025-05-09,0.2")
    assert (row["clause"], row["share_permille"]) == ("C2a", 200)
    assert batch_of(COVER).rows.schema == COVERAGE


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("C2a,2025-05-08,,20", "not-a-share"),
        ("C2a,2025-05-08,,", "not-stated"),
        ("C2a,2025-05-08 10:00,,0.2", "no-end-stated"),
        ("C2a,2025-05-08,,nan", "not-a-share"),
    ],
)
def test_coverage_that_nobody_vouched_for_is_refused(row: str, why: str) -> None:
    assert reasons(batch_of(COVER, row)) == [why]


@pytest.mark.parametrize(
    ("feed", "field"),
    [(CLAIM, "claimant"), (NOTICE, "party"), (IMPEDIMENT, "kind"), (COVER, "share"), (COVER, "begins")],
)
def test_a_mapping_without_a_needed_field_is_refused(feed: Feed, field: str) -> None:
    columns = {ours: theirs for ours, theirs in feed.columns.items() if ours != field}
    with pytest.raises(InputError, match=f"maps no {field}"):
        read(b"", replace(feed, columns=columns), CONTEXT)
