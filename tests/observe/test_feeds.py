"""A feed as a whole: ids, duplicates, sources, mappings that cannot be meant."""

from dataclasses import replace

import pytest
from tests.observe.sample import CONTEXT, CSV, FEED, GEOJSON_FEED, ROWS, read, read_row, reasons, refused

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnknownNameError
from truceline.model.batch import REJECTS
from truceline.model.observation import OBSERVATIONS
from truceline.observe import feeds


def test_rows_and_rejects_have_the_declared_schemas() -> None:
    batch = read(CSV)
    assert batch.rows.schema == OBSERVATIONS
    assert batch.rejects.schema == REJECTS


def test_a_row_keeps_its_id_when_another_row_of_its_file_is_corrected() -> None:
    assert read(CSV).rows.equals(read(CSV).rows)
    first = set(read(CSV).rows["observation_id"].to_pylist())
    corrected = set(read(CSV.replace(b"Siedove", b"Siedova", 1)).rows["observation_id"].to_pylist())
    assert len(first - corrected) == 1, "the corrected row is a new observation, and only that one"
    assert read(CSV).rows.to_pylist()[0]["raw_sha256"] == sha256_hex(CSV)


def test_rows_that_say_the_same_to_the_letter_have_ids_of_their_own() -> None:
    assert feeds.row_id("obs-", "00", repeat=0) != feeds.row_id("obs-", "00", repeat=1)


def test_two_identical_rows_stay_two_observations() -> None:
    columns = {field: column for field, column in FEED.columns.items() if field != "id"}
    doubled = CSV + (ROWS[4] + "\n").encode()
    batch = read(doubled, replace(FEED, columns=columns))
    assert batch.rows.num_rows == len(ROWS) + 1
    assert len(set(batch.rows["observation_id"].to_pylist())) == len(ROWS) + 1


def test_the_second_row_with_the_same_own_id_is_refused() -> None:
    batch = read(CSV + (ROWS[4] + "\n").encode())
    assert reasons(batch) == ["duplicate-id"]
    assert batch.rejects["raw_at"].to_pylist() == ["row 6, line 8"]


def test_a_refused_row_does_not_take_its_id_from_a_later_one() -> None:
    broken = CSV.replace(b"A1,2025-03-10 19:00", b"A5,someday")
    batch = read(broken)
    assert reasons(batch) == ["unreadable-time"]
    assert batch.rows["raw_at"].to_pylist()[-1] == "row 5, line 7"


def test_more_rows_than_one_chunk_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(CSV)
    monkeypatch.setattr(feeds, "CHUNK_ROWS", 2)
    assert read(CSV).rows.equals(whole.rows)
    assert read(CSV).rows.num_rows == len(ROWS)


def test_a_source_column_names_the_source_of_each_row() -> None:
    assert read_row(source="log")["source_id"] == "log"
    assert read_row(source="")["source_id"] == "smm"
    assert refused(source="lgo") == "unknown-source"


def test_a_claim_is_never_read_as_an_observation() -> None:
    assert refused(source="claims") == "claim-as-observation"


def test_constants_give_one_value_to_every_row() -> None:
    columns = {field: column for field, column in FEED.columns.items() if field != "act"}
    batch = read(CSV, replace(FEED, columns=columns, constants={"act": "build"}))
    assert set(batch.rows["act"].to_pylist()) == {"build"}


def test_values_translate_the_sources_words() -> None:
    content = CSV.replace(b"UAF;AFC", b"gov; NGCA").replace(b",present,", b",spotted,")
    words = {"party": {"gov": "UAF", "NGCA": "AFC"}, "act": {"spotted": "present"}}
    batch = read(content, replace(FEED, values=words))
    assert reasons(batch) == []
    assert batch.rows["parties"].to_pylist()[2] == ["AFC", "UAF"]


def test_a_reject_names_the_field_and_the_files_own_column() -> None:
    content = CSV.replace(b"lat", b"Y", 1).replace(b"48.02", b"95")
    batch = read(content, replace(FEED, columns=FEED.columns | {"lat": "Y"}))
    (reject,) = batch.rejects.to_pylist()
    assert reject["problem"] == "lat (column 'Y'): 95.0 is outside -90 to 90."
    assert (reject["feed"], reject["raw_at"], reject["reason"]) == (
        "patrols",
        "row 1",
        "latitude-out-of-range",
    )


