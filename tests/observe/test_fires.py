"""Fires seen by satellites, in every spelling in which their file comes; the samples are made up."""

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.observe.sample import CONTEXT, FEED, NOW_US, SOURCES, read, reasons
from tests.observe.test_live import inputs, live
from tests.observe.test_properties import mutated

from truceline.base.errors import InputError
from truceline.base.time import interval_us
from truceline.model.batch import Batch
from truceline.model.observation import OBSERVATIONS
from truceline.observe import REASONS, read_feeds, read_live
from truceline.observe.fires import SENSORS, clock_of, confidence_of, error_m

FIRES = replace(FEED, name="fires", format="fires", path="feeds/fires.csv", columns={}, zone=None)
SHARED = Path(__file__).parents[3] / "shared" / "data" / "fires"
CHI_95 = math.sqrt(-2.0 * math.log(0.05))

# One made-up pixel, and one more, in the spellings of each way to get it.
AREA = (  # the area API
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,"
    "daynight\n"
    "48.52034,37.68919,330.25,0.34,0.56,2025-09-13,26,N20,VIIRS,n,2.0NRT,279.09,0.54,N\n"
    "48.46,38.77,367,0.38,0.36,2025-09-13,1013,N20,VIIRS,h,2.0NRT,282.26,6.49,D\n"
)
DAYS = (  # the files of the last 24 or 48 hours, or 7 days
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight\n"
    "48.52034,37.68919,330.25,0.34,0.56,2025-09-13,0026,1,nominal,2.0NRT,279.09,0.54,N\n"
    "48.46,38.77,367,0.38,0.36,2025-09-13,1013,1,high,2.0NRT,282.26,6.49,D\n"
)
REPROCESSED = (  # by others: the time with colons, the instrument last
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight,"
    "instrument\n"
    "48.52034,37.68919,330.25,0.34,0.56,2025-09-13,00:26:00,N20,nominal,2.0NRT,279.09,0.54,N,VIIRS\n"
    "48.46,38.77,367,0.38,0.36,2025-09-13,10:13:00,N20,high,2.0NRT,282.26,6.49,D,VIIRS\n"
)
ARCHIVE = (  # the archive, with its `type`
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,"
    "daynight,type\n"
    "48.52034,37.68919,330.25,0.34,0.56,2025-09-13,0026,N20,VIIRS,n,2,279.09,0.54,N,0\n"
    "48.46,38.77,367,0.38,0.36,2025-09-13,1013,N20,VIIRS,h,2,282.26,6.49,D,2\n"
)
CAPITALS = "\n".join(line.upper() if at == 0 else line for at, line in enumerate(AREA.splitlines()))  # a shapefile's
VIIRS = {"area": AREA, "days": DAYS, "reprocessed": REPROCESSED, "archive": ARCHIVE, "capitals": CAPITALS}
MODIS = (
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_t31,frp,"
    "daynight\n"
    "48.1,37.9,312.5,1.0,1.0,2025-09-13,126,Terra,MODIS,78,6.1NRT,290.1,12.5,D\n"
    "48.2,38.9,340.0,4.8,2.0,2025-09-13,1126,A,MODIS,100,6.1NRT,290.1,80.0,D\n"
)


def batch_of(text: str) -> Batch:
    batch = read(text.encode(), FIRES)
    assert batch.rows.schema == OBSERVATIONS
    return batch


def one(**changed: str) -> Batch:
    """A single VIIRS pixel with some of its cells changed."""
    header, row, _ = AREA.splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True)) | changed
    return batch_of(",".join(cells) + "\n" + ",".join(cells.values()) + "\n")


def remark(**changed: str) -> str:
    return str(one(**changed).rows["remark"][0].as_py())


