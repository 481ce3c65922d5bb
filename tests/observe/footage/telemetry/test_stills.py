"""Stills: EXIF and XMP as makers write them, made here with the numbers that must come back."""

import io
import math
import os

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin
from tests.observe.footage.telemetry.sample import check, raw_of, read, shipped, survives
from tests.observe.packages import as_photo

from truceline.base.time import stamp
from truceline.observe.footage.parts import Found, Row
from truceline.observe.footage.telemetry import stills

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")

RDF = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" {spaces} {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>'
)
SPACES = (
    'xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" xmlns:Camera="http://pix4d.com/camera/1.0" '
    'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"'
)
DJI = {
    "drone-dji:AbsoluteAltitude": "+162.31",
    "drone-dji:RelativeAltitude": "+60.10",
    "drone-dji:GimbalRollDegree": "+0.00",
    "drone-dji:GimbalYawDegree": "-93.50",
    "drone-dji:GimbalPitchDegree": "-41.20",
    "drone-dji:FlightRollDegree": "+1.70",
    "drone-dji:FlightYawDegree": "-94.10",
    "drone-dji:FlightPitchDegree": "-8.60",
}


def xmp(properties: dict[str, str], *, as_elements: bool = False) -> bytes:
    attributes = " ".join(f'{name}="{value}"' for name, value in properties.items())
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in properties.items())
    filled = RDF.format(
        spaces=SPACES, attributes="" if as_elements else attributes, elements=elements if as_elements else ""
    )
    return filled.encode()


def still(
    packet: bytes = b"",
    *,
    kind: str = "JPEG",
    exif: dict[int, object] | None = None,
    gps: dict[int, object] | None = None,
    size: tuple[int, int] = (400, 300),
) -> bytes:
    picture, held, out = Image.new("RGB", size), Image.Exif(), io.BytesIO()
    held[0x0110] = "Model 7"  # Pillow writes no EXIF into a PNG that has nested tables alone
    held.get_ifd(0x8825).update({1: "N", 2: (48.0, 1.0, 12.0), 3: "E", 4: (37.0, 48.0, 0.0)} | (gps or {}))
    held.get_ifd(0x8769).update({0x9003: "2025:03:10 19:00:30", 0x9011: "+02:00"} | (exif or {}))
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        if packet:
            texts.add_itxt("XML:com.adobe.xmp", packet.decode())
        picture.save(out, kind, exif=held, pnginfo=texts)
    elif kind == "TIFF":
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[0x8769], info[0x8825] = held.get_ifd(0x8769), held.get_ifd(0x8825)
        info[700] = packet
        picture.save(out, kind, tiffinfo=info)
    else:
        picture.save(out, kind, exif=held, xmp=packet)
    return out.getvalue()


def row_of(content: bytes, zone: str | None = None) -> Row:
    found = stills.read(content, raw_of(content), zone=zone)
    check(found)
    (row,) = found.frames
    return row


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-6)


# --- EXIF


