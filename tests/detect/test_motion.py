"""What counts as movement between pictures laid over one another: a pixel's shift is none, nor is a ghost."""

from collections.abc import Sequence

import numpy as np
from tests.detect.flight import Grey, osh

from truceline.detect.motion import Laid, difference, moving
from truceline.detect.pictures import Spot

SHIFTS_PX = ((0.7, 0.0), (-0.6, 0.4), (0.0, -0.7), (0.5, 0.5))


def laid(grey: Grey, shift_px: tuple[float, float] = (0.0, 0.0)) -> Laid:
    matrix = np.eye(3)
    matrix[:2, 2] = shift_px
    return Laid(grey=grey, matrix=matrix)


def with_blob(grey: Grey, x: int, y: int, levels: int = 60) -> Grey:
    out = grey.copy()
    out[y : y + 2, x : x + 4] = np.clip(out[y : y + 2, x : x + 4].astype(int) + levels, 0, 255)
    return out


def spots(grey: Grey, others: Sequence[Laid]) -> list[Spot]:
    found, problem = moving(difference(grey, others))
    assert problem == ""
    return found


def test_a_scene_that_lies_most_of_a_pixel_beside_itself_does_not_move() -> None:
    grey = osh()[120]
    assert spots(grey, [laid(grey, shift_px) for shift_px in SHIFTS_PX]) == []


def test_a_vehicle_that_was_not_there_before_or_after_does_brighter_or_darker() -> None:
    grey = osh()[120]
    for levels in (60, -60):
        (found,) = spots(with_blob(grey, 400, 300, levels), [laid(grey, shift_px) for shift_px in SHIFTS_PX])
        assert abs(found.x_px - 402) < 0.5
        assert abs(found.y_px - 301) < 0.5
        left, top, right, bottom = found.box_px
        assert left <= 400 <= 404 <= right
        assert top <= 300 <= 302 <= bottom


def test_where_a_vehicle_stood_in_one_other_picture_nothing_is_seen() -> None:
    grey = osh()[120]
    others = [laid(with_blob(grey, 400 + 12 * at, 300)) for at in range(4)]
    assert spots(grey, others) == []


def test_a_vehicle_is_seen_though_another_stood_there_in_one_of_four() -> None:
    grey = osh()[120]
    others = [laid(grey), laid(with_blob(grey, 400, 300)), laid(grey), laid(grey)]
    assert len(spots(with_blob(grey, 400, 300), others)) == 1


def test_beyond_the_rim_of_the_others_nothing_is_said() -> None:
    grey = osh()[120]
    others = [laid(grey, (200.0, 0.0)) for _ in range(4)]  # they show this picture's left 440 columns only
    seen = difference(with_blob(grey, 600, 300), others)
    assert not seen.known[:, 445:].any()
    assert not (seen.excess[:, 445:] > 0).any()


def test_pictures_that_do_not_fit_are_named() -> None:
    negative = 255 - osh()[0]
    found, problem = moving(difference(osh()[0], [laid(negative), laid(negative)]))
    assert found == []
    assert "% of the picture" in problem