@pytest.mark.parametrize("way", VIIRS)
def test_every_way_to_get_a_pixel_gives_the_same_observation(way: str) -> None:
    batch = batch_of(VIIRS[way])
    assert reasons(batch) == []
    first, second = batch.rows.to_pylist()
    assert (first["earliest_at_us"], first["latest_at_us"]) == interval_us("2025-09-13 00:26Z", zone=None)
    assert second["earliest_at_us"] == interval_us("2025-09-13 10:13Z", zone=None)[0]
    assert (first["act"], first["means"], first["parties"], first["weapon_class"]) == ("burn", "satellite", [], "")
    assert (first["lon_deg"], first["lat_deg"]) == (37.68919, 48.52034)
    assert (first["confidence_permille"], second["confidence_permille"]) == (300, 800)
    assert first["happening"] == "fire NOAA-20 2025-09-13 00:26 37.689 48.520"
    assert first["remark"].startswith("NOAA-20 VIIRS 2")


def test_the_time_of_a_pixel_is_as_wide_as_its_minute() -> None:
    row = one().rows.to_pylist()[0]
    assert row["latest_at_us"] - row["earliest_at_us"] == 60_000_000 - 1


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("0026", "00:26"), ("26", "00:26"), ("00:26:00", "00:26"), ("00:26", "00:26"), ("126", "01:26"), ("0", "00:00"),
        ("2359", "23:59"), ("1:26", "01:26"), ("26.0", "00:26"), ("10:13:07", "10:13:07"),
    ],
)  # fmt: skip
def test_a_time_is_read_in_each_of_its_spellings(text: str, clock: str) -> None:
    assert clock_of(text) == clock


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_minute_of_the_day_is_read_alike_in_every_spelling(hour: int, minute: int) -> None:
    spelled = {f"{hour:02}{minute:02}", str(hour * 100 + minute), f"{hour:02}:{minute:02}:00"}
    assert {clock_of(text) for text in spelled} == {f"{hour:02}:{minute:02}"}


@pytest.mark.parametrize("text", ["", "2400", "60", "99:00:00", "12345", "noon", "-26", "1e2"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    assert reasons(one(acq_time=text)) == ["unreadable-time"]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("l", 0), ("low", 0), ("n", 300), ("nominal", 300), ("h", 800), ("HIGH", 800), ("0", 0), ("78", 780),
        ("100", 1000), ("78.0", 780),
    ],
)  # fmt: skip
def test_confidence_is_letters_words_or_a_number_and_a_class_counts_with_its_lower_edge(text: str, stated: int) -> None:
    assert confidence_of(text)[0] == str(stated)
    assert one(confidence=text).rows["confidence_permille"].to_pylist() == [stated]


@pytest.mark.parametrize("text", ["", "m", "101", "-1", "0.8"])
def test_a_confidence_that_is_none_is_refused(text: str) -> None:
    assert reasons(one(confidence=text)) == ["unreadable-confidence"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("N", "Suomi NPP"), ("1", "NOAA-20"), ("N20", "NOAA-20"), ("2", "NOAA-21"), ("N21", "NOAA-21"),
        ("Terra", "Terra"), ("A", "Aqua"), ("X9", "X9"),
    ],
)  # fmt: skip
def test_a_satellite_is_called_by_its_name(text: str, name: str) -> None:
    assert remark(satellite=text).startswith(f"{name} VIIRS")


def test_modis_keeps_its_own_confidence_and_its_larger_pixel() -> None:
    batch = batch_of(MODIS)
    assert reasons(batch) == []
    terra, aqua = batch.rows.to_pylist()
    assert (terra["confidence_permille"], aqua["confidence_permille"]) == (780, 1000)
    assert terra["earliest_at_us"] == interval_us("2025-09-13 01:26Z", zone=None)[0]
    assert (terra["remark"][:11], aqua["remark"][:10]) == ("Terra MODIS", "Aqua MODIS")
    assert math.sqrt(terra["cov_ee_m2"]) == pytest.approx(math.hypot(1000 / math.sqrt(12), 50), rel=1e-3)
    assert math.sqrt(aqua["cov_nn_m2"]) == pytest.approx(math.hypot(4800 / math.sqrt(12), 50 * 4.8), rel=1e-3)


