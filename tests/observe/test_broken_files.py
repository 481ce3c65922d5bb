"""Files as they arrive: cut, mixed up, in the wrong encoding. The rest goes through, and nothing is lost."""

import json
from dataclasses import replace

import pytest
from tests.observe.sample import (
    CSV,
    FEED,
    GEOJSON_FEED,
    HEADER,
    PARQUET_FEED,
    ROWS,
    as_geojson,
    as_parquet,
    read,
    reasons,
)

from truceline.model.batch import Batch
from truceline.model.mission import Feed
from truceline.observe import delimited, raw, tables

TWENTIETHS = range(1, 20)


def lines(*rows: str) -> bytes:
    return ("\n".join((HEADER, *rows)) + "\n").encode()


def only(batch: Batch, reason: str, at: str = "file") -> None:
    """The whole file is one reject with this reason."""
    assert batch.rows.num_rows == 0
    assert reasons(batch) == [reason], batch.rejects.to_pylist()
    assert batch.rejects["raw_at"].to_pylist() == [at]


def test_a_whole_file_gives_every_row_and_no_reject() -> None:
    batch = read(CSV)
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (len(ROWS), 0)
    assert batch.rows["raw_at"].to_pylist() == ["row 1", "row 2", "row 3", "row 4, line 6", "row 5, line 7"]


def test_one_broken_row_in_a_thousand_is_one_named_reject() -> None:
    rows = [f"R{number},2025-03-10,,37.8,48.0,500,,UAF,fire,,,1," for number in range(1000)]
    rows[416] = rows[416].replace("37.8", "NaN")
    batch = read(lines(*rows))
    assert batch.rows.num_rows == 999
    (reject,) = batch.rejects.to_pylist()
    assert (reject["raw_at"], reject["reason"]) == ("row 417", "not-a-number")
    assert reject["problem"] == "lon: 'NaN' is not a finite number."


def test_a_row_with_too_few_or_too_many_fields_is_refused_and_the_rest_goes_on() -> None:
    batch = read(lines(ROWS[0], "B1,2025-03-10,,37.8", ROWS[1], ROWS[4] + ",more", ROWS[4]))
    assert batch.rows.num_rows == 3
    assert reasons(batch) == ["too-few-fields", "too-many-fields"]
    assert batch.rejects["raw_at"].to_pylist() == ["row 2", "row 4"]


def test_a_quote_left_open_costs_its_own_row_and_no_other() -> None:
    batch = read(lines(ROWS[0], ROWS[1].replace("fire", '"fire'), *ROWS[2:]))
    assert reasons(batch) == ["broken-quotes"]
    assert batch.rejects["raw_at"].to_pylist() == ["row 2"]
    assert batch.rows.num_rows == len(ROWS) - 1


def test_text_behind_a_closed_quote_is_refused() -> None:
    batch = read(lines(ROWS[0].replace("Donetsk", '"Donetsk" city'), ROWS[1]))
    assert reasons(batch) == ["broken-quotes"]
    assert batch.rows.num_rows == 1