def test_an_observation_keeps_everything_that_its_row_states() -> None:
    row = read_row(
        id="X1",
        happening="shelling of 10 March",
        date="2025-03-10",
        from_time="09:30",
        to_time="14:30",
        zone="UTC",
        lon="37.8",
        lat="48.0",
        error_m="2447.7",
        place="Donetsk",
        party="AFC",
        act="strike",
        means="heard",
        system="Molniya",
        object="refinery",
        count="~170",
        confidence="0.8",
        inventory="March",
        remark="as told",
        observer_lon="37.7",
        observer_lat="48.1",
        observer_error_m="100",
        range_min_km="2.5",
        range_max_km="3.5",
        bearing_from="NNW",
        bearing_to="",
    )
    expected = {
        "source_id": "smm",
        "means": "heard",
        "happening": "shelling of 10 March",
        "lon_deg": 37.8,
        "lat_deg": 48.0,
        "cov_en_m2": 0.0,
        "place_name": "Donetsk",
        "parties": ["AFC"],
        "act": "strike",
        "weapon_system": "molniya",
        "weapon_class": "short_range_strike_drone",
        "calibre_lo_mm": None,
        "object_kind": "refinery",
        "count_lo": 153,
        "count_hi": 187,
        "confidence_permille": 800,
        "inventory": "March",
        "remark": "as told",
        "observer_lon_deg": 37.7,
        "observer_lat_deg": 48.1,
        "observer_error_m": 100.0,
        "range_lo_m": 2500.0,
        "range_hi_m": 3500.0,
        "bearing_lo_deg": 326.25,
        "bearing_hi_deg": 348.75,
        "raw_at": "row 1",
    }
    assert {name: row[name] for name in expected} == expected
    assert row["cov_ee_m2"] == row["cov_nn_m2"] == pytest.approx(1e6, rel=1e-4)


def test_what_a_row_does_not_state_is_unknown() -> None:
    row = read_row()
    unknown = {"lon_deg": None, "cov_ee_m2": None, "parties": [], "weapon_class": "", "calibre_hi_mm": None}
    unknown |= {
        "count_lo": 1,
        "count_hi": None,
        "confidence_permille": None,
        "bearing_lo_deg": None,
        "means": "",
    }
    assert {name: row[name] for name in unknown} == unknown


def test_an_unknown_word_in_any_list_is_refused() -> None:
    assert refused(act="fires") == "unknown-word"
    assert refused(means="telepathy") == "unknown-word"
    assert refused(object="castle") == "unknown-word"
    assert refused(party="UFA") == "unknown-party"
    assert refused(**{"class": "canon"}) == "unknown-word"


def test_permille_confidence_is_a_field_of_its_own() -> None:
    assert read_row(confidence_permille="850")["confidence_permille"] == 850
    assert refused(confidence="85") == "not-a-share"
    assert refused(confidence_permille="0.8") == "not-a-permille"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": FEED.columns | {"lattitude": "lat"}}, "no field 'lattitude'"),
        ({"constants": {"cailbre": "122"}}, "the nearest is 'calibre'"),
        ({"values": {"aktion": {}}}, "no field 'aktion'"),
        ({"columns": {"begins": "begins"}}, "maps no act"),
        ({"columns": {"act": "act"}}, "maps no begins and no date"),
        ({"columns": {}}, "maps no column"),
        ({"constants": {"act": "fire"}}, "both a column and a constant"),
        ({"constants": {"date": "2025-03-10"}}, "maps both begins and date"),
        ({"constants": {"confidence": "1", "confidence_permille": "1"}}, "maps both confidence"),
        (
            {"columns": {"begins": "begins", "act": "act", "lon": "lon", "lat": "lat"}},
            "maps a part of lon, lat, error_m",
        ),
        ({"constants": {"from_time": "10:00"}}, "hours without a date"),
        ({"source": "smn"}, "the nearest is 'smm'"),
        ({"zone": "Europe/Kyivv"}, "no time zone"),
        ({"encoding": "utf-9"}, "encoding 'utf-9' is not known"),
        ({"encoding": "hex"}, "encoding 'hex' is not known"),
        ({"delimiter": ", "}, "is no delimiter"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_before_anything_is_read(
    change: dict[str, object], says: str
) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        read(b"\xff not even a file", replace(FEED, **change))  # type: ignore[arg-type]


def test_an_unknown_field_is_refused_with_the_list_of_fields() -> None:
    with pytest.raises(UnknownNameError, match="bearing_from") as error:
        read(CSV, replace(FEED, columns=FEED.columns | {"latt": "lat"}))
    assert "the nearest is 'lat'" in str(error.value)


def test_a_geojson_feed_needs_an_error_for_its_points() -> None:
    columns = {name: name for name in GEOJSON_FEED.columns if name != "error_m"}
    with pytest.raises(InputError, match="a place has an error"):
        read(CSV, replace(GEOJSON_FEED, columns=columns))


def test_any_party_will_do_where_the_mission_names_none() -> None:
    anyone = replace(CONTEXT, parties=frozenset())
    assert read_row(anyone, party="whoever")["parties"] == ["whoever"]
