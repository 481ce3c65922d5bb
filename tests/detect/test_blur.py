"""Recall of the detectors is printed, for it is no promise; what is asserted of the public's picture is its scale."""

import functools
import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from tests.conftest import LONG
from tests.detect.plates import TEXTS, Plate, with_plate

from truceline.base.errors import OutOfRangeError, UnreadableError
from truceline.detect.blur import (
    BLOCKS,
    LEAST_M_PER_PX,
    Box,
    Pixels,
    faces,
    finest_m_per_px,
    plates,
    released,
    unreadable,
)
from truceline.run.footage.video import pictures

DATA = Path(__file__).parents[1] / "footage_data"
FACE = np.asarray(Image.open(DATA / "faces" / "astronaut.png"))  # 180 by 180; the face is 85 wide, its middle at 89, 93
FACE_BOX = (46, 50, 131, 135)


def ground(number: int = 0) -> Pixels:
    """A real picture from the air, brought up to the sharpness of a near one: asphalt, grass, trees."""
    held = [each.pixels for each in pictures(DATA / "klv" / "osh" / "sample-stream.ts", stride=60)]
    return np.asarray(cv2.GaussianBlur(held[number], (0, 0), 3), np.uint8)


FACES = 3 if LONG else 1
GROUNDS = [ground(number) for number in range(3)]