@pytest.mark.parametrize("part", TWENTIETHS)
def test_a_csv_cut_in_the_middle_loses_no_whole_row(part: int) -> None:
    cut = CSV[: len(CSV) * part // 20]
    batch = read(cut)
    if b"\n" not in cut:
        only(batch, "column-missing")
        return
    whole = sum(cut.startswith(CSV[: CSV.index(row.encode()) + len(row.encode())]) for row in ROWS)
    assert batch.rows.num_rows >= whole
    assert batch.rows.num_rows - whole <= 1  # cut inside its last value, a row looks whole
    assert batch.rejects.num_rows <= 2  # a quoted value of two lines, cut, is two broken lines
    assert set(reasons(batch)) <= {"cut-short", "broken-quotes", "too-few-fields", "wrong-encoding"}


def test_a_csv_cut_inside_a_row_or_a_quote_is_named_so() -> None:
    assert reasons(read(CSV[: CSV.index(b"A5") + 20])) == ["cut-short"]
    assert reasons(read(CSV[: CSV.index(b", south")])) == ["cut-short"]


@pytest.mark.parametrize("part", TWENTIETHS)
def test_a_geojson_cut_in_the_middle_is_one_reject_with_the_offset(part: int) -> None:
    whole = as_geojson()
    cut = whole[: len(whole) * part // 20]
    batch = read(cut, GEOJSON_FEED)
    only(batch, reasons(batch)[0])
    assert reasons(batch)[0] in ("cut-short", "unreadable-json")
    assert f"of {len(cut)}" in batch.rejects["problem"].to_pylist()[0]


@pytest.mark.parametrize("part", TWENTIETHS)
def test_a_parquet_cut_in_the_middle_is_one_reject(part: int) -> None:
    whole = as_parquet(100)
    only(read(whole[: len(whole) * part // 20], PARQUET_FEED), "cut-short")


def test_cp1251_read_as_utf_8_refuses_the_rows_it_cannot_read_and_no_other() -> None:
    batch = read(CSV.decode().encode("cp1251"))
    assert reasons(batch) == ["wrong-encoding"]
    assert batch.rejects["raw_at"].to_pylist() == ["row 2"]
    assert batch.rows.num_rows == len(ROWS) - 1


def test_the_declared_encoding_is_used() -> None:
    batch = read(CSV.decode().encode("cp1251"), replace(FEED, encoding="cp1251"))
    assert batch.rows["place_name"].to_pylist()[1] == "Яснівка"
    wide = read(CSV.decode().encode("utf-16"), replace(FEED, encoding="utf-16"))
    assert wide.rows.num_rows == len(ROWS)


def test_a_file_that_starts_as_utf_8_is_not_read_as_something_else() -> None:
    only(read(b"\xef\xbb\xbf" + CSV, replace(FEED, encoding="cp1251")), "wrong-encoding")


def test_utf_16_read_as_utf_8_is_one_reject() -> None:
    only(read(CSV.decode().encode("utf-16")), "wrong-encoding")
    only(read(CSV.decode().encode("utf-16-le")), "nul-byte")


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    batch = read(b"\xef\xbb\xbf" + CSV)
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (len(ROWS), 0)
    assert read(b"\xef\xbb\xbf" + as_geojson(), GEOJSON_FEED).rows.num_rows == 3


def test_a_zero_byte_costs_its_row() -> None:
    batch = read(CSV.replace(b"Siedove", b"Sie\0ove"))
    assert reasons(batch) == ["nul-byte"]
    assert batch.rows.num_rows == len(ROWS) - 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\0" * 50, b" \r\n"])
@pytest.mark.parametrize("feed", [FEED, GEOJSON_FEED, PARQUET_FEED], ids=["csv", "geojson", "parquet"])
def test_an_empty_file_is_one_reject_in_every_format(content: bytes, feed: Feed) -> None:
    only(read(content, feed), "empty-file")


def test_an_empty_file_in_a_wide_encoding_is_one_reject() -> None:
    only(read("\n\n".encode("utf-16"), replace(FEED, encoding="utf-16")), "empty-file")


def test_a_header_without_rows_is_a_quiet_day_and_no_fault() -> None:
    batch = read(lines())
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (0, 0)


def test_a_duplicated_header_is_one_reject() -> None:
    only(read(CSV.replace(b"error_m,place", b"place,place", 1)), "duplicate-column")


def test_a_missing_column_is_one_reject_with_the_nearest_name() -> None:
    batch = read(CSV.replace(b"error_m", b"error_mm", 1))
    only(batch, "column-missing")
    assert "the nearest is 'error_mm'" in batch.rejects["problem"].to_pylist()[0]
    only(read(CSV, replace(FEED, delimiter=";")), "column-missing")


def test_a_column_that_the_mapping_does_not_name_is_not_needed() -> None:
    columns = {field: column for field, column in FEED.columns.items() if field != "remark"}
    assert read(CSV.replace(b"note", b"other", 1), replace(FEED, columns=columns)).rows.num_rows == len(ROWS)


def test_carriage_returns_and_blank_lines_are_no_rows() -> None:
    old = CSV.replace(b"two lines\nof", b"two lines of").replace(b"\n", b"\r")
    assert read(old).rows.num_rows == len(ROWS)
    spaced = CSV.replace(b"\nA2", b"\n\n\nA2").replace(b"\nA5", b"\r\n\r\nA5")
    batch = read(spaced)
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (len(ROWS), 0)
    assert batch.rows["raw_at"].to_pylist()[1] == "row 2, line 5"


def test_a_value_too_long_costs_its_row() -> None:
    batch = read(CSV.replace(b"from the air", b"x" * (raw.MAX_FIELD_CHARS + 1)))
    assert reasons(batch) == ["field-too-long"]
    assert batch.rows.num_rows == len(ROWS) - 1


def test_a_file_too_large_is_one_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_FILE_BYTES", len(CSV) - 1)
    only(read(CSV), "file-too-large")


def test_many_open_quotes_do_not_read_the_file_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    lines_read = delimited._Lines.__next__

    def counted(self: delimited._Lines) -> str:
        nonlocal taken
        taken += 1
        return lines_read(self)

    monkeypatch.setattr(delimited._Lines, "__next__", counted)
    rows = ['"' + "x" * 5, "", 'a,"b', '""', ',"', '"""'] * 500
    batch = read(lines(*rows))
    assert batch.rejects.num_rows > 0
    assert taken < 3 * len(rows)


# --- Parquet


def test_parquet_with_typed_columns_is_read_as_the_same_rows() -> None:
    batch = read(as_parquet(9_000, row_group_size=1_000), PARQUET_FEED)
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (9_000, 0)
    first, second = batch.rows.slice(0, 2).to_pylist()
    assert (first["count_lo"], first["count_hi"]) == (1, None)
    assert (second["count_lo"], second["count_hi"]) == (2, 2)
    assert second["raw_at"] == "row 2"
    assert second["earliest_at_us"] == second["latest_at_us"] - 999_999


def test_a_damaged_row_group_is_one_reject_that_names_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 500)
    whole = as_parquet(3_000, row_group_size=500)
    damaged = bytearray(whole)
    middle = len(whole) // 2
    damaged[middle : middle + 3_000] = b"\xff" * 3_000
    batch = read(bytes(damaged), PARQUET_FEED)
    assert reasons(batch) == ["unreadable-parquet"]
    (at,) = batch.rejects["raw_at"].to_pylist()
    assert 0 < batch.rows.num_rows < 3_000
    assert at == f"rows {batch.rows.num_rows + 1} to 3000"


def test_a_parquet_that_declares_too_many_rows_is_one_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 99)
    only(read(as_parquet(100), PARQUET_FEED), "too-many-rows")


def test_a_parquet_column_of_lists_or_bytes_costs_its_rows() -> None:
    feed = replace(PARQUET_FEED, columns=PARQUET_FEED.columns | {"remark": "unused"})
    batch = read(as_parquet(3), feed)
    assert reasons(batch) == ["value-not-plain"] * 3


def test_a_parquet_column_that_is_missing_is_one_reject() -> None:
    only(
        read(as_parquet(3), replace(PARQUET_FEED, columns=PARQUET_FEED.columns | {"place": "town"})),
        "column-missing",
    )


# --- GeoJSON


def test_geojson_points_give_the_place_and_null_gives_none() -> None:
    batch = read(as_geojson(), GEOJSON_FEED)
    assert reasons(batch) == []
    assert batch.rows["lon_deg"].to_pylist() == [37.8, 38.1, None]
    assert batch.rows["raw_at"].to_pylist() == ["feature 1", "feature 2", "feature 3"]
    assert batch.rows["place_name"].to_pylist() == ["Ясне"] * 3


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        ({"type": "LineString", "coordinates": [[37.8, 48.0], [38.0, 48.0]]}, "geometry-not-a-point"),
        ({"type": "Polygon", "coordinates": []}, "geometry-not-a-point"),
        ({"type": "Point", "coordinates": [37.8]}, "geometry-not-a-point"),
        ({"type": "Point"}, "geometry-not-a-point"),
        ("POINT (37.8 48.0)", "geometry-not-a-point"),
        ({"type": "Point", "coordinates": [48.0, 37.8]}, "coordinates-swapped"),
        ({"type": "Point", "coordinates": [float("nan"), 48.0]}, "not-a-number"),
        ({"type": "Point", "coordinates": [[37.8], 48.0]}, "value-not-plain"),
    ],
)
def test_a_feature_whose_geometry_cannot_be_taken_is_one_reject(geometry: object, why: str) -> None:
    batch = read(as_geojson({"type": "Point", "coordinates": [37.8, 48.0]}, geometry), GEOJSON_FEED)
    assert reasons(batch) == [why]
    assert batch.rejects["raw_at"].to_pylist() == ["feature 2"]
    assert batch.rows.num_rows == 1


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("[]", "not-a-feature-collection"),
        ('{"type": "Feature"}', "not-a-feature-collection"),
        ('{"type": "FeatureCollection", "features": {}}', "not-a-feature-collection"),
        ("[" * 100_000, "unreadable-json"),
        ('{"a": ' + "1" * 5_000 + "}", "unreadable-json"),
        ('{"type": "FeatureCollection"} {}', "unreadable-json"),
        ('{"type": "FeatureCollection", "features": [], "crs": {"name": "EPSG:3857"}}', "not-wgs84"),
    ],
)
def test_json_that_is_no_feature_collection_is_one_reject(document: str, why: str) -> None:
    only(read(document.encode(), GEOJSON_FEED), why)


def test_a_broken_feature_is_refused_and_the_rest_goes_on() -> None:
    collection = json.loads(as_geojson())
    collection["features"] += ["no feature", {"type": "Feature", "properties": None, "geometry": None}, None]
    batch = read(json.dumps(collection).encode(), GEOJSON_FEED)
    assert batch.rows.num_rows == 3
    assert reasons(batch) == ["not-a-feature", "not-stated", "not-a-feature"]


def test_a_property_named_twice_is_refused() -> None:
    twice = as_geojson().replace('"place": "Ясне"'.encode(), b'"act": "strike"', 1)
    assert reasons(read(twice, GEOJSON_FEED)) == ["duplicate-column"]


def test_half_a_character_in_json_costs_its_feature() -> None:
    broken = as_geojson().replace("Ясне".encode(), rb"\ud800", 1)
    assert reasons(read(broken, GEOJSON_FEED)) == ["wrong-encoding"]


def test_a_property_that_no_feature_has_is_one_reject() -> None:
    feed = replace(GEOJSON_FEED, columns=GEOJSON_FEED.columns | {"party": "side"})
    only(read(as_geojson(), feed), "column-missing")