def test_the_error_is_the_pixels_longer_side_in_all_directions_and_that_of_its_middle() -> None:
    row = one().rows.to_pylist()[0]
    place_sigma_m = 400 / 3 * 0.56 / 0.375
    sigma_m = math.hypot(560 / math.sqrt(12), place_sigma_m)
    assert math.sqrt(row["cov_ee_m2"]) == pytest.approx(sigma_m, rel=1e-3)
    assert (row["cov_ee_m2"], row["cov_en_m2"]) == (row["cov_nn_m2"], 0.0)


@given(st.floats(0.01, 9.9), st.floats(0.01, 9.9), st.sampled_from([*SENSORS]))
def test_a_larger_pixel_is_never_better_placed_and_its_error_holds_the_whole_of_it(
    scan_km: float, track_km: float, brightness: str
) -> None:
    sensor = SENSORS[brightness]
    own_m = error_m(str(scan_km), str(track_km), sensor=sensor)
    assert own_m >= max(scan_km, track_km) * 1000 * 0.7066
    assert error_m(str(scan_km + 0.1), str(track_km), sensor=sensor) >= own_m
    assert own_m == error_m(str(track_km), str(scan_km), sensor=sensor)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"scan": "0"}, "out-of-its-range"),
        ({"track": "11"}, "out-of-its-range"),
        ({"scan": ""}, "not-stated"),
        ({"longitude": ""}, "not-stated"),
        ({"latitude": "x"}, "not-a-number"),
        ({"latitude": "10"}, "outside-extent"),
        ({"latitude": "37.7", "longitude": "48.5"}, "coordinates-swapped"),
        ({"acq_date": "13/09/2025"}, "unreadable-time"),
        ({"acq_date": "2025-13-09"}, "unreadable-time"),
        ({"acq_date": "2027-09-13"}, "time-in-the-future"),
        ({"satellite": ""}, "not-stated"),
        ({"bright_ti4": "hot"}, "not-a-number"),
    ],
)
def test_a_pixel_that_cannot_be_meant_is_refused_by_name(changed: dict[str, str], why: str) -> None:
    assert reasons(one(**changed)) == [why]


def test_a_saturated_pixel_is_kept_and_says_at_least() -> None:
    assert "saturated: at least 367 K" in remark(bright_ti4="367")
    assert "330.25 K" in remark()
    assert "saturated" not in remark(bright_ti4="366.99")


def test_what_the_type_says_is_kept_in_words() -> None:
    words = [remark(type=kind) for kind in ("0", "1", "2", "3", "7")]
    assert "type" not in words[0]
    assert [each.partition("type ")[2][:8] for each in words[1:]] == ["1: activ", "2: other", "3: offsh", "7: not k"]


def test_the_same_pixel_twice_in_one_file_is_held_once() -> None:
    assert reasons(batch_of(AREA + AREA.splitlines()[1] + "\n")) == ["duplicate-id"]
    standard = AREA.splitlines()[1].replace("2.0NRT", "2").replace(",n,", ",l,")
    assert reasons(batch_of(AREA + standard + "\n")) == ["duplicate-id"]


def test_the_standard_version_that_comes_later_is_a_row_of_the_same_happening() -> None:
    again = live(ARCHIVE.encode(), feed="fires", kind="csv")
    found = read_feeds(inputs(again, feeds=(FIRES,), content=AREA.encode()), mandates=())
    (count,) = found.feeds
    assert (count.read, count.rows, count.rejects, count.repeated) == (4, 4, 0, 0)
    happenings = found.held["observations"]["happening"].to_pylist()
    assert happenings[:2] == happenings[2:]
    assert "saturated: at least 367 K; 6.49 MW of the pixel; type 2" in found.held["observations"]["remark"][3].as_py()


