"""The export of an offline form, as ODK and Kobo write it; and packages that are not what they seem."""

import io
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observe.packages import (
    ENTRIES,
    FORM_COLUMNS,
    FORM_FEED,
    REPEAT_FEED,
    SUBMISSIONS,
    as_csv,
    as_form,
    as_photo,
    as_zip,
)
from tests.observe.sample import read, reasons
from tests.observe.test_properties import accounted, mutated

from truceline.base.canonical import sha256_hex
from truceline.model.batch import Batch
from truceline.observe import packages

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of metadata that lie

PHOTO = as_photo()
KOBO = (
    {
        "visit/begins": "2025-03-10T19:00:00.000+02:00",
        "visit/what": "fire",
        "where": "48.02 37.80 120 10",
        "_where_latitude": "48.02",
        "_where_longitude": "37.80",
        "_where_altitude": "120",
        "_where_precision": "10",
        "note": "three bursts",
        "photo": "1710000000001.jpg",
        "_uuid": "aa",
        "_index": "1",
    },
)
KOBO_ENTRIES = (
    {"weapon": "mortar", "shots": "3", "_index": "1", "_parent_table_name": "patrol", "_parent_index": "1"},
    {"weapon": "tank", "shots": "1", "_index": "2", "_parent_table_name": "patrol", "_parent_index": "1"},
)


def only(batch: Batch, reason: str) -> None:
    """The whole package is one reject with this reason, and nothing of it came through."""
    assert batch.rows.num_rows == 0
    assert reasons(batch) == [reason], batch.rejects.to_pylist()
    assert batch.media == {}


def said(batch: Batch) -> list[dict[str, object]]:
    """The rows without what says where they stood."""
    told = ["observation_id", "raw_sha256", "raw_at"]
    return list(batch.rows.drop_columns(told).to_pylist())


def test_each_submission_is_a_row_with_its_place_its_error_and_its_photo() -> None:
    batch = read(as_form(), FORM_FEED)
    assert reasons(batch) == []
    first, second = batch.rows.to_pylist()
    assert (first["lon_deg"], first["lat_deg"], first["remark"]) == (37.8, 48.02, "three bursts")
    assert first["cov_ee_m2"] == pytest.approx((17 / 2.4477) ** 2, rel=1e-4)  # 68 % within 10 m is 95 % within 16.2 m
    assert first["media"] == [sha256_hex(PHOTO)]
    assert (second["lon_deg"], second["media"]) == (None, [])
    assert batch.media == {sha256_hex(PHOTO): PHOTO}
    assert batch.rows["raw_at"].to_pylist() == ["patrol.csv, row 1", "patrol.csv, row 2"]


def test_each_entry_of_a_repeat_is_a_row_with_what_its_submission_says() -> None:
    batch = read(as_form(), REPEAT_FEED)
    rows = batch.rows.to_pylist()
    assert [(row["weapon_class"], row["count_lo"], row["act"]) for row in rows] == [
        ("mortar", 3, "fire"),
        ("howitzer", 12, "fire"),
        ("tank", 1, "strike"),
    ]
    assert [len(row["media"]) for row in rows] == [1, 1, 0]
    assert batch.rows["raw_at"].to_pylist()[1] == "patrol-seen.csv, row 2"


def test_kobo_and_odk_say_the_same_in_their_own_ways() -> None:
    odk = as_form(**{"patrol.csv": as_csv(SUBMISSIONS[:1]), "patrol-seen.csv": as_csv(ENTRIES[:1])})
    whole = {"patrol.csv": as_csv(KOBO, ";"), "seen.csv": as_csv(KOBO_ENTRIES[:1], ";"), "1710000000001.jpg": PHOTO}
    pointless = [{name: text for name, text in KOBO[0].items() if not name.startswith("_where")}]
    for feed in (FORM_FEED, REPEAT_FEED):
        ours = said(read(odk, feed))
        assert said(read(as_zip(whole), replace(feed, delimiter=";"))) == ours
        by_cell = whole | {"patrol.csv": as_csv(pointless, ";")}
        assert said(read(as_zip(by_cell), replace(feed, delimiter=";"))) == ours