def test_a_telephone_s_photo_is_a_place_of_the_camera_and_of_no_pixel() -> None:
    row = row_of(as_photo(place=(37.80, 48.02)))
    assert (row["sensor_lon_deg"], row["sensor_lat_deg"]) == (near(37.80), near(48.02))
    assert (row["pointing"], row["stream"], row["raw_at"]) == ("", "still", "file")
    assert "hfov_deg" not in row
    assert "Maker Model 7" in row["remark"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_each_format_gives_the_same(kind: str) -> None:
    row = row_of(still(xmp(DJI), kind=kind, exif={0xA405: 24}))
    assert (row["sensor_lon_deg"], row["sensor_lat_deg"]) == (near(37.8), near(48.02))
    assert stamp(row["at_us"])[:19] == "2025-03-10T17:00:30"
    assert (row["width_px"], row["height_px"]) == (400, 300)
    assert (row["pointing"], row["sensor_azimuth_deg"], row["sensor_elevation_deg"]) == ("ground", 266.5, -41.2)
    assert row["hfov_deg"] == near(math.degrees(2 * math.atan(0.8 * math.hypot(36, 24) / 2 / 24)))  # 4:3 is 0.8 wide


def test_the_field_of_view_has_the_diagonal_of_the_film() -> None:
    """24 mm on film sees 84.06° from corner to corner (43.27 mm); so does the picture of any shape."""
    for size in ((400, 300), (480, 270), (300, 400)):
        row = row_of(still(exif={0xA405: 24}, size=size))
        across, down = (math.tan(math.radians(row[name] / 2)) for name in ("hfov_deg", "vfov_deg"))
        assert math.degrees(2 * math.atan(math.hypot(across, down))) == pytest.approx(84.06, abs=0.01)
        assert across / down == pytest.approx(size[0] / size[1])


def test_a_digital_zoom_leaves_the_field_of_view_unstated() -> None:
    assert "hfov_deg" not in row_of(still(exif={0xA405: 24, 0xA404: 2.0}))
    assert "hfov_deg" in row_of(still(exif={0xA405: 24, 0xA404: 1.0}))


@pytest.mark.parametrize(
    ("reference", "height_m", "flags"),
    [
        (b"\x00", 120.5, ["datum-uncertain"]),
        (b"\x01", -120.5, ["datum-uncertain"]),
        (b"\x02", 120.5, []),
        (b"\x03", -120.5, []),
    ],
)
def test_a_height_is_as_sure_as_its_reference(reference: bytes, height_m: float, flags: list[str]) -> None:
    row = row_of(still(gps={5: reference, 6: 120.5}))
    assert (row["sensor_msl_m"], row["flags"]) == (height_m, flags)
    assert "sensor_hae_m" not in row


def test_a_clock_without_an_offset_needs_a_zone_and_the_satellites_need_none() -> None:
    naive = still(exif={0x9011: ""})
    assert row_of(naive)["flags"] == ["naive-time"]
    assert stamp(row_of(naive, zone="Europe/Kyiv")["at_us"])[:19] == "2025-03-10T17:00:30"
    satellites: dict[int, object] = {7: (17.0, 0.0, 30.0), 29: "2025:03:10"}
    assert stamp(row_of(still(exif={0x9011: ""}, gps=satellites))["at_us"]) == "2025-03-10T17:00:30Z"


def test_two_clocks_that_differ_widen_the_time() -> None:
    late: dict[int, object] = {7: (17.0, 5.0, 30.0), 29: "2025:03:10"}
    row = row_of(still(gps=late))
    assert stamp(row["at_us"]) == "2025-03-10T17:05:30Z"
    assert row["flags"] == ["clocks-disagree"]
    assert row["at_sigma_us"] == pytest.approx(300e6, rel=0.01)


def test_a_telephone_s_compass_is_words_and_no_pointing() -> None:
    row = row_of(still(gps={16: "M", 17: 123.4, 8: "11"}))
    assert row["pointing"] == ""
    assert "faces 123.4° from magnetic north" in row["remark"]
    assert row["satellites"] == 11


def test_a_picture_stored_turned_says_so() -> None:
    picture, out = Image.new("RGB", (40, 20)), io.BytesIO()
    held = picture.getexif()
    held[0x0112] = 6
    picture.save(out, "JPEG", exif=held)
    assert row_of(out.getvalue())["flags"] == ["no-place", "no-utc", "rotated"]


# --- XMP


@pytest.mark.parametrize("as_elements", [False, True])
def test_dji_s_gimbal_points_from_north_and_the_horizon(as_elements: bool) -> None:
    row = row_of(still(xmp(DJI, as_elements=as_elements)))
    camera = ("pointing", "sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")
    assert [row[name] for name in camera] == ["ground", 266.5, -41.2, 0.0]
    assert [row[name] for name in ("heading_deg", "pitch_deg", "roll_deg")] == [near(265.9), -8.6, 1.7]
    assert (row["sensor_msl_m"], row["flags"]) == (162.31, ["datum-uncertain"])  # no height in its EXIF


def test_dji_s_calibrated_focal_length_is_in_pixels() -> None:
    row = row_of(still(xmp(DJI | {"drone-dji:CalibratedFocalLength": "200.000"}), exif={0xA405: 24}))
    assert (row["hfov_deg"], row["vfov_deg"]) == (near(90.0), near(73.7397953))


def test_dji_s_place_stands_in_for_a_missing_one_in_both_spellings() -> None:
    for name in ("GpsLongitude", "GpsLongtitude"):
        held = still(xmp({"drone-dji:GpsLatitude": "+48.5", f"drone-dji:{name}": "-37.25"}), gps={1: "", 3: ""})
        row = row_of(held)
        assert (row["sensor_lon_deg"], row["sensor_lat_deg"]) == (-37.25, 48.5)


def test_pix4d_s_angles_count_from_straight_down() -> None:
    row = row_of(still(xmp({"Camera:Yaw": "350.0", "Camera:Pitch": "30.0", "Camera:Roll": "-2.0"})))
    camera = ("sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")
    assert [row[name] for name in camera] == [350.0, -60.0, -2.0]


def test_a_panorama_has_a_direction_and_no_field_of_view() -> None:
    pose = {"GPano:ProjectionType": "equirectangular", "GPano:PoseHeadingDegrees": "120", "GPano:PosePitchDegrees": "5"}
    row = row_of(still(xmp(pose), exif={0xA405: 24}))
    assert (row["sensor_azimuth_deg"], row["sensor_elevation_deg"]) == (120.0, 5.0)
    assert row["flags"] == ["panorama"]
    assert "hfov_deg" not in row


def test_a_camera_upside_down_gives_no_angles() -> None:
    row = row_of(still(xmp(DJI | {"drone-dji:GimbalRollDegree": "+180.00"})))
    assert row["pointing"] == ""
    assert "camera-inverted" in row["flags"]


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b"<x:xmpmeta", "XMP that cannot be read"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XMP that cannot be read"),
        (b'<?xml version="1.0" encoding="none"?><a/>', "XMP that cannot be read"),
        (b"<!DOCTYPE a><a/>", "XMP that cannot be read"),
    ],
)
def test_hostile_xmp_is_left_out_and_said(packet: bytes, words: str) -> None:
    row = row_of(still(packet))
    assert words in row["remark"]
    assert (row["sensor_lon_deg"], row["pointing"]) == (near(37.8), "")


