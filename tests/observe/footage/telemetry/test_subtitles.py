"""DJI subtitles: each dialect by what stands in its file; each broken file by what can be saved."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observe.footage.telemetry.sample import check, raw_of, read, shipped

from truceline.base.time import stamp
from truceline.observe.footage.parts import Found, Row
from truceline.observe.footage.telemetry import subtitles

SPAN = "00:00:01,000 --> 00:00:02,000"


def files(name: str) -> list[Row]:
    found = read("subtitles", shipped(f"dji_srt/{name}"))
    assert not found.rejects
    return found.frames


def of(*bodies: str, zone: str | None = None) -> Found:
    text = "\n\n".join(
        f"{nth}\n00:00:{nth:02},000 --> 00:00:{nth + 1:02},000\n{body}" for nth, body in enumerate(bodies, 1)
    )
    found = subtitles.read(text.encode(), raw_of(text.encode()), zone=zone)
    check(found)
    return found


def one(body: str, zone: str | None = None) -> Row:
    (row,) = of(body, zone=zone).frames
    return row


def place(row: Row) -> tuple[object, object]:
    return row.get("sensor_lon_deg"), row.get("sensor_lat_deg")


# --- the files


def test_mavic_pro_puts_the_longitude_first_and_counts_satellites() -> None:
    rows = files("mavic_pro.SRT")
    assert len(rows) == 468
    assert place(rows[0]) == (149.0251, -20.2533)  # off Airlie Beach, Queensland
    assert place(rows[-1]) == (149.0251, -20.2532)
    assert rows[0]["stream_us"] == 1_000_000
    assert rows[-1]["stream_us"] == 468_000_000
    assert {row["satellites"] for row in rows} == {13, 14, 15, 16}
    assert all("at_us" not in row and row["flags"] == ["naive-time"] for row in rows)
    assert all("sensor_msl_m" not in row and "sensor_hae_m" not in row for row in rows)  # height above take-off only
    assert rows[2]["remark"] == "2.0 m above take-off, clock 2017.08.05 14:11:53"
    assert {row["pointing"] for row in rows} == {""}


def test_mavic_2_misspells_longitude_and_states_no_time_of_the_video() -> None:
    rows = files("mavic_2_style.SRT")
    assert len(rows) == 468
    assert place(rows[0]) == (149.0251, -20.2533)
    assert all("stream_us" not in row for row in rows)
    assert rows[0]["raw_at"] == "block 1"


def test_mavic_2_zoom_states_a_height_whose_datum_nobody_names() -> None:
    rows = files("m2zoom_head.SRT")
    assert len(rows) == 67
    assert place(rows[0]) == (74.398751, 31.452012)  # Lahore
    assert rows[0]["sensor_msl_m"] == 213.983002
    assert rows[0]["flags"] == ["datum-uncertain", "naive-time"]
    assert [row["stream_us"] for row in rows[:3]] == [0, 16_000, 33_000]
    assert place(rows[-1]) == (None, None)  # the slice ends in this subtitle, before its place
    assert rows[-1]["flags"] == ["no-place", "naive-time", "cut-short"]


def test_phantom_4_rtk_states_where_the_camera_looked() -> None:
    rows = files("p4_rtk.SRT")
    assert len(rows) == 55
    first, last = rows[0], rows[-1]
    assert place(first) == (-58.851745, -34.237922)
    assert (first["heading_deg"], first["pitch_deg"], first["roll_deg"]) == (110.1, 2.7, -7.0)
    camera = ("pointing", "sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")
    assert [first[name] for name in camera] == ["ground", 110.4, -24.4, 0.0]
    assert [last[name] for name in camera] == ["ground", 111.9, -24.4, 0.0]
    assert (first["satellites"], rows[3]["satellites"]) == (15, 14)
    assert first["flags"] == ["no-utc"]


def test_phantom_4_rtk_rolls_towards_where_it_flies() -> None:
    """Its own numbers: it flies 90° left of its heading, so the left side is down; F.PRY is pitch, roll, yaw."""
    rows = files("p4_rtk.SRT")
    north = rows[20]["sensor_lat_deg"] - rows[10]["sensor_lat_deg"]
    east = (rows[20]["sensor_lon_deg"] - rows[10]["sensor_lon_deg"]) * math.cos(math.radians(34.2))
    left_deg = (rows[15]["heading_deg"] - math.degrees(math.atan2(east, north))) % 360
    assert left_deg == pytest.approx(90, abs=10)
    assert rows[15]["roll_deg"] < -15


def test_mavic_air_states_no_place_at_all() -> None:
    rows = files("mavic_air.SRT")
    assert [row["flags"] for row in rows] == [["no-place", "naive-time"]] * 2
    assert [row["stream_us"] for row in rows] == [0, 39_000]


def test_a_file_that_breaks_off_gives_all_that_stands_before() -> None:
    rows = files("broken_incomplete.SRT")
    assert len(rows) == 20
    assert {place(row) for row in rows[:-1]} == {(-58.4563, -34.7383)}
    assert place(rows[-1]) == (None, None)
    assert rows[-1]["stream_us"] == 20_000_000


def test_an_empty_file_is_one_named_reject() -> None:
    found = read("subtitles", shipped("dji_srt/broken_empty.SRT"))
    assert [reject["reason"] for reject in found.rejects] == ["empty-file"]
    assert not found.frames


# --- dialects, in lines as their makers write them


@pytest.mark.parametrize(
    ("body", "lon_deg", "lat_deg"),
    [
        ("[latitude: 3.41531] [longitude: -3.37440] [rel_alt: -2.400 abs_alt: 0.401]", -3.37440, 3.41531),
        ("[latitude: 31,452012] [longitude: 74,398751]", 74.398751, 31.452012),
        ("GPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M", -6.1120, 36.6146),  # Matrice 300
        ("GPS (-121.7458, 48.0771, 17), D 221.21m, H 200.70m, H.S n/a", -121.7458, 48.0771),  # Mavic Mini
        ("F/3.2, SS 160, ISO 100, EV 0, GPS (8.2090, 47.4692, 18), D 49.21m", 8.2090, 47.4692),
        ("GPS(149,0251;-20,2533;16)", 149.0251, -20.2533),
        ("GPS(149,0251,-20,2533,16)", 149.0251, -20.2533),
        ("GPS(W:122.5000,N:47.2500,12.3m)", -122.5, 47.25),  # Autel
        ("RTK (-58.851745, -34.237922, 15)", -58.851745, -34.237922),
    ],
)
def test_each_dialect_comes_out_the_right_way_round(body: str, lon_deg: float, lat_deg: float) -> None:
    assert place(one(body)) == pytest.approx((lon_deg, lat_deg), abs=1e-9)


def test_enterprise_models_state_the_gimbal_towards_north() -> None:
    row = one(
        "[focal_len: 240.70] [dzoom_ratio: 1.00], [latitude: 39.480800] [longitude: 73.592544] "
        "[rel_alt: 1162.281 abs_alt: 5160.425] [gb_yaw: -142.5 gb_pitch: -28.7 gb_roll: 0.0] </font>"
    )
    assert (row["pointing"], row["sensor_azimuth_deg"], row["sensor_elevation_deg"]) == ("ground", 217.5, -28.7)
    assert "heading_deg" not in row
    assert row["sensor_msl_m"] == 5160.425
    assert "1162.281 m above take-off" in row["remark"]


def test_without_a_zone_there_is_no_utc_and_with_one_there_is() -> None:
    body = "2020-04-02 15:19:58,720,764\n[latitude: 31.4] [longitude: 74.3]"
    assert "at_us" not in one(body)
    assert stamp(one(body, zone="Asia/Karachi")["at_us"]) == "2020-04-02T10:19:58.720764Z"
    assert "naive-time" not in one(body, zone="Asia/Karachi")["flags"]


def test_a_clock_in_whole_seconds_is_as_sure_as_a_second() -> None:
    row = one("GPS(149.0251,-20.2533,16)\n2017.8.5 14:11:51", zone="UTC")
    assert stamp(row["at_us"])[:19] == "2017-08-05T14:11:51"
    assert row["at_sigma_us"] == 288_675  # 1 s / √12
    assert "at_sigma_us" not in one("GPS(149.0251,-20.2533,16)\n2017.8.5 14:11:51.123456", zone="UTC")


@pytest.mark.parametrize(
    ("body", "flag"),
    [
        ("[latitude: 0.0] [longitude: 0.0]", "no-fix"),
        ("GPS(0.0000,0.0000,0) BAROMETER:12.0", "no-fix"),
        ("GPS (n/a, n/a, 0), D n/a", "no-fix"),
        ("[latitude: 95.0] [longitude: 10.0]", "place-unreadable"),
        ("[latitude: 4x.1] [longitude: 10.0]", "place-unreadable"),
        ("[latitude: 0.548] [longitude: 1.298]", "degrees-or-radians"),  # 31.4° 74.4° in radians (Mavic Air 2)
        ("GPS(36.6146,-6.1120,12.5)", "order-unknown"),  # nothing says what the third number is
        ("GPS(149.0251,-20.25", "no-place"),
    ],
)
def test_what_is_no_place_is_flagged_and_gives_none(body: str, flag: str) -> None:
    row = one(body + " ISO [iso: 100]")
    assert place(row) == (None, None)
    assert flag in row["flags"]


def test_a_number_above_ninety_is_no_latitude_in_any_dialect() -> None:
    row = one("GPS(-20.2533,149.0251,16)")
    assert place(row) == (149.0251, -20.2533)
    assert "order-swapped" in row["flags"]


def test_the_stated_distance_from_home_tells_the_order() -> None:
    body = "GPS ({}, {}, 15), HOME ({}, {}, -57.98m), D 698.70m, H 85.80m"
    lon, lat, home_lon, home_lat = "-58.851745", "-34.237922", "-58.847509", "-34.232707"
    assert place(one(body.format(lon, lat, home_lon, home_lat))) == (float(lon), float(lat))
    swapped = one(body.format(lat, lon, home_lat, home_lon))
    assert place(swapped) == (float(lon), float(lat))
    assert "order-swapped" in swapped["flags"]


def test_two_orders_in_one_file_are_not_guessed() -> None:
    found = of("GPS(149.0251,-20.2533,16)", "GPS(-20.2533,149.0251,16)")
    assert [row["flags"][0] for row in found.frames] == ["order-unknown"] * 2


def test_a_lone_altitude_of_the_fpv_model_is_a_tenth_and_is_not_taken() -> None:
    row = one('<font size="28">[latitude: 41.4] [longitude: 12.2] [altitude: 11.7] </font>')
    assert "sensor_msl_m" not in row
    assert "height-unusable" in row["flags"]


def test_a_film_s_own_subtitles_are_rejects() -> None:
    found = of("Good morning.", "Where are we going?")
    assert [reject["reason"] for reject in found.rejects] == ["no-telemetry"] * 2
    assert not found.frames


def test_a_byte_order_mark_and_wide_characters_change_nothing() -> None:
    text = f"1\r\n{SPAN}\r\n[latitude: 31.4] [longitude: 74.3]\r\n"
    plain, marked, wide = (read("subtitles", text.encode(code)).frames for code in ("utf-8", "utf-8-sig", "utf-16"))
    assert place(plain[0]) == place(marked[0]) == place(wide[0]) == (74.3, 31.4)
    assert plain[0]["stream_us"] == wide[0]["stream_us"] == 1_000_000


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 14_015))
def test_a_file_cut_anywhere_never_gives_another_place(cut: int) -> None:
    """Worse input never gives what the whole file does not say."""
    content = shipped("dji_srt/p4_rtk.SRT")
    known = {place(row) for row in read("subtitles", content).frames} | {(None, None)}
    assert {place(row) for row in read("subtitles", content[:cut]).frames} <= known


@settings(deadline=None)
@given(st.floats(-179, 179), st.floats(-89, 89))
def test_any_place_that_is_written_comes_back(lon_deg: float, lat_deg: float) -> None:
    if abs(lat_deg) <= math.pi / 2 and abs(lon_deg) <= math.pi:
        return  # may be radians
    row = one(f"[latitude: {lat_deg:.6f}] [longtitude : {lon_deg:.6f}]")
    assert place(row) == pytest.approx((lon_deg, lat_deg), abs=5e-7)
