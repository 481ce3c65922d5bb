"""A table beside a video: every row a frame or a reject, every column known or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observe.footage.telemetry.sample import check, raw_of, read, survives

from truceline.base.time import stamp
from truceline.model.footage import FRAMES
from truceline.observe.footage.parts import Found
from truceline.observe.footage.telemetry import sidecar

HEAD = "stream_s,at,sensor_lon_deg,sensor_lat_deg,sensor_hae_m,heading_deg,pitch_deg,roll_deg,pointing,"
HEAD += "sensor_azimuth_deg,sensor_elevation_deg,sensor_roll_deg,hfov_deg,vfov_deg,width_px,height_px,remark\n"
ROW = "0.04,2025-03-10T17:00:30.04Z,37.8,48.02,250.5,-90,1,2,platform,5,-45,0,24.5,14,1920,1080,by hand\n"


def table(text: str, zone: str | None = None) -> Found:
    found = sidecar.read(text.encode(), raw_of(text.encode()), zone=zone)
    check(found)
    return found


def reasons(text: str) -> list[str]:
    return [str(reject["reason"]) for reject in table(text).rejects]


def test_a_whole_row_is_a_frame_to_the_digit() -> None:
    (row,) = table(HEAD + ROW).frames
    assert row["stream_us"] == 40_000
    assert stamp(row["at_us"]) == "2025-03-10T17:00:30.044999Z"  # the middle of what two decimals leave open
    assert (row["sensor_lon_deg"], row["sensor_lat_deg"], row["sensor_hae_m"]) == (37.8, 48.02, 250.5)
    assert (row["heading_deg"], row["pitch_deg"], row["roll_deg"]) == (270.0, 1.0, 2.0)
    assert [row[name] for name in ("pointing", "sensor_azimuth_deg", "sensor_elevation_deg")] == [
        "platform",
        5.0,
        -45.0,
    ]
    assert (row["width_px"], row["height_px"], row["hfov_deg"], row["vfov_deg"]) == (1920, 1080, 24.5, 14.0)
    assert (row["remark"], row["raw_at"], row["flags"]) == ("by hand", "row 1", [])


def test_every_column_it_takes_is_one_of_frames_or_a_time() -> None:
    assert set(sidecar.COLUMNS) - set(FRAMES.names) == {"at", "stream_s"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_says_what_parts_the_fields(delimiter: str) -> None:
    text = (HEAD + ROW).replace(",", delimiter)
    assert len(table(text).frames) == 1


def test_an_unknown_column_refuses_the_file_with_the_nearest() -> None:
    (reject,) = table("stream_s,sensor_lon,sensor_lat_deg\n1,37,48\n").rejects
    assert reject["reason"] == "unknown-column"
    assert "the nearest is 'sensor_lon_deg'" in str(reject["problem"])


@pytest.mark.parametrize(
    ("head", "row", "reason"),
    [
        ("stream_s,sensor_lon_deg,sensor_lat_deg", "1,37.8,95", "out-of-its-range"),
        ("stream_s,sensor_lon_deg,sensor_lat_deg", "1,37.8,", "half-a-place"),
        ("stream_s,sensor_lon_deg,sensor_lat_deg", "1,0,0", "null-island"),
        ("stream_s,sensor_lon_deg,sensor_lat_deg", "1,37.8,nan", "not-a-number"),
        ("stream_s,sensor_lon_deg,sensor_lat_deg", "1,37.8", "too-few-fields"),
        ("stream_s,sensor_lon_deg,sensor_lat_deg", ",37.8,48", "not-stated"),
        ("stream_s,sensor_lon_deg,sensor_lat_deg", "-1,37.8,48", "out-of-its-range"),
        ("at,sensor_lon_deg,sensor_lat_deg", "2025-03-10 17:00,37.8,48", "naive-time"),
        ("at,sensor_lon_deg,sensor_lat_deg", "yesterday,37.8,48", "unreadable-time"),
        ("stream_s,sensor_azimuth_deg,sensor_elevation_deg", "1,5,-45", "pointing-not-stated"),
        ("stream_s,pointing,sensor_azimuth_deg", "1,ground,5", "pointing-not-stated"),
        ("stream_s,pointing,sensor_azimuth_deg,sensor_elevation_deg", "1,platform,5,-45", "pointing-not-stated"),
        ("stream_s,pointing,sensor_azimuth_deg,sensor_elevation_deg", "1,north,5,-45", "unknown-word"),
        ("stream_s,hfov_deg", "1,0", "out-of-its-range"),
        ("stream_s,width_px", "1,640.5", "not-a-number"),
    ],
)
def test_a_row_that_cannot_be_meant_is_a_reject_and_the_next_is_read(head: str, row: str, reason: str) -> None:
    good = ",".join(
        "2" if name == "stream_s" else "2025-03-10T17:00Z" if name == "at" else "" for name in head.split(",")
    )
    found = table(f"{head}\n{row}\n{good}\n")
    assert [(reject["reason"], reject["raw_at"]) for reject in found.rejects] == [(reason, "row 1")]
    assert [frame["raw_at"] for frame in found.frames] == ["row 2"]


def test_a_time_of_the_video_saves_a_row_whose_clock_has_no_zone() -> None:
    text = "stream_s,at\n1,2025-03-10 17:00:00\n"
    (row,) = table(text).frames
    assert "at_us" not in row
    assert row["flags"] == ["naive-time", "no-place"]
    (row,) = table(text, zone="Europe/Kyiv").frames
    assert stamp(row["at_us"])[:19] == "2025-03-10T15:00:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty-file"), ("sensor_lon_deg,sensor_lat_deg\n1,2\n", "column-missing"), ("\n\n", "empty-file")],
)
def test_a_file_that_is_no_table_is_one_reject(text: str, reason: str) -> None:
    assert reasons(text) == [reason]


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=6))
def test_every_row_comes_out_once(rows: list[str]) -> None:
    head = "stream_s,sensor_lon_deg,sensor_lat_deg"
    body = "".join(f'"{row.replace(chr(34), chr(34) * 2)}",37.8,48.0\n' for row in rows)
    found = read("sidecar", f"{head}\n{body}".encode("utf-8", "surrogatepass"))
    assert len(found.frames) + len(found.rejects) == len(rows)


def test_damaged_tables_end_and_name_what_they_lost() -> None:
    assert survives("sidecar", (HEAD + ROW * 200).encode(), seed=1, files=30) > 5