def test_fires_come_in_live_as_csv_only_and_again_without_harm() -> None:
    given = inputs(feeds=(FIRES,), content=DAYS.encode())
    assert read_live(live(AREA.encode(), feed="fires"), inputs=given, mandates=()).feeds[0].rows == 2
    again = read_feeds(
        inputs(live(DAYS.encode(), feed="fires", kind="csv"), feeds=(FIRES,), content=DAYS.encode()), mandates=()
    )
    assert (again.feeds[0].rows, again.feeds[0].repeated) == (2, 2)
    with pytest.raises(InputError, match="is of fires, and this is json"):
        read_live(live(b"[]", feed="fires", kind="json"), inputs=given, mandates=())


def test_a_file_that_is_none_of_fires_is_refused_as_a_whole() -> None:
    header, row, _ = AREA.splitlines()
    no_heat = header.replace("bright_ti4", "heat") + "\n" + row
    no_time = header.replace("acq_time", "time") + "\n" + row
    for text in (no_heat, no_time, "a,b\n1,2\n"):
        batch = batch_of(text)
        assert reasons(batch) == ["column-missing"]
        assert batch.rejects["raw_at"].to_pylist() == ["file"]


def test_a_broken_row_is_one_reject_and_the_next_is_read() -> None:
    lines = AREA.splitlines()
    batch = batch_of("\n".join([lines[0], "48.5,37.7,330", *lines[1:]]) + "\n")
    assert reasons(batch) == ["too-few-fields"]
    assert batch.rows.num_rows == 2


def test_a_feed_of_fires_holds_observations_of_a_source_that_makes_no_claims() -> None:
    with pytest.raises(InputError, match="fires are observations"):
        read(AREA.encode(), replace(FIRES, holds="impediments"))
    claims = read(AREA.encode(), replace(FIRES, source="claims"))
    assert set(reasons(claims)) == {"claim-as-observation"}
    assert SOURCES["smm"].kind == "mission"


def test_a_mission_may_state_more_of_all_its_fires() -> None:
    batch = read(AREA.encode(), replace(FIRES, constants={"place": "the steppe"}))
    assert set(batch.rows["place_name"].to_pylist()) == {"the steppe"}


def test_a_real_file_of_another_maker_is_read_whole() -> None:
    files = sorted(SHARED.glob("economist/*.csv"))
    if not files:
        pytest.skip(f"no file of fires beside the repository in {SHARED.name}/economist")
    context = replace(CONTEXT, extent_deg=(22.0, 43.0, 42.0, 53.0), now_us=NOW_US)
    batch = read(files[0].read_bytes(), FIRES, context)
    assert (batch.rows.num_rows, reasons(batch)) == (38, [])
    assert len(set(batch.rows["earliest_at_us"].to_pylist())) == 3, "three passes"
    assert set(batch.rows["confidence_permille"].to_pylist()) == {0, 300, 800}
    saturated = [each for each in batch.rows["remark"].to_pylist() if "saturated: at least 367 K" in each]
    assert len(saturated) == 2
    radii_m = [CHI_95 * math.sqrt(each) for each in batch.rows["cov_ee_m2"].to_pylist()]
    assert min(radii_m) > 400 * 0.7066
    assert max(radii_m) < 800


def test_damaged_fires_raise_nothing_and_are_refused_by_name() -> None:
    chance = random.Random(7)
    whole = (
        ARCHIVE + "".join(f"48.{at},37.9,33{at},0.4,0.4,2025-09-13,{at},N,VIIRS,l,2,279,1,N,3\n" for at in range(9))
    ).encode()
    for _ in range(400):
        batch = read(mutated(whole, chance), FIRES)
        assert set(reasons(batch)) <= REASONS.keys()
        for row in batch.rows.to_pylist():
            assert row["earliest_at_us"] <= row["latest_at_us"]
            assert row["cov_ee_m2"] > 0
            assert 0 <= row["confidence_permille"] <= 1000