def with_face(width_px: int, *, turned_deg: float = 0.0, number: int = 0) -> tuple[Pixels, Box]:
    """The face, as wide as that, in a picture from the air; where it is."""
    scale = width_px / (FACE_BOX[2] - FACE_BOX[0])
    middle = ((FACE_BOX[0] + FACE_BOX[2]) / 2, (FACE_BOX[1] + FACE_BOX[3]) / 2)
    turned = cv2.warpAffine(
        FACE, cv2.getRotationMatrix2D(middle, turned_deg, 1.0), (180, 180), borderMode=cv2.BORDER_REPLICATE
    )
    small = cv2.resize(turned, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = cv2.cvtColor(GROUNDS[number][150:390, 200:520], cv2.COLOR_GRAY2RGB)
    picture[40 : 40 + small.shape[0], 60 : 60 + small.shape[1]] = small
    left, top, right, bottom = (edge * scale for edge in FACE_BOX)
    return np.asarray(picture, np.uint8), Box(
        left_px=60 + left, top_px=40 + top, right_px=60 + right, bottom_px=40 + bottom, what="face"
    )


def covered(shape: tuple[int, int], boxes: tuple[Box, ...]) -> npt.NDArray[np.bool_]:
    """Which pixels are made unreadable, seen from outside: noise is altered where it is."""
    noise = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    return np.asarray(unreadable(noise, boxes).pixels != noise)


def share_covered(box: Box, boxes: tuple[Box, ...]) -> float:
    rows = slice(math.floor(box.top_px), math.ceil(box.bottom_px))
    columns = slice(math.floor(box.left_px), math.ceil(box.right_px))
    return float(covered((240, 320), boxes)[rows, columns].mean())


@functools.cache
def marked_for_nothing(number: int) -> npt.NDArray[np.float32]:
    return covered((480, 640), plates(GROUNDS[number])).astype(np.float32)


def quiet_place(number: int, height_px: int) -> tuple[int, int]:
    """Where the ground alone is marked least, so that what is found there is the plate."""
    around = cv2.blur(marked_for_nothing(number), (5 * height_px, 2 * height_px))
    around[:90], around[-90:], around[:, :220], around[:, -220:] = 1, 1, 1, 1
    y, x = np.unravel_index(int(np.argmin(around)), around.shape)
    assert around[y, x] < 0.5, "the ground alone is marked everywhere: nothing is measured"
    return int(x), int(y)


# --- the rule ------------------------------


def test_nothing_released_shows_less_than_a_tenth_of_a_metre_a_pixel() -> None:
    for scale in (0.005, 0.02, 0.05, 0.099, 0.1, 0.3, 2.0):
        out = released(GROUNDS[0][:120, :160], finest_m_per_px=scale)
        assert scale / out.shrink_ratio >= LEAST_M_PER_PX - 1e-9
        assert out.pixels.shape[1] / 160 == out.shrink_ratio


def test_a_face_and_a_plate_at_that_scale_are_below_what_can_be_recognised() -> None:
    """People knew familiar faces from 7 pixels across, and not from fewer; a character is read from 5 high."""
    face_m, character_m = 0.16, 0.08
    assert face_m / LEAST_M_PER_PX < 7 / 4
    assert character_m / LEAST_M_PER_PX < 5 / 4


def test_a_plate_that_the_detectors_miss_is_not_readable_after_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plates, 110 mm high at 5 mm a pixel: a few means differ, by less than a tenth of the contrast."""
    for detector in ("faces", "plates"):
        monkeypatch.setattr(f"truceline.detect.blur.{detector}", lambda *_, **__: ())
    blank = np.full((240, 320), 120, np.uint8)
    outs, before = [], []
    for text in ("AB1234CD", "XY8976ZW"):
        plate, _ = with_plate(blank, Plate(text=text, height_px=22, turned_deg=0, contrast=200), at=(160, 120))
        before.append(plate.astype(int))
        outs.append(released(plate, finest_m_per_px=0.005).pixels.astype(int))
    assert outs[0].shape == (12, 16)
    assert abs(before[0] - before[1]).max() > 150
    assert abs(outs[0] - outs[1]).max() < 200 / 10
    assert np.count_nonzero(outs[0] != outs[1]) <= 12  # one to two rows of five or six


def test_a_picture_without_a_scale_is_not_released_unless_a_person_looked() -> None:
    with pytest.raises(UnreadableError, match="person"):
        released(GROUNDS[0], finest_m_per_px=None)
    mark = Box(left_px=10, top_px=10, right_px=60, bottom_px=60, what="face")
    picture = GROUNDS[0][:120, :160]
    out = released(picture, finest_m_per_px=None, reviewed_by="A. Monitor", boxes=[mark])
    assert "A. Monitor" in out.said
    assert mark in out.boxes
    assert (out.pixels[10:60, 10:60] != picture[10:60, 10:60]).mean() > 0.5


def test_a_scale_that_is_no_length_is_refused() -> None:
    for scale in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(OutOfRangeError):
            released(GROUNDS[0], finest_m_per_px=scale)


def test_the_scale_is_the_pinhole_cameras() -> None:
    """90 degrees over 1000 pixels at 500 m: the picture is 1000 m wide."""
    assert finest_m_per_px(depth_m=500, hfov_deg=90, width_px=1000) == pytest.approx(1.0)


def test_where_a_pixel_shows_a_metre_no_face_is_looked_for_and_little_is_lost() -> None:
    out = released(GROUNDS[0], finest_m_per_px=1.0)
    assert out.boxes == ()
    assert np.array_equal(out.pixels, GROUNDS[0])


def test_a_users_detector_is_run_besides() -> None:
    def find(picture: Pixels) -> list[Box]:
        assert picture.shape == (480, 640)
        return [Box(left_px=100, top_px=100, right_px=140, bottom_px=140, what="helmet")]

    out = released(GROUNDS[0], finest_m_per_px=0.3, find=find)
    assert [box.what for box in out.boxes] == ["helmet"]
    assert "1 marked as helmet" in out.said
    assert not np.array_equal(out.pixels[100:140, 100:140], GROUNDS[0][100:140, 100:140])


# --- making unreadable ------------------------------


def test_what_is_blurred_cannot_be_had_back() -> None:
    """All that is left of a region are its blocks' means: two regions with the same means come out the same."""
    chance = np.random.default_rng(3)
    one = chance.integers(0, 256, (64, 64), np.uint8)
    cells = one.reshape(4, 16, 4, 16).transpose(0, 2, 1, 3).reshape(16, 256)
    other = np.array([chance.permutation(cell) for cell in cells], np.uint8)
    other = other.reshape(4, 4, 16, 16).transpose(0, 2, 1, 3).reshape(64, 64)
    assert (one != other).mean() > 0.9
    whole = [Box(left_px=0, top_px=0, right_px=64, bottom_px=64, what="face")]
    assert BLOCKS == 4
    assert np.array_equal(unreadable(one, whole).pixels, unreadable(other, whole).pixels)


def test_what_is_not_marked_is_not_touched_and_boxes_may_stand_over_the_edge() -> None:
    edge = Box(left_px=-30, top_px=-30, right_px=20, bottom_px=20, what="face")
    beyond = Box(left_px=900, top_px=900, right_px=950, bottom_px=950, what="face")
    out = unreadable(GROUNDS[0], [edge, beyond])
    assert np.array_equal(out.pixels[60:], GROUNDS[0][60:])
    assert not np.array_equal(out.pixels[:20, :20], GROUNDS[0][:20, :20])
    assert np.array_equal(unreadable(GROUNDS[0], []).pixels, GROUNDS[0])


# --- what the detectors find ------------------------------


def test_recall_of_faces_by_size_is_printed_and_holds_from_24_pixels() -> None:
    found = {}
    for width_px in (10, 16, 20, 24, 40, 80) if LONG else (10, 16, 24, 48):
        shown = [with_face(width_px, number=number) for number in range(FACES)]
        found[width_px] = sum(share_covered(box, faces(picture)) > 0.9 for picture, box in shown)
    for number in range(FACES):
        assert share_covered(with_face(24, number=number)[1], faces(GROUNDS[number][150:390, 200:520])) < 0.5
    print(f"faces found, of {FACES}, by width in pixels:", found)
    assert all(count == FACES for width_px, count in found.items() if width_px >= 24)


def test_turned_faces_are_missed_and_that_is_said() -> None:
    found = {}
    for turned_deg in (0, 10, 180):
        picture, box = with_face(48, turned_deg=turned_deg)
        found[turned_deg] = share_covered(box, faces(picture)) > 0.9
    print("face of 48 pixels found, by tilt in degrees:", found)
    assert found[0]
    assert not found[180]
    assert "tilted" in str(faces.__doc__)


@pytest.mark.parametrize(("contrast", "least"), [(60, 0.8), (120, 0.9)])
def test_recall_of_plates_by_size_is_printed_and_holds(contrast: int, least: float) -> None:
    """Six texts, slants to 15 degrees, dark on light and light on dark; found: nine tenths of the plate is covered."""
    found: dict[int, int] = {}
    for height_px in (10, 14, 20, 28, 40, 56, 80) if LONG else (10, 20, 80):
        for number, text in enumerate(TEXTS):
            slant_deg = (0, 8, -8, 15, -15, 4)[number]
            plate = Plate(
                text=text, height_px=height_px, turned_deg=slant_deg, contrast=contrast, light_on_dark=number % 3 == 2
            )
            picture, where = with_plate(GROUNDS[number % 3], plate, at=quiet_place(number % 3, height_px))
            found[height_px] = found.get(height_px, 0) + int(covered((480, 640), plates(picture))[where].mean() > 0.9)
    print(f"plates found, of {len(TEXTS)}, by height in pixels, contrast {contrast}:", found)
    assert sum(found.values()) >= least * len(TEXTS) * len(found)


def test_how_much_is_blurred_for_nothing_is_printed() -> None:
    """Real pictures without a face or a plate that could be read."""
    shares = []
    for number in range(3):
        picture = GROUNDS[number][:240, :320]
        shares.append([unreadable(picture, marked).permille for marked in (faces(picture), plates(picture))])
    print("blurred for nothing, per mille, as faces and as plates:", shares)
    assert max(max(both) for both in shares) < 300