def test_a_mapping_may_say_group_slash_field_or_group_dash_field() -> None:
    slashed = replace(
        FORM_FEED, columns={name: theirs.replace("visit-", "visit/") for name, theirs in FORM_COLUMNS.items()}
    )
    assert said(read(as_form(), slashed)) == said(read(as_form(), FORM_FEED))


def test_entries_of_kobo_are_told_apart_by_their_index() -> None:
    package = as_zip({"patrol.csv": as_csv(KOBO), "seen.csv": as_csv(KOBO_ENTRIES)})
    batch = read(package, REPEAT_FEED)
    assert len(set(batch.rows["observation_id"].to_pylist())) == 2
    again = read(as_zip({"patrol.csv": as_csv(KOBO), "seen.csv": as_csv(KOBO_ENTRIES[::-1])}), REPEAT_FEED)
    assert set(again.rows["observation_id"].to_pylist()) == set(batch.rows["observation_id"].to_pylist())


def test_a_row_is_named_by_its_instance_so_that_the_next_export_does_not_double_it() -> None:
    one, both = (as_form(**{"patrol.csv": as_csv(rows)}) for rows in (SUBMISSIONS[:1], SUBMISSIONS[::-1]))
    first = read(one, FORM_FEED).rows["observation_id"].to_pylist()
    assert set(first) < set(read(both, FORM_FEED).rows["observation_id"].to_pylist())


def test_a_submission_twice_in_one_export_is_refused() -> None:
    assert reasons(read(as_form(**{"patrol.csv": as_csv(SUBMISSIONS[:1] * 2)}), FORM_FEED)) == ["duplicate-id"]


def test_photos_in_a_repeat_belong_to_the_submission() -> None:
    photos = [{"picture": "b.jpg", "PARENT_KEY": "uuid:bb", "KEY": "uuid:bb/photos[1]"}]
    batch = read(as_form(**{"patrol-photos.csv": as_csv(photos), "media/b.jpg": PHOTO + b"tail"}), FORM_FEED)
    assert batch.rows["media"].to_pylist() == [[sha256_hex(PHOTO)], [sha256_hex(PHOTO + b"tail")]]


def test_a_photo_that_is_named_and_did_not_come_is_said() -> None:
    package = as_zip({"patrol.csv": as_csv(SUBMISSIONS)})
    batch = read(package, FORM_FEED)
    assert batch.rows["media"].to_pylist() == [[], []]
    assert batch.rows["remark"].to_pylist()[0] == "three bursts; photo '1710000000001.jpg' is named and did not come"


def test_a_place_marked_on_a_map_has_no_error_and_is_refused() -> None:
    exact = [SUBMISSIONS[0] | {"where-Accuracy": "0"}]
    assert reasons(read(as_form(**{"patrol.csv": as_csv(exact)}), FORM_FEED)) == ["error-out-of-range"]


def test_an_entry_whose_submission_is_missing_is_refused_and_the_rest_goes_on() -> None:
    batch = read(as_form(**{"patrol.csv": as_csv(SUBMISSIONS[:1])}), REPEAT_FEED)
    assert (batch.rows.num_rows, reasons(batch)) == (2, ["parent-missing"])


def test_entries_that_lie_in_each_other_are_refused() -> None:
    circle = [ENTRIES[0] | {"PARENT_KEY": "a", "KEY": "a"}]
    assert reasons(read(as_form(**{"patrol-seen.csv": as_csv(circle)}), REPEAT_FEED)) == ["parent-missing"]


def test_a_broken_line_of_any_table_is_a_reject() -> None:
    for feed in (FORM_FEED, REPEAT_FEED):
        batch = read(as_form(**{"patrol-seen.csv": as_csv(ENTRIES) + b"one,two\r\n"}), feed)
        assert reasons(batch) == ["too-few-fields"]
        assert batch.rejects["raw_at"].to_pylist() == ["patrol-seen.csv, row 4"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"readme.txt": b"hello"}, "not-a-form-export"),
        ({"a.csv": as_csv(SUBMISSIONS), "b.csv": as_csv(SUBMISSIONS)}, "not-a-form-export"),
        ({"a.csv": as_csv(ENTRIES)}, "not-a-form-export"),
        ({"a.csv": as_csv([{"note": "x", "KEY": "1"}])}, "column-missing"),
        ({"a.csv": b"visit-what,visit/what\r\n"}, "duplicate-column"),
        ({"a.csv": b""}, "empty-file"),
        ({"a.csv": as_csv(SUBMISSIONS), "x/p.jpg": b"1", "y/p.jpg": b"2"}, "zip-duplicate-name"),
    ],
)
def test_a_package_that_is_no_export_is_one_reject(files: dict[str, bytes], why: str) -> None:
    only(read(as_zip(files), FORM_FEED), why)


