"""Civilian casualties and damage: who is said to be hurt or what broken, by whom, how surely."""

from dataclasses import replace

import pytest
from tests.observe.packages import SUBMISSIONS, as_csv, as_photo, as_zip
from tests.observe.sample import FEED, read, reasons

from truceline.base.canonical import sha256_hex
from truceline.model.batch import Batch
from truceline.model.casualty import CASUALTIES
from truceline.model.damage import DAMAGE
from truceline.model.mission import Feed, Holds


def feed_of(holds: Holds, fields: str) -> Feed:
    return replace(FEED, name=holds, holds=holds, columns={field: field for field in fields.split()})


CASUALTY = feed_of("casualties", "id begins kind status group count cause class person words place lon lat error_m")
HURT = "1,2025-03-10 09:30,killed,confirmed,woman,2-3,fire,mortar,N. N.,as told,Zolote,38.5,48.7,500"
HARM = feed_of("damage", "id begins object status degree count words happening")


def batch_of(feed: Feed, *rows: str) -> Batch:
    batch = read("\n".join((",".join(feed.columns), *rows)).encode() + b"\n", feed)
    assert batch.rows.num_rows + batch.rejects.num_rows == len(rows)
    return batch


def test_a_casualty_keeps_kind_status_group_number_cause_and_place() -> None:
    batch = batch_of(CASUALTY, HURT)
    (row,) = batch.rows.to_pylist()
    assert batch.rows.schema == CASUALTIES
    assert (row["kind"], row["status"], row["group"]) == ("killed", "confirmed", "woman")
    assert (row["count_lo"], row["count_hi"], row["cause"], row["weapon_class"]) == (2, 3, "fire", "mortar")
    assert (row["person"], row["words"], row["place_name"], row["lon_deg"]) == ("N. N.", "as told", "Zolote", 38.5)
    assert str(row["casualty_id"]).startswith("cas-")


def test_damage_keeps_object_status_degree_and_number() -> None:
    batch = batch_of(HARM, "1,2025-03-10,school,reported,destroyed,1,the roof,R-17")
    (row,) = batch.rows.to_pylist()
    assert batch.rows.schema == DAMAGE
    assert (row["object_kind"], row["status"], row["degree"]) == ("school", "reported", "destroyed")
    assert (row["count_lo"], row["words"], row["happening"], row["media"]) == (1, "the roof", "R-17", [])


@pytest.mark.parametrize(
    ("feed", "row", "why"),
    [
        (CASUALTY, "1,2025-03-10,,confirmed,,1,,,,,,,,", "not-stated"),
        (CASUALTY, "1,2025-03-10,dead,confirmed,,1,,,,,,,,", "unknown-word"),
        (CASUALTY, "1,2025-03-10,killed,,,1,,,,,,,,", "not-stated"),
        (CASUALTY, "1,2025-03-10,killed,certain,,1,,,,,,,,", "unknown-word"),
        (CASUALTY, "1,2025-03-10,killed,reported,soldier,1,,,,,,,,", "unknown-word"),
        (CASUALTY, "1,2027-03-10,killed,reported,,1,,,,,,,,", "time-in-the-future"),
        (CASUALTY, "1,2025-03-10,killed,reported,,1,,,,,,37.8,,", "half-a-place"),
        (HARM, "1,2025-03-10,,reported,,1,,", "not-stated"),
        (HARM, "1,2025-03-10,barn,reported,,1,,", "unknown-word"),
        (HARM, "1,2025-03-10,school,reported,gone,1,,", "unknown-word"),
    ],
)
def test_what_is_not_said_or_not_a_word_of_ours_is_refused(feed: Feed, row: str, why: str) -> None:
    assert reasons(batch_of(feed, row)) == [why]


def test_unknown_is_a_statement_where_it_may_be_one() -> None:
    (row,) = batch_of(CASUALTY, "1,2025-03,injured,reported,unknown,,unknown,unknown,,,,,,").rows.to_pylist()
    assert (row["group"], row["cause"], row["weapon_class"], row["count_lo"], row["count_hi"]) == ("", "", "", 1, None)


def test_photos_of_a_form_come_with_damage_and_stay_out_of_casualties() -> None:
    photo = as_photo(place=(37.83, 48.02))
    package = as_zip({"a.csv": as_csv(SUBMISSIONS[:1]), "media/1710000000001.jpg": photo})
    place = {"lon": "where-Longitude", "lat": "where-Latitude", "error_m": "where-error_m"}
    form = replace(FEED, format="odk", columns={"begins": "visit-begins", **place}, constants={"status": "reported"})
    harm = replace(form, holds="damage", constants=form.constants | {"object": "school"})
    batch = read(package, harm)
    (row,) = batch.rows.to_pylist()
    assert row["media"] == [sha256_hex(photo)]
    assert row["words"].endswith("taken 2,234 m from the stated place ± 17 m (no error stated)")
    assert set(batch.media) == {sha256_hex(photo)}
    casualties = read(package, replace(form, holds="casualties", constants=form.constants | {"kind": "injured"}))
    assert (casualties.rows.num_rows, casualties.media) == (1, {})