def test_xmp_without_end_is_left_out() -> None:
    row = row_of(still(xmp(DJI) + b" " * (1 << 18), kind="PNG"))
    assert "is not read" in row["remark"]
    assert row["pointing"] == ""


# --- damage


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff\xe1\xff\xff", b"II*\0" + b"\xff" * 40])
def test_what_is_no_still_is_one_reject(content: bytes) -> None:
    found: Found = read("still", content)
    assert len(found.rejects) == 1
    assert not found.frames


def test_damaged_stills_end_and_name_what_they_lost() -> None:
    assert survives("still", still(xmp(DJI), exif={0xA405: 24}), seed=1, files=60) > 10
    assert survives("still", still(xmp(DJI), kind="TIFF", size=(40, 30)), seed=2, files=60) > 10


def test_damaged_subtitles_end_and_name_what_they_lost() -> None:
    assert survives("subtitles", shipped("dji_srt/p4_rtk.SRT"), seed=1, files=40) > 30
    assert survives("subtitles", shipped("dji_srt/m2zoom_head.SRT"), seed=2, files=40) > 30


if os.environ.get("TRUCELINE_LONG"):  # thousands of damaged files

    def test_thousands_of_damaged_files_end() -> None:
        assert survives("still", still(xmp(DJI), exif={0xA405: 24}), seed=3, files=2_000) > 100
        assert survives("still", still(xmp(DJI), kind="TIFF", size=(40, 30)), seed=4, files=2_000) > 100
        assert survives("subtitles", shipped("dji_srt/mavic_pro.SRT")[:20_000], seed=5, files=2_000) > 1_500