def test_a_feed_of_two_repeats_at_once_is_refused() -> None:
    other = [{"crater": "2", "PARENT_KEY": "uuid:aa", "KEY": "uuid:aa/craters[1]"}]
    both = replace(REPEAT_FEED, columns=REPEAT_FEED.columns | {"place": "crater"})
    only(read(as_form(**{"patrol-craters.csv": as_csv(other)}), both), "two-repeats")


# --- packages that are not what they seem


@pytest.mark.parametrize(
    "name",
    [
        "../patrol.jpg", "media/../../x.jpg", "/etc/passwd", "C:/x.jpg", "c:x.jpg", "media\\x.jpg", "\\\\server\\x.jpg",
        "media//x.jpg", "./x.jpg", "media/..", "x\x00.jpg", "x\n.jpg", "..",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_refuses_the_package(name: str) -> None:
    stand_in = "~" * len(name)  # the library that writes would mend the name
    package = as_form(**{stand_in: PHOTO}).replace(stand_in.encode(), name.encode())
    only(read(package, FORM_FEED), "zip-unsafe-name")


def test_links_refuse_the_package() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("patrol.csv", as_csv(SUBMISSIONS))
        link = zipfile.ZipInfo("media/1710000000001.jpg")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    only(read(held.getvalue(), FORM_FEED), "zip-unsafe-name")


@pytest.mark.parametrize("other", ["patrol.csv", "PATROL.CSV"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_refuses_the_package(other: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in ("patrol.csv", other):
            archive.writestr(name, as_csv(SUBMISSIONS))
    only(read(held.getvalue(), FORM_FEED), "zip-duplicate-name")


def test_encrypted_entries_refuse_the_package() -> None:
    package = bytearray(as_form())
    at = package.index(b"PK\x01\x02")
    package[at + 8] |= 1
    only(read(bytes(package), FORM_FEED), "zip-encrypted")


def test_other_ways_of_packing_refuse_the_package() -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        only(read(as_zip({"patrol.csv": as_csv(SUBMISSIONS)}, method), FORM_FEED), "unreadable-zip")


def test_what_unpacks_too_far_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    only(read(as_form(**{"media/zeros.jpg": bytes(20_000_000)}), FORM_FEED), "zip-bomb")
    monkeypatch.setattr(packages, "MAX_FILE_BYTES", 100_000)
    only(
        read(as_zip({"patrol.csv": as_csv(SUBMISSIONS), "a.jpg": bytes(60_000), "b.jpg": bytes(60_000)}), FORM_FEED),
        "zip-bomb",
    )


def test_a_directory_of_more_entries_than_any_form_has_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_ENTRIES", 2)
    only(read(as_form(), FORM_FEED), "zip-bomb")


def test_a_size_that_lies_is_damage() -> None:
    package = bytearray(as_form())
    at = package.index(b"PK\x01\x02")
    struct.pack_into("<I", package, at + 24, 7)
    only(read(bytes(package), FORM_FEED), "unreadable-zip")


@pytest.mark.parametrize("part", range(1, 20))
def test_a_package_cut_in_the_middle_is_one_reject(part: int) -> None:
    whole = as_form()
    batch = read(whole[: len(whole) * part // 20], FORM_FEED)
    only(batch, reasons(batch)[0])
    assert reasons(batch)[0] in ("cut-short", "unreadable-zip")


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["patrol.csv", "patrol-seen.csv", "media/1710000000001.jpg"]))
def test_mutated_parts_of_a_package_are_read_or_named(chance: object, name: str) -> None:
    whole = {"patrol.csv": as_csv(SUBMISSIONS), "patrol-seen.csv": as_csv(ENTRIES), "media/1710000000001.jpg": PHOTO}
    package = as_zip(whole | {name: mutated(whole[name], chance)})
    for feed in (FORM_FEED, REPEAT_FEED):
        accounted(package, feed)
