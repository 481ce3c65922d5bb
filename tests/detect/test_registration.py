"""Pictures laid over one another: a known shift, turn and zoom come back; what cannot be registered is named."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from tests.detect.flight import osh, pictures

from truceline.base.errors import OutOfRangeError
from truceline.detect import Look, Picture, looks
from truceline.detect.registration import features, register

CORNERS = np.array([[[20.0, 20.0]], [[620.0, 20.0]], [[620.0, 460.0]], [[20.0, 460.0]], [[320.0, 240.0]]])


def of(grey: np.ndarray):
    return features(grey, side_px=1152, count=400)


@pytest.mark.parametrize(
    ("shift_px", "turn_deg", "zoom_ratio"), [(3.3, 0.0, 1.0), (-12.0, 1.5, 1.02), (0.0, -4.0, 0.97)]
)
def test_a_known_movement_of_the_camera_comes_back_to_a_fifth_of_a_pixel(shift_px, turn_deg, zoom_ratio) -> None:
    true = np.eye(3)
    true[:2] = cv2.getRotationMatrix2D((320, 240), turn_deg, zoom_ratio)
    true[:2, 2] += (shift_px, shift_px / 2)
    moved = cv2.warpPerspective(osh()[0], true, (640, 480), borderMode=cv2.BORDER_REFLECT)
    found = register(of(osh()[0]), of(moved))
    assert found.matrix is not None
    apart_px = cv2.perspectiveTransform(CORNERS, found.matrix) - cv2.perspectiveTransform(CORNERS, true)
    assert np.abs(apart_px).max() < 0.2


def test_pictures_a_second_apart_are_found_with_what_is_known_of_the_steps_between() -> None:
    greys = osh()[100:130:3]
    way = np.eye(3)
    for one, other in pairwise(greys):
        step = register(of(one), of(other))
        assert step.matrix is not None
        way = step.matrix @ way
    exact = register(of(greys[0]), of(greys[-1]), guess=way)
    assert exact.matrix is not None
    assert exact.error_px < 0.4


@pytest.mark.parametrize("what", ["plain", "noise", "another place", "mirrored"])
def test_a_picture_that_cannot_be_registered_is_named_and_not_guessed(what: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (480, 640), dtype=np.uint8)
    other = {
        "plain": np.full((480, 640), 90, np.uint8),
        "noise": noise,
        "another place": osh()[250],
        "mirrored": np.ascontiguousarray(osh()[0][:, ::-1]),
    }[what]
    found = register(of(osh()[0]), of(other))
    assert found.matrix is None
    assert any(letter.isdigit() for letter in found.problem), found.problem


def test_a_picture_whose_thirds_went_three_ways_is_not_registered() -> None:
    torn = osh()[0].copy()
    for third, shift_px in enumerate((10, -10, 0)):
        part = np.s_[:, third * 213 : (third + 1) * 213]
        torn[part] = np.roll(osh()[0][part], shift_px, axis=0)
    found = register(of(osh()[0]), of(torn))
    assert found.matrix is None
    assert "agree" in found.problem


def test_a_cut_starts_anew_and_the_look_says_so() -> None:
    first, second = osh()[:20], [np.ascontiguousarray(grey[::-1]) for grey in osh()[140:160]]
    found = list(looks(pictures([*first, *second])))
    assert [look.number for look in found] == list(range(40))
    assert "not registered with picture 19" in found[20].problem
    assert not any("not registered" in look.problem for at, look in enumerate(found) if at != 20)
    assert not any(look.spots for look in found)  # the cut itself is neither flash nor movement


def test_a_clock_that_starts_again_and_a_new_size_go_on() -> None:
    greys = list(osh()[:12])
    given = [*pictures(greys), *pictures(greys), *pictures([cv2.resize(grey, (320, 240)) for grey in greys])]
    found = list(looks(given))
    assert [look.number for look in found] == [picture.number for picture in given]
    assert "before that one's" in found[12].problem
    assert "not registered" in found[24].problem


def test_pictures_are_handed_back_while_others_come_in() -> None:
    """What is kept does not grow with the video: after five seconds the first looks are out."""
    out: list[Look] = []
    given = 0
    grey = cv2.resize(osh()[0], (160, 120))

    def still():
        nonlocal given
        for number in range(240):
            given += 1
            yield Picture(number=number, stream_us=number * 33_333, grey=grey)

    for look in looks(still()):
        out.append(look)
        assert given - look.number < 160 or given == 240
    assert len(out) == 240


@pytest.mark.parametrize(
    "grey", [np.zeros((480, 640, 3), np.uint8), np.zeros((480, 640), np.float32), np.zeros((20, 640), np.uint8)]
)
def test_what_is_no_grey_picture_is_refused(grey: np.ndarray) -> None:
    with pytest.raises(OutOfRangeError):
        list(looks([Picture(number=0, stream_us=0, grey=grey)]))
